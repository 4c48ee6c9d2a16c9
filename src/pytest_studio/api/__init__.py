"""The API: a request and an account in, an answer out. No I/O; whatever comes, an answer goes out."""

from __future__ import annotations

import json
import time
from email.utils import formatdate
from typing import Any

from pytest_studio import wire
from pytest_studio.account import Account
from pytest_studio.api import executions, flows
from pytest_studio.api.incoming import Incoming
from pytest_studio.api.missing import no_route
from pytest_studio.credentials import Credentials
from pytest_studio.errors import ApiError
from pytest_studio.operations import OPERATIONS, match
from pytest_studio.wire import Request, Response

__all__ = ["Answer", "answer", "glance", "respond"]

#: Operation id -> the function that answers it.
HANDLERS = {
    id: getattr(flows, operation.handler, None) or getattr(executions, operation.handler)
    for id, operation in OPERATIONS.items()
}

#: Headers that every recorded answer of Studio has; those that differ each time are added in ``_headers``.
_HEADERS = {
    "Date": "",
    "Content-Type": "",
    "Content-Length": "",
    "Connection": "keep-alive",
    "Twilio-Concurrent-Requests": "1",
    "Twilio-Request-Id": "",
    "Twilio-Request-Duration": "",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": (
        "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since"
    ),
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "ETag",
    "Access-Control-Allow-Credentials": "true",
    "X-Powered-By": "AT-5000",
    "X-Shenanigans": "none",
    "X-Home-Region": "us1",
    "X-Api-Domain": "studio.twilio.com",
    "Strict-Transport-Security": "max-age=31536000",
}

_dates: dict[int, str] = {}


class Answer:
    """A response and how it came about: the operation, the parameters as read, the hint, the remarks."""

    __slots__ = ("hint", "operation", "params", "path", "remarks", "response")

    def __init__(self, path: str) -> None:
        self.path: str = path
        self.operation: str | None = None
        self.params: dict[str, Any] = {}
        self.hint: str | None = None
        self.remarks: list[str] = []
        self.response: Response


def answer(account: Account, credentials: Credentials, request: Request, allow: frozenset[str] = frozenset()) -> Answer:
    """Answer one request.

    Args:
        account: the state.
        credentials: who may ask.
        request: what was asked; its host is not looked at.
        allow: further parameter names to accept without remark.
    """
    started = time.perf_counter()
    _, path, query = wire.split_url(request.url)
    result = Answer(path)
    now = account.now()
    request_id = account.new_sid("RQ")
    body = b""
    try:
        refused = credentials.refuse(request.header("Authorization"))
        if refused is not None:
            _name(result, request.method, path)
            raise refused
        account.expire()
        found = match(request.method, path)
        if found is None:
            raise no_route(request.method, path)
        operation, ids = found
        vintage = account.vintage
        if vintage is not None:
            operation = vintage.operation(operation)
        result.operation = operation.id
        call = Incoming(account, operation, ids, path, request_id)
        try:
            call.read(request, query, allow)
            payload = HANDLERS[operation.id](call)
        finally:
            result.params = {**dict(zip(operation.path_params, ids, strict=True)), **call.params}
        result.remarks = call.remarks
        status = operation.status
        if vintage is not None and payload is not None:
            payload = vintage.body(operation, payload)
            if status == 201 and call.version == "v1" and not _started_by(account, payload, request_id):
                status = 200  # with the Execution that was active already
        if payload is not None:
            text = payload if isinstance(payload, str) else json.dumps(payload)  # pages come as text
            body = text.encode("ascii")
    except ApiError as error:
        status, body, result.hint = error.status, error.body(), error.hint
    result.response = respond(now, request_id, status, body, time.perf_counter() - started)
    return result


def glance(request: Request) -> Answer:
    """What a request asks, without answering it: the operation, and the parameters as they came."""
    _, path, query = wire.split_url(request.url)
    result = Answer(path)
    _name(result, request.method, path)
    if result.operation is not None:
        repeated = {param.name for param in OPERATIONS[result.operation].params if param.kind == "repeated"}
        for name, value in wire.parse_pairs(request.body if request.method == "POST" else query):
            if name in repeated:
                result.params.setdefault(name, []).append(value)
            else:
                result.params[name] = value
    return result


def respond(
    now: int,
    request_id: str,
    status: int,
    body: bytes,
    seconds: float = 0.001,
    *,
    kind: str | None = "application/json; charset=utf-8",
    retry_after: str | None = None,
) -> Response:
    """A response with the headers that Studio sends.

    Args:
        now: the present, in seconds since 1970.
        request_id: ``RQ…``.
        status: HTTP status.
        body: the raw body.
        seconds: how long it took.
        kind: the ``Content-Type``; None: the answer has none.
        retry_after: the value of ``Retry-After``, if it has one.
    """
    headers = _headers(now, request_id, len(body), seconds)
    if status == 204:
        del headers["Content-Type"], headers["Content-Length"]
    elif kind is None:
        del headers["Content-Type"]
    else:
        headers["Content-Type"] = kind
    if retry_after is not None:
        headers["Retry-After"] = retry_after
    return Response(status, headers, body)


def _started_by(account: Account, payload: dict[str, Any], request_id: str) -> bool:
    return account.executions[payload["sid"]]._initiated_by == request_id


def _name(result: Answer, method: str, path: str) -> None:
    found = match(method, path)
    if found is not None:
        result.operation = found[0].id
        result.params = dict(zip(found[0].path_params, found[1], strict=True))


def _headers(now: int, request_id: str, length: int, seconds: float) -> dict[str, str]:
    date = _dates.get(now)
    if date is None:
        if len(_dates) > 256:
            _dates.clear()
        date = _dates[now] = formatdate(now, usegmt=True)
    headers = dict(_HEADERS)
    headers["Date"] = date
    headers["Content-Length"] = str(length)
    headers["Twilio-Request-Id"] = request_id
    headers["Twilio-Request-Duration"] = f"{seconds:.3f}"
    return headers
