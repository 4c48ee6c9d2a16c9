"""The data that an Execution gathers, as ``/Context`` shows it after each Step."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING

from pytest_studio import webhooks
from pytest_studio.resources.record import Json

if TYPE_CHECKING:
    from pytest_studio.resources.execution import Execution
    from pytest_studio.resources.step import Step


def gathered(run: Execution, steps: Sequence[Step]) -> Json:
    """The context after these Steps: the newest context given whole, and what later Steps left."""
    start = next((at for at in range(len(steps) - 1, -1, -1) if steps[at]._context is not None), None)
    if start is not None:
        context = deepcopy(steps[start]._context) or {}
        steps = steps[start + 1 :]
    else:
        context = _base(run, steps)
    widgets = _room(context, "widgets") if steps else {}
    for step in steps:
        if step._transitioned_from == "Trigger":
            continue
        output = step._output
        if output is not None or step._transitioned_from not in widgets:
            widgets[step._transitioned_from] = deepcopy(output) if output else {}
        if step._type == "set-variables" and output:
            _room(_room(context, "flow"), "variables").update(deepcopy(output))
    return context


def _room(context: Json, name: str) -> Json:
    """``context[name]``, made if missing; what is put in is lost where a test's own context has no object there."""
    inner = context.setdefault(name, {})
    return inner if isinstance(inner, dict) else {}


def _base(run: Execution, steps: Sequence[Step]) -> Json:
    """What an Execution knows before its widgets: the context given to it less later widgets, or its trigger."""
    if run._context is not None:
        context = deepcopy(run._context)
        if isinstance(context.get("widgets"), dict):
            done = {step._transitioned_from for step in steps}
            context["widgets"] = {name: left for name, left in context["widgets"].items() if name in done}
        return context
    return webhooks.first_context(
        deepcopy(run._trigger), run._contact_channel_address, run.twilio_side, run._flow._sid, run._sid
    )
