"""The account by itself: its lock, what it draws, and what it keeps of what is gone."""

from __future__ import annotations

import threading

import pytest
from helpers import refused

from pytest_studio import FakeStudio
from pytest_studio.account import REMEMBERED, Account, Turn
from pytest_studio.clock import Clock
from pytest_studio.seeds import Source

ACCOUNT = "AC" + "a" * 32


def account(seed: int = 1) -> Account:
    """An account without a studio."""
    return Account(ACCOUNT, Source(seed), Clock())


def test_what_follows_a_turn_comes_when_the_outermost_block_is_left() -> None:
    """Each time, once."""
    turn = Turn()
    seen: list[str] = []
    turn.after = lambda: seen.append("after")
    for times in (1, 2):
        with turn:
            with turn:
                with turn:
                    pass
                with turn:
                    pass
            assert len(seen) == times - 1
        assert len(seen) == times


def test_what_follows_a_turn_does_not_hold_the_lock() -> None:
    """Another thread may have its turn meanwhile."""
    turn = Turn()
    took: list[bool] = []

    def other() -> None:
        took.append(turn.lock.acquire(timeout=5))
        turn.lock.release()

    def after() -> None:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()

    turn.after = after
    with turn:
        pass
    assert took == [True]


def test_an_account_draws_all_from_its_seed() -> None:
    """Its number and who writes its Flows; the next SID."""
    one, same, other = account(), account(), account(2)
    assert (one.number, one.author_sid, one.new_sid("FW")) == (same.number, same.author_sid, same.new_sid("FW"))
    assert one.author_sid != other.author_sid


def test_an_account_keeps_a_bounded_memory_of_personal_data() -> None:
    """That was changed or removed."""
    assert account().former.maxlen == REMEMBERED == 10_000


def test_an_account_that_held_something_is_not_untouched() -> None:
    """Though nothing is left: numbers were given out."""
    used = account()
    assert used.untouched
    flow = used.add_flow({})
    assert not used.untouched
    used.remove_flow(flow)
    assert not used.untouched


def test_flows_run_in_a_studio_only() -> None:
    """An account alone has no stage for them."""
    alone = account()
    flow = alone.add_flow({})
    with pytest.raises(AssertionError) as caught:
        alone.driving(flow)
    assert str(caught.value).startswith("Flows run in a FakeStudio")


def test_what_is_past_the_retention_is_said_to_be_gone() -> None:
    """With the number of days."""
    studio = FakeStudio(now="2026-07-31T12:00:00Z", retention_days=30)
    run = studio.add_execution(date_created="2026-06-01")
    refused(studio, "GET", run.url, 404, 20404)
    assert studio.calls[-1].why == f"{run.sid} is past the retention of 30 days"
