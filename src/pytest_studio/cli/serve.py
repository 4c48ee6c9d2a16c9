"""``pytest-studio serve``: a studio on a local port until Ctrl-C."""

from __future__ import annotations

import argparse
import gc
import sys
from contextlib import suppress

from pytest_studio.cli.studio import Wrong, logged, studio_arguments, studio_of, told_to_stop, wait

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=4010, help="port to listen on; 0: a free one (default: 4010)")
    parser.add_argument(
        "--keep-urls",
        action="store_true",
        help="leave the urls in payloads as Studio's own, instead of the address that the client came by",
    )
    studio_arguments(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until told to stop: 0; 2 where an argument cannot be used or the port is taken."""
    gc.disable()  # nothing of what is imported is ever garbage
    try:
        from pytest_studio.serving.server import StudioServer

        studio = studio_of(args)
        server = StudioServer(
            studio, args.host, args.port, rewrite_urls=not args.keep_urls, log=None if args.quiet else logged(studio)
        )
    except (Wrong, ImportError, OSError) as error:
        print(f"pytest-studio serve: {error}", file=sys.stderr)
        return 2
    gc.freeze()
    gc.enable()
    told = told_to_stop()
    with server:
        lines = [server.url, f"TWILIO_ACCOUNT_SID={studio.account_sid}", f"TWILIO_AUTH_TOKEN={studio.auth_token}"]
        lines += [f"# Flow {flow.sid} {flow.friendly_name}" for flow in studio.flows.values()]
        with suppress(BrokenPipeError):  # who reads has seen enough, as `| head -1` has
            print("\n".join(lines), flush=True)
        wait(told)
    return 0
