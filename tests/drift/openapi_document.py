"""What an OpenAPI document says of Studio, and what this package says: flat facts that can be held against each other.

A fact is a name and a few words, such as ``v2.ListExecution ?PageSize`` and ``integer``, or
``v2/execution /status`` and ``one of active, ended``. Left out is what one of both cannot tell:

- The documents mark nearly every property as nullable, which says nothing: whether null may come is not compared.
- They list no answer of 400 and over.
- They have a pattern for most SIDs in a path, which is not compared: this package's table has only their names.
- They do not say which links a resource has; their examples do, and these are held against the schemas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_studio import schemas
from pytest_studio.api.lists import MAX_PAGE_SIZE
from pytest_studio.operations import OPERATIONS, Operation, Param
from pytest_studio.wire import API

__all__ = ["differences", "document_in", "examples", "of_document", "of_package", "unexplained"]

Json = dict[str, Any]
Facts = dict[str, str]

_METHODS = ("get", "post", "delete", "put", "patch")
_SID = re.compile(r"\^([A-Z]{2})\[0-9a-fA-F\]\{32\}\$")
_FORM = "application/x-www-form-urlencoded"
_BOUNDS = ("minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern")
#: Those that this package has; its table of operations has kinds alone.
_OURS = {"PageSize": {"minimum": 1, "maximum": MAX_PAGE_SIZE}, "Page": {"minimum": 0}}


def document_in(folder: Path, version: str) -> Json:
    """The document of ``"v1"`` or ``"v2"`` in a folder, by its short name or by Twilio's.

    Raises:
        FileNotFoundError: it is not there; the message says what would be.
    """
    names = [f"studio_{version}.json", f"twilio_studio_{version}.json"]
    for name in names:
        if (folder / name).is_file():
            found: Json = json.loads((folder / name).read_text(encoding="utf-8"))
            return found
    raise FileNotFoundError(f"STUDIO_OPENAPI={folder}: there is neither {names[0]} nor {names[1]} in it")


# -- the document ---------------------------------------------------------------------------------------------


def of_document(document: Json, version: str) -> Facts:
    """The facts of an OpenAPI document."""
    facts: Facts = {}
    for id, method, path, operation in _operations(document, version):
        answers = _successes(document, operation)
        facts[id] = f"{method} {path} -> {' or '.join(answers) or 'nothing'}"
        for param in (_resolved(document, each) for each in operation.get("parameters", ())):
            if param["in"] != "path":
                facts[f"{id} ?{param['name']}"] = _param(
                    document, param.get("schema", {}), param.get("required", False)
                )
        form = _form(document, operation)
        for name, rule in form.get("properties", {}).items():
            facts[f"{id} form {name}"] = _param(document, rule, name in form.get("required", ()))
        for answer in answers.values():
            name = _schema_name(id)
            facts |= {f"{name} {pointer}": said for pointer, said in _fields(answer, document)}
    return facts


def _operations(document: Json, version: str) -> Iterator[tuple[str, str, str, Json]]:
    """Id, method, address and what is said of each operation; its parameters are those of its path, too."""
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = {
                    **item[method],
                    "parameters": [*item.get("parameters", ()), *item[method].get("parameters", ())],
                }
                servers = operation.get("servers") or item.get("servers") or document.get("servers") or [{"url": API}]
                address = " or ".join(server["url"].rstrip("/").removeprefix(API) + path for server in servers)
                yield f"{version}.{operation['operationId']}", method.upper(), address, operation


def _successes(document: Json, operation: Json) -> dict[str, Json]:
    """Statuses of the answers to requests that succeed, and their schemas; that of no body is empty."""
    answers = {status: _resolved(document, answer) for status, answer in operation["responses"].items()}
    return {
        status: _resolved(document, answer.get("content", {}).get("application/json", {}).get("schema", {}))
        for status, answer in sorted(answers.items())
        if status.startswith("2")
    }


def _form(document: Json, operation: Json) -> Json:
    body = operation.get("requestBody", {}).get("content", {}).get(_FORM, {})
    return _resolved(document, body.get("schema", {}))


def _resolved(document: Json, rule: Json) -> Json:
    """A rule with what it refers to in its place."""
    if "$ref" not in rule:
        return rule
    found: Any = document
    for part in rule["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    return _resolved(document, found)


def _param(document: Json, rule: Json, required: bool) -> str:
    rule = _resolved(document, rule)
    kind = {"integer": "integer", "array": "repeated", None: "json"}.get(rule.get("type"), "text")
    if rule.get("format") == "date-time":
        kind = "date"
    if "enum" in rule:
        kind = _choice(rule["enum"])
    return _told(kind, rule, required)


def _told(kind: str, bounds: Json, required: bool) -> str:
    """A parameter in words: ``integer, minimum 1, required``."""
    words = [kind, *(f"{name} {bounds[name]}" for name in _BOUNDS if name in bounds)]
    return ", ".join([*words, "required"] if required else words)


def _schema_name(id: str) -> str:
    """How this package calls the schema of an operation's answer; its id, if the operation is not known."""
    operation = OPERATIONS.get(id)
    return id if operation is None or operation.schema is None else operation.schema


