"""Unmodified clients, each in a process of its own: what reaches the fake is what its environment says.

The packages of Node.js come from the npm registry; they are kept for a month in the user's cache folder. Where npm or
the registry is not there, those tests are skipped.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from pytest_studio import FakeStudio

pytest.importorskip("h11")
pytest.importorskip("trustme")

PACKAGES = ("twilio", "twilio-cli")
#: Seconds for the registry, and for one run of a client.
INSTALL, RUN = 150, 60


class Chain(NamedTuple):
    """What the clients look for."""

    flow: str
    execution: str
    steps: list[str]
    contact: str


@pytest.fixture
def chain(studio: FakeStudio) -> Chain:
    """An Execution with five Steps, newest first, and its contact."""
    flow = studio.add_flow()
    execution = studio.add_execution(flow)
    steps = [step.sid for step in reversed(studio.add_steps(execution, 5))]
    return Chain(flow.sid, execution.sid, steps, execution.contact_channel_address)


def run(command: Sequence[str], env: dict[str, str], cwd: Path | None = None, fails: bool = False) -> str:
    """What a command prints to stdout; its failure is the test's, unless ``fails``: then what it prints to stderr."""
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=RUN, check=False)
    assert (done.returncode != 0) == fails, f"{command[0]} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}"
    return done.stderr if fails else done.stdout


def tool(name: str) -> str:
    """The path of a command; without it the test is skipped."""
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """A folder with twilio-node and twilio-cli in its ``node_modules``."""
    npm = tool("npm")
    tool("node")
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pytest-studio-tests"
    folder = cache / "npm"
    if folder.exists() and time.time() - folder.stat().st_mtime < 30 * 86_400:
        return folder
    try:
        cache.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(prefix="npm-", dir=cache))
    except OSError as error:
        pytest.skip(f"there is no cache folder for npm's packages: {error}")
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=20000"]
    try:
        done = subprocess.run(
            [npm, "install", *quiet, "--prefix", str(fresh), *PACKAGES],
            capture_output=True, text=True, timeout=INSTALL, check=False,
        )  # fmt: skip
        words = []
        if done.returncode:
            words = [line for line in done.stderr.splitlines() if "err" in line.lower()][:3] or ["it does not say why"]
    except subprocess.TimeoutExpired:
        words = [f"not done in {INSTALL} seconds"]
    if words:
        shutil.rmtree(fresh, ignore_errors=True)
        pytest.skip(f"npm cannot install {' and '.join(PACKAGES)}: {'; '.join(words)}")
    shutil.rmtree(folder, ignore_errors=True)
    os.utime(fresh)
    try:
        return fresh.rename(folder)
    except OSError:  # another run was faster
        return fresh


# -- curl ------------------------------------------------------------------------------------------------------


def test_curl_reaches_the_fake_through_the_proxy(studio: FakeStudio, studio_proxy: Any, chain: Chain) -> None:
    """By the environment alone, in both versions of the API."""
    curl = [tool("curl"), "-sS", "--fail", "-u", f"{studio.account_sid}:{studio.auth_token}"]
    for version in ("v1", "v2"):
        url = f"https://studio.twilio.com/{version}/Flows/{chain.flow}/Executions/{chain.execution}/Steps"
        page = json.loads(run([*curl, f"{url}?PageSize=2"], studio_proxy.env))
        assert [row["sid"] for row in page["steps"]] == chain.steps[:2]
        page = json.loads(run([*curl, page["meta"]["next_page_url"]], studio_proxy.env))
        assert [row["sid"] for row in page["steps"]] == chain.steps[2:4]
    assert len(studio.calls_to("*.ListExecutionStep")) == 4


def test_curl_is_kept_from_the_rest_of_twilio(studio: FakeStudio, studio_proxy: Any) -> None:
    """The proxy refuses to connect."""
    said = run([tool("curl"), "-sS", "https://api.twilio.com/2010-04-01/Accounts.json"], studio_proxy.env, fails=True)
    assert "403" in said
    assert "api.twilio.com is not reached" in str(studio.calls[-1].why)


def test_curl_reaches_the_server(studio: FakeStudio, studio_server: Any, chain: Chain) -> None:
    """And follows the urls that it is given."""
    curl = [tool("curl"), "-sS", "--fail", "-u", f"{studio.account_sid}:{studio.auth_token}"]
    url = f"{studio_server.url}/v2/Flows/{chain.flow}"
    flow = json.loads(run([*curl, url], dict(os.environ)))
    assert flow["url"] == url
    page = json.loads(run([*curl, flow["links"]["executions"]], dict(os.environ)))
    assert [row["sid"] for row in page["executions"]] == [chain.execution]


# -- Python ----------------------------------------------------------------------------------------------------

PYTHON = """
import json, sys
from twilio.rest import Client

flow, execution = sys.argv[1:]
of = Client().studio.v2.flows(flow).executions(execution)
print(json.dumps([step.sid for step in of.steps.list(page_size=2)]))
"""


