"""The CloudEvents of Event Streams that tell of Studio, as plain values: their types, their data, their envelope.

Follows https://www.twilio.com/docs/events/event-types/studio/flow and https://cloudevents.io.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from pytest_studio import clock
from pytest_studio.errors import nearest

__all__ = [
    "EXECUTION_ENDED",
    "EXECUTION_STARTED",
    "PREFIX",
    "SCHEMAS",
    "STEP_ENDED",
    "TYPES",
    "envelope",
    "execution_data",
    "full_type",
    "moment",
    "schema_of",
    "step_data",
]

Json = dict[str, Any]

#: How the types of Studio's events begin.
PREFIX = "com.twilio.studio.flow."
EXECUTION_STARTED = f"{PREFIX}execution.started"
EXECUTION_ENDED = f"{PREFIX}execution.ended"
STEP_ENDED = f"{PREFIX}step.ended"
#: All types there are of Studio; nothing tells of the start of a Step.
TYPES = (EXECUTION_STARTED, EXECUTION_ENDED, STEP_ENDED)

#: Type -> the name of the schema of the whole envelope, see ``pytest_studio.schemas``.
SCHEMAS = {
    EXECUTION_STARTED: "events/flow_execution_event",
    EXECUTION_ENDED: "events/flow_execution_event",
    STEP_ENDED: "events/flow_step_event",
}
_DATASCHEMAS = {
    "events/flow_execution_event": "https://events-schemas.twilio.com/Studio.FlowExecutionEvent/2",
    "events/flow_step_event": "https://events-schemas.twilio.com/Studio.FlowStepEvent/1",
}

_OF_EXECUTIONS = (
    "execution_sid", "account_sid", "flow_sid", "contact_channel_address", "status", "ended_reason", "date_created",
    "date_updated", "started_by", "flow_revision",
)  # fmt: skip
_OF_STEPS = (
    "account_sid", "flow_sid", "execution_sid", "step_sid", "parent_step_sid", "name", "transitioned_from",
    "transitioned_to", "date_created",
)  # fmt: skip
#: Type -> the fields of its data, those that only some of its events have among them.
FIELDS: dict[str, tuple[str, ...]] = {
    EXECUTION_STARTED: _OF_EXECUTIONS,
    EXECUTION_ENDED: _OF_EXECUTIONS,
    STEP_ENDED: _OF_STEPS,
}

#: Why an Execution has ended: the only value that is known, whatever ended it.
ENDED_REASON = "FLOW_END"


def full_type(name: str) -> str:
    """The type that a name stands for: the whole of it, or its end, such as ``"step.ended"``.

    Raises:
        ValueError: there is no such type; the message has the nearest, or all.
    """
    if name in TYPES:
        return name
    short = [type_.removeprefix(PREFIX) for type_ in TYPES]
    wanted = str(name)
    for start in ("com.", "twilio.", "studio.", "flow."):
        wanted = wanted.removeprefix(start)
    if wanted in short:
        return PREFIX + wanted
    hint = nearest(wanted, short)
    raise ValueError(f"{name!r:.80} is no type of a Studio event{hint}; there are {', '.join(short)}")


def schema_of(type: str) -> str:
    """The schema of the events of a type; of one that is not known, the schema of what its name speaks of."""
    known = STEP_ENDED if type.startswith(f"{PREFIX}step") else EXECUTION_ENDED
    return SCHEMAS.get(type, SCHEMAS[known])


def moment(seconds: int) -> str:
    """A date as events write it: with milliseconds, which the REST API has not."""
    return f"{clock.render(seconds)[:-1]}.000Z"


def execution_data(
    type: str,
    *,
    execution_sid: str,
    account_sid: str,
    flow_sid: str,
    contact_channel_address: str | None,
    date_created: str,
    date_updated: str | None,
    started_by: str | None,
    flow_revision: int | None,
) -> Json:
    """The data of an Execution's event; of its end only with ``date_updated`` and ``ended_reason``."""
    data: Json = {
        "execution_sid": execution_sid,
        "account_sid": account_sid,
        "flow_sid": flow_sid,
        "contact_channel_address": contact_channel_address,
        "status": "active",
        "date_created": date_created,
        "started_by": started_by,
        "flow_revision": flow_revision,
    }
    if type == EXECUTION_ENDED:
        data |= {"status": "ended", "ended_reason": ENDED_REASON}
        if date_updated is not None:
            data["date_updated"] = date_updated
    return data


def step_data(
    *,
    step_sid: str,
    account_sid: str,
    flow_sid: str,
    execution_sid: str,
    parent_step_sid: str | None,
    name: str,
    transitioned_from: str,
    transitioned_to: str,
    date_created: str,
) -> Json:
    """The data of the event of a Step's end: no context, no widget type."""
    return {
        "account_sid": account_sid,
        "flow_sid": flow_sid,
        "execution_sid": execution_sid,
        "step_sid": step_sid,
        "parent_step_sid": parent_step_sid,
        "name": name,
        "transitioned_from": transitioned_from,
        "transitioned_to": transitioned_to,
        "date_created": date_created,
    }


def sample(
    type: str, new_sid: Callable[[str], str], at: int, account_sid: str, contact: str, hop: Sequence[str]
) -> Json:
    """Data such as an event of a type may have.

    Args:
        type: one of ``TYPES``.
        new_sid: makes a SID of a prefix.
        at: when the Execution or the Step was made, in seconds since 1970.
        account_sid: ``AC…``.
        contact: the person's address.
        hop: of a Step, its event, the widget that was left, and the next.
    """
    shared: Json = {"account_sid": account_sid, "flow_sid": new_sid("FW"), "execution_sid": new_sid("FN")}
    shared["date_created"] = moment(at)
    if type == STEP_ENDED:
        name, came_from, goes_to, *_ = hop
        return step_data(
            **shared,
            step_sid=new_sid("FT"),
            parent_step_sid=None,
            name=name,
            transitioned_from=came_from,
            transitioned_to=goes_to,
        )
    return execution_data(
        type,
        **shared,
        contact_channel_address=contact,
        date_updated=moment(at + 90),
        started_by=new_sid("SM"),
        flow_revision=1,
    )


def source(data: Json) -> str:
    """What an event is about: the path of its resource, as in the recorded envelopes of Twilio's other products."""
    path = f"/v2/Flows/{data['flow_sid']}/Executions/{data['execution_sid']}"
    return f"{path}/Steps/{data['step_sid']}" if "step_sid" in data else path


def envelope(type: str, id: str, data: Json, time: str | None = None) -> Json:
    """A whole event.

    Args:
        type: one of ``TYPES``.
        id: ``EZ…``; by it receivers know a duplicate.
        data: of ``execution_data`` or ``step_data``.
        time: when it happened, with milliseconds; None: as the dates of ``data`` say.
    """
    if time is None:
        time = (type == EXECUTION_ENDED and data.get("date_updated")) or data["date_created"]
    return {
        "specversion": "1.0",
        "type": type,
        "source": source(data),
        "id": id,
        "dataschema": _DATASCHEMAS[SCHEMAS[type]],
        "datacontenttype": "application/json",
        "time": time,
        "data": data,
    }
