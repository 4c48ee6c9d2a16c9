"""What runs the pages says of a page that is wrong, and where."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("yaml")
from code_blocks import blocks_of, first_missing
from page_runs import NOT_RUN, ROOT, Wrong, run_page

pytestmark = [
    pytest.mark.skipif(not (ROOT / "mkdocs.yml").exists(), reason="the tests run away from their repository"),
    pytest.mark.skipif(os.name == "nt", reason="the commands are for a POSIX shell"),
]


def told(folder: Path, text: str, name: str = "docs/page.md") -> str:
    """What is said of a page; nothing if it is right."""
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    room = folder / "room"
    room.mkdir()
    try:
        run_page(page, name, room)
    except Wrong as wrong:
        return str(wrong)
    return ""


def test_a_test_that_fails_is_told_with_its_line_in_the_page(tmp_path: Path) -> None:
    """And with what pytest printed."""
    words = told(tmp_path, "# A page\n\n```python\ndef test_it():\n    assert 1 == 2\n```\n")
    assert words.startswith("docs/page.md:4: a test of the block does not pass:")
    assert "docs/page.md:5: AssertionError" in words
    assert "assert 1 == 2" in words


def test_a_file_that_is_shown_anew_is_run_both_times(tmp_path: Path) -> None:
    """As it was first, too: what the page says there must be so."""
    wrong = '```python title="test_it.py"\ndef test_it():\n    assert False\n```\n'
    right = wrong.replace("False", "True")
    assert told(tmp_path, wrong + right).startswith("docs/page.md:2: a test of the block does not pass")


def test_a_test_that_is_meant_to_fail_is_run_by_its_command(tmp_path: Path) -> None:
    """The page says so, and what it prints."""
    page = '```python title="test_it.py"\ndef test_it():\n    assert 1 == 2\n```\n'
    assert (
        told(tmp_path, page + "```console\n$ pytest -q test_it.py  # exit 1\nE       assert 1 == 2\n1 failed…\n```")
        == ""
    )


def test_what_was_shown_to_fail_must_pass_once_a_file_is_mended(tmp_path: Path) -> None:
    """Or the mended code would be the one that nobody tried."""
    broken = '```python title="sums.py"\ndef two():\n    return 1\n```\n'
    test = '```python title="test_it.py"\nfrom sums import two\n\ndef test_it():\n    assert two() == 2\n```\n'
    page = broken + test + "```console\n$ pytest -q test_it.py  # exit 1\n```\n"
    words = told(tmp_path, page + broken.replace("return 1", "return 3"))
    assert words.startswith("docs/page.md:6: a test of the block does not pass")
    (tmp_path / "again").mkdir()
    assert told(tmp_path / "again", page + broken.replace("return 1", "return 2")) == ""


SKIP = "import pytest\n\n\ndef test_it():\n    pytest.skip('not today')\n"


def test_a_test_that_is_skipped_is_told(tmp_path: Path) -> None:
    """It has shown nothing."""
    words = told(tmp_path, f"# A page\n\n```python\n{SKIP}```\n")
    assert words.startswith("docs/page.md:4: a test is skipped:")
    assert "not today" in words


def test_a_command_that_skips_a_test_is_told(tmp_path: Path) -> None:
    """Unless the page says so."""
    page = f'```python title="test_it.py"\n{SKIP}```\n```console\n$ pytest -q test_it.py\n'
    words = told(tmp_path, f"{page}```\n")
    assert words.startswith("docs/page.md:9: 'pytest -q test_it.py' skips a test:")
    (tmp_path / "again").mkdir()
    assert told(tmp_path / "again", f"{page}1 skipped in …\n```\n") == ""


def test_a_test_may_want_a_library_that_is_not_installed(tmp_path: Path) -> None:
    """But not one that is."""
    page = "```python\nimport pytest\n\n\ndef test_it():\n    pytest.importorskip('{}')\n```\n"
    assert told(tmp_path, page.format("no_such_library")) == ""
    (tmp_path / "again").mkdir()
    assert told(tmp_path / "again", page.format("pytest.no_such_module")).startswith(
        "docs/page.md:2: a test is skipped"
    )


@pytest.mark.parametrize(
    "use",
    [
        "```python\nimport lonely\n\n\ndef test_it():\n    assert lonely.x\n```",
        "```python\nfrom lonely import x\n\n\ndef test_it():\n    assert x\n```",
        "```console\n$ python lonely.py\n```",
        "```console\n$ python -m lonely\n```",
    ],
)
def test_a_file_is_used_where_it_is_imported_or_run(tmp_path: Path, use: str) -> None:
    """By its own name."""
    assert told(tmp_path, f'```python title="lonely.py"\nx = 1\n```\n{use}\n') == ""


@pytest.mark.parametrize(
    "mention",
    [
        "```python\ndef test_it():\n    lonely = 1\n    assert lonely\n```",
        '```python title="test_it.py"\nimport os\n\n\ndef test_it():\n    assert os, "import lonely"\n```',
        "```console\n$ echo lonely\nlonely\n```",
        '```json title="lonely.json"\n{"lonely.py": 1}\n```',
        '```python title="other/lonely.py"\nx = 1\n```\n'
        "```python\nfrom other.lonely import x\n\n\ndef test_it():\n    assert x\n```",
    ],
)
def test_a_word_is_no_use_of_a_file(tmp_path: Path, mention: str) -> None:
    """Nor is the same name elsewhere."""
    words = told(tmp_path, f'```python title="lonely.py"\nx = 1\n```\n{mention}\n')
    assert words == "docs/page.md:2: nothing on the page runs lonely.py"


def test_output_that_is_not_printed_is_told_with_what_is(tmp_path: Path) -> None:
    """At the line of the command."""
    words = told(tmp_path, "text\n```console\n$ echo one\none\n$ echo two\nthree\n```\n")
    assert words == "docs/page.md:5: 'echo two' does not print 'three', but:\ntwo"


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("```python\nx = 1\n```", "has no test: give it one, or a title"),
        ("```python\nx = = 1\n```", "is no Python: invalid syntax"),
        ('```python title="lonely.py"\nx = 1\n```', "nothing on the page runs lonely.py"),
        ("```json\n{1}\n```", "is no json"),
        ("```yaml\na: [\n```", "is no yaml"),
        ("```text\nnever printed\n```", "nothing on the page printed 'never printed'"),
        ("```\nsomething\n```", "nothing runs a block without a language"),
        ("```cobol\nSTOP RUN.\n```", "nothing runs cobol"),
        ("```pycon\n>>> 1 + 1\n3\n```", "the session does not go so"),
        ("```console\n$ false\n```", "nothing runs 'false'"),
        ("```console\n$ pip install 'pytest-studio[nothing]'\n```", "there is no extra 'nothing'"),
        (
            "```console\n$ pip install pytest\nSuccessfully installed pytest\n```",
            "nothing runs 'pip', so that nothing can",
        ),
        ("```console\n$ make nothing\n```", "the Makefile has no 'nothing'"),
        ("```console\n$ nox -s nothing\n```", "the noxfile has no session 'nothing'"),
        ("```console\n$ python -c 'raise SystemExit(3)'\n```", "ended with 3, not 0"),
    ],
)
def test_what_is_wrong_with_a_block_is_said(tmp_path: Path, block: str, words: str) -> None:
    """Where it begins."""
    said = told(tmp_path, f"# A page\n{block}\n")
    assert said.startswith("docs/page.md:3: ")
    assert words in said


def test_what_a_clone_is_needed_for_is_looked_up(tmp_path: Path) -> None:
    """Pages for those who work on the repository name files that are there."""
    page = "```console\n$ pytest tests/test_readme.py\n$ python nowhere/at_all.py\n```\n"
    assert told(tmp_path, page, "CONTRIBUTING.md") == "CONTRIBUTING.md:3: the repository has no 'nowhere/at_all.py'"


def test_what_a_change_would_add_names_its_file(tmp_path: Path) -> None:
    """On a page for those who make it; the code itself is not there yet."""
    page = '```python title="a row of {}.py"\n"row": 1,\n```\n'
    assert told(tmp_path, page.format("operations"), "CONTRIBUTING.md") == ""
    (tmp_path / "room").rmdir()
    words = "CONTRIBUTING.md:2: its title does not end with a file of the repository"
    assert told(tmp_path, page.format("nowhere"), "CONTRIBUTING.md") == words


def test_a_server_answers_the_commands_under_it(tmp_path: Path) -> None:
    """On a free port, though the page names one."""
    pytest.importorskip("h11")
    asks = "import urllib.request as r; print(r.urlopen('http://127.0.0.1:4010/v2/Flows').status)"
    page = f'```console\n$ pytest-studio serve --quiet &\nhttp://127.0.0.1:4010\n$ python -c "{asks}"  # exit 1\n```\n'
    assert told(tmp_path, page) == ""


def test_dots_stand_for_anything_and_lines_keep_their_order() -> None:
    """Blanks at the ends do not count."""
    assert first_missing(["  a … c", "d"], "x\na b c  \ny\nd\n") is None
    assert first_missing(["d", "a … c"], "x\na b c\ny\nd\n") == "a … c"


def test_blocks_that_are_not_run_are_there() -> None:
    """A reason without a block would be left behind."""
    for page, what in NOT_RUN:
        blocks = list(blocks_of(ROOT / page, page))
        assert any(what in (block.language, *block.code.split()) for block in blocks), (page, what)
