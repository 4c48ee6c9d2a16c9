"""The webhook of Event Streams, through FastAPI's own test client."""

import sqlite3

import pytest
from booking.webhook import Board, from_environment, make_app
from fastapi.testclient import TestClient

HOST = "https://booking.example"
URL = f"{HOST}/events"


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path / "board.db")


@pytest.fixture
def web(studio, board):
    return TestClient(make_app(studio.auth_token, board), base_url=HOST, raise_server_exceptions=False)


@pytest.fixture
def post(web):
    return lambda request: web.post(request.url, headers=request.headers, content=request.body)


@pytest.fixture
def deliver(studio, post):
    """Sign what happened, as Event Streams does, and post it."""
    return lambda events: post(studio.sign(URL, events))


def ask_for_age(studio):
    return studio.add_run(path=[("ask_age", "incomingMessage"), ("thanks", "sent")])


def test_signed_events_are_taken_alone_and_together(studio, deliver, board):
    run = ask_for_age(studio)
    first, *rest = studio.events

    assert deliver(first).status_code == 204
    assert board.running() == {run.sid}

    assert deliver(rest).status_code == 204
    assert board.running() == set()
    assert board.passed(run.sid) == ["Trigger", "ask_age", "thanks"]


def test_what_was_changed_on_its_way_is_refused(studio, post, board, studio_factory):
    changed = studio.sign(URL, studio_factory.event("execution.started"))
    changed.body = changed.body.replace(b"active", b"paused")

    assert post(changed).status_code == 403
    assert board.running() == set()


def test_what_twilio_has_not_signed_is_refused(web):
    assert web.post("/events", json={"id": "EZ1"}).status_code == 403
    assert web.post("/events", content=b"\xff", headers={"X-Twilio-Signature": "guessed"}).status_code == 403


def test_a_signature_that_covers_no_body_is_refused(studio, web, studio_factory):
    signed = studio.sign(URL, studio_factory.event("execution.started"))

    assert web.post(URL, content=signed.body, headers=signed.headers).status_code == 403  # the url's query is gone


@pytest.mark.parametrize("batch", [False, True], ids=["alone", "in batches"])
def test_the_board_is_right_although_events_come_twice_and_in_disorder(studio, deliver, board, batch):
    sink = studio.sink(deliver, batch=batch, duplicates=True, shuffle=True)

    runs = [ask_for_age(studio) for _ in range(5)]
    waiting = studio.add_run(path=[("ask_age",)], ended=False)
    sink.flush()

    assert board.running() == {waiting.sid}
    assert all(board.passed(run.sid) == ["Trigger", "ask_age", "thanks"] for run in runs)
    assert not sink.given_up


def test_events_of_other_products_are_left_out_and_not_asked_for_again(studio, deliver, board, studio_factory, caplog):
    other = {**studio_factory.event("execution.started"), "type": "com.twilio.messaging.message.sent", "data": {}}
    run = ask_for_age(studio)

    assert deliver([other, *studio.events]).status_code == 204

    assert board.passed(run.sid) == ["Trigger", "ask_age", "thanks"]
    assert caplog.messages == ["left out: an event of the type com.twilio.messaging.message.sent"]


def test_an_execution_that_the_api_ends_leaves_the_board(studio, studio_client, deliver, board):
    sink = studio.sink(deliver)
    run = studio.add_execution()
    assert board.running() == {run.sid}

    studio_client.studio.v2.flows(run.flow_sid).executions(run.sid).update(status="ended")

    assert board.running() == set()
    assert [delivery.status for delivery in sink.deliveries] == [204, 204]


def test_what_could_not_be_stored_comes_again(studio, deliver, board, monkeypatch):
    takes = iter([full, full, board.take])
    monkeypatch.setattr(board, "take", lambda events: next(takes)(events))
    sink = studio.sink(deliver)

    run = studio.add_execution()

    assert (sink.deliveries[0].attempts, sink.deliveries[0].status) == (3, 204)
    assert board.running() == {run.sid}


def full(events):
    raise sqlite3.OperationalError("database or disk is full")


def test_the_deployed_application_takes_token_and_file_from_the_environment(studio, tmp_path, monkeypatch):
    monkeypatch.setenv("BOARD", str(tmp_path / "elsewhere.db"))
    web = TestClient(from_environment(), base_url=HOST)
    run = studio.add_execution()

    signed = studio.sign(URL, studio.events)
    assert web.post(signed.url, headers=signed.headers, content=signed.body).status_code == 204

    assert Board(tmp_path / "elsewhere.db").running() == {run.sid}
