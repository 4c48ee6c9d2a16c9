"""``studio_server`` and ``studio_proxy``, as a downstream suite sees them: each test runs pytest in its own process."""

from __future__ import annotations

import pytest

pytest.importorskip("h11")
pytest.importorskip("trustme")

pytest_plugins = ["pytester"]

ASK = """
import base64, http.client, json, ssl, subprocess, sys, pytest

def basic(studio):
    return {"Authorization": "Basic " + base64.b64encode(f"{studio.account_sid}:{studio.auth_token}".encode()).decode()}

def ask(server, path="/v2/Flows"):
    client = http.client.HTTPConnection(server.host, server.port, timeout=10)
    client.request("GET", path, headers=basic(server.studio))
    answer = client.getresponse()
    status, body = answer.status, json.loads(answer.read())
    client.close()
    return status, body
"""


@pytest.fixture
def suite(pytester: pytest.Pytester):
    """Runs a downstream suite: ``suite(source, *arguments)``."""
    pytester.makeini("[pytest]\nfilterwarnings = error\n")

    def run(source: str, *arguments: str) -> pytest.RunResult:
        pytester.path.joinpath("test_it.py").write_text(ASK + source, encoding="utf-8")
        return pytester.runpytest_subprocess("-p", "no:cacheprovider", *arguments)

    return run


def test_the_server_is_one_and_the_studio_behind_it_each_tests_own(suite) -> None:
    """The same url in the whole session; what one test stored the next does not see."""
    suite(
        """
urls = set()

@pytest.mark.parametrize("number", range(3))
def test_it(studio, studio_server, number):
    urls.add(studio_server.url)
    assert studio_server.studio is studio
    assert len(urls) == 1
    studio.add_flow(friendly_name=str(number))
    status, page = ask(studio_server)
    assert (status, [flow["friendly_name"] for flow in page["flows"]]) == (200, [str(number)])
    assert [call.operation for call in studio.calls] == ["v2.ListFlow"]
"""
    ).assert_outcomes(passed=3)


def test_each_worker_has_a_server_of_its_own(suite) -> None:
    """And nothing is shared between them."""
    suite(
        """
@pytest.mark.parametrize("number", range(8))
def test_it(studio, studio_server, studio_proxy, number):
    studio.add_flow()
    assert len(ask(studio_server)[1]["flows"]) == 1
    assert len(studio.calls) == 1
""",
        "-p",
        "xdist",
        "-n",
        "2",
    ).assert_outcomes(passed=8)


def test_calls_through_the_server_stand_in_the_report(suite) -> None:
    """And are judged like all others."""
    result = suite(
        """
def test_fails(studio_server):
    ask(studio_server, "/v2/Flows/FW" + "0" * 32)
    assert False

def test_strict(studio_server):
    assert ask(studio_server, "/v2/Flows?page_size=3")[0] == 200
"""
    )
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["*FetchFlow*404*", "*page_size*"])


def test_between_tests_the_server_says_that_nobody_answers(suite) -> None:
    """To a client that a test left behind."""
    suite(
        """
kept = []

def test_one(studio_server):
    kept.append((studio_server.host, studio_server.port))

def test_two():
    client = http.client.HTTPConnection(*kept[0], timeout=10)
    client.request("GET", "/v2/Flows")
    answer = client.getresponse()
    assert (answer.status, b"no test that uses" in answer.read()) == (503, True)
    client.close()
"""
    ).assert_outcomes(passed=2)


def test_a_client_that_a_fault_left_hanging_does_not_hold_up_the_session(suite) -> None:
    """It is let go with its test."""
    suite(
        """
import socket
left = []

def test_one(studio, studio_server):
    studio.fail("v2.ListFlow", exception="timeout")
    client = socket.create_connection((studio_server.host, studio_server.port), timeout=10)
    left.append(client)
    token = basic(studio)["Authorization"]
    client.sendall(f"GET /v2/Flows HTTP/1.1\\r\\nHost: x\\r\\nAuthorization: {token}\\r\\n\\r\\n".encode())
    assert ask(studio_server, "/v2/Flows")[0] == 200

def test_two():
    try:
        assert left[0].recv(10) == b""
    except ConnectionResetError:
        pass
    left[0].close()
"""
    ).assert_outcomes(passed=2)


def test_the_proxy_is_one_and_its_environment_each_tests_own(suite) -> None:
    """A process with nothing but that environment reaches this test's studio."""
    suite(
        """
CLIENT = '''
import os, ssl, urllib.request, base64
user = os.environ["TWILIO_ACCOUNT_SID"] + ":" + os.environ["TWILIO_AUTH_TOKEN"]
request = urllib.request.Request("https://studio.twilio.com/v2/Flows")
request.add_header("Authorization", "Basic " + base64.b64encode(user.encode()).decode())
print(urllib.request.urlopen(request).read().decode())
'''
urls = set()

@pytest.mark.parametrize("number", range(2))
def test_it(studio, studio_proxy, number):
    urls.add(studio_proxy.url)
    assert len(urls) == 1
    studio.add_flow(friendly_name=str(number))
    done = subprocess.run([sys.executable, "-c", CLIENT], env=studio_proxy.env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert [flow["friendly_name"] for flow in json.loads(done.stdout)["flows"]] == [str(number)]
    assert [call.operation for call in studio.calls] == ["v2.ListFlow"]

def test_in_this_process(studio, studio_proxy):
    client = http.client.HTTPSConnection(
        studio_proxy.host, studio_proxy.port, context=ssl.create_default_context(cafile=studio_proxy.ca_file)
    )
    client.set_tunnel("studio.twilio.com")
    client.request("GET", "/v2/Flows", headers=basic(studio))
    assert client.getresponse().read()
    client.close()
    assert len(studio.calls) == 1
"""
    ).assert_outcomes(passed=3)


@pytest.mark.parametrize(("fixture", "library"), [("studio_server", "h11"), ("studio_proxy", "trustme")])
def test_a_missing_extra_names_the_command_that_installs_it(suite, fixture: str, library: str) -> None:
    """And nothing else fails."""
    result = suite(
        f"""
sys.modules["{library}"] = None

def test_it({fixture}):
    pass

def test_other(studio):
    pass
"""
    )
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*needs the {library} package*pip install 'pytest-studio[[]server]'*"])
