"""The records of one kind, by SID."""

from __future__ import annotations

from typing import TypeVar

from pytest_studio import sids

__all__ = ["Records"]

R = TypeVar("R")


class Records(dict[str, R]):
    """Records by SID. A key that is not there is told in words.

    Args:
        kind: ``"Flow"``, for the message.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self._kind = kind

    def __missing__(self, key: object) -> R:
        if isinstance(key, str):
            named = sids.kind(key)
            other = "" if named is None or named.endswith(f" {self._kind}") else f": it is the SID of {named}"
            raise KeyError(f"there is no {self._kind} {key[:60]!r} in this studio{other}")
        name = f"studio.{self._kind.lower()}s"
        raise KeyError(
            f"{name} has its {self._kind}s by SID, not by {key!r:.60}; the first is list({name}.values())[0]"
        )
