"""Tables of the site list what there is, and links of its pages lead somewhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from pytest_studio import cli, plugin, schemas
from pytest_studio.operations import OPERATIONS
from pytest_studio.settings import KEYS

ROOT = Path(__file__).resolve().parents[2]
BUILDING = ROOT / "docs" / "building"
pytestmark = pytest.mark.skipif(not BUILDING.exists(), reason="the tests run away from their repository")
if BUILDING.exists():
    sys.path.insert(0, str(BUILDING))
    import site_pages
    import site_tables

    NAMES = sorted(site_tables.TABLES)
else:
    NAMES = []


def rows(name: str) -> list[list[str]]:
    """The cells of a table, without its heads."""
    lines = [line for line in site_tables.TABLES[name]().splitlines() if line.startswith("| ")]
    cells = [re.split(r"(?<!\\) \| ", line.removeprefix("| ").removesuffix(" |")) for line in lines]
    return [row for row, below in zip(cells, [*cells[1:], []], strict=True) if "---" not in (row[0], *below[:1])]


@pytest.mark.parametrize("name", NAMES)
def test_a_table_is_a_table(name: str) -> None:
    """Rows, all as wide as its heads, and none that is empty where it begins."""
    ruler = next(line for line in site_tables.TABLES[name]().splitlines() if line.startswith("| ---"))
    assert {len(row) for row in rows(name)} == {ruler.count("---")}
    assert all(any(row[:3]) for row in rows(name))


def test_every_fixture_stands_in_its_table() -> None:
    """As the plugin's source has them, with what they are worth."""
    source = Path(plugin.__file__).read_text(encoding="utf-8")
    public = re.findall(r"@pytest\.fixture(?:\(.*?\))?\ndef ([a-z]\w+)", source)
    assert [row[0] for row in rows("fixtures")] == [f"`{name}`" for name in public]
    assert all(row[1] and row[3] for row in rows("fixtures"))
    assert {row[0]: row[2] for row in rows("fixtures")}["`studio_schemas`"] == "session"


def test_every_option_stands_in_its_table() -> None:
    """As pytest was told of them."""
    source = Path(plugin.__file__).read_text(encoding="utf-8")
    told = re.findall(r'addoption\(\s*"(--[\w-]+)"', source)
    assert [re.match(r"`(--[\w-]+)", row[0])[1] for row in rows("options")] == told  # type: ignore[index]
    assert all(row[1] for row in rows("options"))


def test_every_setting_has_its_option_ini_and_key() -> None:
    """What the marker takes, and where else it can be said."""
    found = {row[2]: row for row in rows("settings")}
    assert list(found) == [f"`{key}=`" for key in KEYS]
    assert found["`strict=`"][:2] == ["`--studio-strict`, `--no-studio-strict`", "`studio_strict`"]
    assert found["`seed=`"][0] == "`--studio-seed N|random`"
    assert all(row[4] for row in found.values())


def test_every_subcommand_has_its_arguments() -> None:
    """And what they say."""
    assert len(rows("commands")) == len(cli.COMMANDS)
    for name in cli.COMMANDS:
        assert all(row[1] for row in rows(f"command {name}")), name
    assert any("`--keep-urls`" in row[0] for row in rows("command serve"))


def test_the_help_of_the_command_is_no_markdown() -> None:
    """Its asterisks and underlines are seen; in code they are seen as they are."""
    [words] = [row[1] for row in rows("command proxy") if row[0].startswith("`--tunnel")]
    assert r"\*.example.com, or '\*' for all" in words
    assert site_tables.plain("a_b `c_*` [d]") == r"a\_b `c_*` \[d\]"


def test_the_reference_leaves_out_what_a_studio_says_to_the_package() -> None:
    """The names that users need no types of are none that they read of."""
    said = (ROOT / "tests" / "typing" / "test_typing.py").read_text(encoding="utf-8")
    inner = set(re.findall(r'"(\w+)"', re.findall(r"^INNER = \{.*\}$", said, re.MULTILINE)[0]))
    filters = re.findall(r'^ +- "!\^\((.+)\)\$"$', (ROOT / "mkdocs.yml").read_text(encoding="utf-8"), re.MULTILINE)
    assert inner <= set("|".join(filters).split("|"))
    studio = (ROOT / "docs" / "reference" / "studio.md").read_text(encoding="utf-8")
    listed = re.findall(r"members: \[(.*)\]", studio)
    assert inner.isdisjoint(", ".join(listed).split(", "))


