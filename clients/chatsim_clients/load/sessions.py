"""Connections of one worker: made, read and written without blocking, in one loop over one selector.

A link goes through its TCP and TLS handshakes on its own; from then on it takes frames and hands over bytes.
"""

from __future__ import annotations

import select
import selectors
import socket
import ssl
import time
from collections.abc import Iterator
from typing import NamedTuple

from attrs import define, field

from chatsim.server.outbox import Outbox
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer
from chatsim_clients.load.plan import LoadPlan

RECEIVE_BYTES = 64 * 1024
TOGETHER_MAX = 128
"""Links that are read before anything of them is handed over."""
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class Way(NamedTuple):
    """How a link reaches its server."""

    address: tuple[str, int]
    source: str | None
    """A loopback address to come from; None: as the system chooses."""
    tls: ssl.SSLContext | None


def source_of(plan: LoadPlan, address: tuple[str, int], user: int) -> str | None:
    """The loopback address that a user comes from: another one for every `sessions_per_address` users."""
    place = user // plan.sessions_per_address
    return f"127.0.0.{1 + place}" if address[0].startswith("127.") and place else None


@define(eq=False)
class Link:
    """One connection of user `owner`; `ready` once bytes of ours may go."""

    owner: int
    socket: socket.socket
    way: Way
    number: int
    """The file descriptor, by which the selector knows it."""
    deframer: Deframer = field(factory=lambda: Deframer(FRAME_MAX + HEADER_MAX))
    outbox: Outbox = field(factory=Outbox)
    ready: bool = False
    connected: bool = False
    events: int = WRITE
    queued: bool = False
    """On the list of those that have something to send."""

    def send(self, data: bytes) -> int:
        """As `socket.send`, over TLS as well."""
        try:
            return self.socket.send(data)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise BlockingIOError from None


class Arrived(NamedTuple):
    """What came in on a link."""

    link: Link
    data: bytes | None
    """Empty once when the link becomes ready; None where it is lost."""
    at: int
    """When it was read, as CLOCK_MONOTONIC in ns."""


class Links:
    """All connections of a worker."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._unsent: list[Link] = []
        self.woken = False
        """What is watched besides has something to say."""
        self.bytes_in = 0
        self.bytes_out = 0

    def watch(self, other: int) -> None:
        """Wake up for this file descriptor as well."""
        self._selector.register(other, READ, None)

    def close(self) -> None:
        for key in list(self._selector.get_map().values()):
            if isinstance(key.data, Link):
                key.data.socket.close()
        self._selector.close()

    def open(self, owner: int, way: Way) -> Link:
        """Begin a connection. Raises OSError."""
        family = socket.AF_INET6 if ":" in way.address[0] else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        try:
            made.setblocking(False)
            made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if way.source is not None:
                made.bind((way.source, 0))
            made.connect(way.address)
        except BlockingIOError:
            pass
        except OSError:
            made.close()
            raise
        link = Link(owner, made, way, made.fileno())
        self._selector.register(link.number, WRITE, link)
        return link

    def drop(self, link: Link) -> None:
        """Close a connection at once."""
        self._selector.unregister(link.number)
        link.ready = False
        link.socket.close()

    def write(self, link: Link, head: bytes, body: bytes = b"") -> None:
        """Put a frame on its way; it leaves with the next `flush`."""
        outbox = link.outbox
        outbox.append(head)
        if body:
            outbox.append(body)
        if not link.queued:
            link.queued = True
            self._unsent.append(link)

    def flush(self) -> Iterator[Link]:
        """Send what the sockets take now; yields the links that turn out to be lost."""
        unsent, self._unsent = self._unsent, []
        for link in unsent:
            link.queued = False
            if link.ready and not self._send(link):
                yield link

    def _send(self, link: Link) -> bool:
        try:
            self.bytes_out += link.outbox.send_into(link)  # type: ignore[arg-type]
        except OSError:
            return False
        self._wait_for(link, READ | WRITE if link.outbox.waiting else READ)
        return True

    def poll(self, timeout: float) -> Iterator[Arrived]:
        """What came in, read for many links before anything of it is handed over, so that handling is no latency."""
        if timeout > 0:
            self._wait(timeout)
        ready = self._selector.select(0)
        for first in range(0, len(ready), TOGETHER_MAX):
            yield from [
                arrived
                for key, events in ready[first : first + TOGETHER_MAX]
                for arrived in self._look(key.data, events)
            ]

    def _look(self, link: Link | None, events: int) -> Iterator[Arrived]:
        if link is None:
            self.woken = True
            return
        if link.socket.fileno() < 0:
            return
        if not link.ready:
            ready = self._prepare(link)
            if ready is not None:
                yield Arrived(link, b"" if ready else None, time.monotonic_ns())
        elif events & WRITE and not self._send(link):
            yield Arrived(link, None, time.monotonic_ns())
        elif events & READ:
            yield from self._read(link)

    def _wait(self, seconds: float) -> None:
        """Until something came. Selectors round up to milliseconds, which would be the load's own latency."""
        if isinstance(self._selector, selectors.EpollSelector):
            select.select([self._selector.fileno()], [], [], seconds)
        else:
            self._selector.select(seconds)

    def _read(self, link: Link) -> Iterator[Arrived]:
        while True:
            try:
                data = link.socket.recv(RECEIVE_BYTES)
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
                return
            except OSError:
                yield Arrived(link, None, time.monotonic_ns())
                return
            self.bytes_in += len(data)
            yield Arrived(link, data or None, time.monotonic_ns())
            if link.way.tls is None or not data or not link.ready:
                return  # a socket that has more is ready again; TLS may hold bytes that no selector sees

    def _prepare(self, link: Link) -> bool | None:
        """Go on with the handshakes: whether the link is ready now or lost; None if neither."""
        try:
            if not link.connected:
                if link.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                    return False
                link.connected = True
                if link.way.tls is not None:
                    link.socket = link.way.tls.wrap_socket(
                        link.socket,
                        server_hostname=link.way.address[0],
                        do_handshake_on_connect=False,
                    )
            if isinstance(link.socket, ssl.SSLSocket):
                link.socket.do_handshake()
        except ssl.SSLWantReadError:
            self._wait_for(link, READ)
            return None
        except ssl.SSLWantWriteError:
            self._wait_for(link, WRITE)
            return None
        except OSError:
            return False
        link.ready = True
        self._wait_for(link, READ)
        return True

    def _wait_for(self, link: Link, events: int) -> None:
        if link.events != events:
            link.events = events
            self._selector.modify(link.number, events, link)
