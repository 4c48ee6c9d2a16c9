"""``pytest-studio check``: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pytest_studio import FakeStudio, cloudevents
from pytest_studio.cli import main
from pytest_studio.cli.check import _Progress

SAMPLES = Path(__file__).parent / "recordings" / "samples"
TOKEN = "0123456789abcdef0123456789abcdef"


def payload(**changes: Any) -> dict[str, Any]:
    """A Flow as v2 sends it."""
    return {**FakeStudio("AC" + "5" * 32, seed=1, env=False).add_flow().payload(), **changes}


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Writes a file of JSON into the working directory: ``write(name, value)``."""
    monkeypatch.chdir(tmp_path)

    def to(name: str, value: Any) -> str:
        tmp_path.joinpath(name).write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return name

    return to


def test_recordings_that_conform_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """One line, and 0."""
    assert main(["check", str(SAMPLES)]) == 0
    assert capsys.readouterr().out == "5 files, 14 exchanges, 14 conform, 0 do not, 1 of other hosts\n"


def test_an_exchange_that_departs_is_told(write, capsys: pytest.CaptureFixture[str]) -> None:
    """File, entry, request, schema; then each violation, and the page; the exit code is 1."""
    name = write("flows.json", [payload(), payload(status="gone", revision="1")])
    assert main(["check", name]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("flows.json:1: entry 2: GET https://studio.twilio.com/v2/Flows/FW")
    assert lines[0].endswith("-> 200 (v2/flow)")
    assert lines[1:3] == [
        "    /status: found 'gone'; expected 'draft' or 'published'",
        "    /revision: found '1' (a string); expected an integer of at least 0",
    ] or sorted(line.split(":")[0].strip() for line in lines[1:3]) == ["/revision", "/status"]
    assert lines[3] == "    documented at https://www.twilio.com/docs/studio/rest-api/v2/flow"
    assert lines[4] == "1 file, 2 exchanges, 1 conforms, 1 does not, 0 of other hosts"


def test_unknown_properties_are_warnings(write, capsys: pytest.CaptureFixture[str]) -> None:
    """Once for each place, however often it comes; none if they are allowed."""
    name = write("flows.json", [payload(mood=1), payload(mood=2)])
    assert main(["check", name]) == 0
    out = capsys.readouterr().out
    assert out.count("/mood") == 1
    assert "entry 1: the schema v2/flow does not know the property /mood (2 times)" in out
    assert main(["check", name, "--allow-unknown"]) == 0
    assert "/mood" not in capsys.readouterr().out


def test_placeholders_are_told_once(write, capsys: pytest.CaptureFixture[str]) -> None:
    """And are no violations."""
    text = json.dumps([payload(), payload()]).replace(payload()["sid"], "<FLOW_SID>")
    assert main(["check", write("flows.json", text)]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out == [
        "flows.json: warning: entry 1: <FLOW_SID> is a placeholder (2 times); what it stands for was not checked",
        "1 file, 2 exchanges, 2 conform, 0 do not, 0 of other hosts",
    ]


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_credentials_are_warned_of_and_never_printed(form: str, write, capsys: pytest.CaptureFixture[str]) -> None:
    """In no form of the output."""
    request = {
        "method": "GET",
        "url": f"https://AC1:{TOKEN}@studio.twilio.com/v2/Flows/FW{'1' * 32}",
        "headers": {"Authorization": f"Bearer {TOKEN}"},
    }
    body = json.dumps(payload(status=TOKEN, auth_token=TOKEN))
    name = write("leak.json", {"request": request, "response": {"status": 200, "body": body}})
    assert main(["check", name, "--format", form]) == 1
    captured = capsys.readouterr()
    assert TOKEN[:8] not in captured.out + captured.err
    assert "the request header Authorization" in captured.out
    assert "leak.json" in captured.out


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ('{"interactions": [{"request"', "ends in the middle"),
        ("interactions: [", "no YAML"),
        (json.dumps({"interactions": [{"request": 5}]}), "entry 1"),
    ],
)
def test_an_unreadable_file_is_2(content: str, words: str, write, capsys: pytest.CaptureFixture[str]) -> None:
    """Said on stderr with file and line; the other files are checked all the same."""
    name = write("broken.txt", content)
    good = write("good.json", payload())
    assert main(["check", name, good]) == 2
    captured = capsys.readouterr()
    assert words in captured.err
    assert captured.err.startswith("broken.txt:")
    assert "Traceback" not in captured.err
    assert captured.out == "2 files, 1 exchange, 1 conforms, 0 do not, 0 of other hosts\n"


