"""Delivery of events: at least once, tried again where Twilio would, out of order if that is asked for.

Follows https://www.twilio.com/docs/events/event-delivery. Nothing sleeps, and nothing waits without an end.
"""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from copy import deepcopy
from random import Random
from typing import Any

from pytest_studio import seeds
from pytest_studio.account import Account
from pytest_studio.cloudevents import EXECUTION_ENDED
from pytest_studio.events.answering import is_async, status_of
from pytest_studio.events.log import Events
from pytest_studio.events.signing import sign, split
from pytest_studio.wire import Request, Response

__all__ = ["ATTEMPTS", "BATCH", "BRIEFLY", "TIMEOUT", "Delivery", "Sink", "in_event_loop", "patience"]

Json = dict[str, Any]

#: How often a delivery is tried. Twilio goes on for four hours.
ATTEMPTS = 5
#: Events that one request of a batching sink holds at the most.
BATCH = 100
#: Seconds that a receiver has for its answer.
TIMEOUT = 5.0
#: After so many timeouts in a row a receiver is taken for dead, and what follows is given up untried.
SILENCES = 3
#: Seconds that ``flush`` waits for another thread's deliveries: longer than a dead receiver can take.
PATIENCE = TIMEOUT * (SILENCES + 1)
#: Seconds that an event loop is let stand still for what other threads send, and a test that is over waits for it.
BRIEFLY = 2.0
#: Characters of an exception's message that a report shows.
SHOWN = 160
_HERE = os.path.dirname(__file__)


class Delivery:
    """One request of a sink, or one call of its callable, with all attempts at it.

    Attributes:
        events: what was delivered, as dicts.
        attempts: how often it was tried.
        status: that of the last answer; None if there was none, or if a callable returned no answer.
        exception: what came instead of the last answer, or what the callable raised; None otherwise.
        request: the signed request; None for a callable.
        delivered: whether the receiver has it: it answered 2xx, or the callable returned and had no answer.
        given_up: whether it is not tried any more.
    """

    __slots__ = ("attempts", "delivered", "events", "exception", "given_up", "origin", "request", "status", "told")

    def __init__(self, events: list[Json], request: Request | None) -> None:
        self.events: list[Json] = events
        self.request: Request | None = request
        self.attempts: int = 0
        self.status: int | None = None
        self.exception: Exception | None = None
        self.delivered: bool = False
        self.given_up: bool = False
        #: The test that it belongs to, for its report.
        self.origin: seeds.Origin = seeds.current()
        #: Whether a verdict has told of it, so that the report need not.
        self.told: bool = False

    def __repr__(self) -> str:
        return f"<Delivery of {self.what()}: {self.outcome()}>"

    def what(self) -> str:
        """The events in short."""
        types = [event["type"].removeprefix("com.twilio.studio.flow.") for event in self.events]
        if len(types) == 1:
            return f"{types[0]} {self.events[0]['id']}"
        return f"{len(types)} events ({', '.join(types[:3])}{' …' * (len(types) > 3)})"

    def outcome(self) -> str:
        """What came of it, in short."""
        tried = f"after {self.attempts} attempt{'s' * (self.attempts != 1)}"
        last = "" if self.status is None else f", answered {self.status}"
        if self.exception is not None:
            last = f", {type(self.exception).__name__}: {_in_short(str(self.exception))}"
        state = "delivered" if self.delivered else "given up" if self.given_up else "not delivered yet"
        return f"{state} {tried}{last}"


