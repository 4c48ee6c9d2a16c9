"""The pytest plugin: options, the marker, fixtures, the verdict and the report. Imports nothing heavy at start-up.

PYTEST_DONT_REWRITE: there is no assertion in here, and looking for some costs each run where bytecode is not written.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

import pytest

from pytest_studio import running

if TYPE_CHECKING:
    from twilio.rest import Client

    from pytest_studio.factories import PayloadFactory
    from pytest_studio.fake import FakeStudio
    from pytest_studio.schemas import SchemaRegistry
    from pytest_studio.seeds import Origin
    from pytest_studio.serving.proxy import StudioProxy
    from pytest_studio.serving.server import StudioServer

    Json = dict[str, Any]

_MARKER = (
    "studio(seed=, strict=, now=, account_sid=, auth_token=, retention_days=, allow=, vintage=): "
    "settings of this test's fake of Twilio Studio; the nearest marker wins, key by key, over options and ini"
)
_seed: pytest.StashKey[int] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command-line options and ini settings."""
    group = parser.getgroup("studio", "fake of Twilio Studio (pytest-studio)")
    group.addoption(
        "--studio-seed",
        metavar="N|random",
        default=None,
        help="seed of everything random; a test draws from it and its own name (default: a constant)",
    )
    group.addoption(
        "--studio-strict",
        dest="studio_strict",
        action="store_true",
        default=None,
        help="fail tests whose calls got an answer although Studio would ignore a part of them (the default)",
    )
    group.addoption("--no-studio-strict", dest="studio_strict", action="store_false", help="let such calls pass")
    group.addoption(
        "--studio-check",
        action="append",
        default=[],
        metavar="PATH",
        help="collect recordings too (VCR cassettes, HAR files, payloads): one test an exchange, held against the "
        "schemas; a file, folder or glob, may be given several times",
    )
    group.addoption(
        "--studio-live",
        action="store_true",
        help="collect cases that read from your own Twilio account (TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN, or "
        "TWILIO_API_KEY and TWILIO_API_SECRET), change nothing there, and tell where Studio and the fake differ",
    )
    group.addoption(
        "--studio-flow-cov",
        nargs="?",
        const="term",
        action="append",
        default=[],
        metavar="html:DIR",
        help="tell which widgets and transitions of Flows the tests covered; =html:DIR writes pages that draw it, too",
    )
    group.addoption(
        "--studio-flow-cov-fail-under",
        metavar="PERCENT",
        help="fail the run if less than this of all Flows was covered; implies --studio-flow-cov",
    )
    parser.addini("studio_seed", "seed of everything random: a number or 'random'")
    parser.addini("studio_strict", "whether calls that Studio would ignore a part of fail the test", "bool", True)
    parser.addini("studio_account_sid", "account SID of the fixtures; with studio_auth_token, of clients at import")
    parser.addini("studio_auth_token", "auth token of the fixture studio")
    parser.addini("studio_retention_days", "days that Executions are kept")
    parser.addini("studio_now", "a fixed present, such as 2026-01-31T09:30:00Z")
    parser.addini("studio_vintage", "whose fields the API has: 2023, 2025, 2026 (the present) or next")
    parser.addini("studio_allow", "names of further parameters that strict accepts", "args", [])


class _AsInstalled:
    """Finds this package's modules as they were installed, with their compiled form.

    An entry point marks a whole distribution for pytest's rewriting of assertions. Where bytecode is not written
    (``PYTHONDONTWRITEBYTECODE``), that compiles every module anew on every run: 130 ms before a first test, for
    modules that have no assertion a user would read.
    """

    @staticmethod
    def find_spec(name: str, path: Any = None, target: Any = None) -> Any:
        """What the import system asks."""
        return PathFinder.find_spec(name, path, target) if name.startswith("pytest_studio.") else None


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config, parser: pytest.Parser, args: list[str]) -> None:
    """Let a path that follows ``--studio-flow-cov`` be a path, and not the option's value."""
    _set_environment(early_config)  # before a conftest imports what makes a client
    bare = "--studio-flow-cov"
    if bare in args:
        args[:] = [
            f"{bare}=term" if given == bare and not (follows == "term" or follows.startswith("html:")) else given
            for given, follows in zip(args, [*args[1:], ""], strict=True)
        ]
        early_config.known_args_namespace.file_or_dir = parser.parse_known_args(args).file_or_dir


