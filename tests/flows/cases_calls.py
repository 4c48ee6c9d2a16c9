"""What the widgets of a call leave, event by event: the whole webhook by which Studio hears of their end."""

from __future__ import annotations

from flow_parts import CALL, MOMENT, NUMBER, OVER, PERSON, TEXT, Case, Like, called, decided, requested, sid

#: The webhook of a call that the Flow placed.
PLACED = {**CALL, "Called": PERSON, "Caller": NUMBER, "Direction": "outbound-api", "From": NUMBER, "To": PERSON}
DIALS = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "timeout": 60}
DETECTS = {**DIALS, "detect_answering_machine": True, "machine_detection": "Enable"}
CONNECTS = {"noun": "number", "caller_id": "{{contact.channel.address}}", "to": "+15550100009"}
DIALLED = {"DialCallDuration": "30", "DialCallSid": sid("CA"), "DialCallStatus": "completed"}
RECORDED = {"RecordingDuration": "12", "RecordingSid": sid("RE"), "RecordingUrl": TEXT}
RECORDING = {
    "AccountSid": sid("AC"),
    "ApiVersion": "2010-04-01",
    "CallSid": sid("CA"),
    "Channels": "1",
    "Duration": None,
    "ErrorCode": None,
    "Price": None,
    "PriceUnit": "USD",
    "Sid": sid("RE"),
    "Source": "StartCallRecordingAPI",
    "StartTime": MOMENT,
    "Status": "in-progress",
    "Uri": TEXT,
}
GATHERS = {"say": "Yes or no?", "timeout": 5, "number_of_digits": 1, "stop_gather": True}
#: Recorded of a gather that heard somebody: its webhook has this, whichever way it ended.
GATHERED = {**CALL, "FlowEvent": "timeout"}
PAYS = {"payment_connector": "Default", "payment_amount": "10.00", "currency": "usd"}
CARD = {
    "ExpirationDate": TEXT,
    "PaymentCardNumber": TEXT,
    "PaymentCardPostalCode": TEXT,
    "PaymentCardType": TEXT,
    "Result": "success",
    "SecurityCode": TEXT,
}
SPOKE = {"HandoffData": "{}", "SessionDuration": "30", "SessionId": sid("VX"), "SessionStatus": "completed"}
AGENT = {
    "VirtualAgentProvider": "agent",
    "VirtualAgentProviderData": {"ConversationId": TEXT, "EndUserId": PERSON},
    "VirtualAgentStatus": TEXT,
}
FAILED_AGENT = {"VirtualAgentError": TEXT, "VirtualAgentErrorCode": TEXT}

