"""What ``assert_no_pii`` finds, what it lets be, and what it says."""

from __future__ import annotations

import json
import logging
import re
import time
from typing import Any
from urllib.parse import quote

import pytest
from helpers import FROM, TO, call, post
from privacy_samples import ESCAPES, holding

from pytest_studio import FakeStudio

PHONE = "+15550100001"
NAME = "Zoë Müller"


@pytest.fixture
def studio() -> FakeStudio:
    """A studio with one run: a person of that number and name."""
    studio = FakeStudio(seed=1, now="2026-11-20T09:30:00Z")
    studio.add_run(
        path=[("ask_name", "incomingMessage", {"inbound": {"Body": NAME, "From": PHONE, "SmsStatus": "received"}})],
        from_=PHONE,
    )
    return studio


def told(studio: FakeStudio, text: Any) -> str:
    """What is said of a text that has personal data in it."""
    with pytest.raises(AssertionError) as caught:
        studio.assert_no_pii(text)
    return str(caught.value)


# -- what is found ---------------------------------------------------------------------------------------------


def test_it_names_the_field_of_the_record_and_the_place_in_the_text(studio: FakeStudio) -> None:
    """Line and column, and what is around; not the value."""
    run = next(iter(studio.executions.values()))
    text = f"INFO start\nINFO  answer from widget: {NAME}, thanks\n"
    message = told(studio, text)
    assert f"Execution {run.sid} context.widgets.ask_name.inbound.Body" in message
    assert "line 2, column 27: INFO  answer from widget: ***, thanks" in message
    assert "'Z'… (10 characters)" in message
    assert NAME not in message


@pytest.mark.parametrize(
    "text",
    [
        PHONE,
        "call +1 555-010-0001 now",
        "(555) 010-0001",
        "5550100001",
        "15550100001,",
        "whatsapp:+15550100001",
        "0015550100001",
        "555.010.0001",
        "From=%2B15550100001&To=1",
        "From=+1+555+010+0001",
        "x=1 555 010 0001 200",
        "tel:+1-555-010-0001",
        '"\\u002b15550100001"',
        "2026-11-20 09:30:00 15550100001",
        "&#43;1&nbsp;555&nbsp;010&nbsp;0001",
        "+1\u2011555\u2011010\u20110001",
    ],
)
def test_a_phone_number_is_found_in_any_format(studio: FakeStudio, text: str) -> None:
    """However its digits are grouped and escaped, with and without the country's."""
    assert "contact_channel_address" in told(studio, f"ok {text} ok")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("+4930901820", "030 901820"),
        ("+4930901820", "+49 (0)30 901820"),
        ("+4930901820", "0049 30 90 18 20"),
        ("whatsapp:+4930901820", "+4930901820"),
        ("5550100001", "+1 (555) 010-0001"),
        ("client:ada_l", "user ada_l joined"),
        ("ada@example.org", "mail to ADA@Example.org"),
        ("sip:ada@example.org", "sip:ada@example.org;transport=tls"),
        ("messenger:1234567890", "id 1234567890"),
    ],
)
def test_other_addresses_are_found_too(address: str, text: str) -> None:
    """Of other countries and other channels."""
    studio = FakeStudio(seed=1)
    studio.add_execution(to=address)
    told(studio, text)


each_escape = pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)


@each_escape
@pytest.mark.parametrize(
    "value",
    [
        NAME,
        "Tom & Ada's <b>flat</b>, 5th floor\nring twice",
        'the "blue" one\\the red one',
        "ring 😀 at Löwe's / 2",
        "100% Ada %41 é",
        "tabs\tand  blanks of Ada+Bob",
    ],
)
def test_a_text_is_found_in_any_escaping(escape: Any, value: str) -> None:
    """Also inside of nested lists and dicts; the path leads there."""
    assert "context.widgets.ask.answers[0].deep" in told(holding(value), f"before [{escape(value)}] after")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ada", "hello Ada, and"),
        ("O'Brien", "Mr O'Brien"),
        ("李明", "用户李明先生"),
        ("Ada Lovelace", "ADA   LOVELACE"),
        ("Ada Lovelace", "Ada\n  Lovelace"),
        (123456, "n=123456;"),
        (4111111111111111, "card 4111 1111 1111 1111"),
        (1234567, "pays 1,234,567, now"),
        (1234567, "pays 1_234_567"),
        (1234567, "zahlt 1'234'567.00"),
        (51.50735, "at 51.50735, 0.1"),
        ("1990-05-17", "born 1990-05-17"),
        ("03301", "zip 03301"),
        ("12 Elm St", "to 12 elm st."),
        ('{"name": "Bo Li", "ok": true}', "got Bo Li"),
        ({"ada@example.org": "yes"}, "seen ada@example.org"),
        ({"+15550100077": {"first": "x"}}, "seen 555 010 0077"),
    ],
)
def test_other_values_are_found(value: Any, text: str) -> None:
    """Names, numbers, days of birth, JSON in a text, and keys that are addresses."""
    told(holding(value), text)


