"""One account in memory: records by SID, in order of arrival; slices of lists. Knows no HTTP."""

from __future__ import annotations

import hashlib
import heapq
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from pytest_studio import clock, sids
from pytest_studio.clock import Clock
from pytest_studio.resources import Execution, Flow, FlowRevision, Step
from pytest_studio.seeds import Source

__all__ = ["Account", "Slice", "cut", "position", "token"]

#: What a Flow that nobody described looks like: a trigger that leads nowhere.
EMPTY_DEFINITION: dict[str, Any] = {
    "description": "",
    "states": [
        {
            "name": "Trigger",
            "type": "trigger",
            "transitions": [{"event": event} for event in ("incomingMessage", "incomingCall", "incomingRequest")],
            "properties": {"offset": {"x": 0, "y": 0}},
        }
    ],
    "initial_state": "Trigger",
    "flags": {"allow_concurrent_calls": True},
}


class Account:
    """The state of one account.

    Args:
        sid: ``AC…``.
        source: where SIDs and addresses come from.
        clock: the present.
        retention_days: how long Executions are kept, from ``date_created``; None: for ever.
    """

    def __init__(self, sid: str, source: Source, clock: Clock, retention_days: float | None = None) -> None:
        self.sid = sid
        self.source = source
        self.clock = clock
        self.retention_days = retention_days
        self.flows: dict[str, Flow] = {}
        self.executions: dict[str, Execution] = {}
        self.steps: dict[str, Step] = {}
        #: The account's own number: Twilio's side of what names none.
        self.number = source.phone_number()
        self.author_sid = sids.user(source.rng)
        self._flow_list: list[Flow] = []
        self._contacts: dict[str, str] = {}
        self._serial = 0
        self._ageing: list[tuple[int, str]] = []

    def now(self) -> int:
        """The present, in seconds since 1970."""
        return self.clock.now()

    # -- making ---------------------------------------------------------------------------------------------

    def new_sid(self, prefix: str) -> str:
        """A SID that this account has not given out."""
        return sids.new(prefix, self.source.rng)

    def add_flow(self, values: dict[str, Any]) -> Flow:
        """Store a Flow; ``values`` are checked fields, what is missing is filled in."""
        now = self.now()
        sid = self._claim(values, "FW", self.flows, "Flow")
        self._serial += 1
        flow = Flow(
            self,
            self._serial,
            {
                "author_sid": self.author_sid,
                "friendly_name": f"Flow {len(self.flows) + 1}",
                "definition": EMPTY_DEFINITION,
                "status": "published",
                "commit_message": None,
                "valid": True,
                "errors": [],
                "warnings": [],
                "date_created": now,
                **values,
                "sid": sid,
            },
        )
        self.flows[sid] = flow
        self._flow_list.append(flow)
        return flow

    def add_revision(self, flow: Flow, changes: dict[str, Any]) -> FlowRevision:
        """A new newest revision: the one before with changes."""
        last = flow.current
        now = self.now()
        values = {
            "author_sid": last._author_sid,
            "friendly_name": last._friendly_name,
            "definition": last._definition,
            "status": last._status,
            "valid": last._valid,
            "errors": last._errors,
            "warnings": last._warnings,
            "commit_message": None,
            **changes,
            "date_created": now,
        }
        revision = FlowRevision(flow, last._revision + 1, values)
        flow._revisions.append(revision)
        flow._date_updated = now
        return revision

    def add_run(self, flow: Flow, values: dict[str, Any], kind: type[Execution] = Execution) -> Execution:
        """Store an Execution or Engagement of a Flow; ``values`` are checked fields."""
        sid = self._claim(values, "FN", self.executions, kind.__name__)
        filled = {
            "status": "active",
            "date_created": self.now(),
            "flow_version": (flow.published or flow.current)._revision,
            **self._addresses(values),
            **values,
            "sid": sid,
        }
        contact = filled["contact_channel_address"]
        filled.setdefault("contact_sid", None if contact is None else self.contact_sid(contact))
        filled.setdefault("trigger", trigger_of(filled))
        if "initiated_by" not in filled:
            filled["initiated_by"] = self.new_sid(
                {"request": "RQ", "call": "CA"}.get(next(iter(filled["trigger"])), "SM")
            )
        self._serial += 1
        run = kind(flow, self._serial, filled)
        self.executions[sid] = run
        flow._runs.append(run)
        flow.index(run)
        return run

    def add_step(self, run: Execution, values: dict[str, Any]) -> Step:
        """Store a Step as the newest of an Execution; ``values`` are checked fields, complete but for the SID."""
        sid = self._claim(values, "FT", self.steps, "Step")
        step = Step(run, **{**values, "sid": sid})
        self.steps[sid] = step
        run._steps.append(step)
        return step

    def _addresses(self, values: dict[str, Any]) -> dict[str, Any]:
        """Contact, ``to`` and ``from_`` of an Execution that names only some of them.

        ``from_`` alone is a person who wrote in; otherwise the contact is the one addressed, as by the REST API.
        """
        contact = values.get("contact_channel_address")
        if contact is None:
            contact = values.get("to") or values.get("from_") or self.source.phone_number()
        inbound = values.get("from_") == contact and values.get("to") != contact
        return {
            "contact_channel_address": contact,
            "to": self.number if inbound else contact,
            "from_": contact if inbound else self.number,
        }

    def contact_sid(self, address: str) -> str:
        """The contact's SID: one address, one SID."""
        if address not in self._contacts:
            self._contacts[address] = self.new_sid("FC")
        return self._contacts[address]

    def _claim(self, values: dict[str, Any], prefix: str, taken: dict[str, Any], resource: str) -> str:
        sid = values.get("sid")
        if sid is None:
            return self.new_sid(prefix)
        if sid in taken:
            raise ValueError(f"{resource} {sid} is stored already; change it with .update(…)")
        return str(sid)

    # -- removing --------------------------------------------------------------------------------

    def remove_flow(self, flow: Flow) -> None:
        """Remove a Flow and all that hangs under it."""
        for run in list(flow._runs):
            self.remove_run(run)
        del self.flows[flow._sid]
        _drop(self._flow_list, flow)

    def remove_run(self, run: Execution) -> None:
        """Remove an Execution and its Steps."""
        for step in run._steps:
            del self.steps[step._sid]
        del self.executions[run._sid]
        _drop(run._flow._runs, run)
        run._flow.forget(run)

    def noted(self, run: Execution) -> None:
        """An Execution was made or has changed: watch its age, as far as ages matter."""
        if self.retention_days is not None:
            heapq.heappush(self._ageing, (run._date_created, run._sid))

    def expire(self) -> None:
        """Remove the Executions that are past the retention."""
        if self.retention_days is None or not self._ageing:
            return
        limit = self.now() - int(self.retention_days * clock.DAY)
        while self._ageing and self._ageing[0][0] <= limit:
            _, sid = heapq.heappop(self._ageing)
            run = self.executions.get(sid)
            if run is not None and run._date_created <= limit:  # a changed date has an entry of its own
                self.remove_run(run)

    # -- finding --------------------------------------------------------------------------------------------

    @property
    def flow_list(self) -> Sequence[Flow]:
        """All Flows, oldest first."""
        return self._flow_list

    def active_run(self, flow: Flow, to: str, from_: str) -> Execution | None:
        """The active Execution of a Flow for a To/From pair, which keeps another from starting.

        One that was stored without its Twilio side (it has the account's own number) stands in any number's way.
        """
        for run in reversed(flow.runs_of(to)):
            if run._status == "active" and run.twilio_side in (from_, self.number):
                return run
        return None


