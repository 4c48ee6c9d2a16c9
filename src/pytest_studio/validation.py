"""Judging a value by a JSON Schema: which keywords and formats mean what, and how fast.

``jsonschema`` judges. Where ``jsonschema_rs`` is installed (the extra ``fast``) it lets pass what conforms; what it
refuses is judged again by ``jsonschema``, so that neither verdict nor words depend on it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from math import isfinite
from typing import Any

__all__ = ["Checker", "each_subschema"]

_BY_NAME = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_IN_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_SINGLE = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then", "unevaluatedItems"}
)  # fmt: skip


def each_subschema(keyword: str, value: Any, change: Callable[[Any], Any]) -> Any:
    """The value of a keyword, with every schema in it changed."""
    if keyword in _BY_NAME:
        return {name: change(schema) for name, schema in value.items()}
    if keyword in _IN_LIST:
        return [change(schema) for schema in value]
    return change(value) if keyword in _SINGLE else value


_DATE_TIME = re.compile(
    r"([0-9]{4})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?"
    r"(?:Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])"
)
# Runs of plain characters and escapes by turns: one alternation of the two would take seven times as long.
_URI = re.compile(
    r"(?:https?://(?=[^/?#:@])|(?!https?:)[A-Za-z][A-Za-z0-9+.-]*:)"
    r"[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]*)*"
    r"(?:#[A-Za-z0-9._~:/?@!$&'()*+,;=-]*(?:%[0-9A-Fa-f]{2}[A-Za-z0-9._~:/?@!$&'()*+,;=-]*)*)?"
)


def _is_date_time(value: str) -> bool:
    """Format ``date-time`` (RFC 3339, without leap seconds): the day must be in the calendar."""
    found = _DATE_TIME.fullmatch(value)
    if found is None:
        return False
    year, month, day = found.groups()
    if day < "29" and year != "0000":  # there in every month of every year
        return True
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_uri(value: str) -> bool:
    """Format ``uri`` (RFC 3986): absolute; over HTTP with a host."""
    return _URI.fullmatch(value) is not None


_FORMATS: dict[str, Callable[[str], bool]] = {"date-time": _is_date_time, "uri": _is_uri}


def _is_integer(value: object) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, float) and value.is_integer())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": _is_integer,
    "number": _is_number,
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _has_type(types: str | list[str], value: Any) -> bool:
    if isinstance(types, str):
        return _TYPES[types](value)
    for name in types:  # noqa: SIM110  a generator costs more than the rest of the check
        if _TYPES[name](value):
            return True
    return False


def _equals(constant: Any, value: Any) -> bool:
    if isinstance(constant, bool) or isinstance(value, bool):
        return constant is value
    kind = (int, float) if isinstance(constant, (int, float)) else type(constant)
    return isinstance(value, kind) and bool(value == constant)


_DOLLAR = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\$", re.DOTALL)


@cache
def _search(pattern: str) -> Callable[[str], Any]:
    """``search`` of a pattern as JSON Schema means it: ``$`` is the very end, where Python's allows a line break."""
    strict = _DOLLAR.sub(lambda found: r"\Z" if found[0] == "$" else found[0], pattern)
    return re.compile(strict, re.ASCII).search


#: Keyword -> whether a value meets it. jsonschema's own put the whole value into a message at once: slow for
#: long values, and a crash for those that are nested too deeply to print.
_HOLDS: dict[str, Callable[[Any, Any], bool]] = {
    "type": _has_type,
    "const": _equals,
    "enum": lambda constants, value: any(_equals(constant, value) for constant in constants),
    "pattern": lambda pattern, value: not isinstance(value, str) or _search(pattern)(value) is not None,
    "format": lambda name, value: not isinstance(value, str) or name not in _FORMATS or _FORMATS[name](value),
    "minLength": lambda limit, value: not isinstance(value, str) or len(value) >= limit,
    "maxLength": lambda limit, value: not isinstance(value, str) or len(value) <= limit,
    "minItems": lambda limit, value: not isinstance(value, list) or len(value) >= limit,
    "maxItems": lambda limit, value: not isinstance(value, list) or len(value) <= limit,
    "minimum": lambda limit, value: not _is_number(value) or value >= limit,
    "maximum": lambda limit, value: not _is_number(value) or value <= limit,
}


