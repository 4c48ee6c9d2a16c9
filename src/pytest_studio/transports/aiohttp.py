"""``aiohttp``: any session whose connector goes to the network.

``TCPConnector`` hands Studio's hosts a connection whose other side is a studio in the same process. Urls, headers,
redirects, cookies, traces, timeouts and retries stay aiohttp's own; no response is built here.
"""

from __future__ import annotations

import asyncio
import errno
import inspect
import socket
from collections.abc import Callable
from typing import Any

from pytest_studio.errors import MissingExtra, cause_of
from pytest_studio.transports.network import LEFT, explain, failed
from pytest_studio.transports.patches import Method, Patch
from pytest_studio.wire import Request, Response, is_studio_host, is_twilio_host

try:
    import aiohttp
    from aiohttp import client_exceptions, client_reqrep
    from aiohttp.connector import BaseConnector
except ImportError as _missing:
    raise MissingExtra("a transport of aiohttp", "the aiohttp package", "aiohttp") from cause_of(_missing, "aiohttp")

__all__ = ["exception_of", "install", "total", "uninstall"]

Dispatch = Callable[[Request], Response | None]
Refuse = Callable[[str, str, str], None]

_dispatch: Dispatch | None = None
_refuse: Refuse | None = None

_CHUNK = 64 * 1024

# aiohttp 3.9 has neither of these two
_ConnectionTimeout: Any = getattr(client_exceptions, "ConnectionTimeoutError", aiohttp.ServerTimeoutError)
_SocketTimeout: Any = getattr(client_exceptions, "SocketTimeoutError", aiohttp.ServerTimeoutError)


class _Transport(asyncio.Transport):
    """A connection to a studio: takes a request's bytes, and feeds its client the answer's.

    Args:
        protocol: aiohttp's side.
        loop: its event loop.
        request: aiohttp's request that the connection is made for.
        timeout: aiohttp's ``ClientTimeout`` of it.
    """

    def __init__(self, protocol: Any, loop: asyncio.AbstractEventLoop, request: Any, timeout: Any) -> None:
        from pytest_studio.transports.http11 import Connection

        super().__init__({"peername": ("127.0.0.1", request.port or 443), "sockname": ("127.0.0.1", 0)})
        self._protocol = protocol
        self._loop = loop
        self._key = request.connection_key
        self._timeout = timeout
        self._server = Connection(self._send, scheme=request.url.scheme, host=request.url.raw_host or "")
        #: What waits for a reader that has paused.
        self._waiting = bytearray()
        self._paused = False
        self._closing = False
        self._broken: BaseException | None = None

    # what aiohttp writes

    def write(self, data: Any) -> None:
        """Take a part of a request."""
        if not self._closing:
            self._server.receive(bytes(data))
            self._loop.call_soon(self._answer)

    def writelines(self, list_of_data: Any) -> None:
        """Take several parts."""
        self.write(b"".join(list_of_data))

    def can_write_eof(self) -> bool:
        """No; nobody asks."""
        return False

    def get_write_buffer_size(self) -> int:
        """What is written has been taken."""
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """There is none."""

    # what aiohttp reads

    def _answer(self) -> None:
        if self._closing:
            return
        try:
            asked = self._server.next_request()
            if asked is None:  # or it was no HTTP, or is to go on after a 100
                self._feed()
                return
            asked.timeout = _read_timeout(self._timeout)
            dispatch = _dispatch
            answer = None if dispatch is None else dispatch(asked)
            if answer is None:
                raise aiohttp.ClientConnectorError(self._key, OSError(errno.ECONNREFUSED, LEFT))
            if answer.failure is not None and answer.failure != "truncated":
                raise exception_of(answer.failure, self._key, self._timeout)
            if answer.failure is not None:
                self._broken = ConnectionResetError(errno.ECONNRESET, failed(answer.failure))
            self._server.answer(answer)
        except Exception as error:
            self._protocol.set_exception(error)
        else:
            self._feed()

    def _send(self, data: bytes) -> None:
        self._waiting += data

    def _feed(self) -> None:
        while self._waiting and not self._paused and not self._closing:
            data = bytes(self._waiting[:_CHUNK])
            del self._waiting[:_CHUNK]
            self._protocol.data_received(data)
        if self._broken is not None and not self._waiting and not self._closing:
            self._closing = True
            self._protocol.connection_lost(self._broken)

    def is_reading(self) -> bool:
        """Whether aiohttp takes more."""
        return not self._paused and not self._closing

    def pause_reading(self) -> None:
        """Hold back what comes next."""
        self._paused = True

    def resume_reading(self) -> None:
        """Go on."""
        if self._paused:
            self._paused = False
            self._loop.call_soon(self._feed)

    # the end

    def is_closing(self) -> bool:
        """Whether either side has closed."""
        return self._closing

    def close(self) -> None:
        """Close; what was not read is lost."""
        if not self._closing:
            self._closing = True
            self._waiting.clear()
            self._loop.call_soon(self._protocol.connection_lost, None)

    def abort(self) -> None:
        """The same."""
        self.close()

    def get_protocol(self) -> Any:
        """Aiohttp's side."""
        return self._protocol

    def set_protocol(self, protocol: Any) -> None:
        """Change it."""
        self._protocol = protocol


