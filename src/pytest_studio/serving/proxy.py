"""An HTTPS forward proxy that answers Studio's hosts, for clients in any language that cannot be pointed elsewhere.

A client asks its proxy for a connection (CONNECT) to ``studio.twilio.com`` and then speaks TLS; the proxy ends that
TLS itself, with a certificate of a CA that it made for this process, and answers as the studio does. The client needs
two things: the proxy's address, and that CA among those it trusts. Nothing of it is a secret of anybody's: the CA's
key lives in memory only, and the file with its certificate goes when the proxy does.

Other hosts under ``twilio.com`` are refused, always; local ones are passed through to clients on this machine; the rest
is refused unless allowed.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pytest_studio.errors import MissingExtra, cause_of
from pytest_studio.serving.channel import Channel, Line
from pytest_studio.serving.listener import Listener, Studio, StudioListener
from pytest_studio.transports.http11 import need_h11
from pytest_studio.wire import Request, Response, is_studio_host, is_twilio_host, split_url

if TYPE_CHECKING:
    from typing_extensions import Self

__all__ = ["StudioProxy"]

#: Hosts that a proxy never keeps from a client.
LOCAL = ("localhost", "127.0.0.1", "::1")
#: Variables that would lead a client past the proxy, or have it log in elsewhere.
_OVERRULED = ("ALL_PROXY", "all_proxy", "TWILIO_API_KEY", "TWILIO_API_SECRET", "TWILIO_EDGE", "TWILIO_REGION")
#: Headers that are a proxy's business, and not of who it asks.
_HOP = ("connection", "proxy-connection", "proxy-authorization", "keep-alive", "transfer-encoding", "content-length")
#: Certificates that are kept: a client may ask for as many names as it likes.
CONTEXTS = 100
#: Seconds for a connection that is passed through, or a handshake.
_PATIENCE = 10.0


class StudioProxy(StudioListener):
    """A proxy on a loopback port in front of a studio.

    ``with StudioProxy(studio) as proxy`` serves until the block ends; ``proxy.env`` is an environment in which
    unmodified clients go through it.

    Args:
        studio: what answers; None: 503, until ``serving`` puts one there.
        host: the address to listen on.
        port: the port; 0: one that is free.
        allow: hosts that are passed through to themselves: names, ``*.example.com`` for all under one, ``*`` for any
            but those under ``twilio.com``. Local ones always are, to clients on this machine; to others, only those
            that are named here in full.
        idle: seconds after which a connection is dropped on which nothing moves.
        log: called with each request and its answer, in the proxy's thread.

    Attributes:
        ca_file: a file with the CAs that this machine trusts, and the proxy's own; gone when the proxy stops.

    Raises:
        MissingExtra: ``h11`` or ``trustme`` is not installed.
        OSError: the port is taken; the message names it.
    """

    def __init__(
        self,
        studio: Studio | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        allow: Iterable[str] = (),
        idle: float = 60.0,
        log: Callable[[Request, Response], object] | None = None,
    ) -> None:
        if isinstance(allow, str):
            raise TypeError(f"allow is a list of hosts, as in [{allow!r}]")
        need_h11("a StudioProxy")
        try:
            import trustme
        except ImportError as error:
            raise MissingExtra("a StudioProxy", "the trustme package", "server") from cause_of(error, "trustme")
        super().__init__(studio, host, port, idle=idle, log=log)
        self.allow: list[str] = [name.lower() for name in allow]
        self._ca = trustme.CA(organization_name="pytest-studio (throw-away)")
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._folder = Path(tempfile.mkdtemp(prefix="pytest-studio-"))
        self.ca_file: str = str(self._folder / "ca.pem")
        own = self._ca.cert_pem.bytes()
        Path(self.ca_file).write_bytes(own + b"\n" + _trusted())  # ours first: some tools read one and no more

    @property
    def variables(self) -> dict[str, str]:
        """What clients need in their environment: the proxy, its CA, the account and its token."""
        found: dict[str, str] = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), self.url)
        found |= dict.fromkeys(("NO_PROXY", "no_proxy"), ",".join(LOCAL))
        files = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
        found |= dict.fromkeys(files, self.ca_file)
        found["NODE_USE_ENV_PROXY"] = "1"  # from Node.js 24 on its own clients heed the proxy
        if self._studio is not None:
            found["TWILIO_ACCOUNT_SID"] = self._studio.account_sid
            found["TWILIO_AUTH_TOKEN"] = self._studio.auth_token
        return found

    @property
    def env(self) -> dict[str, str]:
        """This process's environment with ``variables`` in it, for ``subprocess.run(…, env=proxy.env)``.

        Proxies, CA files and Twilio credentials that are set here already are overruled.
        """
        overruled = self.overruled
        return {name: value for name, value in os.environ.items() if name not in overruled} | self.variables

    @property
    def overruled(self) -> list[str]:
        """Variables of this process's environment that would lead a client past the proxy; ``env`` has none of them."""
        return [name for name in _OVERRULED if name in os.environ]

    @contextmanager
    def serving(self, studio: Studio) -> Iterator[Self]:
        """Have this studio answer inside of the block; what it owes then is broken off, what ``allow`` got is gone."""
        allow = list(self.allow)
        try:
            with super().serving(studio):
                yield self
        finally:
            self.allow = allow

    def stop(self) -> None:
        """Close the port and every connection, remove the CA file."""
        super().stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    # -- for the connections --------------------------------------------------------------------------------

    def channel(self) -> Channel:
        """What serves one new connection."""
        return _Front(self)

    def refuse(self, request: Request, host: str, *, closed: bool = False) -> Response:
        """The answer to a request for a host that is neither Studio's nor passed through.

        Args:
            request: what was asked.
            host: for whom.
            closed: whether that is this machine, and the client is another one.
        """
        if is_twilio_host(host):
            why = f"pytest-studio: {host} is not reached through this proxy: only Studio is faked"
        elif closed:
            why = (
                f"pytest-studio: {host} is the machine of the proxy, and is passed through to clients on it only: "
                "allow it by this very name (allow=[…] of the proxy, --tunnel of the command)"
            )
        else:
            why = (
                f"pytest-studio: {host or 'this'} is not Studio, and is not passed through: allow it "
                "(allow=[…] of the proxy, --tunnel of the command), or name it in the client's NO_PROXY"
            )
        if self._studio is not None:
            self._studio.note_refusal(request.method, request.url, why)
        return self.logged(request, Response(403, {"Content-Type": "text/plain; charset=utf-8"}, why.encode()))

    def passes(self, host: str, *, near: bool = True) -> bool:
        """Whether a host is passed through to itself.

        Args:
            host: its name or address.
            near: whether the client is on this machine. To others this machine's own ports are closed, even where
                ``*`` is allowed: a host of it must be named.
        """
        if is_twilio_host(host):
            return False
        if host in self.allow:
            return True
        if is_local(host):
            return near
        return any(name == "*" or (name.startswith("*.") and host.endswith(name[1:])) for name in self.allow)

    def context(self, host: str) -> ssl.SSLContext:
        """The TLS side of a host: a certificate of its name by the proxy's CA, made once.

        Raises:
            ValueError: no certificate can have this name.
        """
        context = self._contexts.get(host)
        if context is None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._ca.issue_cert(host).configure_cert(context)
            context.set_alpn_protocols(["http/1.1"])
            if len(self._contexts) >= CONTEXTS:
                del self._contexts[next(iter(self._contexts))]  # it can be made again
            self._contexts[host] = context
        return context


