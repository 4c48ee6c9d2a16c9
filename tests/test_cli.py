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


def test_the_nearest_command_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    """Of one that was mistyped."""
    with pytest.raises(SystemExit) as ended:
        main(["serv"])
    assert ended.value.code == 2
    assert "there is no command 'serv' (did you mean 'serve'?)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["check", "x.json", "--formatt", "json"], "unrecognized arguments: --formatt json (did you mean '--format'?)"),
        (["draw", "x.json", "--zzz"], "unrecognized arguments: --zzz"),
    ],
)
def test_a_wrong_option_shows_how_its_command_is_used(
    given: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not the command without any."""
    with pytest.raises(SystemExit) as ended:
        main(given)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert told.startswith(f"usage: pytest-studio {given[0]} ")
    assert told.endswith(f"pytest-studio {given[0]}: error: {words}\n")


def test_an_option_of_no_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """With the usage of the whole."""
    with pytest.raises(SystemExit):
        main(["--bogus"])
    assert capsys.readouterr().err.endswith("pytest-studio: error: unrecognized arguments: --bogus\n")


@pytest.mark.parametrize("command", [["serve"], ["proxy"], ["run", "flow.json"]])
def test_a_seed_is_what_it_is_for_pytest(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A number, or random, as ``--studio-seed`` says."""
    with pytest.raises(SystemExit) as ended:
        main([*command, "--seed", "abc"])
    assert ended.value.code == 2
    assert "argument --seed: a seed is a number or random, not 'abc'" in capsys.readouterr().err
