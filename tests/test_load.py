"""``studio.load``: recordings and payloads become records, and the API answers as it was recorded."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from helpers import API, call, definition, get, sids_of

from pytest_studio import FakeStudio, StudioDriftWarning
from pytest_studio.client_responses import parsed
from pytest_studio.recordings import reading
from pytest_studio.resources import Step

SAMPLES = Path(__file__).parent / "recordings" / "samples"
NOW = "2026-03-14T09:30:00Z"


@pytest.fixture
def recorded() -> FakeStudio:
    """The studio that recordings are made of: another account than ``fake``'s."""
    return FakeStudio(seed="recorded", now=NOW, env=False)


def seen(studio: FakeStudio, method: str, path: str, /, **params: Any) -> dict[str, Any]:
    """One exchange as a recorder of requests would keep it."""
    answer = call(studio, method, path, **params)
    request: dict[str, Any] = {"method": method, "url": path if path.startswith("http") else API + path}
    if method == "POST":
        request["body"] = json.dumps(params)
        request["body"] = "&".join(f"{name}={value}" for name, value in params.items()).replace("+", "%2B")
    return {"request": request, "response": {"status": answer.status, "body": answer.text}}


def same(studio: FakeStudio, exchange: dict[str, Any], account_sid: str) -> None:
    """The studio answers the request as was recorded, but for the account and page tokens."""
    wanted = json.loads(exchange["response"]["body"].replace(account_sid, studio.account_sid))
    got = get(studio, exchange["request"]["url"])
    for page in (wanted, got):
        if "meta" in page:
            page["meta"] = {name: str(value).partition("&PageToken")[0] for name, value in page["meta"].items()}
    assert got == wanted


@pytest.mark.parametrize("name", ["vcrpy.yaml", "vcrpy.json", "ruby_vcr.yml", "browser.har", "payloads.json"])
def test_recorded_gets_are_answered_as_recorded(fake: FakeStudio, name: str) -> None:
    """Of each form of recording: same bodies, for this studio's account."""
    fake.load(SAMPLES / name)
    compared = 0
    with reading.opened(str(SAMPLES / name)) as file:
        for exchange in reading.exchanges(reading.items_of(file, name)):
            if exchange.url.startswith(API):
                wanted = json.dumps(parsed(exchange.body)).replace("AC" + "5" * 32, fake.account_sid)
                assert get(fake, exchange.url) == json.loads(wanted)
                compared += 1
    assert compared >= 2


def test_everything_of_a_studio_can_be_recorded_and_loaded(recorded: FakeStudio, fake: FakeStudio) -> None:
    """Flows, revisions, test users, Executions, Engagements, Steps and contexts, of both versions."""
    flow = recorded.add_flow(test_users=["+15550100001"], revision=2)
    run = recorded.add_run(flow, [("ask", "incomingMessage", {"inbound": {"Body": "héllo"}}), ("bye", "sent")])
    recorded.add_run(flow, [("ask",)], ended=False, to="+15550100009", parameters={"n": 1})
    engagement = recorded.add_engagement(flow)
    recorded.add_step(engagement)
    paths = []
    for version in ("v1", "v2"):
        here = f"/{version}/Flows/{flow.sid}"
        paths += [f"/{version}/Flows", here, f"{here}/Executions", f"{here}/Executions/{run.sid}"]
        paths += [f"{here}/Executions/{run.sid}/Context", f"{here}/Executions/{run.sid}/Steps"]
        for step in run.steps:
            paths += [
                f"{here}/Executions/{run.sid}/Steps/{step.sid}",
                f"{here}/Executions/{run.sid}/Steps/{step.sid}/Context",
            ]
    here = f"/v1/Flows/{flow.sid}/Engagements"
    paths += [here, f"{here}/{engagement.sid}", f"{here}/{engagement.sid}/Context", f"{here}/{engagement.sid}/Steps"]
    paths += [f"/v2/Flows/{flow.sid}/{rest}" for rest in ("Revisions", "Revisions/1", "Revisions/2", "TestUsers")]
    exchanges = [seen(recorded, "GET", path) for path in paths]
    fake.load(exchanges)
    for exchange in exchanges:
        same(fake, exchange, recorded.account_sid)


