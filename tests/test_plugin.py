"""The pytest plugin, as a downstream suite sees it: each test runs pytest in a process of its own."""

from __future__ import annotations

import re

import pytest

pytest_plugins = ["pytester"]

GET = """
import os, pytest, requests
from pytest_studio import FakeStudio, factories, sids

FLOWS = "https://studio.twilio.com/v2/Flows"

def get(studio, path="", **params):
    return requests.get(FLOWS + path, params=params, auth=(studio.account_sid, studio.auth_token))
"""


@pytest.fixture
def suite(pytester: pytest.Pytester):
    """Runs a downstream suite: ``suite(source, *arguments)``."""

    def run(source: str, *arguments: str, name: str = "test_it.py") -> pytest.RunResult:
        pytester.path.joinpath(name).write_text(GET + source, encoding="utf-8")
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    return run


def outcomes(result: pytest.RunResult) -> dict[str, int]:
    """How many passed, failed and so on."""
    return {name: count for name, count in result.parseoutcomes().items() if name not in ("warnings", "deselected")}


def test_every_fixture_works_without_a_conftest(suite, monkeypatch) -> None:
    """And they agree with each other: one account, one chain of SIDs. All plugins that are installed are there, too."""
    pytest.importorskip("twilio")
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD")
    monkeypatch.delenv("PYTEST_ADDOPTS")
    result = suite(
        """
def test_studio(studio):
    assert get(studio).json()["flows"] == []

def test_client(studio, studio_client):
    studio.add_flow(friendly_name="A")
    assert [flow.friendly_name for flow in studio_client.studio.v2.flows.list()] == ["A"]

def test_sids(account_sid, flow_sid, execution_sid, step_sid, studio, studio_factory):
    for value, prefix in ((account_sid, "AC"), (flow_sid, "FW"), (execution_sid, "FN"), (step_sid, "FT")):
        assert sids.is_valid(value, prefix)
    assert account_sid == studio.account_sid == studio_factory.account_sid == factories.step()["account_sid"]

def test_payloads(flow_payload, execution_payload, step_payload, step_context_payload, studio_schemas, studio):
    studio_schemas.validate(flow_payload, "v2/flow")
    studio_schemas.validate(execution_payload, "v2/execution")
    studio_schemas.validate(step_payload, "v2/execution_step")
    studio_schemas.validate(step_context_payload, "v2/execution_step_context")
    assert flow_payload["sid"] == execution_payload["flow_sid"] == step_payload["flow_sid"]
    assert execution_payload["sid"] == step_payload["execution_sid"] == step_context_payload["execution_sid"]
    assert step_payload["sid"] == step_context_payload["step_sid"]
    studio.add_flow(**flow_payload)
    studio.add_execution(**execution_payload)
    studio.add_step(**step_payload)
    path = f"/{flow_payload['sid']}/Executions/{execution_payload['sid']}/Steps/{step_payload['sid']}"
    assert get(studio, path).json() == step_payload

def test_a_studio_is_empty_and_fresh(studio, account_sid):
    assert not studio.flows and not studio.calls
    assert os.environ["TWILIO_ACCOUNT_SID"] == account_sid

def test_nothing_is_active_unless_asked():
    import socket
    assert "TWILIO_ACCOUNT_SID" not in os.environ and not hasattr(socket.getaddrinfo, "__wrapped__")
    assert requests.Session.get_adapter.__module__ == "requests.sessions"
""",
        "--strict-markers",
        "-W",
        "error",
    )
    assert outcomes(result) == {"passed": 6}


def test_the_same_test_draws_the_same_data_alone_in_any_order_and_on_any_worker(suite, pytester) -> None:
    """Seed and node id decide; nothing else does."""
    pytest.importorskip("xdist")
    source = """
@pytest.mark.parametrize("n", [1, 2])
def test_one(studio, flow_sid, studio_factory, n):
    print("DREW", n, studio.account_sid, flow_sid, studio.add_step().sid, studio_factory.step()["sid"],
          FakeStudio().account_sid, sids.new("CA"), factories.step()["sid"])

@pytest.mark.xdist_group("g")
def test_two(step_sid, account_sid):
    print("DREW two", step_sid, account_sid)
"""

    def drew(*arguments: str) -> list[str]:
        result = suite(source, "-rP", *arguments)
        assert result.ret == 0
        return sorted(line for line in result.outlines if line.startswith("DREW"))

    everything = drew()
    assert len(everything) == 3
    assert len(set(re.findall(r"[A-Z]{2}[0-9a-f]{32}", " ".join(everything)))) == 16
    assert drew("-p", "xdist", "-n", "2", "--dist", "loadgroup") == everything
    assert drew("test_it.py::test_two", "test_it.py::test_one") == everything
    assert drew("test_it.py::test_one[2]") == [everything[1]]
    assert drew("--studio-seed", "5") != everything