def _set_environment(config: pytest.Config) -> None:
    """Give clients that are made outside of tests, as at import, the credentials of ini."""
    if config.getini("studio_account_sid") and config.getini("studio_auth_token"):
        from pytest_studio import settings

        settings.set_environment(config)


def pytest_unconfigure() -> None:
    """Leave the import system as it was."""
    if _AsInstalled in sys.meta_path:
        sys.meta_path.remove(_AsInstalled)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker and settle the seed of the run."""
    sys.meta_path.insert(0, _AsInstalled)
    _set_environment(config)
    config.addinivalue_line("markers", _MARKER)
    given = config.getoption("studio_seed") or config.getini("studio_seed") or None
    if given is not None:
        from pytest_studio import settings

        config.stash[_seed] = settings.seed_of(config, given)
    try:
        config.getini("studio_strict")
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"ini studio_strict is true or false: {error}") from None
    if any(config.getini(f"studio_{name}") for name in ("account_sid", "now", "retention_days", "vintage")):
        from pytest_studio import settings

        settings.of_ini(config)

    if config.getoption("studio_check"):
        from pytest_studio import collecting

        config.pluginmanager.register(collecting.Collecting(config), "studio-check")
    if config.getoption("studio_live"):
        from pytest_studio.live import collecting as live

        config.pluginmanager.register(live.Collecting(config), "studio-live")
    if config.getoption("studio_flow_cov") or config.getoption("studio_flow_cov_fail_under") is not None:
        from pytest_studio import covering

        config.pluginmanager.register(covering.Covering(config), "studio-flow-cov")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the seed of the run to a worker of xdist."""
    seed = node.config.stash.get(_seed, None)
    if seed is not None:
        node.workerinput["studio_seed"] = seed


def pytest_report_header(config: pytest.Config) -> str | None:
    """Say the seed of the run, where it is not the constant one."""
    seed = config.stash.get(_seed, None)
    return None if seed is None else f"studio seed: {seed}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Take parameters of ``studio`` for markers, and refuse markers that say something the fake does not know."""
    markers: dict[int, tuple[pytest.Mark, str]] = {}
    for item in items:
        if "studio" in getattr(getattr(item, "callspec", None), "params", ()):
            from pytest_studio import settings

            settings.mark_by_parameter(item)
        for marker in item.iter_markers("studio"):
            if marker.args or marker.kwargs:
                markers.setdefault(id(marker), (marker, item.nodeid))
    if markers:
        from pytest_studio import settings

        settings.check_markers(markers.values())


