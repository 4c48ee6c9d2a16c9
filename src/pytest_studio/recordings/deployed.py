"""Whether a Flow of an account has a definition, and if not, what the nearest one has instead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pytest_studio import sids, wire
from pytest_studio.account import Account
from pytest_studio.files import path_of
from pytest_studio.flows.definitions.differences import differences
from pytest_studio.resources import FlowRevision

__all__ = ["assert_deployed"]

_MOST = 20


def assert_deployed(account: Account, source: Any, sid: str | None, status: str | None, root: Path | None) -> None:
    """Fail unless a Flow has the definition; see ``FakeStudio.assert_deployed``."""
    __tracebackhide__ = True
    wanted, name = _definition(source, root)
    if status not in (None, "published", "draft"):
        raise ValueError(f"status is 'published', 'draft' or None, not {status!r:.60}")
    flows = list(reversed(account.flow_list))
    if sid is not None:
        sids.check(sid, "FW")
        if sid not in account.flows:
            gone = account.why_gone(sid)
            raise AssertionError(f"there is no Flow {sid} in this studio{f': it {gone}' if gone else ''}")
        flows = [account.flows[sid]]
    if not flows:
        raise AssertionError(f"no Flow has the definition of {name}: there is no Flow in this studio")
    candidates = []
    for flow in flows:
        revision: FlowRevision | None = flow.current
        if status is not None:
            revision = next((one for one in reversed(flow._revisions) if one._status == status), None)
        if revision is not None:
            candidates.append((revision, differences(revision._definition, wanted)))
    if not candidates:
        which = f"the Flow {sid}" if sid is not None else f"none of the {len(flows)} Flows"
        raise AssertionError(f"{which} has {'no' if sid is not None else 'a'} revision that is {status}")
    names = _states(wanted)
    # A Flow that has little in common has few differences to tell, too: states of the same name come first.
    nearest, found = min(
        candidates,
        key=lambda candidate: (bool(candidate[1]), -len(names & _states(candidate[0]._definition)), len(candidate[1])),
    )
    if not found:
        return
    flow = nearest._flow
    called = f"{flow.friendly_name} ({flow._sid}), revision {nearest._revision}, {nearest._status}"
    if sid is not None:
        lines = [f"the Flow {called}, has not the definition of {name}:"]
    else:
        lines = [f"no Flow has the definition of {name}; the nearest of {len(candidates)} is {called}:"]
    lines += [f"  {line}" for line in found[:_MOST]]
    if len(found) > _MOST:
        lines.append(f"  and {len(found) - _MOST} more")
    raise AssertionError("\n".join(lines))


def _states(definition: Any) -> set[str]:
    states = definition.get("states") if isinstance(definition, dict) else None
    named = states if isinstance(states, list) else []
    return {str(state.get("name")) for state in named if isinstance(state, dict)}


def _definition(source: Any, root: Path | None) -> tuple[dict[str, Any], str]:
    """The definition that is meant, and what to call it."""
    if isinstance(source, (str, os.PathLike)):
        name = str(source)
        if name.lstrip()[:1] == "{":
            raise TypeError(
                "assert_deployed takes a path or a definition (a dict), not a text of JSON: json.loads(…) it"
            )
        try:
            source = wire.read_json(path_of(source, root).read_text(encoding="utf-8-sig"))
        except UnicodeDecodeError as error:
            raise ValueError(f"{name}: no UTF-8: {error.reason}") from None
        except ValueError as error:
            raise ValueError(f"{name}: no JSON: {error}") from None
    elif isinstance(source, dict):
        name = "the dict"
    else:
        raise TypeError(f"assert_deployed takes a path or a definition (a dict), not {type(source).__name__}")
    if isinstance(source, dict) and "states" not in source and isinstance(source.get("definition"), dict):
        source = source["definition"]  # a Flow's payload
    if not isinstance(source, dict) or not source.keys() & {"states", "initial_state"}:
        raise ValueError(f"{name}: no definition of a Flow: it is an object with states and initial_state")
    return source, name
