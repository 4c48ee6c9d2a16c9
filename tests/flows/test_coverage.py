"""What is counted of a Flow's runs, what of it counts, and how counts of several processes come together."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

import pytest

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from surveys import definition, odd_definitions, state, survey, walk

from pytest_studio.flows.coverage import recorder as module
from pytest_studio.flows.coverage.covered import FlowCoverage, Share, reachable
from pytest_studio.flows.coverage.recorder import Recorder
from pytest_studio.flows.model import Program


@pytest.fixture
def recorder() -> Recorder:
    """One that has seen nothing."""
    return Recorder()


@pytest.fixture
def program() -> Program:
    """The small Flow."""
    return Program(survey())


def only(recorder: Recorder) -> FlowCoverage:
    """The one Flow that was covered."""
    (flow,) = recorder.flows()
    return flow


def missed(flow: FlowCoverage) -> list[str]:
    """The missed transitions in words."""
    return [str(each) for each in flow.missed_transitions]


def test_a_flow_that_nobody_runs_is_missed_as_a_whole(recorder: Recorder, program: Program) -> None:
    """It was loaded, and that makes it count."""
    recorder.loaded(program)
    flow = only(recorder)
    assert (flow.states, flow.transitions) == (Share(0, 5), Share(0, 9))
    assert flow.paths == ()


def test_a_widget_that_finished_is_covered_and_so_is_its_transition(recorder: Recorder, program: Program) -> None:
    """A visit is both."""
    walk(recorder, program, "t", ("Trigger", "incomingMessage"), ("ask", "timeout"))
    flow = only(recorder)
    assert (flow.states, flow.transitions) == (Share(2, 5), Share(2, 9))
    assert [flow.visited(at) for at in program.states.values()] == [1, 1, 0, 0, 0, 0]


def test_a_widget_that_waits_is_covered_and_its_transitions_are_not(recorder: Recorder, program: Program) -> None:
    """It was entered; how it would go on nobody knows."""
    track = recorder.track(program, "t")
    track.visit(0, 0)
    track.enter(1)
    flow = only(recorder)
    assert (flow.states, flow.transitions) == (Share(2, 5), Share(1, 9))
    assert flow.paths[0].steps[-1].waits


def test_a_widget_that_waited_and_finished_was_visited_once(recorder: Recorder, program: Program) -> None:
    """However often it is told that it waits."""
    track = recorder.track(program, "t")
    track.enter(1)
    track.enter(1)
    track.visit(1, 0)
    flow = only(recorder)
    assert flow.visited(program.states["ask"]) == 1
    assert not flow.paths[0].steps[-1].waits


def test_a_widget_that_is_entered_again_is_visited_again(recorder: Recorder, program: Program) -> None:
    """A loop counts each round."""
    track = recorder.track(program, "t")
    for _ in range(3):
        track.enter(1)
        track.visit(1, 0)
    assert only(recorder).visited(program.states["ask"]) == 3


def test_an_event_that_is_not_wired_covers_the_widget_only(recorder: Recorder, program: Program) -> None:
    """There is no transition to count."""
    walk(recorder, program, "t", ("bye", None))
    flow = only(recorder)
    assert (flow.states, flow.transitions) == (Share(1, 5), Share(0, 9))
    assert flow.paths[0].steps[0].transition is None


def test_missed_transitions_are_named_with_their_outcome_and_where_they_lead(
    recorder: Recorder, program: Program
) -> None:
    """Those of a split with what was asked, for many are called match."""
    walk(recorder, program, "t", ("Trigger", "incomingMessage"), ("ask", "incomingMessage"), ("route", "noMatch"))
    assert missed(only(recorder)) == [
        "ask: timeout -> remind",
        "ask: deliveryFailure -> Ended",
        'route: match "yes" -> bye',
        'route: match "If it is bad" (contains no) -> Ended',
        "remind: sent -> ask",
        "remind: failed -> Ended",
    ]


def test_a_condition_without_a_name_is_told_by_predicate_and_value(recorder: Recorder) -> None:
    """There is nothing else."""
    states = (
        state("Trigger", "trigger", ("incomingMessage", "s")),
        state("s", "split", ("match", None, "", "regex", "a+")),
    )
    recorder.loaded(Program(definition(*states)))
    assert missed(only(recorder))[-1] == "s: match regex a+ -> Ended"


def test_branches_of_one_split_are_counted_apart(recorder: Recorder, program: Program) -> None:
    """Both are called match."""
    walk(recorder, program, "t", ("route", 2))
    flow, route = only(recorder), program.states["route"]
    assert [flow.times(route, transition) for transition in route.transitions] == [0, 0, 1]


def test_a_trigger_that_starts_nothing_is_not_to_be_covered(recorder: Recorder, program: Program) -> None:
    """It says that the Flow is not for calls."""
    recorder.loaded(program)
    trigger = program.states["Trigger"]
    assert [only(recorder).counts(trigger, transition) for transition in trigger.transitions] == [True, False]


def test_a_widgets_transition_that_leads_nowhere_is_to_be_covered(recorder: Recorder, program: Program) -> None:
    """It is a way to end."""
    recorder.loaded(program)
    ask = program.states["ask"]
    assert all(only(recorder).counts(ask, transition) for transition in ask.transitions)


def test_the_second_transition_of_an_event_is_not_to_be_covered(recorder: Recorder) -> None:
    """Studio takes the first."""
    states = state("Trigger", "trigger", ("incomingCall", "say")), state("say", "say-play", ("x", None), ("x", None))
    recorder.loaded(Program(definition(*states)))
    flow = only(recorder)
    assert (flow.transitions.total, flow.all_transitions) == (2, 3)


def test_what_no_transition_leads_to_is_told_apart(recorder: Recorder, program: Program) -> None:
    """It is neither covered nor missed, nor are its transitions."""
    recorder.loaded(program)
    flow = only(recorder)
    assert [at.name for at in flow.unreachable] == ["old"]
    assert flow.status(program.states["old"]) == "unreachable"
    assert not any(flow.counts(program.states["old"], each) for each in program.states["old"].transitions)


def test_a_loop_reaches_itself_only_from_outside() -> None:
    """Two widgets that lead to each other are not reached by that."""
    states = (
        state("Trigger", "trigger", ("incomingCall", None)),
        state("a", "say-play", ("audioComplete", "b")),
        state("b", "say-play", ("audioComplete", "a")),
    )
    assert reachable(Program(definition(*states))) == {"Trigger"}


def test_the_same_flow_loaded_in_many_tests_is_one(recorder: Recorder) -> None:
    """Each has a definition, a SID and a friendly name of its own."""
    for number in range(20):
        program = Program(survey(), flow_sid=f"FW{number:032x}", title=f"made up {number}")
        walk(recorder, program, f"test_{number}", ("Trigger", 0))
    flow = only(recorder)
    assert flow.visited(flow.program.states["Trigger"]) == 20
    assert flow.title == "made up 0"


def test_where_widgets_stand_makes_no_other_flow(recorder: Recorder) -> None:
    """A canvas that was tidied up is the same Flow."""
    moved = survey()
    moved["states"][1]["properties"]["offset"] = {"x": 7, "y": 7}
    recorder.loaded(Program(survey()))
    recorder.loaded(Program(moved))
    assert len(recorder.flows()) == 1


def test_another_definition_is_another_revision(recorder: Recorder) -> None:
    """Its counts are its own, and the report tells them apart."""
    changed = survey()
    changed["states"][1]["properties"]["body"] = "Well?"
    first = Program(survey(), title="Survey", source="/flows/survey.json")
    second = Program(changed, revision=2, title="Survey", source="/flows/survey.json")
    walk(recorder, first, "t", ("Trigger", 0))
    recorder.loaded(second)
    assert [(flow.label, flow.states.covered) for flow in recorder.flows()] == [
        ("Survey (revision 1)", 1),
        ("Survey (revision 2)", 0),
    ]


def test_flows_of_one_title_and_revision_are_told_apart_by_their_definition(recorder: Recorder) -> None:
    """Many are called A New Flow."""
    for body in ("a", "b"):
        changed = survey()
        changed["states"][1]["properties"]["body"] = body
        recorder.loaded(Program(changed))
    labels = [flow.label for flow in recorder.flows()]
    assert len(set(labels)) == 2
    assert all(label.startswith("Survey (revision 1, ") for label in labels)


def test_the_same_definition_in_two_files_is_two_flows(recorder: Recorder) -> None:
    """Whoever keeps two means to test two."""
    recorder.loaded(Program(survey(), source="/flows/a.json"))
    recorder.loaded(Program(survey(), source="/flows/b.json"))
    assert len(recorder.flows()) == 2


def test_runs_of_one_way_are_one_path(recorder: Recorder, program: Program) -> None:
    """With the tests that took it."""
    for test in ("a", "b"):
        walk(recorder, program, test, ("Trigger", 0), ("ask", "timeout"))
    walk(recorder, program, "b", ("Trigger", 0))
    first, second = only(recorder).paths
    assert (first.names, first.runs, first.tests, first.examples) == (("Trigger", "ask"), 2, 2, ("a", "b"))
    assert (second.names, second.runs) == (("Trigger",), 1)


def test_paths_that_differ_in_a_transition_only_are_two(recorder: Recorder, program: Program) -> None:
    """The same widgets, another answer."""
    walk(recorder, program, "t", ("route", 1))
    walk(recorder, program, "t", ("route", 2))
    assert len(only(recorder).paths) == 2


def test_a_run_that_did_nothing_is_no_path(recorder: Recorder, program: Program) -> None:
    """Nothing was gone through."""
    recorder.track(program, "t")
    assert only(recorder).paths == ()


def test_a_test_that_takes_a_path_twice_is_one_test(recorder: Recorder, program: Program) -> None:
    """Runs are counted besides."""
    for _ in range(3):
        walk(recorder, program, "t", ("Trigger", 0))
    (path,) = only(recorder).paths
    assert (path.runs, path.tests) == (3, 1)


def test_paths_are_bounded_in_length(recorder: Recorder, program: Program) -> None:
    """The counts go on."""
    walk(recorder, program, "t", *[("ask", "timeout"), ("remind", "sent")] * 500)
    flow = only(recorder)
    assert len(flow.paths[0].steps) == module.LONGEST
    assert flow.paths[0].cut
    assert flow.visited(program.states["ask"]) == 500


def test_a_path_of_just_the_length_is_not_cut(recorder: Recorder, program: Program) -> None:
    """Nothing came after it."""
    walk(recorder, program, "t", *[("ask", "timeout")] * module.LONGEST)
    assert not only(recorder).paths[0].cut


def test_paths_are_bounded_in_number(recorder: Recorder, program: Program) -> None:
    """Runs on others are counted."""
    for number in range(module.PATHS + 3):
        walk(recorder, program, "t", *[("ask", "timeout")] * (number % 190 + 1), ("remind", number // 190))
    flow = only(recorder)
    assert (len(flow.paths), flow.elsewhere) == (module.PATHS, 3)


def test_memory_does_not_grow_with_runs(recorder: Recorder, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs of earlier tests are folded into paths, and none is lost."""
    monkeypatch.setattr(module, "OPEN", 10)
    for number in range(100):
        walk(recorder, program, f"test_{number}", ("Trigger", 0))
    (path,) = only(recorder).paths
    assert (path.runs, path.tests) == (100, 100)
    assert len(path.examples) == module.EXAMPLES


