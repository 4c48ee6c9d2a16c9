"""Requests, responses, urls and forms as plain data."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pytest_studio import Request, Response
from pytest_studio.wire import MAX_DEPTH, is_studio_host, is_twilio_host, parse_pairs, read_json, split_url


@pytest.mark.parametrize("headers", [{"Authorization": "x"}, {"authorization": "x"}, {b"AUTHORIZATION": b"x"}])
def test_headers_are_found_in_any_case(headers: Any) -> None:
    """And as bytes."""
    request = Request("get", "/", headers)
    assert request.method == "GET"
    assert request.header("Authorization") == "x"
    assert request.header("Accept") is None


@pytest.mark.parametrize(
    ("body", "raw"),
    [(None, b""), ("é", b"\xc3\xa9"), (b"\xff", b"\xff"), (bytearray(b"a"), b"a"), ("\ud800", b"\xed\xa0\x80")],
)
def test_bodies_become_bytes(body: Any, raw: bytes) -> None:
    """Text is UTF-8."""
    assert Request("POST", "/", None, body).body == raw


def test_a_response_reads_its_body() -> None:
    """As text and as JSON."""
    response = Response(200, {}, b'{"a": 1}')
    assert response.text == '{"a": 1}'
    assert response.json() == {"a": 1}
    with pytest.raises(ValueError, match="Expecting value"):
        Response(204, {}).json()


def test_requests_and_responses_show_no_body() -> None:
    """Their ``repr`` is short."""
    assert repr(Request("get", "/v2/Flows", None, "secret")) == "<Request GET /v2/Flows>"
    assert repr(Response(200, {}, b"secret")) == "<Response 200, 6 bytes>"


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://studio.twilio.com/v2/Flows?PageSize=1#x", ("studio.twilio.com", "/v2/Flows", "PageSize=1")),
        ("HTTPS://user:pw@Studio.Twilio.COM:443/v2", ("studio.twilio.com", "/v2", "")),
        ("https://studio.twilio.com", ("studio.twilio.com", "/", "")),
        ("/v2/Flows?a=b?c", ("", "/v2/Flows", "a=b?c")),
        ("//v2/Flows", ("", "//v2/Flows", "")),
        ("/v2?next=https://x/y", ("", "/v2", "next=https://x/y")),
        ("", ("", "/", "")),
        ("http://[::1", ("[", "/", "")),
    ],
)
def test_urls_are_split_without_failing(url: str, parts: tuple[str, str, str]) -> None:
    """Host, path and query; a bare path has no host."""
    assert split_url(url) == parts


@pytest.mark.parametrize(
    ("host", "studio", "twilio"),
    [
        ("studio.twilio.com", True, True),
        ("studio.ie1.twilio.com", True, True),
        ("studio.dublin.ie1.twilio.com", True, True),
        ("STUDIO.twilio.com.", True, True),
        ("api.twilio.com", False, True),
        ("twilio.com", False, True),
        ("a.studio.twilio.com", False, True),
        ("studio.a.b.c.twilio.com", False, True),
        ("studio.twilio.com.evil.example", False, False),
        ("studioxtwilio.com", False, False),
        ("nottwilio.com", False, False),
        ("", False, False),
    ],
)
def test_hosts_are_told_apart(host: str, studio: bool, twilio: bool) -> None:
    """Studio's own, in every region; other hosts of Twilio's; and all else."""
    assert (is_studio_host(host), is_twilio_host(host)) == (studio, twilio)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        (b"To=%2B1&Body=a+b&Empty=", [("To", "+1"), ("Body", "a b"), ("Empty", "")]),
        ("TestUsers=1&TestUsers=2", [("TestUsers", "1"), ("TestUsers", "2")]),
        (b"a=\xff&b=%ff", [("a", "\ufffd"), ("b", "\ufffd")]),
        (b"", []),
        ("&&", []),
    ],
)
def test_forms_are_read_in_order(text: Any, pairs: list[tuple[str, str]]) -> None:
    """With blanks kept and bad bytes replaced."""
    assert parse_pairs(text) == pairs


def nested(depth: int) -> str:
    """Arrays and objects in each other, that many in all."""
    return '[{"a":' * (depth // 2) + "[" * (depth % 2) + "1" + "]" * (depth % 2) + "}]" * (depth // 2)


@pytest.mark.parametrize(
    "text",
    ['{"a": [1, 2.5, "\\ud800", null, true]}', "5", '"["', "1e308", nested(MAX_DEPTH), "[" + "[]," * 999 + "{}]"],
)
def test_json_that_can_be_written_again_is_read(text: str) -> None:
    """However many brackets it has side by side or in texts."""
    assert read_json(text) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    ["", "{", "NaN", "[-Infinity]", "[1e999]", "-1e999", "9" * 5000, nested(MAX_DEPTH + 1), nested(900), nested(10**5)],
)
def test_json_that_cannot_be_written_again_is_refused(text: str) -> None:
    """A Definition that was taken must not fail when it is fetched."""
    with pytest.raises(ValueError, match=r"\w"):
        read_json(text)
