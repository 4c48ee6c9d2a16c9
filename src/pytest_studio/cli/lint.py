"""``pytest-studio lint``: what is wrong, or probably not meant, in Flow Definitions."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple, TextIO

from pytest_studio.cli.output import annotate, completes, oneline, place, put
from pytest_studio.cli.places import Places
from pytest_studio.errors import FlowDefinitionError, MissingExtra, nearest
from pytest_studio.flow_checks import Finding, check
from pytest_studio.flows.definitions import reading
from pytest_studio.flows.definitions.lint import RULES
from pytest_studio.recordings.reading import STDIN, files
from pytest_studio.wording import counted

__all__ = ["arguments", "run"]

_EPILOG = (
    "Read are definitions as they are exported, and Flows as the REST API sends them. "
    "Exit code 0: nothing is wrong; 1: there are errors; 2: a file cannot be read. Warnings alone do not fail unless "
    "--strict is given. Rules, errors first: "
)


class _Judged(NamedTuple):
    """A file: what is wrong with its definition, each with its line; or why it cannot be read, and where."""

    name: str
    findings: list[tuple[int, Finding]]
    failure: str | None = None
    line: int | None = None


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = _EPILOG + ", ".join(RULES) + "."
    parser.add_argument("files", nargs="+", metavar="FLOW.json", help="files, folders or globs; - for standard input")
    parser.add_argument(
        "--format",
        choices=("text", "json", "github"),
        default="text",
        help="text for people (default), json, or annotations for GitHub's workflows",
    )
    parser.add_argument("--strict", action="store_true", help="fail if there are warnings, too")
    rule = parser.add_argument(
        "--disable",
        action="append",
        default=[],
        metavar="RULE",
        help="leave out a rule's findings; may be repeated",
    )
    completes(rule, RULES)


def run(args: argparse.Namespace) -> int:
    """Judge the files; the exit code: 0 nothing is wrong, 1 there are errors, 2 some cannot be read."""
    try:
        disabled = _rules(args.disable)
        judged = [_judged(name, disabled) for name in files(args.files, (".json",), "Flow Definitions")]
    except (ValueError, MissingExtra) as error:
        wrong = error.of("judging Liquid") if isinstance(error, MissingExtra) else error
        print(f"pytest-studio lint: {wrong}", file=sys.stderr)
        return 2
    code = max(_code(one, args.strict) for one in judged)
    try:
        {"text": _text, "json": _json, "github": _github}[args.format](judged, code, sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  what is left in the buffer goes there
    return code


def _rules(given: list[str]) -> frozenset[str]:
    """The rules that are named, one by one or with commas between.

    Raises:
        ValueError: there is no such rule; the message names the nearest.
    """
    names = [name.strip() for names in given for name in names.split(",") if name.strip()]
    for name in names:
        if name not in RULES:
            raise ValueError(f"--disable {name}: there is no such rule{nearest(name, RULES)}; --help lists them")
    return frozenset(names)


def _judged(name: str, disabled: frozenset[str]) -> _Judged:
    try:
        source = _stdin() if name == STDIN else reading.read(Path(name))
    except FlowDefinitionError as error:
        return _Judged(name, [], str(error).removeprefix(f"{Path(name)}: "), error.line)  # the name is told anyway
    places = Places(source.text)
    found = [finding for finding in check(source.definition) if finding.rule not in disabled]
    return _Judged(name, [(places.line(source.within + finding.pointer[1:]), finding) for finding in found])


def _stdin() -> reading.Source:
    try:
        text = sys.stdin.buffer.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise FlowDefinitionError(f"{STDIN}: it cannot be read: {error}") from None
    return reading.parsed(text, STDIN)


def _code(judged: _Judged, strict: bool) -> int:
    if judged.failure is not None:
        return 2
    return int(any(strict or finding.level == "error" for _, finding in judged.findings))


def _text(judged: list[_Judged], code: int, stream: TextIO) -> None:
    """For people: a line for each finding, those of a Flow in its order, and a summary."""
    for one in judged:
        for line, finding in one.findings:
            warning = "warning: " if finding.level == "warning" else ""
            put(stream, f"{place(one.name, line)}: {warning}{oneline(str(finding))}")
        if one.failure is not None:
            stream.flush()
            put(sys.stderr, f"{place(one.name, one.line)}: unreadable: {oneline(one.failure)}")
    put(stream, _summary(judged))


def _summary(judged: list[_Judged]) -> str:
    levels = _levels(judged)
    parts = [counted(len(judged), "file"), counted(levels["error"], "error"), counted(levels["warning"], "warning")]
    unreadable = sum(one.failure is not None for one in judged)
    return ", ".join([*parts, f"{unreadable} unreadable"] if unreadable else parts)


def _levels(judged: list[_Judged]) -> Counter[str]:
    return Counter(finding.level for one in judged for _, finding in one.findings)


def _json(judged: list[_Judged], code: int, stream: TextIO) -> None:
    """For programs: one object."""
    found = [
        {
            "file": one.name,
            "findings": [{**finding._asdict(), "line": line} for line, finding in one.findings],
            "error": one.failure,
        }
        for one in judged
    ]
    levels = _levels(judged)
    summary = {"files": len(judged), "errors": levels["error"], "warnings": levels["warning"], "exit_code": code}
    put(stream, json.dumps({"files": found, "summary": summary}, indent=1))


def _github(judged: list[_Judged], code: int, stream: TextIO) -> None:
    """Annotations for GitHub's workflows."""
    for one in judged:
        for line, finding in one.findings:
            annotate(stream, finding.level, one.name, line, finding.rule, str(finding))
        if one.failure is not None:
            annotate(stream, "error", one.name, one.line, "unreadable", one.failure)
    put(stream, _summary(judged))
