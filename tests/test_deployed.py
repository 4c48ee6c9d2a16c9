"""``studio.assert_deployed``: whether a Flow has a definition, and what differs if none has."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from helpers import definition, post, state

from pytest_studio import FakeStudio, InvalidSid
from pytest_studio.flows.definitions.differences import differences

WANTED = definition(
    state("Trigger", "trigger", incomingMessage="ask", incomingCall=None),
    {**state("ask", "send-and-wait-for-reply", incomingMessage="bye", timeout="bye"),
     "properties": {"body": "Name?", "timeout": 3600, "offset": {"x": 1, "y": 2}, "from": {"a": 1}}},
    state("bye", sent=None),
)  # fmt: skip


def changed(**states: Any) -> dict[str, Any]:
    """The definition with other states by name; None takes one out."""
    made = deepcopy(WANTED)
    made["states"] = [states.get(one["name"], one) for one in made["states"] if states.get(one["name"], one)]
    return made


def test_a_deployed_definition_is_found(fake: FakeStudio) -> None:
    """Whichever Flow has it."""
    fake.add_flow()
    fake.add_flow(definition=WANTED)
    fake.add_flow()
    fake.assert_deployed(WANTED)


def test_places_on_the_canvas_and_orders_do_not_count(fake: FakeStudio) -> None:
    """Nor does the order of keys and states."""
    moved = deepcopy(WANTED)
    moved["states"].reverse()
    for one in moved["states"]:
        one["properties"]["offset"] = {"x": 900, "y": -5}
    fake.add_flow(definition=dict(reversed(moved.items())))
    fake.assert_deployed(WANTED)


def test_a_file_is_read(fake: FakeStudio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition, or a Flow with one; from the working directory."""
    monkeypatch.chdir(tmp_path)
    fake.add_flow(definition=WANTED)
    for name, value in (("a.json", WANTED), ("b.json", {"friendly_name": "A", "definition": WANTED})):
        (tmp_path / name).write_text(json.dumps(value))
        fake.assert_deployed(name)
        fake.assert_deployed(tmp_path / name)


def test_a_flow_may_be_named(fake: FakeStudio) -> None:
    """Then only that one counts."""
    right, wrong = fake.add_flow(definition=WANTED), fake.add_flow()
    fake.assert_deployed(WANTED, right.sid)
    with pytest.raises(AssertionError, match=f"the Flow .*{wrong.sid}"):
        fake.assert_deployed(WANTED, sid=wrong.sid)


def test_a_status_picks_the_newest_revision_of_it(fake: FakeStudio) -> None:
    """A draft on top of what is published."""
    flow = fake.add_flow(definition=WANTED)
    settings = {"body": "Name?", "timeout": 3600, "from": "{{flow.channel.address}}"}
    other = changed(bye=None, ask={**state("ask", "send-and-wait-for-reply"), "properties": settings})
    post(fake, f"/v2/Flows/{flow.sid}", 200, Status="draft", Definition=other)
    fake.assert_deployed(WANTED, status="published")
    fake.assert_deployed(other, status="draft")
    fake.assert_deployed(other)
    with pytest.raises(AssertionError, match="revision 2, draft"):
        fake.assert_deployed(WANTED)
    (fake.flows[flow.sid].revisions[1]).update(status="published")
    with pytest.raises(AssertionError, match="draft"):
        fake.assert_deployed(other, status="draft")


