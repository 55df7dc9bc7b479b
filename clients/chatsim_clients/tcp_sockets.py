"""All sockets of a swarm, read and written without blocking in one loop.

People in lock-step need no scheduler: in each round everything that was written leaves in one send per socket, then
every socket that has something is read once. That is one plain loop, and it makes no task and no channel per message.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Iterator

from attrs import define, field

from chatsim.errors import RunError
from chatsim.server.outbox import Outbox
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer

STALL_SECONDS = 60.0
"""A server that is silent for so long, while somebody waits, is taken for dead."""
CONNECT_SECONDS = 30.0
RECEIVE_BYTES = 64 * 1024


@define(eq=False)
class Peer:
    """One connection to the server."""

    number: int
    socket: socket.socket
    deframer: Deframer = field(factory=lambda: Deframer(FRAME_MAX + HEADER_MAX))
    outbox: Outbox = field(factory=Outbox)
    blocked: bool = False


class Sockets:
    """Connections to one address, by number; closes them all at the end."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._peers: list[Peer] = []
        self._unsent: list[Peer] = []
        self._selector = selectors.DefaultSelector()

    def close(self) -> None:
        self._selector.close()
        for peer in self._peers:
            peer.socket.close()

    def connect(self, first: bytes) -> int:
        """A further connection, on which `first` is sent at once; returns its number. Raises RunError."""
        try:
            connected = socket.create_connection(self._address, CONNECT_SECONDS)
        except OSError as error:
            host, port = self._address
            message = (
                f"cannot connect to the server at {host} port {port}: {error.strerror or error}"
            )
            raise RunError(message) from error
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        peer = Peer(len(self._peers), connected)
        self._peers.append(peer)
        connected.setblocking(False)
        self._selector.register(connected, selectors.EVENT_READ, peer)
        self.write(peer.number, first)
        self.flush()
        return peer.number

    def write(self, number: int, head: bytes, body: bytes = b"") -> None:
        """Put a frame on its way; it leaves with the next `flush`."""
        peer = self._peers[number]
        if not peer.outbox.waiting and not peer.blocked:
            self._unsent.append(peer)
        peer.outbox.append(head)
        if body:
            peer.outbox.append(body)

    def flush(self) -> None:
        """Send what the sockets take now. Raises RunError for a lost connection."""
        unsent, self._unsent = self._unsent, []
        for peer in unsent:
            self._send(peer)

    def _send(self, peer: Peer) -> None:
        try:
            peer.outbox.send_into(peer.socket)
        except OSError as error:
            raise _lost(error) from error
        blocked = peer.outbox.waiting > 0
        if blocked is not peer.blocked:
            peer.blocked = blocked
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if blocked else 0)
            self._selector.modify(peer.socket, events, peer)

    def receive(self) -> Iterator[tuple[int, Iterator[tuple[bytes, bytes]]]]:
        """(number, frames) of every connection that has something; waits for at least one.

        Raises RunError for a lost connection, and where nothing comes for too long.
        """
        ready = self._selector.select(STALL_SECONDS)
        if not ready:
            raise RunError(f"the server was silent for {STALL_SECONDS:.0f} seconds")
        for key, events in ready:
            peer: Peer = key.data
            if events & selectors.EVENT_WRITE:
                self._send(peer)
            if events & selectors.EVENT_READ:
                try:
                    data = peer.socket.recv(RECEIVE_BYTES)
                except BlockingIOError:
                    continue
                except OSError as error:
                    raise _lost(error) from error
                if not data:
                    raise RunError("the server closed a connection")
                yield peer.number, peer.deframer.feed(data)


def _lost(error: OSError) -> RunError:
    return RunError(f"a connection to the server was lost: {error.strerror or error}")
