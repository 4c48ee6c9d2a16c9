"""What the widgets that write to a person leave, event by event."""

from __future__ import annotations

from flow_parts import MOMENT, NUMBER, PERSON, SERVICE, TEXT, Case, conversed, decided, requested, sid

#: A Message resource as Studio keeps it: capitalised keys, texts and nulls.
OUTBOUND = {
    "AccountSid": sid("AC"),
    "ApiVersion": "2010-04-01",
    "Body": "Hello",
    "DateCreated": MOMENT,
    "DateSent": None,
    "DateUpdated": MOMENT,
    "Direction": "outbound-api",
    "ErrorCode": None,
    "ErrorMessage": None,
    "From": NUMBER,
    "MessagingServiceSid": None,
    "NumMedia": "0",
    "NumSegments": "1",
    "Price": None,
    "PriceUnit": None,
    "Sid": sid("SM"),
    "Status": "queued",
    "SubresourceUris": {"media": TEXT},
    "To": PERSON,
}
#: The same through a Messaging Service, which has yet to choose a number.
BY_SERVICE = {**OUTBOUND, "From": None, "MessagingServiceSid": SERVICE, "NumSegments": "0", "Status": "accepted"}
#: What the status callback of a message that failed carries; ``executionSid`` is written like this.
CALLBACK = {
    "AccountSid": sid("AC"),
    "ApiVersion": "2010-04-01",
    "ErrorCode": "30008",
    "From": NUMBER,
    "MessageSid": sid("SM"),
    "MessageStatus": "failed",
    "SmsSid": sid("SM"),
    "SmsStatus": "failed",
    "To": PERSON,
    "executionSid": sid("FN"),
}
#: The webhook of a message that came in.
INBOUND = {
    "AccountSid": sid("AC"),
    "ApiVersion": "2010-04-01",
    "Body": "Ada",
    "From": PERSON,
    "MessageSid": sid("SM"),
    "NumMedia": "0",
    "NumSegments": "1",
    "SmsMessageSid": sid("SM"),
    "SmsSid": sid("SM"),
    "SmsStatus": "received",
    "To": NUMBER,
}
#: A message in a conversation.
IN_CONVERSATION = {
    "Attributes": "{}",
    "Author": NUMBER,
    "Body": "Hello",
    "ConversationSid": sid("CH"),
    "Index": "0",
    "Media": None,
    "ParticipantSid": None,
    "Sid": sid("IM"),
}
#: The webhook of a message that came in there.
HEARD_IN_CONVERSATION = {
    "AccountSid": sid("AC"),
    "ApiVersion": "2010-04-01",
    "Author": PERSON,
    "Body": "Ada",
    "ChannelAttributes": {},
    "ChannelSid": sid("CH"),
    "ConversationSid": sid("CH"),
    "From": PERSON,
    "InstanceSid": sid("IS"),
    "MessageSid": sid("IM"),
    "ParticipantSid": sid("MB"),
    "Source": "SMS",
    "To": NUMBER,
}
#: A conversation that has begun.
CONVERSATION = {
    "conversation": {
        "account_sid": sid("AC"),
        "attributes": "{}",
        "chat_service_sid": "IS1",
        "date_created": MOMENT,
        "friendly_name": None,
        "sid": sid("CH"),
        "state": "active",
    },
    "webhook_sid": sid("WH"),
}

SENDS = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": "Hello"}
ASKS = {"from": "{{flow.channel.address}}", "body": "Hello", "timeout": "3600"}
BLANK = {"body": "{{flow.data.nothing}}"}
PICTURE = "https://example.com/cat.png"

