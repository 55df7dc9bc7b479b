"""What the relay keeps under `clear` enforcement: a record per act, so that it alone holds every cap.

A record says how often its copies were forwarded before and to whom it went; budgets store what is *used*, never what
is left, so that another policy can take over in the middle.
"""

from __future__ import annotations

from collections import deque

from attrs import define, field

from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import Row, decide, next_hop
from chatsim.relay.roster import Roster

STAMP_BYTES = 8


@define(eq=False)
class Lineage:
    """All forwards that go back to one original."""

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
    chats: frozenset[int]
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

    def __init__(self, *, refill_ticks: int, expiry_ticks: int) -> None:
        self.refill_ticks = refill_ticks
        self.expiry_ticks = expiry_ticks
        self._records: dict[int, Record] = {}
        self._order: deque[Record] = deque()
        self._number = 0

    def __len__(self) -> int:
        return len(self._records)

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._order.clear()
        self._number = 0

    def find(self, stamp: bytes, user: int, roster: Roster) -> Record | None:
        """The record behind a stamp that `user` received; None for anything else, without saying which."""
        if len(stamp) != STAMP_BYTES:
            return None
        record = self._records.get(int.from_bytes(stamp, "big"))
        if record is None or not record.received_by(user, roster):
            return None
        return record

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
        return reason, limit

    def keep(
        self, held: Record | None, sender: int, chats: tuple[int, ...], tick: int
    ) -> tuple[bytes, int]:
        """Record an admitted act, an original if nothing is `held`; returns (stamp, hop) of its copies."""
        self._expire(tick)
        self._number += 1
        hop = 0 if held is None else next_hop(held.hop)
        lineage = Lineage() if held is None else held.lineage
        record = Record(self._number, hop, lineage, sender, frozenset(chats), tick)
        self._records[self._number] = record
        self._order.append(record)
        return self._number.to_bytes(STAMP_BYTES, "big"), hop

    def _expire(self, tick: int) -> None:
        while self._order and tick - self._order[0].tick >= self.expiry_ticks:
            del self._records[self._order.popleft().number]
