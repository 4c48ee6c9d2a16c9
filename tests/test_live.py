"""``pytest --studio-live``, with a fake in Studio's place: behind the proxy, as a user's account is, and in process."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from helpers import basic, call

from pytest_studio import FakeStudio, Request
from pytest_studio.live import asking, fakes
from pytest_studio.live.asking import Answer, Live, Login, Unreachable, base_of, login_of
from pytest_studio.live.cases import CASES, Case, Difference, compared
from pytest_studio.live.collecting import Account
from pytest_studio.live.masking import NOTHING, masked, token_form
from pytest_studio.live.world import Absent, World

pytest_plugins = ["pytester"]

Json = dict[str, Any]
Change = Callable[[str, int, Json], tuple[int, Any] | None]

BY_NAME = {case.name: case for case in CASES}
SECRET_WORDS = ("Secret project", "My secret", "+1555010", "ask_age")
TOKEN = "0123456789abcdef0123456789abcdef"
KEY = "SK" + "7" * 32


def account(**options: Any) -> FakeStudio:
    """A studio with what an account has; its first call made a second revision."""
    studio = FakeStudio(seed=77, strict=False, env=False, now="2026-05-01T12:00:00Z", **options)
    studio.add_flow()
    studio.advance(minutes=1)
    flow = studio.add_flow(friendly_name="Secret project", status="published")
    for number in range(3):
        studio.advance(minutes=2)
        path = [("ask_age", "incomingMessage", {"inbound": {"Body": "My secret"}}), ("thanks", "sent")]
        studio.add_run(flow, path, to=f"+1555010000{number}")
    studio.advance(minutes=1)
    call(studio, "POST", f"/v2/Flows/{flow.sid}", Status="published", CommitMessage="Secret project")
    return studio


def world(studio: FakeStudio, change: Change | None = None) -> World:
    """An account whose answers may be others: ``change`` gets path, status and payload of each."""
    login = Login(studio.account_sid, studio.auth_token)

    def get(path: str, who: str, body: bytes) -> Answer:
        url = f"https://studio.twilio.com{path}"
        response = studio.handle(Request("GET", url, login.headers(who), body))
        status, raw = response.status, response.body
        other = change(path, status, response.json()) if change is not None else None
        if other is not None:
            status, raw = other[0], json.dumps(other[1]).encode()
        return Answer(url, status, response.headers, raw)

    return World(get)


def told(name: str, live: World) -> list[str]:
    """What one case says of an account."""
    live.read_all()
    case = BY_NAME[name]
    return [str(each) for each in compared(case, live, fakes.own() if case.own else fakes.given(live))]


# -- behind the proxy -----------------------------------------------------------------------------------------


@pytest.fixture
def run(request: pytest.FixtureRequest) -> Any:
    """``run(studio, *arguments)``: ``pytest --studio-live`` of a user whose account is that studio."""
    pytest.importorskip("h11")
    pytest.importorskip("trustme")
    # In this order, so that what is patched is put back before the studio puts back what was there.
    names = ("studio_proxy", "pytester", "monkeypatch")
    studio_proxy, pytester, monkeypatch = map(request.getfixturevalue, names)
    pytester.makeconftest("from pytest_studio.live import asking\nasking.PAUSE = 0\n")

    def started(live: FakeStudio | None, *arguments: str, **environ: str) -> pytest.RunResult:
        with studio_proxy.serving(live):
            for name in studio_proxy.overruled:
                monkeypatch.delenv(name)
            for name, value in {**studio_proxy.variables, **environ}.items():
                monkeypatch.setenv(name, value)
            return pytester.runpytest_subprocess("--studio-live", *arguments)

    return started


def test_an_account_that_answers_as_the_fake_conforms(run: Any) -> None:
    """Asked by an API key; it is only read."""
    live = account()
    keys = {"TWILIO_API_KEY": live.api_key.sid, "TWILIO_API_SECRET": live.api_key.secret}
    strictly = ("--strict-markers", "-W", "error")
    result = run(live, *strictly, **keys, TWILIO_ACCOUNT_SID="", TWILIO_AUTH_TOKEN="")
    outcomes = result.parseoutcomes()
    assert "failed" not in outcomes
    assert outcomes["passed"] > 80
    result.stdout.fnmatch_lines([f"{len(CASES)} cases: * conform, 0 differ, * skipped (pytest-studio *"])
    assert {call.method for call in live.calls[1:]} == {"GET"}


def test_what_differs_is_told_field_by_field_and_masked(run: Any) -> None:
    """Twilio's next year: each new field, in the case and in a table for an issue; no secrets, whatever is shown."""
    live = account(vintage="next")
    result = run(live, "-l", "-rA", "--log-level=DEBUG", "-k", "FetchExecution or order or 404")
    text = result.stdout.str() + result.stderr.str()
    result.stdout.fnmatch_lines(
        [
            "  /next_flag: the fake answers nothing, Studio answers null",
            "| fidelity | case | place | the fake | Studio |",
            "|  | v1.FetchExecution | /next_field (and *) | nothing | an object |",
        ]
    )
    assert "Traceback" not in text
    sids = [*live.flows, *live.executions, *live.steps, live.account_sid]
    assert not [secret for secret in (*SECRET_WORDS, *sids, live.auth_token) if secret in text]


