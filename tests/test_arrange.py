"""What a test stores before it acts: parents made, payloads taken, contradictions refused, believable runs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from helpers import FROM, TO, call, create_flow, definition, get, post, sids_of, state

from pytest_studio import FakeStudio, InvalidSid, sids
from pytest_studio.widgets import WIDGETS

ASKING = definition(
    state("Trigger", "trigger", incomingMessage="ask", incomingRequest="ask", incomingCall=None),
    state("ask", "send-and-wait-for-reply", incomingMessage="save", timeout=None),
    state("save", "make-http-request", success="thank", failed=None),
    state("thank", "send-message", sent=None, failed=None),
)


def stored(fake: FakeStudio) -> dict[str, int]:
    """How many records of each kind there are, and in which lists."""
    return {
        "flows": len(fake.flows),
        "executions": len(fake.executions),
        "steps": len(fake.steps),
        "listed flows": len(get(fake, "/v2/Flows")["flows"]),
        "of flows": sum(len(flow.executions) for flow in fake.flows.values()),
        "of executions": sum(len(run.steps) for run in fake.executions.values()),
    }


def tuples(steps: Any) -> list[tuple[Any, ...]]:
    """What a path is: event, widget, next widget, type."""
    return [(step.name, step.transitioned_from, step.transitioned_to, step.type) for step in steps]


# -- parents ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("add", ["add_step", "add_execution", "add_engagement"])
def test_missing_parents_are_made_each_time_anew(add: str, fake: FakeStudio) -> None:
    """A new chain for each record that names none."""
    first, second = getattr(fake, add)(), getattr(fake, add)()
    assert first.flow_sid != second.flow_sid
    assert len(fake.flows) == len(fake.executions) == 2
    assert get(fake, first.url)["sid"] == first.sid


@pytest.mark.parametrize("name", [lambda record: record, lambda record: record.sid], ids=["record", "SID"])
def test_parents_are_given_as_record_or_sid(name: Any, fake: FakeStudio) -> None:
    """For all that hangs under them."""
    flow = fake.add_flow()
    run = fake.add_execution(name(flow))
    old = fake.add_engagement(name(flow))
    fake.add_step(name(run))
    fake.add_step(name(old))
    fake.add_steps(name(run), 2)
    fake.add_run(name(flow), [("a", "sent")])
    assert stored(fake) == {
        "flows": 1, "executions": 3, "steps": 6, "listed flows": 1, "of flows": 3, "of executions": 6
    }  # fmt: skip


def test_parents_that_are_not_stored_are_made_of_the_given_sids(fake: FakeStudio) -> None:
    """As a payload names them."""
    flow_sid, run_sid, step_sid = sids.flow(), sids.execution(), sids.step()
    step = fake.add_step(sid=step_sid, flow_sid=flow_sid, execution_sid=run_sid)
    assert (step.sid, step.execution_sid, step.flow_sid) == (step_sid, run_sid, flow_sid)
    assert fake.add_step(execution_sid=run_sid, flow_sid=flow_sid).execution is step.execution
    assert fake.add_execution(flow_sid=flow_sid).flow is step.execution.flow
    assert len(fake.flows) == 1


def test_a_flow_of_the_own_flow_is_reused_for_a_new_execution(fake: FakeStudio) -> None:
    """A Step may name a stored Flow and a new Execution."""
    flow = fake.add_flow()
    assert fake.add_step(flow_sid=flow.sid).execution.flow is flow


def test_an_engagement_is_made_for_a_step_that_names_one(fake: FakeStudio) -> None:
    """And both names lead to it."""
    step = fake.add_step(engagement_sid=sids.engagement())
    assert step.execution.payload()["url"] == step.url.partition("/Steps")[0]
    assert step.execution_sid in sids_of(get(fake, f"/v2/Flows/{step.flow_sid}/Executions")["executions"])


# -- payloads -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "add", "version"),
    [
        (lambda fake: fake.add_flow(test_users=[TO]), "add_flow", "v1"),
        (lambda fake: fake.add_flow(revision=3, commit_message="x"), "add_flow", "v2"),
        (lambda fake: fake.add_execution(from_=FROM), "add_execution", "v1"),
        (lambda fake: fake.add_execution(status="ended"), "add_execution", "v2"),
        (lambda fake: fake.add_engagement(), "add_engagement", "v1"),
        (lambda fake: fake.add_step(parent_step_sid=sids.step()), "add_step", "v1"),
        (lambda fake: fake.add_step(date_updated=0), "add_step", "v2"),
        (lambda fake: fake.add_step(fake.add_engagement()), "add_step", "v1"),
    ],
)
def test_payloads_can_be_stored(make: Any, add: str, version: str, fake: FakeStudio) -> None:
    """What one studio shows, another of the same account stores and shows alike."""
    payload = make(fake).payload(version)
    again = FakeStudio(fake.account_sid)
    assert getattr(again, add)(**payload).payload(version) == payload
    assert get(again, payload["url"]) == payload


def test_a_chain_of_payloads_becomes_one_chain(fake: FakeStudio) -> None:
    """Flow, Execution and Step find each other by their SIDs."""
    step = fake.add_steps(n=2)[0]
    again = FakeStudio(fake.account_sid)
    again.add_flow(**step.execution.flow.payload())
    again.add_execution(**step.execution.payload())
    again.add_step(**step.payload())
    assert (len(again.flows), len(again.executions), len(again.steps)) == (1, 1, 1)
    assert again.steps[step.sid].execution.flow is again.flows[step.flow_sid]


# -- refusals -----------------------------------------------------------------------------------------------------


def deep(levels: int) -> dict[str, Any]:
    """Objects in each other."""
    value: dict[str, Any] = {}
    for _ in range(levels):
        value = {"a": value}
    return value


STRANGER = FakeStudio().add_step()
AC, FW, FN = sids.account(), sids.flow(), sids.execution()
REFUSED = [
    ("add_flow", {"sid": FN}, InvalidSid, "Flow.sid: .* it starts with 'FN', that of an Execution"),
    ("add_flow", {"account_sid": AC}, ValueError, "Flow.account_sid is AC.* in this studio, not 'AC"),
    ("add_flow", {"url": "https://x"}, ValueError, "Flow.url follows from the SIDs"),
    ("add_flow", {"sid": FW, "links": {}}, ValueError, "Flow.links follows from the SIDs"),
    ("add_flow", {"webhook_url": "https://x"}, ValueError, "Flow.webhook_url follows from the SIDs"),
    ("add_flow", {"revision": 0}, ValueError, "Flow.revision starts at 1"),
    ("add_flow", {"revision": -1}, ValueError, "Flow.revision starts at 1"),
    ("add_flow", {"friendlyname": "x"}, TypeError, "has no field 'friendlyname' .did you mean 'friendly_name'"),
    ("add_flow", {"definition": "{}"}, TypeError, "Flow.definition is a dict, not str"),
    ("add_flow", {"test_users": TO}, TypeError, "Flow.test_users is a list, not str"),
    ("add_execution", {"FlowSid": FW}, TypeError, r"Execution has no field 'FlowSid'"),
    ("add_execution", {"contact": TO}, TypeError, "Execution has no field 'contact'"),
    ("add_execution", {"webhook_url": "https://x"}, TypeError, "Execution has no field 'webhook_url'"),
    ("add_execution", {"sid": "FN1"}, InvalidSid, "Execution.sid: .* it has 3 characters, not 34"),
    ("add_execution", {"flow_sid": "FWX"}, InvalidSid, "Flow.sid"),
    ("add_execution", {"url": "https://x"}, ValueError, "Execution.url follows from the SIDs"),
    ("add_execution", {"status": "gone"}, ValueError, "Execution.status is 'active' or 'ended'"),
    ("add_execution", {"flow": STRANGER.flow_sid}, ValueError, r"add_flow\(\) returns records that are"),
    ("add_execution", {"flow": STRANGER}, TypeError, "expected a Flow record or its SID, not Step"),
    ("add_execution", {"flow": 5}, TypeError, "expected a Flow record or its SID, not int"),
    ("add_engagement", {"steps": 1}, TypeError, "Engagement has no field 'steps'"),
    ("add_step", {"webhook_url": "https://x"}, TypeError, "Step has no field 'webhook_url'"),
    ("add_step", {"from": "x"}, TypeError, "Step has no field 'from'"),
    ("add_step", {"transition_from": "x"}, TypeError, r"did you mean 'transitioned_from'\?"),
    ("add_step", {"date_created": "today"}, ValueError, "Step.date_created 'today' is no date"),
    ("add_step", {"execution_sid": FW}, InvalidSid, "Execution.sid: .* it starts with 'FW'"),
    ("add_step", {"flow_sid": FN}, InvalidSid, "Flow.sid"),
    ("add_step", {"links": {"step_context": "x"}}, ValueError, "Step.links follows from the SIDs"),
    ("add_step", {"execution": STRANGER.execution}, ValueError, r"add_execution\(\) returns records that are"),
    ("add_step", {"context": {"a": object()}}, ValueError, "Step.context cannot be written as JSON"),
    ("add_step", {"context": deep(101)}, ValueError, "Step.context .* it is nested more than 100 deep"),
    ("add_flow", {"definition": deep(5000)}, ValueError, "Flow.definition cannot be written as JSON"),
    ("add_steps", {"n": -1}, ValueError, "n is a number of Steps, 0 or more, not -1"),
    ("add_steps", {"n": True}, ValueError, "n is a number of Steps"),
    ("add_steps", {"n": "3"}, ValueError, "n is a number of Steps"),
    ("add_steps", {"sid": "FT" + "a" * 32}, TypeError, "add_steps gives each Step its own sid"),
    ("add_steps", {"tpye": "x"}, TypeError, r"Step has no field 'tpye' \(did you mean 'type'\?\)"),
    ("add_run", {"path": [("a", "sent"), ("b",), ("c", "sent")]}, ValueError, "'b' has no event, which only the last"),
    ("add_run", {"path": ["a"]}, ValueError, "an Execution that waits takes ended=False"),
    ("add_run", {"path": [("a", "sent", {}, 1)]}, ValueError, r"path\[0\] is \(widget, event, what it left\)"),
    ("add_run", {"path": [()]}, ValueError, r"path\[0\] is \(widget, event, what it left\)"),
    ("add_run", {"path": [("", "sent")]}, ValueError, r"path\[0\] is \(widget, event, what it left\)"),
    ("add_run", {"path": [("a", 5)]}, TypeError, r"path\[0\]: the event is a text, not int"),
    ("add_run", {"path": [("a", "sent", [])]}, TypeError, r"path\[0\].output is a dict, not list"),
    ("add_run", {"path": [("a", "sent", {"x": {1}})]}, ValueError, r"path\[0\].output cannot be written as JSON"),
    ("add_run", {"path": [("Trigger", "sent")]}, ValueError, "'sent' is no event of a trigger; it has incomingMessage"),
    ("add_run", {"sid": "FW"}, InvalidSid, "Execution.sid"),
    ("add_run", {"parameters": {"a": {1}}}, ValueError, "Execution.parameters cannot be written as JSON"),
    ("add_run", {"to": 5}, TypeError, "Execution.to is a text, not int"),
    ("add_run", {"status": "active"}, ValueError, "makes an Execution that is ended, not 'active'"),
    ("add_run", {"mood": 5}, TypeError, "Execution has no field 'mood'"),
]  # fmt: skip


@pytest.mark.parametrize(("add", "fields", "error", "words"), REFUSED, ids=range(len(REFUSED)))
def test_mistakes_are_refused_and_leave_nothing(
    add: str, fields: dict[str, Any], error: type[Exception], words: str, fake: FakeStudio
) -> None:
    """The error names the field; no parent stays behind."""
    with pytest.raises(error, match=words):
        getattr(fake, add)(**fields)
    assert set(stored(fake).values()) == {0}


@pytest.mark.parametrize(
    ("add", "fields", "words"),
    [
        ("add_flow", lambda step: {"sid": step.flow_sid}, "is stored already; change it with .update"),
        ("add_execution", lambda step: {"sid": step.execution_sid}, "is stored already"),
        ("add_engagement", lambda step: {"sid": step.execution_sid}, "is stored already"),
        ("add_step", lambda step: {"sid": step.sid}, "is stored already"),
        ("add_step", lambda step: {"sid": step.sid, "execution": step.execution}, "is stored already"),
        ("add_step", lambda step: {"execution": step.execution, "flow_sid": FW}, "Step.flow_sid is FW"),
        ("add_step", lambda step: {"execution": step.execution, "execution_sid": FN}, "Step.execution_sid is FN"),
        ("add_step", lambda step: {"execution_sid": step.execution_sid, "flow_sid": FW}, "Step.flow_sid is FW"),
        ("add_step", lambda step: {"execution": step.execution, "url": step.url}, "Step.url follows"),
        ("add_step", lambda step: {"execution": step.execution, "webhook_url": "x"}, "Step has no field"),
        ("add_step", lambda step: {"flow_sid": step.flow_sid, "url": "x"}, "Step.url follows"),
        ("add_execution", lambda step: {"flow": step.flow_sid, "flow_sid": FW}, "Execution.flow_sid is FW"),
        ("add_execution", lambda step: {"flow": step.flow_sid, "url": "x"}, "Execution.url follows"),
        ("add_execution", lambda step: {"flow": step.flow_sid, "webhook_url": "x"}, "Execution has no field"),
        ("add_run", lambda step: {"flow": step.flow_sid, "url": "x"}, "Execution.url follows"),
    ],
)
def test_contradictions_change_nothing_that_is_stored(add: str, fields: Any, words: str, fake: FakeStudio) -> None:
    """Neither the parents nor their lists."""
    step = fake.add_step()
    before = stored(fake)
    with pytest.raises((ValueError, TypeError), match=words):
        getattr(fake, add)(**fields(step))
    assert stored(fake) == before
    assert step.execution.steps == (step,)


@pytest.mark.parametrize("add", ["add_flow", "add_execution", "add_engagement", "add_step"])
def test_what_is_stored_is_not_stored_again(add: str, fake: FakeStudio) -> None:
    """The error says how to change it."""
    record = getattr(fake, add)()
    with pytest.raises(ValueError, match="is stored already") as caught:
        getattr(fake, add)(sid=record.sid)
    assert str(caught.value) == f"{type(record).__name__} {record.sid} is stored already; change it with .update(…)"


def test_deleted_parents_are_refused(fake: FakeStudio) -> None:
    """Their records are no longer this studio's, even if the SID is stored again."""
    flow = fake.add_flow()
    call(fake, "DELETE", flow.url)
    with pytest.raises(ValueError, match=f"{flow.sid} was removed"):
        fake.add_execution(flow)
    fake.add_flow(sid=flow.sid)
    with pytest.raises(ValueError, match=f"{flow.sid} was removed"):
        fake.add_execution(flow)


