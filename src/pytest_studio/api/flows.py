"""Flows, revisions and test users: one function an operation.

Follows https://www.twilio.com/docs/studio/rest-api/v2/flow, …/flow-revision, …/flow-validate, …/test-user.
"""

from __future__ import annotations

from typing import Any

from pytest_studio import payloads, sids
from pytest_studio.api.incoming import Incoming, invalid
from pytest_studio.api.lists import each, page_of
from pytest_studio.api.missing import find_flow, not_found
from pytest_studio.errors import ApiError

Json = dict[str, Any]


def list_flows(call: Incoming) -> str:
    """All Flows, newest first; v2 leaves definitions out."""
    render = each(lambda flow: payloads.listed(flow.payload(call.version)))
    return page_of(call, call.account.flow_list, "FW", render)


def create_flow(call: Incoming) -> Json:
    """Make a Flow; its first revision is 1."""
    return call.account.add_flow(_described(call)).payload("v2")


def fetch_flow(call: Incoming) -> Json:
    """One Flow, with its newest revision's definition in v2."""
    return find_flow(call, *call.ids).payload(call.version)


def update_flow(call: Incoming) -> Json:
    """Add a revision: what is not given stays as it was."""
    flow = find_flow(call, *call.ids)
    call.account.add_revision(flow, _described(call))
    return flow.payload("v2")


def delete_flow(call: Incoming) -> None:
    """Remove a Flow with its revisions, Executions and Steps."""
    call.account.remove_flow(find_flow(call, *call.ids))


def validate_flow(call: Incoming) -> Json:
    """Check a definition and keep nothing."""
    _described(call)
    return {"valid": True}


def list_revisions(call: Incoming) -> str:
    """Revisions of a Flow, newest first, without definitions."""
    flow = find_flow(call, *call.ids)
    return page_of(call, flow._revisions, "FW", each(lambda revision: payloads.listed(revision.payload())))


def fetch_revision(call: Incoming) -> Json:
    """One revision, by number or as ``LatestPublished`` or ``LatestRevision``."""
    sid, name = call.ids
    flow = find_flow(call, sid)
    found = flow.named(name)
    if found is None:
        newest = flow.current._revision
        hint = f"{sid} has revisions 1 to {newest}" + ("" if flow.published else ", none of them published")
        raise not_found(call, hint)
    return found.payload()


def fetch_test_users(call: Incoming) -> Json:
    """Who runs the newest draft."""
    flow = find_flow(call, *call.ids)
    return payloads.test_users(flow._sid, flow._test_users)


def update_test_users(call: Incoming) -> Json:
    """Replace who runs the newest draft."""
    flow = find_flow(call, *call.ids)
    flow.update(test_users=call.values["TestUsers"])
    return payloads.test_users(flow._sid, flow._test_users)


#: What a form says of a Flow.
_FIELDS = ("friendly_name", "status", "definition", "commit_message", "author_sid")


def _described(call: Incoming) -> Json:
    """The fields that a form gives a Flow, its definition checked.

    Raises:
        ApiError: 400 with ``details``, the definition breaks a rule.
    """
    given = {param.field: call.values[param.name] for param in call.operation.params if param.name in call.values}
    values = {field: given[field] for field in _FIELDS if field in given} | call.kept("Flow")
    author = values.get("author_sid")
    if author is not None and not sids.is_valid(author, "US"):
        raise invalid("AuthorSid", author, "a User SID (US…)", sids.explain(author, "US"))
    if "definition" in values:
        from pytest_studio.flow_checks import refused

        errors = refused(values["definition"])
        if errors:
            first = f"{errors[0]['property_path']}: {errors[0]['message']}"
            raise ApiError(
                400,
                20001,
                "Invalid Flow definition",
                details={"errors": errors},
                hint=f"the definition has {len(errors)} fault(s), the first at {first}",
            )
        values.update(valid=True, errors=[], warnings=[])
    return values
