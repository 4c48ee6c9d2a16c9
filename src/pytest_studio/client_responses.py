"""One HTTP exchange, out of whatever response a client library made of it: method, url, status and body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from pytest_studio.violations import shown

__all__ = ["exchange_of", "parsed"]

WANTED = (
    "assert_conforms takes a response of requests, httpx or aiohttp, the SDK's http client (client.http_client) "
    "after a call, or (method, url, status, body)"
)
Parts = tuple[Any, Any, Any, Any]


def exchange_of(response: Any, rest: tuple[Any, ...] = ()) -> tuple[str, str, int, Any]:
    """``(method, url, status, body)``: the method in capitals, the body as it is there.

    Args:
        response: a response of ``requests``, ``httpx`` or ``aiohttp`` that has been read; an HTTP client of the
            ``twilio`` SDK after a call; what its ``…_with_http_info`` methods return; or the four values, as one
            tuple or beside ``rest``.
        rest: the other three of these four.

    Raises:
        TypeError: this is none of them, or not read yet; the message says what to pass.
    """
    if rest or isinstance(response, (tuple, list)):
        parts = (response, *rest) if rest else tuple(response)
        if len(parts) != 4:
            raise TypeError(f"{WANTED}; it got {len(parts)} values")
        method, url, status, body = parts
    else:
        found: Parts | None = None
        for read in (_of_aiohttp, _of_http_client, _of_api_response, _of_sdk_response, _of_response):
            found = read(response)
            if found is not None:
                break
        assert found is not None  # the last reader refuses what it does not know
        method, url, status, body = found
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"{WANTED}; it got the status {shown(status)}, which is no integer")
    return str(method).upper(), str(url), int(status), body


def _from(library: str, value: Any) -> bool:
    """Whether a value is of a class that a library made, or of one derived from it."""
    return any(kind.__module__.partition(".")[0] == library for kind in type(value).__mro__)


def _of_response(response: Any) -> Parts:
    try:
        request = response.request
        return request.method, response.url or request.url, response.status_code, response.content
    except (AttributeError, RuntimeError) as error:  # httpx: RuntimeError if it has no request, or is not read yet
        raise TypeError(f"{WANTED}; it got {shown(response)}: {error}") from error


def _of_aiohttp(response: Any) -> Parts | None:
    if not _from("aiohttp", response) or not hasattr(response, "request_info"):
        return None
    body = getattr(response, "_body", None)
    if body is None:
        what = f"{response.method} {response.request_info.url}"
        raise TypeError(f"the body of the answer to {what} has not been read: await response.read() first")
    return response.method, response.request_info.url, response.status, body


def _of_http_client(client: Any) -> Parts | None:
    """What the SDK's HTTP clients keep of their last call."""
    if not hasattr(client, "_test_only_last_request"):
        return None
    request, response = client._test_only_last_request, client._test_only_last_response
    if request is None or response is None:
        raise TypeError(f"{shown(client)} has had no answer yet: make a call with its client first")
    return request.method, request.url, response.status_code, response.content


def _of_api_response(response: Any) -> Parts | None:
    """What ``…_with_http_info`` returns: it keeps no url, but its client does, as long as no other call was made."""
    if not _from("twilio", response) or not hasattr(response, "data"):
        return None
    for client in _clients(response.data):
        last = getattr(client, "_test_only_last_response", None)
        # The headers of two answers differ at least in their Twilio-Request-Id.
        if last is not None and dict(last.headers or {}) == dict(response.headers or {}):
            return _of_http_client(client)
    raise TypeError(
        f"{shown(response)} keeps neither url nor body, and its client has made another call since: "
        "pass client.http_client right after the call, or (method, url, status, body)"
    )


def _clients(data: Any) -> Iterator[Any]:
    """The HTTP client that a resource of the SDK, or the first of a list of them, came by."""
    first = data[0] if isinstance(data, list) and data else data
    domain = getattr(getattr(first, "_version", None), "domain", None)
    client = getattr(getattr(domain, "twilio", None), "http_client", None)
    if client is not None:
        yield client


def _of_sdk_response(response: Any) -> Parts | None:
    if not _from("twilio", response):
        return None
    raise TypeError(
        f"a {type(response).__name__} of the twilio SDK has neither method nor url: pass client.http_client right "
        "after the call, or (method, url, response.status_code, response.text)"
    )


def parsed(body: Any) -> Any:
    """A body as parsed JSON; what is neither text nor bytes is taken as parsed already.

    Raises:
        ValueError: it is no JSON.
    """
    if isinstance(body, memoryview):
        body = bytes(body)
    if not isinstance(body, (str, bytes, bytearray)):
        return body
    try:
        return json.loads(body, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is Python's, not JSON's")
