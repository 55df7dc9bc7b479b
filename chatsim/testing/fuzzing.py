"""Frames that no honest client sends: valid ones, broken in every way that we could think of.

`Mutator` breaks a frame; `Attacker` is a client that sends such frames, and knows enough of the wire to get beyond the
login with some of them. Both are seeded: the same seed breaks the same frames. `chatsim.testing.siege` puts them on a
relay; a script or a test may put them on a socket.
"""

from __future__ import annotations

import random  # noqa: TID251 - a fuzzer draws in its own order, from its own seed
from collections import deque
from collections.abc import Callable

import msgpack

from chatsim.device import Device
from chatsim.errors import RemoteProtocolError
from chatsim.model import NoticeKind
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.fields import KEY_BYTES
from chatsim.wire.framing import LENGTHS, PREFIX, head_of
from chatsim.wire.messages import (
    Begin,
    Copy,
    Decided,
    Drive,
    Hello,
    Next,
    Outbound,
    Resume,
    Sent,
    Welcome,
)

REMEMBERED = 64
"""Former frames to splice with and to send again."""
NUMBERS = (-(1 << 63), -(1 << 32), -1, 0, 1, 255, 1 << 31, 1 << 32, 1 << 53, 1 << 62, (1 << 64) - 1)
WRONG: tuple[object, ...] = (
    None,
    True,
    False,
    1.5,
    "text",
    b"bytes",
    [],
    [[]],
    {},
    [None],
    ["", b""],
)
WHOLE = "nothing"
"""What is wrong with a frame that is sent as it is; in its place it may be wrong all the same."""
DEPTH = 600
"""How deep a nested header is; msgpack gives up at 512."""


