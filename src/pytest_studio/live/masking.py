"""What may be told of an account's values: their form. What people wrote, addresses, SIDs and tokens stay there."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from pytest_studio import schemas
from pytest_studio.widgets import TYPES

__all__ = ["NOTHING", "masked", "private", "token_form"]

#: Stands for a value that is not there.
NOTHING = "nothing"

_SID = re.compile(r"(?<![A-Za-z0-9])([A-Z]{2})[0-9a-fA-F]{32}(?![A-Za-z0-9])")
_TOKEN = re.compile(r"(?<=PageToken=)[^&\s]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?")
_ADDRESS = re.compile(r"\+[0-9]{5,}|(?<![0-9])[0-9]{7,}(?![0-9])|[^\s@/]+@[^\s@/]+\.[^\s@/]+")
_STUDIO_URL = re.compile(r"https?://(?:studio|webhooks|www)(?:\.[a-z0-9-]+){0,2}\.twilio\.com/")
_HEX = re.compile(r"[0-9a-f]{8,}")
#: Properties whose texts are Twilio's own words.
_TOLD = frozenset({"status", "message", "detail", "more_info", "key"})
#: Properties that are an account's own, whatever the documents say of personal data.
_OWN = frozenset({"definition", "test_users"})


@cache
def private() -> frozenset[str]:
    """The names of properties of which nothing is told but whether they are empty: PII by the schemas, and the like."""
    found = set(_OWN)
    for name in schemas.names():
        if name[:3] in ("v1/", "v2/"):
            for key, rule in schemas.load(name).get("properties", {}).items():
                if rule.get("x-pii", {}).get("handling", "none") != "none":
                    found.add(key)
    return frozenset(found)


def masked(pointer: str, value: Any) -> str:
    """The form of a value, as a report may show it.

    Args:
        pointer: where it stands, such as ``/meta/url``; names that begin otherwise are of what was observed, and
            their values are words of this package.
        value: parsed JSON, or ``NOTHING``.
    """
    name = pointer.rpartition("/")[2]
    if isinstance(value, (dict, list)):
        return json.dumps(value) if not value else "an object" if isinstance(value, dict) else "an array"
    if not isinstance(value, str):
        return json.dumps(value)
    if not pointer.startswith("/") or value == NOTHING:
        return value
    if name in private():
        return "<text>" if value else '""'
    if name in _TOLD or pointer.startswith("/details") or _STUDIO_URL.match(value):
        return json.dumps(_without(value), ensure_ascii=False)
    if _SID.fullmatch(value):
        return f"{value[:2]}…"
    if _DATE.match(value):
        return re.sub("[0-9]", "0", value) if len(value) < 40 else "<text>"
    return json.dumps(value) if name == "type" and value in TYPES else "<text>" if value else '""'


def _without(text: str) -> str:
    """Twilio's words without SIDs, tokens, dates and addresses."""
    text = _TOKEN.sub(lambda found: token_form(found.group()), _SID.sub(r"\1…", text))
    return _ADDRESS.sub("…", _DATE.sub(lambda found: re.sub("[0-9]", "0", found.group()), text))[:300]


def token_form(token: str) -> str:
    """What a page token looks like: ``PT``, two capitals and so on, digits counted, nothing of them told."""
    head = re.match(r"PT(?:[A-Z]{2}(?=[0-9a-f]))?|[A-Z]{2}(?=[0-9a-f]{32})", token)
    start = head.group() if head else ""
    rest = token[len(start) :]
    kind = "hexadecimal digits" if _HEX.fullmatch(rest) else "digits" if rest.isdigit() else "characters"
    return f"{start}<{len(rest)} {kind}>"