@pytest.mark.parametrize("name", ["nowhere.yaml", "*.nothing"])
def test_a_file_that_is_not_there_is_2(name: str, write, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is checked then."""
    assert main(["check", name]) == 2
    assert name in capsys.readouterr().err


def test_a_file_without_studio_in_it_is_said(write, capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody may have meant another file."""
    assert main(["check", write("package.json", {"name": "x"})]) == 2
    assert "package.json: warning: there is no exchange with Studio in it" in capsys.readouterr().out


def test_a_dump_is_said_to_be_one(write, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And what reads it, for there is nothing to check in it."""
    studio = FakeStudio(env=False)
    studio.add_step()
    studio.dump(tmp_path / "studio.json")
    assert main(["check", "studio.json"]) == 2
    out = capsys.readouterr().out
    assert "studio.json: warning: it is a dump of a studio, which studio.load reads" in out
    assert main(["check", "studio.json", "--format", "json"]) == 2
    assert json.loads(capsys.readouterr().out)["files"][0]["dumps"] == 1


def event(type_: str = cloudevents.STEP_ENDED, **changes: Any) -> dict[str, Any]:
    """An event as Event Streams sends it; ``changes`` of its data."""
    sid = FakeStudio(seed=1, env=False)._account.new_sid
    data = cloudevents.sample(type_, sid, 0, sid("AC"), "+15550100001", ("sent", "ask", "Ended"))
    return cloudevents.envelope(type_, sid("EZ"), {**data, **changes})


def test_events_of_studio_are_held_against_their_schemas(write, capsys: pytest.CaptureFixture[str]) -> None:
    """Alone, in arrays as a webhook gets them, in lines of these; events of others are none of Studio's."""
    others = {**event(), "type": "com.twilio.messaging.message.sent"}
    every = [event(type_) for type_ in cloudevents.TYPES]
    files = {
        "one.json": json.dumps(event()),
        "many.json": json.dumps([*every, others]),
        "lines.jsonl": f"{json.dumps(every)}\n{json.dumps(every[:1])}\n",
        "events.yaml": f"- {json.dumps(event())}\n",
    }
    assert main(["check", *(write(name, text) for name, text in files.items())]) == 0
    assert capsys.readouterr().out == "4 files, 9 exchanges, 9 conform, 0 do not, 0 of other hosts\n"


@pytest.mark.parametrize(
    ("wrong", "schema", "pointer"),
    [
        (event(step_sid="FT1"), "events/flow_step_event", "/data/step_sid"),
        (event(cloudevents.EXECUTION_ENDED, status=5), "events/flow_execution_event", "/data/status"),
        ({**event(), "type": "com.twilio.studio.flow.step.started"}, "events/flow_step_event", "/type"),
        ({**event(cloudevents.EXECUTION_ENDED), "type": "com.twilio.studio.flow.gone"}, "events/flow_execution_event",
         "/type"),
    ],
)  # fmt: skip
def test_an_event_that_departs_is_told(
    wrong: dict[str, Any], schema: str, pointer: str, write, capsys: pytest.CaptureFixture[str]
) -> None:
    """With its schema, and what is wrong."""
    assert main(["check", write("events.json", [event(), wrong])]) == 1
    out = capsys.readouterr().out
    assert f"events.json:1: entry 2: payload of {schema}\n    {pointer}: found" in out


def test_json_has_it_all(write, capsys: pytest.CaptureFixture[str]) -> None:
    """One object: files with what fails, and the numbers."""
    names = [write("a.json", [payload(status="gone", mood=1)]), write("b.json", ""), write("c.json", payload())]
    assert main(["check", *names, "--format", "json"]) == 2
    out = json.loads(capsys.readouterr().out)
    first, second, third = out["files"]
    (failing,) = first["failing"]
    assert {key: failing[key] for key in ("entry", "line", "method", "status", "schema")} == {
        "entry": 1, "line": 1, "method": "GET", "status": 200, "schema": "v2/flow",
    }  # fmt: skip
    assert [(fault["pointer"], fault["found"]) for fault in failing["violations"]] == [("/status", "'gone'")]
    assert first["unknown"] == [{"schema": "v2/flow", "pointer": "/mood", "count": 1, "entry": 1}]
    assert second["error"] == {"message": "it is empty", "line": None, "entry": None}
    assert third["failing"] == []
    assert out["summary"]["files"] == 3
    assert out["summary"]["exit_code"] == 2


def test_annotations_are_githubs(write, capsys: pytest.CaptureFixture[str]) -> None:
    """One line each, with file and line, line breaks escaped."""
    assert main(["check", write("a,b.json", [payload(status="100%\n")]), "--format", "github"]) == 1
    first = capsys.readouterr().out.splitlines()[0]
    assert first.startswith("::error file=a%2Cb.json,line=1,title=departs from v2/flow::entry 1: GET https://")
    assert "%0A/status: found '100%25\\n'" in first


def test_what_cannot_be_read_and_what_holds_nothing_are_annotations(write, capsys: pytest.CaptureFixture[str]) -> None:
    """An error with its line, and a warning."""
    assert main(["check", write("bad.json", "[\n1,\n"), write("other.json", {}), "--format", "github"]) == 2
    unreadable, nothing, _ = capsys.readouterr().out.splitlines()
    assert unreadable.startswith("::error file=bad.json,line=3,title=unreadable::")
    assert nothing.startswith("::warning file=other.json,title=pytest-studio check::")


def test_what_nothing_here_unpacks_is_counted_apart(
    write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither conforms nor departs, and one line says what would unpack it."""
    for library in ("brotli", "brotlicffi"):
        monkeypatch.setitem(sys.modules, library, None)
    request = {"method": "GET", "url": payload()["url"]}
    body = {"base64_string": "CwKAe30D"}
    packed = {"request": request, "response": {"status": 200, "headers": {"Content-Encoding": "br"}, "body": body}}
    assert main(["check", write("packed.json", [packed, packed])]) == 2
    warning, summary = capsys.readouterr().out.splitlines()
    assert "not checked (2 times): " in warning
    assert "pip install brotli" in warning
    assert "2 not checked" in summary


def test_standard_input_is_read() -> None:
    """As - ; by the command as it is installed."""
    text = (SAMPLES / "vcrpy.yaml").read_text(encoding="utf-8")
    command = [sys.executable, "-m", "pytest_studio", "check", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 file, 3 exchanges, 3 conform, 0 do not, 1 of other hosts\n"


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """As with ``| head``."""
    path = tmp_path / "many.json"
    path.write_text(json.dumps([payload(status="gone")] * 400))
    command = [sys.executable, "-m", "pytest_studio", "check", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == ""
        assert running.wait(60) == 1


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It is."""
        return True


def test_a_terminal_sees_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A bar that comes when it takes long, and is gone at the end; no other stream sees anything."""
    times = iter([0.0, 0.1, 0.7, 0.75, 0.9])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    monkeypatch.setattr("os.path.getsize", lambda name: 200)
    stream = Terminal()
    with _Progress("big.yaml", stream) as progress:
        progress.tell(10)
        assert stream.getvalue() == ""
        progress.tell(100)
        shown = stream.getvalue()
        assert "big.yaml [" in shown
        assert "50%" in shown
        progress.tell(120)
        assert stream.getvalue() == shown
        progress.tell(200)
        assert "100%" in stream.getvalue()
    assert stream.getvalue().endswith("\r\x1b[K")


def test_a_pipe_has_no_end_to_be_near_of(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was read of it is told instead."""
    times = iter([0.0, 0.7])
    monkeypatch.setattr("time.monotonic", lambda: next(times))
    stream = Terminal()
    with _Progress("-", stream) as progress:
        progress.tell(3_000_000)
        assert "3 MB" in stream.getvalue()


def test_a_large_file_takes_no_more_memory_than_a_small_one(tmp_path: Path) -> None:
    """Entries are forgotten once they are judged."""
    resource = pytest.importorskip("resource")
    assert resource
    code = (
        "import resource, sys; from pytest_studio.cli import main; main(['check', sys.argv[1]]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )

    def peak(name: str, count: int) -> int:
        path = tmp_path / f"{count}-{name}"
        if name == "har":
            text = (SAMPLES / "browser.har").read_text(encoding="utf-8")
            start, end = text.index('"entries": [') + len('"entries": ['), text.rindex("]\n  }")
            path.write_text(text[:start] + ",".join([text[start:end]] * count) + text[end:])
        else:
            text = (SAMPLES / "ruby_vcr.yml").read_text(encoding="utf-8")
            start, end = text.index("- request:"), text.index("recorded_with")
            path.write_text(text[:start] + text[start:end] * count + text[end:])
        done = subprocess.run(
            [sys.executable, "-c", code, str(path)], capture_output=True, text=True, timeout=120, check=True
        )
        assert "0 do not" in done.stdout
        return int(done.stdout.split()[-1])

    for name in ("har", "yml"):
        assert peak(name, 1500) < peak(name, 1) * 1.25 + 2000  # five to seven megabytes more of file


def test_a_name_that_is_not_there_leaves_no_half_of_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing on stdout, the reason on stderr."""
    assert main(["check", "--format", "json", "not-there.yaml"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "not-there.yaml" in err


@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_nothing_to_check_is_no_success(form: str, write, capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is that of a file that cannot be read."""
    assert main(["check", "--format", form, write("package.json", {"name": "x"})]) == 2
    out, err = capsys.readouterr()
    assert '"exit_code": 2' in out if form == "json" else "no exchange with Studio" in out
    assert err == "pytest-studio check: nothing was checked: there is no exchange with Studio in 1 file\n"


def test_one_file_with_exchanges_is_enough(write, capsys: pytest.CaptureFixture[str]) -> None:
    """Others are warned of."""
    names = [write("package.json", {"name": "x"}), write("flow.json", payload())]
    assert main(["check", *names]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    "content",
    [
        {"states": [], "initial_state": "Trigger"},
        {"friendlyName": "Booking", "definition": {"states": [], "initial_state": "Trigger"}},
        [{"friendlyName": "Booking", "definition": {"states": [], "initial_state": "Trigger"}}],
    ],
)
def test_a_flow_definition_is_for_lint(content: Any, write, capsys: pytest.CaptureFixture[str]) -> None:
    """As it is exported, and as twilio-cli prints it."""
    assert main(["check", write("flow.json", content)]) == 2
    assert "it is a Flow Definition; did you mean pytest-studio lint?" in capsys.readouterr().out
