"""Flows that run: loading them, and finding the chats that code under test has started."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Literal

from pytest_studio import running
from pytest_studio.errors import FlowDefinitionError, StudioFlowWarning, nearest
from pytest_studio.fake.core import Core
from pytest_studio.resources import Execution, Flow
from pytest_studio.wire import Request, Response

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat
    from pytest_studio.chats.stage import Stage

__all__ = ["Talking"]


class Talking(Core):
    """``load_flow``, ``message``, ``chats`` and ``chat``."""

    def load_flow(
        self,
        source: str | os.PathLike[str] | dict[str, Any] | Flow,
        *,
        sid: str | None = None,
        friendly_name: str | None = None,
        status: Literal["draft", "published"] = "published",
        assume_success: bool = False,
    ) -> Flow:
        """Store a Flow that runs: whoever writes, calls or starts an Execution of it gets what Studio would do.

        Its definition is checked first, by the schemas and for what it means. What Studio would refuse stops it; what
        is probably not meant warns. New revisions, as the REST API makes them, run as well. Subflows are looked for
        among the studio's Flows, by their SIDs.

        ``flow.message``, ``.conversation``, ``.call``, ``.request`` and ``.parent`` start a chat, or go on with the one
        that waits for the person; ``flow.outcome`` and ``flow.respond`` decide what the world outside does. Sends, says
        and plain waits succeed by themselves; HTTP and Function widgets make real requests, which the test's own
        ``responses`` mocks answer, or a server on this machine.

        Args:
            source: a path, from the working directory or the suite's root; a definition as a dict or as JSON; or a
                Flow that is in the studio already, such as one that was deployed by the REST API.
            sid: ``FW…``; made if left out.
            friendly_name: its name; the file's, if left out.
            status: ``"published"`` or ``"draft"``.
            assume_success: let what hands over to people, phones and payments go well, unless there is an ``outcome``.

        Returns:
            The Flow's record, which is in ``studio.flows``.

        Raises:
            FlowDefinitionError: it is no definition that Studio would take; the message says why, and where.
            MissingExtra: python-liquid is not installed.

        Warns:
            StudioFlowWarning: what is probably not meant: one warning, a line for each.
        """
        from pytest_studio import flow_checks
        from pytest_studio.flows.definitions import reading

        if isinstance(source, Flow):
            if sid is not None or friendly_name is not None or status != "published":
                raise TypeError("load_flow(a Flow) takes its SID, name and status from it")
            if self._account.flows.get(source.sid) is not source:
                raise ValueError(f"{source.sid} is not in this studio")
            read = reading.read(source.definition or {}, None)
        else:
            read = reading.read(source, running.rootdir())
        findings = flow_checks.check(read.definition)
        title = friendly_name or read.title
        errors = [finding for finding in findings if finding.level == "error"]
        if errors:
            told = "\n".join(f"  {finding}" for finding in errors)
            what = read.source or title or "the definition"
            raise FlowDefinitionError(f"{what} is no Flow that Studio would take:\n{told}", tuple(findings))
        if findings:
            told = "\n".join(f"  {finding}" for finding in findings)
            text = f"Flow {title or 'without a name'!r} runs, but this is probably not meant:\n{told}"
            warnings.warn(StudioFlowWarning(text, tuple(findings)), stacklevel=3)  # see fake.speaking
        with self._lock:
            flow = source if isinstance(source, Flow) else self._store(read.definition, sid, title, status)
            file = read.source and os.path.abspath(read.source)
            self._on_stage().programs.load(flow, assume_success=assume_success, source=file)
        return flow

    def _store(self, definition: dict[str, Any], sid: str | None, title: str, status: str) -> Flow:
        given = {name: value for name, value in (("sid", sid), ("friendly_name", title)) if value}
        return self._arranger.add_flow(definition=definition, status=status, **given)

    def message(
        self,
        body: str = "",
        *,
        from_: str | None = None,
        to: str | None = None,
        media: Sequence[str] = (),
        **webhook: Any,
    ) -> Chat:
        """A person writes to a number: the chat that waits for them hears it, or the Flow of that number begins one.

        Args:
            body: the message.
            from_: the person's address; None: somebody new.
            to: a Flow's ``number``; None: the chat that waits for the person, or the only Flow that was loaded.
            media: urls of pictures and files.
            **webhook: further parameters of the webhook.

        Raises:
            ChatError: no chat waits and no Flow has the number; or the Flow cannot go on.
        """
        return self._on_stage().entrance.message(None, "message", body, from_, to, media, webhook)

    @property
    def chats(self) -> list[Chat]:
        """All chats, oldest first, those that the code under test started among them."""
        return list(self._chats().values())

    def chat(self, execution_sid: str | Execution) -> Chat:
        """The chat of an Execution, such as one that the code under test has started.

        Raises:
            LookupError: the Execution is not there, or its Flow does not run; the message says which.
        """
        sid = execution_sid if isinstance(execution_sid, str) else execution_sid.sid
        chats = self._chats()
        if sid in chats:
            return chats[sid]
        run = self._account.executions.get(sid)
        if run is None:
            raise LookupError(f"{sid} is no Execution of this studio{nearest(sid, self._account.executions)}")
        raise LookupError(
            f"Execution {sid} does not run: its Flow {run.flow.friendly_name!r} ({run.flow_sid}) was not loaded with "
            "studio.load_flow(…) when it began"
        )

    def watch(self, told: Callable[[Chat], None]) -> None:
        """Have a function called with each chat that cannot go on where nobody drives it.

        Such a chat was begun by a REST request, or its time was up. Its ``error`` says why it stands still.

        Args:
            told: called at once, in the thread that let the Flow run.
        """
        self._on_stage().watcher = told

    # -- the stage ----------------------------------------------------------------------------------------------

    def _chats(self) -> dict[str, Chat]:
        """The chats by the SID of their Execution, once those have come as far as they can."""
        stage = self._account.stage
        if stage is None:
            return {}
        stage.aside.wait()
        return stage.chats

    def _on_stage(self) -> Stage:
        """Where Flows run; made when the first one does."""
        if self._account.stage is None:
            from pytest_studio.chats.stage import Stage

            self._account.stage = Stage(self._account, self._credentials.basic, _ask, _errors_of)
            self._account.stage.lenient = self._lenient
            self._lock.after = self._follow
        return self._account.stage

    def _follow(self) -> None:
        """What follows when somebody gives back the lock."""
        if self._account.stage is not None:
            self._account.stage.follow()
        for sink in list(self._sinks):
            sink.deliver()


def _errors_of(definition: Any) -> list[str]:
    from pytest_studio import flow_checks

    return [str(finding) for finding in flow_checks.check(definition) if finding.level == "error"]


def _ask(request: Request, timeout: float, most: int) -> Response:
    from pytest_studio.transports.sending import fetch

    return fetch(request, timeout, most)
