"""Who may ask: Basic credentials, the API key, bearer tokens."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from helpers import basic, call, get

from pytest_studio import FakeStudio, InvalidSid, Request, sids


def ask(studio: FakeStudio, headers: dict[Any, Any], path: str = "/v2/Flows") -> Any:
    """The answer to a request with these headers."""
    return studio.handle(Request("GET", path, headers))


def test_the_accounts_own_credentials_are_good(fake: FakeStudio) -> None:
    """In the header's usual form, however it is spelt."""
    headers = basic(fake.account_sid, fake.auth_token)
    encoded = headers["Authorization"].partition(" ")[2]
    for header in (headers, {"authorization": f"basic {encoded}"}, {b"Authorization": f"BASIC {encoded}".encode()}):
        assert ask(fake, header).status == 200


def test_the_api_key_is_good(fake: FakeStudio) -> None:
    """The account is not in the url, so the key stands for it."""
    assert sids.is_valid(fake.api_key.sid, "SK")
    flow = fake.add_flow()
    found = ask(fake, basic(fake.api_key.sid, fake.api_key.secret), f"/v2/Flows/{flow.sid}")
    assert found.json()["account_sid"] == fake.account_sid


def test_a_bearer_token_is_good(fake: FakeStudio) -> None:
    """Any, as long as there is one."""
    assert ask(fake, {"Authorization": "Bearer eyJhbGciOi"}).status == 200
    assert ask(fake, {"Authorization": "Bearer "}).status == 401


def test_given_credentials_are_taken() -> None:
    """An account SID must be one."""
    sid = "AC" + "1" * 32
    studio = FakeStudio(sid, "token:with:colons")
    assert (studio.account_sid, studio.auth_token) == (sid, "token:with:colons")
    assert ask(studio, basic(sid, "token:with:colons")).status == 200
    with pytest.raises(InvalidSid):
        FakeStudio("FW" + "1" * 32)
    with pytest.raises(TypeError, match="auth_token is a text, not int"):
        FakeStudio(auth_token=5)  # type: ignore[arg-type]


def test_missing_credentials_are_refused(fake: FakeStudio) -> None:
    """As api.twilio.com does it, with a detail."""
    for headers in ({}, {"Authorization": ""}):
        response = ask(fake, headers)
        assert response.status == 401
        assert response.json() == {
            "code": 20003,
            "detail": "Your AccountSid or AuthToken was incorrect.",
            "message": "Authentication Error - No credentials provided",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }
    assert "no credentials came; pass studio.account_sid" in fake.calls[-1].why


WRONG = {
    "another account": lambda fake: (basic(sids.account(), fake.auth_token), "Authentication Error - invalid username"),
    "no user": lambda fake: (basic("", fake.auth_token), "Authentication Error - invalid username"),
    "wrong token": lambda fake: (basic(fake.account_sid, "wrong"), "Authenticate"),
    "token in capitals": lambda fake: (basic(fake.account_sid, fake.auth_token.upper() + "A"), "Authenticate"),
    "empty token": lambda fake: (basic(fake.account_sid, ""), "Authenticate"),
    "key's secret": lambda fake: (basic(fake.account_sid, fake.api_key.secret), "Authenticate"),
    "token for the key": lambda fake: (basic(fake.api_key.sid, fake.auth_token), "Authenticate"),
    "no colon": lambda fake: ({"Authorization": "Basic " + base64.b64encode(b"abc").decode()}, "Authenticate"),
    "no base64": lambda fake: ({"Authorization": "Basic ~~~"}, "Authenticate"),
    "no UTF-8": lambda fake: ({"Authorization": "Basic " + base64.b64encode(b"\xff:\xff").decode()}, "Authenticate"),
    "no ASCII": lambda fake: ({"Authorization": "Basic ☎"}, "Authenticate"),
    "scheme only": lambda fake: ({"Authorization": "Basic"}, "Authenticate"),
    "another scheme": lambda fake: ({"Authorization": "Digest x"}, "Authenticate"),
    "plain": lambda fake: ({"Authorization": f"{fake.account_sid}:{fake.auth_token}"}, "Authenticate"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_credentials_are_refused(case: str, fake: FakeStudio) -> None:
    """401 with code 20003 on every path; the report says what to pass, and never a secret."""
    headers, message = WRONG[case](fake)
    flow = fake.add_flow()
    for path in ("/v2/Flows", f"/v2/Flows/{flow.sid}", "/nowhere"):
        response = ask(fake, headers, path)
        error = response.json()
        assert (response.status, error["code"], error["message"]) == (401, 20003, message)
        assert not {"type", "title"} & error.keys()
        why = fake.calls[-1].why
        assert f"pass studio.account_sid ({fake.account_sid}) and studio.auth_token" in why
        for secret in (fake.auth_token, fake.api_key.secret, "wrong"):
            assert f"{secret!r}" not in why


def test_the_report_says_which_user_came(fake: FakeStudio) -> None:
    """And which of the two secrets was wrong."""
    ask(fake, basic("me", "x"))
    assert "user 'me' came, which this studio does not know" in fake.calls[-1].why
    ask(fake, basic(fake.account_sid, "x"))
    assert f"user '{fake.account_sid}' came with a wrong auth token" in fake.calls[-1].why
    ask(fake, basic(fake.api_key.sid, "x"))
    assert "came with a wrong API key's secret" in fake.calls[-1].why


def test_refused_requests_change_nothing(fake: FakeStudio) -> None:
    """They are noted with their operation."""
    run = fake.add_execution()
    response = fake.handle(Request("DELETE", run.url, basic("me", "x")))
    assert response.status == 401
    assert fake.calls[-1].operation == "v2.DeleteExecution"
    assert fake.calls[-1].params == {"FlowSid": run.flow_sid, "Sid": run.sid}
    assert get(fake, run.url)["status"] == "active"


def test_good_credentials_stay_good_after_bad_ones(fake: FakeStudio) -> None:
    """However many came."""
    for number in range(100):
        assert ask(fake, basic(fake.account_sid, f"x{number}")).status == 401
        assert ask(fake, {"Authorization": f"Bearer {number}"}).status == 200
    assert call(fake, "GET", "/v2/Flows").status == 200


def test_knows_tells_whose_credentials_they_are(fake: FakeStudio) -> None:
    """Of several studios, the one that knows them answers."""
    mine = basic(fake.account_sid, fake.auth_token)["Authorization"]
    assert fake.knows(mine)
    assert not FakeStudio().knows(mine)
    assert not fake.knows(None)
