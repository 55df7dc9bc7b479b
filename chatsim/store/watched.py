"""Which rows hold what is kept otherwise than by record: hours, contents, permits, tokens, lineages, traces, root."""

from __future__ import annotations

from attrs import define, field

from chatsim.relay.changes import (
    Complained,
    Delivered,
    LineageCounted,
    LineageUsed,
    Paused,
    PermitSpent,
    Rooted,
    Saved,
    Spent,
    TokenSpent,
    Traced,
)

Entry = (
    Spent
    | Delivered
    | Paused
    | Complained
    | PermitSpent
    | LineageUsed
    | LineageCounted
    | Traced
    | Rooted
    | TokenSpent
)
HOUR = b"hour"
"""Shorter than any digest."""
ROOT = b"root"
Group = bytes | tuple[bytes] | tuple[str, bytes] | tuple[str, int]
"""What is forgotten together: the hour, a content's copies and pauses by digest, its complaints, the rest by name."""


def permit(key: bytes) -> Group:
    return "permit", key


def lineage(key: bytes) -> Group:
    return "lineage", key


def tokens(day: int) -> Group:
    return "tokens", day


def trace(key: bytes) -> Group:
    return "trace", key


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
        case PermitSpent():
            saved.permits.append(entry)
        case LineageUsed():
            saved.people.append(entry)
        case LineageCounted():
            saved.lineages.append(entry)
        case TokenSpent():
            saved.tokens.append(entry)
        case Traced():
            saved.traced.append(entry)
        case Rooted():
            saved.root = entry.root


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
        case PermitSpent():
            return permit(entry.key), None
        case LineageUsed():
            return lineage(entry.lineage), entry.person
        case LineageCounted():
            return lineage(entry.lineage), None
        case TokenSpent():
            return tokens(entry.day), entry.seed
        case Traced():
            return trace(entry.key), None
        case Rooted():
            return ROOT, None
