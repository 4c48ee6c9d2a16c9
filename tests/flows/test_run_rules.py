"""Rules of widgets that run: sends that fail, hang-ups, limits, splits, variables."""

from __future__ import annotations

from typing import Any

import pytest
from flow_parts import (
    CALL,
    NUMBER,
    OVER,
    PERSON,
    ask,
    codes,
    load,
    load_definition,
    match,
    properties_of,
    say,
    split,
    variables,
    widget,
)

from pytest_studio import FakeStudio

pytest.importorskip("liquid")

BODY = "{{trigger.message.Body}}"


# -- sends -----------------------------------------------------------------------------------------------------


def test_a_send_with_a_blank_body_fails(fake: FakeStudio) -> None:
    """81011; nothing arrives, and an unwired failure ends the Execution."""
    chat = load(fake, say("hello", " {{flow.data.name}} ", "next"), say("next", "Hi")).message("hi")
    assert chat.path == ["Trigger", "hello"]
    assert chat.visits[-1].event == "failed"
    assert chat.ended
    assert chat.sent == []
    assert codes(chat) == [81011]


def test_a_send_with_a_picture_needs_no_body(fake: FakeStudio) -> None:
    """A picture is a message."""
    chat = load(fake, say("cat", "", media_url="https://example.com/cat.png")).message("hi")
    assert [(sent.body, sent.media_url) for sent in chat.sent] == [("", "https://example.com/cat.png")]
    assert chat.warnings == []


@pytest.mark.parametrize(("name", "events", "warned"), [("Ada", "sent", []), ("  ", "failed", [21656])])
def test_a_blank_content_variable_fails_a_send(name: str, events: str, warned: list[int], fake: FakeStudio) -> None:
    """21656."""
    content = {
        "message_type": "content_template",
        "content_sid": "HX0123456789abcdef0123456789abcdef",
        "content_variables": properties_of(("{{1}}", "{{flow.data.name}}")),
    }
    chat = load(fake, say("hello", "", **content)).request(parameters={"name": name})
    assert chat.visits[-1].event == events
    assert codes(chat) == warned
    assert [(s.content_sid, s.content_variables) for s in chat.sent] == (
        [] if warned else [("HX0123456789abcdef0123456789abcdef", {"{{1}}": "Ada"})]
    )


def test_who_has_opted_out_gets_no_message_until_they_opt_in(fake: FakeStudio) -> None:
    """21610, for whichever Flow sends; START lets messages arrive again."""
    flow, other = load(fake, say("bye", "Bye")), load(fake, say("hello", "Hello"))
    stopped = flow.message("STOP", from_=PERSON, OptOutType="STOP")
    assert codes(stopped) == [21610]
    assert stopped.context["widgets"]["bye"]["ErrorCode"] == "21610"
    assert codes(other.request(to=PERSON)) == [21610]
    assert codes(other.request(to="+15550100077")) == []
    started = flow.message("START", from_=PERSON, OptOutType="START")
    assert [sent.body for sent in started.sent] == ["Bye"]


def test_an_opt_out_that_is_a_reply_counts_too(fake: FakeStudio) -> None:
    """The next message does not arrive."""
    chat = load(fake, ask("more", "More?", "bye"), say("bye", "Bye")).message("hi")
    chat.reply("STOP", OptOutType="STOP")
    assert [sent.body for sent in chat.sent] == ["More?"]
    assert codes(chat) == [21610]


def test_a_wait_whose_question_fails_waits_for_nothing(fake: FakeStudio) -> None:
    """deliveryFailure, at once."""
    asks = ask("age", "{{flow.data.x}}", "next")
    asks["transitions"][2]["next"] = "next"
    chat = load(fake, asks, say("next", "Never mind")).message("hi")
    assert [visit.event for visit in chat.visits] == ["incomingMessage", "deliveryFailure", "sent"]


# -- hang-ups --------------------------------------------------------------------------------------------------

MENU = {"say": "Press 1", "timeout": 5, "number_of_digits": 1, "stop_gather": True}


