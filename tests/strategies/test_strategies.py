"""What the strategies draw: it conforms, agrees in itself, and comes to the corners."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import pytest

pytest.importorskip("hypothesis")
from helpers import examples
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from pytest_studio import ConformanceError, FakeStudio, InvalidSid, factories, schemas, sids, strategies
from pytest_studio.cloudevents import TYPES as EVENT_TYPES
from pytest_studio.errors import CATALOGUE
from pytest_studio.strategies.values import conforming
from pytest_studio.widgets import TRIGGERS, WIDGETS

pytest_plugins = ["pytester"]

Json = dict[str, Any]
MADE = {
    "execution": strategies.executions,
    "execution_step": strategies.steps,
    "execution_step_context": strategies.step_contexts,
}

#: Looks for any example, not for a small one.
ANY = settings(max_examples=3000, database=None, phases=[Phase.generate])

each_schema = pytest.mark.parametrize("name", schemas.names())
each_version = pytest.mark.parametrize("version", ["v1", "v2"])


def reaches(strategy: st.SearchStrategy[Any], wanted: Any) -> Any:
    """An example that is as wanted; the test fails if none is found."""
    return find(strategy, wanted, settings=ANY)


@each_schema
@settings(max_examples=examples(8))
@given(data=st.data())
def test_every_payload_conforms_to_its_schema(name: str, data: st.DataObject) -> None:
    """Strictly, and it comes back from the wire as it was."""
    payload = data.draw(strategies.payloads(name))
    schemas.validate(payload, name)
    assert json.loads(json.dumps(payload)) == payload


@each_version
@pytest.mark.parametrize("resource", MADE)
@settings(max_examples=examples(15))
@given(data=st.data())
def test_records_conform_in_both_versions(version: str, resource: str, data: st.DataObject) -> None:
    """Their fields come in the order of the schema."""
    name = f"{version}/{resource}"
    payload = data.draw(MADE[resource](version))
    schemas.validate(payload, name)
    assert list(payload) == [field for field in schemas.load(name)["properties"] if field in payload]


@settings(max_examples=examples(25))
@given(strategies.steps(), strategies.executions("v1"), strategies.payloads("v2/flow"))
def test_urls_are_those_of_the_sids(step: Json, run: Json, flow: Json) -> None:
    """As the factory derives them."""
    made = factories.step(sid=step["sid"], flow_sid=step["flow_sid"], execution_sid=step["execution_sid"])
    assert (step["url"], step["links"]) == (made["url"], made["links"])
    assert run["url"] == f"https://studio.twilio.com/v1/Flows/{run['flow_sid']}/Executions/{run['sid']}"
    assert flow["webhook_url"].endswith(f"/Accounts/{flow['account_sid']}/Flows/{flow['sid']}")


@settings(max_examples=examples(25))
@given(st.one_of(strategies.steps(), strategies.executions(), strategies.payloads("v2/flow_revision")))
def test_nothing_was_updated_before_it_was_made(payload: Json) -> None:
    """Dates are written so that they sort as texts."""
    assert payload["date_updated"] is None or payload["date_created"] <= payload["date_updated"]


@settings(max_examples=examples(25))
@given(strategies.payloads("v2/execution_step_page"))
def test_the_rows_of_a_page_belong_together(page: Json) -> None:
    """One list, newest first, each row once."""
    meta, rows = page["meta"], page["steps"]
    for row in rows:
        assert meta["url"].startswith(f"{row['url'].rpartition('/')[0]}?PageSize={meta['page_size']}")
    assert len({row["sid"] for row in rows}) == len(rows) <= meta["page_size"]
    assert [row["date_created"] for row in rows] == sorted((row["date_created"] for row in rows), reverse=True)
    assert meta["next_page_url"] is None or len(rows) == meta["page_size"]
    assert (meta["previous_page_url"] is None) == (meta["page"] == 0)


@settings(max_examples=examples(25))
@given(st.one_of(strategies.payloads("events/flow_execution_event"), strategies.payloads("events/flow_step_event")))
def test_the_envelope_of_an_event_agrees_with_its_data(event: Json) -> None:
    """Source, status and time."""
    data = event["data"]
    assert event["source"].startswith(f"/v2/Flows/{data['flow_sid']}/Executions/{data['execution_sid']}")
    assert data.get("status") == {"started": "active"}.get(event["type"].rpartition(".")[2], data.get("status"))
    assert event["time"] in (data["date_created"], data.get("date_updated"))


@settings(max_examples=examples(25))
@given(strategies.step_contexts())
def test_a_context_tells_whose_it_is(payload: Json) -> None:
    """``flow.sid`` is the Execution, as recorded."""
    flow = payload["context"]["flow"]
    assert (flow["sid"], flow["flow_sid"]) == (payload["execution_sid"], payload["flow_sid"])
    assert set(payload["context"]) == {"widgets", "trigger", "contact", "flow"}


def containers(value: Any) -> Iterator[Any]:
    """A dict or a list, and all those in it."""
    if isinstance(value, (dict, list)):
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from containers(part)


@pytest.mark.hypothesis  # which the function within would not set
@pytest.mark.parametrize(
    "strategy",
    [
        strategies.payloads("v2/flow"),
        strategies.payloads("v2/execution_step_page"),
        strategies.step_contexts(),
        strategies.histories(1, 3).map(lambda history: history.payloads),
        strategies.flow_definitions(),
        strategies.step_contexts(context={"widgets": {"ask": []}}),
    ],
)
def test_what_is_drawn_is_nobody_elses(strategy: st.SearchStrategy[Any]) -> None:
    """Whoever changes an example changes no other, nor another part of it."""
    kept, owners = list[Any](), set[int]()

    @settings(max_examples=examples(20), database=None, phases=[Phase.generate])
    @given(strategy)
    def check(payload: Any) -> None:
        kept.append(payload)  # so that no other is made at its place
        found = [id(each) for each in containers(payload)]
        assert len(set(found)) == len(found)
        assert not owners & set(found)
        owners.update(found)

    check()


# --- corners -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["date_updated", "parent_step_sid", "type"])
def test_null_stands_where_it_may(field: str) -> None:
    """In steps, each field that may be null is so at times, and is not at others."""
    reaches(strategies.steps(), lambda step: step.get(field, 0) is None)
    reaches(strategies.steps(), lambda step: step.get(field) is not None)
    reaches(strategies.steps(), lambda step: field == "date_updated" or field not in step)


@pytest.mark.parametrize(
    "odd",
    [
        lambda run: run["date_created"] < "0999",
        lambda run: run["date_created"] > "9",
        lambda run: run["status"] == "active",
        lambda run: run["status"] == "ended",
        lambda run: (run["contact_channel_address"] or "").startswith("whatsapp:"),
        lambda run: not (run["contact_channel_address"] or "").isascii(),
        lambda run: "initiated_by" not in run and "contact_sid" not in run,
    ],
)
def test_executions_come_to_the_corners(odd: Any) -> None:
    """Far dates, both statuses, other channels, old recordings."""
    reaches(strategies.executions(), odd)


@pytest.mark.parametrize(
    "odd",
    [lambda text: not text.isascii(), lambda text: len(text) > 1000, lambda text: "\x00" in text, lambda t: not t],
)
def test_texts_come_to_the_corners(odd: Any) -> None:
    """Any Unicode, long ones, control characters, and none at all."""
    reaches(
        strategies.payloads("v2/flow"), lambda flow: flow["commit_message"] is not None and odd(flow["commit_message"])
    )


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_type_of_event_comes(kind: str) -> None:
    """Started, ended, and a Step's end."""
    name = "events/flow_step_event" if "step" in kind else "events/flow_execution_event"
    assert reaches(strategies.payloads(name), lambda event: event["type"] == kind)


