"""Vintages: what Twilio sent in which year, and what it may send one day."""

from __future__ import annotations

import json
import re
import warnings
from typing import Any, get_args, get_type_hints

import pytest
from helpers import FROM, SMALLEST, TO, basic, call, get, post

from pytest_studio import FakeStudio, Request, assert_conforms
from pytest_studio.errors import ConformanceError, StudioDriftWarning, StudioVerdict
from pytest_studio.operations import OPERATIONS, Operation
from pytest_studio.resources import Execution
from pytest_studio.vintages import NEW_FIELDS, NEW_LINK, NEW_META, VINTAGES, VintageName

pytest_plugins = ["pytester"]

each_vintage = pytest.mark.parametrize("vintage", VINTAGES)
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
older = pytest.mark.parametrize("vintage", ["2023", "2025"])

FORMS: dict[str, dict[str, Any]] = {
    "To": {"To": TO, "From": FROM, "Parameters": {"name": "Zoë"}},
    "FriendlyName": {"FriendlyName": "A", "Status": "published", "Definition": SMALLEST},
    "Status": {"Status": "ended"},
    "TestUsers": {"TestUsers": [TO]},
}


def furnished(vintage: VintageName = "2026") -> FakeStudio:
    """A studio with a Flow, a draft, a run, an active Execution and an Engagement; the same in every vintage."""
    studio = FakeStudio(seed=3, now="2026-11-20T09:30:00Z", vintage=vintage)
    flow = studio.add_flow(test_users=[FROM])
    studio.add_flow(status="draft")
    studio.add_run(flow, [("ask", "incomingMessage", {"inbound": {"Body": "42"}}), ("bye", "sent")])
    studio.add_execution(flow)
    studio.add_step(studio.add_engagement(flow))
    return studio


def request_of(studio: FakeStudio, operation: Operation) -> tuple[str, str, dict[str, Any]]:
    """Method, path and form with which an operation finds something."""
    flow = next(iter(studio.flows))
    ended, active, engaged = studio.executions.values()
    engagements = "/Engagements" in operation.path
    run = engaged if engagements else active if operation.id.endswith("UpdateExecution") else ended
    step = run.steps[-1].sid if run.steps else ""
    last = step if "Steps/{Sid}" in operation.path else run.sid if "{FlowSid}" in operation.path else flow
    ids = {"FlowSid": flow, "ExecutionSid": run.sid, "EngagementSid": run.sid, "StepSid": step, "Revision": "1"}
    required = [param.name for param in operation.params if param.required]
    form = next((FORMS[name] for name in FORMS if name in required), {})
    if operation.id == "v2.UpdateFlow":
        form = {"Status": "draft"}
    return operation.method, operation.path.format(**ids, Sid=last), form


def answer(studio: FakeStudio, operation: Operation) -> tuple[str, str, int, Any]:
    """Method, url, status and parsed body of an operation that finds something."""
    method, path, form = request_of(studio, operation)
    response = call(studio, method, path, **form)
    return method, path, response.status, response.json() if response.body else None


def rows(payload: Any, operation: Operation) -> list[Any]:
    """The resources of an answer."""
    return list(payload[operation.key]) if operation.key else [payload]


#: Schema -> the fields that it has in each vintage on top of those of every version.
GAINED: dict[str, dict[str, set[str]]] = {
    **{
        f"{step}": {"2023": set(), "2025": {"parent_step_sid", "type"}}
        for step in ("v1/execution_step", "v1/engagement_step", "v2/execution_step")
    },
    "v2/execution": {"2023": set(), "2025": set(), "2026": {"contact_sid", "flow_version", "initiated_by"}},
    "v2/flow": {"2023": set(), "2025": set(), "2026": {"author_sid"}},
    "v2/flow_revision": {"2023": set(), "2025": set(), "2026": {"author_sid"}},
}


@older
@each_operation
def test_an_older_answer_lacks_what_came_later_and_nothing_else(vintage: VintageName, operation: Operation) -> None:
    """It is the present answer less those fields, and it conforms."""
    now = answer(furnished(), operation)
    method, path, status, payload = answer(furnished(vintage), operation)
    assert (method, path) == now[:2]
    if payload is None:
        assert (status, payload) == now[2:]
        return
    gained = GAINED.get(str(operation.schema).removesuffix("_page"), {})
    later: set[str] = set().union(*gained.values()) - gained.get(vintage, set())
    present = now[3]
    for row in rows(present, operation):
        assert later <= set(row)
        for name in later:
            del row[name]
    assert payload == present
    assert_conforms(method, path, status, payload)


