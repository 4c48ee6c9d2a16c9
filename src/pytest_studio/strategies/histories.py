"""Whole Executions: the resource, its Steps, and contexts that grow from Step to Step."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_studio import clock
from pytest_studio.strategies.basis import LAST, DrawFn, Json, SearchStrategy, addresses, numbers, sid, st
from pytest_studio.strategies.contexts import beginnings, outputs, settle
from pytest_studio.strategies.hops import HOP
from pytest_studio.strategies.records import resource
from pytest_studio.widgets import TRIGGERS, WIDGETS

if TYPE_CHECKING:
    from pytest_studio.fake import FakeStudio
    from pytest_studio.resources import Execution

__all__ = ["History", "histories_of"]

#: What the payload of a record says that a studio finds out by itself.
_FOLLOWS = ("account_sid", "url", "links")


class History:
    """One Execution, whole: payloads that belong together, as the API would answer them.

    ``execution`` is the Execution, ``context`` what its ``/Context`` answers; ``steps`` are its Steps and
    ``step_contexts`` what their ``/Context`` answers, both oldest first.
    """

    def __init__(self, execution: Json, context: Json, steps: list[Json], step_contexts: list[Json]) -> None:
        self.execution = execution
        self.context = context
        self.steps = steps
        self.step_contexts = step_contexts

    @property
    def payloads(self) -> list[Json]:
        """All of them in one list, as ``studio.load`` takes it."""
        return [self.execution, self.context, *self.steps, *self.step_contexts]

    @property
    def path(self) -> list[str]:
        """The widgets that finished, in order, ``"Trigger"`` first."""
        return [str(step["transitioned_from"]) for step in self.steps]

    def add_to(self, studio: FakeStudio) -> Execution:
        """Store it: the Flow is made if it is not there; the account is the studio's.

        Args:
            studio: where to.

        Returns:
            The Execution's record.
        """
        run = studio.add_execution(**_fields(self.execution, self.context))
        for step, context in zip(self.steps, self.step_contexts, strict=True):
            studio.add_step(run, **_fields(step, context))
        return run

    def __repr__(self) -> str:
        way = "".join(f"{step['transitioned_from']} -{step['name']}-> " for step in self.steps)
        last = self.steps[-1]["transitioned_to"] if self.steps else "no Step yet"
        return f"<History {self.execution['sid']}, {self.execution['status']}: {way}{last}>"


def _fields(payload: Json, context: Json) -> Json:
    fields = {name: value for name, value in payload.items() if name not in _FOLLOWS}
    return {**fields, "context": context["context"]}


class _Visit(NamedTuple):
    """A widget that was left."""

    name: str
    kind: str
    event: str
    output: Json
    seconds: int


#: Seconds between two Steps: often none, for dates have no fractions.
_pauses = st.integers(0, 3) | st.integers(0, 5000)


@cache
def _visits(channel: str) -> SearchStrategy[_Visit]:
    by_stem = {widget.stem: kind for kind, widget in WIDGETS.items() if widget.channel in ("any", channel)}
    usual = {"message": ("send-message", "send-and-wait-for-reply"), "call": ("say-play", "gather-input-on-call")}
    return st.one_of(*map(_visit_of, dict.fromkeys((*usual[channel], *by_stem.values()))))


def _visit_of(kind: str) -> SearchStrategy[_Visit]:
    stem = WIDGETS[kind].stem
    return st.builds(
        lambda number, event, output, seconds: _Visit(f"{stem}_{number}", kind, event, output, seconds),
        st.integers(1, 3),
        st.sampled_from(WIDGETS[kind].events),
        outputs(kind),
        _pauses,
    )


@cache
def _ways(channel: str, least: int, most: int) -> SearchStrategy[list[_Visit]]:
    return st.lists(_visits(channel), min_size=max(0, least - 1), max_size=max(0, most - 1))


@st.composite
def histories_of(
    draw: DrawFn, version: str, least: int, most: int, fixed: Mapping[str, SearchStrategy[Any]]
) -> History:
    """Histories; see ``pytest_studio.strategies.histories``.

    Args:
        draw: Hypothesis's own.
        version: ``"v1"`` or ``"v2"``.
        least: Steps at the least.
        most: Steps at the most.
        fixed: field of the Execution -> what it is drawn from.
    """
    given = {"contact_channel_address": addresses, **fixed}
    execution = draw(resource(f"{version}/execution").payloads(given))
    event = draw(st.sampled_from(list(TRIGGERS)))
    context = draw(beginnings(TRIGGERS[event], execution["contact_channel_address"] or ""))
    channel = "call" if TRIGGERS[event] == "call" else "message"
    ended = execution["status"] == "ended"
    moment = clock.parse(execution["date_created"])
    updated = execution["date_updated"] if "date_updated" in fixed else None
    last = LAST if updated is None else max(moment, clock.parse(updated))
    visits = [_Visit("Trigger", "trigger", event, {}, draw(_pauses)), *draw(_ways(channel, least, most))]
    if most == 0 or (least == 0 and len(visits) == 1 and draw(st.booleans())):
        visits = []
    stop = "Ended" if ended else draw(_visits(channel)).name
    shared = {name: execution[name] for name in ("account_sid", "flow_sid")} | {"execution_sid": execution["sid"]}
    first = draw(numbers)
    steps, step_contexts = [], []
    followers = [*(visit.name for visit in visits[1:]), stop]
    for number, (visit, follower) in enumerate(zip(visits, followers, strict=bool(visits)), first):
        moment = min(moment + visit.seconds, last)
        if visit.kind != "trigger":
            context["widgets"][visit.name] = visit.output
        dates = {"date_created": clock.render(moment), "date_updated": None}
        hop = dict(zip(HOP, (visit.event, visit.name, follower, visit.kind), strict=True))
        values = {**shared, **hop, **dates, "sid": sid("FT", number), "parent_step_sid": None}
        steps.append(_whole(draw, f"{version}/execution_step", values))
        values = {**shared, "step_sid": sid("FT", number), "context": deepcopy(context)}
        step_contexts.append(_whole(draw, f"{version}/execution_step_context", values))
    of_run = _whole(draw, f"{version}/execution_context", {**shared, "context": deepcopy(context)})
    if "date_updated" not in fixed and execution["date_updated"] is not None:
        execution["date_updated"] = max(execution["date_updated"], clock.render(moment))
    return History(execution, of_run, steps, step_contexts)


@cache
def _rest(name: str, known: frozenset[str]) -> SearchStrategy[Json]:
    return resource(name).rest(known)


def _whole(draw: DrawFn, name: str, values: Json) -> Json:
    """The payload with these values; fields that are not among them are drawn."""
    of = resource(name)
    values |= draw(_rest(name, frozenset(values)))
    if values["context"]:
        settle(values["context"], values)
    return of.links.fill({field: values.get(field) for field in of.fields})
