"""Recordings as tests: ``pytest --studio-check PATH`` makes one test of each exchange with Studio."""

from __future__ import annotations

import glob
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pytest_studio.errors import StudioDriftWarning, StudioRecordingWarning
from pytest_studio.recordings import reading
from pytest_studio.recordings.checking import Finding, Tally, judged
from pytest_studio.recordings.exchange import Unreadable

__all__ = ["Collecting", "RecordedExchange", "Recording"]


class Departs(Exception):
    """A recorded exchange departs from its schema; the message is what the report shows."""


class RecordedExchange(pytest.Item):
    """One exchange of a recording: passes if it conforms."""

    def __init__(self, *, found: Finding, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.found = found

    def runtest(self) -> None:
        """Fail for what departs from the schema; warn of what it does not know."""
        found = self.found
        if found.unchecked is not None:
            pytest.skip(found.unchecked)
        if found.drift:
            names = ", ".join(fault.pointer for fault in found.drift[:5])
            more = f" and {len(found.drift) - 5} more" if len(found.drift) > 5 else ""
            said = f"{found.answer} has properties that the schema {found.schema} does not know: {names}{more}"
            _warn(self, StudioDriftWarning(said))
        if found.faults:
            lines = [f"{found.answer} departs from {found.schema or 'the documents'}:"]
            lines += [f"  {fault.message}" for fault in found.faults]
            lines += [f"documented at {doc}" for doc in dict.fromkeys(fault.doc for fault in found.faults if fault.doc)]
            raise Departs("\n".join(lines))

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What a failure shows: the violations, no traceback."""
        if isinstance(excinfo.value, (Departs, Warning)):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Where it stands: the file, and the line from 0."""
        line = self.found.line
        return self.path, None if line is None else line - 1, self.name


class Recording(pytest.File):
    """A file of recordings; its exchanges are judged as it is read, so that its size costs no memory."""

    def collect(self) -> Iterator[RecordedExchange]:
        """The exchanges with Studio, in order."""
        tally, items = Tally(), []
        try:
            with reading.opened(str(self.path)) as file:
                for exchange in reading.exchanges(reading.items_of(file, self.path.name)):
                    found = judged(exchange)
                    tally.add(found)
                    if isinstance(found, Finding):
                        name = f"{found.entry} {found.title}"
                        items.append(RecordedExchange.from_parent(self, name=name, found=found))
        except Unreadable as error:
            raise self.CollectError(f"{self.path}: unreadable: {error}") from None
        said = []
        if tally.credentials:
            said.append(f"credentials, which the recorder should filter out: {_listed(tally.credentials)}")
        if tally.placeholders:
            said.append(f"placeholders, which stand for what was not checked: {_listed(tally.placeholders)}")
        if said:
            _warn(self, StudioRecordingWarning(f"{self.path.name} has {'; and '.join(said)}"))
        return iter(items)

    def repr_failure(self, excinfo: Any, style: Any = None) -> Any:
        """What is wrong with the file, no traceback."""
        if isinstance(excinfo.value, Warning):
            return f"{self.path}: {excinfo.value}"
        return super().repr_failure(excinfo)


def _listed(kinds: dict[str, list[int]]) -> str:
    return ", ".join(f"{kind} (entry {entry})" for kind, (_, entry) in kinds.items())


def _warn(node: pytest.Item | pytest.Collector, warning: Warning) -> None:
    """Warn of a recording without its line: Python would print that, and with it what a recording may hold."""
    warnings.warn_explicit(warning, type(warning), str(node.path), 0)


class Collecting:
    """The plugin behind ``--studio-check``.

    Args:
        config: of the run; the paths are from where it was started, or from its root.

    Raises:
        pytest.UsageError: there is no such file or folder.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._folders: list[Path] = []
        self._files: set[Path] = set()
        given = [Path(str(arg).partition("::")[0]) for arg in config.args]
        named = [path if path.is_absolute() else config.invocation_params.dir / path for path in given]
        for name in config.getoption("studio_check") or ():
            for path in _meant(name, config):
                path = path.resolve()
                (self._folders.append if path.is_dir() else self._files.add)(path)
                # Whoever names a recording, or one of its tests, means that, and not all of them.
                if not any(path == other or path in other.parents for other in map(Path.resolve, named) if _may(other)):
                    config.args.append(str(path))

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> Recording | None:
        """Make a collector of a file that was asked for, or lies in a folder that was."""
        path = file_path.resolve()
        if path in self._files or (
            path.suffix.lower() in reading.SUFFIXES and any(folder in path.parents for folder in self._folders)
        ):
            return Recording.from_parent(parent, path=file_path)
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep each test once, where a folder was named on the command line as well (pytest 7 keeps all)."""
        seen: set[str] = set()
        kept = []
        for item in items:
            if item.nodeid not in seen:
                kept.append(item)
            seen.add(item.nodeid)
        items[:] = kept


def _may(named: Path) -> bool:
    """Whether what the command line names may be recordings: a module of tests beside them is none."""
    return not named.is_file() or named.suffix.lower() in reading.SUFFIXES


def _meant(name: str, config: pytest.Config) -> list[Path]:
    """The files and folders that a path or glob stands for."""
    places = [config.invocation_params.dir / name, config.rootpath / name]
    for place in places:
        if place.exists():
            return [place]
    for place in places:
        found = [Path(path) for path in sorted(glob.glob(str(place), recursive=True))]
        if found:
            return found
    raise pytest.UsageError(f"--studio-check {name}: there is no such file or folder")
