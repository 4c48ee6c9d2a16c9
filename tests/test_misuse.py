"""What is asked of a studio in a wrong way is refused in words: what was wrong, and what would be right."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from helpers import SMALLEST, get

from pytest_studio import FakeStudio, InvalidSid, PayloadFactory, StudioDriftWarning, StudioFlowWarning
from pytest_studio.errors import ConformanceError

TRIGGER = {"name": "Trigger", "type": "trigger", "transitions": [{"event": "incomingMessage"}], "properties": {}}


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


def test_an_auth_token_is_not_empty() -> None:
    """Nobody would be kept out; None makes one."""
    with pytest.raises(ValueError, match="auth_token is a text that is not empty, or None, which makes one; not ''"):
        FakeStudio(auth_token="")


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


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda fake: fake.fail(stat=5), ".fail() got an unexpected keyword argument 'stat' (did you mean 'status'?)"),
        (
            lambda fake: fake.advance(day=1),
            ".advance() got an unexpected keyword argument 'day' (did you mean 'days'?)",
        ),
        (
            lambda fake: fake.lose_steps(z=1),
            ".lose_steps() got an unexpected keyword argument 'z'; it takes rate, where",
        ),
        (lambda fake: fake.add_flow("A"), ".add_flow() takes 0 positional arguments, not 1; by name it takes **fields"),
        (
            lambda fake: fake.rate_limit(1, "*", 2),
            ".rate_limit() takes 2 positional arguments, not 3; by name it takes per_second, operation, retry_after",
        ),
        (lambda fake: fake.assert_called(), ".assert_called() missing 1 required positional argument: 'operation'"),
        (
            lambda fake: fake.slow(30),
            ".slow() missing 1 required positional argument: 'seconds', with 30 as operation; "
            "it takes operation, seconds, where, after, times, optional",
        ),
        (lambda fake: FakeStudio(sead=1), "() got an unexpected keyword argument 'sead' (did you mean 'seed'?)"),
    ],
)  # fmt: skip
def test_a_wrong_argument_is_refused_by_the_name_that_was_called(
    act: Callable[[FakeStudio], object], words: str, fake: FakeStudio
) -> None:
    """And the nearest right one is named."""
    with pytest.raises(TypeError) as caught:
        act(fake)
    assert str(caught.value) == f"FakeStudio{words}"


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (
            lambda fake: fake.add_execution().end(reads=2),
            "Execution.end() got an unexpected keyword argument 'reads' (did you mean 'after_reads'?)",
        ),
        (
            lambda fake: fake.add_flow().explore(limits=2),
            "Flow.explore() got an unexpected keyword argument 'limits' (did you mean 'limit'?)",
        ),
        (
            lambda fake: fake.add_flow().outcome("ask"),
            "Flow.outcome() missing 1 required positional argument: 'event', with 'ask' as widget; "
            "it takes widget, event, variables, times",
        ),
    ],
)  # fmt: skip
def test_so_it_is_by_a_record(act: Callable[[FakeStudio], object], words: str, fake: FakeStudio) -> None:
    """By the name of its class."""
    with pytest.raises(TypeError) as caught:
        act(fake)
    assert str(caught.value) == words


@pytest.mark.parametrize(
    ("look", "words"),
    [
        (lambda fake, run: fake.flows[run.sid], "no Flow '{0.sid}' in this studio: it is the SID of an Execution"),
        (lambda fake, run: fake.executions[run.flow_sid], "'{0.flow_sid}' in this studio: it is the SID of a Flow"),
        (lambda fake, run: fake.steps["CA" + "0" * 32], "in this studio: it is the SID of a Call"),
        (lambda fake, run: fake.steps["FT" + "0" * 32], f"there is no Step 'FT{'0' * 32}' in this studio"),
    ],
)  # fmt: skip
def test_a_sid_of_another_kind_is_told(look: Callable[[FakeStudio, Any], object], words: str, fake: FakeStudio) -> None:
    """Where records are looked for by it."""
    run = fake.add_execution()
    with pytest.raises(KeyError) as caught:
        look(fake, run)
    assert caught.value.args[0].endswith(words.format(run))


def test_an_error_of_a_judge_is_left_alone(fake: FakeStudio) -> None:
    """Although it is of the same type."""

    def judge() -> None:
        """Takes nothing."""

    get(fake, "/v2/Flows", PageSize=5)
    with pytest.raises(TypeError, match=r"judge\(\) takes 0 positional arguments but 1 was given$"):
        fake.assert_called("v2.ListFlow", PageSize=judge)


def test_methods_go_by_the_name_of_the_public_class(fake: FakeStudio) -> None:
    """In errors, and wherever else a name is shown."""
    assert fake.add_steps.__qualname__ == "FakeStudio.add_steps"
    assert FakeStudio.calls.fget is not None
    assert "times" in inspect.signature(fake.assert_called).parameters


def test_a_number_of_steps_is_given_by_name(fake: FakeStudio) -> None:
    """The error says how."""
    with pytest.raises(TypeError, match=r"^add_steps\(5\): .* add_steps\(n=5\)$"):
        fake.add_steps(5)  # type: ignore[arg-type]


@pytest.mark.parametrize(("resource", "noun"), [("flows", "Flow"), ("executions", "Execution"), ("steps", "Step")])
def test_records_are_looked_up_by_their_sid(resource: str, noun: str, fake: FakeStudio) -> None:
    """A place is none, and an unknown SID is told in words; both are a KeyError."""
    records = getattr(fake, resource)
    with pytest.raises(
        KeyError, match=rf"studio.{resource} has its {noun}s by SID.*list\(studio.{resource}.values\(\)\)\[0\]"
    ):
        records[0]
    with pytest.raises(KeyError, match=f"there is no {noun} 'FW1' in this studio"):
        records["FW1"]
    assert records.get("FW1") is None


@pytest.mark.parametrize(
    ("act", "kind"),
    [
        (lambda fake: fake.load({**fake.add_flow().payload(), "tags": []}), StudioDriftWarning),
        (lambda fake: fake.load_flow({**SMALLEST, "states": [TRIGGER]}), StudioFlowWarning),
    ],
)
def test_a_warning_names_the_line_of_the_test(
    act: Callable[[FakeStudio], object], kind: type[Warning], fake: FakeStudio
) -> None:
    """And no line of this package."""
    if kind is StudioFlowWarning:
        pytest.importorskip("liquid")
    with pytest.warns(kind) as noted:
        act(fake)
    assert {warning.filename for warning in noted} == {__file__}
