"""A chat: one Execution of a Flow that runs, and the person at its other end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_studio import running, seeds
from pytest_studio.chats import telling
from pytest_studio.errors import ChatError
from pytest_studio.flows import runner, talk
from pytest_studio.flows.model import Program
from pytest_studio.flows.situation import (
    Assumed,
    Blank,
    FlowWarning,
    Frame,
    Json,
    Sent,
    Situation,
    Spoken,
    Turn,
    Visit,
)

if TYPE_CHECKING:
    from pytest_studio.chats.stage import Stage
    from pytest_studio.resources import Execution, Flow

__all__ = ["Chat"]

#: Seconds that an Execution lives at the most: 30 days.
OLDEST = 30 * 86_400.0
#: What runs until a run has begun.
NOTHING = Program({})


class Chat:
    """An Execution of a Flow that runs: made by ``flow.message`` and its like, or by a REST request.

    What a person, or a telephone, does is a method; each lets the Flow run until it waits again or has ended.
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
        self.origin = seeds.current()

    def __repr__(self) -> str:
        state = "ended" if self.ended else f"waits at {self.waiting_at!r}" if self.waiting_at else "active"
        return f"<Chat {self._run.sid} of {self._run.flow.friendly_name!r}, {state}: {' > '.join(self.path)}>"

    # -- what a test looks at -----------------------------------------------------------------------------------

    @property
    def execution(self) -> Execution:
        """The Execution's record, with its Steps."""
        return self._run

    @property
    def ended(self) -> bool:
        """Whether the Execution has ended, by itself, by the API or otherwise."""
        return self._situation.ended or self._run.status == "ended" or not self._stage.has(self._run)

    @property
    def path(self) -> list[str]:
        """The widgets that have finished, in order, those of subflows among them."""
        return [visit.widget for visit in self._visits]

    @property
    def waiting_at(self) -> str | None:
        """The widget that waits; None if none does."""
        wait = self._situation.wait
        return None if wait is None or self.ended else wait.widget

    @property
    def listens(self) -> bool:
        """Whether it waits for a message."""
        wait = self._situation.wait
        return wait is not None and wait.kind == "reply" and not self.ended

    @property
    def context(self) -> Json:
        """What the Flow has gathered, as ``…/Context`` shows it: a copy."""
        return deepcopy(self._situation.context)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The widgets that have finished: ``.widget .type .event .next .properties`` (rendered) and what they left."""
        return tuple(replace(visit, output=deepcopy(visit.output)) for visit in self._visits)

    @property
    def sent(self) -> list[Sent]:
        """The messages that arrived: ``.body .to .from_ .media_url .widget``."""
        return [sent for sent in self._noted(Sent) if sent.error is None]

    @property
    def spoken(self) -> list[Spoken]:
        """What was said and played on the call: ``.text .url .language .widget``."""
        return self._noted(Spoken)

    @property
    def warnings(self) -> list[FlowWarning]:
        """What Studio would write to the account's log: ``.code .widget .message``."""
        return self._noted(FlowWarning)

    @property
    def blanks(self) -> list[Blank]:
        """Variables that nothing had set, and that rendered empty: ``.widget .property .variable .template``."""
        return self._noted(Blank)

    @property
    def assumed(self) -> list[Assumed]:
        """Rules that decided this run although no document settles them: ``.widget .rule``, each once."""
        return list(dict.fromkeys(self._noted(Assumed)))

    @property
    def transcript(self) -> str:
        """The talk so far, a line an entry: what the person did, what the Flow did, and where it waits."""
        return "\n".join(telling.transcript(self))

    @property
    def log(self) -> Sequence[telling.Entry]:
        """Everything that happened, in order: what the person did as text, visits and effects."""
        return tuple(self._log)

    @property
    def situation(self) -> Situation:
        """Where the run stands: a plain value of ``pytest_studio.flows``."""
        return self._situation

    def _noted(self, kind: type[Any]) -> list[Any]:
        return [entry for entry in self._log if isinstance(entry, kind)]

    # -- what a person does -------------------------------------------------------------------------------------

    def reply(self, body: str = "", media: Sequence[str] = (), **webhook: Any) -> Chat:
        """The person writes back.

        Args:
            body: the message.
            media: urls of pictures and files in it.
            **webhook: further parameters of the webhook, such as ``ButtonPayload=``.

        Returns:
            The chat itself.

        Raises:
            ChatError: nothing waits for a message; or the Flow cannot go on, see ``FakeStudio.load_flow``.
        """
        with self._acts():
            if not self.listens:
                raise talk.refuse(self._situation_now(), f"reply({body!r:.40})")
            data = self._stage.webhook(self, body, media, webhook)
            self._move(talk.reply(self._situation, data), telling.said(body, media))
        return self

    def hears(self, body: str, media: Sequence[str], webhook: Mapping[str, Any]) -> Chat:
        """The person writes, whether anything waits for that or not: then Studio takes no notice (81002)."""
        with self._acts():
            if self.listens:
                return self.reply(body, media, **webhook)
            self._stage.webhook(self, body, media, webhook)
            self.ignores(f"writes {body!r:.60}")
        return self

    def expire(self) -> Chat:
        """The time is up: the event of a timeout. The clock does not move; ``studio.advance`` does both."""
        with self._acts():
            self._move(talk.expire(self._situation_now()), telling.did("waits until the time is up"))
        return self

    def press(self, keys: str) -> Chat:
        """The caller presses keys: ``"1"``, or ``"1234#"``."""
        with self._acts():
            self._move(talk.press(self._situation_now(), keys), telling.did(f"presses {keys}"))
        return self

    def say(self, text: str, confidence: float = 0.9) -> Chat:
        """The caller speaks.

        Args:
            text: as the speech recognition would have it, with its full stop: ``"Yes."``
            confidence: of the recognition, from 0 to 1.
        """
        with self._acts():
            self._move(talk.say(self._situation_now(), text, confidence), telling.said(text))
        return self

    def silence(self) -> Chat:
        """The caller neither speaks nor presses a key until the time is up."""
        with self._acts():
            self._move(talk.silence(self._situation_now()), telling.did("says nothing"))
        return self

    def hang_up(self) -> Chat:
        """The caller hangs up. Where the widget wires no ``hangup``, Studio takes no notice: warning 81002."""
        with self._acts():
            move = talk.hang_up(self._situation_now())
            if move is None:
                self._log.append(telling.did("hangs up"))
                self._take(runner.ignore(self._situation, "the caller has hung up, and the widget wires no hangup"))
                self._hangs_up()
            else:
                self._hangs_up()
                self._move(move, telling.did("hangs up"))
        return self

    def answer(self, by: str | None = None) -> Chat:
        """Somebody takes the call that the Flow places.

        Args:
            by: ``"human"``, ``"machine_start"``, ``"fax"`` …: ``AnsweredBy``. Left out, it is a human, and
                ``AnsweredBy`` is there only if the widget detects machines.
        """
        with self._acts():
            self._move(talk.answer(self._situation_now(), by), telling.did(f"answers ({by or 'human'})"))
        return self

    def busy(self) -> Chat:
        """The line of the call that the Flow places is busy."""
        with self._acts():
            self._move(talk.unanswered(self._situation_now(), "busy"), telling.did("is busy"))
        return self

    def no_answer(self) -> Chat:
        """Nobody takes the call that the Flow places."""
        with self._acts():
            self._move(talk.unanswered(self._situation_now(), "noAnswer"), telling.did("does not answer"))
        return self

    # -- how it runs --------------------------------------------------------------------------------------------

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
        if self.ended and not self._situation.ended:
            return replace(self._situation, ended=True)
        return self._situation

    def _hangs_up(self) -> None:
        with self._stage.turn:
            self._situation = replace(self._situation, hung_up=True)
            if self._situation.stranded:
                self._waits(self._situation)

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
        if state is None or self.ended:
            return False
        if situation.wait is None:
            scripted = self._stage.outcome(situation, state)
            self._take(runner.proceed(situation, self._stage.world(), scripted))
            return True
        met = self._stage.resolve(self, situation.wait)
        if met is None or self.ended:  # by the API, while a server was asked
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
            if self.ended:  # by the API, a moment ago
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

    @property
    def flow(self) -> Flow:
        """The Flow's record."""
        return self._run.flow
