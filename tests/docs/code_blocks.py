"""The code blocks of a page in Markdown, the commands in them, and what these print."""

from __future__ import annotations

import ast
import importlib.util
import re
import textwrap
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import NamedTuple

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<language>[\w+-]*)(?P<more>[^`\n]*)$")
_TITLE = re.compile(r'title="([^"]+)"')
_EXIT = re.compile(r"\s#\s*exit (\d+)\s*$")


class Block(NamedTuple):
    """A fenced block: ``line`` is that of its first line of code, counted from 1 as editors do."""

    page: str
    line: int
    language: str
    title: str | None
    code: str

    def at(self, row: int = 0) -> str:
        """Where a row of the code stands, as editors read it: ``docs/index.md:12``."""
        return f"{self.page}:{self.line + row}"


class Command(NamedTuple):
    """A command of a console block: its row there, the exit code that it ends with, and what it prints."""

    row: int
    text: str
    code: int
    output: list[str]


def blocks_of(path: Path, name: str) -> Iterator[Block]:
    """The blocks of a page, in order; those in HTML comments, which readers do not see, as well."""
    lines = iter(enumerate(path.read_text(encoding="utf-8").splitlines(), 1))
    for number, line in lines:
        opened = _FENCE.match(line)
        if opened is None:
            continue
        code: list[str] = []
        for _, each in lines:
            if each.strip() == opened["fence"]:
                break
            code.append(each)
        else:
            raise ValueError(f"{name}:{number}: the block has no end")
        title = _TITLE.search(opened["more"])
        text = textwrap.dedent("\n".join(code)) + "\n"
        yield Block(name, number + 1, opened["language"], title[1] if title else None, text)


def commands_of(block: Block) -> Iterator[Command]:
    """The commands of a console block, each with the lines under it.

    Raises:
        ValueError: output stands above the first command.
    """
    rows = block.code.splitlines()
    starts = [row for row, line in enumerate(rows) if line.startswith("$ ")]
    if any(line.strip() for line in rows[: starts[0] if starts else len(rows)]):
        raise ValueError(f"{block.at()}: a console block begins with a command, '$ …'")
    for start, end in zip(starts, [*starts[1:], len(rows)], strict=True):
        told = start
        while rows[told].endswith("\\"):
            told += 1
        text = "\n".join([rows[start][2:], *(line.removeprefix("> ") for line in rows[start + 1 : told + 1])])
        meant = _EXIT.search(text)
        output = [line for line in rows[told + 1 : end] if line.strip()]
        yield Command(start, text, int(meant[1]) if meant else 0, output)


def first_missing(expected: list[str], printed: str) -> str | None:
    """The first line that was not printed in this order. ``…`` stands for anything; blanks at the ends do not count."""
    left = iter([line.strip() for line in printed.splitlines()])
    for line in expected:
        pattern = re.compile(".*".join(map(re.escape, line.strip().split("…"))))
        if not any(pattern.fullmatch(each) for each in left):
            return line
    return None


def skipped(printed: str) -> bool:
    """Whether pytest tells of a test that it skipped, and not for want of a library."""
    told = re.findall(r"^SKIPPED \[\d+\] (.*)", printed, re.MULTILINE)
    wanted = [re.search(r"could not import '(\w+)", line) for line in told]
    return any(name is None or importlib.util.find_spec(name[1]) is not None for name in wanted)


def uses(block: Block, path: PurePosixPath) -> bool:
    """Whether a block imports a file of the page, or names it where something runs.

    Args:
        block: another one.
        path: the file, as its title has it.
    """
    if block.language not in ("python", "console", "sh", "js", "ini", "toml"):
        return False
    package = path.parent if path.stem == "__init__" else path.with_suffix("")
    module = ".".join(package.parts)
    if block.language == "python" and any(f".{module}".endswith(f".{name}") for name in _imported(block.code)):
        return True
    named = rf"(?<![\w-]){re.escape(path.name)}\b|-[mp] {re.escape(module)}(?![\w.])"
    return re.search(named, block.code) is not None


def _imported(code: str) -> Iterator[str]:
    """The modules that code imports, and the packages above them; names that may be modules as well."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{each.name}" for each in node.names)]
        else:
            names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            parts = name.split(".")
            yield from (".".join(parts[:end]) for end in range(1, len(parts) + 1))
