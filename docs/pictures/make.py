"""Makes the pictures of the docs: ``python docs/pictures/make.py``, in an environment with the extra ``dev``.

What a terminal shows becomes an SVG, what a browser shows a PNG; so Chromium is needed, and a POSIX system.
"""

from __future__ import annotations

import io
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image
from rich import _export_format
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
EXAMPLES = ROOT / "examples"
#: Width of the terminal: what phones can still show.
COLUMNS = 80
#: What keeps pytest's output the same on every machine.
PLAIN = "--no-header -p no:randomly -p no:cacheprovider"
#: Seconds without a word after which a command is taken to wait for what is typed, or to have got stuck.
QUIET, PATIENCE = 2.0, 60.0

#: Those of the reader: no picture may ask another host for a font.
FONTS = 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace'
#: Readable on dark by contrasts of 4.5 and over; the ground is that of the site's dark code blocks.
THEME = TerminalTheme(
    (30, 33, 41),
    (214, 218, 224),
    [(92, 99, 112), (240, 113, 120), (152, 206, 120), (229, 192, 123),
     (110, 180, 245), (208, 148, 235), (86, 199, 209), (214, 218, 224)],
    [(150, 158, 170), (255, 138, 142), (172, 226, 140), (245, 212, 145),
     (140, 200, 255), (224, 172, 248), (120, 220, 228), (255, 255, 255)],
)  # fmt: skip
FRAME = re.sub(r"@font-face \{\{.*?\n    \}\}\n", "", _export_format.CONSOLE_SVG_FORMAT, flags=re.DOTALL)
FRAME = FRAME.replace("Fira Code, monospace", FONTS).replace("font-family: arial", "font-family: system-ui, sans-serif")


def main() -> None:
    """Make all of them."""
    failure_report()
    suite()
    chat()
    drawing()
    coverage_page()
    for path in sorted([*HERE.glob("*.svg"), *HERE.glob("*.png")]):
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size / 1000:.0f} kB")


def failure_report() -> None:
    """What a failing test shows: the order of a list, a parameter that is none."""
    said = shown("pytest --tb=short broken/test_broken.py -k 'newest or ignores'", PLAIN)
    picture("failure-report", "Two failing tests, and what their reports add", said)


def suite() -> None:
    """A suite, and what it covers of a Flow."""
    said = shown("pytest --studio-flow-cov", PLAIN)
    picture("suite", "A suite that passes, and the coverage of its Flow", said)


def chat() -> None:
    """A talk with a Flow."""
    lines = ("message", "hi", "Friday", '/respond 200 {"table": 7}', "/quit")
    picture(
        "chat", "A chat with a Flow in the terminal", shown("pytest-studio run flows/booking.json", "--seed 1", lines)
    )


def drawing() -> None:
    """A Flow as on Studio's canvas."""
    target = HERE / "booking-flow.svg"
    subprocess.run(
        [sys.executable, "-m", "pytest_studio", "draw", "flows/booking.json", "-o", target], cwd=EXAMPLES, check=True
    )


def coverage_page() -> None:
    """The page of a Flow that a suite has covered in part."""
    sys.path.insert(0, str(ROOT / "tests" / "flows"))
    from headless_chromium import Chromium, executable

    browser = executable()
    if browser is None:
        raise SystemExit("the page of a coverage is shown by Chromium, which is not installed (or say CHROMIUM=path)")
    with tempfile.TemporaryDirectory() as folder:
        shown("pytest test_flow.py", f"{PLAIN} --studio-flow-cov=html:{folder}")
        with Chromium(browser) as page:
            page.send("Emulation.setDeviceMetricsOverride", width=1180, height=800, deviceScaleFactor=2, mobile=False)
            page.send("Emulation.setScrollbarsHidden", hidden=True)
            for scheme, name in (("light", "flow-coverage.png"), ("dark", "flow-coverage-dark.png")):
                page.prefer(scheme)
                page.open(Path(folder) / "flow-booking.html")
                page.screenshot(HERE / name)
                fewer_colours(HERE / name)


def fewer_colours(path: Path) -> None:
    """Write a PNG again with a palette, which takes a third of the room."""
    with Image.open(path) as image:
        image.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)


def shown(typed: str, quietly: str, lines: tuple[str, ...] = ()) -> str:
    """What a terminal shows of a command that is run in the examples.

    Args:
        typed: the command as it is shown.
        quietly: further arguments, which keep its output the same on every machine.
        lines: what is typed, a line whenever it waits.
    """
    env = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "NO_COLOR"))}
    env |= {"COLUMNS": str(COLUMNS), "LINES": "200", "TERM": "xterm-256color", "PYTHONDONTWRITEBYTECODE": "1"}
    env["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{env['PATH']}"
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        f"{typed} {quietly}", shell=True, cwd=EXAMPLES, env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ):
        os.close(theirs)
        said, left = b"", list(lines)
        while True:
            if not select.select([ours], [], [], QUIET if left else PATIENCE)[0]:
                if not left:
                    raise TimeoutError(f"{typed} does not end")
                os.write(ours, f"{left.pop(0)}\n".encode())
                continue
            try:
                said += os.read(ours, 65536)
            except OSError:  # it has ended
                break
        os.close(ours)
    text = re.sub(r"\x1b\[\?\d+[hl]", "", said.decode().replace("\r\n", "\n"))  # how to treat what is pasted
    return f"\x1b[2m$\x1b[0m \x1b[1m{typed}\x1b[0m\n{text}"


def picture(name: str, title: str, said: str) -> None:
    """Write what a terminal has shown as an SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), legacy_windows=False)
    console.print(Text.from_ansi(said.rstrip()), soft_wrap=False, no_wrap=False, overflow="fold")
    console.print()  # else the last line's letters are cut at the bottom
    svg = console.export_svg(title="", theme=THEME, code_format=FRAME, unique_id=name)
    svg = svg.replace("<style>", f"<title>{title}</title>\n    <style>", 1)
    (HERE / f"{name}.svg").write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
