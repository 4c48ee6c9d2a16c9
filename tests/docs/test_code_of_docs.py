"""Every code block of the site and of the README does what the page says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("yaml")
from page_runs import ROOT, Wrong, run_page

pytestmark = [
    pytest.mark.skipif(not (ROOT / "mkdocs.yml").exists(), reason="the tests run away from their repository"),
    pytest.mark.skipif(os.name == "nt", reason="the commands are for a POSIX shell"),
]

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for pattern in ("*.md", "docs/**/*.md", "benchmarks/*.md", "examples/*.md")
    for path in ROOT.glob(pattern)
    if "```" in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("page", PAGES)
def test_code_blocks_do_what_their_page_says(page: str, tmp_path: Path) -> None:
    """Files are written, tests pass, commands print what stands under them."""
    told = None
    try:
        run_page(ROOT / page, page, tmp_path)
    except Wrong as wrong:
        told = str(wrong)
    except ModuleNotFoundError as absent:
        pytest.skip(str(absent))
    if told is not None:
        pytest.fail(told, pytrace=False)
