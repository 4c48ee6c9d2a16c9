"""What a recording holds: one exchange after the other, and what is said of a file that cannot be read."""

from __future__ import annotations

from typing import Any, NamedTuple

__all__ = ["Exchange", "Headers", "Item", "Unreadable"]

Headers = list[tuple[str, str]]

#: Keys of a recording whose lists are gone through entry by entry, however long they are.
STREAMED = ("interactions", "http_interactions")


class Unreadable(Exception):
    """A recording, or an entry of it, cannot be read; the message says why, ``line`` and ``entry`` where.

    Args:
        why: what is wrong with it.
        line: counted from 1; None if it is not known.
        entry: counted from 1; None if it is the file as a whole.
    """

    def __init__(self, why: str, line: int | None = None, entry: int | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.line = line
        self.entry = entry

    def __str__(self) -> str:
        where = [f"entry {self.entry}"] if self.entry is not None else []
        where += [f"line {self.line}"] if self.line is not None else []
        return f"{', '.join(where)}: {self.why}" if where else self.why


class Item(NamedTuple):
    """One piece of a file: an entry of a list, or a whole document.

    ``place`` is ``"interactions"``, ``"http_interactions"``, ``"entries"``, ``"list"`` or ``"document"``.
    """

    place: str
    line: int | None
    value: Any


class Exchange(NamedTuple):
    """One exchange of a recording, or a payload that stands for one.

    Attributes:
        entry: its number in the file, from 1.
        line: where it begins, from 1; None if it is not known.
        method: in capitals.
        url: of the request.
        status: of the answer; 0 if there was none.
        body: of the answer, unpacked: bytes, text or parsed JSON.
        sent: the request's body, likewise.
        request_headers: names and values.
        response_headers: names and values.
        schema: the schema that fits the payload's shape, where no url says it.
        problem: why the body cannot be read, although it is there.
        unchecked: why the body cannot be read here, where that is not the recording's fault.
    """

    entry: int
    line: int | None
    method: str
    url: str
    status: int
    body: Any = b""
    sent: Any = b""
    request_headers: Headers = []
    response_headers: Headers = []
    schema: str | None = None
    problem: str | None = None
    unchecked: str | None = None
