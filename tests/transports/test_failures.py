"""What goes wrong, as each client library's own exception."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Timeout
from urllib3.util.retry import Retry

from pytest_studio import FakeStudio, Request, Response
from pytest_studio.wire import FAILURES

FLOWS = "https://studio.twilio.com/v2/Flows"
FORM = {"FriendlyName": "A", "Status": "draft", "Definition": '{"initial_state": "Trigger"}'}
CREATE, LIST = "v2.CreateFlow", "v2.ListFlow"

#: Failure -> how a test asks for it.
ASKED: dict[str, dict[str, Any]] = {
    "connect-timeout": {"exception": "timeout"},
    "read-timeout": {"exception": "timeout", "applied": True},
    "refused": {"exception": "connection"},
    "reset": {"exception": "connection", "applied": True},
    "truncated": {"exception": "truncated"},
}

Ask = Callable[..., Any]


def auth(studio: FakeStudio) -> tuple[str, str]:
    """The account's credentials."""
    return studio.account_sid, studio.auth_token


def by_requests(studio: FakeStudio, timeout: float | None = None) -> int:
    """A plain function of ``requests``."""
    return requests.post(FLOWS, data=FORM, auth=auth(studio), timeout=timeout).status_code


def by_httpx(studio: FakeStudio, timeout: float | None = None) -> int:
    """A plain client."""
    httpx = pytest.importorskip("httpx")
    return int(httpx.post(FLOWS, data=FORM, auth=auth(studio), timeout=timeout).status_code)


def by_httpx_async(studio: FakeStudio, timeout: float | None = None) -> int:
    """A plain asynchronous client."""
    httpx = pytest.importorskip("httpx")

    async def ask() -> int:
        async with httpx.AsyncClient(timeout=timeout) as client:
            return int((await client.post(FLOWS, data=FORM, auth=auth(studio))).status_code)

    return asyncio.run(ask())


def by_the_ready_transport(studio: FakeStudio, timeout: float | None = None) -> int:
    """``StudioTransport``."""
    httpx = pytest.importorskip("httpx")
    from pytest_studio.transports.httpx import StudioTransport

    with httpx.Client(transport=StudioTransport(studio.handle), timeout=timeout) as client:
        return int(client.post(FLOWS, data=FORM, auth=auth(studio)).status_code)


def by_aiohttp(studio: FakeStudio, timeout: float | None = None) -> int:
    """A plain session."""
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("h11")

    async def ask() -> int:
        limit = aiohttp.ClientTimeout(total=timeout or 300)
        headers = {"Authorization": _basic(studio)}
        async with (
            aiohttp.ClientSession(timeout=limit) as session,
            session.post(FLOWS, data=FORM, headers=headers) as answer,
        ):
            await answer.read()
            return int(answer.status)

    return asyncio.run(ask())


def by_twilio_in_memory(studio: FakeStudio, timeout: float | None = None) -> int:
    """``studio_client``."""
    pytest.importorskip("twilio")
    from pytest_studio.transports import twilio

    return _status(twilio.StudioHttpClient(studio.handle, timeout=timeout), studio)


def by_twilio_over_requests(studio: FakeStudio, timeout: float | None = None) -> int:
    """The SDK's own HTTP client."""
    http_client = pytest.importorskip("twilio.http.http_client")
    return _status(http_client.TwilioHttpClient(timeout=timeout), studio)


def by_twilio_async_in_memory(studio: FakeStudio, timeout: float | None = None) -> int:
    """``studio_async_client``."""
    pytest.importorskip("twilio")
    from pytest_studio.transports import twilio

    client = twilio.AsyncStudioHttpClient(studio.handle, timeout=timeout or 300)
    return int(asyncio.run(client.request("POST", FLOWS, data=FORM, auth=auth(studio))).status_code)


