"""What public Flows that talk by messages should do: talks with them. See ``talks`` for how to read a script.

All that is expected follows from the definitions and from what is known of how Studio runs Flows. The definitions
themselves are not here.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

# -- a conversation that goes to an agent ----------------------------------------------------------------------

PARKING = (
    """
    conversation Hello -> Trigger @send_welcome
    < Ahoy! To better assist you
    reply the weather -> send_welcome select_queue:noMatch @send_welcome
    < Ahoy! To better assist you
    outcome send_to_flex callComplete
    reply I need SUPPORT please -> send_welcome select_queue set_support send_please_wait send_to_flex .
    < while I locate a support representative
    = flow.variables.selected_queue "support"
    = widgets.set_support.selected_queue "support"
    = widgets.select_queue {}
    = widgets.send_welcome.inbound.Body "I need SUPPORT please"
    = trigger.conversation.Body "I need SUPPORT please"
    has widgets.send_please_wait.outbound Sid ConversationSid Body Author Index Attributes Media ParticipantSid
    has widgets.send_to_flex sid channel routing url
    % send_to_flex attributes { "selected_queue": "support" }
    """,
    """
    conversation Hello -> Trigger @send_welcome
    outcome send_please_wait failed
    outcome send_to_flex failedToEnqueue
    reply support, sales -> send_welcome select_queue set_sales send_please_wait:failed send_to_flex:failedToEnqueue .
    % send_to_flex attributes { "selected_queue": "sales" }
    """,
    """
    conversation Hello -> Trigger @send_welcome
    outcome send_to_flex callFailure
    reply sales -> send_welcome select_queue set_sales send_please_wait send_to_flex:callFailure .
    """,
    """
    outcome send_welcome deliveryFailure
    conversation Hello -> Trigger send_welcome:deliveryFailure @send_welcome
    expire -> send_welcome:timeout .
    """,
    f"""
    outcome 10x send_welcome deliveryFailure
    conversation Hello -> Trigger {"send_welcome:deliveryFailure " * 10} .
    ! 81001 send_welcome
    """,
)

# -- questions that a bot answers ------------------------------------------------------------------------------

ASKS = "DialogflowDetectIntent SetDialogflowSessionId Check_EndSession"
#: Question -> what the Function finds for a first message, so that the question is asked, and how the split goes.
FOUND = {
    "WelcomeMessage": ("$Check_EndSession>WelcomeMessage", ""),
    "SendWaitDialogflowAnswer": ("They are safe.", ":noMatch"),
    "SendWaitRephrase": (" ", ""),
}


def asked(question: str, end: str = "") -> str:
    """A first message that leads to a question, where it waits, unless ``end`` says otherwise."""
    found, went = FOUND[question]
    return f"""
    respond DialogflowDetectIntent 200 {{"session_id": "s1", "fulfillmentText": "{found}"}}
    message Hi -> Trigger SetUtteranceVariable {ASKS}{went} {end or f"@{question}"}
    """


ENDING = """
    respond DialogflowDetectIntent 200 {"fulfillmentText": "$Check_EndSession>SendFinalMessage"}
