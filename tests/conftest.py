"""Fixtures that the tests of the engine share."""

from __future__ import annotations

import pytest

from pytest_studio import FakeStudio


@pytest.fixture
def fake() -> FakeStudio:
    """A studio that is not active: it answers through ``handle`` only."""
    return FakeStudio()
