"""Which test runs: the plugin says it, ``seeds`` asks for it. Empty, so that it costs a run nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

#: Makes the running test's origin of randomness, once; None while no test runs.
origin: Callable[[], Any] | None = None
