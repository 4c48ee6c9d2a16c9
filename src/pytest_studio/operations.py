"""The table of Studio's operations, v1 and v2: what routing, checks, schema look-up and the docs are made from.

Ids, paths and parameters follow Twilio's OpenAPI documents of Studio; later parameters are marked where they stand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from pytest_studio.errors import nearest
from pytest_studio.wire import unquote_segment

__all__ = ["OPERATIONS", "Operation", "Param", "fuller", "match", "named", "param_names", "route"]

DOCS = "https://www.twilio.com/docs/studio/rest-api"
OPENAPI_V1 = "https://github.com/twilio/twilio-oai/blob/main/spec/json/twilio_studio_v1.json"
#: Where a word begins in a parameter's name, but for the first.
_FIELD_WORD = re.compile(r"(?<!^)(?=[A-Z])")


class Param(NamedTuple):
    """A query or form parameter: its name on the wire, its kind, whether it must be there, since when it is declared.

    One that is named as a field of the resource (``CommitMessage``, ``commit_message``) sets that.
    """

    name: str
    kind: str = "text"  # text | integer | date | json | enum:a|b | repeated
    required: bool = False
    since: str = ""  # the year, or the year and month; "": always

    @property
    def field(self) -> str:
        """Its name as a field's: ``"commit_message"``."""
        return _FIELD_WORD.sub("_", self.name).lower()


class Operation(NamedTuple):
    """One operation.

    ``id`` is the version and Twilio's operation id (``"v2.FetchExecutionStep"``), ``schema`` names the JSON
    Schema of a successful answer (None: no body), ``handler`` the function in ``api`` that answers, ``key`` the
    name of the list in a page, ``doc`` the page that describes it.
    """

    id: str
    method: str
    path: str
    handler: str
    params: tuple[Param, ...]
    schema: str | None
    status: int
    key: str | None
    doc: str

    @property
    def version(self) -> str:
        """``"v1"`` or ``"v2"``."""
        return self.id[:2]

    @property
    def all_params(self) -> tuple[str, ...]:
        """Names of all parameters: path, query and form."""
        return (*self.path_params, *(param.name for param in self.params))

    @property
    def path_params(self) -> tuple[str, ...]:
        """Names of the path's parameters, in order."""
        return _names_in(self.path)


@cache
def _names_in(path: str) -> tuple[str, ...]:
    return tuple(part[1:-1] for part in path.split("/") if part.startswith("{"))


PAGING = (Param("PageSize", "integer"), Param("Page", "integer"), Param("PageToken"))
DATES = (Param("DateCreatedFrom", "date"), Param("DateCreatedTo", "date"))
_EXECUTION_STATUS = "enum:active|ended"
_FLOW_STATUS = "enum:draft|published"
# ExternalId: in the example of Twilio's OpenAPI v2 since 2024-12, declared nowhere.
TRIGGER = (Param("To", "text", True), Param("From", "text", True), Param("Parameters", "json"))
TRIGGER_V2 = (*TRIGGER, Param("ExternalId", since="2024-12"))
END = (Param("Status", _EXECUTION_STATUS, True),)
# AuthorSid: declared by twilio-python since 2026-05, not in the OpenAPI document of 2026-04.
_REVISION = (Param("CommitMessage"), Param("AuthorSid", since="2026-05"))
CREATE_FLOW = (
    Param("FriendlyName", "text", True),
    Param("Status", _FLOW_STATUS, True),
    Param("Definition", "json", True),
    *_REVISION,
)
UPDATE_FLOW = (
    Param("Status", _FLOW_STATUS, True),
    Param("FriendlyName"),
    Param("Definition", "json"),
    *_REVISION,
)
TEST_USERS = (Param("TestUsers", "repeated", True),)

_FLOW = "/Flows/{Sid}"
_RUNS = "/Flows/{FlowSid}/Executions"
_RUN = _RUNS + "/{ExecutionSid}"
_ENGS = "/Flows/{FlowSid}/Engagements"
_ENG = _ENGS + "/{EngagementSid}"


