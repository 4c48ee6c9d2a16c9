"""What all strategies stand on: the one door to Hypothesis, and the small values that many payloads have."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from pytest_studio import clock, sids
from pytest_studio.errors import InvalidSid, MissingExtra, cause_of, nearest

try:
    from hypothesis import strategies as st
    from hypothesis.strategies import DrawFn, SearchStrategy
except ImportError as _error:
    raise MissingExtra("pytest_studio.strategies", "the hypothesis package", "hypothesis") from cause_of(
        _error, "hypothesis"
    )

__all__ = [
    "LAST",
    "DrawFn",
    "Json",
    "SearchStrategy",
    "addresses",
    "always",
    "json_objects",
    "moments",
    "numbers",
    "objects",
    "plain",
    "sid",
    "sids_of",
    "st",
    "texts",
]

Json = dict[str, Any]

#: What examples shrink to, and what most of them lie near: 2026-01-01, in seconds since 1970.
NEW_YEAR = 1_767_225_600
_YEAR = 365 * clock.DAY
#: The first and the last moment that the wire can tell.
FIRST, LAST = clock.parse("0001-01-01T00:00:00Z"), clock.parse("9999-12-31T23:59:59Z")

#: Texts that code trips over although Studio takes them.
_ODD_TEXTS = (
    "é漢🙂",
    "👩‍👩‍👧",
    "שלום",
    "e\u0301",
    "\ufeffbyte order mark",
    "a\x00b",
    "line\r\nbreak\u2028and\u2029more",
    "null",
    '"quoted", \\ and </script>',
    "x" * 1600,
    "🙂" * 400,
)
_letters = st.characters(exclude_categories=["Cs"])


def objects(parts: Mapping[str, SearchStrategy[Any]]) -> SearchStrategy[Json]:
    """Dicts with these keys, in their order.

    Unlike ``st.fixed_dictionaries``, which also draws an order of the keys: that takes time, and hinders shrinking.
    """
    names = list(parts)
    return st.tuples(*parts.values()).map(lambda values: dict(zip(names, values, strict=True)))


@st.composite
def plain(draw: DrawFn, strategy: SearchStrategy[Any]) -> Any:
    """The same values, which a failure report shows as they are, to be pasted into a test.

    Hypothesis shows how a value was made, as in ``built((…))``, and knows by its identity what ``map`` and ``builds``
    have returned: nothing of that is in what is drawn here.
    """
    return _anew(draw(strategy))


def _anew(value: Any) -> Any:
    """The same JSON, in containers and texts that nobody has seen."""
    if type(value) is dict:
        return {_anew(name): _anew(each) for name, each in value.items()}
    if type(value) is list:
        return [_anew(each) for each in value]
    return value[:1] + value[1:] if type(value) is str else value


def always(value: Any) -> SearchStrategy[Any]:
    """This value; a copy for each example, so that a test that changes its own changes no other's."""
    return st.just(value).map(deepcopy) if isinstance(value, (dict, list)) else st.just(value)


@cache
def texts(min_size: int = 0) -> SearchStrategy[str]:
    """Any text that UTF-8 can carry; some long, some that are known to break things."""
    return st.text(_letters, min_size=min_size, max_size=40) | st.sampled_from(_ODD_TEXTS)


#: JSON objects of any shape.
json_objects: SearchStrategy[Json] = st.dictionaries(
    texts(),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3),
        max_leaves=5,
    ),
    max_size=3,
)

#: Moments in seconds since 1970: most within a year of 2026, some as far away as dates on the wire reach.
moments: SearchStrategy[int] = st.one_of(
    st.integers(0, _YEAR),
    st.integers(-_YEAR, 0),
    st.integers(FIRST - NEW_YEAR, LAST - NEW_YEAR),
    st.sampled_from((FIRST - NEW_YEAR, LAST - NEW_YEAR)),
).map(lambda away: NEW_YEAR + away)


#: What SIDs are made of: few bits, so that examples shrink in few steps.
numbers: SearchStrategy[int] = st.integers(0, 2**32 - 1)
#: Spreads a number over all digits of a SID; odd, so that two numbers never become one.
_SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC835


def sid(prefix: str, number: int) -> str:
    """A SID for a number: small ones as they are, others spread over all digits."""
    digits = number if number < 256 else number * _SPREAD % 2**128
    return f"{prefix}{digits:032x}"


@cache
def sids_of(prefix: str | None) -> SearchStrategy[str]:
    """SIDs of one prefix, or of any; see ``pytest_studio.strategies.sids``."""
    if prefix is None:
        return st.sampled_from(tuple(sids.PREFIXES)).flatmap(sids_of)
    if prefix not in sids.PREFIXES:
        hint = nearest(prefix, sids.PREFIXES) if isinstance(prefix, str) else ""
        raise InvalidSid(f"{prefix!r:.60} is no SID prefix{hint}; known are {', '.join(sids.PREFIXES)}")
    return numbers.map(lambda number: sid(prefix, number))


_numbers = st.integers(0, 99).map(lambda number: f"+155501000{number:02d}")
#: What a contact is reached by: phone numbers that are kept for fiction, and the addresses of other channels.
addresses: SearchStrategy[str] = st.one_of(
    _numbers,
    _numbers.map(lambda number: f"whatsapp:{number}"),
    st.sampled_from(("messenger:100012345678901", "client:zoë", "sip:ada@example.com", "+44 20 7946 0018", "262966")),
)
