"""What tests covered of Flows as pages of HTML: one for each Flow, drawn as on Studio's canvas, and an index.

A page holds all that it needs; it loads nothing, and its policy forbids any script but its own.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from pytest_studio.flows.coverage.covered import FlowCoverage, Share, Step, outcome, total
from pytest_studio.flows.coverage.covered import Path as Way
from pytest_studio.flows.drawing import canvas
from pytest_studio.flows.drawing.canvas import escaped
from pytest_studio.flows.model import State
from pytest_studio.wording import counted

__all__ = ["index", "page", "write"]

#: Steps of a path that are named in its list: so many from its start, and from its end.
FIRST, LAST = 12, 4

_LEGEND = {
    "covered": "covered: solid",
    "missed": "missed: dashed",
    "unreachable": "unreachable, not counted: dotted",
}


def write(flows: Sequence[FlowCoverage], folder: Path, root: Path | None = None) -> list[Path]:
    """Write ``index.html`` and a page for each Flow.

    Args:
        flows: what was covered.
        folder: where to; it is made if it is not there. Files of the same names are replaced.
        root: folder that the paths of definitions are shown from.

    Returns:
        The files, the index first.

    Raises:
        OSError: a file cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = _names(flows)
    pages = {"index.html": index(flows, names, root)}
    pages.update((name, page(flow, root)) for name, flow in zip(names, flows, strict=True))
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    return [folder / name for name in pages]


def page(flow: FlowCoverage, root: Path | None = None) -> str:
    """The page of a Flow: its drawing, the paths that tests took, what they missed, and all of its widgets.

    Args:
        flow: what was covered of it.
        root: folder that the path of the definition is shown from.
    """
    facts = [_source(flow, root), f"revision {flow.revision}", counted(len(flow.program.states), "widget")]
    body = f"""<a class="skip" href="#canvas">Skip to the drawing</a>
<a class="skip" href="#paths">Skip to the paths</a>
<a class="skip" href="#missed">Skip to what was missed</a>
<a class="skip" href="#widgets">Skip to the widgets</a>
<header>
<nav aria-label="Pages"><a href="index.html">All Flows</a></nav>
<h1>{escaped(flow.label)}</h1>
<p>{" · ".join(escaped(fact) for fact in facts if fact)}</p>
<p><strong>{flow.share.rounded}% covered</strong>: {flow.states} widgets, {flow.transitions} transitions
{_apart(flow)}</p>
</header>
<main>
<section class="board" aria-labelledby="board-title">
<h2 id="board-title">Canvas</h2>
{_TOOLS}
{_legend()}
<div class="canvas" id="canvas" tabindex="0" role="group" aria-label="Drawing of the Flow. Plus and minus zoom, \
arrow keys move, 0 shows all of it, Home goes to where it starts.">
{canvas.draw(flow.program, flow, embedded=True)}</div>
<p class="said" role="status"></p>
</section>
<div class="lists">
<section aria-labelledby="paths"><h2 id="paths" tabindex="-1">Paths that tests took</h2>
{_paths(flow)}</section>
<section aria-labelledby="missed"><h2 id="missed" tabindex="-1">Transitions missed</h2>
{_missed(flow)}</section>
<section aria-labelledby="widgets"><h2 id="widgets" tabindex="-1">Widgets</h2>
{_widgets(flow)}</section>
</div>
</main>"""
    return _document(f"{flow.label}: coverage", body, canvas.STYLE, _asset("page.js"))


