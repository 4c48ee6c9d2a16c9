"""One account in memory: records by SID, in order of arrival; slices of lists. Knows no HTTP."""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from operator import attrgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pytest_studio import clock, sids, webhooks
from pytest_studio.clock import Clock
from pytest_studio.paths import EMPTY_DEFINITION
from pytest_studio.resources import Execution, Flow, FlowRevision, Step
from pytest_studio.resources.records import Records
from pytest_studio.schema_files import KEPT
from pytest_studio.seeds import Source
from pytest_studio.snapshots import Snapshot
from pytest_studio.vintages import Vintage

if TYPE_CHECKING:
    from pytest_studio.chats.driving import Driving
    from pytest_studio.chats.stage import Stage

__all__ = ["Account", "End", "Turn"]

R = TypeVar("R", Step, Execution)

#: How many changes of personal data are remembered, and how many SIDs of what was removed.
REMEMBERED = 10_000


class End(NamedTuple):
    """That an Execution has ended, and when, in seconds since 1970."""

    run: Execution
    moment: int


class _Untold(list["Step | Execution | End"]):
    """What happens where nobody will ask for events: nothing is kept."""

    def append(self, thing: Step | Execution | End) -> None:
        """Forget it."""


class Turn:
    """The account's lock; whoever gives it back does then what is to follow, without holding it.

    A context manager, which may be entered again by the thread that holds it. ``after`` is called each time that a
    thread has left its outermost block; ``lock`` is the bare lock, for looking without anything following.
    """

    __slots__ = ("_depth", "after", "lock")

    def __init__(self) -> None:
        self.lock: threading.RLock = threading.RLock()
        self.after: Callable[[], None] | None = None
        self._depth = 0

    def __enter__(self) -> None:
        self.lock.acquire()
        self._depth += 1

    def __exit__(self, *exception: object) -> None:
        self._depth -= 1
        last = not self._depth
        self.lock.release()
        if last and self.after is not None:
            self.after()


