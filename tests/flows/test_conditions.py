"""The predicates of a split, as Studio judges them."""

from __future__ import annotations

import time

import pytest

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_studio.flows.conditions import PREDICATES, assumption, counterexamples, examples, matches

texts = st.text(max_size=40)
kinds = st.sampled_from(sorted(PREDICATES))
patterns = st.one_of(texts, st.text("ab.*+?|()[]{}\\d^$1,-", max_size=20), st.from_regex(r"[ab(|)*+?.]{0,12}"))

CASES = [
    ("equal_to", " YES ", "yes", True),
    ("equal_to", "yes", " Yes", True),
    ("equal_to", "yes.", "yes", False),
    ("equal_to", "", " ", True),
    ("not_equal_to", "no", "yes", True),
    ("not_equal_to", "YES", "yes", False),
    ("matches_any_of", "haa", "Haa, HAA,Haa.", True),
    ("matches_any_of", "b", "a , b ,c", True),
    ("matches_any_of", "a, b", "a, b", False),
    ("matches_any_of", "", "a,,b", False),
    ("matches_any_of", "a", "", False),
    ("does_not_match_any_of", "d", "a,b", True),
    ("does_not_match_any_of", "A ", "a,b", False),
    ("is_blank", " \t\n", "Is Blank", True),
    ("is_blank", "x", "", False),
    ("is_not_blank", "x", "Is Not Blank", True),
    ("is_not_blank", " ", "", False),
    ("regex", "YES", "yes|no", True),
    ("regex", "no", "yes|no", True),
    ("regex", "yes please", "yes|no", False),
    ("regex", "say yes", "yes", False),
    ("regex", " 42 ", r"\d+", True),
    ("regex", "4x", r"\D\D", False),
    ("regex", "abc", "(", False),
    ("regex", "ab", "(?<first>a)b", True),
    ("contains", "aab", "A", True),
    ("contains", "xyz", "A", False),
    ("does_not_contain", "xyz", "A", True),
    ("does_not_contain", "aab", " A ", False),
    ("starts_with", " Hoot", "hoo", True),
    ("starts_with", "A hoot", "hoo", False),
    ("does_not_start_with", "A hoot", "hoo", True),
    ("does_not_start_with", "Hoot", "hoo", False),
    ("less_than", "17", "18", True),
    ("less_than", "18", "18", False),
    ("less_than", "9", "10", True),
    ("less_than", "-1.5", "0", True),
    ("less_than", "nine", "10", False),
    ("less_than", "9", "ten", False),
    ("less_than", "nan", "10", False),
    ("greater_than", "19", "18", True),
    ("greater_than", "18.0", "18", False),
    ("greater_than", "18.01", "18", True),
    ("greater_than", "", "18", False),
    ("greater_than", "100000000000000000000001", "100000000000000000000000", True),
    ("is_before_time", "08:59", "09:00", True),
    ("is_before_time", "09:00", "09:00", False),
    ("is_before_time", "8:59", "09:00", False),
    ("is_before_time", "23:59", "24:00", False),
    ("is_after_time", "17:01", "17:00", True),
    ("is_after_time", "17:00", "17:00", False),
    ("is_before_date", "2026-02-28", "2026-03-01", True),
    ("is_before_date", "2026-03-01", "2026-03-01", False),
    ("is_before_date", "2026-02-30", "2026-03-01", False),
    ("is_after_date", "2027-01-01", "2026-12-31", True),
    ("is_after_date", "2027-1-1", "2026-12-31", False),
]


@pytest.mark.parametrize(("kind", "argument", "value", "expected"), CASES)
def test_a_condition_holds_as_studio_judges_it(kind: str, argument: str, value: str, expected: bool) -> None:
    """Without regard to case and to white space at the ends, and strict about numbers, times and dates."""
    assert matches(kind, argument, value) is expected


def test_every_predicate_is_tabled() -> None:
    """Each of the 17 both holds and fails in the table above."""
    assert len(PREDICATES) == 17
    assert {(kind, outcome) for kind, _, _, outcome in CASES} == {
        (kind, outcome) for kind in PREDICATES for outcome in (True, False)
    }


@pytest.mark.parametrize("judge", [matches, assumption])
def test_an_unknown_predicate_names_the_nearest(judge: object) -> None:
    """A typing error is found by the one who made it."""
    with pytest.raises(ValueError, match=r"unknown predicate 'equals_to' \(did you mean 'equal_to'\?\)"):
        judge("equals_to", "a", "a")  # type: ignore[operator]