def test_every_operation_stands_in_a_table() -> None:
    """With method and path, parameters, status, schema, and Twilio's page."""
    listed = {row[0].split("`")[1]: row for version in ("v1", "v2") for row in rows(f"operations {version}")}
    assert sorted(listed) == sorted(OPERATIONS)
    for name, operation in OPERATIONS.items():
        row = listed[name]
        assert row[1] == f"`{operation.method} {operation.path}`"
        assert re.findall(r"`(\w+)`", row[2]) == [param.name for param in operation.params]
        assert row[3] == (f"{operation.status} `{operation.schema}`" if operation.schema else "204")
        assert f"({operation.doc})" in row[0]


def test_every_schema_stands_in_its_table() -> None:
    """By its name."""
    assert [row[0] for row in rows("schemas")] == [f"`{name}`" for name in schemas.names()]


def test_tables_stand_where_pages_ask_for_them() -> None:
    """On a line of their own; one that there is not is an error."""
    assert site_tables.filled("a\n\n<!-- table: codes -->\n").startswith("a\n\n| code | status | message |\n")
    with pytest.raises(KeyError, match="nothing"):
        site_tables.filled("<!-- table: nothing -->")


def test_every_table_is_asked_for() -> None:
    """By a page; and every page's tables are there."""
    pages = "\n".join(path.read_text(encoding="utf-8") for path in ROOT.glob("docs/**/*.md"))
    assert sorted(re.findall(r"^<!-- table: (.+) -->$", pages, re.MULTILINE)) == NAMES


@pytest.mark.parametrize(
    ("text", "page", "linked"),
    [
        ("[x](../CHANGELOG.md)", "index.md", "[x](changelog.md)"),
        ("[x](../../benchmarks/README.md#the-last-run)", "guides/a.md", "[x](../benchmarks.md#the-last-run)"),
        ("[x](docs/fidelity.md)", "changelog.md", "[x](fidelity.md)"),
        ("[x](fidelity.md#events)", "flows.md", "[x](fidelity.md#events)"),
        ("[`x`](../src/pytest_studio/wire.py)", "index.md", "`x`"),
        ("[x](../README.md)", "index.md", "[x](index.md)"),
        ("[x](#here) [y](https://example.com/z)", "index.md", "[x](#here) [y](https://example.com/z)"),
        ("```\n[x](../CHANGELOG.md)\n```", "index.md", "```\n[x](../CHANGELOG.md)\n```"),
        (
            "[x](../../examples/flows/booking.json).",
            "guides/a.md",
            "[x](../examples/flows/booking.json){download=booking.json}.",
        ),
        ("[`x`](test_flow.py)", "examples.md", "[`x`](examples/test_flow.py){download=test_flow.py}"),
    ],
)
def test_links_lead_to_pages_of_the_site(text: str, page: str, linked: str) -> None:
    """Where it has what they mean; else the text stands alone."""
    assert site_pages.linked(text, page) == (linked, [])


def test_links_to_files_that_are_gone_are_told() -> None:
    """As they are written."""
    assert site_pages.linked("[x](../nothing.py)", "index.md")[1] == ["../nothing.py"]


def test_links_to_files_go_where_the_repository_is_shown() -> None:
    """Once that is known."""
    text, dead = site_pages.linked("[x](../tests/helpers.py)", "index.md", "https://example.com/it/")
    assert (text, dead) == ("[x](https://example.com/it/blob/main/tests/helpers.py)", [])


def test_the_site_has_the_files_of_the_examples() -> None:
    """All that its page of them names, and no caches."""
    named = re.findall(r"\]\(([\w/]+\.\w+)\)", (ROOT / "examples" / "README.md").read_text(encoding="utf-8"))
    assert {f"examples/{name}" for name in named} <= set(site_pages.downloads())
    assert all((ROOT / path).is_file() and "/." not in path for path in site_pages.downloads())


@pytest.mark.parametrize("page", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("docs/**/*.md")))
def test_a_page_that_reads_the_flow_of_the_examples_leads_to_it(page: str) -> None:
    """Its reader has nothing but the site."""
    text = (ROOT / page).read_text(encoding="utf-8")
    link = "](" + "../" * page.count("/") + "examples/flows/booking.json)"
    assert link in text or "flows/booking.json" not in text
