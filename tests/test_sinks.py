"""Where events are sent: signatures, attempts, order, threads, and what a test gets to see of it."""

from __future__ import annotations

import asyncio
import json
import threading
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock, Mock

import pytest
import requests
import responses
from helpers import FROM, TO, call, post

from pytest_studio import FakeStudio, Request, seeds
from pytest_studio.errors import StudioVerdict
from pytest_studio.events import ATTEMPTS, BATCH, delivery, sign, signature

pytest_plugins = ["pytester"]

HOOK = "https://example.com/events"


class Receiver(ThreadingHTTPServer):
    """A web server that keeps what it gets, and answers with ``statuses`` in turn, then 200."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}/events"
        self.got: list[Request] = []
        self.statuses: list[int] = []
        self.answering = threading.Event()
        self.answering.set()
        self.also: Any = lambda: None

    def ids(self) -> list[str]:
        """The ids of the events that came."""
        bodies = [json.loads(request.body) for request in self.got]
        return [event["id"] for body in bodies for event in (body if isinstance(body, list) else [body])]


class Handler(BaseHTTPRequestHandler):
    """One request."""

    def do_POST(self) -> None:
        """Keep it and answer."""
        server: Any = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        url = f"http://{self.headers['Host']}{self.path}"
        server.got.append(Request("POST", url, dict(self.headers), body))
        server.answering.wait(20)
        server.also()
        self.send_response(server.statuses.pop(0) if server.statuses else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Print nothing."""


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A live local server."""
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.answering.set()
        server.shutdown()
        thread.join(10)


def ids(events: Any) -> list[str]:
    """The ids of events."""
    return [event["id"] for event in events]


# -- signatures ------------------------------------------------------------------------------------------------

URLS = [
    HOOK,
    "http://example.com",
    "https://example.com/",
    "https://example.com?a=1",
    "https://example.com/a/b?x=1&y=a%20b&y=",
    "https://example.com:8443/events",
    "http://localhost:5000/events?token=abc",
    "https://user:pa%3Ass@example.com/events",
    "http://user:pass@example.com:8080/events?x=1",
    "https://EXAMPLE.com/Größe?q=é&p=%e9",
    "https://bücher.example/100%?q=1 2",
    "http://[::1]:8080/events",
    "https://example.com/events?#fragment",
]


@pytest.mark.parametrize("url", URLS)
@pytest.mark.parametrize("many", [False, True])
def test_the_sdks_validator_accepts_what_is_signed(url: str, many: bool, fake: FakeStudio) -> None:
    """The url as sent, and the raw body; neither with a change, nor with another token."""
    validators = pytest.importorskip("twilio.request_validator")
    fake.add_step()
    signed = fake.sign(url, fake.events if many else fake.events[0])
    validator, body, header = validators.RequestValidator(fake.auth_token), signed.body.decode(), "X-Twilio-Signature"
    assert validator.validate(signed.url, body, signed.headers[header])
    assert not validator.validate(signed.url, body + " ", signed.headers[header])
    assert not validator.validate(signed.url + "&more=1", body, signed.headers[header])
    assert not validators.RequestValidator("other").validate(signed.url, body, signed.headers[header])


def test_a_signed_request_is_what_a_receiver_sees(fake: FakeStudio) -> None:
    """Method, a url with the body's hash beside its own query, headers and JSON."""
    fake.add_step()
    one, many = fake.sign("https://example.com/events?x=1#y", fake.events[0]), fake.sign(HOOK, fake.events)
    assert one.method == many.method == "POST"
    assert one.url.startswith("https://example.com/events?x=1&bodySHA256=")
    assert many.url.startswith(f"{HOOK}?bodySHA256=")
    assert one.headers["Content-Type"] == "application/json"
    assert json.loads(one.body) == fake.events[0]
    assert json.loads(many.body) == fake.events
    assert json.loads(fake.sign(HOOK, [fake.events[0]]).body) == [fake.events[0]]
    assert one.headers["X-Twilio-Signature"] == signature(fake.auth_token, one.url)


def test_credentials_of_a_url_become_a_header(fake: FakeStudio) -> None:
    """They are not in the url that is signed: a receiver cannot put them there."""
    signed = fake.sign("https://us%40er:pa%3Ass@example.com/events", {})
    assert signed.url.startswith("https://example.com/events?bodySHA256=")
    assert signed.headers["Authorization"] == "Basic " + b64encode(b"us@er:pa:ss").decode()
    assert "Authorization" not in fake.sign(HOOK, {}).headers