def is_local(host: str) -> bool:
    """Whether a host is this machine's loopback interface by its address, or its usual name: none is looked up."""
    try:
        found = ipaddress.ip_address(host)
    except ValueError:
        return host in LOCAL
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _trusted() -> bytes:
    """The CAs that this machine trusts, in PEM; nothing where they are not in a file."""
    places = [os.environ.get(name) for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    places.append(ssl.get_default_verify_paths().cafile)
    with suppress(ImportError):
        import certifi

        places.append(certifi.where())
    for place in places:
        if place:
            with suppress(OSError):
                return Path(place).read_bytes()
    return b""


class _Front(Channel):
    """A connection to the proxy, before it is known where it leads."""

    listener: StudioProxy

    def __init__(self, proxy: StudioProxy) -> None:
        super().__init__(proxy, "http", "")
        self._near = False

    def connection_made(self, transport: Any) -> None:
        """The connection stands: see who it is."""
        self._near = _is_near(transport)
        super().connection_made(transport)

    def take(self, request: Request) -> None:
        """Answer a request for Studio, connect, or refuse."""
        connects = request.method == "CONNECT"
        host, port = _place(request.url, 443 if connects else 80)
        if connects and is_studio_host(host):
            self._secure(host)
        elif is_studio_host(host):
            super().take(request)
        elif not connects and self._is_own(host, port):
            self.give(_for_a_server(self.listener.url))
        elif self.listener.passes(host, near=self._near):
            self._pass(request, host, port)
        else:
            self.give(self.listener.refuse(request, host, closed=not self._near and is_local(host)))

    def _is_own(self, host: str, port: int) -> bool:
        return port == self.listener.port and (host in LOCAL or host == self.listener.host)

    def _secure(self, host: str) -> None:
        """Go on in TLS, as ``host``."""
        try:
            context = self.listener.context(host)
        except ValueError as error:
            self.give(_no_way(f"no certificate can be made for {host:.300}: {error}"))
            return
        early = self.http.tunnel()
        self._deaf = True
        self.transport.pause_reading()  # what comes now is TLS
        self.flush()
        if early:  # TLS before the connection was granted, which no client does
            self.abort()
            return
        self.listener.spawn(self._shake(host, context), self)

    async def _shake(self, host: str, context: ssl.SSLContext) -> None:
        proxy = self.listener
        proxy.lines.discard(self)  # from here on the connection is told to TLS alone
        inner = Channel(proxy, "https", host)
        try:
            secure = await proxy.loop.start_tls(
                self.transport, inner, context, server_side=True, ssl_handshake_timeout=_PATIENCE
            )
        except (OSError, ValueError):  # a client that does not trust the CA breaks off here
            self.abort()
            return
        inner.connection_made(secure)

    def _pass(self, request: Request, host: str, port: int) -> None:
        """Connect to another host, and pass on what comes from either side."""
        self._owes = True
        self.listener.spawn(self._join(request, host, port), self)

    async def _join(self, request: Request, host: str, port: int) -> None:
        connecting = self.listener.loop.create_connection(lambda: _Far(self, request, host), host, port)
        try:
            await asyncio.wait_for(connecting, _PATIENCE)
        except (OSError, ValueError, OverflowError, asyncio.TimeoutError) as error:  # ValueError: no name, as a..b
            self.settle(_no_way(f"no connection to {host}:{port}: {error or 'none in time'}"))

    def hand_over(self, request: Request, host: str, far: _Far) -> None:
        """Let the two ends speak to each other from here on."""
        if not self._near and _is_near(far.transport) and host not in self.listener.allow:
            far.abort()  # some name of this machine, or one that leads here
            self.settle(self.listener.refuse(request, host, closed=True))
            return
        self.listener.lines.discard(self)
        self._deaf = True
        if self.transport.is_closing():
            far.abort()
            return
        early = self.http.tunnel() if request.method == "CONNECT" else _forwarded(request)
        self.flush()
        near = _End(self.listener, far)
        far.other = near
        self.transport.set_protocol(near)
        near.connection_made(self.transport)
        far.transport.write(early)
        if self._ended:
            near.eof_received()


def _place(target: str, default: int) -> tuple[str, int]:
    """Host and port of a CONNECT's target or of a url."""
    rest = target.partition("://")[2].partition("/")[0] if "://" in target else target
    rest = rest.rpartition("@")[2]
    host, _, port = rest.rpartition(":")
    if not host or not port.isdecimal() or not port.isascii() or len(port) > 5:
        host, port = rest, str(default)
    return host.strip("[]").lower(), int(port)


def _is_near(transport: Any) -> bool:
    """Whether the other side of a connection is on this machine's loopback interface."""
    peer = transport.get_extra_info("peername")
    return bool(peer) and is_local(peer[0])


def _forwarded(request: Request) -> bytes:
    """A request to a proxy as the host that it names gets it, on a connection for it alone."""
    _, path, query = split_url(request.url)
    head = [f"{request.method} {path}{'?' + query if query else ''} HTTP/1.1"]
    head += [f"{name}: {value}" for name, value in request.headers.items() if name.lower() not in _HOP]
    if request.body or request.method not in ("GET", "HEAD", "DELETE", "OPTIONS"):
        head.append(f"Content-Length: {len(request.body)}")
    head += ["Connection: close", "", ""]
    return "\r\n".join(head).encode("latin-1") + request.body


def _for_a_server(url: str) -> Response:
    why = f"pytest-studio: {url} is a proxy for clients of https://studio.twilio.com; what answers by itself is serve"
    return Response(400, {"Content-Type": "text/plain; charset=utf-8"}, why.encode())


def _no_way(words: str) -> Response:
    return Response(502, {"Content-Type": "text/plain; charset=utf-8"}, f"pytest-studio: {words}".encode())


class _End(Line):
    """One end of two connections that are passed through to each other."""

    def __init__(self, listener: Listener, other: _End | None = None) -> None:
        super().__init__(listener)
        self.other = other
        self.ended = False

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        if self.other is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Pass it on; after the second one both are closed."""
        self.ended = True
        if self.other is not None:
            if self.other.ended:
                self.transport.close()
                self.other.transport.close()
            elif self.other.transport.can_write_eof():
                self.other.transport.write_eof()
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        """Close the other, too."""
        super().connection_lost(exc)
        if self.other is not None:
            self.other.transport.close()

    def pause_writing(self) -> None:
        """This side does not read: take no more from the other."""
        if self.other is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """It reads again."""
        if self.other is not None:
            self.other.transport.resume_reading()


class _Far(_End):
    """The end that the proxy has connected to."""

    def __init__(self, front: _Front, request: Request, host: str) -> None:
        super().__init__(front.listener)
        self._front = front
        self._request = request
        self._host = host

    def connection_made(self, transport: Any) -> None:
        """It stands: join the two, before anything comes from there."""
        super().connection_made(transport)
        with self._front.guarded():
            try:
                self._front.hand_over(self._request, self._host, self)
            except Exception:
                self.abort()
                raise
