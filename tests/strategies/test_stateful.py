"""Whatever is done to a studio, in whatever order, it answers as a plain model says."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from helpers import SMALLEST, call

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule
from plain_model import DAY, Fault, Json, Model, struck

from pytest_studio import FakeStudio, assert_conforms, strategies

START, RETENTION = 1_767_225_600, 30
PEOPLE = ("+15550100001", "whatsapp:+15550100002", "ada & co")
STRANGER = "+15550100077"
SIDES = ("+15550100008", "MG" + "0" * 32)
DEFINITIONS = (SMALLEST, {"initial_state": "Trigger", "description": "é漢🙂"})
ABSENT = "0123456789abcdef" * 2
#: Operations that faults are asked for: of each kind some.
FRAGILE = ("v2.ListExecution", "v2.CreateExecution", "v2.UpdateExecution", "v2.DeleteExecution", "v2.FetchExecution",
           "v2.CreateFlow", "v2.UpdateFlow", "v2.DeleteFlow", "v2.ListExecutionStep", "v1.CreateExecution",
           "v1.ListExecution", "v1.ListEngagement", "v1.CreateEngagement", "v1.ListStep")  # fmt: skip
#: And those that go wrong only with a parameter: of one run, of one Flow, of one value.
AIMED = (("v2.UpdateExecution", "ExecutionSid"), ("v2.FetchExecution", "ExecutionSid"),
         ("v1.DeleteExecution", "ExecutionSid"), ("v2.ListExecutionStep", "ExecutionSid"),
         ("v1.ListStep", "EngagementSid"), ("v2.ListExecution", "FlowSid"), ("v1.ListEngagement", "FlowSid"),
         ("v2.CreateExecution", "FlowSid"), ("v2.UpdateFlow", "FlowSid"),
         ("v2.ListFlowRevision", "FlowSid"), ("v2.ListFlowRevision", "PageSize"), ("v2.ListFlow", "PageSize"),
         ("v2.UpdateExecution", "Status"), ("v2.CreateExecution", "To"))  # fmt: skip
#: Version and collection -> the stems of the operations of a run and of its Steps.
STEMS = {
    ("v2", "Executions"): ("v2", "Execution", "ExecutionStep"),
    ("v1", "Executions"): ("v1", "Execution", "ExecutionStep"),
    ("v1", "Engagements"): ("v1", "Engagement", "Step"),
}

versions = st.sampled_from(["v2", "v1"])
page_sizes = st.sampled_from([1, 2, 3, 50])
kinds = st.sampled_from(list(STEMS))
statuses = st.sampled_from(["published", "draft"])


def written(seconds: int | None) -> str | None:
    """A moment as on the wire."""
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def params_in(path: str) -> Json:
    """The parameters that a path has, by the names that faults are aimed with."""
    sids = dict(re.findall("(F[WN])([0-9a-f]{32})", urlsplit(path).path))  # a PageToken has others
    named = {"FlowSid": "FW", "ExecutionSid": "FN", "EngagementSid": "FN"}
    found = {name: prefix + sids[prefix] for name, prefix in named.items() if prefix in sids}
    return found | dict(parse_qsl(urlsplit(path).query))


class Lost(Exception):
    """A fault took the answer; whether Studio has acted, it says."""

    def __init__(self, acted: bool) -> None:
        self.acted = acted


class Studio(RuleBasedStateMachine):
    """The API on one side, the model on the other."""

    flows = Bundle("flows")
    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.fake = FakeStudio(seed=1, now=START, retention_days=RETENTION)
        self.model = Model(START, RETENTION)
        self.faults: list[Fault] = []
        self.homes: dict[str, str] = {}  # run -> its Flow, also of those that are gone

    # -- asking ---------------------------------------------------------------------------------------------

    def ask(self, operation: str, method: str, path: str, expected: int, /, **params: Any) -> Any:
        """The payload of an answer with this status; Lost if a fault took it."""
        fault = struck(self.faults, operation, {**params_in(path), **params})
        response = call(self.fake, method, path, **params)
        if fault is not None:
            assert response.status == (0 if fault.lost else fault.status)
            raise Lost(fault.lost and expected < 400)
        assert response.status == expected, f"{method} {path}: {response.text} {self.fake.calls[-1].why}"
        assert_conforms(method, path, response.status, response.body)
        payload = response.json() if response.body else None
        if expected >= 400:
            assert payload["status"] == expected
        return payload

    def change(
        self, operation: str, method: str, path: str, expected: int, do: Callable[[], Any], /, **params: Any
    ) -> Any:
        """Ask for a change, and make it in the model if Studio has acted."""
        try:
            payload = self.ask(operation, method, path, expected, **params)
        except Lost as lost:
            if lost.acted:
                do()
            return None
        if expected < 400:
            do()
        return payload

    def see(self, operation: str, path: str, expected: int = 200, /, **params: Any) -> Any:
        """The payload of a GET, or None if a fault took it."""
        return self.change(operation, "GET", path, expected, lambda: None, **params)

    def walk(self, operation: str, path: str, key: str, /, **params: Any) -> list[Json] | None:
        """All rows of a list, page by page there and back; None if a fault took a page."""
        size, there = params.get("PageSize", 50), self.pages(operation, path, "next_page_url", **params)
        if there is None:
            return None
        for number, page in enumerate(there):
            meta = page["meta"]
            assert (meta["key"], meta["page_size"], meta["page"]) == (key, size, number)
            assert meta["next_page_url"] is None or len(page[key]) == size
        back = self.pages(operation, there[-1]["meta"]["url"], "previous_page_url")
        assert back is None or [page[key] for page in back] == [page[key] for page in there[::-1]]
        return [row for page in there for row in page[key]]

    def pages(self, operation: str, url: str, link: str, /, **params: Any) -> list[Json] | None:
        """A page, and those that follow by a link of ``meta``; None if a fault took one."""
        found: list[Json] = []
        while url:
            page = self.see(operation, url, 200, **params)
            if page is None:
                return None
            found.append(page)
            url, params = page["meta"][link], {}
        return found

    def flow_path(self, flow: str, version: str = "v2") -> str:
        """Where a Flow answers."""
        return f"/{version}/Flows/{flow}"

    def run_path(self, run: str, version: str = "v2", collection: str = "Executions") -> str:
        """Where a run answers."""
        return f"{self.flow_path(self.homes[run], version)}/{collection}/{run}"

    def there(self, known: Any, expected: int = 200) -> int:
        """The status of what is asked of something: 404 if it is gone."""
        return expected if known else 404

    # -- Flows ----------------------------------------------------------------------------------------------

    @initialize(target=flows)
    def begin(self) -> str:
        """One Flow there always was, with one run."""
        flow = self.fake.add_flow(friendly_name="first", definition=SMALLEST)
        self.model.add_flow(flow.sid, name="first", status="published", definition=SMALLEST, commit_message=None)
        return flow.sid

    @initialize(target=runs, flow=flows)
    def begin_run(self, flow: str) -> str:
        """Of somebody whom nobody else writes to."""
        run = self.fake.add_execution(flow, contact_channel_address=STRANGER)
        self.model.add_run(run.sid, flow, STRANGER, None, context=run.context)
        self.homes[run.sid] = flow
        self.add_steps(run.sid, 3)
        return run.sid

    @rule(target=flows, name=st.sampled_from(["a", "é & 漢"]), status=statuses, definition=st.sampled_from(DEFINITIONS))
    def create_flow(self, name: str, status: str, definition: Json) -> Any:
        """By REST; its SID is known from the answer, or from a look at the studio if that was lost."""
        form = {"FriendlyName": name, "Status": status, "Definition": definition}

        def do() -> None:
            sid = list(self.fake.flows)[-1]
            self.model.add_flow(sid, name=name, status=status, definition=definition, commit_message=None)

        before = len(self.model.flows)
        payload = self.change("v2.CreateFlow", "POST", "/v2/Flows", 201, do, **form)
        if len(self.model.flows) == before:
            return multiple()
        sid = list(self.model.flows)[-1]
        assert payload is None or (payload["sid"], payload["revision"]) == (sid, 1)
        return sid

    @rule(flow=flows, status=statuses, name=st.none() | st.just("b"), message=st.none() | st.just("more"),
          definition=st.none() | st.sampled_from(DEFINITIONS))  # fmt: skip
    def update_flow(
        self, flow: str, status: str, name: str | None, message: str | None, definition: Json | None
    ) -> None:
        """A new revision, of which only the status must be told."""
        form = {"FriendlyName": name, "CommitMessage": message, "Definition": definition}
        given = {key: value for key, value in form.items() if value is not None}
        keys = {"FriendlyName": "name", "CommitMessage": "commit_message", "Definition": "definition"}
        told = {keys[key]: value for key, value in given.items()}
        expected = self.there(flow in self.model.flows)
        self.change("v2.UpdateFlow", "POST", self.flow_path(flow), expected,
                    lambda: self.model.revise(flow, status=status, **told), Status=status, **given)  # fmt: skip

    @rule(flow=flows, version=versions)
    def delete_flow(self, flow: str, version: str) -> None:
        """With all that hangs under it."""
        expected = self.there(flow in self.model.flows, 204)
        path = self.flow_path(flow, version)
        self.change(f"{version}.DeleteFlow", "DELETE", path, expected, lambda: self.model.delete_flow(flow))

    @rule(flow=flows, version=versions)
    def fetch_flow(self, flow: str, version: str) -> None:
        """Its newest revision."""
        known = flow in self.model.flows
        payload = self.see(f"{version}.FetchFlow", self.flow_path(flow, version), self.there(known))
        if known:
            newest = self.model.revision(flow, "LatestRevision")
            assert newest is not None
            number = payload["version" if version == "v1" else "revision"]
            assert (number, payload["friendly_name"], payload["status"]) == (
                newest["revision"], newest["name"], newest["status"],
            )  # fmt: skip
            assert version == "v1" or payload["definition"] == newest["definition"]

    @rule(flow=flows, name=st.sampled_from(["1", "2", "9", "LatestPublished", "LatestRevision", "latest"]))
    def fetch_revision(self, flow: str, name: str) -> None:
        """By number or name."""
        wanted = self.model.revision(flow, name) if flow in self.model.flows else None
        payload = self.see("v2.FetchFlowRevision", f"{self.flow_path(flow)}/Revisions/{name}", self.there(wanted))
        if wanted:
            keys = ("revision", "status", "definition", "commit_message")
            assert {key: payload[key] for key in keys} == {key: wanted[key] for key in keys}

    @rule(flow=flows, size=page_sizes)
    def list_revisions(self, flow: str, size: int) -> None:
        """Newest first, without definitions."""
        path = f"{self.flow_path(flow)}/Revisions"
        if flow not in self.model.flows:
            self.see("v2.ListFlowRevision", path, 404, PageSize=size)
            return
        rows = self.walk("v2.ListFlowRevision", path, "revisions", PageSize=size)
        if rows is not None:
            count = len(self.model.flows[flow]["revisions"])
            assert [row["revision"] for row in rows] == list(range(count, 0, -1))
            assert {row["definition"] for row in rows} == {None}

    @rule(flow=flows, users=st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2))
    def set_test_users(self, flow: str, users: list[str]) -> None:
        """All of them anew."""
        path, expected = f"{self.flow_path(flow)}/TestUsers", self.there(flow in self.model.flows)
        self.change("v2.UpdateTestUser", "POST", path, expected,
                    lambda: self.model.flows[flow].update(users=users), TestUsers=users)  # fmt: skip
        payload = self.see("v2.FetchTestUser", path, expected)
        assert expected == 404 or payload["test_users"] == users

    @rule(definition=st.sampled_from([*DEFINITIONS, {"states": 1}]))
    def validate(self, definition: Json) -> None:
        """Nothing is kept."""
        form = {"FriendlyName": "v", "Status": "draft", "Definition": definition}
        expected = 400 if "states" in definition else 200
        self.change("v2.UpdateFlowValidate", "POST", "/v2/Flows/Validate", expected, lambda: None, **form)

    @rule(size=page_sizes, version=versions)
    def list_flows(self, size: int, version: str) -> None:
        """Newest first."""
        rows = self.walk(f"{version}.ListFlow", f"/{version}/Flows", "flows", PageSize=size)
        assert rows is None or [row["sid"] for row in rows] == list(self.model.flows)[::-1]

    # -- runs -----------------------------------------------------------------------------------------------

    @rule(target=runs, flow=flows, to=st.sampled_from(PEOPLE), from_=st.sampled_from(SIDES),
          kind=st.sampled_from(["v2.CreateExecution", "v1.CreateExecution", "v1.CreateEngagement"]),
          parameters=st.sampled_from([None, {}, {"name": "Zoë", "n": [1, None]}]))  # fmt: skip
    def create_run(self, flow: str, to: str, from_: str, kind: str, parameters: Json | None) -> Any:
        """One at a time for each pair: v2 refuses another, v1 answers with the one that there is."""
        version, collection = kind[:2], "Engagements" if "Engagement" in kind else "Executions"
        form = {"To": to, "From": from_} | ({} if parameters is None else {"Parameters": parameters})
        active = self.model.active(to, from_)
        expected = 200 if version == "v1" else 409 if active else 201
        expected = self.there(flow in self.model.flows, expected)

        def do() -> None:
            if not active:
                sid = list(self.fake.executions)[-1]
                self.model.add_run(sid, flow, to, from_, parameters=parameters or {})
                self.homes[sid] = flow

        before = len(self.model.runs)
        payload = self.change(kind, "POST", f"{self.flow_path(flow, version)}/{collection}", expected, do, **form)
        if payload is not None and expected == 409:
            assert payload["details"]["conflicting_execution_sid"] in active
        elif payload is not None and active and expected == 200:
            assert payload["sid"] in active
        if len(self.model.runs) == before:
            return multiple()
        return list(self.model.runs)[-1]

    @rule(target=runs, history=strategies.histories(0, 4), flow=flows)
    def store_history(self, history: strategies.History, flow: str) -> Any:
        """A run that a test has stored; under a Flow that is not there, nothing is."""
        run = history.execution["sid"]
        if (
            flow not in self.model.flows
            or run in self.homes
            or set(self.fake.steps) & {s["sid"] for s in history.steps}
        ):
            return multiple()
        history.execution["flow_sid"] = flow
        for step in history.steps:
            step["flow_sid"] = flow
        record = history.add_to(self.fake)
        created = int(datetime.fromisoformat(history.execution["date_created"][:-1] + "+00:00").timestamp())
        self.model.add_run(
            run, flow, history.execution["contact_channel_address"], None,
            status=history.execution["status"], created=created, updated=history.execution["date_updated"],
            steps=[step["sid"] for step in history.steps], context=history.context["context"],
        )  # fmt: skip
        self.homes[run] = flow
        self.model.forget()  # many are older than the retention
        assert record.sid == run
        return run

    @rule(run=runs, count=st.integers(1, 7))
    def add_steps(self, run: str, count: int) -> None:
        """Steps that a test has stored."""
        if run in self.model.runs:
            made = self.fake.add_steps(run, count)
            self.model.runs[run]["steps"] += [step.sid for step in made]

    @rule(run=runs, version=versions, status=st.sampled_from(["ended", "active"]))
    def update_run(self, run: str, version: str, status: str) -> None:
        """It ends once; in v2 whatever is done to it then is refused."""
        known = self.model.runs.get(run)
        expected = self.there(known, 409 if known and known["status"] == "ended" and version == "v2" else 200)

        def do() -> None:
            if status == "ended" and self.model.runs[run]["status"] == "active":
                self.model.end(run)

        self.change(f"{version}.UpdateExecution", "POST", self.run_path(run, version), expected, do, Status=status)

    @rule(run=runs, kind=kinds)
    def delete_run(self, run: str, kind: tuple[str, str]) -> None:
        """With its Steps, whether it goes on or not."""
        version, stem, _ = STEMS[kind]
        expected = self.there(run in self.model.runs, 204)
        path = self.run_path(run, *kind)
        self.change(f"{version}.Delete{stem}", "DELETE", path, expected, lambda: self.model.runs.pop(run))

    @rule(run=runs, kind=kinds)
    def fetch_run(self, run: str, kind: tuple[str, str]) -> None:
        """And its context."""
        version, stem, _ = STEMS[kind]
        known, path = self.model.runs.get(run), self.run_path(run, *kind)
        payload = self.see(f"{version}.Fetch{stem}", path, self.there(known))
        if known and payload is not None:
            updated = known["updated"] if isinstance(known["updated"], str) else written(known["updated"])
            assert payload["status"] == known["status"]
            assert payload["contact_channel_address"] == known["to"]
            assert (payload["date_created"], payload["date_updated"]) == (written(known["created"]), updated)
        payload = self.see(f"{version}.Fetch{stem}Context", f"{path}/Context", self.there(known))
        if known and "context" not in known:
            context = payload["context"]
            assert context["flow"]["data"] == context["trigger"]["request"]["parameters"] == known["parameters"]
            assert context["contact"]["channel"]["address"] == known["to"]

    @rule(flow=flows, kind=kinds, size=page_sizes, status=st.sampled_from([None, "active", "ended"]),
          since=st.none() | st.integers(-40, 80), until=st.none() | st.integers(-40, 80))  # fmt: skip
    def list_runs(
        self, flow: str, kind: tuple[str, str], size: int, status: str | None, since: int | None, until: int | None
    ) -> None:
        """Newest first by arrival; from a date on, and till before another. v1 knows no status, Engagements no date."""
        (version, collection), operation = kind, "{}.List{}".format(*STEMS[kind])
        path = f"{self.flow_path(flow, version)}/{collection}"
        status = status if version == "v2" else None
        begin, end = (
            None if days is None or collection == "Engagements" else START + days * DAY // 2 for days in (since, until)
        )
        query = {"status": status, "DateCreatedFrom": written(begin), "DateCreatedTo": written(end)}
        params = {"PageSize": size, **{key: value for key, value in query.items() if value is not None}}
        if flow not in self.model.flows:
            self.see(operation, path, 404, **params)
            return
        rows = self.walk(operation, path, collection.lower(), **params)
        assert rows is None or [row["sid"] for row in rows] == self.model.runs_of(flow, status, begin, end)

    @rule(run=runs, kind=kinds, size=page_sizes)
    def list_steps(self, run: str, kind: tuple[str, str], size: int) -> None:
        """Newest first; each can be fetched, with its context, as long as its run is there."""
        version, _, stem = STEMS[kind]
        known, path, operation = self.model.runs.get(run), f"{self.run_path(run, *kind)}/Steps", f"{version}.List{stem}"
        if known is None:
            self.see(operation, path, 404, PageSize=size)
            return
        rows = self.walk(operation, path, "steps", PageSize=size)
        assert rows is None or [row["sid"] for row in rows] == known["steps"][::-1]
        for row in (rows or [])[:1]:
            assert self.see(f"{version}.Fetch{stem}", f"{path}/{row['sid']}") == row
            context = self.see(f"{version}.Fetch{stem}Context", f"{path}/{row['sid']}/Context")
            assert context["step_sid"] == row["sid"]
        self.see(f"{version}.Fetch{stem}", f"{path}/FT{ABSENT}", 404)

    # -- time, and what goes wrong --------------------------------------------------------------------------

    @rule(seconds=st.sampled_from([1, 60, DAY, 10 * DAY, 30 * DAY]))
    def advance(self, seconds: int) -> None:
        """Time passes, and takes what is old with it."""
        self.fake.advance(seconds=seconds)
        self.model.now += seconds
        self.model.forget()

    @rule(operation=st.sampled_from(FRAGILE), after=st.integers(0, 2), times=st.integers(1, 2),
          status=st.sampled_from([500, 503, 429]), lost=st.booleans())  # fmt: skip
    def fail(self, operation: str, after: int, times: int, status: int, lost: bool) -> None:
        """One operation fails for a while, or does what it should and its answer is lost."""
        self.let_fail(operation, {}, after, times, status, lost)

    @rule(run=runs, aim=st.sampled_from(AIMED), after=st.integers(0, 1), lost=st.booleans())
    def fail_of_one(self, run: str, aim: tuple[str, str], after: int, lost: bool) -> None:
        """The same of one run, of its Flow, or with one value; all others pass."""
        operation, name = aim
        values = {"FlowSid": self.homes[run], "Status": "ended", "To": PEOPLE[0], "PageSize": 2}
        self.let_fail(operation, {name: values.get(name, run)}, after, 1, 503, lost)

    def let_fail(self, operation: str, where: Json, after: int, times: int, status: int, lost: bool) -> None:
        """Ask for a fault, here and in the model. Of several, the first that is due is met."""
        outcome: Json = {"exception": "timeout", "applied": True} if lost else {"status": status}
        self.fake.fail(operation, where=where or None, after=after, times=times, **outcome)
        self.faults.append(Fault(operation, where, after, times, status, lost))

    @invariant()
    def the_studio_holds_what_the_model_holds(self) -> None:
        """No more, no less, in the same order."""
        assert list(self.fake.flows) == list(self.model.flows)
        assert set(self.model.runs) <= set(self.fake.executions)


Studio.TestCase.settings = settings(
    max_examples=examples(80), stateful_step_count=30, suppress_health_check=[HealthCheck.too_slow], deadline=None
)
TestStudio = Studio.TestCase
TestStudio.__doc__ = "Flows, revisions, runs, Steps, pages, time and faults in any order, against the model."
