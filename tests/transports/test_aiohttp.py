"""``aiohttp``: any session, its own urls, traces, timeouts and retries, and nothing left behind."""

from __future__ import annotations

import asyncio
import gc
import json
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest

from pytest_studio import FakeStudio, Response

aiohttp = pytest.importorskip("aiohttp")
pytest.importorskip("h11")

from aiohttp import web  # noqa: E402
from aiohttp.connector import BaseConnector  # noqa: E402

FLOWS = "https://studio.twilio.com/v2/Flows"
FORM = {"FriendlyName": "A", "Status": "draft", "Definition": '{"initial_state": "Trigger"}'}

Use = Callable[[Any], Awaitable[Any]]


def patched() -> list[object]:
    """Everything of aiohttp that an active studio replaces."""
    return [vars(BaseConnector)["connect"], vars(aiohttp.TCPConnector)["_create_connection"]]


@pytest.fixture(autouse=True)
def nothing_stays_patched() -> Iterator[None]:
    """Each test leaves the process as it was."""
    before = patched()
    yield
    assert patched() == before


def headers(studio: FakeStudio) -> dict[str, str]:
    """The account's credentials."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return {"Authorization": aiohttp.BasicAuth(studio.account_sid, studio.auth_token).encode()}


def run(studio: FakeStudio, use: Use, **how: Any) -> Any:
    """What ``use`` gives for a session with the account's credentials."""

    async def within() -> Any:
        async with aiohttp.ClientSession(headers=headers(studio), **how) as session:
            return await use(session)

    return asyncio.run(within())


async def status(session: Any, url: str = FLOWS, method: str = "GET", **how: Any) -> int:
    """The status of one request."""
    async with session.request(method, url, **how) as answer:
        await answer.read()
        return int(answer.status)


# -- answers ---------------------------------------------------------------------------------------------------


def test_an_answer_has_all_that_aiohttp_gives() -> None:
    """Url, method, reason, version, request, charset, and the body in each form."""

    async def use(session: Any) -> None:
        async with session.get(FLOWS, params={"PageSize": "1"}) as answer:
            assert (await answer.json())["flows"][0]["friendly_name"] == "Größe"
            assert json.loads(await answer.text())["meta"]["page_size"] == 1
            assert str(answer.url) == str(answer.request_info.url) == FLOWS + "?PageSize=1"
            assert (answer.method, answer.reason, answer.charset) == ("GET", "OK", "utf-8")
            assert (answer.version.major, answer.version.minor) == (1, 1)
            assert answer.content_type == "application/json"
        async with session.delete(f"{FLOWS}/{flow.sid}") as answer:
            assert (answer.status, await answer.read()) == (204, b"")
        async with session.head(FLOWS) as answer:
            assert (answer.status, await answer.read()) == (405, b"")

    with FakeStudio() as studio:
        flow = studio.add_flow(friendly_name="Größe")
        run(studio, use)


def test_raise_for_status_is_aiohttps_own() -> None:
    """Of the session and of an answer."""

    async def use(session: Any) -> None:
        with pytest.raises(aiohttp.ClientResponseError, match="404") as caught:
            await session.get(FLOWS + "/FW0")
        assert caught.value.status == 404

    with FakeStudio() as studio:
        run(studio, use, raise_for_status=True)


def test_regional_names_and_plain_http_are_covered() -> None:
    """In any case, with a port; the studio sees the url that was asked for."""
    urls = ["https://studio.dublin.ie1.twilio.com/v2/Flows", "https://STUDIO.twilio.com:443/v2/Flows",
            "http://studio.twilio.com/v2/Flows"]  # fmt: skip

    async def use(session: Any) -> list[int]:
        return [await status(session, url) for url in urls]

    with FakeStudio() as studio:
        assert run(studio, use) == [200, 200, 200]


