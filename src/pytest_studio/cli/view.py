"""What a person at a Flow sees of its chat: what is new, where it stands, and what they can do there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_studio.chats import telling
from pytest_studio.cli.screen import Row, Screen, changes
from pytest_studio.flows.situation import Blank, FlowWarning, Sent, Spoken, Visit

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat

__all__ = ["View"]

#: What a widget waits for -> how the prompt says that, and what may be typed.
WAYS = {
    "reply": ("a reply", "a line of text is the reply, /expire lets its time run out"),
    "gather": ("keys or speech", "digits are keys, other text is speech; or /silence, /hangup"),
    "dial": ("somebody to pick up", "/answer [BY], /busy or /noanswer"),
    "http": ("an answer", "/respond STATUS [JSON or text], or /outcome EVENT [JSON]"),
    "subflow": ("a subflow", "/outcome completed [JSON], or start with --subflow FW…=FILE"),
    "outcome": ("an outcome", "/outcome EVENT [JSON]"),
}


class View:
    """A chat on a screen.

    Args:
        screen: the screen.
        echo: show what was typed, too, which a terminal shows by itself.
    """

    def __init__(self, screen: Screen, *, echo: bool) -> None:
        self._screen = screen
        self._echo = echo
        #: The chat; None until one has begun.
        self.chat: Chat | None = None
        self._shown = 0
        self._contexts: list[dict[str, Any]] = []
        self._over = False

    def look_at(self, chat: Chat | None) -> None:
        """Show another chat from here on, all of it."""
        self.chat, self._shown, self._contexts, self._over = chat, 0, [], False

    def prompt(self, first: str, again: str) -> str:
        """What is asked for now; ``first`` before there is a chat, ``again`` after its end."""
        chat = self.chat
        if chat is None:
            what = first
        elif chat.ended:
            what = f"ended: {again}"
        else:
            wait = chat.situation.wait
            what = "active" if wait is None else f"{wait.widget}: {WAYS[wait.kind][0]}"
        return f"{self._screen.clean(what)}> ".replace("\n", " ")

    def show(self) -> None:
        """Show what is new, if anything is."""
        chat = self.chat
        if chat is None:
            return
        news = chat.log[self._shown :]
        contexts = [frame.context for frame in chat.situation.frames]
        if not news and contexts == self._contexts and chat.ended == self._over:
            return
        self._over = chat.ended
        changed = []
        for depth, context in enumerate(contexts):
            before = self._contexts[depth] if depth < len(self._contexts) else {}
            changed += [f"{line[:2]}subflow {line[2:]}" if depth else line for line in changes(before, context)]
        self._shown, self._contexts = self._shown + len(news), contexts
        rows = [row for entry in news for row in self._rows(entry)]
        self._screen.turn([*rows, *self._standing(chat)], changed)

    def _rows(self, entry: telling.Entry) -> list[Row]:
        if isinstance(entry, telling.Said) and not self._echo:
            return []
        if isinstance(entry, Blank):
            where = f"{entry.widget}, {entry.property}"
            return [Row("warning", f"  ? {where}: nothing had set {entry.variable}")] if not entry.defended else []
        kind = "person"
        if isinstance(entry, (Sent, Spoken)):
            kind = "flow"
        elif isinstance(entry, (Visit, FlowWarning)):
            kind = "step" if isinstance(entry, Visit) else "warning"
        return [Row(kind, line) for line in telling.lines_of(entry)]

    def _standing(self, chat: Chat) -> list[Row]:
        """Where the chat stands, and what may be typed now."""
        if chat.ended:
            return [Row("note", "  -- ended")]
        wait = chat.situation.wait
        rows = [] if chat.stuck is None else [Row("warning", f"  ? {chat.stuck.why}")]
        if wait is not None and (self._echo or wait.kind != "reply"):  # the prompt says as much
            rows.append(Row("note", f"  -- {wait.widget} waits for {WAYS[wait.kind][0]}: {self.ways()}"))
        return rows

    def ways(self) -> str:
        """What may be typed for the widget that waits."""
        situation = None if self.chat is None else self.chat.situation
        if situation is None or situation.wait is None:
            return "/restart begins anew"
        if situation.hung_up:
            return "the caller has hung up, and it waits for ever; /restart, or /outcome EVENT"
        kind = situation.wait.kind
        return WAYS[kind][1] + (f"; its events: {', '.join(self.events())}" if kind in ("http", "outcome") else "")

    def events(self) -> list[str]:
        """How the widget that waits can end."""
        state = None if self.chat is None else self.chat.situation.state
        return [] if state is None else state.events

    def paths(self) -> list[str]:
        """The paths of all objects and values of the context."""
        return [] if self.chat is None else _paths(self.chat.context)


def _paths(context: dict[str, Any]) -> list[str]:
    """The paths of all objects and values of a context."""
    found = []
    for name, value in context.items():
        found.append(str(name))
        if isinstance(value, dict):
            found += [f"{name}.{path}" for path in _paths(value)]
    return found
