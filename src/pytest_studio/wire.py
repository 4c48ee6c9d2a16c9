"""What goes in and what comes out: a request and a response as plain data; reading urls, forms and JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import parse_qsl, unquote

__all__ = [
    "FAILURES",
    "Answering",
    "Request",
    "Response",
    "handle_of",
    "is_studio_host",
    "is_twilio_host",
    "parse_pairs",
    "read_json",
    "split_url",
]

R = TypeVar("R")

API = "https://studio.twilio.com"

#: Arrays and objects in each other that JSON may have: more could be read, but not copied and written again.
MAX_DEPTH = 100

#: What can come instead of an answer. ``connect-timeout``, ``refused``: no connection was made; ``read-timeout``,
#: ``reset``: the request was sent, and no answer came, or the connection broke; ``truncated``: the body broke off.
FAILURES = ("connect-timeout", "read-timeout", "refused", "reset", "truncated")

_STUDIO_HOST = re.compile(r"studio(?:\.[a-z0-9-]+){0,2}\.twilio\.com\.?", re.IGNORECASE)


class Request:
    """One HTTP request.

    Args:
        method: ``"GET"``, ``"POST"`` …, in any case.
        url: absolute (``https://studio.twilio.com/v2/Flows``), or a path with its query.
        headers: any mapping; names are compared without regard to case.
        body: the raw body; ``str`` is taken as UTF-8, None as empty.
        timeout: seconds that the client waits for the answer; None: as long as it takes.
        waits: whether the transport spends an answer's ``delay`` itself, in real time.
        paused: seconds that the client would have slept before this attempt, and did not: nothing sleeps in process.
    """

    __slots__ = ("body", "headers", "method", "paused", "timeout", "url", "waits")

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | str | None = None,
        *,
        timeout: float | None = None,
        waits: bool = False,
        paused: float = 0.0,
    ) -> None:
        self.method: str = method.upper()
        self.url: str = url
        self.headers: Mapping[str, str] = {} if headers is None else headers
        self.body: bytes = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else bytes(body or b"")
        self.timeout: float | None = timeout
        self.waits: bool = waits
        self.paused: float = paused

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None if it was not sent."""
        return _header(self.headers, name)

    def __repr__(self) -> str:
        return f"<Request {self.method} {self.url}>"


class Response:
    """One HTTP response, or what came instead of one.

    Args:
        status: HTTP status; 0 if no answer came.
        headers: names as on the wire.
        body: the raw body.
        failure: one of ``FAILURES``, which a transport turns into its client library's own exception; None: none.
        delay: seconds that the answer took.
    """

    __slots__ = ("body", "delay", "failure", "headers", "status")

    def __init__(
        self,
        status: int,
        headers: Mapping[str, str],
        body: bytes = b"",
        *,
        failure: str | None = None,
        delay: float = 0.0,
    ) -> None:
        self.status: int = status
        self.headers: Mapping[str, str] = headers
        self.body: bytes = body
        self.failure: str | None = failure
        self.delay: float = delay

    def header(self, name: str) -> str | None:
        """The value of a header, whatever the case of its name; None if it did not come."""
        return _header(self.headers, name)

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body, parsed.

        Raises:
            ValueError: it is no JSON (an answer of 204 has no body).
        """
        return json.loads(self.body)

    def __repr__(self) -> str:
        return f"<Response {self.status}, {len(self.body)} bytes>"


class Answering(Protocol):
    """What answers requests: a ``FakeStudio``."""

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        ...


def handle_of(answers: Callable[[Request], R] | Answering) -> Callable[[Request], R | Response]:
    """The function that answers: ``.handle`` of a studio, which can be called, too, but decorates then."""
    handle: Callable[[Request], R | Response] | None = getattr(answers, "handle", None)
    return cast("Callable[[Request], R]", answers) if handle is None else handle


def _header(headers: Mapping[str, str], name: str) -> str | None:
    value = headers.get(name)
    if value is None:
        folded = name.lower()
        for key, candidate in headers.items():
            if _text(key).lower() == folded:
                value = candidate
                break
    return None if value is None else _text(value)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def split_url(url: str) -> tuple[str, str, str]:
    """``(host, path, query)`` of a url; the host is ``""`` for a bare path, the port is dropped.

    Unlike ``urllib.parse.urlsplit`` it never raises, and does not read ``//`` in a path as a host.
    """
    rest, _, query = url.partition("#")[0].partition("?")
    host = ""
    scheme, sep, tail = rest.partition("://")
    if sep and "/" not in scheme:
        host, slash, path = tail.partition("/")
        rest = slash + path
        host = host.rpartition("@")[2].partition(":")[0].lower()
    return host, rest or "/", query


def is_studio_host(host: str) -> bool:
    """Whether Studio answers there: ``studio.twilio.com`` and its regional and edge names."""
    return host == "studio.twilio.com" or _STUDIO_HOST.fullmatch(host) is not None


def is_twilio_host(host: str) -> bool:
    """Whether a host name lies under ``twilio.com``."""
    folded = host.rstrip(".").lower()
    return folded == "twilio.com" or folded.endswith(".twilio.com")


def parse_pairs(text: str | bytes) -> list[tuple[str, str]]:
    """Names and values of a query or a form, in order, blanks kept; bytes that are no UTF-8 become U+FFFD."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    return parse_qsl(text, keep_blank_values=True, errors="replace") if text else []


def read_json(text: str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is no JSON, or has what cannot be written again: ``NaN``, ``Infinity``, numbers beyond floats,
            more than ``MAX_DEPTH`` arrays and objects in each other.
    """
    try:
        value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise ValueError(f"it is nested more than {MAX_DEPTH} deep") from None
    if text.count("[") + text.count("{") > MAX_DEPTH:
        level = [value]
        for _ in range(MAX_DEPTH + 1):
            level = [inner for outer in level if isinstance(outer, (dict, list)) for inner in _inner(outer)]
        if level:
            raise ValueError(f"it is nested more than {MAX_DEPTH} deep")
    return value


def _inner(value: dict[str, Any] | list[Any]) -> Any:
    return value.values() if isinstance(value, dict) else value


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text:.40} is too large a number")
    return number


def unquote_segment(segment: str) -> str:
    """One segment of a path with its percent-escapes resolved."""
    return unquote(segment, errors="replace") if "%" in segment else segment
