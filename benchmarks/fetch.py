"""Fetching one Step with ``twilio``: the fake, through ``requests`` and in memory, beside a static stub.

Run: ``python benchmarks/fetch.py`` (half a minute).
"""

from __future__ import annotations

import json
import logging

import responses
from _common import AC, FN, FW, budget, compare, peer, repeat, step, verdict
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from pytest_studio import FakeStudio
from pytest_studio.transports.twilio import client as studio_client

TOKEN = "t" * 32
STEP = step(7)
MANY = 100_000


def fetch(client: Client, count: int, flow: str = FW, execution: str = FN, sid: str = STEP["sid"]) -> None:
    """Fetch the Step ``count`` times."""
    for _ in range(count):
        found = client.studio.v2.flows(flow).executions(execution).steps(sid).fetch()
    assert found.sid == sid


def stub(count: int) -> None:
    """A static stub of ``responses``."""
    with responses.RequestsMock() as mock:
        mock.get(STEP["url"], json=STEP)
        fetch(Client(AC, TOKEN), count)


class Memory(HttpClient):  # type: ignore[misc]
    """Answers with the same text whatever is asked: what the SDK alone costs."""

    def __init__(self) -> None:
        super().__init__(None, False)

    def request(self, *args: object, **kwargs: object) -> Response:
        """Answer."""
        return Response(200, json.dumps(STEP))


class Ours:
    """A studio with so many Steps, of which the one in the middle is fetched."""

    def __init__(self, steps: int) -> None:
        self.studio = FakeStudio(seed=1)
        execution = self.studio.add_execution()
        step = self.studio.add_steps(execution, steps)[steps // 2]
        self.sids = (step.flow_sid, step.execution_sid, step.sid)
        self.client = studio_client(self.studio.handle, self.studio.account_sid, self.studio.auth_token)

    def requests(self, count: int) -> None:
        """Through ``requests``."""
        with self.studio as studio:
            fetch(Client(studio.account_sid, studio.auth_token), count, *self.sids)

    def memory(self, count: int) -> None:
        """Through the SDK's ``http_client``."""
        fetch(self.client, count, *self.sids)


def main() -> None:
    """Print the table and the budgets."""
    few, many = Ours(1), Ours(MANY)
    static, one, all_ = "responses, a static stub", "requests, 1 Step stored", f"requests, {MANY:,} Steps stored"
    memory = "studio_client, 1 Step stored"
    cases = {
        static: (stub, 200),
        one: (few.requests, 200),
        all_: (many.requests, 200),
        memory: (few.memory, 1000),
        f"studio_client, {MANY:,} Steps stored": (many.memory, 1000),
        "twilio with an answer in memory (the least)": (
            lambda count: fetch(Client(AC, TOKEN, http_client=Memory()), count),
            1000,
        ),
        "json.loads(json.dumps(step)) (for scale)": (repeat(lambda: json.loads(json.dumps(STEP))), 2000),
    }
    server = peer("pytest_httpserver")
    http = None
    if server is not None:
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        http = server.HTTPServer()
        http.start()
        http.expect_request(STEP["url"].partition(".com")[2]).respond_with_json(STEP)
        client = Client(AC, TOKEN)
        client.studio.base_url = http.url_for("").rstrip("/")
        cases["pytest-httpserver"] = (lambda count: fetch(client, count), 100)
    figures = compare("fetch a Step with twilio", cases, rounds=25, reference=static)
    if http is not None:
        http.stop()
    budget("through requests, 1 Step stored", figures[one].ratio, 1.05, "x the stub")
    budget(f"through requests, {MANY:,} Steps stored", figures[all_].ratio, 1.05, "x the stub")
    budget("through studio_client", figures[memory].ratio, 0.15, "x the stub")
    verdict("twilio", "responses", "requests", "pytest-httpserver")


if __name__ == "__main__":
    main()
