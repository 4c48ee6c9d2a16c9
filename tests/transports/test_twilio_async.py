"""The ``twilio`` SDK's ``*_async`` methods: in memory, and over ``aiohttp`` as users build it."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pytest_studio import FakeStudio

rest = pytest.importorskip("twilio.rest")
async_http_client = pytest.importorskip("twilio.http.async_http_client")
pytest.importorskip("h11")

from twilio.base.exceptions import TwilioRestException  # type: ignore[import-untyped]  # noqa: E402

Use = Callable[[Any], Coroutine[Any, Any, Any]]


#: The SDK uses what aiohttp has deprecated since 3.14.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def in_memory(studio: FakeStudio, use: Use) -> Any:
    """With the client of the fixture."""
    from pytest_studio.transports import twilio

    return asyncio.run(use(twilio.async_client(studio.handle, studio.account_sid, studio.auth_token)))


def over_aiohttp(studio: FakeStudio, use: Use, **how: Any) -> Any:
    """With the SDK's own client, as its documentation builds it."""

    async def within() -> Any:
        async with async_http_client.AsyncTwilioHttpClient(**how) as http_client:
            return await use(rest.Client(studio.account_sid, studio.auth_token, http_client=http_client))

    with studio:
        return asyncio.run(within())


each_way = pytest.mark.parametrize("ask", [in_memory, over_aiohttp], ids=lambda ask: ask.__name__)


@each_way
def test_resources_are_created_fetched_updated_and_deleted(ask: Callable[..., Any], fake: FakeStudio) -> None:
    """A life in four calls."""

    async def use(client: Any) -> None:
        flow = await client.studio.v2.flows.create_async(
            friendly_name="A", status="published", definition={"initial_state": "Trigger"}
        )
        executions = client.studio.v2.flows(flow.sid).executions
        run = await executions.create_async(to="+15550100001", from_="+15550100002", parameters={"name": "Zoë"})
        assert (await executions(run.sid).fetch_async()).status == "active"
        assert (await executions(run.sid).update_async(status="ended")).status == "ended"
        assert await executions(run.sid).delete_async()

    ask(fake, use)
    assert [call.status for call in fake.calls] == [201, 201, 200, 200, 204]
    assert len(fake.executions) == 0


@each_way
def test_lists_and_streams_walk_all_pages(ask: Callable[..., Any], fake: FakeStudio) -> None:
    """``list_async`` and ``stream_async``."""
    execution = fake.add_execution()
    fake.add_steps(execution, 7)

    async def use(client: Any) -> tuple[list[str], list[str]]:
        steps = client.studio.v2.flows(execution.flow.sid).executions(execution.sid).steps
        listed = [step.sid for step in await steps.list_async(page_size=3)]
        stream = await steps.stream_async(page_size=2)
        return listed, [step.sid async for step in stream]

    listed, streamed = ask(fake, use)
    assert listed == streamed == [step.sid for step in reversed(execution.steps)]


@each_way
def test_an_error_is_the_sdks_own(ask: Callable[..., Any], fake: FakeStudio) -> None:
    """With status, code and message."""

    async def use(client: Any) -> None:
        with pytest.raises(TwilioRestException) as caught:
            await client.studio.v2.flows("FW" + "0" * 32).fetch_async()
        assert (caught.value.status, caught.value.code) == (404, 20404)

    ask(fake, use)


@pytest.mark.parametrize("how", [{"pool_connections": False}, {"max_retries": 3}, {"timeout": 5.0}])
def test_the_sdks_client_is_covered_however_it_is_built(how: dict[str, Any], fake: FakeStudio) -> None:
    """Without a pool, with retries, with a timeout."""

    async def use(client: Any) -> int:
        return len(await client.studio.v2.flows.list_async())

    fake.add_flow()
    assert over_aiohttp(fake, use, **how) == 1


def test_a_proxy_of_the_sdks_client_does_not_matter(fake: FakeStudio) -> None:
    """It is not asked."""

    async def use(client: Any) -> int:
        return len(await client.studio.v2.flows.list_async())

    assert over_aiohttp(fake, use, proxy_url="http://127.0.0.1:1") == 0


def test_retries_of_the_sdk_meet_one_fault_each(fake: FakeStudio, monkeypatch: pytest.MonkeyPatch) -> None:
    """``max_retries``, by aiohttp_retry: two times 503, then well. It does not retry broken connections."""
    aiohttp_retry = pytest.importorskip("aiohttp_retry")
    monkeypatch.setattr(aiohttp_retry.ExponentialRetry, "get_timeout", lambda *args, **kwargs: 0.0)
    aiohttp = pytest.importorskip("aiohttp")
    fake.fail("v2.CreateFlow", status=503, times=2)

    async def use(client: Any) -> str:
        flow = await client.studio.v2.flows.create_async(
            friendly_name="A", status="draft", definition={"initial_state": "Trigger"}
        )
        return str(flow.sid)

    assert over_aiohttp(fake, use, max_retries=3) == next(iter(fake.flows))
    assert [call.status for call in fake.calls] == [503, 503, 201]
    fake.fail("v2.CreateFlow", exception="connection")
    with pytest.raises(aiohttp.ClientConnectorError):
        over_aiohttp(fake, use, max_retries=3)


