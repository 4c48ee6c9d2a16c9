"""A request through each client library, beside that library's own best peer.

Run: ``python benchmarks/clients.py`` (a minute). ``benchmarks/fetch.py`` has ``requests``, ``server.py`` the server.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import httpx
from _common import budget, compare, peer, step, verdict

from pytest_studio import FakeStudio
from pytest_studio.transports.httpx import StudioTransport
from pytest_studio.transports.twilio import async_client, client

STEP = step(7)
STUDIO = FakeStudio(seed=1, env=False)
STORED = STUDIO.add_steps(STUDIO.add_execution(), 1000)[500]
URL = STORED.url
PASSWORD = f"{STUDIO.account_sid}:{STUDIO.auth_token}".encode()
HEADERS = {"Authorization": "Basic " + base64.b64encode(PASSWORD).decode()}

Case = Callable[[int], Any]


def httpx_case(transport: httpx.BaseTransport | None = None) -> Case:
    """Fetches with one ``httpx.Client``."""
    session = httpx.Client(transport=transport)

    def case(count: int) -> None:
        with STUDIO:
            for _ in range(count):
                answer = session.get(URL, headers=HEADERS)
        assert answer.json()["sid"] in (STORED.sid, STEP["sid"]), answer.text

    return case


def static(request: httpx.Request) -> httpx.Response:
    """The same Step, whatever is asked."""
    return httpx.Response(200, json=STEP)


def respx_case(count: int) -> None:
    """A route of ``respx``."""
    import respx

    with respx.mock(assert_all_called=False) as mock:
        mock.get(URL).respond(json=STEP)
        session = httpx.Client()
        for _ in range(count):
            assert session.get(URL, headers=HEADERS).json()["sid"] == STEP["sid"]


def coroutine(work: Callable[[int], Awaitable[None]]) -> Case:
    """A case that runs in an event loop of its own."""
    return lambda count: asyncio.run(work(count))  # type: ignore[arg-type]


async def by_httpx_async(count: int) -> None:
    """One ``httpx.AsyncClient``."""
    with STUDIO:
        async with httpx.AsyncClient() as session:
            for _ in range(count):
                answer = await session.get(URL, headers=HEADERS)
    assert answer.json()["sid"] == STORED.sid


def by_aiohttp(url: str, active: bool) -> Callable[[int], Awaitable[None]]:
    """One ``aiohttp.ClientSession``."""

    async def fetch(count: int) -> None:
        async with aiohttp.ClientSession(headers=HEADERS) as session:
            for _ in range(count):
                async with session.get(url) as answer:
                    body = await answer.json()
        assert body["sid"] in (STORED.sid, STEP["sid"]), body

    async def work(count: int) -> None:
        if active:
            with STUDIO:
                await fetch(count)
        else:
            await fetch(count)

    return work


TWILIO = client(STUDIO.handle, STUDIO.account_sid, STUDIO.auth_token)
TWILIO_ASYNC = async_client(STUDIO.handle, STUDIO.account_sid, STUDIO.auth_token)


def steps(of: Any) -> Any:
    """The SDK's context of the stored Step."""
    return of.studio.v2.flows(STORED.flow_sid).executions(STORED.execution_sid).steps(STORED.sid)


def by_twilio(count: int) -> None:
    """In memory."""
    for _ in range(count):
        assert steps(TWILIO).fetch().sid == STORED.sid


async def by_twilio_async(count: int) -> None:
    """In memory, awaited."""
    for _ in range(count):
        assert (await steps(TWILIO_ASYNC).fetch_async()).sid == STORED.sid


def main() -> None:
    """Print the tables and the budgets."""
    mock = httpx_case(httpx.MockTransport(static))
    cases = {
        "httpx.MockTransport, a static Step": (mock, 300),
        "httpx, in a studio": (httpx_case(), 300),
        "httpx, StudioTransport": (httpx_case(StudioTransport(STUDIO.handle)), 300),
        "httpx.AsyncClient, in a studio": (coroutine(by_httpx_async), 300),
    }
    if peer("respx") is not None:
        cases["respx, a static route"] = (respx_case, 300)
    figures = compare("httpx", cases, rounds=15)
    budget("httpx, in a studio", figures["httpx, in a studio"].ratio, 1.3, "x httpx.MockTransport")

    server = peer("pytest_httpserver")
    if server is not None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        with server.HTTPServer() as http:
            http.expect_request("/step").respond_with_json(STEP)
            figures = compare(
                "aiohttp",
                {
                    "aiohttp, pytest-httpserver": (coroutine(by_aiohttp(http.url_for("/step"), False)), 200),
                    "aiohttp, in a studio": (coroutine(by_aiohttp(URL, True)), 200),
                },
                rounds=15,
            )
        budget("aiohttp, in a studio", figures["aiohttp, in a studio"].ratio, 1.0, "x pytest-httpserver")

    figures = compare(
        "twilio in memory",
        {
            "studio_client": (by_twilio, 500),
            "studio_async_client": (coroutine(by_twilio_async), 500),
            "json.loads(json.dumps(step)) (for scale)": (
                lambda count: [json.loads(json.dumps(STEP)) for _ in range(count)],
                2000,
            ),
        },
        rounds=15,
    )
    budget("studio_async_client", figures["studio_async_client"].ratio, 2.0, "x studio_client")
    verdict("httpx", "aiohttp", "twilio", "respx", "pytest-httpserver")


if __name__ == "__main__":
    main()
