"""Urls in payloads, given the address that a client came by.

A payload's urls are Studio's own, ``https://studio.twilio.com/…``, and clients follow them as they stand
(``next_page_url`` when they list): from a server of ours they would leave for the real Studio. Hence the urls of a
payload and of its page (``url``, ``links``, ``meta``) get the address that the request named in its ``Host``. A request
that names a host of Studio's gets the very bytes that ``handle`` gave. Data within a context or definition is never
changed.
"""

from __future__ import annotations

import json
from typing import Any

from pytest_studio.wire import API, Request, Response, is_studio_host, split_url

__all__ = ["readdressed"]


def readdressed(answer: Response, request: Request) -> Response:
    """An answer whose urls lead where its request came by, or the same one if that was a host of Studio's."""
    if API.encode() not in answer.body or is_studio_host(split_url(request.url)[0]):
        return answer
    scheme, _, rest = request.url.partition("://")
    try:
        payload = json.loads(answer.body)
    except (ValueError, RecursionError):
        return answer
    if not isinstance(payload, dict):
        return answer
    base = f"{scheme}://{rest.partition('/')[0]}"
    meta = payload.get("meta")
    if isinstance(meta, dict):
        for name, value in meta.items():
            meta[name] = _moved(value, base)
        rows = payload.get(str(meta.get("key")))
        for row in rows if isinstance(rows, list) else ():
            _readdress(row, base)
    else:
        _readdress(payload, base)
    body = json.dumps(payload).encode("ascii")
    return Response(answer.status, answer.headers, body, failure=answer.failure, delay=answer.delay)


def _readdress(row: Any, base: str) -> None:
    if isinstance(row, dict):
        links = row.get("links")
        if isinstance(links, dict):
            row["links"] = {name: _moved(link, base) for name, link in links.items()}
        if "url" in row:
            row["url"] = _moved(row["url"], base)


def _moved(value: Any, base: str) -> Any:
    if isinstance(value, str) and value.startswith(API + "/"):
        return base + value[len(API) :]
    return value
