"""What the REST API and events show of Flows that run; revisions, drafts and test users."""

from __future__ import annotations

from typing import Any

import pytest
from flow_parts import NUMBER, PERSON, ask, definition, load, match, say, split, variables
from helpers import call, get, post, refused

from pytest_studio import FakeStudio, schemas
from pytest_studio.errors import ChatError
from pytest_studio.resources import Flow

pytest.importorskip("liquid")

REPLY = "{{widgets.ask.inbound.Body}}"


def survey(fake: FakeStudio, **options: Any) -> Flow:
    """Trigger, a question, a split, and goodbye."""
    return load(
        fake,
        ask("ask", "How old are you?", "old", late="bye"),
        split("old", REPLY, match("bye", "greater_than", "17", REPLY), no_match="bye"),
        say("bye", "Bye"),
        **options,
    )


def create(fake: FakeStudio, flow: Flow, version: str = "v2", **form: Any) -> Any:
    """An Execution that the REST API starts."""
    form = {"To": PERSON, "From": NUMBER, **form}
    return post(fake, f"/{version}/Flows/{flow.sid}/Executions", 201 if version == "v2" else 200, **form)


# -- steps -----------------------------------------------------------------------------------------------------


def test_steps_read_as_studio_records_them(fake: FakeStudio) -> None:
    """Newest first; each is a widget that has finished, its event, and what follows."""
    chat = survey(fake).message("hi").reply("42")
    steps = get(fake, f"{chat.execution.url}/Steps")["steps"]
    assert [(s["name"], s["transitioned_from"], s["transitioned_to"], s["type"]) for s in steps] == [
        ("sent", "bye", "Ended", "send-message"),
        ("match", "old", "bye", "split-based-on"),
        ("incomingMessage", "ask", "old", "send-and-wait-for-reply"),
        ("incomingMessage", "Trigger", "ask", "trigger"),
    ]
    assert {step["parent_step_sid"] for step in steps} == {None}
    assert all(not schemas.violations(step, "v2/execution_step") for step in steps)


def test_a_widget_that_waits_has_no_step_yet(fake: FakeStudio) -> None:
    """Nor has the Execution ended."""
    chat = survey(fake).message("hi")
    assert [step["transitioned_to"] for step in get(fake, f"{chat.execution.url}/Steps")["steps"]] == ["ask"]
    assert get(fake, chat.execution.url)["status"] == "active"
    assert get(fake, f"{chat.execution.url}/Context")["context"]["widgets"] == {}


def test_a_step_is_made_when_its_widget_ends() -> None:
    """Not when it begins: an hour lies between."""
    fake = FakeStudio(now="2026-01-31T09:00:00Z")
    chat = survey(fake).message("hi")
    fake.advance(minutes=40)
    chat.reply("42")
    dates = [step["date_created"] for step in get(fake, f"{chat.execution.url}/Steps")["steps"]]
    assert dates == [*["2026-01-31T09:40:00Z"] * 3, "2026-01-31T09:00:00Z"]


def test_each_step_has_the_context_after_its_widget(fake: FakeStudio) -> None:
    """Four keys; ``widgets`` grows by one from Step to Step, and the last is the Execution's."""
    chat = survey(fake).message("hi").reply("42")
    steps = get(fake, f"{chat.execution.url}/Steps")["steps"]
    contexts = [get(fake, f"{step['url']}/Context")["context"] for step in reversed(steps)]
    assert [list(context["widgets"]) for context in contexts] == [
        [],
        ["ask"],
        ["ask", "old"],
        ["ask", "old", "bye"],
    ]
    assert {frozenset(context) for context in contexts} == {frozenset(("widgets", "trigger", "contact", "flow"))}
    assert contexts[-1] == get(fake, f"{chat.execution.url}/Context")["context"] == chat.context


def test_the_context_of_a_message(fake: FakeStudio) -> None:
    """``flow`` has the Execution's SID as its own, and neither data nor variables."""
    chat = survey(fake).message("hi", from_=PERSON, to=NUMBER)
    context = chat.context
    assert context["contact"] == {"channel": {"address": PERSON}}
    assert context["flow"] == {
        "channel": {"address": NUMBER},
        "flow_sid": chat.flow.sid,
        "sid": chat.execution.sid,
    }
    assert set(context["trigger"]) == {"message"}
    assert context["trigger"]["message"]["NumMedia"] == "0"


def test_a_context_is_the_readers_own(fake: FakeStudio) -> None:
    """Changing it changes nothing."""
    chat = survey(fake).message("hi")
    chat.context["trigger"]["message"]["Body"] = "changed"
    chat.execution.context["trigger"]["message"]["Body"] = "changed"
    assert chat.context["trigger"]["message"]["Body"] == "hi"
    chat.reply("42")
    assert chat.visits[0].context["widgets"] == {}


