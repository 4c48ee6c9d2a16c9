"""The scripts in which talks with Flows are written down: a wrong one fails, and says where."""

from __future__ import annotations

import pytest
from flow_parts import definition, match, say, split, widget
from talks import PERSON, Talk, taken

from pytest_studio import FakeStudio

pytest.importorskip("liquid")
pytestmark = pytest.mark.filterwarnings("ignore::pytest_studio.errors.StudioFlowWarning")

SMALL = definition(
    widget("ask", "send-and-wait-for-reply", {"from": "{{flow.channel.address}}", "body": "Your\n  age?"},
           incomingMessage="check", timeout="save", deliveryFailure="save"),
    split("check", "{{widgets.ask.inbound.Body}}", match("save", "equal_to", "42", "{{widgets.ask.inbound.Body}}"),
          no_match="ask"),
    widget("save", "make-http-request", {"method": "POST", "url": "https://example.com/save",
           "content_type": "application/json;charset=utf-8", "body": '{"age": "{{widgets.ask.inbound.Body}}"}'},
           success="thank", failed=None),
    say("thank", "Thank you"),
)  # fmt: skip

RIGHT = f"""
    respond save 200 {{"saved": true}}
    message Hello -> Trigger @ask
    < Your age?
    reply old -> ask check:noMatch @ask
    < Your age?
    reply $check>save -> ask check save thank .
    < Thank you
    = widgets.save.parsed {{"saved": true}}
    has widgets.thank.outbound Sid Body
    = contact.channel.address "{PERSON}"
    ? save POST https://example.com/save {{"age": "42"}}
    % ask from {{}}
"""


def play(studio: FakeStudio, script: str) -> Talk:
    """Play a script with the small Flow."""
    flow = studio.load_flow(SMALL)
    talk = Talk(studio, flow)
    talk.play(script.replace("% ask from {}", f"% ask from {flow.number}"))
    return talk


def test_a_script_that_is_right_is_played_to_its_end(studio: FakeStudio) -> None:
    """And the transitions that it took are known."""
    talk = play(studio, RIGHT)
    assert talk.chat.ended
    assert set(taken(talk.chat)) == {
        ("Trigger", 0), ("ask", 0), ("check", 0), ("check", 1), ("save", 0), ("thank", 0),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("ask check:noMatch @ask", "ask check @ask"),
        ("ask check:noMatch @ask", "ask check:noMatch ."),
        ("ask check save thank .", "ask check save:failed thank ."),
        ("ask check save thank .", "ask check save ."),
        ("ask check save thank .", "check ..."),
        ("< Thank you", "< Thank me"),
        ("< Thank you", "< Your age?"),
        ('{"saved": true}\n    has', '{"saved": 1.5}\n    has'),
        ("has widgets.thank.outbound Sid Body", "has widgets.thank.outbound Sid Cost"),
        ("= contact.channel", "= contact.channels"),
        ('{"age": "42"}', '{"age": 42}'),
        ("https://example.com/save", "https://example.com/load"),
        ("? save POST", "? save GET"),
        ("% ask from {}", "% ask from nobody"),
        ("% ask from {}", "~ ask widgets.thank"),
        ("% ask from {}", "! 81001 ask"),
    ],
)
def test_a_script_that_is_wrong_fails(right: str, wrong: str) -> None:
    """Whatever it expects wrongly: the line is named, and the transcript shown."""
    assert right in RIGHT
    with pytest.raises(AssertionError, match=r"(?s)> Hello.*ask"), FakeStudio(env=False) as studio:
        play(studio, RIGHT.replace(right, wrong))
