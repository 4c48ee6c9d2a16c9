"""The shape of every resource on the wire: plain values in, a dict in Twilio's key order out.

``url`` and ``links`` follow from the SIDs and the version; nothing stores them. Pages as in the documents named
by ``operations.OPERATIONS[...].doc``. Fields that only a schema describes come last.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from pytest_studio.schema_files import kept
from pytest_studio.wire import API

__all__ = [
    "context",
    "execution",
    "flow",
    "flow_revision",
    "page",
    "run_url",
    "step",
    "step_context",
    "test_users",
]

Json = dict[str, Any]

#: "execution" or its older name -> the collection's name in a path.
COLLECTIONS = {"execution": "Executions", "engagement": "Engagements"}


def flow_url(version: str, flow_sid: str) -> str:
    """Where a Flow answers."""
    return f"{API}/{version}/Flows/{flow_sid}"


def revision_url(flow_sid: str, revision: int) -> str:
    """Where a revision of a Flow answers (v2 only)."""
    return f"{flow_url('v2', flow_sid)}/Revisions/{revision}"


def run_url(version: str, flow_sid: str, sid: str, kind: str = "execution") -> str:
    """Where an Execution (or Engagement) answers."""
    return f"{API}/{version}/Flows/{flow_sid}/{COLLECTIONS[kind]}/{sid}"


def _further(schema: str, values: Json) -> Json:
    """The fields that nothing but the schema describes, as given or by their defaults, which nobody shares."""
    return {name: values[name] if name in values else deepcopy(field.default) for name, field in kept(schema).items()}


def flow(version: str, values: Json) -> Json:
    """A Flow, from its v2 fields without ``webhook_url``, ``url`` and ``links``."""
    sid, account = values["sid"], values["account_sid"]
    url = flow_url(version, sid)
    if version == "v1":
        return {
            "sid": sid,
            "account_sid": account,
            "friendly_name": values["friendly_name"],
            "status": values["status"],
            "version": values["revision"],
            "date_created": values["date_created"],
            "date_updated": values["date_updated"],
            "url": url,
            "links": {"engagements": f"{url}/Engagements", "executions": f"{url}/Executions"},
            **_further("v1/flow", values),
        }
    return {
        **_definition(values),
        "warnings": values["warnings"],
        "date_created": values["date_created"],
        "date_updated": values["date_updated"],
        "webhook_url": f"https://webhooks.twilio.com/v1/Accounts/{account}/Flows/{sid}",
        "url": url,
        "links": {
            "test_users": f"{url}/TestUsers",
            "revisions": f"{url}/Revisions",
            "executions": f"{url}/Executions",
        },
        **_further("v2/flow", values),
    }


def flow_revision(values: Json) -> Json:
    """A revision of a Flow (v2 only); its ``sid`` is the Flow's."""
    return {
        **_definition(values),
        "date_created": values["date_created"],
        "date_updated": values["date_updated"],
        "url": revision_url(values["sid"], values["revision"]),
        **_further("v2/flow_revision", values),
    }


def _definition(values: Json) -> Json:
    return {
        "sid": values["sid"],
        "account_sid": values["account_sid"],
        "author_sid": values["author_sid"],
        "definition": values["definition"],
        "friendly_name": values["friendly_name"],
        "status": values["status"],
        "revision": values["revision"],
        "commit_message": values["commit_message"],
        "valid": values["valid"],
        "errors": values["errors"],
    }


#: What a list of Flows or revisions leaves out.
UNLISTED = ("definition", "commit_message", "valid", "errors", "warnings")


def listed(payload: Json) -> Json:
    """A Flow or revision as it stands in a list: without definition and verdict."""
    for name in UNLISTED:
        if name in payload:
            payload[name] = None
    return payload


def test_users(flow_sid: str, users: Sequence[str]) -> Json:
    """The test users of a Flow (v2 only)."""
    return {"sid": flow_sid, "test_users": list(users), "url": f"{flow_url('v2', flow_sid)}/TestUsers"}


