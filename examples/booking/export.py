"""The nightly export: a row for each finished Execution of a day, with the answers people gave."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from twilio.rest import Client

PAGE_SIZE = 20


def export_day(client: Client, flow_sid: str, day: datetime) -> list[dict[str, Any]]:
    """Rows of the Executions that began on ``day`` (from its midnight, UTC, to the next) and have ended."""
    executions = client.studio.v2.flows(flow_sid).executions.stream(
        date_created_from=day, date_created_to=day + timedelta(days=1), page_size=PAGE_SIZE
    )
    return [_row(client, flow_sid, execution) for execution in executions if execution.status == "ended"]


def _row(client: Client, flow_sid: str, execution: Any) -> dict[str, Any]:
    steps = client.studio.v2.flows(flow_sid).executions(execution.sid).steps.list()
    steps.reverse()  # the API lists the newest first
    last = client.studio.v2.flows(flow_sid).executions(execution.sid).steps(steps[-1].sid).step_context().fetch()
    return {
        "execution": execution.sid,
        "contact": execution.contact_channel_address,
        "path": " > ".join([step.transitioned_from for step in steps] + [steps[-1].transitioned_to]),
        "seconds": int((steps[-1].date_created - steps[0].date_created).total_seconds()),
        "answers": {
            name: left["inbound"]["Body"] for name, left in last.context["widgets"].items() if "inbound" in left
        },
    }
