"""The nightly export, night after night."""

import logging
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest
from booking.export import export, main
from twilio.base.exceptions import TwilioException

DAY = datetime(2026, 3, 14, tzinfo=timezone.utc)


@pytest.fixture
def flow(studio):
    return studio.add_flow(friendly_name="Booking")


@pytest.fixture
def table(tmp_path):
    with closing(sqlite3.connect(tmp_path / "steps.db")) as connection:
        yield connection


def ask_for_age(studio, flow, at=DAY, age="42", **fields):
    path = [("ask_age", "incomingMessage", {"inbound": {"Body": age}}), ("thanks", "sent")]
    return studio.add_run(flow, path, date_created=at, **fields)


def executions_in(table):
    return [sid for (sid,) in table.execute("SELECT execution FROM steps GROUP BY execution ORDER BY min(rowid)")]


def test_a_row_tells_who_went_where_and_said_what(studio, studio_client, table, flow):
    run = ask_for_age(studio, flow)

    assert export(studio_client, table, flow.sid, DAY) == 3

    assert table.execute("SELECT execution, widget, event, next, answer FROM steps").fetchall() == [
        (run.sid, "Trigger", "incomingMessage", "ask_age", None),
        (run.sid, "ask_age", "incomingMessage", "thanks", "42"),
        (run.sid, "thanks", "sent", "Ended", None),
    ]


def test_a_trigger_has_no_answer_whatever_it_is_called(studio, studio_client, table, flow):
    run = studio.add_execution(flow, date_created=DAY)
    studio.add_step(run, name="incomingMessage", transitioned_from="Start", transitioned_to="ask_age")

    assert export(studio_client, table, flow.sid, DAY) == 1

    assert table.execute("SELECT widget, answer FROM steps").fetchall() == [("Start", None)]


def test_a_second_night_adds_only_what_is_new(studio, studio_client, table, flow):
    ask_for_age(studio, flow, DAY)
    assert export(studio_client, table, flow.sid, DAY) == 3
    assert export(studio_client, table, flow.sid, DAY) == 0

    ask_for_age(studio, flow, DAY + timedelta(days=1))
    assert export(studio_client, table, flow.sid, DAY) == 3
    studio.assert_called("v2.FetchExecutionStepContext", times=2)


def test_the_oldest_comes_first_though_the_api_lists_the_newest_first(studio, studio_client, table, flow):
    runs = [ask_for_age(studio, flow, DAY + timedelta(minutes=n)) for n in range(60)]

    export(studio_client, table, flow.sid, DAY)

    assert executions_in(table) == [run.sid for run in runs]
    studio.assert_called("v2.ListExecution", times=2, FlowSid=flow.sid)  # pages of 50


def test_what_began_earlier_is_not_asked_for(studio, studio_client, table, flow):
    ask_for_age(studio, flow, DAY - timedelta(seconds=1))
    first = ask_for_age(studio, flow, DAY)

    export(studio_client, table, flow.sid, DAY)

    assert executions_in(table) == [first.sid]


def test_after_a_failure_the_next_night_goes_on_from_there(studio, studio_client, table, flow):
    runs = [ask_for_age(studio, flow, DAY + timedelta(hours=n)) for n in range(6)]
    studio.fail("v2.ListExecutionStep", after=4, status=503)

    with pytest.raises(TwilioException):
        export(studio_client, table, flow.sid, DAY)
    assert executions_in(table) == [run.sid for run in runs[:4]]

    assert export(studio_client, table, flow.sid, DAY) == 6
    assert executions_in(table) == [run.sid for run in runs]


def test_an_execution_is_stored_whole_or_not_at_all(studio, studio_client, table, flow):
    ask_for_age(studio, flow)
    studio.fail("v2.FetchExecutionStepContext", status=500)

    with pytest.raises(TwilioException):
        export(studio_client, table, flow.sid, DAY)

    assert executions_in(table) == []


def test_a_step_that_studio_logged_late_is_added_another_night(studio, studio_client, table, flow):
    run = ask_for_age(studio, flow)
    studio.delay_step(run.steps[1], seconds=3600)

    assert export(studio_client, table, flow.sid, DAY) == 2
    studio.advance(days=1)
    assert export(studio_client, table, flow.sid, DAY) == 1

    assert table.execute("SELECT widget FROM steps ORDER BY rowid").fetchall()[-1] == ("ask_age",)


def test_an_execution_that_goes_on_has_its_further_steps_added(studio, studio_client, table, flow):
    run = studio.add_run(flow, [("ask_age",)], ended=False, date_created=DAY)
    before = export(studio_client, table, flow.sid, DAY)

    studio.add_step(run, name="timeout", transitioned_from="ask_age", transitioned_to="Ended")

    assert export(studio_client, table, flow.sid, DAY) == 1
    assert table.execute("SELECT count(*) FROM steps").fetchone() == (before + 1,)


def test_the_log_tells_nothing_about_people(studio, studio_client, table, flow, caplog):
    caplog.set_level(logging.INFO)
    run = ask_for_age(studio, flow, age="My name is Ada", from_="+15550100001")

    export(studio_client, table, flow.sid, DAY)

    assert f"{run.sid}: 3 new Steps" in caplog.text
    studio.assert_no_pii(caplog.text)


@pytest.mark.studio(now="2026-03-14T03:00:00Z")
def test_the_command_looks_back_a_week_and_waits_where_twilio_asks_for_it(studio, flow, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for days in (3, 5, 9):
        ask_for_age(studio, flow, datetime.now(timezone.utc) - timedelta(days=days))
    studio.fail("v2.ListExecution", status=429, retry_after=30)

    main([flow.sid, "steps.db"])

    assert capsys.readouterr().out == "6 new Steps in steps.db\n"
    assert [call.status for call in studio.calls_to("v2.ListExecution")] == [429, 200]
