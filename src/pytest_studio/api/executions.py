"""Executions, Engagements (their older name), Steps and contexts: one function an operation.

Follows https://www.twilio.com/docs/studio/rest-api/v2/execution, …/step, …/execution-context, …/step-context
and the same pages of v1.
"""

from __future__ import annotations

from typing import Any

from pytest_studio.api.incoming import Incoming, invalid
from pytest_studio.api.lists import each, page_of
from pytest_studio.api.missing import find_flow, find_run, find_step
from pytest_studio.errors import CATALOGUE, ApiError
from pytest_studio.resources import Engagement, Execution, Step

Json = dict[str, Any]


def list_executions(call: Incoming) -> str:
    """Executions of a Flow, newest first; ``DateCreatedFrom`` is inclusive, ``DateCreatedTo`` exclusive."""
    flow = find_flow(call, call.ids[0])
    status = call.values.get("status")
    since, until = call.values.get("DateCreatedFrom"), call.values.get("DateCreatedTo")

    def keep(run: Execution) -> bool:
        return (
            (status is None or run._status == status)
            and (since is None or run._date_created >= since)
            and (until is None or run._date_created < until)
        )

    filtered = not (status is None and since is None and until is None)
    render = each(lambda run: run.render(call.version, call.kind))
    return page_of(call, flow._runs, "FN", render, keep if filtered else None)


def create_execution(call: Incoming) -> Json:
    """Start an Execution. While the contact has an active one, v2 refuses with 409 and v1 answers with that one."""
    flow = find_flow(call, call.ids[0])
    to, from_ = call.values["To"], call.values["From"]
    parameters = call.values.get("Parameters")
    if "Parameters" in call.values and not isinstance(parameters, dict):
        raise invalid("Parameters", call.params["Parameters"], "a JSON object")
    account = call.account
    active = account.active_run(to, from_)
    if active is not None:
        if call.version == "v1":
            return active.render("v1", call.kind)
        sid = active._sid
        raise ApiError(
            409,
            20409,
            CATALOGUE[20409][1].format(execution_sid=sid),
            details={"conflicting_execution_sid": sid},
            hint=f"{sid} is active for {to}: end it with Status=ended, or with .end() in the test's set-up",
        )
    run = account.add_run(
        flow,
        {
            "to": to,
            "from_": from_,
            "parameters": parameters,
            "flow_version": flow.running_for(to)._revision,
            "initiated_by": call.request_id,
            **call.kept("Execution"),
        },
        Engagement if call.kind == "engagement" else Execution,
    )
    if account.stage is not None:
        account.stage.entrance.requested(run)
    return run.render(call.version, call.kind)


def fetch_execution(call: Incoming) -> Json:
    """One Execution."""
    run = find_run(call, *call.ids)
    run.count_read()
    return run.render(call.version, call.kind)


def update_execution(call: Incoming) -> Json:
    """End an Execution. One that has ended stays so: v2 refuses with 409, v1 answers with it unchanged."""
    run = find_run(call, *call.ids)
    if run._status == "ended":
        if call.version == "v2":
            raise ApiError(
                409,
                20409,
                f"Execution {run._sid} has already ended",
                hint=f"{run._sid} has ended before; v2 refuses to update it",
            )
        return run.render(call.version, "execution")
    further = call.kept("Execution")
    if further:
        run.update(**further)
    if call.values["Status"] == "ended":
        run.end()
    elif not further:
        call.remarks.append("Status=active changes nothing")
    return run.render(call.version, "execution")


def delete_execution(call: Incoming) -> None:
    """Remove an Execution, active or not, and its Steps."""
    call.account.remove_run(find_run(call, *call.ids))


def fetch_execution_context(call: Incoming) -> Json:
    """The data that an Execution has gathered."""
    return find_run(call, *call.ids).render_context(call.version, call.kind)


def list_steps(call: Incoming) -> str:
    """Steps of an Execution, newest first by arrival: several often share a second."""
    run = find_run(call, *call.ids)
    withheld = call.account.withheld
    keep = None if withheld is None else lambda step: withheld(step) is None
    return page_of(call, run._steps, "FT", lambda steps: Step.render_many(steps, call.version, call.kind), keep)


def fetch_step(call: Incoming) -> Json:
    """One Step."""
    return find_step(call, *call.ids).render(call.version, call.kind)


def fetch_step_context(call: Incoming) -> Json:
    """The data that had been gathered up to a Step."""
    return find_step(call, *call.ids).render_context(call.version, call.kind)
