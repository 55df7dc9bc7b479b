"""What a worker is given, and what it and the parent say to each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from attrs import field, frozen

from chatsim_clients.load.books import Books
from chatsim_clients.load.latencies import Counted
from chatsim_clients.load.plan import LoadPlan
from chatsim_clients.load.result import Measure
from chatsim_clients.load.tally import Progress, SecondPart


@frozen(eq=False)
class Share:
    """One worker's part of a load: the users whose number leaves this remainder."""

    plan: LoadPlan
    address: tuple[str, int]
    users: int
    number: int
    of: int
    run: int
    """Stands in every body: mail of another load may still wait in a mailbox."""
    authority: str | None = None
    """A file of certificates to trust; None without TLS."""
    tokens: Path | None = None
    keys: bytes | None = field(default=None, repr=False)
    """What all workers derive their people's keys from; None: bodies are not sealed."""


# From the parent.


@frozen
class Begin:
    """The load's second 0, as CLOCK_MONOTONIC in ns."""

    at: int


@frozen
class Finish:
    """No further messages; what is on its way may arrive."""


@frozen
class Stop:
    """Close the books."""


Order = Begin | Finish | Stop


# From a worker.


@frozen
class Entered:
    """Logins are over."""

    sessions: int
    missing: int
    """Users who could not log in."""
    refusal: str = ""
    """The user whom the server refused and its sentence, at which the logins ended."""


@frozen(eq=False)
class Closed:
    """The worker's books."""

    books: Books
    totals: Mapping[Measure, Counted]
    lags: Counted
    cpu: float
    """Processor seconds between the first and the last second of the load."""


@frozen
class Failed:
    """The worker cannot go on."""

    text: str


Word = Entered | SecondPart | Progress | Closed | Failed
