"""Listing all Steps of an Execution with ``twilio``: where the time goes, at 10,000 and at 100,000 Steps.

Run: ``python benchmarks/listing.py`` (two minutes). The fake's own part is the time between a request's coming in
and its answer's going out, JSON made; beside it a fake as one writes it by hand on ``responses``, which keeps dicts
and cuts a slice a page.
"""

from __future__ import annotations

import gc
import json
import re
import statistics
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import responses
from _common import AC, FN, FW, STEPS_URL, budget, step, verdict
from twilio.rest import Client

from pytest_studio import FakeStudio, Request, Response
from pytest_studio.transports.twilio import client as studio_client

Totals = tuple[float, float]  # seconds: all of it, the fake's own part


class ByHand:
    """What a test suite writes for itself."""

    def __init__(self, steps: int) -> None:
        self.rows = [step(number) for number in range(steps)]
        self.own = 0.0

    def answer(self, request: Any) -> tuple[int, dict[str, str], str]:
        """One page."""
        started = time.perf_counter()
        query = parse_qs(urlsplit(request.url).query)
        size, number = int(query.get("PageSize", ["50"])[0]), int(query.get("Page", ["0"])[0])
        more = (number + 1) * size < len(self.rows)
        body = json.dumps(
            {
                "steps": self.rows[number * size : (number + 1) * size],
                "meta": {
                    "page": number,
                    "page_size": size,
                    "first_page_url": f"{STEPS_URL}?PageSize={size}&Page=0",
                    "previous_page_url": None,
                    "url": request.url,
                    "next_page_url": f"{STEPS_URL}?PageSize={size}&Page={number + 1}" if more else None,
                    "key": "steps",
                },
            }
        )
        self.own += time.perf_counter() - started
        return 200, {"Content-Type": "application/json"}, body

    def list(self, size: int) -> Totals:
        """All Steps, through ``requests``."""
        self.own = 0.0
        with responses.RequestsMock() as mock:
            mock.add_callback("GET", re.compile(re.escape(STEPS_URL) + r"(\?.*)?$"), self.answer)
            return _timed(Client(AC, "t" * 32), FW, FN, size, len(self.rows)), self.own


class Timed(FakeStudio):
    """A studio that takes the time of its answers."""

    own = 0.0

    def handle(self, request: Request) -> Response:
        """Answer, and take the time."""
        started = time.perf_counter()
        response = super().handle(request)
        self.own += time.perf_counter() - started
        return response


class Ours:
    """A studio with one Execution of so many Steps."""

    def __init__(self, steps: int) -> None:
        self.studio = Timed(seed=1)
        self.execution = self.studio.add_execution()
        self.studio.add_steps(self.execution, steps)
        self.steps = steps

    def list(self, size: int) -> Totals:
        """All Steps, through ``requests``."""
        with self.studio as studio:
            return self._list(Client(studio.account_sid, studio.auth_token), size)

    def list_in_memory(self, size: int) -> Totals:
        """All Steps, through the SDK's ``http_client``."""
        return self._list(studio_client(self.studio.handle, self.studio.account_sid, self.studio.auth_token), size)

    def _list(self, client: Client, size: int) -> Totals:
        self.studio.own = 0.0
        seconds = _timed(client, self.execution.flow_sid, self.execution.sid, size, self.steps)
        return seconds, self.studio.own


def _timed(client: Client, flow: str, execution: str, size: int, expected: int) -> float:
    gc.collect()
    started = time.perf_counter()
    found = client.studio.v2.flows(flow).executions(execution).steps.list(page_size=size)
    seconds = time.perf_counter() - started
    assert len({step.sid for step in found}) == len(found) == expected
    return seconds


def main() -> None:
    """Print the table and the budgets."""
    print(f"{'Steps':>8} {'a page':>7} {'way':28} {'us a Step':>9} {'of it the fake':>14}")
    own: dict[tuple[int, int], list[float]] = {}
    hand: dict[tuple[int, int], list[float]] = {}
    studios = {steps: (ByHand(steps), Ours(steps)) for steps in (10_000, 100_000)}
    for size in (50, 1000):
        taken: dict[tuple[int, str], list[Totals]] = {}
        for _ in range(5):  # the small and the large by turns: they are compared
            for steps, (by_hand, ours) in studios.items():
                ways: dict[str, Callable[[int], Totals]] = {
                    "by hand, through responses": by_hand.list,
                    "studio, through requests": ours.list,
                    "studio_client": ours.list_in_memory,
                }
                for way, run in ways.items():
                    total, part = run(size)
                    taken.setdefault((steps, way), []).append((total / steps * 1e6, part / steps * 1e6))
        for (steps, way), figures in sorted(taken.items()):
            total, part = (statistics.median(column) for column in zip(*figures, strict=True))
            print(f"{steps:8} {size:7} {way:28} {total:9.1f} {part:14.2f}", flush=True)
            if way == "studio, through requests":
                own[steps, size] = [figure[1] for figure in figures]
            elif way.startswith("by hand"):
                hand[steps, size] = [figure[1] for figure in figures]
    for size in (50, 1000):
        large, small = own[100_000, size], own[10_000, size]
        budget(f"the fake's own part of 100,000 Steps, {size} a page", statistics.median(large), 8, "us a Step")
        growth = statistics.median(a / b for a, b in zip(large, small, strict=True))
        budget(f"a Step of 100,000, {size} a page", growth, 1.15, "x a Step of 10,000")
    for (steps, size), values in hand.items():
        times = statistics.median(a / b for a, b in zip(own[steps, size], values, strict=True))
        print(f"{steps:,} Steps, {size} a page: the fake's own part is {times:.2f} x that of the one by hand")
    verdict("twilio", "responses", "requests")


if __name__ == "__main__":
    main()
