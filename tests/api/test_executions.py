"""Executions, Engagements, Steps and contexts, by the REST API."""

from __future__ import annotations

import re
from collections import deque
from typing import Any

import pytest
from helpers import API, FROM, TO, call, create_flow, get, post, refused, sids_of

from pytest_studio import FakeStudio, sids
from pytest_studio.operations import OPERATIONS, match
from pytest_studio.schemas import assert_conforms

RUNS = [("v1", "Executions", 200), ("v1", "Engagements", 200), ("v2", "Executions", 201)]
every_kind = pytest.mark.parametrize(("version", "kind", "created"), RUNS, ids=["v1", "engagements", "v2"])
both_versions = pytest.mark.parametrize("version", ["v1", "v2"])


@every_kind
def test_a_run_lives_from_create_to_delete(version: str, kind: str, created: int, fake: FakeStudio) -> None:
    """Created, fetched, listed, ended, deleted; then gone with its Steps and contexts."""
    runs = f"/{version}/Flows/{fake.add_flow().sid}/{kind}"
    made = post(fake, runs, created, To=TO, From=FROM)
    path = f"{runs}/{made['sid']}"
    assert made["url"] == API + path
    assert get(fake, path) == made
    assert get(fake, runs)[kind.lower()] == [made]
    if kind == "Executions":
        ended = post(fake, path, Status="ended")
        assert ended["status"] == "ended"
        assert ended["date_updated"] is not None
        assert get(fake, path) == ended
    step = fake.add_step(made["sid"])
    deep = [path, f"{path}/Context", f"{path}/Steps", f"{path}/Steps/{step.sid}", f"{path}/Steps/{step.sid}/Context"]
    assert all(call(fake, "GET", url).status == 200 for url in deep)
    gone = call(fake, "DELETE", path)
    assert (gone.status, gone.body) == (204, b"")
    for url in deep:
        assert refused(fake, "GET", url, 404, 20404)["message"] == f"The requested resource {url} was not found"
    refused(fake, "DELETE", path, 404, 20404)
    assert get(fake, runs)[kind.lower()] == []
    assert not fake.steps


@both_versions
def test_an_active_execution_can_be_deleted(version: str, fake: FakeStudio) -> None:
    """And stands in nobody's way then; other Executions stay."""
    run, other = fake.add_execution(to=TO), fake.add_step()
    assert call(fake, "DELETE", f"/{version}/Flows/{run.flow_sid}/Executions/{run.sid}").status == 204
    assert post(fake, f"/v2/Flows/{run.flow_sid}/Executions", 201, To=TO, From=FROM)
    assert get(fake, other.url)["sid"] == other.sid


def test_every_url_and_link_resolves(fake: FakeStudio) -> None:
    """From the two lists of Flows every GET is reached, and each answer follows its schema."""
    create_flow(fake)
    run = fake.add_run(to=TO, path=[("a", "sent"), ("b", "success", {"status_code": 200})])
    fake.add_steps(fake.add_engagement(run.flow_sid), 3)
    for _ in range(2):
        post(fake, f"/v2/Flows/{run.flow_sid}", Status="draft")
    waiting = deque(f"{API}/{version}/Flows?PageSize=1" for version in ("v1", "v2"))
    seen: set[str] = set()
    operations: set[str] = set()
    while waiting:
        url = waiting.popleft()
        if url in seen:
            continue
        seen.add(url)
        assert len(seen) < 500, "pages have no end"
        response = call(fake, "GET", url)
        assert_conforms("GET", url, response.status, response.body)
        assert response.status == 200
        found = match("GET", url.partition("?")[0][len(API) :])
        assert found is not None
        operations.add(found[0].id)
        waiting.extend(u for u in urls_in(response.json()) if not u.startswith("https://webhooks.twilio.com/"))
        waiting.append(url.replace("PageSize=1&", "PageSize=2&"))
    assert operations == {id for id, operation in OPERATIONS.items() if operation.method == "GET"}
    assert len(seen) > 90


def urls_in(value: Any) -> list[str]:
    """All absolute urls of a payload, at any depth."""
    if isinstance(value, dict):
        return [url for inner in value.values() for url in urls_in(inner)]
    if isinstance(value, list):
        return [url for inner in value for url in urls_in(inner)]
    return [value] if isinstance(value, str) and value.startswith("https://") else []


# -- create ---------------------------------------------------------------------------------------------------------


