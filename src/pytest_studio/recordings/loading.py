"""Filling an account from recordings, payloads and dumps."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Protocol

from pytest_studio import webhooks
from pytest_studio.account import Account
from pytest_studio.errors import StudioDriftWarning
from pytest_studio.files import path_of
from pytest_studio.recordings import dumps, reading
from pytest_studio.recordings.entries import DUMP, exchange_in, is_definition
from pytest_studio.recordings.exchange import Item, Unreadable
from pytest_studio.recordings.facts import Facts, FlowFacts, RunFacts, StepFacts, unknown_in
from pytest_studio.recordings.secrets import without_user
from pytest_studio.resources import Engagement, Execution, Flow, Step

__all__ = ["Adder", "load"]

Json = dict[str, Any]


class Adder(Protocol):
    """What stores records: see ``arrange.Arranger``."""

    account: Account

    def add_flow(self, **values: Any) -> Flow:
        """Store a Flow."""
        ...

    def add_run_record(self, kind: Any, flow: Any, values: Json) -> Any:
        """Store an Execution or Engagement."""
        ...

    def add_step(self, execution: Any, values: Json) -> Step:
        """Store a Step."""
        ...


def load(adder: Adder, source: Any, root: Path | None = None) -> list[Flow | Execution | Step]:
    """Fill an account; see ``FakeStudio.load``."""
    account = adder.account
    facts = Facts(account.sid)
    unknown: dict[str, None] = {}
    told = False
    for where, item, entry in _items(source, root):
        if isinstance(item.value, dict) and DUMP in item.value:
            with account.all_or_nothing():
                return dumps.restore(adder, item.value, where)
        exchange = None
        try:
            exchange = exchange_in(item, entry)
            if exchange is None:
                raise ValueError(_what_else(item))
            told = facts.learn(exchange) or told
            unknown.update(dict.fromkeys(unknown_in(exchange)))
        except Unreadable as error:
            raise ValueError(f"{where}: {error}") from None
        except ValueError as error:
            url = without_user(exchange.url).partition("?")[0] if exchange is not None else ""
            request = f" ({exchange.method} {url:.200})" if exchange is not None and exchange.method and url else ""
            line = f", line {item.line}" if item.line is not None else ""
            raise ValueError(f"{where}: entry {entry}{line}{request}: {error}") from None
    if not told:
        raise ValueError(f"{_name(source)}: there is nothing of Studio's in it")
    made = _Filling(adder, facts).run()
    if unknown:
        more = f" and {len(unknown) - 5} more" if len(unknown) > 5 else ""
        warnings.warn(
            f"{_name(source)} has properties that no record takes: {', '.join(list(unknown)[:5])}{more}. "
            "They were left out.",
            StudioDriftWarning,
            stacklevel=4,  # whoever called FakeStudio.load, which fake.speaking has wrapped
        )
    return made


def _what_else(item: Item) -> str:
    if is_definition(item):
        return "this is a Flow Definition, which studio.load_flow takes, and --flow of pytest-studio serve and proxy"
    return "this is no payload of Studio's, and no recorded exchange"


def _name(source: Any) -> str:
    return str(source) if isinstance(source, (str, os.PathLike)) else f"the {type(source).__name__}"


def _items(source: Any, root: Path | None) -> Iterator[tuple[str, Item, int]]:
    """``(what to call it, a piece of it, its number)`` of a path, a payload, or a list of them."""
    if isinstance(source, dict):
        yield "the payload", Item("document", None, source), 1
    elif isinstance(source, (list, tuple)):
        for entry, value in enumerate(source, 1):
            if not isinstance(value, dict):
                raise TypeError(f"item {entry} of the list is a payload (a dict), not {type(value).__name__}")
            yield "the list", Item("list", None, value), entry
    elif isinstance(source, (str, os.PathLike)):
        if isinstance(source, str) and source.lstrip()[:1] in ("{", "["):
            raise TypeError("load takes a path, a payload or a list of payloads, not a text of JSON: json.loads(…) it")
        path = path_of(source, root)
        with reading.opened(str(path)) as file:
            try:
                for entry, item in enumerate(reading.items_of(file, str(path)), 1):
                    yield str(source), item, entry
            except Unreadable as error:
                raise ValueError(f"{source}: {error}") from None
    else:
        raise TypeError(f"load takes a path, a payload (a dict) or a list of payloads, not {type(source).__name__}")


class _Filling:
    """Facts on their way into an account: what is missing is made first, which can fail; then what is there changes."""

    def __init__(self, adder: Adder, facts: Facts) -> None:
        self.adder = adder
        self.account = adder.account
        self.facts = facts
        #: What is there already of that which is to be told.
        self.known = [
            [sid for sid in told if sid in there]
            for told, there in (
                (facts.flows, self.account.flows),
                (facts.runs, self.account.executions),
                (facts.steps, self.account.steps),
            )
        ]
        #: What was made or changed, by identity.
        self.told: dict[int, Any] = {}

    def run(self) -> list[Any]:
        """The records made and changed: Flows, Executions, Steps, each oldest first."""
        self._check()
        account, facts = self.account, self.facts
        with account.all_or_nothing():  # what was recorded happened long ago: no event tells of it now
            order = facts.order(("flows", ""), [f._sid for f in account.flow_list], facts.flows, self._flow_date)
            _add_missing(order, account.flows, self._add_flow)
            account.order_flows(order)
            for flow_sid in dict.fromkeys(run.flow_sid for run in facts.runs.values()):
                flow = account.flows[flow_sid]
                wanted = [sid for sid, run in facts.runs.items() if run.flow_sid == flow_sid]
                order = facts.order(("runs", flow_sid), [r._sid for r in flow.executions], wanted, self._run_date)
                _add_missing(order, account.executions, self._add_run)
                account.order_runs(flow, order)
            by_run: dict[str, list[str]] = {}
            for sid, step in facts.steps.items():
                by_run.setdefault(step.run_sid, []).append(sid)
            for run_sid, wanted in by_run.items():
                run = account.executions[run_sid]
                order = facts.order(("steps", run_sid), [s._sid for s in run.steps], wanted, self._step_date)
                _add_missing(order, account.steps, self._add_step)
                account.order_steps(run, order)
            self._change()
        runs = sorted((run for flow in account.flow_list for run in flow.executions), key=lambda run: run._seq)
        records = (*account.flow_list, *runs, *(step for run in runs for step in run.steps))
        return [record for record in records if id(record) in self.told]

    def _check(self) -> None:
        """Refuse what contradicts the studio, before anything is changed."""
        account = self.account
        for sid, run in self.facts.runs.items():
            stored = account.executions.get(sid)
            if stored is not None and stored.flow_sid != run.flow_sid:
                raise ValueError(f"{sid} is of the Flow {stored.flow_sid} in this studio, not of {run.flow_sid}")
        for sid, step in self.facts.steps.items():
            known = account.steps.get(sid)
            if known is not None and known.execution_sid != step.run_sid:
                raise ValueError(
                    f"{sid} is of the Execution {known.execution_sid} in this studio, not of {step.run_sid}"
                )

    # -- what is there already ------------------------------------------------------------------------------

    def _change(self) -> None:
        account, facts = self.account, self.facts
        for sid in facts.gone:
            if sid in facts.flows or sid in facts.runs:
                continue  # something has told of it since
            if sid in account.flows:
                account.remove_flow(account.flows[sid])
            elif sid in account.executions:
                account.remove_run(account.executions[sid])
        flows, runs, steps = self.known
        for sid in flows:
            self._tell_flow(account.flows[sid])
        for sid in runs:
            run = account.executions[sid]
            _update(account, run, facts.runs[sid].values)
            self._tell_run(run, facts.runs[sid])
        for sid in steps:
            _update(account, account.steps[sid], facts.steps[sid].values)
            self._note(account.steps[sid])

    def _note(self, record: Any) -> None:
        self.told[id(record)] = record

    # -- what is missing -------------------------------------------------------------------------------------

    def _flow_date(self, sid: str) -> int:
        return self._date(self.facts.flows.get(sid), self.account.flows.get(sid))

    def _run_date(self, sid: str) -> int:
        return self._date(self.facts.runs.get(sid), self.account.executions.get(sid))

    def _step_date(self, sid: str) -> int:
        return self._date(self.facts.steps.get(sid), self.account.steps.get(sid))

    def _date(self, told: FlowFacts | RunFacts | StepFacts | None, stored: Any) -> int:
        moment = None if told is None else told.values.get("date_created")
        if moment is None:
            moment = self.account.now() if stored is None else stored._date_created
        return int(moment)

    def _add_flow(self, sid: str) -> None:
        known = self.facts.flows[sid]
        top = max(known.revisions, default=1)
        newest = {name: value for name, value in known.revisions.get(top, {}).items() if not name.startswith("date_")}
        flow = self.adder.add_flow(sid=sid, revision=top, **newest, **known.values)
        self._note(flow)
        self._tell_flow(flow)

    def _tell_flow(self, flow: Flow) -> None:
        """Give a Flow and its revisions what is known of them; a revision nobody spoke of is as the one after it."""
        known = self.facts.flows[flow._sid]
        before = len(flow._revisions)
        updated = flow._date_updated
        for _ in range(before, max(known.revisions, default=0)):
            self.account.add_revision(flow, {})
        flow._date_updated = updated
        flow.update(**known.values)
        spoken: Json = {}
        for revision in reversed(flow._revisions):
            own = known.revisions.get(revision._revision)
            if own is not None:
                spoken = {**spoken, **{name: value for name, value in own.items() if not name.startswith("date_")}}
                revision.update(**{name: own[name] for name in own.keys() & {"date_created", "date_updated"}})
            if own is not None or revision._revision > before or id(flow) in self.told:
                revision.update(**spoken)
        self._note(flow)

    def _add_run(self, sid: str) -> None:
        known = self.facts.runs[sid]
        values = {**_of_context(known.values.get("context"), known.values), **known.values, "sid": sid}
        kind = Engagement if known.engagement else Execution
        run = self.adder.add_run_record(kind, self.account.flows[known.flow_sid], values)
        self._note(run)
        self._tell_run(run, known)

    def _tell_run(self, run: Execution, known: RunFacts) -> None:
        """Give an Execution the trigger that its context tells of."""
        trigger = (known.values.get("context") or {}).get("trigger")
        if isinstance(trigger, dict) and trigger and all(isinstance(data, dict) for data in trigger.values()):
            run._trigger = deepcopy(trigger)
            initiator = webhooks.initiator(trigger)
            if "initiated_by" not in known.values and isinstance(initiator, str):
                run._initiated_by = initiator or run._initiated_by
        if run._contact_channel_address is not None and run._contact_sid is not None:
            self.account.know_contact(run._contact_channel_address, run._contact_sid)
        self._note(run)

    def _add_step(self, sid: str) -> None:
        known = self.facts.steps[sid]
        run = self.account.executions[known.run_sid]
        self._note(self.adder.add_step(run, {**known.values, "sid": sid}))


def _add_missing(order: list[str], stored: Mapping[str, Any], add: Callable[[str], None]) -> None:
    for sid in order:
        if sid not in stored:
            add(sid)


def _update(account: Account, record: Execution | Step, values: Json) -> None:
    """Change what a record says of itself; no event tells of it."""
    mark = len(account.happened)
    record.update(**{name: value for name, value in values.items() if name not in record._fixed})
    account.undo(mark)


def _of_context(context: Any, known: Json) -> Json:
    """The addresses and parameters of an Execution, as its context tells them, where nothing else does."""
    if not isinstance(context, dict):
        return {}
    contact = known.get("contact_channel_address") or _inner(context, "contact", "channel", "address")
    found: Json = {} if not isinstance(contact, str) else {"contact_channel_address": contact}
    trigger = context.get("trigger")
    for kind, data in trigger.items() if isinstance(trigger, dict) else ():
        if not isinstance(data, dict):
            continue
        names = ("to", "from") if kind == "request" else ("To", "From")
        to, from_ = data.get(names[0]), data.get(names[1])
        both = isinstance(to, str) and isinstance(from_, str)
        if both and contact in (to, from_) and not known.keys() & {"to", "from_"}:
            found |= {"to": to, "from_": from_}
        if isinstance(data.get("parameters"), dict):
            found["parameters"] = data["parameters"]
    return found


def _inner(value: Any, *path: str) -> Any:
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    return value
