"""Pages of what was covered: complete without a script, safe whatever a definition holds, and files of their own."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import given, settings
from surveys import definition, odd_definitions, state, survey, walk

from pytest_studio.flows.coverage.covered import FlowCoverage
from pytest_studio.flows.coverage.recorder import Recorder
from pytest_studio.flows.drawing import page
from pytest_studio.flows.model import Program

#: Elements that HTML does not close.
VOID = {"meta", "input", "wbr", "br", "link"}


class Element:
    """An element of a page: its tag, attributes, and all of the text in it."""

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.text = ""


class Page(HTMLParser):
    """A page, parsed: ``elements`` in order; refuses what is not closed as it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element begins."""
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element of SVG that has nothing in it."""
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        """An element ends."""
        assert self._open.pop().tag == tag

    def handle_data(self, data: str) -> None:
        """Text, of all elements around it."""
        for element in self._open:
            element.text += data

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Elements of a tag with a class or other attributes (``_`` for ``-``)."""
        wanted = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if (not tag or element.tag == tag)
            and all(value in element.attributes.get(name, "").split() for name, value in wanted.items())
        ]


def covered(*runs: tuple[str, list[tuple[str, str | int | None]]], **about: Any) -> FlowCoverage:
    """What runs of the small Flow covered."""
    recorder = Recorder()
    program = Program(survey(), **about)
    recorder.loaded(program)
    for test, steps in runs:
        walk(recorder, program, test, *steps)
    return recorder.flows()[0]


ONE = ("test_it.py::test_one", [("Trigger", 0), ("ask", "timeout"), ("remind", "failed")])
TWO = ("test_it.py::test_two", [("Trigger", 0), ("ask", "incomingMessage"), ("route", 1), ("bye", None)])


def test_a_page_says_how_much_was_covered() -> None:
    """As the terminal does, with the file and the revision."""
    flow = covered(ONE, title="Survey", source="/suite/flows/survey.json", revision=3)
    header = Page(page.page(flow, Path("/suite"))).all("header")[0].text
    assert "Survey" in header
    assert "flows/survey.json" in header
    assert "/suite" not in header
    assert "revision 3" in header
    assert "43% covered: 3/5 widgets, 3/9 transitions" in header
    assert "1 widget cannot be reached" in header


def test_a_file_elsewhere_is_shown_with_its_whole_path() -> None:
    """It is not below the suite's root."""
    assert "/flows/survey.json" in page.page(covered(source="/flows/survey.json"), Path("/suite"))


def test_the_drawing_is_in_the_page() -> None:
    """With all widgets and their status."""
    drawn = Page(page.page(covered(ONE)))
    assert len(drawn.all("g", class_="widget")) == 6
    assert len(drawn.all("g", class_="unreachable")) >= 1


def test_a_path_is_listed_with_its_tests_and_points_into_the_drawing() -> None:
    """By the places that the drawing has."""
    drawn = Page(page.page(covered(ONE, ONE, TWO)))
    first, second = drawn.all("button", class_="way")
    assert first.text == "Trigger incomingMessage → ask timeout → remind failed → Ended"
    assert second.text == 'Trigger incomingMessage → ask incomingMessage → route match "yes" → bye → Ended'
    assert first.attributes["data-steps"] == "0.0 1.1 3.1"
    assert second.attributes["data-steps"] == "0.0 1.0 2.1 4."
    ways = {group.attributes.get("data-way") for group in drawn.all("g", class_="outlet")}
    assert {"0.0", "1.1", "3.1", "1.0", "2.1"} <= ways
    assert [each.text for each in drawn.all("details")] == [
        "2 runs, 1 testtest_it.py::test_one",
        "1 run, 1 testtest_it.py::test_two",
    ]


def test_a_path_that_waits_says_so() -> None:
    """It has not ended."""
    recorder, program = Recorder(), Program(survey())
    track = recorder.track(program, "")
    track.visit(0, 0)
    track.enter(1)
    (way,) = Page(page.page(recorder.flows()[0])).all("button", class_="way")
    assert way.text == "Trigger incomingMessage → ask (waits)"


def test_a_long_path_is_told_by_its_start_and_its_end() -> None:
    """A loop of hundreds of steps is not spelled out."""
    flow = covered(("t", [("Trigger", 0), *[("ask", "timeout"), ("remind", "sent")] * 50, ("ask", 2)]))
    (way,) = Page(page.page(flow)).all("button", class_="way")
    assert way.text.count("→") < 25
    assert "… 86 more …" in way.text
    assert way.text.endswith("ask deliveryFailure → Ended")
    assert len(way.attributes["data-steps"].split()) == 102


def test_every_missed_transition_is_listed() -> None:
    """The terminal shows some."""
    branches = [("match", None, f"branch {at}", "equal_to", f"branch {at}") for at in range(80)]
    made = definition(state("Trigger", "trigger", ("incomingCall", "s")), state("s", "split-based-on", *branches))
    recorder = Recorder()
    recorder.loaded(Program(made))
    text = Page(page.page(recorder.flows()[0])).all("main")[0].text
    assert all(f'match "branch {at}"' in text for at in range(80))


def test_a_flow_that_was_covered_as_a_whole_misses_nothing() -> None:
    """And says so."""
    recorder = Recorder()
    program = Program(definition(state("Trigger", "trigger", ("incomingCall", "bye")), state("bye", "say-play")))
    walk(recorder, program, "t", ("Trigger", 0), ("bye", None))
    assert "None: every transition that can be reached was taken" in page.page(recorder.flows()[0])


