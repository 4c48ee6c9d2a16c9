"""Where mutants are made: a copy of the tree, in a folder that nobody else uses."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("mutmut")
import mutation

pytestmark = pytest.mark.skipif(
    not (mutation.ROOT / "README.md").exists(), reason="the tests run away from their repository"
)


@pytest.fixture(autouse=True)
def little(monkeypatch: pytest.MonkeyPatch) -> None:
    """One file is enough of a tree; and the folder that was the current one is so again afterwards."""
    monkeypatch.setattr(mutation, "COPIED", ("README.md",))
    monkeypatch.chdir(Path.cwd())


def test_a_folder_of_somebody_else_is_left_as_it_is(tmp_path: Path) -> None:
    """And the refusal says so."""
    tmp_path.joinpath("thesis.txt").write_text("years of work")
    with pytest.raises(SystemExit, match="is not empty and was not made here"):
        mutation.copy(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize("make", [lambda folder: None, Path.mkdir], ids=["new", "empty"])
def test_a_folder_of_its_own_is_made_anew(tmp_path: Path, make: Callable[[Path], None]) -> None:
    """Again and again."""
    folder = tmp_path / "room"
    make(folder)
    mutation.copy(folder)
    folder.joinpath("mutant.py").touch()
    mutation.copy(folder)
    assert Path.cwd() == folder
    assert sorted(path.name for path in folder.iterdir()) == [mutation.MADE_HERE, "README.md"]
