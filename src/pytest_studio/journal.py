"""What was called: the record of each call, the questions a test asks of it, and the words of reports."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, overload

from pytest_studio import clock
from pytest_studio.errors import nearest
from pytest_studio.operations import OPERATIONS, fuller, named, param_names
from pytest_studio.resources import Execution, Flow, Step
from pytest_studio.wire import Request, Response
from pytest_studio.wording import counted, shorten

__all__ = ["Call", "Calls", "report", "same"]

#: Calls that a report shows at the most: the first and the last of them; and as many refused ones in between.
SHOWN = 30


class Call:
    """One call that a studio answered or refused.

    Attributes:
        operation: ``"v2.FetchExecutionStep"``; None when the path is no operation.
        method: the HTTP method.
        path: the url's path.
        params: path, query and form together, by their names on the wire; repeated ones are lists.
        headers: those of the request.
        time: when it came, by the studio's clock, as an aware ``datetime``.
        status: that of the answer; None if there was none.
        response: the answer; None if there was none.
        why: what a report says of a refusal: the nearest thing that would have worked.
        remarks: what a strict studio objects to.
    """

    __slots__ = ("_moment", "operation", "params", "path", "remarks", "request", "response", "why")

    def __init__(
        self,
        request: Request,
        path: str,
        moment: int,
        *,
        operation: str | None = None,
        params: dict[str, Any] | None = None,
        response: Response | None = None,
        why: str | None = None,
        remarks: Sequence[str] = (),
    ) -> None:
        self.request: Request = request
        self.path: str = path
        self._moment = moment
        self.operation: str | None = operation
        self.params: dict[str, Any] = params or {}
        self.response: Response | None = response
        self.why: str | None = why
        self.remarks: Sequence[str] = remarks

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.request.method

    @property
    def headers(self) -> Mapping[str, str]:
        """The request's headers."""
        return self.request.headers

    @property
    def time(self) -> datetime:
        """When it came, in UTC."""
        return clock.to_datetime(self._moment)

    @property
    def status(self) -> int | None:
        """The answer's status."""
        return None if self.response is None else self.response.status

    def __repr__(self) -> str:
        return f"<Call {self.operation or f'{self.method} {self.path}'} -> {self.status}>"


class Calls(Sequence[Call]):
    """The calls of a studio, in order: a read-only sequence.

    Args:
        calls: those there are.
        secrets: the studio's own credentials, which no file has in it.
    """

    def __init__(self, calls: list[Call] | None = None, secrets: Sequence[str] = ()) -> None:
        self._calls = [] if calls is None else calls
        self._secrets = secrets
        self._most: int | None = None

    @overload
    def __getitem__(self, index: int) -> Call: ...
    @overload
    def __getitem__(self, index: slice) -> Calls: ...
    def __getitem__(self, index: int | slice) -> Call | Calls:
        return Calls(self._calls[index], self._secrets) if isinstance(index, slice) else self._calls[index]

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(list(self._calls))

    def __repr__(self) -> str:
        shown = ", ".join(call.operation or call.path for call in self[:5])
        return f"<{len(self)} calls: {shown}{' …' * (len(self) > 5)}>"

    def record(self, call: Call) -> None:
        """Add a call."""
        self._calls.append(call)
        if self._most is not None and len(self._calls) >= 2 * self._most:
            del self._calls[: -self._most]

    def keep(self, most: int) -> None:
        """Forget all but the last ``most`` calls from here on, now and then: for a studio that answers for days."""
        self._most = most

    def to_har(self, path: str | os.PathLike[str]) -> None:
        """Write the calls to a HAR 1.2 file, for other tools, ``pytest-studio check`` and ``load``: no credentials.

        A call without an answer has the status 0 there, and a comment that says why.

        Args:
            path: where to write, from the working directory.
        """
        from pytest_studio.recordings.har import write_har

        write_har(self, path, self._secrets)

    def to(self, operation: str) -> list[Call]:
        """The calls to an operation, or to those that a glob such as ``"*.ListExecutionStep"`` stands for.

        Raises:
            ValueError: no operation has that name; the message has the nearest.
        """
        ids = named(operation)
        return [call for call in self if call.operation in ids]

    def assert_called(self, operation: str, times: int | None, params: dict[str, Any]) -> None:
        """Fail unless the operation was called with these parameters.

        Args:
            operation: its id, such as ``"v2.CreateExecution"``, or a glob.
            times: how often, exactly; None for at least once.
            params: names on the wire -> a value, ``unittest.mock.ANY``, or a callable that judges it. JSON
                parameters are compared by value, numbers with their text. What a path has as ``Sid`` goes by the
                name of its resource, too: ``FlowSid``.

        Raises:
            AssertionError: it was not; the message shows the near misses and what differs.
            ValueError: no operation has that name, or the operation no parameter of a name.
        """
        __tracebackhide__ = True
        if times is not None and (isinstance(times, bool) or not isinstance(times, int) or times < 0):
            raise ValueError(f"times is a number of calls, 0 or more, or None for at least once, not {times!r}")
        made = self.to(operation)
        known = param_names(named(operation))
        for name in params:
            if name not in known and not any(name in call.params for call in made):
                raise ValueError(f"{name!r} is no parameter of {operation}{nearest(name, known)}")
        differing = [(call, _differences(call, params)) for call in made]
        hits = sum(not differences for _, differences in differing)
        if hits == times or (times is None and hits):
            return
        wanted = "at least once" if times is None else f"{times} time{'s' * (times != 1)}"
        with_ = f" with {_listed(params)}" if params else ""
        lines = [f"expected {operation}{with_} {wanted}; it came {hits} time{'s' * (hits != 1)}"]
        too_many = times is not None and hits > times  # then those that match are of interest, too
        near = sorted((pair for pair in differing if pair[1] or too_many), key=lambda pair: len(pair[1]))
        for call, differences in near[:5]:
            lines.append(f"  {_line(call)}")
            lines += [f"      {difference}" for difference in differences]
        if len(near) > 5:
            lines.append(f"  and {len(near) - 5} more")
        if not made:
            others = dict.fromkeys(call.operation or f"{call.method} {call.path}" for call in self)
            lines.append(f"  called were: {', '.join(others)}" if others else "  nothing was called at all")
            same = [o for o in others if o in OPERATIONS and o.partition(".")[2] == operation.partition(".")[2]]
            if same:
                lines.append(f"  the other version came: {same[0]}")
        raise AssertionError("\n".join(lines))


