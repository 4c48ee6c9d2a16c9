"""YAML of any length, piece by piece, as plain data: no tag makes an object, no alias makes more than it is.

PyYAML's parser gives the events; what they make is put together here, one entry at a time.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from pytest_studio.recordings.exchange import STREAMED, Item, Unreadable

__all__ = ["items"]

#: Levels of lists and mappings in each other, and values that aliases may repeat in one entry.
MAX_DEPTH = 100
MAX_REPEATED = 200_000

_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(?:[0-9]{1,18}\.[0-9]{0,30}|\.[0-9]{1,30})(?:[eE][-+]?[0-9]{1,3})?")
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


def items(file: BinaryIO) -> Iterator[Item]:
    """The entries of the lists that recordings keep them in, the items of top-level lists, and whole documents.

    Raises:
        Unreadable: it is no YAML, nested too deeply, or its aliases stand for too much; with the line.
    """
    return _Builder(file).documents()


class _Builder:
    """Values out of events, with what they weigh: an alias weighs what it repeats."""

    def __init__(self, file: BinaryIO) -> None:
        import yaml

        loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self._errors = (yaml.YAMLError, UnicodeError, ValueError)
        self._yaml = yaml
        try:
            self._parser = loader(file)
        except self._errors as error:
            raise self._fault(error) from None
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._repeated = 0
        self._line = 1

    def documents(self) -> Iterator[Item]:
        """What the whole file holds."""
        events = self._yaml
        while True:
            event = self._next()
            if isinstance(event, events.StreamEndEvent):
                return
            if isinstance(event, (events.StreamStartEvent, events.DocumentEndEvent)):
                continue
            if isinstance(event, events.DocumentStartEvent):
                self._anchors = {}
                continue
            yield from self._document(event)

    def _document(self, event: Any) -> Iterator[Item]:
        events, line = self._yaml, self._line
        if isinstance(event, events.SequenceStartEvent):
            yield from self._list("list")
        elif isinstance(event, events.MappingStartEvent):
            kept: dict[Any, Any] = {}
            streamed = False
            for key, value in self._pairs():
                if key in STREAMED and isinstance(value, events.SequenceStartEvent):
                    streamed = True
                    yield from self._list(key)
                elif key == "log" and isinstance(value, events.MappingStartEvent):
                    streamed = True
                    for inner, listed in self._pairs():
                        if inner == "entries" and isinstance(listed, events.SequenceStartEvent):
                            yield from self._list("entries")
                        else:
                            self._fresh(listed)
                else:
                    kept[key] = self._fresh(value)
            if not streamed:
                yield Item("document", line, kept)
        else:
            yield Item("document", line, self._fresh(event))

    def _pairs(self) -> Iterator[tuple[Any, Any]]:
        """Keys of a mapping, and the events that begin their values."""
        while not isinstance(event := self._next(), self._yaml.MappingEndEvent):
            yield _key(self._fresh(event)), self._next()

    def _list(self, place: str) -> Iterator[Item]:
        while not isinstance(event := self._next(), self._yaml.SequenceEndEvent):
            line = self._line
            yield Item(place, line, self._fresh(event))

    def _next(self) -> Any:
        try:
            event = self._parser.get_event()
        except self._errors as error:
            raise self._fault(error) from None
        if event is None:
            raise Unreadable("no YAML: it ends in the middle", self._line)
        mark = event.start_mark
        if mark is not None:
            self._line = mark.line + 1
        return event

    def _fault(self, error: Exception) -> Unreadable:
        mark = getattr(error, "problem_mark", None)
        why = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        line = mark.line + 1 if mark is not None else getattr(self, "_line", None)
        return Unreadable(f"no YAML: {' '.join(str(why).split())[:200]}", line)

    def _fresh(self, event: Any) -> Any:
        """A value that stands at the top of an entry: what aliases repeat is counted from here."""
        self._repeated = 0
        return self._value(event, 0)[0]

    def _value(self, event: Any, depth: int) -> tuple[Any, int]:
        events = self._yaml
        if depth > MAX_DEPTH:
            raise Unreadable(f"it is nested more than {MAX_DEPTH} deep", self._line)
        if isinstance(event, events.AliasEvent):
            return self._alias(str(event.anchor))
        weight = 1
        value: Any
        if isinstance(event, events.ScalarEvent):
            value = self._scalar(event)
        elif isinstance(event, events.SequenceStartEvent):
            value = []
            while not isinstance(inner := self._next(), events.SequenceEndEvent):
                item, heavy = self._value(inner, depth + 1)
                value.append(item)
                weight += heavy
        else:
            value = {}
            while not isinstance(inner := self._next(), events.MappingEndEvent):
                key = _key(self._value(inner, depth + 1)[0])
                value[key], heavy = self._value(self._next(), depth + 1)
                weight += heavy
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, weight)
        return value, weight

    def _alias(self, anchor: str) -> tuple[Any, int]:
        if anchor not in self._anchors:
            raise Unreadable(
                f"no YAML: the alias *{anchor:.40} stands for nothing that is complete before it", self._line
            )
        value, weight = self._anchors[anchor]
        self._repeated += weight
        if self._repeated > MAX_REPEATED:
            raise Unreadable(f"its aliases stand for more than {MAX_REPEATED} values in one entry", self._line)
        return value, weight

    def _scalar(self, event: Any) -> Any:
        text, tag = event.value, event.tag or ""
        if tag.endswith("binary"):
            try:
                return base64.b64decode("".join(text.split()), validate=True)
            except (binascii.Error, ValueError):
                raise Unreadable("no YAML: a !!binary that is no base64", self._line) from None
        if not event.implicit[0] and not tag.endswith((":int", ":float", ":null", ":bool")):
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _NUMBER.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text


def _key(value: Any) -> Any:
    """A key as plain data: what cannot be one is told as text."""
    return value if isinstance(value, (str, int, float, bool, bytes, type(None))) else repr(value)[:80]
