"""What the benchmarks share: round-robin timers, a table printer, budgets, a Step, and a clean installation.

All cases of a table run once a round, one after the other, so that a ratio is always between two figures taken
within the same second or so. Printed are medians over the rounds; a ratio is the median of the rounds' ratios.
"""

from __future__ import annotations

import gc
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

REPOSITORY = Path(__file__).resolve().parents[1]
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]

HEX = "0123456789abcdef" * 2
AC, FW, FN, FT = (prefix + HEX for prefix in ("AC", "FW", "FN", "FT"))
STEPS_URL = f"https://studio.twilio.com/v2/Flows/{FW}/Executions/{FN}/Steps"


def step(number: int = 0) -> dict[str, Any]:
    """A Step as v2 sends it, written by hand."""
    sid = f"FT{number:032x}"
    url = f"{STEPS_URL}/{sid}"
    return {
        "sid": sid,
        "account_sid": AC,
        "flow_sid": FW,
        "execution_sid": FN,
        "parent_step_sid": None,
        "name": "incomingRequest",
        "context": {},
        "transitioned_from": "Trigger",
        "transitioned_to": "Ended",
        "type": "send-message",
        "date_created": "2017-11-06T12:00:00Z",
        "date_updated": "2017-11-06T12:00:01Z",
        "url": url,
        "links": {"step_context": url + "/Context"},
    }


def peer(name: str) -> ModuleType | None:
    """A module, or None with a note if it cannot be imported."""
    try:
        return import_module(name)
    except Exception as error:  # a peer that is there but broken is skipped as well
        print(f"(skipped {name}: {type(error).__name__}: {error})")
        return None


# -- timing ----------------------------------------------------------------------------------------------------


class Figure(NamedTuple):
    """One case: the median, the median of its ratios to the reference, and each round's figure."""

    median: float
    ratio: float
    rounds: list[float]


def repeat(call: Callable[[], Any]) -> Callable[[int], None]:
    """``call`` as a case: done ``count`` times."""

    def case(count: int) -> None:
        for _ in range(count):
            call()

    return case


