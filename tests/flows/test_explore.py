"""A Flow walked whole: what is reached and by which inputs, what is not and why, dead ends and gaps."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

pytest.importorskip("liquid")
pytest.importorskip("hypothesis")
from flow_parts import Json, ask, definition, load, load_definition, match, say, split, variables, widget
from helpers import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_flows import MAIN, OTHER, definitions

from pytest_studio import FakeStudio
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import FlowDefinitionError
from pytest_studio.flows.exploring.choices import with_value
from pytest_studio.flows.exploring.explore import Exploration, Path
from pytest_studio.flows.exploring.moves import Move
from pytest_studio.resources import Flow

SUB, NOBODY = "FW" + "5" * 32, "FW" + "6" * 32
SOME = settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))


def only(*states: Json, trigger: str = "incomingMessage", **flow: Any) -> Json:
    """A definition that one event starts."""
    made = definition(*states, **flow)
    made["states"][0]["transitions"] = [{"event": trigger, "next": made["states"][1]["name"]}]
    return made


def explored(fake: FakeStudio, *states: Json, trigger: str = "incomingMessage", **options: Any) -> Exploration:
    """What came of exploring a Flow that one event starts; each path was played."""
    flow = load_definition(fake, only(*states, trigger=trigger))
    found = flow.explore(**options)
    plays(flow, found)
    return found


def plays(flow: Flow, found: Exploration) -> None:
    """Each path that was found, played, goes that way."""
    known = [*found.dead_ends, *found.blanks, *found.troubles]
    for path in [*found.paths, *(each.path for each in known)]:
        assert went(path.play(flow)) == wanted(path), path


def went(chat: Chat) -> Any:
    """What a chat did."""
    visits = [(visit.widget, visit.event, visit.next, visit.transition, visit.depth) for visit in chat.visits]
    return visits, chat.ended, chat.waiting_at


def wanted(path: Path) -> Any:
    """What a path says that a chat will do."""
    return [tuple(taken) for taken in path.transitions], path.ended, path.waiting_at


def taken(found: Exploration) -> set[tuple[str, str | None]]:
    """The pairs of widgets that followed each other at the bottom."""
    return {(hop.widget, hop.next) for path in found.paths for hop in path.transitions if not hop.depth}


def scripts(found: Exploration) -> list[str]:
    """The paths as lines of tests."""
    return [path.script for path in found.paths]


def body_of(widget: str) -> str:
    """What somebody replied."""
    return f"{{{{widgets.{widget}.inbound.Body}}}}"


BODY = body_of("ask")
SURVEY = (
    ask("ask", "How old are you?", "age", "late"),
    split(
        "age",
        BODY,
        match("young", "less_than", "18", BODY),
        match("old", "greater_than", "17", BODY),
        no_match="ask",
    ),
    say("young", "Sorry."),
    say("old", "Welcome."),
    say("late", "Goodbye."),
)


def test_every_branch_is_walked_with_inputs_that_reach_it(fake: FakeStudio) -> None:
    """Replies that conditions ask for, one that none does, and none at all."""
    found = explored(fake, *SURVEY)
    assert {("age", "young"), ("age", "old"), ("age", "ask"), ("ask", "late")} <= taken(found)
    assert found.unreached == []
    assert len(found.covered) == found.reachable


def test_a_whole_flow_is_tested_in_one_line(fake: FakeStudio) -> None:
    """A Flow in which nothing is wrong passes."""
    found = explored(fake, *SURVEY)
    assert found.ok, found
    assert found.check() is found


def test_a_path_reads_as_the_lines_of_a_test(fake: FakeStudio) -> None:
    """They can be pasted, and end with the path that they take."""
    found = explored(fake, *SURVEY)
    path = next(path for path in found.paths if path.widgets[-1] == "old")
    assert path.script == "chat = flow.message('hello')\nchat.reply('18')"
    assert str(path).endswith("assert chat.path == ['Trigger', 'ask', 'age', 'old']")
    lines: dict[str, Any] = {"flow": next(iter(fake.flows.values()))}
    exec(str(path), lines)
    assert lines["chat"].ended


def test_exploring_leaves_nothing_behind(fake: FakeStudio) -> None:
    """No Execution, no call, no chat, no event."""
    flow = load_definition(fake, only(http(success=None)))
    flow.explore()
    assert (list(fake.executions), list(fake.calls), flow.chats, list(fake.events)) == ([], [], [], [])


def test_it_is_the_same_each_time(fake: FakeStudio) -> None:
    """And for each seed; another one tries other texts, and comes to the same transitions."""
    flow = load(fake, *SURVEY)
    first, second = flow.explore(), flow.explore(seed=0)
    assert scripts(first) == scripts(second)
    assert scripts(flow.explore(seed=5)) == scripts(flow.explore(seed=5))
    assert flow.explore(seed=5).covered == first.covered


def test_all_triggers_that_lead_somewhere_are_pulled(fake: FakeStudio) -> None:
    """Messages, calls, conversations, requests, and other Flows."""
    flow = load(fake, variables("v"))
    found = flow.explore()
    plays(flow, found)
    methods = {path.moves[0].method for path in found.paths}
    assert methods == {"message", "call", "conversation", "request", "parent"}


def test_replies_that_end_up_in_variables_are_found(fake: FakeStudio) -> None:
    """Through two widgets that set them, and a filter."""
    answer = "{{flow.variables.second | downcase}}"
    found = explored(
        fake,
        ask("ask", "?", "one"),
        variables("one", "two", first=BODY),
        variables("two", "judge", second="{{widgets.one.first}}"),
        split("judge", answer, match("yes", "equal_to", "abc-77", answer), no_match="no"),
        say("yes", "yes"),
        say("no", "no"),
    )
    assert {("judge", "yes"), ("judge", "no")} <= taken(found)


def test_a_variable_that_is_only_part_of_what_is_judged_is_found(fake: FakeStudio) -> None:
    """What stands around it is taken away."""
    found = explored(
        fake,
        ask("ask", "?", "judge"),
        split("judge", "<" + BODY + ">", match("yes", "equal_to", "<tea>", "<" + BODY + ">"), no_match="no"),
        say("yes", "yes"),
        say("no", "no"),
    )
    assert ("judge", "yes") in taken(found)


def test_what_tags_compare_is_found(fake: FakeStudio) -> None:
    """A literal of the template is tried."""
    words = "{% if widgets.ask.inbound.Body == 'Open Sesame' %}in{% else %}out{% endif %}"
    found = explored(
        fake,
        ask("ask", "?", "judge"),
        split("judge", words, match("yes", "equal_to", "in", words), no_match="no"),
        say("yes", "yes"),
        say("no", "no"),
    )
    assert ("judge", "yes") in taken(found)


def test_what_is_held_against_another_answer_is_found(fake: FakeStudio) -> None:
    """The second answer has to be the first again."""
    again = "{{widgets.again.inbound.Body}}"
    found = explored(
        fake,
        ask("ask", "?", "again"),
        ask("again", "And again?", "judge"),
        split("judge", again, match("same", "equal_to", BODY, again), no_match="other"),
        say("same", "yes"),
        say("other", "no"),
    )
    assert {("judge", "same"), ("judge", "other")} <= taken(found)


def test_several_answers_that_have_to_fit_together_are_found(fake: FakeStudio) -> None:
    """An answer is bent while the others stay as they are."""
    places = [f"q{number}" for number in range(5)]
    asked = [ask(name, "?", follower) for name, follower in pairwise([*places, "s0"])]
    splits = [
        split(
            f"s{number}",
            body_of(name),
            match(f"s{number + 1}", "equal_to", f"word {number}", body_of(name)),
            no_match="no",
        )
        for number, name in enumerate(places)
    ]
    found = explored(fake, *asked, *splits, say("s5", "all"), say("no", "no"))
    assert ("s4", "s5") in taken(found)
    assert found.ok, found


def test_rounds_that_are_counted_are_gone_through(fake: FakeStudio) -> None:
    """The third wrong answer leads on, and not the first."""
    count = "{% if flow.variables.n %}{{flow.variables.n | plus: 1}}{% else %}1{% endif %}"
    found = explored(
        fake,
        ask("ask", "?", "right"),
        split("right", BODY, match("yes", "equal_to", "yes", BODY), no_match="add"),
        variables("add", "often", n=count),
        split(
            "often", "{{flow.variables.n}}", match("no", "greater_than", "2", "{{flow.variables.n}}"), no_match="ask"
        ),
        say("yes", "yes"),
        say("no", "no"),
    )
    path = next(path for path in found.paths if path.widgets[-1] == "no")
    assert path.widgets.count("ask") == 3
    assert found.ok


GATHER = widget(
    "menu", "gather-input-on-call", {"say": "?", "number_of_digits": 4}, keypress="k", speech="s", timeout="t"
)


def test_callers_press_speak_and_stay_silent(fake: FakeStudio) -> None:
    """Keys and words as conditions ask for them."""
    keys, words = "{{widgets.menu.Digits}}", "{{widgets.menu.SpeechResult}}"
    found = explored(
        fake,
        GATHER,
        split("k", keys, match("a", "equal_to", "1212", keys), no_match="b"),
        split("s", words, match("a", "contains", "agent", words), no_match="b"),
        variables("t"),
        variables("a"),
        variables("b"),
        trigger="incomingCall",
    )
    assert found.ok, found
    assert {("k", "a"), ("k", "b"), ("s", "a"), ("s", "b"), ("menu", "t")} <= taken(found)


@pytest.mark.parametrize("kind", ["not_equal_to", "does_not_match_any_of", "does_not_contain", "does_not_start_with"])
def test_what_a_branch_keeps_out_is_tried(kind: str, fake: FakeStudio) -> None:
    """It alone leads elsewhere."""
    body = "{{trigger.message.Body}}"
    states = (split("s", body, match("a", kind, "open sesame", body), no_match="b"), variables("a"), variables("b"))
    assert {("s", "a"), ("s", "b")} <= taken(explored(fake, *states))


def test_callers_hang_up_where_that_is_wired(fake: FakeStudio) -> None:
    """Elsewhere Studio would take no notice."""
    menu = {**GATHER, "transitions": [*GATHER["transitions"], {"event": "hangup", "next": "gone"}]}
    rest = [variables(name) for name in ("k", "s", "t", "gone")]
    assert ("menu", "gone") in taken(explored(fake, menu, *rest, trigger="incomingCall"))
    assert "hang_up" not in " ".join(scripts(explored(fake, GATHER, *rest, trigger="incomingCall")))


def test_calls_that_a_flow_places_are_taken_or_not(fake: FakeStudio) -> None:
    """By people and machines, where it looks at that."""
    by = "{{widgets.dial.AnsweredBy}}"
    dial = widget(
        "dial",
        "make-outgoing-call-v2",
        {"detect_answering_machine": True, "to": "{{contact.channel.address}}", "from": "{{flow.channel.address}}"},
        answered="who",
        busy="late",
        noAnswer="late",
        failed="late",
    )
    found = explored(
        fake,
        dial,
        split(
            "who", by, match("man", "equal_to", "human", by), match("box", "starts_with", "machine", by), no_match="fax"
        ),
        *(variables(name) for name in ("man", "box", "fax", "late")),
        trigger="incomingRequest",
    )
    assert found.unreached == []
    assert {("who", "man"), ("who", "box"), ("who", "fax"), ("dial", "late")} <= taken(found)


def http(**wired: str | None) -> Json:
    """A request."""
    given = {"method": "GET", "url": "https://api.example", "content_type": "application/json;charset=utf-8"}
    return widget("api", "make-http-request", given, **wired)


def test_servers_answer_with_what_is_read_of_them(fake: FakeStudio) -> None:
    """As a JSON object, with each value that is asked for; and fail."""
    state, name = "{{widgets.api.parsed.order.state}}", "{{widgets.api.parsed.customer.names[0]}}"
    found = explored(
        fake,
        http(success="judge", failed="sorry"),
        split("judge", state, match("on", "equal_to", "shipped", state), no_match="off"),
        say("on", f"On its way, {name}"),
        say("off", "Not yet."),
        say("sorry", "Sorry."),
    )
    assert found.ok, found
    assert {("judge", "on"), ("judge", "off"), ("api", "sorry")} <= taken(found)
    shipped = next(path for path in found.paths if path.widgets[-1] == "on")
    assert str(shipped.moves[0]).startswith("flow.respond('api', json={'order': {'state': 'shipped'}")


def test_servers_answer_with_plain_texts(fake: FakeStudio) -> None:
    """Where the body itself is judged."""
    body = "{{widgets.api.body}}"
    found = explored(
        fake,
        http(success="judge", failed="sorry"),
        split("judge", body, match("yes", "equal_to", "YES", body), no_match="no"),
        *(say(name, name) for name in ("yes", "no", "sorry")),
    )
    assert ("judge", "yes") in taken(found)


def test_two_values_of_one_answer_that_have_to_fit_are_found(fake: FakeStudio) -> None:
    """The second split is only met where the first has matched."""
    one, two = "{{widgets.api.parsed.a}}", "{{widgets.api.parsed.b}}"
    found = explored(
        fake,
        http(success="s1", failed="no"),
        split("s1", one, match("s2", "equal_to", "x", one), no_match="no"),
        split("s2", two, match("yes", "equal_to", "y", two), match("yes", "equal_to", "z", two), no_match="no"),
        say("yes", "yes"),
        say("no", "no"),
    )
    assert found.unreached == []


def test_a_server_answers_with_the_statuses_that_are_told_apart(fake: FakeStudio) -> None:
    """Beside one that is well and one that is not."""
    given = {"method": "GET", "url": "https://crm.example.com/", "content_type": "application/json;charset=utf-8"}
    found = explored(
        fake,
        widget("find", "make-http-request", given, success="sort", failed="sort"),
        split(
            "sort",
            "{{widgets.find.status_code}}",
            match("gone", "equal_to", "410", "{{widgets.find.status_code}}"),
            no_match="bye",
        ),
        say("gone", "It is gone."),
        say("bye", "Bye."),
    )
    assert {("sort", "gone"), ("sort", "bye")} <= taken(found)
    assert any("410" in script for script in scripts(found))


def test_callers_are_understood_as_well_as_is_asked_for(fake: FakeStudio) -> None:
    """How sure it is of what was said is an input like others."""
    found = explored(
        fake,
        widget(
            "menu", "gather-input-on-call", {"say": "Speak.", "timeout": 5}, speech="sure", keypress=None, timeout=None
        ),
        split(
            "sure",
            "{{widgets.menu.Confidence}}",
            match("good", "greater_than", "0.95", "{{widgets.menu.Confidence}}"),
            no_match="bad",
        ),
        say("good", "Understood."),
        say("bad", "Pardon?"),
        trigger="incomingCall",
    )
    assert {("sure", "good"), ("sure", "bad")} <= taken(found)


def test_people_send_as_many_pictures_as_are_asked_for(fake: FakeStudio) -> None:
    """And of the address that is asked for."""
    count = "{{widgets.ask.inbound.NumMedia}}"
    found = explored(
        fake,
        ask("ask", "A picture, please.", "any"),
        split("any", count, match("both", "equal_to", "2", count), no_match="none"),
        say("both", "Two."),
        say("none", "No two."),
    )
    assert {("any", "both"), ("any", "none")} <= taken(found)


@pytest.mark.parametrize(
    ("move", "path", "value", "becomes"),
    [
        (Move("press", ("1",)), ("Digits",), " 42 ", Move("press", ("42",))),
        (Move("press", ("1",)), ("Digits",), "x", None),
        (Move("press", ("1",)), ("SpeechResult",), "Yes.", Move("say", ("Yes.",))),
        (Move("say", ("Hi",)), ("SpeechResult",), " ", None),
        (Move("say", ("Hi",)), ("Confidence",), 0.5, None),
        (Move("respond", ("find",)), ("body",), "ok", Move("respond", ("find",), {"body": "ok"})),
        (Move("respond", ("find",)), ("parsed", "n"), "7", Move("respond", ("find",), {"json": {"n": 7}})),
        (Move("respond", ("find",)), ("headers",), "x", None),
        (Move("reply", ("hi",)), ("inbound", "Body"), "no", Move("reply", ("no",))),
        (
            Move("reply", ("hi",)),
            ("inbound", "MediaUrl0"),
            "https://example.com/a.png",
            Move("reply", ("hi",), {"media": ["https://example.com/a.png"]}),
        ),
        (Move("reply", ("hi",)), ("inbound", "NumMedia"), "0", Move("reply", ("hi",))),
        (Move("reply", ("hi",)), ("outbound", "Body"), "no", None),
        (Move("expire"), ("inbound", "Body"), "no", None),
        (Move("parent", ()), ("parent", "From"), "+1", Move("parent", (), {"from_": "+1"})),
        (Move("parent", ()), ("parent", "parameters", "a"), "1", Move("parent", ({"a": "1"},))),
        (Move("parent", ()), ("parent", "parameters"), "1", None),
        (Move("message", ("hi",)), ("call", "From"), "+1", None),
        (Move("message", ("hi",)), ("message", "From"), "+1", Move("message", ("hi",), {"from_": "+1"})),
    ],
)
def test_a_move_carries_the_values_that_it_can(move: Move, path: Any, value: Any, becomes: Move | None) -> None:
    """What it cannot carry makes it none."""
    assert with_value(move, path, value) == becomes


def test_requests_bring_the_parameters_that_are_read(fake: FakeStudio) -> None:
    """By either of their names."""
    kind, lang = "{{flow.data.kind}}", "{{trigger.request.parameters.lang}}"
    found = explored(
        fake,
        split("s1", kind, match("s2", "equal_to", "REMIND", kind), no_match="no"),
        split("s2", lang, match("yes", "equal_to", "fr", lang), no_match="no"),
        say("yes", "{{flow.data.name}}"),
        say("no", "no"),
        trigger="incomingRequest",
    )
    assert found.ok, found
    assert found.unreached == []


@pytest.mark.parametrize("judged", ["trigger.message.body", "trigger.message.from", "widgets.ask.inbound.From"])
def test_what_no_webhook_brings_is_not_made_up(judged: str, fake: FakeStudio) -> None:
    """``body`` in small letters is none of its parameters, and whose reply it is cannot be said in one."""
    judged = f"{{{{{judged}}}}}"
    found = explored(
        fake,
        ask("ask", "Who?", "which", "which"),
        split("which", judged, match("end", "equal_to", "yes", judged)),
        variables("end"),
    )
    assert [each.state.name for each in found.unreached if each.state.name == "which"] == ["which"]


def test_webhooks_bring_the_parameters_that_are_read(fake: FakeStudio) -> None:
    """Cities, SIP headers, attributes of a channel, addresses."""
    city, sip = "{{trigger.message.FromCity}}", "{{trigger.call.SipHeader_X-Kind}}"
    deep, who = "{{trigger.conversation.ChannelAttributes.pre.lang}}", "{{contact.channel.address}}"
    names = ("s1", "s2", "s3", "s4", "no")
    splits = [
        split(name, judged, match(follower, "equal_to", value, judged), no_match="s4" if name != "s4" else "no")
        for name, judged, value, follower in (
            ("s1", city, "OSLO", "s4"),
            ("s2", sip, "vip", "s4"),
            ("s3", deep, "no", "s4"),
            ("s4", who, "+4712345678", "no"),
        )
    ]
    made = definition(*splits, variables("no"))
    starts = ("incomingMessage", "incomingCall", "incomingConversationMessage")
    made["states"][0]["transitions"] = [
        {"event": event, "next": name} for event, name in zip(starts, names, strict=False)
    ]
    flow = load_definition(fake, made)
    found = flow.explore()
    plays(flow, found)
    assert found.unreached == []


def test_whoever_a_flow_hands_over_to_ends_it_in_each_way(fake: FakeStudio) -> None:
    """With what is read of it, too."""
    status = "{{widgets.agent.DialCallStatus}}"
    found = explored(
        fake,
        widget(
            "agent",
            "connect-call-to",
            {"noun": "number", "to": "+15550100003", "caller_id": "{{contact.channel.address}}"},
            callCompleted="how",
            hangup="gone",
        ),
        split("how", status, match("late", "equal_to", "busy", status), no_match="gone"),
        *(variables(name) for name in ("late", "gone")),
        trigger="incomingCall",
    )
    assert found.ok, found
    assert ("how", "late") in taken(found)


def run_subflow(sid: str) -> Json:
    """A widget that runs another Flow, and a split on what that has set."""
    parameters = [{"key": "answer", "value": BODY}]
    given = {"flow_sid": sid, "flow_revision": "LatestPublished", "parameters": parameters}
    return widget("sub", "run-subflow", given, completed="judge", failed="no")


MOOD = "{{widgets.sub.mood}}"
PARENT = (
    ask("ask", "?", "sub"),
    run_subflow(SUB),
    split("judge", MOOD, match("yes", "equal_to", "good", MOOD), no_match="no"),
    say("yes", "yes"),
    say("no", "no"),
)


def test_a_subflow_that_is_there_is_walked_inside(fake: FakeStudio) -> None:
    """What it decides goes by what its parent hands over, and comes back."""
    answer = "{{trigger.parent.parameters.answer}}"
    inner = (
        split("inner", answer, match("up", "equal_to", "sunny", answer), no_match="down"),
        variables("up", mood="good"),
        variables("down", mood="bad"),
    )
    load(fake, *inner, sid=SUB)
    found = explored(fake, *PARENT)
    assert {("judge", "yes"), ("judge", "no"), ("sub", "no")} <= taken(found)
    path = next(path for path in found.paths if path.widgets[-1] == "yes")
    assert path.script == "chat = flow.message('hello')\nchat.reply('sunny')"
    assert "up" in path.widgets


def test_a_subflow_that_is_not_there_ends_in_each_way(fake: FakeStudio) -> None:
    """And leaves what later templates read."""
    found = explored(fake, *PARENT)
    assert {("judge", "yes"), ("judge", "no"), ("sub", "no")} <= taken(found)


def test_what_is_decided_within_a_subflow_is_played_there(fake: FakeStudio) -> None:
    """By its own Flow's record."""
    load(fake, http(success="v", failed="v"), variables("v", mood="{{widgets.api.parsed.mood}}"), sid=SUB)
    found = explored(fake, *PARENT)
    path = next(path for path in found.paths if path.widgets[-1] == "yes")
    assert str(path.moves[1]) == f"studio.flows[{SUB!r}].respond('api', json={{'mood': 'good'}})"


