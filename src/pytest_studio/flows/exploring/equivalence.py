"""When two situations are as good as one: what still matters of a context, at each widget.

A backward data flow over the transitions. What a widget overwrites does not matter before it; of what conditions judge
only the judgements matter, not the values.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from pytest_studio.flows import conditions, liquid
from pytest_studio.flows.exploring.moves import Path
from pytest_studio.flows.exploring.sources import Sources, items_of, paths_of, scope_of
from pytest_studio.flows.model import State, templates
from pytest_studio.flows.situation import Json, Situation

__all__ = ["Equivalence"]

_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_ASKING = ("make-http-request", "run-function", "run-function-v2")

Scope = tuple[str, int]


class Item(NamedTuple):
    """Something of a context that matters.

    ``sort`` is ``"test"`` (whether a condition of ``kind`` and ``value`` holds for a template), ``"value"`` (what
    stands at ``path``) or ``"there"`` (whether something stands there, which only matters for blanks).
    """

    sort: str
    path: Path = ()
    template: str = ""
    kind: str = ""
    value: str = ""

    @property
    def reads(self) -> tuple[Path, ...]:
        """The paths that it depends on."""
        return (self.path,) if self.path else _reads(self.template, self.value)


@lru_cache(maxsize=4096)
def _reads(template: str, value: str) -> tuple[Path, ...]:
    return (*paths_of(template), *paths_of(value))


class Equivalence:
    """What situations are told apart by.

    Args:
        sources: the Flows that take part.
    """

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._live: dict[tuple[Scope, frozenset[Item]], dict[str, frozenset[Item]]] = {}
        self._order: dict[frozenset[Item], tuple[list[Item], list[Item]]] = {}

    def key(self, situation: Situation, now: float) -> tuple[Any, Any]:
        """What tells a situation from others that go on otherwise, and beyond that from those with other blanks."""
        where: list[Any] = [situation.hung_up, situation.call is not None]
        judged: list[Any] = []
        there: list[Any] = []
        live: frozenset[Item] = frozenset()
        for depth, frame in enumerate(situation.frames):
            scope = scope_of(frame.program)
            where.append((scope, frame.at))
            if frame.at is None:
                continue
            matters = self.live(scope, live)
            runs = depth + 1 < len(situation.frames)
            state = frame.program.states[frame.at]
            here = self._after(scope, state, live) if runs else matters[frame.at]
            if runs:
                live = self._wanted_of_subflow(state, here)
                here = frozenset(self._before(scope, state, here, inside=True))
            firm, soft = self._sorted(here)
            judged += [_look(item, frame.context, now) for item in firm]
            there += [_look(item, frame.context, now) for item in soft]
        return (tuple(where), tuple(judged)), tuple(there)

    def live(self, scope: Scope, at_end: frozenset[Item]) -> dict[str, frozenset[Item]]:
        """What matters as each widget of a Flow is entered, if ``at_end`` matters after its end."""
        known = self._live.get((scope, at_end))
        if known is not None:
            return known
        states = self._sources.programs[scope].states
        found: dict[str, frozenset[Item]] = dict.fromkeys(states, frozenset())
        self._live[scope, at_end] = found
        before: dict[str, set[str]] = {name: set() for name in states}
        for state in states.values():
            for transition in state.transitions:
                if transition.next in before:
                    before[transition.next].add(state.name)
        ahead: dict[str, None] = dict.fromkeys(reversed(list(states)))
        while ahead:
            name = ahead.popitem()[0]
            state = states[name]
            after = self._after(scope, state, at_end)
            now = frozenset((*_uses(state), *self._before(scope, state, after)))
            if now != found[name]:
                found[name] = now
                ahead.update(dict.fromkeys(sorted(before[name])))
        return found

    def _after(self, scope: Scope, state: State, at_end: frozenset[Item]) -> frozenset[Item]:
        """What matters once a widget has ended, whichever transition it takes."""
        matters = self._live[scope, at_end]
        nexts = {transition.next for transition in state.transitions}
        found = set(at_end)
        for name in nexts:
            found |= matters.get(name or "", frozenset())
        return frozenset(found)

    def _before(self, scope: Scope, state: State, after: Iterable[Item], inside: bool = False) -> Iterator[Item]:
        """What matters before a widget, of what matters after it."""
        for item in after:
            written = [path for path in item.reads if _writes(state, path)]
            if not written:
                yield item
            elif item.sort == "there":
                if state.type in _ASKING and item.path[2:3] == ("parsed",):
                    yield item
            else:
                for path in item.reads:
                    if path not in written or (state.type in _ASKING and path[2:3] == ("parsed",)):
                        yield Item("value", path)
                    elif state.type == "set-variables":
                        yield from self._put_in(state, path)
        if state.type == "run-subflow" and not inside and (scope, state.name) in self._sources.subflows:
            yield from self._into_subflow(scope, state, frozenset(after))

    @staticmethod
    def _put_in(state: State, path: Path) -> Iterator[Item]:
        for key, template in items_of(state, "variables"):
            if len(path) < 3 or key == path[2]:
                yield from (Item("value", read) for read in paths_of(template))

    def _into_subflow(self, scope: Scope, state: State, after: frozenset[Item]) -> Iterator[Item]:
        """What matters before a widget because the subflow reads it."""
        inner = self._sources.subflows[scope, state.name]
        initial = self._sources.programs[inner].initial
        if initial is None:
            return
        for item in self.live(inner, self._wanted_of_subflow(state, after))[initial.name]:
            for path in item.reads:
                if path[:3] == ("trigger", "parent", "parameters"):
                    for key, template in items_of(state, "parameters"):
                        if len(path) < 4 or key == path[3]:
                            yield from (Item("value", read) for read in paths_of(template))
                elif path[0] in ("trigger", "contact"):
                    yield Item("value", path)

    @staticmethod
    def _wanted_of_subflow(state: State, after: frozenset[Item]) -> frozenset[Item]:
        """What matters at the end of a subflow: the variables that its parent reads."""
        return frozenset(
            Item("value", ("flow", "variables", *path[2:]))
            for item in after
            if item.sort != "there"
            for path in item.reads
            if path[:2] == ("widgets", state.name)
        )

    def _sorted(self, items: frozenset[Item]) -> tuple[list[Item], list[Item]]:
        known = self._order.get(items)
        if known is None:
            ordered = sorted(items, key=repr)
            known = [i for i in ordered if i.sort != "there"], [i for i in ordered if i.sort == "there"]
            self._order[items] = known
        return known


def _writes(state: State, path: Path) -> bool:
    """Whether a widget overwrites what stands at a path."""
    if path[:2] == ("widgets", state.name):
        return True
    if state.type != "set-variables" or path[:2] != ("flow", "variables") or len(path) < 3:
        return False
    return any(key == path[2] for key, _ in items_of(state, "variables"))


@lru_cache(maxsize=4096)
def _has_text(template: str) -> bool:
    """Whether a template renders something in any case."""
    return bool(_TAGS.sub("", template).strip())


def _uses(state: State) -> Iterator[Item]:
    """What a widget itself goes by."""
    given = state.properties
    for transition in state.transitions:
        for condition in transition.conditions:
            yield Item("test", (), condition.argument, condition.type, condition.value)
    decisive: list[str] = []
    if state.type in ("send-message", "send-and-wait-for-reply"):
        decisive += [value for name in ("body", "to") if isinstance(value := given.get(name), str)]
        decisive += [value for _, value in items_of(state, "content_variables")]
    elif state.type in _ASKING:
        decisive += [value] if isinstance(value := given.get("url"), str) else []
    elif state.type == "gather-input-on-call":
        for name in ("number_of_digits", "finish_on_key", "stop_gather"):
            yield from (Item("value", path) for path in paths_of(str(given.get(name))))
    for template in decisive:
        if paths_of(template) and not _has_text(template):
            yield Item("test", (), template, "is_blank", "")
    for place, text in templates(state):
        if place not in ("service", "channel"):
            yield from (Item("there", path) for path in paths_of(text))


def _look(item: Item, context: Json, now: float) -> Any:
    if item.sort == "test":
        try:
            argument, value = (liquid.render(text, context, now).text for text in (item.template, item.value))
            return conditions.matches(item.kind, argument, value)
        except ValueError:
            return None
    found: Any = context
    for name in item.path:
        try:
            found = found[name]
        except (KeyError, IndexError, TypeError):
            found = None
            break
    if item.sort == "there":
        return found is not None
    return found if found is None or isinstance(found, (str, bool, int, float)) else json.dumps(found, sort_keys=True)
