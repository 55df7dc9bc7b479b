"""Looking for users in bytes, in every way in which a program is likely to have written a number."""

from __future__ import annotations

import base64
import hashlib
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

WIDTH = 8
"""Bytes in common by which two slots are taken for linked; random bytes have so many in common never."""
DEVICES = "devices"
"""The store's table of counters and last verdicts."""
PROBED_FROM = 3_000_000_007
"""Users of probes that look into dumps have numbers from here on, which no counter, tick or length has."""


def spellings(user: int) -> tuple[bytes, ...]:
    """A user's number as raw bytes of both orders and of 4 and 8 bytes (which msgpack has as well), and as text."""
    four, eight = user.to_bytes(4, "big"), user.to_bytes(8, "big")
    raw = (four, four[::-1], eight, eight[::-1])
    encoded = {base64.b64encode(b"\0" * shift + one) for one in (four, eight) for shift in range(3)}
    # Only the middle of a base64 text is the same wherever it begins.
    inner = [one.rstrip(b"=")[4:-1] for one in encoded]
    texts = (b"%d" % user, four.hex().encode(), four.hex().upper().encode())
    return (*raw, *texts, *(one for one in inner if len(one) >= 5))


def users_in(data: bytes, users: Iterable[int]) -> frozenset[int]:
    """Whose numbers can be read in some bytes."""
    return frozenset(user for user in users if any(one in data for one in spellings(user)))


def digests(text: bytes) -> tuple[bytes, ...]:
    """A text's digests without any key."""
    return tuple(
        hashlib.new(name, text).digest()
        for name in ("md5", "sha1", "sha256", "sha512", "blake2b", "blake2s", "sha3_256")
    )


def windows(data: bytes) -> frozenset[bytes]:
    """All runs of WIDTH bytes, but those that are mostly one byte."""
    runs = (data[at : at + WIDTH] for at in range(len(data) - WIDTH + 1))
    return frozenset(run for run in runs if len(set(run)) > WIDTH // 2)


def files_of(store: Path) -> bytes:
    """What a store's files hold on the disk, its logs included, while a server may have it open."""
    return b"".join(file.read_bytes() for file in sorted(store.parent.glob(f"{store.name}*")))


def rows_of(store: Path) -> Iterator[tuple[str, bytes]]:
    """(table, item) of everything that lies in a store whose log is empty, read from a copy of the file."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "copied.db"
        shutil.copy(store, copied)
        connection = sqlite3.connect(copied)
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'moment'"
            for (table,) in connection.execute(query).fetchall():
                for (slot,) in connection.execute(f"SELECT item FROM {table}").fetchall():  # noqa: S608 - its own name
                    length = int.from_bytes(slot[:4], "big")
                    if length:
                        yield table, slot[: 4 + length]
        finally:
            connection.close()


def is_root(item: bytes, root: bytes) -> bool:
    """Whether a row is the root of the relay's keys."""
    return bool(root) and root in item
