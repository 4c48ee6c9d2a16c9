"""Requests that the fake itself sends, as Twilio's servers would: to a receiver of the test, or to its mocks."""

from __future__ import annotations

import ipaddress
import os
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, ReadTimeoutError

from pytest_studio.wire import Request, Response

__all__ = ["fetch", "send"]

#: Names with a dot that stay in one's own network.
_LOCAL = (".localhost", ".local", ".internal", ".test", ".lan", ".home.arpa")
#: Bytes of an answer that are read.
_ENOUGH = 65_536
#: How the errors of those begin who stand in for the network, where nothing was told to answer.
_UNMOCKED = ("pytest-studio:", "Connection refused by Responses")


class _Near(HTTPAdapter):
    """Connects to nothing on the open internet; mocks of the test, which are asked before it connects, still answer."""

    def get_connection_with_tls_context(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Where ``requests`` would connect."""
        _check(request.url)
        return super().get_connection_with_tls_context(request, *args, **kwargs)

    def get_connection(self, url: Any, proxies: Any = None) -> Any:
        """The same in ``requests`` before 2.32."""
        _check(url)
        return super().get_connection(url, proxies)


def _check(url: str) -> None:
    host = (urlsplit(url).hostname or "").rstrip(".")
    address = _address(host)
    far = address.is_global if address is not None else "." in host and not host.endswith(_LOCAL)
    if far:
        raise requests.exceptions.ConnectionError(
            f"pytest-studio: {host} is not reached, only this machine and its own network are: mock it (responses)"
        )


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that a host is, written in any way that C libraries take (``134744072``); None for a name."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return getattr(address, "ipv4_mapped", None) or address
    try:
        return ipaddress.ip_address(socket.inet_aton(host))
    except (OSError, ValueError):
        return None


def send(request: Request, timeout: float) -> Response:
    """Send a request through ``requests``, so that a test's own ``responses`` mocks answer, or a live server.

    Redirects are not followed, and neither proxies nor ``.netrc`` are used. Where no mock answers, only this machine
    and its own network are reached.

    Args:
        request: its url goes over the wire as it stands.
        timeout: seconds to wait for a connection, and for the answer.

    Raises:
        TimeoutError: there was no connection or no answer in time.
        ConnectionError: there was none at all.
    """
    prepared = _prepared(request)
    prepared.url = request.url  # a signature is over each of its bytes
    try:
        return _answered(prepared, timeout, _ENOUGH, follow=False)
    except requests.Timeout as error:
        raise TimeoutError(str(error)) from error
    except requests.RequestException as error:
        raise ConnectionError(str(error)) from error


def fetch(request: Request, timeout: float, most: int) -> Response:
    """Send a request as a widget of a Flow does: as ``send``, but redirects are followed.

    Args:
        request: what is sent.
        timeout: seconds to wait for a connection, and for the answer.
        most: bytes of the body that are read.

    Raises:
        LookupError: nothing answers for the host: no mock, and it is not in one's own network, or nowhere.
        TimeoutError: there was no connection or no answer in time.
        ConnectionError: there was none at all.
    """
    prepared = _prepared(request)
    if isinstance(prepared.body, bytes) and prepared.body.isascii():
        prepared.body = prepared.body.decode("ascii")  # as requests.post(data={…}) has it: matchers of mocks read text
    try:
        return _answered(prepared, timeout, most, follow=True)
    except requests.Timeout as error:
        raise TimeoutError(str(error)) from error
    except (requests.RequestException, ValueError) as error:
        if str(error).startswith(_UNMOCKED) or _is_nowhere(error):
            raise LookupError(str(error).strip()) from None
        raise ConnectionError(str(error)) from error


def _is_nowhere(error: BaseException | None) -> bool:
    """Whether there is no host of that name."""
    while error is not None and not isinstance(error, socket.gaierror):
        error = error.__cause__ or error.__context__
    return error is not None


def _prepared(request: Request) -> requests.PreparedRequest:
    return requests.Request(request.method, request.url, dict(request.headers), data=request.body).prepare()


def _answered(prepared: requests.PreparedRequest, timeout: float, most: int, *, follow: bool) -> Response:
    trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    with requests.Session() as session:
        session.trust_env = False
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Near())
        until = time.monotonic() + timeout
        with session.send(prepared, timeout=timeout, allow_redirects=follow, stream=True, verify=trusted) as answer:
            body = _body(answer, most, until)
    return Response(answer.status_code, answer.headers, body)


def _body(answer: requests.Response, most: int, until: float) -> bytes:
    """What comes of a body till then: a server that drips keeps each read short, and would go on for ever."""
    read = getattr(answer.raw, "read1", None)
    if read is None:  # urllib3 before 2.1 reads on until it has enough
        return next(answer.iter_content(most), b"")
    body = b""
    try:
        while len(body) < most and (chunk := read(most - len(body), decode_content=True)):
            body += chunk
            if time.monotonic() > until:
                raise requests.ReadTimeout("the answer did not come to its end in time")
    except ReadTimeoutError as error:
        raise requests.ReadTimeout(str(error)) from error
    except HTTPError as error:
        raise requests.ConnectionError(str(error)) from error
    return body
