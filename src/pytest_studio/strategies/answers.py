"""Payloads by the name of their schema: resources, pages of them, events, definitions."""

from __future__ import annotations

from functools import cache
from typing import Any

from pytest_studio import cloudevents, payloads, schemas
from pytest_studio.strategies.basis import DrawFn, Json, SearchStrategy, sids_of, st, texts
from pytest_studio.strategies.contexts import widget_names
from pytest_studio.strategies.links import address, holder, prefixes_in
from pytest_studio.strategies.records import Resource, resource
from pytest_studio.strategies.values import conforming
from pytest_studio.widgets import EVENTS, TRIGGERS, TYPES

__all__ = ["any_payload"]

#: Property of a definition -> Studio's own words, and names that meet now and then.
_OF_DEFINITIONS: dict[str, SearchStrategy[Any]] = {
    "name": widget_names | texts(1),
    "next": st.none() | widget_names | st.just(""),
    "initial_state": st.just("Trigger") | widget_names,
    "type": st.sampled_from(sorted(TYPES)),
    "event": st.sampled_from(sorted(EVENTS | set(TRIGGERS))),
}
#: Rows of a page, and pages before one, at the most.
_ROWS, _PAGES = 3, 3


@cache
def any_payload(name: str) -> SearchStrategy[Json]:
    """Payloads of the schema of that name.

    Raises:
        ValueError: there is none; the nearest is named.
    """
    rule = schemas.load(name)
    if name.endswith("_page"):
        return _pages(name)
    if name.startswith("events/"):
        return _events(name)
    if name == "flow_definition" or name.startswith("widgets/"):
        return conforming(rule, _OF_DEFINITIONS)
    return resource(name).payloads()


@st.composite
def _pages(draw: DrawFn, name: str) -> Json:
    """Pages whose rows belong together, newest first, with the urls of the pages beside them."""
    row = name.removesuffix("_page")
    of_rows = resource(row)
    meta = schemas.load(name)["properties"]["meta"]["properties"]
    shared = {
        holder(prefix, of_rows.fields): draw(sids_of(prefix)) for prefix in ("AC", *prefixes_in(meta["url"]["pattern"]))
    }
    identity = "revision" if "sid" in shared else "sid"
    rows = draw(st.lists(any_payload(row), max_size=_ROWS, unique_by=lambda one: str(one[identity])))
    rows = [payloads.listed(of_rows.links.fill({**one, **shared})) for one in rows]
    rows.sort(key=lambda one: str(one["date_created"]), reverse=True)
    number = draw(st.integers(0, _PAGES))
    full = bool(rows) and draw(st.booleans())
    tokens = sids_of("FN").map(lambda sid: f"PT{sid}")
    token = draw(tokens) if number else None
    return payloads.page(
        meta["key"]["const"],
        rows,
        address(meta["url"]["pattern"], shared),
        len(rows) if full else draw(st.integers(max(1, len(rows)), 1000)),
        number,
        token=token,
        previous=token,
        following=draw(tokens) if full else None,
    )


@st.composite
def _events(draw: DrawFn, name: str) -> Json:
    """CloudEvents whose envelope agrees with what they tell."""
    kind = draw(st.sampled_from([type_ for type_ in cloudevents.TYPES if cloudevents.SCHEMAS[type_] == name]))
    data = draw(_data_of(name))
    if kind == cloudevents.EXECUTION_STARTED:
        data = {key: value for key, value in data.items() if key not in ("ended_reason", "date_updated")}
    if "status" in data:
        data["status"] = "ended" if kind == cloudevents.EXECUTION_ENDED else "active"
    return cloudevents.envelope(kind, draw(sids_of("EZ")), data)


@cache
def _data_of(name: str) -> SearchStrategy[Json]:
    return Resource(schemas.load(name)["properties"]["data"], finely=True).payloads()
