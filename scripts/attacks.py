"""What hostile connections say to a server, and how they come back when it has ended them; run as a program.

Everything is one process that never waits: each connection says its next piece whenever its socket takes it, as fast
as the server reads, or after a pause. What comes back is read and forgotten, but that some acknowledge what arrives.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import struct
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NoReturn

from attrs import define, field, frozen

from chatsim.errors import RemoteProtocolError
from chatsim.server.tokens import read_table
from chatsim.wire.encoding import encode
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, LENGTHS, Deframer, head_of
from chatsim.wire.kinds import COPY
from chatsim.wire.messages import Acknowledge, Act, Drive, Hello, Inbound, Subscribe

USERS = 2_000
FIRST = 100
"""The first hostile user; whoever comes before is a bystander."""
ABSENT = 1_000
"""From here on users never log in, but that one mailbox is fetched again and again."""
FRIENDS = 50
"""Hostile users who take what the others send."""
PIECE = 64 * 1024
IDLE_SECONDS = 0.0005
PAUSE_SECONDS = 0.05
AT_ONCE = 100
"""Acts in one piece."""
RESET = struct.pack("ii", 1, 0)
"""A connection that is closed so leaves no port behind that waits."""


@frozen
class Means:
    """What an attacker knows."""

    port: int
    tokens: dict[int, bytes]
    group: int
    """The group of the first hostile user that is named again and again."""

    def login(self, user: int) -> bytes:
        return frame(Hello(user, 0, self.tokens[user]))


Says = Callable[[Means, int], Iterator[bytes]]
"""All that the connection with this number says, from its first byte on; b"" is a pause."""


@frozen
class Attack:
    """Some connections at one time."""

    name: str
    connections: int
    says: Says
    readers: int = USERS
    """Connections from this number on take nothing that comes."""
    acknowledges: bool = False
    hangs_up: bool = False
    """Whoever has said everything closes, and comes back; others wait until the server ends it."""
    seconds_min: float = 0.0


def frame(message: Inbound, body: bytes = b"") -> bytes:
    return head_of(encode(message), len(body)) + body


def nothing(_: Means, __: int) -> Iterator[bytes]:
    yield from ()


def half_a_login(means: Means, number: int) -> Iterator[bytes]:
    yield means.login(FIRST + number)[:3]


def wrong_tokens(_: Means, number: int) -> Iterator[bytes]:
    yield b"".join(frame(Hello(FIRST + number, 0, os.urandom(32))) for _ in range(10))


def endless_frame(means: Means, number: int) -> Iterator[bytes]:
    yield means.login(FIRST + number)
    yield LENGTHS.pack(1 << 31, 10)
    yield from itertools.repeat(bytes(PIECE))


def garbage(means: Means, number: int) -> Iterator[bytes]:
    if number % 2:
        yield means.login(FIRST + number)
    while True:
        yield os.urandom(PIECE)


def dribble(means: Means, number: int) -> Iterator[bytes]:
    yield means.login(FIRST + number)
    for byte in frame(Act(0, 1, (ABSENT,)), bytes(200_000)):
        yield bytes((byte,))


def slow_readers(means: Means, number: int) -> Iterator[bytes]:
    """The first one writes to all others, who take nothing."""
    yield means.login(FIRST + number)
    if number:
        while True:
            yield b""
            yield frame(Acknowledge(0))
    readers = tuple(range(FIRST + 1, FIRST + 1 + FRIENDS))
    for counter in itertools.count(1):
        yield frame(Act(0, counter, readers), bytes(100_000))


def acts(means: Means, number: int) -> Iterator[bytes]:
    yield means.login(FIRST + number)
    for first in itertools.count(1, AT_ONCE):
        counters = range(first, first + AT_ONCE)
        yield b"".join(
            frame(Act(0, n, (ABSENT + n % (USERS - ABSENT),)), bytes(100)) for n in counters
        )


def large_acts(means: Means, number: int) -> Iterator[bytes]:
    """Friends take 8,000 copies of each act; in between a group is named as often as a frame can name it."""
    yield means.login(FIRST + number)
    if number:
        return
    friends = range(FIRST + 1, FIRST + 1 + FRIENDS)
    for counter in itertools.count(1, 2):
        yield frame(Act(0, counter, tuple(friends) * (8_000 // FRIENDS)), b"to everybody")
        yield frame(Act(0, counter + 1, (~means.group,) * 8_192), b"to everybody")


def subscriptions(means: Means, number: int) -> Iterator[bytes]:
    yield means.login(FIRST + number)
    yield from itertools.repeat(frame(Subscribe(tuple(range(1_000)))))


def forgeries(means: Means, number: int) -> Iterator[bytes]:
    """By number: driving by a guess, one act again and again, and copies, groups and users that are not one's own."""
    if number % 5 == 0:
        yield frame(Drive(os.urandom(32)))
        return
    yield means.login(FIRST + number)
    if number % 5 == 1:
        yield from itertools.repeat(AT_ONCE * frame(Act(0, 1, (ABSENT,)), b"again"))
    for counter in itertools.count(1, 3):
        stamp = os.urandom(8) if counter % 2 else counter.to_bytes(8, "big")
        yield frame(Act(0, counter, (ABSENT,), stamp), b"never received")
        yield frame(Act(0, counter + 1, (~(means.group + 1 + number),)), b"no member")
        yield frame(Act(0, counter + 2, (USERS + number,)), b"nobody")


