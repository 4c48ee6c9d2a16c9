"""Flows and their revisions. Follows https://www.twilio.com/docs/studio/rest-api/v2/flow."""

from __future__ import annotations

from contextlib import AbstractContextManager
from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from pytest_studio import clock, fields, payloads
from pytest_studio.fields import readonly
from pytest_studio.resources.driven import Driven
from pytest_studio.resources.record import Json, Record, date_text, known_version, moment, only, personal, slots

if TYPE_CHECKING:
    from collections import deque

    from pytest_studio.chats.driving import Driving
    from pytest_studio.resources.execution import Execution
    from pytest_studio.resources.step import Step
    from pytest_studio.vintages import Vintage


class Home(Protocol):
    """What a record asks of the account that it is stored in."""

    vintage: Vintage | None
    #: (record, field, value) of personal data that was changed.
    former: deque[tuple[str, str, Any]]

    @property
    def sid(self) -> str:
        """``AC…``."""
        ...

    def now(self) -> int:
        """The present, in seconds since 1970."""
        ...

    @property
    def turn(self) -> AbstractContextManager[object]:
        """What whoever changes records holds meanwhile."""
        ...

    def noted(self, run: Execution) -> None:
        """Hear that an Execution was made or has changed."""

    def changing(self, record: Execution | Step) -> None:
        """Hear that fields are about to be changed, which events have told of as they are now."""

    def ended(self, run: Execution, moment: int) -> None:
        """Hear that an Execution has ended, and when, in seconds since 1970."""

    def driving(self, flow: Flow) -> Driving:
        """What lets a Flow run."""
        ...


class FlowRevision(Record, resource="Flow"):
    """One revision of a Flow, as at ``/v2/Flows/{Sid}/Revisions/{Revision}``."""

    __slots__ = (
        "_author_sid", "_commit_message", "_date_created", "_date_updated", "_definition", "_errors", "_flow",
        "_friendly_name", "_revision", "_status", "_valid", "_warnings", *slots("Flow"),
    )  # fmt: skip
    _spec = {name: kind for name, kind in fields.FLOW.items() if name not in ("sid", "test_users")}
    _fixed = ("revision",)
    _personal = personal("Flow")

    def __init__(self, flow: Flow, revision: int, values: Json) -> None:
        self._flow = flow
        self._revision = revision
        self._author_sid: str | None = values["author_sid"]
        self._commit_message: str | None = values["commit_message"]
        self._date_created: int = values["date_created"]
        self._date_updated: int | None = values.get("date_updated")
        self._definition: Json | None = values["definition"]
        self._errors: list[Any] | None = values["errors"]
        self._friendly_name: str = values["friendly_name"]
        self._status: str = values["status"]
        self._valid: bool | None = values["valid"]
        self._warnings: list[Any] | None = values["warnings"]
        self.keep(values)

    @property
    def _home(self) -> Home:  # type: ignore[override]
        return self._flow._home

    @readonly
    def sid(self) -> str:
        """The Flow's SID (``FW…``): revisions have no SID of their own."""
        return self._flow._sid

    @readonly
    def account_sid(self) -> str:
        """``AC…``."""
        return self._flow.account_sid

    @readonly
    def author_sid(self) -> str | None:
        """``US…``: who made it."""
        return self._author_sid

    @readonly
    def revision(self) -> int:
        """Its number, from 1."""
        return self._revision

    @readonly
    def status(self) -> str:
        """``"draft"`` or ``"published"``."""
        return self._status

    @readonly
    def friendly_name(self) -> str:
        """The Flow's name at this revision."""
        return self._friendly_name

    @readonly
    def definition(self) -> Json | None:
        """The Flow Definition."""
        return deepcopy(self._definition)

    @readonly
    def commit_message(self) -> str | None:
        """What its author said of the change."""
        return self._commit_message

    @readonly
    def valid(self) -> bool | None:
        """Whether the definition is valid."""
        return self._valid

    @readonly
    def errors(self) -> list[Any] | None:
        """Errors of the definition."""
        return deepcopy(self._errors)

    @readonly
    def warnings(self) -> list[Any] | None:
        """Warnings of the definition; only the Flow's payload shows them."""
        return deepcopy(self._warnings)

    @readonly
    def date_created(self) -> datetime:
        """When it was made, in UTC."""
        return clock.to_datetime(self._date_created)

    @readonly
    def date_updated(self) -> datetime | None:
        """When it last changed, in UTC; None if it never did."""
        return moment(self._date_updated)

    @readonly
    def url(self) -> str:
        """Its url, by its number."""
        return payloads.revision_url(self._flow._sid, self._revision)

    def values(self) -> Json:
        """Its fields, rendered, without what follows from them."""
        return {
            "sid": self._flow._sid,
            "account_sid": self._flow.account_sid,
            "author_sid": self._author_sid,
            "friendly_name": self._friendly_name,
            "definition": deepcopy(self._definition),
            "status": self._status,
            "revision": self._revision,
            "commit_message": self._commit_message,
            "valid": self._valid,
            "errors": deepcopy(self._errors),
            "warnings": deepcopy(self._warnings),
            "date_created": clock.render(self._date_created),
            "date_updated": date_text(self._date_updated),
            **self.kept(),
        }

    def payload(self, version: str = "v2") -> Json:
        """The revision as ``GET …/Revisions/{Revision}`` answers it; only v2 has revisions."""
        only("v2", version, "a Flow revision")
        payload = payloads.flow_revision(self.values())
        vintage = self._flow._home.vintage
        return payload if vintage is None else vintage.resource("v2/flow_revision", payload)