def test_an_interrupted_run_tells_no_secrets(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """``--full-trace`` shows then what each function was called with, and some are given the headers."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "1" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    pytester.makeconftest(
        "import urllib3.connectionpool\n"
        "def interrupted(*arguments, **named):\n    raise KeyboardInterrupt\n"
        "urllib3.connectionpool.HTTPConnectionPool._make_request = interrupted\n"
    )
    result = pytester.runpytest_subprocess("--studio-live", "--full-trace", "-l", "-k", "ListFlow")
    text = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert "KeyboardInterrupt" in text
    secrets = [TOKEN, "AC" + "1" * 32, basic("AC" + "1" * 32, TOKEN)["Authorization"]]
    assert not [secret for secret in secrets if secret in text]


def test_what_is_only_collected_is_not_summed_up(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked, and nothing said of what Studio answers."""
    monkeypatch.setenv("TWILIO_ACCOUNT_SID", "AC" + "1" * 32)
    monkeypatch.setenv("TWILIO_AUTH_TOKEN", TOKEN)
    result = pytester.runpytest_subprocess("--studio-live", "--collect-only", "-q")
    result.stdout.fnmatch_lines(["studio-live::v2.ListFlow", f"{len(CASES)} tests collected *"])
    result.stdout.no_fnmatch_line("*Studio itself*")


def test_without_credentials_nothing_starts(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A usage error that names the variables."""
    for name in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_API_KEY", "TWILIO_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    result = pytester.runpytest_subprocess("--studio-live")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["ERROR: --studio-live: it reads from your own Twilio account: set TWILIO_API_KEY *"])


# -- what cannot be asked -------------------------------------------------------------------------------------


def asked(live: FakeStudio, who: str = "account") -> Account:
    """What the cases of one run share, where an account is that studio."""
    shared = Account({"TWILIO_ACCOUNT_SID": live.account_sid, "TWILIO_AUTH_TOKEN": TOKEN})
    shared._live = SimpleNamespace(
        get=lambda path, by, body: world(live).get(path, who if by == "account" else by, body)
    )  # type: ignore[assignment]
    return shared


def test_refused_credentials_are_told_once() -> None:
    """The other cases are not even asked."""
    live = account()
    shared = asked(live, "wrong token")
    with pytest.raises(Unreachable, match="Studio does not accept these credentials: it answers 401"):
        shared.differences(CASES[0])
    with pytest.raises(pytest.skip.Exception, match="Studio could not be asked"):
        shared.differences(CASES[1])
    assert len(live.calls[1:]) == 1


def test_an_account_without_flows_skips_with_the_reason() -> None:
    """What can be asked without any is asked."""
    shared = asked(FakeStudio(seed=5, env=False))
    answered, reasons = [], Counter[str]()
    for case in CASES:
        try:
            assert shared.differences(case) == []
        except Absent as reason:
            reasons[str(reason)] += 1
        else:
            answered.append(case.name)
    assert {"v2.ListFlow", "PageSize=abc", "401, nobody", "unknown path"} <= set(answered)
    assert reasons["the account has no Flows"] > 40


def test_an_account_without_executions_skips_what_asks_for_one() -> None:
    """Flows and revisions are asked for."""
    live = FakeStudio(seed=5, env=False)
    live.add_flow()
    assert told("v2.FetchFlowRevision", world(live)) == []
    with pytest.raises(Absent, match="no Flow of the account has an Execution"):
        told("v2.FetchExecution", world(live))
    live.add_execution()
    assert told("v2.FetchExecution", world(live)) == []
    with pytest.raises(Absent, match="no Execution of the account has a Step"):
        told("v2.FetchExecutionStep", world(live))


def test_without_a_network_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the host, and without what the proxy's address has in it."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://user:hidden-word@127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    words = r"^https://studio\.ie1\.twilio\.com cannot be reached: the proxy does not let it through$"
    with pytest.raises(Unreachable, match=words):
        Live(Login("AC" + "1" * 32, TOKEN), "https://studio.ie1.twilio.com").get("/v2/Flows")


# -- what a difference says -----------------------------------------------------------------------------------


def page_limit(path: str, status: int, payload: Json) -> tuple[int, Any] | None:
    """Studio, if it refused more than 1,000 rows."""
    if "PageSize=1001" in path or "PageSize=5000" in path:
        return 400, {"code": 20007, "message": "Page size too large", "more_info": "https://x", "status": 400}
    return None


def test_another_page_limit_is_told() -> None:
    """By the row of the fidelity page that it settles."""
    assert BY_NAME["PageSize=1001"].row == "`PageSize` over 1000"
    lines = told("PageSize=1001", world(account(), page_limit))
    assert "status: the fake answers 200, Studio answers 400" in lines
    assert '/message: the fake answers nothing, Studio answers "Page size too large"' in lines
    assert told("PageSize=1000", world(account(), page_limit)) == []


@pytest.mark.parametrize(
    ("case", "field", "value", "line"),
    [
        ("v2.FetchExecution", "status", "paused", '/status: the fake answers "ended", Studio answers "paused"'),
        ("v2.FetchExecution", "contact_sid", None, ""),
        ("v2.FetchExecution", "sid", None, "/sid (schema v2/execution): the fake answers an Execution SID"),
        (
            "v2.FetchExecution",
            "date_created",
            "2026-05-01 12:00",
            "/date_created (schema v2/execution): the fake answers a date-time with seconds and zone, such as "
            "2017-11-06T12:00:00Z, Studio answers 0000-00-00 00:00",
        ),
        ("v2.FetchExecution", "context", {"a": "My secret"}, "/context: the fake answers {}, Studio answers an object"),
    ],
)
def test_each_field_is_compared(case: str, field: str, value: Any, line: str) -> None:
    """Type, form and value; what the fake was given and could keep is no difference."""

    def change(path: str, status: int, payload: Json) -> tuple[int, Any] | None:
        return (status, {**payload, field: value}) if status == 200 and field in payload and "FN" in path else None

    lines = told(case, world(account(), change))
    assert any(said.startswith(line) for said in lines) if line else lines == []
    assert not [word for word in SECRET_WORDS if word in str(lines)]


@pytest.mark.parametrize(
    ("case", "turned", "line"),
    [
        ("order of Executions", "executions", "order: the fake answers newest first, Studio answers oldest first"),
        ("order of Steps", "steps", "order: the fake answers newest first, Studio answers oldest first"),
        ("order of Flows", "flows", "order: the fake answers newest first, Studio answers oldest first"),
    ],
)
def test_another_order_is_told(case: str, turned: str, line: str) -> None:
    """Of each list."""

    def change(path: str, status: int, payload: Json) -> tuple[int, Any] | None:
        return (200, {**payload, turned: payload[turned][::-1]}) if status == 200 and turned in payload else None

    live = account()
    for step in list(live.steps.values()):
        step.update(date_created=f"2026-05-01T12:00:{list(live.steps).index(step.sid):02}Z")
    assert told(case, world(live, change)) == [line]
    assert told(case, world(live)) == []


def test_other_page_tokens_are_told_by_their_form() -> None:
    """Nothing of the token itself."""

    def change(path: str, status: int, payload: Json) -> tuple[int, Any] | None:
        url = payload.get("meta", {}).get("next_page_url") or ""
        if "PageToken=" not in url:
            return None
        meta = {**payload["meta"], "next_page_url": url.partition("PageToken=")[0] + "PageToken=PT15"}
        return status, {**payload, "meta": meta}

    assert "token of the next page: the fake answers PTFN<32 hexadecimal digits>, Studio answers PT<2 digits>" in told(
        "page tokens", world(account(), change)
    )


def test_other_words_of_a_404_are_told_without_sids() -> None:
    """Messages are Twilio's own; SIDs in them are not told."""

    def change(path: str, status: int, payload: Json) -> tuple[int, Any] | None:
        return (404, {**payload, "message": f"no {path} here"}) if status == 404 else None

    assert told("unknown Step", world(account(), change)) == [
        '/message: the fake answers "The requested resource /v2/Flows/FW…/Executions/FN…/Steps/FT… was not found", '
        'Studio answers "no /v2/Flows/FW…/Executions/FN…/Steps/FT… here"'
    ]


def test_a_list_of_more_pages_is_compared_as_far_as_the_fake_has_it() -> None:
    """The fake is given first pages only."""
    live = account()
    live.add_steps(list(live.executions.values())[-1], 120)
    run = next(iter(live.executions.values())).flow
    for number in range(60):
        live.add_execution(run, to=f"+1555011{number:04}")
    for name in ("v2.ListExecution", "v1.ListExecution", "PageSize=1000", "PageSize=1001", "PageSize=2", "Page alone"):
        assert told(name, world(live)) == []


def test_an_answer_that_is_no_object_is_told() -> None:
    """As from a gateway."""
    live = world(account(), lambda path, status, payload: (200, ["no", "object"]) if "Nonsense" in path else None)
    lines = told("unknown path", live)
    assert "status: the fake answers 404, Studio answers 200" in lines
    assert "body: the fake answers nothing, Studio answers no JSON object" in lines


@pytest.fixture(scope="module")
def worlds() -> tuple[World, World, World]:
    """An account, the fake that was given what it has, and the one with data of its own."""
    live = world(account())
    live.read_all()
    return live, fakes.given(live), fakes.own()


@pytest.mark.parametrize("name", BY_NAME)
def test_a_studio_conforms_to_itself_in_each_case(name: str, worlds: tuple[World, World, World]) -> None:
    """There is something to ask for in each."""
    live, given, own = worlds
    assert compared(BY_NAME[name], live, own if BY_NAME[name].own else given) == []


def test_each_row_stands_on_the_fidelity_page() -> None:
    """So that who reads a report finds what it is about."""
    page = Path(__file__).parent.parent / "docs" / "fidelity.md"
    if not page.exists():
        pytest.skip("the tests run away from their repository")
    text = page.read_text(encoding="utf-8")
    assert [case.row for case in CASES if case.row and case.row not in text] == []


def test_names_of_cases_are_unique() -> None:
    """Each is a node of its own."""
    assert len(BY_NAME) == len(CASES)


# -- asking ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT", "PATCH", "HEAD", "OPTIONS"])
def test_nothing_but_get_is_ever_sent(method: str) -> None:
    """Whoever asks for it, it ends before the network."""
    live = Live(Login("AC" + "1" * 32, TOKEN), "https://studio.twilio.com")
    with pytest.raises(RuntimeError, match=f"only reads from Studio; it sends no {method}"):
        live._session.request(method, "https://studio.twilio.com/v2/Flows")
    with pytest.raises(RuntimeError, match="only reads from Studio"):
        live._session.get("https://api.twilio.com/2010-04-01/Accounts.json")
    assert not hasattr(live, "post")


def test_requests_are_spaced_and_limits_are_waited_for(studio: FakeStudio) -> None:
    """As long as the answer says, else longer each time; after a few times there is none to be had."""
    waits: list[float] = []
    live = Live(Login(studio.account_sid, studio.auth_token), "https://studio.twilio.com", waits.append)
    studio.fail("v2.ListFlow", status=429, retry_after=7)
    assert live.get("/v2/Flows").status == 200
    assert 7.0 in waits
    assert 0 < waits[-1] <= asking.PAUSE
    waits.clear()
    studio.fail("v2.ListFlow", status=503, times=None)
    with pytest.raises(Unreachable, match=r"^https://studio\.twilio\.com answers 503 again and again$"):
        live.get("/v2/Flows")
    assert [wait for wait in waits if wait >= 1] == [1.0, 2.0, 4.0, 8.0]
    several = Live(Login("AC" + "1" * 32, TOKEN), "https://studio.twilio.com", workers=4)
    assert several._pause == 4 * asking.PAUSE


@pytest.mark.parametrize(
    ("failure", "words"),
    [("timeout", "no answer came in time"), ("connection", "there is no connection")],
)
def test_no_answer_is_unreachable(studio: FakeStudio, failure: str, words: str) -> None:
    """In words that have no url's query and no header in them."""
    studio.fail("v2.ListFlow", exception=failure)
    live = Live(Login(studio.account_sid, studio.auth_token), "https://studio.twilio.com", lambda seconds: None)
    with pytest.raises(Unreachable, match=f"^https://studio.twilio.com cannot be reached: {words}$"):
        live.get("/v2/Flows")


def test_an_active_studio_does_not_stand_in_for_studio(studio: FakeStudio) -> None:
    """A fixture of a wider scope would answer, and the cases would say nothing."""
    shared = Account({"TWILIO_ACCOUNT_SID": studio.account_sid, "TWILIO_AUTH_TOKEN": TOKEN})
    with pytest.raises(Unreachable, match="a studio of a wider fixture is active"):
        shared.differences(CASES[0])
    assert not studio.calls


def test_who_asks_is_told_by_the_header(fake: FakeStudio) -> None:
    """The account itself is known, the others are not; no secret is in any repr."""
    login = Login(fake.account_sid, fake.auth_token)
    assert login.headers("account") == basic(fake.account_sid, fake.auth_token)
    known = {who: fake.knows(login.headers(who).get("Authorization")) for who in asking.WHO}
    assert known == dict.fromkeys(asking.WHO, False) | {"account": True, "bearer": True}
    assert fake.account_sid not in repr(login)
    assert fake.auth_token not in repr(login)


def test_an_api_key_comes_before_the_auth_token() -> None:
    """As it is what Twilio recommends."""
    own = {"TWILIO_ACCOUNT_SID": "AC" + "1" * 32, "TWILIO_AUTH_TOKEN": TOKEN}
    assert login_of(own).user == "AC" + "1" * 32
    assert login_of({**own, "TWILIO_API_KEY": KEY, "TWILIO_API_SECRET": "x"}).user == KEY


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, "set TWILIO_API_KEY and TWILIO_API_SECRET, or TWILIO_ACCOUNT_SID"),
        ({"TWILIO_ACCOUNT_SID": "hunter2", "TWILIO_AUTH_TOKEN": TOKEN}, "TWILIO_ACCOUNT_SID is no SID"),
        ({"TWILIO_AUTH_TOKEN": TOKEN}, "TWILIO_ACCOUNT_SID is no SID"),
        ({"TWILIO_ACCOUNT_SID": "AC" + "1" * 32}, "TWILIO_ACCOUNT_SID is set, but TWILIO_AUTH_TOKEN is not"),
        ({"TWILIO_API_KEY": KEY}, "TWILIO_API_KEY is set, but TWILIO_API_SECRET is not"),
    ],
)
def test_credentials_that_are_none_are_told_by_the_variable(environ: dict[str, str], words: str) -> None:
    """Never by their value."""
    with pytest.raises(ValueError, match=words) as caught:
        login_of(environ)
    assert not [value for value in environ.values() if value in str(caught.value)]


