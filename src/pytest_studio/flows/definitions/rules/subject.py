"""The Flow that is judged, as the rules look at it, and what they say of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import cached_property
from typing import Any, NamedTuple

from pytest_studio.flows import liquid
from pytest_studio.flows.model import Program, State, Transition, templates
from pytest_studio.widgets import TYPES

__all__ = ["RawState", "Remark", "Subject", "Text", "Violations", "has_liquid", "on", "squeezed"]

Json = dict[str, Any]
#: ``schemas.violations``: what in a value departs from the schema of a name.
Violations = Callable[[Any, str], list[Any]]


class Remark(NamedTuple):
    """What a rule has to say: of which state (its place and name), of which property of it, and in words."""

    place: int | None
    state: str | None
    property: str | None
    message: str


class RawState(NamedTuple):
    """A state of a definition that may be odd in any way; ``name`` is None where it has none."""

    place: int
    name: str | None
    type: str | None
    given: Json


class Text(NamedTuple):
    """A text with Liquid: where it stands, the variables that it reads, and why it does not parse, if it does not."""

    state: State
    property: str
    text: str
    references: tuple[liquid.Reference, ...]
    fault: str | None


def on(state: State | RawState, property: str | None, message: str) -> Remark:
    """A remark on a state."""
    return Remark(state.place, state.name, property, message)


def has_liquid(text: str) -> bool:
    """Whether Studio would render something in a text."""
    return "{{" in text or "{%" in text


def squeezed(text: str) -> str:
    """A template without white space: what is left of differences that only look like one."""
    return "".join(text.split())


class Subject:
    """A definition and all that follows from it, worked out when a rule asks.

    Args:
        definition: any JSON.
        violations: what holds a value against the schema of a name.
        subflows: SIDs of the Flows that it may run; none: not known.
    """

    def __init__(self, definition: Any, violations: Violations, subflows: Collection[str] = ()) -> None:
        self.definition = definition
        self.violations = violations
        self.subflows = subflows

    @cached_property
    def raw(self) -> list[RawState]:
        """The states that are objects."""
        states = self.definition.get("states") if isinstance(self.definition, dict) else None
        return [
            RawState(place, _text(state.get("name")), _text(state.get("type")), state)
            for place, state in enumerate(states if isinstance(states, list) else ())
            if isinstance(state, dict)
        ]

    @cached_property
    def faults(self) -> list[tuple[int | None, str | None, Any]]:
        """``(place of the state, property, violation)`` of all that departs from the schemas."""
        return [*self._of_the_whole(), *self._of_the_widgets()]

    @cached_property
    def _shape(self) -> list[Any]:
        return self.violations(self.definition, "flow_definition")

    def _of_the_whole(self) -> Iterator[tuple[int | None, str | None, Any]]:
        for violation in self._shape:
            path = violation.pointer[1:]
            head, _, rest = path.partition("/")
            number, _, within = rest.partition("/")
            if head == "states" and number.isdecimal():
                yield int(number), within or None, violation
            else:
                yield None, path or None, violation

    def _of_the_widgets(self) -> Iterator[tuple[int | None, str | None, Any]]:
        for state in self.raw:
            if state.type not in TYPES:
                continue
            # Transitions and names are the same in every widget: the schema of the whole has judged them.
            widget = {key: state.given[key] for key in ("name", "type", "properties") if key in state.given}
            for violation in self.violations(widget, f"widgets/{state.type}"):
                head, _, within = violation.pointer[1:].partition("/")
                if head == "properties" and (within or "properties" not in widget):
                    yield state.place, within or head, violation

    @cached_property
    def is_sound(self) -> bool:
        """Whether the definition has the shape of one, so that it can be read as a Program."""
        names = [state.name for state in self.raw]
        fits = all(violation.unknown for violation in self._shape)
        return fits and len(set(names)) == len(names)

    # -- of a sound definition ------------------------------------------------------------------------------

    @cached_property
    def program(self) -> Program:
        """The definition, ready to run."""
        return Program(self.definition)

    @property
    def states(self) -> Collection[State]:
        """The states, in order."""
        return self.program.states.values()

    @cached_property
    def reachable(self) -> list[State]:
        """The states that some run may come to, in order."""
        found: set[str] = set()
        ahead = [self.program.initial] if self.program.initial else []
        while ahead:
            state = ahead.pop()
            if state.name not in found:
                found.add(state.name)
                ahead += [self.program.states[name] for name in self.after(state)]
        return [state for state in self.states if state.name in found]

    def after(self, state: State) -> list[str]:
        """The names of the states that follow one."""
        return [found for found in map(self.target, state.transitions) if found is not None]

    def target(self, transition: Transition) -> str | None:
        """The name of the state that a transition leads to; None if it leads nowhere."""
        return transition.next if transition.next in self.program.states else None

    def of_type(self, *types: str) -> Iterator[State]:
        """The states of some types, in order."""
        return (state for state in self.states if state.type in types)

    @cached_property
    def triggers(self) -> frozenset[str]:
        """The events of the trigger that lead somewhere."""
        initial = self.program.initial
        wired = initial.transitions if initial is not None else ()
        return frozenset(transition.event for transition in wired if self.target(transition) is not None)

    @cached_property
    def texts(self) -> list[Text]:
        """The texts with Liquid, but for arguments of conditions that only say the split's input again."""
        return [
            self._read(state, property, text)
            for state in self.states
            for property, text in templates(state)
            if has_liquid(text) and not (property.endswith("/arguments/0") and text == state.properties.get("input"))
        ]

    @staticmethod
    def _read(state: State, property: str, text: str) -> Text:
        try:
            return Text(state, property, text, liquid.references(text), None)
        except liquid.LiquidError as error:
            return Text(state, property, text, (), str(error))

    @cached_property
    def variables(self) -> dict[str, bool]:
        """Variables that some widget sets -> whether each is an object."""
        found: dict[str, bool] = {}
        for state in self.of_type("set-variables"):
            for key, kind in set_by(state):
                found[key] = found.get(key, False) or kind == "json_object"
        return found


def set_by(state: State) -> Iterator[tuple[str, str]]:
    """``(key, type)`` of each variable that a set-variables widget sets."""
    items = state.properties.get("variables")
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and isinstance(item.get("key"), str):
            yield item["key"], str(item.get("type", "string"))


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
