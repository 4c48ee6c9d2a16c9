"""What is fuzzed: each target takes bytes, does with them what a user could, and raises only where something is wrong.

A target is right when whatever comes has one of the ends that the docs name: an answer that is no 500 and follows its
schema, or the exception that says what is wrong. A target that needs seconds of processor time is wrong, too.
"""

from __future__ import annotations

import base64
import io
import json
import os
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

from fuzz_input import Draws, damaged, spoilt, written

from pytest_studio import FakeStudio, Request, Response, schemas
from pytest_studio.errors import ChatError, FlowDefinitionError, StudioVerdict
from pytest_studio.operations import OPERATIONS
from pytest_studio.recordings import reading
from pytest_studio.recordings.checking import Tally, judged
from pytest_studio.recordings.exchange import Unreadable
from pytest_studio.widgets import TRIGGERS, TYPES, WIDGETS

Json = dict[str, Any]
Target = Callable[[bytes], None]

TESTS = Path(__file__).resolve().parent.parent
SAMPLES = sorted((TESTS / "recordings" / "samples").iterdir())
#: Seconds of processor time that one input may cost, on a machine that is slowed by coverage.
SECONDS = 10.0

# -- handle ---------------------------------------------------------------------------------------------------


def furnished() -> tuple[FakeStudio, dict[str, str]]:
    """A studio with a Flow, runs and Steps, and what stands in the paths of its urls."""
    studio = FakeStudio(seed=1, now="2026-05-01T12:00:00Z", env=False)
    run = studio.add_run(path=[("ask", "incomingMessage", {"n": 1}), ("bye", "sent")], to="+15550100001")
    engagement = studio.add_engagement(run.flow)
    studio.add_execution(run.flow)
    return studio, {
        "FlowSid": run.flow_sid,
        "ExecutionSid": run.sid,
        "EngagementSid": engagement.sid,
        "StepSid": run.steps[0].sid,
        "OldStepSid": studio.add_step(engagement).sid,
        "Revision": "LatestPublished",
    }


def a_request(draws: Draws, studio: FakeStudio, sids: dict[str, str]) -> Request:
    """A request that Studio would answer with a success, or one in which up to eight things are odd."""
    operation = draws.one_of(list(OPERATIONS.values()))
    odd = draws.below(256) & draws.below(256)
    old = "Engagements" in operation.path
    step = sids["OldStepSid" if old else "StepSid"]
    last = step if "Steps/{Sid}" in operation.path else sids["EngagementSid" if old else "ExecutionSid"]
    if operation.path.endswith("Flows/{Sid}") or "{Sid}/" in operation.path:
        last = sids["FlowSid"]
    path = operation.path.format(**{**sids, "StepSid": step, "Sid": last})
    usual = {"To": "+15550100009", "From": "+15550100002", "Definition": '{"initial_state": "Trigger"}'}
    params = [
        (param.name, param.kind.partition(":")[2].partition("|")[0] or usual.get(param.name, "1"))
        for param in operation.params
        if param.required or draws.below(2)
    ]
    method, host, extra = operation.method, "https://studio.twilio.com", b""
    headers: dict[Any, Any] = {"Authorization": _basic(studio.account_sid, studio.auth_token)}
    if odd & 1 and params:
        at = draws.below(len(params))
        params[at] = (params[at][0], _value(draws))
    if odd & 2:
        params += [(draws.one_of(_NAMES), _value(draws)) for _ in range(draws.below(4))]
    if odd & 4:
        parts = path.split("/")
        parts[draws.below(len(parts))] = draws.one_of((draws.text(), quote(draws.text(), errors="replace"), last))
        path = "/".join(parts)
    if odd & 8:
        method = draws.one_of(("GET", "POST", "DELETE", "PUT", "HEAD", "patch", draws.text()))
    if odd & 16:
        headers |= {draws.text(): draws.text(), draws.some(8): draws.some(8)}
        headers |= {"Content-Type": draws.one_of(("application/json", "multipart/form-data; boundary=x", draws.text()))}
    if odd & 32:
        headers["Authorization"] = draws.one_of((draws.text(), f"Basic {draws.text()}", "Bearer x", b"\xff"))
    if odd & 64:
        host = draws.one_of(("", "//", "http://[", "ftp://x@y@z:", f"https://{draws.text()}"))
    if odd & 128:
        extra = draws.rest()
    form = urlencode(params, errors="surrogatepass").encode("ascii")
    if (operation.method == "POST") == (draws.below(16) != 1):
        return Request(method, host + path, headers, form + extra)
    query = (form + extra).decode("utf-8", "surrogateescape")
    return Request(method, f"{host}{path}?{query}", headers, extra)


_NAMES = (*sorted({param.name for operation in OPERATIONS.values() for param in operation.params}), "page_size", "")


