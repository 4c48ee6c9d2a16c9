"""What was called, and whether it was right: the questions a test asks, and the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from pytest_studio import journal, running, seeds
from pytest_studio.errors import StudioVerdict
from pytest_studio.fake.core import Core

__all__ = ["Judging"]


class Judging(Core):
    """``calls``, ``assert_called`` and ``verify``."""

    @property
    def calls(self) -> journal.Calls:
        """All calls, in order; read-only."""
        return self._calls

    def remember_less(self, calls: int) -> None:
        """Remember only the last calls, no events and few chats that have ended, so as to answer for days.

        Args:
            calls: how many calls are kept at least, from here on.
        """
        with self._lock:
            self._calls.keep(calls)
            self._account.tell_nothing()

    def _credentials_are_printed(self) -> None:
        """Let hints lead to the account SID and token that a command has printed, for clients in any language."""
        self._credentials.printed = True

    def _ini_lacks(self, name: str) -> None:
        """Let hints say which setting of ini is missing, for clients that are made before the test."""
        self._credentials.lacking = name

    def calls_to(self, operation: str) -> list[journal.Call]:
        """The calls to an operation, such as ``"v2.CreateExecution"``, or a glob, such as ``"*.ListExecutionStep"``.

        Raises:
            ValueError: no operation has that name; the message has the nearest.
        """
        return self._calls.to(operation)

    def assert_called(self, operation: str, times: int | None = None, **params: Any) -> None:
        """Fail unless an operation was called, with these parameters.

        Args:
            operation: its id, such as ``"v2.CreateExecution"``, or a glob.
            times: how often, exactly; None for at least once.
            **params: names on the wire (``To``, ``FlowSid``, ``PageSize``) -> a value, ``unittest.mock.ANY``, or a
                callable that judges it. JSON parameters are compared by value: ``Parameters={"name": "Ada"}``. The
                resource itself, ``Sid`` in its path, goes by ``FlowSid``, ``ExecutionSid`` or ``StepSid``, too.

        Raises:
            AssertionError: it was not; the message shows the near misses and what differs.
            ValueError: no operation has that name.
        """
        __tracebackhide__ = True
        self._calls.assert_called(operation, times, params)

    @contextmanager
    def lenient(self) -> Iterator[None]:
        """A block whose calls are not judged, for a test that means to send what Studio ignores."""
        self._lenient += 1
        self._tell_leniency()
        try:
            yield
        finally:
            self._lenient -= 1
            self._tell_leniency()

    def _tell_leniency(self) -> None:
        if self._account.stage is not None:
            self._account.stage.lenient = self._lenient

    def verify(self, *, of: object = None) -> None:
        """Give the verdict: faults and answers that were not met, and what Studio answers while ignoring a part.

        Sinks are flushed first; what their callables raised is part of the verdict.

        The plugin does this at the end of each test, the context manager when it is left without an exception.
        What was objected to once is not objected to again.

        Args:
            of: the plugin's: look only at the faults that were asked for in this test.

        Raises:
            StudioVerdict: there is something to object to; an ``AssertionError``.
        """
        __tracebackhide__ = True
        judged, self._judged = self._judged, len(self._calls)
        calls = [(number, call) for number, call in enumerate(self._calls[judged:], judged + 1) if call.remarks]
        lines = self._settle() + self._unmet(of)
        if self._account.stage is not None:
            lines += self._account.stage.objections(self._strict, of)
        if calls:
            lines.append("Studio answers these calls, but ignores a part of them:")
        for number, call in calls[: journal.SHOWN // 2]:
            lines.append(f"  call {number}, {call.operation} -> {call.status}")
            lines += [f"      {remark}" for remark in call.remarks]
        if calls:
            seeds.current().judged = True
            lines.append(
                "If the test means it: `with studio.lenient():`, or @pytest.mark.studio(allow=[…]), or (strict=False)."
            )
        if lines:
            raise StudioVerdict("\n".join(lines))

    def _unmet(self, of: object) -> list[str]:
        """What is to be said of faults and answers that were not met."""
        rules = self._faults.unmet(of)
        if not rules:
            return []
        lines = ["These were asked for, and not met:"]
        for rule in rules:
            rule.judged = True
            lines += rule.complaint(list(self._calls))
        lines.append("If it need not be met: optional=True.")
        return lines

    def talks(self) -> list[str]:
        """What the failure report of the running test says of its chats."""
        return [] if self._account.stage is None else self._account.stage.report()

    def story(
        self, origin: seeds.Origin, before: int = 0, *, remarks: bool = True, hints: Iterable[str] = ()
    ) -> list[str]:
        """What a failure report says: the calls, the chats, what was not met, and deliveries that were given up.

        Args:
            origin: the test that failed.
            before: how many calls came before those that are told.
            remarks: whether to tell what of a call was ignored.
            hints: what else is said of the calls.
        """
        lines = journal.report(self._calls[before:], before, remarks=remarks) or ["no calls reached the studio"]
        lines += [*hints, *self.talks()]
        lines += [f"not met: {rule.text}" for rule in self._faults.unmet()]
        if self._account.stage is not None:
            lines += self._account.stage.pending()
        return lines + self._undelivered(origin)

    def _tell(self, error: BaseException) -> None:
        """Add the story to an error that leaves the studio where nobody reports it: under ``unittest``, in a notebook.

        Python has such notes from 3.11 on.
        """
        add_note = getattr(error, "add_note", None)
        if running.origin is None and isinstance(error, Exception) and add_note is not None:
            add_note("\n".join(["pytest-studio:", *self.story(seeds.current())]))

    def judged(self) -> None:
        """Say that the calls so far have been judged elsewhere: leaving the studio does not judge them again."""
        self._judged = len(self._calls)
        for rule in self._faults.rules:
            rule.judged = True
        for sink in self._sinks:
            sink.judged()
        if self._account.stage is not None:
            self._account.stage.judged()