def test_bodies_of_every_kind_are_read() -> None:
    """Forms, text, bytes, an asynchronous generator (in chunks), compressed ones, multipart, with ``expect100``."""
    text = "FriendlyName=A&Status=draft&Definition=%7B%22initial_state%22%3A%22Trigger%22%7D"
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    async def parts() -> AsyncIterator[bytes]:
        yield text[:20].encode()
        await asyncio.sleep(0)
        yield text[20:].encode()

    async def use(session: Any) -> list[int]:
        multipart = aiohttp.FormData()
        multipart.add_field("file", b"x", filename="x.txt")
        return [
            await status(session, method="POST", data=FORM),
            await status(session, method="POST", data=text, headers=form),
            await status(session, method="POST", data=text.encode(), headers=form),
            await status(session, method="POST", data=parts(), headers=form),
            await status(session, method="POST", data=FORM, expect100=True),
            await status(session, method="POST", data=multipart),
            await status(session, method="POST", json={}),
        ]

    with FakeStudio() as studio:
        assert run(studio, use) == [201, 201, 201, 201, 201, 400, 400]


def test_a_large_answer_arrives_whole_however_slowly_it_is_read() -> None:
    """It waits while its reader pauses."""
    body = b"0123456789abcdef" * 200_000

    async def use(session: Any) -> bytes:
        got = []
        async with session.get(FLOWS, read_bufsize=1024) as answer:
            async for part in answer.content.iter_chunked(50_000):
                got.append(part)
                await asyncio.sleep(0)
        return b"".join(got)

    with FakeStudio() as studio:
        studio.fail(status=200, body=body)
        assert run(studio, use) == body


def test_requests_of_one_session_run_side_by_side() -> None:
    """With ``gather``, over a limit of connections, too."""

    async def use(session: Any) -> list[int]:
        return await asyncio.gather(*(status(session, method="POST", data=FORM) for _ in range(30)))

    async def limited() -> list[int]:
        connector = aiohttp.TCPConnector(limit=2, limit_per_host=1)
        async with aiohttp.ClientSession(headers=headers(studio), connector=connector) as session:
            return await use(session)

    with FakeStudio() as studio:
        assert run(studio, use) == [201] * 30
        assert asyncio.run(limited()) == [201] * 30
        assert len(studio.flows) == 60


def test_redirects_and_cookies_are_aiohttps_own() -> None:
    """Followed with their history; kept and sent again."""

    async def use(session: Any) -> None:
        async with session.get(FLOWS) as answer:
            assert (answer.status, [old.status for old in answer.history]) == (200, [302])
        assert {cookie.key: cookie.value for cookie in session.cookie_jar} == {"a": "b"}

    asked: list[Any] = []

    def handle(request: Any) -> Response:
        asked.append(request)
        if len(asked) == 1:
            return Response(302, {"Location": FLOWS + "?x=1", "Set-Cookie": "a=b"})
        return Response(200, {})

    with FakeStudio() as studio, pytest.MonkeyPatch.context() as patch:
        patch.setattr("pytest_studio.transports.aiohttp._dispatch", handle)
        run(studio, use)
    assert [(request.url, request.header("Cookie")) for request in asked] == [(FLOWS, None), (FLOWS + "?x=1", "a=b")]


def test_traces_see_a_request_and_its_end() -> None:
    """As those that the SDK takes as ``trace_configs``."""
    seen: list[str] = []

    async def note(name: str) -> None:
        seen.append(name)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(lambda *_: note("start"))
    trace.on_connection_create_end.append(lambda *_: note("connection"))
    trace.on_request_end.append(lambda *_: note("end"))
    with FakeStudio() as studio:
        assert run(studio, status, trace_configs=[trace]) == 200
    assert seen == ["start", "connection", "end"]


def test_middlewares_run() -> None:
    """Where aiohttp has them (3.12)."""
    pytest.importorskip("aiohttp", minversion="3.12")
    seen: list[int] = []

    async def middleware(request: Any, handler: Any) -> Any:
        answer = await handler(request)
        seen.append(answer.status)
        return answer

    with FakeStudio() as studio:
        run(studio, status, middlewares=(middleware,))
    assert seen == [200]