# -- Flows and Executions -------------------------------------------------------------------------------------------


def test_a_flow_is_published_and_named_unless_told(fake: FakeStudio) -> None:
    """Its definition is a trigger that leads nowhere, and valid."""
    first, second = fake.add_flow(), fake.add_flow(status="draft", friendly_name="Mine")
    assert (first.status, first.friendly_name, first.revision, first.valid) == ("published", "Flow 1", 1, True)
    assert (second.status, second.friendly_name) == ("draft", "Mine")
    assert first.definition["initial_state"] == "Trigger"
    assert first.author_sid == second.author_sid
    assert post(fake, "/v2/Flows/Validate", FriendlyName="x", Status="draft", Definition=first.definition)["valid"]


@pytest.mark.parametrize("name", ["revision", "version"])
def test_a_flow_of_a_higher_revision_has_those_below(name: str, fake: FakeStudio) -> None:
    """v1 calls it version."""
    flow = fake.add_flow(**{name: 4})
    assert [revision.revision for revision in flow.revisions] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("given", "contact", "to", "from_"),
    [
        ({"to": TO, "from_": FROM}, TO, TO, FROM),
        ({"to": TO}, TO, TO, None),
        ({"from_": FROM}, FROM, None, FROM),
        ({"contact_channel_address": TO}, TO, TO, None),
        ({"contact_channel_address": FROM, "to": TO}, FROM, TO, FROM),
        ({"contact_channel_address": FROM, "to": TO, "from_": FROM}, FROM, TO, FROM),
        ({"contact_channel_address": FROM, "from_": FROM}, FROM, None, FROM),
        ({}, ..., ..., None),
    ],
)
def test_addresses_follow_from_those_given(given: Any, contact: Any, to: Any, from_: Any, fake: FakeStudio) -> None:
    """The side that was not given is the account's number; alone, From is a person who wrote in."""
    run = fake.add_execution(**given)
    number = FakeStudio.add_execution(fake).from_
    if contact is ...:
        contact = to = run.contact_channel_address
    assert (run.contact_channel_address, run.to, run.from_) == (contact, to or number, from_ or number)