def compare(
    title: str, cases: Mapping[str, tuple[Callable[[int], Any], int]], rounds: int = 9, reference: str | None = None
) -> dict[str, Figure]:
    """Time cases round-robin and print a table.

    Args:
        title: what stands above the table.
        cases: name -> ``(function, count)``; ``function(count)`` does the thing ``count`` times.
        rounds: how often each case runs.
        reference: what ratios are taken to; the first case if left out.

    Returns:
        By name, in microseconds each.
    """
    for function, count in cases.values():
        function(max(1, count // 10))
    taken: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, (function, count) in cases.items():
            gc.collect()
            started = time.perf_counter()
            function(count)
            taken[name].append((time.perf_counter() - started) / count * 1e6)
    return table(title, taken, "us", reference)


def table(title: str, taken: Mapping[str, list[float]], unit: str, reference: str | None = None) -> dict[str, Figure]:
    """Print medians, extremes and ratios of figures taken round by round."""
    reference = reference or next(iter(taken))
    figures = {
        name: Figure(
            statistics.median(values),
            statistics.median(a / b for a, b in zip(values, taken[reference], strict=True)),
            values,
        )
        for name, values in taken.items()
    }
    width = max(map(len, taken))
    print(f"\n## {title}\n{'':{width}} {unit:>9} {'min':>9} {'max':>9} {'ratio':>7}")
    for name, figure in figures.items():
        low, high = min(figure.rounds), max(figure.rounds)
        print(f"{name:{width}} {figure.median:9.2f} {low:9.2f} {high:9.2f} {figure.ratio:7.2f}", flush=True)
    return figures


class Run(NamedTuple):
    """One process: wall and CPU time in ms, peak memory in MiB."""

    wall: float
    cpu: float
    memory: float


class Command(NamedTuple):
    """A process to time: its arguments and what differs in its environment (None: not set)."""

    arguments: Sequence[str]
    environment: Mapping[str, str | None] = {}


def processes(title: str, commands: Mapping[str, Command], folder: Path, rounds: int = 21) -> dict[str, list[Run]]:
    """Run whole processes round-robin and print a table.

    Returns:
        By name: the runs.
    """
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for number in range(rounds + 1):
        for name, command in commands.items():
            run = _run(command, folder)
            if number:  # the first round fills caches
                runs[name].append(run)
    first = next(iter(commands))
    width = max(map(len, commands))
    print(f"\n## {title}\n{'':{width}} {'wall ms':>8} {'cpu ms':>8} {'MiB':>6} {'+wall':>7} {'+cpu':>7} {'+MiB':>6}")
    for name, values in runs.items():
        median, more = _medians(values), added(values, runs[first])
        print(
            f"{name:{width}} {median.wall:8.1f} {median.cpu:8.1f} {median.memory:6.1f} "
            f"{more.wall:7.1f} {more.cpu:7.1f} {more.memory:6.2f}",
            flush=True,
        )
    return runs


def _medians(runs: Sequence[Run]) -> Run:
    return Run(*(statistics.median(column) for column in zip(*runs, strict=True)))


def added(runs: Sequence[Run], base: Sequence[Run]) -> Run:
    """What runs have above others: the medians of the rounds' differences."""
    return _medians([Run(*(a - b for a, b in zip(x, y, strict=True))) for x, y in zip(runs, base, strict=True)])


def _run(command: Command, folder: Path) -> Run:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": None, **command.environment}
    given = {name: value for name, value in environment.items() if value is not None}
    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = subprocess.Popen(command.arguments, cwd=folder, env=given, stdout=output, stderr=output)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{' '.join(command.arguments)} failed:\n{output.read().decode(errors='replace')}")
    memory = used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Run(wall * 1e3, (used.ru_utime + used.ru_stime) * 1e3, memory)


def ratio(runs: Sequence[Run], others: Sequence[Run], of: str = "cpu") -> float:
    """The median of the rounds' ratios of two kinds of process."""
    return statistics.median(getattr(a, of) / getattr(b, of) for a, b in zip(runs, others, strict=True))


# -- an installation as users have it --------------------------------------------------------------------------


def installed(folder: Path, *distributions: str) -> Path:
    """Put fresh copies of installed distributions into a folder, for ``PYTHONPATH``.

    They are as ``pip install`` leaves them: byte-compiled, but with none of the bytecode that pytest writes for
    modules whose asserts it rewrites. A pytest-studio that is installed for editing is laid out as its wheel would
    be, since pytest treats the two differently.
    """
    folder.mkdir()
    for name in distributions:
        _copy(metadata.distribution(name), folder)
    # in a process of its own: what this one has used at its most is the least that a child is counted with
    subprocess.run([sys.executable, "-m", "compileall", "-qq", folder], check=False)
    return folder


def _copy(distribution: metadata.Distribution, folder: Path) -> None:
    files = [file for file in distribution.files or [] if ".." not in file.parts and "-pytest-" not in file.name]
    sources = {file.as_posix(): Path(str(distribution.locate_file(file))) for file in files}
    info = next(name.partition("/")[0] for name in sources if ".dist-info/" in name)
    if distribution.name == "pytest-studio" and "pytest_studio/plugin.py" not in sources:
        sources = {name: path for name, path in sources.items() if name.startswith(info)}
        for where, root in (
            ("pytest_studio", REPOSITORY / "src/pytest_studio"),
            ("pytest_studio/json_schemas", REPOSITORY / "schemas"),
        ):
            for path in root.rglob("*"):
                if path.is_file() and path.suffix != ".pyc":
                    sources[f"{where}/{path.relative_to(root).as_posix()}"] = path
    for name, path in sources.items():
        if not name.endswith((".pyc", "/RECORD")) and path.is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, folder / name)
    (folder / info / "RECORD").write_text("".join(f"{name},,\n" for name in sources))


# -- budgets ---------------------------------------------------------------------------------------------------

_budgets: list[tuple[str, float, float, str]] = []


def budget(what: str, measured: float, limit: float, unit: str) -> None:
    """Note what was measured for a budget; ``verdict`` prints it."""
    _budgets.append((what, measured, limit, unit))


def verdict(*packages: str) -> None:
    """Print machine and versions, and one line a budget."""
    try:
        with open("/proc/cpuinfo") as file:
            model = next(line.partition(":")[2].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        model = platform.processor() or platform.machine()
    versions = [f"Python {platform.python_version()}"]
    for name in ("pytest", *packages):
        try:
            versions.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            versions.append(f"{name} missing")
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    print(f"\n{os.cpu_count()} cores, {model}{load}; {', '.join(versions)}")
    payload = step()
    scale = min(timeit.repeat(lambda: json.loads(json.dumps(payload)), repeat=9, number=500)) / 500 * 1e6
    print(f"for scale: json.dumps and json.loads of one Step take {scale:.1f} us at best")
    print("\n## budgets")
    for what, measured, limit, unit in _budgets:
        state = "ok" if measured <= limit else "OVER"
        print(f"{state:4}  {what}: {measured:.2f} {unit}, budget {limit:g} {unit}")
