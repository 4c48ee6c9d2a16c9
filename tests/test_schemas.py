"""The schemas, what they let pass, and what is said of the rest."""

from __future__ import annotations

import copy
import enum
import json
import os
import re
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
import requests
from jsonschema import Draft202012Validator

from pytest_studio import schemas, validation
from pytest_studio.errors import ConformanceError, StudioDriftWarning
from pytest_studio.operations import OPERATIONS
from pytest_studio.schemas import assert_conforms, load, name_for, names, validate, violations

AC, FW, FN, FT, FC, US, CA = (prefix + "0123456789abcdef" * 2 for prefix in ("AC", "FW", "FN", "FT", "FC", "US", "CA"))
API = "https://studio.twilio.com"
NOON = "2024-02-29T12:00:00Z"


def run_samples(version: str, word: str, folder: str) -> dict[str, dict[str, Any]]:
    """A payload of an Execution or Engagement, and of what hangs on it, by schema name."""
    base = f"{API}/{version}/Flows/{FW}/{folder}"
    one, step = f"{base}/{FN}", f"{base}/{FN}/Steps/{FT}"
    dates = {"date_created": NOON, "date_updated": None}
    mine = {"account_sid": AC, "flow_sid": FW}
    run = {
        **mine,
        **dates,
        "sid": FN,
        "contact_sid": FC,
        "contact_channel_address": "whatsapp:+15550100001",
        "context": {},
        "status": "active",
        "url": one,
        "links": {"steps": f"{one}/Steps", f"{word}_context": f"{one}/Context"},
    }
    if version == "v2":
        run |= {"flow_version": 3, "initiated_by": CA}
    mine[f"{word}_sid"] = FN
    row = {
        **mine,
        **dates,
        "sid": FT,
        "name": "incomingMessage",
        "context": {},
        "parent_step_sid": None,
        "transitioned_from": "Trigger",
        "transitioned_to": "ask_age",
        "type": "trigger",
        "url": step,
        "links": {"step_context": f"{step}/Context"},
    }
    grown = {"widgets": {"ask_age": {"inbound": {"Body": "42"}}}, "flow": {"sid": FN}}
    return {
        f"{version}/{word}": run,
        f"{version}/{word}_page": page(base, f"{word}s", run),
        f"{version}/{word}_context": {**mine, "context": grown, "url": f"{one}/Context"},
        f"{version}/{word}_step": row,
        f"{version}/{word}_step_page": page(f"{one}/Steps", "steps", row),
        f"{version}/{word}_step_context": {**mine, "step_sid": FT, "context": grown, "url": f"{step}/Context"},
    }


def page(url: str, key: str, *items: dict[str, Any]) -> dict[str, Any]:
    """A second page that has a next one."""
    token = f"PT{FT}"
    meta = {
        "page": 1,
        "page_size": 50,
        "first_page_url": f"{url}?PageSize=50&Page=0",
        "previous_page_url": f"{url}?PageSize=50&Page=0&PageToken={token}",
        "url": f"{url}?PageSize=50&Page=1&PageToken={token}",
        "next_page_url": None,
        "key": key,
    }
    return {"meta": meta, key: list(items)}


