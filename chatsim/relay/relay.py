"""The relay: `handle(event, now) -> commands`. It never awaits, reads a clock, draws or logs.

A session says who it is (a device, or a driver of the clock); a device sends acts, each of which has one verdict; what
is allowed goes into the mailboxes of all recipients and, where a recipient is connected, onto its way.
"""

from __future__ import annotations

import hmac

from attrs import define, frozen

from chatsim.errors import RemoteProtocolError
from chatsim.model import ALLOWED, ONE_DAY, Enforcement, Reason, Verdict
from chatsim.policy.decision import Row, label_of
from chatsim.relay.barrier import Barrier, Stage
from chatsim.relay.events import (
    Abort,
    Arrived,
    Closed,
    Command,
    Event,
    Hangup,
    Opened,
    Widen,
    Write,
)
from chatsim.relay.lineages import Ledger, Record
from chatsim.relay.mailbox import Mailbox
from chatsim.relay.roster import Roster
from chatsim.wire.codec import decode_inbound, encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Begin,
    Begun,
    Copy,
    Decided,
    Drive,
    Hello,
    Leave,
    Next,
    Outbound,
    Refusal,
    Sent,
    Welcome,
)

UNAVAILABLE = Verdict(Reason.UNAVAILABLE)
NO_EXPIRY = 1 << 62
"""Ticks that no clock reaches."""


@frozen
class RelaySettings:
    """How a relay runs, apart from its policy."""

    enforcement: Enforcement = Enforcement.CLEAR
    refill_ticks: int = 15
    """When the caps per action are fresh again for the same person and copy; no longer than an honest person's pause
    between two actions."""
    expiry_ticks: int = 30 * ONE_DAY
    """How long a copy can be forwarded; in a driven run, until it ends."""
    drivers: int = 0
    """How many drivers move the clock; 0: nobody may, and their frames are unknown."""
    secret: bytes = b""


@define(eq=False)
class Books:
    """What the relay has carried since it began."""

    acts: int = 0
    refused: int = 0
    originals: int = 0
    """Copies delivered of originals."""
    forwards: int = 0
    """Copies delivered of forwards."""
    mailbox_peak: int = 0

    @property
    def copies(self) -> int:
        return self.originals + self.forwards


@define(eq=False)
class _Session:
    """Who is behind a connection: nobody yet, a device, or a driver."""

    mailbox: Mailbox | None = None
    drives: bool = False


