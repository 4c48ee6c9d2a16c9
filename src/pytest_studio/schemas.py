"""The JSON Schemas of Studio's resources: load them, check payloads against them, and whole HTTP exchanges.

The files are in ``schemas/`` at the top of the repository and follow https://www.twilio.com/docs/studio/rest-api,
each the page in its ``$comment``. What a payload is judged by stands in ``validation``,
how a fault is told in ``violations``.
"""

from __future__ import annotations

import json
import warnings
from functools import cache
from typing import Any

from pytest_studio import schema_files
from pytest_studio.client_responses import exchange_of, parsed
from pytest_studio.errors import ConformanceError, StudioDriftWarning, nearest
from pytest_studio.operations import DOCS, match, route
from pytest_studio.validation import Checker, each_subschema
from pytest_studio.violations import Violation, from_errors, shown, violation
from pytest_studio.wire import is_studio_host, split_url
from pytest_studio.wording import counted

__all__ = [
    "SchemaRegistry",
    "Violation",
    "assert_conforms",
    "load",
    "name_for",
    "names",
    "validate",
    "violations",
]

# --- files ---------------------------------------------------------------------------------------------------


def _inlined(schema: Any, root: dict[str, Any]) -> Any:
    """A schema with the target of each ``$ref`` in its place; what stands beside a ``$ref`` wins."""
    if not isinstance(schema, dict):
        return schema
    rest = {
        keyword: each_subschema(keyword, value, lambda inner: _inlined(inner, root))
        for keyword, value in schema.items()
        if keyword not in ("$ref", "$defs")
    }
    if "$ref" not in schema:
        return rest
    where, _, fragment = schema["$ref"].partition("#")
    home = target = schema_files.file(where.removeprefix(schema_files.URN)) if where else root
    for part in fragment.split("/")[1:]:
        target = target[part]
    found = {k: v for k, v in _inlined(target, home).items() if k not in ("$schema", "$id")}
    return {**found, **rest}


@cache
def _text(name: str) -> str:
    """The schema of that name, references inlined, as JSON: parsing it gives each caller an own copy."""
    if name not in schema_files.names():
        raise _no_schema(name)
    schema = schema_files.file(name)
    return json.dumps(_inlined(schema, schema))


def _no_schema(name: object) -> ValueError:
    hint = nearest(name, schema_files.names()) if isinstance(name, str) and len(name) < 100 else ""
    return ValueError(f"{shown(name)} is the name of no schema{hint}; pytest_studio.schemas.names() lists them")


def names() -> list[str]:
    """The names of all schemas, sorted: ``"error"``, ``"v1/engagement"`` … ``"v2/test_users"``."""
    return list(schema_files.names())


def load(name: str) -> dict[str, Any]:
    """The schema of that name: a dict of the caller's own, without references to other files.

    ``$comment`` is the doc page, ``x-pii`` of each property what the docs say of personal data.

    Raises:
        ValueError: there is no schema of that name; the message has the nearest.
    """
    if not isinstance(name, str):  # what has no hash cannot be looked up
        raise _no_schema(name)
    schema: dict[str, Any] = json.loads(_text(name))
    return schema


# --- payloads ------------------------------------------------------------------------------------------------


def _checker(name: str, allow_unknown: bool) -> Checker:
    if not isinstance(name, str):
        raise _no_schema(name)
    return _compiled(name, allow_unknown)


@cache
def _compiled(name: str, allow_unknown: bool) -> Checker:
    return Checker(load(name), allow_unknown)


@cache
def _doc(name: str) -> str:
    return str(schema_files.file(name)["$comment"])


def violations(payload: Any, name: str, *, allow_unknown: bool = False) -> list[Violation]:
    """What in a payload departs from the schema of that name: one entry for each fault, none if it conforms.

    Args:
        payload: parsed JSON.
        name: one of ``names()``, such as ``"v2/execution_step"``.
        allow_unknown: whether properties that the schema does not list are fine, at any depth.

    Raises:
        ValueError: there is no schema of that name.
    """
    checker = _checker(name, allow_unknown)
    return [] if checker.passes(payload) else from_errors(checker.errors(payload), _doc(name))


def validate(payload: Any, name: str, *, allow_unknown: bool = False) -> None:
    """Check a payload against the schema of that name.

    Args:
        payload: parsed JSON.
        name: one of ``names()``, such as ``"v2/execution_step"``.
        allow_unknown: whether properties that the schema does not list are fine, at any depth.

    Raises:
        ConformanceError: it departs from the schema; the message tells each fault, ``.violations`` has them.
        ValueError: there is no schema of that name.
    """
    __tracebackhide__ = True
    if not _checker(name, allow_unknown).passes(payload):
        raise _error(f"against the schema {name}", violations(payload, name, allow_unknown=allow_unknown))


