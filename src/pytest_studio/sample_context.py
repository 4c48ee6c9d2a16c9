"""What contexts hold after a short conversation, as recorded, with a person who gave a name."""

from __future__ import annotations

from typing import Any

from pytest_studio import sids, webhooks
from pytest_studio.seeds import Source

__all__ = ["conversation"]

Json = dict[str, Any]


def conversation(source: Source, account_sid: str, flow_sid: str, execution_sid: str) -> Json:
    """The four keys that every recorded context has, people and places from ``source``; numbers are text, as recorded.

    Args:
        source: decides, and supplies names, places and phone numbers.
        account_sid: ``AC…`` in the message's webhook.
        flow_sid: ``FW…``.
        execution_sid: ``FN…``, which is what ``flow.sid`` holds.
    """
    faker = source.faker
    person, number, name = source.phone_number(), source.phone_number(), faker.first_name()
    place = {
        "FromCity": faker.city().upper(),
        "FromCountry": "US",
        "FromState": faker.state_abbr(),
        "FromZip": faker.zipcode(),
    }

    def message(body: str) -> Json:
        made = webhooks.inbound("message", account_sid, person, number, lambda prefix: sids.new(prefix, source.rng))
        return {**made["message"], "Body": body, **place}

    return {
        "widgets": {
            "send_and_reply_1": {"inbound": message(name)},
            "split_1": {},
            "set_variables_1": {"name": name},
        },
        "trigger": {"message": message(faker.sentence())},
        "contact": {"channel": {"address": person}},
        "flow": {
            "flow_sid": flow_sid,
            "channel": {"address": number},
            "sid": execution_sid,
            "variables": {"name": name},
        },
    }
