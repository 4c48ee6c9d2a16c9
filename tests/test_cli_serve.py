"""``pytest-studio serve`` and ``pytest-studio proxy``: each in a process of its own, as a shell starts it."""

from __future__ import annotations

import base64
import contextlib
import http.client
import json
import os
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from helpers import SMALLEST, definition, state

from pytest_studio import FakeStudio

pytest.importorskip("h11")

LONG = 30
COMMAND = [sys.executable, "-m", "pytest_studio"]


@contextlib.contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A command that runs until the block ends; then it is asked to stop, as by a service manager."""
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=LONG)
        finally:
            process.kill()


def refused(*arguments: str) -> str:
    """What a command says that ends with 2."""
    done = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=LONG, check=False)
    assert done.returncode == 2, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    """The first lines of its stdout."""
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(count)]


def ask(url: str, path: str, user: str, password: str, form: str | None = None) -> tuple[int, Any]:
    """Status and payload of a GET, or of the POST of a form."""
    encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
    with contextlib.closing(http.client.HTTPConnection(url.removeprefix("http://"), timeout=LONG)) as client:
        headers = {"Authorization": f"Basic {encoded}"}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        client.request("GET" if form is None else "POST", path, form, headers)
        answer = client.getresponse()
        return answer.status, json.loads(answer.read())


def stopped(process: subprocess.Popen[str], by: int = signal.SIGTERM) -> tuple[int, str]:
    """Exit code and stderr of a command that is told to stop."""
    process.send_signal(by)
    _, errors = process.communicate(timeout=LONG)
    return process.returncode, errors


AT_ANY_LINE = """
import os, signal, sys, threading
from pytest_studio.cli.studio import told_to_stop, wait

told = told_to_stop()

def stops_at(number):
    def trace(frame, event, _):
        nonlocal number
        number -= 1
        if number == 0:
            signal.raise_signal(signal.SIGTERM)
        return trace
    return trace

for number in range(1, 20):
    later = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGTERM))  # where it has fewer lines
    later.start()
    sys.settrace(stops_at(number))
    wait(told)
    sys.settrace(None)
    later.join()
    while not told.empty():
        told.get()
