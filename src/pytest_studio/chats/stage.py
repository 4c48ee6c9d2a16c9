"""Where the Flows of a studio run: what their widgets meet, what time does, and what a verdict says."""

from __future__ import annotations

import heapq
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any

from pytest_studio import seeds
from pytest_studio.account import Account, Turn
from pytest_studio.chats import asking, telling
from pytest_studio.chats.aside import Aside
from pytest_studio.chats.chat import Chat
from pytest_studio.chats.course import OLDEST, Course
from pytest_studio.chats.decided import Decided, Decisions
from pytest_studio.chats.driving import Driving
from pytest_studio.chats.entrance import Entrance
from pytest_studio.chats.programs import Programs
from pytest_studio.errors import ChatError
from pytest_studio.events import in_event_loop
from pytest_studio.flows import runner
from pytest_studio.flows.behaviour import behaviour_of
from pytest_studio.flows.behaviour.requests import HttpWidget
from pytest_studio.flows.model import State
from pytest_studio.flows.situation import Json, Situation, Visit, Wait, World
from pytest_studio.resources import Execution, Flow

if TYPE_CHECKING:
    from pytest_studio.chats.asking import Ask

__all__ = ["Stage"]

#: The time that really passes. In a tuple, where tools that move time for a test do not find it.
_REAL = (time.monotonic,)
#: Seconds that the clock may run ahead of it, and is still not taken to have been moved.
_DRIFT = 0.5
#: How many chats there are at least before those that have ended are forgotten, where less is to be remembered.
ENOUGH = 1000
#: How a widget that waits ends: its event, what came from outside, and what a test wants it to leave.
Met = tuple[str, Json | None, Json | None]


