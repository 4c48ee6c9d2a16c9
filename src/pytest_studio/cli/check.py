"""``pytest-studio check``: hold recordings and payloads against the schemas, and say what departs."""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import sys
import time
from typing import Any, TextIO

from pytest_studio.cli.output import annotate, oneline, place, put
from pytest_studio.recordings import reading
from pytest_studio.recordings.checking import Finding, Tally, judged
from pytest_studio.recordings.exchange import Unreadable
from pytest_studio.wording import counted

__all__ = ["arguments", "run"]

_EPILOG = (
    "Read are cassettes of VCR (Python's and Ruby's), HAR files, and JSON: payloads, pages, events of Studio, "
    "lists and lines of them. "
    "Exit code 0: all conform; 1: some do not; 2: a file cannot be read, or there was nothing to check. "
    "Unknown properties, placeholders and credentials are warnings."
)


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = _EPILOG
    parser.add_argument("files", nargs="+", metavar="FILE", help="files, folders or globs; - for standard input")
    parser.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="text for people (default), json, or annotations for GitHub's workflows",
    )
    parser.add_argument(
        "--allow-unknown", action="store_true", help="do not warn of properties that the schemas do not know"
    )


def run(args: argparse.Namespace) -> int:
    """Check the files; the exit code: 0 all conform, 1 some do not, 2 some cannot be read, or nothing was checked."""
    try:
        names = reading.files(args.files)
    except ValueError as error:
        print(f"pytest-studio check: {error}", file=sys.stderr)
        return 2
    out = {"text": _Text, "json": _Json, "github": _Github}[args.format](sys.stdout)
    total, code, count = Tally(), 0, 0
    try:
        for name in names:
            tally, failure = _check(name, out, args.allow_unknown)
            count += 1
            total.join(tally)
            code = 2 if failure is not None else max(code, int(tally.failing > 0))
        empty = not total.conforming and not total.failing
        code = 2 if empty else code
        out.end(count, total, code)
        if empty:
            print(f"pytest-studio check: nothing was checked{_why_nothing(count, total)}", file=sys.stderr)
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  what is left in the buffer goes there
        return 1
    return code


def _check(name: str, out: _Report, allow_unknown: bool) -> tuple[Tally, Unreadable | None]:
    tally, failure = Tally(), None
    out.begin(name)
    with contextlib.ExitStack() as stack:
        progress = stack.enter_context(_Progress(name, sys.stderr))
        try:
            file = stack.enter_context(reading.opened(name, sys.stdin.buffer, progress.tell))
            for exchange in reading.exchanges(tally.watching(reading.items_of(file, name))):
                found = judged(exchange, allow_unknown=allow_unknown)
                tally.add(found)
                if isinstance(found, Finding) and found.faults:
                    progress.clear()
                    out.failing(name, found)
        except Unreadable as error:
            failure = error
    out.finish(name, tally, failure)
    return tally, failure


class _Progress:
    """A bar on a terminal for files that take their time; nothing elsewhere."""

    WIDTH = 30

    def __init__(self, name: str, stream: TextIO) -> None:
        self._stream = stream
        self._shows = stream.isatty()
        self._name = name if len(name) <= 40 else f"…{name[-39:]}"
        self._size = 0
        with contextlib.suppress(OSError):
            self._size = os.path.getsize(name)
        self._due = time.monotonic() + 0.5
        self._drawn = False

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def tell(self, done: int) -> None:
        """So many bytes have been read."""
        now = time.monotonic()
        if not self._shows or now < self._due:
            return
        self._due = now + 0.1
        self._drawn = True
        if self._size:
            part = min(done / self._size, 1.0)
            bar = "#" * int(part * self.WIDTH)
            text = f"{self._name} [{bar:.<{self.WIDTH}}] {part:4.0%}"
        else:
            text = f"{self._name} {done / 1e6:.0f} MB"
        self._stream.write(f"\r\x1b[K{text}")
        self._stream.flush()

    def clear(self) -> None:
        """Take the bar away, so that something can be printed."""
        if self._drawn:
            self._drawn = False
            self._stream.write("\r\x1b[K")
            self._stream.flush()