# -- failures --------------------------------------------------------------------------------------------------


def _read_timeout(timeout: Any) -> float | None:
    """Seconds that a request waits for its answer: the shorter of ``sock_read`` and ``total``."""
    limits = [limit for limit in (getattr(timeout, "sock_read", None), getattr(timeout, "total", None)) if limit]
    return min(limits) if limits else None


def exception_of(failure: str, where: Any, timeout: Any = None) -> Exception:
    """What aiohttp raises for one of ``wire.FAILURES``.

    Args:
        failure: which one.
        where: the connection's key, or the host.
        timeout: the request's ``aiohttp.ClientTimeout``.
    """
    why = failed(failure)
    if isinstance(where, str):
        key: Any = client_reqrep.ConnectionKey
        known = {"host": where, "port": 443, "is_ssl": True, "ssl": True}
        where = key(**{name: known.get(name) for name in inspect.signature(key).parameters})
    if failure == "connect-timeout":
        kind: Callable[..., Exception] = _ConnectionTimeout
        return kind(f"Connection timeout to host {where.host} ({why})")
    if failure == "refused":
        return aiohttp.ClientConnectorError(where, ConnectionRefusedError(errno.ECONNREFUSED, why))
    if failure == "read-timeout":
        total, silent = getattr(timeout, "total", None), getattr(timeout, "sock_read", None)
        if total and not (silent and silent <= total):
            return asyncio.TimeoutError(why)
        kind = _SocketTimeout
        return kind(f"Timeout on reading data from socket ({why})")
    if failure == "reset":
        return aiohttp.ServerDisconnectedError(f"Server disconnected ({why})")
    return aiohttp.ClientPayloadError(f"Response payload is not completed ({why})")


def total(seconds: float | None) -> Any:
    """An ``aiohttp.ClientTimeout`` of a whole request."""
    return aiohttp.ClientTimeout(total=seconds)


# -- the patch -------------------------------------------------------------------------------------------------


def _connecting(real: Method) -> Method:
    async def connect(self: Any, req: Any, *args: Any, **kwargs: Any) -> Any:
        """A connection that was kept from before the studio is not used."""
        if _dispatch is not None and isinstance(self, aiohttp.TCPConnector) and is_twilio_host(req.url.raw_host or ""):
            for protocol, _ in self._conns.pop(req.connection_key, ()):
                protocol.close()
        return await real(self, req, *args, **kwargs)

    return connect


def _creating(real: Method) -> Method:
    async def create_connection(self: Any, req: Any, traces: Any, timeout: Any) -> Any:
        host = req.url.raw_host or ""
        if _dispatch is None or not is_twilio_host(host):
            return await real(self, req, traces, timeout)
        if is_studio_host(host):
            protocol = self._factory()
            try:
                transport = _Transport(protocol, self._loop, req, timeout)
            except MissingExtra as error:
                raise MissingExtra("a studio behind aiohttp", "the h11 package", "aiohttp") from error.__cause__
            protocol.connection_made(transport)
            protocol.force_close()  # it must not be kept for after the studio
            return protocol
        if req.proxy is None and not type(self._resolver).__module__.startswith("aiohttp."):
            return await real(self, req, traces, timeout)  # the test resolves names itself
        why = explain(host)
        if _refuse is not None:
            _refuse(req.method, str(req.url), why)
        raise aiohttp.ClientConnectorError(req.connection_key, socket.gaierror(socket.EAI_NONAME, why))

    return create_connection


_patches = [
    Patch(BaseConnector, "connect", _connecting),
    Patch(aiohttp.TCPConnector, "_create_connection", _creating),
]


def install(dispatch: Dispatch, refuse: Refuse) -> None:
    """Patch ``aiohttp`` for hosts under twilio.com."""
    global _dispatch, _refuse
    _dispatch, _refuse = dispatch, refuse
    for patch in _patches:
        patch.install()


def uninstall() -> None:
    """Give ``aiohttp`` back. Where somebody has wrapped a patch meanwhile, it stays, and changes nothing."""
    global _dispatch, _refuse
    _dispatch = _refuse = None
    for patch in _patches:
        patch.uninstall()
