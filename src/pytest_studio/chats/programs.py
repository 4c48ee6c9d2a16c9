"""The Flows that run: which they are, the numbers that lead to them, and their revisions, ready to run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from pytest_studio import running
from pytest_studio.account import Account
from pytest_studio.errors import ChatError
from pytest_studio.flows.model import Program
from pytest_studio.resources import Flow, FlowRevision

__all__ = ["Programs"]


class Loaded(NamedTuple):
    """A Flow that runs: the number that people write to, whether everything goes well, and the file it came from."""

    number: str
    assume_success: bool
    source: str


class Programs:
    """The Flows of an account that run.

    Args:
        account: whose.
        errors_of: what keeps a definition from running, in words; nothing if it can run.
    """

    def __init__(self, account: Account, errors_of: Callable[[Any], Sequence[str]]) -> None:
        self._account = account
        self._errors_of = errors_of
        self._loaded: dict[str, Loaded] = {}
        self._programs: dict[tuple[str, int], tuple[Any, Program]] = {}

    @property
    def flows(self) -> list[Flow]:
        """The Flows that run, oldest first."""
        return [self._account.flows[sid] for sid in self._loaded if sid in self._account.flows]

    def load(self, flow: Flow, *, assume_success: bool = False, source: str = "") -> None:
        """Let a Flow run from here on, by whatever starts its Executions."""
        known = self._loaded.get(flow._sid)
        number = self._new_number() if known is None else known.number
        self._loaded[flow._sid] = Loaded(number, assume_success, source)
        if running.coverage is not None:
            running.coverage.loaded(self.of(flow, flow.current))

    def _new_number(self) -> str:
        """A number that no Flow has; nor the account, whose own stands in the way of Executions from any other."""
        taken = {self._account.number, *(loaded.number for loaded in self._loaded.values())}
        while True:
            number = self._account.source.phone_number()
            if number not in taken:
                return number

    def runs(self, flow: Flow) -> bool:
        """Whether a Flow runs by itself."""
        return flow._sid in self._loaded

    def assumes_success(self, flow: Flow) -> bool:
        """Whether what hands over to others goes well in this Flow."""
        return flow._sid in self._loaded and self._loaded[flow._sid].assume_success

    def number(self, flow: Flow) -> str:
        """The number that people write to, and call. A Flow that was not loaded runs from now on: it was asked to.

        Raises:
            ChatError: the Flow was removed; or its definition has errors.
        """
        if self._account.flows.get(flow._sid) is not flow:
            raise ChatError(f"the Flow {flow.friendly_name!r} ({flow._sid}) was removed from this studio")
        if flow._sid not in self._loaded:
            self.of(flow, flow.current)
            self.load(flow)
        return self._loaded[flow._sid].number

    def subflow(self, sid: str, name: str) -> Program | None:
        """The Program of a Flow's SID and a revision's name or number; None if there is none."""
        flow = self._account.flows.get(sid)
        if flow is None:
            return None
        if not name.isdecimal():
            name = "LatestRevision" if name in ("LatestRevision", "LatestDraft") else "LatestPublished"
        found = flow.named(name)
        return None if found is None else self.of(flow, found)

    def of(self, flow: Flow, revision: FlowRevision) -> Program:
        """A revision, ready to run.

        Raises:
            ChatError: its definition has errors.
        """
        key, definition = (flow._sid, revision._revision), revision._definition
        known = self._programs.get(key)
        if known is not None and known[0] is definition:
            return known[1]
        errors = self._errors_of(definition)
        if errors:
            told = "\n".join(f"  {error}" for error in errors)
            raise ChatError(f"revision {key[1]} of Flow {revision._friendly_name!r} cannot run:\n{told}")
        source = self._loaded[flow._sid].source if flow._sid in self._loaded else ""
        program = Program(definition or {}, flow._sid, revision._revision, revision._friendly_name, source)
        self._programs[key] = definition, program
        return program
