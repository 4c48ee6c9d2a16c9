"""What may be tried at each place: how an Execution starts, what a person does, what the outside answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any

from pytest_studio.flows import runner
from pytest_studio.flows.behaviour import behaviour_of
from pytest_studio.flows.behaviour.requests import HttpWidget
from pytest_studio.flows.exploring.moves import EVENTS, Move, Path, bound, put
from pytest_studio.flows.exploring.sources import Atom, Sources, scope_of
from pytest_studio.flows.model import State
from pytest_studio.flows.situation import Json, Situation
from pytest_studio.webhooks import argument_for

__all__ = ["FAILURES", "Choices", "with_value"]

#: Events by which a widget does not do what it is for.
FAILURES = frozenset(
    ("failed", "fail", "failure", "deliveryFailure", "callFailure", "failedToEnqueue", "timeout", "busy", "noAnswer",
     "hangup", "noAudio", "maxFailedAttempts", "providerError", "payInterrupted", "validationError")
)  # fmt: skip
#: Who picks up, where somebody looks at that.
ANSWERERS = ("human", "machine_start", "machine_end_beep", "fax", "unknown")
_NATIVE = re.compile(r"true|false|0|-?[1-9]\d{0,14}", re.ASCII)
_KEYS = re.compile(r"[0-9*#A-Da-d]+")


class Choices:
    """The inputs that are worth a try.

    Args:
        sources: what the Flow reads and judges.
        rng: for free texts.
    """

    def __init__(self, sources: Sources, rng: Random) -> None:
        self._sources = sources
        word = "".join(rng.choice("bcdfghjklmnpqrstvwxz") for _ in range(5))
        #: Texts that fit nothing, mostly; digits; nearly nothing.
        self._texts = ("something else", "7", f"{word} 42", " ")
        self._keys = ("1", "7", "0", "*", "".join(rng.choice("23456789") for _ in range(4)))

    # -- how it starts ------------------------------------------------------------------------------------------

    def starts(self, contact: str, now: float) -> Iterator[Move]:
        """Every way in which the Flow starts, with what it then reads."""
        initial = self._sources.programs[self._sources.main].initial
        if initial is None:
            return
        wired = {transition.event for transition in initial.transitions if transition.next is not None}
        for kind, event in EVENTS.items():
            if event in wired:
                yield from self._starts(kind, contact, now)

    def _starts(self, kind: str, contact: str, now: float) -> Iterator[Move]:
        atoms = [
            Atom(self._sources.main, "", (kind, *path[1:]))
            for path in self._sources.read.get((self._sources.main, ""), ())
            if path[0] in (kind, "*") and len(path) > 1
        ]
        move = Move(kind, ("hello",) if kind in ("message", "conversation") else ())
        if self._sources.minds_addresses:
            move = with_value(move, (kind, "to" if kind == "request" else "From"), contact) or move
        for atom in atoms:
            if _is_free(kind, atom.path):
                move = with_value(move, atom.path, self._sources.default(atom)) or move
        yield move
        for atom in atoms:
            known = [*self._candidates(atom, {}, now), *self._candidates(_any_kind(atom), {}, now)]
            if atom.path[1:] == ("Body",):
                known += self._texts
            for value in dict.fromkeys(known):
                other = with_value(move, atom.path, value)
                if other is not None:
                    yield other

    def _candidates(self, atom: Atom, context: Json, now: float) -> list[Any]:
        found: list[Any] = list(self._sources.candidates(atom, context, now))
        if atom in self._sources.truths:
            found += [True, False]
        return found

    # -- what comes while it runs -------------------------------------------------------------------------------

    def at(self, situation: Situation, now: float) -> Iterator[Move]:
        """What may be done where something waits; the ways in which it goes well come first."""
        wait, state = situation.wait, situation.state
        assert wait is not None
        assert state is not None
        if wait.kind == "reply":
            yield from self._replies(situation, state, now)
        elif wait.kind == "gather":
            yield from self._gathered(situation, state, now)
        elif wait.kind == "dial":
            yield from (Move("answer", (by,) if by != "human" else ()) for by in self._answerers(situation, state, now))
            yield from (Move("busy"), Move("no_answer"))
        elif wait.kind == "http":
            yield from self._answers(situation, state, now)
        elif state.type != "trigger":  # a second one, which nothing sets off
            yield from self._outcomes(situation, state, now)

    def forced(self, situation: Situation, state: State) -> Iterator[Move]:
        """What else than usual may happen at a widget that ends by itself, or waits for a person."""
        if state.type in ("trigger", "split-based-on", "set-variables", "fork-stream"):
            return
        if isinstance(behaviour_of(state.type), HttpWidget):
            return
        usual = {"incomingMessage", "keypress", "speech", "answered", "busy", "noAnswer", runner.success_of(state)}
        if state.type in ("send-and-wait-for-reply", "gather-input-on-call"):
            usual |= {"timeout", "hangup"}
        for event in state.events:
            if event not in usual:
                yield self._outcome(situation, state, event)

    def _replies(self, situation: Situation, state: State, now: float) -> Iterator[Move]:
        scope = scope_of(situation.frame.program)
        context = situation.frame.context
        atoms = [Atom(scope, state.name, path) for path in self._sources.read.get((scope, state.name), ())]
        if "conversation" in situation.context["trigger"]:
            atoms += [
                Atom(scope, state.name, ("inbound", *path[1:]))
                for path in self._sources.read.get((self._sources.main, ""), ())
                if path[0] == "conversation" and len(path) == 2
            ]
        bodies: dict[str, None] = {}
        others: list[tuple[Path, Any]] = []
        for atom in atoms:
            if atom.path[:1] != ("inbound",):
                continue
            known = self._candidates(atom, context, now)
            if len(atom.path) == 2:
                known += self._candidates(Atom(self._sources.main, "", ("conversation", atom.path[1])), context, now)
            if atom.path == ("inbound", "Body"):
                bodies.update(dict.fromkeys(str(value) for value in known))
            else:
                others += [(atom.path, value) for value in (known or [self._sources.default(atom)])]
        bodies.update(dict.fromkeys(self._texts))
        plain = Move("reply", (next(iter(bodies)),))
        yield from (Move("reply", (body,)) for body in bodies)
        yield from (move for path, value in others if (move := with_value(plain, path, value)))
        yield Move("expire")

    def _gathered(self, situation: Situation, state: State, now: float) -> Iterator[Move]:
        scope = scope_of(situation.frame.program)
        context = situation.frame.context
        keys = self._candidates(Atom(scope, state.name, ("Digits",)), context, now)
        words = self._candidates(Atom(scope, state.name, ("SpeechResult",)), context, now)
        for text in dict.fromkeys([*map(str, keys), *self._keys]):
            if _KEYS.fullmatch(text.strip()):
                yield Move("press", (text.strip(),))
        spoken = [str(word) for word in words if str(word).strip()]
        yield from (Move("say", (text,)) for text in dict.fromkeys([*spoken, "Something else.", "Yes."]))
        for value in self._candidates(Atom(scope, state.name, ("Confidence",)), context, now):
            if (sure := _share(value)) is not None:
                yield Move("say", ((spoken or ["Yes."])[0],), {"confidence": sure})
        yield Move("silence")
        if situation.call is not None and state.on("hangup") is not None:
            yield Move("hang_up")

    def _answerers(self, situation: Situation, state: State, now: float) -> Iterable[str]:
        scope = scope_of(situation.frame.program)
        wait = situation.wait
        atom = Atom(scope, state.name, ("AnsweredBy",))
        judged = atom.path in self._sources.read.get((scope, state.name), {}) or state.on("answeredByMachine")
        if not judged or not (wait and (wait.pending.get("detects") or wait.type.endswith("v1"))):
            return ("human",)
        return ANSWERERS

    def _answers(self, situation: Situation, state: State, now: float) -> Iterator[Move]:
        scope, flow_sid = scope_of(situation.frame.program), self._flow_sid(situation)
        context = situation.frame.context
        atoms = [Atom(scope, state.name, path) for path in self._sources.read.get((scope, state.name), ())]
        parsed = [atom for atom in atoms if atom.path[:1] == ("parsed",) and len(atom.path) > 1]
        base: Any = None
        for atom in parsed:
            base = put(base, atom.path[1:], _native(atom.path, self._first(atom, context, now)))
        shapes: list[Any] = [] if base is None else [base]
        for atom in parsed:
            for value in self._candidates(atom, context, now):
                shapes.append(put(base, atom.path[1:], _native(atom.path, value)))
        body = Atom(scope, state.name, ("body",))
        bodies = [str(text) for text in self._candidates(body, context, now)] if body.path in _paths(atoms) else []
        if bodies:
            bodies += ["something else", ""]
        for shape in _distinct(shapes):
            yield Move("respond", (state.name,), {"json": shape}, flow_sid)
        yield from (Move("respond", (state.name,), {"body": text}, flow_sid) for text in dict.fromkeys(bodies))
        if not shapes and not bodies:
            reads_body = body.path in _paths(atoms)
            yield Move("respond", (state.name,), {"body": "example"} if reads_body else {}, flow_sid)
        statuses = {500: None}
        for value in self._candidates(Atom(scope, state.name, ("status_code",)), context, now):
            if str(value).isdecimal() and 200 <= int(value) <= 599:
                statuses[int(value)] = None
        yield from (Move("respond", (state.name, status), {}, flow_sid) for status in statuses)

    def _first(self, atom: Atom, context: Json, now: float) -> Any:
        return next(iter(self._candidates(atom, context, now)), self._sources.default(atom))

    def _outcomes(self, situation: Situation, state: State, now: float) -> Iterator[Move]:
        scope = scope_of(situation.frame.program)
        context = situation.frame.context
        events = list(state.events)
        success = runner.success_of(state)
        events.sort(key=lambda event: event != success)
        for event in events:
            plain = self._outcome(situation, state, event)
            yield plain
            if event in FAILURES - {"hangup"}:
                continue
            for path in self._sources.read.get((scope, state.name), ()):
                for value in self._candidates(Atom(scope, state.name, path), context, now):
                    other = with_value(plain, path, value)
                    if other is not None:
                        yield other

    def _outcome(self, situation: Situation, state: State, event: str) -> Move:
        return Move("outcome", (state.name, event), {}, self._flow_sid(situation))

    def missing(self, situation: Situation, move: Move, left: Any) -> Move:
        """An outcome that also leaves what later templates read, and the widget by itself does not leave."""
        scope = scope_of(situation.frame.program)
        state = situation.state
        assert state is not None
        if move.method != "outcome" or move.args[1] in FAILURES - {"hangup"}:
            return move
        for path in self._sources.read.get((scope, state.name), ()):
            if path and not bound(left, path):
                move = with_value(move, path, self._sources.default(Atom(scope, state.name, path))) or move
        return move

    def _flow_sid(self, situation: Situation) -> str:
        """Of the Flow that is in a subflow; none for the Flow that is explored, which may run itself."""
        sid = situation.frame.program.flow_sid
        return "" if sid == situation.frames[0].program.flow_sid else sid


def with_value(move: Move, path: Path, value: Any) -> Move | None:
    """The move with another value for one of its inputs; None where it cannot carry that.

    Args:
        move: the move.
        path: of the input, below what began the Execution (``("message", "Body")``) or below the widget.
        value: a text, mostly.
    """
    method, options = move.method, dict(move.options)
    if method in EVENTS:
        return _started_with(move, path[1:], value) if path[:1] in ((method,), ("*",)) else None
    if method == "reply" and path[:1] == ("inbound",) and len(path) == 2:
        if path[1] == "Body":
            return Move(method, (str(value),), options)
        return _with_webhook(move, path[1:], value)
    if method in ("press", "say", "silence", "hang_up") and len(path) == 1:
        text = str(value).strip()
        if path[0] == "Digits" and _KEYS.fullmatch(text):
            return Move("press", (text,))
        return Move("say", (text,)) if path[0] == "SpeechResult" and text else None
    if method == "respond" and path[:1] == ("parsed",):
        return Move(
            method, move.args[:1], {"json": put(options.get("json"), path[1:], _native(path, value))}, move.flow_sid
        )
    if method == "respond" and path == ("body",):
        return Move(method, move.args[:1], {"body": str(value)}, move.flow_sid)
    if method == "outcome" and path:
        variables = put(move.args[2] if len(move.args) > 2 else {}, path, value)
        return Move(method, (*move.args[:2], variables), options, move.flow_sid)
    return None


def _started_with(move: Move, path: Path, value: Any) -> Move | None:
    options = dict(move.options)
    name = str(path[0]) if path else ""
    if move.method == "request":
        if path[:1] == ("parameters",):
            return Move("request", (), {**options, **put({"parameters": options.get("parameters")}, path, value)})
        role = {"to": "to", "From": "to", "from": "from_", "To": "from_"}.get(name)
        return Move("request", (), {**options, role: str(value)}) if role and value else None
    if move.method == "parent":
        if name == "From" and value:
            return Move("parent", move.args, {**options, "from_": str(value)})
        if path[:1] != ("parameters",) or len(path) < 2:
            return None
        return Move("parent", (put(move.args[0] if move.args else {}, path[1:], value),), options)
    if name == "Body" and move.method != "call":
        return Move(move.method, (str(value),), options)
    role = {"From": "from_", "Caller": "from_", "To": "to", "Called": "to"}.get(name)
    if role is not None:
        return Move(move.method, move.args, {**options, role: str(value)}) if value and len(path) == 1 else None
    return _with_webhook(move, path, value)


def _with_webhook(move: Move, path: Path, value: Any) -> Move | None:
    """The move with a parameter of its webhook; None for what is none: ``From`` of a reply, ``body`` for ``Body``."""
    options, name = dict(move.options), str(path[0]) if path else ""
    if argument_for(name) is not None:
        return None
    further = put(options, path, value) if len(path) > 1 else {**options, **_webhook(name, value)}
    return Move(move.method, move.args, further)


def _webhook(name: str, value: Any) -> Json:
    """What makes a webhook have a parameter: media are given as urls."""
    if name == "NumMedia" and str(value).isdecimal() and int(value) <= 10:
        return {"media": [f"https://example.com/{index}.jpg" for index in range(int(value))]} if int(value) else {}
    if re.fullmatch(r"MediaUrl\d", name) and str(value).startswith("http"):
        return {"media": [str(value)]}
    return {name: value if isinstance(value, (str, dict, list)) else str(value)}


def _is_free(kind: str, path: Path) -> bool:
    """Whether an input has no value unless somebody gives one."""
    known = {
        "Body", "From", "To", "Caller", "Called", "to", "from", "AccountSid", "ApiVersion", "CallSid", "CallStatus",
        "Direction", "Author", "ChannelSid", "ConversationSid", "InstanceSid", "MessageSid", "ParticipantSid", "Source",
        "NumMedia", "NumSegments", "SmsMessageSid", "SmsSid", "SmsStatus", "OptOutType",
        "step_sid", "execution_sid", "flow_sid", "trigger_type",
    }  # fmt: skip
    return len(path) > 1 and str(path[1]) not in known and not (path[1] in ("parameters",) and len(path) == 2)


def _any_kind(atom: Atom) -> Atom:
    return Atom(atom.scope, "", ("*", *atom.path[1:]))


def _paths(atoms: Iterable[Atom]) -> set[Path]:
    return {atom.path for atom in atoms}


def _share(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if 0 <= number <= 1 else None


def _native(path: Path, value: Any) -> Any:
    """A text as JSON would have it, if it renders the same: ``true``, ``7``."""
    if not isinstance(value, str) or not _NATIVE.fullmatch(value):
        return value
    return json.loads(value)


def _distinct(values: Iterable[Any]) -> Iterator[Any]:
    seen = set()
    for value in values:
        text = json.dumps(value, sort_keys=True)
        if text not in seen:
            seen.add(text)
            yield value
