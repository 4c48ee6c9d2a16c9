"""What failing examples shrink to: something small that can be read."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

pytest.importorskip("hypothesis")
from helpers import only_long
from hypothesis import HealthCheck, find, settings

from pytest_studio import strategies

Json = dict[str, Any]
QUICK = settings(max_examples=2000, database=None, suppress_health_check=list(HealthCheck))
NOUGHT = "0" * 32

pytestmark = pytest.mark.hypothesis  # ``find`` does not set it, and nox -s properties goes by it


def smallest(strategy: Any, wanted: Any) -> Any:
    """The smallest example that is as wanted."""
    return find(strategy, wanted, settings=QUICK, random=Random(8117))


def test_the_smallest_step() -> None:
    """The trigger's, of a run that ends at once, at the turn of the year."""
    step = smallest(strategies.steps(), lambda step: True)
    assert step == {
        "sid": f"FT{NOUGHT}",
        "account_sid": f"AC{NOUGHT}",
        "flow_sid": f"FW{NOUGHT}",
        "execution_sid": f"FN{NOUGHT}",
        "name": "incomingMessage",
        "context": {},
        "transitioned_from": "Trigger",
        "transitioned_to": "Ended",
        "date_created": "2026-01-01T00:00:00Z",
        "date_updated": None,
        "url": step["url"],
        "links": step["links"],
    }


@only_long()
def test_the_smallest_execution_with_a_contact() -> None:
    """A number that is kept for fiction."""
    run = smallest(strategies.executions("v1"), lambda run: run["contact_channel_address"] is not None)
    assert (run["contact_channel_address"], run["status"]) == ("+15550100000", "active")


@only_long()
def test_the_smallest_page_of_two() -> None:
    """The first page, whose rows differ in their SIDs alone."""
    page = smallest(strategies.payloads("v1/flow_page"), lambda page: len(page["flows"]) == 2)
    first, second = page["flows"]
    assert {key for key in first if first[key] != second[key]} == {"sid", "url", "links"}
    assert (page["meta"]["page"], page["meta"]["page_size"], page["meta"]["next_page_url"]) == (0, 2, None)


@only_long()
def test_the_smallest_history_with_two_steps() -> None:
    """A message that is answered; it reads as a path."""
    history = smallest(strategies.histories(status="ended"), lambda history: len(history.steps) == 2)
    paths = "incomingMessage-> send_message_1 -sent|incomingCall-> say_play_1 -audioComplete"
    assert re.fullmatch(f"<History FN.{{32}}, ended: Trigger -({paths})-> Ended>", repr(history))
    assert history.step_contexts[0]["context"]["widgets"] == {}


def test_the_smallest_flow() -> None:
    """Whoever writes is answered."""
    made = smallest(strategies.flow_definitions(), lambda definition: True)
    assert [state["type"] for state in made["states"]] == ["trigger", "send-message"]
    assert made["states"][0]["transitions"] == [{"event": "incomingMessage", "next": "send_message_1"}]
    assert made["states"][1]["properties"]["body"] == "Hello"


@only_long()
def test_the_smallest_flow_with_a_loop() -> None:
    """A question that is asked again when nobody answers, and next to nothing besides."""

    def loops(made: Json) -> bool:
        return any(each.get("next") == state["name"] for state in made["states"] for each in state["transitions"])

    made = smallest(strategies.flow_definitions(), loops)
    assert len(made["states"]) <= 3  # mostly two; the shrinker gives up after a while
    assert any(state["type"] in ("send-and-wait-for-reply", "gather-input-on-call") for state in made["states"])
