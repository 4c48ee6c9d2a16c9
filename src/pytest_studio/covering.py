"""Coverage of Flows: ``pytest --studio-flow-cov`` counts what tests go through, also under xdist, and tells it once."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_studio import running
from pytest_studio.flows.coverage.covered import FlowCoverage, Share, total
from pytest_studio.flows.coverage.recorder import Recorder
from pytest_studio.wording import counted

__all__ = ["Covering", "report"]

#: Key of what a worker of xdist hands to the controller.
OUTPUT = "studio_flow_cov"
#: Missed transitions, and names in a line, that the terminal shows of a Flow unless ``-v`` asks for all.
SHOWN = 10


class Covering:
    """The plugin behind ``--studio-flow-cov`` and ``--studio-flow-cov-fail-under``.

    Args:
        config: of the run; in a worker of xdist it only counts.

    Raises:
        pytest.UsageError: an option has a value that means nothing, or the folder of the pages cannot be made.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._worker = hasattr(config, "workeroutput")
        self._folders = _folders(config)
        self._least = _least(config)
        self._lost = 0
        self._wrong: list[str] = []
        if not self._worker:
            for folder in self._folders:
                try:
                    folder.mkdir(parents=True, exist_ok=True)
                except OSError as error:
                    raise pytest.UsageError(f"--studio-flow-cov=html:{folder}: no folder for pages: {error}") from None
        self._before = running.coverage
        self.recorder: Recorder = Recorder()
        running.coverage = self.recorder

    def pytest_unconfigure(self) -> None:
        """Count no more; say what is wrong where no terminal did."""
        running.coverage = self._before
        for line in self._wrong:
            print(line, file=sys.stderr)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add what a worker of xdist counted; one that crashed takes its counts along."""
        counted_there = getattr(node, "workeroutput", {}).get(OUTPUT)
        if counted_there is None:
            self._lost += 1
        else:
            self.recorder.merge(json.loads(counted_there))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand the counts over, or write the pages and let the run fail where too little was covered."""
        if self._worker:
            self._config.workeroutput[OUTPUT] = json.dumps(self.recorder.data())  # type: ignore[attr-defined]
        elif not self._config.option.collectonly:
            flows = self.recorder.flows()
            self._wrong = [*self._unwritten(flows), *_short(flows, self._least)]
            if self._wrong and session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Tell what was covered."""
        if self._worker or self._config.option.collectonly:
            return
        flows = self.recorder.flows()
        terminalreporter.write_sep("=", "coverage of Studio Flows")
        for line in report(flows, self._config.rootpath, math.inf if self._config.option.verbose > 0 else SHOWN):
            terminalreporter.write_line(line)
        if self._lost:
            terminalreporter.write_line(f"{counted(self._lost, 'worker')} crashed: what ran there is not counted")
        if flows:
            for folder in self._folders:
                terminalreporter.write_line(f"drawn in {folder / 'index.html'}")
        for line in self._wrong:
            terminalreporter.write_line(line, red=True, bold=True)
        self._wrong.clear()

    def _unwritten(self, flows: list[FlowCoverage]) -> Iterator[str]:
        """Write the pages; yields a line for each folder where that fails."""
        if not flows or not self._folders:
            return
        from pytest_studio.flows.drawing import page

        for folder in self._folders:
            try:
                page.write(flows, folder, self._config.rootpath)
            except OSError as error:
                yield f"FAIL no pages in {folder}: {error}"


def _folders(config: pytest.Config) -> list[Path]:
    """Where pages are wanted."""
    folders = []
    for given in config.getoption("studio_flow_cov") or ():
        kind, _, folder = given.partition(":")
        if kind == "html" and folder:
            folders.append(config.invocation_params.dir / folder)
        elif given != "term":
            pages = " Pages want a folder: html:flowcov." if kind == "html" else ""
            raise pytest.UsageError(f"--studio-flow-cov takes html:DIR or term, not {given!r}.{pages}")
    return list(dict.fromkeys(folders))


def _least(config: pytest.Config) -> float | None:
    """The percent that is to be covered; None if none was said."""
    given = config.getoption("studio_flow_cov_fail_under")
    if given is None:
        return None
    try:
        least = float(given)
    except ValueError:
        least = math.nan
    if not 0 <= least <= 100:
        raise pytest.UsageError(f"--studio-flow-cov-fail-under is a percentage from 0 to 100, not {given!r}")
    return least


def _short(flows: list[FlowCoverage], least: float | None) -> Iterator[str]:
    """The line that says by how much the coverage is too low; none if it is not."""
    if not least:
        return
    if not flows:
        yield f"FAIL {least:g}% of the Flows is to be covered, and no Flow was loaded"
        return
    share = total(flow.share for flow in flows)
    if share.percent >= least:
        return
    needed = math.ceil(least * share.total / 100 - 1e-9) - share.covered
    yield (
        f"FAIL {least:g}% of the Flows is to be covered, and {math.floor(share.percent * 100) / 100:.2f}% is: "
        f"{needed} more of {share.total} widgets and transitions would do"
    )


def report(flows: Sequence[FlowCoverage], root: Path, shown: float = SHOWN) -> Iterator[str]:
    """What was covered, line by line.

    Args:
        flows: what was covered of each Flow.
        root: folder that paths of files are shown from.
        shown: how many missed transitions, and how many names in a line, to show of each Flow.
    """
    if not flows:
        yield "no Flow was loaded"
        return
    rows = [(_named(flow, root), flow.states, flow.transitions) for flow in flows]
    if len(flows) > 1:
        rows.append(("all", total(flow.states for flow in flows), total(flow.transitions for flow in flows)))
    width = max(len(name) for name, *_ in rows)
    yield f"{'Flow':{width}}  widgets  transitions  covered"
    for flow, row in zip((*flows, None), rows, strict=False):
        yield _row(*row, width)
        if flow is not None:
            yield from _details(flow, shown)


def _row(name: str, states: Share, transitions: Share, width: int) -> str:
    return f"{name:{width}}  {states!s:>7}  {transitions!s:>11}  {total([states, transitions]).rounded:>6}%"


def _details(flow: FlowCoverage, shown: float) -> Iterator[str]:
    """What was missed: the widgets, and of the ones that ran the transitions."""
    missed = [state.name for state in flow.missed_states]
    if missed:
        yield f"  widgets missed: {_listed(missed, shown)}"
    transitions = [each for each in flow.missed_transitions if flow.visited(each.state)]
    if transitions:
        yield "  transitions missed" + (" of the widgets that ran:" if missed else ":")
        few = transitions if len(transitions) <= shown else transitions[: int(shown)]
        yield from (f"    {_plain(str(each), 160)}" for each in few)
        if len(transitions) > len(few):
            yield f"    and {len(transitions) - len(few)} more (-v shows all)"
    if flow.unreachable:
        yield f"  unreachable, not counted: {_listed([state.name for state in flow.unreachable], shown)}"


def _listed(names: list[str], shown: float) -> str:
    few = names if len(names) <= shown else names[: int(shown)]
    more = f" and {len(names) - len(few)} more" if len(names) > len(few) else ""
    return ", ".join(_plain(name, 60) for name in few) + more


def _named(flow: FlowCoverage, root: Path) -> str:
    """A Flow's title, and the file it came from, as seen from ``root``."""
    label = _plain(flow.label, 60)
    if not flow.source:
        return label
    path = Path(flow.source)
    return f"{label}, {_plain(str(path.relative_to(root) if root in path.parents else path), 120)}"


def _plain(text: str, width: int) -> str:
    """A text of a definition in one line of a terminal."""
    text = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)
    return text if len(text) <= width else text[: width - 1] + "…"
