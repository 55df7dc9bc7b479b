"""A store behind an exchange: its thread commits, and says so in the loop's own thread."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

import trio

from chatsim.errors import StoreError
from chatsim.relay.relay import Relay
from chatsim.server.committing import Journal
from chatsim.server.exchange import Exchange
from chatsim.store.committer import Committer
from chatsim.store.location import StoreLocation
from chatsim.store.sqlite import SqliteStore

SWITCH_SECONDS = 0.000_5
"""How long the loop keeps Python's lock from the store's thread, which asks for it at each statement: a tenth of what
Python grants by itself, and a commit beside a busy loop takes a tenth as well."""
CANNOT_KEEP = "the server cannot keep mail any more, and stops"
"""What peers hear of a store that failed; why, and where it is, is for whoever runs the server."""


class Storing:
    """A store that was read. `restore` and `attach` come before anything is let in."""

    def __init__(self, location: StoreLocation) -> None:
        """Raises ConfigurationError or StoreError."""
        self._store = SqliteStore.open(location.path, location.sync)
        try:
            self.saved = self._store.load()
        except BaseException:
            self._store.close()
            raise
        self.failure: str | None = None
        """Why something could not be kept."""
        self._token = trio.lowlevel.current_trio_token()
        self._committer = Committer(self._store, self._committed, self._failed)
        self._exchange: Exchange | None = None

    def journal(self, relay: Relay) -> Journal:
        """Have the relay go on from what was kept."""
        relay.restore(self.saved)
        return Journal(relay.take_changes, self._committer)

    def attach(self, exchange: Exchange) -> None:
        """Who is told of commits."""
        self._exchange = exchange

    def _committed(self, batch: int, seconds: float) -> None:
        assert self._exchange is not None
        self._token.run_sync_soon(self._exchange.committed, batch, seconds)

    def _failed(self, error: StoreError) -> None:
        self.failure = str(error)
        if self._exchange is not None:
            self._token.run_sync_soon(self._exchange.fail, CANNOT_KEEP)

    def close(self) -> None:
        """Commit what waits and empty the log; waits for the disk."""
        self._committer.close()


@contextlib.contextmanager
def storing(location: StoreLocation | None) -> Iterator[Storing | None]:
    """The store at a location, closed at the end; None where nothing is kept."""
    if location is None:
        yield None
        return
    former = sys.getswitchinterval()
    store = Storing(location)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        yield store
    finally:
        store.close()
        sys.setswitchinterval(former)
