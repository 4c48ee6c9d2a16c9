"""What a test does with a Flow that runs: start chats, decide what the outside does, explore and replay."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat
    from pytest_studio.chats.driving import Driving
    from pytest_studio.flows.exploring.explore import Exploration
    from pytest_studio.flows.replaying.replay import Replay
    from pytest_studio.resources.execution import Execution
    from pytest_studio.wire import Request

__all__ = ["Driven"]


class Driven:
    """The part of a Flow that runs. See ``FakeStudio.load_flow``; a Flow that was stored otherwise runs once asked."""

    __slots__ = ()

    @property
    def _drive(self) -> Driving:
        raise NotImplementedError

    @property
    def number(self) -> str:
        """The number that people write to, and call."""
        return self._drive.number

    @property
    def chats(self) -> list[Chat]:
        """Its chats, oldest first, those that the code under test started among them."""
        return self._drive.chats

    def message(
        self,
        body: str = "",
        *,
        from_: str | None = None,
        to: str | None = None,
        media: Sequence[str] = (),
        **webhook: Any,
    ) -> Chat:
        """A person writes a message (``incomingMessage``).

        One whose Execution waits writes a reply, and that chat is returned; one whose Execution is active but waits for
        no message is not heard (warning 81002), as in Studio.

        Args:
            body: the message.
            from_: the person's address; None: somebody new each time.
            to: Twilio's side; None: where the person's chat waits, else ``number``.
            media: urls of pictures and files.
            **webhook: further parameters of the webhook, such as ``OptOutType="STOP"`` or ``FromCity=``.

        Raises:
            ChatError: the Flow cannot go on: a widget needs an ``outcome``, or asks a server that nothing stands for.
            TypeError: the body is no text, ``media`` no list of urls, or JSON cannot hold a parameter.
            ValueError: an address is empty.
        """
        return self._drive.message("message", body, from_, to, media, webhook)

    def conversation(
        self,
        body: str = "",
        *,
        from_: str | None = None,
        to: str | None = None,
        media: Sequence[str] = (),
        **webhook: Any,
    ) -> Chat:
        """A person writes in a conversation (``incomingConversationMessage``); as ``message``."""
        return self._drive.message("conversation", body, from_, to, media, webhook)

    def call(self, *, from_: str | None = None, to: str | None = None, **webhook: Any) -> Chat:
        """A person calls (``incomingCall``).

        Args:
            from_: the person's number; None: somebody new each time.
            to: Twilio's side; None: ``number``.
            **webhook: further parameters of the webhook, such as ``FromCity=``.

        Raises:
            ChatError: as ``message``.
        """
        return self._drive.call(from_, to, webhook)

    def request(
        self, *, to: str | None = None, from_: str | None = None, parameters: Mapping[str, Any] | None = None
    ) -> Chat:
        """A request starts an Execution (``incomingRequest``), as ``POST …/Executions`` does.

        Args:
            to: the contact; None: somebody new each time.
            from_: Twilio's side; None: ``number``.
            parameters: ``flow.data``.

        Raises:
            ChatError: the contact has an active Execution; or as ``message``.
        """
        return self._drive.request(to, from_, parameters)

    def parent(self, parameters: Mapping[str, Any] | None = None, *, from_: str | None = None) -> Chat:
        """Another Flow runs this one as its subflow (``incomingParent``), on its own.

        Args:
            parameters: ``trigger.parent.parameters``.
            from_: the person's address; None: somebody new.

        Raises:
            ChatError: as ``message``.
        """
        return self._drive.parent(parameters or {}, from_)

    def outcome(
        self, widget: str, event: str, variables: Mapping[str, Any] | None = None, *, times: int | None = 1
    ) -> None:
        """Decide how a widget ends, whichever it is but a trigger or a split. Calls queue; the verdict has unused ones.

        Args:
            widget: its name.
            event: how it ends, such as ``"callComplete"``.
            variables: what it leaves under ``widgets.<name>``, over what it leaves by itself.
            times: how often; None: always.

        Raises:
            ValueError: the Flow has no such widget, or the widget no such event; the nearest is named.
            ChatError: a chat that stood still for want of it went on, and could not.
        """
        self._drive.outcome(widget, event, variables, times)

    def respond(
        self,
        widget: str,
        status: int | Callable[[Request], Any] = 200,
        *,
        json: Any = None,
        body: str | bytes | None = None,
        content_type: str | None = None,
        times: int | None = 1,
    ) -> None:
        """Answer the request of an HTTP or Function widget, which then is not sent. Calls queue, as with ``outcome``.

        Args:
            widget: its name.
            status: HTTP status; or a callable that gets the request (``.method .url .headers .body``) and returns JSON,
                a text, a status, ``(status, body)`` or a ``pytest_studio.Response``.
            json: the body, as what JSON can hold.
            body: the body, as it is.
            content_type: of the body; None: ``application/json`` with ``json``, else ``text/plain``.
            times: how often; None: always.

        Raises:
            ValueError: the Flow has no such widget, or it makes no request.
        """
        self._drive.respond(widget, status, json, body, content_type, times)

    def explore(self, seed: int | None = None, limit: int | None = None) -> Exploration:
        """Walk the Flow whole: every branch with inputs that reach it. Nothing is sent, stored or waited for.

        A person replies, stays silent, presses keys and speaks as conditions ask for, and otherwise; requests and
        subflows that are not in the studio succeed and fail; what hands over to others ends in each of its ways.
        ``flow.explore().check()`` is a test of the whole Flow in one line. ``print`` shows what came of it.

        Args:
            seed: another one tries other free texts, in another order; None: always the same.
            limit: how many moves (messages, keys, answers) are tried at the most; None: 10,000, which are some seconds.

        Returns:
            ``.paths`` (each with its ``.moves``, which ``.play(flow)`` takes), ``.covered``, ``.unreached``,
            ``.dead_ends``, ``.blanks``, ``.troubles``, ``.ok``, ``.check(allow=…)``.

        Raises:
            ChatError: the Flow cannot run.
            ValueError: the limit is none.
        """
        return self._drive.explore(seed, limit)

    def replay(self, recording: Execution | str | os.PathLike[str] | Mapping[str, Any] | Sequence[Any]) -> Replay:
        """Run a recorded Execution again, on the Flow's newest revision: where does it first go another way?

        What people said then, what servers answered and how others ended is fed to the Flow as it is now; splits and
        variables are judged anew. Nothing is sent or stored. Recorded Steps may lack contexts, or be lost; the
        Execution may be active still.

        Args:
            recording: an Execution's record, such as one that ``studio.load`` returned, or its SID; or what
                ``studio.load`` takes (path of a cassette, a HAR file or a dump; payloads of Steps and contexts), with
                one Execution in it, or one of this Flow.

        Returns:
            ``.path``, ``.recorded_path``, ``.first_difference`` (None, or ``.index``, ``.recorded``, ``.replayed``,
            ``.why``), ``.assumed``, ``.check()``; ``print`` shows it.

        Raises:
            LookupError: the studio has no Execution of that SID.
            ValueError: there is no Execution with Steps in it, or several that may be meant.
            ChatError: the Flow cannot run.
        """
        return self._drive.replay(recording)
