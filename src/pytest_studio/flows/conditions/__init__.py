"""The 17 predicates of a split: https://www.twilio.com/docs/studio/widget-library/split-based-on."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from pytest_studio.errors import nearest
from pytest_studio.flows.conditions.patterns import Uncertain, compiled, samples

__all__ = ["PREDICATES", "assumption", "counterexamples", "examples", "matches"]

#: Predicate -> how messages put it, between what is judged and what it is held against.
PREDICATES = {
    "equal_to": "is equal to",
    "not_equal_to": "is not equal to",
    "matches_any_of": "is one of",
    "does_not_match_any_of": "is none of",
    "is_blank": "is blank",
    "is_not_blank": "is not blank",
    "regex": "matches the regular expression",
    "contains": "contains",
    "does_not_contain": "does not contain",
    "starts_with": "starts with",
    "does_not_start_with": "does not start with",
    "less_than": "is less than",
    "greater_than": "is greater than",
    "is_before_time": "is before the time",
    "is_after_time": "is after the time",
    "is_before_date": "is before the date",
    "is_after_date": "is after the date",
}

#: Inputs that are tried where a condition only excludes some.
_ANYTHING = ("hello", "1", "0", "no", "?", "")
#: Examples of a list.
_FEW = 5

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)", re.ASCII)
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d", re.ASCII)
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


class _Rule(NamedTuple):
    """What a predicate means: whether it holds, what was assumed, inputs that may satisfy it, or just not."""

    holds: Callable[[str, str], bool]
    assumed: Callable[[str, str], str | None]
    candidates: Callable[[str], Iterable[str]]


def matches(kind: str, argument: str, value: str) -> bool:
    """Whether a condition holds, as Studio judges it: without regard to case, nor to white space at the ends.

    Args:
        kind: one of ``PREDICATES``.
        argument: what is judged, rendered.
        value: what it is held against, rendered: a text, a list with commas, a regular expression for the whole of the
            argument, a number, a time ``HH:MM`` or a date ``YYYY-MM-DD``. What is none of those where one belongs never
            matches; ``is_blank`` and ``is_not_blank`` ignore it.

    Raises:
        ValueError: an unknown predicate; the message names the nearest.
    """
    return _rule(kind).holds(argument.strip(), value.strip())


def assumption(kind: str, argument: str, value: str) -> str | None:
    """The rule of uncertain grade that decided an evaluation, as a short sentence; None if none did.

    Args:
        kind: one of ``PREDICATES``.
        argument: what is judged, rendered.
        value: what it is held against, rendered.

    Raises:
        ValueError: an unknown predicate; the message names the nearest.
    """
    return _rule(kind).assumed(argument.strip(), value.strip())


def examples(kind: str, value: str) -> tuple[str, ...]:
    """A few arguments for which a condition holds, the simplest first; none if none was found.

    Args:
        kind: one of ``PREDICATES``.
        value: what they are held against, rendered.

    Raises:
        ValueError: an unknown predicate; the message names the nearest.
    """
    return tuple(candidate for candidate in _candidates(kind, value) if matches(kind, candidate, value))


def counterexamples(kind: str, value: str) -> tuple[str, ...]:
    """A few arguments that a condition is there to keep out; none where anything else will do.

    Args:
        kind: one of ``PREDICATES``.
        value: what they are held against, rendered.

    Raises:
        ValueError: an unknown predicate; the message names the nearest.
    """
    return tuple(candidate for candidate in _candidates(kind, value) if not matches(kind, candidate, value))


def _candidates(kind: str, value: str) -> Iterable[str]:
    return dict.fromkeys(_rule(kind).candidates(value.strip()))


def _rule(kind: str) -> _Rule:
    try:
        return _RULES[kind]
    except KeyError:
        raise ValueError(f"unknown predicate {kind!r}{nearest(kind, PREDICATES)}") from None


def _entries(value: str) -> list[str]:
    return [entry for entry in (entry.strip() for entry in value.split(",")) if entry]


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _time(text: str) -> str | None:
    return text if _TIME.fullmatch(text) else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def _equal(argument: str, value: str) -> bool:
    return argument.lower() == value.lower()


def _one_of(argument: str, value: str) -> bool:
    return any(_equal(argument, entry) for entry in _entries(value))


def _contains(argument: str, value: str) -> bool:
    return value.lower() in argument.lower()


def _starts(argument: str, value: str) -> bool:
    return argument.lower().startswith(value.lower())


def _regex(argument: str, value: str) -> bool:
    try:
        return compiled(value).matches(argument)
    except Uncertain:
        return False


def _surely(argument: str, value: str) -> None:
    """Nothing is assumed: the documentation has the rule."""


def _empty_value(argument: str, value: str) -> str | None:
    return None if value else "an empty value is taken to be contained in every text, and to begin it"


def _empty_entry(argument: str, value: str) -> str | None:
    blank = not argument and len(_entries(value)) <= value.count(",")
    return "empty entries of a list are taken to match nothing" if blank else None


def _regex_assumed(argument: str, value: str) -> str | None:
    try:
        pattern = compiled(value)
        ascii_only, unicode = (pattern.matches(argument, ascii_only=choice) for choice in (True, False))
    except Uncertain as reason:
        return f"the regular expression {value!r} is taken never to match, because {reason}"
    if pattern.differs_in_java:
        return f"the regular expression {value!r} is read as Python does: Studio may read its classes otherwise"
    if ascii_only is not unicode:
        return f"the regular expression {value!r} is taken to know only the letters, digits and cases of ASCII"
    return None


def _around(number: Decimal) -> tuple[list[str], list[str]]:
    whole = int(number)
    return [str(whole - 1), str(whole), "0", "-1"], [str(whole + 1), str(whole), "0"]


def _opposite(rule: _Rule) -> _Rule:
    """The rule that holds wherever this one does not."""
    return _Rule(
        lambda argument, value: not rule.holds(argument, value),
        rule.assumed,
        lambda value: (*_ANYTHING, *rule.candidates(value)),
    )


def _ordered(
    read: Callable[[str], object | None], before: bool, what: str, candidates: Callable[[str], Iterable[str]]
) -> _Rule:
    """The rule for what comes before, or after, a number, a time or a date."""

    def holds(argument: str, value: str) -> bool:
        one, other = read(argument), read(value)
        if one is None or other is None:
            return False
        return bool(one < other) if before else bool(one > other)  # type: ignore[operator]

    def assumed(argument: str, value: str) -> str | None:
        odd = next((text for text in (argument, value) if read(text) is None), None)
        return None if odd is None else f"{odd[:60]!r} is no {what}, and is taken never to match"

    return _Rule(holds, assumed, candidates)


def _numbers(before: bool) -> _Rule:
    def candidates(value: str) -> list[str]:
        number = _number(value)
        return [] if number is None else _around(number)[not before]

    return _ordered(_number, before, "number", candidates)


def _times(before: bool) -> _Rule:
    def candidates(value: str) -> list[str]:
        if _time(value) is None:
            return []
        minutes = int(value[:2]) * 60 + int(value[3:]) + (-1 if before else 1)
        return [f"{minutes // 60 % 24:02}:{minutes % 60:02}", "00:00" if before else "23:59"]

    return _ordered(_time, before, "time (HH:MM)", candidates)


def _dates(before: bool) -> _Rule:
    def candidates(value: str) -> list[str]:
        day = _date(value)
        try:
            return [] if day is None else [(day + timedelta(days=-1 if before else 1)).isoformat()]
        except OverflowError:
            return []

    return _ordered(_date, before, "date (YYYY-MM-DD)", candidates)


def _regex_candidates(value: str) -> tuple[str, ...]:
    try:
        return samples(compiled(value))
    except Uncertain:
        return ()


_EQUAL = _Rule(_equal, _surely, lambda value: [value])
_ONE_OF = _Rule(_one_of, _empty_entry, lambda value: _entries(value)[:_FEW])
_BLANK = _Rule(lambda argument, value: not argument, _surely, lambda value: [""])
_CONTAINS = _Rule(_contains, _empty_value, lambda value: [value, f"a {value} b"])
_STARTS = _Rule(_starts, _empty_value, lambda value: [value, f"{value} and more"])

_RULES: dict[str, _Rule] = {
    "equal_to": _EQUAL,
    "not_equal_to": _opposite(_EQUAL),
    "matches_any_of": _ONE_OF,
    "does_not_match_any_of": _opposite(_ONE_OF),
    "is_blank": _BLANK,
    "is_not_blank": _opposite(_BLANK),
    "regex": _Rule(_regex, _regex_assumed, _regex_candidates),
    "contains": _CONTAINS,
    "does_not_contain": _opposite(_CONTAINS),
    "starts_with": _STARTS,
    "does_not_start_with": _opposite(_STARTS),
    "less_than": _numbers(before=True),
    "greater_than": _numbers(before=False),
    "is_before_time": _times(before=True),
    "is_after_time": _times(before=False),
    "is_before_date": _dates(before=True),
    "is_after_date": _dates(before=False),
}
