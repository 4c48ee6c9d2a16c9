"""Liquid as Studio renders it: https://www.twilio.com/docs/studio/user-guide/liquid-template-language.

Reads and renders with python-liquid, which ``liquid.engine`` sets up when the first template needs it. Templates are
parsed once. Those of nothing but text and plain paths, as most are, are then put together here, which is faster.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from liquid import Node

    from pytest_studio.flows.liquid.engine import Engine

__all__ = [
    "OUTPUT",
    "Blank",
    "LiquidError",
    "Parsed",
    "Reference",
    "Rendered",
    "Variable",
    "check",
    "known_filters",
    "references",
    "render",
]

#: Bytes that Studio gives the output of a template.
OUTPUT = 16 * 1024


class LiquidError(ValueError):
    """A template that does not parse, or that fails in rendering; the message says what and where in the template."""


class Blank(NamedTuple):
    """A variable, as written, that was undefined or null and rendered empty; whether a ``default`` was put to it."""

    variable: str
    defended: bool


class Rendered(NamedTuple):
    """What a template rendered, the variables that a reader misses, and the uncertain rules that decided it."""

    text: str
    blanks: tuple[Blank, ...] = ()
    assumed: tuple[str, ...] = ()


class Reference(NamedTuple):
    """A variable that a template reads from the context.

    ``path`` ends before an index that is itself a variable; ``written`` is all of it; ``filters`` are those it goes
    through; ``output`` says whether it begins an output, ``defended`` whether a ``default`` is put to it.
    """

    path: tuple[str | int, ...]
    written: str
    filters: tuple[str, ...]
    output: bool
    defended: bool


class Variable(NamedTuple):
    """A plain dotted path, and how it is written."""

    path: tuple[str, ...]
    written: str


class Parsed(NamedTuple):
    """A parsed template: its tree; and its parts, where they are but text and plain paths, else None."""

    nodes: list[Node]
    parts: tuple[str | Variable, ...] | None


def render(template: str, context: Mapping[str, Any], now: float) -> Rendered:
    """A template as Studio renders it.

    Args:
        template: text, with Liquid or without.
        context: ``flow``, ``trigger``, ``widgets``, ``contact``: JSON values; it is not copied, and not changed.
        now: what ``"now" | date`` means, in seconds since 1970.

    Raises:
        LiquidError: the template does not parse, or fails in rendering.
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    if not _has_liquid(template):
        return Rendered(template)
    parsed = _parse(template)
    plain = None if parsed.parts is None else _put_together(parsed.parts, context)
    return plain or _engine().render(template, parsed.nodes, context, now)


def check(template: str) -> None:
    """Parse a template. A filter that is unknown still parses: see ``known_filters``.

    Raises:
        LiquidError: it does not parse.
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    if _has_liquid(template):
        _parse(template)


def references(template: str) -> tuple[Reference, ...]:
    """Every variable that a template reads from the context, in order: in outputs, tags and the arguments of filters.

    What ``assign``, ``capture``, ``for`` and the like name is no part of the context from there on.

    Raises:
        LiquidError: it does not parse.
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    return tuple(_engine().references(_parse(template).nodes)) if _has_liquid(template) else ()


def known_filters() -> frozenset[str]:
    """The names of the filters that render; a template with any other fails.

    Raises:
        MissingExtra: python-liquid is not installed.
    """
    return frozenset(_engine().environment.filters)


def _has_liquid(template: str) -> bool:
    return "{{" in template or "{%" in template


def _put_together(parts: tuple[str | Variable, ...], context: Mapping[str, Any]) -> Rendered | None:
    """The render of a plain template; None where the engine is needed: for other values than texts, for too much."""
    texts: list[str] = []
    blanks: list[Blank] = []
    for part in parts:
        if isinstance(part, str):
            texts.append(part)
            continue
        value: Any = context
        try:
            for name in part.path:
                value = value[name]
        except (KeyError, TypeError):
            value = None
        if isinstance(value, str):
            texts.append(value)
        elif value is None:
            blanks.append(Blank(part.written, False))
        else:
            return None
    text = "".join(texts)
    # A character is 4 bytes at most.
    if len(text) * 4 > OUTPUT and len(text.encode("utf-8", "replace")) > OUTPUT:
        return None
    return Rendered(text, tuple(dict.fromkeys(blanks)) if blanks else ())


@lru_cache(maxsize=2048)
def _parse(template: str) -> Parsed:
    return _engine().parse(template)


@lru_cache(maxsize=1)
def _engine() -> Engine:
    from pytest_studio.flows.liquid.engine import Engine

    return Engine()
