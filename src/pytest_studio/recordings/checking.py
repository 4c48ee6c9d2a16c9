"""Recordings held against the schemas: what each exchange says, without its credentials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from pytest_studio import schemas
from pytest_studio.client_responses import parsed
from pytest_studio.operations import match
from pytest_studio.recordings import placeholders, secrets
from pytest_studio.recordings.entries import is_definition, is_dump, plain_url
from pytest_studio.recordings.exchange import Exchange, Item
from pytest_studio.violations import Violation, violation
from pytest_studio.wire import is_studio_host, split_url

__all__ = ["Finding", "Tally", "judged"]

_LONG = 160


class Finding(NamedTuple):
    """What one exchange of Studio's says.

    Attributes:
        entry: its number in the file, from 1.
        line: where it begins; None if that is not known.
        method: in capitals; ``""`` for a payload that names no url.
        url: of the request, without user, password and other credentials.
        status: of the answer.
        schema: the name of the schema; None if there is none for this exchange.
        faults: what departs from it, but for unknown properties and placeholders.
        drift: properties that the schema does not know.
        placeholders: placeholder -> the places of the payload where one stands instead of a value.
        credentials: where credentials are, in words.
        unchecked: why it could not be held against the schema; None if it was.
    """

    entry: int
    line: int | None
    method: str
    url: str
    status: int
    schema: str | None
    faults: list[Violation]
    drift: list[Violation]
    placeholders: dict[str, list[str]]
    credentials: list[str]
    unchecked: str | None = None

    @property
    def conforms(self) -> bool:
        """Whether nothing is wrong with it; unknown properties and placeholders are not wrong."""
        return not self.faults

    @property
    def answer(self) -> str:
        """``GET https://… -> 200``, or what kind of payload it is."""
        if not self.method:
            return f"payload of {self.schema}"
        url = self.url if len(self.url) <= _LONG else f"{self.url[:_LONG]}…"
        return f"{self.method} {url} -> {self.status}"

    @property
    def title(self) -> str:
        """``GET /v2/Flows/{Sid}/Executions -> 200``: by the operation, where there is one."""
        if not self.method:
            return self.answer
        path = split_url(plain_url(self.url))[1]
        found = match(self.method, path)
        return f"{self.method} {found[0].path if found else path[:80]} -> {self.status}"


class Other(NamedTuple):
    """An exchange that is none of Studio's API: with another host, without an answer, or a browser's question."""

    entry: int
    answered: bool
    credentials: list[str]


def judged(exchange: Exchange, *, allow_unknown: bool = False) -> Finding | Other:
    """Hold one exchange against the schemas.

    Args:
        exchange: what was recorded.
        allow_unknown: whether properties that the schemas do not list are fine.
    """
    url = plain_url(exchange.url)
    host = split_url(url)[0]
    other = exchange.schema is None and not is_studio_host(host) and (bool(host) or not _is_path(exchange.method, url))
    if other or exchange.status == 0 or exchange.method in ("OPTIONS", "CONNECT"):
        return Other(exchange.entry, exchange.status != 0, list(secrets.held(exchange)))
    payload, problem = _payload(exchange)
    held = secrets.held(exchange, body=payload if problem is None else exchange.body)
    name, found, masks = _against(exchange, url, payload, problem, allow_unknown)
    hidden = secrets.texts(held)
    if found:  # told again without credentials; only then, for it takes its time
        found = _told(exchange, url, payload, problem, allow_unknown, hidden, found)
    return Finding(
        exchange.entry,
        exchange.line,
        exchange.method,
        secrets.hide(secrets.without_user(exchange.url), hidden),
        exchange.status,
        name,
        [fault for fault in found if not fault.unknown],
        [fault for fault in found if fault.unknown],
        masks,
        list(held),
        exchange.unchecked,
    )


def _is_path(method: str, url: str) -> bool:
    return match(method, split_url(url)[1]) is not None


def _payload(exchange: Exchange) -> tuple[Any, str | None]:
    """The body as parsed JSON, or why it is none; a placeholder that stands bare in JSON is put in quotes."""
    body = exchange.body
    try:
        return parsed(body), None
    except ValueError as error:
        text = body.decode("utf-8", "replace") if isinstance(body, (bytes, bytearray)) else str(body)
        if placeholders.is_placeholder(text):
            return text.strip(), None
        quoted = placeholders.quoted(text)
        if quoted != text:
            try:
                return parsed(quoted), None
            except ValueError:
                pass
        return None, str(error)


Judgement = tuple["str | None", "list[Violation]", "dict[str, list[str]]"]


def _against(exchange: Exchange, url: str, payload: Any, problem: str | None, allow_unknown: bool) -> Judgement:
    masks: dict[str, list[str]] = {}
    if exchange.schema is not None:
        name: str | None = exchange.schema
    else:
        name = schemas.name_for(exchange.method, url, exchange.status)
    if exchange.unchecked is not None:
        return name, [], masks
    if exchange.problem is not None:
        return name, [violation("", exchange.problem, "a body that can be read", "", whole="the body")], masks
    if name is None or problem is not None:
        return name, schemas.judge(exchange.method, url, exchange.status, exchange.body)[1], masks
    if placeholders.is_placeholder(payload):
        masks[payload.strip()] = [""]
        return name, [], masks
    found = schemas.violations(payload, name, allow_unknown=allow_unknown)
    if not found:
        return name, [], masks
    return name, _without_placeholders(payload, name, found, allow_unknown, masks), masks


