"""Requests of widgets that hardly are some: odd hosts, odd characters."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest
from flow_parts import load, widget

from pytest_studio import FakeStudio, Request
from pytest_studio.errors import ChatError

pytest.importorskip("liquid")


def nothing_connects(*args: Any) -> NoReturn:
    """Stands for the network."""
    raise AssertionError(f"something connects: {args[1:]}")


def nothing_is_found(*args: Any, **kwargs: Any) -> NoReturn:
    """Stands for a resolver that knows no host."""
    raise socket.gaierror(-2, "Name or service not known")


def asking(url: str, **properties: Any) -> dict[str, Any]:
    """A widget that asks."""
    properties = {"method": "GET", "url": url, "content_type": "application/json;charset=utf-8", **properties}
    return widget("ask", "make-http-request", properties, success=None, failed=None)


@pytest.mark.parametrize("host", ["134744072", "0x08080808", "010.8.8.8", "[::ffff:8.8.8.8]"])
def test_an_address_of_the_internet_is_not_reached_however_it_is_written(
    studio: FakeStudio, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    """As one number, with hexadecimal or octal parts, or within an address of IPv6."""
    monkeypatch.setattr(socket.socket, "connect", nothing_connects)
    flow = load(studio, asking(f"http://{host}/"))
    with pytest.raises(ChatError, match="nothing answers for it"):
        flow.message("hi")


def test_a_host_that_is_nowhere_is_no_failure_of_the_widget_but_an_error_of_the_test(
    studio: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A placeholder that deployment fills in, say, which has no dot and so could be a name of one's own network."""
    monkeypatch.setattr(socket, "getaddrinfo", nothing_is_found)
    flow = load(studio, asking("https://YOUR_DOMAIN/save"))
    with pytest.raises(ChatError, match=r"'ask' .* GET https://YOUR_DOMAIN/save, and nothing answers for it"):
        flow.message("hi")


@pytest.mark.parametrize("kind", ["make-http-request", "run-function"])
def test_half_a_surrogate_pair_is_sent_as_a_question_mark(studio: FakeStudio, kind: str) -> None:
    """JSON can hold it, and no encoding has it."""
    properties = {
        "method": "GET",
        "url": "https://example.com/",
        "content_type": "application/json;charset=utf-8",
        "parameters": [{"key": "said", "value": "{{trigger.message.Body}}"}],
    }
    if kind == "run-function":
        properties = {name: properties[name] for name in ("url", "parameters")}
    flow = load(studio, widget("ask", kind, properties, success=None))
    asked: list[Request] = []
    flow.respond("ask", lambda request: asked.append(request) or 200)  # type: ignore[func-returns-value]
    flow.message("a\ud800b")
    assert "said=a%3Fb" in asked[0].url + asked[0].body.decode()