def test_a_subflow_that_has_run_is_not_decided_on_the_same_way(fake: FakeStudio) -> None:
    """What a test decides is met from then on, so that it could not let it run first."""
    load(fake, say("inner", "Hi"), sid=SUB)
    flow = load(fake, runs(NOBODY, "lost", completed="sub"), runs(SUB, "sub", completed="lost"))
    plays(flow, flow.explore(limit=150))


def test_a_flow_that_runs_itself_is_one_flow(fake: FakeStudio) -> None:
    """What is decided for a widget is met in either."""
    itself = runs(SUB, "itself", completed="lost", failed="lost")
    flow = load(fake, runs(NOBODY, "lost", completed="itself"), itself, sid=SUB)
    plays(flow, flow.explore(limit=150))


def runs(sid: str, name: str, **wired: str) -> Json:
    """A widget that runs another Flow, and leads on so."""
    return widget(name, "run-subflow", {"flow_sid": sid, "flow_revision": 1}, **wired)


# -- what is wrong -------------------------------------------------------------------------------------------


def reasons(found: Exploration) -> dict[str, str]:
    """Why something was not reached, by its widget."""
    return {each.widget: each.reason for each in found.unreached}


def test_a_widget_that_nothing_leads_to_is_told(fake: FakeStudio) -> None:
    """As such."""
    found = explored(fake, say("one", "1"), say("two", "2"))
    assert reasons(found) == {"two": "no way leads to it from the trigger"}
    assert not found.ok


