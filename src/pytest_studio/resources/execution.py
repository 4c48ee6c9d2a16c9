"""Executions, and Engagements, their older name. Follows https://www.twilio.com/docs/studio/rest-api/v2/execution."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_studio import clock, fields, payloads
from pytest_studio.fields import readonly
from pytest_studio.resources.context import gathered
from pytest_studio.resources.record import Json, Record, date_text, known_version, moment, only, personal, slots

if TYPE_CHECKING:
    from pytest_studio.resources.flow import Flow, Home
    from pytest_studio.resources.step import Step


class Execution(Record, resource="Execution"):
    """One run of a Flow. Follows …/rest-api/v2/execution."""

    __slots__ = (
        "_contact_channel_address", "_contact_sid", "_context", "_date_created", "_date_updated", "_flow",
        "_flow_version", "_from_", "_initiated_by", "_parameters", "_reads_left", "_seq", "_sid", "_status",
        "_steps", "_to", "_trigger", *slots("Execution"),
    )  # fmt: skip
    _spec = fields.EXECUTION
    _kind = "execution"
    _personal = ("contact_channel_address", "to", "from_", "parameters", "context", *personal("Execution"))

    def __init__(self, flow: Flow, seq: int, values: Json) -> None:
        self._flow = flow
        self._seq = seq
        self._sid: str = values["sid"]
        self._contact_channel_address: str | None = values["contact_channel_address"]
        self._contact_sid: str | None = values["contact_sid"]
        self._context: Json | None = values.get("context")
        self._date_created: int = values["date_created"]
        self._date_updated: int | None = values.get("date_updated")
        self._flow_version: int | None = values["flow_version"]
        self._initiated_by: str | None = values["initiated_by"]
        self._status: str = values["status"]
        self._to: str = values["to"]
        self._from_: str = values["from_"]
        self._parameters: Json | None = values.get("parameters")
        #: The context's ``trigger``; {} until something is known of it.
        self._trigger: Json = values.get("trigger") or {}
        self._steps: list[Step] = []
        self._reads_left: int | None = None
        self.keep(values)

    @property
    def _home(self) -> Home:  # type: ignore[override]
        return self._flow._home

    @readonly
    def sid(self) -> str:
        """``FN…``."""
        return self._sid

    @readonly
    def account_sid(self) -> str:
        """``AC…``."""
        return self._flow.account_sid

    @readonly
    def flow_sid(self) -> str:
        """``FW…``."""
        return self._flow._sid

    @readonly
    def flow(self) -> Flow:
        """The Flow's record."""
        return self._flow

    @readonly
    def steps(self) -> tuple[Step, ...]:
        """Its Steps, oldest first (the API lists them newest first)."""
        return tuple(self._steps)

    @readonly
    def contact_sid(self) -> str | None:
        """``FC…``."""
        return self._contact_sid

    @readonly
    def contact_channel_address(self) -> str | None:
        """The person's address. PII, kept 30 days."""
        return self._contact_channel_address

    @readonly
    def status(self) -> str:
        """``"active"`` or ``"ended"``."""
        return self._status

    @readonly
    def flow_version(self) -> int | None:
        """The revision of the Flow that runs."""
        return self._flow_version

    @readonly
    def initiated_by(self) -> str | None:
        """What started it: a Call, message or Request SID."""
        return self._initiated_by

    @readonly
    def date_created(self) -> datetime:
        """When it started, in UTC."""
        return clock.to_datetime(self._date_created)

    @readonly
    def date_updated(self) -> datetime | None:
        """When it last changed, in UTC."""
        return moment(self._date_updated)

    @readonly
    def to(self) -> str:
        """``To`` of the request that started it: the contact when the REST API did."""
        return self._to

    @readonly
    def from_(self) -> str:
        """``From`` of the request that started it."""
        return self._from_

    @property
    def twilio_side(self) -> str:
        """The address that is not the contact's: of ``to`` and ``from_``, Twilio's."""
        return self._from_ if self._to == self._contact_channel_address else self._to

    @readonly
    def parameters(self) -> Json | None:
        """The REST request's ``Parameters``, parsed."""
        return deepcopy(self._parameters)

    @readonly
    def url(self) -> str:
        """Its url: v2 for an Execution, v1 for an Engagement."""
        return str(self.payload()["url"])

    @readonly
    def links(self) -> dict[str, str]:
        """Its links, of the same version as ``url``."""
        return dict(self.payload()["links"])

    @readonly
    def context(self) -> Json:
        """The data that ``…/Context`` answers with. PII, kept 30 days."""
        if self._context is not None:
            return deepcopy(self._context)
        # A subflow that ran has a context of its own, which is no part of this one.
        return gathered(self, [step for step in self._steps if step._context is None or not step._parent_step_sid])

    def update(self, **changes: Any) -> None:
        """Change fields, by their JSON names; see ``Record.update``. ``status="ended"`` ends it."""
        home = self._flow._home
        with home.turn:
            active = self._status == "active"
            home.changing(self)
            super().update(**changes)
            home.noted(self)
            told = changes.keys() & {"to", "from_", "parameters"}
            if told:  # whoever keeps what the record was keeps this trigger with it
                self._trigger = {kind: dict(data) for kind, data in self._trigger.items()}
            for kind, data in self._trigger.items():
                for name in told:
                    key, value = name.rstrip("_"), getattr(self, f"_{name}")
                    if kind == "request":
                        data[key] = value or {} if name == "parameters" else value
                    elif kind != "parent" and name != "parameters":
                        data[key.title()] = value
            if active and self._status == "ended":
                given = self._date_updated if "date_updated" in changes else None
                home.ended(self, home.now() if given is None else given)

    def end(self, after_reads: int = 0) -> None:
        """End it: at once, or when it has been fetched ``after_reads`` more times as active. Once ended, it stays so.

        Raises:
            ValueError: ``after_reads`` is below 0.
        """
        if isinstance(after_reads, bool) or not isinstance(after_reads, int) or after_reads < 0:
            raise ValueError(f"after_reads is a number of fetches, 0 or more, not {after_reads!r}")
        home = self._flow._home
        with home.turn:
            if after_reads:
                self._reads_left = after_reads
                return
            self._reads_left = None
            if self._status == "active":
                self._status = "ended"
                self._date_updated = home.now()
                home.ended(self, self._date_updated)

    def count_read(self) -> None:
        """A fetch is about to answer: ends the Execution when the reads of ``end(after_reads)`` are used up."""
        if self._reads_left is None:
            return
        if self._reads_left == 0:
            self.end()
        else:
            self._reads_left -= 1

    def payload(self, version: str = "v2") -> Json:
        """The Execution as ``GET …/Executions/{Sid}`` answers it: its ``context`` is ``{}``, as from Twilio."""
        return self._aged(self.render(known_version(version), "execution"), f"{version}/execution")

    def context_payload(self, version: str = "v2") -> Json:
        """The body of ``GET …/Executions/{ExecutionSid}/Context``."""
        return self._aged(self.render_context(known_version(version), "execution"), f"{version}/execution_context")

    def _aged(self, payload: Json, schema: str) -> Json:
        """A payload as of the studio's vintage."""
        vintage = self._flow._home.vintage
        return payload if vintage is None else vintage.resource(schema, payload)

    def render(self, version: str, kind: str) -> Json:
        """The payload as at present, as Execution or under the older name."""
        return payloads.execution(
            version,
            {
                "sid": self._sid,
                "account_sid": self._flow.account_sid,
                "flow_sid": self._flow._sid,
                "contact_channel_address": self._contact_channel_address,
                "contact_sid": self._contact_sid,
                "status": self._status,
                "date_created": clock.render(self._date_created),
                "date_updated": date_text(self._date_updated),
                "flow_version": self._flow_version,
                "initiated_by": self._initiated_by,
                **self.kept(),
            },
            kind,
        )

    def render_context(self, version: str, kind: str) -> Json:
        """The body of ``/Context`` as at present, as Execution or under the older name."""
        return payloads.context(version, self._flow.account_sid, self._flow._sid, self._sid, self.context, kind)


class Engagement(Execution):
    """An Execution under its older name; only v1 knows it. The API shows it under both names."""

    __slots__ = ()
    _kind = "engagement"

    def payload(self, version: str = "v1") -> Json:
        """The Engagement as ``GET /v1/…/Engagements/{Sid}`` answers it."""
        only("v1", version, "an Engagement")
        return self._aged(self.render("v1", "engagement"), "v1/engagement")

    def context_payload(self, version: str = "v1") -> Json:
        """The body of ``GET /v1/…/Engagements/{EngagementSid}/Context``."""
        only("v1", version, "an Engagement")
        return self._aged(self.render_context("v1", "engagement"), "v1/engagement_context")
