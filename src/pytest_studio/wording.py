"""How messages and reports put numbers and values."""

from __future__ import annotations

from typing import Any

__all__ = ["counted", "shorten"]


def counted(number: int, noun: str) -> str:
    """``1 Flow``, ``2 Flows``."""
    return f"{number} {noun}{'s' * (number != 1)}"


def shorten(value: Any, width: int = 100) -> str:
    """A value's ``repr``, cut in the middle when it is longer than ``width`` characters."""
    if isinstance(value, str) and len(value) > width * 2:
        value = value[:width] + value[-width:]
    text = repr(value)
    return text if len(text) <= width else f"{text[: width - 20]} … {text[-12:]}"
