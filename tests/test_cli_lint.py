"""``pytest-studio lint``: what it prints, and its exit codes."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pytest_studio.cli import main
from pytest_studio.cli.places import Places
from pytest_studio.flows.definitions.lint import RULES

pytest.importorskip("liquid")

Write = Callable[..., str]


def definition(body: str = "Hello") -> dict[str, Any]:
    """A Flow that greets."""
    transitions = [{"event": "incomingMessage", "next": "greet"}]
    greet = {"from": "{{flow.channel.address}}", "to": "{{contact.channel.address}}", "body": body}
    return {
        "states": [
            {"name": "Trigger", "type": "trigger", "transitions": transitions, "properties": {}},
            {"name": "greet", "type": "send-message", "transitions": [{"event": "sent"}], "properties": greet},
        ],
        "initial_state": "Trigger",
    }


ERROR = "#/states/1 state 'greet', body: this Liquid does not parse: "
WARNING = "#/states/1 state 'greet', body: name is never set and renders as nothing: a context has flow, trigger, "


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes a file into the working directory: ``write(name, value)``."""
    monkeypatch.chdir(tmp_path)

    def to(name: str, value: Any) -> str:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
        return name

    return to


def test_a_flow_as_it_should_be_is_counted(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, and 0."""
    assert main(["lint", write("flow.json", definition())]) == 0
    assert capsys.readouterr() == ("1 file, 0 errors, 0 warnings\n", "")


def test_errors_fail(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """File, place, state, property, words and rule; the exit code is 1."""
    assert main(["lint", write("flow.json", definition("{{"))]) == 1
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"flow.json:1: {ERROR}")
    assert first.endswith("[liquid-syntax]")
    assert last == "1 file, 1 error, 0 warnings"


def test_warnings_fail_only_when_strict(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """They are told all the same."""
    name = write("flow.json", definition("{{name}}"))
    assert main(["lint", name]) == 0
    first, last = capsys.readouterr().out.splitlines()
    assert first.startswith(f"flow.json:1: warning: {WARNING}")
    assert last == "1 file, 0 errors, 1 warning"
    assert main(["lint", "--strict", name]) == 1


@pytest.mark.parametrize("given", [["--disable", "unknown-reference"], ["--disable=schema, unknown-reference"]])
def test_a_rule_can_be_disabled(given: list[str], write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """One by one, or with commas."""
    assert main(["lint", "--strict", write("flow.json", definition("{{name}}")), *given]) == 0
    assert capsys.readouterr().out == "1 file, 0 errors, 0 warnings\n"


def test_an_unknown_rule_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """The message names the nearest."""
    assert main(["lint", "x.json", "--disable", "liquid-sintax"]) == 2
    assert "there is no such rule (did you mean 'liquid-syntax'?)" in capsys.readouterr().err


def test_help_names_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them."""
    with pytest.raises(SystemExit) as caught:
        main(["lint", "--help"])
    assert caught.value.code == 0
    words = "".join(capsys.readouterr().out.split())
    assert all(rule in words for rule in RULES)


def test_folders_and_globs_are_searched(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """For files that end with .json."""
    for name in ("flows/a.json", "flows/b.json"):
        write(name, definition("{{name}}"))
    write("flows/notes.yaml", "no: flow")
    for given in ("flows", "flows/*.json"):
        assert main(["lint", given]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert [line.partition(":")[0] for line in lines[:-1]] == ["flows/a.json", "flows/b.json"]
        assert lines[-1] == "2 files, 0 errors, 2 warnings"


def test_standard_input_is_read(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As of another command."""
    text = json.dumps([{"friendlyName": "x", "definition": definition("{{")}])
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    assert main(["lint", "-"]) == 1
    assert capsys.readouterr().out.startswith(f"-:1: {ERROR}")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "it is no JSON: Expecting property name enclosed in double quotes, line 1, column 2"),
        ("", "it is empty"),
        ("[]", "a Flow Definition is an object, not a list of 0"),
        ('{"name": "package"}', "this is no Flow Definition: one has states and initial_state"),
        ('{"states": [{"type": "InitialState"}]}', "the format that the Console exported before 2020"),
    ],
)
def test_what_cannot_be_read_is_told(
    content: str, words: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """On stderr, with 2; the others are judged all the same."""
    bad, good = write("bad.json", content), write("good.json", definition())
    assert main(["lint", bad, good]) == 2
    out, err = capsys.readouterr()
    assert err.startswith(("bad.json: unreadable: ", "bad.json:1: unreadable: "))
    assert words in err
    assert out == "2 files, 0 errors, 0 warnings, 1 unreadable\n"


@pytest.mark.parametrize(
    ("name", "words"), [("none.json", "there is no file or folder none.json"), (".", "no Flow Definitions in it")]
)
def test_what_is_not_there_is_told(
    name: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 2."""
    monkeypatch.chdir(tmp_path)
    assert main(["lint", name]) == 2
    assert words in capsys.readouterr().err


def test_bytes_of_standard_input_that_are_no_text_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 2."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe{")))
    assert main(["lint", "-"]) == 2
    assert capsys.readouterr().err.startswith("-: unreadable: it cannot be read: 'utf-8' codec can't decode")


def test_a_name_that_looks_like_json_is_a_name(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """As of a template's placeholder."""
    assert main(["lint", write("{flow}.json", definition())]) == 0
    assert capsys.readouterr().err == ""


def test_programs_get_json(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Every finding with its parts."""
    names = [write("flow.json", definition("{{name}}")), write("bad.json", "{")]
    assert main(["lint", "--format", "json", *names]) == 2
    found = json.loads(capsys.readouterr().out)
    (finding,) = found["files"][0]["findings"]
    assert finding["message"].startswith("name is never set")
    del finding["message"]
    assert finding == {
        "level": "warning",
        "rule": "unknown-reference",
        "state": "greet",
        "property": "body",
        "pointer": "#/states/1/properties/body",
        "line": 1,
    }
    assert found["files"][1]["error"].startswith("it is no JSON")
    assert found["summary"] == {"files": 2, "errors": 0, "warnings": 1, "exit_code": 2}


def test_workflows_get_annotations(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """For GitHub, with the rule as title."""
    names = [write("flow.json", definition("{{name}}")), write("bad.json", "{")]
    assert main(["lint", "--format", "github", *names]) == 2
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith(
        "::warning file=flow.json,line=1,title=unknown-reference::#/states/1 state 'greet', body: name is"
    )
    assert lines[1].startswith("::error file=bad.json,line=1,title=unreadable::it is no JSON")


def test_a_missing_extra_is_told(write: Write) -> None:
    """In a line, with 2."""
    name = write("flow.json", definition())
    code = "import sys; sys.modules['liquid'] = None; from pytest_studio.cli import main; sys.exit(main(sys.argv[1:]))"
    done = subprocess.run([sys.executable, "-c", code, "lint", name], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("pytest-studio lint: judging Liquid needs python-liquid")
    assert done.stderr.strip().endswith("pip install 'pytest-studio[flow]'")


def test_names_that_the_terminal_cannot_show_are_escaped(write: Write) -> None:
    """No traceback in a terminal of ASCII."""
    name = write("flow.json", json.dumps(definition("{{ñame}}")))
    command = [sys.executable, "-X", "utf8=0", "-m", "pytest_studio", "lint", name]
    done = subprocess.run(command, capture_output=True, check=False, env={"PYTHONIOENCODING": "ascii", "PATH": ""})
    assert done.returncode in (0, 1), done.stderr
    assert b"\\xf1ame" in done.stdout


def test_a_reader_that_has_seen_enough_is_no_matter(write: Write) -> None:
    """As of ``| head -1``."""
    name = write("flow.json", definition("{{name}}"))
    command = [sys.executable, "-m", "pytest_studio", "lint", *([name] * 3)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(timeout=60) == 0


def indented(wrap: Callable[[Any], Any] = lambda value: value) -> str:
    """A Flow that greets with an unknown name, over several lines."""
    return json.dumps(wrap(definition("{{name}}")), indent=2)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda value: value,
        lambda value: {"friendly_name": "Greet", "definition": value},
        lambda value: [{"friendlyName": "Greet", "definition": value}],
    ],
)
@pytest.mark.parametrize(
    ("form", "begin"), [("github", "::warning file=flow.json,line={},"), ("text", "flow.json:{}: w")]
)
def test_a_finding_has_its_line(
    form: str, begin: str, wrap: Callable[[Any], Any], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """In the file, however the definition is wrapped."""
    text = indented(wrap)
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "{{name}}" in line)
    main(["lint", "--format", form, write("flow.json", text)])
    assert capsys.readouterr().out.startswith(begin.format(line))


def test_json_has_the_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Beside the pointer."""
    main(["lint", "--format", "json", write("flow.json", indented())])
    (finding,) = json.loads(capsys.readouterr().out)["files"][0]["findings"]
    assert indented().splitlines()[finding["line"] - 1].strip().startswith('"body"')


def test_a_definition_within_a_text_has_the_line_of_the_text(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """As some exports have it."""
    text = indented(lambda value: {"friendly_name": "Greet", "definition": json.dumps(value)})
    main(["lint", "--format", "github", write("flow.json", text)])
    assert ",line=3," in capsys.readouterr().out


def test_what_is_no_json_has_its_line(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Where reading ended."""
    assert main(["lint", "--format", "github", write("bad.json", '{\n"a": 1,\n"b": oh\n}')]) == 2
    assert capsys.readouterr().out.startswith("::error file=bad.json,line=3,title=unreadable::")


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("#", 1),
        ("#/a", 2),
        ("#/a/1", 4),
        ("#/a/1/b~1c", 5),
        ("#/a/7", 2),
        ("#/a/1/none", 4),
        ("#/d", 9),
        ("#/no", 1),
        ("#/e/b", 8),
    ],
)
def test_a_pointer_leads_to_a_line(pointer: str, line: int) -> None:
    """Of what it names, or of what would have it; of two members of one name, the one that counts."""
    text = '{\n "a": [\n  "[{\\"",\n  {\n   "b/c": 1\n  }\n ],\n "e": {"b": {}}, "d": 1,\n "d": 2}'
    assert Places(text).line(pointer) == line
