"""The way that a Step went: from one widget to the next, by an event of its type."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from pytest_studio.strategies.basis import Json, SearchStrategy, objects, st
from pytest_studio.strategies.contexts import widget_names
from pytest_studio.widgets import TRIGGERS, WIDGETS

__all__ = ["HOP", "hops"]

#: The fields of a Step that tell its way.
HOP = ("name", "transitioned_from", "transitioned_to", "type")
_TRIGGER = "trigger"

#: A type, and an event that it ends with.
_Way = tuple[str, str]
_WAYS: tuple[_Way, ...] = (
    *((_TRIGGER, event) for event in TRIGGERS),
    *((kind, event) for kind, widget in WIDGETS.items() for event in widget.events),
)
_followers = st.just("Ended") | widget_names


def hops(fixed: Mapping[str, SearchStrategy[Any]]) -> SearchStrategy[Json]:
    """What the fields of ``HOP`` are, each with the others.

    Args:
        fixed: field -> what it is drawn from instead. The others fit to it, as far as the values are known.
    """
    if not fixed:
        return _among(_WAYS)
    return objects(fixed).flatmap(lambda told: _among(_fitting(told)).map(lambda hop: hop | told))


def _fitting(told: Json) -> tuple[_Way, ...]:
    """The ways that agree with the values: with the place, then the type, then the event; none rules out all."""
    ways = _WAYS
    if "transitioned_from" in told:
        begins = told["transitioned_from"] == "Trigger"
        ways = tuple(way for way in ways if (way[0] == _TRIGGER) == begins)
    for field, at in (("type", 0), ("name", 1)):
        if told.get(field) is not None:
            known = told[field] in {way[at] for way in _WAYS}
            # what is not known is a widget's rather than the trigger's, of which all is
            ways = tuple(way for way in ways if (way[at] == told[field] if known else way[0] != _TRIGGER)) or ways
    return ways


@cache
def _among(ways: tuple[_Way, ...]) -> SearchStrategy[Json]:
    """Steps that went one of these ways, and are as Studio tells them: of widgets, the type is not always there."""
    starts = [event for kind, event in ways if kind == _TRIGGER]
    ends = [way for way in ways if way[0] != _TRIGGER]
    made = []
    if starts:
        made.append(st.builds(_hop, st.sampled_from(starts), st.just("Trigger"), _followers, st.just(_TRIGGER)))
    if ends:
        of_widgets = st.sampled_from(ends)
        made.append(
            st.builds(lambda way, here, there: _hop(way[1], here, there, way[0]), of_widgets, widget_names, _followers)
        )
        made.append(
            st.builds(lambda way, here, there: _hop(way[1], here, there, None), of_widgets, widget_names, _followers)
        )
    return st.one_of(made)


def _hop(event: str, here: str, there: str, kind: str | None) -> Json:
    return dict(zip(HOP, (event, here, there, kind), strict=True))
