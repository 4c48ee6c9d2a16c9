"""All that is wrong, or probably not meant, in a Flow Definition.

What is an error, Studio refuses (https://www.twilio.com/docs/api/errors/81022) or cannot run; what is a warning, runs,
and most often not as its author thinks.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any, Literal, NamedTuple

from pytest_studio.flows.definitions.rules import branches, references, settings, shape, wiring
from pytest_studio.flows.definitions.rules.subject import Remark, Subject, Violations

__all__ = ["RULES", "Finding", "Rule", "lint"]

Level = Literal["error", "warning"]


class Finding(NamedTuple):
    """One thing that is wrong.

    ``level`` is ``"error"`` or ``"warning"``; ``rule`` the name of the rule, as in ``RULES``; ``state`` the name of the
    widget, None where it has none or the whole Flow is meant; ``property`` a path within the state, properties without
    their ``properties/`` (``"body"``, ``"transitions/1/conditions/0/value"``); ``pointer`` the path from the top
    (``#/states/3/properties/body``); ``message`` what is wrong and what to do.
    """

    level: Level
    rule: str
    state: str | None
    property: str | None
    pointer: str
    message: str

    def __str__(self) -> str:
        if self.state is None:
            return f"{self.pointer}: {self.message} [{self.rule}]"
        place = "/".join(self.pointer.split("/")[:3])
        within = f", {self.property}" if self.property is not None else ""
        return f"{place} state {self.state!r}{within}: {self.message} [{self.rule}]"


class Rule(NamedTuple):
    """One rule: the level of its findings, what finds them, and whether it can judge what is no definition at all."""

    level: Level
    find: Callable[[Subject], Iterator[Remark]]
    any_shape: bool = False


#: Name -> rule. The docstring of ``find`` says what it is about.
RULES: dict[str, Rule] = {
    "schema": Rule("error", shape.departures, True),
    "unknown-type": Rule("error", shape.unknown_types, True),
    "double-name": Rule("error", shape.double_names, True),
    "unknown-next": Rule("error", shape.unknown_next, True),
    "unknown-initial-state": Rule("error", shape.unknown_start, True),
    "liquid-syntax": Rule("error", references.unparsable),
    "unknown-property": Rule("warning", shape.unknown_properties, True),
    "missing-key": Rule("warning", shape.missing_keys, True),
    "odd-name": Rule("warning", shape.odd_names, True),
    "no-trigger": Rule("warning", wiring.odd_starts),
    "dead-trigger": Rule("warning", wiring.dead_triggers),
    "unreachable": Rule("warning", wiring.unreachable),
    "unwired-event": Rule("warning", wiring.unwired_events),
    "unknown-event": Rule("warning", wiring.unknown_events),
    "double-event": Rule("warning", wiring.double_events),
    "missing-no-match": Rule("warning", wiring.missing_no_match),
    "endless-loop": Rule("warning", wiring.endless_loops),
    "other-argument": Rule("warning", branches.other_arguments),
    "never-matches": Rule("warning", branches.never_matches),
    "spoken-sentence": Rule("warning", branches.spoken_sentences),
    "unknown-filter": Rule("warning", references.unknown_filters),
    "unknown-reference": Rule("warning", references.unknown_references),
    "unknown-widget": Rule("warning", references.unknown_widgets),
    "unwritten-reference": Rule("warning", references.unwritten),
    "unset-variable": Rule("warning", references.unset_variables),
    "other-trigger": Rule("warning", references.other_triggers),
    "whole-object": Rule("warning", references.whole_objects),
    "blank-content": Rule("warning", settings.blank_contents),
    "reserved-parameter": Rule("warning", settings.reserved_parameters),
    "unusable-subflow": Rule("warning", settings.unusable_subflows),
    "out-of-range": Rule("warning", settings.out_of_range),
    "long-attributes": Rule("warning", settings.long_attributes),
}


def lint(
    definition: Any, violations: Violations, *, subflows: Collection[str] = (), rules: Collection[str] = RULES
) -> list[Finding]:
    """All that is wrong with a Flow Definition, state by state.

    Args:
        definition: any JSON. What has not the shape of a definition is judged by its shape alone.
        violations: what holds a value against the schema of a name: ``schemas.violations``.
        subflows: SIDs of the Flows that it may run, if they are known.
        rules: names of those that are looked at.

    Raises:
        MissingExtra: it has Liquid, and python-liquid is not installed.
    """
    subject = Subject(definition, violations, subflows)
    found = [
        (remark, name, rule)
        for name, rule in RULES.items()
        if name in rules and (rule.any_shape or subject.is_sound)
        for remark in rule.find(subject)
    ]
    found.sort(key=lambda each: -1 if each[0].place is None else each[0].place)
    return [
        Finding(rule.level, name, remark.state, remark.property, _pointer(remark), remark.message)
        for remark, name, rule in found
    ]


def _pointer(remark: Remark) -> str:
    if remark.place is None:
        return f"#/{remark.property}" if remark.property is not None else "#"
    path = remark.property or ""
    # A state has these of its own; all else are its settings.
    head = path.partition("/")[0]
    within = path if head in ("", "name", "type", "transitions", "properties") else f"properties/{path}"
    return f"#/states/{remark.place}/{within}".rstrip("/")
