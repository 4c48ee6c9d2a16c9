"""Whether Studio has moved on: this package held against Twilio's OpenAPI documents of Studio.

    STUDIO_OPENAPI=~/twilio-oai/spec/json pytest tests/drift        # or: nox -s drift

``STUDIO_OPENAPI`` names a folder with ``twilio_studio_v1.json`` and ``twilio_studio_v2.json``, as
https://github.com/twilio/twilio-oai publishes them; ``studio_v1.json`` and ``studio_v2.json`` will do. Whatever one
side has and the other has not fails, unless ``KNOWN`` lists it, with its reason.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
from openapi_document import differences, document_in, examples, of_document, of_package, unexplained

from pytest_studio.operations import OPERATIONS

Json = dict[str, Any]

_AUTHOR = ("here only: text", "twilio-python has it since 2026-05; the document of 2026-04 does not")
_ANYTHING = "the document gives no type; every sample, and every recording, has an object"
_CONTEXT = ("here object, personal for 30 days; in the document anything, personal for 30 days", _ANYTHING)
_OBJECT = ("here object; in the document anything", _ANYTHING)
_RUN = ("execution", "execution_context", "execution_step", "execution_step_context")

#: Name of a fact -> how the two sides differ, and why that is right.
KNOWN: dict[str, dict[str, tuple[str, str]]] = {
    "v1": {
        **{f"v1/{name} /context": _CONTEXT for name in (*_RUN, "engagement_step", "engagement_step_context")},
        **{f"v1/{name} /context": _OBJECT for name in ("engagement", "engagement_context")},
    },
    "v2": {
        "v2.CreateExecution form ExternalId": ("here only: text", "the document has it in an example, undeclared"),
        **dict.fromkeys([f"v2.{name} form AuthorSid" for name in ("CreateFlow", "UpdateFlow")], _AUTHOR),
        "v2.UpdateFlowValidate form AuthorSid": _AUTHOR,
        **{f"v2/{name} /context": _CONTEXT for name in _RUN},
        **{f"v2/{name} /definition": _OBJECT for name in ("flow", "flow_revision")},
    },
}

both_versions = pytest.mark.parametrize("version", ["v1", "v2"])


@pytest.fixture
def document(version: str) -> Json:
    """Twilio's document of one version."""
    folder = os.environ.get("STUDIO_OPENAPI")
    if not folder:
        pytest.skip("STUDIO_OPENAPI names no folder with Twilio's OpenAPI documents of Studio")
    return document_in(Path(folder).expanduser(), version)


@both_versions
def test_nothing_is_unknown_on_either_side(version: str, document: Json) -> None:
    """Operations, their parameters, the fields of what they answer, enumerations, what is personal."""
    lines = unexplained(differences(of_package(version), of_document(document, version)), KNOWN[version])
    assert not lines, "\n".join([f"Studio {version} and this package differ:", *lines])


@both_versions
def test_the_documents_examples_conform(version: str, document: Json) -> None:
    """Links, too, which only examples have; and parameters that only examples have."""
    found = dict(examples(document, version))
    wrong = {name: faults for name, faults in found.items() if faults}
    assert found
    assert not wrong


# -- that drift is found --------------------------------------------------------------------------------------

_SID = {"type": "string", "minLength": 34, "maxLength": 34, "pattern": "^FW[0-9a-fA-F]{32}$", "nullable": True}
_USERS = {"type": "array", "items": {"type": "string"}, "nullable": True}
_FLOW = "FW" + "1" * 32


def small() -> Json:
    """A document of two operations, as Twilio writes them."""
    url = f"https://studio.twilio.com/v2/Flows/{_FLOW}/TestUsers"
    sample = {"sid": _FLOW, "test_users": ["+15550100001"], "url": url}
    content = {"schema": {"$ref": "#/components/schemas/users"}, "examples": {"one": {"value": sample}}}
    answers = {"200": {"content": {"application/json": content}}}
    form = {"properties": {"TestUsers": _USERS}, "required": ["TestUsers"], "type": "object"}
    in_path = {"name": "Sid", "in": "path", "schema": _SID, "required": True}
    body = {"content": {"application/x-www-form-urlencoded": {"schema": form, "examples": {"one": {"value": {}}}}}}
    return {
        "paths": {
            "/v2/Flows/{Sid}/TestUsers": {
                "servers": [],
                "get": {"operationId": "FetchTestUser", "parameters": [in_path], "responses": answers},
                "post": {
                    "operationId": "UpdateTestUser",
                    "parameters": [in_path],
                    "requestBody": body,
                    "responses": copy.deepcopy(answers),
                },
            }
        },
        "components": {
            "schemas": {
                "users": {
                    "type": "object",
                    "properties": {
                        "sid": _SID,
                        "test_users": _USERS,
                        "url": {"type": "string", "format": "uri", "nullable": True},
                        "mood": {"$ref": "#/components/schemas/mood"},
                    },
                },
                "mood": {"type": "string", "enum": ["good", "bad"]},
            }
        },
    }


