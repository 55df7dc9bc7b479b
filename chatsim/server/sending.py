"""What leaves: batch by batch, in one send for each session, and never before its commit."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import trio

from chatsim.relay.changes import Change
from chatsim.server.committing import Journal, Output, Pipeline
from chatsim.server.observing import Observer
from chatsim.server.session import Session
from chatsim.server.sessions import Sessions


class Sender:
    """Sends the output of batches. Never waits: what a socket does not take stays in the session's outbox."""

    def __init__(
        self,
        sessions: Sessions,
        journal: Journal | None,
        observer: Observer,
        on_lost: Callable[[Session, str], None],
    ) -> None:
        self._sessions = sessions
        self._books = sessions.books
        self._journal = journal
        self._pipeline = None if journal is None else Pipeline(journal.committer)
        self._observer = observer
        self._on_lost = on_lost
        """Called with a session whose connection is of no use any more, and the cause; it closes it."""
        self.moved = trio.lowlevel.ParkingLot()
        """Whoever waits for something to leave."""

    @property
    def is_held_up(self) -> bool:
        """The disk is so far behind that nothing more should be read."""
        return self._pipeline is not None and self._pipeline.is_full

    @property
    def waits_for_disk(self) -> bool:
        """Something was not released yet."""
        return self._pipeline is not None and not self._pipeline.is_empty

    @property
    def waits_for_peers(self) -> bool:
        """Something was not taken by a socket yet."""
        return any(one.outbox is not None for one in self._sessions.by_number.values())

    def gives_up_commits(self) -> bool:
        """What waits for a commit will never leave, what follows leaves at once; whether there are commits at all."""
        gives_up = self._journal is not None
        self._journal = self._pipeline = None
        return gives_up

    def take_changes(self) -> Sequence[Change]:
        """What the batch has changed, if that has to be kept."""
        return () if self._journal is None else self._journal.take_changes()

    def leave(
        self, touched: Sequence[Session], changes: Sequence[Change], tick: int, since: float
    ) -> None:
        """Send what a batch wrote, now or after its commit."""
        if self._pipeline is not None:
            self._hold(self._pipeline, touched, changes, tick, since)
            return
        books = self._books
        for session in touched:
            pieces, session.pieces = session.pieces, None
            if session.ending or session.tls is not None or not pieces:
                self._send(session, pieces or (), last=session.ending)
                continue
            try:
                books.bytes_out += session.send(pieces)
            except OSError:
                self._on_lost(session, "lost")
                continue
            if session.outbox is not None:
                self._wait_for_room(session)
        self._observer.released(time.perf_counter() - since, len(touched))

    def _hold(
        self,
        pipeline: Pipeline,
        touched: Sequence[Session],
        changes: Sequence[Change],
        tick: int,
        since: float,
    ) -> None:
        outputs = []
        for session in touched:
            pieces, session.pieces = session.pieces, None
            outputs.append(Output(session, pieces or [], session.ending))
        pipeline.hold(outputs, changes, tick, since)
        self._release(pipeline)

    def committed(self, batch: int, seconds: float) -> None:
        """Every batch up to this one is on disk."""
        if self._pipeline is None:
            return
        self._observer.committed(seconds)
        self._pipeline.committed(batch)
        self._release(self._pipeline)
        self.moved.unpark_all()

    def _release(self, pipeline: Pipeline) -> None:
        """Send what is committed, in one piece for each session however many batches it comes from."""
        joined: dict[Session, tuple[list[bytes], bool]] = {}
        since = None
        for held in pipeline.released():
            since = held.since if since is None else since
            for session, pieces, last in held.outputs:
                former = joined.get(session)
                joined[session] = (pieces if former is None else former[0] + pieces, last)
        for session, (pieces, last) in joined.items():
            self._send(session, pieces, last=last)
        if since is not None:
            self._observer.released(time.perf_counter() - since, len(joined))

    def _send(self, session: Session, pieces: Sequence[bytes], *, last: bool) -> None:
        if session.closed:
            return
        try:
            self._books.bytes_out += session.send(pieces)
            session.finishing = last
            if session.outbox is not None:
                self._wait_for_room(session)
            elif last:
                self._finish(session)
        except OSError:
            self._on_lost(session, "lost")

    def _wait_for_room(self, session: Session) -> None:
        outbox = session.outbox
        assert outbox is not None
        if session.lost:
            self._sessions.close(session)
        elif outbox.waiting > session.outbox_max:
            self._on_lost(session, "slow")
        elif not session.blocked:
            session.blocked = True
            self._sessions.shell.watch_room(session)

    def has_room(self, session: Session) -> None:
        """The socket takes more."""
        if session.closed or not session.blocked:
            return
        try:
            self._books.bytes_out += session.send_waiting()
            if session.outbox is None:
                session.blocked = False
                if session.finishing:
                    self._finish(session)
        except OSError:
            self._on_lost(session, "lost")
        self.moved.unpark_all()

    def _finish(self, session: Session) -> None:
        session.finish()
        if session.lost:
            self._sessions.close(session)
