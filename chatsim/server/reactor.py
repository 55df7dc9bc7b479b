"""The reactor: one trio task on an epoll descriptor of its own serves all sessions.

A connection costs no task and no scope, and a message no checkpoint: each turn reads every ready socket once and sends
once to each session that its batch touched. It exists where `select.epoll` does.
"""

from __future__ import annotations

import select
from typing import Never

import trio

from chatsim.server.exchange import Exchange
from chatsim.server.session import Session

RECEIVE_BYTES = 64 * 1024
EVENTS_MAX = 512
"""Sockets that one poll reports."""


class Reactor:
    """Serves an exchange's sessions from one task."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        exchange.sessions.shell = self
        self._epoll = select.epoll()
        self._sessions: dict[int, Session] = {}
        self._events: list[tuple[int, int]] = []
        """What the last poll reported and no batch has had time for, the next one last."""

    def join(self, session: Session) -> None:
        number = session.peer.fileno()
        self._sessions[number] = session
        self._epoll.register(number, select.EPOLLIN)

    def watch_room(self, session: Session) -> None:
        self._epoll.modify(session.peer.fileno(), select.EPOLLIN | select.EPOLLOUT)

    def forget(self, session: Session) -> None:
        number = session.peer.fileno()
        del self._sessions[number]
        self._epoll.unregister(number)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> Never:
        """Serve until cancelled."""
        exchange = self._exchange
        with self._epoll:
            task_status.started()
            while True:
                if exchange.is_held_up:
                    await exchange.until_less_is_held()
                elif exchange.is_ready or self._events:
                    await trio.lowlevel.checkpoint()
                else:
                    await trio.lowlevel.wait_readable(self._epoll.fileno())
                self._turn()

    def _turn(self) -> None:
        exchange = self._exchange
        is_spent = exchange.batch.is_spent
        exchange.run_ready()
        events = self._events
        if not events:
            events = self._events = self._epoll.poll(0, EVENTS_MAX)
            events.reverse()
        while events and not is_spent():
            number, event = events.pop()
            session = self._sessions.get(number)
            if session is None:
                continue
            if event & select.EPOLLOUT:
                self._write(session)
            if event & ~select.EPOLLOUT:
                self._read(session)
        exchange.close_batch()

    def _read(self, session: Session) -> None:
        if session.frames is not None or session.lost:
            return
        try:
            data = session.peer.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._exchange.received(session, data)
        else:
            self._exchange.lost(session)

    def _write(self, session: Session) -> None:
        self._exchange.has_room(session)
        if not (session.blocked or session.closed or session.lost):
            self._epoll.modify(session.peer.fileno(), select.EPOLLIN)
