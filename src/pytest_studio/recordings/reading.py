"""Files of recordings: which ones a user means, what they are written in, and the exchanges in them, one by one."""

from __future__ import annotations

import glob
import io
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, BinaryIO

from pytest_studio.recordings import json_stream, yaml_stream
from pytest_studio.recordings.entries import exchange_in
from pytest_studio.recordings.exchange import Exchange, Item, Unreadable

__all__ = ["STDIN", "SUFFIXES", "exchanges", "files", "items_of", "opened"]

#: The name that stands for standard input.
STDIN = "-"
#: What a folder is searched for.
SUFFIXES = (".yaml", ".yml", ".json", ".har", ".jsonl", ".ndjson")


def files(names: Iterable[str], suffixes: tuple[str, ...] = SUFFIXES, what: str = "recordings") -> list[str]:
    """The files that are meant, each once, in order: those of a folder by name, its hidden folders left out.

    Args:
        names: files, folders, globs such as ``tests/**/*.yaml``, and ``-``.
        suffixes: what a folder is searched for.
        what: how messages call what is wanted.

    Raises:
        ValueError: one of them is not there, or a folder or glob has no file in it.
    """
    found: dict[str, None] = {}
    for name in names:
        if name == STDIN or os.path.isfile(name):
            some = [name]
        elif os.path.isdir(name):
            some = list(_in_folder(name, suffixes))
            if not some:
                raise ValueError(f"{name} has no {what} in it: no file that ends with {', '.join(suffixes)}")
        elif glob.has_magic(name):
            some = sorted(path for path in glob.glob(name, recursive=True) if os.path.isfile(path))
            if not some:
                raise ValueError(f"no file matches {name}")
        elif os.path.exists(name):
            some = [name]  # a pipe, as of <(…)
        else:
            raise ValueError(f"there is no file or folder {name}")
        found.update(dict.fromkeys(some))
    return list(found)


def _in_folder(name: str, suffixes: tuple[str, ...]) -> Iterator[str]:
    for folder, inner, names in os.walk(name):
        inner[:] = sorted(each for each in inner if not each.startswith("."))
        for file in sorted(names):
            if file.lower().endswith(suffixes) and not file.startswith("."):
                yield os.path.join(folder, file)


class _Counting(io.RawIOBase):
    """A file that tells how far it has been read."""

    def __init__(self, raw: Any, tell: Callable[[int], None]) -> None:
        self._raw = raw
        self._tell = tell
        self._done = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count = self._raw.readinto(buffer) or 0
        self._done += count
        self._tell(self._done)
        return int(count)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


def opened(name: str, stdin: BinaryIO | None = None, tell: Callable[[int], None] | None = None) -> io.BufferedReader:
    """A file to read from.

    Args:
        name: its path, or ``-``.
        stdin: what ``-`` stands for.
        tell: is told how many bytes have been read so far.

    Raises:
        Unreadable: it cannot be opened; the message says why.
    """
    if name == STDIN:
        if stdin is None:
            raise Unreadable("there is no standard input to read")
        return io.BufferedReader(_Unclosed(stdin), 1 << 18)
    try:
        raw = open(name, "rb", buffering=0)  # noqa: SIM115  closed by whoever reads
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
    return io.BufferedReader(_Counting(raw, tell or (lambda _: None)), 1 << 18)


class _Unclosed(io.RawIOBase):
    """Somebody else's stream, which is not closed after reading."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = getattr(self._stream, "read1", self._stream.read)
        chunk = read(len(buffer))
        buffer[: len(chunk)] = chunk
        return len(chunk)


def items_of(file: io.BufferedReader, name: str = "") -> Iterator[Item]:
    """The pieces of a file, as JSON or as YAML: by how it begins, and by its name.

    Raises:
        Unreadable: it is neither, or empty.
    """
    try:
        head = file.peek(64)[:64].removeprefix(b"\xef\xbb\xbf")
        if head.startswith(json_stream.UTF16):
            head = head[: len(head) // 2 * 2].decode("utf-16", "replace").encode()
        head = head.lstrip()
        if not head:
            if not file.peek(1):
                raise Unreadable("it is empty")
            if not file.read().strip():  # more white space than is looked at
                raise Unreadable("it is empty")
            raise Unreadable("it begins with too much white space")
        inside = head[1:].lstrip()[:1]
        separated = head.startswith(json_stream.SEPARATOR.encode())
        by_name = Path(name).suffix.lower() in (".json", ".har", ".jsonl", ".ndjson")
        is_json = by_name or separated or (head[:1] in b"{[" and (not inside or inside in b'"{[]}0123456789tfn-'))
        yield from (json_stream if is_json else yaml_stream).items(file)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror or error}") from None


def exchanges(items: Iterable[Item]) -> Iterator[Exchange]:
    """The exchanges in the pieces of a file; pieces that have nothing to do with HTTP are passed over.

    Raises:
        Unreadable: an entry of a recording is none.
    """
    for entry, item in enumerate(items, 1):
        found = exchange_in(item, entry)
        if found is not None:
            yield found
