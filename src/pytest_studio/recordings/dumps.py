"""A whole studio as JSON, and back.

The form, version 1: ``{"pytest-studio": 1, "account_sid", "number", "author_sid", "contacts", "flows": […]}``. A Flow
has its ``revisions`` and ``executions``, an Execution its ``steps``, all oldest first, under the JSON names of their
fields; ``serial`` counts what was made in the account. What follows from other fields is not in it: urls, links, and
contexts that are gathered from the ``trigger`` of an Execution and the ``output`` of its Steps. Nor are credentials.
"""

from __future__ import annotations

import json
from typing import Any, Protocol

from pytest_studio import fields, sids
from pytest_studio.account import Account
from pytest_studio.recordings.entries import DUMP
from pytest_studio.resources import Engagement, Execution, Flow, FlowRevision, Step
from pytest_studio.resources.record import date_text
from pytest_studio.schema_files import KEPT

__all__ = ["dumped", "restore", "written"]

Json = dict[str, Any]
VERSION = 1

_KINDS: dict[str, type[Execution]] = {"execution": Execution, "engagement": Engagement}
_RUN: fields.Spec = {
    **fields.EXECUTION, "serial": "integer", "trigger": "object", "reads_left": "integer?", "context": "object?",
    "kind": "execution|engagement", "steps": "list",
}  # fmt: skip
_STEP: fields.Spec = {**fields.STEP, "context": "object?", "output": "object?"}
_FLOW: fields.Spec = {
    "sid": "sid:FW", "serial": "integer", "date_created": "date", "date_updated": "date?", "test_users": "list",
    "revisions": "list", "executions": "list",
}  # fmt: skip
_REVISION: fields.Spec = {name: kind for name, kind in fields.FLOW.items() if name not in ("sid", "test_users")}
_DUMP: fields.Spec = {
    DUMP: "integer", "account_sid": "sid:AC", "number": "text", "author_sid": "sid:US", "contacts": "object",
    "flows": "list",
}  # fmt: skip


class Holder(Protocol):
    """Whoever has an account."""

    account: Account


# -- out ------------------------------------------------------------------------------------------------------


def dumped(account: Account) -> Json:
    """All records of an account, as data that JSON can hold."""
    return {
        DUMP: VERSION,
        "account_sid": account.sid,
        "number": account.number,
        "author_sid": account.author_sid,
        "contacts": dict(sorted(account.contacts.items())),
        "flows": [_flow(flow) for flow in account.flow_list],
    }


def _flow(flow: Flow) -> Json:
    return {
        "sid": flow._sid,
        "serial": flow._seq,
        "date_created": date_text(flow._date_created),
        "date_updated": date_text(flow._date_updated),
        "test_users": flow._test_users,
        "revisions": [
            {name: value for name, value in revision.values().items() if name in _REVISION}
            for revision in flow._revisions
        ],
        "executions": [_run(run) for run in flow.executions],
    }


def _run(run: Execution) -> Json:
    return {
        "kind": run._kind,
        "serial": run._seq,
        **_values(run, fields.EXECUTION),
        "trigger": run._trigger,
        "reads_left": run._reads_left,
        "steps": [{**_values(step, fields.STEP), "output": step._output} for step in run._steps],
    }


def _values(record: Execution | Step, spec: fields.Spec) -> Json:
    values = {name: getattr(record, f"_{name}") for name in spec}
    return {name: date_text(value) if spec[name].startswith("date") else value for name, value in values.items()}


def written(data: Json) -> str:
    """A dump as text: the same for the same records."""
    return json.dumps(data, indent=1) + "\n"


# -- in -------------------------------------------------------------------------------------------------------


def restore(holder: Holder, data: Json, where: str) -> list[Any]:
    """Put the records of a dump into an account; see ``FakeStudio.load``.

    Raises:
        ValueError: it is no dump, or of another version; the message says what and at which place.
    """
    account = holder.account
    if data.get(DUMP) != VERSION:
        raise ValueError(f"{where}: a dump of version {data.get(DUMP)!r:.40}; this release reads version {VERSION}")
    try:
        return _Restoring(account, _checked("", _DUMP, data)).run()
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None


def _checked(at: str, spec: fields.Spec, values: Any, resource: str = "") -> Json:
    """The values at a place of a dump, checked; fields that an earlier release did not know have their defaults."""
    if not isinstance(values, dict):
        raise ValueError(f"{at or '/'}: an object belongs here, not {type(values).__name__}")
    values = {**{name: field.default for name, field in KEPT.get(resource, {}).items()}, **values}
    missing = [name for name in spec if name not in values]
    if missing:
        raise ValueError(f"{at}/{missing[0]} is missing")
    try:
        return fields.coerce("the dump", spec, values)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{at or '/'}: {error}") from None


