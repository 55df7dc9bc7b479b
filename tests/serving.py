"""A server in the test's own process, and peers that say whatever a test wants."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

import trio
import trio.testing
import trustme
from attrs import frozen

from chatsim.client import Chat, converse
from chatsim.model import ALLOWED
from chatsim.policy import compile_row
from chatsim.policy.presets import resolve
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.server.exchange import Exchange
from chatsim.server.options import ClockKind, ServeOptions, ShellKind
from chatsim.server.server import Served, Serving, serve, shell_of
from chatsim.server.session import Session
from chatsim.server.tls import TlsFiles
from chatsim.wire.decoding import decode_outbound
from chatsim.wire.encoding import encode
from chatsim.wire.framing import FRAME_MAX, Deframer, head_of
from chatsim.wire.messages import Hello, Inbound, Outbound, Refusal, Welcome
from tests.bench import Groups

ROSTER = Groups(10, [[0, 1, 2]])
UNCAPPED = resolve("uncapped")
DRIVEN = {"clock": ClockKind.DRIVEN, "secret": b"secret"}


@frozen
class Certificates:
    """What a server shows, and a client that believes it."""

    files: TlsFiles
    client: ssl.SSLContext


def make_certificates(folder: Path) -> Certificates:
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    files = TlsFiles(folder / "server.pem", folder / "server.key")
    files.certificate.write_bytes(b"".join(one.bytes() for one in certificate.cert_chain_pems))
    files.key.write_bytes(certificate.private_key_pem.bytes())
    client = ssl.create_default_context()
    authority.configure_trust(client)
    return Certificates(files, client)


@frozen
class Kind:
    """One of the shells, with TLS or without."""

    shell: ShellKind
    certificates: Certificates | None

    async def stream(self, port: int) -> trio.abc.Stream:
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        if self.certificates is None:
            return stream
        return trio.SSLStream(stream, self.certificates.client, server_hostname="127.0.0.1")


class Running:
    """A server in this process."""

    def __init__(self, nursery: trio.Nursery, kind: Kind) -> None:
        self.kind = kind
        self._nursery = nursery
        self._served = trio.Event()
        self._result: Served | None = None
        self.said: list[str] = []
        self.handle: Serving | None = None

    async def start(self, **options) -> None:
        tls = None if self.kind.certificates is None else self.kind.certificates.files
        given = {"roster": ROSTER, "policy": UNCAPPED, "shell": self.kind.shell, "tls": tls}
        self.handle = await self._nursery.start(self._run, ServeOptions(**(given | options)))

    async def _run(self, options: ServeOptions, *, task_status: trio.TaskStatus[Serving]) -> None:
        self._result = await serve(options, say=self.said.append, task_status=task_status)
        self._served.set()

    async def stopped(self) -> Served:
        """What it says once it has stopped."""
        await self._served.wait()
        assert self._result is not None
        return self._result

    async def stop(self) -> Served:
        assert self.handle is not None
        self.handle.stop()
        return await self.stopped()

    @property
    def ended_by(self) -> dict[str, int]:
        """How many sessions ended for which reason, those alone that happened."""
        assert self.handle is not None
        return {
            cause: count for cause, count in self.handle.exchange.books.ended_by.items() if count
        }

    async def until(self, holds: Callable[[Exchange], bool]) -> None:
        """Wait until something holds that peers cannot see."""
        assert self.handle is not None
        exchange = self.handle.exchange
        await until(lambda: holds(exchange))

    @property
    def port(self) -> int:
        assert self.handle is not None
        return int(self.handle.address.rpartition(":")[2])

    @asynccontextmanager
    async def chat(self, user: int):
        async with converse(await self.kind.stream(self.port), user=user) as chat:
            yield chat

    async def peer(self, *first: Inbound) -> Peer:
        peer = Peer(await self.kind.stream(self.port))
        for message in first:
            await peer.say(message)
        return peer

    async def logged_in(self, user: int) -> Peer:
        peer = await self.peer(Hello(user, 0))
        assert isinstance(await peer.hear(), Welcome)
        return peer


class Peer:
    """A connection that says whatever a test wants."""

    def __init__(self, stream: trio.abc.Stream) -> None:
        self.stream = stream
        self._deframer = Deframer(2 * FRAME_MAX)
        self._heard: list[Outbound] = []

    async def say(self, message: Inbound, body: bytes = b"") -> None:
        await self.stream.send_all(frame(message, body))

    async def hear(self) -> Outbound | None:
        """The next message; None at an orderly end of the stream."""
        while not self._heard:
            data = await self.stream.receive_some()
            if not data:
                return None
            frames = self._deframer.feed(data)
            self._heard += [decode_outbound(header, body) for header, body in frames]
        return self._heard.pop(0)

    async def refusal(self) -> str:
        """Why the server ended the session, which it then does."""
        heard = await self.hear()
        assert isinstance(heard, Refusal)
        assert await self.hear() is None
        await self.gone()
        return heard.text

    async def gone(self) -> None:
        """Break off without a word."""
        await trio.aclose_forcefully(self.stream)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that nobody announces."""
    tries = 0
    while not holds():
        await trio.testing.wait_all_tasks_blocked(0.001)
        tries += 1
        assert tries < 10_000


