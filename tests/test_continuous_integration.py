"""Pythons stand in the classifiers; ``nox`` and the workflows take them from there, and call sessions that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

yaml = pytest.importorskip("yaml")

ROOT = Path(__file__).parent.parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
if not WORKFLOWS:
    pytest.skip("the tests run away from their repository", allow_module_level=True)

PROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
NOXFILE = (ROOT / "noxfile.py").read_text(encoding="utf-8")
PYTHONS = re.findall(r'"Programming Language :: Python :: (3\.\d+)"', PROJECT)
SESSIONS = {
    node.name
    for node in ast.parse(NOXFILE).body
    if isinstance(node, ast.FunctionDef) and any("session" in ast.unparse(how) for how in node.decorator_list)
}
each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def jobs_of(path: Path) -> dict[str, Any]:
    """The jobs of a workflow."""
    jobs: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return jobs


def steps_of(path: Path) -> list[dict[str, Any]]:
    """The steps of all its jobs."""
    return [step for job in jobs_of(path).values() for step in job.get("steps", ())]


def test_the_lowest_classifier_is_what_is_required() -> None:
    """And none is left out between the lowest and the highest."""
    minors = [int(python.partition(".")[2]) for python in PYTHONS]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert f'requires-python = ">={PYTHONS[0]}"' in PROJECT
    assert f'python_version = "{PYTHONS[0]}"' in PROJECT  # mypy's
    assert f'target-version = "py{PYTHONS[0].replace(".", "")}"' in PROJECT  # ruff's


def test_nox_runs_on_the_classifiers() -> None:
    """As nox itself reads them."""
    nox = pytest.importorskip("nox")
    assert list(nox.project.python_versions(nox.project.load_toml(str(ROOT / "pyproject.toml")))) == PYTHONS
    assert 'PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))' in NOXFILE


def test_the_matrix_is_what_nox_says() -> None:
    """The build job asks nox; the tests' job takes its answer."""
    jobs = jobs_of(ROOT / ".github" / "workflows" / "ci.yml")
    assert jobs["tests"]["strategy"]["matrix"]["python"] == "${{ fromJSON(needs.build.outputs.pythons) }}"
    assert any("nox --json --list-sessions --sessions tests" in step.get("run", "") for step in jobs["build"]["steps"])


@each_workflow
def test_a_workflow_calls_sessions_that_exist(path: Path) -> None:
    """Those that a matrix lists among them."""
    lists = [job.get("strategy", {}).get("matrix", {}).get("session", []) for job in jobs_of(path).values()]
    called = re.findall(r'nox -s "?([a-z]+)', "\n".join(step.get("run", "") for step in steps_of(path)))
    assert {*called, *(name for names in lists for name in names)} <= SESSIONS


@each_workflow
def test_actions_are_pinned_by_their_major_version(path: Path) -> None:
    """Dependabot raises them."""
    for step in steps_of(path):
        if "uses" in step:
            assert re.search(r"@(v\d+|release/v\d+)$", step["uses"]), step["uses"]


@each_workflow
def test_a_job_may_only_read_and_has_an_end(path: Path) -> None:
    """But for the one that uploads, which gets a token of PyPI's for that."""
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}
    for name, job in jobs_of(path).items():
        assert "uses" in job or job["timeout-minutes"] <= 360
        assert job.get("permissions", {}) == ({"id-token": "write"} if name == "publish" else {})


@each_workflow
def test_what_a_run_uploads_has_names_of_its_own(path: Path) -> None:
    """A second artifact of a name is refused, and a workflow that is called uploads into the run of its caller."""
    called = [path.parent / Path(job["uses"]).name for job in jobs_of(path).values() if "uses" in job]
    steps = [step for each in (path, *called) for step in steps_of(each)]
    names = [step["with"]["name"] for step in steps if "upload-artifact" in step.get("uses", "")]
    assert len(set(names)) == len(names)
    fetched = {step["with"]["name"] for step in steps if "download-artifact" in step.get("uses", "")}
    assert fetched <= set(names)
