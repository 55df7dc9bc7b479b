"""What the devices of one worker send, and the verdicts on it; what cannot leave yet waits in order."""

from __future__ import annotations

from collections.abc import Callable

from attrs import define

from chatsim.model import NoticeKind, Verdict
from chatsim.provenance.enforcing import SECRET_BYTES
from chatsim.provenance.receipt import enclosed, opened
from chatsim.wire.messages import Decided
from chatsim_clients.keyrings import Keyrings
from chatsim_clients.letters import Written
from chatsim_clients.load.bodies import (
    ASKS,
    BURST,
    BURST_SLOT,
    FORWARD,
    HEADER_BYTES,
    conversation_of,
    write_body,
)
from chatsim_clients.load.client import Client, Pending
from chatsim_clients.load.intents import Intent
from chatsim_clients.load.ledger import Ledger
from chatsim_clients.load.parts import WINDOW_MAX
from chatsim_clients.load.sessions import Links


@define(eq=False)
class Sending:
    """What a worker's users mean to send leaves here; acts without a verdict leave again after a lost connection."""

    run: int
    links: Links
    now: Callable[[], int]
    ledger: Ledger
    reach_of: Callable[[int], int]
    commits: bool
    keyrings: Keyrings | None
    answered: Callable[[Client], None] | None = None
    """Told when a client got a verdict or a session: a closed workload goes on."""
    tell_burst: Callable[[int, int, Verdict], None] | None = None
    """Whose act of a burst was answered, its counter, and the verdict."""

    def submit(self, client: Client, intended: int, intent: Intent) -> None:
        """A user means to send this now; without a session it waits, and its latency counts."""
        self.ledger.offered(intended)
        if client.online and not client.backlog and len(client.pending) < WINDOW_MAX:
            self._send(client, intended, intent)
        else:
            client.backlog.append((intended, intent))
            self.ledger.counts.unanswered += 1

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
        self.ledger.offered(intended)
        return self.post(client, act)

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
        self.ledger.posted()
        if client.online:
            lag = self._put_on_wire(client, client.counter, act) - act.intended
            self.ledger.tally.lags.append(lag)
        else:
            client.unposted.add(client.counter)
        return client.counter

    def _put_on_wire(self, client: Client, counter: int, act: Pending) -> int:
        """Returns when."""
        assert client.link is not None
        client.wrote_at = now = self.now()
        self.links.write(client.link, client.head(counter, act), act.keys + act.body)
        return now

    def resume(self, client: Client) -> None:
        """A session began: what has no verdict leaves again, or at last."""
        for counter in sorted(client.pending):
            self._put_on_wire(client, counter, client.pending[counter])
        client.unposted.clear()
        self._go_on(client)

    def decided(self, client: Client, decided: Decided, now: int) -> None:
        """The relay answered one of this client's acts."""
        act = client.pending.pop(decided.counter, None)
        if act is None:
            self.ledger.counts.endings["a verdict on an act that waited for none"] += 1
            return
        verdict = decided.verdict
        self.ledger.decided(act, verdict, now)
        in_burst = act.slot == BURST_SLOT
        if not verdict.allowed:
            client.unread.pop(decided.counter, None)
            if not in_burst:
                client.said.refuse(act.slot, act.sequence)
        if in_burst and self.tell_burst is not None:
            self.tell_burst(client.user, decided.counter, verdict)
        self._go_on(client)

    def _go_on(self, client: Client) -> None:
        """Room for more: messages that wait, then a closed workload's next ones."""
        while client.backlog and client.online and len(client.pending) < WINDOW_MAX:
            self.ledger.counts.unanswered -= 1
            self._send(client, *client.backlog.popleft())
        if self.answered is not None and client.online:
            self.answered(client)
