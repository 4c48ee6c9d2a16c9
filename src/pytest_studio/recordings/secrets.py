"""Credentials in recordings: where they are, and texts without them. No credential is ever part of a message."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import unquote_plus

from pytest_studio.recordings.exchange import Exchange, Headers
from pytest_studio.recordings.placeholders import found_in, is_placeholder
from pytest_studio.wire import parse_pairs

__all__ = [
    "HIDDEN",
    "SECRET_HEADERS",
    "clean",
    "harmless",
    "held",
    "hide",
    "is_secret_name",
    "redacted",
    "texts",
    "without_user",
]

#: What stands where a credential stood.
HIDDEN = "[REDACTED]"

SECRET_HEADERS = frozenset(
    {
        "authorization", "proxy-authorization", "cookie", "set-cookie", "x-twilio-signature",
        "twilio-client-validation", "x-api-key", "x-auth-token", "x-amz-security-token", "x-csrf-token",
    }
)  # fmt: skip
#: Names of parameters and properties that hold a credential, without case, ``_`` and ``-``.
_NAMES = re.compile(
    r"(?:.*(?:authtoken|accesstoken|refreshtoken|idtoken|bearertoken|password|passwd|apikeysecret|clientsecret|"
    r"keysecret|privatekey|signingsecret|sessiontoken)|secret|apikey|jwt)"
)
_USER = re.compile(r"(?<=://)[^/?#\s@\"']+@")
_BEARER = re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9+/=_.~-]{8,}", re.IGNORECASE)
_KEY = re.compile(r"\bSK[0-9a-fA-F]{32}\b")
_JWT = re.compile(r"\beyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,2}")
#: A property with its value, in what is no JSON as a whole.
_PROPERTY = re.compile(r'"([\w .-]{1,80})"\s*:\s*"((?:[^"\\]|\\.)+)')
_DEPTH = 100
#: Characters of a text from which on it is not looked through for names.
_LARGE = 1 << 20


def is_secret_name(name: object) -> bool:
    """Whether what goes by this name is a credential."""
    return (
        isinstance(name, str) and len(name) < 80 and _NAMES.fullmatch(re.sub(r"[_\-. ]", "", name).lower()) is not None
    )


def held(exchange: Exchange, *, body: Any = None) -> dict[str, list[str]]:
    """The credentials of an exchange: where they are, in words -> the texts that may not be shown.

    Args:
        exchange: what was recorded; placeholders in it are no credentials.
        body: of the answer, parsed, or as text if it is no JSON.
    """
    found: dict[str, list[str]] = {}
    for side, headers in (("request", exchange.request_headers), ("response", exchange.response_headers)):
        for name, value in headers:
            if name.lower() in SECRET_HEADERS and (parts := _of_header(name, value)):
                found.setdefault(f"the {side} header {name:.60}", []).extend(parts)
    user = _USER.search(exchange.url)
    if user is not None and not harmless(user.group()[:-1].partition(":")[2] or user.group()[:-1]):
        name, _, password = user.group()[:-1].partition(":")
        found["the user in the url"] = [user.group()[:-1], *([unquote_plus(password)] if password else [name])]
    query = exchange.url.partition("?")[2].partition("#")[0]
    places = (
        ("the url", _of_form(query)),
        ("the request body", _of_body(exchange.sent)),
        ("the response body", _of_body(body)),
    )
    for where, values in places:
        for name, value, written in values:
            if value and is_secret_name(name) and not harmless(value):
                found.setdefault(f"{name:.60} in {where}", []).extend((value, written))
    return found


def _of_form(text: str) -> Iterator[tuple[str, str, str]]:
    """Names and values of a query or form, and each value as it is written there, with its escapes."""
    for pair in text.split("&"):
        for name, value in parse_pairs(pair):
            yield name, value, pair.partition("=")[2]


def _of_body(body: Any) -> Iterator[tuple[str, str, str]]:
    """The same of a body: a form, JSON, or what was to be JSON and breaks off."""
    if isinstance(body, (bytes, bytearray)):
        body = body.decode("utf-8", "replace")
    if isinstance(body, str):
        if len(body) >= _LARGE:
            return
        if body.lstrip()[:1] not in ("{", "["):
            yield from _of_form(body)
            return
        try:
            body = json.loads(body)
        except (ValueError, RecursionError):
            for name, value in _PROPERTY.findall(body):
                yield name, value, value
            return
    if isinstance(body, (dict, list)):
        for name, value in _properties(body):
            yield name, value, value


def _of_header(name: str, value: str) -> list[str]:
    """The secret parts of a header's value; none if it is a placeholder."""
    scheme, _, rest = value.strip().partition(" ")
    if not value.strip() or harmless(value) or (rest and harmless(rest)):
        return []
    parts = [value, rest.strip()]
    if scheme.lower() == "basic":
        try:
            password = base64.b64decode(rest, validate=True).decode("utf-8").partition(":")[2]
        except (binascii.Error, ValueError):
            password = ""
        if password and harmless(password):
            return []
        parts.append(password)
    if "cookie" in name.lower():
        parts += [
            piece.partition("=")[2].strip() for piece in value.split(";")[: 1 if name.lower() == "set-cookie" else None]
        ]
    return [part for part in parts if part]


def harmless(value: str) -> bool:
    """Whether a value is a placeholder, or nothing."""
    return not value.strip() or is_placeholder(value) or (len(value) < 200 and bool(found_in(value)))


def _properties(value: Any) -> Iterator[tuple[str, str]]:
    """Names and texts of a JSON value, at any depth."""
    waiting = [(value, 0)]
    while waiting:
        inner, depth = waiting.pop()
        if isinstance(inner, dict):
            for name, item in inner.items():
                if isinstance(item, str):
                    yield str(name), item
                elif depth < _DEPTH:
                    waiting.append((item, depth + 1))
        elif isinstance(inner, list) and depth < _DEPTH:
            waiting += [(item, depth + 1) for item in inner if isinstance(item, (dict, list))]


def texts(found: dict[str, list[str]]) -> list[str]:
    """The texts that may not be shown, the longest first; very short ones would hide half of a message."""
    return sorted(
        {text for many in found.values() for text in many if len(text) >= 4}, key=lambda text: (-len(text), text)
    )


def hide(text: str, secrets: Iterable[str]) -> str:
    """A text without these secrets, and without what is a credential by its form."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    text = _USER.sub(f"{HIDDEN}@", text)
    text = _BEARER.sub(rf"\1 {HIDDEN}", text)
    return _KEY.sub(f"SK{HIDDEN}", _JWT.sub(HIDDEN, text))


def clean(value: Any, secrets: list[str]) -> Any:
    """A JSON value without secrets, at any depth: before its values are told, which cuts long ones.

    Raises:
        RecursionError: it is nested too deeply.
    """
    if isinstance(value, str):
        return hide(value, secrets)
    if isinstance(value, list):
        return [clean(item, secrets) for item in value]
    if isinstance(value, dict):
        return {
            hide(str(name), secrets): HIDDEN
            if isinstance(item, str) and item and is_secret_name(name) and not harmless(item)
            else clean(item, secrets)
            for name, item in value.items()
        }
    return value


def without_user(url: str) -> str:
    """A url without its user and password."""
    return _USER.sub("", url)


def redacted(headers: Iterable[tuple[str, str]]) -> Headers:
    """Headers with ``[REDACTED]`` in place of credentials."""
    return [
        (name, HIDDEN if name.lower() in SECRET_HEADERS or is_secret_name(name) else hide(value, ()))
        for name, value in headers
    ]
