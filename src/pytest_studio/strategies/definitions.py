"""Flow Definitions that load, run and come to an end, and of which the lint has nothing to say.

They grow from the trigger: each new widget hangs on a branch that is free, so that a run can come to all of them. Then
the branches that are left over end, go on to a later widget, or back to one that waits for the contact. The first
branch of a widget never goes back, which is the way out of every loop.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from pytest_studio import schemas
from pytest_studio.flows.definitions.rules.wiring import FAILURES
from pytest_studio.strategies.basis import Json, SearchStrategy, objects, sids_of, st, texts
from pytest_studio.strategies.values import members
from pytest_studio.widgets import WIDGETS

__all__ = ["ALONE", "definitions_of"]

#: Widget types that ask others for something: a server, a Function, another Flow.
_ASKING = frozenset(("make-http-request", "run-function", "run-function-v2", "run-subflow"))
#: Widget types that examples shrink to.
_USUAL = ("send-message", "say-play", "send-and-wait-for-reply", "gather-input-on-call")
#: Widget types that run without anything outside of the Flow and its contact.
ALONE = tuple(kind for kind in dict.fromkeys((*_USUAL, *WIDGETS)) if kind not in _ASKING)
#: Widget types that wait for the contact -> what of their context a split can go by.
_WAITING = {"send-and-wait-for-reply": "inbound.Body", "gather-input-on-call": "Digits"}
_CHANNELS = {
    "incomingMessage": "message",
    "incomingConversationMessage": "message",
    "incomingRequest": "message",
    "incomingParent": "message",
    "incomingCall": "call",
}
#: Events that must lead somewhere if the widget does not end the Flow.
_TO_BE_WIRED = FAILURES | {"timeout"}

_plain = texts(1).filter(lambda text: "{" not in text and bool(text.strip()))
_words = st.sampled_from(("Hello", "Which day?", "Thanks, {{contact.channel.address}}!")) | _plain
_urls = st.sampled_from(("https://flow.example/look-up", "https://flow.example/{{contact.channel.address}}"))
_pairs = st.lists(
    objects({"key": st.sampled_from(("name", "day", "größe")), "value": _words}),
    max_size=2,
    unique_by=lambda pair: pair["key"],
)
_TO, _FROM = st.just("{{contact.channel.address}}"), st.just("{{flow.channel.address}}")

#: Widget type -> property -> what it is drawn from, those first that it always has.
_SETTINGS: dict[str, tuple[dict[str, SearchStrategy[Any]], dict[str, SearchStrategy[Any]]]] = {
    "send-message": ({"from": _FROM, "to": _TO}, {}),
    "send-and-wait-for-reply": (
        {"from": _FROM},
        {"timeout": st.integers(1, 86_400) | st.integers(1, 86_400).map(str)},
    ),
    "say-play": ({}, {}),
    "gather-input-on-call": (
        {},
        {"number_of_digits": st.integers(1, 6), "timeout": st.integers(1, 30), "finish_on_key": st.just("#")},
    ),
    "set-variables": ({"variables": _pairs}, {}),
    "make-http-request": (
        {"method": st.sampled_from(("GET", "POST")), "url": _urls, "content_type": st.just("application/json")},
        {"body": _words, "parameters": _pairs},
    ),
    "run-function": ({"url": _urls}, {"parameters": _pairs}),
    "run-subflow": ({"flow_sid": sids_of("FW"), "flow_revision": st.just("LatestPublished")}, {"parameters": _pairs}),
}
#: Widget type -> the property that holds what it says.
_SAYS = {"send-message": "body", "send-and-wait-for-reply": "body", "say-play": "say", "gather-input-on-call": "say"}
#: Conditions of a split of which no one takes what another would: predicate and value.
_CONDITIONS = (
    ("equal_to", "yes"),
    ("matches_any_of", "no, nope, 2"),
    ("contains", "hotel"),
    ("starts_with", "straße"),
    ("regex", "[0-9]{4}"),
    ("less_than", "0"),
    ("is_blank", ""),
)


@dataclass
class _Branch:
    """One branch of a widget: its event, and which widget follows, by number; None where the Flow ends."""

    event: str
    following: int | None = None
    condition: tuple[str, str] | None = None


@dataclass
class _State:
    """A widget that grows."""

    name: str
    kind: str
    channel: str
    settings: Json
    branches: list[_Branch] = field(default_factory=list)


class _Plan(NamedTuple):
    """A widget to be: its type and settings, and numbers that choose where it hangs and where its branches go.

    The numbers are taken modulo what there is to choose from, so that any list of plans makes a definition, and fewer
    of them a smaller one.
    """

    kind: str
    settings: Json
    text: str
    at: int
    suffix: str
    ways: list[int]
    conditions: list[tuple[str, str]]


_choices = st.integers(0, 11)


def _plans(kind: str) -> SearchStrategy[_Plan]:
    conditions = st.lists(st.sampled_from(_CONDITIONS), min_size=1, max_size=2, unique=True)
    return st.builds(
        _Plan,
        st.just(kind),
        _settings(kind),
        _words,  # of those that say nothing, too, so that they are no simpler for that
        _choices,
        st.sampled_from(("", "-é漢")),
        st.lists(_choices, max_size=3),
        conditions if kind == "split-based-on" else st.just([]),
    )


@cache
def definitions_of(least: int, most: int, kinds: tuple[str, ...]) -> SearchStrategy[Json]:
    """Definitions; see ``pytest_studio.strategies.flow_definitions``.

    Args:
        least: states at the least, the trigger among them.
        most: states at the most.
        kinds: widget types.
    """
    plans = st.lists(st.one_of(*map(_plans, kinds)), min_size=least - 1, max_size=most - 1)
    return st.builds(_built, plans, texts(), st.booleans())


def _built(plans: list[_Plan], description: str, concurrent: bool) -> Json:
    states = [_State("Trigger", "trigger", "", {})]
    for number, plan in enumerate(plans, 1):
        branch, channel = _place(states, plan)
        branch.following = number
        name = f"{WIDGETS[plan.kind].stem}_{number}{plan.suffix}"
        said = {_SAYS[plan.kind]: plan.text} if plan.kind in _SAYS else {}
        states.append(_State(name, plan.kind, channel, {**plan.settings, **said}, _branches(plan)))
    for number, plan in enumerate(plans, 1):
        _wire(states, number, plan.ways)
    for number, plan in enumerate(plans, 1):
        if plan.kind == "split-based-on":
            inputs = _inputs(states, states[number])
            states[number].settings = {"input": inputs[plan.at % len(inputs)]}
    return {
        "description": description,
        "states": [_written(states, number) for number in range(len(states))],
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": concurrent},
    }


def _branches(plan: _Plan) -> list[_Branch]:
    if plan.kind == "split-based-on":
        return [*(_Branch("match", None, condition) for condition in plan.conditions), _Branch("noMatch")]
    return [_Branch(event) for event in WIDGETS[plan.kind].events]


def _place(states: list[_State], plan: _Plan) -> tuple[_Branch, str]:
    """A free branch that the widget can hang on, and the channel that it is on then; if need be one of the trigger."""
    needed = WIDGETS[plan.kind].channel
    free = [
        (branch, state.channel)
        for state in states[1:]
        if needed in ("any", state.channel)
        for branch in state.branches[: _count(state)]
        if branch.following is None
    ]
    if free:
        return free[plan.at % len(free)]
    used = {branch.event for branch in states[0].branches}
    able = [event for event, on in _CHANNELS.items() if needed in ("any", on) and event not in used]
    event = able[plan.at % len(able)]
    states[0].branches.append(_Branch(event))
    return states[0].branches[-1], _CHANNELS[event]


def _count(state: _State) -> int:
    """How many of a widget's branches go on, from the first."""
    last = 0 if state.kind == "split-based-on" else WIDGETS[state.kind].last
    return len(state.branches) - last


