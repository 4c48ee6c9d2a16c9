"""Event Streams: what happened, as CloudEvents, and where they are sent."""

from __future__ import annotations

from pytest_studio.fake.core import Core

__all__ = ["Notifying"]


class Notifying(Core):
    """``events``, ``sink`` and ``sign``."""