def drift(change: Any) -> list[str]:
    """What a change of the small document is told as."""
    before, after = small(), small()
    change(after)
    return unexplained(differences(of_document(before, "v2"), of_document(after, "v2")), {})


def test_a_document_that_agrees_has_no_difference() -> None:
    """But for what the small one has of its own, and what it leaves out."""
    ours, theirs = of_package("v2"), of_document(small(), "v2")
    about = {name for name in ours if "TestUser" in name or name.startswith("v2/test_users")}
    assert differences({name: ours[name] for name in about}, theirs) == {
        "v2/test_users /mood": "the document only: one of bad, good"
    }
    missing = differences(ours, theirs)
    assert missing["v2.ListFlow"] == "here only: GET /v2/Flows -> 200"
    assert {name for name in missing if "." in name and " " not in name} == {
        operation for operation in OPERATIONS if operation.startswith("v2.") and "TestUser" not in operation
    }


def test_what_is_added_is_told() -> None:
    """An operation, a parameter of a query and of a form, a field."""

    def change(document: Json) -> None:
        item = document["paths"]["/v2/Flows/{Sid}/TestUsers"]
        item["delete"] = {"operationId": "DeleteTestUser", "responses": {"204": {"description": "gone"}}}
        item["get"]["parameters"].append({"name": "Mood", "in": "query", "schema": {"type": "integer"}})
        form = item["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        form["properties"]["Since"] = {"type": "string", "format": "date-time"}
        document["components"]["schemas"]["users"]["properties"]["now"] = {"type": "string", "format": "date-time"}

    assert drift(change) == [
        "v2.DeleteTestUser: the document only: DELETE /v2/Flows/{Sid}/TestUsers -> 204",
        "v2.FetchTestUser ?Mood: the document only: integer",
        "v2.UpdateTestUser form Since: the document only: date",
        "v2/test_users /now: the document only: date-time",
    ]


def test_what_is_gone_is_told() -> None:
    """An operation with its parameters, and a field."""

    def change(document: Json) -> None:
        del document["paths"]["/v2/Flows/{Sid}/TestUsers"]["post"]
        del document["components"]["schemas"]["users"]["properties"]["url"]

    assert drift(change) == [
        "v2.UpdateTestUser form TestUsers: here only: repeated, required",
        "v2.UpdateTestUser: here only: POST /v2/Flows/{Sid}/TestUsers -> 200",
        "v2/test_users /url: here only: uri",
    ]


def test_what_has_changed_is_told() -> None:
    """A status, whether a parameter is required, a type, an enumeration."""

    def change(document: Json) -> None:
        post = document["paths"]["/v2/Flows/{Sid}/TestUsers"]["post"]
        post["responses"]["201"] = post["responses"].pop("200")
        del post["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]["required"]
        document["components"]["schemas"]["mood"]["enum"].append("middling")
        personal = {"x-twilio": {"pii": {"handling": "standard", "deleteSla": 30}}}
        document["components"]["schemas"]["users"]["properties"]["test_users"] = {"type": "string", **personal}

    assert drift(change) == [
        "v2.UpdateTestUser form TestUsers: here repeated, required; in the document repeated",
        "v2.UpdateTestUser: here POST /v2/Flows/{Sid}/TestUsers -> 200; in the document "
        "POST /v2/Flows/{Sid}/TestUsers -> 201",
        "v2/test_users /mood: here one of bad, good; in the document one of bad, good, middling",
        "v2/test_users /test_users: here array of string; in the document string, personal for 30 days",
    ]


def test_bounds_of_parameters_are_told() -> None:
    """Of a query's and of a form's; this package's own are known."""

    def change(document: Json) -> None:
        item = document["paths"]["/v2/Flows/{Sid}/TestUsers"]
        size = {"type": "integer", "minimum": 1, "maximum": 500}
        item["get"]["parameters"].append({"name": "PageSize", "in": "query", "schema": size})
        form = item["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"]["schema"]
        form["properties"]["TestUsers"] = {**_USERS, "maxItems": 50}

    assert drift(change) == [
        "v2.FetchTestUser ?PageSize: the document only: integer, minimum 1, maximum 500",
        "v2.UpdateTestUser form TestUsers: here repeated, required; in the document repeated, maxItems 50, required",
    ]
    assert of_package("v2")["v2.ListFlow ?PageSize"] == "integer, minimum 1, maximum 1000"
    assert of_package("v2")["v2.ListFlow ?Page"] == "integer, minimum 0"


@pytest.mark.parametrize("owner", ["document", "path", "operation"])
def test_another_server_is_told(owner: str) -> None:
    """Whether the document names it, a path or an operation: the nearest counts."""

    def change(document: Json) -> None:
        item = document["paths"]["/v2/Flows/{Sid}/TestUsers"]
        del item["post"]
        {"document": document, "path": item, "operation": item["get"]}[owner]["servers"] = [
            {"url": "https://flows.twilio.com"}
        ]

    assert (
        "v2.FetchTestUser: here GET /v2/Flows/{Sid}/TestUsers -> 200; in the document "
        "GET https://flows.twilio.com/v2/Flows/{Sid}/TestUsers -> 200"
    ) in drift(change)


def test_the_server_of_this_package_needs_no_words() -> None:
    """As Twilio's documents name it, for each path."""

    def change(document: Json) -> None:
        document["paths"]["/v2/Flows/{Sid}/TestUsers"]["servers"] = [{"url": "https://studio.twilio.com"}]

    assert drift(change) == []


def test_a_second_answer_is_told() -> None:
    """With its fields; so is an operation that has none."""

    def change(document: Json) -> None:
        item = document["paths"]["/v2/Flows/{Sid}/TestUsers"]
        queued = {"type": "object", "properties": {"queued": {"type": "boolean"}}}
        item["get"]["responses"]["202"] = {"content": {"application/json": {"schema": queued}}}
        item["post"]["responses"] = {}

    assert drift(change) == [
        "v2.FetchTestUser: here GET /v2/Flows/{Sid}/TestUsers -> 200; in the document "
        "GET /v2/Flows/{Sid}/TestUsers -> 200 or 202",
        "v2.UpdateTestUser: here POST /v2/Flows/{Sid}/TestUsers -> 200; in the document "
        "POST /v2/Flows/{Sid}/TestUsers -> nothing",
        "v2/test_users /queued: the document only: boolean",
    ]


def test_a_parameter_that_is_described_elsewhere_is_told() -> None:
    """By reference; and of a path, for all of its operations."""

    def change(document: Json) -> None:
        item = document["paths"]["/v2/Flows/{Sid}/TestUsers"]
        document["components"]["parameters"] = {"mood": {"name": "Mood", "in": "query", "schema": {"type": "integer"}}}
        item["get"]["parameters"].append({"$ref": "#/components/parameters/mood"})
        item["parameters"] = [{"name": "Since", "in": "query", "schema": {"type": "string"}}]

    assert drift(change) == [
        "v2.FetchTestUser ?Mood: the document only: integer",
        "v2.FetchTestUser ?Since: the document only: text",
        "v2.UpdateTestUser ?Since: the document only: text",
    ]


def test_examples_are_held_against_the_schemas() -> None:
    """Of answers, and of forms."""
    document = small()
    assert [faults for _, faults in examples(document, "v2")] == [[], [], []]
    post = document["paths"]["/v2/Flows/{Sid}/TestUsers"]["post"]
    post["requestBody"]["content"]["application/x-www-form-urlencoded"]["examples"]["one"]["value"]["ExternalId"] = "x"
    post["responses"]["200"]["content"]["application/json"]["examples"]["one"]["value"]["mood"] = "good"
    found = dict(examples(document, "v2"))
    assert found["v2.UpdateTestUser form example one"] == ["ExternalId is no parameter"]
    (fault,) = found["v2.UpdateTestUser example one"]
    assert fault.startswith("/mood: found the unknown property 'mood'")


def test_what_is_known_passes_until_it_is_so_no_more() -> None:
    """Known as it is, changed, and gone."""
    found = {"a": "here only: text", "b": "here only: date"}
    known = {"a": ("here only: text", "why"), "b": ("here only: text", "why"), "c": ("here only: text", "why")}
    assert unexplained(found, known) == ["b: here only: date", "c: no difference any more: take it from the list"]


def test_both_names_of_a_document_are_found(tmp_path: Path) -> None:
    """And a folder without one is told."""
    with pytest.raises(FileNotFoundError, match=r"neither studio_v1\.json nor twilio_studio_v1\.json"):
        document_in(tmp_path, "v1")
    tmp_path.joinpath("twilio_studio_v1.json").write_text("{}")
    assert document_in(tmp_path, "v1") == {}