def test_what_a_wider_fixture_draws_depends_on_no_test(suite) -> None:
    """Nor does a test's own data depend on whether the fixture was set up for it."""
    source = """
@pytest.fixture(scope="session")
def shared():
    with FakeStudio() as studio:
        yield studio

@pytest.mark.parametrize("who", ["a@x.org", "b@x.org"])
@pytest.mark.xdist_group("g")
def test_one(shared, who, flow_sid):
    print("DREW one", who, shared.account_sid, FakeStudio().account_sid, flow_sid)

def test_two(shared):
    print("DREW two", shared.account_sid, FakeStudio().account_sid)
"""

    def drew(*arguments: str) -> list[str]:
        return sorted(line for line in suite(source, "-rP", *arguments).outlines if line.startswith("DREW"))

    everything = drew()
    assert len(everything) == 3
    assert len(set(re.findall(r"[A-Z]{2}[0-9a-f]{32}", " ".join(everything)))) == 6
    assert drew("test_it.py::test_two", "test_it.py::test_one") == everything
    assert drew("test_it.py::test_two") == everything[2:]


def test_a_random_seed_is_said_and_shared_by_all_workers(suite) -> None:
    """So that a failure can be had again."""
    pytest.importorskip("xdist")
    source = """
@pytest.mark.parametrize("n", range(4))
def test_one(n, flow_sid):
    assert 0, flow_sid
"""
    result = suite(source, "--studio-seed", "random", "-p", "xdist", "-n", "2")
    seed = next(line for line in result.outlines if line.startswith("studio seed: ")).rpartition(" ")[2]
    assert result.stdout.str().count(f"seed {seed} (the same data again: --studio-seed={seed})") == 4
    again = suite(source, "--studio-seed", seed)
    drawn = [sorted(set(re.findall(r"FW[0-9a-f]{32}", run.stdout.str()))) for run in (result, again)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 4


def test_the_verdict_fails_a_test_once_in_its_call_phase(suite) -> None:
    """Strict by default; a failure of the body keeps the verdict silent; lenient, allow and strict=False pass."""
    result = suite("""
def test_objected_to(studio):
    get(studio, page_size=3)

def test_body_failed(studio):
    get(studio, page_size=3)
    assert 0, "the body"

def test_lenient(studio):
    with studio.lenient():
        get(studio, page_size=3)

@pytest.mark.studio(allow=["page_size"])
def test_allowed(studio):
    get(studio, page_size=3)

@pytest.mark.studio(strict=False)
def test_not_strict(studio):
    get(studio, page_size=3)

def test_verified_inside(studio):
    get(studio, page_size=3)
    with pytest.raises(AssertionError, match="page_size"):
        studio.verify()

def test_a_refusal_is_no_verdict(studio):
    assert get(studio, PageSize="abc", page_size=3).status_code == 400

@pytest.fixture
def own():
    with FakeStudio() as studio:
        yield studio

def test_own_fixture(own):
    get(own, page_size=3)

def test_own_fixture_and_body_failed(own):
    get(own, page_size=3)
    assert 0, "the body"

def test_with_block():
    with FakeStudio() as studio:
        get(studio, page_size=3)
""")
    assert outcomes(result) == {"passed": 5, "failed": 5}
    text = result.stdout.str()
    assert text.count("(did you mean 'PageSize'?)") == 5
    assert text.count("If the test means it") == 3
    result.stdout.fnmatch_lines(["*pytest-studio: Studio answers these calls, but ignores a part of them:"])


def test_a_fault_that_was_not_met_fails_the_test_that_asked_for_it(suite) -> None:
    """Once; not the tests beside it that share a studio, and not a test that failed already."""
    result = suite(
        """
@pytest.fixture(scope="session")
def shared():
    with FakeStudio() as studio:
        studio.fail("v2.FetchFlow", status=503, times=None)
        yield studio

def test_unmet(studio):
    studio.fail("v2.DeleteFlow", status=503)
    get(studio)

def test_met(studio):
    studio.fail("v2.ListFlow", status=503)
    assert get(studio).status_code == 503

def test_body_failed(studio):
    studio.fail("v2.DeleteFlow", status=503)
    assert 0

def test_shares_and_meets_nothing(shared):
    pass

def test_shares_and_asks_for_its_own(shared):
    shared.fail("v2.DeleteFlow", status=503)

def test_shares_and_meets_it(shared):
    assert get(shared, "/FW" + "0" * 32).status_code == 503
"""
    )
    assert outcomes(result) == {"passed": 3, "failed": 3}
    result.stdout.fnmatch_lines(
        [
            "*_ test_unmet _*",
            "pytest-studio: These were asked for, and not met:",
            "  fail('v2.DeleteFlow', status=503): met 0 of 1 time",
            "      called were: v2.ListFlow",
            "*_ test_body_failed _*",
            "*no calls reached the studio",
            "not met: fail('v2.DeleteFlow', status=503)",
            "*_ test_shares_and_asks_for_its_own _*",
        ]
    )


def test_calls_of_a_teardown_are_judged_unless_the_test_did_not_pass(suite) -> None:
    """An error of the teardown; a test that failed or was skipped is left at that."""
    result = suite("""
@pytest.fixture
def after(studio):
    yield
    get(studio, page_size=3)

def test_passes(after):
    pass

def test_fails(after):
    assert 0

def test_skips(studio, after):
    get(studio, page_size=3)
    pytest.skip("no")
""")
    assert outcomes(result) == {"passed": 1, "failed": 1, "skipped": 1, "errors": 1}
    assert result.stdout.str().count("If the test means it") == 1


def test_the_verdict_reaches_unittest_and_xfail(suite) -> None:
    """A TestCase fails once, an expected failure is one."""
    result = suite("""
import unittest

class TestOld(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def _studio(self, studio):
        self.studio = studio

    def test_objected_to(self):
        get(self.studio, page_size=3)

    def test_body_failed(self):
        get(self.studio, page_size=3)
        self.fail("the body")

    def test_fine(self):
        get(self.studio)

@pytest.mark.xfail(strict=True)
def test_expected(studio):
    get(studio, page_size=3)
""")
    assert outcomes(result) == {"passed": 1, "failed": 2, "xfailed": 1}
    assert result.stdout.str().count("If the test means it") == 1


def test_a_failing_test_shows_its_calls_what_was_refused_and_why(suite) -> None:
    """And the seed; a passing one shows nothing; secrets are never shown."""
    result = suite("""
def test_fine(studio):
    get(studio)

def test_it(studio, flow_sid):
    studio.add_step()
    get(studio)
    get(studio, "/" + flow_sid)
    get(studio, "/FWXX")
    requests.get(FLOWS, auth=("AC0", "s3cret"))
    requests.get(FLOWS, auth=(studio.account_sid, "s3cret"))
    requests.delete(FLOWS, auth=(studio.account_sid, studio.auth_token))
    requests.post(f"{FLOWS}/{next(iter(studio.flows))}/Executions", json={"To": 1},
                  auth=(studio.account_sid, studio.auth_token))
    with pytest.raises(requests.ConnectionError):
        requests.get("https://api.twilio.com/x")
    print("TOKEN", studio.auth_token)
    assert 0
""")
    assert outcomes(result) == {"passed": 1, "failed": 1}
    text = result.stdout.str()
    result.stdout.fnmatch_lines([
        "*- pytest-studio -*",
        "  1. v2.ListFlow() -> 200, 1 flow",
        "  2. v2.FetchFlow(Sid='FW*') -> 404",
        "       20404: The requested resource /v2/Flows/FW* was not found",
        "       FW* comes from the flow_sid fixture, which is data only: store it first, as in studio.add_flow(*)",
        "  3. v2.FetchFlow(Sid='FWXX') -> 404",
        "       'FWXX' is no Flow SID*'X' at index 2*",
        "  4. v2.ListFlow() -> 401",
        "       user 'AC0' came, which this studio does not know; pass studio.account_sid*",
        "  5. v2.ListFlow() -> 401",
        "       user 'AC*' came with a wrong auth token; pass studio.account_sid*",
        "  6. DELETE /v2/Flows -> 405",
        "       /v2/Flows answers GET, POST, not DELETE",
        "  7. v2.CreateExecution(*) -> 400",
        "       the body came as application/json; Studio reads application/x-www-form-urlencoded*",
        "  8. GET https://api.twilio.com/x -> no answer",
        "seed 8117 (the same data again: --studio-seed=8117)",
    ])  # fmt: skip
    token = re.search(r"TOKEN (\w+)", text)
    assert token is not None
    assert text.count(token[1]) == 1
    section = text[text.index("- pytest-studio -") :]
    assert "s3cret" not in section.partition("Captured")[0]


def test_a_report_of_a_thousand_calls_is_short_and_keeps_the_refusals(suite) -> None:
    """The first, the last, and what was refused."""
    result = suite("""
def test_it(studio):
    for n in range(200):
        get(studio, "/FWXX" if n == 100 else "")
    assert 0
""")
    text = result.stdout.str()
    assert 30 < text.count("v2.") < 40
    result.stdout.fnmatch_lines(
        ["  1. v2.ListFlow*", "*85 more calls*", "101. v2.FetchFlow*404", "*84 more calls*", "200. v2.ListFlow*"]
    )


@pytest.mark.parametrize(
    ("marker", "complaint"),
    [
        ("sede=1", "@pytest.mark.studio has no 'sede' (did you mean 'seed'?)"),
        ("5", "@pytest.mark.studio takes keywords only"),
        ("strict='yes'", "@pytest.mark.studio(strict=…) is True or False, not str: 'yes'"),
        ("now='yesterday'", "now=…): date 'yesterday' is no date"),
        ("account_sid='FW00'", "is no Account SID"),
        ("retention_days=0", "0 is not above 0"),
        ("auth_token=''", "(auth_token=…): it is empty: give a token, or leave it out, and one is made"),
        ("seed='random'", "a marker's seed is a fixed one; for random ones there is --studio-seed=random"),
        ("allow='a'", "(allow=…) is a list of names, not str"),
    ],
)
def test_a_wrong_marker_is_a_usage_error_at_collection(suite, marker: str, complaint: str) -> None:
    """It says where, what was wrong and what would be right; no test runs."""
    result = suite(f"""
@pytest.mark.studio({marker})
def test_it():
    pass
""")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert complaint in result.stderr.str() + result.stdout.str()
    assert "test_it.py::test_it" in result.stderr.str() + result.stdout.str()


def test_names_in_ini_may_be_separated_by_commas(suite, pytester) -> None:
    """As well as by white space, or by both."""
    pytester.makeini("[pytest]\nstudio_allow = Trace, Foo,Bar Baz\n")
    result = suite("""
def test_it(studio):
    get(studio, Trace=1, Foo=1, Bar=1, Baz=1)
    get(studio, Other=1)
""")
    assert outcomes(result) == {"failed": 1}
    shown = result.stdout.str()
    assert "Other=1 is no parameter" in shown
    assert not [name for name in ("Trace", "Foo", "Bar", "Baz") if f"{name}=1 is no parameter" in shown]


def test_the_nearest_marker_wins_key_by_key_over_options_and_ini(suite, pytester) -> None:
    """A bare marker changes nothing."""
    pytester.makeini(f"""
        [pytest]
        studio_account_sid = AC{"1" * 32}
        studio_auth_token = from-ini
        studio_now = 2026-01-01
        studio_retention_days = 30
        studio_strict = false
        studio_allow = page_size
    """)
    result = suite(
        f"""
pytestmark = pytest.mark.studio(now="2026-02-02", auth_token="from-module")

@pytest.mark.studio()
def test_ini_and_module(studio, account_sid):
    assert studio.account_sid == account_sid == "AC{"1" * 32}"
    assert studio.auth_token == "from-module"
    assert studio.add_flow().date_created.isoformat() == "2026-02-02T00:00:00+00:00"
    run = studio.add_execution(date_created="2026-01-02")
    assert get(studio, f"/{{run.flow_sid}}/Executions/{{run.sid}}").status_code == 404
    get(studio, oops=1)

@pytest.mark.studio(now="2026-03-03", account_sid="AC{"2" * 32}", strict=True, retention_days=None)
class TestNearer:
    @pytest.mark.studio(seed=5)
    def test_class(self, studio, account_sid):
        assert studio.account_sid == account_sid == "AC{"2" * 32}"
        assert studio.auth_token == "from-module" and studio.seed == 5
        assert studio.add_flow().date_created.month == 3
        run = studio.add_execution(date_created="2020-01-02")
        assert get(studio, f"/{{run.flow_sid}}/Executions/{{run.sid}}", page_size=1).status_code == 200
        with pytest.raises(AssertionError):
            get(studio, oops=1)
            studio.verify()

def test_option_over_ini(studio):
    assert studio.strict is True
""",
        "--studio-strict",
    )
    assert outcomes(result) == {"passed": 2, "failed": 1}
    assert "oops=1 is no parameter" in result.stdout.str()


def test_a_bad_option_or_ini_is_a_usage_error(suite, pytester) -> None:
    """In words."""
    words = "is a number or random, not 'x'; a text is for the marker: @pytest.mark.studio(seed='x')"
    assert f"ERROR: --studio-seed {words}" in suite("", "--studio-seed=x").stderr.str()
    pytester.makeini("[pytest]\nstudio_seed = x\n")
    assert f"ERROR: ini studio_seed {words}" in suite("").stderr.str()
    pytester.makeini("[pytest]\nstudio_retention_days = soon\n")
    result = suite("def test_it(studio): pass")
    assert "ini studio_retention_days is a number of days, not 'soon'" in result.stderr.str()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    pytester.makeini("[pytest]\nstudio_now = soon\n")
    assert "ini studio_now: date 'soon' is no date: write it as" in suite("").stderr.str()
    pytester.makeini("[pytest]\nstudio_strict = maybe\n")
    assert "ini studio_strict is true or false: " in suite("").stderr.str()


def test_nothing_stays_patched_whatever_a_test_did(suite) -> None:
    """An exception, a skip, a teardown error, a nested studio, a left-over thread, pytest.exit."""
    result = suite("""
import socket
before = (requests.Session.get_adapter, socket.getaddrinfo, dict(os.environ).get("TWILIO_ACCOUNT_SID"))

@pytest.fixture
def broken(studio):
    yield
    raise RuntimeError("teardown")

def test_fails(studio): assert 0
def test_skips(studio): pytest.skip("no")
def test_teardown(broken): pass
def test_nested(studio):
    with FakeStudio() as inner:
        assert get(inner).ok and get(studio).ok
def test_forgot_to_leave(studio, request):
    other = FakeStudio(); other.__enter__(); request.addfinalizer(lambda: other.__exit__(None, None, None))
def test_clean():
    assert before == (requests.Session.get_adapter, socket.getaddrinfo, os.environ.get("TWILIO_ACCOUNT_SID"))
def test_exits(studio): pytest.exit("enough")
""")
    assert outcomes(result) == {"failed": 1, "skipped": 1, "passed": 4, "errors": 1}
    assert "enough" in result.stdout.str() + result.stderr.str()
    probe = suite("""
def test_exit_then_look(studio, request):
    import socket, atexit
    atexit.register(lambda: print("LEFT", requests.Session.get_adapter.__module__, socket.getaddrinfo.__module__))
    pytest.exit("enough")
""")
    assert "LEFT requests.sessions socket" in probe.stdout.str()


def test_a_wider_studio_is_judged_and_reported_with_each_test(suite) -> None:
    """A session-scoped one, too: with the calls of the test that failed, and only those."""
    result = suite("""
@pytest.fixture(scope="session")
def shared():
    with FakeStudio() as studio:
        yield studio

def test_one(shared):
    get(shared)

def test_two(shared):
    get(shared, page_size=3)

def test_three(shared):
    get(shared, "/FWXX")
    assert 0
""")
    assert outcomes(result) == {"passed": 1, "failed": 2}
    text = result.stdout.str()
    assert "no calls reached the studio" not in text
    assert "call 2, v2.ListFlow" in text
    assert text.count("  1. v2.") == 0
    assert text.count("  3. v2.FetchFlow(Sid='FWXX') -> 404") == 1


def test_a_missing_extra_names_the_command_that_installs_it(suite, pytester) -> None:
    """Without twilio, studio works and studio_client says what to do."""
    result = suite("""
import sys
sys.modules["twilio"] = None

def test_studio(studio):
    assert get(studio).ok

def test_client(studio_client):
    pass
""")
    assert outcomes(result) == {"passed": 1, "errors": 1}
    assert "studio_client needs the twilio package, which is not installed: pip install 'pytest-studio[twilio]'" in (
        result.stdout.str()
    )


def test_a_first_test_imports_neither_jsonschema_nor_faker_nor_twilio(suite) -> None:
    """Storing a Step and fetching it by requests is cheap."""
    result = suite(
        """
import sys

def test_it(studio):
    step = studio.add_step()
    assert get(studio, step.url.partition("/v2/Flows")[2]).json()["sid"] == step.sid
    assert not {"jsonschema", "faker", "twilio"} & set(sys.modules)
""",
    )
    assert outcomes(result) == {"passed": 1}


def test_a_run_without_a_studio_loads_nothing_but_the_plugin(pytester) -> None:
    """At start-up and at collection; a test then only gets its origin of randomness."""
    pytester.makeconftest("""
import sys

def loaded():
    ours = {name for name in sys.modules if name.startswith("pytest_studio.")}
    return ours - {"pytest_studio.plugin", "pytest_studio.running"}

def pytest_collection_finish():
    assert loaded() == set()
    assert not {"responses", "requests", "jsonschema", "faker", "twilio"} & set(sys.modules)
""")
    pytester.makepyfile("""
import sys

def test_it():
    assert not {"responses", "requests", "jsonschema", "faker", "twilio"} & set(sys.modules)
    assert "pytest_studio.fake" not in sys.modules
""")
    result = pytester.runpytest_subprocess()
    assert outcomes(result) == {"passed": 1}


def test_a_failure_without_a_studio_loads_nothing_for_its_report(pytester) -> None:
    """It is none of the plugin's business."""
    pytester.makeconftest("""
import sys

def pytest_sessionfinish():
    ours = {name for name in sys.modules if name.startswith("pytest_studio.")}
    print("LOADED", ours & {"pytest_studio.settings", "pytest_studio.vintages", "pytest_studio.operations"})
""")
    pytester.makepyfile("def test_it(): assert False")
    result = pytester.runpytest_subprocess("-s")
    assert outcomes(result) == {"failed": 1}
    assert "LOADED set()" in result.stdout.str()


def test_help_markers_and_fixtures_tell_what_there_is(suite) -> None:
    """``--help``, ``--markers``, ``--fixtures``."""
    assert "--studio-seed=N|random" in suite("", "--help").stdout.str()
    assert "@pytest.mark.studio(seed=, strict=, now=" in suite("", "--markers").stdout.str()
    listed = suite("", "--fixtures").stdout.str()
    for name in ("studio", "studio_client", "studio_factory", "studio_schemas [session scope]", "step_payload"):
        assert f"\n{name} -- " in listed
    ours = listed.partition("fixtures defined from pytest_studio.plugin")[2].partition("fixtures defined from")[0]
    assert "no docstring available" not in ours


MISTAKES = """
import unittest
from pytest_studio import FakeStudio

def production(studio):
    studio.load_flow("nowhere.json")

def test_it(studio):
    production(studio)

class TestIt(unittest.TestCase):
    def test_it(self):
        with FakeStudio() as studio:
            production(studio)
"""


def test_an_error_that_is_explained_shows_the_lines_of_the_suite_only(suite) -> None:
    """What this package does before it objects helps nobody; unless it is asked for."""
    result = suite(MISTAKES)
    assert outcomes(result) == {"failed": 2}
    shown = result.stdout.str()
    assert shown.count("FlowDefinitionError: there is no file nowhere.json") == 2
    assert shown.count('>       studio.load_flow("nowhere.json")') == 2
    assert "reading.py" not in shown
    assert "reading.py" in suite(MISTAKES, "--full-trace").stdout.str()


def test_a_warning_that_is_an_error_shows_the_lines_of_the_suite_only(suite) -> None:
    """Under ``-W error``."""
    pytest.importorskip("liquid")
    lost = {"name": "Lost", "type": "set-variables", "properties": {"variables": []}, "transitions": []}
    trigger = {"name": "Trigger", "type": "trigger", "properties": {}, "transitions": []}
    made = {
        "states": [trigger, lost],
        "initial_state": "Trigger",
        "description": "",
        "flags": {"allow_concurrent_calls": True},
    }
    result = suite(f"def test_it(studio):\n    studio.load_flow({made})\n", "-W", "error")
    assert outcomes(result) == {"failed": 1}
    assert "StudioFlowWarning" in result.stdout.str()
    assert "talking.py" not in result.stdout.str()


def test_an_error_that_nobody_meant_keeps_its_lines(suite) -> None:
    """A fault of this package has to be found."""
    result = suite("""
def test_it(studio, monkeypatch):
    monkeypatch.setattr("pytest_studio.files.Path", None)
    studio.load_flow("nowhere.json")
""")
    assert outcomes(result) == {"failed": 1}
    assert "files.py" in result.stdout.str()
