"""Flows that run Flows: what goes in, what comes back, and how it is recorded."""

from __future__ import annotations

from typing import Any

import pytest
from flow_parts import (
    NUMBER,
    PERSON,
    Json,
    ask,
    codes,
    definition,
    load,
    properties_of,
    say,
    variables,
    widget,
)
from helpers import get, post

from pytest_studio import FakeStudio
from pytest_studio.errors import ChatError

pytest.importorskip("liquid")

SUB, OTHER = "FW" + "5" * 32, "FW" + "6" * 32


def run(name: str = "sub", flow_sid: str = SUB, to: str | None = "after", revision: str = "LatestPublished") -> Json:
    """A run-subflow widget."""
    given = {
        "flow_sid": flow_sid,
        "flow_revision": revision,
        "parameters": [
            *properties_of(("name", " {{trigger.message.Body}} ")),
            *properties_of(("order", '{"size": 12}'), type="json_object"),
        ],
    }
    return widget(name, "run-subflow", given, completed=to, failed="failed")


def parent(fake: FakeStudio, *states: Json) -> Any:
    """A Flow that runs another."""
    return load(fake, run(), *states, variables("after"), variables("failed"))


def test_what_a_subflow_sets_comes_back(fake: FakeStudio) -> None:
    """Flat under the widget's name; the parent's own variables stay its own."""
    load(fake, variables("inner", a="{{trigger.parent.parameters.name}}!", b="2"), sid=SUB)
    chat = parent(fake).message("Ada")
    assert chat.path == ["Trigger", "Trigger", "inner", "sub", "after"]
    assert chat.context["widgets"] == {"sub": {"a": "Ada!", "b": "2"}, "after": {}}
    assert chat.context["flow"]["variables"] == {}


def test_only_simple_values_come_back(fake: FakeStudio) -> None:
    """An object does not."""
    items = [*properties_of(("o", "{}"), ("n", "7"), type="json_object"), *properties_of(("t", "x"))]
    load(fake, widget("inner", "set-variables", {"variables": items}, next=None), sid=SUB)
    chat = parent(fake).message("hi")
    assert chat.context["widgets"]["sub"] == {"n": 7, "t": "x"}
    assert [assumed.widget for assumed in chat.assumed] == ["sub"]


def test_a_subflow_knows_who_runs_it(fake: FakeStudio) -> None:
    """Its parameters, and what triggered the parent; the other end is the parent's."""
    load(fake, ask("inner", "{{trigger.message.Body}}"), sid=SUB)
    chat = parent(fake).message("Ada", from_=PERSON, to=NUMBER)
    context = chat.situation.frame.context
    step = next(step for step in chat.execution.steps if step.parent_step_sid)
    assert context["trigger"]["message"] == chat.context["trigger"]["message"]
    assert context["trigger"]["parent"] == {
        "parameters": {"name": "Ada", "order": {"size": 12}},
        "step_sid": step.parent_step_sid,
        "execution_sid": chat.execution.sid,
        "flow_sid": chat.flow.sid,
        "trigger_type": "message",
    }
    assert context["contact"] == {"channel": {"address": PERSON}}
    assert context["flow"] == {"flow_sid": SUB, "channel": {"address": NUMBER}, "sid": chat.execution.sid}
    assert [sent.body for sent in chat.sent] == ["Ada"]


def test_a_subflow_may_wait(fake: FakeStudio) -> None:
    """The reply is the parent's contact's."""
    load(fake, ask("age", "Age?", "keep"), variables("keep", age="{{widgets.age.inbound.Body}}"), sid=SUB)
    flow = parent(fake)
    chat = flow.message("hi", from_=PERSON)
    assert chat.waiting_at == "age"
    assert flow.message("42", from_=PERSON) is chat
    assert chat.path == ["Trigger", "Trigger", "age", "keep", "sub", "after"]
    assert chat.context["widgets"]["sub"] == {"age": "42"}


def test_steps_of_a_subflow_stand_among_its_parents(fake: FakeStudio) -> None:
    """In one log, newest first; each names the Step of the widget that ran it, which comes after them."""
    load(fake, variables("inner", a="1"), sid=SUB)
    chat = parent(fake).message("hi")
    steps = get(fake, f"/v2/Flows/{chat.flow.sid}/Executions/{chat.execution.sid}/Steps")["steps"]
    sub = next(step for step in steps if step["transitioned_from"] == "sub")
    told = [(s["transitioned_from"], s["name"], s["transitioned_to"], s["type"], s["parent_step_sid"]) for s in steps]
    assert told == [
        ("after", "next", "Ended", "set-variables", None),
        ("sub", "completed", "after", "run-subflow", None),
        ("inner", "next", "Ended", "set-variables", sub["sid"]),
        ("Trigger", "incomingParent", "inner", "trigger", sub["sid"]),
        ("Trigger", "incomingMessage", "sub", "trigger", None),
    ]
    assert {step["flow_sid"] for step in steps} == {chat.flow.sid}


def test_steps_of_a_subflow_have_its_own_context(fake: FakeStudio) -> None:
    """That of their Flow, not the parent's."""
    load(fake, variables("inner", a="1"), sid=SUB)
    chat = parent(fake).message("hi")
    inner = chat.execution.steps[2]
    assert inner.context["widgets"] == {"inner": {"a": "1"}}
    assert inner.context["trigger"]["parent"]["step_sid"] == inner.parent_step_sid
    assert "parent" not in chat.execution.steps[3].context["trigger"]


