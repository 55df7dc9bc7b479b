"""What the relay keeps under `clear` enforcement: a record per act, so that it alone holds every cap.

A record says how often its copies were forwarded before and to whom it went; budgets store what is *used*, never what
is left, so that another policy can take over in the middle. Most acts are never forwarded and cost their record alone:
totals and budgets begin with the first forward.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Final

from attrs import define, field

from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import CAP_HOUR, UNLIMITED, Row, decide, next_hop
from chatsim.relay.changes import Budgeted, Change, Counted, Expired, Kept, Saved, Used
from chatsim.relay.hours import Hours
from chatsim.relay.officers import digest_of
from chatsim.relay.roster import Roster
from chatsim.wire.messages import TopUp

STAMP_BYTES = 8

Record = tuple[int, int, int, int, tuple[int, ...], int, bytes | None]
"""One act under `clear`, every copy of which has the same hop: the fields of `Kept`, (number, hop, lineage, sender,
chats, tick, digest). As a plain tuple it is quick to make, and the garbage collector stops looking at it."""
TICK: Final = 5
DIGEST: Final = 6


@define(eq=False)
class Lineage:
    """All forwards that go back to one original, by whose record's number it is known."""

    records: int = 1
    """Those that have not expired."""
    used_by: dict[int, int] = field(factory=dict)
    """Chats forwarded to, by user."""
    minute: int = 0
    closed: int = 0
    """Chats forwarded to before `minute` began."""
    open: int = 0
    """Chats forwarded to within `minute`: acts of one minute do not see each other, whatever their order."""

    def total(self, tick: int) -> int:
        """The closed count that an act at `tick` is judged by."""
        if tick // ONE_MINUTE > self.minute:
            self.minute = tick // ONE_MINUTE
            self.closed += self.open
            self.open = 0
        return self.closed


Budget = tuple[int, int, int]
"""What one user has used of the caps per action on the copies of one record: since when, chats, groups among them."""

USER_BITS = 32