# -- the package ----------------------------------------------------------------------------------------------


def of_package(version: str) -> Facts:
    """The facts of ``operations.py`` and of ``schemas/``."""
    facts: Facts = {}
    for operation in OPERATIONS.values():
        if operation.version != version:
            continue
        facts[operation.id] = f"{operation.method} {operation.path} -> {operation.status}"
        for param in operation.params:
            facts[f"{operation.id} {_place(operation)}{param.name}"] = _declared(param)
        if operation.schema is not None:
            said = _fields(schemas.load(operation.schema), None)
            facts |= {f"{operation.schema} {pointer}": words for pointer, words in said}
    return facts


def _place(operation: Operation) -> str:
    return "form " if operation.method == "POST" else "?"


def _declared(param: Param) -> str:
    kind, _, values = param.kind.partition(":")
    return _told(_choice(values.split("|")) if kind == "enum" else kind, _OURS.get(param.name, {}), param.required)


# -- both -----------------------------------------------------------------------------------------------------


def _fields(rule: Json, document: Json | None, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Each property of a schema, at any depth, and what is said of it; links have addresses in them, and no more."""
    for name, inner in rule.get("properties", {}).items():
        inner = _resolved(document, inner) if document is not None else inner
        yield f"{pointer}/{name}", _kind(inner)
        if name != "links":
            yield from _fields(inner, document, f"{pointer}/{name}")


def _kind(rule: Json) -> str:
    """The type of a property, as words that are the same whoever says it."""
    types = rule.get("type", [])
    types = [types] if isinstance(types, str) else types
    kind = " or ".join(name for name in types if name != "null") or "anything"
    sid = _SID.fullmatch(rule.get("pattern", ""))
    if "enum" in rule:
        kind = _choice(rule["enum"])
    elif sid:
        kind = f"{sid[1]} SID"
    elif rule.get("format") in ("date-time", "uri"):
        kind = rule["format"]
    elif kind == "array":
        items = rule.get("items", {})
        kind = f"array of {'objects' if '$ref' in items or 'properties' in items else _kind(items)}"
    days = rule.get("x-pii", {}).get("mtl_days") or rule.get("x-twilio", {}).get("pii", {}).get("deleteSla")
    return kind + (f", personal for {days} days" if days else "")


def _choice(values: list[str]) -> str:
    return f"one of {', '.join(sorted(values))}"


def examples(document: Json, version: str) -> Iterator[tuple[str, list[str]]]:
    """Each example of an answer or a form, and what of it this package does not know."""
    for id, _, _, operation in _operations(document, version):
        known = OPERATIONS.get(id)
        if known is None:
            continue
        for status, answer in operation["responses"].items():
            for name, example in answer.get("content", {}).get("application/json", {}).get("examples", {}).items():
                if known.schema is not None and status.startswith("2"):
                    found = schemas.violations(example["value"], known.schema)
                    yield f"{id} example {name}", [fault.message for fault in found]
        form = operation.get("requestBody", {}).get("content", {}).get(_FORM, {})
        for name, example in form.get("examples", {}).items():
            strange = set(example["value"]) - {param.name for param in known.params}
            yield f"{id} form example {name}", [f"{param} is no parameter" for param in sorted(strange)]


def differences(ours: Facts, theirs: Facts) -> dict[str, str]:
    """What two sides do not agree on, in words, by the fact's name."""
    found = {name: f"the document only: {theirs[name]}" for name in theirs if name not in ours}
    found |= {name: f"here only: {ours[name]}" for name in ours if name not in theirs}
    found |= {
        name: f"here {ours[name]}; in the document {theirs[name]}"
        for name in ours
        if name in theirs and ours[name] != theirs[name]
    }
    return found


def unexplained(found: dict[str, str], known: dict[str, tuple[str, str]]) -> list[str]:
    """A line for each difference that is not known as it is, and for each known one that is none any more.

    Args:
        found: see ``differences``.
        known: name -> the difference, and why it is there.
    """
    lines = [f"{name}: {said}" for name, said in found.items() if known.get(name, ("",))[0] != said]
    lines += [f"{name}: no difference any more: take it from the list" for name in known if name not in found]
    return sorted(lines)
