"""What recordings say of an account's records, put together by SID: later facts override earlier ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from pytest_studio import fields, schemas, sids
from pytest_studio.client_responses import parsed
from pytest_studio.operations import match
from pytest_studio.payloads import UNLISTED
from pytest_studio.recordings.exchange import Exchange
from pytest_studio.recordings.placeholders import is_placeholder
from pytest_studio.wire import is_studio_host, parse_pairs, split_url

__all__ = ["Facts", "FlowFacts", "RunFacts", "StepFacts", "unknown_in"]

Json = dict[str, Any]

#: Revisions that a Flow may have; each is a record.
MAX_REVISIONS = 10_000
_OF_FLOW = ("date_created", "date_updated", "test_users")


class FlowFacts:
    """What is known of a Flow, and of its revisions by their numbers."""

    def __init__(self) -> None:
        self.values: Json = {}
        self.revisions: dict[int, Json] = {}


class RunFacts:
    """What is known of an Execution or Engagement."""

    def __init__(self, flow_sid: str) -> None:
        self.flow_sid = flow_sid
        self.engagement = True  # until it is met as an Execution
        self.values: Json = {}


class StepFacts:
    """What is known of a Step."""

    def __init__(self, run_sid: str) -> None:
        self.run_sid = run_sid
        self.values: Json = {}


class Facts:
    """What recordings say.

    Args:
        account_sid: the account that all of it is taken over into: it stands wherever another one was recorded.
    """

    def __init__(self, account_sid: str) -> None:
        self.account_sid = account_sid
        self.flows: dict[str, FlowFacts] = {}
        self.runs: dict[str, RunFacts] = {}
        self.steps: dict[str, StepFacts] = {}
        #: The list that a page is of -> its pages in order of recording: SIDs oldest first, and what comes after them.
        self.pages: dict[tuple[str, str], list[tuple[list[str], str | None]]] = {}
        #: SIDs of what was deleted in the recording.
        self.gone: dict[str, str] = {}
        self._following: dict[str, str] = {}

    def learn(self, exchange: Exchange) -> bool:
        """Take in what one exchange says; False if it says nothing of Studio's records.

        Raises:
            ValueError: what it says cannot be placed; the message says why, and at which place.
        """
        host, path, _ = split_url(exchange.url)
        if exchange.schema is None and host and not is_studio_host(host):
            return False
        found = match(exchange.method or "GET", path)
        if not 200 <= exchange.status < 300 or (found is None and exchange.schema is None):
            return False
        if exchange.schema is not None and exchange.schema.startswith("events/"):
            raise ValueError("an event says too little of a record: load takes what the API has answered")
        operation, ids = found if found is not None else (None, [])
        places = dict(zip(operation.path_params, ids, strict=True)) if operation is not None else {}
        if "Validate" in path:
            return True
        if exchange.method == "DELETE":
            self._delete(str(operation.path if operation else ""), ids)
            return True
        payload = self._payload(exchange)
        schema = exchange.schema or (operation.schema if operation is not None else None) or ""
        kind = schema.partition("/")[2]
        self._parents(operation.path if operation is not None else "", places)
        if kind.endswith("_page"):
            self._page(exchange, kind.removesuffix("_page"), payload, places)
        else:
            sid = self._record(kind, payload, places, "")
            if exchange.method == "POST" and kind in ("execution", "engagement"):
                self._form(self.runs[sid], exchange.sent)
        return True

    # -- one payload ------------------------------------------------------------------------------------------

    def _payload(self, exchange: Exchange) -> Json:
        why = exchange.problem or exchange.unchecked
        if why is not None:
            raise ValueError(why)
        try:
            payload = parsed(exchange.body)
        except ValueError as error:
            raise ValueError(f"the body is no JSON: {error}") from None
        if not isinstance(payload, dict):
            raise ValueError(f"the body is an object, not {type(payload).__name__}")
        return payload

    def _page(self, exchange: Exchange, kind: str, payload: Json, places: dict[str, str]) -> None:
        meta = payload.get("meta")
        meta = meta if isinstance(meta, dict) else {}
        key = meta.get("key") if isinstance(meta.get("key"), str) else None
        rows = payload.get(str(key)) if key else next((v for v in payload.values() if isinstance(v, list)), None)
        if not isinstance(rows, list):
            raise ValueError(f"/{key or 'meta/key'}: the page has no list of rows")
        found = []
        for index, row in enumerate(rows):
            if not isinstance(row, dict):
                raise ValueError(f"/{key}/{index}: a row is an object, not {type(row).__name__}")
            found.append(self._record(kind, row, places, f"/{key}/{index}", listed=True))
        if not found or kind == "flow_revision":
            return
        last = found[-1]
        if kind == "flow":
            listing = ("flows", "")
        elif kind.endswith("_step"):
            listing = ("steps", self.steps[last].run_sid)
        else:
            listing = ("runs", self.runs[last].flow_sid)
        urls = [url for url in (exchange.url, meta.get("url")) if isinstance(url, str)]
        newer = next((self._following[url] for url in urls if url in self._following), None)
        self.pages.setdefault(listing, []).append((list(dict.fromkeys(reversed(found))), newer))
        if isinstance(meta.get("next_page_url"), str):
            self._following[meta["next_page_url"]] = last

    def _record(self, kind: str, payload: Json, places: dict[str, str], at: str, listed: bool = False) -> str:
        """Take in one record's payload; its SID."""
        payload = self._taken_over(payload)
        if kind in ("flow", "flow_revision", "test_users"):
            return self._flow(kind, payload, places, at, listed)
        flow_sid = self._sid(payload, "flow_sid", "FW", places, ("FlowSid",), at)
        family = "engagement" if kind.startswith("engagement") else "execution"
        if kind in ("execution", "engagement"):
            sid = self._sid(payload, "sid", "FN", places, ("Sid",), at)
            run = self._run(sid, flow_sid, family, at)
            self._fill("Execution", fields.EXECUTION, run.values, payload, at)
            return sid
        run_sid = self._sid(payload, f"{family}_sid", "FN", places, ("ExecutionSid", "EngagementSid"), at)
        run = self._run(run_sid, flow_sid, family, at)
        context = kind.endswith("_context")
        if kind == f"{family}_context":
            self._fill("Execution", {"context": "object"}, run.values, payload, at, empty=True)
            return run_sid
        if kind not in (f"{family}_step", f"{family}_step_context"):
            raise ValueError(f"{at or 'the payload'}: a payload of {kind or 'no schema'} says nothing of a record")
        key, names = ("step_sid", ("StepSid",)) if context else ("sid", ("Sid",))
        sid = self._sid(payload, key, "FT", places, names, at)
        step = self.steps.setdefault(sid, StepFacts(run_sid))
        if step.run_sid != run_sid:
            raise ValueError(f"{at}/{family}_sid: Step {sid} is of {step.run_sid}, not of {run_sid}")
        spec = {"context": "object"} if context else fields.STEP
        self._fill("Step", spec, step.values, payload, at, empty=context)
        return sid

    def _flow(self, kind: str, payload: Json, places: dict[str, str], at: str, listed: bool) -> str:
        sid = self._sid(payload, "sid", "FW", places, ("Sid",), at)
        flow = self.flows.setdefault(sid, FlowFacts())
        self.gone.pop(sid, None)
        values: Json = {}
        given = {name: value for name, value in payload.items() if not (listed and name in UNLISTED)}
        if "version" in given:
            given.setdefault("revision", given.pop("version"))
        self._fill("Flow", fields.FLOW, values, given, at)
        number = values.pop("revision", max(flow.revisions, default=1))
        if not 1 <= number <= MAX_REVISIONS:
            raise ValueError(f"{at}/revision: revisions are numbered from 1 to {MAX_REVISIONS} here, not {number}")
        values.pop("sid", None)
        if kind != "flow_revision":
            flow.values.update({name: values.pop(name) for name in _OF_FLOW if name in values})
        if kind != "test_users":
            flow.revisions.setdefault(number, {}).update(values)
        return sid

    def _run(self, sid: str, flow_sid: str, family: str, at: str = "") -> RunFacts:
        self.flows.setdefault(flow_sid, FlowFacts())
        self.gone.pop(sid, None)
        run = self.runs.setdefault(sid, RunFacts(flow_sid))
        if run.flow_sid != flow_sid:
            raise ValueError(f"{at}/flow_sid: {sid} is of the Flow {run.flow_sid}, not of {flow_sid}")
        run.engagement = run.engagement and family == "engagement"
        return run

    def _parents(self, path: str, places: dict[str, str]) -> None:
        """Whose answer it was: a Flow, an Execution that is only named by the path of a request."""
        flow_sid = places.get("FlowSid")
        if flow_sid is None or not sids.is_valid(flow_sid, "FW"):
            return
        self.flows.setdefault(flow_sid, FlowFacts())
        for name, family in (("ExecutionSid", "execution"), ("EngagementSid", "engagement")):
            if name in places and sids.is_valid(places[name], "FN"):
                self._run(places[name], flow_sid, family)

    def _sid(
        self, payload: Json, key: str, prefix: str, places: dict[str, str], names: tuple[str, ...], at: str
    ) -> str:
        value = payload.get(key)
        if value is None:
            value = next((places[name] for name in names if name in places), None)
        if sids.is_valid(value, prefix):
            return str(value)
        if is_placeholder(value):
            raise ValueError(f"{at}/{key}: {value!r} is a placeholder; a SID is needed to store the record")
        raise ValueError(f"{at}/{key}: {sids.explain(value, prefix)}")

    def _fill(
        self, resource: str, spec: fields.Spec, values: Json, payload: Json, at: str, *, empty: bool = False
    ) -> None:
        """Check the fields that a record takes, and keep them; ``context`` is ``{}`` where it says nothing."""
        for name, value in payload.items():
            if name not in spec or (name == "context" and not empty and not value):
                continue
            try:
                values.update(fields.coerce(resource, spec, {name: value}))
            except (TypeError, ValueError) as error:
                raise ValueError(f"{at}/{name}: {error}") from None

    def _taken_over(self, payload: Json) -> Json:
        """A payload of this account: another one's SID is replaced, wherever it stands."""
        other = payload.get("account_sid")
        if other == self.account_sid or not sids.is_valid(other, "AC"):
            return payload
        taken: Json = json.loads(json.dumps(payload).replace(str(other), self.account_sid))
        return taken

    def _form(self, run: RunFacts, sent: Any) -> None:
        """What the request that started an Execution says: its addresses and parameters."""
        if isinstance(sent, (str, bytes)):
            sent = dict(parse_pairs(sent))
        if not isinstance(sent, dict):
            return
        for name, field in (("To", "to"), ("From", "from_"), ("Parameters", "parameters")):
            value = sent.get(name)
            if field == "parameters" and isinstance(value, str):
                try:
                    value = json.loads(value)
                except ValueError:
                    continue
            if isinstance(value, dict if field == "parameters" else str) and not is_placeholder(value):
                run.values[field] = value

    def _delete(self, path: str, ids: list[str]) -> None:
        """A DELETE was answered: what hung under the record has gone with it."""
        sid = ids[-1]
        self.gone[sid] = path
        self.flows.pop(sid, None)
        for run_sid in [key for key, run in self.runs.items() if sid in (key, run.flow_sid)]:
            del self.runs[run_sid]
        for step_sid in [key for key, step in self.steps.items() if step.run_sid not in self.runs]:
            del self.steps[step_sid]
        if len(ids) > 1 and sids.is_valid(ids[0], "FW"):
            self.flows.setdefault(ids[0], FlowFacts())

    # -- order ------------------------------------------------------------------------------------------------

    def order(
        self,
        listing: tuple[str, str],
        stored: list[str],
        wanted: Iterable[str],
        date: Callable[[str], int],
    ) -> list[str]:
        """The SIDs of one list, oldest first, so that it reads as its pages were recorded.

        Args:
            listing: ``("flows", "")``, ``("runs", flow_sid)`` or ``("steps", run_sid)``.
            stored: what is there already, oldest first.
            wanted: what is to be there besides.
            date: when a record was made.
        """
        order, members = list(stored), set(stored)
        exist = {*members, *wanted}
        for rows, newer in self.pages.get(listing, ()):
            rows = [sid for sid in rows if sid in exist]
            if not rows:
                continue
            if members.isdisjoint(rows):
                at = order.index(newer) if newer in members else _after(order, date(rows[-1]), date)
                order[at:at] = rows
            else:
                at = order.index(next(sid for sid in rows if sid in members))
                for sid in rows:
                    if sid in members:
                        here = order.index(sid)
                        if here >= at:
                            at = here + 1
                            continue
                        del order[here]
                        at -= 1
                    order.insert(at, sid)
                    at += 1
            members.update(rows)
        for sid in wanted:
            if sid not in members:
                order.insert(_after(order, date(sid), date), sid)
                members.add(sid)
        return order


def _after(order: list[str], moment: int, date: Callable[[str], int]) -> int:
    """Where something of that date goes: after all that is not newer, seen from the newest."""
    at = len(order)
    while at and date(order[at - 1]) > moment:
        at -= 1
    return at


def unknown_in(exchange: Exchange) -> list[str]:
    """Properties that no record takes and no schema knows, for a warning."""
    schema = exchange.schema or schemas.name_for(exchange.method, exchange.url, exchange.status)
    if schema is None or not 200 <= exchange.status < 300:
        return []
    try:
        found = schemas.violations(parsed(exchange.body), schema)
    except ValueError:
        return []
    return [fault.pointer for fault in found if fault.unknown]
