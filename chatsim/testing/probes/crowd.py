"""People with real sockets at a real server that keeps its mail in a file and says in its log all that it ever says."""

from __future__ import annotations

import io
import logging
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import trio
from attrs import define, field

from chatsim.device import Device
from chatsim.errors import RunError
from chatsim.model import Verdict
from chatsim.provenance.purse import KeyBook, Request
from chatsim.server.logs import Log, LogFormat, LogLevel
from chatsim.server.operating import OperatedServer
from chatsim.server.options import ServeOptions
from chatsim.server.server import Serving, serve
from chatsim.server.timings import Timings
from chatsim.store.location import StoreLocation, Sync
from chatsim.testing.probes.bench import EXPIRY_TICKS, Company
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.paying import Payer, payer_of
from chatsim.testing.probes.sealing import Unsealed, seals_of
from chatsim.testing.probes.writing import Letter, Pen, Written
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.framing import FRAME_MAX, Deframer
from chatsim.wire.messages import Copy, Decided, Issued, Outbound

PATIENCE_SECONDS = 300.0
NEVER_AGAIN = 1 << 40
"""Ticks after which a line asks for other tokens than those that it got with a copy."""
RECEIVE_BYTES = 1 << 16


@define(eq=False)
class Line:
    """One device's connection."""

    device: Device
    pen: Pen
    seals: Unsealed
    stream: trio.SocketStream
    shown: list[Letter] = field(factory=list)
    verdicts: list[Verdict] = field(factory=list)
    copies: int = 0
    payer: Payer | None = None
    _tickets: deque[Letter] = field(factory=deque)
    """Copies shown, for which no tokens are asked yet."""
    _paid: dict[int, tuple[bytes, bytes]] = field(factory=dict)
    """(ticket, payment) by counter."""
    _deframer: Deframer = field(factory=lambda: Deframer(2 * FRAME_MAX))

    async def log_in(self) -> None:
        await self.stream.send_all(self.device.hello())
        await self._hear()

    async def send(self, written: Written, *chats: int) -> None:
        """An act; its verdict comes in its time."""
        device, stamp = self.device, written.stamp
        if self.payer is not None and stamp is not None:
            await self._ask(self.payer.before(stamp, 0), stamp)
            while self.payer.waiting:
                await self._hear()
            stamp = self.payer.pay(stamp, chats)
            self._paid[device.counter + 1] = written.stamp or b"", stamp
        wrapped = self.seals.seal(
            device.user, device.number, device.counter + 1, chats, written.body
        )
        _, head = device.act(chats, wrapped.body, stamp, outer=written.outer, keys=wrapped.keys)
        await self.stream.send_all(head + wrapped.on_the_wire)

    async def _ask(self, request: Request | None, ticket: bytes) -> None:
        if request is not None:
            head = self.device.top_up(request.number, ticket, request.points)
            await self.stream.send_all(head)

    async def until(self, *, verdicts: int = 0, copies: int = 0) -> None:
        """So many have come."""
        while len(self.verdicts) < verdicts or self.copies < copies:
            await self._hear()

    async def acknowledge(self) -> None:
        await self.stream.send_all(self.device.acknowledge())

    async def _hear(self) -> None:
        data = await self.stream.receive_some(RECEIVE_BYTES)
        if not data:
            raise RunError("the server ended a session of a probe")
        for header, body in self._deframer.feed(data):
            self._take(decode_outbound(header, body))
        while self._tickets and self.payer is not None:
            letter = self._tickets.popleft()
            await self._ask(self.payer.arrived(letter), letter.stamp or b"")

    def _take(self, message: Outbound) -> None:
        self.device.receive(message)
        match message:
            case Copy():
                self.copies += 1
                letter = self.pen.read(self.seals.opened(self.device.user, message))
                if letter is not None:
                    self.shown.append(letter)
                    self._tickets.append(letter)
            case Issued() if self.payer is not None:
                self.payer.take(message)
            case Decided():
                ticket, payment = self._paid.pop(message.counter, (b"", b""))
                if self.payer is not None and ticket:
                    self.payer.decided(ticket, payment, 0, allowed=message.verdict.allowed)
                self.verdicts.append(message.verdict)
            case _:
                pass


@define(eq=False)
class Crowd:
    """A server, and who is connected to it."""

    mode: Mode
    serving: Serving
    log: io.StringIO
    store: Path
    seals: Unsealed
    book: KeyBook = field(factory=KeyBook)

    async def line(self, user: int, device: int = 0) -> Line:
        """A session of one device."""
        port = int(self.serving.address.rpartition(":")[2])
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        assert isinstance(stream, trio.SocketStream)
        payer = payer_of(self.mode, NEVER_AGAIN, self.book)
        pen = Pen(self.mode)
        line = Line(Device(user, device), pen, self.seals, stream, payer=payer)
        await line.log_in()
        return line

    async def log_emptied(self) -> None:
        """The store has emptied its write-ahead log, as it does after a second without work."""
        log = self.store.with_name(f"{self.store.name}-wal")
        while log.exists() and log.stat().st_size:  # noqa: ASYNC110 - the disk tells nobody
            await trio.sleep(0.02)


@asynccontextmanager
async def crowd(mode: Mode, company: Company, store: Path) -> AsyncIterator[Crowd]:
    """A server in this process, with its operator's log at the most talkative level."""
    said, timings = io.StringIO(), Timings()
    log = Log(said, LogFormat.JSON, LogLevel.DEBUG)
    options = ServeOptions(
        roster=company,
        policy=mode.policy,
        enforcement=mode.enforcement,
        traceability=mode.traceability,
        root=mode.root or None,
        e2ee=mode.sealed,
        store=StoreLocation(store, Sync.NORMAL),
        expiry_ticks=EXPIRY_TICKS,
    )

    async def serving(*, task_status: trio.TaskStatus[Serving]) -> None:
        await serve(
            options,
            say=lambda text: log.warning("noted", text=text),
            observer=timings,
            tracing=mode.tracing,
            task_status=task_status,
        )

    with trio.fail_after(PATIENCE_SECONDS), _everything_logged(said):
        async with trio.open_nursery() as nursery:
            handle = await nursery.start(serving)
            operated = OperatedServer(handle, mode.policy, log, timings)
            async with trio.open_nursery() as watching:
                watching.start_soon(operated.report_forever)
                yield Crowd(mode, handle, said, store, seals_of(mode, company))
                watching.cancel_scope.cancel()
            handle.stop()


@contextmanager
def _everything_logged(said: io.StringIO):  # type: ignore[no-untyped-def]  # noqa: ANN202
    """What any library says through `logging`, down to the last detail."""
    root, handler = logging.getLogger(), logging.StreamHandler(said)
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


async def close(lines: Sequence[Line]) -> None:
    for line in lines:
        await trio.aclose_forcefully(line.stream)
