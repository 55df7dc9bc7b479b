"""The client's half of the wire, sans-I/O: what a device counts and which frames it sends.

Scripts, tests and simulated people all speak through this; a shell moves the bytes.
"""

from __future__ import annotations

from attrs import define

from chatsim.errors import RemoteProtocolError
from chatsim.wire.codec import acknowledgement, encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import (
    Act,
    Copy,
    Decided,
    Hello,
    Leave,
    Outbound,
    Welcome,
)

ACKNOWLEDGE_AFTER = 16
"""Copies that a device receives before it acknowledges of its own accord."""


@define(eq=False)
class Device:
    """One device of one user. Delivery numbers are not on the wire: both ends count."""

    user: int
    number: int = 0
    counter: int = 0
    """Of the last act sent."""
    received: int = 0
    """Copies received in this device's life."""
    acknowledged: int = 0

    def hello(self, token: bytes | None = None) -> bytes:
        """The first frame of a session."""
        return head_of(encode(Hello(self.user, self.number, token)), 0)

    def act(
        self, chats: tuple[int, ...], body: bytes, stamp: bytes | None = None
    ) -> tuple[int, bytes]:
        """An original, or a forward of the copy with this stamp: (counter, head); the body follows the head."""
        self.counter += 1
        self.acknowledged = self.received
        act = Act(self.received, self.counter, chats, stamp)
        return self.counter, head_of(encode(act), len(body))

    @property
    def unacknowledged(self) -> int:
        return self.received - self.acknowledged

    def acknowledge(self) -> bytes:
        """A frame that acknowledges every copy received."""
        self.acknowledged = self.received
        return head_of(acknowledgement(self.received), 0)

    def leave(self) -> bytes:
        """An orderly goodbye."""
        self.acknowledged = self.received
        return head_of(encode(Leave(self.received)), 0)

    def receive(self, message: Outbound) -> None:
        """Count what came from the relay. Raises RemoteProtocolError for what cannot be."""
        match message:
            case Copy():
                self.received += 1
            case Welcome():
                if message.base > self.received:
                    text = (
                        f"the relay counts {message.base} copies acknowledged, "
                        f"this device has received {self.received}"
                    )
                    raise RemoteProtocolError(text)
                # What was received beyond the base is delivered again; both ends count from the base.
                self.received = self.acknowledged = message.base
            case Decided():
                if message.counter > self.counter:
                    text = (
                        f"a verdict on act {message.counter}; the last one sent is {self.counter}"
                    )
                    raise RemoteProtocolError(text)
            case _:
                pass
