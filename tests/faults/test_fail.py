"""``studio.fail``: which calls fail, how often, and with what."""

from __future__ import annotations

import json
from typing import Any
from unittest.mock import ANY

import pytest
from helpers import FROM, TO, call, get

from pytest_studio import FakeStudio, Request, Response, StudioVerdict, schemas

LIST = "v2.ListExecutionStep"


def flow_url(studio: FakeStudio) -> str:
    """The path of a Flow that is there."""
    return f"/v2/Flows/{studio.add_flow().sid}"


def statuses(studio: FakeStudio, path: str, times: int) -> list[int]:
    """What a number of fetches are answered with."""
    return [call(studio, "GET", path).status for _ in range(times)]


def error(response: Response, status: int, code: int | None) -> Any:
    """The body of a failed answer, which conforms."""
    payload = response.json()
    assert (response.status, payload["status"], payload.get("code")) == (status, status, code)
    schemas.validate(payload, "error")
    return payload


# -- what the answer is ------------------------------------------------------------------------------------------


def test_without_more_the_next_call_fails_with_500_and_no_code(fake: FakeStudio) -> None:
    """As was seen of Twilio: a 500 has a message and no code."""
    path = flow_url(fake)
    fake.fail()
    assert error(call(fake, "GET", path), 500, None)["message"] == "An error occurred"
    assert statuses(fake, path, 2) == [200, 200]


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, 20001), (401, 20003), (403, 20403), (404, 20404), (405, 20004), (409, 20409), (429, 20429), (503, 20503),
     (500, None), (502, None), (504, None), (418, None)],
)  # fmt: skip
def test_a_status_brings_its_code(fake: FakeStudio, status: int, code: int | None) -> None:
    """Where Twilio has one for it."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", status=status)
    payload = error(call(fake, "GET", path), status, code)
    assert "{" not in payload["message"]
    assert ("more_info" in payload) == (code is not None)


@pytest.mark.parametrize(("code", "status"), [(20429, 429), (20404, 404), (20409, 409), (20503, 503), (64001, 400)])
def test_a_code_brings_its_status(fake: FakeStudio, code: int, status: int) -> None:
    """400 for codes that are not Studio's."""
    path = flow_url(fake)
    fake.fail(code=code)
    error(call(fake, "GET", path), status, code)


def test_a_404_names_the_path(fake: FakeStudio) -> None:
    """As Twilio's do."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", status=404)
    assert path in error(call(fake, "GET", path), 404, 20404)["message"]


def test_details_stand_in_the_envelope(fake: FakeStudio) -> None:
    """Beside code and message."""
    path = flow_url(fake)
    fake.fail(code=20409, details={"conflicting_execution_sid": "FN1"})
    assert error(call(fake, "GET", path), 409, 20409)["details"] == {"conflicting_execution_sid": "FN1"}


@pytest.mark.parametrize(("given", "sent"), [(3, "3"), (0, "0"), (1.5, "1.5"), ("Wed, 21 Oct 2026 07:28:00 GMT",) * 2])
def test_retry_after_is_a_header(fake: FakeStudio, given: Any, sent: str) -> None:
    """In seconds, or a date as it is."""
    path = flow_url(fake)
    fake.fail(status=429, retry_after=given)
    assert call(fake, "GET", path).headers["Retry-After"] == sent


def test_without_retry_after_there_is_no_such_header(fake: FakeStudio) -> None:
    """No page of Studio promises one."""
    path = flow_url(fake)
    fake.fail(status=429)
    assert "Retry-After" not in call(fake, "GET", path).headers


@pytest.mark.parametrize(
    ("body", "raw", "kind"),
    [
        ("<html>Bad Gateway</html>", b"<html>Bad Gateway</html>", "text/html; charset=utf-8"),
        ("", b"", None),
        (b"", b"", None),
        ('{"sid": "FN', b'{"sid": "FN', "application/json; charset=utf-8"),
        ("upstream é", "upstream é".encode(), "text/plain; charset=utf-8"),
        ({"oops": 1}, b'{"oops": 1}', "application/json; charset=utf-8"),
        ([], b"[]", "application/json; charset=utf-8"),
        (b"\xff\xfe", b"\xff\xfe", "text/plain; charset=utf-8"),
    ],
)
def test_a_body_is_sent_as_it_is(fake: FakeStudio, body: Any, raw: bytes, kind: str | None) -> None:
    """HTML, nothing, JSON that breaks off; the content type goes by how it begins."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", status=502, body=body)
    answer = call(fake, "GET", path)
    assert (answer.status, answer.body, answer.headers.get("Content-Type")) == (502, raw, kind)
    assert answer.headers["Content-Length"] == str(len(raw))


