"""The schemas, what they let pass, and what is said of the rest."""

from __future__ import annotations

import copy
import enum
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from schema_samples import FN, FT, FW, NOON, SAMPLES, STEP, STEP_URL, corruptions, properties

from pytest_studio import schema_files, schemas, validation
from pytest_studio.errors import ConformanceError, StudioDriftWarning
from pytest_studio.schemas import load, names, validate, violations


def forget() -> None:
    """Drop what was compiled, so that the next use looks for jsonschema_rs again."""
    validation._fast_class.cache_clear()
    schemas._compiled.cache_clear()


@pytest.fixture(params=["plain", "fast"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Runs a test without jsonschema_rs, and with it if it is installed."""
    if request.param == "plain":
        monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    else:
        pytest.importorskip("jsonschema_rs")
    forget()
    yield request.param
    forget()


def test_the_samples_cover_every_schema_of_a_payload() -> None:
    """No schema of a resource, page, event or widget goes untested."""
    assert set(SAMPLES) == set(names())
    assert "common" not in names()


@pytest.mark.parametrize("name", sorted(SAMPLES))
class TestEverySchema:
    """What holds for each file."""

    def test_says_what_it_is(self, name: str) -> None:
        """Draft, id, title, description and doc page are there, and no reference is left."""
        schema = load(name)
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        assert schema["$id"] == f"urn:pytest-studio:{name}"
        assert schema["title"]
        assert schema["description"]
        assert schema["$comment"].startswith("https://")
        assert "$ref" not in json.dumps(schema)

    def test_is_valid_draft_2020_12(self, name: str) -> None:
        """The metaschema accepts it."""
        Draft202012Validator.check_schema(load(name))

    def test_describes_and_tags_each_property(self, name: str) -> None:
        """Contexts and contact addresses are personal data for 30 days, save those of v1 Engagements."""
        for pointer, key, rule, *_ in properties(load(name), SAMPLES[name]):
            untagged = name.startswith("v1/engagement") and "step" not in name
            personal = key in ("context", "contact_channel_address") and not untagged
            tag = {"handling": "standard", "mtl_days": 30} if personal else {"handling": "none"}
            assert rule["x-pii"] == tag, pointer
            assert rule["description"], pointer

    def test_is_closed_at_every_depth_it_describes(self, name: str) -> None:
        """Each object with listed properties refuses others, but where not all that Studio has are known."""
        widget = name.removeprefix("widgets/")
        incomplete = widget in ("start-conversation", "resume-conversation", "run-conversation-relay")
        open_ones = {
            place.pointer.rpartition("/")[0] for place in properties(load(name), SAMPLES[name]) if not place.closed
        }
        assert open_ones == ({"/properties"} if incomplete else set())

    def test_accepts_its_sample(self, name: str, engine: str) -> None:
        """A good payload passes."""
        assert violations(SAMPLES[name], name) == []
        validate(SAMPLES[name], name)

    def test_accepts_older_payloads_and_regional_hosts(self, name: str, engine: str) -> None:
        """What came later may be absent, and the host may name edge and region."""
        old = copy.deepcopy(SAMPLES[name])
        for place in list(properties(load(name), old)):
            if not place.required:
                del place.parent[place.name]
        for host in ("studio.ie1.twilio.com", "studio.dublin.ie1.twilio.com"):
            validate(json.loads(json.dumps(old).replace("studio.twilio.com", host)), name)

    def test_accepts_null_where_the_docs_allow_it(self, name: str, engine: str) -> None:
        """Nullable properties may be null, all at once."""
        payload = copy.deepcopy(SAMPLES[name])
        for place in list(properties(load(name), payload)):
            if "null" in place.rule.get("type", ""):
                place.parent[place.name] = None
        validate(payload, name)

    def test_tells_each_fault_once_and_where_it_is(self, name: str, engine: str) -> None:
        """One fault is one violation whose message has the place, the finding and the rule."""
        for pointer, payload, kind in corruptions(name):
            found = violations(payload, name)
            assert [fault.pointer for fault in found] == [pointer], (kind, found)
            (fault,) = found
            assert fault.unknown == (kind == "unknown"), fault
            assert (pointer or "the payload") in fault.message
            assert fault.actual in fault.message
            assert fault.expected in fault.message
            assert len(fault.message) < 900
            with pytest.raises(ConformanceError) as caught:
                validate(payload, name)
            assert caught.value.violations == (fault,)
            assert fault.message in str(caught.value)
            assert load(name)["$comment"] == fault.doc
            assert fault.doc in str(caught.value)

    def test_lets_unknown_properties_pass_when_told_to(self, name: str, engine: str) -> None:
        """``allow_unknown`` forgives them at any depth, and nothing else."""
        for pointer, payload, kind in corruptions(name):
            found = violations(payload, name, allow_unknown=True)
            assert [fault.pointer for fault in found] == ([] if kind == "unknown" else [pointer])


def test_two_faults_are_two_violations(engine: str) -> None:
    """Each fault of a payload is told."""
    bad = {**STEP, "sid": FN, "date_created": "yesterday", "more": 1}
    del bad["links"]
    assert sorted(fault.pointer for fault in violations(bad, "v2/execution_step")) == [
        "/date_created",
        "/links",
        "/more",
        "/sid",
    ]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("execution_sid", FW, "an Execution SID, FN and 32 hexadecimal digits (it starts with 'FW', that of a Flow)"),
        ("sid", FT[:-2], "it has 32 characters, not 34"),
        ("parent_step_sid", "FTx", "hexadecimal digits or null"),
        ("date_created", NOON[:-1], "it has no zone"),
        ("date_created", NOON.replace("T", " "), "' ' stands between date and time, where a T belongs"),
        ("date_created", "2023-02-30T12:00:00Z", "there is no such day or time"),
        ("url", STEP_URL.replace("studio.twilio", "api.twilio"), "its host is 'api.twilio.com', which is not Studio's"),
        ("url", STEP_URL.replace("/v2/", "/v1/"), "/v2/Flows/FW…/Executions/FN…/Steps/FT…"),
        ("url", STEP_URL.replace("https", "http"), "it does not start with https://"),
        ("url", f"/v2/Flows/{FW}", "it has no scheme and host"),
        ("name", None, "found null; expected a string"),
        ("name", 5, "found 5 (an integer); expected a string"),
        ("name", object, "of Python's type type"),
        ("contxt", {}, "did you mean 'context'?"),
    ],
)
def test_the_message_says_what_is_wrong(field: str, value: Any, words: str) -> None:
    """A reader needs neither the schema nor a regular expression."""
    (fault,) = violations({**STEP, field: value}, "v2/execution_step")
    assert fault.message.startswith(f"/{field}: found ")
    assert words in fault.message


def nested(depth: int = 50_000) -> Any:
    """A list in a list in a list …: too deep to print."""
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


class Colour(enum.Enum):
    """No string, although its value is one."""

    ACTIVE = "active"


@pytest.mark.parametrize("field", ["sid", "status", "context", "date_created", "links", "flow_version", "new"])
@pytest.mark.parametrize(
    "value",
    [nested(), "x" * 10**7, 10**5000, -(10**30), 1e400, "\ud800", b"x", (1,), Colour.ACTIVE, object()],
    ids=["nested", "long", "huge", "big", "infinite", "surrogate", "bytes", "tuple", "enum", "object"],
)
def test_odd_values_are_told_in_short(field: str, value: Any, engine: str) -> None:
    """Whatever stands in a payload, the message fits a few lines."""
    fault = violations({**SAMPLES["v2/execution"], field: value}, "v2/execution")
    if field == "flow_version" and value == 10**5000:
        assert fault == []
    else:
        assert [one.pointer for one in fault] == [f"/{field}"]
        assert len(fault[0].message) < 600


def test_what_is_inside_a_context_is_free(engine: str) -> None:
    """Contexts hold what the Flow put there, also what only Python has."""
    for value in (nested(), 0.5, float("nan"), (1,), {5: 6}, "\ud800", 10**5000):
        assert violations({**STEP, "context": {"widgets": value}}, "v2/execution_step") == []


def test_names_that_are_no_text_and_pointers_with_slashes_are_told() -> None:
    """Pointers follow RFC 6901."""
    found = violations({**STEP, 5: 1, "a/b~c": 2, "": 3}, "v2/execution_step")
    assert sorted(fault.pointer for fault in found) == ["/", "/5", "/a~1b~0c"]
    assert violations({**STEP, 5: 1}, "v2/execution_step", allow_unknown=True) == []


def test_a_whole_float_is_an_integer_and_a_boolean_is_not(engine: str) -> None:
    """As the draft says."""
    assert violations({**SAMPLES["v2/execution"], "flow_version": 1.0}, "v2/execution") == []
    assert violations({**SAMPLES["v2/execution"], "flow_version": True}, "v2/execution") != []


def test_both_engines_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """With jsonschema_rs verdicts and messages are what they are without it."""
    pytest.importorskip("jsonschema_rs")

    def verdicts() -> list[Any]:
        forget()
        cases = [(name, payload) for name in SAMPLES for _, payload, _ in corruptions(name)]
        cases += list(SAMPLES.items())
        return [violations(payload, name) for name, payload in cases]

    fast = verdicts()
    assert validation._fast_class() is not None
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    plain = verdicts()
    assert validation._fast_class() is None
    forget()
    assert fast == plain


@pytest.mark.parametrize("broken", [SimpleNamespace(), SimpleNamespace(Draft202012Validator=lambda schema: None)])
def test_a_jsonschema_rs_that_does_not_work_is_not_used(broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One without the class, or with other arguments, is as good as none."""
    monkeypatch.setitem(sys.modules, "jsonschema_rs", broken)
    forget()
    try:
        validate(STEP, "v2/execution_step")
        assert violations({**STEP, "sid": ""}, "v2/execution_step")
    finally:
        forget()


def test_load_gives_each_caller_an_own_copy() -> None:
    """Changing a loaded schema changes nothing for others."""
    load("v2/flow")["properties"].clear()
    assert load("v2/flow")["properties"]
    names().clear()
    assert names()


def test_missing_files_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken installation names the places where the files should be."""
    monkeypatch.setattr(schema_files, "__file__", str(tmp_path / "lib" / "pytest_studio" / "schema_files.py"))
    with pytest.raises(FileNotFoundError, match="json_schemas"):
        schema_files.folder.__wrapped__()


NAMES_LISTED = "pytest_studio.schemas.names() lists them"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "v2/executionstep",
            f"'v2/executionstep' is the name of no schema (did you mean 'v2/execution_step'?); {NAMES_LISTED}",
        ),
        ("v1/" + "x" * 97, f"'v1/{'x' * 97}' is the name of no schema; {NAMES_LISTED}"),
        *[
            (name, f"{shown} is the name of no schema; {NAMES_LISTED}")
            for name, shown in [
                ("../common", "'../common'"),
                ("common", "'common'"),
                ("", "''"),
                (None, "null"),
                (["v2/flow"], "['v2/flow']"),
                (5, "5"),
            ]
        ],
    ],
)
def test_an_unknown_schema_is_refused(name: Any, said: str) -> None:
    """The error says so, and what comes nearest."""
    for use in (load, lambda name: validate({}, name), lambda name: violations({}, name)):
        with pytest.raises(ValueError, match="is the name of no schema") as caught:
            use(name)
        assert str(caught.value) == said


def test_the_error_of_validate_tells_all_faults() -> None:
    """With the doc page; unknown properties are none if they are allowed."""
    with pytest.raises(ConformanceError) as caught:
        validate({**STEP, "sid": 5, "mood": 1}, "v2/execution_step")
    assert str(caught.value).splitlines()[0] == "2 violations against the schema v2/execution_step:"
    assert str(caught.value).splitlines()[-1] == "documented at https://www.twilio.com/docs/studio/rest-api/v2/step"
    assert {fault.pointer for fault in caught.value.violations} == {"/sid", "/mood"}
    with pytest.raises(ConformanceError) as caught:
        validate({**STEP, "sid": 5, "mood": 1}, "v2/execution_step", allow_unknown=True)
    assert [fault.pointer for fault in caught.value.violations] == ["/sid"]
    validate({**STEP, "mood": 1}, "v2/execution_step", allow_unknown=True)


def test_importing_the_module_imports_no_validator() -> None:
    """Start-up costs nothing that only a check needs."""
    code = "import sys, pytest_studio.schemas; sys.exit(any(m.startswith('jsonschema') for m in sys.modules))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_threads_may_use_a_schema_at_once() -> None:
    """The first use in several threads gives each the right verdict."""
    forget()
    results: list[int] = []

    def work() -> None:
        results.append(len(violations({**STEP, "sid": FN}, "v2/execution_step")))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [1] * 8


def test_the_registry_has_the_functions_of_the_module() -> None:
    """And is the value of a fixture."""
    registry = schemas.SchemaRegistry()
    assert registry.names() == names()
    assert registry.load("error") == load("error")
    assert registry.name_for("GET", "/v2/Flows") == "v2/flow_page"
    registry.validate(STEP, "v2/execution_step")
    assert registry.violations({}, "v2/flow_validate")[0].pointer == "/valid"
    with pytest.warns(StudioDriftWarning) as caught:
        registry.assert_conforms("GET", STEP_URL, 200, {**STEP, "mood": 1})
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    ("widget", "field", "value", "words"),
    [
        ("make-http-request", "method", "PUT", "found 'PUT'; expected 'GET' or 'POST', or Liquid"),
        ("gather-input-on-call", "timeout", "soon", "found 'soon'; expected an integer, or Liquid"),
        ("send-to-flex", "priority", 5, "found 5 (an integer); expected a whole number as text, or Liquid"),
        ("record-voicemail", "play_beep", True, "found true (a boolean); expected 'true' or 'false', or Liquid"),
        (
            "run-subflow",
            "flow_revision",
            "Latest",
            "expected an integer or 'LatestPublished' or 'LatestRevision' or 'LatestDraft' or a whole number as text",
        ),
    ],
)
def test_the_message_says_what_a_widget_takes(widget: str, field: str, value: Any, words: str) -> None:
    """Numbers and switches may be templates; a reader sees no regular expression."""
    sample = copy.deepcopy(SAMPLES[f"widgets/{widget}"])
    sample["properties"][field] = value
    (fault,) = violations(sample, f"widgets/{widget}")
    assert fault.message.startswith(f"/properties/{field}: found ")
    assert fault.message.endswith(words)


@pytest.mark.parametrize(
    ("widget", "field", "value"),
    [
        ("send-and-wait-for-reply", "timeout", 60),
        ("send-and-wait-for-reply", "timeout", "60"),
        ("send-and-wait-for-reply", "timeout", "{{flow.data.patience}}"),
        ("gather-input-on-call", "timeout", "{% if true %}5{% endif %}"),
        ("gather-input-on-call", "stop_gather", "{{flow.data.stop}}"),
        ("make-http-request", "method", "{{flow.data.method}}"),
        ("run-subflow", "flow_revision", 3),
        ("run-subflow", "flow_revision", "${REVISION}"),
        ("connect-virtual-agent-v2", "resume_session_id", "1"),
        ("run-conversation-relay", "transcription_provider", "Google"),
        ("create-task", "anything", {"at": "all"}),
    ],
)
def test_widgets_take_what_real_flows_have(widget: str, field: str, value: Any) -> None:
    """Both forms of a timeout, templates, placeholders, and what no documentation lists."""
    sample = copy.deepcopy(SAMPLES[f"widgets/{widget}"])
    sample.setdefault("properties", {})[field] = value
    assert violations(sample, f"widgets/{widget}") == []