def test_a_contact_keeps_its_sid(fake: FakeStudio) -> None:
    """One address, one Contact SID."""
    one, two, other = fake.add_execution(to=TO), fake.add_execution(to=TO), fake.add_execution(to=FROM)
    assert one.contact_sid == two.contact_sid != other.contact_sid


@pytest.mark.parametrize(
    ("given", "prefix", "trigger"),
    [
        ({"to": TO}, "RQ", "request"),
        ({"from_": TO}, "SM", "message"),
        ({"from_": TO, "initiated_by": "CA" + "a" * 32}, "CA", "call"),
    ],
)
def test_what_began_an_execution_shows(given: Any, prefix: str, trigger: str, fake: FakeStudio) -> None:
    """In what initiated it and in its context's trigger."""
    run = fake.add_execution(**given)
    assert run.initiated_by[:2] == prefix
    assert [*run.context["trigger"]] == [trigger]
    assert ("data" in run.context["flow"]) == (trigger == "request")


@pytest.mark.parametrize(("given", "kind"), [({}, "message"), ({"initiated_by": "CA" + "a" * 32}, "call")])
def test_a_trigger_knows_both_sides(given: Any, kind: str, fake: FakeStudio) -> None:
    """As Twilio's webhook would have told it."""
    run = fake.add_execution(from_=TO, **given)
    trigger = run.context["trigger"][kind]
    assert (trigger["AccountSid"], trigger["From"], trigger["To"]) == (fake.account_sid, TO, run.to)


