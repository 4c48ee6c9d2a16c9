"""What is read from the schemas' files beyond the schemas: the fields that nothing else describes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_studio import schema_files, schemas
from pytest_studio.schema_files import Kept

Store = Callable[..., str]
HEX = "[0-9a-fA-F]{32}$"


def forget() -> None:
    """Drop what was read."""
    schema_files.file.cache_clear()
    schema_files.kept.cache_clear()
    schema_files.names.cache_clear()
    schemas._text.cache_clear()


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """Writes a schema of these properties, and says its name; there are no others."""

    def write(name: str = "v2/thing", **content: Any) -> str:
        path = tmp_path / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
        return name

    monkeypatch.setattr(schema_files, "folder", lambda: tmp_path)
    forget()
    yield write
    forget()


def test_names_are_those_of_the_files(store: Store) -> None:
    """Sorted, with their folder, without the file that the others share."""
    for name in ("v2/step", "common", "error", "v1/step"):
        store(name)
    assert schema_files.names() == ("error", "v1/step", "v2/step")


@pytest.mark.parametrize(
    ("rule", "kind"),
    [
        ({"type": "string"}, "text"),
        ({"type": ["string", "null"]}, "text?"),
        ({"type": ["null", "integer"]}, "integer?"),
        ({"type": "boolean"}, "flag"),
        ({"type": "object"}, "object"),
        ({"type": "array"}, "list"),
        ({"type": "number"}, "any"),
        ({"type": "null"}, "any?"),
        ({"type": ["string", "integer"]}, "any"),
        ({"type": ["string", "integer", "null"]}, "any?"),
        ({}, "any"),
        ({"type": "string", "enum": ["a", "b"]}, "a|b"),
        ({"type": ["string", "null"], "enum": ["a", None, "b"]}, "a|b?"),
        ({"type": "integer", "enum": [1, 2]}, "integer"),
        ({"type": "string", "format": "date-time"}, "date"),
        ({"type": ["string", "null"], "format": "date-time"}, "date?"),
        ({"type": "string", "format": "uri"}, "text"),
        ({"type": "string", "pattern": f"^FW{HEX}"}, "sid:FW"),
        ({"type": ["string", "null"], "pattern": f"^FN{HEX}"}, "sid:FN?"),
        ({"type": "string", "pattern": "^FW"}, "text"),
    ],
)
def test_the_kind_of_a_field_follows_from_its_rule(rule: dict[str, Any], kind: str, store: Store) -> None:
    """The nearest that a record's field can have; any JSON where none is near."""
    found = schema_files.kept(store(properties={"field": {**rule, "default": None}}))
    assert found == {"field": Kept(kind, None, False, "")}


def test_only_what_has_a_default_is_kept(store: Store) -> None:
    """The others have code of their own."""
    properties = {"old": {"type": "string"}, "new": {"type": "string", "default": "x", "description": "What it is."}}
    assert schema_files.kept(store(properties=properties)) == {"new": Kept("text", "x", False, "What it is.")}
    assert schema_files.kept(store("v2/none", properties={"old": {"type": "string"}})) == {}


@pytest.mark.parametrize(
    ("tag", "personal"), [({"handling": "standard"}, True), ({"handling": "none"}, False), ({"mtl_days": 1}, False)]
)
def test_a_field_is_personal_if_its_rule_says_so(tag: dict[str, Any], personal: bool, store: Store) -> None:
    """By its handling."""
    [field] = schema_files.kept(store(properties={"field": {"default": "", "x-pii": tag}})).values()
    assert field.personal is personal


def test_a_rule_may_stand_elsewhere(store: Store) -> None:
    """In the shared file; what stands beside the reference wins."""
    store("common", **{"$defs": {"date": {"type": "string", "format": "date-time"}}})
    shared = {"$ref": "urn:pytest-studio:common#/$defs/date", "default": None}
    name = store(properties={"one": shared, "two": {**shared, "type": ["string", "null"], "description": "Own."}})
    assert schema_files.kept(name) == {"one": Kept("date", None, False, ""), "two": Kept("date?", None, False, "Own.")}


def test_since_tells_what_came_late(store: Store) -> None:
    """Property by property; a schema of something else than an object has none."""
    properties = {"old": {"type": "string"}, "new": {"type": "string", "x-since": "2026-09"}}
    assert schema_files.since(store(properties=properties)) == {"new": "2026-09"}
    assert schema_files.since(store("v2/text", type="string")) == {}


def test_records_keep_the_fields_of_all_their_views() -> None:
    """Of both versions, under all names."""
    assert schema_files.KEPT.keys() == {"Flow", "Execution", "Step"}
    assert schema_files.VIEWS == {
        "Flow": ("v1/flow", "v2/flow", "v2/flow_revision"),
        "Execution": ("v1/engagement", "v1/execution", "v2/execution"),
        "Step": ("v1/engagement_step", "v1/execution_step", "v2/execution_step"),
    }
    for resource, views in schema_files.VIEWS.items():
        assert schema_files.KEPT[resource] == {k: v for name in views for k, v in schema_files.kept(name).items()}


# -- how a schema is loaded ----------------------------------------------------------------------------------------

SID = {"type": "string", "description": "A SID."}


def test_a_loaded_schema_refers_to_nothing(store: Store) -> None:
    """At any depth, to the shared file, to itself, or through another reference; its own ``$defs`` are gone."""
    store("common", **{"$defs": {"sid": SID, "either": {"anyOf": [{"$ref": "#/$defs/sid"}, {"type": "null"}]}}})
    sid = {"$ref": "urn:pytest-studio:common#/$defs/sid"}
    name = store(
        **{"$defs": {"date": {"type": "integer"}}, "$id": "urn:pytest-studio:v2/thing"},
        properties={
            "own": {"$ref": "#/$defs/date"},
            "list": {"type": "array", "items": sid},
            "either": {"$ref": "urn:pytest-studio:common#/$defs/either"},
        },
    )
    assert schemas.load(name) == {
        "$id": "urn:pytest-studio:v2/thing",
        "properties": {
            "own": {"type": "integer"},
            "list": {"type": "array", "items": SID},
            "either": {"anyOf": [SID, {"type": "null"}]},
        },
    }


def test_what_stands_beside_a_reference_wins(store: Store) -> None:
    """The rest is that of the target."""
    store("common", **{"$defs": {"sid": SID}})
    beside = {"$ref": "urn:pytest-studio:common#/$defs/sid", "description": "This SID.", "x-pii": {}}
    assert schemas.load(store(properties={"sid": beside})) == {
        "properties": {"sid": {"type": "string", "description": "This SID.", "x-pii": {}}}
    }


def test_a_reference_to_a_whole_schema_takes_its_rules(store: Store) -> None:
    """Without its dialect and its name; references in it are to its own file."""
    row = {"$schema": "https://json-schema.org", "$id": "urn:pytest-studio:v2/row", "title": "Row"}
    store("v2/row", **row, **{"$defs": {"sid": SID}}, properties={"sid": {"$ref": "#/$defs/sid"}})
    name = store(**{"$schema": "https://json-schema.org"}, items={"$ref": "urn:pytest-studio:v2/row"})
    assert schemas.load(name) == {
        "$schema": "https://json-schema.org",
        "items": {"title": "Row", "properties": {"sid": SID}},
    }