def test_a_branch_behind_one_that_takes_all_is_told(fake: FakeStudio) -> None:
    """With the branch that is in its way; and what hangs from it."""
    found = explored(
        fake,
        ask("ask", "?", "judge"),
        split(
            "judge", BODY, match("a", "contains", "yes", BODY), match("b", "equal_to", "yes please", BODY), no_match="a"
        ),
        say("a", "a"),
        say("b", "b"),
    )
    assert "it can never match: transition 1" in reasons(found)["judge"]
    assert reasons(found)["b"].startswith("what leads to it was not taken (judge: match")


def test_a_branch_that_goes_by_what_nothing_sets_is_told(fake: FakeStudio) -> None:
    """By the name of the variable."""
    found = explored(
        fake,
        split("judge", "{{mood}}", match("a", "equal_to", "1", "{{mood}}"), no_match="b"),
        say("a", "a"),
        say("b", "b"),
    )
    assert reasons(found)["judge"] == "it goes by mood, which nothing sets"


def test_a_branch_that_goes_by_a_widget_which_has_not_run_is_told(fake: FakeStudio) -> None:
    """By the widget's name."""
    found = explored(
        fake,
        split("judge", BODY, match("a", "equal_to", "1", BODY), no_match="ask"),
        ask("ask", "?", "b"),
        say("a", "a"),
        say("b", "b"),
    )
    assert reasons(found)["judge"].endswith("and ask does not run on any way here")