def test_parameters_are_those_of_a_request(fake: FakeStudio) -> None:
    """Whoever the contact is."""
    run = fake.add_execution(from_=TO, parameters={"a": 1})
    assert run.context["trigger"] == {"request": {"to": run.to, "from": TO, "parameters": {"a": 1}}}


def test_an_execution_runs_the_published_revision(fake: FakeStudio) -> None:
    """Or the newest one if none is published."""
    flow = fake.add_flow()
    post(fake, f"/v2/Flows/{flow.sid}", Status="draft")
    assert fake.add_execution(flow).flow_version == 1
    assert fake.add_execution(fake.add_flow(status="draft", revision=2)).flow_version == 2


# -- Steps ----------------------------------------------------------------------------------------------------------


def test_steps_of_an_execution_make_a_chain(fake: FakeStudio) -> None:
    """Each goes on where the last one led; the first is the trigger's."""
    run = fake.add_execution(to=TO)
    for _ in range(5):
        fake.add_step(run)
    assert run.steps[0].transitioned_from == "Trigger"
    assert (run.steps[0].name, run.steps[0].type) == ("incomingRequest", "trigger")
    for before, after in zip(run.steps, run.steps[1:], strict=False):
        assert after.transitioned_from == before.transitioned_to
        assert after.name in WIDGETS[after.type].events


