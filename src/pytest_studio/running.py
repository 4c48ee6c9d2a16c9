"""Which test runs: the plugin says it, ``seeds`` asks for it. Empty, so that it costs a run nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Makes the running test's origin of randomness, once; None while no test runs.
origin: Callable[[], Any] | None = None

#: Counts what the runs of Flows cover (``flows.coverage.Recorder``) while ``--studio-flow-cov`` is on; else None.
coverage: Any = None


def rootdir() -> Path | None:
    """The root folder of the running test's suite; None while no test runs."""
    item = getattr(origin, "item", None)
    root = getattr(getattr(item, "config", None), "rootpath", None)
    return root if isinstance(root, Path) else None
