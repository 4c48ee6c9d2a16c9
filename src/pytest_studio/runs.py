"""Whole runs: an Execution with its Steps, types, times and growing contexts, from the widgets that ran."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pytest_studio import clock, fields, paths, webhooks
from pytest_studio.arrange import Arranger, Json
from pytest_studio.errors import nearest
from pytest_studio.resources import Execution, Flow
from pytest_studio.widgets import EVENTS, TRIGGERS

__all__ = ["add_run"]

#: Events that only calls have: a path with one of them was begun by a call.
_VOICE = frozenset(("audioComplete", "keypress", "speech", "callCompleted", "recordingComplete", "noAudio", "answered"))


class Entry(NamedTuple):
    """One entry of a path: the widget, the event it ended with (None: it waits), and what it left."""

    name: str
    event: str | None = None
    output: Json | None = None


def add_run(
    arranger: Arranger,
    flow: Flow | str | None,
    path: Sequence[Sequence[Any]],
    to: str | None,
    from_: str | None,
    parameters: Mapping[str, Any] | None,
    ended: bool,
    values: Json,
) -> Execution:
    """Store an Execution with its Steps; see ``FakeStudio.add_run``."""
    account = arranger.account
    if not isinstance(ended, bool):
        raise TypeError(f"ended is True or False, not {type(ended).__name__}: {ended!r:.60}")
    trigger, entries, waiting = _read(path, ended, rest=parameters is not None or to is not None)
    kind = TRIGGERS[str(trigger.event)]
    status = "ended" if ended else "active"
    if values.get("status", status) != status:
        raise ValueError(f"add_run(ended={ended}) makes an Execution that is {status}, not {values['status']!r:.60}")
    given: Json = {
        "date_created": account.now() - 2 * len(entries) - 1,
        "status": status,
    }
    given |= {name: value for name, value in (("to", to), ("from_", from_)) if value is not None}
    if parameters is not None:
        if not isinstance(parameters, Mapping):
            raise TypeError(f"parameters is a dict, not {type(parameters).__name__}: {parameters!r:.60}")
        given["parameters"] = dict(parameters)
    if kind != "request":  # a person began
        person = from_ or values.get("contact_channel_address") or account.source.phone_number()
        given = {"from_": person, "contact_channel_address": person, **given}
    home, made = arranger.flow_of(flow, values.pop("flow_sid", None), "Execution")
    definition = home.current._definition
    try:
        for entry in entries:
            _check_event(definition, entry)
        # active until all its Steps are there, so that what happened comes in order
        run = arranger.add_run_record(Execution, home, {**given, **values, "status": "active"})
    except (TypeError, ValueError):
        if made:
            account.remove_flow(home)
        raise
    run._trigger = _trigger(kind, run, trigger.output, account.new_sid)
    if "initiated_by" not in values:
        run._initiated_by = webhooks.initiator(run._trigger) or account.new_sid("RQ")
    stop = "Ended" if ended else waiting or _waits_at(definition, entries[-1] if entries else trigger, kind)
    moment = run._date_created
    steps = [trigger._replace(output=None), *entries]
    for entry, following in zip(steps, [*(entry.name for entry in entries), stop], strict=True):
        moment = clock.later(moment, 1 if entry.name == "Trigger" else 2)
        account.add_step(
            run,
            {
                "name": entry.event,
                "transitioned_from": entry.name,
                "transitioned_to": following,
                "type": paths.hop_type(definition, entry.name, str(entry.event)),
                "date_created": moment,
                "output": entry.output,
            },
        )
    if ended:
        if "date_updated" not in values:
            run._date_updated = moment
        run._status = "ended"
        account.ended(run, moment if run._date_updated is None else run._date_updated)
    return run


def _read(path: Sequence[Sequence[Any]], ended: bool, rest: bool) -> tuple[Entry, list[Entry], str | None]:
    """The trigger, the widgets that finished, and the one that waits."""
    if isinstance(path, (str, Mapping)) or not isinstance(path, Sequence):
        raise TypeError(f"path is a list of (widget, event, what it left), not {type(path).__name__}: {path!r:.60}")
    entries = [_entry(index, entry) for index, entry in enumerate(path)]
    first = entries.pop(0) if entries and entries[0].name == "Trigger" else Entry("Trigger")
    waiting = entries.pop().name if entries and entries[-1].event is None else None
    if waiting is not None and ended:
        raise ValueError(f"{waiting!r} has no event, so it waits; an Execution that waits takes ended=False")
    for entry in entries:
        if entry.event is None:
            raise ValueError(f"{entry.name!r} has no event, which only the last widget of a path may lack")
        if entry.name in ("Trigger", "Ended"):
            raise ValueError(f"{entry.name!r} is no widget: a path is begun by the trigger and ended by ended=True")
    guessed = "incomingCall" if any(entry.event in _VOICE for entry in entries) else "incomingMessage"
    event = first.event or ("incomingRequest" if rest else guessed)
    if event not in TRIGGERS:
        raise ValueError(f"{event!r} is no event of a trigger; it has {', '.join(TRIGGERS)}")
    return first._replace(event=event), entries, waiting


def _entry(index: int, entry: Any) -> Entry:
    if not isinstance(entry, (str, tuple, list)):
        raise TypeError(f"path[{index}] is (widget, event, what it left), not {type(entry).__name__}: {entry!r:.80}")
    parts: tuple[Any, ...] = (entry,) if isinstance(entry, str) else tuple(entry)
    if not 1 <= len(parts) <= 3 or not isinstance(parts[0], str) or not parts[0]:
        raise ValueError(f"path[{index}] is (widget, event, what it left), not {entry!r:.80}")
    read = Entry(*parts)
    if not (read.event is None or isinstance(read.event, str)):
        raise TypeError(f"path[{index}]: the event is a text, not {type(read.event).__name__}: {read.event!r:.60}")
    if read.output is None:
        return read
    return read._replace(**fields.coerce(f"path[{index}]", {"output": "object"}, {"output": read.output}))


def _check_event(definition: Any, entry: Entry) -> None:
    """Refuse an event that neither the Flow's definition nor any widget of Studio's has."""
    event = str(entry.event)
    if event in EVENTS or event in paths.events_of(definition, entry.name):
        return
    known = nearest(event, EVENTS) or "; events are written as in definitions: 'sent', 'incomingMessage', 'noMatch' …"
    raise ValueError(f"{event!r} is no event of a widget, and {entry.name!r} of this Flow does not wire it{known}")


def _waits_at(definition: Any, last: Entry, kind: str) -> str:
    """The widget that an Execution which goes on has reached after its last Step."""
    hop = paths.hop_from(definition, last.name, last.event)
    if hop is not None and hop.transitioned_to != "Ended":
        return hop.transitioned_to
    return "gather_1" if kind == "call" else "send_and_reply_1"


def _trigger(kind: str, run: Execution, data: Json | None, new_sid: Callable[[str], str]) -> Json:
    if kind == "request":
        trigger = webhooks.request(run._to, run._from_, run._parameters)
    elif kind == "parent":
        trigger = {"parent": {"parameters": run._parameters or {}}}
    else:
        trigger = webhooks.inbound(kind, run.account_sid, run._from_, run._to, new_sid)
    trigger[kind].update(data or {})
    return trigger
