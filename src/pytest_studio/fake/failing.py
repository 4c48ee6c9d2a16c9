"""What goes wrong with Studio: faults, answers of the test's own, and the passing of time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from pytest_studio import api, seeds
from pytest_studio.api import Answer
from pytest_studio.fake.core import Core
from pytest_studio.faults import Limit, Rule, StepLog, failure_of, reply_of
from pytest_studio.resources import Step
from pytest_studio.wire import Request
from pytest_studio.wording import shorten

__all__ = ["Failing"]


class Failing(Core):
    """``fail``, ``slow``, ``rate_limit``, ``lose_steps``, ``delay_step``, ``answer`` and ``advance``."""

    def fail(
        self,
        operation: str = "*",
        *,
        where: Mapping[str, Any] | None = None,
        after: int = 0,
        times: int | None = 1,
        status: int | None = None,
        code: int | None = None,
        details: Mapping[str, Any] | None = None,
        retry_after: float | str | None = None,
        body: Any = None,
        exception: Literal["timeout", "connection", "truncated"] | None = None,
        applied: bool = False,
        optional: bool = False,
    ) -> None:
        """Let calls fail. Faults with a number of ``times`` take turns, in the order they were asked for.

        Args:
            operation: an id such as ``"v2.ListExecutionStep"``, a glob such as ``"*.ListExecutionStep"``, or ``"*"``.
            where: only calls with these parameters: name on the wire -> a value, ``unittest.mock.ANY`` or a callable
                that judges it. ``FlowSid``, ``ExecutionSid`` and ``StepSid`` also aim at the resource itself.
            after: how many such calls pass first: ``after=4`` lets the fifth page fail.
            times: how many fail; None: all from then on.
            status: HTTP status from 200 to 599; without it that of ``code``, else 500.
            code: Twilio's error code; without it that of ``status``, where it has one: a 500 has none in its body.
            details: ``details`` of the answer, a dict.
            retry_after: the ``Retry-After`` header: seconds, or a date as text. Without it there is none.
            body: the whole body instead: text or bytes as they are (HTML, JSON that breaks off, ``""``), else as JSON.
            exception: no answer at all, which becomes the client library's own exception: ``"timeout"`` (no
                connection in time), ``"connection"`` (no connection), ``"truncated"`` (the body breaks off).
            applied: Studio does what was asked all the same, and the answer is lost: with ``exception`` a timeout is
                a read timeout, and a connection breaks after the request; with nothing else, a read timeout.
            optional: whether the verdict is silent when it was not met.

        Raises:
            ValueError: an unknown operation or parameter (the nearest is named); a number that is out of range or
                none, such as ``status="503"``; values that exclude each other.
            TypeError: ``where`` or ``details`` is no dict, ``applied`` or ``optional`` neither True nor False.
        """
        text = _said(
            "fail",
            () if operation == "*" else (operation,),
            where=where,
            after=after or None,
            times=None if times == 1 else "None" if times is None else times,
            status=status,
            code=code,
            details=details,
            retry_after=retry_after,
            body=body,
            exception=exception,
            applied=applied or None,
        )
        if not isinstance(applied, bool):
            raise TypeError(f"applied is True or False, not {applied!r:.60}")
        reply, failure = failure_of(status, code, details, retry_after, body, exception, applied)
        self._add_rule(text, operation, where, after, times, optional, reply=reply, failure=failure, applied=applied)

    def answer(
        self,
        operation: str,
        payload: Any,
        status: int | None = None,
        times: int | None = 1,
        where: Mapping[str, Any] | None = None,
        optional: bool = False,
    ) -> None:
        """Give an answer of the test's own; nothing is stored or changed. It takes its turn among the faults.

        Args:
            operation: an id such as ``"v2.FetchExecution"``, or a glob for operations with one schema.
            payload: the parsed JSON of the answer; None where it has no body. Checked against the schema first.
            status: HTTP status; without it the documented one. 400 and over is checked against ``error``.
            times: how many calls are answered so, before the studio answers by what is stored; None: all.
            where: only calls with these parameters, as in ``fail``.
            optional: whether the verdict is silent when it was not asked for.

        Raises:
            ConformanceError: the payload departs from the schema; for bad data use ``fail(…, body=…)``.
            ValueError: an unknown operation or parameter (the nearest is named); a number that is out of range or none.
            TypeError: the payload is a text, ``where`` no dict, or ``optional`` neither True nor False.
        """
        text = _said("answer", (operation, payload), status=status, times=None if times == 1 else times, where=where)
        reply = reply_of(operation, payload, status)
        self._add_rule(text, operation, where, 0, times, optional, reply=reply, own=True)

    def slow(
        self,
        operation: str,
        seconds: float,
        *,
        where: Mapping[str, Any] | None = None,
        after: int = 0,
        times: int | None = None,
        optional: bool = False,
    ) -> None:
        """Let answers take long. In process nothing sleeps: the studio's clock moves, or the client's timeout ends it.

        A client that waits less than ``seconds`` gets its own read timeout, though Studio has done what was asked.
        Over a socket (``studio_server``, ``studio_proxy``) the answer really comes so late. Deadlines around a call
        (``asyncio.timeout``, ``asyncio.wait_for``) do not see a time that does not pass: give the client a timeout.

        Args:
            operation: an id, a glob, or ``"*"``.
            seconds: how long answers take.
            where: only calls with these parameters, as in ``fail``.
            after: how many such calls are fast first.
            times: how many are slow, which then is their turn among the faults; None: all, beside other faults.
            optional: whether the verdict is silent when no call was slow.

        Raises:
            ValueError: an unknown operation or parameter; ``seconds`` is no number above 0, such as ``"30"``.
            TypeError: ``where`` is no dict, or ``optional`` neither True nor False.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 0 < seconds < 10**9:
            raise ValueError(f"seconds is a number above 0, not {seconds!r:.60}")
        text = _said("slow", (operation, seconds), where=where, after=after or None, times=times)
        self._add_rule(text, operation, where, after, times, optional, delay=float(seconds))

    def rate_limit(self, per_second: float, operation: str = "*", *, retry_after: float | None = None) -> None:
        """Answer 429 (code 20429) to what goes beyond a number of requests within one second of the studio's clock.

        A fixed clock (``now=``) stands still, so all calls fall into one second until ``advance``.

        Args:
            per_second: how many pass in a second; Studio starts at most 20 Executions a second by REST.
            operation: an id such as ``"v2.CreateExecution"``, a glob, or ``"*"`` for all together.
            retry_after: the ``Retry-After`` header in seconds; without it there is none.

        Raises:
            ValueError: an unknown operation; ``per_second`` is no number above 0, such as ``"20"``.
        """
        text = f"by {_said('rate_limit', (per_second, *((operation,) if operation != '*' else ())))}"
        with self._lock:
            wait = None if retry_after is None else f"{retry_after:g}"
            self._faults.limits.append(Limit(text, operation, per_second, wait))

    def lose_steps(self, rate: float | None = None, where: Mapping[str, Any] | None = None) -> None:
        """Let Steps be missing in the API: Studio logs them as well as it can. Contexts are as they would have been.

        Args:
            rate: the share that is lost, from 0 to 1, drawn from the seed; None: all that ``where`` says.
            where: only Steps with these fields (``name``, ``transitioned_from``, ``execution_sid`` …): name -> a
                value, or a callable that judges it. Steps that are stored later count, too.

        Raises:
            ValueError: neither is given, or ``rate`` is no number from 0 to 1.
            TypeError: an unknown field; the nearest is named.
        """
        if rate is None and where is None:
            raise ValueError("lose_steps wants a rate, as in lose_steps(0.1), or where={…}, or both")
        with self._lock:
            self._step_log().lose(1.0 if rate is None else rate, where, _said("lose_steps", (), rate=rate, where=where))

    def delay_step(self, step: Step | str, seconds: float) -> None:
        """Let a Step show in the API only after a while of the studio's clock; see ``advance``.

        Args:
            step: the record or its SID.
            seconds: from now.

        Raises:
            ValueError: no such Step, or ``seconds`` is no number above 0.
        """
        if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not seconds > 0:
            raise ValueError(f"seconds is a number above 0, not {seconds!r:.60}")
        with self._lock:
            found = self._account.steps.get(step.sid if isinstance(step, Step) else step)
            if found is None:
                raise ValueError(f"{step!r:.60} is no Step of this studio")
            self._step_log().delay(found, seconds, _said("delay_step", (found.sid, seconds)))

    def advance(
        self,
        delta: timedelta | float | None = None,
        *,
        days: float = 0,
        hours: float = 0,
        minutes: float = 0,
        seconds: float = 0,
    ) -> None:
        """Move the studio's clock ahead, and with it dates, the retention, and waits of Flows. Nothing waits.

        Args:
            delta: a ``timedelta``, or seconds.
            days: and/or hours, minutes, seconds, which add up.
            hours: see ``days``.
            minutes: see ``days``.
            seconds: see ``days``.

        Raises:
            ValueError: it would go back, or beyond the year 9999.
            TypeError: nothing is said, or something else than a ``timedelta`` or numbers.
        """
        total = 0.0
        given = {"delta": delta, "days": days, "hours": hours, "minutes": minutes, "seconds": seconds}
        for name, value in given.items():
            if isinstance(value, timedelta) and name == "delta":
                total += value.total_seconds()
            elif value is not None:
                if isinstance(value, bool) or not isinstance(value, (int, float)):
                    if name != "delta":
                        raise TypeError(f"{name} is a number, not {value!r:.60}")
                    words = f"delta is a number of seconds or a timedelta, not {value!r:.60}"
                    raise TypeError(f"{words}; other units go by name, as in hours=1")
                total += value * {"days": 86_400, "hours": 3_600, "minutes": 60}.get(name, 1)
        if delta is None and not (days or hours or minutes or seconds):
            raise TypeError("advance wants a timedelta or a number of seconds, or days=, hours=, minutes=, seconds=")
        if self._account.stage is None:
            self._move_clock(total)
        else:
            self._account.stage.advance(total, self._move_clock)

    def _move_clock(self, seconds: float) -> None:
        with self._lock:
            self._account.clock.advance(seconds)
            self._account.expire()

    def _add_rule(self, text: str, operation: str, *where_to_optional: Any, **outcome: Any) -> None:
        if not isinstance(where_to_optional[-1], bool):
            raise TypeError(f"optional is True or False, not {where_to_optional[-1]!r:.60}")
        rule = Rule(text, operation, *where_to_optional, **outcome, origin=seeds.current())
        with self._lock:
            self._faults.rules.append(rule)

    def _step_log(self) -> StepLog:
        if self._steps_withheld is None:
            self._steps_withheld = StepLog(
                f"{self._account.sid}/{self._account.source.seed}", self._account.clock.exact
            )
            self._account.withheld = self._steps_withheld.withheld
        return self._steps_withheld

    def _ask(self, request: Request) -> Answer:
        """Answer a request by the faults it meets, else as the API does."""

        def ask() -> Answer:
            return api.answer(self._account, self._credentials, request, self._allow)

        if not self._faults:
            return ask()
        refused = self._credentials.refuse(request.header("Authorization")) is not None
        return self._faults.answer(self._account, request, refused, ask)


def _said(method: str, positional: tuple[Any, ...], **named: Any) -> str:
    """The call as the test wrote it, for reports."""
    parts = [shorten(value, 80) for value in positional]
    parts += [
        f"{name}={value if value == 'None' else shorten(value, 80)}"
        for name, value in named.items()
        if value is not None
    ]
    return f"{method}({', '.join(parts)})"
