"""Time: waits that are over, the age of Executions, and chats by the thousand, in several threads."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone

import pytest
from flow_parts import NUMBER, PERSON, ask, load, say, variables, widget
from helpers import get, post

from pytest_studio import FakeStudio
from pytest_studio.chats import stage
from pytest_studio.chats.chat import Chat
from pytest_studio.resources import Flow

pytest.importorskip("liquid")
time_machine = pytest.importorskip("time_machine")

START = "2026-01-31T09:00:00Z"


def reminders(fake: FakeStudio) -> Flow:
    """Asks, reminds after 40 minutes, and gives up after an hour more."""
    return load(
        fake,
        ask("ask", "Name?", "thanks", "remind", timeout="2400"),
        ask("remind", "Still there?", "thanks", "sorry", timeout="3600"),
        say("thanks", "Thanks"),
        say("sorry", "Goodbye"),
    )


def dates(fake: FakeStudio, chat: Chat) -> list[str]:
    """The times of the Steps, oldest first."""
    steps = get(fake, f"{chat.execution.url}/Steps")["steps"]
    return [step["date_created"][11:16] for step in reversed(steps)]


# -- waits -----------------------------------------------------------------------------------------------------


def test_a_wait_is_over_when_its_time_has_come(fake: FakeStudio) -> None:
    """Not before; one that was answered is over anyway."""
    flow = reminders(fake)
    waits, answered = flow.message("hi"), flow.message("hi")
    fake.advance(minutes=39)
    answered.reply("Ada")
    assert waits.waiting_at == "ask"
    fake.advance(minutes=1)
    assert waits.waiting_at == "remind"
    assert answered.path == ["Trigger", "ask", "thanks"]


def test_one_wait_after_the_other_is_over_at_its_own_time() -> None:
    """Within one ``advance``, as Steps tell."""
    fake = FakeStudio(now=START)
    chat = reminders(fake).message("hi")
    fake.advance(hours=3)
    assert chat.path == ["Trigger", "ask", "remind", "sorry"]
    assert dates(fake, chat) == ["09:00", "09:40", "10:40", "10:40"]
    assert fake.add_flow().date_created.hour == 12


@pytest.mark.parametrize("seconds", [-1, float("nan"), 1e15])
def test_an_advance_that_cannot_be_moves_nothing(seconds: float, fake: FakeStudio) -> None:
    """Neither the clock nor a chat."""
    chat = reminders(fake).message("hi")
    with pytest.raises(ValueError, match="the clock goes forward"):
        fake.advance(seconds)
    assert chat.waiting_at == "ask"


def test_what_an_advance_leads_to_takes_no_time(fake: FakeStudio) -> None:
    """On the process's own clock: both waits are over exactly then, however long it takes to run what is between."""
    chat = reminders(fake).message("hi")
    fake.advance(minutes=100)
    assert chat.ended


def test_waits_of_several_chats_are_over_in_order(fake: FakeStudio) -> None:
    """The one that is due first goes first."""
    flow = load(fake, ask("ask", "Name?", None, "late", timeout="{{flow.data.patience}}"), say("late", "Late"))
    for patience in ("300", "100", "200"):
        flow.request(parameters={"patience": patience})
    fake.advance(hours=1)
    ends = [event["data"]["execution_sid"] for event in fake.events if event["type"].endswith("execution.ended")]
    assert ends == [flow.chats[index].execution.sid for index in (1, 2, 0)]


@pytest.mark.parametrize("timeout", [60, "60", " {{ 59 | plus: 1 }} "])
def test_a_timeout_is_a_number_or_a_text(timeout: object, fake: FakeStudio) -> None:
    """Exports have both."""
    chat = load(fake, ask("ask", "Name?", None, timeout=timeout)).message("hi")  # type: ignore[arg-type]
    fake.advance(seconds=59)
    assert not chat.ended
    fake.advance(seconds=1)
    assert chat.ended


