"""``studio.dump``: a whole studio as JSON, back again, and without what is personal."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest
from helpers import call, get

from pytest_studio import FakeStudio, schemas
from pytest_studio.recordings import dumps, pseudonyms
from pytest_studio.resources import Execution, Flow, FlowRevision, Step

NOW = "2026-03-14T09:30:00Z"
PERSON, OTHER = "+14155550123", "whatsapp:+442079460999"


@pytest.fixture
def full() -> FakeStudio:
    """A studio with something of everything."""
    studio = FakeStudio(seed=7, now=NOW, env=False)
    studio.add_flow(friendly_name="gone")
    flow = studio.add_flow(test_users=[PERSON], revision=2, friendly_name="Booking")
    studio._account.remove_flow(next(iter(studio.flows.values())))  # so that serials have gaps
    studio.add_run(
        flow,
        [("ask", "incomingMessage", {"inbound": {"Body": "Ada Lovelace", "NumMedia": "0"}}), ("bye", "sent")],
        from_=PERSON,
    )
    studio.add_run(flow, [("ask",)], ended=False, to=OTHER, parameters={"name": "Grace", "age": 37, "vip": True})
    own = studio.add_execution(context={"widgets": {"ask": {"email": "ada@example.org", "note": "Ada Lovelace"}}})
    studio.add_step(own, context={"trigger": {"call": {"From": PERSON}}, "widgets": {}})
    own.end(after_reads=2)
    studio.add_step(studio.add_engagement(flow, contact_channel_address=None))
    flow.revisions[0].update(commit_message="first", status="draft")
    return studio


def answers(studio: FakeStudio) -> dict[str, Any]:
    """What the API says of everything, pages of one row, with their tokens."""
    found: dict[str, Any] = {}

    def walk(url: str) -> list[Any]:
        rows = []
        while url:
            page = found[url] = get(studio, url)
            rows += page[page["meta"]["key"]]
            url = page["meta"]["next_page_url"]
        return rows

    for version in ("v1", "v2"):
        for flow in walk(f"/{version}/Flows?PageSize=1"):
            here = f"/{version}/Flows/{flow['sid']}"
            rest = ["", "/TestUsers", "/Revisions/1"] if version == "v2" else [""]
            found.update({here + each: get(studio, here + each) for each in rest})
            for family in ("Executions", "Engagements") if version == "v1" else ("Executions",):
                for run in walk(f"{here}/{family}?PageSize=1"):
                    path = f"{here}/{family}/{run['sid']}"
                    found[f"{path}/Context"] = get(studio, f"{path}/Context")
                    for step in walk(f"{path}/Steps?PageSize=1"):
                        found[f"{path}/Steps/{step['sid']}"] = get(studio, f"{path}/Steps/{step['sid']}/Context")
    return found


def test_a_loaded_dump_is_an_equal_studio(full: FakeStudio, tmp_path: Path) -> None:
    """The API says the same of everything, page tokens included; what comes later is numbered on."""
    full.dump(tmp_path / "studio.json")
    other = FakeStudio(full.account_sid, seed=99, now=NOW, env=False)
    made = other.load(tmp_path / "studio.json")
    assert answers(other) == answers(full)
    assert len(made) == len(full.flows) + len(full.executions) + len(full.steps)
    for attribute in ("flows", "executions", "steps"):
        assert list(getattr(other, attribute)) == list(getattr(full, attribute))
    for studio in (full, other):
        studio.dump(tmp_path / f"{id(studio)}.json")
    assert (tmp_path / f"{id(full)}.json").read_text() == (tmp_path / f"{id(other)}.json").read_text()
    newest = other.add_flow()
    assert get(other, "/v2/Flows?PageSize=1")["flows"][0]["sid"] == newest.sid


def test_a_walk_goes_on_in_a_loaded_dump(tmp_path: Path) -> None:
    """A page token that was given before names the same place, also after removals."""
    studio = FakeStudio(env=False)
    flow = [studio.add_flow() for _ in range(4)][-1]
    runs = [studio.add_execution(flow) for _ in range(4)]
    call(studio, "DELETE", runs[0].url)
    call(studio, "DELETE", f"/v2/Flows/{next(iter(studio.flows))}")
    urls = [
        get(studio, f"{path}?PageSize=1")["meta"]["next_page_url"] for path in ("/v2/Flows", f"{flow.url}/Executions")
    ]
    studio.dump(tmp_path / "studio.json")
    other = FakeStudio(studio.account_sid, env=False)
    other.load(tmp_path / "studio.json")
    assert [get(other, url) for url in urls] == [get(studio, url) for url in urls]


def test_what_was_to_come_still_comes(full: FakeStudio, tmp_path: Path) -> None:
    """An Execution that ends after some reads; an active one that keeps another from starting."""
    full.dump(tmp_path / "studio.json")
    other = FakeStudio(env=False)
    other.load(tmp_path / "studio.json")
    (run,) = [run for run in other.executions.values() if run.status == "active" and run.steps and run.to == OTHER]
    assert other._account.active_run(OTHER, run.from_) is run
    (ending,) = [run for run in other.executions.values() if run._reads_left == 2]
    path = f"/v2/Flows/{ending.flow_sid}/Executions/{ending.sid}"
    assert [get(other, path)["status"] for _ in range(3)] == ["active", "active", "ended"]


def test_a_dump_is_deterministic_text(full: FakeStudio, tmp_path: Path) -> None:
    """JSON with its version, the same each time, a line break at the end."""
    full.dump(tmp_path / "a.json")
    full.dump(str(tmp_path / "b.json"))
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert text == (tmp_path / "b.json").read_text(encoding="utf-8")
    assert text.endswith("}\n")
    assert json.loads(text)["pytest-studio"] == 1


def test_a_dump_has_no_credentials(full: FakeStudio, tmp_path: Path) -> None:
    """Neither auth token nor API key."""
    full.dump(tmp_path / "a.json")
    text = (tmp_path / "a.json").read_text()
    for secret in (full.auth_token, full.api_key.sid, full.api_key.secret):
        assert secret not in text


@pytest.mark.parametrize("token", [None, "p@ss wörd/42", "short"])
@pytest.mark.parametrize("hide_pii", [True, False])
def test_a_dump_has_no_credentials_wherever_they_stand(token: str | None, hide_pii: bool, tmp_path: Path) -> None:
    """Values, parts of texts, names, definitions, JSON in texts; and it can be loaded."""
    studio = FakeStudio(auth_token=token, env=False)
    own, key = studio.auth_token, studio.api_key.secret
    basic_pair = base64.b64encode(f"{studio.account_sid}:{own}".encode()).decode()
    inside = [f"it is {own}.", f"https://x.example/?t={quote_plus(own)}"] if len(own) > 7 else []
    context = {
        "widgets": {"ask": {"token": own, "body": json.dumps({"a": [own], "b": 1}), "inside": inside, "key": key}},
        f"by {key}": {"header": f"Basic {basic_pair}"},
    }
    flow = studio.add_flow(friendly_name=f"Flow {key}", definition={"states": [{"name": own}], "secret": "opensesame"})
    run = studio.add_execution(flow, context=context, parameters={"password": "opensesame"})
    studio.add_step(run, context=context)
    studio.dump(tmp_path / "a.json", hide_pii=hide_pii)
    text = (tmp_path / "a.json").read_text()
    secrets = {own, key, basic_pair, "opensesame", quote_plus(own), json.dumps(own)[1:-1]}
    assert [secret for secret in secrets if secret in text] == []
    other = FakeStudio(env=False)
    assert len(other.load(tmp_path / "a.json")) == 3
    if not hide_pii:
        left = other.executions[run.sid].context["widgets"]["ask"]
        assert left["token"] == "[REDACTED]"
        assert json.loads(left["body"]) == {"a": ["[REDACTED]"], "b": 1}


def test_what_is_no_credential_stays_in_a_dump(tmp_path: Path) -> None:
    """Basic words, SIDs that end as the token does, placeholders, texts that were almost hidden."""
    studio = FakeStudio("AC" + "1" * 32, "1" * 32, env=False)
    words = {
        "a": "the basic membership of the bearer bonds", "b": "FW" + "1" * 32, "password": "{{flow.data.password}}",
        "c": "https://example.com:8080/a@b", "d": '{"odd":  "spaces"}', "e": "passwords are secret", "f": 12,
    }  # fmt: skip
    run = studio.add_execution(context=words)
    studio.dump(tmp_path / "a.json")
    other = FakeStudio(studio.account_sid, env=False)
    other.load(tmp_path / "a.json")
    assert other.executions[run.sid].context == words


def test_a_dump_is_taken_over_by_another_account(full: FakeStudio, tmp_path: Path) -> None:
    """And goes into a studio that has something already."""
    full.dump(tmp_path / "a.json")
    other = FakeStudio(env=False)
    before = other.add_execution()
    other.load(tmp_path / "a.json")
    other.dump(tmp_path / "b.json")
    assert full.account_sid not in (tmp_path / "b.json").read_text()
    assert len(other.flows) == len(full.flows) + 1
    assert next(iter(other.executions)) == before.sid
    assert len(get(other, "/v2/Flows?PageSize=1000")["flows"]) == len(other.flows)


def test_a_dump_that_is_loaded_again_changes_what_is_there(full: FakeStudio, tmp_path: Path) -> None:
    """Back to what it was."""
    full.dump(tmp_path / "a.json")
    before = answers(full)
    for run in list(full.executions.values()):
        run.update(context={"widgets": {"changed": {}}}, contact_channel_address="+15550100042")
    for flow in full.flows.values():
        flow.update(friendly_name="changed", test_users=[])
    for step in full.steps.values():
        step.update(name="changed")
    assert answers(full) != before
    full.load(tmp_path / "a.json")
    assert answers(full) == before


@pytest.mark.parametrize("record", [Flow, FlowRevision, Execution, Step])
def test_no_part_of_a_record_is_forgotten(record: type[Any]) -> None:
    """Whoever gives records a new slot decides here what a dump does with it."""
    written = {
        Flow: {*dumps._FLOW, *("revisions", "runs", "seq", "home")},
        FlowRevision: {*dumps._REVISION, "flow"},
        Execution: {*dumps._RUN, *("flow", "seq", "steps")},
        Step: {*dumps._STEP, "run"},
    }[record]
    assert {slot.lstrip("_") for slot in record.__slots__} <= {name.rstrip("_") for name in written} | set(written)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pytest-studio": 2}, "version 2"),
        ({"flows": [{}]}, "/flows/0/sid is missing"),
        ({"flows": 5}, "the dump.flows is a list"),
        ({"account_sid": "AC1"}, "account_sid"),
        ({"contacts": {"+1": "FC1"}}, "FC"),
        ({"flows": [5]}, "/flows/0: an object belongs here, not int"),
    ],
)
def test_a_dump_that_is_none_is_refused(fake: FakeStudio, full: FakeStudio, change: Any, words: str) -> None:
    """With the place, and nothing is stored."""
    with pytest.raises(ValueError, match=words):
        fake.load({**dumps.dumped(full._account), **change})
    assert not fake.flows


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"trigger": {"a": 1}}, "/flows/0/executions/0/trigger/a: an object belongs here, not 1"),
        ({"serial": 1}, "/serial: 1 is there twice"),
    ],
)
def test_a_dump_that_would_break_later_is_refused(fake: FakeStudio, change: Any, words: str) -> None:
    """What no schema of fields says, with the place."""
    other = FakeStudio(seed=1, env=False)
    other.add_execution()
    data = dumps.dumped(other._account)
    data["flows"][0]["executions"][0].update(change)
    with pytest.raises(ValueError, match=words):
        fake.load(data)
    assert not fake.flows


def test_a_dump_at_odds_with_itself_or_the_studio_is_refused() -> None:
    """One Flow has no revision, a SID is there twice, or the studio has a record elsewhere."""
    other = FakeStudio(seed=1, env=False)
    run = other.add_step().execution_sid
    other.add_execution()

    def changed(change: Any) -> Any:
        data = dumps.dumped(other._account)
        change(data["flows"])
        return json.loads(json.dumps(data))

    def moved(flows: Any) -> None:
        flows[1]["executions"].append(flows[0]["executions"].pop())

    def twice(flows: Any) -> None:
        flows[1]["executions"][0]["sid"] = run

    for change, words in (
        (lambda flows: flows[0].update(revisions=[]), "/flows/0/revisions: a Flow has one at least"),
        (twice, f"/flows/1/executions/0/sid: {run} is there twice"),
    ):
        with pytest.raises(ValueError, match=words):
            FakeStudio(env=False).load(changed(change))
    with pytest.raises(ValueError, match=f"{run} is of the Flow FW[0-9a-f]+ in this studio"):
        other.load(changed(moved))


def test_hidden_values_are_nowhere(full: FakeStudio, tmp_path: Path) -> None:
    """Of contexts, addresses, parameters and test users; SIDs, widgets and Twilio's own words stay."""
    full.dump(tmp_path / "a.json", hide_pii=True)
    text = (tmp_path / "a.json").read_text()
    for value in (PERSON, OTHER, "4155550123", "442079460999", "Ada", "Lovelace", "Grace", "ada@example.org"):
        assert value not in text
    for value in ("Booking", "incomingMessage", '"NumMedia": "0"', *full.flows, *full.executions, *full.steps):
        assert value in text