def split(runs: list[tuple[str, list[int]]], workers: int) -> tuple[Recorder, Recorder]:
    """The same runs, recorded by one process, and by several that are merged."""
    program = Program(survey(), source="/flows/survey.json")
    alone, merged = Recorder(), Recorder()
    parts = [Recorder() for _ in range(workers)]
    for number, (test, places) in enumerate(runs):
        for recorder in (alone, parts[number % workers]):
            track = recorder.track(Program(survey(), source="/flows/survey.json"), f"{test}{number}")
            for place in places:
                transitions = list(program.states.values())[place].transitions
                track.visit(place, place % len(transitions) if transitions else None)
    for part in parts:
        merged.merge(json.loads(json.dumps(part.data())))
    return alone, merged


def figures(recorder: Recorder) -> list[Any]:
    """All that is told of the Flows but the tests that serve as examples."""
    return [
        (
            flow.label,
            flow.states,
            flow.transitions,
            flow.visits,
            flow.taken,
            [(path.names, path.runs, path.tests) for path in flow.paths],
            flow.elsewhere,
        )
        for flow in recorder.flows()
    ]


@settings(max_examples=examples(50), deadline=None)
@given(
    runs=st.lists(st.tuples(st.sampled_from("ab"), st.lists(st.integers(0, 5), max_size=6)), max_size=20),
    workers=st.integers(1, 4),
)
def test_counts_of_several_processes_come_together_as_one_would_have_counted(
    runs: list[tuple[str, list[int]]], workers: int
) -> None:
    """However the tests were spread."""
    alone, merged = split(runs, workers)
    assert figures(merged) == figures(alone)


