"""What a search comes to: few ways that have all that was found, and the findings, each with a way there."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import Any

from pytest_studio.flows import runner
from pytest_studio.flows.exploring.choices import FAILURES
from pytest_studio.flows.exploring.findings import DeadEnd, Gap, Path, Trouble, path_of
from pytest_studio.flows.exploring.node import Node
from pytest_studio.flows.exploring.search import Search
from pytest_studio.flows.exploring.sources import scope_of
from pytest_studio.flows.situation import Blank, FlowWarning, Visit

__all__ = ["Report"]

#: Warnings of Studio's that tell of a fault of the Flow: a message without a body, a blank content variable, an HTTP
#: request that cannot be made, a subflow within a subflow.
TROUBLE = frozenset((81011, 21656, 81014, 81024))
#: Warnings that an Execution was stopped.
STOPPED = frozenset((81000, 81001))


class Report:
    """What a search has found, as paths."""

    def __init__(self, search: Search, find: Callable[[str], Any]) -> None:
        self._search = search
        self._find = find
        self._paths: dict[int, Path] = {}
        self.dead_ends: list[DeadEnd] = []
        self.gaps: list[Gap] = []
        self.troubles: list[Trouble] = []
        found = list(search.nodes)
        self._ends = search.to_the_end()
        self._fill(found)
        self.paths: list[Path] = [self._path(node) for node in self._chosen(found)]

    def _path(self, node: Node) -> Path:
        known = self._paths.get(id(node))
        if known is None:
            known = self._paths[id(node)] = path_of(self._search.settled(node, self._ends), self._find)
        return known

    def _fill(self, nodes: Sequence[Node]) -> None:
        """The findings, each with the first way there."""
        dead: dict[Any, Node] = {}
        gaps: dict[Blank, Node] = {}
        troubles: dict[FlowWarning, Node] = {}
        for node in nodes:
            for event in node.events:
                if isinstance(event, Blank):
                    gaps.setdefault(event, node)
                elif isinstance(event, FlowWarning) and event.code in TROUBLE:
                    troubles.setdefault(event, node)
            found = _dead_end(node)
            if found is not None:
                dead.setdefault(found, node)
        self.dead_ends = [
            DeadEnd(widget, event, kind, why, self._path(node)) for (widget, event, kind, why), node in dead.items()
        ]
        self.dead_ends += self._without_end(nodes)
        self.gaps = [Gap(blank, self._path(node)) for blank, node in gaps.items()]
        self.troubles = [Trouble(warning, self._path(node)) for warning, node in troubles.items()]

    def _without_end(self, nodes: Sequence[Node]) -> Iterator[DeadEnd]:
        """Waits that nothing ends, and those from which no way leads out of a loop."""
        stuck = [node for node in nodes if node.expanded and not node.children]
        for node in _one_each(stuck):
            yield DeadEnd(str(node.at), None, "waits", "nothing that is known ends it", self._path(node))
        if self._search.exhausted:
            return
        out = self._search.to_the_end((node.key for node in stuck), mishaps=False)
        lost = [node for node in nodes if node.key is not None and node.key not in out]
        for node in _one_each(node for node in lost if node.parent is None or node.parent.key in out):
            through = ", ".join([name for name in dict.fromkeys(self._round(node)) if name != node.at][:5])
            why = f"no way leads out of the loop{f' through {through}' * bool(through)}, until Studio stops it"
            yield DeadEnd(str(node.at), None, "loop", why, self._path(node))

    @staticmethod
    def _round(node: Node) -> Iterator[str]:
        ahead, seen = [node], 0
        while ahead and seen < 200:
            for child in ahead.pop(0).children:
                seen += 1
                yield from (event.widget for event in child.events if isinstance(event, Visit))
                ahead.append(child)

    def _chosen(self, nodes: Sequence[Node]) -> list[Node]:
        """Few nodes whose ways have all that was found, in the order in which they were found, gone on to an end."""
        features = [_features(node, self._ends) for node in nodes]
        # Ways that have ended come first; a later look only lowers what a way adds.
        heap = [
            (-len(found), node.key is not None, at)
            for at, (node, found) in enumerate(zip(nodes, features, strict=True))
        ]
        heapq.heapify(heap)
        known: set[Any] = set()
        chosen: list[int] = []
        while heap:
            less, open_, at = heapq.heappop(heap)
            adds = len(features[at] - known)
            if adds < -less:
                if adds:
                    heapq.heappush(heap, (-adds, open_, at))
                continue
            known |= features[at]
            chosen.append(at)
        return [nodes[at] for at in sorted(chosen)]


def _one_each(nodes: Iterable[Node]) -> list[Node]:
    """The first node at each widget."""
    return list({node.at: node for node in reversed(list(nodes))}.values())[::-1]


def _features(node: Node, ends: Container[Any]) -> frozenset[Any]:
    """What a way has that may be had once; where it waits counts if no way leads on to an end."""
    found: set[Any] = set()
    for event in node.all_events():
        if isinstance(event, Visit):
            found.add((scope_of(event.program), event.state.place, event.transition, event.event))
        elif isinstance(event, Blank):
            found.add(event)
    wait = node.situation.wait
    if wait is not None and node.key not in ends:
        found.add(wait.widget)
    return frozenset(found)


def _dead_end(node: Node) -> tuple[str, str, str, str] | None:
    """Widget, event, kind and words, if the Execution has ended badly."""
    if not node.situation.ended:
        return None
    visits = [event for event in node.events if isinstance(event, Visit)]
    if not visits:
        return None
    last = visits[-1]
    stopped = next((e for e in node.events if isinstance(e, FlowWarning) and e.code in STOPPED), None)
    if stopped is not None and node.situation.hung_up:
        return last.widget, last.event, "unanswered", f"the caller has hung up, and it goes on: {stopped.message}"
    if stopped is not None:
        return last.widget, last.event, "loop", f"{stopped.message} ({stopped.code})"
    if last.type == "trigger" or not any(transition.next for transition in last.state.transitions):
        return None
    if last.transition is not None and last.state.transitions[last.transition].conditions:
        return None
    if last.type == "split-based-on":
        return last.widget, last.event, "no match", "no branch matches, and noMatch leads nowhere: nobody hears of it"
    if last.event == runner.success_of(last.state):
        return None
    lost = any(isinstance(e, FlowWarning) and e.code in TROUBLE and e.widget == last.widget for e in node.events)
    return last.widget, last.event, *_kind(last, lost)


def _kind(last: Visit, lost: bool) -> tuple[str, str]:
    wired = "its other events lead on, and this one ends the Execution"
    if last.event == "deliveryFailure" or (last.type == "send-message" and last.event == "failed"):
        return "failure" if lost else "undelivered", f"the message did not arrive; {wired}"
    if last.event in ("timeout", "busy", "noAnswer", "noAudio", "hangup"):
        return "unanswered", f"nobody answered; {wired}"
    if last.event in FAILURES:
        return "failure", f"it failed; {wired}"
    return "unexpected", wired
