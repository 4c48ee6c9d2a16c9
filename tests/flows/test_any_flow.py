"""Whatever a Flow is, and whatever is done to it: it runs or says why not, the same each time, and the API shows it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any
from unittest.mock import patch

import pytest

pytest.importorskip("liquid")
pytest.importorskip("hypothesis")
from helpers import call, examples, get
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odd_flows import MAIN, OTHER, broken, definitions, junk, words

from pytest_studio import FakeStudio, schemas
from pytest_studio.chats import telling
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import ChatError, FlowDefinitionError, StudioVerdict
from pytest_studio.flows import runner
from pytest_studio.flows.liquid import LiquidError
from pytest_studio.widgets import EVENTS

pytestmark = pytest.mark.filterwarnings("ignore::pytest_studio.errors.StudioFlowWarning")

Json = dict[str, Any]
#: What is done: a name of ``Player``, and what it is given.
Move = tuple[str, tuple[Any, ...]]

#: Steps that an Execution may have here.
FEW = 60
NOW = "2026-05-01T12:00:00Z"
PEOPLE = ("+15550100001", "+15550100002")
SOME = settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))

people = st.sampled_from(PEOPLE)
any_number = st.integers(0, 99)


def move(name: str, *given: st.SearchStrategy[Any]) -> st.SearchStrategy[Move]:
    """A move with what it is given."""
    return st.tuples(st.just(name), st.tuples(*given))


starts = st.one_of(
    move("message", words, people),
    move("conversation", words, people),
    move("call", people),
    move("request", people, st.dictionaries(st.sampled_from("xyz"), junk, max_size=2)),
    move("parent", st.dictionaries(st.sampled_from("xyz"), junk, max_size=2)),
    move("create", people, st.dictionaries(st.sampled_from("xyz"), junk, max_size=2)),
)
talk = st.one_of(
    move("reply", words, st.sampled_from(["", "STOP", "START"])),
    move("press", st.sampled_from(["1", "12#", "#", "*", "999999999", "", "x"])),
    move("say", words, st.sampled_from([0.9, 1, 0.0])),
    move("silence"),
    move("expire"),
    move("hang_up"),
    move("answer", st.sampled_from(["human", "machine_start", "fax", "nobody"])),
    move("busy"),
    move("no_answer"),
    move("advance", st.sampled_from([1, 5, 3600, 40 * 86_400])),
)
decisions = st.one_of(
    move("outcome", any_number, any_number, st.none() | st.dictionaries(words, junk, max_size=2)),
    move("respond", any_number, st.sampled_from([200, 204, 302, 404, 500]), junk),
)
meddling = st.one_of(move("end", any_number), move("delete", any_number), move("deploy", definitions()))
going_on = move("go_on", any_number, words)
moves = st.tuples(
    starts,
    st.lists(st.one_of(starts, talk, decisions, meddling, going_on, going_on, going_on, going_on), max_size=14),
).map(lambda drawn: [drawn[0], *drawn[1]])


class Player:
    """Does moves in a studio; remembers what came of each.

    Args:
        definition: of the Flow.
        other: of a Flow that may be its subflow.
    """

    def __init__(self, studio: FakeStudio, definition: Any, other: Any, assume_success: bool) -> None:
        self._studio = studio
        studio.load_flow(other, sid=OTHER)
        self._flow = studio.load_flow(definition, sid=MAIN, assume_success=assume_success)
        self._widgets = [state["name"] for state in definition["states"]]
        self._events = sorted(EVENTS)
        self.came: list[str] = []

    def do(self, moves: Iterable[Move]) -> None:
        """Do moves; only what these errors are for may be raised."""
        for name, arguments in moves:
            try:
                self.came.append(repr(getattr(self, name, self._talk(name))(*arguments)))
            except ChatError as error:
                self.came.append(str(error))
            except (ValueError, TypeError) as error:
                if name not in ("outcome", "respond", "go_on") or isinstance(error, LiquidError):
                    raise
                self.came.append(str(error))

    @property
    def _chat(self) -> Chat | None:
        """The chat that began last, of those that have not ended if there are some."""
        chats = list(reversed(self._studio.chats))
        return next((chat for chat in chats if not chat.ended), chats[0] if chats else None)

    def _talk(self, name: str) -> Callable[..., Any]:
        """A method of the chat; nothing without one."""
        return getattr(self._chat, name, lambda *given, **further: None)

    def message(self, body: str, person: str) -> Chat:
        """Somebody writes."""
        return self._flow.message(body, from_=person)

    def conversation(self, body: str, person: str) -> Chat:
        """Somebody writes in a conversation."""
        return self._flow.conversation(body, from_=person)

    def call(self, person: str) -> Chat:
        """Somebody calls."""
        return self._flow.call(from_=person)

    def request(self, person: str, parameters: Json) -> Chat:
        """A request starts an Execution."""
        return self._flow.request(to=person, parameters=parameters)

    def parent(self, parameters: Json) -> Chat:
        """Another Flow runs it."""
        return self._flow.parent(parameters, from_=PEOPLE[0])

    def reply(self, body: str, opting: str) -> Chat:
        """The person replies, and perhaps opts out of messages or in again."""
        further = {"OptOutType": opting} if opting else {}
        reply: Chat = self._talk("reply")(body, **further)
        return reply

    def outcome(self, widget: int, event: int, variables: Json | None) -> None:
        """Something is decided."""
        events = [t["event"] for s in (self._flow.definition or {})["states"] for t in s.get("transitions") or ()]
        known = [*events, *self._events]
        self._flow.outcome(self._widgets[widget % len(self._widgets)], known[event % len(known)], variables)

    def respond(self, widget: int, status: int, body: Any) -> None:
        """A request will be answered."""
        self._flow.respond(self._widgets[widget % len(self._widgets)], status, json=body)

    def go_on(self, which: int, text: str) -> Any:
        """Something that the chat waits for."""
        chat = self._chat
        wait = None if chat is None or chat.ended else chat.situation.wait
        if chat is None or wait is None:
            return None
        ways: dict[str, list[Callable[[], Any]]] = {
            "reply": [lambda: chat.reply(text), chat.expire],
            "gather": [lambda: chat.press("1"), lambda: chat.say(text or "Hm"), chat.silence, chat.hang_up],
            "dial": [chat.answer, chat.busy, chat.no_answer],
        }
        state = chat.situation.state
        assert state is not None
        events = [transition.event for transition in state.transitions] or ["done"]
        driven = self._studio.flows[chat.situation.frame.program.flow_sid]
        decide = [lambda: driven.outcome(wait.widget, events[which % len(events)], {"said": text})]
        known = ways.get(wait.kind, decide)
        return known[which % len(known)]()

    def advance(self, seconds: int) -> None:
        """Time goes by."""
        self._studio.advance(seconds=seconds)

    def create(self, person: str, parameters: Json) -> int | None:
        """The API makes an Execution."""
        form = {"To": person, "From": "+15550109999", "Parameters": parameters}
        return call(self._studio, "POST", f"/v2/Flows/{MAIN}/Executions", **form).status

    def end(self, which: int) -> int | None:
        """The API ends an Execution."""
        return self._on_one(which, "POST", Status="ended")

    def delete(self, which: int) -> int | None:
        """The API deletes one."""
        return self._on_one(which, "DELETE")

    def deploy(self, definition: Json) -> int | None:
        """The API has a new revision."""
        form = {"Status": "published", "Definition": definition}
        return call(self._studio, "POST", f"/v2/Flows/{MAIN}", **form).status

    def _on_one(self, which: int, method: str, **form: Any) -> int | None:
        sids = list(self._studio.executions)
        if not sids:
            return None
        return call(self._studio, method, f"/v2/Flows/{MAIN}/Executions/{sids[which % len(sids)]}", **form).status


def shown(studio: FakeStudio) -> list[Any]:
    """Everything that the API shows of what ran, held against the schemas."""
    found = []
    for sid, run in studio.executions.items():
        base = f"/v2/Flows/{run.flow_sid}/Executions/{sid}"
        steps = get(studio, f"{base}/Steps", PageSize=1000)
        for path, name in (
            (base, "v2/execution"),
            (f"{base}/Context", "v2/execution_context"),
            *((f"{base}/Steps/{step['sid']}", "v2/execution_step") for step in steps["steps"]),
            *((f"{base}/Steps/{step['sid']}/Context", "v2/execution_step_context") for step in steps["steps"]),
        ):
            payload = get(studio, path)
            schemas.validate(payload, name)
            found.append(payload)
        schemas.validate(steps, "v2/execution_step_page")
        found.append(steps)
    return found


def played(definition: Any, other: Any, moves: list[Move], assume_success: bool) -> tuple[list[Any], ...]:
    """What came of moves, what the API shows afterwards, and what was said."""
    fewer = patch.object(runner, "MOST_STEPS", FEW)  # or most of the time would go into loops
    with fewer, FakeStudio(seed=7, strict=False, now=NOW, env=False) as studio:
        player = Player(studio, definition, other, assume_success)
        player.do(moves)
        for chat in studio.chats:
            chains(chat)
        said = [text for chat in studio.chats for text in told(chat)]
        seen = [*shown(studio), *studio.events]
        with suppress(StudioVerdict):  # of what was decided and not met
            studio.verify()
    return player.came, seen, said


def told(chat: Chat) -> list[str]:
    """All that a chat says of itself."""
    lines = [chat.transcript, repr(chat), repr(chat.context), *telling.report(chat)]
    lines += map(repr, (chat.sent, chat.spoken, chat.warnings, chat.blanks, chat.assumed))
    for visit in chat.visits:
        with suppress(LiquidError):
            lines.append(repr(visit.properties))
    return lines


def chains(chat: Chat) -> None:
    """Each Step of a Flow begins where the one before it led, and no date lies before the one of the Step before."""
    last: dict[str | None, str] = {}
    steps = list(chat.execution.steps)
    for step in steps:
        led = last.get(step.parent_step_sid)
        assert led is None or led == step.transitioned_from
        last[step.parent_step_sid] = step.transitioned_to
    dates = [chat.execution._date_created, *(step._date_created for step in steps)]
    assert dates == sorted(dates)
    assert len(steps) <= FEW


@SOME
@given(definitions(), definitions(), moves, st.booleans())
def test_no_flow_and_no_input_makes_the_runner_fail(
    definition: Json, other: Json, moves: list[Move], assume_success: bool
) -> None:
    """It runs or says why not, the API shows what conforms, Steps chain, and a second run is identical."""
    first = played(definition, other, moves, assume_success)
    assert json.dumps(first) == json.dumps(played(definition, other, moves, assume_success))


@SOME
@given(broken(), definitions(), moves)
def test_a_broken_definition_is_refused_or_runs(definition: Any, other: Json, moves: list[Move]) -> None:
    """What was mutilated is refused with a ``FlowDefinitionError``, or else it runs as any other."""
    with suppress(FlowDefinitionError):
        played(definition, other, moves, assume_success=True)
