"""What a stored Step takes: 100,000 of them, each way in a process of its own.

Run: ``python benchmarks/memory.py`` (half a minute). Counted is the growth of the process's resident memory, from
``/proc`` (Linux), and what Python's allocator was asked for (``tracemalloc``).
"""

from __future__ import annotations

import gc
import json
import random
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

from _common import budget, step, verdict

STEPS = 100_000
OURS = "studio.add_steps, one Execution"
ONE_BY_ONE = "studio.add_step, one Execution"


def _dict(rng: random.Random) -> dict[str, Any]:
    date = f"2026-01-{1 + rng.getrandbits(4):02d}T12:00:00Z"
    return {**step(rng.getrandbits(128)), "date_created": date, "date_updated": date}


def dicts(count: int) -> Any:
    """As a hand-written fake keeps them."""
    rng = random.Random(1)
    return [_dict(rng) for _ in range(count)]


def loaded(count: int) -> Any:
    """As ``json.loads`` gives them."""
    rng = random.Random(1)
    pages = (json.loads(json.dumps([_dict(rng) for _ in range(1000)])) for _ in range(count // 1000))
    return [step for page in pages for step in page]


def texts(count: int) -> Any:
    """As JSON."""
    rng = random.Random(1)
    return [json.dumps(_dict(rng)).encode() for _ in range(count)]


def at_once(count: int) -> Any:
    """Ours, a path."""
    from pytest_studio import FakeStudio

    studio = FakeStudio(seed=1)
    studio.add_steps(studio.add_execution(), count)
    return studio


def one_by_one(count: int) -> Any:
    """Ours, each on its own."""
    from pytest_studio import FakeStudio

    studio = FakeStudio(seed=1)
    execution = studio.add_execution()
    for _ in range(count):
        studio.add_step(execution)
    return studio


WAYS: dict[str, Callable[[int], Any]] = {
    "dicts, constants shared": dicts,
    "dicts from json.loads": loaded,
    "JSON bytes": texts,
    OURS: at_once,
    ONE_BY_ONE: one_by_one,
}


def measure(way: str) -> None:
    """Print bytes a Step: resident, allocated; and microseconds a Step."""
    store = WAYS[way]
    store(1000)  # imports and caches
    gc.collect()
    before = _resident()
    started = time.perf_counter()
    kept = store(STEPS)
    seconds = time.perf_counter() - started
    gc.collect()
    resident = _resident() - before
    del kept
    gc.collect()
    tracemalloc.start()
    kept = store(STEPS)
    gc.collect()
    allocated, _ = tracemalloc.get_traced_memory()
    print(resident / STEPS, allocated / STEPS, seconds / STEPS * 1e6)
    del kept


def _resident() -> int:
    try:
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmRSS"))
    except FileNotFoundError:
        return 0


def main() -> None:
    """Print the table and the budget."""
    print(f"{'':32} {'resident':>9} {'allocated':>9}   bytes a Step; us to store")
    for way in WAYS:
        output = subprocess.run([sys.executable, __file__, way], check=True, capture_output=True, text=True).stdout
        resident, allocated, seconds = map(float, output.split())
        print(f"{way:32} {resident:9.0f} {allocated:9.0f} {seconds:10.1f}", flush=True)
        if way in (OURS, ONE_BY_ONE):
            budget(f"a stored Step, {way}", max(resident, allocated), 400, "bytes")
    verdict()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        main()