def test_the_step_of_an_ended_execution_leads_to_the_end(fake: FakeStudio) -> None:
    """As the last one does."""
    assert fake.add_step(fake.add_execution(status="ended")).transitioned_to == "Ended"


def test_types_and_targets_come_from_the_definition(fake: FakeStudio) -> None:
    """Where it has the widget and the event."""
    run = fake.add_execution(fake.add_flow(definition=ASKING), from_=TO)
    fake.add_step(run)
    fake.add_step(run, name="incomingMessage")
    fake.add_step(run, name="failed")
    assert tuples(run.steps) == [
        ("incomingMessage", "Trigger", "ask", "trigger"),
        ("incomingMessage", "ask", "save", "send-and-wait-for-reply"),
        ("failed", "save", "Ended", "make-http-request"),
    ]


def test_given_fields_of_a_step_stay(fake: FakeStudio) -> None:
    """Only what was left out is filled in."""
    run = fake.add_execution(fake.add_flow(definition=ASKING))
    given = {
        "name": "odd",
        "transitioned_from": "x",
        "transitioned_to": "y",
        "type": "z",
        "parent_step_sid": sids.step(),
    }
    payload = fake.add_step(run, **given).payload()
    assert {name: payload[name] for name in given} == given
    assert fake.add_step(run, transitioned_from="save", name="success").type == "make-http-request"
    assert fake.add_step(run, type=None).type is None


def test_a_step_is_never_older_than_the_one_before(fake: FakeStudio) -> None:
    """Unless it is told to be; the order of arrival stays."""
    run = fake.add_execution()
    late = fake.add_step(run, date_created="2099-01-01")
    assert fake.add_step(run).date_created == late.date_created
    early = fake.add_step(run, date_created="2020-01-01")
    assert run.steps[-1] is early


@pytest.mark.parametrize("n", [0, 1, 2, 200])
def test_add_steps_makes_a_path_that_could_have_happened(n: int, fake: FakeStudio) -> None:
    """Oldest first: each goes on where the last one led, times rise, types have their events."""
    run = fake.add_execution(status="ended", date_created="2026-01-01")
    steps = fake.add_steps(run, n)
    assert run.steps == tuple(steps)
    assert len(steps) == n
    if not n:
        return
    assert steps[0].transitioned_from == "Trigger"
    assert steps[-1].transitioned_to == "Ended"
    assert steps[0].date_created > run.date_created
    for before, after in zip(steps, steps[1:], strict=False):
        assert after.transitioned_from == before.transitioned_to != before.transitioned_from
        assert timedelta(0) < after.date_created - before.date_created <= timedelta(seconds=2)
        assert after.name in WIDGETS[after.type].events
    kinds = {}
    for step in steps:
        assert kinds.setdefault(step.transitioned_from, step.type) == step.type