@every_kind
def test_a_new_run_is_active_and_knows_its_contact(version: str, kind: str, created: int, fake: FakeStudio) -> None:
    """To is the contact; v2 says which revision runs and which request began it."""
    flow = fake.add_flow(revision=3)
    response = call(fake, "POST", f"/{version}/Flows/{flow.sid}/{kind}", To=TO, From=FROM)
    made = response.json()
    assert response.status == created
    assert (made["status"], made["contact_channel_address"], made["context"]) == ("active", TO, {})
    assert sids.is_valid(made["contact_sid"], "FC")
    assert made["date_updated"] is None
    if version == "v2":
        assert made["flow_version"] == 3
        assert made["initiated_by"] == response.headers["Twilio-Request-Id"]
    record = fake.executions[made["sid"]]
    assert record.from_ == FROM
    assert type(record).__name__ == ("Engagement" if kind == "Engagements" else "Execution")


def test_v2_refuses_a_second_active_execution(fake: FakeStudio) -> None:
    """409 names the one in the way, in message and details; once that has ended the next one starts."""
    runs = f"/v2/Flows/{fake.add_flow().sid}/Executions"
    first = post(fake, runs, 201, To=TO, From=FROM)
    error = refused(fake, "POST", runs, 409, 20409, To=TO, From=FROM)
    assert error == {
        "code": 20409,
        "details": {"conflicting_execution_sid": first["sid"]},
        "message": f"Execution {first['sid']} is already active for this contact. "
        "End the active Execution before creating a new one",
        "more_info": "https://www.twilio.com/docs/errors/20409",
        "status": 409,
    }
    assert [*error] == ["code", "details", "message", "more_info", "status"]
    assert len(fake.executions) == 1
    assert f"{first['sid']} is active for {TO}: end it with Status=ended" in str(fake.calls[-1].why)
    post(fake, first["url"], Status="ended")
    assert post(fake, runs, 201, To=TO, From=FROM)["sid"] != first["sid"]


@pytest.mark.parametrize("kind", ["Executions", "Engagements"])
def test_v1_answers_with_the_active_execution(kind: str, fake: FakeStudio) -> None:
    """200 and the existing one, whichever name and version it was made by; none is added."""
    flow = fake.add_flow().sid
    first = post(fake, f"/v2/Flows/{flow}/Executions", 201, To=TO, From=FROM, Parameters={"a": 1})
    again = post(fake, f"/v1/Flows/{flow}/{kind}", 200, To=TO, From=FROM, Parameters={"a": 2})
    assert again == get(fake, f"/v1/Flows/{flow}/{kind}/{first['sid']}")
    assert len(fake.executions) == 1
    assert fake.executions[first["sid"]].parameters == {"a": 1}


@pytest.mark.parametrize(
    ("change", "stands_in_the_way"),
    [
        ({}, True),
        ({"To": "+15550100009"}, False),
        ({"From": "+15550100009"}, False),
        ({"flow": "another"}, True),
        ({"To": FROM, "From": TO}, False),
    ],
)
def test_one_execution_is_active_for_a_pair_of_numbers(change: Any, stands_in_the_way: bool, fake: FakeStudio) -> None:
    """Of whichever Flow, in that order, exactly."""
    flow, another = fake.add_flow().sid, fake.add_flow().sid
    post(fake, f"/v2/Flows/{flow}/Executions", 201, To=TO, From=FROM)
    flow = another if change.pop("flow", None) else flow
    response = call(fake, "POST", f"/v2/Flows/{flow}/Executions", **{"To": TO, "From": FROM, **change})
    assert response.status == (409 if stands_in_the_way else 201)


@pytest.mark.parametrize(
    "given", [{"to": TO}, {"to": TO, "from_": FROM}, {"from_": TO}, {"contact_channel_address": TO}]
)
def test_a_stored_execution_stands_in_the_way(given: Any, fake: FakeStudio) -> None:
    """Whoever began it: the contact is busy."""
    run = fake.add_execution(**given)
    error = refused(fake, "POST", f"/v2/Flows/{run.flow_sid}/Executions", 409, 20409, To=TO, From=FROM)
    assert error["details"]["conflicting_execution_sid"] == run.sid


