"""What the relay keeps per device: mail not yet acknowledged, the act counter, the last verdicts."""

from __future__ import annotations

from collections import Counter, deque
from typing import NamedTuple

from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED, Verdict

VERDICTS_KEPT = 256
"""Acts whose verdicts a device can ask for again; it may leave no more unanswered."""


class Delivery(NamedTuple):
    """A copy or a notice; the recipients of one chat share it."""

    head: bytes
    body: bytes
    sender: int
    tick: int


@define(eq=False)
class Mailbox:
    """One device's side of the relay.

    A delivery leaves only when the device acknowledges it, or when it expires; what is on its way to a session is a
    view of this, never its owner.
    """

    user: int
    device: int
    session: int | None = None
    """Whoever is logged in; None while the device is absent."""
    base: int = 0
    """Deliveries acknowledged, or expired, in the device's life."""
    mail: deque[Delivery] | tuple[()] = ()
    """Every delivery after the base. Most mailboxes are empty, and a deque without anything in it takes 760 bytes."""
    counter: int = 0
    """Of the last act decided."""
    refused: dict[int, Verdict] = field(factory=dict)
    """By counter; every other act among the last ones was allowed."""
    by_sender: Counter[int] | None = None
    """Deliveries waiting, where there are so many that a sender's quota could bind."""
    watched: bool = False
    """Somebody will look whether its mail has expired."""

    @property
    def sent(self) -> int:
        """Deliveries in the device's life."""
        return self.base + len(self.mail)

    def acknowledge(self, count: int) -> int:
        """Take out the mail up to delivery number `count`; returns how many deliveries that were.

        Raises RemoteProtocolError when the device claims more than it was sent.
        """
        taken = count - self.base
        if not 0 <= taken <= len(self.mail):
            message = (
                f"an acknowledgement of {count} deliveries; "
                f"from {self.base} to {self.sent} can be acknowledged"
            )
            raise RemoteProtocolError(message)
        self.base = count
        mail = self.mail
        if not mail or taken == len(mail):
            self.mail = ()
            self.by_sender = None
            return taken
        for _ in range(taken):
            delivery = mail.popleft()
            if self.by_sender is not None:
                self.by_sender[delivery.sender] -= 1
        return taken

    def waiting_from(self, sender: int) -> int:
        """Deliveries of one sender that wait."""
        if self.by_sender is None:
            self.by_sender = Counter(delivery.sender for delivery in self.mail)
        return self.by_sender[sender]

    def forget(self) -> None:
        """A new run: as if this device had never sent or received anything."""
        self.base = self.counter = 0
        self.mail = ()
        self.by_sender = None
        self.refused.clear()

    def former_verdict(self, counter: int) -> Verdict | None:
        """The verdict on an act that was decided before; None for the next new one.

        Raises RemoteProtocolError for a counter that is neither.
        """
        if counter == self.counter + 1:
            return None
        if not max(0, self.counter - VERDICTS_KEPT) < counter <= self.counter:
            message = (
                f"an act with counter {counter}; the next is {self.counter + 1}, "
                f"and the last {VERDICTS_KEPT} may be sent again"
            )
            raise RemoteProtocolError(message)
        return self.refused.get(counter, ALLOWED)

    def decided(self, counter: int, verdict: Verdict) -> None:
        self.counter = counter
        if not verdict.allowed:
            self.refused[counter] = verdict
        if self.refused:
            self.refused.pop(counter - VERDICTS_KEPT, None)
