"""Recorded Executions run again: what is fed, what differs first and why, what had to be assumed."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("liquid")
pytest.importorskip("hypothesis")
from flow_parts import Json, ask, load, load_definition, match, say, split, variables, widget
from helpers import examples
from hypothesis import HealthCheck, given, settings
from odd_flows import MAIN, OTHER, definitions

from pytest_studio import FakeStudio
from pytest_studio.errors import FlowDefinitionError
from pytest_studio.flows.replaying.recording import Difference
from pytest_studio.flows.replaying.replay import Replay

SUB = "FW" + "5" * 32
SOME = settings(max_examples=examples(30), deadline=None, suppress_health_check=list(HealthCheck))
BODY = "{{widgets.ask.inbound.Body}}"
SURVEY = (
    ask("ask", "How old are you?", "age", "late"),
    split("age", BODY, match("old", "greater_than", "17", BODY), no_match="young"),
    say("young", "Sorry."),
    say("old", "Welcome."),
    say("late", "Goodbye."),
)


def revised(*states: Json, **changed: Json) -> Any:
    """A Flow of these states, some of them in place of those of the same name."""
    return load(FakeStudio(), *(changed.get(state["name"], state) for state in states))


def difference(replay: Replay) -> Difference:
    """The first difference, which there is."""
    assert replay.first_difference is not None
    return replay.first_difference


def recorded(studio: FakeStudio, run: Any) -> list[Json]:
    """The payloads of an Execution, of its Steps and of their contexts."""
    found = [run.payload(), run.context_payload()]
    return found + [payload for step in run.steps for payload in (step.payload(), step.context_payload())]


def test_a_run_goes_as_it_went(fake: FakeStudio) -> None:
    """Nothing differs, and nothing is assumed."""
    flow = load(fake, *SURVEY)
    chat = flow.message("hi").reply("18")
    found = flow.replay(chat.execution).check()
    assert (found.first_difference, found.assumed) == (None, [])
    assert found.path == found.recorded_path == chat.path == ["Trigger", "ask", "age", "old"]
    assert "no difference in 4 Steps" in str(found)


def test_replaying_stores_nothing(fake: FakeStudio) -> None:
    """No Execution, no chat."""
    flow = load(fake, *SURVEY)
    chat = flow.message("hi").reply("18")
    flow.replay(chat.execution.sid)
    assert list(fake.executions) == [chat.execution.sid]
    assert flow.chats == [chat]


def test_a_condition_that_was_changed_is_told(fake: FakeStudio) -> None:
    """With what it judged, and where that leads now."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    new = split("age", BODY, match("old", "greater_than", "20", BODY), no_match="young")
    found = revised(*SURVEY, age=new).replay(chat.execution)
    first = difference(found)
    assert (first.index, first.recorded.widget, first.recorded.next) == (2, "age", "old")  # type: ignore[union-attr]
    assert (first.replayed.event, first.replayed.next) == ("noMatch", "young")  # type: ignore[union-attr]
    assert "'18' is greater than '20': no" in first.why
    assert found.path == ["Trigger", "ask", "age", "young"]
    with pytest.raises(AssertionError, match="Step 2: recorded age: match -> old, replayed age: noMatch -> young"):
        found.check()


def test_a_transition_that_leads_elsewhere_is_told(fake: FakeStudio) -> None:
    """The event is the same."""
    chat = load(fake, *SURVEY).message("hi").expire()
    found = revised(*SURVEY, ask=ask("ask", "?", "age", "old")).replay(chat.execution)
    assert difference(found).index == 1
    assert "timeout leads elsewhere now" in difference(found).why


