"""Talks with a Flow, written down a line an entry, and how they are played and held against what should come of them.

A script says what happens, and after ``->`` which widgets should finish of it, in order, and where the Flow then waits
(``@ask``) or that it has ended (``.``); ``...`` leaves the rest open. A widget that does not end with the event that
its type is made for has it after a colon::

    respond lookup 200 {"open": true}      the answer to a widget's request: a status, and JSON (a text is one, too)
    outcome queue callFailure              how a widget ends; ``{…}`` after it is what it leaves, ``3x`` before: times
    message Hello -> Trigger lookup @ask   or: conversation Hello; call; request {"name": "Ada"}
    reply Yes -> ask check:noMatch @ask    or: opt out STOP; press 1#; say Yes; silence; expire
    < How old                              the next thing that was heard has this in it, white space apart
    = widgets.lookup.parsed.open true      a value of the context, as JSON
    has widgets.queue QueueSid QueueTime   keys of the context
    ? lookup POST {"name": "Ada"}          the last request of a widget has these fields; its url may stand before them
    % queue priority 5                     a property of a widget that finished, rendered
    ~ check widgets.ask.Digits             a variable that was blank in a widget
    ! 81001 ask                            an entry of the account's log

``$flow`` is the Flow's SID, ``$person`` the contact, and ``$split>next`` the value that a split holds its input against
where ``next`` follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

from pytest_studio import FakeStudio, Request
from pytest_studio.chats.chat import Chat
from pytest_studio.resources import Flow

PERSON = "+15550100001"
#: Widget type -> the event that it is made for, which scripts leave out.
USUAL = {
    "connect-call-to": "callCompleted",
    "gather-input-on-call": "keypress",
    "make-http-request": "success",
    "run-function": "success",
    "say-play": "audioComplete",
    "send-and-wait-for-reply": "incomingMessage",
    "send-message": "sent",
    "send-to-auto-pilot": "sessionEnded",
    "send-to-flex": "callComplete",
    "set-variables": "next",
    "split-based-on": "match",
}
#: How a script starts -> the event of the trigger.
STARTS = {
    "message": "incomingMessage",
    "conversation": "incomingConversationMessage",
    "call": "incomingCall",
    "request": "incomingRequest",
}


class Talk:
    """One script, played with a Flow.

    Args:
        studio: where the Flow is.
        flow: as ``load_flow`` gave it.
    """

    def __init__(self, studio: FakeStudio, flow: Flow) -> None:
        self._studio = studio
        self._flow = flow
        self._states = {state["name"]: state for state in (flow.definition or {})["states"]}
        self._asked: dict[str, Request] = {}
        self._heard = 0
        self._finished = 0
        self._start = ""
        self.chat: Chat

    def play(self, script: str) -> Chat:
        """Play a script to its end; the chat.

        Raises:
            AssertionError: something else came of it.
        """
        for line in filter(None, map(str.strip, script.splitlines())):
            try:
                self._line(re.sub(r"\$(\w+)(?:>(\w+))?", self._known, line))
            except AssertionError as error:
                transcript = self.chat.transcript if hasattr(self, "chat") else ""
                raise AssertionError(f"{line}\n{error}\n{transcript}") from None
        return self.chat

    def _known(self, found: re.Match[str]) -> str:
        name, follower = found.groups()
        if follower is None:
            return {"flow": self._flow.sid, "person": PERSON}[name]
        transitions = self._states[name]["transitions"]
        value: str = next(t for t in transitions if t.get("next") == follower)["conditions"][0]["value"]
        return value

    def _line(self, line: str) -> None:
        action, arrow, expected = line.partition(" -> ")
        if arrow:
            self._act(action)
            self._check_way(expected.split())
            return
        sign, _, rest = line.partition(" ")
        checks: dict[str, Callable[[str], None]] = {
            "respond": self._respond,
            "outcome": self._outcome,
            "<": self._check_heard,
            "=": self._check_value,
            "has": self._check_keys,
            "?": self._check_request,
            "%": self._check_property,
            "~": self._check_blank,
            "!": self._check_warning,
        }
        checks[sign](rest)

    # -- what happens -------------------------------------------------------------------------------------------

    def _respond(self, rest: str) -> None:
        widget, status, body = rest.split(" ", 2)

        def answer(request: Request) -> Any:
            self._asked[widget] = request
            return int(status), json.loads(body)

        self._flow.respond(widget, answer)

    def _outcome(self, rest: str) -> None:
        times, widget, event, variables = re.fullmatch(r"(?:(\d+)x )?(\S+) (\S+)(?: (.*))?", rest).groups()  # type: ignore[union-attr]
        self._flow.outcome(widget, event, json.loads(variables or "null"), times=int(times or 1))

    def _act(self, action: str) -> None:
        verb, _, text = action.partition(" ")
        self._finished = len(self.chat.visits) if hasattr(self, "chat") else 0
        if verb in STARTS:
            self._start = STARTS[verb]
            self.chat = self._begin(verb, text)
            return
        chat = self.chat
        acts: dict[str, Callable[[], Chat]] = {
            "reply": lambda: chat.reply(text),
            "opt": lambda: chat.reply(text.removeprefix("out "), OptOutType="STOP"),
            "press": lambda: chat.press(text),
            "say": lambda: chat.say(text),
            "silence": chat.silence,
            "expire": chat.expire,
        }
        acts[verb]()

    def _begin(self, verb: str, text: str) -> Chat:
        if verb == "call":
            return self._flow.call(from_=PERSON)
        if verb == "request":
            return self._flow.request(to=PERSON, parameters=json.loads(text))
        write = self._flow.message if verb == "message" else self._flow.conversation
        return write(text, from_=PERSON)

    # -- what should come of it ---------------------------------------------------------------------------------

    def _check_way(self, expected: list[str]) -> None:
        *widgets, end = expected
        usual = {name: USUAL.get(state["type"], self._start) for name, state in self._states.items()}
        wanted = [widget if ":" in widget else f"{widget}:{usual[widget]}" for widget in widgets]
        found = [f"{visit.widget}:{visit.event}" for visit in self.chat.visits[self._finished :]]
        if end == "...":
            assert found[: len(wanted)] == wanted
            return
        stands = "." if self.chat.ended else f"@{self.chat.waiting_at}"
        assert [*found, stands] == [*wanted, end]

    def _heard_so_far(self) -> list[str]:
        texts = [sent.body for sent in self.chat.sent] or [spoken.text or "" for spoken in self.chat.spoken]
        return [" ".join(text.split()) for text in texts]

    def _check_heard(self, text: str) -> None:
        heard = self._heard_so_far()
        at = next((at for at in range(self._heard, len(heard)) if text in heard[at]), None)
        assert at is not None, f"heard: {heard[self._heard :]}"
        self._heard = at + 1

    def _value(self, path: str) -> Any:
        found: Any = self.chat.context
        for name in path.split("."):
            assert name in found, f"{name} is none of {list(found)}"
            found = found[name]
        return found

    def _check_value(self, rest: str) -> None:
        path, _, value = rest.partition(" ")
        assert self._value(path) == json.loads(value)

    def _check_keys(self, rest: str) -> None:
        path, *keys = rest.split()
        assert set(keys) <= set(self._value(path)), list(self._value(path))

    def _check_request(self, rest: str) -> None:
        widget, method, url, fields = re.fullmatch(r"(\S+) (\S+) (?:(http\S+) )?(.*)", rest).groups()  # type: ignore[union-attr]
        request = self._asked[widget]
        text, kind = request.body.decode(), request.header("Content-Type") or ""
        sent = json.loads(text) if "json" in kind else dict(parse_qsl(text, keep_blank_values=True))
        wanted = json.loads(fields)
        assert (request.method, url or request.url) == (method, request.url)
        assert {name: sent.get(name) for name in wanted} == wanted

    def _check_property(self, rest: str) -> None:
        widget, name, value = rest.split(" ", 2)
        visit = next(visit for visit in reversed(self.chat.visits) if visit.widget == widget)
        assert visit.properties[name] == value

    def _check_blank(self, rest: str) -> None:
        widget, variable = rest.split()
        assert (widget, variable) in {(blank.widget, blank.variable) for blank in self.chat.blanks}

    def _check_warning(self, rest: str) -> None:
        code, widget = rest.split()
        assert (int(code), widget) in {(warning.code, warning.widget) for warning in self.chat.warnings}


def taken(chat: Chat) -> Iterator[tuple[str, int]]:
    """The transitions that a chat took: the widget's name, and the transition's place in it."""
    return ((visit.widget, visit.transition) for visit in chat.visits if visit.transition is not None)
