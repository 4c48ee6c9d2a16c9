"""The network's side: while a studio is active, no name under twilio.com is resolved, by any client."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import Any

from pytest_studio.wire import is_studio_host, is_twilio_host

__all__ = ["explain", "install", "uninstall"]

_NAMES = ("getaddrinfo", "gethostbyname", "gethostbyname_ex")

_real: dict[str, Callable[..., Any]] = {}
_guards: dict[str, Callable[..., Any]] = {}
_refuse: Callable[[str, str, str], None] | None = None
#: NO_PROXY variables that were changed -> (before, while active).
_no_proxy: dict[str, tuple[str | None, str]] = {}


def explain(host: str) -> str:
    """Why a connection to a host under twilio.com is refused, and what would work."""
    if is_studio_host(host):
        return (
            f"pytest-studio: {host} is faked while a studio is active, but this client is not one that it covers "
            "(requests, and the twilio SDK through it or through studio_client)"
        )
    return (
        f"pytest-studio: {host} is not reached while a studio is active, and is not faked: "
        "only Studio is. Mock it in the test (for requests: the responses library)"
    )


def _guard(name: str) -> Callable[..., Any]:
    real = _real[name]

    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        if _refuse is not None:
            text = host.decode("ascii", "replace") if isinstance(host, (bytes, bytearray)) else host
            if isinstance(text, str) and is_twilio_host(text):
                why = explain(text.lower())
                _refuse("RESOLVE", f"https://{text}/", why)
                raise socket.gaierror(socket.EAI_NONAME, why)
        return real(host, *args, **kwargs)

    guarded.__name__ = name
    return guarded


def install(refuse: Callable[[str, str, str], None]) -> None:
    """Guard the resolver; ``refuse`` is told method, url and reason."""
    global _refuse
    _refuse = refuse
    _bypass_proxies()
    for name in _NAMES:
        if getattr(socket, name) is not _guards.get(name):
            _real[name] = getattr(socket, name)
            _guards[name] = _guard(name)
            setattr(socket, name, _guards[name])


def uninstall() -> None:
    """Give the resolver back. Where somebody has wrapped the guard meanwhile, it stays, and lets all through."""
    global _refuse
    _refuse = None
    for variable, (before, changed) in _no_proxy.items():
        if os.environ.get(variable) == changed:
            if before is None:
                del os.environ[variable]
            else:
                os.environ[variable] = before
    _no_proxy.clear()
    for name in _NAMES:
        if getattr(socket, name) is _guards.get(name):
            setattr(socket, name, _real[name])
            del _guards[name]


def _bypass_proxies() -> None:
    """Where the environment names a proxy, keep it from resolving what we do not."""
    if not any(name.lower().endswith("_proxy") and name.lower() != "no_proxy" for name in os.environ):
        return
    for variable in ("NO_PROXY", "no_proxy"):
        before = os.environ.get(variable)
        _no_proxy[variable] = before, f"{before},twilio.com" if before else "twilio.com"
    for variable, (_, changed) in _no_proxy.items():
        os.environ[variable] = changed