# -- sessions --------------------------------------------------------------------------------------------------


def test_a_session_that_is_older_and_outlives_the_studio() -> None:
    """It is covered while the studio is active; afterwards it keeps no connection to it."""

    async def within() -> None:
        async with aiohttp.ClientSession() as session:
            with FakeStudio() as studio:
                assert await status(session, headers=headers(studio)) == 200
                assert not session.connector._conns
            with FakeStudio() as other:
                assert await status(session, headers=headers(other)) == 200
                assert len(other.calls) == 1

    asyncio.run(within())


def test_a_connection_that_was_kept_from_before_is_not_used() -> None:
    """Neither Studio's nor another one under twilio.com."""
    served: list[str] = []

    async def handler(request: Any) -> Any:
        served.append(request.host)
        return web.Response(text="real")

    async def within() -> None:
        runner = web.AppRunner(_app(handler))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        resolver = aiohttp.ThreadedResolver()

        async def resolve(host: str, port: int = 0, family: int = 0) -> Any:
            return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

        resolver.resolve = resolve
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=resolver)) as session:
            for host in ("studio", "api"):
                assert await status(session, f"http://{host}.twilio.com:{port}/v2/Flows") == 200
            with FakeStudio() as studio:
                url = f"http://studio.twilio.com:{port}/v2/Flows"
                assert await status(session, url, headers=headers(studio)) == 200
                with pytest.raises(aiohttp.ClientConnectorError, match="pytest-studio: "):
                    await status(session, f"http://api.twilio.com:{port}/v2/Flows")
        await runner.cleanup()

    asyncio.run(within())
    assert len(served) == 2


def _app(handler: Any) -> Any:
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    return app


@pytest.mark.parametrize("how", [{"proxy": "http://127.0.0.1:1"}, {"trust_env": True}])
def test_proxies_do_not_matter(how: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a session's nor the environment's."""
    for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    async def use(session: Any) -> None:
        how_each = {"proxy": how["proxy"]} if "proxy" in how else {}
        assert await status(session, **how_each) == 200
        assert await status(session, FLOWS.replace("https", "http"), **how_each) == 200
        with pytest.raises(aiohttp.ClientConnectorError, match=r"pytest-studio: api.twilio.com is not reached"):
            await status(session, "https://api.twilio.com/x", **how_each)

    with FakeStudio() as studio:
        run(studio, use, **({} if "proxy" in how else how))


def test_kinds_of_sessions_are_covered() -> None:
    """Of the user's own."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # aiohttp's own, of the inheritance

        class Session(aiohttp.ClientSession):  # type: ignore[misc, name-defined]
            pass

    async def within() -> int:
        async with Session(headers=headers(studio)) as session:
            return await status(session)

    with FakeStudio() as studio:
        assert asyncio.run(within()) == 200


def test_a_request_that_is_cancelled_leaves_nothing_behind() -> None:
    """While its body is being sent."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x"
            await asyncio.sleep(0)

    async def use(session: Any) -> int:
        task = asyncio.create_task(status(session, method="POST", data=endless()))
        for _ in range(20):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not session.connector._acquired
        return await status(session)

    with FakeStudio() as studio:
        assert run(studio, use) == 200
        assert len(studio.calls) == 1


def test_a_session_closes_while_an_answer_is_open() -> None:
    """At once."""

    async def within() -> None:
        session = aiohttp.ClientSession(headers=headers(studio))
        answer = await session.get(FLOWS)
        await asyncio.wait_for(session.close(), 5)
        answer.close()

    with FakeStudio() as studio:
        asyncio.run(within())


def test_an_unclosed_session_warns_as_in_life() -> None:
    """Of the session, and of nothing more."""

    async def within() -> None:
        session = aiohttp.ClientSession(headers=headers(studio))
        assert await status(session) == 200

    with FakeStudio() as studio, warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        asyncio.run(within())
        gc.collect()
    messages = [str(warning.message) for warning in caught if warning.category is ResourceWarning]
    assert len(messages) == 1
    assert messages[0].startswith("Unclosed client session")


# -- other hosts -----------------------------------------------------------------------------------------------


def test_other_hosts_of_twilio_are_refused_with_the_clients_own_error() -> None:
    """The message says who refused and what to do; the journal notes it, once."""

    async def use(session: Any) -> None:
        with pytest.raises(aiohttp.ClientConnectorError, match=r"pytest-studio: api.twilio.com is not reached"):
            await session.post("https://api.twilio.com/2010-04-01/Accounts")

    with FakeStudio() as studio:
        run(studio, use)
        assert [(call.method, call.status, call.path) for call in studio.calls] == [
            ("POST", None, "https://api.twilio.com/2010-04-01/Accounts")
        ]


def test_a_server_of_the_test_is_reached_also_under_a_name_of_twilio() -> None:
    """By its address, and by a resolver of the test's own."""

    async def handler(request: Any) -> Any:
        return web.Response(text="mine")

    class Resolver(aiohttp.abc.AbstractResolver):  # type: ignore[misc, name-defined]
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> Any:
            return [{"hostname": host, "host": "127.0.0.1", "port": port, "family": 2, "proto": 0, "flags": 0}]

        async def close(self) -> None:
            pass

    async def within() -> None:
        runner = web.AppRunner(_app(handler))
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        port = runner.addresses[0][1]
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=Resolver())) as session:
            for host in ("127.0.0.1", "api.twilio.com"):
                async with session.get(f"http://{host}:{port}/") as answer:
                    assert await answer.text() == "mine"
            assert await status(session, headers=headers(studio)) == 200
        await runner.cleanup()

    with FakeStudio() as studio:
        asyncio.run(within())


