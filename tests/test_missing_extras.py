"""What a bare install says: at the place that needs an extra, once, by the name that was asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

GREETS = {
    "states": [
        {
            "name": "Trigger",
            "type": "trigger",
            "transitions": [{"event": "incomingMessage", "next": "greet"}],
            "properties": {},
        },
        {
            "name": "greet",
            "type": "send-message",
            "transitions": [{"event": "sent"}],
            "properties": {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": "Hi"},
        },
    ],
    "initial_state": "Trigger",
}
#: Begins a program in which these libraries are not installed.
ABSENT = """
import sys

class Absent:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name in {!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Absent)
"""


def run(code: str, *absent: str) -> str:
    """What a program prints where these libraries are not installed."""
    program = ABSENT.format(absent) + code
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def failing(pytester: pytest.Pytester, test: str, *absent: str) -> list[str]:
    """The lines of a report on a test that fails where these libraries are not installed."""
    pytester.makeconftest(ABSENT.format(absent))
    pytester.makepyfile(test)
    result = pytester.runpytest_subprocess("-q")
    assert result.ret == 1
    return result.outlines


def test_all_public_names_are_there_without_extras() -> None:
    """A star import asks for all of them."""
    printed = run("from pytest_studio import *\nprint(StudioServer.__name__, StudioProxy.__name__)", "h11", "trustme")
    assert printed == "StudioServer StudioProxy\n"


def test_pydoc_reads_the_package_without_extras() -> None:
    """And shows its classes."""
    printed = run("import pydoc, pytest_studio\nprint(pydoc.plain(pydoc.render_doc(pytest_studio)))", "h11", "trustme")
    assert "class StudioServer" in printed


@pytest.mark.parametrize("name", ["StudioServer", "StudioProxy"])
def test_a_server_says_what_it_needs_when_it_is_made(name: str) -> None:
    """By its own name."""
    code = f"import pytest_studio\ntry:\n    pytest_studio.{name}()\nexcept pytest_studio.MissingExtra as error:\n"
    printed = run(code + "    print(error, error.__cause__)", "h11")
    wanted = f"a {name} needs the h11 package, which is not installed: pip install 'pytest-studio[server]'"
    assert printed == f"{wanted} None\n"


@pytest.mark.parametrize(
    ("fixture", "library", "extra"),
    [
        ("studio_client", "twilio", "twilio"),
        ("studio_async_client", "twilio", "twilio"),
        ("studio_server", "h11", "server"),
        ("studio_proxy", "h11", "server"),
        ("studio_proxy", "trustme", "server"),
    ],
)
def test_a_fixture_says_what_it_needs_in_a_line(
    pytester: pytest.Pytester, fixture: str, library: str, extra: str
) -> None:
    """By its own name, without the lines of this package."""
    if library == "trustme":
        pytest.importorskip("h11")
    lines = failing(pytester, f"def test_it({fixture}):\n    pass", library)
    words = f"{fixture} needs the {library} package, which is not installed: pip install 'pytest-studio[{extra}]'"
    assert sum(line.endswith(words) for line in lines) == 1
    assert not any("Traceback" in line or "File" in line or line.startswith(">") for line in lines)
    assert len(lines) < 12


def test_a_call_that_needs_an_extra_ends_at_the_tests_own_line(pytester: pytest.Pytester) -> None:
    """Nothing is told of how it was found out."""
    (pytester.path / "flow.json").write_text(json.dumps(GREETS))
    lines = failing(pytester, "def test_it(studio):\n    studio.load_flow('flow.json')", "liquid")
    assert any(line.startswith(">") and "studio.load_flow" in line for line in lines)
    assert any("pip install 'pytest-studio[flow]'" in line for line in lines)
    assert not any("direct cause" in line or "engine.py" in line for line in lines)
    assert len(lines) < 18


def test_a_library_that_is_there_and_breaks_is_the_cause(tmp_path: Path) -> None:
    """What was wrong with it is not hidden."""
    (tmp_path / "h11.py").write_text("import nothing_of_that_name\n")
    code = (
        f"import sys\nsys.path.insert(0, {str(tmp_path)!r})\n"
        "import pytest_studio\ntry:\n    pytest_studio.StudioServer()\nexcept ImportError as error:\n"
        "    print(error.__cause__)"
    )
    assert run(code) == "No module named 'nothing_of_that_name'\n"
