"""Who gets which message, and what a person can do to a Flow that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flow_parts import (
    NUMBER,
    PERSON,
    SERVICE,
    Json,
    ask,
    codes,
    definition,
    load,
    load_definition,
    match,
    say,
    split,
    variables,
    widget,
)
from helpers import post

from pytest_studio import FakeStudio
from pytest_studio.chats.chat import Chat
from pytest_studio.errors import ChatError
from pytest_studio.resources import Flow

pytest.importorskip("liquid")

OTHER = "+15550100003"
NAME = "{{widgets.ask.inbound.Body}}"


def greeter(fake: FakeStudio, greeting: str = "Hi") -> Flow:
    """Asks for a name, and greets."""
    return load(fake, ask("ask", "Name?", "greet"), say("greet", f"{greeting} {NAME}"))


def heard(chat: Chat) -> list[str]:
    """What was sent, in order."""
    return [sent.body for sent in chat.sent]


# -- messages --------------------------------------------------------------------------------------------------


def test_several_contacts_talk_at_once(fake: FakeStudio) -> None:
    """Each in a chat of their own."""
    flow = greeter(fake)
    chats = [flow.message("hi", from_=f"+1555010{index:04}") for index in range(5)]
    for index, chat in reversed(list(enumerate(chats))):
        assert flow.message(f"n{index}", from_=f"+1555010{index:04}") is chat
    assert [heard(chat)[1] for chat in chats] == [f"Hi n{index}" for index in range(5)]
    assert flow.chats == chats
    assert fake.chats == chats


def test_who_is_new_has_a_new_address(fake: FakeStudio) -> None:
    """Each time that nobody is named."""
    flow = greeter(fake)
    assert len({flow.message("hi").contact for _ in range(5)}) == 5


def test_a_message_from_who_waits_is_the_reply(fake: FakeStudio) -> None:
    """And the next one, after the end, begins anew."""
    flow = greeter(fake)
    chat = flow.message("hi", from_=PERSON)
    assert flow.message("Ada", from_=PERSON) is chat
    assert chat.ended
    assert flow.message("hi again", from_=PERSON) is not chat


def test_flows_do_not_hear_what_is_written_to_others(fake: FakeStudio) -> None:
    """One person may talk with two."""
    one, two = greeter(fake, "Hi"), greeter(fake, "Hello")
    first, second = one.message("hi", from_=PERSON), two.message("hi", from_=PERSON)
    assert first is not second
    assert one.number != two.number
    assert one.message("Ada", from_=PERSON) is first
    assert two.message("Bob", from_=PERSON) is second
    assert (heard(first)[-1], heard(second)[-1]) == ("Hi Ada", "Hello Bob")


def test_a_message_goes_to_whichever_flow_waits_on_that_number(fake: FakeStudio) -> None:
    """A REST request may have begun a chat from another Flow's number, and the reply goes there."""
    one, two = greeter(fake, "Hi"), greeter(fake, "Hello")
    made = post(fake, f"/v2/Flows/{two.sid}/Executions", 201, To=PERSON, From=one.number)
    assert one.message("Ada", from_=PERSON) is fake.chat(made["sid"])
    assert heard(fake.chat(made["sid"]))[-1] == "Hello Ada"


def test_the_number_that_is_written_to_counts(fake: FakeStudio) -> None:
    """A reply to another number is a new chat."""
    flow = greeter(fake)
    chat = flow.message("hi", from_=PERSON, to=NUMBER)
    assert flow.message("hi", from_=PERSON, to=OTHER) is not chat
    assert flow.message("Ada", from_=PERSON, to=NUMBER) is chat


def test_a_messaging_service_hears_for_its_numbers(fake: FakeStudio) -> None:
    """A chat that a request began from the service hears a reply to any of them."""
    flow = greeter(fake)
    chat = flow.request(to=PERSON, from_=SERVICE)
    assert flow.message("hi", from_=PERSON, to=NUMBER) is not chat
    assert flow.message("Ada", from_=PERSON, to=OTHER, MessagingServiceSid=SERVICE) is chat
    assert heard(chat) == ["Name?", "Hi Ada"]


