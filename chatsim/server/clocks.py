"""The tick at which the relay judges: seconds since the start, faster seconds, or what the drivers say.

What protects the process (deadlines, backlogs) uses trio's monotonic clock instead and never refuses an act.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import trio

from chatsim.relay.changes import Saved
from chatsim.relay.relay import Relay
from chatsim.server.options import ClockKind, ServeOptions

Clock = Callable[[], int]


def clock_of(options: ServeOptions, relay: Relay, saved: Saved | None = None) -> Clock:
    """The clock that `options` ask for; a real or scaled one starts at tick 0 now, or goes on with what was saved."""
    match options.clock:
        case ClockKind.REAL:
            return _running(1.0, saved)
        case ClockKind.SCALED:
            return _running(options.scale, saved)
        case ClockKind.DRIVEN:
            barrier = relay.barrier
            assert barrier is not None
            return lambda: barrier.tick


def _running(ticks_per_second: float, saved: Saved | None) -> Clock:
    start = trio.current_time()
    first = 0
    if saved is not None:
        # The time that the server was away has passed for mail and caps; a clock that was set back stands still.
        away = time.time() - saved.epoch_seconds
        first = max(saved.tick, int(away * ticks_per_second))

    def now() -> int:
        return first + int((trio.current_time() - start) * ticks_per_second)

    return now