def _both(trigger: tuple[Param, ...], created: int, filters: tuple[Param, ...]) -> list[tuple[object, ...]]:
    """The rows that v1 and v2 share but for a status and some parameters."""
    return [
        ("ListFlow", "GET", "/Flows", "list_flows", PAGING, "flow_page", 200, "flows", "flow"),
        ("FetchFlow", "GET", _FLOW, "fetch_flow", (), "flow", 200, None, "flow"),
        ("DeleteFlow", "DELETE", _FLOW, "delete_flow", (), None, 204, None, "flow"),
        ("ListExecution", "GET", _RUNS, "list_executions", (*filters, *DATES, *PAGING), "execution_page", 200, "executions", "execution"),
        ("CreateExecution", "POST", _RUNS, "create_execution", trigger, "execution", created, None, "execution"),
        ("FetchExecution", "GET", _RUNS + "/{Sid}", "fetch_execution", (), "execution", 200, None, "execution"),
        ("UpdateExecution", "POST", _RUNS + "/{Sid}", "update_execution", END, "execution", 200, None, "execution"),
        ("DeleteExecution", "DELETE", _RUNS + "/{Sid}", "delete_execution", (), None, 204, None, "execution"),
        ("FetchExecutionContext", "GET", _RUN + "/Context", "fetch_execution_context", (), "execution_context", 200, None, "execution-context"),
        ("ListExecutionStep", "GET", _RUN + "/Steps", "list_steps", PAGING, "execution_step_page", 200, "steps", "step"),
        ("FetchExecutionStep", "GET", _RUN + "/Steps/{Sid}", "fetch_step", (), "execution_step", 200, None, "step"),
        ("FetchExecutionStepContext", "GET", _RUN + "/Steps/{StepSid}/Context", "fetch_step_context", (), "execution_step_context", 200, None, "step-context"),
    ]  # fmt: skip


_V1_ONLY: list[tuple[object, ...]] = [
    ("ListEngagement", "GET", _ENGS, "list_executions", PAGING, "engagement_page", 200, "engagements", ""),
    ("CreateEngagement", "POST", _ENGS, "create_execution", TRIGGER, "engagement", 200, None, ""),
    ("FetchEngagement", "GET", _ENGS + "/{Sid}", "fetch_execution", (), "engagement", 200, None, ""),
    ("DeleteEngagement", "DELETE", _ENGS + "/{Sid}", "delete_execution", (), None, 204, None, ""),
    ("FetchEngagementContext", "GET", _ENG + "/Context", "fetch_execution_context", (), "engagement_context", 200, None, ""),
    ("ListStep", "GET", _ENG + "/Steps", "list_steps", PAGING, "engagement_step_page", 200, "steps", ""),
    ("FetchStep", "GET", _ENG + "/Steps/{Sid}", "fetch_step", (), "engagement_step", 200, None, ""),
    ("FetchStepContext", "GET", _ENG + "/Steps/{StepSid}/Context", "fetch_step_context", (), "engagement_step_context", 200, None, ""),
]  # fmt: skip

_V2_ONLY: list[tuple[object, ...]] = [
    ("CreateFlow", "POST", "/Flows", "create_flow", CREATE_FLOW, "flow", 201, None, "flow"),
    ("UpdateFlow", "POST", _FLOW, "update_flow", UPDATE_FLOW, "flow", 200, None, "flow"),
    ("UpdateFlowValidate", "POST", "/Flows/Validate", "validate_flow", CREATE_FLOW, "flow_validate", 200, None, "flow-validate"),
    ("ListFlowRevision", "GET", _FLOW + "/Revisions", "list_revisions", PAGING, "flow_revision_page", 200, "revisions", "flow-revision"),
    ("FetchFlowRevision", "GET", _FLOW + "/Revisions/{Revision}", "fetch_revision", (), "flow_revision", 200, None, "flow-revision"),
    ("FetchTestUser", "GET", _FLOW + "/TestUsers", "fetch_test_users", (), "test_users", 200, None, "test-user"),
    ("UpdateTestUser", "POST", _FLOW + "/TestUsers", "update_test_users", TEST_USERS, "test_users", 200, None, "test-user"),
]  # fmt: skip


