"""Enforcement `receipt`: what the relay counts where it keeps no record of any act.

What a person used of the caps on the copies of one act lies under a keyed hash of the act's nonce and the person,
until it is fresh again. Caps per person and in total are about lineages: where some row has one, counts lie under
keyed hashes of the lineage's commitment, as long as a copy of it can be forwarded; without such a row nothing is kept
by lineage. All of it decides as records do (`chatsim.relay.lineages`), act by act.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from attrs import define, field

from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import (
    CAP_HOUR,
    CAP_PERSON,
    CAP_TOTAL,
    UNLIMITED,
    Row,
    decide,
    next_hop,
)
from chatsim.provenance.keys import Supply
from chatsim.provenance.receipt import NONCE_BYTES, Mint, Permit, opened
from chatsim.relay.allowances import Allowances
from chatsim.relay.changes import (
    Change,
    LineageCounted,
    LineageGone,
    LineageUsed,
    Saved,
)
from chatsim.relay.hours import Hours
from chatsim.relay.officers import digest_of
from chatsim.relay.roster import Roster
from chatsim.wire.messages import TopUp


@define(eq=False)
class _Lineage:
    """What is counted of one lineage."""

    tick: int
    """Of the last forward."""
    used_by: dict[bytes, int] = field(factory=dict)
    """Chats forwarded to, by person."""
    minute: int = 0
    closed: int = 0
    """Chats forwarded to before `minute` began."""
    open: int = 0

    def total(self, tick: int) -> int:
        """The closed count that an act at `tick` is judged by."""
        if tick // ONE_MINUTE > self.minute:
            self.minute = tick // ONE_MINUTE
            self.closed += self.open
            self.open = 0
        return self.closed


class Permits:
    """Meets `chatsim.relay.counting.Counting`."""

    def __init__(
        self,
        root: bytes,
        *,
        refill_ticks: int,
        expiry_ticks: int,
        journal: list[Change] | None = None,
    ) -> None:
        """`root`: what the keys follow from."""
        self.expiry_ticks = expiry_ticks
        self.hours = Hours(journal)
        self.allowances = Allowances(refill_ticks, journal)
        self._mint = Mint(root)
        self._nonce = Supply(NONCE_BYTES)
        """No decision reads one."""
        self._journal = journal
        self._counts_hours = self._counts_lineages = False
        self._lineages: dict[bytes, _Lineage] = {}
        """By the tick of their last forward, the oldest first."""

    def __len__(self) -> int:
        return len(self.allowances) + sum(1 + len(each.used_by) for each in self._lineages.values())

    def obey(self, rows: Sequence[Row]) -> None:
        self._counts_hours = any(row[CAP_HOUR] < UNLIMITED for row in rows)
        self._counts_lineages = any(
            min(row[CAP_PERSON], row[CAP_TOTAL]) < UNLIMITED for row in rows
        )

    def find(
        self, stamp: bytes, outer: bytes, user: int, roster: Roster, tick: int
    ) -> Permit | None:
        """The permit that `user` received with this commitment; None for anything else, without saying which."""
        return received(self._mint, stamp, outer, user, roster, tick, self.expiry_ticks)

    def content_of(self, body: bytes, outer: bytes) -> bytes:
        """The lineage's: what is in a body, a relay that works by permits need not see."""
        return digest_of(outer)

    def complained_of(
        self, stamp: bytes, body: bytes, user: int, roster: Roster, tick: int
    ) -> bytes | None:
        """A complaint shows what opens the commitment, and the text."""
        commitment = opened(body)
        found = self.find(stamp, commitment, user, roster, tick)
        return None if found is None else digest_of(commitment)

    def judge(
        self, row: Row, held: Permit, user: int, chats: tuple[int, ...], tick: int
    ) -> tuple[int, int]:
        """(reason, limit) for forwarding a copy with this permit to `chats`; charges what is allowed."""
        count, groups = len(chats), 0
        for chat in chats:
            if chat < 0:
                groups += 1
        key = self._mint.of_copy(held, user)
        since, used_chats, used_groups = self.allowances.used(key, tick)
        person, used_by, total, lineage = b"", 0, 0, None
        counted = self._counts_lineages
        if counted or self._lineages:  # what was begun goes on, or it would be forgotten too soon
            lineage = self._lineages.get(self._mint.of_lineage(held))
            person = self._mint.of_person(held, user)
            if lineage is not None:
                counted = True
                used_by, total = lineage.used_by.get(person, 0), lineage.total(tick)
        hour = self.hours.used(user, tick) if self._counts_hours else 0
        reason, limit = decide(
            row, held.hop, count, groups, used_chats, used_groups, used_by, total, hour
        )
        if not reason:
            if self._counts_hours:
                self.hours.charge(user, count, tick)
            self.allowances.charge(key, (since, used_chats + count, used_groups + groups))
            if counted:
                self._count(held, person, used_by + count, count, tick)
        return reason, limit

    def _count(self, held: Permit, person: bytes, used_by: int, count: int, tick: int) -> None:
        """A person has forwarded a lineage to `count` more chats, `used_by` in all."""
        key = self._mint.of_lineage(held)
        lineage = self._lineages[key] = self._lineages.pop(key, _Lineage(tick))
        lineage.total(tick)
        lineage.tick = tick
        lineage.used_by[person] = used_by
        lineage.open += count
        if self._journal is not None:
            self._journal += (
                LineageUsed(key, person, used_by),
                LineageCounted(key, lineage.minute, lineage.closed, lineage.open, tick),
            )

    def keep(
        self,
        held: Permit | None,
        outer: bytes,
        sender: int,
        chats: tuple[int, ...],
        tick: int,
        digest: bytes | None = None,
    ) -> tuple[Callable[[int], bytes], int]:
        """Nothing is kept of an admitted act: (permits by chat, hop) of its copies."""
        hop = 0 if held is None else next_hop(held.hop)
        return self._mint.permits(outer, hop, tick, sender, self._nonce()), hop

    def issue(self, row: Row, request: TopUp, user: int, roster: Roster, tick: int) -> None:
        """No tokens: permits tell."""

    def expire(self, tick: int) -> None:
        """Forget what is fresh again, and lineages of which no copy can be forwarded."""
        self.hours.turn(tick)
        self.allowances.refill(tick)
        lineages = self._lineages
        while lineages:
            key, lineage = next(iter(lineages.items()))
            if tick - lineage.tick < self.expiry_ticks:
                break
            del lineages[key]
            if self._journal is not None:
                self._journal.append(LineageGone(key))

    def clear(self) -> None:
        """Forget everything; no permit of before is found again."""
        self.allowances.clear()
        self._lineages.clear()
        self.hours.clear()
        self._mint.forget()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        self.allowances.restore(saved)
        for counted in sorted(saved.lineages, key=lambda each: each.tick):
            self._lineages[counted.lineage] = _Lineage(
                counted.tick, minute=counted.minute, closed=counted.closed, open=counted.open
            )
        for used in saved.people:
            self._lineages[used.lineage].used_by[used.person] = used.chats
        self.hours.restore(saved)


def received(
    mint: Mint,
    stamp: bytes,
    commitment: bytes,
    user: int,
    roster: Roster,
    tick: int,
    expiry_ticks: int,
) -> Permit | None:
    """The permit of a copy that `user` received, and can forward at `tick`; None for anything else."""
    permit = mint.read(stamp, commitment)
    if permit is None or not 0 <= tick - permit.tick < expiry_ticks:
        return None
    if not _went_to(permit, user, roster):
        return None
    return permit if mint.is_genuine(permit, stamp) else None


def _went_to(permit: Permit, user: int, roster: Roster) -> bool:
    """Whether the copies of this permit did."""
    if permit.chat >= 0:
        return permit.chat == user
    group = ~permit.chat
    return permit.by != user and group < roster.groups and roster.is_member(group, user)
