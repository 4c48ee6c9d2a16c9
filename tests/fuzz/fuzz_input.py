"""What fuzzing makes of bytes: choices, values, and documents with something wrong in them.

A fuzzer that is led by coverage knows bytes and nothing else. Here each byte is a choice, so that a small change of
the bytes is a small change of what is tried, and valid documents are at hand to be spoilt.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from typing import Any, TypeVar

T = TypeVar("T")

#: Texts that have been too much for one parser or another.
ODD = (
    *("", " ", "0", "-1", "1", "50", "1000", "1001", "5000", "9" * 400, "1e999", "NaN", "null", "true", "[]", "{}"),
    *('{"a":' * 200, "[" * 2000, "\x00", "\ud800", "é", "%", "%zz", "%00", "+", "&", "=", "?", "#", "//", "..", "\r\n"),
    *("2026-01-01", "0000-00-00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-01-01T00:00 01:00"),
    *("{{flow.data.x}}", "{% if", "{{ 1 | divided_by: 0 }}", "{% for i in (1..99) %}{{i}}{% endfor %}", "(a+)+b", "\\"),
    *("<FLOW_SID>", "[REDACTED]", "https://studio.twilio.com/v2/Flows", "http://[", "LatestPublished", "Validate"),
    *("FW" + "1" * 32, "FN" + "f" * 32, "+15550100001", "client:a", "!!python/object:os.system", "*a", "&a"),
)


class Draws:
    """Choices out of bytes; once these are used up, each choice is the first."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return max(0, len(self._data) - self._at)

    def below(self, end: int) -> int:
        """A number from 0, less than ``end``, which is 65,536 at the most."""
        size = 1 if end <= 256 else 2
        return int.from_bytes(self.some(size), "big") % end if end else 0

    def one_of(self, choices: Sequence[T]) -> T:
        """One of these."""
        return choices[self.below(len(choices))]

    def some(self, size: int) -> bytes:
        """As many of the next bytes as there are, up to ``size``."""
        self._at += size
        return self._data[self._at - size : self._at]

    def rest(self) -> bytes:
        """All bytes that are left."""
        return self.some(self.left)

    def text(self) -> str:
        """An odd text, or any, half pairs of surrogates among it."""
        kind = self.below(4)
        return self.one_of(ODD) if kind < 3 else self.some(self.below(48)).decode("utf-8", "surrogateescape")

    def value(self, depth: int = 3) -> Any:
        """Any JSON value, and numbers that JSON has not."""
        kind = self.below(10 if depth else 7)
        if kind < 3:
            return self.text()
        if kind < 7:
            return self.one_of((None, True, 0, -1, 10**30, 0.5, 1e300, float("inf"), float("nan")))
        inner = range(self.below(4))
        if kind == 7:
            return [self.value(depth - 1) for _ in inner]
        return {self.text(): self.value(depth - 1) for _ in inner}


def spoilt(draws: Draws, document: Any, most: int = 6) -> Any:
    """A copy of a JSON value in which some places are gone, moved, doubled, renamed or something else."""
    made = copy.deepcopy(document)
    for _ in range(draws.below(most + 1)):
        at, key = _place(draws, made)
        if at is None:
            return draws.value()
        kind = draws.below(5)
        if kind == 0:
            at[key] = draws.value()
        elif kind == 1:
            del at[key]
        elif kind == 2:
            other, name = _place(draws, made)
            at[key] = copy.deepcopy(other[name])
        elif isinstance(at, list):
            at.insert(key, copy.deepcopy(at[draws.below(len(at))]))
        elif kind == 3:
            at[draws.text()] = at.pop(key)
        else:
            at[draws.text()] = copy.deepcopy(at[key])
    return made


def _place(draws: Draws, document: Any) -> tuple[Any, Any]:
    """A container of the document, and a key or index of it; ``(None, None)`` if nothing is in it."""
    at, found = document, (None, None)
    while isinstance(at, (dict, list)) and at:
        key = draws.one_of(list(at) if isinstance(at, dict) else range(len(at)))
        found = at, key
        at = at[key]
        if not draws.below(6):
            break
    return found


def damaged(draws: Draws, raw: bytes, most: int = 8) -> bytes:
    """Bytes of which some are gone, doubled, moved, or others."""
    made = bytearray(raw)
    for _ in range(draws.below(most + 1)):
        at = draws.below(min(len(made) + 1, 65_536))
        end = at + draws.below(64)
        kind = draws.below(6)
        if kind == 0:
            made[at:end] = draws.text().encode("utf-8", "surrogatepass")
        elif kind == 1:
            made[at:at] = draws.some(draws.below(32))
        elif kind == 2:
            del made[at:end]
        elif kind == 3:
            made[at:at] = made[at:end] * (1 + draws.below(3))
        elif kind == 4:
            made[at : at + 1] = draws.some(1)
        else:
            del made[at:]
    return bytes(made)


def written(draws: Draws, value: Any) -> bytes:
    """A value as JSON: in one line or several, ASCII or not, in UTF-8 or UTF-16."""
    text = json.dumps(value, indent=draws.one_of((None, 1)), ensure_ascii=bool(draws.below(2)))
    encoding = draws.one_of(("utf-8", "utf-8", "utf-8-sig", "utf-16"))
    return text.encode(encoding, "surrogatepass")
