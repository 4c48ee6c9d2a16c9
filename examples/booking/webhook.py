"""The webhook of Event Streams: how far each Execution has come, for a board in the office.

Twilio delivers at least once and in any order, one event a request or several.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.util import request_uri

from twilio.request_validator import RequestValidator


class Board:
    """What is known of Executions, by SID: whether they have ended, and the widgets that were passed."""

    def __init__(self) -> None:
        self.ended: dict[str, bool] = {}
        self.passed: dict[str, set[str]] = {}
        self._seen: set[str] = set()

    def take(self, event: dict[str, Any]) -> None:
        """Note an event, unless it came before."""
        if event["id"] in self._seen:
            return
        data, kind = event["data"], event["type"]
        sid = data["execution_sid"]
        self.ended.setdefault(sid, False)  # whichever of its events comes first
        if kind == "com.twilio.studio.flow.execution.ended":
            self.ended[sid] = True
        elif kind == "com.twilio.studio.flow.step.ended":
            self.passed.setdefault(sid, set()).add(data["transitioned_from"])
        self._seen.add(event["id"])


def make_app(auth_token: str, board: Board) -> Callable[..., Iterable[bytes]]:
    """The WSGI application that Event Streams posts to."""
    validator = RequestValidator(auth_token)

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode("utf-8")
        signature = environ.get("HTTP_X_TWILIO_SIGNATURE", "")
        if "bodySHA256=" not in environ.get("QUERY_STRING", "") or not validator.validate(
            request_uri(environ), body, signature
        ):
            start_response("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        payload = json.loads(body)
        for event in payload if isinstance(payload, list) else [payload]:
            board.take(event)
        start_response("204 No Content", [])
        return [b""]

    return app