def flow_samples() -> dict[str, dict[str, Any]]:
    """A payload of a Flow, and of what belongs to it, by schema name."""
    v1, v2 = f"{API}/v1/Flows/{FW}", f"{API}/v2/Flows/{FW}"
    flow = {"sid": FW, "account_sid": AC, "friendly_name": "Booking", "status": "draft", "date_created": NOON}
    flow["date_updated"] = "2024-03-01T00:00:00.123+01:00"
    old = {**flow, "version": 2, "url": v1, "links": {k: f"{v1}/{k.title()}" for k in ("engagements", "executions")}}
    revision = {**flow, "author_sid": US, "definition": {"states": []}, "revision": 2, "commit_message": "second try"}
    revision |= {"valid": True, "errors": None, "url": f"{v2}/Revisions/2"}
    links = {"test_users": f"{v2}/TestUsers", "revisions": f"{v2}/Revisions", "executions": f"{v2}/Executions"}
    hook = f"https://webhooks.twilio.com/v1/Accounts/{AC}/Flows/{FW}"
    new = {**revision, "warnings": [], "url": v2, "webhook_url": hook, "links": links}
    listed = {**new, "definition": None, "valid": None, "commit_message": None, "warnings": None}
    return {
        "v1/flow": old,
        "v1/flow_page": page(f"{API}/v1/Flows", "flows", old),
        "v2/flow": new,
        "v2/flow_page": page(f"{API}/v2/Flows", "flows", listed),
        "v2/flow_revision": revision,
        "v2/flow_revision_page": page(f"{v2}/Revisions", "revisions", revision),
        "v2/flow_validate": {"valid": True},
        "v2/test_users": {"sid": FW, "test_users": ["+15550100001"], "url": f"{v2}/TestUsers"},
    }


SAMPLES: dict[str, dict[str, Any]] = {
    **flow_samples(),
    **run_samples("v1", "execution", "Executions"),
    **run_samples("v1", "engagement", "Engagements"),
    **run_samples("v2", "execution", "Executions"),
    "error": {
        "code": 20409,
        "detail": "more of it",
        "details": {"conflicting_execution_sid": FN},
        "message": "That contact is busy",
        "more_info": "https://www.twilio.com/docs/errors/20409",
        "status": 409,
    },
}
STEP = SAMPLES["v2/execution_step"]
STEP_URL = STEP["url"]


def properties(schema: Any, payload: Any, pointer: str = "") -> Iterator[tuple[str, str, Any, Any, bool]]:
    """``(pointer, name, property's schema, the object it stands in, whether it is required)`` at every depth."""
    if isinstance(payload, list):
        for index, item in enumerate(payload):
            yield from properties(schema.get("items", {}), item, f"{pointer}/{index}")
    for name, rule in schema.get("properties", {}).items() if isinstance(payload, dict) else ():
        yield f"{pointer}/{name}", name, rule, payload, name in schema["required"]
        yield from properties(rule, payload[name], f"{pointer}/{name}")


def wrong_values(rule: dict[str, Any], value: Any) -> Iterator[Any]:
    """Values that a property with that schema, and now that value, must not have."""
    types = rule.get("type", [])
    types = [types] if isinstance(types, str) else types
    if "null" not in types:
        yield None
    if "string" in types:
        yield from (17, ["x"], True)
    if "object" in types:
        yield from ("{}", [])
    if "array" in types:
        yield from ("[]", {})
    if "integer" in types:
        yield from ("1", True, 1.5, float("nan"))
    if "boolean" in types:
        yield from (1, "true")
    if "enum" in rule or "const" in rule:
        yield "other"
    yield from [low - 1 for low in [rule.get("minimum")] if low is not None]
    yield from [high + 1 for high in [rule.get("maximum")] if high is not None]
    if prefix := re.match(r"\^([A-Z]{2})\[", rule.get("pattern", "")):
        sid = prefix[1] + "0123456789abcdef" * 2
        yield from ("SK" + sid[2:], sid[:-1], sid + "0", sid + "\n", sid[:-1] + "g", sid.lower(), "", "x" * 10**5)
    if rule.get("format") == "date-time":
        yield from (
            NOON[:-1],
            NOON.replace("T", " "),
            NOON + "\n",
            NOON.replace("2024", "٢٠٢٤"),
            "0000-01-01T00:00:00Z",
        )
        yield from ("2023-02-29T12:00:00Z", "2024-13-01T12:00:00Z", "2024-01-01T25:00:00Z", "2024-01-01", "soon")
    if rule.get("format") == "uri":
        yield from ("nowhere", "https://a b/", "", "https://x.example/%zz", "https:///path")
    if rule.get("format") == "uri" and isinstance(value, str) and "pattern" in rule:
        yield from (value.replace("twilio.com", "example.com"), value.replace("twilio.com", "twilio.com.example.com"))
        yield from (value.replace("/Flows", "/Flow"), value.replace("https", "ftp"), value + "\n", value + "/x y")


