"""The server process: one relay behind one listening socket."""

from __future__ import annotations

import errno
import socket
import sys
import time
from collections.abc import Callable

import trio
from attrs import field, frozen

from chatsim.policy import compile_row
from chatsim.relay.relay import Relay, RelaySettings
from chatsim.server.clocks import clock_of
from chatsim.server.listening import address_of, connections_permitted, listen
from chatsim.server.options import ServeOptions
from chatsim.server.shell import LINGER_SECONDS, Shell
from chatsim.wire.codec import encode
from chatsim.wire.framing import head_of
from chatsim.wire.messages import Refusal

DRIVER_SECONDS = 60.0
"""How long a driven server waits for its first driver."""
GOODBYE_SECONDS = 5.0
"""How long a stopping server takes to send what is left."""
ACCEPT_AT_ONCE = 64
TURNED_AWAY_AT_ONCE = 16


@frozen
class ServerBooks:
    """What a server carried. CPU counts from the moment it listens; bytes are those of the streams."""

    copies: int
    cpu_seconds: float
    bytes_in: int
    bytes_out: int
    mailbox_peak: int
    """The most copies that one device had not acknowledged at one time."""
    acts: int
    refused: int
    sessions_peak: int


@frozen
class Serving:
    """A server that listens."""

    address: str
    connections_max: int
    stop: Callable[[], None] = field(repr=False)
    """Ask it to stop; it sends what is left first."""


@frozen
class Served:
    """A server that stopped."""

    books: ServerBooks
    failure: str | None
    """Why a driven run could not go on; None after an orderly stop."""


def to_stderr(text: str) -> None:
    """A message for a human."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a server speaks on stderr


async def serve(
    options: ServeOptions,
    *,
    say: Callable[[str], None] = to_stderr,
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> Served:
    """Serve until somebody calls `stop`, a driven run fails, or the last driver leaves.

    Raises ConfigurationError where the address or the number of connections cannot be had.
    """
    connections_max = connections_permitted(options.connections_max)
    relay = Relay(options.roster, compile_row(options.policy), _settings(options))
    shell = Shell(relay, clock_of(options, relay), say)
    cpu_start = time.process_time()
    listener = listen(options.host, options.port)
    with listener:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(shell.flush_forever, nursery)
            accepting = await nursery.start(_accept, listener, shell, connections_max, say)
            if options.is_driven:
                nursery.start_soon(_expect_drivers, shell)
            task_status.started(Serving(address_of(listener), connections_max, shell.over.set))
            await shell.over.wait()
            accepting.cancel()
            books = _books(shell, time.process_time() - cpu_start)
            with trio.move_on_after(GOODBYE_SECONDS):
                await shell.say_goodbye(shell.failure or "the server stops")
            nursery.cancel_scope.cancel()
    return Served(books, shell.failure)


def _settings(options: ServeOptions) -> RelaySettings:
    return RelaySettings(
        enforcement=options.enforcement,
        refill_ticks=options.refill_ticks,
        drivers=options.drivers if options.is_driven else 0,
        secret=options.secret,
    )


def _books(shell: Shell, cpu_seconds: float) -> ServerBooks:
    books = shell.relay.books
    return ServerBooks(
        copies=books.copies,
        cpu_seconds=cpu_seconds,
        bytes_in=shell.bytes_in,
        bytes_out=shell.bytes_out,
        mailbox_peak=books.mailbox_peak,
        acts=books.acts,
        refused=books.refused,
        sessions_peak=shell.sessions_peak,
    )


async def _expect_drivers(shell: Shell) -> None:
    await trio.sleep(DRIVER_SECONDS)
    if not shell.driver_joined:
        shell.failure = f"no driver came within {DRIVER_SECONDS:.0f} seconds"
        shell.over.set()


async def _accept(
    listener: socket.socket,
    shell: Shell,
    connections_max: int,
    say: Callable[[str], None],
    *,
    task_status: trio.TaskStatus[trio.CancelScope],
) -> None:
    """Take connections up to the bound, and tell the others why not."""
    turned_away = trio.CapacityLimiter(TURNED_AWAY_AT_ONCE)
    async with trio.open_nursery() as conversations:
        with trio.CancelScope() as scope:
            task_status.started(scope)
            while True:
                await trio.lowlevel.wait_readable(listener)
                for _ in range(ACCEPT_AT_ONCE):
                    peer = await _next_peer(listener, say)
                    if peer is None:
                        break
                    if shell.connections < connections_max:
                        conversations.start_soon(shell.converse, peer)
                        await trio.lowlevel.checkpoint()
                    elif turned_away.available_tokens:
                        text = f"this server takes {connections_max:,} connections, and has them"
                        conversations.start_soon(_turn_away, peer, text, turned_away)
                        await trio.lowlevel.checkpoint()
                    else:
                        peer.close()


async def _next_peer(listener: socket.socket, say: Callable[[str], None]) -> socket.socket | None:
    try:
        peer, _ = listener.accept()
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM):
            say(f"cannot take a connection now: {error.strerror}")
            await trio.sleep(LINGER_SECONDS)
        return None  # nobody waits, or who waited has left
    peer.setblocking(False)
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    return peer


async def _turn_away(peer: socket.socket, text: str, limiter: trio.CapacityLimiter) -> None:
    """Say why, and close once the peer has had a moment to read it."""
    async with limiter:
        stream = trio.SocketStream(trio.socket.from_stdlib_socket(peer))
        with trio.move_on_after(LINGER_SECONDS):
            try:
                await stream.send_all(head_of(encode(Refusal(text)), 0))
                await stream.send_eof()
                while await stream.receive_some():
                    pass
            except trio.BrokenResourceError:
                pass
        with trio.CancelScope(shield=True):
            await trio.aclose_forcefully(stream)