def test_a_message_is_routed_by_its_number(fake: FakeStudio) -> None:
    """``studio.message``: to the Flow of that number, or the chat that waits."""
    one, two = greeter(fake), greeter(fake)
    chat = fake.message("hi", from_=PERSON, to=two.number)
    assert chat.flow is two
    assert fake.message("Ada", from_=PERSON) is chat
    assert fake.message("hi", to=one.number).flow is one


def test_the_only_flow_needs_no_number(fake: FakeStudio) -> None:
    """There is but one that can be meant."""
    flow = greeter(fake)
    assert fake.message("hi").flow is flow


def test_what_a_flow_does_not_take_is_said(fake: FakeStudio) -> None:
    """Somebody calls a Flow that is for messages, and presses a key."""
    made = definition(ask("ask", "Who?"))
    made["states"][0]["transitions"] = [{"event": "incomingMessage", "next": "ask"}, {"event": "incomingCall"}]
    chat = load_definition(fake, made).call()
    with pytest.raises(ChatError, match=r"incomingCall leads nowhere in this Flow; what leads on: incomingMessage$"):
        chat.press("1")


@pytest.mark.parametrize(
    ("name", "argument"), [("From", "from_"), ("To", "to"), ("Body", "body"), ("from_number", "from_"), ("text", None)]
)
def test_a_parameter_that_has_an_argument_is_refused(name: str, argument: str | None, fake: FakeStudio) -> None:
    """Else a chat would be with somebody else than its webhook says."""
    flow = load(fake, ask("ask", "Who?"))
    if argument is None:
        assert flow.message("hi", **{name: "x"}).context["trigger"]["message"][name] == "x"
        return
    with pytest.raises(TypeError, match=f"^{name}= .* say {argument}=$"):
        flow.message("hi", **{name: "+15550100001"})
    with pytest.raises(TypeError, match=f"^{name}= .* say {argument}=$"):
        flow.message("hi").reply("x", **{name: "+15550100001"})


def test_a_message_that_leads_nowhere_is_refused(fake: FakeStudio) -> None:
    """No Flow, no such number, or several that could be meant; the numbers are named."""
    with pytest.raises(ChatError, match="no Flow was loaded"):
        fake.message("hi")
    one, two = greeter(fake), greeter(fake)
    with pytest.raises(ChatError) as raised:
        fake.message("hi")
    assert one.number in str(raised.value)
    assert two.number in str(raised.value)
    with pytest.raises(ChatError, match="cannot be told"):
        fake.message("hi", to="+15550199999")
    one.message("hi", from_=PERSON)
    two.message("hi", from_=PERSON)
    with pytest.raises(ChatError, match="say which in to="):
        fake.message("Ada", from_=PERSON)


def test_a_message_that_nothing_waits_for_is_not_heard(fake: FakeStudio) -> None:
    """81002; the chat goes on as if nobody had written."""
    flow = load(fake, widget("dial", "make-outgoing-call-v2", {"from": NUMBER, "to": PERSON}, answered=None))
    chat = flow.message("hi", from_=PERSON)
    assert flow.message("hello?", from_=PERSON) is chat
    assert codes(chat) == [81002]
    assert chat.waiting_at == "dial"
    assert chat.path == ["Trigger"]


def test_who_opts_out_while_nothing_waits_has_opted_out(fake: FakeStudio) -> None:
    """The Flow does not hear it, Twilio does."""
    dial = widget("dial", "make-outgoing-call-v2", {"from": NUMBER, "to": PERSON}, answered="bye")
    flow = load(fake, dial, say("bye", "Bye"))
    chat = flow.message("hi", from_=PERSON)
    flow.message("STOP", from_=PERSON, OptOutType="STOP")
    assert codes(chat.answer()) == [81002, 21610]


