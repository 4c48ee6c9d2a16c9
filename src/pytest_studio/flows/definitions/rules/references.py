"""Rules of Liquid: whether templates parse, and whether anything sets what they read.

What there is in a run's context follows https://www.twilio.com/docs/studio/user-guide/get-started.
"""

from __future__ import annotations

from collections.abc import Iterator

from pytest_studio.errors import nearest
from pytest_studio.flows.definitions.rules.subject import Remark, Subject, Text, on, set_by
from pytest_studio.flows.liquid import Reference, known_filters
from pytest_studio.flows.model import State
from pytest_studio.widgets import TRIGGERS

__all__ = [
    "other_triggers",
    "unknown_filters",
    "unknown_references",
    "unknown_widgets",
    "unparsable",
    "unset_variables",
    "unwritten",
    "whole_objects",
]

#: Properties that Studio fills with templates by itself, whatever starts the Flow.
_FILLED_BY_STUDIO = frozenset(("service", "channel", "chat_service", "chat_channel"))
#: The top of the context, and below it where what stands there is known.
_CONTEXT: dict[str, frozenset[str]] = {
    "flow": frozenset(("sid", "flow_sid", "channel", "data", "variables", "add_ons")),
    "trigger": frozenset(TRIGGERS.values()),
    "contact": frozenset(("channel",)),
    "widgets": frozenset(),
}
_EVENT_OF = {kind: event for event, kind in TRIGGERS.items()}
#: What Liquid itself has a value for, or may have.
_LIQUIDS_OWN = frozenset(("forloop", "tablerowloop", "now", "today", "empty", "blank", "nil", "null", "true", "false"))

_ANSWER = frozenset(("body", "content_type", "status_code", "parsed", "headers"))
_MESSAGE = frozenset(("inbound", "outbound"))
_CALL = frozenset(("Digits", "SpeechResult", "Confidence"))
#: Widget type -> all that it writes under its name.
_WRITES: dict[str, frozenset[str]] = {
    "trigger": frozenset(),
    "split-based-on": frozenset(),
    "fork-stream": frozenset(),
    "make-http-request": _ANSWER,
    "run-function": _ANSWER,
}
#: Widget type -> what it never writes, where it may write things that nobody has listed.
_NEVER: dict[str, frozenset[str]] = {
    "send-message": _ANSWER | _CALL | {"inbound", "Body"},
    "send-and-wait-for-reply": _ANSWER | _CALL | {"Body", "NumMedia"},
    "gather-input-on-call": _ANSWER | _MESSAGE | {"Body"},
    "say-play": _ANSWER | _MESSAGE | {"Body", "SpeechResult", "Confidence"},
    "connect-call-to": _ANSWER | _MESSAGE | {"SpeechResult", "Confidence"},
    "record-voicemail": _ANSWER | _MESSAGE | {"SpeechResult", "Confidence"},
}
_NEVER["make-outgoing-call-v2"] = _NEVER["make-outgoing-call-v1"] = _NEVER["connect-call-to"]
#: Filters that make a text or a part of an object.
_TAKE_OBJECTS = frozenset(("to_json", "size", "first", "last", "map", "join", "sort", "slice", "json"))


def unparsable(subject: Subject) -> Iterator[Remark]:
    """Templates that do not parse."""
    for text in subject.texts:
        if text.fault is not None:
            yield on(text.state, text.property, f"this Liquid does not parse: {text.fault}")


def unknown_filters(subject: Subject) -> Iterator[Remark]:
    """Filters that Liquid has not."""
    for text, reference in _read(subject):
        for name in dict.fromkeys(reference.filters):
            if name not in known_filters():
                hint = _hint(name, known_filters())
                yield on(text.state, text.property, f"{name!r:.60} is no filter of Liquid{hint}: correct or remove it")


def unknown_references(subject: Subject) -> Iterator[Remark]:
    """Variables that stand nowhere in a context."""
    for text, reference in _read(subject):
        top, known = reference.path[0], _CONTEXT.get(str(reference.path[0]))
        if known is None:
            if top in _LIQUIDS_OWN:
                continue
            words = f"a context has {', '.join(_CONTEXT)}, and no {top!r:.60}{_hint(top, _CONTEXT)}"
        elif known and len(reference.path) > 1 and reference.path[1] not in known:
            below = reference.path[1]
            words = f"{top} has {', '.join(sorted(known))}, and no {below!r:.60}{_hint(below, known)}"
        elif (small := _in_small_letters(reference)) is not None:
            capital = small[:1].upper() + small[1:]
            words = f"what a webhook brings is named with a capital letter (did you mean {capital!r:.60}?)"
        else:
            continue
        yield on(text.state, text.property, f"{reference.written:.120} is never set and renders as nothing: {words}")


def unknown_widgets(subject: Subject) -> Iterator[Remark]:
    """Variables of widgets that are not there."""
    names = subject.program.states
    for text, reference in _read(subject):
        name = _widget(reference)
        if name is not None and name not in names:
            words = f"{reference.written:.120} renders as nothing: there is no widget {name!r:.60}{_hint(name, names)}"
            yield on(text.state, text.property, words)


def unwritten(subject: Subject) -> Iterator[Remark]:
    """Variables of widgets of a type that never writes them."""
    for text, reference in _read(subject):
        widget = subject.program.states.get(_widget(reference) or "")
        if widget is None or len(reference.path) < 3:
            continue
        key = str(reference.path[2])
        known = _written_by(widget)
        if key in _NEVER.get(widget.type, ()) or (known is not None and key not in known):
            words = (
                f"{reference.written:.120} renders as nothing: {widget.name}, a {widget.type}, never writes {key!r:.60}"
            )
            yield on(text.state, text.property, words + _instead(widget, key, known))


