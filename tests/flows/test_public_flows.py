"""Ten public Flows, run from their triggers to their ends.

Their definitions are not part of this repository. The tests take them from the folder that the environment variable
``STUDIO_FLOWS`` names, and its folders, and are skipped without it. Any ``.json`` file will do whose states are those
of the Flow, whatever its name; the Flows come from these repositories of GitHub:

- ``twilio-labs/function-templates`` (MIT): appointments, outreach, standby list, vaccine FAQ, volunteers;
- ``twilio-professional-services/flex-project-template`` (Apache-2.0): conversation parking, schedule;
- ``sheikplastk/twilio-db-test`` (MIT): a telephone menu of 55 widgets;
- ``mbarry-owl/OrderLookupIVR`` (MIT): calls to the customer of an order;
- ``kun432/voiceflow-twilio`` (MIT): a talk that a server leads.
"""

from __future__ import annotations

import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from public_flows import PUBLIC, PublicFlow
from talks import Talk, taken

from pytest_studio import FakeStudio
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import FlowDefinitionError
from pytest_studio.flows.definitions.reading import read

pytest.importorskip("liquid")
if "STUDIO_FLOWS" not in os.environ:
    pytest.skip("STUDIO_FLOWS names no folder with these Flows: see the docstring", allow_module_level=True)
pytestmark = pytest.mark.filterwarnings("ignore::pytest_studio.errors.StudioFlowWarning")

SCRIPTS = [
    pytest.param(public, script, id=f"{public.name}-{number}")
    for public in PUBLIC
    for number, script in enumerate(public.scripts, 1)
]


@cache
def definitions() -> list[dict[str, Any]]:
    """Every definition that there is."""
    found = []
    for path in sorted(Path(os.environ["STUDIO_FLOWS"]).rglob("*.json")):
        with suppress(FlowDefinitionError):  # other JSON, of which repositories are full
            found.append(read(path).definition)
    return found


def definition_of(public: PublicFlow) -> dict[str, Any]:
    """The definition of a Flow; the test is skipped where it is not there."""
    for definition in definitions():
        names = [state["name"] for state in definition.get("states", [])]
        if len(names) == public.states and set(public.known_by) <= set(names):
            return definition
    pytest.skip(f"{public.name}, of {public.repository}, is not in {os.environ['STUDIO_FLOWS']}")


def play(definition: dict[str, Any], script: str) -> Chat:
    """Play a script with a Flow in a studio of its own, and let the studio judge it."""
    with FakeStudio(env=False) as studio:
        chat = Talk(studio, studio.load_flow(definition)).play(script)
        studio.verify()
    return chat


@pytest.mark.parametrize(("public", "script"), SCRIPTS)
def test_a_public_flow_goes_the_way_that_its_definition_says(public: PublicFlow, script: str) -> None:
    """A talk with a public Flow takes the widgets, and leaves and says what, the definition makes one expect."""
    play(definition_of(public), script)


@pytest.mark.parametrize("public", PUBLIC, ids=lambda public: public.name)
def test_the_talks_take_every_transition_that_any_input_can_reach(public: PublicFlow) -> None:
    """All transitions of a public Flow are taken but for those that are listed, each with its reason."""
    definition = definition_of(public)
    missed = {place for places in public.missed.values() for place in places}
    wanted = {
        (state["name"], place)
        for state in definition["states"]
        for place, transition in enumerate(state["transitions"])
        if (state["type"] != "trigger" or "next" in transition)
        and not missed & {state["name"], f"{state['name']}:{transition['event']}"}
    }
    assert {hop for script in public.scripts for hop in taken(play(definition, script))} == wanted
