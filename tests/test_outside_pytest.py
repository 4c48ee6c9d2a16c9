"""A failure outside of pytest: nobody writes a report there, so the error itself tells of the calls."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from helpers import get

from pytest_studio import FakeStudio, running

pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="errors take no notes before Python 3.11")


@pytest.fixture
def no_test_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a notebook."""
    monkeypatch.setattr(running, "origin", None)


def notes(act: Callable[[], Any], error: type[BaseException] = ZeroDivisionError) -> list[str]:
    """The notes of the error that something raises."""
    with pytest.raises(error) as caught:
        act()
    return list(getattr(caught.value, "__notes__", []))


def within() -> None:
    """Fail in a block of a studio."""
    with FakeStudio(seed=1) as studio:
        get(studio, "/v2/Flows")
        raise ZeroDivisionError


@FakeStudio(seed=1)
def decorated(studio: FakeStudio) -> None:
    """Fail in a decorated function."""
    get(studio, "/v2/Flows")
    raise ZeroDivisionError


@pytest.mark.parametrize("fail", [within, decorated])
def test_an_error_tells_of_the_calls(fail: Callable[[], None], no_test_runs: None) -> None:
    """Once."""
    (note,) = notes(fail)
    assert note.splitlines() == ["pytest-studio:", "  1. v2.ListFlow() -> 200, 0 flows"]


def test_under_pytest_the_report_tells() -> None:
    """And nothing else."""
    assert notes(within) == []


def test_an_interruption_has_no_notes(no_test_runs: None) -> None:
    """It says nothing of the code."""

    def stop() -> None:
        with FakeStudio():
            raise KeyboardInterrupt

    assert notes(stop, KeyboardInterrupt) == []


CASE = """
import unittest
from pytest_studio import FakeStudio, Request

@FakeStudio(seed=1)
class Case(unittest.TestCase):
    def test_it(self):
        self.studio.handle(Request("GET", "/v2/Flows"))
        self.fail("so")

unittest.main()
"""


def test_unittest_shows_the_calls_and_hints() -> None:
    """Of a decorated TestCase."""
    done = subprocess.run([sys.executable, "-c", CASE], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.count("  1. v2.ListFlow() -> 401") == 1
    assert "no credentials came" in done.stderr
