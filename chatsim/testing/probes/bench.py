"""A relay on a bench: people without sockets, the relay's own view of what they do, and a store if wanted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Self

from attrs import define, field

from chatsim.device import Device
from chatsim.errors import RunError
from chatsim.model import EVERYBODY, ONE_DAY, Verdict, chat_of_group
from chatsim.provenance.purse import KeyBook, Request
from chatsim.provenance.values import Finding
from chatsim.relay.changes import Change, Saved
from chatsim.relay.events import Arrived, Elapsed, Event, Opened, Write
from chatsim.relay.relay import Relay
from chatsim.relay.settings import RelaySettings
from chatsim.store.sqlite import SqliteStore
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.paying import Payer, payer_of
from chatsim.testing.probes.recording import Recorder
from chatsim.testing.probes.sealing import seals_of
from chatsim.testing.probes.writing import Letter, Pen, Written
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import header_of
from chatsim.wire.messages import Copy, Decided, Issued, Welcome

REFILL_TICKS = 15
EXPIRY_TICKS = 30 * ONE_DAY


class Company:
    """Users of any numbers, and groups by lists of members."""

    parts = EVERYBODY

    def __init__(self, people: Sequence[int], groups: Sequence[Sequence[int]] = ()) -> None:
        self.people = tuple(people)
        self._groups = tuple(tuple(sorted(members)) for members in groups)
        self.users = max(people) + 1
        self.groups = len(groups)

    def part_of(self, user: int) -> int:
        return 0

    def members(self, group: int) -> Sequence[int]:
        return self._groups[group]

    def is_member(self, group: int, user: int) -> bool:
        return user in self._groups[group]

    def is_contact(self, user: int, other: int) -> bool:
        return user != other


class Seen(NamedTuple):
    """One act as a relay sees it that logs everything, and what it hands on."""

    sender: int
    chats: tuple[int, ...]
    brought: bytes
    """The stamp that came with it."""
    outer: bytes
    body_bytes: int
    asked: bytes
    """Tickets that its app asked for tokens with, just before."""
    sealed: bytes
    """The body and its keys, where it is sealed."""
    stamp: bytes
    """Of its copies."""
    touched: frozenset[bytes]
    """Keys of the traceability's book that it read or wrote."""


@define(eq=False)
class App:
    """One person's app."""

    device: Device
    shown: list[Letter] = field(factory=list)
    dropped: int = 0
    """Copies that it shows nothing of."""
    verdict: Verdict | None = None
    copies: list[Copy] = field(factory=list)
    payer: Payer | None = None

    def decided(self) -> Verdict:
        """The verdict that has come, once."""
        verdict, self.verdict = self.verdict, None
        assert verdict is not None, "the relay answers every act"
        return verdict


