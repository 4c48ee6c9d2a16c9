"""What a chat was, in words: its transcript, its path, and what a failure report says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from pytest_studio.flows.situation import Assumed, Blank, FlowWarning, Sent, Spoken, Visit
from pytest_studio.wording import counted, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_studio.chats.course import Course

__all__ = ["Did", "Entry", "Said", "did", "lines_of", "report", "said", "transcript", "way"]

#: Entries of a transcript that a report shows at the most: the last ones.
SHOWN = 40
#: Widgets of a path that an error shows at the most.
WIDGETS = 30


class Said(NamedTuple):
    """What the person wrote or said."""

    text: str
    media: tuple[str, ...] = ()


class Did(NamedTuple):
    """What the person, or time, did."""

    text: str


Entry = Said | Did | Visit | Sent | Spoken | FlowWarning | Blank | Assumed


def said(text: str, media: Sequence[str] = ()) -> Said:
    """An entry: the person wrote or said something."""
    return Said(text, tuple(media))


def did(what: str) -> Did:
    """An entry: the person, or time, did something."""
    return Did(what)


def transcript(chat: Course) -> list[str]:
    """A line an entry, and where the chat stands."""
    lines = [line for entry in chat.log for line in lines_of(entry)]
    if chat.over:
        lines.append("  -- ended")
    elif chat.standing_at:
        lines.append(f"  -- waits at {chat.standing_at}")
    return lines


def lines_of(entry: Entry) -> list[str]:
    """The lines of a transcript that an entry takes; none of what only the end of a report names."""
    if isinstance(entry, Said):
        media = "".join(f" [{url}]" for url in entry.media)
        return [f"> {entry.text}{media}"]
    if isinstance(entry, Did):
        return [f"> ({entry.text})"]
    if isinstance(entry, Sent):
        what = entry.body or (f"[{entry.content_sid}]" if entry.content_sid else "")
        media = f" [{entry.media_url}]" if entry.media_url else ""
        lost = f" (did not arrive: {entry.error})" if entry.error else ""
        return [f"< {what}{media}{lost}    [{entry.widget}]"]
    if isinstance(entry, Spoken):
        heard = entry.text or (f"(plays {entry.url})" if entry.url else f"(sends keys {entry.digits})")
        return [f"< {heard}    [{entry.widget}]"]
    if isinstance(entry, Visit):
        return [f"  {'  ' * entry.depth}{entry.widget}: {entry.event} -> {entry.next or 'Ended'}"]
    if isinstance(entry, FlowWarning):
        return [f"  ! {entry.code} at {entry.widget}: {entry.message}"]
    return []


def way(chat: Course) -> str:
    """The path so far, and where the chat stands, for errors."""
    path = chat.way
    shown = path if len(path) <= WIDGETS else ["…", *path[-WIDGETS:]]
    state = "ended" if chat.over else f"waits at {chat.standing_at}" if chat.standing_at else "active"
    last = next((entry for entry in reversed(chat.log) if isinstance(entry, (Sent, Spoken))), None)
    lines = [f"path so far: {' > '.join(shown)} ({state})"]
    if len(path) == 1 and (trigger := chat.noted(Visit)[0]).next is None:
        wired = ", ".join(t.event for t in trigger.state.transitions if t.next is not None)
        lines.append(f"{trigger.event} leads nowhere in this Flow; what leads on: {wired or 'nothing'}")
    if last is not None:
        lines.append(f"last heard: {shorten(lines_of(last)[0].lstrip('< '), 160)}")
    return "\n".join(lines)


def report(chat: Course) -> list[str]:
    """What a failing test's report says of a chat: transcript, path, what was blank, what was assumed."""
    lines = [f"chat {chat.run.sid} of Flow {chat.flow.friendly_name!r}:"]
    told = transcript(chat)
    if len(told) > SHOWN:
        lines.append(f"    … {counted(len(told) - SHOWN, 'earlier line')}")
    lines += [f"    {line}" for line in told[-SHOWN:]]
    lines.append(f"    path: {' > '.join(chat.way[-WIDGETS:])}")
    lines += [f"    blank: {_blank(blank)}" for blank in dict.fromkeys(chat.noted(Blank))]
    lines += [f"    assumed: {assumed.widget}: {assumed.rule}" for assumed in dict.fromkeys(chat.noted(Assumed))]
    if chat.error is not None:
        lines.append(f"    stopped: {chat.error}")
    return lines


def _blank(blank: Blank) -> str:
    return f"{blank.variable} in {blank.widget}, {blank.property}: nothing had set it"


def objection(chat: Course, blanks: Sequence[Blank]) -> list[str]:
    """What the verdict says of blanks that a person saw or heard."""
    lines = []
    for blank in dict.fromkeys(blanks):
        lines.append(
            f"  chat {chat.run.sid}, {blank.widget}, {blank.property}: nothing had set {blank.variable}, so that "
            f"{shorten(blank.template, 80)} had a gap; {{{{ {blank.variable} | default: … }}}} says what stands there"
        )
    return lines
