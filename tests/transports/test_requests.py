"""``requests``: any session, beside the test's own mocks, and nothing left behind."""

from __future__ import annotations

import copy
import http.client
import io
import os
import pickle
import socket
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import responses
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

from pytest_studio import FakeStudio

FLOWS = "https://studio.twilio.com/v2/Flows"
NAMES = ("getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr")


def patched() -> list[object]:
    """Everything that an active studio replaces."""
    methods = [vars(socket.socket).get(name) for name in ("connect", "connect_ex")]
    return [requests.Session.get_adapter, HTTPAdapter.send, *(getattr(socket, name) for name in NAMES), *methods]


@pytest.fixture(autouse=True)
def nothing_stays_patched() -> Iterator[None]:
    """Each test leaves the process as it was."""
    before, environ = patched(), dict(os.environ)
    yield
    assert patched() == before
    assert {k: v for k, v in os.environ.items() if k != "PYTEST_CURRENT_TEST"} == {
        k: v for k, v in environ.items() if k != "PYTEST_CURRENT_TEST"
    }


def auth(studio: FakeStudio) -> tuple[str, str]:
    """The account's credentials."""
    return studio.account_sid, studio.auth_token


@pytest.mark.parametrize(
    "host",
    ["studio.twilio.com", "studio.dublin.ie1.twilio.com", "studio.ie1.twilio.com", "STUDIO.twilio.com:443"],
)
def test_studio_answers_under_all_of_its_names(host: str) -> None:
    """The plain name, the regional ones, with a port, in any case."""
    with FakeStudio() as studio:
        assert requests.get(f"https://{host}/v2/Flows", auth=auth(studio)).status_code == 200


@pytest.mark.parametrize("host", ["api.twilio.com", "studio.a.b.c.twilio.com", "xstudio.twilio.com", "twilio.com"])
def test_other_hosts_of_twilio_are_refused_with_the_clients_own_error(host: str) -> None:
    """The message says who refused and what to do; the journal notes it."""
    with FakeStudio() as studio:
        with pytest.raises(
            requests.ConnectionError, match=rf"pytest-studio: {host} is not reached .* responses library"
        ):
            requests.post(f"https://{host}/2010-04-01/Accounts", data={"a": 1})
        assert [(call.operation, call.status, call.path) for call in studio.calls] == [
            (None, None, f"https://{host}/2010-04-01/Accounts")
        ]


def test_a_host_that_only_looks_like_twilios_is_left_alone() -> None:
    """``nottwilio.com`` is somebody else's."""
    with FakeStudio(), responses.RequestsMock() as mock:
        mock.get("https://nottwilio.com/", body="theirs")
        assert requests.get("https://nottwilio.com/").text == "theirs"


def test_mocks_of_the_test_answer_inside_of_a_studio() -> None:
    """``RequestsMock`` within ``FakeStudio``: other hosts, twilio's among them, are the mock's."""
    with FakeStudio() as studio, responses.RequestsMock() as mock:
        mock.get("https://api.twilio.com/x", json={"who": "mock"})
        mock.get("https://example.com/", json={"who": "mock"})
        assert requests.get("https://api.twilio.com/x").json() == {"who": "mock"}
        assert requests.get("https://example.com/").json() == {"who": "mock"}
        assert requests.get(FLOWS, auth=auth(studio)).json()["flows"] == []


def test_mocks_of_the_test_answer_around_a_studio() -> None:
    """``FakeStudio`` within ``RequestsMock``: the same."""
    with responses.RequestsMock() as mock, FakeStudio() as studio:
        mock.get("https://api.twilio.com/x", json={"who": "mock"})
        mock.get("https://example.com/", json={"who": "mock"})
        assert requests.get("https://api.twilio.com/x").json() == {"who": "mock"}
        assert requests.get("https://example.com/").json() == {"who": "mock"}
        assert requests.get(FLOWS, auth=auth(studio)).json()["flows"] == []


@responses.activate
def test_the_responses_decorator_stands_beside_a_studio() -> None:
    """And refuses what nobody mocked, in its own words."""
    responses.get("https://example.com/", body="mine")
    with FakeStudio() as studio:
        assert requests.get("https://example.com/").text == "mine"
        assert requests.get(FLOWS, auth=auth(studio)).ok
        with pytest.raises(requests.ConnectionError, match="Connection refused by Responses"):
            requests.get("https://example.org/")


def test_a_server_of_the_test_is_reached(server: str) -> None:
    """Hosts that are not Twilio's are left alone."""
    with FakeStudio() as studio:
        assert requests.get(server).text == "ok"
        assert len(studio.calls) == 0