# -- executions of the REST API --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_rest_request_starts_a_chat(version: str, fake: FakeStudio) -> None:
    """Which runs once the API has answered: the answer is active, and has the parameters nowhere but in the context."""
    flow = load(fake, ask("ask", "Hi {{flow.data.name}}"))
    made = create(fake, flow, version, Parameters={"name": "Ada", "n": 1})
    chat = fake.chat(made["sid"])
    assert made["status"] == "active"
    assert [(sent.body, sent.to, sent.from_) for sent in chat.sent] == [("Hi Ada", PERSON, NUMBER)]
    assert chat.context["trigger"] == {"request": {"to": PERSON, "from": NUMBER, "parameters": {"name": "Ada", "n": 1}}}
    assert chat.context["flow"]["data"] == {"name": "Ada", "n": 1}
    assert chat.context["flow"]["channel"] == {"address": NUMBER}
    assert flow.chats == [chat]


def test_engagements_run_too(fake: FakeStudio) -> None:
    """The older name of Executions."""
    flow = load(fake, say("hello", "Hi"))
    made = post(fake, f"/v1/Flows/{flow.sid}/Engagements", 200, To=PERSON, From=NUMBER)
    assert fake.chat(made["sid"]).ended


def test_a_request_without_parameters_has_empty_data(fake: FakeStudio) -> None:
    """``flow.data`` is there."""
    chat = fake.chat(create(fake, survey(fake))["sid"])
    assert chat.context["flow"]["data"] == {}


def test_a_contact_has_one_active_execution(fake: FakeStudio) -> None:
    """v2 answers 409 and names it, v1 answers with it; once it has ended, there may be another."""
    flow = survey(fake)
    made = create(fake, flow)
    path = f"/v2/Flows/{flow.sid}/Executions"
    error = refused(fake, "POST", path, 409, 20409, To=PERSON, From=NUMBER)
    assert error["details"] == {"conflicting_execution_sid": made["sid"]}
    assert post(fake, path.replace("v2", "v1"), 200, To=PERSON, From=NUMBER)["sid"] == made["sid"]
    assert len(flow.chats) == 1
    fake.chat(made["sid"]).reply("42")
    assert create(fake, flow)["sid"] != made["sid"]


def test_who_writes_to_a_flow_is_active_for_the_api_too(fake: FakeStudio) -> None:
    """Between the same two addresses."""
    flow = survey(fake)
    flow.message("hi", from_=PERSON)
    refused(fake, "POST", f"/v2/Flows/{flow.sid}/Executions", 409, 20409, To=PERSON, From=flow.number)


def test_a_rest_request_ends_a_chat(fake: FakeStudio) -> None:
    """It waits for nothing any more; no Step tells of it."""
    chat = survey(fake).message("hi")
    post(fake, chat.execution.url, Status="ended")
    assert chat.ended
    assert chat.waiting_at is None
    assert chat.path == ["Trigger"]
    assert len(chat.execution.steps) == 1


def test_an_execution_that_is_removed_is_over(fake: FakeStudio) -> None:
    """For its chat, and for the person, who starts anew."""
    flow = survey(fake)
    chat = flow.message("hi", from_=PERSON)
    assert call(fake, "DELETE", chat.execution.url).status == 204
    assert chat.ended
    assert flow.message("again", from_=PERSON) is not chat
    fake.advance(days=1)
    assert chat.path == ["Trigger"]


def test_the_record_can_end_a_chat(fake: FakeStudio) -> None:
    """As the API can."""
    chat = survey(fake).message("hi")
    chat.execution.end()
    assert chat.ended
    fake.advance(hours=2)
    assert chat.path == ["Trigger"]


def test_a_chat_that_has_ended_stays_so(fake: FakeStudio) -> None:
    """Even if a test says otherwise of its record."""
    chat = survey(fake).message("hi").reply("42")
    assert chat.ended
    chat.execution.update(status="active")
    assert chat.ended


def test_a_flow_that_was_removed_is_over(fake: FakeStudio) -> None:
    """Its chats have ended, and nobody can begin another."""
    flow = survey(fake)
    chat = flow.message("hi")
    assert call(fake, "DELETE", f"/v2/Flows/{flow.sid}").status == 204
    assert chat.ended
    for begin in (flow.message, flow.call, flow.request, flow.parent):
        with pytest.raises(ChatError, match="was removed"):
            begin()
    with pytest.raises(ChatError, match="no Flow was loaded"):
        fake.message("hi")
    assert not fake.executions


def test_a_flow_that_was_not_loaded_runs_nothing(fake: FakeStudio) -> None:
    """Its Executions are what a test makes of them; the error says why."""
    flow = fake.add_flow(definition=definition(say("hello", "Hi")))
    made = create(fake, flow)
    assert not fake.executions[made["sid"]].steps
    with pytest.raises(LookupError, match=r"was not loaded with studio\.load_flow"):
        fake.chat(made["sid"])


# -- events ----------------------------------------------------------------------------------------------------