class Mutator:
    """Breaks frames, and remembers those it has seen."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._seen: deque[bytes] = deque([b"\x00\x00\x00\x04\x00\x02\x91\x11"], maxlen=REMEMBERED)
        self._ways: tuple[tuple[str, Callable[[bytes], bytes]], ...] = (
            ("bits flipped", self._flipped),
            ("cut short", self._cut),
            ("lengths that lie", self._lying),
            ("spliced with another", self._spliced),
            ("a field of a wrong type", self._wrong_type),
            ("a number out of range", self._wrong_number),
            ("fields added or missing", self._wrong_length),
            ("nested deeply", self._nested),
            ("another kind", self._other_kind),
            ("sent again", self._again),
            ("random bytes", self._noise),
        )

    def mutated(self, frame: bytes) -> tuple[str, bytes]:
        """(what was done to it, the frame)."""
        name, way = self._ways[self._draw.randrange(len(self._ways))]
        broken = way(frame)
        self._seen.append(frame)
        return name, broken

    def _flipped(self, frame: bytes) -> bytes:
        out = bytearray(frame)
        for _ in range(self._draw.randint(1, 4)):
            out[self._draw.randrange(len(out))] ^= 1 << self._draw.randrange(8)
        return bytes(out)

    def _cut(self, frame: bytes) -> bytes:
        return frame[: self._draw.randrange(len(frame))]

    def _lying(self, frame: bytes) -> bytes:
        length, header_length = LENGTHS.unpack_from(frame)
        pick = self._draw.randrange
        if pick(2):
            length = (length + pick(9) - 4) % (1 << 32) if pick(2) else pick(1 << 32)
        else:
            header_length = (header_length + pick(9) - 4) % (1 << 16) if pick(2) else pick(1 << 16)
        return LENGTHS.pack(length, header_length) + frame[PREFIX:]

    def _spliced(self, frame: bytes) -> bytes:
        other = self._draw.choice(self._seen)
        return frame[: self._draw.randrange(len(frame))] + other[self._draw.randrange(len(other)) :]

    def _wrong_type(self, frame: bytes) -> bytes:
        items, body = _taken_apart(frame)
        items[self._draw.randrange(len(items))] = self._draw.choice(WRONG)
        return _put_together(items, body)

    def _wrong_number(self, frame: bytes) -> bytes:
        items, body = _taken_apart(frame)
        items[self._draw.randrange(len(items))] = self._draw.choice(NUMBERS)
        return _put_together(items, body)

    def _wrong_length(self, frame: bytes) -> bytes:
        items, body = _taken_apart(frame)
        if self._draw.randrange(2):
            items = items[: self._draw.randrange(len(items))]
        else:
            items += [self._draw.choice(WRONG)] * self._draw.choice((1, 2, 20, 7_000))
        return _put_together(items, body)

    def _nested(self, frame: bytes) -> bytes:
        items, body = _taken_apart(frame)
        depth = self._draw.randint(1, DEPTH)
        header = msgpack.packb(items[:1])[:1] + b"\x91" * depth + b"\xc0"
        return head_of(header, len(body)) + body

    def _other_kind(self, frame: bytes) -> bytes:
        items, body = _taken_apart(frame)
        items[0] = self._draw.randrange(-1, 100)
        return _put_together(items, body)

    def _again(self, _: bytes) -> bytes:
        return self._draw.choice(self._seen)

    def _noise(self, _: bytes) -> bytes:
        return self._draw.randbytes(self._draw.randint(1, 60))


def _taken_apart(frame: bytes) -> tuple[list[object], bytes]:
    """(header, body) of a valid frame."""
    _, header_length = LENGTHS.unpack_from(frame)
    body_at = PREFIX + header_length
    return msgpack.unpackb(frame[PREFIX:body_at]), frame[body_at:]


def _put_together(items: list[object], body: bytes) -> bytes:
    return head_of(msgpack.packb(items), len(body)) + body


class Attacker:
    """A client whose frames are mostly broken; `hear` tells it what came back, so that its next ones get further."""

    def __init__(self, seed: int, user: int, users: int, groups: int) -> None:
        self._draw = random.Random(seed)  # noqa: S311 - not for secrets
        self._mutator = Mutator(self._draw)
        self._users = users
        self._groups = groups
        self.device = Device(user)
        self.logged_in = False
        self._copies: deque[Copy] = deque(maxlen=8)

    def connected(self) -> None:
        """A new session: nobody knows us."""
        self.logged_in = False

    def next(self) -> tuple[str, bytes]:
        """(what is wrong with it, the next bytes to send)."""
        frame = self._act() if self.logged_in else self._stranger()
        # Half of a stranger's frames are whole, so that enough of the others meet a session that is logged in.
        whole = self._draw.randrange(4) < (1 if self.logged_in else 2)
        return (WHOLE, frame) if whole else self._mutator.mutated(frame)

    def hear(self, header: bytes, body: bytes) -> Outbound:
        """Take note of a frame that the relay sent. Raises RemoteProtocolError for one that cannot be."""
        message = decode_outbound(header, body)
        match message:
            case Welcome():
                # What was broken on its way may have been taken or not: go on from what the relay says.
                self.device.received = self.device.acknowledged = message.base
                self.device.counter = message.counter
                self.logged_in = True
            case Copy():
                self.device.received += 1
                self._copies.append(message)
            case Decided():
                self.device.counter = max(self.device.counter, message.counter)
            case _:
                pass
        self.device.unanswered.clear()
        return message

    def _stranger(self) -> bytes:
        """Words before a login."""
        device = self._draw.randrange(3)
        match self._draw.randrange(8):
            case 0:
                return head_of(encode(Drive(b"guess")), 0)
            case 1:
                received = self._draw.choice((0, self.device.received, 1 << 40))
                return head_of(encode(Resume(self.device.user, device, None, received)), 0)
            case 2:
                return head_of(encode(Hello(self._draw.randrange(2 * self._users), device)), 0)
            case _:
                return self.device.hello()

    def _act(self) -> bytes:
        """Words of a device."""
        pick = self._draw.randrange
        match pick(12):
            case 0:
                return self.device.acknowledge()
            case 1:
                return self.device.subscribe([pick(2 * self._users) for _ in range(pick(5))])
            case 2 if self._copies:
                kind = self._draw.choice(tuple(NoticeKind))
                return self.device.notify(kind, self._draw.choice(self._copies))
            case 3:
                frames = (Begin(), Sent(pick(99)), Next(None), Hello(self.device.user, 0))
                return head_of(encode(self._draw.choice(frames)), 0)
            case 4 if pick(4) == 0:
                return self.device.leave()
            case _:
                return self._message()

    def _message(self) -> bytes:
        pick = self._draw.randrange
        chats = tuple(pick(-self._groups - 1, self._users + 1) for _ in range(pick(1, 4)))
        stamp = None
        if pick(2):
            stamps = [copy.stamp for copy in self._copies if copy.stamp]
            stamp = self._draw.choice(stamps) if stamps and pick(3) else self._draw.randbytes(8)
        body = self._draw.randbytes(pick(40))
        keys = self._draw.randbytes(KEY_BYTES * len(chats)) if pick(4) == 0 else b""
        _, head = self.device.act(chats, body, stamp, notices=pick(4), keys=keys)
        self.device.unanswered.clear()
        return head + keys + body


def understood(attacker: Attacker, header: bytes, body: bytes) -> bool:
    """Whether what the relay sent is a frame of the wire."""
    try:
        attacker.hear(header, body)
    except RemoteProtocolError:
        return False
    return True
