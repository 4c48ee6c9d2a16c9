"""What was called: the journal, its questions, and the words of its answers."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any
from unittest.mock import ANY

import pytest
from helpers import FROM, TO, call, create_flow, get, post, refused

from pytest_studio import FakeStudio, Request
from pytest_studio.journal import SHOWN, report


@pytest.fixture
def run(fake: FakeStudio) -> Any:
    """The payload of an Execution that was created with parameters."""
    flow = fake.add_flow()
    return post(fake, f"/v2/Flows/{flow.sid}/Executions", 201, To=TO, From=FROM, Parameters={"name": "Ada", "n": 1})


# -- calls ---------------------------------------------------------------------------------------------------


def test_a_call_knows_everything_about_itself(run: Any) -> None:
    """What was asked, when, and what was answered."""
    studio = FakeStudio(now="2026-07-31T12:00:00Z")
    flow = studio.add_flow()
    response = call(studio, "GET", f"/v2/Flows/{flow.sid}/Executions", PageSize=5, status="ended")
    [made] = studio.calls
    assert (made.operation, made.method, made.status) == ("v2.ListExecution", "GET", 200)
    assert made.path == f"/v2/Flows/{flow.sid}/Executions"
    assert made.params == {"FlowSid": flow.sid, "PageSize": "5", "status": "ended"}
    assert made.headers["Authorization"].startswith("Basic ")
    assert made.time == datetime(2026, 7, 31, 12, tzinfo=timezone.utc)
    assert made.response is response
    assert repr(made) == "<Call v2.ListExecution -> 200>"


def test_calls_are_a_read_only_sequence(fake: FakeStudio) -> None:
    """In order; a slice is one, too."""
    for version in ("v1", "v2", "v1"):
        get(fake, f"/{version}/Flows")
    assert [made.operation for made in fake.calls] == ["v1.ListFlow", "v2.ListFlow", "v1.ListFlow"]
    assert [made.operation for made in fake.calls[1:]] == ["v2.ListFlow", "v1.ListFlow"]
    assert fake.calls[-1] is fake.calls[2]
    assert repr(fake.calls[:2]) == "<2 calls: v1.ListFlow, v2.ListFlow>"
    with pytest.raises(TypeError):
        fake.calls[0] = None  # type: ignore[index]
    assert not hasattr(fake.calls, "append")


def test_calls_can_be_made_while_they_are_gone_through(fake: FakeStudio) -> None:
    """A loop over them ends."""
    get(fake, "/v2/Flows")
    for number, _ in enumerate(fake.calls):
        assert number < 5
        get(fake, "/v2/Flows")
    assert len(fake.calls) == 2


def test_refused_calls_are_noted(fake: FakeStudio) -> None:
    """With their operation, if the path has one, and parameters as far as they were read."""
    refused(fake, "GET", "/nowhere", 404, 20404)
    refused(fake, "POST", "/v2/Flows", 400, 20001, FriendlyName="x")
    assert [(made.operation, made.status, made.params) for made in fake.calls] == [
        (None, 404, {}),
        ("v2.CreateFlow", 400, {"FriendlyName": "x"}),
    ]
    assert repr(fake.calls[0]) == "<Call GET /nowhere -> 404>"


def test_repeated_parameters_are_lists(fake: FakeStudio) -> None:
    """Even a single one."""
    url = create_flow(fake)["url"] + "/TestUsers"
    post(fake, url, TestUsers=TO)
    assert fake.calls[-1].params["TestUsers"] == [TO]


@pytest.mark.parametrize(
    ("name", "count"), [("v2.FetchFlow", 2), ("v1.FetchFlow", 1), ("*.FetchFlow", 3), ("*", 4), ("v2.ListFlow", 0)]
)
def test_calls_to_an_operation(name: str, count: int, fake: FakeStudio) -> None:
    """By its id or a glob; whatever was answered."""
    flow = fake.add_flow()
    get(fake, f"/v2/Flows/{flow.sid}")
    refused(fake, "GET", "/v2/Flows/x", 404, 20404)
    get(fake, f"/v1/Flows/{flow.sid}")
    get(fake, "/v1/Flows")
    refused(fake, "GET", "/nowhere", 404, 20404)
    assert len(fake.calls_to(name)) == count


@pytest.mark.parametrize("ask", [FakeStudio.calls_to, FakeStudio.assert_called])
def test_an_unknown_operation_is_an_error(ask: Any, fake: FakeStudio) -> None:
    """With the nearest; never just no calls."""
    with pytest.raises(ValueError, match=r"'v2.FetchExecutions' is no operation .*did you mean 'v2.FetchExecution'\?"):
        ask(fake, "v2.FetchExecutions")


# -- assert_called -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"To": TO, "From": FROM},
        {"Parameters": {"n": 1, "name": "Ada"}},
        {"Parameters": json.dumps({"name": "Ada", "n": 1})},
        {"Parameters": ANY},
        {"Parameters": lambda text: json.loads(text)["n"] == 1},
        {"To": lambda to: to.startswith("+1555")},
        {"FlowSid": ANY, "To": ANY},
    ],
)
def test_a_call_is_recognised_by_its_parameters(params: Any, run: Any, fake: FakeStudio) -> None:
    """Those named; JSON by value, all else as text, or judged by a callable."""
    fake.assert_called("v2.CreateExecution", **params)
    fake.assert_called("*.CreateExecution", times=1, **params)


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [
        ({"PageSize": 5}, {"PageSize": 5}),
        ({"PageSize": 5}, {"PageSize": "5"}),
        ({"PageSize": 5}, {"PageSize": lambda size: int(size) < 10}),
    ],
)
def test_numbers_match_their_text(sent: Any, wanted: Any, fake: FakeStudio) -> None:
    """As on the wire."""
    get(fake, "/v2/Flows", **sent)
    fake.assert_called("v2.ListFlow", **wanted)


@pytest.mark.parametrize("wanted", [[TO, FROM], (TO, FROM)])
def test_repeated_parameters_match_lists(wanted: Any, fake: FakeStudio) -> None:
    """And a single one its text."""
    url = create_flow(fake)["url"] + "/TestUsers"
    post(fake, url, TestUsers=[TO, FROM])
    fake.assert_called("v2.UpdateTestUser", TestUsers=wanted)
    post(fake, url, TestUsers=TO)
    fake.assert_called("v2.UpdateTestUser", times=1, TestUsers=TO)
    with pytest.raises(AssertionError):
        fake.assert_called("v2.UpdateTestUser", TestUsers=[FROM, TO])


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"To": FROM}, f"To is '{TO}', expected '{FROM}'"),
        ({"Parameters": {"name": "Bob"}}, """Parameters is '{"name": "Ada", "n": 1}', expected {'name': 'Bob'}"""),
        ({"Parameters": {}}, "expected {}"),
        ({"Parameters": 5}, "expected 5"),
        ({"ExternalId": ANY}, "ExternalId is missing; there are FlowSid, To, From, Parameters"),
        ({"To": lambda to: False}, f"To is '{TO}', expected <function"),
    ],
)
def test_a_near_miss_is_shown_with_what_differs(wanted: Any, words: str, run: Any, fake: FakeStudio) -> None:
    """Below the call, which stands with its status."""
    with pytest.raises(AssertionError) as caught:
        fake.assert_called("v2.CreateExecution", **wanted)
    lines = str(caught.value).splitlines()
    assert lines[0].startswith("expected v2.CreateExecution with ")
    assert lines[0].endswith("at least once; it came 0 times")
    assert lines[1].startswith("  v2.CreateExecution(FlowSid='FW")
    assert lines[1].endswith(") -> 201")
    assert words in lines[2]


def test_near_misses_are_ordered_and_few(fake: FakeStudio) -> None:
    """The fewest differences first, five at the most."""
    for size in range(1, 8):
        get(fake, "/v2/Flows", PageSize=size)
    get(fake, "/v2/Flows", PageSize=50, Page=0)
    with pytest.raises(AssertionError) as caught:
        fake.assert_called("v2.ListFlow", PageSize=50, Page=1)
    lines = str(caught.value).splitlines()
    assert lines[1] == "  v2.ListFlow(PageSize='50', Page='0') -> 200, 0 flows"
    assert lines[2].strip() == "Page is '0', expected 1"
    assert sum(line.startswith("  v2.ListFlow") for line in lines) == 5
    assert lines[-1] == "  and 3 more"


@pytest.mark.parametrize(("times", "ok"), [(None, True), (2, True), (0, False), (1, False), (3, False)])
def test_times_is_exact(times: int | None, ok: bool, fake: FakeStudio) -> None:
    """None is at least once; too many calls are shown."""
    for _ in range(2):
        get(fake, "/v2/Flows")
    if ok:
        fake.assert_called("v2.ListFlow", times)
        return
    with pytest.raises(AssertionError) as caught:
        fake.assert_called("v2.ListFlow", times)
    lines = str(caught.value).splitlines()
    assert lines[0] == f"expected v2.ListFlow {times} time{'' if times == 1 else 's'}; it came 2 times"
    assert len(lines) == (3 if times < 2 else 1)


def test_never_called_is_times_nothing(fake: FakeStudio) -> None:
    """With or without parameters."""
    fake.assert_called("v2.ListFlow", times=0)
    get(fake, "/v2/Flows")
    fake.assert_called("v2.ListFlow", times=0, PageSize=5)


def test_what_was_called_instead_is_told(fake: FakeStudio) -> None:
    """The other version first of all."""
    with pytest.raises(AssertionError, match="nothing was called at all"):
        fake.assert_called("v2.ListFlow")
    get(fake, "/v1/Flows")
    refused(fake, "GET", "/nowhere", 404, 20404)
    with pytest.raises(AssertionError) as caught:
        fake.assert_called("v2.ListFlow")
    assert "  called were: v1.ListFlow, GET /nowhere" in str(caught.value)
    assert "  the other version came: v1.ListFlow" in str(caught.value)


# -- report --------------------------------------------------------------------------------------------------


def test_a_report_has_a_line_for_each_call(run: Any, fake: FakeStudio) -> None:
    """Operation, parameters, status; what a page held."""
    get(fake, run["links"]["steps"])
    fake.add_steps(run["sid"], 2)
    get(fake, run["links"]["steps"], PageSize=2)
    lines = report(fake.calls)
    assert lines[0].startswith("  1. v2.CreateExecution(FlowSid='FW")
    assert lines[0].endswith("""From='+15550100002', Parameters='{"name": "Ada", "n": 1}') -> 201""")
    assert lines[1].endswith(") -> 200, 0 steps")
    assert lines[2].endswith(", PageSize='2') -> 200, 2 steps, newest first")
    assert len(lines) == 3


def test_a_report_says_why_a_call_was_refused(fake: FakeStudio) -> None:
    """The error as it was answered, and the hint, which was not."""
    refused(fake, "GET", "/v2/Flows/FW1", 404, 20404)
    lines = report(fake.calls)
    assert lines == [
        "  1. v2.FetchFlow(Sid='FW1') -> 404",
        "       20404: The requested resource /v2/Flows/FW1 was not found",
        "       'FW1' is no Flow SID (FW and 32 hexadecimal digits): it has 3 characters, not 34",
    ]


def test_a_report_says_what_was_ignored(fake: FakeStudio) -> None:
    """Unless a verdict does."""
    get(fake, "/v2/Flows", page_size=5)
    assert report(fake.calls)[1].startswith("       ignored: page_size=5 is no parameter of v2.ListFlow")
    assert len(report(fake.calls, remarks=False)) == 1


def test_a_report_shows_connections_that_were_refused(fake: FakeStudio) -> None:
    """They got no answer."""
    fake.note_refusal("GET", "https://api.twilio.com/", "the test does not mock it")
    assert report(fake.calls) == ["  1. GET https://api.twilio.com/ -> no answer", "       the test does not mock it"]
    assert fake.calls[0].status is fake.calls[0].response is fake.calls[0].operation is None


def test_a_long_report_is_cut_in_the_middle(fake: FakeStudio) -> None:
    """Refused calls are shown wherever they stand, and how many are not shown."""
    for number in range(50):
        call(fake, "GET", "/nowhere" if number in (SHOWN // 2, 20) else "/v2/Flows")
    lines = report(fake.calls, 100)
    numbers = [int(line.partition(".")[0]) - 101 for line in lines if "-> " in line]
    assert numbers == [*range(15), 15, 20, *range(35, 50)]
    assert [line for line in lines if "…" in line] == ["  … 4 more calls …", "  … 14 more calls …"]


def test_a_report_of_refusals_is_bounded(fake: FakeStudio) -> None:
    """However many there were."""
    for _ in range(200):
        call(fake, "GET", "/nowhere")
    assert sum("GET /nowhere -> 404" in line for line in report(fake.calls)) == 2 * SHOWN


@pytest.mark.parametrize("number", [SHOWN - 1, SHOWN, SHOWN + 1])
def test_a_report_of_a_few_calls_is_whole(number: int, fake: FakeStudio) -> None:
    """Up to the most that are shown."""
    for _ in range(number):
        get(fake, "/v2/Flows")
    assert len(report(fake.calls)) == number


def test_long_values_are_cut_in_the_middle(fake: FakeStudio) -> None:
    """Their beginning and end are shown."""
    get(fake, "/v2/Flows")
    fake.handle(Request("GET", "/v2/Flows?PageToken=START" + "x" * 10_000 + "END", fake.calls[0].headers))
    [_, line, *_] = report(fake.calls)
    assert "PageToken='STARTxxx" in line
    assert "xxxEND'" in line
    assert len(line) < 200


def test_a_report_never_shows_secrets(fake: FakeStudio) -> None:
    """Headers are not in it."""
    get(fake, "/v2/Flows")
    assert fake.auth_token not in "\n".join(report(fake.calls))
    assert fake.auth_token not in repr(fake) + repr(fake.calls) + repr(fake.api_key)


@pytest.mark.parametrize("times", [None, 0, 1])
def test_a_name_that_is_no_parameter_is_refused_however_often_it_is_wanted(
    times: Any, run: Any, fake: FakeStudio
) -> None:
    """Or a slip would make ``times=0`` pass for nothing; what came all the same may be asked for."""
    with pytest.raises(ValueError, match=r"'to' is no parameter of v2.CreateExecution \(did you mean 'To'\?\)"):
        fake.assert_called("v2.CreateExecution", times=times, to=TO)
    with fake.lenient():
        call(fake, "GET", "/v2/Flows", page_size=3)
    fake.assert_called("v2.ListFlow", page_size=3)


@pytest.mark.parametrize("times", [-1, "1", True])
def test_times_is_a_number_of_calls(times: Any, fake: FakeStudio) -> None:
    """Or None."""
    with pytest.raises(ValueError, match="times is a number of calls"):
        fake.assert_called("v2.ListFlow", times=times)


def test_a_parameter_that_is_no_json_is_not_the_wanted_object(fake: FakeStudio) -> None:
    """It is shown as it came."""
    flow = fake.add_flow()
    refused(fake, "POST", f"/v2/Flows/{flow.sid}/Executions", 400, 20001, To=TO, From=FROM, Parameters="{")
    with pytest.raises(AssertionError, match=r"Parameters is '\{', expected"):
        fake.assert_called("v2.CreateExecution", Parameters={"name": "Ada"})


def test_answers_that_are_no_json_are_shown_as_they_are(fake: FakeStudio) -> None:
    """A gateway's page in place of a list has no rows to count; of an error its text is shown."""
    fake.fail("v2.ListFlow", status=200, body="<html>")
    fake.fail("v2.ListFlow", status=502, body="<h1>Bad Gateway</h1>")
    call(fake, "GET", "/v2/Flows")
    call(fake, "GET", "/v2/Flows")
    lines = [line.strip() for line in report(fake.calls)]
    assert lines[0] == "1. v2.ListFlow() -> 200"
    assert "'<h1>Bad Gateway</h1>'" in lines


@pytest.mark.parametrize(
    ("operation", "name"),
    [("v2.FetchFlow", "FlowSid"), ("v2.FetchExecution", "ExecutionSid"), ("v2.FetchExecutionStep", "StepSid")],
)
def test_the_sid_of_a_path_goes_by_the_name_of_its_resource_too(fake: FakeStudio, operation: str, name: str) -> None:
    """As in ``fail(where=…)``; the path's own name is Sid."""
    step = fake.add_step()
    run = f"/v2/Flows/{step.flow_sid}/Executions/{step.execution_sid}"
    for path in (f"/v2/Flows/{step.flow_sid}", run, f"{run}/Steps/{step.sid}"):
        get(fake, path)
    sid = {"FlowSid": step.flow_sid, "ExecutionSid": step.execution_sid, "StepSid": step.sid}[name]
    fake.assert_called(operation, **{name: sid})
    fake.assert_called(operation, Sid=sid)
    with pytest.raises(AssertionError, match=f"{name} is '{sid}', expected 'x'"):
        fake.assert_called(operation, **{name: "x"})
    with pytest.raises(ValueError, match=rf"did you mean '{name}'"):
        fake.assert_called(operation, **{name.replace("Sid", "Side"): sid})
