"""What a strict studio objects to: an answer of 2xx to a request that Studio would ignore a part of."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import FROM, TO, call, get, post, refused

from pytest_studio import FakeStudio, Request, StudioVerdict

DATES = "DateCreatedFrom, DateCreatedTo"
PAGING = "PageSize, Page, PageToken"
IGNORED = "is no parameter of {}, so Studio ignores it"
REMARKS = [
    ("GET", "{flow}/Executions", {"page_size": 5},
     f"page_size=5 {IGNORED.format('v2.ListExecution')} (did you mean 'PageSize'?)"),
    ("GET", "{flow}/Executions", {"Status": "active"},
     f"Status=active {IGNORED.format('v2.ListExecution')} (did you mean 'status'?)"),
    ("GET", "{v1flow}/Executions", {"status": "active"},
     f"status=active {IGNORED.format('v1.ListExecution')}; it takes {DATES}, {PAGING}"),
    ("GET", "{flow}", {"x": 1}, f"x=1 {IGNORED.format('v2.FetchFlow')}; it takes none"),
    ("GET", "{flow}", {"x": "y" * 61}, f"x={'y' * 60} {IGNORED.format('v2.FetchFlow')}; it takes none"),
    ("GET", "{run}/Steps", {"DateCreatedFrom": "2026-01-01"},
     f"DateCreatedFrom=2026-01-01 {IGNORED.format('v2.ListExecutionStep')}; it takes {PAGING}"),
    ("GET", "{flow}/Executions", {"PageSize": [1, 2]}, "PageSize came twice; all but the last value are dropped"),
    ("GET", "{run}/Steps", {"Page": 1}, "Page=1 without a PageToken does not move: follow meta.next_page_url instead"),
    ("POST", "{run}", {"Status": ["ended", "ended"]}, "Status came twice; all but the last value are dropped"),
    ("POST", "{run}", {"Status": "ended", "Reason": "x"},
     f"Reason=x {IGNORED.format('v2.UpdateExecution')}; it takes Status"),
    ("POST", "{run}", {"Status": "active"}, "Status=active changes nothing"),
    ("POST", "{flow}/Executions?a=b", {"To": TO, "From": FROM},
     "the query (a=b) of a POST is ignored: parameters go into the form body"),
    ("POST", f"{{flow}}/Executions?a={'b' * 79}", {"To": TO, "From": FROM},
     f"the query (a={'b' * 78}) of a POST is ignored: parameters go into the form body"),
    ("POST", "{v1flow}/Executions", {"To": TO, "From": FROM, "ExternalId": "x"},
     f"ExternalId=x {IGNORED.format('v1.CreateExecution')}; it takes To, From, Parameters"),
    ("GET", "{flow}/Executions", {"DateCreatedFrom": ""},
     "DateCreatedFrom came empty, which is as if it had not come"),
    ("POST", "{flow}/Executions", {"To": " 1555", "From": "+2"},
     "To is ' 1555': a + in a form is read as a blank, encode it as %2B"),
    ("POST", "{flow}/Executions", {"To": "+2", "From": " " + "1" * 40},
     f"From is ' {'1' * 39}': a + in a form is read as a blank, encode it as %2B"),
    ("DELETE", "{run}", {"Force": "true"}, f"Force=true {IGNORED.format('v2.DeleteExecution')}; it takes none"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "params", "words"), REMARKS, ids=range(len(REMARKS)))
def test_what_studio_would_ignore_is_objected_to(
    method: str, path: str, params: Any, words: str, fake: FakeStudio
) -> None:
    """Answered as if it had not come, and told once."""
    run = fake.add_execution()
    path = path.format(run=run.url, flow=run.flow.url, v1flow=run.flow.url.replace("v2", "v1"))
    assert call(fake, method, path, **params).status < 300
    assert list(fake.calls[0].remarks) == [words]
    with pytest.raises(StudioVerdict) as caught:
        fake.verify()
    assert words in str(caught.value)
    assert f"call 1, {fake.calls[0].operation} -> {fake.calls[0].status}" in str(caught.value)
    fake.verify()


FINE = [
    ("GET", "{flow}/Executions", {"PageSize": 5000, "status": "active", "DateCreatedTo": "2030-01-01"}),
    ("GET", "{run}/Steps", {"Page": 0}),
    ("POST", "{flow}/Executions", {"To": TO, "From": FROM, "Parameters": {}, "ExternalId": "x"}),
    ("POST", "{flow}", {"Status": "draft", "AuthorSid": "US" + "a" * 32, "CommitMessage": "x"}),
    ("POST", "{flow}/TestUsers", {"TestUsers": [TO, FROM]}),
]


@pytest.mark.parametrize(("method", "path", "params"), FINE, ids=range(len(FINE)))
def test_declared_parameters_are_fine(method: str, path: str, params: Any, fake: FakeStudio) -> None:
    """Those that the facts list beside the OpenAPI document, too, and a page size beyond the most."""
    run = fake.add_execution()
    assert call(fake, method, path.format(run=run.url, flow=run.flow.url), **params).status < 300
    fake.verify()


def test_the_body_of_a_get_is_objected_to(fake: FakeStudio) -> None:
    """Parameters go into the query."""
    get(fake, "/v2/Flows")
    headers = fake.calls[-1].headers
    assert fake.handle(Request("GET", "/v2/Flows", headers, b"PageSize=5")).json()["meta"]["page_size"] == 50
    with pytest.raises(StudioVerdict, match="the body of a GET is ignored: parameters go into the query"):
        fake.verify()


def test_what_was_refused_is_no_verdict(fake: FakeStudio) -> None:
    """The code under test was told."""
    refused(fake, "GET", "/v2/Flows/x?page_size=5", 404, 20404)
    refused(fake, "GET", "/v2/Flows?page_size=5&PageSize=0", 400, 20001)
    fake.verify()


def test_lenient_lets_a_block_pass(fake: FakeStudio) -> None:
    """What comes before and after it is judged; blocks may stand in each other."""
    with fake.lenient():
        with fake.lenient():
            get(fake, "/v2/Flows", x=1)
        get(fake, "/v2/Flows", x=2)
    fake.verify()
    get(fake, "/v2/Flows", x=3)
    with pytest.raises(StudioVerdict, match="x=3"):
        fake.verify()


def test_a_studio_that_is_not_strict_objects_to_nothing() -> None:
    """And notes nothing."""
    studio = FakeStudio(strict=False)
    get(studio, "/v2/Flows", x=1)
    studio.verify()
    assert list(studio.calls[0].remarks) == []


def test_allowed_names_are_fine() -> None:
    """They are noted as parameters like others."""
    studio = FakeStudio(allow=["X-Trace"])
    get(studio, "/v2/Flows", **{"X-Trace": "1"})
    studio.verify()
    assert studio.calls[0].params == {"X-Trace": "1"}
    with pytest.raises(TypeError, match=r"allow is a list of names, as in \['X'\]"):
        FakeStudio(allow="X")


def test_a_verdict_tells_every_call(fake: FakeStudio) -> None:
    """With its number among all calls, and how to say that it is meant."""
    post(fake, f"/v2/Flows/{fake.add_flow().sid}/Executions", 201, To=TO, From=FROM)
    get(fake, "/v2/Flows", x=1, y=2)
    get(fake, "/v1/Flows", z=3)
    with pytest.raises(AssertionError) as caught:
        fake.verify()
    lines = str(caught.value).splitlines()
    assert lines[0] == "Studio answers these calls, but ignores a part of them:"
    assert [line.split(",")[0].strip() for line in lines if line.startswith("  call")] == ["call 2", "call 3"]
    assert sum("is no parameter" in line for line in lines) == 3
    assert "with studio.lenient():" in lines[-1]


def test_leaving_a_studio_gives_the_verdict() -> None:
    """None if an exception leaves it: the test has failed already."""
    studio = FakeStudio()
    with pytest.raises(StudioVerdict), studio:
        get(studio, "/v2/Flows", x=1)
    studio.__enter__()
    get(studio, "/v2/Flows", x=1)
    studio.__exit__(KeyError, KeyError(), None)
    studio.verify()
