"""Time: the clock of a studio, and dates as the REST API writes them (UTC, whole seconds)."""

from __future__ import annotations

import re
import time
from datetime import date, datetime, timezone

__all__ = ["Clock", "later", "parse", "render", "to_datetime"]

DAY = 86_400
_FIRST, _LAST = -62_135_596_800, 253_402_300_799  # of the years 1 to 9999

_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})"
    r"(?:[Tt]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.[0-9]+)?)?(?:([Zz])|([+-])([0-9]{2}):?([0-9]{2}))?)?"
)
#: Day number of 1970-01-01 in the calendar that ``date.fromordinal`` counts in.
_EPOCH = date(1970, 1, 1).toordinal()

_minutes: dict[int, str] = {}


class Clock:
    """What a studio takes for the present.

    Without ``now`` it is the process's own clock, read each time, so that tools that move time rule it.

    Args:
        now: a fixed moment instead: an ISO 8601 text, a ``datetime``, a ``date`` or seconds since 1970.
    """

    __slots__ = ("_fixed", "offset")

    def __init__(self, now: object = None) -> None:
        self._fixed = None if now is None else parse(now, "now")
        self.offset: float = 0.0

    def now(self) -> int:
        """The present, in whole seconds since 1970."""
        return int(self.exact())

    def exact(self) -> float:
        """The present, in seconds since 1970."""
        return (time.time() if self._fixed is None else self._fixed) + self.offset

    def advance(self, seconds: float) -> None:
        """Move the present ahead.

        Raises:
            ValueError: ``seconds`` is below 0, or leads beyond the year 9999.
        """
        self.check(seconds)
        self.offset += seconds

    def check(self, seconds: float) -> None:
        """Hold that the present can be moved ahead by so much; raises as ``advance`` does."""
        if not 0 <= seconds <= _LAST - self.exact():  # which is so for NaN, too
            raise ValueError(f"the clock goes forward, and to the year 9999 at the most, not by {seconds!r} seconds")


def parse(value: object, what: str = "date") -> int:
    """Seconds since 1970 of a date given as text, ``datetime``, ``date`` or number.

    Text is ISO 8601, with or without the time of day and the zone; what has no zone is UTC, as on the wire.

    Raises:
        ValueError: the text is no such date; the message says what would be one.
        TypeError: neither text nor date nor number.
    """
    seconds: float
    if isinstance(value, str):
        seconds = _parse_text(value, what)
    elif isinstance(value, datetime):
        seconds = (value if value.tzinfo else value.replace(tzinfo=timezone.utc)).timestamp()
    elif isinstance(value, date):
        seconds = datetime(value.year, value.month, value.day, tzinfo=timezone.utc).timestamp()
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        seconds = value
    else:
        raise TypeError(f"{what} is a text, a datetime or a date, not {type(value).__name__}: {value!r:.80}")
    if not _FIRST <= seconds <= _LAST:  # which is so for NaN, too
        raise ValueError(f"{what} {value!r:.60} is no date: it lies outside of the years 1 to 9999")
    return int(seconds // 1)


def _parse_text(text: str, what: str) -> int:
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError(f"{what} {text[:60]!r} is no date: write it as 2026-01-31T09:30:00Z or 2026-01-31")
    year, month, day, hour, minute, second, _, sign, zone_h, zone_m = found.groups()
    try:
        moment = datetime(
            int(year),
            int(month),
            int(day),
            int(hour or 0),
            int(minute or 0),
            int(second or 0),
            tzinfo=timezone.utc,
        )
    except ValueError as error:
        raise ValueError(f"{what} {text!r} is no date: {error}") from None
    shift = (int(zone_h) * 60 + int(zone_m)) * 60 if sign else 0
    return int(moment.timestamp()) + (shift if sign == "-" else -shift)


def later(moment: int, seconds: int) -> int:
    """So many seconds after a moment; the end of the year 9999 at the most, after which no date can be written."""
    return min(moment + seconds, _LAST)


def render(seconds: int) -> str:
    """A date as on the wire: ``2026-01-31T09:30:00Z``."""
    minute, second = divmod(seconds, 60)
    text = _minutes.get(minute)
    if text is None:
        if len(_minutes) > 4096:
            _minutes.clear()
        day, rest = divmod(minute, 1440)
        text = f"{date.fromordinal(_EPOCH + day)}T{rest // 60:02d}:{rest % 60:02d}:"
        _minutes[minute] = text
    return f"{text}{second:02d}Z"


def to_datetime(seconds: int) -> datetime:
    """The same moment as an aware ``datetime`` in UTC, which is what Twilio's SDK makes of it."""
    return datetime.fromtimestamp(seconds, timezone.utc)