def _without_placeholders(
    payload: Any, name: str, found: list[Violation], allow_unknown: bool, masks: dict[str, list[str]]
) -> list[Violation]:
    """The violations that are not a placeholder's doing; a url with one in it is judged by the rest of it."""
    guesses: dict[str, str | None] = {}
    for fault in found:
        value = None if fault.unknown else _at(payload, fault.pointer)
        if isinstance(value, str) and len(value) < 2000 and (marks := placeholders.found_in(value)):
            guesses[fault.pointer] = placeholders.stand_in(value)
            for mark in dict.fromkeys(marks):
                masks.setdefault(mark, []).append(fault.pointer)
    if not guesses:
        return found
    again = schemas.violations(placeholders.stand_ins(payload, guesses), name, allow_unknown=allow_unknown)
    still = {fault.pointer for fault in again} - {pointer for pointer, text in guesses.items() if text is None}
    return [fault for fault in found if fault.pointer in still]


_MISSING = object()


def _at(payload: Any, pointer: str) -> Any:
    value = payload
    for part in pointer.split("/")[1:]:
        part = part.replace("~1", "/").replace("~0", "~")
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            return _MISSING
    return value


def _told(
    exchange: Exchange,
    url: str,
    payload: Any,
    problem: str | None,
    allow_unknown: bool,
    hidden: list[str],
    found: list[Violation],
) -> list[Violation]:
    """The same violations, told of a payload whose credentials were taken out before long values were cut."""
    body = exchange.body
    if problem is not None:
        text = body.decode("utf-8", "replace") if isinstance(body, (bytes, bytearray)) else str(body)
        exchange = exchange._replace(body=secrets.hide(text[:10_000], hidden))
    else:
        try:
            payload = secrets.clean(payload, hidden)
        except RecursionError:
            payload = None
        exchange = exchange._replace(body=payload)
    shown = {
        fault.pointer: fault
        for fault in _against(exchange, secrets.hide(url, hidden), payload, problem, allow_unknown)[1]
    }
    return [
        fault._replace(
            pointer=secrets.hide(fault.pointer, hidden),
            message=secrets.hide(fault.message, hidden),
            actual=secrets.hide(fault.actual, hidden),
        )
        for fault in (shown.get(each.pointer, each) for each in found)
    ]


class Tally:
    """What the exchanges of one file come to; what happens again and again is kept once."""

    #: Kinds of drift, placeholders and credentials that are kept apart.
    KINDS = 200

    def __init__(self) -> None:
        self.exchanges: int = 0
        self.conforming: int = 0
        self.failing: int = 0
        self.unchecked: int = 0
        self.other_hosts: int = 0
        self.unanswered: int = 0
        #: Dumps of a studio, in which there is nothing to check.
        self.dumps: int = 0
        #: Flow Definitions, in which there is none either.
        self.definitions: int = 0
        #: What -> how often, and the first entry.
        self.drift: dict[tuple[str, str], list[int]] = {}
        self.placeholders: dict[str, list[int]] = {}
        self.credentials: dict[str, list[int]] = {}
        self.reasons: dict[str, list[int]] = {}

    def add(self, found: Finding | Other) -> None:
        """Count one exchange in."""
        for where in found.credentials:
            self._count(self.credentials, where, found.entry)
        if isinstance(found, Other):
            if found.answered:
                self.other_hosts += 1
            else:
                self.unanswered += 1
            return
        self.exchanges += 1
        for mark in found.placeholders:
            self._count(self.placeholders, mark, found.entry)
        for pointer in dict.fromkeys(_pattern(fault.pointer) for fault in found.drift):
            self._count(self.drift, (str(found.schema), pointer), found.entry)
        if found.unchecked is not None:
            self.unchecked += 1
            self._count(self.reasons, found.unchecked, found.entry)
        elif found.conforms:
            self.conforming += 1
        else:
            self.failing += 1

    def watching(self, items: Iterable[Item]) -> Iterator[Item]:
        """The pieces of a file, gone through; dumps and Flow Definitions among them are counted."""
        for item in items:
            self.dumps += is_dump(item)
            self.definitions += is_definition(item)
            yield item

    def _count(self, kinds: dict[Any, list[int]], kind: Any, entry: int) -> None:
        if kind in kinds:
            kinds[kind][0] += 1
        elif len(kinds) < self.KINDS:
            kinds[kind] = [1, entry]

    def join(self, other: Tally) -> None:
        """Add the numbers of another file."""
        self.exchanges += other.exchanges
        self.conforming += other.conforming
        self.failing += other.failing
        self.unchecked += other.unchecked
        self.other_hosts += other.other_hosts
        self.unanswered += other.unanswered
        self.dumps += other.dumps

    def of_recorder(self) -> Iterator[tuple[int, str]]:
        """``(entry, words)`` of what the recorder left in, or took out."""
        for where, (count, entry) in self.credentials.items():
            yield entry, f"{where} holds credentials{_times(count)}: let the recorder filter them out, and renew them"
        for mark, (count, entry) in self.placeholders.items():
            yield entry, f"{mark} is a placeholder{_times(count)}; what it stands for was not checked"

    def warnings(self) -> Iterator[tuple[int, str]]:
        """``(entry, words)`` of all that is worth a warning."""
        yield from self.of_recorder()
        for (schema, pointer), (count, entry) in self.drift.items():
            words = f"the schema {schema} does not know the property {pointer}{_times(count)}"
            yield entry, f"{words}: Twilio has added it, or a stub has made it up"
        for reason, (count, entry) in self.reasons.items():
            yield entry, f"not checked{_times(count)}: {reason}"


def _pattern(pointer: str) -> str:
    """A pointer with ``*`` for the places of lists: one kind of drift in each row of a page is one kind."""
    return "/".join("*" if part.isdigit() else part for part in pointer.split("/"))[:200]


def _times(count: int) -> str:
    return f" ({count} times)" if count > 1 else ""