def test_twilio_python_needs_only_a_proxy_and_a_ca_file(studio_proxy: Any, chain: Chain) -> None:
    """Beside its credentials; it lists three pages."""
    pytest.importorskip("twilio")
    names = {"HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PATH", "SYSTEMROOT"}
    env = {name: value for name, value in studio_proxy.env.items() if name in names}
    listed = run([sys.executable, "-c", PYTHON, chain.flow, chain.execution], env)
    assert json.loads(listed) == chain.steps


# -- Node.js ---------------------------------------------------------------------------------------------------

NODE = """
const [flow, execution, step, contact] = process.argv.slice(2);
const studio = require('twilio')().studio;

(async () => {
  const old = studio.v1.flows(flow).executions(execution);
  const context = await old.steps(step).stepContext().fetch();
  const seen = {stepSid: context.stepSid, context: context.context};
  seen.v1 = (await old.steps.list({pageSize: 2})).map(row => row.sid);
  seen.v2 = (await studio.v2.flows(flow).executions(execution).steps.list({pageSize: 2})).map(row => row.sid);
  try {
    await studio.v2.flows(flow).executions.create({to: contact, from: '+15550100001', parameters: {name: 'Ada'}});
  } catch (error) {
    seen.refused = [error.status, error.code];
  }
  const ended = await studio.v2.flows(flow).executions(execution).update({status: 'ended'});
  seen.status = ended.status;
  const made = await studio.v2.flows(flow).executions.create({
    to: contact, from: '+15550100001', parameters: {name: 'Zo\\u00eb'},
  });
  seen.made = made.sid;
  console.log(JSON.stringify(seen));
})();
"""


def test_twilio_node_reads_lists_and_is_refused(
    studio: FakeStudio, studio_proxy: Any, chain: Chain, node_modules: Path, tmp_path: Path
) -> None:
    """A Step Context of v1, Steps over three pages in both versions, a 409 for a contact that is busy."""
    script = tmp_path / "client.js"
    script.write_text(NODE, encoding="utf-8")
    execution = studio.executions[chain.execution]
    other = studio.add_execution(chain.flow, to="+15550100009", from_="+15550100001")
    env = {**studio_proxy.env, "NODE_PATH": str(node_modules / "node_modules")}
    command = [tool("node"), str(script), chain.flow, chain.execution, chain.steps[1], chain.contact]
    seen = json.loads(run(command, env, tmp_path))
    assert seen["stepSid"] == chain.steps[1]
    assert seen["context"] == studio.steps[chain.steps[1]].context
    assert seen["v1"] == seen["v2"] == chain.steps
    assert seen["refused"] == [409, 20409]
    assert (seen["status"], execution.status) == ("ended", "ended")
    assert studio.executions[seen["made"]].parameters == {"name": "Zoë"}
    assert other.status == "active"
    assert len(studio.calls_to("*.ListExecutionStep")) == 6


FETCH = """
const [url, user, password] = process.argv.slice(2);
const headers = {Authorization: 'Basic ' + Buffer.from(user + ':' + password).toString('base64')};

(async () => {
  const sids = [];
  for (let next = url + '?PageSize=2'; next; ) {
    const page = await (await fetch(next, {headers})).json();
    sids.push(...page.steps.map(row => row.sid));
    next = page.meta.next_page_url;
  }
  console.log(JSON.stringify(sids));
})();
"""


def test_plain_node_lists_from_the_server(studio: FakeStudio, studio_server: Any, chain: Chain, tmp_path: Path) -> None:
    """With ``fetch``, following ``next_page_url`` as it stands."""
    script = tmp_path / "client.js"
    script.write_text(FETCH, encoding="utf-8")
    url = f"{studio_server.url}/v2/Flows/{chain.flow}/Executions/{chain.execution}/Steps"
    listed = run([tool("node"), str(script), url, studio.account_sid, studio.auth_token], dict(os.environ))
    assert json.loads(listed) == chain.steps


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_twilio_cli_fetches_a_step_context(
    studio: FakeStudio, studio_proxy: Any, chain: Chain, node_modules: Path, tmp_path: Path, version: str
) -> None:
    """``twilio api:studio:…:steps:context:fetch``."""
    command = [
        tool("node"), str(node_modules / "node_modules/twilio-cli/bin/run"),
        f"api:studio:{version}:flows:executions:steps:context:fetch",
        "--flow-sid", chain.flow, "--execution-sid", chain.execution, "--step-sid", chain.steps[0], "-o", "json",
    ]  # fmt: skip
    home = dict.fromkeys(("HOME", "USERPROFILE", "XDG_CACHE_HOME", "XDG_CONFIG_HOME"), str(tmp_path))
    (context,) = json.loads(run(command, {**studio_proxy.env, **home}, tmp_path))
    assert context["stepSid"] == chain.steps[0]
    assert context["context"] == studio.steps[chain.steps[0]].context
    assert len(studio.calls_to(f"{version}.FetchExecutionStepContext")) == 1