def test_answers_of_the_tests_own_come_before_the_studios() -> None:
    """What is registered on ``studio.responses`` answers as often as it is asked; the rest is the studio's."""
    with FakeStudio() as studio:
        flow = studio.add_flow()
        studio.responses.get(f"{FLOWS}/{flow.sid}", status=503)
        assert [requests.get(f"{FLOWS}/{flow.sid}", auth=auth(studio)).status_code for _ in range(3)] == [503] * 3
        assert [len(requests.get(FLOWS, auth=auth(studio)).json()["flows"]) for _ in range(3)] == [1] * 3


def test_the_responses_mock_is_there_only_while_active() -> None:
    """Outside, it is an error that says where it is."""
    with pytest.raises(RuntimeError, match="no studio is active"):
        FakeStudio().responses  # noqa: B018


def test_a_mounted_retry_retries_as_without_us() -> None:
    """``max_retries`` of the adapter that was replaced counts: three requests, then the client's own error."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(2, status_forcelist=[404], backoff_factor=0)))
    with FakeStudio() as studio:
        with pytest.raises(requests.exceptions.RetryError):
            session.get(f"{FLOWS}/FW{'0' * 32}", auth=auth(studio))
        assert [call.status for call in studio.calls] == [404, 404, 404]


def test_hooks_streams_and_prepared_requests_work() -> None:
    """Whatever a session can do stays possible."""
    seen = []
    with FakeStudio() as studio:
        flow = studio.add_flow(friendly_name="Größe")
        session = requests.Session()
        session.auth = auth(studio)
        session.hooks["response"].append(lambda response, **_: seen.append(response.status_code))
        with session.get(f"{FLOWS}/{flow.sid}", stream=True) as answer:
            assert b"".join(answer.iter_content(7)).startswith(b'{"sid"')
        prepared = session.prepare_request(requests.Request("GET", f"{FLOWS}/{flow.sid}"))
        assert session.send(prepared, allow_redirects=False).json()["friendly_name"] == "Größe"
        assert answer.encoding == "utf-8"
        assert answer.elapsed.total_seconds() >= 0
    assert seen == [200, 200]


def test_bodies_of_every_kind_are_read() -> None:
    """Text, bytes, files and generators."""
    form = b"FriendlyName=A&Status=draft&Definition=%7B%22initial_state%22%3A%22Trigger%22%7D"
    with FakeStudio() as studio:
        text = form.decode()
        for body in (form, text, io.BytesIO(form), iter([form[:20], form[20:]]), iter([text[:20], text[20:]])):
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            assert requests.post(FLOWS, data=body, headers=headers, auth=auth(studio)).status_code == 201


def test_a_session_made_before_the_studio_is_covered_and_free_again_after() -> None:
    """The patch is of the class; a session keeps nothing."""
    session = requests.Session()
    with FakeStudio() as studio:
        assert session.get(FLOWS, auth=auth(studio)).ok
    assert type(session.get_adapter(FLOWS)) is HTTPAdapter
    assert set(vars(session)) == set(vars(requests.Session()))


def test_sessions_are_copied_and_pickled_while_a_studio_is_active() -> None:
    """And their copies are covered."""
    session = requests.Session()
    with FakeStudio() as studio:
        session.get(FLOWS, auth=auth(studio))
        for other in (copy.copy(session), copy.deepcopy(session), pickle.loads(pickle.dumps(session))):
            assert other.get(FLOWS, auth=auth(studio)).ok


def test_the_raw_answer_has_the_headers_that_urllib3_would_have() -> None:
    """With its kind of methods."""
    with FakeStudio() as studio:
        answer = requests.get(FLOWS, auth=auth(studio))
    assert answer.raw.headers.getlist("Content-Type") == ["application/json; charset=utf-8"]
    assert dict(answer.raw.headers.items()) == dict(answer.headers.items())
    assert answer.reason == "OK"


def test_resetting_the_mock_forgets_the_tests_answers_and_not_the_studio() -> None:
    """``studio.responses.reset()``."""
    with FakeStudio() as studio:
        studio.responses.get(FLOWS, status=503)
        assert requests.get(FLOWS, auth=auth(studio)).status_code == 503
        studio.responses.reset()
        assert requests.get(FLOWS, auth=auth(studio)).status_code == 200


def test_a_start_that_fails_leaves_nothing_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    """And no studio active."""

    def broken(*args: object) -> None:
        raise MemoryError("no")

    before = patched()
    with monkeypatch.context() as patch:
        patch.setattr("pytest_studio.transports.network._bypass_proxies", broken)
        with pytest.raises(MemoryError):
            FakeStudio().__enter__()
    assert patched() == before
    with pytest.raises(RuntimeError, match="no studio is active"):
        FakeStudio().responses  # noqa: B018


def test_a_request_that_outlives_the_studio_gets_the_clients_own_error() -> None:
    """As a thread that goes on does."""
    with FakeStudio():
        session = requests.Session()
        adapter = session.get_adapter(FLOWS)
    with pytest.raises(requests.ConnectionError, match="has been left"):
        adapter.send(requests.Request("GET", FLOWS).prepare())


def test_threads_share_a_studio() -> None:
    """Through the transport, too."""
    with FakeStudio() as studio, ThreadPoolExecutor(8) as pool:
        form = {"FriendlyName": "A", "Status": "draft", "Definition": '{"initial_state": "Trigger"}'}
        answers = pool.map(lambda _: requests.post(FLOWS, data=form, auth=auth(studio)).json()["sid"], range(64))
        assert set(answers) == set(studio.flows)
        assert len(studio.flows) == 64


def test_the_innermost_studio_that_knows_the_credentials_answers() -> None:
    """And when none does, the innermost answers 401."""
    with FakeStudio() as outer, FakeStudio() as inner:
        outer.add_flow()
        assert len(requests.get(FLOWS, auth=auth(outer)).json()["flows"]) == 1
        assert len(requests.get(FLOWS, auth=auth(inner)).json()["flows"]) == 0
        assert requests.get(FLOWS, auth=("AC0", "x")).status_code == 401
        assert [call.status for call in outer.calls] == [200]
        assert [call.status for call in inner.calls] == [200, 401]


def test_the_environment_holds_the_innermost_studios_credentials() -> None:
    """Until it is left; ``env=False`` leaves it alone."""
    with FakeStudio() as outer:
        with FakeStudio() as inner:
            assert os.environ["TWILIO_ACCOUNT_SID"] == inner.account_sid
            assert os.environ["TWILIO_AUTH_TOKEN"] == inner.auth_token
            with FakeStudio(env=False):
                assert os.environ["TWILIO_ACCOUNT_SID"] == inner.account_sid
        assert os.environ["TWILIO_ACCOUNT_SID"] == outer.account_sid


def test_studios_may_be_left_in_any_order() -> None:
    """The one that is still active answers on."""
    first, second = FakeStudio(), FakeStudio()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    try:
        assert requests.get(FLOWS, auth=auth(second)).ok
        assert os.environ["TWILIO_ACCOUNT_SID"] == second.account_sid
    finally:
        second.__exit__(None, None, None)


def test_a_studio_keeps_its_state_when_it_is_entered_again() -> None:
    """Leaving is not the end of it."""
    studio = FakeStudio()
    with studio:
        studio.add_flow()
    with studio:
        assert len(requests.get(FLOWS, auth=auth(studio)).json()["flows"]) == 1


def test_an_exception_inside_gives_everything_back() -> None:
    """Whatever happened: see the fixture above."""
    with pytest.raises(ZeroDivisionError), FakeStudio():
        1 / 0  # noqa: B018


def test_another_patch_of_the_same_place_survives_and_is_survived() -> None:
    """Somebody wraps ``get_adapter`` while a studio is active, and takes his wrap off after it is gone."""
    studio = FakeStudio()
    studio.__enter__()
    ours = requests.Session.get_adapter
    wrapped = lambda self, url: ours(self, url)  # noqa: E731
    requests.Session.get_adapter = wrapped  # type: ignore[method-assign]
    studio.__exit__(None, None, None)
    assert requests.Session.get_adapter is wrapped
    assert type(requests.Session().get_adapter(FLOWS)) is HTTPAdapter
    requests.Session.get_adapter = ours  # type: ignore[method-assign]
    with FakeStudio() as again:
        assert requests.get(FLOWS, auth=auth(again)).ok


@pytest.fixture
def names_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the real resolver is asked for; it refuses everything."""
    asked: list[str] = []

    def resolve(host: str, *args: object, **kwargs: object) -> None:
        asked.append(host)
        raise socket.gaierror(socket.EAI_NONAME, "no network in tests")

    for name in NAMES:
        monkeypatch.setattr(socket, name, resolve)
    return asked