class Corruption(NamedTuple):
    """One fault in an otherwise good payload."""

    pointer: str
    payload: Any
    kind: str


def corruptions(name: str) -> Iterator[Corruption]:
    """Each payload that departs from the schema in one way."""

    def with_change(pointer: str, change: Any) -> Any:
        payload = copy.deepcopy(SAMPLES[name])
        *parents, last = pointer.split("/")[1:]
        target: Any = payload
        for part in parents:
            target = target[int(part)] if isinstance(target, list) else target[part]
        change(target, last)
        return payload

    for pointer, key, rule, parent, required in properties(load(name), SAMPLES[name]):
        if required:
            yield Corruption(pointer, with_change(pointer, lambda target, last: target.pop(last)), "missing")
        surplus = f"{pointer}_x"
        yield Corruption(surplus, with_change(surplus, lambda target, last: target.update({last: 1})), "unknown")
        for value in wrong_values(rule, parent[key]):
            yield Corruption(pointer, with_change(pointer, lambda t, last, v=value: t.update({last: v})), "wrong")
    for payload in (None, [], "text", 5, True):
        yield Corruption("", payload, "wrong")


def forget() -> None:
    """Drop what was compiled, so that the next use looks for jsonschema_rs again."""
    validation._fast_class.cache_clear()
    schemas._compiled.cache_clear()


