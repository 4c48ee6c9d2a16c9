"""HTTP/1.1 as a server sees it: bytes in, requests out; answers in, bytes out. No I/O, by ``h11``.

The server, the proxy and the transport of a client that is talked to in its own process share it. For one connection::

    connection = Connection(write)              # write(data: bytes) takes what goes to the client
    connection.receive(data)                    # what came; b"" when the client has closed its side
    while (request := connection.next_request()) is not None:
        connection.answer(handle(request))      # before the next one is asked for
    if connection.finished: …                   # close, once all is written

Keep-alive, pipelining, ``Expect: 100-continue``, chunked bodies, absolute targets and HTTP/1.0 are dealt with in here.
What is no HTTP, or too large, is answered by ``next_request`` itself, in Twilio's envelope.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TYPE_CHECKING

from pytest_studio.errors import ApiError, MissingExtra, cause_of
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    import h11

    _missing: ImportError | None
else:
    try:
        import h11
    except ImportError as _error:
        _missing = _error
    else:
        _missing = None

__all__ = ["MAX_BODY", "MAX_HEAD", "Connection", "need_h11"]

#: Bytes of a request's first line and headers together, and of its body, beyond which it is refused.
MAX_HEAD = 64 * 1024
MAX_BODY = 64 * 1024 * 1024

_REASONS = {status.value: status.phrase.encode("ascii") for status in HTTPStatus}
#: What this side says of how a body is sent, whatever an answer says of it.
_FRAMING = ("content-length", "transfer-encoding")
#: Statuses of answers that have no body.
_BARE = (204, 304)


def need_h11(what: str) -> None:
    """Have a class that is built on this module be importable without ``h11``, and say so when it is made.

    Args:
        what: the class, for the message.

    Raises:
        MissingExtra: ``h11`` is not installed.
    """
    if _missing is not None:
        raise MissingExtra(what, "the h11 package", "server") from cause_of(_missing, "h11")


class Connection:
    """One client's connection.

    Args:
        write: takes the bytes that go to the client, in order.
        scheme: of the urls of requests that do not name one.
        host: the host of such urls where the client sends no ``Host``.
        waits: what ``Request.waits`` is to be.
        max_head: bytes that the first line and the headers of a request may have.
        max_body: bytes that a request's body may have.

    Attributes:
        finished: nothing more is read; to be closed when all is written.
        refused: finished because what came could not be read; the client may be sending still.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        *,
        scheme: str = "https",
        host: str = "studio.twilio.com",
        waits: bool = False,
        max_head: int = MAX_HEAD,
        max_body: int = MAX_BODY,
    ) -> None:
        self.finished: bool = False
        self.refused: bool = False
        self._write = write
        self._scheme = scheme
        self._host = host
        self._waits = waits
        self._max_body = max_body
        need_h11("HTTP over a connection")
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=max_head)
        self._head: h11.Request | None = None
        self._method = b""
        self._body = bytearray()
        self._asked = False  # a request was given out and has no answer yet

    @property
    def idle(self) -> bool:
        """Whether the client owes nothing and is owed nothing: between requests, with no part of one here."""
        return not self._asked and self._head is None and not self._http.trailing_data[0]

    def receive(self, data: bytes) -> None:
        """Take what the client sent; ``b""``: it closed its side, and may still read answers."""
        if not self.finished:
            self._http.receive_data(data)

    def next_request(self) -> Request | None:
        """The next whole request; None: more bytes are needed, an answer is owed, or there will be none (``finished``).

        A request that cannot be read is answered with 400 (413, 431, 501) here, and finishes the connection.
        """
        if self._asked or self.finished:
            return None
        try:
            return self._read()
        except h11.RemoteProtocolError as error:
            status = error.error_status_hint
            words = {413: f"the body has more than {self._max_body} bytes", 431: "the headers are too large"}
            self._refuse(status, f"Bad request: {words.get(status, error)}")
            return None

    def _read(self) -> Request | None:
        while True:
            event = self._http.next_event()
            if isinstance(event, h11.Data):
                self._body += event.data
                if len(self._body) > self._max_body:
                    raise h11.RemoteProtocolError("too large", error_status_hint=413)
            elif isinstance(event, h11.Request):
                self._head, self._method = event, event.method
                if int(dict(event.headers).get(b"content-length", b"0")) > self._max_body:
                    raise h11.RemoteProtocolError("too large", error_status_hint=413)
            elif type(event) is h11.EndOfMessage:
                return self._whole()
            elif event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
                return None
            else:  # closed; nothing is ever paused here, since an answer comes before the next request
                self.finished = True
                return None

    def _whole(self) -> Request:
        head, body = self._head, bytes(self._body)
        assert head is not None
        self._head, self._asked = None, True
        self._body.clear()
        headers: dict[str, str] = {}
        for name, value in head.headers.raw_items():
            key, text = name.decode("ascii"), value.decode("latin-1")
            headers[key] = f"{headers[key]}, {text}" if key in headers else text
        target = head.target.decode("latin-1")
        if target[:1] == "/":
            host = dict(head.headers).get(b"host", b"").decode("latin-1") or self._host
            target = f"{self._scheme}://{host}{target}"
        return Request(head.method.decode("ascii"), target, headers, body, waits=self._waits)

    def answer(self, response: Response) -> None:
        """Write the answer to the request that ``next_request`` gave, its headers as they are.

        Only how the body is sent is said anew (``Content-Length``), and ``Connection: close`` where it is true. An
        answer that fails as ``truncated`` breaks off in the middle of its body, and finishes the connection; where no
        body would be sent, nothing is written.

        Raises:
            ValueError: a failure that is no answer at all: how a connection breaks is the caller's.
        """
        if response.failure not in (None, "truncated"):
            raise ValueError(f"{response.failure} is no answer: it is for the caller to break the connection")
        self._asked = False
        if response.failure is not None and not self._sent_of(response):
            self.finished = True
            return
        try:
            head = self._response(response)
        except (h11.LocalProtocolError, ValueError) as error:  # a status or header of a test's own that HTTP has not
            fault = ApiError(500, 20500, f"An error occurred: this answer cannot be sent: {error}")
            response = Response(500, {"Content-Type": "application/json; charset=utf-8"}, fault.body())
            head = self._response(response)
        self._put(head, response)
        states = self._http.states
        if states[h11.SERVER] is h11.DONE and states[h11.CLIENT] is h11.DONE:
            self._http.start_next_cycle()
            self._method = b""
        else:
            self.finished = True

    def tunnel(self) -> bytes:
        """Accept a CONNECT instead of answering it; returns what came behind it and is HTTP no more."""
        self._asked, self.finished = False, True
        self._send(h11.Response(status_code=200, headers=[], reason=b"Connection established"))
        return self._http.trailing_data[0]

    def _response(self, response: Response) -> h11.Response:
        status = response.status
        if self._method == b"CONNECT" and 200 <= status < 300:
            raise ValueError(f"{status} would accept a CONNECT")
        headers = [(name, value) for name, value in response.headers.items() if name.lower() not in _FRAMING]
        if status not in _BARE:
            named = [name.lower() for name in response.headers]
            place = named.index("content-length") if "content-length" in named else len(headers)
            headers.insert(place, ("Content-Length", str(len(response.body))))
        encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        return h11.Response(status_code=status, headers=encoded, reason=_REASONS.get(status, b"Unknown"))

    def _sent_of(self, response: Response) -> bytes:
        """The body that goes to the client."""
        return b"" if response.status in _BARE or self._method == b"HEAD" else response.body

    def _put(self, head: h11.Response, response: Response) -> None:
        """Write a whole answer, or what there is of a truncated one."""
        self._send(head)
        body = self._sent_of(response)
        if response.failure is not None:
            body = body[: len(body) // 2]
        if body:
            self._send(h11.Data(data=body))
        if response.failure is None:
            self._send(h11.EndOfMessage())

    def _refuse(self, status: int, message: str) -> None:
        """Answer what could not be read; after that nothing can be read."""
        self.finished = self.refused = True
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            headers = {"Content-Type": "application/json; charset=utf-8", "Connection": "close"}
            refusal = Response(status, headers, ApiError(status, 20001, message[:300]).body())
            self._put(self._response(refusal), refusal)

    def _send(self, event: h11.Event) -> None:
        data = self._http.send(event)
        if data:
            self._write(data)
