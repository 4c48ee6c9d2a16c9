"""Methods of client libraries that are wrapped while a studio is active."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

__all__ = ["Method", "Patch"]

Method = Callable[..., Any]


class Patch:
    """One method of a class; whoever else wraps it, before or after, is neither lost nor harmed.

    Args:
        owner: the class that defines it.
        name: the method.
        make: given what stood there, the wrap. Once no studio is active it hands all calls on: somebody who wrapped
            it meanwhile may put it back later.
    """

    def __init__(self, owner: Any, name: str, make: Callable[[Method], Method]) -> None:
        self.owner = owner
        self.name = name
        self._make = make
        #: Ours, and what each one stands on, in order of making.
        self._wraps: list[tuple[Method, Method]] = []
        #: The first of them, for the next time: every test comes by here.
        self._kept: tuple[Method, Method] | None = None
        self._lock = threading.Lock()

    @property
    def standing(self) -> Method:
        """What the class has at present."""
        method: Method = vars(self.owner)[self.name]
        return method

    def install(self) -> None:
        """Wrap what stands there; a wrap of ours that was put back after we had gone is taken off first."""
        real: Any = vars(self.owner)[self.name]
        while hasattr(real, "_of_pytest_studio"):
            real = real.__wrapped__
        if self._kept is None or self._kept[1] is not real:
            self._kept = self._wrap(real), real
        self._wraps.append(self._kept)
        setattr(self.owner, self.name, self._kept[0])

    def outermost(self) -> None:
        """Wrap once more, if somebody has put something else there since."""
        if self._wraps and self.standing is not self._wraps[-1][0]:
            with self._lock:
                real = self.standing
                if self._wraps and real is not self._wraps[-1][0]:
                    self._wraps.append((self._wrap(real), real))
                    setattr(self.owner, self.name, self._wraps[-1][0])

    def _wrap(self, real: Method) -> Method:
        ours: Any = self._make(real)
        ours.__name__ = self.name
        ours.__wrapped__ = real
        ours._of_pytest_studio = True
        return ours  # type: ignore[no-any-return]

    def uninstall(self) -> None:
        """Give the method back; where somebody has wrapped ours meanwhile, it stays below."""
        with self._lock:
            while self._wraps:
                ours, real = self._wraps.pop()
                if self.standing is ours:
                    setattr(self.owner, self.name, real)
