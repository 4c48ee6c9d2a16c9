"""Mutation testing of the core: change the code in every small way, and see whether a test notices. Not a test.

    nox -s mutation                       # all targets; about an hour on two cores
    nox -s mutation -- account            # one of them
    python tests/mutation/mutation.py --folder /tmp/mutation api

``mutmut`` makes the changes (its table stands in ``pyproject.toml``) and runs those within functions. It leaves out
what takes effect when a module is imported: tables, constants, decorated functions, all of ``operations``. These are
run here, each in a process that has imported none of the package yet.

What survives is held against ``survivors.md``, where each survivor has its reason. The result is 1 if a survivor does
not stand there, or if a target has less than 85 % killed.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import difflib
import importlib
import multiprocessing
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any, NamedTuple

import libcst as cst
from libcst.metadata import MetadataWrapper
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import get_ignored_lines
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name, orig_function_and_class_names_from_key

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SOURCE = Path("src/pytest_studio")
#: What a copy needs so that the tests of the core run in it.
COPIED = ("src", "tests", "schemas", "examples", "docs", "README.md", "pyproject.toml")
#: What is killed of each target at the least.
ENOUGH = 0.85
#: Seconds that the tests of one mutant may take.
PATIENCE = 120
#: No plugin but ours: others take longer to load than most tests to run.
ALONE = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}

#: Target -> its modules, and the tests of what is outside of functions, likely killers first.
TARGETS = {
    "operations": (["operations.py"], ["tests/test_operations.py", "tests/api/test_strict.py"]),
    "api": (["api/*.py"], ["tests/api"]),
    "account": (
        ["account.py"],
        [
            "tests/test_account.py",
            "tests/test_arrange.py",
            "tests/test_load.py",
            "tests/test_records.py",
            "tests/api",
            "tests/test_events.py",
        ],
    ),
    "schemas": (
        ["schemas.py", "schema_files.py"],
        [
            "tests/test_schemas_of_answers.py",
            "tests/test_schema_files.py",
            "tests/test_schemas.py",
            "--deselect=tests/test_schemas.py::TestEverySchema",
            "--deselect=tests/test_schemas.py::test_both_engines_agree",
        ],
    ),
}
#: Modules that ``mutmut`` is told to leave alone, for all of them takes effect at import.
TABLES = ("operations.py",)
#: Stands in each folder that was made here, and so may be emptied.
MADE_HERE = ".studio-mutation"


class Mutant(NamedTuple):
    """One change: in which module and function (or ``-``), from what to what."""

    module: str
    where: str
    was: str
    became: str


class Job(NamedTuple):
    """A mutant to be run: its file, the whole text with it, and the tests."""

    mutant: Mutant
    path: Path
    code: str
    tests: list[str]


def main() -> int:
    """Run the targets; 0 if enough was killed and every survivor is known."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("targets", nargs="*", help=f"{', '.join(TARGETS)}; none: all")
    parser.add_argument("--folder", type=Path, help="where the mutants are made and run; none: a temporary folder")
    parser.add_argument("--children", type=int, default=2, help="processes at a time (2)")
    args = parser.parse_args()
    unknown = [name for name in args.targets if name not in TARGETS]
    if unknown:
        parser.error(f"{unknown[0]} is no target; there are {', '.join(TARGETS)}")
    copy(args.folder or Path(tempfile.mkdtemp(prefix="studio-mutation-")))
    fates: dict[str, list[tuple[Mutant, str]]] = {}
    for target in args.targets or TARGETS:
        globs, tests = TARGETS[target]
        files = [path for glob in globs for path in sorted(SOURCE.glob(glob))]
        print(f"== {target}: {', '.join(map(str, files))}", flush=True)
        fates[target] = [*outside(files, tests, args.children), *inside(files, args.children)]
        print(told(target, fates[target]), flush=True)
    return verdict(fates)


def copy(folder: Path) -> None:
    """A copy of the tree, which everything here then happens in.

    Raises:
        SystemExit: the folder has something in it, and is not a copy that was made here before.
    """
    if folder.exists():
        if any(folder.iterdir()) and not (folder / MADE_HERE).exists():
            sys.exit(
                f"--folder {folder}: it is not empty and was not made here, so it is left as it is: name another one"
            )
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    (folder / MADE_HERE).touch()
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    os.chdir(folder)


