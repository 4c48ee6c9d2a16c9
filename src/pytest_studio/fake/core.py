"""What the parts of a ``FakeStudio`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_studio.account import Account, Turn
    from pytest_studio.arrange import Arranger
    from pytest_studio.credentials import Credentials
    from pytest_studio.events import Sink
    from pytest_studio.faults import Faults, StepLog
    from pytest_studio.journal import Calls

__all__ = ["Core"]


class Core:
    """The state behind a studio; every part reads it under the lock."""

    _strict: bool
    _arguments: dict[str, Any]
    _lock: Turn
    _account: Account
    _arranger: Arranger
    _allow: frozenset[str]
    _calls: Calls
    _credentials: Credentials
    _faults: Faults
    _steps_withheld: StepLog | None
    _lenient: int
    _judged: int
    _sinks: list[Sink]

    def _settle(self) -> list[str]:
        raise NotImplementedError

    def _undelivered(self, origin: object) -> list[str]:
        """What is said of deliveries that were given up."""
        raise NotImplementedError

    def _follow(self) -> None:
        raise NotImplementedError
