"""``pytest --studio-live``: each case a test, and at the end a summary that can be pasted into an issue."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import pytest

from pytest_studio import switchboard
from pytest_studio.live import fakes
from pytest_studio.live.asking import Live, Unreachable, base_of, login_of
from pytest_studio.live.cases import CASES, Case, Difference, compared
from pytest_studio.live.world import Absent, World
from pytest_studio.wording import counted

__all__ = ["Collecting", "LiveCase"]

_KEY = "studio-live"
_STOPPED = "Studio could not be asked: see the case that failed"


class Differs(Exception):
    """Studio answers otherwise than the fake; the message is what the report shows."""


class Account:
    """What the cases of one run share: Studio itself, and the fakes, made when the first case asks.

    Args:
        environ: has the credentials.

    Raises:
        pytest.UsageError: it has none.
    """

    def __init__(self, environ: Any) -> None:
        try:
            workers = int(environ.get("PYTEST_XDIST_WORKER_COUNT", 1))
            self._live = Live(login_of(environ), base_of(environ), workers=workers)
        except ValueError as error:
            raise pytest.UsageError(f"--studio-live: {error}") from None
        self._worlds: tuple[World, World, World] | None = None
        self._stopped: str | None = None

    def differences(self, case: Case) -> list[Difference]:
        """See ``cases.compared``; once Studio cannot be asked, no further case asks."""
        if self._stopped is not None:
            pytest.skip(self._stopped)
        if switchboard.active():
            raise Unreachable("a studio of a wider fixture is active, which answers in Studio's place: run these alone")
        try:
            if self._worlds is None:
                self._stopped = _STOPPED
                live = World(self._live.get)
                live.read_all()
                self._worlds = live, fakes.given(live), fakes.own()
                self._stopped = None
            live, given, own = self._worlds
            return compared(case, live, own if case.own else given)
        except Unreachable:
            self._stopped = _STOPPED
            raise


class LiveCase(pytest.Item):
    """One case: passes where Studio answers as the fake does."""

    def __init__(self, *, case: Case, account: Account, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.case = case
        self._account = account

    def runtest(self) -> None:
        """Ask both; fail for what differs, skip where the account has nothing to ask for."""
        try:
            found = self._account.differences(self.case)
        except Absent as error:
            pytest.skip(str(error))
        if found:
            self.user_properties.append((_KEY, [self.case.name, self.case.row, [list(each) for each in found]]))
            head = [f"fidelity: {self.case.row}"] if self.case.row else []
            raise Differs("\n".join([*head, *(f"  {each}" for each in found)]))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What a failure shows; never the values of local variables, which have an account's data in them."""
        if isinstance(excinfo.value, (Differs, Unreachable)):
            return str(excinfo.value)
        last = excinfo.traceback[-1]
        return f"{last.path}:{last.lineno + 1}: {excinfo.exconly()}"

    def reportinfo(self) -> tuple[str, int | None, str]:
        """What it is called."""
        return _KEY, None, self.name


class LiveCases(pytest.Collector):
    """All cases."""

    def collect(self) -> Iterable[LiveCase]:
        """Nothing is asked yet."""
        account = self.config.stash[_account]
        for case in CASES:
            yield LiveCase.from_parent(self, name=case.name, case=case, account=account)


_account = pytest.StashKey[Account]()


class Collecting:
    """The plugin behind ``--studio-live``.

    Args:
        config: of the run.

    Raises:
        pytest.UsageError: the environment has no credentials.
    """

    def __init__(self, config: pytest.Config) -> None:
        config.stash[_account] = Account(os.environ)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Put the cases behind the suite's own tests."""
        outcome = yield
        if isinstance(collector, pytest.Session):
            found = outcome.get_result()
            found.result = [*found.result, LiveCases.from_parent(collector, name=_KEY, nodeid=_KEY)]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """What differs, as a table of Markdown."""
        counts, rows = dict.fromkeys(("passed", "failed", "skipped"), 0), []
        for outcome in counts:
            for report in terminalreporter.stats.get(outcome, []):
                if str(getattr(report, "nodeid", "")).startswith(f"{_KEY}::"):
                    counts[outcome] += 1
                    rows += [value for key, value in report.user_properties if key == _KEY]
        if not any(counts.values()):  # they were only collected
            return
        terminalreporter.section("pytest-studio: Studio itself")
        head = f"{counted(sum(counts.values()), 'case')}: {counts['passed']} conform, {len(rows)} differ, "
        broken = counts["failed"] - len(rows)
        head += f"{counts['skipped']} skipped" + (f", {broken} could not be asked" if broken else "")
        terminalreporter.line(f"{head} (pytest-studio {_version()}; SIDs and texts are left out)")
        if rows:
            for line in ["", *_table(rows), ""]:
                terminalreporter.line(line)


def _table(rows: Iterable[tuple[str, str, list[list[str]]]]) -> list[str]:
    """What differs, a line for each thing: one that differs in many cases stands there once, with their number."""
    seen: dict[tuple[str, ...], list[tuple[str, ...]]] = {}
    for name, row, found in rows:
        for place, *values in found:
            somewhere = re.sub(r"^/\w+/[0-9]+(?=/)", "", place)  # rows of pages, and the resource itself
            seen.setdefault((somewhere, *values), []).append((row, name, place, *values))
    lines = ["| fidelity | case | place | the fake | Studio |", "| --- | --- | --- | --- | --- |"]
    for first, *others in seen.values():
        row, name, place, *values = first
        lines.append(_row(row, name, f"{place} (and {len(others)} more)" if others else place, *values))
    return lines


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def _version() -> str:
    try:
        return version("pytest-studio")
    except PackageNotFoundError:
        return "of a checkout"
