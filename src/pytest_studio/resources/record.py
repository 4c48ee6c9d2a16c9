"""What all records share."""

from __future__ import annotations

from copy import deepcopy
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_studio import clock, fields
from pytest_studio.schema_files import KEPT

if TYPE_CHECKING:
    from pytest_studio.resources.flow import Home

Json = dict[str, Any]


def slots(resource: str) -> tuple[str, ...]:
    """Where the records of a resource hold the fields that only a schema describes."""
    return tuple(f"_{name}" for name in KEPT[resource])


def personal(resource: str) -> tuple[str, ...]:
    """Those fields of a resource which only a schema describes and which are PII."""
    return tuple(name for name, field in KEPT[resource].items() if field.personal)


class Record:
    """What all records share: ``update``, and attributes that cannot be assigned to.

    A class names its ``resource``, so that it has the fields of it that only a schema describes: in ``slots``, as
    attributes, in ``update``.
    """

    __slots__ = ()
    _spec: fields.Spec = {}
    #: Fields that name the record or its place: given once.
    _fixed: tuple[str, ...] = ("sid",)
    #: Fields that are PII, by the documents or by nature.
    _personal: tuple[str, ...] = ()
    _home: Home
    #: What ``schema_files.KEPT`` calls it.
    _resource = ""

    def __init_subclass__(cls, resource: str = "") -> None:
        """Give the class an attribute for each field that only a schema describes."""
        if resource:
            cls._resource = resource
            for name, field in KEPT[resource].items():
                setattr(cls, name, _attribute(name, field.kind, field.about))

    @property
    def _keeper(self) -> Record:
        """The record that has those fields."""
        return self

    def keep(self, values: Json) -> None:
        """Hold the fields that only a schema describes: as given, or by their defaults."""
        for name, field in KEPT[self._resource].items():
            if name in values:
                value = values[name]
            else:
                value = fields.coerce(self._resource, {name: field.kind}, {name: field.default})[name]
            setattr(self, f"_{name}", value)

    def kept(self) -> Json:
        """Those fields, as on the wire."""
        return {
            name: _shown(getattr(self._keeper, f"_{name}"), field.kind) for name, field in KEPT[self._resource].items()
        }

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


def _shown(value: Any, kind: str) -> Any:
    return date_text(value) if kind.startswith("date") else deepcopy(value)


def _attribute(name: str, kind: str, about: str) -> property:
    def get(record: Record) -> Any:
        value = getattr(record._keeper, f"_{name}")
        return moment(value) if kind.startswith("date") else deepcopy(value)

    get.__name__, get.__doc__ = name, about
    return fields.readonly(get)


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
