"""``studio.answer``: answers of the test's own, held against the documents first."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import FROM, TO, call, get

from pytest_studio import ConformanceError, FakeStudio, PayloadFactory, StudioVerdict

SID = "FN" + "1" * 32
PATH = "/v2/Flows/FW" + "2" * 32 + "/Executions"


@pytest.fixture
def factory() -> PayloadFactory:
    """Payloads that conform."""
    return PayloadFactory()


def test_an_answer_is_given_once_and_stores_nothing(fake: FakeStudio, factory: PayloadFactory) -> None:
    """The next call is the API's."""
    payload = factory.execution(sid=SID, status="ended")
    fake.answer("v2.FetchExecution", payload)
    assert get(fake, f"{PATH}/{SID}") == payload
    assert call(fake, "GET", f"{PATH}/{SID}").status == 404
    assert fake.executions == {}


def hint(fake: FakeStudio) -> str:
    """What a report says of the last call."""
    return str(fake.calls[-1].why)


@pytest.mark.parametrize("times", [1, 2])
def test_a_404_after_the_last_answer_says_that_it_is_used_up(
    times: int, fake: FakeStudio, factory: PayloadFactory
) -> None:
    """With how often it was given, and how it would be given always; then what a 404 says otherwise."""
    fake.answer("v2.FetchExecution", factory.execution(sid=SID), times=times)
    for _ in range(times):
        get(fake, f"{PATH}/{SID}")
        assert "used up" not in hint(fake)
    assert call(fake, "GET", f"{PATH}/{SID}").status == 404
    assert hint(fake).startswith(
        f"the answer to v2.FetchExecution (times={times}) is used up, it was given {times} time{'s' * (times > 1)}; "
        "times=None gives it always; this studio has no Flow at all"
    )


def test_a_404_after_many_answers_counts_them(fake: FakeStudio, factory: PayloadFactory) -> None:
    """In one hint, whether or not they were asked for alike."""
    fake.answer("v2.FetchExecution", factory.execution(sid=SID))
    fake.answer("v2.FetchExecution", factory.execution(sid=SID))
    fake.answer("v2.FetchExecution", factory.execution(sid=SID), times=3)
    for _ in range(6):
        last = call(fake, "GET", f"{PATH}/{SID}").status
    assert last == 404
    assert hint(fake).startswith(
        "the answers to v2.FetchExecution (times=1), v2.FetchExecution (times=3) are used up, they were given 5 times; "
    )


def test_a_404_that_no_answer_aimed_at_says_nothing_of_answers(fake: FakeStudio, factory: PayloadFactory) -> None:
    """Nor does one after a fault."""
    fake.answer("v2.FetchExecution", factory.execution(sid=SID), where={"Sid": SID})
    fake.fail("v2.FetchExecution", where={"Sid": SID[:-1] + "2"})
    get(fake, f"{PATH}/{SID}")
    for _ in range(2):
        call(fake, "GET", f"{PATH}/{SID[:-1]}2")
    assert (fake.calls[-1].status, "used up" in hint(fake)) == (404, False)


def test_an_answer_has_the_documented_status(fake: FakeStudio, factory: PayloadFactory) -> None:
    """201 for a create."""
    fake.answer("v2.CreateExecution", factory.execution())
    assert call(fake, "POST", PATH, To=TO, From=FROM).status == 201


def test_an_answer_has_the_headers_of_all_answers(fake: FakeStudio, factory: PayloadFactory) -> None:
    """A client sees no difference."""
    fake.answer("v2.FetchExecution", factory.execution())
    own = call(fake, "GET", f"{PATH}/{SID}")
    theirs = call(fake, "GET", "/v2/Flows")
    assert set(own.headers) == set(theirs.headers)
    assert own.headers["Content-Length"] == str(len(own.body))


def test_where_aims_an_answer(fake: FakeStudio, factory: PayloadFactory) -> None:
    """By parameter."""
    payload = factory.execution(sid=SID)
    fake.answer("v2.FetchExecution", payload, where={"Sid": SID}, times=None)
    assert call(fake, "GET", f"{PATH}/FN{'3' * 32}").status == 404
    assert [get(fake, f"{PATH}/{SID}")["sid"] for _ in range(3)] == [SID] * 3


