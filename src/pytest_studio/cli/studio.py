"""What ``serve`` and ``proxy`` share: the studio that answers, what is printed of its requests, and how they end."""

from __future__ import annotations

import argparse
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

from pytest_studio import clock, seeds, sids, vintages
from pytest_studio.cli.output import completes
from pytest_studio.wording import counted

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat
    from pytest_studio.fake import FakeStudio
    from pytest_studio.resources import Flow
    from pytest_studio.wire import Request, Response

__all__ = ["Wrong", "loaded", "logged", "moment", "seed", "studio_arguments", "studio_of", "told_to_stop", "wait"]


class Wrong(Exception):
    """What the command was given cannot be used; the message says why."""


def studio_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that say which studio answers."""
    parser.add_argument("--account-sid", metavar="AC…", help="the account (default: made)")
    parser.add_argument("--auth-token", metavar="TOKEN", help="its auth token (default: made)")
    parser.add_argument(
        "--seed", type=seed, metavar="N|random", help="draw SIDs and tokens from this: the same ones each time"
    )
    parser.add_argument("--now", metavar="DATE", help="a fixed present, such as 2026-01-31T09:30:00Z")
    parser.add_argument("--retention-days", type=float, metavar="N", help="days that Executions are kept")
    vintage = parser.add_argument("--vintage", metavar="YEAR", help="answer with the fields of this year, or of 'next'")
    completes(vintage, vintages.VINTAGES)
    parser.add_argument("--flow", action="append", default=[], metavar="FILE", help="a Flow's definition, which runs")
    parser.add_argument(
        "--assume-success",
        action="store_true",
        help="in Flows that run, let what hands over to people, phones and payments go well",
    )
    parser.add_argument(
        "--data", action="append", default=[], metavar="FILE", help="a recording, payloads or a dump to fill it with"
    )
    parser.add_argument("--quiet", action="store_true", help="do not print requests")


def seed(text: str) -> int:
    """A seed as an argument has it."""
    try:
        return seeds.number(text, "a seed")
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def moment(text: str | None) -> int | None:
    """The present that ``--now`` says, in seconds since 1970; None without it.

    Raises:
        Wrong: it is no date.
    """
    try:
        return None if text is None else clock.parse(text, "--now")
    except ValueError as error:
        raise Wrong(str(error)) from None


def studio_of(args: argparse.Namespace) -> FakeStudio:
    """The studio that the arguments describe.

    Raises:
        Wrong: an argument or a file cannot be used; the message begins with the option.
    """
    from pytest_studio.fake import FakeStudio

    _check(args)
    studio = FakeStudio(
        args.account_sid,
        args.auth_token,
        seed=args.seed,
        now=moment(args.now),
        retention_days=args.retention_days,
        env=False,
        **({} if args.vintage is None else {"vintage": args.vintage}),
    )
    studio.remember_less(1000)
    studio._credentials_are_printed()
    for name in args.flow:
        _take_in(studio, name, args.assume_success)
    for name in args.data:
        try:
            studio.load(name)
        except (OSError, ValueError, ImportError) as error:
            raise Wrong(f"--data {name}: {str(error).removeprefix(f'{name}: ')}") from None
    return studio


def _check(args: argparse.Namespace) -> None:
    """Refuse what a studio would: it knows the names of its parameters, not those of the options."""
    if args.account_sid is not None and not sids.is_valid(args.account_sid, "AC"):
        raise Wrong(f"--account-sid {sids.explain(args.account_sid, 'AC')}")
    if args.auth_token == "":
        raise Wrong("--auth-token is empty: give one, or leave the option out, and one is made")
    if args.retention_days is not None and not args.retention_days > 0:  # which is so for NaN, too
        raise Wrong(f"--retention-days is a number of days above 0, not {args.retention_days:g}")
    if args.vintage is not None:
        try:
            vintages.of(args.vintage)
        except ValueError as error:
            raise Wrong(f"--{error}") from None  # which begins with its name


def loaded(studio: FakeStudio, name: str, *, sid: str | None = None, assume_success: bool = False) -> Flow:
    """Load a Flow from a file; how much its lint objects to is told on stderr.

    Args:
        studio: where it is to run.
        name: the file.
        sid: ``FW…`` of the Flow; None: made.
        assume_success: as for ``studio.load_flow``.

    Raises:
        FlowDefinitionError: it is no Flow that can run.
        MissingExtra: python-liquid is not installed.
        InvalidSid: ``sid`` is no SID of a Flow.
    """
    with warnings.catch_warnings(record=True) as noted:
        warnings.simplefilter("always")
        flow = studio.load_flow(Path(name), sid=sid, assume_success=assume_success)
    findings = sum(len(getattr(each.message, "findings", ())) for each in noted)
    if findings:
        which = "it" if findings == 1 else "them"
        print(f"{name}: {counted(findings, 'warning')}; pytest-studio lint {name} tells {which}", file=sys.stderr)
    return flow


def _take_in(studio: FakeStudio, name: str, assume_success: bool) -> None:
    """Let the Flow of a file run, or, where that is not possible, store it at least."""
    from pytest_studio.errors import FlowDefinitionError, MissingExtra
    from pytest_studio.flows.definitions import reading
    from pytest_studio.flows.definitions.faults import faults

    try:
        read = reading.read(Path(name))
    except FlowDefinitionError as error:
        raise Wrong(f"--flow: {error}") from None
    found = faults(read.definition)
    if found:
        told = "; ".join(f"{fault['property_path']} {fault['message']}" for fault in found[:5])
        raise Wrong(f"--flow {name}: is no definition of a Flow: {told}")
    try:
        loaded(studio, name, assume_success=assume_success)
    except (FlowDefinitionError, MissingExtra) as error:
        studio.add_flow(friendly_name=read.title, definition=read.definition, status="published")
        print(f"--flow {name}: it is stored, but does not run: {error}", file=sys.stderr)
    else:
        studio.watch(_stands_still)


def _stands_still(chat: Chat) -> None:
    """Say on stderr that a Flow cannot go on, and why."""
    assert chat.error is not None
    wait = chat.situation.wait
    remedy = "; --assume-success lets it go well" if wait is not None and wait.kind in ("outcome", "subflow") else ""
    with suppress(OSError, ValueError):
        print(
            f"Execution {chat.execution.sid} of {chat.flow.friendly_name} stands still: {chat.error.why}{remedy}",
            file=sys.stderr,
        )


def told_to_stop() -> SimpleQueue[int]:
    """Where Ctrl-C and SIGTERM arrive from here on: called before anything is printed that a script waits for.

    A handler runs amid whatever the main thread does. If that is inside of an ``Event``'s wait, setting the event there
    waits for ever; a ``SimpleQueue`` may be put to at any moment.
    """
    told: SimpleQueue[int] = SimpleQueue()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda number, _: told.put(number))
    return told


def wait(told: SimpleQueue[int]) -> None:
    """Wait for it; in steps, since on Windows a wait without end hears no signal."""
    while True:
        with suppress(Empty):
            told.get(timeout=1.0)
            return


def logged(studio: FakeStudio) -> Callable[[Request, Response], None]:
    """What prints a line to stderr for each request, with why it was refused or what of it was ignored.

    Whether anybody still reads it is no business of the client's.
    """

    def log(request: Request, answer: Response) -> None:
        scheme, found, rest = request.url.partition("://")
        where = "/" + rest.partition("/")[2] if found else scheme
        lines = [f"{request.method} {where:.200} {answer.failure or answer.status}"]
        last = studio.calls[-1] if len(studio.calls) else None
        if last is not None and (last.request.method, last.request.url) == (request.method, request.url):
            lines += [last.why] if last.why else []
            lines += [f"ignored: {remark}" for remark in last.remarks]
        with suppress(OSError, ValueError):
            print("\n    ".join(lines), file=sys.stderr)

    return log
