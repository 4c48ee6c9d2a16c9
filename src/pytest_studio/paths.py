"""Believable ways through a Flow: which widget follows which, and with what event."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from pytest_studio.widgets import TRIGGERS, WIDGETS, type_of

__all__ = ["EMPTY_DEFINITION", "SAMPLES", "Hop", "hop_from", "small_definition", "walk"]

#: Widget types that paths are made of, by what the Execution runs on.
_EITHER = ("split-based-on", "set-variables", "make-http-request", "run-function")
_MESSAGE = ("send-message", "send-and-wait-for-reply", *_EITHER)
_CALL = ("say-play", "gather-input-on-call", *_EITHER)

#: What a Flow that nobody described looks like: a trigger that leads nowhere.
EMPTY_DEFINITION: dict[str, Any] = {
    "description": "",
    "states": [
        {
            "name": "Trigger",
            "type": "trigger",
            "transitions": [{"event": event} for event in ("incomingMessage", "incomingCall", "incomingRequest")],
            "properties": {"offset": {"x": 0, "y": 0}},
        }
    ],
    "initial_state": "Trigger",
    "flags": {"allow_concurrent_calls": True},
}

#: After so many widgets a path comes back to ones that it has been at.
_WIDGETS_IN_A_FLOW = 40


class Hop(NamedTuple):
    """One transition: the fields of a Step that are not its identity or its time."""

    name: str
    transitioned_from: str
    transitioned_to: str
    type: str


#: What a single Step may look like: eight, so that three bits choose one.
SAMPLES = (
    Hop("incomingMessage", "Trigger", "send_and_reply_1", "trigger"),
    Hop("incomingMessage", "send_and_reply_1", "split_1", "send-and-wait-for-reply"),
    Hop("match", "split_1", "http_1", "split-based-on"),
    Hop("success", "http_1", "send_message_1", "make-http-request"),
    Hop("sent", "send_message_1", "Ended", "send-message"),
    Hop("next", "set_variables_1", "function_1", "set-variables"),
    Hop("success", "function_1", "Ended", "run-function"),
    Hop("keypress", "gather_1", "split_1", "gather-input-on-call"),
)


def small_definition(body: str) -> dict[str, Any]:
    """A small Flow Definition: who writes gets one message with this body."""
    return {
        "description": "",
        "states": [
            {
                "name": "Trigger",
                "type": "trigger",
                "transitions": [{"event": "incomingMessage", "next": "send_message_1"}],
                "properties": {"offset": {"x": 0, "y": 0}},
            },
            {
                "name": "send_message_1",
                "type": "send-message",
                "transitions": [{"event": "sent"}, {"event": "failed"}],
                "properties": {
                    "offset": {"x": 0, "y": 200},
                    "from": "{{flow.channel.address}}",
                    "to": "{{contact.channel.address}}",
                    "body": body,
                },
            },
        ],
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
    }


def walk(
    rng: Random, count: int, *, trigger: str = "incomingMessage", start: str | None = None, ended: bool = True
) -> Iterator[Hop]:
    """A path of ``count`` hops, each starting where the last one led.

    Args:
        rng: decides.
        count: how many hops.
        trigger: the trigger's event, one of ``widgets.TRIGGERS``.
        start: the widget to go on from; None for the trigger.
        ended: whether the last hop leads to ``"Ended"``.
    """
    kinds = _CALL if TRIGGERS.get(trigger) == "call" else _MESSAGE
    seen: dict[str, str] = {}
    numbers: dict[str, int] = {}
    here, kind = ("Trigger", "trigger") if start is None else (start, kind_of(start, kinds, rng))
    for index in range(count):
        event = trigger if kind == "trigger" else _event(rng, kind)
        if index == count - 1 and ended:
            yield Hop(event, here, "Ended", kind)
            return
        if len(seen) < _WIDGETS_IN_A_FLOW:
            next_kind = kinds[rng.getrandbits(16) % len(kinds)]
            stem = WIDGETS[next_kind].stem
            numbers[stem] = numbers.get(stem, 0) + 1
            there = f"{stem}_{numbers[stem]}"
            if there == here:
                numbers[stem] += 1
                there = f"{stem}_{numbers[stem]}"
            seen[there] = next_kind
        else:
            names = list(seen)
            at = rng.getrandbits(16) % len(names)
            there = names[at] if names[at] != here else names[at - 1]
            next_kind = seen[there]
        yield Hop(event, here, there, kind)
        here, kind = there, next_kind


def _event(rng: Random, kind: str) -> str:
    """Mostly the event of success, now and then another that goes on."""
    widget = WIDGETS[kind]
    able = widget.events[: len(widget.events) - widget.last]
    draw = rng.getrandbits(3)
    return able[0] if draw < 6 or len(able) == 1 else able[1 + draw % (len(able) - 1)]


def kind_of(name: str, kinds: tuple[str, ...], rng: Random) -> str:
    """The type that a widget's name suggests, or one that the path could have."""
    for kind, widget in WIDGETS.items():
        if name.startswith(f"{widget.stem}_"):
            return kind
    return kinds[rng.getrandbits(16) % len(kinds)]


def _state(definition: Any, name: str) -> tuple[str, list[dict[str, Any]]] | None:
    """The type and the transitions of a definition's state; None if it has no such state."""
    states = definition.get("states") if isinstance(definition, dict) else None
    for state in states if isinstance(states, list) else ():
        if isinstance(state, dict) and state.get("name") == name:
            return str(state.get("type")), [t for t in state.get("transitions") or () if isinstance(t, dict)]
    return None


def hop_from(definition: Any, name: str, event: str | None) -> Hop | None:
    """The hop that a Flow Definition gives from a state, on ``event`` or its first; None if it has no such state."""
    state = _state(definition, name)
    if state is None:
        return None
    taken = next((t for t in state[1] if event in (None, t.get("event"))), {})
    chosen = event or taken.get("event")
    return Hop(str(chosen), name, str(taken.get("next") or "Ended"), state[0]) if chosen else None


def events_of(definition: Any, name: str) -> set[str]:
    """The events that a Flow Definition wires for a state; empty if it has no such state."""
    state = _state(definition, name)
    return set() if state is None else {str(transition.get("event")) for transition in state[1]}


def hop_type(definition: Any, name: str, event: str) -> str | None:
    """The type of the widget that ended with ``event``: from the definition, or the likeliest."""
    if name == "Trigger":
        return "trigger"
    hop = hop_from(definition, name, event)
    return hop.type if hop else type_of(name, event)
