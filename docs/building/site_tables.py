"""Tables of the site, made from the code: what they list cannot differ from what there is.

A page asks for one by a line of its own, ``<!-- table: fixtures -->``.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pytest_studio import cli, plugin, schemas
from pytest_studio.errors import CATALOGUE
from pytest_studio.operations import OPERATIONS, Operation, Param
from pytest_studio.settings import KEYS
from pytest_studio.sids import PREFIXES

_ASKED = re.compile(r"^<!-- table: ([\w -]+) -->$", re.MULTILINE)


def filled(markdown: str) -> str:
    """A page with its tables.

    Raises:
        KeyError: it asks for one that there is not.
    """
    return _ASKED.sub(lambda asked: TABLES[asked[1]](), markdown)


def table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table in Markdown."""
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(map(_escaped, line)) + " |" for line in lines)


def _escaped(cell: str) -> str:
    """A cell's text; within code, Markdown's tables know that a bar is none of theirs."""
    parts = cell.split("`")
    return "`".join(part if number % 2 else part.replace("|", "\\|") for number, part in enumerate(parts))


def plain(words: str) -> str:
    """A text that is no Markdown, as one that is: asterisks and their like stay, outside of code."""
    parts = words.split("`")
    return "`".join(part if at % 2 else re.sub(r"([\\*_\[\]])", r"\\\1", part) for at, part in enumerate(parts))


def code(text: object) -> str:
    """A text as code; nothing for nothing."""
    return f"`{text}`" if text else ""


# -- fixtures ---------------------------------------------------------------------------------------------------


class Fixture(NamedTuple):
    """A fixture of the plugin, as its source has it."""

    name: str
    type: str
    scope: str
    words: str


