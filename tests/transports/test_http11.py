"""HTTP/1.1 without I/O: bytes in, requests out; answers in, bytes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_studio import Request, Response

pytest.importorskip("h11")

from pytest_studio.transports.http11 import Connection

GET = b"GET /v2/Flows?PageSize=2 HTTP/1.1\r\nHost: studio.twilio.com\r\n\r\n"


def post(*headers: str, body: bytes = b"") -> bytes:
    """A POST with these headers."""
    lines = ["POST /v2/Flows HTTP/1.1", "Host: studio.twilio.com", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def echo(request: Request) -> Response:
    """An answer that says what was asked."""
    asked = [request.method, request.url, request.body.decode("latin-1")]
    return Response(200, {"X-Mixed-CASE": "kept"}, json.dumps(asked).encode())


class Exchange:
    """A connection, what was asked on it and what it wrote."""

    def __init__(self, answer: Callable[[Request], Response] = echo, **options: Any) -> None:
        self.wrote = b""
        self.asked: list[Request] = []
        self.connection = Connection(self._write, **options)
        self._answer = answer

    def _write(self, data: bytes) -> None:
        self.wrote += data

    def say(self, *chunks: bytes) -> Exchange:
        """Let the client send these, one after the other."""
        for chunk in chunks:
            self.connection.receive(chunk)
            while (request := self.connection.next_request()) is not None:
                self.asked.append(request)
                self.connection.answer(self._answer(request))
        return self

    @property
    def statuses(self) -> list[int]:
        """Of the answers that were written, in order."""
        return [int(part[:3]) for part in self.wrote.decode("latin-1").split("HTTP/1.1 ")[1:]]


def test_a_request_comes_out_as_it_was_sent() -> None:
    """Method, absolute url, headers in their own case, repeated ones joined, body."""
    exchange = Exchange().say(post("X-One: a", "x-two: b", "x-two: c", "Content-Length: 3", body=b"a=1"))
    (request,) = exchange.asked
    assert (request.method, request.url, request.body) == ("POST", "https://studio.twilio.com/v2/Flows", b"a=1")
    assert dict(request.headers)["X-One"] == "a"
    assert request.header("X-Two") == "b, c"
    assert exchange.connection.idle


def test_a_request_may_come_byte_by_byte() -> None:
    """Nothing is answered before it is whole."""
    whole = post("Content-Length: 3", body=b"a=1")
    exchange = Exchange().say(*[bytes([byte]) for byte in whole[:-1]])
    assert (exchange.asked, exchange.wrote, exchange.connection.idle) == ([], b"", False)
    assert exchange.say(whole[-1:]).asked[0].body == b"a=1"


def test_pipelined_requests_are_answered_in_order() -> None:
    """Three in one packet, the last one in two."""
    exchange = Exchange().say(GET + post("Content-Length: 1", body=b"x") + GET[:20], GET[20:])
    assert [request.method for request in exchange.asked] == ["GET", "POST", "GET"]
    assert exchange.statuses == [200, 200, 200]


def test_the_next_request_waits_for_the_answer_to_the_one_before() -> None:
    """Even if it is here."""
    connection = Connection(lambda data: None)
    connection.receive(GET + GET)
    assert connection.next_request() is not None
    assert connection.next_request() is None
    connection.answer(Response(200, {}, b"{}"))
    assert connection.next_request() is not None


def test_a_chunked_body_is_put_together() -> None:
    """With an extension and a trailer."""
    exchange = Exchange().say(
        post("Transfer-Encoding: chunked"), b"2;x=y\r\na=\r\n1\r\n", b"1\r\n0\r\nT: x\r\n\r\n" + GET
    )
    assert [request.body for request in exchange.asked] == [b"a=1", b""]


def test_a_client_that_asks_first_is_told_to_go_on() -> None:
    """``Expect: 100-continue``: once, before the body."""
    exchange = Exchange().say(post("Expect: 100-continue", "Content-Length: 3"))
    assert exchange.wrote == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert exchange.say(b"a=1").statuses == [100, 200]


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("http://studio.twilio.com/v2/Flows", "http://studio.twilio.com/v2/Flows"),
        ("studio.twilio.com:443", "studio.twilio.com:443"),
        ("//v2", "https://studio.twilio.com//v2"),
        ("*", "*"),
    ],
)
def test_other_forms_of_targets_are_left_as_they_are(target: str, url: str) -> None:
    """As proxies and OPTIONS get them."""
    method = "CONNECT" if target.endswith(":443") else "OPTIONS"
    exchange = Exchange(lambda request: Response(405, {}, b"no"))
    exchange.say(f"{method} {target} HTTP/1.1\r\nHost: studio.twilio.com\r\n\r\n".encode() + GET)
    assert [request.url for request in exchange.asked][:1] == [url]
    assert exchange.statuses == [405, 405]


def test_a_url_without_host_gets_the_connections() -> None:
    """HTTP/1.0 needs none."""
    exchange = Exchange(scheme="http", host="127.0.0.1:1").say(b"GET /v2 HTTP/1.0\r\n\r\n")
    assert exchange.asked[0].url == "http://127.0.0.1:1/v2"
    assert b"Connection: close" in exchange.wrote
    assert exchange.connection.finished


def test_headers_of_an_answer_stay_as_they_are() -> None:
    """Their case and order; the length of the body is made true where it is not."""
    answer = Response(200, {"B": "2", "content-length": "999", "X-aB": "é", "Transfer-Encoding": "chunked"}, b"{}")
    exchange = Exchange(lambda request: answer).say(GET)
    assert exchange.wrote == "HTTP/1.1 200 OK\r\nB: 2\r\nContent-Length: 2\r\nX-aB: é\r\n\r\n{}".encode("latin-1")


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_content_has_no_body(status: int) -> None:
    """And the connection goes on."""
    exchange = Exchange(lambda request: Response(status, {"A": "b"}, b"lost")).say(GET, GET)
    assert exchange.statuses == [status, status]
    assert b"lost" not in exchange.wrote
    assert b"ength" not in exchange.wrote


def test_the_answer_to_head_has_the_length_but_not_the_body() -> None:
    """And the connection goes on."""
    exchange = Exchange(lambda request: Response(200, {}, b"abc")).say(GET.replace(b"GET", b"HEAD") + GET)
    assert exchange.wrote.count(b"Content-Length: 3") == 2
    assert exchange.wrote.count(b"abc") == 1


def test_a_method_of_nobody_comes_out() -> None:
    """It is the api's to refuse."""
    assert Exchange().say(GET.replace(b"GET", b"BREW")).asked[0].method == "BREW"


