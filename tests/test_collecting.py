"""``pytest --studio-check``: recordings as tests of a downstream suite."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pytest_studio import FakeStudio

pytest_plugins = ["pytester"]
SAMPLES = Path(__file__).parent / "recordings" / "samples"
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def suite(pytester: pytest.Pytester):
    """A suite with a test, good cassettes and a bad one: ``suite(*arguments)`` runs it."""
    folder = pytester.path / "tests" / "cassettes"
    shutil.copytree(SAMPLES, folder / "good")
    flow = FakeStudio(env=False).add_flow().payload()
    request = {"method": "GET", "url": flow["url"], "headers": {"Authorization": f"Bearer {TOKEN}"}}
    entries = [
        {"request": request, "response": {"status": 200, "body": json.dumps({**flow, **change})}}
        for change in ({}, {"status": "gone"}, {"mood": TOKEN})
    ]
    (folder / "bad.json").write_text(json.dumps(entries, indent=1))
    (pytester.path / "tests" / "test_it.py").write_text("def test_it(): pass\n")
    pytester.makeini("[pytest]\ntestpaths = tests\n")

    def run(*arguments: str) -> pytest.RunResult:
        return pytester.runpytest_subprocess(*arguments)

    return run


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    """How many passed, failed and so on."""
    return {name: count for name, count in result.parseoutcomes().items() if name != "warnings"}


BAD = "tests/cassettes/bad.json::2 GET /v2/Flows/{Sid} -> 200"


def test_each_exchange_is_a_test(suite) -> None:
    """Besides the suite's own; those of other hosts are none."""
    result = suite("--studio-check", "tests/cassettes", "-v")
    assert outcomes(result) == {"passed": 17, "failed": 1}
    names = [line.partition(" PASSED")[0] for line in result.outlines if " PASSED" in line]
    assert "tests/cassettes/good/vcrpy.yaml::3 GET /v2/Flows/{FlowSid}/Executions -> 200" in names
    assert "tests/cassettes/good/vcrpy.yaml::4 GET /v2/Flows/{FlowSid}/Executions/{Sid} -> 200" in names
    assert any(line.startswith(f"FAILED {BAD}") for line in result.outlines)


def test_a_failure_shows_violations_and_no_traceback(suite) -> None:
    """As ``check`` tells them."""
    text = suite("--studio-check", "tests/cassettes/bad.json").stdout.str()
    assert "departs from v2/flow:" in text
    assert "/status: found 'gone'; expected 'draft' or 'published'" in text
    assert "documented at https://www.twilio.com/docs/studio/rest-api/v2/flow" in text
    for sign in ("Traceback", "collecting.py", "def runtest", "raise "):
        assert sign not in text


@pytest.mark.parametrize("more", [(), ("-l", "-rA"), ("-v", "--tb=long")])
def test_credentials_are_warned_of_and_never_shown(suite, more: tuple[str, ...]) -> None:
    """A warning must not show the line of the file, either."""
    result = suite("--studio-check", "tests/cassettes/bad.json", *more)
    text = result.stdout.str() + result.stderr.str()
    assert TOKEN[:10] not in text
    assert "StudioRecordingWarning: bad.json has credentials" in text
    assert "the request header Authorization (entry 1)" in text
    assert "StudioDriftWarning" in text


def test_workers_share_the_tests(suite) -> None:
    """xdist collects the same in each."""
    pytest.importorskip("xdist")
    assert outcomes(suite("--studio-check", "tests/cassettes", "-p", "xdist", "-n", "2")) == {"passed": 17, "failed": 1}


def test_tests_are_chosen_as_others_are(suite) -> None:
    """By -k, by what failed last, by node id."""
    option = ("--studio-check", "tests/cassettes")
    assert outcomes(suite(*option, "-k", "Context")) == {"passed": 3, "deselected": 15}
    assert outcomes(suite(*option)) == {"passed": 17, "failed": 1}
    assert outcomes(suite(*option, "--lf")) == {"failed": 1}
    assert outcomes(suite(*option, BAD)) == {"failed": 1}
    assert outcomes(suite(*option, "tests/cassettes/good")) == {"passed": 14}


