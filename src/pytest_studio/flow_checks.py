"""All that is wrong with a Flow Definition: the schemas and the rules of ``flows.lint`` together."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pytest_studio import schemas
from pytest_studio.flows.lint import Finding, lint

__all__ = ["Finding", "check"]


def check(definition: Any, *, subflows: Collection[str] = ()) -> list[Finding]:
    """All that is wrong with a Flow Definition, state by state; nothing if it is as it should be.

    Args:
        definition: any JSON.
        subflows: SIDs of the Flows that it may run, if they are known.

    Raises:
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    return lint(definition, schemas.violations, subflows=subflows)
