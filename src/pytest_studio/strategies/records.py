"""One resource: each field as its rule has it, and all of them in agreement.

A field that no table here names follows from the schema alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import or_
from typing import Any

from pytest_studio import clock, cloudevents, schemas
from pytest_studio.errors import CATALOGUE
from pytest_studio.paths import small_definition
from pytest_studio.strategies.basis import (
    LAST,
    Json,
    SearchStrategy,
    addresses,
    always,
    moments,
    objects,
    sids_of,
    st,
    texts,
)
from pytest_studio.strategies.contexts import contexts, settle
from pytest_studio.strategies.hops import HOP, hops
from pytest_studio.strategies.links import Links
from pytest_studio.strategies.values import members

__all__ = ["DATES", "Resource", "resource"]

DATES = ("date_created", "date_updated")
_INITIATORS = st.none() | st.one_of(*map(sids_of, ("SM", "CA", "RQ")))

#: Field -> what is known of it beyond its rule.
_KNOWN: dict[str, SearchStrategy[Any]] = {
    "friendly_name": texts(1),
    "contact_channel_address": st.none() | addresses,
    "initiated_by": _INITIATORS,
    "started_by": _INITIATORS,
    "ended_reason": st.none() | st.just(cloudevents.ENDED_REASON),
    "commit_message": st.none() | texts(),
    "definition": st.none() | always({"initial_state": "Trigger"}) | texts().map(small_definition),
    "revision": st.integers(1, 10_000),
    "valid": st.none() | st.just(True),
    "errors": st.none() | always([]),
    "warnings": st.none() | always([]),
    "test_users": st.lists(addresses, max_size=3),
}


def _error(code: int, status: int, message: str) -> Json:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return {"code": code, "status": status, "message": message, "more_info": more}


_errors: SearchStrategy[Json] = st.one_of(
    st.sampled_from(list(CATALOGUE)).map(
        lambda code: _error(
            code,
            CATALOGUE[code][0],
            CATALOGUE[code][1].format(name="To", path="/v2/Flows", execution_sid=f"FN{0:032x}"),
        )
    ),
    st.builds(_error, st.integers(30_000, 99_999), st.integers(400, 599), texts()),
)
#: Fields that go together -> what they are drawn from, with what is fixed of them.
_GROUPS: dict[tuple[str, ...], Callable[[Mapping[str, SearchStrategy[Any]]], SearchStrategy[Json]]] = {
    HOP: hops,
    ("code", "status", "message", "more_info"): lambda fixed: st.builds(or_, _errors, objects(fixed)),
}


class Resource:
    """One resource, of which payloads can be drawn.

    Args:
        rule: its schema.
        finely: whether its dates have milliseconds, as those of events have.
    """

    def __init__(self, rule: Json, finely: bool = False) -> None:
        self.rule = rule
        #: Names of all its fields, in the order of the schema.
        self.fields: tuple[str, ...] = tuple(rule["properties"])
        self.links: Links = Links(rule)
        self._show = cloudevents.moment if finely else clock.render
        self._is_context = set(rule["properties"]) >= {"context", "url"} and "links" not in rule["properties"]
        known = {**_KNOWN, "context": contexts if self._is_context else always({})}
        self._parts = {
            field: made for field, made in members(rule, known).items() if field not in {*self.links.fields, *DATES}
        }

    def payloads(self, fixed: Mapping[str, SearchStrategy[Any]] | None = None) -> SearchStrategy[Json]:
        """Payloads of it.

        Args:
            fixed: field -> what it is drawn from instead; ``DATES`` are texts as on the wire.
        """
        given = dict(fixed or {})
        together = [names for names in _GROUPS if set(names) <= set(self.fields)]
        groups = [_GROUPS[names]({name: given[name] for name in names if name in given}) for names in together]
        grouped = {name for names in together for name in names}
        alone = {**self._parts, **self._dates(), **given}
        parts = {field: made for field, made in alone.items() if field not in grouped}
        derived = dict.fromkeys(self.links.fields)
        optional = [field for field in self.fields if field not in self.rule["required"] and field not in given]

        def built(drawn: tuple[Json, tuple[Json, ...], frozenset[str]]) -> Json:
            values, grouped, absent = drawn
            made: Json = derived | values
            for group in grouped:
                made |= group
            self._date(made, given)
            made = {field: made[field] for field in self.fields if field not in absent}
            if self._is_context and "context" not in given:
                settle(made["context"], made)
            return self.links.fill(made)

        return st.tuples(objects(parts), st.tuples(*groups), _absent(optional)).map(built)

    def rest(self, known: Iterable[str]) -> SearchStrategy[Json]:
        """What a payload has beside the fields that are known, its dates and its addresses."""
        told = frozenset(known)
        return objects({field: made for field, made in self._parts.items() if field not in told})

    def _dates(self) -> dict[str, SearchStrategy[Any]]:
        """When it was made, in seconds since 1970, and how many seconds later it was changed."""
        rules = self.rule["properties"]
        later = st.integers(0, 10**6)
        found: dict[str, SearchStrategy[Any]] = {"date_created": moments, "date_updated": st.none() | later}
        return {field: made for field, made in found.items() if field in rules}

    def _date(self, made: Json, given: Mapping[str, Any]) -> None:
        """Write the dates, if there are some: it was changed when it was made, or after that."""
        if "date_created" not in made:
            return
        created, later = made["date_created"], made.get("date_updated")
        if "date_created" in given:
            created = clock.parse(created)
        else:
            if "date_updated" in given and later is not None:
                created = min(created, clock.parse(later))
            made["date_created"] = self._show(created)
        if later is not None and "date_updated" not in given:
            made["date_updated"] = self._show(min(created + later, LAST))


def _absent(optional: list[str]) -> SearchStrategy[frozenset[str]]:
    """Which of the fields that Twilio has not always sent are left out: all, none, or one of them."""
    if not optional:
        return st.just(frozenset())
    ways = [frozenset(optional), frozenset(), *(frozenset((field,)) for field in optional)]
    return st.sampled_from(list(dict.fromkeys(ways)))


@cache
def resource(name: str) -> Resource:
    """The resource whose schema has that name."""
    return Resource(schemas.load(name))
