"""What happened, as Event Streams would have told it."""

from __future__ import annotations

import gc
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any

import pytest
from helpers import FROM, TO, call, create_flow, post

from pytest_studio import ConformanceError, FakeStudio, PayloadFactory, events, factories, schemas
from pytest_studio.events import EXECUTION_ENDED, EXECUTION_STARTED, SCHEMAS, STEP_ENDED, TYPES
from pytest_studio.resources import Step

START, STEP, END = "execution.started", "step.ended", "execution.ended"


def told(fake: FakeStudio) -> list[str]:
    """The types of the events so far, in short."""
    return [event["type"].removeprefix("com.twilio.studio.flow.") for event in fake.events]


def last(fake: FakeStudio) -> dict[str, Any]:
    """The newest event."""
    return fake.events[-1]


# -- when ------------------------------------------------------------------------------------------------------


def test_nothing_has_happened_in_a_new_studio(fake: FakeStudio) -> None:
    """Nor by storing a Flow."""
    fake.add_flow()
    create_flow(fake)
    assert fake.events == []
    assert not fake.events
    assert repr(fake.events) == "<0 events: >"


@pytest.mark.parametrize("method", ["add_execution", "add_engagement"])
def test_an_execution_that_is_stored_has_started(method: str, fake: FakeStudio) -> None:
    """An Engagement is one, under its older name."""
    run = getattr(fake, method)()
    assert told(fake) == [START]
    assert last(fake)["data"]["execution_sid"] == run.sid


@pytest.mark.parametrize("path", ["/v2/Flows/{}/Executions", "/v1/Flows/{}/Executions", "/v1/Flows/{}/Engagements"])
def test_an_execution_that_is_created_by_rest_has_started(path: str, fake: FakeStudio) -> None:
    """Once: neither a conflict nor the answer with the one that is active starts another."""
    url = path.format(fake.add_flow().sid)
    for _ in range(2):
        call(fake, "POST", url, To=TO, From=FROM)
    assert told(fake) == [START]


def test_a_step_that_is_stored_has_ended(fake: FakeStudio) -> None:
    """The Execution that was made for it has started before."""
    step = fake.add_step()
    assert told(fake) == [START, STEP]
    assert last(fake)["data"]["step_sid"] == step.sid
    fake.add_steps(step.execution, 3)
    assert told(fake) == [START, STEP, STEP, STEP, STEP]


def test_a_run_tells_its_story_in_order(fake: FakeStudio) -> None:
    """The end comes after the Steps; one that waits has none."""
    run = fake.add_run(path=[("ask", "incomingMessage"), ("thanks", "sent")])
    assert told(fake) == [START, STEP, STEP, STEP, END]
    assert [event["data"]["step_sid"] for event in fake.events[1:4]] == [step.sid for step in run.steps]
    fake.add_run(path=[("ask",)], ended=False)
    assert told(fake)[5:] == [START, STEP]


def test_an_execution_that_is_stored_as_ended_has_ended(fake: FakeStudio) -> None:
    """After it had started; when it was updated last, or made."""
    fake.add_execution(status="ended", date_created="2026-01-01", date_updated="2026-01-02")
    assert told(fake) == [START, END]
    assert last(fake)["time"] == "2026-01-02T00:00:00.000Z"
    fake.add_execution(status="ended", date_created="2026-01-03", date_updated=None)
    assert last(fake)["time"] == "2026-01-03T00:00:00.000Z"


def test_end_is_told_once(fake: FakeStudio) -> None:
    """Whatever ends it again."""
    run = fake.add_execution()
    run.end()
    before = run.date_updated
    run.end()
    run.update(status="ended")
    assert told(fake) == [START, END]
    assert run.date_updated == before


def test_end_after_reads_is_told_when_it_happens(fake: FakeStudio) -> None:
    """By the fetch that finds it ended."""
    run = fake.add_execution()
    run.end(after_reads=1)
    call(fake, "GET", run.url)
    assert told(fake) == [START]
    call(fake, "GET", run.url)
    assert told(fake) == [START, END]


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_ending_by_rest_is_told_once(version: str, fake: FakeStudio) -> None:
    """The second time it is refused, or changes nothing."""
    run = fake.add_execution()
    url = f"/{version}/Flows/{run.flow_sid}/Executions/{run.sid}"
    post(fake, url, Status="active")
    assert told(fake) == [START]
    for _ in range(2):
        call(fake, "POST", url, Status="ended")
    assert told(fake) == [START, END]


