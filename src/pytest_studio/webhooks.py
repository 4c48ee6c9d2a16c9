"""What Twilio's webhooks carry when somebody writes, calls or asks: the ``trigger`` of contexts, and replies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from typing import Any

from pytest_studio.errors import closest

__all__ = ["argument_for", "first_context", "inbound", "initiator", "media", "request"]

Json = dict[str, Any]

#: Parameters that ``flow.message`` and its like have as arguments, which the rest of a chat goes by.
_ARGUMENTS = {"Body": "body", "From": "from_", "To": "to"}


def argument_for(name: str) -> str | None:
    """The argument of ``flow.message`` and its like that a name means which is no further parameter of a webhook.

    Args:
        name: ``"From"``, or a slip such as ``"from_number"``; the parameters themselves begin with a capital letter.
    """
    if not name[:1].islower():
        return _ARGUMENTS.get(name)
    return "from_" if name.startswith("from") else closest(name, [*_ARGUMENTS.values(), "media"])


def first_context(trigger: Json, contact: str | None, twilio_side: str, flow_sid: str, execution_sid: str) -> Json:
    """What an Execution knows before its first widget: the four keys of each context.

    Args:
        trigger: such as ``{"message": {…}}``; it becomes part of the context.
        contact: the person's address.
        twilio_side: Twilio's.
        flow_sid: ``FW…``.
        execution_sid: ``FN…``, which is what ``flow.sid`` holds.
    """
    flow: Json = {"flow_sid": flow_sid, "channel": {"address": twilio_side}, "sid": execution_sid}
    if "request" in trigger:
        flow["data"] = deepcopy(trigger["request"].get("parameters") or {})
    return {"widgets": {}, "trigger": trigger, "contact": {"channel": {"address": contact}}, "flow": flow}


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
    if kind == "conversation":
        conversation_sid = new_sid("CH")
        chat = {
            "Author": from_,
            "Body": "",
            "ChannelAttributes": {},
            "ChannelSid": conversation_sid,
            "ConversationSid": conversation_sid,
            "InstanceSid": new_sid("IS"),
            "MessageSid": new_sid("IM"),
            "ParticipantSid": new_sid("MB"),
            "Source": "SMS",
        }
        return {"conversation": {**common, **chat}}
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
    return {"message": {**common, **text}}


def media(urls: Sequence[str]) -> Json:
    """What a message's webhook says of pictures and files: ``NumMedia``, ``MediaUrl0``, ``MediaContentType0`` …"""
    from mimetypes import guess_type

    found: Json = {"NumMedia": str(len(urls))}
    for index, url in enumerate(urls):
        found[f"MediaUrl{index}"] = url
        found[f"MediaContentType{index}"] = guess_type(url)[0] or "application/octet-stream"
    return found


def initiator(trigger: Mapping[str, Any]) -> str | None:
    """The SID of the call or message that a trigger was; None for a request."""
    data: Json = next(iter(trigger.values()), {})
    return data.get("CallSid") or data.get("MessageSid")
