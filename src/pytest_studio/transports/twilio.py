"""The ``twilio`` SDK, through its own ``http_client`` seam: nothing is patched, answers come from memory."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from pytest_studio.errors import MissingExtra, cause_of
from pytest_studio.wire import Answering, Request, Response, handle_of, is_studio_host, split_url

try:
    from twilio.http import AsyncHttpClient, HttpClient
    from twilio.http.http_client import TwilioHttpClient
    from twilio.http.request import Request as TwilioRequest
    from twilio.http.response import Response as TwilioResponse
    from twilio.rest import Client
except ImportError as _error:
    raise MissingExtra("a client of the twilio SDK", "the twilio package", "twilio") from cause_of(_error, "twilio")

__all__ = ["AsyncStudioHttpClient", "StudioHttpClient", "async_client", "client"]

Handle = Callable[[Request], Response]


class StudioHttpClient(HttpClient):  # type: ignore[misc]
    """Answers Studio's hosts from memory; hands other hosts to the SDK's own HTTP client.

    Args:
        handle: what answers: a ``FakeStudio``, or a function such as its ``handle``.
        timeout: seconds that a request waits which does not say so itself; it never sleeps, see ``FakeStudio.slow``.
    """

    def __init__(self, handle: Handle | Answering, timeout: float | None = None) -> None:
        super().__init__(logging.getLogger("twilio.http_client"), False, timeout)
        self.handle: Handle = handle_of(handle)
        self._elsewhere: Any = None

    def request(  # pyright: ignore[reportIncompatibleMethodOverride]  # the SDK calls it url, too, where it sends
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
        """What the SDK calls for each request.

        Raises:
            requests.RequestException: no answer came: what ``requests``, which the SDK uses, raises then.
        """
        timeout = self.timeout if timeout is None else timeout
        if not is_studio_host(split_url(url)[0]):
            if self._elsewhere is None:
                self._elsewhere = TwilioHttpClient()
            return self._elsewhere.request(method, url, params, data, headers, auth, timeout, allow_redirects)
        _kept(self, method, url, params, data, headers, auth)
        answer = self.handle(_asked(method, url, params, data, headers, auth, timeout))
        if answer.failure is not None:
            from pytest_studio.transports import requests

            raise requests.exception_of(answer.failure, method, url, timeout)
        self._test_only_last_response = TwilioResponse(answer.status, answer.text, answer.headers)
        return self._test_only_last_response


class AsyncStudioHttpClient(AsyncHttpClient):  # type: ignore[misc]
    """The same for the ``*_async`` methods; needs no event loop to be made.

    Args:
        handle: what answers: a ``FakeStudio``, or a function such as its ``handle``.
        timeout: seconds that a request waits which does not say so itself; it never sleeps, see ``FakeStudio.slow``.
    """

    def __init__(self, handle: Handle | Answering, timeout: float | None = None) -> None:
        super().__init__(logging.getLogger("twilio.async_http_client"), True, timeout)
        self.handle: Handle = handle_of(handle)

    async def request(  # pyright: ignore[reportIncompatibleMethodOverride]  # as above
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
        """What the SDK awaits for each request.

        Raises:
            aiohttp.ClientError: no answer came: what ``aiohttp``, which the SDK uses, raises then.
            asyncio.TimeoutError: the timeout was too short.
        """
        timeout = self.timeout if timeout is None else timeout
        host = split_url(url)[0]
        if not is_studio_host(host):
            from twilio.http.async_http_client import AsyncTwilioHttpClient

            async with AsyncTwilioHttpClient() as elsewhere:  # for one request: a session belongs to an event loop
                return await elsewhere.request(method, url, params, data, headers, auth, timeout, allow_redirects)
        _kept(self, method, url, params, data, headers, auth)
        answer = self.handle(_asked(method, url, params, data, headers, auth, timeout))
        if answer.failure is not None:
            from pytest_studio.transports import aiohttp

            raise aiohttp.exception_of(answer.failure, host, aiohttp.total(timeout))
        self._test_only_last_response = TwilioResponse(answer.status, answer.text, answer.headers)
        return self._test_only_last_response

    async def close(self) -> None:
        """There is nothing to close; as in the SDK's own."""

    async def __aenter__(self) -> AsyncStudioHttpClient:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        """There is nothing to close."""


def _kept(
    client: Any,
    method: str,
    url: str,
    params: Any,
    data: Any,
    headers: Any,
    auth: Any,
) -> None:
    """Keep the request where the SDK's own clients do, for whoever looks there, as ``assert_conforms`` does."""
    client._test_only_last_response = None
    client._test_only_last_request = TwilioRequest(
        method=method, url=url, params=params, data=data, headers=headers, auth=auth
    )


def _asked(
    method: str,
    url: str,
    params: dict[str, Any] | None,
    data: dict[str, Any] | None,
    headers: dict[str, str] | None,
    auth: tuple[str, str] | None,
    timeout: float | None,
) -> Request:
    """The arguments of the SDK's seam as a request.

    Raises:
        ValueError: the timeout is not above 0, as in the SDK's own clients.
    """
    if timeout is not None and timeout <= 0:
        raise ValueError(timeout)
    if params:
        query = urlencode(_present(params), doseq=True)
        url = f"{url}{'&' if '?' in url else '?'}{query}" if query else url
    headers = dict(headers or {})
    if auth:
        headers["Authorization"] = _basic(*auth)
    body = urlencode(_present(data), doseq=True).encode("ascii") if data else b""
    return Request(method, url, headers, body, timeout=timeout)


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


def client(handle: Handle, account_sid: str, auth_token: str) -> Client:
    """A ``twilio.rest.Client`` whose Studio calls are answered by ``handle``."""
    return Client(account_sid, auth_token, http_client=StudioHttpClient(handle))


def async_client(handle: Handle, account_sid: str, auth_token: str) -> Client:
    """A ``twilio.rest.Client`` whose ``*_async`` methods are answered by ``handle`` where they are Studio's."""
    return Client(account_sid, auth_token, http_client=AsyncStudioHttpClient(handle))
