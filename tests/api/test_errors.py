"""Errors, headers and bodies as they stand on the wire."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from helpers import API, FROM, TO, call, create_flow, get, refused

from pytest_studio import FakeStudio, Request, account, sids
from pytest_studio.operations import OPERATIONS, route

DOCUMENTED = {
    "Content-Type": "application/json; charset=utf-8",
    "Connection": "keep-alive",
    "Twilio-Concurrent-Requests": "1",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, "
    "If-Unmodified-Since",
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Expose-Headers": "ETag",
    "Access-Control-Allow-Credentials": "true",
    "X-Powered-By": "AT-5000",
    "X-Shenanigans": "none",
    "X-Home-Region": "us1",
    "X-Api-Domain": "studio.twilio.com",
    "Strict-Transport-Security": "max-age=31536000",
}


# -- what is not there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v2",
        "/v3/Flows",
        "/v2/Flows.json",
        "/v2/flows",
        "/v2/Flows/",
        "//v2/Flows",
        "/2010-04-01/Accounts/AC1/Calls.json",
        "/v2/Flöws",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_unknown_routes_are_not_found(method: str, path: str, fake: FakeStudio) -> None:
    """The message has the path, without host and query."""
    error = refused(fake, method, f"{path}?PageSize=5", 404, 20404)
    assert error["message"] == f"The requested resource {path} was not found"


@pytest.mark.parametrize("operation", [o for o in OPERATIONS.values() if o.path_params], ids=lambda o: o.id)
@pytest.mark.parametrize("sid", ["FW" + "X" * 32, "FW1", "fw" + "a" * 32, "FW" + "a" * 33, "%00", "☎", "FN" + "a" * 32])
def test_malformed_sids_are_not_found(operation: Any, sid: str, fake: FakeStudio) -> None:
    """404, not 400; the failure report says what is wrong with the SID."""
    path = operation.path.format(**dict.fromkeys(operation.path_params, sid))
    form = {"To": TO, "From": FROM, "Status": "ended", "TestUsers": TO} if operation.method == "POST" else {}
    if operation.id == "v2.UpdateFlow":
        form["Status"] = "draft"
    refused(fake, operation.method, path, 404, 20404, **form)
    assert fake.calls[-1].why


def test_a_sid_in_other_case_is_another(fake: FakeStudio) -> None:
    """SIDs are compared exactly; the report says so."""
    flow = fake.add_flow(sid="FW" + "ab" * 16)
    refused(fake, "GET", f"/v2/Flows/FW{'AB' * 16}", 404, 20404)
    assert f"Flow {flow.sid} is there; its digits are written in another case" in fake.calls[-1].why


def test_what_hangs_under_another_parent_is_not_found(fake: FakeStudio) -> None:
    """Every SID of a path must fit."""
    one, two = fake.add_step(), fake.add_step()
    wrong = [
        f"/v2/Flows/{two.flow_sid}/Executions/{one.execution_sid}",
        f"/v2/Flows/{two.flow_sid}/Executions/{one.execution_sid}/Steps",
        f"/v2/Flows/{one.flow_sid}/Executions/{two.execution_sid}/Context",
        f"/v2/Flows/{one.flow_sid}/Executions/{one.execution_sid}/Steps/{two.sid}",
        f"/v2/Flows/{two.flow_sid}/Executions/{one.execution_sid}/Steps/{one.sid}",
        f"/v1/Flows/{two.flow_sid}/Engagements/{two.execution_sid}/Steps/{one.sid}/Context",
        f"/v2/Flows/{sids.flow()}/Executions/{one.execution_sid}/Steps/{one.sid}",
    ]
    for path in wrong:
        assert refused(fake, "GET", path, 404, 20404)["message"] == f"The requested resource {path} was not found"


NO_PATH = "no operation of Studio has this path"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        (f"/v2/Flows/{'FW' + 'a' * 32}", "this studio has no Flow at all: store one with studio.add_flow()"),
        ("/v2/Flows/FW1", "'FW1' is no Flow SID (FW and 32 hexadecimal digits): it has 3 characters, not 34"),
        (f"/v2/Flows/{'FW' + 'a' * 32}.json", "Studio's paths have no .json at the end"),
        ("/v2/Flows.json", "Studio's paths have no .json at the end"),
        (f"/v2/Flow/{'FW' + 'a' * 32}", f"{NO_PATH}; the nearest is /v2/Flows/{{Sid}}"),
        (f"/v2/Flows/{'FW' + 'a' * 32}/Execution", f"{NO_PATH}; the nearest is /v2/Flows/{{FlowSid}}/Executions"),
        (
            f"/v1/Flow/{'FW' + 'a' * 32}/Engagement/{'FN' + 'a' * 32}/Step/{'FT' + 'a' * 32}/Contexts",
            f"{NO_PATH}; the nearest is /v1/Flows/{{FlowSid}}/Engagements/{{EngagementSid}}/Steps/{{StepSid}}/Context",
        ),
        (f"/v3/Run/{'FW' + 'a' * 32}", f"{NO_PATH}; the nearest is /v2/Flows/{{Sid}}"),
        ("/completely/else", NO_PATH),
    ],
)
def test_the_report_says_what_would_have_worked(path: str, hint: str, fake: FakeStudio) -> None:
    """The answer does not."""
    error = refused(fake, "GET", path, 404, 20404)
    assert fake.calls[-1].why == hint
    assert error["message"] == f"The requested resource {path} was not found"


def test_a_sid_of_another_kind_is_told(fake: FakeStudio) -> None:
    """Though it is a SID."""
    step = fake.add_step()
    for url in (f"/v2/Flows/{step.sid}", f"/v2/Flows/{step.flow_sid}/Executions/{step.sid}"):
        refused(fake, "GET", url, 404, 20404)
        assert "it starts with 'FT', that of a Step" in str(fake.calls[-1].why)


def test_the_report_names_what_there_is(fake: FakeStudio) -> None:
    """A few SIDs of the same kind, or the right parent."""
    step = fake.add_step()
    flow = sids.flow()
    made = [step.flow_sid, *(fake.add_flow().sid for _ in range(3))]
    for count in (1, 2, 3, 4):
        studio = FakeStudio()
        for sid in made[:count]:
            studio.add_flow(sid=sid)
        refused(studio, "GET", f"/v2/Flows/{flow}", 404, 20404)
        few = ", ".join(made[: min(count, 3)]) + (" …" if count == 4 else "")
        assert studio.calls[-1].why == f"this studio has no Flow {flow}; it has {count}: {few}"
    refused(fake, "GET", f"{step.execution.url}/Steps/{sids.step()}", 404, 20404)
    assert f"it has 1: {step.sid}" in str(fake.calls[-1].why)
    refused(fake, "GET", f"/v2/Flows/{sids.flow()}/Executions/{step.execution_sid}", 404, 20404)
    assert f"belongs to Flow {step.flow_sid}" in str(fake.calls[-1].why)
    other = fake.add_execution()
    refused(fake, "GET", f"{other.url}/Steps/{step.sid}", 404, 20404)
    assert fake.calls[-1].why == (
        f"{step.sid} is there, but belongs to Execution {step.execution_sid}, not {other.sid}"
    )


def test_the_report_says_how_to_store_what_is_missing(fake: FakeStudio) -> None:
    """With the method for its kind."""
    flow = fake.add_flow()
    refused(fake, "GET", f"{flow.url}/Executions/{sids.execution()}", 404, 20404)
    assert fake.calls[-1].why == "this studio has no Execution at all: store one with studio.add_execution()"
    refused(fake, "GET", f"{fake.add_execution(flow).url}/Steps/{sids.step()}", 404, 20404)
    assert fake.calls[-1].why == "this studio has no Step at all: store one with studio.add_step()"


def test_the_report_knows_the_sids_of_fixtures(fake: FakeStudio, flow_sid: str) -> None:
    """They are data until a test stores them."""
    refused(fake, "GET", f"/v2/Flows/{flow_sid}", 404, 20404)
    assert fake.calls[-1].why == (
        f"{flow_sid} comes from the flow_sid fixture, which is data only: "
        "store it first, as in studio.add_flow(sid=flow_sid)"
    )


PATHS = sorted({operation.path for operation in OPERATIONS.values()})


@pytest.mark.parametrize("path", PATHS)
def test_other_methods_are_not_allowed(path: str, fake: FakeStudio) -> None:
    """405 on each path for each method that it does not have, whether or not the resource is there."""
    found = route(path)
    assert found is not None
    for method in {"GET", "POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"} - found[0].keys():
        assert refused(fake, method, path, 405, 20004)["message"] == "Method not allowed"
        assert f"answers {', '.join(sorted(found[0]))}, not {method}" in fake.calls[-1].why


# -- what was sent wrongly --------------------------------------------------------------------------------------------


def test_a_json_body_is_no_form(fake: FakeStudio) -> None:
    """Its parameters are missing; the report says how to send them."""
    run = fake.add_execution()
    token = call(fake, "GET", run.url) and fake.calls[-1].headers["Authorization"]
    headers = {"Authorization": token, "Content-Type": "application/json"}
    response = fake.handle(Request("POST", run.url, headers, b'{"Status": "ended"}'))
    assert (response.status, response.json()["message"]) == (400, "Missing required parameter Status in the post body")
    assert fake.calls[-1].why == (
        "the body came as application/json; Studio reads application/x-www-form-urlencoded (requests: data=, not json=)"
    )


def test_parameters_in_the_query_of_a_post_are_missing(fake: FakeStudio) -> None:
    """They go into the form."""
    refused(fake, "POST", f"{fake.add_execution().url}?Status=ended", 400, 20001)
    assert fake.calls[-1].why is None


@pytest.mark.parametrize("sent", ["to", "TO", "T_o"])
def test_names_are_written_exactly(sent: str, fake: FakeStudio) -> None:
    """The report points at the one that came."""
    form = {"From": FROM, sent: TO}
    refused(fake, "POST", f"/v2/Flows/{fake.add_flow().sid}/Executions", 400, 20001, **form)
    assert fake.calls[-1].why == f"To is missing, but '{sent}' came: names are written exactly as documented"


# -- envelope and headers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [("GET", "/v2/Flows/x", 404, 20404), ("DELETE", "/v2/Flows", 405, 20004), ("POST", "/v2/Flows", 400, 20001)],
)
def test_errors_have_twilios_envelope(method: str, path: str, status: int, code: int, fake: FakeStudio) -> None:
    """Four keys in alphabetical order, and never those of another format that clients would take it for."""
    error = refused(fake, method, path, status, code)
    assert [*error] == ["code", "message", "more_info", "status"]
    assert error["more_info"] == f"https://www.twilio.com/docs/errors/{code}"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/v2/Flows", 200), ("GET", "/v2/Flows/x", 404), ("DELETE", "/v2/Flows", 405), ("POST", "/v2/Flows", 400)],
)
def test_answers_have_the_recorded_headers(method: str, path: str, status: int, fake: FakeStudio) -> None:
    """Errors, too."""
    response = call(fake, method, path)
    assert response.status == status
    assert {name: response.headers[name] for name in DOCUMENTED} == DOCUMENTED
    assert response.headers.keys() - DOCUMENTED.keys() == {
        "Date",
        "Content-Length",
        "Twilio-Request-Id",
        "Twilio-Request-Duration",
    }
    assert int(response.headers["Content-Length"]) == len(response.body)
    whole, _, thousandths = response.headers["Twilio-Request-Duration"].partition(".")
    assert (whole.isdigit(), thousandths.isdigit(), len(thousandths)) == (True, True, 3)


def test_an_answer_without_a_body_names_no_type(fake: FakeStudio) -> None:
    """204 has neither type nor length."""
    response = call(fake, "DELETE", fake.add_flow().url)
    assert (response.status, response.body) == (204, b"")
    assert not {"Content-Type", "Content-Length"} & response.headers.keys()
    assert response.headers["Twilio-Request-Id"][:2] == "RQ"


def test_each_request_has_an_id_of_its_own(fake: FakeStudio) -> None:
    """Whatever is answered."""
    flow = fake.add_flow()
    answers = [call(fake, method, flow.url) for method in ("GET", "GET", "POST", "PUT", "DELETE", "DELETE")]
    ids = [response.headers["Twilio-Request-Id"] for response in answers]
    assert len(set(ids)) == 6
    assert all(sids.is_valid(id, "RQ") and id == id[:2] + id[2:].lower() for id in ids)


def test_the_date_is_the_studios(fake: FakeStudio) -> None:
    """In the form of HTTP."""
    studio = FakeStudio(now="2026-07-31T12:00:00Z")
    date = call(studio, "GET", "/v2/Flows").headers["Date"]
    assert date == "Fri, 31 Jul 2026 12:00:00 GMT"
    assert parsedate_to_datetime(call(fake, "GET", "/v2/Flows").headers["Date"]).tzinfo is not None


def test_headers_belong_to_the_answer(fake: FakeStudio) -> None:
    """A client that changes them changes no other answer."""
    call(fake, "GET", "/v2/Flows").headers["X-Shenanigans"] = "some"  # type: ignore[index]
    assert call(fake, "GET", "/v2/Flows").headers["X-Shenanigans"] == "none"


def test_json_is_written_as_on_the_wire(fake: FakeStudio) -> None:
    """ASCII with escapes, and a blank behind each comma and colon; key order is that of the documents."""
    made = create_flow(fake, FriendlyName="Grüße ☎ 😀")
    body = call(fake, "GET", made["url"]).body
    assert body.decode("ascii") == json.dumps(made, ensure_ascii=True, separators=(", ", ": "))
    assert b'"friendly_name": "Gr\\u00fc\\u00dfe \\u260e \\ud83d\\ude00", ' in body
    assert get(fake, made["url"])["friendly_name"] == "Grüße ☎ 😀"


@pytest.mark.parametrize("host", ["", API, "https://studio.dublin.ie1.twilio.com", "http://localhost:8080"])
def test_the_host_is_not_looked_at(host: str, fake: FakeStudio) -> None:
    """Transports decide which hosts come here; urls in answers have Studio's own."""
    token = call(fake, "GET", "/v2/Flows") and fake.calls[-1].headers["Authorization"]
    response = fake.handle(Request("GET", f"{host}/v2/Flows?PageSize=5", {"Authorization": token}))
    assert response.json()["meta"]["url"] == f"{API}/v2/Flows?PageSize=5&Page=0"