@pytest.mark.parametrize(("type", "seconds"), [("send-and-wait-for-reply", 3600), ("gather-input-on-call", 5)])
def test_a_wait_without_a_timeout_has_studios_own(type: str, seconds: int, fake: FakeStudio) -> None:
    """An hour for a reply, five seconds for a key."""
    properties = {"from": NUMBER, "body": "Name?", "timeout": ""} if seconds == 3600 else {"say": "Press"}
    flow = load(fake, widget("w", type, properties, timeout=None))
    chat = flow.message("hi") if seconds == 3600 else flow.call()
    fake.advance(seconds=seconds - 1)
    assert not chat.ended
    fake.advance(seconds=1)
    assert chat.ended


def test_a_call_rings_for_as_long_as_it_says(fake: FakeStudio) -> None:
    """Then nobody has answered."""
    chat = load(fake, widget("w", "make-outgoing-call-v2", {"from": NUMBER, "to": PERSON, "timeout": 20})).request()
    fake.advance(seconds=20)
    assert chat.visits[-1].event == "noAnswer"


def test_an_execution_lives_for_thirty_days(fake: FakeStudio) -> None:
    """Whatever it waits for; no Step tells of its end."""
    dial = widget("menu", "gather-input-on-call", {"say": "Press 1"}, keypress=None)
    chat = load(fake, dial).call().hang_up()
    fake.advance(days=29)
    assert not chat.ended
    fake.advance(days=1)
    assert chat.ended
    assert chat.path == ["Trigger"]


def test_an_expiry_by_hand_moves_no_clock() -> None:
    """The event of a timeout, now."""
    fake = FakeStudio(now=START)
    chat = reminders(fake).message("hi").expire()
    assert chat.waiting_at == "remind"
    assert dates(fake, chat) == ["09:00", "09:00"]


def test_the_time_machine_rules_waits(fake: FakeStudio) -> None:
    """What is due shows with whatever is looked at next through the API, or done."""
    with time_machine.travel(datetime(2026, 1, 31, 9, tzinfo=timezone.utc)) as traveller:
        flow = reminders(fake)
        chat = flow.message("hi", from_=PERSON)
        traveller.shift(2400)
        assert get(fake, f"{chat.execution.url}/Steps")["steps"][0]["name"] == "timeout"
        traveller.shift(3600)
        assert flow.message("hi again", from_=PERSON) is not chat
        assert chat.path == ["Trigger", "ask", "remind", "sorry"]


