"""Rules of the branches of splits: https://www.twilio.com/docs/studio/widget-library/split-based-on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from pytest_studio.flows import conditions, liquid
from pytest_studio.flows.conditions.patterns import Uncertain, compiled
from pytest_studio.flows.definitions.rules.subject import Remark, Subject, has_liquid, on, squeezed
from pytest_studio.flows.model import Condition, State

__all__ = ["never_matches", "other_arguments", "spoken_sentences"]

#: Predicate -> what its value must be, or nothing is before or after it.
_ORDERED = {
    "less_than": "a number",
    "greater_than": "a number",
    "is_before_time": "a time as HH:MM",
    "is_after_time": "a time as HH:MM",
    "is_before_date": "a date as YYYY-MM-DD",
    "is_after_date": "a date as YYYY-MM-DD",
}
#: Predicates of which one holds whatever the input is, if they have the same value.
_OPPOSITES = {
    "equal_to": "not_equal_to",
    "matches_any_of": "does_not_match_any_of",
    "is_blank": "is_not_blank",
    "contains": "does_not_contain",
    "starts_with": "does_not_start_with",
}
_OPPOSITES |= {other: one for one, other in _OPPOSITES.items()}
#: Predicates that no blank input meets, unless their value is blank.
_NOT_BLANK = frozenset((*_ORDERED, "equal_to", "contains", "starts_with"))
#: Predicates that take a whole text, and filters that would take its full stop away.
_WHOLE_TEXT = frozenset(("equal_to", "not_equal_to", "matches_any_of", "does_not_match_any_of"))
_TRIMMING = frozenset(("remove", "remove_first", "replace", "replace_first", "slice", "split", "truncate"))


#: What Java, which Studio probably uses, has in regular expressions and Python has not, or not in all versions.
_JAVAS_OWN = re.compile(r"\\[pPQEhHvVRXzGkN]|[+*?}]\+|\(\?[a-zA-Z>]")


class _Branch(NamedTuple):
    """A condition of a split, where it stands, and what it judges."""

    place: int
    at: int
    condition: Condition
    argument: str

    @property
    def value(self) -> str:
        """What it is held against, as far as that makes a difference."""
        if self.condition.type in ("is_blank", "is_not_blank"):
            return ""
        if self.condition.type in ("matches_any_of", "does_not_match_any_of"):
            return ",".join(sorted({entry.lower() for entry in _entries(self.condition.value)}))
        return self.condition.value.strip().lower()


def other_arguments(subject: Subject) -> Iterator[Remark]:
    """Conditions that judge something else than the split's input."""
    for state in subject.of_type("split-based-on"):
        given = state.properties.get("input")
        for branch in _branches(state):
            argument = branch.condition.argument
            if isinstance(given, str) and squeezed(argument) != squeezed(given):
                yield on(
                    state,
                    f"transitions/{branch.place}/conditions/{branch.at}/arguments/0",
                    f"this condition judges {argument!r:.120}, while the split's input is {given!r:.120}: "
                    "let both be the same; which one Studio judges is not documented",
                )


def never_matches(subject: Subject) -> Iterator[Remark]:
    """Branches that no input can take."""
    for state in subject.of_type("split-based-on"):
        earlier: list[_Branch] = []
        for transition in state.transitions:
            if transition.event != "match":
                continue
            found = [branch for branch in _branches(state) if branch.place == transition.place]
            if not found:
                yield on(state, f"transitions/{transition.place}", "a match without conditions is never taken: add one")
            for branch in found:
                why = _impossible(branch.condition) or _covered(branch, earlier)
                if why is not None:
                    message = f"this branch can never match: {why}; correct or remove it"
                    yield on(state, f"transitions/{branch.place}/conditions/{branch.at}/value", message)
            if len(found) == 1:  # several that must hold together leave some inputs to those after them
                earlier += found


def _branches(state: State) -> Iterator[_Branch]:
    for transition in state.transitions:
        if transition.event == "match":
            for at, condition in enumerate(transition.conditions):
                yield _Branch(transition.place, at, condition, squeezed(condition.argument))


def _impossible(condition: Condition) -> str | None:
    """Why a condition holds for no input at all; None if it may."""
    kind, value = condition.type, condition.value
    if _is_open(value):
        return None
    if kind in _ORDERED and not conditions.examples(kind, value):
        return f"{value!r:.60} is not {_ORDERED[kind]} that anything is {'before' if _is_before(kind) else 'after'}"
    if kind == "matches_any_of" and not _entries(value):
        return "its list is empty"
    if kind == "regex" and not _JAVAS_OWN.search(value):
        try:
            compiled(value.strip())
        except Uncertain as reason:
            return f"the regular expression {value!r:.80} cannot be read: {reason}"
    return None