@pytest.mark.parametrize("url", ["", "/events", "example.com/events", "ftp://example.com", "https://", "http://x:y/"])
def test_what_is_no_address_of_a_receiver_is_refused(url: str, fake: FakeStudio) -> None:
    """By ``sign`` and by ``sink``."""
    for method in (lambda: fake.sign(url, {}), lambda: fake.sink(url)):
        with pytest.raises(ValueError, match=r"a receiver's url is absolute, such as https://example\.com/events"):
            method()


@pytest.mark.parametrize(
    ("events", "error", "words"),
    [
        ("text", TypeError, "events are a dict or a list of dicts, not str"),
        (5, TypeError, "not int: 5"),
        ([{}, "x"], TypeError, "an event is a dict, not str: 'x'"),
        ({"data": {1, 2}}, ValueError, "cannot be written as JSON"),
        ({"data": float("nan")}, ValueError, "cannot be written as JSON"),
    ],
)
def test_what_are_no_events_is_not_signed(events: Any, error: type[Exception], words: str, fake: FakeStudio) -> None:
    """The error says what came."""
    with pytest.raises(error, match=words):
        fake.sign(HOOK, events)
    with pytest.raises(TypeError, match="a receiver's url is absolute"):
        fake.sign(None, {})  # type: ignore[arg-type]


# -- callables -------------------------------------------------------------------------------------------------


def test_a_callable_gets_each_event_when_it_has_happened(fake: FakeStudio) -> None:
    """From then on, whatever caused it; the list that it fills is that of the studio."""
    run = fake.add_execution()
    got: list[dict[str, Any]] = []
    sink = fake.sink(got.append)
    assert got == []
    fake.add_step(run)
    assert got == fake.events[1:]
    post(fake, run.url, Status="ended")
    assert got == fake.events[1:]
    other = fake.add_run(path=[("a", "sent")], ended=False)
    other.end()
    fake.add_execution().update(status="ended")
    assert got == fake.events[1:]
    assert [d.events for d in sink.deliveries] == [[event] for event in got]
    assert all(d.delivered and d.attempts == 1 and d.request is None for d in sink.deliveries)


def test_a_batch_is_what_happened_together(fake: FakeStudio) -> None:
    """A list, even of one; very many come in several."""
    got: list[list[dict[str, Any]]] = []
    fake.sink(got.append, batch=True)
    run = fake.add_execution()
    fake.add_steps(run, 2 * BATCH + 1)
    assert [len(batch) for batch in got] == [1, BATCH, BATCH, 1]
    assert [event for batch in got for event in batch] == fake.events


def test_a_receiver_may_do_what_it_likes_with_an_event(fake: FakeStudio) -> None:
    """Nobody else sees it."""
    sink = fake.sink(lambda event: event["data"].clear())
    fake.add_execution()
    assert sink.deliveries[0].events == fake.events[:]


def test_two_sinks_get_the_same(fake: FakeStudio) -> None:
    """A closed one gets nothing more."""
    one: list[Any] = []
    two: list[Any] = []
    first = fake.sink(one.append)
    fake.sink(two.append)
    fake.add_execution()
    first.close()
    fake.add_execution()
    first.flush()
    assert one == fake.events[:1]
    assert two == fake.events
    assert repr(first).endswith(": closed, 1 delivery, 0 given up>")


def test_a_receiver_may_use_the_studio(fake: FakeStudio) -> None:
    """Also to cause further events, which come after this one; from its own thread and from others."""
    got: list[str] = []

    def answer(event: dict[str, Any]) -> None:
        got.append(event["id"])
        if len(got) < 4:
            fake.add_step(event["data"]["execution_sid"])
            worker = threading.Thread(target=fake.add_step, args=(event["data"]["execution_sid"],))
            worker.start()
            worker.join(10)
            assert not worker.is_alive()
            sink.flush()

    sink = fake.sink(answer)
    fake.add_execution()
    assert got == ids(fake.events)
    assert len(got) == 7


def test_nothing_is_delivered_while_the_engine_is_locked(fake: FakeStudio) -> None:
    """Not by a request either: another thread's request is answered meanwhile."""
    flow = fake.add_flow()
    statuses: list[int] = []

    def ask(event: dict[str, Any]) -> None:
        worker = threading.Thread(target=lambda: statuses.append(call(fake, "GET", f"/v2/Flows/{flow.sid}").status))
        worker.start()
        worker.join(10)

    fake.sink(ask)
    assert call(fake, "POST", f"/v2/Flows/{flow.sid}/Executions", To=TO, From=FROM).status == 201
    next(iter(fake.executions.values())).end()
    assert statuses == [200, 200]


