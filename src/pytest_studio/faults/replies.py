"""Answers that do not come from the API: failures in Twilio's envelope or any other, and payloads of the test's own."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from copy import deepcopy
from http.client import responses as REASONS
from typing import Any

from pytest_studio.errors import CATALOGUE, ConformanceError, nearest
from pytest_studio.operations import OPERATIONS, named

__all__ = ["EXCEPTIONS", "Reply", "canned", "failure_of", "number", "reply_of"]

#: What ``fail(exception=…)`` takes -> what comes instead of an answer: before the request is sent, and after.
EXCEPTIONS = {
    "timeout": ("connect-timeout", "read-timeout"),
    "connection": ("refused", "reset"),
    "truncated": ("truncated", "truncated"),
}
#: Code of a failed answer that names none; a 500 without a code is what was seen.
_CODES = {400: 20001, 401: 20003, 403: 20403, 404: 20404, 405: 20004, 409: 20409, 429: 20429, 503: 20503}


class Reply:
    """An answer that does not come from the API: status, body, its ``Content-Type``, ``Retry-After``."""

    __slots__ = ("body", "kind", "retry_after", "status")

    def __init__(self, status: int, body: bytes, kind: str | None, retry_after: str | None = None) -> None:
        self.status: int = status
        self.body: bytes = body
        self.kind: str | None = kind
        self.retry_after: str | None = retry_after


def canned(
    status: int,
    code: int | None = None,
    details: Mapping[str, Any] | None = None,
    retry_after: str | None = None,
    body: Any = None,
    path: str = "",
) -> Reply:
    """The answer to a request that fails: Twilio's error envelope, unless ``body`` is given.

    Args:
        status: HTTP status.
        code: Twilio's code; None: that of the status, if it has one.
        details: the ``details`` of the newer errors.
        retry_after: the value of ``Retry-After``.
        body: text or bytes as they are, anything else as JSON; ``""`` is an empty body.
        path: of the request, for the message of a 404.
    """
    kind: str | None = "application/json; charset=utf-8"
    if body is None:
        code = _CODES.get(status) if code is None else code
        known = 20500 if status == 500 and code is None else code
        message = CATALOGUE[known][1] if known in CATALOGUE else REASONS.get(status, "Error")
        if "{path}" in message:
            message = message.format(path=path)
        elif "{" in message:  # it names what only the API knows
            message = REASONS.get(status, "Error")
        payload: dict[str, Any] = {} if code is None else {"code": code}
        if details is not None:
            payload["details"] = dict(details)
        payload["message"] = message
        if code is not None:
            payload["more_info"] = f"https://www.twilio.com/docs/errors/{code}"
        payload["status"] = status
        raw = json.dumps(payload).encode("ascii")
    elif isinstance(body, (str, bytes, bytearray)):
        raw = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body)
        start = raw.lstrip()[:1]
        if not raw:
            kind = None
        elif start == b"<":
            kind = "text/html; charset=utf-8"
        elif start not in (b"{", b"["):
            kind = "text/plain; charset=utf-8"
    else:
        raw = _as_json("body", body)
    return Reply(status, raw, kind, retry_after)


def failure_of(
    status: int | None,
    code: int | None,
    details: Mapping[str, Any] | None,
    retry_after: float | str | None,
    body: Any,
    exception: str | None,
    applied: bool,
) -> tuple[Callable[[str], Reply] | None, str | None]:
    """``(reply, failure)`` of the arguments of ``fail``: one of the two is None.

    Raises:
        ValueError: a value out of range, or two that exclude each other.
        TypeError: a value of a wrong type.
    """
    if exception is None and applied and status is None and code is None and body is None:
        exception = "timeout"  # it happened, and the answer was lost
    if exception is not None:
        if exception not in EXCEPTIONS:
            known = ", ".join(map(repr, EXCEPTIONS))
            raise ValueError(f"exception is {known}, not {exception!r:.60}{nearest(str(exception), EXCEPTIONS)}")
        given = {"status": status, "code": code, "details": details, "retry_after": retry_after, "body": body}
        for name, value in given.items():
            if value is not None:
                raise ValueError(f"exception={exception!r} is instead of an answer, so it has no {name}={value!r:.60}")
        return None, exception
    if code is not None:
        number("code", code, 1)
        if body is not None:
            raise ValueError("body is the whole body, so it has no code beside it: put the code into body, a dict")
    if details is not None:
        if not isinstance(details, Mapping):
            raise TypeError(f"details is a dict, not {type(details).__name__}: {details!r:.60}")
        if body is not None:
            raise ValueError("body is the whole body, so it has no details beside it: put them into body, a dict")
        _as_json("details", dict(details))
    if status is None:
        status = (
            CATALOGUE[code][0] if code in CATALOGUE else 400 if code is not None else 200 if body is not None else 500
        )
    _status(status)
    if status < 400 and body is None:
        raise ValueError(f"status={status} is no failure: give a body that is wrong, or use studio.answer(…)")
    if retry_after is not None:
        if isinstance(retry_after, str):
            from email.utils import parsedate

            wrong = not retry_after.isdecimal() and parsedate(retry_after) is None
        else:
            wrong = isinstance(retry_after, bool) or not isinstance(retry_after, (int, float)) or not retry_after >= 0
        if wrong:
            date = "'Wed, 21 Oct 2026 07:28:00 GMT'"
            raise ValueError(f"retry_after is a number of seconds, or a date such as {date}, not {retry_after!r:.60}")
    wait = retry_after if isinstance(retry_after, str) or retry_after is None else f"{retry_after:g}"
    fixed = canned(status, code, details, wait, body)  # what cannot be written is said now
    if status == 404 and body is None:
        kept = deepcopy(details)
        return lambda path: canned(404, code, kept, wait, None, path), None
    return lambda path: fixed, None


def reply_of(operation: str, payload: Any, status: int | None) -> Callable[[str], Reply]:
    """The answer of ``answer``, checked against the schema of the operations that it is for.

    Raises:
        ConformanceError: the payload departs from the schema.
        ValueError: unknown operation; a status out of range; a payload where the answer has no body.
    """
    from pytest_studio import schemas

    ids = sorted(named(operation))
    if status is not None:
        _status(status)
    if isinstance(payload, (str, bytes, bytearray)):
        raise TypeError("payload is the parsed JSON of the answer, as a dict; for any other body use fail(…, body=…)")
    statuses = {OPERATIONS[id].status if status is None else status for id in ids}
    if len(statuses) > 1:
        raise ValueError(f"{operation!r} stands for operations with the statuses {sorted(statuses)}: give status=…")
    answered = statuses.pop()
    raw = b"" if payload is None else _as_json("payload", payload)
    differing = {OPERATIONS[id].schema for id in ids} if answered < 400 else set()
    if len(differing) > 1:
        raise ValueError(f"{operation!r} stands for {', '.join(ids)}, whose schemas differ: name one of them")
    for id in ids:
        name = "error" if answered >= 400 else OPERATIONS[id].schema
        if name is None or answered == 204:
            if payload is not None:
                raise ValueError(f"an answer of {answered} to {id} has no body: its payload is None")
            continue
        try:
            schemas.validate(json.loads(raw or "null"), name)
        except ConformanceError as error:
            raise ConformanceError(f"the answer for {id}: {error}", error.violations) from None
    reply = Reply(answered, raw, "application/json; charset=utf-8" if raw else None)
    return lambda path: reply


def number(name: str, value: Any, least: int) -> int:
    """A whole number of ``least`` or more.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ValueError(f"{name} is a whole number, {least} or more, not {value!r:.60}")
    return int(value)


def _status(status: Any) -> None:
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise ValueError(f"status is an HTTP status from 200 to 599, not {status!r:.60}")


def _as_json(name: str, value: Any) -> bytes:
    try:
        return json.dumps(value, allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"{name} cannot be written as JSON: {error}") from None
