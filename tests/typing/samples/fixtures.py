"""What a user's test module looks like to a type checker: each fixture by its annotation, and what is got from it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from responses import RequestsMock
from twilio.rest import Client
from typing_extensions import assert_type

from pytest_studio import (
    Call,
    Calls,
    Execution,
    FakeStudio,
    Flow,
    PayloadFactory,
    Request,
    Response,
    SchemaRegistry,
    Step,
    StudioProxy,
    StudioServer,
    Violation,
)


def test_a_studio(studio: FakeStudio) -> None:
    """Who it is, and what it holds."""
    assert_type(studio.account_sid, str)
    assert_type(studio.auth_token, str)
    assert_type(studio.api_key.sid, str)
    assert_type(studio.api_key.secret, str)
    assert_type(studio.seed, int | str)
    assert_type(studio.strict, bool)
    assert_type(studio.env, bool)
    assert_type(studio.vintage, Literal["2023", "2025", "2026", "next"])
    assert_type(FakeStudio(vintage=studio.vintage, seed=3), FakeStudio)
    assert_type(studio.flows, Mapping[str, Flow])
    assert_type(studio.executions, Mapping[str, Execution])
    assert_type(studio.steps, Mapping[str, Step])
    assert_type(studio.responses, RequestsMock)
    assert_type(studio.handle(Request("GET", "/v2/Flows")), Response)


def test_calls(studio: FakeStudio) -> None:
    """What was called, and whether it was right."""
    assert_type(studio.calls, Calls)
    assert_type(studio.calls[0], Call)
    assert_type(studio.calls[1:], Calls)
    assert_type(studio.calls_to("v2.CreateExecution"), list[Call])
    studio.assert_called("v2.CreateExecution", To="+15550100001", Parameters={"name": "Ada"})
    studio.assert_called("*.ListExecutionStep", times=2)
    studio.verify()
    studio.calls.to_har("calls.har")
    with studio.lenient() as nothing:
        assert_type(nothing, None)
    for call in studio.calls:
        assert_type(call.operation, str | None)
        assert_type(call.method, str)
        assert_type(call.path, str)
        assert_type(call.params, dict[str, Any])
        assert_type(call.headers, Mapping[str, str])
        assert_type(call.time, datetime)
        assert_type(call.status, int | None)
        assert_type(call.response, Response | None)


def test_clients(studio_client: Client, studio_async_client: Client) -> None:
    """Both are the SDK's own; its package has no types of its own for mypy, so nothing is held of them."""
    studio_client.studio.v2.flows.list(limit=1)
    studio_async_client.studio.v2.flows("FW").executions.create(to="+15550100001", from_="+15550100002")


def test_servers(studio_server: StudioServer, studio_proxy: StudioProxy) -> None:
    """What clients in other processes are told, and the studio behind."""
    assert_type(studio_server.url, str)
    assert_type(studio_server.studio, FakeStudio)
    assert_type(studio_server.studio.add_flow(), Flow)
    assert_type(studio_proxy.url, str)
    assert_type(studio_proxy.ca_file, str)
    assert_type(studio_proxy.env, dict[str, str])
    assert_type(studio_proxy.studio, FakeStudio)


def test_payloads(studio_factory: PayloadFactory, step_payload: dict[str, Any], studio: FakeStudio) -> None:
    """A factory makes them; fixtures are some."""
    assert_type(studio_factory.step(name="timeout"), dict[str, Any])
    assert_type(studio_factory.steps(3), list[dict[str, Any]])
    assert_type(studio_factory.page("execution", 120, page=1), dict[str, Any])
    assert_type(studio_factory.error(20409), dict[str, Any])
    assert_type(studio_factory.event("step.ended", validate=False), dict[str, Any])
    assert_type(studio_factory.account_sid, str)
    assert_type(studio_factory.version, str)
    assert_type(studio.add_step(**step_payload), Step)


def test_schemas(studio_schemas: SchemaRegistry, step_payload: dict[str, Any]) -> None:
    """The registry's functions are those of the module."""
    assert_type(studio_schemas.names(), list[str])
    assert_type(studio_schemas.load("v2/execution_step"), dict[str, Any])
    assert_type(studio_schemas.violations(step_payload, "v2/execution_step"), list[Violation])
    assert_type(studio_schemas.name_for("GET", "/v2/Flows", 200), str | None)
    studio_schemas.validate(step_payload, "v2/execution_step", allow_unknown=True)
    studio_schemas.assert_conforms(("GET", "/v2/Flows", 200, b"{}"))


def test_sids(account_sid: str, flow_sid: str, execution_sid: str, step_sid: str, studio: FakeStudio) -> None:
    """They are texts."""
    assert_type(studio.flows[flow_sid], Flow)
    assert_type(studio.executions[execution_sid].steps, tuple[Step, ...])
    assert_type(studio.steps.get(step_sid), Step | None)
    assert account_sid == studio.account_sid
