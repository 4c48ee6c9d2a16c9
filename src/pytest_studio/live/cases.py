"""The cases of ``--studio-live``: what is asked, and which row of ``docs/fidelity.md`` an answer settles.

A case observes the same in Studio and in a fake. Where the fake was given what the account has, every value is
compared; where a case asks what Studio chooses by itself, the fake has data of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from pytest_studio import schemas
from pytest_studio.live import observing
from pytest_studio.live.masking import NOTHING, masked
from pytest_studio.live.world import World
from pytest_studio.operations import OPERATIONS, Operation

__all__ = ["CASES", "Case", "Difference", "compared"]

Seen = dict[str, Any]
#: Differences of one case that are told.
MOST = 30


class Case(NamedTuple):
    """One case.

    Attributes:
        name: what it is called among the tests.
        row: the row of ``docs/fidelity.md`` that it settles; ``""`` if the documents tell.
        observe: what is looked at in an account; raises ``Absent`` where the account has nothing of the kind.
        own: whether the fake has data of its own; else it was given what the account has.
    """

    name: str
    row: str
    observe: Callable[[World], Seen]
    own: bool = False


class Difference(NamedTuple):
    """One place where the fake and Studio differ; values are masked."""

    place: str
    fake: str
    live: str

    def __str__(self) -> str:
        return f"{self.place}: the fake answers {self.fake}, Studio answers {self.live}"


# -- comparing ------------------------------------------------------------------------------------------------


def compared(case: Case, live: World, fake: World) -> list[Difference]:
    """Where the two differ in what a case observes, and where Studio departs from the schemas.

    Raises:
        Absent: one of them has nothing of the kind.
        Unreachable: Studio does not answer.
    """
    live.looked_at.clear()
    seen = case.observe(live)
    found = [*_departures(live)]
    expected = case.observe(fake)
    for place in dict.fromkeys([*expected, *seen]):
        values = expected.get(place, NOTHING), seen.get(place, NOTHING)
        if values[0] != values[1] or type(values[0]) is not type(values[1]):
            ours, theirs = (masked(place, value) for value in values)
            found.append(Difference(place, ours, theirs if ours != theirs else f"another {theirs}"))
    return found[:MOST]


def _departures(live: World) -> Iterator[Difference]:
    """What in the answers that were looked at departs from the schemas; unknown properties are told by comparing."""
    for asked in {answer.url: answer for answer in live.looked_at}.values():
        name, faults = schemas.judge("GET", asked.url, asked.status, asked.body)
        for fault in [fault for fault in faults if not fault.unknown][:5]:
            value = _at(asked.json(), fault.pointer)
            yield Difference(f"{fault.pointer or 'body'} (schema {name})", fault.expected, masked(fault.pointer, value))


def _at(value: Any, pointer: str) -> Any:
    for part in pointer.split("/")[1:]:
        if isinstance(value, list) and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part, NOTHING) if isinstance(value, dict) else NOTHING
    return value


# -- the table ------------------------------------------------------------------------------------------------

_ENGAGEMENT = "an Engagement and an Execution"
_SIZES = "`PageSize` 0, -1, `abc`; `Page` -1, `abc`"
_MALFORMED = "malformed SIDs, unknown paths, and paths that do not begin with a slash"
_REFUSED = "401: 20003 with three messages"
_ORDER = "Executions, Flows, revisions: order of lists"
_NOBODY = "0" * 32

Path = Callable[[World], str]


def _flows(world: World) -> str:
    return "/v2/Flows"


def _flow(world: World) -> str:
    return f"/v2/Flows/{world.flow}"


def _runs(world: World) -> str:
    return f"/v2/Flows/{world.flow}/Executions"


def _run(world: World) -> str:
    return f"{_runs(world)}/{world.execution}"


def _steps(world: World) -> str:
    return f"{_run(world)}/Steps"


def _many(world: World) -> str:
    return world.list


def _ask(
    name: str, row: str, path: Path, rest: str = "", *, who: str = "account", body: bytes = b"", own: bool = False
) -> Case:
    """A case that compares how one request is answered."""
    return Case(name, row, lambda world: observing.outline(world, path(world) + rest, who, body), own)


def _contract() -> Iterator[Case]:
    """Every operation that reads, asked for what there is."""
    for operation in OPERATIONS.values():
        if operation.method == "GET":
            row = _ENGAGEMENT if "Engagements" in operation.path else ""
            yield Case(operation.id, row, partial(_resource, operation=operation))


def _resource(world: World, operation: Operation) -> Seen:
    return observing.resource(world, world.path_of(operation))


def _paging() -> Iterator[Case]:
    for size in ("1", "2", "1000"):
        yield _ask(f"PageSize={size}", "", _many, f"?PageSize={size}")
    for size in ("1001", "5000"):
        yield _ask(f"PageSize={size}", "`PageSize` over 1000", _many, f"?PageSize={size}")
    for query in ("PageSize=0", "PageSize=-1", "PageSize=abc", "Page=-1", "Page=abc"):
        yield _ask(query, _SIZES, _flows, f"?{query}")
    yield Case("Page alone", "`Page` without a token", observing.page_alone, own=True)
    yield Case("page tokens", "what a page token looks like", observing.page_tokens, own=True)
    token = "a page token of another list, or none at all"
    yield Case("token of another list", token, observing.token_of_another, own=True)
    yield _ask("PageToken=none", token, _flows, "?PageToken=none")
    for name, path in (
        ("Flows", _flows),
        ("Executions", _runs),
        ("revisions", lambda world: f"{_flow(world)}/Revisions"),
    ):
        yield Case(f"order of {name}", _ORDER, partial(_ordered, path=path), own=True)
    yield Case("order of Steps", "", partial(_ordered, path=_steps), own=True)


def _ordered(world: World, path: Path) -> Seen:
    return observing.order_of(world, path(world))


def _filters() -> Iterator[Case]:
    unread = "a date that cannot be read, an unknown `status`"
    for name, value in (
        ("DateCreatedFrom", "2015-01-01"),
        ("DateCreatedFrom", "2015-01-01T00:00:00Z"),
        ("DateCreatedFrom", "2015-01-01T00:00:00-05:00"),
        ("DateCreatedTo", "2015-01-01"),
        ("status", "ended"),
    ):
        yield _ask(f"{name}={value}", "", _runs, f"?{name}={value}")
    for query in ("DateCreatedFrom=yesterday", "DateCreatedTo=2026-02-30", "status=gone"):
        yield _ask(query, unread, _runs, f"?{query}")
    yield Case("date without a zone", "a date without a zone", observing.date_without_zone, own=True)
    for query in ("PageSize=", "DateCreatedFrom=", "status="):
        yield _ask(f"{query}(empty)", "a parameter given as empty text", _runs, f"?{query}")
    for query in ("Nonsense=1", "page_size=1"):
        yield _ask(f"unknown parameter {query}", "", _many, f"?{query}")
    body = "parameters of a POST in the query, a body on a GET"
    yield _ask("a body on a GET", body, _many, body=b"PageSize=1")


def _missing() -> Iterator[Case]:
    for name, path in (
        ("Flow", lambda world: f"/v2/Flows/FW{_NOBODY}"),
        ("Flow, v1", lambda world: f"/v1/Flows/FW{_NOBODY}"),
        ("Execution", lambda world: f"{_runs(world)}/FN{_NOBODY}"),
        ("Execution's Steps", lambda world: f"{_runs(world)}/FN{_NOBODY}/Steps"),
        ("Step", lambda world: f"{_steps(world)}/FT{_NOBODY}"),
        ("revision", lambda world: f"{_flow(world)}/Revisions/999999"),
    ):
        yield _ask(f"unknown {name}", "", path)
    for name, path in (
        ("SID too short", lambda world: "/v2/Flows/FW12"),
        ("SID of another kind", lambda world: f"/v2/Flows/FN{_NOBODY}"),
        ("SID in capitals", lambda world: f"/v2/Flows/FW{world.flow[2:].upper()}"),
        ("revision that is no number", lambda world: f"{_flow(world)}/Revisions/abc"),
        ("unknown path", lambda world: "/v2/Nonsense"),
        ("unknown path below a Flow", lambda world: f"{_flow(world)}/Nonsense"),
        ("with .json", lambda world: f"{_flow(world)}.json"),
        ("trailing slash", lambda world: "/v2/Flows/"),
    ):
        yield _ask(name, _MALFORMED, path)
    yield _ask("405", "405", lambda world: "/v2/Flows/Validate")
    for name in ("LatestPublished", "LatestRevision"):
        yield Case(name, "", partial(_revision, name=name))


def _revision(world: World, name: str) -> Seen:
    return observing.resource(world, f"{_flow(world)}/Revisions/{name}")


def _refused() -> Iterator[Case]:
    for who in ("nobody", "stranger", "wrong token", "garbled"):
        yield _ask(f"401, {who}", _REFUSED, _flows, who=who)
    yield _ask("401, bearer", "any bearer token", _flows, who="bearer")
    yield _ask("401 or 404", "a 401 comes before a 404", lambda world: "/v2/Nonsense", who="nobody")


def _headers() -> Iterator[Case]:
    for name, path, who in (
        ("200", "/v2/Flows", "account"),
        ("404", "/v2/Nonsense", "account"),
        ("401", "/v2/Flows", "nobody"),
    ):
        yield Case(f"headers of a {name}", "response headers", partial(observing.headers_of, path=path, who=who))
    yield Case("order of keys", "", observing.key_orders)
    yield Case("how JSON is written", "JSON is written as ASCII", observing.writing)


def _records() -> Iterator[Case]:
    yield Case("contact_sid", "`contact_sid`", observing.contact_sids, own=True)
    yield Case("initiated_by", "`initiated_by` of a REST request", observing.initiators, own=True)
    parameters = "`flow.data` and `trigger.request.parameters` without `Parameters`"
    yield Case("no Parameters", parameters, observing.empty_parameters, own=True)
    yield Case(
        "errors of a valid Flow", "`errors` and `warnings` of a valid definition", observing.faults_of_flows, own=True
    )


#: All cases, in the order in which they run.
CASES: tuple[Case, ...] = (
    *_contract(),
    *_paging(),
    *_filters(),
    *_missing(),
    *_refused(),
    *_headers(),
    *_records(),
)
