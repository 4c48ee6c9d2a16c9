"""The fields that a record takes: their kinds, how a value given in Python is checked, what a mistake reads like."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from pytest_studio import clock, sids, wire
from pytest_studio.errors import nearest
from pytest_studio.schema_files import KEPT

__all__ = ["EXECUTION", "FLOW", "STEP", "Spec", "coerce", "readonly", "unknown"]

#: Field -> kind. A trailing ``?`` allows None. Kinds: ``sid:XX``, text, integer, flag, date, object, list, any, a|b.
Spec = Mapping[str, str]


def _kept(resource: str) -> Spec:
    return {name: field.kind for name, field in KEPT[resource].items()}


FLOW: Spec = {
    "sid": "sid:FW",
    "author_sid": "sid:US?",
    "friendly_name": "text",
    "definition": "object?",
    "status": "draft|published",
    "revision": "integer",
    "commit_message": "text?",
    "valid": "flag?",
    "errors": "list?",
    "warnings": "list?",
    "date_created": "date",
    "date_updated": "date?",
    "test_users": "list",
    **_kept("Flow"),
}

EXECUTION: Spec = {
    "sid": "sid:FN",
    "contact_sid": "sid:FC?",
    "contact_channel_address": "text?",
    "context": "object",
    "status": "active|ended",
    "date_created": "date",
    "date_updated": "date?",
    "flow_version": "integer?",
    "initiated_by": "text?",
    "to": "text",
    "from_": "text",
    "parameters": "object?",
    **_kept("Execution"),
}

STEP: Spec = {
    "sid": "sid:FT",
    "parent_step_sid": "sid:FT?",
    "name": "text",
    "context": "object",
    "transitioned_from": "text",
    "transitioned_to": "text",
    "type": "text?",
    "date_created": "date",
    "date_updated": "date?",
    **_kept("Step"),
}

_TYPES: dict[str, tuple[type, str]] = {
    "text": (str, "a text"),
    "integer": (int, "a whole number"),
    "flag": (bool, "True or False"),
    "object": (dict, "a dict"),
    "list": (list, "a list"),
}


def coerce(resource: str, spec: Spec, values: dict[str, Any]) -> dict[str, Any]:
    """Check values against a spec and turn dates into seconds since 1970.

    Raises:
        TypeError: a field that the resource does not have (the nearest is named), or a value of a wrong type.
        ValueError: a value of the right type that the field cannot hold; InvalidSid for SIDs.
    """
    checked: dict[str, Any] = {}
    for name, value in values.items():
        kind = spec.get(name)
        if kind is None:
            unknown(resource, name, spec)
        nullable = kind[-1] == "?"
        if value is None and nullable:
            checked[name] = None
            continue
        checked[name] = _value(f"{resource}.{name}", kind[:-1] if nullable else kind, value)
    return checked


def _value(what: str, kind: str, value: Any) -> Any:
    if kind.startswith("sid:"):
        try:
            return sids.check(value, kind[4:])
        except sids.InvalidSid as error:
            raise sids.InvalidSid(f"{what}: {error}") from None
    if kind == "date":
        return clock.parse(value, what)
    if "|" in kind:
        if value not in kind.split("|"):
            raise ValueError(f"{what} is {' or '.join(map(repr, kind.split('|')))}, not {value!r:.60}")
        return value
    if kind == "any":
        return _as_on_the_wire(what, value)
    type_, words = _TYPES[kind]
    if not isinstance(value, type_) or (type_ is int and isinstance(value, bool)):
        raise TypeError(f"{what} is {words}, not {type(value).__name__}: {value!r:.60}")
    if type_ in (dict, list):
        return _as_on_the_wire(what, value)
    return value


def _as_on_the_wire(what: str, value: Any) -> Any:
    """A copy of JSON data as it comes back from the wire, which the caller's own changes do not reach."""
    try:
        return wire.read_json(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{what} cannot be written as JSON: {error}") from None


def unknown(resource: str, name: str, known: Iterable[str]) -> NoReturn:
    """Raise the TypeError of a field that a resource does not have."""
    known = list(known)
    hint = nearest(name, known)
    raise TypeError(f"{resource} has no field {name!r}{hint}" + ("" if hint else f"; it has {', '.join(known)}"))


if TYPE_CHECKING:
    readonly = property
else:

    class readonly(property):
        """A property whose assignment says how to change it."""

        def __set__(self, record: Any, value: Any) -> None:
            name, resource = self.fget.__name__, type(record)
            able = name in resource._spec and name not in resource._fixed
            why = f"records change by .update({name}=…)" if able else "it names the record or follows from others"
            raise AttributeError(f"{resource.__name__}.{name} cannot be assigned to; {why}")
