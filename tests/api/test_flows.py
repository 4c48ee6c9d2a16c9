"""Flows, their revisions, test users and definitions, by the REST API."""

from __future__ import annotations

import json
from typing import Any

import pytest
from helpers import API, FROM, SMALLEST, TO, call, create_flow, definition, get, post, refused, sids_of, state

from pytest_studio import FakeStudio, sids

TRIGGER = state("Trigger", "trigger", incomingRequest="greet")
GREET = state("greet", sent=None, failed=None)
GOOD = definition(TRIGGER, GREET)


def test_a_flow_lives_from_create_to_delete(fake: FakeStudio) -> None:
    """Created, fetched, listed, updated, deleted; then gone, by every method and version."""
    made = create_flow(fake)
    path = f"/v2/Flows/{made['sid']}"
    assert get(fake, path) == made
    assert sids_of(get(fake, "/v2/Flows")["flows"]) == [made["sid"]]
    changed = post(fake, path, Status="draft", FriendlyName="Renamed")
    assert (changed["friendly_name"], changed["status"], changed["revision"]) == ("Renamed", "draft", 2)
    assert get(fake, path) == changed
    gone = call(fake, "DELETE", path)
    assert (gone.status, gone.body) == (204, b"")
    for method, where, form in (
        ("GET", path, {}),
        ("POST", path, {"Status": "draft"}),
        ("DELETE", path, {}),
        ("GET", f"{path}/Revisions", {}),
        ("GET", f"{path}/Revisions/1", {}),
        ("GET", f"{path}/TestUsers", {}),
        ("POST", f"{path}/TestUsers", {"TestUsers": TO}),
        ("GET", f"{path}/Executions", {}),
        ("POST", f"{path}/Executions", {"To": TO, "From": FROM}),
        ("GET", path.replace("v2", "v1"), {}),
        ("DELETE", path.replace("v2", "v1"), {}),
        ("GET", path.replace("v2", "v1") + "/Engagements", {}),
    ):
        error = refused(fake, method, where, 404, 20404, **form)
        assert error["message"] == f"The requested resource {where} was not found"
    assert get(fake, "/v2/Flows")["flows"] == get(fake, "/v1/Flows")["flows"] == []


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_deleting_a_flow_takes_what_hangs_under_it(version: str, fake: FakeStudio) -> None:
    """Executions, Steps and contexts; those of another Flow stay."""
    gone, kept = fake.add_steps(n=3)[0], fake.add_step()
    old = fake.add_step(fake.add_engagement(gone.flow_sid))
    urls = [
        gone.url,
        gone.links["step_context"],
        gone.execution.url,
        old.url,
        old.execution.url,
        old.execution.links["steps"],
    ]
    assert call(fake, "DELETE", f"/{version}/Flows/{gone.flow_sid}").status == 204
    for url in urls:
        assert (
            refused(fake, "GET", url, 404, 20404)["message"]
            == f"The requested resource {url[len(API) :]} was not found"
        )
    assert get(fake, kept.links["step_context"])["step_sid"] == kept.sid
    assert (len(fake.flows), len(fake.executions), len(fake.steps)) == (1, 1, 1)


def test_a_created_flow_has_every_field(fake: FakeStudio) -> None:
    """The definition is an object although it was sent as text; the first revision is 1."""
    made = create_flow(fake, Definition=GOOD, CommitMessage="first", AuthorSid="US" + "a" * 32)
    assert made["definition"] == GOOD
    assert (made["revision"], made["commit_message"], made["author_sid"]) == (1, "first", "US" + "a" * 32)
    assert (made["valid"], made["errors"], made["warnings"], made["date_updated"]) == (True, [], [], None)
    assert made["account_sid"] == fake.account_sid
    assert made["webhook_url"] == f"https://webhooks.twilio.com/v1/Accounts/{fake.account_sid}/Flows/{made['sid']}"
    assert fake.flows[made["sid"]].payload() == made


