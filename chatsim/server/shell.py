"""The portable shell: a task per connection reads, one flusher writes, and nobody waits for a peer.

All reading tasks that the poll made ready hand their frames to the relay first; then the flusher joins what was
written to each session into one send that never blocks. What a socket does not take stays in its outbox until it can,
in a task of its own. A session whose outbox outgrows its bound reads too slowly and is disconnected; its mail stays in
the mailbox.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import trio
from attrs import define, field

from chatsim.errors import RemoteProtocolError
from chatsim.relay.events import Abort, Arrived, Closed, Event, Hangup, Opened, Widen, Write
from chatsim.relay.relay import Relay
from chatsim.server.clocks import Clock
from chatsim.server.outbox import Outbox
from chatsim.wire.codec import encode
from chatsim.wire.framing import FRAME_MAX, Deframer, head_of
from chatsim.wire.messages import Refusal

LOGIN_SECONDS = 10.0
LINGER_SECONDS = 2.0
"""How long an ended session may take to read its refusal."""
OUTBOX_BYTES = 4 * 1024 * 1024
"""What may wait for one session, on top of the mail that its login brought."""
RECEIVE_BYTES = 64 * 1024


@define(eq=False)
class _Session:
    number: int
    peer: socket.socket
    scope: trio.CancelScope
    deframer: Deframer = field(factory=Deframer)
    outbox: Outbox = field(factory=Outbox)
    outbox_max: int = OUTBOX_BYTES
    known: bool = False
    """Logged in, as a device or as a driver."""
    ending: bool = False
    """Closed as soon as its outbox is empty; nothing it sends counts any more."""
    queued: bool = False
    """The flusher has it on its list."""
    blocked: bool = False
    """A task of its own waits until the socket takes more."""


class Shell:
    """Moves bytes between sockets and one relay."""

    def __init__(
        self,
        relay: Relay,
        now: Clock,
        say: Callable[[str], None],
        *,
        outbox_max: int = OUTBOX_BYTES,
    ) -> None:
        self.relay = relay
        self.now = now
        self.say = say
        self.outbox_max = outbox_max
        self.bytes_in = 0
        self.bytes_out = 0
        self.sessions_peak = 0
        self.failure: str | None = None
        """Why a driven run could not go on."""
        self.over = trio.Event()
        """The run failed, or the last driver left."""
        self.driver_joined = False
        self._sessions: dict[int, _Session] = {}
        self._number = 0
        self._queue: list[_Session] = []
        self._flusher = trio.lowlevel.ParkingLot()
        self._flushed = trio.lowlevel.ParkingLot()
        self._stopping = False

    @property
    def connections(self) -> int:
        return len(self._sessions)

    # Reading.

    async def converse(self, peer: socket.socket) -> None:
        """One connection from its first byte to its end; closes the socket."""
        scope = trio.CancelScope(deadline=trio.current_time() + LOGIN_SECONDS)
        self._number += 1
        session = _Session(self._number, peer, scope, outbox_max=self.outbox_max)
        self._sessions[session.number] = session
        self.sessions_peak = max(self.sessions_peak, len(self._sessions))
        self._handle(Opened(session.number))
        try:
            with scope:
                await self._read(session)
            if scope.cancelled_caught and not session.known and not session.ending:
                self._end(session, f"no login within {LOGIN_SECONDS:.0f} seconds")
        except OSError:
            pass  # the connection is gone, which is all that matters
        finally:
            self._close(session)

    async def _read(self, session: _Session) -> None:
        peer = session.peer
        while True:
            await trio.lowlevel.wait_readable(peer)
            try:
                data = peer.recv(RECEIVE_BYTES)
            except BlockingIOError:
                continue
            if not data:
                return
            self.bytes_in += len(data)
            if not session.ending:
                self._feed(session, data)

    def _feed(self, session: _Session, data: bytes) -> None:
        try:
            for header, body in session.deframer.feed(data):
                self._handle(Arrived(session.number, header, body))
                if session.ending:
                    return
        except RemoteProtocolError as error:
            self._handle(Closed(session.number))
            self._end(session, str(error))

    def _close(self, session: _Session) -> None:
        del self._sessions[session.number]
        session.ending = True
        self._flush(session)
        trio.lowlevel.notify_closing(session.peer)
        session.peer.close()
        self._handle(Closed(session.number))

    # The relay.

    def _handle(self, event: Event) -> None:
        if self._stopping:
            return
        welcomed: _Session | None = None
        for command in self.relay.handle(event, self.now()):
            match command:
                case Write():
                    session = self._sessions.get(command.session)
                    if session is None:
                        continue
                    if session is welcomed:
                        session.outbox_max += len(command.head) + len(command.body)
                    self._write(session, command.head, command.body)
                case Widen():
                    welcomed = self._sessions[command.session]
                    self._welcome(welcomed)
                case Hangup():
                    session = self._sessions.get(command.session)
                    if session is not None:
                        self._hang_up(session)
                    self._look_for_drivers()
                case Abort():
                    self.failure = self.failure or command.text
                    self.over.set()
        if type(event) is Closed:
            self._look_for_drivers()

    def _welcome(self, session: _Session) -> None:
        session.known = True
        session.deframer.frame_max = FRAME_MAX
        session.scope.deadline = float("inf")
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

    # Writing.

    def _write(self, session: _Session, head: bytes, body: bytes = b"") -> None:
        if session.ending:
            return
        outbox = session.outbox
        outbox.append(head)
        if body:
            outbox.append(body)
        if outbox.waiting > session.outbox_max:
            text = f"a session left {outbox.waiting:,} bytes unread and was disconnected; its mail is kept"
            self.say(text)
            session.ending = True
            session.scope.cancel()
        self._enqueue(session)

    def _enqueue(self, session: _Session) -> None:
        if not session.queued and not session.blocked:
            session.queued = True
            self._queue.append(session)
            self._flusher.unpark()

    def _end(self, session: _Session, text: str) -> None:
        """End a session from this side, with a sentence."""
        self._write(session, head_of(encode(Refusal(text[:200])), 0))
        self._hang_up(session)

    def _hang_up(self, session: _Session) -> None:
        session.ending = True
        session.scope.deadline = trio.current_time() + LINGER_SECONDS
        self._enqueue(session)

    async def flush_forever(self, nursery: trio.Nursery) -> None:
        """Send what was written, batch by batch; `nursery` holds the tasks of those who cannot take it at once."""
        while True:
            if not self._queue:
                await self._flusher.park()
            queue, self._queue = self._queue, []
            for session in queue:
                session.queued = False
                self._flush(session)
                if session.outbox.waiting:
                    session.blocked = True
                    nursery.start_soon(self._drain, session)
            self._flushed.unpark_all()

    def _flush(self, session: _Session) -> None:
        """Send what the socket takes now. A lost connection is its reader's business."""
        try:
            self.bytes_out += session.outbox.send_into(session.peer)
            if session.ending and not session.outbox.waiting:
                session.peer.shutdown(socket.SHUT_WR)
        except OSError:
            session.scope.cancel()
            session.outbox = Outbox()

    async def _drain(self, session: _Session) -> None:
        try:
            while session.outbox.waiting:
                await trio.lowlevel.wait_writable(session.peer)
                self._flush(session)
        except (OSError, trio.ClosedResourceError):
            pass
        finally:
            session.blocked = False
            self._flushed.unpark_all()

    async def say_goodbye(self, text: str) -> None:
        """End all sessions with a sentence; returns when everything written to them has left."""
        self._stopping = True
        for session in list(self._sessions.values()):
            self._end(session, text)
        while any(session.outbox.waiting for session in self._sessions.values()):
            await self._flushed.park()
