"""The portable shell: a task per connection reads, one flusher writes, and nobody waits for a peer.

All reading tasks that one poll made ready hand their frames over first; then the flusher closes the batch. What a
socket does not take stays in its session's outbox until it can, in a task of its own.
"""

from __future__ import annotations

from typing import Never

import trio

from chatsim.server.exchange import Exchange
from chatsim.server.session import Session

RECEIVE_BYTES = 64 * 1024


class Portable:
    """Serves an exchange's sessions wherever trio runs."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        exchange.sessions.shell = self
        self._nursery: trio.Nursery
        self._flusher = trio.lowlevel.ParkingLot()
        self._turned = trio.lowlevel.ParkingLot()

    def join(self, session: Session) -> None:
        self._nursery.start_soon(self._read, session)
        self._flusher.unpark()

    def watch_room(self, session: Session) -> None:
        self._nursery.start_soon(self._drain, session)

    def forget(self, session: Session) -> None:
        trio.lowlevel.notify_closing(session.peer)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> Never:
        """Serve until cancelled."""
        exchange = self._exchange
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            while True:
                if exchange.is_ready or exchange.batch.is_open:
                    await trio.lowlevel.checkpoint()
                else:
                    await self._flusher.park()
                exchange.close_batch()
                if exchange.is_ready:
                    exchange.run_ready()
                self._turned.unpark_all()

    async def _read(self, session: Session) -> None:
        exchange, peer = self._exchange, session.peer
        try:
            while not (session.lost or session.closed):
                await trio.lowlevel.wait_readable(peer)
                if exchange.is_held_up:
                    await exchange.until_less_is_held()
                try:
                    data = peer.recv(RECEIVE_BYTES)
                except BlockingIOError:
                    continue
                except OSError:
                    data = b""
                if data:
                    exchange.received(session, data)
                else:
                    exchange.lost(session)
                self._flusher.unpark()
                while session.frames is not None:
                    await self._turned.park()
        except trio.ClosedResourceError:
            pass  # closed by this side while it was silent

    async def _drain(self, session: Session) -> None:
        try:
            while session.blocked and not session.closed:
                await trio.lowlevel.wait_writable(session.peer)
                self._exchange.has_room(session)
                self._flusher.unpark()
        except trio.ClosedResourceError:
            pass
