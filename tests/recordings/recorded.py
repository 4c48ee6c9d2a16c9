"""What the tests of recordings share: entries as recorders write them, from exchanges with a studio."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

SAMPLES = Path(__file__).parent / "samples"
FLOWS = "https://studio.twilio.com/v2/Flows"
#: Credentials that no output may have in it.
TOKEN, PASSWORD, SIGNATURE, COOKIE = "0123456789abcdef0123456789abcdef", "hunter2-secret", "c2lnbmF0dXJl", "cookie-1234"


def flow(**changes: Any) -> dict[str, Any]:
    """A Flow as v2 sends it."""
    sid = "FW" + "1" * 32
    url = f"{FLOWS}/{sid}"
    return {
        "sid": sid,
        "account_sid": "AC" + "5" * 32,
        "definition": {"initial_state": "Trigger"},
        "friendly_name": "Booking",
        "status": "published",
        "revision": 1,
        "commit_message": None,
        "valid": True,
        "errors": [],
        "warnings": [],
        "date_created": "2026-01-10T08:00:00Z",
        "date_updated": None,
        "webhook_url": f"https://webhooks.twilio.com/v1/Accounts/{'AC' + '5' * 32}/Flows/{sid}",
        "url": url,
        "links": {"test_users": f"{url}/TestUsers", "revisions": f"{url}/Revisions", "executions": f"{url}/Executions"},
        **changes,
    }


def entry(
    body: Any,
    url: str = FLOWS + "/FW" + "1" * 32,
    method: str = "GET",
    status: int = 200,
    *,
    sent: Any = None,
    headers: dict[str, Any] | None = None,
    response_headers: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """One interaction of vcrpy; a body that is neither text nor bytes is written as JSON."""
    text = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return {
        "request": {"method": method, "uri": url, "body": sent, "headers": headers or {}},
        "response": {
            "status": {"code": status, "message": "OK"},
            "headers": response_headers or {},
            "body": {"string": text},
        },
    }


def cassette(*entries: dict[str, Any]) -> str:
    """A cassette of vcrpy's JSON serializer."""
    return json.dumps({"version": 1, "interactions": list(entries)})


def leaky(body: Any) -> dict[str, Any]:
    """An interaction with a credential in each place that has one."""
    basic = base64.b64encode(f"AC{'5' * 32}:{TOKEN}".encode()).decode()
    return entry(
        body,
        f"https://user:{PASSWORD}@studio.twilio.com/v2/Flows/FW{'1' * 32}?AuthToken={TOKEN}",
        headers={"Authorization": [f"Basic {basic}"], "X-Twilio-Signature": [SIGNATURE]},
        response_headers={"Set-Cookie": [f"session={COOKIE}; Path=/"]},
    )
