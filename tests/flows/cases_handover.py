"""What the widgets that hand over to people leave, event by event."""

from __future__ import annotations

from flow_parts import CALL, MOMENT, Case, Like, called, conversed, decided, sid

FLEX = {"workflow": "WW1", "channel": "TC1", "attributes": '{"name": "{{trigger.message.Body}}"}', "priority": "5"}
QUEUES = {"workflow_sid": "WW1", "task_attributes": "{}", "priority": 0, "timeout": 3600}
QUEUED = {**CALL, "QueueResult": Like("[a-z-]+"), "QueueSid": sid("QU"), "QueueTime": Like(r"\d+")}
#: A message becomes a task.
TASK = {
    "account_sid": sid("AC"),
    "age": 0,
    "assignment_status": "pending",
    "attributes": '{"name": "hi"}',
    "date_created": MOMENT,
    "date_updated": MOMENT,
    "priority": 5,
    "sid": sid("WT"),
    "task_channel_sid": "TC1",
    "task_queue_sid": sid("WQ"),
    "timeout": 3600,
    "workflow_sid": "WW1",
    "workspace_sid": sid("WS"),
}
#: A conversation becomes an interaction.
INTERACTION = {
    "channel": {"sid": sid("CH"), "type": "conversation"},
    "routing": {"properties": {"workflow_sid": "WW1"}, "status": "complete"},
    "sid": sid("KD"),
    "url": Like("https://.+"),
}

CASES = [
    Case("enqueue-call", "callComplete", QUEUED, QUEUES, called, decided("callComplete")),
    Case("enqueue-call", "failedToEnqueue", {}, QUEUES, called, decided("failedToEnqueue"), warnings=(81009,)),
    Case("enqueue-call", "callFailure", {}, QUEUES, called, decided("callFailure")),
    Case("send-to-flex", "callComplete", TASK, FLEX, before=decided("callComplete")),
    Case(
        "send-to-flex",
        "callComplete",
        QUEUED,
        {**FLEX, "attributes": "{}"},
        called,
        decided("callComplete"),
        also="of a call",
    ),
    Case(
        "send-to-flex",
        "callComplete",
        INTERACTION,
        {**FLEX, "attributes": "{}"},
        conversed,
        decided("callComplete"),
        also="of a conversation",
    ),
    Case("send-to-flex", "failedToEnqueue", {}, FLEX, before=decided("failedToEnqueue"), warnings=(81009,)),
    Case("send-to-flex", "callFailure", {}, FLEX, before=decided("callFailure")),
]
