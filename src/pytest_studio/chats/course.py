"""How one Execution of a Flow runs: turn by turn, each stored as it comes."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from pytest_studio import running, seeds
from pytest_studio.chats import telling
from pytest_studio.errors import ChatError
from pytest_studio.flows import runner, talk
from pytest_studio.flows.model import Program
from pytest_studio.flows.situation import Blank, Frame, Json, Situation, Turn, Visit

if TYPE_CHECKING:
    from typing_extensions import Self

    from pytest_studio.chats.stage import Stage
    from pytest_studio.resources import Execution, Flow
    from pytest_studio.seeds import Origin

__all__ = ["OLDEST", "Course"]

T = TypeVar("T")

#: Seconds that an Execution lives at the most: 30 days.
OLDEST = 30 * 86_400.0
#: What runs until a run has begun.
NOTHING = Program({})


class Course:
    """An Execution that runs: what it has come to, and how it goes on. A ``Chat`` is one that people talk with.

    To look at what is in here lets no wait expire, as to look at a chat does.
    """

    def __init__(self, stage: Stage, run: Execution, contact: str, twilio_side: str) -> None:
        self._stage = stage
        self._run = run
        self.contact = contact
        self.twilio_side = twilio_side
        known = {"widgets": {}, "trigger": run._trigger}
        self._situation = Situation(run.account_sid, run._sid, (Frame(NOTHING, known, None),))
        self._visits: list[Visit] = []
        self._log: list[telling.Entry] = []
        #: What was noted while nobody was to be judged.
        self._pardoned: set[int] = set()
        self._tracks: dict[int, Any] = {}
        self._busy = threading.RLock()
        self._judged = 0
        #: When what it waits for is over, in seconds since 1970; None if never.
        self.deadline: float | None = None
        #: What keeps it from going on, until somebody decides; and the same where nobody was there to hear it.
        self.stuck: ChatError | None = None
        self.error: ChatError | None = None
        #: Whether it goes on now without a test that waits for it.
        self.unattended = False
        #: The test in which it went on last: the one whose verdict and report it is part of.
        self.origin: Origin = seeds.current()

    @property
    def run(self) -> Execution:
        """The Execution's record; unlike ``execution``, looking lets no wait expire."""
        return self._run

    @property
    def flow(self) -> Flow:
        """The Flow's record."""
        return self._run.flow

    @property
    def over(self) -> bool:
        """Whether it has ended as far as is known: unlike ``ended``, looking lets no wait expire."""
        return self._situation.ended or self._run.status == "ended" or not self._stage.has(self._run)

    @property
    def standing_at(self) -> str | None:
        """The widget that waits as far as is known: unlike ``waiting_at``, looking lets no wait expire."""
        wait = self._situation.wait
        return None if wait is None or self.over else wait.widget

    @property
    def way(self) -> list[str]:
        """The path as far as is known: unlike ``path``, looking lets no wait expire."""
        return [visit.widget for visit in self._visits]

    @property
    def listens(self) -> bool:
        """Whether it waits for a message."""
        wait = self._situation.wait
        return wait is not None and wait.kind == "reply" and not self.over

    @property
    def situation(self) -> Situation:
        """Where the run stands: a plain value of ``pytest_studio.flows``."""
        return self._situation

    @property
    def log(self) -> Sequence[telling.Entry]:
        """Everything that happened, in order: what the person did as text, visits and effects."""
        return tuple(self._log)

    def noted(self, kind: type[T]) -> list[T]:
        """The entries of the log of one kind; looking lets no wait expire."""
        return [entry for entry in self._log if isinstance(entry, kind)]

    # -- how it goes on -----------------------------------------------------------------------------------------

    @contextmanager
    def _acts(self) -> Iterator[None]:
        """A block in which somebody does something; errors show the way so far."""
        __tracebackhide__ = True
        self._stage.catch_up()
        try:
            with self._busy:
                yield
        except ChatError as error:
            raise self._told(error) from error.__cause__

    def _told(self, error: ChatError) -> ChatError:
        return error if error.way else ChatError(error.why, error.remedy, telling.way(self))

    def _situation_now(self) -> Situation:
        """Where it stands, its end by the API included."""
        if self.over and not self._situation.ended:
            return replace(self._situation, ended=True)
        return self._situation

    def _hangs_up(self) -> None:
        with self._stage.turn:
            self._situation = replace(self._situation, hung_up=True)
            if self._situation.stranded:
                self._waits(self._situation)

    def expire(self) -> Self:
        """The time is up: the event of a timeout. The clock does not move; ``studio.advance`` does both."""
        with self._acts():
            self._move(talk.expire(self._situation_now()), telling.did("waits until the time is up"))
        return self

    def begin(self, turn: Turn, what: telling.Entry) -> None:
        """The trigger has finished."""
        self._log.append(what)
        self._take(turn)

    def _move(self, move: talk.Move, what: telling.Entry) -> None:
        """The widget that waits ends, and the Flow goes on."""
        self._log.append(what)
        self._take(runner.finish(self._situation, self._stage.world(), move.event, move.data))
        self.go()

    def meet(self, event: str, variables: Json | None = None) -> None:
        """The widget that waits ends with an event, whatever it waits for, and leaves this; the Flow goes on."""
        with self._acts():
            self._log.append(telling.did(f"{event}, as decided"))
            self._take(runner.finish(self._situation, self._stage.world(), event, None, variables))
            self.go()

    def ignores(self, what: str) -> None:
        """Something came that nothing waits for."""
        with self._busy:
            self._log.append(telling.did(what))
            self._take(runner.ignore(self._situation, f"{what}, which nothing waits for"))

    def go(self) -> None:
        """Run until something waits that only a person, or time, can end.

        Raises:
            ChatError: a widget needs what a test has not decided, or asks a server that is not there. The chat stands
                there until somebody decides, and then goes on.
        """
        with self._busy:
            self.stuck = self.error = None
            try:
                while self._step():
                    pass
            except ChatError as error:
                self.stuck = self._told(error)
                raise self.stuck from error.__cause__

    def _step(self) -> bool:
        """Run one widget, or let it end; False if there is nothing to run."""
        situation = self._situation
        state = situation.state
        if state is None or self.over:
            return False
        if situation.wait is None:
            scripted = self._stage.outcome(situation, state)
            self._take(runner.proceed(situation, self._stage.world(), scripted))
            return True
        met = self._stage.resolve(self, situation.wait)
        if met is None or self.over:  # by the API, while a server was asked
            return False
        if self._situation.wait is situation.wait:  # who answered may have let it go on, or have hung up
            event, data, variables = met
            self._take(runner.finish(self._situation, self._stage.world(), event, data, variables))
        return True

    def stop(self, error: ChatError) -> None:
        """It cannot go on, and nobody is there to hear it but the verdict, and whoever watches the stage."""
        self.origin = seeds.current()
        self.error = self.stuck = self._told(error)
        if self._stage.watcher is not None:
            self._stage.watcher(self)

    def _take(self, turn: Turn) -> None:
        """Keep what came of a turn, and store it."""
        with self._stage.turn:
            if self.over:  # by the API, a moment ago
                return
            self.origin = seeds.current()
            before = len(self._log)
            self._log += turn.effects
            self._log += turn.visits
            if self._stage.lenient:
                self._pardoned.update(range(before, len(self._log)))
            self._visits += turn.visits
            before_wait, wait = self._situation.wait, turn.situation.wait
            self._situation = turn.situation
            for visit in turn.visits:
                self._stage.store(self._run, visit)
                self._cover(visit)
            if wait is not None and turn.visits == () and turn.situation.state is not None:
                self._cover_wait()
            if turn.situation.ended:
                self.deadline = None
                self._run.end()
            elif wait is not before_wait:
                self._waits(turn.situation)

    def _waits(self, situation: Situation) -> None:
        """Something else is waited for than before."""
        self.deadline = self._oldest()
        wait = situation.wait
        if wait is None:
            return
        if wait.seconds is not None and not situation.stranded:
            self.deadline = min(self.deadline, self._stage.now() + wait.seconds)
        self._stage.wait_for(self)

    def _oldest(self) -> float:
        return self._run._date_created + OLDEST

    def _cover(self, visit: Visit) -> None:
        if running.coverage is None:
            return
        if visit.depth not in self._tracks:
            self._tracks[visit.depth] = running.coverage.track(visit.program, self.origin.name)
        self._tracks[visit.depth].visit(visit.state.place, visit.transition)
        if visit.next is None:
            del self._tracks[visit.depth]

    def _cover_wait(self) -> None:
        depth, state = len(self._situation.frames) - 1, self._situation.state
        if running.coverage is not None and depth in self._tracks and state is not None:
            self._tracks[depth].enter(state.place)

    def objections(self) -> list[Blank]:
        """What a strict studio objects to, and has not yet: blanks that a person saw or heard."""
        judged, self._judged = self._judged, len(self._log)
        return [
            entry
            for index, entry in enumerate(self._log[judged:], judged)
            if isinstance(entry, Blank) and entry.seen and not entry.defended and index not in self._pardoned
        ]

    def judged(self) -> None:
        """What there is has been judged elsewhere."""
        self._judged = len(self._log)
        self.error = None