"""


@pytest.mark.skipif(os.name != "posix", reason="no SIGTERM that is handled")
def test_it_may_be_told_to_stop_at_any_moment() -> None:
    """While it looks whether it was told, too."""
    subprocess.run([sys.executable, "-c", AT_ANY_LINE], timeout=LONG, check=True)


def test_requests_are_answered_when_nobody_reads_their_lines() -> None:
    """As behind ``2>&1 | head``."""
    with started("serve", "--port", "0") as process:
        url, sid, token = (line.partition("=")[2] or line for line in lines(process, 3))
        assert process.stderr is not None
        process.stderr.close()
        assert [ask(url, "/v2/Flows", sid, token)[0] for _ in range(3)] == [200] * 3


def test_who_reads_only_the_first_line_is_served() -> None:
    """As by ``serve | head -1``."""
    with started("serve", "--port", "0", "--seed", "3", "--quiet") as process:
        [url] = lines(process, 1)
        assert process.stdout is not None
        process.stdout.close()
        process.stdout = None
        assert ask(url, "/v2/Flows", "AC0", "x")[0] == 401
        assert stopped(process)[0] == 0


def test_serve_says_why_it_refused_and_what_it_ignored() -> None:
    """For those whose clients are not in Python, this is all there is to see."""
    with started("serve", "--port", "0") as process:
        url, sid, token = (line.partition("=")[2] or line for line in lines(process, 3))
        assert ask(url, "/v2/Flows?page_size=3", sid, token)[0] == 200
        assert ask(url, "/v2/Flow", sid, token)[0] == 404
        _, said = stopped(process)
    assert [line[:40] for line in said.splitlines()] == [
        "GET /v2/Flows?page_size=3 200",
        "    ignored: page_size=3 is no parameter",
        "GET /v2/Flow 404",
        "    no operation of Studio has this path",
    ]


def test_serve_prints_where_and_for_whom(tmp_path: Path) -> None:
    """Url, SID and token on the first lines; Flows and data from files; a line a request to stderr."""
    flow = tmp_path / "booking.json"
    flow.write_text(json.dumps(SMALLEST), encoding="utf-8")
    data = tmp_path / "data.json"
    sid = "FW" + "0" * 32
    data.write_text(
        json.dumps({"sid": sid, "friendly_name": "Loaded", "url": f"https://studio.twilio.com/v2/Flows/{sid}"}),
        encoding="utf-8",
    )
    given = ("--account-sid", "AC" + "1" * 32, "--auth-token", "secret", "--now", "2026-01-31T09:30:00Z")
    with started("serve", "--port", "0", "--flow", str(flow), "--data", str(data), *given) as process:
        url, account, token = lines(process, 3)
        assert (account, token) == (f"TWILIO_ACCOUNT_SID=AC{'1' * 32}", "TWILIO_AUTH_TOKEN=secret")
        status, page = ask(url, "/v2/Flows", "AC" + "1" * 32, "secret")
        assert status == 200
        assert {row["friendly_name"] for row in page["flows"]} == {"booking", "Loaded"}
        made = next(row for row in page["flows"] if row["friendly_name"] == "booking")
        assert (made["date_created"], made["status"]) == ("2026-01-31T09:30:00Z", "published")
        assert page["meta"]["url"].startswith(f"{url}/v2/Flows")
        assert ask(url, "/v2/Flows", "AC" + "1" * 32, "wrong")[0] == 401
        code, errors = stopped(process)
    assert code == 0
    stored, *requests = [line for line in errors.splitlines() if line[0] != " "]
    assert stored.startswith(f"--flow {flow}: it is stored, but does not run: ")
    assert requests == ["GET /v2/Flows 200", "GET /v2/Flows 401"]


@pytest.fixture
def running(tmp_path: Path) -> Path:
    """The file of a Flow that asks a server which is not there, once a question's time is up, and hands over."""
    lookup = state("lookup", "make-http-request", success="desk", failed="desk")
    lookup["properties"] = {
        "method": "GET",
        "url": "{{flow.data.url}}",
        "content_type": "application/json;charset=utf-8",
    }
    desk = state("desk", "send-to-flex", callComplete=None, failedToEnqueue=None, callFailure=None)
    desk["properties"] = {"workflow": "WW1", "channel": "TC1", "attributes": "{}"}
    flow = tmp_path / "desk.json"
    made = definition(state("Trigger", "trigger", incomingRequest="lookup"), lookup, desk)
    flow.write_text(json.dumps({**made, "flags": {"allow_concurrent_calls": True}}), encoding="utf-8")
    return flow


def execution(process: subprocess.Popen[str], url: str, widgets: int = 0) -> list[tuple[str, str]]:
    """Start an Execution of the server's Flow: widget and event of its Steps, oldest first, once there are so many."""
    base, sid, token = (line.partition("=")[2] or line for line in lines(process, 3))
    flow = lines(process, 1)[0].split()[2]
    form = urlencode({"To": "+15550100001", "From": "+15550100002", "Parameters": json.dumps({"url": url})})
    _, made = ask(base, f"/v2/Flows/{flow}/Executions", sid, token, form)
    until = time.monotonic() + LONG
    while True:  # what asks another server goes on behind
        _, page = ask(base, f"/v2/Flows/{flow}/Executions/{made['sid']}/Steps", sid, token)
        if len(page["steps"]) >= widgets or time.monotonic() > until:
            return [(step["transitioned_from"], step["name"]) for step in reversed(page["steps"])]


def said_by(process: subprocess.Popen[str], words: str) -> str:
    """What a command has said on stderr by the line that has these words."""
    assert process.stderr is not None
    said = ""
    late = threading.Timer(LONG, process.kill)
    late.start()
    for line in process.stderr:
        said += line
        if words in line:
            break
    late.cancel()
    return said