def test_a_branch_that_goes_by_the_clock_is_told(fake: FakeStudio) -> None:
    """No input moves it."""
    year = "{{ 'now' | date: '%Y' }}"
    found = explored(
        fake,
        split("judge", year, match("a", "equal_to", "1999", year), no_match="b"),
        say("a", "a"),
        say("b", "b"),
    )
    assert reasons(found)["judge"].startswith("it depends on the clock")


def test_what_cannot_be_guessed_is_told(fake: FakeStudio) -> None:
    """By what it goes by."""
    odd = "{{widgets.ask.inbound.Body | slice: 2, 3 | append: 'x'}}"
    found = explored(
        fake,
        ask("ask", "?", "judge"),
        split("judge", odd, match("a", "equal_to", "qqqx", odd), no_match="b"),
        say("a", "a"),
        say("b", "b"),
    )
    assert "could not be guessed" in reasons(found)["judge"]
    assert "widgets.ask.inbound.Body" in reasons(found)["judge"]


def test_the_limit_is_told(fake: FakeStudio) -> None:
    """And what it has cut off."""
    found = explored(fake, *SURVEY, limit=2)
    assert found.exhausted
    assert "found in 2 moves; a higher limit= may find a way" in " ".join(reasons(found).values())


@pytest.mark.parametrize("limit", [0, -1, True, 1.5])
def test_a_limit_is_a_number_of_moves(fake: FakeStudio, limit: Any) -> None:
    """One or more."""
    with pytest.raises(ValueError, match="limit is a number of moves"):
        load(fake, *SURVEY).explore(limit=limit)


