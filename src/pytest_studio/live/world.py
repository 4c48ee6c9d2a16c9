"""An account that can be asked: what is there to ask about, which is found by reading, and each answer, read once.

The same reading serves Studio itself, and a fake: what a case observes in the one it observes in the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import quote

from pytest_studio.live.asking import Answer, Unreachable
from pytest_studio.operations import OPERATIONS, Operation

__all__ = ["Absent", "World"]

Json = dict[str, Any]
Get = Callable[[str, str, bytes], Answer]

#: How many Flows, and Executions of each, are looked at for some with Steps.
FLOWS, RUNS = 10, 5


class Absent(Exception):
    """The account has nothing that a case needs; the message says what."""


class World:
    """An account, by its answers.

    Args:
        get: answers a GET: path with query, who asks (see ``asking.WHO``), a body.
        like: the account that this one was given the first pages of; None: it is an account by itself.
    """

    def __init__(self, get: Get, like: World | None = None) -> None:
        self._get = get
        self._like = like
        self._answers: dict[tuple[str, str, bytes], Answer] = {}
        #: Answers that were looked at since somebody emptied this list.
        self.looked_at: list[Answer] = []

    def get(self, path: str, who: str = "account", body: bytes = b"") -> Answer:
        """The answer to one GET, which is asked once."""
        asked = path, who, body
        if asked not in self._answers:
            self._answers[asked] = self._get(*asked)
        answer = self._answers[asked]
        self.looked_at.append(answer)
        return answer

    def answers(self) -> Iterator[Answer]:
        """What the account was asked for, and has answered with success."""
        yield from [
            answer for (_, who, body), answer in self._answers.items() if who == "account" and answer.status == 200
        ]

    # -- what there is ----------------------------------------------------------------------------------------

    def rows(self, path: str) -> list[Json]:
        """The rows of a list's first page.

        Raises:
            Absent: there is no such list.
        """
        answer = self.get(path)
        page = answer.json()
        rows = page.get(answer.meta().get("key")) if isinstance(page, dict) else None
        if answer.status != 200 or not isinstance(rows, list):
            raise Absent(f"a list is answered with {answer.status}")
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("sid"), str)]

    def is_whole(self, path: str) -> bool:
        """Whether a list has one page and no more; a part of another account's is not whole if that is not."""
        if self._like is not None:
            return self._like.is_whole(path)
        return not self.get(path).meta().get("next_page_url")

    @cached_property
    def flows(self) -> list[Json]:
        """The account's first Flows."""
        rows = self.rows("/v2/Flows")
        if not rows:
            raise Absent("the account has no Flows")
        return rows

    @cached_property
    def _found(self) -> tuple[str, str | None, str | None]:
        """SIDs of a Flow, an Execution and a Step that belong together, as far as there are some."""
        best: tuple[str, str | None, str | None] = (self.flows[0]["sid"], None, None)
        for flow in self.flows[:FLOWS]:
            runs = self.rows(f"/v2/Flows/{flow['sid']}/Executions")
            for run in sorted(runs, key=lambda run: run.get("status") != "ended")[:RUNS]:
                steps = self.rows(f"/v2/Flows/{flow['sid']}/Executions/{run['sid']}/Steps")
                if len(steps) > 1:
                    return flow["sid"], run["sid"], steps[0]["sid"]
                if best[2] is None:
                    best = flow["sid"], run["sid"], steps[0]["sid"] if steps else None
        return best

    @property
    def flow(self) -> str:
        """The SID of the Flow that is asked about."""
        return self._found[0]

    @property
    def execution(self) -> str:
        """The SID of one of its Executions, with Steps if there is one."""
        if self._found[1] is None:
            raise Absent("no Flow of the account has an Execution")
        return self._found[1]

    @property
    def step(self) -> str:
        """The SID of one of its Steps."""
        if self._found[2] is None:
            raise Absent("no Execution of the account has a Step")
        return self._found[2]

    @property
    def runs(self) -> list[Json]:
        """The first Executions of that Flow."""
        return self.rows(f"/v2/Flows/{self.flow}/Executions") if self.execution else []

    @cached_property
    def list(self) -> str:
        """The path of a list with several rows: to turn its pages."""
        paths = ["/v2/Flows"]
        if self._found[1] is not None:
            runs = f"/v2/Flows/{self.flow}/Executions"
            paths = [runs, f"{runs}/{self.execution}/Steps", *paths]
        for path in paths:
            if len(self.rows(path)) > 1:
                return path
        raise Absent("the account has no list of two rows")

    # -- paths ------------------------------------------------------------------------------------------------

    def path_of(self, operation: Operation) -> str:
        """The path of an operation with SIDs of this account in it."""
        parts = operation.path.split("/")
        for at, part in enumerate(parts):
            if part.startswith("{"):
                parts[at] = self._named(parts[at - 1])
        return "/".join(parts)

    def _named(self, collection: str) -> str:
        if collection == "Revisions":
            number = self.rows(f"/v2/Flows/{self.flow}/Revisions")[0].get("revision")
            return quote(str(number), safe="")
        return self.flow if collection == "Flows" else self.step if collection == "Steps" else self.execution

    def read_all(self) -> None:
        """Read one of everything, so that a fake can be given it; what is not there is left.

        Raises:
            Unreachable: Studio refuses the credentials, or there is no way to it.
        """
        first = self.get("/v2/Flows")
        if first.status in (401, 403):
            raise Unreachable(f"Studio does not accept these credentials: it answers {first.status}")
        for operation in OPERATIONS.values():
            if operation.method == "GET" and operation.version == "v2":
                try:
                    self.get(self.path_of(operation))
                except Absent:
                    continue
