"""Runs the code blocks of one page, in order, in an empty folder of the page's own.

How they are written:

- ``python`` with ``title="name.py"`` is a file of that name; the same title again overwrites it, and its tests are run
  as they stood before. Without a title it is a test module of its own. All tests must pass, but for those of files that
  a command names which ends with ``# exit 1``; once a file is overwritten, these must pass, too. A file without tests
  is imported by another block, or named by one.
- No test may be skipped, but for want of a library that is not installed, or where the page shows ``skipped``.
- ``json``, ``ini``, ``toml``, ``yaml`` with a title are files, too; without one they are parsed.
- ``console``: lines that begin with ``$`` are commands, those under them are lines that they print, in that order.
  ``…`` stands for anything. ``# exit 1`` behind a command says how it ends. ``pytest-studio serve`` and ``proxy`` run
  until the block ends, on a free port; what follows in the block reaches them at the port that it names. Commands for a
  clone or an installer (``make``, ``nox``, ``pip``, ``git``) are not run: their targets, sessions and extras are looked
  up.
- ``text`` is an excerpt of what a test or a command of the page printed; with a title it is a file.
- ``pycon`` is a doctest.
- A block in an HTML comment is run, and not seen.
- On pages for those who work on the repository, ``python`` shows what a change would add, and its title ends with the
  file that it goes to; commands are looked up.
- ``flows/booking.json`` is that of ``examples/``.

What is not run stands in ``NOT_RUN``, with its reason.
"""

from __future__ import annotations

import ast
import configparser
import importlib.util
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import NoReturn

import yaml
from code_blocks import Block, Command, blocks_of, commands_of, first_missing, skipped, uses

ROOT = Path(__file__).resolve().parents[2]
BOOKING = ROOT / "examples" / "flows" / "booking.json"
#: Seconds for one command.
PATIENCE = 60

#: (page, language or first word of a command) -> why such blocks of the page are not run.
NOT_RUN = {
    ("docs/any-language.md", "sh"): "recipes for Java and PHP, which need not be there",
    ("docs/guides/your-own-account.md", "env"): "a reader's own account; hidden blocks run the same",
}
#: What a page may use that an install need not have: by what its code says -> the modules.
OPTIONAL = {
    r"\bstudio_(async_)?client\b|\btwilio\.": ("twilio",),
    r"\baiohttp\b": ("aiohttp",),
    r"\bhttpx\b": ("httpx",),
    r"\brespx\b": ("respx",),
    r"\bhypothesis\b|pytest_studio\.strategies": ("hypothesis",),
    r"\bfastapi\b": ("fastapi", "httpx"),
    r"pytest -n\b": ("xdist",),
    r"\btime_machine\b": ("time_machine",),
    r"\bfreezegun\b": ("freezegun",),
    r"load_flow|--flow\b|pytest-studio (run|lint|draw)": ("liquid", "dateutil"),
    r"\bstudio_(server|proxy)\b|pytest-studio (serve|proxy)": ("h11", "trustme"),
}
#: Plugins of pytest that a page may use, by what its code says. No others are loaded: they are not what it is about.
PLUGINS = {
    r"\bhttpx_mock\b": "pytest_httpx",
    r"\bhttpserver\b": "pytest_httpserver.pytest_plugin",
    r"\brespx_mock\b": "respx.plugin",
    r"mark\.anyio\b": "anyio.pytest_plugin",
    r"pytest -n\b": "xdist.plugin",
}
#: Programs that tests of a page start; where they are absent, so is the page's run.
TOOLS = ("curl", "node")
#: Commands that are run, and those whose targets, sessions and extras are looked up instead.
RUN = {"pytest", "python", "pytest-studio", "curl", "cat", "ls", "echo", "printf", "head", "grep", "wc", "rm"}
LOOKED_UP = {"pip", "make", "nox", "git", "cd", "source", ".", "pre-commit", "mkdocs", "sleep"}


class Wrong(AssertionError):
    """A block does not do what the page says."""


def lacks(blocks: list[Block]) -> list[str]:
    """Modules and programs that a page needs and this environment does not have."""
    text = "\n".join(block.code for block in blocks)
    needed = {name for pattern, names in OPTIONAL.items() if re.search(pattern, text) for name in names}
    absent = {name for name in needed if importlib.util.find_spec(name) is None}
    scripts = " ".join(block.code for block in blocks if block.language in ("python", "sh"))
    absent |= {tool for tool in TOOLS if f'["{tool}", ' in scripts and shutil.which(tool) is None}
    return sorted(absent)


def _plugins(blocks: list[Block]) -> str:
    """Options that load the plugins of a page."""
    text = "\n".join(block.code for block in blocks)
    used = [plugin for pattern, plugin in PLUGINS.items() if re.search(pattern, text)]
    return " ".join(f"-p {plugin}" for plugin in ["pytest_studio.plugin", *used])


