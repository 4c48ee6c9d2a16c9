"""Dumps without personal data: another value of the same kind stands for each, and the same for the same.

What counts as personal is what the docs mark as such (contexts and contact addresses), and what such values are made
from: the addresses and parameters of what started an Execution, test users, and what widgets left.
"""

from __future__ import annotations

import json
import re
from typing import Any

from pytest_studio import sids

__all__ = ["hidden"]

Json = dict[str, Any]

#: Fields of a dumped Execution and Step that hold one address, or data of any depth.
ADDRESSES = ("contact_channel_address", "to", "from_")
DATA = ("context", "parameters", "trigger", "output")

#: Keys of contexts whose values are Twilio's own words, not a person's: widgets and conditions read them.
_VOCABULARY = frozenset(
    {
        "ApiVersion", "NumMedia", "NumSegments", "SmsStatus", "MessageStatus", "CallStatus", "Status", "Direction",
        "FlowEvent", "ErrorCode", "OptOutType", "AnsweredBy", "DialCallStatus", "QueueResult", "Language",
        "DateCreated", "DateUpdated", "DateSent", "PriceUnit", "status_code", "content_type",
    }
)  # fmt: skip
_PHONE = re.compile(r"\+?[0-9][0-9 ().-]{5,18}[0-9]")
_CHANNEL = re.compile(r"([a-z]{2,12}):(.+)", re.DOTALL)
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
#: The path of a resource of Twilio's, which has SIDs in it and nothing of a person.
_RESOURCE = re.compile(
    r"(?:https://[a-z0-9.-]+\.twilio\.com)?/(?:2010-04-01|v[12])"
    r"(?:/(?:Accounts|Messages|Media|Calls|Recordings|Conversations|Services|Flows|Executions|Steps|Context|"
    r"[A-Z]{2}[0-9a-f]{32}))+"
    r"(?:\.json)?"
)


def hidden(data: Json) -> Json:
    """A dump (see ``dumps``) with pseudonyms in place of personal data. The dump itself is not changed."""
    names = _Names(json.dumps(data))
    flows = []
    for flow in data["flows"]:
        users = [names.text(user) if isinstance(user, str) else names.any(user) for user in flow["test_users"]]
        flows.append({**flow, "test_users": users, "executions": [_run(run, names) for run in flow["executions"]]})
    return {
        **data,
        "number": names.text(data["number"]),
        "contacts": {names.text(address): sid for address, sid in data["contacts"].items()},
        "flows": flows,
    }


def _run(run: Json, names: _Names) -> Json:
    changed = {
        name: None if run[name] is None else names.text(run[name]) if name in ADDRESSES else names.any(run[name])
        for name in (*ADDRESSES, *DATA)
        if name in run
    }
    if run["initiated_by"] is not None:
        changed["initiated_by"] = names.text(run["initiated_by"])
    steps = [{**step, **{name: names.any(step[name]) for name in DATA if name in step}} for step in run["steps"]]
    return {**run, **changed, "steps": steps}


class _Names:
    """Value -> pseudonym: drawn in order of appearance, so that nothing of the value is in it."""

    def __init__(self, text: str) -> None:
        self._phones: dict[str, str] = {}
        #: Numbers that stand in the dump.
        self._taken = set(re.findall(r"[0-9]{7,}", text))
        self._drawn = 0
        self._others: dict[tuple[str, Any], int] = {}

    def any(self, value: Any, key: str = "") -> Any:
        """A JSON value with pseudonyms for its texts and numbers, at any depth; its keys stay."""
        if isinstance(value, dict):
            return {name: self.any(item, name) for name, item in value.items()}
        if isinstance(value, list):
            return [self.any(item, key) for item in value]
        if key in _VOCABULARY or value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self.text(value)
        number = self._number("number", value)
        return float(number) if isinstance(value, float) else number

    def text(self, value: str) -> str:
        """The pseudonym of a text: a phone number for one, an address for one; SIDs stay as they are."""
        if not value.strip() or sids.is_valid(value) or _RESOURCE.fullmatch(value):
            return value
        if _PHONE.fullmatch(value) and sum(char.isdigit() for char in value) >= 7:
            return self._phone(value)
        if _EMAIL.fullmatch(value):
            return f"person{self._number('email', value)}@example.com"
        if "://" in value:
            return f"https://example.com/{self._number('url', value)}"
        channel = _CHANNEL.fullmatch(value)
        if channel is not None:  # whatsapp:+1…, client:ada
            return f"{channel[1]}:{self.text(channel[2])}"
        if value.isdigit():
            return str(self._number("digits", value))
        return f"text {self._number('text', value)}"

    def _phone(self, value: str) -> str:
        """A number of the range that is kept for fiction; after 78,900 of them, of a country code that nobody has."""
        digits = re.sub(r"\D", "", value)
        while digits not in self._phones:
            area, last = divmod(self._drawn, 100)
            fiction = f"+1{201 + area}55501{last:02d}" if area < 789 else f"+999{self._drawn:09d}"
            self._drawn += 1
            if fiction[1:] not in self._taken:  # somebody's own number is nobody else's pseudonym
                self._phones[digits] = fiction
        return self._phones[digits]

    def _number(self, kind: str, value: Any) -> int:
        return self._others.setdefault((kind, value), len(self._others) + 1)
