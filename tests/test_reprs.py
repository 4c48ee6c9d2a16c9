"""What a debugger or a failed assertion shows of objects: enough to know which one it is, and nothing personal."""

from __future__ import annotations

import pytest
from helpers import definition, state

from pytest_studio import FakeStudio
from pytest_studio.vintages import of
from pytest_studio.violations import Violation


def test_a_delivery_says_of_what_and_how_it_went(fake: FakeStudio) -> None:
    """One event by its type and id; of several the number and the first types."""
    got = fake.sink(lambda event: None)
    batched = fake.sink(lambda events: None, batch=True)
    fake.add_run(path=[("a", "sent"), ("b", "sent")])
    first = fake.events[0]
    assert repr(got.deliveries[0]).startswith(f"<Delivery of execution.started {first['id']}: ")
    assert repr(batched.deliveries[0]).startswith(f"<Delivery of {len(fake.events)} events (execution.started, step.")
    assert " …)" in repr(batched.deliveries[0])


def test_a_violation_reads_as_its_message() -> None:
    """As it stands in an error."""
    assert str(Violation("/sid", "no SID", "a SID", "x", "https://example.com")) == "no SID"


def test_a_vintage_says_its_year() -> None:
    """By the name that the setting takes."""
    assert repr(of("2023")) == "<Vintage 2023>"


def test_a_replay_says_whether_it_went_another_way() -> None:
    """Of which Execution, how many widgets, and what differs."""
    pytest.importorskip("liquid")
    studio = FakeStudio(seed=1, env=False)
    note = {**state("note", "set-variables", next=None), "properties": {"variables": [{"key": "a", "value": "1"}]}}
    told = definition(state("Trigger", "trigger", incomingMessage="note"), note)
    flow = studio.load_flow({**told, "flags": {"allow_concurrent_calls": True}})
    chat = flow.message("hi", from_="+15550100001")
    assert repr(flow.replay(chat.execution)) == f"<Replay of {chat.execution.sid}: 2 widgets, no difference>"
