"""How subcommands print findings, whatever the encoding of the terminal and whoever reads them."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from typing import TextIO

__all__ = ["annotate", "completes", "oneline", "place", "put"]


def put(stream: TextIO, text: str) -> None:
    """Write a line, with escapes for what the stream's encoding has not."""
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def oneline(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.splitlines())


def place(name: str, line: int | None) -> str:
    """``flow.json:12``, or the name alone where the line is not known."""
    return name if line is None else f"{name}:{line}"


def completes(argument: argparse.Action, words: Iterable[str]) -> None:
    """Have a shell offer these words for an argument that says itself what is wrong with others."""
    vars(argument)["completer"] = lambda **_: list(words)


def annotate(stream: TextIO, level: str, name: str, line: int | None, title: str, text: str) -> None:
    """Write an annotation: https://docs.github.com/actions/reference/workflow-commands-for-github-actions.

    Args:
        stream: where it goes.
        level: ``"error"`` or ``"warning"``.
        name: path of the file.
        line: in the file, if it is known.
        title: what it is about.
        text: the annotation.
    """
    at = f",line={line}" if line is not None else ""
    put(stream, f"::{level} file={_property(name)}{at},title={_property(title)}::{_data(text)}")


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
