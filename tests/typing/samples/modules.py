"""The modules that a user imports from, and the exceptions."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from typing_extensions import assert_type

from pytest_studio import (
    ChatError,
    ConformanceError,
    FakeStudio,
    FlowDefinitionError,
    InvalidSid,
    MissingExtra,
    PayloadFactory,
    StudioDriftWarning,
    StudioFlowWarning,
    StudioRecordingWarning,
    StudioVerdict,
    Violation,
    __version__,
    assert_conforms,
    events,
    factories,
    schemas,
    sids,
)
from pytest_studio.transports.httpx import StudioTransport
from pytest_studio.transports.twilio import AsyncStudioHttpClient, StudioHttpClient


def test_transports(studio: FakeStudio) -> None:
    """Each takes a studio, or a function that answers."""
    for client in (StudioHttpClient(studio), AsyncStudioHttpClient(studio), StudioHttpClient(studio.handle, timeout=5)):
        assert client is not None
    for transport in (StudioTransport(studio), StudioTransport(studio.handle, retries=2)):
        assert_type(transport, StudioTransport)


def test_sids() -> None:
    """Made and checked."""
    assert_type(sids.new("FW", Random(1)), str)
    assert_type(sids.execution(), str)
    assert_type(sids.is_valid("FW", "FW"), bool)
    assert_type(sids.check("FW"), str)
    assert_type(sids.PREFIXES["FW"], str)


def test_factories() -> None:
    """The module's functions are those of a factory."""
    assert_type(factories.step(name="timeout"), dict[str, Any])
    assert_type(factories.steps(3), list[dict[str, Any]])
    assert_type(factories.page("step", 120), dict[str, Any])
    assert_type(PayloadFactory(seed=1, version="v1").flow(), dict[str, Any])


def test_schemas() -> None:
    """By name."""
    assert_type(schemas.names(), list[str])
    assert_type(schemas.violations({}, "error"), list[Violation])
    assert_type(schemas.violations({}, "error")[0].pointer, str)
    assert_type(assert_conforms(("GET", "/v2/Flows", 200, "{}"), allow_unknown=True), None)


def test_events() -> None:
    """Their types."""
    assert_type(events.full_type("step.ended"), str)
    assert_type(events.signature("token", "https://example.com"), str)


def test_exceptions(studio: FakeStudio) -> None:
    """And what they carry."""
    with pytest.raises(ConformanceError) as broken:
        studio.answer("v2.FetchExecution", {})
    assert_type(broken.value.violations, tuple[Violation, ...])
    with pytest.raises(FlowDefinitionError) as wrong:
        studio.load_flow({})
    assert_type(wrong.value.findings[0].message, str)
    with pytest.raises(ChatError) as stuck:
        studio.message("hi")
    assert_type(stuck.value.remedy, str)
    with pytest.warns((StudioDriftWarning, StudioFlowWarning, StudioRecordingWarning)):
        studio.load("cassette.yaml")
    with pytest.raises((InvalidSid, MissingExtra, StudioVerdict)):
        studio.verify()
    print(f"pytest-studio {__version__}")