CASES = [
    Case("send-message", "sent", {"outbound": OUTBOUND}, SENDS),
    Case("send-message", "sent", {"outbound": BY_SERVICE}, {**SENDS, "from": SERVICE}, also="by a service"),
    Case("send-message", "sent", {"outbound": OUTBOUND}, {**SENDS, "to": ""}, also="to the contact by default"),
    Case(
        "send-message",
        "sent",
        {"outbound": {**OUTBOUND, "Body": "", "NumMedia": "1", "Sid": sid("MM")}},
        {**SENDS, "body": "", "media_url": PICTURE},
        also="a picture without words",
    ),
    Case("send-message", "sent", {"outbound": IN_CONVERSATION}, SENDS, conversed, also="in a conversation"),
    Case("send-message", "failed", {**CALLBACK, "outbound": OUTBOUND}, SENDS, before=decided("failed")),
    Case(
        "send-message",
        "failed",
        {**CALLBACK, "ErrorCode": "81011", "outbound": {**OUTBOUND, "Body": ""}},
        {**SENDS, **BLANK},
        warnings=(81011,),
        also="a blank body",
    ),
    Case(
        "send-message",
        "failed",
        {**CALLBACK, "MessagingServiceSid": SERVICE, "From": SERVICE, "outbound": BY_SERVICE},
        {**SENDS, "from": SERVICE},
        before=decided("failed"),
        also="by a service",
    ),
    Case(
        "send-and-wait-for-reply",
        "incomingMessage",
        {"outbound": OUTBOUND, "inbound": INBOUND},
        ASKS,
        then=lambda chat: chat.reply("Ada"),
    ),
    Case(
        "send-and-wait-for-reply",
        "incomingMessage",
        {
            "outbound": OUTBOUND,
            "inbound": {
                **INBOUND,
                "ButtonPayload": "yes",
                "MediaContentType0": "image/png",
                "MediaUrl0": PICTURE,
                "NumMedia": "1",
            },
        },
        ASKS,
        then=lambda chat: chat.reply("Ada", [PICTURE], ButtonPayload="yes"),
        also="a picture and a button",
    ),
    Case(
        "send-and-wait-for-reply",
        "incomingMessage",
        {"outbound": IN_CONVERSATION, "inbound": HEARD_IN_CONVERSATION},
        ASKS,
        conversed,
        then=lambda chat: chat.reply("Ada"),
        also="in a conversation",
    ),
    Case(
        "send-and-wait-for-reply",
        "incomingMessage",
        {"outbound": OUTBOUND, "inbound": {**INBOUND, "Body": ""}},
        ASKS,
        before=decided("incomingMessage"),
        also="as decided",
    ),
    Case("send-and-wait-for-reply", "timeout", {"outbound": OUTBOUND}, ASKS, then=lambda chat: chat.expire()),
    Case(
        "send-and-wait-for-reply",
        "deliveryFailure",
        {**CALLBACK, "outbound": OUTBOUND},
        ASKS,
        before=decided("deliveryFailure"),
    ),
    Case(
        "send-and-wait-for-reply",
        "deliveryFailure",
        {**CALLBACK, "ErrorCode": "81011", "outbound": {**OUTBOUND, "Body": ""}},
        {**ASKS, **BLANK},
        warnings=(81011,),
        also="a blank body",
    ),
    Case("start-conversation", "created", CONVERSATION, {"conversation_service_sid": "IS1"}, requested),
    Case(
        "start-conversation",
        "failed",
        {},
        {"conversation_service_sid": "IS1"},
        requested,
        before=decided("failed"),
    ),
    Case(
        "resume-conversation",
        "resumed",
        {**CONVERSATION, "conversation": {**CONVERSATION["conversation"], "sid": "CH1"}},  # type: ignore[dict-item]
        {"conversation_service_sid": "IS1", "conversation_sid": "CH1"},
        requested,
    ),
    Case(
        "resume-conversation",
        "failed",
        {},
        {"conversation_service_sid": "IS1", "conversation_sid": "CH1"},
        requested,
        before=decided("failed"),
    ),
    Case("send-to-auto-pilot", "sessionEnded", {"CurrentTask": TEXT, "memory": {}}, {}, before=decided("sessionEnded")),
    Case(
        "send-to-auto-pilot",
        "sessionEnded",
        {"CurrentTask": "greeting", "memory": {"name": "Ada"}},
        before=decided("sessionEnded", {"CurrentTask": "greeting", "memory": {"name": "Ada"}}),
        also="as decided",
    ),
    Case("send-to-auto-pilot", "failure", {}, {}, before=decided("failure")),
    Case("send-to-auto-pilot", "timeout", {"CurrentTask": TEXT, "memory": {}}, {}, before=decided("timeout")),
]
