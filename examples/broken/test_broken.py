"""A product with four everyday bugs: what a failure report says of each. Not collected with the rest."""

from contextlib import suppress

import requests
from requests import ReadTimeout
from twilio.rest import Client

PERSON = "+15550100007"


def has_ended(client, flow_sid, execution_sid):
    """Has the Execution come to its end? (Takes the last of the list for the newest Step.)"""
    steps = client.studio.v2.flows(flow_sid).executions(execution_sid).steps.list()
    return steps[-1].transitioned_to == "Ended"


def first_ten(account_sid, auth_token, flow_sid):
    """The ten newest Executions. (Writes the parameter as Python would.)"""
    url = f"https://studio.twilio.com/v2/Flows/{flow_sid}/Executions"
    return requests.get(url, params={"page_size": 10}, auth=(account_sid, auth_token)).json()["executions"]


def remind(client, flow_sid, phone):
    """Start the reminder. (Tries again without a look at what the first attempt has done.)"""
    executions = client.studio.v2.flows(flow_sid).executions
    for _ in range(3):
        with suppress(ReadTimeout):
            return executions.create(to=phone, from_="+15005550006")


def test_steps_come_newest_first(studio):
    run = studio.add_run(path=[("ask_age", "incomingMessage", {"inbound": {"Body": "42"}}), ("thanks", "sent")])
    assert has_ended(Client(), run.flow_sid, run.sid)


def test_a_parameter_that_studio_ignores(studio):
    flow = studio.add_flow()
    assert first_ten(studio.account_sid, studio.auth_token, flow.sid) == []


def test_a_sid_of_another_flow(studio):
    mine, other = studio.add_flow(), studio.add_flow()
    run = studio.add_execution(other)
    Client().studio.v2.flows(mine.sid).executions(run.sid).fetch()


def test_an_answer_that_is_lost(studio):
    flow = studio.add_flow()
    studio.fail("v2.CreateExecution", exception="timeout", applied=True)
    remind(Client(), flow.sid, PERSON)
