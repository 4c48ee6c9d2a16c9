"""What differs between two Flow Definitions, in plain words; where widgets stand on the canvas does not count."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["differences"]

Json = dict[str, Any]
_ABSENT = object()


def differences(deployed: Any, wanted: Any) -> list[str]:
    """What is other in a deployed definition than in the wanted one; nothing if they are the same.

    Canvas offsets (``properties.offset``), the order of keys and the order of states do not count. That of transitions
    counts among those of the same event, which are tried one after the other.

    Args:
        deployed: the definition that is there.
        wanted: the definition that should be.
    """
    if not isinstance(deployed, dict) or not isinstance(wanted, dict):
        return [] if deployed == wanted else [_changed("the definition", deployed, wanted)]
    found = [
        _changed(f"{name!r} of the definition", deployed.get(name, _ABSENT), wanted.get(name, _ABSENT))
        for name in sorted(deployed.keys() | wanted.keys())
        if name != "states" and not _same(deployed.get(name, _ABSENT), wanted.get(name, _ABSENT))
    ]
    here, there = _by_name(deployed.get("states")), _by_name(wanted.get("states"))
    for name in there:
        if name not in here:
            found.append(f"state {name!r} is missing")
    for name in here:
        if name not in there:
            found.append(f"state {name!r} is there, and should not be")
    for name in there.keys() & here.keys():
        found += _in_state(name, here[name], there[name])
    return found


def _by_name(states: Any) -> dict[str, Json]:
    """States by their names; such as have none, or that of another, by their places."""
    found: dict[str, Json] = {}
    for index, state in enumerate(states if isinstance(states, list) else []):
        state = state if isinstance(state, dict) else {"": state}
        name = str(state.get("name", f"#{index}"))
        found[name if name not in found else f"{name} (again, #{index})"] = state
    return found


def _in_state(name: str, here: Json, there: Json) -> Iterator[str]:
    at = f"state {name!r}"
    for key in sorted((here.keys() | there.keys()) - {"properties", "transitions"}):
        if not _same(here.get(key, _ABSENT), there.get(key, _ABSENT)):
            yield _changed(f"{at}, {key}", here.get(key, _ABSENT), there.get(key, _ABSENT))
    yield from _in_properties(f"{at}, property ", _properties(here), _properties(there))
    yield from _in_transitions(at, here.get("transitions"), there.get("transitions"))


def _properties(state: Json) -> Any:
    properties = state.get("properties", {})
    if not isinstance(properties, dict):
        return properties
    return {name: value for name, value in properties.items() if name != "offset"}


def _in_properties(at: str, here: Any, there: Any) -> Iterator[str]:
    if not isinstance(here, dict) or not isinstance(there, dict):
        if not _same(here, there):
            yield _changed(at.removesuffix(".").rstrip(), here, there)
        return
    for name in sorted(here.keys() | there.keys()):
        ours, theirs = here.get(name, _ABSENT), there.get(name, _ABSENT)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            yield from _in_properties(f"{at}{name}.", ours, theirs)
        elif not _same(ours, theirs):
            yield _changed(f"{at}{name}", ours, theirs)


def _in_transitions(at: str, here: Any, there: Any) -> Iterator[str]:
    ours, theirs = _by_event(here), _by_event(there)
    for key in dict.fromkeys((*theirs, *ours)):
        event, number = key
        what = f"{at}, transition {event!r}{f' ({number + 1})' if number else ''}"
        if key not in ours:
            yield f"{what} is missing; it should lead to {_target(theirs[key])}"
        elif key not in theirs:
            yield f"{what} leads to {_target(ours[key])}, and should not be there"
        else:
            mine, other = ours[key], theirs[key]
            if _target(mine) != _target(other):
                yield f"{what} leads to {_target(mine)}, and should lead to {_target(other)}"
            for name in sorted((mine.keys() | other.keys()) - {"event", "next"}):
                if not _same(mine.get(name, _ABSENT), other.get(name, _ABSENT)):
                    yield _changed(f"{what}, {name}", mine.get(name, _ABSENT), other.get(name, _ABSENT))


def _by_event(transitions: Any) -> dict[tuple[str, int], Json]:
    """Transitions by event, and their places among those of the same event."""
    found: dict[tuple[str, int], Json] = {}
    for transition in transitions if isinstance(transitions, list) else []:
        transition = transition if isinstance(transition, dict) else {"": transition}
        event, number = str(transition.get("event")), 0
        while (event, number) in found:
            number += 1
        found[event, number] = transition
    return found


def _target(transition: Json) -> str:
    target = transition.get("next")
    return repr(target) if target else "nothing"


def _same(one: Any, other: Any) -> bool:
    """Equal as JSON: True is not 1."""
    if type(one) is not type(other) and not (_is_number(one) and _is_number(other)):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(value, other[name]) for name, value in one.items())
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _changed(what: str, here: Any, there: Any) -> str:
    if here is _ABSENT:
        return f"{what} is missing; it should be {_shown(there)}"
    if there is _ABSENT:
        return f"{what} is {_shown(here)}, and should not be there"
    return f"{what} is {_shown(here)}, and should be {_shown(there)}"


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else json.dumps(value, sort_keys=True, default=repr)
    return text if len(text) <= 120 else f"{text[:80]} … {text[-30:]}"