def test_the_newest_of_several_stands_in_the_way(fake: FakeStudio) -> None:
    """A test may store more than the API would start."""
    flow = fake.add_flow()
    runs = [fake.add_execution(flow, to=TO, from_=FROM) for _ in range(3)]
    for run in reversed(runs):
        error = refused(fake, "POST", f"/v2/Flows/{flow.sid}/Executions", 409, 20409, To=TO, From=FROM)
        assert error["details"]["conflicting_execution_sid"] == run.sid
        run.end()
    post(fake, f"/v2/Flows/{flow.sid}/Executions", 201, To=TO, From=FROM)


def test_what_is_removed_leaves_the_others_in_the_way(fake: FakeStudio) -> None:
    """Each of them by itself."""
    flow = fake.add_flow()
    first, second = (fake.add_execution(flow, to=TO, from_=FROM) for _ in range(2))
    assert call(fake, "DELETE", second.url).status == 204
    error = refused(fake, "POST", f"{flow.url}/Executions", 409, 20409, To=TO, From=FROM)
    assert error["details"]["conflicting_execution_sid"] == first.sid
    assert call(fake, "DELETE", first.url).status == 204
    post(fake, f"{flow.url}/Executions", 201, To=TO, From=FROM)


def test_what_has_ended_can_be_removed_when_another_has_started(fake: FakeStudio) -> None:
    """However many there were before it, with a number of Twilio's or without."""
    flow = fake.add_flow()
    ended = [fake.add_execution(flow, to=TO, status="ended") for _ in range(2)]
    ended += [fake.add_execution(flow, to=TO, from_=FROM, status="ended") for _ in range(2)]
    post(fake, f"{flow.url}/Executions", 201, To=TO, From=FROM)
    assert [call(fake, "DELETE", run.url).status for run in ended] == [204] * 4
    refused(fake, "POST", f"{flow.url}/Executions", 409, 20409, To=TO, From=FROM)


@every_kind
@pytest.mark.parametrize("missing", ["To", "From"])
def test_to_and_from_are_required(missing: str, version: str, kind: str, created: int, fake: FakeStudio) -> None:
    """In the documented words, without details; empty is missing."""
    runs = f"/{version}/Flows/{fake.add_flow().sid}/{kind}"
    form = {"To": TO, "From": FROM}
    del form[missing]
    for given in (form, {**form, missing: ""}):
        assert refused(fake, "POST", runs, 400, 20001, **given) == {
            "code": 20001,
            "message": f"Missing required parameter {missing} in the post body",
            "more_info": "https://www.twilio.com/docs/errors/20001",
            "status": 400,
        }
    assert not fake.executions


@pytest.mark.parametrize(
    "text", ["{", "[1]", "5", "null", '"x"', "{'a': 1}", '{"a": NaN}', '{"a": 1e999}', '{"a":' * 500 + "1" + "}" * 500]
)
def test_parameters_are_a_json_object(text: str, fake: FakeStudio) -> None:
    """All else is refused."""
    runs = f"/v2/Flows/{fake.add_flow().sid}/Executions"
    error = refused(fake, "POST", runs, 400, 20001, To=TO, From=FROM, Parameters=text)
    wanted = "a JSON object" if text in ("[1]", "5", "null", '"x"') else "JSON"
    shown = repr(text[:80])
    assert error["message"] == f"Invalid value {shown} for parameter Parameters: expected {wanted}"


@pytest.mark.parametrize("to", ["MG" + "a" * 32, "whatsapp:+15550100001", "client:ada", "ada@example.com", "☎ 5", "+"])
def test_addresses_are_free_text(to: str, fake: FakeStudio) -> None:
    """As on the wire."""
    made = post(fake, f"/v2/Flows/{fake.add_flow().sid}/Executions", 201, To=to, From=to)
    assert made["contact_channel_address"] == to


# -- end ------------------------------------------------------------------------------------------------------------


def test_ending_what_has_ended_is_a_conflict_in_v2(fake: FakeStudio) -> None:
    """And changes nothing."""
    run = fake.add_execution()
    first = post(fake, run.url, Status="ended")
    for status in ("ended", "active"):
        assert (
            refused(fake, "POST", run.url, 409, 20409, Status=status)["message"]
            == f"Execution {run.sid} has already ended"
        )
        assert fake.calls[-1].why == f"{run.sid} has ended before; v2 refuses to update it"
    assert get(fake, run.url) == first


def test_ending_what_has_ended_is_no_conflict_in_v1(fake: FakeStudio) -> None:
    """It answers with the Execution as it is."""
    run = fake.add_execution(status="ended", date_updated="2026-01-01T00:00:00Z")
    url = run.payload("v1")["url"]
    assert post(fake, url, Status="ended") == post(fake, url, Status="active") == run.payload("v1")
    assert run.payload()["date_updated"] == "2026-01-01T00:00:00Z"


