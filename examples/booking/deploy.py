"""Deployment: Flow Definitions under version control go live, each under the name of its file.

As a command: ``python -m booking.deploy flows/booking.json …``
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import sleep
from typing import Any

from requests import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.rest import Client

from booking.client import patient_client

Definition = dict[str, Any]

#: Seconds between attempts.
PAUSES = (1, 2, 4, 8)


class InvalidFlow(Exception):
    """Twilio refused a definition; the message names each fault."""


def deploy(client: Client, definitions: dict[str, Definition]) -> dict[str, Any]:
    """Publish definitions by name, once all of them are valid. Returns the Flows by name.

    Raises:
        InvalidFlow: one of them is not; nothing was published.
        TwilioException: Twilio refused something else, or still fails after a while.
        requests.RequestException: there still is no answer after a while.
    """
    for name, definition in definitions.items():
        _insist(_validate, client, name, definition)
    return {name: _insist(_publish, client, name, definition) for name, definition in definitions.items()}


def _insist(task: Callable[..., Any], *arguments: Any) -> Any:
    """Try again what may pass, so only what can be done twice: Twilio may have done it, and the answer was lost."""
    for pause in PAUSES:
        try:
            return task(*arguments)
        except RequestException:
            sleep(pause)
        except TwilioException as error:
            if getattr(error, "status", 503) < 500:  # a page of a list that fails does not say its status
                raise
            sleep(pause)
    return task(*arguments)


def _validate(client: Client, name: str, definition: Definition) -> None:
    try:
        client.studio.v2.flow_validate.update(friendly_name=name, status="published", definition=definition)
    except TwilioRestException as error:
        if error.status != 400:
            raise
        faults = [f"{fault['property_path']} {fault['message']}" for fault in (error.details or {}).get("errors", [])]
        raise InvalidFlow(f"{name}: {'; '.join(faults) or error.msg}") from error


def _publish(client: Client, name: str, definition: Definition) -> Any:
    """Make the definition what is live, unless it is already."""
    flows = client.studio.v2.flows
    listed = next((flow for flow in flows.stream() if flow.friendly_name == name), None)
    if listed is None:
        return flows.create(friendly_name=name, status="published", definition=definition)
    flow = flows(listed.sid).fetch()  # lists leave definitions out
    if flow.status == "published" and flow.definition == definition:
        return flow
    return flows(flow.sid).update(status="published", definition=definition)


def main(arguments: Sequence[str]) -> None:
    """The command: files of Flow Definitions."""
    paths: dict[str, Path] = {}
    for path in map(Path, arguments):
        if path.stem in paths:
            sys.exit(f"{paths[path.stem]} and {path} would both be the Flow {path.stem}: rename one of them")
        paths[path.stem] = path
    definitions = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in paths.items()}
    try:
        flows = deploy(patient_client(), definitions)
    except InvalidFlow as error:
        sys.exit(str(error))
    for name, flow in flows.items():
        print(f"{name}: {flow.sid}, revision {flow.revision}")


if __name__ == "__main__":
    main(sys.argv[1:])