class _Restoring:
    """A checked dump on its way into an account."""

    def __init__(self, account: Account, data: Json) -> None:
        self.account = account
        other = data["account_sid"]
        if other != account.sid:  # taken over: this account's SID stands wherever the other's did
            data = {**json.loads(json.dumps(data).replace(other, account.sid)), "account_sid": account.sid}
        self.data = data
        self.empty = account.untouched
        self.made: list[Any] = []

    def run(self) -> list[Any]:
        """The records, in order of making; what hangs under an Execution comes after all Flows and Executions."""
        flows = [
            (f"/flows/{index}", _checked(f"/flows/{index}", _FLOW, flow))
            for index, flow in enumerate(self.data["flows"])
        ]
        parts: list[tuple[int, str, Json, Json | None]] = []
        for at, flow in flows:
            flow["revisions"] = [
                _checked(f"{at}/revisions/{index}", _REVISION, revision, "Flow")
                for index, revision in enumerate(flow["revisions"])
            ]
            if not flow["revisions"]:
                raise ValueError(f"{at}/revisions: a Flow has one at least")
            parts.append((flow["serial"], at, flow, None))
            for index, given in enumerate(flow["executions"]):
                place = f"{at}/executions/{index}"
                run = _checked(place, _RUN, given, "Execution")
                run["steps"] = [
                    _checked(f"{place}/steps/{number}", _STEP, step, "Step") for number, step in enumerate(run["steps"])
                ]
                for kind, told in run["trigger"].items():
                    if not isinstance(told, dict):
                        raise ValueError(f"{place}/trigger/{kind:.60}: an object belongs here, not {told!r:.60}")
                parts.append((run["serial"], place, run, flow))
        for contact, sid in self.data["contacts"].items():
            sids.check(sid, "FC")
            if not isinstance(contact, str):
                raise ValueError("/contacts: an address is a text")
        self._place(sorted(parts, key=lambda part: part[0]))
        return self.made

    def _place(self, parts: list[tuple[int, str, Json, Json | None]]) -> None:
        account = self.account
        self._check(parts)
        if self.empty:
            account.number, account.author_sid = self.data["number"], self.data["author_sid"]
        for address, sid in self.data["contacts"].items():
            account.know_contact(address, sid)
        for _, _, values, flow in parts:
            self.made.append(self._flow(values) if flow is None else self._run(account.flows[flow["sid"]], values))
        for _, _, values, flow in parts:
            if flow is not None:
                run = account.executions[values["sid"]]
                self.made += [self._step(run, step) for step in values["steps"]]

    def _check(self, parts: list[tuple[int, str, Json, Json | None]]) -> None:
        """Refuse what contradicts the studio or itself, before anything is changed."""
        account = self.account
        seen: set[str] = set()
        before = 0
        for serial, at, values, flow in parts:
            if serial <= before:  # records are found by it
                raise ValueError(f"{at}/serial: {serial} is {'there twice' if before else 'below 1'}")
            before = serial
            steps = [(f"{at}/steps/{number}", step["sid"]) for number, step in enumerate(values.get("steps", ()))]
            for place, sid in [(at, values["sid"]), *steps]:
                if sid in seen:
                    raise ValueError(f"{place}/sid: {sid} is there twice")
                seen.add(sid)
            run = account.executions.get(values["sid"])
            if flow is not None and run is not None and run.flow_sid != flow["sid"]:
                raise ValueError(f"{at}: {run.sid} is of the Flow {run.flow_sid} in this studio")
            for place, sid in steps:
                step = account.steps.get(sid)
                if step is not None and step.execution_sid != values["sid"]:
                    raise ValueError(f"{place}: {sid} is of the Execution {step.execution_sid} in this studio")

    def _flow(self, values: Json) -> Flow:
        account = self.account
        flow = account.flows.get(values["sid"])
        newest = {**values["revisions"][-1], **values, "revision": 1}
        if flow is None:
            flow = account.put_flow(newest, values["serial"] if self.empty else None)
        flow.update(**{name: values[name] for name in ("date_created", "date_updated", "test_users")})
        flow._revisions = [FlowRevision(flow, revision["revision"], revision) for revision in values["revisions"]]
        return flow

    def _run(self, flow: Flow, values: Json) -> Execution:
        account = self.account
        run = account.executions.get(values["sid"])
        if run is None:
            serial = values["serial"] if self.empty else None
            run = account.put_run(flow, values, serial, _KINDS[values["kind"]])
        else:
            self._change(run, values, fields.EXECUTION)
            run._trigger = values["trigger"]
            account.noted(run)
        run._reads_left = values["reads_left"]
        return run

    def _step(self, run: Execution, values: Json) -> Step:
        step = self.account.steps.get(values["sid"])
        if step is None:
            return self.account.add_step(run, values)
        self._change(step, values, fields.STEP)
        step._output = values["output"]
        return step

    def _change(self, record: Execution | Step, values: Json, spec: fields.Spec) -> None:
        """Change what a record says of itself; no event tells of it. A context may be unsaid, which no update does."""
        mark = len(self.account.happened)
        given = {name: values[name] for name in spec if name not in record._fixed}
        context = given.pop("context")
        record.update(**given, context=context or {})
        record._context = context
        self.account.undo(mark)