def test_update_tells_the_end_and_nothing_else(fake: FakeStudio) -> None:
    """Made active again, it can end again, as another event."""
    run = fake.add_execution()
    run.update(flow_version=7)
    run.update(status="ended")
    run.update(status="active")
    run.end()
    assert told(fake) == [START, END, END]
    assert len({event["id"] for event in fake.events}) == 3


def test_removal_and_retention_tell_nothing(fake: FakeStudio) -> None:
    """And what was told stays."""
    step = fake.add_step()
    assert call(fake, "DELETE", step.execution.url).status == 204
    assert told(fake) == [START, STEP]
    kept = FakeStudio(retention_days=1)
    kept.add_step()
    kept.advance(days=2)
    assert not kept.executions
    assert told(kept) == [START, STEP]


@pytest.mark.parametrize(
    ("method", "fields"),
    [
        ("add_execution", {"status": "ended", "url": "https://studio.twilio.com/v2/Flows"}),
        ("add_engagement", {"to": TO, "from_": FROM, "contact_channel_address": "+15550100009"}),
        ("add_step", {"url": "https://studio.twilio.com/v2/Flows"}),
        ("add_run", {"path": [("a", "sent")], "url": "https://studio.twilio.com/v2/Flows"}),
        ("add_run", {"path": [("a", "no event")]}),
    ],
)
def test_what_is_rolled_back_has_not_happened(method: str, fields: dict[str, Any], fake: FakeStudio) -> None:
    """Neither to the record itself nor to the parents that were made for it."""
    run = fake.add_execution()
    for parents in ({}, {"execution": run} if method == "add_step" else {"flow": run.flow}):
        with pytest.raises((TypeError, ValueError)):
            getattr(fake, method)(**parents, **fields)
    assert told(fake) == [START]
    assert [*fake.executions] == [run.sid]


def test_a_create_whose_answer_is_lost_has_happened(fake: FakeStudio) -> None:
    """One that failed has not; a Step that the API does not show has ended all the same."""
    flow = fake.add_flow()
    fake.fail("v2.CreateExecution", status=503)
    fake.fail("v2.CreateExecution", applied=True)
    for expected in ([], [START]):
        call(fake, "POST", f"/v2/Flows/{flow.sid}/Executions", To=TO, From=FROM)
        assert told(fake) == expected
    fake.lose_steps(1.0)
    fake.add_step(next(iter(fake.executions)))
    assert told(fake) == [START, STEP]


# -- what ------------------------------------------------------------------------------------------------------


def test_there_are_three_types() -> None:
    """None tells of the start of a Step."""
    assert TYPES == (
        "com.twilio.studio.flow.execution.started",
        "com.twilio.studio.flow.execution.ended",
        "com.twilio.studio.flow.step.ended",
    )
    assert (EXECUTION_STARTED, EXECUTION_ENDED, STEP_ENDED) == TYPES


def test_an_execution_that_started_is_told_like_this(fake: FakeStudio) -> None:
    """All fields, dates with milliseconds; nothing of its end, though it has ended since."""
    run = fake.add_execution(to=TO, from_=FROM, flow_version=3, date_created="2026-01-31T09:30:00Z")
    run.end()
    event = fake.events[0]
    assert event == {
        "specversion": "1.0",
        "type": EXECUTION_STARTED,
        "source": f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}",
        "id": event["id"],
        "dataschema": "https://events-schemas.twilio.com/Studio.FlowExecutionEvent/2",
        "datacontenttype": "application/json",
        "time": "2026-01-31T09:30:00.000Z",
        "data": {
            "execution_sid": run.sid,
            "account_sid": fake.account_sid,
            "flow_sid": run.flow_sid,
            "contact_channel_address": TO,
            "status": "active",
            "date_created": "2026-01-31T09:30:00.000Z",
            "started_by": run.initiated_by,
            "flow_revision": 3,
        },
    }


def test_an_execution_that_ended_is_told_like_this() -> None:
    """With the reason, and when it ended by the studio's clock."""
    fake = FakeStudio(now="2026-01-31T09:30:00Z")
    run = fake.add_execution()
    fake.advance(minutes=5)
    run.end()
    data = last(fake)["data"]
    assert (data["status"], data["ended_reason"]) == ("ended", "FLOW_END")
    assert (data["date_created"], data["date_updated"]) == ("2026-01-31T09:30:00.000Z", "2026-01-31T09:35:00.000Z")
    assert last(fake)["time"] == "2026-01-31T09:35:00.000Z"
    assert last(fake)["id"] != fake.events[0]["id"]