def test_a_failure_tells_what_differs_in_the_nearest(fake: FakeStudio) -> None:
    """State by state, in words."""
    fake.add_flow(friendly_name="far")
    ask = {**WANTED["states"][1], "type": "send-message", "transitions": [{"event": "incomingMessage", "next": "ask"}],
           "properties": {"body": "Your name?", "from": {"a": 2}, "more": True}}  # fmt: skip
    near = fake.add_flow(friendly_name="near", definition={**changed(ask=ask, bye=state("end")), "description": "x"})
    fake.add_flow(friendly_name="later")
    with pytest.raises(AssertionError) as caught:
        fake.assert_deployed(WANTED)
    assert str(caught.value).splitlines() == [
        f"no Flow has the definition of the dict; the nearest of 3 is near ({near.sid}), revision 1, published:",
        "  'description' of the definition is 'x', and should be ''",
        "  state 'bye' is missing",
        "  state 'end' is there, and should not be",
        "  state 'ask', type is 'send-message', and should be 'send-and-wait-for-reply'",
        "  state 'ask', property body is 'Your name?', and should be 'Name?'",
        "  state 'ask', property from.a is 2, and should be 1",
        "  state 'ask', property more is true, and should not be there",
        "  state 'ask', property timeout is missing; it should be 3600",
        "  state 'ask', transition 'incomingMessage' leads to 'ask', and should lead to 'bye'",
        "  state 'ask', transition 'timeout' is missing; it should lead to 'bye'",
    ]


def test_without_a_flow_it_says_so(fake: FakeStudio) -> None:
    """None at all, or none of that SID."""
    with pytest.raises(AssertionError, match="there is no Flow in this studio"):
        fake.assert_deployed(WANTED)
    flow = fake.add_flow()
    fake._account.remove_flow(flow)
    with pytest.raises(AssertionError, match=f"no Flow {flow.sid} in this studio: it was removed"):
        fake.assert_deployed(WANTED, flow.sid)


@pytest.mark.parametrize(
    ("source", "options", "error", "words"),
    [
        (5, {}, TypeError, "a path or a definition"),
        ({"name": "x"}, {}, ValueError, "states and initial_state"),
        ('{"states": []}', {}, TypeError, "json.loads"),
        ("nowhere.json", {}, FileNotFoundError, "nowhere.json"),
        (WANTED, {"status": "live"}, ValueError, "'published', 'draft' or None"),
        (WANTED, {"sid": "FN" + "0" * 32}, InvalidSid, "Flow SID"),
    ],
)
def test_wrong_arguments_are_told(
    fake: FakeStudio, source: Any, options: dict[str, Any], error: type[Exception], words: str
) -> None:
    """With what would be right."""
    fake.add_flow(definition=WANTED)
    with pytest.raises(error, match=words):
        fake.assert_deployed(source, **options)


@pytest.mark.parametrize("text", ["{", "[]", "\xff"])
def test_a_file_that_is_no_definition_is_told(fake: FakeStudio, tmp_path: Path, text: str) -> None:
    """By its name."""
    path = tmp_path / "flow.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ValueError, match=r"flow\.json: no"):
        fake.assert_deployed(path)


@pytest.mark.parametrize(
    ("deployed", "wanted", "same"),
    [
        ({"states": 5}, {"states": 5}, True),
        (None, WANTED, False),
        ({"initial_state": "a", "flags": {"x": 1}}, {"initial_state": "a", "flags": {"x": True}}, False),
        ({"initial_state": "a", "n": 1}, {"initial_state": "a", "n": 1.0}, True),
        ({"states": [5, {"name": "a"}]}, {"states": [5, {"name": "a"}]}, True),
        ({"states": [{"name": "a"}, {"name": "a"}]}, {"states": [{"name": "a"}]}, False),
        ({"states": [{"name": "a", "properties": None}]}, {"states": [{"name": "a", "properties": {}}]}, False),
        ({"states": [{"name": "a", "transitions": [{"event": "m", "next": "x"}, {"event": "m", "next": "y"}]}]},
         {"states": [{"name": "a", "transitions": [{"event": "m", "next": "y"}, {"event": "m", "next": "x"}]}]}, False),
        ({"states": [{"name": "a", "transitions": [{"event": "m", "conditions": [1]}]}]},
         {"states": [{"name": "a", "transitions": [{"event": "m", "conditions": [2]}]}]}, False),
        ({"states": [{"name": "a", "transitions": [{"event": "m"}, {"event": "n"}]}]},
         {"states": [{"name": "a", "transitions": [{"event": "n"}, {"event": "m", "next": None}]}]}, True),
    ],
)  # fmt: skip
def test_odd_definitions_are_compared_too(deployed: Any, wanted: Any, same: bool) -> None:
    """Whatever stands where; True is not 1."""
    assert (differences(deployed, wanted) == []) is same
