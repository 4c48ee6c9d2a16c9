"""``requests``, through ``responses``: any session, whatever is mounted on it.

``requests.Session.get_adapter`` hands Studio's hosts an adapter class of our own, which sends through a
``responses.RequestsMock``. ``requests``' own adapter stays as it is, so that a test's own ``responses`` mocks, which
patch that one, stand beside a studio in either nesting order.
"""

from __future__ import annotations

from collections.abc import Callable
from http.client import responses as REASONS
from io import BytesIO
from typing import Any
from weakref import WeakKeyDictionary

import requests
import responses
from requests.adapters import BaseAdapter, HTTPAdapter
from requests.structures import CaseInsensitiveDict
from requests.utils import get_encoding_from_headers
from responses import registries
from urllib3.response import HTTPHeaderDict, HTTPResponse  # type: ignore[attr-defined]

from pytest_studio.transports.network import explain
from pytest_studio.wire import API, Request, Response, is_studio_host, is_twilio_host, split_url

__all__ = ["RefusingAdapter", "StudioAdapter", "install", "mock", "uninstall"]

Dispatch = Callable[[Request], Response | None]
Refuse = Callable[[str, str, str], None]

_LEFT = "pytest-studio: the studio that this request was meant for has been left"

mock: responses.RequestsMock | None = None
_dispatch: Dispatch | None = None
_refuse: Refuse | None = None
_real: Callable[..., BaseAdapter] | None = None
#: Session -> (our kind, what it replaces) -> what it replaces, and ours.
_adapters: WeakKeyDictionary[requests.Session, dict[Any, Any]] = WeakKeyDictionary()
_send: Callable[..., requests.Response] | None = None


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

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Hand the request to ``responses``, as its own patch of an adapter does."""
        send = _send
        if send is None:
            raise requests.exceptions.ConnectionError(_LEFT)
        return send(self, request, *args, **kwargs)


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
        raise requests.exceptions.ConnectionError(why)


def _get_adapter(self: requests.Session, url: Any) -> BaseAdapter:
    assert _real is not None
    replaced = _real(self, url)
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


class _FromStudio(responses.BaseResponse):
    """The one answer that stands for all of Studio's urls."""

    def __init__(self) -> None:
        super().__init__("GET", f"{API}/")

    @property
    def calls(self) -> responses.CallList:
        """Of no use for this answer, and kept by ``studio.calls``: forgotten at once."""
        return responses.CallList()

    def get_response(self, request: Any) -> HTTPResponse:
        """What ``responses`` asks for a request that this answers."""
        dispatch = _dispatch
        body = request.body
        if body is not None and not isinstance(body, (bytes, str)):
            parts = [body.read()] if hasattr(body, "read") else body
            body = b"".join(part.encode() if isinstance(part, str) else part for part in parts)
        asked = Request(request.method, request.url, request.headers, body)
        answer = None if dispatch is None else dispatch(asked)
        if answer is None:
            raise requests.exceptions.ConnectionError(_LEFT, request=request)
        return _Raw(answer)


class _Raw(HTTPResponse):
    """An answer as ``urllib3`` has it, but for its kind of headers: costly to make, and made when somebody asks."""

    def __init__(self, answer: Response) -> None:
        self.answered = answer.headers
        self._headers: HTTPHeaderDict | None = HTTPHeaderDict()
        super().__init__(
            body=BytesIO(answer.body), status=answer.status, reason=REASONS.get(answer.status), preload_content=False
        )

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


_STUDIO = _FromStudio()


class _Registry(registries.FirstMatchRegistry):
    """Answers from what the test registered on ``studio.responses``, else from the studio.

    One answer stands for all urls: a second pattern registered for a url would be dropped after one use.
    """

    def find(self, request: Any) -> Any:
        if self.registered:
            found, reasons = super().find(request)
            if found is not None:
                return found, reasons
        return _STUDIO, []


class _Mock(responses.RequestsMock):
    """The mock that tests get as ``studio.responses``; resetting it forgets theirs, not the studio."""

    def reset(self) -> None:
        super().reset()
        self._registry = _Registry()


def install(dispatch: Dispatch, refuse: Refuse) -> None:
    """Patch ``requests`` for Studio's hosts."""
    global mock, _dispatch, _refuse, _real, _send
    mock = _Mock(assert_all_requests_are_fired=False, registry=_Registry)
    _send = mock.unbound_on_send()  # what ``start`` would patch in
    _dispatch, _refuse = dispatch, refuse
    if requests.Session.get_adapter is not _get_adapter:
        _real = requests.Session.get_adapter
        requests.Session.get_adapter = _get_adapter  # type: ignore[method-assign]


def uninstall() -> None:
    """Give ``requests`` back. Where somebody has wrapped the patch meanwhile, it stays, and changes nothing."""
    global mock, _dispatch, _refuse, _send
    mock = _dispatch = _refuse = _send = None
    _adapters.clear()
    if requests.Session.get_adapter is _get_adapter:
        requests.Session.get_adapter = _real  # type: ignore[method-assign,assignment]
