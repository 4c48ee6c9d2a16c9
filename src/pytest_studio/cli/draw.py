"""``pytest-studio draw``: a Flow Definition as an SVG image, as it looks on Studio's canvas."""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from pathlib import Path

from pytest_studio.errors import FlowDefinitionError
from pytest_studio.flows.definitions import faults as definition
from pytest_studio.flows.definitions import reading
from pytest_studio.flows.drawing import canvas
from pytest_studio.flows.model import Program

__all__ = ["arguments", "run"]


def arguments(parser: argparse.ArgumentParser) -> None:
    """Add this subcommand's arguments."""
    parser.epilog = "Exit code 0: drawn, faults that Studio would refuse are told on stderr; 2: it cannot be drawn."
    parser.add_argument("flow", metavar="FLOW.json", help="file with a Flow Definition, or with a Flow that has one")
    parser.add_argument("-o", "--output", metavar="FILE.svg", help="file to write (default: standard output)")


def run(args: argparse.Namespace) -> int:
    """Draw a Flow: 0; 2 where it cannot be read, drawn or written."""
    if args.output is not None and Path(args.output).suffix.lower() not in ("", ".svg"):
        svg = Path(args.output).with_suffix(".svg")
        print(f"pytest-studio draw: {args.output}: what is drawn is SVG: name it {svg}", file=sys.stderr)
        return 2
    try:
        drawn = _drawn(args.flow)
        if args.output is None:
            with suppress(BrokenPipeError):  # who reads has seen enough
                sys.stdout.buffer.write(drawn.encode("utf-8"))
                sys.stdout.buffer.flush()
        else:
            Path(args.output).write_text(drawn, encoding="utf-8", newline="\n")
    except FlowDefinitionError as error:
        print(f"pytest-studio draw: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"pytest-studio draw: {args.output or 'stdout'}: {error.strerror or error}", file=sys.stderr)
        return 2
    return 0


def _drawn(path: str) -> str:
    """The image of the Flow in a file; what is wrong with its definition is told on stderr."""
    read = reading.read(Path(path))
    faults = [f"{path}: {fault['property_path']}: {fault['message']}" for fault in definition.faults(read.definition)]
    try:
        drawn = canvas.draw(Program(read.definition, title=read.title, source=read.source))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        why = faults or [f"{path}: a state, transition or condition has not the shape that Studio exports"]
        raise FlowDefinitionError("\n".join(["it cannot be drawn:", *why])) from None
    for fault in faults:
        print(fault, file=sys.stderr)
    return drawn
