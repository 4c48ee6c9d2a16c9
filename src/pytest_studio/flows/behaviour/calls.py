"""Widgets of a call: what is said, gathered, placed, connected and recorded.

Follows https://www.twilio.com/docs/studio/widget-library/sayplay, …/gather-input-call, …/make-outgoing-call,
…/connect-call, …/record-voicemail, …/call-recording, …/twiml-redirect. A widget of a call keeps the whole webhook by
which Studio hears of its end.
"""

from __future__ import annotations

from pytest_studio import clock
from pytest_studio.flows.behaviour.scene import Behaviour, Entered, Parked, Scene
from pytest_studio.flows.situation import Json, Spoken

__all__ = [
    "ConnectCall",
    "ForkStream",
    "Gather",
    "OutgoingCall",
    "RecordCall",
    "RecordVoicemail",
    "Redirect",
    "SayPlay",
    "call_parameters",
    "on_call",
]

#: Seconds that a gather waits for a first key or word, and that a placed call rings, unless the widget says otherwise.
GATHERS, RINGS = 5.0, 60.0
#: Event of a call that was placed -> its status.
STATUS = {"answered": "in-progress", "busy": "busy", "noAnswer": "no-answer", "failed": "failed", "hangup": "completed"}


def call_parameters(scene: Scene, **further: str) -> Json:
    """The call's webhook parameters, as they are at the end of a widget."""
    call = scene.call
    if call is None:
        scene.assume("it runs without a call, as if there was one")
        call = placed(scene, scene.contact, scene.twilio_side)
    ended = "completed" if scene.situation.hung_up else "in-progress"
    return {**call, "CallStatus": ended, **further}


def placed(scene: Scene, to: str, from_: str) -> Json:
    """The webhook parameters of a call that the Flow places."""
    return {
        "AccountSid": scene.situation.account_sid,
        "ApiVersion": "2010-04-01",
        "CallSid": scene.sid("CA"),
        "CallStatus": "in-progress",
        "Called": to,
        "Caller": from_,
        "Direction": "outbound-api",
        "From": from_,
        "To": to,
    }


def on_call(scene: Scene, **further: str) -> Json:
    """The call's parameters where there is a call; else only the further ones."""
    return dict(further) if scene.call is None else call_parameters(scene, **further)


def speak(scene: Scene) -> None:
    """Say or play what the widget has, if anybody is there to hear it."""
    say, play, digits = (scene.body(name) if scene.raw(name) else None for name in ("say", "play", "digits"))
    language, voice = scene.text("language") or None, scene.text("voice") or None
    if scene.situation.hung_up:
        scene.assume("a widget that speaks after the caller has hung up ends at once, and nobody hears it")
    elif say or play or digits:
        scene.note(Spoken(say, play, language, scene.state.name, voice, digits))


class SayPlay(Behaviour):
    """``say-play``: ends by itself when it is heard."""

    success = "audioComplete"

    def enter(self, scene: Scene) -> Entered | Parked:
        speak(scene)
        return Entered("audioComplete")

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return call_parameters(scene, FlowEvent=event)


class Gather(Behaviour):
    """``gather-input-on-call``: waits for keys or words."""

    success = "keypress"

    def enter(self, scene: Scene) -> Entered | Parked:
        speak(scene)
        if scene.situation.hung_up:
            return Entered("timeout")
        keys = int(scene.number("number_of_digits", 0))
        pending = {
            "number_of_digits": keys if keys and scene.flag("stop_gather", True) else None,
            "finish_on_key": "#" if scene.raw("finish_on_key") is None else scene.text("finish_on_key"),
            "language": scene.text("gather_language") or scene.text("language") or "en-US",
        }
        return Parked("gather", pending, scene.number("timeout", GATHERS))

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        # Recorded: the webhook says FlowEvent=timeout of those who spoke in time, too.
        found = call_parameters(scene, FlowEvent="timeout", **data)
        if event == "speech":
            return {"SpeechResult": "", "Confidence": "0.9", "Language": pending.get("language", "en-US"), **found}
        return {"Digits": "", **found} if event == "keypress" else {**found, "msg": "Gather End"}


