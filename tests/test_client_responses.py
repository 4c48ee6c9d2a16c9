"""``assert_conforms`` takes the responses of each client library."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from helpers import basic

from pytest_studio import ConformanceError, FakeStudio, assert_conforms
from pytest_studio.client_responses import exchange_of

FLOWS = "https://studio.twilio.com/v2/Flows"


@pytest.fixture
def active() -> Iterator[FakeStudio]:
    """An active studio with a Flow."""
    with FakeStudio() as studio:
        studio.add_flow()
        yield studio


def test_requests(active: FakeStudio) -> None:
    """Method, url, status and body."""
    answer = requests.get(FLOWS, auth=(active.account_sid, active.auth_token), timeout=5)
    assert exchange_of(answer) == ("GET", FLOWS, 200, answer.content)
    assert_conforms(answer)


def test_httpx(active: FakeStudio) -> None:
    """A response that has been read."""
    httpx = pytest.importorskip("httpx")
    answer = httpx.get(FLOWS, auth=(active.account_sid, active.auth_token))
    assert exchange_of(answer) == ("GET", FLOWS, 200, answer.content)
    assert_conforms(answer)


def test_aiohttp(active: FakeStudio) -> None:
    """A response that has been read; one that has not says how."""
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("h11")

    async def fetch() -> None:
        headers = basic(active.account_sid, active.auth_token)
        async with aiohttp.ClientSession(headers=headers) as session:
            async with session.get(FLOWS, params={"PageSize": 5}) as answer:
                with pytest.raises(TypeError, match=r"await response\.read\(\) first"):
                    assert_conforms(answer)
                body = await answer.read()
            assert exchange_of(answer) == ("GET", f"{FLOWS}?PageSize=5", 200, body)
            assert_conforms(answer)
            answer._body = b'{"flows": []}'
            with pytest.raises(ConformanceError, match="/meta"):
                assert_conforms(answer)

    asyncio.run(fetch())


def clients(studio: FakeStudio) -> list[Any]:
    """The SDK's client as it is, and ours."""
    pytest.importorskip("twilio")
    from twilio.rest import Client

    from pytest_studio.transports import twilio

    return [
        Client(studio.account_sid, studio.auth_token),
        twilio.client(studio.handle, studio.account_sid, studio.auth_token),
    ]


def test_the_http_client_of_the_sdk(active: FakeStudio) -> None:
    """It keeps its last request and answer; ours as well."""
    for client in clients(active):
        with pytest.raises(TypeError, match="no answer yet"):
            assert_conforms(client.http_client)
        client.studio.v2.flows.list()
        method, url, status, body = exchange_of(client.http_client)
        assert (method, url.partition("?")[0], status) == ("GET", FLOWS, 200)
        assert json.loads(body)["meta"]["key"] == "flows"
        assert_conforms(client.http_client)
        client.http_client._test_only_last_response.content = "{}"
        with pytest.raises(ConformanceError):
            assert_conforms(client.http_client)


def test_what_the_sdk_returns_with_http_info(active: FakeStudio) -> None:
    """As long as its client made no other call; then it says what to pass."""
    for client in clients(active):
        flow = client.studio.v2.flows(next(iter(active.flows)))
        if not hasattr(flow, "fetch_with_http_info"):
            pytest.skip("this release of twilio has no …_with_http_info")
        answer = flow.fetch_with_http_info()
        assert exchange_of(answer)[1].startswith(FLOWS)
        assert_conforms(answer)
        client.studio.v2.flows.list()
        with pytest.raises(TypeError, match=r"pass client\.http_client right after the call"):
            assert_conforms(answer)


def test_a_bare_response_of_the_sdk_says_what_to_pass(active: FakeStudio) -> None:
    """It has neither method nor url."""
    (client, _) = clients(active)
    client.studio.v2.flows.list()
    with pytest.raises(TypeError, match=r"pass client\.http_client right after the call"):
        assert_conforms(client.http_client._test_only_last_response)


@pytest.mark.parametrize("value", [None, 5, object(), "GET", ("GET", FLOWS), ("GET", FLOWS, "200", {})])
def test_what_is_no_response_is_refused(value: Any) -> None:
    """With what would be one."""
    with pytest.raises(TypeError, match="assert_conforms takes a response of requests, httpx or aiohttp"):
        assert_conforms(value)
