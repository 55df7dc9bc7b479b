"""A server with a store in a process of its own, to be killed; run as a program with one JSON object.

It prints its address. `kill_after`: it kills itself by SIGKILL once so many transactions are committed, after the
commit and before anything of it is released. `pages`: the disk is full when the file has so many pages more.
`careless`: it says that everything is committed and commits nothing, so that whoever looks for losses can be seen to
find them.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import trio

from chatsim.errors import ChatsimError
from chatsim.model import ONE_DAY, Enforcement
from chatsim.policy.presets import resolve
from chatsim.relay.changes import Change, Saved
from chatsim.relay.roster import OpenRoster
from chatsim.server.observing import NoObserver
from chatsim.server.options import ServeOptions, ShellKind
from chatsim.server.server import Served, Serving, serve, to_stderr
from chatsim.store.location import StoreLocation
from chatsim.store.sqlite import SqliteStore

USERS = 1 << 32


class Killer(NoObserver):
    """Called in the loop before the outputs of the commit are sent."""

    def __init__(self, after: int) -> None:
        self._left = after

    def committed(self, seconds: float) -> None:
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def limit_pages(more: int) -> None:
    """As on a full disk, every store that is opened takes only so many pages more."""
    load = SqliteStore.load

    def limited(self: SqliteStore) -> Saved:
        ((pages,),) = self._connection.execute("PRAGMA page_count")
        self._connection.execute(f"PRAGMA max_page_count = {pages + more}").fetchall()
        return load(self)

    SqliteStore.load = limited  # type: ignore[method-assign]


def forget(store: SqliteStore, changes: Sequence[Change], tick: int) -> None:
    """In the place of a commit."""


async def main(given: dict[str, Any]) -> int:
    if given.get("pages"):
        limit_pages(given["pages"])
    if given.get("careless"):
        SqliteStore.commit = forget  # type: ignore[assignment, method-assign]
    options = ServeOptions(
        roster=OpenRoster(USERS),
        policy=resolve("whatsapp-latest"),
        port=0,
        store=StoreLocation(Path(given["path"])),
        shell=ShellKind(given["shell"]),
        enforcement=Enforcement(given.get("enforcement", "clear")),
        expiry_ticks=given.get("expiry_ticks", ONE_DAY),
        refill_ticks=10**9,  # what a person has used of a cap stays used
    )
    observer = Killer(given["kill_after"]) if given.get("kill_after") else None
    served: list[Served] = []

    async def serving(*, task_status: trio.TaskStatus[Serving]) -> None:
        served.append(await serve(options, observer=observer, task_status=task_status))
        nursery.cancel_scope.cancel()

    with trio.open_signal_receiver(signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            handle = await nursery.start(serving)
            print(handle.address, flush=True)
            async for _ in signals:
                handle.stop()
    if served[0].failure is None:
        return 0
    to_stderr(f"Error: {served[0].failure}")
    return 1


if __name__ == "__main__":
    try:
        sys.exit(trio.run(main, json.loads(sys.argv[1])))
    except ChatsimError as error:
        to_stderr(f"Error: {error}")
        sys.exit(2)
