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


def tells_of_pair(content: bytes, users: Sequence[int], near: int = 60) -> bool:
    """Whether the numbers of two users, each from 2^31 up, lie in one row: no further apart than `near` bytes."""
    numbers = [user.to_bytes(4, "big") for user in users]
    for number in numbers:
        at = content.find(number)
        while at >= 0:
            around = content[max(0, at - near) : at + near]
            if any(other in around for other in numbers if other != number):
                return True
            at = content.find(number, at + 1)
    return False
