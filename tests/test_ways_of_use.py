"""How a suite makes the plugin its own: clients made at import, fixtures of its own, wider ones, settings, parameters.

Each test runs pytest in a process of its own, as a downstream suite sees it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import pytest

pytest_plugins = ["pytester"]

ACCOUNT = "AC" + "2" * 32
REAL = "AC" + "9" * 32
TOKEN = "0123456789abcdef0123456789abcdef"
INI = f"[pytest]\nstudio_account_sid = {ACCOUNT}\nstudio_auth_token = {TOKEN}\n"


class Suite(Protocol):
    """Writes files, by their stems, and runs pytest over them."""

    def __call__(self, *arguments: str, **files: str) -> pytest.RunResult:
        """Run it."""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> Suite:
    """Runs a downstream suite: ``suite("-x", test_it="…", conftest="…")``."""

    def run(*arguments: str, **files: str) -> pytest.RunResult:
        for name, text in files.items():
            Path(pytester.path, f"{name}.py").write_text(text, encoding="utf-8")
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    return run


# -- a client that is made at import ---------------------------------------------------------------------------

AT_IMPORT = """
from twilio.rest import Client

client = Client()
"""
LISTED = """
import os
from service import client

def test_flows(studio):
    studio.add_flow()
    assert len(client.studio.v2.flows.list()) == 1
"""


def test_a_client_made_at_import_gets_the_credentials_of_the_ini(suite: Suite, pytester: pytest.Pytester) -> None:
    """Even one that a conftest imports, which is before any plugin is configured."""
    pytest.importorskip("twilio")
    pytester.makeini(INI)
    suite(service=AT_IMPORT, conftest="import service\n", test_it=LISTED).assert_outcomes(passed=1)


def test_so_do_clients_in_workers(suite: Suite, pytester: pytest.Pytester) -> None:
    """Of xdist."""
    pytest.importorskip("twilio")
    pytest.importorskip("xdist")
    pytester.makeini(INI)
    suite("-p", "xdist", "-n1", service=AT_IMPORT, test_it=LISTED).assert_outcomes(passed=1)


def test_real_credentials_of_the_environment_stay_and_the_report_says_so(
    suite: Suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody's variables are overwritten at import; such a client is answered 401, and never reaches Twilio."""
    pytest.importorskip("twilio")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", REAL)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "real")
    pytester.makeini(INI)
    result = suite(service=AT_IMPORT, test_it=LISTED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            f"*user '{REAL}' came, which this studio does not know*made before the test, as at import, gets those of "
            "the fixture `studio` if the ini has studio_account_sid and studio_auth_token, and TWILIO_ACCOUNT_SID and "
            "TWILIO_AUTH_TOKEN were not set when pytest began"
        ]
    )


@pytest.mark.parametrize("missing", ["studio_account_sid", "studio_auth_token"])
def test_the_report_says_which_half_of_the_ini_is_missing(
    suite: Suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    """A client that was made at import gets nothing of the other half."""
    pytest.importorskip("twilio")
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", REAL)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", "real")
    pytester.makeini("\n".join(line for line in INI.splitlines() if missing not in line))
    result = suite(service=AT_IMPORT, test_it=LISTED)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*studio_account_sid and studio_auth_token ({missing} is missing), and TWILIO_*"])


