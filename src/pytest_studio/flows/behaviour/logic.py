"""Widgets that only decide and remember: splits, variables, subflows.

Follows https://www.twilio.com/docs/studio/widget-library/split-based-on, …/set-variables, …/studio/subflows.
"""

from __future__ import annotations

from pytest_studio.flows import conditions
from pytest_studio.flows.behaviour.scene import Behaviour, Entered, Parked, Scene
from pytest_studio.flows.model import Transition
from pytest_studio.flows.situation import Json

__all__ = ["RunSubflow", "SetVariables", "Split"]

#: Types of context data that a subflow is handed on, beside its parent's parameters.
TRIGGERED_BY = ("message", "call", "conversation", "request")


class Split(Behaviour):
    """``split-based-on``: transitions are tried in order, and the first that matches is taken."""

    def enter(self, scene: Scene) -> Entered | Parked:
        arguments: dict[str, str] = {}
        given = scene.raw("input")
        if given is not None:
            arguments[given] = scene.render("input", given)
        taken: Transition | None = None
        for transition in scene.state.transitions:
            if transition.event != "match" or not transition.conditions:
                continue
            if not self._matches(scene, transition, arguments, quiet=taken is not None):
                continue
            if taken is None:
                taken = transition
            elif taken.next != transition.next:
                scene.assume(
                    f"transitions {taken.place} and {transition.place} both match; the first in the definition is taken"
                )
                break
        if taken is not None:
            if given is not None and any(condition.argument != given for condition in taken.conditions):
                scene.assume("a condition's own argument is evaluated, not the split's input, which is another")
            return Entered("match", transition=taken)
        fallback = scene.state.on("noMatch")
        if fallback is None or fallback.next is None:
            scene.warn(81005, "no transition matches, and noMatch leads nowhere")
        return Entered("noMatch", transition=fallback)

    @staticmethod
    def _matches(scene: Scene, transition: Transition, arguments: dict[str, str], quiet: bool) -> bool:
        path = f"transitions/{transition.place}/conditions"
        if len(transition.conditions) > 1 and not quiet:
            scene.assume(f"transition {transition.place} has several conditions, all of which must hold")
        for at, condition in enumerate(transition.conditions):
            if condition.argument not in arguments:
                arguments[condition.argument] = scene.render(f"{path}/{at}/arguments/0", condition.argument)
            argument = arguments[condition.argument]
            value = scene.render(f"{path}/{at}/value", condition.value)
            if not quiet:
                rule = conditions.assumption(condition.type, argument, value)
                if rule is not None:
                    scene.assume(rule)
            if not conditions.matches(condition.type, argument, value):
                return False
        return True

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return {}


class SetVariables(Behaviour):
    """``set-variables``: trimmed text, or JSON, into ``flow.variables`` and under its own name."""

    def enter(self, scene: Scene) -> Entered | Parked:
        items = scene.raw("variables")
        found: Json = {}
        flow = scene.context.get("flow") or {}
        before = flow.get("variables") or {}
        for index, item in enumerate(items if isinstance(items, list) else ()):
            path, template = f"variables/{index}/value", item.get("value")
            context = scene.context
            if found:
                context = {**scene.context, "flow": {**flow, "variables": {**before, **found}}}
                if isinstance(template, str) and any(f"flow.variables.{key}" in template for key in found):
                    scene.assume(f"{path} reads a variable that the same widget has set before it")
            found[str(item.get("key", ""))] = scene.typed(path, scene.render(path, template, context), item)
        return Entered("next", found)

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return dict(pending)

    def remember(self, scene: Scene, output: Json, event: str, data: Json) -> Json:
        flow = scene.context.get("flow") or {}
        return {**scene.context, "flow": {**flow, "variables": {**(flow.get("variables") or {}), **output}}}


class RunSubflow(Behaviour):
    """``run-subflow``: hands over to another Flow, in the same Execution; what that one sets comes back.

    The runner itself begins the subflow where there is one; this is what else can come of it.
    """

    success = "completed"

    def enter(self, scene: Scene) -> Entered | Parked:
        parameters = {
            key: scene.typed(f"parameters/{index}/value", value, item)
            for index, (key, value, item) in enumerate(scene.pairs("parameters"))
        }
        pending = {
            "flow_sid": str(scene.raw("flow_sid") or ""),
            "revision": str(scene.raw("flow_revision") or "LatestPublished"),
            "parameters": parameters,
        }
        if len(scene.situation.frames) > 1:
            scene.warn(81024, "a subflow cannot run another subflow")
            return Entered("failed")
        return Parked("subflow", pending)

    @staticmethod
    def context_of(scene: Scene, pending: Json, step_sid: str) -> Json:
        """What the subflow knows as it begins."""
        trigger = scene.context.get("trigger") or {}
        inherited = {kind: trigger[kind] for kind in TRIGGERED_BY if kind in trigger}
        flow = scene.context.get("flow") or {}
        return {
            "widgets": {},
            "trigger": {
                **inherited,
                "parent": {
                    "parameters": pending["parameters"],
                    "step_sid": step_sid,
                    "execution_sid": scene.situation.execution_sid,
                    "flow_sid": flow.get("flow_sid"),
                    "trigger_type": next(iter(inherited), "parent"),
                },
            },
            "contact": scene.context.get("contact"),
            "flow": {"flow_sid": pending["flow_sid"], "channel": flow.get("channel"), "sid": flow.get("sid")},
        }

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return dict(data) if event == "completed" else {}
