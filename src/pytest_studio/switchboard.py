"""Which studio answers: the active ones in order, the environment they set, the clients they are patched into."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from pytest_studio.transports import network
from pytest_studio.transports import requests as requests_transport
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    import responses

    from pytest_studio.fake import FakeStudio

__all__ = ["active", "dispatch", "enter", "innermost", "leave", "mock"]

_VARIABLES = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")

_lock = threading.RLock()
_active: list[FakeStudio] = []
_before: dict[str, str | None] = {}


def enter(studio: FakeStudio) -> None:
    """Make a studio the innermost active one; the first one patches the clients."""
    with _lock:
        if not _active:
            _before.update({name: os.environ.get(name) for name in _VARIABLES})
            try:
                requests_transport.install(dispatch, refuse)
                network.install(refuse)
            except BaseException:
                _uninstall()
                raise
        _active.append(studio)
        if studio.env:
            _set_environment()


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
    network.uninstall()
    requests_transport.uninstall()


def innermost() -> FakeStudio | None:
    """The active studio that was entered last."""
    return _active[-1] if _active else None


def active() -> list[FakeStudio]:
    """The active studios, outermost first."""
    return list(_active)


def mock() -> responses.RequestsMock | None:
    """The ``responses`` mock in use; None while no studio is active."""
    return requests_transport.mock


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
