"""The devices of one worker: what they send, what comes to them, and the books of both.

A crew knows no loop and no schedule. It is told that somebody means to send, that bytes came, that a link was lost; it
writes frames to its links. After a lost connection a device resumes: acts without a verdict are sent again, and copies
that come again, by the delivery numbers that both ends count, are not counted again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple

from attrs import define, field

from chatsim.device import ACKNOWLEDGE_AFTER
from chatsim.errors import RemoteProtocolError
from chatsim.model import NoticeKind, Verdict
from chatsim.provenance.enforcing import SECRET_BYTES
from chatsim.provenance.receipt import enclosed, opened
from chatsim.wire.codec import COPY, COPY_WITH_NOTICES, SEALED_COPY, decode_outbound
from chatsim.wire.messages import (
    Copy,
    Decided,
    Notice,
    Refusal,
    Welcome,
)
from chatsim_clients.keyrings import Keyrings
from chatsim_clients.letters import Written
from chatsim_clients.load.accounting import Arrival
from chatsim_clients.load.bodies import (
    ASKS,
    BURST,
    BURST_SLOT,
    FORWARD,
    HEADER_BYTES,
    conversation_of,
    read_body,
    write_body,
)
from chatsim_clients.load.client import Client, Held, Pending
from chatsim_clients.load.intents import Intent
from chatsim_clients.load.plan import WINDOW_MAX
from chatsim_clients.load.result import Measure
from chatsim_clients.load.sessions import Link, Links, Way
from chatsim_clients.load.tally import Counts, Progress, Tally

ACKNOWLEDGE_WITHIN_NS = 180_000_000
"""With the time between two looks at what is due it makes the wire's 200 ms."""
COPIES = (COPY, COPY_WITH_NOTICES, SEALED_COPY)


