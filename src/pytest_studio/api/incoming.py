"""One request on its way through the api: its operation, its parameters as read, what is to be remarked."""

from __future__ import annotations

import re
from typing import Any

from pytest_studio import clock, fields, wire
from pytest_studio.account import Account
from pytest_studio.errors import CATALOGUE, ApiError, closest, nearest
from pytest_studio.operations import Operation, Param
from pytest_studio.schema_files import KEPT
from pytest_studio.wire import Request

__all__ = ["Incoming", "invalid"]

#: What an offset looks like whose + was not encoded.
_LOST_PLUS = re.compile(r"T[0-9:.]+ [0-9]{2}:?[0-9]{2}$")


def invalid(name: str, value: object, expected: str, hint: str | None = None) -> ApiError:
    """The answer to a parameter whose value cannot be used."""
    return ApiError(
        400, 20001, f"Invalid value {str(value)[:80]!r} for parameter {name}: expected {expected}", hint=hint
    )


class Incoming:
    """What a function of the api gets.

    ``ids`` are the path's parameters in order, ``params`` the query or form as text by name (a list for repeated
    ones), ``values`` the same read as numbers, dates and JSON. ``remarks`` collects what a strict studio objects to.
    """

    __slots__ = ("account", "ids", "kind", "operation", "params", "path", "remarks", "request_id", "values", "version")

    def __init__(self, account: Account, operation: Operation, ids: list[str], path: str, request_id: str) -> None:
        self.account: Account = account
        self.operation: Operation = operation
        self.version: str = operation.id[:2]
        self.ids: list[str] = ids
        self.path: str = path
        self.request_id: str = request_id
        #: The name that the path gives to a run: execution, or engagement, the older one.
        self.kind = "engagement" if "/Engagements" in operation.path else "execution"
        self.params: dict[str, Any] = {}
        self.values: dict[str, Any] = {}
        self.remarks: list[str] = []

    def read(self, request: Request, query: str, allow: frozenset[str]) -> None:
        """Read query and form: note what was not declared, refuse what is missing or cannot be read.

        Raises:
            ApiError: 400, a required parameter is missing or a value is none of its kind.
        """
        operation = self.operation
        posts = operation.method == "POST"
        if not posts and not query and not request.body:
            return
        pairs = [] if posts and self._other_body(request) else wire.parse_pairs(request.body if posts else query)
        if posts and query:
            self.remarks.append(f"the query ({query[:80]}) of a POST is ignored: parameters go into the form body")
        if not posts and request.body:
            self.remarks.append(f"the body of a {operation.method} is ignored: parameters go into the query")
        declared = {param.name: param for param in operation.params}
        params = self.params
        for name, value in pairs:
            param = declared.get(name)
            if param is not None and param.kind == "repeated":
                params.setdefault(name, []).append(value)
                continue
            if param is None and name not in allow:
                self._undeclared(name, value, declared)
            elif name in params:
                self.remarks.append(f"{name} came twice; all but the last value are dropped")
            params[name] = value
        for param in operation.params:
            raw = params.get(param.name)
            if raw in (None, "", []):
                if param.required:
                    raise self._missing(param, request, declared)
                if raw == "":
                    self.remarks.append(f"{param.name} came empty, which is as if it had not come")
            else:
                self.values[param.name] = _read(param, raw)
                if param.name in ("To", "From") and raw[0] == " ":
                    self.remarks.append(
                        f"{param.name} is {raw[:40]!r}: a + in a form is read as a blank, encode it as %2B"
                    )

    def kept(self, resource: str) -> dict[str, Any]:
        """What parameters give to the fields of their names that only a schema describes.

        Raises:
            ApiError: 400, a value that the field cannot hold.
        """
        found: dict[str, Any] = {}
        for param in self.operation.params:
            field = KEPT[resource].get(param.field)
            if field is not None and param.name in self.values:
                try:
                    found |= fields.coerce(resource, {param.field: field.kind}, {param.field: self.values[param.name]})
                except (TypeError, ValueError) as error:
                    choices = field.kind.rstrip("?").replace("|", ", ")
                    expected = f"one of {choices}" if "," in choices else choices
                    raise invalid(param.name, self.params[param.name], expected, str(error)) from None
        return found

    def _undeclared(self, name: str, value: str, declared: dict[str, Param]) -> None:
        what = nearest(name, declared)
        self.remarks.append(
            f"{name}={value[:60]} is no parameter of {self.operation.id}, so Studio ignores it{what}"
            + ("" if what else f"; it takes {', '.join(declared) or 'none'}")
        )

    @staticmethod
    def _other_body(request: Request) -> str | None:
        """The kind of a body that is no form, as far as its header says; None for a form."""
        kind = (request.header("Content-Type") or "").partition(";")[0].strip().lower()
        return None if kind in ("", "application/x-www-form-urlencoded") else kind

    def _missing(self, param: Param, request: Request, declared: dict[str, Param]) -> ApiError:
        hint = None
        kind = self._other_body(request)
        if kind:
            form = "application/x-www-form-urlencoded (requests: data=, not json=)"
            hint = f"the body came as {kind}; Studio reads {form}"
        else:
            strange = [name for name in self.params if name not in declared]
            close = closest(param.name, strange)
            if close:
                hint = f"{param.name} is missing, but {close!r} came: names are written exactly as documented"
        status, message = CATALOGUE[20001]
        return ApiError(status, 20001, message.format(name=param.name), hint=hint)


def _read(param: Param, raw: Any) -> Any:
    kind = param.kind
    if kind in ("text", "repeated"):
        return raw
    if kind == "integer":
        return _integer(param.name, raw)
    if kind == "date":
        try:
            return clock.parse(raw, param.name)
        except ValueError as error:
            hint = str(error)
            if _LOST_PLUS.search(raw):
                hint = "a + in a query is read as a blank: encode it as %2B, or use params= of the HTTP client"
            raise invalid(param.name, raw, "an ISO 8601 date", hint) from None
    if kind == "json":
        try:
            return wire.read_json(raw)
        except ValueError as error:
            refusal = invalid(param.name, raw, "JSON", f"{param.name} is no JSON: {error}")
            if param.name == "Definition":
                refusal.details = {"errors": [{"message": f"is no JSON: {error}", "property_path": "#"}]}
            raise refusal from None
    choices = kind.partition(":")[2].split("|")
    if raw not in choices:
        raise invalid(param.name, raw, f"one of {', '.join(choices)}")
    return raw


def _integer(name: str, raw: str) -> int:
    least = 1 if name == "PageSize" else 0
    digits = raw[1:] if raw[:1] in "+-" else raw
    if digits.isascii() and digits.isdigit() and len(digits) < 20 and int(raw) >= least:
        return int(raw)
    raise invalid(name, raw, f"a whole number, {least} or more")
