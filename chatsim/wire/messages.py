"""What frames say: one frozen value per kind. `encoding` turns them into headers, `decoding` back.

A chat is one integer: a contact's user number, or ~group (negative).

What is made once per copy or act is a NamedTuple, which costs a quarter of a frozen attrs value to make; the rest is
attrs.
"""

from __future__ import annotations

from typing import NamedTuple

from attrs import frozen

from chatsim.model import NoticeKind, Verdict

# From a device.


@frozen
class Hello:
    """Log in as a device; `token` proves the right to, where the server asks for one."""

    user: int
    device: int
    token: bytes | None = None


@frozen
class Resume:
    """Log in as a device that has received `received` deliveries in its life: they will not come again."""

    user: int
    device: int
    token: bytes | None
    received: int


class Act(NamedTuple):
    """An original (no stamp) or a forward of the copy whose stamp it brings back, to all its chats at once.

    `acknowledged` counts all deliveries that this device has received in its life (cumulative).
    """

    acknowledged: int
    counter: int
    chats: tuple[int, ...]
    stamp: bytes | None = None
    outer: bytes | None = None
    notices: int = 0
    """A sum of `NoticeKind`: what the sender asks to be told."""
    body: bytes = b""
    keys: bytes = b""
    """Of a sealed body: its key, wrapped for each chat in their order. On the wire they come before the body."""


class QuietAct(NamedTuple):
    """An act that is answered only if it is refused, and then with counter 0: for what is worth no second try.

    It has no counter: whatever is lost with a session is not sent again, and no notice refers to its copies.
    """

    acknowledged: int
    chats: tuple[int, ...]
    stamp: bytes | None = None
    outer: bytes | None = None
    body: bytes = b""

    @property
    def counter(self) -> int:
        return 0

    @property
    def notices(self) -> int:
        return 0

    @property
    def keys(self) -> bytes:
        """A quiet act has no counter, to which a sealed body could be bound: it is never sealed."""
        return b""


class Complain(NamedTuple):
    """A complaint about the copy with this stamp and body; it has a verdict, and is counted with the acts."""

    acknowledged: int
    counter: int
    stamp: bytes | None
    body: bytes = b""


class TopUp(NamedTuple):
    """Under `blind` enforcement: make tokens of these points, for the ticket of a copy; devices number requests.

    A request is answered once and is no act: what is lost with a session can be asked for again when it is fresh.
    """

    number: int
    ticket: bytes
    points: bytes
    """Each of POINT_BYTES, one after the other; at most TOKENS_MAX."""


class Acknowledge(NamedTuple):
    """One that says nothing new keeps the session alive."""

    acknowledged: int


class Notify(NamedTuple):
    """A notice about act `counter` of the device that sent it, addressed by whoever received or read the copy."""

    acknowledged: int
    kind: NoticeKind
    user: int
    device: int
    counter: int


@frozen
class Subscribe:
    """Tell me when these contacts come and go; replaces the former list."""

    users: tuple[int, ...]


@frozen
class Leave:
    """An orderly goodbye; mail waits in the mailbox from now on."""

    acknowledged: int


# From a driver: whoever moves a driven clock.


@frozen
class Drive:
    secret: bytes


@frozen
class Begin:
    """A new run: the relay forgets everything of the former one; sessions stay."""


@frozen
class Sent:
    """Every act of this tick has its verdict."""

    tick: int


@frozen
class Next:
    """The next tick in which one of this driver's people acts; None: none ever."""

    tick: int | None


# From the relay.


@frozen
class Welcome:
    """Logged in.

    `base` deliveries were acknowledged before, or have expired; the next one delivered has number base + 1. `counter`
    is that of the last decided act.
    """

    base: int
    counter: int
    tick: int


class Copy(NamedTuple):
    """One delivery. No field depends on the recipient. The counter is that of the act, 0 of a quiet one.

    Under `client` enforcement the relay knows no hop and stamps nothing.
    """

    sender: int
    device: int
    counter: int
    group: int | None
    """The group's number, or None for the chat of two contacts."""
    hop: int | None
    label: int | None
    tick: int
    stamp: bytes | None = None
    outer: bytes | None = None
    notices: int = 0
    """A sum of `NoticeKind`: what the sender asks to be told."""
    body: bytes = b""
    key: bytes | None = None
    """Of a sealed body: its key, wrapped for this chat."""


class Notice(NamedTuple):
    """A delivery like a copy: `user` received or read what this device sent with act `counter`."""

    kind: NoticeKind
    user: int
    counter: int


class Presence(NamedTuple):
    """A contact came or went; no delivery, and not acknowledged."""

    user: int
    online: bool


class Decided(NamedTuple):
    """The verdict on the act or complaint with this counter; 0: a quiet act was refused."""

    counter: int
    verdict: Verdict


class Issued(NamedTuple):
    """What became of the first points of a request: for tokens that pay for any chat, behind them for contacts' alone.

    Each part is the public key, the products one after the other, and the proof; empty where nothing was made.
    """

    number: int
    day: int
    any_chat: tuple[bytes, bytes, bytes]
    contacts: tuple[bytes, bytes, bytes]


@frozen
class Refusal:
    """Why the relay ends this session."""

    text: str


@frozen
class Begun:
    pass


@frozen
class Settled:
    """Every copy of this tick is acknowledged or waits for an absent device."""

    tick: int


@frozen
class Go:
    """The clock stands at this tick."""

    tick: int


@frozen
class End:
    """Nobody will act any more."""


Inbound = (
    Hello
    | Resume
    | Act
    | QuietAct
    | Complain
    | TopUp
    | Acknowledge
    | Notify
    | Subscribe
    | Leave
    | Drive
    | Begin
    | Sent
    | Next
)
Outbound = (
    Welcome | Copy | Notice | Presence | Decided | Issued | Refusal | Begun | Settled | Go | End
)
