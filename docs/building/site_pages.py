"""Pages of the site that stand elsewhere in the repository, and links between them.

Written once, read twice: a link such as ``../CHANGELOG.md`` works where the repository is shown, and leads to the page
of the site that was made of that file. The files of the examples are on the site as they are, to be saved. A file that
the site does not have is only named, unless ``repo_url`` is set.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]

#: Page of the site -> the repository's file that it is made of.
TAKEN_IN = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "architecture.md": "ARCHITECTURE.md",
    "security.md": "SECURITY.md",
    "conduct.md": "CODE_OF_CONDUCT.md",
    "benchmarks.md": "benchmarks/README.md",
    "examples.md": "examples/README.md",
}
#: The files under ``examples/`` that the site has, too, under the same paths: whoever reads it need not have a clone.
EXAMPLES = ("*.py", "*.ini", "*.txt", "*/*.py", "*/*.json")
#: What stands for the README, which says the same in other words.
START = "index.md"

_LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)\)")
_FENCE = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)


def is_there(page: str) -> bool:
    """Whether the repository has the file that a page is made of."""
    return (REPOSITORY / TAKEN_IN[page]).exists()


def downloads() -> list[str]:
    """The files that the site has as they are: paths from the top of the repository, and on the site."""
    found = {path.relative_to(REPOSITORY) for pattern in EXAMPLES for path in REPOSITORY.glob(f"examples/{pattern}")}
    return sorted(path.as_posix() for path in found if not any(part.startswith(".") for part in path.parts))


def linked(markdown: str, page: str, repo_url: str | None = None) -> tuple[str, list[str]]:
    """A page's text with links as the site has them, and the targets that are nowhere.

    Args:
        markdown: the text as it is written.
        page: the page's path in the site's folder, such as ``"guides/webhooks.md"``.
        repo_url: where the repository is shown, for files that are no pages; None: they are named, without a link.
    """
    at = TAKEN_IN.get(page, f"docs/{page}")
    dead: list[str] = []
    saved = downloads()

    def put(found: re.Match[str]) -> str:
        target, _, anchor = found["target"].partition("#")
        if not target or "://" in target or target.startswith("mailto:"):
            return found[0]
        meant = posixpath.normpath(posixpath.join(posixpath.dirname(at), target))
        to = _page_of(meant)
        if to is not None:
            to = posixpath.relpath(to, posixpath.dirname(page) or ".")
            return f"[{found['text']}]({to}{'#' + anchor if anchor else ''})"
        if meant in saved:
            to = posixpath.relpath(meant, posixpath.dirname(page) or ".")
            return f"[{found['text']}]({to}){{download={posixpath.basename(meant)}}}"
        if not (REPOSITORY / meant).exists():
            dead.append(found["target"])
        return f"[{found['text']}]({repo_url.rstrip('/')}/blob/main/{meant})" if repo_url else found["text"]

    parts = _FENCE.split(markdown)
    return "".join(part if at % 2 else _LINK.sub(put, part) for at, part in enumerate(parts)), dead


def _page_of(meant: str) -> str | None:
    """The site's page of a file of the repository, if it has one."""
    if meant == "README.md":
        return START
    taken = next((page for page, source in TAKEN_IN.items() if source == meant), None)
    if taken is not None and is_there(taken):
        return taken
    if meant.startswith("docs/"):
        return meant.removeprefix("docs/")
    return None
