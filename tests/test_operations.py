"""The table of operations, routing by path, and names of operations."""

from __future__ import annotations

import pytest

from pytest_studio.operations import OPERATIONS, Operation, match, named, route

FW, FN, FT = "FW" + "1" * 32, "FN" + "2" * 32, "FT" + "3" * 32
VALUES = {
    "FlowSid": FW,
    "ExecutionSid": FN,
    "EngagementSid": FN,
    "StepSid": FT,
    "Sid": "XX1",
    "Revision": "LatestPublished",
}
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


@every_operation
def test_every_operation_is_routed_by_its_path(operation: Operation) -> None:
    """Method and path lead to it, and give the path's parameters in order."""
    found = match(operation.method, path_of(operation))
    assert found == (operation, [VALUES[name] for name in operation.path_params])


@every_operation
def test_status_and_schema_follow_the_documents(operation: Operation) -> None:
    """DELETE is 204 without a body, creation in v2 is 201, all else 200."""
    creates = operation.id in ("v2.CreateFlow", "v2.CreateExecution")
    assert operation.status == (204 if operation.method == "DELETE" else 201 if creates else 200)
    assert (operation.schema is None) == (operation.method == "DELETE")
    assert (operation.key is None) == (".List" not in operation.id)
    assert operation.doc.startswith("https://")


@pytest.mark.parametrize(
    ("id", "required", "optional"),
    [
        ("v1.CreateExecution", {"To", "From"}, {"Parameters"}),
        ("v1.CreateEngagement", {"To", "From"}, {"Parameters"}),
        ("v2.CreateExecution", {"To", "From"}, {"Parameters", "ExternalId"}),
        ("v2.UpdateExecution", {"Status"}, set()),
        ("v2.CreateFlow", {"FriendlyName", "Status", "Definition"}, {"CommitMessage", "AuthorSid"}),
        ("v2.UpdateFlow", {"Status"}, {"FriendlyName", "Definition", "CommitMessage", "AuthorSid"}),
        ("v2.UpdateFlowValidate", {"FriendlyName", "Status", "Definition"}, {"CommitMessage", "AuthorSid"}),
        ("v2.UpdateTestUser", {"TestUsers"}, set()),
        ("v1.ListExecution", set(), {"DateCreatedFrom", "DateCreatedTo", "PageSize", "Page", "PageToken"}),
        ("v2.ListExecution", set(), {"status", "DateCreatedFrom", "DateCreatedTo", "PageSize", "Page", "PageToken"}),
        ("v2.ListExecutionStep", set(), {"PageSize", "Page", "PageToken"}),
        ("v2.FetchExecutionStep", set(), set()),
    ],
)
def test_parameters_follow_the_documents(id: str, required: set[str], optional: set[str]) -> None:
    """Their names as on the wire: the filter of status is in lower case, and v1 has none."""
    params = OPERATIONS[id].params
    assert {param.name for param in params if param.required} == required
    assert {param.name for param in params if not param.required} == optional


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
        ("", "is no operation"),
    ],
)
def test_an_unknown_name_is_an_error_with_the_nearest(pattern: str, hint: str) -> None:
    """So that a typing error never means that nothing was called."""
    with pytest.raises(ValueError, match="is no operation of Studio") as caught:
        named(pattern)
    assert hint in str(caught.value)
