"""What a test decides, what a verdict and a failure report say of Flows that ran, and what loading refuses."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from flow_parts import NUMBER, PERSON, Json, ask, definition, load, load_definition, say, split, variables, widget
from helpers import call, post

from pytest_studio import FakeStudio
from pytest_studio.errors import ChatError, FlowDefinitionError, StudioVerdict
from pytest_studio.resources import Flow

pytest.importorskip("liquid")
pytest_plugins = ["pytester"]

FLEX = {"workflow": "WW1", "channel": "TC1", "attributes": "{}"}


def handover(studio: FakeStudio, **options: Any) -> Flow:
    """Hands over to people."""
    flex = widget("flex", "send-to-flex", FLEX, callComplete="done", failedToEnqueue="sorry", callFailure="sorry")
    return load(studio, flex, variables("done"), variables("sorry"), **options)


def verdict(studio: FakeStudio) -> str:
    """What the verdict says; "" if nothing."""
    try:
        studio.verify()
    except StudioVerdict as objection:
        return str(objection)
    return ""


# -- outcomes --------------------------------------------------------------------------------------------------


def test_what_hands_over_needs_an_outcome(fake: FakeStudio) -> None:
    """The error names the widget, its events, and both ways out; the test may decide then."""
    flow = handover(fake)
    with pytest.raises(ChatError) as raised:
        flow.message("hi")
    told = str(raised.value)
    assert "'flex' (send-to-flex)" in told
    assert "flow.outcome('flex', 'callComplete')" in told
    assert "callComplete, failedToEnqueue, callFailure" in told
    assert "assume_success=True" in told
    assert "path so far: Trigger (waits at flex)" in told


def test_all_can_be_assumed_to_go_well(fake: FakeStudio) -> None:
    """But for what a test decides."""
    flow = handover(fake, assume_success=True)
    assert flow.message("hi").path[-1] == "done"
    flow.outcome("flex", "callFailure")
    assert flow.message("hi").path[-1] == "sorry"


def test_outcomes_queue(fake: FakeStudio) -> None:
    """In their order, each as often as it says; the last may be for ever."""
    flow = handover(fake)
    flow.outcome("flex", "callFailure", times=2)
    flow.outcome("flex", "callComplete", {"sid": "WT1"}, times=None)
    chats = [flow.message("hi") for _ in range(5)]
    assert [chat.path[-1] for chat in chats] == ["sorry", "sorry", "done", "done", "done"]
    assert chats[-1].context["widgets"]["flex"]["sid"] == "WT1"
    assert verdict(fake) == ""


@pytest.mark.parametrize("type", ["send-message", "say-play", "set-variables", "send-and-wait-for-reply"])
def test_any_widget_takes_an_outcome(type: str, fake: FakeStudio) -> None:
    """What succeeds or waits by itself, too."""
    events = {"send-message": "failed", "send-and-wait-for-reply": "timeout", "say-play": "audioComplete"}
    event = events.get(type, "next")
    properties = {"from": NUMBER, "to": PERSON, "body": "Hi", "say": "Hi", "timeout": "60", "variables": []}
    known = {"send-message": "from to body", "send-and-wait-for-reply": "from body timeout", "say-play": "say"}
    given = {name: properties[name] for name in known.get(type, "variables").split()}
    flow = load(fake, widget("w", type, given, **{event: "after"}), variables("after"))
    flow.outcome("w", event, {"more": "x"})
    chat = flow.message("hi")
    assert chat.path == ["Trigger", "w", "after"]
    assert chat.context["widgets"]["w"]["more"] == "x"


def test_variables_of_an_outcome_are_set(fake: FakeStudio) -> None:
    """Where the widget itself would have set some."""
    flow = load(fake, variables("count", n="1"))
    flow.outcome("count", "next", {"n": "7"})
    assert flow.message("hi").context["flow"]["variables"] == {"n": "7"}


@pytest.mark.parametrize(
    ("name", "event", "error", "why"),
    [
        ("Trigger", "incomingMessage", ValueError, "decides by itself"),
        ("flx", "callComplete", ValueError, "did you mean 'flex'"),
        ("flex", "callCompleted", ValueError, "did you mean 'callComplete'"),
        ("flex", "sent", ValueError, "its events are callComplete"),
        (None, "sent", ValueError, "no such widget"),
    ],
)
def test_an_outcome_that_cannot_be_is_refused(name: Any, event: str, error: Any, why: str, fake: FakeStudio) -> None:
    """When it is told."""
    with pytest.raises(error, match=why):
        handover(fake).outcome(name, event)


@pytest.mark.parametrize("times", [0, -1, True, "2"])
def test_a_number_of_times_is_a_number(times: Any, fake: FakeStudio) -> None:
    """1 or more, or None."""
    with pytest.raises(ValueError, match="times is a number of times"):
        handover(fake).outcome("flex", "callComplete", times=times)


# -- the verdict -----------------------------------------------------------------------------------------------


def test_what_was_decided_and_not_met_is_in_the_verdict_once(fake: FakeStudio) -> None:
    """Outcomes and answers, with how often they were met."""
    ask_it = {"method": "GET", "url": "https://example.com/", "content_type": "application/json;charset=utf-8"}
    flow = load(fake, widget("http", "make-http-request", ask_it, success=None, failed=None))
    flow.respond("http", json={"a": 1}, times=3)
    flow.outcome("http", "failed")
    flow.message("hi")
    flow.message("hi")
    told = verdict(fake)
    assert "respond('http', 200, json={'a': 1}, times=3): 'http' did not come so often, met 1 of 3 times" in told
    assert "outcome" not in told
    assert verdict(fake) == ""


def test_a_gap_that_a_person_saw_is_in_the_verdict_once(fake: FakeStudio) -> None:
    """With the chat, the widget, the variable and the template."""
    chat = load(fake, say("hello", "Hi {{flow.data.name}},")).message("hi")
    told = verdict(fake)
    assert chat.execution.sid in told
    assert "hello, body: nothing had set flow.data.name" in told
    assert "Hi {{flow.data.name}}," in told
    assert verdict(fake) == ""
    assert [(blank.widget, blank.property, blank.variable) for blank in chat.blanks] == [
        ("hello", "body", "flow.data.name")
    ]


def test_a_gap_that_a_caller_heard_is_in_the_verdict(fake: FakeStudio) -> None:
    """What is said counts like what is written."""
    load(fake, widget("hello", "say-play", {"say": "Hi {{flow.data.name}}"}, audioComplete=None)).call()
    assert "hello, say: nothing had set flow.data.name" in verdict(fake)


@pytest.mark.parametrize(
    ("state", "blanks"),
    [
        (say("w", "Hi {{flow.data.name | default: 'you'}}"), 0),
        (say("w", "Hi {{flow.data.name | default: ''}}"), 1),
        (say("w", "Hi", service="{{trigger.message.InstanceSid}}", channel="{{trigger.message.ChannelSid}}"), 0),
        (variables("w", a="{{flow.data.name}}"), 1),
        (split("w", "{{flow.data.name}}"), 1),
    ],
)
def test_other_gaps_are_in_no_verdict(state: Json, blanks: int, fake: FakeStudio) -> None:
    """A default, what Studio itself fills, and what no person sees."""
    chat = load(fake, state).message("hi")
    assert verdict(fake) == ""
    assert len(chat.blanks) == blanks


def test_a_gap_may_be_meant() -> None:
    """For a block, or for a studio."""
    fake = FakeStudio()
    flow = load(fake, ask("ask", "Hi {{flow.data.name}}", "bye"), say("bye", "Bye {{flow.data.name}}"))
    with fake.lenient():
        chat = flow.message("hi")
    assert verdict(fake) == ""
    chat.reply("x")
    assert "bye, body" in verdict(fake)
    easy = FakeStudio(strict=False)
    load(easy, say("hello", "Hi {{flow.data.name}}")).message("hi")
    assert verdict(easy) == ""


def test_a_chat_that_nobody_drove_and_could_not_go_on_is_in_the_verdict_once(fake: FakeStudio) -> None:
    """The code under test got its 201; the error is for the test."""
    flow = handover(fake)
    made = post(fake, f"/v2/Flows/{flow.sid}/Executions", 201, To=PERSON, From=NUMBER)
    told = verdict(fake)
    assert f"Execution {made['sid']} of Flow {flow.friendly_name!r} could not go on" in told
    assert "flow.outcome('flex', 'callComplete')" in told
    assert verdict(fake) == ""


def test_a_fault_of_the_test_is_none_of_the_code_under_test(fake: FakeStudio) -> None:
    """Its request is answered; what went wrong is in the verdict."""
    ask_it = {"method": "GET", "url": "https://example.com/", "content_type": "application/json;charset=utf-8"}
    flow = load(fake, widget("http", "make-http-request", ask_it, success=None, failed=None))
    flow.respond("http", lambda request: {}["name"])
    post(fake, f"/v2/Flows/{flow.sid}/Executions", 201, To=PERSON, From=NUMBER)
    assert "KeyError in what the test answers it: 'name'" in verdict(fake)
    assert flow.chats[0].waiting_at == "http"


def test_an_error_that_was_raised_is_in_no_verdict(fake: FakeStudio) -> None:
    """The test has seen it."""
    flow = handover(fake)
    with pytest.raises(ChatError):
        flow.message("hi")
    assert verdict(fake) == ""


def test_a_chat_whose_time_is_up_and_cannot_go_on_is_in_the_verdict(fake: FakeStudio) -> None:
    """Nobody was there to hear the error."""
    load(fake, ask("ask", "?", None, "flex"), widget("flex", "send-to-flex", FLEX, callComplete=None)).message("hi")
    fake.advance(hours=1)
    assert "'flex'" in verdict(fake)


# -- what a person reads ---------------------------------------------------------------------------------------

SUITE = """
import pytest, warnings
from pytest_studio.errors import StudioFlowWarning

