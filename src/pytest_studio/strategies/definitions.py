"""Flow Definitions that load, run and come to an end, and of which the lint has nothing to say.

They grow from the trigger: each new widget hangs on a branch that is free, so that a run can come to all of them. Then
the branches that are left over end, go on to a later widget, or back to one that waits for the contact. The first
branch of a widget never goes back, which is the way out of every loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from pytest_studio import schemas
from pytest_studio.flows.definitions.rules.wiring import FAILURES
from pytest_studio.strategies.basis import DrawFn, Json, SearchStrategy, sids_of, st, texts
from pytest_studio.strategies.values import members
from pytest_studio.widgets import WIDGETS

__all__ = ["ALONE", "definitions_of", "triggers_for"]

#: Widget types that ask others for something: a server, a Function, another Flow.
_ASKING = frozenset(("make-http-request", "run-function", "run-function-v2", "run-subflow"))
#: Widget types that run without anything outside of the Flow and its contact.
ALONE = tuple(kind for kind in WIDGETS if kind not in _ASKING)
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
    st.fixed_dictionaries({"key": st.sampled_from(("name", "day", "größe")), "value": _words}),
    max_size=2,
    unique_by=lambda pair: pair["key"],
)
_TO, _FROM = st.just("{{contact.channel.address}}"), st.just("{{flow.channel.address}}")

#: Widget type -> property -> what it is drawn from, those first that it always has.
_SETTINGS: dict[str, tuple[dict[str, SearchStrategy[Any]], dict[str, SearchStrategy[Any]]]] = {
    "send-message": ({"from": _FROM, "to": _TO, "body": _words}, {"media_url": _urls}),
    "send-and-wait-for-reply": (
        {"from": _FROM, "body": _words},
        {"timeout": st.integers(1, 86_400) | st.integers(1, 86_400).map(str)},
    ),
    "say-play": ({"say": _words}, {"loop": st.integers(1, 3)}),
    "gather-input-on-call": (
        {"say": _words},
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
    branches: list[_Branch] = field(default_factory=list)


def triggers_for(kinds: Sequence[str]) -> list[str]:
    """The events of a trigger under which a widget of one of these types can stand."""
    channels = {WIDGETS[kind].channel for kind in kinds}
    return [event for event, channel in _CHANNELS.items() if channels & {"any", channel}]


@st.composite
def definitions_of(draw: DrawFn, least: int, most: int, kinds: tuple[str, ...]) -> Json:
    """Definitions; see ``pytest_studio.strategies.flow_definitions``.

    Args:
        draw: Hypothesis's own.
        least: states at the least, the trigger among them.
        most: states at the most.
        kinds: widget types.
    """
    events = draw(st.lists(st.sampled_from(triggers_for(kinds)), min_size=1, max_size=2, unique=True))
    states = [_State("Trigger", "trigger", "", [_Branch(event) for event in events])]
    for number in range(1, draw(st.integers(least, most))):
        free = [
            (state, branch)
            for state in states
            for branch in state.branches[: _count(state)]
            if branch.following is None
        ]
        if number <= len(events):  # every event of the trigger starts something
            free = [(states[0], branch) for _, branch in free if branch is states[0].branches[number - 1]] or free
        state, branch = draw(st.sampled_from(free))
        channel = state.channel or _CHANNELS[branch.event]
        able = [kind for kind in kinds if WIDGETS[kind].channel in ("any", channel)]
        branch.following = number
        states.append(draw(_states(number, tuple(able), channel)))
    for number, state in enumerate(states[1:], 1):
        _wire(draw, states, number, state)
    return {
        "description": draw(texts()),
        "states": [_written(draw, states, state) for state in states],
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": draw(st.booleans())},
    }


def _count(state: _State) -> int:
    """How many of a widget's branches go on, from the first."""
    if state.kind in ("trigger", "split-based-on"):
        return len(state.branches)
    widget = WIDGETS[state.kind]
    return len(widget.events) - widget.last


@st.composite
def _states(draw: DrawFn, number: int, kinds: tuple[str, ...], channel: str) -> _State:
    kind = draw(st.sampled_from(kinds))
    name = f"{WIDGETS[kind].stem}_{number}{draw(st.sampled_from(('', '', '-é漢')))}"
    if kind != "split-based-on":
        return _State(name, kind, channel, [_Branch(event) for event in WIDGETS[kind].events])
    conditions = draw(st.lists(st.sampled_from(_CONDITIONS), min_size=1, max_size=2, unique=True))
    branches = [_Branch("match", None, condition) for condition in conditions]
    return _State(name, kind, channel, [*branches, _Branch("noMatch")])


def _wire(draw: DrawFn, states: list[_State], number: int, state: _State) -> None:
    """Lead the free branches of a widget to where they may lead, as far as they do."""
    peers = [at for at, other in enumerate(states) if other.channel == state.channel]
    later = [at for at in peers if at > number]
    earlier = [at for at in peers if at <= number and _WAITING.keys() & {states[at].kind, state.kind}]
    free = [branch for branch in state.branches if branch.following is None]
    for branch in free:
        able = later if branch is state.branches[0] else [*later, *earlier]
        if able:
            branch.following = draw(st.none() | st.sampled_from(able))
    taken = [branch.following for branch in state.branches if branch.following is not None]
    for branch in state.branches:
        if taken and branch.following is None and branch.event in _TO_BE_WIRED:
            branch.following = draw(st.sampled_from(taken))


def _written(draw: DrawFn, states: list[_State], state: _State) -> Json:
    """A state as definitions have it."""
    properties = {} if state.kind == "trigger" else draw(_settings(state.kind))
    template = ""
    if state.kind == "split-based-on":
        template = properties["input"] = draw(st.sampled_from(_inputs(states, state)))
    return {
        "name": state.name,
        "type": state.kind,
        "transitions": [_transition(branch, states, template) for branch in state.branches],
        "properties": {**properties, "offset": {"x": draw(st.integers(-900, 900)), "y": draw(st.integers(0, 900))}},
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
    return st.fixed_dictionaries({**plain, **always}, optional=perhaps)
