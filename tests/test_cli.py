"""``pytest-studio`` itself: its version, its help, and what it says to a command that it does not have."""

from __future__ import annotations

from importlib.metadata import version

import pytest

from pytest_studio.cli import main


def test_the_version_is_the_installed_ones(capsys: pytest.CaptureFixture[str]) -> None:
    """One line."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"pytest-studio {version('pytest-studio')}\n"


def test_without_a_command_there_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    """All commands are in it, and the exit code says that nothing was done."""
    assert main([]) == 2
    shown = capsys.readouterr().out
    for command in ("serve", "proxy", "check", "lint", "draw", "run"):
        assert f" {command} " in shown


def test_an_unknown_command_is_refused_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    """As argparse does it."""
    with pytest.raises(SystemExit) as ended:
        main(["fly"])
    assert ended.value.code == 2
    assert "'fly'" in capsys.readouterr().err
