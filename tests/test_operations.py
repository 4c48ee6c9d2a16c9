"""The table of operations, routing by path, and names of operations."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_studio.operations import OPERATIONS, Operation, Param, fuller, match, named, param_names, route

FW, FN, FT = "FW" + "1" * 32, "FN" + "2" * 32, "FT" + "3" * 32
VALUES = {
    "FlowSid": FW,
    "ExecutionSid": FN,
    "EngagementSid": FN,
    "StepSid": FT,
    "Sid": "XX1",
    "Revision": "LatestPublished",
}
PAGES = {
    "v1": "https://www.twilio.com/docs/studio/rest-api/",
    "v2": "https://www.twilio.com/docs/studio/rest-api/v2/",
}
OPENAPI_V1 = "https://github.com/twilio/twilio-oai/blob/main/spec/json/twilio_studio_v1.json"

#: Path; method and name, doc page ("-": only the OpenAPI document), status, schema and key of the list; parameters,
#: "!" where required, their kinds, "@" and when they were added.
DOCUMENTED = """
/v1/Flows
  GET ListFlow; flow; 200 flow_page flows
    PageSize:integer Page:integer PageToken
/v1/Flows/{FlowSid}/Engagements
  GET ListEngagement; -; 200 engagement_page engagements
    PageSize:integer Page:integer PageToken
  POST CreateEngagement; -; 200 engagement
    To! From! Parameters:json
/v1/Flows/{FlowSid}/Engagements/{EngagementSid}/Context
  GET FetchEngagementContext; -; 200 engagement_context
/v1/Flows/{FlowSid}/Engagements/{EngagementSid}/Steps
  GET ListStep; -; 200 engagement_step_page steps
    PageSize:integer Page:integer PageToken
/v1/Flows/{FlowSid}/Engagements/{EngagementSid}/Steps/{Sid}
  GET FetchStep; -; 200 engagement_step
/v1/Flows/{FlowSid}/Engagements/{EngagementSid}/Steps/{StepSid}/Context
  GET FetchStepContext; -; 200 engagement_step_context
/v1/Flows/{FlowSid}/Engagements/{Sid}
  DELETE DeleteEngagement; -; 204 nothing
  GET FetchEngagement; -; 200 engagement
/v1/Flows/{FlowSid}/Executions
  GET ListExecution; execution; 200 execution_page executions
    DateCreatedFrom:date DateCreatedTo:date PageSize:integer Page:integer PageToken
  POST CreateExecution; execution; 200 execution
    To! From! Parameters:json
/v1/Flows/{FlowSid}/Executions/{ExecutionSid}/Context
  GET FetchExecutionContext; execution-context; 200 execution_context
/v1/Flows/{FlowSid}/Executions/{ExecutionSid}/Steps
  GET ListExecutionStep; step; 200 execution_step_page steps
    PageSize:integer Page:integer PageToken
/v1/Flows/{FlowSid}/Executions/{ExecutionSid}/Steps/{Sid}
  GET FetchExecutionStep; step; 200 execution_step
/v1/Flows/{FlowSid}/Executions/{ExecutionSid}/Steps/{StepSid}/Context
  GET FetchExecutionStepContext; step-context; 200 execution_step_context
/v1/Flows/{FlowSid}/Executions/{Sid}
  DELETE DeleteExecution; execution; 204 nothing
  GET FetchExecution; execution; 200 execution
  POST UpdateExecution; execution; 200 execution
    Status!:enum:active|ended
/v1/Flows/{Sid}
  DELETE DeleteFlow; flow; 204 nothing
  GET FetchFlow; flow; 200 flow
/v2/Flows
  GET ListFlow; flow; 200 flow_page flows
    PageSize:integer Page:integer PageToken
  POST CreateFlow; flow; 201 flow
    FriendlyName! Status!:enum:draft|published Definition!:json CommitMessage AuthorSid@2026-05
/v2/Flows/Validate
  POST UpdateFlowValidate; flow-validate; 200 flow_validate
    FriendlyName! Status!:enum:draft|published Definition!:json CommitMessage AuthorSid@2026-05
/v2/Flows/{FlowSid}/Executions
  GET ListExecution; execution; 200 execution_page executions
    status:enum:active|ended@2026-04 DateCreatedFrom:date DateCreatedTo:date PageSize:integer Page:integer PageToken
  POST CreateExecution; execution; 201 execution
    To! From! Parameters:json ExternalId@2024-12
/v2/Flows/{FlowSid}/Executions/{ExecutionSid}/Context
  GET FetchExecutionContext; execution-context; 200 execution_context