def _differences(call: Call, wanted: dict[str, Any]) -> list[str]:
    came = call.params
    got = {**fuller(call.operation, came), **came}
    found = []
    for name, value in wanted.items():
        if name not in got:
            close = [key for key in got if key.replace("_", "").lower() == name.replace("_", "").lower()]
            found.append(
                f"{name} is missing" + (f" ({close[0]} came)" if close else f"; there are {', '.join(came) or 'none'}")
            )
        elif not same(value, got[name]):
            found.append(f"{name} is {shorten(got[name])}, expected {shorten(value)}")
    return found


def same(wanted: Any, got: Any) -> bool:
    """Whether a parameter as it came on the wire is the wanted one: by value, by judgement, or as JSON.

    A record stands for its SID.
    """
    if isinstance(wanted, (Flow, Execution, Step)):
        wanted = wanted.sid
    if wanted == got:
        return True
    if callable(wanted):
        return bool(wanted(got))
    if isinstance(got, str) and not isinstance(wanted, str):
        try:
            return bool(json.loads(got) == wanted)
        except ValueError:
            return False
    if isinstance(got, list) and isinstance(wanted, (tuple, str)):
        return got == ([wanted] if isinstance(wanted, str) else list(wanted))
    return False


def _listed(params: dict[str, Any]) -> str:
    return ", ".join(f"{name}={shorten(value, 70)}" for name, value in params.items())


def _line(call: Call) -> str:
    operation = call.operation or f"{call.method} {shorten(call.path)[1:-1]}"
    status = "no answer" if call.status is None else str(call.status)
    arguments = f"({_listed(call.params)})" if call.operation else ""
    return f"{operation}{arguments} -> {status}{_rows(call)}"


def _rows(call: Call) -> str:
    """What a page held: ``, 3 steps, newest first``."""
    key = OPERATIONS[call.operation].key if call.operation else None
    if key is None or call.response is None or call.response.status != 200:
        return ""
    try:
        count = len(call.response.json()[key])
    except (ValueError, KeyError, TypeError):
        return ""
    return f", {counted(count, key[:-1])}" + (", newest first" if count > 1 else "")


def report(calls: Iterable[Call], skipped: int = 0, *, remarks: bool = True) -> list[str]:
    """The lines that a failure report shows of calls: operation, parameters, status; what was refused and why.

    Args:
        calls: which.
        skipped: how many came before them, for their numbers.
        remarks: whether to tell what of a call was ignored; not where a verdict tells it already.
    """
    lines = []
    made = list(calls)
    first, last = SHOWN // 2, max(SHOWN // 2, len(made) - SHOWN // 2)
    refused = {index for index in range(first, last) if made[index].why}
    shown = {*range(first), *sorted(refused)[:SHOWN], *range(last, len(made))}
    hidden = 0
    for index, call in enumerate(made):
        if index not in shown:
            hidden += 1
            continue
        if hidden:
            lines.append(f"  … {counted(hidden, 'more call')} …")
            hidden = 0
        lines.append(f"{index + 1 + skipped:3}. {_line(call)}")
        if call.response is not None and call.response.status >= 400:
            lines.append(f"       {_error(call.response)}")
        if call.why:
            lines.append(f"       {call.why}")
        lines += [f"       ignored: {remark}" for remark in call.remarks if remarks]
    return lines


def _error(response: Response) -> str:
    try:
        body = response.json()
        return f"{body['code']}: {body['message']}"
    except (ValueError, KeyError, TypeError):
        return shorten(response.text)
