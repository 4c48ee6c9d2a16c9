"""``pytest --studio-flow-cov``: what a downstream suite's tests covered of its Flows, with and without xdist."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Protocol

import pytest

pytest_plugins = ["pytester"]

#: A suite with a Flow of three widgets that can be reached and six transitions to cover; its tests cover 2 and 3.
SUITE = """
import os
import pytest
from pytest_studio import running
from pytest_studio.flows.model import Program

def state(name, kind, **transitions):
    made = [{"event": event, **({"next": to} if to else {})} for event, to in transitions.items()]
    return {"name": name, "type": kind, "transitions": made, "properties": {}}

FLOW = {
    "description": "Booking",
    "initial_state": "Trigger",
    "states": [
        state("Trigger", "trigger", incomingMessage="ask", incomingCall=None),
        state("ask", "send-and-wait-for-reply", incomingMessage="bye", timeout=None, deliveryFailure=None),
        state("bye", "send-message", sent=None, failed=None),
        state("lost", "send-message", sent=None),
    ],
}

@pytest.fixture
def run(request):
    def run(*places):
        if running.coverage is not None:
            program = Program(FLOW, source=str(request.config.rootpath / "booking.json"))
            track = running.coverage.track(program, request.node.nodeid)
            for state, transition in places:
                track.visit(state, transition)
    return run

@pytest.mark.parametrize("number", range(6))
def test_it(run, number):
    run((0, 0), (1, number % 2))
"""


class Run(Protocol):
    """Runs the suite with arguments."""

    def __call__(self, *arguments: str) -> pytest.RunResult:
        """What the run came to."""


#: For a run in which two processes share the tests.
WORKERS = ("-p", "xdist", "-n2")


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The suite: ``suite(*arguments)`` runs it; in a process of its own where it starts workers."""
    monkeypatch.setenv("COLUMNS", "120")
    pytester.makeini("[pytest]\nfilterwarnings = error\n")
    pytester.makepyfile(test_booking=SUITE)

    def run(*arguments: str) -> pytest.RunResult:
        given = ("-p", "no:cacheprovider", *arguments)
        if "-n2" in arguments:
            pytest.importorskip("xdist")
            return pytester.runpytest_subprocess(*given, timeout=100)
        return pytester.runpytest_inprocess(*given)

    return run


ROW = "Booking, booking.json      2/3          3/6      56%"


def section(result: pytest.RunResult) -> list[str]:
    """The lines of the section on coverage."""
    lines = result.outlines
    (start,) = (at for at, line in enumerate(lines) if "coverage of Studio Flows" in line)
    rest = lines[start + 1 :]
    end = next((at for at, line in enumerate(rest) if line.startswith("=") or " passed" in line), len(rest))
    return rest[:end]


def test_without_the_option_nothing_is_counted(suite: Run) -> None:
    """And nothing is said."""
    result = suite()
    result.assert_outcomes(passed=6)
    assert "coverage" not in result.stdout.str()


def test_the_section_tells_each_flow_and_names_what_was_missed(suite: Run) -> None:
    """Transitions of widgets that never ran are not told one by one."""
    result = suite("--studio-flow-cov")
    assert result.ret == 0
    assert section(result) == [
        "Flow                   widgets  transitions  covered",
        ROW,
        "  widgets missed: bye",
        "  transitions missed of the widgets that ran:",
        "    ask: deliveryFailure -> Ended",
        "  unreachable, not counted: lost",
    ]


@pytest.mark.parametrize("arguments", [WORKERS, (*WORKERS, "--dist=loadfile", "-q")])
def test_workers_of_xdist_are_merged_and_told_once(suite: Run, arguments: tuple[str, ...]) -> None:
    """The same figures as in one process."""
    result = suite("--studio-flow-cov", *arguments)
    assert result.ret == 0
    assert section(result)[1] == ROW


def test_a_worker_that_crashed_is_told(suite: Run, pytester: pytest.Pytester) -> None:
    """What it counted is lost; the others' is not."""
    pytester.makepyfile(test_crash="import os\ndef test_crash():\n    os._exit(3)\n")
    result = suite("--studio-flow-cov", *WORKERS, "test_crash.py", "test_booking.py")
    assert result.ret == 1
    assert any("crashed: what ran there is not counted" in line for line in section(result))


@pytest.mark.parametrize("arguments", [("-q",), ("-v",), ("-qq",), ("-s",), ("--tb=no", "-rA")])
def test_other_options_go_with_it(suite: Run, arguments: tuple[str, ...]) -> None:
    """Quiet or not."""
    result = suite("--studio-flow-cov", *arguments)
    assert result.ret == 0
    assert ROW in result.outlines


