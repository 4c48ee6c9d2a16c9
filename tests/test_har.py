"""``studio.calls.to_har``: calls for other tools, without credentials."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from helpers import API, basic, call, create_flow, get

from pytest_studio import FakeStudio, Request
from pytest_studio.cli import main


def written(studio: FakeStudio, path: Path) -> list[dict[str, Any]]:
    """The entries of the studio's HAR file."""
    studio.calls.to_har(path)
    text = path.read_text(encoding="utf-8")
    assert text.endswith("}\n")
    log = json.loads(text)["log"]
    assert log["version"] == "1.2"
    assert log["creator"]["name"] == "pytest-studio"
    entries: list[dict[str, Any]] = log["entries"]
    return entries


def test_calls_are_written_and_conform(fake: FakeStudio, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Requests and answers in order; ``check`` reads them."""
    flow = create_flow(fake)
    call(fake, "POST", f"/v2/Flows/{flow['sid']}/Executions", To="+15550100001", From="+15550100002")
    get(fake, f"/v2/Flows/{flow['sid']}/Executions", PageSize=5)
    call(fake, "GET", "/v2/Nothing")
    entries = written(fake, tmp_path / "calls.har")
    assert [(entry["request"]["method"], entry["response"]["status"]) for entry in entries] == [
        ("POST", 201), ("POST", 201), ("GET", 200), ("GET", 404),
    ]  # fmt: skip
    assert entries[2]["request"]["queryString"] == [{"name": "PageSize", "value": "5"}]
    assert {"name": "To", "value": "+15550100001"} in entries[1]["request"]["postData"]["params"]
    assert json.loads(entries[0]["response"]["content"]["text"]) == flow
    assert main(["check", str(tmp_path / "calls.har")]) == 0
    assert capsys.readouterr().out == "1 file, 4 exchanges, 4 conform, 0 do not, 0 of other hosts\n"


def test_what_was_written_can_be_loaded(fake: FakeStudio, tmp_path: Path) -> None:
    """Into another studio: the same Flow, the same Execution with what started it."""
    flow = create_flow(fake)
    path = f"/v2/Flows/{flow['sid']}/Executions"
    call(fake, "POST", path, To="+15550100001", From="+15550100002", Parameters={"name": "Zoë"})
    fake.calls.to_har(tmp_path / "calls.har")
    other = FakeStudio(env=False)
    other.load(tmp_path / "calls.har")
    (run,) = other.executions.values()
    (original,) = fake.executions.values()
    assert (run.sid, run.to, run.from_, run.parameters) == (
        original.sid, "+15550100001", "+15550100002", {"name": "Zoë"},
    )  # fmt: skip
    assert get(other, path)["executions"][0]["sid"] == run.sid


def test_credentials_are_left_out(fake: FakeStudio, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From headers, urls and forms; ``check`` has none to warn of."""
    token = fake.auth_token
    url = f"https://{fake.account_sid}:{token}@studio.twilio.com/v2/Flows?AuthToken={token}&PageSize=2"
    headers = {**basic(fake.account_sid, token), "Cookie": f"a={token}", "X-Twilio-Signature": token}
    fake.handle(Request("GET", url, headers))
    form = {**basic(fake.api_key.sid, fake.api_key.secret), "Content-Type": "application/x-www-form-urlencoded"}
    fake.handle(Request("POST", f"{API}/v2/Flows", form, f"FriendlyName=A&ApiKeySecret={fake.api_key.secret}"))
    fake.handle(
        Request("POST", f"{API}/v2/Flows", {"Content-Type": "application/json", "Authorization": f"Bearer {token}"})
    )
    fake.calls.to_har(tmp_path / "calls.har")
    text = (tmp_path / "calls.har").read_text()
    for secret in (token, fake.api_key.secret, basic(fake.account_sid, token)["Authorization"].split()[1]):
        assert secret not in text
    assert "PageSize=2" in text
    assert main(["check", str(tmp_path / "calls.har")]) == 0
    assert "warning" not in capsys.readouterr().out


def test_own_credentials_are_left_out_of_all_parts(fake: FakeStudio, tmp_path: Path) -> None:
    """Paths, queries, headers, forms, JSON in forms, answers; of slices as well."""
    token, secret = fake.auth_token, fake.api_key.secret
    known = basic(fake.account_sid, token)
    run = fake.add_execution(context={"widgets": {"ask": {"token": token, "text": f"it is {secret}", "n": 1}}})
    get(fake, f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}/Context")
    fake.handle(Request("GET", f"{API}/v2/{token}?Tag={secret}&{token}=1#{token}", {**known, "X-Note": f"a {token}"}))
    nested = json.dumps({"password": "opensesame", "name": "Ada", "key": token})
    path = f"/v2/Flows/{run.flow_sid}/Executions"
    call(fake, "POST", path, To="+15550100001", From="+15550100002", Parameters=nested)
    fake.fail("v2.ListFlow", status=500, body=b"\xff" + token.encode())
    call(fake, "GET", "/v2/Flows")
    entries = written(fake, tmp_path / "calls.har")
    fake.calls[1:].to_har(tmp_path / "some.har")
    raw = [base64.b64decode(entries[3]["response"]["content"]["text"]).decode("latin-1")]
    raw += [(tmp_path / name).read_text() for name in ("calls.har", "some.har")]
    assert [word for word in (token, secret, "opensesame") for text in raw if word in text] == []
    context = json.loads(entries[0]["response"]["content"]["text"])["context"]
    assert context["widgets"]["ask"] == {"token": "[REDACTED]", "text": "it is [REDACTED]", "n": 1}
    assert raw[0] == "\xff[REDACTED]"
    sent = {each["name"]: each["value"] for each in entries[2]["request"]["postData"]["params"]}
    assert json.loads(sent["Parameters"]) == {"password": "[REDACTED]", "name": "Ada", "key": "[REDACTED]"}


@pytest.mark.parametrize("kind", ["application/json", "application/vnd.api+json", "", "text/plain"])
@pytest.mark.parametrize(
    ("body", "left"),
    [
        (
            '{"name": "Ada", "inner": [{"api_key": "opensesame"}]}',
            '{"name": "Ada", "inner": [{"api_key": "[REDACTED]"}]}',
        ),
        ('{"name": "Ada", "client_secret": "opensesame", "cut', '{"name": "Ada", "client_secret": "[REDACTED]", "cut'),
        ('{"odd":  "spaces"}', '{"odd":  "spaces"}'),
    ],
)
def test_bodies_of_json_are_cleaned_by_their_names(
    fake: FakeStudio, tmp_path: Path, kind: str, body: str, left: str
) -> None:
    """Whatever they say they are, whole or broken off; what has nothing to hide stays as it was."""
    headers = {**basic(fake.account_sid, fake.auth_token), **({"Content-Type": kind} if kind else {})}
    fake.handle(Request("POST", f"{API}/v2/Flows", headers, body))
    (entry,) = written(fake, tmp_path / "calls.har")
    assert entry["request"]["postData"]["text"] == left


def test_calls_without_an_answer_say_so(fake: FakeStudio, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Status 0 and why; ``check`` counts them, and that it had nothing to check."""
    fake.note_refusal("CONNECT", "https://api.twilio.com/", "no studio answers for api.twilio.com")
    fake.fail("v2.ListFlow", exception="timeout")
    call(fake, "GET", "/v2/Flows")
    refused, lost = written(fake, tmp_path / "calls.har")
    assert refused["response"]["status"] == lost["response"]["status"] == 0
    assert "api.twilio.com" in refused["comment"]
    assert lost["comment"]
    assert main(["check", str(tmp_path / "calls.har")]) == 2
    assert "2 without an answer" in capsys.readouterr().out


def test_odd_bodies_are_kept(fake: FakeStudio, tmp_path: Path) -> None:
    """Bytes that are no text, of requests and answers."""
    fake.fail("v2.ListFlow", status=500, body=b"\xff\x00")
    fake.handle(Request("GET", "/v2/Flows", basic(fake.account_sid, fake.auth_token), b"\xff\xfe"))
    (entry,) = written(fake, tmp_path / "calls.har")
    assert entry["request"]["url"] == f"{API}/v2/Flows"
    assert entry["response"]["content"]["encoding"] == "base64"