@pytest.mark.parametrize(
    ("sent", "status", "words"),
    [
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n", 400, "illegal request line"),
        (b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n", 400, "illegal"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n", 400, "illegal header line"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "Host"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400, "Content-Length"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 70_000, 431, "too large"),
        (post("Content-Length: 1001"), 413, "more than 1000 bytes"),
        (post("Content-Length: 1001").replace(b"POST", b"HEAD"), 413, ""),
        (post("Transfer-Encoding: chunked") + b"3e9\r\n" + b"a" * 1001, 413, "more than 1000 bytes"),
        (post("Transfer-Encoding: chunked") + b"nonsense\r\n", 400, "illegal"),
        (post("Transfer-Encoding: gzip"), 501, "Transfer-Encoding"),
    ],
)
def test_what_cannot_be_read_is_refused_in_twilios_envelope(sent: bytes, status: int, words: str) -> None:
    """And finishes the connection; what comes behind it is not read."""
    exchange = Exchange(max_body=1000).say(sent)
    assert (exchange.asked, exchange.statuses) == ([], [status])
    assert b"connection: close" in exchange.wrote.lower()
    assert exchange.connection.finished
    assert exchange.connection.refused
    body = exchange.wrote.partition(b"\r\n\r\n")[2]
    if words:
        error = json.loads(body)
        assert (error["status"], error["code"]) == (status, 20001)
        assert words in error["message"]
    else:
        assert body == b""
    assert exchange.say(GET, b"").asked == []


