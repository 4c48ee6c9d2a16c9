"""A page in headless Chromium: no complaints, by keyboard, on a phone. Skipped where there is no Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from headless_chromium import Chromium, executable

pytest.importorskip("hypothesis")  # of what the surveys import
from surveys import Json, definition, state, survey, walk

from pytest_studio.flows.coverage.recorder import Recorder
from pytest_studio.flows.drawing import page
from pytest_studio.flows.model import Program

pytestmark = pytest.mark.skipif(executable() is None, reason="there is no Chromium")


def large() -> Json:
    """A Flow as large as real ones get: 55 widgets with long names."""
    states = [
        state(
            f"a_widget_with_a_long_name_{at}",
            "send-and-wait-for-reply",
            ("incomingMessage", f"a_widget_with_a_long_name_{at + 1}" if at < 53 else None),
            ("timeout", f"a_widget_with_a_long_name_{at // 2}"),
            offset=(at % 9 * 350, at // 9 * 250 + 200),
        )
        for at in range(54)
    ]
    trigger = state("Trigger", "trigger", ("incomingMessage", "a_widget_with_a_long_name_0"), offset=(0, 0))
    return definition(trigger, *states, description="Large")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of the small Flow and of a large one, and the index."""
    recorder = Recorder()
    small, big = Program(survey()), Program(large())
    walk(recorder, small, "test_it.py::test_one", ("Trigger", 0), ("ask", "timeout"), ("remind", "failed"))
    for _ in range(2):
        walk(recorder, small, "test_it.py::test_two", ("Trigger", 0), ("ask", 0), ("route", 1), ("bye", None))
    steps = [(name, 0) for name in list(big.states)[:40]]
    walk(recorder, big, "tests/a_folder/test_it.py::test_with_a_name_that_is_very_long" * 3, *steps)
    index, large_page, small_page = page.write(recorder.flows(), tmp_path_factory.mktemp("pages"))
    return {"index": index, "large": large_page, "small": small_page}


@pytest.fixture(scope="module")
def running() -> Iterator[Chromium]:
    """One browser for all of these tests."""
    path = executable()
    assert path is not None
    try:
        browser = Chromium(path)
    except (OSError, TimeoutError) as error:
        pytest.skip(f"Chromium does not start: {error}")
    with browser:
        yield browser


@pytest.fixture
def browser(running: Chromium) -> Iterator[Chromium]:
    """The browser, with a desktop's window, and nothing complained of yet."""
    running.complaints.clear()
    running.resize(1400, 900)
    yield running
    assert running.complaints == []


def focus(browser: Chromium, selector: str) -> None:
    """Give an element the focus."""
    browser.evaluate(f"document.querySelector({selector!r}).focus()")


def picked(browser: Chromium) -> list[str]:
    """Places of the widgets and transitions that are highlighted."""
    script = "[...document.querySelectorAll('.picked')].map(e => e.dataset.state || e.dataset.way)"
    return sorted(set(browser.evaluate(script)))


def view(browser: Chromium) -> list[float]:
    """What of the drawing is seen."""
    seen: str = browser.evaluate("document.querySelector('.canvas svg').getAttribute('viewBox')")
    return [float(number) for number in seen.split()]


@pytest.mark.parametrize("name", ["index", "large", "small"])
@pytest.mark.parametrize(("width", "height"), [(1400, 900), (360, 740)])
def test_nothing_overflows_and_nothing_is_complained_of(
    browser: Chromium, pages: dict[str, Path], name: str, width: int, height: int
) -> None:
    """On a desktop, and on a phone."""
    browser.resize(width, height, mobile=width < 600)
    browser.open(pages[name])
    assert browser.evaluate("innerWidth") == width
    assert browser.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_a_path_is_chosen_by_keyboard_and_stands_out(browser: Chromium, pages: dict[str, Path]) -> None:
    """The widgets and transitions that it went through, and no others."""
    browser.open(pages["small"])
    focus(browser, ".way")
    browser.press("ArrowDown", "Enter")
    assert picked(browser) == ["0", "0.0", "1", "1.1", "3", "3.1"]
    assert browser.evaluate("document.querySelectorAll('.way')[1].getAttribute('aria-pressed')") == "true"
    assert browser.evaluate("document.querySelector('.said').textContent") == "Shown: path 2, 1 run, 1 test"


@pytest.mark.parametrize("key", ["Enter", "Escape"])
def test_a_path_is_let_go_by_keyboard(browser: Chromium, pages: dict[str, Path], key: str) -> None:
    """By choosing it again, or by Escape."""
    browser.open(pages["small"])
    focus(browser, ".way")
    browser.press("Enter")
    assert picked(browser) != []
    browser.press(key)
    assert picked(browser) == []


