"""What a server has carried and what waits in it, read at one instant."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen


@frozen
class Readings:
    """Counts since the server began, and gauges of now. Nothing here is about one user or one chat."""

    acts_accepted: int
    acts_refused: Mapping[str, int]
    """By reason."""
    originals_delivered: int
    """Copies."""
    forwards_delivered: int
    """Copies."""
    notices_delivered: int
    deliveries_dropped: int
    """They met a full mailbox."""
    deliveries_expired: int
    deliveries_waiting: int
    """In all mailboxes, now."""
    logins: int
    logins_refused: int
    breaches: int
    """Sessions ended because they broke the protocol."""
    connections: int
    """Now."""
    sessions: int
    """Connections that are logged in, now."""
    connections_refused: int
    """Turned away at the door."""
    sessions_ended: Mapping[str, int]
    """By cause."""
    received_bytes: int
    sent_bytes: int
    outbox_bytes: int
    """Not yet taken by sockets, now."""
    batches: int

    @property
    def refused(self) -> int:
        """Acts, for whatever reason."""
        return sum(self.acts_refused.values())
