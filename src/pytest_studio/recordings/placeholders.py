"""Placeholders: what recorders, and people, put where a secret or a SID stood before a recording was kept."""

from __future__ import annotations

import re
from typing import Any

__all__ = ["found_in", "is_placeholder", "quoted", "stand_in", "stand_ins"]

_WORDS = (
    "FILTERED|REDACTED|SCRUBBED|MASKED|HIDDEN|REMOVED|SANITI[SZ]ED|ANONYMI[SZ]ED|OBFUSCATED|CENSORED|PLACEHOLDER|"
    "DUMMY|SECRET|EXAMPLE|FAKE|TEST|XXXX+"
)
#: A placeholder inside of a text. A SID's prefix before it belongs to it.
_PLACEHOLDER = re.compile(
    rf"""
    (?:[A-Z]{{2}})?(?:
        <%=?[^%<>]{{1,80}}%>                       # <%= flow_sid %>
      | <(?!(?:html|head|body|title|center|h1|p)>)[A-Za-z_][\w .:-]{{0,80}}>    # <FLOW_SID>, but no tag of HTML
      | %3C[A-Za-z_][\w .:-]{{0,80}}%3E            # the same, escaped
      | \$?\{{\{{[^{{}}]{{1,80}}\}}\}}             # {{{{flow_sid}}}}
      | %7B%7B(?:(?!%7D)[^/?#]){{1,80}}%7D%7D
      | [$\#]?\{{[A-Za-z_][\w .:-]{{0,80}}\}}      # {{flow_sid}}, ${{FLOW_SID}}
      | \[[A-Z][A-Z _-]{{2,40}}\]                  # [REDACTED]
      | [*]{{3,}} | [•●█]{{3,}}                    # ***
      | [xX]{{6,}}                                 # FWxxxxxxxx
    )
    | (?<![A-Za-z0-9]) __?[A-Z][A-Z0-9_]{{2,60}}__? (?![A-Za-z0-9])        # __FLOW_SID__
    | (?<![A-Za-z0-9]) (?:{_WORDS}) (?:[_-][A-Z0-9_-]{{1,60}})? (?![A-Za-z0-9_])   # FILTERED, FAKE_SID
    | (?<![A-Za-z0-9]) (?:[A-Z][A-Z0-9]*_)+
        (?:SID|TOKEN|KEY|ID|SECRET|URL|NUMBER|PHONE|ADDRESS|DATE|AUTH) (?![A-Za-z0-9_])
    """,
    re.VERBOSE,
)
_PREFIX = re.compile(r"[A-Z]{2}(?![A-Z_])")
_HEAD = re.compile(r"/(Flows|Executions|Engagements|Steps|Accounts|Revisions)/$")
_IN_PATH = {"Flows": "FW", "Executions": "FN", "Engagements": "FN", "Steps": "FT", "Accounts": "AC"}
_ZEROS = "0" * 32


def found_in(text: str) -> list[str]:
    """The placeholders in a text, in order."""
    return [found.group() for found in _PLACEHOLDER.finditer(text)]


def is_placeholder(value: object) -> bool:
    """Whether a value is a placeholder as a whole."""
    return isinstance(value, str) and len(value) < 200 and _PLACEHOLDER.fullmatch(value.strip()) is not None


def stand_in(text: str) -> str | None:
    """A text with something believable for each placeholder; None if there is nothing believable for one of them.

    ``FWxxxxxxxx`` and what follows ``/Flows/`` in a url become a Flow's SID, and so on.
    """
    parts, end = [], 0
    for found in _PLACEHOLDER.finditer(text):
        parts.append(text[end : found.start()])
        end = found.end()
        place = _HEAD.search("".join(parts))
        prefix = _PREFIX.match(found.group())
        if place is not None and place[1] == "Revisions":
            parts.append("1")
        elif prefix is not None or _masked_sid(found.group()):
            parts.append(found.group()[:2] + _ZEROS)
        elif place is not None:
            parts.append(_IN_PATH[place[1]] + _ZEROS)
        elif found.start() == 0 and text[end : end + 1] == "/":
            parts.append("https://studio.twilio.com")
        else:
            return None
    parts.append(text[end:])
    return "".join(parts)


def _masked_sid(text: str) -> bool:
    return re.fullmatch(r"[A-Z]{2}[xX]{6,}", text) is not None and not text.startswith(("XX", "xx"))


def quoted(text: str) -> str:
    """JSON with quotes round the placeholders that stand where a value does, as in ``"status": <STATUS>``."""
    return re.sub(
        rf"([:\[,]\s*)({_PLACEHOLDER.pattern})(?=\s*[,\]}}])",
        lambda found: f'{found[1]}"{found[2]}"',
        text,
        flags=re.VERBOSE,
    )


def stand_ins(payload: Any, pointers: dict[str, str | None]) -> Any:
    """A copy of a payload with other texts at some places; what is None there stays."""
    copy = payload
    for pointer, text in pointers.items():
        if text is not None:
            copy = _with(copy, [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]], text)
    return copy


def _with(value: Any, path: list[str], text: str) -> Any:
    if not path:
        return text
    if isinstance(value, list):
        at = int(path[0])
        return [*value[:at], _with(value[at], path[1:], text), *value[at + 1 :]]
    return {**value, path[0]: _with(value[path[0]], path[1:], text)}
