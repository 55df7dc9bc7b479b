"""What is at rest: a bench whose relay has a store on the disk, and what an attacker finds in it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from attrs import define

from chatsim.provenance.values import Stored
from chatsim.relay.changes import Saved, Traced, Untraced
from chatsim.store.sqlite import SqliteStore
from chatsim.testing.probes.bench import EXPIRY_TICKS, REFILL_TICKS, Bench, pairs
from chatsim.testing.probes.looking import DEVICES, is_root, rows_of
from chatsim.testing.probes.mode import Mode
from chatsim.testing.probes.recording import Pages
from chatsim.testing.probes.remembered import objects

FEW, MANY = 20, 200
SLACK = 8
"""Bytes, and objects, by which something may change that does not grow."""


@define(eq=False)
class Shelf:
    """A store that takes what the relay of a bench changes."""

    path: Path
    root: bytes
    """What the relay's keys follow from: a store has it, and nothing else does that is not about somebody."""
    _store: SqliteStore

    def keep(self, bench: Bench) -> None:
        """Commit, and empty the log, as a server does a minute later at the latest."""
        bench.commit(self._store)
        self._store.checkpoint()

    def rows(self) -> dict[str, list[bytes]]:
        """What lies there by table, but for counters and last verdicts of devices, and the root of keys."""
        found: dict[str, list[bytes]] = {}
        for table, item in rows_of(self.path):
            if table != DEVICES and not is_root(item, self.root):
                found.setdefault(table, []).append(item)
        return found

    def size(self) -> int:
        """Bytes of all that."""
        return sum(len(item) for items in self.rows().values() for item in items)

    def close(self) -> Saved:
        """Let go of the file; what another relay takes over from it."""
        self._store.close()
        store = SqliteStore.open(self.path)
        try:
            return store.load()
        finally:
            store.close()


@contextmanager
def shelf(root: bytes) -> Iterator[Shelf]:
    """In a folder that goes when the probe is done."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "probed.db"
        store = SqliteStore.open(path)
        try:
            store.load()
            yield Shelf(path, root, store)
        finally:
            store.close()


def book_of(bench: Bench) -> Pages:
    """The traceability's book, of what the relay told a store."""
    book: dict[bytes, bytes] = {}
    for change in bench.changes:
        match change:
            case Traced():
                book[change.key] = change.value
            case Untraced():
                book.pop(change.key, None)
            case _:
                pass
    return Pages(book.items())


class Size(NamedTuple):
    """Of all that is kept."""

    at_rest: int
    """Bytes in the store."""
    objects: int
    """In the relay's memory."""


class Growth(NamedTuple):
    """Sizes, one after another; everything is delivered, so that no mail waits."""

    empty: Size
    few: Size
    many: Size
    """After ten times as many originals."""
    refilled: Size
    """When the caps are fresh again."""
    forwards: Size
    """After as many forwards on top."""
    expired: Size


def growth(mode: Mode) -> Growth:
    """How what is kept grows, and what is left of it after its expiry."""
    with shelf(mode.root) as kept:
        bench = Bench(mode, pairs(MANY + 2))
        left_out = [bench.company, mode.tracing.relay]

        def size() -> Size:
            kept.keep(bench)
            return Size(kept.size(), objects(bench.relay, left_out))

        def write(first: int, last: int) -> Size:
            for user in range(first, last):
                bench.original(user, b"%08d" % user, user + 1)
            return size()

        empty, few, many = size(), write(0, FEW), write(FEW, MANY)
        bench.elapse(REFILL_TICKS)
        refilled = size()
        for user in range(MANY):
            bench.forward(user + 1, bench.last(user + 1), user + 2)
        forwards = size()
        bench.elapse(EXPIRY_TICKS)
        return Growth(empty, few, many, refilled, forwards, size())


def stored(mode: Mode) -> Stored | None:
    """What grows: with every message, for good or a moment, with forwards alone, or never; at rest as in memory.

    None where the two differ, something outlives its expiry, or grows in another way.
    """
    grown = growth(mode)
    answers = {_grows(*(getattr(size, of) for size in grown)) for of in Size._fields}
    return answers.pop() if len(answers) == 1 else None


def _grows(
    empty: int, few: int, many: int, refilled: int, forwards: int, expired: int
) -> Stored | None:
    if expired > empty + SLACK:
        return None
    if few > empty + SLACK and many - empty >= 0.9 * MANY / FEW * (few - empty):
        return Stored.ALL if refilled > many - SLACK else _issued(empty, refilled, forwards)
    if many > empty + SLACK:
        return None
    return Stored.SPENT if forwards > many + SLACK else Stored.NOTHING


def _issued(empty: int, refilled: int, forwards: int) -> Stored | None:
    falls_back = refilled <= empty + SLACK
    return Stored.ISSUED if falls_back and forwards > refilled + SLACK else None


def entry_bytes(mode: Mode, messages: int = 1_000) -> float:
    """Bytes at rest for each message, half of which are forwards, while nothing has expired."""
    with shelf(mode.root) as kept:
        bench = Bench(mode, pairs(messages + 2))
        for user in range(messages // 2):
            bench.original(user, b"%08d" % user, user + 1)
            bench.forward(user + 1, bench.last(user + 1), user + 2)
        kept.keep(bench)
        return kept.size() / messages
