"""The Flow itself, run offline: what people are asked and told, and what the product reads of it afterwards."""

import sqlite3
from contextlib import closing
from datetime import datetime, timezone

import pytest
import responses
from booking.export import export
from booking.reminders import remind
from responses.matchers import query_param_matcher
from twilio.rest import Client

PERSON = "+15550100007"
TABLES = "https://tables.example.com/free"


@pytest.fixture
def flow(studio):
    return studio.load_flow("flows/booking.json")


@responses.activate
def test_a_table_is_booked(flow):
    responses.get(TABLES, json={"table": 7}, match=[query_param_matcher({"day": "friday"})])

    chat = flow.message("hi", from_=PERSON)
    assert chat.sent[-1].body == "Which day shall we lay a table for you?"
    chat.reply(" Friday ")

    assert chat.sent[-1].body == "Table 7 is yours on friday."
    assert chat.ended
    assert chat.path == ["Trigger", "ask_day", "pick_day", "look_up", "is_free", "booked"]


@responses.activate
def test_on_a_full_day_another_one_is_asked_for(flow):
    responses.get(TABLES, json={"table": None})
    responses.get(TABLES, json={"table": 2})

    chat = flow.message("hi").reply("Friday").reply("Saturday")

    assert [sent.body for sent in chat.sent][1:] == [
        "We are full on friday.",
        "Which day shall we lay a table for you?",
        "Table 2 is yours on saturday.",
    ]


def test_people_are_told_to_call_when_the_book_does_not_open(flow):
    flow.respond("look_up", 503)

    chat = flow.message("hi").reply("Friday")

    assert chat.sent[-1].body == "Our book is closed for the moment. Please call us."


def test_who_does_not_answer_within_an_hour_is_let_go(studio, flow):
    chat = flow.message("hi")

    studio.advance(minutes=59)
    assert chat.waiting_at == "ask_day"
    studio.advance(minutes=1)

    assert chat.sent[-1].body == "Write again when you know the day."
    assert chat.ended


@pytest.mark.studio(now="2026-03-06T18:00:00Z")
@pytest.mark.parametrize("answer", ["yes", "Sure", " Y "])
def test_a_reminder_runs_and_the_export_has_its_steps(studio, flow, answer):
    sid = remind(Client(), flow.sid, PERSON, {"name": "Ada", "at": "19:30"})

    chat = studio.chat(sid)
    assert chat.sent[-1].body == "Hello Ada, your table is laid at 19:30. Will you come?"
    studio.advance(minutes=5)
    studio.message(answer, from_=PERSON)

    with closing(sqlite3.connect(":memory:")) as table:
        export(Client(), table, flow.sid, datetime(2026, 3, 6, tzinfo=timezone.utc))
        assert table.execute("SELECT widget, event, answer FROM steps").fetchall() == [
            ("Trigger", "incomingRequest", None),
            ("remind", "incomingMessage", answer),
            ("coming", "match", None),
            ("see_you", "sent", None),
        ]


def test_who_does_not_come_may_choose_another_day(flow):
    chat = flow.request(to=PERSON, parameters={"name": "Ada", "at": "19:30"}).reply("no")

    assert chat.waiting_at == "ask_day"


def test_who_does_not_answer_a_reminder_is_let_go(studio, flow):
    chat = flow.request(to=PERSON, parameters={"name": "Ada", "at": "19:30"})

    studio.advance(hours=2)

    assert chat.path == ["Trigger", "remind", "gave_up"]


def test_a_message_that_does_not_arrive_is_noted(flow):
    flow.outcome("remind", "deliveryFailure")

    chat = flow.request(to=PERSON, parameters={"name": "Ada", "at": "19:30"})

    assert chat.context["flow"]["variables"] == {"reached": "no"}
