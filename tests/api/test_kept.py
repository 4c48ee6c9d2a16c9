"""Parameters that set a field which only a schema describes."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from pytest_studio import FakeStudio, schema_files
from pytest_studio.api.incoming import Incoming
from pytest_studio.errors import ApiError
from pytest_studio.operations import OPERATIONS, Param
from pytest_studio.schema_files import Kept

Call = Callable[..., Incoming]


@pytest.fixture
def called(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> Call:
    """A call with these parameters, some of them of fields that Executions keep."""
    for name, kind in {"level": "integer", "mood": "good|bad?", "due": "date?"}.items():
        monkeypatch.setitem(schema_files.KEPT["Execution"], name, Kept(kind, None, False, ""))  # type: ignore[misc]
    params = (Param("To"), Param("Level", "integer"), Param("Mood"), Param("Due", "date"))
    operation = OPERATIONS["v2.CreateExecution"]._replace(params=params)

    def make(**values: Any) -> Incoming:
        call = Incoming(fake._account, operation, [], "/v2/Flows", "RQ" + "a" * 32)
        call.values = values
        call.params = {name: str(value) for name, value in values.items()}
        return call

    return make


def test_what_was_given_is_set(called: Call) -> None:
    """By the name of the field; what was not given is not, nor what is no such field."""
    assert called(To="x", Level=3, Mood="bad").kept("Execution") == {"level": 3, "mood": "bad"}
    assert called(To="x").kept("Execution") == {}
    assert called(Level=3).kept("Flow") == {}


@pytest.mark.parametrize(
    ("name", "value", "expected", "hint"),
    [
        ("Mood", "fair", "one of good, bad", "Execution.mood is 'good' or 'bad', not 'fair'"),
        ("Level", "high", "integer", "Execution.level is a whole number, not str: 'high'"),
    ],
)
def test_what_a_field_cannot_hold_is_refused(name: str, value: str, expected: str, hint: str, called: Call) -> None:
    """400, with the name of the parameter; the report names the field."""
    with pytest.raises(ApiError) as caught:
        called(**{name: value}).kept("Execution")
    error = caught.value
    assert (error.status, error.hint) == (400, hint)
    message = json.loads(error.body())["message"]
    assert message == f"Invalid value {value!r} for parameter {name}: expected {expected}"
