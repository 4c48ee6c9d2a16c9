"""Why something of a Flow was not reached, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from pytest_studio.flows.coverage import covered
from pytest_studio.flows.definitions.rules import branches
from pytest_studio.flows.definitions.rules.subject import Subject
from pytest_studio.flows.exploring.search import Search
from pytest_studio.flows.exploring.sources import paths_of
from pytest_studio.flows.model import State, Transition
from pytest_studio.flows.situation import Visit

__all__ = ["Reasons"]

_CLOCK = re.compile(r"['\"](now|today)['\"]")


class Reasons:
    """What a search has not reached of its Flow.

    Args:
        search: one that has ended.
    """

    def __init__(self, search: Search) -> None:
        self._search = search
        self._program = search.program
        self._scope = search.sources.main
        self._joined = covered.reachable(search.program)

    def widgets(self) -> Iterator[tuple[State, str]]:
        """The widgets that were not reached, in order."""
        for state in self._program.states.values():
            if not self._was_at(state):
                yield state, self._why_widget(state)

    def transitions(self) -> Iterator[tuple[State, Transition, str]]:
        """The transitions that were not taken, of widgets that were reached, in order."""
        for state in self._program.states.values():
            if self._was_at(state):
                for transition in covered.takeable(state):
                    if (self._scope, state.place, transition.place) not in self._search.covered:
                        yield state, transition, self._why_transition(state, transition)

    def _was_at(self, state: State) -> bool:
        return state.name in self._waited or bool(self._search.ways.get((self._scope, state.name)))

    @cached_property
    def _waited(self) -> frozenset[str]:
        """Widgets at which something waited, though it may not have ended."""
        return frozenset(
            str(frame.at)
            for node in self._search.nodes
            if node.situation.wait is not None
            for frame in node.situation.frames[:1]
        )

    def _why_widget(self, state: State) -> str:
        if state.name not in self._joined:
            return "no way leads to it from the trigger"
        into = [
            f"{other.name}: {covered.outcome(transition)}"
            for other in self._program.states.values()
            if other.name in self._joined
            for transition in covered.takeable(other)
            if transition.next == state.name
        ]
        more = f", and {len(into) - 3} more" if len(into) > 3 else ""
        return f"what leads to it was not taken ({'; '.join(into[:3])}{more})"

    def _why_transition(self, state: State, transition: Transition) -> str:
        never = self._never.get((state.place, transition.place))
        if never is not None:
            return never
        if self._search.exhausted:
            more = "" if self._search.gave_up else "; a higher limit= may find a way"
            return f"no way there was found in {self._search.tried} moves{more}"
        if state.type == "split-based-on":
            return self._why_branch(state, transition)
        if state.type == "trigger":
            return "nothing starts the Flow so"
        events = sorted(
            {
                event.event
                for node in self._search.ways.get((self._scope, state.name), ())
                for event in node.all_events()
                if isinstance(event, Visit) and event.widget == state.name
            }
        )
        took = f"on every way that was found it ended otherwise ({', '.join(events)})" if events else "it never ended"
        return took

    @cached_property
    def _never(self) -> dict[tuple[int, int], str]:
        """Branches that no input can take: place of the state and of the transition -> why."""
        found: dict[tuple[int, int], str] = {}
        subject = Subject(self._program.definition, lambda value, name: [])
        for remark in branches.never_matches(subject):
            place = re.match(r"transitions/(\d+)", remark.property or "")
            if remark.place is not None and place is not None:
                words = remark.message.removeprefix("this branch can never match: ").removesuffix(
                    "; correct or remove it"
                )
                found[remark.place, int(place[1])] = f"it can never match: {words}"
        return found

    def _why_branch(self, state: State, transition: Transition) -> str:
        judged = list(transition.conditions)
        if not judged:
            judged = [condition for other in state.transitions for condition in other.conditions]
        texts = [text for condition in judged for text in (condition.argument, condition.value)]
        if any(_CLOCK.search(text) for text in self._with_variables(texts)):
            return "it depends on the clock, which no input moves: set the studio's to another time (now=)"
        paths = [path for text in texts for path in paths_of(text)]
        atoms = self._search.sources.conditions_of(self._scope, judged)
        if not atoms and any(True for path in paths for _ in self._search.sources.put_into(self._scope, path)):
            return "it goes by variables that no input changes, and they do not come to that"
        if not atoms:
            named = ", ".join(dict.fromkeys(".".join(map(str, path)) for path in paths))
            return f"it goes by {named}, which nothing sets" if named else "it goes by nothing that any input changes"
        absent = [
            atom.widget
            for atom in atoms
            if atom.widget and atom.scope == self._scope and not self._ran_before(atom.widget, state)
        ]
        shown = ", ".join(dict.fromkeys(".".join(map(str, path)) for path in paths))
        if absent and len(set(absent)) == len({atom.widget for atom in atoms}):
            names = ", ".join(dict.fromkeys(absent))
            return f"it goes by {shown}, and {names} does not run on any way here"
        return f"no value of {shown} was found that leads there: it comes from outside, and could not be guessed"

    def _with_variables(self, texts: list[str]) -> list[str]:
        """Templates, and those of the variables that they read."""
        put = self._search.sources
        found = dict.fromkeys(texts)
        ahead = list(texts)
        while ahead:
            for path in paths_of(ahead.pop()):
                for _, template in put.put_into(self._scope, path):
                    if template not in found:
                        found[template] = None
                        ahead.append(template)
        return list(found)

    def _ran_before(self, widget: str, state: State) -> bool:
        for node in self._search.ways.get((self._scope, state.name), ()):
            names = [event.widget for event in node.all_events() if isinstance(event, Visit)]
            if widget in names and widget in names[: len(names) - names[::-1].index(state.name)]:
                return True
        return False
