"""A page in headless Chromium, driven through its debugging pipe: real keys, no further library."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

#: Keys that produce a character, or do something by default, need more than their name.
KEYS = {"Enter": (13, "\r"), "Tab": (9, ""), "Escape": (27, ""), " ": (32, " "),
        "ArrowDown": (40, ""), "ArrowUp": (38, ""), "ArrowLeft": (37, ""), "ArrowRight": (39, "")}  # fmt: skip


def executable() -> str | None:
    """Path of a Chromium or Chrome, or None."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
    return os.environ.get("CHROMIUM") or next((path for name in names if (path := shutil.which(name))), None)


class Chromium:
    """One browser with one page: ``open``, ``evaluate``, ``press``, ``resize``, ``screenshot``; ``.complaints``."""

    def __init__(self, path: str, patience: float = 60.0) -> None:
        self.patience = patience
        self.complaints: list[str] = []
        self._number, self._rest, self._session = 0, b"", None
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        there, self._write = os.pipe()
        self._read, back = os.pipe()
        flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-extensions", "--disable-background-networking", "--proxy-server=127.0.0.1:9",
                 f"--user-data-dir={self._folder.name}", "--remote-debugging-pipe"]  # fmt: skip
        # Chromium reads commands from descriptor 3 and answers on 4, whatever ours are called.
        command = f'exec 5<&{there} 6>&{back}; exec "$0" "$@" 3<&5 4>&6'
        self._process = subprocess.Popen(
            ["/bin/bash", "-c", command, path, *flags, "about:blank"],
            pass_fds=(there, back),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(back)
        try:
            target = next(each["targetId"] for each in self._pages() if each["type"] == "page")
            self._session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
            for domain in ("Page", "Runtime", "Log"):
                self.send(f"{domain}.enable")
        except BaseException:
            self.__exit__(None, None, None)
            raise

    def _pages(self) -> list[dict[str, Any]]:
        until = time.monotonic() + self.patience
        while time.monotonic() < until:
            found = self.send("Target.getTargets")["targetInfos"]
            if any(each["type"] == "page" for each in found):
                return found
        raise TimeoutError("Chromium shows no page")

    def __enter__(self) -> Chromium:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._write)
        os.close(self._read)
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._folder.cleanup()

    def send(self, method: str, **params: Any) -> dict[str, Any]:
        """Do something, and wait for the answer; what the page complains of meanwhile is kept."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        if self._session is not None:
            message["sessionId"] = self._session
        os.write(self._write, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer["error"]
                return dict(answer["result"])

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + self.patience
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._read], [], [], max(until - time.monotonic(), 0))
            if not ready:
                raise TimeoutError("Chromium does not answer")
            more = os.read(self._read, 1 << 20)
            if not more:
                raise ConnectionError("Chromium has gone")
            self._rest += more
        line, _, self._rest = self._rest.partition(b"\0")
        message: dict[str, Any] = json.loads(line)
        if message.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"):
            self.complaints.append(json.dumps(message["params"])[:2000])
        self.last = message.get("method")
        return message

    def open(self, path: Path) -> None:
        """Show a file, and wait until it is loaded."""
        self.send("Page.navigate", url=path.as_uri())
        while self.evaluate("document.readyState + ' ' + location.href") != f"complete {path.as_uri()}":
            pass

    def evaluate(self, script: str) -> Any:
        """What a script comes to, as JSON."""
        answer = self.send("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, *keys: str) -> None:
        """Press keys one after the other, as a person does; ``"Shift+Tab"`` is one."""
        for key in keys:
            held, _, name = key.rpartition("+") if len(key) > 1 else ("", "", key)
            code, text = KEYS.get(name, (ord(name.upper()[0]), name))
            about = {"key": name, "windowsVirtualKeyCode": code, "modifiers": 8 if held == "Shift" else 0}
            self.send("Input.dispatchKeyEvent", type="keyDown", **about, **({"text": text} if text else {}))
            self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def resize(self, width: int, height: int, *, mobile: bool = False) -> None:
        """Make the window so many pixels large."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=mobile)

    def prefer(self, scheme: str = "", media: str = "") -> None:
        """Set what the person prefers, ``light`` or ``dark``, and the medium, ``screen`` or ``print``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.send("Emulation.setEmulatedMedia", media=media, features=features)

    def screenshot(self, path: Path, *, whole: bool = False) -> None:
        """Save what is seen, or all of the page."""
        data = self.send("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))
