"""What each enforcement mode promises, and what it admits not to hold; `chatsim.testing.probes` proves it both ways."""

from __future__ import annotations

import enum

from attrs import evolve, frozen

from chatsim.model import Enforcement
from chatsim.provenance.values import Search, Stored


class Outcome(enum.StrEnum):
    """What becomes of a cheat that a modified app tries."""

    WORKS = "works"
    """Recipients are shown what it wanted."""
    DROPPED = "dropped"
    """The relay delivers it, and honest apps show nothing."""
    REFUSED = "refused"
    """By the relay."""


class Officers(enum.StrEnum):
    """Which contents the rules about contents (circuit breaker, takedown) can be held against."""

    NONE = "none"
    """The relay hears no complaint and counts no content."""
    REPORTED = "reported"
    """Those that somebody reported: the others are sealed to the relay."""
    ALL = "all"
    """Every body that it can read."""


@frozen
class EnforcementClaims:
    """Of one mode. Everything but the cheats is about what a relay has that keeps to its program."""

    over_cap: Outcome
    """To forward a copy to more chats than the caps allow, in one act."""
    replay: Outcome
    """The same in many acts, each within the caps."""
    hoard: Outcome
    """To let the caps get fresh again without using them, and then to go up to them twice at once."""
    lower_hop: Outcome
    """To pass a copy on as one that was forwarded less often, without pasting it."""
    raise_hop: Outcome
    """As one that was forwarded more often."""
    steal: Outcome
    """To forward a copy that only somebody else has received."""
    swap_text: Outcome
    """To put another text under the hop of a copy."""
    late: Outcome
    """To forward a copy after its expiry."""
    stored: Stored
    ids_at_rest: bool
    """Whether what the relay keeps shows users' numbers to whoever reads it without keys."""
    search: Search
    """Whom somebody finds who has all that, the relay's keys and one reported copy."""
    linkage: bool
    """Whether a relay that logs all it sees can tell which received copy was forwarded."""
    linkage_again: bool
    """The same of a copy that somebody forwards a second time, once the caps are fresh again."""
    new_or_forward: bool
    """Whether it can tell an original from a forward."""
    officers: Officers
    paste: Outcome = Outcome.WORKS
    """To send a text that one was sent as if it were one's own: no mode can tell it from a new text."""
    unreviewed: bool = False
    """A construction of our own: simulation only, not for products."""

    @property
    def hop_enforced(self) -> bool:
        """Whether the relay holds the caps whatever a modified app says of the hop.

        Where another's copy can be forwarded, the caps hold for all copies of one hop together, and where they can be
        hoarded, for all the time since a copy came.
        """
        cheats = (self.over_cap, self.replay, self.lower_hop, self.late)
        return Outcome.WORKS not in cheats


_CLIENT = EnforcementClaims(
    over_cap=Outcome.WORKS,
    replay=Outcome.WORKS,
    hoard=Outcome.WORKS,
    lower_hop=Outcome.WORKS,
    raise_hop=Outcome.WORKS,
    steal=Outcome.WORKS,
    swap_text=Outcome.WORKS,
    late=Outcome.WORKS,
    stored=Stored.NOTHING,
    ids_at_rest=False,
    search=Search.NOBODY,
    linkage=False,
    linkage_again=False,
    new_or_forward=False,
    officers=Officers.NONE,
)
_CLEAR = EnforcementClaims(
    over_cap=Outcome.REFUSED,
    replay=Outcome.REFUSED,
    hoard=Outcome.REFUSED,
    lower_hop=Outcome.REFUSED,
    raise_hop=Outcome.REFUSED,
    steal=Outcome.REFUSED,
    swap_text=Outcome.WORKS,
    late=Outcome.REFUSED,
    stored=Stored.ALL,
    ids_at_rest=True,
    search=Search.ALL,
    linkage=True,
    linkage_again=True,
    new_or_forward=True,
    officers=Officers.ALL,
)
_RECEIPT = evolve(
    _CLEAR,
    swap_text=Outcome.DROPPED,
    stored=Stored.SPENT,
    ids_at_rest=False,
    search=Search.SENDER,
    officers=Officers.REPORTED,
    unreviewed=True,
)
_BLIND = evolve(
    _RECEIPT,
    hoard=Outcome.WORKS,
    steal=Outcome.WORKS,
    swap_text=Outcome.WORKS,
    stored=Stored.ISSUED,
    linkage=False,
    officers=Officers.NONE,
)


def enforcement_claims(mode: Enforcement, *, counts_lineages: bool = False) -> EnforcementClaims:
    """What a mode claims.

    `counts_lineages`: the policy caps chats per person or in total, for which `receipt` keeps what was spent by
    lineage, so that whoever has its keys and one copy finds all who forwarded it.
    """
    match mode:
        case Enforcement.CLIENT:
            return _CLIENT
        case Enforcement.CLEAR:
            return _CLEAR
        case Enforcement.RECEIPT if counts_lineages:
            return evolve(_RECEIPT, search=Search.FORWARDERS)
        case Enforcement.RECEIPT:
            return _RECEIPT
        case Enforcement.BLIND:
            return _BLIND
