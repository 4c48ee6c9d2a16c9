"""Validating a Step: ``schemas.validate`` beside a ``jsonschema`` validator that is kept, and beside jsonschema-rs.

Run: ``python benchmarks/validation.py`` (half a minute): once as on a plain install, once with ``[fast]``, each in a
process of its own. The peers get the same schema, written inline. What each of them refuses is printed as well: a
``uri`` is not checked by ``jsonschema`` unless further packages are installed.
"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from _common import HEX, budget, compare, peer, repeat, step, verdict

HEX32 = "[0-9a-fA-F]{32}"
HOST = r"^https://studio(\.[a-z0-9-]+){0,2}\.twilio\.com"
URL = f"{HOST}/v2/Flows/FW{HEX32}/Executions/FN{HEX32}/Steps/FT{HEX32}"


def _sid(prefix: str, *types: str) -> dict[str, Any]:
    # a length beside the pattern, as OpenAPI documents have it, would report one fault twice
    return {"type": list(types) or "string", "pattern": f"^{prefix}{HEX32}$"}


SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "additionalProperties": False,
    "required": [
        "sid", "account_sid", "flow_sid", "execution_sid", "name", "context", "transitioned_from", "transitioned_to",
        "date_created", "date_updated", "url", "links",
    ],
    "properties": {
        "sid": _sid("FT"),
        "account_sid": _sid("AC"),
        "flow_sid": _sid("FW"),
        "execution_sid": _sid("FN"),
        "parent_step_sid": _sid("FT", "string", "null"),
        "name": {"type": "string"},
        "context": {"type": "object"},
        "transitioned_from": {"type": "string"},
        "transitioned_to": {"type": "string"},
        "type": {"type": ["string", "null"]},
        "date_created": {"type": "string", "format": "date-time"},
        "date_updated": {"type": ["string", "null"], "format": "date-time"},
        "url": {"type": "string", "format": "uri", "pattern": f"{URL}$"},
        "links": {
            "type": "object",
            "additionalProperties": False,
            "required": ["step_context"],
            "properties": {"step_context": {"type": "string", "format": "uri", "pattern": f"{URL}/Context$"}},
        },
    },
}  # fmt: skip
CORRUPT = {
    "a short SID": {"sid": "FT1"},
    "a SID of the wrong kind": {"flow_sid": f"FN{HEX}"},
    "a date with a space": {"date_created": "2017-11-06 12:00:00Z"},
    "a day that is not in the calendar": {"date_created": "2017-02-29T12:00:00Z"},
    "a url of another host": {"url": "https://example.com/"},
    "a uri with a blank": {"links": {"step_context": "https://studio.twilio.com/v2/Flows/ /Context"}},
    "an unknown property": {"colour": "red"},
}
KEPT = "jsonschema, validator kept"
OURS = "schemas.validate"
RS = "jsonschema-rs, validator kept"


def measure(kind: str) -> None:
    """One table; its last line has the ratio to jsonschema and the microseconds."""
    if kind == "plain":
        sys.modules["jsonschema_rs"] = None  # type: ignore[assignment]
    from jsonschema import Draft202012Validator

    from pytest_studio import ConformanceError, schemas

    payload = step(3)
    validator = Draft202012Validator(SCHEMA, format_checker=Draft202012Validator.FORMAT_CHECKER)
    bare = Draft202012Validator(SCHEMA)
    name = "v2/execution_step"
    cases = {
        KEPT: (repeat(lambda: validator.validate(payload)), 200),
        "the same, formats not checked": (repeat(lambda: bare.validate(payload)), 200),
        OURS: (repeat(lambda: schemas.validate(payload, name)), 200 if kind == "plain" else 3000),
    }
    fast = None if kind == "plain" else peer("jsonschema_rs")
    if fast is not None:
        other = fast.Draft202012Validator(SCHEMA, validate_formats=True)
        cases[RS] = (repeat(lambda: other.validate(payload)), 3000)
    figures = compare(f"one Step, {kind} install", cases, rounds=25)

    def ours(value: Any) -> bool:
        try:
            schemas.validate(value, name)
        except ConformanceError:
            return False
        return True

    let_through = {
        "jsonschema": [what for what, change in CORRUPT.items() if validator.is_valid({**payload, **change})],
        "schemas.validate": [what for what, change in CORRUPT.items() if ours({**payload, **change})],
    }
    for who, passed in let_through.items():
        print(f"{who} lets through: {', '.join(passed) or 'none of the corrupted payloads'}")
    print("figures", figures[OURS].ratio, figures[OURS].median)


def main() -> None:
    """Print both tables and the budgets."""
    for kind in ("plain", "fast"):
        output = subprocess.run([sys.executable, __file__, kind], check=True, stdout=subprocess.PIPE, text=True).stdout
        shown, _, figures = output.rpartition("figures ")
        print(shown.rstrip())
        ratio, microseconds = map(float, figures.split())
        if kind == "plain":
            budget("schemas.validate of a Step, plain install", ratio, 1.3, "x jsonschema")
        elif peer("jsonschema_rs") is not None:
            budget("schemas.validate of a Step, with [fast]", microseconds, 8, "us")
    verdict("jsonschema", "jsonschema_rs")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1])
    else:
        main()
