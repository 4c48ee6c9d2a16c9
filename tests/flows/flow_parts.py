"""What the tests of Flows that run share: small Flows, loading them, values of which only the form is known."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pytest_studio import FakeStudio
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import StudioFlowWarning
from pytest_studio.resources import Flow
from pytest_studio.widgets import TRIGGERS, WIDGETS

PERSON, NUMBER, SERVICE = "+15550100001", "+15550100002", "MG0123456789abcdef0123456789abcdef"
Json = dict[str, Any]


class Like:
    """Equal to every text of this form."""

    def __init__(self, pattern: str) -> None:
        self.pattern = pattern

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and re.fullmatch(self.pattern, other) is not None

    def __hash__(self) -> int:
        return hash(self.pattern)

    def __repr__(self) -> str:
        return f"<like {self.pattern}>"


def sid(prefix: str) -> Like:
    """Any SID of a prefix."""
    return Like(prefix + "[0-9a-f]{32}")


TEXT, MOMENT = Like(r"(?s).+"), Like(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def widget(name: str, type: str, properties: Mapping[str, Any] | None = None, /, **wired: str | None) -> Json:
    """A state of a definition; ``wired`` leads from events (``_`` for ``-``) to the next state, or nowhere."""
    return {
        "name": name,
        "type": type,
        "properties": dict(properties or {}),
        "transitions": [
            {
                "event": event if type != "connect-virtual-agent-v2" else event.replace("_", "-"),
                **({"next": to} if to else {}),
            }
            for event, to in wired.items()
        ],
    }


def match(to: str | None, kind: str, value: str, argument: str) -> Json:
    """A transition of a split."""
    condition = {"friendly_name": "a condition", "type": kind, "value": value, "arguments": [argument]}
    return {"event": "match", "conditions": [condition], **({"next": to} if to else {})}


def split(name: str, input: str, *matches: Json, no_match: str | None = None) -> Json:
    """A split; ``noMatch`` is its first transition, as in exports."""
    made = widget(name, "split-based-on", {"input": input}, noMatch=no_match)
    made["transitions"] += matches
    return made


def variables(name: str, to: str | None = None, /, **values: str) -> Json:
    """A set-variables widget."""
    return widget(
        name, "set-variables", {"variables": [{"key": key, "value": value} for key, value in values.items()]}, next=to
    )


def say(name: str, body: str, to: str | None = None, **properties: Any) -> Json:
    """A send-message widget."""
    given = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": body, **properties}
    return widget(name, "send-message", given, sent=to, failed=None)


def ask(name: str, body: str, to: str | None = None, late: str | None = None, **properties: Any) -> Json:
    """A send-and-wait-for-reply widget; ``late`` is where its timeout leads."""
    given = {"from": "{{flow.channel.address}}", "body": body, "timeout": "3600", **properties}
    return widget(name, "send-and-wait-for-reply", given, incomingMessage=to, timeout=late, deliveryFailure=None)


def definition(*states: Json, first: str | None = None, flags: Json | None = None) -> Json:
    """A definition in which every trigger event leads to ``first``, the first state if left out."""
    first = first or (states[0]["name"] if states else None)
    return {
        "description": "",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True} if flags is None else flags,
        "states": [widget("Trigger", "trigger", {}, **dict.fromkeys(TRIGGERS, first)), *states],
    }


def load(studio: FakeStudio, *states: Json, **options: Any) -> Flow:
    """Load a Flow of these states, whatever lint thinks of it; ``options`` are those of ``load_flow``."""
    given = definition(*states, **{name: options.pop(name) for name in ("first", "flags") if name in options})
    return load_definition(studio, given, **options)


def load_definition(studio: FakeStudio, given: Any, **options: Any) -> Flow:
    """Load a definition, whatever lint thinks of it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StudioFlowWarning)
        return studio.load_flow(given, **options)


def codes(chat: Chat) -> list[int]:
    """The codes of a chat's warnings."""
    return [warning.code for warning in chat.warnings]


# -- one widget ------------------------------------------------------------------------------------------------


def nothing(_: Any) -> None:
    """Nothing is done."""


def wrote(flow: Flow) -> Chat:
    """Somebody writes."""
    return flow.message("hi", from_=PERSON, to=NUMBER)


def conversed(flow: Flow) -> Chat:
    """Somebody writes in a conversation."""
    return flow.conversation("hi", from_=PERSON, to=NUMBER)


def called(flow: Flow) -> Chat:
    """Somebody calls."""
    return flow.call(from_=PERSON, to=NUMBER)


def requested(flow: Flow) -> Chat:
    """A request starts an Execution."""
    return flow.request(to=PERSON, from_=NUMBER)


class Case(NamedTuple):
    """How a widget ends, and what it leaves.

    Attributes:
        type: the widget's type.
        event: how it ends.
        leaves: what then stands under ``widgets.w``, by the facts.
        properties: of the widget, whose name is ``w``.
        start: who begins.
        before: what a test says to the Flow before.
        then: what the person does.
        warnings: codes that are logged.
        also: something that tells this case from others of the same type and event.
        matches: what a split is wired with, beside ``noMatch``.
    """

    type: str
    event: str
    leaves: Json
    properties: Json = {}
    start: Callable[[Flow], Chat] = wrote
    before: Callable[[Flow], object] = nothing
    then: Callable[[Chat], object] = nothing
    warnings: tuple[int, ...] = ()
    also: str = ""
    matches: tuple[Json, ...] = ()

    def __str__(self) -> str:
        return f"{self.type}-{self.event}{'-' * bool(self.also)}{self.also.replace(' ', '_')}"

    def play(self, studio: FakeStudio) -> Chat:
        """Play it in a Flow in which each event leads to a widget named after it."""
        events = WIDGETS[self.type].events
        state = {
            "name": "w",
            "type": self.type,
            "properties": self.properties,
            "transitions": [{"event": event, "next": f"on_{event}"} for event in events if event != "match"],
        }
        state["transitions"] += self.matches
        flow = load(studio, state, *(variables(f"on_{event}") for event in events))
        self.before(flow)
        chat = self.start(flow)
        self.then(chat)
        return chat


def decided(event: str, variables: Json | None = None) -> Callable[[Flow], object]:
    """A test that decides how ``w`` ends."""
    return lambda flow: flow.outcome("w", event, variables)


def answered(status: int = 200, **answer: Any) -> Callable[[Flow], object]:
    """A test that answers the request of ``w``."""
    return lambda flow: flow.respond("w", status, **answer)


def properties_of(*pairs: tuple[str, str], type: str | None = None) -> list[Json]:
    """A list of keys and values, as variables and parameters are."""
    return [{"key": key, "value": value, **({"type": type} if type else {})} for key, value in pairs]


#: The webhook of the call of ``called``, in its course.
CALL = {
    "AccountSid": sid("AC"),
    "ApiVersion": "2010-04-01",
    "CallSid": sid("CA"),
    "CallStatus": "in-progress",
    "Called": NUMBER,
    "Caller": PERSON,
    "Direction": "inbound",
    "From": PERSON,
    "To": NUMBER,
}
#: The same once it is over.
OVER = {**CALL, "CallStatus": "completed"}
