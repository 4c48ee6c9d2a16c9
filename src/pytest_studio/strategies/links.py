"""Addresses of Studio: which of a schema's fields are some, and what each is with the SIDs that stand beside it.

They are read from the patterns of the schemas, so that a new link follows by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from pytest_studio.strategies.basis import Json

__all__ = ["Links", "address", "holder", "prefixes_in"]

#: Prefix of a SID -> the fields that may hold it, the nearest first.
_HOLDERS = {
    "FT": ("step_sid", "sid"),
    "FN": ("execution_sid", "engagement_sid", "sid"),
    "FW": ("flow_sid", "sid"),
    "AC": ("account_sid",),
}
_SID = re.compile(r"([A-Z]{2})\[0-9a-fA-F\]\{32\}")
#: Parts of patterns that an address may lack: the names of a region in front, a query behind.
_MAY_LACK = (r"(\.[a-z0-9-]+){0,2}", r"(\?[!-~]*)?")


def prefixes_in(pattern: str) -> list[str]:
    """The prefixes of the SIDs that a pattern has, in order."""
    return _SID.findall(pattern)


def holder(prefix: str, fields: Iterable[str]) -> str:
    """The field that holds the SID of a prefix in the address of a resource with these fields."""
    there = set(fields)
    return next(field for field in _HOLDERS[prefix] if field in there)


def address(pattern: str, payload: Json) -> str:
    """The address that a pattern lets pass, of a payload's SIDs and revision."""
    for part in _MAY_LACK:
        pattern = pattern.replace(part, "")
    pattern = pattern.strip("^$").replace("https?", "https").replace("[0-9]+", str(payload.get("revision")))
    return _SID.sub(lambda found: str(payload[holder(found[1], payload)]), pattern).replace("\\.", ".")


def _is_address(rule: Json) -> bool:
    """Whether a field is an address with SIDs in it, or an object of such."""
    if "properties" in rule:
        return all(_is_address(each) for each in rule["properties"].values())
    return rule.get("format") == "uri" and bool(prefixes_in(rule.get("pattern", "")))


class Links:
    """The addresses among the fields of a resource.

    Args:
        rule: the resource's schema.
    """

    def __init__(self, rule: Json) -> None:
        self._rules = {field: each for field, each in rule["properties"].items() if _is_address(each)}
        #: Their names.
        self.fields: frozenset[str] = frozenset(self._rules)

    def fill(self, payload: Json) -> Json:
        """Write those that a payload has, as its SIDs have them; the payload itself, changed."""
        for field, rule in self._rules.items():
            if field in payload:
                payload[field] = _filled(rule, payload)
        return payload


def _filled(rule: Json, payload: Json) -> Any:
    if "properties" in rule:
        return {name: _filled(each, payload) for name, each in rule["properties"].items()}
    return address(rule["pattern"], payload)
