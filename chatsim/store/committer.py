"""The thread that owns a store: batches that wait together become one transaction, in order.

The more there is to do, the more batches share one wait for the disk.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from chatsim.errors import StoreError
from chatsim.relay.changes import Change

IDLE_SECONDS = 1.0
"""Without work, after which the log is emptied."""
CHECKPOINT_SECONDS = 60.0
"""At most this long after mail was dropped its text may still be in the log, and as long as a commit takes."""
LOG_BYTES = 64 * 2**20
"""A longer log is emptied at once, so that emptying it never takes long."""


class Store(Protocol):
    def commit(self, changes: Sequence[Change], tick: int) -> None: ...
    def checkpoint(self) -> None: ...
    def log_bytes(self) -> int: ...
    def close(self) -> None: ...


class _Batch(NamedTuple):
    number: int
    changes: Sequence[Change]
    tick: int


class Committer:
    """Commits what is submitted. Callbacks are called on the store's thread.

    `on_committed(number, seconds)`: every batch up to this one is kept, and how long the transaction took.
    `on_failed(error)`: once, when something could not be kept; nothing that came after it is ever committed.
    """

    def __init__(
        self,
        store: Store,
        on_committed: Callable[[int, float], None],
        on_failed: Callable[[StoreError], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._store = store
        self._on_committed = on_committed
        self._on_failed = on_failed
        self._clock = clock
        self._idle_seconds = idle_seconds
        self._waiting: queue.SimpleQueue[_Batch | None] = queue.SimpleQueue()
        self._is_closing = False
        self._checkpointed: float | None = None
        """When the log was last empty; None while it is."""
        self._thread = threading.Thread(target=self._run, name="store", daemon=True)
        self._thread.start()

    def submit(self, batch: int, changes: Sequence[Change], tick: int) -> None:
        """Never blocks. `changes` must not be touched any more."""
        self._waiting.put(_Batch(batch, changes, tick))

    def close(self) -> None:
        """Commit what waits, empty the log and close the store; returns when all that is done or has failed."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        try:
            while batches := self._take():
                self._commit(batches)
                self._checkpoint_if_due()
            self._checkpoint()
        except StoreError as error:
            self._on_failed(error)
        except BaseException as error:
            self._on_failed(StoreError(f"the store came upon a defect: {error!r}"))
            raise
        finally:
            self._store.close()

    def _take(self) -> list[_Batch]:
        """All batches that wait, at least one; none when closing."""
        batches: list[_Batch] = []
        while not self._is_closing:
            try:
                batch = self._waiting.get(block=not batches, timeout=self._patience)
            except queue.Empty:
                if batches:
                    break
                self._checkpoint()
                continue
            if batch is None:
                self._is_closing = True
            else:
                batches.append(batch)
        return batches

    @property
    def _patience(self) -> float | None:
        """How long to wait for work: for ever while the log is empty."""
        return None if self._checkpointed is None else self._idle_seconds

    def _commit(self, batches: Sequence[_Batch]) -> None:
        start = self._clock()
        changes = [change for batch in batches for change in batch.changes]
        if changes and self._checkpointed is None:
            self._checkpointed = start
        last = batches[-1]
        self._store.commit(changes, last.tick)
        self._on_committed(last.number, self._clock() - start)

    def _checkpoint_if_due(self) -> None:
        since = self._checkpointed
        if since is None:
            return
        if self._clock() - since >= CHECKPOINT_SECONDS or self._store.log_bytes() >= LOG_BYTES:
            self._checkpoint()

    def _checkpoint(self) -> None:
        if self._checkpointed is not None:
            self._store.checkpoint()
            self._checkpointed = None