@pytest.mark.parametrize("arguments", [("--collect-only",), ("--collect-only", *WORKERS), ("-p", "no:terminal")])
def test_nothing_is_told_where_nothing_ran_or_nobody_reads(suite: Run, arguments: tuple[str, ...]) -> None:
    """Not even that too little was covered, of a collection."""
    result = suite("--studio-flow-cov", *arguments)
    assert result.ret == 0
    assert "coverage of Studio Flows" not in result.stdout.str() + result.stderr.str()


def test_no_tests_are_no_error_of_ours(suite: Run) -> None:
    """Pytest's own exit code stays."""
    result = suite("--studio-flow-cov", "-k", "nothing", "--studio-flow-cov-fail-under=50")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert "no Flow was loaded" in result.stdout.str()


def test_a_run_without_flows_says_so_in_a_line(suite: Run, pytester: pytest.Pytester) -> None:
    """Its tests may all be right."""
    pytester.makepyfile(test_other="def test_other(): pass")
    result = suite("test_other.py", "--studio-flow-cov")
    assert result.ret == 0
    assert section(result) == ["no Flow was loaded"]


def test_a_loaded_flow_that_nobody_runs_counts(suite: Run, pytester: pytest.Pytester) -> None:
    """Loading it is a promise."""
    pytester.makepyfile(
        test_other="from test_booking import *\nfrom test_booking import FLOW, Program, running\n"
        "def test_other():\n    running.coverage.loaded(Program(FLOW))\n"
    )
    result = suite("test_other.py", "--studio-flow-cov", "-k", "test_other")
    assert any(re.search(r"0/3 +0/6 +0%", line) for line in section(result))


def test_many_missed_transitions_are_cut_unless_all_are_wanted(suite: Run, pytester: pytest.Pytester) -> None:
    """The page has all, and so has -v."""
    events = ", ".join(f"e{number}=None" for number in range(40))
    text = SUITE.replace("timeout=None, deliveryFailure=None", events)
    pytester.makepyfile(test_booking=text)
    few, every = section(suite("--studio-flow-cov")), section(suite("--studio-flow-cov", "-v"))
    assert "    and 29 more (-v shows all)" in few
    assert sum(line.startswith("    ask: e") for line in few) == 10
    assert sum(line.startswith("    ask: e") for line in every) == 39


# -- too little was covered ------------------------------------------------------------------------------------


def test_too_little_fails_the_run_and_says_by_how_much(suite: Run) -> None:
    """The tests have passed all the same."""
    result = suite("--studio-flow-cov-fail-under=80")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=6)
    assert section(result)[-1] == (
        "FAIL 80% of the Flows is to be covered, and 55.55% is: 3 more of 9 widgets and transitions would do"
    )


@pytest.mark.parametrize("least", ["0", "55.5", "55"])
def test_enough_is_enough(suite: Run, least: str) -> None:
    """It implies the report."""
    result = suite("--studio-flow-cov-fail-under", least)
    assert result.ret == 0
    assert ROW in section(result)


def test_nothing_loaded_is_too_little(suite: Run, pytester: pytest.Pytester) -> None:
    """Otherwise a suite that lost its Flows would pass."""
    pytester.makepyfile(test_other="def test_other(): pass")
    result = suite("--studio-flow-cov-fail-under=1", "test_other.py")
    assert result.ret == 1
    assert section(result)[-1] == "FAIL 1% of the Flows is to be covered, and no Flow was loaded"


@pytest.mark.parametrize("arguments", [WORKERS, ("-p", "no:terminal"), ("-q", "--no-summary")])
def test_too_little_fails_the_run_however_it_is_run(suite: Run, arguments: tuple[str, ...]) -> None:
    """And it is said where nothing else is."""
    result = suite("--studio-flow-cov-fail-under=80", *arguments)
    assert result.ret == 1
    assert "FAIL 80% of the Flows is to be covered" in result.stdout.str() + result.stderr.str()


def test_a_failed_run_stays_one(suite: Run, pytester: pytest.Pytester) -> None:
    """Its exit code says what pytest says."""
    pytester.makepyfile(test_bad="def test_bad(): assert False")
    result = suite("--studio-flow-cov-fail-under=0")
    assert result.ret == 1
    result.assert_outcomes(passed=6, failed=1)


