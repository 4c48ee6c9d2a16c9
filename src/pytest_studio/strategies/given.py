"""The fields that a user fixes: values, or strategies for them, held against the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pytest_studio import clock
from pytest_studio.errors import ConformanceError, nearest
from pytest_studio.strategies.basis import SearchStrategy, always
from pytest_studio.strategies.records import Resource
from pytest_studio.validation import Checker
from pytest_studio.violations import from_errors

__all__ = ["fixed_fields"]


def fixed_fields(of: Resource, fields: Mapping[str, Any]) -> dict[str, SearchStrategy[Any]]:
    """What each fixed field is drawn from.

    Args:
        of: the resource that has them.
        fields: by their JSON names, a value or a strategy.

    Raises:
        TypeError: an unknown field (the nearest is named), or one that follows from the SIDs.
        ConformanceError: a value that the schema refuses; of a strategy, when it is drawn.
    """
    return {name: _drawn(of, name, value) for name, value in fields.items()}


def _drawn(of: Resource, name: str, value: Any) -> SearchStrategy[Any]:
    title = of.rule["title"]
    if name not in of.fields:
        hint = nearest(name, of.fields) or f"; it has {', '.join(of.fields)}"
        raise TypeError(f"{title} has no field {name!r}{hint}")
    if name in of.links.fields:
        raise TypeError(f"{title}: {name} follows from the SIDs; give these instead")
    check = _checking(of, name)
    if isinstance(value, SearchStrategy):
        return value.map(check)
    return always(check(value))


def _checking(of: Resource, name: str) -> Callable[[Any], Any]:
    """Hands a value of a field through as it stands on the wire, if the schema lets it pass."""
    checker = Checker({"type": "object", "properties": {name: of.rule["properties"][name]}})

    def check(value: Any) -> Any:
        if isinstance(value, date):
            value = clock.render(clock.parse(value))
        payload = {name: value}
        if not checker.passes(payload):
            found = tuple(from_errors(checker.errors(payload), of.rule.get("$comment", "")))
            raise ConformanceError(f"{of.rule['title']}: {found[0].message}", found)
        return value

    return check
