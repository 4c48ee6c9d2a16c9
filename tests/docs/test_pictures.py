"""The pictures of the docs: small, of use, and at home with the reader."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted(path for path in (ROOT / "docs" / "pictures").glob("*") if path.suffix in (".png", ".svg"))

pytestmark = pytest.mark.skipif(not PICTURES, reason="the tests run away from their repository")


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_asks_no_other_host_and_loads_quickly(path: Path) -> None:
    """Fonts and styles are the reader's own; 200 kB are enough."""
    assert path.stat().st_size < 200_000
    if path.suffix == ".svg":
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"@import|@font-face|url\([^#]|(?:href|src)=\"(?!#)", text)


def test_every_picture_is_shown_and_described() -> None:
    """Each on a page, with words for those who do not see it."""
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    shown = {
        Path(name).name: words
        for page in pages
        for words, name in re.findall(r"!\[([^\]]*)\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    }
    assert {path.name for path in PICTURES} <= set(shown)
    assert all(words.strip() for words in shown.values())
