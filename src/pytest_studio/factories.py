"""Payloads as Studio sends them: valid, consistent in themselves, drawn from a seed, any field overridden.

Shapes follow the pages named in ``operations``. The functions of this module are those of a ``PayloadFactory`` that
starts anew in each test: ``factories.step()``.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from pytest_studio import clock, cloudevents, fields, paths, payloads, sample_context, seeds, sids
from pytest_studio.errors import CATALOGUE, ConformanceError

__all__ = ["PayloadFactory"]

Json = dict[str, Any]

#: Dates lie in the half year after this moment (2026-01-01), so that a seed gives the same payload on any day.
EPOCH = 1_767_225_600

#: Resources that stand in lists -> the list's name and the schema of its page.
LISTS = {
    "flow": ("flows", "flow_page"),
    "flow_revision": ("revisions", "flow_revision_page"),
    "execution": ("executions", "execution_page"),
    "step": ("steps", "execution_step_page"),
    "engagement": ("engagements", "engagement_page"),
    "engagement_step": ("steps", "engagement_step_page"),
}


class PayloadFactory:
    """Makes payloads.

    Every method takes the resource's fields as keywords, which override what was drawn; ``url`` and ``links``
    follow from the SIDs. What was overridden is checked against the schema, unless ``validate=False``.

    Args:
        seed: what the data is drawn from; None: the running test's seed, or the operating system.
        version: ``"v1"`` or ``"v2"``; what only one version knows is made in that one.
        account_sid: the account of all payloads; made if left out.

    Raises:
        TypeError: (of every method) an unknown field; the nearest is named.
        ConformanceError: (of every method) an overridden value breaks the schema.
    """

    def __init__(self, seed: int | str | None = None, version: str = "v2", account_sid: str | None = None) -> None:
        if version not in ("v1", "v2"):
            raise ValueError(f"version is 'v1' or 'v2', not {version!r}")
        origin = seeds.current()
        self._source = seeds.Source(seed, "factory" if seed is not None else origin.fresh("factory"), origin)
        self.version = version
        if account_sid is None:
            account_sid = origin.account() if seed is None else sids.account(self._source.rng)
        self.account_sid: str = sids.check(account_sid, "AC")

    # -- Flows ----------------------------------------------------------------------------------------------

    def flow(self, *, validate: bool = True, **overrides: Any) -> Json:
        """A Flow."""
        values = {**self._definition(), "warnings": []}
        if self.version == "v2":
            return self._make("flow", "v2", values, overrides, lambda v: payloads.flow("v2", v), validate)
        values["version"] = values.pop("revision")

        def build(values: Json) -> Json:
            return payloads.flow("v1", {**values, "revision": values["version"]})

        return self._make("flow", "v1", values, overrides, build, validate)

    def flow_revision(self, *, validate: bool = True, **overrides: Any) -> Json:
        """A revision of a Flow (v2)."""
        return self._make("flow_revision", "v2", self._definition(), overrides, payloads.flow_revision, validate)

    def test_users(self, *, validate: bool = True, **overrides: Any) -> Json:
        """The test users of a Flow (v2): one or two phone numbers."""
        values = {"sid": self._sid("FW"), "test_users": [self._source.phone_number() for _ in range(2)]}
        return self._make(
            "test_users",
            "v2",
            values,
            overrides,
            lambda v: payloads.test_users(v["sid"], v["test_users"]) if _is_list(v) else {**v, "url": None},
            validate,
        )

    def flow_validate(self, *, validate: bool = True, **overrides: Any) -> Json:
        """The answer to a valid definition (v2)."""
        return self._make("flow_validate", "v2", {"valid": True}, overrides, dict, validate)

    # -- Executions -----------------------------------------------------------------------------------------

    def execution(self, *, validate: bool = True, **overrides: Any) -> Json:
        """An Execution."""
        return self._run(self.version, "execution", overrides, validate)

    def engagement(self, *, validate: bool = True, **overrides: Any) -> Json:
        """An Engagement (v1)."""
        return self._run("v1", "engagement", overrides, validate)

    def execution_context(self, *, validate: bool = True, **overrides: Any) -> Json:
        """The context of an Execution: a person's message and what the widgets made of it."""
        return self._context(self.version, "execution", overrides, validate, step=False)

    def engagement_context(self, *, validate: bool = True, **overrides: Any) -> Json:
        """The context of an Engagement (v1)."""
        return self._context("v1", "engagement", overrides, validate, step=False)

    # -- Steps ----------------------------------------------------------------------------------------------

    def step(self, *, validate: bool = True, **overrides: Any) -> Json:
        """A Step."""
        return self._step(self.version, "execution", overrides, validate)

    def engagement_step(self, *, validate: bool = True, **overrides: Any) -> Json:
        """A Step of an Engagement (v1)."""
        return self._step("v1", "engagement", overrides, validate)

    def step_context(self, *, validate: bool = True, **overrides: Any) -> Json:
        """The context of a Step."""
        return self._context(self.version, "execution", overrides, validate, step=True)

    def engagement_step_context(self, *, validate: bool = True, **overrides: Any) -> Json:
        """The context of a Step of an Engagement (v1)."""
        return self._context("v1", "engagement", overrides, validate, step=True)

    def steps(self, n: int, *, validate: bool = True, **overrides: Any) -> list[Json]:
        """``n`` Steps of one Execution, oldest first: each starts where the last one led, times rise by seconds.

        Args:
            n: how many; the last one leads to ``"Ended"``.
            validate: whether overridden values are checked.
            **overrides: fields that all of them share.
        """
        return self._path(n, self.version, "execution", overrides, validate)

    # -- events ---------------------------------------------------------------------------------------------

    def event(self, type: str = "step.ended", *, validate: bool = True, **overrides: Any) -> Json:
        """An event of Event Streams: a CloudEvent, with its envelope.

        Args:
            type: ``"execution.started"``, ``"execution.ended"`` or ``"step.ended"``, or the whole of it.
            validate: whether overridden values are checked.
            **overrides: fields of its ``data``; ``source`` and ``time`` follow from them.

        Raises:
            ValueError: there is no such type; the nearest is named.
        """
        type_ = cloudevents.full_type(type)
        people = (self.account_sid, self._source.phone_number())
        data = cloudevents.sample(
            type_, self._sid, self._moment(), *people, paths.SAMPLES[self._source.rng.getrandbits(3)]
        )
        for name, value in overrides.items():
            if name not in cloudevents.FIELDS[type_]:
                fields.unknown(f"the data of {type_}", name, cloudevents.FIELDS[type_])
            data[name] = cloudevents.moment(clock.parse(value)) if isinstance(value, date) else value
        event = cloudevents.envelope(type_, self._sid("EZ"), data)
        if validate and overrides:
            _validate(event, cloudevents.SCHEMAS[type_])
        return event

    # -- errors and pages -----------------------------------------------------------------------------------

    def error(self, code: int = 20404, *, validate: bool = True, **overrides: Any) -> Json:
        """An error's body.

        Args:
            code: Twilio's code: one of 20001, 20003, 20004, 20404, 20409, 20429, 20500, 20503.
            validate: whether overridden values are checked.
            **overrides: ``message``, ``status``, ``details``, ``more_info``, ``detail``.

        Raises:
            ValueError: Studio is not known to use the code.
        """
        if code not in CATALOGUE:
            raise ValueError(f"Studio is not known to answer with {code!r}; known are {', '.join(map(str, CATALOGUE))}")
        status, message = CATALOGUE[code]
        run = self._sid("FN")
        path = f"/{self.version}/Flows/{self._sid('FW')}/Executions/{run}"
        values: Json = {"code": code, "message": message.format(name="To", path=path, execution_sid=run)}
        values |= {"more_info": f"https://www.twilio.com/docs/errors/{code}", "status": status}
        if code == 20409:
            values["details"] = {"conflicting_execution_sid": run}
        optional: Json = {name: overrides.pop(name) for name in ("details", "detail") if name in overrides}
        values |= optional
        return self._make(None, "error", values, overrides, dict, validate, bool(optional))

    def page(
        self, resource: str, n: int, page_size: int = 50, page: int = 0, *, validate: bool = True, **overrides: Any
    ) -> Json:
        """One page of a list, newest first.

        Args:
            resource: ``"flow"``, ``"flow_revision"``, ``"execution"``, ``"step"``, ``"engagement"`` or
                ``"engagement_step"``.
            n: how many records the whole list has.
            page_size: how many fit on a page.
            page: which page, from 0.
            validate: whether overridden values are checked.
            **overrides: fields that all records share.

        Raises:
            ValueError: an unknown resource (the known are named), or a number out of range.
        """
        resource = "step" if resource == "execution_step" else resource
        if resource not in LISTS:
            raise ValueError(f"{resource!r} has no pages; lists there are of {', '.join(LISTS)}")
        if not 1 <= page_size <= 1000 or page < 0 or n < 0:
            raise ValueError(f"page_size is 1 to 1000, page and n are 0 or more, not {page_size}, {page} and {n}")
        key, schema = LISTS[resource]
        version = "v1" if "engagement" in resource else "v2" if resource == "flow_revision" else self.version
        rows, url = self._rows(resource, version, n, overrides, validate)
        first = page * page_size
        part = rows[first : first + page_size]
        body = payloads.page(
            key,
            part,
            url,
            page_size,
            page,
            token=self._token(rows, first) if page else None,
            previous=self._token(rows, first) if page else None,
            following=self._token(rows, first + page_size) if first + page_size < n else None,
        )
        if validate and overrides:
            _validate(body, f"{version}/{schema}")
        return body

    # -- how ------------------------------------------------------------------------------------------------

    def _sid(self, prefix: str) -> str:
        return f"{prefix}{self._source.rng.getrandbits(128):032x}"

    def _moment(self) -> int:
        return EPOCH + self._source.rng.getrandbits(24)

    def _definition(self) -> Json:
        created = self._moment()
        return {
            "sid": self._sid("FW"),
            "account_sid": self.account_sid,
            "author_sid": self._sid("US"),
            "friendly_name": self._source.faker.catch_phrase(),
            "definition": paths.small_definition(self._source.faker.sentence()),
            "status": "published",
            "revision": 1 + self._source.rng.getrandbits(4),
            "commit_message": None,
            "valid": True,
            "errors": [],
            "date_created": clock.render(created),
            "date_updated": clock.render(created + 3600),
        }

    def _run(self, version: str, kind: str, overrides: Json, validate: bool) -> Json:
        created = self._moment()
        values = {
            "sid": self._sid("FN"),
            "account_sid": self.account_sid,
            "flow_sid": self._sid("FW"),
            "contact_channel_address": self._source.phone_number(),
            "contact_sid": self._sid("FC"),
            "flow_version": 1,
            "status": "ended",
            "context": {},
            "date_created": clock.render(created),
            "date_updated": clock.render(created + 90),
            "initiated_by": self._sid("SM"),
        }
        return self._make(kind, version, values, overrides, lambda v: payloads.execution(version, v, kind), validate)

    def _step(
        self, version: str, kind: str, overrides: Json, validate: bool, hop: paths.Hop | None = None, at: int = 0
    ) -> Json:
        draw = self._source.rng.getrandbits
        event, came_from, goes_to, type_ = hop or paths.SAMPLES[draw(3)]
        made = payloads.step(
            version,
            self.account_sid,
            f"FW{draw(128):032x}",
            f"FN{draw(128):032x}",
            f"FT{draw(128):032x}",
            event,
            came_from,
            goes_to,
            type_,
            clock.render(at or EPOCH + draw(24)),
            kind=kind,
        )
        if not overrides:
            return made
        run_key = f"{kind}_sid"

        def build(values: Json) -> Json:
            values = dict(values)
            context = values.pop("context")
            return {**payloads.step(version, run_sid=values.pop(run_key), kind=kind, **values), "context": context}

        values = {name: value for name, value in made.items() if name not in ("url", "links")}
        return self._make(f"{kind}_step", version, values, overrides, build, validate)

    def _path(self, n: int, version: str, kind: str, overrides: Json, validate: bool) -> list[Json]:
        if isinstance(n, bool) or not isinstance(n, int) or n < 0:
            raise ValueError(f"n is a number of Steps, 0 or more, not {n!r}")
        if "sid" in overrides:
            raise TypeError("steps gives each Step its own sid; use step for one of a given sid")
        moment = self._moment()
        rng = self._source.rng
        run_key = f"{kind}_sid"
        shared = {"flow_sid": self._sid("FW"), run_key: self._sid("FN"), **overrides}
        made: list[Json] = []
        for hop in paths.walk(rng, n, trigger=("incomingMessage", "incomingCall")[rng.getrandbits(1)]):
            moment += 1 + rng.getrandbits(2)
            # what was drawn conforms; only what was overridden is checked, once
            check = validate and bool(overrides) and not made
            made.append(self._step(version, kind, shared, check, hop, moment))
        return made

    def _context(self, version: str, kind: str, overrides: Json, validate: bool, *, step: bool) -> Json:
        run_key = f"{kind}_sid"
        values = {"account_sid": self.account_sid, "flow_sid": self._sid("FW"), run_key: self._sid("FN")}
        if step:
            values["step_sid"] = self._sid("FT")
        flow_sid, run_sid = (overrides.get(name, values[name]) for name in ("flow_sid", run_key))
        data = (
            None
            if "context" in overrides
            else sample_context.conversation(self._source, self.account_sid, flow_sid, run_sid)
        )

        def build(v: Json) -> Json:
            where = (version, v["account_sid"], v["flow_sid"], v[run_key])
            if step:
                return payloads.step_context(*where, v["step_sid"], v["context"], kind)
            return payloads.context(*where, v["context"], kind)

        schema = f"{kind}_step_context" if step else f"{kind}_context"
        return self._make(schema, version, {**values, "context": data}, overrides, build, validate)

    def _rows(self, resource: str, version: str, n: int, overrides: Json, validate: bool) -> tuple[list[Json], str]:
        if resource in ("step", "engagement_step"):
            kind = "engagement" if resource == "engagement_step" else "execution"
            rows = self._path(n, version, kind, overrides, validate)[::-1]
            one = rows[0] if rows else self._step(version, kind, {}, False)
        else:
            make = getattr(self, resource)
            one = make(validate=validate, **overrides)
            shared: Json = {}
            if resource in ("execution", "engagement"):
                shared = {"flow_sid": one["flow_sid"]}
            elif resource == "flow_revision":
                shared = {"sid": one["sid"]}
            rows = []
            for index in range(n, 0, -1):
                more = {"revision": index} if resource == "flow_revision" else {}
                rows.append(make(validate=False, **{**shared, **more, **overrides}))
            if resource in ("flow", "flow_revision"):
                rows = [payloads.listed(row) for row in rows]
        return rows, str(one["url"]).rpartition("/")[0]

    def _token(self, rows: list[Json], index: int) -> str:
        return f"PT{rows[min(index, len(rows)) - 1]['sid'] if rows else self._sid('FT')}"

    def _make(
        self,
        schema: str | None,
        version: str,
        values: Json,
        overrides: Json,
        build: Callable[[Json], Json],
        validate: bool,
        check: bool = False,
    ) -> Json:
        """Build from drawn values and overrides, and check what was overridden."""
        if not overrides and not check:
            return build(values)
        name = schema or version
        derived = {key: overrides.pop(key) for key in ("url", "links", "webhook_url") if key in overrides}
        known = build(values)
        for key in [*overrides, *derived]:
            if key not in known:
                fields.unknown(name, key, known)
        made = build({**values, **{key: _wire(value) for key, value in overrides.items()}})
        for key, value in derived.items():
            if validate and value != made[key]:
                raise ConformanceError(
                    f"{name}.{key} follows from the SIDs and the version: it is {made[key]!r}, not {value!r:.200} "
                    "(override the SIDs, or pass validate=False for bad data)"
                )
            made[key] = value
        if validate:
            _validate(made, f"{version}/{schema}" if schema else version)
        return made