class Stage:
    """Where the Flows of an account run.

    Args:
        account: whose.
        authorization: the value of an ``Authorization`` header with the account's credentials.
        ask: how HTTP and Function widgets ask.
        errors_of: what keeps a definition from running, in words; nothing if it can run.
    """

    def __init__(
        self,
        account: Account,
        authorization: Callable[[], str],
        ask: Ask,
        errors_of: Callable[[Any], Sequence[str]],
    ) -> None:
        self.account = account
        self.programs: Programs = Programs(account, errors_of)
        self.decisions: Decisions = Decisions()
        #: All chats, by the SID of the Execution, oldest first.
        self.chats: dict[str, Chat] = {}
        #: Addresses that have opted out of messages.
        self.opted_out: set[str] = set()
        #: Chats that begin once the API has answered.
        self.due: deque[Chat] = deque()
        self.entrance: Entrance = Entrance(self)
        #: Chats that ask servers while the thread that let them run goes on.
        self.aside: Aside = Aside()
        self._authorization = authorization
        self._ask = ask
        self._deadlines: list[tuple[float, int, Course]] = []
        self._serial = count()
        self._catching = False
        #: The moment that time has been moved to, while what is due then happens.
        self._pinned: float | None = None
        self._ahead = account.clock.exact() - _REAL[0]()
        self._enough = ENOUGH
        #: How many blocks are open in which nothing is judged.
        self.lenient = 0
        #: Who is told of a chat that cannot go on where nobody drives it.
        self.watcher: Callable[[Any], None] | None = None

    # -- what chats ask -----------------------------------------------------------------------------------------

    @property
    def turn(self) -> Turn:
        """The account's lock."""
        return self.account.turn

    def now(self) -> float:
        """The present, in seconds since 1970."""
        return self.account.clock.exact() if self._pinned is None else self._pinned

    def world(self) -> World:
        """What there is outside of an Execution."""
        return World(self.now(), self.programs.subflow, self.opted_out.__contains__)

    def has(self, run: Execution) -> bool:
        """Whether an Execution is stored still."""
        return self.account.executions.get(run._sid) is run

    def store(self, run: Execution, visit: Visit) -> None:
        """Store a widget that has finished, as a Step."""
        self.account.add_step(
            run,
            {
                "sid": visit.step_sid,
                "name": visit.event,
                "transitioned_from": visit.widget,
                "transitioned_to": visit.next or "Ended",
                "type": visit.type,
                "date_created": self.account.now(),
                "parent_step_sid": visit.parent_step_sid,
                "context": visit.context,
            },
        )

    def webhook(self, chat: Chat, body: str, media: Sequence[str], further: Mapping[str, Any]) -> Json:
        """The parameters of a message that a chat's person writes; heeds opting out and in."""
        kind = "conversation" if "conversation" in chat.situation.context["trigger"] else "message"
        found = self.entrance.hear(kind, chat.contact, chat.twilio_side, body, media, further)
        if kind == "conversation":
            known = chat.situation.context["trigger"]["conversation"]
            same = ("ConversationSid", "ChannelSid", "InstanceSid", "ParticipantSid", "ChannelAttributes")
            found |= {name: known[name] for name in same if name in known and name not in further}
        return found

    def outcome(self, situation: Situation, state: State) -> tuple[str, Json | None] | None:
        """What a test has decided for the widget that comes next."""
        made = self.decisions.take(situation.frame.program.flow_sid, state.name, answers=False)
        return None if made is None else (str(made.event), made.variables)

    def resolve(self, chat: Course, wait: Wait) -> Met | None:
        """How a widget that waits ends by what a test has decided, or by a server's answer.

        None: only a person can end it, or a server that is asked aside.

        Raises:
            ChatError: somebody has to decide, and nobody has; or nothing answers a request.
        """
        situation = chat.situation
        state = situation.state
        assert state is not None
        flow_sid = situation.frame.program.flow_sid
        made = self.decisions.take(flow_sid, wait.widget, answers=False)
        if made is not None:
            return str(made.event), None, made.variables
        if wait.kind == "http":
            answers = self.decisions.take(flow_sid, wait.widget, answers=True)
            behaviour = behaviour_of(wait.type)
            assert isinstance(behaviour, HttpWidget)
            if answers is not None and answers.answer is not None:
                data = asking.heed(answers.answer, wait, self._authorization())
            elif chat.unattended and in_event_loop():
                self.aside.let(lambda: self._alone(chat, chat.go))
                return None
            else:
                data = asking.ask(self._ask, wait, self._authorization())
            return behaviour.event_of(data), data, None
        assumed = self.programs.assumes_success(chat.flow)
        if assumed and wait.kind in ("outcome", "dial", "subflow"):
            return runner.success_of(state), None, None
        if wait.kind == "outcome":
            events = ", ".join(state.events) or "none"
            raise ChatError(
                f"{wait.widget!r} ({wait.type}) hands over to somebody else, and nobody has said how that ends",
                f"flow.outcome({wait.widget!r}, {runner.success_of(state)!r}) does (its events: {events}), or "
                "load_flow(…, assume_success=True)",
            )
        if wait.kind == "subflow":
            sid = wait.pending["flow_sid"]
            raise ChatError(
                f"{wait.widget!r} runs the subflow {sid} (revision {wait.pending['revision']}), which this studio "
                "does not have",
                f"studio.load_flow(…, sid={sid!r}) it, or flow.outcome({wait.widget!r}, 'completed', "
                "{…what it sets…})",
            )
        return None

    def driving(self, flow: Flow) -> Driving:
        """What a test does with a Flow."""
        return Driving(self, flow)

    def chats_of(self, flow: Flow) -> list[Chat]:
        """The chats of a Flow, oldest first, once those have gone on that ask servers aside."""
        self.aside.wait()
        return [chat for chat in list(self.chats.values()) if chat.flow is flow]

    # -- decisions ----------------------------------------------------------------------------------------------

    def decide(self, made: Decided) -> None:
        """Take in what a test has decided; chats that stand still for want of it go on, as far as it lasts.

        Raises:
            ChatError: one of them could not go on.
        """
        with self.turn:
            self.decisions.add(made)
            stuck = [chat for chat in self.chats.values() if self._stuck_at(chat, made)]
        failed: ChatError | None = None
        for chat in stuck:
            if made.spent:
                break
            try:
                chat.go()
            except ChatError as error:
                if failed is None:
                    failed = error
                else:
                    chat.stop(error)
        if failed is not None:
            raise failed

    @staticmethod
    def _stuck_at(chat: Chat, made: Decided) -> bool:
        situation = chat.situation
        state = situation.state
        return (
            chat.stuck is not None
            and not chat.over
            and state is not None
            and state.name == made.widget
            and situation.frame.program.flow_sid == made.flow_sid
        )

    def forget(self) -> None:
        """Forget the chats that have ended, now and then, where the account is to remember less."""
        if not self.account.forgetful or len(self.chats) < self._enough:
            return
        for sid in [sid for sid, chat in self.chats.items() if chat.over]:
            del self.chats[sid]
        self.entrance.forget()
        self._deadlines = [entry for entry in self._deadlines if self._holds(entry[0], entry[2])]
        heapq.heapify(self._deadlines)
        self._enough = max(ENOUGH, 2 * len(self.chats))

    # -- time ---------------------------------------------------------------------------------------------------

    def wait_for(self, chat: Course) -> None:
        """A chat waits, until its deadline."""
        if chat.deadline is not None:
            heapq.heappush(self._deadlines, (chat.deadline, next(self._serial), chat))

    def _overdue(self, moment: float) -> tuple[float, Course] | None:
        """The chat whose deadline is the first to have passed, and when that was."""
        with self.turn.lock:
            while self._deadlines and self._deadlines[0][0] <= moment:
                deadline, _, chat = heapq.heappop(self._deadlines)
                if self._holds(deadline, chat):
                    return deadline, chat
        return None

    @staticmethod
    def _holds(deadline: float, chat: Course) -> bool:
        """Whether a deadline is still the one of its chat."""
        return chat.deadline == deadline and not chat.over

    def catch_up(self) -> None:
        """Let what waited too long expire, where somebody has moved the clock: a test may take its time."""
        with self.turn.lock:
            due = bool(self._deadlines) and self._deadlines[0][0] <= self.now()
        if not due or self._catching or not self._leapt():
            return
        self._catching = True
        try:
            while (overdue := self._overdue(self.now())) is not None:
                self._expire(overdue[1])
        finally:
            self._catching = False

    def _leapt(self) -> bool:
        """Whether the clock has moved by more than the time that passed, which counts only where no test runs."""
        ahead = self.now() - _REAL[0]()
        if ahead > self._ahead + _DRIFT:
            self._ahead = ahead
            return True
        self._ahead = min(self._ahead, ahead)
        return self.account.forgetful

    def advance(self, seconds: float, move: Callable[[float], None]) -> None:
        """Move the clock, and let each wait expire when its time has come."""
        self.account.clock.check(seconds)
        start = self.now()
        until = start + seconds
        self._catching = True
        try:
            while (overdue := self._overdue(until)) is not None:
                self._pinned = None
                moment = max(start, overdue[0])
                move(max(0.0, moment - self.now()))
                self._pinned = moment
                self._expire(overdue[1])
            self._pinned = None
            move(max(0.0, until - self.now()))
        finally:
            self._catching, self._pinned = False, None

    def _expire(self, chat: Course) -> None:
        if self.now() >= chat.run._date_created + OLDEST:
            with self.turn:
                chat.run.end()
            return
        self._alone(chat, chat.expire)

    @staticmethod
    def _alone(chat: Course, go: Callable[[], object]) -> None:
        """Let a chat go on where no test drives it: errors, also of what answers in it, are for the verdict."""
        chat.unattended = True
        try:
            go()
        except ChatError as error:
            chat.stop(error)
        except Exception as error:
            chat.stop(ChatError(f"{type(error).__name__} in what the test answers it: {error}"))
        finally:
            chat.unattended = False

    def follow(self) -> None:
        """Let Executions that the API has made run, now that it has answered."""
        while self.due:
            try:
                chat = self.due.popleft()
            except IndexError:  # another thread was faster
                return
            self._alone(chat, chat.go)

    # -- verdict ------------------------------------------------------------------------------------------------

    def objections(self, strict: bool, origin: object = None) -> list[str]:
        """What the verdict says: chats that could not go on, blanks, decisions that were not met."""
        self.aside.wait()
        lines: list[str] = []
        chats = [chat for chat in list(self.chats.values()) if origin is None or chat.origin is origin]
        for chat in chats:
            if chat.error is not None:
                lines.append(f"Execution {chat.run._sid} of Flow {chat.flow.friendly_name!r} could not go on:")
                lines += [f"  {line}" for line in str(chat.error).splitlines()]
                chat.error = None
        gaps = [line for chat in chats for line in telling.objection(chat, chat.objections() if strict else ())]
        if gaps:
            lines += ["A person saw or heard gaps, where a variable rendered empty:", *gaps]
            lines.append("If the test means it: `with studio.lenient():`, or strict=False.")
        unmet = self.decisions.unmet(origin)
        if unmet:
            lines.append("These were decided for widgets, and not met:")
        for made in unmet:
            made.judged = True
            lines.append(made.complaint())
        return lines

    def pending(self) -> list[str]:
        """What a failure report says of decisions that were not met."""
        return [f"not met: {made.text}" for made in self.decisions.unmet()]

    def report(self) -> list[str]:
        """What a failure report says of the running test's chats."""
        self.aside.wait()
        origin = seeds.current()
        return [line for chat in list(self.chats.values()) if chat.origin is origin for line in telling.report(chat)]

    def judged(self) -> None:
        """What there is was judged elsewhere."""
        self.aside.wait()
        for chat in list(self.chats.values()):
            chat.judged()
        for made in self.decisions.made:
            made.judged = True
