"""Completion in a shell: the words that come next, as bash asks for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("argcomplete")

BIN = Path(sys.executable).parent
#: Completes the words of $WORDS as if somebody had pressed the Tab key behind them.
BASH = """
eval "$(register-python-argcomplete pytest-studio)"
set -- $(complete -p pytest-studio)
while [ "$1" != -F ]; do shift; done
COMP_LINE="$WORDS"
COMP_POINT=${#WORDS}
COMP_TYPE=9
COMP_WORDS=($WORDS)
[ "${WORDS% }" = "$WORDS" ] || COMP_WORDS+=("")
COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
$2 pytest-studio "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""

pytestmark = pytest.mark.skipif(
    shutil.which("bash") is None or not (BIN / "pytest-studio").exists(), reason="needs bash and the command"
)


def completed(words: str, folder: Path) -> set[str]:
    """What bash offers behind these words."""
    environ = {**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "WORDS": words}
    done = subprocess.run(
        ["bash", "--norc", "-c", BASH], env=environ, cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("pytest-studio ", {"serve", "proxy", "check", "lint", "run", "draw", "-h", "--help", "--version"}),
        ("pytest-studio se", {"serve"}),
        ("pytest-studio --ver", {"--version"}),
        ("pytest-studio lint --f", {"--format"}),
        ("pytest-studio check --format ", {"text", "json", "github"}),
        ("pytest-studio lint boo", {"booking.json"}),
        ("pytest-studio serve --vintage 202", {"2023", "2025", "2026"}),
        ("pytest-studio lint --disable liquid-", {"liquid-syntax"}),
    ],
)
def test_bash_offers_what_comes_next(words: str, wanted: set[str], tmp_path: Path) -> None:
    """Commands, their options, values of these, and files."""
    (tmp_path / "booking.json").touch()
    assert completed(words, tmp_path) == wanted
