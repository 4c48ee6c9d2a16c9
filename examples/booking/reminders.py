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
        _end(client, error.details["conflicting_execution_sid"])
        execution = executions.create(to=phone, from_=SENDER, parameters=parameters)
    return str(execution.sid)


def _end(client: Client, sid: str) -> None:
    """End an Execution, of whichever Flow: one is active for a person and a sender, and a refusal names no Flow."""
    for flow in client.studio.v2.flows.stream():
        try:
            client.studio.v2.flows(flow.sid).executions(sid).update(status="ended")
        except TwilioRestException as error:
            if error.status == 404:  # it is of another Flow
                continue
            if error.status != 409:  # 409: it has ended by itself meanwhile
                raise
        return
