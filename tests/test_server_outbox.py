"""Bytes on their way to one session."""

from __future__ import annotations

import socket

from chatsim.server.outbox import JOIN_BYTES, Outbox


def test_an_outbox_sends_its_pieces_in_order_however_little_the_socket_takes():
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    outbox = Outbox()
    pieces = [bytes([number % 256]) * 5_000 for number in range(3 * JOIN_BYTES // 5_000)]
    for piece in pieces:
        outbox.append(piece)
    received = b""
    with ours, theirs:
        while outbox.waiting:
            sent = outbox.send_into(ours)
            assert sent > 0
            while len(received) < len(b"".join(pieces)) - outbox.waiting:
                received += theirs.recv(1 << 20)
        assert outbox.send_into(ours) == 0
    assert received == b"".join(pieces)
