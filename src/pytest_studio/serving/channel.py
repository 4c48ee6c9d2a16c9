"""A client's connection to a server or a proxy: what it asks is answered in order, and what goes wrong stays with it.

Everything runs in the listener's loop; no thread waits for a slow client or a late answer.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_studio.transports.http11 import Connection
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    from pytest_studio.serving.listener import Listener

__all__ = ["Channel", "Line"]

#: Bytes that may wait unread behind a request whose answer takes its time.
_AHEAD = 1024 * 1024
#: Seconds that a client which sent something unreadable has to stop sending and read why.
_LINGER = 2.0


class Line(asyncio.Protocol):
    """A connection of a listener, which knows of it and breaks it off when it stops."""

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        """The connection stands."""
        self.transport = transport
        self.listener.lines.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.listener.lines.discard(self)
        self.transport.close()  # in TLS, Python 3.10 does not notice by itself

    @contextlib.contextmanager
    def guarded(self) -> Iterator[None]:
        """Break the connection off if what is done for it inside of the block fails: no client waits for ever."""
        try:
            yield
        except Exception:
            self.abort()

    def abort(self) -> None:
        """Close without sending what is left."""
        self.transport.abort()

    def forsake(self) -> None:
        """Break off if an answer is owed."""

    def tire(self, now: float, idle: float) -> None:
        """Break off where nothing has moved for ``idle`` seconds, and no answer is owed."""


class Channel(Line):
    """One client's connection to a listener.

    Args:
        listener: whose it is.
        scheme: ``http``, or ``https`` inside of TLS.
        host: what it was made to, where the client does not say.
    """

    def __init__(self, listener: Listener, scheme: str, host: str) -> None:
        super().__init__(listener)
        self.scheme = scheme
        self.http: Connection = Connection(self._collect, scheme=scheme, host=host, waits=True)
        self.out: list[bytes] = []
        self._early = bytearray()
        self._since = 0.0
        self._unread = 0
        self._deaf = False  # what comes is thrown away: nothing will be answered any more
        self._owes = False  # an answer takes its time, or never comes
        self._full = False  # the client does not read what it gets
        self._ahead = 0
        self._ended = False
        self._timer: asyncio.TimerHandle | None = None

    # -- what the loop calls ---------------------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        """The connection stands; inside of TLS, data may have come before this is known."""
        super().connection_made(transport)
        self._since = self.listener.loop.time()
        if self._early:
            self.data_received(bytes(self._early))
            self._early.clear()
        if self._ended:
            self.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        super().connection_lost(exc)
        self._deaf = True
        if self._timer is not None:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        """Some bytes came: answer each whole request."""
        if self.transport is None:
            self._early += data
            return
        self._since = self.listener.loop.time()
        if self._deaf:
            return
        self.http.receive(data)
        if self._owes or self._full:
            self._ahead += len(data)
            if self._ahead > _AHEAD:
                self.transport.pause_reading()
        else:
            self.serve()

    def eof_received(self) -> bool:
        """The client closed its side, or all of it: what is owed is still sent."""
        self._ended = True
        if self.transport is None:
            return False
        if self._deaf:
            self.transport.close()
            return False
        self.http.receive(b"")
        if not (self._owes or self._full):
            self.serve()
        return self.scheme == "http"

    def pause_writing(self) -> None:
        """The client does not read: answer no more until it does."""
        self._full = True

    def resume_writing(self) -> None:
        """It reads again."""
        self._full = False
        self._go_on()

    # -- answering ------------------------------------------------------------------------------------------

    def serve(self) -> None:
        """Answer what came, in order, as far as nothing stands in the way."""
        while not (self._owes or self._full or self._deaf):
            request = self.http.next_request()
            if request is None:
                break
            self.take(request)
            self.flush()
        self.flush()
        if self.http.finished and not (self._owes or self._deaf):
            self._end()

    def take(self, request: Request) -> None:
        """Answer one request, now or later."""
        answer = self.listener.answer(request)
        if answer.delay > 0:
            self._owes = True
            self._timer = self.listener.loop.call_later(answer.delay, self.settle, answer)
        else:
            self.give(answer)

    def settle(self, answer: Response) -> None:
        """Give the answer that was owed, and go on."""
        with self.guarded():
            self._timer = None
            self._owes = False
            self.give(answer)
            self.flush()
            self._go_on()

    def give(self, answer: Response) -> None:
        """Send an answer, or do what comes instead of one."""
        if answer.failure in (None, "truncated"):
            self.http.answer(answer)
        elif answer.failure in ("connect-timeout", "read-timeout"):
            self._owes = self._deaf = True
        else:
            self._deaf = True
            self.reset()

    def _go_on(self) -> None:
        """Answer what came while an answer was owed, or not read."""
        if not (self._owes or self._full or self._deaf):
            self._ahead = 0
            self.transport.resume_reading()
            self.serve()

    def _collect(self, data: bytes) -> None:
        self.out.append(data)

    def flush(self) -> None:
        """Send what was written."""
        if self.out:
            self.transport.write(b"".join(self.out) if len(self.out) > 1 else self.out[0])
            self.out.clear()

    def _end(self) -> None:
        self._deaf = True
        if self.http.refused and not self._ended and self.transport.can_write_eof():
            # closed at once, bytes still on their way would make the client's side drop the answer unread
            self.transport.write_eof()
            self._timer = self.listener.loop.call_later(_LINGER, self.transport.close)
        else:
            self.transport.close()

    # -- breaking off ---------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Break the connection so that the client sees a reset."""
        under = self.transport.get_extra_info("socket")
        if under is not None:
            with contextlib.suppress(OSError):
                under.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.abort()

    def abort(self) -> None:
        """Close without sending what is left."""
        self._deaf = True
        super().abort()

    def forsake(self) -> None:
        """Break off if an answer is owed."""
        if self._owes:
            self.abort()

    def tire(self, now: float, idle: float) -> None:
        """Break off where nothing has moved for ``idle`` seconds, and no answer is owed."""
        unread = self.transport.get_write_buffer_size()
        if unread != self._unread:  # the client reads
            self._unread, self._since = unread, now
        if now - self._since > idle and not self._owes:
            self.abort()