/v2/Flows/{FlowSid}/Executions/{ExecutionSid}/Steps
  GET ListExecutionStep; step; 200 execution_step_page steps
    PageSize:integer Page:integer PageToken
/v2/Flows/{FlowSid}/Executions/{ExecutionSid}/Steps/{Sid}
  GET FetchExecutionStep; step; 200 execution_step
/v2/Flows/{FlowSid}/Executions/{ExecutionSid}/Steps/{StepSid}/Context
  GET FetchExecutionStepContext; step-context; 200 execution_step_context
/v2/Flows/{FlowSid}/Executions/{Sid}
  DELETE DeleteExecution; execution; 204 nothing
  GET FetchExecution; execution; 200 execution
  POST UpdateExecution; execution; 200 execution
    Status!:enum:active|ended
/v2/Flows/{Sid}
  DELETE DeleteFlow; flow; 204 nothing
  GET FetchFlow; flow; 200 flow
  POST UpdateFlow; flow; 200 flow
    Status!:enum:draft|published FriendlyName Definition:json CommitMessage AuthorSid@2026-05
/v2/Flows/{Sid}/Revisions
  GET ListFlowRevision; flow-revision; 200 flow_revision_page revisions
    PageSize:integer Page:integer PageToken
/v2/Flows/{Sid}/Revisions/{Revision}
  GET FetchFlowRevision; flow-revision; 200 flow_revision
/v2/Flows/{Sid}/TestUsers
  GET FetchTestUser; test-user; 200 test_users
  POST UpdateTestUser; test-user; 200 test_users
    TestUsers!:repeated
"""

every_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)


def path_of(operation: Operation) -> str:
    """A path of the operation."""
    return operation.path.format(**VALUES)


def test_there_are_39_operations() -> None:
    """20 of v1 and 19 of v2; each version writes and reads what the other does not."""
    names = {"v1": set(), "v2": set()}
    for id, operation in OPERATIONS.items():
        assert operation.id == id
        names[operation.version].add(id[3:])
    assert (len(names["v1"]), len(names["v2"])) == (20, 19)
    assert names["v2"] - names["v1"] == {
        "CreateFlow",
        "UpdateFlow",
        "UpdateFlowValidate",
        "ListFlowRevision",
        "FetchFlowRevision",
        "FetchTestUser",
        "UpdateTestUser",
    }
    assert names["v1"] - names["v2"] == {
        "ListEngagement",
        "CreateEngagement",
        "FetchEngagement",
        "DeleteEngagement",
        "FetchEngagementContext",
        "ListStep",
        "FetchStep",
        "FetchStepContext",
    }


@pytest.mark.parametrize(
    ("name", "field"), [("CommitMessage", "commit_message"), ("Status", "status"), ("status", "status"), ("A", "a")]
)
def test_a_parameter_is_named_as_a_field(name: str, field: str) -> None:
    """In the words of the resource."""
    assert Param(name).field == field


def test_a_parameter_is_free_text_that_was_always_there() -> None:
    """Unless it is said to be something else."""
    assert Param("Name") == ("Name", "text", False, "")


@every_operation
def test_every_operation_is_routed_by_its_path(operation: Operation) -> None:
    """Method and path lead to it, and give the path's parameters in order."""
    found = match(operation.method, path_of(operation))
    assert found == (operation, [VALUES[name] for name in operation.path_params])


def documented(operation: Operation) -> str:
    """The operation as ``DOCUMENTED`` writes it, under its path."""
    page = "-" if operation.doc == OPENAPI_V1 else operation.doc.removeprefix(PAGES[operation.version])
    answer = "nothing" if operation.schema is None else operation.schema.removeprefix(f"{operation.version}/")
    rows = f"  {operation.method} {operation.id[3:]}; {page}; {operation.status} {answer}"
    if operation.key is not None:
        rows += f" {operation.key}"
    params = [
        param.name
        + "!" * param.required
        + (f":{param.kind}" if param.kind != "text" else "")
        + (f"@{param.since}" if param.since else "")
        for param in operation.params
    ]
    return rows + (f"\n    {' '.join(params)}" if params else "")


def test_the_table_says_what_the_documents_say() -> None:
    """Each operation at its path, with what it takes and answers, and the page that describes it."""
    paths: dict[str, list[str]] = {}
    for operation in sorted(OPERATIONS.values(), key=lambda operation: operation.method):
        paths.setdefault(operation.path, []).append(documented(operation))
    rows = [row for path, told in sorted(paths.items()) for row in (path, *"\n".join(told).splitlines())]
    assert rows == DOCUMENTED.strip().splitlines()


