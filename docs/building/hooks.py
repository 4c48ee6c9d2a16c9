"""What MkDocs calls while it builds the site: pages made of the repository's own files, tables made from the code."""

from __future__ import annotations

import logging
from typing import Any

import site_pages
import site_tables
from mkdocs.structure.files import File, Files, InclusionLevel

#: The last entry of the navigation: what the project says of itself.
PROJECT = ("changelog.md", "contributing.md", "conduct.md", "security.md", "architecture.md", "examples.md")

_log = logging.getLogger("mkdocs.hooks.pytest_studio")


def on_config(config: Any) -> Any:
    """Let the navigation end with what the repository says of itself."""
    config.nav.append({"Project": [page for page in PROJECT if site_pages.is_there(page)]})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that stand elsewhere in the repository, such as the changelog, and the files of the examples."""
    for page, source in site_pages.TAKEN_IN.items():
        if site_pages.is_there(page):
            text = (site_pages.REPOSITORY / source).read_text(encoding="utf-8")
            files.append(File.generated(config, page, content=text))
    for path in site_pages.downloads():
        source = str(site_pages.REPOSITORY / path)
        files.append(File.generated(config, path, abs_src_path=source, inclusion=InclusionLevel.NOT_IN_NAV))
    return files


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Put tables where they are asked for, and let links go where the site has what they mean."""
    source = page.file.src_uri
    try:
        markdown = site_tables.filled(markdown)
    except KeyError as unknown:
        _log.warning("%s asks for a table that there is not: %s", source, unknown)
    markdown, dead = site_pages.linked(markdown, source, config.repo_url)
    for target in dead:
        _log.warning("%s leads to a file that is not in the repository: %s", source, target)
    return markdown
