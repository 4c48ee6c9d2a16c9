"""What is installed is what works: the wheel, in a clean environment, under a downstream suite."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from email.message import Message
from email.parser import BytesParser
from pathlib import Path

import pytest

import pytest_studio

ROOT = Path(__file__).parent.parent
SCHEMAS = {path.relative_to(ROOT / "schemas").as_posix() for path in (ROOT / "schemas").rglob("*.json")}

pytestmark = pytest.mark.skipif(
    not (ROOT / "pyproject.toml").exists(), reason="the tests run away from their repository"
)


def run(*command: str | Path, cwd: Path) -> str:
    """Run a command in an environment without ours, and return what it printed."""
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "TWILIO", "COV"))}
    done = subprocess.run([*map(str, command)], cwd=cwd, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sdist and the wheel that is built from it: STUDIO_DIST, or one that all workers share."""
    if given := os.environ.get("STUDIO_DIST"):
        return Path(given).resolve()
    pytest.importorskip("build")
    filelock = pytest.importorskip("filelock")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if hasattr(request.config, "workerinput") else base) / "dist"
    with filelock.FileLock(f"{folder}.lock"):
        if not folder.exists():
            folder.mkdir()
            run(sys.executable, "-m", "build", "--outdir", folder, ROOT, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    """The built wheel."""
    [path] = built.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def metadata(wheel: Path) -> Message:
    """What the wheel says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        [name] = [name for name in archive.namelist() if name.endswith(".dist-info/METADATA")]
        return BytesParser().parsebytes(archive.read(name))


def test_the_sdist_has_all_that_the_wheel_is_made_of(built: Path) -> None:
    """Sources, schemas, licence."""
    [path] = built.glob("*.tar.gz")
    with tarfile.open(path) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"schemas/{name}" for name in SCHEMAS} <= names
    assert {"pyproject.toml", "LICENSE", "README.md", "src/pytest_studio/plugin.py"} <= names


def test_the_wheel_has_the_schemas_the_types_and_nothing_foreign(wheel: Path) -> None:
    """Everything lies in the package."""
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        [entry_points] = [archive.read(name).decode() for name in names if name.endswith("entry_points.txt")]
    assert {f"pytest_studio/json_schemas/{name}" for name in SCHEMAS} <= names
    assert "pytest_studio/py.typed" in names
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"pytest_studio"}
    assert "[pytest11]\nstudio = pytest_studio.plugin" in entry_points


def test_the_wheel_says_the_version_that_the_package_has(metadata: Message, wheel: Path) -> None:
    """It stands in one place."""
    assert metadata["Version"] == pytest_studio.__version__
    assert wheel.name.startswith(f"pytest_studio-{pytest_studio.__version__}-")


def test_all_is_what_every_extra_for_users_brings(metadata: Message) -> None:
    """Those for work on the package itself stay out."""
    needs = [need.partition(";") for need in metadata.get_all("Requires-Dist", [])]
    extras = {
        extra: {need for need, _, marker in needs if f"'{extra}'" in marker}
        for extra in metadata.get_all("Provides-Extra", [])
    }
    everything = extras.pop("all")
    assert everything == set().union(*(needed for extra, needed in extras.items() if extra not in ("dev", "docs")))


def test_a_package_index_can_show_the_description(built: Path) -> None:
    """As twine sees it before it uploads."""
    pytest.importorskip("twine")
    printed = run(sys.executable, "-m", "twine", "check", "--strict", *built.glob("pytest_studio-*"), cwd=built)
    assert printed.count("PASSED") == 2


def test_the_examples_pass_with_the_wheel_alone(wheel: Path, tmp_path: Path) -> None:
    """In a clean environment with what they ask for, away from the repository, with warnings as errors."""
    home, suite = tmp_path / "env", tmp_path / "suite"
    venv.create(home, with_pip=True)
    python = home / "bin" / "python"
    shutil.copytree(ROOT / "examples", suite, ignore=shutil.ignore_patterns(".*", "__pycache__", "flowcov"))
    run(
        python, "-m", "pip", "install", "--quiet", "--no-compile", wheel, "-r", suite / "requirements.txt", cwd=tmp_path
    )
    suite.joinpath("test_schemas_are_found.py").write_text(
        "def test_it(studio_schemas, step_payload):\n"
        "    assert len(studio_schemas.names()) >= 27\n"
        "    studio_schemas.validate(step_payload, 'v2/execution_step')\n"
    )
    command = (python, "-m", "pytest", "-p", "no:cacheprovider", "-W", "error", "--studio-flow-cov=html:flowcov")
    printed = run(*command, cwd=suite)
    assert " passed" in printed
    assert "skipped" not in printed
    assert suite.joinpath("flowcov", "index.html").exists()
    shown = suite.joinpath("README.md").read_text(encoding="utf-8").partition("html:flowcov\n")[2].partition("```")[0]
    assert [line for line in shown.splitlines() if line != "…" and line not in printed] == []
    where = run(python, "-c", "import pytest_studio; print(pytest_studio.__file__)", cwd=tmp_path)
    assert where.startswith(str(home))
