"""Where the schemas lie, what stands in their files, and the fields that nothing but a schema describes.

A property that has a ``default`` is such a field: the fake stores, takes and shows it as its schema says, and no code
speaks of it. ``x-since`` is the month in which Twilio first sent a property; without it, it was always there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["KEPT", "SHARED", "Kept", "file", "folder", "kept", "names", "since"]

URN = "urn:pytest-studio:"
#: The file that the others refer to; it is no schema itself.
SHARED = "common"

_KINDS = {"string": "text", "integer": "integer", "boolean": "flag", "object": "object", "array": "list"}
#: What a record is shown as -> the schemas of that.
VIEWS = {
    "Flow": ("v1/flow", "v2/flow", "v2/flow_revision"),
    "Execution": ("v1/engagement", "v1/execution", "v2/execution"),
    "Step": ("v1/engagement_step", "v1/execution_step", "v2/execution_step"),
}


class Kept(NamedTuple):
    """A field that records keep without knowing what it means.

    ``kind`` is one of ``fields.Spec``; ``default`` is shown where a record was given none; ``personal`` whether
    it is PII; ``about`` says what it is.
    """

    kind: str
    default: Any
    personal: bool
    about: str


@cache
def folder() -> Path:
    """The folder of the schemas.

    Raises:
        FileNotFoundError: they are at neither of the two places.
    """
    here = Path(__file__).resolve()
    # In a wheel the files are package data; an editable install leaves them at the top of the repository.
    places = (here.parent / "json_schemas", here.parents[2] / "schemas")
    for place in places:
        if (place / f"{SHARED}.json").is_file():
            return place
    raise FileNotFoundError(f"the schemas of pytest-studio are neither in {places[0]} nor in {places[1]}: reinstall it")


@cache
def names() -> tuple[str, ...]:
    """The names of all schemas, sorted."""
    files = (path.relative_to(folder()).with_suffix("").as_posix() for path in folder().rglob("*.json"))
    return tuple(sorted(name for name in files if name != SHARED))


def _text(name: str) -> str:
    return (folder() / f"{name}.json").read_text(encoding="utf-8")


@cache
def file(name: str) -> dict[str, Any]:
    """The schema as it stands in its file; shared, not to be changed."""
    schema: dict[str, Any] = json.loads(_text(name))
    return schema


def since(name: str) -> dict[str, str]:
    """Property -> the month in which Twilio first sent it (``"2026-03"``), of those that came late."""
    properties = file(name).get("properties", {})
    return {field: rule["x-since"] for field, rule in properties.items() if "x-since" in rule}


@cache
def kept(name: str) -> Mapping[str, Kept]:
    """The fields of a schema that nothing else describes."""
    if '"default"' not in _text(name):  # parsing all files would cost each run a millisecond
        return {}
    return {field: _kept(rule) for field, rule in file(name)["properties"].items() if "default" in rule}


def _kept(rule: dict[str, Any]) -> Kept:
    target = _target(rule)
    personal = rule.get("x-pii", {}).get("handling", "none") != "none"
    return Kept(_kind(target), rule["default"], personal, rule.get("description", ""))


def _target(rule: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in rule:
        return rule
    where, _, fragment = rule["$ref"].partition("#")
    target = file(where.removeprefix(URN))
    for part in fragment.split("/")[1:]:
        target = target[part]
    return {**target, **rule}


def _kind(rule: dict[str, Any]) -> str:
    """The kind of ``fields.Spec`` that is nearest to a rule; what has no such kind is any JSON."""
    types = rule.get("type", [])
    types = [types] if isinstance(types, str) else types
    mark = "?" if "null" in types else ""
    several = [name for name in types if name != "null"]
    kind = several[0] if len(several) == 1 else ""
    choices = [value for value in rule.get("enum", ()) if value is not None]
    if choices and all(isinstance(value, str) for value in choices):
        return "|".join(choices) + mark
    if rule.get("format") == "date-time":
        return f"date{mark}"
    pattern = rule.get("pattern", "")
    if pattern.endswith("[0-9a-fA-F]{32}$"):
        return f"sid:{pattern[1:3]}{mark}"
    return _KINDS.get(kind, "any") + mark


#: Resource -> the fields of its records that nothing but a schema describes.
KEPT: Mapping[str, Mapping[str, Kept]] = {
    resource: {field: rule for name in views for field, rule in kept(name).items()} for resource, views in VIEWS.items()
}
