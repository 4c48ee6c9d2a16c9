"""The nightly export."""

from datetime import datetime, timedelta, timezone

import pytest
from booking.export import export_day

DAY = datetime(2026, 3, 14, tzinfo=timezone.utc)


@pytest.fixture
def flow(studio):
    return studio.add_flow(friendly_name="Booking")


def ask_for_age(studio, flow, at, age="42", **fields):
    path = [("ask_age", "incomingMessage", {"inbound": {"Body": age}}), ("thanks", "sent")]
    return studio.add_run(flow, path, date_created=at, **fields)


def test_a_row_tells_who_went_where_and_said_what(studio, studio_client, flow):
    run = ask_for_age(studio, flow, DAY + timedelta(hours=9), from_="+15550100001")

    [row] = export_day(studio_client, flow.sid, DAY)

    assert row["execution"] == run.sid
    assert row["contact"] == "+15550100001"
    assert row["path"] == "Trigger > ask_age > thanks > Ended"
    assert row["answers"] == {"ask_age": "42"}
    assert row["seconds"] > 0


def test_a_day_of_fifty_runs_comes_in_three_pages(studio, studio_client, flow):
    runs = [ask_for_age(studio, flow, DAY + timedelta(minutes=n)) for n in range(50)]

    rows = export_day(studio_client, flow.sid, DAY)

    assert [row["execution"] for row in rows] == [run.sid for run in reversed(runs)]
    studio.assert_called("v2.ListExecution", times=3, FlowSid=flow.sid, PageSize=20)


def test_a_day_begins_at_its_midnight_and_ends_before_the_next(studio, studio_client, flow):
    ask_for_age(studio, flow, DAY - timedelta(seconds=1))
    first = ask_for_age(studio, flow, DAY)
    last = ask_for_age(studio, flow, DAY + timedelta(days=1, seconds=-1))
    ask_for_age(studio, flow, DAY + timedelta(days=1))

    rows = export_day(studio_client, flow.sid, DAY)

    assert [row["execution"] for row in rows] == [last.sid, first.sid]


def test_runs_that_still_go_on_are_left_for_another_night(studio, studio_client, flow):
    studio.add_run(flow, [("ask_age",)], ended=False, date_created=DAY)

    assert export_day(studio_client, flow.sid, DAY) == []