@pytest.mark.parametrize(
    ("kind", "argument", "value", "words"),
    [
        ("less_than", "nine", "10", "'nine' is no number"),
        ("greater_than", "9", "ten", "'ten' is no number"),
        ("is_after_time", "9:00", "08:00", r"'9:00' is no time \(HH:MM\)"),
        ("is_before_date", "2026-02-30", "2026-03-01", r"is no date \(YYYY-MM-DD\)"),
        ("regex", "a", "(", "never to match, because it does not compile"),
        ("regex", "a", r"\p{L}", "never to match, because it does not compile"),
        ("regex", "a", "[a-z&&[abc]]", "Studio may read its classes otherwise"),
        ("regex", "é", r"\w", "only the letters, digits and cases of ASCII"),
        ("regex", "É", "é", "only the letters, digits and cases of ASCII"),
        ("contains", "a", "", "empty value"),
        ("does_not_start_with", "a", " ", "empty value"),
        ("matches_any_of", "", "a,,b", "empty entries"),
    ],
)
def test_an_uncertain_rule_is_told(kind: str, argument: str, value: str, words: str) -> None:
    """What decides a run without a document behind it stands in the chat's ``assumed``."""
    told = assumption(kind, argument, value)
    assert told is not None
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(told)


@pytest.mark.parametrize(
    ("kind", "argument", "value"),
    [
        ("equal_to", "yes", "YES"),
        ("matches_any_of", "a", "a,b"),
        ("matches_any_of", "", "a,b"),
        ("regex", "12", r"\d+"),
        ("less_than", "1", "2"),
        ("is_before_time", "08:00", "09:00"),
        ("is_after_date", "2026-01-01", "2025-01-01"),
        ("is_blank", "", "Is Blank"),
    ],
)
def test_a_documented_rule_is_no_assumption(kind: str, argument: str, value: str) -> None:
    """Else nobody reads them."""
    assert assumption(kind, argument, value) is None


@pytest.mark.parametrize(
    ("kind", "value", "first"),
    [
        ("equal_to", " Yes ", "Yes"),
        ("matches_any_of", "a, b", "a"),
        ("is_blank", "Is Blank", ""),
        ("is_not_blank", "", "hello"),
        ("contains", "agent", "agent"),
        ("starts_with", "stop", "stop"),
        ("does_not_contain", "e", "1"),
        ("less_than", "18", "17"),
        ("greater_than", "1.5", "2"),
        ("greater_than", "-0.5", "1"),
        ("is_before_time", "09:00", "08:59"),
        ("is_after_time", "10:59", "11:00"),
        ("is_before_date", "2024-03-01", "2024-02-29"),
        ("is_after_date", "2026-12-31", "2027-01-01"),
        ("regex", "yes|no", "no"),
        ("regex", r"\d{5}", "11111"),
        ("regex", r"(\d)-\1", "1-1"),
        ("regex", r"[A-Z]{2}\d+", "AA1"),
        ("regex", ".*help.*", "help"),
        ("regex", "[^a]", "1"),
    ],
)
def test_the_first_example_is_the_simplest(kind: str, value: str, first: str) -> None:
    """A person who reads a path sees what she would have typed."""
    assert examples(kind, value)[0].lower() == first.lower()


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("matches_any_of", " , "),
        ("does_not_contain", ""),
        ("less_than", "ten"),
        ("is_before_time", "00:00"),
        ("is_after_time", "23:59"),
        ("is_before_date", "0001-01-01"),
        ("is_after_date", "soon"),
        ("regex", "("),
        ("regex", "a^b"),
    ],
)
def test_what_nothing_satisfies_has_no_example(kind: str, value: str) -> None:
    """So a branch that can never be taken is found."""
    assert examples(kind, value) == ()