def test_a_body_alone_is_a_200(fake: FakeStudio) -> None:
    """An answer that says it is well and is not."""
    path = flow_url(fake)
    fake.fail(body="{")
    assert call(fake, "GET", path).status == 200


# -- which calls -------------------------------------------------------------------------------------------------


def test_a_glob_means_both_versions(fake: FakeStudio) -> None:
    """And nothing else."""
    run = fake.add_run()
    path = f"Flows/{run.flow_sid}/Executions/{run.sid}"
    fake.fail("*.FetchExecution", times=2)
    assert call(fake, "GET", f"/v2/{path}/Context").status == 200
    assert [call(fake, "GET", f"/{v}/{path}").status for v in ("v1", "v2")] == [500, 500]


def test_the_fifth_page_fails(fake: FakeStudio) -> None:
    """``after=4`` lets four pass."""
    run = fake.add_execution()
    fake.add_steps(run, 12)
    fake.fail(LIST, after=4, status=503)
    url = f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}/Steps?PageSize=2"
    seen = []
    for _ in range(5):
        answer = call(fake, "GET", url)
        seen.append(answer.status)
        url = answer.json().get("meta", {}).get("next_page_url", url)
    assert seen == [200, 200, 200, 200, 503]
    assert len(get(fake, url)["steps"]) == 2  # and the page after a retry is there


def test_one_flow_of_forty_fails(fake: FakeStudio) -> None:
    """``FlowSid`` aims at the Flow itself and at all that hangs under it."""
    flows = [fake.add_flow() for _ in range(40)]
    bad = flows[17].sid
    fake.fail(where={"FlowSid": bad}, times=None, status=500)
    assert [f.sid for f in flows if call(fake, "GET", f"/v2/Flows/{f.sid}").status == 500] == [bad]
    assert [f.sid for f in flows if call(fake, "GET", f"/v2/Flows/{f.sid}/Executions").status == 500] == [bad]


@pytest.mark.parametrize("value", [TO, ANY, lambda to: to.endswith("01")])
def test_where_takes_values_and_judges(fake: FakeStudio, value: Any) -> None:
    """As ``assert_called`` does."""
    path = f"{flow_url(fake)}/Executions"
    fake.fail("v2.CreateExecution", where={"To": value}, status=503)
    assert call(fake, "POST", path, To=TO, From=FROM).status == 503
    assert call(fake, "POST", path, To=TO, From=FROM).status == 201


def test_a_record_stands_for_its_sid(fake: FakeStudio) -> None:
    """In ``where``, as elsewhere."""
    flow, other = fake.add_flow(), fake.add_flow()
    fake.fail(where={"FlowSid": flow})
    assert [call(fake, "GET", f"/v2/Flows/{f.sid}").status for f in (other, flow)] == [200, 500]
    fake.assert_called("v2.FetchFlow", times=1, Sid=flow)


def test_json_parameters_are_compared_by_value(fake: FakeStudio) -> None:
    """As dicts."""
    path = f"{flow_url(fake)}/Executions"
    fake.fail("v2.CreateExecution", where={"Parameters": {"name": "Ada"}}, times=None)
    assert call(fake, "POST", path, To=TO, From=FROM, Parameters={"name": "Bob"}).status == 201
    assert call(fake, "POST", path, To=FROM, From=TO, Parameters={"name": "Ada"}).status == 500


