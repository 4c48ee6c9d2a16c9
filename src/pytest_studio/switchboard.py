"""Which studio answers: the active ones in order, the environment they set, the clients they are patched into."""

from __future__ import annotations

import os
import sys
import threading
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pytest_studio.transports import network
from pytest_studio.transports.importing import Watch
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    import responses

    from pytest_studio.fake import FakeStudio

__all__ = ["active", "dispatch", "enter", "innermost", "leave", "mock"]

_VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")
#: Client library -> the transport that covers it: a module with ``install(dispatch, refuse)`` and ``uninstall()``.
_TRANSPORTS = {name: f"pytest_studio.transports.{name}" for name in ("requests", "httpx", "aiohttp")}

# Nothing is imported under the lock: another thread may be importing a library, and wait for the lock in ``_watch``.
_lock = threading.RLock()
_active: list[FakeStudio] = []
_before: dict[str, str | None] = {}
#: Library -> as it was imported last, and the transport of that copy.
_covering: dict[str, tuple[ModuleType, Any]] = {}
_installed: list[Any] = []


def enter(studio: FakeStudio) -> None:
    """Make a studio the innermost active one; the first one patches the clients that have been imported."""
    with _lock:
        if not _active:
            _before.update({name: os.environ.get(name) for name in _VARIABLES})
            try:
                network.install(refuse)
                _watch.start()
            except BaseException:
                _uninstall()
                raise
        _active.append(studio)
        if studio.env:
            _set_environment()
    try:
        for library in _TRANSPORTS:
            if sys.modules.get(library) is not None:
                _cover(library)
    except BaseException:
        leave(studio)
        raise


def leave(studio: FakeStudio) -> None:
    """Take a studio out, in whatever order; the last one leaves nothing patched."""
    with _lock:
        for index in range(len(_active) - 1, -1, -1):
            if _active[index] is studio:
                del _active[index]
                break
        if studio.env:
            _set_environment()
        if not _active:
            _before.clear()
            _uninstall()


def _uninstall() -> None:
    _watch.stop()
    network.uninstall()
    while _installed:
        _installed.pop().uninstall()


def _cover(library: str) -> None:
    """Install the transport of a library that is imported, unless it is or no studio is active."""
    kept = _covering.get(library)
    if kept is None or kept[0] is not sys.modules.get(library):
        try:
            module = import_module(library)  # waits, where another thread is at it
        except Exception:  # and failed
            return
        transport: Any = import_module(_TRANSPORTS[library])
        if getattr(transport, library) is not module:  # a copy that was imported before this one
            del sys.modules[_TRANSPORTS[library]]
            transport = import_module(_TRANSPORTS[library])
        kept = _covering[library] = module, transport
    with _lock:
        if _active and kept[1] not in _installed:
            try:
                kept[1].install(dispatch, refuse)
            except BaseException:
                kept[1].uninstall()
                raise
            _installed.append(kept[1])


_watch = Watch(_TRANSPORTS, _cover)


def innermost() -> FakeStudio | None:
    """The active studio that was entered last."""
    return _active[-1] if _active else None


def active() -> list[FakeStudio]:
    """The active studios, outermost first."""
    return list(_active)


def mock() -> responses.RequestsMock | None:
    """The ``responses`` mock in use; None while no studio is active."""
    if not _active:
        return None
    import_module("requests")
    _cover("requests")
    found: responses.RequestsMock | None = _covering["requests"][1].mock()
    return found


def dispatch(request: Request) -> Response | None:
    """Answer from the innermost studio that knows the credentials, or else from the innermost; None: all were left."""
    header = request.header("Authorization")
    studios = active()
    for studio in reversed(studios):
        if studio.knows(header):
            return studio.handle(request)
    return studios[-1].handle(request) if studios else None


def refuse(method: str, url: str, why: str) -> None:
    """Note in the innermost studio's journal what was refused."""
    studio = innermost()
    if studio is not None:
        studio.note_refusal(method, url, why)


def _set_environment() -> None:
    values = dict(_before)
    for studio in _active:
        if studio.env:
            values.update(zip(_VARIABLES, (studio.account_sid, studio.auth_token), strict=True))
    for name, value in values.items():
        if os.environ.get(name) == value:
            continue
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value