class Relay:
    """Holds the caps, the mailboxes and, when driven, the barrier of the clock.

    `row` is the policy's row; assigning another between two events changes the policy for every later act.
    """

    def __init__(self, roster: Roster, row: Row, settings: RelaySettings) -> None:
        self.roster = roster
        self.row = row
        self.settings = settings
        self.books = Books()
        self.barrier = Barrier(settings.drivers) if settings.drivers else None
        self._ledger = Ledger(
            refill_ticks=settings.refill_ticks,
            expiry_ticks=NO_EXPIRY if settings.drivers else settings.expiry_ticks,
        )
        self._sessions: dict[int, _Session] = {}
        self._devices: dict[int, list[Mailbox]] = {}
        self._on_their_way = 0

    def handle(self, event: Event, now: int) -> list[Command]:
        """What is to be done about one event at tick `now`."""
        out: list[Command] = []
        match event:
            case Arrived():
                session = self._sessions.get(event.session)
                if session is not None:
                    self._arrived(session, event, now, out)
            case Opened():
                self._sessions[event.session] = _Session()
            case Closed():
                self._closed(event.session, out)
        barrier = self.barrier
        if barrier is not None and len(barrier.answered) == barrier.drivers:
            self._advance(barrier, out)
        return out

    # Sessions.

    def _arrived(self, session: _Session, event: Arrived, now: int, out: list[Command]) -> None:
        try:
            message = decode_inbound(event.header, event.body)
            mailbox = session.mailbox
            match message:
                case Act() if mailbox is not None:
                    self._acknowledge(mailbox, message.acknowledged)
                    self._act(mailbox, message, now, out)
                case Acknowledge() if mailbox is not None:
                    self._acknowledge(mailbox, message.acknowledged)
                case Leave() if mailbox is not None:
                    self._acknowledge(mailbox, message.acknowledged)
                    self._absent(mailbox)
                    session.mailbox = None
                    self._drop(event.session, out)
                case Hello() if mailbox is None and not session.drives:
                    self._login(session, event.session, message, now, out)
                case Drive() if mailbox is None and not session.drives:
                    self._drive(session, event.session, message, out)
                case Begin() | Next() | Sent() if session.drives and self.barrier is not None:
                    self.barrier.answer(event.session, message)
                case _:
                    kind = type(message).__name__.lower()
                    text = f"{kind} is not for this session at this point"
                    raise RemoteProtocolError(text)  # noqa: TRY301 - one way out for every breach
        except RemoteProtocolError as error:
            out.append(_write(event.session, Refusal(str(error)[:200])))
            self._drop(event.session, out)

    def _login(
        self, session: _Session, number: int, hello: Hello, now: int, out: list[Command]
    ) -> None:
        if hello.user >= self.roster.users:
            message = f"user {hello.user} is unknown"
            raise RemoteProtocolError(message)
        mailbox = self._mailbox(hello.user, hello.device)
        if mailbox.session is not None:
            out.append(_write(mailbox.session, Refusal("this device logged in elsewhere")))
            self._drop(mailbox.session, out)
        session.mailbox = mailbox
        mailbox.session = number
        self._on_their_way += len(mailbox.mail)
        out.append(Widen(number))
        out.append(_write(number, Welcome(mailbox.base, mailbox.counter, now)))
        out += [Write(number, head, body) for head, body in mailbox.mail]

    def _drive(self, session: _Session, number: int, message: Drive, out: list[Command]) -> None:
        if self.barrier is None or not hmac.compare_digest(message.secret, self.settings.secret):
            text = "this clock is not driven, or not with this secret"
            raise RemoteProtocolError(text)
        self.barrier.join(number)
        session.drives = True
        out.append(Widen(number))

    def _drop(self, number: int, out: list[Command]) -> None:
        """End a session from our side."""
        self._closed(number, out)
        out.append(Hangup(number))

    def _closed(self, number: int, out: list[Command]) -> None:
        session = self._sessions.pop(number, None)
        if session is None:
            return
        if session.mailbox is not None:
            self._absent(session.mailbox)
        if self.barrier is None or not (session.drives or session.mailbox):
            return
        self.barrier.joined.discard(number)
        if self.barrier.stage is not Stage.BEGIN:
            who = f"user {session.mailbox.user}" if session.mailbox else "a driver"
            out.append(Abort(f"the session of {who} was lost in the middle of a driven run"))

    def _absent(self, mailbox: Mailbox) -> None:
        mailbox.session = None
        self._on_their_way -= len(mailbox.mail)

    def _mailbox(self, user: int, device: int) -> Mailbox:
        mailboxes = self._devices.setdefault(user, [])
        for mailbox in mailboxes:
            if mailbox.device == device:
                return mailbox
        mailbox = Mailbox(user, device)
        mailboxes.append(mailbox)
        return mailbox

    def _acknowledge(self, mailbox: Mailbox, count: int) -> None:
        self._on_their_way -= mailbox.acknowledge(count)

    # Acts.

    def _act(self, mailbox: Mailbox, act: Act, now: int, out: list[Command]) -> None:
        assert mailbox.session is not None
        verdict = mailbox.former_verdict(act.counter)
        if verdict is None:
            verdict = self._decide(mailbox, act, now, out)
            mailbox.decided(act.counter, verdict)
        out.append(_write(mailbox.session, Decided(act.counter, verdict)))

    def _decide(self, mailbox: Mailbox, act: Act, now: int, out: list[Command]) -> Verdict:
        self.books.acts += 1
        sender = mailbox.user
        held: Record | None = None
        reachable = all(self._reachable(sender, chat) for chat in act.chats)
        if act.stamp is not None and reachable:
            held = self._ledger.find(act.stamp, sender, self.roster)
        if not reachable or (act.stamp is not None and held is None):
            self.books.refused += 1
            return UNAVAILABLE
        stamp, hop = None, None
        if self.settings.enforcement is Enforcement.CLEAR:
            if held is not None:
                reason, limit = self._ledger.judge(self.row, held, sender, act.chats, now)
                if reason:
                    self.books.refused += 1
                    return Verdict(Reason(reason), limit)
            stamp, hop = self._ledger.keep(held, sender, act.chats, now)
        copies = self._deliver(mailbox, act, hop, stamp, now, out)
        if held is None:
            self.books.originals += copies
        else:
            self.books.forwards += copies
        return ALLOWED

    def _reachable(self, sender: int, chat: int) -> bool:
        if chat >= 0:
            return chat < self.roster.users and chat != sender
        return ~chat < self.roster.groups and self.roster.is_member(~chat, sender)

    def _deliver(
        self,
        mailbox: Mailbox,
        act: Act,
        hop: int | None,
        stamp: bytes | None,
        now: int,
        out: list[Command],
    ) -> int:
        """Put the act's copies into all mailboxes; returns how many. Recipients of one chat share the bytes."""
        label = None if hop is None else label_of(self.row, hop)
        sender = mailbox.user
        body = act.body
        direct: bytes | None = None
        copies = 0

        def head(group: int | None) -> bytes:
            copy = Copy(
                sender, mailbox.device, act.counter, group, hop, label, now, stamp, act.outer
            )
            return head_of(encode(copy), len(body))

        for chat in act.chats:
            if chat >= 0:
                direct = direct or head(None)
                copies += self._post(chat, direct, body, out)
                continue
            shared = head(~chat)
            for member in self.roster.members(~chat):
                if member != sender:
                    copies += self._post(member, shared, body, out)
        return copies

    def _post(self, user: int, head: bytes, body: bytes, out: list[Command]) -> int:
        """One copy into every device of one user; a user who never logged in has device 0."""
        mailboxes = self._devices.get(user) or [self._mailbox(user, 0)]
        for mailbox in mailboxes:
            mailbox.mail.append((head, body))
            self.books.mailbox_peak = max(self.books.mailbox_peak, len(mailbox.mail))
            if mailbox.session is not None:
                self._on_their_way += 1
                out.append(Write(mailbox.session, head, body))
        return 1

    # The driven clock.

    def _advance(self, barrier: Barrier, out: list[Command]) -> None:
        signal = barrier.advance(self._on_their_way)
        if signal is None:
            return
        if isinstance(signal, Begun):
            self._forget()
        head = head_of(encode(signal), 0)
        out += [Write(session, head) for session in sorted(barrier.joined)]

    def _forget(self) -> None:
        """A new run: nothing of the former one is left, and both ends count from nothing."""
        self._ledger.clear()
        self._on_their_way = 0
        for mailboxes in self._devices.values():
            for mailbox in mailboxes:
                mailbox.forget()


def _write(session: int, message: Outbound) -> Write:
    return Write(session, head_of(encode(message), 0))