FLOW = {
    "description": "", "initial_state": "Trigger", "flags": {"allow_concurrent_calls": True},
    "states": [
        {"name": "Trigger", "type": "trigger", "properties": {},
         "transitions": [{"event": "incomingMessage", "next": "ask"}, {"event": "incomingRequest", "next": "ask"}]},
        {"name": "ask", "type": "send-and-wait-for-reply",
         "properties": {"from": "{{flow.channel.address}}", "body": "Name?", "timeout": "3600"},
         "transitions": [{"event": "incomingMessage", "next": "greet"}, {"event": "timeout"},
                         {"event": "deliveryFailure"}]},
        {"name": "greet", "type": "send-message",
         "properties": {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}",
                        "body": "Hi {{widgets.ask.inbound.Body}}, {{flow.data.nothing}}"},
         "transitions": [{"event": "sent"}, {"event": "failed"}]},
    ],
}
pytestmark = pytest.mark.filterwarnings("ignore::pytest_studio.errors.StudioFlowWarning")

def test_fails(studio):
    flow = studio.load_flow(FLOW)
    chat = flow.message("hi").reply("Ada")
    assert chat.sent[-1].body == "Hi Bob"

def test_has_gaps(studio):
    studio.load_flow(FLOW).message("hi").reply("Ada")

