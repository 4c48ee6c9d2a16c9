"""Rules of what leads where."""

from __future__ import annotations

from collections.abc import Iterator

from pytest_studio.errors import nearest
from pytest_studio.flows.definitions.rules.subject import Remark, Subject, on
from pytest_studio.flows.model import State
from pytest_studio.widgets import TRIGGERS

__all__ = [
    "dead_triggers",
    "double_events",
    "endless_loops",
    "missing_no_match",
    "odd_starts",
    "unknown_events",
    "unreachable",
    "unwired_events",
]

#: Events that a Flow which is well does not count on.
FAILURES = frozenset(
    ("failed", "fail", "failure", "deliveryFailure", "failedToEnqueue", "callFailure", "providerError",
     "validationError", "maxFailedAttempts")
)  # fmt: skip
#: Event -> what it means that it leads nowhere, and what would be better.
_UNWIRED = {
    "timeout": "whoever does not answer in time is left without a word; lead it to a reminder, a retry or a goodbye",
    "deliveryFailure": "if the message does not arrive, nobody learns of it; lead it to another way to the contact",
}
_FAILED = (
    "if it comes to that, the Execution ends without a word; lead it to a widget that tells somebody, or tries again"
)
#: Types of widgets that take no time: a loop of these runs until Studio stops it.
_AT_ONCE = frozenset(
    ("split-based-on", "set-variables", "send-message", "make-http-request", "run-function", "say-play", "record-call",
     "fork-stream", "start-conversation", "resume-conversation")
)  # fmt: skip
#: Widgets of a loop that a message names.
_SOME = 8
#: Events that real Flows may wire beyond those of a type's own.
_ALSO = {"send-to-flex": ("composerStarted",)}


def odd_starts(subject: Subject) -> Iterator[Remark]:
    """An initial state that is no trigger."""
    initial = subject.program.initial
    if initial is not None and initial.type != "trigger":
        yield on(initial, "type", f"a run begins here, and this is no trigger but a {initial.type}: name the trigger")


def dead_triggers(subject: Subject) -> Iterator[Remark]:
    """A trigger that starts nothing."""
    initial = subject.program.initial
    if initial is not None and initial.type == "trigger" and not subject.triggers:
        events = ", ".join(TRIGGERS)
        yield on(initial, "transitions", f"it starts nothing: lead at least one of {events} to a widget")


def unreachable(subject: Subject) -> Iterator[Remark]:
    """Widgets that no run comes to."""
    if subject.program.initial is None:
        return
    reached = {state.name for state in subject.reachable}
    led_to = {name for state in subject.states for name in subject.after(state) if name != state.name}
    for state in subject.states:
        if state.name not in reached:
            why = "only widgets that no run comes to lead here" if state.name in led_to else "nothing leads here"
            yield on(state, None, f"{why}: connect this widget, or remove it")


def unwired_events(subject: Subject) -> Iterator[Remark]:
    """Failures and timeouts that lead nowhere, of widgets after which the Flow goes on otherwise."""
    for state in subject.reachable:
        if not subject.after(state):
            continue  # the Flow ends here, whatever happens
        for event in state.known_events:
            wired = state.on(event)
            if (event in FAILURES or event == "timeout") and (wired is None or wired.next is None):
                property = "transitions" if wired is None else f"transitions/{wired.place}"
                yield on(state, property, f"{event!r} leads nowhere: {_UNWIRED.get(event, _FAILED)}")


def unknown_events(subject: Subject) -> Iterator[Remark]:
    """Transitions on events that the type of widget has not."""
    for state in subject.states:
        known = (*TRIGGERS,) if state.type == "trigger" else (*state.known_events, *_ALSO.get(state.type, ()))
        for transition in state.transitions if known else ():
            if transition.event not in known:
                hint = nearest(transition.event, known) if len(transition.event) <= 60 else ""
                words = f"a {state.type} never ends with {transition.event!r:.60}{hint}: it ends with {_listed(known)}"
                yield on(state, f"transitions/{transition.place}/event", words)


def double_events(subject: Subject) -> Iterator[Remark]:
    """Second transitions of one event."""
    for state in subject.states:
        seen: set[str] = set()
        for transition in state.transitions:
            if transition.event in seen and transition.event != "match":
                message = f"{transition.event!r:.60} has a transition already, and this one is never taken: remove one"
                yield on(state, f"transitions/{transition.place}", message)
            seen.add(transition.event)


def missing_no_match(subject: Subject) -> Iterator[Remark]:
    """Splits that do not say what follows if nothing matches."""
    for state in subject.of_type("split-based-on"):
        if state.on("noMatch") is None:
            message = "there is no transition for 'noMatch': if no branch matches, Studio warns (81005); add one"
            yield on(state, "transitions", message)


def endless_loops(subject: Subject) -> Iterator[Remark]:
    """Loops that end only when something fails."""
    ways = {state.name: _ways_on(subject, state) for state in subject.reachable}
    for loop in _loops(ways):
        members = [subject.program.states[name] for name in ways if name in loop]
        if any(_may_end(subject, state) or not set(ways[state.name]) <= loop for state in members):
            continue
        rest = (
            "nothing in it waits, so that it runs until Studio ends the Execution after 1,000 Steps"
            if all(state.type in _AT_ONCE for state in members)
            else "whoever comes here never gets to an end"
        )
        names = ", ".join(state.name for state in members[:_SOME]) + ", …" * (len(members) > _SOME)
        yield on(members[0], "transitions", f"the loop of {names} has no way out: {rest}; lead one of its branches out")


def _ways_on(subject: Subject, state: State) -> list[str]:
    """Where a state leads unless something fails."""
    return [
        found
        for transition in state.transitions
        if transition.event not in FAILURES and (found := subject.target(transition)) is not None
    ]


def _may_end(subject: Subject, state: State) -> bool:
    """Whether a run may end with a state although nothing fails."""
    if not state.known_events:
        return True  # nobody knows
    wired = {transition.event for transition in state.transitions if transition.next is not None}
    ends = [transition for transition in state.transitions if transition.event == "match" and transition.next is None]
    usual = {event for event in state.known_events if event not in FAILURES and event != "match"}
    return bool(ends) or not usual <= wired


def _loops(ways: dict[str, list[str]]) -> Iterator[set[str]]:
    """Sets of states, each of which can be reached from each of its set, itself included (Tarjan's components)."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_ones: list[str] = []
    for root in ways:
        if root in order:
            continue
        path = [(root, iter(ways[root]))]
        order[root] = lowest[root] = len(order)
        open_ones.append(root)
        while path:
            name, ahead = path[-1]
            following = next(ahead, None)
            if following is None:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[name])
                if lowest[name] == order[name]:
                    at = open_ones.index(name)
                    members, open_ones[at:] = set(open_ones[at:]), []
                    if len(members) > 1 or name in ways[name]:
                        yield members
            elif following not in order:
                order[following] = lowest[following] = len(order)
                open_ones.append(following)
                path.append((following, iter(ways[following])))
            elif following in open_ones:
                lowest[name] = min(lowest[name], order[following])


def _listed(names: tuple[str, ...]) -> str:
    return " or ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
