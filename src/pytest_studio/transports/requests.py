"""``requests``: any session, whatever is mounted on it.

``requests.Session.get_adapter`` hands Studio's hosts an adapter class of our own, which sends through a
``responses.RequestsMock`` once the test has asked for that (``studio.responses``). ``requests``' own adapter stays as
it is, so that a test's own ``responses`` mocks, which patch that one, stand beside a studio in either nesting order.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.client import IncompleteRead, RemoteDisconnected
from http.client import responses as REASONS
from io import BytesIO
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.exceptions import (
    ChunkedEncodingError,
    ConnectionError,
    ConnectTimeout,
    ReadTimeout,
    RequestException,
    RetryError,
)
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from urllib3 import HTTPSConnectionPool
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    ResponseError,
)
from urllib3.response import HTTPHeaderDict, HTTPResponse  # type: ignore[attr-defined]
from urllib3.util.retry import Retry

from pytest_studio.transports.network import LEFT, explain, failed
from pytest_studio.transports.patches import Patch
from pytest_studio.wire import Request, Response, is_studio_host, is_twilio_host, split_url

if TYPE_CHECKING:
    from pytest_studio.transports.responses import Mock

__all__ = ["RefusingAdapter", "StudioAdapter", "exception_of", "install", "mock", "uninstall"]

Dispatch = Callable[[Request], Response | None]
Refuse = Callable[[str, str, str], None]

_dispatch: Dispatch | None = None
_refuse: Refuse | None = None
#: Session -> (our kind, what it replaces) -> what it replaces, and ours.
_adapters: WeakKeyDictionary[requests.Session, dict[Any, Any]] = WeakKeyDictionary()
#: The mock in use, and its ``send``; made when they are first needed, which many a test does not.
_mock: tuple[Mock, Callable[..., requests.Response]] | None = None
_making = threading.Lock()
#: Of each thread: ``seconds`` that a retry would have slept before the request that is being sent.
_pause = threading.local()

#: ``responses`` is not to retry: it counts statuses only, while ``urllib3`` counts them together with errors.
_NO_RETRY = Retry(0)


class StudioAdapter(HTTPAdapter):
    """Stands in for whatever adapter a session has for Studio's hosts; takes over its ``max_retries``."""

    def __init__(self, replaced: BaseAdapter) -> None:
        super().__init__(max_retries=getattr(replaced, "max_retries", 0))

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        """As ``requests`` does, but for the headers, which go straight from the answer."""
        if not isinstance(resp, _Raw):  # an answer of the test's own
            return super().build_response(req, resp)
        response = super().build_response(req, resp)
        response.headers = CaseInsensitiveDict(resp.answered)
        response.encoding = get_encoding_from_headers(response.headers)
        resp.reveal()
        return response

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Any = None,
    ) -> requests.Response:
        """Answer, by way of ``responses`` once the test has asked for its mock; retry as ``urllib3``.

        Where ``urllib3`` would sleep, the studio's clock moves by as much.
        """
        retries, pool = self.max_retries, None
        _pause.seconds = 0.0
        while True:
            try:
                if _mock is None:
                    response = self.build_response(request, _answer(request, timeout))
                else:
                    how = {"stream": stream, "timeout": timeout, "verify": verify, "cert": cert, "proxies": proxies}
                    response = _mock[1](self, request, retries=_NO_RETRY, **how)
            except _Failed as failure:
                pool = pool or _pool(request)
                retries = _counted(retries, request, pool, _error(failure.failure, pool, request, timeout))
                _pause.seconds = _pause_of(retries, None)
                continue
            method, retry_after = request.method or "", "Retry-After" in response.headers
            if not retries.is_retry(method, response.status_code, retry_after):
                return response
            try:
                retries = retries.increment(method, request.path_url, response=response.raw, _pool=pool)
            except MaxRetryError as error:
                if retries.raise_on_status:
                    raise RetryError(error, request=request) from error
                return response
            _pause.seconds = _pause_of(retries, response.raw)