def _operation(version: str, row: tuple[object, ...]) -> Operation:
    name, method, path, handler, params, schema, status, key, page = row
    base = DOCS if version == "v1" else f"{DOCS}/v2"
    return Operation(
        f"{version}.{name}",
        str(method),
        f"/{version}{path}",
        str(handler),
        params,  # type: ignore[arg-type]
        None if schema is None else f"{version}/{schema}",
        status,  # type: ignore[arg-type]
        key,  # type: ignore[arg-type]
        f"{base}/{page}" if page else OPENAPI_V1,
    )


#: Every operation by its id, ``"v1.ListFlow"`` to ``"v2.UpdateTestUser"``.
OPERATIONS: dict[str, Operation] = {
    operation.id: operation
    for operation in (
        *(_operation("v1", row) for row in (*_both(TRIGGER, 200, ()), *_V1_ONLY)),
        *(
            _operation("v2", row)
            for row in (*_both(TRIGGER_V2, 201, (Param("status", _EXECUTION_STATUS, since="2026-04"),)), *_V2_ONLY)
        ),
    )
}

#: The literal segments of a path ("v2/Flows/Executions") and their number -> method -> operation.
_ROUTES: dict[tuple[str, int], dict[str, Operation]] = {}
_VALIDATE = "/v2/Flows/Validate"

for _op in OPERATIONS.values():
    _parts = _op.path.split("/")[1:]
    if _op.path != _VALIDATE:
        _ROUTES.setdefault(("/".join([_parts[0], *_parts[1::2]]), len(_parts)), {})[_op.method] = _op
_VALIDATE_ROUTE = {"POST": OPERATIONS["v2.UpdateFlowValidate"]}


def route(path: str) -> tuple[dict[str, Operation], list[str]] | None:
    """``({method: operation}, path parameters)`` for a path, by its shape alone; None if no operation has it."""
    if path == _VALIDATE:
        return _VALIDATE_ROUTE, []
    before, *parts = path.split("/")
    methods = _ROUTES.get(("/".join([parts[0], *parts[1::2]]), len(parts))) if parts else None
    if methods is None or before or "" in parts:
        return None
    return methods, [unquote_segment(part) for part in parts[2::2]]


def match(method: str, path: str) -> tuple[Operation, list[str]] | None:
    """``(operation, path parameters)`` that a method and a path name, or None."""
    found = route(path)
    if found is None or (operation := found[0].get(method)) is None:
        return None
    return operation, found[1]


def fuller(operation: str | None, params: Mapping[str, Any]) -> dict[str, Any]:
    """``Sid`` of a path under the name that longer paths give it, so that ``FlowSid`` means the Flow itself, too."""
    if operation is None or "Sid" not in params:
        return {}
    collection = OPERATIONS[operation].path.partition("/{Sid}")[0].rpartition("/")[2]
    return {f"{collection.removesuffix('s')}Sid": params["Sid"]}


def param_names(ids: Iterable[str]) -> dict[str, None]:
    """The names that the parameters of some operations go by, in order; those of ``fuller`` among them."""
    names: dict[str, None] = {}
    for id in ids:
        own = dict.fromkeys(OPERATIONS[id].all_params)
        names |= own | dict.fromkeys(fuller(id, own))
    return names


def named(pattern: str) -> frozenset[str]:
    """The ids that ``pattern`` stands for: one id, or a glob such as ``"*.ListExecutionStep"`` or ``"*"``.

    Raises:
        ValueError: no operation has that name; the message has the nearest.
    """
    if not isinstance(pattern, str):
        raise TypeError(f"an operation is named by a text such as 'v2.FetchFlow', not {type(pattern).__name__}")
    if pattern in OPERATIONS:
        return frozenset((pattern,))
    ids = frozenset(key for key in OPERATIONS if fnmatchcase(key, pattern)) if "*" in pattern else frozenset()
    if not ids:
        both = [key for key in OPERATIONS if key.partition(".")[2] == pattern]
        hint = f" (did you mean {' or '.join(map(repr, both))}?)" if both else nearest(pattern, OPERATIONS)
        raise ValueError(f"{pattern!r} is no operation of Studio{hint}")
    return ids
