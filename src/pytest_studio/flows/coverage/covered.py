"""What tests covered of a Flow, as data: widgets and transitions that count, those that were missed, paths."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import NamedTuple

from pytest_studio.flows.model import Program, State, Transition

__all__ = ["FlowCoverage", "Missed", "Path", "Share", "Step", "outcome", "reachable", "total"]


class Share(NamedTuple):
    """How many were covered of how many that count."""

    covered: int
    total: int

    @property
    def percent(self) -> float:
        """In hundredths; 100 of nothing."""
        return 100 * self.covered / self.total if self.total else 100.0

    @property
    def rounded(self) -> int:
        """The percent as a whole number, 100 only if all were covered, and 0 only if none was."""
        return min(max(round(self.percent), 1 if self.covered else 0), 100 if self.covered == self.total else 99)

    def __str__(self) -> str:
        return f"{self.covered}/{self.total}"


def total(shares: Iterable[Share]) -> Share:
    """Several shares as one."""
    given = list(shares)
    return Share(sum(share.covered for share in given), sum(share.total for share in given))


class Missed(NamedTuple):
    """A transition that counts and that no test took; as text ``ask_age: timeout -> remind``."""

    state: State
    transition: Transition

    def __str__(self) -> str:
        return f"{self.state.name}: {outcome(self.transition)} -> {self.transition.next or 'Ended'}"


class Step(NamedTuple):
    """One widget of a path, and how it was left; ``transition`` is None where no transition was taken."""

    state: State
    transition: Transition | None
    waits: bool = False


class Path(NamedTuple):
    """A way through a Flow that tests took.

    ``runs`` counts the runs, ``tests`` the tests; ``examples`` are ids of some tests, ``cut`` says that the
    runs went on after these steps.
    """

    steps: tuple[Step, ...]
    runs: int
    tests: int
    examples: tuple[str, ...]
    cut: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The widgets' names, in order."""
        return tuple(step.state.name for step in self.steps)


def outcome(transition: Transition) -> str:
    """What a transition stands for: its event, and for a split what was asked: ``match "yes" (equal_to yes)``.

    A condition's friendly name says it, unless the value is not in it; predicate and value where it has no such name.
    """
    words = [transition.event]
    for condition in transition.conditions:
        predicate = f"{condition.type} {condition.value}".strip()
        if not condition.friendly_name:
            words.append(predicate)
        elif condition.value.strip() in condition.friendly_name:
            words.append(f'"{condition.friendly_name}"')
        else:
            words.append(f'"{condition.friendly_name}" ({predicate})')
    return " ".join(words)


def reachable(program: Program) -> frozenset[str]:
    """Names of the states that a way of transitions leads to from the initial state, which is one of them."""
    if program.initial is None:
        return frozenset()
    seen, ahead = {program.initial.name}, deque([program.initial])
    while ahead:
        for transition in takeable(ahead.popleft()):
            follower = program.states.get(transition.next or "")
            if follower is not None and follower.name not in seen:
                seen.add(follower.name)
                ahead.append(follower)
    return frozenset(seen)


def takeable(state: State) -> Iterator[Transition]:
    """The transitions of a state that Studio can take.

    A trigger's that lead nowhere are none: they say what does not start the Flow. Of a widget's they are, for they end
    the Execution. Of several for one event only a split's ``match`` are tried one after the other.
    """
    seen = set()
    for transition in state.transitions:
        if state.type == "trigger" and transition.next is None:
            continue
        if not transition.conditions:
            if transition.event in seen:
                continue
            seen.add(transition.event)
        yield transition


class FlowCoverage:
    """What tests covered of a Flow's definition.

    Args:
        program: the Flow.
        label: the title, with the revision or the digest where another Flow of this run has the same title.
        digest: of the definition, without canvas offsets.
        visits: how often each state was entered, by place.
        taken: how often each transition was taken, by place of the state and place of the transition.
        paths: the distinct ways that runs took, the most frequent ones first.
        elsewhere: how many runs went other ways, beyond the ``paths`` that are kept.

    Attributes:
        reachable: names of the states that count: those to which transitions lead.
    """

    def __init__(
        self,
        program: Program,
        label: str,
        digest: str,
        visits: list[int],
        taken: list[list[int]],
        paths: tuple[Path, ...] = (),
        elsewhere: int = 0,
    ) -> None:
        self.program = program
        self.label = label
        self.digest = digest
        self.visits = visits
        self.taken = taken
        self.paths = paths
        self.elsewhere = elsewhere
        self.reachable: frozenset[str] = reachable(program)

    def __repr__(self) -> str:
        return f"<FlowCoverage {self.label!r}: widgets {self.states}, transitions {self.transitions}>"

    @property
    def title(self) -> str:
        """The Flow's title."""
        return self.program.title

    @property
    def source(self) -> str:
        """Path of the file it was read from, or ``""``."""
        return self.program.source

    @property
    def revision(self) -> int:
        """The first revision that had this definition."""
        return self.program.revision

    def visited(self, state: State) -> int:
        """How often a state was entered."""
        return self.visits[state.place]

    def times(self, state: State, transition: Transition) -> int:
        """How often a transition of a state was taken."""
        return self.taken[state.place][transition.place]

    def status(self, state: State) -> str:
        """``covered``, ``missed`` or ``unreachable``."""
        if state.name not in self.reachable:
            return "unreachable"
        return "covered" if self.visited(state) else "missed"

    def counts(self, state: State, transition: Transition) -> bool:
        """Whether a transition is one to cover."""
        return (state.place, transition.place) in self._counting

    @cached_property
    def _counting(self) -> frozenset[tuple[int, int]]:
        return frozenset(
            (state.place, transition.place)
            for state in self.program.states.values()
            if state.name in self.reachable
            for transition in takeable(state)
        )

    @cached_property
    def states(self) -> Share:
        """Widgets covered, of all that are reachable; the trigger is one."""
        return Share(sum(self.visits[state.place] > 0 for state in self._reached()), len(self.reachable))

    @cached_property
    def transitions(self) -> Share:
        """Transitions covered, of all that Studio can take in reachable widgets."""
        return Share(sum(self.taken[state][at] > 0 for state, at in self._counting), len(self._counting))

    @cached_property
    def all_transitions(self) -> int:
        """Number of all transitions in the definition."""
        return sum(len(state.transitions) for state in self.program.states.values())

    @property
    def share(self) -> Share:
        """Widgets and transitions together: what the percent is of."""
        return total([self.states, self.transitions])

    @cached_property
    def missed_states(self) -> list[State]:
        """Reachable widgets that no test entered, in order of the definition."""
        return [state for state in self._reached() if not self.visits[state.place]]

    @cached_property
    def missed_transitions(self) -> list[Missed]:
        """Transitions to cover that no test took, in order of the definition."""
        return [
            Missed(state, transition)
            for state in self._reached()
            for transition in state.transitions
            if self.counts(state, transition) and not self.times(state, transition)
        ]

    @cached_property
    def unreachable(self) -> list[State]:
        """Widgets that no transitions lead to: neither covered nor missed."""
        return [state for state in self.program.states.values() if state.name not in self.reachable]

    def _reached(self) -> Iterator[State]:
        return (state for state in self.program.states.values() if state.name in self.reachable)
