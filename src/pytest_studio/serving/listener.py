"""A listening socket with a studio behind it: ``asyncio`` in one thread of its own. What server and proxy share."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import TYPE_CHECKING, Any, Protocol, cast

from pytest_studio.errors import ApiError
from pytest_studio.serving.channel import Channel, Line
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_studio.fake import FakeStudio

__all__ = ["Listener", "Studio", "StudioListener"]

#: Seconds that ``stop`` waits at the most.
_STOP = 1.0


class Studio(Protocol):
    """What stands behind a server: a ``FakeStudio``."""

    @property
    def account_sid(self) -> str:
        """The user name of Basic authentication."""
        ...

    @property
    def auth_token(self) -> str:
        """The password."""
        ...

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        ...

    def note_refusal(self, method: str, url: str, why: str) -> None:
        """Note what was refused."""
        ...


class _Loop(asyncio.SelectorEventLoop):
    """A loop whose time goes on while a test has stopped the process's clocks."""

    def time(self, _now: Callable[[], float] = time.monotonic) -> float:
        return _now()


class Listener:
    """A listening socket, and the thread that serves it.

    Args:
        host: the address to listen on.
        port: the port; 0: one that is free.
        idle: seconds after which a connection is dropped on which nothing moves and nothing is owed to the client.

    Raises:
        OSError: the port is taken, or the address is none of this machine's; the message names it.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0, *, idle: float = 60.0) -> None:
        self.host = host
        self.idle = idle
        self.lines: set[Line] = set()
        self._socket = _listening(host, port)
        self.port: int = self._socket.getsockname()[1]
        self._thread: threading.Thread | None = None
        self.loop: asyncio.AbstractEventLoop
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        """Where it listens: ``http://127.0.0.1:4010``."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def start(self) -> Self:
        """Serve from now on, in a thread of its own.

        Raises:
            RuntimeError: it was started before.
        """
        if self._thread is not None:
            raise RuntimeError("a server is started once")
        self.loop = _Loop()
        self._stopping = asyncio.Event()
        self.loop.set_exception_handler(_broken)
        self._thread = threading.Thread(target=self._run, name=f"pytest-studio {self.url}", daemon=True)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Close the port and every connection; returns within a second or so."""
        thread, self._thread = self._thread, None
        if thread is None:
            self._socket.close()
            return
        with contextlib.suppress(RuntimeError):  # the loop has ended by itself
            self.loop.call_soon_threadsafe(self._stopping.set)
        thread.join(_STOP)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def _run(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            self.loop.run_until_complete(self._serve())
        finally:
            asyncio.set_event_loop(None)
            self.loop.close()

    async def _serve(self) -> None:
        server = await self.loop.create_server(self.channel, sock=self._socket, backlog=1024)
        self.loop.call_later(self._pace, self._sweep)
        await self._stopping.wait()
        self.loop.remove_reader(self._socket)
        for _ in range(3):  # whom asyncio is just accepting it would forget, open, if the server closed now
            await asyncio.sleep(0)
        server.close()
        await self._leave()

    async def _leave(self) -> None:
        """Break every connection, and let the loop see that they are gone."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for line in list(self.lines):
            line.abort()
        for _ in range(3):  # what is aborted is closed in the loop's next turn, TLS in the one after
            await asyncio.sleep(0)

    @property
    def _pace(self) -> float:
        return min(self.idle / 4, 1.0)

    def _sweep(self) -> None:
        now = self.loop.time()
        for line in list(self.lines):
            line.tire(now, self.idle)
        self.loop.call_later(self._pace, self._sweep)

    def forsake(self) -> None:
        """Break off, from another thread, what an answer is owed to."""
        with contextlib.suppress(RuntimeError):  # it was stopped
            self.loop.call_soon_threadsafe(self._forsake)

    def _forsake(self) -> None:
        for line in list(self.lines):
            line.forsake()

    def spawn(self, work: Coroutine[Any, Any, None], line: Line) -> None:
        """Run a coroutine for a connection, which is broken off if it fails; it ends with the listener."""

        async def guarded() -> None:
            with line.guarded():
                await work

        task = self.loop.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def channel(self) -> Channel:
        """What serves one new connection."""
        raise NotImplementedError

    def answer(self, request: Request) -> Response:
        """The answer to one request."""
        raise NotImplementedError


def _broken(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Break off the connection on which something failed; that clients break off is no news, and is not told."""
    line, transport = context.get("protocol"), context.get("transport")
    if isinstance(line, Line):
        line.abort()  # so that it knows, and answers no more
    elif transport is not None:  # TLS
        transport.abort()


def _listening(host: str, port: int) -> socket.socket:
    if not 0 <= port < 2**16:
        raise OSError(f"cannot listen on {host}, port {port}: a port is 0 (a free one) to 65535")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, proto)
    except OSError as error:
        raise OSError(f"cannot listen on {host}, port {port}: {error}") from None
    try:
        if os.name == "posix":  # elsewhere it would share a port that is taken
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(1024)
        listening.setblocking(False)
    except OSError as error:
        listening.close()
        words = error.strerror or str(error)
        raise OSError(error.errno, f"cannot listen on {host}, port {port}: {words} (port 0 takes a free one)") from None
    return listening


class StudioListener(Listener):
    """A listener whose requests a studio answers.

    Args:
        studio: what answers; None: 503, until ``serving`` puts one there.
        host: the address to listen on.
        port: the port; 0: one that is free.
        idle: seconds after which a connection is dropped on which nothing moves.
        log: called with each request and its answer, in the listener's thread.

    Raises:
        OSError: the port is taken; the message names it.
    """

    def __init__(
        self,
        studio: Studio | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        idle: float = 60.0,
        log: Callable[[Request, Response], object] | None = None,
    ) -> None:
        super().__init__(host, port, idle=idle)
        self._studio = studio
        self.log: Callable[[Request, Response], object] | None = log

    @property
    def studio(self) -> FakeStudio:
        """The studio that answers.

        Raises:
            RuntimeError: there is none now.
        """
        if self._studio is None:
            raise RuntimeError(f"{self.url} has no studio now: it has one inside of a test that asks for the fixture")
        return cast("FakeStudio", self._studio)

    @contextlib.contextmanager
    def serving(self, studio: Studio) -> Iterator[Self]:
        """Have this studio answer inside of the block; what it still owes then is broken off."""
        self._studio = studio
        try:
            yield self
        finally:
            self._studio = None
            self.forsake()

    def answer(self, request: Request) -> Response:
        """The studio's answer; 503 where there is none."""
        return self.logged(request, self.asked(request))

    def asked(self, request: Request) -> Response:
        """What the studio says.

        A fault of what stands there reaches neither the client nor stderr as a traceback.
        """
        studio = self._studio
        if studio is None:
            return _fault(ApiError(503, 20503, f"pytest-studio: no test that uses {self.url} runs now"))
        try:
            return studio.handle(request)
        except Exception as error:
            return _fault(ApiError(500, 20500, f"An error occurred: {type(error).__name__}"))

    def logged(self, request: Request, answer: Response) -> Response:
        """The answer, once ``log`` was told of it."""
        if self.log is not None:
            self.log(request, answer)
        return answer


def _fault(fault: ApiError) -> Response:
    return Response(fault.status, {"Content-Type": "application/json; charset=utf-8"}, fault.body())