def test_a_hang_up_that_is_not_wired_changes_nothing(fake: FakeStudio) -> None:
    """81002; the Execution stays active until somebody ends it."""
    chat = load(fake, widget("menu", "gather-input-on-call", MENU, keypress=None, speech=None, timeout=None)).call()
    chat.hang_up()
    assert codes(chat) == [81002]
    assert not chat.ended
    assert chat.waiting_at == "menu"
    assert chat.path == ["Trigger"]
    fake.advance(hours=1)
    assert not chat.ended
    chat.execution.end()
    assert chat.ended


def test_a_hang_up_that_is_wired_is_an_event(fake: FakeStudio) -> None:
    """Its widget says that the call is over, and so do those that follow."""
    connect = widget("menu", "gather-input-on-call", MENU, keypress=None, hangup="after")
    chat = load(fake, connect, widget("after", "say-play", {"say": "Bye"}, audioComplete=None)).call(
        from_=PERSON, to=NUMBER
    )
    chat.hang_up()
    assert chat.path == ["Trigger", "menu", "after"]
    assert chat.ended
    assert codes(chat) == []
    assert chat.context["widgets"]["menu"]["CallStatus"] == "completed"
    assert chat.context["widgets"]["after"] == {**OVER, "FlowEvent": "audioComplete"}
    assert [spoken.widget for spoken in chat.spoken] == ["menu"]


def test_a_hang_up_that_a_test_decides_on_is_one(fake: FakeStudio) -> None:
    """What follows finds nobody on the line."""
    flow = load(
        fake,
        widget("mail", "record-voicemail", {}, recordingComplete=None, noAudio=None, hangup="after"),
        widget("after", "say-play", {"say": "Bye"}, audioComplete=None),
    )
    flow.outcome("mail", "hangup")
    chat = flow.call()
    assert chat.context["widgets"]["after"]["CallStatus"] == "completed"
    assert chat.spoken == []


def test_who_has_hung_up_can_still_be_written_to(fake: FakeStudio) -> None:
    """A reply needs no call, and its time is up as ever."""
    flow = load(
        fake,
        widget("menu", "gather-input-on-call", MENU, keypress=None, hangup="sorry"),
        ask("sorry", "We missed you. Shall we call?", "thanks", late="thanks"),
        say("thanks", "Thanks"),
    )
    chat = flow.call().hang_up()
    assert chat.waiting_at == "sorry"
    assert chat.reply("yes").path == ["Trigger", "menu", "sorry", "thanks"]
    other = flow.call().hang_up()
    fake.advance(hours=1)
    assert other.visits[-2].event == "timeout"


def test_a_call_that_is_placed_after_a_hang_up_is_another_one(fake: FakeStudio) -> None:
    """Its caller is there."""
    flow = load(
        fake,
        widget("menu", "gather-input-on-call", MENU, keypress=None, hangup="back"),
        widget("back", "make-outgoing-call-v2", {"from": NUMBER, "to": PERSON}, answered="again", busy=None),
        widget("again", "gather-input-on-call", MENU, keypress="bye"),
        widget("bye", "say-play", {"say": "Bye"}, audioComplete=None),
    )
    chat = flow.call(from_=PERSON, to=NUMBER).hang_up().answer().press("1")
    assert [spoken.widget for spoken in chat.spoken] == ["menu", "again", "bye"]
    assert chat.context["widgets"]["bye"]["CallStatus"] == "in-progress"
    assert chat.context["widgets"]["bye"]["Direction"] == "outbound-api"


def test_a_widget_of_a_call_keeps_what_the_webhook_said(fake: FakeStudio) -> None:
    """Places, SIP headers: whatever came with the call."""
    flow = load(fake, widget("hello", "say-play", {"say": "{{trigger.call.FromCity}}"}, audioComplete=None))
    chat = flow.call(from_=PERSON, to=NUMBER, FromCity="CONCORD")
    assert chat.context["trigger"]["call"] == {**CALL, "CallStatus": "ringing", "FromCity": "CONCORD"}
    assert chat.context["widgets"]["hello"] == {**CALL, "FromCity": "CONCORD", "FlowEvent": "audioComplete"}


# -- limits ----------------------------------------------------------------------------------------------------


