"""Flows that run: a message through ten widgets, 1,000 chats at once, loading and exploring a Flow of 55 states.

Run: ``python benchmarks/flows.py [FLOW.json …]`` (half a minute). Nothing else runs Flows offline, so there are no peers;
``json.dumps`` and ``json.loads`` of a Step stand beside it as a scale. Definitions that are given are loaded and explored.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from typing import Any

from _common import budget, compare, repeat, step, verdict

from pytest_studio import FakeStudio, StudioFlowWarning, flow_checks

FROM, TO = "{{flow.channel.address}}", "{{contact.channel.address}}"


def state(name: str, kind: str, properties: dict[str, Any], *transitions: dict[str, Any]) -> dict[str, Any]:
    """One state."""
    return {"name": name, "type": kind, "properties": properties, "transitions": list(transitions)}


def on(event: str, following: str | None = None, **rest: Any) -> dict[str, Any]:
    """One transition."""
    return {"event": event, **({"next": following} if following else {}), **rest}


def survey(questions: int) -> dict[str, Any]:
    """A Flow that asks, and after each reply goes through three widgets: a split, variables, a message."""
    states = [state("Trigger", "trigger", {}, on("incomingMessage", "ask_0"))]
    for n in range(questions):
        answer = f"{{{{widgets.ask_{n}.inbound.Body}}}}"
        condition = {"friendly_name": "stop", "arguments": [answer], "type": "equal_to", "value": "stop"}
        following = f"ask_{n + 1}" if n + 1 < questions else None
        count = "{% if flow.variables.n %}{{flow.variables.n | plus: 1}}{% else %}1{% endif %}"
        ask = {"from": FROM, "body": f"Question {n} of {questions}?", "timeout": "3600"}
        thanks = {"from": FROM, "to": TO, "body": f"{answer}, thank you: {{{{flow.variables.n}}}}"}
        states += [
            state(f"ask_{n}", "send-and-wait-for-reply", ask, on("incomingMessage", f"split_{n}"), on("timeout")),
            state(
                f"split_{n}",
                "split-based-on",
                {"input": answer},
                on("noMatch", f"count_{n}"),
                on("match", conditions=[condition]),
            ),
            state(
                f"count_{n}", "set-variables", {"variables": [{"key": "n", "value": count}]}, on("next", f"tell_{n}")
            ),
            state(f"tell_{n}", "send-message", thanks, on("sent", following), on("failed", following)),
        ]
    return {
        "description": "survey",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": states,
    }


def straight(widgets: int) -> dict[str, Any]:
    """A Flow whose first message goes through so many widgets, the trigger and a wait at the end among them."""
    names = [f"say_{n}" for n in range(widgets - 2)] + ["ask"]
    states = [state("Trigger", "trigger", {}, on("incomingMessage", names[0]))]
    for name, following in zip(names, names[1:], strict=False):
        body = {"from": FROM, "to": TO, "body": "{{trigger.message.Body}}, {{contact.channel.address}}"}
        states.append(state(name, "send-message", body, on("sent", following), on("failed")))
    ask = {"from": FROM, "body": "More?", "timeout": "3600"}
    states.append(state("ask", "send-and-wait-for-reply", ask, on("incomingMessage", names[0]), on("timeout")))
    return {
        "description": "straight",
        "initial_state": "Trigger",
        "flags": {"allow_concurrent_calls": True},
        "states": states,
    }


def main() -> None:
    """Print the tables."""
    warnings.simplefilter("ignore", StudioFlowWarning)
    text = json.dumps(step())
    studio = FakeStudio(strict=False)
    flow = studio.load_flow(straight(10))
    flow.message("first")
    long = survey(14)  # 57 states
    states = len(long["states"])

    def load_anew(count: int) -> None:
        for n in range(count):
            flow_checks._known.clear()
            FakeStudio().load_flow({**long, "description": f"survey {n}"})

    def explore(count: int) -> None:
        fresh = FakeStudio().load_flow(long)
        for _ in range(count):
            fresh.explore()

    figures = compare(
        "Flows",
        {
            "scale: a Step as JSON and back": (repeat(lambda: json.loads(text)), 20_000),
            "a message through ten widgets": (repeat(lambda: flow.message("hello")), 200),
            f"load and check {states} states": (load_anew, 5),
            f"load {states} states again": (repeat(lambda: FakeStudio().load_flow(long)), 50),
            f"explore {states} states": (explore, 1),
        },
        rounds=7,
    )
    budget("a message through ten widgets", figures["a message through ten widgets"].median, 1000, "us")
    budget(f"load and check {states} states", figures[f"load and check {states} states"].median, 50_000, "us")
    budget(f"explore {states} states", figures[f"explore {states} states"].median, 5_000_000, "us")

    crowded = FakeStudio(strict=False)
    flow = crowded.load_flow(survey(3))
    started = time.perf_counter()
    people = [f"+1555{n:07d}" for n in range(1000)]
    for _ in range(4):  # the first begins, three answer
        for person in people:
            flow.message("yes", from_=person)
    print(f"\n1,000 chats of three questions, by turns: {time.perf_counter() - started:.2f} s")
    assert all(chat.ended for chat in flow.chats)
    assert len(crowded.steps) == 13_000

    for name in sys.argv[1:]:
        fresh = FakeStudio(strict=False)
        flow_checks._known.clear()
        started = time.perf_counter()
        flow = fresh.load_flow(name)
        loaded = time.perf_counter()
        found = flow.explore()
        explored = time.perf_counter()
        print(f"{name}: load {(loaded - started) * 1e3:.0f} ms, explore {explored - loaded:.2f} s: {found!r}")
    verdict("python-liquid", "jsonschema")


if __name__ == "__main__":
    main()
