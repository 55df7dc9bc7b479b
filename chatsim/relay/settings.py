"""How a relay runs, and what it counts."""

from __future__ import annotations

from attrs import define, field, frozen

from chatsim.model import ONE_DAY, Enforcement, Reason

NO_EXPIRY = 1 << 62
"""Ticks that no clock reaches."""


@frozen
class RelaySettings:
    """How a relay runs, apart from its policy."""

    enforcement: Enforcement = Enforcement.CLEAR
    refill_ticks: int = 15
    """When the caps per action are fresh again for the same person and copy; no longer than an honest person's pause
    between two actions."""
    expiry_ticks: int = 30 * ONE_DAY
    """How long a copy can be forwarded, and waits for an absent device; in a driven run, until it ends."""
    drivers: int = 0
    """How many drivers move the clock; 0: nobody may, and their frames are unknown."""
    secret: bytes = field(default=b"", repr=False)
    mailbox_max: int | None = None
    """Deliveries that may wait for one device; None: any number."""
    per_sender_max: int | None = None
    """Deliveries of one sender that may wait for one device; None: any number."""
    copies_per_act_max: int | None = None
    """Copies that one act may make, counted by person; None: any number."""
    devices_max: int = 16
    """Devices of one user."""
    sealed_only: bool = False
    """Refuse acts whose bodies are not sealed."""
    journal: bool = False
    """Note every change for a store, which takes them with `Relay.take_changes`."""

    @property
    def lasting_ticks(self) -> int:
        """When records and mail expire."""
        return NO_EXPIRY if self.drivers else self.expiry_ticks


@define(eq=False)
class Books:
    """What the relay has carried since it began."""

    acts: int = 0
    refused: int = 0
    refused_by_reason: dict[Reason, int] = field(factory=dict)
    originals: int = 0
    """Copies delivered of originals."""
    forwards: int = 0
    """Copies delivered of forwards."""
    effort: int = 0
    """What tokens were made and checked is worth, in copies."""
    complaints: int = 0
    """Those that were heard."""
    complaints_refused: int = 0
    notices: int = 0
    """Notices delivered."""
    dropped: int = 0
    """Members' copies and notices that met a full mailbox."""
    expired: int = 0
    """Deliveries that nobody came for in time."""
    mailbox_peak: int = 0
    logins: int = 0
    logins_refused: int = 0
    breaches: int = 0
    """Sessions ended because they broke the protocol."""

    @property
    def copies(self) -> int:
        return self.originals + self.forwards

    def refuse(self, reason: Reason) -> None:
        self.refused += 1
        self.refused_by_reason[reason] = self.refused_by_reason.get(reason, 0) + 1