def test_what_a_process_hands_over_is_not_changed_by_merging() -> None:
    """It may be merged twice."""
    recorder, there = Recorder(), Recorder()
    walk(there, Program(survey()), "t", ("Trigger", 0))
    data = there.data()
    before = deepcopy(data)
    recorder.merge(data)
    walk(recorder, only(recorder).program, "u", ("Trigger", 0))
    assert data == before
    assert only(there).visits[0] == 1


@pytest.mark.parametrize(
    ("share", "shown"),
    [((0, 0), 100), ((0, 3), 0), ((1, 1000), 1), ((999, 1000), 99), ((1000, 1000), 100), ((1, 3), 33), ((2, 3), 67)],
)
def test_a_percentage_is_whole_only_when_all_is_covered(share: tuple[int, int], shown: int) -> None:
    """And none only when nothing is."""
    assert Share(*share).rounded == shown


@settings(max_examples=examples(100), deadline=None)
@given(given_definition=odd_definitions())
def test_any_definition_can_be_covered(given_definition: dict[str, Any]) -> None:
    """Walked along its first transitions, and told through another process."""
    recorder, merged = Recorder(), Recorder()
    program = Program(given_definition)
    track = recorder.track(program, "t")
    at = program.initial
    for _ in range(20):
        if at is None:
            break
        taken = at.transitions[0] if at.transitions else None
        track.visit(at.place, taken.place if taken else None)
        at = program.states.get(taken.next or "") if taken else None
    merged.merge(json.loads(json.dumps(recorder.data())))
    flow = only(merged)
    assert 0 <= flow.states.covered <= flow.states.total <= len(program.states)
    assert 0 <= flow.transitions.covered <= flow.transitions.total <= flow.all_transitions
    assert len(flow.missed_transitions) == flow.transitions.total - flow.transitions.covered
