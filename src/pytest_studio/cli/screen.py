"""What ``pytest-studio run`` shows: a talk, and beside or under it what changed in the context."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TextIO

__all__ = ["Row", "Screen", "changes"]

#: Columns of a terminal from which on there is room for two texts side by side.
WIDE = 100
#: What a webhook says that people want to see; its other values are only counted.
TELLING = frozenset(
    ("AnsweredBy", "Body", "ButtonPayload", "CallStatus", "DialCallStatus", "Digits", "ErrorCode", "QueueResult",
     "RecordingUrl", "Result", "SpeechResult", "body", "status_code")
)  # fmt: skip
#: Objects within webhooks that count as one value.
OPAQUE = ("SubresourceUris",)
#: Values of one object that are shown before they are only counted.
FEW, SOME = 4, 6
#: Kind of row -> how a terminal shows it (ECMA-48, "select graphic rendition").
STYLES = {"flow": "1", "step": "2", "warning": "33", "wrong": "31", "note": "36", "changed": "32"}

Path = tuple[str, ...]


class Row(NamedTuple):
    """One line or more of a talk: ``kind`` is ``"person"``, ``"flow"``, ``"step"``, ``"warning"`` or ``"note"``."""

    kind: str
    text: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What is different in a context, a line each: ``+`` is new, ``~`` another value, ``-`` gone."""
    grouped: dict[tuple[str, Path], list[tuple[str, Any]]] = {}
    for sign, path, value in _different(before, after, ()):
        grouped.setdefault((sign, path[:-1]), []).append((path[-1], value))
    return [line for (sign, path), found in grouped.items() for line in _told(sign, path, found)]


def _told(sign: str, path: Path, found: list[tuple[str, Any]]) -> Iterator[str]:
    """The changes of one object: all if they are few, else those that tell something, and how many more there are."""
    shown = found
    if len(found) > FEW:
        shown = [(key, value) for key, value in found if key in TELLING and value is not None] or found[:SOME]
    for key, value in shown:
        yield f"{sign} {'.'.join((*path, key))}" + ("" if sign == "-" else f" = {_written(value)}")
    if len(shown) < len(found):
        yield f"{sign} {'.'.join((*path, '*'))}: {len(found) - len(shown)} more"


def _written(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 160 else f"{text[:140]} … {len(text)} characters"


def _different(before: Any, after: Any, path: Path) -> Iterator[tuple[str, Path, Any]]:
    """Every value that is new, other or gone: its sign, path and what it is now."""
    if before is after:
        return
    for key in after:
        here, now = (*path, str(key)), after[key]
        if key not in before:
            yield from _leaves("+", now, here)
        elif isinstance(now, dict) and isinstance(before[key], dict):
            yield from _different(before[key], now, here)
        elif now != before[key]:
            yield from _leaves("~", now, here)
    for key in before:
        if key not in after:
            yield "-", (*path, str(key)), None


def _leaves(sign: str, value: Any, path: Path) -> Iterator[tuple[str, Path, Any]]:
    if not isinstance(value, dict) or path[-1] in OPAQUE:
        yield sign, path, value
    elif value or len(path) > 1:
        if not value:
            yield sign, path, value
        for key, inner in value.items():
            yield from _leaves(sign, inner, (*path, str(key)))


class Screen:
    """Where a talk is shown.

    Args:
        stream: where it is written.
        columns: how wide a terminal is; None where it is none.
        colours: whether a terminal shows colours.
    """

    def __init__(self, stream: TextIO, columns: int | None = None, *, colours: bool = False) -> None:
        self._stream = stream
        self._columns = columns
        self._colours = colours
        self._encoding = getattr(stream, "encoding", None)

    def turn(self, rows: Iterable[Row], changed: Sequence[str]) -> None:
        """Show what happened, and what it changed: beside it on a wide terminal, else under it."""
        shown = [(row.kind, self.clean(row.text)) for row in rows]
        context = [self.clean(line) for line in changed]
        if self._columns is None or self._columns < WIDE:
            for kind, text in shown:
                self._write(kind, text)
            for line in context:
                self._write("changed", f"    {line}")
            return
        left = self._columns * 11 // 20
        right = self._columns - left - 3
        talk = [(kind, part) for kind, text in shown for part in _folded(text, left)]
        beside = [part for line in context for part in _folded(line, right)]
        for at in range(max(len(talk), len(beside))):
            kind, text = talk[at] if at < len(talk) else ("", "")
            self._line(kind, text, beside[at] if at < len(beside) else "", left)

    def _line(self, kind: str, text: str, beside: str, left: int) -> None:
        if not beside:
            self._put(self._styled(kind, text))
            return
        gap = " " * (left - _width(text))
        self._put(f"{self._styled(kind, text)}{gap} | {self._styled('changed', beside)}")

    def say(self, text: str, kind: str = "note") -> None:
        """Show a text."""
        self._write(kind, self.clean(text))

    def clean(self, text: str) -> str:
        """A text that a terminal takes for nothing but text, and that can be written."""
        cleaned = "".join(map(_harmless, text))
        if self._encoding:
            cleaned = cleaned.encode(self._encoding, "backslashreplace").decode(self._encoding)
        return cleaned

    def _write(self, kind: str, text: str) -> None:
        for line in text.split("\n"):
            self._put(self._styled(kind, line))

    def _styled(self, kind: str, text: str) -> str:
        style = STYLES.get(kind) if self._colours and text else None
        return text if style is None else f"\x1b[{style}m{text}\x1b[0m"

    def _put(self, line: str) -> None:
        self._stream.write(f"{line.rstrip()}\n")
        self._stream.flush()


def _harmless(character: str) -> str:
    if character == "\n" or character.isprintable():
        return character
    if character == "\t":
        return "    "
    if unicodedata.category(character) in ("Zs", "Cf"):  # spaces, and what joins emoji
        return character if character.isspace() or character == "\u200d" else ""
    return character.encode("unicode_escape").decode("ascii")


def _width(text: str) -> int:
    """How many columns a text takes."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if unicodedata.combining(character) or character in "\u200d\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _folded(text: str, width: int) -> Iterator[str]:
    """A text as lines that are no wider than this: broken between words, and in words that are too long."""
    for line in text.split("\n"):
        rest = line
        while _width(rest) > width:
            room, at = width, 0
            while room >= _columns(rest[at]):
                room -= _columns(rest[at])
                at += 1
            space = rest.rfind(" ", width // 3, at)
            cut = at if space < 0 else space
            yield rest[:cut]
            rest = f"    {rest[cut:].lstrip()}"
        yield rest
