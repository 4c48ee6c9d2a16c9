"""Where a run of a Flow stands, and what came of a turn: plain values, which can be kept and gone on from twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pytest_studio.flows import liquid
from pytest_studio.flows.model import LITERAL, Program, State

__all__ = [
    "Assumed",
    "Blank",
    "FlowWarning",
    "Frame",
    "HttpRequest",
    "Sent",
    "Situation",
    "Spoken",
    "Turn",
    "Visit",
    "Wait",
    "World",
]

Json = dict[str, Any]


class World(NamedTuple):
    """What a turn knows of the world outside of its Execution.

    Attributes:
        now: the present, in seconds since 1970.
        subflow: the Program of a Flow SID and a revision (``"LatestPublished"``, ``"LatestRevision"``, a number as
            text); None if there is none.
        opted_out: whether a contact's address has opted out of messages.
    """

    now: float
    subflow: Callable[[str, str], Program | None] = lambda sid, revision: None
    opted_out: Callable[[str], bool] = lambda address: False


class HttpRequest(NamedTuple):
    """The request of an HTTP or Function widget: ``content_type`` is None where there is no body."""

    method: str
    url: str
    body: str | None = None
    content_type: str | None = None
    twilio_auth: bool = False


class Wait(NamedTuple):
    """What a widget waits for.

    Attributes:
        kind: ``"reply"``, ``"gather"``, ``"dial"`` (a call that was placed), ``"http"``, ``"subflow"`` (one that is not
            there) or ``"outcome"`` (people, phones or payment, which somebody has to decide).
        widget: its name.
        type: its type.
        pending: what its behaviour has worked out so far.
        seconds: how long until its timeout event; None: for ever.
        request: of kind ``"http"``.
    """

    kind: str
    widget: str
    type: str
    pending: Json
    seconds: float | None = None
    request: HttpRequest | None = None


class Sent(NamedTuple):
    """A message that a Flow sent. ``error`` is Twilio's code if it did not arrive, else None."""

    body: str
    to: str
    from_: str
    media_url: str | None
    widget: str
    content_sid: str | None = None
    content_variables: Mapping[str, str] | None = None
    error: int | None = None


class Spoken(NamedTuple):
    """What a Flow said on a call, or played (``url``), or the keys that it sent (``digits``)."""

    text: str | None
    url: str | None
    language: str | None
    widget: str
    voice: str | None = None
    digits: str | None = None


class FlowWarning(NamedTuple):
    """An entry that Studio writes to the account's log: Twilio's ``code`` (81xxx, or that of a message), and words."""

    code: int
    widget: str
    message: str


class Blank(NamedTuple):
    """A variable that nothing had set, and that rendered empty.

    Attributes:
        widget: the widget's name.
        property: the path of the property, such as ``"body"`` or ``"parameters/0/value"``.
        variable: as the template has it.
        template: the whole template.
        seen: whether a person sees or hears the property: a message's body, a text that is said.
        defended: whether the template gives a ``default``.
    """

    widget: str
    property: str
    variable: str
    template: str
    seen: bool
    defended: bool


class Assumed(NamedTuple):
    """A rule of uncertain grade that decided what a run did."""

    widget: str
    rule: str


Effect = Sent | Spoken | FlowWarning | Blank | Assumed


@dataclass(frozen=True)
class Visit:
    """One widget that has finished: what a Step records.

    Attributes:
        state: the widget, as defined.
        event: the event that it ended with.
        next: the widget that follows; None where the branch, and so the Execution or the subflow, ends.
        transition: the place of the transition taken; None if the event is not wired.
        output: what it left under ``widgets.<name>``; None for a trigger.
        program: the Flow that it belongs to.
        depth: 0, or 1 in a subflow.
        step_sid: ``FT…`` of its Step.
        parent_step_sid: ``FT…`` of the Step whose widget runs the subflow; None outside of subflows.
        before: the context as it entered. Not to be changed.
        context: the context afterwards. Not to be changed.
        now: when it entered, in seconds since 1970.
    """

    state: State
    event: str
    next: str | None
    transition: int | None
    output: Json | None
    program: Program
    depth: int
    step_sid: str
    parent_step_sid: str | None
    before: Json
    context: Json
    now: float

    @property
    def widget(self) -> str:
        """The widget's name."""
        return self.state.name

    @property
    def type(self) -> str:
        """The widget's type."""
        return self.state.type

    @property
    def properties(self) -> Json:
        """The widget's properties, rendered with what it knew; canvas offsets left out.

        Raises:
            LiquidError: a template cannot be rendered.
        """
        return {
            name: _rendered(name, value, self.before, self.now)
            for name, value in self.state.properties.items()
            if name != "offset"
        }


def _rendered(name: str, value: Any, context: Json, now: float) -> Any:
    if isinstance(value, str):
        return value if name in LITERAL else liquid.render(value, context, now).text
    if isinstance(value, Mapping):
        return {key: _rendered(key, inner, context, now) for key, inner in value.items()}
    if isinstance(value, list):
        return [_rendered("", inner, context, now) for inner in value]
    return value


@dataclass(frozen=True)
class Frame:
    """One Flow that runs: the Execution's own, or a subflow above it.

    Attributes:
        program: what runs.
        context: what has been gathered. Not to be changed: each turn makes a new one.
        at: the widget that comes next, or waits.
        step_sid: ``FT…`` of the Step whose widget runs this subflow; None at the bottom.
    """

    program: Program
    context: Json
    at: str | None
    step_sid: str | None = None


@dataclass(frozen=True)
class Situation:
    """Where an Execution stands.

    Attributes:
        account_sid: ``AC…``.
        execution_sid: ``FN…``.
        frames: the Flow, and above it the subflow that runs.
        wait: what it waits for; None while it can proceed, or after its end.
        ended: whether it has ended.
        call: the webhook parameters of its call; None without one.
        hung_up: whether the caller has hung up.
        steps: how many Steps there are.
        row: the widget that finished last, and how many times in a row.
        serial: how many SIDs were made.
    """

    account_sid: str
    execution_sid: str
    frames: tuple[Frame, ...]
    wait: Wait | None = None
    ended: bool = False
    call: Json | None = None
    hung_up: bool = False
    steps: int = 0
    row: tuple[str, int] = ("", 0)
    serial: int = 0

    @property
    def frame(self) -> Frame:
        """The Flow or subflow that runs."""
        return self.frames[-1]

    @property
    def state(self) -> State | None:
        """The widget that comes next, or waits."""
        frame = self.frame
        return None if frame.at is None or self.ended else frame.program.states[frame.at]

    @property
    def stranded(self) -> bool:
        """Whether it waits for keys or words of a caller who has hung up, which is for ever."""
        return self.hung_up and self.wait is not None and self.wait.kind == "gather"

    @property
    def context(self) -> Json:
        """What the Execution's own Flow has gathered."""
        return self.frames[0].context


class Turn(NamedTuple):
    """What came of a turn: the widgets that finished, what they did, in order, and where the run stands now."""

    situation: Situation
    visits: tuple[Visit, ...] = ()
    effects: tuple[Effect, ...] = ()
