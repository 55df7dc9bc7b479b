"""One batch after the other: when it began, when it has taken its time, and at which tick it judges."""

from __future__ import annotations

import time

import trio

from chatsim.server.clocks import Clock

BATCH_SECONDS = 0.005


class Batch:
    """The batch that is open, or the last one that was."""

    __slots__ = ("_now", "end", "frames", "instant", "is_open", "number", "start", "tick")

    def __init__(self, now: Clock) -> None:
        self._now = now
        self.is_open = False
        self.number = 0
        self.start = 0.0
        self.end = 0.0
        """When it has taken its time, on the same clock as its start: time.perf_counter."""
        self.instant = 0.0
        """When it began on trio's clock, which deadlines go by."""
        self.tick = 0
        self.frames = 0
        """Handled so far."""

    def open(self) -> None:
        """Begin a batch, unless one is open."""
        if self.is_open:
            return
        self.is_open = True
        self.number += 1
        self.start = time.perf_counter()
        self.end = self.start + BATCH_SECONDS
        self.instant = trio.current_time()
        self.tick = self._now()
        self.frames = 0

    def is_spent(self) -> bool:
        """Whether it has taken its time."""
        return time.perf_counter() >= self.end

    def is_half_spent(self) -> bool:
        """Whether it has taken half of its time."""
        return 2 * time.perf_counter() >= self.start + self.end

    def leave_half(self) -> None:
        """Leave at least half of a batch's time to what comes, however long what waited took."""
        self.end = max(self.end, time.perf_counter() + BATCH_SECONDS / 2)
