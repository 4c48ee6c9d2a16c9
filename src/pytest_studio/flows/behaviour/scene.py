"""What a widget's behaviour sees of its run, and how it answers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any, NamedTuple

from pytest_studio.flows import liquid
from pytest_studio.flows.model import State, Transition
from pytest_studio.flows.situation import (
    Assumed,
    Blank,
    Effect,
    FlowWarning,
    Frame,
    HttpRequest,
    Json,
    Situation,
    World,
)
from pytest_studio.wire import read_json

__all__ = ["Behaviour", "Entered", "Parked", "Scene"]

#: Properties that a person sees or hears.
SEEN = {
    "send-message": ("body",),
    "send-and-wait-for-reply": ("body",),
    "say-play": ("say",),
    "gather-input-on-call": ("say",),
    "run-conversation-relay": ("welcome_greeting",),
}
#: Properties that Studio itself fills with templates which are mostly undefined.
FILLED_BY_STUDIO = ("service", "channel")


class Entered(NamedTuple):
    """A widget did what it does at once, and ends with an event."""

    event: str
    pending: Json = {}
    transition: Transition | None = None


class Parked(NamedTuple):
    """A widget waits; see ``situation.Wait``."""

    kind: str
    pending: Json = {}
    seconds: float | None = None
    request: HttpRequest | None = None


class Scene:
    """One widget on stage: its properties, rendered as they are asked for, and where it notes what it does.

    Args:
        situation: where the run stands.
        world: what there is outside of it.
        scripted: the event that somebody has decided on, before the widget begins; None: it goes its own way.
        variables: what somebody wants it to leave, over what it leaves by itself.
    """

    def __init__(
        self, situation: Situation, world: World, scripted: str | None = None, variables: Json | None = None
    ) -> None:
        self.situation = situation
        self.world = world
        self.scripted = scripted
        self.variables: Json = variables or {}
        self.effects: list[Effect] = []
        self.serial: int = situation.serial
        self.call: Json | None = situation.call
        #: The SID of its Step, where that was needed before its end.
        self.step_sid: str | None = None
        state = situation.state
        assert state is not None
        self.state: State = state
        self.frame: Frame = situation.frame
        self.context: Json = self.frame.context

    # -- properties ---------------------------------------------------------------------------------------------

    def raw(self, name: str) -> Any:
        """A property as it is defined; None without it."""
        return self.state.properties.get(name)

    def text(self, name: str, default: str = "") -> str:
        """A property as text, rendered and without white space around it; ``default`` if it is left out."""
        value = self.raw(name)
        return default if value is None else self.render(name, value).strip()

    def body(self, name: str) -> str:
        """A property as text, rendered, with the white space around it."""
        return self.render(name, self.raw(name))

    def number(self, name: str, default: float) -> float:
        """A property as a number; ``default`` if it is left out, empty or no number."""
        try:
            number = float(self.text(name))
        except ValueError:
            return default
        return number if 0 <= number < 1e9 else default

    def flag(self, name: str, default: bool = False) -> bool:
        """A property as true or false, whether it is JSON's or a text; ``default`` if it is left out."""
        value = self.raw(name)
        if isinstance(value, bool) or value is None:
            return default if value is None else value
        return self.render(name, value).strip().lower() == "true"

    def pairs(self, name: str, value: str = "value") -> list[tuple[str, str, Mapping[str, Any]]]:
        """A list of ``{"key": …, "value": …}``: each key, rendered value, and the item."""
        items = self.raw(name)
        return [
            (str(item.get("key", "")), self.render(f"{name}/{index}/{value}", item.get(value)), item)
            for index, item in enumerate(items if isinstance(items, list) else ())
            if isinstance(item, Mapping)
        ]

    def render(self, path: str, value: Any, context: Json | None = None) -> str:
        """A value of the definition as text, its Liquid rendered; notes what was blank and what was assumed."""
        if not isinstance(value, str):
            return "" if value is None else json.dumps(value)
        if "{" not in value:
            return value
        rendered = liquid.render(value, self.context if context is None else context, self.world.now)
        name = self.state.name
        if rendered.blanks and path not in FILLED_BY_STUDIO:
            seen = path in SEEN.get(self.state.type, ())
            self.effects += [
                Blank(name, path, blank.variable, value, seen, blank.defended) for blank in rendered.blanks
            ]
        for rule in rendered.assumed:
            self.assume(rule)
        return rendered.text

    def typed(self, path: str, text: str, item: Mapping[str, Any]) -> Any:
        """The value of a variable or parameter: trimmed text, or what its JSON says where the item asks for that.

        Null becomes an empty text.
        """
        text = text.strip()
        if item.get("type") != "json_object":
            return text
        try:
            found = read_json(text)
            return "" if found is None else found
        except ValueError:
            self.assume(f"{path} is no JSON, and was kept as text")
            return text

    # -- what it does -------------------------------------------------------------------------------------------

    def sid(self, prefix: str) -> str:
        """A SID: the next of the run's own row."""
        self.serial += 1
        run = f"{self.situation.execution_sid}/{self.serial}".encode()
        return prefix + blake2b(run, digest_size=16).hexdigest()

    def note(self, effect: Effect) -> None:
        """Note what it did."""
        self.effects.append(effect)

    def warn(self, code: int, message: str) -> None:
        """Note an entry of the account's log."""
        self.note(FlowWarning(code, self.state.name, message))

    def assume(self, rule: str) -> None:
        """Note a rule of uncertain grade that decided what it did."""
        self.note(Assumed(self.state.name, rule))

    # -- where it is --------------------------------------------------------------------------------------------

    def at(self, *path: str) -> Any:
        """A value of the context; None if it is not there."""
        found: Any = self.context
        for name in path:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    @property
    def contact(self) -> str:
        """The person's address."""
        return str(self.at("contact", "channel", "address") or "")

    @property
    def twilio_side(self) -> str:
        """Twilio's address."""
        return str(self.at("flow", "channel", "address") or "")


class Behaviour:
    """What widgets of one type do. The base is the scripted one: it waits for somebody to decide."""

    #: The event of ``assume_success``; "" where the first one of the type is it.
    success = ""

    def enter(self, scene: Scene) -> Entered | Parked:
        """Begin. What comes of it is ``pending`` till the end."""
        for name, value in scene.state.properties.items():  # what nobody reads is rendered all the same, for blanks
            if name != "offset" and isinstance(value, str):
                scene.render(name, value)
        return Parked("outcome")

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        """What it leaves under ``widgets.<name>`` when it ends.

        Args:
            scene: at the end, which may be long after the beginning.
            pending: what the beginning left.
            event: the event.
            data: what came from outside: the webhook of a reply, the answer to a request, a subflow's variables.
        """
        return {}

    def remember(self, scene: Scene, output: Json, event: str, data: Json) -> Json:
        """What the context holds from here on, beside what stands under ``widgets``; the context itself, as a rule."""
        return scene.context