def test_what_a_callable_raises_is_raised_by_flush(fake: FakeStudio) -> None:
    """Once, whatever caused the event; the events after it come all the same, and nothing is tried again."""
    got: list[Any] = []

    def pick(event: dict[str, Any]) -> None:
        got.append(event)
        if "step_sid" in event["data"]:
            raise KeyError("no Steps, please")

    sink = fake.sink(pick)
    fake.add_run(path=[("a", "sent")])
    assert got == fake.events
    assert [d.given_up for d in sink.deliveries] == [False, True, True, False]
    assert repr(sink.given_up[0].exception) == "KeyError('no Steps, please')"
    with pytest.raises(KeyError, match="no Steps"):
        sink.flush()
    sink.flush()


def test_what_a_callable_raises_is_no_answer_to_a_client(fake: FakeStudio) -> None:
    """The request is answered; the verdict tells of it, with the place."""

    def broken(event: dict[str, Any]) -> None:
        assert event["data"]["status"] == "over"

    flow = fake.add_flow()
    fake.sink(broken)
    assert call(fake, "POST", f"/v2/Flows/{flow.sid}/Executions", To=TO, From=FROM).status == 201
    with pytest.raises(StudioVerdict) as caught:
        fake.verify()
    assert "was handed an event, and raised:" in str(caught.value)
    assert "in broken" in str(caught.value)
    assert "AssertionError" in str(caught.value)
    assert "delivery.py" not in str(caught.value)
    fake.verify()


def test_of_many_exceptions_the_verdict_tells_three(fake: FakeStudio) -> None:
    """And counts the rest."""

    def broken(event: dict[str, Any]) -> None:
        raise KeyError(event["id"])

    fake.sink(broken)
    fake.add_run(path=[("a", "sent"), ("b", "sent"), ("c", "sent")])
    with pytest.raises(StudioVerdict) as caught:
        fake.verify()
    assert str(caught.value).count("was handed an event, and raised:") == 3
    assert f"and {len(fake.events) - 3} more" in str(caught.value)


def test_what_is_no_exception_goes_through(fake: FakeStudio) -> None:
    """As pytest.fail() does; what was not sent yet is sent later."""
    got: list[Any] = []

    def stop(event: dict[str, Any]) -> None:
        got.append(event)
        if len(got) == 1:
            pytest.fail("stop")

    sink = fake.sink(stop)
    with pytest.raises(pytest.fail.Exception, match="stop"):
        fake.add_step()
    sink.flush()
    assert got == fake.events


@pytest.mark.parametrize("answer", [SimpleNamespace(status_code=503), SimpleNamespace(status=503, status_code=None)])
def test_a_response_that_a_callable_returns_counts_as_the_answer(answer: Any, fake: FakeStudio) -> None:
    """As of a framework's test client."""
    got: list[Any] = []

    def client(event: dict[str, Any]) -> Any:
        got.append(event)
        return answer if len(got) < 3 else SimpleNamespace(status_code=204)

    sink = fake.sink(client)
    fake.add_execution()
    assert (sink.deliveries[0].attempts, sink.deliveries[0].status) == (3, 204)
    assert got == fake.events[:] * 3


@pytest.mark.parametrize(
    ("answer", "attempts", "delivered"),
    [
        (204, 1, True),
        (HTTPStatus.OK, 1, True),
        (403, 1, False),
        (503, ATTEMPTS, False),
        (429, ATTEMPTS, False),
        ((200, "thanks"), 1, True),
        ((503, b"no"), ATTEMPTS, False),
    ],
)
def test_a_status_that_a_callable_returns_counts_as_the_answer(
    answer: Any, attempts: int, delivered: bool, fake: FakeStudio
) -> None:
    """Alone or before a body; it is tried again, and given up, as the same answer of a url would be."""
    sink = fake.sink(lambda event: answer)
    fake.add_execution()
    [made] = sink.deliveries
    assert (made.attempts, made.delivered, made.given_up) == (attempts, delivered, not delivered)
    assert made.status == (answer[0] if isinstance(answer, tuple) else answer)


@pytest.mark.parametrize(
    "answer", [None, True, 3, 600, "503", b"no", {"status": 503}, [503, "no"], (), (None, None), Mock(), 503.0]
)
def test_what_else_a_callable_returns_does_not_matter(answer: Any, fake: FakeStudio) -> None:
    """What a list's append returns, a mock, or two calls in a lambda."""
    sink = fake.sink(lambda event: answer)
    fake.add_execution()
    [made] = sink.deliveries
    assert (made.attempts, made.delivered, made.status) == (1, True, None)