def test_add_steps_goes_on_from_the_last_step(fake: FakeStudio) -> None:
    """In place and time."""
    run = fake.add_execution(from_=TO)
    first, second = fake.add_steps(run, 3), fake.add_steps(run, 3)
    assert second[0].transitioned_from == first[-1].transitioned_to != "Ended"
    assert second[0].date_created > first[-1].date_created


def test_add_steps_begins_anew_after_the_end(fake: FakeStudio) -> None:
    """At the trigger: nothing goes on from Ended."""
    run = fake.add_execution(status="ended")
    fake.add_steps(run, 2)
    assert fake.add_steps(run, 2)[0].transitioned_from == "Trigger"


@pytest.mark.parametrize("name", ["split_1", "http_1", "function_1", "set_variables_1", "ask"])
def test_no_widget_leads_to_itself(name: str, fake: FakeStudio) -> None:
    """Wherever the path begins."""
    for _ in range(30):
        run = fake.add_execution(from_=TO)
        fake.add_step(run, transitioned_to=name)
        for step in fake.add_steps(run, 3):
            assert step.transitioned_to != step.transitioned_from


def test_no_step_is_later_than_a_date_can_be_written(fake: FakeStudio) -> None:
    """The last ones of the year 9999 have one and the same date."""
    run = fake.add_execution(date_created="9999-12-31T23:59:58Z")
    fake.add_steps(run, 5)
    later = fake.add_run(path=[("ask", "incomingMessage")], date_created="9999-12-31T23:59:59Z")
    for each in (run, later):
        listed = get(fake, f"/v2/Flows/{each.flow_sid}/Executions/{each.sid}/Steps")["steps"]
        assert listed[0]["date_created"] == "9999-12-31T23:59:59Z"


def test_add_steps_shares_given_fields(fake: FakeStudio) -> None:
    """And a new Execution is old enough for them."""
    now = FakeStudio(now="2026-07-31T12:00:00Z")
    steps = now.add_steps(n=4, type="run-function")
    assert {step.type for step in steps} == {"run-function"}
    assert steps[-1].payload()["date_created"] <= "2026-07-31T12:00:00Z"


# -- whole runs -------------------------------------------------------------------------------------------------------


def test_a_run_has_the_trigger_and_each_widget_as_steps(fake: FakeStudio) -> None:
    """Chained to the end, two seconds apart, types as the events suggest."""
    run = fake.add_run(
        path=[("ask_age", "incomingMessage", {"inbound": {"Body": "42"}}), ("save", "success", {"status_code": 200})]
    )
    assert tuples(run.steps) == [
        ("incomingMessage", "Trigger", "ask_age", "trigger"),
        ("incomingMessage", "ask_age", "save", "send-and-wait-for-reply"),
        ("success", "save", "Ended", "make-http-request"),
    ]
    assert run.status == "ended"
    times = [run.date_created, *(step.date_created for step in run.steps)]
    assert [(after - before).seconds for before, after in zip(times, times[1:], strict=False)] == [1, 2, 2]
    assert run.date_updated == times[-1]


def test_contexts_of_a_run_grow(fake: FakeStudio) -> None:
    """Each holds what had been gathered up to its Step; the last is the Execution's."""
    reply = {"inbound": {"Body": "42"}}
    run = fake.add_run(
        path=[("ask_age", "incomingMessage", reply), ("split", "match"), ("save", "success", {"status_code": 200})]
    )
    contexts = [get(fake, step.links["step_context"])["context"] for step in run.steps]
    assert [context["widgets"] for context in contexts] == [
        {},
        {"ask_age": reply},
        {"ask_age": reply, "split": {}},
        {"ask_age": reply, "split": {}, "save": {"status_code": 200}},
    ]
    assert get(fake, run.links["execution_context"])["context"] == contexts[-1] == run.context
    assert all([*context] == ["widgets", "trigger", "contact", "flow"] for context in contexts)


def test_a_widget_visited_twice_shows_its_newest_output(fake: FakeStudio) -> None:
    """And keeps it over a visit that left nothing; earlier Steps show what was then."""
    run = fake.add_run(
        path=[("ask", "timeout", {"n": 1}), ("ask", "incomingMessage", {"n": 2}), ("ask", "incomingMessage")]
    )
    assert [step.context["widgets"].get("ask") for step in run.steps] == [None, {"n": 1}, {"n": 2}, {"n": 2}]


