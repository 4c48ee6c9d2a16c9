"""The webhook of Event Streams: how far each Execution has come, for a board in the office.

To serve it: ``uvicorn --proxy-headers --factory booking.webhook:from_environment``
"""

import json
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, FastAPI, HTTPException, Request
from twilio.request_validator import RequestValidator

STARTED = "com.twilio.studio.flow.execution.started"
ENDED = "com.twilio.studio.flow.execution.ended"
PASSED = "com.twilio.studio.flow.step.ended"

log = logging.getLogger(__name__)


class Board:
    """Events in a table of SQLite. They come at least once, and in any order: rows are added and never changed.

    Args:
        path: the file of the database; it is made if need be.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._table() as table:
            table.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, execution, type, widget)")

    def take(self, events: list[dict[str, Any]]) -> None:
        """Note events. Those that came before are noted already; those of other kinds are left out."""
        rows = []
        for event in events:
            if event["type"] in (STARTED, ENDED, PASSED):
                data = event["data"]
                rows.append((event["id"], data["execution_sid"], event["type"], data.get("transitioned_from")))
            else:
                log.warning("left out: an event of the type %s", event["type"])
        with self._table() as table:
            table.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?, ?)", rows)

    def running(self) -> set[str]:
        """SIDs of the Executions that have not ended."""
        with self._table() as table:
            ended = {sid for (sid,) in table.execute("SELECT execution FROM events WHERE type = ?", [ENDED])}
            return {sid for (sid,) in table.execute("SELECT execution FROM events")} - ended

    def passed(self, execution: str) -> list[str]:
        """The widgets that an Execution has behind it, once for each time, by name."""
        query = "SELECT widget FROM events WHERE execution = ? AND type = ? ORDER BY widget"
        with self._table() as table:
            return [widget for (widget,) in table.execute(query, [execution, PASSED])]

    @contextmanager
    def _table(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path)) as table, table:
            yield table


def make_app(auth_token: str, board: Board) -> FastAPI:
    """The application that Event Streams posts to."""
    app = FastAPI()
    validator = RequestValidator(auth_token)

    async def signed(request: Request) -> str:
        """The body of a request that Twilio has signed; any other is refused.

        The signature covers the url, and the url a hash of the body: without that hash a body may be anyone's.
        """
        body = (await request.body()).decode(errors="replace")
        signature = request.headers.get("X-Twilio-Signature", "")
        if "bodySHA256" not in request.query_params or not validator.validate(str(request.url), body, signature):
            raise HTTPException(403, "not signed by Twilio")
        return body

    @app.post("/events", status_code=204)
    def events(body: Annotated[str, Depends(signed)]) -> None:
        """One event, or an array of them. What cannot be stored is answered 500, and Twilio sends it again."""
        payload = json.loads(body)
        board.take(payload if isinstance(payload, list) else [payload])

    return app


def from_environment() -> FastAPI:
    """The application as it is deployed: Twilio's token and the board's file come from the environment."""
    return make_app(os.environ["TWILIO_AUTH_TOKEN"], Board(Path(os.environ.get("BOARD", "board.db"))))