def test_what_is_not_on_the_path_steps_back(browser: Chromium, pages: dict[str, Path]) -> None:
    """It can be seen, as the style says."""
    browser.open(pages["small"])
    focus(browser, ".way")
    browser.press("Enter")
    opacity = "getComputedStyle(document.querySelector('.widget[data-state=\"{}\"]')).opacity"
    assert browser.evaluate(opacity.format(1)) == "1"
    assert float(browser.evaluate(opacity.format(3))) < 0.5


def test_a_list_is_one_stop_of_tab(browser: Chromium, pages: dict[str, Path]) -> None:
    """Within it, arrow keys go on: nobody tabs through 55 widgets."""
    browser.open(pages["large"])
    focus(browser, "#widgets ~ table button")
    browser.press("ArrowDown", "ArrowDown")
    assert browser.evaluate("document.activeElement.dataset.go") == "2"
    browser.press("Tab")
    assert browser.evaluate("document.activeElement === document.body || !document.activeElement.dataset.go")


def test_enter_on_a_widget_shows_it_in_the_middle(browser: Chromium, pages: dict[str, Path]) -> None:
    """And says so to those who do not see it."""
    browser.open(pages["large"])
    focus(browser, "#widgets ~ table button[data-go='50']")
    browser.press("Enter")
    box = browser.evaluate(
        "(b => [b.x + b.width / 2, b.y + b.height / 2])(document.querySelector('.here .box').getBBox())"
    )
    left, top, width, height = view(browser)
    assert [left + width / 2, top + height / 2] == pytest.approx(box, abs=0.01)
    assert "a_widget_with_a_long_name_49" in browser.evaluate("document.querySelector('.said').textContent")


def test_search_finds_by_name_and_enter_shows_the_first(browser: Chromium, pages: dict[str, Path]) -> None:
    """The list shows those that were found."""
    browser.open(pages["large"])
    focus(browser, "[type=search]")
    browser.press(*"name_42")
    rows: Any = browser.evaluate("[...document.querySelectorAll('[data-row]:not([hidden])')].map(r => r.dataset.row)")
    assert rows == ["43"]
    browser.press("Enter")
    assert browser.evaluate("document.querySelector('.here').dataset.state") == "43"
    browser.press("Escape")
    assert browser.evaluate("document.querySelectorAll('[data-row]:not([hidden])').length") == 55


def test_keys_zoom_and_move_the_drawing(browser: Chromium, pages: dict[str, Path]) -> None:
    """As its label says."""
    browser.open(pages["large"])
    focus(browser, "#canvas")
    start = view(browser)
    browser.press("+")
    nearer = view(browser)
    assert nearer[2] < start[2]
    browser.press("ArrowRight")
    assert view(browser)[0] > nearer[0]
    browser.press("0")
    everything = view(browser)
    assert everything[2] > start[2]
    whole = browser.evaluate("(b => [b.x, b.y, b.width, b.height])(document.querySelector('.canvas svg').getBBox())")
    assert everything[0] <= whole[0]
    assert everything[0] + everything[2] >= whole[0] + whole[2]


def test_a_large_flow_starts_where_names_can_be_read(browser: Chromium, pages: dict[str, Path]) -> None:
    """At the trigger, with letters of at least nine pixels."""
    for width, height in ((1400, 900), (360, 740)):
        browser.resize(width, height, mobile=width < 600)
        browser.open(pages["large"])
        trigger = browser.evaluate(
            "(r => [r.height, r.left, r.right])(document.querySelector('.first .name').getBoundingClientRect())"
        )
        assert trigger[0] > 9
        assert 0 < trigger[1] < trigger[2] < width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_texts_stand_out_from_what_is_behind_them(browser: Chromium, pages: dict[str, Path], scheme: str) -> None:
    """By 4.5 to 1 at least, as WCAG 2 asks of small texts, in light and in dark."""
    browser.prefer(scheme)
    browser.open(pages["small"])
    contrast = """
      (() => {
        const light = (colour) => {
          const parts = colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
            .map(c => c / 255).map(c => c <= .03928 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4);
          return .2126 * parts[0] + .7152 * parts[1] + .0722 * parts[2];
        };
        const ratio = (one, other) => {
          const [y, x] = [one, other].map(of => light(getComputedStyle(of).fill)).sort((a, b) => a - b);
          return (x + .05) / (y + .05);
        };
        const texts = (within, shape) => [...within.querySelectorAll(':scope > text')].map(
          text => ratio(text, within.querySelector(shape)));
        return [...document.querySelectorAll('.widget')].flatMap(widget => [
          ...texts(widget, '.box'),
          ...[...widget.querySelectorAll('.outlet')].flatMap(outlet => texts(outlet, '.pill')),
        ]);
      })()
    """
    ratios = browser.evaluate(contrast)
    browser.prefer("light")
    assert len(ratios) > 20
    assert min(ratios) >= 4.5
