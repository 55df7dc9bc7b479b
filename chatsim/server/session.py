"""One connection, as its shell sees it."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

from attrs import define, field

from chatsim.server.outbox import JOIN_BYTES, Outbox
from chatsim.server.tls import Tls
from chatsim.wire.framing import Deframer

OUTBOX_BYTES = 4 * 1024 * 1024
"""What may wait for one session, on top of the mail that its login brought."""
PIECES_JOINED = 1_024
"""More pieces than these leave through an outbox, which joins them part by part."""
PIECES_UNWEIGHED = 16
"""So few are joined whatever they weigh; more of them only up to JOIN_BYTES."""
NEVER = 1 << 62
"""No batch has this number."""


@define(eq=False, weakref_slot=False)
class Session:
    """A connection's socket and everything that waits on either side of it.

    Thousands of them are idle at any time, so whatever is empty is None.
    """

    number: int
    peer: socket.socket
    tls: Tls | None = None
    deframer: Deframer = field(factory=Deframer)
    frames: Iterator[tuple[bytes, bytes]] | None = None
    """Frames that wait for their turn; nothing more is read from the peer until they have had it."""
    allowance: int = 0
    """What the frames that wait may still cause; below 0 after a large act."""
    served: int = 0
    """The last batch in which frames of its were handled."""
    loud_until: int = NEVER
    """Before this batch its frames wait behind those of whoever asks for less; strangers' always do."""
    pieces: list[bytes] | None = None
    """What the running batch wrote to it; None where the batch has not touched it."""
    outbox: Outbox | None = None
    """What may leave and was not taken by the socket."""
    outbox_max: int = OUTBOX_BYTES
    heard: float = 0.0
    """When its last whole frame had its turn, on trio's clock."""
    known: bool = False
    """Logged in, as a device or as a driver."""
    ending: bool = False
    """Closed as soon as everything written to it has left; nothing it sends counts any more."""
    blocked: bool = False
    """Its shell waits until the socket takes more."""
    finishing: bool = False
    """Nothing will be written to it any more, and all of that may leave."""
    lost: bool = False
    """The peer sends no more."""
    closed: bool = False

    def send(self, pieces: Sequence[bytes]) -> int:
        """Send what the socket takes without waiting, in one piece; returns how many bytes. Raises OSError.

        The rest stays in the outbox, and so does everything while the outbox is not empty.
        """
        if self.tls is not None:
            pieces = self._encrypted(self.tls, pieces)
        if self.outbox is None and _are_joined(pieces):
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            try:
                sent = self.peer.send(data) if data else 0
            except BlockingIOError:
                sent = 0
            if sent == len(data):
                return sent
            self.outbox = Outbox()
            self.outbox.append(data[sent:])
            return sent
        fresh = self.outbox is None
        outbox = self.outbox = self.outbox or Outbox()
        for piece in pieces:
            outbox.append(piece)
        return self.send_waiting() if fresh else 0

    def send_waiting(self) -> int:
        """Send what the socket takes of the outbox; returns how many bytes. Raises OSError."""
        outbox = self.outbox
        if outbox is None:
            return 0
        sent = outbox.send_into(self.peer)
        if not outbox.waiting:
            self.outbox = None
        return sent

    def _encrypted(self, tls: Tls, pieces: Sequence[bytes]) -> Sequence[bytes]:
        if pieces:
            tls.encrypt(b"".join(pieces))
        return (tls.take(),)

    def finish(self) -> None:
        """Tell the peer that nothing follows, once everything has left. Raises OSError."""
        if self.tls is not None:
            if not self.tls.greeted:
                return  # the sentence waits for the handshake, which the linger deadline bounds
            self.tls.say_end()
            self.send(())
        if self.outbox is None:
            self.peer.shutdown(socket.SHUT_WR)


def _are_joined(pieces: Sequence[bytes]) -> bool:
    """Whether one send takes them all: joining what a socket will not take would hold everybody up."""
    count = len(pieces)
    if count <= PIECES_UNWEIGHED:
        return True
    return count <= PIECES_JOINED and sum(map(len, pieces)) <= JOIN_BYTES
