"""Records: attributes, changes, and what they render as."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from helpers import FROM, SMALLEST, TO, call, get, post, sids_of

from pytest_studio import FakeStudio
from pytest_studio.resources import Step

NOON = datetime(2026, 7, 31, 12, tzinfo=timezone.utc)
MAKERS = {
    "flow": lambda fake: fake.add_flow(),
    "revision": lambda fake: fake.add_flow().revisions[0],
    "execution": lambda fake: fake.add_execution(),
    "engagement": lambda fake: fake.add_engagement(),
    "step": lambda fake: fake.add_step(),
    "step of an engagement": lambda fake: fake.add_step(fake.add_engagement()),
}
#: Fields that name a record or follow from others.
FIXED = {"sid", "account_sid", "flow_sid", "execution_sid", "engagement_sid", "revision", "url", "links", "webhook_url"}
every_record = pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)


@every_record
def test_attributes_have_the_json_names(make: Any, fake: FakeStudio) -> None:
    """And the values of the payload, but for dates and the context."""
    record = make(fake)
    payload = record.payload()
    for name, value in payload.items():
        if name == "context":
            assert value == {}
        elif name.startswith("date_") and value is not None:
            assert getattr(record, name).strftime("%Y-%m-%dT%H:%M:%SZ") == value
        else:
            assert getattr(record, name) == value


@every_record
def test_attributes_cannot_be_assigned_to(make: Any, fake: FakeStudio) -> None:
    """The error says how to change one, or that it cannot be changed."""
    record = make(fake)
    for name in record.payload():
        with pytest.raises(AttributeError, match=rf"\.{name} cannot be assigned to; ") as caught:
            setattr(record, name, None)
        changes = f"records change by .update({name}=…)" in str(caught.value)
        follows = "it names the record or follows from others" in str(caught.value)
        assert (changes, follows) in ((True, False), (False, True))
        assert changes == (name not in FIXED)
    with pytest.raises(AttributeError):
        record.mood = "fine"


@every_record
def test_an_unknown_field_is_refused_with_the_nearest(make: Any, fake: FakeStudio) -> None:
    """And nothing is changed by that call."""
    record = make(fake)
    before = record.payload()
    with pytest.raises(TypeError, match=r"has no field 'date_creatd' \(did you mean 'date_created'\?\)"):
        record.update(date_created=NOON, date_creatd="2026-01-01")
    assert record.payload() == before


@every_record
def test_what_names_a_record_cannot_change(make: Any, fake: FakeStudio) -> None:
    """Its SID, and all that follows from its place."""
    record = make(fake)
    for name in ("sid", "account_sid", "url"):
        with pytest.raises(TypeError, match=name):
            record.update(**{name: getattr(record, name)})


@every_record
def test_update_takes_dates_as_text_or_datetime(make: Any, fake: FakeStudio) -> None:
    """They are whole seconds in UTC afterwards."""
    record = make(fake)
    record.update(date_created="2026-07-31T14:00:00+02:00", date_updated=NOON + timedelta(seconds=1.5))
    assert record.date_created == NOON
    assert record.payload()["date_updated"] == "2026-07-31T12:00:01Z"
    record.update(date_updated=None)
    assert record.date_updated is None


@every_record
def test_a_record_shows_what_it_is(make: Any, fake: FakeStudio) -> None:
    """By its resource and SID."""
    record = make(fake)
    assert repr(record) == f"<{type(record).__name__} {record.sid}>"


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"status": "done"}, ValueError, "Execution.status is 'active' or 'ended', not 'done'"),
        ({"flow_version": "1"}, TypeError, "Execution.flow_version is a whole number, not str"),
        ({"flow_version": True}, TypeError, "not bool"),
        ({"context": None}, TypeError, "Execution.context is a dict, not NoneType"),
        ({"context": {"a": {1}}}, ValueError, "Execution.context cannot be written as JSON"),
        ({"context": {"a": float("nan")}}, ValueError, "Execution.context cannot be written as JSON"),
        ({"contact_sid": "FN" + "a" * 32}, ValueError, "Execution.contact_sid: .* it starts with 'FN'"),
        ({"date_created": "soon"}, ValueError, "Execution.date_created 'soon' is no date"),
        ({"date_created": None}, TypeError, "Execution.date_created is a text, a datetime or a date"),
        ({"to": 15550100001}, TypeError, "Execution.to is a text, not int"),
        ({"steps": []}, TypeError, "Execution has no field 'steps'"),
    ],
)
def test_wrong_values_are_refused(
    changes: dict[str, Any], error: type[Exception], words: str, fake: FakeStudio
) -> None:
    """With the field, what it takes, and what came."""
    with pytest.raises(error, match=words):
        fake.add_execution().update(**changes)


def test_records_are_live(fake: FakeStudio) -> None:
    """What the API does is seen in the record, and what the test changes by the API."""
    run = fake.add_execution()
    post(fake, f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}", Status="ended")
    assert run.status == "ended"
    run.update(status="active", contact_channel_address=TO)
    assert get(fake, run.url)["status"] == "active"
    assert get(fake, run.url)["contact_channel_address"] == TO
    run.flow.update(friendly_name="Other", status="draft", test_users=[TO])
    assert get(fake, run.flow.url)["friendly_name"] == "Other"
    assert get(fake, f"{run.flow.url}/TestUsers")["test_users"] == [TO]
    step = fake.add_step(run)
    step.update(name="timeout", type=None)
    assert get(fake, step.url)["name"] == "timeout"
    assert get(fake, step.url)["type"] is None


def test_the_mappings_are_live_and_read_only(fake: FakeStudio) -> None:
    """By SID, in order of making."""
    flows, executions, steps = fake.flows, fake.executions, fake.steps
    made = [fake.add_step() for _ in range(3)]
    assert [*steps.values()] == made
    assert [*executions] == [step.execution_sid for step in made]
    assert [*flows] == [step.flow_sid for step in made]
    for mapping in (flows, executions, steps):
        with pytest.raises(TypeError):
            mapping["x"] = None  # type: ignore[index]


def test_data_is_copied_when_given_and_when_read(fake: FakeStudio) -> None:
    """What a test does to its own dicts, or to those it read, changes no record."""
    context, parameters, flow_definition = (
        {"widgets": {}},
        {"a": [1]},
        {**SMALLEST, "states": [{"name": "Trigger", "type": "trigger"}]},
    )
    flow = fake.add_flow(definition=flow_definition, errors=[], warnings=[])
    run = fake.add_execution(flow, context=context, parameters=parameters)
    step = fake.add_step(run, context=context)
    revision = flow.revisions[0]
    for data in (
        context,
        run.context,
        step.context,
        run.context_payload()["context"],
        step.context_payload()["context"],
    ):
        data["widgets"] = 1
    for data in (parameters, run.parameters):
        data["a"].append(2)
    for data in (flow_definition, flow.definition, revision.definition, flow.payload()["definition"]):
        data["states"].append(2)
    for data in (flow.errors, flow.warnings, flow.test_users, flow.payload()["errors"], flow.payload()["warnings"]):
        data.append(1)
    assert run.context == step.context == {"widgets": {}}
    assert run.parameters == {"a": [1]}
    assert flow.definition == revision.definition == {**SMALLEST, "states": [{"name": "Trigger", "type": "trigger"}]}
    assert flow.errors == flow.warnings == flow.test_users == []


def test_the_default_definition_is_nobodys(fake: FakeStudio) -> None:
    """Changing what one Flow shows reaches no Flow of any studio."""
    fake.add_flow().definition["states"].clear()
    assert FakeStudio().add_flow().definition["states"]


def test_v1_and_v2_show_a_flow_differently(fake: FakeStudio) -> None:
    """v1 has a version and no definition; each version links to itself."""
    flow = fake.add_flow(revision=3)
    v1, v2 = flow.payload("v1"), flow.payload("v2")
    assert v1.keys() - v2.keys() == {"version"}
    assert v2.keys() - v1.keys() == {
        "revision", "definition", "commit_message", "author_sid", "valid", "errors", "warnings", "webhook_url"
    }  # fmt: skip
    assert v1["version"] == v2["revision"] == flow.version == flow.revision == 3
    assert v1["links"] == {"engagements": f"{v1['url']}/Engagements", "executions": f"{v1['url']}/Executions"}
    assert [*v2["links"]] == ["test_users", "revisions", "executions"]
    assert v2["webhook_url"] == f"https://webhooks.twilio.com/v1/Accounts/{fake.account_sid}/Flows/{flow.sid}"
    assert v1["url"] == v2["url"].replace("/v2/", "/v1/")


def test_v1_and_v2_show_an_execution_differently(fake: FakeStudio) -> None:
    """v2 added the revision that runs and what started it; the older name has older links."""
    run = fake.add_execution()
    v1, v2, old = run.payload("v1"), run.payload(), fake.add_engagement().payload()
    assert v2.keys() - v1.keys() == {"flow_version", "initiated_by"}
    assert v1.keys() == old.keys()
    assert [*v1["links"]] == [*v2["links"]] == ["steps", "execution_context"]
    assert [*old["links"]] == ["steps", "engagement_context"]
    assert "/v1/" in old["url"]
    assert "/Engagements/" in old["url"]


def test_contexts_have_neither_sid_nor_dates_nor_links(fake: FakeStudio) -> None:
    """A Step's has the Step's SID, an Execution's has not; an Engagement's names the Engagement."""
    step = fake.add_step()
    old = fake.add_step(fake.add_engagement())
    run_keys = {"account_sid", "context", "flow_sid", "execution_sid", "url"}
    assert step.execution.context_payload().keys() == step.execution.context_payload("v1").keys() == run_keys
    assert step.context_payload().keys() == run_keys | {"step_sid"}
    assert old.execution.context_payload().keys() == run_keys - {"execution_sid"} | {"engagement_sid"}
    assert old.context_payload("v1").keys() == run_keys - {"execution_sid"} | {"engagement_sid", "step_sid"}
    assert old.engagement_sid == old.execution_sid == old.execution.sid


@pytest.mark.parametrize("method", ["payload", "context_payload"])
def test_only_known_versions_have_payloads(method: str, fake: FakeStudio) -> None:
    """v2 has no Engagements and v1 no revisions."""
    step = fake.add_step()
    for record in (step, step.execution):
        with pytest.raises(ValueError, match="version is 'v1' or 'v2', not 'v3'"):
            getattr(record, method)("v3")
    with pytest.raises(ValueError, match="an Engagement has no v2 payload: only v1 knows it"):
        getattr(fake.add_engagement(), method)("v2")
    with pytest.raises(ValueError, match="a Flow revision has no v1 payload: only v2 knows it"):
        step.execution.flow.revisions[0].payload("v1")


def test_a_context_is_whole_while_payloads_show_an_empty_one(fake: FakeStudio) -> None:
    """The data stands under /Context only."""
    run = fake.add_execution(context={"widgets": {"a": {}}, "flow": {"sid": "x"}})
    step = fake.add_step(run, context={"widgets": {}})
    assert run.context == run.context_payload()["context"] == {"widgets": {"a": {}}, "flow": {"sid": "x"}}
    assert step.context == step.context_payload("v1")["context"] == {"widgets": {}}
    for payload in (run.payload(), run.payload("v1"), step.payload(), step.payload("v1")):
        assert payload["context"] == {}


def test_an_execution_knows_its_surroundings(fake: FakeStudio) -> None:
    """Its Flow, its Steps oldest first, who wrote to whom with what."""
    flow = fake.add_flow()
    run = fake.add_execution(flow, to=TO, from_=FROM, parameters={"a": 1})
    steps = fake.add_steps(run, 3)
    assert run.flow is flow
    assert flow.executions == (run,)
    assert run.steps == tuple(steps)
    assert steps[0].execution is run
    assert (run.to, run.from_, run.parameters) == (TO, FROM, {"a": 1})
    assert run.contact_channel_address == TO


def test_a_flow_has_its_revisions_oldest_first(fake: FakeStudio) -> None:
    """Updating the record adds none; updating by REST does."""
    flow = fake.add_flow(definition=SMALLEST, revision=2)
    flow.update(friendly_name="New")
    post(fake, f"/v2/Flows/{flow.sid}", Status="draft")
    assert [revision.revision for revision in flow.revisions] == [1, 2, 3]
    assert [revision.status for revision in flow.revisions] == ["published", "published", "draft"]
    assert [revision.friendly_name for revision in flow.revisions][1:] == ["New", "New"]
    flow.revisions[0].update(commit_message="first", friendly_name="Old")
    assert get(fake, f"{flow.url}/Revisions/1")["commit_message"] == "first"
    assert flow.friendly_name == "New"


def test_end_ends_at_once(fake: FakeStudio) -> None:
    """And makes room for the next Execution."""
    run = fake.add_execution(to=TO)
    run.end()
    assert get(fake, run.url)["status"] == "ended"
    assert post(fake, f"/v2/Flows/{run.flow_sid}/Executions", 201, To=TO, From=FROM)["sid"] != run.sid


def test_end_after_reads_counts_fetches(fake: FakeStudio) -> None:
    """It is active so many times more, in either version; lists and contexts do not count."""
    run = fake.add_execution()
    run.end(after_reads=2)
    get(fake, f"/v2/Flows/{run.flow_sid}/Executions")
    get(fake, f"{run.url}/Context")
    urls = [run.url, run.payload("v1")["url"], run.url, run.url]
    assert [get(fake, url)["status"] for url in urls] == ["active", "active", "ended", "ended"]
    assert run.date_updated is not None


@pytest.mark.parametrize("reads", [-1, 1.5, True, "2", None])
def test_end_takes_a_number_of_reads(reads: Any, fake: FakeStudio) -> None:
    """Nothing else."""
    with pytest.raises(ValueError, match="after_reads is a number of fetches, 0 or more"):
        fake.add_execution().end(after_reads=reads)


def test_an_ended_execution_can_be_made_active_again(fake: FakeStudio) -> None:
    """And stands in the way of another then."""
    run = fake.add_execution(to=TO, status="ended")
    path = f"/v1/Flows/{run.flow_sid}/Executions"
    other = post(fake, path, To=TO, From=FROM)["sid"]
    fake.executions[other].end()
    run.update(status="active")
    assert post(fake, path, To=TO, From=FROM)["sid"] == run.sid


def test_a_context_follows_changes_of_the_trigger(fake: FakeStudio) -> None:
    """Addresses and parameters are those that the record shows."""
    run = fake.add_execution(to=TO, from_=FROM, parameters={"a": 1})
    run.update(parameters={"a": 2}, from_="MG" + "a" * 32)
    assert run.context["trigger"]["request"] == {"to": TO, "from": run.from_, "parameters": {"a": 2}}
    assert run.context["flow"]["data"] == {"a": 2}
    assert run.context["flow"]["channel"] == {"address": run.from_}


def test_removed_flows_take_their_records_along(fake: FakeStudio) -> None:
    """The mappings are empty then, and lists of other Flows untouched."""
    keep = fake.add_step()
    gone = fake.add_steps(n=3)[0]
    assert call(fake, "DELETE", gone.execution.flow.url).status == 204
    assert sids_of(fake.flows.values()) == [keep.flow_sid]
    assert [*fake.executions.values()] == [keep.execution]
    assert [*fake.steps.values()] == [keep]


@pytest.mark.parametrize(("version", "kind"), [("v1", "execution"), ("v1", "engagement"), ("v2", "execution")])
def test_steps_in_a_list_are_rendered_as_they_are_alone(fake: FakeStudio, version: str, kind: str) -> None:
    """Byte for byte, whatever their fields hold."""
    run = fake.add_execution()
    fake.add_steps(run, 5)
    parent = run.steps[0].sid
    fake.add_step(run, name='"%s@sid@%(sid)s\\', transitioned_from="Größe", transitioned_to="\u2028", type=None)
    fake.add_step(run, parent_step_sid=parent, date_updated="2026-01-01")
    texts = Step.render_many(run.steps, version, kind)
    assert texts == [json.dumps(step.render(version, kind)) for step in run.steps]
    assert Step.render_many([], version, kind) == []
