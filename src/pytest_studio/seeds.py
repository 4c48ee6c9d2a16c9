"""Where everything random comes from: one seed a run, one origin a test, and independent streams from it.

Inside a test that pytest runs, the origin is the run's seed and the test's node id, so that a test draws the
same data alone, in any order and in any worker. Elsewhere it is the operating system.
"""

from __future__ import annotations

import threading
from itertools import count
from random import Random, SystemRandom
from typing import TYPE_CHECKING, Any

from pytest_studio import running, sids

if TYPE_CHECKING:
    from faker import Faker

__all__ = ["DEFAULT_SEED", "Origin", "Source", "current", "number"]

#: The seed of a run that names none.
DEFAULT_SEED = 8117


def number(text: str, what: str) -> int:
    """The seed that an option names: a number, or ``random`` for one that is drawn here.

    Args:
        text: what was given.
        what: the option, for the message.

    Raises:
        ValueError: it is neither.
    """
    if text == "random":
        return SystemRandom().randrange(10**9)
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{what} is a number or random, not {text!r}") from None


class Origin:
    """What one test draws from.

    ``seed`` is the run's, ``name`` the test's node id. ``made`` remembers which fixture made which SID, for the
    failure report; ``studios`` the fakes that were active during the test, with the number of calls that they
    had before.
    """

    __slots__ = (
        "_rng",
        "_serial",
        "account_sid",
        "factory",
        "judged",
        "made",
        "marked",
        "name",
        "seed",
        "silent",
        "studios",
    )

    def __init__(self, seed: int, name: str) -> None:
        self.seed: int = seed
        self.marked: bool = False  # whether a marker set the seed
        self.name: str = name
        self.made: dict[str, str] = {}
        self.studios: dict[Any, int] = {}
        self.silent: bool = False  # the test did not pass, so studios that are left object to nothing more
        self.judged: bool = False  # a verdict was given, so the report need not repeat it
        self.account_sid: str | None = None
        self.factory: Any = None  # of the module-level functions in ``factories``
        self._rng: Random | None = None
        self._serial = count(1)

    def stream(self, label: str) -> Random:
        """A generator of its own: what one stream draws moves no other."""
        return Random(f"{self.seed}/{self.name}/{label}")

    def account(self) -> str:
        """The account of the test: the ``studio`` fixture, the SID fixtures and the factories agree on it."""
        if self.account_sid is None:
            self.account_sid = sids.account(self.stream("account"))
        return self.account_sid

    def fresh(self, label: str) -> str:
        """``label`` with a number that this origin has not given out yet."""
        return f"{label}-{next(self._serial)}"

    @property
    def rng(self) -> Random:
        """The stream of SIDs that nobody gave a generator for."""
        if self._rng is None:
            with _lock:  # two threads with one stream each would draw the same SIDs
                self._rng = self._rng or self.stream("sids")
        return self._rng


_lock = threading.Lock()
_process: Origin | None = None


def current() -> Origin:
    """The running test's origin, or the process's outside of tests."""
    global _process
    if running.origin is not None:
        origin: Origin = running.origin()
        return origin
    with _lock:
        if _process is None:
            _process = Origin(SystemRandom().getrandbits(32), "")
        return _process


sids.ambient = lambda: current().rng


class Source:
    """The randomness of one studio or one factory: numbers, and people from Faker once somebody asks for them."""

    __slots__ = ("_faker", "label", "rng", "seed")

    def __init__(self, seed: int | str | None = None, label: str = "studio", origin: Origin | None = None) -> None:
        if seed is None:
            origin = origin or current()
            self.rng: Random = origin.stream(label)
            self.seed: int | str = origin.seed
        else:
            self.rng = Random(f"{seed}/{label}")
            self.seed = seed
        self.label: str = label
        self._faker: Faker | None = None

    @property
    def faker(self) -> Faker:
        """A Faker of its own, seeded from this source; importing it takes about a tenth of a second."""
        if self._faker is None:
            from faker import Faker

            self._faker = Faker("en_US")
            self._faker.seed_instance(self.rng.getrandbits(64))
        return self._faker

    def phone_number(self) -> str:
        """A number in E.164 of the range that North America keeps for fiction (``+1…55501xx``)."""
        return f"+1{self.rng.randrange(201, 990)}55501{self.rng.randrange(100):02d}"
