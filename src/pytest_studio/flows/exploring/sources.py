"""Which inputs decide what: from the conditions of a Flow back to replies, answers and parameters.

Static: variables that widgets set are followed to what was put into them, and those of subflows over the border.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from pytest_studio.flows import conditions, liquid
from pytest_studio.flows.exploring.moves import Path
from pytest_studio.flows.model import Condition, Program, State, templates
from pytest_studio.flows.situation import Json, World

__all__ = ["Atom", "Sources", "items_of", "paths_of", "scope_of"]

#: A Flow that takes part, by SID and revision.
Scope = tuple[str, int]

#: Candidates for one input at the most.
MANY = 24
#: Names of what holds the address of somebody.
ADDRESSES = frozenset(("From", "To", "Caller", "Called", "Author", "from", "to", "address"))
_LITERAL = re.compile(r"'([^']*)'|\"([^\"]*)\"|(?<![\w.'\"-])(-?\d+(?:\.\d+)?)(?![\w'\"])")
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_OUTPUT = re.compile(r"\{\{.*?\}\}", re.DOTALL)


class Atom(NamedTuple):
    """An input: what a widget of a Flow leaves at a path, or (``widget`` ``""``) what began the Execution."""

    scope: Scope
    widget: str
    path: Path


class Hint(NamedTuple):
    """That an input is judged: by a predicate, against a template, as part of another template."""

    kind: str
    value: str
    argument: str


def scope_of(program: Program) -> Scope:
    """What a Program is known by."""
    return program.flow_sid, program.revision


@lru_cache(maxsize=4096)
def paths_of(template: str) -> tuple[Path, ...]:
    """The context's paths that a template reads; none where it does not parse."""
    if "{" not in template:
        return ()
    try:
        return tuple(dict.fromkeys(reference.path for reference in liquid.references(template)))
    except liquid.LiquidError:
        return ()


def items_of(state: State, name: str) -> Iterator[tuple[str, str]]:
    """Key and template of a list of variables or parameters."""
    items = state.properties.get(name)
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            value = item.get("value")
            yield str(item.get("key", "")), value if isinstance(value, str) else ""