def test_a_flow_that_is_given_to_serve_runs(running: Path) -> None:
    """Any client starts an Execution, and sees its Steps; a server on this machine is asked."""
    pytest.importorskip("liquid")
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with started("serve", "--port", "0", "--flow", str(running), "--assume-success") as process:
        path = execution(process, f"http://127.0.0.1:{port}/", widgets=3)
        _, said = stopped(process)
    assert path == [("Trigger", "incomingRequest"), ("lookup", "failed"), ("desk", "callComplete")]
    assert "stands still" not in said


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "https://crm.example.com/",
            "'lookup' (make-http-request) asks GET https://crm.example.com/, and nothing answers",
        ),
        ("http://127.0.0.1:1/", "and nobody has said how that ends; --assume-success lets it go well"),
    ],
)
def test_serve_says_that_a_flow_stands_still(running: Path, url: str, words: str) -> None:
    """And why; nobody else is there to tell."""
    pytest.importorskip("liquid")
    with started("serve", "--port", "0", "--quiet", "--flow", str(running)) as process:
        execution(process, url)
        said = said_by(process, words)
    assert re.search(r"^Execution FN[0-9a-f]{32} of desk stands still: '", said, re.M)
    assert words in said


def test_without_liquid_a_flow_is_stored(running: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it would be by the REST API, and serve says what is missing."""
    absent = tmp_path / "absent" / "liquid"
    absent.mkdir(parents=True)
    (absent / "__init__.py").write_text("raise ImportError", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(absent.parent))
    with started("serve", "--port", "0", "--flow", str(running)) as process:
        assert execution(process, "https://crm.example.com/") == []
        _, said = stopped(process)
    assert said.startswith(f"--flow {running}: it is stored, but does not run: ")
    assert "pip install 'pytest-studio[flow]'" in said


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_serve_stops_when_it_is_told_to(by: int) -> None:
    """Ctrl-C and SIGTERM: exit code 0, with a client connected, and quiet if asked to be."""
    with started("serve", "--port", "0", "--quiet", "--keep-urls", "--vintage", "2023") as process:
        url, account, token = lines(process, 3)
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=LONG):
            _, page = ask(url, "/v2/Flows", account.partition("=")[2], token.partition("=")[2])
            assert stopped(process, by) == (0, "")
    assert page["meta"]["url"].startswith("https://studio.twilio.com/")


def test_the_same_seed_is_the_same_account() -> None:
    """So that a script can have the credentials beforehand."""
    printed = []
    for _ in range(2):
        with started("serve", "--port", "0", "--seed", "7") as process:
            printed.append(lines(process, 3)[1:])
    assert printed[0] == printed[1]


@pytest.mark.parametrize("command", ["serve", "proxy"])
def test_a_port_that_is_taken_ends_with_2(command: str) -> None:
    """And names it."""
    if command == "proxy":
        pytest.importorskip("trustme")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(command, "--port", str(port))
    assert f"pytest-studio {command}: " in said
    assert f"cannot listen on 127.0.0.1, port {port}: Address already in use" in said


@pytest.mark.parametrize(
    ("option", "text", "words"),
    [
        ("--flow", "{", "x.json: it is no JSON"),
        ("--flow", "[]", "x.json: a Flow Definition is an object, not a list of 0"),
        ("--flow", None, "there is no file"),
        ("--flow", '{"a": 1}', "x.json: this is no Flow Definition"),
        ("--flow", '{"states": []}', "x.json: is no definition of a Flow: #/initial_state is missing"),
        ("--data", None, "x.json: "),
        ("--data", "{", "x.json"),
        ("--data", json.dumps(definition()), "this is a Flow Definition, which studio.load_flow takes, and --flow of"),
    ],
)
def test_a_file_that_cannot_be_used_ends_with_2(tmp_path: Path, option: str, text: str | None, words: str) -> None:
    """And says which, and why."""
    file = tmp_path / "x.json"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    said = refused("serve", "--port", "0", option, str(file))
    assert said.startswith(f"pytest-studio serve: {option}")
    assert words in said


def test_a_recording_that_cannot_be_used_is_named_once(tmp_path: Path) -> None:
    """Option, file, place, fault."""
    file = tmp_path / "x.json"
    file.write_text('{"name": "x"}', encoding="utf-8")
    said = refused("serve", "--port", "0", "--data", str(file))
    assert said.startswith(f"pytest-studio serve: --data {file}: entry 1, line 1: this is no payload of Studio's")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--account-sid", "AC1"], "--account-sid 'AC1' is no Account SID"),
        (["--auth-token", ""], "--auth-token is empty: give one, or leave the option out"),
        (["--now", "yesterday"], "--now 'yesterday' is no date: write it as"),
        (["--retention-days", "-1"], "--retention-days is a number of days above 0, not -1"),
        (["--vintage", "1999"], "--vintage is one of '2023', '2025', '2026', 'next', not '1999'"),
    ],
)
@pytest.mark.parametrize("command", ["serve", "proxy"])
def test_an_argument_that_cannot_be_used_ends_with_2(command: str, arguments: list[str], words: str) -> None:
    """And is named first, with what would be right."""
    if command == "proxy":
        pytest.importorskip("trustme")
    assert refused(command, "--port", "0", *arguments).startswith(f"pytest-studio {command}: {words}")


def test_a_port_that_there_is_not_ends_with_2() -> None:
    """And is named."""
    assert "70000" in refused("serve", "--port", "70000")


def test_proxy_prints_what_a_shell_can_evaluate() -> None:
    """The variables that differ from its own; a client with them reaches the fake; the CA file goes in the end."""
    pytest.importorskip("trustme")
    with started("proxy", "--port", "0", "--quiet") as process:
        assert process.stdout is not None
        found = {}
        while "TWILIO_AUTH_TOKEN" not in found:
            line = process.stdout.readline()
            word, assignment = shlex.split(line)
            assert word == "export"
            name, _, found[name.partition("=")[0]] = assignment.partition("=")
        url, ca_file = found["HTTPS_PROXY"], found["SSL_CERT_FILE"]
        host, _, port = url.removeprefix("http://").partition(":")
        context = ssl.create_default_context(cafile=ca_file)
        client = http.client.HTTPSConnection(host, int(port), timeout=LONG, context=context)
        client.set_tunnel("studio.twilio.com")
        with contextlib.closing(client):
            client.request("GET", "/v2/Flows")
            assert client.getresponse().status == 401
        assert stopped(process) == (0, "")
    assert not Path(ca_file).exists()


def test_proxy_takes_back_what_would_bypass_it() -> None:
    """Variables of the shell that count for more than those it sets."""
    from pytest_studio.cli.proxy import _printed

    assert _printed("sh", {"A": "a b"}, ["NODE_EXTRA", "OTHER"]) == "export A='a b'\nunset NODE_EXTRA OTHER"
    assert _printed("dotenv", {"A": "a b"}, ["OTHER"]) == "A='a b'"


@pytest.mark.parametrize("form", ["json", "dotenv"])
def test_proxy_prints_other_forms_of_environments(form: str) -> None:
    """One object, or the lines of a ``.env`` file."""
    pytest.importorskip("trustme")
    with started("proxy", "--port", "0", "--env", form, "--account-sid", "AC" + "1" * 32) as process:
        assert process.stdout is not None
        if form == "json":
            assert json.loads(process.stdout.readline())["TWILIO_ACCOUNT_SID"] == "AC" + "1" * 32
        else:
            assert process.stdout.readline().startswith("HTTP_PROXY=http://127.0.0.1:")


@pytest.mark.parametrize(
    ("user", "begin"), [("", "user '' came"), ("AC0", "user 'AC0' came"), ("{sid}", "user '{sid}' came with a wrong")]
)
def test_whoever_has_no_credentials_is_led_to_those_that_were_printed(user: str, begin: str) -> None:
    """A client in another language has no fixture, and no ini."""
    with started("serve", "--port", "0") as process:
        url, sid, _ = (line.partition("=")[2] or line for line in lines(process, 3))
        assert ask(url, "/v2/Flows", user.format(sid=sid), "x")[0] == 401
        _, said = stopped(process)
    line = said.splitlines()[1].strip()
    assert line.startswith(begin.format(sid=sid))
    assert line.endswith(f"; use the TWILIO_ACCOUNT_SID ({sid}) and TWILIO_AUTH_TOKEN that this command has printed")


@pytest.mark.parametrize(("given", "same"), [("7", True), ("random", False)])
def test_a_seed_of_a_command_is_that_of_a_studio(given: str, same: bool) -> None:
    """Or drawn anew."""
    with started("serve", "--port", "0", "--seed", given) as process:
        sid = lines(process, 2)[1].partition("=")[2]
    assert (sid == FakeStudio(seed=7).account_sid) is same
