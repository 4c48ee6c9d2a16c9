"""From a JSON Schema to values that it lets pass: the keywords that the project's own schemas use, and no others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pytest_studio.clock import render
from pytest_studio.strategies.basis import (
    Json,
    SearchStrategy,
    always,
    json_objects,
    moments,
    objects,
    sids_of,
    st,
    texts,
)

__all__ = ["Hints", "conforming", "members"]

#: Name of a property -> what is known of its values beyond its rule.
Hints = Mapping[str, SearchStrategy[Any]]

#: Liquid that has something to render in every Flow.
_TEMPLATES = ("{{contact.channel.address}}", "{% if contact.channel.address %}1{% endif %}")
_LIQUID = r"|\{[{%]|\$\{"
_SID = re.compile(r"\^([A-Z]{2})\[0-9a-fA-F\]\{32\}\$")
#: Keywords that say nothing of what may stand there.
_NOTES = frozenset(("$schema", "$id", "$comment", "title", "description", "default"))
_KEYWORDS = frozenset(
    ("type", "const", "enum", "properties", "required", "additionalProperties", "patternProperties", "items",
     "minItems", "maxItems", "minLength", "maxLength", "pattern", "format", "minimum", "maximum")
)  # fmt: skip
#: Items of a list and widest numbers where a rule sets no end.
_SOME, _LARGE = 3, 2**53
#: Stands for a property that is left out.
_ABSENT = object()


def conforming(rule: Json, hints: Hints | None = None) -> SearchStrategy[Any]:
    """Values that a schema lets pass.

    Args:
        rule: a schema as ``schemas.load`` returns it, or a part of one.
        hints: by the name of a property, wherever it stands, what to draw its values from instead.

    Raises:
        NotImplementedError: the schema has a keyword that none of the project's schemas had before.
    """
    strange = [word for word in rule if word not in _KEYWORDS | _NOTES and not word.startswith("x-")]
    if strange:
        raise NotImplementedError(f"no values are known for the keyword {strange[0]!r}: strategies/values.py")
    if "const" in rule:
        return always(rule["const"])
    if "enum" in rule:
        return st.sampled_from(rule["enum"])
    kinds = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
    # null first: it is what a value shrinks to
    return st.one_of(*(_of_kind(kind, rule, hints or {}) for kind in sorted(kinds, key=lambda kind: kind != "null")))


def _of_kind(kind: str, rule: Json, hints: Hints) -> SearchStrategy[Any]:
    if kind == "null":
        return st.none()
    if kind == "boolean":
        return st.booleans()
    if kind == "integer":
        return st.integers(rule.get("minimum", -_LARGE), rule.get("maximum", _LARGE))
    if kind == "number":
        return st.integers(-1000, 1000) | st.floats(-1e6, 1e6)
    if kind == "string":
        return _strings(rule)
    if kind == "array":
        items = conforming(rule["items"], hints) if "items" in rule else st.none() | texts()
        least = rule.get("minItems", 0)
        return st.lists(items, min_size=least, max_size=min(rule.get("maxItems", least + _SOME), least + _SOME))
    return _objects(rule, hints)


def _strings(rule: Json) -> SearchStrategy[str]:
    pattern = rule.get("pattern")
    if rule.get("format") == "date-time":
        return moments.map(render)
    if pattern is None:
        return texts(rule.get("minLength", 0))
    sid = _SID.fullmatch(pattern)
    if sid is not None:
        return sids_of(sid[1])
    if _LIQUID[1:] in pattern:
        plain = pattern.removesuffix(_LIQUID)
        return st.sampled_from(_TEMPLATES) if plain == pattern else _matching(plain) | st.sampled_from(_TEMPLATES)
    return _matching(pattern)


def _matching(pattern: str) -> SearchStrategy[str]:
    """Texts that a pattern matches, of ASCII; ``$`` is the end, before which no line break may stand."""
    ended = re.sub(r"(?<!\\)\$(?=$|\|)", r"\\Z", pattern)
    return st.from_regex(re.compile(ended, re.ASCII), fullmatch=ended.endswith(r"\Z"))


def members(rule: Json, hints: Hints | None = None) -> dict[str, SearchStrategy[Any]]:
    """What each property of an object is drawn from, in the order of the schema."""
    known = hints or {}
    return {
        name: known[name] if name in known and not {"const", "enum"} & set(each) else conforming(each, known)
        for name, each in rule.get("properties", {}).items()
    }


def _objects(rule: Json, hints: Hints) -> SearchStrategy[Json]:
    if "properties" not in rule:
        return json_objects
    parts = members(rule, hints)
    required = rule.get("required", ())
    return objects({name: made if name in required else st.just(_ABSENT) | made for name, made in parts.items()}).map(
        lambda drawn: {name: value for name, value in drawn.items() if value is not _ABSENT}
    )
