"""What Studio should hold and answer, in plain dicts and lists, from its documents; nothing of the package is used."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
DAY = 86_400


class Fault:
    """What a test has asked to go wrong with one operation."""

    def __init__(self, operation: str, where: Json, after: int, times: int, status: int, lost: bool) -> None:
        self.operation, self.where = operation, where
        self.after, self.times, self.status, self.lost = after, times, status, lost
        self.seen = self.met = 0

    def aims_at(self, operation: str, params: Json) -> bool:
        """Whether a call of an operation, with these parameters, is meant."""
        met = all(str(params.get(name)) == str(value) for name, value in self.where.items())
        return operation == self.operation and met


def struck(faults: list[Fault], operation: str, params: Json) -> Fault | None:
    """The fault that a call meets which is made now: the first whose turn it is."""
    aiming = [fault for fault in faults if fault.aims_at(operation, params)]
    for fault in aiming:
        fault.seen += 1
    due = [fault for fault in aiming if fault.seen > fault.after and fault.met < fault.times]
    for fault in due[:1]:
        fault.met += 1
        return fault
    return None


class Model:
    """Flows and runs by SID, oldest first, and the present in seconds."""

    def __init__(self, now: int, retention_days: int) -> None:
        self.now = now
        self.retention = retention_days * DAY
        self.flows: dict[str, Json] = {}
        self.runs: dict[str, Json] = {}

    def add_flow(self, sid: str, **first: Any) -> None:
        """A Flow with its first revision."""
        self.flows[sid] = {"revisions": [first], "users": []}

    def revise(self, sid: str, **changes: Any) -> None:
        """A new revision: what is not told stays as it was."""
        revisions = self.flows[sid]["revisions"]
        revisions.append({**revisions[-1], "commit_message": None, **changes})

    def revision(self, sid: str, name: str) -> Json | None:
        """The revision of a number or a name, with its number; None if there is none."""
        numbered = [{**each, "revision": at} for at, each in enumerate(self.flows[sid]["revisions"], 1)]
        if name == "LatestPublished":
            numbered = [each for each in numbered if each["status"] == "published"]
        elif name != "LatestRevision":
            numbered = [each for each in numbered if str(each["revision"]) == name]
        return numbered[-1] if numbered else None

    def delete_flow(self, sid: str) -> None:
        """A Flow goes with all its runs."""
        del self.flows[sid]
        self.runs = {run: each for run, each in self.runs.items() if each["flow"] != sid}

    def add_run(self, sid: str, flow: str, to: str | None, from_: str | None, **more: Any) -> None:
        """A run that begins now, unless ``created`` says otherwise; without ``from_`` it is in any number's way."""
        fresh = {"status": "active", "created": self.now, "updated": None, "steps": [], "parameters": {}}
        self.runs[sid] = {**fresh, "flow": flow, "to": to, "from": from_, **more}

    def end(self, sid: str) -> None:
        """A run ends now."""
        self.runs[sid] |= {"status": "ended", "updated": self.now}

    def active(self, to: str, from_: str) -> list[str]:
        """The runs that keep another from beginning."""
        return [
            sid
            for sid, run in self.runs.items()
            if run["status"] == "active" and run["to"] == to and run["from"] in (from_, None)
        ]

    def forget(self) -> None:
        """What is past the retention is gone."""
        self.runs = {sid: run for sid, run in self.runs.items() if run["created"] > self.now - self.retention}

    def runs_of(self, flow: str, status: str | None = None, since: int | None = None, until: int | None = None) -> Any:
        """SIDs of the runs of a Flow, newest first."""
        return [
            sid
            for sid, run in reversed(self.runs.items())
            if run["flow"] == flow
            and status in (None, run["status"])
            and (since is None or run["created"] >= since)
            and (until is None or run["created"] < until)
        ]
