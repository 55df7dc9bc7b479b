"""What travels with a copy so that its way can be proven or traced, and what comes out when somebody reports one."""

from __future__ import annotations

import enum
from typing import NamedTuple

from attrs import frozen


class Slots(NamedTuple):
    """What a client adds to an act. Lengths are a mode's own, whatever the act: none tells new from forwarded."""

    inner: bytes
    """Within the payload: recipients read it, and the relay does not once bodies are sealed."""
    outer: bytes
    """In the header: the relay reads it, and hands it on to the recipients."""


class Proof(NamedTuple):
    """What came with a copy, and what its holder brings along to forward or to report it."""

    inner: bytes
    outer: bytes
    stamp: bytes
    """Added by the relay."""


class Names(enum.StrEnum):
    """Whom a report lets an examiner name, where nobody cheats."""

    NOBODY = "nobody"
    SENDER = "sender"
    """Whoever sent the reported copy."""
    CLAIMED = "claimed"
    """Whoever the copy says began it."""
    ORIGIN = "origin"
    """Whoever first sent this text as their own within this lineage."""
    FIRST = "first"
    """Whoever first sent this very text, in any lineage."""
    PATH = "path"
    """Everybody from the reported copy's sender back to the originator."""
    TREE = "tree"
    """Everybody whom the lineage reached."""


class Stored(enum.StrEnum):
    """What the relay keeps for it."""

    NOTHING = "nothing"
    SPENT = "spent"
    """Entries of those who forwarded, until what they used is fresh again."""
    ISSUED = "issued"
    """Entries of all who received, until what they may use is fresh again, and of what was spent."""
    ALL = "all"
    """An entry for every message."""


class Search(enum.StrEnum):
    """Whom somebody finds who has everything at rest, every key of the relay's, and one reported copy."""

    NOBODY = "nobody"
    SENDER = "sender"
    ORIGIN = "origin"
    FORWARDERS = "forwarders"
    ALL = "all"


@frozen
class Claims:
    """What a mode promises, and what it admits not to hold; tests prove each claim in both directions."""

    names: Names
    """By a report."""
    frameable: bool
    """Whether a modified client can have somebody named who had no part in it."""
    stored: Stored
    ids_at_rest: bool
    """Whether what the relay keeps shows users' numbers to whoever reads it without keys."""
    search: Search
    dictionary: bool
    """Whether whoever has known texts finds in the relay's store who sent them first."""
    new_or_forward: bool
    """Whether the relay can tell an original from a forward by what this mode adds, lengths included."""
    linkage: bool
    """Whether a relay that logs all it sees can tell, by what this mode adds, which received copy was forwarded."""
    recipients_learn: bool
    """Whether every recipient learns whom the copy names."""
    unreviewed: bool = False
    """A construction of our own: simulation only, not for products."""


@frozen
class Finding:
    """What an examiner learns from one report."""

    originator: int
    """Who is blamed: the user named as the one who began it."""
    path: tuple[int, ...] = ()
    """Everybody named, from the sender of the reported copy back to the originator, where the mode finds them."""
    others: frozenset[int] = frozenset()
    """Everybody else whom the answer shows."""
    tick: int | None = None
    """When the originator's message was sent, where the mode says."""

    @property
    def exposed(self) -> frozenset[int]:
        """Everybody whom the answer identifies."""
        return self.others | {self.originator, *self.path}
