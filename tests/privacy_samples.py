"""Ways in which a value gets into a text, and a studio that has one value."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, urlencode

from pytest_studio import FakeStudio

ESCAPES: dict[str, Callable[[str], str]] = {
    "as it is": lambda value: value,
    "JSON": json.dumps,
    "JSON with solidus": lambda value: json.dumps(value).replace("/", "\\/"),
    "JSON in JSON": lambda value: json.dumps({"body": json.dumps({"x": value})}),
    "JSON, not ASCII": lambda value: json.dumps(value, ensure_ascii=False),
    "a url's path": lambda value: quote(value, safe=""),
    "a form": lambda value: urlencode({"Body": value}),
    "JSON in a form": lambda value: urlencode({"Parameters": json.dumps({"name": value})}),
    "a form in a form": lambda value: urlencode({"x": urlencode({"Body": value})}),
    "repr": lambda value: repr({"Body": value}),
    "ascii": ascii,
    "bytes": lambda value: repr(value.encode()),
    "repr of JSON": lambda value: repr(json.dumps(value)),
    "HTML": html.escape,
    "XML": lambda value: html.escape(value).encode("ascii", "xmlcharrefreplace").decode(),
}


def holding(value: Any) -> FakeStudio:
    """A studio whose one Execution has a value in its context."""
    studio = FakeStudio(seed=1, now="2026-11-20T09:30:00Z")
    studio.add_execution(context={"widgets": {"ask": {"answers": [{"deep": value}]}}})
    return studio