def test_a_parameter_that_did_not_come_is_not_any(fake: FakeStudio) -> None:
    """``ANY`` wants one."""
    path = f"{flow_url(fake)}/Executions"
    fake.fail("v2.CreateExecution", where={"Parameters": ANY}, optional=True)
    assert call(fake, "POST", path, To=TO, From=FROM).status == 201


def test_repeated_parameters_are_lists(fake: FakeStudio) -> None:
    """``TestUsers`` is the only one."""
    path = f"{flow_url(fake)}/TestUsers"
    fake.fail("v2.UpdateTestUser", where={"TestUsers": [TO, FROM]})
    assert call(fake, "POST", path, TestUsers=[TO, FROM]).status == 500


def test_what_is_no_operation_meets_no_fault(fake: FakeStudio) -> None:
    """``*`` stands for the operations."""
    fake.fail(times=None, optional=True)
    assert call(fake, "GET", "/v3/Flows").status == 404


def test_wrong_credentials_use_up_no_answer_of_a_rule(fake: FakeStudio) -> None:
    """They stay a 401: otherwise a fault would hide them."""
    path = flow_url(fake)
    fake.fail(status=503)
    from pytest_studio import Request

    assert fake.handle(Request("GET", path)).status == 401
    assert statuses(fake, path, 2) == [503, 200]


def test_the_verdict_says_that_wrong_credentials_came_first(fake: FakeStudio) -> None:
    """So the fault was aimed at the call, and not met."""
    from pytest_studio import Request

    fake.fail(status=503)
    fake.handle(Request("GET", flow_url(fake)))
    assert "1 call came that it aims at, 1 of them answered 401: wrong credentials come first" in verdict(fake)


# -- taking turns ------------------------------------------------------------------------------------------------


def test_faults_take_turns_in_the_order_they_were_asked_for(fake: FakeStudio) -> None:
    """Each call uses up one."""
    path = flow_url(fake)
    fake.fail(status=503, times=2)
    fake.fail(status=429)
    assert statuses(fake, path, 5) == [503, 503, 429, 200, 200]


def test_slow_then_429_then_well(fake: FakeStudio) -> None:
    """A slow call that is counted takes its turn, too."""
    path = flow_url(fake)
    fake.slow("v2.FetchFlow", 5, times=1)
    fake.fail("v2.FetchFlow", status=429)
    answers = [call(fake, "GET", path) for _ in range(3)]
    assert [(answer.status, answer.delay) for answer in answers] == [(200, 5), (429, 0), (200, 0)]


def test_a_standing_delay_comes_on_top_of_faults(fake: FakeStudio) -> None:
    """What is always slow is slow when it fails."""
    path = flow_url(fake)
    fake.slow("v2.FetchFlow", 5)
    fake.fail("v2.FetchFlow", status=429)
    answers = [call(fake, "GET", path) for _ in range(2)]
    assert [(answer.status, answer.delay) for answer in answers] == [(429, 5), (200, 5)]


def test_a_standing_fault_is_met_when_no_counted_one_is(fake: FakeStudio) -> None:
    """Whatever the order they were asked for in."""
    path = flow_url(fake)
    fake.fail(times=None, status=500)
    fake.fail(status=429)
    assert statuses(fake, path, 3) == [429, 500, 500]


def test_calls_that_another_rule_took_count_for_after(fake: FakeStudio) -> None:
    """``after`` counts calls, not chances."""
    path = flow_url(fake)
    fake.fail(status=503)
    fake.fail(status=429, after=2)
    assert statuses(fake, path, 4) == [503, 200, 429, 200]


