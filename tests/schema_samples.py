"""Good payloads for every schema, and every way of spoiling them in one place."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from pytest_studio.schemas import load, names

AC, FW, FN, FT, FC, US, CA = (prefix + "0123456789abcdef" * 2 for prefix in ("AC", "FW", "FN", "FT", "FC", "US", "CA"))
API = "https://studio.twilio.com"
NOON = "2024-02-29T12:00:00Z"


def run_samples(version: str, word: str, folder: str) -> dict[str, dict[str, Any]]:
    """A payload of an Execution or Engagement, and of what hangs on it, by schema name."""
    base = f"{API}/{version}/Flows/{FW}/{folder}"
    one, step = f"{base}/{FN}", f"{base}/{FN}/Steps/{FT}"
    dates = {"date_created": NOON, "date_updated": None}
    mine = {"account_sid": AC, "flow_sid": FW}
    run = {
        **mine,
        **dates,
        "sid": FN,
        "contact_sid": FC,
        "contact_channel_address": "whatsapp:+15550100001",
        "context": {},
        "status": "active",
        "url": one,
        "links": {"steps": f"{one}/Steps", f"{word}_context": f"{one}/Context"},
    }
    if version == "v2":
        run |= {"flow_version": 3, "initiated_by": CA}
    mine[f"{word}_sid"] = FN
    row = {
        **mine,
        **dates,
        "sid": FT,
        "name": "incomingMessage",
        "context": {},
        "parent_step_sid": None,
        "transitioned_from": "Trigger",
        "transitioned_to": "ask_age",
        "type": "trigger",
        "url": step,
        "links": {"step_context": f"{step}/Context"},
    }
    grown = {"widgets": {"ask_age": {"inbound": {"Body": "42"}}}, "flow": {"sid": FN}}
    return {
        f"{version}/{word}": run,
        f"{version}/{word}_page": page(base, f"{word}s", run),
        f"{version}/{word}_context": {**mine, "context": grown, "url": f"{one}/Context"},
        f"{version}/{word}_step": row,
        f"{version}/{word}_step_page": page(f"{one}/Steps", "steps", row),
        f"{version}/{word}_step_context": {**mine, "step_sid": FT, "context": grown, "url": f"{step}/Context"},
    }


def page(url: str, key: str, *items: dict[str, Any]) -> dict[str, Any]:
    """A second page that has a next one."""
    token = f"PT{FT}"
    meta = {
        "page": 1,
        "page_size": 50,
        "first_page_url": f"{url}?PageSize=50&Page=0",
        "previous_page_url": f"{url}?PageSize=50&Page=0&PageToken={token}",
        "url": f"{url}?PageSize=50&Page=1&PageToken={token}",
        "next_page_url": None,
        "key": key,
    }
    return {"meta": meta, key: list(items)}


def flow_samples() -> dict[str, dict[str, Any]]:
    """A payload of a Flow, and of what belongs to it, by schema name."""
    v1, v2 = f"{API}/v1/Flows/{FW}", f"{API}/v2/Flows/{FW}"
    flow = {"sid": FW, "account_sid": AC, "friendly_name": "Booking", "status": "draft", "date_created": NOON}
    flow["date_updated"] = "2024-03-01T00:00:00.123+01:00"
    old = {**flow, "version": 2, "url": v1, "links": {k: f"{v1}/{k.title()}" for k in ("engagements", "executions")}}
    revision = {**flow, "author_sid": US, "definition": {"states": []}, "revision": 2, "commit_message": "second try"}
    revision |= {"valid": True, "errors": None, "url": f"{v2}/Revisions/2"}
    links = {"test_users": f"{v2}/TestUsers", "revisions": f"{v2}/Revisions", "executions": f"{v2}/Executions"}
    hook = f"https://webhooks.twilio.com/v1/Accounts/{AC}/Flows/{FW}"
    new = {**revision, "warnings": [], "url": v2, "webhook_url": hook, "links": links}
    listed = {**new, "definition": None, "valid": None, "commit_message": None, "warnings": None}
    return {
        "v1/flow": old,
        "v1/flow_page": page(f"{API}/v1/Flows", "flows", old),
        "v2/flow": new,
        "v2/flow_page": page(f"{API}/v2/Flows", "flows", listed),
        "v2/flow_revision": revision,
        "v2/flow_revision_page": page(f"{v2}/Revisions", "revisions", revision),
        "v2/flow_validate": {"valid": True},
        "v2/test_users": {"sid": FW, "test_users": ["+15550100001"], "url": f"{v2}/TestUsers"},
    }


def event_samples() -> dict[str, dict[str, Any]]:
    """The events of an Execution's end and of a Step's, by schema name."""
    exact = NOON.replace("Z", ".000Z")
    mine = {"account_sid": AC, "flow_sid": FW, "execution_sid": FN, "date_created": exact}
    run = {
        **mine,
        "contact_channel_address": "whatsapp:+15550100001",
        "status": "ended",
        "ended_reason": "FLOW_END",
        "date_updated": exact,
        "started_by": CA,
        "flow_revision": 3,
    }
    step = {
        **mine,
        "step_sid": FT,
        "parent_step_sid": None,
        "name": "incomingMessage",
        "transitioned_from": "Trigger",
        "transitioned_to": "ask_age",
    }

    def event(what: str, schema: str, data: dict[str, Any]) -> dict[str, Any]:
        return {
            "specversion": "1.0",
            "type": f"com.twilio.studio.flow.{what}.ended",
            "source": f"/v2/Flows/{FW}/Executions/{FN}",
            "id": "EZ" + "0123456789abcdef" * 2,
            "dataschema": f"https://events-schemas.twilio.com/Studio.{schema}",
            "datacontenttype": "application/json",
            "time": exact,
            "data": data,
        }

    return {
        "events/flow_execution_event": event("execution", "FlowExecutionEvent/2", run),
        "events/flow_step_event": event("step", "FlowStepEvent/1", step),
    }


def sample_of(rule: dict[str, Any]) -> Any:
    """A value that has every property which the schema of a widget lists."""
    if "properties" in rule or "items" in rule:
        inner = {name: sample_of(each) for name, each in rule.get("properties", {}).items()}
        return inner if "properties" in rule else [sample_of(rule["items"])]
    if "const" in rule or "enum" in rule:
        return rule.get("const") or rule["enum"][0]
    types = rule.get("type", "string")
    kind = types if isinstance(types, str) else types[0]
    values = {"integer": 5, "number": 1.5, "boolean": True, "array": [], "object": {}}
    return values.get(kind, "{{flow.data.value}}")


def definition_samples() -> dict[str, dict[str, Any]]:
    """A small Flow, and a widget of each type with every property that it has, by schema name."""
    kinds = [name for name in names() if name.startswith("widgets/")]
    definition = sample_of(load("flow_definition"))
    definition["states"][0] |= {"name": "Trigger", "type": "trigger", "properties": {}}
    return {"flow_definition": definition, **{name: sample_of(load(name)) for name in kinds}}


SAMPLES: dict[str, dict[str, Any]] = {
    **definition_samples(),
    **event_samples(),
    **flow_samples(),
    **run_samples("v1", "execution", "Executions"),
    **run_samples("v1", "engagement", "Engagements"),
    **run_samples("v2", "execution", "Executions"),
    "error": {
        "code": 20409,
        "detail": "more of it",
        "details": {"conflicting_execution_sid": FN},
        "message": "That contact is busy",
        "more_info": "https://www.twilio.com/docs/errors/20409",
        "status": 409,
    },
}
STEP = SAMPLES["v2/execution_step"]
STEP_URL = STEP["url"]


class Property(NamedTuple):
    """One property of a payload: where it is, its schema, the object it stands in, what that object's schema says."""

    pointer: str
    name: str
    rule: Any
    parent: Any
    required: bool
    closed: bool


