"""The values of a studio's records that are PII: where they stand, and how each is recognised.

By the documents that is every ``context`` and every ``contact_channel_address``; by nature also ``to``, ``from_`` and
``parameters`` of Executions, and the test users of Flows. See https://www.twilio.com/docs/studio/rest-api/v2/execution.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from typing import Any

from pytest_studio.account import Account
from pytest_studio.privacy.views import TOKEN, fold, lowered, resolved, unspaced
from pytest_studio.privacy.words import COMMON, NOT_PERSONAL, TWILIOS
from pytest_studio.resources import Execution
from pytest_studio.wire import read_json

__all__ = ["FIELDS", "Personal", "collect", "is_value"]

#: How many places of one value are remembered.
FIELDS = 4
#: From how many digits on a number is a value, and from how many it may be grouped otherwise, as phone numbers are.
NUMBER, GROUPED = 5, 7

#: What a place in a record is: the place that it is in, and its key or index there; a record's name is outermost.
Place = tuple[Any, Any]

_CHANNEL = re.compile(
    r"(?:whatsapp|messenger|facebook|instagram|rcs|viber|line|telegram|client|sips?|tel|sms|mms|mailto):(?!//)(.+)",
    re.DOTALL | re.IGNORECASE,
)
_DIGITS = re.compile(r"\(?\+?[ (./\-\u2010-\u2015]*[0-9][0-9 ().+/\-\u2010-\u2015\xa0]*")
_DECIMAL = re.compile(r"-?[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_DAY = re.compile(r"([0-9]{4})-[0-9]{2}-[0-9]{2}|[0-9]{1,2}([./-])[0-9]{1,2}\2(?:[0-9]{4}|[0-9]{2})")
#: One word, as names are: with a hyphen or an apostrophe, too.
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019-][^\W\d_]+)*")
#: A text that needs no thought about escapes.
_PLAIN = re.compile(r"[\w @.,:;!?()'/-]*", re.ASCII)
#: Prefixes of the keys of a webhook that tell of one side's place.
_PLACES = ("City", "State", "Zip", "Country")


class Personal:
    """One value that is somebody's.

    ``kind`` is ``"address"`` (a phone number, or a text with an @), ``"text"``, ``"word"`` or ``"number"``. ``keys``
    are what is looked for: digits for phone numbers, else texts with blanks folded. ``exact``: only as it is written,
    in upper and lower case.
    """

    __slots__ = ("exact", "keys", "kind", "places", "times", "value")

    def __init__(self, value: str, kind: str, keys: Iterable[str], exact: bool = False) -> None:
        self.value: str = value
        self.kind: str = kind
        self.keys: tuple[str, ...] = tuple(dict.fromkeys(keys))
        self.exact: bool = exact
        #: The first places where it stands, and in how many it does.
        self.places: list[Place] = []
        self.times: int = 0

    def __repr__(self) -> str:
        return f"<Personal {self.kind} of {len(self.value)} characters>"

    @property
    def grouped(self) -> bool:
        """Whether it is a number whose digits may be grouped otherwise."""
        return self.kind == "address" and self.keys[0].isdigit()


def collect(account: Account) -> list[Personal]:
    """Every value of PII that records have, or had before they were changed or removed, each once, in order of making.

    Args:
        account: the state; nothing may change it meanwhile.
    """
    collector = _Collector(account)
    for run in _runs(account):
        collector.run(run)
    for flow in account.flows.values():
        collector.take(flow._test_users, f"Flow {flow._sid}", "test_users")
        for revision in flow._revisions:
            for field in revision._personal:
                collector.take(getattr(revision, f"_{field}"), f"Flow {flow._sid}", field)
    for name, field, data in account.former:
        collector.take(data, name, field)
    return list(dict.fromkeys(value for value in collector.known.values() if value is not None))


def _runs(account: Account) -> Iterator[Execution]:
    """Every Execution that there is or was."""
    yield from account.executions.values()
    for thing in account.happened:
        if isinstance(thing, Execution) and account.executions.get(thing._sid) is not thing:
            yield thing


class _Collector:
    """What has been found on the way through the records."""

    def __init__(self, account: Account) -> None:
        #: Value -> what is known of it; None: nobody's.
        self.known: dict[str, Personal | None] = {}
        self._year = datetime.fromtimestamp(account.now(), timezone.utc).year
        runs = list(_runs(account))
        people = [run._contact_channel_address for run in runs]
        people += [data for _, field, data in account.former if field == "contact_channel_address"]
        people += [user for flow in account.flows.values() for user in flow._test_users if isinstance(user, str)]
        sides = [run.twilio_side for run in runs if run._contact_channel_address is not None]
        #: Addresses that are Twilio's side, and nobody's; numbers as digits.
        self._own = set(map(_canonical, [account.number, *sides])) - {_canonical(who) for who in people if who}
        for address in self._own:
            self.known.update(dict.fromkeys(_dialled(address, True) if address.isdigit() else [address]))
        self._names = {name for run in runs for step in run._steps for name in (step._transitioned_from, step._name)}
        for run in runs:
            widgets = (run._context or {}).get("widgets")
            self._names.update(widgets if isinstance(widgets, dict) else ())

    def run(self, run: Execution) -> None:
        """All that an Execution and its Steps have."""
        top = f"{run._kind.title()} {run._sid}"
        for name in run._personal:
            self.take(getattr(run, f"_{name}"), top, name)
        context = (top, "context")
        self.take(run._trigger, context, "trigger")
        widgets = (context, "widgets")
        for step in run._steps:
            if step._output:
                self.take(step._output, widgets, step._transitioned_from)
            for name in step._personal:
                self.take(getattr(step, f"_{name}"), f"Step {step._sid}", name)

    def take(self, data: Any, place: Any, key: Any) -> None:
        """The values in JSON data that stands under ``key`` in ``place``."""
        if isinstance(data, str):
            if data[:1] in ("{", "[") and (inner := _json(data)) is not None:
                self.take(inner, place, key)
            else:
                self._value(data, place, key)
        elif isinstance(data, dict):
            place = (place, key)
            nobodys = self._nobodys(data)
            for name, value in data.items():
                if is_value(name):
                    self._value(name, place, name)
                if name not in TWILIOS and name not in nobodys:
                    self.take(value, place, name)
        elif isinstance(data, list):
            place = (place, key)
            for index, value in enumerate(data):
                self.take(value, place, index)
        elif data is not None and not isinstance(data, bool):
            self._value(repr(data), place, key)

    def _nobodys(self, data: dict[str, Any]) -> frozenset[str] | set[str]:
        """The keys of a webhook that tell where Twilio's side is."""
        if "From" not in data or "To" not in data:
            return frozenset()
        sides = [side for side in (("To", "Called"), ("From", "Caller")) if _canonical(data[side[0]]) in self._own]
        return {f"{name}{place}" for side in sides for name in side for place in _PLACES}

    def _value(self, value: str, place: Any, key: Any) -> None:
        try:
            personal = self.known[value]
        except KeyError:
            personal = self.known[value] = None if value in self._names else self._judge(value)
        if personal is not None:
            personal.times += 1
            if len(personal.places) < FIELDS:
                personal.places.append((place, key))

    def _judge(self, value: str) -> Personal | None:
        """What is to be looked for; None if the value is nobody's, or could be anybody's."""
        text = fold(value)
        if len(text) < 2 or NOT_PERSONAL.fullmatch(value.strip()):
            return None
        channel = _CHANNEL.fullmatch(value.strip())
        bare = channel[1] if channel else value.strip()
        day = _DAY.fullmatch(bare)
        if day:
            if day[1] and abs(int(day[1]) - self._year) <= 1:
                return None  # logs are dated
        elif _DIGITS.fullmatch(bare) and not _DECIMAL.fullmatch(bare):
            return self._number(value, bare)
        letters = sum(map(str.isalpha, text))
        if not letters:
            enough = sum(map(str.isdigit, text)) >= NUMBER
            return Personal(value, "number", [text]) if enough else None
        if _weight(text) < 3 or self._common(text):
            return None
        texts = [value]
        if channel and _weight(bare) >= 3 and not self._common(fold(bare)):
            texts.append(bare)
        word = _WORD.fullmatch(bare) is not None
        kind = "address" if "@" in text else "word" if word else "text"
        return Personal(value, kind, [key for text in texts for key in _keys(text)], exact=word)

    def _number(self, value: str, bare: str) -> Personal | None:
        digits = "".join(filter(str.isdecimal, bare))
        known = self.known.get(digits, self)
        if known is None or len(digits) < NUMBER:
            return None
        if isinstance(known, Personal):
            return known
        if len(digits) < GROUPED:
            personal = Personal(value, "number", [digits if bare.isdigit() else fold(bare)])
        else:
            personal = Personal(value, "address", _dialled(digits, "+" in bare))
        self.known[digits] = personal
        return personal

    @staticmethod
    def _common(text: str) -> bool:
        """Whether a text consists of what anybody says."""
        lower = lowered(text)
        return lower in COMMON or all(
            word in COMMON or _weight(word) < 2 or (len(word) < NUMBER and not any(map(str.isalpha, word)))
            for word in TOKEN.findall(lower)
        )


