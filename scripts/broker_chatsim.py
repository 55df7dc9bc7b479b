"""What a client of chatsim says and understands in a load, on the wire's own encoders."""

from __future__ import annotations

from broker_protocols import Talk, unexpected
from chatsim.device import ACKNOWLEDGE_AFTER, Device
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import LENGTHS, PREFIX
from chatsim.wire.kinds import COPY, DECIDED, WELCOME
from chatsim.wire.messages import Decided


class Chatsim(Talk):
    """One device. Where it is not acknowledged its acts are quiet: the relay answers none that it allows.

    A delivery is acknowledged by the next act, which always says how many arrived, and otherwise after 16 copies;
    where it is `acknowledged`, at once, in a frame of its own.
    """

    def __init__(self, number: int, *, acknowledged: bool) -> None:
        super().__init__(number, acknowledged=acknowledged)
        self.device = Device(number)

    def open(self) -> None:
        self.address = b"%d" % self.number
        self.out.append(self.device.hello())

    def send(self, address: bytes, body: bytes) -> None:
        chats = (int(address),)
        if self.acknowledged:
            _, head = self.device.act(chats, body)
        else:
            head = self.device.act_quietly(chats, body)
        self.out += (head, body)

    def receive(self, data: bytes) -> None:
        buffer = self._buffer
        buffer += data
        at = 0
        while at + PREFIX <= len(buffer):
            length, header_length = LENGTHS.unpack_from(buffer, at)
            end = at + 4 + length
            if end > len(buffer):
                break
            header_at = at + PREFIX
            body_at = header_at + header_length
            self.frame(bytes(buffer[header_at:body_at]), bytes(buffer[body_at:end]))
            at = end
        del buffer[:at]

    def frame(self, header: bytes, body: bytes) -> None:
        """Understand a frame by its kind, which is the second byte of every header here."""
        kind = header[1]
        if kind == COPY:
            self.device.received += 1
            self.bodies.append(body)
        elif kind == DECIDED:
            self.confirmed += 1
            self.verdict(header)
        elif kind == WELCOME:
            self.ready = True
        else:
            raise unexpected("chatsim", decode_outbound(header, body))

    def verdict(self, header: bytes) -> None:
        """Nothing that a load without forwards sends may be refused."""
        message = decode_outbound(header, b"")
        assert isinstance(message, Decided)
        self.device.receive(message)
        if message.verdict.reason:
            raise unexpected("chatsim", message)

    def turn_end(self) -> None:
        waiting = self.device.unacknowledged
        if waiting >= (1 if self.acknowledged else ACKNOWLEDGE_AFTER):
            self.out.append(self.device.acknowledge())