@pytest.fixture(params=["plain", "fast"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Runs a test without jsonschema_rs, and with it if it is installed."""
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    else:
        pytest.importorskip("jsonschema_rs")
    forget()
    yield request.param
    forget()


def test_the_samples_cover_every_schema_of_a_payload() -> None:
    """No schema of a resource or page goes untested."""
    assert set(SAMPLES) <= set(names())
    assert {name for name in names() if name.startswith(("v1/", "v2/")) or name == "error"} == set(SAMPLES)
    assert "common" not in names()


@pytest.mark.parametrize("name", sorted(SAMPLES))
class TestEverySchema:
    """What holds for each file."""

    def test_says_what_it_is(self, name: str) -> None:
        """Draft, id, title, description and doc page are there, and no reference is left."""
        schema = load(name)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"urn:pytest-studio:{name}"
        assert schema["title"]
        assert schema["description"]
        assert schema["$comment"].startswith("https://")
        assert "$ref" not in json.dumps(schema)

    def test_is_valid_draft_2020_12(self, name: str) -> None:
        """The metaschema accepts it."""
        Draft202012Validator.check_schema(load(name))

    def test_describes_and_tags_each_property(self, name: str) -> None:
        """Contexts and contact addresses are personal data for 30 days, save those of v1 Engagements."""
        for pointer, key, rule, _, _ in properties(load(name), SAMPLES[name]):
            untagged = name.startswith("v1/engagement") and "step" not in name
            personal = key in ("context", "contact_channel_address") and not untagged
            tag = {"handling": "standard", "mtl_days": 30} if personal else {"handling": "none"}
            assert rule["x-pii"] == tag, pointer
            assert rule["description"], pointer

    def test_is_closed_at_every_depth_it_describes(self, name: str) -> None:
        """Each object with listed properties refuses others."""
        text = json.dumps(load(name))
        assert text.count('"additionalProperties": false') == text.count('"properties": {')

    def test_accepts_its_sample(self, name: str, engine: str) -> None:
        """A good payload passes."""
        assert violations(SAMPLES[name], name) == []
        validate(SAMPLES[name], name)

    def test_accepts_older_payloads_and_regional_hosts(self, name: str, engine: str) -> None:
        """What came later may be absent, and the host may name edge and region."""
        old = copy.deepcopy(SAMPLES[name])
        for _, key, _, parent, required in list(properties(load(name), old)):
            if not required:
                del parent[key]
        for host in ("studio.ie1.twilio.com", "studio.dublin.ie1.twilio.com"):
            validate(json.loads(json.dumps(old).replace("studio.twilio.com", host)), name)

    def test_accepts_null_where_the_docs_allow_it(self, name: str, engine: str) -> None:
        """Nullable properties may be null, all at once."""
        payload = copy.deepcopy(SAMPLES[name])
        for _, key, rule, parent, _ in list(properties(load(name), payload)):
            if "null" in rule.get("type", ""):
                parent[key] = None
        validate(payload, name)

    def test_tells_each_fault_once_and_where_it_is(self, name: str, engine: str) -> None:
        """One fault is one violation whose message has the place, the finding and the rule."""
        for pointer, payload, kind in corruptions(name):
            found = violations(payload, name)
            assert [fault.pointer for fault in found] == [pointer], (kind, found)
            (fault,) = found
            assert fault.unknown == (kind == "unknown"), fault
            assert (pointer or "the payload") in fault.message
            assert fault.actual in fault.message
            assert fault.expected in fault.message
            assert len(fault.message) < 900
            with pytest.raises(ConformanceError) as caught:
                validate(payload, name)
            assert caught.value.violations == (fault,)
            assert fault.message in str(caught.value)
            assert load(name)["$comment"] == fault.doc
            assert fault.doc in str(caught.value)

    def test_lets_unknown_properties_pass_when_told_to(self, name: str, engine: str) -> None:
        """``allow_unknown`` forgives them at any depth, and nothing else."""
        for pointer, payload, kind in corruptions(name):
            found = violations(payload, name, allow_unknown=True)
            assert [fault.pointer for fault in found] == ([] if kind == "unknown" else [pointer])


def test_two_faults_are_two_violations(engine: str) -> None:
    """Each fault of a payload is told."""
    bad = {**STEP, "sid": FN, "date_created": "yesterday", "more": 1}
    del bad["links"]
    assert sorted(fault.pointer for fault in violations(bad, "v2/execution_step")) == [
        "/date_created",
        "/links",
        "/more",
        "/sid",
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("execution_sid", FW, "an Execution SID, FN and 32 hexadecimal digits (it starts with 'FW', that of a Flow)"),
        ("sid", FT[:-2], "it has 32 characters, not 34"),
        ("parent_step_sid", "FTx", "hexadecimal digits or null"),
        ("date_created", NOON[:-1], "it has no zone"),
        ("date_created", NOON.replace("T", " "), "' ' stands between date and time, where a T belongs"),
        ("date_created", "2023-02-30T12:00:00Z", "there is no such day or time"),
        ("url", STEP_URL.replace("studio.twilio", "api.twilio"), "its host is 'api.twilio.com', which is not Studio's"),
        ("url", STEP_URL.replace("/v2/", "/v1/"), "/v2/Flows/FW…/Executions/FN…/Steps/FT…"),
        ("url", STEP_URL.replace("https", "http"), "it does not start with https://"),
        ("url", f"/v2/Flows/{FW}", "it has no scheme and host"),
        ("name", None, "found null; expected a string"),
        ("name", 5, "found 5 (an integer); expected a string"),
        ("name", object, "of Python's type type"),
        ("contxt", {}, "did you mean 'context'?"),
    ],
)
def test_the_message_says_what_is_wrong(field: str, value: Any, words: str) -> None:
    """A reader needs neither the schema nor a regular expression."""
    (fault,) = violations({**STEP, field: value}, "v2/execution_step")
    assert fault.message.startswith(f"/{field}: found ")
    assert words in fault.message


def nested(depth: int = 50_000) -> Any:
    """A list in a list in a list …: too deep to print."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


class Colour(enum.Enum):
    """No string, although its value is one."""

    ACTIVE = "active"


@pytest.mark.parametrize("field", ["sid", "status", "context", "date_created", "links", "flow_version", "new"])
@pytest.mark.parametrize(
    "value",
    [nested(), "x" * 10**7, 10**5000, -(10**30), 1e400, "\ud800", b"x", (1,), Colour.ACTIVE, object()],
    ids=["nested", "long", "huge", "big", "infinite", "surrogate", "bytes", "tuple", "enum", "object"],
)
def test_odd_values_are_told_in_short(field: str, value: Any, engine: str) -> None:
    """Whatever stands in a payload, the message fits a few lines."""
    fault = violations({**SAMPLES["v2/execution"], field: value}, "v2/execution")
    if field == "flow_version" and value == 10**5000:
        assert fault == []
    else:
        assert [one.pointer for one in fault] == [f"/{field}"]
        assert len(fault[0].message) < 600


def test_what_is_inside_a_context_is_free(engine: str) -> None:
    """Contexts hold what the Flow put there, also what only Python has."""
    for value in (nested(), 0.5, float("nan"), (1,), {5: 6}, "\ud800", 10**5000):
        assert violations({**STEP, "context": {"widgets": value}}, "v2/execution_step") == []


def test_names_that_are_no_text_and_pointers_with_slashes_are_told() -> None:
    """Pointers follow RFC 6901."""
    found = violations({**STEP, 5: 1, "a/b~c": 2, "": 3}, "v2/execution_step")
    assert sorted(fault.pointer for fault in found) == ["/", "/5", "/a~1b~0c"]
    assert violations({**STEP, 5: 1}, "v2/execution_step", allow_unknown=True) == []


def test_a_whole_float_is_an_integer_and_a_boolean_is_not(engine: str) -> None:
    """As the draft says."""
    assert violations({**SAMPLES["v2/execution"], "flow_version": 1.0}, "v2/execution") == []
    assert violations({**SAMPLES["v2/execution"], "flow_version": True}, "v2/execution") != []


def test_both_engines_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """With jsonschema_rs verdicts and messages are what they are without it."""
    pytest.importorskip("jsonschema_rs")

    def verdicts() -> list[Any]:
        forget()
        cases = [(name, payload) for name in SAMPLES for _, payload, _ in corruptions(name)]
        cases += list(SAMPLES.items())
        return [violations(payload, name) for name, payload in cases]

    fast = verdicts()
    assert validation._fast_class() is not None
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    plain = verdicts()
    assert validation._fast_class() is None
    forget()
    assert fast == plain


@pytest.mark.parametrize("broken", [SimpleNamespace(), SimpleNamespace(Draft202012Validator=lambda schema: None)])
def test_a_jsonschema_rs_that_does_not_work_is_not_used(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without the class, or with other arguments, is as good as none."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", broken)
    forget()
    try:
        validate(STEP, "v2/execution_step")
        assert violations({**STEP, "sid": ""}, "v2/execution_step")
    finally:
        forget()


def test_load_gives_each_caller_an_own_copy() -> None:
    """Changing a loaded schema changes nothing for others."""
    load("v2/flow")["properties"].clear()
    assert load("v2/flow")["properties"]
    names().clear()
    assert names()


@pytest.mark.parametrize("name", ["v2/executionstep", "../common", "common", "", None, ["v2/flow"], 5])
def test_an_unknown_schema_is_refused(name: Any) -> None:
    """The error says so, and what comes nearest."""
    for use in (load, lambda name: validate({}, name), lambda name: violations({}, name)):
        with pytest.raises(ValueError, match="is the name of no schema") as caught:
            use(name)
        assert ("did you mean 'v2/execution_step'?" in str(caught.value)) == (name == "v2/executionstep")


def test_importing_the_module_imports_no_validator() -> None:
    """Start-up costs nothing that only a check needs."""
    code = "import sys, pytest_studio.schemas; sys.exit(any(m.startswith('jsonschema') for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_may_use_a_schema_at_once() -> None:
    """The first use in several threads gives each the right verdict."""
    forget()
    results: list[int] = []

    def work() -> None:
        results.append(len(violations({**STEP, "sid": FN}, "v2/execution_step")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 8


# --- names and exchanges -------------------------------------------------------------------------------------


def path_of(operation: Any) -> str:
    """The operation's path; its SIDs need not be valid."""
    return re.sub(r"\{\w+\}", "XX1", operation.path)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_name_for_goes_by_the_shape_of_the_path(operation: Any) -> None:
    """On every Studio host, in any case of the method, and for a bare path."""
    path = path_of(operation)
    for host in ("", API, "https://studio.ie1.twilio.com", "https://studio.dublin.ie1.twilio.com:443"):
        url = f"{host}{path}?PageSize=5"
        assert name_for(operation.method, url, operation.status) == operation.schema
        assert name_for(operation.method.lower(), url) == operation.schema
        assert name_for(operation.method, url, 204) is None
        assert {name_for(operation.method, url, status) for status in (400, 404, 409, 429, 503)} == {"error"}
    assert name_for(operation.method, f"https://api.twilio.com{path}", operation.status) is None
    assert name_for(operation.method, f"https://api.twilio.com{path}", 404) is None
    assert name_for("PATCH", path) is None


def test_name_for_knows_no_other_paths() -> None:
    """Errors have their schema there too."""
    assert name_for("GET", f"{API}/v3/Flows") is None
    assert name_for("GET", f"{API}/v3/Flows", 404) == "error"


def requests_response(method: str, url: str, status: int, body: bytes) -> requests.Response:
    """A response as ``requests`` makes it."""
    response = requests.Response()
    response.status_code, response._content, response.url = status, body, url
    response.request = requests.Request(method, url).prepare()
    return response


def httpx_response(method: str, url: str, status: int, body: bytes) -> Any:
    """What of an ``httpx`` response is looked at."""
    address = type("URL", (), {"__str__": lambda self: url})()
    request = SimpleNamespace(method=method, url=address)
    return SimpleNamespace(request=request, url=address, status_code=status, content=body)


@pytest.mark.parametrize("make", [requests_response, httpx_response, lambda *parts: parts])
def test_assert_conforms_takes_responses_and_tuples(make: Any) -> None:
    """Good ones pass; bad ones say which exchange it was, and why."""
    assert_conforms(make("GET", STEP_URL, 200, json.dumps(STEP).encode()))
    assert_conforms(make("GET", STEP_URL, 404, b'{"message": "no", "status": 404}'))
    assert_conforms(make("DELETE", STEP_URL.partition("/Steps")[0], 204, b""))
    with pytest.raises(ConformanceError) as caught:
        assert_conforms(make("GET", STEP_URL, 200, json.dumps({**STEP, "sid": FN}).encode()))
    assert "/sid: found" in str(caught.value)
    assert f"GET {STEP_URL}, answered 200" in str(caught.value)


def test_assert_conforms_takes_four_arguments_and_parsed_bodies() -> None:
    """As text, bytes or a dict."""
    for body in (STEP, json.dumps(STEP), bytearray(json.dumps(STEP), "ascii"), memoryview(json.dumps(STEP).encode())):
        assert_conforms("get", STEP_URL, 200, body)


def test_unknown_properties_of_an_answer_are_drift() -> None:
    """A warning at the caller's line, nothing if allowed, and no excuse for other faults."""
    new = {**STEP, "mood": "fine"}
    with pytest.warns(StudioDriftWarning, match="/mood") as caught:
        assert_conforms("GET", STEP_URL, 200, new)
    assert caught[0].filename == __file__
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_conforms("GET", STEP_URL, 200, new, allow_unknown=True)
        with pytest.raises(ConformanceError) as error:
            assert_conforms("GET", STEP_URL, 200, {**new, "sid": None})
    assert [fault.pointer for fault in error.value.violations] == ["/sid"]


@pytest.mark.parametrize(
    ("method", "url", "status", "body", "words"),
    [
        ("GET", STEP_URL, 200, b"<html>", "no JSON"),
        ("GET", STEP_URL, 200, b"", "found no body"),
        ("GET", STEP_URL, 200, b"\xff\xfe\xfd", "no JSON"),
        ("GET", STEP_URL, 200, b'{"sid": NaN}', "NaN is Python's, not JSON's"),
        ("GET", STEP_URL, 200, b"[" * 10**6, "nested too deeply"),
        ("GET", STEP_URL, 200, b"null", "found null; expected an object"),
        ("GET", STEP_URL, 200, 5, "found 5 (an integer); expected an object"),
        ("GET", STEP_URL, 503, b"busy", "no JSON"),
        ("GET", STEP_URL, 204, b"", "status 200 of v2.FetchExecutionStep"),
        ("GET", STEP_URL, 302, b"", "status 200 of v2.FetchExecutionStep"),
        ("DELETE", f"/v2/Flows/{FW}", 204, b"{}", "no body with status 204 of v2.DeleteFlow"),
        ("DELETE", f"/v2/Flows/{FW}", 200, b"", "status 204 of v2.DeleteFlow"),
        ("PUT", f"/v2/Flows/{FW}", 200, b"", "DELETE or GET or POST of this path"),
        ("GET", f"{API}/v2/Flow/{FW}", 200, b"", "which is no operation of Studio"),
        ("GET", "https://example.com/v2/Flows", 200, b"", "the host 'example.com'"),
        ("GET", "https://example.com/v2/Flows", 404, b"", "the host 'example.com'"),
    ],
)
def test_assert_conforms_refuses_what_studio_would_not_answer(
    method: str, url: str, status: int, body: Any, words: str
) -> None:
    """Bodies that are no JSON, statuses that do not occur, and URLs of others are told in words."""
    with pytest.raises(ConformanceError) as caught:
        assert_conforms(method, url, status, body)
    assert words in str(caught.value)
    assert len(caught.value.violations) == 1


class Unsent:
    """A response without a request, as ``httpx`` allows."""

    @property
    def request(self) -> None:
        """Raises what httpx raises."""
        raise RuntimeError("The request instance has not been set on this response.")


@pytest.mark.parametrize(
    "value", [None, 5, {}, "GET", ("GET", "/v2/Flows", 200), ("GET", "/v2/Flows", "200", b""), Unsent()]
)
def test_assert_conforms_refuses_what_is_no_response(value: Any) -> None:
    """The error says what it takes."""
    with pytest.raises(TypeError, match="takes a response of requests or httpx"):
        assert_conforms(value)


def test_the_registry_has_the_functions_of_the_module() -> None:
    """And is the value of a fixture."""
    registry = schemas.SchemaRegistry()
    assert registry.names() == names()
    assert registry.load("error") == load("error")
    assert registry.name_for("GET", "/v2/Flows") == "v2/flow_page"
    registry.validate(STEP, "v2/execution_step")
    assert registry.violations({}, "v2/flow_validate")[0].pointer == "/valid"
    with pytest.warns(StudioDriftWarning) as caught:
        registry.assert_conforms("GET", STEP_URL, 200, {**STEP, "mood": 1})
    assert caught[0].filename == __file__


@pytest.mark.parametrize("version", [1, 2])
def test_the_examples_of_twilios_openapi_documents_conform(version: int) -> None:
    """Where STUDIO_OPENAPI names a folder with them."""
    folder = os.environ.get("STUDIO_OPENAPI")
    if not folder:
        pytest.skip("STUDIO_OPENAPI names no folder with studio_v1.json and studio_v2.json")
    document = json.loads((Path(folder) / f"studio_v{version}.json").read_text(encoding="utf-8"))
    for path, item in document["paths"].items():
        for method in {"get", "post", "delete"} & set(item):
            for status, answer in item[method]["responses"].items():
                for content in answer.get("content", {}).values():
                    for example in content["examples"].values():
                        assert_conforms(method, path, int(status), example["value"])