def test_lists_read_in_the_order_that_was_recorded(recorded: FakeStudio, fake: FakeStudio) -> None:
    """Over pages, in whichever order they were recorded, within one second, and with single records between."""
    flow = recorded.add_flow()
    runs = [recorded.add_execution(flow) for _ in range(7)]
    steps = [recorded.add_step(runs[0], date_created=NOW) for _ in range(7)]
    pages = []
    for url in (
        f"/v2/Flows/{flow.sid}/Executions?PageSize=3",
        f"/v2/Flows/{flow.sid}/Executions/{runs[0].sid}/Steps?PageSize=2",
    ):
        while url:
            pages.append(seen(recorded, "GET", url))
            url = json.loads(pages[-1]["response"]["body"])["meta"]["next_page_url"]
    single = seen(recorded, "GET", f"/v2/Flows/{flow.sid}/Executions/{runs[4].sid}")
    fake.load([single, *pages])
    listed = get(fake, f"/v2/Flows/{flow.sid}/Executions")["executions"]
    assert sids_of(listed) == [run.sid for run in reversed(runs)]
    listed = get(fake, f"/v2/Flows/{flow.sid}/Executions/{runs[0].sid}/Steps")["steps"]
    assert sids_of(listed) == [step.sid for step in reversed(steps)]
    walked, url = [], f"{API}/v2/Flows/{flow.sid}/Executions?PageSize=2"
    while url:
        page = get(fake, url)
        walked += sids_of(page["executions"])
        url = page["meta"]["next_page_url"]
    assert walked == [run.sid for run in reversed(runs)]


def test_what_is_recorded_later_is_listed_where_it_was_then(recorded: FakeStudio, fake: FakeStudio) -> None:
    """A list that was recorded again has what is new before what was known."""
    flow = recorded.add_flow()
    first = [recorded.add_execution(flow) for _ in range(2)]
    before = seen(recorded, "GET", f"/v2/Flows/{flow.sid}/Executions")
    second = [recorded.add_execution(flow) for _ in range(2)]
    after = seen(recorded, "GET", f"/v2/Flows/{flow.sid}/Executions")
    fake.load([before, after])
    assert list(fake.flows[flow.sid].executions) == [fake.executions[run.sid] for run in (*first, *second)]


def test_later_facts_override_earlier_ones(recorded: FakeStudio, fake: FakeStudio) -> None:
    """An Execution was active, and then had ended."""
    run = recorded.add_execution()
    path = f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}"
    exchanges = [seen(recorded, "GET", path), seen(recorded, "POST", path, Status="ended"), seen(recorded, "GET", path)]
    fake.load(exchanges)
    assert fake.executions[run.sid].status == "ended"
    same(fake, exchanges[-1], recorded.account_sid)


def test_what_was_deleted_is_not_there(recorded: FakeStudio, fake: FakeStudio) -> None:
    """With what hung under it; its Flow stays."""
    run = recorded.add_run()
    path = f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}"
    exchanges = [seen(recorded, "GET", f"{path}/Steps"), seen(recorded, "GET", path), seen(recorded, "DELETE", path)]
    fake.load(exchanges)
    assert list(fake.flows) == [run.flow_sid]
    assert not fake.executions
    assert not fake.steps


def test_revisions_are_put_together(recorded: FakeStudio, fake: FakeStudio) -> None:
    """From a Flow's creation and update; one that nobody saw is as the next."""
    definition = '{"initial_state": "Trigger"}'
    created = seen(recorded, "POST", "/v2/Flows", FriendlyName="A", Status="published", Definition=definition)
    (flow,) = recorded.flows.values()
    path = f"/v2/Flows/{flow.sid}"
    call(recorded, "POST", path, Status="draft", FriendlyName="B")
    updated = seen(recorded, "POST", path, Status="draft", FriendlyName="C")
    fake.load([created, updated])
    loaded = fake.flows[flow.sid]
    assert [(one.revision, one.status, one.friendly_name) for one in loaded.revisions] == [
        (1, "published", "A"),
        (2, "draft", "C"),
        (3, "draft", "C"),
    ]
    assert get(fake, f"{path}/Revisions/LatestPublished")["revision"] == 1