"""
FAQ = (
    f"""{asked("WelcomeMessage")}
    < $Check_EndSession>WelcomeMessage
    ? DialogflowDetectIntent POST {{"utterance": "Hi", "dialogflow_session_id": ""}}
    ~ DialogflowDetectIntent flow.variables.dialogflow_session_id
    respond DialogflowDetectIntent 200 {{"session_id": "s1", "fulfillmentText": "They are safe."}}
    reply Safe? -> WelcomeMessage ResetUtteranceVariableonWelcome {ASKS}:noMatch @SendWaitDialogflowAnswer
    < They are safe. Do you have any additional questions?
    ? DialogflowDetectIntent POST {{"utterance": "Safe?", "dialogflow_session_id": "s1"}}
    respond DialogflowDetectIntent 200 "no JSON, which leaves what was parsed"
    reply Sure? -> SendWaitDialogflowAnswer ResetUtteranceVariable {ASKS}:noMatch @SendWaitDialogflowAnswer
    < They are safe. Do you have any additional questions?
    = widgets.DialogflowDetectIntent.body "no JSON, which leaves what was parsed"
    respond DialogflowDetectIntent 200 {{"fulfillmentText": ""}}
    reply Hm -> SendWaitDialogflowAnswer ResetUtteranceVariable {ASKS} @SendWaitRephrase
    < Could you please rephrase
    = widgets.DialogflowDetectIntent.parsed {{"session_id": "s1", "fulfillmentText": ""}}
    {ENDING}
    reply Thanks -> SendWaitRephrase ResetUtteranceVariableonRephrase {ASKS} SendFinalMessage .
    < Thank you for using Vaccine FAQ bot!
    = flow.variables {{"utterance": "Thanks", "dialogflow_session_id": "s1"}}
    """,
    f"""{ENDING}
    outcome SendFinalMessage failed
    message Bye -> Trigger SetUtteranceVariable {ASKS} SendFinalMessage:failed .
    has widgets.SendFinalMessage MessageStatus ErrorCode executionSid outbound
    = widgets.SendFinalMessage.MessageStatus "failed"
    """,
    """
    respond DialogflowDetectIntent 500 {}
    message Hi -> Trigger SetUtteranceVariable DialogflowDetectIntent:fail .
    """,
    *(f"{asked(question)}\nexpire -> {question}:timeout ." for question in FOUND),
    *(f"outcome {question} deliveryFailure\n{asked(question, f'{question}:deliveryFailure .')}" for question in FOUND),
)

# -- appointments, by request ----------------------------------------------------------------------------------

#: What became of an appointment -> what the patient hears.
APPOINTMENTS = {
    "canceled": "Dr. Turing for Monday at nine at Room 4 has been canceled.",
    "modified": "now scheduled for Monday at nine at Room 4.",
    "noshowed": "which was scheduled for Monday at nine at Room 4.",
    "confirmed": "Hello, Ada. Your appointment has been confirmed. - From YOUR_HEALTH_SYSTEM_NAME",
    "rescheduled": "is rescheduled for Monday at nine at Room 4.",
}
#: What the patient wants to hear -> what sends the answer, and the answer.
OPTED = {"OPTED-IN": ("send_optedin", "You have opted in"), "OPTED-OUT": ("send_optedout", "You have opted out")}


def appointment(event: str, way: str) -> str:
    """A request on an appointment, and the way it goes from the split on."""
    asked = {
        "event_type": event,
        "patient_first_name": "Ada",
        "provider_last_name": "Turing",
        "provider_callback_phone": "+15550100100",
        "provider_id": "p2",
        "patient_id": "q3",
        "appointment_id": "a1",
        "appointment_location": "Room 4",
        "appointment_datetime": "2026-01-05T09:00",
    }
    return f"""
    respond get-datetime-parts 200 {{"readable_datetime": "Monday at nine"}}
    request {json.dumps(asked)} -> Trigger set_global_variables get-datetime-parts split_on_event_type{way}
    """


def told(event: str, heard: str) -> Iterator[str]:
    """An appointment that is saved and of which the patient is told, if all goes well."""
    save, send, saved = f"save-{event}", f"send_{event}", f'respond save-{event} 200 {{"saved": true}}'
    yield f"""{saved}{appointment(event.upper(), f" {save} {send} .")}
    < {heard}
    ? {save} POST https://YOUR_TWILIO_ENVIRONMENT_DOMAIN_NAME/{save} {{"flow_sid": "$flow"}}
    """
    yield f"{saved}\noutcome {send} failed{appointment(event, f' {save} {send}:failed .')}"
    yield f"respond {save} 500 {{}}{appointment(event.title(), f' {save}:fail .')}"


def answered(event: str, split: str, replies: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """An appointment of which the patient is told, and to which they reply.

    Args:
        event: what became of it.
        split: the widget that judges the reply.
        replies: reply -> the widget that follows, and the event that it reports.
    """
    save, send = f"save-{event}", f"send_{event}"
    saved = f'respond {save} 200 {{"saved": true}}'
    start = f"""{saved}{appointment(event, f" {save} @{send}")}
    < for Monday at nine at Room 4. Please respond to this message with
    """
    yield f"{start}\nreply Who is this? -> {send} {split}:noMatch ."
    yield f"{start}\nexpire -> {send}:timeout ."
    yield f"{saved}\noutcome {send} deliveryFailure{appointment(event, f' {save} {send}:deliveryFailure .')}"
    yield f"respond {save} 500 {{}}{appointment(event, f' {save}:fail .')}"
    for reply, (follower, type) in replies.items():
        yield f"""{start}
        respond {follower} 200 {{}}
        reply {reply} -> {send} {split} {follower} .
        ? {follower} POST https://you_ehr_endpoint_url.com/inbound {{"event_type": "{type}", "flow_sid": "$flow"}}
        ? {follower} POST {{"appointment_id": "a1", "provider_id": "p2", "patient_id": "q3"}}
        """
        yield f"{start}\nrespond {follower} 422 {{}}\nreply {reply} -> {send} {split} {follower}:failed ."


BOOKING = (
    *(script for event, heard in APPOINTMENTS.items() for script in told(event, heard)),
    *(f"{appointment(event, f' {send} .')}\n< {heard}" for event, (send, heard) in OPTED.items()),
    *(f"outcome {send} failed{appointment(event.lower(), f' {send}:failed .')}" for event, (send, _) in OPTED.items()),
    *answered(
        "remind",
        "split_remind_reply",
        {"Confirm appt": ("confirm_remind", "Confirm"), " CANCEL APPT ": ("cancel_remind", "Cancel")},
    ),
    *answered("booked", "split_booked", {"cancel appt": ("confirm_booked", "Confirm")}),
    f"""{appointment("POSTPONED", ":noMatch .")}
    = flow.variables.CUSTOMER_NAME "YOUR_HEALTH_SYSTEM_NAME"
    = widgets.set_global_variables.IE_ENDPOINT "https://you_ehr_endpoint_url.com/inbound"
    = trigger.request.parameters.event_type "POSTPONED"
    = flow.data.event_type "POSTPONED"
    ? get-datetime-parts POST {{"datetime_iso": "2026-01-05T09:00"}}
    """,
    """
    respond get-datetime-parts 500 {}
    request {} -> Trigger set_global_variables get-datetime-parts:fail .
    """,
)

# -- a survey by message ---------------------------------------------------------------------------------------

#: Question -> the reply, some words of the question, and what lies between it and the next.
QUESTIONS = {
    "Welcome": (" Yes ", "You can get notified", "OptIn"),
    "Name": ("Ada", "What is your full name?", ""),
    "Age": ("42", "OK, Ada, how old are you?", ""),
    "ZipCode": ("12345", "5-digit zip code?", ""),
    "EssentialWorker": ("no", "an essential worker?", ""),
    "WorkFromHome": ("no", "work from home?", ""),
    "LongTermCare": ("no", "a nursing home", ""),
    "CongregateSetting": ("no", "a congregate setting", ""),
    "HealthCondition": ("no", "health conditions", ""),
    "NotificationPreference": ("2", "via SMS or Email?", "ValidateNotificationPref"),
    "GetEmail": ("ada@example.com", "your email address?", ""),
    "LanguagePreference": ("1", "2. Español 3. 繁體中文", ""),
}


def survey(until: str, last: str = "") -> str:
    """The survey up to a question, which it waits at, unless ``last`` says otherwise."""
    lines, way = [], "message Hello -> Trigger"
    for name, (reply, heard, between) in QUESTIONS.items():
        if name == until:
            return "\n".join([*lines, f"{way} {last or f'@{name}'}"])
        lines += [f"{way} @{name}", f"< {heard}"]
        way = f"reply {reply} -> {name} {between}"
    return "\n".join([*lines, f"{way} {last}"])


STANDBY = (
    f"""{survey("the end", "Goodbye .")}
    < you are now on the [YOUR ORG NAME HERE] vaccine standby list.
    = widgets.Welcome.inbound.Body " Yes "
    = widgets.ValidateNotificationPref {{}}
    """,
    f"""outcome Goodbye failed
    {survey("NotificationPreference")}
    reply 1 -> NotificationPreference ValidateNotificationPref @LanguagePreference
    reply 3 -> LanguagePreference Goodbye:failed .
    """,
    f"""{survey("NotificationPreference")}
    reply by letter -> NotificationPreference ValidateNotificationPref:noMatch .
    """,
    f"""{survey("Welcome")}
    reply What? -> Welcome OptIn:noMatch @Welcome
    opt out STOP -> Welcome OptIn:noMatch Welcome:deliveryFailure .
    ! 21610 Welcome
    = widgets.Welcome.ErrorCode "21610"
    """,
    *(f"{survey(name)}\nexpire -> {name}:timeout ." for name in QUESTIONS),
    *(f"outcome {name} deliveryFailure\n{survey(name, f'{name}:deliveryFailure .')}" for name in QUESTIONS),
)

# -- a talk in which a Function judges each reply --------------------------------------------------------------

#: Question -> how it is reached: the question before, what the Function makes of its reply, and what lies between.
REACHED = {
    "PCPAppt": ("Outreach", "NO", "split_Outreach"),
    "PainLevel": ("Outreach", "YES", "split_Outreach"),
    "PCPAppt2": ("PCPAppt", "maybe", "split_pcpappt:noMatch"),
    "RequestPN": ("PCPAppt", "yes", "split_pcpappt"),
    "GetPN": ("RequestPN", "No", "split_RequestPN"),
}


def outreach(until: str, last: str = "") -> str:
    """The talk up to a question, which it waits at, unless ``last`` says otherwise."""
    if until == "Outreach":
        return f'request {{"patient": "a1"}} -> Trigger {last or "@Outreach"}'
    before, judged, split = REACHED[until]
    return f"{outreach(before)}\n{judges(before, judged)} -> {before} save_{before} {split} {last or f'@{until}'}"


def judges(question: str, judged: str) -> str:
    """A reply to a question, and the Function that makes something of it."""
    return f'respond save_{question} 200 "{judged}"\nreply Well'


OUTREACH = (
    f"""{outreach("PainLevel")}
    < This is the Cardiology department
    < Are you experiencing any pain
    ? save_Outreach POST https://YOUR_ENVIRONMENT_DOMAIN_NAME/save-response {{"response": "Well"}}
    ? save_Outreach POST {{"question_id": "Outreach"}}
    = widgets.save_Outreach.body "YES"
    = widgets.save_Outreach.content_type "text/plain"
    {judges("PainLevel", "YES")} -> PainLevel save_PainLevel split_PainLevel CallNurse .
    < talk to one of our nurses.
    """,
    f"""outcome CallNurse failed
    {outreach("PainLevel")}
    {judges("PainLevel", "yes ")} -> PainLevel save_PainLevel split_PainLevel CallNurse:failed .
    """,
    f"""{outreach("PainLevel")}
    {judges("PainLevel", "no")} -> PainLevel save_PainLevel split_PainLevel SpeedyRecovery .
    < a speedy recovery.
    """,
    f"""outcome SpeedyRecovery failed
    {outreach("PainLevel")}
    {judges("PainLevel", "no")} -> PainLevel save_PainLevel split_PainLevel SpeedyRecovery:failed .
    """,
    f"""{outreach("RequestPN")}
    < Do you need help
    < Is $person the best number to reach you?
    {judges("RequestPN", "YES")} -> RequestPN save_RequestPN split_RequestPN Thankyou .
    < We'll be in touch soon.
    """,
    f"""outcome Thankyou failed
    {outreach("RequestPN")}
    {judges("RequestPN", "YES")} -> RequestPN save_RequestPN split_RequestPN Thankyou:failed .
    """,
    f"""{outreach("GetPN")}
    {judges("GetPN", "saved")} -> GetPN save_GetPN .
    """,
    f"""{outreach("PCPAppt")}
    {judges("PCPAppt", "NO")} -> PCPAppt save_PCPAppt split_pcpappt @PainLevel
    """,
    f"""{outreach("PCPAppt2")}
    {judges("PCPAppt2", "YES")} -> PCPAppt2 save_PCPAppt2 split_pcpappt2 @RequestPN
    """,
    f"""{outreach("PCPAppt2")}
    {judges("PCPAppt2", "NO")} -> PCPAppt2 save_PCPAppt2 split_pcpappt2 @PainLevel
    """,
    *(
        f"{outreach(question)}\n{judges(question, 'maybe')} -> {question} save_{question} {split}:noMatch ."
        for question, split in (
            ("Outreach", "split_Outreach"),
            ("PainLevel", "split_PainLevel"),
            ("PCPAppt2", "split_pcpappt2"),
            ("RequestPN", "split_RequestPN"),
        )
    ),
    *(
        script
        for question in ("Outreach", *REACHED)
        for script in (
            f"{outreach(question)}\nexpire -> {question}:timeout .",
            f"outcome {question} deliveryFailure\n{outreach(question, f'{question}:deliveryFailure .')}",
            f'{outreach(question)}\nrespond save_{question} 500 ""\nreply Well -> {question} save_{question}:fail .',
        )
    ),
)