class _Report:
    """What is printed, as it comes."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def begin(self, name: str) -> None:
        """A file begins."""

    def failing(self, name: str, found: Finding) -> None:
        """An exchange departs from its schema."""

    def finish(self, name: str, tally: Tally, failure: Unreadable | None) -> None:
        """A file has ended, or cannot be read any further."""

    def end(self, count: int, total: Tally, code: int) -> None:
        """That was all."""

    def _print(self, text: str) -> None:
        put(self._stream, text)


def _summary(count: int, total: Tally) -> str:
    parts = [
        counted(count, "file"),
        counted(total.exchanges, "exchange"),
        f"{total.conforming} {'conforms' if total.conforming == 1 else 'conform'}",
        f"{total.failing} {'does' if total.failing == 1 else 'do'} not",
    ]
    if total.unchecked:
        parts.append(f"{total.unchecked} not checked")
    parts.append(f"{total.other_hosts} of other hosts")
    if total.unanswered:
        parts.append(f"{total.unanswered} without an answer")
    return ", ".join(parts)


def _why_nothing(count: int, total: Tally) -> str:
    return "" if total.exchanges else f": there is no exchange with Studio in {counted(count, 'file')}"


def _nothing(tally: Tally) -> str:
    if tally.definitions:
        return "it is a Flow Definition; did you mean pytest-studio lint?"
    if tally.dumps:
        return "it is a dump of a studio, which studio.load reads; there is no exchange in it to check"
    others = f", {counted(tally.other_hosts, 'exchange')} of other hosts" if tally.other_hosts else ""
    return f"there is no exchange with Studio in it{others}"


class _Text(_Report):
    """For people."""

    def failing(self, name: str, found: Finding) -> None:
        against = f" ({found.schema})" if found.schema and found.method else ""
        self._print(f"{place(name, found.line)}: entry {found.entry}: {found.answer}{against}")
        for fault in found.faults:
            self._print(f"    {oneline(fault.message)}")
        for doc in dict.fromkeys(fault.doc for fault in found.faults if fault.doc):
            self._print(f"    documented at {doc}")

    def finish(self, name: str, tally: Tally, failure: Unreadable | None) -> None:
        for entry, words in tally.warnings():
            self._print(f"{name}: warning: entry {entry}: {words}")
        if failure is not None:
            self._stream.flush()
            print(f"{place(name, failure.line)}: unreadable: {_where(failure)}{failure.why}", file=sys.stderr)
        elif not tally.exchanges:
            self._print(f"{name}: warning: {_nothing(tally)}")

    def end(self, count: int, total: Tally, code: int) -> None:
        self._print(_summary(count, total))
        self._stream.flush()


def _where(failure: Unreadable) -> str:
    return f"entry {failure.entry}: " if failure.entry is not None else ""


class _Json(_Report):
    """For programs: one object, written as it comes, so that its size costs no memory."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._files = self._failing = 0
        self._write('{"files": [')

    def _write(self, text: str) -> None:
        self._stream.write(text)

    def begin(self, name: str) -> None:
        self._write(f'{"," * (self._files > 0)}\n{{{_pair("file", name)}, "failing": [')
        self._files += 1
        self._failing = 0

    def failing(self, name: str, found: Finding) -> None:
        self._write(",\n  " if self._failing else "\n  ")
        self._failing += 1
        self._write(
            json.dumps(
                {
                    "entry": found.entry,
                    "line": found.line,
                    "method": found.method or None,
                    "url": found.url or None,
                    "status": found.status,
                    "schema": found.schema,
                    "violations": [
                        {
                            "pointer": fault.pointer,
                            "found": fault.actual,
                            "expected": fault.expected,
                            "message": fault.message,
                            "doc": fault.doc,
                        }
                        for fault in found.faults
                    ],
                }
            )
        )

    def finish(self, name: str, tally: Tally, failure: Unreadable | None) -> None:
        kinds = {
            kind: [{"name": str(name), "count": count, "entry": entry} for name, (count, entry) in found.items()]
            for kind, found in (("placeholders", tally.placeholders), ("credentials", tally.credentials))
        }
        drift = [
            {"schema": schema, "pointer": pointer, "count": count, "entry": entry}
            for (schema, pointer), (count, entry) in tally.drift.items()
        ]
        unchecked = [{"why": why, "count": n, "entry": entry} for why, (n, entry) in tally.reasons.items()]
        error = None if failure is None else {"message": failure.why, "line": failure.line, "entry": failure.entry}
        rest = {
            **_counts(tally),
            "dumps": tally.dumps,
            "unknown": drift,
            **kinds,
            "not_checked": unchecked,
            "error": error,
        }
        self._write(f"], {json.dumps(rest)[1:]}")

    def end(self, count: int, total: Tally, code: int) -> None:
        self._write(f'\n], "summary": {json.dumps({"files": count, **_counts(total), "exit_code": code})}}}\n')
        self._stream.flush()


def _counts(tally: Tally) -> dict[str, int]:
    return {
        "exchanges": tally.exchanges,
        "conform": tally.conforming,
        "do_not": tally.failing,
        "unchecked": tally.unchecked,
        "other_hosts": tally.other_hosts,
        "unanswered": tally.unanswered,
    }


def _pair(name: str, value: Any) -> str:
    return f"{json.dumps(name)}: {json.dumps(value)}"


class _Github(_Report):
    """Annotations for GitHub's workflows."""

    def failing(self, name: str, found: Finding) -> None:
        lines = [f"entry {found.entry}: {found.answer}", *(fault.message for fault in found.faults)]
        self._say("error", name, found.line, f"departs from {found.schema or 'the documents'}", "\n".join(lines))

    def finish(self, name: str, tally: Tally, failure: Unreadable | None) -> None:
        for entry, words in tally.warnings():
            self._say("warning", name, None, "pytest-studio check", f"entry {entry}: {words}")
        if failure is not None:
            self._say("error", name, failure.line, "unreadable", f"{_where(failure)}{failure.why}")
        elif not tally.exchanges:
            self._say("warning", name, None, "pytest-studio check", _nothing(tally))

    def end(self, count: int, total: Tally, code: int) -> None:
        self._print(_summary(count, total))
        self._stream.flush()

    def _say(self, level: str, name: str, line: int | None, title: str, text: str) -> None:
        annotate(self._stream, level, name, line, title, text)
