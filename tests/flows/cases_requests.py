"""What the widgets that ask another server leave, event by event."""

from __future__ import annotations

from flow_parts import Case, answered, properties_of

ASKS = {"method": "GET", "url": "https://example.com/", "content_type": "application/json;charset=utf-8"}
CALLS = {"url": "https://example.twil.io/f", "parameters": properties_of(("name", "{{trigger.message.Body}}"))}
EMPTY = {"body": "", "content_type": "text/plain", "status_code": 200}
OBJECT = {"body": '{"a": 1}', "content_type": "application/json", "parsed": {"a": 1}, "status_code": 200}
GONE = {"body": '{"e": {}}', "content_type": "application/json", "parsed": {"e": {}}, "status_code": 410}
#: What a Function's answer has besides.
RAN = {"headers": {"x-twilio-function-concurrency": "1"}}
LARGE = "x" * 65_536

#: What decides the same way for both: what is answered, and what is left.
ALIKE = [
    ("an object", answered(json={"a": 1}), OBJECT),
    ("an array", answered(json=[1]), {**EMPTY, "body": "[1]", "content_type": "application/json"}),
    ("no JSON", answered(body="{", content_type="application/json"), {**OBJECT, "body": "{", "parsed": None}),
    ("a text of JSON", answered(body='{"a": 1}'), {**EMPTY, "body": '{"a": 1}'}),
    ("a charset", answered(body='{"a": 1}', content_type="application/json; charset=utf-8"), OBJECT),
    ("no content", answered(204), {"body": "", "status_code": 204}),
    ("64 kB", answered(body=LARGE), {**EMPTY, "body": LARGE}),
]

CASES = [
    Case("make-http-request", "success", EMPTY, ASKS, before=answered()),
    *(
        Case(
            "make-http-request",
            "success",
            {name: value for name, value in leaves.items() if value is not None},
            ASKS,
            before=before,
            also=also,
        )
        for also, before, leaves in ALIKE
    ),
    Case("make-http-request", "failed", GONE, ASKS, before=answered(410, json={"e": {}})),
    Case("make-http-request", "failed", {**EMPTY, "status_code": 302}, ASKS, before=answered(302), also="unfollowed"),
    Case("make-http-request", "failed", {}, ASKS, before=answered(body=LARGE + "x"), also="over 64 kB"),
    *(
        Case(
            type,
            "success",
            {**{name: value for name, value in leaves.items() if value is not None}, **RAN},
            CALLS,
            before=before,
            also=also,
        )
        for type in ("run-function", "run-function-v2")
        for also, before, leaves in [("", answered(), EMPTY), *ALIKE]
    ),
    *(
        case
        for type in ("run-function", "run-function-v2")
        for case in (
            Case(type, "success", {**EMPTY, **RAN, "status_code": 302}, CALLS, before=answered(302), also="unfollowed"),
            Case(type, "fail", {**GONE, **RAN}, CALLS, before=answered(410, json={"e": {}}), warnings=(81010,)),
            Case(type, "fail", {}, CALLS, before=answered(body=LARGE + "x"), warnings=(81010,), also="over 64 kB"),
        )
    ),
]