class Flow(Record, Driven, resource="Flow"):
    """A Flow: its revisions, the newest of which is what the Flow shows. Follows …/rest-api/v2/flow."""

    __slots__ = (
        "_date_created",
        "_date_updated",
        "_home",
        "_revisions",
        "_runs",
        "_seq",
        "_sid",
        "_test_users",
    )
    _spec = fields.FLOW
    _fixed = ("sid", "revision")
    _personal = ("test_users",)

    def __init__(self, home: Home, seq: int, values: Json) -> None:
        self._home = home
        self._seq = seq
        self._sid: str = values["sid"]
        self._date_created: int = values["date_created"]
        self._date_updated: int | None = values.get("date_updated")
        self._test_users: list[str] = list(values.get("test_users", ()))
        self._runs: list[Execution] = []
        self._revisions = [FlowRevision(self, number, values) for number in range(1, values.get("revision", 1) + 1)]

    @property
    def current(self) -> FlowRevision:
        """The newest revision."""
        return self._revisions[-1]

    @property
    def _keeper(self) -> FlowRevision:
        return self.current

    @property
    def _drive(self) -> Driving:
        return self._home.driving(self)

    @property
    def published(self) -> FlowRevision | None:
        """The newest published revision, or None."""
        return next((r for r in reversed(self._revisions) if r._status == "published"), None)

    def named(self, name: str) -> FlowRevision | None:
        """The revision of a name (``"LatestRevision"``, ``"LatestPublished"``) or a number; None if there is none."""
        if name == "LatestRevision":
            return self.current
        if name == "LatestPublished":
            return self.published
        return next((revision for revision in self._revisions if str(revision._revision) == name), None)

    def running_for(self, contact: str) -> FlowRevision:
        """The revision that runs for a contact: test users have the newest draft, and so have all before a first
        publication.
        """
        return self.current if contact in self._test_users else self.published or self.current

    @readonly
    def sid(self) -> str:
        """``FW…``."""
        return self._sid

    @readonly
    def account_sid(self) -> str:
        """``AC…``."""
        return self._home.sid

    @readonly
    def author_sid(self) -> str | None:
        """``US…``: who made the newest revision."""
        return self.current._author_sid

    @readonly
    def friendly_name(self) -> str:
        """Its name."""
        return self.current._friendly_name

    @readonly
    def definition(self) -> Json | None:
        """The newest revision's Flow Definition."""
        return self.current.definition

    @readonly
    def status(self) -> str:
        """``"draft"`` or ``"published"``, of the newest revision."""
        return self.current._status

    @readonly
    def revision(self) -> int:
        """Number of the newest revision; v1 calls it ``version``."""
        return self.current._revision

    @readonly
    def version(self) -> int:
        """What v1 calls the revision."""
        return self.current._revision

    @readonly
    def commit_message(self) -> str | None:
        """What the newest revision's author said of it."""
        return self.current._commit_message

    @readonly
    def valid(self) -> bool | None:
        """Whether the definition is valid."""
        return self.current._valid

    @readonly
    def errors(self) -> list[Any] | None:
        """Errors of the definition."""
        return self.current.errors

    @readonly
    def warnings(self) -> list[Any] | None:
        """Warnings of the definition."""
        return self.current.warnings

    @readonly
    def date_created(self) -> datetime:
        """When the Flow was made, in UTC."""
        return clock.to_datetime(self._date_created)

    @readonly
    def date_updated(self) -> datetime | None:
        """When it last changed, in UTC; None if it never did."""
        return moment(self._date_updated)

    @readonly
    def webhook_url(self) -> str:
        """Where a phone number hands its messages and calls to the Flow."""
        return str(self.payload()["webhook_url"])

    @readonly
    def url(self) -> str:
        """Its v2 url."""
        return payloads.flow_url("v2", self._sid)

    @readonly
    def links(self) -> dict[str, str]:
        """Its v2 links."""
        return dict(self.payload()["links"])

    @readonly
    def test_users(self) -> list[str]:
        """Addresses that run the newest draft."""
        return list(self._test_users)

    @readonly
    def revisions(self) -> tuple[FlowRevision, ...]:
        """All revisions, oldest first."""
        return tuple(self._revisions)

    @readonly
    def executions(self) -> tuple[Execution, ...]:
        """Its Executions and Engagements, oldest first."""
        return tuple(self._runs)

    def update(self, **changes: Any) -> None:
        """Change fields of the Flow and its newest revision in place; no revision is added."""
        checked = fields.coerce("Flow", self._spec, changes)
        for name in self._fixed:
            if name in checked:
                raise TypeError(f"Flow.{name} cannot change")
        for name in ("date_created", "date_updated", "test_users"):
            if name in checked:
                self.note_former(name)
                setattr(self, f"_{name}", checked.pop(name))
        for name, value in checked.items():
            self.current.note_former(name)
            setattr(self.current, f"_{name}", value)

    def payload(self, version: str = "v2") -> Json:
        """The Flow as ``GET /{version}/Flows/{Sid}`` answers it."""
        values = self.current.values()
        values["date_created"] = clock.render(self._date_created)
        values["date_updated"] = date_text(self._date_updated)
        payload = payloads.flow(known_version(version), values)
        vintage = self._home.vintage
        return payload if vintage is None else vintage.resource(f"{version}/flow", payload)
