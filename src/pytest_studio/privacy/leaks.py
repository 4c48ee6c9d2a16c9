"""Looking for personal values in texts, and saying where they were found without telling them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_studio.privacy.values import Personal, is_value
from pytest_studio.privacy.views import TOKEN, View, lowered, unspaced, views

__all__ = ["Leak", "find", "report", "texts_of"]

#: How many values a report shows, of how many fields each, and how many further lines.
SHOWN, SHOWN_FIELDS, SHOWN_LINES = 10, 3, 5
#: How much of a line is shown on each side of a value, in characters.
AROUND = 40

#: Digits in groups, as phone numbers are written.
_GROUPS = re.compile(r"(?<![^\W_])[0-9](?:[0-9 ().+/\-\u2010-\u2015]*[0-9])?(?![^\W_])")
_GROUP = re.compile(r"[0-9]+")
#: Digits in groups of three, as amounts are written; a list of numbers of three digits each is not told from one.
_THOUSANDS = re.compile(r"(?<![\w.,'])[0-9]{1,3}([,'_\u2019])[0-9]{3}(?:\1[0-9]{3})*(?!\w|[,'_][0-9])")
#: Characters between two groups of one number.
_GAP = 3

_ORDER = {"address": 0, "text": 1, "word": 2, "number": 3}


class Leak:
    """A personal value that stands in a text: ``spans`` are the parts of the text, in order."""

    __slots__ = ("personal", "spans")

    def __init__(self, personal: Personal, spans: list[tuple[int, int]]) -> None:
        self.personal: Personal = personal
        self.spans: list[tuple[int, int]] = spans


def texts_of(text: object) -> list[str]:
    """The texts that ``assert_no_pii`` was given: one, or several.

    Raises:
        TypeError: it is neither a text nor bytes, nor a list or the like of these.
    """
    wanted = "assert_no_pii takes a text, bytes, or several of them"
    if isinstance(text, (str, bytes, bytearray)):
        return [_text(text)]
    if not isinstance(text, Iterable) or isinstance(text, Mapping):
        hint = ": pass its .text" if isinstance(getattr(text, "text", None), str) else ""
        raise TypeError(f"{wanted}, not {type(text).__name__}{hint}")
    texts = []
    for index, part in enumerate(text):
        if not isinstance(part, (str, bytes, bytearray)):
            raise TypeError(f"{wanted}; item {index} is of type {type(part).__name__}")
        texts.append(_text(part))
    return texts


def _text(text: str | bytes | bytearray) -> str:
    return text if isinstance(text, str) else text.decode("utf-8", "replace")


def find(values: Sequence[Personal], text: str) -> list[Leak]:
    """The values that stand in a text, the most telling first.

    Time goes with the length of the text plus the number of values: the text's words are looked up, not the values.

    Args:
        values: as ``collect`` gives them.
        text: any text.
    """
    found: dict[Personal, set[tuple[int, int]]] = {}
    numbers = {key: value for value in values if value.grouped for key in value.keys}
    longest = max(map(len, numbers), default=0)
    keys = _Keys(value for value in values if not value.grouped)
    for view in views(text):
        for value, start, end in keys.within(view):
            found.setdefault(value, set()).add(view.origin(start, end))
        for value, start, end in _numbers(numbers, longest, view.text):
            begin, end = view.origin(start, end)
            while begin and text[begin - 1] in "+(":
                begin -= 1
            found.setdefault(value, set()).add((begin, end))
    leaks = [Leak(value, _merged(spans)) for value, spans in found.items()]
    return sorted(leaks, key=lambda leak: (_ORDER[leak.personal.kind], leak.spans[0]))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Parts of a text in order, those that overlap as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


class _Keys:
    """Texts to look for, by their words."""

    def __init__(self, values: Iterable[Personal]) -> None:
        #: What is looked for in lower case -> (key as written, value) of those that read so.
        self._values: dict[str, list[tuple[str, Personal]]] = {}
        for value in values:
            for key in value.keys:
                self._values.setdefault(lowered(key), []).append((key, value))
        self._words = {
            lower: [(found.group(), found.start()) for found in TOKEN.finditer(lower)] for lower in self._values
        }

    def within(self, view: View) -> Iterable[tuple[Personal, int, int]]:
        """``(value, start, end)`` of all that stand in a reading."""
        lower = view.lower
        there = set(TOKEN.findall(lower))
        able = [key for key, words in self._words.items() if words and all(word in there for word, _ in words)]
        if not able:
            return
        needed: dict[str, list[int]] = {word: [] for key in able for word, _ in self._words[key]}
        for found in TOKEN.finditer(lower):
            places = needed.get(found.group())
            if places is not None:
                places.append(found.start())
        for key in able:
            word, offset = min(self._words[key], key=lambda word: len(needed[word[0]]))  # the rarest of its words
            for place in needed[word]:
                start = place - offset
                if start >= 0 and lower.startswith(key, start) and _whole(lower, start, start + len(key)):
                    end = start + len(key)
                    exactly = view.text[start:end]
                    part = _part_of_number(lower, start, end)
                    for written, value in self._values[key]:
                        if not (value.exact and exactly != written) and not (part and value.kind == "number"):
                            yield value, start, end


def _whole(text: str, start: int, end: int) -> bool:
    """Whether a part of a text is not just the middle of a word."""
    return not (
        (start and _joined(text[start - 1], text[start])) or (end < len(text) and _joined(text[end - 1], text[end]))
    )


def _joined(left: str, right: str) -> bool:
    return _in_word(left) and _in_word(right)


def _in_word(char: str) -> bool:
    return (char.isalnum() or char == "_") and unspaced(char) is None


def _part_of_number(text: str, start: int, end: int) -> bool:
    """Whether digits are only a part of a number with a point or a comma."""
    before, after = text[max(0, start - 2) : start], text[end : end + 2]
    return (before[-1:] in (".", ",") and before[:1].isdigit()) or (after[:1] in (".", ",") and after[1:].isdigit())


def _numbers(numbers: dict[str, Personal], longest: int, text: str) -> Iterable[tuple[Personal, int, int]]:
    """``(value, start, end)`` of the numbers in a text, however their digits are grouped."""
    if not numbers:
        return
    for amount in _THOUSANDS.finditer(text):
        digits = "".join(filter(str.isdecimal, amount.group()))
        if digits in numbers:
            yield numbers[digits], *amount.span()
    heads = {digits[:4] for digits in numbers}  # most windows over groups end here
    for run in _GROUPS.finditer(text):
        start, end = run.span()
        if end - start < 7:
            continue
        whole = run.group()
        if whole.isdigit():
            if whole in numbers:
                yield numbers[whole], start, end
            continue
        groups = [(found.group(), *found.span()) for found in _GROUP.finditer(whole)]
        for first, (_, at, last) in enumerate(groups):
            joined = ""
            for index in range(first, len(groups)):
                digits, begin, stop = groups[index]
                joined += digits
                if len(joined) > longest or begin - last > _GAP or (len(joined) >= 4 and joined[:4] not in heads):
                    break
                last = stop
                if joined in numbers and not (index == first and _part_of_number(whole, at, stop)):
                    yield numbers[joined], start + at, start + stop


def report(values: Sequence[Personal], texts: Sequence[str]) -> str | None:
    """What ``assert_no_pii`` says of texts; None if nobody's value stands in them.

    Args:
        values: as ``collect`` gives them.
        texts: any texts.
    """
    found = [(number, leak) for number, text in enumerate(texts, 1) for leak in find(values, text)]
    if not found:
        return None
    found.sort(key=lambda pair: (_ORDER[pair[1].personal.kind], pair[0], pair[1].spans[0]))
    by_value: dict[Personal, list[tuple[int, Leak]]] = {}
    for number, leak in found:
        by_value.setdefault(leak.personal, []).append((number, leak))
    masks: dict[int, list[tuple[int, int]]] = {}
    for number, leak in found:
        masks.setdefault(number, []).extend(leak.spans)
    count = len(by_value)
    what = "a value that is PII stands" if count == 1 else f"{count} values that are PII stand"
    lines = [f"{what} in the text{'s' if len(texts) > 1 else ''}:"]
    for value in list(by_value)[:SHOWN]:
        lines.append(f"  {_hidden(value.value)}: {_fields(value)}")
        lines += _places(by_value[value], texts, masks)
    if count > SHOWN:
        lines.append(f"  and {count - SHOWN} more values")
    lines.append("Contexts, addresses and parameters are PII by Twilio's documents; SIDs are not, and can be logged.")
    return "\n".join(lines)


def _hidden(value: str) -> str:
    """A value by its first character and its length."""
    return f"{value[0]!r}… ({len(value)} characters)"


def _fields(value: Personal) -> str:
    """The places of a value: ``Execution FN… to, context.widgets.ask_age.inbound.Body and 2 more fields``."""
    names = list(dict.fromkeys(_name(place) for place in value.places))
    shown = names[:SHOWN_FIELDS]
    more = value.times - len(shown) - (len(value.places) - len(names))
    records = [None, *(record for record, _ in shown)]
    parts = [
        field if record == before else f"{record} {field}"
        for before, (record, field) in zip(records, shown, strict=False)
    ]
    return ", ".join(parts) + (f" and {more} more field{'s' if more > 1 else ''}" if more > 0 else "")


def _name(place: Any) -> tuple[str, str]:
    """The record and the field of a place: ``("Execution FN…", "context.widgets.ask_age.inbound.Body")``."""
    keys: list[str] = []
    while isinstance(place, tuple):
        place, key = place
        keys.append(f"[{key}]" if isinstance(key, int) else ".<a key>" if is_value(key) else f".{key:.60}")
    return place, "".join(reversed(keys)).removeprefix(".")


def _places(leaks: list[tuple[int, Leak]], texts: Sequence[str], masks: dict[int, list[tuple[int, int]]]) -> list[str]:
    """Where a value stands first, with what is around it; and where else."""
    number, leak = leaks[0]
    text = texts[number - 1]
    start, end = leak.spans[0]
    line = text.count("\n", 0, start) + 1
    begins = text.rfind("\n", 0, start) + 1
    ends = text.find("\n", end)
    ends = len(text) if ends < 0 else ends
    low, high = max(begins, start - AROUND), min(ends, end + AROUND)
    which = f"text {number}, " if len(texts) > 1 else ""
    around = _masked(text, low, high, masks[number])
    around = f"{'…' if low > begins else ''}{around}{'…' if high < ends else ''}"
    lines = [f"      {which}line {line}, column {start - begins + 1}: {around}"]
    further = [(number, text.count("\n", 0, at) + 1) for at, _ in leak.spans[1 : SHOWN_LINES + 1]]
    for other, elsewhere in leaks[1:]:
        for at, _ in elsewhere.spans[: SHOWN_LINES - len(further)]:
            further.append((other, texts[other - 1].count("\n", 0, at) + 1))
    times = sum(len(leak.spans) for _, leak in leaks) - 1
    if times:
        named = [f"text {n}, line {at}" if len(texts) > 1 else f"line {at}" for n, at in dict.fromkeys(further)]
        lines.append(f"      {times} more time{'s' if times > 1 else ''}: {', '.join(named)}"
                     f"{' …' if times > len(further) else ''}")  # fmt: skip
    return lines


def _masked(text: str, low: int, high: int, spans: Iterable[tuple[int, int]]) -> str:
    """A part of a text without what is personal in it, on one line."""
    pieces: list[str] = []
    for start, end in _merged(span for span in spans if span[1] > low and span[0] < high):
        pieces += text[low : max(low, start)], "***"
        low = end
    pieces.append(text[low:high])
    return "".join(char if char.isprintable() else " " for char in "".join(pieces))
