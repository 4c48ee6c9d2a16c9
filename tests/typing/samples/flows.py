"""Flows that run: chats, what the outside does, exploring and replaying; and events."""

from __future__ import annotations

from typing import Any

from typing_extensions import assert_type

from pytest_studio import Chat, Events, Execution, Exploration, FakeStudio, Flow, Replay, Request, Response, Sink


def test_a_chat(studio: FakeStudio) -> None:
    """What a person does gives the chat; what a test looks at has a type."""
    flow = studio.load_flow("flows/booking.json", status="draft", assume_success=True)
    assert_type(flow, Flow)
    chat = flow.message("hi", from_="+15550100001", media=["https://example.com/a.png"], OptOutType="STOP")
    assert_type(chat, Chat)
    assert_type(chat.reply("Ada"), Chat)
    assert_type(chat.sent[-1].body, str)
    assert_type(chat.sent[-1].media_url, str | None)
    assert_type(chat.spoken[0].text, str | None)
    assert_type(chat.visits[0].widget, str)
    assert_type(chat.visits[0].next, str | None)
    assert_type(chat.warnings[0].code, int)
    assert_type(chat.blanks[0].variable, str)
    assert_type(chat.assumed[0].rule, str)
    assert_type(chat.path, list[str])
    assert_type(chat.context, dict[str, Any])
    assert_type(chat.waiting_at, str | None)
    assert_type(chat.ended, bool)
    assert_type(chat.execution, Execution)
    assert_type(chat.transcript, str)
    assert_type(chat.expire(), Chat)


def test_other_ways_to_begin(studio: FakeStudio, flow: Flow) -> None:
    """Calls, requests, conversations and parents."""
    assert_type(flow.call(from_="+15550100001").press("1").say("Yes.").hang_up(), Chat)
    assert_type(flow.request(to="+15550100001", parameters={"name": "Ada"}).answer(by="human"), Chat)
    assert_type(flow.conversation("hi"), Chat)
    assert_type(flow.parent({"name": "Ada"}), Chat)
    assert_type(studio.message("hi", from_="+15550100001"), Chat)
    assert_type(flow.chats, list[Chat])
    assert_type(studio.chats, list[Chat])
    assert_type(studio.chat("FN" + "0" * 32), Chat)


def test_the_outside(flow: Flow) -> None:
    """Decided by the test."""

    def answer(request: Request) -> dict[str, bool]:
        assert_type(request.body, bytes)
        return {"found": True}

    flow.outcome("to_agent", "callComplete", {"by": "Grace"}, times=None)
    flow.respond("look_up", json={"table": 7})
    flow.respond("look_up", 500, body="no", content_type="text/plain")
    flow.respond("look_up", answer)


def test_the_whole_flow(flow: Flow, run: Execution) -> None:
    """Explored, and replayed."""
    found = flow.explore(limit=100)
    assert_type(found, Exploration)
    assert_type(found.ok, bool)
    assert_type(found.tried, int)
    found.check()
    again = flow.replay(run)
    assert_type(again, Replay)
    assert_type(again.path, list[str])
    if again.first_difference is not None:
        assert_type(again.first_difference.index, int)


def test_events(studio: FakeStudio) -> None:
    """As Event Streams sends them."""
    assert_type(studio.events, Events)
    assert_type(studio.events[0], dict[str, Any])
    assert_type(studio.events[1:], list[dict[str, Any]])
    sink = studio.sink("http://127.0.0.1:8000/hook", batch=True)
    assert_type(sink, Sink)
    assert_type(sink.deliveries[0].attempts, int)
    assert_type(sink.deliveries[0].events, list[dict[str, Any]])
    assert_type(sink.deliveries[0].request, Request | None)
    assert_type(sink.flush(), None)
    assert_type(studio.sign("https://example.com/hook", studio.events), Request)
    studio.sink(print)


def test_a_response(response: Response) -> None:
    """What ``handle`` gives."""
    assert_type(response.status, int)
    assert_type(response.body, bytes)
    assert_type(response.text, str)
    assert_type(response.header("Retry-After"), str | None)
    assert_type(response.failure, str | None)
