"""Requests of HTTP and Function widgets: to the test's own mocks or a live server, by Studio's rules."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_studio.errors import ChatError
from pytest_studio.flows.behaviour.requests import LARGEST, PATIENCE, absolute
from pytest_studio.flows.situation import HttpRequest, Json, Wait
from pytest_studio.wire import Request, Response

__all__ = ["Answer", "Ask", "ask", "heed"]

#: Sends a request and follows redirects. Args: the request, seconds to wait, most bytes of the body to read. Raises
#: ``LookupError`` where nothing answers for the host, ``OSError`` where there was no answer.
Ask = Callable[[Request, float, int], Response]
#: What a test answers instead. Raises ``OSError`` where there is to be no answer.
Answer = Callable[[Request], Response]


def ask(send: Ask, wait: Wait, authorization: str) -> Json:
    """The answer to a widget's request; ``{}`` where there was none, none in time, or one that is too large.

    Args:
        send: how requests are sent.
        wait: of kind ``"http"``.
        authorization: the account's own, for a widget that adds Twilio's credentials.

    Raises:
        ChatError: nothing answers for the url; the message names the widget, method and url, and what to do.
    """
    request = wait.request
    assert request is not None
    if not absolute(request.url):
        raise _unanswered(wait, request, "which is no url that could be requested")
    try:
        return _heard(send(_request(request, authorization), PATIENCE, LARGEST + 1))
    except LookupError as error:
        raise _unanswered(wait, request, "and nothing answers for it", str(error)) from None
    except (OSError, ValueError):
        return {}


def heed(answer: Answer, wait: Wait, authorization: str) -> Json:
    """What a test answers to a widget's request, as if a server had: see ``ask``."""
    request = wait.request
    assert request is not None
    try:
        return _heard(answer(_request(request, authorization)))
    except OSError:
        return {}


def _heard(answer: Response) -> Json:
    if len(answer.body) > LARGEST:
        return {}
    kind = answer.header("Content-Type") or ""
    found: dict[str, Any] = {"status_code": answer.status, "body": answer.body.decode("utf-8", "replace")}
    if kind or answer.status != 204:
        found["content_type"] = kind.partition(";")[0].strip() or "text/plain"
    return found


def _request(request: HttpRequest, authorization: str) -> Request:
    headers = {"User-Agent": "TwilioProxy/1.1"}
    if request.content_type is not None:
        headers["Content-Type"] = request.content_type
    if request.twilio_auth:
        headers["Authorization"] = authorization
    return Request(request.method, request.url, headers, request.body or "")


def _unanswered(wait: Wait, request: HttpRequest, why: str, details: str = "") -> ChatError:
    """What a test is told; ``details`` of what mocks it has, which were meant for this request perhaps."""
    remedy = (
        f"mock it (responses), or say flow.respond({wait.widget!r}, json={{…}}) or flow.outcome({wait.widget!r}, …)"
    )
    _, heading, mocks = details.partition("Available matches:")
    lines = [f"  {line}" for line in (heading + mocks).splitlines() if line.strip()]
    return ChatError(
        f"{wait.widget!r} ({wait.type}) asks {request.method} {request.url or '(an empty url)'}, {why}",
        "\n".join([remedy, *lines]),
    )