def unset_variables(subject: Subject) -> Iterator[Remark]:
    """Variables that no widget sets."""
    for text, reference in _read(subject):
        path = reference.path
        if path[:2] != ("flow", "variables") or len(path) < 3 or reference.defended:
            continue
        if str(path[2]) not in subject.variables:
            hint = _hint(path[2], subject.variables) or ": names are case-sensitive" * bool(subject.variables)
            words = f"{reference.written:.120} renders as nothing: no set-variables sets {str(path[2])!r:.60}{hint}"
            yield on(text.state, text.property, words)


def other_triggers(subject: Subject) -> Iterator[Remark]:
    """Data of a trigger that starts nothing here."""
    if not subject.triggers or "incomingParent" in subject.triggers:  # a parent hands its own trigger's data on
        yield from _data_of_requests(subject)
        return
    for text, reference in _read(subject):
        kind = _trigger(reference)
        event = _EVENT_OF.get(kind or "")
        if event is not None and event not in subject.triggers and not reference.defended:
            words = f"{reference.written:.120} renders as nothing: no run of this Flow begins with {event}"
            yield on(text.state, text.property, f"{words}, which leads nowhere")


def _data_of_requests(subject: Subject) -> Iterator[Remark]:
    """What is read of ``flow.data``, where only other Flows start this one: that is not handed on."""
    if set(subject.triggers) != {"incomingParent"}:
        return
    for text, reference in _read(subject):
        if reference.path[:2] == ("flow", "data") and not reference.defended:
            words = f"{reference.written:.120} renders as nothing: only other Flows start this one, and what they hand "
            yield on(text.state, text.property, f"{words}over is in trigger.parent.parameters")


def whole_objects(subject: Subject) -> Iterator[Remark]:
    """Objects that are put out whole."""
    for text, reference in _read(subject):
        if reference.output and not _TAKE_OBJECTS & set(reference.filters) and _is_object(subject, reference):
            words = f"{reference.written:.120} is an object, and what Studio makes of one in a text is not JSON"
            yield on(
                text.state, text.property, f"{words}: name a part of it, or write {reference.written:.80} | to_json"
            )


def _read(subject: Subject) -> Iterator[tuple[Text, Reference]]:
    """The variables that are read, each once a text, where somebody has written the template."""
    for text in subject.texts:
        if text.property not in _FILLED_BY_STUDIO:
            for reference in dict.fromkeys(text.references):
                if reference.path:
                    yield text, reference


def _widget(reference: Reference) -> str | None:
    """The name of the widget whose variables are read."""
    path = reference.path
    return path[1] if len(path) > 1 and path[0] == "widgets" and isinstance(path[1], str) else None


def _in_small_letters(reference: Reference) -> str | None:
    """The name of a webhook's parameter, where it begins with a small letter: names are case-sensitive."""
    path = tuple(map(str, reference.path))
    if path[:1] == ("trigger",) and path[1:2] in (("message",), ("call",), ("conversation",)):
        below = path[2:3]
    else:
        below = path[3:4] if path[:1] == ("widgets",) and path[2:3] == ("inbound",) else ()
    return below[0] if below and below[0][:1].islower() else None


def _trigger(reference: Reference) -> str | None:
    """The kind of trigger whose data are read: ``"message"``."""
    path = reference.path
    if path[:2] == ("flow", "data"):
        return "request"
    return str(path[1]) if len(path) > 1 and path[0] == "trigger" else None


def _written_by(widget: State) -> frozenset[str] | None:
    """All that a widget writes; None if that is not known."""
    if widget.type == "set-variables":
        return frozenset(key for key, _ in set_by(widget))
    return _WRITES.get(widget.type)


def _instead(widget: State, key: str, known: frozenset[str] | None) -> str:
    if widget.type == "send-and-wait-for-reply" and key[:1].isupper():
        return f"; the answer is in inbound.{key}"
    if known is None:
        return ""
    return f"{_hint(key, known)}; it writes {', '.join(sorted(known)) or 'nothing'}"


def _is_object(subject: Subject, reference: Reference) -> bool:
    """Whether a variable is an object, and all of it is meant."""
    path = tuple(map(str, reference.path))
    if reference.written != ".".join(path):
        return False  # there is an index to it
    if path[0] == "widgets":
        widget = subject.program.states.get(path[1]) if len(path) > 1 else None
        return len(path) == 1 or (len(path) == 2 and widget is not None) or _is_part(widget, path[2:])
    if path[:2] == ("flow", "variables"):
        return len(path) == 2 or (len(path) == 3 and subject.variables.get(path[2], False))
    if path[0] == "trigger":
        return len(path) == 1 or (len(path) == 2 and path[1] in _EVENT_OF) or path[2:] == ("parameters",)
    return path in (("flow",), ("flow", "data"), ("flow", "channel"), ("contact",), ("contact", "channel"))


def _is_part(widget: State | None, path: tuple[str, ...]) -> bool:
    """Whether a part of what a widget writes is an object for sure."""
    if widget is None or len(path) != 1:
        return False
    if widget.type == "set-variables":
        return dict(set_by(widget)).get(path[0]) == "json_object"
    if widget.type in ("make-http-request", "run-function"):
        return path[0] in ("parsed", "headers")
    return widget.type in ("send-message", "send-and-wait-for-reply") and path[0] in _MESSAGE


def _hint(name: object, known: object) -> str:
    return nearest(name, known) if isinstance(name, str) and len(name) <= 60 else ""  # type: ignore[arg-type]
