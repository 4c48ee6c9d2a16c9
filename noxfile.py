"""What continuous integration runs, for people too: ``nox -l`` lists it, ``nox -s tests-3.12`` runs one of it.

``make test`` runs the quick part in one environment. Here each has an environment of its own, and what takes minutes
has its place: other Pythons, oldest dependencies, coverage, mutations, fuzzing.
"""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

import nox

#: Those that the classifiers of pyproject.toml name.
PYTHONS = nox.project.python_versions(nox.project.load_toml("pyproject.toml"))

#: Those of the suite that ``installed`` runs: what the README shows, the API, every client.
QUICK = [
    "tests/docs/test_code_of_docs.py::test_code_blocks_do_what_their_page_says[README.md]",
    "tests/api",
    "tests/transports/test_contract.py",
]
#: Says where the package that is imported comes from, and fails if it is not the wheel whose url is given.
ORIGIN = """
import importlib.metadata, json, sys, pytest_studio
origin = json.loads(importlib.metadata.distribution("pytest-studio").read_text("direct_url.json"))
print(pytest_studio.__version__, "of", pytest_studio.__file__, "from", origin["url"])
assert origin["url"] == sys.argv[1]
assert pytest_studio.__file__.startswith(sys.prefix)
"""

#: As ``make test`` has it.
PARALLEL = ["-n", "2", "--dist", "worksteal"]

nox.options.sessions = ["lint", "types", "tests"]
nox.options.reuse_existing_virtualenvs = True


@nox.session
def lint(session: nox.Session) -> None:
    """Ruff, and its format."""
    session.install("ruff")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session
def types(session: nox.Session) -> None:
    """Mypy, strict; pyright; how much of the public interface has a type; and what users see, by both checkers."""
    session.install("-e", ".[dev]", "pyright")
    session.run("mypy", "--strict", "src")
    session.run("pytest", "-q", "-p", "no:randomly", "tests/typing")
    session.run("pyright")
    session.run("pyright", "--project", "tests/typing")
    session.run("python", "tests/typing/completeness.py")


@nox.session
def docs(session: nox.Session) -> None:
    """The site, in ``site/``; warnings are errors, links and anchors are followed, each page is opened in Chromium."""
    session.install("-e", ".[docs]")
    session.run("mkdocs", "build", "--strict", env={"NO_MKDOCS_2_WARNING": "1"})
    session.run("pytest", "-q", "tests/docs/test_site_in_browser.py", env={"STUDIO_EVERY_PAGE": "1"})


@nox.session
def pictures(session: nox.Session) -> None:
    """The pictures of the docs, made anew; Chromium is needed."""
    session.install("-e", ".[dev]")
    session.run("python", "docs/pictures/make.py")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite, on each Python; what is given after ``--`` goes to pytest.

    ``STUDIO_DIST=dist`` tests the wheel in that folder, as continuous integration does, else the tree as it stands.
    """
    dist = os.environ.get("STUDIO_DIST")
    if dist:
        [wheel] = Path(dist).resolve().glob("*.whl")
        session.install(f"{wheel}[dev]")
        session.install("--force-reinstall", "--no-deps", str(wheel))
        session.run("python", "-c", ORIGIN, wheel.as_uri())
    else:
        session.install("-e", ".[dev]")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session(python=PYTHONS[0])
def oldest(session: nox.Session) -> None:
    """The suite on the oldest Python, with the oldest libraries that pyproject.toml allows."""
    session.install("uv")
    pins = Path(session.virtualenv.location, "oldest.txt")
    lowest = ("--resolution", "lowest-direct", "--python-version", str(session.python), "--extra", "all")
    session.run("uv", "pip", "compile", "--quiet", *lowest, "pyproject.toml", "--output-file", str(pins), silent=True)
    tools = ("build", "freezegun", "pytest-randomly", "pytest-xdist", "time-machine")
    session.install("-e", ".[all]", *tools, "--constraint", str(pins))
    # Old libraries warn of what newer ones of others do; the newest are held to silence by ``tests``.
    session.run("pytest", *PARALLEL, "-W", "default", *session.posargs)


@nox.session
def bare(session: nox.Session) -> None:
    """The suite with no extra installed: what needs one is skipped. Mypy sees the types that users see then."""
    session.install("-e", ".", "pytest-xdist", "mypy")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session
def build(session: nox.Session) -> None:
    """What would be uploaded, in ``dist/``: the wheel and the sdist, looked through by twine."""
    session.install("build", "twine")
    shutil.rmtree("dist", ignore_errors=True)
    session.run("python", "-m", "build", silent=True)
    session.run("twine", "check", "--strict", *map(str, sorted(Path("dist").iterdir())))


@nox.session
def coverage(session: nox.Session) -> None:
    """The suite, with the branches it took of every module, the plugin's and those of child processes included.

    It takes about twice as long as the suite alone, so ``.ci/run`` has no place for it.
    """
    session.install("-e", ".[dev]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", *PARALLEL, *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def drift(session: nox.Session) -> None:
    """What the package says of Studio, held against Twilio's OpenAPI documents: a copy is in STUDIO_OPENAPI."""
    if not os.environ.get("STUDIO_OPENAPI"):
        session.error("set STUDIO_OPENAPI to a folder with twilio_studio_v1.json and twilio_studio_v2.json")
    session.install("-e", ".")
    session.run("pytest", "tests/drift", "-v", *session.posargs)


