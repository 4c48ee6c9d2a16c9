"""``pytest-studio run``: a chat with a Flow in the terminal, or from a script, with its context beside it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_studio.cli.studio import Wrong, loaded, moment, seed
from pytest_studio.widgets import TRIGGERS

if TYPE_CHECKING:
    from pytest_studio.cli.session import Session
    from pytest_studio.resources import Flow

__all__ = ["arguments", "run"]

#: Who talks with the Flow, unless told: a number of the range that is kept for fiction.
PERSON = "+15555550101"


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = (
        "Text is a message or a reply; on calls digits are keys and other text is speech; /help lists the commands. "
        "From a file or a pipe each line is played. Exit code 0; 1: a line could not be done; 2: the Flow cannot run."
    )
    parser.add_argument("flow", metavar="FLOW.json", help="file with a Flow Definition, or with a Flow that has one")
    parser.add_argument(
        "--trigger",
        choices=list(TRIGGERS.values()),
        help="what starts it (default: the first that the Flow wires; asked for on a terminal if there are several)",
    )
    parser.add_argument(
        "--from",
        dest="from_",
        metavar="ADDRESS",
        help="From, as in the webhook: the person's address; with --trigger request Twilio's side",
    )
    parser.add_argument(
        "--to", metavar="ADDRESS", help="To: Twilio's side; with --trigger request the person's address"
    )
    parser.add_argument(
        "--param",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="a parameter of the request, {{flow.data.KEY}}, or of the Flow that runs it (several)",
    )
    parser.add_argument(
        "--subflow", action="append", default=[], metavar="FW…=FILE", help="a Flow that it runs, by its SID (several)"
    )
    parser.add_argument(
        "--assume-success",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="let what hands over to people, phones and payments go well, instead of asking (default: yes)",
    )
    parser.add_argument(
        "--seed", type=seed, metavar="N|random", help="draw SIDs and addresses from this: the same ones each time"
    )
    parser.add_argument("--now", metavar="DATE", help="a fixed present, such as 2026-01-31T09:30:00Z")
    parser.add_argument("--transcript", metavar="FILE", help="file to write the talk to, at its end")


def run(args: argparse.Namespace) -> int:
    """Talk till the person leaves: 0; 1 where a scripted line could not be done; 2 where the Flow cannot run."""
    try:
        return _talk(args)
    except (Wrong, ImportError, OSError, ValueError) as error:
        if isinstance(error, BrokenPipeError):  # who reads has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        print(f"pytest-studio run: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print()
        return 0


def _talk(args: argparse.Namespace) -> int:
    from pytest_studio.cli.screen import Screen
    from pytest_studio.cli.session import Opening, Session
    from pytest_studio.fake import FakeStudio

    parameters = dict(_pair(text, "--param", "KEY=VALUE") for text in args.param)
    subflows = [_pair(text, "--subflow", "FW…=FILE") for text in args.subflow]
    studio = FakeStudio(seed=args.seed, now=moment(args.now), env=False)
    for sid, name in subflows:
        loaded(studio, name, sid=sid, assume_success=args.assume_success)
    flow = loaded(studio, args.flow, assume_success=args.assume_success)
    typed, terminal = sys.stdin.isatty(), sys.stdout.isatty()
    trigger = args.trigger or _trigger(flow, parameters, ask=typed)
    if trigger is None:
        return 0
    if parameters and trigger not in ("request", "parent"):
        raise Wrong(f"--param is for the triggers request and parent, not for {trigger}")
    person, number = (args.to, args.from_) if trigger == "request" else (args.from_, args.to)
    screen = Screen(
        sys.stdout,
        shutil.get_terminal_size().columns if terminal else None,
        colours=terminal and not os.environ.get("NO_COLOR"),
    )
    opening = Opening(trigger, person or PERSON, number or flow.number, parameters)
    session = Session(studio, flow, opening, screen, echo=not typed)
    screen.say(f"{flow.friendly_name}: {trigger}, {opening.person} and {opening.number}" + "; /help" * typed)
    try:
        done = _play(session, _typed(session) if typed else _read())
    finally:
        if args.transcript is not None:
            Path(args.transcript).write_text(f"{session.transcript}\n", "utf-8", "backslashreplace")
    return 0 if done or typed else 1


def _play(session: Session, lines: Iterator[str]) -> bool:
    """Begin, and do line after line; whether all could be done."""
    done = session.start()
    for line in lines:
        done = session.take(line) and done
        if session.over:
            break
    return done


def _read() -> Iterator[str]:
    """The lines of a file or a pipe."""
    with suppress(AttributeError):  # some stand-in for stdin
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    for line in sys.stdin:
        yield line.rstrip("\r\n")


def _typed(session: Session) -> Iterator[str]:
    """The lines that somebody types, until Ctrl-D."""
    with suppress(AttributeError):
        sys.stdin.reconfigure(errors="replace")  # type: ignore[union-attr]
    _completing(session.complete)
    while True:
        try:
            yield input(session.prompt)
        except EOFError:
            print()
            return


def _completing(choices: Callable[[str], list[str]]) -> None:
    """Let the tab key complete commands, where there is a readline."""
    try:
        import readline
    except ImportError:
        return

    def complete(word: str, at: int) -> str | None:
        found = choices(readline.get_line_buffer()[: readline.get_endidx()])
        if len(found) == 1 and at == 0:
            return f"{found[0]} "
        return found[at] if at < len(found) else None

    readline.set_completer(complete)
    readline.set_completer_delims(" ")
    libedit = "libedit" in (readline.__doc__ or "")
    readline.parse_and_bind("bind ^I rl_complete" if libedit else "tab: complete")


def _trigger(flow: Flow, parameters: dict[str, str], *, ask: bool) -> str | None:
    """What starts the Flow: the first trigger that it wires, or which of several somebody wants; None: they leave."""
    definition = flow.definition or {}
    first = next(state for state in definition["states"] if state["name"] == definition["initial_state"])
    wired = [TRIGGERS[each["event"]] for each in first["transitions"] if each.get("next") and each["event"] in TRIGGERS]
    wired = list(dict.fromkeys(wired))
    if parameters:
        wired = [trigger for trigger in wired if trigger in ("request", "parent")] or ["request"]
    if len(wired) < 2 or not ask:
        return wired[0] if wired else "message"
    while True:
        try:
            given = input(f"What starts it: {', '.join(wired)}? [{wired[0]}] ").strip() or wired[0]
        except EOFError:
            print()
            return None
        found = [trigger for trigger in wired if trigger.startswith(given)]
        if len(found) == 1:
            return found[0]


def _pair(text: str, option: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise Wrong(f"{option} {text}: it is {form}")
    return name, value