def frame(message: Inbound, body: bytes = b"") -> bytes:
    return head_of(encode(message), len(body)) + body


async def greets(one: Chat, other: Chat) -> None:
    """One person writes to another, who reads it."""
    assert await one.send("hello", to=[other.user]) == ALLOWED
    assert (await anext(other)).body == b"hello"


async def people_are_served(server: Running) -> None:
    async with server.chat(0) as one, server.chat(1) as other:
        await greets(one, other)


class Workbench:
    """A shell without a listening socket, whose exchange a test arranges."""

    def __init__(self, nursery: trio.Nursery, shell: ShellKind) -> None:
        self._nursery = nursery
        self._shell = shell
        self.relay = Relay(ROSTER, (compile_row(UNCAPPED),), RelaySettings())
        self.said: list[str] = []
        self.exchange: Exchange
        self._ours: list[trio.socket.SocketType] = []

    async def start(self, **arguments) -> None:
        self.exchange = Exchange(self.relay, lambda: 0, self.said.append, **arguments)
        await self._nursery.start(shell_of(self._shell, self.exchange).run)

    def peer(self, *, buffer: int | None = None) -> Peer:
        """A connection over a pair of sockets, with a small buffer if a test wants it to be full soon."""
        ours, theirs = socket.socketpair()
        if buffer is not None:
            theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer)
        theirs.setblocking(False)
        self.exchange.let_in(theirs)
        self.exchange.close_batch()
        connected = trio.socket.from_stdlib_socket(ours)
        self._ours.append(connected)
        return Peer(trio.SocketStream(connected))

    async def logged_in(self, user: int, **options) -> Peer:
        peer = self.peer(**options)
        await peer.say(Hello(user, 0))
        assert isinstance(await peer.hear(), Welcome)
        return peer

    def close(self) -> None:
        """Leave nothing open, however the test ended."""
        for ours in self._ours:
            ours.close()
        self.exchange.close()
        self._nursery.cancel_scope.cancel()


class NoShell:
    """Nobody waits for sockets; the test says what came."""

    def join(self, session: Session) -> None:
        pass

    def watch_room(self, session: Session) -> None:
        pass

    def forget(self, session: Session) -> None:
        pass


class ByHand:
    """An exchange whose batches a test makes one by one."""

    def __init__(
        self, users: int = 10, settings: RelaySettings = RelaySettings(), root=b"", **arguments
    ) -> None:
        roster = Groups(users, [range(users - 1)])
        self.relay = Relay(roster, (compile_row(UNCAPPED),), settings, root=root)
        self.exchange = Exchange(self.relay, lambda: 0, print, **arguments)
        self.exchange.sessions.shell = NoShell()
        self._sockets: list[socket.socket] = []
        self._acts = 0

    def fresh_acts(self) -> int:
        """How many acts were decided since this was asked last."""
        acts = self.relay.books.acts
        fresh, self._acts = acts - self._acts, acts
        return fresh

    def connect(self) -> Session:
        ours, theirs = socket.socketpair()
        theirs.setblocking(False)
        self._sockets.append(ours)
        self.exchange.let_in(theirs)
        return list(self.exchange.sessions.by_number.values())[-1]

    def log_in(self, user: int) -> Session:
        session = self.connect()
        self.batch({session: frame(Hello(user, 0))})
        self.batch({})  # a stranger's frames wait for their turn
        return session

    def batch(self, received: dict[Session, bytes]) -> None:
        self.exchange.run_ready()
        for session, data in received.items():
            self.exchange.received(session, data)
        self.exchange.close_batch()

    def close(self) -> None:
        self.exchange.close()
        for one in self._sockets:
            one.close()
