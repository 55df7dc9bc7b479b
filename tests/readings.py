"""A server that has carried nothing yet."""

from __future__ import annotations

from chatsim.server.readings import Readings

NOTHING = Readings(
    acts_accepted=0,
    acts_refused={},
    originals_delivered=0,
    forwards_delivered=0,
    complaints_accepted=0,
    complaints_refused=0,
    contents_paused=0,
    contents_taken_down=0,
    notices_delivered=0,
    deliveries_dropped=0,
    deliveries_expired=0,
    deliveries_waiting=0,
    logins=0,
    logins_refused=0,
    breaches=0,
    connections=0,
    sessions=0,
    connections_refused=0,
    sessions_ended={},
    received_bytes=0,
    sent_bytes=0,
    outbox_bytes=0,
    batches=0,
)
