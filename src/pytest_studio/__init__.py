"""pytest-studio: Twilio Studio's REST API, faked with state, for tests.

The public names are loaded when they are first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_studio.errors import (
        ChatError,
        ConformanceError,
        FlowDefinitionError,
        InvalidSid,
        MissingExtra,
        StudioDriftWarning,
        StudioFlowWarning,
        StudioRecordingWarning,
        StudioVerdict,
    )
    from pytest_studio.factories import PayloadFactory
    from pytest_studio.fake import FakeStudio
    from pytest_studio.schemas import assert_conforms
    from pytest_studio.wire import Request, Response

__version__ = "0.1.0"

__all__ = [
    "ChatError",
    "ConformanceError",
    "FakeStudio",
    "FlowDefinitionError",
    "InvalidSid",
    "MissingExtra",
    "PayloadFactory",
    "Request",
    "Response",
    "StudioDriftWarning",
    "StudioFlowWarning",
    "StudioRecordingWarning",
    "StudioVerdict",
    "assert_conforms",
]

_HOME = {
    "ChatError": "errors",
    "ConformanceError": "errors",
    "FlowDefinitionError": "errors",
    "InvalidSid": "errors",
    "MissingExtra": "errors",
    "StudioDriftWarning": "errors",
    "StudioFlowWarning": "errors",
    "StudioRecordingWarning": "errors",
    "StudioVerdict": "errors",
    "PayloadFactory": "factories",
    "FakeStudio": "fake",
    "assert_conforms": "schemas",
    "Request": "wire",
    "Response": "wire",
}


def __getattr__(name: str) -> Any:
    home = _HOME.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