class Sink:
    """Where events are sent: see ``FakeStudio.sink``, which makes it.

    Args:
        account: whose events, from now on.
        auth_token: what requests are signed with.
        target: a url, or a callable.
        batch: whether several events go together, as a list.
        duplicates: whether some deliveries are made twice.
        shuffle: whether events come out of order.
        rng: decides which.
        post: sends a request: an ``OSError`` is no answer, a ``TimeoutError`` none in time.
    """

    def __init__(
        self,
        account: Account,
        auth_token: str,
        target: str | Callable[[Any], object],
        *,
        batch: bool,
        duplicates: bool,
        shuffle: bool,
        rng: Random,
        post: Callable[[Request], Response],
    ) -> None:
        if isinstance(target, str):
            split(target)  # refuses what is no url
        elif not callable(target):
            raise TypeError(f"a sink is a url or a callable, not {type(target).__name__}: {target!r:.80}")
        elif is_async(target):
            raise TypeError("a sink's callable is called, not awaited: give a plain function, or the url of a server")
        for name, flag in (("batch", batch), ("duplicates", duplicates), ("shuffle", shuffle)):
            if not isinstance(flag, bool):
                raise TypeError(f"{name} is True or False, not {type(flag).__name__}: {flag!r:.60}")
        self.target = target
        self._account = account
        self._auth_token = auth_token
        self._batch = batch
        self._duplicates = duplicates
        self._shuffle = shuffle
        self._rng = rng
        self._post = post
        self._seen = len(account.happened)
        self._held: list[Json] = []
        self._release = False
        self._queue: deque[Delivery] = deque()
        self._made: list[Delivery] = []
        #: How many of them the test has looked at, or the verdict has told of.
        self._known = 0
        self._raised: list[BaseException] = []
        self._silences = 0
        self._closed = False
        #: The thread that delivers: another one that has something to deliver leaves it to that.
        self._sender: threading.Thread | None = None
        self._guard = threading.Lock()
        self._idle = threading.Event()
        self._idle.set()

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """All deliveries begun so far, oldest first; of duplicates, each."""
        self._known = len(self._made)
        return tuple(self._made)

    @property
    def given_up(self) -> tuple[Delivery, ...]:
        """The deliveries that did not succeed. Those that a test has not looked at are in its verdict."""
        self._known = len(self._made)
        return tuple(self._lost())

    def _lost(self, since: int = 0) -> list[Delivery]:
        return [delivery for delivery in self._made[since:] if delivery.given_up]

    def __repr__(self) -> str:
        state, made = "closed, " if self._closed else "", len(self._made)
        target = split(self.target)[0] if isinstance(self.target, str) else self.target  # no password in a report
        return f"<Sink {target}: {state}{made} deliver{'y' if made == 1 else 'ies'}, {len(self._lost())} given up>"

    def close(self) -> None:
        """Send nothing more: neither what happens from now on, nor what has not been sent yet."""
        with self._guard:
            self._closed = True
            self._queue.clear()
            self._held.clear()

    def flush(self, timeout: float = PATIENCE) -> None:
        """Send what has not been sent yet, and wait for what other threads are sending.

        Inside of a running event loop, whose receivers could not answer meanwhile: ``await
        asyncio.to_thread(sink.flush)``.

        Args:
            timeout: seconds to wait for other threads at the most.

        Raises:
            TimeoutError: they were not done by then.
            BaseException: what the callable raised meanwhile or before, the first of it, once.
        """
        if not self.settle(timeout):
            raise TimeoutError(f"{self!r} has not sent all within {timeout:g} seconds")
        raised, self._raised = self._raised, []
        if raised:
            raise raised[0]

    def settle(self, timeout: float) -> bool:
        """As ``flush``, but raises nothing: whether all was sent."""
        with self._guard:
            self._release = True
        self.deliver()
        if self._sender is threading.current_thread():  # called by the receiver
            return True
        return self._idle.wait(timeout)

    def wait(self, timeout: float) -> None:
        """Wait for what another thread is sending right now."""
        if self._sender is not threading.current_thread():
            self._idle.wait(timeout)

    def deliver(self) -> None:
        """Send what has happened since the last time, unless another thread is sending: then that one sends it.

        Requests are not sent in the thread of a running event loop, which would stand still: a thread of its own does.
        Callables are called there, unless the loop is that of a server, whose clients they may be.
        """
        if self._closed:
            return
        here = not isinstance(self.target, str) and threading.current_thread() is threading.main_thread()
        if not here and in_event_loop():
            thread = threading.Thread(target=self._send_all_behind, name="pytest-studio events", daemon=True)
            if self._takes_over(thread):
                thread.start()
        elif self._takes_over(threading.current_thread()):
            self._send_all()

    # -- what to send ---------------------------------------------------------------------------------------

    def _takes_over(self, thread: threading.Thread) -> bool:
        """Whether there is something to send and nobody who does; then ``thread`` does."""
        with self._account.turn.lock, self._guard:  # within a turn there may be what is rolled back
            if self._sender is not None:
                return False
            self._gather()
            if not self._queue:
                return False
            self._sender = thread
            self._idle.clear()
            return True

    def _next(self) -> Delivery | None:
        """The next delivery; when there is none, nobody is the sender any more."""
        with self._account.turn.lock, self._guard:
            self._gather()
            if self._queue:
                return self._queue.popleft()
            self._sender = None
            self._idle.set()
            return None

    def _gather(self) -> None:
        """Put what has happened since into the queue."""
        if self._closed:
            return
        release, self._release = self._release, False
        events = self._held + Events(self._account)[self._seen :]
        self._seen = len(self._account.happened)
        self._held = []
        if not events:
            return
        if self._shuffle:
            if len(events) == 1 and not release and events[0]["type"] != EXECUTION_ENDED and self._rng.random() < 0.5:
                self._held = events  # for what comes next to overtake it
                return
            events = _shuffled(events, self._rng)
        size = BATCH if self._batch else 1
        made = [self._delivery(events[at : at + size]) for at in range(0, len(events), size)]
        if self._duplicates:
            made = self._with_duplicates(made)
        self._queue.extend(made)

    def _delivery(self, events: list[Json]) -> Delivery:
        request = None
        if isinstance(self.target, str):
            request = sign(self._auth_token, self.target, events if self._batch else events[0])
        return Delivery(events, request)

    def _with_duplicates(self, made: list[Delivery]) -> list[Delivery]:
        """About every second delivery twice, the first one of a sink always."""
        doubled: list[Delivery] = []
        for delivery in made:
            doubled.append(delivery)
            if not (self._made or len(doubled) > 1) or self._rng.random() < 0.5:
                at = self._rng.randrange(len(doubled) + 1) if self._shuffle else len(doubled)
                doubled.insert(at, Delivery(deepcopy(delivery.events), delivery.request))
        return doubled

    # -- sending --------------------------------------------------------------------------------------------

    def _send_all(self) -> None:
        try:
            while (delivery := self._next()) is not None:
                self._made.append(delivery)
                self._send(delivery)
        except BaseException:  # what is no Exception passes through: pytest.fail() in a callable, an interrupt
            with self._guard:
                self._sender = None
                self._idle.set()
            raise

    def _send_all_behind(self) -> None:
        try:
            self._send_all()
        except BaseException as error:  # there is nobody whom it would reach
            self._raised.append(error)

    def _send(self, delivery: Delivery) -> None:
        """Try a delivery until it succeeds, fails for good, or has been tried often enough."""
        while delivery.attempts < ATTEMPTS and not self._closed:
            if self._silences >= SILENCES:
                delivery.exception = TimeoutError(f"not tried: the receiver let {SILENCES} requests in a row time out")
                break
            delivery.attempts += 1
            delivery.status = delivery.exception = None
            try:
                delivery.status = self._try(delivery)
            except Exception as error:
                delivery.exception = error
                if isinstance(error, OSError) and delivery.request is not None:  # no answer
                    self._silences += isinstance(error, TimeoutError)
                    continue
                self._raised.append(error)
                break
            self._silences = 0
            status = delivery.status
            if status is None or 200 <= status < 300:
                delivery.delivered = True
                return
            if status != 429 and status < 500:
                break
        delivery.given_up = True

    def _try(self, delivery: Delivery) -> int | None:
        if delivery.request is not None:
            return self._post(delivery.request).status
        events = deepcopy(delivery.events)  # what the callable does to them is its own affair
        assert callable(self.target)
        return status_of(self.target(events if self._batch else events[0]))

    # -- what reports say -----------------------------------------------------------------------------------

    def complaints(self) -> list[str]:
        """What the verdict says of a callable's exceptions and of what was given up unseen, and never again."""
        raised, lost = self._raised, self._lost(self._known)
        self.judged()
        lines: list[str] = []
        for error in raised[:3]:
            lines.append(f"{self!r} was handed an event, and raised:")
            text = "".join(traceback.format_exception(type(error), error, _theirs(error)))
            lines += [f"  {line}" for line in text.rstrip().splitlines()]
        if len(raised) > 3:
            lines.append(f"  and {len(raised) - 3} more")
        for delivery in lost:
            delivery.told = True
        refused = [  # that a callable, or a mock, raised is told above
            delivery
            for delivery in lost
            if delivery.exception is None or (delivery.request is not None and isinstance(delivery.exception, OSError))
        ]
        if refused:
            lines += [f"{self!r}:", *_told(refused), "If the test means it, let it look at .given_up of the sink."]
        return lines

    def judged(self) -> None:
        """Let no verdict tell of what came of it so far."""
        self._raised, self._known = [], len(self._made)

    def failures(self, origin: object) -> list[str]:
        """What the failure report of a test says of deliveries that were given up, but for those of a verdict."""
        lost = [delivery for delivery in self._lost() if delivery.origin is origin and not delivery.told]
        return [f"{self!r}:", *_told(lost)] if lost else []


