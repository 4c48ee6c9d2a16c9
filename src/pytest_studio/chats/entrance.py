"""How chats begin, and who gets which message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from typing import TYPE_CHECKING, Any

from pytest_studio import webhooks
from pytest_studio.chats import given, telling
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import ChatError
from pytest_studio.flows import runner
from pytest_studio.flows.model import Program
from pytest_studio.flows.situation import Json
from pytest_studio.resources import Execution, Flow

if TYPE_CHECKING:
    from pytest_studio.chats.stage import Stage

__all__ = ["Entrance"]


class Entrance:
    """Where people, requests and other Flows come in.

    Args:
        stage: where the chats then run.
    """

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._account = stage.account
        self._programs = stage.programs
        self._by_contact: dict[str, list[Chat]] = {}

    # -- beginning ----------------------------------------------------------------------------------------------

    def message(
        self,
        flow: Flow | None,
        kind: str,
        body: str,
        from_: str | None,
        to: str | None,
        media: Sequence[str],
        further: Mapping[str, Any],
    ) -> Chat:
        """A person writes: to the chat that waits for them, or to a new one.

        Args:
            flow: the Flow that is written to; None: whichever the number leads to.
            kind: ``"message"`` or ``"conversation"``.
            body: the message.
            from_: the person's address; None: somebody new.
            to: Twilio's; None: where this person's chat waits, else the Flow's.
            media: urls.
            further: parameters of the webhook.
        """
        from_, to = given.address(from_, "from_"), given.address(to, "to")
        self._stage.catch_up()
        with self._account.turn:
            sides = {to, str(further.get("MessagingServiceSid"))} if to else set()
            chat = None if from_ is None else self._listening(from_, sides, flow)
            waits = chat is not None
            if chat is None:
                flow = flow or self._addressed(to)
                number = to or self._programs.number(flow)
                contact = from_ or self._account.source.phone_number()
                data = self.hear(kind, contact, number, body, media, further)
                event = "incomingConversationMessage" if kind == "conversation" else "incomingMessage"
                chat = self._open(flow, event, {kind: data}, contact, number, telling.said(body, media))
        return chat.hears(body, media, further) if waits else self._run(chat)

    def call(self, flow: Flow, from_: str | None, to: str | None, further: Mapping[str, Any]) -> Chat:
        """A person calls: a new chat, unless the Flow takes one call of a contact at a time."""
        from_, to, further = given.address(from_, "from_"), given.address(to, "to"), given.webhook(further)
        self._stage.catch_up()
        with self._account.turn:
            number = to or self._programs.number(flow)
            contact = from_ or self._account.source.phone_number()
            program = self._programs.of(flow, flow.running_for(contact))
            active = [chat for chat in self._active(contact) if chat.flow is flow and chat.situation.call is not None]
            again = bool(active) and not program.concurrent_calls
            if again:
                chat = active[-1]
            else:
                data = webhooks.inbound("call", self._account.sid, contact, number, self._account.new_sid)["call"]
                trigger = {"call": {**data, **further}}
                chat = self._open(flow, "incomingCall", trigger, contact, number, telling.did("calls"))
        if not again:
            return self._run(chat)
        chat.ignores("calls again")
        return chat

    def request(self, flow: Flow, to: str | None, from_: str | None, parameters: Mapping[str, Any] | None) -> Chat:
        """A request starts an Execution, as through the REST API.

        Raises:
            ChatError: the contact has an active one.
        """
        from_, to, data = (
            given.address(from_, "from_"),
            given.address(to, "to"),
            given.members(parameters, "parameters"),
        )
        self._stage.catch_up()
        with self._account.turn:
            number = from_ or self._programs.number(flow)
            contact = to or self._account.source.phone_number()
            active = self._account.active_run(contact, number)
            if active is not None:
                raise ChatError(
                    f"request(to={contact!r}): Execution {active._sid} is active for this contact; the API would "
                    "answer 409 (20409)"
                )
            trigger = webhooks.request(contact, number, data)
            what = telling.did(f"request with {data}")
            chat = self._open(flow, "incomingRequest", trigger, contact, number, what, data)
        return self._run(chat)

    def parent(self, flow: Flow, parameters: Mapping[str, Any], from_: str | None) -> Chat:
        """The Flow runs as a subflow would, on its own."""
        from_, data = given.address(from_, "from_"), given.members(parameters, "parameters")
        self._stage.catch_up()
        with self._account.turn:
            number = self._programs.number(flow)
            contact = from_ or self._account.source.phone_number()
            new_sid = self._account.new_sid
            parent = {
                "parameters": data,
                "step_sid": new_sid("FT"),
                "execution_sid": new_sid("FN"),
                "flow_sid": new_sid("FW"),
                "trigger_type": "request",
            }
            what = telling.did(f"is run by another Flow, with {data}")
            chat = self._open(flow, "incomingParent", {"parent": parent}, contact, number, what)
        return self._run(chat)

    def requested(self, run: Execution) -> None:
        """The REST API has made an Execution: it begins now, and goes on when the API has answered."""
        flow = run._flow
        if not self._programs.runs(flow) or run._sid in self._stage.chats:
            return
        contact, number = str(run._contact_channel_address), run.twilio_side
        chat = Chat(self._stage, run, contact, number)
        try:
            revision = next(r for r in flow._revisions if r._revision == run._flow_version)
            program = self._programs.of(flow, revision)
        except ChatError as error:
            self._keep(chat)
            chat.stop(error)
            return
        self._begin(chat, program, "incomingRequest", run._trigger, telling.did("is called up by a REST request"))
        self._stage.due.append(chat)

    def _open(
        self,
        flow: Flow,
        event: str,
        trigger: Json,
        contact: str,
        number: str,
        what: telling.Entry,
        parameters: Json | None = None,
    ) -> Chat:
        """Store an Execution that has just begun, and its trigger's Step."""
        revision = flow.running_for(contact)
        program = self._programs.of(flow, revision)
        asked = event == "incomingRequest"
        values: Json = {
            "to": contact if asked else number,
            "from_": number if asked else contact,
            "contact_channel_address": contact,
            "flow_version": revision._revision,
            "trigger": trigger,
        }
        if asked:
            values["parameters"] = parameters
        chat = Chat(self._stage, self._account.add_run(flow, values), contact, number)
        self._begin(chat, program, event, trigger, what)
        return chat

    def _begin(self, chat: Chat, program: Program, event: str, trigger: Json, what: telling.Entry) -> None:
        turn = runner.begin(
            program,
            self._stage.world(),
            account_sid=self._account.sid,
            execution_sid=chat.run._sid,
            event=event,
            trigger=trigger,
            contact=chat.contact,
            twilio_side=chat.twilio_side,
        )
        self._keep(chat)
        chat.begin(turn, what)

    def _keep(self, chat: Chat) -> None:
        self._stage.forget()
        self._stage.chats[chat.run._sid] = chat
        self._by_contact.setdefault(chat.contact, []).append(chat)

    def forget(self) -> None:
        """Forget the chats that have ended."""
        for contact in list(self._by_contact):
            if not self._active(contact):
                del self._by_contact[contact]

    def _run(self, chat: Chat) -> Chat:
        chat.go()
        return chat

    def hear(
        self, kind: str, contact: str, number: str, body: str, media: Sequence[str], further: Mapping[str, Any]
    ) -> Json:
        """The parameters of a message's webhook; heeds that a person opts out of messages, or in again."""
        told = {"Body": given.text(body, "a message's body"), **given.webhook(further)}
        pictures = given.urls(media)
        if number.startswith("MG"):  # one of the Messaging Service's numbers is written to
            told = {"MessagingServiceSid": number, **told}
            number = self._account.number
        data: Json = webhooks.inbound(kind, self._account.sid, contact, number, self._account.new_sid)[kind]
        data = {**data, **(webhooks.media(pictures) if pictures else {}), **told}
        opting = str(data.get("OptOutType", "")).upper()
        if opting == "STOP":
            self._stage.opted_out.add(contact)
        elif opting == "START":
            self._stage.opted_out.discard(contact)
        return data

    # -- finding ------------------------------------------------------------------------------------------------

    def _active(self, contact: str) -> list[Chat]:
        """A contact's chats that have not ended, oldest first; forgets the others."""
        chats = self._by_contact.get(contact)
        if not chats:
            return []
        chats[:] = [chat for chat in chats if not chat.over]
        return list(chats)

    def _listening(self, contact: str, to: Set[str], flow: Flow | None) -> Chat | None:
        """The chat that a person's message goes to: the one that waits for this pair of addresses, or is active for it.

        A call keeps nobody from writing.

        Args:
            contact: the person's address.
            to: the number that was written to, and the Messaging Service that has it; empty if nobody says.
            flow: the Flow that is written to, if somebody says.
        """
        chats = [
            chat for chat in self._active(contact) if chat.listens or "call" not in chat.situation.context["trigger"]
        ]
        if to:
            chats = [chat for chat in chats if chat.twilio_side in to]
        elif flow is not None:
            number = self._programs.number(flow)
            chats = [chat for chat in chats if chat.flow is flow or chat.twilio_side == number]
        waiting = [chat for chat in chats if chat.listens]
        sides = list(dict.fromkeys(chat.twilio_side for chat in waiting))
        if not to and flow is None and len(sides) > 1:
            where = ", ".join(sides)
            raise ChatError(f"message(from_={contact!r}): chats wait for them at {where}", "say which in to=")
        return waiting[-1] if waiting else chats[-1] if chats else None

    def _addressed(self, to: str | None) -> Flow:
        """The Flow that a number leads to.

        Raises:
            ChatError: none, or which one cannot be told.
        """
        flows = self._programs.flows
        found = [flow for flow in flows if to is not None and self._programs.number(flow) == to]
        if not found:
            last = next((chat for chat in reversed(list(self._stage.chats.values())) if chat.twilio_side == to), None)
            found = [last.flow] if last is not None and self._stage.has(last.run) else flows if len(flows) == 1 else []
        if len(found) == 1:
            return found[0]
        if not flows:
            raise ChatError("message(…): no Flow was loaded; studio.load_flow(…) first")
        listed = ", ".join(f"{self._programs.number(flow)} ({flow.friendly_name})" for flow in flows)
        raise ChatError(f"message(to={to!r}): which Flow that is cannot be told; say to= one of {listed}")