@nox.session(python="3.11")
def fuzz(session: nox.Session) -> None:
    """Each target for five minutes; after ``--``: ``--seconds 60``, ``--folder DIR`` to keep inputs, names of targets.

    Led by coverage where atheris can be installed, which has wheels for Linux and macOS; else by Hypothesis.
    """
    session.install("-e", ".[all]")
    session.install("atheris", success_codes=[0, 1])
    session.run("python", "tests/fuzz/fuzz.py", *session.posargs)


@nox.session
def release(session: nox.Session) -> None:
    """A dry run: builds what would be uploaded, looks at it, and tries it on each Python. Uploads nothing.

    ``dist/`` holds the files afterwards. Two builds of a commit have the same bytes.
    """
    session.install("-e", ".", "build", "twine")
    if session.run("git", "status", "--porcelain", silent=True, external=True):
        session.warn("there are changes that are not committed: they are built, too")
    epoch = str(session.run("git", "log", "-1", "--format=%ct", silent=True, external=True)).strip()
    dist = Path("dist")
    shutil.rmtree(dist, ignore_errors=True)
    with TemporaryDirectory() as again:
        for folder in (dist, Path(again)):
            session.run("python", "-m", "build", "--outdir", str(folder), env={"SOURCE_DATE_EPOCH": epoch}, silent=True)
        for path in sorted(dist.iterdir()):
            data = path.read_bytes()
            if data != Path(again, path.name).read_bytes():
                session.error(f"{path.name} has other bytes when it is built again")
            session.log(f"{path.name}: {len(data):,} bytes, sha256 {sha256(data).hexdigest()}")
    session.run("twine", "check", "--strict", *map(str, sorted(dist.iterdir())))
    # The examples are run below, on each Python.
    session.run("pytest", "tests/test_packaging.py", "-k", "not examples", env={"STUDIO_DIST": str(dist)})
    for python in PYTHONS:
        session.notify(f"installed-{python}", posargs=session.posargs)


@nox.session(python=PYTHONS, reuse_venv=False)
def installed(session: nox.Session) -> None:
    """The wheel in ``dist/``, installed by itself: the sdist's examples, then its README and API tests.

    After ``--``: which of the sdist's tests instead, such as ``tests``. ``release`` runs this on each Python.
    """
    dist = Path("dist").resolve()
    [wheel], [sdist] = dist.glob("*.whl"), dist.glob("*.tar.gz")
    with TemporaryDirectory() as folder:  # away from the repository
        shutil.unpack_archive(sdist, folder)
        source = Path(folder, sdist.name.removesuffix(".tar.gz"))
        with session.chdir(source / "examples"):
            session.install("--no-compile", str(wheel), "-r", "requirements.txt")
            session.run("python", "-c", ORIGIN, wheel.as_uri())
            session.run("python", "-m", "pytest", "-q", "-W", "error")
        with session.chdir(source):
            session.install("--no-compile", f"{wheel}[all]")
            session.run("python", "-m", "pytest", "-q", *(session.posargs or QUICK))


@nox.session
def mutation(session: nox.Session) -> None:
    """The core changed in every small way, to see that a test notices: about an hour.

    After ``--``: names of targets, of operations, api, account and schemas; ``--children 4`` for more at a time. What
    survives is held against ``tests/mutation/survivors.md``.
    """
    session.install("-e", ".[dev]")
    session.install("mutmut>=3.8,<3.9")  # mutation.py uses modules of it that are not its public ones
    folder = session.create_tmp()
    session.run("python", "tests/mutation/mutation.py", "--folder", f"{folder}/mutation", *session.posargs)


@nox.session
def properties(session: nox.Session) -> None:
    """The property tests, for minutes: ten times as many examples as in the suite."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-n", "2", "-m", "hypothesis", "--hypothesis-profile=long", *session.posargs)