def by_twilio_over_aiohttp(studio: FakeStudio, timeout: float | None = None) -> int:
    """The SDK's own asynchronous HTTP client."""
    http_client = pytest.importorskip("twilio.http.async_http_client")
    pytest.importorskip("h11")

    async def ask() -> int:
        async with http_client.AsyncTwilioHttpClient() as client:
            answer = await client.request("POST", FLOWS, data=FORM, auth=auth(studio), timeout=timeout or 300)
            return int(answer.status_code)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's own, of aiohttp's ``auth``
        return asyncio.run(ask())


def _status(client: Any, studio: FakeStudio) -> int:
    return int(client.request("POST", FLOWS, data=FORM, auth=auth(studio)).status_code)


def _basic(studio: FakeStudio) -> str:
    return requests.auth._basic_auth_str(*auth(studio))


#: Client library -> failure -> its exception, by name; ``asyncio`` has the plain timeout.
RAISED = {
    "requests": {
        "connect-timeout": "ConnectTimeout",
        "read-timeout": "ReadTimeout",
        "refused": "ConnectionError",
        "reset": "ConnectionError",
        "truncated": "ChunkedEncodingError",
    },
    "httpx": {
        "connect-timeout": "ConnectTimeout",
        "read-timeout": "ReadTimeout",
        "refused": "ConnectError",
        "reset": "RemoteProtocolError",
        "truncated": "RemoteProtocolError",
    },
    "aiohttp": {
        "connect-timeout": "ConnectionTimeoutError",
        "read-timeout": "TimeoutError",
        "refused": "ClientConnectorError",
        "reset": "ServerDisconnectedError",
        "truncated": "ClientPayloadError",
    },
}
CLIENTS: dict[Ask, str] = {
    by_requests: "requests",
    by_twilio_in_memory: "requests",
    by_twilio_over_requests: "requests",
    by_httpx: "httpx",
    by_httpx_async: "httpx",
    by_the_ready_transport: "httpx",
    by_aiohttp: "aiohttp",
    by_twilio_async_in_memory: "aiohttp",
    by_twilio_over_aiohttp: "aiohttp",
}
each_client = pytest.mark.parametrize("ask", CLIENTS, ids=lambda ask: ask.__name__)


def expected(library: str, failure: str) -> type[Exception]:
    """The class that a client raises for a failure."""
    module = pytest.importorskip(library)
    name = RAISED[library][failure]
    if name == "TimeoutError":
        return asyncio.TimeoutError
    found: type[Exception] = getattr(module, name, None) or getattr(module, "ServerTimeoutError", None)
    return found or requests.exceptions.ChunkedEncodingError


@pytest.mark.parametrize("failure", FAILURES)
@each_client
def test_a_failure_is_the_clients_own_exception(ask: Ask, failure: str) -> None:
    """Of the very class; its message says which failure, and who asked for it."""
    with FakeStudio() as studio:
        studio.fail(CREATE, **ASKED[failure])
        with pytest.raises(expected(CLIENTS[ask], failure), match=f"pytest-studio: {failure}: ") as caught:
            ask(studio)
        assert caught.type is expected(CLIENTS[ask], failure)
        if CLIENTS[ask] == "httpx" or (CLIENTS[ask] == "requests" and failure != "truncated"):
            assert caught.value.request.url == FLOWS
        assert ask(studio) == 201


@each_client
def test_a_slow_answer_is_a_read_timeout_where_the_client_waits_for_less(ask: Ask) -> None:
    """And the answer, without any waiting, where it waits longer."""
    with FakeStudio() as studio:
        studio.slow(CREATE, 20)
        with pytest.raises(expected(CLIENTS[ask], "read-timeout"), match="pytest-studio: read-timeout: "):
            ask(studio, timeout=19)
        assert ask(studio, timeout=21) == 201


@pytest.mark.parametrize(
    ("timeout", "raised"),
    [(19.0, True), (21, False), ((1, 19), True), ((1, None), False), (Timeout(1, 19), True), (Timeout(total=19), True),
     (Timeout(), False)],
)  # fmt: skip
def test_each_form_of_a_timeout_of_requests_counts(timeout: Any, raised: bool) -> None:
    """A number, connect and read, urllib3's own."""
    with FakeStudio() as studio:
        studio.slow(LIST, 20)
        if raised:
            with pytest.raises(requests.ReadTimeout):
                requests.get(FLOWS, auth=auth(studio), timeout=timeout)
        else:
            assert requests.get(FLOWS, auth=auth(studio), timeout=timeout).ok


