"""The body of `chatsim serve`: signals, and one line of JSON at the start and one at the stop.

Programs read stdout; the log and, at the very end, why a server failed go to stderr.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys

import trio
from attrs import asdict

from chatsim.errors import ChatsimError
from chatsim.model import Traceability
from chatsim.server.heap import settled_heap
from chatsim.server.logs import ForeignLines, Log
from chatsim.server.operating import OperatedServer, Operations
from chatsim.server.options import ServeOptions, is_loopback
from chatsim.server.ruling import ruling_of
from chatsim.server.server import Served, Serving, serve, to_stderr
from chatsim.server.timings import Timings
from chatsim.wire.fields import VERSION


def run(options: ServeOptions, operations: Operations = Operations()) -> int:
    """Serve until it is to stop; returns the exit status: 0, or 1 when the server could not go on."""
    log = Log(sys.stderr, operations.log_format, operations.log_level)
    libraries, lines = logging.getLogger(), ForeignLines(log)
    libraries.addHandler(lines)
    try:
        served = trio.run(_serve_until_signalled, options, operations, log)
    except* ChatsimError as group:
        raise _first(group) from None
    finally:
        libraries.removeHandler(lines)
    books = served.books
    log.info(
        "server_stopped",
        copies=books.copies,
        acts=books.acts,
        refused=books.refused,
        sessions_peak=books.sessions_peak,
        cpu_seconds=round(books.cpu_seconds, 3),
    )
    if served.failure is None:
        return 0
    log.error("server_failed", error=served.failure)
    to_stderr(f"Error: {served.failure}")
    return 1


def _first(group: BaseExceptionGroup[ChatsimError]) -> ChatsimError:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error


async def _serve_until_signalled(options: ServeOptions, operations: Operations, log: Log) -> Served:
    served: list[Served] = []
    timings = Timings()

    async def serving(*, task_status: trio.TaskStatus[Serving]) -> None:
        observer = None if options.is_driven else timings
        served.append(
            await serve(
                options,
                say=lambda text: log.warning("noted", text=text),
                observer=observer,
                task_status=task_status,
            )
        )
        nursery.cancel_scope.cancel()

    expected = [signal.SIGTERM, signal.SIGINT]
    if operations.policy_file is not None:
        expected.append(signal.SIGHUP)
    with trio.open_signal_receiver(*expected) as signals:
        async with trio.open_nursery() as nursery:
            handle = await nursery.start(serving)
            log_start(options, handle, log)
            server = OperatedServer(handle, options.policy, log, timings, options.traceability)
            doors = await nursery.start(server.open_doors, operations)
            nursery.start_soon(server.report_forever)
            line = {"address": handle.address, "pid": os.getpid(), "wire": VERSION}
            _print_line(line | doors | public_values(options, handle))
            with settled_heap():
                async for number in signals:
                    if number == signal.SIGHUP and operations.policy_file is not None:
                        server.reload(operations.policy_file)
                    else:
                        server.drain()
        # A signal that comes late waits for this line: who stops a server wants to read it.
        _print_line({"carried": asdict(served[0].books)})
    return served[0]


def public_values(options: ServeOptions, serving: Serving) -> dict[str, object]:
    """What clients of a server with traceability have to know."""
    if options.traceability is Traceability.NONE:
        return {}
    public = serving.exchange.tracing.public.hex()
    return {"traceability": options.traceability.value, "public": public}


def log_start(options: ServeOptions, serving: Serving, log: Log) -> None:
    """Say what is served, and what whoever started it has accepted."""
    log.info(
        "server_started",
        address=serving.address,
        pid=os.getpid(),
        users=options.roster.users,
        groups=options.roster.groups,
        policy=options.policy.name,
        version=ruling_of(options.policy).version,
        enforcement=options.enforcement.value,
        traceability=options.traceability.value,
        e2ee=options.e2ee,
        clock=options.clock.value,
        shell=options.shell.value,
        store="memory" if options.store is None else f"sqlite ({options.store.sync})",
        tls=options.tls is not None,
        connections_max=serving.connections_max,
    )
    if options.store is not None and options.store.sync.gives_up is not None:
        log.warning("danger_accepted", text=options.store.sync.gives_up)
    if not is_loopback(options.host) and options.tls is None:
        text = "without TLS everybody on the way reads tokens and messages"
        log.warning("danger_accepted", text=text)


def _print_line(value: object) -> None:
    try:
        print(json.dumps(value), flush=True)  # noqa: T201 - stdout is for programs
    except BrokenPipeError:
        sys.stdout = None  # whoever started this has left; nothing else is written there
