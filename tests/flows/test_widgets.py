"""What every widget type leaves under its name, and where it leads, event by event: as recorded, else as documented."""

from __future__ import annotations

import cases_calls
import cases_handover
import cases_logic
import cases_messages
import cases_requests
import pytest
from flow_parts import Case, codes

from pytest_studio import FakeStudio
from pytest_studio.widgets import WIDGETS

pytest.importorskip("liquid")

CASES = [
    case
    for module in (cases_calls, cases_handover, cases_logic, cases_messages, cases_requests)
    for case in module.CASES
]
each_case = pytest.mark.parametrize("case", CASES, ids=str)


def test_every_type_and_event_has_a_case() -> None:
    """A widget or an event that is new is written down here, too."""
    known = {(type, event) for type, widget in WIDGETS.items() for event in widget.events}
    assert {(case.type, case.event) for case in CASES} == known
    assert len({str(case) for case in CASES}) == len(CASES)


@each_case
def test_what_a_widget_leaves(case: Case, fake: FakeStudio) -> None:
    """With the types that it has on the wire, and no more than that."""
    chat = case.play(fake)
    assert chat.context["widgets"]["w"] == case.leaves


@each_case
def test_where_a_widget_leads(case: Case, fake: FakeStudio) -> None:
    """By the event that its Step is named after."""
    chat = case.play(fake)
    assert chat.path == ["Trigger", "w", f"on_{case.event}"]
    assert [(step.name, step.type, step.transitioned_to) for step in chat.execution.steps[1:2]] == [
        (case.event, case.type, f"on_{case.event}")
    ]
    assert chat.ended
    assert codes(chat) == list(case.warnings)
    assert chat.execution.steps[1].context["widgets"] == {"w": chat.context["widgets"]["w"]}
