"""The network's side: while a studio is active, no name under twilio.com is resolved, by any client."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from pytest_studio.wire import is_studio_host, is_twilio_host

__all__ = ["FAILED", "LEFT", "explain", "failed", "install", "uninstall"]

#: What a client is told of each of ``wire.FAILURES``.
FAILED = {
    "connect-timeout": "no connection in time",
    "read-timeout": "the request was sent, and no answer came in time",
    "refused": "the connection was refused",
    "reset": "the request was sent, and the connection broke without an answer",
    "truncated": "the body broke off",
}
LEFT = "pytest-studio: the studio that this request was meant for has been left"

_NAMES = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")
#: Methods of sockets that resolve by themselves.
_METHODS = ("connect", "connect_ex")

_PROXIES = tuple(cased for name in ("http", "https", "all") for cased in (f"{name}_proxy", f"{name}_PROXY".upper()))

_real: dict[str, Callable[..., Any]] = {}
_guards: dict[str, Callable[..., Any]] = {}
_made: dict[str, Callable[..., Any]] = {}
_refuse: Callable[[str, str, str], None] | None = None
#: NO_PROXY variables that were changed -> (before, while active).
_no_proxy: dict[str, tuple[str | None, str]] = {}


def failed(failure: str) -> str:
    """What the message of a client library's exception says of a failure that a test asked for."""
    return f"pytest-studio: {failure}: {FAILED[failure]}, as the test asked for"


def explain(host: str) -> str:
    """Why a connection to a host under twilio.com is refused, and what would work."""
    if is_studio_host(host):
        return (
            f"pytest-studio: {host} is faked while a studio is active, but this client is not one that it covers "
            "(requests, httpx, aiohttp, and the twilio SDK through them, studio_client or studio_async_client); "
            "others reach it through studio_server or studio_proxy"
        )
    return (
        f"pytest-studio: {host} is not reached while a studio is active, and is not faked: "
        "only Studio is. Mock it in the test (for requests: the responses library; for httpx: respx or pytest_httpx; "
        "for aiohttp: a resolver of the test's own)"
    )


def _check(host: Any) -> None:
    """Refuse a host under twilio.com."""
    refuse = _refuse
    if refuse is None:
        return
    text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
    if isinstance(text, str) and is_twilio_host(text):
        why = explain(text.lower())
        refuse("RESOLVE", f"https://{text}/", why)
        raise socket.gaierror(socket.EAI_NONAME, why)


def _guarded(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def resolve(host: Any, *args: Any, **kwargs: Any) -> Any:
        _check(host)
        return real(host, *args, **kwargs)

    def connect(self: Any, address: Any) -> Any:
        if isinstance(address, tuple) and address:
            _check(address[0])
        return real(self, address)

    guard = connect if name in _METHODS else resolve
    guard.__name__ = name
    return guard


_PLACES: list[tuple[Any, str]] = [
    *((socket, name) for name in _NAMES),
    *((socket.socket, name) for name in _METHODS),
]


def install(refuse: Callable[[str, str, str], None]) -> None:
    """Guard the resolver; ``refuse`` is told method, url and reason."""
    global _refuse
    _refuse = refuse
    for place, name in _PLACES:
        real = getattr(place, name)
        if real is not _guards.get(name):
            if _real.get(name) is not real:  # every test comes by here
                _real[name], _made[name] = real, _guarded(name, real)
            _guards[name] = _made[name]
            setattr(place, name, _guards[name])
    _bypass_proxies()


def uninstall() -> None:
    """Give the resolver back. Where somebody has wrapped the guard meanwhile, it stays, and lets all through."""
    global _refuse
    _refuse = None
    for place, name in _PLACES:
        if name in _guards and getattr(place, name) is _guards[name]:
            if name in _METHODS:
                delattr(place, name)  # it was inherited
            if getattr(place, name) is not _real[name]:
                setattr(place, name, _real[name])
            del _guards[name]
    for variable, (before, changed) in _no_proxy.items():
        if os.environ.get(variable) == changed:
            if before is None:
                del os.environ[variable]
            else:
                os.environ[variable] = before
    _no_proxy.clear()


def _bypass_proxies() -> None:
    """Where the environment names a proxy, keep it from resolving what we do not."""
    if not any(name in os.environ for name in _PROXIES):
        return
    for variable in ("NO_PROXY", "no_proxy"):
        before = os.environ.get(variable)
        _no_proxy[variable] = before, f"{before},twilio.com" if before else "twilio.com"
    for variable, (_, changed) in _no_proxy.items():
        os.environ[variable] = changed
