"""Any value, in any escaping, between anything: found if it is there, and only then."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from privacy_samples import ESCAPES, holding

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pytest_studio import privacy

bounded = settings(max_examples=examples(300), derandomize=True, deadline=None, database=None)

#: Every character, and more of those that escapes are made of.
characters = st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("\\%&;+/'\"<>nxu04 \n\t#éÄßЖ明😀AaBb"))
texts = st.text(characters, max_size=12)
#: Long enough to be somebody's: with a word that nobody says.
values = st.builds("{} Quibbleworth {}".format, texts, texts).map(str.strip)
escapes = st.sampled_from(list(ESCAPES.values()))


def found(value: Any, text: str) -> list[privacy.Leak]:
    """The leaks of a studio that has a value in a context."""
    return privacy.find(privacy.collect(holding(value)._account), text)


@bounded
@given(values, escapes, st.text("[]{}() ,;:=\n", max_size=5))
def test_a_value_is_found_in_any_escaping(value: str, escape: Any, around: str) -> None:
    """Whatever it consists of."""
    assume(value[0] not in "{[")  # JSON is taken to pieces
    written = escape(value)
    leaks = found(value, f"before {around} {written} {around} after")
    assert [leak.personal.value for leak in leaks] == [value]


@bounded
@given(texts, texts, escapes)
def test_a_text_without_the_value_has_no_leak(before: str, after: str, escape: Any) -> None:
    """Whatever else it has."""
    assume("5550100001" not in before + after)
    assert found("Quibbleworth the 3rd", escape(f"{before} Quibbleworth the 2nd {after}")) == []
    assert found("Quibbleworth", escape(f"{before}xQuibbleworth {after} Quibbleworthy")) == []
    assert found("+15550100001", escape(f"{before} 15550100002 {after}")) == []


numbers = st.text("0123456789", min_size=10, max_size=12).filter(lambda digits: digits[0] in "2345689")
separators = st.sampled_from(["", " ", "-", ".", " - ", "/", ") ", "\u2011", "\xa0"])


@bounded
@given(numbers, st.lists(separators, min_size=12, max_size=12), escapes, st.booleans())
def test_a_number_is_found_however_it_is_grouped(digits: str, gaps: list[str], escape: Any, sign: bool) -> None:
    """With any blanks and signs between its digits, and in any escaping."""
    written = "".join(digit + gap for digit, gap in zip(digits, gaps, strict=False)).strip(" -./)")
    text = f"to={escape(('+' if sign else '') + written)};"
    assert len(found(f"+{digits}", text)) == 1
    assert found("+77777777777", text) == []


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=10,
)


@bounded
@given(json_values, texts, escapes)
def test_nothing_breaks_it_and_what_it_says_is_in_place(value: Any, text: str, escape: Any) -> None:
    """Any context, any text: an answer; each place that it names lies within the text."""
    text = escape(f"{text} {value}")
    values = privacy.collect(holding(value)._account)
    for leak in privacy.find(values, text):
        assert all(0 <= start < end <= len(text) for start, end in leak.spans)
        assert leak.spans == sorted(leak.spans)
    message = privacy.report(values, [text])
    assert (message is None) == (privacy.find(values, text) == [])


@bounded
@given(texts)
def test_places_lead_back_to_the_text(around: str) -> None:
    """What is found between escapes is just what stands there."""
    text = ascii(f"{around} \n ") + " Quibbleworth " + ascii(f"{around}\t")
    assert ast.literal_eval(text.partition(" Quib")[0]).strip() == around.strip() or around != around.strip()
    [leak] = found("Quibbleworth", text)
    assert text[slice(*leak.spans[0])] == "Quibbleworth"