def fixtures() -> Iterator[Fixture]:
    """The fixtures that tests can ask for, in the order of the source."""
    for node in ast.parse(Path(plugin.__file__).read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        for decorator in map(ast.unparse, node.decorator_list):
            if decorator.startswith("pytest.fixture"):
                scope = re.search(r"scope='(\w+)'", decorator)
                returns = re.sub(r"^Iterator\[(.*)\]$", r"\1", ast.unparse(node.returns) if node.returns else "")
                words = _in_markdown(ast.get_docstring(node) or "")
                yield Fixture(node.name, returns, scope[1] if scope else "function", words)


def _in_markdown(docstring: str) -> str:
    return " ".join(docstring.replace("``", "`").split())


def _fixtures() -> str:
    wanted = ("fixture", "type", "scope", "value")
    return table(wanted, ((code(each.name), code(each.type), each.scope, each.words) for each in fixtures()))


# -- options, ini and the marker --------------------------------------------------------------------------------


class Settings:
    """What the plugin tells pytest of its options and ini settings: takes the place of a ``pytest.Parser``."""

    def __init__(self) -> None:
        self.options: dict[str, dict[str, Any]] = {}
        self.ini: dict[str, str] = {}
        plugin.pytest_addoption(self)  # type: ignore[arg-type]

    def getgroup(self, *_: str) -> Settings:
        """The group of options is this."""
        return self

    def addoption(self, name: str, **about: Any) -> None:
        """Note an option."""
        self.options[name] = about

    def addini(self, name: str, words: str, *_: Any) -> None:
        """Note an ini setting."""
        self.ini[name] = words


def written(name: str, about: dict[str, Any]) -> str:
    """An option as it is written on the command line."""
    value = about.get("metavar") or ("" if str(about.get("action", "")).startswith("store_") else name)
    if not value:
        return name
    return f"{name}[={value}]" if about.get("nargs") == "?" else f"{name} {value}"


def _settings() -> str:
    told = Settings()
    rows = []
    for key, (_, takes) in KEYS.items():
        options = [
            written(name, about)
            for name, about in told.options.items()
            if name.removeprefix("--no-") == f"studio-{key}" or name == f"--studio-{key}"
        ]
        ini = f"studio_{key}" if f"studio_{key}" in told.ini else ""
        rows.append((", ".join(map(code, options)), code(ini), code(f"{key}="), takes, plain(told.ini.get(ini, ""))))
    return table(("option", "ini", "marker", "the marker takes", "what it says"), rows)


def _options() -> str:
    told = Settings()
    return table(
        ("option", "what it does"),
        ((code(written(name, about)), plain(about["help"])) for name, about in told.options.items()),
    )


# -- the command ------------------------------------------------------------------------------------------------


def command(name: str) -> argparse.ArgumentParser:
    """The parser of a subcommand of ``pytest-studio``."""
    parser = argparse.ArgumentParser(prog=f"pytest-studio {name}", add_help=False)
    importlib.import_module(f"pytest_studio.cli.{name}").arguments(parser)
    return parser


def _commands() -> str:
    rows = ((f"[`pytest-studio {name}`](#{name})", plain(words)) for name, words in cli.COMMANDS.items())
    return table(("command", "what it does"), rows)


def _arguments(name: str) -> str:
    parser = command(name)
    rows = []
    for action in parser._actions:
        value = action.metavar or (action.dest.upper() if action.nargs != 0 and not action.choices else "")
        if action.choices:
            value = "|".join(map(str, action.choices))
        names = ", ".join(code(f"{option} {value}".strip()) for option in action.option_strings)
        words = (action.help or "") % {"default": action.default, "prog": parser.prog}
        rows.append((names or code(value), plain(words)))
    return table(("argument", "what it says"), rows)


# -- operations -------------------------------------------------------------------------------------------------

#: What the last of these words in a path is about, and what stores one in a studio.
_STORED = {
    "Flows": ("Flows", "add_flow"),
    "Executions": ("Executions", "add_execution"),
    "Engagements": ("Engagements", "add_engagement"),
    "Steps": ("Steps", "add_step"),
}


def _operations(version: str) -> str:
    """A table for each resource, under a heading of its own."""
    found: dict[tuple[str, str], list[Operation]] = {}
    for operation in OPERATIONS.values():
        if operation.version == version:
            named = [part for part in operation.path.split("/") if part in _STORED]
            found.setdefault(_STORED[named[-1]], []).append(operation)
    heads = ("operation", "request", "parameters", "answer")
    sections = (
        f"### {what} of {version}\n\nStored by `studio.{adder}`.\n\n{table(heads, map(_row, operations))}"
        for (what, adder), operations in found.items()
    )
    return "\n\n".join(sections)


def _row(operation: Operation) -> tuple[str, ...]:
    page = "OpenAPI document" if "github.com" in operation.doc else "Twilio's page"
    return (
        f"`{operation.id}` [{page}]({operation.doc})",
        code(f"{operation.method} {operation.path}"),
        ", ".join(map(_parameter, operation.params)),
        f"{operation.status} {code(operation.schema)}".strip(),
    )


def _parameter(param: Param) -> str:
    kind, _, values = param.kind.partition(":")
    words = f"{values.replace('|', ' or ')}" if values else {"text": "", "json": "JSON"}.get(kind, kind)
    told = ", ".join(filter(None, (words, "required" if param.required else "")))
    return f"`{param.name}`" + (f" ({told})" if told else "")


# -- schemas, codes, SIDs ---------------------------------------------------------------------------------------


def _schemas() -> str:
    rows = []
    for name in schemas.names():
        schema = schemas.load(name)
        page = re.match(r"https://\S+", schema.get("$comment", ""))
        rows.append((code(name), schema["title"], f"[page]({page[0]})" if page else ""))
    return table(("name", "what it describes", "Twilio"), rows)


def _codes() -> str:
    rows = ((code(number), str(status), message) for number, (status, message) in CATALOGUE.items())
    return table(("code", "status", "message"), rows)


def _prefixes() -> str:
    return table(("prefix", "SID of"), ((code(prefix), words) for prefix, words in PREFIXES.items()))


TABLES: dict[str, Callable[[], str]] = {
    "fixtures": _fixtures,
    "settings": _settings,
    "options": _options,
    "commands": _commands,
    **{f"command {name}": lambda name=name: _arguments(name) for name in cli.COMMANDS},  # type: ignore[misc]
    "schemas": _schemas,
    "codes": _codes,
    "prefixes": _prefixes,
    "operations v1": lambda: _operations("v1"),
    "operations v2": lambda: _operations("v2"),
}
