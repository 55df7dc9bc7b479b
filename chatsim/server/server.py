"""The server process: one relay behind one listening socket."""

from __future__ import annotations

import ssl
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Never

import trio
from attrs import field, frozen

from chatsim.model import Traceability
from chatsim.provenance.halves import Tracing
from chatsim.provenance.keys import fresh, keyed
from chatsim.provenance.modes import set_up
from chatsim.relay.admission import Anybody
from chatsim.relay.changes import Saved
from chatsim.relay.relay import Relay
from chatsim.relay.settings import RelaySettings
from chatsim.server.accepting import Bounds, Door
from chatsim.server.clocks import clock_of
from chatsim.server.committing import Journal
from chatsim.server.exchange import Exchange
from chatsim.server.keeping import Keeper, keeping
from chatsim.server.listening import address_of, connections_permitted, listen
from chatsim.server.observing import Observer
from chatsim.server.options import ServeOptions, ShellKind
from chatsim.server.portable import Portable
from chatsim.server.reactor import Reactor
from chatsim.server.ruling import rows_of
from chatsim.server.tls import server_context

DRIVER_SECONDS = 60.0
"""How long a driven server waits for its first driver."""
GOODBYE_SECONDS = 5.0
"""How long a stopping server takes to send what is left."""
SWEEP_SECONDS = 0.5
"""How often the shell looks for sessions whose time is over."""
ELAPSED_SECONDS = 1.0


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
    hurry: Callable[[], None] = field(repr=False)
    """Have it send no more of what is left."""
    exchange: Exchange = field(repr=False)
    """What it carries, counted while it runs; and where its policy is changed."""


@frozen
class Served:
    """A server that stopped."""

    books: ServerBooks
    failure: str | None
    """Why it could not go on; None after an orderly stop."""