@each_vintage
def test_v1_creates_answered_201_until_2024(vintage: VintageName) -> None:
    """What was active already came with 200 then, too; v2 always answered 201."""
    studio = FakeStudio(vintage=vintage)
    flow = studio.add_flow().sid
    created = 201 if vintage == "2023" else 200
    for name, to in (("Executions", "+15550100011"), ("Engagements", "+15550100012")):
        first = post(studio, f"/v1/Flows/{flow}/{name}", created, To=to, From=FROM)
        assert post(studio, f"/v1/Flows/{flow}/{name}", 200, To=to, From=FROM)["sid"] == first["sid"]
    post(studio, f"/v2/Flows/{flow}/Executions", 201, To="+15550100013", From=FROM)


@each_vintage
def test_the_status_filter_is_ignored_and_remarked_before_2026(vintage: VintageName) -> None:
    """All Executions come, the page's urls do not repeat it, and a strict studio objects."""
    studio = furnished(vintage)
    flow = next(iter(studio.flows))
    page = get(studio, f"/v2/Flows/{flow}/Executions", status="active")
    if vintage in ("2026", "next"):
        assert len(page["executions"]) == 2
        assert "status=active" in page["meta"]["url"]
        studio.verify()
        return
    assert len(page["executions"]) == 3
    assert "status" not in page["meta"]["url"]
    with pytest.raises(StudioVerdict, match=r"status=active is no parameter of v2\.ListExecution"):
        studio.verify()


@each_vintage
def test_author_and_external_id_came_later(vintage: VintageName) -> None:
    """Before, a strict studio objects, and the author is not kept."""
    studio = FakeStudio(vintage=vintage)
    author = "US" + "a" * 32
    flow = post(studio, "/v2/Flows", 201, **FORMS["FriendlyName"], AuthorSid=author)
    assert (studio.flows[flow["sid"]].author_sid == author) is (vintage in ("2026", "next"))
    post(studio, f"{flow['url']}/Executions", 201, **FORMS["To"], ExternalId="x")
    remarked = [re.match(r"\w+", remark)[0] for call in studio.calls for remark in call.remarks]  # type: ignore[index]
    assert remarked == {"2023": ["AuthorSid", "ExternalId"], "2025": ["AuthorSid"]}.get(vintage, [])


@each_operation
def test_next_adds_to_every_resource_and_takes_nothing_away(operation: Operation) -> None:
    """Fields, links and meta that nobody knows stand beside those of today, whose values keep their types."""
    present, (_, _, status, payload) = answer(furnished(), operation), answer(furnished("next"), operation)
    assert status == present[2]
    if payload is None:
        return
    if operation.key:
        assert payload.pop("meta") == present[3].pop("meta") | NEW_META
    for old, new in zip(rows(present[3], operation), rows(payload, operation), strict=True):
        assert list(new.items())[-len(NEW_FIELDS) :] == list(NEW_FIELDS.items())
        links = new.get("links", {})
        assert ("links" not in new) or re.fullmatch(r"https://studio\.twilio\.com/v\d/.*", links.pop(NEW_LINK))
        changed = {name for name in old if old[name] != new[name]}
        assert changed <= {"status", "type"}
        for name in changed:
            assert new[name] == f"next-{old[name]}"


@each_operation
def test_an_answer_of_next_is_drift_or_a_violation(operation: Operation) -> None:
    """Unknown fields are a warning; an unknown status is none of today's."""
    method, path, status, payload = answer(furnished("next"), operation)
    if payload is None:
        return
    unknown = any(str(row.get("status")).startswith("next-") for row in rows(payload, operation))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        if unknown:
            with pytest.raises(ConformanceError, match="next-"):
                assert_conforms(method, path, status, payload)
        else:
            assert_conforms(method, path, status, payload)
            assert [warning.category for warning in caught] == [StudioDriftWarning]


