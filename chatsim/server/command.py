"""The body of `chatsim serve`: signals, and one line of JSON at the start and one at the stop.

Programs read stdout, people read stderr.
"""

from __future__ import annotations

import json
import os
import signal
import sys

import trio
from attrs import asdict

from chatsim.server.options import ServeOptions
from chatsim.server.server import Served, Serving, serve, to_stderr
from chatsim.wire.codec import VERSION


def run(options: ServeOptions) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status: 0, or 1 when a driven run failed."""
    served = trio.run(_serve_until_signalled, options)
    _print_line({"carried": asdict(served.books)})
    if served.failure is None:
        return 0
    to_stderr(f"Error: {served.failure}")
    return 1


async def _serve_until_signalled(options: ServeOptions) -> Served:
    served: list[Served] = []

    async def serving(*, task_status: trio.TaskStatus[Serving]) -> None:
        served.append(await serve(options, task_status=task_status))
        nursery.cancel_scope.cancel()

    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async with trio.open_nursery() as nursery:
            handle = await nursery.start(serving)
            _print_line({"address": handle.address, "pid": os.getpid(), "wire": VERSION})
            _greet(options, handle)
            async for _ in signals:
                handle.stop()
    return served[0]


def _greet(options: ServeOptions, serving: Serving) -> None:
    if options.is_driven:
        return
    to_stderr(
        f"Serving {options.roster.users:,} users at {serving.address} under {options.policy.name}; "
        f"at most {serving.connections_max:,} connections. Ctrl-C stops."
    )


def _print_line(value: object) -> None:
    try:
        print(json.dumps(value), flush=True)  # noqa: T201 - stdout is for programs
    except BrokenPipeError:
        sys.stdout = None  # whoever started this has left; nothing else is written there