def test_errors_are_those_of_twilio() -> None:
    """Each, with the status that goes with the code."""
    seen = dict[int, int]()

    def all_came(error: Json) -> bool:
        if error.get("code") in CATALOGUE:
            seen[error["code"]] = error["status"]
        return seen.keys() == CATALOGUE.keys()

    reaches(strategies.payloads("error"), all_came)
    assert seen == {code: status for code, (status, _) in CATALOGUE.items()}


def test_errors_are_any_other() -> None:
    """Without a code, and with a status that nobody knows."""
    reaches(strategies.payloads("error"), lambda error: "code" not in error)
    reaches(strategies.payloads("error"), lambda error: error["status"] == 599)


@given(sid=strategies.sids())
def test_sids_of_any_prefix(sid: str) -> None:
    """Where none is asked for."""
    assert sids.is_valid(sid)


@pytest.mark.parametrize("prefix", ["AC", "FT", "CH"])
def test_every_prefix_of_a_sid_comes(prefix: str) -> None:
    """Those of Studio, and those that its payloads name."""
    reaches(strategies.sids(), lambda sid: sid.startswith(prefix))


# --- what is fixed -------------------------------------------------------------------------------------------


@settings(max_examples=examples(25))
@given(
    strategies.steps(
        name="timeout",
        flow_sid=strategies.sids("FW"),
        date_created=datetime(2020, 2, 29, tzinfo=timezone.utc),
        parent_step_sid=None,
    )
)
def test_fields_are_fixed_or_drawn_from_a_strategy(step: Json) -> None:
    """The rest follows: the url, and the date of the last change."""
    assert step["name"] == "timeout"
    assert step["date_created"] == "2020-02-29T00:00:00Z" <= (step["date_updated"] or "9")
    assert step["parent_step_sid"] is None
    assert step["flow_sid"] in step["url"]