class Sources:
    """The inputs of a Flow, and what is known of each.

    Args:
        program: the Flow.
        world: where its subflows are looked for.
    """

    def __init__(self, program: Program, world: World) -> None:
        self.main: Scope = scope_of(program)
        self.programs: dict[Scope, Program] = {self.main: program}
        #: The Flow that a widget runs.
        self.subflows: dict[tuple[Scope, str], Scope] = {}
        self._callers: dict[Scope, list[State]] = defaultdict(list)
        self._set: dict[Scope, dict[str, list[str]]] = {}
        self._find_subflows(program, world)
        self._atoms: dict[tuple[Scope, Path], tuple[Atom, ...]] = {}
        self.hints: dict[Atom, list[Hint]] = defaultdict(list)
        self._literals: dict[Atom, dict[str, None]] = defaultdict(dict)
        #: (Flow, widget) -> paths below it that something reads; the widget ``""`` is what began.
        self.read: dict[tuple[Scope, str], dict[Path, None]] = defaultdict(dict)
        #: Inputs that are an address, and those that tags judge by themselves.
        self.urls: set[Atom] = set()
        self.truths: set[Atom] = set()
        self.numeric: set[Atom] = set()
        for scope, each in self.programs.items():
            for state in each.states.values():
                self._learn(scope, state)
        #: Whether something is decided by who talks with whom.
        self.minds_addresses: bool = any(str(atom.path[-1:][0]) in ADDRESSES for atom in self.hints if atom.path)

    def _find_subflows(self, program: Program, world: World) -> None:
        for scope, each in ((self.main, program),):
            for state in each.states.values():
                if state.type != "run-subflow":
                    continue
                given = state.properties
                found = world.subflow(
                    str(given.get("flow_sid") or ""), str(given.get("flow_revision") or "LatestPublished")
                )
                if found is not None:
                    inner = scope_of(found)
                    self.programs.setdefault(inner, found)
                    self.subflows[scope, state.name] = inner
                    self._callers[inner].append(state)
        for scope, each in self.programs.items():
            variables: dict[str, list[str]] = defaultdict(list)
            for state in each.states.values():
                if state.type == "set-variables":
                    for key, value in items_of(state, "variables"):
                        variables[key].append(value)
            self._set[scope] = variables

    def _learn(self, scope: Scope, state: State) -> None:
        for place, text in templates(state):
            if place in ("service", "channel"):
                continue
            for path in paths_of(text):
                for atom in self.atoms(scope, path):
                    self.read[atom.scope, atom.widget][atom.path] = None
                    if place in ("url", "media_url", "play") and text.strip().startswith("{{"):
                        self.urls.add(atom)
                    if re.search(r"\|\s*(plus|minus|times|divided_by|modulo|round|ceil|floor|abs)\b", text):
                        self.numeric.add(atom)
        for transition in state.transitions:
            for condition in transition.conditions:
                self._judged(scope, condition)
        if state.type == "set-variables":
            for _, value in items_of(state, "variables"):
                self._literals_of(scope, value)

    def _judged(self, scope: Scope, condition: Condition) -> None:
        for path in paths_of(condition.argument):
            for atom in self.atoms(scope, path):
                self.hints[atom].append(Hint(condition.type, condition.value, condition.argument))
        for path in paths_of(condition.value):
            for atom in self.atoms(scope, path):
                self.hints[atom].append(Hint(condition.type, condition.argument, condition.value))
        self._literals_of(scope, condition.argument)

    def _literals_of(self, scope: Scope, template: str) -> None:
        """What a template holds its variables against, mostly."""
        inside = " ".join(_TAGS.findall(template))
        found = [next(group for group in match if group) for match in _LITERAL.findall(inside) if any(match)]
        for path in paths_of(template):
            for atom in self.atoms(scope, path):
                self._literals[atom].update(dict.fromkeys(found))
                if "{%" in template:
                    self.truths.add(atom)

    # -- from a path to inputs ----------------------------------------------------------------------------------

    def atoms(self, scope: Scope, path: Path) -> tuple[Atom, ...]:
        """The inputs that a path of a Flow's context comes from, directly or through variables."""
        known = self._atoms.get((scope, path))
        if known is None:
            found: dict[Atom, None] = {}
            self._follow(scope, path, found, set())
            known = self._atoms[scope, path] = tuple(found)
        return known

    def _follow(self, scope: Scope, path: Path, found: dict[Atom, None], seen: set[tuple[Scope, Path]]) -> None:
        if (scope, path) in seen or len(path) < 2:
            return
        seen.add((scope, path))
        for inner, template in self.put_into(scope, path):
            for further in paths_of(template):
                self._follow(inner, further, found, seen)
        atom = self._atom(scope, path)
        if atom is not None:
            found[atom] = None

    def put_into(self, scope: Scope, path: Path) -> Iterator[tuple[Scope, str]]:
        """Templates that are put into a path, and the Flow in which they stand."""
        if len(path) < 3:
            return
        root, name = path[0], str(path[1])
        if (root, name) == ("flow", "variables"):
            yield from ((scope, template) for template in self._set[scope].get(str(path[2]), ()))
        elif root == "widgets":
            state = self.programs[scope].states.get(name)
            if state is not None and state.type == "set-variables":
                yield from ((scope, value) for key, value in items_of(state, "variables") if key == path[2])
            inner = self.subflows.get((scope, name))
            if inner is not None:
                yield from ((inner, template) for template in self._set[inner].get(str(path[2]), ()))
        elif path[:3] == ("trigger", "parent", "parameters") and len(path) > 3 and scope != self.main:
            for caller in self._callers[scope]:
                yield from ((self.main, value) for key, value in items_of(caller, "parameters") if key == path[3])

    def _atom(self, scope: Scope, path: Path) -> Atom | None:
        root, name = path[0], str(path[1])
        if root == "widgets":
            state = self.programs[scope].states.get(name)
            if state is None or state.type == "set-variables" or (scope, name) in self.subflows:
                return None
            return Atom(scope, name, path[2:])
        if root == "trigger" and (scope == self.main or name != "parent"):
            return Atom(self.main, "", path[1:])
        if path[:2] == ("flow", "data") and scope == self.main:
            return Atom(self.main, "", ("request", "parameters", *path[2:]))
        if path == ("contact", "channel", "address"):
            return Atom(self.main, "", ("*", "From"))
        if path == ("flow", "channel", "address"):
            return Atom(self.main, "", ("*", "To"))
        return None

    # -- candidates ---------------------------------------------------------------------------------------------

    def candidates(self, atom: Atom, context: Json, now: float) -> list[str]:
        """Texts that may make a difference as this input, those that conditions ask for first.

        Args:
            atom: the input.
            context: what is known as it is chosen; conditions may hold it against that.
            now: the present, in seconds since 1970.
        """
        found: dict[str, None] = {}
        for hint in dict.fromkeys(self.hints.get(atom, ())):
            found.update(dict.fromkeys(fitting(hint.kind, hint.value, hint.argument, context, now)))
        found.update(self._literals.get(atom, {}))
        return list(found)[:MANY]

    def default(self, atom: Atom) -> Any:
        """A value for an input that something reads and nothing judges."""
        if atom in self.urls:
            return "https://example.com/"
        return 1 if atom in self.numeric else "example"

    def conditions_of(self, scope: Scope, conditions_: Iterable[Condition]) -> tuple[Atom, ...]:
        """The inputs that conditions depend on."""
        found: dict[Atom, None] = {}
        for condition in conditions_:
            for path in (*paths_of(condition.argument), *paths_of(condition.value)):
                found.update(dict.fromkeys(self.atoms(scope, path)))
        return tuple(found)


def fitting(kind: str, value: str, argument: str, context: Json, now: float) -> Iterator[str]:
    """Texts for the variable of an argument that may satisfy a condition, or break it, and some that are close by."""
    try:
        wanted = liquid.render(value, context, now).text
    except liquid.LiquidError:
        return
    try:
        texts = (*conditions.examples(kind, wanted), *conditions.counterexamples(kind, wanted))
    except ValueError:  # no such predicate
        return
    before, after = _around(argument, context, now)
    for text in texts:
        if (before or after) and text.lower().startswith(before) and text.lower().endswith(after):
            yield text[len(before) : len(text) - len(after)]
        yield text
        if "plus" in argument or "minus" in argument:
            yield from _neighbours(text)


def _neighbours(text: str) -> Iterator[str]:
    try:
        number = int(text)
    except ValueError:
        return
    yield from (str(number - 1), str(number + 1))


def _around(argument: str, context: Json, now: float) -> tuple[str, str]:
    """What stands before and after the only output of a template."""
    outputs = list(_OUTPUT.finditer(argument))
    if not outputs or "{%" in argument:
        return "", ""
    try:
        first, last = outputs[0], outputs[-1]
        one, other = argument[: first.start()], argument[first.end() :]
        if len(outputs) > 1 and ("widgets" in last.group() or "trigger" in last.group()):  # the freer one, mostly
            one, other = argument[: last.start()], argument[last.end() :]
        return tuple(liquid.render(text, context, now).text.strip().lower() for text in (one, other))  # type: ignore[return-value]
    except liquid.LiquidError:
        return "", ""
