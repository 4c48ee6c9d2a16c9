"""Steps. Follows https://www.twilio.com/docs/studio/rest-api/v2/step."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from typing import TYPE_CHECKING, Any

from pytest_studio import clock, fields, payloads
from pytest_studio.fields import readonly
from pytest_studio.resources.context import gathered
from pytest_studio.resources.record import Json, Record, known_version, moment, personal, slots
from pytest_studio.schema_files import KEPT

if TYPE_CHECKING:
    from pytest_studio.resources.execution import Execution
    from pytest_studio.resources.flow import Home


#: What differs between the Steps of one Execution, but for their context.
_VARYING = (
    "sid", "name", "transitioned_from", "transitioned_to", "type", "date_created", "date_updated", "parent_step_sid",
    *KEPT["Step"],
)  # fmt: skip


def _quoted(text: str | None) -> str:
    return "null" if text is None else encode_basestring_ascii(text)


def _date(seconds: int | None) -> str:
    return "null" if seconds is None else f'"{clock.render(seconds)}"'


@lru_cache(64)
def _template(version: str, account_sid: str, flow_sid: str, run_sid: str, kind: str) -> str:
    """The JSON text of a Step of one Execution, with ``%(name)s`` where Steps differ."""
    marks = {name: f"@{name}@" for name in _VARYING}
    shape = payloads.step(version, account_sid, flow_sid, run_sid, **marks, kind=kind)
    template = json.dumps(shape).replace("%", "%%").replace("@sid@", "%(sid)s")
    for name, mark in marks.items():
        template = template.replace(f'"{mark}"', f"%({name})s")
    return template


class Step(Record, resource="Step"):
    """One transition of an Execution: the widget that ran, the event it ended with, the widget that follows."""

    __slots__ = (
        "_context", "_date_created", "_date_updated", "_name", "_output", "_parent_step_sid", "_run", "_sid",
        "_transitioned_from", "_transitioned_to", "_type", *slots("Step"),
    )  # fmt: skip
    _spec = fields.STEP
    _personal = ("context", *personal("Step"))

    def __init__(
        self,
        run: Execution,
        sid: str,
        name: str,
        transitioned_from: str,
        transitioned_to: str,
        type: str | None,
        date_created: int,
        date_updated: int | None = None,
        parent_step_sid: str | None = None,
        context: Json | None = None,
        output: Json | None = None,
        **further: Any,
    ) -> None:
        self._run = run
        self._sid = sid
        self._name = name
        self._transitioned_from = transitioned_from
        self._transitioned_to = transitioned_to
        self._type = type
        self._date_created = date_created
        self._date_updated = date_updated
        self._parent_step_sid = parent_step_sid
        #: The whole context, when it was given; else it is gathered from the outputs of the Steps so far.
        self._context = context
        #: What the widget left under ``widgets.<name>``.
        self._output = output
        if KEPT["Step"]:
            self.keep(further)

    @property
    def _home(self) -> Home:  # type: ignore[override]
        return self._run._flow._home

    @readonly
    def sid(self) -> str:
        """``FT…``."""
        return self._sid

    @readonly
    def account_sid(self) -> str:
        """``AC…``."""
        return self._run._flow.account_sid

    @readonly
    def flow_sid(self) -> str:
        """``FW…``."""
        return self._run._flow._sid

    @readonly
    def execution_sid(self) -> str:
        """``FN…``."""
        return self._run._sid

    @readonly
    def engagement_sid(self) -> str:
        """``FN…``, under its older name."""
        return self._run._sid

    @readonly
    def execution(self) -> Execution:
        """The Execution's record."""
        return self._run

    @readonly
    def parent_step_sid(self) -> str | None:
        """``FT…`` of the Step that started the subflow; None outside of subflows."""
        return self._parent_step_sid

    @readonly
    def name(self) -> str:
        """The event that the widget ended with, such as ``"incomingMessage"``."""
        return self._name

    @readonly
    def transitioned_from(self) -> str:
        """The widget that ran; ``"Trigger"`` for the first Step."""
        return self._transitioned_from

    @readonly
    def transitioned_to(self) -> str:
        """The widget that follows; ``"Ended"`` for the last Step."""
        return self._transitioned_to

    @readonly
    def type(self) -> str | None:
        """The type of the widget that ran."""
        return self._type

    @readonly
    def date_created(self) -> datetime:
        """When the widget finished, in UTC."""
        return clock.to_datetime(self._date_created)

    @readonly
    def date_updated(self) -> datetime | None:
        """When the Step last changed, in UTC; None as a rule."""
        return moment(self._date_updated)

    @readonly
    def url(self) -> str:
        """Its url, of v1 under an Engagement, else of v2."""
        return str(self.payload()["url"])

    @readonly
    def links(self) -> dict[str, str]:
        """Its links, of the same version as ``url``."""
        return dict(self.payload()["links"])

    @readonly
    def context(self) -> Json:
        """The data that ``…/Context`` answers with: what had been gathered up to this Step. PII, kept 30 days."""
        if self._context is not None:
            return deepcopy(self._context)
        return gathered(self._run, self._run._steps[: self._run._steps.index(self) + 1])

    def update(self, **changes: Any) -> None:
        """Change fields, by their JSON names; see ``Record.update``."""
        home = self._run._flow._home
        with home.turn:
            home.changing(self)
            super().update(**changes)

    def payload(self, version: str | None = None) -> Json:
        """The Step as ``GET …/Steps/{Sid}`` answers it: its ``context`` is ``{}``, as from Twilio."""
        version, kind = self._view(version)
        return self._run._aged(self.render(version, kind), f"{version}/{kind}_step")

    def context_payload(self, version: str | None = None) -> Json:
        """The body of ``GET …/Steps/{StepSid}/Context``."""
        version, kind = self._view(version)
        return self._run._aged(self.render_context(version, kind), f"{version}/{kind}_step_context")

    def _view(self, version: str | None) -> tuple[str, str]:
        if version is None:
            version = "v1" if self._run._kind == "engagement" else "v2"
        return known_version(version), self._run._kind if version == "v1" else "execution"

    def render(self, version: str, kind: str) -> Json:
        """The payload as at present, under an Execution or an Engagement."""
        run = self._run
        return payloads.step(
            version,
            run._flow.account_sid,
            run._flow._sid,
            run._sid,
            self._sid,
            self._name,
            self._transitioned_from,
            self._transitioned_to,
            self._type,
            clock.render(self._date_created),
            None if self._date_updated is None else clock.render(self._date_updated),
            self._parent_step_sid,
            kind,
            **self.kept(),
        )

    @staticmethod
    def render_many(steps: Sequence[Step], version: str, kind: str) -> list[str]:
        """The payloads of Steps of one Execution as JSON text: what ``json.dumps`` makes of ``render``, in a third.

        One payload is rendered with marks where Steps differ; each Step then only fills them in.
        """
        if not steps:
            return []
        run = steps[0]._run
        template = _template(version, run._flow.account_sid, run._flow._sid, run._sid, kind)
        return [
            template
            % {
                "sid": step._sid,
                "name": encode_basestring_ascii(step._name),
                "transitioned_from": encode_basestring_ascii(step._transitioned_from),
                "transitioned_to": encode_basestring_ascii(step._transitioned_to),
                "type": _quoted(step._type),
                "date_created": _date(step._date_created),
                "date_updated": _date(step._date_updated),
                "parent_step_sid": _quoted(step._parent_step_sid),
                **{name: json.dumps(value) for name, value in step.kept().items()},
            }
            for step in steps
        ]

    def render_context(self, version: str, kind: str) -> Json:
        """The body of ``/Context`` as at present, under an Execution or an Engagement."""
        run = self._run
        return payloads.step_context(
            version, run._flow.account_sid, run._flow._sid, run._sid, self._sid, self.context, kind
        )
