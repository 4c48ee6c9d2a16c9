"""What contexts hold before and after a short conversation: triggers as recorded, and a person who gave a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_studio import sids
from pytest_studio.seeds import Source

__all__ = ["conversation", "inbound", "initiator", "request"]

Json = dict[str, Any]


def request(to: str, from_: str, parameters: Json | None) -> Json:
    """The ``trigger`` of an Execution that the REST API started."""
    return {"request": {"to": to, "from": from_, "parameters": parameters or {}}}


def inbound(kind: str, account_sid: str, from_: str, to: str, new_sid: Callable[[str], str]) -> Json:
    """The ``trigger`` of an Execution that a person started: Twilio's webhook without its places.

    Args:
        kind: ``"message"``, ``"call"`` or ``"conversation"``.
        account_sid: ``AC…``.
        from_: the person's address.
        to: Twilio's side.
        new_sid: makes a SID of a prefix.
    """
    common = {"AccountSid": account_sid, "ApiVersion": "2010-04-01", "From": from_, "To": to}
    if kind == "call":
        voice = {
            "CallSid": new_sid("CA"),
            "CallStatus": "ringing",
            "Caller": from_,
            "Called": to,
            "Direction": "inbound",
        }
        return {"call": {**common, **voice}}
    sid = new_sid("SM")
    text = {
        "Body": "",
        "MessageSid": sid,
        "NumMedia": "0",
        "NumSegments": "1",
        "SmsMessageSid": sid,
        "SmsSid": sid,
        "SmsStatus": "received",
    }
    return {kind: {**common, **text}}


def initiator(trigger: Json) -> str | None:
    """The SID of the call or message that a trigger was; None for a request."""
    data: Json = next(iter(trigger.values()), {})
    return data.get("CallSid") or data.get("MessageSid")


def conversation(source: Source, account_sid: str, flow_sid: str, execution_sid: str) -> Json:
    """The four keys that every recorded context has, people and places from ``source``; numbers are text, as recorded.

    Args:
        source: decides, and supplies names, places and phone numbers.
        account_sid: ``AC…`` in the message's webhook.
        flow_sid: ``FW…``.
        execution_sid: ``FN…``, which is what ``flow.sid`` holds.
    """
    faker = source.faker
    person, number, name = source.phone_number(), source.phone_number(), faker.first_name()
    place = {
        "FromCity": faker.city().upper(),
        "FromCountry": "US",
        "FromState": faker.state_abbr(),
        "FromZip": faker.zipcode(),
    }

    def message(body: str) -> Json:
        made = inbound("message", account_sid, person, number, lambda prefix: sids.new(prefix, source.rng))
        return {**made["message"], "Body": body, **place}

    return {
        "widgets": {
            "send_and_reply_1": {"inbound": message(name)},
            "split_1": {},
            "set_variables_1": {"name": name},
        },
        "trigger": {"message": message(faker.sentence())},
        "contact": {"channel": {"address": person}},
        "flow": {
            "flow_sid": flow_sid,
            "channel": {"address": number},
            "sid": execution_sid,
            "variables": {"name": name},
        },
    }