class Bench:
    """People around one relay, all logged in. Each act is delivered and acknowledged before the next."""

    def __init__(
        self, mode: Mode, company: Company, *, saved: Saved | None = None, now: int = 0
    ) -> None:
        self.mode = mode
        self.company = company
        self.pen = Pen(mode)
        self.now = now
        settings = RelaySettings(
            enforcement=mode.enforcement,
            refill_ticks=REFILL_TICKS,
            expiry_ticks=EXPIRY_TICKS,
            journal=True,
            sealed_only=mode.sealed,
        )
        self._seals = seals_of(mode, company)
        self._recorder = Recorder(mode.tracing.relay)
        self.relay: Relay = mode.relay(company, settings, self._recorder)
        if saved is not None:
            self.relay.restore(saved)
        self.apps: dict[int, App] = {}
        self._book = KeyBook()
        self.changes: list[Change] = []
        """All that a store would keep."""
        self.seen: list[Seen] = []
        for user in company.people:
            self._log_in(user)

    def _log_in(self, user: int) -> None:
        payer = payer_of(self.mode, REFILL_TICKS, self._book)
        app = self.apps[user] = App(Device(user), payer=payer)
        self._handle(Opened(user))
        self._say(user, app.device.hello(), b"")

    # What people do.

    def original(self, user: int, text: bytes, *chats: int) -> Verdict:
        return self.send(user, self.pen.original(user, text), *chats)

    def forward(self, user: int, held: Letter, *chats: int, hop: int | None = None) -> Verdict:
        return self.send(user, self.pen.forward(user, held, hop), *chats)

    def send(self, user: int, written: Written, *chats: int) -> Verdict:
        """The verdict on an act of any content; whoever gets a copy acknowledges it."""
        app = self.apps[user]
        body, outer, ticket, paid = written
        asked, stamp = b"", ticket
        if app.payer is not None and ticket is not None and not paid:
            asked = self._ask(user, app.payer.before(ticket, self.now), ticket)
            stamp = app.payer.pay(ticket, chats)
        before = {each: len(self.apps[each].copies) for each in self._readers(chats)}
        device = app.device
        wrapped = self._seals.seal(user, device.number, device.counter + 1, chats, body)
        _, head = device.act(chats, wrapped.body, stamp, outer=outer, keys=wrapped.keys)
        sent = wrapped.on_the_wire
        self._say(user, head, sent)
        for reader, count in before.items():
            other = self.apps[reader]
            if len(other.copies) > count:
                self._say(reader, other.device.acknowledge(), b"")
        verdict = app.decided()
        if app.payer is not None and ticket is not None and stamp is not None and not paid:
            app.payer.decided(ticket, stamp, self.now, allowed=verdict.allowed)
        if verdict.allowed:
            copies = [copy for each in before if (copy := self._last_from(each, user)) is not None]
            stamp_made = (copies[0].stamp if copies else None) or b""
            touched = frozenset(self._recorder.touched)
            self.seen.append(
                Seen(
                    user,
                    chats,
                    stamp or b"",
                    outer or b"",
                    len(sent),
                    asked,
                    sent if wrapped.keys else b"",
                    stamp_made,
                    touched,
                )
            )
        return verdict

    def payment(self, user: int, held: Letter, *chats: int) -> bytes:
        """Under `blind`: what the user's app would bring to forward this copy to these chats."""
        payer, ticket = self.apps[user].payer, held.stamp
        assert payer is not None
        assert ticket is not None
        payment = payer.pay(ticket, chats)
        payer.decided(ticket, payment, self.now, allowed=False)  # it keeps the tokens
        return payment

    def hoard(self, user: int, held: Letter) -> None:
        """Under `blind`: have the user's app ask for more tokens than it needs."""
        payer, ticket = self.apps[user].payer, held.stamp
        assert payer is not None
        assert ticket is not None
        self._ask(user, payer.hoarded(ticket), ticket)

    def _ask(self, user: int, request: Request | None, ticket: bytes) -> bytes:
        """Ask the relay for tokens; returns the ticket that it was shown for that."""
        if request is None:
            return b""
        head = self.apps[user].device.top_up(request.number, ticket, request.points)
        self._say(user, head, b"")
        return ticket

    def complain(self, user: int) -> Verdict:
        """A complaint of the copy that the user's app showed last: of its body, or of what opens its commitment."""
        app, letter = self.apps[user], self.last(user)
        body = letter.secret + letter.text if letter.secret else app.copies[-1].body
        _, head = app.device.complain(letter.stamp, body)
        self._say(user, head, body)
        return app.decided()

    def _readers(self, chats: Sequence[int]) -> list[int]:
        readers: dict[int, None] = {}
        for chat in chats:
            readers |= dict.fromkeys((chat,) if chat >= 0 else self.company.members(~chat))
        return [reader for reader in readers if reader in self.apps]

    def _last_from(self, reader: int, sender: int) -> Copy | None:
        copies = self.apps[reader].copies
        return copies[-1] if copies and copies[-1].sender == sender else None

    def last(self, user: int) -> Letter:
        """What the user's app showed last."""
        return self.apps[user].shown[-1]

    def report(self, letter: Letter) -> Finding | None:
        """What the examiner learns of it."""
        return self.examine(self.pen.evidence(letter))

    def examine(self, evidence: bytes) -> Finding | None:
        """What the examiner learns from any evidence."""
        return self.relay.examine(self.mode.tracing.examiner, evidence)

    def elapse(self, ticks: int) -> None:
        """Time passes, and the relay forgets what is old."""
        self.now += ticks
        self._handle(Elapsed())

    # What a store has of it.

    def commit(self, store: SqliteStore) -> None:
        """Everything since the last time, into a store that was loaded."""
        store.commit(self.changes, self.now)
        self.changes = []

    def reopened(self, saved: Saved, company: Company | None = None) -> Self:
        """Another relay with the same keys that goes on from what a store has; people come back with new apps."""
        return type(self)(self.mode, company or self.company, saved=saved, now=self.now)

    # The wire.

    def _say(self, user: int, head: bytes, body: bytes) -> None:
        self._handle(Arrived(user, header_of(head), body))

    def _handle(self, event: Event) -> None:
        for command in self.relay.handle(event, self.now):
            if isinstance(command, Write):
                self._hear(command)
        self.changes += self.relay.take_changes()

    def _hear(self, write: Write) -> None:
        app = self.apps[write.session]
        message = decode_outbound(header_of(write.head), write.body)
        app.device.receive(message)
        match message:
            case Copy():
                copy = self._seals.opened(write.session, message)
                app.copies.append(copy)
                letter = self.pen.read(copy)
                if letter is None:
                    app.dropped += 1
                else:
                    app.shown.append(letter)
                    if app.payer is not None:
                        self._ask(write.session, app.payer.arrived(letter), letter.stamp or b"")
            case Issued() if app.payer is not None:
                app.payer.take(message)
            case Decided():
                app.verdict = message.verdict
            case Welcome():
                pass
            case _:
                raise RunError(f"the relay said {message} to somebody on a bench")


def pairs(count: int, first: int = 0) -> Company:
    """So many users who are in no group."""
    return Company(range(first, first + count))


def everybody_in(count: int, groups: int) -> Company:
    """So many users, all of them in each of so many groups."""
    people = range(count)
    return Company(people, [people] * groups)


def chat(group: int) -> int:
    """The wire's number of a group."""
    return chat_of_group(group)
