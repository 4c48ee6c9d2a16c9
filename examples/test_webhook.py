"""The webhook of Event Streams: called directly, and behind a real server."""

import threading
from io import BytesIO
from types import SimpleNamespace
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server
from wsgiref.util import setup_testing_defaults

import pytest
from booking.webhook import Board, make_app

URL = "https://booking.example/events"


def post(app, request):
    """A WSGI test client in ten lines; a framework brings its own."""
    url, answer = urlsplit(request.url), SimpleNamespace()
    environ = {
        "REQUEST_METHOD": request.method,
        "wsgi.url_scheme": url.scheme,
        "HTTP_HOST": url.netloc,
        "PATH_INFO": url.path,
        "QUERY_STRING": url.query,
        "CONTENT_LENGTH": str(len(request.body)),
        "wsgi.input": BytesIO(request.body),
        **{f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()},
    }
    setup_testing_defaults(environ)
    app(environ, lambda status, headers: setattr(answer, "status_code", int(status[:3])))
    return answer


@pytest.fixture
def board():
    return Board()


@pytest.fixture
def app(studio, board):
    return make_app(studio.auth_token, board)


@pytest.fixture
def server(app):
    class Quiet(WSGIRequestHandler):
        def log_message(self, *args):
            pass

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/events"
        server.shutdown()
        thread.join()


def test_signed_events_are_taken_alone_and_together(studio, app, board):
    run = studio.add_run(path=[("ask_age", "incomingMessage"), ("thanks", "sent")])
    first, *rest = studio.events

    assert post(app, studio.sign(URL, first)).status_code == 204
    assert board.ended == {run.sid: False}

    assert post(app, studio.sign(URL, rest)).status_code == 204
    assert board.ended == {run.sid: True}
    assert board.passed == {run.sid: {"Trigger", "ask_age", "thanks"}}


def test_what_somebody_else_has_signed_or_changed_is_refused(studio, app, board, studio_factory):
    forged = studio.sign(URL, studio_factory.event("execution.ended"))
    forged.body = forged.body.replace(b"FLOW_END", b"TOP_SECRET")

    assert post(app, forged).status_code == 403
    assert post(app, SimpleNamespace(method="POST", url=URL, headers={}, body=b"{}")).status_code == 403
    assert board.ended == {}


@pytest.mark.parametrize("batch", [False, True])
def test_the_board_is_right_although_events_come_twice_and_in_disorder(studio, app, board, batch):
    sink = studio.sink(lambda events: post(app, studio.sign(URL, events)), batch=batch, duplicates=True, shuffle=True)

    runs = [studio.add_run(path=[("ask_age", "incomingMessage"), ("thanks", "sent")]) for _ in range(5)]
    waiting = studio.add_run(path=[("ask_age",)], ended=False)
    sink.flush()

    assert board.ended == {**{run.sid: True for run in runs}, waiting.sid: False}
    assert all(board.passed[run.sid] == {"Trigger", "ask_age", "thanks"} for run in runs)
    assert not sink.given_up


def test_an_execution_that_the_api_ends_leaves_the_board(studio, studio_client, server, board):
    sink = studio.sink(server)
    run = studio.add_execution()
    assert board.ended == {run.sid: False}

    studio_client.studio.v2.flows(run.flow_sid).executions(run.sid).update(status="ended")

    assert board.ended == {run.sid: True}
    assert [delivery.status for delivery in sink.deliveries] == [204, 204]


def test_what_could_not_be_stored_is_delivered_again(studio, app, board):
    failures = [503, 503]
    sink = studio.sink(
        lambda event: SimpleNamespace(status_code=failures.pop()) if failures else post(app, studio.sign(URL, event))
    )

    run = studio.add_execution()

    assert sink.deliveries[0].attempts == 3
    assert board.ended == {run.sid: False}
