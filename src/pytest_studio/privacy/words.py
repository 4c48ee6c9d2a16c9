"""What is no personal data although it may stand in a context: what Studio writes itself, and words everybody says."""

from __future__ import annotations

import re

from pytest_studio.widgets import EVENTS, TRIGGERS, WIDGETS

__all__ = ["COMMON", "NOT_PERSONAL", "TWILIOS"]

_MADE = """
    AnsweredBy ApiVersion CallDuration CallStatus CallbackSource Confidence DateCreated DateSent DateUpdated
    DialCallDuration DialCallStatus Direction ErrorCode ErrorMessage FlowEvent Language MachineDetectionDuration
    MessageStatus NumMedia NumSegments OptOutType Price PriceUnit QueueResult QueueTime RecordingDuration
    RecordingStatus SequenceNumber SmsStatus Status StirVerstat SubresourceUris Timestamp content_type status_code
"""
#: Keys of webhooks and widgets whose values Twilio makes, whatever they are.
TWILIOS = frozenset(_MADE.split())

#: What Studio writes as a whole value: SIDs, times, its own urls, the version of its oldest API, kinds of bodies, and
#: languages.
NOT_PERSONAL = re.compile(
    r"[A-Z]{2}[0-9a-fA-F]{32}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
    r"|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} (?:GMT|\+0000)"
    r"|(?:https?://[a-z0-9.-]+\.twilio\.com(?::[0-9]+)?)?/(?:2010-04-01|v[0-9])(?:/\S*)?"
    r"|2010-04-01"
    r"|(?:application|audio|image|multipart|text|video)/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*"
    r"|[a-z]{2,3}[-_][A-Z]{2}"
)

_STUDIOS = """
    accepted active answered busy canceled cancelled completed delivered draft ended failed fax finished human
    in-progress inbound initiated initial machine_end_beep machine_end_other machine_end_silence machine_start
    no-answer outbound outbound-api outbound-call outbound-dial outbound-reply partially_delivered pending published
    queued read received receiving ringing scheduled sending sent trigger undelivered unknown
"""
_SAID = """
    about action after again agent all also and another any anything are attempt back bad because been before begin
    bonjour book booking bot but bye call caller calling can cancel change channel chat ciao click client close code
    connect contact continue could count create created customer danke data date day days debug default delete demo
    detail details did does done down email empty end english error errors event events everything example execution
    exit false fatal fetch field file fine first flow for form found french from get give good goodbye gracias great
    had has have hello help here hey hola hour hours how http https info input into invalid item items its job json
    just key kind later leave let level like line list live load log logger lot main make maybe menu merci message
    messages method minute minutes missing mms mobile more morning much must name need nein never new next nil non
    none nope not nothing now null number off okay old one only open operator option options order other our out
    page param parameter parameters parse patch path pause payload person phone please post press print problem
    put question queue quit ready reason record refused remove repeat reply report request reset response restart
    result results resume retry return right run same sample say second seconds see send sender service session set
    shall she should show skip sms some spanish speak start state status step steps still stop stopall success sure
    system take talk task test tested testing tests text thank thanks that the their them then there they thing
    third this three time timeout times today tomorrow tonight trace true try two type undefined unstop unsubscribe
    until update updated url use user users using valid value values very via voice wait waiting want warn warning
    was way web week welcome well were what when where which who why widget will with without word work worker would
    wrong yeah year yep yes yesterday yet you your
    monday tuesday wednesday thursday friday saturday sunday
    am an as at be by cc do eh go he hi id if in is it me my no of oh ok on or pm re so to tv uh um up us vs we
    one four five six seven eight nine ten eleven twelve
"""
#: Whole values, lower case, that are found in any log.
COMMON = frozenset(
    [
        *_STUDIOS.split(),
        *_SAID.split(),
        *(name.lower() for name in (*EVENTS, *TRIGGERS, *TRIGGERS.values(), *WIDGETS)),
    ]
)
