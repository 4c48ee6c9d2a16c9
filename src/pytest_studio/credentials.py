"""Who may ask: the account's own credentials, its API key, or a bearer token."""

from __future__ import annotations

import base64
import binascii
from random import Random

from pytest_studio.errors import ApiError

__all__ = ["ApiKey", "Credentials"]


class ApiKey:
    """An API key of the account: ``sid`` (``SK…``) and ``secret`` go where account SID and auth token go."""

    __slots__ = ("secret", "sid")

    def __init__(self, sid: str, secret: str) -> None:
        self.sid: str = sid
        self.secret: str = secret

    def __repr__(self) -> str:
        return f"<ApiKey {self.sid}>"


class Credentials:
    """The users that one account knows. Secrets are never part of a message."""

    def __init__(self, account_sid: str, auth_token: str | None, rng: Random) -> None:
        self.account_sid = account_sid
        draw = rng.getrandbits
        self.auth_token: str = f"{draw(128):032x}" if auth_token is None else auth_token
        self.api_key: ApiKey = ApiKey(f"SK{draw(128):032x}", f"{draw(128):032x}")
        self._good: set[str] = set()
        #: Whether a command has printed them, for clients that know of no test.
        self.printed: bool = False
        #: The one setting of ini that is missing, where the other is there.
        self.lacking: str | None = None

    def secrets(self) -> tuple[str, ...]:
        """What may stand in nothing that is written: the auth token, the key's secret, and both as Basic has them."""
        users = ((self.account_sid, self.auth_token), (self.api_key.sid, self.api_key.secret))
        basic = (base64.b64encode(f"{user}:{secret}".encode()).decode() for user, secret in users)
        return (self.auth_token, self.api_key.secret, *basic)

    def basic(self) -> str:
        """An ``Authorization`` header of the account's own."""
        return "Basic " + base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()

    def refuse(self, header: str | None) -> ApiError | None:
        """None for an ``Authorization`` header that this account accepts, else the answer it gets."""
        if header in self._good:
            return None
        error = self._judge(header)
        if error is None and header is not None and len(self._good) < 64:
            self._good.add(header)
        return error

    def _judge(self, header: str | None) -> ApiError | None:
        if not header:
            return ApiError(
                401,
                20003,
                "Authentication Error - No credentials provided",
                detail="Your AccountSid or AuthToken was incorrect.",
                hint=f"no credentials came; {self._wanted()}",
            )
        scheme, _, rest = header.partition(" ")
        if scheme.lower() == "bearer" and rest.strip():
            return None
        user, token = _basic(rest) if scheme.lower() == "basic" else (None, "")
        if user is None:
            return ApiError(
                401, 20003, "Authenticate", hint=f"an Authorization header that is no Basic one came; {self._wanted()}"
            )
        known = {self.account_sid: self.auth_token, self.api_key.sid: self.api_key.secret}
        if user not in known:
            return ApiError(
                401,
                20003,
                "Authentication Error - invalid username",
                hint=f"user {user[:40]!r} came, which this studio does not know; {self._wanted()}",
            )
        if known[user] != token:
            which = "auth token" if user == self.account_sid else "API key's secret"
            return ApiError(
                401, 20003, "Authenticate", hint=f"user {user!r} came with a wrong {which}; {self._wanted()}"
            )
        return None

    def _wanted(self) -> str:
        if self.printed:
            user = f"TWILIO_ACCOUNT_SID ({self.account_sid})"
            return f"use the {user} and TWILIO_AUTH_TOKEN that this command has printed"
        lacking = f" ({self.lacking} is missing)" if self.lacking else ""
        return (
            f"pass studio.account_sid ({self.account_sid}) and studio.auth_token, "
            "or studio.api_key.sid and studio.api_key.secret; a client that is made before the test, as at import, "
            f"gets those of the fixture `studio` if the ini has studio_account_sid and studio_auth_token{lacking}, and "
            "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN were not set when pytest began"
        )


def _basic(encoded: str) -> tuple[str | None, str]:
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None, ""
    user, colon, token = text.partition(":")
    return (user, token) if colon else (None, "")
