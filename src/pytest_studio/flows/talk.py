"""What a person can do to a Flow that waits: the event that it is, and the webhook's parameters that come with it.

Each function refuses what cannot happen there, with a ``ChatError`` that says what could.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pytest_studio.errors import ChatError
from pytest_studio.flows.model import State
from pytest_studio.flows.situation import Json, Situation, Wait

__all__ = ["Move", "answer", "expire", "hang_up", "press", "refuse", "reply", "say", "silence", "unanswered"]

#: What may be done, by what is waited for.
WAYS = {
    "reply": "reply(…) or expire()",
    "gather": "press(…), say(…), silence() or hang_up()",
    "dial": "answer(…), busy() or no_answer()",
}
#: Who picks up -> ``AnsweredBy``.
ANSWERERS = ("human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown")


class Move(NamedTuple):
    """How the widget that waits ends: its event, and what comes with it; ``hangs_up`` if the call is over with it."""

    event: str
    data: Json = {}
    hangs_up: bool = False


def refuse(situation: Situation, what: str) -> ChatError:
    """The error of doing something that cannot be done now."""
    wait = situation.wait
    if situation.ended:
        return ChatError(f"{what}: the chat has ended")
    if wait is None:
        return ChatError(f"{what}: nothing waits for it")
    if situation.stranded:
        return ChatError(f"{what}: the caller has hung up, and {wait.widget!r} waits for ever")
    ways = WAYS.get(wait.kind, f"flow.outcome({wait.widget!r}, …)")
    return ChatError(f"{what}: {wait.widget!r} ({wait.type}) does not wait for that; it takes {ways}")


def _at(situation: Situation, kind: str, what: str) -> tuple[Wait, State]:
    wait, state = situation.wait, situation.state
    if wait is None or state is None or wait.kind != kind or situation.stranded:
        raise refuse(situation, what)
    return wait, state


def reply(situation: Situation, webhook: Json) -> Move:
    """A message to the Flow, by its webhook."""
    _at(situation, "reply", "reply")
    return Move("incomingMessage", webhook)


def press(situation: Situation, keys: str) -> Move:
    """Keys of a telephone: those up to the finish key, or as many as the widget takes.

    Raises:
        ChatError: nobody waits for keys, or it would not get all of them.
    """
    if not isinstance(keys, str):
        raise ChatError(f"press takes keys as text, such as '1' or '1234#', not {keys!r:.60}")
    wait, _ = _at(situation, "gather", f"press({keys!r:.40})")
    if not re.fullmatch(r"[0-9*#A-Da-d]+", keys):
        raise ChatError(f"press takes keys of a telephone (0 to 9, * and #), not {keys!r:.60}; silence() presses none")
    finish, most = wait.pending["finish_on_key"], wait.pending["number_of_digits"]
    digits, finished, rest = keys.partition(finish) if finish else (keys, "", "")
    if most is not None and len(digits) >= most:
        digits, finished, rest = digits[:most], "", keys[most:]
        if rest == finish:  # which comes too late to matter
            rest = ""
    if rest:
        noun = "digit" if most == 1 else "digits"
        limit = f"the finish key {finish!r} ends it" if finished else f"it takes {most} {noun} (number_of_digits)"
        raise ChatError(
            f"press({keys!r:.40}): {wait.widget!r} would never get {rest!r:.40}: {limit}; "
            "press what is left at the widget that follows"
        )
    return Move("keypress", {"Digits": digits})


def say(situation: Situation, text: str, confidence: float) -> Move:
    """Words of the caller.

    Args:
        situation: one that gathers.
        text: as the speech recognition would have it: with its full stop, mostly.
        confidence: of the recognition, from 0 to 1.
    """
    wait, _ = _at(situation, "gather", f"say({text!r:.40})")
    if not isinstance(text, str) or not text.strip():
        raise ChatError(f"say takes the words as text, not {text!r:.60}; silence() says nothing")
    if isinstance(confidence, bool) or not isinstance(confidence, (int, float)) or not 0 <= confidence <= 1:
        raise ChatError(f"confidence is a number from 0 to 1, not {confidence!r:.60}")
    language = wait.pending["language"]
    return Move("speech", {"SpeechResult": text, "Confidence": str(confidence), "Language": language})


def silence(situation: Situation) -> Move:
    """The caller neither speaks nor presses a key."""
    _at(situation, "gather", "silence()")
    return Move("timeout")


def expire(situation: Situation) -> Move:
    """The time is up."""
    wait = situation.wait
    if wait is None or situation.ended or situation.stranded:
        raise refuse(situation, "expire()")
    event = {"reply": "timeout", "gather": "timeout", "dial": "noAnswer"}.get(wait.kind)
    if event is None:
        raise refuse(situation, "expire()")
    return Move(event)


def answer(situation: Situation, by: str | None) -> Move:
    """Somebody, or some machine, takes the call that the Flow places; None: nobody says who."""
    wait, _ = _at(situation, "dial", "answer()" if by is None else f"answer({by!r:.40})")
    if by is None:
        return Move("answered")
    if by not in ANSWERERS:
        raise ChatError(f"answer(by=…) is one of {', '.join(map(repr, ANSWERERS))}, not {by!r:.60}")
    machine = by.startswith("machine")
    if wait.type == "make-outgoing-call-v1" and machine:
        return Move("answeredByMachine", {"AnsweredBy": by})
    return Move("answered", {"AnsweredBy": by})


def unanswered(situation: Situation, event: str) -> Move:
    """The call that the Flow places is not taken: ``"busy"`` or ``"noAnswer"``."""
    _at(situation, "dial", "busy()" if event == "busy" else "no_answer()")
    return Move(event)


def hang_up(situation: Situation) -> Move | None:
    """The caller goes: the widget's own event for that, or None where it wires none, and Studio takes no notice.

    Raises:
        ChatError: there is no call, or it is over.
    """
    if situation.ended or situation.call is None or situation.hung_up:
        why = "the chat has ended" if situation.ended else "the caller has" if situation.hung_up else "there is no call"
        raise ChatError(f"hang_up(): {why}{' hung up before' * situation.hung_up}")
    state = situation.state
    wired = state is not None and state.on("hangup") is not None
    return Move("hangup", {}, hangs_up=True) if wired else None