# -- within functions: mutmut -----------------------------------------------------------------------------------------


def inside(files: list[Path], children: int) -> Iterator[tuple[Mutant, str]]:
    """What becomes of each mutant that ``mutmut`` runs."""
    files = [path for path in files if path.name not in TABLES]
    if not files:
        return
    names = [f"{get_mutant_name(path, '')}*" for path in files]
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(children), *names]
    environ = {**os.environ, **ALONE}
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"mutmut: {done.stdout[-4000:]}{done.stderr[-4000:]}")
    for path in files:
        data = SourceFileMutationData(path=path)
        data.load()
        for key, code in data.exit_code_by_key.items():
            name, owner = orig_function_and_class_names_from_key(key)
            diff = get_diff_for_mutant(key, path=path).splitlines()[2:]
            yield _mutant(path, f"{owner}.{name}" if owner else name, diff), _fate(status_by_exit_code[code])


def _fate(status: str) -> str:
    if status in ("survived", "no tests", "not checked"):
        return "survived"
    return "timeout" if status == "timeout" else "killed"


def _mutant(path: Path, where: str, diff: list[str]) -> Mutant:
    was, became = (" ".join(line[1:].strip() for line in diff if line[0] == sign).strip() for sign in "-+")
    return Mutant(path.relative_to(SOURCE).as_posix(), where, was, became)


# -- outside of them: a fresh process each ----------------------------------------------------------------------------


class Everything(MutationVisitor):
    """Makes the mutants that ``mutmut`` would, in decorated functions as well."""

    def _skip_node_and_children(self, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Assign):  # only `import *` reads this one
            return any(isinstance(each.target, cst.Name) and each.target.value == "__all__" for each in node.targets)
        return not isinstance(node, cst.FunctionDef) and super()._skip_node_and_children(node)


def outside(files: list[Path], tests: list[str], children: int) -> list[tuple[Mutant, str]]:
    """What becomes of each mutant that ``mutmut`` does not make."""
    jobs = [Job(mutant, path, code, tests) for path in files for mutant, code in _mutants(path)]
    context = multiprocessing.get_context("fork")
    with context.Pool(1) as pool:
        _preload(pool.apply(_unchanged, (tests,)))
    with context.Pool(children, maxtasksperchild=1) as pool:
        return [(job.mutant, fate) for job, fate in zip(jobs, pool.imap(_run, jobs, chunksize=1), strict=True)]


def _unchanged(tests: list[str]) -> list[str]:
    """The modules that the tests import, which must pass on the code as it is."""
    if code := _tested(tests):
        raise SystemExit(f"{', '.join(tests)}: pytest ends with {code} before anything is changed")
    own = str(Path.cwd())
    return [name for name, module in sys.modules.items() if not str(getattr(module, "__file__", own)).startswith(own)]


def _preload(names: list[str]) -> None:
    """Import what no mutant changes, once for all processes to come."""
    for name in names:
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _mutants(path: Path) -> Iterator[tuple[Mutant, str]]:
    """Each mutant of a file that ``mutmut`` leaves out, and the module's whole text with it."""
    text = path.read_text(encoding="utf-8")
    wrapper = MetadataWrapper(cst.parse_module(text))
    visitor = Everything(mutation_operators, get_ignored_lines(str(path), text, wrapper))
    module = wrapper.visit(visitor)
    lines = text.splitlines()
    for mutation in visitor.mutations:
        if path.name not in TABLES and _by_mutmut(mutation.contained_by_top_level_function):
            continue
        changed = module.deep_replace(mutation.original_node, mutation.mutated_node)  # type: ignore[arg-type]
        code = changed.code  # type: ignore[union-attr]
        diff = list(difflib.unified_diff(lines, code.splitlines(), n=0, lineterm=""))[2:]
        number = int(re.match(r"@@ -(\d+)", diff[0])[1])  # type: ignore[index]
        yield _mutant(path, _where(text, number), diff[1:]), code


def _by_mutmut(function: Any) -> bool:
    """Whether ``mutmut`` itself changes what is in this function."""
    if not isinstance(function, cst.FunctionDef):
        return False
    names = [each.decorator.value for each in function.decorators if isinstance(each.decorator, cst.Name)]
    return not function.decorators or names in (["staticmethod"], ["classmethod"])


