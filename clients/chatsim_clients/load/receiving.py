"""What comes to the devices of one worker: copies and notices, opened, recognised and entered once."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from chatsim.provenance.receipt import opened
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.messages import Copy, Notice
from chatsim_clients.keyrings import Keyrings
from chatsim_clients.load.accounting import Arrival
from chatsim_clients.load.bodies import ASKS, BURST, HEADER_BYTES, read_body
from chatsim_clients.load.client import Client, Held
from chatsim_clients.load.ledger import Ledger
from chatsim_clients.load.sessions import Links


@define(eq=False)
class Receiving:
    """What a resumed session brings again, by the delivery numbers that both ends count, is not entered again."""

    run: int
    links: Links
    ledger: Ledger
    keeps_stamps: bool
    commits: bool
    keyrings: Keyrings | None
    tell_burst: Callable[[int, Copy], None] | None = None
    """Who came to have a copy of a burst, and the copy."""

    def copy(self, client: Client, header: bytes, body: bytes, now: int) -> None:
        """A copy came. Its header is read only where the load uses what it says: the body says the rest."""
        if not client.counts():
            return
        if self.keyrings is not None:
            body = self._opened(client, header, body)
        carried = read_body(body)
        if carried is None or carried.run != self.run:
            self.ledger.counts.strays += 1
            return
        _, intended, conversation, sequence, flags = carried
        if flags & BURST:
            self._burst_copy(client, header, body, conversation, sequence, intended, now)
            return
        if self.keeps_stamps or self.commits:
            copy = decode_outbound(header, body)
            assert isinstance(copy, Copy)
            held = Held(copy.stamp, copy.outer, body[HEADER_BYTES:])
            if self.commits and held.outer != opened(held.rest):
                self.ledger.counts.strays += 1
                return
            client.held = held
        if client.heard.hear(conversation, sequence) is not Arrival.AGAIN:
            self.ledger.delivered(intended, client.back_at, now)
            if flags & ASKS:
                self._tell_read(client, header, body)

    def _opened(self, client: Client, header: bytes, body: bytes) -> bytes:
        """The body of a copy; nothing where it does not open: mail of another load, say."""
        assert self.keyrings is not None
        copy = decode_outbound(header, body)
        assert isinstance(copy, Copy)
        return self.keyrings.of(client.user).open(copy) or b""

    def _tell_read(self, client: Client, header: bytes, body: bytes) -> None:
        """These people read at once."""
        copy = decode_outbound(header, body)
        assert isinstance(copy, Copy)
        assert client.link is not None
        self.links.write(client.link, client.read(copy))

    def _burst_copy(
        self,
        client: Client,
        header: bytes,
        body: bytes,
        conversation: int,
        sequence: int,
        intended: int,
        now: int,
    ) -> None:
        copy = decode_outbound(header, body)
        assert isinstance(copy, Copy)
        # One act goes to many chats; who is in several of them gets it once by each.
        if client.heard.hear_of(conversation, copy.group, sequence) is not Arrival.AGAIN:
            self.ledger.delivered(intended, client.back_at, now)
            self.ledger.tally.burst_delivered += 1
        if self.tell_burst is not None:
            self.tell_burst(client.user, copy)

    def notice(self, client: Client, notice: Notice, now: int) -> None:
        """Somebody read what this client sent."""
        if not client.counts():
            return
        intended, missing = client.unread.get(notice.counter, (0, 0))
        if not missing:
            self.ledger.counts.strays += 1
            return
        if missing == 1:
            del client.unread[notice.counter]
        else:
            client.unread[notice.counter] = (intended, missing - 1)
        self.ledger.noticed(intended, now)
