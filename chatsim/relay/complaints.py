"""What people complained about: contents by digest, and who complained of each, when.

Who complained is kept so that nobody counts twice, never beyond as many as the rules ask for, and as long as a record
under `clear` enforcement may be. A content whose complaints have expired may be sent again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice

from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import TAKEDOWN_COMPLAINTS, TAKEDOWN_REVIEW, UNLIMITED, Row
from chatsim.relay.changes import Change, Complained, Saved, Withdrawn

Rule = tuple[int, int]
"""Complaints and review of a row's takedown."""


def rule_of(row: Row) -> Rule | None:
    """The takedown of a row, if anybody hears complaints there."""
    if row[TAKEDOWN_COMPLAINTS] >= UNLIMITED:
        return None
    return row[TAKEDOWN_COMPLAINTS], row[TAKEDOWN_REVIEW]


class Complaints:
    """All contents that somebody complained of."""

    def __init__(self, *, expiry_ticks: int, journal: list[Change] | None = None) -> None:
        self.rules: tuple[Rule, ...] = ()
        self._most = 0
        """Complaints that any rule asks for: more are not kept."""
        self._of: dict[bytes, dict[int, int]] = {}
        """By content: who complained, at which tick, in that order."""
        self._expiring: deque[tuple[int, bytes, int]] = deque()
        """(tick, content, user) of each, the oldest first."""
        self._expiry_ticks = expiry_ticks
        self._journal = journal

    def obey(self, rows: Iterable[Row]) -> None:
        """Hold the rules of these rows from now on; who complained stays."""
        rules = (rule_of(row) for row in rows)
        self.rules = tuple(dict.fromkeys(rule for rule in rules if rule is not None))
        self._most = max((complaints for complaints, _ in self.rules), default=0)

    def complain(self, digest: bytes, user: int, tick: int) -> None:
        """Count this user among those who complained of the content; once, whatever they say again."""
        self.expire(tick)
        complained = self._of.setdefault(digest, {})
        if user in complained or len(complained) >= self._most:
            return
        complained[user] = tick
        self._expiring.append((tick, digest, user))
        if self._journal is not None:
            self._journal.append(Complained(digest, user, tick))

    def is_down(self, digest: bytes, rule: Rule, tick: int) -> bool:
        """Whether the content is taken down at `tick` under a rule."""
        if not self._of:
            return False
        self.expire(tick)
        complained = self._of.get(digest)
        needed, review = rule
        if complained is None or len(complained) < needed:
            return False
        last = next(islice(complained.values(), needed - 1, None))
        return tick >= (last // ONE_MINUTE + 1) * ONE_MINUTE + review

    def taken_down(self, tick: int) -> int:
        """Contents that are taken down now under some rule."""
        self.expire(tick)
        return sum(
            any(self.is_down(digest, rule, tick) for rule in self.rules) for digest in [*self._of]
        )

    def expire(self, tick: int) -> None:
        """Forget complaints that are too old."""
        expiring = self._expiring
        while expiring and tick - expiring[0][0] >= self._expiry_ticks:
            _, digest, user = expiring.popleft()
            complained = self._of[digest]
            del complained[user]
            if not complained:
                del self._of[digest]
            if self._journal is not None:
                self._journal.append(Withdrawn(digest, user))

    def clear(self) -> None:
        """Forget everything."""
        self._of.clear()
        self._expiring.clear()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        for complained in sorted(saved.complained, key=lambda each: each.tick):
            self._of.setdefault(complained.digest, {})[complained.user] = complained.tick
            self._expiring.append((complained.tick, complained.digest, complained.user))
