"""The headers of an answer, and what is noted of it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from helpers import call, get

from pytest_studio import FakeStudio, api

REQUEST = "RQ" + "a" * 32
NOON = 1_785_499_200


@pytest.fixture(autouse=True)
def no_dates(monkeypatch: pytest.MonkeyPatch) -> None:
    """None was written before."""
    monkeypatch.setattr(api, "_dates", {})


def test_an_answer_has_the_date_the_request_and_its_length() -> None:
    """And a thousandth of a second is what it took, unless told."""
    headers = api.respond(NOON, REQUEST, 200, b"{}").headers
    assert headers["Date"] == "Fri, 31 Jul 2026 12:00:00 GMT"
    assert headers["Content-Length"] == "2"
    assert headers["Twilio-Request-Id"] == REQUEST
    assert headers["Twilio-Request-Duration"] == "0.001"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert "Retry-After" not in headers


def test_an_answer_may_be_of_another_kind_or_of_none() -> None:
    """With a time to wait, if it has one."""
    assert api.respond(NOON, REQUEST, 502, b"<p>", kind="text/html").headers["Content-Type"] == "text/html"
    without = api.respond(NOON, REQUEST, 503, b"", kind=None, retry_after="5").headers
    assert "Content-Type" not in without
    assert (without["Content-Length"], without["Retry-After"]) == ("0", "5")


def test_dates_are_written_once_and_not_kept_for_ever() -> None:
    """A studio may live for days."""
    sizes = []
    for second in range(600):
        api.respond(NOON + second, REQUEST, 200, b"")
        sizes.append(len(api._dates))
    assert max(sizes) == 257
    assert api.respond(NOON + 599, REQUEST, 200, b"").headers["Date"] == "Fri, 31 Jul 2026 12:09:59 GMT"


def test_an_answer_tells_how_long_it_took(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """In seconds."""
    monkeypatch.setattr(api, "time", SimpleNamespace(perf_counter=iter([1.0, 3.5]).__next__))
    assert call(fake, "GET", "/v2/Flows").headers["Twilio-Request-Duration"] == "2.500"


def test_a_call_is_noted_with_its_operation_and_parameters(fake: FakeStudio) -> None:
    """Those of the path first."""
    run = fake.add_execution()
    get(fake, f"{run.url}/Steps", PageSize=5)
    assert fake.calls[-1].operation == "v2.ListExecutionStep"
    assert fake.calls[-1].params == {"FlowSid": run.flow_sid, "ExecutionSid": run.sid, "PageSize": "5"}


def test_an_answer_begins_with_nothing_but_its_path() -> None:
    """Whoever makes it fills it in."""
    answer = api.Answer("/v2/Flows")
    found = answer.path, answer.operation, answer.params, answer.hint, answer.remarks
    assert found == ("/v2/Flows", None, {}, None, [])
