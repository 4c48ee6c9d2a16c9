"""Data in and out: recordings, dumps, comparisons, and what may not leave."""

from __future__ import annotations

from pytest_studio.fake.core import Core

__all__ = ["Sharing"]


class Sharing(Core):
    """``load``, ``dump``, ``assert_deployed`` and ``assert_no_pii``."""
