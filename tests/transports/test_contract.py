"""Every transport answers every operation and every documented error as ``handle`` does."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import ssl
import warnings
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from contract import CASES, ERROR_CASES, OPERATION_CASES, Answer, Case, World, basic, directly, world

from pytest_studio import assert_conforms
from pytest_studio.operations import OPERATIONS


def by_requests(world: World, case: Case) -> Answer:
    """``requests``, through ``responses``."""
    with world.studio:
        answer = requests.request(
            case.method, case.url(world.ids), params=case.query, data=case.form, auth=case.auth(world.studio)
        )
    return answer.status_code, answer.content, dict(answer.headers)


def _by_http_client(world: World, case: Case, client: Any) -> Answer:
    return _read(_asked(world, case, client))


def _asked(world: World, case: Case, client: Any) -> Any:
    """What an HTTP client of the SDK returns, or something to await."""
    return client.request(
        case.method,
        case.url(world.ids),
        params=case.query or None,
        data=case.form or None,
        headers={},
        auth=case.auth(world.studio),
    )


def _read(answer: Any) -> Answer:
    return answer.status_code, answer.text.encode("utf-8", "replace"), dict(answer.headers)


def by_twilio_in_memory(world: World, case: Case) -> Answer:
    """The SDK's own seam."""
    pytest.importorskip("twilio")
    from pytest_studio.transports.twilio import StudioHttpClient

    return _by_http_client(world, case, StudioHttpClient(world.studio.handle))


def by_twilio_over_requests(world: World, case: Case) -> Answer:
    """The SDK's own HTTP client, unmodified."""
    http_client = pytest.importorskip("twilio.http.http_client")
    with world.studio:
        return _by_http_client(world, case, http_client.TwilioHttpClient())


def by_twilio_async_in_memory(world: World, case: Case) -> Answer:
    """The SDK's own seam, asynchronously."""
    pytest.importorskip("twilio")
    from pytest_studio.transports.twilio import AsyncStudioHttpClient

    answer = asyncio.run(_asked(world, case, AsyncStudioHttpClient(world.studio.handle)))
    return _read(answer)


def by_twilio_over_aiohttp(world: World, case: Case) -> Answer:
    """The SDK's own asynchronous HTTP client, unmodified."""
    http_client = pytest.importorskip("twilio.http.async_http_client")

    async def ask() -> Any:
        async with http_client.AsyncTwilioHttpClient() as client:
            return await _asked(world, case, client)

    with world.studio, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's own, of aiohttp's ``auth``
        answer = asyncio.run(ask())
    return _read(answer)


def _httpx_arguments(world: World, case: Case) -> dict[str, Any]:
    auth = case.auth(world.studio)
    form = {"data": case.form} if case.form else {}
    return {"method": case.method, "url": case.url(world.ids), "params": case.query or None, "auth": auth, **form}


def by_httpx(world: World, case: Case) -> Answer:
    """A plain client."""
    httpx = pytest.importorskip("httpx")
    with world.studio, httpx.Client() as client:
        answer = client.request(**_httpx_arguments(world, case))
    return answer.status_code, answer.content, dict(answer.headers)


def by_httpx_async(world: World, case: Case) -> Answer:
    """A plain asynchronous client."""
    httpx = pytest.importorskip("httpx")

    async def ask() -> Any:
        async with httpx.AsyncClient() as client:
            return await client.request(**_httpx_arguments(world, case))

    with world.studio:
        answer = asyncio.run(ask())
    return answer.status_code, answer.content, dict(answer.headers)


def by_the_ready_transport(world: World, case: Case) -> Answer:
    """``StudioTransport``; the studio is not active."""
    httpx = pytest.importorskip("httpx")
    from pytest_studio.transports.httpx import StudioTransport

    with httpx.Client(transport=StudioTransport(world.studio.handle)) as client:
        answer = client.request(**_httpx_arguments(world, case))
    return answer.status_code, answer.content, dict(answer.headers)


def by_aiohttp(world: World, case: Case) -> Answer:
    """A plain session."""
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("h11")
    auth = case.auth(world.studio)
    headers = {} if auth is None else {"Authorization": basic(auth)}

    async def ask() -> Answer:
        async with (
            aiohttp.ClientSession() as session,
            session.request(
                case.method, case.url(world.ids), params=case.query, data=_pairs(case.form), headers=headers
            ) as answer,
        ):
            return answer.status, await answer.read(), dict(answer.headers)

    with world.studio:
        return asyncio.run(ask())


