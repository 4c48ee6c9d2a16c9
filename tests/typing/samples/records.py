"""Records: what ``add_*`` takes and gives, and the attributes that records have."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from unittest.mock import ANY

from typing_extensions import assert_type

from pytest_studio import Engagement, Execution, FakeStudio, Flow, FlowRevision, Step


def test_what_is_stored(studio: FakeStudio) -> None:
    """Each kind has a type of its own."""
    flow = studio.add_flow(friendly_name="Booking", date_created=datetime.now())
    run = studio.add_execution(flow, context={"flow": {}})
    assert_type(flow, Flow)
    assert_type(run, Execution)
    assert_type(studio.add_execution(flow.sid), Execution)
    assert_type(studio.add_engagement(flow), Engagement)
    assert_type(studio.add_step(run), Step)
    assert_type(studio.add_steps(run, 120, name="timeout"), list[Step])
    path = [("ask_age", "incomingMessage", {"inbound": {"Body": "42"}}), ("thanks", "sent")]
    assert_type(studio.add_run(flow, path, to="+15550100001", parameters={"name": "Ada"}, ended=False), Execution)


def test_a_flow(flow: Flow) -> None:
    """And its revisions."""
    assert_type(flow.sid, str)
    assert_type(flow.friendly_name, str)
    assert_type(flow.status, str)
    assert_type(flow.definition, dict[str, Any] | None)
    assert_type(flow.revision, int)
    assert_type(flow.valid, bool | None)
    assert_type(flow.revisions, tuple[FlowRevision, ...])
    assert_type(flow.revisions[0].commit_message, str | None)
    assert_type(flow.executions, tuple[Execution, ...])
    assert_type(flow.test_users, list[str])
    assert_type(flow.payload("v1"), dict[str, Any])
    flow.update(friendly_name="Another")


def test_an_execution(run: Execution) -> None:
    """Its Steps, and what started it."""
    assert_type(run.flow, Flow)
    assert_type(run.flow_sid, str)
    assert_type(run.steps, tuple[Step, ...])
    assert_type(run.to, str)
    assert_type(run.from_, str)
    assert_type(run.parameters, dict[str, Any] | None)
    assert_type(run.context, dict[str, Any])
    assert_type(run.status, str)
    assert_type(run.date_created, datetime)
    assert_type(run.date_updated, datetime | None)
    assert_type(run.payload(), dict[str, Any])
    assert_type(run.context_payload("v2"), dict[str, Any])
    run.end(after_reads=2)


def test_a_step(step: Step) -> None:
    """The widget, its event, and what follows."""
    assert_type(step.name, str)
    assert_type(step.transitioned_from, str)
    assert_type(step.transitioned_to, str)
    assert_type(step.type, str | None)
    assert_type(step.parent_step_sid, str | None)
    assert_type(step.execution, Execution)
    assert_type(step.context, dict[str, Any])
    assert_type(step.url, str)
    assert_type(step.links, dict[str, str])


def test_what_goes_wrong(studio: FakeStudio, step: Step) -> None:
    """Faults, answers and time."""

    def is_new(sid: str) -> bool:
        return sid not in studio.executions

    studio.fail("*.ListExecutionStep", after=4, status=503)
    studio.fail(where={"FlowSid": ANY}, times=None, exception="timeout", applied=True)
    studio.fail("v2.FetchExecution", status=429, retry_after=2, optional=True)
    studio.fail(code=20409, details={"why": "because"}, body="<html>")
    studio.answer("v2.FetchExecution", {"sid": ""}, where={"Sid": is_new}, times=None)
    studio.slow("*", 30)
    studio.rate_limit(20, "*.CreateExecution", retry_after=1)
    studio.lose_steps(0.1, where={"name": "timeout"})
    studio.delay_step(step, 30)
    studio.advance(timedelta(days=31))
    studio.advance(60)
    studio.advance(days=1, hours=2)


def test_data(studio: FakeStudio) -> None:
    """In and out."""
    for record in studio.load("cassette.yaml"):
        assert_type(record, Flow | Execution | Step)
        assert_type(record.sid, str)
    studio.load([{"sid": ""}])
    studio.dump("dump.json", hide_pii=True)
    studio.assert_deployed({"states": []}, status="published")
    studio.assert_no_pii(["a text", "another"])
