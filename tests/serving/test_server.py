"""The HTTP server: real sockets on the loopback interface."""

from __future__ import annotations

import contextlib
import gc
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from helpers import FROM, SMALLEST, basic

from pytest_studio import FakeStudio, Request, Response

pytest.importorskip("h11")

from pytest_studio.serving.addresses import readdressed
from pytest_studio.serving.server import StudioServer

#: Seconds after which a test that hangs fails.
LONG = 30
GET = b"GET /v2/Flows HTTP/1.1\r\nHost: studio.twilio.com\r\n\r\n"


@pytest.fixture
def server(fake: FakeStudio) -> Iterator[StudioServer]:
    """A server of the test's fake."""
    with StudioServer(fake) as running:
        yield running


@contextlib.contextmanager
def connected(server: StudioServer) -> Iterator[socket.socket]:
    """A raw connection."""
    with socket.create_connection((server.host, server.port), timeout=LONG) as client:
        yield client


def ask(
    server: StudioServer, method: str, path: str, form: dict[str, Any] | bytes | None = None, **headers: str
) -> tuple[int, Any]:
    """Status and payload of one request with the account's credentials."""
    client = http.client.HTTPConnection(server.host, server.port, timeout=LONG)
    body = urlencode(form) if isinstance(form, dict) else form
    given = {**basic(server.studio.account_sid, server.studio.auth_token), **headers}
    with contextlib.closing(client):
        client.request(method, path, body, given)
        answer = client.getresponse()
        text = answer.read()
    return answer.status, json.loads(text) if text else None


def all_of(client: socket.socket) -> bytes:
    """What comes until the server closes."""
    got = b""
    while data := client.recv(65536):
        got += data
    return got


def answers(client: socket.socket, count: int) -> list[int]:
    """The statuses of the next answers, read whole."""
    statuses, got = [], b""
    while len(statuses) < count:
        head, found, rest = got.partition(b"\r\n\r\n")
        lengths = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")] if found else []
        length = int(lengths[0].split(b":")[1]) if lengths else 0
        if found and len(rest) >= length:
            statuses.append(int(head.split()[1]))
            got = rest[length:]
            continue
        data = client.recv(65536)
        if not data:
            break
        got += data
    return statuses


def test_a_studio_is_reached_by_its_address(server: StudioServer, fake: FakeStudio) -> None:
    """Made by one request, there for the next; the calls are noted."""
    form = {"FriendlyName": "A", "Status": "published", "Definition": json.dumps(SMALLEST)}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    status, flow = ask(server, "POST", "/v2/Flows", form, **headers)
    assert status == 201
    assert ask(server, "GET", f"/v2/Flows/{flow['sid']}")[1]["friendly_name"] == "A"
    assert [call.operation for call in fake.calls] == ["v2.CreateFlow", "v2.FetchFlow"]
    assert server.url == f"http://127.0.0.1:{server.port}"


# -- urls ----------------------------------------------------------------------------------------------------


def test_urls_in_payloads_lead_back_to_the_server(server: StudioServer, fake: FakeStudio) -> None:
    """A page's and its rows', by the name that the client used; the account's own data is left alone."""
    elsewhere = "https://studio.twilio.com/v2/Flows"
    execution = fake.add_execution(context={"url": elsewhere, "links": {"a": elsewhere}})
    fake.add_steps(execution, 3)
    path = f"/v2/Flows/{execution.flow_sid}/Executions/{execution.sid}"
    _, page = ask(server, "GET", f"{path}/Steps?PageSize=2")
    assert page["meta"]["next_page_url"].startswith(f"{server.url}{path}/Steps?PageSize=2&Page=1&PageToken=")
    row = page["steps"][0]
    assert row["url"] == f"{server.url}{path}/Steps/{row['sid']}"
    assert row["links"] == {"step_context": f"{row['url']}/Context"}
    _, other = ask(server, "GET", path, Host="studio.local:8080")
    assert other["url"] == f"http://studio.local:8080{path}"
    _, context = ask(server, "GET", f"{path}/Context")
    assert context["url"] == f"{server.url}{path}/Context"
    assert context["context"] == {"url": elsewhere, "links": {"a": elsewhere}}


