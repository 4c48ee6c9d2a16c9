"""One Flow that runs, as its record shows it to a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pytest_studio import running
from pytest_studio.chats import given
from pytest_studio.chats.decided import Decided, answer_of, check_outcome, widget_of
from pytest_studio.wording import shorten

if TYPE_CHECKING:
    from pytest_studio.chats.chat import Chat
    from pytest_studio.chats.stage import Stage
    from pytest_studio.flows.exploring.explore import Exploration
    from pytest_studio.flows.replaying.replay import Replay
    from pytest_studio.resources import Flow
    from pytest_studio.wire import Request

__all__ = ["Driving"]

#: Widget types that make a request.
ASKING = ("make-http-request", "run-function", "run-function-v2")


class Driving:
    """What ``Flow.message`` and its like do: see ``pytest_studio.resources.driven``."""

    def __init__(self, stage: Stage, flow: Flow) -> None:
        self._stage = stage
        self._flow = flow

    @property
    def number(self) -> str:
        """The number that people write to, and call."""
        with self._stage.turn:
            return self._stage.programs.number(self._flow)

    @property
    def chats(self) -> list[Chat]:
        """The Flow's chats, oldest first."""
        return self._stage.chats_of(self._flow)

    def message(
        self,
        kind: str,
        body: str,
        from_: str | None,
        to: str | None,
        media: Sequence[str],
        webhook: Mapping[str, Any],
    ) -> Chat:
        """A person writes."""
        return self._stage.entrance.message(self._flow, kind, body, from_, to, media, webhook)

    def call(self, from_: str | None, to: str | None, webhook: Mapping[str, Any]) -> Chat:
        """A person calls."""
        return self._stage.entrance.call(self._flow, from_, to, webhook)

    def request(self, to: str | None, from_: str | None, parameters: Mapping[str, Any] | None) -> Chat:
        """A request starts an Execution."""
        return self._stage.entrance.request(self._flow, to, from_, parameters)

    def parent(self, parameters: Mapping[str, Any], from_: str | None) -> Chat:
        """Another Flow runs this one."""
        return self._stage.entrance.parent(self._flow, parameters, from_)

    def outcome(self, widget: str, event: str, variables: Mapping[str, Any] | None, times: int | None) -> None:
        """Decide how a widget ends."""
        state = widget_of(self._program(), widget, "outcome")
        check_outcome(state, event, variables)
        text = f"outcome({widget!r}, {event!r}{f', {shorten(variables, 80)}' if variables else ''}{_times(times)})"
        left = None if variables is None else given.members(variables, "variables")
        self._stage.decide(Decided(self._flow.sid, widget, text, times, event=event, variables=left))

    def respond(
        self,
        widget: str,
        status: int | Callable[[Request], Any],
        payload: Any,
        body: str | bytes | None,
        content_type: str | None,
        times: int | None,
    ) -> None:
        """Answer a widget's request."""
        state = widget_of(self._program(), widget, "respond")
        if state.type not in ASKING:
            raise ValueError(f"respond({widget!r}, …): a {state.type} makes no request; outcome({widget!r}, …) decides")
        answer = answer_of(status, payload, body, content_type)
        what = "callable" if callable(status) else str(status)
        told = {"json": payload, "body": body, "content_type": content_type}
        text = "".join(f", {name}={shorten(value, 60)}" for name, value in told.items() if value is not None)
        made = Decided(
            self._flow.sid, widget, f"respond({widget!r}, {what}{text}{_times(times)})", times, answer=answer
        )
        self._stage.decide(made)

    def explore(self, seed: int | None, limit: int | None) -> Exploration:
        """Walk the Flow whole."""
        from pytest_studio.flows.exploring import explore

        with self._stage.turn:
            number = self._stage.programs.number(self._flow)
            program = self._stage.programs.of(self._flow, self._flow.running_for(explore.CONTACT))
        return explore.explore(
            program,
            self._stage.world(),
            account_sid=self._stage.account.sid,
            number=number,
            seed=seed,
            limit=explore.LIMIT if limit is None else limit,
            find=self._stage.account.flows.__getitem__,
        )

    def replay(self, source: Any) -> Replay:
        """Run a recorded Execution again."""
        from pytest_studio.chats.recorded import recording_of, run_of
        from pytest_studio.flows.replaying.replay import replay

        program = self._program()
        run = run_of(source, self._flow, self._stage.account, running.rootdir())
        return replay(program, self._stage.world(), recording_of(run))

    def _program(self) -> Any:
        with self._stage.turn:
            self._stage.programs.number(self._flow)  # asked to run, it runs
            return self._stage.programs.of(self._flow, self._flow.current)


def _times(times: int | None) -> str:
    return "" if times == 1 else f", times={times}"