def test_a_request_that_outlives_the_studio_gets_the_clients_own_error() -> None:
    """A connection that was made while it was active."""

    async def within() -> None:
        studio = FakeStudio().__enter__()

        async def body() -> AsyncIterator[bytes]:
            yield b"x"
            studio.__exit__(None, None, None)
            yield b"y"

        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError, match="has been left"):
                await session.post(FLOWS, data=body())

    asyncio.run(within())


def test_a_connection_has_all_that_asyncio_asks_of_one(fake: FakeStudio) -> None:
    """Other releases of aiohttp use more of it: parts in one go, whether it reads, whose it is, a break."""
    from yarl import URL

    from pytest_studio.transports import aiohttp as transport

    told: list[Any] = []

    class Side(asyncio.Protocol):
        def data_received(self, data: bytes) -> None:
            told.append(data)

        def connection_lost(self, exc: BaseException | None) -> None:
            told.append(exc)

    async def use() -> None:
        asked = aiohttp.ClientRequest("GET", URL(FLOWS), loop=asyncio.get_running_loop())
        line = transport._Transport(Side(), asyncio.get_running_loop(), asked, aiohttp.ClientTimeout())
        other = Side()
        line.set_protocol(other)
        assert line.get_protocol() is other
        assert (line.can_write_eof(), line.get_write_buffer_size(), line.is_reading()) == (False, 0, True)
        line.writelines([b"GET /v2/Flows HTTP/1.1\r\n", b"Host: studio.twilio.com\r\n\r\n"])
        await asyncio.sleep(0)
        line.pause_reading()
        assert not line.is_reading()
        line.abort()
        line.abort()
        line.write(b"too late")
        await asyncio.sleep(0)
        assert line.is_closing()

    with fake:
        asyncio.run(use())
    assert told[0].startswith(b"HTTP/1.1 401 ")
    assert told[-1] is None
    assert told.count(None) == 1
