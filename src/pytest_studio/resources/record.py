"""What all records share."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_studio import clock, fields

if TYPE_CHECKING:
    from pytest_studio.resources.flow import Home

Json = dict[str, Any]


class Record:
    """What all records share: ``update``, and attributes that cannot be assigned to."""

    __slots__ = ()
    _spec: fields.Spec = {}
    #: Fields that name the record or its place: given once.
    _fixed: tuple[str, ...] = ("sid",)
    #: Fields that are PII, by the documents or by nature.
    _personal: tuple[str, ...] = ()
    _home: Home

    def update(self, **changes: Any) -> None:
        """Change fields, by their JSON names; dates may be text or ``datetime``.

        Raises:
            TypeError: an unknown field (the nearest is named), one that cannot change, or a value of a wrong type.
            ValueError: a value that the field cannot hold.
        """
        resource = type(self).__name__
        checked = fields.coerce(resource, self._spec, changes)
        for name in self._fixed:
            if name in checked:
                raise TypeError(f"{resource}.{name} names the record and cannot change")
        for name, value in checked.items():
            self.note_former(name)
            setattr(self, f"_{name}", value)

    def note_former(self, name: str) -> None:
        """Remember the value of a field that is about to be changed, if it is PII: logs may still tell it."""
        if name in self._personal:
            value = getattr(self, f"_{name}")
            if value:
                self._home.former.append((f"{type(self).__name__} {self.sid}", name, value))  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.sid}>"  # type: ignore[attr-defined]


def date_text(seconds: int | None) -> str | None:
    """A date as on the wire, or None."""
    return None if seconds is None else clock.render(seconds)


def moment(seconds: int | None) -> datetime | None:
    """A date as an aware ``datetime``, or None."""
    return None if seconds is None else clock.to_datetime(seconds)


def known_version(version: str) -> str:
    """``version`` itself.

    Raises:
        ValueError: it is neither ``"v1"`` nor ``"v2"``.
    """
    if version not in ("v1", "v2"):
        raise ValueError(f"version is 'v1' or 'v2', not {version!r}")
    return version


def only(version: str, asked: str, what: str) -> None:
    """Refuse a version that does not know the resource.

    Raises:
        ValueError: ``asked`` is not ``version``.
    """
    if known_version(asked) != version:
        raise ValueError(f"{what} has no {asked} payload: only {version} knows it")