class _Running:
    """The test that runs, or a wider fixture that is set up, and its origin of randomness once somebody asks."""

    __slots__ = ("item", "label", "origin")

    def __init__(self, item: Any, label: str = "") -> None:
        self.item = item
        self.label = label
        self.origin: Origin | None = None

    def __call__(self) -> Origin:
        if self.origin is None:
            from pytest_studio import settings

            self.origin = settings.origin_of(self.item, self.item.config.stash.get(_seed, None), self.label)
        return self.origin


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol() -> Generator[None, Any, None]:
    """Forget the test after it, and with it all that it stored."""
    before = running.origin
    yield
    running.origin = before


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test starts; one that is run again starts anew."""
    running.origin = _Running(item)
    if "pytest_studio.switchboard" in sys.modules:  # studios of a wider scope count the test's calls from here
        running.origin()


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef: Any, request: Any) -> Generator[None, Any, None]:
    """A fixture that is wider than a test draws by its own name, whichever test comes first."""
    test = running.origin
    if request.scope == "function" or test is None:
        yield
        return
    wide = running.origin = _Running(request.node, f"::{fixturedef.argname}[{getattr(request, 'param_index', 0)}]")
    yield
    running.origin = test
    if wide.origin is not None:  # the test that came first has its studios, too
        studios = test().studios
        for active, calls in wide.origin.studios.items():
            studios.setdefault(active, calls)


@pytest.hookimpl(trylast=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Give the verdict at the end of a call that passed, so that the test fails once."""
    origin = _used(item)
    if origin is None or not origin.studios or getattr(item, "_excinfo", None):
        return
    from pytest_studio import settings

    objections = settings.verdict(origin)
    if objections:
        pytest.fail(objections, pytrace=False)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, None]:
    """Show a failing test's calls, and the seed; and of an error that is explained, the suite's own lines."""
    origin = _used(item)
    whole = item.config.getoption("fulltrace", False) or item.config.getoption("usepdb", False)
    if origin is not None and not whole:
        for raised in [call.excinfo, *(getattr(item, "_excinfo", None) or ())]:  # the latter of unittest's tests
            if raised is not None:
                from pytest_studio import settings

                settings.to_the_point(raised.value)
    outcome = yield
    report = outcome.get_result()
    if report.failed and not whole and "pytest_studio.settings" in sys.modules:  # as all fixtures that need extras load
        from pytest_studio import settings

        settings.say_what_is_missing(report, call)
    if origin is None or report.passed:
        return
    origin.silent = True
    if report.failed:
        from pytest_studio import settings

        lines = settings.report(origin, call.excinfo and call.excinfo.value)
        if lines:
            report.sections.append(("pytest-studio", "\n".join(lines)))
    for active in origin.studios:
        active.judged()


def _used(item: pytest.Item) -> Origin | None:
    """The origin of a test that has drawn from it."""
    state = running.origin
    return state.origin if isinstance(state, _Running) and state.item is item else None


# -- fixtures --------------------------------------------------------------------------------------------------


@pytest.fixture
def studio(request: pytest.FixtureRequest, account_sid: str) -> Iterator[FakeStudio]:
    """A ``pytest_studio.FakeStudio``: Twilio Studio, faked, while the test runs; empty, with its own account.
    ``requests``, ``httpx``, ``aiohttp`` and the ``twilio`` SDK reach it.
    More: ``python -m pydoc pytest_studio.FakeStudio``, and the page *Fixtures* of the reference.
    """
    from pytest_studio import settings

    with settings.studio_of(request.node, account_sid) as active:
        yield active


def _answering(studio: FakeStudio, fixture: str) -> FakeStudio:
    """What the fixture ``studio`` gave, also a suite's own one, if it answers requests."""
    if hasattr(studio, "handle"):
        return studio
    from pytest_studio import settings

    settings.refuse_studio(studio, fixture)


@pytest.fixture
def studio_client(studio: FakeStudio) -> Client:
    """A ``twilio.rest.Client`` of the studio's account: Studio answers from memory, other hosts as the SDK would."""
    from pytest_studio import settings

    return settings.client_of(_answering(studio, "studio_client"), "studio_client")


@pytest.fixture
def studio_async_client(studio: FakeStudio) -> Client:
    """A ``twilio.rest.Client`` for the ``*_async`` methods, as ``studio_client`` else; needs no async plugin."""
    from pytest_studio import settings

    return settings.client_of(_answering(studio, "studio_async_client"), "studio_async_client")


@pytest.fixture(scope="session")
def _studio_server() -> Iterator[StudioServer]:
    """One server a worker, started when a first test asks for it."""
    from pytest_studio import settings
    from pytest_studio.serving.server import StudioServer

    with settings.made_for("studio_server", StudioServer) as server:
        yield server


@pytest.fixture
def studio_server(studio: FakeStudio, _studio_server: StudioServer) -> Iterator[StudioServer]:
    """The test's ``studio`` on a loopback port, for clients in any language: ``.url``, the same in all tests.

    It is plain HTTP, and any host and path is answered as Studio's; see ``docs/any-language.md``.
    """
    with _studio_server.serving(_answering(studio, "studio_server")):
        yield _studio_server


