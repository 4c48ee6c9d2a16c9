"""What pytest-studio adds to a run of pytest: to one that does not use it, and to a first test that does.

Run: ``python benchmarks/startup.py`` (about three minutes). The plugin is measured as users have it: from a copy of
its installation, with and without the bytecode that pytest caches for modules whose asserts it rewrites. With
``PYTHONDONTWRITEBYTECODE=1``, a common line of Dockerfiles, pytest rewrites every module of every plugin's
distribution that is imported at start-up anew on each run.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.metadata import entry_points
from pathlib import Path

from _common import PYTEST, Command, Run, added, budget, installed, processes, ratio, verdict

EMPTY = "def test_nothing():\n    pass\n"
OURS = """
import requests

def test_fetch(studio):
    step = studio.add_step()
    answer = requests.get(step.url, auth=(studio.account_sid, studio.auth_token))
    assert answer.json()["sid"] == step.sid
"""
THEIRS = """
import requests
import responses

@responses.activate
def test_fetch():
    url = "https://studio.twilio.com/v2/Flows/FW1/Executions/FN1/Steps/FT1"
    responses.get(url, json={"sid": "FT1"})
    assert requests.get(url, auth=("AC1", "token")).json()["sid"] == "FT1"
"""
BARE, MODULE = "autoloading off", "-p pytest_studio.plugin"
NONE, STUDIO, WHOLE = "autoloading on, no plugin", "studio autoloaded", "studio and faker: the whole install"
#: What a first test has no need of.
HEAVY = ("jsonschema", "jsonschema_rs", "faker", "twilio")
LIST_HEAVY = f"""
import sys

def pytest_unconfigure():
    print("heavy:", *(name for name in {HEAVY!r} if name in sys.modules))
"""


def main() -> None:
    """Print the tables and the budgets."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file, text in (("test_empty.py", EMPTY), ("test_ours.py", OURS), ("test_theirs.py", THEIRS)):
            (folder / file).write_text(text)
        written = installed(folder / "written", "pytest-studio", "faker")
        unwritten = installed(folder / "unwritten", "pytest-studio", "faker")
        plain = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(written)}
        cached = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": None, "PYTHONPATH": str(written)}
        anew = {"PYTHONPATH": str(unwritten), "PYTHONDONTWRITEBYTECODE": "1"}

        def run(environment: dict[str, str | None], *plugins: str, file: str = "test_empty.py") -> Command:
            """pytest with just these plugins: by module where autoloading is off, else by entry point."""
            if environment.get("PYTEST_DISABLE_PLUGIN_AUTOLOAD"):
                flags = [flag for plugin in plugins for flag in ("-p", plugin)]
            else:
                names = {entry.name for entry in entry_points(group="pytest11")} - set(plugins)
                flags = [flag for plugin in sorted(names) for flag in ("-p", f"no:{plugin}")]
            return Command([*PYTEST, *flags, file], environment)

        runs = processes(
            "an empty test, with pytest's cached bytecode",
            {
                BARE: run(plain),
                MODULE: run(plain, "pytest_studio.plugin"),
                NONE: run(cached),
                STUDIO: run(cached, "studio"),
                "faker autoloaded": run(cached, "faker"),
                WHOLE: run(cached, "studio", "faker"),
            },
            folder,
        )
        module, loaded, whole = _added(runs)
        budget("added to an empty run, -p pytest_studio.plugin", module.cpu, 10, "ms")
        budget("added to an empty run, autoloaded", loaded.cpu, 10, "ms")
        budget("memory added, autoloaded", loaded.memory, 1, "MiB")
        print(f"the whole install adds {whole.cpu:.0f} ms; with -p no:faker {loaded.cpu:.0f} ms")

        runs = processes(
            "an empty test, PYTHONDONTWRITEBYTECODE=1, nothing cached",
            {
                BARE: run({**plain, **anew}),
                MODULE: run({**plain, **anew}, "pytest_studio.plugin"),
                NONE: run({**cached, **anew}),
                STUDIO: run({**cached, **anew}, "studio"),
                WHOLE: run({**cached, **anew}, "studio", "faker"),
            },
            folder,
        )
        module, loaded, whole = _added(runs)
        budget("added, -p pytest_studio.plugin, PYTHONDONTWRITEBYTECODE=1", module.cpu, 20, "ms")
        budget("added, autoloaded, PYTHONDONTWRITEBYTECODE=1", loaded.cpu, 20, "ms")
        print(f"the whole install adds {whole.cpu:.0f} ms; with -p no:faker {loaded.cpu:.0f} ms")

        ours, theirs = "studio, add_step and a fetch", "responses, a stub and a fetch"
        cases = {"with cached bytecode": cached, "PYTHONDONTWRITEBYTECODE=1": {**cached, **anew}}
        for title, environment in cases.items():
            runs = processes(
                f"a first test, whole process, {title}",
                {
                    theirs: run(environment, file="test_theirs.py"),
                    ours: run(environment, "studio", file="test_ours.py"),
                },
                folder,
            )
            budget(f"a first test, {title}, CPU", ratio(runs[ours], runs[theirs]), 1.1, "x responses")
            budget(f"a first test, {title}, wall", ratio(runs[ours], runs[theirs], "wall"), 1.1, "x responses")
        (folder / "conftest.py").write_text(LIST_HEAVY)
        command = [*PYTEST, "-s", "-p", "pytest_studio.plugin", "test_ours.py"]
        output = subprocess.run(command, cwd=folder, env={**os.environ, **plain}, capture_output=True, text=True)
        heavy = next((line for line in output.stdout.splitlines() if line.startswith("heavy:")), None)
        if heavy is None:
            sys.exit(output.stdout + output.stderr)
        budget(
            f"heavy imports of a first test ({heavy.partition(' ')[2] or 'none'})", len(heavy.split()) - 1, 0, "modules"
        )
    verdict("responses", "requests", "faker")


def _added(runs: dict[str, list[Run]]) -> tuple[Run, Run, Run]:
    """What is added by ``-p``, by autoloading, and by autoloading with what comes along."""
    return added(runs[MODULE], runs[BARE]), added(runs[STUDIO], runs[NONE]), added(runs[WHOLE], runs[NONE])


if __name__ == "__main__":
    main()