def test_no_name_under_twilio_is_resolved(names_asked: list[str]) -> None:
    """Not for urllib, not for http.client, not for a bare socket; other names are."""
    with FakeStudio():
        for host in ("studio.twilio.com", "api.twilio.com", "API.Twilio.com.", "twilio.com"):
            with pytest.raises(urllib.error.URLError, match="pytest-studio: "):
                urllib.request.urlopen(f"https://{host}/v2/Flows")
            connection = http.client.HTTPSConnection(host)
            with pytest.raises(OSError, match="pytest-studio: "):
                connection.request("GET", "/")
            with socket.socket() as bare:
                for connect in (bare.connect, bare.connect_ex):
                    with pytest.raises(OSError, match="pytest-studio: "):
                        connect((host, 443))
            for name in NAMES:
                arguments = (host, 443) if name == "getaddrinfo" else (host,)
                with pytest.raises(socket.gaierror, match="pytest-studio: "):
                    getattr(socket, name)(*arguments)
        assert names_asked == []
        with pytest.raises(socket.gaierror, match="no network"):
            socket.getaddrinfo("example.com", 443)
    assert names_asked == ["example.com"]


def test_a_proxy_of_the_environment_resolves_no_name_for_us(
    server: str, names_asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would otherwise be asked for what is not resolved here; ``NO_PROXY`` is as before afterwards."""
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, server)
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "example.org")
    opener = urllib.request.build_opener()  # one of its own: urlopen keeps the first, with its proxies, for good
    with FakeStudio():
        assert os.environ["no_proxy"] == "example.org,twilio.com"
        for url in ("https://api.twilio.com/x", "http://studio.twilio.com/v2/Flows"):
            with pytest.raises(urllib.error.URLError, match="pytest-studio: "):
                opener.open(url)
    assert os.environ["no_proxy"] == "example.org"
    assert "NO_PROXY" not in os.environ
    assert names_asked == []


def test_a_client_that_is_not_covered_is_told_so() -> None:
    """Instead of a mere failure to resolve."""
    with FakeStudio(), pytest.raises(urllib.error.URLError, match="this client is not one that it covers"):
        urllib.request.urlopen(FLOWS)


def test_where_a_retry_would_sleep_the_clock_moves() -> None:
    """So that a limit is over when it is tried again; nothing sleeps."""
    with FakeStudio(now="2026-03-14T09:30:00Z") as studio, requests.Session() as session:
        retry = Retry(3, status_forcelist=[429, 503], backoff_factor=0.5)
        session.mount("https://", HTTPAdapter(max_retries=retry))
        auth = (studio.account_sid, studio.auth_token)
        studio.rate_limit(2, retry_after=1)
        assert [session.get(FLOWS, auth=auth).status_code for _ in range(4)] == [200] * 4
        assert [(call.status, call.time.second) for call in studio.calls] == [
            (200, 0), (200, 0), (429, 0), (200, 1), (200, 1)
        ]  # fmt: skip
        studio.fail(status=503, times=3)
        assert session.get(FLOWS, auth=auth).status_code == 200
        assert studio.calls[-1].time.second == 1 + 0 + 1 + 2  # the first of urllib3's pauses is none
        studio.fail(exception="connection", times=2)
        assert session.get(FLOWS, auth=auth).status_code == 200
        assert studio.calls[-1].time.second == 4 + 1


def test_a_sleep_of_a_retry_of_ones_own_is_called() -> None:
    """With the answer that asks for it; then the clock is left to it."""
    slept: list[Any] = []

    class Sleepy(Retry):
        def sleep(self, response: Any = None) -> None:
            slept.append(response and response.headers["Retry-After"])

    with FakeStudio(now="2026-03-14T09:30:00Z") as studio, requests.Session() as session:
        session.mount("https://", HTTPAdapter(max_retries=Sleepy(3, status_forcelist=[429])))
        studio.fail(status=429, retry_after=7)
        studio.fail(exception="connection")
        assert session.get(FLOWS, auth=(studio.account_sid, studio.auth_token)).status_code == 200
        assert slept == ["7", None]
        assert studio.calls[-1].time.second == 0


def test_a_session_that_wants_the_last_failure_as_an_answer_gets_it() -> None:
    """``raise_on_status=False`` of ``urllib3``: when the retries are used up, the answer is returned."""
    with FakeStudio() as studio, requests.Session() as session:
        studio.fail("v2.ListFlow", status=503, times=3)
        retries = Retry(total=2, status_forcelist=[503], raise_on_status=False)
        session.mount("https://", HTTPAdapter(max_retries=retries))
        assert session.get(FLOWS, auth=auth(studio)).status_code == 503
        assert [call.status for call in studio.calls] == [503, 503, 503]


def test_an_adapter_of_the_tests_own_answers_for_other_hosts_of_twilio() -> None:
    """Studio's own are answered here all the same."""

    class Canned(requests.adapters.BaseAdapter):
        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            answer = requests.Response()
            answer.status_code, answer.request, answer.url = 299, request, str(request.url)
            return answer

        def close(self) -> None:
            """There is nothing to close."""

    with FakeStudio() as studio, requests.Session() as session:
        session.mount("https://", Canned())
        assert session.get("https://api.twilio.com/2010-04-01/Accounts.json").status_code == 299
        assert session.get(FLOWS, auth=auth(studio)).status_code == 200


def test_older_releases_of_requests_are_refused_other_hosts_as_well() -> None:
    """Before 2.32 they ask an adapter for its connection by another name."""
    with FakeStudio() as studio, requests.Session() as session:
        adapter = session.get_adapter("https://api.twilio.com/")
        with pytest.raises(requests.ConnectionError, match=r"api\.twilio\.com"):
            adapter.get_connection("https://api.twilio.com/")  # type: ignore[attr-defined]
        assert len(studio.calls) == 1
