"""``httpx``: any client, sync or async, on asyncio or trio; and ``StudioTransport``, to be handed to a client.

``Client._send_single_request`` is given a transport of ours for Studio's hosts where the client's own would go to the
network, so that hooks, authentication, redirects and streams stay httpx's. It lies above what ``respx`` and
``pytest_httpx`` patch, which therefore stand beside a studio in either nesting order. A client's own transport that
ends in httpx's (one that retries, or writes logs) runs, and meets the studio in ``HTTPTransport.handle_request``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from http.client import responses as REASONS
from typing import Any

from pytest_studio.errors import MissingExtra, cause_of
from pytest_studio.transports.network import LEFT, explain, failed
from pytest_studio.transports.patches import Method, Patch
from pytest_studio.wire import Answering, Request, Response, handle_of, is_studio_host, is_twilio_host

try:
    import httpcore
    import httpx
except ImportError as _error:
    raise MissingExtra("a transport of httpx", "the httpx package", "httpx") from cause_of(_error, "httpx", "httpcore")

__all__ = ["StudioTransport", "install", "uninstall"]

Dispatch = Callable[[Request], Response | None]
Refuse = Callable[[str, str, str], None]

_dispatch: Dispatch | None = None
_refuse: Refuse | None = None

#: No answer came -> what httpx raises, and how its message begins.
_FAILURES: dict[str, tuple[type[httpx.TransportError], str]] = {
    "connect-timeout": (httpx.ConnectTimeout, "timed out"),
    "read-timeout": (httpx.ReadTimeout, "The read operation timed out"),
    "refused": (httpx.ConnectError, "[Errno 111] Connection refused"),
    "reset": (httpx.RemoteProtocolError, "Server disconnected without sending a response."),
}


class StudioTransport(httpx.MockTransport):
    """A transport that a studio answers, for ``httpx.Client`` and ``httpx.AsyncClient``, whatever the host.

    ``httpx.Client(transport=StudioTransport(studio))`` needs no active studio.

    Args:
        handle: what answers: a ``FakeStudio``, or a function such as its ``handle``.
        retries: how often a connection that fails is tried again, as in ``httpx.HTTPTransport(retries=…)``.
    """

    def __init__(self, handle: Dispatch | Answering, retries: int = 0) -> None:
        super().__init__(self._answer)
        self.handle: Dispatch = handle_of(handle)
        self.retries = retries
        #: Whether the last answer brought no cookies; for one that serves a single request.
        self.bare: bool = False

    def _answer(self, request: httpx.Request) -> httpx.Response:
        timeout = (request.extensions.get("timeout") or {}).get("read")
        asked = Request(request.method, str(request.url), _headers(request), request.content, timeout=timeout)
        answer = self.handle(asked)
        for _ in range(self.retries):
            if answer is None or answer.failure not in ("connect-timeout", "refused"):
                break
            answer = self.handle(asked)
        if answer is None:
            raise httpx.ConnectError(LEFT, request=request)
        if answer.failure in _FAILURES:
            kind, begin = _FAILURES[answer.failure]
            raise kind(f"{begin} ({failed(answer.failure)})", request=request)
        reason = REASONS.get(answer.status, "").encode("ascii")
        headers = list(answer.headers.items())
        self.bare = not any(len(name) == 10 and name.lower() == "set-cookie" for name, _ in headers)
        return httpx.Response(
            answer.status,
            headers=headers,
            stream=httpx.ByteStream(answer.body) if answer.failure is None else _Broken(answer.body),
            extensions={"http_version": b"HTTP/1.1", "reason_phrase": reason},
        )


def _headers(request: httpx.Request) -> dict[str, str]:
    """With their names as they are sent; a name that comes twice has both values."""
    headers: dict[str, str] = {}
    for name, value in request.headers.raw:
        key, text = name.decode("latin-1"), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


class _Broken(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The first half of a body; behind it the connection breaks off."""

    def __init__(self, body: bytes) -> None:
        self._half = body[: len(body) // 2]
        self._size = len(body)

    def __iter__(self) -> Iterator[bytes]:
        yield self._half
        raise httpx.RemoteProtocolError(
            f"peer closed connection without sending complete message body (received {len(self._half)} bytes, "
            f"expected {self._size}) ({failed('truncated')})"
        )

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self:
            yield part


# -- clients ---------------------------------------------------------------------------------------------------


class _Routed:
    """A client, as its own code that sends sees it, for one request: with this transport, whatever the url."""

    __slots__ = ("_chosen", "_client")

    def __init__(self, client: Any, transport: Any) -> None:
        self._client = client
        self._chosen = transport

    def _transport_for_url(self, url: Any) -> Any:
        return self._chosen

    @property
    def cookies(self) -> Any:
        """Those of the client, for what came; it turns all headers over to find none, at a fifth of all costs."""
        return _NO_COOKIES if getattr(self._chosen, "bare", False) else self._client.cookies

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


class _NoCookies:
    """What stands for a client's cookies after an answer that brings none."""

    @staticmethod
    def extract_cookies(response: Any) -> None:
        """There are none."""


_NO_COOKIES = _NoCookies()


def _route(client: Any, request: httpx.Request, patch: Patch) -> Any:
    """The client, or for Studio a view of it: with our transport where its own goes straight to the network."""
    dispatch = _dispatch
    if dispatch is None or not is_studio_host(request.url.host):
        return client
    transport = client._transport
    for pattern, mounted in client._mounts.items():
        if pattern.matches(request.url):
            transport = transport if mounted is None else mounted
            break
    if patch.name not in getattr(transport, "__dict__", ()):
        for kind in type(transport).__mro__:
            if patch.name in vars(kind):
                if kind is patch.owner:
                    return _Routed(client, StudioTransport(dispatch, _retries(transport)))
                break
    patch.outermost()  # it may end in httpx's own
    return _Routed(client, transport)


def _retries(transport: Any) -> int:
    return int(getattr(getattr(transport, "_pool", None), "_retries", 0))


def _sending(real: Method) -> Method:
    def send(self: Any, request: httpx.Request) -> Any:
        return real(_route(self, request, _HANDLE), request)

    return send


def _sending_async(real: Method) -> Method:
    async def send(self: Any, request: httpx.Request) -> Any:
        return await real(_route(self, request, _HANDLE_ASYNC), request)

    return send


# -- transports ------------------------------------------------------------------------------------------------


def _handling(real: Method) -> Method:
    def handle(self: Any, request: httpx.Request) -> Any:
        dispatch = _dispatch
        if dispatch is not None and is_studio_host(request.url.host):
            return StudioTransport(dispatch, _retries(self)).handle_request(request)
        try:
            return real(self, request)
        except httpx.ConnectError as error:
            _note(request, error)
            raise

    return handle


def _handling_async(real: Method) -> Method:
    async def handle(self: Any, request: httpx.Request) -> Any:
        dispatch = _dispatch
        if dispatch is not None and is_studio_host(request.url.host):
            return await StudioTransport(dispatch, _retries(self)).handle_async_request(request)
        try:
            return await real(self, request)
        except httpx.ConnectError as error:
            _note(request, error)
            raise

    return handle


class _Refused(httpcore.ConnectError):
    """A connection to a host under twilio.com that the test's own mocks did not answer for."""

    noted = False


def _note(request: httpx.Request, error: httpx.ConnectError) -> None:
    cause = error.__cause__
    if isinstance(cause, _Refused) and not cause.noted and _refuse is not None:
        cause.noted = True
        _refuse(request.method, str(request.url), str(error))


class _Nowhere:
    """A network that refuses. Below all that mocks, and above all that resolves names or talks to proxies."""

    def connect_tcp(self, host: str, *args: Any, **kwargs: Any) -> Any:
        raise _Refused(explain(host))


class _NowhereAsync:
    async def connect_tcp(self, host: str, *args: Any, **kwargs: Any) -> Any:
        raise _Refused(explain(host))


def _connecting(connection: Any, network: Any) -> Callable[[Method], Method]:
    def make(real: Method) -> Method:
        def create_connection(self: Any, origin: Any) -> Any:
            if _dispatch is None or not is_twilio_host(origin.host.decode("ascii", "replace")):
                return real(self, origin)
            return connection(origin=origin, network_backend=network)

        return create_connection

    return make


_HANDLE = Patch(httpx.HTTPTransport, "handle_request", _handling)
_HANDLE_ASYNC = Patch(httpx.AsyncHTTPTransport, "handle_async_request", _handling_async)
_patches = [
    Patch(httpx.Client, "_send_single_request", _sending),
    Patch(httpx.AsyncClient, "_send_single_request", _sending_async),
    _HANDLE,
    _HANDLE_ASYNC,
]
for _prefix, _connection, _network in (
    ("", httpcore.HTTPConnection, _Nowhere()),
    ("Async", httpcore.AsyncHTTPConnection, _NowhereAsync()),
):
    for _name in ("ConnectionPool", "HTTPProxy", "SOCKSProxy"):
        _pool = getattr(httpcore, _prefix + _name, None)  # that of SOCKS needs a package more
        if "create_connection" in getattr(_pool, "__dict__", ()):
            _patches.append(Patch(_pool, "create_connection", _connecting(_connection, _network)))


def install(dispatch: Dispatch, refuse: Refuse) -> None:
    """Patch ``httpx`` for Studio's hosts, and ``httpcore`` for others under twilio.com."""
    global _dispatch, _refuse
    _dispatch, _refuse = dispatch, refuse
    for patch in _patches:
        patch.install()


def uninstall() -> None:
    """Give ``httpx`` back. Where somebody has wrapped a patch meanwhile, it stays, and changes nothing."""
    global _dispatch, _refuse
    _dispatch = _refuse = None
    for patch in _patches:
        patch.uninstall()