def is_value(key: str) -> bool:
    """Whether the key of an object is itself somebody's: a phone number, or a text with an @."""
    return not key.isidentifier() and ("@" in key or sum(map(str.isdigit, key)) >= GROUPED)


def _canonical(address: Any) -> str:
    """The digits of a phone number, whatever its channel and its blanks; any other address as it is."""
    if not isinstance(address, str):
        return ""
    channel = _CHANNEL.fullmatch(address.strip())
    bare = channel[1] if channel else address.strip()
    return "".join(filter(str.isdecimal, bare)) if _DIGITS.fullmatch(bare) else address


def _weight(text: str) -> int:
    """How many letters and digits there are; those of scripts without blanks say twice as much."""
    return sum(2 if unspaced(char) else 1 for char in text if char.isalnum())


def _json(text: str) -> Any:
    """The object or array that a text is, or None."""
    try:
        data = read_json(text)
    except ValueError:
        return None
    return data if isinstance(data, (dict, list)) else None


def _keys(text: str) -> Iterator[str]:
    """What a text reads like once blanks are folded and escapes resolved, as a text that holds it does."""
    yield fold(text)
    if not _PLAIN.fullmatch(text):
        entities = text.replace("&", "&amp;").encode("ascii", "xmlcharrefreplace").decode()
        for written in (text, json.dumps(text)[1:-1], ascii(text)[1:-1], entities):
            for _ in range(2):
                written = resolved(written)
                yield fold(written)


def _dialled(digits: str, international: bool) -> Iterator[str]:
    """The digits of a number as it may be dialled: with and without the country's, and what stands before these."""
    yield digits
    if not international:
        if len(digits) == 10:
            yield f"1{digits}"
        return
    yield f"00{digits}"
    yield f"011{digits}"
    for length in (1,) if digits[0] in "17" else (2, 3):
        rest = digits[length:]
        if len(rest) >= GROUPED:
            yield rest
            yield f"0{rest}"
            yield f"{digits[:length]}0{rest}"
