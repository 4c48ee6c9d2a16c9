"""Reminders, through the ``requests`` stack: ``Client()`` finds the fake's credentials in the environment."""

import pytest
from booking.reminders import SENDER, remind
from twilio.base.exceptions import TwilioRestException
from twilio.rest import Client

PERSON = "+15550100007"


def test_a_reminder_starts_an_execution_with_its_parameters(studio):
    flow = studio.add_flow()

    sid = remind(Client(), flow.sid, PERSON, {"at": "10:30"})

    assert studio.executions[sid].status == "active"
    assert studio.executions[sid].context["flow"]["data"] == {"at": "10:30"}
    studio.assert_called("v2.CreateExecution", To=PERSON, From=SENDER, Parameters={"at": "10:30"})


def test_an_execution_in_the_way_is_ended_and_the_reminder_starts_after_all(studio):
    flow = studio.add_flow()
    stale = studio.add_execution(flow, contact_channel_address=PERSON)

    sid = remind(Client(), flow.sid, PERSON, {"at": "10:30"})

    assert stale.status == "ended"
    assert sid != stale.sid
    assert [call.status for call in studio.calls_to("v2.CreateExecution")] == [409, 201]


def test_one_of_another_flow_is_ended_too(studio):
    stale = studio.add_execution(studio.add_flow(), to=PERSON, from_=SENDER)
    flow = studio.add_flow()

    sid = remind(Client(), flow.sid, PERSON, {"at": "10:30"})

    assert stale.status == "ended"
    assert studio.executions[sid].flow is flow


def test_one_that_ends_meanwhile_is_in_nobodys_way(studio):
    flow = studio.add_flow()
    stale = studio.add_execution(flow, to=PERSON, from_=SENDER)
    studio.fail("v2.UpdateExecution", status=409, applied=True)

    sid = remind(Client(), flow.sid, PERSON, {"at": "10:30"})

    assert stale.status == "ended"
    assert studio.executions[sid].status == "active"


def test_other_errors_are_not_swallowed(studio, flow_sid):
    with pytest.raises(TwilioRestException, match="was not found"):
        remind(Client(), flow_sid, PERSON, {})
