"""A chat: one Execution of a Flow that runs, and the person at its other end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_studio.chats import telling
from pytest_studio.chats.course import Course
from pytest_studio.flows import runner, talk
from pytest_studio.flows.situation import Assumed, Blank, FlowWarning, Json, Sent, Spoken, Visit

if TYPE_CHECKING:
    from pytest_studio.resources import Execution

__all__ = ["Chat"]


class Chat(Course):
    """An Execution of a Flow that runs: made by ``flow.message`` and its like, or by a REST request.

    What a person, or a telephone, does is a method; each lets the Flow run until it waits again or has ended.
    """

    def __repr__(self) -> str:
        state = "ended" if self.over else f"waits at {self.standing_at!r}" if self.standing_at else "active"
        return f"<Chat {self._run.sid} of {self._run.flow.friendly_name!r}, {state}: {' > '.join(self.way)}>"

    # -- what a test looks at -----------------------------------------------------------------------------------

    @property
    def execution(self) -> Execution:
        """The Execution's record, with its Steps."""
        self._stage.catch_up()
        return self._run

    @property
    def ended(self) -> bool:
        """Whether the Execution has ended, by itself, by the API or otherwise."""
        self._stage.catch_up()
        return self.over

    @property
    def path(self) -> list[str]:
        """The widgets that have finished, in order, those of subflows among them."""
        self._stage.catch_up()
        return self.way

    @property
    def waiting_at(self) -> str | None:
        """The widget that waits; None if none does."""
        self._stage.catch_up()
        return self.standing_at

    @property
    def context(self) -> Json:
        """What the Flow has gathered, as ``…/Context`` shows it: a copy."""
        self._stage.catch_up()
        return deepcopy(self._situation.context)

    @property
    def visits(self) -> tuple[Visit, ...]:
        """The widgets that have finished: ``.widget .type .event .next .properties`` (rendered) and what they left."""
        self._stage.catch_up()
        return tuple(replace(visit, output=deepcopy(visit.output)) for visit in self._visits)

    @property
    def sent(self) -> list[Sent]:
        """The messages that arrived: ``.body .to .from_ .media_url .widget``."""
        return [sent for sent in self._seen(Sent) if sent.error is None]

    @property
    def spoken(self) -> list[Spoken]:
        """What was said and played on the call: ``.text .url .language .widget``."""
        return self._seen(Spoken)

    @property
    def warnings(self) -> list[FlowWarning]:
        """What Studio would write to the account's log: ``.code .widget .message``."""
        return self._seen(FlowWarning)

    @property
    def blanks(self) -> list[Blank]:
        """Variables that nothing had set, and that rendered empty: ``.widget .property .variable .template``."""
        return self._seen(Blank)

    @property
    def assumed(self) -> list[Assumed]:
        """Rules that decided this run although no document settles them: ``.widget .rule``, each once."""
        return list(dict.fromkeys(self._seen(Assumed)))

    @property
    def transcript(self) -> str:
        """The talk so far, a line an entry: what the person did, what the Flow did, and where it waits."""
        self._stage.catch_up()
        return "\n".join(telling.transcript(self))

    def _seen(self, kind: type[Any]) -> list[Any]:
        self._stage.catch_up()
        return self.noted(kind)

    # -- what a person does -------------------------------------------------------------------------------------

    def reply(self, body: str = "", media: Sequence[str] = (), **webhook: Any) -> Chat:
        """The person writes back.

        Args:
            body: the message.
            media: urls of pictures and files in it.
            **webhook: further parameters of the webhook, such as ``ButtonPayload=``.

        Returns:
            The chat itself.

        Raises:
            ChatError: nothing waits for a message; or the Flow cannot go on, see ``FakeStudio.load_flow``.
        """
        with self._acts():
            if not self.listens:
                raise talk.refuse(self._situation_now(), f"reply({body!r:.40})")
            data = self._stage.webhook(self, body, media, webhook)
            self._move(talk.reply(self._situation, data), telling.said(body, media))
        return self

    def hears(self, body: str, media: Sequence[str], webhook: Mapping[str, Any]) -> Chat:
        """The person writes, whether anything waits for that or not: then Studio takes no notice (81002)."""
        with self._acts():
            if self.listens:
                return self.reply(body, media, **webhook)
            self._stage.webhook(self, body, media, webhook)
            self.ignores(f"writes {body!r:.60}")
        return self

    def press(self, keys: str) -> Chat:
        """The caller presses keys: ``"1"``, or ``"1234#"``."""
        with self._acts():
            self._move(talk.press(self._situation_now(), keys), telling.did(f"presses {keys}"))
        return self

    def say(self, text: str, confidence: float = 0.9) -> Chat:
        """The caller speaks.

        Args:
            text: as the speech recognition would have it, with its full stop: ``"Yes."``
            confidence: of the recognition, from 0 to 1.
        """
        with self._acts():
            self._move(talk.say(self._situation_now(), text, confidence), telling.said(text))
        return self

    def silence(self) -> Chat:
        """The caller neither speaks nor presses a key until the time is up."""
        with self._acts():
            self._move(talk.silence(self._situation_now()), telling.did("says nothing"))
        return self

    def hang_up(self) -> Chat:
        """The caller hangs up. Where the widget wires no ``hangup``, Studio takes no notice: warning 81002."""
        with self._acts():
            move = talk.hang_up(self._situation_now())
            if move is None:
                self._log.append(telling.did("hangs up"))
                self._take(runner.ignore(self._situation, "the caller has hung up, and the widget wires no hangup"))
                self._hangs_up()
            else:
                self._hangs_up()
                self._move(move, telling.did("hangs up"))
        return self

    def answer(self, by: str | None = None) -> Chat:
        """Somebody takes the call that the Flow places.

        Args:
            by: ``"human"``, ``"machine_start"``, ``"fax"`` …: ``AnsweredBy``. Left out, it is a human, and
                ``AnsweredBy`` is there only if the widget detects machines.
        """
        with self._acts():
            self._move(talk.answer(self._situation_now(), by), telling.did(f"answers ({by or 'human'})"))
        return self

    def busy(self) -> Chat:
        """The line of the call that the Flow places is busy."""
        with self._acts():
            self._move(talk.unanswered(self._situation_now(), "busy"), telling.did("is busy"))
        return self

    def no_answer(self) -> Chat:
        """Nobody takes the call that the Flow places."""
        with self._acts():
            self._move(talk.unanswered(self._situation_now(), "noAnswer"), telling.did("does not answer"))
        return self
