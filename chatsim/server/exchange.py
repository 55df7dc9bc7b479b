"""What all shells share, and what never waits: bytes from sessions into the relay, and what it says into sockets.

A *batch* is everything that a shell hands over until it closes it. What it writes leaves at its end, in one send for
each session it touched, and, with a store, after its commit. No batch takes longer than BATCH_SECONDS and two sessions'
shares, and no session causes more than COPIES_PER_BATCH copies in it, or what one act costs: the rest of its frames
waits on the ready list, which has the first half of every batch. Whoever used up a share is *loud* for a while, and so
is whoever has not logged in: what they send goes to the end of that list, while others are served as they are read.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator

import trio

from chatsim.errors import RemoteProtocolError
from chatsim.policy import Policy
from chatsim.provenance import untraced
from chatsim.provenance.halves import Tracing
from chatsim.relay.events import Closed, Elapsed, Opened
from chatsim.relay.relay import Relay
from chatsim.server.batch import Batch
from chatsim.server.clocks import Clock
from chatsim.server.committing import Journal
from chatsim.server.effects import Effects
from chatsim.server.observing import NoObserver, Observer
from chatsim.server.ruling import rows_of
from chatsim.server.sending import Sender
from chatsim.server.session import OUTBOX_BYTES, Session
from chatsim.server.sessions import Sessions
from chatsim.server.tls import Tls

COPIES_PER_BATCH = 256
"""What one session may cause in one batch: copies, or writes, or frames, whichever are more."""
LOUD_BATCHES = 1_024
"""So long whoever used up a share is behind those who did not."""
NO_FRAMES: Iterator[tuple[bytes, bytes]] = iter(())


class Exchange:
    """Moves bytes between sessions and one relay."""

    def __init__(
        self,
        relay: Relay,
        now: Clock,
        say: Callable[[str], None],
        *,
        tls: ssl.SSLContext | None = None,
        journal: Journal | None = None,
        observer: Observer | None = None,
        idle_seconds: float | None = None,
        outbox_max: int = OUTBOX_BYTES,
        tracing: Tracing | None = None,
    ) -> None:
        self.relay = relay
        self.tracing = tracing or untraced.set_up(b"")
        """The traceability mode in force, its examiner too."""
        self.say = say
        self.observer: Observer = observer or NoObserver()
        self.batch = Batch(now)
        self.sessions = Sessions(tls=tls, idle_seconds=idle_seconds, outbox_max=outbox_max)
        self.books = self.sessions.books
        self.failure: str | None = None
        """Why the server could not go on, for whoever runs it."""
        self._last_words: str | None = None
        """The same, for peers."""
        self.over = trio.Event()
        """It failed, or the last driver left."""
        self._effects = Effects(
            relay, self.sessions, self.batch, on_abort=self.fail, on_last_driver=self.over.set
        )
        self._sender = Sender(self.sessions, journal, self.observer, self._lose)
        self._ready: deque[Session] = deque()

    @property
    def driver_joined(self) -> bool:
        return self._effects.driver_joined

    def swap_policy(self, policy: Policy) -> None:
        """Judge later acts by another policy; within a batch nothing else has a turn. Raises ConfigurationError."""
        relay, settings = self.relay, self.relay.settings
        relay.change_policy(
            rows_of(policy, relay.parts, settings.enforcement, sealed=settings.sealed_only)
        )

    # Batches.

    @property
    def is_ready(self) -> bool:
        """Somebody's frames wait for the next batch."""
        return bool(self._ready)

    @property
    def is_held_up(self) -> bool:
        """The disk is so far behind that nothing more should be read."""
        return self._sender.is_held_up

    async def until_less_is_held(self) -> None:
        """Wait for the disk."""
        while self._sender.is_held_up:
            await self._sender.moved.park()

    def run_ready(self) -> None:
        """Go on with the frames that waited, each session's in turn, for half a batch.

        The other half is for what comes: else a crowd that floods would keep everybody else unread until its backlog
        is handled.
        """
        batch, ready = self.batch, self._ready
        batch.open()
        for _ in range(len(ready)):
            if batch.is_half_spent():
                break
            session = ready.popleft()
            frames, session.frames = session.frames, None
            if frames is not None and not self._effects.deaf:
                session.served = batch.number
                self._work(session, frames, session.allowance + COPIES_PER_BATCH)
        batch.leave_half()

    def close_batch(self) -> None:
        """Let what was written leave, at once or after its commit."""
        batch, sender, effects = self.batch, self._sender, self._effects
        if not batch.is_open:
            return
        if batch.frames:
            self.books.batches += 1
            self.books.frames_in += batch.frames
            self.observer.batch(time.perf_counter() - batch.start, batch.frames)
        changes = sender.take_changes()
        while changes or effects.touched:  # whoever is lost on the way may touch others
            touched, effects.touched = effects.touched, []
            sender.leave(touched, changes, batch.tick, batch.start)
            changes = sender.take_changes()
        batch.is_open = False
        if effects.deaf:
            sender.moved.unpark_all()

    def committed(self, batch: int, seconds: float) -> None:
        """The store has every batch up to this one; called in the shell's own thread."""
        self._sender.committed(batch, seconds)
        self.close_batch()

    def fail(self, text: str, told: str | None = None) -> None:
        """Stop serving, with this sentence; what is not committed will never leave.

        Peers hear what is `told`, where they should not know all of it.
        """
        self.failure = self.failure or text
        self._last_words = self._last_words or told or text
        if self._sender.gives_up_commits():
            self._effects.deaf = True  # memory must not run ahead of the disk
            self._effects.forget()
        self.over.set()
        self._sender.moved.unpark_all()

    # Connections.

    def let_in(self, peer: socket.socket) -> None:
        """A connection that may log in."""
        self.batch.open()
        session = self.sessions.open(peer, self.batch.instant)
        self._effects.tell(Opened(session.number))

    def turn_away(self, peer: socket.socket, text: str) -> None:
        """A connection that is not let in, and is told why."""
        self.batch.open()
        session = self.sessions.open_to_refuse(peer, self.batch.instant)
        self._effects.refuse(session, "full", text)

    def received(self, session: Session, data: bytes) -> None:
        """Bytes came from a session that has no frames waiting."""
        batch = self.batch
        if not batch.is_open:
            batch.open()
        self.books.bytes_in += len(data)
        if session.tls is not None:
            self._received_tls(session, session.tls, data)
        elif not (session.ending or self._effects.deaf):
            self._cut(session, data)

    def _received_tls(self, session: Session, tls: Tls, data: bytes) -> None:
        plain = self._decrypted(session, tls, data)
        if plain and not (session.ending or self._effects.deaf):
            self._cut(session, plain)
        if tls.ended:
            self.lost(session)

    def _decrypted(self, session: Session, tls: Tls, data: bytes) -> bytes:
        if not tls.greeted:
            if not tls.begun and not tls.is_spoken(data):
                session.tls = None
                text = "this port speaks TLS, and this connection does not"
                self._effects.refuse(session, "breach", text)
                return b""
            self._effects.touch(session)  # the handshake answers
        try:
            return tls.decrypt(data)
        except RemoteProtocolError as error:
            self._effects.refuse(session, "breach", str(error))
            return b""

    # Frames.

    def _cut(self, session: Session, data: bytes) -> None:
        """Hand over what `data` completes: mostly one frame, which is the quick way through."""
        batch = self.batch
        number = batch.number
        if (
            session.served == number
            or session.loud_until > number
            or time.perf_counter() >= batch.end
        ):
            self._wait(session, session.deframer.feed(data), 0)
            return
        session.served = number
        frame = session.deframer.whole(data)
        if frame is None:
            self._work(session, session.deframer.feed(data), COPIES_PER_BATCH)
            return
        left = COPIES_PER_BATCH - self._handle(session, frame)
        if left <= 0:
            session.loud_until = number + LOUD_BATCHES
            self._wait(session, NO_FRAMES, left)

    def _work(
        self, session: Session, frames: Iterator[tuple[bytes, bytes]], allowance: int
    ) -> None:
        """Hand frames to the relay as far as the allowance reaches; the rest waits on the ready list."""
        try:
            while allowance > 0:
                frame = next(frames, None)
                if frame is None or session.ending:
                    return
                allowance -= self._handle(session, frame)
        except RemoteProtocolError as error:
            self._effects.refuse(session, "breach", str(error))
        else:
            session.loud_until = self.batch.number + LOUD_BATCHES
            self._wait(session, frames, allowance)

    def _handle(self, session: Session, frame: tuple[bytes, bytes]) -> int:
        """One frame; returns what it caused."""
        header, body = frame
        batch, books = self.batch, self.relay.books
        session.heard = batch.instant  # bytes that complete no frame do not count
        before = books.originals + books.forwards + books.effort
        commands = self.relay.arrived(session.number, header, body, batch.tick)
        batch.frames += 1
        if commands:
            self._effects.obey(commands, session.number)
        copies = books.originals + books.forwards + books.effort - before
        return max(1, len(commands), copies)

    def _wait(
        self, session: Session, frames: Iterator[tuple[bytes, bytes]], allowance: int
    ) -> None:
        if not session.ending:
            session.frames = frames
            session.allowance = allowance
            self._ready.append(session)

    # Ends.

    def lost(self, session: Session) -> None:
        """The peer sends no more."""
        if session.lost or session.closed:
            return
        self.batch.open()
        session.lost = True
        self.sessions.shell.forget(session)
        self._effects.hang_up(session, "lost")
        self._effects.tell(Closed(session.number))

    def has_room(self, session: Session) -> None:
        """The session's socket takes more."""
        self._sender.has_room(session)

    def _lose(self, session: Session, cause: str) -> None:
        """The connection is of no use any more."""
        if cause == "slow" and session.outbox is not None:
            self.say(
                f"a session left {session.outbox.waiting:,} bytes unread and was disconnected; "
                "its mail is kept"
            )
        self.batch.open()
        self.sessions.ends(session, cause, self.batch.instant)
        self.sessions.close(session)
        self._effects.tell(Closed(session.number))

    def sweep(self) -> None:
        """End what has had its time."""
        self.batch.open()
        now = self.batch.instant
        for session, cause, text in self.sessions.overdue(now):
            self._effects.refuse(session, cause, text)
        for session in self.sessions.lingered(now):
            self.sessions.close(session)

    def elapse(self) -> None:
        """About a second has passed: the relay does what is due."""
        self._effects.tell(Elapsed())

    async def say_goodbye(self, text: str) -> None:
        """Take nothing more, commit, and end all sessions with a sentence; returns when all that has left."""
        sender = self._sender
        self.close_batch()
        self._effects.deaf = True
        while sender.waits_for_disk:
            await sender.moved.park()
        self.batch.open()
        for session in list(self.sessions.by_number.values()):
            self._effects.refuse(session, "stopping", self._last_words or text)
        self.close_batch()
        while sender.waits_for_peers:
            await sender.moved.park()

    def close(self) -> None:
        """Close what is left."""
        for session in list(self.sessions.by_number.values()):
            self.sessions.close(session)