def test_each_widget_is_a_row_with_its_status_in_words() -> None:
    """Neither by colour only, nor by a drawing only."""
    rows = Page(page.page(covered(ONE))).all("tr")
    said = {row.attributes["data-name"]: row.text for row in rows if "data-name" in row.attributes}
    assert "covered" in said["ask send-and-wait-for-reply"]
    assert "missed" in said["bye set-variables"]
    assert "unreachable" in said["old send-message"]


def test_a_page_needs_nothing_from_elsewhere() -> None:
    """It is read from a disk, or from a CI server that forbids much."""
    drawn = Page(page.page(covered(ONE)))
    assert drawn.all("link") == drawn.all("img") == []
    for element in drawn.elements:
        assert "src" not in element.attributes
        href = element.attributes.get("href", "")
        assert not href or href.startswith("#") or href == "index.html"
    assert "url(" not in page.page(covered(ONE))


def test_only_the_pages_own_script_may_run() -> None:
    """Its policy names the script by its digest."""
    drawn = Page(page.page(covered(ONE)))
    (script,) = drawn.all("script")
    (policy,) = (each.attributes["content"] for each in drawn.all("meta") if "http-equiv" in each.attributes)
    digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy


def test_skip_links_and_references_lead_somewhere() -> None:
    """Every id that is named is there, once."""
    drawn = Page(page.page(covered(ONE)))
    ids = [element.attributes["id"] for element in drawn.elements if "id" in element.attributes]
    assert len(set(ids)) == len(ids)
    skips = [link.attributes["href"] for link in drawn.all("a", class_="skip")]
    assert len(skips) == 4
    named = [skip.removeprefix("#") for skip in skips]
    named += [name for each in drawn.elements for name in each.attributes.get("aria-labelledby", "").split()]
    assert set(named) <= set(ids)


def test_the_index_leads_to_each_page(tmp_path: Path) -> None:
    """With the figures of each, and of all."""
    changed = survey()
    changed["states"][1]["properties"]["body"] = "Well?"
    recorder = Recorder()
    walk(recorder, Program(survey()), "t", ("Trigger", 0))
    recorder.loaded(Program(changed, revision=2))
    written = page.write(recorder.flows(), tmp_path / "new" / "folder")
    assert [path.name for path in written] == [
        "index.html", "flow-Survey-revision-1.html", "flow-Survey-revision-2.html",
    ]  # fmt: skip
    index = Page(written[0].read_text(encoding="utf-8"))
    assert [link.attributes["href"] for link in index.all("a")] == [path.name for path in written[1:]]
    assert re.search(r"All\s*1/10\s*1/18", index.all("tfoot")[0].text)


def test_pages_are_replaced(tmp_path: Path) -> None:
    """By those of the next run."""
    for runs in ((), (ONE,)):
        written = page.write([covered(*runs)], tmp_path)
    assert "3/5 widgets" in written[1].read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "title", ["../../etc/passwd", "CON", ".hidden", "a/b\\c:d", "語", "x" * 500, "index", "\x00", "", "?" * 20]
)
def test_names_of_pages_are_safe(title: str, tmp_path: Path) -> None:
    """On any system, whatever a Flow is called."""
    written = page.write([covered(title=title)], tmp_path)
    assert re.fullmatch(r"flow-[A-Za-z0-9-]{1,60}\.html", written[1].name)
    assert written[1].parent == tmp_path


def test_names_of_pages_are_unique_where_case_does_not_count(tmp_path: Path) -> None:
    """As on many disks."""
    recorder = Recorder()
    for number, title in enumerate(("Flow A", "flow-a", "FLOW?A")):
        recorder.loaded(Program(survey(), title=title, source=f"/{number}.json"))
    names = [path.name.lower() for path in page.write(recorder.flows(), tmp_path)]
    assert len(set(names)) == 4


EVIL = "</script><script>alert(1)</script><b onclick='x'>\"&"


def test_nothing_of_a_definition_or_of_a_test_becomes_markup(tmp_path: Path) -> None:
    """Names, titles, sources and ids of tests are text."""
    made = definition(
        state("Trigger", "trigger", (EVIL, EVIL)),
        state(EVIL, EVIL, ("match", None, EVIL, EVIL, EVIL)),
        description=EVIL,
    )
    recorder = Recorder()
    program = Program(made, source=EVIL)
    walk(recorder, program, EVIL, ("Trigger", 0), (EVIL, 0))
    for path in page.write(recorder.flows(), tmp_path):
        drawn = Page(path.read_text(encoding="utf-8"))
        assert len(drawn.all("script")) == (path.name != "index.html")
        assert drawn.all("b") == []
        assert not [each for each in drawn.elements if "onclick" in each.attributes]


@settings(max_examples=examples(60), deadline=None)
@given(made=odd_definitions())
def test_any_definition_has_a_page_that_is_well_formed(made: dict[str, Any]) -> None:
    """And no more scripts than its own."""
    recorder = Recorder()
    program = Program(made)
    if program.initial is not None:
        recorder.track(program, "t").visit(program.initial.place, None)
    recorder.loaded(program)
    text = page.page(recorder.flows()[0])
    text.encode("utf-8")
    assert len(Page(text).all("script")) == 1
