"""What collections and records are at a moment, so that they can be put back."""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy
from typing import Any

__all__ = ["Snapshot"]


class Snapshot:
    """Collections with their members, and records with the values of their slots, as they are now.

    Args:
        collections: lists, dicts, deques; they stay the same objects, for there are views of them.
        records: objects with ``__slots__``, whose values are replaced as a whole; only their lists change in place.
    """

    def __init__(self, collections: Iterable[Any], records: Iterable[Any]) -> None:
        self._collections = [(there, copy(there)) for there in collections]
        slots: dict[type[Any], list[str]] = {}
        self._records: list[tuple[Any, list[str], list[Any]]] = []
        for record in records:
            kind = type(record)
            if kind not in slots:
                slots[kind] = [slot for base in kind.__mro__ for slot in getattr(base, "__slots__", ())]
            values = [getattr(record, slot) for slot in slots[kind]]
            self._records.append((record, slots[kind], [v.copy() if isinstance(v, list) else v for v in values]))

    def put_back(self) -> None:
        """Let all of them be again what they were."""
        for there, kept in self._collections:
            there.clear()
            (there.update if isinstance(there, dict) else there.extend)(kept)
        for record, slots, values in self._records:
            for slot, value in zip(slots, values, strict=True):
                setattr(record, slot, value)
