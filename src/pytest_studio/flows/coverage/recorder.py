"""Which widgets and transitions the runs of Flows go through: counted as they run, put together between processes."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from pytest_studio.flows.coverage.covered import FlowCoverage, Path, Step
from pytest_studio.flows.model import Program
from pytest_studio.sids import is_valid

__all__ = ["Recorder", "Track"]

Json = dict[str, Any]
Trail = tuple[tuple[int, int], ...]

#: Steps of a run that are kept of its path; what comes after them is counted, but is no part of the path.
LONGEST = 200
#: Distinct paths that are kept of a Flow. Runs on further ones are counted.
PATHS = 200
#: Ids of tests that are kept as examples of a path.
EXAMPLES = 5
#: Runs that are kept as they are, to go on; earlier ones are folded into paths.
OPEN = 4096
#: In a trail, in place of a transition: no transition was taken; the widget waits.
NONE, WAITS = -1, -2


class Track:
    """One run of one Flow or subflow: told of each widget, in order. Made by ``Recorder.track``."""

    __slots__ = ("_counts", "_taken", "_waiting", "steps", "test")

    def __init__(self, counts: list[int], taken: list[list[int]], test: str) -> None:
        self._counts = counts
        self._taken = taken
        self._waiting = NONE
        self.steps: list[tuple[int, int]] = []
        self.test: str = test

    def enter(self, state: int) -> None:
        """The state at that place was entered and did not finish: it waits. Telling it again changes nothing."""
        if state != self._waiting:
            self._waiting = state
            self._counts[state] += 1

    def visit(self, state: int, transition: int | None) -> None:
        """The state at that place finished.

        Args:
            state: its place among the Flow's states.
            transition: place of the transition that was taken, among the state's; None where an event that is not
                wired ended it.
        """
        if state != self._waiting:
            self._counts[state] += 1
        self._waiting = NONE
        if transition is not None:
            self._taken[state][transition] += 1
        if len(self.steps) <= LONGEST:
            self.steps.append((state, NONE if transition is None else transition))

    def trail(self) -> Trail:
        """The way so far, as places."""
        return (*self.steps, (self._waiting, WAITS)) if self._waiting != NONE else tuple(self.steps)


class _Ways:
    """Who went along a path: how many runs and tests, and some of the tests' ids."""

    __slots__ = ("examples", "last", "runs", "tests")

    def __init__(self, runs: int = 0, tests: int = 0, examples: Iterable[str] = ()) -> None:
        self.runs = runs
        self.tests = tests
        self.examples = list(examples)
        self.last = ""

    def add(self, test: str) -> None:
        self.runs += 1
        if test and test != self.last:  # the runs of a test follow each other, unless a studio is wider than a test
            self.last = test
            if test not in self.examples:
                self.tests += 1
                if len(self.examples) < EXAMPLES:
                    self.examples.append(test)

    def join(self, other: _Ways) -> None:
        self.runs += other.runs
        self.tests += other.tests
        self.examples = sorted({*self.examples, *other.examples})[:EXAMPLES]

    def copy(self) -> _Ways:
        return _Ways(self.runs, self.tests, self.examples)


class _Covered:
    """The counts of one definition."""

    def __init__(self, program: Program, digest: str) -> None:
        self.program = program
        self.digest = digest
        places = 1 + max((state.place for state in program.states.values()), default=-1)
        self.visits = [0] * places
        self.taken: list[list[int]] = [[] for _ in range(places)]
        for state in program.states.values():
            self.taken[state.place] = [0] * len(state.transitions)
        self._tracks: list[Track] = []
        self._ways: dict[Trail, _Ways] = {}
        self._elsewhere = 0

    def track(self, test: str) -> Track:
        if len(self._tracks) >= OPEN and self._tracks[-1].test != test:
            self._elsewhere = _fold(self._tracks, self._ways, self._elsewhere)
            self._tracks.clear()
        track = Track(self.visits, self.taken, test)
        self._tracks.append(track)
        return track

    def ways(self) -> tuple[list[tuple[Trail, _Ways]], int]:
        """The paths with who took them, the most frequent first, and the number of runs that are not among them."""
        ways = {trail: way.copy() for trail, way in self._ways.items()}
        elsewhere = _fold(self._tracks, ways, self._elsewhere)
        return sorted(ways.items(), key=lambda item: (-item[1].runs, item[0])), elsewhere

    def add(self, data: Json) -> None:
        """Add what another process counted."""
        for place, count in enumerate(data["visits"]):
            self.visits[place] += count
        for place, counts in enumerate(data["taken"]):
            for at, count in enumerate(counts):
                self.taken[place][at] += count
        self._elsewhere += data["elsewhere"]
        for path in data["paths"]:
            trail = tuple((state, transition) for state, transition in path["steps"])
            way = _Ways(path["runs"], path["tests"], path["examples"])
            if trail in self._ways:
                self._ways[trail].join(way)
            elif len(self._ways) < PATHS:
                self._ways[trail] = way
            else:
                self._elsewhere += way.runs

    def data(self) -> Json:
        ways, elsewhere = self.ways()
        paths = [
            {"steps": trail, "runs": way.runs, "tests": way.tests, "examples": way.examples} for trail, way in ways
        ]
        return {
            "definition": self.program.definition,
            "flow_sid": self.program.flow_sid,
            "revision": self.program.revision,
            "title": self.program.title,
            "source": self.program.source,
            "digest": self.digest,
            "visits": list(self.visits),
            "taken": [list(counts) for counts in self.taken],
            "paths": paths,
            "elsewhere": elsewhere,
        }

    def told(self, label: str) -> FlowCoverage:
        ways, elsewhere = self.ways()
        states = {state.place: state for state in self.program.states.values()}
        paths = tuple(
            Path(
                tuple(
                    Step(states[at], states[at].transitions[by] if by >= 0 else None, by == WAITS)
                    for at, by in trail[:LONGEST]
                ),
                way.runs,
                way.tests,
                tuple(way.examples),
                len(trail) > LONGEST,
            )
            for trail, way in ways
        )
        taken = [list(counts) for counts in self.taken]
        return FlowCoverage(self.program, label, self.digest, list(self.visits), taken, paths, elsewhere)


