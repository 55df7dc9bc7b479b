"""What the relay keeps under `clear` enforcement: a record per act, so that it alone holds every cap.

A record says how often its copies were forwarded before and to whom it went; budgets store what is *used*, never what
is left, so that another policy can take over in the middle.
"""

from __future__ import annotations

from collections import deque

from attrs import define, field

from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import Row, decide, next_hop
from chatsim.relay.changes import Budgeted, Change, Counted, Expired, Kept, Saved, Used
from chatsim.relay.roster import Roster

STAMP_BYTES = 8


@define(eq=False)
class Lineage:
    """All forwards that go back to one original."""

    number: int
    """That of the original's record."""
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


@define(eq=False)
class Budget:
    """What one user has used of the caps per action on one copy since `since`."""

    since: int
    chats: int
    groups: int


@define(eq=False)
class Record:
    """One act under `clear`: every copy of it has the same hop."""

    number: int
    hop: int
    lineage: Lineage
    sender: int
    chats: tuple[int, ...]
    tick: int
    budgets: dict[int, Budget] = field(factory=dict)

    def received_by(self, user: int, roster: Roster) -> bool:
        """Whether a copy of this act was delivered to `user`."""
        if user in self.chats:
            return True
        if user == self.sender:
            return False
        return any(chat < 0 and roster.is_member(~chat, user) for chat in self.chats)


class Ledger:
    """The records, by stamp; they expire in the order in which they were made."""

    def __init__(
        self, *, refill_ticks: int, expiry_ticks: int, journal: list[Change] | None = None
    ) -> None:
        self.refill_ticks = refill_ticks
        self.expiry_ticks = expiry_ticks
        self._records: dict[int, Record] = {}
        self._order: deque[Record] = deque()
        self._number = 0
        self._journal = journal

    def __len__(self) -> int:
        return len(self._records)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._order.clear()
        self._number = 0

    def find(self, stamp: bytes, user: int, roster: Roster, tick: int) -> Record | None:
        """The record behind a stamp that `user` received; None for anything else, without saying which."""
        if len(stamp) != STAMP_BYTES:
            return None
        record = self._records.get(int.from_bytes(stamp, "big"))
        if record is None or tick - record.tick >= self.expiry_ticks:
            return None
        return record if record.received_by(user, roster) else None

    def judge(
        self, row: Row, record: Record, user: int, chats: tuple[int, ...], tick: int
    ) -> tuple[int, int]:
        """(reason, limit) for forwarding a copy of `record` to `chats`; charges what is allowed."""
        groups = sum(chat < 0 for chat in chats)
        count = len(chats)
        budget = record.budgets.get(user)
        if budget is None or tick - budget.since >= self.refill_ticks:
            budget = Budget(tick, 0, 0)
        lineage = record.lineage
        person = lineage.used_by.get(user, 0)
        total = lineage.total(tick)
        reason, limit = decide(
            row, record.hop, count, groups, budget.chats, budget.groups, person, total
        )
        if not reason:
            budget.chats += count
            budget.groups += groups
            record.budgets[user] = budget
            lineage.used_by[user] = person + count
            lineage.open += count
            if self._journal is not None:
                self._journal += _charges(record, user, budget)
        return reason, limit

    def keep(
        self, held: Record | None, sender: int, chats: tuple[int, ...], tick: int
    ) -> tuple[bytes, int]:
        """Record an admitted act, an original if nothing is `held`; returns (stamp, hop) of its copies."""
        if self._order and tick - self._order[0].tick >= self.expiry_ticks:
            self.expire(tick)
        number = self._number = self._number + 1
        hop = 0 if held is None else next_hop(held.hop)
        lineage = Lineage(number) if held is None else held.lineage
        record = Record(number, hop, lineage, sender, chats, tick)
        self._records[number] = record
        self._order.append(record)
        if self._journal is not None:
            self._journal.append(Kept(number, hop, lineage.number, sender, chats, tick))
        return number.to_bytes(STAMP_BYTES, "big"), hop

    def expire(self, tick: int) -> None:
        """Forget records whose copies can no longer be forwarded."""
        while self._order and tick - self._order[0].tick >= self.expiry_ticks:
            number = self._order.popleft().number
            del self._records[number]
            if self._journal is not None:
                self._journal.append(Expired(number))

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        lineages: dict[int, Lineage] = {}
        for kept in saved.records:
            lineage = lineages.setdefault(kept.lineage, Lineage(kept.lineage))
            record = Record(kept.number, kept.hop, lineage, kept.sender, kept.chats, kept.tick)
            self._records[kept.number] = record
            self._order.append(record)
        for budget in saved.budgets:
            charged = Budget(budget.since, budget.chats, budget.groups)
            self._records[budget.record].budgets[budget.user] = charged
        for used in saved.used:
            lineages[used.lineage].used_by[used.user] = used.chats
        for counted in saved.counted:
            lineage = lineages[counted.lineage]
            lineage.minute, lineage.closed, lineage.open = counted[1:]
        self._number = saved.record_number


def _charges(record: Record, user: int, budget: Budget) -> tuple[Change, ...]:
    """What a forward by `user` changed."""
    lineage = record.lineage
    return (
        Budgeted(record.number, user, budget.since, budget.chats, budget.groups),
        Used(lineage.number, user, lineage.used_by[user]),
        Counted(lineage.number, lineage.minute, lineage.closed, lineage.open),
    )
