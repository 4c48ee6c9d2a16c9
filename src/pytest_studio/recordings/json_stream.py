"""JSON of any length, piece by piece: HAR files, cassettes, lists, lines of JSON."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from pytest_studio.recordings.exchange import STREAMED, Item, Unreadable

__all__ = ["SEPARATOR", "UTF16", "items"]

#: What each record of a JSON text sequence (RFC 7464) begins with.
SEPARATOR = "\x1e"

#: How a text begins that is UTF-16: with a byte order mark.
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

#: Bytes that are read at a time. A value that is longer makes the buffer grow to its length, and no further.
CHUNK = 1 << 18
#: An error this close to the end of the buffer may come from what has not been read yet.
_NEAR = 16
_SPACE = " \t\n\r"


def items(file: BinaryIO) -> Iterator[Item]:
    """The entries of the lists that recordings keep them in, the items of top-level arrays, and whole documents.

    Raises:
        Unreadable: it is no JSON, with the line.
    """
    text = _Text(file)
    text.pass_over(SEPARATOR)
    while text.peek():
        yield from _document(text)
        text.pass_over(SEPARATOR, ",")  # lines may end with a comma


def _document(text: _Text) -> Iterator[Item]:
    start = text.line
    if text.peek() == "[":
        yield from _array(text, "list")
    elif text.peek() == "{":
        kept: dict[str, Any] = {}
        streamed = False
        for key in _keys(text):
            opening = text.peek()
            if key in STREAMED and opening == "[":
                streamed = True
                yield from _array(text, key)
            elif key == "log" and opening == "{":
                streamed = True
                yield from _log(text)
            else:
                kept[key] = text.value()
        if not streamed:
            yield Item("document", start, kept)
    else:
        yield Item("document", start, text.value())


def _log(text: _Text) -> Iterator[Item]:
    for key in _keys(text):
        if key == "entries" and text.peek() == "[":
            yield from _array(text, "entries")
        else:
            text.value()


def _keys(text: _Text) -> Iterator[str]:
    """The keys of an object; whoever asks takes each value."""
    text.take()
    if text.peek() == "}":
        text.take()
        return
    while True:
        if text.peek() != '"':
            raise text.fault("a key in double quotes belongs here")
        key = text.value()
        text.expect(":")
        text.peek()
        yield str(key)
        if text.expect(",", "}") == "}":
            return


def _array(text: _Text, place: str) -> Iterator[Item]:
    text.take()
    if text.peek() == "]":
        text.take()
        return
    while True:
        text.peek()
        line = text.line
        yield Item(place, line, text.value())
        if text.expect(",", "]") == "]":
            return


class _Text:
    """A window on a text: what has been taken is forgotten, more is read when it is needed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._encoding = "UTF-8"
        self._decode = codecs.getincrementaldecoder("utf-8-sig")().decode
        self._raw = json.JSONDecoder(parse_constant=_refuse).raw_decode
        self._buffer = ""
        self._at = 0
        self._begun = self._end = False
        self.line = 1

    def fault(self, why: str) -> Unreadable:
        found = self._buffer[self._at : self._at + 1]  # no more of it: it may be a credential
        return Unreadable(f"no JSON: {why}, found {found!r}" if found else f"no JSON: {why}, but it ends", self.line)

    def peek(self) -> str:
        """The next character that is no white space, not taken; ``""`` at the end."""
        while True:
            buffer, at = self._buffer, self._at
            while at < len(buffer) and buffer[at] in _SPACE:
                at += 1
            self._pass(at)
            if at < len(buffer) or not self._more():
                return buffer[at : at + 1] if self._buffer is buffer else self._buffer[:1]

    def take(self) -> None:
        """Take one character."""
        self._pass(self._at + 1)

    def pass_over(self, *characters: str) -> None:
        """Take all of these that come next."""
        while self.peek() in characters:
            self.take()

    def expect(self, *wanted: str) -> str:
        found = self.peek()
        if found not in wanted:
            raise self.fault(f"{' or '.join(wanted)} belongs here")
        self.take()
        return found

    def value(self) -> Any:
        """The next value, taken."""
        if not self.peek():
            raise self.fault("a value belongs here")
        size = CHUNK
        while True:
            try:
                value, end = self._raw(self._buffer, self._at)
            except json.JSONDecodeError as error:
                cut = error.msg.startswith("Unterminated string") or error.pos >= len(self._buffer) - _NEAR
                if cut and self._more(size):
                    size = len(self._buffer)  # so that a long value is not tried again at each chunk
                    continue
                over = cut and (error.msg.startswith("Unterminated") or not self._buffer[error.pos :].strip())
                self._pass(error.pos)
                why = "it ends in the middle" if over else error.msg
                raise Unreadable(f"no JSON: {why}", self.line) from None
            except ValueError as error:
                raise Unreadable(f"no JSON: {error}", self.line) from None
            except RecursionError:
                raise Unreadable("it is nested too deeply", self.line) from None
            if end >= len(self._buffer) and self._more(size):  # a number may go on
                continue
            self._pass(end)
            return value

    def _pass(self, at: int) -> None:
        self.line += self._buffer.count("\n", self._at, at)
        self._at = at

    def _more(self, size: int = CHUNK) -> bool:
        """Read on, and forget what was taken; False at the end."""
        while not self._end:
            chunk = self._file.read(size)
            if not self._begun and chunk.startswith(UTF16):  # as what PowerShell's > has written
                self._encoding = "UTF-16"
                self._decode = codecs.getincrementaldecoder("utf-16")().decode
            self._begun = True
            self._end = not chunk
            try:
                text = self._decode(chunk, self._end)
            except UnicodeDecodeError as error:
                raise Unreadable(f"no {self._encoding}: {error.reason}", self.line) from None
            if text:
                self._buffer = self._buffer[self._at :] + text
                self._at = 0
                return True
        return False


def _refuse(constant: str) -> Any:
    raise ValueError(f"{constant} is Python's, not JSON's")
