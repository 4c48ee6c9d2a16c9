"""Event Streams: what happened in a studio, as CloudEvents; how they are signed, and how they are delivered.

Follows https://www.twilio.com/docs/events/event-types/studio/flow and
https://www.twilio.com/docs/events/webhook-quickstart.
"""

from __future__ import annotations

from pytest_studio.cloudevents import EXECUTION_ENDED, EXECUTION_STARTED, SCHEMAS, STEP_ENDED, TYPES, full_type
from pytest_studio.events.delivery import ATTEMPTS, BATCH, BRIEFLY, TIMEOUT, Delivery, Sink, in_event_loop, patience
from pytest_studio.events.log import Events
from pytest_studio.events.signing import sign, signature

__all__ = [
    "ATTEMPTS",
    "BATCH",
    "BRIEFLY",
    "EXECUTION_ENDED",
    "EXECUTION_STARTED",
    "SCHEMAS",
    "STEP_ENDED",
    "TIMEOUT",
    "TYPES",
    "Delivery",
    "Events",
    "Sink",
    "full_type",
    "in_event_loop",
    "patience",
    "sign",
    "signature",
]
