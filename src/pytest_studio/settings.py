"""What options, ini and markers say, put together for one test; what the plugin does once a test asks for it."""

from __future__ import annotations

import linecache
import os
import sys
from datetime import date
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest

from pytest_studio import clock, seeds, sids, vintages
from pytest_studio.errors import InvalidSid, MissingExtra, StudioVerdict, nearest
from pytest_studio.seeds import Origin
from pytest_studio.vintages import VINTAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType

    from twilio.rest import Client

    from pytest_studio.fake import FakeStudio
    from pytest_studio.journal import Call

__all__ = [
    "check_markers",
    "client_of",
    "follow",
    "made_for",
    "made_sid",
    "mark_by_parameter",
    "of",
    "origin_of",
    "refuse_studio",
    "report",
    "say_what_is_missing",
    "seed_of",
    "set_environment",
    "studio_of",
    "to_the_point",
    "verdict",
]

T = TypeVar("T")

#: How a statement begins that raises an error on purpose; warnings are errors under ``-W error``.
_MEANT = ("raise ", "warnings.warn(")
#: Variable of the environment -> the ini setting that stands in for it.
_CREDENTIALS = {"TWILIO_ACCOUNT_SID": "studio_account_sid", "TWILIO_AUTH_TOKEN": "studio_auth_token"}
_BOOLEAN = "True or False"
_TEXT = "a text"
#: Key of the marker -> the types it takes and the words for them.
KEYS: dict[str, tuple[tuple[type, ...], str]] = {
    "seed": ((int, str), "a number or a text"),
    "strict": ((bool,), _BOOLEAN),
    "now": ((str, int, float, date), "a date"),
    "account_sid": ((str,), _TEXT),
    "auth_token": ((str,), _TEXT),
    "retention_days": ((int, float, type(None)), "a number of days, or None"),
    "allow": ((list, tuple, set, frozenset), "a list of names"),
    "vintage": ((str,), f"one of {', '.join(map(repr, VINTAGES))}"),
}


def check_markers(markers: Iterable[tuple[pytest.Mark, str]]) -> None:
    """Refuse ``studio`` markers that say something else than ``KEYS``.

    Args:
        markers: each with the node id of a test that has it.

    Raises:
        pytest.UsageError: positional arguments, unknown keywords (the nearest is named), wrong types or values: one
            line each.
    """
    complaints = [complaint for marker, where in markers for complaint in _complaints(marker, where)]
    if complaints:
        raise pytest.UsageError(*complaints)


def _complaints(marker: pytest.Mark, where: str) -> Iterator[str]:
    start = f"{where}: @pytest.mark.studio"
    if marker.args:
        yield f"{start} takes keywords only ({', '.join(KEYS)}), not {marker.args[0]!r:.60}"
    for name, value in marker.kwargs.items():
        if name not in KEYS:
            yield f"{start} has no {name!r}{nearest(name, KEYS) or f'; it has {chr(44).join(KEYS)}'}"
            continue
        types, words = KEYS[name]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            yield f"{start}({name}=…) is {words}, not {type(value).__name__}: {value!r:.60}"
            continue
        try:
            _check_value(name, value, f"{start}({name}=…)")
        except pytest.UsageError as error:
            yield str(error)


def mark_by_parameter(item: Any) -> None:
    """Make a parameter of the fixture ``studio`` the nearest marker of its test.

    An override's parameters are its own, and so are those that take the fixture's place.

    Raises:
        pytest.UsageError: it is no dict of keywords.
    """
    definitions = item._fixtureinfo.name2fixturedefs.get("studio", ())
    if not definitions or definitions[-1].func.__module__ != "pytest_studio.plugin":
        return
    given = item.callspec.params["studio"]
    if not isinstance(given, dict) or not all(isinstance(name, str) for name in given):
        raise pytest.UsageError(
            f"{item.nodeid}: a parameter of the fixture `studio` is a dict of the marker's keywords, as in "
            f'parametrize("studio", [{{"vintage": "2023"}}], indirect=True), not {given!r:.60}'
        )
    item.add_marker(pytest.mark.studio(**given), append=False)