def test_next_has_values_that_nobody_knows() -> None:
    """Of active Executions, of drafts, and of some widgets; a draft's other revisions too."""
    studio = furnished("next")
    flow, draft = studio.flows.values()
    ended, active, engaged = studio.executions.values()
    assert [run.payload("v1")["status"] for run in (ended, active, engaged)] == ["ended", "next-active", "next-active"]
    assert (flow.payload()["status"], draft.payload()["status"]) == ("published", "next-draft")
    assert draft.revisions[0].payload()["status"] == "next-draft"
    assert [step.payload()["type"] for step in ended.steps] == [
        "trigger",
        "send-and-wait-for-reply",
        "next-send-message",
    ]


def test_who_polls_until_the_end_comes_to_it() -> None:
    """An unknown status is on the way only: the record knows it as active, and the filter finds it."""
    studio = FakeStudio(vintage="next")
    run = studio.add_execution()
    run.end(after_reads=2)
    assert [get(studio, run.url)["status"] for _ in range(3)] == ["next-active", "next-active", "ended"]
    other = studio.add_execution(run.flow)
    assert other.status == "active"
    page = get(studio, f"/v2/Flows/{run.flow_sid}/Executions", status="active")
    assert [row["sid"] for row in page["executions"]] == [other.sid]


def records(studio: FakeStudio) -> list[Any]:
    """Every record of a studio."""
    flows = list(studio.flows.values())
    return [*flows, *flows[0].revisions, *studio.executions.values(), *studio.steps.values()]


@each_vintage
def test_records_show_what_the_api_answers(vintage: VintageName) -> None:
    """``payload`` and ``context_payload``, in each version that the record has."""
    studio = furnished(vintage)
    seen = 0
    for record in records(studio):
        for version in ("v1", "v2"):
            for name in ("payload", "context_payload"):
                make = getattr(record, name, None)
                try:
                    payload = make and make(version)
                except ValueError:  # an Engagement is of v1, a revision of v2
                    continue
                if payload:
                    assert get(studio, payload["url"]) == payload
                    seen += 1
    assert seen == 31  # 2 Flows, a revision, 2 Executions and an Engagement, 4 Steps


@each_vintage
def test_pages_hold_what_the_resources_are(vintage: VintageName) -> None:
    """A row is what its url answers; a Flow's definition aside."""
    studio = furnished(vintage)
    flow = next(iter(studio.flows))
    runs = f"/Flows/{flow}/Executions"
    run = next(iter(studio.executions))
    for path in ("/v1/Flows", f"/v1{runs}", f"/v2{runs}", f"/v1{runs}/{run}/Steps", f"/v2{runs}/{run}/Steps"):
        page = get(studio, path, PageSize=2)
        for row in page[page["meta"]["key"]]:
            assert get(studio, row["url"]) == row
        if page["meta"]["next_page_url"]:
            assert get(studio, page["meta"]["next_page_url"])["meta"]["page"] == 1


def test_the_present_costs_nothing() -> None:
    """It is no vintage: nothing is asked of a payload."""
    studio = FakeStudio(vintage="2026")
    assert studio._account.vintage is None
    assert studio.vintage == FakeStudio().vintage == "2026"
    assert furnished("next").vintage == "next"


@pytest.mark.parametrize("value", ["2024", "", 2023, None, ["2023"]])
def test_another_vintage_is_refused(value: Any) -> None:
    """The error lists the four."""
    with pytest.raises(ValueError, match=r"vintage is one of '2023', '2025', '2026', 'next', not "):
        FakeStudio(vintage=value)


def test_a_type_checker_knows_each_vintage() -> None:
    """Those that are taken, and no others, both where one is given and where it is read."""
    taken, read = get_type_hints(FakeStudio.__init__), get_type_hints(vars(FakeStudio)["vintage"].fget)
    assert get_args(taken["vintage"]) == get_args(read["return"]) == VINTAGES


def test_a_decorated_function_has_the_vintage() -> None:
    """As its other settings."""

    @FakeStudio(vintage="2023")
    def inside(studio: FakeStudio) -> str:
        return studio.vintage

    assert inside() == "2023"


@each_vintage
def test_errors_are_those_of_today(vintage: VintageName) -> None:
    """In every vintage."""
    studio = FakeStudio(vintage=vintage)
    response = call(studio, "GET", "/v2/Flows/FW" + "0" * 32)
    assert response.status == 404
    assert set(response.json()) == {"code", "message", "more_info", "status"}


