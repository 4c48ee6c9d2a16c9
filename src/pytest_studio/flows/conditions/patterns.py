"""Regular expressions of a Flow: whole texts, without regard to case, in bounded time, and texts that they match.

Python's engine can take for ever over a pattern such as ``(a+)+``. How many ways it could try is therefore estimated
first; where they are too many, sets of positions are followed through the pattern instead, which never tries twice.
"""

from __future__ import annotations

import math
import re
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import Any

if sys.version_info >= (3, 11):
    from re import _parser as parser  # pyright: ignore[reportAttributeAccessIssue]  # typeshed leaves it out
else:  # pragma: no cover
    import sre_parse as parser

__all__ = ["Pattern", "Uncertain", "compiled", "samples"]

#: Python tries at most 2 to the power of this many ways; beyond them, positions are followed.
BITS = 18
#: Positions that are followed before a pattern is given up as too costly.
STEPS = 300_000
#: Texts that are tried for one part of a pattern.
FEW = 4

#: ``[[`` and ``&&`` within a class mean sets in Java, and letters in Python.
_SETS = re.compile(r"\[[^\]\\]*(\[|&&|--|~~|\|\|)")
_JAVA_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")

#: A part of a parsed pattern: its operation and what belongs to it.
Node = tuple[Any, Any]


class Uncertain(ValueError):
    """A pattern that cannot be judged; the message says why, and fits after "because"."""


class Pattern:
    """A pattern that compiled.

    Args:
        source: the pattern, without slashes, in the syntax that Java and Python share.

    Raises:
        Uncertain: it does not compile.
    """

    __slots__ = ("ascii", "source", "tree", "unicode")

    def __init__(self, source: str) -> None:
        self.source: str = source
        shared = _JAVA_GROUP.sub("(?P<", source)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self.ascii: re.Pattern[str] = re.compile(shared, re.IGNORECASE | re.ASCII)
                locale = self.ascii.flags & re.LOCALE
                self.unicode: re.Pattern[str] = self.ascii if locale else re.compile(shared, re.IGNORECASE)
                self.tree: Any = parser.parse(shared, re.IGNORECASE | re.ASCII)
        except (re.error, ValueError, OverflowError, RecursionError) as error:
            raise Uncertain(f"it does not compile: {error or type(error).__name__}") from None

    def matches(self, text: str, *, ascii_only: bool = True) -> bool:
        r"""Whether the whole text matches.

        Args:
            text: the text, without white space at its ends.
            ascii_only: ``\w``, ``\d``, ``\s`` and case know only ASCII, as in Java.

        Raises:
            Uncertain: the pattern is too costly for a text of this length.
        """
        if _ways(self.tree, len(text)) > BITS:
            return _Walk(text, self.tree, ascii_only).reaches_the_end()
        return bool((self.ascii if ascii_only else self.unicode).fullmatch(text))

    @property
    def differs_in_java(self) -> bool:
        """Whether the pattern holds what Java and Python read differently."""
        return bool(_SETS.search(self.source))


@lru_cache(maxsize=1024)
def compiled(source: str) -> Pattern:
    """The pattern of a text, compiled once.

    Raises:
        Uncertain: it does not compile.
    """
    return Pattern(source)


def _ways(tree: Any, length: int) -> float:
    """How many ways the engine may have to try on a text of this length, as a power of two."""
    return sum(_ways_of(str(op), value, length) for op, value in tree)


def _ways_of(op: str, value: Any, length: int) -> float:
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = value
        often = min(int(most), max(int(least), length + 1))
        within = _ways(body, length)
        empty = math.log2(int(least) + 1) if body.getwidth()[0] == 0 else 0.0
        return empty + math.log2(max(often - int(least), 0) + 1) + (within * min(often, length + 1))
    if op == "BRANCH":
        return math.log2(sum(2 ** min(_ways(branch, length), 1000.0) for branch in value[1]))
    if op == "GROUPREF_EXISTS":
        return sum(_ways(branch, length) for branch in value[1:] if branch is not None)
    inner = _body(op, value)
    return 0.0 if inner is None else _ways(inner, length)


def _body(op: str, value: Any) -> Any:
    """The pattern within a group, a look-around or an atomic group; None for what has none."""
    if op in ("SUBPATTERN", "ASSERT", "ASSERT_NOT"):
        return value[-1]
    return value if op == "ATOMIC_GROUP" else None


_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_WORD": lambda letter: letter.isalnum() or letter == "_",
}