def can_be(step: Json) -> bool:
    """Whether a Step's widget can have ended so."""
    kind = step.get("type")
    if step["transitioned_from"] == "Trigger":
        return step["name"] in TRIGGERS and kind in ("trigger", None)
    able = [widget.events for name, widget in WIDGETS.items() if kind in (name, None)]
    return any(step["name"] in events for events in able)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"name": "timeout"},
        {"name": st.sampled_from(["timeout", "deliveryFailure"])},
        {"name": "incomingCall"},
        {"type": "split-based-on"},
        {"type": "trigger"},
        {"type": None},
        {"transitioned_from": "Trigger"},
        {"transitioned_from": "ask", "transitioned_to": "Ended"},
        {"transitioned_from": "ask", "name": "incomingMessage"},
        {"type": "send-and-wait-for-reply", "transitioned_from": st.sampled_from(["ask", "ask_2"])},
    ],
)
@settings(max_examples=examples(15))
@given(data=st.data())
def test_the_event_the_type_and_the_place_of_a_step_agree(fields: Json, data: st.DataObject) -> None:
    """Those that are not fixed fit to those that are."""
    assert can_be(data.draw(strategies.steps(**fields)))


@settings(max_examples=examples(15))
@given(strategies.steps(name="newsOfTomorrow", transitioned_from="ask"), strategies.steps(name="timeout", type="new"))
def test_what_nobody_knows_of_can_be_fixed(new_event: Json, new_type: Json) -> None:
    """The rest fits as far as it can."""
    assert (new_event["name"], new_event["transitioned_from"]) == ("newsOfTomorrow", "ask")
    assert new_event.get("type") != "trigger"
    assert (new_type["name"], new_type["type"]) == ("timeout", "new")
    assert new_type["transitioned_from"] != "Trigger"


@settings(max_examples=examples(25))
@given(strategies.histories(2, 4, date_updated="2020-02-29T00:00:00Z"))
def test_a_history_that_was_updated_long_ago_was_made_before(history: strategies.History) -> None:
    """And so were its Steps."""
    run = history.execution
    for step in history.steps:
        assert run["date_created"] <= step["date_created"] <= run["date_updated"] == "2020-02-29T00:00:00Z"


@settings(max_examples=examples(25))
@given(strategies.executions(date_updated="2020-02-29T00:00:00Z", status=st.just("ended")))
def test_what_was_updated_long_ago_was_made_before(run: Json) -> None:
    """The date that is not fixed goes along."""
    assert run["date_created"] <= run["date_updated"] == "2020-02-29T00:00:00Z"


