"""What all shells share, and what never waits: bytes from sessions into the relay, and what it says into sockets.

A *batch* is everything that a shell hands over between `open_batch` and `close_batch`. What it writes leaves at its
end, in one send for each session it touched, and, with a store, after its commit. No batch takes longer than
BATCH_SECONDS and one act, and no session causes more than COPIES_PER_BATCH copies in it, or what one act costs: the
rest of its frames waits on the ready list, which has its turn before anything more is read.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator

import trio

from chatsim.errors import RemoteProtocolError
from chatsim.policy import Policy, compile_row
from chatsim.relay.events import (
    Abort,
    Arrived,
    Closed,
    Command,
    Elapsed,
    Hangup,
    Opened,
    Widen,
    Write,
)
from chatsim.relay.relay import Relay
from chatsim.server.clocks import Clock
from chatsim.server.committing import Journal
from chatsim.server.observing import NoObserver, Observer
from chatsim.server.sending import Sender
from chatsim.server.session import OUTBOX_BYTES, Session
from chatsim.server.sessions import Sessions
from chatsim.server.tls import Tls
from chatsim.wire.codec import encode
from chatsim.wire.framing import FRAME_MAX, head_of
from chatsim.wire.messages import Refusal

BATCH_SECONDS = 0.005
COPIES_PER_BATCH = 256
"""What one session may cause in one batch: copies, or writes, or frames, whichever are more."""


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
    ) -> None:
        self.relay = relay
        self.now = now
        self.say = say
        self.observer: Observer = observer or NoObserver()
        self.sessions = Sessions(tls=tls, idle_seconds=idle_seconds, outbox_max=outbox_max)
        self.books = self.sessions.books
        self.failure: str | None = None
        """Why the server could not go on."""
        self.over = trio.Event()
        """It failed, or the last driver left."""
        self.driver_joined = False
        self._sender = Sender(self.sessions, journal, self.observer, self._lose)
        self._stopping = False
        self._ready: deque[Session] = deque()
        self._touched: list[Session] = []
        self._frames = 0
        self.is_batch_open = False
        self._batch = 0
        self._batch_start = 0.0
        self._batch_end = 0.0
        self._instant = 0.0
        self._tick = 0

    def swap_policy(self, policy: Policy) -> None:
        """Judge later acts by another policy; within a batch nothing else has a turn."""
        self.relay.change_policy(compile_row(policy))

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

    def open_batch(self) -> None:
        """Begin a batch, unless one is open."""
        if self.is_batch_open:
            return
        self.is_batch_open = True
        self._batch += 1
        self._batch_start = time.perf_counter()
        self._batch_end = self._batch_start + BATCH_SECONDS
        self._instant = trio.current_time()
        self._tick = self.now()

    def is_spent(self) -> bool:
        """The open batch has taken its time."""
        return time.perf_counter() >= self._batch_end

    def run_ready(self) -> None:
        """Go on with the frames that waited, each session's in turn, as long as the batch may take."""
        ready = self._ready
        for _ in range(len(ready)):
            if self.is_spent():
                return
            session = ready.popleft()
            frames, session.frames = session.frames, None
            if frames is not None:
                session.served = self._batch
                self._work(session, frames, session.allowance + COPIES_PER_BATCH)

    def close_batch(self) -> None:
        """Let what was written leave, at once or after its commit."""
        if not self.is_batch_open:
            return
        if self._frames:
            self.books.batches += 1
            self.books.frames_in += self._frames
            self.observer.batch(time.perf_counter() - self._batch_start, self._frames)
            self._frames = 0
        sender = self._sender
        changes = sender.take_changes()
        while changes or self._touched:  # whoever is lost on the way may touch others
            touched, self._touched = self._touched, []
            sender.leave(touched, changes, self._tick, self._batch_start)
            changes = sender.take_changes()
        self.is_batch_open = False
        if self._stopping:
            sender.moved.unpark_all()

    def committed(self, batch: int, seconds: float) -> None:
        """The store has every batch up to this one; called in the shell's own thread."""
        self._sender.committed(batch, seconds)
        self.close_batch()

    def fail(self, text: str) -> None:
        """Stop serving, with this sentence; what is not committed will never leave."""
        self.failure = self.failure or text
        if self._sender.gives_up_commits():
            for session in self._touched:
                session.pieces = None
            self._touched.clear()
        self.over.set()
        self._sender.moved.unpark_all()

    # Sessions.

    def let_in(self, peer: socket.socket) -> None:
        """A connection that may log in."""
        self.open_batch()
        session = self.sessions.open(peer, self._instant)
        self._obey(self.relay.handle(Opened(session.number), self._tick))

    def turn_away(self, peer: socket.socket, text: str) -> None:
        """A connection that is not let in, and is told why."""
        self.open_batch()
        session = self.sessions.open_to_refuse(peer, self._instant)
        self._write(session, head_of(encode(Refusal(text)), 0))
        self._hang_up(session, "full")

    def received(self, session: Session, data: bytes) -> None:
        """Bytes came from a session that has no frames waiting."""
        self.open_batch()
        self.books.bytes_in += len(data)
        session.heard = self._instant
        tls = session.tls
        if tls is not None:
            data = self._decrypted(session, tls, data)
        if data and not session.ending and not self._stopping:
            allowance = COPIES_PER_BATCH
            if session.served == self._batch or self.is_spent():
                allowance = 0  # its turn comes with the next batch
            else:
                session.served = self._batch
            self._work(session, session.deframer.feed(data), allowance)
        if tls is not None and tls.ended:
            self.lost(session)

    def _decrypted(self, session: Session, tls: Tls, data: bytes) -> bytes:
        if not tls.greeted:
            if not tls.begun and not tls.is_spoken(data):
                session.tls = None
                self._end(session, "breach", "this port speaks TLS, and this connection does not")
                return b""
            self._touch(session)  # the handshake answers
        try:
            return tls.decrypt(data)
        except RemoteProtocolError as error:
            self._end(session, "breach", str(error))
            return b""

    def _work(
        self, session: Session, frames: Iterator[tuple[bytes, bytes]], allowance: int
    ) -> None:
        """Hand frames to the relay as far as the allowance reaches; the rest waits on the ready list."""
        handle, number, tick = self.relay.handle, session.number, self._tick
        books = self.relay.books
        carried = books.originals + books.forwards
        try:
            while allowance > 0:
                frame = next(frames, None)
                if frame is None:
                    return
                commands = handle(Arrived(number, *frame), tick)
                self._frames += 1
                self._obey(commands, number)
                if session.ending:
                    return
                before, carried = carried, books.originals + books.forwards
                allowance -= max(1, len(commands), carried - before)
        except RemoteProtocolError as error:
            self._end(session, "breach", str(error))
            return
        session.frames = frames
        session.allowance = allowance
        self._ready.append(session)

    def lost(self, session: Session) -> None:
        """The peer sends no more."""
        if session.lost or session.closed:
            return
        self.open_batch()
        session.lost = True
        self.sessions.shell.forget(session)
        self._hang_up(session, "lost")
        self._leave_relay(session)

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
        self.open_batch()
        self.sessions.ends(session, cause, self._instant)
        self.sessions.close(session)
        self._leave_relay(session)

    # The relay.

    def _obey(self, commands: list[Command], cause: int = 0) -> None:
        """Do what the relay says; `cause` is the session whose frame it was."""
        by_number = self.sessions.by_number
        for command in commands:
            if type(command) is not Write:
                self._obey_rarely(command, commands, cause)
                continue
            number, head, body = command
            session = by_number.get(number)
            if session is None or session.ending:
                continue
            pieces = session.pieces
            if pieces is None:
                session.pieces = [head, body] if body else [head]
                self._touched.append(session)
            else:
                pieces.append(head)
                if body:
                    pieces.append(body)

    def _obey_rarely(self, command: Command, commands: list[Command], cause: int) -> None:
        match command:
            case Widen():
                self._welcome(self.sessions.by_number[command.session], commands)
            case Hangup():
                session = self.sessions.by_number.get(command.session)
                if session is not None:
                    self._hang_up(session, _why(session.number, cause, commands))
                self._look_for_drivers()
            case Abort():
                self.fail(command.text)
            case Write():
                pass

    def _welcome(self, session: Session, commands: list[Command]) -> None:
        """The session may say more, and may have all its mail waiting at once."""
        self.sessions.logged_in(session)
        session.deframer.frame_max = FRAME_MAX
        mail = sum(
            len(one.head) + len(one.body)
            for one in commands
            if type(one) is Write and one.session == session.number
        )
        if mail > session.outbox_max // 2:
            session.outbox_max += mail
        self._look_for_drivers()

    def _look_for_drivers(self) -> None:
        """A driven server ends with its drivers: no parent that dies leaves one behind."""
        barrier = self.relay.barrier
        if barrier is None:
            return
        if barrier.joined:
            self.driver_joined = True
        elif self.driver_joined:
            self.over.set()

    def _leave_relay(self, session: Session) -> None:
        if not self._stopping:
            self._obey(self.relay.handle(Closed(session.number), self._tick))
            self._look_for_drivers()

    # Ends.

    def _touch(self, session: Session) -> None:
        if session.pieces is None:
            session.pieces = []
            self._touched.append(session)

    def _write(self, session: Session, head: bytes) -> None:
        self._touch(session)
        assert session.pieces is not None
        session.pieces.append(head)

    def _end(self, session: Session, cause: str, text: str) -> None:
        """End a session from this side, with a sentence."""
        if not session.ending:
            self._write(session, head_of(encode(Refusal(text[:200])), 0))
            self._hang_up(session, cause)
            self._leave_relay(session)

    def _hang_up(self, session: Session, cause: str) -> None:
        self.sessions.ends(session, cause, self._instant)
        self._touch(session)

    def sweep(self) -> None:
        """End what has had its time."""
        self.open_batch()
        for session, cause, text in self.sessions.overdue(self._instant):
            self._end(session, cause, text)
        for session in self.sessions.lingered(self._instant):
            self.sessions.close(session)

    def elapse(self) -> None:
        """About a second has passed: the relay does what is due."""
        self.open_batch()
        if not self._stopping:
            self._obey(self.relay.handle(Elapsed(), self._tick))

    async def say_goodbye(self, text: str) -> None:
        """Take nothing more, commit, and end all sessions with a sentence; returns when all that has left."""
        sender = self._sender
        self._stopping = True
        self.close_batch()
        while sender.waits_for_disk:
            await sender.moved.park()
        self.open_batch()
        for session in list(self.sessions.by_number.values()):
            self._end(session, "stopping", text if self.failure is None else self.failure)
        self.close_batch()
        while sender.waits_for_peers:
            await sender.moved.park()

    def close(self) -> None:
        """Close what is left."""
        for session in list(self.sessions.by_number.values()):
            self.sessions.close(session)


def _why(session: int, cause: int, commands: list[Command]) -> str:
    """Why the relay ends a session: only whoever says goodbye gets no last word."""
    if session != cause:
        return "replaced"
    told = any(type(one) is Write and one.session == session for one in commands)
    return "breach" if told else "left"