class OutgoingCall(Behaviour):
    """``make-outgoing-call-v2`` and ``-v1``: somebody picks up, or does not."""

    success = "answered"

    def enter(self, scene: Scene) -> Entered | Parked:
        to, from_ = scene.text("to") or scene.contact, scene.text("from") or scene.twilio_side
        detects = scene.flag("detect_answering_machine") or bool(scene.text("machine_detection"))
        pending = {"call": placed(scene, to, from_), "detects": detects}
        return Parked("dial", pending, scene.number("timeout", RINGS))

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        machine = event == "answeredByMachine"
        found: Json = {**pending["call"], "CallStatus": STATUS.get(event, "in-progress"), **data}
        if (event == "answered" and pending["detects"]) or machine:
            found.setdefault("AnsweredBy", "machine_start" if machine else "human")
            found.setdefault("MachineDetectionDuration", "3952")
        if event in ("answered", "answeredByMachine"):
            scene.call = {name: value for name, value in found.items() if name in pending["call"]}
        return found


class ConnectCall(Behaviour):
    """``connect-call-to``: hands the caller on to somebody else; how that went is ``DialCallStatus``."""

    success = "callCompleted"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        found = {
            **call_parameters(scene, FlowEvent=event),
            "DialCallSid": scene.sid("CA"),
            "DialCallStatus": "completed",
            "DialCallDuration": "30",
        }
        if scene.flag("record"):
            found["RecordingUrl"] = recording_url(scene, scene.sid("RE"))
        if event == "hangup":
            found["CallStatus"] = "completed"
        return found


class RecordVoicemail(Behaviour):
    """``record-voicemail``: somebody speaks, or nobody does."""

    success = "recordingComplete"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        if event == "noAudio":
            return {}
        sid = scene.sid("RE")
        hung_up = event == "hangup"
        finish = "#" if scene.raw("finish_on_key") is None else scene.text("finish_on_key")
        found = call_parameters(
            scene,
            RecordingSid=sid,
            RecordingUrl=recording_url(scene, sid),
            RecordingDuration="12",
            Digits="hangup" if hung_up else finish,
        )
        if hung_up:
            found["CallStatus"] = "completed"
        return found


class RecordCall(Behaviour):
    """``record-call``: switches a recording on or off; succeeds by itself."""

    success = "success"
    failure = "failed"

    def enter(self, scene: Scene) -> Entered | Parked:
        return Entered("success", {"on": scene.flag("record_call", True)})

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        if event == "failed":
            return {}
        account, sid = scene.situation.account_sid, scene.sid("RE")
        channels = scene.text("recording_channels") or "mono"
        call_sid = call_parameters(scene)["CallSid"]
        return {
            "Sid": sid,
            "AccountSid": account,
            "ApiVersion": "2010-04-01",
            "CallSid": call_sid,
            "Status": "in-progress" if pending["on"] else "stopped",
            "StartTime": clock.render(int(scene.world.now)),
            "Duration": None,
            "Channels": "2" if channels == "dual" else "1",
            "Source": "StartCallRecordingAPI",
            "Price": None,
            "PriceUnit": "USD",
            "ErrorCode": None,
            "Uri": f"/2010-04-01/Accounts/{account}/Calls/{call_sid}/Recordings/{sid}.json",
        }


class ForkStream(Behaviour):
    """``fork-stream``: starts or stops a stream; leaves nothing."""

    def enter(self, scene: Scene) -> Entered | Parked:
        super().enter(scene)  # renders what there is
        return Entered("next")


class Redirect(Behaviour):
    """``add-twiml-redirect``: some other application has the call, and gives it back."""

    success = "return"

    def output(self, scene: Scene, pending: Json, event: str, data: Json) -> Json:
        return {} if event == "fail" else on_call(scene, FlowEvent=event)


def recording_url(scene: Scene, sid: str) -> str:
    """Where a recording would be."""
    return f"https://api.twilio.com/2010-04-01/Accounts/{scene.situation.account_sid}/Recordings/{sid}"