def test_a_widget_that_came_between_is_told_and_the_replay_goes_on(fake: FakeStudio) -> None:
    """With what was recorded of the widgets that are still there."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    found = load(FakeStudio(), variables("new", "ask", a="1"), *SURVEY).replay(chat.execution)
    assert difference(found).why.startswith("recorded Trigger: incomingMessage -> ask, replayed")
    assert found.path == ["Trigger", "new", "ask", "age", "old"]


def test_an_execution_that_is_active_still_goes_as_far_as_it_went(fake: FakeStudio) -> None:
    """And waits where it waits."""
    flow = load(fake, *SURVEY)
    found = flow.replay(flow.message("hi").execution)
    assert (found.first_difference, found.waiting_at) == (None, "ask")


def test_answers_of_servers_are_judged_anew(fake: FakeStudio) -> None:
    """What they answered is fed; a Function may redirect, an HTTP request may not."""
    given = {"method": "GET", "url": "https://api.example", "content_type": "application/json;charset=utf-8"}
    api, text = widget("api", "make-http-request", given, success="say", failed="sorry"), "{{widgets.api.parsed.name}}"
    flow = load(fake, api, say("say", text), say("sorry", "Sorry."))
    flow.respond("api", json={"name": "Ada"})
    chat = flow.message("hi")
    found = flow.replay(chat.execution).check()
    assert found.situation.context["widgets"]["api"]["parsed"] == {"name": "Ada"}
    run = fake.add_run(
        flow,
        [
            ("Trigger", "incomingMessage", None),
            ("api", "success", {"status_code": 404, "body": "", "content_type": "text/plain"}),
            ("say", "sent", {}),
        ],
    )
    assert "the status was 404" in difference(flow.replay(run)).why


def test_what_others_decided_is_fed(fake: FakeStudio) -> None:
    """How it ended and what it left, failures among them."""
    status = "{{widgets.agent.DialCallStatus}}"
    given = {"noun": "number", "to": "+15550100003", "caller_id": "{{contact.channel.address}}"}
    agent = widget("agent", "connect-call-to", given, callCompleted="how", hangup="how")
    flow = load(fake, agent, split("how", status, match("late", "equal_to", "busy", status)), variables("late"))
    flow.outcome("agent", "callCompleted", {"DialCallStatus": "busy"})
    assert flow.replay(flow.call().execution).check().path[-1] == "late"
    other = load(fake, say("bye", "Bye"))
    other.outcome("bye", "failed")
    assert other.replay(other.message("hi").execution).first_difference is None


def test_keys_and_words_are_fed(fake: FakeStudio) -> None:
    """As the context has them."""
    keys, words = "{{widgets.menu.Digits}}", "{{widgets.menu.SpeechResult}}"
    menu = widget("menu", "gather-input-on-call", {"say": "?"}, keypress="k", speech="s", timeout="menu")
    flow = load(
        fake,
        menu,
        split("k", keys, match("menu", "equal_to", "1", keys), no_match="out"),
        split("s", words, match("out", "contains", "bye", words), no_match="menu"),
        variables("out"),
    )
    chat = flow.call().press("1").silence().say("More.").say("Good bye.")
    assert chat.ended
    assert flow.replay(chat.execution).check().assumed == []


def test_subflows_run_again(fake: FakeStudio) -> None:
    """Where they are; elsewhere their Steps are taken as recorded, which is told."""
    answer = "{{trigger.parent.parameters.answer}}"
    load(fake, variables("v", mood=answer), sid=SUB)
    given = {
        "flow_sid": SUB,
        "flow_revision": "LatestPublished",
        "parameters": [{"key": "answer", "value": "{{trigger.message.Body}}"}],
    }
    states = (widget("sub", "run-subflow", given, completed="bye", failed=None), say("bye", "{{widgets.sub.mood}}"))
    flow = load(fake, *states)
    chat = flow.message("fine")
    assert flow.replay(chat.execution).check().path == ["Trigger", "Trigger", "v", "sub", "bye"]
    alone = load(FakeStudio(), *states).replay(chat.execution).check()
    assert alone.path == ["Trigger", "sub", "bye"]
    assert alone.assumed == ["the subflow of sub is not here: 2 Steps of it are taken as recorded"]


def test_payloads_are_replayed(fake: FakeStudio) -> None:
    """As a list, as from the API; on another studio, too."""
    chat = load(fake, *SURVEY).message("hi").reply("17")
    found = load(FakeStudio(), *SURVEY).replay(recorded(fake, chat.execution)).check()
    assert found.path == ["Trigger", "ask", "age", "young"]
    assert found.assumed == []


def test_a_dump_is_replayed(fake: FakeStudio, tmp_path: Path) -> None:
    """By its path; of several Executions, one has to be named."""
    flow = load(fake, *SURVEY)
    flow.message("hi").reply("17")
    path = tmp_path / "run.json"
    fake.dump(path)
    other = load(FakeStudio(), *SURVEY)
    assert other.replay(path).check().path == other.replay(str(path)).path
    flow.message("hi").expire()
    fake.dump(path)
    with pytest.raises(ValueError, match=r"has 2 Executions .*studio\.load"):
        other.replay(path)


def test_steps_without_contexts_are_replayed(fake: FakeStudio) -> None:
    """The Execution's own context has what each widget left last."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    payloads = [chat.execution.context_payload(), *(step.payload() for step in chat.execution.steps)]
    found = load(FakeStudio(), *SURVEY).replay([chat.execution.payload(), *payloads])
    assert found.check().assumed == []


def test_without_any_context_the_recorded_events_are_taken(fake: FakeStudio) -> None:
    """What was assumed is told; what then goes another way is told as a difference."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    payloads = [step.payload() for step in chat.execution.steps]
    found = load(FakeStudio(), *SURVEY).replay([chat.execution.payload(), *payloads])
    assert any("does not have what ask left" in one for one in found.assumed)
    assert difference(found).recorded.widget == "age"  # type: ignore[union-attr]
    assert "'' is greater than '17': no" in difference(found).why


def test_a_step_that_was_lost_is_filled_in(fake: FakeStudio) -> None:
    """Logs of Steps are best-effort: what stands around it says how it ended."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    steps = [step for step in chat.execution.steps if step.transitioned_from != "ask"]
    payloads = [payload for step in steps for payload in (step.payload(), step.context_payload())]
    found = load(FakeStudio(), *SURVEY).replay([chat.execution.payload(), *payloads])
    assert found.path == ["Trigger", "ask", "age", "old"]
    assert found.assumed[0] == "the Step of ask is not in the recording: it is taken to have ended with incomingMessage"