def test_a_fault_of_the_fake_is_told_and_not_raised(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """As 500; the report has the traceback."""
    monkeypatch.setattr(fake._account.__class__, "expire", lambda self: 1 / 0)
    error = refused(fake, "GET", "/v2/Flows", 500, 20500)
    assert error["message"] == "An error occurred"
    assert "ZeroDivisionError" in fake.calls[-1].why


def test_what_was_deleted_is_said_to_be_gone(fake: FakeStudio) -> None:
    """In the report, not in the answer."""
    step = fake.add_step()
    call(fake, "DELETE", step.execution.url)
    for path in (step.execution.url, step.url):
        refused(fake, "GET", path, 404, 20404)
        assert fake.calls[-1].why == f"{step.execution_sid} was removed"
    refused(fake, "GET", f"{fake.add_execution().url}/Steps/{step.sid}", 404, 20404)
    assert fake.calls[-1].why == f"{step.sid} was removed with its Execution"


def test_what_hung_under_a_deleted_flow_is_said_to_be_gone(fake: FakeStudio) -> None:
    """With the reason, as far as the path leads."""
    run = fake.add_execution()
    path = f"/v2/Flows/{fake.add_flow().sid}/Executions/{run.sid}"
    call(fake, "DELETE", run.flow.url)
    refused(fake, "GET", run.flow.url, 404, 20404)
    assert fake.calls[-1].why == f"{run.flow_sid} was removed"
    refused(fake, "GET", path, 404, 20404)
    assert fake.calls[-1].why == f"{run.sid} was removed with its Flow"


def test_of_very_many_removals_the_latest_are_known(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a studio that lives for days does not grow."""
    monkeypatch.setattr(account, "REMEMBERED", 2)
    flows = [fake.add_flow() for _ in range(3)]
    for flow in flows:
        call(fake, "DELETE", flow.url)
    whys = []
    for flow in flows:
        refused(fake, "GET", flow.url, 404, 20404)
        whys.append(fake.calls[-1].why)
    missing = "this studio has no Flow at all: store one with studio.add_flow()"
    assert whys == [missing, f"{flows[1].sid} was removed", f"{flows[2].sid} was removed"]


LOST_PLUS = "a + in a query is read as a blank: encode it as %2B, or use params= of the HTTP client"


@pytest.mark.parametrize(
    ("value", "hint"),
    [
        ("2026-01-01T00:00:00 02:00", LOST_PLUS),
        ("2026-01-01T00:00:00.5 0200", LOST_PLUS),
        ("x2026-01-01T00:00:00 02:00", LOST_PLUS),
        ("2026-01-01T00:00:00 02:00x", "DateCreatedFrom '2026-01-01T00:00:00 02:00x' is no date: write it as"),
        ("2026-01-01 00:00:00", "DateCreatedFrom '2026-01-01 00:00:00' is no date: write it as"),
        ("last week", "DateCreatedFrom 'last week' is no date: write it as"),
    ],
)
def test_a_date_that_cannot_be_read_is_explained(value: str, hint: str, fake: FakeStudio) -> None:
    """A lost + only where there was one."""
    error = refused(fake, "GET", f"{fake.add_flow().url}/Executions", 400, 20001, DateCreatedFrom=value)
    assert error["message"] == f"Invalid value {value!r} for parameter DateCreatedFrom: expected an ISO 8601 date"
    assert str(fake.calls[-1].why).startswith(hint)


def test_json_that_cannot_be_read_is_explained(fake: FakeStudio) -> None:
    """With what is wrong in it."""
    form = {"To": TO, "From": FROM, "Parameters": '{"a": 1,}'}
    refused(fake, "POST", f"{fake.add_flow().url}/Executions", 400, 20001, **form)
    assert str(fake.calls[-1].why).startswith("Parameters is no JSON: ")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", " Application/JSON", "multipart/form-data"])
def test_a_body_of_another_kind_is_not_read(kind: str, fake: FakeStudio) -> None:
    """Whatever stands in it."""
    run = fake.add_execution()
    get(fake, run.url)
    headers = {"Authorization": fake.calls[-1].headers["Authorization"], "Content-Type": kind}
    assert fake.handle(Request("POST", run.url, headers, b"Status=ended")).status == 400
    name = kind.partition(";")[0].strip().lower()
    assert str(fake.calls[-1].why).startswith(f"the body came as {name}; Studio reads ")


@pytest.mark.parametrize(
    "kind", [None, "", "application/x-www-form-urlencoded", "Application/X-WWW-Form-URLencoded ; charset=utf-8"]
)
def test_a_form_may_say_so(kind: str | None, fake: FakeStudio) -> None:
    """In any case, with a charset, or not at all."""
    run = fake.add_execution()
    get(fake, run.url)
    headers = {"Authorization": fake.calls[-1].headers["Authorization"]}
    if kind is not None:
        headers["Content-Type"] = kind
    assert fake.handle(Request("POST", run.url, headers, b"Status=ended")).status == 200
