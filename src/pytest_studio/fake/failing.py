"""What goes wrong with Studio: faults, answers of the test's own, and the passing of time."""

from __future__ import annotations

from pytest_studio.fake.core import Core

__all__ = ["Failing"]


class Failing(Core):
    """``fail``, ``slow``, ``rate_limit``, ``lose_steps``, ``delay_step``, ``answer`` and ``advance``."""
