"""Rules: what a fault or an answer aims at, how often it is met, what comes of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from pytest_studio import api
from pytest_studio.account import Account
from pytest_studio.api import Answer
from pytest_studio.errors import nearest
from pytest_studio.faults.replies import EXCEPTIONS, Reply, canned, number
from pytest_studio.journal import Call, same
from pytest_studio.operations import fuller, named, param_names
from pytest_studio.wire import Request, Response
from pytest_studio.wording import counted, shorten

__all__ = ["Faults", "Limit", "Rule"]


class Rule:
    """One thing that a test asked for: what it aims at, how often, and what comes of it.

    Args:
        text: the call that made it, for reports.
        operation: an operation's id, or a glob.
        where: parameter by its name on the wire -> a value, or a callable that judges it.
        after: how many calls that it aims at pass before it is met.
        times: how many calls meet it; None: all of them.
        optional: whether the verdict is silent when it was never met.
        reply: what answers instead of the API; given the path of the request.
        failure: what comes instead of an answer: a key of ``EXCEPTIONS``.
        applied: whether the API acts on the request all the same.
        delay: seconds that the answer takes.
        origin: the test that asked for it.
        own: whether it is an answer of the test's own, and not a fault.

    Raises:
        ValueError: an unknown operation or parameter (the nearest is named), or a number out of range.
        TypeError: a value of a wrong type.
    """

    def __init__(
        self,
        text: str,
        operation: str,
        where: Mapping[str, Any] | None,
        after: int,
        times: int | None,
        optional: bool,
        *,
        reply: Callable[[str], Reply] | None = None,
        failure: str | None = None,
        applied: bool = False,
        delay: float = 0.0,
        origin: object = None,
        own: bool = False,
    ) -> None:
        self.text = text
        self.ids: frozenset[str] = named(operation)
        self.operation = operation
        self.where: dict[str, Any] = _checked_where(operation, self.ids, where)
        self.after: int = number("after", after, 0)
        self.times: int | None = None if times is None else number("times", times, 1)
        self.optional = optional
        self.reply = reply
        self.failure = failure
        self.applied = applied
        self.delay = delay
        self.origin = origin
        self.own = own
        self.seen = 0
        self.refused = 0
        self.met = 0
        self.judged = False

    def aims_at(self, answer: Answer) -> bool:
        """Whether a request is one that the rule means, never mind how often it was met."""
        return answer.operation in self.ids and not self.differences(answer)

    def differences(self, answer: Answer | Call) -> list[str]:
        """What keeps the parameters of a request from being those of ``where``."""
        got = {**fuller(answer.operation, answer.params), **answer.params}
        return [
            f"{name} is {shorten(got[name])}" if name in got else f"{name} did not come"
            for name, value in self.where.items()
            if name not in got or not same(value, got[name])
        ]

    def due(self) -> bool:
        """Whether the request that was just seen meets it."""
        return self.seen > self.after and not self.spent

    @property
    def spent(self) -> bool:
        """Whether it was met as often as it can be."""
        return self.times is not None and self.met >= self.times

    @property
    def unmet(self) -> bool:
        """Whether it was not met as often as it was meant to be."""
        return not self.optional and self.met < (1 if self.times is None else self.times)

    def complaint(self, calls: list[Call]) -> list[str]:
        """What a verdict says of a rule that was not met, with the nearest calls."""
        wanted = "" if self.times is None else f" of {counted(self.times, 'time')}"
        lines = [f"  {self.text}: met {self.met if self.times else 0}{wanted or ' times'}"]
        aimed = [call for call in calls if call.operation in self.ids]
        if self.seen:
            passed = f", {self.after} of them let pass by after={self.after}" if self.after else ""
            wrong = f", {self.refused} of them answered 401: wrong credentials come first" if self.refused else ""
            lines.append(f"      {counted(self.seen, 'call')} came that it aims at{passed}{wrong}")
        elif aimed and self.where:
            lines.append(f"      {counted(len(aimed), 'call')} came, but {'; '.join(self.differences(aimed[-1]))}")
        elif calls:
            others = dict.fromkeys(call.operation or f"{call.method} {call.path}" for call in calls)
            lines.append(f"      called were: {shorten(', '.join(others), 300)[1:-1]}")
        else:
            lines.append("      nothing was called at all")
        return lines


class Limit:
    """A number of requests a second; what goes beyond is answered 429."""

    __slots__ = ("ids", "moments", "per_second", "retry_after", "text")

    def __init__(self, text: str, operation: str, per_second: float, retry_after: str | None) -> None:
        if isinstance(per_second, bool) or not isinstance(per_second, (int, float)) or not per_second > 0:
            raise ValueError(f"per_second is a number of requests above 0, not {per_second!r:.60}")
        self.text: str = text
        self.ids: frozenset[str] = named(operation)
        self.per_second: float | int = per_second
        self.retry_after: str | None = retry_after
        self.moments: deque[float] = deque()

    def exceeded(self, operation: str | None, now: float) -> bool:
        """Whether a request comes too soon; one that does not is counted."""
        if operation not in self.ids:
            return False
        span = max(1.0, 1.0 / self.per_second)  # one in two seconds is 0.5
        while self.moments and self.moments[0] <= now - span:
            self.moments.popleft()
        if len(self.moments) >= max(1, int(self.per_second * span)):
            return True
        self.moments.append(now)
        return False


class Faults:
    """The rules of one studio, in the order they were asked for."""

    def __init__(self) -> None:
        self.rules: list[Rule] = []
        self.limits: list[Limit] = []

    def __bool__(self) -> bool:
        return bool(self.rules or self.limits)

    def answer(self, account: Account, request: Request, refused: bool, ask: Callable[[], Answer]) -> Answer:
        """Answer a request by the rules it meets, else as the API does.

        Rules that are met a number of times take turns, in the order they were asked for: each request uses up one
        of them. Delays without a number come on top. Rules without a number are met when no other is.

        Args:
            account: for SIDs and the clock.
            request: what was asked.
            refused: whether the credentials are wrong: then no rule's answer is given, but connections fail.
            ask: asks the API.
        """
        glanced = api.glance(request)
        aiming = [rule for rule in self.rules if rule.aims_at(glanced)]
        for rule in aiming:
            rule.seen += 1
            rule.refused += refused and rule.failure is None
        due = [rule for rule in aiming if rule.due() and not (refused and rule.reply)]
        chosen = next((r for r in due if r.times is not None), None)
        if chosen is None:
            chosen = next((r for r in due if not r.delay), None)
        standing = [rule for rule in due if rule.delay and rule is not chosen and rule.times is None]
        delay = sum(rule.delay for rule in standing) + (chosen.delay if chosen else 0.0)
        for rule in standing:
            rule.met += 1
        late = not request.waits and request.timeout is not None and delay > request.timeout
        if delay and not request.waits:
            account.clock.advance(request.timeout if late and request.timeout is not None else delay)
        if late:
            if chosen is not None and chosen.delay:
                chosen.met += 1
            why = f"the answer takes {delay:g} s by {_texts(standing, chosen)}; the client waits {request.timeout:g} s"
            return _lost(ask(), "read-timeout", why)
        if chosen is not None:
            chosen.met += 1
        if chosen is not None and not chosen.delay:
            result = self._meet(chosen, account, glanced, ask)
        else:
            limit = next((one for one in self.limits if one.exceeded(glanced.operation, account.clock.exact())), None)
            if limit is not None and not refused:
                result = _replied(account, glanced, canned(429, retry_after=limit.retry_after), limit.text)
            else:
                result = ask()
                if result.response.status == 404:
                    result.hint = _used_up([rule for rule in aiming if rule.own and rule.spent], result.hint)
        if delay:
            result.response.delay = delay
            result.hint = result.hint or f"{delay:g} s late, by {_texts(standing, chosen)}"
        return result

    @staticmethod
    def _meet(rule: Rule, account: Account, glanced: Answer, ask: Callable[[], Answer]) -> Answer:
        why = f"by {rule.text}"
        if rule.failure is None:
            assert rule.reply is not None
            result = ask() if rule.applied else glanced
            return _replied(account, result, rule.reply(glanced.path), why)
        before, after = EXCEPTIONS[rule.failure]
        if rule.applied or rule.failure == "truncated":
            result = ask()
            if rule.failure == "truncated":
                response = result.response
                if not response.body:  # there is nothing to break off in
                    return _lost(result, "reset", why)
                result.response = Response(response.status, response.headers, response.body, failure="truncated")
                result.hint = f"the body breaks off, {why}"
                return result
            return _lost(result, after, why)
        return _lost(glanced, before, why)

    def unmet(self, origin: object = None) -> list[Rule]:
        """The rules that nobody has complained of yet, and that were not met as often as they were meant to be.

        Args:
            origin: look only at those that were asked for in this test; None: at all.
        """
        return [
            rule for rule in self.rules if not rule.judged and (origin is None or rule.origin is origin) and rule.unmet
        ]


def _texts(standing: list[Rule], chosen: Rule | None) -> str:
    return " and ".join(rule.text for rule in [*standing, *([chosen] if chosen and chosen.delay else [])])


def _used_up(answers: list[Rule], hint: str | None) -> str | None:
    """The hint of a 404, which says first that there were answers to such a request, but no more of them."""
    if not answers:
        return hint
    given = counted(sum(rule.met for rule in answers), "time")
    which = ", ".join(dict.fromkeys(f"{rule.operation} (times={rule.times})" for rule in answers))
    if len(answers) == 1:
        said = f"the answer to {which} is used up, it was given {given}; times=None gives it always"
    else:
        said = f"the answers to {which} are used up, they were given {given}; times=None gives one always"
    return f"{said}; {hint}" if hint else said


def _replied(account: Account, result: Answer, reply: Reply, why: str) -> Answer:
    result.response = api.respond(
        account.now(),
        account.new_sid("RQ"),
        reply.status,
        reply.body,
        kind=reply.kind,
        retry_after=reply.retry_after,
    )
    result.hint = why
    result.remarks = []
    return result


def _lost(result: Answer, failure: str, why: str) -> Answer:
    result.response = Response(0, {}, b"", failure=failure)
    result.hint = f"{failure}: {why}"
    result.remarks = []
    return result


def _checked_where(operation: str, ids: frozenset[str], where: Mapping[str, Any] | None) -> dict[str, Any]:
    if where is None:
        return {}
    if not isinstance(where, Mapping):
        raise TypeError(f"where is a dict of parameters, not {type(where).__name__}: {where!r:.60}")
    known = param_names(ids)
    for name in where:
        if name not in known:
            hint = nearest(str(name), known) or f"; it has {', '.join(known) or 'none'}"
            raise ValueError(f"{name!r} is no parameter of {operation}{hint}")
    return dict(where)