def _is_open(value: str) -> bool:
    """Whether a value is known only once it is rendered, or once a placeholder is filled in at deployment."""
    return has_liquid(value) or "${" in value


def _is_before(kind: str) -> bool:
    return kind.startswith(("less", "is_before"))


def _covered(branch: _Branch, earlier: list[_Branch]) -> str | None:
    """Why branches before it take all that this one would; None if something may be left."""
    before = [one for one in earlier if one.argument == branch.argument]
    kinds = {(one.condition.type, one.value) for one in before}
    for one in before:
        if (_OPPOSITES.get(one.condition.type), one.value) in kinds:
            return "two branches before it match everything between them"
    wider = next((one for one in before if _includes(one, branch)), None)
    if wider is not None:
        return f"transition {wider.place} ({_shown(wider.condition)}) comes first and matches all that it would"
    inputs = _inputs(branch.condition)
    if inputs and all(any(_surely(one.condition, text) for one in before) for text in inputs):
        takers = sorted({one.place for one in before if any(_surely(one.condition, text) for text in inputs)})
        which = " and ".join(f"{place} ({_shown(_at(before, place))})" for place in takers)
        return f"transition{'s' * (len(takers) > 1)} {which} before it would take each input that it matches"
    return None


def _at(branches: list[_Branch], place: int) -> Condition:
    return next(one.condition for one in branches if one.place == place)


def _inputs(condition: Condition) -> list[str]:
    """All inputs that a condition matches, but for case and white space; nothing if they are too many to tell."""
    if condition.type == "is_blank":
        return [""]
    if _is_open(condition.value):
        return []
    if condition.type == "equal_to":
        return [condition.value]
    return _entries(condition.value) if condition.type == "matches_any_of" else []


def _surely(condition: Condition, text: str) -> bool:
    """Whether a condition matches an input, by rules that are beyond doubt."""
    if _is_open(condition.value):
        return False
    doubtful = conditions.assumption(condition.type, text, condition.value)
    return doubtful is None and conditions.matches(condition.type, text, condition.value)


def _includes(one: _Branch, other: _Branch) -> bool:
    """Whether a condition matches all that another does, which may be any number of inputs."""
    kind, wanted = one.condition.type, other.condition.type
    if (kind, one.value) == (wanted, other.value):
        return True
    if _is_open(one.value) or _is_open(other.value) or not one.value:
        return kind == "is_not_blank" and wanted in _NOT_BLANK and bool(other.value) and not _is_open(other.value)
    if kind == "contains" and wanted in ("contains", "starts_with"):
        return one.value in other.value
    if kind == wanted == "starts_with":
        return other.value.startswith(one.value)
    if kind == wanted and kind in _ORDERED:
        # What is between the two values is matched by the wider one only.
        return conditions.matches(kind, other.value, one.value)
    return False


def spoken_sentences(subject: Subject) -> Iterator[Remark]:
    """Splits that compare what a caller said as a whole."""
    for state in subject.of_type("split-based-on"):
        found = [branch for branch in _branches(state) if _is_spoken(branch.condition)]
        if found:
            first = found[0]
            values = ", ".join(dict.fromkeys(_shown(branch.condition) for branch in found))
            yield on(
                state,
                f"transitions/{first.place}/conditions/{first.at}/type",
                f"this judges what a caller said as a whole ({values:.200}), and speech often comes as a sentence: "
                "'Yes.' is not 'yes'. Use contains or a regex, or take the full stop away: | remove: '.'",
            )


def _is_spoken(condition: Condition) -> bool:
    """Whether a condition compares a caller's words as they came, and reckons with no full stop."""
    if condition.type not in _WHOLE_TEXT or not _is_speech(condition.argument):
        return False
    return not any(entry[-1] in ".?!" or _is_open(entry) for entry in _entries(condition.value))


def _is_speech(argument: str) -> bool:
    """Whether a template puts out a caller's words as they came."""
    if "SpeechResult" not in argument:
        return False
    try:
        found = liquid.references(argument)
    except liquid.LiquidError:
        return False
    return any(
        reference.path[0] == "widgets"
        and reference.path[-1] == "SpeechResult"
        and reference.output
        and not _TRIMMING & set(reference.filters)
        for reference in found
    )


def _entries(value: str) -> list[str]:
    return [entry.strip() for entry in value.split(",") if entry.strip()]


def _shown(condition: Condition) -> str:
    words = conditions.PREDICATES[condition.type]
    return words if condition.type in ("is_blank", "is_not_blank") else f"{words} {condition.value.strip()!r:.60}"