def to_stderr(text: str) -> None:
    """A message for a human."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - a server speaks on stderr


async def serve(
    options: ServeOptions,
    *,
    say: Callable[[str], None] = to_stderr,
    observer: Observer | None = None,
    tracing: Tracing | None = None,
    task_status: trio.TaskStatus[Serving] = trio.TASK_STATUS_IGNORED,
) -> Served:
    """Serve until somebody calls `stop`, a driven run or a commit fails, or the last driver leaves.

    `tracing`: a traceability mode that is none of ours, in place of the one that `options` name.

    Raises ConfigurationError where the address, the number of connections or the certificate cannot be had, and
    StoreError where the store cannot be read.
    """
    connections_max = connections_permitted(options.connections_max)
    context = None if options.tls is None else server_context(options.tls)
    async with keeping(options.store) as keeper:
        exchange = _exchange(options, context, keeper, say, observer, tracing)
        cpu_start = time.process_time()
        with listen(options.host, options.port) as listener:
            door = Door(listener, exchange, Bounds(connections_max), say)
            goodbye = trio.CancelScope(relative_deadline=GOODBYE_SECONDS)
            serving = Serving(
                address_of(listener), connections_max, exchange.over.set, goodbye.cancel, exchange
            )
            async with trio.open_nursery() as nursery:
                await nursery.start(shell_of(options.shell, exchange).run)
                accepting = await nursery.start(_cancellable, door.accept_forever)
                for task in _tasks(options):
                    nursery.start_soon(task, exchange)
                task_status.started(serving)
                await exchange.over.wait()
                accepting.cancel()
                books = _books(exchange, time.process_time() - cpu_start)
                with goodbye:
                    await exchange.say_goodbye("the server stops")
                exchange.close()
                nursery.cancel_scope.cancel()
    return Served(books, exchange.failure)


def _exchange(
    options: ServeOptions,
    context: ssl.SSLContext | None,
    keeper: Keeper | None,
    say: Callable[[str], None],
    observer: Observer | None,
    tracing: Tracing | None,
) -> Exchange:
    admission = Anybody() if options.insecure else options.admission or Anybody()
    settings = _settings(options, journal=keeper is not None)
    rows = rows_of(options.policy, options.roster.parts, options.enforcement, sealed=options.e2ee)
    saved = None if keeper is None else keeper.saved
    root, relays = _roots(options, saved)
    mode = tracing or set_up(options.traceability, root)
    relay = Relay(options.roster, rows, settings, admission, mode.relay, relays)
    if saved is not None:
        relay.restore(saved)
    exchange = Exchange(
        relay,
        clock_of(options, relay, saved),
        say,
        tls=context,
        journal=None if keeper is None else Journal(relay.take_changes, keeper),
        observer=observer,
        idle_seconds=None if options.is_driven else options.idle_seconds,
        tracing=mode,
    )
    if keeper is not None:
        keeper.start(exchange)
    return exchange


def _roots(options: ServeOptions, saved: Saved | None) -> tuple[bytes, bytes]:
    """What the traceability's keys follow from, and the relay's, which a store keeps; empty where there are no keys.

    As given, as the store has it, or fresh. They are one, unless a key of the former is not for the relay to have.
    """
    kept = b"" if saved is None else saved.root
    if options.traceability is Traceability.TAG_ESCROWED:
        root = options.root or fresh()
        keyed_relay = options.enforcement.has_keys
        if kept == root:  # a mode's whose relay had it
            kept = b""
        return root, kept or (keyed(root, b"relay root") if keyed_relay else b"")
    if not options.enforcement.has_keys and options.traceability is Traceability.NONE:
        return kept, kept
    root = options.root or kept or fresh()
    return root, root


def shell_of(kind: ShellKind, exchange: Exchange) -> Reactor | Portable:
    """The shell of that kind."""
    match kind:
        case ShellKind.REACTOR:
            return Reactor(exchange)
        case ShellKind.PORTABLE:
            return Portable(exchange)


def _settings(options: ServeOptions, *, journal: bool) -> RelaySettings:
    return RelaySettings(
        enforcement=options.enforcement,
        refill_ticks=options.refill_ticks,
        drivers=options.drivers if options.is_driven else 0,
        secret=options.secret,
        mailbox_max=None if options.is_driven else options.mailbox_max,
        per_sender_max=None if options.is_driven else options.per_sender_max,
        copies_per_act_max=None if options.is_driven else options.copies_per_act_max,
        expiry_ticks=options.expiry_ticks,
        sealed_only=options.e2ee,
        journal=journal,
    )


def _books(exchange: Exchange, cpu_seconds: float) -> ServerBooks:
    books = exchange.relay.books
    return ServerBooks(
        copies=books.copies,
        cpu_seconds=cpu_seconds,
        bytes_in=exchange.books.bytes_in,
        bytes_out=exchange.books.bytes_out,
        mailbox_peak=books.mailbox_peak,
        acts=books.acts,
        refused=books.refused,
        sessions_peak=exchange.books.sessions_peak,
    )


async def _expect_drivers(exchange: Exchange) -> None:
    await trio.sleep(DRIVER_SECONDS)
    if not exchange.driver_joined:
        exchange.fail(f"no driver came within {DRIVER_SECONDS:.0f} seconds")


def _tasks(options: ServeOptions) -> Sequence[Callable[[Exchange], Awaitable[object]]]:
    """What goes on beside the shell."""
    if options.is_driven:
        return (_sweep_forever, _expect_drivers)
    return (_sweep_forever, _elapse_forever)


async def _sweep_forever(exchange: Exchange) -> Never:
    """Look after time, and notice how late the loop is."""
    while True:
        due = trio.current_time() + SWEEP_SECONDS
        await trio.sleep_until(due)
        exchange.observer.loop_lag(trio.current_time() - due)
        exchange.sweep()
        exchange.close_batch()


async def _elapse_forever(exchange: Exchange) -> Never:
    """Have the relay tell presence and let go of what is too old."""
    while True:
        await trio.sleep(ELAPSED_SECONDS)
        exchange.elapse()
        exchange.close_batch()


async def _cancellable(
    run: Callable[[], Awaitable[Never]], *, task_status: trio.TaskStatus[trio.CancelScope]
) -> None:
    with trio.CancelScope() as scope:
        task_status.started(scope)
        await run()
