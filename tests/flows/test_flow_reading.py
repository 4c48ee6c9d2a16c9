"""Flow Definitions as users hand them over."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from pytest_studio import FlowDefinitionError
from pytest_studio.flows.definitions.reading import Source, parsed, read

DEFINITION: dict[str, Any] = {
    "description": "Asks a name",
    "states": [{"name": "Trigger", "type": "trigger", "transitions": [], "properties": {}}],
    "initial_state": "Trigger",
    "flags": {"allow_concurrent_calls": True},
}
TEXT = json.dumps(DEFINITION)


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    """As text or PathLike; the Flow is called as the file."""
    path = tmp_path / "booking.json"
    path.write_text(TEXT, encoding="utf-8")
    assert read(path) == read(str(path)) == Source(DEFINITION, "booking", str(path), TEXT)


def test_a_relative_path_is_looked_for_here_and_then_in_the_base(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The working directory wins."""
    here, base = tmp_path / "here", tmp_path / "base"
    for folder, words in ((here, "here"), (base, "base")):
        folder.mkdir()
        (folder / "both.json").write_text(json.dumps({**DEFINITION, "description": words}), encoding="utf-8")
    (base / "one.json").write_text(TEXT, encoding="utf-8")
    monkeypatch.chdir(here)
    assert read("both.json", base).definition["description"] == "here"
    assert read("one.json", base).source == str(base / "one.json")
    with pytest.raises(FlowDefinitionError, match=r"there is no file none\.json: neither .*here.* nor .*base"):
        read("none.json", base)
    with pytest.raises(FlowDefinitionError, match=r"there is no file none\.json: [^ ]*here[^ ]*none\.json$"):
        read("none.json", here)


def test_a_folder_is_no_definition(tmp_path: Path) -> None:
    """And is called what it is."""
    with pytest.raises(FlowDefinitionError, match="is a folder, where a file is meant"):
        read(tmp_path)


def test_a_byte_order_mark_is_no_matter(tmp_path: Path) -> None:
    """Editors on Windows write it."""
    path = tmp_path / "flow.json"
    path.write_text("\ufeff" + TEXT, encoding="utf-8")
    assert read(path).definition == DEFINITION


def test_a_text_of_json_is_read() -> None:
    """It begins with a brace; white space before it is no matter."""
    assert read(f"\n  {TEXT}") == Source(DEFINITION, "Asks a name", "", f"\n  {TEXT}")


def test_a_dict_is_copied() -> None:
    """What a test does with its own afterwards is its own affair."""
    given = json.loads(TEXT)
    found = read(given).definition
    assert found == given
    given["states"].clear()
    assert found == DEFINITION


@pytest.mark.parametrize(
    "flow",
    [
        {"sid": "FW", "friendly_name": "Booking", "definition": DEFINITION, "valid": True},
        {"friendly_name": "Booking", "definition": TEXT},
        [{"sid": "FW", "friendlyName": "Booking", "definition": DEFINITION}],
    ],
    ids=["REST", "form", "twilio-cli"],
)
def test_the_definition_of_a_flow_is_taken(flow: Any) -> None:
    """From the REST API's payload, from what is posted, and from what twilio-cli prints."""
    assert read(json.dumps(flow))[:3] == (DEFINITION, "Booking", "")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"states": [}', r"the text: it is no JSON: Expecting value, line 1, column 13"),
        ('{\n"states": NaN}', "the text: it is no JSON: NaN is not JSON"),
        ('{"a": ' * 2000 + "1" + "}" * 2000, "nested more than 100 deep"),
        ("[]", "a Flow Definition is an object, not a list of 0"),
        ("[1]", "a Flow Definition is an object, not a number"),
        ("{}", "this is no Flow Definition: one has states and initial_state"),
        ('{"definition": null}', "its definition is null, as in lists of Flows: fetch the Flow itself"),
        ('{"definition": "{"}', "the text: definition: it is no JSON: .*line 1, column 2"),
        ('{"definition": 5}', "a Flow Definition is an object, not a number"),
    ],
)
def test_what_is_no_definition_is_refused(text: str, words: str) -> None:
    """The message says where, and what it is instead."""
    with pytest.raises(FlowDefinitionError, match=words):
        read(text)


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """Empty, not UTF-8, no JSON, no path at all."""
    for name, content, words in (
        ("empty.json", b"  ", "it is empty"),
        ("latin.json", b'{"a": "\xe9"}', "it is no UTF-8: invalid continuation byte at byte 7"),
        ("bad.json", b'{\n "a" 1}', "it is no JSON: Expecting ':' delimiter, line 2, column 6"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(FlowDefinitionError, match=words) as caught:
            read(path)
        assert str(path) in str(caught.value)
    for name in ("", "a\0b", "x" * 5000, str(tmp_path)):
        with pytest.raises(FlowDefinitionError):
            read(name)


@pytest.mark.parametrize("value", [{1, 2}, float("inf"), object(), 10**5000], ids=["set", "inf", "object", "huge"])
def test_a_dict_of_what_json_has_not_is_refused(value: Any) -> None:
    """It could not be deployed."""
    with pytest.raises(FlowDefinitionError, match="the dict: it could not be written as JSON"):
        read({"states": [value], "initial_state": "x"})


def test_a_dict_in_itself_is_refused() -> None:
    """And a deep one."""
    circle: dict[str, Any] = {"initial_state": "x"}
    circle["states"] = circle
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"states": deep}
    for value in (circle, deep):
        with pytest.raises(FlowDefinitionError, match="could not be written as JSON"):
            read(value)


@pytest.mark.parametrize("value", [None, 5, b"{}", []])
def test_other_sources_are_a_type_error(value: Any) -> None:
    """The message says what is taken."""
    with pytest.raises(TypeError, match="as a path, a text of JSON or a dict, not as"):
        read(value)


@pytest.mark.parametrize(
    "states",
    [
        [{"name": "Trigger", "type": "InitialState", "transitions": []}],
        [{"name": "x", "type": "other", "transitions": [{"event": "sent", "next": "FF1", "uuid": "1"}]}],
    ],
    ids=["type", "uuid"],
)
def test_the_format_of_before_2020_is_recognised(states: Any) -> None:
    """In words that say what it is and what to do."""
    for given in ({"states": states}, {"definition": {"states": states}}):
        with pytest.raises(FlowDefinitionError, match=r"exported before 2020 .*Fetch the Flow from the REST API v2"):
            read(given)


def test_a_definition_of_today_is_not_taken_for_an_old_one() -> None:
    """Whatever its widgets are called."""
    states = [{"name": "Gather", "type": "gather-input-on-call", "transitions": [{"event": "uuid"}, 5]}, 5]
    assert read({"states": states, "initial_state": "Gather"}).definition["states"] == states


def test_a_text_is_read_under_the_name_that_is_given() -> None:
    """As of standard input."""
    assert parsed(TEXT, "stdin", "a/flow.json") == Source(DEFINITION, "flow", "a/flow.json", TEXT)
    with pytest.raises(FlowDefinitionError, match=r"^stdin: it is empty$"):
        parsed("", "stdin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_a_pipe_is_read(tmp_path: Path) -> None:
    """As a shell makes of ``<(…)``."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(TEXT,))
    writer.start()
    assert read(pipe).definition == DEFINITION
    writer.join()
