"""What the fake itself sends: to receivers, and for the widgets of Flows."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator

import pytest
import responses
from helpers import Quiet, serving

from pytest_studio import Request
from pytest_studio.transports import sending


@pytest.fixture
def dripping() -> Iterator[str]:
    """A server whose answer comes byte by byte, and never to its end."""
    over = threading.Event()

    class Handler(Quiet):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            while not over.wait(0.01):
                try:
                    self.wfile.write(b".")
                except OSError:
                    return

    with serving(Handler) as url:
        yield url
        over.set()


def test_a_server_that_drips_is_left_in_time(dripping: str) -> None:
    """Each byte comes in time, the whole does not."""
    with pytest.raises(TimeoutError):
        sending.fetch(Request("GET", dripping), 0.2, 65_537)


def test_a_body_is_read_up_to_the_most() -> None:
    """And no further."""
    with responses.RequestsMock() as mock:
        mock.get("http://one.test/", body=b"x" * 100_000)
        assert len(sending.fetch(Request("GET", "http://one.test/"), 1, 65_537).body) == 65_537


def test_a_packed_body_is_unpacked() -> None:
    """As clients do."""
    with responses.RequestsMock() as mock:
        mock.get("http://one.test/", body=gzip.compress(b"x" * 50_000), headers={"Content-Encoding": "gzip"})
        assert sending.fetch(Request("GET", "http://one.test/"), 1, 65_537).body == b"x" * 50_000


def test_a_body_that_is_not_packed_as_it_says_is_no_answer() -> None:
    """The library's own error is told as the package tells all of them."""
    with responses.RequestsMock() as mock:
        mock.get("http://one.test/", body=b"plain", headers={"Content-Encoding": "gzip"})
        with pytest.raises(ConnectionError):
            sending.fetch(Request("GET", "http://one.test/"), 1, 65_537)