def test_set_variables_are_flow_variables(fake: FakeStudio) -> None:
    """Merged, from the Step that set them on."""
    run = fake.add_run(path=[("set_1", "next", {"a": "0", "b": "x"}), ("set_2", "next", {"a": "1"})])
    assert [step.type for step in run.steps[1:]] == ["set-variables", "set-variables"]
    assert ["variables" in step.context["flow"] for step in run.steps] == [False, True, True]
    assert run.context["flow"]["variables"] == {"a": "1", "b": "x"}


def test_a_later_step_adds_to_a_context_that_was_given(fake: FakeStudio) -> None:
    """The newest context given whole, and what came after it."""
    run = fake.add_run(path=[("a", "sent", {"n": 1}), ("b", "sent", {"n": 2})], ended=False)
    run.steps[1].update(context={"widgets": {"zero": {}}, "mine": 1})
    assert run.steps[2].context == run.context == {"widgets": {"zero": {}, "b": {"n": 2}}, "mine": 1}


def test_the_context_of_an_execution_is_shown_to_its_steps_as_far_as_they_ran(fake: FakeStudio) -> None:
    """Widgets that came later are left out of an earlier Step's."""
    context = {"widgets": {"a": {"n": 1}, "b": {"n": 2}}, "flow": {"sid": "x"}}
    run = fake.add_run(path=[("a", "sent"), ("b", "sent")], context=context)
    assert run.context == context
    assert [step.context["widgets"] for step in run.steps] == [{}, {"a": {"n": 1}}, context["widgets"]]


@pytest.mark.parametrize("widgets", [None, [], "x", 5])
def test_an_odd_context_is_answered_as_it_was_given(widgets: Any, fake: FakeStudio) -> None:
    """Nothing is added to what is no mapping of widgets."""
    run = fake.add_run(path=[("set_1", "next", {"n": 1})], context={"widgets": widgets, "flow": []})
    for url in (run.links["execution_context"], *(step.links["step_context"] for step in run.steps)):
        assert get(fake, url)["context"] == {"widgets": widgets, "flow": []}
    run.steps[0].update(context={"widgets": {}, "flow": widgets})
    assert run.steps[1].context == {"widgets": {"set_1": {"n": 1}}, "flow": widgets}


@pytest.mark.parametrize(
    ("given", "event", "kind", "initiated"),
    [
        ({"path": [("a", "sent")]}, "incomingMessage", "message", "SM"),
        ({"path": [("a", "audioComplete")]}, "incomingCall", "call", "CA"),
        ({"to": TO}, "incomingRequest", "request", "RQ"),
        ({"parameters": {"a": 1}}, "incomingRequest", "request", "RQ"),
        ({"path": [("Trigger", "incomingCall")], "to": TO}, "incomingCall", "call", "CA"),
        ({"path": [("Trigger", "incomingConversationMessage")]}, "incomingConversationMessage", "conversation", "IM"),
        ({"path": ["Trigger"]}, "incomingMessage", "message", "SM"),
        ({}, "incomingMessage", "message", "SM"),
    ],
)
def test_the_trigger_is_told_or_guessed(given: Any, event: str, kind: str, initiated: str, fake: FakeStudio) -> None:
    """By addresses, parameters and events."""
    run = fake.add_run(**given)
    assert (run.steps[0].name, run.steps[0].type, run.steps[0].transitioned_from) == (event, "trigger", "Trigger")
    assert [*run.context["trigger"]] == [kind]
    assert run.initiated_by[:2] == initiated


def test_the_trigger_takes_data(fake: FakeStudio) -> None:
    """Beside the addresses of the person who wrote in."""
    run = fake.add_run(path=[("Trigger", "incomingMessage", {"Body": "hi"})], from_=FROM, to=TO)
    message = run.context["trigger"]["message"]
    assert (message["From"], message["To"], message["Body"]) == (FROM, TO, "hi")
    assert (message["AccountSid"], message["MessageSid"]) == (fake.account_sid, run.initiated_by)
    assert run.context["contact"] == {"channel": {"address": FROM}}
    assert run.context["flow"]["channel"] == {"address": TO}
    assert run.contact_channel_address == FROM


def test_a_subflow_has_its_parameters_from_its_parent(fake: FakeStudio) -> None:
    """Under trigger.parent."""
    run = fake.add_run(path=[("Trigger", "incomingParent")], parameters={"a": 1})
    assert run.context["trigger"] == {"parent": {"parameters": {"a": 1}}}


