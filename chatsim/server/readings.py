"""What a server has carried and what waits in it, read at one instant."""

from __future__ import annotations

from collections.abc import Mapping

from attrs import frozen

from chatsim.model import Reason
from chatsim.server.exchange import Exchange


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
    complaints_accepted: int
    complaints_refused: int
    contents_paused: int
    """By a circuit breaker, now."""
    contents_taken_down: int
    """Now."""
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


def read(exchange: Exchange) -> Readings:
    """What `exchange` and its relay have carried until now. It looks at every session: for once in a while."""
    relay, shell = exchange.relay.books, exchange.books
    return Readings(
        acts_accepted=relay.acts - relay.refused,
        acts_refused={
            reason.name.lower(): relay.refused_by_reason.get(reason, 0)
            for reason in Reason
            if reason not in (Reason.NONE, Reason.NOT_HEARD)
        },
        originals_delivered=relay.originals,
        forwards_delivered=relay.forwards,
        complaints_accepted=relay.complaints,
        complaints_refused=relay.complaints_refused,
        contents_paused=exchange.relay.contents_paused(exchange.batch.tick),
        contents_taken_down=exchange.relay.contents_taken_down(exchange.batch.tick),
        notices_delivered=relay.notices,
        deliveries_dropped=relay.dropped,
        deliveries_expired=relay.expired,
        deliveries_waiting=exchange.relay.waiting,
        logins=relay.logins,
        logins_refused=relay.logins_refused,
        breaches=relay.breaches,
        connections=shell.connections,
        sessions=exchange.sessions.let_in - exchange.sessions.strangers,
        connections_refused=shell.refused_connections,
        sessions_ended=dict(shell.ended_by),
        received_bytes=shell.bytes_in,
        sent_bytes=shell.bytes_out,
        outbox_bytes=shell.outbox_waiting,
        batches=shell.batches,
    )
