"""Requests that the fake itself sends, as Twilio's servers would: to a receiver of the test, or to its mocks."""

from __future__ import annotations

import os

import requests

from pytest_studio.wire import Request, Response

__all__ = ["send"]

#: Bytes of an answer that are read.
_ENOUGH = 65_536


def send(request: Request, timeout: float) -> Response:
    """Send a request through ``requests``, so that a test's own ``responses`` mocks answer, or a live server.

    Redirects are not followed, and neither proxies nor ``.netrc`` are used.

    Args:
        request: its url goes over the wire as it stands.
        timeout: seconds to wait for a connection, and for the answer.

    Raises:
        TimeoutError: there was no connection or no answer in time.
        ConnectionError: there was none at all.
    """
    prepared = requests.Request(request.method, request.url, dict(request.headers), data=request.body).prepare()
    prepared.url = request.url  # a signature is over each of its bytes
    trusted = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE") or True
    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.send(prepared, timeout=timeout, allow_redirects=False, stream=True, verify=trusted)
            with answer:
                body = next(answer.iter_content(_ENOUGH), b"")
        except requests.Timeout as error:
            raise TimeoutError(str(error)) from error
        except requests.RequestException as error:
            raise ConnectionError(str(error)) from error
    return Response(answer.status_code, answer.headers, body)