@pytest.mark.parametrize("name", ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"])
def test_half_of_somebody_s_credentials_is_not_filled_up(
    suite: Suite, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """A pair of two accounts would be of none."""
    monkeypatch.setenv(name, "theirs")
    pytester.makeini(INI)
    source = f"""
import os
SEEN = {{name: value for name, value in os.environ.items() if name.startswith("TWILIO_")}}

def test_environment():
    assert SEEN == {{{name!r}: "theirs"}}
"""
    suite(test_it=source).assert_outcomes(passed=1)


@pytest.mark.parametrize("ini", ["", INI.replace("studio_auth_token", "#")])
def test_without_both_in_the_ini_the_environment_is_left_alone(
    suite: Suite, pytester: pytest.Pytester, ini: str
) -> None:
    """One of the two is no credentials."""
    pytester.makeini(ini or "[pytest]\n")
    source = """
import os
SEEN = "TWILIO_ACCOUNT_SID" in os.environ, "TWILIO_AUTH_TOKEN" in os.environ

def test_environment():
    assert SEEN == (False, False)
"""
    suite(test_it=source).assert_outcomes(passed=1)


def test_the_environment_is_as_before_when_pytest_has_ended(suite: Suite, pytester: pytest.Pytester) -> None:
    """Also for a studio inside that sets no environment; and when the run ends before it begins."""
    pytester.makeini(INI)
    source = f"""
import os, sys
import pytest
from pytest_studio import FakeStudio

def test_inside():
    with FakeStudio(env=False):
        assert os.environ["TWILIO_ACCOUNT_SID"] == "{ACCOUNT}"

if __name__ == "__main__":
    assert pytest.main([__file__, "-q"]) == 0
    assert "TWILIO_ACCOUNT_SID" not in os.environ and "TWILIO_AUTH_TOKEN" not in os.environ
    assert pytest.main([__file__, "-q", "--studio-seed=x"]) == 4
    assert "TWILIO_ACCOUNT_SID" not in os.environ and "TWILIO_AUTH_TOKEN" not in os.environ
"""
    path = Path(pytester.path, "test_it.py")
    path.write_text(source, encoding="utf-8")
    result = pytester.runpython(path)
    assert result.ret == 0, result.stderr.str()


# -- an account of one's own -----------------------------------------------------------------------------------


def test_an_account_sid_of_ones_own_is_the_account_of_all_fixtures(suite: Suite) -> None:
    """pytest's way to say it: override the fixture."""
    pytest.importorskip("twilio")
    source = f"""
import pytest
from pytest_studio import factories
from twilio.rest import Client

@pytest.fixture(scope="session")
def account_sid():
    return "{ACCOUNT}"

def test_studio(studio):
    assert studio.account_sid == Client().account_sid == "{ACCOUNT}"

def test_client(studio_client, studio_async_client):
    assert studio_client.account_sid == studio_async_client.account_sid == "{ACCOUNT}"

def test_factory(studio_factory):
    assert studio_factory.account_sid == studio_factory.step()["account_sid"] == "{ACCOUNT}"

def test_payloads(flow_payload, execution_payload, step_payload):
    found = {{flow_payload["account_sid"], execution_payload["account_sid"], step_payload["account_sid"]}}
    assert found == {{"{ACCOUNT}"}} == {{factories.flow()["account_sid"]}}

@pytest.mark.studio(account_sid="{REAL}")
def test_it_replaces_what_a_marker_says(studio):
    assert studio.account_sid == "{ACCOUNT}"
"""
    suite(test_it=source).assert_outcomes(passed=5)


@pytest.mark.parametrize("fixture", ["studio", "studio_factory"])
def test_a_wrong_account_sid_of_ones_own_is_refused(suite: Suite, fixture: str) -> None:
    """In words that name the fixture, and where else the account is set."""
    source = f"""
import pytest

@pytest.fixture
def account_sid():
    return "AC_TEST"

def test_it({fixture}):
    pass
"""
    result = suite(test_it=source)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*the fixture account_sid, which `studio` and the factories follow: 'AC_TEST' is no Account SID*"]
    )
    assert "studio_account_sid" in result.stdout.str()


def test_a_wider_studio_hands_its_account_on_by_the_same_way(suite: Suite) -> None:
    """As docs/reference/fixtures.md has it."""
    source = """
import pytest
from pytest_studio import FakeStudio

@pytest.fixture(scope="module")
def studio():
    with FakeStudio() as studio:
        yield studio

@pytest.fixture
def account_sid(studio):
    return studio.account_sid

def test_it(studio, studio_factory, step_payload):
    assert studio.account_sid == studio_factory.account_sid == step_payload["account_sid"]
"""
    suite(test_it=source).assert_outcomes(passed=1)


# -- a studio of another kind ----------------------------------------------------------------------------------


@pytest.mark.parametrize("fixture", ["studio_client", "studio_async_client", "studio_server", "studio_proxy"])
@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("object()", "an object of type object: give that fixture another name, or*"),
        ("None", "None: an override has to return or yield one"),
    ],
)
def test_a_fixture_studio_of_another_kind_is_named(suite: Suite, fixture: str, given: str, words: str) -> None:
    """A suite may call something else so, or forget to return it."""
    for module in {"studio_server": ("h11",), "studio_proxy": ("h11", "trustme")}.get(fixture, ("twilio",)):
        pytest.importorskip(module)
    source = f"""
import pytest

@pytest.fixture
def studio():
    return {given}

def test_it({fixture}):
    pass
"""
    result = suite(test_it=source)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([f"*{fixture} is of the fixture `studio`, which gave no FakeStudio here, but {words}"])


def test_a_wrapper_that_answers_as_a_studio_does_is_one(suite: Suite) -> None:
    """What counts is that it answers."""
    pytest.importorskip("twilio")
    source = """
import pytest

class Wrapper:
    def __init__(self, studio): self.inner = studio
    def __getattr__(self, name): return getattr(self.inner, name)

@pytest.fixture
def studio(studio):
    return Wrapper(studio)

def test_it(studio, studio_client):
    studio.add_flow()
    assert len(studio_client.studio.v2.flows.list()) == 1
"""
    suite(test_it=source).assert_outcomes(passed=1)


# -- parameters of studio --------------------------------------------------------------------------------------