def execution(version: str, values: Json, kind: str = "execution") -> Json:
    """An Execution, from its v2 fields without ``url`` and ``links``; ``context`` is ``{}`` on the wire."""
    url = run_url(version, values["flow_sid"], values["sid"], kind)
    body = {
        "sid": values["sid"],
        "account_sid": values["account_sid"],
        "flow_sid": values["flow_sid"],
        "contact_channel_address": values["contact_channel_address"],
        "contact_sid": values["contact_sid"],
        "status": values["status"],
        "context": values.get("context", {}),
        "date_created": values["date_created"],
        "date_updated": values["date_updated"],
        "url": url,
        "links": {"steps": f"{url}/Steps", f"{kind}_context": f"{url}/Context"},
    }
    if version == "v2":
        body["flow_version"] = values["flow_version"]
        body["initiated_by"] = values["initiated_by"]
    body.update(_further(f"{version}/{kind}", values))
    return body


def step(
    version: str,
    account_sid: str,
    flow_sid: str,
    run_sid: str,
    sid: str,
    name: str,
    transitioned_from: str,
    transitioned_to: str,
    type: str | None,
    date_created: str,
    date_updated: str | None = None,
    parent_step_sid: str | None = None,
    kind: str = "execution",
    **further: Any,
) -> Json:
    """A Step; ``context`` is ``{}`` on the wire."""
    url = f"{API}/{version}/Flows/{flow_sid}/{COLLECTIONS[kind]}/{run_sid}/Steps/{sid}"
    return {
        "sid": sid,
        "account_sid": account_sid,
        "flow_sid": flow_sid,
        "execution_sid" if kind == "execution" else "engagement_sid": run_sid,
        "name": name,
        "context": {},
        "parent_step_sid": parent_step_sid,
        "transitioned_from": transitioned_from,
        "transitioned_to": transitioned_to,
        "type": type,
        "date_created": date_created,
        "date_updated": date_updated,
        "url": url,
        "links": {"step_context": f"{url}/Context"},
        **_further(f"{version}/{kind}_step", further),
    }


def context(version: str, account_sid: str, flow_sid: str, run_sid: str, data: Json, kind: str = "execution") -> Json:
    """The context of an Execution: the data gathered so far."""
    return {
        "account_sid": account_sid,
        "context": data,
        "flow_sid": flow_sid,
        f"{kind}_sid": run_sid,
        "url": f"{run_url(version, flow_sid, run_sid, kind)}/Context",
    }


def step_context(
    version: str,
    account_sid: str,
    flow_sid: str,
    run_sid: str,
    step_sid: str,
    data: Json,
    kind: str = "execution",
) -> Json:
    """The context of a Step: the data gathered up to it."""
    return {
        "account_sid": account_sid,
        "context": data,
        f"{kind}_sid": run_sid,
        "flow_sid": flow_sid,
        "step_sid": step_sid,
        "url": f"{run_url(version, flow_sid, run_sid, kind)}/Steps/{step_sid}/Context",
    }


def page(
    key: str,
    rows: list[Json],
    url: str,
    page_size: int,
    number: int,
    *,
    filters: str = "",
    token: str | None = None,
    previous: str | None = None,
    following: str | None = None,
) -> Json:
    """One page of a list.

    Args:
        key: the name of the list, such as ``"steps"``.
        rows: what is on the page.
        url: the list's url, without a query.
        page_size: how many fit on a page.
        number: the page's number, from 0.
        filters: further parameters, encoded, such as ``"status=active"``.
        token: the token that this page was asked for with.
        previous: the token of the page before, if there is one.
        following: the token of the page after, if there is one.
    """
    base = f"{url}?{filters}{'&' if filters else ''}PageSize={page_size}&Page="

    def link(at: int, with_token: str | None) -> str:
        return f"{base}{at}&PageToken={with_token}" if with_token else f"{base}{at}"

    return {
        "meta": {
            "page": number,
            "page_size": page_size,
            "first_page_url": link(0, None),
            "previous_page_url": link(number - 1, previous) if previous else None,
            "url": link(number, token),
            "next_page_url": link(number + 1, following) if following else None,
            "key": key,
        },
        key: rows,
    }
