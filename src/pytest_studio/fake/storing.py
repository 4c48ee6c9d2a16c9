"""The records of a studio: what a test stores, and how it looks at them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pytest_studio import runs
from pytest_studio.fake.core import Core
from pytest_studio.resources import Engagement, Execution, Flow, Step

__all__ = ["Storing"]


class Storing(Core):
    """``add_*``, and the records by SID."""

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

        Raises:
            TypeError: an unknown field (the nearest is named), or a field's value of a wrong type.
            ValueError: ``n`` is no whole number; a value that the field cannot hold, or that contradicts the parents.
        """
        if isinstance(execution, int):
            raise TypeError(f"add_steps({execution}): an Execution comes first; for a new one add_steps(n={execution})")
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
