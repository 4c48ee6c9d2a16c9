"""``pytest-studio run``: a talk with a Flow, from scripts and in a terminal."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("liquid")

from helpers import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_studio import FakeStudio
from pytest_studio.cli import main
from pytest_studio.cli.screen import Screen, changes
from pytest_studio.cli.session import COMMANDS, Opening, Session
from pytest_studio.cli.studio import loaded
from pytest_studio.errors import StudioFlowWarning

LONG = 30
COMMAND = [sys.executable, "-m", "pytest_studio", "run"]
ASKED = "  -- ask waits for a reply: a line of text is the reply, /expire lets its time run out"
SUBFLOW = "FW" + "5" * 32


def widget(name: str, type: str, properties: dict[str, Any], **wired: str | None) -> dict[str, Any]:
    """A state of a definition."""
    transitions = [{"event": event, **({"next": to} if to else {})} for event, to in wired.items()]
    return {"name": name, "type": type, "properties": properties, "transitions": transitions}


def say(name: str, body: str) -> dict[str, Any]:
    """A message that ends a branch."""
    given = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": body}
    return widget(name, "send-message", given, sent=None, failed=None)


def ask(to: str) -> dict[str, Any]:
    """A question."""
    given = {"from": "{{flow.channel.address}}", "body": "What is your name?", "timeout": "3600"}
    return widget("ask", "send-and-wait-for-reply", given, incomingMessage=to, timeout="bye", deliveryFailure="bye")


LOOKUP = widget(
    "lookup",
    "make-http-request",
    {"method": "GET", "url": "https://crm.example.com/find", "content_type": "application/json;charset=utf-8"},
    success="greet",
    failed="bye",
)
MENU = widget(
    "menu",
    "gather-input-on-call",
    {"say": "Press a key.", "timeout": 5, "number_of_digits": 1, "stop_gather": True},
    keypress="dial",
    speech="desk",
    timeout=None,
)
DIAL = widget(
    "dial",
    "make-outgoing-call-v2",
    {"from": "+1", "to": "+2"},
    answered=None,
    busy="desk",
    noAnswer="desk",
    failed="desk",
)
DESK = widget(
    "desk",
    "send-to-flex",
    {"workflow": "WW1", "channel": "TC1", "attributes": "{}"},
    callComplete=None,
    failedToEnqueue=None,
    callFailure=None,
)
SUB = widget(
    "sub",
    "run-subflow",
    {"flow_sid": SUBFLOW, "flow_revision": "LatestPublished", "parameters": []},
    completed=None,
    failed=None,
)
STATES = [
    ask("lookup"),
    LOOKUP,
    say("greet", "Hello {{widgets.lookup.parsed.name}}"),
    say("bye", "Bye {{flow.data.who}}"),
    MENU,
    DIAL,
    DESK,
    SUB,
]


def written(folder: Path, name: str = "flow.json", **triggers: str | None) -> Path:
    """The file of a Flow: triggers lead to widgets."""
    wired = triggers or {
        "incomingMessage": "ask",
        "incomingCall": "menu",
        "incomingRequest": "ask",
        "incomingParent": "bye",
    }
    start = widget("Trigger", "trigger", {}, **wired)
    definition = {
        "description": "",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": [start, *STATES],
    }
    path = folder / name
    path.write_text(json.dumps(definition), encoding="utf-8")
    return path


def played(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], flow: Path, script: str, *options: str
) -> tuple[int, list[str], str]:
    """Exit code, lines of stdout, and stderr of a script that is played in this process."""
    monkeypatch.setattr("sys.stdin", io.StringIO(script))
    code = main(["run", str(flow), "--seed", "1", *options])
    said = capsys.readouterr()
    return code, said.out.splitlines(), said.err


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Any:
    """Plays a script with the Flow; as ``played``."""
    return lambda script, *options: played(monkeypatch, capsys, written(tmp_path), script, *options)


def test_a_script_is_played_line_by_line(tmp_path: Path) -> None:
    """In a process of its own: what was typed, what the Flow did, where it stands, what changed in the context."""
    done = subprocess.run(
        [*COMMAND, str(written(tmp_path)), "--seed", "1", "--from", "+15550100001", "--to", "+15550100002"],
        input='hi\nAda\n/respond 200 {"name": "Ada"}\n',
        capture_output=True, text=True, timeout=LONG, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    sids = re.compile(r'"F[NW][0-9a-f]{32}"')
    assert [sids.sub("…", line) for line in done.stdout.splitlines()] == [
        "flow: message, +15550100001 and +15550100002",
        "> hi",
        "  Trigger: incomingMessage -> ask",
        "< What is your name?    [ask]",
        ASKED,
        '    + trigger.message.Body = "hi"',
        "    + trigger.message.*: 10 more",
        '    + contact.channel.address = "+15550100001"',
        "    + flow.flow_sid = …",
        "    + flow.sid = …",
        '    + flow.channel.address = "+15550100002"',
        "> Ada",
        "  ask: incomingMessage -> lookup",
        "  ? 'lookup' (make-http-request) asks GET https://crm.example.com/find, and nothing answers for it",
        "  -- lookup waits for an answer: /respond STATUS [JSON or text], or /outcome EVENT [JSON]; "
        "its events: success, failed",
        '    + widgets.ask.outbound.Body = "What is your name?"',
        "    + widgets.ask.outbound.*: 18 more",
        '    + widgets.ask.inbound.Body = "Ada"',
        "    + widgets.ask.inbound.*: 10 more",
        "  lookup: success -> greet",
        "< Hello Ada    [greet]",
        "  greet: sent -> Ended",
        "  -- ended",
        r'    + widgets.lookup.body = "{\"name\": \"Ada\"}"',
        '    + widgets.lookup.content_type = "application/json"',
        "    + widgets.lookup.status_code = 200",
        '    + widgets.lookup.parsed.name = "Ada"',
        '    + widgets.greet.outbound.Body = "Hello Ada"',
        "    + widgets.greet.outbound.*: 18 more",
    ]
    assert re.fullmatch(r"(.*flow\.json): ([2-9]|\d\d) warnings; pytest-studio lint \1 tells them\n", done.stderr)


def test_one_warning_is_told_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the file first, and the command that shows it."""
    path = tmp_path / "flow.json"
    trigger = widget("Trigger", "trigger", {}, incomingMessage="hi")
    states = [trigger, say("hi", "Hi {{flow.variables.name}}")]
    flow = {"description": "", "states": states, "initial_state": "Trigger", "flags": {"allow_concurrent_calls": True}}
    path.write_text(json.dumps(flow), encoding="utf-8")
    loaded(FakeStudio(env=False), str(path))
    assert capsys.readouterr().err == f"{path}: 1 warning; pytest-studio lint {path} tells it\n"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("hi\n/expire", "< Bye     [bye]"),
        ("hi\n/advance 30m\n/advance 31m", "> (waits until the time is up)"),
        ("hi\n/media https://example.com/cat.png look", "> look [https://example.com/cat.png]"),
        ("/reply\n", "  Trigger: incomingMessage -> ask"),
        ("//help", "> /help"),
        ("hi\nAda\n/respond 503", "  lookup: failed -> bye"),
        ("hi\nAda\n/respond just text", '    + widgets.lookup.body = "just text"'),
        ("hi\nAda\n/outcome success", "  lookup: success -> greet"),
        ("hi\n/outcome deliveryFailure", "  ask: deliveryFailure -> bye"),
        ("hi\n/context trigger.message.Body", '"hi"'),
        ("hi\n/path", "Trigger"),
        ("/path", "no widget has finished"),
        ("hi\n/expire\n/warnings", "bye, body: nothing had set flow.data.who"),
        ("/warnings", "no warnings"),
        ("/assumed", "nothing was assumed"),
        ("/help", "/quit                             leave"),
        ("/restart call\n7", "> (presses 7)"),
        ("/restart call\nYes.", "> Yes."),
        ("/restart call\n/say 5", "> 5"),
        ("/restart call\n/press 5", "> (presses 5)"),
        ("/restart call\n/silence", "  menu: timeout -> Ended"),
        ("/restart call\n/hangup", "  ! 81002 at menu: the caller has hung up, and the widget wires no hangup"),
        ("hi\n/expire\nhi again", "> hi again"),
        ("hi\n/reply /path", "> /path"),
        ('hi\nAda\n/respond 200 {"rows": [7, 8]}\n/context widgets.lookup.parsed.rows.1', "8"),
    ],
)
def test_a_line_does_what_it_says(play: Any, script: str, words: str) -> None:
    """Text is what fits; commands do the rest."""
    code, lines, _ = play(script)
    assert words in lines
    assert code == 0


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("/answer", "  dial: answered -> Ended"),
        ("/answer machine_start", "> (answers (machine_start))"),
        ("/busy\n/outcome callFailure", "  desk: callFailure -> Ended"),
        ('/noanswer\n/outcome callComplete {"QueueTime": "5"}\n/context widgets.desk.QueueTime', '"5"'),
    ],
)
def test_a_call_that_the_flow_places_is_answered_or_not(play: Any, script: str, words: str) -> None:
    """And what hands over to people ends as one says, where nothing is assumed."""
    code, lines, _ = play(f"7\n{script}", "--trigger", "call", "--no-assume-success")
    assert words in lines
    assert code == 0


