"""What can be seen in an account, as flat values: an answer's, or a word for how something is.

Each function takes a ``World`` and returns names and values. Names that begin with ``/`` point into a body, whose
values are the account's own and are told masked; all others are told as they stand.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from pytest_studio import schemas
from pytest_studio.live.asking import Answer
from pytest_studio.live.masking import token_form
from pytest_studio.live.world import Absent, World
from pytest_studio.operations import OPERATIONS

__all__ = [
    "contact_sids", "date_without_zone", "empty_parameters", "faults_of_flows", "headers_of", "initiators",
    "key_orders", "order_of", "outline", "page_alone", "page_tokens", "resource", "token_of_another", "writing",
]  # fmt: skip

Seen = dict[str, Any]

#: Rows of a page that are looked at.
ROWS = 2
#: What a page says of itself.
_META = ("page", "page_size", "first_page_url", "previous_page_url", "url", "next_page_url", "key")
#: Headers that tell what Studio is like, and not how long an answer took or which way it came.
_HEADERS = ("content-type", "www-authenticate", "retry-after", "etag", "allow", "cache-control", "strict-transport-")
_STUDIO_HEADERS = ("access-control-", "x-powered-", "x-shenanigans", "x-api-", "twilio-")
_PER_ANSWER = ("twilio-request-id", "twilio-request-duration", "twilio-concurrent-requests")


# -- answers --------------------------------------------------------------------------------------------------


def resource(world: World, path: str) -> Seen:
    """Status and body of the answer to a GET, every field of it."""
    answer = world.get(path)
    return {"status": answer.status, **_fields(world, answer, path, whole=True)}


def outline(world: World, path: str, who: str = "account", body: bytes = b"") -> Seen:
    """How a GET is answered: of an error all, of a page which rows are on it, of a resource which one it is."""
    answer = world.get(path, who, body)
    return {"status": answer.status, **_fields(world, answer, path, whole=answer.status >= 400)}


def _fields(world: World, answer: Answer, path: str, *, whole: bool) -> Seen:
    payload = answer.json()
    if not isinstance(payload, dict):
        return {"body": "nothing" if not answer.body else "no JSON object"}
    meta = answer.meta()
    rows = payload.get(meta.get("key"))
    if not isinstance(rows, list):
        return _values("", payload if whole else {"sid": payload.get("sid")})
    found: Seen = {name: value for name, value in _values("", payload).items() if whole and name != f"/{meta['key']}"}
    found |= _values("/meta", {name: value for name, value in meta.items() if whole or name in _META})
    for index, row in enumerate(rows[:ROWS]):
        if isinstance(row, dict):
            found |= _values(f"/{meta['key']}/{index}", row if whole else {"sid": row.get("sid")})
    if world.is_whole(path.partition("?")[0]):
        return {**found, "rows": len(rows)}
    found.pop("/meta/next_page_url", None)  # the fake has the first rows only: its list may end where Studio's goes on
    return found


def _values(pointer: str, payload: dict[str, Any]) -> Seen:
    """Pointers and values of an object; page tokens are their form."""
    found: Seen = {}
    for name, value in payload.items():
        if name in ("links", "details") and isinstance(value, dict) and value:
            found |= _values(f"{pointer}/{name}", value)
        elif name != "meta":
            if isinstance(value, str) and "PageToken=PT" in value:
                head, _, token = value.partition("PageToken=")
                value = f"{head}PageToken={token_form(token)}"
            found[f"{pointer}/{name}"] = value
    return found


def headers_of(world: World, path: str, who: str = "account") -> Seen:
    """The headers of an answer that Studio itself adds; of those that differ each time, that they are there."""
    found: Seen = {}
    for name, value in world.get(path, who).headers.items():
        name = name.lower()
        if name.startswith((*_HEADERS, *_STUDIO_HEADERS)):
            found[f"header {name}"] = "is there" if name in _PER_ANSWER else str(value)[:120]
    return found


def key_orders(world: World) -> Seen:
    """The order of the keys of each resource, as far as they are known."""
    found: Seen = {}
    for operation in OPERATIONS.values():
        if operation.method == "GET" and operation.key is None:
            try:
                payload = world.get(world.path_of(operation)).json()
            except Absent:
                continue
            if isinstance(payload, dict) and "code" not in payload:
                known = schemas.load(str(operation.schema))["properties"]
                found[f"keys of {operation.schema}"] = ", ".join(name for name in payload if name in known)
    return found


def writing(world: World) -> Seen:
    """How JSON is written."""
    body = world.get("/v2/Flows").body
    return {"all is ASCII": body.isascii(), "a blank after colons": b'": ' in body, "lines": body.strip().count(b"\n")}


# -- lists ----------------------------------------------------------------------------------------------------


def order_of(world: World, path: str) -> Seen:
    """Which way a list goes, by the dates of its rows; revisions, by their numbers."""
    rows = world.rows(path)
    if path.endswith("/Revisions"):
        ages = [f"{row.get('revision')!s:>9}" for row in rows]
    else:
        ages = [str(row.get("date_created")) for row in rows]
    if len(set(ages)) < 2:
        raise Absent("the list has no two rows of different age")
    falls, rises = ages == sorted(ages, reverse=True), ages == sorted(ages)
    return {"order": "newest first" if falls else "oldest first" if rises else "neither by age nor against it"}


def page_tokens(world: World) -> Seen:
    """What page tokens look like, of the next page and of the one before."""
    path = world.list
    first = world.get(f"{path}?PageSize=1").meta()
    found = {"token of the next page": _token(first.get("next_page_url"))}
    if not first.get("next_page_url"):
        raise Absent("a list of two rows has one page, at PageSize=1")
    parts = urlsplit(str(first["next_page_url"]))
    meta = world.get(f"{parts.path}?{parts.query}").meta()
    return {**found, "token of the page before": _token(meta.get("previous_page_url")), "second page": meta.get("page")}


def _token(url: object) -> str:
    tokens = parse_qs(urlsplit(str(url or "")).query).get("PageToken", [])
    return token_form(tokens[0]) if tokens else "none"


def token_of_another(world: World) -> Seen:
    """What a token of one list gives in another."""
    url = str(world.get(f"{world.list}?PageSize=1").meta().get("next_page_url") or "")
    tokens = parse_qs(urlsplit(url).query).get("PageToken", [])
    if not tokens:
        raise Absent("no page of the account has a page token")
    other = "/v2/Flows" if world.list != "/v2/Flows" else f"/v2/Flows/{world.flow}/Revisions"
    answer = world.get(f"{other}?PageSize=1&PageToken={tokens[0]}")
    payload = answer.json()
    return {"status": answer.status, "code": payload.get("code", "none") if isinstance(payload, dict) else "no JSON"}


def page_alone(world: World) -> Seen:
    """Whether ``Page`` moves by itself."""
    path = world.list
    rows = [world.rows(f"{path}?PageSize=1&Page={number}") for number in (0, 1)]
    meta = world.get(f"{path}?PageSize=1&Page=1").meta()
    return {"Page=1 without a token": "the same row" if rows[0] == rows[1] else "another row", "page": meta.get("page")}


def date_without_zone(world: World) -> Seen:
    """Whether a date without a zone is read as UTC."""
    path = f"/v2/Flows/{world.flow}/Executions"
    dates = sorted({str(run.get("date_created")) for run in world.runs})
    if len(dates) < 2 or not dates[-1].endswith("Z"):
        raise Absent("the Flow has no two Executions of different dates")
    counts = []
    for date in (dates[-1], dates[-1].removesuffix("Z")):
        answer = world.get(f"{path}?DateCreatedFrom={date}")
        if answer.status != 200:
            return {"a date without a zone": f"is answered {answer.status}"}
        counts.append(len(world.rows(f"{path}?DateCreatedFrom={date}")))
    return {"a date without a zone": "is UTC" if counts[0] == counts[1] else "is no UTC, or ignored"}


# -- what an account's own records show -----------------------------------------------------------------------


def contact_sids(world: World) -> Seen:
    """Whether people are told apart by ``contact_sid``."""
    pairs = {(run.get("contact_channel_address"), run.get("contact_sid")) for run in world.runs}
    people, contacts = ({pair[at] for pair in pairs} for at in (0, 1))
    if len(people) < 2:
        raise Absent("the Flow has no Executions of two people")
    one_each = len(pairs) == len(people) == len(contacts)
    return {"contact_sid": "one for each address" if one_each else "one for all" if len(contacts) == 1 else "otherwise"}


def initiators(world: World) -> Seen:
    """The kind of SID in ``initiated_by`` of Executions that REST requests began."""
    for run in world.runs:
        trigger = _context(world, run["sid"]).get("trigger")
        if isinstance(trigger, dict) and "request" in trigger:
            return {"initiated_by": str(run.get("initiated_by"))[:2]}
    raise Absent("the Flow has no Execution that a REST request began")


def empty_parameters(world: World) -> Seen:
    """What the context has where a REST request had no ``Parameters``."""
    for run in world.runs:
        context = _context(world, run["sid"])
        request = context.get("trigger", {}).get("request") if isinstance(context.get("trigger"), dict) else None
        if isinstance(request, dict) and not request.get("parameters"):
            flow = context.get("flow")
            data = flow.get("data", "nothing") if isinstance(flow, dict) else "nothing"
            form = repr(data) if not data or data == "nothing" else type(data).__name__
            return {"flow.data": form, "trigger.request.parameters": repr(request.get("parameters", "nothing"))}
    raise Absent("the Flow has no Execution that a REST request without Parameters began")


def _context(world: World, run: str) -> dict[str, Any]:
    payload = world.get(f"/v2/Flows/{world.flow}/Executions/{run}/Context").json()
    context = payload.get("context") if isinstance(payload, dict) else None
    return context if isinstance(context, dict) else {}


def faults_of_flows(world: World) -> Seen:
    """``errors`` and ``warnings`` of a valid definition."""
    flow = world.get(f"/v2/Flows/{world.flow}").json()
    if not isinstance(flow, dict) or flow.get("valid") is not True or flow.get("errors"):
        raise Absent("the Flow is not valid")
    return {name: "some" if flow.get(name) else repr(flow.get(name, "nothing")) for name in ("errors", "warnings")}
