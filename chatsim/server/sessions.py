"""Who is connected, what still has a deadline, and how each session ended."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from typing import Protocol

from chatsim.server.deadlines import Deadlines
from chatsim.server.observing import ShellBooks
from chatsim.server.session import OUTBOX_BYTES, Session
from chatsim.server.tls import Tls

LOGIN_SECONDS = 10.0
"""How long a login may take, a TLS handshake included."""
LINGER_SECONDS = 2.0
"""How long an ended session may take to read its refusal."""
IDLE_LOOKS = 16
"""How often within the idle limit all sessions are looked at."""


class Shell(Protocol):
    """Waits for sockets, each shell in its own way."""

    def join(self, session: Session) -> None:
        """Read from a new session."""

    def watch_room(self, session: Session) -> None:
        """Say `has_room` once the socket takes more."""

    def forget(self, session: Session) -> None:
        """Wait for its socket no more."""


class Sessions:
    """All sessions by number. Instants are trio's, in seconds."""

    def __init__(
        self, *, tls: ssl.SSLContext | None, idle_seconds: float | None, outbox_max: int
    ) -> None:
        self.shell: Shell
        """Whoever runs this sets it."""
        self.by_number: dict[int, Session] = {}
        self.books = ShellBooks(self.by_number)
        self.strangers = 0
        """Sessions that are not logged in."""
        self._turned_away: set[Session] = set()
        self._tls = tls
        self._idle_seconds = idle_seconds
        self._idle_look = 0.0
        self._outbox_max = outbox_max
        self._logins = Deadlines(LOGIN_SECONDS)
        self._lingering = Deadlines(LINGER_SECONDS)
        self._number = 0

    @property
    def let_in(self) -> int:
        """Sessions that count against the bound."""
        return len(self.by_number) - len(self._turned_away)

    @property
    def turned_away(self) -> int:
        """Sessions that are only told that there is no room."""
        return len(self._turned_away)

    def open(self, peer: socket.socket, now: float) -> Session:
        """A session that has to log in."""
        session = self._new(peer, now)
        self.strangers += 1
        self._logins.add(session, now)
        return session

    def open_to_refuse(self, peer: socket.socket, now: float) -> Session:
        """A session that is not let in."""
        session = self._new(peer, now)
        session.known = True
        self._turned_away.add(session)
        self.books.refused_connections += 1
        return session

    def _new(self, peer: socket.socket, now: float) -> Session:
        self._number += 1
        tls = None if self._tls is None else Tls(self._tls)
        session = Session(self._number, peer, tls, heard=now)
        if self._outbox_max != OUTBOX_BYTES:
            session.outbox_max = self._outbox_max
        self.by_number[session.number] = session
        self.books.sessions_peak = max(self.books.sessions_peak, len(self.by_number))
        self.shell.join(session)
        return session

    def logged_in(self, session: Session) -> None:
        session.known = True
        self.strangers -= 1

    def ends(self, session: Session, cause: str, now: float) -> None:
        """From here on nothing that it sends counts; it is closed at the latest when it has lingered."""
        if session.ending:
            return
        session.ending = True
        session.frames = None
        self.books.ended_by[cause] += 1
        self._lingering.add(session, now)
        if not session.known:
            self.strangers -= 1

    def close(self, session: Session) -> None:
        """The end of a session that `ends`."""
        if session.closed:
            return
        session.closed = True
        if not session.lost:
            self.shell.forget(session)
        session.outbox = None
        session.peer.close()
        self._turned_away.discard(session)
        del self.by_number[session.number]

    # Time.

    def lingered(self, now: float) -> Iterator[Session]:
        """Those that have had their time to read why they end."""
        return self._lingering.due(now)

    def overdue(self, now: float) -> Iterator[tuple[Session, str, str]]:
        """Those that have been silent too long, with the cause and a sentence."""
        for session in self._logins.due(now):
            if not (session.known or session.ending):
                yield session, "no login", f"no login within {LOGIN_SECONDS:.0f} seconds"
        seconds = self._idle_seconds
        if seconds is None or now < self._idle_look:
            return
        self._idle_look = now + seconds / IDLE_LOOKS
        for session in list(self.by_number.values()):
            if session.known and not session.ending and session.heard <= now - seconds:
                yield session, "idle", f"nothing came for {seconds:.0f} seconds"