CASES = [
    Case("say-play", "audioComplete", {**CALL, "FlowEvent": "audioComplete"}, {"say": "Hello"}, called),
    Case(
        "gather-input-on-call",
        "keypress",
        {**GATHERED, "Digits": "1"},
        GATHERS,
        called,
        then=lambda chat: chat.press("1"),
    ),
    Case(
        "gather-input-on-call",
        "speech",
        {**GATHERED, "Confidence": "0.91833675", "Language": "fr-CA", "SpeechResult": "oui"},
        {**GATHERS, "gather_language": "fr-CA"},
        called,
        then=lambda chat: chat.say("oui", confidence=0.91833675),
    ),
    Case(
        "gather-input-on-call",
        "timeout",
        {**GATHERED, "msg": "Gather End"},
        GATHERS,
        called,
        then=lambda chat: chat.silence(),
    ),
    Case(
        "gather-input-on-call",
        "speech",
        {**GATHERED, "Confidence": "0.5", "Language": "en-US", "SpeechResult": "No."},
        GATHERS,
        called,
        decided("speech", {"SpeechResult": "No.", "Confidence": "0.5"}),
        also="as decided",
    ),
    Case("make-outgoing-call-v2", "answered", PLACED, DIALS, requested, then=lambda chat: chat.answer()),
    Case(
        "make-outgoing-call-v2",
        "answered",
        {**PLACED, "AnsweredBy": "machine_start", "MachineDetectionDuration": Like(r"\d+")},
        DETECTS,
        requested,
        then=lambda chat: chat.answer(by="machine_start"),
        also="by a machine",
    ),
    Case(
        "make-outgoing-call-v2",
        "busy",
        {**PLACED, "CallStatus": "busy"},
        DETECTS,
        requested,
        then=lambda chat: chat.busy(),
    ),
    Case(
        "make-outgoing-call-v2",
        "noAnswer",
        {**PLACED, "CallStatus": "no-answer"},
        DIALS,
        requested,
        then=lambda chat: chat.no_answer(),
    ),
    Case(
        "make-outgoing-call-v2",
        "failed",
        {**PLACED, "CallStatus": "failed"},
        DIALS,
        requested,
        decided("failed"),
    ),
    Case("make-outgoing-call-v1", "answered", PLACED, DIALS, requested, then=lambda chat: chat.answer()),
    Case(
        "make-outgoing-call-v1",
        "answeredByMachine",
        {**PLACED, "AnsweredBy": "machine_start", "MachineDetectionDuration": Like(r"\d+")},
        DETECTS,
        requested,
        then=lambda chat: chat.answer(by="machine_start"),
    ),
    Case(
        "make-outgoing-call-v1",
        "busy",
        {**PLACED, "CallStatus": "busy"},
        DIALS,
        requested,
        then=lambda chat: chat.busy(),
    ),
    Case(
        "make-outgoing-call-v1",
        "noAnswer",
        {**PLACED, "CallStatus": "no-answer"},
        DIALS,
        requested,
        then=lambda chat: chat.no_answer(),
    ),
    Case(
        "make-outgoing-call-v1",
        "failed",
        {**PLACED, "CallStatus": "failed"},
        DIALS,
        requested,
        decided("failed"),
    ),
    Case(
        "make-outgoing-call-v1",
        "hangup",
        {**PLACED, "CallStatus": "completed"},
        DIALS,
        requested,
        decided("hangup"),
    ),
    Case(
        "connect-call-to",
        "callCompleted",
        {**CALL, **DIALLED, "FlowEvent": "callCompleted"},
        CONNECTS,
        called,
        decided("callCompleted"),
    ),
    Case(
        "connect-call-to",
        "callCompleted",
        {**CALL, **DIALLED, "DialCallStatus": "busy", "FlowEvent": "callCompleted"},
        CONNECTS,
        called,
        decided("callCompleted", {"DialCallStatus": "busy"}),
        also="busy",
    ),
    Case(
        "connect-call-to",
        "callCompleted",
        {**CALL, **DIALLED, "FlowEvent": "callCompleted", "RecordingUrl": TEXT},
        {**CONNECTS, "record": True},
        called,
        decided("callCompleted"),
        also="recorded",
    ),
    Case("connect-call-to", "hangup", {**OVER, **DIALLED, "FlowEvent": "hangup"}, CONNECTS, called, decided("hangup")),
    Case("record-call", "success", RECORDING, {"record_call": True}, called),
    Case(
        "record-call",
        "success",
        {**RECORDING, "Channels": "2"},
        {"record_call": True, "recording_channels": "dual"},
        called,
        also="two channels",
    ),
    Case("record-call", "failed", {}, {"record_call": True}, called, decided("failed")),
    Case(
        "record-voicemail",
        "recordingComplete",
        {**CALL, **RECORDED, "Digits": "#"},
        {"finish_on_key": "#"},
        called,
        decided("recordingComplete"),
    ),
    Case("record-voicemail", "noAudio", {}, {}, called, decided("noAudio")),
    Case("record-voicemail", "hangup", {**OVER, **RECORDED, "Digits": "hangup"}, {}, called, decided("hangup")),
    Case(
        "add-twiml-redirect",
        "return",
        {**CALL, "FlowEvent": "return", "answer": "42"},
        {"url": "https://example.com/twiml", "method": "POST", "timeout": "14400"},
        called,
        decided("return", {"answer": "42"}),
    ),
    Case(
        "add-twiml-redirect",
        "timeout",
        {**CALL, "FlowEvent": "timeout"},
        {"url": "https://example.com/twiml"},
        called,
        decided("timeout"),
    ),
    Case("add-twiml-redirect", "fail", {}, {"url": "https://example.com/twiml"}, called, decided("fail")),
    Case(
        "fork-stream",
        "next",
        {},
        {"stream_action": "start", "stream_transport_type": "websocket", "stream_url": "wss://example.com"},
        called,
    ),
    Case(
        "capture-payments",
        "success",
        {**CALL, **CARD, "PaymentConfirmationCode": TEXT},
        PAYS,
        called,
        decided("success"),
    ),
    Case(
        "capture-payments",
        "success",
        {**CALL, **CARD, "PaymentToken": TEXT, "ProfileId": TEXT},
        {**PAYS, "payment_amount": "0", "payment_token_type": "reusable"},
        called,
        decided("success"),
        also="for a token",
    ),
    *(
        Case("capture-payments", event, {**call, "Result": result}, PAYS, called, decided(event))
        for event, call, result in (
            ("maxFailedAttempts", CALL, "too-many-failed-attempts"),
            ("providerError", CALL, "payment-connector-error"),
            ("payInterrupted", CALL, "caller-interrupted-with-star"),
            ("validationError", CALL, "validation-error"),
            ("hangup", OVER, "caller-hung-up"),
        )
    ),
    *(
        Case(
            "connect-virtual-agent-v2",
            event,
            {**call, **AGENT, **further},
            {"connector_name": "agent", "channel": "c"},
            called,
            decided(event),
        )
        for event, call, further in (
            ("completed", CALL, {}),
            ("live-agent-handoff", CALL, {}),
            ("paused", CALL, {}),
            ("timeout", CALL, {}),
            ("failed", CALL, FAILED_AGENT),
            ("hangup", OVER, {}),
        )
    ),
    Case("connect-virtual-agent", "return", {**CALL, **AGENT}, {"connector": "agent"}, called, decided("return")),
    Case("connect-virtual-agent", "hangup", {**OVER, **AGENT}, {"connector": "agent"}, called, decided("hangup")),
    Case(
        "run-conversation-relay",
        "success",
        {**CALL, **SPOKE, "HandoffData": '{"reason": "done"}'},
        {"url": "wss://example.com"},
        called,
        decided("success", {"HandoffData": '{"reason": "done"}'}),
    ),
    Case(
        "run-conversation-relay",
        "failed",
        {**CALL, **SPOKE, "SessionStatus": "failed"},
        {"url": "wss://example.com"},
        called,
        decided("failed"),
    ),
]
