"""What the README shows is run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pytest_studio import plugin
from pytest_studio.settings import KEYS

README = Path(__file__).parent.parent / "README.md"
BOOKING = README.parent / "examples" / "flows" / "booking.json"

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.skipif(not README.exists(), reason="the tests run away from their repository")


def test_its_tests_pass_as_they_stand(pytester: pytest.Pytester) -> None:
    """Copied into an empty folder, beside the Flow that they load."""
    pytest.importorskip("twilio")
    pytest.importorskip("liquid")
    blocks = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    for number, code in enumerate(blocks):
        pytester.path.joinpath(f"test_block_{number}.py").write_text(code, encoding="utf-8")
    pytester.mkdir("flows").joinpath("booking.json").write_bytes(BOOKING.read_bytes())
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    tests = sum(len(re.findall(r"^def test_", code, re.MULTILINE)) for code in blocks)
    result.assert_outcomes(passed=tests)
    assert tests


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