@pytest.mark.parametrize("answer", [(b"no", 503), ("no", 503), (True, "no"), (99, "no"), (None, 503)])
def test_a_tuple_that_does_not_begin_with_a_status_is_refused(answer: Any, fake: FakeStudio) -> None:
    """As an exception of the callable: by flush, or in the verdict, without this package's own lines."""
    sink = fake.sink(lambda event: answer)
    fake.add_execution()
    assert [(d.attempts, d.given_up) for d in sink.deliveries] == [(1, True)]
    with pytest.raises(StudioVerdict) as caught:
        fake.verify()
    told = str(caught.value)
    assert f"this one returned {answer!r}: a status from 100 to 599 comes first in a tuple" in told
    assert "Traceback" not in told
    fake.add_execution()
    with pytest.raises(TypeError, match=r"with a status, with \(status, body\), with a response or with None"):
        sink.flush()


def test_what_is_to_be_awaited_is_no_callable_for_a_sink(fake: FakeStudio) -> None:
    """An async function is refused at once; one that returns something to await, when it does."""

    async def receive(event: dict[str, Any]) -> None: ...

    for target in (receive, AsyncMock()):
        with pytest.raises(TypeError, match="is called, not awaited"):
            fake.sink(target)
    sink = fake.sink(lambda event: receive(event))
    fake.add_execution()
    with pytest.raises(TypeError, match="returned something to await"):
        sink.flush()


@pytest.mark.parametrize("target", [None, 5, ["x"], b"https://example.com"])
def test_what_is_neither_url_nor_callable_is_refused(target: Any, fake: FakeStudio) -> None:
    """As are flags that are none."""
    with pytest.raises(TypeError, match="a sink is a url or a callable, not "):
        fake.sink(target)
    with pytest.raises(TypeError, match="batch is True or False, not int: 5"):
        fake.sink(print, batch=5)  # type: ignore[arg-type]


# -- duplicates and disorder -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_duplicates_come_with_the_same_id(seed: int) -> None:
    """The first event twice in any case, some others, and each at least once; the same ones with the same seed."""
    seen = []
    for _ in range(2):
        studio = FakeStudio(seed=seed)
        got: list[Any] = []
        studio.sink(got.append, duplicates=True)
        studio.add_execution()
        assert ids(got) == ids(studio.events) * 2
        studio.add_steps(n=20)
        assert list(dict.fromkeys(ids(got))) == ids(studio.events)
        assert len(studio.events) < len(got) < 2 * len(studio.events)
        seen.append(ids(got))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("seed", range(20))
def test_disorder_loses_nothing(seed: int) -> None:
    """What happens together never comes in order; what happens alone may come with the next, or by flush."""
    studio = FakeStudio(seed=seed)
    got: list[Any] = []
    sink = studio.sink(got.append, shuffle=True)
    run = studio.add_run(path=[("a", "sent"), ("b", "sent")])
    assert sorted(ids(got)) == sorted(ids(studio.events))
    assert ids(got) != ids(studio.events)
    for _ in range(30):
        studio.add_step(run)
        assert len(studio.events) - len(got) in (0, 1)
    sink.flush()
    assert sorted(ids(got)) == sorted(ids(studio.events))
    again = FakeStudio(seed=seed)
    other: list[Any] = []
    again.sink(other.append, shuffle=True)
    again.add_run(path=[("a", "sent"), ("b", "sent")])
    assert [e["type"] for e in other] == [e["type"] for e in got[: len(other)]]


def test_an_end_is_not_held_back(fake: FakeStudio) -> None:
    """Nothing follows that would bring it."""
    for _ in range(20):
        run = fake.add_execution()
        got: list[Any] = []
        fake.sink(got.append, shuffle=True)
        run.end()
        assert ids(got) == ids(fake.events[-1:])


def test_single_events_overtake_each_other() -> None:
    """Which is what a receiver has to bear."""
    studio = FakeStudio(seed=1)
    got: list[Any] = []
    studio.sink(got.append, shuffle=True)
    for _ in range(20):
        studio.add_execution().end()
    starts = [e["data"]["execution_sid"] for e in got if e["type"].endswith("started")]
    early = [
        sid
        for sid in starts
        if [e["type"][-5:] for e in got if e["data"]["execution_sid"] == sid] == ["ended", "arted"]
    ]
    assert 0 < len(early) < 20


