"""A recording proxy: passes the bytes of every connection on, and counts their frames by kind.

It reads headers with the wire's own code, so what it counts is what travelled, whatever either side believes.
"""

from __future__ import annotations

import selectors
import socket
import threading
from collections import Counter
from types import TracebackType
from typing import Self

import msgpack
from attrs import define, field

from chatsim.server.outbox import Outbox
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer

Address = tuple[str, int]
RECEIVE_BYTES = 64 * 1024
BACKLOG = 1_024


@define(eq=False)
class _End:
    """One end of a connection: what comes from it goes to its `other`."""

    socket: socket.socket
    counts: Counter[int]
    deframer: Deframer = field(factory=lambda: Deframer(FRAME_MAX + HEADER_MAX))
    outbox: Outbox = field(factory=Outbox)
    finished: bool = False
    """Nothing more comes from it."""
    other: _End | None = None


class RecordingProxy:
    """Sits between clients and a server. `RecordingProxy().between(server_address)` gives the address to connect to.

    `from_clients` and `from_server` count frames by kind (`chatsim.wire.kinds`).
    """

    def __init__(self) -> None:
        self.from_clients: Counter[int] = Counter()
        self.from_server: Counter[int] = Counter()
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._woken, selectors.EVENT_READ, None)
        self._servers: dict[int, Address] = {}
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="recording proxy", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._wake.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self._selector.close()

    def between(self, server: Address) -> Address:
        """Listen for clients of `server`."""
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.bind((server[0], 0))
        listener.listen(BACKLOG)
        listener.setblocking(False)
        with self._lock:
            self._servers[listener.fileno()] = server
            self._selector.register(listener, selectors.EVENT_READ, listener)
        self._wake.send(b"!")
        host, port = listener.getsockname()[:2]
        return host, port

    def _run(self) -> None:
        while True:
            for key, events in self._selector.select():
                if key.data is None:
                    if not self._woken.recv(RECEIVE_BYTES):
                        return
                elif isinstance(key.data, _End):
                    self._pass_on(key.data, events)
                else:
                    self._accept(key.data)

    def _accept(self, listener: socket.socket) -> None:
        try:
            client, _ = listener.accept()
        except BlockingIOError:
            return
        with self._lock:
            address = self._servers[listener.fileno()]
        server = socket.create_connection(address)
        near, far = _End(client, self.from_clients), _End(server, self.from_server)
        near.other, far.other = far, near
        for end in (near, far):
            end.socket.setblocking(False)
            end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end.socket, selectors.EVENT_READ, end)

    def _pass_on(self, end: _End, events: int) -> None:
        other = end.other
        assert other is not None
        try:
            if events & selectors.EVENT_WRITE:
                self._send(end)
            if events & selectors.EVENT_READ and not end.finished:
                data = end.socket.recv(RECEIVE_BYTES)
                end.finished = not data
                for header, _ in end.deframer.feed(data):
                    end.counts[msgpack.unpackb(header)[0]] += 1
                other.outbox.append(data)
                self._send(other)
        except OSError:
            end.finished = other.finished = True
            self._close(end, other)

    def _send(self, end: _End) -> None:
        other = end.other
        assert other is not None
        end.outbox.send_into(end.socket)
        if other.finished and not end.outbox.waiting:
            self._close(end, other)
            return
        write = selectors.EVENT_WRITE if end.outbox.waiting else 0
        if self._selector.get_key(end.socket).events != selectors.EVENT_READ | write:
            self._selector.modify(end.socket, selectors.EVENT_READ | write, end)

    def _close(self, *ends: _End) -> None:
        for end in ends:
            if end.socket.fileno() >= 0:
                self._selector.unregister(end.socket)
                end.socket.close()