def test_validate_is_routed_before_a_flow_of_that_sid() -> None:
    """POST only; a revision or Execution of that name is something else."""
    assert match("POST", "/v2/Flows/Validate") == (OPERATIONS["v2.UpdateFlowValidate"], [])
    assert match("GET", "/v2/Flows/Validate") is None
    assert match("POST", "/v1/Flows/Validate") is None
    assert match("GET", "/v2/Flows/Validate/Executions") == (OPERATIONS["v2.ListExecution"], ["Validate"])


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "v2/Flows",
        "/v2",
        "/v2/",
        "/v2/Flows/",
        "//v2/Flows",
        "/v2//Flows",
        "/v3/Flows",
        "/v2/flows",
        "/v2/Flows.json",
        f"/v2/Flows/{FW}/",
        f"/v2/Flows/{FW}/Engagements",
        f"/v1/Flows/{FW}/Revisions",
        f"/v1/Flows/{FW}/TestUsers",
        f"/v2/Flows/{FW}/Executions/{FN}/Context/x",
        "/v2/Flows//Executions",
        "/2010-04-01/Accounts",
        "studio/v2/Flows",
        "\ud800/v2/Flows",
    ],
)
def test_other_paths_are_no_operation(path: str) -> None:
    """Nor is a path with a slash too many."""
    assert route(path) is None


def test_path_parameters_are_unquoted() -> None:
    """Escapes are resolved in each segment by itself."""
    assert match("GET", "/v2/Flows/%46W%2F1%ff") == (OPERATIONS["v2.FetchFlow"], ["FW/1\ufffd"])


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("v2.FetchFlow", 1), ("*.FetchFlow", 2), ("*", 39), ("v1.*", 20), ("*Step*", 9), ("v?.*Context", 6)],
)
def test_a_glob_names_operations(pattern: str, count: int) -> None:
    """Of both versions."""
    assert len(named(pattern)) == count


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("v2.FetchExecutionSteps", "did you mean 'v2.FetchExecutionStep'?"),
        ("v2.fetch_flow", "did you mean 'v2.FetchFlow'?"),
        ("FetchFlow", "did you mean 'v1.FetchFlow' or 'v2.FetchFlow'?"),
        ("CreateFlow", "did you mean 'v2.CreateFlow'?"),
        ("v2.ListEngagement*", "is no operation"),
        ("v?.FetchFlow", "is no operation"),
        ("", "is no operation"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(pattern: str, hint: str) -> None:
    """So that a typing error never means that nothing was called."""
    with pytest.raises(ValueError, match="is no operation of Studio") as caught:
        named(pattern)
    assert hint in str(caught.value)


@pytest.mark.parametrize("pattern", [None, 5, ["v2.FetchFlow"]])
def test_an_operation_is_named_by_a_text(pattern: Any) -> None:
    """What else was given is told."""
    with pytest.raises(TypeError) as caught:
        named(pattern)
    kind = type(pattern).__name__
    assert str(caught.value) == f"an operation is named by a text such as 'v2.FetchFlow', not {kind}"


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        ("v2.FetchFlow", "FlowSid"),
        ("v2.ListFlowRevision", "FlowSid"),
        ("v2.UpdateTestUser", "FlowSid"),
        ("v2.FetchExecution", "ExecutionSid"),
        ("v1.FetchEngagement", "EngagementSid"),
        ("v2.FetchExecutionStep", "StepSid"),
    ],
)
def test_a_sid_at_the_end_of_a_path_has_a_fuller_name(operation: str, name: str) -> None:
    """The one that it has in the middle of longer paths."""
    assert fuller(operation, {"Sid": "XX1", "PageSize": "5"}) == {name: "XX1"}


def test_what_has_no_sid_at_its_end_has_no_fuller_name() -> None:
    """Nor what is no operation."""
    assert fuller("v2.ListExecution", {"FlowSid": "XX1"}) == {}
    assert fuller(None, {"Sid": "XX1"}) == {}


def test_the_names_of_several_operations_are_all_of_theirs_in_order() -> None:
    """Each once, the fuller ones among them."""
    assert [*param_names(["v2.FetchFlow", "v2.CreateExecution"])] == [
        *("Sid", "FlowSid", "To", "From", "Parameters", "ExternalId")
    ]
    assert [*param_names(["v2.FetchExecution"])] == ["FlowSid", "Sid", "ExecutionSid"]
    assert [*param_names([])] == []
