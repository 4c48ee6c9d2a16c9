"""What can be done to a Flow, as a value: it can be tried on the pure core, played on a chat, and read as Python."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pytest_studio import webhooks
from pytest_studio.errors import ChatError
from pytest_studio.flows import runner, talk
from pytest_studio.flows.behaviour import behaviour_of
from pytest_studio.flows.behaviour.requests import HttpWidget
from pytest_studio.flows.model import Program
from pytest_studio.flows.situation import Json, Situation, Turn, World

__all__ = ["DECISIONS", "EVENTS", "SAME_CONVERSATION", "Cast", "Move", "Path", "bound", "put"]

#: A place in JSON: names, and numbers of list items.
Path = tuple[str | int, ...]

#: How an Execution starts -> the trigger's event.
EVENTS = {
    "message": "incomingMessage",
    "conversation": "incomingConversationMessage",
    "call": "incomingCall",
    "request": "incomingRequest",
    "parent": "incomingParent",
}
#: What a test decides before it happens.
DECISIONS = ("outcome", "respond")
#: What a reply in a conversation has in common with what began it.
SAME_CONVERSATION = ("ConversationSid", "ChannelSid", "InstanceSid", "ParticipantSid", "ChannelAttributes")


@dataclass(frozen=True)
class Move:
    """One line of a test: a call of a Flow's or a chat's method.

    Attributes:
        method: its name: one of ``EVENTS``, one of ``DECISIONS``, or what a person does (``"reply"`` …).
        args: positional arguments.
        options: keyword arguments.
        flow_sid: of a decision: the Flow whose widget it is about, if that is a subflow; else ``""``.
    """

    method: str
    args: tuple[Any, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)
    flow_sid: str = ""

    def __str__(self) -> str:
        values = [repr(value) for value in self.args]
        plain = {name: value for name, value in self.options.items() if name.isidentifier()}
        odd = {name: value for name, value in self.options.items() if name not in plain}
        values += [f"{name}={value!r}" for name, value in plain.items()]
        values += [f"**{odd!r}"] if odd else []
        call = f"{self.method}({', '.join(values)})"
        if self.method in EVENTS:
            return f"chat = flow.{call}"
        if self.method in DECISIONS:
            return f"studio.flows[{self.flow_sid!r}].{call}" if self.flow_sid else f"flow.{call}"
        return f"chat.{call}"

    def play(self, flow: Any, chat: Any, find: Callable[[str], Any]) -> Any:
        """Do it: the chat that it began, or the one that was given.

        Args:
            flow: the Flow's record.
            chat: the chat so far; None before it began.
            find: the record of another Flow, by its SID.
        """
        if self.method in EVENTS:
            return getattr(flow, self.method)(*self.args, **self.options)
        if self.method in DECISIONS:
            getattr(find(self.flow_sid) if self.flow_sid else flow, self.method)(*self.args, **self.options)
        else:
            getattr(chat, self.method)(*self.args, **self.options)
        return chat


class Cast:
    """Who talks, and with what: the two addresses, and SIDs for webhooks.

    Args:
        account_sid: ``AC…``.
        contact: the person's address.
        number: Twilio's.
    """

    def __init__(self, account_sid: str, contact: str, number: str) -> None:
        self.account_sid = account_sid
        self.contact = contact
        self.number = number

    def begin(self, move: Move, program: Program, world: World) -> Turn:
        """Start an Execution as one of ``EVENTS`` does."""
        options = dict(move.options)
        contact, side = options.pop("from_", None) or self.contact, options.pop("to", None) or self.number
        trigger: Json
        if move.method == "request":
            contact, side = move.options.get("to") or self.contact, move.options.get("from_") or self.number
            trigger = webhooks.request(contact, side, options.get("parameters"))
        elif move.method == "parent":
            side = self.number
            parent = {"step_sid": _sid("FT"), "execution_sid": _sid("FN"), "flow_sid": _sid("FW")}
            parameters = dict(move.args[0]) if move.args else {}
            trigger = {"parent": {"parameters": parameters, **parent, "trigger_type": "request"}}
        elif move.method == "call":
            data = webhooks.inbound("call", self.account_sid, contact, side, _sid)["call"]
            trigger = {"call": {**data, **options}}
        else:
            trigger = {move.method: self._heard(move.method, contact, side, move.args, options)}
        return runner.begin(
            program,
            world,
            account_sid=self.account_sid,
            execution_sid=_sid("FN"),
            event=EVENTS[move.method],
            trigger=trigger,
            contact=contact,
            twilio_side=side,
        )

    def _heard(self, kind: str, contact: str, side: str, args: Sequence[Any], options: Json) -> Json:
        data: Json = webhooks.inbound(kind, self.account_sid, contact, side, _sid)[kind]
        media = options.pop("media", ())
        return {**data, "Body": args[0] if args else "", **(webhooks.media(media) if media else {}), **options}

    def go_on(self, move: Move, situation: Situation, before: Situation, world: World) -> Turn:
        """Let the widget that waits end.

        Args:
            move: anything but the start of an Execution.
            situation: where something waits.
            before: the same, before the widget began: what a test decides holds from there.
            world: what there is outside of it.

        Raises:
            ChatError: the widget does not wait for that.
        """
        if move.method == "outcome":
            event, variables = move.args[1], (dict(move.args[2]) if len(move.args) > 2 else None)
            return runner.proceed(before, world, (event, variables))
        if move.method == "respond":
            behaviour, data = behaviour_of(situation.wait.type if situation.wait else ""), _answer(move)
            if not isinstance(behaviour, HttpWidget):
                raise ChatError(f"{move}: nothing asks")
            return runner.finish(situation, world, behaviour.event_of(data), data)
        done = self._done(move, situation)
        if done is None:
            raise ChatError(f"{move}: the widget takes no notice")
        if done.hangs_up:
            situation = replace(situation, hung_up=True)
        return runner.finish(situation, world, done.event, done.data)

    def _done(self, move: Move, situation: Situation) -> talk.Move | None:
        if move.method == "reply":
            return talk.reply(situation, self._reply(move, situation))
        if move.method in ("busy", "no_answer"):
            return talk.unanswered(situation, "busy" if move.method == "busy" else "noAnswer")
        if move.method == "say":
            return talk.say(situation, move.args[0], move.options.get("confidence", 0.9))
        if move.method == "answer":
            return talk.answer(situation, move.args[0] if move.args else None)
        ways: dict[str, Callable[..., talk.Move | None]] = {
            "press": talk.press,
            "silence": talk.silence,
            "expire": talk.expire,
            "hang_up": talk.hang_up,
        }
        return ways[move.method](situation, *move.args)

    def _reply(self, move: Move, situation: Situation) -> Json:
        trigger = situation.context["trigger"]
        kind = "conversation" if "conversation" in trigger else "message"
        context = situation.context
        contact, side = context["contact"]["channel"]["address"], context["flow"]["channel"]["address"]
        found = self._heard(kind, contact, side, move.args, dict(move.options))
        if kind == "conversation":
            known = trigger["conversation"]
            found |= {name: known[name] for name in SAME_CONVERSATION if name in known and name not in move.options}
        return found


def _sid(prefix: str) -> str:
    """Any SID: Flows do not look into them."""
    return f"{prefix}{'0' * 31}1"


def _answer(move: Move) -> Json:
    """What ``flow.respond`` hands to the widget."""
    status = move.args[1] if len(move.args) > 1 else 200
    if "json" in move.options:
        return {
            "status_code": status,
            "content_type": "application/json",
            "body": json.dumps(move.options["json"]),
        }
    kind = move.options.get("content_type", "text/plain")
    return {"status_code": status, "content_type": kind, "body": move.options.get("body", "")}


def put(value: Any, path: Path, leaf: Any) -> Any:
    """A copy of JSON with one more, or another, value in it; what lies in the way gives way.

    A last name of ``size`` makes a list of that many; ``first`` and ``last`` are items of one.
    """
    if not path:
        return leaf
    name, rest = path[0], path[1:]
    if name == "size" and not rest:
        return ["example"] * leaf if isinstance(leaf, int) and 0 <= leaf <= 50 else leaf
    if name in ("first", "last") or isinstance(name, int):
        items = list(value) if isinstance(value, list) else []
        at = name if isinstance(name, int) else 0 if name == "first" else max(len(items) - 1, 0)
        if not 0 <= at <= 50:
            return value
        items += ["example"] * (at + 1 - len(items))
        items[at] = put(items[at], rest, leaf)
        return items
    known = value if isinstance(value, Mapping) else {}
    return {**known, name: put(known.get(name), rest, leaf)}


def bound(value: Any, path: Path) -> bool:
    """Whether JSON has something at a path."""
    for name in path:
        if name == "size" and isinstance(value, (list, str, dict)):
            return True
        if isinstance(value, list) and name in ("first", "last"):
            name = 0 if name == "first" else len(value) - 1
        try:
            value = value[cast("Any", name)]
        except (KeyError, IndexError, TypeError):
            return False
    return value is not None
