"""The devices of one worker and their sessions: bytes that come are sorted by what they are, bytes that go are flushed.

A crew knows no loop and no schedule. It is told that bytes came, that a link was lost, that somebody shall come or
leave; what its devices send and receive is in `sending` and `receiving`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping

from attrs import define, field

from chatsim.device import ACKNOWLEDGE_AFTER
from chatsim.errors import RemoteProtocolError
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.kinds import COPY, COPY_WITH_NOTICES, SEALED_COPY
from chatsim.wire.messages import Decided, Notice, Refusal, Welcome
from chatsim_clients.keyrings import Keyrings
from chatsim_clients.load.client import Client
from chatsim_clients.load.ledger import Ledger
from chatsim_clients.load.receiving import Receiving
from chatsim_clients.load.sending import Sending
from chatsim_clients.load.sessions import Link, Links, Way
from chatsim_clients.load.tally import Progress

ACKNOWLEDGE_WITHIN_NS = 180_000_000
"""With the time between two looks at what is due it makes the wire's 200 ms."""
COPIES = (COPY, COPY_WITH_NOTICES, SEALED_COPY)


@define(eq=False)
class Crew:
    """All clients of one worker, over one set of links."""

    run: int
    clients: dict[int, Client]
    links: Links
    way_of: Callable[[int], Way]
    now: Callable[[], int]
    """CLOCK_MONOTONIC in ns."""
    tokens: Mapping[int, bytes]
    reach_of: Callable[[int], int]
    """How many devices get a copy of what is sent to a chat by one of its members."""
    keeps_stamps: bool = False
    commits: bool = False
    """Under `receipt`: behind the load's header a body has a secret and the text, and acts commit to both."""
    keyrings: Keyrings | None = None
    """Where bodies are sealed."""
    ledger: Ledger = field(factory=Ledger)
    sending: Sending = field(init=False)
    receiving: Receiving = field(init=False)
    lost: list[Client] = field(factory=list)
    """Those whose session is to be made anew."""
    online: int = 0
    refusal: str = ""
    """Whose first login the server refused last, and its sentence."""
    _dirty: deque[tuple[int, Client]] = field(factory=deque)
    """Those who owe an acknowledgement, and when it is due."""

    def __attrs_post_init__(self) -> None:
        what = self.commits, self.keyrings
        self.sending = Sending(self.run, self.links, self.now, self.ledger, self.reach_of, *what)
        self.receiving = Receiving(self.run, self.links, self.ledger, self.keeps_stamps, *what)

    @property
    def progress(self) -> Progress:
        return self.ledger.counts.progress._replace(sessions=self.online)

    # Sessions.

    def begin_session(self, client: Client) -> None:
        """Connect; the login follows when the link is ready."""
        client.wanted = True
        if not client.returning:
            client.returning = True
            client.back_at = self.now()
        try:
            client.link = self.links.open(client.user, self.way_of(client.user))
        except OSError as error:
            self._ended(f"cannot connect: {error.strerror or error}")
            self.lost.append(client)

    def end_session(self, client: Client, *, orderly: bool) -> None:
        """Leave with a goodbye, or be cut off."""
        client.wanted = False
        link = client.link
        if link is None:
            return
        if orderly and client.online:
            self.links.write(link, client.goodbye())
            self.flush()
        self._forget_link(client)

    def _forget_link(self, client: Client) -> None:
        if client.online:
            client.online = False
            self.online -= 1
        link, client.link = client.link, None
        if link is not None:
            self.links.drop(link)

    def _lose(self, client: Client, why: str) -> None:
        if client.wanted:
            self._ended(why)
            self.lost.append(client)
        self._forget_link(client)

    def _ended(self, why: str) -> None:
        self.ledger.counts.endings[why] += 1

    # Bytes.

    def flush(self) -> None:
        for link in self.links.flush():
            self.arrived(link, None, self.now())

    def arrived(self, link: Link, data: bytes | None, at: int) -> None:
        """What came in on a link, and when; None: it is lost."""
        client = self.clients[link.owner]
        if client.link is not link:
            return
        if data is None:
            self._lose(client, "the connection was lost")
        elif not data:
            self.links.write(link, client.login(self.tokens.get(client.user)))
        else:
            self._frames(client, link, data, at)

    def _frames(self, client: Client, link: Link, data: bytes, now: int) -> None:
        for header, body in link.deframer.feed(data):
            if header[1] in COPIES:
                self.receiving.copy(client, header, body, now)
                continue
            match message := decode_outbound(header, body):
                case Decided():
                    self.sending.decided(client, message, now)
                case Notice():
                    self.receiving.notice(client, message, now)
                case Welcome():
                    client.welcomed(message)
                    self.online += 1
                    self.sending.resume(client)
                case Refusal():
                    if not client.known:
                        self.refusal = f"user {client.user}: {message.text}"
                    self._lose(client, message.text)
                    return
                case _:
                    text = f"{type(message).__name__.lower()} came to user {client.user} in a load"
                    raise RemoteProtocolError(text)
        unacknowledged = client.received - client.acknowledged
        if unacknowledged >= ACKNOWLEDGE_AFTER:
            self.acknowledge(client)
        elif unacknowledged and not client.dirty:
            client.dirty = True
            self._dirty.append((now + ACKNOWLEDGE_WITHIN_NS, client))

    def acknowledge(self, client: Client) -> None:
        """Also the keep-alive, where nothing is new."""
        if client.online and client.link is not None:
            client.wrote_at = self.now()
            self.links.write(client.link, client.acknowledgement())

    def acknowledge_due(self, now: int) -> None:
        """Whoever owes an acknowledgement for long enough sends it."""
        dirty = self._dirty
        while dirty and dirty[0][0] <= now:
            client = dirty.popleft()[1]
            client.dirty = False
            if client.received > client.acknowledged:
                self.acknowledge(client)