@pytest.mark.parametrize(
    ("wrong", "error", "words"),
    [
        (lambda: strategies.payloads("v2/step"), ValueError, "'v2/step' is the name of no schema"),
        (lambda: strategies.payloads("v2/executions"), ValueError, "did you mean 'v2/execution'"),
        (lambda: strategies.sids("XX"), InvalidSid, "'XX' is no SID prefix; known are AC, FW"),
        (lambda: strategies.sids("fw"), InvalidSid, "did you mean 'FW'"),
        (lambda: strategies.steps("v3"), ValueError, "version is 'v1' or 'v2', not 'v3'"),
        (lambda: strategies.steps(nmae="timeout"), TypeError, "Step .v2. has no field 'nmae' .did you mean 'name'"),
        (lambda: strategies.executions("v1", flow_version=1), TypeError, "no field 'flow_version'"),
        (lambda: strategies.steps(url="https://x"), TypeError, "url follows from the SIDs"),
        (lambda: strategies.executions(status="done"), ConformanceError, "status: found 'done'; expected 'active' or"),
        (lambda: strategies.steps(flow_sid="FN" + "0" * 32), ConformanceError, "flow_sid: found"),
        (lambda: strategies.executions(contact_sid=5), ConformanceError, "contact_sid: found 5"),
        (lambda: strategies.histories(3, 2), ValueError, "min_steps is 3, which is more than max_steps, 2"),
        (lambda: strategies.histories(-1), ValueError, "min_steps is 0 or more, not -1"),
        (lambda: strategies.histories("2"), TypeError, "min_steps is a whole number, not str"),
        (lambda: strategies.histories(name="x"), TypeError, "Execution .v2. has no field 'name'"),
        (lambda: strategies.flow_definitions(1), ValueError, "min_states is 2 or more, not 1"),
        (lambda: strategies.flow_definitions(9), ValueError, "min_states is 9, which is more than max_states, 8"),
        (lambda: strategies.flow_definitions(types="say-play"), TypeError, r"as in \['say-play'\]"),
        (lambda: strategies.flow_definitions(types=["say_play"]), ValueError, "did you mean 'say-play'"),
        (lambda: strategies.flow_definitions(types=[]), ValueError, "types names no widget type"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_once(wrong: Any, error: type[Exception], words: str) -> None:
    """When the strategy is made, not when a test runs."""
    with pytest.raises(error, match=words):
        wrong()


def test_a_strategy_that_draws_what_the_schema_refuses_is_told() -> None:
    """With the field and the value."""
    with pytest.raises(ConformanceError, match="status: found 'done'"):
        reaches(strategies.executions(status=st.just("done")), lambda run: True)


def test_a_keyword_that_no_schema_had_before_is_an_error() -> None:
    """So that nobody draws values that a new rule refuses."""
    with pytest.raises(NotImplementedError, match="'uniqueItems'"):
        conforming({"type": "array", "uniqueItems": True})


def test_only_the_strategies_import_hypothesis() -> None:
    """The package and its plugin do not; without it, the error names the extra."""
    code = (
        "import sys, pytest_studio, pytest_studio.plugin, pytest_studio.factories\n"
        "assert 'hypothesis' not in sys.modules\n"
        "sys.modules['hypothesis'] = None\n"
        "try:\n    from pytest_studio import strategies\n"
        "except pytest_studio.MissingExtra as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "pip install 'pytest-studio[hypothesis]'" in done.stdout


# --- what a failure says -------------------------------------------------------------------------------------

FAILING = """
    import pytest
    from hypothesis import given
    from pytest_studio import strategies

    @given(strategies.histories(status="ended"))
    def test_histories(history):
        assert len(history.steps) < 2
"""


def test_a_failure_shows_the_path_and_how_to_repeat_it(pytester: pytest.Pytester) -> None:
    """With ``print_blob``, as this suite sets it. Nothing is shrunk here, which takes long."""
    pytester.makeconftest(
        "from hypothesis import Phase, settings\n"
        "settings.register_profile('p', print_blob=True, phases=[Phase.generate])\n"
    )
    pytester.makepyfile(FAILING)
    done = pytester.runpytest_subprocess("-p", "hypothesispytest", "--hypothesis-profile=p", "-q")
    done.stdout.fnmatch_lines(["*history=<History FN*, ended: Trigger -*-> * -*-> Ended>*", "*@reproduce_failure(*"])
    assert settings().print_blob


@pytest.mark.hypothesis  # which the function within would not set
@pytest.mark.parametrize(
    "strategy",
    [
        strategies.sids(),
        strategies.sids("FT"),
        strategies.steps(),
        strategies.steps("v1", flow_sid=strategies.sids("FW"), name=st.integers(0, 9).map(lambda n: f"event_{n:010d}")),
        strategies.executions(),
        strategies.step_contexts(),
        strategies.flow_definitions(),
        strategies.payloads("error"),
        strategies.payloads("v2/flow"),
        strategies.payloads("v2/execution_step_page"),
        strategies.payloads("events/flow_step_event"),
        strategies.payloads("widgets/split-based-on"),
    ],
)
def test_a_failure_shows_the_value_as_it_is(strategy: st.SearchStrategy[Any]) -> None:
    """To be pasted into a test: it says nothing of how the value was made."""
    came = list[Any]()

    @settings(max_examples=1, database=None, derandomize=True, phases=[Phase.generate])
    @given(strategy)
    def fails(value: Any) -> None:
        came.append(value)
        raise AssertionError

    with pytest.raises(AssertionError) as caught:
        fails()
    [told] = [note for note in vars(caught.value)["__notes__"] if "value=" in note]
    assert ast.literal_eval(told.partition("value=")[2].strip().removesuffix(")").strip().removesuffix(",")) == came[-1]


# --- histories -----------------------------------------------------------------------------------------------


@settings(max_examples=examples(25))
@given(st.sampled_from(["v1", "v2"]).flatmap(lambda version: strategies.histories(0, 6, version=version)))
def test_the_steps_of_a_history_hang_together(history: strategies.History) -> None:
    """Widgets, times, SIDs, contexts that grow."""
    run, steps = history.execution, history.steps
    moment, place, known = run["date_created"], "Trigger", set[str]()
    for step, context in zip(steps, history.step_contexts, strict=True):
        assert (step["flow_sid"], step["execution_sid"]) == (run["flow_sid"], run["sid"])
        assert (step["transitioned_from"], step["sid"]) == (place, context["step_sid"])
        assert moment <= step["date_created"]
        widgets = context["context"]["widgets"]
        assert known <= set(widgets)
        assert place == "Trigger" or place in widgets
        moment, place, known = step["date_created"], step["transitioned_to"], set(widgets)
    assert len({step["sid"] for step in steps}) == len(steps)
    assert not steps or (place == "Ended") == (run["status"] == "ended")
    assert run["date_updated"] is None or run["date_updated"] >= moment
    assert history.context["context"]["widgets"].keys() == known


@settings(max_examples=examples(25))
@given(st.sampled_from(["v1", "v2"]).flatmap(lambda version: strategies.histories(0, 4, version=version)))
def test_all_parts_of_a_history_conform(history: strategies.History) -> None:
    """Each to its own schema."""
    version = history.execution["url"].split("/")[3]
    schemas.validate(history.execution, f"{version}/execution")
    schemas.validate(history.context, f"{version}/execution_context")
    for step, context in zip(history.steps, history.step_contexts, strict=True):
        schemas.validate(step, f"{version}/execution_step")
        schemas.validate(context, f"{version}/execution_step_context")


def answered(fake: FakeStudio, history: strategies.History) -> list[Json]:
    """What the API says of a history's parts, with the account that the history has."""
    run = fake.executions[history.execution["sid"]]
    found = [run.payload(), run.context_payload()]
    found += [step.payload() for step in run.steps] + [step.context_payload() for step in run.steps]
    account = {"account_sid": history.execution["account_sid"]}
    return [{**payload, **account} for payload in found]


def unsettled(payloads: list[Json]) -> list[Json]:
    """Payloads without the account that a trigger's webhook tells, and what old ones lack."""
    made = json.loads(json.dumps(payloads))
    for payload in made:
        for data in payload.get("context", {}).get("trigger", {}).values():
            data.pop("AccountSid", None)
        for field in ("contact_sid", "flow_version", "initiated_by"):
            payload.pop(field, None)
    return made


@settings(max_examples=examples(25))
@given(strategies.histories(0, 4))
def test_a_history_can_be_stored(history: strategies.History) -> None:
    """The API then answers with the same payloads, but for the account."""
    fake = FakeStudio()
    run = history.add_to(fake)
    assert run.sid == history.execution["sid"]
    assert [step.sid for step in run.steps] == [step["sid"] for step in history.steps]
    assert unsettled(answered(fake, history)) == unsettled(history.payloads)


@settings(max_examples=examples(25))
@given(strategies.histories(1, 4))
def test_a_history_can_be_loaded(history: strategies.History) -> None:
    """As a list of recorded payloads, in any order of arrival."""
    fake = FakeStudio()
    fake.load(history.payloads[::-1])
    assert {step.sid for step in fake.steps.values()} == {step["sid"] for step in history.steps}
    assert fake.executions[history.execution["sid"]].status == history.execution["status"]
