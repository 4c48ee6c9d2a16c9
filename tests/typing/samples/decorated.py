"""A studio by hand: as a context manager, in a user's own fixtures, as a decorator."""

from __future__ import annotations

import unittest
from collections.abc import Iterator
from datetime import datetime, timezone

import pytest
from typing_extensions import assert_type

from pytest_studio import FakeStudio, Flow


@pytest.fixture(scope="session")
def shared() -> Iterator[FakeStudio]:
    """A fixture of a wider scope."""
    with FakeStudio(seed=7, now=datetime(2026, 1, 31, tzinfo=timezone.utc), retention_days=30) as studio:
        assert_type(studio, FakeStudio)
        yield studio


@pytest.fixture
def flow(studio: FakeStudio) -> Flow:
    """A fixture on one of the plugin's."""
    return studio.add_flow(friendly_name="Booking")


@FakeStudio()
def count(studio: FakeStudio) -> int:
    """It is handed in: callers do not give it."""
    return len(studio.flows)


@FakeStudio(strict=False)
def named(name: str, studio: FakeStudio) -> str:
    """What stands before it stays."""
    return name + studio.account_sid


@FakeStudio()
def plain(name: str, *, times: int = 1) -> str:
    """Whoever does not ask for it keeps the signature."""
    return name * times


@FakeStudio()
async def later(studio: FakeStudio, name: str) -> list[str]:
    """The same for what is awaited."""
    return [name, studio.account_sid]


@FakeStudio()
class BookingCase(unittest.TestCase):
    """A class stays the class it is."""

    studio: FakeStudio

    def test_it(self) -> None:
        """It has the studio as an attribute."""
        assert_type(self.studio.add_flow(), Flow)


class TestBooking:
    """Methods are decorated alike."""

    @FakeStudio()
    def test_it(self, studio: FakeStudio) -> None:
        """Without the studio, a method takes nothing more."""


async def test_their_signatures() -> None:
    """What callers see."""
    assert_type(count(), int)
    assert_type(named("Ada"), str)
    assert_type(plain("Ada", times=2), str)
    assert_type(await later(name="Ada"), list[str])
    assert_type(BookingCase("test_it"), BookingCase)
    TestBooking().test_it()