def test_an_update_makes_a_revision_and_keeps_what_it_does_not_name(fake: FakeStudio) -> None:
    """But for the commit message, which belongs to the change."""
    made = create_flow(fake, Definition=GOOD, CommitMessage="first", Status="draft")
    changed = post(fake, made["url"], Status="published")
    assert changed == {
        **made, "status": "published", "revision": 2, "commit_message": None, "date_updated": changed["date_updated"]
    }  # fmt: skip
    assert changed["date_updated"] is not None
    assert post(fake, made["url"], Status="draft", Definition=SMALLEST)["definition"] == SMALLEST
    assert get(fake, f"{made['url']}/Revisions/2")["definition"] == GOOD


def test_a_new_definition_takes_the_old_verdict_away(fake: FakeStudio) -> None:
    """What stays as it was keeps it."""
    errors = [{"message": "odd", "property_path": "#"}]
    flow = fake.add_flow(valid=False, errors=errors, warnings=errors)
    kept = post(fake, flow.url, Status="draft")
    assert (kept["valid"], kept["errors"], kept["warnings"]) == (False, errors, errors)
    changed = post(fake, flow.url, Status="draft", Definition=GOOD)
    assert (changed["valid"], changed["errors"], changed["warnings"]) == (True, [], [])


def test_the_list_leaves_definitions_out(fake: FakeStudio) -> None:
    """v2 shows null there; the records keep theirs."""
    flow = create_flow(fake, CommitMessage="first")
    [row] = get(fake, "/v2/Flows")["flows"]
    unlisted = ("definition", "commit_message", "valid", "errors", "warnings")
    assert row == {**flow, **dict.fromkeys(unlisted)}
    assert get(fake, flow["url"]) == flow
    [old] = get(fake, "/v1/Flows")["flows"]
    assert old == get(fake, f"/v1/Flows/{flow['sid']}")
    assert old["version"] == 1


# -- revisions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def revised(fake: FakeStudio) -> str:
    """The url of a Flow of three revisions: published, published, draft."""
    url = create_flow(fake, CommitMessage="one")["url"]
    post(fake, url, Status="published", CommitMessage="two")
    post(fake, url, Status="draft", CommitMessage="three", FriendlyName="Third")
    return str(url)


@pytest.mark.parametrize(
    ("name", "revision"), [("1", 1), ("2", 2), ("3", 3), ("LatestPublished", 2), ("LatestRevision", 3)]
)
def test_revisions_are_fetched_by_number_or_name(name: str, revision: int, fake: FakeStudio, revised: str) -> None:
    """Their url has the number, their SID is the Flow's."""
    found = get(fake, f"{revised}/Revisions/{name}")
    assert found["revision"] == revision
    assert found["url"] == f"{revised}/Revisions/{revision}"
    assert found["sid"] == revised.rpartition("/")[2]
    assert found["definition"] == SMALLEST
    assert not found.keys() & {"links", "webhook_url", "warnings"}


@pytest.mark.parametrize("name", ["0", "4", "-1", "01", "1.0", "latestpublished", "LatestDraft", "x", "%31%30"])
def test_other_revisions_are_not_found(name: str, fake: FakeStudio, revised: str) -> None:
    """Numbers are written as the API writes them."""
    refused(fake, "GET", f"{revised}/Revisions/{name}", 404, 20404)
    assert fake.calls[-1].why == f"{revised.rpartition('/')[2]} has revisions 1 to 3"


def test_a_flow_never_published_has_no_latest_published(fake: FakeStudio) -> None:
    """Until it is."""
    url = create_flow(fake, Status="draft")["url"]
    refused(fake, "GET", f"{url}/Revisions/LatestPublished", 404, 20404)
    assert fake.calls[-1].why == f"{url.rpartition('/')[2]} has revisions 1 to 1, none of them published"
    post(fake, url, Status="published")
    assert get(fake, f"{url}/Revisions/LatestPublished")["revision"] == 2


def test_revisions_are_listed_newest_first(fake: FakeStudio, revised: str) -> None:
    """Without definitions, each with its own name and message left as it was."""
    page = get(fake, f"{revised}/Revisions")
    assert [row["revision"] for row in page["revisions"]] == [3, 2, 1]
    assert [row["friendly_name"] for row in page["revisions"]] == ["Third", "Booking", "Booking"]
    assert {row["definition"] for row in page["revisions"]} == {None}
    assert page["meta"]["key"] == "revisions"
    assert get(fake, f"{revised}/Revisions/1")["commit_message"] == "one"