def one_mailbox(means: Means, number: int) -> Iterator[bytes]:
    yield means.login(FIRST + number)
    for counter in itertools.count(1):
        yield frame(Act(0, counter, (ABSENT,)), bytes(100))


def full_mailbox(means: Means, number: int) -> Iterator[bytes]:
    """Ten fill one mailbox; two fetch it again and again, and acknowledge nothing."""
    if number >= 2:
        yield from one_mailbox(means, number)
    yield means.login(ABSENT)
    yield b""


ATTACKS = (
    Attack("connections that come and go", 100, nothing, hangs_up=True),
    Attack("half-open connections", 600, half_a_login, seconds_min=12.0),
    Attack("logins with wrong tokens", 20, wrong_tokens),
    Attack("frames of 2 GiB", 20, endless_frame),
    Attack("garbage before and after login", 20, garbage),
    Attack("frames byte by byte", 200, dribble),
    Attack("slow readers of large mail", 1 + FRIENDS, slow_readers, readers=1),
    Attack("acts from one session", 1, acts),
    Attack("acts from 50 sessions", 50, acts),
    Attack("acts of 8,000 copies", 1 + FRIENDS, large_acts, acknowledges=True),
    Attack("subscriptions to 1,000 users", 10, subscriptions),
    Attack("forged stamps, ids and secrets", 20, forgeries),
    Attack("one mailbox filled by strangers", 30, one_mailbox),
    Attack("logins that bring 10,000 messages", 12, full_mailbox, hangs_up=True),
)


@define(eq=False)
class Line:
    """One hostile connection after the other."""

    attack: Attack
    means: Means
    number: int
    connections: int = 0
    _peer: socket.socket | None = None
    _says: Iterator[bytes] = iter(())
    _left: memoryview = memoryview(b"")
    _silent: bool = False
    _paused_until: float = 0.0
    _deframer: Deframer = field(factory=Deframer)
    _received: int = 0
    _acknowledged: int = 0

    def turn(self, now: float) -> bool:
        """Say and hear what can be; whether anything happened."""
        if self._peer is None:
            self._come()
        try:
            said = self._say(now)
            return self._hear() or said
        except (BlockingIOError, InterruptedError):
            return False
        except (OSError, RemoteProtocolError):
            self._go()
            return True

    @property
    def _reads(self) -> bool:
        return self.number < self.attack.readers

    def _come(self) -> None:
        self._peer = peer = socket.socket()
        self.connections += 1
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        if not self._reads:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        peer.setblocking(False)
        peer.connect_ex(("127.0.0.1", self.means.port))
        self._says = self.attack.says(self.means, self.number)
        self._left, self._silent = memoryview(b""), False
        self._deframer = Deframer(FRAME_MAX + HEADER_MAX)
        self._received = self._acknowledged = 0

    def _go(self) -> None:
        assert self._peer is not None
        self._peer.close()
        self._peer = None

    def _say(self, now: float) -> bool:
        if self._silent or now < self._paused_until:
            return False
        if not self._left:
            piece = next(self._says, None)
            if piece is None:
                self._silent = True
                if self.attack.hangs_up:
                    raise ConnectionError
                return False
            if not piece:
                self._paused_until = now + PAUSE_SECONDS
            self._left = memoryview(piece)
        assert self._peer is not None
        try:
            self._left = self._left[self._peer.send(self._left) :]
        except BlockingIOError:
            return False
        return True

    def _hear(self) -> bool:
        if not self._reads:
            return False
        assert self._peer is not None
        data = self._peer.recv(4 * PIECE)
        if not data:
            raise ConnectionError
        if self.attack.acknowledges:
            headers = (header for header, _ in self._deframer.feed(data))
            self._received += sum(header[1] == COPY for header in headers)
            if self._silent and self._received > self._acknowledged:
                self._acknowledged = self._received
                self._peer.send(frame(Acknowledge(self._received)))
        return True


def main(name: str, means: Means) -> NoReturn:
    """Attack until the process is ended; its parent does that."""
    os.nice(10)  # what is measured is the server, not how processes share a core with an attacker
    attack = next(each for each in ATTACKS if each.name == name)
    lines = [Line(attack, means, number) for number in range(attack.connections)]
    while True:
        now = time.monotonic()
        if not sum([line.turn(now) for line in lines]):
            time.sleep(IDLE_SECONDS)


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    known = dict(read_table(Path(given["tokens"])))
    main(given["attack"], Means(given["port"], known, given["group"]))
