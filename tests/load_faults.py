"""A proxy between a load and its server that loses, repeats and swaps copies, and counts what it did.

Both ends count deliveries, so a copy cannot simply vanish: a lost one is replaced by one that the device has already,
and two that change places are both delivered.
"""

from __future__ import annotations

import selectors
import socket
import threading

from attrs import define, field

from chatsim.server.outbox import Outbox
from chatsim.wire.framing import FRAME_MAX, HEADER_MAX, Deframer, head_of
from chatsim.wire.kinds import COPY
from chatsim_clients.load.bodies import read_body


@define(eq=False)
class End:
    socket: socket.socket
    edits: bool
    """Frames that come from here may be changed."""
    deframer: Deframer = field(factory=lambda: Deframer(FRAME_MAX + HEADER_MAX))
    outbox: Outbox = field(factory=Outbox)
    other: End | None = None
    held: dict[int, bytes] = field(factory=dict)
    """A copy that waits for the next one of its conversation."""
    last: dict[int, bytes] = field(factory=dict)


@define(eq=False, slots=False)
class FaultyProxy:
    """Runs in a thread of its own; `address` is where to connect."""

    server: tuple[str, int]
    lose_every: int = 0
    """Of one conversation, this one of its numbers is replaced by a repetition of the one before."""
    swap_every: int = 0
    """This one comes after the next."""
    lost: int = 0
    swapped: int = 0
    stuck: int = 0
    """Of those, how many no further copy followed until the connection ended."""
    copies: int = 0

    def __enter__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._listener.setblocking(False)
        self.address = self._listener.getsockname()
        self._selector = selectors.DefaultSelector()
        self._wake, self._woken = socket.socketpair()
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._wake.close()
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()

    def _run(self):
        while True:
            for key, events in self._selector.select():
                if key.fileobj is self._woken:
                    return
                if key.fileobj is self._listener:
                    self._accept()
                else:
                    self._pass_on(key.data, events)

    def _accept(self):
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        near = End(client, edits=False)
        far = End(socket.create_connection(self.server), edits=True)
        near.other, far.other = far, near
        for end in (near, far):
            end.socket.setblocking(False)
            end.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(end.socket, selectors.EVENT_READ, end)

    def _pass_on(self, end, events):
        if end.socket.fileno() < 0:
            return
        try:
            if events & selectors.EVENT_WRITE:
                self._send(end)
            if events & selectors.EVENT_READ:
                data = end.socket.recv(65_536)
                if not data:
                    raise ConnectionError
                for header, body in end.deframer.feed(data):
                    frame = head_of(header, len(body)) + body
                    for edited in self._edit(end, header, body, frame) if end.edits else [frame]:
                        end.other.outbox.append(edited)
                self._send(end.other)
        except OSError:
            for one in (end, end.other):
                self.stuck += len(one.held)
                self._selector.unregister(one.socket)
                one.socket.close()

    def _send(self, end):
        end.outbox.send_into(end.socket)
        write = selectors.EVENT_WRITE if end.outbox.waiting else 0
        self._selector.modify(end.socket, selectors.EVENT_READ | write, end)

    def _edit(self, end, header, body, frame):
        carried = read_body(body) if header[1] == COPY else None
        if carried is None:
            return [frame]
        self.copies += 1
        conversation, number = carried.conversation, carried.sequence
        if conversation in end.held:
            return [frame, end.held.pop(conversation)]
        if self.swap_every and number % self.swap_every == 1:
            self.swapped += 1
            end.held[conversation] = frame
            return []
        if self.lose_every and number % self.lose_every == self.lose_every - 1:
            self.lost += 1
            return [end.last[conversation]]
        end.last[conversation] = frame
        return [frame]
