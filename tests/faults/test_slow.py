"""``studio.slow``: the clock moves, or the client's timeout ends it; nothing sleeps."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import FROM, TO, basic, encoded

from pytest_studio import FakeStudio, Request, Response, StudioVerdict

NOW = "2026-03-14T09:30:00Z"


@pytest.fixture
def studio() -> FakeStudio:
    """A studio whose clock stands still by itself, and does not act on clients."""
    return FakeStudio(now=NOW)


def ask(studio: FakeStudio, method: str, path: str, /, **kwargs: Any) -> Response:
    """A request of a client with these timeouts."""
    headers = basic(studio.account_sid, studio.auth_token)
    body = encoded(kwargs.pop("form", {}))
    return studio.handle(Request(method, path, headers, body, **kwargs))


def test_the_clock_moves_as_long_as_the_answer_takes(studio: FakeStudio) -> None:
    """A client without a timeout waits."""
    path = f"/v2/Flows/{studio.add_flow().sid}"
    studio.slow("v2.FetchFlow", 90)
    answer = ask(studio, "GET", path)
    assert (answer.status, answer.delay) == (200, 90)
    assert studio.add_execution().date_created.isoformat() == "2026-03-14T09:31:30+00:00"


def test_a_create_is_dated_when_it_is_answered(studio: FakeStudio) -> None:
    """The answer's own date, too."""
    path = f"/v2/Flows/{studio.add_flow().sid}/Executions"
    studio.slow("v2.CreateExecution", 30)
    answer = ask(studio, "POST", path, form={"To": TO, "From": FROM})
    assert answer.json()["date_created"] == "2026-03-14T09:30:30Z"


def test_a_client_that_waits_less_gets_its_read_timeout_though_it_happened(studio: FakeStudio) -> None:
    """And the clock has moved by what it waited."""
    path = f"/v2/Flows/{studio.add_flow().sid}/Executions"
    studio.slow("v2.CreateExecution", 30)
    answer = ask(studio, "POST", path, form={"To": TO, "From": FROM}, timeout=5)
    assert (answer.status, answer.failure) == (0, "read-timeout")
    assert len(studio.executions) == 1
    assert studio.calls[-1].status is None
    assert studio.calls[-1].why == (
        "read-timeout: the answer takes 30 s by slow('v2.CreateExecution', 30); the client waits 5 s"
    )
    assert studio.add_execution().date_created.isoformat() == "2026-03-14T09:30:05+00:00"


def test_a_client_that_waits_as_long_gets_its_answer(studio: FakeStudio) -> None:
    """Thirty seconds are within thirty."""
    path = f"/v2/Flows/{studio.add_flow().sid}"
    studio.slow("v2.FetchFlow", 30)
    assert ask(studio, "GET", path, timeout=30).status == 200


def test_a_transport_that_waits_by_itself_is_told_how_long(studio: FakeStudio) -> None:
    """And the clock is left to it."""
    path = f"/v2/Flows/{studio.add_flow().sid}"
    studio.slow("v2.FetchFlow", 90)
    answer = ask(studio, "GET", path, waits=True, timeout=5)
    assert (answer.status, answer.delay) == (200, 90)
    assert studio.add_execution().date_created.isoformat() == "2026-03-14T09:30:00+00:00"


def test_a_fault_that_the_client_did_not_wait_for_is_not_met(studio: FakeStudio) -> None:
    """It saw its timeout only."""
    path = f"/v2/Flows/{studio.add_flow().sid}"
    studio.slow("v2.FetchFlow", 30)
    studio.fail("v2.FetchFlow", status=429)
    assert ask(studio, "GET", path, timeout=5).failure == "read-timeout"
    assert ask(studio, "GET", path).status == 429


def test_a_counted_delay_is_used_up_by_a_timeout(studio: FakeStudio) -> None:
    """The retry is fast."""
    path = f"/v2/Flows/{studio.add_flow().sid}"
    studio.slow("v2.FetchFlow", 30, times=1)
    assert ask(studio, "GET", path, timeout=5).failure == "read-timeout"
    assert ask(studio, "GET", path, timeout=5).status == 200


def test_standing_delays_add_up(studio: FakeStudio) -> None:
    """And are told together."""
    path = f"/v2/Flows/{studio.add_flow().sid}"
    studio.slow("v2.FetchFlow", 3)
    studio.slow("*", 4, after=1)
    assert [ask(studio, "GET", path).delay for _ in range(2)] == [3, 7]
    assert studio.calls[-1].why == "7 s late, by slow('v2.FetchFlow', 3) and slow('*', 4, after=1)"


def test_where_aims_a_delay(studio: FakeStudio) -> None:
    """One Flow of many."""
    one, other = studio.add_flow().sid, studio.add_flow().sid
    studio.slow("*", 3, where={"FlowSid": one})
    assert [ask(studio, "GET", f"/v2/Flows/{sid}").delay for sid in (one, other)] == [3, 0]


def test_the_verdict_names_a_delay_that_was_never_met(studio: FakeStudio) -> None:
    """As of any fault."""
    studio.slow("v2.FetchFlow", 3)
    with pytest.raises(StudioVerdict, match=r"slow\('v2.FetchFlow', 3\): met 0 times"):
        studio.verify()


@pytest.mark.parametrize("seconds", [0, -1, "3", True, float("nan"), float("inf")])
def test_seconds_are_above_0(studio: FakeStudio, seconds: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="seconds is a number above 0"):
        studio.slow("v2.FetchFlow", seconds)
