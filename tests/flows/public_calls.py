"""What public Flows that talk by calls should do: talks with them. See ``talks`` for how to read a script.

All that is expected follows from the definitions and from what is known of how Studio runs Flows. The definitions
themselves are not here.
"""

from __future__ import annotations

# -- a call, and a Function that knows the hours ---------------------------------------------------------------

SCHEDULE = (
    """
    respond check_schedule 200 {"isOpen": true}
    outcome send_to_flex callComplete
    call -> Trigger check_schedule is_open send_to_flex .
    ? check_schedule POST {"name": "Example"}
    = widgets.check_schedule.parsed.isOpen true
    = widgets.check_schedule.status_code 200
    has widgets.send_to_flex QueueResult QueueSid QueueTime CallSid
    """,
    """
    respond check_schedule 200 {"isOpen": false, "closedReason": "manual"}
    call -> Trigger check_schedule is_open:noMatch say_closed .
    < closed due to unforseen circumstances. Please call back later. Thank you for calling
    = widgets.say_closed.FlowEvent "audioComplete"
    """,
    """
    respond check_schedule 200 {"isOpen": false, "closedReason": "holiday"}
    call -> Trigger check_schedule is_open:noMatch say_closed .
    < closed due to the holiday. Please call back during our normal business hours. Thank you for calling
    """,
    """
    respond check_schedule 204 null
    call -> Trigger check_schedule is_open:noMatch say_closed .
    < We are currently closed. Please call back during our normal business hours. Thank you for calling
    ~ is_open widgets.check_schedule.parsed.isOpen
    """,
    """
    respond check_schedule 503 {"isOpen": true}
    outcome send_to_flex failedToEnqueue
    call -> Trigger check_schedule:fail send_to_flex:failedToEnqueue .
    ! 81010 check_schedule
    """,
    """
    respond check_schedule 302 {"isOpen": true}
    outcome send_to_flex callFailure
    call -> Trigger check_schedule is_open send_to_flex:callFailure .
    """,
)

# -- a talk on the telephone that a server leads ---------------------------------------------------------------

VOICEFLOW = (
    """
    respond VF_API 200 {"userId": "u7", "message": "Where to?", "isEnd": 0}
    call -> Trigger defaults VF_API VF_REPLY split_1:noMatch @TALK
    < Where to?
    ? VF_API POST https://XXXXXXXXXXXX.ngrok.io/voice {"userId": "", "userInput": ""}
    ~ VF_API flow.variables.userId
    ~ VF_API widgets.TALK.SpeechResult
    = flow.variables.isEnd "0"
    respond VF_API 200 {"userId": "u7", "message": "And when?", "isEnd": 0}
    say Tokyo -> TALK:speech VF_API VF_REPLY split_1:noMatch @TALK
    < And when?
    ? VF_API POST {"userId": "u7", "userInput": "Tokyo"}
    = widgets.TALK.SpeechResult "Tokyo"
    = widgets.TALK.Language "ja-JP"
    respond VF_API 200 {"userId": "u7", "message": "Good bye", "isEnd": 1}
    say At noon -> TALK:speech VF_API VF_REPLY split_1 end .
    < Good bye
    = flow.variables.isEnd "1"
    = widgets.VF_REPLY {"userId": "u7", "message": "Good bye", "isEnd": "1"}
    """,
    """
    respond VF_API 200 {"userId": "u7", "message": "Where to?"}
    call -> Trigger defaults VF_API VF_REPLY split_1:noMatch @TALK
    press 12# -> TALK .
    = widgets.TALK.Digits "12"
    """,
    """
    respond VF_API 200 {"userId": "u7", "message": "Where to?", "isEnd": "2"}
    call -> Trigger defaults VF_API VF_REPLY split_1:noMatch @TALK
    silence -> TALK:timeout .
    """,
    """
    respond VF_API 500 {"message": "out of order"}
    call -> Trigger defaults VF_API:failed .
    = widgets.VF_API.status_code 500
    = widgets.VF_API.parsed.message "out of order"
    """,
)

# -- calls that reach the customer of an order -----------------------------------------------------------------

ORDER_ASKED = """
    respond allow_list 200 {"matched": true}
    call -> Trigger allow_list allow_split @order_no
    ? allow_list POST https://example.com/allow {"storeNumber": "$person"}
    < Please enter the order number.
"""
ORDER = (
    f"""{ORDER_ASKED}
    respond order_lookup 200 "+15550123456"
    outcome forward_call callCompleted {{"DialCallStatus": "busy"}}
    press 4711# -> order_no order_lookup say_play_1 forward_call .
    ? order_lookup POST https://example.com/httpRequest {{"orderNumber": "4711"}}
    < you're now being connected
    % forward_call to +15550123456
    % forward_call caller_id $person
    = widgets.forward_call.DialCallStatus "busy"
    has widgets.forward_call DialCallSid DialCallDuration CallSid
    """,
    f"""{ORDER_ASKED}
    say Four seven eleven. -> order_no:speech .
    = widgets.order_no.SpeechResult "Four seven eleven."
    """,
    f"""{ORDER_ASKED}
    silence -> order_no:timeout .
    """,
    f"""{ORDER_ASKED}
    respond order_lookup 404 "no such order"
    press 4711# -> order_no order_lookup:fail .
    = widgets.order_lookup.body "no such order"
    """,
    """
    respond allow_list 200 {"matched": false}
    call -> Trigger allow_list allow_split error .
    < cannot accept your call
    """,
    """
    respond allow_list 200 {"matched": "perhaps"}
    call -> Trigger allow_list allow_split:noMatch .
    """,
    """
    respond allow_list 500 {}
    call -> Trigger allow_list:fail .
    ! 81010 allow_list
    """,
)

# -- a bot of Autopilot, by message and by call ----------------------------------------------------------------

TO_AGENT = """
    outcome VoiceAutopilot sessionEnded {"CurrentTask": "send_to_agent"}
    call -> Trigger VoiceAutopilot VoiceCheckTask @Confirmation
    < Please press any key
"""
VOLUNTEERS = (
    *(
        f"""{TO_AGENT}
        outcome FlexCall {event}
        press 5 -> Confirmation PleaseHold FlexCall:{event} .
        < Please hold.
        % FlexCall attributes {{ "type": "inbound", "name": "$person" }}
        """
        for event in ("callComplete", "failedToEnqueue", "callFailure")
    ),
    f"""{TO_AGENT}
    say Hello? -> Confirmation:speech .
    """,
    *(
        f"{TO_AGENT}\noutcome ReturnAutopilot {event}\nsilence -> Confirmation:timeout ReturnAutopilot:{event} ."
        for event in ("sessionEnded", "failure", "timeout")
    ),
    """
    outcome VoiceAutopilot sessionEnded {"CurrentTask": "goodbye"}
    call -> Trigger VoiceAutopilot VoiceCheckTask:noMatch .
    """,
    *(f"outcome VoiceAutopilot {event}\ncall -> Trigger VoiceAutopilot:{event} ." for event in ("failure", "timeout")),
    """
    outcome SMSAutopilot sessionEnded {"CurrentTask": "send_to_agent"}
    message Hello -> Trigger SMSAutopilot SMSCheckTask:noMatch .
    = widgets.SMSAutopilot.CurrentTask "send_to_agent"
    ~ SMSCheckTask widgets.VoiceAutopilot.CurrentTask
    """,
    *(
        f"outcome SMSAutopilot {event}\nmessage Hello -> Trigger SMSAutopilot:{event} ."
        for event in ("failure", "timeout")
    ),
)
