"""Widgets that ask another server: HTTP requests and Twilio Functions.

Follows https://www.twilio.com/docs/studio/widget-library/http-request, …/run-function.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from urllib.parse import urlencode, urlsplit

from pytest_studio.flows.behaviour.scene import Behaviour, Entered, Parked, Scene
from pytest_studio.flows.situation import HttpRequest, Json
from pytest_studio.wire import read_json

__all__ = ["LARGEST", "PATIENCE", "HttpWidget", "RunFunction", "absolute"]

#: Seconds that an answer is waited for, and the most bytes of its body.
PATIENCE, LARGEST = 10.0, 65_536
FORM = "application/x-www-form-urlencoded;charset=utf-8"
#: A parameter that Studio keeps for itself.
RESERVED = "method"


class HttpWidget(Behaviour):
    """``make-http-request``: success is an answer of 2xx, in time and not too large.

    The answer comes as ``{"status_code": int, "content_type": str, "body": str}``, or ``{}`` where there was none.
    """

    success = "success"
    failure = "failed"
    #: Statuses of success.
    fine: range = range(200, 300)

    def enter(self, scene: Scene) -> Entered | Parked:
        parameters = [(key, value) for key, value, _ in scene.pairs("parameters")]
        url = scene.text("url")
        method = scene.text("method", "GET").upper()
        if not absolute(url):
            scene.warn(81014, f"the url is no url: {url[:100]!r}")
        elif any(key.strip() in ("", RESERVED) for key, _ in parameters):
            scene.warn(81014, f"a parameter has no name, or the reserved name {RESERVED!r}")
        elif scene.flag("add_twilio_auth") and not _is_twilios(url):
            scene.warn(81014, f"add_twilio_auth is for Twilio's own hosts, not for {urlsplit(url).hostname}")
        else:
            if parameters:
                url += ("&" if urlsplit(url).query else "?") + _encoded(parameters)
            body = scene.body("body") if method != "GET" and scene.raw("body") else None
            kind = None if body is None else scene.text("content_type") or FORM
            return Parked("http", request=HttpRequest(method, url, body, kind, scene.flag("add_twilio_auth")))
        return Entered(self.failure)

    def event_of(self, data: Json) -> str:
        """The event that an answer is."""
        return self.success if data.get("status_code") in self.fine else self.failure

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        if not data and event == self.success:
            data = _as_if(scene.variables)
        if not data:
            return {}
        found: Json = {name: data[name] for name in ("body", "content_type", "status_code") if name in data}
        parsed = _parsed(data)
        return found if parsed is None else {**found, "parsed": parsed}


class RunFunction(HttpWidget):
    """``run-function``: as an HTTP request, but 3xx is success, and ``parsed`` grows from run to run."""

    failure = "fail"
    fine: range = range(200, 400)

    def enter(self, scene: Scene) -> Entered | Parked:
        parameters = [(key, value) for key, value, _ in scene.pairs("parameters")]
        return Parked("http", request=HttpRequest("POST", scene.text("url"), _encoded(parameters), FORM))

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        found = super().output(scene, pending, event, data)
        if event == self.failure:
            scene.warn(81010, "the Function did not answer with success")
        before = scene.at("widgets", scene.state.name, "parsed")
        if isinstance(before, dict):
            found["parsed"] = {**before, **found.get("parsed", {})}
        if found.get("status_code") is not None:
            found["headers"] = {"x-twilio-function-concurrency": "1"}
        return found


def _encoded(parameters: Sequence[tuple[str, str]]) -> str:
    """Parameters as they are sent: half of a surrogate pair, which no encoding has, is a question mark."""
    return urlencode(parameters, errors="replace")


def absolute(url: str) -> bool:
    """Whether a text is a url that can be requested."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _is_twilios(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "twilio.com" or host.endswith(".twilio.com")


def _parsed(data: Json) -> Json | None:
    """The JSON object of an answer; arrays, and what says that it is something else, are not parsed."""
    if not str(data.get("content_type")).lower().startswith("application/json"):
        return None
    try:
        found = read_json(data.get("body") or "")
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _as_if(variables: Json) -> Json:
    """The answer that would have left what somebody wants to be left."""
    if isinstance(variables.get("parsed"), dict):
        return {"body": json.dumps(variables["parsed"]), "content_type": "application/json", "status_code": 200}
    return {"body": "", "content_type": "text/plain", "status_code": 200}
