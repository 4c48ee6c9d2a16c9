"""Where in a text of JSON something stands: the line that a JSON pointer leads to."""

from __future__ import annotations

import re
from json import JSONDecoder

__all__ = ["Places"]

_BLANK = re.compile(r"[ \t\n\r]*")


class Places:
    """The places of a text of JSON, looked up as they are asked for; each array and object is gone through once.

    Args:
        text: JSON that has been parsed before.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._decode = JSONDecoder().raw_decode
        self._known: dict[int, dict[str, int]] = {}

    def line(self, pointer: str) -> int:
        """The line, from 1, of what a pointer (``#/states/3/name``) names, or of what there is around it."""
        at = self._after(0)
        for part in pointer.removeprefix("#").split("/")[1:]:
            inner = self._inside(at).get(part.replace("~1", "/").replace("~0", "~"))
            if inner is None:
                break
            at = inner
        return self._text.count("\n", 0, at) + 1

    def _inside(self, at: int) -> dict[str, int]:
        """Name or index -> where its value begins, for the value that begins at a place."""
        if at not in self._known:
            is_object = self._text[at] == "{"
            self._known[at] = self._members(at, is_object) if is_object or self._text[at] == "[" else {}
        return self._known[at]

    def _members(self, at: int, named: bool) -> dict[str, int]:
        found: dict[str, int] = {}
        at = self._after(at + 1)
        while self._text[at] not in "]}":
            name = str(len(found))
            if named:
                name, at = self._decode(self._text, at)
                at = self._after(self._after(at) + 1)
            found[name] = at  # of two with one name, the last counts
            at = self._after(self._decode(self._text, at)[1])
            if self._text[at] == ",":
                at = self._after(at + 1)
        return found

    def _after(self, at: int) -> int:
        """The next place that is not blank."""
        blank = _BLANK.match(self._text, at)
        return blank.end() if blank else at