def _error(what: str, found: list[Violation]) -> ConformanceError:
    lines = [f"{counted(len(found), 'violation')} {what}:"]
    lines += [f"  {fault.message}" for fault in found]
    lines += [f"documented at {doc}" for doc in dict.fromkeys(fault.doc for fault in found)]
    return ConformanceError("\n".join(lines), tuple(found))


# --- exchanges -----------------------------------------------------------------------------------------------


def name_for(method: str, url: str, status: int = 200) -> str | None:
    """The name of the schema that the body of an answer follows, or None if there is none.

    Args:
        method: HTTP method, in any case.
        url: on any of Studio's hosts, or a path; its SIDs need not be valid.
        status: HTTP status of the answer. 400 and over is ``"error"``, whatever the path; 204 has no body.
    """
    host, path, _ = split_url(str(url))
    if host and not is_studio_host(host):
        return None
    if status >= 400:
        return "error"
    found = match(str(method).upper(), path)
    if found is None or status == 204 or not 200 <= status < 300:
        return None
    return found[0].schema


def assert_conforms(response: Any, *rest: Any, allow_unknown: bool = False) -> None:
    """Check an answer of Studio, or of something that stands in for it, against the docs.

    Args:
        response: a response of ``requests``, ``httpx`` or ``aiohttp`` that has been read; the ``twilio`` SDK's HTTP
            client after a call (``client.http_client``), or what its ``…_with_http_info`` methods return;
            or ``(method, url, status, body)``, as one tuple or as four arguments, the body as bytes, text or
            parsed JSON.
        rest: the other three of these four.
        allow_unknown: whether properties that the schema does not list are fine.

    Raises:
        ConformanceError: the answer departs from what is documented for that method, URL and status.
        TypeError: this is no response, or one that has not been read.

    Warns:
        StudioDriftWarning: it conforms but for properties that the schema does not list, unless these are allowed.
    """
    __tracebackhide__ = True
    method, url, status, body = exchange_of(response, rest)
    answer = f"{method} {url if len(url) <= 300 else shown(url)}, answered {status},"
    name, found = judge(method, url, status, body, allow_unknown=allow_unknown)
    faults = [fault for fault in found if not fault.unknown]
    if faults:
        rule = "Studio's operations" if name is None else f"the schema {name}"
        raise _error(f"in {answer} against {rule}", faults)
    if found:
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        warnings.warn(
            f"{answer} has properties that the schema {name} does not know: "
            f"{', '.join(fault.pointer[:200] for fault in found[:5])}{more}. "
            "Twilio has added them, or a stub has made them up.",
            StudioDriftWarning,
            stacklevel=2,
        )


def judge(
    method: str, url: str, status: int, body: Any, *, allow_unknown: bool = False
) -> tuple[str | None, list[Violation]]:
    """What in one exchange departs from the docs.

    Args:
        method: HTTP method, in capitals.
        url: of the request.
        status: HTTP status of the answer.
        body: bytes, text or parsed JSON.
        allow_unknown: whether properties that the schema does not list are fine.

    Returns:
        The name of the schema that the body was held against (None: there is none), and the violations.
    """
    name = name_for(method, url, status)
    if name is None:
        fault = _without_schema(method, url, status, body)
        return None, [] if fault is None else [fault]
    try:
        payload = parsed(body)
    except ValueError as error:
        return name, [_no_json(body, error, name)]
    return name, violations(payload, name, allow_unknown=allow_unknown)


def _no_json(body: Any, error: ValueError, name: str) -> Violation:
    rule = f"JSON as in the schema {name}"
    if not body:
        return violation("", "nothing", rule, _doc(name), whole="the body")
    return violation("", f"{shown(body)}, which is no JSON", rule, _doc(name), why=str(error), whole="the body")


def _without_schema(method: str, url: str, status: int, body: Any) -> Violation | None:
    """What is wrong with an exchange whose answer has no schema; None if nothing is, as with a 204."""
    host, path, _ = split_url(url)
    if host and not is_studio_host(host):
        rule = "studio.twilio.com or a regional name of it"
        return violation("", f"the host {shown(host)}", rule, DOCS, whole="the request")
    methods = (route(path) or ({}, []))[0]
    if method not in methods:
        rule = f"{' or '.join(sorted(methods))} of this path" if methods else "the path of an operation"
        actual = f"{method} {shown(path)}, which is no operation of Studio"
        return violation("", actual, rule, DOCS, whole="the request")
    operation = methods[method]
    if status != 204 or operation.schema is not None:
        rule = f"the status {operation.status} of {operation.id}"
        return violation("", f"the status {status}", rule, operation.doc, whole="the answer")
    if body:
        rule = f"none with the status 204 of {operation.id}"
        return violation("", shown(body), rule, operation.doc, whole="the body")
    return None


class SchemaRegistry:
    """This module's functions as one object: the value of the ``studio_schemas`` fixture."""

    names = staticmethod(names)
    load = staticmethod(load)
    validate = staticmethod(validate)
    violations = staticmethod(violations)
    name_for = staticmethod(name_for)
    assert_conforms = staticmethod(assert_conforms)