@pytest.mark.parametrize("value", ["Ada", "Ada Lovelace"])
def test_a_field_of_every_kind_is_looked_at(value: str) -> None:
    """Parameters, contexts of Steps and Engagements, test users, what a Step left."""
    texts = {
        "parameters.who": lambda studio: studio.add_execution(parameters={"who": value}),
        "context.flow.variables.who": lambda studio: studio.add_execution(
            context={"flow": {"variables": {"who": value}}}
        ),
        "context.x": lambda studio: studio.add_step(context={"x": value}),
        "context.widgets.ask.x": lambda studio: studio.add_run(path=[("ask", "incomingMessage", {"x": value})]),
        "test_users[0]": lambda studio: studio.add_flow(test_users=[value]),
        "context.y": lambda studio: studio.add_engagement(context={"y": value}),
        "contact_channel_address": lambda studio: studio.add_execution(contact_channel_address=value),
        "from_": lambda studio: studio.add_execution(from_=value),
    }
    for field, add in texts.items():
        studio = FakeStudio(seed=1)
        record = add(studio)
        message = told(studio, f"it is {value}.")
        assert field in message
        assert any(sid in message for sid in (record.sid, *studio.executions)), message


def test_what_was_removed_or_changed_is_still_personal() -> None:
    """Deleted, past the retention, updated: logs may still tell it."""
    studio = FakeStudio(seed=1, now="2026-11-20", retention_days=30)
    flow = studio.add_flow(test_users=["+15550100011"])
    gone = studio.add_execution(flow, to="+15550100012", context={"who": "Gone Girl"})
    assert call(studio, "DELETE", gone.url).status == 204
    studio.add_execution(flow, to="+15550100013", date_created="2026-01-01")
    moved = studio.add_execution(flow, to="+15550100014", context={"who": "Olga Old"})
    moved.update(contact_channel_address="+15550100015", to="+15550100015", context={"who": "Nina New"})
    moved.update(contact_channel_address="+15550100016", to="+15550100016")
    step = studio.add_step(moved, context={"who": "Step Hen"})
    step.update(context={})
    post(studio, f"/v2/Flows/{flow.sid}/TestUsers", TestUsers="+15550100017")
    call(studio, "GET", "/v2/Flows")
    numbers = [f"+1555010001{n}" for n in range(1, 8)]
    for value in (*numbers, "Gone Girl", "Olga Old", "Nina New", "Step Hen"):
        told(studio, f"x {value} y")
    call(studio, "DELETE", f"/v2/Flows/{flow.sid}")
    for value in (*numbers, "Gone Girl", "Olga Old", "Nina New", "Step Hen"):
        told(studio, f"x {value} y")


def test_a_text_with_deeply_nested_json_is_a_text() -> None:
    """And nothing breaks."""
    deep = "[" * 900 + '"Ada Lovelace"' + "]" * 900
    told(holding(deep), f"x {deep} y")


