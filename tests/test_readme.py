"""The README's tables name what there is; its code is run by ``docs/test_code_of_docs.py``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_studio import plugin
from pytest_studio.settings import KEYS

README = Path(__file__).parent.parent / "README.md"

pytestmark = pytest.mark.skipif(not README.exists(), reason="the tests run away from their repository")


def test_the_tables_name_every_fixture_option_and_key() -> None:
    """And nothing that is not there."""
    text = README.read_text(encoding="utf-8")
    section = text.partition("## Fixtures")[2].partition("Without pytest")[0]
    listed = {
        name for row in re.findall(r"^\| (`.*?) \|", section, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)
    }
    source = Path(plugin.__file__).read_text(encoding="utf-8")
    assert listed == set(re.findall(r"@pytest\.fixture(?:\(.*?\))?\ndef ([a-z]\w+)", source))
    section = text.partition("## Options, ini and the marker")[2].partition("## What is faked")[0]
    options = set(re.findall(r'"--(?:no-)?studio-([\w-]+)"', source))
    assert set(re.findall(r"`--(?:no-)?studio-([\w-]+)", section)) == options
    assert set(re.findall(r"`studio_(\w+)`", section)) == set(re.findall(r'parser\.addini\(\s*"studio_(\w+)"', source))
    assert set(re.findall(r"`(\w+)=", section)) == set(KEYS)
