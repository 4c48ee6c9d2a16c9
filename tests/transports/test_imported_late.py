"""Client libraries that are imported in the middle of a test, and those that are not there."""

from __future__ import annotations

import importlib
import importlib.util
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pytest_studio import FakeStudio, switchboard

FLOWS = "https://studio.twilio.com/v2/Flows"
LIBRARIES = ("requests", "httpx", "aiohttp")


def in_a_fresh_process(code: str) -> str:
    """What a program prints, in which nothing has been imported yet."""
    program = textwrap.dedent(code)
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


ASK = {
    "requests": "import requests; print(requests.get(URL, auth=AUTH).status_code)",
    "from requests": "from requests import Session; print(Session().get(URL, auth=AUTH).status_code)",
    "requests.sessions": "import requests.sessions as s; print(s.Session().get(URL, auth=AUTH).status_code)",
    "responses": "import responses, requests; print(requests.get(URL, auth=AUTH).status_code)",
    "httpx": "import httpx; print(httpx.get(URL, auth=AUTH).status_code)",
    "from httpx": "from httpx import Client\nwith Client(auth=AUTH) as client: print(client.get(URL).status_code)",
    "httpx._client": "from httpx._client import Client\nwith Client(auth=AUTH) as c: print(c.get(URL).status_code)",
    "aiohttp": """import asyncio, aiohttp
async def ask():
    async with aiohttp.ClientSession(headers={"Authorization": BASIC}) as session, session.get(URL) as answer:
        print(answer.status)
asyncio.run(ask())""",
    "twilio": """from twilio.rest import Client
print(200 if Client().studio.v2.flows.list() == [] else 0)""",
}
BEFORE = f"""
import base64, sys
import pytest_studio.fake
heavy = "requests", "responses", "httpx", "aiohttp", "asyncio", "pytest", "jsonschema"
assert not [name for name in heavy if sys.modules.get(name) is not None]
URL = "{FLOWS}"
finders = list(sys.meta_path)
with pytest_studio.fake.FakeStudio() as studio:
    AUTH = studio.account_sid, studio.auth_token
    BASIC = "Basic " + base64.b64encode(":".join(AUTH).encode()).decode()
"""
AFTER = """
assert [f for f in sys.meta_path if type(f).__module__.startswith("pytest_studio")] == []
"""


@pytest.mark.parametrize("how", ASK)
def test_a_library_that_is_imported_in_a_studio_is_covered(how: str) -> None:
    """Whole, by name, by one of its parts, by another library; nothing of it was imported before."""
    pytest.importorskip("twilio" if how == "twilio" else how.split()[-1].partition(".")[0])
    if how == "aiohttp":
        pytest.importorskip("h11")
    assert in_a_fresh_process(BEFORE + textwrap.indent(ASK[how], "    ") + AFTER) == "200"


def test_a_thread_that_imports_a_library_is_covered() -> None:
    """Also where several do at once."""
    pytest.importorskip("httpx")
    ask = """
        import threading
        got = []
        def ask():
            import httpx, requests
            got.extend((httpx.get(URL, auth=AUTH).status_code, requests.get(URL, auth=AUTH).status_code))
        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        print(*got)
    """
    printed = in_a_fresh_process(BEFORE + textwrap.indent(textwrap.dedent(ask), "    ") + AFTER)
    assert printed.split() == ["200"] * 8


def test_what_is_imported_has_its_real_loader() -> None:
    """Nothing of ours stays on a module."""
    code = (
        BEFORE + "    import requests\n" + AFTER + "print(type(requests.__loader__) is type(requests.__spec__.loader))"
    )
    code += "\nprint(type(requests.__loader__).__name__, vars(requests.Session)['get_adapter'].__module__)"
    assert in_a_fresh_process(code).split() == ["True", "SourceFileLoader", "requests.sessions"]


def forget(monkeypatch: pytest.MonkeyPatch, *libraries: str) -> None:
    """Make client libraries, and what covers them, as if nobody had imported them; as they were, afterwards."""
    ours = {f"pytest_studio.transports.{library}" for library in libraries}
    for name in list(sys.modules):
        if name in ours:
            monkeypatch.setattr(name, sys.modules[name])  # the package's attribute, too
        if name in ours or name.partition(".")[0] in libraries:
            monkeypatch.delitem(sys.modules, name)


@pytest.fixture
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two client libraries as if nobody had imported them."""
    forget(monkeypatch, "httpx", "requests")


@pytest.mark.usefixtures("forgotten")
def test_a_second_copy_of_a_library_is_covered() -> None:
    """As a test has it that takes it out of ``sys.modules``; then the first one again."""
    pytest.importorskip("httpx")
    with FakeStudio() as studio:
        import httpx
        import requests

        assert httpx.get(FLOWS, auth=(studio.account_sid, studio.auth_token)).status_code == 200
        assert requests.get(FLOWS, auth=(studio.account_sid, studio.auth_token)).status_code == 200


def test_the_first_copy_is_covered_again() -> None:
    """After the test above, in whatever order."""
    httpx = pytest.importorskip("httpx")
    with FakeStudio() as studio:
        assert httpx.get(FLOWS, auth=(studio.account_sid, studio.auth_token)).status_code == 200


def test_a_library_that_is_loaded_anew_stays_covered() -> None:
    """``importlib.reload``."""
    import requests

    with FakeStudio() as studio:
        importlib.reload(requests)
        assert requests.get(FLOWS, auth=(studio.account_sid, studio.auth_token)).status_code == 200


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library of the name ``httpx`` whose import fails."""
    (tmp_path / "httpx.py").write_text("raise RuntimeError('it cannot be imported')\n")
    forget(monkeypatch, "httpx")
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def test_a_library_whose_import_fails_fails_in_its_own_words(broken: Path) -> None:
    """And the studio goes on."""
    import requests

    with FakeStudio() as studio:
        with pytest.raises(RuntimeError, match="it cannot be imported"):
            importlib.import_module("httpx")
        assert "httpx" not in sys.modules
        assert requests.get(FLOWS, auth=(studio.account_sid, studio.auth_token)).status_code == 200
    assert not [finder for finder in sys.meta_path if type(finder).__module__.startswith("pytest_studio.transports")]


