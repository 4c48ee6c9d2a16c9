"""Requests as Event Streams sends them, with the signature by which a receiver knows that Twilio did.

Follows https://www.twilio.com/docs/usage/webhooks/webhooks-security: of a body that is no form, its hash goes into
the url as ``bodySHA256``, and the signature is over the url.
"""

from __future__ import annotations

import base64
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from pytest_studio.wire import Request

__all__ = ["sign", "signature", "split"]

#: What stands in a url as it is: all that RFC 3986 gives a meaning, and ``%``.
_SAFE = "!#$%&'()*+,/:;=?@[]~"
_ESCAPE = re.compile("%[0-9a-fA-F]{2}")
_STRAY = re.compile("%(?![0-9a-fA-F]{2})")


def signature(auth_token: str, url: str) -> str:
    """The value of ``X-Twilio-Signature``: base64 of the HMAC-SHA1 of a url, with the auth token as its key."""
    digest = hmac.new(auth_token.encode("utf-8"), url.encode("utf-8"), sha1).digest()
    return base64.b64encode(digest).decode("ascii")


def split(url: str) -> tuple[str, str | None]:
    """A receiver's url as it goes over the wire, and the ``Authorization`` header that its credentials make.

    Raises:
        ValueError: it is not an absolute http or https url.
    """
    wanted = f"a receiver's url is absolute, such as https://example.com/events, not {url!r:.120}"
    if not isinstance(url, str):
        raise TypeError(wanted)
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
        if host and not host.isascii():
            host = host.encode("idna").decode("ascii")
    except ValueError as error:
        raise ValueError(f"{wanted}: {error}") from None
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError(wanted)
    place = f"[{host}]" if ":" in host else host
    place += "" if port is None else f":{port}"
    header = None
    if parts.username is not None:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        header = "Basic " + base64.b64encode(user.encode("utf-8")).decode("ascii")
    return urlunsplit((parts.scheme, place, _escaped(parts.path) or "/", _escaped(parts.query), "")), header


def _escaped(text: str) -> str:
    escaped = quote(_STRAY.sub("%25", text), safe=_SAFE)
    return _ESCAPE.sub(lambda found: found[0].upper(), escaped)


def sign(auth_token: str, url: str, events: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Request:
    """The POST by which Event Streams would send events to a url.

    Args:
        auth_token: the account's.
        url: the receiver's; a query is kept, credentials become an ``Authorization`` header.
        events: one event, which is sent as an object; several, which are sent as an array.

    Returns:
        Method, url with ``bodySHA256``, headers and body. The url is what was signed: a receiver must see the same.

    Raises:
        ValueError: ``url`` is not absolute, or the events cannot be written as JSON.
        TypeError: ``events`` is neither a dict nor a sequence of dicts.
    """
    plain, authorization = split(url)
    payload: Any = dict(events) if isinstance(events, Mapping) else events
    if not isinstance(payload, dict):
        if isinstance(payload, (str, bytes)) or not isinstance(payload, Sequence):
            raise TypeError(f"events are a dict or a list of dicts, not {type(events).__name__}: {events!r:.80}")
        payload = list(payload)
        for event in payload:
            if not isinstance(event, Mapping):
                raise TypeError(f"an event is a dict, not {type(event).__name__}: {event!r:.80}")
    try:
        body = json.dumps(payload, separators=(",", ":"), allow_nan=False).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"the events cannot be written as JSON: {error}") from None
    signed = f"{plain}{'&' if urlsplit(plain).query else '?'}bodySHA256={sha256(body).hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": signature(auth_token, signed)}
    if authorization is not None:
        headers["Authorization"] = authorization
    return Request("POST", signed, headers, body)
