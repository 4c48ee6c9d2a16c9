"""What a recorded exchange says: faults, drift, placeholders, and never a credential."""

from __future__ import annotations

import json
from typing import Any

import pytest
from recorded import COOKIE, FLOWS, PASSWORD, SIGNATURE, TOKEN, entry, flow, leaky

from pytest_studio.recordings.checking import Finding, Other, judged
from pytest_studio.recordings.entries import exchange_in
from pytest_studio.recordings.exchange import Item
from pytest_studio.recordings.placeholders import found_in, is_placeholder, stand_in

SID = "FW" + "1" * 32


def judge(recorded: dict[str, Any], **options: Any) -> Finding:
    """The finding of one interaction."""
    exchange = exchange_in(Item("interactions", 1, recorded), 1)
    assert exchange is not None
    found = judged(exchange, **options)
    assert isinstance(found, Finding)
    return found


def test_what_conforms_has_nothing_said_of_it() -> None:
    """A Flow as documented."""
    found = judge(entry(flow()))
    assert found.conforms
    assert (found.schema, found.drift, found.placeholders, found.credentials) == ("v2/flow", [], {}, [])
    assert found.title == "GET /v2/Flows/{Sid} -> 200"


@pytest.mark.parametrize(
    ("recorded", "pointer"),
    [
        (entry(flow(status="gone")), "/status"),
        (entry(flow(sid="FW1")), "/sid"),
        (entry('{"sid": '), ""),
        (entry(""), ""),
        (entry(flow(), status=302), ""),
        (entry(flow(), method="PATCH"), ""),
        (entry("<html><p>busy</p></html>", status=503), ""),
        (entry("left over", method="DELETE", status=204), ""),
    ],
)
def test_what_departs_is_a_fault(recorded: dict[str, Any], pointer: str) -> None:
    """With its place."""
    assert [fault.pointer for fault in judge(recorded).faults] == [pointer]


def test_unknown_properties_are_drift_and_no_fault() -> None:
    """Unless they are allowed; then they are nothing."""
    found = judge(entry(flow(mood="good")))
    assert found.conforms
    assert [fault.pointer for fault in found.drift] == ["/mood"]
    assert judge(entry(flow(mood="good")), allow_unknown=True).drift == []


@pytest.mark.parametrize(
    ("recorded", "answered"),
    [
        (entry("<html>", "https://api.example.com/v2/Flows"), True),
        (entry({}, "https://api.twilio.com/2010-04-01/Accounts.json"), True),
        (entry("", status=0), False),
        (entry("", method="OPTIONS"), True),
    ],
)
def test_what_is_not_of_the_api_is_only_counted(recorded: dict[str, Any], answered: bool) -> None:
    """Other hosts, requests that were not answered, a browser's question before a request."""
    exchange = exchange_in(Item("interactions", 1, recorded), 1)
    assert exchange is not None
    found = judged(exchange)
    assert isinstance(found, Other)
    assert found.answered is answered


PLACEHOLDERS = [
    "<FLOW_SID>", "<flow_sid>", "{{sid}}", "${SID}", "<%= sid %>", "[REDACTED]", "FILTERED", "***", "TWILIO_FLOW_SID",
    "FWxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "FWXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "FW***", "__FLOW_SID__", "FW<SID>",
]  # fmt: skip


@pytest.mark.parametrize("mark", PLACEHOLDERS)
def test_a_placeholder_is_told_as_such_and_once(mark: str) -> None:
    """Wherever the SID stood: in the request, in fields, in each url."""
    body = json.loads(json.dumps(flow(definition=None)).replace(SID, mark))
    found = judge(entry(body, f"{FLOWS}/{mark}"))
    assert found.conforms, found.faults
    assert list(found.placeholders) == [mark]