def test_1000_steps_end_an_execution(fake: FakeStudio) -> None:
    """81000; a loop over two widgets runs up to there."""
    chat = load(fake, variables("ping", "pong"), variables("pong", "ping")).message("hi")
    assert chat.ended
    assert len(chat.execution.steps) == 1000
    assert codes(chat) == [81000]
    assert chat.execution.steps[-1].transitioned_to == "Ended"
    assert chat.visits[-1].next is None


def test_999_widgets_are_a_run_like_any_other(fake: FakeStudio) -> None:
    """With the trigger, that is as many Steps as there may be."""
    names = [f"w{index}" for index in range(999)]
    chat = load(fake, *(variables(one, other) for one, other in zip(names, [*names[1:], None], strict=True))).message(
        "hi"
    )
    assert len(chat.execution.steps) == 1000
    assert codes(chat) == []


def counted(times: int) -> list[dict[str, Any]]:
    """A widget that runs this often, one time after the other."""
    tries = {"url": "https://example.com/", "method": "GET", "content_type": "application/json;charset=utf-8"}
    return [widget("again", "make-http-request", tries, success="done", failed="again"), variables("done")]


def test_a_widget_that_runs_ten_times_in_a_row_does_not_run_again(fake: FakeStudio) -> None:
    """81001; the Execution ends."""
    flow = load(fake, *counted(10))
    flow.respond("again", 500, times=None)
    chat = flow.message("hi")
    assert chat.ended
    assert chat.path == ["Trigger", *["again"] * 10]
    assert codes(chat) == [81001]


def test_nine_times_in_a_row_are_fine(fake: FakeStudio) -> None:
    """So is the tenth, if it leads elsewhere."""
    for failures in (8, 9):
        flow = load(fake, *counted(10))
        flow.respond("again", 500, times=failures)
        flow.respond("again", 200)
        chat = flow.message("hi")
        assert chat.path == ["Trigger", *["again"] * (failures + 1), "done"]
        assert codes(chat) == []


def test_only_runs_in_a_row_are_counted(fake: FakeStudio) -> None:
    """A question may be asked a dozen times, if another widget comes between."""
    asks = ask("age", "Age?", "check")
    chat = load(fake, asks, split("check", "{{widgets.age.inbound.Body}}", no_match="age")).message("hi")
    for _ in range(12):
        chat.reply("?")
    assert chat.path.count("age") == 12
    assert chat.waiting_at == "age"


def test_a_question_that_asks_itself_stops_after_ten_times(fake: FakeStudio) -> None:
    """Although somebody answers each time."""
    chat = load(fake, ask("age", "Age?", "age")).message("hi")
    for _ in range(10):
        chat.reply("?")
    assert chat.ended
    assert codes(chat) == [81001]


# -- splits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("said", "to"), [("1", "one"), ("14", "one"), ("4", "four"), ("x", "none")])
def test_transitions_are_tried_in_their_order(said: str, to: str, fake: FakeStudio) -> None:
    """The first that matches is taken; that another one would match, too, is an assumption."""
    matches = match("one", "contains", "1", BODY), match("four", "contains", "4", BODY)
    flow = load(fake, split("which", BODY, *matches, no_match="none"), *map(variables, ("one", "four", "none")))
    chat = flow.message(said)
    assert chat.path[-1] == to
    assert ["both match" in assumed.rule for assumed in chat.assumed] == ([True] if said == "14" else [])


@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_match_is_the_last_to_be_taken_wherever_it_stands(place: int, fake: FakeStudio) -> None:
    """First, last, or between."""
    made = split("which", BODY, match("one", "equal_to", "1", BODY), match("two", "equal_to", "2", BODY))
    no_match = {"event": "noMatch", "next": "none"}
    made["transitions"] = made["transitions"][1:]
    made["transitions"].insert(place, no_match)
    flow = load(fake, made, *map(variables, ("one", "two", "none")))
    assert [flow.message(said).path[-1] for said in "12x"] == ["one", "two", "none"]


def test_a_split_without_a_way_on_ends_with_a_warning(fake: FakeStudio) -> None:
    """81005; its Step is noMatch, to Ended."""
    chat = load(fake, split("which", BODY)).message("x")
    assert chat.ended
    assert codes(chat) == [81005]
    assert (chat.visits[-1].event, chat.visits[-1].next) == ("noMatch", None)