def test_the_context_of_an_execution_is_that_of_its_own_flow(fake: FakeStudio) -> None:
    """While a subflow runs, and when it comes to its end there."""
    load(fake, variables("inner", "ask", a="1"), ask("ask", "?"), sid=SUB)
    chat = load(fake, variables("outer", "sub", b="2"), run(), *map(variables, ("after", "failed"))).message("hi")
    assert chat.waiting_at == "ask"
    for _ in range(2):
        context = get(fake, f"{chat.execution.url}/Context")["context"]
        assert context == chat.context
        assert context["widgets"] == {"outer": {"b": "2"}}
        chat.execution.end()


def test_a_subflow_that_runs_another_is_refused(fake: FakeStudio) -> None:
    """81024: one level only. The inner widget fails, and so its Flow may go on."""
    load(fake, variables("deepest"), sid=OTHER)
    load(fake, run("deeper", OTHER), variables("after"), variables("failed", tried="1"), sid=SUB)
    chat = parent(fake).message("hi")
    assert codes(chat) == [81024]
    assert chat.path == ["Trigger", "Trigger", "deeper", "failed", "sub", "after"]
    assert chat.context["widgets"]["sub"] == {"tried": "1"}


def test_a_subflow_counts_toward_the_limit_of_its_parent(fake: FakeStudio) -> None:
    """1,000 Steps together; then all of it ends."""
    load(fake, variables("ping", "pong"), variables("pong", "ping"), sid=SUB)
    chat = parent(fake).message("hi")
    assert chat.ended
    assert len(chat.execution.steps) == 1000
    assert codes(chat) == [81000]
    assert "sub" not in chat.path


def test_the_last_step_may_be_that_in_which_a_subflow_ends(fake: FakeStudio) -> None:
    """The widget that ran it then finishes no more: no Execution has 1001 Steps."""
    load(fake, sid=SUB)
    chat = load(fake, run(to="sub"), variables("failed")).message("hi")
    last = chat.execution.steps[-1]
    assert len(chat.execution.steps) == 1000
    assert (last.transitioned_from, last.transitioned_to) == ("Trigger", "Ended")
    assert last.parent_step_sid is not None
    assert codes(chat) == [81000]
    assert chat.ended


def test_a_subflow_that_is_not_there_is_an_error_that_says_so(fake: FakeStudio) -> None:
    """Its SID, and what to do."""
    with pytest.raises(ChatError, match=rf"(?s)'sub' runs the subflow {SUB}.*load_flow\(…, sid='{SUB}'.*path so far"):
        parent(fake).message("hi")


def test_an_outcome_stands_for_a_subflow(fake: FakeStudio) -> None:
    """Whether it is there or not, it does not run."""
    load(fake, say("inner", "Hi"), sid=SUB)
    flow = parent(fake)
    flow.outcome("sub", "completed", {"a": "1"})
    chat = flow.message("hi")
    assert chat.path == ["Trigger", "sub", "after"]
    assert chat.context["widgets"]["sub"] == {"a": "1"}
    assert chat.sent == []


def test_an_outcome_of_a_widget_is_that_of_its_own_flow(fake: FakeStudio) -> None:
    """Names may be the same in both."""
    inner = load(fake, widget("after", "create-task", {}, done=None), sid=SUB)
    inner.outcome("after", "done")
    assert parent(fake).message("hi").path == ["Trigger", "Trigger", "after", "sub", "after"]


@pytest.mark.parametrize(
    ("revision", "says"), [("LatestPublished", "two"), ("LatestRevision", "three"), ("1", "one"), ("2", "two")]
)
def test_a_widget_says_which_revision_runs(revision: str, says: str, fake: FakeStudio) -> None:
    """By number, or the newest that is published, or the newest of all."""
    sub = load(fake, variables("inner", says="one"), sid=SUB)
    for says_then, status in (("two", "published"), ("three", "draft")):
        sent = definition(variables("inner", says=says_then))
        post(fake, f"/v2/Flows/{sub.sid}", Status=status, Definition=sent)
    flow = load(fake, run(revision=revision), variables("after"), variables("failed"))
    assert flow.message("hi").context["widgets"]["sub"] == {"says": says}


def test_a_revision_that_is_not_there_is_an_error_that_says_so(fake: FakeStudio) -> None:
    """As a subflow that is not there."""
    load(fake, variables("inner"), sid=SUB)
    flow = load(fake, run(revision="7"), variables("after"), variables("failed"))
    with pytest.raises(ChatError, match="revision 7"):
        flow.message("hi")


def test_a_flow_can_be_run_as_a_subflow_alone(fake: FakeStudio) -> None:
    """With parameters; its trigger is incomingParent."""
    flow = load(fake, say("hello", "Hi {{trigger.parent.parameters.name}}"))
    chat = flow.parent({"name": "Ada"}, from_=PERSON)
    assert [sent.body for sent in chat.sent] == ["Hi Ada"]
    assert chat.visits[0].event == "incomingParent"
    assert set(chat.context["trigger"]["parent"]) == {
        "execution_sid",
        "flow_sid",
        "parameters",
        "step_sid",
        "trigger_type",
    }


def test_a_subflow_that_was_deployed_by_rest_runs_too(fake: FakeStudio) -> None:
    """It needs no load_flow."""
    sent = definition(variables("inner", a="1"))
    made = post(fake, "/v2/Flows", 201, FriendlyName="Sub", Status="published", Definition=sent)
    flow = load(fake, run(flow_sid=made["sid"]), variables("after"), variables("failed"))
    assert flow.message("hi").context["widgets"]["sub"] == {"a": "1"}
