"""What contexts hold: who began, what each widget left; and the names that widgets have."""

from __future__ import annotations

from pytest_studio import webhooks
from pytest_studio.strategies.basis import DrawFn, Json, SearchStrategy, addresses, always, json_objects, st, texts
from pytest_studio.widgets import TRIGGERS

__all__ = ["beginnings", "contexts", "outputs", "settle", "widget_names"]

_SIDE = "+15550100000"

#: Names that Studio takes: they begin with a letter and have neither blanks nor periods.
widget_names: SearchStrategy[str] = st.one_of(
    st.sampled_from(("ask", "greet", "split_1", "send_and_reply_1", "http-lookup")),
    st.builds(
        lambda first, rest: first + rest,
        st.characters(categories=["L"]),
        st.text(st.characters(categories=["L", "Nd"], include_characters="_-"), max_size=12),
    ),
)

_answers: SearchStrategy[Json] = st.builds(
    lambda body, status, parsed: {
        "body": body,
        "status_code": status,
        "content_type": "text/plain",
        **({} if parsed is None else {"parsed": parsed, "content_type": "application/json"}),
    },
    texts(),
    st.sampled_from((200, 201, 404, 500)),
    st.none() | json_objects,
)
_variables = st.dictionaries(widget_names, texts(), max_size=2)
#: Widget type -> what it leaves under its name.
_OUTPUTS: dict[str, SearchStrategy[Json]] = {
    "split-based-on": always({}),
    "set-variables": _variables,
    "send-message": always({"outbound": {"Status": "queued"}}),
    "send-and-wait-for-reply": texts().map(lambda body: {"inbound": {"Body": body, "NumMedia": "0"}}),
    "make-http-request": _answers,
    "run-function": _answers,
    "gather-input-on-call": st.one_of(
        st.text("0123456789*#", min_size=1, max_size=4).map(lambda digits: {"Digits": digits}),
        texts(1).map(lambda said: {"SpeechResult": said, "Confidence": "0.91833675"}),
    ),
}


def outputs(kind: str) -> SearchStrategy[Json]:
    """What a widget of a type leaves in a context."""
    return _OUTPUTS.get(kind, _OUTPUTS["split-based-on"])


def trigger(kind: str, contact: str, body: str, parameters: Json) -> Json:
    """The ``trigger`` of a context.

    Args:
        kind: one of the values of ``widgets.TRIGGERS``.
        contact: the person's address.
        body: what they wrote, if they did.
        parameters: what a request or another Flow handed over, if one did.
    """
    if kind == "parent":
        return {"parent": {"parameters": parameters}}
    if kind == "request":
        return webhooks.request(contact, _SIDE, parameters)
    made = webhooks.inbound(kind, f"AC{0:032x}", contact, _SIDE, lambda prefix: f"{prefix}{1:032x}")
    if "Body" in made[kind]:
        made[kind]["Body"] = body
    return made


@st.composite
def beginnings(draw: DrawFn, kind: str, contact: str) -> Json:
    """Contexts before the first widget; their SIDs are written by ``settle``.

    Args:
        draw: Hypothesis's own.
        kind: one of the values of ``widgets.TRIGGERS``.
        contact: the person's address.
    """
    told = json_objects if kind in ("request", "parent") else always({})
    made = trigger(kind, contact, draw(texts()), draw(told))
    return webhooks.first_context(made, contact, _SIDE, "", "")


def settle(context: Json, payload: Json) -> None:
    """Write into a context whose it is: the SIDs of the payload that it is part of."""
    context["flow"]["flow_sid"] = payload["flow_sid"]
    context["flow"]["sid"] = payload.get("execution_sid", payload.get("engagement_sid"))
    for data in context["trigger"].values():
        if "AccountSid" in data:
            data["AccountSid"] = payload["account_sid"]


@st.composite
def _contexts(draw: DrawFn) -> Json:
    context = draw(beginnings(draw(st.sampled_from(list(TRIGGERS.values()))), draw(addresses)))
    context["widgets"] = draw(st.dictionaries(widget_names, st.one_of(*_OUTPUTS.values()), max_size=3))
    variables = draw(_variables)
    if variables:
        context["flow"]["variables"] = variables
    return context


#: The four keys that each recorded context has.
contexts: SearchStrategy[Json] = _contexts()
