"""The site in headless Chromium, on a desktop and on a phone. Skipped without Chromium, or before ``make docs``."""

from __future__ import annotations

import functools
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from helpers import Quiet

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "site"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")) if SITE.exists() else []
if not os.environ.get("STUDIO_EVERY_PAGE"):  # `nox -s docs` looks at all of them; the widest say most
    PAGES = [
        page for page in PAGES if page in ("index.html", "operations.html", "fidelity.html", "reference/options.html")
    ]

sys.path.insert(0, str(ROOT / "tests" / "flows"))
chromium = pytest.importorskip("headless_chromium")

pytestmark = [
    pytest.mark.skipif(chromium.executable() is None, reason="there is no Chromium"),
    pytest.mark.skipif(not PAGES, reason="there is no site: make docs"),
]


class Look(NamedTuple):
    """What a look at a page finds: pixels that stick out at each width, urls that it loaded, complaints."""

    desktop: int
    phone: int
    urls: list[str]
    complaints: list[str]


class Site(Quiet, SimpleHTTPRequestHandler):
    """Answers with the site's files, and prints nothing."""


@contextmanager
def served() -> Iterator[str]:
    """The site's address on this machine; a browser opens several connections, and lets some of them wait."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Site, directory=str(SITE))) as server:
        server.daemon_threads = True
        server.block_on_close = False
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def look(browser: chromium.Chromium, url: str) -> Look:
    """Show a page on a desktop, then on a phone."""
    browser.complaints.clear()
    browser.resize(1280, 900)
    browser.send("Page.navigate", url=url)
    while browser.evaluate("document.readyState + ' ' + location.href") != f"complete {url}":
        pass
    out = "document.documentElement.scrollWidth - innerWidth"
    desktop = browser.evaluate(out)
    browser.resize(390, 844, mobile=True)
    phone = browser.evaluate(out)
    urls = browser.evaluate("performance.getEntriesByType('resource').map(each => each.name)")
    return Look(desktop, phone, urls, list(browser.complaints))


def test_every_page_fits_its_window_and_asks_nothing_of_foreign_hosts() -> None:
    """Wide tables scroll in themselves, on a phone, too; no font or script comes from elsewhere, or is missing."""
    try:
        browser = chromium.Chromium(chromium.executable())
    except (OSError, TimeoutError) as error:
        pytest.skip(f"Chromium does not start: {error}")
    wrong: dict[str, object] = {}
    with served() as url, browser:
        for page in PAGES:
            seen = look(browser, f"{url}/{page}")
            foreign = [each for each in seen.urls if not each.startswith((url, "data:"))]
            if seen.desktop > 0 or seen.phone > 0 or foreign or seen.complaints or not seen.urls:
                wrong[page] = seen
    assert wrong == {}