def test_a_sink_draws_from_a_stream_of_its_own() -> None:
    """The studio's SIDs are the same with and without one."""
    with_, without = FakeStudio(seed=1), FakeStudio(seed=1)
    with_.sink(lambda event: None, shuffle=True, duplicates=True)
    assert [with_.add_step().sid for _ in range(5)] == [without.add_step().sid for _ in range(5)]


def test_batches_may_come_twice_and_in_disorder(fake: FakeStudio) -> None:
    """A duplicate is the whole batch again."""
    got: list[Any] = []
    fake.sink(got.append, batch=True, duplicates=True, shuffle=True)
    fake.add_run(path=[("a", "sent"), ("b", "sent")])
    assert got[0] == got[1]
    assert sorted(ids(got[0])) == sorted(ids(fake.events))


# -- by HTTP ---------------------------------------------------------------------------------------------------


def test_a_live_server_gets_signed_requests(receiver: Receiver, fake: FakeStudio) -> None:
    """Each event alone, in order, with a signature over the url that the server itself puts together."""
    validators = pytest.importorskip("twilio.request_validator")
    sink = fake.sink(receiver.url.replace("http://", "http://user:pass@") + "?x=a b&y=%c3%a9")
    fake.add_run(path=[("a", "sent")])
    assert receiver.ids() == ids(fake.events)
    validator = validators.RequestValidator(fake.auth_token)
    for got in receiver.got:
        assert validator.validate(got.url, got.body.decode(), got.headers["X-Twilio-Signature"])
        assert got.headers["Authorization"] == "Basic " + b64encode(b"user:pass").decode()
        assert got.headers["Content-Type"] == "application/json"
    assert [d.status for d in sink.deliveries] == [200] * 4
    assert [d.request.url for d in sink.deliveries if d.request] == [got.url for got in receiver.got]
    assert "pass" not in repr(sink)


def test_a_batch_is_an_array(receiver: Receiver, fake: FakeStudio) -> None:
    """Otherwise the body is an object."""
    sink = fake.sink(receiver.url, batch=True)
    fake.add_step()
    sink.close()
    fake.sink(receiver.url)
    fake.add_execution()
    array, object_ = (json.loads(got.body) for got in receiver.got)
    assert array == fake.events[:2]
    assert object_ == fake.events[2]


@pytest.mark.parametrize(
    ("statuses", "attempts", "delivered"),
    [
        ([204], 1, True),
        ([299], 1, True),
        ([503], 2, True),
        ([429, 500, 599, 429], 5, True),
        ([500] * ATTEMPTS, ATTEMPTS, False),
        ([429] * ATTEMPTS, ATTEMPTS, False),
        ([400], 1, False),
        ([401], 1, False),
        ([404], 1, False),
        ([503, 410], 2, False),
        ([302], 1, False),
    ],
)
def test_answers_decide_whether_it_is_tried_again(
    statuses: list[int], attempts: int, delivered: bool, receiver: Receiver, fake: FakeStudio
) -> None:
    """429 and 5xx so many times, other failures never; the body is the same each time."""
    receiver.statuses = [*statuses]
    sink = fake.sink(receiver.url)
    fake.add_execution()
    [made] = sink.deliveries
    assert (made.attempts, made.delivered, made.given_up) == (attempts, delivered, not delivered)
    assert made.status == (statuses[-1] if len(statuses) == attempts else 200)
    assert sink.given_up == (() if delivered else (made,))
    assert len({got.body for got in receiver.got}) == 1
    assert len(receiver.got) == attempts


def test_what_was_given_up_does_not_stop_what_follows(receiver: Receiver, fake: FakeStudio) -> None:
    """The next event is delivered, and nothing of it is in the verdict."""
    receiver.statuses = [400]
    sink = fake.sink(receiver.url)
    fake.add_step()
    assert [d.delivered for d in sink.deliveries] == [False, True]
    fake.verify()
    lines = fake._undelivered(seeds.current())
    assert len(lines) == 2
    assert lines[1].endswith("given up after 1 attempt, answered 400")
    assert fake._undelivered("another test") == []


