"""One person at a Flow, in a terminal or a script: what each line that they type does."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_studio.chats.decided import check_outcome
from pytest_studio.cli.screen import Screen
from pytest_studio.cli.studio import Wrong
from pytest_studio.cli.view import View
from pytest_studio.errors import ChatError, nearest
from pytest_studio.flows.talk import ANSWERERS
from pytest_studio.widgets import TRIGGERS
from pytest_studio.wire import read_json

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat
    from pytest_studio.fake import FakeStudio
    from pytest_studio.resources import Flow

__all__ = ["Opening", "Session"]

#: Triggers of which the first line that is typed is the message.
WRITTEN = ("message", "conversation")
UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}


class Opening(NamedTuple):
    """How chats begin: the trigger, the address of the person, that of Twilio, and what is given along."""

    trigger: str
    person: str
    number: str
    parameters: dict[str, str]


class Session:
    """A talk with a Flow, line by line.

    Args:
        studio: where the Flow was loaded.
        flow: the Flow.
        opening: how its chats begin.
        screen: where it is shown.
        echo: show what was typed, too, which a terminal shows by itself.
    """

    def __init__(self, studio: FakeStudio, flow: Flow, opening: Opening, screen: Screen, *, echo: bool = True) -> None:
        self._studio = studio
        self._flow = flow
        self._opening = opening
        self._screen = screen
        self._view = View(screen, echo=echo)
        #: Whether the person has gone.
        self.over: bool = False

    @property
    def _chat(self) -> Chat | None:
        return self._view.chat

    # -- for whoever reads the lines ----------------------------------------------------------------------------

    @property
    def prompt(self) -> str:
        """What is asked for now."""
        again = "a message or /restart" if self._written else "/restart or /quit"
        return self._view.prompt("your first message", again)

    @property
    def transcript(self) -> str:
        """All chats so far, one after the other."""
        return "\n\n".join(chat.transcript for chat in self._flow.chats)

    def start(self, trigger: str | None = None) -> bool:
        """Begin; where the Flow begins with a message, with the next line that is typed. As ``take``."""
        return self._shows(lambda: self._restart(trigger or ""))

    def take(self, line: str) -> bool:
        """Do what a line says; False if that could not be done, and why was shown."""
        if not line.strip():
            return True
        return self._shows(lambda: self._do(line))

    def complete(self, line: str) -> list[str]:
        """What the last word of a line could be."""
        name, space, _ = line.partition(" ")
        if not space:
            return [command for command in COMMANDS if command.startswith(line)] if line.startswith("/") else []
        word = line.rpartition(" ")[2]
        return [choice for choice in self._choices(name) if choice.startswith(word)]

    def _choices(self, name: str) -> list[str]:
        if name == "/restart":
            return sorted(TRIGGERS.values())
        if name == "/answer":
            return list(ANSWERERS)
        if name == "/context":
            return self._view.paths()
        return self._view.events() if name == "/outcome" else []

    # -- showing ------------------------------------------------------------------------------------------------

    def _shows(self, act: Callable[[], None]) -> bool:
        """Do something, and show what came of it."""
        wrong = ""
        try:
            act()
        except ChatError as error:
            if self._chat is None or error is not self._chat.stuck:  # which is shown as where the chat stands
                wrong = error.why
        except (Wrong, ValueError, TypeError, LookupError) as error:
            wrong = str(error)
        self._view.show()
        if wrong:
            self._screen.say(f"! {wrong}", "wrong")
        return not wrong

    # -- what lines do ------------------------------------------------------------------------------------------

    @property
    def _written(self) -> bool:
        return self._opening.trigger in WRITTEN

    def _do(self, line: str) -> None:
        if not line.startswith("/"):
            self._speak(line)
            return
        name, _, rest = line.partition(" ")
        if name.startswith("//"):
            self._speak(line[1:])
        elif name in COMMANDS:
            COMMANDS[name].act(self, rest.strip())
        else:
            raise Wrong(f"there is no command {name[:40]}{nearest(name, COMMANDS)}; /help lists them, // begins a text")

    def _speak(self, text: str) -> None:
        """A line of text: a message, a reply, keys or speech."""
        chat = self._chat
        if chat is None or (chat.ended and self._written):
            self._write(text)
            return
        wait = chat.situation.wait
        if wait is not None and wait.kind == "gather" and re.fullmatch(r"[0-9*#]+", text.strip()):
            chat.press(text.strip())
        elif wait is not None and wait.kind == "gather":
            chat.say(text)
        else:
            self._at("reply", "text").reply(text)

    def _write(self, text: str) -> None:
        """The first message of a chat."""
        opening = self._opening
        write = self._flow.conversation if opening.trigger == "conversation" else self._flow.message
        self._begin(lambda: write(text, from_=opening.person, to=opening.number))

    def _begin(self, begin: Callable[[], Any]) -> None:
        """Start a chat, and have it even if it cannot go on at once."""
        before = len(self._flow.chats)
        try:
            begin()
        finally:
            if len(self._flow.chats) > before:
                self._view.look_at(self._flow.chats[-1])

    def _running(self, what: str) -> Chat:
        """The chat, which has not ended."""
        if self._chat is None:
            raise Wrong(f"{what}: nothing runs yet; the first line that you type is the message that begins it")
        if self._chat.ended:
            raise Wrong(f"{what}: the chat has ended; /restart begins anew, /quit leaves")
        return self._chat

    def _at(self, kinds: str, what: str) -> Chat:
        """The chat, which waits for this."""
        chat = self._running(what)
        situation = chat.situation
        wait = situation.wait
        if wait is None:
            raise Wrong(f"{what}: nothing waits for it; /restart begins anew")
        if wait.kind not in kinds.split() or situation.hung_up:
            raise Wrong(f"{what}: {wait.widget} ({wait.type}) does not take it: {self._view.ways()}")
        return chat

    # -- commands -----------------------------------------------------------------------------------------------

    def _reply(self, text: str) -> None:
        if self._chat is None or (self._chat.ended and self._written):
            self._write(text)
        else:
            self._at("reply", "/reply").reply(text)

    def _media(self, text: str) -> None:
        url, _, body = text.partition(" ")
        if not url:
            raise Wrong("/media takes the url of a picture or file, and a text if there is one")
        self._at("reply", "/media").reply(body.strip(), media=[url])

    def _press(self, keys: str) -> None:
        self._at("gather", "/press").press(keys)

    def _say(self, text: str) -> None:
        self._at("gather", "/say").say(text)

    def _silence(self, _: str) -> None:
        self._at("gather", "/silence").silence()

    def _expire(self, _: str) -> None:
        self._at("reply gather dial", "/expire").expire()

    def _hangup(self, _: str) -> None:
        chat = self._running("/hangup")
        if chat.situation.call is None or chat.situation.hung_up:
            raise Wrong(f"/hangup: {'they have hung up before' if chat.situation.hung_up else 'there is no call'}")
        chat.hang_up()

    def _answer(self, by: str) -> None:
        if by and by not in ANSWERERS:
            raise Wrong(f"/answer: {by[:40]} picks up no call; it is one of {', '.join(ANSWERERS)}")
        self._at("dial", "/answer").answer(by or None)

    def _busy(self, _: str) -> None:
        self._at("dial", "/busy").busy()

    def _noanswer(self, _: str) -> None:
        self._at("dial", "/noanswer").no_answer()

    def _outcome(self, text: str) -> None:
        event, _, rest = text.partition(" ")
        chat = self._running("/outcome")
        situation = chat.situation
        if situation.wait is None or situation.state is None:
            raise Wrong("/outcome: no widget waits")
        if not event:
            raise Wrong(f"/outcome takes an event of {situation.wait.widget}: {', '.join(self._view.events())}")
        variables = None
        if rest.strip():
            variables = self._json(rest, "/outcome")
            if not isinstance(variables, dict):
                raise Wrong('/outcome takes a JSON object of what the widget leaves, such as {"Digits": "1"}')
        check_outcome(situation.state, event, variables)
        chat.meet(event, variables)

    def _respond(self, text: str) -> None:
        chat = self._at("http", "/respond")
        word, _, rest = text.partition(" ")
        status = int(word) if re.fullmatch(r"[1-9][0-9]{2}", word) else None
        rest = (text if status is None else rest).strip()
        situation = chat.situation
        assert situation.wait is not None
        flow = self._studio.flows[situation.frame.program.flow_sid]
        try:
            payload = read_json(rest) if rest else None
        except ValueError:
            flow.respond(situation.wait.widget, status or 200, body=rest)
        else:
            flow.respond(situation.wait.widget, status or 200, json=payload)

    @staticmethod
    def _json(text: str, what: str) -> Any:
        try:
            return read_json(text)
        except ValueError as error:
            raise Wrong(f"{what}: {text[:40]!r} is no JSON: {error}") from None

    def _restart(self, trigger: str) -> None:
        if trigger and trigger not in TRIGGERS.values():
            raise Wrong(f"there is no trigger {trigger[:40]!r}; they are {', '.join(sorted(TRIGGERS.values()))}")
        if trigger:
            self._opening = self._opening._replace(trigger=trigger)
        if self._chat is not None:
            self._chat.execution.end()
        self._view.look_at(None)
        opening, flow = self._opening, self._flow
        person, number, parameters = opening.person, opening.number, opening.parameters
        if opening.trigger == "call":
            self._begin(lambda: flow.call(from_=person, to=number))
        elif opening.trigger == "request":
            self._begin(lambda: flow.request(to=person, from_=number, parameters=parameters))
        elif opening.trigger == "parent":
            self._begin(lambda: flow.parent(parameters, from_=person))

    def _advance(self, text: str) -> None:
        found = re.findall(r"([0-9]+(?:\.[0-9]+)?) *([dhms])", text)
        if not found or not re.fullmatch(r"(?: *[0-9]+(?:\.[0-9]+)? *[dhms])+ *", text):
            raise Wrong(f"/advance takes a time, such as 30m, 2h or 1d 12h, not {text[:40]!r}")
        self._studio.advance(seconds=sum(float(number) * UNITS[unit] for number, unit in found))

    def _context(self, path: str) -> None:
        if self._chat is None:
            raise Wrong("/context: nothing runs yet")
        value: Any = self._chat.context
        for name in filter(None, path.split(".")):
            if isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            elif isinstance(value, dict) and name in value:
                value = value[name]
            else:
                there = value if isinstance(value, dict) else ()
                raise Wrong(f"/context: there is no {name[:40]!r} in {path[:80]!r}{nearest(name, there)}")
        self._screen.say(json.dumps(value, indent=2, ensure_ascii=False))

    def _path(self, _: str) -> None:
        path = [] if self._chat is None else self._chat.path
        self._screen.say(" > ".join(path) or "no widget has finished")

    def _warnings(self, _: str) -> None:
        chat = self._chat
        lines = [] if chat is None else [f"{each.code} at {each.widget}: {each.message}" for each in chat.warnings]
        for blank in dict.fromkeys(() if chat is None else chat.blanks):
            lines.append(f"{blank.widget}, {blank.property}: nothing had set {blank.variable}")
        self._screen.say("\n".join(lines) or "no warnings")

    def _assumed(self, _: str) -> None:
        assumed = [] if self._chat is None else self._chat.assumed
        self._screen.say("\n".join(f"{each.widget}: {each.rule}" for each in assumed) or "nothing was assumed")

    def _help(self, _: str) -> None:
        lines = [f"{f'{name} {command.takes}'.strip():<34}{command.does}" for name, command in COMMANDS.items()]
        text = "Text is a message or a reply; on calls digits are keys, other text is speech. // begins a text with /."
        self._screen.say("\n".join([text, *lines]))

    def _quit(self, _: str) -> None:
        self.over = True


class Command(NamedTuple):
    """One command: what does it, what it takes, and what ``/help`` says of it."""

    act: Callable[[Session, str], None]
    takes: str
    does: str


COMMANDS = {
    "/reply": Command(Session._reply, "[TEXT]", "write a message, which may be empty"),
    "/media": Command(Session._media, "URL [TEXT]", "write a message with a picture or file"),
    "/press": Command(Session._press, "KEYS", "press keys"),
    "/say": Command(Session._say, "TEXT", "say something"),
    "/silence": Command(Session._silence, "", "say nothing and press no key"),
    "/hangup": Command(Session._hangup, "", "hang up"),
    "/expire": Command(Session._expire, "", "let the time of the wait run out"),
    "/answer": Command(
        Session._answer, "[BY]", f"pick up the call that the Flow places ({', '.join(ANSWERERS[:2])} …)"
    ),
    "/busy": Command(Session._busy, "", "the line of that call is busy"),
    "/noanswer": Command(Session._noanswer, "", "nobody picks up"),
    "/outcome": Command(Session._outcome, "EVENT [JSON]", "how the widget that waits ends, and what it leaves"),
    "/respond": Command(Session._respond, "[STATUS] [JSON or text]", "what a server answers the widget that asks"),
    "/context": Command(Session._context, "[PATH]", "what the Flow has gathered, such as /context widgets.ask.inbound"),
    "/path": Command(Session._path, "", "the widgets that have finished"),
    "/warnings": Command(Session._warnings, "", "what Studio would log, and variables that nothing had set"),
    "/assumed": Command(Session._assumed, "", "rules that decided this run although no document settles them"),
    "/advance": Command(Session._advance, "TIME", "move the clock: 30m, 2h, 1d 12h"),
    "/restart": Command(Session._restart, "[TRIGGER]", f"begin anew ({', '.join(sorted(TRIGGERS.values()))})"),
    "/help": Command(Session._help, "", "this list"),
    "/quit": Command(Session._quit, "", "leave"),
}