def test_a_request_that_started_an_execution_tells_its_addresses(recorded: FakeStudio, fake: FakeStudio) -> None:
    """``to``, ``from_`` and ``parameters``, as of the form."""
    flow = recorded.add_flow()
    path = f"/v2/Flows/{flow.sid}/Executions"
    made = seen(recorded, "POST", path, To="+15550100001", From="+15550100002", Parameters='{"name":"Zoë"}')
    fake.load([made])
    (run,) = fake.executions.values()
    assert (run.to, run.from_, run.parameters) == ("+15550100001", "+15550100002", {"name": "Zoë"})
    assert run.context["flow"]["data"] == {"name": "Zoë"}


def test_a_context_tells_what_started_an_execution(recorded: FakeStudio, fake: FakeStudio) -> None:
    """Its trigger has addresses, parameters, and the message."""
    run = recorded.add_run(path=[("ask", "incomingMessage", {"inbound": {}})], from_="+15550100007")
    fake.load(run.context_payload())
    loaded = fake.executions[run.sid]
    assert (loaded.from_, loaded.to, loaded.contact_channel_address) == (run.from_, run.to, run.contact_channel_address)
    assert loaded.initiated_by == run.initiated_by
    assert loaded.context == json.loads(json.dumps(run.context).replace(recorded.account_sid, fake.account_sid))


def test_parents_that_are_only_named_are_made(recorded: FakeStudio, fake: FakeStudio) -> None:
    """A Step's payload alone makes its Execution and Flow; all three are returned."""
    step = recorded.add_step()
    made = fake.load(step.payload())
    assert [type(record).__name__ for record in made] == ["Flow", "Execution", "Step"]
    assert made == [fake.flows[step.flow_sid], fake.executions[step.execution_sid], fake.steps[step.sid]]
    empty = seen(recorded, "GET", f"/v2/Flows/{recorded.add_flow().sid}/Executions")
    assert [type(record).__name__ for record in fake.load([empty])] == ["Flow"]


def test_another_account_is_taken_over(recorded: FakeStudio, fake: FakeStudio) -> None:
    """Its SID stands nowhere, not in contexts either."""
    run = recorded.add_run(path=[("ask", "incomingMessage", {"inbound": {"AccountSid": recorded.account_sid}})])
    fake.load([run.payload(), run.context_payload(), run.steps[-1].context_payload()])
    told = json.dumps(
        [run.payload() for run in fake.executions.values()] + [run.context for run in fake.executions.values()]
    )
    assert fake.account_sid in told
    assert recorded.account_sid not in told


def test_what_is_there_already_is_changed(recorded: FakeStudio, fake: FakeStudio) -> None:
    """The same record, no second one; the order of making stays."""
    first, second = fake.add_execution(), fake.add_execution()
    payload = {**first.payload(), "status": "ended", "date_updated": NOW}
    made = fake.load(payload)
    assert made == [first.flow, first]
    assert first.status == "ended"
    assert list(fake.executions.values()) == [first, second]


def test_nothing_is_told_by_events(recorded: FakeStudio, fake: FakeStudio) -> None:
    """What was recorded happened long ago."""
    run = recorded.add_run()
    fake.load([run.payload(), *(step.payload() for step in run.steps)])
    fake.load({**run.payload(), "status": "active"})
    assert list(fake.events) == []


def test_errors_and_other_hosts_say_nothing(recorded: FakeStudio, fake: FakeStudio) -> None:
    """Only what Studio answered with success."""
    flow = recorded.add_flow()
    elsewhere = {
        "request": {"method": "GET", "url": "https://api.twilio.com/x"},
        "response": {"status": 200, "body": "{}"},
    }
    missing = seen(recorded, "GET", f"/v2/Flows/FW{'0' * 32}")
    fake.load([elsewhere, missing, seen(recorded, "GET", f"/v2/Flows/{flow.sid}")])
    assert list(fake.flows) == [flow.sid]