@pytest.fixture(scope="session")
def _studio_proxy() -> Iterator[StudioProxy]:
    """One proxy a worker, started when a first test asks for it."""
    from pytest_studio import settings
    from pytest_studio.serving.proxy import StudioProxy

    with settings.made_for("studio_proxy", StudioProxy) as proxy:
        yield proxy


@pytest.fixture
def studio_proxy(studio: FakeStudio, _studio_proxy: StudioProxy) -> Iterator[StudioProxy]:
    """The test's ``studio`` behind an HTTPS proxy, for unmodified clients: ``.url``, ``.ca_file``, and ``.env``.

    ``subprocess.run(…, env=studio_proxy.env)`` is all that most of them need; see ``docs/any-language.md``.
    """
    with _studio_proxy.serving(_answering(studio, "studio_proxy")):
        yield _studio_proxy


@pytest.fixture
def studio_factory(account_sid: str) -> PayloadFactory:
    """A ``pytest_studio.PayloadFactory`` on the test's seed, of the account of ``account_sid``, as ``studio`` is."""
    from pytest_studio import settings
    from pytest_studio.factories import PayloadFactory

    settings.follow(account_sid)
    return PayloadFactory()


@pytest.fixture(scope="session")
def studio_schemas() -> SchemaRegistry:
    """The JSON Schemas of Studio's payloads: ``names``, ``load``, ``validate``, ``violations``, ``name_for``."""
    from pytest_studio.schemas import SchemaRegistry

    return SchemaRegistry()


def _made(request: pytest.FixtureRequest, prefix: str) -> str:
    from pytest_studio import settings

    return settings.made_sid(str(request.fixturename), prefix)


@pytest.fixture
def account_sid(request: pytest.FixtureRequest) -> str:
    """The Account SID (``AC…``) of the test: ``studio``, ``studio_factory`` and the payloads follow it.
    With a ``studio`` of a wider scope, let it follow that: ``def account_sid(studio): return studio.account_sid``.
    """
    return _made(request, "AC")


@pytest.fixture
def flow_sid(request: pytest.FixtureRequest) -> str:
    """A Flow SID (``FW…``), new in each test; ``studio.add_flow(sid=flow_sid)`` stores a Flow of it."""
    return _made(request, "FW")


@pytest.fixture
def execution_sid(request: pytest.FixtureRequest) -> str:
    """An Execution SID (``FN…``), new in each test."""
    return _made(request, "FN")


@pytest.fixture
def step_sid(request: pytest.FixtureRequest) -> str:
    """A Step SID (``FT…``), new in each test."""
    return _made(request, "FT")


@pytest.fixture
def flow_payload(studio_factory: PayloadFactory, flow_sid: str) -> Json:
    """A Flow as v2 sends it: data only, of ``flow_sid``. ``studio.add_flow(**flow_payload)`` stores it."""
    return studio_factory.flow(sid=flow_sid, validate=False)


@pytest.fixture
def execution_payload(studio_factory: PayloadFactory, flow_sid: str, execution_sid: str) -> Json:
    """An Execution as v2 sends it: data only, of ``flow_sid`` and ``execution_sid``."""
    return studio_factory.execution(sid=execution_sid, flow_sid=flow_sid, validate=False)


@pytest.fixture
def step_payload(studio_factory: PayloadFactory, flow_sid: str, execution_sid: str, step_sid: str) -> Json:
    """A Step as v2 sends it: data only, of the SID fixtures. ``studio.add_step(**step_payload)`` stores it."""
    return studio_factory.step(sid=step_sid, flow_sid=flow_sid, execution_sid=execution_sid, validate=False)


@pytest.fixture
def step_context_payload(studio_factory: PayloadFactory, flow_sid: str, execution_sid: str, step_sid: str) -> Json:
    """A Step Context as v2 sends it: data only, of the SID fixtures."""
    return studio_factory.step_context(
        step_sid=step_sid, flow_sid=flow_sid, execution_sid=execution_sid, validate=False
    )
