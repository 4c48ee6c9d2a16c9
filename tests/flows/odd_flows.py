"""Flow Definitions that Studio would take and that nobody would write, over all widget types; and broken ones."""

from __future__ import annotations

import copy
import json
import re
from functools import cache
from typing import Any

from hypothesis import strategies as st

from pytest_studio import schemas
from pytest_studio.flows.conditions import PREDICATES
from pytest_studio.widgets import TRIGGERS, TYPES, WIDGETS

Json = dict[str, Any]

#: Of the Flow that is run, of one that may be its subflow, and of none.
MAIN, OTHER, NOBODY = "FW" + "1" * 32, "FW" + "2" * 32, "FW" + "3" * 32
NAMES = ("ask", "a-1", "b c", "é.x", "Ended", "Trigger")
WORDS = (
    "",
    " ",
    "yes",
    "Yes.",
    "1",
    "12#",
    "-0.5",
    "9" * 400,
    "null",
    "[1]",
    '{"a": {"b": [1]}}',
    "STOP",
    "é\x00\ud800",
)
TEMPLATES = (
    "{{flow.data.x}}",
    "{{ widgets. \nask.inbound.Body }}",
    "{{widgets.a-1.parsed.a.b[0]}}",
    "{{widgets['b c'].Digits | default: 'none'}}",
    "{{trigger.message.Body}}{{trigger.conversation.Body}}",
    "{{contact.channel.address}}",
    "{{flow.variables.v| plus: 1}}",
    "{% if flow.variables.v %} {{flow.variables.v | plus: 1}} {% else %} 1 {% endif %}",
    "{{flow.variables.v}}{{flow.variables.v}}xx",
    "{% for i in (1..99) %}{{i}}{% endfor %}",
    "{% for w in widgets %}{{w | to_json}}{% endfor %}",
    "{{ 1 | divided_by: 0 }}",
    "{{ 'a' | no_such_filter }}",
    "{{ flow | to_json }}",
    "{{ widgets }}",
    "{{ 'now' | date: '%Y %Q' }}",
    "{{true}}",
    "{% raw %}{{ not this }}{% endraw %}",
    "{% assign a = 'xxxx' %}{% for i in (1..15) %}{% assign a = a | append: a %}{% endfor %}{{a}}",
)
URLS = (
    "https://example.com/a?b=1",
    "https://example.com/{{flow.data.x}}",
    "{{flow.data.x}}",
    "https://${DOMAIN}.example.com/x",
    "https://x.{{trigger.message.Body}}.example.com/",
    "http://[",
    "http://exa mple.com:99999/",
    "ftp://example.com",
    "https://user:pw@api.twilio.com/",
)
#: What patterns of the schemas let pass, beside templates.
SETTINGS = (
    *("custom", "content_template", "LatestPublished", "LatestRevision", "2", "30", "true", "false", "GET", "POST"),
    *("start", "stop", "number", "application/json;charset=utf-8", "${x}", "#", "DetectMessageEnd"),
)
#: Widget types; those that people have to do with more often.
KINDS = (*sorted(TYPES), *("gather-input-on-call", "send-and-wait-for-reply", "split-based-on", "run-subflow") * 4)

#: Free text has no braces: Liquid that does not parse is for broken definitions.
words = st.sampled_from(WORDS) | st.text(st.characters(exclude_characters="{"), max_size=8)
texts = st.sampled_from(TEMPLATES) | words
junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


@cache
def conforming(schema: str, name: str = "") -> st.SearchStrategy[Any]:
    """Values that a schema lets pass, given as JSON; ``name`` is that of the property."""
    rule: Json = json.loads(schema)
    if "enum" in rule:
        return st.sampled_from(rule["enum"])
    kinds = rule["type"] if isinstance(rule.get("type"), list) else [rule.get("type")]
    return st.one_of(*(_of_kind(kind, rule, name) for kind in kinds))


