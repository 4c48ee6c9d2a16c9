"""What a test stores before it acts: Flows, Executions and Steps, their parents made where missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pytest_studio import clock, fields, paths, sids
from pytest_studio.account import Account
from pytest_studio.resources import Engagement, Execution, Flow, Step
from pytest_studio.seeds import current
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
        checked = fields.coerce("Flow", fields.FLOW, values)
        if checked.get("revision", 1) < 1:
            raise ValueError(f"Flow.revision starts at 1, not {checked['revision']}")
        flow = self.account.add_flow(checked)
        try:
            if derived:  # a payload copies the definition
                self._agree("Flow", derived, (flow.payload("v1"), flow.payload("v2")))
        except (TypeError, ValueError):
            self.account.remove_flow(flow)
            raise
        return flow

    def add_run_record(self, kind: type[R], flow: Flow | str | None, values: Json) -> R:
        """Store an Execution or Engagement; see ``FakeStudio.add_execution``."""
        resource = kind.__name__
        mark = len(self.account.happened)
        derived = self._derived(resource, values)
        flow_sid = values.pop("flow_sid", None)
        checked = fields.coerce(resource, fields.EXECUTION, values)
        home, made = self.flow_of(flow, flow_sid, resource)
        run = None
        try:
            run = self.account.add_run(home, checked, kind)
            self._agree(resource, derived, _views(run))
        except (TypeError, ValueError):
            if made:
                self.account.remove_flow(home)
            elif run is not None:
                self.account.remove_run(run)
            self.account.undo(mark)
            raise
        assert isinstance(run, kind)
        return run

    def add_step(self, execution: Execution | str | None, values: Json) -> Step:
        """Store a Step; see ``FakeStudio.add_step``."""
        mark = len(self.account.happened)
        derived = self._derived("Step", values)
        flow_sid = values.pop("flow_sid", None)
        engaged = "engagement_sid" in values
        run_sid = values.pop("engagement_sid" if engaged else "execution_sid", None)
        checked = fields.coerce("Step", fields.STEP, values)
        undo: Flow | Execution | Step | None
        run, undo = self._run(execution, flow_sid, run_sid, Engagement if engaged else Execution)
        try:
            checked = {**self._following(run, checked), **checked}
            checked.setdefault("date_created", self._next_time(run))
            step = self.account.add_step(run, checked)
            undo = undo or step
            self._agree("Step", derived, _step_views(step))
        except (TypeError, ValueError):
            self._remove(undo)
            self.account.undo(mark)
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
        for hop in paths.walk(rng, count, trigger=trigger_event(run), start=start, ended=run._status == "ended"):
            moment = clock.later(moment, 1 + rng.getrandbits(1))
            made.append(self.account.add_step(run, {**hop._asdict(), "date_created": moment, **common}))
        return made

    # -- helpers --------------------------------------------------------------------------------------------

    def _derived(self, resource: str, values: Json) -> Json:
        """Take out what follows from other fields, and check the account.

        A payload (it has a url) says nothing of the context: on the wire that is ``{}`` whatever was gathered.
        """
        if "url" in values and values.get("context") == {}:
            del values["context"]
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

    def flow_of(self, flow: Flow | str | None, flow_sid: str | None, resource: str) -> tuple[Flow, bool]:
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
            found = self.account.executions.get(run_sid) if run_sid is not None else None
            if found is None:
                given: Json = {
                    **({} if run_sid is None else {"sid": run_sid}),
                    **({} if flow_sid is None else {"flow_sid": flow_sid}),
                    **({"date_created": self.account.now() - ago} if ago else {}),
                }
                fresh = flow_sid is None or flow_sid not in self.account.flows
                made = self.add_run_record(kind, None, given)
                return made, made._flow if fresh else made
        else:
            found = self._stored(run, Execution, self.account.executions, "add_execution")
        for name, right, value in (("flow_sid", found.flow_sid, flow_sid), ("execution_sid", found.sid, run_sid)):
            if value not in (None, right):
                raise ValueError(f"Step.{name} is {right} here, not {value!r:.60}")
        return found, None

    def _stored(self, record: Any, kind: type[Any], stored: Mapping[str, Any], maker: str) -> Any:
        what = f"{'an' if kind is Execution else 'a'} {kind.__name__}"
        prefix = "FN" if kind is Execution else "FW"
        sid = record if isinstance(record, str) else getattr(record, "sid", None)
        if not isinstance(record, (str, kind)):
            raise TypeError(f"expected {what} record or its SID, not {type(record).__name__}: {record!r:.60}")
        if isinstance(record, str) and not sids.is_valid(record, prefix):
            raise sids.InvalidSid(f"expected {what} record or its SID: {sids.explain(record, prefix)}")
        found = stored.get(str(sid))
        if found is not None and (found is record or isinstance(record, str)):
            return found
        gone = self.account.why_gone(str(sid))
        if gone is not None:
            raise ValueError(f"{sid} {gone}")
        fixture = current().made.get(str(sid))
        if fixture is not None:
            raise ValueError(
                f"{sid} comes from the {fixture} fixture, which is data only: {maker}(sid={fixture}) first"
            )
        raise ValueError(f"{sid} is not in this studio; {maker}() returns records that are")

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
        event = given.get("name") or (trigger_event(run) if start == "Trigger" else None)
        hop = paths.hop_from(definition, start, event) if start != "Trigger" or _tells(definition) else None
        if hop is None:
            walk = paths.walk(
                self.account.source.rng,
                1 if run._status == "ended" else 2,
                trigger=trigger_event(run),
                start=None if start == "Trigger" else start,
            )
            hop = next(iter(walk))
            if event is not None and start != "Trigger":
                hop = hop._replace(type=paths.hop_type(definition, start, event) or hop.type)
        return {**hop._asdict(), **({} if event is None else {"name": event})}

    def _next_time(self, run: Execution) -> int:
        now = self.account.now()
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


def trigger_event(run: Execution) -> str:
    kind = next(iter(run._trigger), "message")
    return next((event for event, name in TRIGGERS.items() if name == kind), "incomingMessage")
