"""Widgets that hand over to people, agents and payments: others decide how they end.

Follows https://www.twilio.com/docs/studio/widget-library/send-flex, …/enqueue-call, …/capture-payments,
…/connect-virtual-agent-v2.
"""

from __future__ import annotations

from pytest_studio import clock
from pytest_studio.flows.behaviour.calls import call_parameters, on_call
from pytest_studio.flows.behaviour.scene import Behaviour, Scene
from pytest_studio.flows.situation import Json

__all__ = ["Autopilot", "CapturePayments", "ConversationRelay", "EnqueueCall", "SendToFlex", "VirtualAgent"]

#: Event of a payment -> its result.
RESULTS = {
    "success": "success",
    "maxFailedAttempts": "too-many-failed-attempts",
    "providerError": "payment-connector-error",
    "payInterrupted": "caller-interrupted-with-star",
    "hangup": "caller-hung-up",
    "validationError": "validation-error",
}


class EnqueueCall(Behaviour):
    """``enqueue-call``: somebody takes the call from the queue."""

    success = "callComplete"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        if event == "failedToEnqueue":
            scene.warn(81009, "nobody could be queued for")
        if event != "callComplete":
            return {}
        return call_parameters(scene, QueueResult="redirected", QueueSid=scene.sid("QU"), QueueTime="30")


class SendToFlex(EnqueueCall):
    """``send-to-flex``: a call is queued, a message becomes a task, a conversation an interaction."""

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        if scene.call is not None or event not in ("callComplete", "composerStarted"):
            return super().output(scene, pending, event, data)
        if scene.at("trigger", "conversation") is not None:
            sid = scene.sid("KD")
            return {
                "sid": sid,
                "channel": {"type": "conversation", "sid": scene.at("trigger", "conversation", "ConversationSid")},
                "routing": {"status": "complete", "properties": {"workflow_sid": scene.text("workflow")}},
                "url": f"https://flex-api.twilio.com/v1/Interactions/{sid}",
            }
        now = clock.render(int(scene.world.now))
        return {
            "sid": scene.sid("WT"),
            "account_sid": scene.situation.account_sid,
            "workspace_sid": scene.sid("WS"),
            "workflow_sid": scene.text("workflow"),
            "task_queue_sid": scene.sid("WQ"),
            "task_channel_sid": scene.text("channel"),
            "assignment_status": "pending",
            "attributes": scene.text("attributes", "{}"),
            "age": 0,
            "priority": int(scene.number("priority", 0)),
            "timeout": int(scene.number("timeout", 3600)),
            "date_created": now,
            "date_updated": now,
        }


class CapturePayments(Behaviour):
    """``capture-payments``: the caller pays, or does not."""

    success = "success"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        found = call_parameters(scene, Result=RESULTS.get(event, event))
        if event == "hangup":
            found["CallStatus"] = "completed"
        if event != "success":
            return found
        charged = scene.number("payment_amount", 0) > 0
        return {
            **found,
            **(
                {"PaymentConfirmationCode": scene.sid("PC")}
                if charged
                else {"PaymentToken": scene.sid("PT"), "ProfileId": scene.sid("PP")}
            ),
            "PaymentCardNumber": "xxxxxxxxxxxx4242",
            "PaymentCardType": "visa",
            "PaymentCardPostalCode": "94109",
            "ExpirationDate": "1230",
            "SecurityCode": "xxx",
        }


class VirtualAgent(Behaviour):
    """``connect-virtual-agent-v2`` and its elder: a machine talks with the caller."""

    success = "completed"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        found = on_call(
            scene,
            VirtualAgentProvider=scene.text("connector_name") or scene.text("connector"),
            VirtualAgentStatus={"return": "completed", "hangup": "caller-hung-up"}.get(event, event),
        )
        if event == "hangup" and scene.call is not None:
            found["CallStatus"] = "completed"
        if event == "failed":
            found |= {"VirtualAgentError": "the provider failed", "VirtualAgentErrorCode": "64000"}
        conversation = f"projects/agent/conversations/{scene.sid('VA')}"
        data = {"ConversationId": conversation, "EndUserId": scene.contact}
        return {**found, "VirtualAgentProviderData": data}


class ConversationRelay(Behaviour):
    """``run-conversation-relay``: another application speaks and listens."""

    success = "success"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        status = "completed" if event == "success" else "failed"
        session = {"SessionId": scene.sid("VX"), "SessionStatus": status, "SessionDuration": "30"}
        return on_call(scene, HandoffData="{}", **session)


class Autopilot(Behaviour):
    """``send-to-auto-pilot``, a product that is gone, in Flows that are not."""

    success = "sessionEnded"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return {} if event == "failure" else {"CurrentTask": "goodbye", "memory": {}}
