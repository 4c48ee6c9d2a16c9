"""What happened in an account, as events: put together from the records when somebody reads them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Any, overload

from pytest_studio import cloudevents
from pytest_studio.account import Account, End
from pytest_studio.cloudevents import EXECUTION_ENDED, EXECUTION_STARTED, STEP_ENDED, moment
from pytest_studio.resources import Execution, Step

__all__ = ["Events"]

Json = dict[str, Any]


class Events(Sequence[Json]):
    """The events of an account, in the order in which they happened: a live, read-only sequence of dicts.

    Each reading gives copies of the caller's own. A slice is a list; it is equal to any sequence of equal dicts.
    """

    __slots__ = ("_account",)
    __hash__: None  # type: ignore[assignment]  # a class with __eq__ and no __hash__ has None

    def __init__(self, account: Account) -> None:
        self._account = account

    @overload
    def __getitem__(self, index: int) -> Json: ...
    @overload
    def __getitem__(self, index: slice) -> list[Json]: ...
    def __getitem__(self, index: int | slice) -> Json | list[Json]:
        with self._account.turn.lock:
            places = range(len(self))[index]
            return self._event(places) if isinstance(places, int) else [self._event(place) for place in places]

    def __len__(self) -> int:
        return len(self._account.happened)

    def __iter__(self) -> Iterator[Json]:
        return iter(self[:])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        return self[:] == list(other)

    def __repr__(self) -> str:
        kinds = [event["type"].removeprefix("com.twilio.studio.flow.") for event in self[:5]]
        count = len(self)
        return f"<{count} event{'s' * (count != 1)}: {', '.join(kinds)}{' …' * (count > 5)}>"

    def _event(self, index: int) -> Json:
        told = self._account.happened[index]
        if isinstance(told, Step):
            type_, data = STEP_ENDED, _step(self._account.as_told(told, index))
            sid, time = told._sid, data["date_created"]
        else:
            type_ = EXECUTION_ENDED if isinstance(told, End) else EXECUTION_STARTED
            run = told.run if isinstance(told, End) else told
            data = _execution(type_, self._account.as_told(run, index))
            sid, time = run._sid, moment(told.moment) if isinstance(told, End) else data["date_created"]
        name = f"{self._account.sid}/{index}/{sid}"  # which no other event has, and a seed makes again
        return cloudevents.envelope(type_, f"EZ{sha256(name.encode('ascii')).hexdigest()[:32]}", data, time)


def _step(step: Step) -> Json:
    run = step._run
    return cloudevents.step_data(
        step_sid=step._sid,
        account_sid=run._flow.account_sid,
        flow_sid=run._flow._sid,
        execution_sid=run._sid,
        parent_step_sid=step._parent_step_sid,
        name=step._name,
        transitioned_from=step._transitioned_from,
        transitioned_to=step._transitioned_to,
        date_created=moment(step._date_created),
    )


def _execution(type_: str, run: Execution) -> Json:
    return cloudevents.execution_data(
        type_,
        execution_sid=run._sid,
        account_sid=run._flow.account_sid,
        flow_sid=run._flow._sid,
        contact_channel_address=run._contact_channel_address,
        date_created=moment(run._date_created),
        date_updated=None if run._date_updated is None else moment(run._date_updated),
        started_by=run._initiated_by,
        flow_revision=run._flow_version,
    )