def test_what_hands_over_to_people_goes_well_unless_told(play: Any) -> None:
    """People explore the Flow, not their switchboard."""
    code, lines, _ = play("Yes.", "--trigger", "call")
    assert code == 0
    assert "  desk: callComplete -> Ended" in lines


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("/expire", "! /expire: nothing runs yet; the first line that you type is the message that begins it"),
        ("hi\n/press 5", f"! /press: ask (send-and-wait-for-reply) does not take it: {ASKED.partition(': ')[2]}"),
        ("hi\n/hangup", "! /hangup: there is no call"),
        ("/restart call\n/hangup\n/hangup", "! /hangup: they have hung up before"),
        ("/restart call\n/press x", "! press takes keys of a telephone"),
        ("/restart call\n12", "! press('12'): 'menu' would never get '2'"),
        ("hi\nAda\ntext", "! text: lookup (make-http-request) does not take it: /respond STATUS"),
        ("/restart request\n/expire\ntext", "! text: the chat has ended; /restart begins anew, /quit leaves"),
        ("/expired", "! there is no command /expired (did you mean '/expire'?)"),
        ("hi\n/outcome", "! /outcome takes an event of ask: incomingMessage, timeout, deliveryFailure"),
        ("hi\n/outcome timeot", "! outcome('ask', 'timeot'): send-and-wait-for-reply has no such event (did you mean"),
        ("hi\n/outcome timeout {", "! /outcome: '{' is no JSON"),
        ("hi\n/outcome timeout []", "! /outcome takes a JSON object of what the widget leaves"),
        ("hi\nAda\n/respond 999", "! status is a number from 200 to 599"),
        ("hi\n/context widget.ask", "! /context: there is no 'widget' in 'widget.ask' (did you mean 'widgets'?)"),
        ("/context", "! /context: nothing runs yet"),
        ("/advance", "! /advance takes a time, such as 30m, 2h or 1d 12h, not ''"),
        ("/advance 99999999d", "! "),
        ("/restart sms", "! there is no trigger 'sms'; they are call, conversation, message, parent, request"),
        ("/media", "! /media takes the url"),
        ("/restart call\n7\n/answer nobody", "! /answer: nobody picks up no call; it is one of human"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_done_says_why(play: Any, script: str, words: str) -> None:
    """The script goes on, and its exit code is 1."""
    code, lines, _ = play(f"{script}\n/path")
    assert [line for line in lines if line.startswith(words)]
    assert not lines[-1].startswith("!")
    assert code == 1


def test_after_quit_nothing_more_is_played(play: Any) -> None:
    """And nothing is wrong with that."""
    code, lines, _ = play("hi\n/quit\n/nonsense")
    assert (code, lines[4]) == (0, ASKED)
    assert not [line for line in lines if line.startswith("!")]


def test_a_request_brings_parameters_and_swaps_from_and_to(play: Any) -> None:
    """As the REST API has it: To is the person; a parameter alone asks for that trigger."""
    code, lines, _ = play("/expire", "--param", "who=Ada=B", "--to", "+15550100001", "--from", "+15550100002")
    assert code == 0
    assert lines[0] == "flow: request, +15550100001 and +15550100002"
    assert "< Bye Ada=B    [bye]" in lines
    assert '    + contact.channel.address = "+15550100001"' in lines


def test_a_flow_is_run_as_another_flows_subflow(play: Any) -> None:
    """On its own, with the parameters that it would get."""
    code, lines, _ = play("", "--trigger", "parent", "--param", "a=b")
    assert code == 0
    assert '    + trigger.parent.parameters.a = "b"' in lines


def test_subflows_are_files_by_their_sids(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """What they change is told apart; without the file somebody has to say how it ends."""
    main_flow = written(tmp_path, incomingMessage="sub")
    subflow = written(tmp_path, "below.json", incomingParent="ask")
    code, lines, _ = played(monkeypatch, capsys, main_flow, "hi\n", "--subflow", f"{SUBFLOW}={subflow}")
    assert (code, ASKED in lines) == (0, True)
    assert [line for line in lines if line.startswith("    + subflow trigger.parent.")]
    code, lines, _ = played(monkeypatch, capsys, main_flow, "hi\n/outcome completed\n", "--no-assume-success")
    assert "  sub: completed -> Ended" in lines
    assert f"  ? 'sub' runs the subflow {SUBFLOW} (revision LatestPublished), which this studio does not have" in lines


def test_the_transcript_has_all_chats(play: Any, tmp_path: Path) -> None:
    """One after the other."""
    path = tmp_path / "talk.txt"
    play("hi\n/restart call\n", "--transcript", str(path))
    talks = path.read_text(encoding="utf-8").split("\n\n")
    assert [talk.splitlines()[0] for talk in talks] == ["> hi", "> (calls)"]


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        (None, [], "flow.json"),
        ("{", [], "it is no JSON"),
        ("[1, 2]", [], "a Flow Definition is an object, not a list of 2"),
        ('{"initial_state": "Trigger"}', [], "is no Flow that Studio would take"),
        ("", ["--param", "x"], "--param x: it is KEY=VALUE"),
        ("", ["--param", "a=b", "--trigger", "call"], "--param is for the triggers request and parent, not for call"),
        ("", ["--subflow", "FW1"], "--subflow FW1: it is FW…=FILE"),
        ("", ["--subflow", "FW1=nothing.json"], "nothing.json"),
        ("", ["--now", "yesterday"], "run: --now 'yesterday' is no date"),
        ("", ["--transcript", "/nowhere/at/all"], "/nowhere/at/all"),
    ],
)
def test_what_cannot_run_ends_with_2_and_in_words(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    text: str | None,
    options: list[str],
    words: str,
) -> None:
    """A file that is no Flow, an argument that is none."""
    path = tmp_path / "flow.json"
    if text == "":
        written(tmp_path)
    elif text is not None:
        path.write_text(text, encoding="utf-8")
    code, _, errors = played(monkeypatch, capsys, path, "", *options)
    assert code == 2
    assert "pytest-studio run: " in errors
    assert words in errors


