"""``pytest-studio proxy``: an HTTPS proxy that answers Studio's hosts, until Ctrl-C."""

from __future__ import annotations

import argparse
import json
import shlex
import sys
from contextlib import suppress

from pytest_studio.cli.studio import Wrong, logged, studio_arguments, studio_of, told_to_stop, wait

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=4011, help="port to listen on; 0: a free one (default: 4011)")
    parser.add_argument(
        "--tunnel",
        action="append",
        default=[],
        metavar="HOST",
        help="pass this host through: a name, *.example.com, or '*' for all but those under twilio.com; else refused "
        "(local hosts: to clients on other machines, unless named in full)",
    )
    parser.add_argument(
        "--env",
        choices=("sh", "json", "dotenv"),
        default="sh",
        help="how to print the environment that clients need: lines for a shell, JSON, or a .env file",
    )
    studio_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop: 0; 2 where an argument cannot be used or the port is taken."""
    try:
        from pytest_studio.serving.proxy import StudioProxy

        studio = studio_of(args)
        proxy = StudioProxy(studio, args.host, args.port, allow=args.tunnel, log=None if args.quiet else logged(studio))
    except (Wrong, ImportError, OSError) as error:
        print(f"pytest-studio proxy: {error}", file=sys.stderr)
        return 2
    told = told_to_stop()
    with proxy:
        with suppress(BrokenPipeError):
            print(_printed(args.env, proxy.variables, proxy.overruled), flush=True)
        wait(told)
    return 0


def _printed(form: str, variables: dict[str, str], overruled: list[str]) -> str:
    if form == "json":
        return json.dumps(variables)
    lead = "export " if form == "sh" else ""
    lines = [f"{lead}{name}={shlex.quote(value)}" for name, value in variables.items()]
    if form == "sh" and overruled:
        lines.append(f"unset {' '.join(overruled)}")
    return "\n".join(lines)
