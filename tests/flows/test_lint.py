"""What is wrong, or probably not meant, in Flow Definitions."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from typing import Any

import pytest
from lint_cases import (
    CASES,
    GOOD,
    NOT_COVERED,
    Case,
    ask,
    branches,
    bye,
    flow,
    goodbye,
    on,
    split,
    state,
    talk,
    trigger,
    with_subflow,
)

from pytest_studio import schemas
from pytest_studio.flow_checks import Finding, check
from pytest_studio.flows.definitions.lint import RULES
from pytest_studio.widgets import TYPES, WIDGETS

pytest.importorskip("liquid")


def named(cases: list[Case]) -> list[Any]:
    """The cases with names to call them by."""
    return [pytest.param(case, id=f"{case.rule}-{at}") for at, case in enumerate(cases)]


def rules(definition: Any) -> list[str]:
    """The rules that a definition trips."""
    return [finding.rule for finding in check(definition)]


def test_each_rule_has_a_case() -> None:
    """And each case a rule."""
    assert {case.rule for case in CASES} == set(RULES)


@pytest.mark.parametrize("case", named(CASES))
def test_a_flow_that_breaks_a_rule_is_told(case: Case) -> None:
    """Once, where it is, and in words; its near twin is as it should be."""
    found = [finding for finding in check(case.wrong) if finding.rule == case.rule]
    assert [finding.pointer for finding in found] == [case.pointer]
    assert case.words in found[0].message
    assert found[0].level == RULES[case.rule].level
    assert check(case.right) == []


@pytest.mark.parametrize(("earlier", "later"), NOT_COVERED)
def test_a_branch_that_something_is_left_for_is_no_matter(earlier: tuple[str, str], later: tuple[str, str]) -> None:
    """Only what can be proved is told."""
    found = [one for one in check(branches(earlier, later)) if one.pointer.startswith("#/states/2/transitions/2")]
    assert found == []


def test_branches_on_other_inputs_do_not_take_each_others() -> None:
    """The same condition on something else is another one."""
    one, two = branches(("equal_to", "a")), branches(("equal_to", "a"))
    other = two["states"][2]["transitions"][1]
    other["conditions"][0]["arguments"] = ["{{widgets.ask.inbound.From}}"]
    one["states"][2]["transitions"].append(other)
    assert rules(one) == ["other-argument"]


def test_conditions_that_must_hold_together_leave_something() -> None:
    """What they do not match together comes to later branches."""
    made = branches(("equal_to", "a"), ("equal_to", "a"))
    first = made["states"][2]["transitions"][1]["conditions"]
    first.append({**first[0], "type": "contains", "value": "b"})
    assert rules(made) == []


def test_a_finding_says_where_it_is() -> None:
    """Level, rule, state, property, pointer, words; and all of it in one line."""
    (finding,) = check(goodbye("{{name}}"))
    assert finding[:5] == ("warning", "unknown-reference", "bye", "body", "#/states/2/properties/body")
    assert str(finding) == f"#/states/2 state 'bye', body: {finding.message} [unknown-reference]"
    (finding,) = check(goodbye("Bye", initial_state="x"))
    assert finding[:5] == ("error", "unknown-initial-state", None, "initial_state", "#/initial_state")
    assert str(finding) == f"#/initial_state: {finding.message} [unknown-initial-state]"


def test_findings_come_state_by_state() -> None:
    """In the order of the definition, those of the whole Flow first."""
    made = flow(trigger(), ask(tiemout="1"), bye(body="{{name}}"), state("bye bye", "set-variables"), x=1)
    assert [finding.pointer.split("/")[1:3] for finding in check(made)] == [
        ["x"],
        ["states", "1"],
        ["states", "2"],
        ["states", "3"],
        ["states", "3"],
    ]


def test_what_studio_fills_in_by_itself_is_no_matter() -> None:
    """It puts templates of messages into service and channel of every widget, on calls and requests too."""
    filled = {"service": "{{trigger.message.InstanceSid}}", "channel": "{{trigger.message.ChannelSid}}"}
    assert check(flow(trigger(event="incomingRequest"), ask(**filled), bye(**filled))) == []
    assert rules(flow(trigger(event="incomingRequest"), ask(**{**filled, "channel": "{{"}), bye())) == ["liquid-syntax"]


def test_a_split_that_says_its_input_again_is_told_once() -> None:
    """Not for the input and again for each condition."""
    made = talk()
    made["states"][2]["properties"]["input"] = "{{name}}"
    condition = {"friendly_name": "x", "arguments": ["{{name}}"], "type": "equal_to", "value": "x"}
    made["states"][2]["transitions"].append(on("match", "bye", condition))
    assert rules(made) == ["unknown-reference"]


def test_a_last_widget_need_not_deal_with_failure() -> None:
    """The Flow ends there anyway."""
    assert check(flow(trigger("bye"), bye())) == []


def test_a_subflow_that_is_not_among_the_known_is_told() -> None:
    """If it is known which there are."""
    sid = "FW" + "a" * 32
    assert check(with_subflow(sid)) == []
    assert check(with_subflow(sid), subflows=[sid]) == []
    (finding,) = check(with_subflow(sid), subflows=["FW" + "b" * 32])
    assert (finding.rule, finding.property) == ("unusable-subflow", "flow_sid")
    assert f"there is no Flow {sid}" in finding.message


def test_a_gather_that_asks_again_is_no_endless_loop() -> None:
    """It ends when the caller says something."""
    again = state("gather", "gather-input-on-call", on("keypress", "gather"), on("timeout", "gather"), say="Press 1")
    assert rules(flow(trigger("gather", "incomingCall"), again)) == []


def test_a_widget_that_leads_only_to_itself_is_an_endless_loop() -> None:
    """A loop of one."""
    again = state("say", "say-play", on("audioComplete", "say"), say="Please hold the line")
    assert rules(flow(trigger("say", "incomingCall"), again)) == ["endless-loop"]


def test_loops_that_share_widgets_are_one() -> None:
    """And told at their first widget."""
    made = [
        state(name, "set-variables", on("next", follower)) for name, follower in (("a", "b"), ("b", "c"), ("c", "a"))
    ]
    found = check(flow(trigger("b"), *made))
    assert [(finding.rule, finding.state) for finding in found] == [("endless-loop", "a")]
    assert "the loop of a, b, c has no way out" in found[0].message


def test_widgets_of_which_little_is_known_are_left_alone() -> None:
    """No events, no properties, no end are missed in them."""
    unseen = sorted(TYPES - set(WIDGETS) - {"trigger"})
    for kind in unseen:
        assert check(flow(trigger("x"), state("x", kind, on("whatever", "x"), anything=1))) == []


def test_every_type_has_a_schema() -> None:
    """And every schema of a widget a type."""
    assert {f"widgets/{kind}" for kind in TYPES} == {name for name in schemas.names() if name.startswith("widgets/")}


@pytest.mark.parametrize("kind", sorted(set(WIDGETS) - {"split-based-on"}))
def test_every_event_of_a_widget_is_known(kind: str) -> None:
    """What Studio itself may write is no unknown event."""
    wired = [on(event) for event in WIDGETS[kind].events]
    found = check(flow(trigger("x"), state("x", kind, *wired)))
    assert not {"unknown-event", "double-event", "unwired-event"} & {finding.rule for finding in found}


def test_a_definition_without_shape_is_judged_by_its_shape() -> None:
    """And by what can be said all the same."""
    made = flow(trigger("nowhere"), ask(timeout="soon"), {"name": "x"}, 5)
    assert [(finding.rule, finding.pointer) for finding in check(made)] == [
        ("unknown-next", "#/states/0/transitions/0/next"),
        ("schema", "#/states/1/properties/timeout"),
        ("unknown-next", "#/states/1/transitions/0/next"),
        ("unknown-next", "#/states/1/transitions/1/next"),
        ("unknown-next", "#/states/1/transitions/2/next"),
        ("schema", "#/states/2/type"),
        ("missing-key", "#/states/2/transitions"),
        ("missing-key", "#/states/2/properties"),
        ("schema", "#/states/3"),
    ]


@pytest.mark.parametrize("value", [None, 5, "x", [], {}, {"states": 5}, {"states": [], "initial_state": 5}])
def test_what_is_no_definition_has_errors(value: Any) -> None:
    """And nothing is raised."""
    assert "error" in {finding.level for finding in check(value)}


def test_a_definition_is_not_changed() -> None:
    """Nor kept."""
    for case in CASES:
        before = copy.deepcopy(case.wrong)
        check(case.wrong)
        assert case.wrong == before


def test_a_missing_extra_is_told() -> None:
    """Templates cannot be judged without python-liquid; the message says how to get it."""
    code = (
        "import sys; sys.modules['liquid'] = None\n"
        "import json; from pytest_studio import MissingExtra; from pytest_studio.flow_checks import check\n"
        "try: check(json.loads(sys.argv[1]))\n"
        "except MissingExtra as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, json.dumps(GOOD)], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("pip install 'pytest-studio[flow]'")


def test_a_large_flow_is_judged_at_once() -> None:
    """60 widgets take far less than a blink, once the schemas are compiled."""
    chain: list[Any] = [trigger("ask0")]
    for at in range(20):
        name, follower = f"ask{at}", f"split{at}"
        chain += [
            ask(*(on(event, follower) for event in WIDGETS["send-and-wait-for-reply"].events), name=name),
            {**split(on("match", f"set{at}", *[])), "name": follower},
            state(f"set{at}", "set-variables", on("next", f"ask{at + 1}" if at < 19 else "bye"), variables=[]),
        ]
    chain.append(bye())
    made = flow(*chain)
    check(made)
    best = min(timed(made) for _ in range(5))
    assert best < 0.5  # ten times what it takes on a small machine


def timed(definition: Any) -> float:
    """Seconds that one look takes."""
    before = time.perf_counter()
    assert all(isinstance(finding, Finding) for finding in check(definition))
    return time.perf_counter() - before