@pytest.mark.usefixtures("forgotten")
def test_looking_for_a_library_is_not_importing_it() -> None:
    """``find_spec`` tells where it is; a finder of the test's own that hides it is heard."""

    class Hiding:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> None:
            if name == "httpx":
                raise ModuleNotFoundError(name)

    with FakeStudio():
        spec = importlib.util.find_spec("requests")
        assert spec is not None
        assert spec.loader is not None
        assert spec.loader.is_package("requests")  # type: ignore[attr-defined]
        assert "requests" not in sys.modules
        sys.meta_path.append(Hiding)  # type: ignore[arg-type]
        try:
            sys.meta_path.insert(0, sys.meta_path.pop())
            with pytest.raises(ModuleNotFoundError):
                importlib.import_module("httpx")
        finally:
            sys.meta_path.remove(Hiding)  # type: ignore[arg-type]


def test_a_library_whose_transport_cannot_be_installed_says_so_and_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A start that fails leaves all libraries as they were."""
    import requests

    def broken(*args: object) -> None:
        raise MemoryError("no")

    with FakeStudio():  # whichever copy of the transport is in use: other tests here import libraries anew
        transport = switchboard._covering["requests"][1]
    before = requests.Session.get_adapter
    with monkeypatch.context() as patch:
        patch.setattr(transport._patch, "install", broken)
        with pytest.raises(MemoryError), FakeStudio():
            pass
    assert requests.Session.get_adapter is before
    assert not [finder for finder in sys.meta_path if type(finder).__module__.startswith("pytest_studio.transports")]
    with pytest.raises(RuntimeError, match="no studio is active"):
        FakeStudio().responses  # noqa: B018


def test_an_import_in_one_thread_and_a_studio_in_another_do_not_wait_for_each_other() -> None:
    """A studio is left, and another one entered, while a library is being imported."""
    pytest.importorskip("httpx")
    ask = """
        import importlib, threading
        inside, go = threading.Event(), threading.Event()
        class Gate:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if name == "httpx._client":
                    inside.set()
                    assert go.wait(30)
        sys.meta_path.insert(0, Gate)
        thread = threading.Thread(target=importlib.import_module, args=["httpx"])
        thread.start()
        assert inside.wait(30)
        studio.__exit__(None, None, None)
        timer = threading.Timer(0.05, go.set)
        timer.start()
        studio.__enter__()
        thread.join(30)
        timer.join()
        import httpx
        print(httpx.get(URL, auth=AUTH).status_code, thread.is_alive())
    """
    printed = in_a_fresh_process(BEFORE + textwrap.indent(textwrap.dedent(ask), "    ") + AFTER)
    assert printed.split() == ["200", "False"]


# -- what is not there -----------------------------------------------------------------------------------------

HIDDEN = """
import sys
for name in {hidden!r}:
    sys.modules[name] = None
"""


@pytest.mark.parametrize(
    ("hidden", "working"),
    [
        (["httpx", "httpcore"], ["requests", "aiohttp"]),
        (["aiohttp"], ["requests", "httpx"]),
        (["h11"], ["requests"]),
        (["twilio"], ["requests", "httpx", "aiohttp"]),
        (["responses"], ["httpx", "aiohttp"]),
    ],
)
def test_with_a_library_absent_the_rest_works(hidden: list[str], working: list[str]) -> None:
    """Each of the others that is there."""
    code = HIDDEN.format(hidden=hidden) + BEFORE
    there = [name for name in working if importlib.util.find_spec(name) is not None]
    code += "".join(textwrap.indent(ASK[name], "    ") + "\n" for name in there)
    assert in_a_fresh_process(code).split() == ["200"] * len(there)


@pytest.mark.parametrize(
    ("hidden", "use", "package", "extra"),
    [
        (["twilio"], "from pytest_studio.transports import twilio", "the twilio package", "twilio"),
        (["httpx"], "from pytest_studio.transports import httpx", "the httpx package", "httpx"),
        (["aiohttp"], "from pytest_studio.transports import aiohttp", "the aiohttp package", "aiohttp"),
        (["h11"], ASK["aiohttp"], "the h11 package", "aiohttp"),
    ],
)
def test_a_missing_extra_names_the_command_that_installs_it(
    hidden: list[str], use: str, package: str, extra: str
) -> None:
    """Where it is used, and not before."""
    if use == ASK["aiohttp"]:
        pytest.importorskip("aiohttp")
    code = HIDDEN.format(hidden=hidden) + BEFORE + "    try:\n" + textwrap.indent(use, "        ")
    code += "\n    except ImportError as error:\n        print(type(error).__name__, error)\n"
    printed = in_a_fresh_process(code)
    assert printed.startswith("MissingExtra ")
    assert printed.endswith(f"needs {package}, which is not installed: pip install 'pytest-studio[{extra}]'")
