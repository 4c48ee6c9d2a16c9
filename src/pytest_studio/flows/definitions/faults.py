"""Rules that every Flow Definition keeps. Follows https://www.twilio.com/docs/studio/flow-definition."""

from __future__ import annotations

from typing import Any

__all__ = ["MAX_STATES", "faults"]

#: The most states that the published schema of definitions allows.
MAX_STATES = 1000


def faults(definition: Any) -> list[dict[str, str]]:
    """What is wrong with a definition: ``message`` and ``property_path`` (``#/states/3/name``) of each fault.

    A definition without any ``states`` passes: the smallest example in Twilio's OpenAPI has none.
    """
    if not isinstance(definition, dict):
        return [_fault("#", f"{_kind(definition)} found, object expected")]
    found = []
    initial = definition.get("initial_state")
    if initial is None:
        found.append(_fault("#/initial_state", "is missing but it is required"))
    elif not isinstance(initial, str) or not initial:
        found.append(_fault("#/initial_state", f"{_kind(initial)} found, non-empty string expected"))
    states = definition.get("states")
    if "states" not in definition:
        return found
    if not isinstance(states, list):
        return [*found, _fault("#/states", f"{_kind(states)} found, array expected")]
    if not 1 <= len(states) <= MAX_STATES:
        found.append(_fault("#/states", f"has {len(states)} items, 1 to {MAX_STATES} expected"))
    names: dict[str, int] = {}
    for index, state in enumerate(states):
        found += _state(index, state, names)
    for index, state in enumerate(states):
        found += _transitions(index, state, names)
    if isinstance(initial, str) and initial and initial not in names:
        found.append(_fault("#/initial_state", f"names {initial!r}, which is no state"))
    return found


def _state(index: int, state: Any, names: dict[str, int]) -> list[dict[str, str]]:
    path = f"#/states/{index}"
    if not isinstance(state, dict):
        return [_fault(path, f"{_kind(state)} found, object expected")]
    found = []
    for key in ("name", "type"):
        value = state.get(key)
        if key not in state:
            found.append(_fault(f"{path}/{key}", "is missing but it is required"))
        elif not isinstance(value, str) or not value:
            found.append(_fault(f"{path}/{key}", f"{_kind(value)} found, non-empty string expected"))
    name = state.get("name")
    if isinstance(name, str) and name:
        if name in names:
            found.append(_fault(f"{path}/name", f"{name!r} is the name of #/states/{names[name]} already"))
        names.setdefault(name, index)
    return found


def _transitions(index: int, state: Any, names: dict[str, int]) -> list[dict[str, str]]:
    transitions = state.get("transitions", []) if isinstance(state, dict) else []
    path = f"#/states/{index}/transitions"
    if not isinstance(transitions, list):
        return [_fault(path, f"{_kind(transitions)} found, array expected")]
    found = []
    for at, transition in enumerate(transitions):
        if not isinstance(transition, dict):
            found.append(_fault(f"{path}/{at}", f"{_kind(transition)} found, object expected"))
            continue
        target = transition.get("next")
        if target in (None, ""):
            continue
        if not isinstance(target, str):
            found.append(_fault(f"{path}/{at}/next", f"{_kind(target)} found, string expected"))
        elif target not in names:
            found.append(_fault(f"{path}/{at}/next", f"names {target!r}, which is no state"))
    return found


def _fault(path: str, message: str) -> dict[str, str]:
    return {"message": message, "property_path": path}


def _kind(value: Any) -> str:
    if isinstance(value, str):
        return "string" if value else "empty string"
    names = {type(None): "null", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object"}
    return names.get(type(value), type(value).__name__)