def test_a_split_without_no_match_ends_the_same_way(fake: FakeStudio) -> None:
    """As a few real ones are."""
    made = split("which", BODY, match("one", "equal_to", "1", BODY))
    made["transitions"] = made["transitions"][1:]
    chat = load(fake, made, variables("one")).message("x")
    assert codes(chat) == [81005]
    assert (chat.visits[-1].event, chat.visits[-1].transition) == ("noMatch", None)


def test_a_condition_judges_its_own_argument(fake: FakeStudio) -> None:
    """Not the input of its split, where they differ: an assumption."""
    made = split("which", BODY, match("one", "equal_to", "1", "{{flow.data.n}}"), no_match="none")
    chat = load(fake, made, variables("one"), variables("none")).request(parameters={"n": "1"})
    assert chat.path[-1] == "one"
    assert [assumed.widget for assumed in chat.assumed] == ["which"]


def test_the_value_of_a_condition_is_rendered(fake: FakeStudio) -> None:
    """Liquid on both sides."""
    made = split("which", BODY, match("one", "equal_to", "{{ 20 | plus: 1 }}", BODY), no_match="none")
    flow = load(fake, made, variables("one"), variables("none"))
    assert flow.message("21").path[-1] == "one"


def test_case_and_white_space_do_not_count(fake: FakeStudio) -> None:
    """Of the input as of the value; a regular expression has to match all of it."""
    made = split(
        "which",
        BODY,
        match("yes", "equal_to", " Yes", BODY),
        match("number", "regex", r"\d+", BODY),
        no_match="none",
    )
    flow = load(fake, made, *map(variables, ("yes", "number", "none")))
    assert [flow.message(said).path[-1] for said in ("YES ", " 42", "42 years")] == ["yes", "number", "none"]


# -- variables -------------------------------------------------------------------------------------------------


def test_variables_are_where_flows_look_for_them(fake: FakeStudio) -> None:
    """Under flow.variables and under the widget's name; the last that was set counts."""
    flow = load(fake, variables("first", "second", a="1", b=" x "), variables("second", a="{{flow.variables.b}}y"))
    chat = flow.message("hi")
    assert chat.context["flow"]["variables"] == {"a": "xy", "b": "x"}
    assert chat.context["widgets"] == {"first": {"a": "1", "b": "x"}, "second": {"a": "xy"}}


def test_a_counter_counts(fake: FakeStudio) -> None:
    """As real Flows write it, white space and all; and it stays a text, as recorded."""
    count = "{% if flow.variables.n %} {{flow.variables.n | plus: 1}} {% else %} 1 {% endif %}"
    states = [
        variables("count", "enough", n=count),
        split("enough", "{{flow.variables.n}}", match(None, "equal_to", "3", "{{flow.variables.n}}"), no_match="count"),
    ]
    chat = load(fake, *states).message("hi")
    assert chat.context["flow"]["variables"] == {"n": "3"}
    assert chat.path.count("count") == 3


def test_a_variable_reads_the_one_before_it(fake: FakeStudio) -> None:
    """In one widget, in order: an assumption."""
    chat = load(fake, variables("both", a="1", b="{{flow.variables.a}}2")).message("hi")
    assert chat.context["flow"]["variables"] == {"a": "1", "b": "12"}
    assert [assumed.widget for assumed in chat.assumed] == ["both"]


def test_members_of_a_json_object_can_be_read(fake: FakeStudio) -> None:
    """That is what it is for."""
    items = properties_of(("order", '{"pizza": {"size": {{ trigger.message.Body }} }}'), type="json_object")
    state = widget("parse", "set-variables", {"variables": items}, next="tell")
    chat = load(fake, state, say("tell", "{{flow.variables.order.pizza.size}} inches")).message("12")
    assert chat.sent[0].body == "12 inches"


