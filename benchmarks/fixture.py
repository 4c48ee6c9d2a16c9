"""What a fixture costs each test: ``studio`` beside ``responses``, in one process.

Run: ``python benchmarks/fixture.py`` (half a minute). 2,000 empty tests a fixture, all fixtures by turns; each test
is timed from the start of its set-up to the end of its teardown, reports included. The last table says what every
test of a run pays for the plugin being there: the same 2,000 tests without any fixture, with and without it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from _common import PYTEST, Command, added, budget, processes, table, verdict

TESTS = 2_000
#: The tests of one process: a hundred of each fixture; and the processes, whose medians are the rounds.
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


def main() -> None:
    """Print the tables and the budgets."""
    fixtures = [EMPTY, PLAIN, "responses_0", THEIRS, OURS, "studio_client"]
    plugins = ["-p", "pytest_studio.plugin"]
    if find_spec("respx"):
        fixtures.append("respx_14")
        plugins += ["-p", "respx.plugin"]
    if find_spec("moto"):
        fixtures.append("moto_aws")
    off = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "conftest.py").write_text(CONFTEST)
        tests = [
            f"def test_{number}__{fixture}({'' if fixture == EMPTY else fixture}):\n    pass\n"
            for number in range(TESTS)
            for fixture in fixtures
            if fixture != "moto_aws" or number % 10 == 0  # it takes as long as all the others
        ]
        (folder / "test_all.py").write_text("".join(tests))
        run = subprocess.run(
            [*PYTEST, *plugins, "test_all.py"], cwd=folder, env={**os.environ, **off}, capture_output=True, text=True
        )
        if run.returncode:
            sys.exit(run.stdout + run.stderr)
        taken = json.loads((folder / "taken.json").read_text())
        figures = table(f"{TESTS} tests a fixture, by turns in one process", _rounds(taken), "us", EMPTY)
        over = {name: [a - b for a, b in zip(f.rounds, figures[EMPTY].rounds, strict=True)] for name, f in figures.items()}
        del over[EMPTY]
        above = table("above the test without a fixture", over, "us", THEIRS)
        budget("studio fixture, above the empty test", above[OURS].ratio, 1.2, "x responses with 14 URLs")

        (folder / "conftest.py").unlink()
        (folder / "test_all.py").write_text("".join(f"def test_{n}():\n    pass\n" for n in range(TESTS)))
        (folder / "test_one.py").write_text("def test_1():\n    pass\n")
        with_, without = "with the plugin", "without"
        commands = {
            f"{name}, {file}": Command([*PYTEST, *flags, file], off)
            for name, flags in ((without, []), (with_, plugins[:2]))
            for file in ("test_one.py", "test_all.py")
        }
        runs = processes(f"{TESTS} empty tests", commands, folder, rounds=7)
        each = {
            name: added(runs[f"{name}, test_all.py"], runs[f"{name}, test_one.py"]).cpu / TESTS * 1e3
            for name in (without, with_)
        }
        print(f"an empty test: {each[without]:.0f} us without the plugin, {each[with_]:.0f} us with it")
    verdict("responses", "respx", "moto")


def _rounds(taken: dict[str, list[float]]) -> dict[str, list[float]]:
    """The tests of each fixture, in order of running, as ``ROUNDS`` medians; the first hundred warm up."""
    rounds: dict[str, list[float]] = {}
    for name, values in taken.items():
        values = values[len(values) // 20 :]
        size = len(values) // ROUNDS
        rounds[name] = [sorted(values[at * size : (at + 1) * size])[size // 2] for at in range(ROUNDS)]
    return rounds


if __name__ == "__main__":
    main()
