"""The HTTPS proxy: real sockets and TLS on the loopback interface."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from helpers import basic

from pytest_studio import FakeStudio

pytest.importorskip("h11")
pytest.importorskip("trustme")

from pytest_studio.serving.proxy import StudioProxy
from pytest_studio.serving.proxy import _is_near as is_near
from pytest_studio.serving.server import StudioServer
from pytest_studio.transports.http11 import Connection

LONG = 10


@pytest.fixture(scope="module")
def running() -> Iterator[StudioProxy]:
    """One proxy: making a CA takes a moment."""
    with StudioProxy() as proxy:
        yield proxy


@pytest.fixture
def proxy(running: StudioProxy, fake: FakeStudio) -> Iterator[StudioProxy]:
    """A proxy of the test's fake."""
    with running.serving(fake):
        yield running


def tunnel(proxy: StudioProxy, host: str, port: int = 443, cafile: str | None = None) -> http.client.HTTPSConnection:
    """A client that goes through the proxy, and trusts it."""
    context = ssl.create_default_context(cafile=cafile or proxy.ca_file)
    client = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=LONG, context=context)
    client.set_tunnel(host, port)
    return client


def ask(proxy: StudioProxy, path: str = "/v2/Flows", host: str = "studio.twilio.com") -> tuple[int, Any]:
    """Status and payload of a GET with the account's credentials."""
    with contextlib.closing(tunnel(proxy, host)) as client:
        client.request("GET", path, headers=basic(proxy.studio.account_sid, proxy.studio.auth_token))
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())