def test_bytes_that_are_no_text_and_a_reader_that_leaves_do_no_harm(tmp_path: Path) -> None:
    """Scripts come from anywhere, and go to ``head``."""
    given = b"hi \xff\x00\x1b[31m\n" + b"/context\n" * 200
    done = subprocess.run(
        [*COMMAND, str(written(tmp_path))], input=given, capture_output=True, timeout=LONG, check=False,
        env={**os.environ, "PYTHONIOENCODING": "ascii:strict"},
    )  # fmt: skip
    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)
    assert rb"> hi \ufffd\x00\x1b[31m" in done.stdout
    assert b"\x1b" not in done.stdout
    process = subprocess.Popen(
        [*COMMAND, str(written(tmp_path))], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    with process.stdout, process.stderr:
        process.stdout.readline()
        process.stdout.close()
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(given * 20)
            process.stdin.close()
        assert process.wait(LONG) == 0
        assert b"BrokenPipe" not in process.stderr.read()


class Terminal:
    """A command at a pseudo-terminal."""

    def __init__(self, columns: int, *arguments: str, **environ: str) -> None:
        import fcntl
        import pty
        import struct
        import termios

        def own_terminal() -> None:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)
            signal.signal(signal.SIGINT, signal.SIG_DFL)  # what runs in the background, as pytest may, ignores it

        self.end, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        env = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLUMNS", "LINES")}
        self.process = subprocess.Popen(
            [*COMMAND, *arguments], stdin=inside, stdout=inside, stderr=inside, start_new_session=True,
            env={**env, "TERM": "xterm", "PYTHONUTF8": "1", **environ},
            preexec_fn=own_terminal,
        )  # fmt: skip
        os.close(inside)
        self.shown = ""

    def until(self, words: str) -> str:
        """What is shown until these words come; from there on the next call looks."""
        deadline = time.monotonic() + LONG
        while words not in self.shown:
            ready, _, _ = select.select([self.end], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{words!r} did not come in {self.shown!r}"
            try:
                read = os.read(self.end, 65_536)
            except OSError:
                read = b""
            assert read, f"{words!r} did not come in {self.shown!r}"
            self.shown += read.decode()
        seen, _, self.shown = self.shown.partition(words)
        return seen.replace("\r\n", "\n")

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.end, keys.encode())