class Account:
    """The state of one account.

    Args:
        sid: ``AC…``.
        source: where SIDs and addresses come from.
        clock: the present.
        retention_days: how long Executions are kept, from ``date_created``; None: for ever.
        vintage: what payloads look like; None: as at present.
    """

    def __init__(
        self,
        sid: str,
        source: Source,
        clock: Clock,
        retention_days: float | None = None,
        vintage: Vintage | None = None,
    ) -> None:
        self.sid = sid
        self.source = source
        self.clock = clock
        self.retention_days = retention_days
        self.vintage = vintage
        self.flows: dict[str, Flow] = Records("Flow")
        self.executions: dict[str, Execution] = Records("Execution")
        self.steps: dict[str, Step] = Records("Step")
        #: The account's own number: Twilio's side of what names none.
        self.number: str = source.phone_number()
        self.author_sid: str = sids.user(source.rng)
        #: All Flows, oldest first.
        self.flow_list: list[Flow] = []
        self._contacts: dict[str, str] = {}
        self._serial = 0
        self._ageing: list[tuple[int, str]] = []
        #: (contact, Twilio's side) -> the Executions between them, those that have ended as long as nobody looked.
        self._pairs: dict[tuple[str | None, str], dict[str, Execution]] = {}
        #: SID of what was removed -> why.
        self._gone: dict[str, str] = {}
        #: (record, field, value) of personal data that was changed or removed: logs may still tell it.
        self.former: deque[tuple[str, str, Any]] = deque(maxlen=REMEMBERED)
        self.turn: Turn = Turn()
        #: What events tell of, in order: a Step that has ended, an Execution that has started, an Execution's end.
        #: Only references, for there may be very many.
        self.happened: list[Step | Execution | End] = []
        #: Record -> (how many things had happened, what it was till then), oldest first.
        self._before: dict[Step | Execution, list[tuple[int, Step | Execution]]] = {}
        #: Why a Step does not show in the API (it is late, or lost), or None; None where all of them show.
        self.withheld: Callable[[Step], str | None] | None = None
        #: Where Flows run, once some do.
        self.stage: Stage | None = None
        self.on_stage: Callable[[], Stage] | None = None

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
        return self.put_flow(
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
            }
        )

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
            **{name: getattr(last, f"_{name}") for name in KEPT["Flow"]},
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
        filled.setdefault("trigger", trigger_of(filled, self.sid, self.new_sid))
        if "initiated_by" not in filled:
            filled["initiated_by"] = webhooks.initiator(filled["trigger"]) or self.new_sid("RQ")
        run = self.put_run(flow, filled, kind=kind)
        self.happened.append(run)
        if run._status == "ended":
            self.ended(run, run._date_created if run._date_updated is None else run._date_updated)
        return run

    def add_step(self, run: Execution, values: dict[str, Any]) -> Step:
        """Store a Step as the newest of an Execution; ``values`` are checked fields, complete but for the SID."""
        sid = self._claim(values, "FT", self.steps, "Step")
        step = Step(run, **{**values, "sid": sid})
        self.steps[sid] = step
        run._steps.append(step)
        self.happened.append(step)
        return step

    def _addresses(self, values: dict[str, Any]) -> dict[str, Any]:
        """Contact, ``to`` and ``from_`` of an Execution that names only some of them.

        ``from_`` alone is a person who wrote in; otherwise the contact is the one addressed, as by the REST API.
        """
        to, from_ = values.get("to"), values.get("from_")
        contact = values.get("contact_channel_address") or to or from_ or self.source.phone_number()
        if to is not None and from_ is not None and contact not in (to, from_):
            raise ValueError(f"the contact {contact!r:.60} is neither to ({to!r:.60}) nor from_ ({from_!r:.60})")
        inbound = contact == from_ or to not in (None, contact)
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

    # -- restoring ------------------------------------------------------------------------------------------

    @property
    def contacts(self) -> Mapping[str, str]:
        """Address -> SID of the contact; read-only."""
        return MappingProxyType(self._contacts)

    @property
    def untouched(self) -> bool:
        """Whether nothing was ever stored here, so that a dump's own numbers can be taken over."""
        return not self.flows and self._serial == 0

    def know_contact(self, address: str, sid: str) -> None:
        """Take over a contact's SID, unless the address has one already."""
        self._contacts.setdefault(address, sid)

    def put_flow(self, values: dict[str, Any], serial: int | None = None) -> Flow:
        """Store a Flow as it was elsewhere: nothing is filled in.

        Args:
            values: all of its fields, checked.
            serial: its number in the order of making, above all that are here; None: the next.
        """
        flow = Flow(self, self._next(serial), values)
        self.flows[flow._sid] = flow
        self.flow_list.append(flow)
        return flow

    def put_run(
        self, flow: Flow, values: dict[str, Any], serial: int | None = None, kind: type[Execution] = Execution
    ) -> Execution:
        """Store an Execution or Engagement as it was elsewhere: as ``put_flow``, and no event tells of it."""
        run = kind(flow, self._next(serial), values)
        self.executions[run._sid] = run
        flow._runs.append(run)
        self.noted(run)
        return run

    def _next(self, serial: int | None = None) -> int:
        self._serial = self._serial + 1 if serial is None else serial
        return self._serial

    def order_flows(self, order: Sequence[str]) -> None:
        """Let the list of Flows read in this order: the SIDs of all of them, oldest first."""
        _reorder(self.flow_list, order)

    def order_runs(self, flow: Flow, order: Sequence[str]) -> None:
        """Let a Flow's Executions read in this order: the SIDs of all of them, oldest first."""
        _reorder(flow._runs, order)

    def order_steps(self, run: Execution, order: Sequence[str]) -> None:
        """Let an Execution's Steps read in this order: the SIDs of all of them, oldest first."""
        run._steps[:] = [self.steps[sid] for sid in order]

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """A block after which the account is as it was before, if it raises; events of its own tell of nothing."""
        mark = len(self.happened)
        revisions = [revision for flow in self.flow_list for revision in flow._revisions]
        kept = Snapshot(
            (self.flows, self.executions, self.steps, self.flow_list, self.former,
             self._contacts, self._ageing, self._gone, self._pairs, *self._pairs.values()),
            (*self.flow_list, *revisions, *self.executions.values(), *self.steps.values()),
        )  # fmt: skip
        values = self.number, self.author_sid, self._serial
        try:
            yield
        except BaseException:
            kept.put_back()
            self.number, self.author_sid, self._serial = values
            raise
        finally:
            self.undo(mark)

    # -- removing --------------------------------------------------------------------------------

    def remove_flow(self, flow: Flow, why: str = "was removed") -> None:
        """Remove a Flow and all that hangs under it."""
        for run in list(flow._runs):
            self.remove_run(run, "was removed with its Flow")
        flow.note_former("test_users")
        del self.flows[flow._sid]
        self._note_gone(flow._sid, why)
        _drop(self.flow_list, flow)

    def remove_run(self, run: Execution, why: str = "was removed") -> None:
        """Remove an Execution and its Steps."""
        for step in run._steps:
            del self.steps[step._sid]
            self._note_gone(step._sid, "was removed with its Execution")
        del self.executions[run._sid]
        self._note_gone(run._sid, why)
        pair = _pair(run)
        runs = self._pairs.get(pair, {})
        runs.pop(run._sid, None)
        if not runs:
            self._pairs.pop(pair, None)
        _drop(run._flow._runs, run)

    def _note_gone(self, sid: str, why: str) -> None:
        self._gone[sid] = why
        if len(self._gone) > REMEMBERED:
            del self._gone[next(iter(self._gone))]

    def noted(self, run: Execution) -> None:
        """An Execution was made or has changed: know whose it is, and watch its age as far as ages matter."""
        self._pairs.setdefault(_pair(run), {})[run._sid] = run
        if self.retention_days is not None:
            heapq.heappush(self._ageing, (run._date_created, run._sid))

    def ended(self, run: Execution, moment: int) -> None:
        """An Execution has ended."""
        self.happened.append(End(run, moment))

    def changing(self, record: Execution | Step) -> None:
        """Keep what a record is now, for the events that have told of it: what was sent does not change."""
        if not self.happened:
            return
        kept = self._before.setdefault(record, [])
        if not kept or kept[-1][0] < len(self.happened):
            kept.append((len(self.happened), copy(record)))

    def driving(self, flow: Flow) -> Driving:
        """What lets a Flow run."""
        assert self.on_stage is not None, "Flows run in a FakeStudio"
        return self.on_stage().driving(flow)

    def as_told(self, record: R, index: int) -> R:
        """A record as it was when event number ``index`` told of it, or as it is if nothing changed it since."""
        for count, earlier in self._before.get(record, ()):
            if index < count:
                return earlier  # type: ignore[return-value]
        return record

    @property
    def forgetful(self) -> bool:
        """Whether no more is kept than has to be; see ``tell_nothing``."""
        return isinstance(self.happened, _Untold)

    def tell_nothing(self) -> None:
        """Keep no events from here on, nor what they would hold on to: for an account that lives for days."""
        self.happened = _Untold()
        self._before.clear()

    def undo(self, mark: int) -> None:
        """Forget that things have happened, all but the first ``mark``: what made them was rolled back."""
        del self.happened[mark:]

    def expire(self) -> None:
        """Remove the Executions that are past the retention."""
        if self.retention_days is None or not self._ageing:
            return
        limit = self.now() - int(self.retention_days * clock.DAY)
        while self._ageing and self._ageing[0][0] <= limit:
            _, sid = heapq.heappop(self._ageing)
            run = self.executions.get(sid)
            if run is not None and run._date_created <= limit:  # a changed date has an entry of its own
                self.remove_run(run, f"is past the retention of {self.retention_days:g} days")

    # -- finding --------------------------------------------------------------------------------------------

    def active_run(self, to: str, from_: str) -> Execution | None:
        """The active Execution for a To/From pair, of whichever Flow, which keeps another from starting.

        One that was stored without its Twilio side (it has the account's own number) stands in any number's way.
        """
        for side in dict.fromkeys((from_, self.number)):
            runs = self._pairs.get((to, side), {})
            for sid in reversed(list(runs)):
                run = runs[sid]
                if run._status == "active" and _pair(run) == (to, side):
                    return run
                del runs[sid]  # it has ended, or its addresses have changed
        return None

    def why_gone(self, sid: str) -> str | None:
        """Why a record is no longer there; None if there never was one of that SID."""
        return self._gone.get(sid)


def trigger_of(values: dict[str, Any], account_sid: str, new_sid: Callable[[str], str]) -> dict[str, Any]:
    """The ``trigger`` of a context, for an Execution that is told no other: its addresses say who began."""
    if values.get("parameters") is not None or values["to"] == values["contact_channel_address"]:
        return webhooks.request(values["to"], values["from_"], values.get("parameters"))
    kind = "call" if str(values.get("initiated_by")).startswith("CA") else "message"
    return webhooks.inbound(kind, account_sid, values["from_"], values["to"], new_sid)


def _pair(run: Execution) -> tuple[str | None, str]:
    return run._contact_channel_address, run.twilio_side


_seq = attrgetter("_seq")


def _drop(records: list[Any], record: Any) -> None:
    at = bisect_left(records, record._seq, key=_seq)
    del records[at]


def _reorder(records: list[Any], order: Sequence[str]) -> None:
    """Sort records by their SIDs' places, and hand their numbers out anew: they are found in the list by those."""
    numbers = sorted(record._seq for record in records)
    places = {sid: at for at, sid in enumerate(order)}
    records.sort(key=lambda record: places[record._sid])
    for record, number in zip(records, numbers, strict=True):
        record._seq = number