# -- what comes instead of an answer -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("exception", "applied", "failure"),
    [
        ("timeout", False, "connect-timeout"),
        ("timeout", True, "read-timeout"),
        ("connection", False, "refused"),
        ("connection", True, "reset"),
        (None, True, "read-timeout"),
    ],
)
def test_an_exception_is_no_answer(fake: FakeStudio, exception: str | None, applied: bool, failure: str) -> None:
    """Applied, it happened all the same."""
    path = f"{flow_url(fake)}/Executions"
    fake.fail("v2.CreateExecution", exception=exception, applied=applied)
    answer = call(fake, "POST", path, To=TO, From=FROM)
    assert (answer.status, answer.body, answer.failure) == (0, b"", failure)
    assert len(fake.executions) == applied
    assert fake.calls[-1].status is None
    assert fake.calls[-1].response is None


def test_a_create_whose_answer_was_lost_meets_409_when_it_is_tried_again(fake: FakeStudio) -> None:
    """The contact has an active Execution by then."""
    path = f"{flow_url(fake)}/Executions"
    fake.fail("v2.CreateExecution", exception="connection", applied=True)
    call(fake, "POST", path, To=TO, From=FROM)
    again = call(fake, "POST", path, To=TO, From=FROM)
    assert error(again, 409, 20409)["details"]["conflicting_execution_sid"] in fake.executions


def test_an_error_can_come_after_it_happened(fake: FakeStudio) -> None:
    """A gateway's timeout, say."""
    path = f"{flow_url(fake)}/Executions"
    fake.fail("v2.CreateExecution", status=504, applied=True)
    assert call(fake, "POST", path, To=TO, From=FROM).status == 504
    assert len(fake.executions) == 1


def test_a_truncated_answer_has_status_headers_and_the_whole_length(fake: FakeStudio) -> None:
    """A transport sends a part of the body."""
    path = flow_url(fake)
    fake.fail(exception="truncated")
    answer = call(fake, "GET", path)
    assert (answer.status, answer.failure) == (200, "truncated")
    assert answer.headers["Content-Length"] == str(len(answer.body))


def test_a_truncated_answer_without_a_body_is_a_reset(fake: FakeStudio) -> None:
    """There is nothing to break off in; it happened all the same."""
    path = flow_url(fake)
    fake.fail("v2.DeleteFlow", exception="truncated")
    answer = call(fake, "DELETE", path)
    assert (answer.status, answer.failure) == (0, "reset")
    assert len(fake.flows) == 0


def test_a_connection_fails_whatever_the_credentials(fake: FakeStudio) -> None:
    """It fails before anybody reads them."""
    from pytest_studio import Request

    fake.fail(exception="connection")
    assert fake.handle(Request("GET", flow_url(fake))).failure == "refused"


# -- wrong use ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kwargs", "words"),
    [
        ({"operation": "v2.FetchExecutionn"}, "did you mean 'v2.FetchExecution'"),
        ({"operation": "FetchExecution"}, "v1.FetchExecution' or 'v2.FetchExecution"),
        ({"operation": "v2.FetchFlow", "where": {"flow_sid": "x"}}, "did you mean 'FlowSid'"),
        ({"operation": "v2.FetchFlow", "where": {"Body": "x"}}, "'Body' is no parameter of v2.FetchFlow; it has Sid"),
        ({"where": "FW1"}, "where is a dict"),
        ({"after": -1}, "after is a whole number, 0 or more"),
        ({"after": 1.5}, "after is a whole number"),
        ({"times": 0}, "times is a whole number, 1 or more"),
        ({"times": True}, "times is a whole number"),
        ({"status": 99}, "from 200 to 599"),
        ({"status": "500"}, "from 200 to 599"),
        ({"status": 204}, "no failure"),
        ({"status": 200}, r"use studio.answer"),
        ({"code": "20429"}, "code is a whole number"),
        ({"code": 20429, "body": "x"}, "no code beside it"),
        ({"details": ["x"]}, "details is a dict"),
        ({"details": {"x": object()}}, "details cannot be written as JSON"),
        ({"details": {}, "body": "x"}, "no details beside it"),
        ({"body": object()}, "body cannot be written as JSON"),
        ({"retry_after": -1}, "retry_after is a number"),
        ({"retry_after": True}, "retry_after is a number"),
        ({"exception": "timout"}, "did you mean 'timeout'"),
        ({"exception": "timeout", "status": 500}, "so it has no status=500"),
        ({"exception": "timeout", "retry_after": 1}, "so it has no retry_after=1"),
        ({"status": 429, "retry_after": "soon"}, "a number of seconds, or a date such as"),
        ({"applied": 1}, "applied is True or False, not 1"),
        ({"optional": "yes"}, "optional is True or False, not 'yes'"),
    ],
)
def test_wrong_use_says_what_would_be_right(fake: FakeStudio, kwargs: dict[str, Any], words: str) -> None:
    """And adds no rule."""
    with pytest.raises((ValueError, TypeError), match=words):
        fake.fail(**kwargs)
    fake.verify()  # of a rule it would say that it was not met