def plainly(proxy: StudioProxy, method: str, url: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """Status and body of a request that goes to the proxy itself, as for http."""
    with contextlib.closing(http.client.HTTPConnection(proxy.host, proxy.port, timeout=LONG)) as client:
        client.request(method, url, body, headers)
        answer = client.getresponse()
        return answer.status, answer.read()


@pytest.mark.parametrize("host", ["studio.twilio.com", "studio.ie1.twilio.com", "Studio.Dublin.ie1.Twilio.com"])
def test_studios_hosts_are_answered(proxy: StudioProxy, fake: FakeStudio, host: str) -> None:
    """In TLS, by a certificate of the very name; urls are Studio's."""
    flow = fake.add_flow()
    status, page = ask(proxy, host=host)
    assert (status, [row["sid"] for row in page["flows"]]) == (200, [flow.sid])
    assert page["flows"][0]["url"] == f"https://studio.twilio.com/v2/Flows/{flow.sid}"
    assert [call.operation for call in fake.calls] == ["v2.ListFlow"]


def test_one_connection_serves_many_requests(proxy: StudioProxy, fake: FakeStudio) -> None:
    """Kept alive inside of TLS, HTTP/1.1 by ALPN."""
    with contextlib.closing(tunnel(proxy, "studio.twilio.com")) as client:
        for _ in range(3):
            client.request("GET", "/v2/Flows")
            assert client.getresponse().read()
        assert isinstance(client.sock, ssl.SSLSocket)
        context = ssl.create_default_context(cafile=proxy.ca_file)
        context.set_alpn_protocols(["h2", "http/1.1"])
    assert len(fake.calls) == 3
    with contextlib.closing(tunnel(proxy, "studio.twilio.com")) as client:
        client._context = context  # type: ignore[attr-defined]
        client.connect()
        assert client.sock.selected_alpn_protocol() == "http/1.1"


def test_a_large_body_passes_through_tls(proxy: StudioProxy, fake: FakeStudio) -> None:
    """10 MB up, and what is answered down."""
    with contextlib.closing(tunnel(proxy, "studio.twilio.com")) as client:
        headers = basic(fake.account_sid, fake.auth_token)
        client.request("POST", "/v2/Flows", b"FriendlyName=A&Status=draft&Definition=" + b"1" * 10_000_000, headers)
        assert client.getresponse().status == 400
    assert len(fake.calls[0].params["Definition"]) == 10_000_000


def test_plain_http_to_studio_is_answered(proxy: StudioProxy, fake: FakeStudio) -> None:
    """As it comes to a proxy: with the whole url."""
    headers = basic(fake.account_sid, fake.auth_token)
    status, body = plainly(proxy, "GET", "http://studio.twilio.com/v2/Flows", **headers)
    assert (status, json.loads(body)["flows"]) == (200, [])


@pytest.mark.parametrize("host", ["api.twilio.com", "twilio.com", "chat.us1.twilio.com"])
def test_other_hosts_of_twilio_are_refused_whatever_is_allowed(fake: FakeStudio, host: str) -> None:
    """403, with the reason; it stands in the failure report."""
    with StudioProxy(fake, allow=["*", "api.twilio.com"]) as proxy:
        with pytest.raises(OSError, match="403 Forbidden"):
            ask(proxy, host=host)
        status, body = plainly(proxy, "GET", f"http://{host}/")
    assert status == 403
    assert f"{host} is not reached through this proxy: only Studio is faked".encode() in body
    assert [host in (call.why or "") for call in fake.calls] == [True, True]


def test_hosts_of_others_are_refused_unless_they_are_allowed(proxy: StudioProxy, fake: FakeStudio) -> None:
    """With the words that would allow it."""
    with pytest.raises(OSError, match="403 Forbidden"):
        ask(proxy, host="example.com")
    status, body = plainly(proxy, "GET", "http://example.com/")
    assert status == 403
    assert b"example.com is not Studio, and is not passed through: allow it" in body


def test_which_hosts_are_allowed() -> None:
    """Names, all under one, any; local ones always."""
    proxy = StudioProxy(allow=["a.example", "*.b.example", "127.0.0.9"])
    try:
        passed = [host for host in ("a.example", "x.a.example", "b.example", "x.b.example") if proxy.passes(host)]
        assert passed == ["a.example", "x.b.example"]
        assert proxy.passes("localhost")
        assert proxy.passes("127.0.0.5")
        assert not proxy.passes("127.b.example.com")
        proxy.allow.append("*")
        assert proxy.passes("any.example")
        assert proxy.passes("any.example", near=False)
        assert proxy.passes("127.0.0.9", near=False)
        here = ("localhost", "127.0.0.5", "::1", "::ffff:127.0.0.1")
        assert not any(proxy.passes(host, near=False) for host in here)
        assert not proxy.passes("api.twilio.com")
    finally:
        proxy.stop()
    with pytest.raises(TypeError, match="allow is a list of hosts"):
        StudioProxy(allow="a.example")


def test_what_one_test_allows_the_next_does_not(running: StudioProxy) -> None:
    """The proxy is one for all tests."""
    with running.serving(FakeStudio()):
        running.allow.append("a.example")
    assert not running.passes("a.example")


@pytest.fixture
def elsewhere() -> Iterator[StudioServer]:
    """A local server that is not Studio: another studio, which will do."""
    with StudioServer(FakeStudio()) as server:
        yield server


def test_local_hosts_are_passed_through(proxy: StudioProxy, fake: FakeStudio, elsewhere: StudioServer) -> None:
    """For clients that know no NO_PROXY: by CONNECT, and as plain requests with query and body."""
    client = http.client.HTTPConnection(proxy.host, proxy.port, timeout=LONG)
    client.set_tunnel(elsewhere.host, elsewhere.port)
    with contextlib.closing(client):
        for _ in range(2):
            client.request("GET", "/v2/Flows")
            answer = client.getresponse()
            assert answer.status == 401
            assert answer.read()
    other = elsewhere.studio
    assert isinstance(other, FakeStudio)
    given = {**basic(other.account_sid, other.auth_token), "Proxy-Authorization": "Basic abc"}
    with other.lenient():
        assert plainly(proxy, "GET", f"{elsewhere.url}/v2/Flows?PageSize=1", **given)[0] == 200
        assert plainly(proxy, "POST", f"{elsewhere.url}/v2/Flows", b"FriendlyName=A", **given)[0] == 400
    assert [(call.method, call.params) for call in other.calls[2:]] == [
        ("GET", {"PageSize": "1"}),
        ("POST", {"FriendlyName": "A"}),
    ]
    assert other.calls[2].headers.get("Proxy-Authorization") is None
    assert len(fake.calls) == 0


@pytest.fixture
def far_clients(proxy: StudioProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy takes its clients for other machines, and only them."""
    monkeypatch.setattr(
        "pytest_studio.serving.proxy._is_near",
        lambda transport: transport.get_extra_info("sockname")[1] != proxy.port and is_near(transport),
    )


@pytest.mark.usefixtures("far_clients")
@pytest.mark.parametrize("allow", [[], ["*"]])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "0.0.0.0"])
def test_ports_of_this_machine_are_closed_to_other_machines(
    proxy: StudioProxy, fake: FakeStudio, elsewhere: StudioServer, host: str, allow: list[str]
) -> None:
    """By whatever name, unless it is allowed by that very name; Studio is answered."""
    if host == "0.0.0.0" and os.name != "posix":
        pytest.skip("no address to connect to")
    proxy.allow += allow
    client = http.client.HTTPConnection(proxy.host, proxy.port, timeout=LONG)
    client.set_tunnel(host, elsewhere.port)
    with contextlib.closing(client), pytest.raises(OSError, match="403 Forbidden"):
        client.request("GET", "/v2/Flows")
    status, body = plainly(proxy, "GET", f"http://{host}:{elsewhere.port}/v2/Flows")
    assert status == 403
    assert b"allow it" in body
    assert [host in (call.why or "") for call in fake.calls] == [True, True]
    other = elsewhere.studio
    assert isinstance(other, FakeStudio)
    assert len(other.calls) == 0
    proxy.allow.append(host)
    assert plainly(proxy, "GET", f"http://{host}:{elsewhere.port}/v2/Flows")[0] == 401
    assert ask(proxy)[0] == 200


def test_who_is_on_this_machine_is_told_by_the_address() -> None:
    """Of the other side; where there is none, it is not."""
    peers = {("127.0.0.1", 1): True, ("::1", 1, 0, 0): True, ("::ffff:127.0.0.1", 1, 0, 0): True}
    peers |= {("192.0.2.1", 1): False, ("fe80::1%eth0", 1, 0, 2): False, ("::ffff:192.0.2.1", 1, 0, 0): False}
    for peer, near in peers.items():
        assert is_near(SimpleNamespace(get_extra_info={"peername": peer}.get)) is near
    assert not is_near(SimpleNamespace(get_extra_info={}.get))


def test_a_client_whose_connection_fails_in_the_proxy_is_not_left_waiting(
    proxy: StudioProxy, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """While it is made, or when it is handed over: the client's is broken off."""

    def fails(*_: object, **__: object) -> Any:
        raise RuntimeError("a fault")

    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        for place, name in ((proxy.loop, "create_connection"), (Connection, "tunnel")):
            with monkeypatch.context() as patched, socket.create_connection((proxy.host, proxy.port), LONG) as client:
                patched.setattr(place, name, fails)
                client.sendall(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
                with contextlib.suppress(ConnectionResetError):
                    assert client.recv(1000) == b""
    assert ask(proxy)[0] == 200
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("host", ["studio.-.twilio.com", f"studio.{'a' * 64}.twilio.com", "studio.a-.twilio.com"])
def test_a_name_that_no_certificate_can_have_is_502(proxy: StudioProxy, host: str) -> None:
    """Before TLS begins, so that the client hears why; the connection goes on."""
    with socket.create_connection((proxy.host, proxy.port), LONG) as client:
        for _ in range(2):
            client.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            got = client.recv(2000)
            assert got.startswith(b"HTTP/1.1 502 ")
            assert f"no certificate can be made for {host}".encode() in got


def test_certificates_are_kept_and_not_heaped_up(running: StudioProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest goes first, and is made again when it is asked for."""
    monkeypatch.setattr("pytest_studio.serving.proxy.CONTEXTS", 2)
    monkeypatch.setattr(running, "_contexts", {})
    first, second = (running.context(f"studio.{name}.twilio.com") for name in ("a", "b"))
    assert running.context("studio.a.twilio.com") is first
    running.context("studio.c.twilio.com")
    assert running.context("studio.b.twilio.com") is second
    assert running.context("studio.a.twilio.com") is not first
    assert len(running._contexts) == 2


def test_a_local_host_where_nobody_listens_is_502(proxy: StudioProxy) -> None:
    """And says so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    status, body = plainly(proxy, "GET", f"http://127.0.0.1:{port}/")
    assert status == 502
    assert f"no connection to 127.0.0.1:{port}".encode() in body
    client = http.client.HTTPConnection(proxy.host, proxy.port, timeout=LONG)
    client.set_tunnel("127.0.0.1", port)
    with contextlib.closing(client), pytest.raises(OSError, match="502"):
        client.request("GET", "/")


@pytest.mark.parametrize("place", ["a..b:443", f"{'a' * 70}.example.com:443", f"a..b:{'9' * 5000}", "127.0.0.1:65536"])
def test_a_place_that_cannot_be_is_answered(place: str) -> None:
    """Whatever Python says of such a name or port, the client is not left waiting."""
    with StudioProxy(allow=["*"]) as proxy, socket.create_connection((proxy.host, proxy.port), LONG) as client:
        client.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place[:80]}\r\n\r\n".encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 502 ")


def test_a_proxy_that_is_taken_for_a_server_says_what_it_is(proxy: StudioProxy) -> None:
    """By its own address, it would ask itself for ever."""
    for url in ("/v2/Flows", f"{proxy.url}/v2/Flows"):
        status, body = plainly(proxy, "GET", url)
        assert status == 400
        assert b"is a proxy for clients of https://studio.twilio.com" in body


def test_a_client_that_does_not_trust_the_ca_breaks_off_quietly(
    proxy: StudioProxy, fake: FakeStudio, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is printed or logged, and the next client is served."""
    bare = ssl.create_default_context()
    client = http.client.HTTPSConnection(proxy.host, proxy.port, timeout=LONG, context=bare)
    client.set_tunnel("studio.twilio.com")
    with contextlib.closing(client), pytest.raises(ssl.SSLError):
        client.request("GET", "/")
    with socket.create_connection((proxy.host, proxy.port), timeout=LONG) as raw:
        raw.sendall(b"CONNECT studio.twilio.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in raw.recv(1000)
        raw.sendall(b"GET / HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionResetError):
            raw.recv(1000)
    assert ask(proxy)[0] == 200
    assert capfd.readouterr() == ("", "")
    assert caplog.text == ""


def test_faults_are_the_networks_inside_of_tls_too(proxy: StudioProxy, fake: FakeStudio) -> None:
    """A reset, silence, half a body."""
    fake.add_flow()
    fake.fail("v2.ListFlow", exception="connection")
    with pytest.raises(ConnectionResetError):
        ask(proxy)
    fake.fail("v2.ListFlow", exception="truncated")
    with pytest.raises(http.client.IncompleteRead):
        ask(proxy)
    fake.fail("v2.ListFlow", exception="timeout")
    client = tunnel(proxy, "studio.twilio.com")
    client.timeout = 0.2
    with contextlib.closing(client):
        client.request("GET", "/v2/Flows", headers=basic(fake.account_sid, fake.auth_token))
        with pytest.raises(TimeoutError):
            client.getresponse()
    assert ask(proxy)[0] == 200


def test_stopping_takes_no_second_with_connections_open(fake: FakeStudio, elsewhere: StudioServer) -> None:
    """In TLS, in a handshake, passed through; no thread, no file is left."""
    proxy = StudioProxy(fake).start()
    inside = tunnel(proxy, "studio.twilio.com")
    through = http.client.HTTPConnection(proxy.host, proxy.port, timeout=LONG)
    through.set_tunnel(elsewhere.host, elsewhere.port)
    with (
        contextlib.closing(inside),
        contextlib.closing(through),
        socket.create_connection((proxy.host, proxy.port), timeout=LONG) as shaking,
    ):
        for client in (inside, through):
            client.request("GET", "/v2/Flows")
            client.getresponse().read()
        shaking.sendall(b"CONNECT studio.twilio.com:443 HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"200" in shaking.recv(1000)
        started = time.perf_counter()
        proxy.stop()
        assert time.perf_counter() - started < 1
        with contextlib.suppress(ConnectionResetError):
            assert shaking.recv(1000) == b""
    assert not [thread for thread in threading.enumerate() if proxy.url in thread.name]
    assert not Path(proxy.ca_file).parent.exists()
    assert proxy.lines == set()


def test_without_a_studio_the_answer_is_503(running: StudioProxy) -> None:
    """To a client that trusts it."""
    with contextlib.closing(tunnel(running, "studio.twilio.com")) as client:
        client.request("GET", "/v2/Flows")
        answer = client.getresponse()
        assert (answer.status, f"no test that uses {running.url}".encode() in answer.read()) == (503, True)


# -- the environment -------------------------------------------------------------------------------------------


def test_the_environment_leads_clients_through_the_proxy(
    proxy: StudioProxy, fake: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever this process's says; the rest of it stays."""
    for name in ("http_proxy", "ALL_PROXY", "all_proxy", "CURL_CA_BUNDLE", "TWILIO_ACCOUNT_SID", "TWILIO_API_SECRET"):
        monkeypatch.setenv(name, "http://wrong.example")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("MINE", "kept")
    env = proxy.env
    assert {env[name] for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy")} == {proxy.url}
    files = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    assert {env[name] for name in files} == {proxy.ca_file}
    assert env["NO_PROXY"] == env["no_proxy"] == "localhost,127.0.0.1,::1"
    assert (env["TWILIO_ACCOUNT_SID"], env["TWILIO_AUTH_TOKEN"]) == (fake.account_sid, fake.auth_token)
    assert (env["MINE"], env["PATH"]) == ("kept", os.environ["PATH"])
    assert "http://wrong.example" not in env.values()
    assert urlsplit(proxy.url).port == proxy.port


def test_the_ca_file_is_the_systems_and_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readable by nobody else; a file that the environment names counts as the system's."""
    theirs = tmp_path / "theirs.pem"
    theirs.write_bytes(b"# theirs\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))
    with StudioProxy() as proxy:
        text = Path(proxy.ca_file).read_bytes()
        assert text.startswith(b"-----BEGIN CERTIFICATE-----")
        assert text.endswith(b"# theirs\n")
        if os.name == "posix":
            assert Path(proxy.ca_file).parent.stat().st_mode & 0o077 == 0
    assert not Path(proxy.ca_file).exists()


def test_each_proxy_has_a_ca_of_its_own(proxy: StudioProxy) -> None:
    """Trusting one is not trusting another."""
    with StudioProxy(FakeStudio()) as other:
        client = tunnel(other, "studio.twilio.com", cafile=proxy.ca_file)
        with contextlib.closing(client), pytest.raises(ssl.SSLCertVerificationError):
            client.request("GET", "/")


@contextlib.contextmanager
def answering(how: Any) -> Iterator[int]:
    """The port of a server on this machine that does this with its one connection."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(LONG)

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.settimeout(LONG)
                how(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(LONG)


def connected(proxy: StudioProxy, place: str, more: bytes = b"") -> socket.socket:
    """A raw connection that asks for a tunnel, with what it sends at once."""
    client = socket.create_connection((proxy.host, proxy.port), timeout=LONG)
    client.sendall(f"CONNECT {place} HTTP/1.1\r\nHost: {place}\r\n\r\n".encode() + more)
    return client


def everything(client: socket.socket) -> bytes:
    """What comes until the other side has closed."""
    got = bytearray()
    with contextlib.suppress(ConnectionResetError):
        while data := client.recv(1 << 20):
            got += data
    return bytes(got)


def test_what_a_client_does_not_read_is_not_heaped_up_in_the_proxy(proxy: StudioProxy) -> None:
    """The server is held back until the client reads on; then nothing is missing."""
    size, stuck = 64 << 20, threading.Event()

    def pour(connection: socket.socket) -> None:
        connection.settimeout(0.5)
        left = memoryview(bytes(size))
        while left:
            try:
                left = left[connection.send(left[: 1 << 20]) :]
            except TimeoutError:
                stuck.set()

    with answering(pour) as port, connected(proxy, f"127.0.0.1:{port}") as client:
        assert stuck.wait(LONG)
        got = everything(client)
    head, _, body = got.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == size


def test_a_client_that_has_said_all_before_the_tunnel_stands_is_answered(proxy: StudioProxy) -> None:
    """What it sent comes after the server is reached, and its end as well."""

    def echo(connection: socket.socket) -> None:
        connection.sendall(everything(connection)[::-1])

    with answering(echo) as port, connected(proxy, f"127.0.0.1:{port}", b"ping") as client:
        client.shutdown(socket.SHUT_WR)
        assert everything(client).endswith(b"\r\n\r\ngnip")


def test_tls_before_the_tunnel_is_granted_is_broken_off(proxy: StudioProxy, fake: FakeStudio) -> None:
    """No client does that; it is not left waiting."""
    with connected(proxy, "studio.twilio.com:443", b"\x16\x03\x01") as client:
        assert b"\x16\x03" not in everything(client)  # no TLS came back
    assert ask(proxy)[0] == 200
