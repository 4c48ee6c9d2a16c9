"""Widgets that write to a person, and wait for what comes back; and conversations, which they may write into.

Follows https://www.twilio.com/docs/studio/widget-library/send-message, …/send-wait-reply. Keys of what they leave are
those of recorded contexts.
"""

from __future__ import annotations

from pytest_studio import clock, webhooks
from pytest_studio.flows.behaviour.scene import Behaviour, Entered, Parked, Scene
from pytest_studio.flows.situation import Json, Sent

__all__ = ["ResumeConversation", "SendAndWait", "SendMessage", "StartConversation"]

#: Twilio's codes of what hinders a message, and words.
NO_BODY, BLANK_VARIABLE, OPTED_OUT, UNKNOWN = 81011, 21656, 21610, 30008
#: Seconds that a reply is waited for, unless the widget says otherwise.
PATIENCE = 3600.0


class SendMessage(Behaviour):
    """``send-message``: to anybody."""

    success = "sent"
    failure = "failed"

    def enter(self, scene: Scene) -> Entered | Parked:
        pending = self.send(scene, scene.text("to") or scene.contact)
        return Entered(self.failure if pending["error"] else self.success, pending)

    def send(self, scene: Scene, to: str) -> Json:
        """Send the widget's message: what there is of it, and Twilio's code if it does not arrive."""
        from_ = scene.text("from") or scene.twilio_side
        templated = scene.raw("message_type") == "content_template" or (
            scene.raw("content_sid") and not scene.raw("body")
        )
        body = "" if templated else scene.body("body")
        media = scene.text("media_url") or None
        variables = {key: value for key, value, _ in scene.pairs("content_variables")} if templated else {}
        blank = next((key for key, value in variables.items() if not value.strip()), None)
        error = 0
        if not to:
            error = NO_BODY
            scene.warn(NO_BODY, "the message has no address to go to")
        elif not templated and not body.strip() and media is None:
            error = NO_BODY
            scene.warn(NO_BODY, "the message has neither a body nor media")
        elif blank is not None:
            error = BLANK_VARIABLE
            scene.warn(BLANK_VARIABLE, f"the content variable {blank} is blank")
        elif scene.world.opted_out(to):
            error = OPTED_OUT
            scene.warn(OPTED_OUT, f"{to} has opted out of messages")
        elif scene.scripted == self.failure:
            error = UNKNOWN
        content_sid = scene.text("content_sid") or None if templated else None
        scene.note(Sent(body, to, from_, media, scene.state.name, content_sid, variables or None, error or None))
        outbound = _in_conversation(scene, body) if _converses(scene) else _message(scene, body, to, from_, media)
        return {"outbound": outbound, "error": error, "to": to, "from": from_}

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        if event != self.failure:
            return {"outbound": pending["outbound"]}
        return {**_callback(scene, pending), "outbound": pending["outbound"]}


class SendAndWait(SendMessage):
    """``send-and-wait-for-reply``: to the contact, whose next message is the reply."""

    success = "incomingMessage"
    failure = "deliveryFailure"

    def enter(self, scene: Scene) -> Entered | Parked:
        pending = self.send(scene, scene.contact)
        if pending["error"]:
            return Entered(self.failure, pending)
        return Parked("reply", pending, scene.number("timeout", PATIENCE))

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        found = super().output(scene, pending, event, data)
        if event == self.success:
            found["inbound"] = dict(data) or _unheard(scene)
            if _converses(scene):
                scene.assume("a reply in a conversation is both the widget's inbound and the trigger's conversation")
        if scene.raw("save_response_as"):
            scene.assume("save_response_as has no effect")
        return found

    def remember(self, scene: Scene, output: Json, event: str, data: Json) -> Json:
        if event != self.success or not _converses(scene) or not data:
            return scene.context
        trigger = scene.context["trigger"]
        conversation = {**trigger["conversation"], **data}
        return {**scene.context, "trigger": {**trigger, "conversation": conversation}}