# -- what is told ------------------------------------------------------------------------------------------------


def test_a_call_tells_which_fault_it_met(fake: FakeStudio) -> None:
    """As the test wrote it."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", status=503, times=None)
    call(fake, "GET", path)
    assert fake.calls[-1].why == "by fail('v2.FetchFlow', times=None, status=503)"


def verdict(studio: FakeStudio) -> str:
    """What the studio objects to."""
    with pytest.raises(StudioVerdict) as caught:
        studio.verify()
    return str(caught.value)


def test_the_verdict_names_a_fault_that_was_never_met(fake: FakeStudio) -> None:
    """And what was called instead; once."""
    path = flow_url(fake)
    fake.fail("v2.DeleteFlow", status=503)
    call(fake, "GET", path)
    said = verdict(fake)
    assert "fail('v2.DeleteFlow', status=503): met 0 of 1 time" in said
    assert "called were: v2.FetchFlow" in said
    fake.verify()


def test_the_verdict_names_a_fault_that_was_met_too_rarely(fake: FakeStudio) -> None:
    """With how often."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", times=3)
    call(fake, "GET", path)
    assert "met 1 of 3 times" in verdict(fake)


def test_the_verdict_says_what_where_missed(fake: FakeStudio) -> None:
    """By the last call to the operation."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", where={"Sid": "FW0"})
    call(fake, "GET", path)
    assert f"1 call came, but Sid is '{path[-34:]}'" in verdict(fake)


def test_the_verdict_says_what_after_let_pass(fake: FakeStudio) -> None:
    """With the number that came."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", after=4)
    call(fake, "GET", path)
    assert "1 call came that it aims at, 4 of them let pass by after=4" in verdict(fake)


def test_the_verdict_says_that_nothing_was_called(fake: FakeStudio) -> None:
    """A client that is not pointed here, perhaps."""
    fake.fail("v2.FetchFlow", times=None)
    said = verdict(fake)
    assert "fail('v2.FetchFlow', times=None): met 0 times" in said
    assert "nothing was called at all" in said


def test_a_standing_fault_that_was_met_once_is_enough(fake: FakeStudio) -> None:
    """It has no number to reach."""
    path = flow_url(fake)
    fake.fail("v2.FetchFlow", times=None)
    call(fake, "GET", path)
    fake.verify()


def test_an_optional_fault_need_not_be_met(fake: FakeStudio) -> None:
    """The test says so."""
    fake.fail("v2.FetchFlow", optional=True)
    fake.slow("v2.FetchFlow", 3, optional=True)
    fake.verify()


def test_leniency_does_not_excuse_faults() -> None:
    """Neither does ``strict=False``: they are the test's own words."""
    studio = FakeStudio(strict=False)
    studio.fail("v2.FetchFlow")
    with studio.lenient():
        assert "not met" in verdict(studio)


def test_leaving_a_studio_gives_the_verdict() -> None:
    """Without pytest, too."""
    studio = FakeStudio(env=False)
    with pytest.raises(StudioVerdict, match="not met"), studio:
        studio.fail("v2.FetchFlow")


