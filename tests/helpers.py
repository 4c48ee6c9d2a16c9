"""What the tests of the engine share: requests to a studio without any client, and small definitions."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest

from pytest_studio import FakeStudio, Request, Response

API = "https://studio.twilio.com"
TO, FROM = "+15550100001", "+15550100002"
#: Twilio's own smallest sample.
SMALLEST = {"initial_state": "Trigger"}


def basic(user: str, password: str) -> dict[str, str]:
    """The headers of Basic authentication."""
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def encoded(params: dict[str, Any]) -> str:
    """Parameters as twilio-python encodes them: dicts as JSON, lists as repeated keys."""
    return urlencode({k: json.dumps(v) if isinstance(v, dict) else v for k, v in params.items()}, doseq=True)


def call(studio: FakeStudio, method: str, path: str, /, **params: Any) -> Response:
    """One request with the account's credentials; parameters go into the form of a POST, else into the query."""
    headers = basic(studio.account_sid, studio.auth_token)
    url = path if path.startswith("http") else API + path
    if method == "POST":
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return studio.handle(Request(method, url, headers, encoded(params)))
    return studio.handle(Request(method, url + ("?" + encoded(params) if params else ""), headers))


def get(studio: FakeStudio, path: str, /, **query: Any) -> Any:
    """The payload of a GET that is answered 200."""
    response = call(studio, "GET", path, **query)
    assert response.status == 200, response.text
    return response.json()


def post(studio: FakeStudio, path: str, expected: int = 200, /, **form: Any) -> Any:
    """The payload of a POST that is answered with the expected status."""
    response = call(studio, "POST", path, **form)
    assert response.status == expected, response.text
    return response.json()


def refused(studio: FakeStudio, method: str, path: str, status: int, code: int, /, **params: Any) -> Any:
    """The payload of a request that is answered with this error."""
    response = call(studio, method, path, **params)
    assert response.status == status, response.text
    error = response.json()
    assert (error["status"], error["code"]) == (status, code)
    return error


def create_flow(studio: FakeStudio, **form: Any) -> Any:
    """The payload of a Flow made by REST, published unless told."""
    fields = {"FriendlyName": "Booking", "Status": "published", "Definition": SMALLEST, **form}
    return post(studio, "/v2/Flows", 201, **fields)


def walk(studio: FakeStudio, url: str, key: str, link: str = "next_page_url") -> list[list[str]]:
    """The SIDs of each page, following ``link`` from a page's url."""
    pages = []
    while url:
        assert len(pages) < 2_000, "the walk has no end"
        page = get(studio, url)
        pages.append([row["sid"] for row in page[key]])
        url = page["meta"][link]
    return pages


class Quiet(BaseHTTPRequestHandler):
    """What answers on a local server, without a word on stderr."""

    def log_message(self, *args: object) -> None:
        """Say nothing."""


@contextmanager
def serving(handler: type[Quiet]) -> Iterator[str]:
    """The url of a real server on this machine, which does one thing after the other."""
    running = HTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{running.server_port}/"
    finally:
        running.shutdown()
        thread.join()
        running.server_close()


def sids_of(rows: Any) -> list[str]:
    """The SIDs of payloads or records."""
    return [row["sid"] if isinstance(row, dict) else row.sid for row in rows]


def state(name: str, type: str = "send-message", **transitions: str | None) -> dict[str, Any]:
    """A state of a definition: its transitions by event, and what a message has to have."""
    says = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": "Hi"}
    return {
        "name": name,
        "type": type,
        "transitions": [{"event": event, **({"next": to} if to else {})} for event, to in transitions.items()],
        "properties": says if type == "send-message" else {},
    }


def definition(*states: dict[str, Any], initial_state: str = "Trigger") -> dict[str, Any]:
    """A definition of these states."""
    return {"description": "", "states": list(states), "initial_state": initial_state, "flags": {}}


def examples(count: int) -> int:
    """How many examples a property test tries: half of ``count``; many times it with ``--hypothesis-profile=long``."""
    from hypothesis import settings

    times = settings().max_examples // 100
    return count * times if times > 1 else max(count // 2, 5)


def only_long() -> pytest.MarkDecorator:
    """Marks a property test that takes seconds: ``nox -s properties`` runs it, ``make test`` does not."""
    return pytest.mark.skipif(examples(100) < 100, reason="takes long; nox -s properties runs it")
