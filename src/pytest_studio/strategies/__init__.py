"""Strategies for Hypothesis: payloads, histories of Executions and Flow Definitions, for property tests.

Needs the extra ``hypothesis`` (``pip install 'pytest-studio[hypothesis]'``); nothing else of this package imports it.

    >>> from hypothesis import given
    >>> from pytest_studio import strategies
    >>> @given(strategies.steps(name="timeout"))
    ... def test_a_timeout_is_told(step): ...

Everything that is drawn conforms to the schema of its name (``pytest_studio.schemas``), and agrees in itself: urls are
those of the SIDs, what was updated was made before, a page's urls are those of its list. What is fixed stays as it is,
and the rest agrees with it as far as it can: a Step with ``name="timeout"`` is one of a widget that waits. Each example
is its own: a test may change it. Among it is what code trips
over: null where it may stand, any Unicode, long texts, dates in any year, fields that Twilio did not send before.
Examples shrink to small ones that can be read; a failure report shows them as they are, to be pasted into a test.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pytest_studio.errors import nearest
from pytest_studio.strategies.answers import any_payload
from pytest_studio.strategies.basis import Json, SearchStrategy, plain, sids_of
from pytest_studio.strategies.definitions import ALONE, definitions_of
from pytest_studio.strategies.given import fixed_fields
from pytest_studio.strategies.histories import History, histories_of
from pytest_studio.strategies.records import resource
from pytest_studio.widgets import WIDGETS

__all__ = [
    "WIDGET_TYPES",
    "History",
    "executions",
    "flow_definitions",
    "histories",
    "payloads",
    "sids",
    "step_contexts",
    "steps",
]

#: Every widget type that ``flow_definitions`` can use.
WIDGET_TYPES: tuple[str, ...] = tuple(WIDGETS)


def sids(prefix: str | None = None) -> SearchStrategy[str]:
    """SIDs: the prefix and 32 hexadecimal digits in lower case, as Twilio makes them.

    Args:
        prefix: one of ``pytest_studio.sids.PREFIXES``: ``"FT"`` of Steps, ``"FN"`` of Executions …; None: any of them.

    Raises:
        InvalidSid: there is no such prefix.
    """
    return plain(sids_of(prefix))


def payloads(name: str) -> SearchStrategy[Json]:
    """Payloads that conform to a schema.

    Of a page, the rows belong together, and its urls are those of the list. Definitions and widgets are all that their
    schema lets pass, whether it makes sense or not; for those that run see ``flow_definitions``.

    Args:
        name: one of ``pytest_studio.schemas.names()``, such as ``"v2/execution_page"`` or ``"error"``.

    Raises:
        ValueError: there is no such schema; the nearest is named.
    """
    return plain(any_payload(name))


def steps(version: str = "v2", **fields: Any) -> SearchStrategy[Json]:
    """Payloads of Steps.

    Args:
        version: ``"v1"`` or ``"v2"``.
        **fields: by their JSON names, a value that all have, or a strategy to draw it from: ``name="timeout"``,
            ``flow_sid=sids("FW")``. Dates are texts or ``datetime``.

    Raises:
        TypeError: an unknown field (the nearest is named), or one that follows from the SIDs.
        ConformanceError: a value that the schema refuses.
    """
    return _records("execution_step", version, fields)


def executions(version: str = "v2", **fields: Any) -> SearchStrategy[Json]:
    """Payloads of Executions; ``executions(status="active")`` are those that go on. As ``steps``."""
    return _records("execution", version, fields)


def step_contexts(version: str = "v2", **fields: Any) -> SearchStrategy[Json]:
    """Payloads of the contexts of Steps: who began, and what each widget left. As ``steps``."""
    return _records("execution_step_context", version, fields)


def histories(min_steps: int = 1, max_steps: int = 8, *, version: str = "v2", **fields: Any) -> SearchStrategy[History]:
    """Whole Executions, whose Steps and contexts hang together.

    Each Step begins where the one before led, the first with ``Trigger``; times rise, or stay the same; each context
    has what those before it had, and what its own widget left. One that has ended leads to ``"Ended"``.

        >>> @given(strategies.histories(status="ended"))
        ... def test_every_run_is_exported(history):
        ...     studio = FakeStudio()
        ...     run = history.add_to(studio)
        ...     assert [step.sid for step in run.steps] == [step["sid"] for step in history.steps]

    Args:
        min_steps: at the least; 0 for Executions that have only begun, too.
        max_steps: at the most.
        version: ``"v1"`` or ``"v2"``.
        **fields: of the Execution, as in ``executions``.

    Raises:
        ValueError: the numbers of Steps are no range.
        TypeError: as in ``steps``.
        ConformanceError: as in ``steps``.
    """
    _check_range("min_steps", min_steps, "max_steps", max_steps, 0)
    fixed = fixed_fields(resource(_name("execution", version)), fields)
    return histories_of(version, min_steps, max_steps, fixed)


def flow_definitions(
    min_states: int = 2, max_states: int = 8, types: Iterable[str] | None = None
) -> SearchStrategy[Json]:
    """Flow Definitions that load and run: ``pytest-studio lint`` has nothing to say of them, not even a warning.

    Every widget can be reached, every loop waits for the contact and has a way out, each event leads somewhere that
    has to, templates read what is there.

        >>> @given(strategies.flow_definitions())
        ... def test_every_flow_is_drawn(definition):
        ...     assert draw(definition)

    Args:
        min_states: states at the least, the trigger among them: 2 or more.
        max_states: states at the most.
        types: widget types to use; without it all that need nothing from outside, so that the Flow runs with
            ``load_flow(…, assume_success=True)``. The others send requests or run another Flow: ``WIDGET_TYPES`` has
            all.

    Raises:
        ValueError: an unknown type (the nearest is named), none at all, or numbers that are no range.
    """
    _check_range("min_states", min_states, "max_states", max_states, 2)
    if isinstance(types, str):
        raise TypeError(f"types is a list of widget types, as in [{types!r}]")
    kinds = ALONE if types is None else tuple(dict.fromkeys(types))
    for kind in kinds:
        if kind not in WIDGETS:
            raise ValueError(f"{kind!r:.60} is no widget type whose events are known{nearest(str(kind), WIDGETS)}")
    if not kinds:
        raise ValueError("types names no widget type; without it all are used that need nothing from outside")
    return plain(definitions_of(min_states, max_states, kinds))


def _records(what: str, version: str, fields: Json) -> SearchStrategy[Json]:
    of = resource(_name(what, version))
    return plain(of.payloads(fixed_fields(of, fields)))


def _name(what: str, version: str) -> str:
    if version not in ("v1", "v2"):
        raise ValueError(f"version is 'v1' or 'v2', not {version!r:.60}")
    return f"{version}/{what}"


def _check_range(low_name: str, low: object, high_name: str, high: object, least: int) -> None:
    for name, value in ((low_name, low), (high_name, high)):
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{name} is a whole number, not {type(value).__name__}: {value!r:.60}")
        if value < least:
            raise ValueError(f"{name} is {least} or more, not {value}")
    if low > high:  # type: ignore[operator]
        raise ValueError(f"{low_name} is {low}, which is more than {high_name}, {high}")
