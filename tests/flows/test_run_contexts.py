"""Whole contexts, as Studio's API was recorded to show them: five ways to run, key by key."""

from __future__ import annotations

from typing import Any

import pytest
from flow_parts import (
    NUMBER,
    PERSON,
    SERVICE,
    Like,
    ask,
    load,
    match,
    properties_of,
    say,
    sid,
    split,
    variables,
    widget,
)
from helpers import get

from pytest_studio import FakeStudio
from pytest_studio.chats.chat import Chat

pytest.importorskip("liquid")

JSON = "application/json;charset=utf-8"
#: Keys of what is told of messages and calls.
INBOUND = {
    "AccountSid", "ApiVersion", "Body", "From", "MessageSid", "NumMedia", "NumSegments", "SmsMessageSid", "SmsSid",
    "SmsStatus", "To",
}  # fmt: skip
PLACES = {side + part: f"{side} {part}" for side in ("From", "To") for part in ("City", "State", "Zip", "Country")}
OUTBOUND = {
    "AccountSid", "ApiVersion", "Body", "DateCreated", "DateSent", "DateUpdated", "Direction", "ErrorCode",
    "ErrorMessage", "From", "MessagingServiceSid", "NumMedia", "NumSegments", "Price", "PriceUnit", "Sid", "Status",
    "SubresourceUris", "To",
}  # fmt: skip
CALLBACK = {
    "AccountSid", "ApiVersion", "ErrorCode", "From", "MessageSid", "MessageStatus", "MessagingServiceSid", "SmsSid",
    "SmsStatus", "To", "executionSid",
}  # fmt: skip
CALL = {
    "AccountSid", "ApiVersion", "CallSid", "CallStatus", "Called", "Caller", "Direction", "From", "To",
}  # fmt: skip


def recorded(fake: FakeStudio, chat: Chat) -> dict[str, Any]:
    """The context, as the API shows it: four keys, whatever ran."""
    body = get(fake, f"/v1/Flows/{chat.flow.sid}/Executions/{chat.execution.sid}/Context")
    assert set(body) == {"url", "execution_sid", "flow_sid", "context", "account_sid"}
    context: dict[str, Any] = body["context"]
    assert set(context) == {"widgets", "trigger", "contact", "flow"}
    assert context["flow"]["sid"] == chat.execution.sid
    return context


def http(name: str, to: str | None = None) -> dict[str, Any]:
    """A request that reports something."""
    given = {"method": "POST", "url": "https://example.com/", "body": "{}", "content_type": JSON}
    return widget(name, "make-http-request", given, success=to, failed=to)


def test_a_message_that_opts_out(fake: FakeStudio) -> None:
    """The webhook as it came, ``{}`` of the split, an empty answer of 200; neither data nor variables."""
    flow = load(
        fake,
        split("not_blank", "{{trigger.message.OptOutType}}",
              match("post", "is_not_blank", "Is Not Blank", "{{trigger.message.OptOutType}}")),
        http("post"),
    )  # fmt: skip
    flow.respond("post", 200, body="")
    chat = flow.message("STOP", from_=PERSON, to=NUMBER, OptOutType="STOP", MessagingServiceSid=SERVICE, **PLACES)
    context = recorded(fake, chat)
    assert context["widgets"] == {
        "not_blank": {},
        "post": {"body": "", "status_code": 200, "content_type": "text/plain"},
    }
    message = context["trigger"]["message"]
    assert set(message) == INBOUND | set(PLACES) | {"OptOutType", "MessagingServiceSid"}
    assert set(map(type, message.values())) == {str}
    assert message["MessageSid"] == message["SmsSid"] == message["SmsMessageSid"]
    assert context["contact"] == {"channel": {"address": PERSON}}
    assert context["flow"] == {
        "flow_sid": flow.sid,
        "channel": {"address": NUMBER},
        "sid": chat.execution.sid,
    }


def test_a_call_that_comes_in(fake: FakeStudio) -> None:
    """It rings at the trigger, and is in progress at the widget, which adds its event."""
    flow = load(fake, widget("say_hello", "say-play", {"say": "Hello"}, audioComplete=None))
    context = recorded(fake, flow.call(from_=PERSON, to=NUMBER, **PLACES))
    call = context["trigger"]["call"]
    assert set(call) == CALL | set(PLACES)
    assert (call["CallStatus"], call["Direction"]) == ("ringing", "inbound")
    assert context["widgets"]["say_hello"] == {**call, "CallStatus": "in-progress", "FlowEvent": "audioComplete"}
    assert set(context["flow"]) == {"flow_sid", "channel", "sid"}