def test_a_slow_test_keeps_nobody_waiting_too_long(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only time that was moved counts: neither a busy machine nor a debugger lets a caller hang on in vain."""
    really = [0.0]
    monkeypatch.setattr(stage, "_REAL", (lambda: really[0],))
    with time_machine.travel(time.time(), tick=False) as traveller:
        chat = load(fake, widget("menu", "gather-input-on-call", {"say": "Press 1"}, keypress=None)).call()
        really[0] += 60
        traveller.shift(60)
        assert chat.press("1").ended


def test_waits_of_what_answers_for_days_are_over_by_themselves(
    fake: FakeStudio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the time that passes counts."""
    really = [0.0]
    monkeypatch.setattr(stage, "_REAL", (lambda: really[0],))
    fake.remember_less(10)
    with time_machine.travel(time.time(), tick=False) as traveller:
        chat = reminders(fake).message("hi")
        really[0] += 2400
        traveller.shift(2400)
        get(fake, chat.execution.url)
        assert chat.waiting_at == "remind"


def test_now_is_the_clock_of_the_studio() -> None:
    """In Pacific time, as Studio has it."""
    fake = FakeStudio(now=START)
    flow = load(fake, say("hello", '{{ "now" | date: "%Y-%m-%d %H:%M" }}'))
    assert flow.message("hi").sent[0].body == "2026-01-31 01:00"
    fake.advance(hours=2)
    assert flow.message("hi").sent[0].body == "2026-01-31 03:00"


# -- many ------------------------------------------------------------------------------------------------------


def test_a_thousand_chats_at_once(fake: FakeStudio) -> None:
    """Each hears its own reply; the rest time out together."""
    flow = load(
        fake, ask("ask", "Name?", "greet", "late"), say("greet", "{{widgets.ask.inbound.Body}}"), variables("late")
    )
    people = [f"+1555{index:07}" for index in range(1000)]
    for person in people:
        flow.message("hi", from_=person)
    for person in people[:500]:
        flow.message(person, from_=person)
    chats = flow.chats
    assert len(chats) == 1000
    assert [chat.sent[-1].body for chat in chats[:500]] == people[:500]
    fake.advance(hours=1)
    assert {chat.path[-1] for chat in chats[500:]} == {"late"}


def test_threads_talk_in_chats_of_their_own(fake: FakeStudio) -> None:
    """All at once, without mixing anything up."""
    flow = load(fake, ask("one", "1?", "two"), ask("two", "2?", "end"), say("end", "{{widgets.one.inbound.Body}}"))

    def talk(index: int) -> Chat:
        chat = flow.message("hi", from_=f"+1555{index:07}")
        return chat.reply(f"n{index}").reply("x")

    with ThreadPoolExecutor(8) as pool:
        chats = list(pool.map(talk, range(100)))
    assert [chat.sent[-1].body for chat in chats] == [f"n{index}" for index in range(100)]
    assert len(fake.executions) == 100
    assert all(len(chat.execution.steps) == 4 for chat in chats)


def test_threads_that_write_for_one_person_write_into_one_chat(fake: FakeStudio) -> None:
    """The first begins it; each of the others is a reply, or comes too early (81002)."""
    states = [ask(f"q{index}", "?", f"q{index + 1}") for index in range(20)]
    flow = load(fake, *states, ask("q20", "?"))
    together = threading.Barrier(8)

    def write(_: int) -> Chat:
        together.wait(10)
        return flow.message("hi", from_=PERSON)

    with ThreadPoolExecutor(8) as pool:
        chats = set(pool.map(write, range(8)))
    assert len(chats) == 1
    (chat,) = chats
    assert len(chat.warnings) + len(chat.path) == 8
    assert len(chat.execution.steps) == len(chat.path)


def test_threads_that_use_the_api_and_the_chats_wait_for_nobody(fake: FakeStudio) -> None:
    """REST requests, messages, calls and the clock at once: no two of them stand in each other's way."""
    flow = load(fake, ask("ask", "?", "bye", "bye"), say("bye", "Bye"), flags={"allow_concurrent_calls": False})

    def rest(index: int) -> None:
        made = post(fake, f"/v2/Flows/{flow.sid}/Executions", 201, To=f"+1666{index:07}", From=NUMBER)
        fake.chat(made["sid"]).reply("x")

    def write(index: int) -> None:
        flow.message("hi", from_=f"+1555{index % 5:07}")

    def call(index: int) -> None:
        flow.call(from_="+15557654321")

    def move(index: int) -> None:
        fake.advance(seconds=1)

    with ThreadPoolExecutor(8) as pool:
        for future in [pool.submit(deed, index) for index in range(60) for deed in (rest, write, call, move)]:
            future.result(60)
    assert all(chat.ended or chat.waiting_at == "ask" for chat in fake.chats)


@pytest.mark.parametrize("look", ["ended", "path", "waiting_at", "sent", "visits", "transcript", "context"])
def test_whoever_looks_at_a_chat_sees_what_time_has_done(look: str) -> None:
    """Also where another tool has moved the clock, and nobody called the API."""
    with time_machine.travel(START, tick=False) as clock, FakeStudio() as studio:
        chat = reminders(studio).message("hi")
        clock.shift(2401)
        getattr(chat, look)
        assert chat.way == ["Trigger", "ask"]
