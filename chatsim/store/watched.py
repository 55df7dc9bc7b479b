"""Which rows hold what is kept of people's hours and of contents; all other rows of the ledger are about records."""

from __future__ import annotations

from attrs import define, field

from chatsim.relay.changes import Complained, Delivered, Paused, Saved, Spent

Entry = Spent | Delivered | Paused | Complained
HOUR = b"hour"
"""Shorter than any digest."""
Group = bytes | tuple[bytes]
"""What is forgotten together: the hour, a content's copies and pauses by digest, or its complaints."""


@define(eq=False)
class WatchedRows:
    """Rows by what they say."""

    _rows: dict[Group, dict[object, int]] = field(factory=dict)

    def row_of(self, entry: Entry) -> int | None:
        """Where the same was said before."""
        group, member = _place(entry)
        return self._rows.get(group, {}).get(member)

    def note(self, entry: Entry, row: int) -> None:
        group, member = _place(entry)
        self._rows.setdefault(group, {})[member] = row

    def forget(self, entry: Entry) -> int | None:
        """The row of an entry that is gone."""
        group, member = _place(entry)
        members = self._rows.get(group, {})
        row = members.pop(member, None)
        if not members:
            self._rows.pop(group, None)
        return row

    def forget_all(self, group: Group) -> list[int]:
        """The rows of a whole group."""
        return [*self._rows.pop(group, {}).values()]


def give_back(entry: Entry, saved: Saved) -> None:
    """Hand an entry to the relay."""
    match entry:
        case Spent():
            saved.spent.append(entry)
        case Delivered():
            saved.delivered.append(entry)
        case Paused():
            saved.paused.append(entry)
        case Complained():
            saved.complained.append(entry)


def _place(entry: Entry) -> tuple[Group, object]:
    match entry:
        case Spent():
            return HOUR, entry.user
        case Delivered():
            return entry.digest, entry.minute
        case Paused():
            return entry.digest, (entry.copies, entry.window, entry.pause)
        case Complained():
            return (entry.digest,), entry.user
