"""``httpx``: any client, beside the test's own mocks, and nothing left behind."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from pytest_studio import FakeStudio, Request, Response

httpx = pytest.importorskip("httpx")
httpcore = pytest.importorskip("httpcore")

from pytest_studio.transports.httpx import StudioTransport  # noqa: E402

FLOWS = "https://studio.twilio.com/v2/Flows"
FORM = "FriendlyName=A&Status=draft&Definition=%7B%22initial_state%22%3A%22Trigger%22%7D"


def patched() -> list[object]:
    """Everything of httpx that an active studio replaces."""
    return [
        httpx.Client._send_single_request,
        httpx.AsyncClient._send_single_request,
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
        httpcore.ConnectionPool.create_connection,
        httpcore.AsyncConnectionPool.create_connection,
        httpcore.HTTPProxy.create_connection,
        httpcore.AsyncHTTPProxy.create_connection,
    ]


@pytest.fixture(autouse=True)
def nothing_stays_patched() -> Iterator[None]:
    """Each test leaves the process as it was."""
    before = patched()
    yield
    assert patched() == before


def auth(studio: FakeStudio) -> tuple[str, str]:
    """The account's credentials."""
    return studio.account_sid, studio.auth_token


def send(studio: FakeStudio, method: str = "GET", url: str = FLOWS, **how: Any) -> Any:
    """One request of a plain client."""
    with httpx.Client(auth=auth(studio)) as client:
        return client.request(method, url, **how)


def send_async(studio: FakeStudio, method: str = "GET", url: str = FLOWS, **how: Any) -> Any:
    """One request of a plain asynchronous client."""

    async def ask() -> Any:
        async with httpx.AsyncClient(auth=auth(studio)) as client:
            return await client.request(method, url, **how)

    return asyncio.run(ask())


each_way = pytest.mark.parametrize("ask", [send, send_async], ids=lambda ask: ask.__name__)


# -- answers ---------------------------------------------------------------------------------------------------


@each_way
def test_an_answer_has_all_that_httpx_gives(ask: Callable[..., Any]) -> None:
    """Url, request, version, reason, encoding, time."""
    with FakeStudio() as studio:
        flow = studio.add_flow(friendly_name="Größe")
        answer = ask(studio, params={"PageSize": 1})
        assert answer.json()["flows"][0]["friendly_name"] == "Größe"
        assert str(answer.url) == str(answer.request.url) == FLOWS + "?PageSize=1"
        assert (answer.http_version, answer.reason_phrase, answer.encoding) == ("HTTP/1.1", "OK", "utf-8")
        assert answer.elapsed.total_seconds() >= 0
        assert answer.history == []
        assert answer.num_bytes_downloaded == len(answer.content)
        gone = ask(studio, "DELETE", f"{FLOWS}/{flow.sid}")
        assert (gone.status_code, gone.content, gone.reason_phrase) == (204, b"", "No Content")


@each_way
def test_regional_names_and_plain_http_are_covered(ask: Callable[..., Any]) -> None:
    """In any case, with a port."""
    with FakeStudio() as studio:
        for url in ("https://studio.dublin.ie1.twilio.com/v2/Flows", "https://STUDIO.twilio.com:443/v2/Flows",
                    "http://studio.twilio.com/v2/Flows"):  # fmt: skip
            assert ask(studio, url=url).status_code == 200


@each_way
def test_bodies_of_every_kind_are_read(ask: Callable[..., Any]) -> None:
    """Text, bytes, forms, multipart, iterators of the client's kind."""
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    async def parts() -> AsyncIterator[bytes]:
        yield FORM[:20].encode()
        yield FORM[20:].encode()

    stream = parts() if ask is send_async else iter([FORM[:20].encode(), FORM[20:].encode()])
    with FakeStudio() as studio:
        for content in (FORM, FORM.encode(), stream):
            assert ask(studio, "POST", content=content, headers=headers).status_code == 201
        form = {"FriendlyName": "A", "Status": "draft", "Definition": '{"initial_state": "Trigger"}'}
        assert ask(studio, "POST", data=form).status_code == 201
        assert ask(studio, "POST", files={"file": b"x"}).status_code == 400
        assert [call.status for call in studio.calls] == [201, 201, 201, 201, 400]


