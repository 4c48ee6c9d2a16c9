"""``pytest-studio draw``: a definition in, an SVG image out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pytest_studio.cli import main

FLOW = {
    "description": "Grüße",
    "initial_state": "Trigger",
    "states": [
        {"name": "Trigger", "type": "trigger", "transitions": [{"event": "incomingCall", "next": "hi"}]},
        {"name": "hi", "type": "say-play", "transitions": [{"event": "audioComplete"}], "properties": {"say": "Hi"}},
    ],
}  # fmt: skip


def written(folder: Path, flow: Any, name: str = "greeting.json") -> str:
    """A file with a Flow."""
    path = folder / name
    path.write_text(flow if isinstance(flow, str) else json.dumps(flow), encoding="utf-8")
    return str(path)


def test_a_drawing_goes_to_the_standard_output(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """And nothing else does."""
    assert main(["draw", written(tmp_path, FLOW)]) == 0
    out, err = capfdbinary.readouterr()
    root = ElementTree.fromstring(out)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert b"greeting" in out
    assert err == b""


@pytest.mark.parametrize("flag", ["-o", "--output"])
def test_a_drawing_goes_to_a_file(tmp_path: Path, capfd: pytest.CaptureFixture[str], flag: str) -> None:
    """In UTF-8, whatever the system prefers."""
    target = tmp_path / "flow.svg"
    assert main(["draw", written(tmp_path, {"friendly_name": "Grüße", "definition": FLOW}), flag, str(target)]) == 0
    assert "Grüße" in target.read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_faults_are_told_beside_the_drawing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """To look at a Flow may be how its fault is found."""
    flow = json.loads(json.dumps(FLOW))
    flow["states"][0]["transitions"][0]["next"] = "gone"
    assert main(["draw", written(tmp_path, flow)]) == 0
    out, err = capfd.readouterr()
    assert out.endswith("</svg>\n")
    assert "#/states/0/transitions/0/next: names 'gone', which is no state" in err


@pytest.mark.parametrize(
    ("flow", "said"),
    [
        ("{", "it is no JSON"),
        ({"a": 1}, "no Flow Definition"),
        ({"initial_state": "a", "states": [{"type": "say-play"}]}, "#/states/0/name: is missing but it is required"),
        ({"initial_state": "a", "states": [7]}, "#/states/0"),
        ({"initial_state": "a", "states": [{"name": "a", "type": "b", "transitions": [{"next": {"x": 1}}]}]}, "drawn"),
    ],
)  # fmt: skip
def test_what_cannot_be_drawn_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str], flow: Any, said: str) -> None:
    """With exit code 2, and no traceback."""
    assert main(["draw", written(tmp_path, flow)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("pytest-studio draw: ")
    assert said in err


def test_a_file_that_is_not_there_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """As is one that cannot be written."""
    assert main(["draw", str(tmp_path / "none.json")]) == 2
    assert "none.json" in capfd.readouterr().err
    assert main(["draw", written(tmp_path, FLOW), "-o", str(tmp_path / "no" / "folder.svg")]) == 2
    assert "folder.svg" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["flow.png", "flow.html"])
def test_a_file_that_would_not_be_svg_is_refused(tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str) -> None:
    """With the name that would be right, before anything is written."""
    target = tmp_path / name
    assert main(["draw", written(tmp_path, FLOW), "-o", str(target)]) == 2
    assert capfd.readouterr().err == (
        f"pytest-studio draw: {target}: what is drawn is SVG: name it {tmp_path / 'flow.svg'}\n"
    )
    assert not target.exists()


@pytest.mark.parametrize("name", ["flow", "flow.SVG"])
def test_a_file_may_have_no_suffix_or_one_in_capitals(tmp_path: Path, name: str) -> None:
    """As a pipe has none."""
    assert main(["draw", written(tmp_path, FLOW), "-o", str(tmp_path / name)]) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").endswith("</svg>\n")
