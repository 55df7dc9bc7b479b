"""Bytes on their way to one session."""

from __future__ import annotations

import socket

from chatsim.server.outbox import JOIN_BYTES, TURN_BYTES, Outbox


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


class Taker:
    """A socket that takes everything."""

    def send(self, data: bytes) -> int:
        return len(data)


def test_a_socket_that_takes_everything_gets_its_turns_like_the_others():
    outbox = Outbox()
    for _ in range(4):
        outbox.append(bytes(TURN_BYTES))
    taken = [outbox.send_into(Taker()) for _ in range(4)]
    assert taken == [TURN_BYTES] * 4
    assert outbox.waiting == 0
