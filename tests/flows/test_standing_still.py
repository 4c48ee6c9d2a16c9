"""Chats that stand still until somebody decides, and what is forgotten of those that have ended."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest
from flow_parts import ask, definition, load, say, widget
from helpers import post

from pytest_studio import FakeStudio
from pytest_studio.chats import stage
from pytest_studio.errors import ChatError
from pytest_studio.resources import Flow

pytest.importorskip("liquid")

SUBFLOW = "FW" + "5" * 32


def asking(name: str, success: str | None = None, failed: str | None = None) -> dict[str, Any]:
    """A widget that asks a server which is not there."""
    return widget(
        name,
        "make-http-request",
        {"method": "GET", "url": "https://lookup.example.com/ada", "content_type": "application/json;charset=utf-8"},
        success=success,
        failed=failed,
    )


LOOKUP = (asking("lookup", "again", "sorry"), asking("again"), say("sorry", "Sorry"))


def stuck(flow: Flow, body: str = "hi") -> Any:
    """A chat that stands still, and whose error the test has seen."""
    with pytest.raises(ChatError, match=r"'lookup' .* nothing answers for it"):
        flow.message(body)
    return flow.chats[-1]


def requested(studio: FakeStudio, flow: Flow, to: str) -> Any:
    """A chat that a REST request has begun."""
    made = post(studio, f"/v2/Flows/{flow.sid}/Executions", 201, To=to, From="+15550100009")
    return studio.chat(made["sid"])


def test_an_outcome_that_comes_late_lets_a_chat_go_on(studio: FakeStudio) -> None:
    """The test has seen the error, and decides then."""
    flow = load(studio, *LOOKUP)
    chat = stuck(flow)
    assert chat.waiting_at == "lookup"
    flow.outcome("lookup", "failed")
    assert chat.ended
    assert chat.path == ["Trigger", "lookup", "sorry"]


def test_an_answer_that_comes_late_is_the_one_that_was_waited_for(studio: FakeStudio) -> None:
    """And the chat stands still again at the next."""
    flow = load(studio, *LOOKUP)
    chat = stuck(flow)
    with pytest.raises(ChatError, match=r"'again' .* nothing answers for it"):
        flow.respond("lookup", json={"name": "Ada"})
    assert chat.context["widgets"]["lookup"]["parsed"] == {"name": "Ada"}
    flow.respond("again", 204)
    assert chat.ended


def test_what_is_decided_for_another_widget_moves_nothing(studio: FakeStudio) -> None:
    """It waits for its turn."""
    flow = load(studio, *LOOKUP)
    chat = stuck(flow)
    flow.respond("again", 204)
    assert chat.waiting_at == "lookup"
    flow.respond("lookup", 204)
    assert chat.ended


def test_a_decision_lasts_as_long_as_it_says(studio: FakeStudio) -> None:
    """Two of three chats go on."""
    flow = load(studio, *LOOKUP)
    chats = [stuck(flow) for _ in range(3)]
    flow.outcome("lookup", "failed", times=2)
    assert [chat.ended for chat in chats] == [True, True, False]


def test_a_subflow_that_stands_still_goes_on(studio: FakeStudio) -> None:
    """It is decided where the widget is: in the subflow."""
    below = load(studio, *LOOKUP, sid=SUBFLOW)
    properties = {"flow_sid": SUBFLOW, "flow_revision": "LatestPublished", "parameters": []}
    flow = load(studio, widget("sub", "run-subflow", properties, completed=None, failed=None))
    chat = stuck(flow)
    below.outcome("lookup", "failed")
    assert chat.path == ["Trigger", "Trigger", "lookup", "sorry", "sub"]


def test_whoever_watches_hears_of_chats_that_nobody_drives(studio: FakeStudio) -> None:
    """At once; a chat that then goes on is no matter of the verdict."""
    flow = load(studio, *LOOKUP)
    heard: list[Any] = []
    studio.watch(heard.append)
    chat = requested(studio, flow, "+15550100001")
    assert heard == [chat]
    assert chat.error is not None
    assert chat.error.why.endswith("asks GET https://lookup.example.com/ada, and nothing answers for it")
    flow.outcome("lookup", "failed")
    assert chat.error is None
    assert chat.ended


def test_the_verdict_has_a_chat_that_went_on_and_could_not(studio: FakeStudio) -> None:
    """Of several that a decision moves, the first raises, and the others are in the verdict."""
    flow = load(studio, *LOOKUP)
    with studio.lenient():
        first, second = (requested(studio, flow, f"+1555010000{n}") for n in (1, 2))
    with pytest.raises(ChatError, match="'again'"):
        flow.respond("lookup", 204, times=2)
    assert first.error is None
    assert "'again'" in str(second.error)
    flow.outcome("again", "success", times=2)
    assert first.ended
    assert second.ended


def test_a_revision_that_cannot_run_leaves_a_chat_that_says_so(studio: FakeStudio) -> None:
    """Its Execution is there, and nothing of it breaks."""
    flow = load(studio, *LOOKUP)
    broken = definition(say("lookup", "{% if %}"))
    flow.update(definition=broken)
    chat = requested(studio, flow, "+15550100001")
    assert "cannot run" in str(chat.error)
    assert (chat.path, chat.waiting_at, chat.ended) == ([], None, False)
    assert chat.transcript == ""
    with pytest.raises(ChatError, match="nothing waits for it"):
        chat.expire()
    assert "cannot run" in "\n".join(studio.talks())
    studio.judged()


def test_what_is_not_heard_does_not_give_a_wait_more_time(studio: FakeStudio) -> None:
    """Only what a widget waits for ends its time, or begins it anew."""
    menu = widget("menu", "gather-input-on-call", {"say": "Press", "timeout": 20}, keypress=None, timeout=None)
    flow = load(studio, menu, flags={"allow_concurrent_calls": False})
    chat = flow.call(from_="+15550100001")
    studio.advance(seconds=15)
    assert flow.call(from_="+15550100001") is chat
    studio.advance(seconds=6)
    assert chat.path == ["Trigger", "menu"]


def test_chats_that_have_ended_are_forgotten_where_less_is_to_be_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that wait stay, and so do their deadlines."""
    monkeypatch.setattr(stage, "ENOUGH", 10)
    with FakeStudio(strict=False) as studio:
        studio.remember_less(10)
        flow = load(studio, ask("ask", "?", late="sorry"), say("sorry", "Sorry"))
        waiting = flow.message("hi", from_="+15550100001")
        first = weakref.ref(flow.message("hi").reply("there"))
        for _ in range(100):
            flow.message("hi").reply("there")
        gc.collect()
        assert first() is None
        assert len(studio.chats) <= 20
        assert waiting in studio.chats
        studio.advance(hours=2)
        assert waiting.path == ["Trigger", "ask", "sorry"]
        assert len(studio.executions) == 102


def test_all_chats_are_remembered_otherwise(studio: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test may ask for each of them."""
    monkeypatch.setattr(stage, "ENOUGH", 2)
    flow = load(studio, say("bye", "Bye"))
    chats = [flow.message("hi") for _ in range(10)]
    assert flow.chats == chats