# -- test users -------------------------------------------------------------------------------------------------------


def test_test_users_are_replaced_as_a_whole(fake: FakeStudio) -> None:
    """The key is repeated for each."""
    url = create_flow(fake)["url"] + "/TestUsers"
    assert get(fake, url) == {"sid": url.split("/")[5], "test_users": [], "url": url}
    assert post(fake, url, TestUsers=[TO, FROM]) == get(fake, url)
    assert get(fake, url)["test_users"] == [TO, FROM]
    assert post(fake, url, TestUsers=FROM)["test_users"] == [FROM]
    assert get(fake, url)["test_users"] == [FROM]


def test_test_users_run_the_draft_and_others_what_is_published(fake: FakeStudio, revised: str) -> None:
    """As the Execution's flow_version shows."""
    post(fake, f"{revised}/TestUsers", TestUsers=TO)
    for contact, version in ((TO, 3), (FROM, 2)):
        assert post(fake, f"{revised}/Executions", 201, To=contact, From="+1555")["flow_version"] == version


# -- definitions ------------------------------------------------------------------------------------------------------

INVALID = [
    ({}, "#/initial_state", "required"),
    (definition(TRIGGER, GREET, initial_state="Start"), "#/initial_state", "'Start'"),
    (definition(TRIGGER, GREET, GREET), "#/states/2/name", "'greet' is the name of"),
    (definition(TRIGGER), "#/states/0/transitions/0/next", "'greet', which is no state"),
    ({**GOOD, "states": []}, "#/states", "has 0 items"),
    (definition(TRIGGER, {**GREET, "type": "send-mesage"}), "#/states/1/type", "did you mean 'send-message'"),
    (definition(TRIGGER, {**GREET, "properties": {"body": "Hi"}}), "#/states/1/properties/from", "is missing"),
    (definition(TRIGGER, {**GREET, "properties": 5}), "#/states/1/properties", "found 5"),
    ("[]", "#", "array found, object expected"),
    ("5", "#", "integer found, object expected"),
]


@pytest.mark.parametrize(("broken", "path", "words"), INVALID, ids=range(len(INVALID)))
def test_a_definition_that_breaks_a_rule_is_refused(broken: Any, path: str, words: str, fake: FakeStudio) -> None:
    """On create, update and Validate alike: 400 with details of each fault, and nothing changes."""
    url = create_flow(fake)["url"]
    form = {"FriendlyName": "x", "Status": "draft", "Definition": broken}
    for where in ("/v2/Flows", url, "/v2/Flows/Validate"):
        error = refused(fake, "POST", where, 400, 20001, **form)
        assert [*error] == ["code", "details", "message", "more_info", "status"]
        assert error["message"] == "Invalid Flow definition"
        fault = error["details"]["errors"][0]
        assert fault["property_path"] == path
        assert words in fault["message"]
        assert path in fake.calls[-1].why
    assert (len(fake.flows), get(fake, url)["revision"]) == (1, 1)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "{'initial_state': 'Trigger'}",
        "NaN",
        '{"initial_state": NaN}',
        "x" * 100_000,
        '{"initial_state": "Trigger", "x": 1e999}',
    ],
)
def test_a_definition_that_is_no_json_is_refused(text: str, fake: FakeStudio) -> None:
    """Python's own spellings are none."""
    url = create_flow(fake)["url"]
    form = {"FriendlyName": "x", "Status": "draft", "Definition": text}
    for where in ("/v2/Flows", url, "/v2/Flows/Validate"):
        error = refused(fake, "POST", where, 400, 20001, **form)
        assert "Definition: expected JSON" in error["message"]
        assert len(error["message"]) < 200