def test_a_step_that_ended_is_told_like_this(fake: FakeStudio) -> None:
    """``step_sid``, no context and no type."""
    parent = fake.add_step()
    step = fake.add_step(parent.execution, parent_step_sid=parent.sid, date_created="2026-01-31T09:30:00Z")
    event = last(fake)
    assert event == {
        "specversion": "1.0",
        "type": STEP_ENDED,
        "source": f"/v2/Flows/{step.flow_sid}/Executions/{step.execution_sid}/Steps/{step.sid}",
        "id": event["id"],
        "dataschema": "https://events-schemas.twilio.com/Studio.FlowStepEvent/1",
        "datacontenttype": "application/json",
        "time": "2026-01-31T09:30:00.000Z",
        "data": {
            "account_sid": fake.account_sid,
            "flow_sid": step.flow_sid,
            "execution_sid": step.execution_sid,
            "step_sid": step.sid,
            "parent_step_sid": parent.sid,
            "name": step.name,
            "transitioned_from": step.transitioned_from,
            "transitioned_to": step.transitioned_to,
            "date_created": "2026-01-31T09:30:00.000Z",
        },
    }


def test_ids_are_event_sids_that_stay(fake: FakeStudio) -> None:
    """Each event has its own, whatever happens after it; the same seed gives the same."""
    fake.add_steps(n=20)
    ids = [event["id"] for event in fake.events]
    assert all(len(id) == 34 and id.startswith("EZ") for id in ids)
    assert len(set(ids)) == 21
    fake.add_step().execution.end()
    assert [event["id"] for event in fake.events][:21] == ids
    first, second, other = (FakeStudio(seed=seed) for seed in (1, 1, 2))
    for studio in (first, second, other):
        studio.add_run(path=[("a", "sent")], date_created="2026-01-01")
    assert [e["id"] for e in first.events] == [e["id"] for e in second.events]
    assert not {e["id"] for e in first.events} & {e["id"] for e in other.events}


def test_later_changes_of_a_record_do_not_reach_what_was_told(fake: FakeStudio) -> None:
    """They do reach what is told after them."""
    step = fake.add_step(name="sent")
    run = step.execution
    run.update(contact_channel_address="+15550100007", flow_version=9)
    step.update(name="failed")
    step.update(name="timeout")
    run.end()
    run.update(flow_version=11)
    started, stepped, ended = fake.events
    assert started["data"]["contact_channel_address"] != "+15550100007"
    assert started["data"]["flow_revision"] == 1
    assert stepped["data"]["name"] == "sent"
    assert ended["data"]["contact_channel_address"] == "+15550100007"
    assert ended["data"]["flow_revision"] == 9


def test_every_event_conforms(fake: FakeStudio) -> None:
    """Of records with all that they may lack, too."""
    fake.add_run(path=[("ask", "incomingMessage"), ("thanks", "sent")])
    fake.add_engagement(contact_channel_address=None, initiated_by=None, flow_version=None, status="ended")
    fake.add_execution().update(date_updated=None, status="ended")
    fake.add_steps(n=20)
    assert len(fake.events) == 30
    for event in fake.events:
        schemas.validate(event, SCHEMAS[event["type"]])


def test_a_vintage_changes_no_event() -> None:
    """Fields that the REST API did not have then are Event Streams' own."""
    old = FakeStudio(vintage="2023")
    old.add_run(path=[("a", "sent")])
    for event in old.events:
        schemas.validate(event, SCHEMAS[event["type"]])


# -- how they are read -----------------------------------------------------------------------------------------


def test_events_are_a_live_read_only_sequence(fake: FakeStudio) -> None:
    """Indexes, slices, iteration, equality; what one reader changes no other sees."""
    log = fake.events
    fake.add_steps(n=3)
    assert len(log) == 4
    assert log[-1] == log[3]
    assert log[1:3] == [log[1], log[2]]
    assert list(reversed(log)) == log[::-1]
    assert log == list(log) == fake.events
    assert log != log[:3]
    assert log[2] in log
    log[0]["data"].clear()
    assert log[0]["data"]
    with pytest.raises(IndexError):
        log[4]
    with pytest.raises(TypeError):
        log[0] = {}  # type: ignore[index]
    assert repr(log) == "<4 events: execution.started, step.ended, step.ended, step.ended>"
    fake.add_steps(n=3)
    assert repr(log).endswith("execution.started …>")