def test_no_connection_is_tried_again_and_given_up(fake: FakeStudio) -> None:
    """As an OSError, without waiting."""
    with Receiver() as gone:
        url = gone.url
    sink = fake.sink(url)
    fake.add_execution()
    [made] = sink.deliveries
    assert made.attempts == ATTEMPTS
    assert made.status is None
    assert isinstance(made.exception, ConnectionError)
    told = fake._undelivered(seeds.current())[1]
    assert "given up after 5 attempts, ConnectionError: " in told


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no route\n  to host", ": no route to host"),
        (f"{'here ' * 40}{'and why ' * 9}", f": {'here ' * 20}here … why {'and why ' * 5}and why"),
        ("x" * 500, f": {'x' * 106} … {'x' * 54}"),
    ],
)
def test_a_long_exception_is_told_without_its_middle(said: str, told: str, fake: FakeStudio) -> None:
    """In one line, cut between words where there are some, with an ellipsis."""

    def broken(event: dict[str, Any]) -> None:
        raise RuntimeError(said)

    sink = fake.sink(broken)
    fake.add_execution()
    assert sink.given_up[0].outcome() == f"given up after 1 attempt, RuntimeError{told}"


def test_a_receiver_that_never_answers_is_given_up_soon(
    receiver: Receiver, fake: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After three timeouts in a row nothing is tried any more, so that the whole run does not wait."""
    monkeypatch.setattr("pytest_studio.events.TIMEOUT", 0.05)
    receiver.answering.clear()
    sink = fake.sink(receiver.url)
    fake.add_steps(n=50)
    assert [d.attempts for d in sink.deliveries] == [3] + [0] * 50
    assert isinstance(sink.deliveries[0].exception, TimeoutError)
    assert "not tried: the receiver let 3 requests in a row time out" in str(sink.deliveries[-1].exception)


def test_the_receivers_own_mocks_answer(fake: FakeStudio) -> None:
    """Those of ``responses``, inside of an active studio, too; what they raise is in the verdict."""
    with fake, responses.RequestsMock() as mocks:
        mocks.post(HOOK, status=503)
        mocks.post(HOOK, status=200)
        mocks.post(HOOK, body=requests.ConnectTimeout("too late"))
        mocks.post(HOOK, status=200)
        sink = fake.sink(HOOK)
        fake.add_execution()
        fake.add_execution()
        assert [d.attempts for d in sink.deliveries] == [2, 2]
        assert all(d.delivered for d in sink.deliveries)
        mocks.post(HOOK, body=ZeroDivisionError("oops"))
        fake.add_execution()
        with pytest.raises(ZeroDivisionError):
            sink.flush()


@pytest.mark.parametrize("url", ["https://receiver.twilio-users.com/events", "http://93.184.215.14:8000/events"])
def test_nothing_far_is_reached(url: str, fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A url that nothing mocks is refused before a name is resolved."""
    monkeypatch.setattr("socket.getaddrinfo", lambda *_: pytest.fail("a name was resolved"))
    sink = fake.sink(url)
    fake.add_execution()
    [lost] = sink.given_up
    assert "is not reached, only this machine and its own network are: mock it" in str(lost.exception)


@pytest.mark.parametrize("url", ["http://app:8000/", "http://10.1.2.3/", "http://hook.localhost/", "http://[::1]:1/"])
def test_ones_own_network_is_reached(url: str) -> None:
    """Containers beside this one, say."""
    from pytest_studio.transports import sending

    sending._check(url)


def test_what_was_given_up_and_not_looked_at_is_in_the_verdict(receiver: Receiver, fake: FakeStudio) -> None:
    """Once; a test that looks at it means it."""
    receiver.statuses = [400, 400]
    sink = fake.sink(receiver.url)
    fake.add_execution()
    with pytest.raises(
        StudioVerdict, match=r"execution.started EZ\w+: given up after 1 attempt, answered 400\n.*given_up"
    ):
        fake.verify()
    fake.verify()
    fake.add_execution()
    assert len(sink.given_up) == 2
    fake.verify()


def test_what_a_verdict_told_is_not_told_again_by_the_report(receiver: Receiver, fake: FakeStudio) -> None:
    """Neither what was refused nor what raised; what comes after it is."""
    receiver.statuses = [400]
    fake.sink(receiver.url)
    fake.sink(lambda event: event["no such key"])
    fake.add_execution()
    assert len(fake._undelivered(seeds.current())) == 4
    with pytest.raises(StudioVerdict):
        fake.verify()
    assert fake._undelivered(seeds.current()) == []
    fake.add_execution()
    [_, told] = fake._undelivered(seeds.current())
    assert told.endswith("given up after 1 attempt, KeyError: 'no such key'")


def test_what_was_judged_elsewhere_is_told_by_the_report(receiver: Receiver, fake: FakeStudio) -> None:
    """No verdict was given of it."""
    receiver.statuses = [400]
    fake.sink(receiver.url)
    fake.add_execution()
    fake.judged()
    fake.verify()
    assert fake._undelivered(seeds.current())[1].endswith("given up after 1 attempt, answered 400")


def test_neither_proxies_nor_netrc_are_used(
    receiver: Receiver, fake: FakeStudio, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    """Event Streams knows nothing of this machine."""
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    fake.sink(receiver.url)
    fake.add_execution()
    assert receiver.ids() == ids(fake.events)
    assert "Authorization" not in receiver.got[0].headers


def test_a_server_may_call_back_while_it_receives(receiver: Receiver, fake: FakeStudio) -> None:
    """What that causes is delivered after it, by whoever is delivering: nobody waits for anybody."""
    run = fake.add_execution()
    receiver.also = lambda: len(fake.steps) < 3 and fake.add_step(run)
    fake.sink(receiver.url)
    fake.add_step(run)
    assert len(fake.steps) == 3
    assert receiver.ids() == ids(fake.events)[1:]


def test_many_threads_deliver_each_event_once(receiver: Receiver, fake: FakeStudio) -> None:
    """In the order in which they happened, to each sink."""
    got: list[Any] = []
    web, local = fake.sink(receiver.url), fake.sink(got.append)

    def work(number: int) -> None:
        for _ in range(5):
            fake.add_step().execution.end()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    web.flush()
    local.flush()
    assert len(fake.events) == 120
    assert receiver.ids() == ids(got) == ids(fake.events)


# -- event loops -----------------------------------------------------------------------------------------------


def test_a_running_event_loop_goes_on(receiver: Receiver, fake: FakeStudio) -> None:
    """Requests are sent by another thread, so that a receiver on the same loop could answer."""
    receiver.answering.clear()
    threads: list[threading.Thread] = []
    receiver.also = lambda: None

    async def main() -> None:
        sink = fake.sink(receiver.url)
        fake.sink(lambda event: threads.append(threading.current_thread()))
        fake.add_run(path=[("a", "sent")])
        assert len(threads) == 4  # a callable has been called already
        assert not any(d.delivered for d in sink.deliveries)
        receiver.answering.set()
        await asyncio.to_thread(sink.flush)
        assert receiver.ids() == ids(fake.events)

    asyncio.run(asyncio.wait_for(main(), 30))
    assert set(threads) == {threading.current_thread()}


def test_a_servers_loop_goes_on_under_a_callable(fake: FakeStudio) -> None:
    """One that would itself be a client of that server; what it raises reaches the test by flush."""
    threads: list[threading.Thread] = []

    def receive(event: dict[str, Any]) -> None:
        threads.append(threading.current_thread())
        pytest.fail("seen")

    async def serve() -> None:
        fake.add_execution()

    sink = fake.sink(receive)
    server = threading.Thread(target=lambda: asyncio.run(serve()))
    server.start()
    server.join(10)
    with pytest.raises(pytest.fail.Exception, match="seen"):
        sink.flush()
    assert len(threads) == 1
    assert threads[0] not in (server, threading.current_thread())


def test_a_receiver_may_run_on_the_same_loop(fake: FakeStudio) -> None:
    """As long as the test awaits what waits for it."""
    bodies: list[Any] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        bodies.append(json.loads(await reader.readexactly(int(head.partition("content-length: ")[2].split()[0]))))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            sink = fake.sink(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/")
            fake.add_run(path=[("a", "sent")])
            await asyncio.to_thread(sink.flush)

    asyncio.run(asyncio.wait_for(main(), 30))
    assert bodies == fake.events


def test_a_clock_that_stands_still_stops_no_delivery(receiver: Receiver, fake: FakeStudio) -> None:
    """Neither by HTTP nor in another thread."""
    time_machine = pytest.importorskip("time_machine")

    async def main() -> None:
        fake.add_run(path=[("a", "sent")])
        await asyncio.to_thread(sink.flush)

    with time_machine.travel("2026-01-31T09:30:00Z", tick=False):
        sink = fake.sink(receiver.url)
        fake.add_step()
        assert receiver.ids() == ids(fake.events)
        asyncio.run(main())
    assert receiver.ids() == ids(fake.events)
    assert fake.events[0]["time"] == "2026-01-31T09:30:00.000Z"


def test_leaving_a_studio_in_a_loop_waits_a_little(receiver: Receiver) -> None:
    """For a receiver elsewhere that is enough."""

    async def main() -> FakeStudio:
        with FakeStudio() as studio:
            studio.sink(receiver.url)
            studio.add_run(path=[("a", "sent")])
        return studio

    studio = asyncio.run(asyncio.wait_for(main(), 30))
    assert receiver.ids() == ids(studio.events)


def test_a_flush_does_not_wait_for_ever(receiver: Receiver, fake: FakeStudio) -> None:
    """It says what it waits for; close gives up what is left."""
    receiver.answering.clear()

    async def main() -> None:
        sink = fake.sink(receiver.url)
        fake.add_steps(n=3)
        with pytest.raises(TimeoutError, match=r"has not sent all within 0\.01 seconds"):
            sink.flush(0.01)
        sink.close()
        receiver.answering.set()
        await asyncio.to_thread(sink.flush)
        assert len(receiver.got) <= 1

    asyncio.run(asyncio.wait_for(main(), 30))


def test_a_verdict_does_not_wait_for_ever(
    receiver: Receiver, fake: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Within an event loop it says what to await first."""
    monkeypatch.setattr("pytest_studio.events.patience", lambda: 0.01)
    receiver.answering.clear()

    async def main() -> None:
        sink = fake.sink(receiver.url)
        fake.add_steps(n=1)
        with pytest.raises(StudioVerdict, match=r"not sent all within 0\.01 seconds; in an event loop, await async"):
            fake.verify()
        receiver.answering.set()
        await asyncio.to_thread(sink.flush)

    asyncio.run(asyncio.wait_for(main(), 30))


# -- the end of a test -----------------------------------------------------------------------------------------


def test_leaving_a_studio_flushes(fake: FakeStudio) -> None:
    """What was held back comes, and what a callable raised fails it."""
    got: list[Any] = []
    with FakeStudio(seed=1) as studio:
        studio.sink(got.append, shuffle=True)
        while len(got) == len(studio.events):
            studio.add_execution()
    assert sorted(ids(got)) == sorted(ids(studio.events))
    fake.sink(lambda event: 1 / 0)
    with pytest.raises(StudioVerdict, match="ZeroDivisionError"), fake:
        fake.add_execution()


def test_a_failing_test_shows_what_was_given_up_and_raised(pytester: pytest.Pytester) -> None:
    """A receiver's exception fails a test that passes otherwise; deliveries that failed are in the report."""
    pytester.makepyfile(
        """
        def receive(event):
            raise RuntimeError(event["type"])

        def test_passes_otherwise(studio):
            studio.sink(receive)
            studio.add_execution()

        def test_fails(studio):
            studio.sink("http://127.0.0.1:9/events")
            studio.add_execution()
            assert False

        def test_flushes(studio):
            sink = studio.sink(receive)
            studio.add_execution()
            try:
                sink.flush()
            except RuntimeError:
                pass
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=2, passed=1)
    result.stdout.fnmatch_lines(
        [
            "*<Sink <function receive at *>: 1 delivery, 1 given up> was handed an event, and raised:",
            "*test_a_failing_test*, in receive",
            "*RuntimeError: com.twilio.studio.flow.execution.started",
            "*<Sink http://127.0.0.1:9/events: 1 delivery, 1 given up>:",
            "*execution.started EZ*: given up after 5 attempts, ConnectionError: *",
        ]
    )


def test_a_receiver_that_refuses_fails_the_test_also_as_a_callable(fake: FakeStudio) -> None:
    """What a framework's test client answers counts as what a server does."""
    fake.sink(lambda event: SimpleNamespace(status_code=403))
    with pytest.raises(StudioVerdict, match=r"execution.started EZ.*: given up after 1 attempt, answered 403"), fake:
        fake.add_execution()


def test_what_a_callable_raised_in_a_failed_test_is_not_held_against_the_next(pytester: pytest.Pytester) -> None:
    """Nor are its deliveries shown there, where tests share a studio."""
    pytester.makepyfile(
        """
        import pytest
        from pytest_studio import FakeStudio

        @pytest.fixture(scope="module")
        def shared():
            with FakeStudio() as studio:
                studio.sink(lambda event: 1 / 0)
                studio.sink("http://127.0.0.1:9/first")
                yield studio

        def test_first(shared):
            shared.add_execution()
            assert False, "for a reason of its own"

        def test_second(shared):
            assert len(shared.events) == 1

        def test_third(shared):
            assert False, "for another reason"
        """
    )
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(failed=2, passed=1)
    assert str(result.stdout).count("given up after 5 attempts") == 1
    assert str(result.stdout).count("ZeroDivisionError") == 1


def test_the_constants_are_those_that_the_docs_name() -> None:
    """Five seconds, so many attempts."""
    assert (ATTEMPTS, BATCH, delivery.TIMEOUT, delivery.SILENCES) == (5, 100, 5.0, 3)
    assert sign("token", HOOK, {}).method == "POST"