def _check_value(name: str, value: Any, what: str) -> None:
    try:
        if name == "seed" and value == "random":
            raise ValueError("a marker's seed is a fixed one; for random ones there is --studio-seed=random")
        if name == "now":
            clock.parse(value)
        elif name == "account_sid":
            sids.check(value, "AC")
        elif name == "auth_token" and value == "":
            raise ValueError("it is empty: give a token, or leave it out, and one is made")
        elif name == "vintage":
            vintages.of(value)
        elif name == "retention_days" and value is not None and value <= 0:
            raise ValueError(f"{value!r} is not above 0")
    except ValueError as error:
        raise pytest.UsageError(f"{what}: {error}") from None


def seed_of(config: pytest.Config, given: str) -> int:
    """The seed of the run, of what an option or ini says; a worker of xdist is told that of all.

    A text is a seed to the marker only: here a slip in ``random`` would be one, and so would a path that follows
    ``--studio-seed``.

    Raises:
        pytest.UsageError: it is neither a number nor random.
    """
    told: int | None = getattr(config, "workerinput", {}).get("studio_seed")
    if told is not None:
        return told
    what = "--studio-seed" if config.getoption("studio_seed") else "ini studio_seed"
    try:
        return seeds.number(given, what)
    except ValueError as error:
        raise pytest.UsageError(f"{error}; a text is for the marker: @pytest.mark.studio(seed={given!r})") from None


def of_ini(config: pytest.Config) -> dict[str, Any]:
    """What ini says of the account, the clock, the retention and the vintage.

    Raises:
        pytest.UsageError: a value cannot be used.
    """
    found: dict[str, Any] = {}
    for name in ("account_sid", "auth_token", "now", "retention_days", "vintage"):
        value: Any = config.getini(f"studio_{name}") or None
        if value is None:
            continue
        if name == "retention_days":
            try:
                value = float(value)
            except ValueError:
                raise pytest.UsageError(f"ini studio_retention_days is a number of days, not {value!r}") from None
        _check_value(name, value, f"ini studio_{name}")
        found[name] = value
    return found


def set_environment(config: pytest.Config) -> None:
    """Put the credentials of ini into the environment until the run ends, unless somebody's own are there.

    Nor are they put there for a run against an account, which must not ask with the fake's.
    """
    values = {name: str(config.getini(ini)) for name, ini in _CREDENTIALS.items()}
    before = {name: os.environ.get(name) for name in values}
    if any(before.values()) or config.known_args_namespace.studio_live:
        return

    def put_back() -> None:
        for name, value in before.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value

    config.add_cleanup(put_back)
    os.environ.update(values)


def of(item: pytest.Item) -> dict[str, Any]:
    """The settings of one test: nearest marker first, key by key, then options, then ini."""
    config = item.config
    found: dict[str, Any] = {}
    for marker in item.iter_markers("studio"):
        for name, value in marker.kwargs.items():
            found.setdefault(name, value)
    strict = config.getoption("studio_strict")
    found.setdefault("strict", config.getini("studio_strict") if strict is None else strict)
    for name, value in of_ini(config).items():
        found.setdefault(name, value)
    listed = [name for given in config.getini("studio_allow") for name in given.split(",") if name]
    found.setdefault("allow", listed)
    return found


