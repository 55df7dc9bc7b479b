"""The door of a server: who is let in, and who is told why not."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from typing import Never

import trio
from attrs import frozen

from chatsim.server.exchange import Exchange
from chatsim.wire.encoding import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Refusal

ACCEPT_AT_ONCE = 16
"""Connections taken before those that are in have their turn."""
TURNED_AWAY_AT_ONCE = 16
"""Connections beyond the bound that have a moment to read why; the others are closed as soon as they are told."""
STRANGERS_MIN = 16
PAUSE_SECONDS = 0.02
"""Between two connections that no file is left for."""
QUIET_SECONDS = 10.0
"""Between two complaints about that."""
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)


@frozen
class Bounds:
    """How many connections a server takes, and how many of them may be without a login."""

    connections_max: int

    @property
    def strangers_max(self) -> int:
        """A flood of connections that never log in leaves room for those that are or will."""
        return min(self.connections_max, max(STRANGERS_MIN, self.connections_max // 4))


class Door:
    """Takes connections from one listening socket."""

    def __init__(
        self,
        listener: socket.socket,
        exchange: Exchange,
        bounds: Bounds,
        say: Callable[[str], None],
    ) -> None:
        self._listener = listener
        self._exchange = exchange
        self._bounds = bounds
        self._say = say
        self._reserve = _any_file()
        """A descriptor to give up when there is no other, so that a peer can be told so instead of waiting."""
        self._quiet_until = 0.0

    async def accept_forever(self) -> Never:
        """Let connections in until cancelled."""
        try:
            while True:
                await trio.lowlevel.wait_readable(self._listener)
                for _ in range(ACCEPT_AT_ONCE):
                    try:
                        peer, _ = self._listener.accept()
                    except OSError as error:
                        if error.errno in OUT_OF_FILES:
                            await self._turn_away_without_files(error)
                        break  # nobody waits, or who waited has left
                    self._let_in(peer)
                self._exchange.close_batch()
        finally:
            if self._reserve is not None:
                os.close(self._reserve)

    def _let_in(self, peer: socket.socket) -> None:
        exchange, bounds = self._exchange, self._bounds
        try:
            _prepare(peer)
        except OSError:  # it has left already
            peer.close()
            return
        if exchange.sessions.let_in >= bounds.connections_max:
            text = f"this server takes {bounds.connections_max:,} connections, and has them"
        elif exchange.sessions.strangers >= bounds.strangers_max:
            text = f"{exchange.sessions.strangers:,} connections have not logged in yet; try again later"
        else:
            exchange.let_in(peer)
            return
        if exchange.sessions.turned_away < TURNED_AWAY_AT_ONCE:
            exchange.turn_away(peer, text)
        else:
            exchange.books.refused_connections += 1
            _tell_and_close(peer, text)

    async def _turn_away_without_files(self, error: OSError) -> None:
        """Use the reserve to say so to whoever waits; where even that fails, wait a moment."""
        now = trio.current_time()
        if now >= self._quiet_until:
            self._quiet_until = now + QUIET_SECONDS
            self._say(f"cannot take a connection now: {error.strerror}")
        if self._reserve is not None:
            os.close(self._reserve)
            self._reserve = None
            try:
                peer, _ = self._listener.accept()
            except OSError:
                pass
            else:
                self._exchange.books.refused_connections += 1
                _tell_and_close(peer, "this server has no room for a connection now")
            self._reserve = _any_file()
        await trio.sleep(PAUSE_SECONDS)


def _prepare(peer: socket.socket) -> None:
    peer.setblocking(False)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def _any_file() -> int | None:
    try:
        return os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _tell_and_close(peer: socket.socket, text: str) -> None:
    """Say why, to a peer that reads at once; a TLS peer only sees the end."""
    with peer:
        try:
            peer.setblocking(False)
            peer.send(head_of(encode(Refusal(text)), 0))
            peer.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # it has left already
