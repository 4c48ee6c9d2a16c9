"""Recordings of Executions, wherever they are, as what a replay feeds on."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pytest_studio.account import Account
from pytest_studio.arrange import Arranger
from pytest_studio.clock import Clock
from pytest_studio.errors import nearest
from pytest_studio.flows.replaying.recording import ENDED, Recorded, Recording
from pytest_studio.flows.situation import Json
from pytest_studio.resources import Execution, Flow, Step
from pytest_studio.seeds import Source

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["recording_of", "run_of"]


def run_of(source: Any, flow: Flow, account: Account, root: Path | None) -> Execution:
    """The Execution that somebody means.

    Args:
        source: its record, of any studio; its SID in this one; or what ``FakeStudio.load`` takes.
        flow: the Flow that it is to be replayed on: of several Executions, its own is meant.
        account: of the studio.
        root: the suite's root.

    Raises:
        LookupError: there is no such Execution.
        ValueError: nothing in it is an Execution with Steps, or several are.
    """
    if isinstance(source, Execution):
        return source
    if isinstance(source, str) and source.startswith("FN") and len(source) == 34:
        try:
            return account.executions[source]
        except KeyError:
            known = nearest(source, account.executions)
            raise LookupError(f"replay({source!r}): this studio has no such Execution{known}") from None
    if isinstance(source, (list, tuple)) and any(isinstance(one, (Execution, Flow, Step)) for one in source):
        return _one([one for one in source if isinstance(one, Execution)], flow, "the list")
    from pytest_studio.recordings import loading

    scratch = Account(account.sid, Source("replay", "replay"), Clock())
    loading.load(Arranger(scratch), list(source) if isinstance(source, tuple) else source, root)
    what = str(source) if isinstance(source, (str, os.PathLike)) else "what was given"
    return _one(list(scratch.executions.values()), flow, what)


def _one(runs: list[Execution], flow: Flow, what: str) -> Execution:
    found = [run for run in runs if run.steps]
    own = [run for run in found if run.flow_sid == flow.sid]
    found = own or found
    if len(found) == 1:
        return found[0]
    if not found:
        raise ValueError(f"replay: {what} has no Execution with Steps")
    listed = ", ".join(run.sid for run in found[:5]) + (" …" if len(found) > 5 else "")
    raise ValueError(
        f"replay: {what} has {len(found)} Executions ({listed}): studio.load(…) it, and replay one of studio.executions"
    )


def recording_of(run: Execution) -> Recording:
    """What an Execution's record tells of its run: its Steps, and what each left, from whichever context has it."""
    steps = list(run.steps)
    last = _context(run.context)
    return Recording(
        run.account_sid,
        run.sid,
        tuple(
            Recorded(
                step.sid,
                step.transitioned_from,
                step.name,
                None if step.transitioned_to == ENDED else step.transitioned_to,
                _output(steps, at, run),
                step.parent_step_sid,
                step.date_created.timestamp(),
            )
            for at, step in enumerate(steps)
        ),
        _part(last, "trigger"),
        run.contact_channel_address,
        str(_part(_part(last, "flow"), "channel").get("address") or run.twilio_side),
        run.status == "ended",
        _part(last, "widgets"),
    )


def _output(steps: list[Step], at: int, run: Execution) -> Json | None:
    """What a widget left: by its own context, or else by a later one, unless the widget had run again by then."""
    step = steps[at]
    if step._output is not None:
        return dict(step._output)
    for later in steps[at:]:
        if later is not step and (later.transitioned_from, later.parent_step_sid) == (
            step.transitioned_from,
            step.parent_step_sid,
        ):
            return None
        if later._context is not None and (later.parent_step_sid or step.parent_step_sid is None):
            found = _part(_context(later._context), "widgets").get(step.transitioned_from)
            if isinstance(found, dict):
                return found
    if step.parent_step_sid is None and run._context is not None:
        found = _part(_context(run._context), "widgets").get(step.transitioned_from)
        return found if isinstance(found, dict) else None
    return None


def _context(context: Any) -> Json:
    return context if isinstance(context, dict) else {}


def _part(context: Mapping[str, Any], name: str) -> Json:
    found = context.get(name)
    return found if isinstance(found, dict) else {}
