"""``studio.advance``: dates and the retention move; nothing waits."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from helpers import call, get

from pytest_studio import FakeStudio

NOW = "2026-03-14T09:30:00Z"


@pytest.mark.parametrize(
    ("args", "kwargs", "then"),
    [
        ((timedelta(days=1, seconds=5),), {}, "2026-03-15T09:30:05Z"),
        ((90,), {}, "2026-03-14T09:31:30Z"),
        ((), {"days": 1, "hours": 2, "minutes": 3, "seconds": 4}, "2026-03-15T11:33:04Z"),
        ((60,), {"hours": 1}, "2026-03-14T10:31:00Z"),
        ((0,), {}, NOW),
    ],
)
def test_the_clock_moves_by_what_was_said(args: Any, kwargs: Any, then: str) -> None:
    """A timedelta, seconds, or words."""
    studio = FakeStudio(now=NOW)
    studio.advance(*args, **kwargs)
    assert studio.add_execution().payload()["date_created"] == then


@pytest.mark.parametrize(
    ("args", "kwargs", "error", "words"),
    [
        ((), {}, TypeError, "advance wants"),
        ((-1,), {}, ValueError, "goes forward"),
        ((), {"days": -1}, ValueError, "goes forward"),
        ((), {"days": 10**7}, ValueError, "year 9999"),
        ((float("nan"),), {}, ValueError, "goes forward"),
        (("1 day",), {}, TypeError, "delta is a number of seconds or a timedelta, not '1 day'; .* as in hours=1"),
        ((), {"days": "1"}, TypeError, "days is a number, not '1'"),
        ((), {"days": timedelta(1)}, TypeError, "days is a number"),
    ],
)
def test_wrong_use_moves_nothing(args: Any, kwargs: Any, error: type[Exception], words: str) -> None:
    """And says what would be right."""
    studio = FakeStudio(now=NOW)
    with pytest.raises(error, match=words):
        studio.advance(*args, **kwargs)
    assert studio.add_execution().payload()["date_created"] == NOW


def test_what_is_older_than_the_retention_is_gone_from_fetch_and_lists() -> None:
    """With its Steps; younger Executions stay."""
    studio = FakeStudio(now=NOW, retention_days=30)
    flow = studio.add_flow()
    old = studio.add_run(flow, [("ask", "incomingMessage")])
    step = old.steps[0]
    studio.advance(days=29, hours=23)
    young = studio.add_execution(flow)
    runs = f"/v2/Flows/{flow.sid}/Executions"
    assert [run["sid"] for run in get(studio, runs)["executions"]] == [young.sid, old.sid]
    studio.advance(hours=1)
    assert [run["sid"] for run in get(studio, runs)["executions"]] == [young.sid]
    for path in ("", "/Context", "/Steps", f"/Steps/{step.sid}", f"/Steps/{step.sid}/Context"):
        assert call(studio, "GET", f"{runs}/{old.sid}{path}").status == 404
    assert list(studio.executions) == [young.sid]
    assert step.sid not in studio.steps


def test_an_execution_can_expire_between_two_pages() -> None:
    """The second page of its Steps is a 404; of the Executions it is shorter."""
    studio = FakeStudio(now=NOW, retention_days=30)
    flow = studio.add_flow()
    first = studio.add_execution(flow)
    studio.add_steps(first, 4)
    studio.advance(days=1)
    later = [studio.add_execution(flow) for _ in range(2)]
    runs = f"/v2/Flows/{flow.sid}/Executions"
    steps = get(studio, f"{runs}/{first.sid}/Steps?PageSize=2")["meta"]["next_page_url"]
    executions = get(studio, f"{runs}?PageSize=1")
    assert executions["executions"][0]["sid"] == later[1].sid
    studio.advance(days=29)
    assert call(studio, "GET", steps).status == 404
    assert "is past the retention of 30 days" in (studio.calls[-1].why or "")
    page = get(studio, executions["meta"]["next_page_url"])
    assert [run["sid"] for run in page["executions"]] == [later[0].sid]
    assert page["meta"]["next_page_url"] is None


def test_without_a_retention_nothing_goes() -> None:
    """However long it takes."""
    studio = FakeStudio(now=NOW)
    run = studio.add_execution()
    studio.advance(days=4000)
    assert run.sid in studio.executions


def test_the_answers_date_moves_too() -> None:
    """As a header."""
    studio = FakeStudio(now=NOW)
    studio.advance(days=1)
    assert call(studio, "GET", "/v2/Flows").headers["Date"] == "Sun, 15 Mar 2026 09:30:00 GMT"


def test_the_processs_clock_goes_on_beneath() -> None:
    """Without ``now=``."""
    studio = FakeStudio()
    studio.advance(days=10)
    ahead = studio.add_execution().date_created.timestamp() - time.time()
    assert 10 * 86_400 - 5 <= ahead <= 10 * 86_400 + 5


def test_it_adds_to_what_time_machine_says() -> None:
    """Travelling and advancing go together."""
    time_machine = pytest.importorskip("time_machine")
    studio = FakeStudio(retention_days=30)
    with time_machine.travel(datetime(2030, 1, 1, tzinfo=timezone.utc), tick=False) as traveller:
        run = studio.add_execution()
        studio.advance(days=2)
        assert studio.add_execution().payload()["date_created"] == "2030-01-03T00:00:00Z"
        traveller.shift(timedelta(days=29))
        assert call(studio, "GET", f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}").status == 404


def test_it_adds_to_what_freezegun_says() -> None:
    """Frozen time stands still, but for what is advanced."""
    freezegun = pytest.importorskip("freezegun")
    studio = FakeStudio()
    with freezegun.freeze_time("2030-01-01") as frozen:
        studio.advance(hours=1)
        frozen.tick(timedelta(minutes=1))
        assert studio.add_execution().payload()["date_created"] == "2030-01-01T01:01:00Z"