class Ledger:
    """The records, by stamp; they are numbered, and expire, in the order in which they were made."""

    def __init__(
        self, *, refill_ticks: int, expiry_ticks: int, journal: list[Change] | None = None
    ) -> None:
        self.refill_ticks = refill_ticks
        self.expiry_ticks = expiry_ticks
        self._counts_hours = False
        self._records: dict[int, Record] = {}
        self._lineages: dict[int, Lineage] = {}
        """Those that somebody wanted to forward."""
        self._budgets: dict[int, Budget] = {}
        """Those that are not fresh again, by record and user as one number."""
        self._refilling: deque[tuple[int, int]] = deque()
        """(since, record and user) of every budget, the oldest first."""
        self._number = 0
        """The last record's."""
        self._oldest = 1
        """The first record's that has not expired, or the next one's."""
        self.hours = Hours(journal)
        """What people have used of the running hour, while any row has a cap on it."""
        self._journal = journal

    def __len__(self) -> int:
        return len(self._records)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._lineages.clear()
        self._budgets.clear()
        self._refilling.clear()
        self._number, self._oldest = 0, 1
        self.hours.clear()

    def obey(self, rows: Sequence[Row]) -> None:
        """Count what these rows cap; but for the hour, all is counted always, for rows to come."""
        self._counts_hours = any(row[CAP_HOUR] < UNLIMITED for row in rows)

    def find(
        self, stamp: bytes, outer: bytes, user: int, roster: Roster, tick: int
    ) -> Record | None:
        """The record behind a stamp that `user` received; None for anything else, without saying which."""
        if len(stamp) != STAMP_BYTES:
            return None
        record = self._records.get(int.from_bytes(stamp, "big"))
        if record is None or tick - record[TICK] >= self.expiry_ticks:
            return None
        return record if _was_received(record, user, roster) else None

    def content_of(self, body: bytes, outer: bytes) -> bytes:
        """A content is known by its bytes."""
        return digest_of(body)

    def complained_of(
        self, stamp: bytes, body: bytes, user: int, roster: Roster, tick: int
    ) -> bytes | None:
        """Whoever never received the copy, or brings another body than it had, has nothing to complain of."""
        record = self.find(stamp, b"", user, roster, tick)
        if record is None:
            return None
        digest, sent = digest_of(body), record[DIGEST]
        return digest if sent in (digest, None) else None  # None: no rule was about contents then

    def judge(
        self, row: Row, record: Record, user: int, chats: tuple[int, ...], tick: int
    ) -> tuple[int, int]:
        """(reason, limit) for forwarding a copy of `record` to `chats`; charges what is allowed."""
        number, hop, origin, *_ = record
        count, groups = len(chats), 0
        for chat in chats:
            if chat < 0:
                groups += 1
        self._refill(tick)
        key = number << USER_BITS | user
        budget = self._budgets.get(key)
        since, used_chats, used_groups = budget or (tick, 0, 0)
        lineage = self._lineages.get(origin)
        if lineage is None:  # nothing but the original has a record yet
            lineage = self._lineages[origin] = Lineage()
        person = lineage.used_by.get(user, 0)
        total = lineage.total(tick)
        hour = self.hours.used(user, tick) if self._counts_hours else 0
        reason, limit = decide(
            row, hop, count, groups, used_chats, used_groups, person, total, hour
        )
        if not reason:
            if self._counts_hours:
                self.hours.charge(user, count, tick)
            if budget is None:
                self._refilling.append((since, key))
            used_chats += count
            used_groups += groups
            self._budgets[key] = since, used_chats, used_groups
            lineage.used_by[user] = person + count
            lineage.open += count
            if self._journal is not None:
                self._journal += (
                    Budgeted(number, user, since, used_chats, used_groups),
                    Used(origin, user, person + count),
                    Counted(origin, lineage.minute, lineage.closed, lineage.open),
                )
        return reason, limit

    def _refill(self, tick: int) -> None:
        """Forget the budgets that are fresh again."""
        refilling = self._refilling
        while refilling and tick - refilling[0][0] >= self.refill_ticks:
            del self._budgets[refilling.popleft()[1]]

    def keep(
        self,
        held: Record | None,
        outer: bytes,
        sender: int,
        chats: tuple[int, ...],
        tick: int,
        digest: bytes | None = None,
    ) -> tuple[bytes, int]:
        """Record an admitted act, an original if nothing is `held`; returns (stamp, hop) of its copies."""
        oldest = self._records.get(self._oldest)
        if oldest is not None and tick - oldest[TICK] >= self.expiry_ticks:
            self.expire(tick)
        number = self._number = self._number + 1
        hop, origin = 0, number
        if held is not None:
            hop, origin = next_hop(held[1]), held[2]
            self._lineages[origin].records += 1
        record = (number, hop, origin, sender, chats, tick, digest)
        self._records[number] = record
        if self._journal is not None:
            self._journal.append(Kept(*record))
        return number.to_bytes(STAMP_BYTES, "big"), hop

    def issue(self, row: Row, request: TopUp, user: int, roster: Roster, tick: int) -> None:
        """No tokens: the records tell."""

    def expire(self, tick: int) -> None:
        """Forget what is fresh again, records whose copies can no longer be forwarded, and an hour that is over."""
        self.hours.turn(tick)
        self._refill(tick)
        records = self._records
        while records and tick - records[self._oldest][TICK] >= self.expiry_ticks:
            number, _, origin, *_ = records.pop(self._oldest)
            self._oldest += 1
            lineage = self._lineages.get(origin)
            if lineage is not None:
                lineage.records -= 1
                if not lineage.records:
                    del self._lineages[origin]
            if self._journal is not None:
                self._journal.append(Expired(number))

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back, whose records have all numbers from the oldest one's to the last."""
        self._records = {kept.number: kept[:] for kept in saved.records}
        self._number = saved.record_number
        self._oldest = saved.records[0].number if saved.records else saved.record_number + 1
        for budget in sorted(saved.budgets, key=lambda budget: budget.since):
            key = budget.record << USER_BITS | budget.user
            self._budgets[key] = budget.since, budget.chats, budget.groups
            self._refilling.append((budget.since, key))
        records = Counter(kept.lineage for kept in saved.records)
        for counted in saved.counted:
            self._lineages[counted.lineage] = Lineage(
                records[counted.lineage],
                minute=counted.minute,
                closed=counted.closed,
                open=counted.open,
            )
        for used in saved.used:
            self._lineages[used.lineage].used_by[used.user] = used.chats
        self.hours.restore(saved)


def _was_received(record: Record, user: int, roster: Roster) -> bool:
    """Whether a copy of this act was delivered to `user`."""
    _, _, _, sender, chats, *_ = record
    if user in chats:
        return True
    if user == sender:
        return False
    return any(chat < 0 and roster.is_member(~chat, user) for chat in chats)
