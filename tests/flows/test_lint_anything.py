"""The lint of any JSON at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_studio.flow_checks import check
from pytest_studio.flows.conditions import PREDICATES
from pytest_studio.flows.definitions.lint import RULES
from pytest_studio.widgets import EVENTS, TRIGGERS, TYPES

pytest.importorskip("liquid")

NAMES = st.sampled_from(["Trigger", "a", "b", "c d", "", "widgets"])
TEXTS = st.text(max_size=12) | st.sampled_from(
    [
        "{{flow.variables.x}}",
        "{{widgets.a.inbound.Body | plus: 1}}",
        "{{widgets[flow.data.i].parsed}}",
        "{% if x %}",
        "{{",
        "{{trigger}}",
        "{% for i in widgets.b %}{{i}}{% endfor %}",
        "{{ 'a' | b: c }}",
        "(a+)+",
        "{{widgets.b.SpeechResult}}",
        "\ud800",
        "9" * 5000,
    ]
)
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | TEXTS, inner, max_size=3),
    max_leaves=8,
)


def or_anything(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """What belongs somewhere, or now and then anything else."""
    return st.one_of(usual, usual, usual, ANYTHING)


def some(**keys: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """An object with some of these keys, or anything."""
    return or_anything(st.fixed_dictionaries({}, optional={name: or_anything(value) for name, value in keys.items()}))


CONDITIONS = some(type=st.sampled_from(sorted(PREDICATES)), value=TEXTS, arguments=st.lists(TEXTS), friendly_name=TEXTS)
TRANSITIONS = some(
    event=st.sampled_from(sorted({*EVENTS, *TRIGGERS})), next=NAMES, conditions=st.lists(CONDITIONS, max_size=2)
)
ITEMS = some(key=TEXTS, value=TEXTS, type=st.sampled_from(["string", "json_object"]))
PROPERTIES = some(
    input=TEXTS,
    body=TEXTS,
    timeout=TEXTS | st.integers(),
    variables=st.lists(ITEMS, max_size=2),
    parameters=st.lists(ITEMS, max_size=2),
    flow_sid=TEXTS,
    attributes=TEXTS,
)
STATES = some(
    name=NAMES,
    type=st.sampled_from(sorted(TYPES)),
    transitions=st.lists(TRANSITIONS, max_size=4),
    properties=PROPERTIES,
)
FLOWS = some(states=st.lists(STATES, max_size=6), initial_state=NAMES, flags=ANYTHING, description=TEXTS)

SLOW = settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.too_slow])


def is_sane(definition: Any) -> None:
    """All findings are of a rule, and point to a place that can be named."""
    for finding in check(definition):
        assert finding.rule in RULES
        assert finding.level == RULES[finding.rule].level
        assert finding.pointer.startswith("#")
        assert 0 < len(finding.message) < 2000
        assert str(finding)


@SLOW
@given(ANYTHING)
def test_any_json_is_judged(value: Any) -> None:
    """Whatever it is, nothing is raised."""
    is_sane(value)


@SLOW
@given(FLOWS)
def test_flows_of_odd_shapes_are_judged(definition: Any) -> None:
    """With states, transitions and conditions that nearly are some."""
    is_sane(definition)


@st.composite
def sound_flows(draw: st.DrawFn) -> Any:
    """Definitions that the schema of the whole lets pass, with any properties."""
    names = ["Trigger", "a", "b", "c"]
    condition = st.fixed_dictionaries(
        {
            "friendly_name": TEXTS,
            "arguments": st.lists(TEXTS, min_size=1, max_size=1),
            "type": st.sampled_from(sorted(PREDICATES)),
            "value": TEXTS,
        }
    )
    transition = st.fixed_dictionaries(
        {"event": st.sampled_from(sorted({*EVENTS, *TRIGGERS}))},
        optional={"next": st.sampled_from([*names, "", None]), "conditions": st.lists(condition, max_size=2)},
    )
    states = [
        {
            "name": name,
            "type": "trigger" if name == "Trigger" else draw(st.sampled_from(sorted(TYPES))),
            "transitions": draw(st.lists(transition, max_size=5)),
            "properties": draw(st.dictionaries(TEXTS, ANYTHING, max_size=2)) | draw(PROPERTIES.filter(is_object)),
        }
        for name in names
    ]
    return {"states": states, "initial_state": "Trigger"}


def is_object(value: Any) -> bool:
    """Whether a value is an object of JSON."""
    return isinstance(value, dict)


@SLOW
@given(sound_flows())
def test_flows_with_any_properties_are_judged(definition: Any) -> None:
    """By all rules."""
    is_sane(definition)
    assert definition == json.loads(json.dumps(definition))