# -- requests: retries and streams -----------------------------------------------------------------------------


class Told:
    """A handle that gives these, one after the other, and then well."""

    def __init__(self, *answers: Response) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []

    def __call__(self, request: Request) -> Response:
        """Answer."""
        self.asked.append(request)
        return self.answers.pop(0) if self.answers else Response(200, {"Content-Type": "text/plain"}, b"well")


def failing(*names: str) -> Told:
    """A handle that fails so, one after the other."""
    return Told(*(Response(0, {}, failure=name) for name in names))


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A session of ``requests`` whose retries are these, and which a handle answers."""

    def make(handle: Told, retries: Any) -> requests.Session:
        monkeypatch.setattr("pytest_studio.transports.requests._dispatch", handle)
        made = requests.Session()
        made.mount("https://", HTTPAdapter(max_retries=retries))
        return made

    return make


def test_retries_of_a_number_are_of_connections_only(studio: FakeStudio, session: Callable[..., Any]) -> None:
    """``max_retries=2`` lives through two refused connections, and not through three."""
    handle = failing("refused", "connect-timeout")
    assert session(handle, 2).get(FLOWS).text == "well"
    assert len(handle.asked) == 3
    handle = failing("refused", "connect-timeout", "refused")
    with pytest.raises(requests.ConnectionError, match="Max retries exceeded with url: /v2/Flows"):
        session(handle, 2).get(FLOWS)
    assert len(handle.asked) == 3


def test_errors_and_statuses_share_one_count(studio: FakeStudio, session: Callable[..., Any]) -> None:
    """As in ``urllib3``: a refused connection and a 503 use up two retries."""
    retry = Retry(2, status_forcelist=[503], backoff_factor=0)
    handle = Told(Response(0, {}, failure="refused"), Response(503, {}), Response(503, {}))
    with pytest.raises(requests.exceptions.RetryError, match="too many 503 error responses"):
        session(handle, retry).get(FLOWS)
    assert len(handle.asked) == 3


def test_a_post_that_was_sent_is_not_retried(studio: FakeStudio, session: Callable[..., Any]) -> None:
    """A broken connection after a POST is met at once; after a GET it is retried."""
    handle = failing("reset")
    with pytest.raises(requests.ConnectionError, match="Connection aborted"):
        session(handle, Retry(2, backoff_factor=0)).post(FLOWS)
    handle = failing("reset", "read-timeout")
    assert session(handle, Retry(2, backoff_factor=0)).get(FLOWS).text == "well"


def test_retry_after_is_not_slept(studio: FakeStudio, session: Callable[..., Any]) -> None:
    """A test does not wait for the hour that an answer asks for."""
    handle = Told(Response(429, {"Retry-After": "3600"}))
    assert session(handle, Retry(1, status_forcelist=[429])).get(FLOWS).text == "well"


def test_a_truncated_stream_has_status_headers_and_half_of_the_body() -> None:
    """With ``stream=True`` the exception comes when the body is read."""
    with FakeStudio() as studio:
        whole = requests.get(FLOWS, auth=auth(studio)).content
        studio.fail(LIST, exception="truncated")
        answer = requests.get(FLOWS, auth=auth(studio), stream=True)
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
        parts = answer.iter_content(10)
        got = next(parts)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            got += b"".join(parts)
        assert whole.startswith(got)


def test_half_of_a_truncated_body_can_be_read() -> None:
    """Before the exception comes; what is left of the last portion is lost, as in ``urllib3``."""
    with FakeStudio() as studio:
        whole = requests.get(FLOWS, auth=auth(studio)).content
        studio.fail(LIST, exception="truncated")
        got: list[bytes] = []
        answer = requests.get(FLOWS, auth=auth(studio), stream=True)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            got.extend(answer.iter_content(10))
        half = len(whole) // 2
        assert whole.startswith(b"".join(got))
        assert half - 10 < len(b"".join(got)) <= half


def test_a_truncated_stream_of_httpx_has_status_and_headers() -> None:
    """With ``client.stream``."""
    httpx = pytest.importorskip("httpx")
    with FakeStudio() as studio, httpx.Client(auth=auth(studio)) as client:
        studio.fail(LIST, exception="truncated")
        with client.stream("GET", FLOWS) as answer:
            assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
            with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
                answer.read()


def test_retries_of_httpx_are_of_connections_only() -> None:
    """``HTTPTransport(retries=2)``."""
    httpx = pytest.importorskip("httpx")
    with FakeStudio() as studio, httpx.Client(transport=httpx.HTTPTransport(retries=2), auth=auth(studio)) as client:
        studio.fail(LIST, exception="connection", times=2)
        assert client.get(FLOWS).status_code == 200
        studio.fail(LIST, exception="connection", times=3)
        with pytest.raises(httpx.ConnectError):
            client.get(FLOWS)
        studio.fail(LIST, exception="connection", applied=True)
        with pytest.raises(httpx.RemoteProtocolError):
            client.get(FLOWS)


def test_aiohttps_timeouts_are_told_apart() -> None:
    """``sock_read`` has a class of its own, and ``total`` the plain timeout; the shorter one is met."""
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("h11")
    silent = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)

    async def ask(studio: FakeStudio, **limits: float | None) -> type[BaseException]:
        async with aiohttp.ClientSession(headers={"Authorization": _basic(studio)}) as session:
            with pytest.raises(asyncio.TimeoutError) as caught:
                await session.get(FLOWS, timeout=aiohttp.ClientTimeout(**limits))
        return caught.type

    with FakeStudio() as studio:
        studio.slow(LIST, 20)
        assert asyncio.run(ask(studio, sock_read=5)) is silent
        assert asyncio.run(ask(studio, sock_read=5, total=9)) is silent
        assert asyncio.run(ask(studio, sock_read=9, total=5)) is asyncio.TimeoutError
        studio.fail(LIST, exception="timeout", applied=True)
        assert asyncio.run(ask(studio, total=None)) is silent


def test_a_truncated_answer_of_aiohttp_has_status_and_headers() -> None:
    """The exception comes when the body is read."""
    aiohttp = pytest.importorskip("aiohttp")
    pytest.importorskip("h11")

    async def ask(studio: FakeStudio) -> None:
        headers = {"Authorization": _basic(studio)}
        async with aiohttp.ClientSession(headers=headers) as session, session.get(FLOWS) as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json; charset=utf-8")
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.json()

    with FakeStudio() as studio:
        studio.fail(LIST, exception="truncated")
        asyncio.run(ask(studio))


def test_aiohttp_tries_a_get_again_when_a_connection_breaks() -> None:
    """Its own habit (since 3.10): one attempt more for what may be repeated, none for a POST."""
    aiohttp = pytest.importorskip("aiohttp", minversion="3.10")
    pytest.importorskip("h11")

    async def ask(studio: FakeStudio, method: str) -> int:
        headers = {"Authorization": _basic(studio)}
        async with aiohttp.ClientSession(headers=headers) as session, session.request(method, FLOWS) as answer:
            return int(answer.status)

    with FakeStudio() as studio:
        studio.fail("*", exception="connection", applied=True)
        assert asyncio.run(ask(studio, "GET")) == 200
        assert [call.status for call in studio.calls] == [None, 200]
        studio.fail("*", exception="connection", applied=True)
        with pytest.raises(aiohttp.ServerDisconnectedError):
            asyncio.run(ask(studio, "POST"))
        studio.fail("*", exception="connection")
        with pytest.raises(aiohttp.ClientConnectorError, match=r"Cannot connect to host studio.twilio.com:443"):
            asyncio.run(ask(studio, "GET"))
