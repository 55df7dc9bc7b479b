"""One user's device in a load: what it counts, what waits, and the frames it sends.

It counts as `chatsim.device` does, and keeps besides what the accounts need.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

from attrs import define, field

from chatsim.model import NoticeKind
from chatsim.wire.encoding import acknowledgement, encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Act, Copy, Hello, Leave, Notify, Resume, Welcome
from chatsim_clients.load.accounting import Heard, Said
from chatsim_clients.load.intents import Intent
from chatsim_clients.load.sessions import Link


class Pending(NamedTuple):
    """An act without a verdict."""

    intended: int
    slot: int
    sequence: int
    chats: tuple[int, ...]
    recipients: int
    stamp: bytes | None
    body: bytes
    notices: int = 0
    keys: bytes = b""
    """Of a sealed body."""
    outer: bytes | None = None


class Held(NamedTuple):
    """Of the copy received last, what a forward brings back."""

    stamp: bytes | None
    outer: bytes | None
    rest: bytes
    """What follows the load's header in its body."""


@define(eq=False)
class Client:
    """One user's device."""

    user: int
    link: Link | None = None
    online: bool = False
    known: bool = False
    """Has logged in at least once."""
    wanted: bool = False
    """Should have a session: a lost one is made anew."""
    returning: bool = False
    """Has begun to come back and is not online yet."""
    back_at: int = 0
    """When the present session began; what was intended before it and is delivered by it waited offline."""
    counter: int = 0
    received: int = 0
    acknowledged: int = 0
    skip: int = 0
    """Copies of this session that were received in an earlier one."""
    held: Held | None = None
    wrote_at: int = 0
    dirty: bool = False
    """On the list of those who owe an acknowledgement."""
    pending: dict[int, Pending] = field(factory=dict)
    unposted: set[int] = field(factory=set)
    """Those of `pending` that were never put on the wire."""
    backlog: deque[tuple[int, Intent]] = field(factory=deque)
    """(intended, message) that wait for a session or for verdicts."""
    unread: dict[int, tuple[int, int]] = field(factory=dict)
    """Acts that nobody, or not everybody, is known to have read: (intended, readers missing) by counter."""
    said: Said = field(factory=Said)
    heard: Heard = field(factory=Heard)

    def login(self, token: bytes | None) -> bytes:
        """The first frame of a session; after the first one it says what was received, which does not come again."""
        login: Hello | Resume = Hello(self.user, 0, token)
        if self.known:
            login = Resume(self.user, 0, token, self.received)
        return head_of(encode(login), 0)

    def welcomed(self, welcome: Welcome) -> None:
        """Count from where the relay stands; what comes again is skipped."""
        if not self.known:
            self.known = True
            self.counter = welcome.counter
            self.received = welcome.base
        self.skip = max(0, self.received - welcome.base)
        self.received = self.acknowledged = welcome.base
        self.returning = False
        self.online = True

    def counts(self) -> bool:
        """A delivery came; whether it is new and not one that an earlier session had brought."""
        self.received += 1
        if self.skip:
            self.skip -= 1
            return False
        return True

    def acknowledgement(self) -> bytes:
        self.acknowledged = self.received
        return head_of(acknowledgement(self.received), 0)

    def goodbye(self) -> bytes:
        self.acknowledged = self.received
        return head_of(encode(Leave(self.received)), 0)

    def head(self, counter: int, act: Pending) -> bytes:
        """Of an act's frame, the first time or again: it acknowledges what was received until now."""
        self.acknowledged = self.received
        what = act.stamp, act.outer, act.notices, act.body, act.keys
        frame = Act(self.received, counter, act.chats, *what)
        return head_of(encode(frame), len(act.keys) + len(act.body))

    def read(self, copy: Copy) -> bytes:
        """The frame that tells the sender that a copy was read."""
        self.acknowledged = self.received
        whose = copy.sender, copy.device, copy.counter
        return head_of(encode(Notify(self.received, NoticeKind.READ, *whose)), 0)
