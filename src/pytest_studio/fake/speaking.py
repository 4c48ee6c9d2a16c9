"""What a wrong argument is answered: by the name that was called, with the nearest right one."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Container, Sequence
from types import FunctionType
from typing import Any

from pytest_studio.errors import nearest
from pytest_studio.wording import counted, shorten

__all__ = ["speak", "speak_as"]

_MISSING = re.compile(r"missing \d+ required positional arguments?: ")
_UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")
_TOO_MANY = re.compile(r"takes .*positional arguments? but (\d+)")


def speak_as(public: type, *parts: type) -> None:
    """Let the methods of a class's parts go by the name of the class, and say what a wrong argument should be.

    Types, signatures and docstrings stay; a call costs a fifth of a microsecond more.

    Args:
        public: the class that users know; of its own methods only ``__init__`` is changed.
        parts: what it is put together from.
    """
    for part in parts:
        speak(public, part)
    setattr(public, "__init__", _speaking(vars(public)["__init__"]))  # noqa: B010  a type checker minds the plain way


def speak(public: type, part: type, names: Container[str] | None = None) -> None:
    """Let methods of a class, or of a part of it, say what a wrong argument should be; see ``speak_as``.

    Args:
        public: the class that users know.
        part: what has the methods; the same class, or one that it inherits from.
        names: which; None: all that are public.
    """
    for name, member in list(vars(part).items()):
        if isinstance(member, FunctionType) and (names is None or name in names):
            member.__qualname__ = f"{public.__name__}.{name}"
            if not name.startswith("_"):
                setattr(part, name, _speaking(member))


def _speaking(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def called(*args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            return method(*args, **kwargs)
        except TypeError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:  # of the method's own
                raise
            words = _words(method, str(error), args[1:])
        raise TypeError(words)

    return called


def _words(method: Callable[..., Any], words: str, given: Sequence[Any]) -> str:
    """Python's own words for a wrong argument, with what would be right; ``given`` came without names."""
    words = words.replace(".__init__()", "()")
    parameters = list(inspect.signature(method).parameters.values())[1:]
    names = [f"{'*' * 2 * (each.kind is each.VAR_KEYWORD)}{each.name}" for each in parameters if each.name[0] != "_"]
    unknown = _UNKNOWN.search(words)
    if unknown is not None:
        return words[: unknown.end()] + (nearest(unknown[1], names) or f"; it takes {', '.join(names)}")
    too_many = _TOO_MANY.search(words)
    if too_many is not None:
        most = sum(each.kind is each.POSITIONAL_OR_KEYWORD for each in parameters)
        came = int(too_many[1]) - 1
        taken = counted(most, "positional argument")
        return f"{words[: too_many.start()]}takes {taken}, not {came}; by name it takes {', '.join(names)}"
    if given and _MISSING.search(words) is not None:
        taken = ", ".join(f"{shorten(value, 40)} as {name}" for value, name in zip(given, names, strict=False))
        return f"{words}, with {taken}; it takes {', '.join(names)}"
    return words