def test_several_placeholders_are_told_apart() -> None:
    """Each with its places."""
    body = flow(sid="<FLOW>", account_sid="<ACCOUNT>", revision="<N>", links="<LINKS>")
    found = judge(entry(body))
    assert found.placeholders == {
        "<FLOW>": ["/sid"],
        "<ACCOUNT>": ["/account_sid"],
        "<N>": ["/revision"],
        "<LINKS>": ["/links"],
    }
    assert found.conforms


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"status": "gone"}, "/status"),
        ({"url": "https://studio.twilio.com/v1/Flows/<FLOW>"}, "/url"),
        ({"url": "https://example.com/v2/Flows/<FLOW>"}, "/url"),
        ({"sid": "FNxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}, "/sid"),
    ],
)
def test_beside_a_placeholder_the_rest_is_still_judged(change: dict[str, Any], pointer: str) -> None:
    """A url by what else is in it, a masked SID by its prefix."""
    found = judge(entry(flow(**{"account_sid": "<ACCOUNT>", **change})))
    assert [fault.pointer for fault in found.faults] == [pointer]
    assert "<ACCOUNT>" in found.placeholders


@pytest.mark.parametrize("body", ["<BODY>", json.dumps(flow(revision="@")).replace('"@"', "<REVISION>")])
def test_a_placeholder_may_stand_bare_in_json(body: str) -> None:
    """As a whole body, or as a value without quotes."""
    found = judge(entry(body))
    assert found.conforms
    assert len(found.placeholders) == 1


@pytest.mark.parametrize(
    "text", ["active", "Booking", "2017-11-06T12:00:00Z", SID, "a@b.c", "1", "ACTIVE", "it is 1 < 2", "<html>"]
)
def test_plain_values_are_no_placeholders(text: str) -> None:
    """Words, SIDs and dates."""
    assert not is_placeholder(text)
    assert found_in(text) == []


def test_a_stand_in_fits_its_place() -> None:
    """By the path before it, or the prefix that was left."""
    url = f"{FLOWS}/<A>/Executions/{{{{b}}}}/Steps/FTxxxxxxxx/Context"
    zeros = "0" * 32
    assert stand_in(url) == f"{FLOWS}/FW{zeros}/Executions/FN{zeros}/Steps/FT{zeros}/Context"
    assert stand_in("<ANYTHING>") is None


def everything_told(found: Finding) -> str:
    """All texts of a finding."""
    return repr(found) + found.answer + found.title


SECRETS = (TOKEN, PASSWORD, SIGNATURE, COOKIE)


@pytest.mark.parametrize(
    "body",
    [
        flow(),
        flow(status=f"token {TOKEN}"),
        flow(auth_token=TOKEN),
        flow(auth_token=TOKEN * 20),
        flow(url=f"https://user:{PASSWORD}@studio.twilio.com/v2/Flows/{SID}"),
        flow(**{TOKEN: 1}),
        f"<html>{TOKEN}{PASSWORD}",
        {"code": TOKEN, "message": {"x": SIGNATURE}, "links": [COOKIE]},
    ],
)
def test_a_credential_is_never_told(body: Any) -> None:
    """Neither where it belongs, nor where it came again, nor in part."""
    found = judge(leaky(body))
    told = everything_told(found)
    assert not [secret for secret in SECRETS if secret in told or secret[:12] in told]
    assert {where for where in found.credentials if "auth_token" not in where} == {
        "the request header Authorization",
        "the request header X-Twilio-Signature",
        "the response header Set-Cookie",
        "the user in the url",
        "AuthToken in the url",
    }


@pytest.mark.parametrize("written", ["s3cr3t%2Fwith%2Bescapes", "s3cr3t%2fwith%2bescapes", "s3cr3t/with%2Bescapes"])
def test_a_credential_is_not_told_as_it_is_escaped_in_the_url(written: str) -> None:
    """However it was written there."""
    found = judge(entry(flow(status="s3cr3t/with+escapes"), f"{FLOWS}/{SID}?AuthToken={written}&PageSize=5"))
    assert "s3cr3t" not in everything_told(found)
    assert found.url.endswith("?AuthToken=[REDACTED]&PageSize=5")


def test_a_credential_in_a_body_that_breaks_off_is_not_told() -> None:
    """By its name, though the body is no JSON."""
    found = judge(entry('{"auth_token": "s3cr3t-token", "status": '))
    assert "s3cr3t" not in everything_told(found)
    assert found.credentials == ["auth_token in the response body"]