# -- what is let be --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "", " ", "1", "42", "2026", 7, 1234, 0.5, True, None, "yes", "No", "STOP", "ok", "Hello", "help", "thank you",
        "yes please", "true", "null", "received", "in-progress", "inbound", "outbound-api", "2010-04-01", "US", "NH",
        "incomingMessage", "send-message", "ask", "timeout", "application/json", "text/plain; charset=utf-8", "fr-CA",
        "2026-11-20T09:30:00Z", "2026-11-20", "2026-11-20 09:30:00", "09:30", "...", "!!!", "👍", "SM" + "0a" * 16,
        "https://studio.twilio.com/v2/Flows", "/2010-04-01/Accounts/x.json", "a-b", "message", "Error", "INFO", {}, [],
        "Wed, 18 Nov 2026 09:30:00 +0000",
    ],
)  # fmt: skip
def test_what_is_nobodys_is_not_reported(value: Any) -> None:
    """Short and common words, small numbers, and what Studio writes itself."""
    studio = holding(value)
    studio.assert_no_pii(f"a {value} b {json.dumps(value)} c {value!r}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("Ada", "Adapter Adams ada ADA _Ada Ada1"),
        ("12345", "123456 012345 1.12345 12345.6 12,12345 x12345"),
        ("+15550100001", "FN15550100001000000000000000000000 915550100001 15550100001a 0.15550100001"),
        ("Ada Lovelace", "Ada and Lovelace, Ada Loveless, Grada Lovelace, Ada Lovelaces"),
        ("blue", "Blue blues"),
        ("5550100001", "555 0100 002 555 0100 0012"),
        ("1234567", "9,1,234,567 1,234,567,890 1,2345,67 x1,234,567"),
    ],
)
def test_parts_of_words_and_numbers_are_not_values(value: str, text: str) -> None:
    """Only the whole counts."""
    holding(value).assert_no_pii(text)


def test_a_run_as_it_is_usually_logged_is_no_leak(studio: FakeStudio, caplog: pytest.LogCaptureFixture) -> None:
    """SIDs, urls, widgets, events, statuses, counts, times, and Twilio's side."""
    studio.add_run(
        path=[("Trigger", "incomingCall", {"ToCity": "HOUSTON", "ToZip": "77001"}), ("gather", "keypress")], from_=TO
    )
    log = logging.getLogger("worker")
    with caplog.at_level(logging.DEBUG):
        for run in studio.executions.values():
            log.info("%s %s %s started=%s from the number %s", run.sid, run.status, run.url, run.date_created, run.to)
            for step in run.steps:
                log.debug("%s", {key: value for key, value in step.payload().items() if key != "context"})
        log.warning("2 Executions, 0 failed, took 15550 ms, HOUSTON 77001")
    studio.assert_no_pii(caplog.text)


def test_twilios_side_is_nobodys_unless_it_is_somebodys_too() -> None:
    """The number that messages are sent from; as another's address it counts."""
    studio = FakeStudio(seed=1)
    run = studio.add_execution(to=TO, from_=FROM)
    studio.assert_no_pii(f"sent from {FROM}, {FROM[2:]} and {studio.add_execution().from_}")
    told(studio, f"sent to {TO}")
    studio.add_execution(run.flow, to=FROM)
    told(studio, f"sent from {FROM}")


def test_a_studio_without_records_has_nothing_personal() -> None:
    """Nor is anything in no text."""
    FakeStudio(seed=1).assert_no_pii("+15550100001 Ada")
    holding("Ada").assert_no_pii("")
    holding("Ada").assert_no_pii([])


# -- what is said ----------------------------------------------------------------------------------------------


def test_every_value_is_told_once_with_its_fields(studio: FakeStudio) -> None:
    """Addresses first; the same value in several fields and lines is one entry."""
    message = told(studio, f"{NAME}\n{PHONE}\nnothing\n(555) 010-0001 {NAME}")
    entries = [line for line in message.splitlines() if re.match(r"  '", line)]
    assert [entry[:5] for entry in entries] == ["  '+'", "  'Z'"]
    assert "contact_channel_address, from_, context.trigger.message.From and 1 more field" in entries[0]
    assert entries[0].count("Execution FN") == 1
    assert "1 more time: line 4" in message
    assert message.startswith("2 values that are PII stand in the text:")


