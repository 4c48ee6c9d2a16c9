"""Making a Step's payload: ``factories.step()`` beside factory_boy, polyfactory, Faker and plain Python.

Run: ``python benchmarks/factories.py`` (ten seconds). All of them make the same fourteen keys: four SIDs, dates,
a url and a link that follow from the SIDs.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from typing import Any, TypedDict

from _common import budget, compare, peer, repeat, verdict

from pytest_studio import PayloadFactory, factories

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
rng = random.Random(1)


def make_sid(prefix: str) -> str:
    """A SID."""
    return f"{prefix}{rng.getrandbits(128):032x}"


def make_date() -> str:
    """A date."""
    return (START + timedelta(seconds=rng.getrandbits(24))).isoformat()[:19] + "Z"


def address(values: Any) -> str:
    """The url that follows from the SIDs."""
    return (
        f"https://studio.twilio.com/v2/Flows/{values['flow_sid']}/Executions/{values['execution_sid']}"
        f"/Steps/{values['sid']}"
    )


def plain() -> dict[str, Any]:
    """By hand."""
    values: dict[str, Any] = {
        "sid": make_sid("FT"),
        "account_sid": make_sid("AC"),
        "flow_sid": make_sid("FW"),
        "execution_sid": make_sid("FN"),
    }
    values |= {"parent_step_sid": None, "name": "incomingRequest", "context": {}}
    values |= {"transitioned_from": "Trigger", "transitioned_to": "Ended", "type": "send-message"}
    values["date_created"] = values["date_updated"] = make_date()
    url = values["url"] = address(values)
    values["links"] = {"step_context": f"{url}/Context"}
    return values


def factory_boy(factory: Any) -> Any:
    """A factory_boy factory with the same cheap parts."""

    class Step(factory.DictFactory):  # type: ignore[misc]
        sid = factory.LazyFunction(lambda: make_sid("FT"))
        account_sid = factory.LazyFunction(lambda: make_sid("AC"))
        flow_sid = factory.LazyFunction(lambda: make_sid("FW"))
        execution_sid = factory.LazyFunction(lambda: make_sid("FN"))
        parent_step_sid = None
        name = "incomingRequest"
        context = factory.Dict({})
        transitioned_from = "Trigger"
        transitioned_to = "Ended"
        type = "send-message"
        date_created = factory.LazyFunction(make_date)
        date_updated = factory.SelfAttribute("date_created")
        url = factory.LazyAttribute(lambda made: address(_fields(made)))
        links = factory.LazyAttribute(lambda made: {"step_context": f"{made.url}/Context"})

    return Step


def _fields(made: Any) -> dict[str, str]:
    return {"flow_sid": made.flow_sid, "execution_sid": made.execution_sid, "sid": made.sid}


class StepDict(TypedDict):
    """What polyfactory is told."""

    sid: str
    account_sid: str
    flow_sid: str
    execution_sid: str
    parent_step_sid: None
    name: str
    context: dict[str, Any]
    transitioned_from: str
    transitioned_to: str
    type: str
    date_created: str
    date_updated: str
    url: str
    links: dict[str, str]


def polyfactory(use: Any, generated: Any, base: Any) -> Any:
    """A polyfactory factory with the same cheap parts."""

    class Step(base[StepDict]):  # type: ignore[misc]
        __model__ = StepDict
        sid = use(make_sid, "FT")
        account_sid = use(make_sid, "AC")
        flow_sid = use(make_sid, "FW")
        execution_sid = use(make_sid, "FN")
        parent_step_sid = None
        name = "incomingRequest"
        context = use(dict)
        transitioned_from = "Trigger"
        transitioned_to = "Ended"
        type = "send-message"
        date_created = use(make_date)
        date_updated = use(make_date)
        url = generated(lambda name, values: address(values))
        links = generated(lambda name, values: {"step_context": f"{address(values)}/Context"})

    return Step.build


def main() -> None:
    """Print the table and the budget."""
    ours, hand, theirs = "factories.step()", "plain Python", "factory_boy"
    own = PayloadFactory(seed=1)
    cases = {
        ours: (repeat(lambda: factories.step()), 5000),
        "PayloadFactory(seed=1).step()": (repeat(own.step), 5000),
        'factories.step(name="sent")': (repeat(lambda: factories.step(name="sent")), 300),
        'factories.step(name="sent", validate=False)': (
            repeat(lambda: factories.step(name="sent", validate=False)),
            2000,
        ),
        hand: (repeat(plain), 5000),
    }
    boy = peer("factory")
    if boy is not None:
        cases[theirs] = (repeat(factory_boy(boy)), 300)
    poly = peer("polyfactory")
    if poly is not None:
        from polyfactory.factories import TypedDictFactory

        cases["polyfactory"] = (repeat(polyfactory(poly.Use, poly.PostGenerated, TypedDictFactory)), 300)
    figures = compare("one Step's payload", cases, rounds=15, reference=theirs if boy else hand)
    if boy is not None:
        budget("factories.step()", figures[ours].ratio, 0.1, "x factory_boy")
    verdict("factory_boy", "polyfactory")


if __name__ == "__main__":
    main()