def _wire(value: Any) -> Any:
    """A date given as ``datetime`` or ``date`` as it is written; anything else as it is."""
    return clock.render(clock.parse(value)) if isinstance(value, date) else value


def _is_list(values: Json) -> bool:
    return isinstance(values["test_users"], (list, tuple))


def _validate(payload: Json, name: str) -> None:
    from pytest_studio import schemas

    schemas.validate(payload, name)


if TYPE_CHECKING:
    _factory = PayloadFactory()
    flow = _factory.flow
    flow_revision = _factory.flow_revision
    test_users = _factory.test_users
    flow_validate = _factory.flow_validate
    execution = _factory.execution
    execution_context = _factory.execution_context
    engagement = _factory.engagement
    engagement_context = _factory.engagement_context
    step = _factory.step
    step_context = _factory.step_context
    engagement_step = _factory.engagement_step
    engagement_step_context = _factory.engagement_step_context
    steps = _factory.steps
    error = _factory.error
    event = _factory.event
    page = _factory.page
else:

    def __getattr__(name: str) -> Any:
        method = None if name.startswith("_") else getattr(PayloadFactory, name, None)
        if method is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

        def function(*args: Any, **kwargs: Any) -> Any:
            origin = seeds.current()
            if origin.factory is None:
                origin.factory = PayloadFactory()
            return getattr(origin.factory, name)(*args, **kwargs)

        function.__name__ = function.__qualname__ = name
        function.__doc__ = method.__doc__
        globals()[name] = function
        return function
