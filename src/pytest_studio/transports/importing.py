"""Client libraries that are imported while a studio is active."""

from __future__ import annotations

import sys
from collections.abc import Callable, Container
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

__all__ = ["Watch"]


class Watch:
    """A finder in ``sys.meta_path`` that tells when a library has been executed; finding it is left to the others.

    Args:
        libraries: names of top-level modules.
        imported: told the name, in the thread that imports, before its ``import`` statement goes on. Where the
            library's own code fails, it is told nothing.
    """

    def __init__(self, libraries: Container[str], imported: Callable[[str], object]) -> None:
        self._libraries = libraries
        self._imported = imported

    def start(self) -> None:
        """Stand before the other finders."""
        sys.meta_path.insert(0, self)

    def stop(self) -> None:
        """Leave the import system as it was."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """What the import system asks; None for all that is not watched, and for what nobody finds."""
        if name not in self._libraries:
            return None
        for finder in list(sys.meta_path):
            find = None if isinstance(finder, Watch) else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find(name, path, target) if find is not None else None
            if spec is not None:
                if hasattr(spec.loader, "exec_module"):
                    spec.loader = _Told(spec.loader, self._imported)  # type: ignore[assignment]
                return spec
        return None


class _Told:
    """A loader that tells when it is done. A module that it has loaded knows the real one only."""

    def __init__(self, real: Any, imported: Callable[[str], object]) -> None:
        self._real = real
        self._imported = imported

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As the real one does."""
        module: ModuleType | None = self._real.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        """Let the real loader execute it, then tell."""
        module.__loader__ = self._real
        if module.__spec__ is not None:
            module.__spec__.loader = self._real
        self._real.exec_module(module)
        if sys.modules.get(module.__name__) is module:
            self._imported(module.__name__)