def index(flows: Sequence[FlowCoverage], names: Sequence[str], root: Path | None = None) -> str:
    """The page that leads to the others.

    Args:
        flows: what was covered of each Flow.
        names: of their pages, in the same order.
        root: folder that the paths of definitions are shown from.
    """
    rows = [
        f'<tr><th scope="row"><a href="{escaped(name)}">{escaped(flow.label)}</a>'
        f'<div class="kind">{escaped(_source(flow, root))}</div></th>{_figures(flow.states, flow.transitions)}'
        f'<td class="number extra">{len(flow.missed_transitions)}</td>'
        f'<td class="number extra">{len(flow.unreachable)}</td></tr>'
        for name, flow in zip(names, flows, strict=True)
    ]
    missed = sum(len(flow.missed_transitions) for flow in flows)
    apart = sum(len(flow.unreachable) for flow in flows)
    states, transitions = total(flow.states for flow in flows), total(flow.transitions for flow in flows)
    body = f"""<header><h1>Coverage of Studio Flows</h1>
<p><strong>{total([states, transitions]).rounded}% covered</strong> of {counted(len(flows), "Flow")}</p></header>
<main class="index"><section aria-label="Flows"><table>
<caption>Widgets and transitions covered, of all that can be reached.</caption>
<thead><tr><th scope="col">Flow</th><th scope="col" class="number">Widgets</th>
<th scope="col" class="number">Transitions</th><th scope="col">Covered</th>
<th scope="col" class="number extra">Missed</th><th scope="col" class="number extra">Unreachable</th></tr></thead>
<tbody>
{"".join(rows)}
</tbody>
<tfoot><tr><th scope="row">All</th>{_figures(states, transitions)}
<td class="number extra">{missed}</td><td class="number extra">{apart}</td></tr></tfoot>
</table></section></main>"""
    return _document("Coverage of Studio Flows", body)


# -- the frame of a page ---------------------------------------------------------------------------------------

_TOOLS = """<div class="tools" role="toolbar" aria-label="Drawing">
<button type="button" data-tool="in" aria-label="Zoom in">+</button>
<button type="button" data-tool="out" aria-label="Zoom out">&minus;</button>
<button type="button" data-tool="fit">Show all</button>
<button type="button" data-tool="begin">To the start</button>
<button type="button" data-tool="clear">Clear</button>
<label>Find <input type="search" placeholder="name or type of a widget" autocomplete="off" spellcheck="false"></label>
</div>"""


def _document(title: str, body: str, style: str = "", script: str = "") -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    allowed = f"'sha256-{digest}'" if script else "'none'"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src {allowed}; base-uri 'none'; form-action 'none'"
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escaped(title)}</title>
<style>
{style}{_asset("page.css")}</style>
</head>
<body>
{body}
<footer><p class="kind">Written by pytest-studio.</p></footer>
{f"<script>{script}</script>" if script else ""}
</body>
</html>
"""


@cache
def _asset(name: str) -> str:
    return files("pytest_studio.flows.drawing").joinpath(name).read_text(encoding="utf-8")


def _names(flows: Iterable[FlowCoverage]) -> list[str]:
    """A file name for each Flow's page: safe on any system, and its own."""
    names: list[str] = []
    taken = set()
    for flow in flows:
        stem = "flow-" + (re.sub(r"[^A-Za-z0-9]+", "-", flow.label).strip("-")[:60] or flow.digest[:7])
        name, number = stem, 2
        while name.lower() in taken:
            name, number = f"{stem}-{number}", number + 1
        taken.add(name.lower())
        names.append(f"{name}.html")
    return names


def _source(flow: FlowCoverage, root: Path | None) -> str:
    path = Path(flow.source)
    return str(path.relative_to(root)) if flow.source and root in path.parents else flow.source  # type: ignore[arg-type]


def _legend() -> str:
    items = [
        f'<li class="{status}"><svg class="flow" width="34" height="12" aria-hidden="true"><g class="transition '
        f'{status}"><path class="curve" d="M1 6H33"/></g></svg>{_mark(status)}{words}</li>'
        for status, words in _LEGEND.items()
    ]
    return f'<ul class="legend" aria-label="Legend">{"".join(items)}</ul>'


def _mark(status: str) -> str:
    shape = canvas.SYMBOLS[status]
    return f'<svg class="flow-mark" viewBox="-1 -1 12 12" aria-hidden="true"><path d="{shape}"/></svg>'


def _apart(flow: FlowCoverage) -> str:
    if not flow.unreachable:
        return ""
    return f"(of {flow.all_transitions} in all; {counted(len(flow.unreachable), 'widget')} cannot be reached)"


def _figures(states: Share, transitions: Share) -> str:
    share = total([states, transitions])
    bar = f'<span class="bar" aria-hidden="true"><span style="width:{share.percent:.1f}%"></span></span>'
    return (
        f'<td class="number">{states}</td><td class="number">{transitions}</td>'
        f'<td class="status">{bar} {share.rounded}%</td>'
    )


# -- lists -----------------------------------------------------------------------------------------------------


