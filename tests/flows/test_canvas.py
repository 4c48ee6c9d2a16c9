"""A Flow as SVG: where its boxes stand, what stands in them, and what was covered of them."""

from __future__ import annotations

import itertools
import re
from typing import Any
from xml.etree import ElementTree

import pytest

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from surveys import definition, odd_definitions, state, survey, walk

from pytest_studio.flows.coverage.recorder import Recorder
from pytest_studio.flows.drawing.canvas import SYMBOLS, draw
from pytest_studio.flows.drawing.layout import FARTHEST, Box, placed
from pytest_studio.flows.model import Program

SVG = "{http://www.w3.org/2000/svg}"


def parsed(program: Program, *given: Any) -> ElementTree.Element:
    """The drawing, as XML."""
    return ElementTree.fromstring(draw(program, *given))


def of_class(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    """The elements of a class."""
    return [element for element in root.iter() if name in element.get("class", "").split()]


def texts(root: ElementTree.Element, kind: str) -> list[str]:
    """What is written in a class of texts."""
    return [element.text or "" for element in of_class(root, kind)]


def rectangle(element: ElementTree.Element) -> Box:
    """Where a rectangle stands."""
    return Box(*(float(element.get(name, "nan")) for name in ("x", "y", "width", "height")))


def boxes(root: ElementTree.Element) -> list[Box]:
    """The boxes of all widgets."""
    return [rectangle(element) for element in of_class(root, "box")]


def overlapping(found: list[Box]) -> list[tuple[Box, Box]]:
    """Boxes that stand on each other."""
    return [
        (one, other)
        for one, other in itertools.combinations(found, 2)
        if one.x < other.right and other.x < one.right and one.y < other.bottom and other.y < one.bottom
    ]


def flow(*offsets: tuple[int, int] | None) -> Program:
    """Widgets in a row, at these places."""
    states = [
        state("Trigger" if not at else f"say_{at}", "say-play", ("audioComplete", f"say_{at + 1}"), offset=offset)
        for at, offset in enumerate(offsets)
    ]
    return Program(definition(*states))


def test_each_widget_is_a_box_with_its_name_and_type() -> None:
    """In the order of the definition."""
    root = parsed(Program(survey()))
    assert texts(root, "name") == ["Trigger", "ask", "route", "remind", "bye", "old"]
    assert texts(root, "type")[:2] == ["trigger", "send-and-wait-for-reply"]
    assert len(of_class(root, "box")) == 6


def test_each_transition_has_an_outlet_that_says_its_event_or_what_a_branch_asks() -> None:
    """A branch is known by its condition, for all are called match."""
    labels = texts(parsed(Program(survey())), "label")
    assert labels[:8] == [
        "incomingMessage", "incomingCall", "incomingMessage", "timeout", "deliveryFailure",
        "noMatch", "yes", "If it is bad",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("condition", "label"),
    [
        (("If value equal_to 1", "equal_to", "1"), "1"),
        (("If value contains help", "contains", "help"), "contains help"),
        (("", "equal_to", "yes"), "yes"),
        (("", "is_blank", ""), "is_blank"),
        (("Wants to stop", "equal_to", "STOP"), "Wants to stop"),
        (("", "equal_to", ""), "match"),
    ],
)
def test_an_outlet_says_shortly_what_a_branch_asks(condition: tuple[str, str, str], label: str) -> None:
    """Names that the Console makes up say little in front."""
    branch = state("s", "split-based-on", ("match", None, *condition), offset=(0, 0))
    assert texts(parsed(Program(definition(branch))), "label") == [label]


def test_outlets_stand_on_the_lower_edge_of_their_box_and_within_it() -> None:
    """Beside each other."""
    for widget in of_class(parsed(Program(survey())), "widget"):
        (box,) = (rectangle(each) for each in of_class(widget, "box"))
        pills = [rectangle(each) for each in of_class(widget, "pill")]
        assert all(pill.bottom == box.bottom and box.x < pill.x and pill.right < box.right for pill in pills)
        assert not overlapping(pills)


def test_curves_lead_from_an_outlet_to_the_upper_edge_of_the_next_box() -> None:
    """One for each transition that leads to a widget."""
    root = parsed(Program(survey()))
    places = boxes(root)
    curves = {curve.get("data-way"): curve for curve in of_class(root, "transition")}
    assert set(curves) == {"0.0", "1.0", "1.1", "2.0", "2.1", "3.0", "5.0"}
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", curves["1.1"].find(f"{SVG}path").get("d"))]  # type: ignore[union-attr,arg-type]
    assert numbers[1] == places[1].bottom
    tip = re.match(r"M(\S+) (\S+)l", of_class(curves["1.1"], "arrow")[0].get("d", ""))
    assert tip is not None
    assert places[3].x < float(tip[1]) < places[3].right
    assert float(tip[2]) == places[3].y - 1


def test_curves_to_one_box_arrive_apart_from_each_other() -> None:
    """So that each can be followed."""
    root = parsed(Program(survey()))
    tips = [of_class(curve, "arrow")[0].get("d") for curve in of_class(root, "transition")]
    assert len(set(tips)) == len(tips)


def test_boxes_stand_at_their_offsets() -> None:
    """As a person has put them on the canvas."""
    root = parsed(flow((0, 0), (500, 10), (-400, 900)))
    assert [(box.x, box.y) for box in boxes(root)] == [(0, 0), (500, 10), (-400, 900)]


def test_offsets_are_stretched_where_boxes_would_stand_on_each_other() -> None:
    """All of them, so that the picture stays the same."""
    found = boxes(parsed(flow((0, 0), (150, 0), (300, 0))))
    assert overlapping(found) == []
    assert found[2].x == pytest.approx(2 * found[1].x)
    assert {box.y for box in found} == {0}


def test_boxes_at_the_same_place_are_moved_apart() -> None:
    """No stretching helps."""
    found = boxes(parsed(flow((0, 0), (0, 0), (10, 5), (900, 900))))
    assert overlapping(found) == []
    assert found[3].x == 900


@pytest.mark.parametrize("offset", [None, (70, 70)])
def test_without_offsets_widgets_stand_in_layers(offset: tuple[int, int] | None) -> None:
    """Or where all are the same, as scripts write them: by how many transitions lead there."""
    made = survey()
    for each in made["states"]:
        each["properties"] = {} if offset is None else {"offset": dict(zip("xy", offset, strict=True))}
    found = boxes(parsed(Program(made)))
    trigger, ask, route, remind, bye, old = (box.y for box in found)
    assert trigger < ask < route == remind < bye < old
    assert overlapping(found) == []


NO_PLACES: list[Any] = [
    None, "left", [], {"x": "1", "y": 2}, {"x": 1}, {"x": float("nan"), "y": 1}, {"x": True, "y": False},
    {"x": 10**400, "y": 0}, {"x": FARTHEST + 1, "y": 0},
]  # fmt: skip


@pytest.mark.parametrize("offset", NO_PLACES, ids=range(len(NO_PLACES)))
def test_a_widget_with_no_usable_offset_stands_below_the_others(offset: Any) -> None:
    """They stay where they are."""
    made = survey()
    made["states"][0]["properties"] = {"offset": offset}
    found = boxes(parsed(Program(made)))
    assert found[0].y > max(box.bottom for box in found[1:])
    assert (found[1].x, found[1].y) == (0, 200)


def test_many_widgets_in_one_layer_stand_in_several_rows() -> None:
    """A drawing is not endlessly wide."""
    branches = [("match", f"say_{at}", "", "equal_to", str(at)) for at in range(40)]
    states = [state(f"say_{at}", "say-play") for at in range(40)]
    found = boxes(parsed(Program(definition(state("Trigger", "trigger", *branches), *states))))
    assert len({box.y for box in found}) > 2


def test_a_long_name_is_shortened_and_the_tooltip_has_the_whole() -> None:
    """It must fit into its box."""
    name = "a_very_long_name_of_a_widget_" * 5
    (widget,) = of_class(parsed(Program(definition(state(name, "say-play", offset=(0, 0))))), "widget")
    shown = texts(widget, "name")[0]
    assert shown.endswith("…")
    assert name.startswith(shown[:-1])
    assert name in (widget.find(f"{SVG}title").text or "")  # type: ignore[union-attr]


def test_wide_letters_take_more_room() -> None:
    """A name in Chinese is shortened earlier."""
    root = parsed(flow_named("語" * 30, "a" * 30))
    wide, narrow = texts(root, "name")
    assert len(wide) < len(narrow)


def flow_named(*names: str) -> Program:
    """Widgets of these names."""
    return Program(definition(*(state(name, "say-play", offset=(0, 300 * at)) for at, name in enumerate(names))))


def test_the_drawing_says_what_it_is() -> None:
    """To those who cannot see it."""
    root = parsed(Program(survey(), title="Survey"))
    assert root.get("role") == "img"
    labels = (root.get("aria-labelledby") or "").split()
    said = [element.text for element in root.iter() if element.get("id") in labels]
    assert said == ["Survey", "A Flow of 6 widgets that begins with Trigger."]


def test_without_coverage_nothing_is_called_covered_or_missed() -> None:
    """It is the drawing of a definition."""
    root = parsed(Program(survey()))
    assert not any(of_class(root, status) for status in SYMBOLS)
    assert of_class(root, "count") == []


def test_covered_missed_and_unreachable_differ_in_class_and_symbol() -> None:
    """Not in colour only."""
    recorder, program = Recorder(), Program(survey())
    walk(recorder, program, "t", ("Trigger", 0), ("ask", "timeout"))
    root = parsed(program, recorder.flows()[0])
    widgets = of_class(root, "widget")
    statuses = [widget.get("class", "").split()[1] for widget in widgets]
    assert statuses == ["covered", "covered", "missed", "missed", "missed", "unreachable"]
    symbols = [of_class(widget, "symbol")[0].get("d") for widget in widgets]
    assert symbols == [SYMBOLS[status] for status in statuses]
    assert len(set(SYMBOLS.values())) == 3


def test_counts_stand_at_widgets_and_transitions() -> None:
    """How often each was gone through."""
    recorder, program = Recorder(), Program(survey())
    for _ in range(12):
        walk(recorder, program, "t", ("Trigger", 0), ("ask", "timeout"))
    root = parsed(program, recorder.flows()[0])
    assert texts(root, "visits") == [f"{times}\N{MULTIPLICATION SIGN}" for times in (12, 12, 0, 0, 0, 0)]
    assert texts(root, "count")[:4] == [f"{times}\N{MULTIPLICATION SIGN}" for times in (12, 0, 12, 0)]


def test_a_transition_that_does_not_count_is_drawn_plain() -> None:
    """The unwired event of a trigger is not missed."""
    recorder, program = Recorder(), Program(survey())
    recorder.loaded(program)
    idle = of_class(parsed(program, recorder.flows()[0]), "idle")
    assert [outlet.get("data-way") for outlet in idle] == ["0.1"]


def test_nothing_of_a_definition_becomes_markup() -> None:
    """Whatever its names hold."""
    evil = '</text><script>alert("1")</script>&amp;\x00\ud800'
    made = definition(
        state(evil, evil, (evil, evil), ("match", evil, evil, evil, evil), offset=(0, 0)), description=evil
    )
    root = parsed(Program(made))
    assert not [element for element in root.iter() if element.tag.endswith("script")]
    assert "\ud800" not in draw(Program(made))


def test_a_flow_without_widgets_is_an_empty_drawing() -> None:
    """The smallest example has none."""
    assert boxes(parsed(Program({"initial_state": "Trigger"}))) == []


@settings(max_examples=examples(150), deadline=None)
@given(made=odd_definitions())
def test_any_definition_is_drawn_with_boxes_apart_and_within_the_picture(made: dict[str, Any]) -> None:
    """Odd names, offsets and transitions."""
    program = Program(made)
    recorder = Recorder()
    recorder.loaded(program)
    for given_coverage in ((), (recorder.flows()[0],)):
        root = parsed(program, *given_coverage)
        found = boxes(root)
        assert len(found) == len(program.states)
        assert overlapping(found) == []
        left, top, width, height = (float(number) for number in root.get("viewBox", "").split())
        assert all(
            left < box.x and box.right < left + width and top < box.y and box.bottom < top + height for box in found
        )


places = st.tuples(st.integers(-500, 500), st.integers(-500, 500))


@settings(max_examples=examples(100), deadline=None)
@given(offsets=st.lists(places, min_size=2, max_size=30, unique=True))
def test_boxes_get_room_between_them_wherever_they_stand(offsets: list[tuple[int, int]]) -> None:
    """However crowded the canvas is."""
    program = flow(*offsets)
    found = placed(program, dict.fromkeys(program.states, (200.0, 70.0)))
    assert overlapping([box._replace(width=box.width + 20, height=box.height + 30) for box in found.values()]) == []