def test_a_message_has_what_a_webhook_has(fake: FakeStudio) -> None:
    """Pictures, buttons, and whatever else a test says."""
    flow = load(fake, ask("ask", "Name?"))
    chat = flow.message("hi", media=["https://example.com/a.jpg", "https://example.com/b"], FromCity="CONCORD")
    trigger = chat.context["trigger"]["message"]
    assert (trigger["NumMedia"], trigger["FromCity"]) == ("2", "CONCORD")
    assert (trigger["MediaUrl0"], trigger["MediaContentType0"]) == ("https://example.com/a.jpg", "image/jpeg")
    assert (trigger["MediaUrl1"], trigger["MediaContentType1"]) == (
        "https://example.com/b",
        "application/octet-stream",
    )
    chat.reply("Yes", ButtonPayload="yes", ButtonText="Yes")
    assert chat.context["widgets"]["ask"]["inbound"]["ButtonPayload"] == "yes"


@pytest.mark.parametrize("wrong", [{"body": 1}, {"body": None}, {"body": "hi", "media": "https://example.com/a.jpg"}])
def test_a_message_of_the_wrong_type_is_refused(wrong: Json, fake: FakeStudio) -> None:
    """Before anything happens."""
    flow = greeter(fake)
    with pytest.raises(TypeError):
        flow.message(**wrong)
    chat = flow.message("hi")
    with pytest.raises(TypeError):
        chat.reply(**wrong)
    assert chat.path == ["Trigger"]
    assert len(fake.executions) == 1


def test_a_webhook_has_texts(fake: FakeStudio) -> None:
    """As over the wire, whatever a test hands in; None is left out, and objects that Studio parses stay."""
    flow = load(fake, ask("ask", "Name?"))
    chat = flow.message("hi", NumSegments=2, Flag=True, OptOutType=None, ChannelAttributes={"a": [1]})
    told = chat.context["trigger"]["message"]
    assert (told["NumSegments"], told["Flag"], told["ChannelAttributes"]) == ("2", "true", {"a": [1]})
    assert "OptOutType" not in told


@pytest.mark.parametrize("name", ["ChannelAttributes", "AddOns"])
def test_what_studio_parses_of_a_webhook_is_parsed(name: str, fake: FakeStudio) -> None:
    """Though it comes as a text; what is no JSON object, and all else that looks like one, stays a text."""
    flow = load(fake, widget("w", "create-task", {}, done=None), assume_success=True)
    chat = flow.message("hi", **{name: '{"lang": "fr"}', "MessageAttributes": '{"a": 1}'})
    told = chat.context["trigger"]["message"]
    assert (told[name], told["MessageAttributes"]) == ({"lang": "fr"}, '{"a": 1}')
    for text in ("no JSON", '{"a": NaN}', "7"):
        assert flow.call(**{name: text}).context["trigger"]["call"][name] == text


def test_what_a_test_hands_in_is_copied(fake: FakeStudio) -> None:
    """Changing it later changes no run."""
    flow = load(fake, ask("ask", "Name?"), widget("w", "create-task", {}, done=None))
    handed: Json = {"list": [1]}
    chats = [flow.request(parameters=handed), flow.parent(handed), flow.message("hi", ChannelAttributes=handed)]
    flow.outcome("ask", "timeout", handed)
    handed["list"].append(2)
    assert chats[0].context["flow"]["data"] == {"list": [1]}
    assert chats[1].context["trigger"]["parent"]["parameters"] == {"list": [1]}
    assert chats[2].context["trigger"]["message"]["ChannelAttributes"] == {"list": [1]}
    assert flow.message("hi").context["widgets"]["ask"]["list"] == [1]


