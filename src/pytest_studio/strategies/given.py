"""The fields that a user fixes: values, or strategies for them, held against the schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from pytest_studio import clock
from pytest_studio.errors import ConformanceError, nearest
from pytest_studio.strategies.basis import Json, SearchStrategy, st
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
    check = _checking(f"{title}: {name}", of.rule["properties"][name], of.rule["$comment"])
    if isinstance(value, SearchStrategy):
        return value.map(check)
    return st.just(check(value))


def _checking(what: str, rule: Json, doc: str) -> Callable[[Any], Any]:
    checker = Checker(rule)

    def check(value: Any) -> Any:
        if isinstance(value, date):
            value = clock.render(clock.parse(value))
        if not checker.passes(value):
            found = tuple(from_errors(checker.errors(value), doc))
            raise ConformanceError(f"{what}{found[0].message.removeprefix('#')}", found)
        return value

    return check