@pytest.mark.parametrize("depth", [90, 300, 900, 100_000])
@pytest.mark.parametrize("brackets", ["[]", "{}"])
def test_a_nested_definition_is_answered_at_any_depth(brackets: str, depth: int, fake: FakeStudio) -> None:
    """Taken or refused, and what was taken can be read again."""
    opening = "[" if brackets == "[]" else '{"a":'
    text = f'{{"initial_state": "Trigger", "x": {opening * depth}1{brackets[1] * depth}}}'
    response = call(fake, "POST", "/v2/Flows", FriendlyName="x", Status="draft", Definition=text)
    if depth == 90:
        assert get(fake, response.json()["url"])["definition"] == json.loads(text)
    else:
        assert response.status == 400


@pytest.mark.parametrize("value", [SMALLEST, GOOD, {**GOOD, "description": "Grüß dich ☎"}])
def test_validate_keeps_nothing(value: Any, fake: FakeStudio) -> None:
    """It says that the definition is valid, no more."""
    assert post(fake, "/v2/Flows/Validate", FriendlyName="x", Status="draft", Definition=value) == {"valid": True}
    assert not fake.flows


@pytest.mark.parametrize(
    ("where", "form", "missing"),
    [
        ("/v2/Flows", {}, "FriendlyName"),
        ("/v2/Flows", {"FriendlyName": "x", "Definition": SMALLEST}, "Status"),
        ("/v2/Flows", {"FriendlyName": "x", "Status": "draft"}, "Definition"),
        ("/v2/Flows", {"FriendlyName": "x", "Status": "", "Definition": SMALLEST}, "Status"),
        ("/v2/Flows/Validate", {"FriendlyName": "x", "Status": "draft"}, "Definition"),
        ("/v2/Flows/{sid}", {"FriendlyName": "x"}, "Status"),
        ("/v2/Flows/{sid}/TestUsers", {}, "TestUsers"),
    ],
)
def test_missing_parameters_are_named(where: str, form: dict[str, Any], missing: str, fake: FakeStudio) -> None:
    """The first of them, in the documented words."""
    error = refused(fake, "POST", where.format(sid=fake.add_flow().sid), 400, 20001, **form)
    assert error["message"] == f"Missing required parameter {missing} in the post body"
    assert "details" not in error


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"Status": "Published"}, "'Published' for parameter Status: expected one of draft, published"),
        ({"Status": "active"}, "for parameter Status"),
        ({"AuthorSid": "me"}, "'me' for parameter AuthorSid: expected a User SID"),
        ({"AuthorSid": sids.flow()}, "for parameter AuthorSid"),
    ],
)
def test_other_values_are_refused(form: dict[str, Any], words: str, fake: FakeStudio) -> None:
    """With the name of the parameter."""
    fields = {"FriendlyName": "x", "Status": "draft", "Definition": SMALLEST, **form}
    assert words in refused(fake, "POST", "/v2/Flows", 400, 20001, **fields)["message"]


def test_an_author_that_is_none_is_explained(fake: FakeStudio) -> None:
    """As other SIDs are."""
    flow = sids.flow()
    fields = {"FriendlyName": "x", "Status": "draft", "Definition": SMALLEST, "AuthorSid": flow}
    error = refused(fake, "POST", "/v2/Flows", 400, 20001, **fields)
    assert error["message"] == f"Invalid value '{flow}' for parameter AuthorSid: expected a User SID (US…)"
    assert fake.calls[-1].why == (
        f"'{flow}' is no User SID (US and 32 hexadecimal digits): it starts with 'FW', that of a Flow"
    )


def test_the_name_validate_belongs_to_no_flow(fake: FakeStudio) -> None:
    """Only POST answers there."""
    refused(fake, "GET", "/v2/Flows/Validate", 405, 20004)
    refused(fake, "DELETE", "/v2/Flows/Validate", 405, 20004)
    refused(fake, "GET", "/v1/Flows/Validate", 404, 20404)


def test_a_definition_that_is_no_json_is_refused_with_details(fake: FakeStudio) -> None:
    """As one that breaks a rule is."""
    error = refused(fake, "POST", "/v2/Flows", 400, 20001, FriendlyName="A", Status="draft", Definition="{")
    [fault] = error["details"]["errors"]
    assert fault["property_path"] == "#"
    assert fault["message"].startswith("is no JSON: ")
