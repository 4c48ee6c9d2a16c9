"""The server: from spawn to the first answer, and requests a second, beside Prism in the same run.

Prism (``npm install @stoplight/prism-cli``) is looked for in ``PRISM``, a folder with a ``node_modules``; its document
of Studio in ``STUDIO_OPENAPI``, a folder with ``studio_v2.json``. Where either is missing, ours runs alone.

    PRISM=~/npm STUDIO_OPENAPI=~/openapi python benchmarks/server.py
"""

from __future__ import annotations

import asyncio
import base64
import http.client
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from _common import AC, HEX, REPOSITORY, budget, table, verdict

TOKEN = "t"
AUTH = "Basic " + base64.b64encode(f"{AC}:{TOKEN}".encode()).decode()
CONNECTIONS = 64
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def ours(port: int) -> list[str]:
    return [sys.executable, "-m", "pytest_studio", "serve", "--quiet", "--port", str(port), "--seed", "1",
            "--account-sid", AC, "--auth-token", TOKEN]  # fmt: skip


def prism() -> list[str] | None:
    """Prism's command without its port, or None with a note."""
    cli = Path(os.environ.get("PRISM", "")) / "node_modules/@stoplight/prism-cli/dist/index.js"
    document = Path(os.environ.get("STUDIO_OPENAPI", "")) / "studio_v2.json"
    for path, words in ((cli, "PRISM names no folder with Prism"), (document, "STUDIO_OPENAPI names no folder")):
        if not path.is_file():
            print(f"(skipped prism: {words})")
            return None
    node = shutil.which("node")
    if node is None:
        print("(skipped prism: no node)")
        return None
    return [node, str(cli), "mock", "-v", "error", str(document), "-p"]


def free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int, path: str = "/") -> Iterator[float]:
    """A server that has answered once; gives the seconds that it took."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        while True:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            try:
                connection.request("GET", path)
                connection.getresponse().read()
                break
            except OSError:
                if process.poll() is not None:
                    sys.exit(f"{' '.join(command)} ended with {process.returncode}")
                time.sleep(0.002)
            finally:
                connection.close()
        yield time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


# -- load, in a process of its own -----------------------------------------------------------------------------


class Client(asyncio.Protocol):
    """Asks again as soon as it is answered."""

    def __init__(self, request: bytes, done: list[int]) -> None:
        self.request, self.done, self.length, self.got = request, done, 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        transport.write(self.request)  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        self.got += data
        if not self.length:
            head, found, _ = self.got.partition(b"\r\n\r\n")
            if not found:
                return
            lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            assert head.startswith(b"HTTP/1.1 200"), head
            self.length = len(head) + 4 + int(lengths[0].partition(b":")[2])
        if len(self.got) >= self.length:
            assert self.got.startswith(b"HTTP/1.1 200"), self.got[:300]
            self.got, self.length = b"", 0
            self.done[0] += 1
            self.transport.write(self.request)  # type: ignore[attr-defined]


async def load(port: int, path: str, connections: int, seconds: float) -> float:
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: {AUTH}\r\nAccept: */*\r\n\r\n".encode()
    done, loop = [0], asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(lambda: Client(request, done), "127.0.0.1", port)
    await asyncio.sleep(0.2)
    before, started = done[0], time.perf_counter()
    await asyncio.sleep(seconds)
    return (done[0] - before) / (time.perf_counter() - started)


def rate(port: int, path: str, connections: int, seconds: float = 2.0) -> float:
    arguments = [sys.executable, __file__, "load", str(port), path, str(connections), str(seconds)]
    return float(subprocess.run(arguments, check=True, capture_output=True, text=True, timeout=60).stdout)


def post(port: int, path: str, form: str) -> str:
    """The SID of what a POST makes."""
    import json

    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Authorization": AUTH, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", path, form, headers)
    body = json.loads(connection.getresponse().read())
    connection.close()
    return str(body["sid"])


# -- the tables ------------------------------------------------------------------------------------------------


def start_up(peer: list[str] | None, rounds: int = 9) -> None:
    taken: dict[str, list[float]] = {"pytest-studio serve": [], "python -c pass": []}
    if peer:
        taken["prism mock"] = []
    for number in range(rounds + 1):
        figures = {}
        port = free()
        with running(ours(port), port) as seconds:
            figures["pytest-studio serve"] = seconds
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=True, env=ENVIRONMENT)
        figures["python -c pass"] = time.perf_counter() - started
        if peer:
            port = free()
            with running([*peer, str(port)], port) as seconds:
                figures["prism mock"] = seconds
        if number:  # the first round fills caches
            for name, seconds in figures.items():
                taken[name].append(seconds * 1e3)
    found = table("from spawn to the first answer", taken, "ms", "prism mock" if peer else None)
    if peer:
        budget("start-up", found["pytest-studio serve"].ratio, 0.1, "x Prism's")


def rates(peer: list[str] | None, rounds: int = 5) -> None:
    taken: dict[str, list[float]] = {}
    port = free()
    with running(ours(port), port):
        flow = post(
            port, "/v2/Flows", "FriendlyName=A&Status=published&Definition=%7B%22initial_state%22%3A+%22T%22%7D"
        )
        run = post(port, f"/v2/Flows/{flow}/Executions", "To=%2B15550100001&From=%2B15550100002")
        path = f"/v2/Flows/{flow}/Executions/{run}"
        other = free()
        like = f"/v2/Flows/FW{HEX}/Executions/FN{HEX}"
        with running([*peer, str(other)], other) if peer else running(ours(other), other):
            for _ in range(rounds):
                for connections in (1, CONNECTIONS):
                    name = f"pytest-studio serve, {connections}"
                    taken.setdefault(name, []).append(rate(port, path, connections))
                    if peer:
                        taken.setdefault(f"prism mock, {connections}", []).append(rate(other, like, connections))
    reference = "prism mock, 1" if peer else None
    found = table("an Execution fetched, connections kept alive: requests a second", taken, "1/s", reference)
    many = statistics.median(taken[f"pytest-studio serve, {CONNECTIONS}"])
    budget(f"requests a second, {CONNECTIONS} connections", 2000 / many, 1.0, "of the time that 2,000 may take")
    if peer:
        budget("rate, one connection", 1 / found["pytest-studio serve, 1"].ratio, 0.5, "x Prism's time")


if __name__ == "__main__":
    if sys.argv[1:2] == ["load"]:
        _, _, at, where, how_many, how_long = sys.argv
        print(asyncio.run(load(int(at), where, int(how_many), float(how_long))))
        os._exit(0)
    print(f"(from {REPOSITORY})")
    found_peer = prism()
    start_up(found_peer)
    rates(found_peer)
    verdict("h11")