def _value(draws: Draws) -> str:
    value = draws.value(2)
    return value if isinstance(value, str) else json.dumps(value)


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def check_answer(request: Request, response: Response) -> None:
    """An answer is one: no 500, headers that can be sent, and what its schema says."""
    assert 200 <= response.status < 500, f"{request.method} {request.url!r} -> {response.status}: {response.text}"
    for name, value in response.headers.items():
        f"{name}: {value}".encode("latin-1")
    path = request.url.partition("://")[2] if "://" in request.url else ""
    if path.startswith("studio.twilio.com/"):
        _, faults = schemas.judge(request.method, request.url, response.status, response.body)
        assert not faults or response.status >= 400, f"{request.method} {request.url!r}: {faults}"


def handle(data: bytes) -> None:
    """A handful of requests to one studio; then its verdict, and what a failing test would show."""
    draws = Draws(data)
    studio, sids = furnished()
    for _ in range(1 + draws.below(4)):
        request = a_request(draws, studio, sids)
        check_answer(request, studio.handle(request))
    repr(studio.calls)
    with suppress(StudioVerdict):
        studio.verify()


# -- recordings -----------------------------------------------------------------------------------------------


@cache
def _samples() -> list[tuple[str, bytes, Any]]:
    """Name, bytes and, of JSON, value of each sample; a dump is one."""
    found = [(path.name, path.read_bytes()) for path in SAMPLES]
    studio, _ = furnished()
    with tempfile.TemporaryDirectory() as folder:
        studio.dump(f"{folder}/dump.json")
        studio.handle(Request("GET", "/v2/Flows", {"Authorization": _basic(studio.account_sid, studio.auth_token)}))
        studio.calls.to_har(f"{folder}/calls.har")
        found += [(path.name, path.read_bytes()) for path in sorted(Path(folder).iterdir())]
    return [(name, raw, None if name.endswith(("yaml", "yml")) else json.loads(raw)) for name, raw in found]


def a_recording(draws: Draws) -> tuple[str, bytes]:
    """Name and content of a file: any, a sample that is damaged, or one that says something else."""
    name, raw, value = draws.one_of(_samples())
    kind = draws.below(4)
    if kind == 0:
        return draws.one_of((name, "a", "a.json", "a.yaml", "a.jsonl")), draws.rest()
    if kind == 1 or value is None:
        return name, damaged(draws, raw)
    raw = written(draws, spoilt(draws, value, 10))
    return name, damaged(draws, raw, 2) if kind == 2 else raw


def check(data: bytes) -> None:
    """A file for ``pytest-studio check``: it is judged, or is ``Unreadable``."""
    name, raw = a_recording(Draws(data))
    tally = Tally()
    file = io.BufferedReader(io.BytesIO(raw))  # type: ignore[arg-type]
    with suppress(Unreadable):
        for exchange in reading.exchanges(tally.watching(reading.items_of(file, name))):
            found = judged(exchange)
            tally.add(found)
            repr(found)


def load(data: bytes) -> None:
    """A file for ``studio.load``: it is loaded, or a ``ValueError`` says why not; what was loaded can be asked for."""
    draws = Draws(data)
    studio = furnished()[0] if draws.below(2) else FakeStudio(seed=2, now="2026-05-01T12:00:00Z", env=False)
    name, raw = a_recording(draws)
    path = f"{_folder()}/{name}"
    Path(path).write_bytes(raw)
    with suppress(ValueError):
        studio.load(path)
    headers = {"Authorization": _basic(studio.account_sid, studio.auth_token)}
    urls = [f"/{version}/Flows" for version in ("v1", "v2")]
    urls += [f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}/Steps" for run in list(studio.executions.values())[:3]]
    for url in urls:
        request = Request("GET", f"https://studio.twilio.com{url}", headers)
        check_answer(request, studio.handle(request))
    studio.dump(f"{_folder()}/dump.json")