def test_many_threads_tell_each_thing_once(fake: FakeStudio) -> None:
    """Also those that end one Execution at the same time."""
    runs = [fake.add_execution() for _ in range(20)]

    def work(_: int) -> None:
        for run in runs:
            fake.add_step(run)
            run.end()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert sorted(told(fake)) == [END] * 20 + [START] * 20 + [STEP] * 160
    assert len({event["id"] for event in fake.events}) == 200


def test_nothing_is_imported_for_events_that_nobody_reads() -> None:
    """A test that has no use for them does not wait for them."""
    code = (
        "import sys, pytest_studio.fake as f; f.FakeStudio().add_step(); print('pytest_studio.events' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "False\n"


# -- made ones -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("type_", TYPES)
def test_made_events_conform(type_: str) -> None:
    """By the whole type or its end; a seed decides everything."""
    short = type_.removeprefix("com.twilio.studio.flow.")
    for seed in range(200):
        event = PayloadFactory(seed).event(type_)
        schemas.validate(event, SCHEMAS[type_])
        assert event["type"] == type_
        assert event == PayloadFactory(seed).event(short) == PayloadFactory(seed).event(f"flow.{short}")


def test_a_made_events_data_is_overridden_and_its_envelope_follows() -> None:
    """Dates may be datetimes."""
    factory = PayloadFactory(1)
    moment = datetime(2026, 3, 14, 9, 30, tzinfo=timezone.utc)
    event = factory.event(STEP_ENDED, step_sid="FT" + "ab" * 16, date_created=moment)
    assert event["source"].endswith("/Steps/FT" + "ab" * 16)
    assert event["time"] == event["data"]["date_created"] == "2026-03-14T09:30:00.000Z"
    ended = factory.event(END, date_updated="2026-01-01T00:00:00.123Z", ended_reason=None)
    assert ended["time"] == "2026-01-01T00:00:00.123Z"
    assert ended["data"]["account_sid"] == factory.account_sid
    assert factory.event(START, ended_reason="FLOW_END")["data"]["ended_reason"] == "FLOW_END"


def test_what_a_made_event_cannot_be_is_refused() -> None:
    """Types and fields with the nearest, values by the schema unless bad data is wanted."""
    with pytest.raises(ValueError, match=r"'step.started' is no type .* \(did you mean 'step.ended'\?\); there are"):
        PayloadFactory(1).event("step.started")
    with pytest.raises(TypeError, match=r"no field 'sid'.*"):
        PayloadFactory(1).event(STEP, sid="FT" + "a" * 32)
    with pytest.raises(TypeError, match=r"no field 'flow_version' \(did you mean 'flow_revision'\?\)"):
        PayloadFactory(1).event(START, flow_version=1)
    with pytest.raises(ConformanceError, match="/data/name"):
        PayloadFactory(1).event(STEP, name=5)
    assert PayloadFactory(1).event(STEP, name=5, validate=False)["data"]["name"] == 5


def test_the_module_makes_events_too() -> None:
    """From the test's own factory."""
    assert factories.event(START)["data"]["account_sid"] == factories.execution()["account_sid"]
    assert factories.event.__doc__ == PayloadFactory.event.__doc__
    assert factories.event(START)["id"] != factories.event(START)["id"]


def test_the_module_has_what_receivers_are_written_with() -> None:
    """The names that it promises."""
    for name in events.__all__:
        assert getattr(events, name) is not None


def test_a_studio_that_remembers_less_lets_go_of_what_was_removed(fake: FakeStudio) -> None:
    """One that answers for days: no events, the last calls, no record that is gone."""
    fake.remember_less(calls=5)
    flow = fake.add_flow()
    for _ in range(20):
        run = fake.add_execution(flow)
        fake.add_steps(run, 2)
        run.end()
        assert call(fake, "DELETE", f"/v2/Flows/{flow.sid}/Executions/{run.sid}").status == 204
    del run
    gc.collect()
    account = fake._account
    assert list(fake.events) == []
    assert 5 <= len(fake.calls) < 10
    assert not [kept for kept in gc.get_objects() if isinstance(kept, Step) and kept._run._flow._home is account]