def ends(found: Exploration) -> dict[str, str]:
    """Kinds of the dead ends by ``widget: event``."""
    return {f"{end.widget}: {end.event}": end.kind for end in found.dead_ends}


def test_a_split_that_lets_people_down_is_a_dead_end(fake: FakeStudio) -> None:
    """It matches nothing, and says nothing."""
    found = explored(
        fake, ask("ask", "?", "judge"), split("judge", BODY, match("a", "equal_to", "1", BODY)), say("a", "a")
    )
    assert ends(found)["judge: noMatch"] == "no match"
    assert not found.ok


def test_a_failure_that_is_not_wired_is_a_dead_end(fake: FakeStudio) -> None:
    """If success would have led on."""
    assert ends(explored(fake, http(success="a", failed=None), say("a", "a"))) == {"api: failed": "failure"}
    assert ends(explored(fake, http(success=None, failed=None))) == {}


def test_a_person_who_does_not_answer_makes_no_flow_wrong(fake: FakeStudio) -> None:
    """It is told, and is no problem."""
    found = explored(fake, ask("ask", "?", "a"), say("a", "a"))
    assert ends(found) == {"ask: timeout": "unanswered", "ask: deliveryFailure": "undelivered"}
    assert found.ok
    assert "ends that a person or a lost message brings about (2):\n  ask: " in str(found)