def test_a_parameter_of_studio_is_a_marker_of_that_test(suite: Suite) -> None:
    """The nearest one."""
    source = f"""
import pytest

@pytest.mark.studio(retention_days=30, vintage="2023")
@pytest.mark.parametrize("studio", [{{"retention_days": 1, "account_sid": "{ACCOUNT}", "seed": 5}}], indirect=True)
def test_it(account_sid, studio):
    run = studio.add_execution()
    studio.advance(days=2)
    assert run.sid not in studio.executions
    assert studio.vintage == "2023" and studio.seed == 5 and studio.account_sid == account_sid == "{ACCOUNT}"
"""
    suite(test_it=source).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("parameter", "words"),
    [
        ("3", "a parameter of the fixture `studio` is a dict of the marker's keywords*not 3"),
        ("{'sead': 1}", "has no 'sead' (did you mean 'seed'?)"),
    ],
)
def test_a_parameter_of_another_kind_is_refused(suite: Suite, parameter: str, words: str) -> None:
    """At collection, as a marker is."""
    source = f"""
import pytest

@pytest.mark.parametrize("studio", [{parameter}], indirect=True)
def test_it(studio):
    pass
"""
    result = suite(test_it=source)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*test_it.py::test_it*{words}*".replace("[", "[[]")])


def test_parameters_of_an_override_are_its_own(suite: Suite) -> None:
    """And so are direct ones, that have nothing to do with the fixture."""
    source = """
import pytest

class TestOverride:
    @pytest.fixture
    def studio(self, studio, request):
        for _ in range(request.param):
            studio.add_flow()
        return studio

    @pytest.mark.parametrize("studio", [2], indirect=True)
    def test_indirect(self, studio):
        assert len(studio.flows) == 2

@pytest.mark.parametrize("studio", ["Pixar"])
def test_direct(studio):
    assert studio == "Pixar"
"""
    suite(test_it=source).assert_outcomes(passed=2)


# -- markers ---------------------------------------------------------------------------------------------------


def test_all_wrong_markers_are_told_at_once(suite: Suite) -> None:
    """One error a mistake, each with its test."""
    source = """
import pytest

@pytest.mark.studio(sead=1, now="2026-99-01")
def test_a(studio): pass

@pytest.mark.studio(vintage="2024")
@pytest.mark.parametrize("n", [1, 2])
def test_b(studio, n): pass
"""
    result = suite(test_it=source)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    found = [line for line in result.stderr.lines if line.startswith("ERROR: ")]
    assert [line.split("@", 1)[0] for line in found] == [
        "ERROR: test_it.py::test_a: ",
        "ERROR: test_it.py::test_a: ",
        "ERROR: test_it.py::test_b[1]: ",
    ]
    assert "did you mean 'seed'" in found[0]
    assert "now=" in found[1]
    assert "vintage=" in found[2]


# -- two studios -----------------------------------------------------------------------------------------------


def test_the_report_says_when_another_studio_has_what_was_asked_for(suite: Suite) -> None:
    """A client of the test's own studio does not see what a wider one has."""
    pytest.importorskip("twilio")
    source = """
import pytest
from pytest_studio import FakeStudio

@pytest.fixture(scope="module")
def archive():
    with FakeStudio() as studio:
        yield studio

def test_it(archive, studio_client):
    studio_client.studio.v2.flows(archive.add_flow().sid).fetch()
"""
    result = suite(test_it=source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["FW* is in the studio of AC*, not in this one: ask with that account's credentials, or use one studio only"]
    )


def test_the_report_says_nothing_of_other_studios_without_need(suite: Suite) -> None:
    """What none of them has is just not there."""
    pytest.importorskip("twilio")
    source = """
import pytest
from pytest_studio import FakeStudio

def test_it(studio, studio_client, flow_sid):
    with FakeStudio():
        studio_client.studio.v2.flows(flow_sid).fetch()
"""
    assert "is in the studio of" not in suite(test_it=source).stdout.str()


def test_names_are_told_by_fixtures(suite: Suite) -> None:
    """What ``studio`` is an instance of, and what an account of one's own does."""
    shown: Any = " ".join(suite("--fixtures", "-q").stdout.str().split())
    assert "``pytest_studio.FakeStudio``" in shown
    assert "python -m pydoc pytest_studio.FakeStudio" in shown
    assert "def account_sid(studio): return studio.account_sid" in shown


def test_the_report_says_which_client_a_method_is_of(suite: Suite) -> None:
    """``studio_async_client`` hands a coroutine to what does not await it."""
    pytest.importorskip("twilio")
    source = """
import pytest

@pytest.mark.filterwarnings("ignore")
def test_it(studio, studio_async_client):
    studio_async_client.studio.v2.flows(studio.add_flow().sid).fetch()
"""
    result = suite(test_it=source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *'coroutine' object has no attribute*",
            "a coroutine was not awaited: studio_async_client is for `await …fetch_async()` and the like; "
            "methods without _async are studio_client's",
        ]
    )


def test_the_report_says_which_client_an_async_method_is_of(suite: Suite) -> None:
    """``studio_client`` has them, too, and the SDK says of what it needs only what it is like."""
    pytest.importorskip("twilio")
    source = """
import asyncio

def test_it(studio, studio_client):
    asyncio.run(studio_client.studio.v2.flows(studio.add_flow().sid).fetch_async())
"""
    result = suite(test_it=source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "E *http_client must be asynchronous*",
            "a client that is not asynchronous was asked for an _async method: `await …fetch_async()` and the like are "
            "studio_async_client's; studio_client has the same methods without _async",
        ]
    )
