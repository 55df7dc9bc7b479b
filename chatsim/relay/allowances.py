"""What people have used of the caps per action, by a keyed hash of a copy and a person, until it is fresh again."""

from __future__ import annotations

from collections import deque

from chatsim.relay.changes import Change, PermitFresh, PermitSpent, Saved

Allowance = tuple[int, int, int]
"""Since when, chats, groups among them."""


class Allowances:
    """By key, which says nothing to whoever has not the key of the hash."""

    def __init__(self, refill_ticks: int, journal: list[Change] | None) -> None:
        self.refill_ticks = refill_ticks
        self._journal = journal
        self._used: dict[bytes, Allowance] = {}
        self._refilling: deque[tuple[int, bytes]] = deque()
        """(since, key) of all of them, the oldest first."""

    def __len__(self) -> int:
        return len(self._used)

    def used(self, key: bytes, tick: int) -> Allowance:
        """What is used at `tick`; nothing, since then, where it is fresh."""
        self.refill(tick)
        return self._used.get(key) or (tick, 0, 0)

    def charge(self, key: bytes, allowance: Allowance) -> None:
        """So much is used, from the same tick on that `used` told."""
        if key not in self._used:
            self._refilling.append((allowance[0], key))
        self._used[key] = allowance
        if self._journal is not None:
            self._journal.append(PermitSpent(key, *allowance))

    def refill(self, tick: int) -> None:
        """Forget what is fresh again."""
        refilling = self._refilling
        while refilling and tick - refilling[0][0] >= self.refill_ticks:
            key = refilling.popleft()[1]
            del self._used[key]
            if self._journal is not None:
                self._journal.append(PermitFresh(key))

    def clear(self) -> None:
        """Forget everything."""
        self._used.clear()
        self._refilling.clear()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        for spent in sorted(saved.permits, key=lambda each: each.since):
            self._used[spent.key] = spent.since, spent.chats, spent.groups
            self._refilling.append((spent.since, spent.key))