def test_a_loop_without_a_person_is_a_dead_end(fake: FakeStudio) -> None:
    """Studio stops it after 1,000 Steps."""
    found = explored(fake, variables("a", "b"), variables("b", "a"))
    assert list(ends(found).values()) == ["loop"]
    assert "1000 Steps" in str(found.dead_ends[0])


def test_a_loop_that_no_answer_leads_out_of_is_a_dead_end(fake: FakeStudio) -> None:
    """Whatever one replies."""
    asked = ask("ask", "?", "again", "again")
    asked["transitions"][-1]["next"] = "again"
    found = explored(fake, asked, say("again", "again", "ask"))
    loop = next(end for end in found.dead_ends if end.kind == "loop")
    assert (loop.widget, loop.event) == ("ask", None)
    assert not found.ok


def test_a_wait_that_nothing_ends_is_a_dead_end(fake: FakeStudio) -> None:
    """A widget of a type of which nothing is known, without transitions."""
    assert ends(explored(fake, widget("odd", "create-task"))) == {"odd: None": "waits"}


def test_gaps_that_people_see_are_told_with_the_way_there(fake: FakeStudio) -> None:
    """Only on the ways on which nothing had set the variable."""
    found = explored(
        fake,
        ask("ask", "?", "set", "bye"),
        variables("set", "bye", name=BODY),
        say("bye", "Bye {{flow.variables.name}}, {{flow.variables.title | default: 'friend'}}"),
    )
    seen = [gap for gap in found.blanks if gap.grave]
    assert [(gap.blank.widget, gap.blank.variable) for gap in seen] == [("bye", "flow.variables.name")]
    assert "expire" in seen[0].path.script
    assert not found.ok