@pytest.mark.parametrize("wrong", [{"a": object()}, {"a": {1}}, {"a": float("nan")}, [1], "a"])
def test_what_json_cannot_hold_is_refused(wrong: Any, fake: FakeStudio) -> None:
    """The API could not show it."""
    flow = load(fake, ask("ask", "Name?"))
    for deed in (
        lambda: flow.request(parameters=wrong),
        lambda: flow.parent(wrong),
        lambda: flow.outcome("ask", "timeout", wrong),
        lambda: flow.message("hi", **(wrong if isinstance(wrong, dict) else {"a": object()})),
    ):
        with pytest.raises(TypeError):
            deed()
    assert not fake.executions


@pytest.mark.parametrize(("wrong", "error"), [("", ValueError), (" ", ValueError), (5, TypeError)])
def test_an_address_is_a_text(wrong: Any, error: type[Exception], fake: FakeStudio) -> None:
    """Of the person as of Twilio."""
    flow = load(fake, ask("ask", "Name?"))
    for name in ("from_", "to"):
        for begin in (flow.message, flow.conversation, flow.call, flow.request, fake.message):
            with pytest.raises(error, match=name):
                begin(**{name: wrong})
    assert not fake.executions


# -- conversations ---------------------------------------------------------------------------------------------


def test_a_conversation_is_one_from_message_to_message(fake: FakeStudio) -> None:
    """The reply is in the widget and in the trigger, in the same conversation."""
    flow = load(fake, ask("ask", "Name?", "greet"), say("greet", f"Hi {NAME}, {{{{trigger.conversation.Body}}}}"))
    chat = flow.conversation("hi", from_=PERSON)
    before = chat.context["trigger"]["conversation"]
    assert flow.conversation("Ada", from_=PERSON) is chat
    after = chat.context["trigger"]["conversation"]
    assert heard(chat) == ["Name?", "Hi Ada, Ada"]
    assert (before["Body"], after["Body"]) == ("hi", "Ada")
    assert before["ConversationSid"] == after["ConversationSid"]
    assert before["MessageSid"] != after["MessageSid"]
    assert chat.context["widgets"]["ask"]["inbound"]["Body"] == "Ada"
    assert chat.visits[0].event == "incomingConversationMessage"
    assert [assumed.widget for assumed in chat.assumed] == ["ask"]


def test_attributes_of_a_channel_are_an_object(fake: FakeStudio) -> None:
    """Their members can be read."""
    flow = load(fake, say("greet", "Hi {{trigger.conversation.ChannelAttributes.name}}"))
    assert heard(flow.conversation("hi", ChannelAttributes={"name": "Ada"})) == ["Hi Ada"]


# -- calls -----------------------------------------------------------------------------------------------------


def gather(to: str | None = None, **properties: Any) -> Json:
    """A gather, whose end is said."""
    given = {"say": "Digits, please", "timeout": 5, **properties}
    return widget("menu", "gather-input-on-call", given, keypress=to, speech=to, timeout=to)


def digits(chat: Chat) -> str:
    """The keys that came."""
    found: str = chat.context["widgets"]["menu"]["Digits"]
    return found


@pytest.mark.parametrize(
    ("properties", "pressed", "got"),
    [
        ({}, "1", "1"),
        ({}, "1234#", "1234"),
        ({}, "*12", "*12"),
        ({}, "#", ""),
        ({"number_of_digits": 4, "stop_gather": True}, "1234", "1234"),
        ({"number_of_digits": 4, "stop_gather": True}, "12", "12"),
        ({"number_of_digits": 4, "stop_gather": True}, "12#", "12"),
        ({"number_of_digits": 4, "stop_gather": True}, "1234#", "1234"),
        ({"number_of_digits": 2, "stop_gather": False}, "1234", "1234"),
        ({"number_of_digits": 2, "stop_gather": False}, "1234#", "1234"),
        ({"finish_on_key": "*"}, "12*", "12"),
        ({"finish_on_key": "*"}, "1#2", "1#2"),
        ({"finish_on_key": ""}, "12#", "12#"),
    ],
)
def test_keys_are_taken_up_to_the_finish_key(properties: Json, pressed: str, got: str, fake: FakeStudio) -> None:
    """Or as many as the widget takes; an empty finish key is none."""
    assert digits(load(fake, gather(**properties)).call().press(pressed)) == got


