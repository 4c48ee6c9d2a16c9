"""What is asked of a studio in a wrong way is refused in words: what was wrong, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from helpers import SMALLEST

from pytest_studio import FakeStudio, InvalidSid, PayloadFactory
from pytest_studio.errors import ConformanceError


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"seed": 1.5}, "seed is a number or a text, not float: 1.5"),
        ({"seed": True}, "seed is a number or a text, not bool: True"),
        ({"strict": "no"}, "strict is True or False, not str: 'no'"),
        ({"env": 1}, "env is True or False, not int: 1"),
    ],
)
def test_a_studio_of_wrong_settings_is_refused(arguments: dict[str, Any], words: str) -> None:
    """When it is made, not when it is used."""
    with pytest.raises(TypeError) as caught:
        FakeStudio(**arguments)
    assert str(caught.value) == words


def test_an_operation_is_named_by_a_text(fake: FakeStudio) -> None:
    """With an example of one."""
    with pytest.raises(TypeError, match=r"an operation is named by a text such as 'v2\.FetchFlow', not int"):
        fake.fail(5)  # type: ignore[arg-type]


def test_a_parent_is_named_by_a_whole_sid(fake: FakeStudio) -> None:
    """What is wrong with another is said."""
    with pytest.raises(InvalidSid, match=r"expected an Execution record or its SID: .*FN1"):
        fake.add_step("FN1")


def test_a_sid_of_a_fixture_is_not_yet_a_record(fake: FakeStudio, execution_sid: str, flow_sid: str) -> None:
    """The error names the fixture, and what stores it."""
    with pytest.raises(ValueError, match=r"comes from the execution_sid fixture, which is data only: add_execution"):
        fake.add_step(execution_sid)
    with pytest.raises(ValueError, match=r"comes from the flow_sid fixture.* add_flow\(sid=flow_sid\) first"):
        fake.add_execution(flow_sid)


def test_a_flow_that_is_a_record_brings_its_own_name(fake: FakeStudio) -> None:
    """Loading it again changes neither SID nor name nor status."""
    flow = fake.add_flow(definition=SMALLEST)
    with pytest.raises(TypeError, match=r"load_flow\(a Flow\) takes its SID, name and status from it"):
        fake.load_flow(flow, friendly_name="B")


def test_a_chat_is_found_by_a_sid_of_this_studio(fake: FakeStudio) -> None:
    """The error says that it is none."""
    sid = "FN" + "1" * 32
    with pytest.raises(LookupError, match=f"{sid} is no Execution of this studio"):
        fake.chat(sid)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda factory: factory.steps(2, sid="FT" + "1" * 32), TypeError, "steps gives each Step its own sid"),
        (lambda factory: factory.steps(-1), ValueError, "n is a number of Steps, 0 or more, not -1"),
        (lambda factory: factory.page("flow", 1, status="gone"), ConformanceError, "/status: found 'gone'"),
    ],
)
def test_a_factory_refuses_what_makes_no_payload(
    make: Callable[[PayloadFactory], Any], error: type[Exception], words: str
) -> None:
    """A page is held against its schema like the rest."""
    with pytest.raises(error, match=words):
        make(PayloadFactory())