@contextlib.contextmanager
def at_terminal(columns: int, *arguments: str, **environ: str) -> Iterator[Terminal]:
    """A terminal till the end of the block."""
    terminal = Terminal(columns, *arguments, **environ)
    try:
        yield terminal
    finally:
        terminal.process.terminate()
        try:
            terminal.process.wait(LONG)
        finally:
            terminal.process.kill()
            os.close(terminal.end)


needs_terminals = pytest.mark.skipif(os.name != "posix", reason="pseudo-terminals are POSIX's")


@needs_terminals
def test_the_prompt_says_what_is_waited_for(tmp_path: Path) -> None:
    """And of several triggers one is asked for; Ctrl-D ends it."""
    with at_terminal(80, str(written(tmp_path)), NO_COLOR="1") as terminal:
        terminal.until("What starts it: message, call, request, parent? [message] ")
        terminal.type("m\n")
        terminal.until("your first message> ")
        terminal.type("hi\n")
        shown = terminal.until("ask: a reply> ")
        assert "< What is your name?    [ask]\n" in shown
        assert "\n> hi" not in shown
        terminal.type("Ada\n")
        terminal.until("lookup: an answer> ")
        terminal.type("/outcome failed\n")
        shown = terminal.until("ended: a message or /restart> ")
        assert "\x1b[3" not in shown
        terminal.type("\x04")
        assert terminal.process.wait(LONG) == 0


