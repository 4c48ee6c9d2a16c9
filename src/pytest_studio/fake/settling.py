"""Which attributes of a studio can be set: none that would have no effect."""

from __future__ import annotations

from typing import Any

from pytest_studio.errors import nearest

__all__ = ["check"]

#: Setting -> what changes it for a studio that is there.
_INSTEAD = {
    "strict": "`with studio.lenient():` lets the calls of a block pass",
    "now": "`studio.advance(…)` moves the clock",
}
#: Settings that neither the marker nor ini has.
_BY_HAND = ("env",)
#: Settings that a marker has, and ini goes by another way.
_BY_MARKER = ("seed",)


def check(studio: Any, base: type, name: str) -> None:
    """Refuse to set a name that is a setting, and one that there is not.

    What there is, such as a method, can be replaced: tests do so by ``monkeypatch`` and mocks. A subclass may have any
    name but a setting's, unless it defines that anew.

    Args:
        studio: whose attribute is to be set.
        base: the class that has the settings.
        name: of the attribute.

    Raises:
        AttributeError: it says what would be right.
    """
    kind = type(studio)
    if name in vars(studio).get("_arguments", ()) and getattr(kind, name, None) is getattr(base, name, None):
        ways = [f"FakeStudio({name}=…)"]
        if name not in _BY_HAND:
            ways.insert(0, f"@pytest.mark.studio({name}=…)")
            ways.insert(1, "--studio-seed" if name in _BY_MARKER else f"ini studio_{name}")
        instead = f"; {_INSTEAD[name]}" if name in _INSTEAD else ""
        raise AttributeError(f"{name} is set when a studio is made, by {' or '.join(ways)}{instead}")
    if kind is base and not hasattr(base, name):
        known = [each for each in dir(base) if not each.startswith("_")] + list(vars(studio).get("_arguments", ()))
        raise AttributeError(
            f"a FakeStudio has no attribute {name!r}{nearest(name, known)}: "
            "keep what is yours in a variable of your own, or in a subclass"
        )
