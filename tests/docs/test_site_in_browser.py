"""The site in headless Chromium, on a desktop and on a phone. Skipped without Chromium, or before ``make docs``."""

from __future__ import annotations

import functools
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

sys.path.insert(0, str(ROOT / "tests" / "flows"))
chromium = pytest.importorskip("headless_chromium")

pytestmark = [
    pytest.mark.skipif(chromium.executable() is None, reason="there is no Chromium"),
    pytest.mark.skipif(not PAGES, reason="there is no site: make docs"),
    pytest.mark.xdist_group("chromium"),
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


@pytest.fixture(scope="module")
def looks() -> Iterator[tuple[str, dict[str, Look]]]:
    """The site's address on this machine, and a look at each of its pages."""
    try:
        browser = chromium.Chromium(chromium.executable())
    except (OSError, TimeoutError) as error:
        pytest.skip(f"Chromium does not start: {error}")
    with served() as url, browser:
        yield url, {page: look(browser, f"{url}/{page}") for page in PAGES}


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


def test_pages_are_as_wide_as_the_window(looks: tuple[str, dict[str, Look]]) -> None:
    """Wide tables and long lines of code scroll in themselves, on a phone, too."""
    _, pages = looks
    assert {
        page: (seen.desktop, seen.phone) for page, seen in pages.items() if seen.desktop > 0 or seen.phone > 0
    } == {}


def test_no_page_asks_a_foreign_host_for_anything(looks: tuple[str, dict[str, Look]]) -> None:
    """No fonts, scripts, styles or pictures from elsewhere."""
    url, pages = looks
    asked = {page: [each for each in seen.urls if not each.startswith((url, "data:"))] for page, seen in pages.items()}
    assert {page: urls for page, urls in asked.items() if urls} == {}
    assert all(seen.urls for seen in pages.values())


def test_no_page_is_complained_of(looks: tuple[str, dict[str, Look]]) -> None:
    """No file is missing, no script fails."""
    _, pages = looks
    assert {page: seen.complaints for page, seen in pages.items() if seen.complaints} == {}
