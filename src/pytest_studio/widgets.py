"""Studio's widget types: the events that each ends with, and the names that the Console gives them."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["EVENTS", "TRIGGERS", "TYPES", "WIDGETS", "Widget", "type_of"]


class Widget(NamedTuple):
    """One widget type.

    ``stem`` is what default widget names start with, ``events`` what a Step of it may be named, the ones that go
    on first; ``last`` how many of them, from the end, leave the Flow; ``channel`` where it makes sense.
    """

    stem: str
    events: tuple[str, ...]
    last: int = 0
    channel: str = "any"  # any | message | call


#: Trigger event -> what started the Execution.
TRIGGERS = {
    "incomingMessage": "message",
    "incomingCall": "call",
    "incomingConversationMessage": "conversation",
    "incomingRequest": "request",
    "incomingParent": "parent",
}

WIDGETS: dict[str, Widget] = {
    "split-based-on": Widget("split", ("match", "noMatch")),
    "set-variables": Widget("set_variables", ("next",)),
    "send-message": Widget("send_message", ("sent", "failed"), 0, "message"),
    "send-and-wait-for-reply": Widget(
        "send_and_reply", ("incomingMessage", "timeout", "deliveryFailure"), 0, "message"
    ),
    "make-http-request": Widget("http", ("success", "failed")),
    "run-function": Widget("function", ("success", "fail")),
    "run-function-v2": Widget("function", ("success", "fail")),
    "run-subflow": Widget("subflow", ("completed", "failed")),
    "say-play": Widget("say_play", ("audioComplete",), 0, "call"),
    "gather-input-on-call": Widget("gather", ("keypress", "speech", "timeout"), 0, "call"),
    "make-outgoing-call-v2": Widget("call", ("answered", "busy", "noAnswer", "failed"), 3, "call"),
    "connect-call-to": Widget("connect_call", ("callCompleted", "hangup"), 1, "call"),
    "record-call": Widget("call_recording", ("success", "failed"), 0, "call"),
    "record-voicemail": Widget("record_voicemail", ("recordingComplete", "noAudio", "hangup"), 1, "call"),
    "enqueue-call": Widget("enqueue_call", ("callComplete", "failedToEnqueue", "callFailure"), 1, "call"),
    "send-to-flex": Widget("send_to_flex", ("callComplete", "failedToEnqueue", "callFailure"), 1),
    "add-twiml-redirect": Widget("twiml_redirect", ("return", "timeout", "fail"), 0, "call"),
    "capture-payments": Widget(
        "pay",
        ("success", "maxFailedAttempts", "providerError", "payInterrupted", "validationError", "hangup"),
        1,
        "call",
    ),
    "fork-stream": Widget("fork_stream", ("next",), 0, "call"),
    "connect-virtual-agent-v2": Widget(
        "virtual_agent", ("completed", "live-agent-handoff", "failed", "paused", "timeout", "hangup"), 1, "call"
    ),
    "connect-virtual-agent": Widget("virtual_agent", ("return", "hangup"), 1, "call"),
    "make-outgoing-call-v1": Widget(
        "call", ("answered", "answeredByMachine", "busy", "noAnswer", "failed", "hangup"), 4, "call"
    ),
    "start-conversation": Widget("start_conversation", ("created", "failed")),
    "resume-conversation": Widget("resume_conversation", ("resumed", "failed")),
    "run-conversation-relay": Widget("conversation_relay", ("success", "failed"), 0, "call"),
    "send-to-auto-pilot": Widget("autopilot", ("sessionEnded", "failure", "timeout")),
}


#: Every type that a state of a Flow may have. Of the last six nothing but the name is known.
TYPES = frozenset(WIDGETS) | {
    "trigger",
    "add-member-to-chat-channel",
    "create-chat-channel",
    "create-task",
    "run-function-v2",
    "understand",
    "update-sync-object",
}

#: Every event that a widget of Studio's ends with.
EVENTS = frozenset(event for widget in WIDGETS.values() for event in widget.events) | {"composerStarted"}


def type_of(name: str, event: str) -> str | None:
    """The likeliest type of a widget, from its name and the event it ended with; None when the event is no widget's."""
    able = [kind for kind, widget in WIDGETS.items() if event in widget.events]
    for kind in able:
        if name.startswith(WIDGETS[kind].stem):
            return kind
    return able[0] if able else None