@pytest.mark.parametrize(
    ("pattern", "argument", "expected"),
    [
        (r"(a+)+b", "a" * 1600, False),
        (r"(a+)+b", "a" * 1600 + "b", True),
        (r".*.*.*.*.*x", "y" * 1600, False),
        (r"((\w*)*)*!", "w" * 1600, False),
        (r"(?:){4000000000}x", "x", True),
        (r"(a?){200}a{200}", "a" * 200, True),
        (r"^(\w+\s?)+$", "two words " * 100, True),
        (r"(\w+\s?)+\b\.", "two words " * 100, False),
        (r"(?=.*\d)(?!.*x)(?<!y)([a-z\d]+)+", "ab1" * 300, True),
        (r"(?=.*\d)(?!.*x)([a-z\d]+)+", "abx1" * 300, False),
        (r"([^\d\s]|[b-y]|\W)+(.|\n)*", "Z" * 500 + "\n", True),
        (r"(a|b|[A])*\Z", "AB" * 300, True),
        (r"(([ab]*)*)*\Z", "ab" * 300 + "!", False),
        (r"(a)?(?(1)b|c)", "ab", True),
        (r"(a)?(?(1)b|c)", "b", False),
    ],
)
def test_no_regular_expression_hangs(pattern: str, argument: str, expected: bool) -> None:
    """Patterns that take for ever in Python are followed in another way, to the same result."""
    began = time.thread_time()  # the time of this work alone: others may keep the machine busy
    assert matches("regex", argument, pattern) is expected
    assert time.thread_time() - began < 10


def test_a_pattern_that_is_too_costly_never_matches_and_says_so() -> None:
    """Back references cannot be followed in the other way."""
    assert not matches("regex", "a" * 200, r"(a*)*(a*)\1")
    assert "takes too long on this input" in str(assumption("regex", "a" * 200, r"(a*)*(a*)\1"))


def test_flags_within_a_costly_pattern_are_not_followed_either() -> None:
    """It never matches, and says so."""
    assert not matches("regex", "a" * 1600, r"((?s:a)+)+b")
    assert "takes too long on this input" in str(assumption("regex", "a" * 1600, r"((?s:a)+)+b"))


@settings(deadline=None)
@given(st.text("ab1 _-.X", max_size=12), st.from_regex(r"[ab1X.|()\[\]^*+?\\wdsbBWDS-]{1,12}", fullmatch=True))
def test_both_ways_to_match_agree(text: str, pattern: str) -> None:
    """The walk over positions gives what Python's engine gives, wherever that one can be asked."""
    from pytest_studio.flows.conditions import patterns as module

    try:
        compiled = module.compiled(pattern)
        walked = module._Walk(text, compiled.tree, ascii_only=True).reaches_the_end()
    except module.Uncertain:
        return
    assert walked is bool(compiled.ascii.fullmatch(text))


@settings(deadline=None)
@given(kinds, texts, patterns)
def test_any_text_is_judged(kind: str, argument: str, value: str) -> None:
    """Nothing that a person sends or a Flow holds raises."""
    assert matches(kind, argument, value) in (True, False)
    assert assumption(kind, argument, value) is None or assumption(kind, argument, value)


@pytest.mark.parametrize(
    ("kind", "value", "first"),
    [
        ("not_equal_to", "Yes", "Yes"),
        ("does_not_match_any_of", "a, b", "a"),
        ("is_not_blank", "", ""),
        ("does_not_contain", "help", "help"),
        ("does_not_start_with", "help", "help"),
        ("less_than", "10", "10"),
    ],
)
def test_what_a_condition_keeps_out_has_examples(kind: str, value: str, first: str) -> None:
    """Anything else is let through, so nobody would guess them."""
    assert counterexamples(kind, value)[0] == first


@settings(deadline=None)
@given(kinds, patterns)
def test_no_counterexample_satisfies_its_condition(kind: str, value: str) -> None:
    """They are tried before they are given, too."""
    assert not any(matches(kind, example, value) for example in counterexamples(kind, value))


@settings(deadline=None)
@given(kinds, patterns)
def test_every_example_satisfies_its_condition(kind: str, value: str) -> None:
    """They are tried before they are given."""
    assert all(matches(kind, example, value) for example in examples(kind, value))


@settings(deadline=None)
@given(texts, texts)
def test_a_negation_holds_where_its_predicate_does_not(argument: str, value: str) -> None:
    """The five pairs of the documentation."""
    for kind, opposite in [
        ("equal_to", "not_equal_to"),
        ("matches_any_of", "does_not_match_any_of"),
        ("is_blank", "is_not_blank"),
        ("contains", "does_not_contain"),
        ("starts_with", "does_not_start_with"),
    ]:
        assert matches(kind, argument, value) is not matches(opposite, argument, value)