class PageRun:
    """One page, run in one folder.

    Args:
        page: the page's name, from the top of the repository.
        blocks: its blocks.
        folder: an empty folder.
    """

    def __init__(self, page: str, blocks: list[Block], folder: Path) -> None:
        self.page = page
        self.blocks = blocks
        self.folder = folder
        self.printed = ""
        #: Files that stand in the folder -> the block that wrote them, and those among them whose tests are to be run.
        self.files: dict[str, Block] = {}
        self.untried: list[str] = []
        #: Tests that were shown to fail, as long as nothing was mended since.
        self.failing: set[str] = set()
        #: A server that runs: the port that the page names, and the one that it has.
        self.port: tuple[str, str] | None = None
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "PYTEST", "TWILIO", "COV"))}
        self.env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), self.env.get("PATH", os.defpath)])
        self.env |= {"COLUMNS": "80", "NO_COLOR": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        self.env["PYTHONDONTWRITEBYTECODE"] = "1"  # of a file that is overwritten within a second, the old would be run
        self.env["PYTEST_ADDOPTS"] = f"-p no:cacheprovider -rfEs {_plugins(blocks)}"
        if any("flows/booking.json" in block.code for block in blocks):
            folder.joinpath("flows").mkdir()
            shutil.copy(BOOKING, folder / "flows")

    def run(self) -> None:
        """Run all of it.

        Raises:
            Wrong: a block does not do what the page says; names page and line, and what was printed.
        """
        for block in self.blocks:
            if (self.page, block.language) in NOT_RUN:
                continue
            kind = getattr(self, f"_{block.language}", None)
            if kind is None or not block.language:
                self._fail(block, f"nothing runs {block.language or 'a block without a language'}", "")
            kind(block)
        self._try()
        for block in self.blocks:
            if block.language == "text" and not block.title and (self.page, "text") not in NOT_RUN:
                self._excerpt(block)
            elif block.language in ("python", "sh", "js") and block.title:
                self._is_used(block)

    def _fail(self, block: Block, words: str, printed: str, row: int = 0) -> NoReturn:
        raise Wrong(f"{block.at(row)}: {words}\n{self._where(printed)}".rstrip())

    def _where(self, printed: str) -> str:
        """What was printed, with lines of files as lines of the page."""
        for name, block in self.files.items():

            def on_the_page(at: re.Match[str], block: Block = block) -> str:
                return block.at(int(at[1]) - 1)

            printed = re.sub(rf"^{re.escape(name)}:(\d+)", on_the_page, printed, flags=re.MULTILINE)
        return printed

    # -- files ----------------------------------------------------------------------------------------------

    def _write(self, block: Block, name: str) -> None:
        if name in self.files and self.files[name].code != block.code:
            self._try()  # as things stood before
            self.untried += sorted(self.failing - {name})
            self.failing.clear()
        path = self.folder / name
        if self.folder not in path.resolve().parents:
            self._fail(block, f"{name} is outside of the page's folder", "")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.code, encoding="utf-8")
        self.files[name] = block

    def _python(self, block: Block) -> None:
        if not _is_for_users(self.page):
            self._is_of_a_file(block)
            return
        name = block.title or f"test_block_{sum(each.startswith('test_block_') for each in self.files)}.py"
        try:
            tree = ast.parse(block.code)
        except SyntaxError as error:
            self._fail(block, f"is no Python: {error.msg}", "", (error.lineno or 1) - 1)
        tests = [each for each in ast.walk(tree) if getattr(each, "name", "").lower().startswith("test")]
        if not block.title and not tests:
            self._fail(block, "has no test: give it one, or a title", "")
        self._write(block, name)
        if tests and PurePosixPath(name).name.startswith("test_") and name not in self.untried:
            self.untried.append(name)

    def _is_of_a_file(self, block: Block) -> None:
        """Look up where a change would go: the page is for those who make one, and its code is not there yet."""
        place = (block.title or "").rpartition(" ")[2]
        if not place or not any((folder / place).is_file() for folder in (ROOT, ROOT / "src" / "pytest_studio")):
            self._fail(block, "its title does not end with a file of the repository", "")

    def _is_used(self, block: Block) -> None:
        if not _is_for_users(self.page):
            return
        path = PurePosixPath(block.title or "")
        if path.stem.startswith("test_") or path.stem == "conftest":
            return
        if not any(uses(each, path) for each in self.blocks if each.title != block.title):
            self._fail(block, f"nothing on the page runs {block.title}", "")

    def _parsed(self, block: Block) -> None:
        try:
            if block.language == "json":
                json.loads(block.code)
            elif block.language == "yaml":
                yaml.safe_load(block.code)
            elif block.language == "ini":
                configparser.ConfigParser().read_string(block.code)
            elif sys.version_info >= (3, 11):
                import tomllib

                tomllib.loads(block.code)
        except (ValueError, yaml.YAMLError, configparser.Error) as error:
            self._fail(block, f"is no {block.language}: {error}", "")
        if block.title:
            self._write(block, block.title)

    _json = _yaml = _ini = _toml = _parsed

    def _script(self, block: Block) -> None:
        if not block.title:
            self._fail(block, f"nothing runs {block.language} without a title", "")
        self._write(block, block.title)

    _sh = _js = _script

    def _text(self, block: Block) -> None:
        if block.title:
            self._write(block, block.title)

    def _excerpt(self, block: Block) -> None:
        missing = first_missing([line for line in block.code.splitlines() if line.strip()], self.printed)
        if missing is not None:
            self._fail(block, f"nothing on the page printed {missing!r}; printed was:", self.printed)

    # -- tests ----------------------------------------------------------------------------------------------

    def _try(self) -> None:
        """Run the tests that no command has run."""
        if not self.untried:
            return
        names, self.untried = self.untried, []
        code, printed = self._shell(shlex.join([sys.executable, "-m", "pytest", "-rA", *names]), self.env)
        if code:
            failed = re.search(r"^(?:FAILED|ERROR) ([^\s:]+)", printed, re.MULTILINE)
            block = self.files[failed[1] if failed and failed[1] in self.files else names[0]]
            self._fail(block, "a test of the block does not pass:", printed)
        if skipped(printed):
            self._fail(self.files[names[0]], "a test is skipped:", printed)

    def _pycon(self, block: Block) -> None:
        path = self.folder / f"session_{block.line}.txt"
        path.write_text(block.code.replace("…", "..."), encoding="utf-8")
        code, printed = self._shell(
            shlex.join([sys.executable, "-m", "doctest", "-o", "ELLIPSIS", path.name]), self.env
        )
        if code:
            self._fail(block, "the session does not go so:", printed)

    # -- commands -------------------------------------------------------------------------------------------

    def _shell(self, command: str, env: dict[str, str]) -> tuple[int, str]:
        done = subprocess.run(
            command,
            shell=True,
            cwd=self.folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
            timeout=PATIENCE,
            check=False,
        )
        self.printed += done.stdout
        return done.returncode, done.stdout

    def _console(self, block: Block) -> None:
        if block.title:
            self._fail(block, "a console block has no title", "")
        with ExitStack() as servers:
            env = dict(self.env)
            for command in commands_of(block):
                self._command(block, command, env, servers)
        self.port = None

    def _command(self, block: Block, command: Command, env: dict[str, str], servers: ExitStack) -> None:
        words = shlex.split(command.text, comments=True)
        while words and re.match(r"[A-Z_]+=", words[0]):
            words.pop(0)
        tool = words[0] if words else ""
        if (self.page, tool) in NOT_RUN or (tool == "curl" and shutil.which("curl") is None):
            return
        if tool in LOOKED_UP or words[:3] == ["python", "-m", "venv"] or not _is_for_users(self.page):
            wrong = looked_up(words, ROOT / PurePosixPath(self.page).parent)
            if wrong is None and command.output and _is_for_users(self.page):
                wrong = f"nothing runs {tool!r}, so that nothing can be told of what it prints"
            if wrong:
                self._fail(block, wrong, "", command.row)
            return
        if tool not in RUN:
            self._fail(block, f"nothing runs {tool!r}: list it in NOT_RUN with a reason", "", command.row)
        if words[:2] in (["pytest-studio", "serve"], ["pytest-studio", "proxy"]):
            printed = servers.enter_context(self._served(block, command, env))
        else:
            printed = self._ran(block, command, words, env)
        missing = first_missing(command.output, printed)
        if missing is not None:
            self._fail(block, f"{command.text!r} does not print {missing!r}, but:", printed, command.row)

    def _ran(self, block: Block, command: Command, words: list[str], env: dict[str, str]) -> str:
        text = command.text
        if self.port:
            named, real = self.port
            text = re.sub(rf"\b(127\.0\.0\.1|localhost):{named}\b", rf"\1:{real}", text)
        if words[0] == "pytest" or words[:3] == ["python", "-m", "pytest"]:
            paths = [word for word in words if not word.startswith("-") and word.partition("::")[0] in self.files]
            tried = {path.partition("::")[0] for path in paths if "::" not in path} if paths else set(self.files)
            self.untried = [name for name in self.untried if name not in tried]
            self.failing |= {name for name in tried if command.code and PurePosixPath(name).name.startswith("test_")}
        code, printed = self._shell(text, env)
        if self.port:
            printed = re.sub(rf":{self.port[1]}\b", f":{self.port[0]}", printed)
        if code != command.code:
            self._fail(block, f"{command.text!r} ended with {code}, not {command.code}:", printed, command.row)
        if skipped(printed) and "skipped" not in " ".join(command.output):
            self._fail(block, f"{command.text!r} skips a test:", printed, command.row)
        return printed

    @contextmanager
    def _served(self, block: Block, command: Command, env: dict[str, str]) -> Iterator[str]:
        """A server or proxy that runs until the block ends, on a free port; its variables are in ``env``."""
        text = re.sub(r"\s#.*$", "", command.text).rstrip(" &")
        text, _, file = (part.strip() for part in text.partition(">"))
        given = re.search(r"--port[ =](\d+)", text)
        named = given[1] if given else "4010" if " serve" in text else "4011"
        text = re.sub(r"--port[ =]\d+", "", text) + " --port 0"
        process = subprocess.Popen(
            f"exec {text}", shell=True, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        with process:
            try:
                assert process.stdout is not None
                assert process.stderr is not None
                printed = os.read(process.stdout.fileno(), 65536).decode()  # it prints all of it at once
                found = re.search(r"127\.0\.0\.1:(\d+)", printed)
                if found is None:
                    self._fail(block, f"{command.text!r} did not start:", process.stderr.read().decode(), command.row)
                for line in shlex.split(printed, comments=True):
                    name, is_set, value = line.partition("=")
                    if is_set:
                        env[name] = value
                self.port = (named, found[1])
                printed = printed.replace(f":{found[1]}", f":{named}")
                if file:
                    self.folder.joinpath(file).write_text(printed, encoding="utf-8")
                self.printed += printed
                yield printed
            finally:
                process.terminate()


def _is_for_users(page: str) -> bool:
    """Whether a page's commands are for a folder of one's own, and not for a clone of this repository."""
    return page == "README.md" or page.startswith("docs/")


def looked_up(words: list[str], beside: Path = ROOT) -> str | None:
    """What is wrong with a command of the repository or of an installer; None if all that it names is there.

    Args:
        words: the command.
        beside: the folder of the page; files may be named from there, or from the top of the repository.
    """
    tool, arguments = words[0], words[1:]
    if tool == "pip":
        return _extras(arguments)
    if tool == "make":
        there = re.findall(r"^([\w-]+):", ROOT.joinpath("Makefile").read_text(encoding="utf-8"), re.MULTILINE)
        gone = [word for word in arguments if "=" not in word and word not in there]
        return f"the Makefile has no {gone[0]!r}" if gone else None
    if tool == "nox":
        source = ROOT.joinpath("noxfile.py").read_text(encoding="utf-8")
        there = re.findall(r"^@nox\.session.*?^def (\w+)|name=\"([\w-]+)\"", source, re.MULTILINE | re.DOTALL)
        sessions = {name for pair in there for name in pair}
        named = arguments[: arguments.index("--")] if "--" in arguments else arguments
        gone = [word for word in named if not word.startswith("-") and re.sub(r"-3\.\d+$", "", word) not in sessions]
        return f"the noxfile has no session {gone[0]!r}" if gone else None
    paths = [word.partition("::")[0] for word in arguments if re.match(r"[\w./-]+/[\w.-]+(\.\w+|/)(::|$)", word)]
    gone = [
        path
        for path in paths
        if tool not in ("git", "cd", "source", ".", "sleep")
        and not (beside / path).exists()
        and not (ROOT / path).exists()
    ]
    return f"the repository has no {gone[0]!r}" if gone else None


def _extras(arguments: list[str]) -> str | None:
    """What is wrong with what pip is to install."""
    known = set(metadata.metadata("pytest-studio").get_all("Provides-Extra") or [])
    for word in arguments:
        named = re.fullmatch(r"(?:pytest-studio|\.)\[([\w,-]+)\].*", word)
        gone = sorted(set(named[1].split(",")) - known) if named else []
        if gone:
            return f"there is no extra {gone[0]!r}"
    return None


def run_page(path: Path, name: str, folder: Path) -> None:
    """Run a page's blocks.

    Args:
        path: the page.
        name: what it is called in messages, from the top of the repository.
        folder: an empty folder.

    Raises:
        Wrong: a block does not do what the page says.
        ModuleNotFoundError: the page needs what is not installed.
    """
    blocks = list(blocks_of(path, name))
    absent = lacks(blocks)
    if absent:
        raise ModuleNotFoundError(f"{name} needs {', '.join(absent)}")
    PageRun(name, blocks, folder).run()
