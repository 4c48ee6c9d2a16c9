"""A recorded Execution as data, and where a replay departs from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from pytest_studio.flows.situation import Json, Visit

__all__ = ["ENDED", "Difference", "Recorded", "Recording", "told"]

#: How Studio writes that nothing follows.
ENDED = "Ended"


class Recorded(NamedTuple):
    """One recorded Step.

    Attributes:
        sid: ``FT…``.
        widget: the widget that ran.
        event: how it ended.
        next: what followed; None at the end.
        output: what it left under ``widgets.<name>``; None if the recording does not say.
        parent_sid: ``FT…`` of the Step whose widget runs the subflow that it belongs to; None outside of subflows.
        now: when it ended, in seconds since 1970.
    """

    sid: str
    widget: str
    event: str
    next: str | None
    output: Json | None
    parent_sid: str | None
    now: float

    def __str__(self) -> str:
        return f"{self.widget}: {self.event} -> {self.next or ENDED}"


class Recording(NamedTuple):
    """A recorded Execution.

    Attributes:
        account_sid: ``AC…``.
        execution_sid: ``FN…``.
        steps: its Steps, oldest first.
        trigger: the context's ``trigger``; empty if the recording does not have it.
        contact: the person's address.
        number: Twilio's.
        ended: whether it has ended.
        left: what each widget left last, as far as that is known.
    """

    account_sid: str
    execution_sid: str
    steps: tuple[Recorded, ...]
    trigger: Json
    contact: str | None
    number: str
    ended: bool
    left: Json


@dataclass(frozen=True)
class Difference:
    """Where the replay first departs from the recording.

    Attributes:
        index: of the recorded Step, from 0.
        recorded: that Step; None where the recording ends before.
        replayed: the widget that ran instead, or ended otherwise; None where nothing ran.
        why: in words.
    """

    index: int
    recorded: Recorded | None
    replayed: Visit | None
    why: str

    def __str__(self) -> str:
        return f"Step {self.index}: {self.why}"


def told(visit: Visit) -> str:
    """A widget that has finished, as a recorded Step reads."""
    return f"{visit.widget}: {visit.event} -> {visit.next or ENDED}"
