"""Flow Definitions as users hand them over: a file, a text of JSON, or a dict.

Follows https://www.twilio.com/docs/studio/flow-definition.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from pytest_studio.errors import FlowDefinitionError
from pytest_studio.files import path_of
from pytest_studio.wire import read_json

__all__ = ["Source", "parsed", "read"]

Json = dict[str, Any]

#: Widget types of the format that Studio's Console exported before 2020.
_LEGACY_TYPES = frozenset(
    ("InitialState", "Gather", "Branch", "Message", "Webhook", "SayPlay", "SetVariables", "DialV2", "EnqueueCall")
)


class Source(NamedTuple):
    """A definition that was read.

    ``definition`` is the reader's own copy; ``title`` is what to call the Flow: its friendly name, else the name of its
    file, else its description; ``source`` is the path of the file, or "". ``text`` is the JSON that it was read from,
    and ``within`` the pointer to the definition in it.
    """

    definition: Json
    title: str
    source: str
    text: str = ""
    within: str = "#"


def read(source: str | os.PathLike[str] | Json, base: Path | None = None) -> Source:
    """Read a Flow Definition, or a Flow that has one.

    Args:
        source: a path (looked for from the working directory, then from ``base``), a text of JSON, or a dict. In it
            stands a definition, a Flow as the REST API sends it, or the list of one Flow that ``twilio-cli`` prints.
        base: a folder, such as the suite's root.

    Raises:
        FlowDefinitionError: there is no such file, it cannot be read, is no JSON (the message has line and column), or
            has no definition; or the definition is in the format of before 2020.
        TypeError: the source is none of the three.
    """
    if isinstance(source, dict):
        return _source(_own(source), "the dict")
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(
            f"a Flow Definition is given as a path, a text of JSON or a dict, not as {type(source).__name__}"
        )
    if isinstance(source, str) and source.lstrip()[:1] in ("{", "["):
        return parsed(source, "the text")
    try:
        path = path_of(source, base)
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise FlowDefinitionError(str(error)) from None
    except UnicodeDecodeError as error:
        raise FlowDefinitionError(f"{source}: it is no UTF-8: {error.reason} at byte {error.start}") from None
    except (OSError, ValueError) as error:
        raise FlowDefinitionError(f"{source!s:.200}: it cannot be read: {_why(error)}") from None
    return parsed(text, str(source), str(path))


def parsed(text: str, name: str, path: str = "") -> Source:
    """Read a Flow Definition from a text of JSON.

    Args:
        text: the JSON.
        name: what messages call it.
        path: of the file that it stands in, or "".

    Raises:
        FlowDefinitionError: as for ``read``.
    """
    try:
        value = read_json(text)
    except json.JSONDecodeError as error:
        what = (
            f"it is no JSON: {error.msg}, line {error.lineno}, column {error.colno}" if text.strip() else "it is empty"
        )
        raise FlowDefinitionError(f"{name}: {what}", line=error.lineno) from None
    except ValueError as error:
        raise FlowDefinitionError(f"{name}: it is no JSON: {error}") from None
    return _source(value, name, path)._replace(text=text)


def _own(value: Json) -> Json:
    """A copy that JSON could hold."""
    try:
        copy: Json = read_json(json.dumps(value))
    except (TypeError, ValueError, RecursionError) as error:
        raise FlowDefinitionError(f"the dict: it could not be written as JSON: {_why(error)}") from None
    return copy


def _why(error: BaseException) -> str:
    return (
        "it is nested too deeply" if isinstance(error, RecursionError) else getattr(error, "strerror", "") or str(error)
    )


def _source(value: Any, name: str, path: str = "") -> Source:
    within = "#"
    if isinstance(value, list) and len(value) == 1:
        within += "/0"
        value = value[0]  # as twilio-cli prints one Flow
    flow = value if isinstance(value, dict) and "states" not in value and "definition" in value else {}
    definition = flow.get("definition", value)
    within += "/definition" if flow else ""
    if isinstance(definition, str) and flow:
        definition = parsed(definition, f"{name}: definition").definition
    if definition is None:
        raise FlowDefinitionError(f"{name}: its definition is null, as in lists of Flows: fetch the Flow itself")
    if not isinstance(definition, dict):
        raise FlowDefinitionError(f"{name}: a Flow Definition is an object, not {_kind(definition)}")
    if _is_legacy(definition):
        raise FlowDefinitionError(
            f"{name}: this is the format that the Console exported before 2020 (widget types such as InitialState, "
            "transitions to FF… SIDs), which Studio takes no more. Fetch the Flow from the REST API v2 "
            "(twilio api:studio:v2:flows:fetch --sid FW… -o json), or copy its JSON from the Console as it is now."
        )
    if not definition.keys() & {"states", "initial_state"}:
        raise FlowDefinitionError(f"{name}: this is no Flow Definition: one has states and initial_state")
    titles = (flow.get("friendly_name"), flow.get("friendlyName"), Path(path).stem, definition.get("description"))
    title = next((title for title in titles if isinstance(title, str) and title), "")
    return Source(definition, title, path, within=within)


def _kind(value: Any) -> str:
    if isinstance(value, list):
        return "a list of one" if len(value) == 1 else f"a list of {len(value)}"
    return {str: "a text", bool: "a boolean"}.get(type(value), "a number")


def _is_legacy(definition: Json) -> bool:
    states = definition.get("states")
    found = [state for state in states if isinstance(state, dict)] if isinstance(states, list) else []
    return "initial_state" not in definition and any(_is_legacy_state(state) for state in found)


def _is_legacy_state(state: Json) -> bool:
    kind = state.get("type")
    return (isinstance(kind, str) and kind in _LEGACY_TYPES) or any("uuid" in each for each in _transitions(state))


def _transitions(state: Json) -> Iterator[Json]:
    transitions = state.get("transitions")
    for transition in transitions if isinstance(transitions, list) else ():
        if isinstance(transition, dict):
            yield transition
