"""Fixtures that the tests of the engine share."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from helpers import Quiet, serving

from pytest_studio import FakeStudio

# Suites that tests run in processes of their own find what pytest has compiled before.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

try:
    from hypothesis import settings
except ImportError:  # the tests that need it skip
    pass
else:
    # On a machine with other work a slow example says nothing. `long` is what the nox session `properties` runs with.
    settings.register_profile("quick", deadline=None, print_blob=True)
    settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=1_000)
    settings.load_profile("quick")


@pytest.fixture
def fake() -> FakeStudio:
    """A studio that is not active: it answers through ``handle`` only."""
    return FakeStudio()


@pytest.fixture
def server() -> Iterator[str]:
    """The url of a real server on this machine."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

    with serving(Handler) as url:
        yield url


@pytest.fixture(autouse=True)
def no_studio_is_left_active() -> Iterator[None]:
    """A test that leaves one active is named, not the tests after it."""
    yield
    switchboard = sys.modules.get("pytest_studio.switchboard")
    left = [] if switchboard is None else switchboard.active()
    for studio in left:
        switchboard.leave(studio)  # type: ignore[union-attr]
    assert not left
