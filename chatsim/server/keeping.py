"""A server's store: what it gives back at the start, and how the shell hears of its commits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import trio

from chatsim.errors import StoreError
from chatsim.relay.changes import Change
from chatsim.server.exchange import Exchange
from chatsim.store.committer import Committer
from chatsim.store.location import StoreLocation
from chatsim.store.sqlite import SqliteStore

FAILED = "the server stops: it cannot keep what it is sent"
"""What peers hear of a commit that failed; where the store lies, and what is wrong with it, is not for them."""


class Keeper:
    """Has batches committed on the store's own thread, and tells an exchange, in trio's."""

    def __init__(self, store: SqliteStore) -> None:
        self._store = store
        self._token = trio.lowlevel.current_trio_token()
        self._exchange: Exchange
        self._committer: Committer | None = None
        self.saved = store.load()

    def start(self, exchange: Exchange) -> None:
        """From here on the store belongs to its thread."""
        self._exchange = exchange
        self._committer = Committer(self._store, self._committed, self._failed)

    def submit(self, batch: int, changes: Sequence[Change], tick: int) -> None:
        assert self._committer is not None
        self._committer.submit(batch, changes, tick)

    def close(self) -> None:
        """Commit what waits; takes as long as the disk does."""
        if self._committer is None:
            self._store.close()
        else:
            self._committer.close()

    def _committed(self, batch: int, seconds: float) -> None:
        with suppress(trio.RunFinishedError):  # nobody is left to be told
            self._token.run_sync_soon(self._exchange.committed, batch, seconds)

    def _failed(self, error: StoreError) -> None:
        with suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._exchange.fail, str(error), FAILED)


@asynccontextmanager
async def keeping(location: StoreLocation | None) -> AsyncIterator[Keeper | None]:
    """The keeper of this store, closed at the end; None without one. Raises StoreError."""
    if location is None:
        yield None
        return
    store = SqliteStore.open(location.path, location.sync)
    try:
        keeper = Keeper(store)
    except BaseException:
        store.close()
        raise
    try:
        yield keeper
    finally:
        with trio.CancelScope(shield=True):
            await trio.to_thread.run_sync(keeper.close)
            await trio.lowlevel.checkpoint()  # for what it told last
