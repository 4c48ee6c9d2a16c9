"""The ten public Flows: where they come from, the talks with them, and what no talk can reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from public_calls import ORDER, SCHEDULE, VOICEFLOW, VOLUNTEERS
from public_menu import HOUSING
from public_messages import BOOKING, FAQ, OUTREACH, PARKING, STANDBY

TEMPLATES = "twilio-labs/function-templates"
FLEX = "twilio-professional-services/flex-project-template"


class PublicFlow(NamedTuple):
    """A Flow Definition of a public repository.

    Attributes:
        name: what to call it.
        repository: on GitHub.
        licence: of the repository.
        states: how many it has.
        known_by: states that no other Flow has.
        scripts: talks that together take every transition that can be taken.
        missed: transitions that no input can reach: the reason, and ``"state"`` for all of a state, or
            ``"state:event"`` for those of an event.
    """

    name: str
    repository: str
    licence: str
    states: int
    known_by: tuple[str, ...]
    scripts: tuple[str, ...]
    missed: Mapping[str, tuple[str, ...]] = {}


PUBLIC = (
    PublicFlow("flex_parking", FLEX, "Apache-2.0", 7, ("send_welcome", "select_queue", "set_sales"), PARKING),
    PublicFlow("flex_schedule", FLEX, "Apache-2.0", 5, ("check_schedule", "is_open", "say_closed"), SCHEDULE),
    PublicFlow("voiceflow", "kun432/voiceflow-twilio", "MIT", 7, ("VF_API", "VF_REPLY", "TALK"), VOICEFLOW),
    PublicFlow("order_lookup_ivr", "mbarry-owl/OrderLookupIVR", "MIT", 8, ("order_no", "allow_split"), ORDER),
    PublicFlow("vaccine_faq", TEMPLATES, "MIT", 12, ("DialogflowDetectIntent", "SendWaitRephrase"), FAQ),
    PublicFlow("appointments", TEMPLATES, "MIT", 25, ("get-datetime-parts", "send_noshowed"), BOOKING),
    PublicFlow("standby_list", TEMPLATES, "MIT", 16, ("EssentialWorker", "CongregateSetting"), STANDBY),
    PublicFlow("outreach", TEMPLATES, "MIT", 21, ("split_pcpappt2", "save_PainLevel"), OUTREACH),
    PublicFlow(
        "volunteers",
        TEMPLATES,
        "MIT",
        14,
        ("SMSAutopilot", "ReturnAutopilotSMS"),
        VOLUNTEERS,
        {
            "SMSCheckTask asks what VoiceAutopilot has left, which no message comes by": (
                "SMSCheckTask:match",
                "AskToCoordinator",
                "CheckResponse",
                "ReturnAutopilotSMS",
                "IfCoordinator",
                "FlexSMS",
            )
        },
    ),
    PublicFlow(
        "housing_ivr",
        "sheikplastk/twilio-db-test",
        "MIT",
        55,
        ("main_menu_key_pressed", "activate_cvv_split"),
        HOUSING,
        {"main_menu_speech asks for {{become}}, which nothing can set": ("main_menu_speech:match",)},
    ),
)
