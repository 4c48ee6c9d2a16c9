"""``FakeStudio``: an account of Twilio Studio in memory, and everything a test asks of it."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, TypeVar, overload

from pytest_studio import api, journal, running, runs, seeds, sids, switchboard
from pytest_studio.account import Account
from pytest_studio.arrange import Arranger
from pytest_studio.clock import Clock
from pytest_studio.credentials import ApiKey, Credentials
from pytest_studio.errors import ApiError, StudioVerdict
from pytest_studio.journal import counted
from pytest_studio.resources import Engagement, Execution, Flow, Step
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    import responses

__all__ = ["FakeStudio"]

T = TypeVar("T")
R = TypeVar("R")


class FakeStudio:
    """A stateful fake of Studio's REST API, v1 and v2.

    A context manager: while it is active, ``requests`` (and so the ``twilio`` SDK) reaches it at
    ``studio.twilio.com`` and the regional names. Also a decorator of functions, async functions and
    ``unittest.TestCase`` classes: each call gets a fresh studio, as the parameter ``studio`` if there is one.

    Args:
        account_sid: ``AC…``; made if left out.
        auth_token: made if left out.
        seed: what SIDs and addresses are drawn from; None: the running test's seed, or the operating system.
        strict: object to requests that Studio would answer while ignoring a part of them; see ``verify``.
        now: a fixed present (text, ``datetime`` or seconds since 1970); None: the process's own clock.
        retention_days: how long Executions are kept after ``date_created``, in days; None: for ever.
        env: set ``TWILIO_ACCOUNT_SID`` and ``TWILIO_AUTH_TOKEN`` while active.
        allow: names of further parameters that ``strict`` accepts.

    Raises:
        InvalidSid: ``account_sid`` is no Account SID.
        ValueError: ``now`` is no date, or ``retention_days`` not above 0.
    """

    def __init__(
        self,
        account_sid: str | None = None,
        auth_token: str | None = None,
        *,
        seed: int | str | None = None,
        strict: bool = True,
        now: object = None,
        retention_days: float | None = None,
        env: bool = True,
        allow: Iterable[str] = (),
        _label: str | None = None,
    ) -> None:
        if callable(account_sid):
            raise TypeError("use @FakeStudio() with parentheses")
        if isinstance(allow, str):
            raise TypeError(f"allow is a list of names, as in [{allow!r}]")
        self._arguments = {
            "account_sid": account_sid,
            "auth_token": auth_token,
            "seed": seed,
            "strict": strict,
            "now": now,
            "retention_days": retention_days,
            "env": env,
            "allow": tuple(allow),
        }
        if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, str))):
            raise TypeError(f"seed is a number or a text, not {type(seed).__name__}: {seed!r:.60}")
        for name, flag in (("strict", strict), ("env", env)):
            if not isinstance(flag, bool):
                raise TypeError(f"{name} is True or False, not {type(flag).__name__}: {flag!r:.60}")
        number = isinstance(retention_days, (int, float)) and not isinstance(retention_days, bool)
        if retention_days is not None and not (number and retention_days > 0):
            raise ValueError(f"retention_days is a number of days above 0, or None, not {retention_days!r}")
        if auth_token is not None and not isinstance(auth_token, str):
            raise TypeError(f"auth_token is a text, not {type(auth_token).__name__}")
        origin = seeds.current()
        source = seeds.Source(seed, _label or ("studio" if seed is not None else origin.fresh("studio")), origin)
        sid = sids.account(source.rng) if account_sid is None else sids.check(account_sid, "AC")
        self.strict = strict
        self.env = env
        self.seed = source.seed
        self._allow = frozenset(allow)
        self._lock = threading.RLock()
        self._credentials = Credentials(sid, auth_token, source.rng)
        self._account = Account(sid, source, Clock(now), retention_days)
        self._arranger = Arranger(self._account)
        self._calls = journal.Calls()
        self._lenient = 0
        self._judged = 0

    # -- who it is ------------------------------------------------------------------------------------------

    @property
    def account_sid(self) -> str:
        """The account (``AC…``), which is also the user name of Basic authentication."""
        return self._account.sid

    @property
    def auth_token(self) -> str:
        """The account's auth token."""
        return self._credentials.auth_token

    @property
    def api_key(self) -> ApiKey:
        """An API key of the account: ``.sid`` and ``.secret``."""
        return self._credentials.api_key

    def __repr__(self) -> str:
        account = self._account
        return (
            f"<FakeStudio {account.sid}: {counted(len(account.flows), 'Flow')}, "
            f"{counted(len(account.executions), 'Execution')}, {counted(len(account.steps), 'Step')}, "
            f"{counted(len(self._calls), 'call')}>"
        )

    # -- records --------------------------------------------------------------------------------------------

    @property
    def flows(self) -> Mapping[str, Flow]:
        """Flows by SID, in order of making; read-only."""
        return MappingProxyType(self._account.flows)

    @property
    def executions(self) -> Mapping[str, Execution]:
        """Executions and Engagements by SID, in order of making; read-only."""
        return MappingProxyType(self._account.executions)

    @property
    def steps(self) -> Mapping[str, Step]:
        """Steps by SID, in order of making; read-only."""
        return MappingProxyType(self._account.steps)

    def add_flow(self, **fields: Any) -> Flow:
        """Store a Flow.

        Args:
            **fields: by their JSON names, such as ``friendly_name``, ``definition`` (dict), ``status``
                (``"published"`` unless told), ``revision``, ``test_users``, ``date_created``.

        Raises:
            TypeError: an unknown field (the nearest is named), or a value of a wrong type.
            ValueError: a value that the field cannot hold; ``InvalidSid`` for SIDs.
        """
        with self._lock:
            return self._arranger.add_flow(**fields)

    def add_execution(self, flow: Flow | str | None = None, **fields: Any) -> Execution:
        """Store an Execution, active unless told.

        Args:
            flow: the Flow's record or SID; made if left out.
            **fields: JSON names such as ``status``, ``context`` (dict: what ``/Context`` answers),
                ``contact_channel_address``, ``date_created``; and ``to``, ``from_``, ``parameters`` of the
                request that started it.

        Raises:
            TypeError: an unknown field (the nearest is named), or a value of a wrong type.
            ValueError: a value that the field cannot hold, or that contradicts the Flow.
        """
        with self._lock:
            return self._arranger.add_run_record(Execution, flow, fields)

    def add_engagement(self, flow: Flow | str | None = None, **fields: Any) -> Engagement:
        """Store an Engagement: an Execution under its older name, as v1 still has it. As ``add_execution``."""
        with self._lock:
            return self._arranger.add_run_record(Engagement, flow, fields)

    def add_step(self, execution: Execution | str | None = None, **fields: Any) -> Step:
        """Store a Step as the newest of an Execution or Engagement.

        Args:
            execution: the record or its SID; made if left out, with its Flow.
            **fields: JSON names such as ``name`` (the event), ``transitioned_from``, ``transitioned_to``,
                ``type``, ``context`` (dict: what ``/Context`` answers), ``date_created``. What is left out goes
                on from the Step before, as the Flow's definition or a believable path has it.

        Raises:
            TypeError: an unknown field (the nearest is named), or a value of a wrong type.
            ValueError: a value that the field cannot hold, or that contradicts the parents.
        """
        with self._lock:
            return self._arranger.add_step(execution, fields)

    def add_steps(self, execution: Execution | str | None = None, n: int = 1, **fields: Any) -> list[Step]:
        """Store ``n`` Steps that make a believable path, times rising by seconds; oldest first.

        Args:
            execution: the record or its SID; made if left out, with its Flow.
            n: how many.
            **fields: fields that all of them share.
        """
        with self._lock:
            return self._arranger.add_steps(execution, n, fields)

    def add_run(
        self,
        flow: Flow | str | None = None,
        path: Sequence[Sequence[Any]] = (),
        *,
        to: str | None = None,
        from_: str | None = None,
        parameters: Mapping[str, Any] | None = None,
        ended: bool = True,
        **fields: Any,
    ) -> Execution:
        """Store an Execution with the Steps, types, times and growing contexts of a whole run.

        Args:
            flow: the Flow's record or SID; made if left out. Types follow its definition where that has the widget.
            path: the widgets that ran, each ``(name, event)`` or ``(name, event, what it left in widgets.name)``.
                It may begin with ``("Trigger", event, data)``; else the trigger is guessed: a REST request if
                there are ``to`` or ``parameters``, a call or a message by the events. With ``ended=False`` the
                last entry may be a name alone: a widget that waits, and so has no Step.
            to: ``To`` of what started it.
            from_: ``From`` of what started it.
            parameters: those of a REST request.
            ended: whether it has ended.
            **fields: further fields of the Execution.

        Returns:
            The Execution; n widgets give n + 1 Steps, the trigger's being the first.
        """
        with self._lock:
            return runs.add_run(self._arranger, flow, path, to, from_, parameters, ended, fields)

    # -- answering ------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer one request. Total: whatever comes, an answer goes out; no I/O.

        Args:
            request: its host is not looked at.

        Returns:
            Status, headers and body as from Twilio; 500 with code 20500 for a fault of the fake itself.
        """
        with self._lock:
            moment = self._account.now()
            try:
                answer = api.answer(self._account, self._credentials, request, self._allow)
            except Exception:
                answer = api.Answer(request.url)
                error = ApiError(500, 20500, "An error occurred", hint=f"the fake failed: {traceback.format_exc()}")
                answer.response = Response(500, {"Content-Type": "application/json; charset=utf-8"}, error.body())
                answer.hint = error.hint
            self._calls.record(
                journal.Call(
                    request,
                    answer.path,
                    moment,
                    operation=answer.operation,
                    params=answer.params,
                    response=answer.response,
                    why=answer.hint,
                    remarks=() if self._lenient or not self.strict else answer.remarks,
                )
            )
            return answer.response

    def knows(self, authorization: str | None) -> bool:
        """Whether an ``Authorization`` header is one of this account's."""
        return self._credentials.refuse(authorization) is None

    def note_refusal(self, method: str, url: str, why: str) -> None:
        """Note in the journal a connection that was refused."""
        with self._lock:
            request = Request(method, url)
            self._calls.record(journal.Call(request, url, self._account.now(), why=why))

    # -- what was called ------------------------------------------------------------------------------------

    @property
    def calls(self) -> journal.Calls:
        """All calls, in order; read-only."""
        return self._calls

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
                callable that judges it. JSON parameters are compared by value: ``Parameters={"name": "Ada"}``.

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
        try:
            yield
        finally:
            self._lenient -= 1

    def verify(self) -> None:
        """Give the verdict: object to what got an answer of 2xx although Studio ignored a part of it.

        The plugin does this at the end of each test, the context manager when it is left without an exception.
        What was objected to once is not objected to again.

        Raises:
            StudioVerdict: there is something to object to; an ``AssertionError``.
        """
        __tracebackhide__ = True
        judged, self._judged = self._judged, len(self._calls)
        faults = [(number, call) for number, call in enumerate(self._calls[judged:], judged + 1) if call.remarks]
        if not faults:
            return
        seeds.current().judged = True
        lines = ["Studio answers these calls, but ignores a part of them:"]
        for number, call in faults[: journal.SHOWN // 2]:
            lines.append(f"  call {number}, {call.operation} -> {call.status}")
            lines += [f"      {remark}" for remark in call.remarks]
        lines.append(
            "If the test means it: `with studio.lenient():`, or @pytest.mark.studio(allow=[…]), or (strict=False)."
        )
        raise StudioVerdict("\n".join(lines))

    def judged(self) -> None:
        """Say that the calls so far have been judged elsewhere: leaving the studio does not judge them again."""
        self._judged = len(self._calls)

    # -- being active ---------------------------------------------------------------------------------------

    @property
    def responses(self) -> responses.RequestsMock:
        """The ``responses`` mock in use, for answers of the test's own to urls of Studio.

        Raises:
            RuntimeError: no studio is active.
        """
        mock = switchboard.mock()
        if mock is None:
            raise RuntimeError("no studio is active: studio.responses is there inside of `with studio:` or the fixture")
        return mock

    def __enter__(self) -> FakeStudio:
        switchboard.enter(self)
        if running.origin is not None:
            seeds.current().studios.setdefault(self, len(self._calls))
        return self

    def __exit__(
        self, type_: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        __tracebackhide__ = True
        switchboard.leave(self)
        if type_ is None and not seeds.current().silent:
            self.verify()
        else:
            self.judged()

    @overload
    def __call__(self, decorated: type[T]) -> type[T]: ...
    @overload
    def __call__(self, decorated: Callable[..., R]) -> Callable[..., R]: ...
    def __call__(self, decorated: Any) -> Any:
        """Decorate a function, an async function or a ``unittest.TestCase`` class.

        Each call runs in a fresh studio made with this one's arguments, handed to a parameter named ``studio``, if
        there is one; a TestCase has it as ``self.studio``, from ``setUp`` on. What is stored in this one is not in it.
        """
        from pytest_studio.decorating import decorate

        return decorate(decorated, lambda: FakeStudio(**self._arguments))  # type: ignore[arg-type]
