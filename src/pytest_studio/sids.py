"""SIDs: Twilio's 34-character identifiers, a two-letter prefix and 32 hexadecimal digits.

Follows https://www.twilio.com/docs/glossary/what-is-a-sid. Lower-case digits are made, as on the wire;
both cases are accepted, as in Twilio's OpenAPI documents.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from random import Random

from pytest_studio.errors import InvalidSid

__all__ = ["PREFIXES", "InvalidSid", "check", "is_valid", "new"]

LENGTH = 34

#: SID prefix -> the resource that it names.
PREFIXES: dict[str, str] = {
    "AC": "Account",
    "FW": "Flow",
    "FN": "Execution",
    "FT": "Step",
    "FC": "Contact",
    "US": "User",
    "SK": "API key",
    "RQ": "Request",
    "CA": "Call",
    "SM": "SMS message",
    "MM": "MMS message",
    "MG": "Messaging Service",
    "CH": "Conversation",
    "IM": "Conversation message",
    "IS": "Conversation Service",
    "MB": "Conversation participant",
    "DG": "Event sink",
    "DF": "Event subscription",
    "EZ": "Event",
}

_PATTERNS = {prefix: re.compile(prefix + "[0-9a-fA-F]{32}") for prefix in PREFIXES}
_HEX = frozenset("0123456789abcdefABCDEF")

#: What ``new`` draws from when it is given no generator; the seeds module sets it (see there).
ambient: Callable[[], Random] | None = None
_fallback: Random | None = None


def new(prefix: str, rng: Random | None = None) -> str:
    """Make a valid SID.

    Args:
        prefix: one of ``PREFIXES``, such as ``"FW"``.
        rng: where the 128 random bits come from. Without it: the running test's own seed, or the
            operating system outside of a test.

    Raises:
        InvalidSid: the prefix is not a known one.
    """
    if not isinstance(prefix, str) or prefix not in PREFIXES:
        raise InvalidSid(f"{prefix!r} is no SID prefix; known are {', '.join(PREFIXES)}")
    if rng is None:
        rng = _ambient_rng()
    return f"{prefix}{rng.getrandbits(128):032x}"


def _ambient_rng() -> Random:
    global _fallback
    if ambient is not None:
        return ambient()
    if _fallback is None:
        _fallback = Random()
    return _fallback


def account(rng: Random | None = None) -> str:
    """A new Account SID (``AC…``)."""
    return new("AC", rng)


def flow(rng: Random | None = None) -> str:
    """A new Flow SID (``FW…``)."""
    return new("FW", rng)


def execution(rng: Random | None = None) -> str:
    """A new Execution SID (``FN…``); an Engagement has the same prefix."""
    return new("FN", rng)


#: Engagement is the older name of Execution.
engagement = execution


def step(rng: Random | None = None) -> str:
    """A new Step SID (``FT…``)."""
    return new("FT", rng)


def contact(rng: Random | None = None) -> str:
    """A new Studio Contact SID (``FC…``)."""
    return new("FC", rng)


def user(rng: Random | None = None) -> str:
    """A new User SID (``US…``), as in a Flow's ``author_sid``."""
    return new("US", rng)


def api_key(rng: Random | None = None) -> str:
    """A new API key SID (``SK…``)."""
    return new("SK", rng)


def request(rng: Random | None = None) -> str:
    """A new Request SID (``RQ…``), as in the ``Twilio-Request-Id`` header."""
    return new("RQ", rng)


def call(rng: Random | None = None) -> str:
    """A new Call SID (``CA…``)."""
    return new("CA", rng)


def message(rng: Random | None = None) -> str:
    """A new SMS message SID (``SM…``)."""
    return new("SM", rng)


def messaging_service(rng: Random | None = None) -> str:
    """A new Messaging Service SID (``MG…``)."""
    return new("MG", rng)


def is_valid(value: object, prefix: str | None = None) -> bool:
    """Whether ``value`` is a SID, of the given prefix if there is one. Never raises for a bad value."""
    if not isinstance(value, str) or len(value) != LENGTH:
        return False
    pattern = _PATTERNS.get(value[:2])
    return pattern is not None and (prefix is None or value[:2] == prefix) and pattern.fullmatch(value) is not None


def check(value: object, prefix: str | None = None) -> str:
    """Return ``value`` if it is a SID, of the given prefix if there is one.

    Raises:
        InvalidSid: it is not; the message names the fault: type, length, prefix, or which character at
            which index.
    """
    if is_valid(value, prefix):
        assert isinstance(value, str)
        return value
    raise InvalidSid(explain(value, prefix))


def kind(value: object) -> str | None:
    """What a SID names, such as ``"an Execution"``; None if it is no SID."""
    return _article(PREFIXES[str(value)[:2]]) if is_valid(value) else None


def explain(value: object, prefix: str | None = None) -> str:
    """What keeps ``value`` from being a SID of ``prefix``, in one line; ``""`` if nothing does."""
    if is_valid(value, prefix):
        return ""
    what = f"a {PREFIXES.get(prefix, prefix)} SID ({prefix} and 32 hexadecimal digits)" if prefix else "a SID"
    if not isinstance(value, str):
        return f"{_short(value)} is no {what[2:]}: it is of type {type(value).__name__}, not str"
    start = value[:2]
    if prefix is not None and start != prefix:
        if start.upper() == prefix:
            return f"{_short(value)} is no {what[2:]}: the prefix is written {prefix}, in capitals, not {start!r}"
        strange = next((at for at, char in enumerate(start) if not char.isascii()), None)
        if strange is not None:
            return (
                f"{_short(value)} is no {what[2:]}: {_name(start[strange])} at index {strange} is no {prefix[strange]}"
            )
        found = f", that of {_article(PREFIXES[start])}" if start in PREFIXES else ""
        return f"{_short(value)} is no {what[2:]}: it starts with {start!r}{found}"
    if start not in PREFIXES:
        hint = f"; in capitals it would be {start.upper()}" if start.upper() in PREFIXES else ""
        return f"{_short(value)} is no {what[2:]}: {start!r} is no known prefix{hint}"
    for index, char in enumerate(value[2:LENGTH], 2):
        if char not in _HEX:
            fault = f"{_name(char)} at index {index} is no hexadecimal digit{_length(value)}"
            return f"{_short(value)} is no {what[2:]}: {fault}"
    return f"{_short(value)} is no {what[2:]}: it has {len(value)} characters, not {LENGTH}"


def _length(value: str) -> str:
    return "" if len(value) == LENGTH else f", and it has {len(value)} characters, not {LENGTH}"


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AEIO' else 'a'} {noun}"


def _name(char: str) -> str:
    if char.isascii():
        return repr(char)
    return f"{char!r} (U+{ord(char):04X} {unicodedata.name(char, 'unnamed')})"


def _short(value: object) -> str:
    text = repr(value[:60]) if isinstance(value, (str, bytes)) else repr(value)
    return text if len(text) <= 64 and (not isinstance(value, (str, bytes)) or len(value) <= 60) else text[:61] + "…"