@needs_terminals
def test_a_trigger_is_asked_for_until_it_is_one(tmp_path: Path) -> None:
    """Ctrl-D there ends it before anything began."""
    with at_terminal(80, str(written(tmp_path)), NO_COLOR="1") as terminal:
        asked = "What starts it: message, call, request, parent? [message] "
        terminal.until(asked)
        terminal.type("smoke signals\n")
        terminal.until(asked)
        terminal.type("\x04")
        assert terminal.process.wait(LONG) == 0


@needs_terminals
def test_a_wide_terminal_has_the_context_beside_the_talk(tmp_path: Path) -> None:
    """Aligned, and in colours."""
    with at_terminal(120, str(written(tmp_path)), "--trigger", "call") as terminal:
        shown = terminal.until("menu: keys or speech> ")
        assert "\x1b[1m< Press a key.    [menu]\x1b[0m" in shown
        plain = re.sub(r"\x1b\[[0-9;?]*[a-z]", "", shown).splitlines()
        bars = {line.index(" | ") for line in plain if " | " in line}
        assert bars == {66}
        assert any(line.endswith('| + trigger.call.CallStatus = "ringing"') for line in plain)
        terminal.type("\x03\n")  # the line end wakes a readline that was not yet waiting when the signal came
        assert terminal.process.wait(LONG) == 0


@needs_terminals
def test_the_tab_key_completes_commands_and_events(tmp_path: Path) -> None:
    """Where Python has readline."""
    pytest.importorskip("readline")
    with at_terminal(80, str(written(tmp_path)), "--trigger", "message", NO_COLOR="1") as terminal:
        terminal.until("your first message> ")
        terminal.type("hi\n")
        terminal.until("ask: a reply> ")
        terminal.type("/outc\tdel\t\n")
        terminal.until("ask: deliveryFailure -> bye")