@pytest.mark.parametrize(
    ("properties", "pressed", "why"),
    [
        ({"number_of_digits": 1, "stop_gather": True}, "12", r"would never get '2': it takes 1 digit "),
        ({}, "1#2", "would never get '2': the finish key '#' ends it"),
        ({"number_of_digits": 2, "stop_gather": True}, "1#23", "would never get '23'"),
        ({}, "1 2", "keys of a telephone"),
        ({}, "one", "keys of a telephone"),
        ({}, "", r"silence\(\) presses none"),
        ({}, 1, "keys as text"),
    ],
)
def test_keys_that_would_be_lost_are_refused(properties: Json, pressed: Any, why: str, fake: FakeStudio) -> None:
    """And the widget still waits."""
    chat = load(fake, gather(**properties)).call()
    with pytest.raises(ChatError, match=why):
        chat.press(pressed)
    assert chat.waiting_at == "menu"


def test_a_caller_may_speak(fake: FakeStudio) -> None:
    """Confidence is a text, on the wire."""
    chat = load(fake, gather(gather_language="de-DE")).call().say("Ja.", confidence=0.75)
    left = chat.context["widgets"]["menu"]
    assert (left["SpeechResult"], left["Confidence"], left["Language"]) == ("Ja.", "0.75", "de-DE")
    assert chat.visits[-1].event == "speech"


@pytest.mark.parametrize(("text", "confidence"), [("", 0.5), ("yes", 2), ("yes", -0.1), ("yes", "0.5"), (1, 0.5)])
def test_words_that_cannot_be_are_refused(text: Any, confidence: Any, fake: FakeStudio) -> None:
    """The widget still waits."""
    chat = load(fake, gather()).call()
    with pytest.raises(ChatError):
        chat.say(text, confidence=confidence)
    assert chat.waiting_at == "menu"


@pytest.mark.parametrize("act", [Chat.silence, Chat.expire])
def test_a_caller_may_say_nothing(act: Callable[[Chat], Chat], fake: FakeStudio) -> None:
    """timeout."""
    chat = act(load(fake, gather()).call())
    assert chat.visits[-1].event == "timeout"


def test_what_is_said_can_be_heard(fake: FakeStudio) -> None:
    """In order, with its language; what is played has a url, keys have digits."""
    flow = load(
        fake,
        gather("play", language="fr-CA", voice="Polly.Chantal"),
        widget("play", "say-play", {"play": "https://example.com/a.mp3"}, audioComplete="keys"),
        widget("keys", "say-play", {"digits": "ww1"}, audioComplete=None),
    )
    chat = flow.call().press("1")
    assert [(s.text, s.url, s.digits, s.language, s.voice, s.widget) for s in chat.spoken] == [
        ("Digits, please", None, None, "fr-CA", "Polly.Chantal", "menu"),
        (None, "https://example.com/a.mp3", None, None, None, "play"),
        (None, None, "ww1", None, None, "keys"),
    ]


def test_several_calls_of_one_person_are_several_chats(fake: FakeStudio) -> None:
    """Where the Flow allows that."""
    flow = load(fake, gather())
    assert flow.call(from_=PERSON) is not flow.call(from_=PERSON)


def test_a_second_call_is_not_heard_where_one_is_allowed(fake: FakeStudio) -> None:
    """81002; once the first is over, the next is taken."""
    flow = load(fake, gather(), flags={"allow_concurrent_calls": False})
    first = flow.call(from_=PERSON)
    assert flow.call(from_=PERSON) is first
    assert codes(first) == [81002]
    assert flow.call(from_=OTHER) is not first
    first.press("1")
    assert flow.call(from_=PERSON) is not first


def test_who_calls_may_write_as_well(fake: FakeStudio) -> None:
    """That is another chat; unless the call itself waits for a message."""
    flow = load(fake, gather("ask"), ask("ask", "Name?"))
    called = flow.call(from_=PERSON)
    written = flow.message("hi", from_=PERSON)
    assert written is not called
    written.execution.end()
    called.press("1")
    assert flow.message("Ada", from_=PERSON) is called


