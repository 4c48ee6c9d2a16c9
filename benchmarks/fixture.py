"""What a fixture costs each test: ``studio`` beside ``responses``, in one process.

Run: ``python benchmarks/fixture.py`` (a minute). 2,000 empty tests a fixture, all fixtures by turns; each test is
timed from the start of its set-up to the end of its teardown, reports included. Two slow peers stand in a process
with the same reference. The last table says what every test of a run pays for the plugin being there: the same 2,000
tests without any fixture, with and without it.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from _common import PYTEST, Command, added, budget, processes, table, verdict

TESTS = 2_000
CONFTEST = """
import gc, json, time
import pytest

URLS = ["https://studio.twilio.com/v2/Flows/FW%032x/Executions" % i for i in range(14)]
taken = {}

@pytest.fixture
def plain():
    yield

@pytest.fixture
def responses_0():
    import responses
    with responses.RequestsMock() as mock:
        yield mock

@pytest.fixture
def responses_14():
    import responses
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        for url in URLS:
            mock.get(url, json={})
        yield mock

@pytest.fixture
def respx_14(respx_mock):
    for url in URLS:
        respx_mock.get(url)
    yield

@pytest.fixture
def moto_aws(monkeypatch):
    from moto import mock_aws
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "x")
    with mock_aws():
        yield

@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_protocol(item):
    started = time.perf_counter()
    yield
    name = item.name.partition("__")[2]
    taken.setdefault(name, []).append((time.perf_counter() - started) * 1e6)

def pytest_unconfigure():
    with open("taken.json", "w") as file:
        json.dump(taken, file)
"""
EMPTY, PLAIN, OURS, THEIRS = "nothing", "plain", "studio", "responses_14"
ROUNDS = 20
OFF = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}


def main() -> None:
    """Print the tables and the budgets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST)
        plugins = ["-p", "pytest_studio.plugin"]
        fixtures = [EMPTY, PLAIN, "responses_0", THEIRS, OURS, "studio_client"]
        title = f"{TESTS} tests a fixture, by turns in one process"
        figures = table(title, _by_turns(folder, plugins, fixtures, TESTS), "us", EMPTY)
        base = figures[EMPTY].rounds
        over = {
            name: [a - b for a, b in zip(f.rounds, base, strict=True)] for name, f in figures.items() if name != EMPTY
        }
        above = table("the same, above the test without a fixture", over, "us", THEIRS)
        whole = [a / b for a, b in zip(figures[OURS].rounds, figures[THEIRS].rounds, strict=True)]
        budget("a test with studio, whole", statistics.median(whole), 1.2, "x one with responses, 14 URLs")
        budget("a test with studio, above an empty one", above[OURS].ratio, 1.2, "x one with responses, 14 URLs")
        slow = [fixture for module, fixture in (("respx", "respx_14"), ("moto", "moto_aws")) if find_spec(module)]
        if slow:
            more = ["-p", "respx.plugin"] if "respx_14" in slow else []
            table("slower peers", _by_turns(folder, more, [EMPTY, THEIRS, *slow], TESTS // 10), "us", THEIRS)

        (folder / "conftest.py").unlink()
        (folder / "test_all.py").write_text("".join(f"def test_{n}():\n    pass\n" for n in range(TESTS)))
        (folder / "test_one.py").write_text("def test_1():\n    pass\n")
        with_, without = "with the plugin", "without"
        commands = {
            f"{name}, {file}": Command([*PYTEST, *flags, file], OFF)
            for name, flags in ((without, []), (with_, plugins))
            for file in ("test_one.py", "test_all.py")
        }
        runs = processes(f"{TESTS} empty tests", commands, folder, rounds=7)
        each = {
            name: added(runs[f"{name}, test_all.py"], runs[f"{name}, test_one.py"]).cpu / TESTS * 1e3
            for name in (without, with_)
        }
        print(f"an empty test: {each[without]:.0f} us without the plugin, {each[with_]:.0f} us with it")
    verdict("responses", "respx", "moto")


def _by_turns(folder: Path, plugins: list[str], fixtures: list[str], tests: int) -> dict[str, list[float]]:
    """Microseconds of a test with each fixture, as medians of ``ROUNDS`` stretches of the run."""
    text = ""
    for number in range(tests):
        turn = number % len(fixtures)  # nobody stands always behind the same neighbour
        for fixture in fixtures[turn:] + fixtures[:turn]:
            text += f"def test_{number}__{fixture}({'' if fixture == EMPTY else fixture}):\n    pass\n"
    (folder / "test_all.py").write_text(text)
    command = [*PYTEST, *plugins, "test_all.py"]
    run = subprocess.run(command, cwd=folder, env={**os.environ, **OFF}, capture_output=True, text=True)
    if run.returncode:
        sys.exit(run.stdout + run.stderr)
    return _rounds(json.loads((folder / "taken.json").read_text()))


def _rounds(taken: dict[str, list[float]]) -> dict[str, list[float]]:
    """The tests of each fixture, in order of running, as ``ROUNDS`` medians; the first ones warm up."""
    rounds: dict[str, list[float]] = {}
    for name, values in taken.items():
        values = values[len(values) // 20 :]
        size = len(values) // ROUNDS
        rounds[name] = [sorted(values[at * size : (at + 1) * size])[size // 2] for at in range(ROUNDS)]
    return rounds


if __name__ == "__main__":
    main()
