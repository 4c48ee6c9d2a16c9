"""What a test stores before it acts: Flows, Executions, Steps and whole runs, their parents made where missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pytest_studio import fields, paths
from pytest_studio.account import Account
from pytest_studio.resources import Engagement, Execution, Flow, Step
from pytest_studio.widgets import TRIGGERS

__all__ = ["Arranger"]

R = TypeVar("R", bound=Execution)
Json = dict[str, Any]

#: What a payload says of a record besides its own fields: where it stands, and what follows from that.
_DERIVED = ("account_sid", "url", "links", "webhook_url")


class Arranger:
    """Stores records in an account; every ``add_*`` takes JSON names, dates as text or ``datetime``.

    All of them raise ``TypeError`` for an unknown field (the nearest is named) or a value of a wrong type, and
    ``ValueError`` (``InvalidSid`` for SIDs) for a value that the field cannot hold or that contradicts its parents.
    """

    def __init__(self, account: Account) -> None:
        self.account = account

    def add_flow(self, **values: Any) -> Flow:
        """Store a Flow, published unless told; see ``FakeStudio.add_flow``."""
        derived = self._derived("Flow", values)
        if "version" in values:
            values.setdefault("revision", values.pop("version"))
        if values.get("revision") == 0:
            raise ValueError("Flow.revision starts at 1")
        flow = self.account.add_flow(fields.coerce("Flow", fields.FLOW, values))
        try:
            self._agree("Flow", derived, (flow.payload("v1"), flow.payload("v2")))
        except ValueError:
            self.account.remove_flow(flow)
            raise
        return flow

    def add_run_record(self, kind: type[R], flow: Flow | str | None, values: Json) -> R:
        """Store an Execution or Engagement; see ``FakeStudio.add_execution``."""
        resource = kind.__name__
        derived = self._derived(resource, values)
        flow_sid = values.pop("flow_sid", None)
        checked = fields.coerce(resource, fields.EXECUTION, values)
        home, made = self._flow(flow, flow_sid, resource)
        run = None
        try:
            run = self.account.add_run(home, checked, kind)
            self._agree(resource, derived, _views(run))
        except ValueError:
            if made:
                self.account.remove_flow(home)
            elif run is not None:
                self.account.remove_run(run)
            raise
        assert isinstance(run, kind)
        return run

    def add_step(self, execution: Execution | str | None, values: Json) -> Step:
        """Store a Step; see ``FakeStudio.add_step``."""
        derived = self._derived("Step", values)
        flow_sid = values.pop("flow_sid", None)
        engaged = "engagement_sid" in values
        run_sid = values.pop("engagement_sid" if engaged else "execution_sid", None)
        checked = fields.coerce("Step", fields.STEP, values)
        run, undo = self._run(execution, flow_sid, run_sid, Engagement if engaged else Execution)
        try:
            checked = {**self._following(run, checked), **checked}
            checked.setdefault("date_created", self._next_time(run))
            step = self.account.add_step(run, checked)
            undo = undo or step
            self._agree("Step", derived, _step_views(step))
        except ValueError:
            self._remove(undo)
            raise
        return step

    def add_steps(self, execution: Execution | str | None, count: int, values: Json) -> list[Step]:
        """Store a path of Steps; see ``FakeStudio.add_steps``."""
        if isinstance(count, bool) or not isinstance(count, int) or count < 0:
            raise ValueError(f"n is a number of Steps, 0 or more, not {count!r}")
        for name in ("sid", "url", "links"):
            if name in values:
                raise TypeError(f"add_steps gives each Step its own {name}; use add_step for one of a given {name}")
        common = fields.coerce("Step", fields.STEP, values)
        run, _ = self._run(execution, None, None, Execution, ago=2 * count)
        last = run._steps[-1] if run._steps else None
        start = None if last is None else last._transitioned_to
        if start == "Ended":
            start = None
        rng = self.account.source.rng
        moment = run._date_created if last is None else last._date_created
        made = []
        for hop in paths.walk(rng, count, trigger=_trigger_event(run), start=start, ended=run._status == "ended"):
            moment += 1 + rng.getrandbits(1)
            made.append(self.account.add_step(run, {**hop._asdict(), "date_created": moment, **common}))
        return made

    def add_run(
        self,
        flow: Flow | str | None,
        path: Sequence[Sequence[Any]],
        to: str | None,
        from_: str | None,
        parameters: Mapping[str, Any] | None,
        ended: bool,
        values: Json,
    ) -> Execution:
        """Store an Execution with its Steps, types, times and growing contexts; see ``FakeStudio.add_run``."""
        hops = [_entry(index, entry) for index, entry in enumerate(path)]
        began: tuple[str, Json | None] | None = None
        if hops and hops[0][0] == "Trigger":
            began = (hops[0][1] or _guess(hops[1:], to, parameters), hops[0][2])
            del hops[0]
        event, trigger_data = began or (_guess(hops, to, parameters), None)
        kind = TRIGGERS.get(event)
        if kind is None:
            raise ValueError(f"{event!r} is no event of a trigger; it has {', '.join(TRIGGERS)}")
        waiting = hops.pop()[0] if hops and hops[-1][1] is None else None
        if waiting is not None and ended:
            raise ValueError(f"{waiting!r} has no event, so it waits; an Execution that waits takes ended=False")
        for index, (name, hop_event, _) in enumerate(hops):
            if hop_event is None:
                raise ValueError(f"path[{index}]: {name!r} has no event; only the last widget may wait")
        seconds = 2 * (len(hops) + 1)
        given = {
            **({} if to is None else {"to": to}),
            **({} if from_ is None else {"from_": from_}),
            **({} if parameters is None else {"parameters": dict(parameters)}),
        }
        if kind in ("message", "call", "conversation"):  # a person began
            person = from_ or values.get("contact_channel_address") or self.account.source.phone_number()
            given = {"from_": person, "contact_channel_address": person, "to": to or self.account.number, **given}
        given = {
            "date_created": self.account.clock.now() - seconds,
            "status": "ended" if ended else "active",
            **given,
            **values,
        }
        run = self.add_run_record(Execution, flow, given)
        run._trigger = _trigger_data(kind, run, trigger_data)
        if "initiated_by" not in values:
            run._initiated_by = self.account.new_sid({"call": "CA", "request": "RQ"}.get(kind, "SM"))
        definition = run._flow.current._definition
        names = [name for name, _, _ in hops]
        if waiting is not None or not ended:
            stop = waiting or self._waits_at(definition, hops, kind)
        else:
            stop = "Ended"
        moment = run._date_created
        steps: list[tuple[str, str | None, Json | None]] = [("Trigger", event, None), *hops]
        for (name, step_event, output), following in zip(steps, [*names, stop], strict=True):
            moment += 1 + (name != "Trigger")
            kind_of_widget = paths.hop_type(definition, name, str(step_event))
            self.account.add_step(
                run,
                {
                    "name": step_event,
                    "transitioned_from": name,
                    "transitioned_to": following,
                    "type": kind_of_widget,
                    "date_created": moment,
                    "output": output,
                },
            )
        if ended and "date_updated" not in values:
            run._date_updated = moment
        return run

    # -- helpers --------------------------------------------------------------------------------------------

    def _waits_at(self, definition: Any, hops: list[tuple[str, str | None, Json | None]], kind: str) -> str:
        """The widget that an Execution which goes on has reached after its last hop."""
        if hops:
            hop = paths.hop_from(definition, hops[-1][0], hops[-1][1])
            if hop is not None and hop.transitioned_to != "Ended":
                return hop.transitioned_to
        return "gather_1" if kind == "call" else "send_and_reply_1"

    def _derived(self, resource: str, values: Json) -> Json:
        """Take out what follows from other fields, and check the account."""
        derived = {name: values.pop(name) for name in _DERIVED if name in values}
        account_sid = derived.pop("account_sid", self.account.sid)
        if account_sid != self.account.sid:
            raise ValueError(
                f"{resource}.account_sid is {self.account.sid} in this studio, not {account_sid!r:.60}: "
                "leave it out, or make the studio with FakeStudio(account_sid=…)"
            )
        return derived

    def _agree(self, resource: str, derived: Json, views: Iterable[Json]) -> None:
        views = list(views)
        for name, value in derived.items():
            known = [view[name] for view in views if name in view]
            if not known:
                fields.unknown(resource, name, fields.FLOW if resource == "Flow" else fields.EXECUTION)
            if value not in known:
                raise ValueError(f"{resource}.{name} follows from the SIDs: it is {known[-1]!r}, not {value!r:.120}")

    def _flow(self, flow: Flow | str | None, flow_sid: str | None, resource: str) -> tuple[Flow, bool]:
        """The Flow that a record goes under, and whether it was made for it."""
        if flow is None:
            known = self.account.flows.get(flow_sid) if flow_sid is not None else None
            if known is not None:
                return known, False
            return self.add_flow(**({} if flow_sid is None else {"sid": flow_sid})), True
        found = self._stored(flow, Flow, self.account.flows, "add_flow")
        if flow_sid not in (None, found._sid):
            raise ValueError(f"{resource}.flow_sid is {found._sid} here, not {flow_sid!r:.60}")
        return found, False

    def _run(
        self,
        run: Execution | str | None,
        flow_sid: str | None,
        run_sid: str | None,
        kind: type[Execution],
        ago: int = 0,
    ) -> tuple[Execution, Flow | Execution | None]:
        """The Execution that a Step goes under, and what was made for it (the Flow if that was made, too)."""
        if run is None:
            run = self.account.executions.get(run_sid) if run_sid is not None else None
            if run is None:
                given = {
                    **({} if run_sid is None else {"sid": run_sid}),
                    **({} if flow_sid is None else {"flow_sid": flow_sid}),
                    **({"date_created": self.account.clock.now() - ago} if ago else {}),
                }
                fresh = flow_sid is None or flow_sid not in self.account.flows
                made = self.add_run_record(kind, None, given)
                return made, made._flow if fresh else made
        else:
            run = self._stored(run, Execution, self.account.executions, "add_execution")
        for name, right, value in (("flow_sid", run._flow._sid, flow_sid), ("execution_sid", run._sid, run_sid)):
            if value not in (None, right):
                raise ValueError(f"Step.{name} is {right} here, not {value!r:.60}")
        return run, None

    def _stored(self, record: Any, kind: type[Any], stored: Mapping[str, Any], maker: str) -> Any:
        sid = record if isinstance(record, str) else getattr(record, "sid", None)
        if not isinstance(record, (str, kind)):
            raise TypeError(f"expected a {kind.__name__} record or its SID, not {type(record).__name__}: {record!r:.60}")
        found = stored.get(str(sid))
        if found is None or (found is not record and not isinstance(record, str)):
            raise ValueError(f"{sid} is not in this studio (any more); {maker}() returns records that are")
        return found

    def _remove(self, record: Flow | Execution | Step | None) -> None:
        if isinstance(record, Flow):
            self.account.remove_flow(record)
        elif isinstance(record, Execution):
            self.account.remove_run(record)
        elif isinstance(record, Step):
            record._run._steps.remove(record)
            del self.account.steps[record._sid]

    def _following(self, run: Execution, given: Json) -> Json:
        """Where a Step that says little goes on: after the last one, as the definition or a believable path has it."""
        last = run._steps[-1] if run._steps else None
        start = given.get("transitioned_from") or (last._transitioned_to if last else "Trigger")
        if start == "Ended":
            start = "Trigger"
        definition = run._flow.current._definition
        event = given.get("name") or (_trigger_event(run) if start == "Trigger" else None)
        hop = paths.hop_from(definition, start, event) if start != "Trigger" or _tells(definition) else None
        if hop is None:
            walk = paths.walk(
                self.account.source.rng,
                1 if run._status == "ended" else 2,
                trigger=_trigger_event(run),
                start=None if start == "Trigger" else start,
            )
            hop = next(iter(walk))
            if event is not None and start != "Trigger":
                hop = hop._replace(type=paths.hop_type(definition, start, event) or hop.type)
        return {**hop._asdict(), **({} if event is None else {"name": event})}

    def _next_time(self, run: Execution) -> int:
        now = self.account.clock.now()
        return max(now, run._steps[-1]._date_created) if run._steps else now


def _views(run: Execution) -> list[Json]:
    kinds = ("engagement", "execution")
    return [run.render("v1", kind) for kind in kinds] + [run.render("v2", "execution")]


def _step_views(step: Step) -> list[Json]:
    return [step.render("v1", "engagement"), step.render("v1", "execution"), step.render("v2", "execution")]


def _tells(definition: Any) -> bool:
    """Whether a definition has more than a trigger."""
    states = definition.get("states") if isinstance(definition, dict) else None
    return isinstance(states, list) and len(states) > 1


def _trigger_event(run: Execution) -> str:
    kind = next(iter(run._trigger), "message")
    return next((event for event, name in TRIGGERS.items() if name == kind), "incomingMessage")


def _guess(hops: list[tuple[str, str | None, Json | None]], to: str | None, parameters: Any) -> str:
    """The trigger's event, when the path does not begin with it."""
    if parameters is not None or to is not None:
        return "incomingRequest"
    events = {event for _, event, _ in hops}
    voice = {"audioComplete", "keypress", "speech", "callCompleted", "recordingComplete", "noAudio"}
    return "incomingCall" if events & voice else "incomingMessage"


def _trigger_data(kind: str, run: Execution, data: Json | None) -> Json:
    if kind == "request":
        parameters = run._parameters or {}
        return {"request": {"to": run._to, "from": run._from_, "parameters": parameters, **(data or {})}}
    sids = {"AccountSid": run.account_sid}
    return {kind: {"From": run._from_, "To": run._to, **sids, **(data or {})}}


def _entry(index: int, entry: Any) -> tuple[str, str | None, Json | None]:
    """``(widget, event, what it left)`` of a path's entry; event and rest may be left out."""
    parts = (entry,) if isinstance(entry, str) else tuple(entry)
    if not 1 <= len(parts) <= 3 or not isinstance(parts[0], str) or not parts[0]:
        raise ValueError(f"path[{index}] is (widget, event, what it left), not {entry!r:.80}")
    name, event, output = (*parts, None, None)[:3]
    if not (event is None or isinstance(event, str)):
        raise TypeError(f"path[{index}]: the event is a text, not {type(event).__name__}: {event!r:.60}")
    if output is not None:
        output = fields.coerce(f"path[{index}]", {"output": "object"}, {"output": output})["output"]
    return name, event, output