def test_a_client_that_goes_in_the_middle_of_a_request_is_no_request() -> None:
    """It is told so, should it still listen."""
    exchange = Exchange().say(GET[:-2], b"")
    assert (exchange.asked, exchange.statuses) == ([], [400])
    assert exchange.connection.finished


def test_a_client_that_goes_between_requests_finishes_the_connection() -> None:
    """Without a word."""
    exchange = Exchange().say(GET, b"")
    assert exchange.statuses == [200]
    assert exchange.connection.finished
    assert not exchange.connection.refused


def test_a_client_that_only_closed_its_side_gets_its_answer() -> None:
    """As ``nc -N`` does."""
    connection = Exchange()
    connection.connection.receive(GET)
    connection.connection.receive(b"")
    assert connection.say().wrote == b""
    request = connection.connection.next_request()
    assert request is not None
    connection.connection.answer(echo(request))
    assert connection.statuses == [200]
    assert connection.connection.next_request() is None
    assert connection.connection.finished


def test_a_client_that_wants_to_close_is_told_so() -> None:
    """``Connection: close`` in both directions."""
    exchange = Exchange(lambda request: Response(200, {"Connection": "keep-alive"}, b"{}"))
    exchange.say(GET[:-2] + b"Connection: close\r\n\r\n")
    assert b"keep-alive" not in exchange.wrote
    assert b"Connection: close" in exchange.wrote
    assert exchange.connection.finished


def test_a_truncated_answer_breaks_off_in_the_middle_of_the_body() -> None:
    """The head promises all of it."""
    exchange = Exchange(lambda request: Response(200, {}, b"0123456789", failure="truncated")).say(GET)
    assert exchange.wrote.endswith(b"Content-Length: 10\r\n\r\n01234")
    assert exchange.connection.finished


@pytest.mark.parametrize(("get", "status"), [(GET, 204), (GET.replace(b"GET", b"HEAD"), 200)])
def test_a_truncated_answer_without_a_body_is_none(get: bytes, status: int) -> None:
    """Its head alone would be a whole answer."""
    exchange = Exchange(lambda request: Response(status, {}, b"0123456789", failure="truncated")).say(get)
    assert exchange.wrote == b""
    assert exchange.connection.finished


def test_a_failure_that_is_no_answer_is_the_callers() -> None:
    """How a connection breaks off is not said in bytes."""
    with pytest.raises(ValueError, match="reset is no answer"):
        Exchange(lambda request: Response(0, {}, b"", failure="reset")).say(GET)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Response(99, {}, b"x"), "99"),
        (Response(200, {"A b": "c"}, b"x"), "cannot be sent"),
        (Response(200, {"A": "b\r\nC: d"}, b"x"), "cannot be sent"),
        (Response(200, {"A": "→"}, b"x"), "cannot be sent"),
    ],
)
def test_an_answer_that_http_cannot_say_is_a_500(answer: Response, words: str) -> None:
    """It says why, and the connection goes on."""
    exchange = Exchange(lambda request: answer).say(GET, GET)
    assert exchange.statuses == [500, 500]
    assert words in exchange.wrote.decode("latin-1")


def test_a_connect_is_granted_instead_of_answered() -> None:
    """What came behind it belongs to the tunnel."""
    wrote: list[bytes] = []
    connection = Connection(wrote.append)
    connection.receive(b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n\x16\x03")
    request = connection.next_request()
    assert request is not None
    assert (request.method, request.url) == ("CONNECT", "a.example:443")
    assert connection.tunnel() == b"\x16\x03"
    assert b"".join(wrote) == b"HTTP/1.1 200 Connection established\r\n\r\n"
    assert connection.finished


def test_a_connect_is_not_granted_by_an_answer() -> None:
    """A 200 to it would make a tunnel to nowhere."""
    exchange = Exchange().say(b"CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n" + GET)
    assert exchange.statuses == [500, 200]


def test_requests_say_whether_delays_are_waited_for() -> None:
    """As the caller of the connection said."""
    assert [Exchange(waits=waits).say(GET).asked[0].waits for waits in (True, False)] == [True, False]
