"""A Flow for each rule of the lint that trips it, and a near twin that does not."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any, NamedTuple

Json = dict[str, Any]
FW = "FW0123456789abcdef0123456789abcdef"


def on(event: str, follower: str | None = None, *conditions: Json) -> Json:
    """A transition."""
    made: Json = {"event": event}
    if follower is not None:
        made["next"] = follower
    if conditions:
        made["conditions"] = list(conditions)
    return made


def match(follower: str | None, kind: str, value: str, argument: str = "{{widgets.ask.inbound.Body}}") -> Json:
    """A transition of a split with one condition."""
    condition = {"friendly_name": value, "arguments": [argument], "type": kind, "value": value}
    return on("match", follower, condition)


def state(name: str, kind: str, *transitions: Json, **properties: Any) -> Json:
    """A state."""
    return {"name": name, "type": kind, "transitions": list(transitions), "properties": properties}


def trigger(follower: str | None = "ask", event: str = "incomingMessage") -> Json:
    """The trigger."""
    return state("Trigger", "trigger", on(event, follower))


def ask(*transitions: Json, name: str = "ask", **properties: Any) -> Json:
    """A question by message; all that may happen leads to a widget that ends the Flow, unless told."""
    wired = transitions or [on(event, "bye") for event in ("incomingMessage", "timeout", "deliveryFailure")]
    given = {"from": "{{flow.channel.address}}", "body": "How old are you?", "timeout": "3600", **properties}
    return state(name, "send-and-wait-for-reply", *wired, **given)


def bye(**properties: Any) -> Json:
    """The last message."""
    given = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": "Bye", **properties}
    return state("bye", "send-message", on("sent"), on("failed"), **given)


def split(*transitions: Json, given: str = "{{widgets.ask.inbound.Body}}") -> Json:
    """A split that follows the question."""
    return state("split", "split-based-on", on("noMatch", "bye"), *transitions, input=given)


def gather(*transitions: Json, **properties: Any) -> Json:
    """A question on a call."""
    wired = transitions or [on(event, "split") for event in ("keypress", "speech", "timeout")]
    return state("gather", "gather-input-on-call", *wired, **{"say": "Yes or no?", **properties})


def http(**properties: Any) -> Json:
    """A request."""
    given = {"method": "POST", "url": "https://api.example.com", "content_type": "application/json", **properties}
    return state("http", "make-http-request", on("success", "bye"), on("failed", "bye"), **given)


def flow(*states: Json, **more: Any) -> Json:
    """A definition."""
    flags = {"allow_concurrent_calls": True}
    return {"description": "A test", "states": list(states), "initial_state": "Trigger", "flags": flags, **more}


def talk(*branches: Json, **properties: Any) -> Json:
    """A question, a split of the answer, and a goodbye."""
    wired = [on("incomingMessage", "split"), on("timeout", "bye"), on("deliveryFailure", "bye")]
    return flow(trigger(), ask(*wired, **properties), split(*branches), bye())


def goodbye(body: str, **more: Any) -> Json:
    """A question, and a goodbye with that text."""
    return flow(trigger(), ask(), bye(body=body), **more)


def spoken(*branches: Json) -> Json:
    """A question on a call, a split of what the caller said, and a goodbye."""
    said = "{{widgets.gather.SpeechResult}}"
    return flow(
        trigger("gather", "incomingCall"), gather(), split(*branches, given=branches_input(branches, said)), bye()
    )


def branches_input(branches: tuple[Json, ...], otherwise: str) -> str:
    """What the conditions judge."""
    return next((str(one["conditions"][0]["arguments"][0]) for one in branches), otherwise)


def say(value: str, kind: str = "equal_to", argument: str = "{{widgets.gather.SpeechResult}}") -> Json:
    """A split of what a caller said."""
    return spoken(match("bye", kind, value, argument))


def with_http(body: str, **properties: Any) -> Json:
    """A request, and a goodbye with that text."""
    return flow(trigger("http"), http(**properties), bye(body=body))


def with_variable(body: str, **item: Any) -> Json:
    """A variable that is set, and a goodbye with that text."""
    variables = [{"key": "name", "value": "Ada", **item}]
    return flow(trigger("set"), state("set", "set-variables", on("next", "bye"), variables=variables), bye(body=body))


def with_subflow(sid: str) -> Json:
    """A subflow, and a goodbye."""
    wired = (on("completed", "bye"), on("failed", "bye"))
    subflow = state("sub", "run-subflow", *wired, flow_sid=sid, flow_revision="LatestPublished")
    return flow(trigger("sub"), subflow, bye())


def remind(timeout: str) -> Json:
    """A question that is asked again after each answer, and after a timeout leads on as told."""
    wired = [on("incomingMessage", "thank"), on("timeout", timeout), on("deliveryFailure", "bye")]
    send = bye()
    thank = {**send, "name": "thank", "transitions": [on("sent", "ask"), on("failed", "bye")]}
    return flow(trigger(), ask(*wired), thank, send)


def polling(done: str) -> Json:
    """A request that is made again and again, until something is done."""
    again = http()
    again["transitions"][0]["next"] = "split"
    body = "{{widgets.http.body}}"
    branch = split(match(done, "equal_to", "done", body), given=body)
    branch["transitions"][0]["next"] = "http"
    return flow(trigger("http"), again, branch, bye())


def changed(definition: Json, change: Callable[[Json], Any]) -> Json:
    """A definition with a change."""
    made = copy.deepcopy(definition)
    change(made)
    return made


def without(definition: Json, place: int, key: str) -> Json:
    """A definition with a state that lacks something."""
    return changed(definition, lambda made: made["states"][place].pop(key))


class Case(NamedTuple):
    """A rule, a Flow that trips it once, where and with which words, and a near twin that trips no rule at all."""

    rule: str
    wrong: Json
    pointer: str
    words: str
    right: Json


BODY = "{{widgets.ask.inbound.Body}}"
GOOD = goodbye("Bye")

CASES = [
    # -- errors
    Case("schema", goodbye("x", flags=5), "#/flags", "found 5 (an integer); expected an object", GOOD),
    Case(
        "schema",
        flow(trigger("http"), http(method="PUT"), bye()),
        "#/states/1/properties/method",
        "found 'PUT'; expected 'GET' or 'POST', or Liquid",
        flow(trigger("http"), http(method="GET"), bye()),
    ),
    Case(
        "schema",
        without(GOOD, 2, "properties"),
        "#/states/2/properties",
        "this required property is missing",
        GOOD,
    ),
    Case(
        "unknown-type",
        flow(trigger(), ask(), {**bye(), "type": "send-mesage"}),
        "#/states/2/type",
        "'send-mesage' is no type of widget (did you mean 'send-message'?)",
        GOOD,
    ),
    Case("double-name", flow(trigger(), ask(), bye(), ask()), "#/states/3/name", "#/states/1 has this name", GOOD),
    Case(
        "unknown-next",
        flow(trigger("aks"), ask(), bye()),
        "#/states/0/transitions/0/next",
        "leads to 'aks', which is no widget of this Flow (did you mean 'ask'?)",
        GOOD,
    ),
    Case(
        "unknown-initial-state",
        goodbye("Bye", initial_state="trigger"),
        "#/initial_state",
        "'trigger', which is no widget of this Flow (did you mean 'Trigger'?)",
        GOOD,
    ),
    Case(
        "liquid-syntax",
        goodbye("{% if flow.data %}"),
        "#/states/2/properties/body",
        "this Liquid does not parse: ",
        goodbye("100 % {sure}"),
    ),
    # -- shape
    Case(
        "unknown-property",
        flow(trigger(), ask(tiemout="5"), bye()),
        "#/states/1/properties/tiemout",
        "no such property is known (did you mean 'timeout'?)",
        GOOD,
    ),
    Case("unknown-property", goodbye("Bye", flag={}), "#/flag", "(did you mean 'flags'?)", GOOD),
    Case("missing-key", without(GOOD, 2, "transitions"), "#/states/2/transitions", "even where it is []", GOOD),
    Case(
        "odd-name",
        flow(trigger("ask it"), ask(name="ask it"), bye()),
        "#/states/1/name",
        "no spaces and no periods",
        flow(trigger("ask-it"), ask(name="ask-it"), bye()),
    ),
    # -- wiring
    Case(
        "no-trigger",
        goodbye("Bye", initial_state="ask", states=[ask(), bye()]),
        "#/states/0/type",
        "this is no trigger but a send-and-wait-for-reply",
        GOOD,
    ),
    Case("dead-trigger", flow(trigger(None)), "#/states/0/transitions", "it starts nothing", GOOD),
    Case(
        "unreachable",
        flow(trigger(), ask(), bye(), state("old", "set-variables", on("next", "bye"), variables=[])),
        "#/states/3",
        "nothing leads here",
        flow(trigger("old"), ask(), bye(), state("old", "set-variables", on("next", "ask"), variables=[])),
    ),
    Case(
        "unwired-event",
        flow(trigger(), ask(on("incomingMessage", "bye"), on("timeout"), on("deliveryFailure", "bye")), bye()),
        "#/states/1/transitions/1",
        "'timeout' leads nowhere: whoever does not answer in time is left without a word",
        GOOD,
    ),
    Case(
        "unwired-event",
        flow(trigger(), ask(on("incomingMessage", "bye"), on("timeout", "bye")), bye()),
        "#/states/1/transitions",
        "'deliveryFailure' leads nowhere",
        GOOD,
    ),
    Case(
        "unwired-event",
        changed(with_http("Bye"), lambda made: made["states"][1]["transitions"][1].pop("next")),
        "#/states/1/transitions/1",
        "'failed' leads nowhere",
        flow(trigger("http"), {**http(), "transitions": [on("success"), on("failed")]}),
    ),
    Case(
        "unknown-event",
        changed(GOOD, lambda made: made["states"][2]["transitions"].append(on("fail"))),
        "#/states/2/transitions/2/event",
        "a send-message never ends with 'fail' (did you mean 'failed'?): it ends with sent or failed",
        GOOD,
    ),
    Case(
        "double-event",
        changed(GOOD, lambda made: made["states"][2]["transitions"].append(on("sent"))),
        "#/states/2/transitions/2",
        "'sent' has a transition already",
        talk(match("bye", "equal_to", "1"), match("bye", "equal_to", "2")),
    ),
    Case(
        "missing-no-match",
        changed(talk(match("bye", "equal_to", "1")), lambda made: made["states"][2]["transitions"].pop(0)),
        "#/states/2/transitions",
        "(81005)",
        talk(match("bye", "equal_to", "1")),
    ),
    Case(
        "endless-loop",
        remind("ask"),
        "#/states/1/transitions",
        "the loop of ask, thank has no way out: whoever comes here never gets to an end",
        remind("bye"),
    ),
    Case(
        "endless-loop",
        polling("http"),
        "#/states/1/transitions",
        "the loop of http, split has no way out: nothing in it waits, so that it runs until Studio ends",
        polling("bye"),
    ),
    # -- branches
    Case(
        "other-argument",
        talk(match("bye", "equal_to", "1", "{{widgets.ask.inbound.From}}")),
        "#/states/2/transitions/1/conditions/0/arguments/0",
        "judges '{{widgets.ask.inbound.From}}', while the split's input is '{{widgets.ask.inbound.Body}}'",
        talk(match("bye", "equal_to", "1", "{{ widgets.ask.inbound.Body }}")),
    ),
    Case(
        "spoken-sentence",
        say("yes"),
        "#/states/2/transitions/1/conditions/0/type",
        "(is equal to 'yes'), and speech often comes as a sentence: 'Yes.' is not 'yes'",
        say("yes", "contains"),
    ),
    Case(
        "spoken-sentence",
        say("yes, yeah", "matches_any_of"),
        "#/states/2/transitions/1/conditions/0/type",
        "is one of 'yes, yeah'",
        say("yes, yes.", "matches_any_of"),
    ),
    Case(
        "spoken-sentence",
        say("yes", argument="{{widgets.gather.SpeechResult | downcase}}"),
        "#/states/2/transitions/1/conditions/0/type",
        "| remove: '.'",
        say("yes", argument="{{widgets.gather.SpeechResult | remove: '.'}}"),
    ),
    # -- Liquid
    Case(
        "unknown-filter",
        goodbye("{{widgets.ask.inbound.Body | upcas}}"),
        "#/states/2/properties/body",
        "'upcas' is no filter of Liquid (did you mean 'upcase'?)",
        goodbye("{{widgets.ask.inbound.Body | upcase}}"),
    ),
    Case(
        "unknown-reference",
        goodbye("Bye {{name}}"),
        "#/states/2/properties/body",
        "name is never set and renders as nothing: a context has flow, trigger, contact, widgets, and no 'name'",
        goodbye("{% assign name = widgets.ask.inbound.Body %}Bye {{name}}"),
    ),
    Case(
        "unknown-reference",
        goodbye("Bye {{flow.variable.name}}"),
        "#/states/2/properties/body",
        "and no 'variable' (did you mean 'variables'?)",
        with_variable("Bye {{flow.variables.name}}"),
    ),
    Case(
        "unknown-reference",
        goodbye("Bye {{trigger.message.body}}"),
        "#/states/2/properties/body",
        "what a webhook brings is named with a capital letter (did you mean 'Body'?)",
        goodbye("Bye {{trigger.message.Body}}"),
    ),
    Case(
        "unknown-reference",
        goodbye("Bye {{widgets.ask.inbound.from}}"),
        "#/states/2/properties/body",
        "what a webhook brings is named with a capital letter (did you mean 'From'?)",
        goodbye("Bye {{widgets.ask.inbound.From}}"),
    ),
    Case(
        "unknown-widget",
        goodbye("Bye {{widgets.aks.inbound.Body}}"),
        "#/states/2/properties/body",
        "there is no widget 'aks' (did you mean 'ask'?)",
        goodbye("Bye {{widgets.ask.inbound.Body}}"),
    ),
    Case(
        "unwritten-reference",
        goodbye("Bye {{widgets.ask.Body}}"),
        "#/states/2/properties/body",
        "ask, a send-and-wait-for-reply, never writes 'Body'; the answer is in inbound.Body",
        goodbye("Bye {{widgets.ask.outbound.Sid}}"),
    ),
    Case(
        "unwritten-reference",
        with_http("{{widgets.http.parsd.name}}"),
        "#/states/2/properties/body",
        "never writes 'parsd' (did you mean 'parsed'?); it writes body, content_type, headers, parsed, status_code",
        with_http("{{widgets.http.parsed.name}}"),
    ),
    Case(
        "unwritten-reference",
        with_variable("{{widgets.set.nam}}"),
        "#/states/2/properties/body",
        "never writes 'nam' (did you mean 'name'?); it writes name",
        with_variable("{{widgets.set.name}}"),
    ),
    Case(
        "unset-variable",
        with_variable("Bye {{flow.variables.nmae}}"),
        "#/states/2/properties/body",
        "no set-variables sets 'nmae' (did you mean 'name'?)",
        with_variable("Bye {{flow.variables.nmae | default: 'you'}}"),
    ),
    Case(
        "other-trigger",
        goodbye("{{flow.data.name}}"),
        "#/states/2/properties/body",
        "no run of this Flow begins with incomingRequest, which leads nowhere",
        flow(trigger(event="incomingRequest"), ask(), bye(body="{{flow.data.name}}")),
    ),
    Case(
        "other-trigger",
        goodbye("{{trigger.call.CallSid}}"),
        "#/states/2/properties/body",
        "no run of this Flow begins with incomingCall",
        flow(trigger(event="incomingParent"), ask(), bye(body="{{trigger.call.CallSid}}")),
    ),
    Case(
        "other-trigger",
        flow(trigger(event="incomingParent"), ask(), bye(body="{{flow.data.name}}")),
        "#/states/2/properties/body",
        "only other Flows start this one, and what they hand over is in trigger.parent.parameters",
        flow(trigger(event="incomingParent"), ask(), bye(body="{{trigger.parent.parameters.name}}")),
    ),
    Case(
        "whole-object",
        with_http("{{widgets.http.parsed}}"),
        "#/states/2/properties/body",
        "widgets.http.parsed is an object, and what Studio makes of one in a text is not JSON",
        with_http("{{widgets.http.parsed | to_json}}"),
    ),
    Case(
        "whole-object",
        flow(trigger("http", "incomingRequest"), http(body="{{flow.data}}"), bye()),
        "#/states/1/properties/body",
        "write flow.data | to_json",
        flow(trigger("http", "incomingRequest"), http(body="{% if flow.data %}{{flow.data.x}}{% endif %}"), bye()),
    ),
    Case(
        "whole-object",
        with_variable("{{flow.variables.name}}", type="json_object"),
        "#/states/2/properties/body",
        "flow.variables.name is an object",
        with_variable("{{flow.variables.name}}", type="string"),
    ),
    # -- settings
    Case(
        "blank-content",
        goodbye(" "),
        "#/states/2/properties/body",
        "a message without content fails (81011): give it body or media_url or content_sid",
        flow(trigger(), ask(), bye(body="", media_url="https://example.com/cat.png")),
    ),
    Case(
        "reserved-parameter",
        with_http("Bye", parameters=[{"key": "method", "value": "x"}]),
        "#/states/1/properties/parameters/0/key",
        "(81014)",
        with_http("Bye", parameters=[{"key": "methods", "value": "x"}]),
    ),
    Case(
        "unusable-subflow",
        with_subflow("{{flow.data.sub}}"),
        "#/states/1/properties/flow_sid",
        "no Liquid is rendered here",
        with_subflow(FW),
    ),
    Case(
        "unusable-subflow",
        with_subflow("${SUBFLOW}"),
        "#/states/1/properties/flow_sid",
        "is no SID of a Flow",
        with_subflow(FW),
    ),
    Case(
        "out-of-range",
        flow(trigger("gather", "incomingCall"), gather(timeout=31), split(given="{{widgets.gather.Digits}}"), bye()),
        "#/states/1/properties/timeout",
        "31 is beyond what Studio takes here, 0 to 30",
        flow(trigger("gather", "incomingCall"), gather(timeout=30), split(given="{{widgets.gather.Digits}}"), bye()),
    ),
    Case(
        "long-attributes",
        flow(trigger("flex"), state("flex", "send-to-flex", workflow="WW1", channel="TC1", attributes="x" * 1025)),
        "#/states/1/properties/attributes",
        "1024 characters at most, and these have 1025",
        flow(trigger("flex"), state("flex", "send-to-flex", workflow="WW1", channel="TC1", attributes="x" * 1024)),
    ),
]
#: Earlier and later condition, and why the later one never matches; each as (predicate, value).
COVERED = [
    (("equal_to", "Yes"), ("equal_to", " yes "), "transition 1 (is equal to 'Yes') comes first"),
    (("matches_any_of", "yes, no"), ("equal_to", "NO"), "transition 1 (is one of 'yes, no')"),
    (("matches_any_of", "a,b,c"), ("matches_any_of", "c, a"), "transition 1"),
    (("contains", "es"), ("equal_to", "yes"), "transition 1"),
    (("contains", "e"), ("contains", "es"), "transition 1"),
    (("contains", "e"), ("starts_with", "yes"), "transition 1"),
    (("starts_with", "y"), ("starts_with", "yes"), "transition 1"),
    (("is_not_blank", ""), ("equal_to", "yes"), "transition 1 (is not blank)"),
    (("is_not_blank", ""), ("greater_than", "5"), "transition 1"),
    (("is_not_blank", ""), ("contains", "5"), "transition 1"),
    (("is_blank", ""), ("equal_to", " "), "transition 1"),
    (("less_than", "10"), ("less_than", "5"), "transition 1"),
    (("less_than", "10"), ("equal_to", "5"), "transition 1"),
    (("greater_than", "5"), ("greater_than", "10"), "transition 1"),
    (("is_before_time", "12:00"), ("is_before_time", "11:00"), "transition 1"),
    (("is_after_date", "2024-01-01"), ("is_after_date", "2025-01-01"), "transition 1"),
    (("not_equal_to", "yes"), ("equal_to", "no"), "transition 1"),
    (("does_not_contain", "x"), ("matches_any_of", "yes,no"), "transition 1"),
    (("regex", "y.*"), ("equal_to", "yes"), "transition 1"),
    (("regex", "(yes|no)"), ("regex", "(yes|no)"), "transition 1"),
    (("equal_to", "{{flow.data.x}}"), ("equal_to", "{{flow.data.x}}"), "transition 1"),
]
#: The same, where something is left for the later one.
NOT_COVERED = [
    (("equal_to", "Yes"), ("equal_to", "yess")),
    (("matches_any_of", "yes, no"), ("matches_any_of", "no, maybe")),
    (("equal_to", "yes"), ("contains", "yes")),
    (("contains", "yes"), ("contains", "y")),
    (("starts_with", "y"), ("contains", "y")),
    (("starts_with", "yes"), ("starts_with", "y")),
    (("is_not_blank", ""), ("is_blank", "")),
    (("is_not_blank", ""), ("not_equal_to", "yes")),
    (("is_not_blank", ""), ("equal_to", "{{flow.data.x}}")),
    (("less_than", "5"), ("less_than", "10")),
    (("less_than", "5"), ("greater_than", "5")),
    (("is_before_time", "11:00"), ("is_before_time", "12:00")),
    (("not_equal_to", "yes"), ("contains", "yes")),
    (("regex", "y"), ("equal_to", "yes")),
    (("regex", "[["), ("regex", "x")),
    (("equal_to", "{{flow.data.x}}"), ("equal_to", "{{flow.data.y}}")),
    (("contains", ""), ("contains", "x")),
]
#: Conditions that hold for nothing, and near ones that may hold.
IMPOSSIBLE = [
    (("less_than", "ten"), ("less_than", "10"), "'ten' is not a number that anything is before"),
    (("greater_than", ""), ("greater_than", "-1.5"), "'' is not a number that anything is after"),
    (("matches_any_of", " , "), ("matches_any_of", "a,"), "its list is empty"),
    (("regex", "(a"), ("regex", "(a)"), "the regular expression '(a' cannot be read: it does not compile"),
    (("is_before_time", "9:00"), ("is_before_time", "09:00"), "'9:00' is not a time as HH:MM that anything is before"),
    (("is_after_time", "23:59"), ("is_after_time", "23:58"), "'23:59' is not a time"),
    (("is_after_date", "2024-02-30"), ("is_after_date", "2024-02-29"), "is not a date as YYYY-MM-DD"),
    (("less_than", "ten"), ("less_than", "{{flow.data.most}}"), "'ten'"),
    (("less_than", "ten"), ("less_than", "${MOST}"), "'ten'"),
    (("regex", "a)"), ("regex", r"\p{L}++"), "cannot be read"),
    (("regex", "*a"), ("regex", r"\Qa(b\E"), "cannot be read"),
    (("less_than", "ten"), ("equal_to", "Yes, please"), "'ten'"),
]


def branches(*pairs: tuple[str, str]) -> Json:
    """A split with these conditions, on data of a REST request."""
    made = talk(*(match("bye", kind, value) for kind, value in pairs))
    made["states"][0]["transitions"].append(on("incomingRequest", "ask"))
    return made


CASES += [Case("never-matches", branches(one, two), "#/states/2/transitions/2/conditions/0/value", why, branches(one))
          for one, two, why in COVERED]  # fmt: skip
CASES += [Case("never-matches", branches(one), "#/states/2/transitions/1/conditions/0/value", why, branches(two))
          for one, two, why in IMPOSSIBLE]  # fmt: skip
CASES += [
    Case(
        "never-matches",
        branches(("is_blank", ""), ("is_not_blank", ""), ("regex", "a+")),
        "#/states/2/transitions/3/conditions/0/value",
        "two branches before it match everything between them",
        branches(("is_blank", ""), ("regex", "a+")),
    ),
    Case(
        "never-matches",
        branches(("equal_to", "a"), ("equal_to", "b"), ("matches_any_of", "a,b")),
        "#/states/2/transitions/3/conditions/0/value",
        "transitions 1 (is equal to 'a') and 2 (is equal to 'b') before it would take each input",
        branches(("equal_to", "a"), ("equal_to", "b"), ("matches_any_of", "a,b,c")),
    ),
    Case(
        "never-matches",
        talk(on("match", "bye")),
        "#/states/2/transitions/1",
        "a match without conditions is never taken",
        talk(match("bye", "equal_to", "a")),
    ),
]
