"""The replay of a recording, Step by Step: what was met then is fed, and what comes of it is held against it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from pytest_studio.errors import nearest
from pytest_studio.flows import conditions, liquid, runner
from pytest_studio.flows.behaviour import behaviour_of
from pytest_studio.flows.behaviour.requests import HttpWidget
from pytest_studio.flows.coverage import covered
from pytest_studio.flows.model import Program, State, Transition
from pytest_studio.flows.replaying.recording import Difference, Recorded, Recording, told
from pytest_studio.flows.situation import FlowWarning, Json, Situation, Turn, Visit, World
from pytest_studio.wording import counted

__all__ = ["Player"]

#: Widgets that decide by themselves, whatever was recorded.
LOGIC = ("trigger", "split-based-on", "set-variables")


class Player:
    """One replay as it goes.

    Args:
        program: the Flow as it is now.
        world: what there is outside of it.
        recording: what was recorded.

    Attributes:
        visits: the widgets that have finished.
        first_difference: where it departs from the recording; None if it does not, or not yet.
        assumed: what the recording does not say.
    """

    def __init__(self, program: Program, world: World, recording: Recording) -> None:
        self.visits: list[Visit] = []
        self.first_difference: Difference | None = None
        self.assumed: list[str] = []
        self._program = program
        self._world = world
        self._recording = recording
        self._steps = recording.steps
        #: The next recorded Step, and those that were fed out of turn.
        self._at = 0
        self._fed: set[int] = set()

    @property
    def _apart(self) -> bool:
        return self.first_difference is not None

    def run(self) -> Situation:
        """Replay it: where it stands at its end."""
        situation = self._begin()
        while not situation.ended and situation.state is not None and situation.steps <= runner.MOST_STEPS:
            index = self._next(situation)
            turn = (
                self._unfed(situation) if index is None else self._feed(situation, situation.state, self._steps[index])
            )
            if turn is None:
                return situation
            situation = self._take(turn, index)
        if not self._apart and self._at < len(self._steps):
            step = self._steps[self._at]
            self._differ(self._at, step, None, f"the replay has ended, and the recording goes on with {step}")
        return situation

    # -- which recorded Step comes next -------------------------------------------------------------------------

    def _begin(self) -> Situation:
        first = self._steps[0]
        trigger = self._recording.trigger
        if not trigger:
            self._assume(
                "the recording has no context to tell what began it: nothing was written, and no parameters given"
            )
            trigger = {_KINDS.get(first.event, "message"): {}}
        turn = runner.begin(
            self._program,
            self._world._replace(now=first.now),
            account_sid=self._recording.account_sid,
            execution_sid=self._recording.execution_sid,
            event=first.event,
            trigger=trigger,
            contact=self._recording.contact,
            twilio_side=self._recording.number,
        )
        return self._take(turn, 0) if turn.visits else turn.situation

    def _next(self, situation: Situation) -> int | None:
        """The place of the recorded Step that tells how the widget that comes next ended; None if none does."""
        state = situation.state
        assert state is not None
        if self._apart:
            return self._later(state.name)
        self._skip_subflow(situation, state)
        if self._at >= len(self._steps):
            return None
        step = self._steps[self._at]
        if step.widget == state.name or self._enters(situation):
            return self._at
        missing = self._missing(state, step)
        if missing is None:
            why = f"recorded was {step.widget}, and now {state.name} ({state.type}) comes"
            self._differ(self._at, step, None, f"{why}{nearest(step.widget, self._program.states)}")
            return self._later(state.name)
        self._assume(
            f"the Step of {state.name} is not in the recording: it is taken to have ended with {missing.event}"
        )
        self._steps = (*self._steps[: self._at], missing, *self._steps[self._at :])
        return self._at

    def _later(self, widget: str) -> int | None:
        """Once apart: the next Step of the same widget that was not fed yet."""
        return next(
            (i for i in range(self._at, len(self._steps)) if i not in self._fed and self._steps[i].widget == widget),
            None,
        )

    def _skip_subflow(self, situation: Situation, state: State) -> None:
        """Steps of a subflow that cannot run here."""
        depth = len(situation.frames) > 1
        if depth or state.type != "run-subflow" or self._enters(situation):
            return
        skipped = 0
        while (
            self._at < len(self._steps)
            and self._steps[self._at].parent_sid
            and self._steps[self._at].widget != state.name
        ):
            self._at += 1
            skipped += 1
        if skipped:
            self._assume(
                f"the subflow of {state.name} is not here: {counted(skipped, 'Step')} of it are taken as recorded"
            )

    def _enters(self, situation: Situation) -> bool:
        """Whether the subflow runs: it is here, and the recording has Steps of it."""
        if self._at >= len(self._steps) or len(situation.frames) > 1 or self._steps[self._at].parent_sid is None:
            return False
        state = situation.state
        is_one = state is not None and state.type == "run-subflow"
        return is_one and _descends(runner.proceed(situation, self._world), situation)

    def _missing(self, state: State, step: Recorded) -> Recorded | None:
        """The Step that was lost between two that were recorded: how the widget must have ended to lead on so."""
        before = self._steps[self._at - 1] if self._at else None
        if before is None or before.next != state.name:
            return None
        events = list(dict.fromkeys(t.event for t in state.transitions if t.next == step.widget))
        if not events:
            return None
        elsewhere = state.name in (one.widget for one in self._steps)
        left = None if elsewhere or before.parent_sid else self._recording.left.get(state.name)
        output = left if isinstance(left, dict) else None
        return Recorded("", state.name, events[0], step.widget, output, before.parent_sid, step.now)

    def _unfed(self, situation: Situation) -> Turn | None:
        """Once apart, what needs nothing from outside still runs; None where something is needed."""
        turn = runner.proceed(situation, self._world._replace(now=self._steps[-1].now))
        return turn if self._apart and turn.situation.wait is None else None

    # -- feeding ------------------------------------------------------------------------------------------------

    def _feed(self, situation: Situation, state: State, step: Recorded) -> Turn | None:
        """Let the next widget run, with what it met then."""
        world = self._world._replace(now=step.now)
        alone = runner.proceed(situation, world)
        if state.type == "trigger" or (state.type in LOGIC and alone.visits):
            return alone if alone.visits else None
        if _descends(alone, situation):
            if self._apart or self._enters(situation):
                return alone
            if step.event == runner.success_of(state):
                self._assume(
                    f"no Step of the subflow of {state.name} was recorded: it is taken to have ended as recorded"
                )
        known = step.output
        if known is None and alone.situation.wait is not None:
            self._assume(f"the recording does not have what {state.name} left: it is taken to have ended as recorded")
        if alone.visits and not _descends(alone, situation):
            natural = alone.visits[0].event
            if natural == step.event or (natural == runner.failure_of(state) and step.event in state.known_events):
                return alone if known is None or natural != step.event else self._scripted(situation, world, step)
        wait = alone.situation.wait
        if wait is not None and wait.kind == "http" and known is not None:
            return self._answered(alone.situation, world, state, known)
        if wait is None or wait.kind not in ("reply", "gather", "dial"):
            return self._scripted(situation, world, step)
        waiting = alone.situation
        if step.event == "hangup":
            waiting = replace(waiting, hung_up=True)
        heard = (known or {}).get("inbound")
        data = heard if wait.kind == "reply" and isinstance(heard, dict) else None
        return _joined(alone, runner.finish(waiting, world, step.event, data, known))

    @staticmethod
    def _scripted(situation: Situation, world: World, step: Recorded) -> Turn:
        return runner.proceed(situation, world, (step.event, step.output))

    @staticmethod
    def _answered(situation: Situation, world: World, state: State, known: Json) -> Turn:
        """What a server answered then, judged anew."""
        behaviour = behaviour_of(state.type)
        assert isinstance(behaviour, HttpWidget)
        data: Json = {name: known[name] for name in ("status_code", "content_type", "body") if name in known}
        if data and "body" not in data and isinstance(known.get("parsed"), dict):
            data |= {"body": json.dumps(known["parsed"]), "content_type": "application/json"}
        return runner.finish(situation, world, behaviour.event_of(data), data)

    # -- comparing ----------------------------------------------------------------------------------------------

    def _take(self, turn: Turn, index: int | None) -> Situation:
        """Keep what ran, each widget held against its recorded Step."""
        for visit in turn.visits:
            self.visits.append(visit)
            if self._apart:
                if index is not None and self._steps[index].widget == visit.widget:
                    self._fed.add(index)
                continue
            step = self._steps[self._at] if self._at < len(self._steps) else None
            if step is not None and str(step) == told(visit):  # a widget may be called Ended, too
                self._at += 1
                continue
            if step is None:
                if self._recording.ended or self._steps[-1].next != visit.widget:
                    self._differ(self._at, None, visit, f"the recording ends before {told(visit)}")
                continue
            self._differ(self._at, step, visit, self._why(step, visit, turn))
            self._at += 1
        return turn.situation

    def _differ(self, index: int, step: Recorded | None, visit: Visit | None, why: str) -> None:
        self.first_difference = Difference(index, step, visit, why)

    def _assume(self, what: str) -> None:
        if what not in self.assumed:
            self.assumed.append(what)

    def _why(self, step: Recorded, visit: Visit, turn: Turn) -> str:
        words = f"recorded {step}, replayed {told(visit)}"
        if step.widget != visit.widget:
            return words
        if visit.type == "split-based-on":
            return "; ".join([words, *_judged(visit, step)])
        if step.event not in [transition.event for transition in visit.state.transitions]:
            words += f"; {step.event} is not wired now"
        elif step.event == visit.event:
            return f"{words}; {step.event} leads elsewhere now"
        warnings = [
            f"{e.message} ({e.code})" for e in turn.effects if isinstance(e, FlowWarning) and e.widget == visit.widget
        ]
        status = (visit.output or {}).get("status_code")
        if status is not None:
            warnings.append(f"the status was {status}")
        return "; ".join([words, *warnings])


#: Event of a trigger -> the kind of its data.
_KINDS = {
    "incomingMessage": "message",
    "incomingCall": "call",
    "incomingConversationMessage": "conversation",
    "incomingRequest": "request",
    "incomingParent": "parent",
}


def _descends(turn: Turn, before: Situation) -> bool:
    """Whether a subflow begins with a turn, though it may have ended with it, too."""
    deeper = len(turn.situation.frames) > len(before.frames)
    return deeper or bool(turn.visits and turn.visits[0].depth >= len(before.frames))


def _joined(first: Turn, then: Turn) -> Turn:
    return then._replace(effects=(*first.effects, *then.effects))


def _judged(visit: Visit, step: Recorded) -> Iterator[str]:
    """What decided a split: the transition taken, and those that would have led where the recording went."""
    for transition in visit.state.transitions:
        taken = transition.place == visit.transition
        if (taken or transition.next == step.next) and (taken or transition.event == step.event):
            words = ", ".join(_judgement(visit, transition)) or "no branch matches"
            yield f"transition {transition.place} ({covered.outcome(transition)}){' was taken' * taken}: {words}"


def _judgement(visit: Visit, transition: Transition) -> Iterator[str]:
    for condition in transition.conditions:
        try:
            argument, value = (
                liquid.render(text, visit.before, visit.now).text for text in (condition.argument, condition.value)
            )
            holds = conditions.matches(condition.type, argument, value)
        except ValueError as error:
            yield str(error)
            continue
        words = conditions.PREDICATES[condition.type]
        against = "" if condition.type in ("is_blank", "is_not_blank") else f" {value!r:.80}"
        yield f"{argument!r:.80} {words}{against}: {'yes' if holds else 'no'} ({condition.argument:.80})"
