"""What the relay changed, in the order in which it did: everything that a store must keep to take over after a crash.

A relay with a journal notes these while it handles events; a shell takes them at the end of a batch and has them
committed before anything that the batch wrote leaves. They are made per copy and are NamedTuples.
"""

from __future__ import annotations

from typing import NamedTuple

from attrs import define, field

from chatsim.model import Verdict


class Posted(NamedTuple):
    """A delivery went into a mailbox. Recipients of one act share the very same `body` object."""

    user: int
    device: int
    number: int
    """Of the delivery, counted from 1 in the device's life."""
    sender: int
    """Whom the quota per sender counts."""
    head: bytes
    body: bytes


class Emptied(NamedTuple):
    """Every delivery up to number `base` left the mailbox: acknowledged, or expired.

    The first change of every device is one with base 0: mail is for devices that are known.
    """

    user: int
    device: int
    base: int


class Judged(NamedTuple):
    """The verdict on an act of a device."""

    user: int
    device: int
    counter: int
    verdict: Verdict


class Kept(NamedTuple):
    """A record of an admitted act under `clear` enforcement."""

    number: int
    hop: int
    lineage: int
    """The number of the lineage's first record."""
    sender: int
    chats: tuple[int, ...]
    tick: int
    digest: bytes | None = None
    """Of the body, where some rule is about contents."""


class Budgeted(NamedTuple):
    """What a user has used of the caps per action on the copies of a record."""

    record: int
    user: int
    since: int
    chats: int
    groups: int


class Used(NamedTuple):
    """To how many chats a user has forwarded within a lineage, now."""

    lineage: int
    user: int
    chats: int


class Counted(NamedTuple):
    """To how many chats a lineage was forwarded, now."""

    lineage: int
    minute: int
    closed: int
    open: int


class Expired(NamedTuple):
    """A record is gone, with its budgets; a lineage goes with its last record."""

    number: int


class Spent(NamedTuple):
    """To how many chats a user has forwarded in the running hour, now."""

    user: int
    hour: int
    chats: int


class HourOver(NamedTuple):
    """What was spent in an hour is forgotten."""


class Delivered(NamedTuple):
    """How many copies of a content were delivered in a minute, now; 0: that is forgotten."""

    digest: bytes
    minute: int
    copies: int


class Paused(NamedTuple):
    """A circuit breaker of so many copies in a window pauses a content until tick `end`."""

    digest: bytes
    copies: int
    window: int
    pause: int
    end: int


class Unwatched(NamedTuple):
    """Copies and pauses of a content are forgotten."""

    digest: bytes


class Complained(NamedTuple):
    """A user complained of a content."""

    digest: bytes
    user: int
    tick: int


class Withdrawn(NamedTuple):
    """That complaint is forgotten."""

    digest: bytes
    user: int


class PermitSpent(NamedTuple):
    """What somebody has used of the caps per action on the copies of an act; under `blind`, to ask for tokens."""

    key: bytes
    since: int
    chats: int
    groups: int


class PermitFresh(NamedTuple):
    """That is forgotten."""

    key: bytes


class LineageUsed(NamedTuple):
    """To how many chats somebody has forwarded within a lineage, now, under `receipt` enforcement."""

    lineage: bytes
    person: bytes
    chats: int


class LineageCounted(NamedTuple):
    """To how many chats a lineage was forwarded, now, the last time at `tick`, under `receipt` enforcement."""

    lineage: bytes
    minute: int
    closed: int
    open: int
    tick: int


class LineageGone(NamedTuple):
    """All of a lineage is forgotten, under `receipt` enforcement."""

    lineage: bytes


class TokenSpent(NamedTuple):
    """A token was spent, under `blind` enforcement; `day` is that of the copy that it came for."""

    seed: bytes
    day: int


class DayOver(NamedTuple):
    """No token of this day is taken any more: those that were spent are forgotten."""

    day: int


class Rooted(NamedTuple):
    """What the keys of permits and traces follow from."""

    root: bytes


class Traced(NamedTuple):
    """An entry in the book of a traceability mode."""

    key: bytes
    value: bytes
    tick: int


class Untraced(NamedTuple):
    """That entry is forgotten."""

    key: bytes


Permitted = (
    PermitSpent | PermitFresh | LineageUsed | LineageCounted | LineageGone | TokenSpent | DayOver
)
Watched = (
    Spent
    | HourOver
    | Delivered
    | Paused
    | Unwatched
    | Complained
    | Withdrawn
    | Permitted
    | Rooted
    | Traced
    | Untraced
)
"""Everything else than mail, verdicts and records."""
Change = Posted | Emptied | Judged | Kept | Budgeted | Used | Counted | Expired | Watched


@define(eq=False)
class SavedDevice:
    """What a store gives back of one device."""

    user: int
    device: int
    base: int = 0
    counter: int = 0
    mail: list[tuple[int, bytes, bytes]] = field(factory=list)
    """(sender, head, body) of every delivery after the base, in order."""
    refused: dict[int, Verdict] = field(factory=dict)
    """By counter, among the last 256; every other act up to `counter` was allowed."""


@define(eq=False)
class Saved:
    """Everything that a store gives back, for `Relay.restore`."""

    devices: list[SavedDevice] = field(factory=list)
    records: list[Kept] = field(factory=list)
    """In the order of their numbers."""
    budgets: list[Budgeted] = field(factory=list)
    used: list[Used] = field(factory=list)
    counted: list[Counted] = field(factory=list)
    spent: list[Spent] = field(factory=list)
    delivered: list[Delivered] = field(factory=list)
    paused: list[Paused] = field(factory=list)
    complained: list[Complained] = field(factory=list)
    permits: list[PermitSpent] = field(factory=list)
    people: list[LineageUsed] = field(factory=list)
    lineages: list[LineageCounted] = field(factory=list)
    tokens: list[TokenSpent] = field(factory=list)
    traced: list[Traced] = field(factory=list)
    root: bytes = field(default=b"", repr=False)
    """Empty where none was kept."""
    record_number: int = 0
    """The largest that was ever given, of a record that has expired perhaps."""
    tick: int = 0
    """Of the last commit: a clock goes on from here at the earliest."""
    epoch_seconds: float = 0.0
    """The wall clock's reading at tick 0; a real or scaled clock counts from it."""