@cache
def _validator_class() -> Any:
    from jsonschema import Draft202012Validator, validators
    from jsonschema.exceptions import ValidationError

    extend: Any = validators.extend
    open_or_schema = Draft202012Validator.VALIDATORS["additionalProperties"]

    # These two report each name at its own place.
    def required(_validator: Any, wanted: Any, value: Any, _schema: Any) -> Any:
        if isinstance(value, dict):
            return [ValidationError("", path=(name,)) for name in wanted if name not in value]
        return None

    def additional(validator: Any, rule: Any, value: Any, schema: Any) -> Any:
        if rule is not False:
            return open_or_schema(validator, rule, value, schema)
        known = schema.get("properties", {})
        if not isinstance(value, dict) or known.keys() >= value.keys():
            return None
        searches = [_search(pattern) for pattern in schema.get("patternProperties", ())]
        unknown = (name for name in value if name not in known and not any(search(str(name)) for search in searches))
        return [ValidationError("", path=(name,)) for name in unknown]

    def keyword(holds: Callable[[Any, Any], bool]) -> Callable[..., Any]:
        def check(_validator: Any, rule: Any, value: Any, _schema: Any) -> Any:
            return None if holds(rule, value) else (ValidationError(""),)

        return check

    simple = {name: keyword(holds) for name, holds in _HOLDS.items()}
    return extend(Draft202012Validator, {**simple, "required": required, "additionalProperties": additional})


_NOTES = frozenset({"$schema", "$id", "$comment", "title", "description", "examples", "default", "deprecated"})


def _bare(schema: Any, allow_unknown: bool) -> Any:
    """A schema without its notes, which cost time at each step, and without its closure if unknown is allowed."""
    if not isinstance(schema, dict):
        return schema
    bare = {
        keyword: each_subschema(keyword, value, lambda inner: _bare(inner, allow_unknown))
        for keyword, value in schema.items()
        if keyword not in _NOTES and not keyword.startswith("x-")
    }
    if allow_unknown and bare.get("additionalProperties") is False:
        del bare["additionalProperties"]
    return bare


#: Before this version of jsonschema_rs a lone surrogate leaves an exception behind that strikes anywhere later.
_FAST_SINCE = (0, 44)


@cache
def _fast_class() -> Any:
    """The validator class of jsonschema_rs, or None if it is absent, or older or other than this module needs."""
    try:
        from importlib.metadata import version

        from jsonschema_rs import Draft202012Validator

        if tuple(int(part) for part in version("jsonschema-rs").split(".")[:2]) < _FAST_SINCE:
            return None
        probe = Draft202012Validator({"format": "date-time"}, formats={"x": bool}, validate_formats=True)
        usable = probe.is_valid("2020-02-29T00:00:00Z") and not probe.is_valid("2019-02-29T00:00:00Z")
    except Exception:
        return None
    return Draft202012Validator if usable else None


def _lean(schema: Any) -> Any:
    """A schema that calls back into Python as little as can be: a format beside a whole pattern is left to the library.

    Such a pattern has only what a url may have, and dates in their one form; what remains of a date is its calendar.
    """
    if not isinstance(schema, dict):
        return schema
    lean = {keyword: each_subschema(keyword, value, _lean) for keyword, value in schema.items()}
    kind, whole = lean.get("format"), str(lean.get("pattern", "")).endswith("$")
    if kind == "uri" and whole:
        del lean["format"]
    elif kind == "date-time" and not whole:
        lean["format"] = "our-date-time"
    return lean


def _fast(schema: Any) -> Callable[[Any], bool] | None:
    fast_class = _fast_class()
    formats = {"uri": _FORMATS["uri"], "our-date-time": _FORMATS["date-time"]}
    try:
        check: Callable[[Any], bool] = fast_class(_lean(schema), formats=formats, validate_formats=True).is_valid
    except Exception:  # there is none, or it does not take this schema
        return None
    return check


def _is_plain(value: Any) -> bool:
    """Whether a value is what ``json.loads`` makes: on tuples, enums and NaN the two libraries differ."""
    if type(value) is dict:
        value = value.values()  # of the keys both think alike
    elif type(value) is not list:
        return type(value) in _SCALARS or (type(value) is float and isfinite(value))
    for item in value:  # noqa: SIM110
        if type(item) not in _SCALARS and not _is_plain(item):
            return False
    return True


_SCALARS = frozenset({str, int, bool, type(None)})


class Checker:
    """A compiled schema: ``passes(value)`` says whether a value conforms, ``errors(value)`` what is wrong with it.

    Args:
        schema: a JSON Schema, draft 2020-12, without ``$ref``.
        allow_unknown: whether objects that the schema closes are open.
    """

    def __init__(self, schema: dict[str, Any], allow_unknown: bool = False) -> None:
        bare = _bare(schema, allow_unknown)
        self._validator = _validator_class()(bare)
        fast = _fast(bare)
        thorough: Callable[[Any], bool] = self._validator.is_valid
        self.passes: Callable[[Any], bool] = _either(fast, thorough) if fast else thorough

    def errors(self, value: Any) -> Iterator[Any]:
        """The ``ValidationError``s of jsonschema; for an anyOf or oneOf, that of the branch that fits best."""
        from jsonschema.exceptions import best_match

        for error in self._validator.iter_errors(value):
            yield best_match([error]) if error.context else error


def _either(fast: Callable[[Any], bool], thorough: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def passes(value: Any) -> bool:
        try:
            if _is_plain(value) and fast(value):
                return True
        except Exception:  # nested too deeply, an integer too large …: for the other to judge
            return thorough(value)
        return thorough(value)

    return passes
