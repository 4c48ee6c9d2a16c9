"""Twilio's error catalogue as far as Studio uses it, and the exceptions this package raises."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_studio.flows.definitions.lint import Finding
    from pytest_studio.violations import Violation

__all__ = [
    "ApiError",
    "ChatError",
    "ConformanceError",
    "FlowDefinitionError",
    "InvalidSid",
    "MissingExtra",
    "StudioDriftWarning",
    "StudioFlowWarning",
    "StudioRecordingWarning",
    "StudioVerdict",
    "cause_of",
    "nearest",
]


class InvalidSid(ValueError):
    """A value is no SID, or a SID of another resource; the message says what is wrong and where."""


class ConformanceError(AssertionError):
    """A payload departs from the documented schema; ``.violations`` holds one entry for each fault."""

    def __init__(self, message: str, violations: tuple[Violation, ...] = ()) -> None:
        super().__init__(message)
        self.violations: tuple[Violation, ...] = violations


class StudioDriftWarning(UserWarning):
    """A response has a property that the schemas do not know: Twilio added it, or a stub invented it."""


class StudioRecordingWarning(UserWarning):
    """A recording has credentials in it, or placeholders where values belong."""


class StudioVerdict(AssertionError):
    """What a studio objects to although no answer said so: see ``FakeStudio.verify``."""


class ChatError(Exception):
    """A chat cannot go on, or not in this way; the message says what could be done, and shows the path so far.

    Args:
        why: what cannot be done, and why.
        remedy: what a test could do about it.
        way: the path so far.
    """

    def __init__(self, why: str, remedy: str = "", way: str = "") -> None:
        super().__init__("\n".join(filter(None, (": ".join(filter(None, (why, remedy))), way))))
        self.why: str = why
        self.remedy: str = remedy
        self.way: str = way


class FlowDefinitionError(ValueError):
    """A Flow Definition cannot be read, or cannot run.

    Attributes:
        findings: what is wrong with it, if it was read.
        line: where it ends to be JSON, from 1; None where that is not what is wrong.
    """

    def __init__(self, message: str, findings: tuple[Finding, ...] = (), line: int | None = None) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = findings
        self.line: int | None = line


class StudioFlowWarning(UserWarning):
    """Something in a Flow Definition that runs, and is probably not meant; ``.findings`` holds what."""

    def __init__(self, message: str, findings: tuple[Finding, ...] = ()) -> None:
        super().__init__(message)
        self.findings: tuple[Finding, ...] = findings


class MissingExtra(ImportError):
    """An optional dependency is not installed; the message has the command that installs it."""

    def __init__(self, what: str, package: str, extra: str) -> None:
        super().__init__(f"{what} needs {package}, which is not installed: pip install 'pytest-studio[{extra}]'")
        self._package = package
        self._extra = extra

    def of(self, what: str) -> MissingExtra:
        """The same of something else, such as the fixture that was asked for."""
        return MissingExtra(what, self._package, self._extra)


def cause_of(error: ImportError, *libraries: str) -> ImportError | None:
    """What is worth telling beside a ``MissingExtra``: nothing where one of these libraries is merely not there."""
    return None if isinstance(error, ModuleNotFoundError) and error.name in libraries else error


#: Twilio's code -> HTTP status and message, as far as Studio is known to use it.
CATALOGUE: dict[int, tuple[int, str]] = {
    20001: (400, "Missing required parameter {name} in the post body"),
    20003: (401, "Authenticate"),
    20004: (405, "Method not allowed"),
    20404: (404, "The requested resource {path} was not found"),
    20409: (
        409,
        "Execution {execution_sid} is already active for this contact. "
        "End the active Execution before creating a new one",
    ),
    20429: (429, "Too Many Requests"),
    20500: (500, "An error occurred"),
    20503: (503, "Service Unavailable"),
}


class ApiError(Exception):
    """An answer of 400 and over, in the envelope of every Twilio API.

    Args:
        status: HTTP status.
        code: Twilio's error code, as in https://www.twilio.com/docs/api/errors.
        message: what the client sees.
        details: the ``details`` object of the newer errors, or None.
        detail: the ``detail`` text that some 401 answers carry, or None.
        hint: what the failure report says and the wire does not: the nearest thing that would have worked.
    """

    def __init__(
        self,
        status: int,
        code: int,
        message: str,
        *,
        details: dict[str, Any] | None = None,
        detail: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status: int = status
        self.code: int = code
        self.message: str = message
        self.details: dict[str, Any] | None = details
        self.detail: str | None = detail
        self.hint: str | None = hint

    def payload(self) -> dict[str, Any]:
        """The JSON object of the answer, keys in the order of recorded answers."""
        body: dict[str, Any] = {"code": self.code}
        if self.detail is not None:
            body["detail"] = self.detail
        if self.details is not None:
            body["details"] = self.details
        body["message"] = self.message
        body["more_info"] = f"https://www.twilio.com/docs/errors/{self.code}"
        body["status"] = self.status
        return body

    def body(self) -> bytes:
        """The payload as bytes of JSON."""
        return json.dumps(self.payload()).encode("ascii")


def closest(name: str, known: Iterable[object]) -> str | None:
    """The known name closest to ``name``, ignoring case and underscores; None if none is close."""
    import difflib

    folded = {str(k).replace("_", "").lower(): str(k) for k in known}
    close = difflib.get_close_matches(str(name).replace("_", "").lower(), list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else None


def nearest(name: str, known: Iterable[object]) -> str:
    """`` (did you mean 'x'?)`` for the known name closest to ``name``; ``""`` if none is close."""
    close = closest(name, known)
    return f" (did you mean {close!r}?)" if close else ""
