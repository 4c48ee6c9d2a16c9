"""What options, ini and markers say, put together for one test; what the plugin does once a test asks for it."""

from __future__ import annotations

import linecache
import sys
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from pytest_studio import clock, journal, seeds, sids, vintages
from pytest_studio.errors import StudioVerdict, nearest
from pytest_studio.seeds import Origin
from pytest_studio.vintages import VINTAGES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from pytest_studio.fake import FakeStudio

__all__ = ["check_marker", "made_sid", "of", "origin_of", "report", "studio_of", "to_the_point", "verdict"]

#: How a statement begins that raises an error on purpose; warnings are errors under ``-W error``.
_MEANT = ("raise ", "warnings.warn(")
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


def check_marker(marker: pytest.Mark, where: str) -> None:
    """Refuse a ``studio`` marker that says something else than ``KEYS``.

    Raises:
        pytest.UsageError: a positional argument, an unknown keyword (the nearest is named), a wrong type or value.
    """
    start = f"{where}: @pytest.mark.studio"
    if marker.args:
        raise pytest.UsageError(f"{start} takes keywords only ({', '.join(KEYS)}), not {marker.args[0]!r}")
    for name, value in marker.kwargs.items():
        if name not in KEYS:
            raise pytest.UsageError(f"{start} has no {name!r}{nearest(name, KEYS) or f'; it has {chr(44).join(KEYS)}'}")
        types, words = KEYS[name]
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise pytest.UsageError(f"{start}({name}=…) is {words}, not {type(value).__name__}: {value!r:.60}")
        _check_value(name, value, f"{start}({name}=…)")


def _check_value(name: str, value: Any, what: str) -> None:
    try:
        if name == "seed" and value == "random":
            raise ValueError("a marker's seed is a fixed one; for random ones there is --studio-seed=random")
        if name == "now":
            clock.parse(value)
        elif name == "account_sid":
            sids.check(value, "AC")
        elif name == "vintage":
            vintages.of(value)
        elif name == "retention_days" and value is not None and value <= 0:
            raise ValueError(f"{value!r} is not above 0")
    except ValueError as error:
        raise pytest.UsageError(f"{what}: {error}") from None


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
    found.setdefault("allow", config.getini("studio_allow"))
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
    groups = [m.args[0] if m.args else m.kwargs.get("name", "default") for m in node.iter_markers("xdist_group")]
    for group in (*groups, "_".join(sorted(map(str, groups)))):
        name = name.removesuffix(f"@{group}")
    return name


def studio_of(item: Any) -> FakeStudio:
    """The studio of one test, not yet active."""
    from pytest_studio.fake import FakeStudio

    found = of(item)
    found.pop("seed", None)
    origin = seeds.current()
    origin.made.setdefault(origin.account(), "account_sid")
    return FakeStudio(**{**found, "account_sid": origin.account()}, _label="studio")


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


def report(origin: Origin) -> list[str]:
    """What a failing test's report says: the calls of its studios, and the seed."""
    lines: list[str] = []
    for studio, before in origin.studios.items():
        calls, talks = studio.calls[before:], studio.talks()
        if before and not calls and not talks:  # of a wider scope, and not used by this test
            continue
        if len(origin.studios) > 1:
            lines.append(f"studio of {studio.account_sid}:")
        lines += journal.report(calls, before, remarks=not origin.judged) or ["no calls reached the studio"]
        lines += talks
        lines += studio.pending()
        lines += studio.undelivered(origin)
    if lines or origin.made or origin.factory is not None:
        again = "set by the marker" if origin.marked else f"the same data again: --studio-seed={origin.seed}"
        lines.append(f"seed {origin.seed} ({again})")
    return lines


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
    return str(call.tb_frame.f_globals.get("__name__", "")).partition(".")[0]


def _statement(call: TracebackType) -> str:
    frame = call.tb_frame
    return linecache.getline(frame.f_code.co_filename, call.tb_lineno, frame.f_globals).lstrip()