def _fold(tracks: list[Track], ways: dict[Trail, _Ways], elsewhere: int) -> int:
    for track in tracks:
        trail = track.trail()
        if not trail:
            continue
        if trail not in ways:
            if len(ways) >= PATHS:
                elsewhere += 1
                continue
            ways[trail] = _Ways()
        ways[trail].add(track.test)
    return elsewhere


class Recorder:
    """Counts what the runs of one process cover.

    A Flow is known by the file it was read from and its definition, without canvas offsets: the same one loaded in many
    tests is one, another revision is another. What several processes counted comes together by ``data`` and ``merge``.
    """

    def __init__(self) -> None:
        self._flows: dict[tuple[str, str], _Covered] = {}
        self._known: dict[int, tuple[Program, _Covered]] = {}

    def loaded(self, program: Program) -> None:
        """There is a Flow to cover, whether it is run or not."""
        self._covered(program)

    def track(self, program: Program, test: str) -> Track:
        """Begin a run.

        Args:
            program: the Flow or subflow that runs.
            test: node id of the test, or ``""``.
        """
        return self._covered(program).track(test)

    def flows(self) -> list[FlowCoverage]:
        """What was covered of each Flow, by title and source."""
        covered = sorted(
            self._flows.values(), key=lambda each: (each.program.title, each.program.source, each.program.revision)
        )
        titles = Counter(each.program.title for each in covered)
        revisions = Counter((each.program.title, each.program.revision) for each in covered)
        flows = []
        for each in covered:
            label = each.program.title or "Flow"
            if titles[each.program.title] > 1:
                label += f" (revision {each.program.revision}"
                label += f", {each.digest[:7]})" if revisions[each.program.title, each.program.revision] > 1 else ")"
            flows.append(each.told(label))
        return flows

    def data(self) -> Json:
        """All that was counted, as JSON."""
        return {"flows": [covered.data() for covered in self._flows.values()]}

    def merge(self, data: Mapping[str, Any]) -> None:
        """Add what another process counted: its ``data()``."""
        for given in data["flows"]:
            program = Program(
                given["definition"], given["flow_sid"], given["revision"], given["title"], given["source"]
            )
            self._entry(program, given["digest"]).add(given)

    def _covered(self, program: Program) -> _Covered:
        known = self._known.get(id(program))
        if known is None or known[0] is not program:
            if len(self._known) > 500:
                self._known.clear()  # its programs would live as long as the run
            known = self._known[id(program)] = program, self._entry(program, _digest(program.definition))
        return known[1]

    def _entry(self, program: Program, digest: str) -> _Covered:
        key = program.source, digest
        covered = self._flows.get(key)
        if covered is None:
            covered = self._flows[key] = _Covered(program, digest)
        elif _rank(program) < _rank(covered.program):  # so that the order in which tests run tells nothing
            covered.program = program
        return covered


def _rank(program: Program) -> tuple[int, bool, str]:
    """Which of the programs of one definition gives revision and title: the first, with a name that says something."""
    return program.revision, is_valid(program.title), program.title


def _digest(definition: Json) -> str:
    """A short text that is the same for definitions that differ in canvas offsets only."""

    def bare(state: Any) -> Any:
        properties = state.get("properties") if isinstance(state, dict) else None
        if not isinstance(properties, dict) or "offset" not in properties:
            return state
        return {**state, "properties": {name: value for name, value in properties.items() if name != "offset"}}

    counting = {**definition, "states": [bare(state) for state in definition.get("states") or ()]}
    text = json.dumps(counting, sort_keys=True, default=repr, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()[:16]
