"""The search: from every start, whatever may come, until nothing new is found or the limit is reached."""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

from pytest_studio.errors import ChatError
from pytest_studio.flows import runner
from pytest_studio.flows.exploring.bending import Bending
from pytest_studio.flows.exploring.choices import Choices
from pytest_studio.flows.exploring.equivalence import Equivalence
from pytest_studio.flows.exploring.moves import DECISIONS, EVENTS, Cast, Move
from pytest_studio.flows.exploring.node import Event, Node
from pytest_studio.flows.exploring.sources import Scope, Sources, scope_of
from pytest_studio.flows.model import Program, State
from pytest_studio.flows.situation import Effect, Situation, Turn, Visit, World

__all__ = ["Search", "Spot"]

#: A transition of a Flow: its Flow, the place of its state, its own place (None: an event that is not wired).
Spot = tuple[Scope, int, int | None]

#: Ways to a widget that are kept, to be bent later.
WAYS = 4
#: Events that are nobody's doing.
MISHAPS = frozenset(("failed", "fail", "failure", "deliveryFailure"))
#: Moves without a new transition after which ways are bent; and after which, if that does not help, it is given up.
STALE, PATIENCE = 250, 4000
#: Moves from a place to an end at the most: as many as Studio lets an Execution have Steps.
LONGEST = runner.MOST_STEPS
#: Widgets one after the other, without anything to decide, before it is asked whether they go round for ever.
ENOUGH = 50
#: Kinds of waits that a person ends.
PEOPLE = ("reply", "gather", "dial")


