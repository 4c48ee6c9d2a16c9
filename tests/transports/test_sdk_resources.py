"""Every operation, as users of the ``twilio`` SDK write it: ``client.studio.v2.flows(…).executions(…).fetch()``."""

from __future__ import annotations

import asyncio
import json
import re
import warnings
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from contract import OPERATION_CASES, Case, World, directly, world

rest = pytest.importorskip("twilio.rest")

Use = Callable[[Any], Any]

#: Where a word of a path is not the SDK's name for it in small letters.
NAMES = {
    ("Executions", "Context"): "execution_context",
    ("Engagements", "Context"): "engagement_context",
    ("Steps", "Context"): "step_context",
    ("Flows", "TestUsers"): "test_users",
}
#: What there is one of, without a SID: the SDK calls it without arguments.
ALONE = ("Context", "TestUsers")
#: What there are many of: after it comes a SID.
PLURAL = ("Flows", "Executions", "Engagements", "Steps", "Revisions")


def in_memory(world: World, use: Use) -> Any:
    """The client of the fixture."""
    from pytest_studio.transports import twilio

    return use(twilio.client(world.studio.handle, world.studio.account_sid, world.studio.auth_token))


def over_requests(world: World, use: Use) -> Any:
    """A client as its documentation builds it."""
    with world.studio:
        return use(rest.Client(world.studio.account_sid, world.studio.auth_token))


def async_in_memory(world: World, use: Use) -> Any:
    """The client of the asynchronous fixture."""
    from pytest_studio.transports import twilio

    client = twilio.async_client(world.studio.handle, world.studio.account_sid, world.studio.auth_token)
    return asyncio.run(use(client))


def over_aiohttp(world: World, use: Use) -> Any:
    """An asynchronous client as its documentation builds it."""
    pytest.importorskip("h11")
    http_client = pytest.importorskip("twilio.http.async_http_client")

    async def within() -> Any:
        async with http_client.AsyncTwilioHttpClient() as opened:
            return await use(rest.Client(world.studio.account_sid, world.studio.auth_token, http_client=opened))

    with world.studio, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the SDK's own, of aiohttp's ``auth``
        return asyncio.run(within())


def snake(name: str) -> str:
    """A parameter as the SDK's methods call it."""
    words = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return "from_" if words == "from" else words


def resource_of(client: Any, path: str) -> Any:
    """What the SDK has for a path: its words are attributes, its SIDs are calls."""
    version, *parts = path.strip("/").split("/")
    resource = getattr(client.studio, version)
    if parts == ["Flows", "Validate"]:
        return resource.flow_validate
    for at, word in enumerate(parts):
        if at and parts[at - 1] in PLURAL:
            resource = resource(word)
            continue
        owner = parts[at - 2] if at else ""
        resource = getattr(resource, NAMES.get((owner, word), word.lower()))
        if word in ALONE:
            resource = resource()
    return resource


def asked(world: World, case: Case, suffix: str = "") -> Use:
    """The call that a user writes: its verb is the first word of the operation's name."""
    verb = re.match("[A-Z][a-z]+", case.name.partition(".")[2])
    assert verb is not None
    method = {"List": "page"}.get(verb[0], verb[0].lower()) + suffix
    given = {snake(name): value for name, value in {**case.query, **case.form}.items()}
    path = case.url(world.ids).partition("twilio.com")[2]
    return lambda client: getattr(resource_of(client, path), method)(**given)


def told(value: Any) -> Any:
    """An attribute of the SDK's as it stands in a payload."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(value, datetime) else value


def assert_reads(instance: Any, payload: dict[str, Any]) -> None:
    """Each field that the SDK knows has the payload's value."""
    known = {name: told(getattr(instance, name)) for name in payload if hasattr(instance, name)}
    assert {"url", "valid"} & set(known)
    assert known == {name: payload[name] for name in known}


WAYS: dict[Callable[[World, Use], Any], str] = {
    in_memory: "",
    over_requests: "",
    async_in_memory: "_async",
    over_aiohttp: "_async",
}


@pytest.mark.parametrize("case", OPERATION_CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_the_sdk_reads_what_the_engine_answers(way: Callable[[World, Use], Any], case: Case) -> None:
    """One call of this operation, the engine's own answer, and an instance that has its fields."""
    seen = world()
    returned = way(seen, asked(seen, case, WAYS[way]))
    [call] = seen.studio.calls
    status, body, _ = directly(world(), case)
    assert (call.operation, call.status, call.response.body) == (case.name, status, body)
    if case.method == "DELETE":
        assert returned is True
        return
    payload = json.loads(body)
    rows = next((rows for rows in payload.values() if isinstance(rows, list)), None) if "meta" in payload else None
    if rows is None:
        assert_reads(returned, payload)
        return
    instances = list(returned)
    assert len(instances) == len(rows) > 0
    for instance, row in zip(instances, rows, strict=True):
        assert_reads(instance, row)
