"""Answers of earlier ways, changed so that splits take the branches that they have not taken."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from pytest_studio.flows.exploring.choices import with_value
from pytest_studio.flows.exploring.moves import Move
from pytest_studio.flows.exploring.node import Node
from pytest_studio.flows.exploring.sources import Atom, Scope, fitting, scope_of
from pytest_studio.flows.model import State, Transition
from pytest_studio.flows.situation import Visit

if TYPE_CHECKING:
    from pytest_studio.flows.exploring.search import Search, Spot

__all__ = ["Bending"]

#: Texts that are tried to bend a way.
TEXTS = 12


class Bending:
    """What bends the ways of a search.

    Args:
        search: the search.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._bent: set[tuple[Spot, int]] = set()

    def once(self) -> bool:
        """Change what was answered earlier, so that splits take the branches that they have not taken."""
        before = len(self._search.covered)
        for scope, program in self._search.sources.programs.items():
            for state in program.states.values():
                if state.type != "split-based-on":
                    continue
                for transition in state.transitions:
                    self._bend_to(scope, state, transition)
        return len(self._search.covered) > before

    def _bend_to(self, scope: Scope, state: State, transition: Transition) -> None:
        spot = scope, state.place, transition.place
        for node in list(self._search.ways[scope, state.name]):
            if spot in self._search.covered or self._search.exhausted:
                return
            if (spot, id(node)) in self._bent:
                continue
            self._bent.add((spot, id(node)))
            for changes in self._changes(scope, state, transition, node):
                self._again(node, changes)
                if spot in self._search.covered or self._search.exhausted:
                    return

    def _changes(
        self, scope: Scope, state: State, transition: Transition, node: Node
    ) -> Iterator[list[tuple[Atom, Any]]]:
        """What inputs would have to be for a branch to be taken: guesses."""
        context = next(
            (e.before for e in node.events if isinstance(e, Visit) and e.widget == state.name),
            node.situation.frame.context,
        )
        now = self._search.world.now
        if transition.conditions:
            wanted: list[tuple[Atom, list[Any]]] = []
            for condition in transition.conditions:
                texts = list(fitting(condition.type, condition.value, condition.argument, context, now))
                for atom in self._search.sources.conditions_of(scope, [condition]):
                    wanted.append((atom, [*texts, *self._search.sources.candidates(atom, context, now)][:TEXTS]))
        else:
            atoms = self._search.sources.conditions_of(scope, (c for t in state.transitions for c in t.conditions))
            wanted = [(atom, ["something else", "7", "", "0", "999999"]) for atom in atoms]
        for atom, texts in wanted:
            yield from ([(atom, text)] for text in texts)
        if len(wanted) > 1:
            for at in range(min(max((len(texts) for _, texts in wanted), default=0), TEXTS)):
                yield [(atom, texts[min(at, len(texts) - 1)]) for atom, texts in wanted if texts]

    def _again(self, node: Node, changes: list[tuple[Atom, Any]]) -> None:
        """Go a way again, with other inputs."""
        chain = node.chain()
        moves: list[tuple[Move, ...]] = [each.choice for each in chain]
        changed = False
        for atom, value in changes:
            at = self._where(chain, atom)
            if at is None:
                continue
            path = atom.path if atom.widget or atom.path[:1] != ("*",) else (chain[0].choice[0].method, *atom.path[1:])
            other = with_value(moves[at][0], path, value)
            if other is not None and other != moves[at][0]:
                moves[at] = (other, *moves[at][1:])
                changed = True
        if changed:
            self._search.play(moves)

    def _where(self, chain: list[Node], atom: Atom) -> int | None:
        """The place of the move that an input came with."""
        if not atom.widget:
            return 0
        for at in range(len(chain) - 1, 0, -1):
            parent = chain[at].parent
            wait = None if parent is None else parent.situation.wait
            if parent is None or wait is None or wait.widget != atom.widget:
                continue
            if scope_of(parent.situation.frame.program) == atom.scope:
                return at
        return None
