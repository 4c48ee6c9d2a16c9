"""The fuzz targets, for a moment each: that they run, reach what they are for, and notice what is wrong."""

from __future__ import annotations

import random
import warnings
from collections import Counter

import pytest

pytest.importorskip("h11")
pytest.importorskip("liquid")
pytest.importorskip("yaml")

import fuzz_targets
from fuzz_input import Draws, damaged, spoilt
from fuzz_targets import TARGETS, check_answer, definitions, furnished, run

from pytest_studio import FakeStudio, Request, Response, flow_checks


@pytest.mark.parametrize("name", TARGETS)
def test_a_first_few_hundred_inputs_are_survived(name: str) -> None:
    """The same ones each time; longer runs are ``nox -s fuzz``."""
    dice = random.Random(name)
    run(TARGETS[name], b"")
    for _ in range(60):
        run(TARGETS[name], dice.randbytes(dice.randrange(1, 400)))


def test_requests_are_answered_in_every_way() -> None:
    """Most operations succeed at times, and every kind of refusal comes."""
    dice, statuses, reached = random.Random(1), Counter[int](), set()
    for _ in range(600):
        studio, sids = furnished()
        response = studio.handle(fuzz_targets.a_request(Draws(dice.randbytes(200)), studio, sids))
        statuses[response.status] += 1
        if response.status < 300:
            reached.add(studio.calls[0].operation)
    assert {200, 201, 204, 400, 401, 404} <= set(statuses)
    assert len(reached) > 25


def test_definitions_to_spoil_are_good_before() -> None:
    """Each widget type is in one of them."""
    assert [str(fault) for each in definitions() for fault in flow_checks.check(each) if fault.level == "error"] == []
    types = {state["type"] for each in definitions() for state in each["states"]}
    assert types == fuzz_targets.TYPES


def test_a_fault_of_the_fake_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer of 500, and one that its schema does not allow."""
    request = Request("GET", "https://studio.twilio.com/v2/Flows")
    with pytest.raises(AssertionError, match="-> 500"):
        check_answer(request, Response(500, {}, b"{}"))
    with pytest.raises(AssertionError, match="/meta"):
        check_answer(request, Response(200, {}, b"{}"))
    monkeypatch.setattr(FakeStudio, "handle", lambda self, request: Response(500, {}, b"{}"))
    with pytest.raises(AssertionError, match="-> 500"):
        run(TARGETS["handle"], b"")


def test_what_costs_too_much_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processor time counts, not what else the machine does."""
    monkeypatch.setattr(fuzz_targets, "SECONDS", -1.0)
    with pytest.raises(AssertionError, match="bytes cost"):
        run(lambda data: None, b"ab")


def test_an_input_may_warn() -> None:
    """Of what is odd in it: that is no fault."""
    run(lambda data: warnings.warn("odd", stacklevel=1), b"")


def test_bytes_that_are_used_up_are_zeros() -> None:
    """So that each input, however short, is one."""
    draws = Draws(b"\x01")
    assert (draws.below(4), draws.below(4), draws.left, draws.rest()) == (1, 0, 0, b"")
    assert spoilt(Draws(b""), {"a": [1]}) == {"a": [1]}
    assert damaged(Draws(b""), b"abc") == b"abc"


def test_documents_are_spoilt_at_any_depth() -> None:
    """And the document itself is left as it is."""
    dice, document = random.Random(2), {"a": [{"b": 1}, {"c": {"d": "e"}}]}
    made = {repr(spoilt(Draws(dice.randbytes(60)), document)) for _ in range(200)}
    assert len(made) > 100
    assert document == {"a": [{"b": 1}, {"c": {"d": "e"}}]}
