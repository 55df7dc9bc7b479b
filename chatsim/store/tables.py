"""Tables of one shape: the number of a row, and an item that only this program looks into.

Rows are slots. They are written over in place, with zeros once nothing lies in them, and never deleted: where rows go
SQLite merges pages, and what it moves leaves a copy behind that it takes for no deleted row, and so for no secret. New
slots are added at the end only, which moves nothing. A free slot is used again; the file keeps its largest size.

All that a commit changes in a table is one statement: Python lets go of its lock at each, and may get it back from a
busy relay only after milliseconds.
"""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate

from attrs import define, field

ROWS_MAX = 1_024
"""In one statement; with the largest frames they are half of the billion bytes that SQLite takes as one value."""
SIZES = tuple((64 << power) * quarters // 4 for power in range(15) for quarters in (4, 5, 6, 7))
"""Bytes of slots, a fourth or less from one to the next."""
_KIND_BITS = 6
"""A row's number ends with the place of its size among all sizes."""
_LENGTH = 4
"""Bytes before an item that say how long it is; 0 in a free slot."""
_SPAN_BITS = 31
_ROW_DIGITS = 20


@define(eq=False)
class Table:
    """One table, and what the next commit writes into it."""

    name: str
    _slots: int = 0
    _free: dict[int, list[int]] = field(factory=dict)
    """Rows of free slots by kind; the last that came free is used first, for its page is at hand."""
    _changed: dict[int, bytes] = field(factory=dict)

    def create(self, connection: sqlite3.Connection) -> None:
        connection.execute(
            f"CREATE TABLE {self.name} (row INTEGER PRIMARY KEY, item BLOB NOT NULL) STRICT"
        )

    def read(self, connection: sqlite3.Connection) -> Iterator[tuple[int, bytes]]:
        """Every (row, item). Once all are read, rows can be added."""
        for row, slot in connection.execute(f"SELECT row, item FROM {self.name} ORDER BY row"):  # noqa: S608
            kind, length = row % (1 << _KIND_BITS), int.from_bytes(slot[:_LENGTH], "big")
            if len(slot) != SIZES[kind] or length > len(slot) - _LENGTH:
                raise ValueError(f"row {row} of {self.name} has another length than it says")
            if length:
                yield row, slot[_LENGTH : _LENGTH + length]
            else:
                self._free.setdefault(kind, []).append(row)
            self._slots = row >> _KIND_BITS

    def add(self, item: bytes) -> int:
        """Returns the row that the item lies in until it is replaced or dropped."""
        kind = bisect_left(SIZES, len(item) + _LENGTH)
        free = self._free.get(kind)
        if free:
            row = free.pop()
        else:
            self._slots += 1
            row = self._slots << _KIND_BITS | kind
        self._changed[row] = _slot(item, SIZES[kind])
        return row

    def replace(self, row: int, item: bytes) -> int:
        """Returns the row that the new item lies in: another where it does not fit."""
        size = SIZES[row % (1 << _KIND_BITS)]
        if len(item) + _LENGTH > size:
            self.drop(row)
            return self.add(item)
        self._changed[row] = _slot(item, size)
        return row

    def drop(self, row: int) -> None:
        kind = row % (1 << _KIND_BITS)
        self._changed[row] = bytes(SIZES[kind])
        self._free.setdefault(kind, []).append(row)

    def write(self, connection: sqlite3.Connection) -> None:
        """Within a transaction of the caller's, which must not go on if this fails."""
        rows = sorted(self._changed)
        for start in range(0, len(rows), ROWS_MAX):
            self._write_at_once(connection, rows[start : start + ROWS_MAX])
        self._changed.clear()

    def _write_at_once(self, connection: sqlite3.Connection, rows: Sequence[int]) -> None:
        """Rows as digits, slots one after another; a number for each says from where to where."""
        slots = [self._changed[row] for row in rows]
        starts = accumulate(map(len, slots), initial=1)
        spans = [
            start << _SPAN_BITS | len(slot) for slot, start in zip(slots, starts, strict=False)
        ]
        statement = (
            f"INSERT OR REPLACE INTO {self.name} SELECT "  # noqa: S608
            f"CAST(substr(?1, {_ROW_DIGITS} * key + 1, {_ROW_DIGITS}) AS INTEGER), "
            f"substr(?2, value >> {_SPAN_BITS}, value & {(1 << _SPAN_BITS) - 1}) FROM json_each(?3)"
        )
        digits = b"%020d" * len(rows) % tuple(rows)
        connection.execute(statement, (digits, b"".join(slots), f"[{','.join(map(str, spans))}]"))


def _slot(item: bytes, size: int) -> bytes:
    return (len(item).to_bytes(_LENGTH, "big") + item).ljust(size, b"\0")