def properties(schema: Any, payload: Any, pointer: str = "") -> Iterator[Property]:
    """Every property at every depth."""
    if isinstance(payload, list):
        for index, item in enumerate(payload):
            yield from properties(schema.get("items", {}), item, f"{pointer}/{index}")
    for name, rule in schema.get("properties", {}).items() if isinstance(payload, dict) else ():
        required, closed = name in schema["required"], schema["additionalProperties"] is False
        yield Property(f"{pointer}/{name}", name, rule, payload, required, closed)
        yield from properties(rule, payload[name], f"{pointer}/{name}")


#: Names of JSON's types -> what Python makes of values.
KINDS = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def wrong_values(rule: dict[str, Any], value: Any) -> Iterator[Any]:
    """Values that a property with that schema, and now that value, must not have."""
    types = rule.get("type", [])
    types = [types] if isinstance(types, str) else types
    allowed = [kind for name in types for kind in KINDS[name]]
    yield from (wrong for wrong in of_wrong_type(types) if type(wrong) not in allowed)
    yield from of_wrong_value(rule, value)


def of_wrong_type(types: list[str]) -> Iterator[Any]:
    """Values that go for one of several types and may be right for another."""
    if "null" not in types:
        yield None
    if "string" in types:
        yield from (17, ["x"], True)
    if "object" in types:
        yield from ("{}", [])
    if "array" in types:
        yield from ("[]", {})
    if "integer" in types:
        yield from ("1", True, 1.5, float("nan"))
    if "boolean" in types:
        yield from (1, "true")
    if "number" in types:
        yield from ("1", True)


