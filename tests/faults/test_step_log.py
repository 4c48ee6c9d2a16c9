"""Steps that arrive late, and Steps whose log is lost: Studio keeps it as well as it can."""

from __future__ import annotations

from typing import Any

import pytest
from helpers import call, get, sids_of, walk

from pytest_studio import FakeStudio


def steps_url(run: Any, version: str = "v2") -> str:
    """Where the Steps of an Execution are listed."""
    return f"/{version}/Flows/{run.flow_sid}/Executions/{run.sid}/Steps"


def shown(studio: FakeStudio, run: Any) -> list[str]:
    """The SIDs that the list shows, newest first, over pages of two."""
    return [sid for page in walk(studio, steps_url(run) + "?PageSize=2", "steps") for sid in page]


def test_a_step_can_arrive_late(fake: FakeStudio) -> None:
    """It is not there, and then it is, in its place."""
    run = fake.add_execution()
    steps = fake.add_steps(run, 3)
    fake.delay_step(steps[1], 30)
    url = f"{steps_url(run)}/{steps[1].sid}"
    assert shown(fake, run) == [steps[2].sid, steps[0].sid]
    assert [call(fake, "GET", url + tail).status for tail in ("", "/Context")] == [404, 404]
    fake.advance(seconds=29)
    assert len(shown(fake, run)) == 2
    fake.advance(seconds=1)
    assert shown(fake, run) == sids_of(reversed(steps))
    assert [call(fake, "GET", url + tail).status for tail in ("", "/Context")] == [200, 200]


def test_a_late_step_is_named_by_record_or_sid(fake: FakeStudio) -> None:
    """Either way; anything else is refused."""
    step = fake.add_step()
    fake.delay_step(step.sid, 5)
    assert shown(fake, step.execution) == []
    with pytest.raises(ValueError, match="is no Step of this studio"):
        fake.delay_step("FT" + "0" * 32, 5)
    with pytest.raises(ValueError, match="above 0"):
        fake.delay_step(step, 0)


def test_a_404_of_a_withheld_step_says_why(fake: FakeStudio) -> None:
    """In the report, not on the wire."""
    step = fake.add_step()
    fake.delay_step(step, 5)
    call(fake, "GET", f"{steps_url(step.execution)}/{step.sid}")
    assert f"{step.sid} shows in " in (fake.calls[-1].why or "")
    assert f"delay_step('{step.sid}', 5)" in (fake.calls[-1].why or "")


def test_a_walk_over_pages_neither_repeats_nor_skips_when_a_late_step_arrives(fake: FakeStudio) -> None:
    """What arrives behind the reader is not shown; what is ahead is."""
    run = fake.add_execution()
    steps = fake.add_steps(run, 6)
    fake.delay_step(steps[5], 10)  # behind: newer than what was read
    fake.delay_step(steps[1], 10)  # ahead
    first = get(fake, steps_url(run) + "?PageSize=2")
    assert sids_of(first["steps"]) == [steps[4].sid, steps[3].sid]
    fake.advance(seconds=10)
    rest = [sid for page in walk(fake, first["meta"]["next_page_url"], "steps") for sid in page]
    assert rest == [steps[2].sid, steps[1].sid, steps[0].sid]


def test_a_share_of_steps_is_lost_and_the_same_ones_each_time() -> None:
    """By the seed; Steps stored before and after alike."""

    def world(seed: int) -> tuple[list[int], int]:
        studio = FakeStudio(seed=seed)
        run = studio.add_execution()
        before = studio.add_steps(run, 200)
        studio.lose_steps(rate=0.25)
        after = studio.add_steps(run, 200)
        there = set(shown(studio, run))
        return [n for n, step in enumerate([*before, *after]) if step.sid not in there], len(studio.steps)

    lost, stored = world(3)
    assert world(3) == (lost, stored)
    assert stored == 400  # they happened
    assert 60 <= len(lost) <= 140
    assert min(lost) < 200 <= max(lost)
    assert world(4)[0] != lost


def test_lost_steps_are_aimed_at(fake: FakeStudio) -> None:
    """By fields of the Step: a value, or a judge."""
    run = fake.add_run(path=[("ask", "incomingMessage"), ("thanks", "sent"), ("bye", "sent")])
    other = fake.add_run(path=[("thanks", "sent")])
    fake.lose_steps(where={"transitioned_from": "thanks", "execution_sid": run})
    assert shown(fake, run) == [run.steps[3].sid, run.steps[1].sid, run.steps[0].sid]
    assert len(shown(fake, other)) == 2
    fake.lose_steps(where={"name": lambda name: name == "incomingMessage"})
    assert run.steps[1].sid not in shown(fake, run)


def test_the_context_does_not_miss_what_a_lost_step_gathered(fake: FakeStudio) -> None:
    """Only its log is lost."""
    run = fake.add_run(path=[("ask", "incomingMessage", {"inbound": {"Body": "42"}})])
    fake.lose_steps(rate=1)
    assert shown(fake, run) == []
    context = get(fake, f"/v2/Flows/{run.flow_sid}/Executions/{run.sid}/Context")["context"]
    assert context["widgets"]["ask"]["inbound"]["Body"] == "42"


def test_dates_are_matched_as_on_the_wire(fake: FakeStudio) -> None:
    """Other fields as attributes."""
    step = fake.add_step(date_created="2026-01-02T03:04:05Z")
    fake.lose_steps(where={"date_created": "2026-01-02T03:04:05Z"})
    assert shown(fake, step.execution) == []


@pytest.mark.parametrize(
    ("kwargs", "error", "words"),
    [
        ({}, ValueError, "wants a rate"),
        ({"rate": 2}, ValueError, "from 0 to 1"),
        ({"rate": True}, ValueError, "from 0 to 1"),
        ({"where": {"transitionedFrom": "x"}}, TypeError, "did you mean 'transitioned_from'"),
    ],
)
def test_wrong_use_says_what_would_be_right(
    fake: FakeStudio, kwargs: dict[str, Any], error: type[Exception], words: str
) -> None:
    """And loses nothing."""
    step = fake.add_step()
    with pytest.raises(error, match=words):
        fake.lose_steps(**kwargs)
    assert shown(fake, step.execution) == [step.sid]