def _wire(states: list[_State], number: int, ways: list[int]) -> None:
    """Lead free branches of a widget to where they may lead; all of them that must lead somewhere."""
    state = states[number]
    peers = [at for at, other in enumerate(states) if other.channel == state.channel]
    later = [at for at in peers if at > number]
    earlier = [at for at in peers if at <= number and _WAITING.keys() & {states[at].kind, state.kind}]
    free = [branch for branch in state.branches if branch.following is None]
    for branch, way in zip(free, ways, strict=False):
        able = [None, *later] if branch is state.branches[0] else [None, *earlier, *later]
        branch.following = able[way % len(able)]
    taken = [branch.following for branch in state.branches if branch.following is not None]
    for branch in state.branches:
        if taken and branch.following is None and branch.event in _TO_BE_WIRED:
            branch.following = taken[0]


def _written(states: list[_State], number: int) -> Json:
    """A state as definitions have it, below the one before it on the canvas."""
    state = states[number]
    return {
        "name": state.name,
        "type": state.kind,
        "transitions": [_transition(branch, states, state.settings.get("input", "")) for branch in state.branches],
        "properties": {**state.settings, "offset": {"x": 0, "y": 200 * number}},
    }


def _transition(branch: _Branch, states: list[_State], template: str) -> Json:
    made: Json = {"event": branch.event}
    if branch.following is not None:
        made["next"] = states[branch.following].name
    if branch.condition is not None:
        predicate, value = branch.condition
        shown = f"If value {predicate} {value}"
        made["conditions"] = [
            {"friendly_name": shown, "arguments": [template], "type": predicate, "value": value},
        ]
    return made


def _inputs(states: list[_State], split: _State) -> list[str]:
    """What a split may go by: the contact, or what the contact has answered to a widget."""
    answered = [
        f"{{{{widgets.{state.name}.{_WAITING[state.kind]}}}}}"
        for state in states
        if state.kind in _WAITING and state.channel == split.channel and state.name.isascii()
    ]
    return [*answered, "{{contact.channel.address}}"]


@cache
def _settings(kind: str) -> SearchStrategy[Json]:
    """The properties of a widget type; what no table here names follows from its schema."""
    rule = schemas.load(f"widgets/{kind}")["properties"]["properties"]
    always, perhaps = _SETTINGS.get(kind, ({}, {}))
    required = [name for name in rule.get("required", ()) if name not in always and name != "offset"]
    by_schema = members({"properties": {name: rule["properties"][name] for name in required}})
    plain = {
        name: _words if rule["properties"][name] == {"type": "string"} else made for name, made in by_schema.items()
    }
    needed = objects({**plain, **always})
    if not perhaps:
        return needed
    nothing: SearchStrategy[Json] = st.just({})
    more = nothing | st.one_of(*(objects({name: made}) for name, made in perhaps.items()))
    return st.builds(lambda usual, rare: {**usual, **rare}, needed, more)