class StartConversation(Behaviour):
    """``start-conversation``: succeeds by itself."""

    success = "created"
    failure = "failed"

    def enter(self, scene: Scene) -> Entered | Parked:
        if scene.at("trigger", "request") is None:
            scene.assume("it works as in a Flow that a REST request has started, which alone is documented")
        service = scene.text("conversation_service_sid") or None
        sid = scene.text("conversation_sid") or scene.sid("CH")
        participants = scene.raw("participants")
        if isinstance(participants, str):
            scene.render("participants", participants)
        conversation = {
            "sid": sid,
            "chat_service_sid": service,
            "account_sid": scene.situation.account_sid,
            "attributes": scene.text("attributes", "{}"),
            "friendly_name": scene.text("friendly_name") or None,
            "state": "active",
            "date_created": clock.render(int(scene.world.now)),
        }
        return Entered(self.success, {"conversation": conversation, "webhook_sid": scene.sid("WH")})

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return {} if event == self.failure else dict(pending)

    def remember(self, scene: Scene, output: Json, event: str, data: Json) -> Json:
        conversation = output.get("conversation")
        if event == self.failure or not isinstance(conversation, dict):
            return scene.context
        flow = scene.context.get("flow") or {}
        channel = {
            **(flow.get("channel") or {}),
            "sid": conversation.get("sid"),
            "type": "conversation",
            "status": conversation.get("state"),
            "details": conversation,
        }
        return {**scene.context, "flow": {**flow, "channel": channel}}


class ResumeConversation(StartConversation):
    """``resume-conversation``: succeeds by itself."""

    success = "resumed"


def _converses(scene: Scene) -> bool:
    return scene.at("trigger", "conversation") is not None


def _unheard(scene: Scene) -> Json:
    """The webhook of a reply of which nothing is known but that it came."""
    kind = "conversation" if _converses(scene) else "message"
    account = scene.situation.account_sid
    heard: Json = webhooks.inbound(kind, account, scene.contact, scene.twilio_side, scene.sid)[kind]
    return heard


def _message(scene: Scene, body: str, to: str, from_: str, media: str | None) -> Json:
    """A Message resource as Studio keeps it: capitalised keys, accepted a moment ago."""
    account, sid = scene.situation.account_sid, scene.sid("SM" if media is None else "MM")
    now = clock.render(int(scene.world.now))
    service = from_.startswith("MG")
    return {
        "AccountSid": account,
        "ApiVersion": "2010-04-01",
        "Body": body,
        "DateCreated": now,
        "DateSent": None,
        "DateUpdated": now,
        "Direction": "outbound-api",
        "ErrorCode": None,
        "ErrorMessage": None,
        "From": None if service else from_,
        "MessagingServiceSid": from_ if service else None,
        "NumMedia": "0" if media is None else "1",
        "NumSegments": "0" if service else "1",
        "Price": None,
        "PriceUnit": None,
        "Sid": sid,
        "Status": "accepted" if service else "queued",
        "SubresourceUris": {"media": f"/2010-04-01/Accounts/{account}/Messages/{sid}/Media.json"},
        "To": to,
    }


def _in_conversation(scene: Scene, body: str) -> Json:
    """A message in a conversation."""
    return {
        "Sid": scene.sid("IM"),
        "ConversationSid": scene.at("trigger", "conversation", "ConversationSid"),
        "Body": body,
        "Author": scene.twilio_side,
        "Index": str(
            sum("outbound" in left for left in (scene.at("widgets") or {}).values() if isinstance(left, dict))
        ),
        "Attributes": scene.text("attributes", "{}"),
        "Media": None,
        "ParticipantSid": None,
    }


def _callback(scene: Scene, pending: Json) -> Json:
    """What the status callback of a message that failed carries."""
    sid, from_ = pending["outbound"]["Sid"], pending["from"]
    service = from_.startswith("MG")
    return {
        "AccountSid": scene.situation.account_sid,
        "ApiVersion": "2010-04-01",
        "ErrorCode": str(pending["error"] or UNKNOWN),
        "From": from_,
        **({"MessagingServiceSid": from_} if service else {}),
        "MessageSid": sid,
        "MessageStatus": "failed",
        "SmsSid": sid,
        "SmsStatus": "failed",
        "To": pending["to"],
        "executionSid": scene.situation.execution_sid,
    }
