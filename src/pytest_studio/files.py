"""Which file a path means."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["path_of"]


def path_of(source: str | os.PathLike[str], root: Path | None = None) -> Path:
    """The file that a path names: from the working directory, then from ``root``.

    Raises:
        FileNotFoundError: it is in neither, and the message has both; or it is a folder.
    """
    given = Path(os.fspath(source))
    places = [given] if given.is_absolute() or root is None else [given, root / given]
    for place in places:
        if place.exists() and not place.is_dir():  # a file, or a pipe as of <(…)
            return place
    if any(place.is_dir() for place in places):
        raise FileNotFoundError(f"{given} is a folder, where a file is meant")
    tried = list(dict.fromkeys(os.path.abspath(place) for place in places))  # often the same: one runs in the root
    raise FileNotFoundError(f"there is no file {given}: {'neither ' if len(tried) > 1 else ''}{' nor '.join(tried)}")
