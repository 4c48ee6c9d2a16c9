"""What each widget type does: one class a type, one module a family."""

from __future__ import annotations

from pytest_studio.flows.behaviour import calls, handover, logic, messages, requests
from pytest_studio.flows.behaviour.scene import Behaviour, Entered, Parked, Scene

__all__ = ["Behaviour", "Entered", "Parked", "Scene", "behaviour_of"]

#: Widget type -> what it does. Any other is scripted: it waits for somebody to decide, and leaves what they say.
_BEHAVIOURS: dict[str, Behaviour] = {
    "split-based-on": logic.Split(),
    "set-variables": logic.SetVariables(),
    "run-subflow": logic.RunSubflow(),
    "send-message": messages.SendMessage(),
    "send-and-wait-for-reply": messages.SendAndWait(),
    "start-conversation": messages.StartConversation(),
    "resume-conversation": messages.ResumeConversation(),
    "say-play": calls.SayPlay(),
    "gather-input-on-call": calls.Gather(),
    "make-outgoing-call-v1": calls.OutgoingCall(),
    "make-outgoing-call-v2": calls.OutgoingCall(),
    "connect-call-to": calls.ConnectCall(),
    "record-voicemail": calls.RecordVoicemail(),
    "record-call": calls.RecordCall(),
    "fork-stream": calls.ForkStream(),
    "add-twiml-redirect": calls.Redirect(),
    "make-http-request": requests.HttpWidget(),
    "run-function": requests.RunFunction(),
    "run-function-v2": requests.RunFunction(),
    "send-to-flex": handover.SendToFlex(),
    "enqueue-call": handover.EnqueueCall(),
    "capture-payments": handover.CapturePayments(),
    "connect-virtual-agent": handover.VirtualAgent(),
    "connect-virtual-agent-v2": handover.VirtualAgent(),
    "run-conversation-relay": handover.ConversationRelay(),
    "send-to-auto-pilot": handover.Autopilot(),
}
_SCRIPTED = Behaviour()


def behaviour_of(type: str) -> Behaviour:
    """What a widget of a type does."""
    return _BEHAVIOURS.get(type, _SCRIPTED)
