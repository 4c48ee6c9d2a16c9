"""Every row of the fidelity page says where a behaviour comes from, and where to change what was chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import pytest_studio

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fidelity.md"
PACKAGE = Path(pytest_studio.__file__).parent
SCHEMAS = PAGE.parents[1] / "schemas"

pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the tests run away from their repository")


class Row(NamedTuple):
    """A row of a table: its line, the heads of the table, its cells."""

    line: int
    heads: list[str]
    cells: list[str]


def rows() -> Iterator[Row]:
    """The rows of all tables."""
    heads: list[str] = []
    for number, line in enumerate(PAGE.read_text(encoding="utf-8").splitlines(), 1):
        if not line.startswith("|"):
            heads = []
        elif not heads:
            heads = [cell.strip() for cell in line.strip("|").split("|")]
        elif not line.startswith("| ---"):
            yield Row(number, heads, [cell.strip() for cell in line.strip("|").split("|")])


def exists(module: str) -> bool:
    """Whether the package, or the schemas, have such a file or folder."""
    return (PACKAGE / module).exists() or (SCHEMAS.parent / module).exists()


def test_every_behaviour_has_one_of_three_grades() -> None:
    """Documented or recorded, or the table is of what was chosen; the last table is of clients, not of Twilio."""
    kinds = {tuple(row.heads) for row in rows()}
    assert kinds == {
        ("behaviour", "grade", "source"),
        ("question", "chosen", "where"),
        ("client", "what is left out, or other than in life"),
    }
    assert all(len(row.cells) == len(row.heads) and all(row.cells) for row in rows())
    assert {row.cells[1] for row in rows() if "grade" in row.heads} == {"documented", "recorded"}


def test_what_is_documented_or_recorded_has_a_source() -> None:
    """A page, a document or a public repository; of the module that is named beside it, that it is there."""
    text = PAGE.read_text(encoding="utf-8")
    targets = dict(re.findall(r"^\[(\w+)\]: (https://\S+)$", text, re.MULTILINE))
    used = set()
    for row in rows():
        if "source" in row.heads:
            keys = re.findall(r"\]\[(\w+)\]", row.cells[2])
            modules = re.findall(r"`([\w/]+\.py)`", row.cells[2])
            assert keys or modules, f"line {row.line} has no source"
            assert set(keys) <= set(targets), f"line {row.line}"
            assert all(map(exists, modules)), f"line {row.line}"
            used |= set(keys)
    assert used == set(targets)
    known = ("https://www.twilio.com/docs/", "https://github.com/")
    assert all(url.startswith(known) for url in targets.values())


def test_what_was_chosen_can_be_changed_where_the_row_says() -> None:
    """Each module and folder that it names is there."""
    for row in rows():
        if "where" in row.heads:
            places = re.findall(r"`([\w/.]+)`", row.cells[2])
            assert places, f"line {row.line} names no place"
            assert all(map(exists, places)), f"line {row.line}: {places}"
