"""Circuit breakers: contents of which so many copies were delivered in so short a time are paused.

A content is known by its digest. Its copies are counted by whole minutes over all people; each rule looks at the same
counts and pauses for itself. Nothing is looked at that did not change: between two copies a count over a window only
falls, so the first minute after the last copy decides, and then the end of each pause.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from attrs import define, field

from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import (
    BREAKER_COPIES,
    BREAKER_PAUSE,
    BREAKER_WINDOW,
    UNLIMITED,
    Row,
)
from chatsim.relay.changes import Change, Delivered, Paused, Saved, Unwatched

Rule = tuple[int, int, int]
"""Copies, window and pause of a row's breaker."""


def rule_of(row: Row) -> Rule | None:
    """The breaker of a row, if it has one."""
    if row[BREAKER_COPIES] >= UNLIMITED:
        return None
    return row[BREAKER_COPIES], row[BREAKER_WINDOW], row[BREAKER_PAUSE]


@define(eq=False, weakref_slot=False)
class _Content:
    """One content that is being sent."""

    minutes: deque[list[int]] = field(factory=deque)
    """[minute, copies] of those within the longest window, rising."""
    pauses: dict[Rule, int] = field(factory=dict)
    """The tick at which each rule's last pause ends."""

    @property
    def last(self) -> int:
        """The last minute in which a copy was delivered; before all time where none was."""
        return self.minutes[-1][0] if self.minutes else -1

    def copies(self, begin: int, end: int) -> int:
        """Delivered in the minutes from `begin` up to `end`, without that one."""
        return sum(copies for minute, copies in self.minutes if begin <= minute < end)

    def is_paused(self, tick: int) -> bool:
        return any(end > tick for end in self.pauses.values())


class Breakers:
    """All contents of which copies were delivered lately, while any rule asks for that."""

    def __init__(self, journal: list[Change] | None = None) -> None:
        self.rules: tuple[Rule, ...] = ()
        self._window = 0
        """Minutes of the longest one."""
        self._contents: dict[bytes, _Content] = {}
        """By the minute of their last copy."""
        self._minute = 0
        self._fresh: list[bytes] = []
        """What was sent in the running minute, and is looked at when that is over."""
        self._held: dict[bytes, int] = {}
        """Contents that some rule has paused, and when the last pause ends."""
        self._journal = journal

    def obey(self, rows: Iterable[Row]) -> None:
        """Hold the rules of these rows from now on; what was counted stays."""
        rules = (rule_of(row) for row in rows)
        self.rules = tuple(dict.fromkeys(rule for rule in rules if rule is not None))
        self._window = max((window // ONE_MINUTE for _, window, _ in self.rules), default=0)

    def pause_ends(self, digest: bytes, rule: Rule, tick: int) -> int:
        """When this content may be sent again under a rule: at `tick` where it is not paused."""
        self._turn(tick)
        content = self._contents.get(digest)
        if content is None:
            return tick
        self._look(digest, content, tick)
        return max(tick, content.pauses.get(rule, 0))

    def delivered(self, digest: bytes, copies: int, tick: int) -> None:
        """So many copies went out at `tick`."""
        self._turn(tick)
        content = self._contents.get(digest)
        if content is None:
            content = self._contents[digest] = _Content()
        else:
            self._look(digest, content, tick)
        minute = tick // ONE_MINUTE
        if content.last == minute:
            content.minutes[-1][1] += copies
        else:
            self._contents[digest] = self._contents.pop(digest)
            self._fresh.append(digest)
            content.minutes.append([minute, copies])
            while content.minutes[0][0] <= minute - self._window:
                self._drop_minute(digest, content)
        if self._journal is not None:
            self._journal.append(Delivered(digest, minute, content.minutes[-1][1]))

    def _drop_minute(self, digest: bytes, content: _Content) -> None:
        minute, _ = content.minutes.popleft()
        if self._journal is not None:
            self._journal.append(Delivered(digest, minute, 0))

    def _look(self, digest: bytes, content: _Content, tick: int) -> None:
        """Pause what is to be paused at any whole minute up to `tick`."""
        now = tick // ONE_MINUTE
        for rule in self.rules:
            limit, window, pause = rule
            while True:
                end = content.pauses.get(rule, 0)
                at = max(content.last + 1, end // ONE_MINUTE)
                if at > now or content.copies(at - window // ONE_MINUTE, at) < limit:
                    break
                end = content.pauses[rule] = at * ONE_MINUTE + pause
                self._held[digest] = max(end, self._held.get(digest, 0))
                if self._journal is not None:
                    self._journal.append(Paused(digest, *rule, end))

    def _turn(self, tick: int) -> None:
        """Look at what was sent in a minute that is over."""
        if tick // ONE_MINUTE == self._minute:
            return
        self._minute = tick // ONE_MINUTE
        fresh, self._fresh = self._fresh, []
        for digest in fresh:
            content = self._contents.get(digest)
            if content is not None:
                self._look(digest, content, tick)

    def expire(self, tick: int) -> None:
        """Forget contents that no window sees any more and no rule pauses."""
        self._turn(tick)
        horizon = tick // ONE_MINUTE - self._window
        for digest, content in [*self._idle(horizon)]:
            self._look(digest, content, tick)
            if not content.is_paused(tick):
                del self._contents[digest]
                if self._journal is not None:
                    self._journal.append(Unwatched(digest))

    def _idle(self, horizon: int) -> Iterable[tuple[bytes, _Content]]:
        for digest, content in self._contents.items():
            if content.last >= horizon:
                return
            yield digest, content

    def paused(self, tick: int) -> int:
        """Contents that some rule pauses now."""
        self._turn(tick)
        self._held = {digest: end for digest, end in self._held.items() if end > tick}
        return len(self._held)

    def clear(self) -> None:
        """Forget everything."""
        self._contents.clear()
        self._held.clear()
        self._fresh.clear()
        self._minute = 0

    def restore(self, saved: Saved) -> None:
        """Go on from what a store gives back."""
        for delivered in sorted(saved.delivered, key=lambda each: each.minute):
            content = self._contents.pop(delivered.digest, None) or _Content()
            content.minutes.append([delivered.minute, delivered.copies])
            self._contents[delivered.digest] = content
        for paused in saved.paused:
            pauses = self._contents[paused.digest].pauses
            pauses[paused.copies, paused.window, paused.pause] = paused.end
            self._held[paused.digest] = max(paused.end, self._held.get(paused.digest, 0))
        self._minute = saved.tick // ONE_MINUTE
        self._fresh = [
            digest for digest, each in self._contents.items() if each.last >= self._minute
        ]