def test_is_fine(studio):
    studio.load_flow(FLOW).message("hi")

def test_decides_in_vain(studio):
    flow = studio.load_flow(FLOW)
    flow.outcome("greet", "failed")

def test_does_what_cannot_be(studio):
    studio.load_flow(FLOW).message("hi").press("1")
"""


def test_a_failing_tests_report_shows_its_chats(pytester: pytest.Pytester) -> None:
    """Transcript, path, and gaps; a test fails once; verdicts and errors say what to do."""
    pytester.makepyfile(SUITE)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=4)
    told = result.stdout.str()
    failing, gaps, vain, wrong = (
        told.partition(f"_ {name} _")[2].partition("\n____")[0]
        for name in ("test_fails", "test_has_gaps", "test_decides_in_vain", "test_does_what_cannot_be")
    )
    for line in (
        "> hi",
        "Trigger: incomingMessage -> ask",
        "< Name?    [ask]",
        "> Ada",
        "< Hi Ada,     [greet]",
        "path: Trigger > ask > greet",
        "blank: flow.data.nothing in greet, body: nothing had set it",
    ):
        assert line in failing
    assert "greet, body: nothing had set flow.data.nothing" in gaps
    assert "path: Trigger > ask > greet" in gaps
    assert "outcome('greet', 'failed'): 'greet' did not come" in vain
    assert "press('1'): 'ask' (send-and-wait-for-reply) does not wait for that; it takes reply(…) or expire()" in wrong
    assert "path so far: Trigger (waits at ask)" in wrong


WIDER = """
import pytest
from pytest_studio import FakeStudio

