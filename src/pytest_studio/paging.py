"""Slices of lists, and the tokens that name a place in them."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import attrgetter
from typing import Any

__all__ = ["Slice", "cut", "position", "token"]

_seq = attrgetter("_seq")


class Slice:
    """One page's worth of a list: ``rows`` newest first, and where to go on in both directions (or None)."""

    __slots__ = ("following", "previous", "rows")

    def __init__(self, rows: list[Any], previous: int | None, following: int | None) -> None:
        self.rows: list[Any] = rows
        self.previous: int | None = previous
        self.following: int | None = following


def cut(
    records: Sequence[Any],
    size: int,
    place: tuple[str, int] | None = None,
    keep: Callable[[Any], bool] | None = None,
) -> Slice:
    """Cut a page out of records that stand oldest first.

    The cost grows with the page, not with the list (but for what ``keep`` refuses).

    Args:
        records: what to cut from: records with a ``_seq``, or ones that are never removed, whose index serves.
        size: how many rows at the most.
        place: None for the newest; ``("older", n)`` for what is older than position n; ``("newer", n)`` for the
            nearest that is newer.
        keep: a filter.
    """
    if not records:
        return Slice([], None, None)
    by_seq = hasattr(records[0], "_seq")
    ways, at = place or ("older", None)
    if at is None:
        low, high = 0, len(records)
    elif by_seq:
        low, high = bisect_right(records, at, key=_seq), bisect_left(records, at, key=_seq)
    else:
        low, high = at + 1, at
    older = ways == "older"
    indexes = range(high - 1, -1, -1) if older else range(low, len(records))
    if keep is None:
        found = list(indexes[: size + 1])
    else:
        found = []
        for index in indexes:
            if keep(records[index]):
                found.append(index)
                if len(found) > size:
                    break
    more = len(found) > size
    del found[size:]
    if not older:
        found.reverse()
    rows = [records[index] for index in found]
    if not rows:
        return Slice(rows, None, None)
    first, last = (r._seq for r in (rows[0], rows[-1])) if by_seq else (found[0], found[-1])
    return Slice(
        rows,
        None if (at is None or (not older and not more)) else first,
        last if (more if older else True) else None,
    )


def token(listing: str, way: str, at: int, prefix: str) -> str:
    """A page token: the place reached in one list, unreadable and of no use in another list."""
    number = at * 2 + (way == "newer")
    return f"PT{prefix}{number ^ _mask(listing):016x}{_seal(listing, number)}"


def position(listing: str, text: str, prefix: str) -> tuple[str, int] | None:
    """The place that a token names, or None if it is none of this list's."""
    try:
        number = int(text[4:20], 16) ^ _mask(listing)
    except ValueError:
        return None
    place = ("newer" if number % 2 else "older"), number // 2
    return place if text == token(listing, *place, prefix) else None


@lru_cache(256)
def _mask(listing: str) -> int:
    return int.from_bytes(hashlib.blake2b(listing.encode(), digest_size=8).digest(), "big")


def _seal(listing: str, number: int) -> str:
    return hashlib.blake2b(f"{listing}/{number}".encode(), digest_size=8).hexdigest()