class Burster(NamedTuple):
    """Who is told of the frames of a burst."""

    copy: Callable[[int, Copy], None]
    decided: Callable[[int, int, Verdict], None]


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
    measured: tuple[int, int] = (0, 0)
    """Intended times that count in the histograms."""
    answered: Callable[[Client], None] | None = None
    """Told when a client got a verdict or a session: a closed workload goes on."""
    burster: Burster | None = None
    tally: Tally = field(factory=Tally)
    lost: list[Client] = field(factory=list)
    """Those whose session is to be made anew."""
    online: int = 0
    refusal: str = ""
    """Whose first login the server refused last, and its sentence."""
    counts: Counts = field(factory=Counts)
    _dirty: deque[tuple[int, Client]] = field(factory=deque)
    """Those who owe an acknowledgement, and when it is due."""

    @property
    def progress(self) -> Progress:
        return self.counts.progress._replace(sessions=self.online)

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
            self.counts.endings[f"cannot connect: {error.strerror or error}"] += 1
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
            self.counts.endings[why] += 1
            self.lost.append(client)
        self._forget_link(client)

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
            # A copy's header says nothing that the body does not, but for the stamp: it is read only where one is used.
            if header[1] in COPIES:
                self._copy(client, header, body, now)
                continue
            match message := decode_outbound(header, body):
                case Decided():
                    self._decided(client, message, now)
                case Notice():
                    self._notice(client, message, now)
                case Welcome():
                    self._welcome(client, message)
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

    # What comes.

    def _welcome(self, client: Client, welcome: Welcome) -> None:
        client.welcomed(welcome)
        self.online += 1
        for counter in sorted(client.pending):
            self._put_on_wire(client, counter, client.pending[counter])
        client.unposted.clear()
        self._go_on(client)

    def _copy(self, client: Client, header: bytes, body: bytes, now: int) -> None:
        if not client.counts():
            return
        if self.keyrings is not None:
            body = self._opened(client, header, body)
        carried = read_body(body)
        if carried is None or carried.run != self.run:
            self.counts.strays += 1
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
                self.counts.strays += 1
                return
            client.held = held
        if client.heard.hear(conversation, sequence) is not Arrival.AGAIN:
            self._delivered(client, intended, now)
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

    def _notice(self, client: Client, notice: Notice, now: int) -> None:
        if not client.counts():
            return
        intended, missing = client.unread.get(notice.counter, (0, 0))
        if not missing:
            self.counts.strays += 1
            return
        if missing == 1:
            del client.unread[notice.counter]
        else:
            client.unread[notice.counter] = (intended, missing - 1)
        self.counts.notices += 1
        self._latency(Measure.READ_NOTICE, intended, now - intended)

    def _latency(self, measure: Measure, intended: int, latency: int) -> None:
        begin, end = self.measured
        tally = self.tally
        counts = tally.measured if begin <= intended < end else tally.unmeasured
        counts[measure].append(latency)

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
            self._delivered(client, intended, now)
            self.tally.burst_delivered += 1
        if self.burster is not None:
            self.burster.copy(client.user, copy)

    def _delivered(self, client: Client, intended: int, now: int) -> None:
        self.tally.delivered += 1
        self.counts.distinct += 1
        begin, end = self.measured
        self.counts.delivered_measured += begin <= now < end
        if intended < client.back_at:
            self._latency(Measure.OFFLINE, intended, now - client.back_at)
        else:
            self._latency(Measure.DELIVERY, intended, now - intended)

    def _decided(self, client: Client, decided: Decided, now: int) -> None:
        act = client.pending.pop(decided.counter, None)
        if act is None:
            self.counts.endings["a verdict on an act that waited for none"] += 1
            return
        self.counts.unanswered -= 1
        tally, verdict = self.tally, decided.verdict
        self._latency(Measure.ACKNOWLEDGEMENT, act.intended, now - act.intended)
        in_burst = act.slot == BURST_SLOT
        if verdict.allowed:
            tally.accepted += 1
            self.counts.accepted += 1
            self.counts.expected += act.recipients
            if in_burst:
                self.counts.streams_expected += act.recipients
            if act.notices:
                self.counts.notices_expected += act.recipients
        else:
            client.unread.pop(decided.counter, None)
            tally.refused += 1
            self.counts.refused[verdict.reason.name.lower().replace("_", " ")] += 1
            if not in_burst:
                client.said.refuse(act.slot, act.sequence)
        if in_burst and self.burster is not None:
            self.burster.decided(client.user, decided.counter, verdict)
        self._go_on(client)

    def _go_on(self, client: Client) -> None:
        """Room for more: messages that wait, then a closed workload's next ones."""
        while client.backlog and client.online and len(client.pending) < WINDOW_MAX:
            self.counts.unanswered -= 1
            self._send(client, *client.backlog.popleft())
        if self.answered is not None and client.online:
            self.answered(client)

    # What goes.

    def submit(self, client: Client, intended: int, intent: Intent) -> None:
        """A user means to send this now; without a session it waits, and its latency counts."""
        self._offer(intended)
        if client.online and not client.backlog and len(client.pending) < WINDOW_MAX:
            self._send(client, intended, intent)
        else:
            client.backlog.append((intended, intent))
            self.counts.unanswered += 1

    def _send(self, client: Client, intended: int, intent: Intent) -> None:
        _, user, chat, flags, size = intent
        sequence = client.said.say(chat.slot, chat.number)
        held = client.held if flags & FORWARD else None
        stamp, outer, rest = (None, None, b"") if held is None else held
        if self.commits:
            if held is None:
                rest = enclosed(bytes(max(0, size - HEADER_BYTES - SECRET_BYTES)))
                outer = opened(rest)
            size = 0  # another text would have another commitment: a forward is as long as its copy
        else:
            rest = b""
        conversation = conversation_of(user, chat.slot)
        body = write_body(self.run, intended, conversation, sequence, flags, size) + rest
        where = (chat.number,), chat.recipients
        act = Pending(intended, chat.slot, sequence, *where, stamp, body, outer=outer)
        if flags & ASKS:
            act = act._replace(notices=int(NoticeKind.READ))
        self.post(client, act)

    def send_to_many(
        self,
        client: Client,
        intended: int,
        chats: tuple[int, ...],
        written: Written,
    ) -> int:
        """An act of a burst, whose body follows the header; returns its counter."""
        sequence = client.said.bursts
        client.said.bursts += 1
        conversation = conversation_of(client.user, BURST_SLOT)
        header = write_body(self.run, intended, conversation, sequence, BURST, 0)
        recipients = sum(map(self.reach_of, chats))
        what = written.stamp, header + written.body
        where = chats, recipients
        act = Pending(intended, BURST_SLOT, sequence, *where, *what, outer=written.outer)
        self._offer(intended)
        return self.post(client, act)

    def _offer(self, intended: int) -> None:
        self.tally.offered += 1
        begin, end = self.measured
        self.counts.offered_measured += begin <= intended < end

    def post(self, client: Client, act: Pending) -> int:
        """Send a new act, as soon as there is a session; returns its counter."""
        client.counter += 1
        if self.keyrings is not None:
            keyring = self.keyrings.of(client.user)
            keys, body = keyring.seal(act.chats, 0, client.counter, act.body)
            act = act._replace(body=body, keys=keys)
        client.pending[client.counter] = act
        if act.notices:
            client.unread[client.counter] = (act.intended, act.recipients)
        self.counts.unanswered += 1
        self.counts.sent += 1
        self.tally.sent += 1
        if client.online:
            self.tally.lags.append(self._put_on_wire(client, client.counter, act) - act.intended)
        else:
            client.unposted.add(client.counter)
        return client.counter

    def _put_on_wire(self, client: Client, counter: int, act: Pending) -> int:
        """Returns when."""
        assert client.link is not None
        client.wrote_at = now = self.now()
        self.links.write(client.link, client.head(counter, act), act.keys + act.body)
        return now
