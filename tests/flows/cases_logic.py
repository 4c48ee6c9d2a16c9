"""What the widgets that decide and remember leave, event by event."""

from __future__ import annotations

from flow_parts import Case, decided, match, properties_of

BODY = "{{trigger.message.Body}}"
SUBFLOW = "FW0123456789abcdef0123456789abcdef"
RUNS = {"flow_sid": SUBFLOW, "flow_revision": "LatestPublished"}

CASES = [
    Case("split-based-on", "match", {}, {"input": BODY}, matches=(match("on_match", "equal_to", "HI", BODY),)),
    Case("split-based-on", "noMatch", {}, {"input": BODY}, matches=(match("on_match", "equal_to", "no", BODY),)),
    Case("set-variables", "next", {"retry_count": "0"}, {"variables": properties_of(("retry_count", "0"))}),
    Case("set-variables", "next", {}, {"variables": []}, also="none"),
    Case(
        "set-variables",
        "next",
        {"trimmed": "3", "nothing": "", "kept": "a b", "said": "hi"},
        {
            "variables": properties_of(
                ("trimmed", " {{ 1 | plus: 2 }} \n"), ("nothing", "{{flow.data.x}}"), ("kept", " a b "), ("said", BODY)
            )
        },
        also="as texts",
    ),
    Case(
        "set-variables",
        "next",
        {"object": {"a": [1, None]}, "number": 7, "nothing": ""},
        {
            "variables": properties_of(
                ("object", '{"a": [1, null]}'), ("number", " 7 "), ("nothing", "null"), type="json_object"
            )
        },
        also="as JSON",
    ),
    Case(
        "run-subflow",
        "completed",
        {"name": "Ada"},
        RUNS,
        before=decided("completed", {"name": "Ada"}),
    ),
    Case("run-subflow", "failed", {}, RUNS, before=decided("failed")),
]
