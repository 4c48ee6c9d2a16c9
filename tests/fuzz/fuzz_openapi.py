"""Fuzz ``pytest-studio serve`` with schemathesis and Twilio's OpenAPI documents of Studio, v1 and v2. Not a test.

    pip install schemathesis        # in an environment of its own
    STUDIO_OPENAPI=~/openapi SCHEMATHESIS=~/venv/bin/schemathesis python tests/fuzz/fuzz_openapi.py [cases an operation]

``STUDIO_OPENAPI`` names a folder with ``studio_v1.json`` and ``studio_v2.json``, as Twilio publishes them. The server
is filled with Executions, and two thirds of the generated paths get their SIDs, so that not all is answered 404.
Three checks: no answer of 500 and over, every body of a documented status as its schema says, every content type. The
documents list no answer of 400 and over, so a check of the statuses would say nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from pytest_studio import FakeStudio

CHECKS = "not_a_server_error,response_schema_conformance,content_type_conformance"

#: Runs inside of schemathesis; ``CHAINS`` is put before it.
HOOKS = """
import zlib
import schemathesis

KINDS = {"FlowSid": "flow", "ExecutionSid": "run", "EngagementSid": "engagement"}
NAMES = {"Flows": "flow", "Executions": "run", "Engagements": "engagement"}


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    if not path_parameters:
        return path_parameters
    dice = zlib.crc32(repr(sorted(path_parameters.items(), key=str)).encode("utf-8", "replace"))
    if dice % 3 == 0:
        return path_parameters
    operation = context.operation
    deletes = operation.method.upper() == "DELETE"
    half = len(CHAINS) // 2
    chain = CHAINS[half + dice % half if deletes else dice % half]  # what is deleted is nobody else's
    known = {}
    parts = operation.path.split("/")
    for before, part in zip(parts, parts[1:]):
        if part.startswith("{"):
            name = part[1:-1]
            if before == "Revisions":
                known[name] = ["1", "2", "LatestPublished", "LatestRevision"][dice % 4]
            elif before == "Steps":
                known[name] = chain["engaged" if "/Engagements/" in operation.path else "step"]
            elif before in NAMES:
                known[name] = chain[NAMES[before]]
    return {**path_parameters, **{name: value for name, value in known.items() if name in path_parameters}}
"""


def world(path: Path) -> list[dict[str, str]]:
    """Write a dump of a studio with forty chains; their SIDs."""
    studio = FakeStudio(seed=11, env=False)
    chains = []
    for number in range(40):
        flow = studio.add_flow(status="published", test_users=["+15550100001"], friendly_name=f"Flow {number}")
        flow.update(commit_message="second")
        run = studio.add_run(flow, [("ask", "incomingMessage", {"inbound": {"Body": "hé"}}), ("bye", "sent")])
        studio.add_steps(studio.add_execution(flow), 3)
        engagement = studio.add_engagement(flow)
        engaged = studio.add_step(engagement)
        sids = {"flow": flow, "run": run, "step": run.steps[-1], "engagement": engagement, "engaged": engaged}
        chains.append({name: record.sid for name, record in sids.items()})
    studio.dump(path)
    return chains


def main() -> int:
    """Fuzz both versions; the worst exit code of the two."""
    documents, tool = os.environ.get("STUDIO_OPENAPI"), os.environ.get("SCHEMATHESIS") or shutil.which("schemathesis")
    if not documents or not tool:
        print("skipped: set STUDIO_OPENAPI to a folder with studio_v1.json and studio_v2.json, and SCHEMATHESIS")
        return 0
    cases = sys.argv[1] if len(sys.argv) > 1 else "200"
    worst = 0
    for version in ("v1", "v2"):
        with tempfile.TemporaryDirectory() as folder:
            chains = world(Path(folder, "dump.json"))
            Path(folder, "studio_hooks.py").write_text(f"CHAINS = {json.dumps(chains)}\n{HOOKS}", encoding="utf-8")
            command = [sys.executable, "-m", "pytest_studio", "serve", "--port", "0", "--quiet", "--seed", "11"]
            server = subprocess.Popen([*command, "--data", f"{folder}/dump.json"], stdout=subprocess.PIPE, text=True)
            try:
                assert server.stdout is not None
                url, sid, token = (server.stdout.readline().strip() for _ in range(3))
                code = subprocess.run(
                    [
                        tool, "run", f"{documents}/studio_{version}.json", "--url", url, "--checks", CHECKS,
                        "--auth", f"{sid.partition('=')[2]}:{token.partition('=')[2]}", "--max-examples", cases,
                        "--continue-on-failure", "--suppress-health-check", "all", "--seed", "1",
                    ],
                    env={**os.environ, "SCHEMATHESIS_HOOKS": "studio_hooks", "PYTHONPATH": folder},
                    cwd=folder, check=False, timeout=3600,
                ).returncode  # fmt: skip
                worst = max(worst, code)
            finally:
                server.terminate()
                server.wait(10)
    return worst


if __name__ == "__main__":
    sys.exit(main())