def test_clients_of_one_loop_run_side_by_side(fake: FakeStudio) -> None:
    """With ``gather``."""
    execution = fake.add_execution()

    async def use(client: Any) -> set[str]:
        one = client.studio.v2.flows(execution.flow.sid).executions(execution.sid)
        return {run.sid for run in await asyncio.gather(*(one.fetch_async() for _ in range(20)))}

    assert over_aiohttp(fake, use) == {execution.sid}
    assert len(fake.calls) == 20


# -- the fixture -----------------------------------------------------------------------------------------------


def test_the_fixture_needs_no_plugin_for_asynchronous_tests(studio: FakeStudio, studio_async_client: Any) -> None:
    """It is made without an event loop, and works in one after the other."""
    flow = studio.add_flow()
    for _ in range(2):
        fetched = asyncio.run(studio_async_client.studio.v2.flows(flow.sid).fetch_async())
        assert fetched.friendly_name == flow.friendly_name
    assert studio_async_client.account_sid == studio.account_sid
    studio.assert_called("v2.FetchFlow", times=2)


def test_a_synchronous_method_fails_in_the_sdks_own_way(studio: FakeStudio, studio_async_client: Any) -> None:
    """Whatever the SDK says of a coroutine where it wants an answer."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of the coroutine that nobody awaits
        with pytest.raises((AttributeError, TypeError), match="coroutine"):
            studio_async_client.studio.v2.flows("FW" + "0" * 32).fetch()
    assert len(studio.calls) == 0


def test_other_hosts_go_the_sdks_own_way(studio: FakeStudio, studio_async_client: Any) -> None:
    """And are refused, as those of any client."""
    aiohttp = pytest.importorskip("aiohttp")
    with pytest.raises(aiohttp.ClientConnectorError, match=r"pytest-studio: api.twilio.com is not reached"):
        asyncio.run(studio_async_client.messages.create_async(to="+15550100001", from_="+15550100002", body="x"))


def test_a_timeout_that_is_no_time_is_refused(studio: FakeStudio) -> None:
    """As by the SDK's own clients."""
    from pytest_studio.transports import twilio

    url = "https://studio.twilio.com/v2/Flows"
    with pytest.raises(ValueError, match="0"):
        twilio.StudioHttpClient(studio.handle).request("GET", url, timeout=0)
    with pytest.raises(ValueError, match="0"):
        asyncio.run(twilio.AsyncStudioHttpClient(studio.handle).request("GET", url, timeout=0))


def test_other_hosts_are_asked_by_the_sdks_own_client() -> None:
    """One for all requests, so that its connections are used again; the test's own mocks answer it."""
    from pytest_studio.transports import twilio

    responses = pytest.importorskip("responses")
    studio = FakeStudio()
    client = twilio.StudioHttpClient(studio.handle)
    with responses.RequestsMock() as mock:
        mock.get("https://api.twilio.com/2010-04-01/Accounts.json", json={"accounts": []})
        for _ in range(2):
            assert client.request("GET", "https://api.twilio.com/2010-04-01/Accounts.json").status_code == 200
        assert len(mock.calls) == 2
    assert len(studio.calls) == 0


def test_an_asynchronous_client_is_closed_like_the_sdks_own(fake: FakeStudio) -> None:
    """By ``async with``, or by hand."""
    from pytest_studio.transports import twilio

    async def use() -> int:
        async with twilio.AsyncStudioHttpClient(fake.handle) as client:
            answer = await client.request("GET", "https://studio.twilio.com/v2/Flows")
        await client.close()
        return int(answer.status_code)

    assert asyncio.run(use()) == 401


def test_clients_of_very_many_accounts_are_told_apart(fake: FakeStudio) -> None:
    """However many there were before."""
    from pytest_studio.transports import twilio

    client = twilio.StudioHttpClient(fake.handle)
    url = "https://studio.twilio.com/v2/Flows"
    for number in range(70):
        assert client.request("GET", url, auth=(f"AC{number:032}", "x")).status_code == 401
    assert client.request("GET", url, auth=(fake.account_sid, fake.auth_token)).status_code == 200


def test_clients_of_the_sdk_take_the_studio_itself(fake: FakeStudio) -> None:
    """And ask its ``handle``."""
    from pytest_studio.transports import twilio

    url, auth = "https://studio.twilio.com/v2/Flows", (fake.account_sid, fake.auth_token)
    assert twilio.StudioHttpClient(fake).request("GET", url, auth=auth).status_code == 200
    assert asyncio.run(twilio.AsyncStudioHttpClient(fake).request("GET", url, auth=auth)).status_code == 200
