"""One studio, many threads."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from helpers import FROM, call, get, walk

from pytest_studio import FakeStudio, sids

THREADS, REQUESTS = 8, 2_000
#: What each round of requests is answered: create, a conflict, fetch, add by the test, list, context, end, delete
#: (every other time).
ROUND = 8


def mixed(
    studio: FakeStudio, flow_sid: str, worker: int, start: threading.Barrier
) -> tuple[Counter[int], list[str], list[str]]:
    """A thread's requests: the statuses, the SIDs made, and those kept."""
    statuses: Counter[int] = Counter()
    made, kept = [], []
    runs = f"/v2/Flows/{flow_sid}/Executions"

    def ask(method: str, path: str, **params: object) -> object:
        response = call(studio, method, path, **params)
        statuses[response.status] += 1
        return response.json() if response.body else None

    start.wait()
    for number in range(REQUESTS // ROUND):
        to = f"+1555{worker}{number:06}"
        run = ask("POST", runs, To=to, From=FROM)
        conflict = ask("POST", runs, To=to, From=FROM)
        assert conflict["details"]["conflicting_execution_sid"] == run["sid"]
        steps = [studio.add_step(run["sid"]) for _ in range(2)]
        assert ask("GET", f"{runs}/{run['sid']}")["status"] == "active"
        assert [row["sid"] for row in ask("GET", f"{runs}/{run['sid']}/Steps")["steps"]] == [
            step.sid for step in reversed(steps)
        ]
        assert ask("GET", f"{runs}/{run['sid']}/Steps/{steps[0].sid}/Context")["step_sid"] == steps[0].sid
        ask("GET", runs, PageSize=2)
        assert ask("POST", f"{runs}/{run['sid']}", Status="ended")["status"] == "ended"
        if number % 2:
            ask("DELETE", f"{runs}/{run['sid']}")
        else:
            ask("GET", f"{runs}/{run['sid']}/Context")
            kept.append(run["sid"])
        made += [run["sid"], *(step.sid for step in steps)]
    return statuses, made, kept


def test_eight_threads_lose_nothing() -> None:
    """2,000 mixed requests each: every answer as expected, no SID twice, every record and call there."""
    studio = FakeStudio()
    flow = studio.add_flow()
    start = threading.Barrier(THREADS)
    with ThreadPoolExecutor(THREADS) as pool:
        results = list(pool.map(lambda worker: mixed(studio, flow.sid, worker, start), range(THREADS)))
    rounds = THREADS * REQUESTS // ROUND
    statuses = sum((result[0] for result in results), Counter())
    assert statuses == {200: rounds * 5 + rounds // 2, 201: rounds, 409: rounds, 204: rounds // 2}
    made = [sid for result in results for sid in result[1]]
    assert len(made) == len(set(made)) == rounds * 3
    kept = [sid for result in results for sid in result[2]]
    assert set(kept) == studio.executions.keys()
    assert len(studio.steps) == 2 * len(kept)
    assert Counter(
        sid for page in walk(studio, f"{flow.url}/Executions?PageSize=1000", "executions") for sid in page
    ) == Counter(kept)
    calls = [made.response.headers["Twilio-Request-Id"] for made in studio.calls[: rounds * ROUND]]
    assert len(calls) == len(set(calls)) == THREADS * REQUESTS


def test_one_contact_gets_one_execution() -> None:
    """However many ask for it at once: v2 refuses the others, v1 answers them with it."""
    studio = FakeStudio()
    for version, expected in (("v2", {201: 1, 409: 63}), ("v1", {200: 64})):
        runs = f"/{version}/Flows/{studio.add_flow().sid}/Executions"
        with ThreadPoolExecutor(8) as pool:
            answers = list(
                pool.map(lambda _, runs=runs, to=version: call(studio, "POST", runs, To=to, From="+2"), range(64))
            )
        assert Counter(answer.status for answer in answers) == expected
        assert len(get(studio, runs)["executions"]) == 1


def test_a_walk_is_exact_while_others_store_and_delete() -> None:
    """What was there throughout is found once, in order."""
    studio = FakeStudio()
    flow = studio.add_flow()
    stay = [studio.add_execution(flow).sid for _ in range(200)]
    done = threading.Event()

    def disturb() -> None:
        while not done.is_set():
            run = studio.add_execution(flow)
            call(studio, "DELETE", run.url)

    others = [threading.Thread(target=disturb) for _ in range(3)]
    for other in others:
        other.start()
    try:
        found = [sid for page in walk(studio, f"{flow.url}/Executions?PageSize=7", "executions") for sid in page]
    finally:
        done.set()
        for other in others:
            other.join()
    assert [sid for sid in found if sid in set(stay)] == stay[::-1]


def test_sids_of_many_threads_differ() -> None:
    """Those that nobody gave a generator for."""
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: sids.flow(), range(5_000)))
    assert len(set(made)) == 5_000