def test_a_message_that_can_come_to_nothing_is_told(fake: FakeStudio) -> None:
    """Its body is but what somebody wrote, which can be blank."""
    found = explored(fake, ask("ask", "?", "echo"), say("echo", BODY))
    assert [trouble.warning.code for trouble in found.troubles] == [81011]


def test_problems_that_are_known_can_be_allowed(fake: FakeStudio) -> None:
    """By widget, or by widget and what; others still fail, with the inputs that lead there."""
    found = explored(
        fake,
        ask("ask", "?", "judge"),
        split("judge", BODY, match("api", "equal_to", "1", BODY)),
        http(success="a", failed=None),
        say("a", "a"),
    )
    found.check(allow=["judge: noMatch", "ap?"])
    with pytest.raises(
        AssertionError, match=r"(?s)api: failed: it failed.*\[api: failed\].*flow\.respond\('api', 500\)"
    ):
        found.check(allow=["judge"])
    with pytest.raises(ValueError, match="what is not wrong"):
        found.check(allow=["*", "nobody"])


def test_what_came_of_it_can_be_read(fake: FakeStudio) -> None:
    """In a terminal."""
    found = explored(fake, say("one", "Hi {{flow.variables.name}}"), say("two", "2"))
    text = str(found)
    assert text.startswith(f"Explored {found.program.title!r}: 2 paths, 3 of 3 transitions, ")
    for words in ("not reached (1):", "  two: no way leads to it", "gaps that people see", "paths (", "Trigger > one"):
        assert words in text