def session(tmp_path: Path, trigger: str, *, assume_success: bool = True) -> tuple[Session, io.StringIO]:
    """A session at the start, and what it shows."""
    shown = io.StringIO()
    studio = FakeStudio(seed=1, env=False)
    with pytest.warns(StudioFlowWarning):
        flow = studio.load_flow(written(tmp_path), assume_success=assume_success)
    made = Session(studio, flow, Opening(trigger, "+15550100001", flow.number, {}), Screen(shown))
    assert made.start()
    return made, shown


LINES = st.one_of(
    st.text(max_size=40),
    st.builds("{} {}".format, st.sampled_from(sorted(COMMANDS)), st.text(max_size=20)),
    st.sampled_from(
        ["hi", "7", "Yes.", "/expire", "/hangup", "/respond 200 {}", "/outcome failed", "/outcome keypress", "/silence",
         "/advance 2h", "/restart call", "/restart request", "/restart parent", "/answer", "/outcome callComplete"]
    ),
)  # fmt: skip


@settings(max_examples=examples(150), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    trigger=st.sampled_from(["message", "call", "request", "parent", "conversation"]),
    lines=st.lists(LINES, max_size=8),
    assume=st.booleans(),
)
def test_whatever_is_typed_is_done_or_refused_in_words(
    tmp_path: Path, trigger: str, lines: list[str], assume: bool
) -> None:
    """Nothing else comes of it, and the prompt and the tab key stand it, too."""
    made, shown = session(tmp_path, trigger, assume_success=assume)
    for line in lines:
        before = len(shown.getvalue())
        done = made.take(line)
        assert done or "\n! " in f"\n{shown.getvalue()[before:]}"
        assert made.prompt.endswith("> ")
        assert all(isinstance(choice, str) for choice in made.complete(line))
    assert isinstance(made.transcript, str)


def test_the_tab_key_knows_what_comes_next(tmp_path: Path) -> None:
    """Commands, triggers, paths, events, who picks up."""
    made, _ = session(tmp_path, "message")
    made.take("hi")
    assert made.complete("/re") == ["/reply", "/respond", "/restart"]
    assert made.complete("hel") == []
    assert made.complete("/restart c") == ["call", "conversation"]
    assert made.complete("/context trigger.message.B") == ["trigger.message.Body"]
    assert made.complete("/outcome ") == ["incomingMessage", "timeout", "deliveryFailure"]
    assert made.complete("/answer h") == ["human"]
    assert made.complete("/path x") == []


def test_a_change_is_new_other_or_gone() -> None:
    """Many values of one object are counted, but for those that tell something."""
    before = {"a": 1, "b": {"x": 1, "gone": 2}, "same": {"y": [1]}}
    after = {"a": 2, "b": {"x": 1, "new": {"deep": "é"}}, "same": {"y": [1]}, "many": dict.fromkeys("stuvwxyz", 0)}
    assert changes(before, after) == [
        "~ a = 2",
        '+ b.new.deep = "é"',
        "- b.gone",
        *[f"+ many.{name} = 0" for name in "stuvwx"],
        "+ many.*: 2 more",
    ]
    assert changes(after, after) == []
    webhook = {"Body": "hi", "From": "a", "To": "b", "NumMedia": "0", "Sid": "c", "ErrorCode": None}
    assert changes({}, {"m": webhook}) == ['+ m.Body = "hi"', "+ m.*: 5 more"]


def test_marks_above_letters_take_no_column() -> None:
    """Nor do joiners; letters of the East take two."""
    from pytest_studio.cli.screen import _width

    assert [_width(text) for text in ("e\u0301", "a\u200db", "日本")] == [1, 2, 4]


@settings(max_examples=examples(100), deadline=None)
@given(text=st.text(max_size=200), beside=st.lists(st.text(max_size=100), max_size=3))
def test_nothing_leaves_its_column(text: str, beside: list[str]) -> None:
    """However wide its characters are; and nothing commands the terminal."""
    shown = io.StringIO()
    from pytest_studio.cli.screen import Row, _width

    Screen(shown, 100).turn([Row("flow", text)], beside)
    for line in shown.getvalue().split("\n"):
        assert _width(line) <= 100
        assert "\x1b" not in line
