"""Calls as HAR 1.2, which browsers and other tools read: http://www.softwareishard.com/blog/har-12-spec/."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterable
from datetime import datetime
from http.client import responses as PHRASES
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from pytest_studio.recordings import secrets
from pytest_studio.recordings.bodies import content_type
from pytest_studio.recordings.exchange import Headers
from pytest_studio.recordings.scrubbing import Scrubber
from pytest_studio.wire import API, Request, Response, parse_pairs

__all__ = ["har", "write_har"]

Json = dict[str, Any]


class Call(Protocol):
    """What is written of a call: see ``journal.Call``."""

    request: Request
    response: Response | None
    why: str | None

    @property
    def time(self) -> datetime:
        """When it came."""
        ...


def write_har(calls: Iterable[Call], path: str | os.PathLike[str], own: Iterable[str] = ()) -> None:
    """Write calls to a HAR file; see ``journal.Calls.to_har``."""
    text = json.dumps(har(calls, own), indent=2) + "\n"
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def har(calls: Iterable[Call], own: Iterable[str] = ()) -> Json:
    """Calls as the object of a HAR file, without credentials.

    Args:
        calls: which.
        own: credentials that are known, and may stand nowhere in it.
    """
    scrub = Scrubber(own)
    creator = {"name": "pytest-studio", "version": version("pytest-studio")}
    return {"log": {"version": "1.2", "creator": creator, "entries": [_entry(call, scrub) for call in calls]}}


def _entry(call: Call, scrub: Scrubber) -> Json:
    answer = call.response
    failure = "there was no answer" if answer is None else answer.failure
    millis = 0.0 if answer is None else answer.delay * 1000
    entry: Json = {
        "startedDateTime": call.time.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "time": millis,
        "request": _request(call.request, scrub),
        "response": _response(answer, scrub),
        "cache": {},
        "timings": {"send": 0, "wait": millis, "receive": 0},
    }
    if failure is not None:
        entry["comment"] = scrub.text(secrets.hide(call.why or failure, ()))
    return entry


def _request(request: Request, scrub: Scrubber) -> Json:
    url = request.url if "://" in request.url else API + request.url
    base, mark, query = secrets.without_user(url).partition("#")[0].partition("?")
    query = scrub.form(query)
    headers = _headers(request.headers, scrub)
    made: Json = {
        "method": request.method,
        "url": scrub.text(base) + mark + query,
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _listed(headers),
        "queryString": _listed(parse_pairs(query)),
        "headersSize": -1,
        "bodySize": len(request.body),
    }
    if request.body:
        made["postData"] = _posted(request.body, content_type(headers), scrub)
    return made


def _posted(body: bytes, kind: str, scrub: Scrubber) -> Json:
    text = body.decode("utf-8", "replace")
    if text.lstrip()[:1] not in ("{", "[") and kind in ("", "application/x-www-form-urlencoded"):
        text = scrub.form(text)
        pairs = _listed(parse_pairs(text))
        return {"mimeType": kind or "application/x-www-form-urlencoded", "params": pairs, "text": text}
    return {"mimeType": kind or "x-unknown", "text": scrub.body(text)}


def _response(answer: Response | None, scrub: Scrubber) -> Json:
    if answer is None or not answer.status or answer.failure not in (None, "truncated"):
        status, headers, body = 0, [], b""
    else:
        status, headers, body = answer.status, _headers(answer.headers, scrub), answer.body
    content: Json = {"size": len(body), "mimeType": content_type(headers) or "x-unknown"}
    if body:
        try:
            content["text"] = scrub.body(body.decode("utf-8"))
        except UnicodeDecodeError:  # a byte a character, so that all that is no credential comes back
            body = scrub.text(body.decode("latin-1")).encode("latin-1")
            content |= {"text": base64.b64encode(body).decode("ascii"), "encoding": "base64"}
    return {
        "status": status,
        "statusText": PHRASES.get(status, ""),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _listed(headers),
        "content": content,
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": len(body),
    }


def _headers(headers: Any, scrub: Scrubber) -> Headers:
    pairs = [(_text(name), scrub.text(_text(value))) for name, value in headers.items()]
    return secrets.redacted(pairs)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _listed(pairs: Headers) -> list[Json]:
    return [{"name": name, "value": value} for name, value in pairs]
