"""pytest-studio: Twilio Studio's REST API, faked with state, for tests.

The public names are loaded when they are first used: importing this package costs next to nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat
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
    from pytest_studio.events import Events, Sink
    from pytest_studio.factories import PayloadFactory
    from pytest_studio.fake import FakeStudio
    from pytest_studio.flows.exploring.explore import Exploration
    from pytest_studio.flows.replaying.replay import Replay
    from pytest_studio.journal import Call, Calls
    from pytest_studio.resources import Engagement, Execution, Flow, FlowRevision, Step
    from pytest_studio.schemas import SchemaRegistry, assert_conforms
    from pytest_studio.serving.proxy import StudioProxy
    from pytest_studio.serving.server import StudioServer
    from pytest_studio.violations import Violation
    from pytest_studio.wire import Request, Response

__version__ = "0.1.0"

__all__ = [
    "Call",
    "Calls",
    "Chat",
    "ChatError",
    "ConformanceError",
    "Engagement",
    "Events",
    "Execution",
    "Exploration",
    "FakeStudio",
    "Flow",
    "FlowDefinitionError",
    "FlowRevision",
    "InvalidSid",
    "MissingExtra",
    "PayloadFactory",
    "Replay",
    "Request",
    "Response",
    "SchemaRegistry",
    "Sink",
    "Step",
    "StudioDriftWarning",
    "StudioFlowWarning",
    "StudioProxy",
    "StudioRecordingWarning",
    "StudioServer",
    "StudioVerdict",
    "Violation",
    "assert_conforms",
]

#: Module -> the public names that it defines.
_HOMES = {
    "chats.chat": ("Chat",),
    "errors": (
        "ChatError",
        "ConformanceError",
        "FlowDefinitionError",
        "InvalidSid",
        "MissingExtra",
        "StudioDriftWarning",
        "StudioFlowWarning",
        "StudioRecordingWarning",
        "StudioVerdict",
    ),
    "events": ("Events", "Sink"),
    "factories": ("PayloadFactory",),
    "fake": ("FakeStudio",),
    "flows.exploring.explore": ("Exploration",),
    "flows.replaying.replay": ("Replay",),
    "journal": ("Call", "Calls"),
    "resources": ("Engagement", "Execution", "Flow", "FlowRevision", "Step"),
    "schemas": ("SchemaRegistry", "assert_conforms"),
    "serving.proxy": ("StudioProxy",),
    "serving.server": ("StudioServer",),
    "violations": ("Violation",),
    "wire": ("Request", "Response"),
}
_HOME = {name: home for home, names in _HOMES.items() for name in names}

if not TYPE_CHECKING:  # or a type checker would take any name for one of ours

    def __getattr__(name: str) -> Any:
        home = _HOME.get(name)
        if home is None:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from importlib import import_module

        value = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