def _go(state: State) -> str:
    """A button that shows a widget in the drawing."""
    name = escaped(state.name).replace("_", "_<wbr>")  # a narrow screen breaks it there
    return f'<button type="button" class="go" data-go="{state.place}">{name}</button>'


def _paths(flow: FlowCoverage) -> str:
    if not flow.paths:
        return "<p>No test ran this Flow.</p>\n"
    items = [_path(number, way) for number, way in enumerate(flow.paths, 1)]
    more = f"<p>{counted(flow.elsewhere, 'run')} went other ways.</p>" if flow.elsewhere else ""
    return f'<ol class="ways" data-list>\n{"".join(items)}</ol>\n{more}'


def _path(number: int, way: Way) -> str:
    runs = counted(way.runs, "run") + (f", {counted(way.tests, 'test')}" if way.tests else "")
    steps = " ".join(
        canvas.way(step.state, step.transition) if step.transition else f"{step.state.place}." for step in way.steps
    )
    tests = "".join(f"<li>{escaped(test)}</li>" for test in way.examples)
    more = f"<li>and {way.tests - len(way.examples)} more</li>" if way.tests > len(way.examples) else ""
    listed = f"<details><summary>{runs}</summary><ul>{tests}{more}</ul></details>" if tests else f"<div>{runs}</div>"
    return (
        f'<li><button type="button" class="way" aria-pressed="false" data-number="{number}" data-runs="{runs}" '
        f'data-steps="{steps}">{_told(way)}</button>{listed}</li>\n'
    )


def _told(way: Way) -> str:
    """A path in words: widgets with the events between them, and how it came out."""
    parts = [_step(step) for step in way.steps]
    if len(parts) > FIRST + LAST + 1:
        parts[FIRST:-LAST] = [f"<i>… {len(parts) - FIRST - LAST} more …</i>"]
    last = way.steps[-1]
    if way.cut:
        end = "<i>… and on</i>"
    elif last.waits:
        end = "<i>(waits)</i>"
    else:
        follower = last.transition.next if last.transition else None
        end = "→ " + (escaped(follower) if follower else "Ended")
    return " → ".join(parts) + " " + end


def _step(step: Step) -> str:
    event = f" <i>{escaped(outcome(step.transition))}</i>" if step.transition else ""
    return f"{escaped(step.state.name)}{event}"


def _missed(flow: FlowCoverage) -> str:
    if not flow.missed_transitions:
        return "<p>None: every transition that can be reached was taken.</p>\n"
    rows = [
        f'<tr><th scope="row">{_go(missed.state)}</th><td>{escaped(outcome(missed.transition))}</td>'
        f"<td>{escaped(missed.transition.next or 'Ended')}</td></tr>"
        for missed in flow.missed_transitions
    ]
    return f"""<table data-list><caption>{len(rows)} of {flow.transitions.total}. Enter shows the widget; \
arrow keys go up and down.</caption>
<thead><tr><th scope="col">Widget</th><th scope="col">Outcome</th><th scope="col">Leads to</th></tr></thead>
<tbody>
{"".join(rows)}
</tbody></table>
"""


def _widgets(flow: FlowCoverage) -> str:
    return f"""<table data-list><caption>Enter shows the widget; arrow keys go up and down.</caption>
<thead><tr><th scope="col">Widget</th><th scope="col">Tests</th><th scope="col" class="number">Entered</th>
<th scope="col" class="number">Transitions</th></tr></thead>
<tbody>
{"".join(_row(flow, state) for state in flow.program.states.values())}
</tbody></table>
"""


def _row(flow: FlowCoverage, state: State) -> str:
    status = flow.status(state)
    ways = [transition for transition in state.transitions if flow.counts(state, transition)]
    share = Share(sum(flow.times(state, transition) > 0 for transition in ways), len(ways))
    return (
        f'<tr data-row="{state.place}" data-name="{escaped(state.name)} {escaped(state.type)}">'
        f'<th scope="row">{_go(state)}<div class="kind">{escaped(state.type)}</div></th>'
        f'<td><span class="status {status}">{_mark(status)} {status}</span></td>'
        f'<td class="number">{flow.visited(state)}</td><td class="number">{share if ways else "&ndash;"}</td></tr>\n'
    )