def test_a_collection_is_not_judged(suite: Run) -> None:
    """Nothing ran."""
    assert suite("--studio-flow-cov-fail-under=80", "--collect-only").ret == 0


@pytest.mark.parametrize("value", ["-1", "101", "much", "nan", ""])
def test_a_percentage_that_is_none_is_refused(suite: Run, value: str) -> None:
    """Before any test runs."""
    result = suite(f"--studio-flow-cov-fail-under={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"--studio-flow-cov-fail-under is a percentage from 0 to 100, not {value!r}" in result.stderr.str()


# -- pages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), WORKERS, ("-p", "no:terminal")])
def test_pages_are_written(suite: Run, pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """From where pytest was started."""
    result = suite("--studio-flow-cov=html:build/flows", *arguments)
    assert result.ret == 0
    folder = pytester.path / "build" / "flows"
    assert sorted(path.name for path in folder.iterdir()) == ["flow-Booking.html", "index.html"]
    assert "2/3 widgets, 3/6 transitions" in (folder / "flow-Booking.html").read_text(encoding="utf-8")
    if "no:terminal" not in arguments:
        assert section(result)[-1] == f"drawn in {folder / 'index.html'}"


def test_report_and_several_folders_go_together(suite: Run, pytester: pytest.Pytester) -> None:
    """Each is asked for by itself."""
    assert suite("--studio-flow-cov=html:a", "--studio-flow-cov=term", "--studio-flow-cov=html:b").ret == 0
    assert all((pytester.path / name / "index.html").is_file() for name in "ab")


def test_a_folder_that_cannot_be_made_is_refused(suite: Run, pytester: pytest.Pytester) -> None:
    """Before any test runs."""
    (pytester.path / "file").write_text("")
    result = suite("--studio-flow-cov=html:file/pages")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "no folder for pages" in result.stderr.str()


def test_a_page_that_cannot_be_written_fails_the_run(suite: Run, pytester: pytest.Pytester) -> None:
    """Somebody waits for it."""
    (pytester.path / "pages" / "index.html").mkdir(parents=True)
    result = suite("--studio-flow-cov=html:pages")
    assert result.ret == 1
    assert any(line.startswith("FAIL no pages in ") for line in section(result))


@pytest.mark.parametrize("value", ["tests", "html", "html:", "xml:out"])
def test_a_value_that_means_nothing_is_refused(suite: Run, value: str) -> None:
    """With those that there are."""
    result = suite(f"--studio-flow-cov={value}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = result.stderr.str()
    assert f"--studio-flow-cov takes html:DIR or term, not {value!r}" in said
    assert ("Pages want a folder: html:flowcov" in said) is value.startswith("html")


@pytest.mark.parametrize(
    "arguments",
    [
        ("test_booking.py", "--studio-flow-cov"),
        ("--studio-flow-cov", "test_booking.py"),
        ("--studio-flow-cov", *WORKERS, "test_booking.py"),
        ("--studio-flow-cov", "html:pages", "--studio-flow-cov", "test_booking.py"),
    ],
)
def test_a_path_beside_the_option_is_run(suite: Run, pytester: pytest.Pytester, arguments: tuple[str, ...]) -> None:
    """And nothing else; it is not taken for the option's value."""
    pytester.makepyfile(test_other="def test_it(): raise AssertionError")
    result = suite(*arguments)
    result.assert_outcomes(passed=6)
    assert section(result)
    assert (pytester.path / "pages").exists() is ("html:pages" in arguments)


def test_a_conftest_of_a_path_after_the_option_may_add_options(suite: Run, pytester: pytest.Pytester) -> None:
    """It is read in time."""
    folder = pytester.mkdir("inside")
    (folder / "conftest.py").write_text("def pytest_addoption(parser): parser.addoption('--mine')")
    (folder / "test_it.py").write_text("def test_it(request): assert request.config.getoption('--mine') == 'yes'")
    suite("--studio-flow-cov", "inside", "--mine=yes").assert_outcomes(passed=1)


def test_one_file_is_one_flow_however_it_is_named(suite: Run, pytester: pytest.Pytester) -> None:
    """By its path from here, or from the root."""
    pytest.importorskip("liquid")
    trigger = {"name": "Trigger", "type": "trigger", "transitions": [], "properties": {}}
    (pytester.path / "one.json").write_text(json.dumps({"states": [trigger], "initial_state": "Trigger"}))
    pytester.makepyfile(
        test_booking="""
        import pathlib, pytest
        pytestmark = pytest.mark.filterwarnings("ignore::pytest_studio.StudioFlowWarning")

        def test_here(studio):
            studio.load_flow("one.json").message("hi")

        def test_there(studio):
            studio.load_flow(pathlib.Path("one.json").absolute()).message("hi")
        """
    )
    result = suite("--studio-flow-cov")
    result.assert_outcomes(passed=2)
    assert result.stdout.str().count("one.json") == 1


def test_letters_that_move_a_terminal_are_shown_as_text(suite: Run, pytester: pytest.Pytester) -> None:
    """A Flow's name must not clear the screen."""
    pytester.makepyfile(test_booking=SUITE.replace('"Booking"', r'"Boo\x1b[2Jking\nx"'))
    result = suite("--studio-flow-cov")
    assert any(line.startswith(r"Boo\x1b[2Jking\nx, booking.json") for line in section(result))


def test_a_run_within_a_run_counts_for_itself(suite: Run, pytester: pytest.Pytester) -> None:
    """As plugins are tested."""
    pytester.makepyfile(
        test_nested="pytest_plugins = ['pytester']\n"
        "def test_nested(pytester):\n"
        "    from pytest_studio import running\n"
        "    before = running.coverage\n"
        "    pytester.makepyfile('def test_it(): pass')\n"
        "    result = pytester.inline_run('-p', 'studio', '--studio-flow-cov')\n"
        "    assert running.coverage is before is not None\n"
    )
    result = suite("--studio-flow-cov")
    result.assert_outcomes(passed=7)
    assert Path(pytester.path).is_dir()
    assert ROW in result.outlines


# -- with Flows that run ---------------------------------------------------------------------------------------

CHATS = """
import json
import pytest

SUBFLOW = "FW" + "1" * 32

def state(name, kind, properties, **transitions):
    made = [{"event": event, **({"next": to} if to else {})} for event, to in transitions.items()]
    return {"name": name, "type": kind, "transitions": made, "properties": properties}

def flow(*states):
    flags = {"allow_concurrent_calls": True}
    return {"description": "", "initial_state": "Trigger", "states": list(states), "flags": flags}

PARENT = flow(
    state("Trigger", "trigger", {}, incomingMessage="ask"),
    state("ask", "send-and-wait-for-reply", {"from": "+15550100009", "body": "Name?", "timeout": "60"},
          incomingMessage="look_up", timeout="ask", deliveryFailure=None),
    state("look_up", "run-subflow", {"flow_sid": SUBFLOW, "flow_revision": "LatestPublished", "parameters": []},
          completed=None, failed=None),
)
CHILD = flow(
    state("Trigger", "trigger", {}, incomingParent="note"),
    state("note", "set-variables", {"variables": [{"key": "a", "value": "1"}]}, next=None),
)

@pytest.fixture
def parent(studio, request):
    studio.load_flow(CHILD, sid=SUBFLOW, friendly_name="child")
    return studio.load_flow(json.dumps(PARENT), friendly_name="parent")

@pytest.mark.filterwarnings("ignore::pytest_studio.errors.StudioFlowWarning")
class TestChats:
    def test_it_waits(self, parent):
        assert parent.message("hi").waiting_at == "ask"

    @pytest.mark.parametrize("patience", [0, 1])
    def test_it_ends(self, parent, patience):
        chat = parent.message("hi")
        for _ in range(patience):
            chat.expire()
        chat.reply("Ada")
        assert chat.ended
"""


@pytest.mark.parametrize("arguments", [(), WORKERS])
def test_flows_that_run_are_covered_with_their_subflows(
    suite: Run, pytester: pytest.Pytester, arguments: tuple[str, ...]
) -> None:
    """As chats go through them: each loaded Flow once, however many tests load it."""
    pytest.importorskip("liquid")
    pytester.makepyfile(test_chats=CHATS)
    result = suite("test_chats.py", "--studio-flow-cov=html:pages", *arguments)
    result.assert_outcomes(passed=3)
    lines = section(result)
    assert lines[:2] == ["Flow    widgets  transitions  covered", "child       2/2          2/2     100%"]
    assert lines[2:6] == [
        "parent      3/3          4/6      78%",
        "  transitions missed:",
        "    ask: deliveryFailure -> Ended",
        "    look_up: failed -> Ended",
    ]
    text = (pytester.path / "pages" / "flow-parent.html").read_text(encoding="utf-8")
    assert set(re.findall(r'data-steps="([^"]+)"', text)) == {"0.0 1.", "0.0 1.0 2.0", "0.0 1.1 1.0 2.0"}
    assert "test_chats.py::TestChats::test_it_ends[1]" in text
