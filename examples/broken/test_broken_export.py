"""A consumer with three everyday bugs: what a failure report says of each. Not collected with the rest."""

import requests
from twilio.rest import Client


def unfinished(client, flow_sid, execution_sid):
    """Has the Execution reached its goodbye? (Takes the last of the list for the newest Step.)"""
    steps = client.studio.v2.flows(flow_sid).executions(execution_sid).steps.list()
    return steps[-1].transitioned_to != "Ended"


def first_page(account_sid, auth_token, flow_sid):
    """The first ten Executions. (Writes the parameter as Python would.)"""
    url = f"https://studio.twilio.com/v2/Flows/{flow_sid}/Executions"
    return requests.get(url, params={"page_size": 10}, auth=(account_sid, auth_token)).json()["executions"]


def test_steps_come_newest_first(studio):
    run = studio.add_run(path=[("ask_age", "incomingMessage", {"inbound": {"Body": "42"}}), ("thanks", "sent")])
    assert not unfinished(Client(), run.flow_sid, run.sid)


def test_a_parameter_that_studio_ignores(studio):
    flow = studio.add_flow()
    assert first_page(studio.account_sid, studio.auth_token, flow.sid) == []


def test_a_sid_of_another_flow(studio):
    mine, other = studio.add_flow(), studio.add_flow()
    run = studio.add_execution(other)
    Client().studio.v2.flows(mine.sid).executions(run.sid).fetch()
