"""Fixtures that the tests of the engine share."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from pytest_studio import FakeStudio


@pytest.fixture
def fake() -> FakeStudio:
    """A studio that is not active: it answers through ``handle`` only."""
    return FakeStudio()


@pytest.fixture(autouse=True)
def no_studio_is_left_active() -> Iterator[None]:
    """A test that leaves one active is named, not the tests after it."""
    yield
    switchboard = sys.modules.get("pytest_studio.switchboard")
    left = [] if switchboard is None else switchboard.active()
    for studio in left:
        switchboard.leave(studio)  # type: ignore[union-attr]
    assert not left
