"""The fakes that answer the same questions: one that was given what an account has, and one that has its own."""

from __future__ import annotations

import json
import warnings
from urllib.parse import urlencode

from pytest_studio import schemas, sids
from pytest_studio.fake import FakeStudio
from pytest_studio.live.asking import Answer, Login
from pytest_studio.live.world import Absent, World
from pytest_studio.wire import API, Request

__all__ = ["given", "own"]

_SEED = "studio-live"


def given(live: World) -> World:
    """A fake that was given what an account has answered so far; what it cannot take is left out."""
    studio = FakeStudio(_account_of(live), seed=_SEED, env=False, strict=False)
    for answer in list(live.answers()):
        payload = answer.json()
        name = schemas.name_for("GET", answer.url)
        if name is None or not isinstance(payload, dict):
            continue
        _drop_faults(payload, name)
        request = {"method": "GET", "url": answer.url}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unknown properties are for the cases to tell
            try:
                studio.load([{"request": request, "response": {"status": 200, "body": json.dumps(payload)}}])
            except ValueError:
                continue
    return _world(studio, live)


def _account_of(live: World) -> str | None:
    """The account's SID, as its Flows tell it."""
    try:
        found = live.flows[0].get("account_sid")
    except Absent:
        return None
    return found if sids.is_valid(found, "AC") else None


def _drop_faults(payload: object, name: str) -> None:
    """Take out of a payload what its schema does not allow, so that the rest of it can be loaded."""
    for fault in schemas.violations(payload, name):
        at: object = payload
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in fault.pointer.split("/")[1:]] or [""]
        for part in way:
            if isinstance(at, dict):
                at = at.get(part)
            elif isinstance(at, list) and part.isdigit() and int(part) < len(at):
                at = at[int(part)]
        if isinstance(at, dict):
            at.pop(last, None)


def own() -> World:
    """A fake whose Flow and Executions came by its API, as an account's did: what it chooses by itself can be seen."""
    studio = FakeStudio(seed=_SEED, env=False, strict=False, now="2026-05-01T12:00:00Z")
    login = Login(studio.account_sid, studio.auth_token)

    def post(path: str, **form: str) -> str:
        studio.advance(minutes=1)
        headers = {**login.headers("account"), "Content-Type": "application/x-www-form-urlencoded"}
        return str(studio.handle(Request("POST", API + path, headers, urlencode(form))).json()["sid"])

    for number in (1, 2):
        flow = post("/v2/Flows", FriendlyName=f"Flow {number}", Status="published", Definition=_DEFINITION)
    post(f"/v2/Flows/{flow}", Status="draft", FriendlyName="Flow")
    for number in (1, 2, 1):
        run = post(f"/v2/Flows/{flow}/Executions", To=f"+1555010000{number}", From="+15550100009")
        studio.add_steps(studio.executions[run], 3)
        studio.executions[run].end()
    return _world(studio)


_DEFINITION = '{"initial_state": "Trigger"}'


def _world(studio: FakeStudio, like: World | None = None) -> World:
    login = Login(studio.account_sid, studio.auth_token)

    def get(path: str, who: str, body: bytes) -> Answer:
        response = studio.handle(Request("GET", API + path, login.headers(who), body))
        return Answer(API + path, response.status, response.headers, response.body)

    return World(get, like)
