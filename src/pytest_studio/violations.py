"""Violations in plain words: what stands at a place of a payload, what belongs there, and why it does not fit."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Iterable
from typing import Any, NamedTuple

from pytest_studio import sids
from pytest_studio.errors import nearest
from pytest_studio.wire import is_studio_host, split_url

__all__ = ["Violation", "from_errors", "violation"]


class Violation(NamedTuple):
    """One departure of a payload from its schema.

    ``pointer`` (RFC 6901; ``""`` is the payload itself) says where; ``expected`` and ``actual`` are in words, with
    long values cut; ``message`` is one line made of these; ``doc`` is the page that documents the resource;
    ``unknown`` is true if the only fault is that the schema does not list the property.
    """

    pointer: str
    message: str
    expected: str
    actual: str
    doc: str
    unknown: bool = False

    def __str__(self) -> str:
        return self.message


#: Cuts long strings in the middle, and stops at depth and in long containers.
_REPR = reprlib.Repr()
_REPR.maxstring = _REPR.maxother = 200
_REPR.maxlevel = 3

_KINDS = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}
_NOUNS = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "a boolean",
    "object": "an object",
    "array": "an array",
}
_SID = re.compile(r"\^([A-Z]{2})\[0-9a-fA-F\]\{32\}\$")
#: How the patterns of definitions end, and what a reader is told of it: placeholders are filled in at deployment.
_TEMPLATES = {r"\{[{%]|\$\{": ", or Liquid", r"|\$\{": ""}
#: What stands before that -> how a reader would write it; texts with ``|`` between are a choice.
_TEXTS: dict[str, str] = dict.fromkeys(("[0-9]*", "[0-9]+"), "a whole number as text")
_CHOICE = re.compile(r"\^\(?([^()]+)\)?\??\$\|?")
_ZONELESS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?", re.ASCII)
_ZONED = re.compile(_ZONELESS.pattern + r"(Z|[+-]\d\d:\d\d)", re.ASCII)
#: What the patterns of urls are made of -> how a reader would write it.
_URL_PARTS = (
    (r"(\.[a-z0-9-]+){0,2}", ""),
    (r"(\?[!-~]*)?", "?…"),
    ("[0-9a-fA-F]{32}", "…"),
    ("[0-9]+", "…"),
    ("https?:", "https:"),
    (r"\.", "."),
)


def from_errors(errors: Iterable[Any], doc: str) -> list[Violation]:
    """Violations from the ``ValidationError``s of ``validation.Checker``, one for each place that is at fault.

    A value that is wrong in several ways (length and pattern, say) is one fault, told once; a wrong type is told
    before all else.
    """
    kept: dict[tuple[Any, ...], Any] = {}
    for error in errors:
        path = tuple(error.absolute_path)
        if error.validator == "type" or path not in kept:
            kept[path] = error
    return [_tell(path, error, doc) for path, error in kept.items()]


def violation(
    pointer: str,
    actual: str,
    expected: str,
    doc: str,
    *,
    why: str = "",
    unknown: bool = False,
    whole: str = "the payload",
) -> Violation:
    """A violation whose message is put together from its parts; ``whole`` is what the pointer ``""`` is called."""
    at = (pointer if pointer.isprintable() and len(pointer) <= 200 else shown(pointer)) or whole
    reason = f" ({why})" if why else ""
    return Violation(pointer, f"{at}: found {actual}; expected {expected}{reason}", expected, actual, doc, unknown)


def shown(value: object) -> str:
    """``repr`` of a value, cut to what fits a line; never raises, whatever the value is."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    try:
        text = _REPR.repr(value)
        return text if len(text) <= 240 else f"{text[:239]}…"
    except Exception:  # an integer of more digits than Python prints
        return f"<{type(value).__name__}>"