STEP = {
    "sid": "FT" + "1" * 32,
    "account_sid": "AC" + "1" * 32,
    "flow_sid": "FW" + "1" * 32,
    "execution_sid": "FN" + "1" * 32,
    "name": "sent",
    "context": {},
    "transitioned_from": "a",
    "transitioned_to": "b",
    "date_created": NOW,
    "date_updated": None,
    "url": f"https://studio.twilio.com/v2/Flows/FW{'1' * 32}/Executions/FN{'1' * 32}/Steps/FT{'1' * 32}",
    "links": {},
}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"sid": "<STEP_SID>"}, "entry 1.*/sid: '<STEP_SID>' is a placeholder"),
        ({"flow_sid": "FW1"}, "/flow_sid: 'FW1' is no Flow SID"),
        ({"date_created": "yesterday"}, "/date_created: Step.date_created 'yesterday' is no date"),
        ({"name": 5}, "/name: Step.name is a text"),
        ({"transitioned_to": None}, "/transitioned_to"),
    ],
)
def test_what_cannot_be_placed_is_an_error_and_changes_nothing(
    fake: FakeStudio, change: dict[str, Any], words: str
) -> None:
    """It says why, and where."""
    with pytest.raises(ValueError, match=words):
        fake.load([{**STEP, **change}])
    assert not fake.flows


@pytest.mark.parametrize(
    ("source", "error", "words"),
    [
        ({"name": "x"}, ValueError, "no payload of Studio's"),
        ([STEP, {"name": "x"}], ValueError, "entry 2: this is no payload"),
        (definition(), ValueError, "this is a Flow Definition, which studio.load_flow takes"),
        ({"type": "com.twilio.studio.flow.step.ended", "data": {}}, ValueError, "an event says too little"),
        ([STEP, 5], TypeError, "item 2 of the list"),
        ([], ValueError, "nothing of Studio's"),
        (5, TypeError, "a path, a payload"),
        ('{"sid": 1}', TypeError, "json.loads"),
        ("nowhere.yaml", FileNotFoundError, "nowhere.yaml"),
    ],
)
def test_what_is_no_recording_is_refused(fake: FakeStudio, source: Any, error: type[Exception], words: str) -> None:
    """With what would be one."""
    with pytest.raises(error, match=words):
        fake.load(source)
    assert not fake.flows


def test_what_contradicts_the_studio_is_refused(fake: FakeStudio) -> None:
    """A Step cannot move to another Execution."""
    step = fake.add_step()
    with pytest.raises(ValueError, match=f"{step.sid} is of the Execution {step.execution_sid} in this studio"):
        fake.load({**STEP, "sid": step.sid})
    assert len(fake.executions) == 1


def answered(
    payload: Any, path: str = f"/v2/Flows/FW{'1' * 32}", method: str = "GET", **request: Any
) -> dict[str, Any]:
    """One exchange: its body is written as it is where it is a text."""
    text = payload if isinstance(payload, str) else json.dumps(payload)
    return {"request": {"method": method, "url": API + path, **request}, "response": {"status": 200, "body": text}}


def page(key: str, rows: Any) -> dict[str, Any]:
    """A page, as far as load looks at it."""
    return {"meta": {"key": key}, key: rows}


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([answered("<html>")], "the body is no JSON"),
        ([answered([1])], "the body is an object, not list"),
        ([answered(page("flows", None), "/v2/Flows")], "/flows: the page has no list of rows"),
        ([answered({}, "/v2/Flows")], "/meta/key: the page has no list of rows"),
        ([answered(page("flows", [5]), "/v2/Flows")], "/flows/0: a row is an object, not int"),
        ([answered({"valid": True}, "/v2/Flows/Validate", "POST"), {"code": 1, "message": "", "status": 404}], None),
        (
            [STEP, {**STEP, "execution_sid": "FN" + "2" * 32}],
            "entry 2.*/execution_sid: Step FT1+ is of FN1+, not of FN2+",
        ),
        ([STEP, {**STEP, "flow_sid": "FW" + "2" * 32}], "entry 2.*/flow_sid: FN1+ is of the Flow FW1+, not of FW2+"),
        (
            [answered({"sid": "FW" + "1" * 32, "revision": 0})],
            "/revision: revisions are numbered from 1 to [0-9]+ here, not 0",
        ),
        ([answered({"sid": "FW1"})], "/sid: "),
    ],
)
def test_what_recordings_say_at_odds_is_refused(fake: FakeStudio, told: list[Any], words: str | None) -> None:
    """With the entry, the place in it, and both sides; validations and errors say nothing of records."""
    if words is None:
        assert fake.load(told) == []
        return
    with pytest.raises(ValueError, match=words):
        fake.load(told)
    assert not fake.flows