pytestmark = pytest.mark.filterwarnings("ignore::pytest_studio.errors.StudioFlowWarning")

def state(name, type, properties, **wired):
    transitions = [{"event": event, **({"next": to} if to else {})} for event, to in wired.items()]
    return {"name": name, "type": type, "properties": properties, "transitions": transitions}

def ask(name, body, to):
    return state(name, "send-and-wait-for-reply", {"from": "{{flow.channel.address}}", "body": body},
                 incomingMessage=to, timeout=None, deliveryFailure=None)

@pytest.fixture(scope="session")
def chat():
    with FakeStudio() as studio:
        flow = studio.load_flow({
            "description": "", "initial_state": "Trigger", "flags": {"allow_concurrent_calls": True},
            "states": [state("Trigger", "trigger", {}, incomingMessage="one"),
                       ask("one", "1?", "two"), ask("two", "2{{flow.data.gap}}?", "three"), ask("three", "3?", None)],
        })
        yield flow.message("hi")

def test_begins(chat):
    pass

def test_sees_a_gap(chat):
    chat.reply("first")

def test_fails(chat):
    chat.reply("second")
    assert chat.ended
"""


def test_a_chat_belongs_to_the_test_in_which_it_goes_on(pytester: pytest.Pytester) -> None:
    """One of a wider fixture is judged where it happened, and the report of each test that moved it shows it."""
    pytester.makepyfile(WIDER)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=2)
    gap, failing = (
        result.stdout.str().partition(f"_ {name} _")[2].partition("\n____")[0]
        for name in ("test_sees_a_gap", "test_fails")
    )
    assert "two, body: nothing had set flow.data.gap" in gap
    assert "path: Trigger > one > two" in failing


# -- loading ---------------------------------------------------------------------------------------------------


def test_a_definition_that_studio_would_refuse_is_not_loaded(fake: FakeStudio) -> None:
    """The error has all that is wrong, and nothing is stored."""
    broken = definition(widget("hello", "send-message", {"from": 1, "to": "", "body": "{{"}, sent="nowhere"))
    with pytest.raises(FlowDefinitionError, match="nowhere") as raised:
        load_definition(fake, broken)
    assert {finding.rule for finding in raised.value.findings} >= {"unknown-next", "schema", "liquid-syntax"}
    assert not fake.flows


def test_a_flow_is_stored_as_it_was_loaded(fake: FakeStudio) -> None:
    """Under its SID and name, published or as a draft."""
    sid = "FW" + "7" * 32
    flow = load(fake, say("hello", "Hi"), sid=sid, friendly_name="Hello", status="draft")
    assert fake.flows[sid] is flow
    assert (flow.friendly_name, flow.status) == ("Hello", "draft")
    assert call(fake, "GET", f"/v2/Flows/{sid}").json()["definition"] == definition(say("hello", "Hi"))


def test_a_flow_that_is_loaded_again_keeps_its_number(fake: FakeStudio) -> None:
    """And its chats."""
    flow = handover(fake)
    number = flow.number
    assert load_definition(fake, flow, assume_success=True) is flow
    assert flow.number == number
    assert flow.message("hi").ended


def test_a_flow_of_another_studio_is_refused(fake: FakeStudio) -> None:
    """It would run there."""
    with pytest.raises(ValueError, match="is not in this studio"):
        load_definition(fake, load(FakeStudio(), say("hello", "Hi")))


WITHOUT = """
import sys, warnings
sys.modules["liquid"] = None
from pytest_studio import FakeStudio
from pytest_studio.errors import MissingExtra
warnings.simplefilter("ignore")
try:
    FakeStudio().load_flow({definition})
except MissingExtra as error:
    print(error)
"""


def test_without_the_extra_loading_says_what_to_install() -> None:
    """python-liquid is needed by Flows only."""
    source = WITHOUT.replace("{definition}", repr(definition(say("hello", "Hi"))))
    done = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip().endswith("pip install 'pytest-studio[flow]'")