def _of_kind(kind: str | None, rule: Json, name: str) -> st.SearchStrategy[Any]:
    if kind == "string":
        return _strings(rule.get("pattern"), name)
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        return st.integers(rule.get("minimum", -3), rule.get("maximum", 10**12))
    if kind == "array":
        return st.lists(conforming(json.dumps(rule.get("items", {}))), max_size=rule.get("maxItems", 3))
    if kind == "object" and "properties" in rule:
        inner = {key: conforming(json.dumps(each), key) for key, each in rule["properties"].items() if key != "offset"}
        needed = {key: inner.pop(key) for key in rule.get("required", ())}
        return st.fixed_dictionaries(needed, optional=inner)
    return st.dictionaries(words, junk, max_size=3) if kind == "object" else junk


def _strings(pattern: str | None, name: str) -> st.SearchStrategy[str]:
    if name == "flow_sid":
        return st.sampled_from((OTHER, OTHER, OTHER, MAIN, NOBODY, "{{flow.data.x}}"))
    if name == "flow_revision":
        return st.sampled_from(("LatestPublished", "LatestPublished", "LatestRevision", "1", "7"))
    if name == "url":
        return st.sampled_from(URLS)
    if pattern is None:
        return texts
    return st.sampled_from([text for text in SETTINGS + TEMPLATES + WORDS if re.search(pattern, text)])


@cache
def properties(kind: str) -> st.SearchStrategy[Json]:
    """The properties of a widget type, as its schema lets them pass."""
    return conforming(json.dumps(schemas.load(f"widgets/{kind}")["properties"]["properties"]))


conditions = st.fixed_dictionaries(
    {
        "friendly_name": words,
        "arguments": st.lists(texts, min_size=1, max_size=1),
        "type": st.sampled_from(sorted(PREDICATES)),
        "value": texts | st.just("(a+)+b"),
    }
)


@st.composite
def transitions(draw: st.DrawFn, kind: str, names: tuple[str, ...]) -> list[Json]:
    """Most of a type's events, some twice, some of no type, each to somewhere or nowhere."""
    usual = tuple(TRIGGERS) if kind == "trigger" else WIDGETS[kind].events if kind in WIDGETS else ("done",)
    events = draw(st.lists(st.sampled_from((*usual, *usual, "hangup", "odd")), max_size=5))
    made = []
    for event in [*usual, *events] if draw(st.integers(0, 3)) else events:
        follower = draw(st.sampled_from((*names * 4, None, "")))
        one: Json = {"event": event} | ({} if follower is None else {"next": follower})
        if kind == "split-based-on" and event == "match":
            one["conditions"] = draw(st.lists(conditions, min_size=1, max_size=2))
        made.append(one)
    return made


@st.composite
def definitions(draw: st.DrawFn) -> Json:
    """Definitions that load: any widgets, any Liquid that parses, any wiring."""
    names = ("Start", *draw(st.lists(st.sampled_from(NAMES), unique=True, min_size=2, max_size=5)))
    kinds = ["trigger", *(draw(st.sampled_from(KINDS)) for _ in names[1:])]
    states = [
        {
            "name": name,
            "type": kind,
            "transitions": draw(transitions(kind, names[1:])),
            "properties": draw(properties(kind)),
        }
        for name, kind in zip(names, kinds, strict=True)
    ]
    made: Json = {"states": states, "initial_state": draw(st.sampled_from((*["Start"] * 9, names[1])))}
    if draw(st.booleans()):
        made["flags"] = {"allow_concurrent_calls": draw(st.booleans())}
    return made


@st.composite
def broken(draw: st.DrawFn) -> Any:
    """Definitions in which something is missing, or is something else."""
    made: Any = copy.deepcopy(draw(definitions()))
    for _ in range(draw(st.integers(1, 3))):
        at = made
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(at[key], (dict, list)) and draw(st.integers(0, 3)):
                at = at[key]
                continue
            if draw(st.booleans()):
                del at[key]
            else:
                at[key] = draw(junk)
            break
    return made
