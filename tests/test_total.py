"""Whatever comes, ``handle`` answers it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote_plus

import pytest
from helpers import FROM, SMALLEST, TO, basic, encoded, examples

pytest.importorskip("hypothesis")
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_studio import FakeStudio, Request, Response
from pytest_studio.operations import OPERATIONS, Operation


def furnished() -> FakeStudio:
    """A studio with a few records, whose SIDs are the same each time."""
    studio = FakeStudio(seed=1)
    run = studio.add_run(path=[("a", "sent", {"n": 1})], to=TO)
    studio.add_step(studio.add_engagement(run.flow_sid))
    return studio


KNOWN = furnished()
GOOD = basic(KNOWN.account_sid, KNOWN.auth_token)

text = st.text(max_size=40)
junk = st.one_of(
    text,
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "5000",
            "9" * 40,
            "null",
            "[]",
            "{}",
            "NaN",
            '{"a":' * 200,
            "1e999",
            "\x00",
            "\ud800",
            "%",
            "%zz",
            "+",
        ]
    ),
    st.sampled_from(
        [
            "2026-01-01",
            "0000-00-00",
            "9999-12-31T23:59:59-23:59",
            "0001-01-01T00:00:00+23:59",
            "2026-01-01T00:00:00 01:00",
        ]
    ),
)
FLOW, RUN, OLD = next(iter(KNOWN.flows)), *KNOWN.executions
STEP, OLD_STEP = KNOWN.executions[RUN].steps[0].sid, KNOWN.executions[OLD].steps[0].sid
PLAIN = {
    "PageSize": "2",
    "Page": "0",
    "To": TO,
    "From": FROM,
    "Parameters": '{"a": 1}',
    "Definition": json.dumps(SMALLEST),
    "FriendlyName": "x",
    "TestUsers": TO,
    "DateCreatedFrom": "2020-01-01",
    "DateCreatedTo": "2030-01-01",
    "CommitMessage": "x",
}


def usual_path(operation: Operation) -> str:
    """A path on which the operation finds something."""
    old = "Engagement" in operation.path
    last = FLOW if operation.path.endswith("Flows/{Sid}") or "{Sid}/" in operation.path else OLD if old else RUN
    if "Steps/{Sid}" in operation.path:
        last = OLD_STEP if old else STEP
    known = {
        "FlowSid": FLOW,
        "ExecutionSid": RUN,
        "EngagementSid": OLD,
        "StepSid": OLD_STEP if old else STEP,
        "Revision": "1",
    }
    return operation.path.format(**known, Sid=last)


@st.composite
def requests(draw: Any) -> Request:
    """A request as a client makes it; with up to three oddities."""
    operation = draw(st.sampled_from(list(OPERATIONS.values())))
    method, path, head, host = operation.method, usual_path(operation), GOOD, "https://studio.twilio.com"
    pairs = []
    for param in operation.params:
        if param.required or draw(st.booleans()):
            choice = param.kind.partition(":")[2].partition("|")[0]
            pairs.append((param.name, choice or PLAIN.get(param.name, "")))
    oddities = draw(
        st.sets(
            st.sampled_from(["method", "segment", "path", "head", "host", "value", "pairs", "place", "raw"]), max_size=3
        )
    )
    if "method" in oddities:
        method = draw(methods)
    if "segment" in oddities:
        parts = path.split("/")
        parts[draw(st.integers(0, len(parts) - 1))] = draw(sids)
        path = "/".join(parts)
    if "path" in oddities:
        path = draw(text)
    if "head" in oddities:
        head = draw(headers)
    if "host" in oddities:
        host = draw(hosts)
    if "value" in oddities and pairs:
        at = draw(st.integers(0, len(pairs) - 1))
        pairs[at] = (pairs[at][0], draw(junk))
    if "pairs" in oddities:
        pairs += draw(params)
    in_body = (operation.method == "POST") != ("place" in oddities)
    query, body = ("", form(pairs).encode()) if in_body else (form(pairs), b"")
    if "raw" in oddities:
        query, body = draw(text), draw(st.binary(max_size=60))
    return Request(method, f"{host}{path}?{query}", head, body)


names = sorted({param.name for operation in OPERATIONS.values() for param in operation.params})
params = st.lists(st.tuples(st.one_of(st.sampled_from(names), text), junk), max_size=4)
sids = st.one_of(
    st.sampled_from([FLOW, RUN, OLD, STEP, OLD_STEP, "Validate", "LatestPublished", "LatestRevision", "1"]), junk
)
methods = st.one_of(st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS", "patch", ""]), text)
hosts = st.sampled_from(
    ["", "https://studio.twilio.com:443", "http://[", "//", "ftp://x@y@z:", "https://studio.twilio.com/"]
)
headers = st.one_of(
    st.dictionaries(
        st.sampled_from(["Authorization", "authorization", "Content-Type", "Accept"]),
        st.one_of(junk, st.binary(max_size=20)),
    ),
    st.dictionaries(st.binary(max_size=15), st.binary(max_size=15)),
)


def form(pairs: Any) -> str:
    """Pairs as a form, lone surrogates and all."""
    return "&".join(
        f"{quote_plus(k, errors='surrogatepass')}={quote_plus(v, errors='surrogatepass')}" for k, v in pairs
    )


def check(studio: FakeStudio, response: Any) -> None:
    """It is an answer: JSON that says what it is, or none with 204."""
    assert isinstance(response, Response)
    assert response.status != 500, studio.calls[-1].why
    if response.status == 204:
        assert response.body == b""
        return
    payload = response.json()
    response.body.decode("ascii")
    assert response.headers["Content-Length"] == str(len(response.body))
    if response.status >= 400:
        assert (payload["status"], type(payload["code"]), type(payload["message"])) == (response.status, int, str)
    else:
        assert response.status in (200, 201)
        json.loads(response.text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


bounded = settings(max_examples=examples(150), derandomize=True, deadline=None, database=None)


@settings(bounded, max_examples=examples(600))
@given(requests())
def test_handle_answers_every_request(request: Request) -> None:
    """Any method, url, headers and body: an answer, and never 500."""
    studio = furnished()
    check(studio, studio.handle(request))
    assert len(studio.calls) == 1


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), text),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(text, inner, max_size=4)),
    max_leaves=12,
)
states = st.fixed_dictionaries(
    {},
    optional={
        "name": st.one_of(st.sampled_from(["Trigger", "a", "b"]), json_values),
        "type": st.one_of(st.sampled_from(["trigger", "send-message"]), json_values),
        "transitions": st.one_of(
            st.lists(
                st.one_of(json_values, st.fixed_dictionaries({}, optional={"event": json_values, "next": json_values}))
            ),
            json_values,
        ),
    },
)
definitions = st.one_of(
    json_values,
    st.fixed_dictionaries(
        {"initial_state": st.one_of(st.just("Trigger"), json_values)},
        optional={"states": st.one_of(json_values, st.lists(states))},
    ),
)


@bounded
@given(definitions)
def test_any_definition_is_judged_and_what_is_taken_can_be_used(definition: Any) -> None:
    """Runs of such a Flow can be stored, and all of it read again."""
    studio = FakeStudio(seed=1)
    head = basic(studio.account_sid, studio.auth_token)
    body = encoded({"FriendlyName": "x", "Status": "draft", "Definition": json.dumps(definition)})
    response = studio.handle(Request("POST", "/v2/Flows", head, body))
    check(studio, response)
    if response.status == 201:
        flow = response.json()
        assert flow["definition"] == definition
        run = studio.add_run(flow["sid"], [("a", "sent"), ("b", "next")], ended=False)
        studio.add_step(run)
        studio.add_steps(run, 2)
        for url in (flow["url"], run.url, run.links["steps"], run.links["execution_context"]):
            assert studio.handle(Request("GET", url, head)).status == 200


@bounded
@given(st.dictionaries(text, json_values, max_size=4))
def test_any_parameters_come_back(parameters: dict[str, Any]) -> None:
    """As they were given, in both places."""
    studio = FakeStudio(seed=1)
    head = basic(studio.account_sid, studio.auth_token)
    flow = studio.add_flow(definition=SMALLEST)
    body = encoded({"To": TO, "From": FROM, "Parameters": parameters})
    made = studio.handle(Request("POST", f"{flow.url}/Executions", head, body))
    check(studio, made)
    context = studio.handle(Request("GET", made.json()["url"] + "/Context", head)).json()["context"]
    assert context["flow"]["data"] == context["trigger"]["request"]["parameters"] == parameters