def trigger_of(values: dict[str, Any]) -> dict[str, Any]:
    """The ``trigger`` of a context, for an Execution that is told no other: its addresses say who began."""
    if values.get("parameters") is not None or values["to"] == values["contact_channel_address"]:
        request = {"to": values["to"], "from": values["from_"], "parameters": values.get("parameters") or {}}
        return {"request": request}
    kind = "call" if str(values.get("initiated_by")).startswith("CA") else "message"
    return {kind: {"From": values["from_"], "To": values["to"]}}


_seq = attrgetter("_seq")


def _drop(records: list[Any], record: Any) -> None:
    at = bisect_left(records, record._seq, key=_seq)
    del records[at]


# -- slices of lists -------------------------------------------------------------------------------------------


class Slice:
    """One page's worth of a list: ``rows`` newest first, and where to go on in both directions (or None)."""

    __slots__ = ("following", "previous", "rows")

    def __init__(self, rows: list[Any], previous: int | None, following: int | None) -> None:
        self.rows = rows
        self.previous = previous
        self.following = following


def cut(
    records: Sequence[Any],
    size: int,
    place: tuple[str, int] | None = None,
    keep: Callable[[Any], bool] | None = None,
) -> Slice:
    """Cut a page out of records that stand oldest first.

    The cost grows with the page, not with the list (but for what ``keep`` refuses).

    Args:
        records: what to cut from: records with a ``_seq``, or ones that are never removed, whose index serves.
        size: how many rows at the most.
        place: None for the newest; ``("older", n)`` for what is older than position n; ``("newer", n)`` for the
            nearest that is newer.
        keep: a filter.
    """
    if not records:
        return Slice([], None, None)
    by_seq = hasattr(records[0], "_seq")
    ways, at = place or ("older", None)
    if at is None:
        low, high = 0, len(records)
    elif by_seq:
        low, high = bisect_right(records, at, key=_seq), bisect_left(records, at, key=_seq)
    else:
        low, high = at + 1, at
    older = ways == "older"
    indexes = range(high - 1, -1, -1) if older else range(low, len(records))
    if keep is None:
        found = list(indexes[: size + 1])
    else:
        found = []
        for index in indexes:
            if keep(records[index]):
                found.append(index)
                if len(found) > size:
                    break
    more = len(found) > size
    del found[size:]
    if not older:
        found.reverse()
    rows = [records[index] for index in found]
    if not rows:
        return Slice(rows, None, None)
    first, last = (r._seq for r in (rows[0], rows[-1])) if by_seq else (found[0], found[-1])
    return Slice(
        rows,
        None if (at is None or (not older and not more)) else first,
        last if (more if older else True) else None,
    )


def token(listing: str, way: str, at: int, prefix: str) -> str:
    """A page token: the place reached in one list, unreadable and of no use in another list."""
    number = at * 2 + (way == "newer")
    return f"PT{prefix}{number ^ _mask(listing):016x}{_seal(listing, number)}"


def position(listing: str, text: str, prefix: str) -> tuple[str, int] | None:
    """The place that a token names, or None if it is none of this list's."""
    try:
        number = int(text[4:20], 16) ^ _mask(listing)
    except ValueError:
        return None
    place = ("newer" if number % 2 else "older"), number // 2
    return place if text == token(listing, *place, prefix) else None


def _mask(listing: str) -> int:
    return int.from_bytes(hashlib.blake2b(listing.encode(), digest_size=8).digest(), "big")


def _seal(listing: str, number: int) -> str:
    return hashlib.blake2b(f"{listing}/{number}".encode(), digest_size=8).hexdigest()
