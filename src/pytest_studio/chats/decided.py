"""What a test has decided for widgets: how they end, and what servers answer; in order, and counted."""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from pytest_studio import seeds
from pytest_studio.chats.asking import Answer
from pytest_studio.errors import nearest
from pytest_studio.flows.model import Program, State
from pytest_studio.flows.situation import Json
from pytest_studio.wire import Request, Response

__all__ = ["Decided", "Decisions", "answer_of"]


class Decided:
    """One thing that a test has decided for a widget.

    Attributes:
        flow_sid: ``FW…`` of the Flow.
        widget: the widget's name.
        text: the call as the test wrote it.
        times: how often it holds; None: always.
        used: how often it was met.
        judged: whether somebody has complained of it.
    """

    def __init__(
        self,
        flow_sid: str,
        widget: str,
        text: str,
        times: int | None,
        *,
        event: str | None = None,
        variables: Json | None = None,
        answer: Answer | None = None,
    ) -> None:
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 1):
            raise ValueError(f"times is a number of times, 1 or more, or None for always, not {times!r}")
        self.flow_sid = flow_sid
        self.widget = widget
        self.text = text
        self.times = times
        self.event = event
        self.variables = variables
        self.answer = answer
        self.used = 0
        self.judged = False
        self.origin: seeds.Origin = seeds.current()

    @property
    def spent(self) -> bool:
        """Whether it holds no longer."""
        return self.times is not None and self.used >= self.times

    @property
    def unmet(self) -> bool:
        """Whether it was not met as often as it was meant to be."""
        return self.used < (self.times or 1)

    def complaint(self) -> str:
        """What the verdict says of it."""
        met = "" if not self.used else f", met {self.used} of {self.times} times"
        return f"  {self.text}: {self.widget!r} did not come{' so often' if self.used else ''}{met}"


class Decisions:
    """All that a test has decided, in the order of its words."""

    def __init__(self) -> None:
        self.made: list[Decided] = []
        #: (Flow, widget, whether they are answers) -> those that hold still.
        self._open: defaultdict[tuple[str, str, bool], deque[Decided]] = defaultdict(deque)
        self._lock = threading.Lock()

    def add(self, decided: Decided) -> None:
        """Take in one more."""
        with self._lock:
            self.made.append(decided)
            self._open[decided.flow_sid, decided.widget, decided.answer is not None].append(decided)

    def take(self, flow_sid: str, widget: str, *, answers: bool) -> Decided | None:
        """The next that holds for a widget: an answer, or else an outcome; None if there is none."""
        with self._lock:  # chats of several threads may come at once
            holding = self._open.get((flow_sid, widget, answers))
            if not holding:
                return None
            decided = holding[0]
            decided.used += 1
            if decided.spent:
                holding.popleft()
            return decided

    def unmet(self, origin: object = None) -> list[Decided]:
        """What was not met as often as it was meant to be, and nobody has complained of; of one test, or at all."""
        return [d for d in self.made if not d.judged and d.unmet and (origin is None or d.origin is origin)]


def widget_of(program: Program, name: str, method: str) -> State:
    """The widget of a Flow.

    Raises:
        ValueError: it has none of that name; the nearest is named.
    """
    if not isinstance(name, str) or name not in program.states:
        hint = nearest(str(name), program.states) or f"; it has {', '.join(program.states)}"
        raise ValueError(f"{method}({name!r:.60}): the Flow {program.title!r} has no such widget{hint}")
    return program.states[name]


def check_outcome(state: State, event: str, variables: Any) -> None:
    """Refuse an outcome that the widget cannot have.

    Raises:
        ValueError: triggers and splits have none; or the event is not the widget's.
        TypeError: ``variables`` is no dict.
    """
    if state.type in ("trigger", "split-based-on"):
        raise ValueError(f"outcome({state.name!r}, …): a {state.type} decides by itself, from what comes in")
    events = state.events
    if event not in events:
        hint = nearest(str(event), events) or f"; its events are {', '.join(events)}"
        raise ValueError(f"outcome({state.name!r}, {event!r:.60}): {state.type} has no such event{hint}")
    if variables is not None and not isinstance(variables, dict):
        raise TypeError(f"variables is a dict of what the widget leaves, not {type(variables).__name__}")


def answer_of(
    status: int | Callable[[Request], Any], payload: Any, body: str | bytes | None, content_type: str | None
) -> Answer:
    """What answers a request as a test has told: see ``Flow.respond``.

    Raises:
        TypeError: a callable and something else, or a payload and a body.
        ValueError: the status is none of an answer.
    """
    if callable(status):
        if payload is not None or body is not None or content_type is not None:
            raise TypeError("respond takes a callable, or status, json, body and content_type, not both")
        function = status
        return lambda request: _read(function(request))
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        hint = "; the body is json=…" if isinstance(status, (dict, list)) else ""
        raise ValueError(f"status is a number from 200 to 599, or a callable, not {status!r:.60}{hint}")
    if payload is not None and body is not None:
        raise TypeError("respond takes json or body, not both")
    found = _answer(status, payload if payload is not None else body, content_type)
    return lambda request: found


def _read(given: Any) -> Response:
    """What a callable returned: a ``Response``, a status, a body, or both."""
    if isinstance(given, Response):
        return given
    if isinstance(given, int) and not isinstance(given, bool):
        return _answer(given, None, None)
    if isinstance(given, tuple) and len(given) == 2:
        return _answer(given[0], given[1], None)
    return _answer(200, given, None)


def _answer(status: int, body: Any, content_type: str | None) -> Response:
    kind = "" if body is None else "text/plain"
    if isinstance(body, str):
        body = body.encode("utf-8", "replace")
    elif body is not None and not isinstance(body, bytes):
        try:
            body, kind = json.dumps(body).encode(), "application/json"
        except (TypeError, ValueError) as error:
            raise TypeError(f"json is what JSON can hold: {error}") from None
    return Response(status, {"Content-Type": kind if content_type is None else content_type}, body or b"")