def test_paths_may_be_several_and_overlap(suite) -> None:
    """Each exchange is one test."""
    result = suite(
        "tests/test_it.py", "--studio-check", "tests/cassettes/good", "--studio-check", "tests/cassettes/good/*.har"
    )
    assert outcomes(result) == {"passed": 15}
    assert outcomes(suite("tests", "--studio-check", "tests/cassettes/bad.json")) == {"passed": 3, "failed": 1}
    assert outcomes(suite("tests/test_it.py", "--studio-check", "tests")) == {"passed": 17, "failed": 1}


def test_paths_are_found_from_the_root(suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the run starts elsewhere, as from addopts."""
    pytester.makeini("[pytest]\naddopts = --studio-check tests/cassettes/good/vcrpy.json\n")
    monkeypatch.chdir(pytester.path / "tests")
    assert outcomes(suite("test_it.py")) == {"passed": 4}


def test_an_unreadable_file_is_an_error_of_collection(suite, pytester: pytest.Pytester) -> None:
    """With the line, and no traceback."""
    path = pytester.path / "tests" / "cassettes" / "cut.yaml"
    path.write_text("interactions:\n- request: {a: [\n")
    result = suite("--studio-check", str(path))
    assert result.ret == 2
    text = result.stdout.str()
    assert "cut.yaml: unreadable: line 3: no YAML" in text
    assert "Traceback" not in text
    assert "yaml_stream.py" not in text


def test_a_path_that_is_not_there_is_refused(suite) -> None:
    """A usage error."""
    result = suite("--studio-check", "nowhere")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --studio-check nowhere: there is no such file or folder"])


def test_warnings_may_be_errors(suite) -> None:
    """Then drift fails, and credentials stop the collection."""
    assert suite("--studio-check", "tests/cassettes/bad.json", "-W", "error").ret == 2
    options: list[Any] = ["-W", "error", "-W", "ignore::pytest_studio.errors.StudioRecordingWarning"]
    result = suite("--studio-check", "tests/cassettes/bad.json", *options)
    assert outcomes(result) == {"passed": 2, "failed": 2}
    assert "Traceback" not in result.stdout.str()


def test_without_the_option_nothing_of_it_is_there(suite, pytester: pytest.Pytester) -> None:
    """Neither tests nor imports."""
    (pytester.path / "tests" / "test_it.py").write_text(
        "import sys\ndef test_it():\n"
        "    names = ('recordings', 'studio.collecting', 'studio.live')\n"
        "    assert not [m for m in sys.modules if any(name in m for name in names)]\n"
    )
    assert outcomes(suite()) == {"passed": 1}


def test_placeholders_are_told_and_what_cannot_be_unpacked_is_skipped(suite, pytester: pytest.Pytester) -> None:
    """Neither is a failure, and neither is silent."""
    flow = FakeStudio(env=False).add_flow().payload()
    request = {"method": "GET", "url": flow["url"]}
    packed = {"headers": {"Content-Encoding": "br"}, "body": {"base64_string": "CwKAe30D"}}
    folder = pytester.path / "tests" / "other"
    folder.mkdir()
    (folder / "masked.json").write_text(json.dumps({**flow, "sid": "<FLOW_SID>"}))
    (folder / "packed.json").write_text(json.dumps({"request": request, "response": {"status": 200, **packed}}))
    (pytester.path / "conftest.py").write_text(
        "import sys\nfor library in ('brotli', 'brotlicffi'):\n    sys.modules[library] = None\n"
    )
    result = suite("--studio-check", "tests/other", "-rs")
    assert outcomes(result) == {"passed": 2, "skipped": 1}
    result.stdout.fnmatch_lines(["*placeholders, which stand for what was not checked: *<FLOW_SID>*"])
    result.stdout.fnmatch_lines(["SKIPPED*pip install brotli*"])