def test_equal_values_have_equal_pseudonyms_of_their_kind(full: FakeStudio, tmp_path: Path) -> None:
    """A person is one person in all places; numbers are numbers kept for fiction."""
    full.dump(tmp_path / "a.json", hide_pii=True)
    other = FakeStudio(env=False)
    other.load(tmp_path / "a.json")
    first, second, own, _ = other.executions.values()
    person = first.contact_channel_address
    assert (
        person
        == first.from_
        == first.context["trigger"]["message"]["From"]
        == own.steps[0].context["trigger"]["call"]["From"]
    )
    assert other.flows[first.flow_sid].test_users == [person]
    assert person is not None
    assert person.startswith("+1")
    assert person[5:10] == "55501"
    assert second.to.startswith("whatsapp:+1")
    assert second.to != f"whatsapp:{person}"
    assert first.context["widgets"]["ask"]["inbound"]["Body"] == own.context["widgets"]["ask"]["note"]
    assert own.context["widgets"]["ask"]["email"].endswith("@example.com")
    parameters = second.parameters
    assert parameters is not None
    assert {name: type(value) for name, value in parameters.items()} == {"name": str, "age": int, "vip": bool}


def test_many_people_stay_apart() -> None:
    """Each number has a pseudonym of its own, none of which is another's real number."""
    names = pseudonyms._Names("+12015550100")
    made = [names.text(f"+4420{number:08d}") for number in range(80_000)]
    assert len(set(made)) == len(made)
    assert "+12015550100" not in made
    assert names.text("+44 20 0000 0001") == made[1]


def test_all_that_the_schemas_mark_is_hidden() -> None:
    """What the docs call PII of records that are stored."""
    hidden = {*pseudonyms.ADDRESSES, *pseudonyms.DATA}
    for name in schemas.names():
        if name.startswith(("v1/", "v2/")) and not name.endswith("_page"):
            for field, rule in schemas.load(name)["properties"].items():
                if rule["x-pii"]["handling"] == "standard":
                    assert field in hidden, f"{name}/{field}"
