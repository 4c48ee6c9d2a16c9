"""All that is wrong with a Flow Definition: the schemas and the rules of ``flows.definitions.lint`` together."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from pytest_studio import schemas
from pytest_studio.flows.definitions.faults import faults
from pytest_studio.flows.definitions.lint import Finding, lint

__all__ = ["Finding", "check", "refused"]

#: Definitions whose findings are remembered: a suite loads the same ones in each test.
REMEMBERED = 64
_known: dict[str, list[Finding]] = {}


def check(definition: Any, *, subflows: Collection[str] = ()) -> list[Finding]:
    """All that is wrong with a Flow Definition, state by state; nothing if it is as it should be.

    Args:
        definition: any JSON.
        subflows: SIDs of the Flows that it may run, if they are known.

    Raises:
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    key = "" if subflows else _key(definition)
    found = _known.get(key)
    if found is None:
        found = lint(definition, schemas.violations, subflows=subflows)
        if key:
            if len(_known) >= REMEMBERED:
                del _known[next(iter(_known))]
            _known[key] = found
    return list(found)


def refused(definition: Any) -> list[dict[str, str]]:
    """What Studio's API refuses a definition for: ``message`` and ``property_path`` of each fault.

    That is its structure, and what the schemas say of each widget. Liquid is not looked at.
    """
    found = faults(definition)
    places = {fault["property_path"] for fault in found}
    for finding in lint(definition, schemas.violations, rules=("schema", "unknown-type")):
        if finding.pointer.startswith("#/states/") and finding.pointer not in places:
            missing = finding.message.startswith("found nothing")
            words = "is missing but it is required" if missing else finding.message
            found.append({"message": words, "property_path": finding.pointer})
    return found


def _key(definition: Any) -> str:
    try:
        return json.dumps(definition)
    except (TypeError, ValueError, RecursionError):  # nothing that could be loaded
        return ""