@pytest.mark.parametrize("host", ["studio.twilio.com", "studio.dublin.ie1.twilio.com", "studio.twilio.com:443"])
def test_urls_stay_twilios_for_a_client_that_means_twilio(server: StudioServer, fake: FakeStudio, host: str) -> None:
    """By its ``Host``."""
    flow = fake.add_flow()
    url = f"/v2/Flows/{flow.sid}"
    assert ask(server, "GET", url, Host=host)[1]["url"] == f"https://studio.twilio.com{url}"


def test_urls_stay_twilios_where_the_server_was_told_so(fake: FakeStudio) -> None:
    """``rewrite_urls=False``."""
    flow = fake.add_flow()
    with StudioServer(fake, rewrite_urls=False) as server:
        url = f"/v2/Flows/{flow.sid}"
        assert ask(server, "GET", url)[1]["url"] == f"https://studio.twilio.com{url}"


@pytest.mark.parametrize("body", [b'["https://studio.twilio.com/"]', b'{"url": "https://studio.twilio.com/', b"<html>"])
def test_a_body_that_is_no_payload_is_left_alone(body: bytes) -> None:
    """Such as an answer of the test's own."""
    answer = Response(200, {}, body)
    assert readdressed(answer, Request("GET", "http://127.0.0.1:1/")) is answer


def test_the_sdk_follows_pages_on_the_server(server: StudioServer, fake: FakeStudio) -> None:
    """It takes the next page's url as it stands; while a studio is active in this process as well."""
    rest = pytest.importorskip("twilio.rest")
    execution = fake.add_execution()
    made = fake.add_steps(execution, 5)
    client = rest.Client(fake.account_sid, fake.auth_token)
    client.studio.base_url = server.url
    with FakeStudio() as other:
        steps = client.studio.v2.flows(execution.flow_sid).executions(execution.sid).steps.list(page_size=2)
        client.http_client.session.close()
    assert [step.sid for step in steps] == [step.sid for step in reversed(made)]
    assert (len(fake.calls), len(other.calls)) == (3, 0)


# -- addresses and life ---------------------------------------------------------------------------------------


def test_a_port_that_is_taken_is_said_at_once(server: StudioServer) -> None:
    """With its number, and what would work."""
    with pytest.raises(OSError, match=rf"cannot listen on 127.0.0.1, port {server.port}: .*port 0 takes a free one"):
        StudioServer(port=server.port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 65536), ("127.0.0.1", -1), ("no.such.host.invalid", 0)])