def test_a_sid_that_only_the_path_tells_is_taken_from_there(fake: FakeStudio) -> None:
    """A stub that was written by hand may leave it out."""
    sid = "FW" + "1" * 32
    fake.load([answered({"friendly_name": "A", "status": "draft"}, f"/v2/Flows/{sid}")])
    assert fake.flows[sid].friendly_name == "A"


def test_parameters_of_a_form_that_are_no_json_are_passed_over(recorded: FakeStudio, fake: FakeStudio) -> None:
    """Its addresses are taken all the same; a body that is no form says nothing."""
    run = recorded.add_execution(to="+15550000001")
    path = f"/v2/Flows/{run.flow_sid}/Executions"
    sent = "To=%2B15550000001&From=%2B15550000002&Parameters=%7B"
    fake.load([answered(run.payload(), path, "POST", body=sent)])
    assert (fake.executions[run.sid].from_, fake.executions[run.sid].parameters) == ("+15550000002", None)
    other = FakeStudio(env=False)
    other.load([answered(run.payload(), path, "POST", body=[1])])
    assert run.sid in other.executions


def test_what_the_studio_has_elsewhere_is_refused(fake: FakeStudio) -> None:
    """An Execution does not move to another Flow."""
    run = fake.add_execution(sid="FN" + "1" * 32)
    with pytest.raises(ValueError, match=f"FN1+ is of the Flow {run.flow_sid} in this studio, not of FW1+"):
        fake.load(STEP)


def test_what_was_deleted_and_is_told_of_later_is_there(recorded: FakeStudio, fake: FakeStudio) -> None:
    """A DELETE of an Execution removes it, of one that is told of afterwards it does not."""
    run, gone = fake.add_execution(), fake.add_execution()
    deletions = [answered("", each.payload()["url"].removeprefix(API), "DELETE") for each in (run, gone)]
    for deletion in deletions:
        deletion["response"]["status"] = 204
    fake.load([*deletions, {**run.payload(), "status": "ended"}])
    assert list(fake.executions) == [run.sid]
    assert run.status == "ended"