def _told(lost: Sequence[Delivery]) -> list[str]:
    """A line a delivery that was given up, as far as ten go."""
    lines = [f"  {delivery.what()}: {delivery.outcome()}" for delivery in lost[:10]]
    return [*lines, f"  and {len(lost) - 10} more"] if len(lost) > 10 else lines


def _in_short(text: str) -> str:
    """What an exception says, in one line; a long one between words without its middle, for the cause comes last."""
    line = " ".join(text.split())
    if len(line) <= SHOWN:
        return line
    head, tail = line[: SHOWN * 2 // 3], line[-SHOWN // 3 :]
    return f"{head.rpartition(' ')[0] or head} … {tail.partition(' ')[2] or tail}"


def _shuffled(events: Sequence[Json], rng: Random) -> list[Json]:
    """The events in another order than they came in, if there is one."""
    mixed = list(events)
    rng.shuffle(mixed)
    return mixed[1:] + mixed[:1] if mixed == list(events) else mixed


def _theirs(error: BaseException) -> Any:
    """The traceback of an exception, from where this package was left; None if it was raised in here."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename.startswith(_HERE):
        trace = trace.tb_next
    return trace


def patience() -> float:
    """Seconds that somebody waits for what other threads send: fewer in an event loop, which stands still meanwhile."""
    return BRIEFLY if in_event_loop() else 20.0


def in_event_loop() -> bool:
    """Whether this thread runs an event loop of asyncio; not asked of asyncio unless somebody has imported it."""
    asyncio = sys.modules.get("asyncio")
    return asyncio is not None and asyncio._get_running_loop() is not None
