"""The log of Steps, which Studio keeps as well as it can: what is late, and what is lost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from zlib import crc32

from pytest_studio import fields
from pytest_studio.journal import same
from pytest_studio.resources import Step

__all__ = ["StepLog"]


class StepLog:
    """Steps whose log is late or lost: what the API does not show, though it happened."""

    def __init__(self, salt: str, now: Callable[[], float]) -> None:
        self._salt = salt
        self._now = now
        self._lost: list[tuple[float, Mapping[str, Any], str]] = []
        self._late: dict[str, tuple[float, str]] = {}

    def lose(self, rate: float, where: Mapping[str, Any] | None, text: str) -> None:
        """Lose a part of the Steps: ``rate`` of those whose fields are as in ``where``.

        Raises:
            ValueError: ``rate`` is not from 0 to 1.
            TypeError: an unknown field; the nearest is named.
        """
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= 1:
            raise ValueError(f"rate is a share of the Steps from 0 to 1, not {rate!r:.60}")
        known = [*fields.STEP, "execution_sid", "flow_sid"]
        for name in where or ():
            if name not in known:
                fields.unknown("Step", str(name), known)
        self._lost.append((rate, dict(where or {}), text))

    def delay(self, step: Step, seconds: float, text: str) -> None:
        """Let a Step show ``seconds`` from now."""
        self._late[step.sid] = self._now() + seconds, text

    def withheld(self, step: Step) -> str | None:
        """Why a Step does not show, or None if it does."""
        late = self._late.get(step.sid)
        if late is not None and self._now() < late[0]:
            return f"shows in {late[0] - self._now():g} s of the studio's clock, by {late[1]}"
        for number, (rate, where, text) in enumerate(self._lost):
            drawn = crc32(f"{self._salt}/{number}/{step.sid}".encode()) / 2**32
            if drawn < rate and all(same(value, _field(step, name)) for name, value in where.items()):
                return f"is stored, but its log is lost, by {text}"
        return None


def _field(step: Step, name: str) -> Any:
    value = getattr(step, name)
    return step.payload()[name] if name.startswith("date_") else value