def _where(text: str, number: int) -> str:
    names: list[str] = []
    found: list[ast.stmt] = ast.parse(text).body
    while found:
        inner = [
            node
            for node in found
            if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.lineno <= number <= (node.end_lineno or 0)
        ]
        names += [node.name for node in inner]
        found = inner[0].body if inner else []
    return ".".join(names) or "-"


class Mutated(SourceFileLoader, MetaPathFinder):
    """Imports one module from the text of a mutant, all others as ever."""

    def __init__(self, path: Path, code: str) -> None:
        name = ".".join(path.relative_to("src").with_suffix("").parts).removesuffix(".__init__")
        super().__init__(name, str(path.absolute()))
        self.mutant = code

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The mutant, if it is asked for."""
        return spec_from_file_location(name, self.path, loader=self) if name == self.name else None

    def get_code(self, fullname: str) -> Any:
        """Compiled from the text; nothing is read from or written to a cache."""
        return compile(self.mutant, self.path, "exec", dont_inherit=True)


def _run(job: Job) -> str:
    """In a process of its own: run the tests on one mutant."""
    late: list[int] = []

    def give_up(*_: object) -> None:
        late.append(1)
        raise KeyboardInterrupt

    finder = Mutated(job.path, job.code)
    sys.meta_path.insert(0, finder)
    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(PATIENCE)
    failed = _tested(job.tests, finder.name)
    return "timeout" if late else "killed" if failed else "survived"


def _tested(tests: list[str], first: str = "pytest_studio") -> int:
    """What pytest ends with: 0 if all tests pass. ``first`` is imported before pytest has finders of its own."""
    import pytest

    sys.path.insert(0, str(Path("src").absolute()))
    os.environ.update(ALONE)
    plugins = ["-p", "pytest_studio.plugin", "-p", "no:cacheprovider"]
    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):
        try:
            importlib.import_module(first)
            return int(pytest.main(["-x", "-q", *plugins, *tests]))
        except BaseException:  # what pytest cannot even start with
            return 3


# -- what came of it --------------------------------------------------------------------------------------------------


def told(target: str, fates: list[tuple[Mutant, str]]) -> str:
    """One line of numbers."""
    counts = Counter(fate for _, fate in fates)
    return (
        f"{target}: {len(fates)} mutants, {counts['killed']} killed, {counts['timeout']} timed out, "
        f"{counts['survived']} survived: {rate(fates):.1%}"
    )


def rate(fates: list[tuple[Mutant, str]]) -> float:
    """How much of a target was killed."""
    return sum(fate != "survived" for _, fate in fates) / len(fates)


def verdict(fates: dict[str, list[tuple[Mutant, str]]]) -> int:
    """Tell the rates, and what differs from the list of survivors."""
    known = listed((HERE / "survivors.md").read_text(encoding="utf-8"))
    ran = [pair for found in fates.values() for pair in found]
    survivors = {mutant for mutant, fate in ran if fate == "survived"}
    modules = {mutant.module for mutant, _ in ran}
    new = sorted(survivors - known)
    gone = sorted(mutant for mutant in known - survivors if mutant.module in modules)
    poor = [target for target, found in fates.items() if rate(found) < ENOUGH]
    print("", *(told(target, found) for target, found in fates.items()), sep="\n")
    if gone:
        print("\nThese no longer survive; their rows can go:", *map(row, gone), sep="\n")
    if new:
        print("\nThese are not in survivors.md: write a test, or a row with the reason:", *map(row, new), sep="\n")
    if poor:
        print(f"\nLess than {ENOUGH:.0%} was killed of {', '.join(poor)}.")
    return 1 if new or poor else 0


def row(mutant: Mutant) -> str:
    """A mutant as ``survivors.md`` writes it."""
    cells = (f"`{text}`".replace("|", "\\|") for text in mutant)
    return f"| {' | '.join(cells)} | ? |"


def listed(text: str) -> set[Mutant]:
    """The mutants in ``survivors.md``."""
    rows = (re.split(r"(?<!\\)\|", line) for line in text.splitlines() if line.startswith("| `"))
    return {Mutant(*(cell.strip()[1:-1].replace("\\|", "|") for cell in cells[1:5])) for cells in rows}


if __name__ == "__main__":
    sys.exit(main())