def _pairs(form: dict[str, Any]) -> list[tuple[str, Any]] | None:
    """A form as aiohttp takes repeated names."""
    return [(k, v) for k, values in form.items() for v in (values if isinstance(values, list) else [values])] or None


def _over_a_connection(world: World, case: Case, connection: http.client.HTTPConnection) -> Answer:
    auth = case.auth(world.studio)
    headers = {"Host": "studio.twilio.com", "Content-Type": "application/x-www-form-urlencoded"}
    if auth is not None:
        headers["Authorization"] = basic(auth)
    query, form = urlencode(case.query, doseq=True), urlencode(case.form, doseq=True)
    path = case.url(world.ids).removeprefix("https://studio.twilio.com") + (f"?{query}" if query else "")
    with contextlib.closing(connection):
        connection.request(case.method, path, form or None, headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), dict(answer.getheaders())


def by_server(world: World, case: Case) -> Answer:
    """A socket, by a client that says ``Host: studio.twilio.com``; the studio is not active."""
    pytest.importorskip("h11")
    from pytest_studio.serving.server import StudioServer

    with StudioServer(world.studio) as server:
        return _over_a_connection(world, case, http.client.HTTPConnection(server.host, server.port, timeout=10))


def by_proxy(world: World, case: Case) -> Answer:
    """TLS through the proxy; the studio is not active."""
    pytest.importorskip("h11")
    pytest.importorskip("trustme")
    from pytest_studio.serving.proxy import StudioProxy

    with StudioProxy(world.studio) as proxy:
        trusting = ssl.create_default_context(cafile=proxy.ca_file)
        client = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=10, context=trusting)
        client.set_tunnel("studio.twilio.com")
        return _over_a_connection(world, case, client)


TRANSPORTS = [
    by_requests,
    by_twilio_in_memory,
    by_twilio_over_requests,
    by_twilio_async_in_memory,
    by_twilio_over_aiohttp,
    by_httpx,
    by_httpx_async,
    by_the_ready_transport,
    by_aiohttp,
    by_server,
    by_proxy,
]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def comparable(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    """An answer without what differs each time: how long it took."""
    status, body, headers = answer
    return status, body, {k.title(): v for k, v in headers.items() if k.lower() != "twilio-request-duration"}


@each_case
@pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda transport: transport.__name__)
def test_a_transport_changes_nothing(transport: Callable[[World, Case], Answer], case: Case) -> None:
    """Status, body and headers are those of the engine."""
    assert comparable(transport(world(), case)) == comparable(directly(world(), case))


#: Answers that are not the API's: a limit, a gateway's HTML, nothing, JSON that breaks off, a create that happened.
FAULTS: dict[str, dict[str, Any]] = {
    "429": {"status": 429},
    "429 with Retry-After": {"status": 429, "retry_after": 3},
    "500 without a code": {"status": 500},
    "502 with HTML": {"status": 502, "body": "<html><h1>Bad Gateway</h1></html>"},
    "503 with nothing": {"status": 503, "body": ""},
    "200 with JSON that breaks off": {"body": '{"sid": "FN'},
    "504 although it happened": {"status": 504, "applied": True},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda transport: transport.__name__)
def test_a_transport_changes_nothing_of_a_fault(transport: Callable[[World, Case], Answer], fault: str) -> None:
    """Whatever its body is; and the next call is well."""
    create = next(case for case in CASES if case.name == "v2.CreateExecution")
    seen, wanted = world(), world()
    for here in (seen, wanted):
        here.studio.fail("v2.CreateExecution", **FAULTS[fault])
    for _ in range(2):
        assert comparable(transport(seen, create)) == comparable(directly(wanted, create))
    assert len(seen.studio.executions) == len(wanted.studio.executions)


@each_case
def test_the_answer_is_the_documented_one(case: Case) -> None:
    """Status and error code are as documented, and the body conforms."""
    here = world()
    status, body, _ = directly(here, case)
    assert (status, json.loads(body).get("code") if status >= 400 else None) == (case.status, case.code)
    assert_conforms(case.method, case.url(here.ids), status, body)


def test_the_contract_leaves_no_operation_out() -> None:
    """All 39 operations are cases."""
    assert {case.name for case in OPERATION_CASES} == set(OPERATIONS)
    assert len(OPERATIONS) == 39
    assert {case.status for case in ERROR_CASES} == {400, 401, 404, 405, 409}
