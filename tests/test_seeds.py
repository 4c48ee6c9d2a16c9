"""Randomness: seeds, streams, and that nobody shares one by accident."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from helpers import create_flow

from pytest_studio import FakeStudio, running, seeds, sids
from pytest_studio.seeds import Origin, Source


def story(studio: FakeStudio) -> list[Any]:
    """Everything that a studio drew for a few records."""
    run = studio.add_run(path=[("a", "sent"), ("b", "success")])
    studio.add_steps(run, 5)
    studio.add_engagement()
    create_flow(studio)
    return [
        studio.account_sid,
        studio.auth_token,
        studio.api_key.sid,
        studio.api_key.secret,
        *studio.flows,
        *studio.executions,
        *studio.steps,
        *(step.name for step in studio.steps.values()),
        *(execution.contact_channel_address for execution in studio.executions.values()),
    ]


@pytest.mark.parametrize("seed", [0, 17, "a text"])
def test_the_same_seed_gives_the_same_data(seed: Any) -> None:
    """Account, token, SIDs, paths and numbers."""
    assert story(FakeStudio(seed=seed)) == story(FakeStudio(seed=seed))


def test_other_seeds_give_other_data() -> None:
    """No SID is shared."""
    assert not {*story(FakeStudio(seed=1))[:4]} & {*story(FakeStudio(seed=2))[:4]}


def test_two_studios_of_a_test_share_nothing() -> None:
    """Neither account nor records."""
    one, two = FakeStudio(), FakeStudio()
    story(one)
    story(two)
    for name in ("flows", "executions", "steps"):
        assert not {*getattr(one, name)} & {*getattr(two, name)}
    assert one.account_sid != two.account_sid
    assert one.auth_token != two.auth_token


def test_studios_made_by_many_threads_share_nothing() -> None:
    """Each gets a stream of its own."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: FakeStudio().account_sid, range(400)))
    assert len(set(made)) == 400


def test_one_stream_moves_no_other() -> None:
    """A studio draws the same whether or not others draw in between."""
    origin = Origin(1, "tests/test_a.py::test_b")
    plain = [origin.stream("studio-1").random() for _ in range(2)]
    stream = origin.stream("studio-1")
    first = stream.random()
    origin.stream("sids").random()
    assert plain == [first, first]
    assert origin.stream("studio-1").random() != origin.stream("studio-2").random()


@pytest.mark.parametrize("other", [(2, "test_a"), (1, "test_b")])
def test_an_origin_is_a_seed_and_a_name(other: tuple[int, str]) -> None:
    """Another run's seed or another test gives other data; the same ones the same."""
    assert Origin(1, "test_a").rng.random() == Origin(1, "test_a").rng.random()
    assert Origin(1, "test_a").rng.random() != Origin(*other).rng.random()


def test_a_label_is_given_out_once() -> None:
    """With a number that tells its streams apart."""
    origin = Origin(1, "")
    assert [origin.fresh("studio") for _ in range(2)] == ["studio-1", "studio-2"]


def test_the_running_test_is_the_origin(monkeypatch: pytest.MonkeyPatch) -> None:
    """And outside of tests it is the process, whose seed is its own."""
    monkeypatch.setattr(seeds, "_process", None)
    origin = Origin(5, "test_x")
    monkeypatch.setattr(running, "origin", lambda: origin)
    assert seeds.current() is origin
    assert sids.flow() == sids.new("FW", Origin(5, "test_x").rng)
    monkeypatch.setattr(running, "origin", None)
    outside = seeds.current()
    assert outside is not origin
    assert seeds.current() is outside
    monkeypatch.setattr(seeds, "_process", None)
    assert seeds.current().seed != outside.seed


def test_the_account_of_an_origin_stays() -> None:
    """Fixtures and factories agree on it."""
    origin = Origin(5, "test_x")
    assert origin.account() == origin.account() == Origin(5, "test_x").account()


def test_the_global_generator_is_left_alone() -> None:
    """A test's own ``random`` goes on as if there were no studio."""
    random.seed(42)
    expected = [random.random() for _ in range(2)]
    random.seed(42)
    before = random.random()
    story(FakeStudio())
    Source(1).faker.name()
    assert [before, random.random()] == expected


def test_faker_follows_the_source() -> None:
    """The same seed names the same people."""
    assert Source(1).faker.name() == Source(1).faker.name()
    assert {Source(n).faker.name() for n in range(5)} != {Source(1).faker.name()}


def test_phone_numbers_are_fictitious() -> None:
    """Of the range that is kept for it."""
    source = Source(1)
    numbers = {source.phone_number() for _ in range(100)}
    assert len(numbers) > 90
    assert all(len(number) == 12 and number[5:10] == "55501" for number in numbers)
