"""What the relay keeps per device: mail not yet acknowledged, the act counter, the last verdicts."""

from __future__ import annotations

from collections import deque

from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.model import Verdict

VERDICTS_KEPT = 256
"""Acts whose verdicts a device can ask for again; it may leave no more unanswered."""


@define(eq=False)
class Mailbox:
    """One device's side of the relay.

    A copy leaves only when the device acknowledges it; what is on its way to a session is a view of this, never its
    owner.
    """

    user: int
    device: int
    session: int | None = None
    """Whoever is logged in; None while the device is absent."""
    base: int = 0
    """Copies acknowledged in the device's life."""
    mail: deque[tuple[bytes, bytes]] = field(factory=deque)
    """(head, body) of every copy after the base."""
    counter: int = 0
    """Of the last act decided."""
    verdicts: dict[int, Verdict] = field(factory=dict)

    def acknowledge(self, count: int) -> int:
        """Drop the mail up to delivery number `count`; returns how many copies that were.

        Raises RemoteProtocolError when the device claims more than it was sent.
        """
        copies = count - self.base
        if copies == 0:
            return 0
        if not 0 < copies <= len(self.mail):
            message = (
                f"an acknowledgement of {count} copies; "
                f"from {self.base} to {self.base + len(self.mail)} can be acknowledged"
            )
            raise RemoteProtocolError(message)
        if copies == len(self.mail):
            self.mail.clear()
        else:
            for _ in range(copies):
                self.mail.popleft()
        self.base = count
        return copies

    def forget(self) -> None:
        """A new run: as if this device had never sent or received anything."""
        self.base = self.counter = 0
        self.mail.clear()
        self.verdicts.clear()

    def former_verdict(self, counter: int) -> Verdict | None:
        """The verdict on an act that was decided before; None for the next new one.

        Raises RemoteProtocolError for a counter that is neither.
        """
        if counter == self.counter + 1:
            return None
        verdict = self.verdicts.get(counter)
        if verdict is None:
            message = (
                f"an act with counter {counter}; the next is {self.counter + 1}, "
                f"and the last {VERDICTS_KEPT} may be sent again"
            )
            raise RemoteProtocolError(message)
        return verdict

    def decided(self, counter: int, verdict: Verdict) -> None:
        self.counter = counter
        self.verdicts[counter] = verdict
        self.verdicts.pop(counter - VERDICTS_KEPT, None)
