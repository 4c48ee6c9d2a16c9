"""What continuous integration runs, for people too: ``nox -l`` lists it, ``nox -s tests-3.12`` runs one of it.

``make test`` runs the quick part in one environment. Here each has an environment of its own, and what takes minutes
has its place: other Pythons, oldest dependencies, coverage, mutations, fuzzing.
"""

from __future__ import annotations

import os

import nox

PYTHONS = ["3.10", "3.11", "3.12", "3.13"]

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
    """Mypy, strict."""
    session.install("-e", ".[dev]")
    session.run("mypy", "--strict", "src")


@nox.session(python=PYTHONS)
def tests(session: nox.Session) -> None:
    """The suite, on each Python; what is given after ``--`` goes to pytest."""
    session.install("-e", ".[dev]")
    session.run("pytest", "-n", "2", "--dist", "loadgroup", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The suite, with the branches it took of every module, the plugin's and those of child processes included.

    It takes about twice as long as the suite alone, so ``.ci/run`` has no place for it.
    """
    session.install("-e", ".[dev]")
    session.run("coverage", "erase")
    session.run("coverage", "run", "-m", "pytest", "-n", "2", "--dist", "loadgroup", *session.posargs)
    session.run("coverage", "combine", "--quiet")
    session.run("coverage", "report")


@nox.session
def drift(session: nox.Session) -> None:
    """What the package says of Studio, held against Twilio's OpenAPI documents: a copy is in STUDIO_OPENAPI."""
    if not os.environ.get("STUDIO_OPENAPI"):
        session.error("set STUDIO_OPENAPI to a folder with twilio_studio_v1.json and twilio_studio_v2.json")
    session.install("-e", ".[dev]")
    session.run("pytest", "tests/drift", "-v", *session.posargs)


@nox.session(python="3.11")
def fuzz(session: nox.Session) -> None:
    """Each target for five minutes; after ``--``: ``--seconds 60``, ``--folder DIR`` to keep inputs, names of targets.

    Led by coverage where atheris can be installed, which has wheels for Linux and macOS; else by Hypothesis.
    """
    session.install("-e", ".[all]")
    session.install("atheris", success_codes=[0, 1])
    session.run("python", "tests/fuzz/fuzz.py", *session.posargs)