def of_wrong_value(rule: dict[str, Any], value: Any) -> Iterator[Any]:
    """Values of the right type that the schema refuses."""
    if "enum" in rule or "const" in rule:
        yield "other"
    if rule.get("pattern", "").endswith(r"\$\{"):
        yield from ("no such value", "5 s", "{5}")
    if "minItems" in rule:
        yield []
    if "maxItems" in rule:
        yield value * (rule["maxItems"] + 1)
    yield from [low - 1 for low in [rule.get("minimum")] if low is not None]
    yield from [high + 1 for high in [rule.get("maximum")] if high is not None]
    if prefix := re.match(r"\^([A-Z]{2})\[", rule.get("pattern", "")):
        sid = prefix[1] + "0123456789abcdef" * 2
        yield from ("SK" + sid[2:], sid[:-1], sid + "0", sid + "\n", sid[:-1] + "g", sid.lower(), "", "x" * 10**5)
    if rule.get("format") == "date-time":
        yield from (
            NOON[:-1],
            NOON.replace("T", " "),
            NOON + "\n",
            NOON.replace("2024", "٢٠٢٤"),
            "0000-01-01T00:00:00Z",
        )
        yield from ("2023-02-29T12:00:00Z", "2024-13-01T12:00:00Z", "2024-01-01T25:00:00Z", "2024-01-01", "soon")
    if rule.get("format") == "uri":
        yield from ("nowhere", "https://a b/", "", "https://x.example/%zz", "https:///path")
    if rule.get("format") == "uri" and isinstance(value, str) and "pattern" in rule:
        yield from (value.replace("twilio.com", "example.com"), value.replace("twilio.com", "twilio.com.example.com"))
        yield from (value.replace("https", "ftp"), value + "\n", value + "/x y")
        if "/Flows" in value:
            yield value.replace("/Flows", "/Flow")


class Corruption(NamedTuple):
    """One fault in an otherwise good payload."""

    pointer: str
    payload: Any
    kind: str


@cache
def corruptions(name: str) -> tuple[Corruption, ...]:
    """Each payload that departs from the schema in one way; shared, not to be changed."""
    return tuple(_corruptions(name))


def _corruptions(name: str) -> Iterator[Corruption]:

    def with_change(pointer: str, change: Any) -> Any:
        payload = copy.deepcopy(SAMPLES[name])
        *parents, last = pointer.split("/")[1:]
        target: Any = payload
        for part in parents:
            target = target[int(part)] if isinstance(target, list) else target[part]
        change(target, last)
        return payload

    for pointer, key, rule, parent, required, closed in properties(load(name), SAMPLES[name]):
        if required:
            yield Corruption(pointer, with_change(pointer, lambda target, last: target.pop(last)), "missing")
        surplus = f"{pointer}_x"
        if closed:
            yield Corruption(surplus, with_change(surplus, lambda target, last: target.update({last: 1})), "unknown")
        for value in wrong_values(rule, parent[key]):
            yield Corruption(pointer, with_change(pointer, lambda t, last, v=value: t.update({last: v})), "wrong")
    for payload in (None, [], "text", 5, True):
        yield Corruption("", payload, "wrong")