def _tell(path: tuple[Any, ...], error: Any, doc: str) -> Violation:
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    if error.validator == "required":
        rule = error.schema.get("properties", {}).get(path[-1], {})
        return violation(pointer, "nothing: this required property is missing", _expected(rule), doc)
    if error.validator == "additionalProperties":
        name = path[-1]
        hint = nearest(name, error.schema.get("properties", ())) if isinstance(name, str) and len(name) < 64 else ""
        actual = f"the unknown property {shown(name)} with the value {shown(error.instance[name])}"
        return violation(pointer, actual, f"documented properties only{hint}", doc, unknown=True)
    value, schema = error.instance, error.schema if isinstance(error.schema, dict) else {}
    if error.validator == "type":
        kind = _KINDS.get(type(value), f"of Python's type {type(value).__name__}")
        actual = shown(value) if value is None else f"{shown(value)} ({kind})"
        return violation(pointer, actual, _expected(schema), doc)
    expected = _expected(schema) if error.validator in _TOLD else f"{error.validator} {shown(error.validator_value)}"
    return violation(pointer, shown(value), expected, doc, why=_why(value, schema))


#: Keywords that the words of ``_expected`` account for.
_TOLD = frozenset(
    {"const", "enum", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems"}
)


def _expected(schema: Any) -> str:
    """The rule of one value, in words."""
    if not isinstance(schema, dict):
        return "any value"
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    rule = _rule(schema, [name for name in types if name != "null"])
    return f"{rule} or null" if "null" in types else rule


def _rule(schema: dict[str, Any], types: list[str]) -> str:
    pattern, form = schema.get("pattern", ""), schema.get("format")
    if "const" in schema:
        return shown(schema["const"])
    if "enum" in schema:
        return " or ".join(shown(value) for value in schema["enum"])
    if sid := _SID.fullmatch(pattern):
        prefix = sid[1]
        noun = sids.PREFIXES.get(prefix, prefix)
        return f"{'an' if noun[0] in 'AEIO' else 'a'} {noun} SID, {prefix} and 32 hexadecimal digits"
    if form == "date-time":
        return "a date-time with seconds and zone, such as 2017-11-06T12:00:00Z"
    if form == "uri":
        return f"a URL such as {_readable(pattern)}" if pattern else "an absolute URL"
    for tail, words in _TEMPLATES.items():
        if pattern.endswith(tail):
            return _choice(pattern.removesuffix(tail), types) + words
    if pattern:
        return f"text that matches {pattern}"
    if "minItems" in schema or "maxItems" in schema:
        return f"an array of {schema.get('minItems', 0)} to {schema.get('maxItems', 'any number of')} items"
    low, high = schema.get("minimum"), schema.get("maximum")
    limits = f" from {low} to {high}" if None not in (low, high) else f" of at least {low}" if low is not None else ""
    return (" or ".join(_NOUNS[name] for name in types) or "any value") + limits


def _choice(pattern: str, types: list[str]) -> str:
    """``'GET' or 'POST'``: what a property takes that may be a template."""
    found = _CHOICE.fullmatch(pattern)
    texts = found[1].split("|") if found else []
    nouns = [_NOUNS[name] for name in types if name != "string"]
    return " or ".join([*nouns, *(_TEXTS.get(text, repr(text)) for text in texts)])


def _readable(pattern: str) -> str:
    text = pattern.removeprefix("^").removesuffix("$")
    for piece, words in _URL_PARTS:
        text = text.replace(piece, words)
    return text


def _why(value: object, schema: dict[str, Any]) -> str:
    """What in a string goes against its schema, if there is more to say than what the schema wants."""
    pattern, form = schema.get("pattern", ""), schema.get("format")
    if not isinstance(value, str):
        return ""
    if sid := _SID.fullmatch(pattern):
        return sids.explain(value, sid[1]).rpartition("hexadecimal digits): ")[2]
    if form == "date-time":
        if _ZONED.fullmatch(value):
            return "there is no such day or time"
        if _ZONELESS.fullmatch(value):
            return "it has no zone: Z, or an offset such as +00:00"
        if value[10:11] in (" ", "t"):
            return f"{value[10]!r} stands between date and time, where a T belongs"
        return ""
    if form == "uri" and pattern.startswith("^https"):
        return _why_url(value, pattern)
    return ""


def _why_url(value: str, pattern: str) -> str:
    host, path, _ = split_url(value)
    if not host:
        return "it has no scheme and host"
    if "://studio" not in pattern:
        return ""
    if not value.startswith("https://"):
        return "it does not start with https://"
    if not is_studio_host(host):
        return f"its host is {shown(host)}, which is not Studio's"
    return f"its path, {shown(path)}, is not of that form"
