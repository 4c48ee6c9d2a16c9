"""Finding what a path names; and, when it is not there, the answer with a hint at the nearest thing that is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from pytest_studio import sids
from pytest_studio.account import Account
from pytest_studio.api.incoming import Incoming
from pytest_studio.errors import CATALOGUE, ApiError
from pytest_studio.operations import OPERATIONS, route
from pytest_studio.resources import Execution, Flow, Step
from pytest_studio.seeds import current

__all__ = ["find_flow", "find_run", "find_step", "no_route", "not_found"]

_NO_SUFFIX = "Studio's paths have no .json at the end"


def find_flow(call: Incoming, sid: str) -> Flow:
    """The Flow of that SID, or ApiError 404."""
    flow = call.account.flows.get(sid)
    if flow is None:
        raise not_found(call, _absent(call.account, "FW", sid, call.account.flows, "add_flow"))
    return flow


def find_run(call: Incoming, flow_sid: str, sid: str) -> Execution:
    """The Execution of that Flow and SID, or ApiError 404."""
    run = call.account.executions.get(sid)
    if run is not None and run._flow._sid == flow_sid:
        return run
    if run is not None:
        raise not_found(call, f"{sid} is there, but belongs to Flow {run._flow._sid}, not {flow_sid}")
    find_flow(call, flow_sid)
    raise not_found(call, _absent(call.account, "FN", sid, call.account.executions, "add_execution"))


def find_step(call: Incoming, flow_sid: str, run_sid: str, sid: str) -> Step:
    """The Step of that Flow, Execution and SID, or ApiError 404."""
    step = call.account.steps.get(sid)
    if step is not None and step._run._sid == run_sid and step._run._flow._sid == flow_sid:
        why = call.account.withheld and call.account.withheld(step)
        if why:
            raise not_found(call, f"{sid} {why}")
        return step
    if step is not None and step._run._sid != run_sid:
        raise not_found(call, f"{sid} is there, but belongs to Execution {step._run._sid}, not {run_sid}")
    find_run(call, flow_sid, run_sid)
    raise not_found(call, _absent(call.account, "FT", sid, call.account.steps, "add_step"))


def not_found(call: Incoming, hint: str) -> ApiError:
    """The 404 of Twilio's APIs: it names the path, without host and query."""
    return _gone(call.path, hint)


def _gone(path: str, hint: str) -> ApiError:
    status, message = CATALOGUE[20404]
    return ApiError(status, 20404, message.format(path=path), hint=hint)


def _absent(account: Account, prefix: str, sid: str, stored: Iterable[str], maker: str) -> str:
    resource = sids.PREFIXES[prefix]
    if not sids.is_valid(sid, prefix):
        return _NO_SUFFIX if sid.endswith(".json") else sids.explain(sid, prefix)
    fixture = current().made.get(sid)
    if fixture is not None:
        return (
            f"{sid} comes from the {fixture} fixture, which is data only: "
            f"store it first, as in studio.{maker}(sid={fixture})"
        )
    gone = account.why_gone(sid)
    if gone is not None:
        return f"{sid} {gone}"
    known = list(stored)
    if not known:
        return f"this studio has no {resource} at all: store one with studio.{maker}()"
    for other in known:
        if other.lower() == sid.lower():
            return f"{resource} {other} is there; its digits are written in another case"
    shown = ", ".join(known[:3]) + (" …" if len(known) > 3 else "")
    return f"this studio has no {resource} {sid}; it has {len(known)}: {shown}"


def no_route(method: str, path: str) -> ApiError:
    """The answer to a path or method that is no operation: 404, or 405 when the path has other methods."""
    found = route(path)
    if found is not None:
        able = ", ".join(sorted(found[0]))
        status, message = CATALOGUE[20004]
        return ApiError(status, 20004, message, hint=f"{path} answers {able}, not {method}")
    return _gone(path, _like(path))


def _like(path: str) -> str:
    import difflib

    if path.endswith(".json"):
        return _NO_SUFFIX
    shape = "/".join("{}" if sids.is_valid(part) else part for part in path.split("/"))
    shapes = {re.sub(r"{\w+}", "{}", operation.path): operation.path for operation in OPERATIONS.values()}
    close = difflib.get_close_matches(shape, shapes, cutoff=0.5)
    return "no operation of Studio has this path" + (f"; the nearest is {shapes[close[0]]}" if close else "")