def test_paths_through_the_same_widgets_are_told_apart(fake: FakeStudio) -> None:
    """By the events that differ: what begins them, how a widget on the way ended."""
    states = only(ask("ask", "?", "late", "late"), say("late", "Too late"))
    states["states"][0]["transitions"].append({"event": "incomingRequest", "next": "ask"})
    found = load_definition(fake, states).explore()
    _, told = str(found).split("paths (")
    lines = told.splitlines()[1:]
    assert len(set(lines)) == len(lines) == len(found.paths)
    assert "  Trigger (incomingRequest) > ask (incomingMessage) > late: sent" in lines


def test_paths_that_differ_by_what_is_said_are_one_line(fake: FakeStudio) -> None:
    """With their number."""
    branches = [match("hear", "equal_to", key, BODY) for key in "12"]
    found = explored(fake, ask("ask", "?", "judge"), split("judge", BODY, *branches), say("hear", "Hi"))
    lines = str(found).splitlines()
    assert "  Trigger > ask > judge > hear: sent (2 ways)" in lines
    assert f"paths ({len(found.paths)}):" in lines


# -- any Flow ------------------------------------------------------------------------------------------------


@SOME
@given(definitions(), definitions())
def test_each_path_of_any_flow_goes_as_it_says(one: Json, other: Json) -> None:
    """Whatever the Flow is: its own inputs take exactly that way."""
    with FakeStudio(now="2026-05-01T12:00:00Z", strict=False) as studio:
        try:
            flow = load_definition(studio, one, sid=MAIN)
            load_definition(studio, other, sid=OTHER)
        except FlowDefinitionError:
            return
        found = flow.explore(limit=150)
        plays(flow, found)
        assert str(found)


names = st.sampled_from(["a", "b", "c", "d", "e"])


@st.composite
def sensible(draw: st.DrawFn) -> list[Json]:
    """Questions, splits on their answers, variables and messages, wired at will."""
    made = []
    for name in ("a", "b", "c", "d", "e"):
        to, other, asked = draw(names), draw(names), draw(names)
        text = draw(st.sampled_from([body_of(asked), f"{{{{flow.variables.{asked}}}}}"]))
        kind = draw(st.sampled_from(["ask", "ask", "split", "variables", "say", "end"]))
        if kind == "ask":
            made.append(ask(name, "?", to, draw(st.sampled_from([None, other]))))
        elif kind == "split":
            predicate = draw(st.sampled_from(["equal_to", "contains", "greater_than", "is_blank", "regex"]))
            made.append(split(name, text, match(to, predicate, draw(st.sampled_from("123")), text), no_match=other))
        elif kind == "variables":
            made.append(variables(name, to, **{name: text}))
        else:
            made.append(say(name, f"{text}!", to if kind == "say" else None))
    return made


@SOME
@given(sensible())
def test_no_way_that_somebody_goes_is_missed(states: list[Json]) -> None:
    """What is found does not shrink where more is tried."""
    with FakeStudio(strict=False) as studio:
        flow = load_definition(studio, only(*states))
        found = flow.explore()
        plays(flow, found)
        assert found.covered == flow.explore(seed=3).covered