def test_answers_take_turns_with_faults(fake: FakeStudio, factory: PayloadFactory) -> None:
    """A poll that sees three states."""
    states = ["active", "active", "ended"]
    for state in states[:2]:
        fake.answer("v2.FetchExecution", factory.execution(sid=SID, status=state))
    fake.fail("v2.FetchExecution", status=503)
    fake.answer("v2.FetchExecution", factory.execution(sid=SID, status=states[2]))
    seen = [call(fake, "GET", f"{PATH}/{SID}") for _ in range(4)]
    assert [answer.json()["status"] for answer in seen] == ["active", "active", 503, "ended"]


def test_an_error_is_held_against_the_error_schema(fake: FakeStudio, factory: PayloadFactory) -> None:
    """With ``status=``."""
    fake.answer("v2.FetchExecution", factory.error(20429), status=429)
    assert call(fake, "GET", f"{PATH}/{SID}").json()["code"] == 20429
    with pytest.raises(ConformanceError, match="against the schema error"):
        fake.answer("v2.FetchExecution", factory.execution(), status=429)


def test_a_page_is_an_answer(fake: FakeStudio, factory: PayloadFactory) -> None:
    """Of a list."""
    page = factory.page("step", 3)
    fake.answer("v2.ListExecutionStep", page)
    assert get(fake, f"{PATH}/{SID}/Steps") == page


def test_a_delete_has_no_payload(fake: FakeStudio) -> None:
    """204, and nothing with it."""
    fake.answer("v2.DeleteExecution", None)
    answer = call(fake, "DELETE", f"{PATH}/{SID}")
    assert (answer.status, answer.body) == (204, b"")
    with pytest.raises(ValueError, match="has no body: its payload is None"):
        fake.answer("v2.DeleteExecution", {})


def test_what_departs_from_the_documents_is_refused(fake: FakeStudio, factory: PayloadFactory) -> None:
    """With the pointer; nothing is answered with it."""
    bad = {**factory.execution(), "status": "running"}
    with pytest.raises(ConformanceError, match=r"the answer for v2.FetchExecution: .*(\n.*)*/status"):
        fake.answer("v2.FetchExecution", bad)
    with pytest.raises(ConformanceError, match="execution_step"):
        fake.answer("v2.FetchExecutionStep", factory.execution())
    with pytest.raises(ConformanceError, match=r"date_created"):
        fake.answer("v2.FetchExecution", {**factory.execution(), "date_created": "yesterday"})
    fake.verify()  # of a rule it would say that it was not met


@pytest.mark.parametrize(
    ("args", "error", "words"),
    [
        (("v2.FetchExecutoin", {}), ValueError, "did you mean 'v2.FetchExecution'"),
        (("v2.FetchExecution", "{}"), TypeError, "fail"),
        (("v2.FetchExecution", {}, 1000), ValueError, "from 200 to 599"),
        (("*.CreateExecution", {}), ValueError, r"statuses \[200, 201\]: give status"),
        (("*.FetchFlow", {}), ValueError, "v1.FetchFlow, v2.FetchFlow, whose schemas differ: name one of them"),
        (("v2.FetchExecution", {"a": {1}}), ValueError, "cannot be written as JSON"),
    ],
)
def test_wrong_use_says_what_would_be_right(
    fake: FakeStudio, args: tuple[Any, ...], error: type[Exception], words: str
) -> None:
    """At once, not when it is called."""
    with pytest.raises(error, match=words):
        fake.answer(*args)


def test_a_payload_that_is_changed_later_changes_no_answer(fake: FakeStudio, factory: PayloadFactory) -> None:
    """It was checked as it was."""
    payload = factory.execution(status="active")
    fake.answer("v2.FetchExecution", payload)
    payload["status"] = "x"
    assert get(fake, f"{PATH}/{SID}")["status"] == "active"


def test_the_verdict_names_an_answer_that_nobody_asked_for(fake: FakeStudio, factory: PayloadFactory) -> None:
    """Unless it is optional."""
    fake.answer("v2.FetchExecution", factory.execution(), optional=True)
    fake.verify()
    fake.answer("v2.FetchExecution", factory.execution(), times=2)
    with pytest.raises(StudioVerdict, match=r"answer\('v2.FetchExecution', .*times=2\): met 0 of 2 times"):
        fake.verify()


def test_wrong_credentials_get_no_answer(fake: FakeStudio, factory: PayloadFactory) -> None:
    """An answer of the test's own would hide them."""
    from pytest_studio import Request

    fake.answer("v2.FetchExecution", factory.execution())
    assert fake.handle(Request("GET", f"{PATH}/{SID}")).status == 401
    assert call(fake, "GET", f"{PATH}/{SID}").status == 200