@pytest.mark.parametrize(
    ("environ", "base"),
    [
        ({}, "https://studio.twilio.com"),
        ({"TWILIO_REGION": "ie1"}, "https://studio.ie1.twilio.com"),
        ({"TWILIO_EDGE": "dublin"}, "https://studio.dublin.us1.twilio.com"),
        ({"TWILIO_EDGE": "dublin", "TWILIO_REGION": "ie1"}, "https://studio.dublin.ie1.twilio.com"),
    ],
)
def test_regions_and_edges_are_read_as_the_sdk_reads_them(environ: dict[str, str], base: str) -> None:
    """From the same variables."""
    assert base_of(environ) == base


def test_credentials_go_to_studio_only() -> None:
    """A region that makes another host is refused."""
    with pytest.raises(ValueError, match="names such as dublin and ie1"):
        base_of({"TWILIO_REGION": "evil.example.com/"})


# -- masking --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pointer", "value", "shown"),
    [
        ("/sid", "FW" + "1" * 32, "FW…"),
        ("/friendly_name", "Secret project", "<text>"),
        ("/friendly_name", "", '""'),
        ("/date_created", "2026-01-31T09:30:00Z", "0000-00-00T00:00:00Z"),
        ("/date_created", "2026-01-31T09:30:00.123+01:00", "0000-00-00T00:00:00.000+00:00"),
        ("/contact_channel_address", "+15550100001", "<text>"),
        ("/context", {"widgets": {}}, "an object"),
        ("/context", {}, "{}"),
        ("/errors", [], "[]"),
        ("/errors", ["x"], "an array"),
        ("/type", "send-message", '"send-message"'),
        ("/type", "made-up", "<text>"),
        ("/status", "ended", '"ended"'),
        ("/code", 20404, "20404"),
        ("/valid", None, "null"),
        ("/url", f"https://studio.twilio.com/v2/Flows/FW{'1' * 32}", '"https://studio.twilio.com/v2/Flows/FW…"'),
        ("/url", "https://example.com/ada", "<text>"),
        (
            "/meta/next_page_url",
            f"https://studio.twilio.com/v2/Flows?Page=1&PageToken=PTFW{'1' * 32}",
            '"https://studio.twilio.com/v2/Flows?Page=1&PageToken=PTFW<32 hexadecimal digits>"',
        ),
        ("/message", "call +15550100001 or ada@example.com", '"call … or …"'),
        ("/details/conflicting_execution_sid", "FN" + "1" * 32, '"FN…"'),
        ("/status", NOTHING, NOTHING),
        ("order", "newest first", "newest first"),
    ],
)
def test_values_are_told_by_their_form(pointer: str, value: Any, shown: str) -> None:
    """What Twilio says is told, what an account says is not."""
    assert masked(pointer, value) == shown


@pytest.mark.parametrize(
    ("token", "form"),
    [
        ("PTFN" + "0" * 32, "PTFN<32 hexadecimal digits>"),
        ("PT15", "PT<2 digits>"),
        ("FN" + "a" * 32, "FN<32 hexadecimal digits>"),
        ("PTaGVsbG8=", "PT<8 characters>"),
    ],
)
def test_tokens_are_told_by_their_form(token: str, form: str) -> None:
    """Their beginning and their length."""
    assert token_form(token) == form


def test_values_that_look_alike_when_masked_are_told_apart() -> None:
    """Or a line would say that the same differs."""
    case = Case("x", "", lambda world: {"/friendly_name": world.get("/v2/Flows").status and str(id(world))})
    live, fake = world(account()), world(account())
    assert compared(case, live, fake) == [Difference("/friendly_name", "<text>", "another <text>")]


def test_requests_are_what_asks() -> None:
    """The door of this module is the same library that users have."""
    assert isinstance(Live(Login(KEY, "x"), "https://studio.twilio.com")._session, requests.Session)
