"""What Liquid's filters do in Studio's own way: JSON, numbers, and dates in Pacific time; the clock is passed in."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Any

__all__ = ["as_json", "formatted", "moment", "number"]

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_DIRECTIVE = re.compile(r"%([-_0^]?)([A-Za-z%])")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
           "December")  # fmt: skip

#: The longest text that is read as a date, as a number of characters.
LONGEST_DATE = 100


def as_json(value: Any) -> str:
    """A value as compact JSON; whatever is no JSON is ``null``."""
    return json.dumps(value, default=_plain, ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, Sequence) else None


def number(value: Any) -> int | float | None:
    """The number of a number or a numeric string, white space at its ends ignored; None for anything else.

    Integers stay integers, so that ``"41" | plus: 1`` is ``42``.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    if isinstance(value, str):
        text = value.strip()
        if len(text) > LONGEST_DATE or not _NUMBER.fullmatch(text):
            return None
        value = float(text) if "." in text else int(text)
    return None if isinstance(value, float) and not math.isfinite(value) else value


@lru_cache(maxsize=1)
def pacific() -> tzinfo:
    """Pacific time, in which Studio puts dates: from the machine's time zones, else from those of python-dateutil."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo("America/Los_Angeles")
    except ZoneInfoNotFoundError:
        from dateutil import tz

        return tz.gettz("America/Los_Angeles") or timezone(timedelta(hours=-8), "PST")


def moment(value: Any, now: float) -> datetime | None:
    """The moment that a value stands for.

    Args:
        value: ``now`` or ``today``, seconds since 1970 as a number or in digits, or a date in words or digits, which is
            in Pacific time unless it says otherwise, and of today where it leaves something out.
        now: the time, in seconds since 1970.

    Returns:
        A moment with a time zone; None if the value stands for none.
    """
    zone = pacific()
    if isinstance(value, str):
        text = value.strip()
        if text.lower() in ("now", "today"):
            return datetime.fromtimestamp(now, zone)
        if not text.isascii() or not text.isdigit():
            return _parsed(text, datetime.fromtimestamp(now, zone)) if len(text) <= LONGEST_DATE else None
    seconds = number(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, zone)
    except (OverflowError, OSError, ValueError):
        return None


def _parsed(text: str, today: datetime) -> datetime | None:
    from dateutil import parser

    try:
        found = parser.parse(text, default=today.replace(hour=0, minute=0, second=0, microsecond=0), ignoretz=False)
    except (ValueError, OverflowError, TypeError, RecursionError):
        return None
    return found if isinstance(found, datetime) else None


#: Directive -> its number, how wide it is, and what it is filled up with.
_NUMBERS: dict[str, tuple[Callable[[datetime], int], int, str]] = {
    "C": (lambda at: at.year // 100, 2, "0"),
    "d": (lambda at: at.day, 2, "0"),
    "e": (lambda at: at.day, 2, " "),
    "G": (lambda at: at.isocalendar()[0], 4, "0"),
    "H": (lambda at: at.hour, 2, "0"),
    "I": (lambda at: at.hour % 12 or 12, 2, "0"),
    "j": (lambda at: at.timetuple().tm_yday, 3, "0"),
    "k": (lambda at: at.hour, 2, " "),
    "l": (lambda at: at.hour % 12 or 12, 2, " "),
    "L": (lambda at: at.microsecond // 1000, 3, "0"),
    "m": (lambda at: at.month, 2, "0"),
    "M": (lambda at: at.minute, 2, "0"),
    "N": (lambda at: at.microsecond * 1000, 9, "0"),
    "s": (lambda at: math.floor(at.timestamp()), 1, "0"),
    "S": (lambda at: at.second, 2, "0"),
    "u": (lambda at: at.isoweekday(), 1, "0"),
    "U": (lambda at: (at.timetuple().tm_yday + 6 - at.isoweekday() % 7) // 7, 2, "0"),
    "V": (lambda at: at.isocalendar()[1], 2, "0"),
    "w": (lambda at: at.isoweekday() % 7, 1, "0"),
    "W": (lambda at: (at.timetuple().tm_yday + 6 - at.weekday()) // 7, 2, "0"),
    "y": (lambda at: at.year % 100, 2, "0"),
    "Y": (lambda at: at.year, 4, "0"),
}
#: Directive -> its text.
_TEXTS: dict[str, Callable[[datetime], str]] = {
    "a": lambda at: _DAYS[at.weekday()][:3],
    "A": lambda at: _DAYS[at.weekday()],
    "b": lambda at: _MONTHS[at.month - 1][:3],
    "B": lambda at: _MONTHS[at.month - 1],
    "h": lambda at: _MONTHS[at.month - 1][:3],
    "n": lambda at: "\n",
    "p": lambda at: "PM" if at.hour >= 12 else "AM",
    "P": lambda at: "pm" if at.hour >= 12 else "am",
    "t": lambda at: "\t",
    "z": lambda at: at.strftime("%z"),
    "Z": lambda at: at.tzname() or "",
    "%": lambda at: "%",
}
#: Directive -> the directives that it is short for.
_SHORT = {
    "c": "%a %b %e %H:%M:%S %Y",
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "r": "%I:%M:%S %p",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "x": "%m/%d/%y",
    "X": "%H:%M:%S",
}


def formatted(at: datetime, pattern: str) -> str:
    """A moment in the directives of ``strftime``, the same on every machine and in every locale.

    Args:
        at: the moment, with a time zone.
        pattern: as in ``%A, %-d %B at %H:%M``; ``-`` leaves padding out, ``_`` pads with blanks, ``^`` is for capitals.
            What is no directive stays as it is.
    """

    def put(found: re.Match[str]) -> str:
        flag, letter = found.groups()
        if letter in _SHORT:
            return formatted(at, _SHORT[letter])
        if letter in _NUMBERS:
            count, width, fill = _NUMBERS[letter]
            fill = {"-": "", "_": " ", "0": "0"}.get(flag, fill)
            return str(count(at)).rjust(width, fill) if fill else str(count(at))
        if letter in _TEXTS:
            text = _TEXTS[letter](at)
            return text.upper() if flag == "^" else text
        return found.group()

    return _DIRECTIVE.sub(put, pattern)
