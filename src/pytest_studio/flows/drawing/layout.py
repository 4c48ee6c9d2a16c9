"""Where the widgets of a Flow stand in a drawing: at their canvas offsets, apart from each other, or in layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

from pytest_studio.flows.model import Program, State

__all__ = ["Box", "placed"]

#: Room between neighbours, in pixels: curves and arrowheads need more of it above and below.
GAP_X, GAP_Y = 32.0, 56.0
#: Offsets beyond this are taken for a mistake, not for a place.
FARTHEST = 100_000
#: How many times as large a drawing at the offsets may become to get overlapping boxes apart; beyond, they are moved.
STRETCH = 6.0
#: Boxes beside each other in a layer.
ABREAST = 12


class Box(NamedTuple):
    """A rectangle in pixels: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> float:
        """The x of its middle."""
        return self.x + self.width / 2


def placed(program: Program, sizes: Mapping[str, tuple[float, float]]) -> dict[str, Box]:
    """Where the boxes of all states stand, none over another.

    At ``properties.offset``, spread out as far as it takes. States without a usable one stand below the others; if no
    two states have different ones, all stand in layers, by how many transitions lead there.

    Args:
        program: the Flow.
        sizes: width and height of each state's box, in pixels.
    """
    offsets = {name: offset for name, state in program.states.items() if (offset := _offset(state)) is not None}
    if len(set(offsets.values())) < max(1, min(2, len(program.states))):
        return _layers(program, list(program.states), sizes, 0.0)
    boxes = _apart({name: Box(*offset, *sizes[name]) for name, offset in offsets.items()})
    homeless = [name for name in program.states if name not in boxes]
    lowest = max(box.bottom for box in boxes.values()) + GAP_Y
    middle = (min(box.x for box in boxes.values()) + max(box.right for box in boxes.values())) / 2
    return {**boxes, **_layers(program, homeless, sizes, lowest, middle)}


def _offset(state: State) -> tuple[float, float] | None:
    """Where a state stands on the canvas; None if it does not say."""
    offset = state.properties.get("offset") if isinstance(state.properties, Mapping) else None
    if not isinstance(offset, Mapping):
        return None
    x, y = offset.get("x"), offset.get("y")
    if not (isinstance(x, (int, float)) and isinstance(y, (int, float))) or isinstance(x, bool) or isinstance(y, bool):
        return None
    return (float(x), float(y)) if abs(x) <= FARTHEST and abs(y) <= FARTHEST else None


def _apart(boxes: dict[str, Box]) -> dict[str, Box]:
    """The boxes at multiples of their offsets so that none overlaps; where that takes too much, moved down."""
    across, down = _scales(list(boxes.values()))
    if across * down <= STRETCH:
        return {name: box._replace(x=box.x * across, y=box.y * down) for name, box in boxes.items()}
    return _moved(boxes)


def _scales(boxes: list[Box]) -> tuple[float, float]:
    """The factors for x and y, from 1, that get all boxes apart and stretch the drawing least."""
    crowded = []
    ordered = sorted(boxes, key=lambda box: box.y)
    tallest = max(box.height for box in boxes) + GAP_Y
    for index, upper in enumerate(ordered):
        for lower in ordered[index + 1 :]:
            if lower.y - upper.y >= tallest:
                break
            left, right = sorted((upper, lower))[:2]
            wide, high = left.width + GAP_X, upper.height + GAP_Y
            if right.x - left.x < wide and lower.y - upper.y < high:
                crowded.append((_ratio(wide, right.x - left.x), _ratio(high, lower.y - upper.y)))
    crowded.sort(reverse=True)
    best, down = (math.inf, math.inf), 1.0
    for across, needed in [*crowded, (1.0, 1.0)]:
        best = min(best, (across, down), key=lambda scales: scales[0] * scales[1])
        down = max(down, needed)
    return best


def _ratio(needed: float, there: float) -> float:
    return needed / there if there > 0 else math.inf


def _moved(boxes: dict[str, Box]) -> dict[str, Box]:
    """The boxes from top to bottom, each moved down past those that it would stand on."""
    moved: dict[str, Box] = {}
    for name, box in sorted(boxes.items(), key=lambda item: (item[1].y, item[1].x)):
        beside = [other for other in moved.values() if other.x < box.right + GAP_X and box.x < other.right + GAP_X]
        for other in sorted(beside, key=lambda other: other.y):
            if other.y < box.bottom + GAP_Y and box.y < other.bottom + GAP_Y:
                box = box._replace(y=other.bottom + GAP_Y)
        moved[name] = box
    return moved


def _layers(
    program: Program, names: list[str], sizes: Mapping[str, tuple[float, float]], top: float, middle: float = 0.0
) -> dict[str, Box]:
    """The named states in rows, by how many transitions lead there from the initial state; those unreached at last."""
    depths = _depths(program)
    rows: dict[int, list[str]] = {}
    for name in sorted(names, key=list({**depths, **program.states}).index):
        rows.setdefault(depths.get(name, len(program.states)), []).append(name)
    boxes: dict[str, Box] = {}
    for _, row in sorted(rows.items()):
        for start in range(0, len(row), ABREAST):
            part = row[start : start + ABREAST]
            x = middle - (sum(sizes[name][0] + GAP_X for name in part) - GAP_X) / 2
            for name in part:
                boxes[name] = Box(x, top, *sizes[name])
                x = boxes[name].right + GAP_X
            top = max(boxes[name].bottom for name in part) + GAP_Y
    return boxes


def _depths(program: Program) -> dict[str, int]:
    """How many transitions it takes to each state, in the order in which they are met."""
    if program.initial is None:
        return {}
    depths = {program.initial.name: 0}
    ahead = [program.initial]
    for state in ahead:
        for transition in state.transitions:
            follower = program.states.get(transition.next or "")
            if follower is not None and follower.name not in depths:
                depths[follower.name] = depths[state.name] + 1
                ahead.append(follower)
    return depths
