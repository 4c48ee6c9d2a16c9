"""What the parts of a ``FakeStudio`` share."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading

    from pytest_studio.account import Account
    from pytest_studio.arrange import Arranger
    from pytest_studio.credentials import Credentials
    from pytest_studio.faults import Faults, StepLog
    from pytest_studio.journal import Calls

__all__ = ["Core"]


class Core:
    """The state behind a studio; every part reads it under the lock."""

    strict: bool
    _lock: threading.RLock
    _account: Account
    _arranger: Arranger
    _allow: frozenset[str]
    _calls: Calls
    _credentials: Credentials
    _faults: Faults
    _steps_withheld: StepLog | None
    _lenient: int
    _judged: int
