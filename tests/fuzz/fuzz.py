"""Fuzz ``handle``, the parsers of ``check`` and ``load``, ``load_flow`` and the server's HTTP. Not a test.

    nox -s fuzz                                    # all of them, five minutes each
    nox -s fuzz -- --seconds 60 load_flow          # one of them, one minute
    python tests/fuzz/fuzz.py --again crash-1234 load_flow      # one input, once more

With ``atheris`` (Linux and macOS, some Pythons) what is tried is led by the coverage of ``pytest_studio``; without it
by Hypothesis, which only draws. How many inputs were tried is printed; the input that something is wrong with is
written into the folder, to be made a test of the suite.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
#: Bytes that an input may have.
LONGEST = 2048


def main() -> int:
    """Run the targets one after the other; 1 if one of them found something."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", help="names of targets; none: all")
    parser.add_argument("--seconds", type=int, default=300, help="time for each target (300)")
    parser.add_argument("--folder", type=Path, help="where inputs are kept; none: a temporary one")
    parser.add_argument("--again", type=Path, help="run the input in this file, and no other")
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)  # in this process, one target
    args = parser.parse_args()
    try:
        import atheris
    except ImportError:
        atheris = None
    if args.again is not None or args.here:
        return _here(args, atheris)
    from fuzz_targets import TARGETS

    unknown = [name for name in args.targets if name not in TARGETS]
    if unknown:
        parser.error(f"{unknown[0]} is no target; there are {', '.join(TARGETS)}")
    folder = args.folder or Path(tempfile.mkdtemp(prefix="studio-fuzz-"))
    print(f"led by {'coverage (atheris)' if atheris else 'nothing: atheris is not installed'}; inputs in {folder}")
    worst = 0
    for name in args.targets or TARGETS:
        print(f"== {name}, {args.seconds} s", flush=True)
        command = [sys.executable, __file__, name, "--here", "--seconds", str(args.seconds), "--folder", str(folder)]
        worst = max(worst, subprocess.run(command, check=False).returncode != 0)
    return worst


def _here(args: argparse.Namespace, atheris: object) -> int:
    """One target, or one input of it, in this process."""
    if atheris is not None and args.again is None:
        import atheris as led

        with led.instrument_imports(include=["pytest_studio", "h11", "yaml"]):
            _import_all()
    from fuzz_targets import TARGETS, run

    (name,) = args.targets
    target = TARGETS[name]
    if args.again is not None:
        run(target, args.again.read_bytes())
        print("nothing is wrong with it")
        return 0
    corpus = args.folder / name
    corpus.mkdir(parents=True, exist_ok=True)
    if atheris is None:
        return _drawn(name, args.seconds, args.folder)
    dice = random.Random(1)
    for number in range(0 if any(corpus.iterdir()) else 64):  # a first population: there are no seeds to keep
        corpus.joinpath(f"seed-{number}").write_bytes(dice.randbytes(dice.randrange(1, 512)))
    import atheris as led

    options = {
        "max_total_time": args.seconds,
        "max_len": LONGEST,
        "timeout": 60,
        "rss_limit_mb": 3000,
        "print_final_stats": 1,
        "verbosity": 0,
        "artifact_prefix": f"{args.folder}/{name}-",
    }
    led.Setup(
        [sys.argv[0], str(corpus), *(f"-{key}={value}" for key, value in options.items())],
        lambda data: run(target, data),
    )
    led.Fuzz()  # ends the process
    return 0


def _import_all() -> None:
    """Import every module of the package, so that each is instrumented, and not only those that come first."""
    import pytest_studio

    for module in pkgutil.walk_packages(pytest_studio.__path__, "pytest_studio."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def _drawn(name: str, seconds: int, folder: Path) -> int:
    """Inputs as Hypothesis draws them, until the time is over; it makes what fails small."""
    from fuzz_targets import TARGETS, run
    from hypothesis import HealthCheck, given, seed, settings
    from hypothesis import strategies as st

    count, until = 0, time.monotonic() + seconds
    last = b""

    def once(data: bytes) -> None:
        nonlocal count, last
        count, last = count + 1, data
        run(TARGETS[name], data)

    for number in range(10**9):
        if time.monotonic() >= until:
            break
        some = settings(max_examples=500, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        try:
            seed(number)(some(given(st.binary(max_size=LONGEST))(once)))()
        except Exception:
            path = folder / f"{name}-crash"
            path.write_bytes(last)
            print(f"{count} inputs were tried; the one that failed is {path}")
            raise
    print(f"stat::number_of_executed_units: {count}")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(HERE))
    sys.exit(main())