@both_versions
def test_an_active_execution_stays_active(version: str, fake: FakeStudio) -> None:
    """With Status=active; other words are refused, and so is none."""
    url = fake.add_execution().payload(version)["url"]
    assert post(fake, url, Status="active")["status"] == "active"
    assert "expected one of active, ended" in refused(fake, "POST", url, 400, 20001, Status="Ended")["message"]
    assert refused(fake, "POST", url, 400, 20001)["message"] == "Missing required parameter Status in the post body"


def test_engagements_cannot_be_updated(fake: FakeStudio) -> None:
    """There is no such operation."""
    refused(fake, "POST", fake.add_engagement().url, 405, 20004, Status="ended")


def test_an_engagement_is_an_execution(fake: FakeStudio) -> None:
    """It shares its SID under both names, in lists, too."""
    old, run = fake.add_engagement(), fake.add_execution()
    for record in (old, run):
        base = f"/v1/Flows/{record.flow_sid}"
        assert get(fake, f"{base}/Engagements/{record.sid}")["links"].keys() == {"steps", "engagement_context"}
        assert get(fake, f"{base}/Executions/{record.sid}")["links"].keys() == {"steps", "execution_context"}
        assert sids_of(get(fake, f"{base}/Engagements")["engagements"]) == [record.sid]
        assert sids_of(get(fake, f"{base}/Executions")["executions"]) == [record.sid]


def test_steps_may_arrive_after_the_end(fake: FakeStudio) -> None:
    """As from widgets that were still running."""
    run = fake.add_execution(status="ended")
    late = fake.add_step(run, transitioned_from="late", name="success")
    assert sids_of(get(fake, run.links["steps"])["steps"]) == [late.sid]


# -- contexts -------------------------------------------------------------------------------------------------------


@every_kind
def test_parameters_land_in_both_places(version: str, kind: str, created: int, fake: FakeStudio) -> None:
    """In flow.data and in trigger.request.parameters; flow.sid is the Execution's."""
    flow = fake.add_flow().sid
    parameters = {"name": "Ada", "age": 42, "list": [1, {"a": None}], "é": "☎"}
    made = post(fake, f"/{version}/Flows/{flow}/{kind}", created, To=TO, From=FROM, Parameters=parameters)
    body = get(fake, made["url"] + "/Context")
    assert body["context"] == {
        "widgets": {},
        "trigger": {"request": {"to": TO, "from": FROM, "parameters": parameters}},
        "contact": {"channel": {"address": TO}},
        "flow": {"flow_sid": flow, "channel": {"address": FROM}, "sid": made["sid"], "data": parameters},
    }
    assert body["engagement_sid" if kind == "Engagements" else "execution_sid"] == made["sid"]


@pytest.mark.parametrize("given", [{}, {"Parameters": ""}, {"Parameters": {}}])
def test_without_parameters_the_data_is_empty(given: Any, fake: FakeStudio) -> None:
    """And no variables are there before a widget set some."""
    made = post(fake, f"/v2/Flows/{fake.add_flow().sid}/Executions", 201, To=TO, From=FROM, **given)
    context = get(fake, made["url"] + "/Context")["context"]
    assert context["trigger"]["request"]["parameters"] == context["flow"]["data"] == {}
    assert "variables" not in context["flow"]


def test_the_context_of_a_step_ends_at_it(fake: FakeStudio) -> None:
    """It holds what its own widget left, and nothing of later ones, in either version."""
    run = fake.add_run(path=[("a", "sent", {"n": 1}), ("b", "sent", {"n": 2})])
    for version in ("v1", "v2"):
        steps = get(fake, f"/{version}/Flows/{run.flow_sid}/Executions/{run.sid}/Steps")["steps"]
        found = [get(fake, step["links"]["step_context"]) for step in steps]
        assert [[*body["context"]["widgets"]] for body in found] == [["a", "b"], ["a"], []]
        assert [body["step_sid"] for body in found] == sids_of(steps)


