"""What a user's type checker sees: ``samples/`` are a user's modules, whose expectations mypy and pyright hold.

Here mypy does, as is quick; ``nox -s types`` has pyright do it, too.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import pytest_studio
from pytest_studio import FakeStudio, plugin

HERE = Path(__file__).parent
SAMPLES = {path.stem: path.read_text(encoding="utf-8") for path in sorted((HERE / "samples").glob("*.py"))}
#: What a studio says to the plugin and to transports, not to users.
INNER = {"judged", "knows", "note_refusal", "remember_less", "story", "talks", "watch"}


def fixtures() -> dict[str, str]:
    """The plugin's fixtures, and how each is annotated: an iterator by what it yields."""
    found = {}
    for node in ast.parse(Path(plugin.__file__).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any("fixture" in ast.unparse(how) for how in node.decorator_list):
            assert node.returns is not None, f"the fixture {node.name} has no annotation"
            found[node.name] = ast.unparse(node.returns).removeprefix("Iterator[").removesuffix("]")
    return {name: type_ for name, type_ in found.items() if not name.startswith("_")}


def test_mypy_sees_precise_types_and_every_mistake(tmp_path: Path) -> None:
    """In strict mode, from outside of the repository; an expectation that does not hold is an error, as is a mark."""
    pytest.importorskip("mypy")
    command = [sys.executable, "-m", "mypy", "--config-file", str(HERE / "mypy.ini"), "--cache-dir", str(tmp_path)]
    done = subprocess.run(
        [*command, str(HERE / "samples")], cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.stdout.startswith("Success: no issues found"), done.stdout + done.stderr


def test_each_public_name_is_in_the_samples() -> None:
    """What ``from pytest_studio import …`` gives."""
    imported = {
        alias.name
        for text in SAMPLES.values()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.ImportFrom) and node.module == "pytest_studio"
        for alias in node.names
    }
    assert set(pytest_studio.__all__) <= imported


@pytest.mark.parametrize("name", pytest_studio.__all__)
def test_a_public_name_is_there_when_the_module_runs(name: str) -> None:
    """Names for annotations are names at run time, too; what needs an extra says which."""
    if name in ("StudioServer", "StudioProxy"):
        pytest.importorskip("h11")
    assert getattr(pytest_studio, name).__module__.startswith("pytest_studio")


def test_each_method_of_a_studio_is_in_the_samples() -> None:
    """And each property."""
    methods = {name for name in dir(FakeStudio) if not name.startswith("_")} - INNER
    text = "\n".join(SAMPLES.values())
    assert {name for name in methods if f"studio.{name}" not in text} == set()


@pytest.mark.parametrize(("name", "type_"), fixtures().items())
def test_a_fixture_is_annotated_by_a_name_that_users_have(name: str, type_: str) -> None:
    """``def test(studio: FakeStudio)``: a public name, the SDK's client or a builtin type."""
    assert type_ in {*pytest_studio.__all__, "Client", "str", "Json"}
    user_writes = type_.replace("Json", "dict[str, Any]")
    if not name.endswith("_payload"):  # one of them stands for all
        assert any(f"{name}: {user_writes}" in text for text in SAMPLES.values())
