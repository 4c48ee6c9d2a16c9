"""The ``twilio`` SDK, through its own ``http_client`` seam: nothing is patched, answers come from memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pytest_studio.errors import MissingExtra
from pytest_studio.wire import Request, Response, is_studio_host, split_url

try:
    from twilio.http import HttpClient
    from twilio.http.http_client import TwilioHttpClient
    from twilio.http.response import Response as TwilioResponse
    from twilio.rest import Client
except ImportError as error:
    raise MissingExtra("studio_client", "the twilio package", "twilio") from error

__all__ = ["StudioHttpClient", "client"]


class StudioHttpClient(HttpClient):  # type: ignore[misc]
    """Answers Studio's hosts from memory; hands other hosts to the SDK's own HTTP client.

    Args:
        handle: what answers, such as ``FakeStudio.handle``.
    """

    def __init__(self, handle: Callable[[Request], Response]) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False)
        self.handle = handle
        self._elsewhere: Any = None

    def request(
        self,
        method: str,
        url: str,
        params: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
    ) -> TwilioResponse:
        """What the SDK calls for each request."""
        if not is_studio_host(split_url(url)[0]):
            if self._elsewhere is None:
                self._elsewhere = TwilioHttpClient()
            return self._elsewhere.request(method, url, params, data, headers, auth, timeout, allow_redirects)
        if params:
            query = urlencode(_present(params), doseq=True)
            url = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
        headers = dict(headers or {})
        if auth:
            headers["Authorization"] = _basic(*auth)
        body = urlencode(_present(data), doseq=True).encode("ascii") if data else b""
        answer = self.handle(Request(method, url, headers, body))
        return TwilioResponse(answer.status, answer.text, answer.headers)


def _present(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


_encoded: dict[tuple[str, str], str] = {}


def _basic(user: str, password: str) -> str:
    text = _encoded.get((user, password))
    if text is None:
        import base64

        if len(_encoded) > 64:
            _encoded.clear()
        text = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")
        _encoded[user, password] = text
    return text


def client(handle: Callable[[Request], Response], account_sid: str, auth_token: str) -> Client:
    """A ``twilio.rest.Client`` whose Studio calls are answered by ``handle``."""
    return Client(account_sid, auth_token, http_client=StudioHttpClient(handle))
