"""``FakeStudio``: an account of Twilio Studio in memory, and everything a test asks of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import date
from types import TracebackType
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar, overload

from pytest_studio import api, journal, running, seeds, sids, switchboard, vintages
from pytest_studio.account import Account
from pytest_studio.arrange import Arranger
from pytest_studio.clock import Clock
from pytest_studio.credentials import ApiKey, Credentials
from pytest_studio.errors import ApiError
from pytest_studio.fake.failing import Failing
from pytest_studio.fake.judging import Judging
from pytest_studio.fake.notifying import Notifying
from pytest_studio.fake.sharing import Sharing
from pytest_studio.fake.speaking import speak, speak_as
from pytest_studio.fake.storing import Storing
from pytest_studio.fake.talking import Talking
from pytest_studio.faults import Faults
from pytest_studio.resources import Execution, Flow
from pytest_studio.resources.driven import Driven
from pytest_studio.wire import Request, Response
from pytest_studio.wording import counted

if TYPE_CHECKING:
    import responses
    from typing_extensions import Self

__all__ = ["FakeStudio"]

A = TypeVar("A")
P = ParamSpec("P")
R = TypeVar("R")
T = TypeVar("T")


class FakeStudio(Storing, Judging, Failing, Notifying, Talking, Sharing):
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
        vintage: the year whose fields and parameters Studio has: ``"2023"``, ``"2025"`` (both at their end) or
            ``"2026"``; or ``"next"``, which adds made-up fields and values, to see what comes of them.

    Raises:
        InvalidSid: ``account_sid`` is no Account SID.
        ValueError: ``auth_token`` is empty, ``now`` no date, ``retention_days`` not above 0, or ``vintage`` none of the
            four.
    """

    def __init__(
        self,
        account_sid: str | None = None,
        auth_token: str | None = None,
        *,
        seed: int | str | None = None,
        strict: bool = True,
        now: str | date | float | None = None,
        retention_days: float | None = None,
        env: bool = True,
        allow: Iterable[str] = (),
        vintage: vintages.VintageName = vintages.PRESENT,
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
            "vintage": vintage,
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
        if auth_token == "":
            raise ValueError("auth_token is a text that is not empty, or None, which makes one; not ''")
        origin = seeds.current()
        source = seeds.Source(seed, _label or ("studio" if seed is not None else origin.fresh("studio")), origin)
        sid = sids.account(source.rng) if account_sid is None else sids.check(account_sid, "AC")
        self._strict = strict
        self._env = env
        self._seed = source.seed
        self._allow = frozenset(allow)
        self._credentials = Credentials(sid, auth_token, source.rng)
        self._account = Account(sid, source, Clock(now), retention_days, vintages.of(vintage))
        self._account.on_stage = self._on_stage
        self._lock = self._account.turn
        self._arranger = Arranger(self._account)
        self._calls = journal.Calls(secrets=self._credentials.secrets())
        self._faults = Faults()
        self._steps_withheld = None
        self._lenient = 0
        self._judged = 0
        self._sinks = []

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

    @property
    def seed(self) -> int | str:
        """What SIDs and addresses are drawn from."""
        return self._seed

    @property
    def strict(self) -> bool:
        """Whether requests are objected to that Studio would answer while ignoring a part of them."""
        return self._strict

    @property
    def env(self) -> bool:
        """Whether the environment has the account's credentials while the studio is active."""
        return self._env

    @property
    def vintage(self) -> vintages.VintageName:
        """The year whose fields and parameters Studio has, or ``"next"``."""
        return vintages.PRESENT if self._account.vintage is None else self._account.vintage.name

    def __repr__(self) -> str:
        account = self._account
        return (
            f"<FakeStudio {account.sid}: {counted(len(account.flows), 'Flow')}, "
            f"{counted(len(account.executions), 'Execution')}, {counted(len(account.steps), 'Step')}, "
            f"{counted(len(self._calls), 'call')}>"
        )

    if not TYPE_CHECKING:  # a type checker that saw it would take any name for a settable one

        def __setattr__(self, name: str, value: Any) -> None:
            """Refuse what would have no effect; methods may be replaced by a test's own, subclasses have more."""
            if not name.startswith("_"):
                from pytest_studio.fake.settling import check

                check(self, FakeStudio, name)
            object.__setattr__(self, name, value)

    # -- answering ------------------------------------------------------------------------------------------

    def handle(self, request: Request) -> Response:
        """Answer one request. Total: whatever comes, an answer goes out; no I/O.

        Args:
            request: its host is not looked at.

        Returns:
            Status, headers and body as from Twilio; 500 with code 20500 for a fault of the fake itself.
        """
        if self._account.stage is not None:
            self._account.stage.catch_up()
        with self._lock:
            if request.paused:
                with suppress(ValueError):  # beyond the year 9999
                    self._account.clock.advance(request.paused)
            moment = self._account.now()
            try:
                answer = self._ask(request)
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
                    response=answer.response if answer.response.status else None,
                    why=answer.hint,
                    remarks=() if self._lenient or not self._strict else answer.remarks,
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

    def __enter__(self) -> Self:
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
            self._wait()
            if value is not None:
                self._tell(value)
            self.judged()

    @overload
    def __call__(self, decorated: type[T]) -> type[T]: ...
    @overload
    def __call__(self, decorated: Callable[Concatenate[FakeStudio, P], R]) -> Callable[P, R]: ...
    @overload
    def __call__(self, decorated: Callable[Concatenate[A, FakeStudio, P], R]) -> Callable[Concatenate[A, P], R]: ...
    @overload
    def __call__(self, decorated: Callable[P, R]) -> Callable[P, R]: ...
    def __call__(self, decorated: Any) -> Any:
        """Decorate a function, an async function or a ``unittest.TestCase`` class.

        Each call runs in a fresh studio made with this one's arguments, handed to a parameter named ``studio``, if
        there is one; a TestCase has it as ``self.studio``, from ``setUp`` on. What is stored in this one is not in it.
        """
        from pytest_studio.decorating import decorate

        return decorate(decorated, lambda: FakeStudio(**self._arguments))


speak_as(FakeStudio, Storing, Judging, Failing, Notifying, Talking, Sharing)
speak(Flow, Driven)
speak(Execution, Execution, {"end"})  # what renders it is called for each row of a list