class Search:
    """One search.

    Args:
        program: the Flow.
        world: what there is outside of it.
        cast: who talks.
        limit: how many moves are tried at the most.
        rng: for texts, and for the order of what is equally promising.
    """

    def __init__(self, program: Program, world: World, cast: Cast, limit: int, rng: Random) -> None:
        self.program = program
        self.world = world
        self.cast = cast
        self.limit = limit
        self.tried: int = 0
        self.gave_up: bool = False
        #: When the last new transition was found, in moves.
        self._news = 0
        self.sources: Sources = Sources(program, world)
        self.choices: Choices = Choices(self.sources, rng)
        self.equivalence: Equivalence = Equivalence(self.sources)
        self._rng = rng
        self.nodes: list[Node] = []
        #: What is equivalent -> the node that stands for all.
        self.first: dict[Any, Node] = {}
        self._seen: set[Any] = set()
        self.covered: dict[Spot, Node] = {}
        #: (Flow, widget) -> a few nodes on whose way it was.
        self.ways: dict[tuple[Scope, str], list[Node]] = defaultdict(list)
        self._queue: list[tuple[int, int, int, float, int, Node]] = []
        self._often: Counter[Any] = Counter()
        self._forced: set[tuple[Scope, str, str]] = set()
        #: Whether it only goes ways to their ends, and tries nothing more on the side.
        self._settles = False
        #: Where ways went round that nothing but the limits of Studio ends.
        self._rounds: set[Any] = set()

    @property
    def exhausted(self) -> bool:
        """Whether it stopped with something left to try: at the limit, or when nothing new had come for long."""
        return self.gave_up or self.tried >= self.limit

    def run(self) -> None:
        """Search."""
        for move in self.choices.starts(self.cast.contact, self.world.now):
            self._start(move)
        bending, patience = Bending(self), STALE
        while not self.exhausted:
            self._walk(patience)
            if bending.once():
                patience = STALE
            elif not self._queue:
                break
            elif patience >= PATIENCE:
                self.gave_up = True
                break
            else:
                patience *= 2

    # -- walking ------------------------------------------------------------------------------------------------

    def _start(self, move: Move) -> Node | None:
        self.tried += 1
        opted = str(move.options.get("OptOutType", "")).upper() == "STOP"
        turn = self.cast.begin(move, self.program, self._world(opted))
        return self._follow(None, (move,), turn, [move], opted)

    def _walk(self, patience: int) -> None:
        """Try what is most promising, until so many moves have shown no new transition."""
        while self._queue and not self.exhausted and self.tried - self._news < patience:
            node = heapq.heappop(self._queue)[-1]
            where = node.key[0][0]
            self._often[where] += 1
            for move in self.choices.at(node.situation, self.world.now):
                if self.exhausted:
                    return
                self.do(node, move)
            for move in self._new_forced(node.situation, node, ()):
                self.do(node, move)
            node.expanded = True

    def do(self, node: Node, move: Move) -> Node | None:
        """Do one thing at a node: where that leads, None if it cannot be done there."""
        self.tried += 1
        opting = str(move.options.get("OptOutType", "")).upper()
        opted = opting == "STOP" or (node.opted_out and opting != "START")
        try:
            turn = self.cast.go_on(move, node.situation, node.before, self._world(opted))
            full = self._filled(node, move, turn)
            if full != move:
                move, turn = full, self.cast.go_on(full, node.situation, node.before, self._world(opted))
        except ChatError:
            return None
        return self._follow(node, (move,), turn, [move], opted)

    def _filled(self, node: Node, move: Move, turn: Turn) -> Move:
        visit = next((visit for visit in turn.visits if visit.output is not None), None)
        if move.method != "outcome" or visit is None:
            return move
        return self.choices.missing(node.situation, move, visit.output)

    def _world(self, opted: bool) -> World:
        return self.world._replace(opted_out=lambda address: opted)

    def _new_forced(self, situation: Situation, parent: Node | None, events: Sequence[Event]) -> list[Move]:
        """What may happen otherwise than usual at the widget that is next, if that was not tried yet."""
        state = situation.state
        if state is None or _ran(state, parent, events):
            return []
        scope = scope_of(situation.frame.program)
        found = []
        for move in self.choices.forced(situation, state):
            mark = scope, state.name, move.args[1]
            if mark not in self._forced:
                self._forced.add(mark)
                found.append(move)
        return found

    def _follow(
        self, parent: Node | None, choice: tuple[Move, ...], turn: Turn, events: list[Event], opted: bool
    ) -> Node | None:
        """Let it run to the next place, and other ways on the side; the node of the way that went as usual."""
        branches = [(turn.situation, [*events, *turn.effects, *turn.visits], choice)]
        made: list[Node | None] = []
        while branches:
            situation, events, choice = branches.pop()
            made.append(self._run(parent, choice, situation, events, opted, branches))
        return made[0]

    def _run(
        self,
        parent: Node | None,
        choice: tuple[Move, ...],
        situation: Situation,
        events: list[Event],
        opted: bool,
        branches: list[tuple[Situation, list[Event], tuple[Move, ...]]] | None,
    ) -> Node | None:
        """Let one way run to the next place; None if it goes round for ever, as others did, and shows nothing new."""
        world = self._world(opted)
        events = list(events)
        widgets, mark = 0, None
        while not situation.ended and situation.state is not None:
            widgets += 1
            if widgets == ENOUGH:
                mark = self.equivalence.key(situation, self.world.now)[0]
                if mark in self._rounds and not self._settles and not self._shows_more(events):
                    return None
            turn = runner.proceed(situation, world)
            if turn.situation.wait is not None:
                return self._arrive(Node(turn.situation, situation, parent, choice, events, opted), turn.effects)
            if branches is not None:
                for move in self._new_forced(situation, parent, events):
                    other = self.cast.go_on(move, situation, situation, world)
                    happened = [*events, move, *other.effects, *other.visits]
                    branches.insert(0, (other.situation, happened, (*choice, move)))
            events += [*turn.effects, *turn.visits]
            situation = turn.situation
        self.tried += widgets // ENOUGH
        if mark is not None:
            self._rounds.add(mark)
        return self._arrive(Node(situation, situation, parent, choice, events, opted), ())

    def _shows_more(self, events: Sequence[Event]) -> bool:
        """Whether something was done that was not done before."""
        return any(isinstance(event, Visit) and _spot(event) not in self.covered for event in events)

    def _arrive(self, node: Node, effects: Sequence[Effect]) -> Node:
        node.events = [*node.events, *effects]
        node.depth = 0 if node.parent is None else node.parent.depth + 1
        if node.parent is not None:
            node.parent.children.append(node)
        self.nodes.append(node)
        new = self._cover(node)
        if node.situation.ended or node.situation.wait is None:
            return node
        firm, soft = self.equivalence.key(node.situation, self.world.now)
        node.key = (firm, node.opted_out)
        fresh = node.key not in self.first
        if fresh:
            self.first[node.key] = node
        if (node.key, soft) not in self._seen:
            self._seen.add((node.key, soft))
            where = firm[0]
            rank = 0 if fresh else 1
            entry = (rank, self._often[where] - new, node.depth, self._rng.random(), len(self.nodes), node)
            heapq.heappush(self._queue, entry)
        return node

    def _cover(self, node: Node) -> int:
        new = 0
        for event in node.events:
            if isinstance(event, Visit):
                spot = _spot(event)
                if spot not in self.covered:
                    self.covered[spot] = node
                    self._news = self.tried
                    new += 1
                ways = self.ways[spot[0], event.widget]
                if len(ways) < WAYS and (not ways or ways[-1] is not node):
                    ways.append(node)
        return new

    # -- going a way again -----------------------------------------------------------------------------------------

    def play(self, moves: Sequence[tuple[Move, ...]]) -> Node | None:
        """Go a way by its moves, as far as it takes them: the last node."""
        node = self.step(None, moves[0])
        for choice in moves[1:]:
            if node is None or node.situation.wait is None:
                break
            node = self.step(node, choice)
        return node

    def step(self, node: Node | None, choice: tuple[Move, ...]) -> Node | None:
        """One choice: what was done, then what was decided for widgets on the way."""
        self.tried += 1
        move, decided = choice[0], list(choice[1:])
        opting = str(move.options.get("OptOutType", "")).upper()
        opted = opting == "STOP" or (node is not None and node.opted_out and opting != "START")
        world = self._world(opted)
        if node is None:
            if move.method not in EVENTS:
                return None
            turn = self.cast.begin(move, self.program, world)
        else:
            try:
                turn = self.cast.go_on(move, node.situation, node.before, world)
            except ChatError:
                return None
        situation, events = turn.situation, [move, *turn.effects, *turn.visits]
        if not decided and not self._settles:
            return self._follow(node, choice, turn, [move], opted)
        while decided and not situation.ended and situation.state is not None and situation.wait is None:
            if situation.state.name == decided[0].args[0]:
                if _ran(situation.state, node, events):
                    return None
                forced = decided.pop(0)
                turn = self.cast.go_on(forced, situation, situation, world)
                events.append(forced)
            else:
                turn = runner.proceed(situation, world)
                if turn.situation.wait is not None:
                    break
            events += [*turn.effects, *turn.visits]
            situation = turn.situation
        return self._run(node, choice, situation, events, opted, None)

    # -- ends ---------------------------------------------------------------------------------------------------

    def to_the_end(self, ends: Iterable[Any] = (), mishaps: bool = True) -> dict[Any, tuple[Move, ...]]:
        """What is equivalent -> the next moves on the shortest way to an end.

        Args:
            ends: what else is an end.
            mishaps: whether a way may be one on which a message, or the like, is lost.
        """
        into: dict[Any, list[tuple[Any, tuple[Move, ...]]]] = defaultdict(list)
        found: dict[Any, tuple[Move, ...]] = dict.fromkeys(ends, ())
        ahead: deque[Any] = deque(found)
        for node in self.nodes:
            if node.parent is None or node.parent.key is None or not (mishaps or all(map(_fares_well, node.choice))):
                continue
            if node.key is not None:
                into[node.key].append((node.parent.key, node.choice))
            elif node.parent.key not in found:
                found[node.parent.key] = node.choice
                ahead.append(node.parent.key)
        while ahead:
            key = ahead.popleft()
            for before, choice in into[key]:
                if before not in found:
                    found[before] = choice
                    ahead.append(before)
        return found

    def settled(self, node: Node, ends: Mapping[Any, tuple[Move, ...]]) -> Node:
        """Go on from a node to an end, the shortest known way; where there is none, to where a person is awaited."""
        self._settles = True
        for _ in range(LONGEST):
            known = ends.get(node.key)
            further = self.step(node, known) if known else None
            wait = node.situation.wait
            if further is None and wait is not None and wait.kind not in PEOPLE:
                further = self._anyhow(node)
            if further is None:
                break
            node = further
        return node

    def _anyhow(self, node: Node) -> Node | None:
        """Any way on."""
        moves = self.choices.at(node.situation, self.world.now)
        return next((found for move in moves if (found := self.step(node, (move,))) is not None), None)


def _fares_well(move: Move) -> bool:
    return move.method != "outcome" or move.args[1] not in MISHAPS


def _spot(visit: Visit) -> Spot:
    return scope_of(visit.program), visit.state.place, visit.transition


def _ran(state: State, parent: Node | None, events: Sequence[Event]) -> bool:
    """Whether a subflow has run since a person did something.

    What a test decides is met from then on: it cannot let a subflow run first, and fail the second time.
    """
    if state.type != "run-subflow":
        return False
    node = parent
    while True:
        for event in reversed(events):
            if isinstance(event, Visit) and event.widget == state.name:
                return True
            if isinstance(event, Move) and event.method not in DECISIONS:
                return False
        if node is None:
            return False
        events, node = node.events, node.parent