# -- calls that the Flow places --------------------------------------------------------------------------------


def dial(type: str = "make-outgoing-call-v2", **properties: Any) -> Json:
    """A call to somebody."""
    events = ("answered", "busy", "noAnswer", "failed")
    wired = dict.fromkeys(events + ("answeredByMachine", "hangup") * (type == "make-outgoing-call-v1"))
    return widget("dial", type, {"from": NUMBER, "to": PERSON, **properties}, **wired)


@pytest.mark.parametrize("type", ["make-outgoing-call-v1", "make-outgoing-call-v2"])
@pytest.mark.parametrize(
    ("act", "event", "status"),
    [
        (Chat.answer, "answered", "in-progress"),
        (Chat.busy, "busy", "busy"),
        (Chat.no_answer, "noAnswer", "no-answer"),
        (Chat.expire, "noAnswer", "no-answer"),
    ],
)
def test_a_call_is_taken_or_not(type: str, act: Any, event: str, status: str, fake: FakeStudio) -> None:
    """Without detection, nobody knows who it was."""
    chat = act(load(fake, dial(type)).request())
    assert chat.visits[-1].event == event
    assert chat.context["widgets"]["dial"]["CallStatus"] == status
    assert "AnsweredBy" not in chat.context["widgets"]["dial"]


@pytest.mark.parametrize("by", ["human", "machine_start", "machine_end_beep", "fax", "unknown"])
def test_who_answers_is_known_where_machines_are_detected(by: str, fake: FakeStudio) -> None:
    """The older widget has an event for machines."""
    detects = {"detect_answering_machine": True, "machine_detection": "Enable"}
    for type in ("make-outgoing-call-v1", "make-outgoing-call-v2"):
        chat = load(fake, dial(type, **detects)).request().answer(by=by)
        machine = type.endswith("v1") and by.startswith("machine")
        assert chat.visits[-1].event == ("answeredByMachine" if machine else "answered")
        assert chat.context["widgets"]["dial"]["AnsweredBy"] == by


def test_who_answers_is_what_a_test_says(fake: FakeStudio) -> None:
    """Though the widget that it told of does not look, as yet."""
    chat = load(fake, dial()).request().answer(by="machine_start")
    assert chat.context["widgets"]["dial"]["AnsweredBy"] == "machine_start"


def test_only_whom_twilio_knows_can_answer(fake: FakeStudio) -> None:
    """The choices are named."""
    with pytest.raises(ChatError, match="'human', 'machine_start'"):
        load(fake, dial()).request().answer(by="cat")


# -- wrong use -------------------------------------------------------------------------------------------------

DEEDS: list[tuple[str, Callable[[Chat], Any]]] = [
    ("reply", lambda chat: chat.reply("x")),
    ("press", lambda chat: chat.press("1")),
    ("say", lambda chat: chat.say("x")),
    ("silence", lambda chat: chat.silence()),
    ("answer", lambda chat: chat.answer()),
    ("busy", lambda chat: chat.busy()),
    ("no_answer", lambda chat: chat.no_answer()),
    ("expire", lambda chat: chat.expire()),
    ("hang_up", lambda chat: chat.hang_up()),
]
ABLE = {"reply": {"reply", "expire"}, "gather": {"press", "say", "silence", "expire", "hang_up"}}


@pytest.mark.parametrize(("name", "deed"), DEEDS)
@pytest.mark.parametrize("kind", ["reply", "gather"])
def test_only_what_is_waited_for_can_be_done(
    kind: str, name: str, deed: Callable[[Chat], Any], fake: FakeStudio
) -> None:
    """All else says what waits, what it takes, and the path so far; and changes nothing."""
    chat = load(fake, ask("menu", "Name?")).message("hi") if kind == "reply" else load(fake, gather()).call()
    if name in ABLE[kind]:
        deed(chat)
        return
    with pytest.raises(ChatError) as raised:
        deed(chat)
    told = str(raised.value)
    assert told.startswith(name)
    assert "path so far: Trigger (waits at menu)" in told
    assert chat.path == ["Trigger"]


