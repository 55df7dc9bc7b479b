"""One closed load for every server: N clients on one epoll, W messages in flight each, to random other clients."""

from __future__ import annotations

import random
import select
import socket
import time
from collections.abc import Callable, Sequence

from attrs import define, field, frozen

from broker_protocols import Talk
from chatsim.errors import RunError

BODY_BYTES = 200
RECEIVE_BYTES = 1 << 16
LOGIN_SECONDS = 60.0
DRAIN_SECONDS = 20.0
LOGINS_AT_ONCE = 10
WARM_UP_SHARE = 0.1


@frozen
class Amount:
    """How much is measured, after a tenth of it to warm up: so many messages, and no longer than so many seconds."""

    messages: int
    seconds: float


@frozen
class Carried:
    """What a server did while it was measured."""

    messages: int
    """Delivered."""
    refused: int
    cpu_seconds: float
    """Of the server, all its processes."""
    wall_seconds: float

    @property
    def us_per_message(self) -> float:
        return 1e6 * self.cpu_seconds / self.messages


@define(eq=False)
class Client:
    """A connection and what is on its way from this client."""

    talk: Talk
    peer: socket.socket
    body: bytes
    """What it sends; the sender's number stands at its start."""
    sent: int = 0
    delivered: int = 0
    confirmed_before: int = 0
    """Confirmations before the load began."""
    refused_before: int = 0
    unsent: bytes = b""
    """What the socket did not take at once."""

    @property
    def done(self) -> int:
        """Messages that are no longer in flight."""
        talk = self.talk
        arrived = self.delivered + talk.refused - self.refused_before
        if not talk.acknowledged:
            return arrived
        return min(arrived, talk.confirmed - self.confirmed_before)


@define(eq=False)
class Crowd:
    """Clients of one server, logged in."""

    clients: list[Client]
    poll: select.epoll
    by_file: dict[int, Client]
    draw: Callable[[int], int] = field(repr=False)

    @classmethod
    def connected(cls, address: tuple[str, int], talks: Sequence[Talk], seed: int) -> Crowd:
        """All of them, logged in, a few at a time. Raises RunError where one does not get in."""
        draw = random.Random(seed).randrange  # noqa: S311 - not for secrets
        crowd = cls([], select.epoll(), {}, draw)
        try:
            for first in range(0, len(talks), LOGINS_AT_ONCE):
                crowd._join(address, talks[first : first + LOGINS_AT_ONCE])
        except BaseException:
            crowd.close()
            raise
        return crowd

    def _join(self, address: tuple[str, int], talks: Sequence[Talk]) -> None:
        for talk in talks:
            peer = socket.create_connection(address, timeout=LOGIN_SECONDS)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            peer.setblocking(False)
            client = Client(talk, peer, (b"%08d" % talk.number).ljust(BODY_BYTES, b"x"))
            self.clients.append(client)
            self.by_file[peer.fileno()] = client
            self.poll.register(peer, select.EPOLLIN)
            talk.open()
            self._flush(client)
        end = time.monotonic() + LOGIN_SECONDS
        while not all(talk.ready for talk in talks):
            if time.monotonic() > end:
                raise RunError(f"a login took longer than {LOGIN_SECONDS:.0f} seconds")
            for client in self._read(1.0):
                self._flush(client)

    def close(self) -> None:
        for client in self.clients:
            client.peer.close()
        self.poll.close()

    def carry(self, window: int, amount: Amount, cpu_seconds: Callable[[], float]) -> Carried:
        """Keep `window` messages of each client in flight, measure, and let the rest arrive.

        Raises RunError where something is lost or comes twice.
        """
        for client in self.clients:
            client.sent = client.delivered = 0
            client.confirmed_before = client.talk.confirmed
            client.refused_before = client.talk.refused
        for client in self.clients:
            self._fill(client, window)
        self._until(window, round(amount.messages * WARM_UP_SHARE), amount.seconds)
        before, start, cpu = self._totals(), time.monotonic(), cpu_seconds()
        self._until(window, amount.messages, amount.seconds)
        after, end, cpu_end = self._totals(), time.monotonic(), cpu_seconds()
        self._drain()
        return Carried(after[0] - before[0], after[1] - before[1], cpu_end - cpu, end - start)

    def _totals(self) -> tuple[int, int]:
        """(delivered, refused) so far."""
        return (
            sum(client.delivered for client in self.clients),
            sum(client.talk.refused - client.refused_before for client in self.clients),
        )

    def _until(self, window: int, messages: int, seconds: float) -> None:
        left = messages
        end = time.monotonic() + seconds
        while left > 0 and time.monotonic() < end:
            touched = self._read(1.0)
            for client in touched:
                left -= len(client.talk.bodies)
            for sender in self._take(touched):
                self._fill(sender, window)

    def _drain(self) -> None:
        end = time.monotonic() + DRAIN_SECONDS
        while any(client.done < client.sent for client in self.clients):
            if time.monotonic() > end:
                missing = sum(client.sent - client.done for client in self.clients)
                raise RunError(f"{missing:,} messages had not arrived {DRAIN_SECONDS:.0f} s later")
            for client in self._take(self._read(1.0)):
                client.talk.turn_end()
                self._flush(client)
        twice = sum(client.done > client.sent for client in self.clients)
        if twice:
            raise RunError(f"messages of {twice} clients came more than once")

    def _take(self, touched: list[Client]) -> dict[Client, None]:
        """Credit what was delivered to its senders; returns all who may have something to send."""
        movers = dict.fromkeys(touched)
        for client in touched:
            for body in client.talk.bodies:
                sender = self.clients[int(body[:8])]
                sender.delivered += 1
                movers[sender] = None
            client.talk.bodies.clear()
        return movers

    def _fill(self, client: Client, window: int) -> None:
        clients = self.clients
        talk = client.talk
        for _ in range(window - (client.sent - client.done)):
            to = self.draw(len(clients) - 1)
            to += to >= talk.number
            talk.send(clients[to].talk.address, client.body)
            client.sent += 1
        talk.turn_end()
        self._flush(client)

    def _read(self, timeout: float) -> list[Client]:
        """Let every client with something to read or to send do it once; returns those."""
        touched = []
        for file, _ in self.poll.poll(timeout):
            client = self.by_file[file]
            try:
                data = client.peer.recv(RECEIVE_BYTES)
            except BlockingIOError:
                self._flush(client)
                continue
            except OSError as error:
                raise RunError(f"a connection was lost: {error}") from error
            if not data:
                raise RunError("the server ended a connection")
            client.talk.receive(data)
            touched.append(client)
        return touched

    def _flush(self, client: Client) -> None:
        out = client.talk.out
        if not out and not client.unsent:
            return
        data = client.unsent + b"".join(out)
        out.clear()
        try:
            taken = client.peer.send(data)
        except BlockingIOError:
            taken = 0
        except OSError as error:
            raise RunError(f"a connection was lost: {error}") from error
        waits = bool(client.unsent)
        client.unsent = data[taken:]
        if waits != bool(client.unsent):
            events = select.EPOLLIN | (select.EPOLLOUT if client.unsent else 0)
            self.poll.modify(client.peer, events)
