"""Rules of the settings of single widgets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pytest_studio import sids
from pytest_studio.flows.definitions.rules.subject import Remark, Subject, has_liquid, on
from pytest_studio.flows.model import State

__all__ = ["blank_contents", "long_attributes", "out_of_range", "reserved_parameters", "unusable_subflows"]

#: Type -> what a person would read or hear; one of these must be there.
_CONTENTS = {
    "send-message": ("body", "media_url", "content_sid"),
    "send-and-wait-for-reply": ("body", "media_url", "content_sid"),
    "say-play": ("say", "play", "digits"),
}
#: Type and property -> least and most, as the widgets' pages have them.
_RANGES = {
    ("gather-input-on-call", "timeout"): (0, 30),
    ("gather-input-on-call", "loop"): (1, 99),
    ("gather-input-on-call", "number_of_digits"): (1, 1000),
    ("connect-call-to", "timeout"): (1, 600),
    ("make-outgoing-call-v1", "timeout"): (0, 600),
    ("make-outgoing-call-v2", "timeout"): (0, 600),
    ("record-voicemail", "max_length"): (1, 14_400),
    ("add-twiml-redirect", "timeout"): (0, 14_400),
    ("send-and-wait-for-reply", "timeout"): (1, 30 * 24 * 60 * 60),  # an Execution lives for 30 days
}
#: Characters of the attributes of a task.
_ATTRIBUTES = 1024


def blank_contents(subject: Subject) -> Iterator[Remark]:
    """Messages and announcements without any content."""
    for state in subject.of_type(*_CONTENTS):
        if not any(_is_filled(state.properties.get(name)) for name in _CONTENTS[state.type]):
            silent = state.type == "say-play"
            why = "nobody hears anything" if silent else "a message without content fails (81011)"
            yield on(state, _CONTENTS[state.type][0], f"{why}: give it {' or '.join(_CONTENTS[state.type])}")


def _is_filled(value: Any) -> bool:
    return bool(value.strip()) if isinstance(value, str) else value is not None


def reserved_parameters(subject: Subject) -> Iterator[Remark]:
    """Parameters that an HTTP request must not have."""
    for state in subject.of_type("make-http-request"):
        parameters = state.properties.get("parameters")
        for at, parameter in enumerate(parameters if isinstance(parameters, list) else ()):
            if isinstance(parameter, dict) and parameter.get("key") == "method":
                message = "the name 'method' is reserved, and the request fails (81014): choose another"
                yield on(state, f"parameters/{at}/key", message)


def unusable_subflows(subject: Subject) -> Iterator[Remark]:
    """Subflows that cannot be found."""
    for state in subject.of_type("run-subflow"):
        sid = state.properties.get("flow_sid")
        if not isinstance(sid, str):
            continue
        if has_liquid(sid):
            yield on(state, "flow_sid", "no Liquid is rendered here: name the Flow by its SID, FW and 32 characters")
        elif not sids.is_valid(sid, "FW"):
            yield on(state, "flow_sid", f"{sid!r:.60} is no SID of a Flow, FW and 32 characters; fill it in")
        elif subject.subflows and sid not in subject.subflows:
            yield on(state, "flow_sid", f"there is no Flow {sid}: load or name the one that is meant")


def out_of_range(subject: Subject) -> Iterator[Remark]:
    """Numbers beyond what the documentation allows."""
    for state in subject.states:
        for (kind, name), (low, high) in _RANGES.items():
            number = _number(state, name) if kind == state.type else None
            if number is not None and not low <= number <= high:
                yield on(state, name, f"{number} is beyond what Studio takes here, {low} to {high}")


def _number(state: State, name: str) -> int | None:
    value = state.properties.get(name)
    if isinstance(value, str) and len(value) <= 20 and value.isascii() and value.isdigit():
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def long_attributes(subject: Subject) -> Iterator[Remark]:
    """Attributes of a task that are too long even before they are rendered."""
    for state in subject.of_type("send-to-flex"):
        text = state.properties.get("attributes")
        if isinstance(text, str) and not has_liquid(text) and len(text) > _ATTRIBUTES:
            message = f"attributes have {_ATTRIBUTES} characters at most, and these have {len(text)}: shorten them"
            yield on(state, "attributes", message)