class RefusingAdapter(HTTPAdapter):
    """Stands in for other hosts under twilio.com: mocks of the test still answer, the network is not reached."""

    def __init__(self, replaced: BaseAdapter) -> None:
        super().__init__(max_retries=getattr(replaced, "max_retries", 0))

    def get_connection_with_tls_context(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Where ``requests`` would connect: refuse."""
        self._refuse(request.method, request.url)

    def get_connection(self, url: Any, proxies: Any = None) -> Any:
        """The same in ``requests`` before 2.32."""
        self._refuse("", url)

    @staticmethod
    def _refuse(method: str, url: str) -> None:
        why = explain(split_url(url)[0])
        if _refuse is not None:
            _refuse(method, url, why)
        raise ConnectionError(why)


# -- failures --------------------------------------------------------------------------------------------------


class _Failed(ConnectionError):
    """No answer came; which ``failure`` it was. For ``StudioAdapter``, which raises what a user meets."""

    def __init__(self, failure: str, request: Any) -> None:
        super().__init__(failed(failure), request=request)
        self.failure = failure


class _Incomplete(IncompleteRead):
    """The body broke off; says who did it."""

    def __repr__(self) -> str:
        return f"{super().__repr__()}, {failed('truncated')}"

    __str__ = __repr__


class _Broken(BytesIO):
    """The first half of a body; behind it the connection breaks off."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body[: len(body) // 2])
        self._size = len(body)

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if size is None or size < 0 or (size and not data):
            raise _Incomplete(data, self._size - self.tell())
        return data


def _pool(request: Any) -> HTTPSConnectionPool:
    """What ``urllib3`` would name in its errors; it connects to nothing."""
    return HTTPSConnectionPool(split_url(str(request.url))[0] or "localhost", 443)


def _error(failure: str, pool: HTTPSConnectionPool, request: Any, timeout: Any) -> Exception:
    """The error that ``urllib3`` meets."""
    why = failed(failure)
    connection: Any = HTTPSConnection(pool.host, 443)
    if failure == "connect-timeout":
        return ConnectTimeoutError(connection, f"Connection to {pool.host} timed out. {why}")
    if failure == "refused":
        return NewConnectionError(connection, f"Failed to establish a new connection: Connection refused. {why}")
    if failure == "read-timeout":
        waited = _read_timeout(timeout)
        return ReadTimeoutError(pool, request.path_url, f"Read timed out. (read timeout={waited}) {why}")
    return ProtocolError(
        "Connection aborted.", RemoteDisconnected(f"Remote end closed connection without response. {why}")
    )


def _counted(retries: Retry, request: Any, pool: HTTPSConnectionPool, error: Exception) -> Retry:
    """Count an error, as ``urllib3`` does, or raise what ``requests`` makes of it."""
    try:
        return retries.increment(request.method, request.path_url, error=error, _pool=pool)
    except MaxRetryError as exceeded:
        kind: type[RequestException] = ConnectionError
        reason = exceeded.reason
        if isinstance(reason, ConnectTimeoutError) and not isinstance(reason, NewConnectionError):
            kind = ConnectTimeout
        elif isinstance(reason, ResponseError):
            kind = RetryError
        raise kind(exceeded, request=request) from exceeded
    except ReadTimeoutError as late:
        raise ReadTimeout(late, request=request) from late
    except (ProtocolError, ConnectTimeoutError) as broken:
        raise ConnectionError(broken, request=request) from broken


def _pause_of(retries: Retry, raw: Any) -> float:
    """Seconds that ``urllib3`` would sleep before the next attempt; a ``sleep`` of the user's own is called instead."""
    if type(retries).sleep is not Retry.sleep:
        retries.sleep(raw)
        return 0.0
    if raw is not None and retries.respect_retry_after_header:
        asked = retries.get_retry_after(raw)
        if asked:
            return float(asked)
    return float(retries.get_backoff_time())


def exception_of(failure: str, method: str, url: str, timeout: float | None = None) -> RequestException:
    """What a plain ``requests`` session raises for one of ``wire.FAILURES``, once it has read the body."""
    if failure == "truncated":
        return ChunkedEncodingError(ProtocolError(f"Connection broken: {failed(failure)}"))
    request = requests.Request(method, url).prepare()
    pool = _pool(request)
    try:
        _counted(Retry(0, read=False), request, pool, _error(failure, pool, request, timeout))
    except RequestException as error:
        return error
    raise AssertionError("a count of 0 is used up")


def _read_timeout(timeout: Any) -> float | None:
    """Seconds that ``requests`` waits for an answer: of a number, ``(connect, read)`` or urllib3's ``Timeout``."""
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    if hasattr(timeout, "clone"):
        timeout = timeout.clone()
        timeout.start_connect()
        timeout = timeout.read_timeout
    return timeout if isinstance(timeout, (int, float)) else None


# -- answers ---------------------------------------------------------------------------------------------------


def _answer(request: Any, timeout: Any) -> HTTPResponse:
    """What a prepared request gets that no mock of the test's answers."""
    dispatch = _dispatch
    body = request.body
    if body is not None and not isinstance(body, (bytes, str)):
        parts = [body.read()] if hasattr(body, "read") else body
        body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
    asked = Request(
        request.method,
        request.url,
        request.headers,
        body,
        timeout=None if timeout is None else _read_timeout(timeout),
        paused=getattr(_pause, "seconds", 0.0),
    )
    answer = None if dispatch is None else dispatch(asked)
    if answer is None:
        raise ConnectionError(LEFT, request=request)
    if answer.failure is not None and answer.failure != "truncated":
        raise _Failed(answer.failure, request)
    return _Raw(answer)


class _Raw(HTTPResponse):
    """An answer as ``urllib3`` has it, but for its kind of headers: costly to make, and made when somebody asks."""

    def __init__(self, answer: Response) -> None:
        self.answered = answer.headers
        self._headers: HTTPHeaderDict | None = HTTPHeaderDict()
        body = BytesIO(answer.body) if answer.failure is None else _Broken(answer.body)
        super().__init__(body=body, status=answer.status, reason=REASONS.get(answer.status), preload_content=False)

    def reveal(self) -> None:
        """From here on the headers are those of the answer."""
        self._headers = None

    @property
    def headers(self) -> HTTPHeaderDict:
        """Those of the answer."""
        if self._headers is None:
            self._headers = HTTPHeaderDict(self.answered)
        return self._headers

    @headers.setter
    def headers(self, value: Any) -> None:
        self._headers = value


def mock() -> Mock | None:
    """The ``responses`` mock, in use from when it is first asked for; None while no studio is active."""
    global _mock
    if _mock is None and _dispatch is not None:
        from pytest_studio.transports.responses import Mock

        with _making:
            if _mock is None and _dispatch is not None:
                fresh = Mock(lambda request: _answer(request, request.req_kwargs.get("timeout")))
                _mock = fresh, fresh.unbound_on_send()  # what ``start`` would patch in
    made = _mock
    return None if made is None else made[0]


# -- the patch -------------------------------------------------------------------------------------------------


def _wrapped(real: Callable[..., BaseAdapter]) -> Callable[..., BaseAdapter]:
    def get_adapter(self: requests.Session, url: Any) -> BaseAdapter:
        replaced = real(self, url)
        if _dispatch is None:
            return replaced
        host = split_url(url.decode("utf-8", "replace") if isinstance(url, bytes) else url)[0]
        if not is_twilio_host(host):
            return replaced
        kind: type[StudioAdapter | RefusingAdapter] = StudioAdapter
        if not is_studio_host(host):
            if not isinstance(replaced, HTTPAdapter):  # a mock of the test's own
                return replaced
            kind = RefusingAdapter
        kept = _adapters.setdefault(self, {})
        found = kept.get((kind, id(replaced)))
        if found is None or found[0] is not replaced:
            found = kept[kind, id(replaced)] = (replaced, kind(replaced))
        adapter: BaseAdapter = found[1]
        return adapter

    return get_adapter


_patch = Patch(requests.Session, "get_adapter", _wrapped)


def install(dispatch: Dispatch, refuse: Refuse) -> None:
    """Patch ``requests`` for Studio's hosts."""
    global _dispatch, _refuse
    _dispatch, _refuse = dispatch, refuse
    _patch.install()


def uninstall() -> None:
    """Give ``requests`` back. Where somebody has wrapped the patch meanwhile, it stays, and changes nothing."""
    global _mock, _dispatch, _refuse
    _mock = _dispatch = _refuse = None
    _adapters.clear()
    _patch.uninstall()
