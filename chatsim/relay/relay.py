"""The relay: `handle(event, now) -> commands`. It never awaits, reads a clock, draws or logs.

A session says who it is (a device, or a driver of the clock); a device sends acts, each of which has one verdict; what
is allowed goes into the mailboxes of all recipients and, where a recipient is connected, onto its way.
"""

from __future__ import annotations

from collections.abc import Sequence

from chatsim.errors import RemoteProtocolError
from chatsim.policy.decision import Row
from chatsim.provenance.halves import Examiner, RelayHalf
from chatsim.provenance.untraced import Untraced
from chatsim.provenance.values import Finding
from chatsim.relay.acts import Acts
from chatsim.relay.admission import Admission, Anybody
from chatsim.relay.barrier import Barrier
from chatsim.relay.changes import Change, Rooted, Saved
from chatsim.relay.counters import Leaving, counter_of, left_in
from chatsim.relay.events import Arrived, Closed, Command, Elapsed, Event, Opened, Write
from chatsim.relay.mailbox import Mailbox
from chatsim.relay.officers import Officers
from chatsim.relay.post import Post
from chatsim.relay.presence import Watchers
from chatsim.relay.roster import Roster
from chatsim.relay.sessions import Session, Sessions
from chatsim.relay.settings import Books, RelaySettings
from chatsim.relay.tracing import TraceRecords
from chatsim.wire.decoding import decode_inbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import (
    Acknowledge,
    Act,
    Begin,
    Begun,
    Complain,
    Drive,
    Go,
    Hello,
    Inbound,
    Leave,
    Next,
    Notify,
    QuietAct,
    Resume,
    Sent,
    Subscribe,
    TopUp,
)

__all__ = ["Books", "Relay", "RelaySettings"]

REFUSAL_MAX = 200
"""Characters of a sentence that ends a session."""


