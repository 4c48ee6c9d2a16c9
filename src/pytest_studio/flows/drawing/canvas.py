"""A Flow drawn as on Studio's canvas, in SVG: boxes with their outlets, and curves to the next widgets."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape
from typing import NamedTuple

from pytest_studio.flows.coverage.covered import FlowCoverage, outcome
from pytest_studio.flows.drawing.layout import Box, placed
from pytest_studio.flows.model import Program, State, Transition
from pytest_studio.wording import counted

__all__ = ["STYLE", "SYMBOLS", "draw", "escaped", "way"]

#: Sizes in pixels.
HEADER, OUTLET, COUNTED = 46.0, 20.0, 34.0  # of a box's head, an outlet, and one that shows its count
NARROWEST, INSET, BETWEEN = 200.0, 8.0, 5.0  # of boxes; between a box's edge and its outlets; between two outlets
SMALLEST, LARGEST = 42.0, 108.0  # widths of outlets
MARGIN, BEND, ARROW = 48.0, 44.0, 9.0
#: Width of a letter, as a part of the size of the font.
LETTER = 0.6

_NO_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Shapes that tell what was covered from what was not without colour, drawn in a square of 10 pixels.
SYMBOLS = {
    "covered": "M1 5.5 4 8.5 9 1.5",
    "missed": "M1.5 1.5 8.5 8.5M8.5 1.5 1.5 8.5",
    "unreachable": "M5 .8A4.2 4.2 0 1 0 5.01 .8M2 8 8 2",
}

#: Colours that the colour-blind tell apart; covered, missed and unreachable differ by line and symbol as well.
STYLE = """
.flow{--ground:#fff;--box:#fff;--ink:#1b1f24;--soft:#5b6470;--line:#8a94a0;
--covered:#0063a6;--missed:#b84300;--unreachable:#6f7780;--tint-covered:#e8f2fa;
--tint-missed:#fdf0e7;--tint-unreachable:#f1f2f4;
font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,"DejaVu Sans",sans-serif}
@media (prefers-color-scheme:dark){.flow{--ground:#14171b;--box:#1e2329;--ink:#eceff2;--soft:#a9b2bc;--line:#7d8894;
--covered:#63b3ed;--missed:#ff9d5c;--unreachable:#98a1ab;--tint-covered:#172b3c;--tint-missed:#3a2415;
--tint-unreachable:#23282e}}
@media print{.flow{--ground:#fff;--box:#fff;--ink:#000;--soft:#444;--line:#777;--covered:#0063a6;--missed:#b84300;
--unreachable:#6f7780;--tint-covered:#fff;--tint-missed:#fff;--tint-unreachable:#fff}}
.flow .ground{fill:var(--ground)}
.flow .box,.flow .pill{fill:var(--box);stroke:var(--line);stroke-width:1.3}
.flow .name{fill:var(--ink);font-size:13px;font-weight:600}
.flow .type,.flow .visits{fill:var(--soft);font-size:11px}
.flow .label{fill:var(--ink);font-size:10.5px;text-anchor:middle}
.flow .count{fill:var(--soft);font-size:10.5px;text-anchor:middle}
.flow .visits{text-anchor:end}
.flow .curve{fill:none;stroke:var(--line);stroke-width:1.5}
.flow .arrow{fill:var(--line)}
.flow .symbol{fill:none;stroke:var(--tone);stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round}
.flow .covered{--tone:var(--covered)}.flow .missed{--tone:var(--missed)}.flow .unreachable{--tone:var(--unreachable)}
.flow .covered .box,.flow .covered .pill{fill:var(--tint-covered);stroke:var(--covered)}
.flow .covered .box{stroke-width:2}
.flow .missed .box,.flow .missed .pill{fill:var(--tint-missed);stroke:var(--missed);stroke-dasharray:7 4}
.flow .missed .box{stroke-width:2}
.flow .unreachable .box,.flow .unreachable .pill{fill:var(--tint-unreachable);stroke:var(--unreachable);
stroke-dasharray:1.5 4}
.flow .idle .pill{fill:var(--box);stroke:var(--line);stroke-dasharray:none}
.flow .covered .curve{stroke:var(--covered);stroke-width:2.4}
.flow .missed .curve{stroke:var(--missed);stroke-width:1.8;stroke-dasharray:8 5}
.flow .unreachable .curve{stroke:var(--unreachable);stroke-dasharray:1.5 5}
.flow .covered .arrow,.flow .missed .arrow,.flow .unreachable .arrow{fill:var(--tone)}
"""


class Outlet(NamedTuple):
    """Where a transition leaves its box: the outlet's rectangle, and what it says."""

    transition: Transition
    x: float
    width: float
    label: str


def draw(program: Program, coverage: FlowCoverage | None = None, *, embedded: bool = False) -> str:
    """An SVG image of a Flow, as it looks on Studio's canvas.

    Each widget is a box with its name and type, and an outlet for each transition along the lower edge: the event, or
    what a split's condition holds its input against. A curve leads to the next widget. Texts that are too long are
    shortened; the whole stands in the tooltip.

    Args:
        program: the Flow.
        coverage: what tests covered of it: then counts are shown, and what was covered, missed or cannot be reached.
        embedded: for a page, which has ``STYLE`` itself: without it, and without a header of XML.
    """
    outlets = {state.name: _outlets(state) for state in program.states.values()}
    foot = OUTLET if coverage is None else COUNTED
    sizes = {name: (_width(program.states[name], outlets[name]), _height(outlets[name], foot)) for name in outlets}
    boxes = placed(program, sizes)
    curves = list(_curves(program, boxes, outlets))
    body = [_curve(program, curve, coverage) for curve in curves]
    body += [
        _widget(state, boxes[state.name], outlets[state.name], coverage, first=state is program.initial)
        for state in program.states.values()
    ]
    left, top, width, height = _frame(boxes, curves)
    title = escaped(program.title or "Flow")
    view = " ".join(_number(value) for value in (left, top, width, height))
    lines = [
        "" if embedded else '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" class="flow" role="img" aria-labelledby="flow-title flow-desc" '
        f'viewBox="{view}" width="{_number(width)}" height="{_number(height)}">',
        f'<title id="flow-title">{title}</title>',
        f'<desc id="flow-desc">{escaped(_described(program, coverage))}</desc>',
        "" if embedded else f"<style>{STYLE}</style>",
        f'<rect class="ground" x="{_number(left)}" y="{_number(top)}" width="{_number(width)}" '
        f'height="{_number(height)}"/>',
        *body,
        "</svg>",
    ]
    return "\n".join(line for line in lines if line) + "\n"


def escaped(text: str) -> str:
    """A text for XML and HTML, quotes too; letters that XML does not have are replaced."""
    return escape(_NO_XML.sub("\N{REPLACEMENT CHARACTER}", text))


def _described(program: Program, coverage: FlowCoverage | None) -> str:
    """The drawing in words."""
    words = f"A Flow of {counted(len(program.states), 'widget')}"
    if program.initial is not None:
        words += f" that begins with {program.initial.name}"
    if coverage is not None:
        words += f"; covered were {coverage.states} widgets and {coverage.transitions} transitions"
    return words + "."


# -- texts -----------------------------------------------------------------------------------------------------


def _letters(text: str) -> float:
    """The width of a text, in average letters."""
    return sum(1.8 if unicodedata.east_asian_width(letter) in "WF" else 1.25 if letter in "mwMW@%" else 1
               for letter in text)  # fmt: skip


def _fitting(text: str, width: float, size: float) -> str:
    """A text, shortened to a width in pixels at a size of the font."""
    text = " ".join(text.split())
    room = width / (size * LETTER)
    if _letters(text) <= room:
        return text
    while text and _letters(text) + 1 > room:
        text = text[:-1]
    return text.rstrip() + "…"


def _label(transition: Transition) -> str:
    """What an outlet says: the event; for a match what the input is held against."""
    if not transition.conditions:
        return transition.event
    condition = transition.conditions[0]
    name = condition.friendly_name.removeprefix("If value ").strip()
    if not name or name.startswith(f"{condition.type} "):
        name = condition.value.strip() if condition.type == "equal_to" else f"{condition.type} {condition.value}"
    return name or transition.event


# -- boxes -----------------------------------------------------------------------------------------------------


def _outlets(state: State) -> list[Outlet]:
    """The outlets of a box, from left to right; x from the box's left edge."""
    outlets, x = [], INSET
    for transition in state.transitions:
        label = _label(transition)
        width = min(max(_letters(label) * 10.5 * LETTER + 14, SMALLEST), LARGEST)
        outlets.append(Outlet(transition, x, width, _fitting(label, width - 8, 10.5)))
        x += width + BETWEEN
    return outlets


def _width(state: State, outlets: list[Outlet]) -> float:
    return max(NARROWEST, outlets[-1].x + outlets[-1].width + INSET if outlets else 0)


def _height(outlets: list[Outlet], foot: float) -> float:
    return HEADER + (foot + 4 if outlets else 0)


def _outcome_status(state: State, transition: Transition, coverage: FlowCoverage | None) -> str:
    """As ``FlowCoverage.status``, of a transition; ``idle`` is one that does not count."""
    if coverage is None:
        return ""
    if state.name not in coverage.reachable:
        return "unreachable"
    if coverage.times(state, transition):
        return "covered"
    return "missed" if coverage.counts(state, transition) else "idle"


def _widget(state: State, box: Box, outlets: list[Outlet], coverage: FlowCoverage | None, *, first: bool) -> str:
    """A box with its texts and outlets."""
    status = "" if coverage is None else coverage.status(state)
    indent = 26.0 if status else 12.0
    x, y = box.x, box.y
    kind = f"widget {status} {'first' if first else ''}".rstrip()
    said = f"{state.name} ({state.type})"
    if coverage is not None:
        said += f": {status}, entered {counted(coverage.visited(state), 'time')}"
    parts = [
        f'<g class="{kind}" data-state="{state.place}"><title>{escaped(said)}</title>',
        f'<rect class="box" x="{_number(x)}" y="{_number(y)}" width="{_number(box.width)}" '
        f'height="{_number(box.height)}" rx="7"/>',
        _symbol(status, x + 10, y + 10) if status else "",
        _text("name", x + indent, y + 20, _fitting(state.name, box.width - indent - 10, 13)),
        _text(
            "type", x + indent, y + 36, _fitting(state.type, box.width - indent - (10 if coverage is None else 40), 11)
        ),
    ]
    if coverage is not None:
        parts.append(_text("visits", box.right - 10, y + 36, f"{coverage.visited(state)}\N{MULTIPLICATION SIGN}"))
    parts += [_outlet(state, box, outlet, coverage) for outlet in outlets]
    return "".join(parts) + "</g>"


def _outlet(state: State, box: Box, outlet: Outlet, coverage: FlowCoverage | None) -> str:
    status = _outcome_status(state, outlet.transition, coverage)
    height = OUTLET if coverage is None else COUNTED
    x, y = box.x + outlet.x, box.bottom - height
    parts = [
        f'<g class="outlet {status}" data-way="{way(state, outlet.transition)}">'
        f"<title>{escaped(_said(state, outlet.transition, coverage))}</title>",
        f'<rect class="pill" x="{_number(x)}" y="{_number(y)}" width="{_number(outlet.width)}" '
        f'height="{_number(height)}" rx="4"/>',
        _text("label", x + outlet.width / 2, y + 14, outlet.label),
    ]
    if coverage is not None and status != "idle":
        count = f"{coverage.times(state, outlet.transition)}\N{MULTIPLICATION SIGN}"
        middle = x + outlet.width / 2
        if status != "unreachable":
            parts.append(_symbol(status, middle - 7 - _letters(count) * 10.5 * LETTER / 2, y + 20))
            middle += 7
        parts.append(_text("count", middle, y + 29, count))
    return "".join(parts) + "</g>"


def _said(state: State, transition: Transition, coverage: FlowCoverage | None) -> str:
    said = f"{state.name}: {outcome(transition)} -> {transition.next or 'Ended'}"
    if coverage is not None:
        said += f", taken {counted(coverage.times(state, transition), 'time')}"
    return said


def way(state: State, transition: Transition) -> str:
    """What outlets, curves and steps of a path have in common: the places of state and transition."""
    return f"{state.place}.{transition.place}"


def _text(kind: str, x: float, y: float, text: str) -> str:
    return f'<text class="{kind}" x="{_number(x)}" y="{_number(y)}">{escaped(text)}</text>'


def _symbol(status: str, x: float, y: float) -> str:
    return f'<path class="symbol" transform="translate({_number(x)} {_number(y)})" d="{SYMBOLS[status]}"/>'


# -- curves ----------------------------------------------------------------------------------------------------


class Curve(NamedTuple):
    """A transition on its way: from an outlet down, and to the upper edge of the next box."""

    state: State
    transition: Transition
    x: float
    y: float
    to_x: float
    to_y: float
    side: float | None  # the x that it passes by, where the next box is not below

    @property
    def path(self) -> str:
        """The curve as data of an SVG path; the arrowhead comes after it."""
        end = self.to_y - ARROW
        if self.side is None:
            bend = min(max((end - self.y) / 2, BEND), 3 * BEND)
            points = [(self.x, self.y + bend), (self.to_x, end - bend), (self.to_x, end)]
        else:
            half = (self.y + end) / 2
            points = [(self.x, self.y + BEND), (self.side, self.y + BEND), (self.side, half)]
            points += [(self.side, end - BEND), (self.to_x, end - BEND), (self.to_x, end)]
        drawn = " ".join(f"{_number(x)} {_number(y)}" for x, y in points)
        return f"M{_number(self.x)} {_number(self.y)}C{drawn}"


def _curves(program: Program, boxes: dict[str, Box], outlets: dict[str, list[Outlet]]) -> Iterator[Curve]:
    """A curve for each transition that leads to a state; those to one box come in apart from each other."""
    arriving: dict[str, list[tuple[float, State, Outlet]]] = {}
    for state in program.states.values():
        for outlet in outlets[state.name]:
            if outlet.transition.next in program.states:
                x = boxes[state.name].x + outlet.x + outlet.width / 2
                arriving.setdefault(str(outlet.transition.next), []).append((x, state, outlet))
    for name, there in arriving.items():
        target = boxes[name]
        apart = min(target.width * 0.7 / len(there), 18)
        for index, (x, state, outlet) in enumerate(sorted(there, key=lambda each: each[0])):
            to_x = target.middle + (index - (len(there) - 1) / 2) * apart
            box = boxes[state.name]
            side = None if target.y - box.bottom >= ARROW + 8 else _side(box, target, x, to_x)
            yield Curve(state, outlet.transition, x, box.bottom, to_x, target.y, side)


def _side(box: Box, target: Box, x: float, to_x: float) -> float:
    """The x by which a curve goes up: between the boxes where there is room, else round both on the shorter side."""
    if box.right + 16 < target.x:
        return (box.right + target.x) / 2
    if target.right + 16 < box.x:
        return (target.right + box.x) / 2
    left, right = min(box.x, target.x) - 24, max(box.right, target.right) + 24
    return left if x + to_x - 2 * left < 2 * right - x - to_x else right


def _curve(program: Program, curve: Curve, coverage: FlowCoverage | None) -> str:
    status = _outcome_status(curve.state, curve.transition, coverage)
    x, y = curve.to_x, curve.to_y
    tip = f"M{_number(x)} {_number(y - 1)}l-5 {_number(-ARROW)}h10z"
    return (
        f'<g class="transition {status}" data-way="{way(curve.state, curve.transition)}">'
        f"<title>{escaped(_said(curve.state, curve.transition, coverage))}</title>"
        f'<path class="curve" d="{curve.path}"/><path class="arrow" d="{tip}"/></g>'
    )


def _frame(boxes: dict[str, Box], curves: list[Curve]) -> tuple[float, float, float, float]:
    """What of the plane the drawing takes: left, top, width, height."""
    xs = [edge for box in boxes.values() for edge in (box.x, box.right)]
    xs += [curve.side for curve in curves if curve.side is not None]
    ys = [edge for box in boxes.values() for edge in (box.y, box.bottom)]
    left, top = min(xs, default=0) - MARGIN, min(ys, default=0) - MARGIN
    return left, top, max(xs, default=0) + MARGIN - left, max(ys, default=0) + MARGIN - top


def _number(value: float) -> str:
    """A number of pixels, short."""
    return f"{value:.1f}".removesuffix(".0")
