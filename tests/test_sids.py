"""SIDs: made, recognised, and explained when they are wrong."""

from __future__ import annotations

import re
import time
from random import Random
from typing import Any

import pytest

import pytest_studio
from pytest_studio import InvalidSid, sids

A = "a" * 32
MAKERS = {
    "AC": sids.account,
    "FW": sids.flow,
    "FN": sids.execution,
    "FT": sids.step,
    "FC": sids.contact,
    "US": sids.user,
    "SK": sids.api_key,
    "RQ": sids.request,
    "CA": sids.call,
    "SM": sids.message,
    "MG": sids.messaging_service,
}


@pytest.mark.parametrize("prefix", sids.PREFIXES)
def test_new_sids_match_the_documented_pattern(prefix: str) -> None:
    """Prefix and 32 lower-case hexadecimal digits, each time others."""
    made = {sids.new(prefix) for _ in range(10_000)}
    assert len(made) == 10_000
    assert all(re.fullmatch(prefix + "[0-9a-f]{32}", sid) for sid in made)


@pytest.mark.parametrize("prefix", MAKERS)
def test_each_resource_has_its_maker(prefix: str) -> None:
    """And it takes a generator."""
    assert MAKERS[prefix]()[:2] == prefix
    assert MAKERS[prefix](Random(3)) == sids.new(prefix, Random(3))


def test_an_engagement_has_the_prefix_of_an_execution() -> None:
    """They share their identifiers."""
    assert sids.engagement()[:2] == "FN"


@pytest.mark.parametrize("prefix", ["XX", "fw", "", "FW1", None])
def test_new_refuses_an_unknown_prefix(prefix: Any) -> None:
    """And names those that there are."""
    with pytest.raises(InvalidSid, match="is no SID prefix; known are AC, FW, FN, FT"):
        sids.new(prefix)


@pytest.mark.parametrize("sid", ["FW" + A, "FW" + "A" * 32, "FW" + "0123456789abcdefABCDEF9876543210"])
def test_both_cases_of_digits_are_accepted(sid: str) -> None:
    """As in Twilio's OpenAPI; ``check`` returns the value."""
    assert sids.is_valid(sid)
    assert sids.is_valid(sid, "FW")
    assert not sids.is_valid(sid, "FN")
    assert sids.check(sid) == sids.check(sid, "FW") == sid
    assert sids.explain(sid, "FW") == ""


WRONG = [
    ("FW" + "X" * 32, "FW", "'X' at index 2 is no hexadecimal digit"),
    ("FW" + "a" * 31, "FW", "it has 33 characters, not 34"),
    ("FW" + "a" * 33, "FW", "it has 35 characters, not 34"),
    ("FW" + A + "\n", "FW", "it has 35 characters, not 34"),
    ("fw" + A, "FW", "the prefix is written FW, in capitals, not 'fw'"),
    ("fw" + A, None, "'fw' is no known prefix; in capitals it would be FW"),
    ("FN" + A, "FW", "it starts with 'FN', that of an Execution"),
    ("FW" + A, "FT", "it starts with 'FW', that of a Flow"),
    ("ZZ" + A, None, "'ZZ' is no known prefix"),
    ("ZZ" + A, "FW", "it starts with 'ZZ'"),
    ("FW" + "a" * 10 + "\u0430" + "a" * 21, "FW", "(U+0430 CYRILLIC SMALL LETTER A) at index 12"),
    ("FWg" + "a" * 40, "FW", "'g' at index 2 is no hexadecimal digit, and it has 43 characters, not 34"),
    ("", "FW", "it starts with ''"),
    ("", None, "'' is no known prefix"),
    ("F", "FW", "it starts with 'F'"),
    ("FW", "FW", "it has 2 characters, not 34"),
    (None, "FW", "None is no Flow SID (FW and 32 hexadecimal digits): it is of type NoneType, not str"),
    (b"FW" + b"a" * 32, "FW", "it is of type bytes, not str"),
    (5, None, "5 is no SID: it is of type int, not str"),
    ("x" * 10_000_000, "FW", "it starts with 'xx'"),
    ("FW" + "a" * 10_000_000, None, "it has 10000002 characters, not 34"),
]


@pytest.mark.parametrize(("value", "prefix", "words"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_is_said(value: Any, prefix: str | None, words: str) -> None:
    """In one short line: the type, the length, the prefix, or which character where."""
    assert not sids.is_valid(value, prefix)
    with pytest.raises(InvalidSid) as caught:
        sids.check(value, prefix)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 250
    assert "\n" not in str(caught.value)


def test_a_huge_value_costs_nothing() -> None:
    """Ten megabytes are not looked through."""
    text = "FW" + "a" * 10_000_000
    started = time.perf_counter()
    for _ in range(100):
        sids.explain(text, "FW")
    assert time.perf_counter() - started < 1


def test_invalid_sid_is_a_value_error() -> None:
    """And the same class wherever it is imported from."""
    assert issubclass(InvalidSid, ValueError)
    assert sids.InvalidSid is pytest_studio.InvalidSid


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("\u0410C" + "0" * 32, "(U+0410 CYRILLIC CAPITAL LETTER A) at index 0 is no A"),
        ("A\u0421" + "0" * 32, "(U+0421 CYRILLIC CAPITAL LETTER ES) at index 1 is no C"),
    ],
)
def test_a_prefix_that_only_looks_right_is_explained(value: str, words: str) -> None:
    """By the character that is not what it seems."""
    with pytest.raises(sids.InvalidSid) as caught:
        sids.check(value, "AC")
    assert words in str(caught.value)
