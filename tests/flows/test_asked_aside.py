"""HTTP widgets of chats that an event loop lets run: a server, or async code under test, which must not stand still."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses
from flow_parts import NUMBER, PERSON, ask, load, widget
from helpers import Quiet, post, serving

from pytest_studio import FakeStudio
from pytest_studio.chats.chat import Chat
from pytest_studio.resources import Flow

pytest.importorskip("liquid")
pytest.importorskip("h11")

from pytest_studio.serving.server import StudioServer


def lookup(fake: FakeStudio, url: str) -> Flow:
    """Asks a server, then the person."""
    given = {"method": "GET", "url": url, "content_type": "application/json;charset=utf-8"}
    return load(fake, widget("look", "make-http-request", given, success="wait", failed=None), ask("wait", "Well?"))


def start(fake: FakeStudio, flow: Flow) -> Any:
    """Let the Flow run, as the REST API does: the Execution."""
    return post(fake, f"/v2/Flows/{flow.sid}/Executions", 201, To=PERSON, From=NUMBER)


@contextlib.contextmanager
def application(answers: Callable[[], None]) -> Iterator[str]:
    """The url of an application that answers ``{}``, one request at a time, once ``answers`` has returned."""

    class Handler(Quiet):
        def do_GET(self) -> None:
            answers()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b"{}")

    with serving(Handler) as url:
        yield url


def test_an_application_may_use_the_server_before_it_answers_a_widget(fake: FakeStudio) -> None:
    """Even if it lets the Flow run itself, and does one thing after the other: the server has answered by then."""
    credentials = fake.account_sid, fake.auth_token
    created, seen = threading.Event(), []

    def use_the_server() -> None:
        if created.wait(5):
            seen.append(requests.get(f"{server.url}/v2/Flows/{flow.sid}", auth=credentials, timeout=5).status_code)

    with StudioServer(fake) as server, application(use_the_server) as url:
        flow = lookup(fake, url)
        executions = f"{server.url}/v2/Flows/{flow.sid}/Executions"
        made = requests.post(executions, {"To": PERSON, "From": NUMBER}, auth=credentials, timeout=20)
        created.set()
        chat = fake.chat(made.json()["sid"])
        assert chat.path == ["Trigger", "look"]
    assert seen == [200]
    assert chat.waiting_at == "wait"


def test_a_server_of_the_same_loop_answers(fake: FakeStudio) -> None:
    """The chat asks in a thread of its own, which the loop does not wait for."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    async def talk() -> Chat:
        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            flow = lookup(fake, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            made = start(fake, flow)
            return await asyncio.to_thread(fake.chat, made["sid"])

    assert asyncio.run(talk()).waiting_at == "wait"


def test_who_looks_sees_what_mocks_have_answered(studio: FakeStudio) -> None:
    """In a loop, too: chats are found once they stand."""

    async def talk(mocks: responses.RequestsMock) -> list[str]:
        mocks.get("https://api.example.com/", json={})
        flow = lookup(studio, "https://api.example.com/")
        start(studio, flow)
        return flow.chats[0].path

    with responses.RequestsMock() as mocks:
        assert asyncio.run(talk(mocks)) == ["Trigger", "look"]


def test_the_verdict_has_what_could_not_be_asked(fake: FakeStudio) -> None:
    """It waits for chats that nobody has looked at."""

    async def begin() -> None:
        start(fake, lookup(fake, "https://api.example.com/"))

    asyncio.run(begin())
    with pytest.raises(AssertionError, match=r"'look' .* nothing answers for it"):
        fake.verify()
