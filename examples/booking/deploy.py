"""Deployment: put a Flow Definition under version control live."""

from __future__ import annotations

from typing import Any

from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client


class InvalidFlow(Exception):
    """Twilio refused the definition; the message names each fault."""


def deploy(client: Client, name: str, definition: dict[str, Any], commit: str) -> tuple[str, int]:
    """Publish a definition under a name: a new Flow, or a new revision. Returns its SID and the revision."""
    flows = client.studio.v2.flows
    try:
        client.studio.v2.flow_validate.update(friendly_name=name, status="published", definition=definition)
    except TwilioRestException as error:
        faults = [f"{fault['property_path']} {fault['message']}" for fault in (error.details or {}).get("errors", [])]
        raise InvalidFlow("; ".join(faults) or error.msg) from error
    existing = next((flow for flow in flows.stream() if flow.friendly_name == name), None)
    if existing is None:
        flow = flows.create(friendly_name=name, status="published", definition=definition, commit_message=commit)
    else:
        flow = flows(existing.sid).update(status="published", definition=definition, commit_message=commit)
    return flow.sid, flow.revision
