"""A text as it can be read: as it stands, and with its escapes resolved, layer by layer; each place leads back."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from html import unescape

__all__ = ["TOKEN", "View", "fold", "lowered", "resolved", "unspaced", "views"]

#: How often escapes may be wrapped in escapes: JSON in a JSON text in a form, and one more.
LAYERS = 4

#: Scripts whose words stand without blanks between them.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
unspaced: Callable[[str], re.Match[str] | None] = re.compile(f"[{_UNSPACED}]").match

#: What a text is cut into: words, and single characters of scripts without blanks.
TOKEN = re.compile(rf"[{_UNSPACED}]|[^\W{_UNSPACED}]+")

#: Blanks, and the plus sign that stands for one in forms, but for a single blank, which need not be replaced.
_BLANKS = re.compile(r"[\s+]{2,}|[^\S ]|\+")

#: Escapes of JSON, JavaScript and Python's ``repr``, of urls and forms, and of HTML.
_ESCAPES = re.compile(
    r"(?:\\u[0-9a-fA-F]{4})+|(?:\\x[0-9a-fA-F]{2})+|\\U[0-9a-fA-F]{8}|\\[abfnrtv0/\\'\"]"
    r"|(?:%[0-9a-fA-F]{2})+"
    r"|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,30});"
)
_LETTERS = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}


def _read(escape: str) -> str:
    """What an escape, or a run of them, stands for."""
    kind = escape[:2]
    if kind == "\\u":
        units = bytes.fromhex(escape.replace("\\u", ""))
        return units.decode("utf-16-be", "surrogatepass")
    if kind == "\\x":
        return _bytes(escape.replace("\\x", ""))
    if kind == "\\U":
        code = int(escape[2:], 16)
        return chr(code) if code <= 0x10FFFF else escape
    if escape[0] == "\\":
        return _LETTERS.get(escape[1], escape[1])
    return _bytes(escape.replace("%", "")) if escape[0] == "%" else unescape(escape)


def _bytes(digits: str) -> str:
    """Bytes as UTF-8, or else as Latin-1: ``repr`` writes both as ``\\x``."""
    raw = bytes.fromhex(digits)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


class _Change:
    """The replacements of one pass over a text, by which a place in the new text leads back to the old one."""

    __slots__ = ("ends", "old_ends", "old_starts", "starts")

    def __init__(self) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []
        self.old_starts: list[int] = []
        self.old_ends: list[int] = []

    def start(self, at: int) -> int:
        """Where the character at ``at`` began."""
        index = bisect_right(self.starts, at) - 1
        if index < 0:
            return at
        if at < self.ends[index]:
            return self.old_starts[index]
        return self.old_ends[index] + at - self.ends[index]

    def end(self, at: int) -> int:
        """Where the character before ``at`` ended."""
        index = bisect_right(self.starts, at - 1) - 1
        if index < 0:
            return at
        return self.old_ends[index] + max(0, at - self.ends[index])


def _replaced(text: str, pattern: re.Pattern[str], read: Callable[[str], str]) -> tuple[str, _Change]:
    change = _Change()
    pieces: list[str] = []
    done = length = 0
    for found in pattern.finditer(text):
        start, end = found.span()
        new = read(text[start:end])
        length += start - done
        change.starts.append(length)
        length += len(new)
        change.ends.append(length)
        change.old_starts.append(start)
        change.old_ends.append(end)
        pieces += text[done:start], new
        done = end
    pieces.append(text[done:])
    return "".join(pieces), change


def fold(text: str) -> str:
    """A text with its blanks (and plus signs, which are blanks in forms) made one each, and none at its ends."""
    return _BLANKS.sub(" ", text).strip()


def lowered(text: str) -> str:
    """A text in lower case, character by character, so that places stay the same."""
    return text.replace("\u0130", "i").replace("\u03a3", "\u03c3").replace("\u03c2", "\u03c3").lower()


def resolved(text: str) -> str:
    """A text with one layer of its escapes resolved."""
    return _ESCAPES.sub(lambda found: _read(found.group()), text)


class View:
    """One reading of a text: ``text`` with blanks folded, ``lower`` the same in lower case."""

    __slots__ = ("_changes", "lower", "text")

    def __init__(self, text: str, changes: list[_Change]) -> None:
        self.text: str
        self.text, change = _replaced(text, _BLANKS, lambda blanks: " ")
        self.lower: str = lowered(self.text)
        self._changes = [*changes, change]

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """The part of the text itself that a part of this reading comes from."""
        for change in reversed(self._changes):
            start, end = change.start(start), change.end(end)
        return start, end


def views(text: str) -> Iterator[View]:
    """The readings of a text, the text itself first; as many as its escapes have layers."""
    changes: list[_Change] = []
    for _ in range(LAYERS):
        yield View(text, changes)
        before = text
        text, change = _replaced(before, _ESCAPES, _read)
        if text == before:
            return
        changes = [*changes, change]
    yield View(text, changes)
