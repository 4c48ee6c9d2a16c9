"""A Flow, walked whole: every branch with inputs that reach it, what cannot be reached, dead ends, and gaps.

Works on the pure core: nothing is sent, stored or waited for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from random import Random
from typing import Any

from pytest_studio.flows.coverage import covered
from pytest_studio.flows.exploring.findings import DeadEnd, Gap, Path, Taken, Trouble, Unreached
from pytest_studio.flows.exploring.moves import Cast, Move
from pytest_studio.flows.exploring.reasons import Reasons
from pytest_studio.flows.exploring.report import Report
from pytest_studio.flows.exploring.search import Search
from pytest_studio.flows.model import Program
from pytest_studio.flows.situation import World
from pytest_studio.wording import counted

__all__ = [
    "CONTACT",
    "LIMIT",
    "DeadEnd",
    "Exploration",
    "Gap",
    "Move",
    "Path",
    "Taken",
    "Trouble",
    "Unreached",
    "explore",
]

#: Moves that are tried at the most, unless somebody says otherwise; some thousands a second.
LIMIT = 10_000
#: The person, where the Flow looks at addresses.
CONTACT = "+15550100001"
#: Entries of each kind that a report shows.
SHOWN = 25


class Exploration:
    """What came of exploring a Flow.

    Attributes:
        program: the Flow.
        paths: ways that together take every transition that was reached, each with its inputs.
        covered: the transitions that were taken, as ``(widget, place of the transition)``.
        reachable: how many transitions Studio could take in widgets that a way leads to.
        unreached: widgets and transitions that no input was found for.
        dead_ends: places that nothing leads on from, although they did not end well.
        blanks: variables that rendered empty on some path.
        troubles: faults that Studio would warn of on some path.
        tried: how many moves were tried.
        exhausted: whether it stopped with something left to try: at the limit, or as nothing new had come for long.
    """

    def __init__(self, search: Search, find: Callable[[str], Any]) -> None:
        self.program: Program = search.program
        self.tried: int = search.tried
        self.exhausted: bool = search.exhausted
        report = Report(search, find)
        self.paths: list[Path] = report.paths
        self.dead_ends: list[DeadEnd] = report.dead_ends
        self.blanks: list[Gap] = report.gaps
        self.troubles: list[Trouble] = report.troubles
        reasons = Reasons(search)
        self.unreached: list[Unreached] = [Unreached(state, None, why) for state, why in reasons.widgets()]
        self.unreached += [Unreached(*found) for found in reasons.transitions()]
        joined = covered.reachable(self.program)
        states = self.program.states
        count = {(name, t.place) for name in states if name in joined for t in covered.takeable(states[name])}
        self.reachable: int = len(count)
        taken = {
            (visit.widget, visit.transition) for path in self.paths for visit in path.transitions if not visit.depth
        }
        self.covered: set[tuple[str, int]] = {
            (widget, int(place)) for widget, place in taken if (widget, place) in count and place is not None
        }

    def __repr__(self) -> str:
        return (
            f"<Exploration of {self.program.title!r}: {counted(len(self.paths), 'path')}, "
            f"{len(self.covered)}/{self.reachable} transitions{'' if self.ok else ', not ok'}>"
        )

    @property
    def problems(self) -> list[tuple[str, str]]:
        """What makes it not ok: a name that ``check(allow=…)`` takes, and words."""
        found = [(each.widget, f"not reached: {each}") for each in self.unreached if each.transition is None]
        found += [
            (f"{each.widget}: {each.transition.event}", f"not reached: {each}")
            for each in self.unreached
            if each.transition is not None
        ]
        found += [(f"{e.widget}: {e.event or e.kind}", f"dead end: {e}") for e in self.dead_ends if e.grave]
        found += [(f"{gap.blank.widget}: {gap.blank.property}", f"gap: {gap}") for gap in self.blanks if gap.grave]
        found += [(f"{t.warning.widget}: {t.warning.code}", f"trouble: {t}") for t in self.troubles]
        return found

    @property
    def ok(self) -> bool:
        """Whether all was reached, no dead end is grave, nobody sees or hears a gap, and Studio warns of nothing.

        Grave are splits that nothing matches, failures of requests, subflows and hand-overs, loops, and waits that
        nothing ends. Ends that a person or a lost message brings about are listed, and do not count.
        """
        return not self.problems

    def check(self, allow: Iterable[str] = ()) -> Exploration:
        """Assert that it is ``ok``; see there for what does not count.

        Args:
            allow: what may be wrong: names of widgets, or ``"widget: what"`` as the message has it in brackets
                (``"split_age: noMatch"``, ``"greet: body"``); ``*`` and ``?`` stand for anything.

        Returns:
            The exploration itself.

        Raises:
            AssertionError: it is not ok; the message has each problem, and the inputs that lead there.
            ValueError: something allowed is nowhere: an entry of ``allow`` is out of date.
        """
        __tracebackhide__ = True
        patterns = [allow] if isinstance(allow, str) else list(allow)
        left, used = [], set()
        for name, words in self.problems:
            fits = [at for at, one in enumerate(patterns) if _fits(name, one)]
            used.update(fits)
            if not fits:
                left.append(f"  {words} [{name}]")
        if left:
            raise AssertionError("\n".join([f"{self!r}:", *left, "", *self._ways()]))
        stale = [one for at, one in enumerate(patterns) if at not in used]
        if stale:
            raise ValueError(f"allow has what is not wrong (any more): {', '.join(map(repr, stale))}")
        return self

    def _ways(self) -> Iterator[str]:
        """The inputs that lead to a few of the problems."""
        wrong = [e for e in self.dead_ends if e.grave], [g for g in self.blanks if g.grave], self.troubles
        each: list[Any] = [*wrong[0], *wrong[1], *wrong[2]]
        for one in each[:3]:
            yield f"{one}, with:"
            yield from (f"    {line}" for line in one.path.script.splitlines())

    def __str__(self) -> str:
        title = f"Explored {self.program.title!r}: {counted(len(self.paths), 'path')}, "
        title += f"{len(self.covered)} of {self.reachable} transitions, {counted(self.tried, 'move')} tried"
        lines = [title + (" (given up)" if self.exhausted and self.unreached else "")]
        lines += _section("not reached", self.unreached)
        lines += _section("dead ends", [e for e in self.dead_ends if e.grave])
        mild = [e for e in self.dead_ends if not e.grave]
        lines += _section("ends that a person or a lost message brings about", mild)
        lines += _section("gaps that people see or hear", [gap for gap in self.blanks if gap.grave])
        lines += _section("other gaps", [gap for gap in self.blanks if not gap.grave])
        lines += _section("faults", self.troubles)
        shown = [path for path in self.paths if path.transitions]
        return "\n".join(lines + _section("paths", _lines(shown), len(shown)))


def explore(
    program: Program,
    world: World,
    *,
    account_sid: str,
    number: str,
    seed: int | None = None,
    limit: int = LIMIT,
    find: Callable[[str], Any] = lambda sid: None,
) -> Exploration:
    """Walk a Flow whole.

    Args:
        program: the Flow.
        world: what there is outside of it: the time, and its subflows.
        account_sid: ``AC…``.
        number: Twilio's side of all chats.
        seed: another one tries other free texts, and another order; None: always the same.
        limit: how many moves (messages, keys, answers of servers) are tried at the most.
        find: the record of a Flow by its SID, for playing paths through subflows.

    Raises:
        ValueError: the limit is none.
    """
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise ValueError(f"limit is a number of moves, 1 or more, not {limit!r}")
    search = Search(program, world, Cast(account_sid, CONTACT, number), limit, Random(seed or 0))
    search.run()
    return Exploration(search, find)


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) or fnmatchcase(name.partition(":")[0], pattern)


def _lines(paths: Sequence[Path]) -> list[str]:
    """Each path in a line: its widgets and how it ends, and where others have the same ones, the events that differ.

    Those that differ by nothing of that, but by what somebody says, are one line with their number.
    """
    alike: dict[str, list[Path]] = {}
    for path in paths:
        alike.setdefault(_line(path), []).append(path)
    told = Counter(_line(path, _differing(alike[_line(path)])) for path in paths)
    return [f"{line}{f' ({times} ways)' if times > 1 else ''}" for line, times in told.items()]


def _line(path: Path, telling: Container[int] = ()) -> str:
    """A path by its widgets; ``telling`` are the places of those that are told with their events."""
    widgets = [
        f"{hop.widget} ({hop.event})" if at in telling else hop.widget for at, hop in enumerate(path.transitions)
    ]
    return f"{' > '.join(widgets)}: {path.transitions[-1].event if path.ended else f'waits at {path.waiting_at}'}"


def _differing(paths: Sequence[Path]) -> set[int]:
    """The places where paths through the same widgets have different events."""
    hops = zip(*(path.transitions for path in paths), strict=False)
    return {at for at, each in enumerate(hops) if len({hop.event for hop in each}) > 1}


def _section(title: str, entries: Sequence[Any], count: int | None = None) -> list[str]:
    if not entries:
        return []
    more = [f"  … and {len(entries) - SHOWN} more"] if len(entries) > SHOWN else []
    return [
        f"{title} ({len(entries) if count is None else count}):",
        *(f"  {entry}" for entry in entries[:SHOWN]),
        *more,
    ]
