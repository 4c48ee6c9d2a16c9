"""The pure core: a situation and an input give the widgets that finished, what they did, and the next situation.

Nothing in here draws, waits, sends or looks at a clock: SIDs follow from the Execution's, the time and all else is in
the ``World``. A situation can be kept and gone on from as often as one likes. How Studio runs Flows follows
https://www.twilio.com/docs/studio.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_studio import webhooks
from pytest_studio.flows.behaviour import Behaviour, Entered, Scene, behaviour_of
from pytest_studio.flows.behaviour.logic import RunSubflow
from pytest_studio.flows.liquid import LiquidError
from pytest_studio.flows.model import Program, State, Transition
from pytest_studio.flows.situation import (
    Assumed,
    Effect,
    FlowWarning,
    Frame,
    Json,
    Situation,
    Turn,
    Visit,
    Wait,
    World,
)

__all__ = ["MOST_IN_A_ROW", "MOST_STEPS", "begin", "failure_of", "finish", "ignore", "proceed", "success_of"]

#: Steps of an Execution, those of subflows included; and times that a widget may finish one after the other.
MOST_STEPS, MOST_IN_A_ROW = 1000, 10
#: Events by which widgets fail; the first that a widget has.
FAILURES = ("failed", "fail", "failure", "deliveryFailure", "failedToEnqueue", "providerError", "noAudio", "timeout")


def begin(
    program: Program,
    world: World,
    *,
    account_sid: str,
    execution_sid: str,
    event: str,
    trigger: Json,
    contact: str | None,
    twilio_side: str,
) -> Turn:
    """Start an Execution: the trigger finishes at once.

    Args:
        program: the Flow.
        world: what there is outside of it.
        account_sid: ``AC…``.
        execution_sid: ``FN…``.
        event: the trigger's, such as ``"incomingMessage"``.
        trigger: the context's ``trigger``, such as ``{"message": {…}}``.
        contact: the person's address.
        twilio_side: Twilio's.
    """
    context = webhooks.first_context(trigger, contact, twilio_side, program.flow_sid, execution_sid)
    call = trigger.get("call")
    initial = program.initial
    situation = Situation(
        account_sid,
        execution_sid,
        (Frame(program, context, None if initial is None else initial.name),),
        call=dict(call) if isinstance(call, dict) else None,
        ended=initial is None,
    )
    if initial is None or initial.type != "trigger":
        return Turn(situation)
    return _triggered(situation, world, event)


def proceed(situation: Situation, world: World, scripted: tuple[str, Json | None] | None = None) -> Turn:
    """Let the next widget begin; it finishes, or waits.

    Args:
        situation: one that neither waits nor has ended.
        world: what there is outside of it.
        scripted: the event that the widget is to end with, and what it is to leave beside what it would leave.
    """
    state = situation.state
    assert state is not None
    assert situation.wait is None
    event, variables = scripted or (None, None)
    scene = Scene(situation, world, event, variables)
    behaviour = behaviour_of(state.type)
    try:
        entered = behaviour.enter(scene)
        if isinstance(entered, Entered):
            transition = entered.transition or state.on(event or entered.event)
            return _leave(scene, behaviour, event or entered.event, transition, entered.pending, {})
        if event is not None:
            return _leave(scene, behaviour, event, state.on(event), entered.pending, {})
    except LiquidError as error:
        return _broken(scene, error)
    if entered.kind == "subflow":
        program = world.subflow(entered.pending["flow_sid"], entered.pending["revision"])
        if program is not None:
            return _descend(scene, program, entered.pending)
    wait = Wait(entered.kind, state.name, state.type, entered.pending, entered.seconds, entered.request)
    waiting = replace(situation, wait=wait, serial=scene.serial, call=scene.call)
    return Turn(waiting, (), tuple(scene.effects))


def finish(
    situation: Situation, world: World, event: str, data: Json | None = None, variables: Json | None = None
) -> Turn:
    """Let the widget that waits end.

    Args:
        situation: one that waits.
        world: what there is outside of it.
        event: how it ends.
        data: what came from outside: the webhook of a reply, the answer to a request.
        variables: what it is to leave beside what it would leave.
    """
    wait, state = situation.wait, situation.state
    assert wait is not None
    assert state is not None
    scene = Scene(replace(situation, wait=None), world, event, variables)
    scene.step_sid = wait.pending.get("step_sid")
    try:
        return _leave(scene, behaviour_of(state.type), event, state.on(event), wait.pending, data or {})
    except LiquidError as error:
        return _broken(scene, error)


def ignore(situation: Situation, what: str) -> Turn:
    """Something came that the widget does not expect: Studio notes it, and nothing else happens."""
    state = situation.state
    return Turn(situation, (), (FlowWarning(81002, "" if state is None else state.name, what),))


def success_of(state: State) -> str:
    """The event by which a widget of this type succeeds."""
    known = state.known_events or state.events
    wanted = behaviour_of(state.type).success
    return wanted if wanted in known or not known else known[0]


def failure_of(state: State) -> str | None:
    """The event by which a widget of this type fails, or leads nowhere; None if it cannot."""
    return next((event for event in FAILURES if event in state.known_events), None)


def _triggered(situation: Situation, world: World, event: str) -> Turn:
    """The trigger of a Flow or a subflow, which leaves nothing."""
    scene = Scene(situation, world)
    transition = scene.state.on(event)
    if transition is None or transition.next is None:
        scene.assume(f"{event} leads nowhere, and still there is an Execution, which ends at once")
    return _close(scene, event, transition, None, scene.context)


def _leave(
    scene: Scene, behaviour: Behaviour, event: str, transition: Transition | None, pending: Json, data: Json
) -> Turn:
    """End a widget: what it leaves goes into the context."""
    output = {**behaviour.output(scene, pending, event, data), **scene.variables}
    context = behaviour.remember(scene, output, event, data)
    context = {**context, "widgets": {**(context.get("widgets") or {}), scene.state.name: output}}
    return _close(scene, event, transition, output, context)


def _broken(scene: Scene, error: LiquidError) -> Turn:
    """A template of the widget cannot be rendered."""
    state = scene.state
    scene.assume(f"a template that cannot be rendered lets its widget fail: {error}")
    event = failure_of(state)
    if event is None:
        fallback = state.on("noMatch") or (state.transitions[0] if state.transitions else None)
        event = "failed" if fallback is None else fallback.event
    context = {**scene.context, "widgets": {**(scene.context.get("widgets") or {}), state.name: {}}}
    return _close(scene, event, state.on(event), {}, context)


def _close(scene: Scene, event: str, transition: Transition | None, output: Json | None, context: Json) -> Turn:
    """Note that a widget has finished, go on to the next one, and mind the limits."""
    situation, state = scene.situation, scene.state
    name, times = situation.row
    row = (state.name, times + 1 if name == state.name else 1)
    steps = situation.steps + 1
    target = None if transition is None else transition.next
    over = False
    goes_on = target is not None or len(situation.frames) > 1  # there, the widget that ran the subflow is next
    if goes_on and steps >= MOST_STEPS:
        scene.warn(81000, f"the Execution has had {MOST_STEPS} Steps, and ends")
        over = True
    elif target == state.name and row[1] >= MOST_IN_A_ROW:
        scene.warn(81001, f"{state.name} has run {MOST_IN_A_ROW} times in a row, and the Execution ends")
        over = True
    if over:
        target = None
    visit = Visit(
        state,
        event,
        target,
        None if transition is None else transition.place,
        output,
        scene.frame.program,
        len(situation.frames) - 1,
        scene.step_sid or scene.sid("FT"),
        scene.frame.step_sid,
        scene.context,
        context,
        scene.world.now,
    )
    frames = (*situation.frames[:-1], replace(scene.frame, context=context, at=target))
    situation = replace(
        situation,
        frames=frames,
        wait=None,
        call=scene.call,
        # A call that was placed since is another one.
        hung_up=event == "hangup" or (situation.hung_up and scene.call is situation.call),
        steps=steps,
        row=row,
        serial=scene.serial,
    )
    effects: tuple[Effect, ...] = tuple(scene.effects)
    if target is not None:
        return Turn(situation, (visit,), effects)
    if len(frames) == 1 or over:
        return Turn(replace(situation, ended=True), (visit,), effects)
    return _ascend(situation, scene.world, visit, effects)


def _descend(scene: Scene, program: Program, pending: Json) -> Turn:
    """A subflow begins."""
    step_sid = scene.sid("FT")
    context = RunSubflow.context_of(scene, pending, step_sid)
    initial = program.initial
    frame = Frame(program, context, None if initial is None else initial.name, step_sid)
    situation = replace(scene.situation, frames=(*scene.situation.frames, frame), serial=scene.serial, call=scene.call)
    effects = tuple(scene.effects)
    if initial is None:
        return _ascend(situation, scene.world, None, effects)
    if initial.type != "trigger":
        return Turn(situation, (), effects)
    turn = _triggered(situation, scene.world, "incomingParent")
    return turn._replace(effects=effects + turn.effects)


def _ascend(situation: Situation, world: World, visit: Visit | None, effects: tuple[Effect, ...]) -> Turn:
    """A subflow has ended: the widget that ran it completes with what it set."""
    ended = situation.frame
    variables: Any = (ended.context.get("flow") or {}).get("variables") or {}
    simple = {name: value for name, value in variables.items() if not isinstance(value, (dict, list))}
    caller = situation.frames[-2]
    state = caller.program.states[str(caller.at)]
    waiting = Wait("subflow", state.name, state.type, {"step_sid": ended.step_sid})
    below = replace(situation, frames=situation.frames[:-1], wait=waiting)
    turn = finish(below, world, "completed", simple)
    if len(simple) < len(variables):
        lost = Assumed(state.name, "objects that a subflow has set do not come back, only simple values")
        effects = (*effects, lost)
    return Turn(turn.situation, ((visit,) if visit else ()) + turn.visits, effects + turn.effects)
