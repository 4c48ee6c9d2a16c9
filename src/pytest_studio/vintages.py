"""Vintages: what Twilio sent and took in which year, and what it may send one day.

When fields and parameters came stands with them: ``x-since`` in the schemas, ``since`` in the operations. That, and
the statuses here, are read from the history of Twilio's OpenAPI documents, https://github.com/twilio/twilio-oai.
The present is no vintage here: ``of`` has None for it, so that it costs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, cast, get_args

from pytest_studio.operations import OPERATIONS, Operation
from pytest_studio.schema_files import since

__all__ = ["PRESENT", "VINTAGES", "Vintage", "VintageName", "of"]

Json = dict[str, Any]

#: The names that ``of`` knows, oldest first.
VintageName = Literal["2023", "2025", "2026", "next"]
VINTAGES: tuple[VintageName, ...] = get_args(VintageName)
PRESENT: VintageName = "2026"

#: The resources whose payloads depend on the year, by their schemas.
_STEPS = ("v1/execution_step", "v1/engagement_step", "v2/execution_step")
_RESOURCES = ("v1/flow", "v1/execution", "v1/engagement", "v2/flow", "v2/flow_revision", "v2/execution", *_STEPS)
#: v1 answered 201 to what it had made until 2024-11.
_STATUSES_BEFORE_2025 = {"v1.CreateExecution": 201, "v1.CreateEngagement": 201}

#: What ``next`` adds to every resource, to the links of those that have some, and to the ``meta`` of pages.
NEW_FIELDS: Json = {"next_field": {"made_up": ["by", "pytest-studio", 1, None]}, "next_flag": None}
NEW_LINK = "next_things"
NEW_META: Json = {"next_total": None}
#: What ``next`` sends instead of values that are known today.
_RUN_STATUS = {"active": "next-active"}
_FLOW_STATUS = {"draft": "next-draft"}
_TYPE = {kind: f"next-{kind}" for kind in ("send-message", "say-play", "make-http-request")}
NEW_VALUES: dict[str, tuple[str, dict[str, str]]] = {
    **dict.fromkeys(("v1/execution", "v1/engagement", "v2/execution"), ("status", _RUN_STATUS)),
    **dict.fromkeys(("v1/flow", "v2/flow", "v2/flow_revision"), ("status", _FLOW_STATUS)),
    **dict.fromkeys(_STEPS, ("type", _TYPE)),
}


class Vintage:
    """What Twilio sends and takes at another time than the present.

    Args:
        name: one of ``VINTAGES``.
        absent: schema's name -> the fields that its resource does not have yet.
        undeclared: operation id -> the parameters that it does not have yet.
        statuses: operation id -> the status of its answer, where it is another one.
        ahead: whether resources have fields and values that nobody knows yet.
    """

    __slots__ = ("_absent", "_ahead", "_operations", "_statuses", "_undeclared", "name")

    def __init__(
        self,
        name: VintageName,
        absent: Mapping[str, tuple[str, ...]] | None = None,
        undeclared: Mapping[str, tuple[str, ...]] | None = None,
        statuses: Mapping[str, int] | None = None,
        ahead: bool = False,
    ) -> None:
        self.name: VintageName = name
        self._absent = absent or {}
        self._undeclared = undeclared or {}
        self._statuses = statuses or {}
        self._ahead = ahead
        self._operations: dict[str, Operation] = {}

    def __repr__(self) -> str:
        return f"<Vintage {self.name}>"

    def operation(self, operation: Operation) -> Operation:
        """The operation as it was: its parameters, and the status of its answer."""
        found = self._operations.get(operation.id)
        if found is None:
            missing = self._undeclared.get(operation.id, ())
            found = self._operations[operation.id] = operation._replace(
                params=tuple(param for param in operation.params if param.name not in missing),
                status=self._statuses.get(operation.id, operation.status),
            )
        return found

    def resource(self, schema: str, payload: Json) -> Json:
        """One resource's payload as it was, changed in place; what is so already stays so.

        Args:
            schema: the name of its schema, such as ``"v2/execution_step"``.
            payload: as it is at present.
        """
        for name in self._absent.get(schema, ()):
            payload.pop(name, None)
        if self._ahead:
            field, values = NEW_VALUES.get(schema, ("", {}))
            value = payload.get(field)
            if isinstance(value, str):
                payload[field] = values.get(value, value)
            payload.update(json.loads(_NEW_TEXT))
            links = payload.get("links")
            if isinstance(links, dict):
                links[NEW_LINK] = f"{payload['url']}/NextThings"
        return payload

    def body(self, operation: Operation, payload: Json | str) -> Json:
        """The body of a successful answer as it was.

        Args:
            operation: what is answered.
            payload: a resource, or a page as JSON text.
        """
        page: Json = json.loads(payload) if isinstance(payload, str) else payload
        schema = str(operation.schema)
        if operation.key is None:
            return self.resource(schema, page)
        row = schema.removesuffix("_page")
        for listed in page[operation.key]:
            self.resource(row, listed)
        if self._ahead:
            page["meta"].update(NEW_META)
        return page


_NEW_TEXT = json.dumps(NEW_FIELDS)


@cache
def _past(year: VintageName) -> Vintage:
    """What Twilio sent and took at the end of a year, by what the schemas and the operations say of when it came."""
    return Vintage(
        year,
        {name: tuple(field for field, month in since(name).items() if month[:4] > year) for name in _RESOURCES},
        {
            operation.id: tuple(param.name for param in operation.params if param.since[:4] > year)
            for operation in OPERATIONS.values()
        },
        _STATUSES_BEFORE_2025 if year < "2024" else None,
    )


_NEXT = Vintage("next", ahead=True)


def of(name: object) -> Vintage | None:
    """The vintage of that name; None for the present.

    Raises:
        ValueError: there is none; the message lists them.
    """
    if not isinstance(name, str) or name not in VINTAGES:
        raise ValueError(f"vintage is one of {', '.join(map(repr, VINTAGES))}, not {name!r:.60}")
    if name == PRESENT:
        return None
    return _NEXT if name == "next" else _past(cast(VintageName, name))
