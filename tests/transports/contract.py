"""The one contract that every transport keeps: each operation and each documented error, told as data."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from pytest_studio import FakeStudio, Request
from pytest_studio.operations import OPERATIONS

DEFINITION = '{"initial_state": "Trigger"}'
ROOT = "https://studio.twilio.com"

#: Status, body and headers.
Answer = tuple[int, bytes, dict[str, str]]


@dataclass
class World:
    """A studio with one of everything, and the parts of paths that lead to it."""

    studio: FakeStudio
    ids: dict[str, str] = field(default_factory=dict)


def world() -> World:
    """The same world each time: same SIDs, same dates."""
    studio = FakeStudio(seed=7, now="2026-03-14T09:30:00Z", env=False)
    flow = studio.add_flow(test_users=["+15550100001"])
    run = studio.add_run(flow, [("ask", "incomingMessage", {"inbound": {"Body": "héllo"}}), ("bye", "sent")])
    waiting = studio.add_run(flow, [("ask",)], ended=False, to="+15550100009", from_="+15550100010")
    engagement = studio.add_engagement(flow)
    engaged = studio.add_step(engagement)
    ids = {
        "FW": flow.sid,
        "FN": run.sid,
        "ACTIVE": waiting.sid,
        "EN": engagement.sid,
        "FT": run.steps[1].sid,
        "ET": engaged.sid,
    }
    return World(studio, ids)


@dataclass
class Case:
    """One request: ``{FW}`` and the like in the path stand for the world's SIDs."""

    name: str
    method: str
    path: str
    query: dict[str, Any] = field(default_factory=dict)
    form: dict[str, Any] = field(default_factory=dict)
    status: int = 200
    code: int | None = None
    auth: Callable[[FakeStudio], tuple[str, str] | None] = lambda studio: (studio.account_sid, studio.auth_token)

    def url(self, ids: dict[str, str]) -> str:
        """The absolute url, without the query."""
        return ROOT + self.path.format(**ids)


_TRIGGER = {"To": "+15550100002", "From": "+15550100003", "Parameters": '{"name": "Zoë"}'}
_FLOW = {"FriendlyName": "A", "Status": "published", "Definition": DEFINITION, "CommitMessage": "first"}

_FORMS = {
    "CreateExecution": _TRIGGER,
    "CreateEngagement": _TRIGGER,
    "UpdateExecution": {"Status": "ended"},
    "CreateFlow": _FLOW,
    "UpdateFlow": {"Status": "draft"},
    "UpdateFlowValidate": _FLOW,
    "UpdateTestUser": {"TestUsers": ["+15550100004", "+15550100005"]},
}
_QUERIES = {
    "ListExecution": {"PageSize": 1, "DateCreatedFrom": "2026-03-14", "DateCreatedTo": "2026-03-15T00:00:00+02:00"},
    "ListExecutionStep": {"PageSize": 2},
}


def _operation_case(id: str) -> Case:
    operation = OPERATIONS[id]
    name = id.partition(".")[2]
    engaged = "Engagements" in operation.path
    parts = operation.path.split("/")
    filled = []
    for before, part in zip(["", *parts], parts, strict=False):
        if not part.startswith("{"):
            filled.append(part)
        elif part == "{Revision}":
            filled.append("LatestPublished")
        else:
            run = "ACTIVE" if name == "UpdateExecution" else "FN"
            kinds = {"Flows": "FW", "Executions": run, "Engagements": "EN", "Steps": "ET" if engaged else "FT"}
            filled.append("{" + kinds[before] + "}")
    return Case(
        id,
        operation.method,
        "/".join(filled),
        query=_QUERIES.get(name, {}),
        form=_FORMS.get(name, {}),
        status=operation.status,
    )


OPERATION_CASES = [_operation_case(id) for id in OPERATIONS]

_RUNS = "/v2/Flows/{FW}/Executions"
_GONE = "FN" + "0" * 32

ERROR_CASES = [
    Case("400 a required parameter is missing", "POST", _RUNS, form={"From": "+1"}, status=400, code=20001),
    Case("400 Parameters is no JSON", "POST", _RUNS, form={**_TRIGGER, "Parameters": "{"}, status=400, code=20001),
    Case("400 a faulty definition", "POST", "/v2/Flows", form={**_FLOW, "Definition": "{}"}, status=400, code=20001),
    Case("400 PageSize is no number", "GET", _RUNS, query={"PageSize": "abc"}, status=400, code=20001),
    Case("400 a page token of nobody", "GET", _RUNS, query={"PageToken": "PTabc"}, status=400, code=20001),
    Case("401 no credentials", "GET", "/v2/Flows", status=401, code=20003, auth=lambda studio: None),
    Case("401 unknown user", "GET", "/v2/Flows", status=401, code=20003, auth=lambda studio: ("AC0", "x")),
    Case("401 wrong token", "GET", "/v2/Flows", status=401, code=20003, auth=lambda studio: (studio.account_sid, "x")),
    Case("404 no such Execution", "GET", _RUNS + "/" + _GONE, status=404, code=20404),
    Case("404 no such path", "GET", "/v3/Flows", status=404, code=20404),
    Case("405 a Step cannot be deleted", "DELETE", _RUNS + "/{FN}/Steps/{FT}", status=405, code=20004),
    Case("409 the contact has an active one", "POST", _RUNS, form={"To": "+15550100009", "From": "+15550100010"},
         status=409, code=20409),
    Case("409 it has ended already", "POST", _RUNS + "/{FN}", form={"Status": "ended"}, status=409, code=20409),
]  # fmt: skip

CASES = OPERATION_CASES + ERROR_CASES


def basic(auth: tuple[str, str]) -> str:
    """The value of an ``Authorization`` header."""
    return "Basic " + base64.b64encode(":".join(auth).encode()).decode()


def directly(world: World, case: Case) -> Answer:
    """No transport at all: the engine itself."""
    auth = case.auth(world.studio)
    query, form = urlencode(case.query, doseq=True), urlencode(case.form, doseq=True)
    url = case.url(world.ids) + (f"?{query}" if query else "")
    headers = {} if auth is None else {"Authorization": basic(auth)}
    answer = world.studio.handle(Request(case.method, url, headers, form))
    return answer.status, answer.body, dict(answer.headers)
