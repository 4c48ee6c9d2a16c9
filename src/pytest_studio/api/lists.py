"""Pages: which rows, and the ``meta`` around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from pytest_studio import payloads
from pytest_studio.api.incoming import Incoming, invalid
from pytest_studio.paging import cut, position, token
from pytest_studio.wire import API

__all__ = ["MAX_PAGE_SIZE", "PAGE_SIZE", "each", "page_of"]

#: Rows on a page that names no PageSize, and the most that one can have; more is served as the most.
PAGE_SIZE = 50
MAX_PAGE_SIZE = 1000


def page_of(
    call: Incoming,
    records: Sequence[Any],
    prefix: str,
    render: Callable[[Sequence[Any]], list[str]],
    keep: Callable[[Any], bool] | None = None,
) -> str:
    """One page of ``records`` (oldest first; pages show them newest first), as JSON text.

    ``render`` makes the rows' JSON texts; see ``each``.

    Page tokens name the place that was reached, so that a walk neither repeats nor skips when more arrive. A
    ``Page`` without a token is an echo for the client and does not move the place.

    Raises:
        ApiError: 400, the token is none of this list.
    """
    values = call.values
    size = min(values.get("PageSize", PAGE_SIZE), MAX_PAGE_SIZE)
    number = values.get("Page", 0)
    raw = values.get("PageToken")
    listing = f"{call.account.sid}{call.path}"
    place = None
    if raw is not None:
        place = position(listing, raw, prefix)
        if place is None:
            raise invalid("PageToken", raw, "the token of a page url of this list, as it came")
    elif number:
        call.remarks.append(f"Page={number} without a PageToken does not move: follow meta.next_page_url instead")
    part = cut(records, size, place, keep)
    paging = ("PageSize", "Page", "PageToken")
    filters = "&".join(
        f"{name}={quote(call.params[name], safe='')}"
        for name in (param.name for param in call.operation.params)
        if name not in paging and name in values
    )
    page = payloads.page(
        str(call.operation.key),
        [],
        API + call.path,
        size,
        number,
        filters=filters,
        token=raw,
        previous=None if part.previous is None or not number else token(listing, "newer", part.previous, prefix),
        following=None if part.following is None else token(listing, "older", part.following, prefix),
    )
    text = json.dumps(page)
    assert text.endswith("[]}")  # the rows come last, and go in here
    return f"{text[:-2]}{', '.join(render(part.rows))}]}}"


def each(render: Callable[[Any], dict[str, Any]]) -> Callable[[Sequence[Any]], list[str]]:
    """Rows of whatever ``render`` makes a payload of."""
    return lambda records: [json.dumps(render(record)) for record in records]