def test_a_rate_limit_answers_429_beyond_it(fake: FakeStudio) -> None:
    """Twenty creates a second pass, as Studio documents."""
    studio = FakeStudio(now="2026-03-14T09:30:00Z")
    path = f"{flow_url(studio)}/Executions"
    studio.rate_limit(20, "v2.CreateExecution", retry_after=1)

    def create(number: int) -> Response:
        return call(studio, "POST", path, To=f"+1555010{number:04d}", From=FROM)

    assert [create(n).status for n in range(22)] == [201] * 20 + [429] * 2
    limited = create(23)
    assert error(limited, 429, 20429)["message"] == "Too Many Requests"
    assert limited.headers["Retry-After"] == "1"
    assert len(studio.executions) == 20
    assert call(studio, "GET", path).status == 200  # other operations are not counted
    studio.advance(seconds=1)
    assert create(24).status == 201
    assert studio.calls[20].why == "by rate_limit(20, 'v2.CreateExecution')"


def test_a_rate_limit_slides(fake: FakeStudio) -> None:
    """A second is any second, not one of the clock's."""
    studio = FakeStudio(now="2026-03-14T09:30:00Z")
    path = flow_url(studio)
    studio.rate_limit(2)
    seen = statuses(studio, path, 1)
    studio.advance(seconds=0.6)
    seen += statuses(studio, path, 2)
    studio.advance(seconds=0.6)
    seen += statuses(studio, path, 2)
    assert seen == [200, 200, 429, 200, 429]


def test_a_rate_below_one_is_one_in_a_while(fake: FakeStudio) -> None:
    """0.5 a second is one in two seconds."""
    studio = FakeStudio(now="2026-03-14T09:30:00Z")
    path = flow_url(studio)
    studio.rate_limit(0.5)
    seen = statuses(studio, path, 1)
    for _ in range(3):
        studio.advance(seconds=1)
        seen += statuses(studio, path, 1)
    assert seen == [200, 429, 200, 429]


@pytest.mark.parametrize("rate", [0, -1, True, "20", float("nan")])
def test_a_rate_is_a_number_above_0(fake: FakeStudio, rate: Any) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError, match="above 0"):
        fake.rate_limit(rate)


def test_a_rate_limit_that_was_not_exceeded_is_no_fault(fake: FakeStudio) -> None:
    """It is how Studio is, not what the test waits for."""
    fake.rate_limit(20)
    fake.verify()


def test_json_bodies_are_what_they_were_when_asked_for(fake: FakeStudio) -> None:
    """A dict that is changed later changes nothing."""
    path = flow_url(fake)
    body = {"a": 1}
    fake.fail("v2.FetchFlow", status=500, body=body)
    fake.fail("v2.FetchFlow", code=20409, details=body)
    body["a"] = 2
    assert json.loads(call(fake, "GET", path).text) == {"a": 1}
    assert call(fake, "GET", path).json()["details"] == {"a": 1}


# -- what is noted of a call that failed -------------------------------------------------------------------------


def test_a_failed_call_may_tell_its_path(fake: FakeStudio) -> None:
    """As the 404 does that it stands for."""
    path = flow_url(fake)
    fake.fail(code=20404)
    payload = error(call(fake, "GET", f"{path}?x=1"), 404, 20404)
    assert payload["message"] == f"The requested resource {path} was not found"


def test_a_failed_call_is_noted_with_what_it_asked(fake: FakeStudio) -> None:
    """The parameters of its path and of its form or query, repeated ones as a list."""
    path = flow_url(fake)
    flow = path.rpartition("/")[2]
    fake.fail(times=3)
    call(fake, "POST", f"{path}/TestUsers", TestUsers=[TO, FROM])
    assert fake.calls[-1].params == {"Sid": flow, "TestUsers": [TO, FROM]}
    call(fake, "POST", f"{path}/Executions?PageSize=1", To=TO, From=FROM)
    assert fake.calls[-1].params == {"FlowSid": flow, "To": TO, "From": FROM}
    headers = fake.calls[-1].headers
    fake.handle(Request("GET", f"{path}/Executions?PageSize=2&status=ended", headers, b"PageSize=9"))
    assert fake.calls[-1].params == {"FlowSid": flow, "PageSize": "2", "status": "ended"}