def test_hooks_authentication_base_urls_and_streams_are_httpxs_own() -> None:
    """They run as without a studio."""
    seen: list[str] = []

    class Flow(httpx.Auth):  # type: ignore[misc, name-defined]
        def auth_flow(self, request: Any) -> Iterator[Any]:
            answer = yield request
            if answer.status_code == 401:
                request.headers["Authorization"] = httpx.BasicAuth(*auth(studio))._auth_header
                yield request

    hooks = {
        "request": [lambda request: seen.append(request.method)],
        "response": [lambda response: seen.append(str(response.status_code))],
    }
    with FakeStudio() as studio, httpx.Client(base_url="https://studio.twilio.com/v2", event_hooks=hooks) as client:
        with client.stream("GET", "/Flows", auth=Flow()) as answer:
            assert b"".join(answer.iter_bytes(7)).startswith(b'{"meta"')
        assert seen == ["GET", "401", "GET", "200"]
        assert [call.headers.get("Authorization") is None for call in studio.calls] == [True, False]


def test_cookies_are_kept_and_sent_again(studio: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a client, as it does with any answer."""
    asked: list[Request] = []

    def handle(request: Request) -> Response:
        asked.append(request)
        return Response(200, {"set-cookie": "a=b"} if len(asked) == 1 else {})

    monkeypatch.setattr("pytest_studio.transports.httpx._dispatch", handle)
    with httpx.Client() as client:
        for _ in range(2):
            client.get(FLOWS)
        assert dict(client.cookies) == {"a": "b"}
    assert [request.header("Cookie") for request in asked] == [None, "a=b"]


def test_redirects_from_and_to_studio_are_followed(server: str) -> None:
    """A redirect leads from a studio's answer to a real server, as httpx follows it."""
    moved = lambda request: Response(302, {"Location": server})  # noqa: E731
    with httpx.Client(transport=StudioTransport(moved), follow_redirects=True) as client:
        client._mounts = {httpx._utils.URLPattern("all://127.0.0.1"): httpx.HTTPTransport()}
        answer = client.get(FLOWS)
        assert (answer.text, [old.status_code for old in answer.history]) == ("ok", [302])
        for transport in client._mounts.values():
            transport.close()


def test_clients_made_before_the_studio_are_covered_and_free_again_after() -> None:
    """The patch is of the class; a client keeps nothing."""
    with httpx.Client() as client:
        before = set(vars(client))
        with FakeStudio() as studio:
            assert client.get(FLOWS, auth=auth(studio)).status_code == 200
        assert set(vars(client)) == before
        assert type(client._transport_for_url(httpx.URL(FLOWS))) is httpx.HTTPTransport


@pytest.mark.parametrize("how", [{"verify": False}, {"proxy": "http://127.0.0.1:1"}, {"uds": "/nowhere"}])
def test_a_clients_network_settings_do_not_matter(how: dict[str, Any]) -> None:
    """Proxies among them; and other hosts are refused before a proxy is asked."""
    if "proxy" in how:
        how = {"proxy": httpx.Proxy(how["proxy"])}
    with FakeStudio() as studio, httpx.Client(auth=auth(studio), transport=httpx.HTTPTransport(**how)) as client:
        assert client.get(FLOWS).status_code == 200
        with pytest.raises(httpx.ConnectError, match=r"pytest-studio: api.twilio.com is not reached"):
            client.get("https://api.twilio.com/x")


def test_a_client_that_speaks_http_2_is_covered() -> None:
    """Where httpx can."""
    pytest.importorskip("h2")
    with FakeStudio() as studio, httpx.Client(auth=auth(studio), http2=True) as client:
        assert client.get(FLOWS).status_code == 200


def test_a_proxy_of_the_environment_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the client was made before or in the studio."""
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with httpx.Client() as before, FakeStudio() as studio, httpx.Client() as inside:
        for client in (before, inside):
            assert client.get(FLOWS, auth=auth(studio)).status_code == 200
            with pytest.raises(httpx.ConnectError, match=r"pytest-studio: api.twilio.com is not reached"):
                client.get("https://api.twilio.com/x")


def test_a_transport_of_the_clients_own_is_left_alone() -> None:
    """It was the test that gave it."""
    with FakeStudio() as studio:
        mine = httpx.MockTransport(lambda request: httpx.Response(418))
        with httpx.Client(transport=mine) as client:
            assert client.get(FLOWS).status_code == 418
        with httpx.Client(mounts={"all://studio.twilio.com": mine}) as client:
            assert client.get(FLOWS).status_code == 418
        assert len(studio.calls) == 0


class Retrying(httpx.BaseTransport, httpx.AsyncBaseTransport):  # type: ignore[misc, name-defined]
    """A transport of a user: it tries a 503 again."""

    def __init__(self) -> None:
        self.wrapped = httpx.HTTPTransport()
        self.wrapped_async = httpx.AsyncHTTPTransport()

    def handle_request(self, request: Any) -> Any:
        """Twice at most."""
        answer = self.wrapped.handle_request(request)
        return self.wrapped.handle_request(request) if answer.status_code == 503 else answer

    async def handle_async_request(self, request: Any) -> Any:
        """Twice at most."""
        answer = await self.wrapped_async.handle_async_request(request)
        return await self.wrapped_async.handle_async_request(request) if answer.status_code == 503 else answer


class Counting(httpx.HTTPTransport):  # type: ignore[misc, name-defined]
    """A transport of a user: it counts."""

    count = 0

    def handle_request(self, request: Any) -> Any:
        """Go on."""
        self.count += 1
        return super().handle_request(request)


def test_a_transport_that_ends_in_httpxs_own_runs() -> None:
    """One that wraps it, and one that is a kind of it."""
    with FakeStudio() as studio:
        studio.fail(status=503)
        with httpx.Client(transport=Retrying(), auth=auth(studio)) as client:
            assert client.get(FLOWS).status_code == 200
        counting = Counting()
        with httpx.Client(transport=counting, auth=auth(studio)) as client:
            assert client.get(FLOWS).status_code == 200
        assert counting.count == 1
        assert [call.status for call in studio.calls] == [503, 200, 200]


def test_trio_works_as_asyncio_does() -> None:
    """Whatever runs an asynchronous client."""
    trio = pytest.importorskip("trio")

    async def ask() -> Any:
        async with httpx.AsyncClient(auth=auth(studio)) as client:
            answer = await client.get(FLOWS)
            with pytest.raises(httpx.ConnectError, match="pytest-studio: "):
                await client.get("https://api.twilio.com/x")
            return answer

    with FakeStudio() as studio:
        assert trio.run(ask).status_code == 200


def test_requests_of_one_client_run_side_by_side() -> None:
    """With ``gather``."""

    async def ask() -> list[Any]:
        async with httpx.AsyncClient(auth=auth(studio)) as client:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return await asyncio.gather(*(client.post(FLOWS, content=FORM, headers=headers) for _ in range(20)))

    with FakeStudio() as studio:
        assert {answer.json()["sid"] for answer in asyncio.run(ask())} == set(studio.flows)
        assert len(studio.flows) == 20


# -- other hosts, and other mocks ------------------------------------------------------------------------------


@each_way
def test_other_hosts_of_twilio_are_refused_with_the_clients_own_error(ask: Callable[..., Any]) -> None:
    """The message says who refused and what to do; the journal notes it, once."""
    with FakeStudio() as studio:
        with pytest.raises(
            httpx.ConnectError, match=r"pytest-studio: api.twilio.com is not reached .* respx"
        ) as caught:
            ask(studio, "POST", "https://api.twilio.com/2010-04-01/Accounts")
        assert str(caught.value.request.url) == "https://api.twilio.com/2010-04-01/Accounts"
        assert [(call.method, call.status, call.path) for call in studio.calls] == [
            ("POST", None, "https://api.twilio.com/2010-04-01/Accounts")
        ]


@each_way
def test_a_server_of_the_test_is_reached(ask: Callable[..., Any], server: str) -> None:
    """Hosts that are not Twilio's are left alone."""
    with FakeStudio() as studio:
        assert ask(studio, url=server).text == "ok"
        assert len(studio.calls) == 0


def beside(ask: Callable[..., Any], studio: FakeStudio) -> None:
    """A mock of the test answers for its hosts, Twilio's among them, and the studio for its own."""
    assert ask(studio, url="https://api.twilio.com/x").json() == {"who": "mock"}
    assert ask(studio, url="https://example.com/").json() == {"who": "mock"}
    assert ask(studio).json()["flows"] == []
    with httpx.Client(transport=Retrying(), auth=auth(studio)) as client:
        assert client.get(FLOWS).json()["flows"] == []


@each_way
@pytest.mark.parametrize("using", ["httpcore", "httpx"])
@pytest.mark.parametrize("outside", [True, False])
def test_respx_stands_beside_a_studio(ask: Callable[..., Any], using: str, outside: bool) -> None:
    """Around it or within, by either of its ways; and refuses what nobody mocked, in its own words."""
    respx = pytest.importorskip("respx")
    mock, studio = respx.mock(using=using, assert_all_called=True), FakeStudio()
    first, second = (mock, studio) if outside else (studio, mock)
    with first, second:
        mock.get("https://api.twilio.com/x").respond(json={"who": "mock"})
        mock.get("https://example.com/").respond(json={"who": "mock"})
        beside(ask, studio)
        with pytest.raises(respx.models.AllMockedAssertionError):
            ask(studio, url="https://example.org/")
        assert mock.calls.call_count == 2


@pytest.fixture
def mocked(request: pytest.FixtureRequest) -> Any:
    """``pytest_httpx``, where it is installed."""
    pytest.importorskip("pytest_httpx")
    return request.getfixturevalue("httpx_mock")


@each_way
def test_pytest_httpx_stands_within_a_studio(ask: Callable[..., Any], studio: FakeStudio, mocked: Any) -> None:
    """It does not see Studio's requests, so that its teardown does not object to them."""
    for url in ("https://api.twilio.com/x", "https://example.com/"):
        mocked.add_response(url=url, json={"who": "mock"})
    beside(ask, studio)
    assert [str(request.url) for request in mocked.get_requests()] == [
        "https://api.twilio.com/x",
        "https://example.com/",
    ]


@each_way
def test_pytest_httpx_stands_around_a_studio(ask: Callable[..., Any], mocked: Any) -> None:
    """The same."""
    for url in ("https://api.twilio.com/x", "https://example.com/"):
        mocked.add_response(url=url, json={"who": "mock"})
    with FakeStudio() as studio:
        beside(ask, studio)
    assert len(mocked.get_requests()) == 2


def test_requests_outlive_no_studio() -> None:
    """A transport that was handed out while it was active says so afterwards."""
    from pytest_studio import switchboard

    with FakeStudio():
        transport = StudioTransport(switchboard.dispatch)
    with httpx.Client(transport=transport) as client, pytest.raises(httpx.ConnectError, match="has been left"):
        client.get(FLOWS)


# -- the ready transport ---------------------------------------------------------------------------------------


def test_the_ready_transport_serves_both_kinds_of_clients(fake: FakeStudio) -> None:
    """No studio needs to be active, and any base url will do."""

    async def ask() -> Any:
        async with httpx.AsyncClient(transport=transport, base_url="https://test", auth=auth(fake)) as client:
            return await client.get("/v2/Flows")

    transport = StudioTransport(fake.handle)
    assert isinstance(transport, httpx.MockTransport)
    assert asyncio.run(ask()).status_code == 200
    with httpx.Client(transport=transport, base_url="https://test", auth=auth(fake)) as client:
        assert client.get("/v2/Flows").status_code == 200


def test_the_transport_passes_the_read_timeout_on() -> None:
    """And none where the client waits for ever."""
    asked: list[Request] = []

    def handle(request: Request) -> Response:
        asked.append(request)
        return Response(200, {})

    with httpx.Client(transport=StudioTransport(handle), timeout=httpx.Timeout(5, read=7)) as client:
        client.get(FLOWS)
        client.get(FLOWS, timeout=None)
    assert [request.timeout for request in asked] == [7, None]


def test_an_asynchronous_transport_that_is_used_by_itself_is_covered() -> None:
    """Without any client around it."""
    request = httpx.Request("GET", "https://studio.twilio.com/v2/Flows")

    async def ask() -> int:
        async with httpx.AsyncHTTPTransport() as transport:
            return (await transport.handle_async_request(request)).status_code

    with FakeStudio() as studio:
        assert asyncio.run(ask()) == 401
        assert [call.operation for call in studio.calls] == ["v2.ListFlow"]


def test_a_transport_takes_the_studio_itself(fake: FakeStudio) -> None:
    """And asks its ``handle``."""
    with httpx.Client(transport=StudioTransport(fake)) as client:
        answer = client.get("https://studio.twilio.com/v2/Flows", auth=(fake.account_sid, fake.auth_token))
    assert answer.status_code == 200
