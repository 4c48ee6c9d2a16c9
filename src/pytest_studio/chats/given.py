"""What a test hands in, checked and copied, so that a run has it as it was, and as JSON has it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pytest_studio import webhooks
from pytest_studio.flows.situation import Json
from pytest_studio.wire import read_json

__all__ = ["address", "members", "text", "urls", "webhook"]

#: Parameters of a webhook that are JSON, which Studio parses: https://www.twilio.com/docs/studio/widget-library/send-flex.
PARSED = frozenset(("AddOns", "ChannelAttributes"))


def members(given: Mapping[str, Any] | None, what: str) -> Json:
    """A copy of a JSON object; ``{}`` of None.

    Raises:
        TypeError: it is none; ``what`` names it.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise TypeError(f"{what} is a dict, not {type(given).__name__}: {given!r:.60}")
    try:
        found: Json = json.loads(json.dumps(dict(given), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise TypeError(f"{what} is what JSON can hold: {error}") from None
    return found


def webhook(given: Mapping[str, Any]) -> Json:
    """Parameters of a webhook: texts, as they come over the wire, or objects as Studio parses them; None is left out.

    Raises:
        TypeError: JSON could not hold them, or one has an argument of its own.
    """
    if not given:
        return {}
    for name in given:
        argument = webhooks.argument_for(name)
        if argument is not None:
            raise TypeError(f"{name}= is no further parameter of the webhook: say {argument}=")
    found = members(given, "a parameter of the webhook")
    return {name: _received(name, value) for name, value in found.items() if value is not None}


def _received(name: str, value: Any) -> Any:
    """A parameter of a webhook as it stands in a context."""
    if name in PARSED and isinstance(value, str):
        try:
            found = read_json(value)
        except ValueError:
            return value
        return found if isinstance(found, (dict, list)) else value
    return value if isinstance(value, (str, dict, list)) else json.dumps(value)


def address(given: str | None, what: str) -> str | None:
    """An address of a person, or of Twilio; None if it is left out.

    Raises:
        TypeError: it is no text.
        ValueError: it is empty.
    """
    if given is None:
        return None
    if not isinstance(given, str):
        raise TypeError(f"{what} is an address as text, such as '+15550100001', not {given!r:.60}")
    if not given.strip():
        raise ValueError(f"{what} is an address such as '+15550100001', not {given!r:.60}; leave it out for a new one")
    return given


def text(given: str, what: str) -> str:
    """A text.

    Raises:
        TypeError: it is none.
    """
    if not isinstance(given, str):
        raise TypeError(f"{what} is a text, not {type(given).__name__}: {given!r:.60}")
    return given


def urls(given: Sequence[str]) -> list[str]:
    """Urls of media.

    Raises:
        TypeError: it is no list of texts.
    """
    if isinstance(given, str) or not isinstance(given, Sequence) or not all(isinstance(url, str) for url in given):
        shown = [given] if isinstance(given, str) else ["https://…"]
        raise TypeError(f"media is a list of urls, as in {shown!r:.80}, not {given!r:.60}")
    return list(given)
