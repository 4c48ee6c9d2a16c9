"""The command ``pytest-studio``: one module a subcommand, imported when it is asked for."""

from __future__ import annotations

import argparse
import importlib
import os
import re
import sys
from collections.abc import Sequence
from typing import NoReturn

from pytest_studio.errors import nearest

__all__ = ["main"]

#: Subcommand -> what ``--help`` says of it. The module of the same name has ``arguments(parser)`` and ``run(args)``.
COMMANDS = {
    "serve": "answer as Studio on a local port, for clients in any language",
    "proxy": "an HTTPS proxy that answers Studio's hosts, for clients that cannot be pointed elsewhere",
    "check": "hold recordings and payloads against the documented schemas",
    "lint": "say what is wrong, or probably not meant, in Flow Definitions",
    "run": "talk with a Flow in the terminal, or from a script",
    "draw": "draw a Flow Definition as an SVG image, as it looks on Studio's canvas",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 2 for wrong usage, else what the subcommand says."""
    given = list(sys.argv[1:] if argv is None else argv)
    parser = argparse.ArgumentParser(
        prog="pytest-studio", description="A stateful fake of the Twilio Studio REST API, from the command line."
    )
    parser.add_argument("--version", action="store_true", help="print the version")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    completing = "_ARGCOMPLETE" in os.environ  # the shell wants to know what could come next
    typed = os.environ.get("COMP_LINE", "").split()[1:] if completing else given
    asked = next((word for word in typed if not word.startswith("-")), None)
    for name, words in COMMANDS.items():
        command = commands.add_parser(name, help=words, description=words[0].upper() + words[1:] + ".")
        if name == asked:
            importlib.import_module(f"pytest_studio.cli.{name}").arguments(command)
    if completing:
        _complete(parser)
    if asked is not None and asked not in COMMANDS:
        parser.error(f"there is no command {asked!r}{nearest(asked, COMMANDS)}; there are {', '.join(COMMANDS)}")
    args, unknown = parser.parse_known_args(given)
    if unknown:
        _refuse(commands.choices.get(args.command, parser), unknown)
    if args.version:
        from importlib.metadata import version

        print(f"pytest-studio {version('pytest-studio')}")
        return 0
    if args.command is None:
        parser.print_help()
        return 2
    code: int = importlib.import_module(f"pytest_studio.cli.{args.command}").run(args)
    return code


def _complete(parser: argparse.ArgumentParser) -> None:
    """Tell the shell what could come next, and end; where argcomplete is not installed, nothing is told."""
    try:
        import argcomplete
    except ImportError:
        sys.exit(1)
    argcomplete.autocomplete(parser)


def _refuse(command: argparse.ArgumentParser, unknown: list[str]) -> NoReturn:
    """Say that a command has no such arguments, and how it is used."""
    options = re.findall(r"(?<![\w-])--[a-z][\w-]*", command.format_help())
    hint = nearest(unknown[0].partition("=")[0], options) if unknown[0].startswith("-") else ""
    command.error(f"unrecognized arguments: {' '.join(unknown)}{hint}")