def test_no_personal_value_stands_in_the_message(studio: FakeStudio) -> None:
    """Neither what leaked nor what else is around it, in whichever escaping; nor a key that is an address."""
    studio.add_execution(context={"ada@example.org": {"likes": "sea urchins", "of": PHONE}})
    text = f"{NAME} {PHONE} {json.dumps(NAME)} {quote(NAME)} sea urchins ada@example.org 555-010-0001 " * 3
    message = told(studio, text)
    studio.assert_no_pii(message)
    for part in ("Zo", "ller", "555", "urchin", "ada", "0001"):
        assert part not in re.sub(r"Execution FN\w+", "", message)


def test_many_leaks_are_told_shortly() -> None:
    """Ten values, five lines each, and how many more."""
    studio = FakeStudio(seed=1)
    people = [f"Alan Turing {n:04d}" for n in range(300)]
    studio.add_execution(context={"all": people, "again": people})
    message = told(studio, "\n".join(people * 10))
    assert message.startswith("300 values that are PII stand in the text:")
    assert "and 290 more values" in message
    assert "9 more times: line 301, line 601, line 901, line 1201, line 1501 …" in message
    assert len(message.splitlines()) < 40


def test_the_same_text_is_told_the_same_way(studio: FakeStudio) -> None:
    """Order does not hang on chance."""
    text = f"{NAME} {PHONE} " * 5
    assert told(studio, text) == told(studio, text)


def test_several_texts_are_numbered(studio: FakeStudio) -> None:
    """Log messages, or what was printed; bytes are UTF-8."""
    message = told(studio, ["nothing", f"a\nb {NAME}", PHONE])
    assert "text 2, line 2, column 3: b ***" in message
    assert "text 3, line 1, column 1: ***" in message
    told(studio, NAME.encode())
    told(studio, (b"nothing", bytearray(NAME.encode())))
    studio.assert_no_pii(iter(["nothing"]))


def test_a_long_line_is_cut(studio: FakeStudio) -> None:
    """What is around is shown, on one line."""
    message = told(studio, "x" * 500 + f"\t{NAME} " + "y" * 500)
    [line] = [line for line in message.splitlines() if "column" in line]
    assert line == f"      line 1, column 502: …{'x' * 39} *** {'y' * 39}…"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "not NoneType"),
        (5, "not int"),
        ({"a": "b"}, "not dict"),
        (["a", None], "item 1 is of type NoneType"),
    ],
)
def test_what_is_no_text_is_a_type_error(studio: FakeStudio, text: Any, words: str) -> None:
    """It says what is taken."""
    with pytest.raises(TypeError, match=f"takes a text, bytes, or several of them.*{words}"):
        studio.assert_no_pii(text)


def test_who_forgets_dot_text_is_told(studio: FakeStudio, caplog: pytest.LogCaptureFixture) -> None:
    """The fixture itself, or a response, is no text."""
    with pytest.raises(TypeError, match=r"not LogCaptureFixture: pass its \.text"):
        studio.assert_no_pii(caplog)


def test_time_goes_with_the_text_and_the_values() -> None:
    """Twice as much of both takes about twice as long, not four times."""

    def seconds(many: int) -> float:
        studio = FakeStudio(seed=1)
        studio.add_execution(context={"all": [f"Alan{n} Turing {n:05d} +1555{n:07d}" for n in range(many)]})
        text = "".join(f"2026-11-20 INFO {n:x} Alan Turing {n} and \\u00e9 {n * n}\n" for n in range(10 * many))
        best = 1e9
        for _ in range(3):
            start = time.process_time()
            studio.assert_no_pii(text)
            best = min(best, time.process_time() - start)
        return best

    assert seconds(1_000) < 12 * seconds(250)  # four times as much


def test_of_several_texts_each_place_is_told(studio: FakeStudio) -> None:
    """The first one whole, the others by text and line."""
    message = told(studio, [f"a {PHONE}", "nothing", f"b\n{PHONE} and {PHONE}"])
    assert "text 1, line 1, column 3: a ***" in message
    assert "2 more times: text 3, line 2" in message


def test_one_number_in_two_spellings_is_one_person(studio: FakeStudio) -> None:
    """It is told once."""
    run = next(iter(studio.executions.values()))
    studio.add_step(run, context={"widgets": {"a": {"phone": "+1 555 010 0001"}}})
    assert told(studio, PHONE).count("line 1, column 1") == 1