def test_parameters_stand_in_both_places(fake: FakeStudio) -> None:
    """As if the REST API had started the run."""
    run = fake.add_run(to=TO, from_=FROM, parameters={"name": "Ada"}, path=[("a", "sent")])
    assert run.context["trigger"]["request"] == {"to": TO, "from": FROM, "parameters": {"name": "Ada"}}
    assert run.context["flow"] == {
        "flow_sid": run.flow_sid, "channel": {"address": FROM}, "sid": run.sid, "data": {"name": "Ada"}
    }  # fmt: skip


@pytest.mark.parametrize("waiting", ["ask", ("ask",), ("ask", None)])
def test_a_widget_that_waits_has_no_step(waiting: Any, fake: FakeStudio) -> None:
    """The last Step leads to it."""
    run = fake.add_run(path=[("greet", "sent"), waiting], ended=False)
    assert run.status == "active"
    assert run.date_updated is None
    assert [step.transitioned_to for step in run.steps] == ["greet", "ask"]


def test_a_run_that_goes_on_waits_where_its_definition_leads(fake: FakeStudio) -> None:
    """Even if the path does not say it."""
    flow = fake.add_flow(definition=ASKING)
    assert fake.add_run(flow, [("ask", "incomingMessage")], ended=False).steps[-1].transitioned_to == "save"
    assert fake.add_run(flow, [], ended=False).steps[-1].transitioned_to == "ask"
    assert fake.add_run(path=[("a", "sent")], ended=False).steps[-1].transitioned_to != "Ended"


def test_types_of_a_run_come_from_the_definition(fake: FakeStudio) -> None:
    """Where it has the widget; else the event tells."""
    run = fake.add_run(fake.add_flow(definition=ASKING), [("thank", "failed"), ("other", "failed")])
    assert [step.type for step in run.steps[1:]] == ["send-message", "send-message"]


def test_an_event_is_one_of_a_widgets_or_of_the_definition(fake: FakeStudio) -> None:
    """A slip is refused, and nothing is left behind."""
    with pytest.raises(ValueError, match=r"'incomingMesage' is no event .* \(did you mean 'incomingMessage'\?\)"):
        fake.add_run(path=[("odd", "incomingMesage")])
    assert not fake.flows
    own = {
        **ASKING,
        "states": [*ASKING["states"], {"name": "new", "type": "x", "transitions": [{"event": "brandNew"}]}],
    }
    flow = fake.add_flow(definition=own)
    assert fake.add_run(flow, [("new", "brandNew")]).steps[1].type == "x"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"path": "abc"}, "path is a list of"),
        ({"path": None}, "path is a list of"),
        ({"path": [{"a": "b"}]}, r"path\[0\] is \(widget, event"),
        ({"path": [("Ended", "sent")]}, "'Ended' is no widget"),
        ({"path": [("a", "sent"), ("Trigger", "sent")]}, "'Trigger' is no widget"),
        ({"parameters": "{}"}, "parameters is a dict, not str"),
        ({"ended": "no"}, "ended is True or False, not str"),
        ({"to": TO, "from_": FROM, "contact_channel_address": "+1999"}, "is neither to"),
    ],
)
def test_a_run_that_cannot_be_is_refused(given: Any, words: str, fake: FakeStudio) -> None:
    """In words, and nothing is left behind."""
    with pytest.raises((TypeError, ValueError), match=words):
        fake.add_run(**given)
    assert not fake.flows
    assert not fake.executions


def test_a_run_takes_further_fields(fake: FakeStudio) -> None:
    """Of the Execution; its times start from its date."""
    run = fake.add_run(path=[("a", "sent")], date_created="2026-01-01T00:00:00Z", date_updated=None, initiated_by="x")
    assert run.payload()["date_created"] == "2026-01-01T00:00:00Z"
    assert run.steps[0].payload()["date_created"] == "2026-01-01T00:00:01Z"
    assert (run.date_updated, run.initiated_by) == (None, "x")


def test_a_flow_deployed_by_rest_takes_records(fake: FakeStudio) -> None:
    """Twilio's smallest definition has no states to go by."""
    sid = create_flow(fake)["sid"]
    run = fake.add_run(sid, [("a", "sent")])
    assert len(fake.add_steps(fake.add_execution(sid), 3)) == 3
    assert fake.add_step(run).flow_sid == sid


def test_the_empty_context_of_a_payload_says_nothing(fake: FakeStudio) -> None:
    """On the wire it is ``{}`` whatever was gathered; ``context={}`` alone is meant."""
    wire = fake.add_execution().payload()
    other = FakeStudio(fake.account_sid)
    assert set(other.add_execution(**wire).context) == {"widgets", "trigger", "contact", "flow"}
    assert fake.add_execution(context={}).context == {}
