"""Under `blind` enforcement: the tokens that were spent, until no token of their day is taken any more."""

from __future__ import annotations

from chatsim.model import ONE_DAY
from chatsim.relay.changes import Change, DayOver, Saved, TokenSpent


class SpentTokens:
    """Seeds by the day of the key that their tokens were made with."""

    def __init__(self, expiry_ticks: int, journal: list[Change] | None) -> None:
        """`expiry_ticks`: how long a copy can be forwarded; tokens are taken on so many whole days, at least on one."""
        self._lasting_days = max(1, expiry_ticks // ONE_DAY)
        self._journal = journal
        self._seeds: dict[int, set[bytes]] = {}

    def __len__(self) -> int:
        return sum(map(len, self._seeds.values()))

    def oldest_day(self, tick: int) -> int:
        """The first day of which tokens are taken at `tick`."""
        return tick // ONE_DAY - self._lasting_days + 1

    def is_fresh(self, seed: bytes, day: int, tick: int) -> bool:
        """Whether a token of that day can be spent at `tick`."""
        in_time = self.oldest_day(tick) <= day <= tick // ONE_DAY
        return in_time and seed not in self._seeds.get(day, ())

    def spend(self, seed: bytes, day: int) -> None:
        self._seeds.setdefault(day, set()).add(seed)
        if self._journal is not None:
            self._journal.append(TokenSpent(seed, day))

    def expire(self, tick: int) -> None:
        """Forget days that are over."""
        oldest = self.oldest_day(tick)
        for day in [day for day in self._seeds if day < oldest]:
            del self._seeds[day]
            if self._journal is not None:
                self._journal.append(DayOver(day))

    def clear(self) -> None:
        """Forget everything."""
        self._seeds.clear()

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        for token in saved.tokens:
            self._seeds.setdefault(token.day, set()).add(token.seed)