def test_a_survey_by_message_that_a_request_starts(fake: FakeStudio) -> None:
    """Parameters twice, variables as texts, a Messaging Service as the address, and a reply from a number of it."""
    flow = load(
        fake,
        variables("initialize", "medium", retry_count="0"),
        split("medium", "{{flow.data.medium}}", match("prompt", "equal_to", "sms", "{{flow.data.medium}}")),
        ask("prompt", "{{flow.data.prompt}}", "yes_no"),
        split("yes_no", "{{widgets.prompt.inbound.Body}}", no_match="post"),
        http("post", "bye"),
        say("bye", "Merci"),
    )
    flow.respond("post", 200, body="")
    parameters = {"medium": "SMS", "language": "FR", "prompt": "Oui ou non ?"}
    chat = flow.request(to=PERSON, from_=SERVICE, parameters=parameters)
    context = recorded(fake, chat.reply("Non"))
    assert context["trigger"] == {"request": {"to": PERSON, "from": SERVICE, "parameters": parameters}}
    assert context["flow"] == {
        "variables": {"retry_count": "0"},
        "data": parameters,
        "flow_sid": flow.sid,
        "channel": {"address": SERVICE},
        "sid": chat.execution.sid,
    }
    widgets = context["widgets"]
    assert (widgets["initialize"], widgets["medium"], widgets["yes_no"]) == ({"retry_count": "0"}, {}, {})
    assert set(widgets["prompt"]) == {"inbound", "outbound"}
    assert set(widgets["prompt"]["inbound"]) == INBOUND | {"MessagingServiceSid"}
    assert widgets["prompt"]["inbound"]["MessagingServiceSid"] == SERVICE
    assert widgets["prompt"]["inbound"]["To"] == Like(r"\+\d+")
    outbound = widgets["prompt"]["outbound"]
    assert set(outbound) == OUTBOUND
    assert (outbound["Status"], outbound["From"], outbound["MessagingServiceSid"]) == ("accepted", None, SERVICE)
    assert (outbound["NumMedia"], outbound["NumSegments"], outbound["ErrorCode"]) == ("0", "0", None)
    assert set(widgets["bye"]) == {"outbound"}


def test_a_message_that_does_not_arrive(fake: FakeStudio) -> None:
    """The status callback at the top, its code a text; the message below it knows of no error yet."""
    flow = load(fake, say("send", "Hello"))
    flow.message("STOP", from_=PERSON, OptOutType="STOP")
    chat = flow.request(to=PERSON, from_=SERVICE)
    left = recorded(fake, chat)["widgets"]["send"]
    assert set(left) == CALLBACK | {"outbound"}
    assert (left["ErrorCode"], left["SmsStatus"], left["MessageStatus"]) == ("21610", "failed", "failed")
    assert left["executionSid"] == chat.execution.sid
    assert (left["outbound"]["ErrorCode"], left["outbound"]["Status"]) == (None, "accepted")
    assert left["MessageSid"] == left["SmsSid"] == left["outbound"]["Sid"]


def test_a_survey_by_telephone_that_a_request_starts(fake: FakeStudio) -> None:
    """Who answered, what was said with what confidence, an answer of 410 parsed, variables as texts."""
    detects = {"from": NUMBER, "to": PERSON, "detect_answering_machine": True, "machine_detection": "Enable"}
    count = "{{flow.variables.retry_count | plus: 1}}"
    voice = widget(
        "voice", "set-variables", {"variables": properties_of(("voice", "Polly.Chantal"), ("language", "fr-CA"))},
        next="initialize",
    )  # fmt: skip
    flow = load(
        fake,
        widget("call_user", "make-outgoing-call-v2", detects, answered="voice"),
        voice,
        variables("initialize", "reply", retry_count="2"),
        widget("reply", "gather-input-on-call", {"say": "?", "gather_language": "fr-CA"}, speech="increment"),
        variables("increment", "post", retry_count=count),
        http("post"),
    )
    flow.respond("post", 410, json={"success": False, "error": {"code": 1}})
    chat = flow.request(to=PERSON, from_=NUMBER).answer().say("oui", confidence=0.91833675)
    context = recorded(fake, chat)
    widgets = context["widgets"]
    call = widgets["call_user"]
    assert set(call) == CALL | {"AnsweredBy", "MachineDetectionDuration"}
    assert (call["Direction"], call["CallStatus"], call["AnsweredBy"]) == ("outbound-api", "in-progress", "human")
    assert call["MachineDetectionDuration"] == Like(r"\d+")
    reply = widgets["reply"]
    assert set(reply) == CALL | {"SpeechResult", "Confidence", "Language", "FlowEvent"}
    assert (reply["SpeechResult"], reply["Confidence"], reply["Language"]) == ("oui", "0.91833675", "fr-CA")
    assert reply["CallSid"] == call["CallSid"] == sid("CA")
    assert widgets["voice"] == {"voice": "Polly.Chantal", "language": "fr-CA"}
    assert widgets["increment"] == {"retry_count": "3"}
    assert widgets["post"] == {
        "body": '{"success": false, "error": {"code": 1}}',
        "status_code": 410,
        "parsed": {"success": False, "error": {"code": 1}},
        "content_type": "application/json",
    }
    assert context["flow"]["variables"] == {"retry_count": "3", "voice": "Polly.Chantal", "language": "fr-CA"}
