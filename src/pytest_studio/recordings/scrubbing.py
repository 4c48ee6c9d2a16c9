"""What is written leaves without credentials: those that are known, and what is one by its name or its form.

``secrets`` hides what a message might show, and rather too much; here what is no credential has to stay as it is, for
it is read again.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

from pytest_studio.recordings.exchange import Headers
from pytest_studio.recordings.placeholders import found_in
from pytest_studio.recordings.secrets import HIDDEN, SECRET_HEADERS, harmless, is_secret_name
from pytest_studio.wire import parse_pairs

__all__ = ["Scrubber"]

#: Characters from which on a secret is looked for inside of texts: a shorter one may be a part of anything.
_LONG = 8
_HEX = re.compile(r"[0-9a-fA-F]{32}")
#: What is a credential by its form: user and password of a url, tokens of Authorization headers, JSON Web Tokens.
_FORMS = re.compile(
    r"""
    (?<=://)[^/?#\s@"':]*:[^/?#\s@"']+(?=@)
    | (?<=\bBasic\ )(?=[^\s]*[0-9=])[A-Za-z0-9+/=_-]{12,}
    | (?<=\bBearer\ )(?=[^\s]*[0-9])[A-Za-z0-9+/=_.~-]{12,}
    | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*
    """,
    re.VERBOSE,
)
#: One of these stands in each of them.
_SIGNS = ("://", "Basic ", "Bearer ", "eyJ")
#: A property with its value, in what is no JSON as a whole.
_PROPERTY = re.compile(r'("([\w .-]{1,80})"\s*:\s*")((?:[^"\\]|\\.)+)')


class Scrubber:
    """Puts ``[REDACTED]`` in place of credentials; all else stays as it is.

    Args:
        secrets: credentials that are known. They are found as parts of texts and of names, also escaped as in urls and
            in JSON; those of less than 8 characters only where they are a whole value.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._whole = frozenset(secret for secret in secrets if secret)
        self._spelled = {
            spelling
            for secret in self._whole
            if len(secret) >= _LONG
            for spelling in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1])
        }
        # What looks like a token may be the end of somebody's SID, which it is not.
        rules = [
            (r"(?<!\b[A-Z]{2})" if _HEX.fullmatch(each) else "") + re.escape(each)
            for each in sorted(self._spelled, key=lambda each: (-len(each), each))
        ]
        self._known = re.compile("|".join(rules)) if rules else None

    def text(self, text: str) -> str:
        """A text without the known secrets, and without what is a credential by its form; placeholders stay."""
        if text in self._whole:
            return HIDDEN
        text = self._name(text)
        # Most texts have nothing of the kind, and that is found out sooner without an expression.
        if not any(sign in text for sign in _SIGNS):
            return text
        return _FORMS.sub(lambda found: found[0] if found_in(found[0]) else HIDDEN, text)

    def value(self, value: Any) -> Any:
        """A JSON value likewise, at any depth, and without what its name says is a credential."""
        if isinstance(value, str):
            return self.body(value) if value[:1] in ("{", "[") else self.text(value)
        if isinstance(value, dict):
            return {self._name(name): self._named(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self.value(item) for item in value]
        return HIDDEN if _is_number(value) and str(value) in self._whole else value

    def _name(self, name: str) -> str:
        if self._known is None or not any(each in name for each in self._spelled):
            return name
        return self._known.sub(HIDDEN, name)

    def _named(self, name: str, item: Any) -> Any:
        if (isinstance(item, str) or _is_number(item)) and _tells(name) and not harmless(str(item)):
            return HIDDEN
        return self.value(item)

    def pairs(self, pairs: Headers) -> Headers:
        """The pairs of a form or query likewise."""
        return [(self._name(name), str(self._named(name, value))) for name, value in pairs]

    def form(self, text: str) -> str:
        """A form or query as it is written; another text only where there is something to hide."""
        given = parse_pairs(text)
        pairs = self.pairs(given)
        return text if pairs == given else urlencode(pairs)

    def body(self, text: str) -> str:
        """A body that is no form likewise: JSON as JSON, and what was to be JSON and breaks off."""
        if text.lstrip()[:1] not in ("{", "["):
            return self.text(text)
        try:
            given = json.loads(text)
            value = self.value(given)
            return self.text(text) if value == given else json.dumps(value)
        except (ValueError, RecursionError):
            return self.text(_PROPERTY.sub(self._property, text))

    def _property(self, found: re.Match[str]) -> str:
        return found[1] + (HIDDEN if self._named(found[2], found[3]) == HIDDEN else found[3])


@lru_cache(4096)
def _tells(name: str) -> bool:
    """Whether what goes by this name is a credential."""
    return is_secret_name(name) or name.lower() in SECRET_HEADERS


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