class Relay:
    """Holds the caps, the mailboxes and, when driven, the barrier of the clock."""

    def __init__(
        self,
        roster: Roster,
        rows: Sequence[Row],
        settings: RelaySettings,
        admission: Admission = Anybody(),
        tracer: RelayHalf = Untraced(),
        root: bytes = b"",
    ) -> None:
        """`rows`: the policy's, one for each part of the roster's users; `tracer`: a traceability mode's half.

        `root`: 32 secret bytes that the keys of permits (and of the tracer) follow from; a store keeps them.
        """
        assert root or not settings.enforcement.has_keys, "anybody could make permits"
        self.parts = roster.parts
        self.settings = settings
        self.books = Books()
        self.barrier = Barrier(settings.drivers) if settings.drivers else None
        self._journal: list[Change] | None = [] if settings.journal else None
        self._post = Post(settings, self.books, self._journal)
        self._root = root
        self._counting = counter_of(settings.enforcement, settings, root, self._journal, self.books)
        self._left: Sequence[Leaving] = ()
        """What a store has of other enforcements, until it has expired."""
        self._officers = Officers(expiry_ticks=settings.lasting_ticks, journal=self._journal)
        self._traces = TraceRecords(expiry_ticks=settings.lasting_ticks, journal=self._journal)
        self._acts = Acts(
            roster,
            rows,
            settings,
            self._post,
            self._counting,
            self._officers,
            tracer,
            self._traces,
            self.books,
            self._journal,
        )
        self._next_rows: Sequence[Row] | None = None
        """What the next tick of a driven clock is judged by."""
        self._watchers = Watchers(roster, self._post)
        self._sessions = Sessions(
            roster.users, settings, admission, self._post, self._watchers, self.barrier, self.books
        )

    @property
    def rows(self) -> Sequence[Row]:
        """The policy's rows in force; assigning others between two events changes the policy for every later act."""
        return self._acts.rows

    @rows.setter
    def rows(self, rows: Sequence[Row]) -> None:
        self._acts.obey(rows)

    def change_policy(self, rows: Sequence[Row]) -> None:
        """Judge later acts by another policy's rows: at once, or when driven from the next tick on.

        Acts of one tick have no order, so that all of them have to be judged alike. What was counted stays.
        """
        if self.barrier is None:
            self.rows = rows
        else:
            self._next_rows = rows

    @property
    def waiting(self) -> int:
        """Deliveries in all mailboxes."""
        return self._post.waiting

    def contents_paused(self, now: int) -> int:
        """Contents that a circuit breaker pauses at tick `now`, for some part of the people."""
        return self._officers.paused(now)

    def contents_taken_down(self, now: int) -> int:
        """Contents that nobody may send any more at tick `now`, in some part of the people."""
        return self._officers.taken_down(now)

    def handle(self, event: Event, now: int) -> list[Command]:
        """What is to be done about one event at tick `now`."""
        out: list[Command] = []
        match event:
            case Arrived():
                return self.arrived(*event, now)
            case Opened():
                self._sessions.open(event.session)
            case Closed():
                self._sessions.close(event.session, out)
            case Elapsed():
                self._watchers.tell(out)
                self._counting.expire(now)
                for left in self._left:
                    left.expire(now)
                self._officers.expire(now)
                self._traces.expire(now)
                self._post.expire(now)
        if self.barrier is not None:
            self._advance(self.barrier, out)
        return out

    def arrived(self, number: int, header: bytes, body: bytes, now: int) -> list[Command]:
        """The same as to handle `Arrived(number, header, body)`, without making one for every frame."""
        out: list[Command] = []
        session = self._sessions.by_number.get(number)
        if session is None:
            return out
        try:
            message = decode_inbound(header, body)
            mailbox = session.mailbox
            if mailbox is not None:
                if type(message) is Act:  # mostly, and a match costs more
                    self._post.acknowledge(mailbox, message.acknowledged)
                    self._acts.act(mailbox, message, now, out)
                else:
                    self._from_device(session, mailbox, message, now, out)
            elif session.drives and self.barrier is not None:
                self._from_driver(self.barrier, session, message)
            else:
                self._from_stranger(session, message, now, out)
        except RemoteProtocolError as error:
            self.books.breaches += 1
            self._sessions.end(number, str(error)[:REFUSAL_MAX], out)
        if self.barrier is not None:
            self._advance(self.barrier, out)
        return out

    def _from_device(
        self, session: Session, mailbox: Mailbox, message: Inbound, now: int, out: list[Command]
    ) -> None:
        match message:
            case Acknowledge():
                self._post.acknowledge(mailbox, message.acknowledged)
            case QuietAct():
                self._post.acknowledge(mailbox, message.acknowledged)
                self._acts.act_quietly(mailbox, message, now, out)
            case Complain():
                self._post.acknowledge(mailbox, message.acknowledged)
                self._acts.complain(mailbox, message, now, out)
            case TopUp():
                self._acts.top_up(mailbox, message, now, out)
            case Notify():
                self._post.acknowledge(mailbox, message.acknowledged)
                self._acts.notify(mailbox.user, message, now, out)
            case Subscribe():
                self._sessions.subscribe(session, mailbox.user, message, out)
            case Leave():
                self._post.acknowledge(mailbox, message.acknowledged)
                self._sessions.leave(session, out)
            case _:
                raise _out_of_turn(message)

    def _from_driver(self, barrier: Barrier, session: Session, message: Inbound) -> None:
        match message:
            case Begin() | Next() | Sent():
                barrier.answer(session.number, message)
            case _:
                raise _out_of_turn(message)

    def _from_stranger(
        self, session: Session, message: Inbound, now: int, out: list[Command]
    ) -> None:
        match message:
            case Hello() | Resume():
                self._sessions.log_in(session, message, now, out)
            case Drive():
                self._sessions.drive(session, message, out)
            case _:
                raise _out_of_turn(message)

    # What reports bring to light.

    @property
    def traced(self) -> int:
        """Entries that the traceability mode keeps."""
        return len(self._traces)

    @property
    def traced_bytes(self) -> int:
        """Of those entries, keys and values."""
        return sum(len(key) + len(value) for key, value in self._traces.items())

    def examine(self, examiner: Examiner, evidence: bytes) -> Finding | None:
        """What an examiner with access to what the relay keeps learns from a report."""
        return examiner.examine(self._traces, evidence)

    # What a store keeps.

    def take_changes(self) -> list[Change]:
        """Everything that changed since the last time, in its order."""
        if self._journal is None:
            return []
        changes = self._journal[:]
        self._journal.clear()
        return changes

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back; before the first event."""
        for device in saved.devices:
            self._post.restore(device, saved.tick)
        self._counting.restore(saved)
        self._left = left_in(saved, self.settings, self._root, self._journal)
        self._officers.restore(saved)
        self._traces.restore(saved)
        if self._journal is not None and self._root != saved.root:
            self._journal.append(Rooted(self._root))

    # The driven clock.

    def _advance(self, barrier: Barrier, out: list[Command]) -> None:
        signal = barrier.advance(self._post.on_their_way)
        if signal is None:
            return
        if isinstance(signal, Begun):
            self._counting.clear()
            self._officers.clear()
            self._traces.clear()
            self._post.forget()
        if isinstance(signal, Go) and self._next_rows is not None:
            self.rows, self._next_rows = self._next_rows, None
        head = head_of(encode(signal), 0)
        out += [Write(session, head) for session in sorted(barrier.joined)]


def _out_of_turn(message: Inbound) -> RemoteProtocolError:
    kind = type(message).__name__.lower()
    return RemoteProtocolError(f"{kind} is not for this session at this point")
