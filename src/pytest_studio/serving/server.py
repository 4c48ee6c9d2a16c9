"""An HTTP server in front of a studio, for clients in any language.

Whatever host a request names, it is answered as Studio answers. Urls in payloads lead back to the server, unless it is
told otherwise, or the request names a host of Studio's: see ``addresses``.
"""

from __future__ import annotations

from collections.abc import Callable

from pytest_studio.serving.addresses import readdressed
from pytest_studio.serving.channel import Channel
from pytest_studio.serving.listener import Studio, StudioListener
from pytest_studio.transports.http11 import need_h11
from pytest_studio.wire import Request, Response

__all__ = ["StudioServer"]


class StudioServer(StudioListener):
    """A studio on a loopback port, over plain HTTP.

    ``with StudioServer(studio) as server`` serves it at ``server.url`` until the block ends.

    Args:
        studio: what answers; None: 503, until ``serving`` puts one there.
        host: the address to listen on.
        port: the port; 0: one that is free.
        rewrite_urls: give the urls of payloads the address that the client came by; see ``addresses``.
        idle: seconds after which a connection is dropped on which nothing moves.
        log: called with each request and its answer, in the server's thread.

    Raises:
        MissingExtra: ``h11`` is not installed.
        OSError: the port is taken; the message names it.
    """

    def __init__(
        self,
        studio: Studio | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        rewrite_urls: bool = True,
        idle: float = 60.0,
        log: Callable[[Request, Response], object] | None = None,
    ) -> None:
        need_h11("a StudioServer")
        super().__init__(studio, host, port, idle=idle, log=log)
        self.rewrite_urls = rewrite_urls

    def channel(self) -> Channel:
        """What serves one new connection."""
        return Channel(self, "http", f"{self.host}:{self.port}")

    def answer(self, request: Request) -> Response:
        """The studio's answer, with the urls that the client is to follow; 503 where there is no studio."""
        answer = self.asked(request)
        return self.logged(request, readdressed(answer, request) if self.rewrite_urls else answer)
