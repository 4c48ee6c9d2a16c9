"""A Flow Definition as the runner reads it: states by name, transitions in order. Made once for each revision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from pytest_studio.widgets import WIDGETS

__all__ = ["Condition", "Program", "State", "Transition", "templates"]

Json = dict[str, Any]

#: Properties that Studio takes as they are: it renders no Liquid in them.
LITERAL = frozenset(
    ("offset", "flow_sid", "flow_revision", "key", "type", "index", "message_type", "service_sid", "environment_sid",
     "function_sid", "content_type", "method", "save_response_as")
)  # fmt: skip


class Condition(NamedTuple):
    """One condition of a split's transition.

    ``type`` is the predicate (``"equal_to"``), ``argument`` the template that is judged, ``value`` the template that it
    is held against.
    """

    type: str
    argument: str
    value: str
    friendly_name: str = ""


class Transition(NamedTuple):
    """One transition of a state: its place among the state's transitions, its event, and the next state or None."""

    place: int
    event: str
    next: str | None
    conditions: tuple[Condition, ...] = ()


class State(NamedTuple):
    """One widget of a Flow: its place in the definition, name, type, transitions in order, and properties."""

    place: int
    name: str
    type: str
    transitions: tuple[Transition, ...]
    properties: Mapping[str, Any]

    @property
    def known_events(self) -> tuple[str, ...]:
        """The events that widgets of its type end with in Studio; () where that is not known."""
        return WIDGETS[self.type].events if self.type in WIDGETS else ()

    @property
    def events(self) -> list[str]:
        """How it may end: the events of its type, and those that it wires."""
        return list(dict.fromkeys([*self.known_events, *(transition.event for transition in self.transitions)]))

    def on(self, event: str) -> Transition | None:
        """The first transition of an event; None if the event is not wired."""
        return next((transition for transition in self.transitions if transition.event == event), None)


class Program:
    """A definition that is ready to run.

    Args:
        definition: a Flow Definition without errors (see ``lint``); it is not copied, and not changed.
        flow_sid: ``FW…`` of the Flow, as contexts show it.
        revision: number of the revision.
        title: the Flow's friendly name, for reports.
        source: path of the file it was read from, or "".

    Attributes:
        states: state by name, in order of the definition.
        initial: the state that a run begins with, a trigger; None where the definition has no states.
        concurrent_calls: whether a contact may have several calls at once (``flags.allow_concurrent_calls``).
    """

    __slots__ = ("concurrent_calls", "definition", "flow_sid", "initial", "revision", "source", "states", "title")

    def __init__(
        self, definition: Json, flow_sid: str = "", revision: int = 1, title: str = "", source: str = ""
    ) -> None:
        self.definition: Json = definition
        self.flow_sid: str = flow_sid
        self.revision: int = revision
        self.title: str = title or str(definition.get("description") or "") or flow_sid
        self.source: str = source
        states = [_state(index, state) for index, state in enumerate(definition.get("states") or ())]
        self.states: Mapping[str, State] = MappingProxyType({state.name: state for state in states})
        self.initial: State | None = self.states.get(str(definition.get("initial_state")))
        flags = definition.get("flags")
        flags = flags if isinstance(flags, dict) else {}
        self.concurrent_calls: bool = bool(flags.get("allow_concurrent_calls", True))

    def __repr__(self) -> str:
        return f"<Program {self.title!r}, revision {self.revision}: {len(self.states)} states>"


def _state(index: int, state: Json) -> State:
    transitions = tuple(
        Transition(at, str(given.get("event")), given.get("next") or None, _conditions(given.get("conditions")))
        for at, given in enumerate(state.get("transitions") or ())
    )
    return State(index, str(state["name"]), str(state["type"]), transitions, state.get("properties") or {})


def _conditions(given: Any) -> tuple[Condition, ...]:
    return tuple(
        Condition(
            str(condition.get("type")),
            _text((condition.get("arguments") or [""])[0]),
            _text(condition.get("value")),
            str(condition.get("friendly_name") or ""),
        )
        for condition in given or ()
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def templates(state: State) -> Iterator[tuple[str, str]]:
    """Every text of a state that Studio renders, with where it stands.

    Yields:
        ``("body", "Hi {{flow.data.name}}")``, ``("variables/0/value", …)``, and for a split
        ``("transitions/1/conditions/0/value", …)`` and ``…/arguments/0``: paths within the state, properties without
        their ``properties/``. Texts without Liquid are among them.
    """
    yield from _texts("", state.properties)
    for transition in state.transitions:
        for at, condition in enumerate(transition.conditions):
            path = f"transitions/{transition.place}/conditions/{at}"
            yield f"{path}/arguments/0", condition.argument
            yield f"{path}/value", condition.value


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in LITERAL:
                yield from _texts(f"{path}/{name}" if path else str(name), inner)
    elif isinstance(value, (list, tuple)):
        for index, inner in enumerate(value):
            yield from _texts(f"{path}/{index}", inner)
