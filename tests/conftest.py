"""Fixtures that the tests of the engine share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from helpers import Quiet, serving

from pytest_studio import FakeStudio

try:
    from hypothesis import settings
except ImportError:  # the tests that need it skip
    pass
else:
    # On a machine with other work a slow example says nothing. `long` is what the nox session `properties` runs with.
    settings.register_profile("quick", deadline=None, print_blob=True)
    settings.register_profile("long", parent=settings.get_profile("quick"), max_examples=1_000)
    settings.load_profile("quick")


#: What alters what pytest, Python and a studio print or do. With CI or BUILD_NUMBER pytest writes longer summaries;
#: without PYTHONDONTWRITEBYTECODE a suite finds what pytest has compiled before.
ALTERS = (
    *("CI", "BUILD_NUMBER", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "PYTHONDONTWRITEBYTECODE"),
    *("PYTEST_PLUGINS", "PYTEST_XDIST_WORKER", "PYTEST_XDIST_WORKER_COUNT"),
    *("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"),
)


@pytest.fixture(scope="session", autouse=True)
def environment() -> Iterator[None]:
    """Programs and suites that tests run print the same everywhere, and load none of the plugins installed here.

    Loading those takes three times as long as the rest. A suite that wants another says ``-p``.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in ALTERS:
            patch.delenv(name, raising=False)
        patch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
        yield


@pytest.fixture
def pytester(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """Suites that run with this plugin, and no other that is installed."""
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p studio")
    return pytester


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