class _Walk:
    """The positions of a text that a pattern reaches."""

    def __init__(self, text: str, tree: Any, ascii_only: bool) -> None:
        self.text = text
        self.tree = tree
        self.ascii_only = ascii_only
        self.flags = tree.state.flags
        self.left = STEPS

    def reaches_the_end(self) -> bool:
        """Whether the whole text matches."""
        return len(self.text) in self.through(self.tree, {0})

    def through(self, tree: Any, starts: set[int]) -> set[int]:
        """The positions after a sequence, from any of the positions before it."""
        for op, value in tree:
            if not starts:
                break
            self.left -= len(starts)
            if self.left < 0:
                raise Uncertain("it takes too long on this input")
            starts = self.step(str(op), value, starts)
        return starts

    def step(self, op: str, value: Any, starts: set[int]) -> set[int]:
        """The positions after one part of a pattern."""
        if op in ("MAX_REPEAT", "MIN_REPEAT"):
            return self.repeat(value, starts)
        if op == "BRANCH":
            return set().union(*(self.through(branch, starts) for branch in value[1]))
        if op == "SUBPATTERN":
            _, add, remove, body = value
            if add or remove:
                raise Uncertain("it takes too long on this input")
            return self.through(body, starts)
        if op == "AT":
            return {at for at in starts if self.at(str(value), at)}
        if op in ("ASSERT", "ASSERT_NOT"):
            return {at for at in starts if self.sees(value, at) is (op == "ASSERT")}
        if op in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return {at + 1 for at in starts if at < len(self.text) and self.takes(op, value, self.text[at])}
        raise Uncertain("it takes too long on this input")

    def repeat(self, repetition: tuple[Any, Any, Any], starts: set[int]) -> set[int]:
        """The positions after a repetition."""
        least, most, body = repetition
        current = starts
        for _ in range(int(least)):
            following = self.through(body, current)
            if following == current:
                break
            current = following
        reached = set(current)
        for _ in range(int(most) - int(least)):
            current = self.through(body, current) - reached
            if not current:
                break
            reached |= current
        return reached

    def sees(self, look: tuple[int, Any], at: int) -> bool:
        """Whether a look-ahead or look-behind finds its pattern."""
        direction, body = look
        if direction > 0:
            return bool(self.through(body, {at}))
        before = at - body.getwidth()[0]
        return before >= 0 and at in self.through(body, {before})

    def at(self, anchor: str, at: int) -> bool:
        """Whether an anchor holds at a position."""
        end = len(self.text)
        lines = self.flags & re.MULTILINE
        if anchor in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return at == 0 or bool(lines and anchor == "AT_BEGINNING" and self.text[at - 1] == "\n")
        if anchor == "AT_END_STRING":
            return at == end
        if anchor == "AT_END":
            return at == end or (self.text[at] == "\n" and (at == end - 1 or bool(lines)))
        beside = [self.category("CATEGORY_WORD", self.text[i]) for i in (at - 1, at) if 0 <= i < end]
        boundary = any(beside) if len(beside) < 2 else beside[0] != beside[1]
        return boundary is (anchor == "AT_BOUNDARY")

    def category(self, name: str, letter: str) -> bool:
        """Whether a letter is a digit, a space or a letter of a word, or not."""
        positive = name.replace("NOT_", "")
        within = _CATEGORIES[positive](letter) and (letter.isascii() or not self.ascii_only)
        return within is (positive == name)

    def takes(self, op: str, value: Any, letter: str) -> bool:
        """Whether one letter of the text fits one place of the pattern, in either case."""
        if op == "ANY":
            return letter != "\n" or bool(self.flags & re.DOTALL)
        cases = {letter}
        if letter.isascii() or not self.ascii_only:
            cases |= {other for other in (letter.lower(), letter.upper()) if len(other) == 1}
        if op in ("LITERAL", "NOT_LITERAL"):
            return any(ord(case) == value for case in cases) is (op == "LITERAL")
        negated = str(value[0][0]) == "NEGATE"
        return any(self.within(item, case) for item in value[negated:] for case in cases) is not negated

    def within(self, item: Node, letter: str) -> bool:
        """Whether a letter belongs to one item of a class."""
        op, value = str(item[0]), item[1]
        if op == "LITERAL":
            return bool(ord(letter) == value)
        if op == "RANGE":
            return bool(value[0] <= ord(letter) <= value[1])
        return self.category(str(value), letter)


def samples(pattern: Pattern) -> tuple[str, ...]:
    """A few texts that the pattern may match, made from its parts: the shortest first, the empty one last.

    Each has to be tried: anchors within, look-arounds and the like are not minded.
    """
    found = _texts(pattern.tree, {})
    return tuple(sorted(dict.fromkeys(found), key=lambda text: (not text.strip(), len(text))))


def _texts(tree: Any, groups: dict[int, str]) -> list[str]:
    """Texts of a sequence: the first of each part, then with one part's others in turn."""
    parts = [_texts_of(str(op), value, groups) for op, value in tree]
    if not all(parts):
        return []
    first = [part[0] for part in parts]
    others = [
        "".join([*first[:place], other, *first[place + 1 :]]) for place, part in enumerate(parts) for other in part[1:]
    ]
    return list(dict.fromkeys(["".join(first), *others]))[: FEW * 2]


def _texts_of(op: str, value: Any, groups: dict[int, str]) -> list[str]:
    if op == "LITERAL":
        return [chr(value)]
    if op in ("IN", "NOT_LITERAL", "ANY"):
        walk = _Walk("", parser.parse("", re.IGNORECASE), True)
        letters = (*"a1b2c z-_.@+", *_members(op, value))
        return [letter for letter in letters if walk.takes(op, value, letter)][:2]
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, body = value
        inner = _texts(body, groups)
        often = dict.fromkeys(min(int(most), count) for count in (int(least), int(least) + 1) if count <= 1600)
        return [text * count for count in often for text in (inner or ([] if count else [""]))][:FEW]
    if op == "BRANCH":
        return reduce(lambda texts, branch: texts + _texts(branch, groups)[:FEW], value[1], list[str]())
    if op == "GROUPREF":
        return [groups.get(value, "")]
    if op in ("SUBPATTERN", "ATOMIC_GROUP"):
        texts = _texts(_body(op, value), groups)
        if op == "SUBPATTERN" and value[0] is not None and texts:
            groups[value[0]] = texts[0]
        return texts
    return [""]


def _members(op: str, value: Any) -> list[str]:
    """The letters that a class names."""
    if op != "IN":
        return []
    first = {"LITERAL": lambda what: what, "RANGE": lambda what: what[0]}
    return [chr(first[str(kind)](what)) for kind, what in value if str(kind) in first]
