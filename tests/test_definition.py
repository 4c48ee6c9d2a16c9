"""The rules that every Flow Definition keeps."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import SMALLEST, definition, state

from pytest_studio.flows.definitions.faults import MAX_STATES, faults
from pytest_studio.paths import EMPTY_DEFINITION

TRIGGER = state("Trigger", "trigger", incomingMessage="ask", incomingCall=None)
ASK = state("ask", "send-and-wait-for-reply", incomingMessage="ask", timeout="")
GOOD = definition(TRIGGER, ASK)


@pytest.mark.parametrize(
    "value",
    [
        SMALLEST,
        GOOD,
        EMPTY_DEFINITION,
        {**GOOD, "flags": {"allow_concurrent_calls": True}, "mood": "fine"},
        definition(TRIGGER, {"name": "ask", "type": "split-based-on"}),
        definition(*(state(f"s{n}") for n in range(MAX_STATES)), initial_state="s0"),
    ],
)
def test_a_good_definition_has_no_faults(value: Any) -> None:
    """Twilio's own smallest sample among them, which has no states."""
    assert faults(value) == []


@pytest.mark.parametrize(
    ("value", "path", "words"),
    [
        (None, "#", "null found, object expected"),
        ("{}", "#", "string found, object expected"),
        ([], "#", "array found"),
        ({}, "#/initial_state", "is missing but it is required"),
        ({"initial_state": None}, "#/initial_state", "is missing but it is required"),
        ({"initial_state": ""}, "#/initial_state", "empty string found"),
        ({"initial_state": 5}, "#/initial_state", "integer found"),
        ({**GOOD, "initial_state": "Start"}, "#/initial_state", "names 'Start', which is no state"),
        ({**GOOD, "states": None}, "#/states", "null found, array expected"),
        ({**GOOD, "states": {}}, "#/states", "object found, array expected"),
        (definition(TRIGGER, ASK, "ask"), "#/states/2", "string found, object expected"),
        (definition(TRIGGER, ASK, ASK), "#/states/2/name", "'ask' is the name of #/states/1 already"),
        (definition(TRIGGER, ASK, {"type": "x"}), "#/states/2/name", "is missing but it is required"),
        (definition(TRIGGER, ASK, {"name": "x"}), "#/states/2/type", "is missing but it is required"),
        (definition(TRIGGER, ASK, {"name": [], "type": "x"}), "#/states/2/name", "array found"),
        (definition(TRIGGER, ASK, {"name": "x", "type": True}), "#/states/2/type", "boolean found"),
        (definition(TRIGGER), "#/states/0/transitions/0/next", "names 'ask', which is no state"),
        (definition(TRIGGER, {**ASK, "transitions": [{"next": 1.5}]}), "#/states/1/transitions/0/next", "number found"),
        (definition(TRIGGER, {**ASK, "transitions": {}}), "#/states/1/transitions", "object found, array expected"),
        (definition(TRIGGER, {**ASK, "transitions": ["x"]}), "#/states/1/transitions/0", "string found, object"),
    ],
)
def test_one_fault_is_told_once_and_where(value: Any, path: str, words: str) -> None:
    """By its message and the path to the property."""
    [fault] = faults(value)
    assert fault["property_path"] == path
    assert words in fault["message"]
    assert fault.keys() == {"message", "property_path"}


def test_the_number_of_states_has_limits() -> None:
    """At least one, and no more than the published schema allows."""
    assert faults({**SMALLEST, "states": []})[0]["message"] == "has 0 items, 1 to 1000 expected"
    many = definition(*(state(f"s{n}") for n in range(MAX_STATES + 1)), initial_state="s0")
    assert [fault["message"] for fault in faults(many)] == ["has 1001 items, 1 to 1000 expected"]


def test_states_of_one_name_are_told_by_the_first_of_them() -> None:
    """However many there are."""
    found = faults(definition(TRIGGER, ASK, ASK, ASK))
    assert [fault["property_path"] for fault in found] == ["#/states/2/name", "#/states/3/name"]
    assert {fault["message"] for fault in found} == {"'ask' is the name of #/states/1 already"}


def test_all_faults_are_told_at_once() -> None:
    """So that a deploy fails once."""
    value = definition(TRIGGER, {"name": "x"}, initial_state="y")
    assert [fault["property_path"] for fault in faults(value)] == [
        "#/states/1/type", "#/states/0/transitions/0/next", "#/initial_state"
    ]  # fmt: skip
