"""The client's half of the wire, sans-I/O: what a device counts and which frames it sends.

Scripts, tests and simulated people all speak through this; a shell moves the bytes. A device outlives its sessions: it
keeps every act until its verdict comes, and sends it again with its old number where a session broke before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.model import NoticeKind
from chatsim.wire.encoding import acknowledgement, encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import (
    Act,
    Complain,
    Copy,
    Decided,
    Hello,
    Leave,
    Notice,
    Notify,
    Outbound,
    QuietAct,
    Resume,
    Subscribe,
    TopUp,
    Welcome,
)

if TYPE_CHECKING:  # it needs an extra, which a script without tokens does not
    from chatsim.provenance.purse import Purse

ACKNOWLEDGE_AFTER = 16
"""Deliveries that a device receives before it acknowledges of its own accord."""


@define(eq=False)
class Device:
    """One device of one user. Delivery numbers are not on the wire: both ends count."""

    user: int
    number: int = 0
    counter: int = 0
    """Of the last act or complaint sent."""
    received: int = 0
    """Deliveries received in this device's life."""
    acknowledged: int = 0
    expired: int = 0
    """Deliveries that the relay no longer had, or this device no longer remembered, when it resumed."""
    unanswered: dict[int, Act | Complain] = field(factory=dict)
    """Acts and complaints without a verdict, by counter."""
    purse: Purse | None = None
    """A script's tokens under `blind` enforcement. Devices whose purses have one book of keys compare them."""

    def hello(self, token: bytes | None = None) -> bytes:
        """The first frame of a session."""
        return head_of(encode(Hello(self.user, self.number, token)), 0)

    def resume(self, token: bytes | None = None) -> bytes:
        """The first frame of a session that goes on where a former one broke; `resend` follows its welcome."""
        return head_of(encode(Resume(self.user, self.number, token, self.received)), 0)

    def resend(self) -> list[bytes]:
        """The frames of all acts without a verdict, for the first ones after the welcome."""
        self.acknowledged = self.received
        acts = [act._replace(acknowledged=self.received) for act in self.unanswered.values()]
        bodies = [act.keys + act.body if isinstance(act, Act) else act.body for act in acts]
        return [
            head_of(encode(act), len(body)) + body for act, body in zip(acts, bodies, strict=True)
        ]

    def act(
        self,
        chats: tuple[int, ...],
        body: bytes,
        stamp: bytes | None = None,
        notices: int = 0,
        outer: bytes | None = None,
        keys: bytes = b"",
    ) -> tuple[int, bytes]:
        """An original, or a forward of the copy with this stamp: (counter, head); the body follows the head.

        `notices` is a sum of `NoticeKind`: what to be told about it. `keys` are those of a sealed body, which is bound
        to `counter + 1`; they go between head and body.
        """
        self.counter += 1
        self.acknowledged = self.received
        act = Act(self.received, self.counter, chats, stamp, outer, notices, body, keys)
        self.unanswered[self.counter] = act
        return self.counter, head_of(encode(act), len(keys) + len(body))

    def complain(self, stamp: bytes | None, body: bytes) -> tuple[int, bytes]:
        """A complaint about a copy: (counter, head); the body, which is the copy's, follows the head."""
        self.counter += 1
        self.acknowledged = self.received
        complaint = Complain(self.received, self.counter, stamp, body)
        self.unanswered[self.counter] = complaint
        return self.counter, head_of(encode(complaint), len(body))

    def act_quietly(self, chats: tuple[int, ...], body: bytes, stamp: bytes | None = None) -> bytes:
        """The head of an act that is not sent again, and answered only if it is refused; the body follows it."""
        self.acknowledged = self.received
        return head_of(encode(QuietAct(self.received, chats, stamp, None, body)), len(body))

    @property
    def unacknowledged(self) -> int:
        return self.received - self.acknowledged

    def acknowledge(self) -> bytes:
        """A frame that acknowledges every delivery received."""
        self.acknowledged = self.received
        return head_of(acknowledgement(self.received), 0)

    def top_up(self, number: int, ticket: bytes, points: bytes) -> bytes:
        """A frame that asks for tokens, under `blind` enforcement; `number` is of the request."""
        return head_of(encode(TopUp(number, ticket, points)), 0)

    def notify(self, kind: NoticeKind, copy: Copy) -> bytes:
        """A frame that tells the sender of a copy that it was delivered, or read."""
        self.acknowledged = self.received
        whose = copy.sender, copy.device, copy.counter
        return head_of(encode(Notify(self.received, kind, *whose)), 0)

    def subscribe(self, users: Sequence[int]) -> bytes:
        """A frame that asks for the presence of these contacts, instead of those asked for before."""
        return head_of(encode(Subscribe(tuple(users))), 0)

    def leave(self) -> bytes:
        """An orderly goodbye."""
        self.acknowledged = self.received
        return head_of(encode(Leave(self.received)), 0)

    def receive(self, message: Outbound) -> None:
        """Count what came from the relay. Raises RemoteProtocolError for what cannot be."""
        match message:
            case Copy() | Notice():
                self.received += 1
            case Decided():
                if message.counter > self.counter:
                    text = (
                        f"a verdict on act {message.counter}; the last one sent is {self.counter}"
                    )
                    raise RemoteProtocolError(text)
                self.unanswered.pop(message.counter, None)
            case Welcome():
                self._welcomed(message)
            case _:
                pass

    def _welcomed(self, welcome: Welcome) -> None:
        """Count from where the relay stands."""
        first = next(iter(self.unanswered), self.counter + 1)
        if welcome.counter < first - 1:
            text = (
                f"the relay remembers acts up to {welcome.counter}; "
                f"it has answered this device up to {first - 1}"
            )
            raise RemoteProtocolError(text)
        self.expired += max(0, welcome.base - self.received)
        # What was received beyond the base is delivered again.
        self.received = self.acknowledged = welcome.base
        self.counter = max(self.counter, welcome.counter)
