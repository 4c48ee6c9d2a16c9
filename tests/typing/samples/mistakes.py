"""What a type checker finds before the test does: each mistake is marked; a mark that nothing deserves is an error."""

from __future__ import annotations

import pytest_studio
from pytest_studio import (
    FakeStudio,
    Flow,
    PayloadFactory,
    Step,
    StudioServer,
    factories,
)


def test_misspelt(studio: FakeStudio, studio_factory: PayloadFactory, studio_server: StudioServer) -> None:
    """Names that there are not."""
    studio.add_flows()  # type: ignore[attr-defined]
    studio_factory.stepp()  # type: ignore[attr-defined]
    factories.stepp()  # type: ignore[attr-defined]
    from pytest_studio import FakeStdio  # type: ignore[attr-defined]

    FakeStdio()
    pytest_studio.FakeStdio()  # type: ignore[attr-defined]
    print(studio_server.adress)  # type: ignore[attr-defined]
    studio.fail(aftr=4)  # type: ignore[call-arg]
    studio.advance(month=1)  # type: ignore[call-arg]


def test_values(studio: FakeStudio, flow: Flow) -> None:
    """Values that cannot be."""
    studio.fail(exception="time-out")  # type: ignore[arg-type]
    studio.fail(times="1")  # type: ignore[arg-type]
    studio.load_flow({}, status="drafted")  # type: ignore[arg-type]
    studio.slow("*", "30")  # type: ignore[arg-type]
    studio.delay_step(flow, 30)  # type: ignore[arg-type]
    FakeStudio(now=[])  # type: ignore[arg-type]
    FakeStudio(vintage="2024")  # type: ignore[arg-type]
    flow.message(b"hi")  # type: ignore[arg-type]


def test_settings(studio: FakeStudio) -> None:
    """What is set when a studio is made stays so; and no name comes up by being set."""
    studio.strict = False  # type: ignore[misc]
    studio.seed = 3  # type: ignore[misc]
    studio.retention_days = 3  # type: ignore[attr-defined]
    studio.now = "2026-01-01"  # type: ignore[attr-defined]
    studio.foo = 1  # type: ignore[attr-defined]


def test_records(studio: FakeStudio, flow: Flow, step: Step) -> None:
    """Records change by ``update``; what is missing is None."""
    studio.flows["FW"] = flow  # type: ignore[index]
    step.name = "timeout"  # type: ignore[misc]
    print(step.date_updated.year)  # type: ignore[union-attr]
    step.type.upper()  # type: ignore[union-attr]


@FakeStudio()
def count(studio: FakeStudio) -> int:
    """It is handed in."""
    return len(studio.flows)


def test_decorated() -> None:
    """What the decorator hands in is not for callers; what it leaves is checked."""
    count(3)  # type: ignore[call-arg]
    count().upper()  # type: ignore[attr-defined]
