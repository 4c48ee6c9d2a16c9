"""The clock of a studio, and dates read and written."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from pytest_studio import FakeStudio, clock

NOON = 1_785_499_200  # 2026-07-31T12:00:00Z
PLUS_2 = timezone(timedelta(hours=2))


@pytest.mark.parametrize(
    "value",
    [
        "2026-07-31T12:00:00Z",
        "2026-07-31t12:00:00z",
        "2026-07-31T12:00:00",
        "2026-07-31T12:00",
        "2026-07-31T12:00:00.999Z",
        "2026-07-31T14:00:00+02:00",
        "2026-07-31T14:00:00+0200",
        "2026-07-31T06:30:00-05:30",
        datetime(2026, 7, 31, 12),
        datetime(2026, 7, 31, 12, 0, 0, 999_999, timezone.utc),
        datetime(2026, 7, 31, 14, tzinfo=PLUS_2),
        NOON,
        NOON + 0.9,
    ],
)
def test_a_moment_is_read_in_every_usual_form(value: Any) -> None:
    """What has no zone is UTC; fractions of a second are dropped."""
    assert clock.parse(value) == NOON


@pytest.mark.parametrize("value", ["2026-07-31", date(2026, 7, 31)])
def test_a_day_is_its_first_moment(value: Any) -> None:
    """In UTC."""
    assert clock.parse(value) == NOON - 12 * 3600


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "2026-7-31",
        "2026-02-30",
        "2026-13-01",
        "2026-07-31T24:00:00Z",
        "2026-07-31 12:00:00Z",
        "2026-07-31T12:00:00 02:00",
        "٢٠٢٦-07-31",
        "2026-07-31\n",
        "0000-01-01",
        "31.7.2026",
        "1785499200",
    ],
)
def test_what_is_no_date_is_told(text: str) -> None:
    """The error has the field's name."""
    with pytest.raises(ValueError, match=r"^Step\.date_created .* is no date"):
        clock.parse(text, "Step.date_created")


@pytest.mark.parametrize("value", [None, True, [], b"2026-07-31", {}])
def test_what_cannot_be_a_date_is_told(value: Any) -> None:
    """The error has the value's type."""
    with pytest.raises(TypeError, match=rf"now is a text, a datetime or a date, not {type(value).__name__}"):
        clock.parse(value, "now")


@pytest.mark.parametrize("value", [1e30, -(10**15), float("inf"), float("nan"), "0001-01-01T00:00:00+14:00"])
def test_what_no_calendar_has_is_told(value: Any) -> None:
    """A date that could not be written again is refused when it is given."""
    with pytest.raises(ValueError, match=r"now .* is no date"):
        clock.parse(value, "now")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (NOON, "2026-07-31T12:00:00Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
    ],
)
def test_dates_are_written_as_on_the_wire(seconds: int, text: str) -> None:
    """UTC, a Z, no fraction; what was written reads as the same moment."""
    assert clock.render(seconds) == text
    assert clock.parse(text) == seconds
    assert clock.to_datetime(seconds) == datetime.fromisoformat(text.replace("Z", "+00:00"))


def test_rendering_stays_right_over_thousands_of_days() -> None:
    """The memory of days is emptied now and then."""
    for day in range(0, 9000):
        seconds = day * clock.DAY + 3661
        assert clock.render(seconds) == f"{date.fromordinal(719_163 + day)}T01:01:01Z"


def test_the_clock_is_the_process_own() -> None:
    """Read each time, so that tools that move time rule it."""
    studio = FakeStudio()
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel("2026-07-31T12:00:00Z", tick=False) as traveller:
        assert clock.render(int(studio.add_flow().date_created.timestamp())) == "2026-07-31T12:00:00Z"
        traveller.shift(3600)
        assert studio.add_flow().payload()["date_created"] == "2026-07-31T13:00:00Z"
    freezegun = pytest.importorskip("freezegun")
    with freezegun.freeze_time("2020-02-29T00:00:00Z"):
        assert studio.add_flow().payload()["date_created"] == "2020-02-29T00:00:00Z"


def test_a_fixed_now_stands_still() -> None:
    """Whatever the process's clock says."""
    studio = FakeStudio(now="2026-07-31T14:00:00+02:00")
    time_machine = pytest.importorskip("time_machine")
    with time_machine.travel("2030-01-01T00:00:00Z"):
        assert studio.add_execution().payload()["date_created"] == "2026-07-31T12:00:00Z"


def test_an_offset_moves_a_clock() -> None:
    """Fixed ones, too."""
    watch = clock.Clock("2026-07-31T12:00:00Z")
    watch.offset = 90.5
    assert watch.now() == NOON + 90