def test_a_lost_step_of_a_widget_that_leads_elsewhere_now_is_a_difference(fake: FakeStudio) -> None:
    """Nothing that it could have ended with leads on as recorded."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    steps = [step for step in chat.execution.steps if step.transitioned_from != "ask"]
    changed = revised(*SURVEY, ask=ask("ask", "?", "late", "late"))
    found = changed.replay([chat.execution.payload(), *(step.payload() for step in steps)])
    assert "recorded was age, and now ask (send-and-wait-for-reply) comes" in difference(found).why


def test_a_caller_who_hung_up_hangs_up_again(fake: FakeStudio) -> None:
    """Where the widget wires that."""
    menu = widget("menu", "gather-input-on-call", {"say": "?"}, keypress=None, speech=None, timeout=None, hangup="bye")
    flow = load(fake, menu, variables("bye", a="1"))
    chat = flow.call().hang_up()
    assert flow.replay(chat.execution).check().path == chat.path == ["Trigger", "menu", "bye"]


def test_an_event_that_is_not_wired_any_more_is_told(fake: FakeStudio) -> None:
    """With the transition that the recording took."""
    chat = load(fake, *SURVEY).message("hi").expire()
    given = {"from": "{{flow.channel.address}}", "body": "?", "timeout": "3600"}
    found = revised(*SURVEY, ask=widget("ask", "send-and-wait-for-reply", given, incomingMessage="age")).replay(
        chat.execution
    )
    assert "timeout is not wired now" in difference(found).why


def test_an_answer_of_which_only_the_json_was_kept_is_fed(fake: FakeStudio) -> None:
    """As recorders of other tools write it."""
    given = {"method": "GET", "url": "https://api.example", "content_type": "application/json;charset=utf-8"}
    flow = load(
        fake,
        widget("api", "make-http-request", given, success="say", failed=None),
        say("say", "{{widgets.api.parsed.name}}"),
    )
    left = {"status_code": 200, "content_type": "application/json", "parsed": {"name": "Ada"}}
    run = fake.add_run(flow, [("Trigger", "incomingMessage", None), ("api", "success", left), ("say", "sent", {})])
    found = flow.replay(run)
    assert found.situation.context["widgets"]["api"]["parsed"] == {"name": "Ada"}


def test_a_condition_that_cannot_be_judged_says_why(fake: FakeStudio) -> None:
    """In place of yes or no."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    new = split("age", BODY, match("old", "regex", "(", BODY), no_match="young")
    assert "regular expression" in difference(revised(*SURVEY, age=new).replay(chat.execution)).why


def test_a_message_that_now_is_blank_is_a_difference(fake: FakeStudio) -> None:
    """Studio would not send it."""
    chat = load(fake, *SURVEY).message("hi").reply("18")
    found = revised(*SURVEY, old=say("old", "{{flow.variables.none}}")).replay(chat.execution)
    assert "neither a body nor media (81011)" in difference(found).why


def test_wrong_recordings_are_refused(fake: FakeStudio) -> None:
    """In words."""
    flow = load(fake, *SURVEY)
    with pytest.raises(LookupError, match="has no such Execution"):
        flow.replay("FN" + "0" * 32)
    with pytest.raises(ValueError, match="has no Steps that could be replayed"):
        flow.replay(fake.add_execution(flow))
    with pytest.raises(ValueError, match="has no Execution with Steps"):
        flow.replay(fake.add_execution(flow).payload())


@SOME
@given(definitions(), definitions())
def test_any_run_of_any_flow_goes_as_it_went(one: Json, other: Json) -> None:
    """A run of this runner's own, on the same Flow, has no difference."""
    with FakeStudio(now="2026-05-01T12:00:00Z", strict=False) as studio:
        try:
            flow = load_definition(studio, one, sid=MAIN)
            load_definition(studio, other, sid=OTHER)
        except FlowDefinitionError:
            return
        for path in flow.explore(limit=60).paths:
            chat = path.play(flow)
            found = flow.replay(chat.execution)
            assert found.first_difference is None, found
            assert found.path == chat.path
            assert found.situation.ended is chat.ended


@SOME
@given(definitions(), definitions())
def test_any_run_can_be_replayed_on_any_other_flow(one: Json, other: Json) -> None:
    """It differs, or does not, and says so."""
    with FakeStudio(now="2026-05-01T12:00:00Z", strict=False) as studio:
        try:
            first, second = load_definition(studio, one, sid=MAIN), load_definition(studio, other, sid=OTHER)
        except FlowDefinitionError:
            return
        for path in first.explore(limit=30).paths:
            run = path.play(first).execution
            before = deepcopy(run.context)
            assert str(second.replay(run))
            assert run.context == before