def test_a_context_whose_trigger_is_of_an_unknown_shape_tells_nothing(recorded: FakeStudio, fake: FakeStudio) -> None:
    """It is stored, and no address is guessed from it."""
    run = recorded.add_execution()
    body = {**run.context_payload(), "context": {"trigger": {"message": "hi"}}}
    fake.load([run.payload(), answered(body, f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}/Context")])
    assert fake.executions[run.sid].context == {"trigger": {"message": "hi"}}


def test_a_file_that_breaks_off_is_named(fake: FakeStudio, tmp_path: Path) -> None:
    """And nothing of it is stored."""
    (tmp_path / "cut.json").write_text(f"[{json.dumps(STEP)},")
    with pytest.raises(ValueError, match=r"cut\.json: line 1: no JSON"):
        fake.load(tmp_path / "cut.json")
    assert not fake.flows


def test_what_cannot_be_placed_leaves_the_studio_as_it_was(fake: FakeStudio) -> None:
    """Also what the same recording deletes and changes."""
    gone, run = fake.add_flow(), fake.add_execution()
    told = run.payload()
    wrong = {**told, "sid": "FN" + "9" * 32, "contact_channel_address": "+15550000009"}
    wrong["url"] = told["url"].replace(told["sid"], wrong["sid"])
    start = {"method": "POST", "url": told["url"].rpartition("/")[0], "body": "To=%2B15550000001&From=%2B15550000002"}
    recorded = [
        {"request": {"method": "DELETE", "url": gone.payload()["url"]}, "response": {"status": 204, "body": ""}},
        {**told, "status": "ended"},
        {"request": start, "response": {"status": 201, "body": json.dumps(wrong)}},
    ]
    with pytest.raises(ValueError, match="the contact"):
        fake.load(recorded)
    assert gone.sid in fake.flows
    assert run.status == "active"
    assert list(fake.executions) == [run.sid]


def state(studio: FakeStudio, path: Path) -> tuple[Any, ...]:
    """All that a studio holds, and what it knows of what it held."""
    studio.dump(path)
    account = studio._account
    waiting = [account.active_run(run.to, run.from_) for run in studio.executions.values()]
    known = [list(records) for records in (studio.flows, studio.executions, studio.steps, account.former)]
    return path.read_text(), known, waiting, len(account.happened), dict(account._gone)


@pytest.mark.parametrize("good", range(4))
def test_an_update_that_fails_leaves_the_studio_as_it_was(
    fake: FakeStudio, recorded: FakeStudio, good: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some of what was told was made, deleted and changed; and the same recording can be loaded then."""
    gone = fake.add_flow(test_users=["+15550000001"])
    runs = [fake.add_execution(fake.add_flow(revision=2), to=f"+1555000000{n}", parameters={"a": 1}) for n in (2, 3)]
    steps = [fake.add_step(run) for run in runs for _ in range(2)]
    told: list[dict[str, Any]] = [
        {"request": {"method": "DELETE", "url": gone.url}, "response": {"status": 204, "body": ""}},
        recorded.add_step(context={"widgets": {}}).payload(),
        *({**run.payload(), "contact_channel_address": "+15550000009", "status": "ended"} for run in runs),
        *({**step.payload(), "name": "changed"} for step in steps),
        {**runs[0].flow.payload(), "friendly_name": "changed", "revision": 3},
    ]
    before = state(fake, tmp_path / "before.json")
    update, calls = Step.update, iter(range(100))

    def break_down(step: Step, **changes: Any) -> None:
        if next(calls) >= good:
            raise ValueError("no further")
        update(step, **changes)

    with monkeypatch.context() as patch:
        patch.setattr(Step, "update", break_down)
        with pytest.raises(ValueError, match="no further"):
            fake.load(told)
        assert state(fake, tmp_path / "after.json") == before
    fake.load(told)
    assert gone.sid not in fake.flows
    assert [run.status for run in runs] == ["ended", "ended"]
    assert {step.name for step in steps} == {"changed"}
    assert len(fake.steps) == 5


def test_a_dump_that_fails_half_way_leaves_the_studio_as_it_was(
    fake: FakeStudio, recorded: FakeStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its number, its contacts and its counting as well."""
    recorded.add_run(None, [("ask", "incomingMessage")], from_="+15550000001")
    recorded.dump(tmp_path / "dump.json")
    before = state(fake, tmp_path / "before.json")

    def break_down(*_: Any) -> None:
        raise ValueError("no further")

    monkeypatch.setattr(type(fake._account), "add_step", break_down)
    with pytest.raises(ValueError, match="no further"):
        fake.load(tmp_path / "dump.json")
    assert state(fake, tmp_path / "after.json") == before
    assert fake._account.untouched


def test_what_was_made_or_changed_is_returned_oldest_first(fake: FakeStudio, recorded: FakeStudio) -> None:
    """Whether it was there or not."""
    steps = recorded.add_steps(recorded.add_execution(), 8)
    payloads = [step.payload() for step in steps]
    fake.load(payloads[2:6])
    made = fake.load(payloads)
    (run,) = fake.executions.values()
    assert made == [run.flow, run, *run.steps]
    assert len(run.steps) == 8


def test_properties_that_no_record_takes_are_warned_of(fake: FakeStudio) -> None:
    """And left out."""
    with pytest.warns(StudioDriftWarning, match="/mood") as caught:
        fake.load({**STEP, "mood": 1})
    assert caught[0].filename == __file__
    assert list(fake.steps) == [STEP["sid"]]


def test_a_path_is_from_the_working_directory_or_the_root(
    fake: FakeStudio, pytestconfig: pytest.Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a test finds its recordings wherever it is started."""
    monkeypatch.chdir(tmp_path)
    relative = (SAMPLES / "vcrpy.json").relative_to(pytestconfig.rootpath)
    assert fake.load(str(relative))
    (tmp_path / "here.json").write_text(json.dumps(STEP))
    fake.load("here.json")
    assert STEP["sid"] in fake.steps
