"""Which file a path means."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["path_of"]


def path_of(source: str | os.PathLike[str], root: Path | None = None) -> Path:
    """The file that a path names: from the working directory, then from ``root``.

    Raises:
        FileNotFoundError: it is in neither; the message has both.
    """
    given = Path(os.fspath(source))
    places = [given] if given.is_absolute() or root is None else [given, root / given]
    for place in places:
        if place.exists() and not place.is_dir():  # a file, or a pipe as of <(…)
            return place
    tried = " nor ".join(str(place.absolute()) for place in places)
    raise FileNotFoundError(f"there is no file {given}: {'neither ' if len(places) > 1 else ''}{tried}")
