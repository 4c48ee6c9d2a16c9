"""Reminders: start a Flow for a person, whatever they were in the middle of."""

from __future__ import annotations

from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

SENDER = "+15005550006"


def remind(client: Client, flow_sid: str, phone: str, parameters: dict[str, Any]) -> str:
    """Start the reminder Flow and return the Execution's SID; an Execution that is in its way is ended first."""
    flow = client.studio.v2.flows(flow_sid)
    try:
        return flow.executions.create(to=phone, from_=SENDER, parameters=parameters).sid
    except TwilioRestException as error:
        if error.status != 409:
            raise
        stale = error.details["conflicting_execution_sid"]
    flow.executions(stale).update(status="ended")
    return flow.executions.create(to=phone, from_=SENDER, parameters=parameters).sid
