"""Rules of the shape of a definition, which any JSON can be held against."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_studio.errors import nearest
from pytest_studio.flows.definitions.rules.subject import RawState, Remark, Subject, on
from pytest_studio.widgets import TYPES

__all__ = [
    "departures",
    "double_names",
    "missing_keys",
    "odd_names",
    "unknown_next",
    "unknown_properties",
    "unknown_start",
    "unknown_types",
]


def departures(subject: Subject) -> Iterator[Remark]:
    """Values that the schemas refuse."""
    for place, property, violation in subject.faults:
        if not violation.unknown:
            yield Remark(place, _name(subject, place), property, _words(violation))


def unknown_properties(subject: Subject) -> Iterator[Remark]:
    """Properties that are not in the schemas."""
    for place, property, violation in subject.faults:
        if violation.unknown:
            hint = violation.expected.partition(" only")[2]
            message = f"no such property is known{hint}; Studio may refuse or ignore it, so correct or remove it"
            yield Remark(place, _name(subject, place), property, message)


def _name(subject: Subject, place: int | None) -> str | None:
    return next((state.name for state in subject.raw if state.place == place), None)


def _words(violation: Any) -> str:
    found = str(violation.message).rpartition(": found ")
    return f"found {found[2]}" if found[1] else violation.message


def unknown_types(subject: Subject) -> Iterator[Remark]:
    """Widget types that Studio has not."""
    for state in subject.raw:
        if state.type is not None and state.type not in TYPES:
            yield on(state, "type", f"{state.type!r:.60} is no type of widget{_hint(state.type, TYPES)}")


def double_names(subject: Subject) -> Iterator[Remark]:
    """Names that several states have."""
    first: dict[str, RawState] = {}
    for state in subject.raw:
        if state.name is not None and first.setdefault(state.name, state) is not state:
            yield on(
                state, "name", f"#/states/{first[state.name].place} has this name already: give each widget its own"
            )


def unknown_next(subject: Subject) -> Iterator[Remark]:
    """Transitions to a state that is not there."""
    names = {state.name for state in subject.raw if state.name}
    for state in subject.raw:
        transitions = state.given.get("transitions")
        for at, transition in enumerate(transitions if isinstance(transitions, list) else ()):
            target = transition.get("next") if isinstance(transition, dict) else None
            if isinstance(target, str) and target and target not in names:
                message = f"leads to {target!r:.60}, which is no widget of this Flow{_hint(target, names)}"
                yield on(state, f"transitions/{at}/next", message)


def unknown_start(subject: Subject) -> Iterator[Remark]:
    """An initial state that is not there."""
    names = {state.name for state in subject.raw if state.name}
    initial = subject.definition.get("initial_state") if isinstance(subject.definition, dict) else None
    if isinstance(initial, str) and initial and names and initial not in names:
        message = f"a run begins with {initial!r:.60}, which is no widget of this Flow{_hint(initial, names)}"
        yield Remark(None, None, "initial_state", message)


def missing_keys(subject: Subject) -> Iterator[Remark]:
    """States without what every state of an export has."""
    for state in subject.raw:
        for key in ("transitions", "properties"):
            if key not in state.given:
                empty = "[]" if key == "transitions" else "{}"
                yield on(state, key, f"every exported state has {key}, even where it is {empty}; Studio may miss it")


def odd_names(subject: Subject) -> Iterator[Remark]:
    """Names that Studio does not take, or that Liquid cannot refer to."""
    for state in subject.raw:
        name = state.name
        if name is not None and (not name[0].isalpha() or "." in name or any(letter.isspace() for letter in name)):
            yield on(state, "name", "names begin with a letter, and have no spaces and no periods: rename the widget")


def _hint(name: str, known: Any) -> str:
    return nearest(name, known) if len(name) <= 60 else ""