def origin_of(node: Any, seed: int | None, label: str = "") -> Origin:
    """The origin of a test's randomness, or of a wider fixture's: the run's seed, or the marker's, and the node id."""
    name = f"{_without_group(node)}{label}"
    marked = [marker.kwargs for marker in node.iter_markers("studio")]
    given = next((kwargs["seed"] for kwargs in marked if "seed" in kwargs), None)
    default = seeds.DEFAULT_SEED if seed is None else seed
    origin = Origin(default if given is None else given, name)
    origin.marked = given is not None
    account_sid = next((kwargs["account_sid"] for kwargs in marked if "account_sid" in kwargs), None)
    origin.account_sid = account_sid or node.config.getini("studio_account_sid") or None
    if "pytest_studio.switchboard" in sys.modules:
        from pytest_studio import switchboard

        for studio in switchboard.active():  # of a wider scope than this test
            origin.studios[studio] = len(studio.calls)
    return origin


def _without_group(node: Any) -> str:
    """A node id without the group that xdist adds to it under ``--dist loadgroup``."""
    name = str(node.nodeid)
    if "@" not in name:
        return name
    groups = [m.args[0] if m.args else m.kwargs.get("name", "default") for m in node.iter_markers("xdist_group")]
    for group in (*groups, "_".join(sorted(map(str, groups)))):
        name = name.removesuffix(f"@{group}")
    return name


def follow(account_sid: str) -> Origin:
    """Let the test be of the account that its fixture ``account_sid`` says, which a suite may have overridden.

    Raises:
        InvalidSid: it is no Account SID.
    """
    origin = seeds.current()
    if account_sid != origin.account_sid:
        if not sids.is_valid(account_sid, "AC"):
            raise InvalidSid(
                f"the fixture account_sid, which `studio` and the factories follow: {sids.explain(account_sid, 'AC')}. "
                "Let it give one, or name it otherwise; ini studio_account_sid and @pytest.mark.studio(account_sid=…) "
                "set the account, too"
            )
        origin.account_sid = account_sid
    return origin


def refuse_studio(given: object, fixture: str) -> NoReturn:
    """Fail a test whose fixture ``studio`` is no fake, for one that needs a fake."""
    what = "None" if given is None else f"an object of type {type(given).__name__}"
    remedy = (
        "an override has to return or yield one"
        if given is None
        else "give that fixture another name, or let a fixture of your own yield from `with FakeStudio() as fake:`, "
        "and use Client()"
    )
    pytest.fail(f"{fixture} is of the fixture `studio`, which gave no FakeStudio here, but {what}: {remedy}", False)


def studio_of(item: Any, account_sid: str) -> FakeStudio:
    """The studio of one test, not yet active.

    Raises:
        InvalidSid: ``account_sid`` is no Account SID.
    """
    from pytest_studio.fake import FakeStudio

    found = of(item)
    found.pop("seed", None)
    origin = follow(account_sid)
    origin.made.setdefault(origin.account(), "account_sid")
    studio = FakeStudio(**{**found, "account_sid": origin.account()}, _label="studio")
    missing = [name for name in _CREDENTIALS.values() if not item.config.getini(name)]
    if len(missing) == 1:
        studio._ini_lacks(missing[0])
    return studio


def made_sid(fixture: str, prefix: str) -> str:
    """The SID of a fixture: of the test's seed, whichever fixtures come before."""
    origin = seeds.current()
    sid = origin.account() if prefix == "AC" else sids.new(prefix, origin.stream(fixture))
    origin.made[sid] = fixture
    return sid


def verdict(origin: Origin) -> str | None:
    """What the studios of a test object to, as one text; None if nothing."""
    found = []
    for studio in origin.studios:
        try:
            studio.verify(of=origin)
        except StudioVerdict as objection:
            found.append(f"pytest-studio: {objection}")
    return "\n".join(found) or None


