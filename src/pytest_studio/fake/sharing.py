"""Data in and out: recordings, dumps, comparisons, and what may not leave."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pytest_studio import running
from pytest_studio.fake.core import Core

if TYPE_CHECKING:
    from pytest_studio.resources import Execution, Flow, Step

__all__ = ["Sharing"]


class Sharing(Core):
    """``load``, ``dump``, ``assert_deployed`` and ``assert_no_pii``."""

    def load(
        self, source: str | os.PathLike[str] | dict[str, Any] | list[dict[str, Any]]
    ) -> list[Flow | Execution | Step]:
        """Store what recordings, payloads or a dump say of Flows, Executions and Steps.

        Parents that are only named by their SIDs are made. Later facts override earlier ones, and what is in the
        studio already: an Execution that was seen active and then ended has ended; what was deleted is not there. Lists
        then read in the order in which they were recorded. Payloads of another account are taken over into this
        studio's: its SID stands in place of theirs, in contexts and definitions as well. No event tells of what was
        loaded. With ``retention_days``, what is too old goes as ever.

        Args:
            source: a path, from the working directory or the suite's root, of a cassette (VCR's of Python and Ruby),
                a HAR file, payloads as JSON, or what ``dump`` wrote; or one payload, or a list of payloads.

        Returns:
            The records that were made or changed: Flows, then Executions, then Steps, each oldest first.

        Raises:
            ValueError: something in it cannot be placed, and then nothing was stored; the message says why, and where.
            FileNotFoundError: there is no such file.
            TypeError: ``source`` is something else.

        Warns:
            StudioDriftWarning: a payload has properties that no record takes.
        """
        from pytest_studio.recordings import loading

        with self._lock:
            return loading.load(self._arranger, source, running.rootdir())

    def dump(self, path: str | os.PathLike[str], *, hide_pii: bool = False) -> None:
        """Write all records of the studio as JSON, which ``load`` reads: the same text for the same records.

        Faults, calls and the clock are not in it. Nor are credentials: ``[REDACTED]`` stands where a record has the
        studio's own auth token or API key's secret, a property that goes by a name such as ``password``, a token of
        an Authorization header, a JSON Web Token, or user and password in a url.

        Args:
            path: where to write, from the working directory.
            hide_pii: put pseudonyms in place of personal data: of contexts, contact addresses, ``to``, ``from_``,
                ``parameters`` and test users. Equal values have equal pseudonyms, phone numbers are phone numbers that
                are kept for fiction, SIDs and Twilio's own words stay.
        """
        from pytest_studio.recordings import dumps, pseudonyms, scrubbing

        with self._lock:
            data = dumps.dumped(self._account)
            data = pseudonyms.hidden(data) if hide_pii else data
            text = dumps.written(scrubbing.Scrubber(self._credentials.secrets()).value(data))
        Path(path).write_text(text, encoding="utf-8", newline="\n")

    def assert_deployed(
        self,
        definition: str | os.PathLike[str] | dict[str, Any],
        sid: str | None = None,
        status: Literal["draft", "published"] | None = None,
    ) -> None:
        """Fail unless a Flow of this studio has a definition.

        Places on the canvas (``properties.offset``), the order of keys and that of states do not count.

        Args:
            definition: a dict, or the path of a JSON file, from the working directory or the suite's root.
            sid: which Flow; any if left out.
            status: ``"published"`` or ``"draft"``: compare its newest revision of that status; else its newest.

        Raises:
            AssertionError: none has it; the message tells what differs in the nearest, state by state.
            FileNotFoundError: there is no such file.
            ValueError: it is no definition, or ``sid`` or ``status`` none.
            TypeError: ``definition`` is something else.
        """
        __tracebackhide__ = True
        from pytest_studio.recordings import deployed

        with self._lock:
            deployed.assert_deployed(self._account, definition, sid, status, running.rootdir())

    def assert_no_pii(self, text: object) -> None:
        """Hold that no personal data of this studio's records stands in a text, such as ``caplog.text``.

        Personal are, by Twilio's documents, every value in a ``context`` and every ``contact_channel_address``; by
        nature also the contact's side of ``to`` and ``from_``, ``parameters``, and the test users of Flows; of records
        that are there, and of those that were removed or changed. What is looked for is the whole value, with blanks
        folded, as it stands or escaped as in JSON, ``repr``, urls, forms or HTML, up to four times over:

        - numbers of 7 digits and more, however they are grouped, phone numbers also without their country's code or
          channel; of 5 and 6 digits, as they stand; shorter ones never
        - texts of 3 letters and digits and more (2 in scripts without blanks), only as whole words; one word, as a name
          is, in just these upper and lower cases, more than a word in any; never what consists of words that everybody
          says, such as yes, stop or ok
        - keys of contexts only if they are phone numbers, or have an @
        - nothing that Twilio writes itself: SIDs, times, statuses, events, its urls and its side's number; and no day
          (``2026-03-14``) within a year of now, for logs are dated

        Args:
            text: a text, bytes (UTF-8), or several of them, such as ``caplog.messages`` or ``capsys.readouterr()``.

        Raises:
            AssertionError: something does; it tells which field of which record, and where in the text, but neither
                the value nor what else is personal around it.
            TypeError: ``text`` is something else.
        """
        __tracebackhide__ = True
        from pytest_studio import privacy

        texts = privacy.texts_of(text)
        with self._lock:
            values = privacy.collect(self._account)
        found = privacy.report(values, texts)
        if found is not None:
            raise AssertionError(found)