@pytest.mark.parametrize("where", ["fetch", "list"])
def test_context_is_empty_outside_of_context(where: str, fake: FakeStudio) -> None:
    """In Steps and Executions, fetched and listed, of every version and name."""
    step = fake.add_step(fake.add_execution(context={"a": 1}), context={"b": 2})
    for version, kind in (("v1", "Executions"), ("v1", "Engagements"), ("v2", "Executions")):
        runs = f"/{version}/Flows/{step.flow_sid}/{kind}"
        if where == "fetch":
            shown = [
                get(fake, f"{runs}/{step.execution_sid}"),
                get(fake, f"{runs}/{step.execution_sid}/Steps/{step.sid}"),
            ]
        else:
            shown = get(fake, runs)[kind.lower()] + get(fake, f"{runs}/{step.execution_sid}/Steps")["steps"]
        assert [payload["context"] for payload in shown] == [{}, {}]
        assert get(fake, f"{runs}/{step.execution_sid}/Context")["context"] == {"a": 1}
        assert get(fake, f"{runs}/{step.execution_sid}/Steps/{step.sid}/Context")["context"] == {"b": 2}


@pytest.mark.parametrize(("given", "shown"), [({}, None), ({"parent_step_sid": "FT" + "a" * 32}, "FT" + "a" * 32)])
def test_only_steps_of_subflows_have_a_parent(given: Any, shown: Any, fake: FakeStudio) -> None:
    """Null as a rule."""
    assert get(fake, fake.add_step(**given).url)["parent_step_sid"] == shown


def test_dates_have_no_fractions(fake: FakeStudio) -> None:
    """Or clients take them for plain text."""
    step = fake.add_step(date_created="2026-07-31T12:00:00.750Z")
    shown = [get(fake, step.url), get(fake, step.execution.url), get(fake, step.execution.flow.url)]
    for payload in shown:
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", payload["date_created"])
    assert shown[0]["date_created"] == "2026-07-31T12:00:00Z"


# -- retention ------------------------------------------------------------------------------------------------------


@pytest.fixture
def forgetful() -> FakeStudio:
    """A studio that keeps Executions for 30 days."""
    return FakeStudio(now="2026-07-31T12:00:00Z", retention_days=30)


def test_executions_vanish_after_the_retention(forgetful: FakeStudio) -> None:
    """To the second, with their Steps; Flows stay."""
    step = forgetful.add_step()
    forgetful._account.clock.offset = 30 * 86_400 - 1
    get(forgetful, step.links["step_context"])
    forgetful._account.clock.offset += 1
    for url in (step.url, step.execution.url, step.execution.links["steps"]):
        refused(forgetful, "GET", url, 404, 20404)
    assert get(forgetful, f"{step.execution.flow.url}/Executions")["executions"] == []
    assert len(forgetful.flows) == 1
    assert not forgetful.steps


def test_an_expired_execution_stands_in_nobodys_way(forgetful: FakeStudio) -> None:
    """Even if it never ended."""
    run = forgetful.add_execution(to=TO, date_created="2026-07-01T12:00:00Z")
    post(forgetful, f"/v2/Flows/{run.flow_sid}/Executions", 201, To=TO, From=FROM)


@pytest.mark.parametrize(("date", "kept"), [("2026-07-01T12:00:00Z", False), ("2026-07-01T12:00:01Z", True)])
def test_retention_follows_a_changed_date(date: str, kept: bool, forgetful: FakeStudio) -> None:
    """It is counted from date_created as it is now, whether that moved back or forth."""
    for before in ("2026-06-01", "2026-07-30"):
        run = forgetful.add_execution(date_created=before)
        run.update(date_created=date)
        assert call(forgetful, "GET", run.url).status == (200 if kept else 404)


def test_without_retention_executions_are_kept(fake: FakeStudio) -> None:
    """However old."""
    assert get(fake, fake.add_execution(date_created="1999-01-01").url)["date_created"] == "1999-01-01T00:00:00Z"


@pytest.mark.parametrize("days", [0, -1, True])
def test_retention_is_above_nothing(days: Any) -> None:
    """Else no Execution could be read."""
    with pytest.raises(ValueError, match="retention_days is a number of days above 0"):
        FakeStudio(retention_days=days)


@pytest.mark.parametrize("days", [0.5, 1, 30.0])
def test_retention_is_a_number_of_days(days: float) -> None:
    """Parts of a day count."""
    studio = FakeStudio(now="2026-07-31T12:00:00Z", retention_days=days)
    run = studio.add_execution()
    studio._account.clock.offset = days * 86_400 - 1
    assert call(studio, "GET", run.url).status == 200
    studio._account.clock.offset += 1
    assert call(studio, "GET", run.url).status == 404
