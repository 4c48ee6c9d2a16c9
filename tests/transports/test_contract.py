"""Every transport answers every operation and every documented error as ``handle`` does."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from contract import CASES, ERROR_CASES, OPERATION_CASES, Case, World, basic, world

from pytest_studio import Request, assert_conforms
from pytest_studio.operations import OPERATIONS

Answer = tuple[int, bytes, dict[str, str]]


def directly(world: World, case: Case) -> Answer:
    """No transport at all: the engine itself."""
    auth = case.auth(world.studio)
    query, form = urlencode(case.query, doseq=True), urlencode(case.form, doseq=True)
    url = case.url(world.ids) + (f"?{query}" if query else "")
    headers = {} if auth is None else {"Authorization": basic(auth)}
    answer = world.studio.handle(Request(case.method, url, headers, form))
    return answer.status, answer.body, dict(answer.headers)


def by_requests(world: World, case: Case) -> Answer:
    """``requests``, through ``responses``."""
    with world.studio:
        answer = requests.request(
            case.method, case.url(world.ids), params=case.query, data=case.form, auth=case.auth(world.studio)
        )
    return answer.status_code, answer.content, dict(answer.headers)


def _by_http_client(world: World, case: Case, client: Any) -> Answer:
    answer = client.request(
        case.method,
        case.url(world.ids),
        params=case.query or None,
        data=case.form or None,
        headers={},
        auth=case.auth(world.studio),
    )
    return answer.status_code, answer.text.encode("ascii"), dict(answer.headers)


def by_twilio_in_memory(world: World, case: Case) -> Answer:
    """The SDK's own seam."""
    pytest.importorskip("twilio")
    from pytest_studio.transports.twilio import StudioHttpClient

    return _by_http_client(world, case, StudioHttpClient(world.studio.handle))


def by_twilio_over_requests(world: World, case: Case) -> Answer:
    """The SDK's own HTTP client, unmodified."""
    http_client = pytest.importorskip("twilio.http.http_client")
    with world.studio:
        return _by_http_client(world, case, http_client.TwilioHttpClient())


TRANSPORTS = [by_requests, by_twilio_in_memory, by_twilio_over_requests]
each_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


def comparable(answer: Answer) -> tuple[int, bytes, dict[str, str]]:
    """An answer without what differs each time: how long it took."""
    status, body, headers = answer
    return status, body, {k.title(): v for k, v in headers.items() if k.lower() != "twilio-request-duration"}


@each_case
@pytest.mark.parametrize("transport", TRANSPORTS, ids=lambda transport: transport.__name__)
def test_a_transport_changes_nothing(transport: Callable[[World, Case], Answer], case: Case) -> None:
    """Status, body and headers are those of the engine."""
    assert comparable(transport(world(), case)) == comparable(directly(world(), case))


@each_case
def test_the_answer_is_the_documented_one(case: Case) -> None:
    """Status and error code are as documented, and the body conforms."""
    here = world()
    status, body, _ = directly(here, case)
    assert (status, json.loads(body).get("code") if status >= 400 else None) == (case.status, case.code)
    assert_conforms(case.method, case.url(here.ids), status, body)


def test_the_contract_leaves_no_operation_out() -> None:
    """All 39 operations are cases."""
    assert {case.name for case in OPERATION_CASES} == set(OPERATIONS)
    assert len(OPERATIONS) == 39
    assert {case.status for case in ERROR_CASES} == {400, 401, 404, 405, 409}