@pytest.mark.parametrize(("name", "deed"), DEEDS)
def test_nothing_can_be_done_to_a_chat_that_has_ended(name: str, deed: Callable[[Chat], Any], fake: FakeStudio) -> None:
    """By itself, by the API, or because the Execution was removed."""
    by_itself = load(fake, variables("bye")).message("hi")
    by_the_api = load(fake, ask("menu", "Name?")).message("hi")
    by_the_api.execution.end()
    for chat in (by_itself, by_the_api):
        with pytest.raises(ChatError, match="has ended"):
            deed(chat)


def test_nothing_can_be_done_by_a_caller_who_has_gone(fake: FakeStudio) -> None:
    """Not even hanging up again."""
    chat = load(fake, gather()).call().hang_up()
    for name, deed in DEEDS:
        if name in ABLE["gather"]:
            with pytest.raises(ChatError, match="hung up"):
                deed(chat)


def test_errors_show_the_end_of_a_long_path(fake: FakeStudio) -> None:
    """And what was heard last."""
    states = [variables(f"w{index}", f"w{index + 1}") for index in range(40)]
    chat = load(fake, *states, ask("w40", "Name?")).message("hi")
    with pytest.raises(ChatError) as raised:
        chat.press("1")
    told = str(raised.value)
    assert "w39 (waits at w40)" in told
    assert "w5 " not in told
    assert "last heard: 'Name?" in told


# -- what is seen ----------------------------------------------------------------------------------------------


def test_a_transcript_reads_like_the_talk(fake: FakeStudio) -> None:
    """What the person did, what the Flow said, and which widgets ended how."""
    flow = load(
        fake,
        ask("ask", "Name?", "which"),
        split("which", NAME, match("greet", "equal_to", "ada", NAME), no_match=None),
        say("greet", f"Hi {NAME}"),
    )
    chat = flow.message("hi")
    assert chat.transcript.splitlines() == [
        "> hi",
        "  Trigger: incomingMessage -> ask",
        "< Name?    [ask]",
        "  -- waits at ask",
    ]
    chat.reply("Ada")
    assert chat.transcript.splitlines()[3:] == [
        "> Ada",
        "  ask: incomingMessage -> which",
        "  which: match -> greet",
        "< Hi Ada    [greet]",
        "  greet: sent -> Ended",
        "  -- ended",
    ]


def test_visits_have_their_properties_as_they_were_rendered(fake: FakeStudio) -> None:
    """With what the widget knew when it ran."""
    chat = greeter(fake).message("hi", from_=PERSON).reply("Ada")
    visit = chat.visits[-1]
    assert (visit.widget, visit.type, visit.event, visit.next) == ("greet", "send-message", "sent", None)
    assert visit.properties["body"] == "Hi Ada"
    assert visit.properties["to"] == PERSON


def test_what_a_visit_left_is_the_readers_own(fake: FakeStudio) -> None:
    """Changing it changes neither the chat nor what the API shows."""
    chat = greeter(fake).message("hi", from_=PERSON).reply("Ada")
    left = chat.visits[1].output
    assert left is not None
    left["inbound"]["Body"] = "changed"
    for context in (chat.context, chat.execution.context, chat.execution.steps[1].context):
        assert context["widgets"]["ask"]["inbound"]["Body"] == "Ada"


def test_a_chat_says_what_it_is(fake: FakeStudio) -> None:
    """Its Execution, its Flow and where it stands."""
    chat = greeter(fake).message("hi")
    assert repr(chat) == f"<Chat {chat.execution.sid} of {chat.flow.friendly_name!r}, waits at 'ask': Trigger>"
    assert "ended" in repr(chat.reply("Ada"))