def test_events_tell_a_run_in_order(fake: FakeStudio) -> None:
    """Started, one for each Step as it ends, and the end."""
    chat = survey(fake).message("hi")
    assert [event["type"].rpartition("flow.")[2] for event in fake.events] == ["execution.started", "step.ended"]
    chat.reply("42")
    told = [(event["type"].rpartition("flow.")[2], event["data"].get("name")) for event in fake.events]
    assert told == [
        ("execution.started", None),
        ("step.ended", "incomingMessage"),
        ("step.ended", "incomingMessage"),
        ("step.ended", "match"),
        ("step.ended", "sent"),
        ("execution.ended", None),
    ]
    steps = [event["data"]["step_sid"] for event in fake.events if "step_sid" in event["data"]]
    assert steps == [step.sid for step in chat.execution.steps]


def test_events_of_a_rest_request_come_in_order_too(fake: FakeStudio) -> None:
    """And once."""
    create(fake, load(fake, variables("a", "b"), variables("b")))
    told = [event["type"].rpartition("flow.")[2] for event in fake.events]
    assert told == ["execution.started", *["step.ended"] * 3, "execution.ended"]


def test_a_run_tells_who_started_it(fake: FakeStudio) -> None:
    """The SID of the message or call; of a request."""
    flow = load(fake, variables("hello"))
    message, called = flow.message("hi"), flow.call()
    assert message.execution.initiated_by == message.context["trigger"]["message"]["MessageSid"]
    assert called.execution.initiated_by == called.context["trigger"]["call"]["CallSid"]
    assert str(flow.request().execution.initiated_by).startswith("RQ")


# -- revisions -------------------------------------------------------------------------------------------------


def says(body: str) -> dict[str, Any]:
    """A definition that asks twice, and says which it is."""
    return definition(ask("one", body, "two"), ask("two", f"{body} again"))


def deploy(fake: FakeStudio, flow: Flow, body: str, status: str = "published") -> None:
    """A new revision by REST."""
    post(fake, f"/v2/Flows/{flow.sid}", 200, Status=status, Definition=says(body))


def test_a_new_revision_runs_for_new_chats(fake: FakeStudio) -> None:
    """Those that have begun go on with theirs."""
    flow = load(fake, *says("old")["states"][1:])
    before = flow.message("hi", from_=PERSON)
    deploy(fake, flow, "new")
    after = flow.message("hi", from_="+15550100055")
    assert [sent.body for sent in before.reply("x").sent] == ["old", "old again"]
    assert [sent.body for sent in after.sent] == ["new"]
    assert (before.execution.flow_version, after.execution.flow_version) == (1, 2)


def test_a_draft_runs_for_test_users_only(fake: FakeStudio) -> None:
    """Whoever writes, and whoever a request goes to."""
    flow = load(fake, *says("old")["states"][1:])
    deploy(fake, flow, "draft", "draft")
    post(fake, f"/v2/Flows/{flow.sid}/TestUsers", 200, TestUsers=[PERSON])
    assert flow.message("hi", from_=PERSON).sent[0].body == "draft"
    assert flow.message("hi").sent[0].body == "old"
    made = create(fake, flow, From="+15550100066")
    assert fake.chat(made["sid"]).sent[0].body == "draft"
    assert made["flow_version"] == 2


def test_a_flow_of_a_draft_alone_runs(fake: FakeStudio) -> None:
    """There is nothing else to run."""
    flow = survey(fake, status="draft")
    assert flow.message("hi").sent[0].body == "How old are you?"
    assert fake.chat(create(fake, flow)["sid"]).waiting_at == "ask"


def test_a_flow_that_was_deployed_by_rest_runs_when_it_is_asked(fake: FakeStudio) -> None:
    """Without load_flow; from then on REST requests run, too."""
    made = post(fake, "/v2/Flows", 201, FriendlyName="By REST", Status="published", Definition=says("hello"))
    flow = fake.flows[made["sid"]]
    assert flow.message("hi").sent[0].body == "hello"
    assert fake.chat(create(fake, flow)["sid"]).sent[0].body == "hello"


def test_the_api_view_of_a_run_conforms(fake: FakeStudio) -> None:
    """To the schemas, in both versions."""
    chat = survey(fake).message("hi").reply("42")
    for version in ("v1", "v2"):
        base = f"/{version}/Flows/{chat.flow.sid}/Executions"
        pages = {base: "execution_page", f"{base}/{chat.execution.sid}": "execution"}
        pages[f"{base}/{chat.execution.sid}/Context"] = "execution_context"
        pages[f"{base}/{chat.execution.sid}/Steps"] = "execution_step_page"
        pages[f"{base}/{chat.execution.sid}/Steps/{chat.execution.steps[-1].sid}/Context"] = "execution_step_context"
        for path, name in pages.items():
            assert schemas.violations(get(fake, path), f"{version}/{name}") == []
