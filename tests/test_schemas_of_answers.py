"""Which schema an answer follows, and what is said of answers that follow none."""

from __future__ import annotations

import json
import os
import re
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from schema_samples import API, FN, FW, STEP, STEP_URL

from pytest_studio.errors import ConformanceError, StudioDriftWarning
from pytest_studio.operations import OPERATIONS
from pytest_studio.schemas import assert_conforms, judge, name_for


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


@pytest.mark.parametrize(
    ("status", "name"),
    [(199, None), (200, "v2/flow_page"), (299, "v2/flow_page"), (300, None), (399, None), (400, "error")],
)
def test_name_for_knows_which_statuses_have_a_body(status: int, name: str | None) -> None:
    """Those of success the operation's, those of errors the error's, others none."""
    assert name_for("GET", "/v2/Flows", status) == name


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
    """A warning at the caller's line."""
    new = {**STEP, "mood": "fine"}
    with pytest.warns(StudioDriftWarning, match="/mood") as caught:
        assert_conforms("GET", STEP_URL, 200, new)
    assert caught[0].filename == __file__


def test_unknown_properties_of_an_answer_may_be_allowed() -> None:
    """And are no excuse for other faults."""
    new = {**STEP, "mood": "fine"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_conforms("GET", STEP_URL, 200, new, allow_unknown=True)
        with pytest.raises(ConformanceError) as error:
            assert_conforms("GET", STEP_URL, 200, {**new, "sid": None})
    assert [fault.pointer for fault in error.value.violations] == ["/sid"]


DOCS = "https://www.twilio.com/docs/studio/rest-api"
STEP_DOCS, FLOW_DOCS = f"{DOCS}/v2/step", f"{DOCS}/v2/flow"
NO_JSON = "which is no JSON; expected JSON as in the schema v2/execution_step"
NO_OPERATION = "which is no operation of Studio; expected"
OTHER_HOST = "found the host 'example.com'; expected studio.twilio.com or a regional name of it"


@pytest.mark.parametrize(
    ("method", "url", "status", "body", "words", "doc"),
    [
        ("GET", STEP_URL, 200, b"<html>", f"the body: found b'<html>', {NO_JSON} (Expecting value: ", STEP_DOCS),
        (
            "GET",
            STEP_URL,
            200,
            b"",
            "the body: found nothing; expected JSON as in the schema v2/execution_step",
            STEP_DOCS,
        ),
        ("GET", STEP_URL, 200, b"\xff\xfe\xfd", f"the body: found b'\\xff\\xfe\\xfd', {NO_JSON} (", STEP_DOCS),
        ("GET", STEP_URL, 200, b'{"sid": NaN}', "NaN is Python's, not JSON's", STEP_DOCS),
        ("GET", STEP_URL, 200, b"[" * 10**6, "nested too deeply", STEP_DOCS),
        ("GET", STEP_URL, 200, b"null", "found null; expected an object", STEP_DOCS),
        ("GET", STEP_URL, 200, 5, "found 5 (an integer); expected an object", STEP_DOCS),
        ("GET", STEP_URL, 503, b"busy", "the body: found b'busy', which is no JSON; expected JSON as in", None),
        (
            "GET",
            STEP_URL,
            204,
            b"",
            "the answer: found the status 204; expected the status 200 of v2.FetchExecutionStep",
            STEP_DOCS,
        ),
        (
            "GET",
            STEP_URL,
            302,
            b"",
            "the answer: found the status 302; expected the status 200 of v2.FetchExecutionStep",
            STEP_DOCS,
        ),
        (
            "DELETE",
            f"/v2/Flows/{FW}",
            204,
            b"{}",
            "the body: found b'{}'; expected none with the status 204 of v2.DeleteFlow",
            FLOW_DOCS,
        ),
        (
            "DELETE",
            f"/v2/Flows/{FW}",
            200,
            b"",
            "the answer: found the status 200; expected the status 204 of v2.DeleteFlow",
            FLOW_DOCS,
        ),
        (
            "PUT",
            f"/v2/Flows/{FW}",
            200,
            b"",
            f"the request: found PUT '/v2/Flows/{FW}', {NO_OPERATION} DELETE or GET or POST of this path",
            DOCS,
        ),
        (
            "GET",
            f"{API}/v2/Flow/{FW}",
            200,
            b"",
            f"the request: found GET '/v2/Flow/{FW}', {NO_OPERATION} the path of an operation",
            DOCS,
        ),
        ("GET", "https://example.com/v2/Flows", 200, b"", f"the request: {OTHER_HOST}", DOCS),
        ("GET", "https://example.com/v2/Flows", 404, b"", f"the request: {OTHER_HOST}", DOCS),
    ],
)
def test_assert_conforms_refuses_what_studio_would_not_answer(
    method: str, url: str, status: int, body: Any, words: str, doc: str | None
) -> None:
    """Bodies that are no JSON, statuses that do not occur, and URLs of others are told in words, with a doc page."""
    with pytest.raises(ConformanceError) as caught:
        assert_conforms(method, url, status, body)
    name = name_for(method, url, status)
    rule = "Studio's operations" if name is None else f"the schema {name}"
    lines = str(caught.value).splitlines()
    assert lines[0] == f"1 violation in {method} {url}, answered {status}, against {rule}:"
    assert words in lines[1]
    assert lines[1].endswith(words) or name is not None
    assert doc is None or lines[2:] == [f"documented at {doc}"]
    [fault] = caught.value.violations
    assert (fault.pointer, fault.message) == ("", lines[1].strip())


def test_each_fault_has_a_line_and_each_doc_page_one() -> None:
    """Under the number of faults."""
    with pytest.raises(ConformanceError) as caught:
        assert_conforms("GET", STEP_URL, 200, {**STEP, "sid": FN, "account_sid": 5})
    lines = str(caught.value).splitlines()
    assert lines[0] == f"2 violations in GET {STEP_URL}, answered 200, against the schema v2/execution_step:"
    assert [line.partition(": found ")[0] for line in lines[1:3]] == ["  /sid", "  /account_sid"]
    assert lines[3:] == [f"documented at {STEP_DOCS}"]


@pytest.mark.parametrize(("length", "whole"), [(300, True), (301, False)])
def test_a_long_url_is_told_in_short(length: int, whole: bool) -> None:
    """And any other as it is."""
    url = "/v2/Flows/".ljust(length, "x")
    with pytest.raises(ConformanceError) as caught:
        assert_conforms("GET", url, 200, {})
    assert (f" in GET {url}, answered 200," in str(caught.value)) is whole
    assert (f" in GET '{url[:90]}" in str(caught.value)) is not whole


@pytest.mark.parametrize(
    ("count", "shown", "more"), [(1, 1, ""), (2, 2, ""), (5, 5, ""), (6, 5, " and 1 more"), (7, 5, " and 2 more")]
)
def test_a_few_unknown_properties_are_named(count: int, shown: int, more: str) -> None:
    """And how many more there are."""
    with pytest.warns(StudioDriftWarning) as caught:
        assert_conforms("GET", STEP_URL, 200, {**STEP, **{f"n{at}": at for at in range(count)}})
    assert str(caught[0].message) == (
        f"GET {STEP_URL}, answered 200, has properties that the schema v2/execution_step does not know: "
        f"{', '.join(f'/n{at}' for at in range(shown))}{more}. Twilio has added them, or a stub has made them up."
    )


def test_a_long_name_of_a_property_is_cut() -> None:
    """At 200 characters."""
    with pytest.warns(StudioDriftWarning, match=f": /{'n' * 199}\\. Twilio"):
        assert_conforms("GET", STEP_URL, 200, {**STEP, "n" * 250: 1})


def test_unknown_properties_are_found_unless_they_are_allowed() -> None:
    """By ``judge``, which says what the body was held against."""
    exchange = ("GET", STEP_URL, 200, {**STEP, "mood": "fine"})
    name, found = judge(*exchange)
    assert (name, [(fault.pointer, fault.unknown) for fault in found]) == ("v2/execution_step", [("/mood", True)])
    assert judge(*exchange, allow_unknown=True) == ("v2/execution_step", [])


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
    with pytest.raises(TypeError, match="takes a response of requests, httpx or aiohttp"):
        assert_conforms(value)


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