def test_credentials_of_other_hosts_are_warned_of() -> None:
    """They are in the same file."""
    recorded = entry("", "https://api.example.com/", headers={"Authorization": f"Bearer {TOKEN}"})
    exchange = exchange_in(Item("interactions", 1, recorded), 1)
    assert exchange is not None
    found = judged(exchange)
    assert found.credentials == ["the request header Authorization"]
    assert TOKEN not in repr(found)


@pytest.mark.parametrize("value", ["<AUTH>", "Basic <AUTH>", "FILTERED", "***", "", "DUMMY", "Bearer [REDACTED]"])
def test_a_filtered_credential_is_none(value: str) -> None:
    """The recorder has done its work."""
    assert judge(entry(flow(), headers={"Authorization": [value]})).credentials == []


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (f"To=%2B1&AuthToken={TOKEN}", "AuthToken"),
        ({"client_secret": TOKEN}, "client_secret"),
        ([{"deep": {"apiKeySecret": TOKEN}}], "apiKeySecret"),
        (json.dumps({"client_secret": TOKEN}), "client_secret"),
        (json.dumps({"client_secret": TOKEN, "cut": 1})[:-5].encode(), "client_secret"),
    ],
)
def test_credentials_in_a_request_body_are_found(sent: Any, name: str) -> None:
    """By their names, in forms and in JSON."""
    assert judge(entry(flow(), sent=sent)).credentials == [f"{name} in the request body"]


def test_a_payload_that_is_nested_very_deeply_is_a_fault_like_others() -> None:
    """Nothing gives way under it."""
    deep: Any = "x"
    for _ in range(600):
        deep = [deep]
    found = judge(entry(flow(status=deep, auth_token=TOKEN)))
    assert [fault.pointer for fault in found.faults] == ["/status"]
    assert TOKEN not in repr(found)


def test_a_stand_in_for_a_revision_and_for_a_host() -> None:
    """Neither has a SID."""
    assert stand_in(f"{FLOWS}/{SID}/Revisions/<REVISION>") == f"{FLOWS}/{SID}/Revisions/1"
    assert stand_in("<HOST>/v2/Flows") == FLOWS


def test_a_placeholder_within_a_list_is_stood_in_for() -> None:
    """The rest of the page is judged."""
    page = {
        "meta": {
            "page": 0,
            "page_size": 50,
            "first_page_url": f"{FLOWS}?PageSize=50&Page=0",
            "previous_page_url": None,
            "next_page_url": None,
            "key": "flows",
            "url": f"{FLOWS}?PageSize=50&Page=0",
        },
        "flows": [
            {
                name: value
                for name, value in flow(sid="<SID>").items()
                if name not in ("definition", "errors", "warnings")
            }
        ],
    }
    found = judge(entry(page, FLOWS))
    assert "<SID>" in str(found.placeholders)
    assert "/flows/0/sid" not in [fault.pointer for fault in found.faults]


def test_bare_words_that_make_no_json_are_a_fault() -> None:
    """Whether or not one of them is a placeholder."""
    assert [fault.pointer for fault in judge(entry('{"sid": <SID>, "status": }')).faults] == [""]


def test_a_body_that_nothing_here_unpacks_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is counted, with what would unpack it; one that breaks off is a fault."""
    from pytest_studio.recordings import bodies

    monkeypatch.setattr(bodies, "_first", lambda *names: None)
    found = judge(entry(b"\x0b\x02\x80{}\x03", response_headers={"Content-Encoding": "br"}))
    assert "pip install brotli" in str(found.unchecked)
    assert found.faults == []
    broken = judge(entry(b"\x1f\x8b\xff\xff", response_headers={"Content-Encoding": "gzip"}))
    assert [(fault.pointer, "a body that can be read" in str(fault.expected)) for fault in broken.faults] == [
        ("", True)
    ]


def test_basic_credentials_that_are_none_are_told_and_harmless_ones_are_not() -> None:
    """A recorder may have filtered the password alone."""
    for value, told in (("Basic hunter2!secret", 1), ("Basic " + "QUM6KioqKg==", 0)):
        assert len(judge(entry(flow(), headers={"Authorization": value})).credentials) == told, value
