"""Deployment of Flows, also on a bad day. Nothing sleeps: a pause moves the studio's clock."""

import json
from pathlib import Path

import pytest
from booking.client import patient_client
from booking.deploy import PAUSES, InvalidFlow, deploy, main
from twilio.base.exceptions import TwilioRestException

BOOKING = "flows/booking.json"
DEFINITION = json.loads(Path(__file__).with_name("flows").joinpath("booking.json").read_text(encoding="utf-8"))
BROKEN = {**DEFINITION, "initial_state": "Triger"}


@pytest.fixture(autouse=True)
def pauses(studio, monkeypatch):
    """The pauses that were made, in seconds."""
    made = []

    def sleep(seconds):
        made.append(seconds)
        studio.advance(seconds)

    monkeypatch.setattr("booking.deploy.sleep", sleep)
    return made


@pytest.fixture
def client(studio):
    return patient_client()


def test_the_first_deployment_makes_a_flow(studio, client):
    flow = deploy(client, {"booking": DEFINITION})["booking"]

    assert (flow.friendly_name, flow.revision, flow.status) == ("booking", 1, "published")
    studio.assert_deployed(BOOKING, flow.sid, status="published")


def test_the_next_one_publishes_a_revision_of_the_same_flow(studio, client):
    studio.add_flow(friendly_name="another")
    booking = studio.add_flow(friendly_name="booking", status="published")

    flow = deploy(client, {"booking": DEFINITION})["booking"]

    assert (flow.sid, flow.revision) == (booking.sid, 2)
    studio.assert_deployed(BOOKING, booking.sid, status="published")


def test_what_is_live_already_is_left_alone(studio, client):
    first = deploy(client, {"booking": DEFINITION})["booking"]
    again = deploy(client, {"booking": DEFINITION})["booking"]

    assert (again.sid, again.revision) == (first.sid, 1)
    studio.assert_called("v2.UpdateFlow", times=0)


def test_an_invalid_definition_is_reported_and_nothing_at_all_is_published(studio, client):
    with pytest.raises(InvalidFlow, match="menu: #/initial_state names 'Triger', which is no state"):
        deploy(client, {"booking": DEFINITION, "menu": BROKEN})
    assert not studio.flows


def test_a_limit_is_waited_for_as_long_as_twilio_asks(studio, client, pauses):
    studio.fail("v2.CreateFlow", status=429, retry_after=7)

    deploy(client, {"booking": DEFINITION})

    assert [call.status for call in studio.calls_to("v2.CreateFlow")] == [429, 201]
    assert pauses == []  # urllib3 has waited: 429 means that nothing was done


@pytest.mark.parametrize("operation", ["v2.UpdateFlowValidate", "v2.ListFlow", "v2.FetchFlow", "v2.UpdateFlow"])
def test_an_outage_of_some_seconds_is_sat_out(studio, client, pauses, operation):
    booking = studio.add_flow(friendly_name="booking")
    studio.fail(operation, status=503, times=2)

    deploy(client, {"booking": DEFINITION})

    assert [revision.revision for revision in booking.revisions] == [1, 2]
    assert pauses == [1, 2]


LOST = [{"exception": "timeout"}, {"exception": "connection"}, {"status": 503}, {"status": 503, "retry_after": 1}]


@pytest.mark.parametrize("fault", LOST)
def test_a_lost_answer_does_not_make_a_second_flow(studio, client, fault):
    studio.fail("v2.CreateFlow", applied=True, **fault)

    flow = deploy(client, {"booking": DEFINITION})["booking"]

    assert list(studio.flows) == [flow.sid]
    studio.assert_called("v2.CreateFlow", times=1)


def test_a_lost_answer_does_not_make_a_second_revision(studio, client):
    booking = studio.add_flow(friendly_name="booking")
    studio.fail("v2.UpdateFlow", exception="timeout", applied=True)

    deploy(client, {"booking": DEFINITION})

    assert len(booking.revisions) == 2


def test_an_outage_that_lasts_is_reported_in_the_end(studio, client, pauses):
    studio.fail("v2.CreateFlow", status=503, times=None)

    with pytest.raises(TwilioRestException, match="503"):
        deploy(client, {"booking": DEFINITION})

    assert pauses == list(PAUSES)


def test_a_refusal_is_not_tried_again(studio, client, pauses):
    studio.fail("v2.CreateFlow", status=403)

    with pytest.raises(TwilioRestException, match="403"):
        deploy(client, {"booking": DEFINITION})

    assert pauses == []


def test_the_command_tells_what_is_live(studio, capsys):
    main([str(Path(__file__).with_name("flows") / "booking.json")])

    [flow] = studio.flows.values()
    assert capsys.readouterr().out == f"booking: {flow.sid}, revision 1\n"


def test_the_command_fails_with_the_faults_of_a_definition(studio, tmp_path):
    path = tmp_path / "menu.json"
    path.write_text(json.dumps(BROKEN))

    with pytest.raises(SystemExit, match="menu: #/initial_state names 'Triger'"):
        main([str(path)])


def test_the_command_refuses_two_files_of_one_name(studio, tmp_path):
    paths = [tmp_path / folder / "menu.json" for folder in ("old", "new")]
    for path in paths:
        path.parent.mkdir()
        path.write_text(json.dumps(DEFINITION))

    with pytest.raises(SystemExit, match=r"menu\.json and .*menu\.json would both be the Flow menu: rename one"):
        main([str(path) for path in paths])
    assert not studio.flows
