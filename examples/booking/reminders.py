"""Reminders: start a Flow for a person, whatever they were in the middle of."""

from __future__ import annotations

from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

SENDER = "+15005550006"


def remind(client: Client, flow_sid: str, phone: str, parameters: dict[str, Any]) -> str:
    """Start the reminder Flow and return the Execution's SID; an Execution that is in its way is ended first."""
    executions = client.studio.v2.flows(flow_sid).executions
    try:
        execution = executions.create(to=phone, from_=SENDER, parameters=parameters)
    except TwilioRestException as error:
        if error.status != 409:
            raise
        executions(error.details["conflicting_execution_sid"]).update(status="ended")
        execution = executions.create(to=phone, from_=SENDER, parameters=parameters)
    return str(execution.sid)
