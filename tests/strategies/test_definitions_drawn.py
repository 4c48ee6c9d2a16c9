"""Flow Definitions that are drawn: they load, the lint is silent, they run, and every way through them ends."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

pytest.importorskip("hypothesis")
pytest.importorskip("liquid")
from helpers import examples
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pytest_studio import FakeStudio, schemas, strategies
from pytest_studio.flow_checks import check

Json = dict[str, Any]
EVERY = strategies.flow_definitions(types=strategies.WIDGET_TYPES)
ANY = settings(max_examples=3000, database=None, phases=[Phase.generate])


def kinds(definition: Json) -> set[str]:
    """The types of its widgets."""
    return {state["type"] for state in definition["states"]}


@settings(max_examples=examples(40))
@given(EVERY)
def test_the_lint_is_silent(definition: Json) -> None:
    """No error, no warning, of any widget type; the schemas let them pass."""
    assert check(definition) == []
    schemas.validate(definition, "flow_definition")
    for state in definition["states"]:
        schemas.validate(state, f"widgets/{state['type']}")


@settings(max_examples=examples(15))
@given(EVERY)
def test_they_load_and_every_way_ends(definition: Json) -> None:
    """Without a warning; ``explore`` reaches all widgets, and comes to an end by itself."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        flow = FakeStudio().load_flow(definition)
    assert flow.explore(limit=400).paths


@settings(max_examples=examples(30))
@given(strategies.flow_definitions(), st.data())
def test_they_run(definition: Json, data: st.DataObject) -> None:
    """Begun by whatever begins them, with nothing outside of the Flow; until the contact has gone, or time is up."""
    studio = FakeStudio(now="2026-01-01")
    flow = studio.load_flow(definition, assume_success=True)
    begun = data.draw(st.sampled_from([each["event"] for each in definition["states"][0]["transitions"]]))
    start = {
        "incomingMessage": lambda: flow.message("hi"),
        "incomingConversationMessage": lambda: flow.conversation("hi"),
        "incomingCall": flow.call,
        "incomingRequest": lambda: flow.request(parameters={}),
        "incomingParent": flow.parent,
    }
    chat = start[begun]()
    for _ in range(12):
        if not chat.ended:
            studio.advance(days=2)
    assert chat.path[0] == "Trigger"
    assert len(chat.path) > 1 or chat.waiting_at
    assert set(chat.path) <= {state["name"] for state in definition["states"]}


@settings(max_examples=examples(25))
@given(strategies.flow_definitions(4, 6, types=["send-message", "split-based-on"]))
def test_sizes_and_types_are_as_asked_for(definition: Json) -> None:
    """The trigger counts as a state, and needs no naming."""
    assert 4 <= len(definition["states"]) <= 6
    assert kinds(definition) <= {"trigger", "send-message", "split-based-on"}


def test_every_widget_type_comes() -> None:
    """Where all may."""
    seen = set[str]()

    def all_came(definition: Json) -> bool:
        seen.update(kinds(definition))
        return seen >= set(strategies.WIDGET_TYPES)

    find(EVERY, all_came, settings=ANY)


def after(state: Json) -> list[str | None]:
    """What follows a state."""
    return [transition.get("next") for transition in state["transitions"]]


@pytest.mark.parametrize(
    "odd",
    [
        lambda made: any(state["name"] in after(state) for state in made["states"]),
        lambda made: any(made["states"][1]["name"] in after(state) for state in made["states"][2:]),
        lambda made: len(made["states"][0]["transitions"]) > 1,
        lambda made: any("漢" in state["name"] for state in made["states"]),
        lambda made: len(made["states"]) == 8,
    ],
)
def test_definitions_come_to_the_corners(odd: Any) -> None:
    """Loops of one and of several widgets, several triggers, odd names, many states."""
    find(EVERY, odd, settings=ANY)
