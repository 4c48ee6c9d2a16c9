"""The nightly job: the Steps of a Flow, a row each, in a table of SQLite.

As a command: ``python -m booking.export FW… steps.db``
"""

from __future__ import annotations

import logging
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime, timedelta, timezone
from typing import Any

from twilio.rest import Client

from booking.client import patient_client

#: Each night looks back so far. What the last nights missed is made up for: a Step that Studio logged late, an
#: Execution that went on over midnight, a night that failed. Executions are asked for
#: by their beginning, so Steps that come later than this are never seen: look back further if your Flows wait longer.
LOOK_BACK = timedelta(days=7)

TABLE = """
CREATE TABLE IF NOT EXISTS steps (
    sid TEXT PRIMARY KEY,
    execution TEXT NOT NULL,
    at TEXT NOT NULL,
    widget TEXT NOT NULL,
    event TEXT NOT NULL,
    next TEXT NOT NULL,
    answer TEXT
)
"""

log = logging.getLogger(__name__)


def export(client: Client, table: sqlite3.Connection, flow_sid: str, since: datetime) -> int:
    """Add the Steps that the table does not have yet, and return how many.

    Oldest first, an Execution a transaction: after a failure halfway, the next run goes on where this one ended.

    Args:
        client: of the account.
        table: the database; the table is made if need be.
        flow_sid: whose Executions.
        since: of those that began then or later.
    """
    table.execute(TABLE)
    executions = client.studio.v2.flows(flow_sid).executions.list(date_created_from=since)
    return sum(_add(table, execution) for execution in reversed(executions))  # the API lists the newest first


def _add(table: sqlite3.Connection, execution: Any) -> int:
    known = {sid for (sid,) in table.execute("SELECT sid FROM steps WHERE execution = ?", [execution.sid])}
    rows = [_row(step) for step in reversed(execution.steps.list()) if step.sid not in known]
    with table:
        table.executemany("INSERT INTO steps VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
    log.info("%s: %d new Steps", execution.sid, len(rows))
    return len(rows)


def _row(step: Any) -> tuple[str | None, ...]:
    return (
        step.sid,
        step.execution_sid,
        step.date_created.isoformat(),
        step.transitioned_from,
        step.name,
        step.transitioned_to,
        _answer(step),
    )


def _answer(step: Any) -> str | None:
    """What a person answered to the Step's widget. Only the Step's Context has it, which is a request more.

    A message that starts a Flow answers no widget: the trigger, whatever it is called, has no ``inbound``.
    """
    if step.name != "incomingMessage" or step.transitioned_from == "Trigger":
        return None
    widgets = step.step_context().fetch().context["widgets"]
    body: str | None = widgets.get(step.transitioned_from, {}).get("inbound", {}).get("Body")
    return body


def main(arguments: Sequence[str]) -> None:
    """The command: the SID of a Flow, and the file of the database."""
    flow_sid, path = arguments
    with closing(sqlite3.connect(path)) as table:
        added = export(patient_client(), table, flow_sid, datetime.now(timezone.utc) - LOOK_BACK)
    print(f"{added} new Steps in {path}")


if __name__ == "__main__":
    main(sys.argv[1:])