@cache
def _folder() -> str:
    """A folder of this process, in memory where there is one."""
    return tempfile.mkdtemp(prefix="fuzz-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None)


# -- Flows ----------------------------------------------------------------------------------------------------


def _example(rule: Json) -> Any:
    """A value that a schema lets pass, most likely."""
    kind = rule.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if "enum" in rule:
        return rule["enum"][0]
    if kind == "object":
        return {name: _example(each) for name, each in rule.get("properties", {}).items()}
    if kind == "array":
        return [_example(rule.get("items", {}))]
    if kind == "string":
        return "1" if "0-9" in rule.get("pattern", "") else "{{flow.data.x}}"
    return {"integer": 1, "number": 1, "boolean": True}.get(kind or "", "x")


@cache
def definitions() -> list[Json]:
    """One of each widget type, three at a time; and the Flow of the examples."""
    made, flags = [], {"allow_concurrent_calls": True}
    kinds = sorted(TYPES - {"trigger"})
    for start in range(0, len(kinds), 3):
        some = kinds[start : start + 3]
        states: list[Json] = [{"name": "Trigger", "type": "trigger", "properties": {}}]
        for kind in some:
            rules = schemas.load(f"widgets/{kind}")["properties"].get("properties", {})
            states.append({"name": kind, "type": kind, "properties": _example({"type": "object", **rules})})
        for state, follower in zip(states, [*some, None], strict=True):
            kind = state["type"]
            events = TRIGGERS if kind == "trigger" else WIDGETS[kind].events if kind in WIDGETS else ("done",)
            state["transitions"] = [{"event": event, "next": follower} for event in events]
            if kind == "split-based-on":
                condition = {"friendly_name": "x", "arguments": ["{{flow.data.x}}"], "type": "regex", "value": "a|b"}
                state["transitions"][-1]["conditions"] = [condition]
        made.append({"description": "", "states": states, "initial_state": "Trigger", "flags": flags})
    booking = TESTS.parent / "examples" / "flows" / "booking.json"
    return [*made, *([json.loads(booking.read_text(encoding="utf-8"))] if booking.exists() else [])]


def load_flow(data: bytes) -> None:
    """A definition, as a dict, a text or a file: it is refused with a ``FlowDefinitionError``, or takes messages."""
    draws = Draws(data)
    kind = draws.below(8)
    studio = FakeStudio(seed=3, now="2026-05-01T12:00:00Z", env=False, strict=False)
    source: Any
    if kind == 0:
        source = "{" + draws.rest().decode("utf-8", "surrogateescape")
    else:
        source = spoilt(draws, draws.one_of(definitions()))
        if kind == 1:
            source = damaged(draws, json.dumps(source).encode()).decode("utf-8", "replace")
        if kind == 2:
            source = Path(f"{_folder()}/flow.json")
            source.write_bytes(damaged(draws, written(draws, draws.one_of(definitions()))))
    if not isinstance(source, (dict, Path)) and not (isinstance(source, str) and source.lstrip()[:1] in ("{", "[")):
        return  # a path of nothing, or a mistake of type, which says so
    with suppress(FlowDefinitionError), _away():
        flow = studio.load_flow(source, assume_success=bool(draws.below(2)))
        with suppress(ChatError):
            chat = flow.message(draws.text(), from_="+15550100001")
            for _ in range(draws.below(4)):
                chat.reply(draws.text())
            studio.advance(hours=1)
            repr((chat.transcript, chat.context, chat.visits))


def _away() -> Any:
    """Nothing is asked of anybody: the widgets that ask find no host."""
    return patch("pytest_studio.fake.talking._ask", side_effect=LookupError("nothing answers while fuzzing"))


# -- HTTP -----------------------------------------------------------------------------------------------------

_GET = b"GET /v2/Flows?PageSize=2 HTTP/1.1\r\nHost: studio.twilio.com\r\nAuthorization: Basic eDp5\r\n\r\n"
_POST = b"POST /v2/Flows HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\na=1"
_CHUNKS = b"POST /v2/Flows HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\na=1\r\n0\r\nTrailer: x\r\n\r\n"
_OLD = b"HEAD http://studio.twilio.com/v1/Flows HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"


def http11(data: bytes) -> None:
    """Bytes on a server's connection, in pieces: every request is answered, and what is none is refused."""
    from pytest_studio.transports.http11 import Connection

    draws = Draws(data)
    studio = FakeStudio(seed=4, env=False)
    sent: list[bytes] = []
    connection = Connection(sent.append, max_head=2048, max_body=512)
    pieces = 1 + draws.below(4)
    said = b"".join(draws.one_of((_GET, _POST, _CHUNKS, _OLD, b"")) for _ in range(draws.below(3)))
    said = damaged(draws, said, 6) + draws.rest()
    size = max(1, len(said) // pieces)
    for piece in [*(said[at : at + size] for at in range(0, len(said), size)), b""]:
        if connection.finished:
            break
        connection.receive(piece)
        while (request := connection.next_request()) is not None:
            response = studio.handle(request)
            assert response.status < 500, response.text
            connection.answer(response)
    wrote = b"".join(sent)
    assert wrote == b"" or wrote.startswith(b"HTTP/1.1 "), wrote[:100]
    assert b"HTTP/1.1 5" not in wrote.replace(b"HTTP/1.1 501", b""), wrote[:300]


#: By name.
TARGETS: dict[str, Target] = {
    target.__name__: target for target in (handle, check, load, load_flow, http11)
}  # fmt: skip


def run(target: Target, data: bytes) -> None:
    """One input; an input that costs too much is a fault."""
    began = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        target(data)
    took = time.process_time() - began
    assert took < SECONDS, f"{len(data)} bytes cost {took:.1f} s of processor time"