def test_an_address_that_cannot_be_is_said_at_once(host: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Out of range, or of no machine."""
    real = socket.getaddrinfo

    def resolve(name: Any, *args: Any, **kwargs: Any) -> Any:
        if str(name).endswith(".invalid"):
            raise socket.gaierror("no such name")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    with pytest.raises(OSError, match=f"cannot listen on {host}, port {port}"):
        StudioServer(host=host, port=port)


def test_a_server_listens_before_its_thread_runs(fake: FakeStudio) -> None:
    """A client that comes at once is served."""
    server = StudioServer(fake)
    with connected(server) as client:
        client.sendall(GET)
        with server:
            assert answers(client, 1) == [401]


def test_a_server_is_started_once(server: StudioServer) -> None:
    """Its address is its own."""
    with pytest.raises(RuntimeError, match="started once"):
        server.start()


def test_without_a_studio_the_answer_is_503() -> None:
    """And says why; with one, it answers inside of the block."""
    with StudioServer() as server:
        with connected(server) as client:
            client.sendall(GET)
            got = client.recv(65536)
        assert b"503 Service Unavailable" in got
        assert b"no test that uses" in got
        with server.serving(FakeStudio()) as serving, connected(serving) as client:
            client.sendall(GET)
            assert answers(client, 1) == [401]
        with pytest.raises(RuntimeError, match="has no studio now"):
            _ = server.studio


def test_stopping_takes_no_second_with_connections_open(fake: FakeStudio) -> None:
    """Idle, half-sent, owed an answer, never to be answered: all are broken off, no thread and no socket is left."""
    before = threading.active_count()
    fake.slow("v2.ListFlow", 3600)
    with warnings.catch_warnings(), contextlib.ExitStack() as stack:
        warnings.simplefilter("error")
        server = StudioServer(fake).start()
        clients = [stack.enter_context(connected(server)) for _ in range(20)]
        authorized = (
            GET[:-2] + f"Authorization: {basic(fake.account_sid, fake.auth_token)['Authorization']}\r\n\r\n".encode()
        )
        for number, client in enumerate(clients):
            client.sendall([b"", GET[:10], authorized, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"][number % 4])
        assert answers(clients[3], 1) == [401]
        started = time.perf_counter()
        server.stop()
        assert time.perf_counter() - started < 1
        for client in clients:
            with contextlib.suppress(ConnectionResetError):
                assert client.recv(10) in (b"", b"HTTP/1.1 4")
        gc.collect()
    assert threading.active_count() == before
    server.stop()  # a second time does no harm
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((server.host, server.port), timeout=LONG)


def test_a_server_that_is_never_started_gives_its_port_back() -> None:
    """When it is stopped."""
    server = StudioServer()
    server.stop()
    with StudioServer(port=server.port):
        pass


# -- what clients do -------------------------------------------------------------------------------------------


def test_64_connections_are_held_at_once(server: StudioServer, fake: FakeStudio) -> None:
    """Each is served, and once more on the same connection."""
    fake.add_flow()
    with contextlib.ExitStack() as stack:
        clients = [stack.enter_context(connected(server)) for _ in range(64)]
        for _ in range(2):
            for client in clients:
                client.sendall(GET)
            assert [answers(client, 1) for client in clients] == [[401]] * 64
    assert len(fake.calls) == 128


def test_requests_at_the_same_time_do_not_mix(server: StudioServer, fake: FakeStudio) -> None:
    """Each of 16 threads meets its own Executions."""
    flow = fake.add_flow()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    def create(number: int) -> bool:
        form = {"To": f"+1555010{number:04}", "From": FROM}
        status, made = ask(server, "POST", f"/v2/Flows/{flow.sid}/Executions", form, **headers)
        return status == 201 and bool(made["contact_channel_address"] == form["To"])

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(create, range(64)))
    assert len(fake.executions) == 64


def test_a_slow_client_is_served_in_the_end_and_keeps_nobody_waiting(server: StudioServer, fake: FakeStudio) -> None:
    """Byte by byte, while others come and go."""
    with connected(server) as slow:
        for byte in GET[:-1]:
            slow.sendall(bytes([byte]))
        assert ask(server, "GET", "/v2/Flows")[0] == 200
        slow.sendall(GET[-1:])
        assert answers(slow, 1) == [401]


def test_ten_megabytes_are_read(server: StudioServer, fake: FakeStudio) -> None:
    """As a definition, which is then judged."""
    form = {"FriendlyName": "A", "Status": "draft", "Definition": json.dumps({"initial_state": "x" * 10_000_000})}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert ask(server, "POST", "/v2/Flows", form, **headers)[0] in (201, 400)
    assert len(fake.calls[0].params["Definition"]) > 10_000_000


def test_bad_utf_8_is_no_fault_of_the_servers(server: StudioServer) -> None:
    """In a body, in an escaped path."""
    form = b"FriendlyName=\xff\xfe&Status=draft&Definition={\xc3\x28"
    assert ask(server, "POST", "/v2/Flows", form)[0] == 400
    assert ask(server, "GET", "/v2/Flows/%ff%fe")[0] == 404


@pytest.mark.parametrize("method", ["BREW", "OPTIONS", "PUT", "TRACE", "CONNECT"])
def test_methods_that_studio_has_not_are_answered(server: StudioServer, method: str) -> None:
    """In Twilio's envelope."""
    status, error = ask(server, method, "/v2/Flows")
    assert (status, error["status"]) in [(405, 405), (404, 404)]


def test_two_hundred_requests_in_one_packet_are_answered(server: StudioServer, fake: FakeStudio) -> None:
    """In order."""
    with connected(server) as client:
        client.sendall(GET * 200)
        assert answers(client, 200) == [401] * 200
    assert len(fake.calls) == 200


def test_a_client_that_sends_but_does_not_read_is_waited_for(server: StudioServer, fake: FakeStudio) -> None:
    """What it gets back is not heaped up; once it reads, all of it comes."""
    count = 12_000
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        client.settimeout(LONG)
        client.connect((server.host, server.port))
        sender = threading.Thread(target=client.sendall, args=(GET * count,))
        sender.start()
        assert ask(server, "GET", "/v2/Flows")[0] == 200
        assert len(fake.calls) < count
        assert answers(client, count) == [401] * count
        sender.join()


def test_a_client_that_goes_before_its_answer_is_not_missed(
    server: StudioServer, fake: FakeStudio, capfd: pytest.CaptureFixture[str]
) -> None:
    """In the middle of a request, of an answer, with a reset; nothing is printed."""
    fake.add_steps(fake.add_execution(), 1000)
    linger = (1).to_bytes(4, sys.byteorder) + bytes(4)
    for sent in (GET[:30], GET * 50, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nabc"):
        for reset in (False, True):
            with connected(server) as client:
                client.sendall(sent)
                if reset:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    assert ask(server, "GET", "/v2/Flows")[0] == 200
    server.stop()
    assert server.lines == set()
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "sent",
    [b"\xff\xfe\x00\r\n\r\n", b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 3_000_000, b"\x16\x03\x01\x00\xa5\r\n\r\n"],
)
def test_what_is_no_http_is_told_so(server: StudioServer, sent: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    """Even while it still sends; then the connection is closed."""
    with connected(server) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(sent)
        got = all_of(client)
    assert got.split()[1] in (b"400", b"431")
    assert b'"code": 20001' in got
    assert capfd.readouterr() == ("", "")


def test_connections_on_which_nothing_moves_are_dropped(fake: FakeStudio) -> None:
    """Idle or half-sent; not those to which an answer is owed."""
    fake.slow("v2.ListFlow", 0.9)
    with StudioServer(fake, idle=0.4) as server:
        with connected(server) as idle, connected(server) as half:
            half.sendall(GET[:20])
            for client in (idle, half):
                with contextlib.suppress(ConnectionResetError):
                    assert client.recv(10) == b""
        assert ask(server, "GET", "/v2/Flows")[0] == 200


def test_a_client_that_reads_slowly_is_not_taken_for_idle(server: StudioServer) -> None:
    """As long as it reads at all."""
    line = server.channel()
    left, broken = iter([900, 600, 300, 300, 300]), []
    line.transport = SimpleNamespace(get_write_buffer_size=lambda: next(left), abort=lambda: broken.append(True))
    for now in (40.0, 80.0, 120.0, 160.0):
        line.tire(now, 60.0)
        assert not broken
    line.tire(200.0, 60.0)
    assert broken


# -- faults ----------------------------------------------------------------------------------------------------


def test_a_slow_answer_takes_its_time_and_holds_up_nobody_else(server: StudioServer, fake: FakeStudio) -> None:
    """In real seconds, without a thread."""
    flow = fake.add_flow()
    fake.slow("v2.ListFlow", 0.5)
    threads = threading.active_count()
    with ThreadPoolExecutor(8) as pool:
        started = time.perf_counter()
        waiting = [pool.submit(ask, server, "GET", "/v2/Flows") for _ in range(8)]
        assert ask(server, "GET", f"/v2/Flows/{flow.sid}")[0] == 200
        assert not any(future.done() for future in waiting)
        assert [future.result()[0] for future in waiting] == [200] * 8
        assert 0.5 <= time.perf_counter() - started < 8 * 0.5
    assert threading.active_count() <= threads


def test_a_slow_answer_comes_while_the_clock_of_the_process_stands_still(
    server: StudioServer, fake: FakeStudio
) -> None:
    """``freezegun`` stops ``time.monotonic``, too."""
    freezegun = pytest.importorskip("freezegun")
    fake.slow("v2.ListFlow", 0.05)
    with freezegun.freeze_time("2026-03-14"):
        assert ask(server, "GET", "/v2/Flows")[0] == 200


def test_requests_behind_a_slow_one_wait_their_turn(server: StudioServer, fake: FakeStudio) -> None:
    """On one connection, answers come in order."""
    fake.slow("v2.ListFlow", 0.05)
    authorization = basic(fake.account_sid, fake.auth_token)["Authorization"]
    slow = GET[:-2] + f"Authorization: {authorization}\r\n\r\n".encode()
    with connected(server) as client:
        client.sendall(slow + GET)
        client.sendall(GET)
        assert answers(client, 3) == [200, 401, 401]


@pytest.mark.parametrize("applied", [False, True])
def test_a_timeout_is_silence(server: StudioServer, fake: FakeStudio, applied: bool) -> None:
    """The client's own patience ends it; others are served meanwhile."""
    fake.fail("v2.ListFlow", exception="timeout", applied=applied)
    client = http.client.HTTPConnection(server.host, server.port, timeout=0.1)
    with contextlib.closing(client):
        client.request("GET", "/v2/Flows", headers=basic(fake.account_sid, fake.auth_token))
        with pytest.raises(TimeoutError):
            client.getresponse()
        assert ask(server, "GET", "/v2/Flows")[0] == 200


@pytest.mark.parametrize("applied", [False, True])
def test_a_broken_connection_is_a_reset(server: StudioServer, fake: FakeStudio, applied: bool) -> None:
    """Without an answer; whether it happened or not."""
    fake.fail("v2.CreateFlow", exception="connection", applied=applied)
    form = {"FriendlyName": "A", "Status": "draft", "Definition": json.dumps(SMALLEST)}
    with pytest.raises(ConnectionResetError):
        ask(server, "POST", "/v2/Flows", form)
    assert len(fake.flows) == applied


def test_a_truncated_body_breaks_off(server: StudioServer, fake: FakeStudio) -> None:
    """Half of what the head promised."""
    fake.add_flow()
    fake.fail("v2.ListFlow", exception="truncated")
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(server, "GET", "/v2/Flows")
    assert caught.value.expected is not None
    assert abs(len(caught.value.partial) - caught.value.expected) <= 1


def test_what_is_owed_to_a_client_ends_with_its_test(fake: FakeStudio) -> None:
    """The connection is broken off, so that the next test does not meet it."""
    fake.fail("v2.ListFlow", exception="timeout")
    authorization = basic(fake.account_sid, fake.auth_token)["Authorization"]
    with StudioServer() as server, connected(server) as held:
        with server.serving(fake):
            held.sendall(GET[:-2] + f"Authorization: {authorization}\r\n\r\n".encode())
            assert ask(server, "GET", "/v3")[0] == 404
            assert len(fake.calls) == 2
        with contextlib.suppress(ConnectionResetError):
            assert held.recv(10) == b""


def test_a_truncated_answer_without_a_body_is_a_reset(server: StudioServer, fake: FakeStudio) -> None:
    """A head alone would be a whole answer."""
    flow = fake.add_flow()
    fake.fail("v2.DeleteFlow", exception="truncated")
    with pytest.raises(ConnectionResetError):
        ask(server, "DELETE", f"/v2/Flows/{flow.sid}")


def fails(*_: object, **__: object) -> Any:
    """What goes wrong beside the studio."""
    raise RuntimeError("a fault")


def test_a_client_whose_late_answer_fails_is_not_left_waiting(
    fake: FakeStudio, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody else would tell it: the connection is broken off."""
    fake.slow("v2.ListFlow", 0.05)
    authorization = basic(fake.account_sid, fake.auth_token)["Authorization"]
    with StudioServer(fake) as server, connected(server) as client:
        client.sendall(GET[:-2] + f"Authorization: {authorization}\r\n\r\n".encode())
        assert ask(server, "GET", "/v3")[0] == 404
        server.log = fails
        client.sendall(GET)  # answered once the late answer is out
        with contextlib.suppress(ConnectionResetError):
            all_of(client)
        server.log = None
        assert ask(server, "GET", "/v3")[0] == 404
    assert capfd.readouterr() == ("", "")


def test_a_client_is_not_left_waiting_where_the_loop_calls_in_vain(
    server: StudioServer, capfd: pytest.CaptureFixture[str]
) -> None:
    """What asyncio then tells its handler, as of a failing ``resume_writing``, breaks the connection off."""
    with connected(server) as client:
        client.sendall(GET)
        assert answers(client, 1) == [401]
        (line,) = server.lines
        context = {"exception": RuntimeError("a fault"), "protocol": line, "transport": line.transport}
        server.loop.call_soon_threadsafe(server.loop.call_exception_handler, {"message": "in vain", **context})
        with contextlib.suppress(ConnectionResetError):
            assert client.recv(10) == b""
    assert ask(server, "GET", "/v3")[0] == 404
    assert capfd.readouterr() == ("", "")


class Broken:
    """A studio that fails."""

    account_sid, auth_token = "AC", "x"

    def handle(self, request: Request) -> Response:
        """Raises."""
        raise RuntimeError("a secret")

    def note_refusal(self, method: str, url: str, why: str) -> None:
        """Never called."""


def test_a_fault_of_the_fake_is_a_500_without_a_traceback(capfd: pytest.CaptureFixture[str]) -> None:
    """Neither to the client nor on stderr."""
    with StudioServer(Broken()) as server:
        status, error = ask(server, "GET", "/v2/Flows")
    assert (status, error["code"]) == (500, 20500)
    assert "secret" not in str(error)
    assert capfd.readouterr() == ("", "")


def test_the_server_imports_no_client_and_no_test_library() -> None:
    """Its start-up is paid by every suite that is not Python's."""
    code = f"""
import sys
from pytest_studio import FakeStudio
from pytest_studio.serving.server import StudioServer
import http.client
studio = FakeStudio(env=False)
with StudioServer(studio) as server:
    client = http.client.HTTPConnection(server.host, server.port)
    client.request("POST", "/v2/Flows", "FriendlyName=A&Status=draft&Definition=%7B%7D", {basic("AC", "x")!r})
    assert client.getresponse().status == 401
    client.close()
studio.add_step()
heavy = {{"responses", "requests", "pytest", "_pytest", "jsonschema", "faker", "twilio", "httpx", "aiohttp", "trustme"}}
assert not heavy & set(sys.modules), heavy & set(sys.modules)
"""
    env = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60, env=env)


def test_a_client_that_comes_as_the_server_stops_is_sent_away_too(fake: FakeStudio) -> None:
    """Nothing of it is left open, whichever step of being accepted it was at."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(30):
            server = StudioServer(fake).start()
            with socket.create_connection((server.host, server.port), timeout=LONG) as client:
                server.stop()
                with contextlib.suppress(ConnectionResetError):
                    assert client.recv(1) == b""
            del server
        gc.collect()
    assert [str(one.message) for one in caught] == []
