"""What exploring a Flow finds: ways through it, places where they end badly, gaps, and what no way leads to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from pytest_studio.errors import ChatError
from pytest_studio.flows.coverage import covered
from pytest_studio.flows.exploring.moves import DECISIONS, EVENTS, Move
from pytest_studio.flows.exploring.node import Event, Node
from pytest_studio.flows.model import State, Transition
from pytest_studio.flows.situation import Blank, FlowWarning, Visit
from pytest_studio.wording import shorten

__all__ = ["DeadEnd", "Gap", "Path", "Taken", "Trouble", "Unreached", "path_of"]

#: Lines of a script at the most.
LINES = 200
#: Kinds of dead ends that make an exploration not ok.
GRAVE = frozenset(("no match", "failure", "loop", "waits"))


class Taken(NamedTuple):
    """One widget of a path: how it ended, what follows (None: the end), and the place of its transition, if wired."""

    widget: str
    event: str
    next: str | None
    transition: int | None
    depth: int = 0

    def __str__(self) -> str:
        return f"{self.widget}: {self.event} -> {self.next or 'Ended'}"


@dataclass(frozen=True)
class Path:
    """One way through a Flow, with the inputs that take it.

    Attributes:
        transitions: the widgets that finished, in order, those of subflows among them.
        moves: what a test has to do, in order: printed, they are the lines of a test.
        ended: whether the Execution ends with it; else it waits at ``waiting_at``.
        waiting_at: the widget that waits.
        blanks: variables that nothing had set on this way.
        warnings: what Studio would write to the account's log.
    """

    transitions: tuple[Taken, ...]
    moves: tuple[Move, ...]
    ended: bool
    waiting_at: str | None
    blanks: tuple[Blank, ...]
    warnings: tuple[FlowWarning, ...]
    _find: Callable[[str], Any] = field(repr=False, compare=False, default=lambda sid: None)

    @property
    def widgets(self) -> list[str]:
        """The names of the widgets that finished, in order: ``chat.path`` of whoever plays it."""
        return [taken.widget for taken in self.transitions]

    @property
    def script(self) -> str:
        """The lines of a test that takes this way; of very many, the first and the last."""
        lines = [str(move) for move in self.moves]
        if len(lines) > LINES:
            lines[LINES // 2 : -LINES // 2] = [f"# … and {len(lines) - LINES} more"]
        return "\n".join(lines)

    @property
    def _contact(self) -> str | None:
        """The person's address, if it matters."""
        start = next(move for move in self.moves if move.method in EVENTS)
        return start.options.get("to" if start.method == "request" else "from_")

    def __str__(self) -> str:
        ends = f"assert chat.path == {self.widgets!r}"
        return f"{self.script}\n{ends}"

    def play(self, flow: Any) -> Any:
        """Play it on a Flow that runs: ``flow.message``, ``chat.reply`` and so on.

        Chats of the Flow that would take part are ended first: those of the same person, and those that stand still.

        Args:
            flow: the record of ``studio.load_flow``.

        Returns:
            The chat. Where the path stops at a request, or at what somebody has to decide, it stands there.

        Raises:
            ChatError: the Flow has changed since, and does not go this way any more.
        """
        chat: Any = None
        for other in flow.chats:
            if not other.ended and (other.stuck is not None or other.contact == self._contact):
                other.execution.end()
        for at, move in enumerate(self.moves):
            try:
                chat = move.play(flow, chat, self._find)
            except ChatError:
                chat = chat or flow.chats[-1]
                if at < len(self.moves) - 1 or chat.waiting_at is None or chat.waiting_at != self.waiting_at:
                    raise
        return chat


class DeadEnd(NamedTuple):
    """A place that nothing leads on from, although it did not end well.

    Attributes:
        widget: its name.
        event: how it ended; None if it did not.
        kind: ``"no match"`` (of a split), ``"failure"`` (of a request, a subflow, a hand-over), ``"loop"`` (round and
            round till Studio stops it), ``"waits"`` (for ever); and, not grave, as a person or a lost message brings
            them about, ``"unanswered"``, ``"undelivered"``, ``"unexpected"``.
        why: in words.
        path: one way there.
    """

    widget: str
    event: str | None
    kind: str
    why: str
    path: Path

    @property
    def grave(self) -> bool:
        """Whether it makes an exploration not ok: the Flow itself leaves a person alone."""
        return self.kind in GRAVE

    def __str__(self) -> str:
        return f"{self.widget}{f': {self.event}' if self.event else ''}: {self.why}"


class Unreached(NamedTuple):
    """A widget, or one of its transitions, that no input was found for, and why."""

    state: State
    transition: Transition | None
    reason: str

    @property
    def widget(self) -> str:
        """The widget's name."""
        return self.state.name

    def __str__(self) -> str:
        what = self.widget if self.transition is None else str(covered.Missed(self.state, self.transition))
        return f"{what}: {self.reason}"


class Gap(NamedTuple):
    """A variable that rendered empty on some way, and that way."""

    blank: Blank
    path: Path

    @property
    def grave(self) -> bool:
        """Whether a person would see or hear the gap."""
        return self.blank.seen and not self.blank.defended

    def __str__(self) -> str:
        blank = self.blank
        return f"{blank.widget}, {blank.property}: nothing had set {blank.variable} in {shorten(blank.template, 80)}"


class Trouble(NamedTuple):
    """A fault that Studio would warn of on some way, and that way."""

    warning: FlowWarning
    path: Path

    def __str__(self) -> str:
        return f"{self.warning.widget}: {self.warning.message} ({self.warning.code})"


def path_of(node: Node, find: Callable[[str], Any]) -> Path:
    """The way to a node.

    Args:
        node: of a search.
        find: the record of a Flow by its SID.
    """
    events = list(node.all_events())
    wait = node.situation.wait
    return Path(
        tuple(Taken(e.widget, e.event, e.next, e.transition, e.depth) for e in events if isinstance(e, Visit)),
        tuple(_moves(events, node.situation.frames[0].program.flow_sid)),
        node.situation.ended,
        None if wait is None else wait.widget,
        tuple(dict.fromkeys(e for e in events if isinstance(e, Blank))),
        tuple(e for e in events if isinstance(e, FlowWarning)),
        find,
    )


def _moves(events: Sequence[Event], home: str) -> Iterator[Move]:
    """The lines of a test: what is decided stands before what a person does, for it is met at once.

    What is decided for a widget queues: where it is to end otherwise the second time, the first is decided, too.
    ``home`` is the SID of the Flow that is explored.
    """
    person: Move | None = None
    group: list[Move | Visit] = []
    own = True
    for event in events:
        if isinstance(event, Move) and event.method not in DECISIONS:
            yield from _group(person, group, home)
            person, group, own = event, [], True
        elif isinstance(event, Move):
            group.append(event)
            own = True
        elif isinstance(event, Visit):
            if not own:
                group.append(event)
            own = False
    yield from _group(person, group, home)


def _group(person: Move | None, group: Sequence[Move | Visit], home: str) -> Iterator[Move]:
    last = {
        (move.flow_sid, move.args[0]): at
        for at, move in enumerate(group)
        if isinstance(move, Move) and move.method == "outcome"
    }
    for at, each in enumerate(group):
        if isinstance(each, Move):
            yield each
            continue
        flow_sid = "" if each.program.flow_sid == home else each.program.flow_sid
        if at < last.get((flow_sid, each.widget), -1):
            yield Move("outcome", (each.widget, each.event), {}, flow_sid)
    if person is not None:
        yield person
