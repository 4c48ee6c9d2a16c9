"""The one place that reaches Twilio: reads from a user's own account, a few a second, and nothing but reads.

Credentials come from the environment and are part of no message, no ``repr`` and no url.
"""

from __future__ import annotations

import base64
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import requests
from requests.adapters import HTTPAdapter

from pytest_studio import sids
from pytest_studio.client_responses import parsed
from pytest_studio.wire import is_studio_host, split_url

__all__ = ["WHO", "Answer", "Live", "Login", "Unreachable", "base_of", "login_of"]

#: Seconds between two requests; seconds to wait for a connection, and for an answer.
PAUSE = 0.25
TIMEOUT = (10.0, 30.0)
#: Answers that are asked for again, how often, and the longest pause before that, in seconds.
_AGAIN = (429, 503)
_TIMES = 4
_LONGEST = 30.0

#: Who may ask a question: the account itself, or somebody whom Studio should refuse.
WHO = ("account", "nobody", "stranger", "wrong token", "garbled", "bearer")


class Unreachable(Exception):
    """No answer can be had: there is no way to Studio, it has no time, or it does not know the credentials."""


class Answer(NamedTuple):
    """An answer of Studio's, or of the fake: status, headers, raw body, and the url that was asked."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, parsed; None if it is no JSON."""
        try:
            return parsed(self.body)
        except ValueError:
            return None

    def meta(self) -> dict[str, Any]:
        """What a page says of itself; nothing, where this is no page."""
        payload = self.json()
        meta = payload.get("meta") if isinstance(payload, dict) else None
        return meta if isinstance(meta, dict) else {}


class Login:
    """User and secret of Basic authentication.

    Args:
        user: an Account SID or the SID of an API key.
        secret: the auth token or the key's secret.
    """

    __slots__ = ("_secret", "user")

    def __init__(self, user: str, secret: str) -> None:
        self.user: str = user
        self._secret = secret

    def __repr__(self) -> str:
        return f"<Login {self.user[:2]}…>"

    def headers(self, who: str) -> dict[str, str]:
        """The headers by which one of ``WHO`` asks."""
        users = {
            "account": (self.user, self._secret),
            "stranger": ("AC" + "0" * 32, "0" * 32),
            "wrong token": (self.user, "0" * 32),
        }
        others = {"nobody": {}, "garbled": {"Authorization": "Basic !"}, "bearer": {"Authorization": "Bearer none"}}
        if who in others:
            return others[who]
        user, secret = users[who]
        return {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}


def login_of(environ: Mapping[str, str]) -> Login:
    """The credentials in an environment: those of an API key before the account's own.

    Raises:
        ValueError: they are not there, or are none; the message says which variable, and never its value.
    """
    for names, prefix in ((("TWILIO_API_KEY", "TWILIO_API_SECRET"), "SK"), (_ACCOUNT, "AC")):
        user, secret = (environ.get(name, "").strip() for name in names)
        if not user and (prefix == "SK" or not secret):
            continue
        if not sids.is_valid(user, prefix):
            raise ValueError(f"{names[0]} is no SID: one is {prefix} and 32 hexadecimal digits")
        if not secret:
            raise ValueError(f"{names[0]} is set, but {names[1]} is not")
        return Login(user, secret)
    raise ValueError(
        "it reads from your own Twilio account: set TWILIO_API_KEY and TWILIO_API_SECRET, "
        "or TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, in the environment"
    )


_ACCOUNT = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN")


def base_of(environ: Mapping[str, str]) -> str:
    """Where Studio is: at ``TWILIO_EDGE`` and ``TWILIO_REGION``, read as the SDK reads them.

    Raises:
        ValueError: these make no name of Studio's.
    """
    edge, region = (environ.get(name, "").strip() for name in ("TWILIO_EDGE", "TWILIO_REGION"))
    if edge and not region:
        region = "us1"
    host = ".".join(filter(None, ("studio", edge, region, "twilio.com")))
    if not is_studio_host(host):
        raise ValueError("TWILIO_EDGE and TWILIO_REGION are names such as dublin and ie1")
    return f"https://{host}"


class _OnlyGet(HTTPAdapter):
    """Lets nothing through but GET, and that to Studio only."""

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Where a request would leave this machine."""
        if request.method != "GET" or not is_studio_host(split_url(str(request.url))[0]):
            raise RuntimeError(f"--studio-live only reads from Studio; it sends no {request.method} to anybody")
        return super().send(request, *args, **kwargs)


class Live:
    """Studio itself, for one account. It can be read, and nothing else.

    Proxies and certificates are those of the environment, as ``requests`` has them (``HTTPS_PROXY``,
    ``REQUESTS_CA_BUNDLE``). Redirects are not followed.

    Args:
        login: the account's.
        base: see ``base_of``.
        sleep: what waits.
        workers: how many processes ask at the same time; each asks as many times less often.
    """

    def __init__(
        self, login: Login, base: str, sleep: Callable[[float], object] = time.sleep, *, workers: int = 1
    ) -> None:
        self._login = login
        self._base = base
        self._sleep = sleep
        self._pause = PAUSE * workers
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, _OnlyGet())
        self._next = 0.0

    def get(self, path: str, who: str = "account", body: bytes = b"") -> Answer:
        """The answer to one GET; one of 429 or 503 is asked for again, a few times.

        Args:
            path: with its query.
            who: one of ``WHO``.
            body: what Studio should overlook.

        Raises:
            Unreachable: there is no answer, or none but 429 or 503; the message says why.
        """
        answer = self._once(path, who, body)
        for attempt in range(_TIMES):
            if answer.status not in _AGAIN:
                return answer
            self._sleep(min(_seconds(answer.headers.get("Retry-After")) or 2.0**attempt, _LONGEST))
            answer = self._once(path, who, body)
        if answer.status not in _AGAIN:
            return answer
        raise Unreachable(f"{self._base} answers {answer.status} again and again")

    def _once(self, path: str, who: str, body: bytes) -> Answer:
        wait = self._next - time.monotonic()
        if wait > 0:
            self._sleep(wait)
        self._next = time.monotonic() + self._pause
        wanted = self._login.headers(who)

        def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
            request.headers.update(wanted)  # as `auth`, so that no .netrc is asked
            return request

        try:
            with _in_silence():
                found = self._session.get(
                    self._base + path, auth=sign, data=body or None, timeout=TIMEOUT, allow_redirects=False
                )
        except requests.RequestException as error:
            raise Unreachable(f"{self._base} cannot be reached: {_why(error)}") from None
        except KeyboardInterrupt:
            raise KeyboardInterrupt from None  # --full-trace shows what each function was called with: headers, too
        return Answer(self._base + path, found.status_code, found.headers, found.content)


@contextmanager
def _in_silence() -> Iterator[None]:
    """Without the log lines of urllib3, which have SIDs in them and would stand in reports."""
    logger = logging.getLogger("urllib3")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def _seconds(text: str | None) -> float:
    return float(text) if text is not None and text.isascii() and text.isdigit() else 0.0


def _why(error: requests.RequestException) -> str:
    """The kind of an error: its text may have a url with credentials in it, such as a proxy's."""
    kinds = {
        requests.exceptions.ProxyError: "the proxy does not let it through",
        requests.exceptions.SSLError: "its certificate is not trusted here; REQUESTS_CA_BUNDLE names a file of CAs",
        requests.exceptions.Timeout: "no answer came in time",
        requests.exceptions.ConnectionError: "there is no connection",
    }
    return next((words for kind, words in kinds.items() if isinstance(error, kind)), type(error).__name__)
