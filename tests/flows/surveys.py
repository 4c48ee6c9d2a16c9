"""A small Flow that the tests of coverage, drawings and pages share, and odd definitions of any shape."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from pytest_studio.flows.coverage.recorder import Recorder
from pytest_studio.flows.model import Program

Json = dict[str, Any]


def state(name: str, kind: str, *transitions: tuple[Any, ...], offset: tuple[int, int] | None = None) -> Json:
    """A state; a transition is ``(event, next or None)`` with, for a split, a condition's name, type and value."""
    made = []
    for event, follower, *condition in transitions:
        transition: Json = {"event": event}
        if follower is not None:
            transition["next"] = follower
        if condition:
            title, predicate, value = condition
            transition["conditions"] = [
                {"friendly_name": title, "arguments": ["{{x}}"], "type": predicate, "value": value}
            ]
        made.append(transition)
    properties = {} if offset is None else {"offset": {"x": offset[0], "y": offset[1]}}
    return {"name": name, "type": kind, "transitions": made, "properties": properties}


def definition(*states: Json, description: str = "Survey") -> Json:
    """A definition that begins with ``Trigger``."""
    return {"description": description, "states": list(states), "initial_state": "Trigger", "flags": {}}


def survey() -> Json:
    """Five widgets that can be reached, nine transitions to cover, and a widget that cannot be reached."""
    return definition(
        state("Trigger", "trigger", ("incomingMessage", "ask"), ("incomingCall", None), offset=(0, 0)),
        state(
            "ask",
            "send-and-wait-for-reply",
            ("incomingMessage", "route"),
            ("timeout", "remind"),
            ("deliveryFailure", None),
            offset=(0, 200),
        ),
        state(
            "route",
            "split-based-on",
            ("noMatch", "ask"),
            ("match", "bye", "yes", "equal_to", "yes"),
            ("match", None, "If it is bad", "contains", "no"),
            offset=(-200, 400),
        ),
        state("remind", "send-message", ("sent", "ask"), ("failed", None), offset=(300, 400)),
        state("bye", "set-variables", offset=(-200, 600)),
        state("old", "send-message", ("sent", "bye"), ("failed", None), offset=(300, 700)),
    )


def walk(recorder: Recorder, program: Program, test: str, *steps: tuple[str, str | int | None]) -> None:
    """A run through widgets, each with the event (or the place) of the transition that it took, or None."""
    track = recorder.track(program, test)
    for name, way in steps:
        at = program.states[name]
        taken = at.on(way) if isinstance(way, str) else None
        track.visit(at.place, taken.place if taken is not None else way if isinstance(way, int) else None)


texts = st.text(max_size=40) | st.sampled_from(
    ["a" * 300, "</script><script>alert(1)</script>", '"><b>&amp;', "é漢🙂\x00\ud800"]
)


@st.composite
def odd_definitions(draw: st.DrawFn) -> Json:
    """Definitions with names, offsets and loops that no person would make."""
    names = draw(st.lists(texts.filter(bool), min_size=0, max_size=8, unique=True))
    numbers = st.integers(-300, 300) | st.floats(allow_nan=True, allow_infinity=True) | st.just("12") | st.none()
    conditions = st.lists(
        st.fixed_dictionaries(
            {"friendly_name": texts, "arguments": st.lists(texts, max_size=1), "type": texts, "value": texts}
        ),
        max_size=2,
    )
    transitions = st.lists(
        st.fixed_dictionaries(
            {"event": texts}, optional={"next": st.sampled_from([*names, "", "nowhere"]), "conditions": conditions}
        ),
        max_size=5,
    )
    states = []
    for name in names:
        offset = draw(st.fixed_dictionaries({"x": numbers, "y": numbers}) | st.none() | st.just([]))
        states.append(
            {
                "name": name,
                "type": draw(st.sampled_from(["trigger", "split-based-on"]) | texts),
                "transitions": draw(transitions),
                "properties": {"offset": offset},
            }
        )
    return {"description": draw(texts), "states": states, "initial_state": draw(st.sampled_from([*names, "nowhere"]))}
