"""Bytes on their way to one session."""

from __future__ import annotations

import socket
from collections import deque

JOIN_BYTES = 256 * 1024
"""How much is joined for one send."""
TURN_BYTES = 512 * 1024
"""About how much leaves before others have their turn, however much the socket would take."""


class Outbox:
    """A queue of pieces that leave joined, as much as the socket takes at once.

    The pieces of copies are the mailbox's own bytes: nothing is kept twice, and what is lost with a session is still
    in the mailbox.
    """

    __slots__ = ("_pieces", "waiting")

    def __init__(self) -> None:
        self._pieces: deque[bytes] = deque()
        self.waiting = 0
        """Bytes not yet taken by the socket."""

    def append(self, piece: bytes) -> None:
        self._pieces.append(piece)
        self.waiting += len(piece)

    def send_into(self, peer: socket.socket) -> int:
        """Send what the socket takes without waiting, for one turn; returns how many bytes that was. Raises OSError."""
        total = 0
        while self.waiting and total < TURN_BYTES:
            joined = self._join()
            try:
                sent = peer.send(joined)
            except BlockingIOError:
                sent = 0
            total += sent
            self.waiting -= sent
            if sent < len(joined):
                self._pieces.appendleft(joined[sent:])
                break
        return total

    def _join(self) -> bytes:
        pieces = self._pieces
        if self.waiting <= JOIN_BYTES:
            joined = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            pieces.clear()
            return joined
        taken = []
        size = 0
        while size < JOIN_BYTES:
            taken.append(pieces.popleft())
            size += len(taken[-1])
        return b"".join(taken)
