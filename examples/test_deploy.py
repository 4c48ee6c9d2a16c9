"""Deployment of Flows."""

import pytest
from booking.deploy import InvalidFlow, deploy

GREETING = {
    "description": "Says hello",
    "initial_state": "Trigger",
    "flags": {"allow_concurrent_calls": True},
    "states": [
        {
            "name": "Trigger",
            "type": "trigger",
            "properties": {},
            "transitions": [{"event": "incomingMessage", "next": "hello"}],
        },
        {"name": "hello", "type": "send-message", "properties": {"body": "Hello"}, "transitions": [{"event": "sent"}]},
    ],
}


def test_the_first_deployment_makes_a_flow(studio, studio_client):
    sid, revision = deploy(studio_client, "Greeting", GREETING, "first")

    assert revision == 1
    assert studio.flows[sid].status == "published"
    assert studio.flows[sid].definition == GREETING


def test_the_next_one_publishes_a_revision_of_the_same_flow(studio, studio_client):
    studio.add_flow(friendly_name="Another")
    sid, _ = deploy(studio_client, "Greeting", GREETING, "first")
    shorter = {**GREETING, "description": "Says hi"}

    assert deploy(studio_client, "Greeting", shorter, "shorter") == (sid, 2)
    assert [revision.commit_message for revision in studio.flows[sid].revisions] == ["first", "shorter"]
    assert studio.flows[sid].definition["description"] == "Says hi"
    assert studio.flows[sid].status == "published"


def test_an_invalid_definition_is_reported_and_nothing_is_published(studio, studio_client):
    broken = {**GREETING, "initial_state": "Triger"}

    with pytest.raises(InvalidFlow, match="#/initial_state names 'Triger', which is no state"):
        deploy(studio_client, "Greeting", broken, "oops")
    assert not studio.flows