def report(origin: Origin, error: BaseException | None = None) -> list[str]:
    """What a failing test's report says: the calls of its studios, and the seed; and of ``error``, what it means."""
    lines: list[str] = []
    for studio, before in origin.studios.items():
        calls = studio.calls[before:]
        if before and not calls and not studio.talks():  # of a wider scope, and not used by this test
            continue
        if len(origin.studios) > 1:
            lines.append(f"studio of {studio.account_sid}:")
        hints = _elsewhere(calls, [other for other in origin.studios if other is not studio])
        lines += studio.story(origin, before, remarks=not origin.judged, hints=hints)
    if lines and isinstance(error, AttributeError) and str(error).startswith("'coroutine' object has no attribute"):
        lines.append(
            "a coroutine was not awaited: studio_async_client is for `await …fetch_async()` and the like; "
            "methods without _async are studio_client's"
        )
    if lines and isinstance(error, RuntimeError) and str(error).startswith("http_client must be asynchronous"):
        lines.append(
            "a client that is not asynchronous was asked for an _async method: `await …fetch_async()` and the like are "
            "studio_async_client's; studio_client has the same methods without _async"
        )
    if lines or origin.made or origin.factory is not None:
        again = "set by the marker" if origin.marked else f"the same data again: --studio-seed={origin.seed}"
        lines.append(f"seed {origin.seed} ({again})")
    return lines


def _elsewhere(calls: Iterable[Call], others: list[FakeStudio]) -> Iterator[str]:
    """Which records that were not found another studio of the test has."""
    asked = [call.path.partition("?")[0].split("/") for call in calls if others and call.status == 404]
    for sid in dict.fromkeys(part for parts in asked for part in parts):
        for other in others:
            if sid in other.flows or sid in other.executions or sid in other.steps:
                yield (
                    f"{sid} is in the studio of {other.account_sid}, not in this one: ask with that account's "
                    "credentials, or use one studio only"
                )


def made_for(fixture: str, make: Callable[[], T]) -> T:
    """What a fixture is to have; a ``MissingExtra`` names the fixture, for that was asked for."""
    try:
        return make()
    except MissingExtra as missing:
        raise missing.of(fixture) from missing.__cause__


def client_of(studio: FakeStudio, fixture: str) -> Client:
    """The client of the ``twilio`` SDK that a fixture is."""

    def make() -> Client:
        from pytest_studio.transports import twilio

        kind = twilio.client if fixture == "studio_client" else twilio.async_client
        return kind(studio.handle, studio.account_sid, studio.auth_token)

    return made_for(fixture, make)


def say_what_is_missing(report: pytest.TestReport, call: pytest.CallInfo[Any]) -> None:
    """Let the report on a fixture of this package that lacks an extra be the message: it has no line of the suite's."""
    if call.excinfo is None or not call.excinfo.errisinstance(MissingExtra):
        return
    own = next(filter(_is_own, _calls(call.excinfo.tb)), None)
    if own is not None and _module(own) == "pytest_studio.plugin":
        report.longrepr = call.excinfo.getrepr(style="value")


def to_the_point(error: BaseException) -> None:
    """Let a traceback end where the suite or its code called this package, if the package raised the error on purpose.

    Its message then says what a reader needs. Any other error keeps all its lines, and so do all where ``--full-trace``
    or ``--pdb`` is given, as the caller sees to.
    """
    calls = list(_calls(error.__traceback__))
    if not calls or not _is_own(calls[-1]) or not _statement(calls[-1]).startswith(_MEANT):
        return
    first = next(index for index, call in enumerate(calls) if _is_own(call))
    if first and _room(calls[first - 1]) not in ("_pytest", "pluggy"):  # somebody other than pytest called
        calls[first - 1].tb_next = None


def _calls(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _is_own(call: TracebackType) -> bool:
    return _room(call) == "pytest_studio"


def _room(call: TracebackType) -> str:
    """The package that a line of a traceback is in."""
    return _module(call).partition(".")[0]


def _module(call: TracebackType) -> str:
    return str(call.tb_frame.f_globals.get("__name__", ""))


def _statement(call: TracebackType) -> str:
    frame = call.tb_frame
    return linecache.getline(frame.f_code.co_filename, call.tb_lineno, frame.f_globals).lstrip()
