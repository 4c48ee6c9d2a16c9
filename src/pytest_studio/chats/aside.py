"""Chats that go on in threads of their own: an event loop must not stand still while a server takes its time.

The server may be of this very loop, or ask the studio, which this loop serves, before it answers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from pytest_studio.events import patience

__all__ = ["Aside"]


class Aside:
    """What goes on in threads of its own."""

    def __init__(self) -> None:
        self._threads: set[threading.Thread] = set()
        self._guard = threading.Lock()

    def let(self, go: Callable[[], object]) -> None:
        """Do something in a thread."""

        def run() -> None:
            try:
                go()
            finally:
                self._threads.discard(thread)

        thread = threading.Thread(target=run, name="pytest-studio flow", daemon=True)
        with self._guard:
            self._threads.add(thread)
            thread.start()

    def wait(self) -> None:
        """Wait till all of it is done, if that comes to an end in time."""
        if not self._threads:
            return
        with self._guard:
            threads = self._threads - {threading.current_thread()}
        for thread in threads:
            thread.join(patience())