@each_vintage
def test_the_twilio_client_reads_every_vintage(vintage: VintageName) -> None:
    """Create, fetch, list over pages, walk down to a Step's context, end."""
    pytest.importorskip("twilio")
    from pytest_studio.transports.twilio import client

    studio = furnished(vintage)
    api = client(studio.handle, studio.account_sid, studio.auth_token).studio
    lacking = vintage in ("2023", "2025")
    for version in (api.v1, api.v2):
        assert len(version.flows.list(page_size=1)) == 2
        flow = version.flows(next(iter(studio.flows))).fetch()
        assert flow.friendly_name == "Flow 1"
        runs = version.flows(flow.sid).executions
        assert [run.sid for run in runs.list(page_size=2)] == list(studio.executions)[::-1]
        ended: Execution = next(iter(studio.executions.values()))
        steps = runs(ended.sid).steps
        assert [step.sid for step in steps.list(page_size=2)] == [step.sid for step in ended.steps[::-1]]
        step = steps(ended.steps[1].sid)
        assert step.fetch().transitioned_from == "ask"
        assert step.step_context().fetch().context["widgets"]["ask"]["inbound"]["Body"] == "42"
        assert runs(ended.sid).execution_context().fetch().context["widgets"]["ask"]["inbound"]["Body"] == "42"
        made = runs.create(to=TO, from_=FROM)
        assert made.status == ("next-active" if vintage == "next" else "active")
        assert runs(made.sid).update(status="ended").status == "ended"
        assert runs(made.sid).delete()
    found = api.v2.flows(flow.sid).fetch()
    assert not hasattr(found, "author_sid") or (found.author_sid is None) is lacking  # old SDKs know none
    run, walked = runs(ended.sid).fetch(), step.fetch()
    assert not hasattr(run, "flow_version") or (run.flow_version is None) is lacking
    assert not hasattr(walked, "type") or (walked.type is None) is (vintage == "2023")
    engagement = api.v1.flows(flow.sid).engagements(list(studio.executions)[2])
    assert engagement.fetch().sid == engagement.steps.list()[0].engagement_sid
    assert [revision.revision for revision in api.v2.flows(flow.sid).revisions.list()] == [1]
    assert api.v2.flow_validate.update(friendly_name="A", status="draft", definition=SMALLEST).valid
    assert api.v2.flows(flow.sid).test_users().fetch().test_users == [FROM]


@each_vintage
@each_operation
def test_no_parameter_of_any_operation_is_too_much(vintage: VintageName, operation: Operation) -> None:
    """``status=2023`` and the like, in the query and in the form: an answer below 500."""
    for name in ("status", "Status", "vintage", "ExternalId", "AuthorSid", "PageSize"):
        for value in (vintage, "active", ""):
            studio = furnished(vintage)
            method, path, form = request_of(studio, operation)
            assert call(studio, method, path, **{**form, name: value}).status < 500, studio.calls[-1].why
            url = f"{path}?{name}={value}"
            head = basic(studio.account_sid, studio.auth_token)
            assert studio.handle(Request(method, url, head, json.dumps(form))).status < 500, studio.calls[-1].why


SUITE = """
import pytest

def test_ini(studio):
    assert studio.vintage == "2025"

@pytest.mark.studio(vintage="next")
def test_marker(studio):
    run = studio.add_execution()
    assert run.payload()["status"] == "next-active"
"""


def test_ini_and_marker_say_the_vintage(pytester: pytest.Pytester) -> None:
    """The nearest marker wins over ini."""
    pytester.makeini("[pytest]\nstudio_vintage = 2025")
    pytester.makepyfile(SUITE)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("ini", "marker", "complaint"),
    [
        ("2024", "", "ini studio_vintage: vintage is one of '2023', '2025', '2026', 'next', not '2024'"),
        ("", "vintage='soon'", "(vintage=…): vintage is one of '2023', '2025', '2026', 'next', not 'soon'"),
        ("", "vintage=2023", "(vintage=…) is one of '2023', '2025', '2026', 'next', not int: 2023"),
    ],
)
def test_a_wrong_ini_or_marker_is_a_usage_error(
    pytester: pytest.Pytester, ini: str, marker: str, complaint: str
) -> None:
    """It lists the four."""
    pytester.makeini(f"[pytest]\nstudio_vintage = {ini}")
    pytester.makepyfile(f"import pytest\n\n@pytest.mark.studio({marker})\ndef test_it():\n    pass\n")
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in result.stderr.str() + result.stdout.str()
