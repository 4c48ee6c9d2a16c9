"""What a sink's callable answers with: nothing, a status, or something that has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import TypeGuard

__all__ = ["is_async", "status_of"]


def is_async(target: Callable[..., object]) -> bool:
    """Whether calling it makes something to await."""
    from inspect import iscoroutinefunction

    return iscoroutinefunction(target) or iscoroutinefunction(getattr(target, "__call__", None))  # noqa: B004


def status_of(result: object) -> int | None:
    """The status that a callable answered with: itself, ``(status, body)``, or a response of some library; else None.

    Raises:
        TypeError: it is to be awaited, or a tuple that does not begin with a status.
    """
    if hasattr(result, "__await__"):
        getattr(result, "close", lambda: None)()
        raise TypeError("a sink's callable is called, not awaited, and this one returned something to await")
    for name in ("status_code", "status"):
        status = getattr(result, name, None)
        if isinstance(status, int) and not isinstance(status, bool):
            return status
    if isinstance(result, tuple) and any(part is not None for part in result):  # of two calls in a lambda, all are None
        if not _is_status(result[0]):
            raise TypeError(
                "a sink's callable answers with a status, with (status, body), with a response or with None, "
                f"and this one returned {result!r:.80}: a status from 100 to 599 comes first in a tuple"
            )
        return int(result[0])
    return int(result) if _is_status(result) else None


def _is_status(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and 100 <= value <= 599
