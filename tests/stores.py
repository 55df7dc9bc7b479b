"""What tests of the store share."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from chatsim.relay.changes import Change, Saved, SavedDevice
from chatsim.store.location import Sync
from chatsim.store.sqlite import SqliteStore
from chatsim.store.tables import Table


@contextlib.contextmanager
def opened(path: Path, sync: Sync = Sync.FULL) -> Iterator[SqliteStore]:
    """A store that was loaded."""
    store = SqliteStore.open(path, sync)
    try:
        store.load()
        yield store
    finally:
        store.close()


def commit(path: Path, *batches: Sequence[Change], tick: int = 0) -> None:
    with opened(path) as store:
        for batch in batches:
            store.commit(batch, tick)


def load(path: Path) -> Saved:
    store = SqliteStore.open(path)
    try:
        return store.load()
    finally:
        store.close()


def device_of(saved: Saved, user: int, device: int = 0) -> SavedDevice:
    (found,) = [each for each in saved.devices if (each.user, each.device) == (user, device)]
    return found


def rows(path: Path, table: str) -> int:
    """In how many slots of a table something lies; the store's file must be closed."""
    store = SqliteStore.open(path)
    try:
        return len(list(Table(table).read(store._connection)))
    finally:
        store.close()


def raw_bytes(path: Path) -> bytes:
    """What the files of a store hold on the disk, also while it is open."""
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob(f"{path.name}*")))
