"""What is kept under `clear` enforcement: records, budgets and counts, people's hours, contents: rows of one table.

An item is the kind of change and its fields, so that what is read back is what the relay said last.
"""

from __future__ import annotations

import sqlite3

import msgpack
from attrs import define, field

from chatsim.relay.changes import (
    Budgeted,
    Complained,
    Counted,
    DayOver,
    Delivered,
    Expired,
    HourOver,
    Kept,
    LineageCounted,
    LineageGone,
    LineageUsed,
    Paused,
    PermitFresh,
    PermitSpent,
    Rooted,
    Saved,
    Spent,
    TokenSpent,
    Traced,
    Untraced,
    Unwatched,
    Used,
    Watched,
    Withdrawn,
)
from chatsim.store import watched
from chatsim.store.tables import Table
from chatsim.store.watched import HOUR, WatchedRows, lineage, permit, tokens, trace

OfRecords = Kept | Budgeted | Used | Counted
Entry = OfRecords | watched.Entry

KINDS = (
    *(Kept, Budgeted, Used, Counted, Spent, Delivered, Paused, Complained),
    *(PermitSpent, LineageUsed, LineageCounted, Traced, Rooted, TokenSpent),
)
"""A row's kind is its place here: add at the end only."""


@define(eq=False)
class _Lineage:
    """Rows that go with a lineage's last record."""

    records: int = 0
    used: dict[int, int] = field(factory=dict)
    """By user."""
    counted: int | None = None


@define(eq=False)
class LedgerKeeper:
    """Turns what happens in the ledger into rows."""

    record_number: int = 0
    """The largest ever given."""
    _records: dict[int, int] = field(factory=dict)
    """Rows of records by number."""
    _lineage_of: dict[int, int] = field(factory=dict)
    """Of records that are forwards; an original's lineage has its own number."""
    _budgets: dict[int, dict[int, int]] = field(factory=dict)
    """Rows of budgets by record and user."""
    _lineages: dict[int, _Lineage] = field(factory=dict)
    """Those that were forwarded."""
    _watched: WatchedRows = field(factory=WatchedRows)
    _pack: msgpack.Packer = field(factory=msgpack.Packer)
    _table: Table = field(factory=lambda: Table("ledger"))

    @property
    def tables(self) -> tuple[Table, ...]:
        return (self._table,)

    def changed(self, entry: Entry) -> None:
        former = self._row_of(entry)
        item = self._pack.pack((KINDS.index(type(entry)), *entry))
        if former is None:
            self._note(entry, self._table.add(item))
        else:  # of the same kind, which fits the smallest slot: longer ones are noted once
            self._note(entry, self._table.replace(former, item))

    def watched(self, change: Watched) -> None:
        """Something about people's hours or about contents, which may say that it is forgotten."""
        gone: list[int | None]
        match change:
            case HourOver():
                gone = [*self._watched.forget_all(HOUR)]
            case Unwatched():
                gone = [*self._watched.forget_all(change.digest)]
            case Withdrawn():
                gone = [self._watched.forget(Complained(*change, 0))]
            case Delivered(copies=0):
                gone = [self._watched.forget(change)]
            case PermitFresh():
                gone = [*self._watched.forget_all(permit(change.key))]
            case LineageGone():
                gone = [*self._watched.forget_all(lineage(change.lineage))]
            case DayOver():
                gone = [*self._watched.forget_all(tokens(change.day))]
            case Untraced():
                gone = [*self._watched.forget_all(trace(change.key))]
            case _:
                self.changed(change)
                return
        for row in gone:
            if row is not None:
                self._table.drop(row)

    def _row_of(self, entry: Entry) -> int | None:
        match entry:
            case Kept():
                return self._records.get(entry.number)
            case Budgeted():
                return self._budgets.get(entry.record, {}).get(entry.user)
            case Used():
                return self._lineage(entry.lineage).used.get(entry.user)
            case Counted():
                return self._lineage(entry.lineage).counted
            case _:
                return self._watched.row_of(entry)

    def _note(self, entry: Entry, row: int) -> None:
        """Remember the row of an entry that is new."""
        match entry:
            case Kept():
                if entry.lineage != entry.number:
                    self._lineage_of[entry.number] = entry.lineage
                    self._lineage(entry.lineage).records += 1
                self._records[entry.number] = row
                self.record_number = max(self.record_number, entry.number)
            case Budgeted():
                self._budgets.setdefault(entry.record, {})[entry.user] = row
            case Used():
                self._lineage(entry.lineage).used[entry.user] = row
            case Counted():
                self._lineage(entry.lineage).counted = row
            case _:
                self._watched.note(entry, row)

    def _lineage(self, number: int) -> _Lineage:
        lineage = self._lineages.get(number)
        if lineage is None:
            lineage = self._lineages[number] = _Lineage(records=int(number in self._records))
        return lineage

    def expired(self, change: Expired) -> None:
        number = change.number
        drop = self._table.drop
        drop(self._records.pop(number))
        for row in self._budgets.pop(number, {}).values():
            drop(row)
        origin = self._lineage_of.pop(number, number)
        lineage = self._lineages.get(origin)
        if lineage is None:
            return
        lineage.records -= 1
        if lineage.records:
            return
        for row in lineage.used.values():
            drop(row)
        if lineage.counted is not None:
            drop(lineage.counted)
        del self._lineages[origin]

    def load(self, connection: sqlite3.Connection, saved: Saved) -> None:
        """Fill in the ledger's part of what is given back."""
        others: list[tuple[int, Entry]] = []
        kept: list[tuple[Kept, int]] = []
        for row, item in self._table.read(connection):
            kind, *fields = msgpack.unpackb(item, use_list=False)
            entry: Entry = KINDS[kind](*fields)
            if isinstance(entry, Kept):
                kept.append((entry, row))
            else:
                others.append((row, entry))
        # Slots are used again, so that rows are in no order; a lineage counts its records from the first on.
        for record, row in sorted(kept):
            self._note(record, row)
            saved.records.append(record)
        for row, entry in others:
            self._note(entry, row)
            match entry:
                case Budgeted():
                    saved.budgets.append(entry)
                case Used():
                    saved.used.append(entry)
                case Counted():
                    saved.counted.append(entry)
                case Kept():  # noted above
                    pass
                case _:
                    watched.give_back(entry, saved)