@pytest.mark.parametrize("text", ["{a: 1", '{"a": NaN}', '{"a": 1e999}'])
def test_what_is_no_json_stays_a_text(text: str, fake: FakeStudio) -> None:
    """An assumption. What could not be written again, in an answer of the API, is none either."""
    state = widget("parse", "set-variables", {"variables": properties_of(("x", text), type="json_object")}, next=None)
    chat = load(fake, state).message("hi")
    assert chat.context["flow"]["variables"] == {"x": text}
    assert len(chat.assumed) == 1


# -- triggers --------------------------------------------------------------------------------------------------


def test_an_event_that_is_not_wired_is_an_execution_that_ends(fake: FakeStudio) -> None:
    """Trigger to Ended, in one Step: an assumption."""
    flow = load_definition(
        fake,
        {
            "description": "",
            "initial_state": "Trigger",
            "flags": {"allow_concurrent_calls": True},
            "states": [widget("Trigger", "trigger", {}, incomingMessage="hello"), say("hello", "Hi")],
        },
    )
    chat = flow.call()
    assert chat.ended
    assert [(step.name, step.transitioned_to) for step in chat.execution.steps] == [("incomingCall", "Ended")]
    assert len(chat.assumed) == 1


@pytest.mark.parametrize(("type", "event"), [("create-task", "taskCreated"), ("update-sync-object", "success")])
def test_a_type_of_which_nothing_is_known_does_what_a_test_decides(type: str, event: str, fake: FakeStudio) -> None:
    """Any event that it wires, and it leaves what it is told to."""
    flow = load(fake, widget("w", type, {"any": "{{flow.data.x}}"}, **{event: "after"}), variables("after"))
    flow.outcome("w", event, {"a": 1})
    chat = flow.message("hi")
    assert chat.path == ["Trigger", "w", "after"]
    assert chat.context["widgets"]["w"] == {"a": 1}


def test_a_type_of_which_nothing_is_known_leaves_nothing_by_itself(fake: FakeStudio) -> None:
    """Even where all goes well."""
    flow = load(fake, widget("w", "create-task", {}, taskCreated=None), assume_success=True)
    assert flow.message("hi").context["widgets"] == {"w": {}}


# -- templates that cannot be rendered -------------------------------------------------------------------------

BROKEN = "{{ 'x' | no_such_filter }}"


@pytest.mark.parametrize(
    ("type", "properties", "event"),
    [
        ("send-message", {"from": "x", "to": "x", "body": BROKEN}, "failed"),
        ("send-and-wait-for-reply", {"from": "x", "body": BROKEN}, "deliveryFailure"),
        ("set-variables", {"variables": properties_of(("a", BROKEN))}, "next"),
        (
            "make-http-request",
            {"method": "GET", "url": BROKEN, "content_type": "application/json;charset=utf-8"},
            "failed",
        ),
        ("run-function", {"url": BROKEN}, "fail"),
        ("say-play", {"say": BROKEN}, "audioComplete"),
        ("gather-input-on-call", {"say": BROKEN}, "timeout"),
        ("record-voicemail", {"transcription_callback_url": BROKEN}, "noAudio"),
        ("enqueue-call", {"queue_name": BROKEN}, "failedToEnqueue"),
        ("send-to-flex", {"workflow": "x", "channel": "x", "attributes": BROKEN}, "failedToEnqueue"),
        ("capture-payments", {"description": BROKEN}, "providerError"),
        ("add-twiml-redirect", {"url": BROKEN}, "fail"),
    ],
)
def test_a_template_that_cannot_be_rendered_lets_its_widget_fail(
    type: str, properties: dict[str, Any], event: str, fake: FakeStudio
) -> None:
    """An assumption. It leaves nothing, and the Flow goes on where a failure leads."""
    flow = load(fake, widget("w", type, properties, **{event: "after"}), variables("after"))
    chat = flow.call()
    assert chat.visits[1].event == event
    assert chat.path[-1] == "after"
    assert chat.context["widgets"]["w"] == {}
    assert "no_such_filter" in chat.assumed[0].rule


def test_a_split_that_cannot_be_judged_matches_nothing(fake: FakeStudio) -> None:
    """noMatch, the same way."""
    flow = load(
        fake,
        split("which", BROKEN, match("one", "is_blank", "", BROKEN), no_match="none"),
        *map(variables, ("one", "none")),
    )
    assert flow.message("hi").path[-1] == "none"
