"""Whatever comes, every vintage answers it."""

from __future__ import annotations

import pytest

pytest.importorskip("hypothesis")
from helpers import TO, examples
from hypothesis import given, settings
from hypothesis import strategies as st
from test_total import check, requests

from pytest_studio import FakeStudio, Request
from pytest_studio.vintages import VINTAGES, VintageName


@settings(max_examples=examples(600), derandomize=True, deadline=None, database=None)
@given(requests(), st.sampled_from(VINTAGES))
def test_every_vintage_answers_every_request(request: Request, vintage: VintageName) -> None:
    """All operations with any oddities: an answer below 500, and records that still show themselves."""
    studio = FakeStudio(seed=1, vintage=vintage)
    run = studio.add_run(path=[("a", "sent", {"n": 1})], to=TO)
    studio.add_step(studio.add_engagement(run.flow_sid))
    response = studio.handle(request)
    check(studio, response)
    assert response.status < 500
    for record in (*studio.flows.values(), *studio.executions.values(), *studio.steps.values()):
        assert record.payload()["sid"] == record.sid
