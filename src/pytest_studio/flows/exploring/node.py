"""A place that a search has reached, and the way there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pytest_studio.flows.exploring.moves import Move
from pytest_studio.flows.situation import Effect, Situation, Visit

__all__ = ["Event", "Node"]

#: What happened, in order.
Event = Move | Visit | Effect


@dataclass(eq=False)
class Node:
    """A place that was reached: something waits there, or the Execution has ended.

    Attributes:
        situation: where it stands.
        before: the same before the widget that waits began; itself at an end.
        parent: the node before; None at the start.
        choice: what was done there, and what was decided for widgets on the way.
        events: what happened from the parent to here.
        opted_out: whether the person has opted out of messages.
        key: what it is equivalent to; None at an end.
        depth: moves from the start.
        expanded: whether all that may be done here was tried.
    """

    situation: Situation
    before: Situation
    parent: Node | None
    choice: tuple[Move, ...]
    events: list[Event]
    opted_out: bool = False
    key: Any = None
    depth: int = 0
    expanded: bool = False
    children: list[Node] = field(default_factory=list)

    @property
    def at(self) -> str | None:
        """The widget that waits."""
        return None if self.situation.wait is None else self.situation.wait.widget

    def chain(self) -> list[Node]:
        """The nodes from the start to here."""
        found: list[Node] = []
        node: Node | None = self
        while node is not None:
            found.append(node)
            node = node.parent
        return found[::-1]

    def all_events(self) -> Iterator[Event]:
        """What happened from the start to here."""
        for node in self.chain():
            yield from node.events
