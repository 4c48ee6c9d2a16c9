"""Event Streams: what happened, as CloudEvents, and where they are sent."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_studio import seeds
from pytest_studio.fake.core import Core
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    from pytest_studio.events import Events, Sink

__all__ = ["Notifying"]


class Notifying(Core):
    """``events``, ``sink`` and ``sign``."""

    @property
    def events(self) -> Events:
        """The CloudEvents that Event Streams would have sent, in order: a live, read-only sequence of dicts.

        There is one when an Execution or Engagement has started, one when a Step of it has ended, and one when it has
        ended itself, whether the REST API, ``add_*``, ``.end()`` or ``.update(status="ended")`` did it. Deletion and
        the retention tell nothing. An event tells what was so then: later changes of a record do not reach it. Each
        reading gives copies. ``pytest_studio.events`` has the types. Follows
        https://www.twilio.com/docs/events/event-types/studio/flow.
        """
        from pytest_studio.events import Events

        return Events(self._account)

    def sink(
        self,
        url_or_callable: str | Callable[[Any], object],
        *,
        batch: bool = False,
        duplicates: bool = False,
        shuffle: bool = False,
    ) -> Sink:
        """Deliver events from now on, each time when what caused them is done.

        A url gets them as signed POST requests, see ``sign``, sent with ``requests``: the test's ``responses`` mocks
        answer, or a live server. A callable is called with an event, a dict (with ``batch`` a list of them); what it
        raises is raised again by ``sink.flush()``, or else is in the verdict. It may answer: with a status from 100 to
        599, with ``(status, body)``, or with a response, as of a framework's test client; that counts as the answer of
        a url does. None, and whatever else is no answer, is as good as 2xx; but a tuple that does not begin with a
        status, such as ``(b"no", 503)``, is a TypeError, which is told as if the callable had raised it.

        An answer of 2xx is the end of it. 429, 5xx and no answer within 5 seconds are tried again at once, 5
        times in all; other answers are given up. Code that uses the studio is not held up by a lock
        meanwhile, and may use it in the receiver. If two threads cause events, one may deliver those of both. Where an
        event loop runs, so that it would stand still (an async test, ``studio_server``), a thread of its own sends:
        ``sink.flush()`` waits for it, in an async test ``await asyncio.to_thread(sink.flush)``. The end of the test,
        and leaving the studio, flush.

        Args:
            url_or_callable: where to.
            batch: whether events that happened together go together, as an array of up to 100;
                otherwise each is sent alone, as an object.
            duplicates: whether some deliveries come twice, the first of all in any case; drawn from the seed.
            shuffle: whether events come out of order; drawn from the seed. One that happens alone may come with the
                next one, or with ``flush``.

        Returns:
            What has ``.deliveries`` (each with ``events``, ``attempts``, ``status``, ``exception``, ``request``),
            ``.given_up``, ``.flush()`` and ``.close()``. What was given up and not looked at is in the verdict.

        Raises:
            ValueError: the url is not absolute.
            TypeError: neither a url nor a plain callable.
        """
        from pytest_studio.events import Sink

        with self._lock:
            label = f"{self._account.source.label}/sink-{len(self._sinks) + 1}"
            sink = Sink(
                self._account,
                self._credentials.auth_token,
                url_or_callable,
                batch=batch,
                duplicates=duplicates,
                shuffle=shuffle,
                rng=seeds.Source(self._arguments["seed"], label).rng,
                post=_post,
            )
            self._sinks.append(sink)
            self._lock.after = self._follow
            return sink

    def sign(self, url: str, events: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> Request:
        """The request by which Event Streams would send events to a url, for a framework's test client.

        Args:
            url: the receiver's, absolute, as the receiver will put it together again; a query is kept, credentials
                become an ``Authorization`` header.
            events: one event, which is sent as an object; several (such as ``studio.events``), sent as an array.

        Returns:
            ``.method``, ``.url`` with ``bodySHA256``, ``.headers`` with ``X-Twilio-Signature``, ``.body`` in bytes.

        Raises:
            ValueError: ``url`` is not absolute, or the events cannot be written as JSON.
            TypeError: ``events`` is neither a dict nor a sequence of dicts.
        """
        from pytest_studio.events import sign

        return sign(self._credentials.auth_token, url, events)

    def _undelivered(self, origin: object) -> list[str]:
        """What the failure report of a test says of deliveries that were given up, but for those of a verdict."""
        return [line for sink in self._sinks for line in sink.failures(origin)]

    def _wait(self) -> None:
        """Let no other thread send when the test is over, if it comes to an end in time."""
        if self._sinks:
            from pytest_studio.events import BRIEFLY

            for sink in self._sinks:
                sink.wait(BRIEFLY)

    def _settle(self) -> list[str]:
        """Send what is left; what the verdict says of sinks."""
        if not self._sinks:
            return []
        from pytest_studio.events import in_event_loop, patience

        waits = patience()
        until = time.monotonic() + waits
        lines = []
        for sink in list(self._sinks):
            if not sink.settle(max(0.0, until - time.monotonic())):
                hint = "; in an event loop, await asyncio.to_thread(sink.flush) first" if in_event_loop() else ""
                lines.append(f"{sink!r} has not sent all within {waits:g} seconds{hint}")
            lines += sink.complaints()
        return lines


def _post(request: Request) -> Response:
    from pytest_studio.events import TIMEOUT
    from pytest_studio.transports.sending import send

    return send(request, TIMEOUT)
