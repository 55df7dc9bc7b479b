"""The tick at which the relay judges: seconds since the start, faster seconds, or what the drivers say.

What protects the process (deadlines, backlogs) uses trio's monotonic clock instead and never refuses an act.
"""

from __future__ import annotations

from collections.abc import Callable

import trio

from chatsim.relay.relay import Relay
from chatsim.server.options import ClockKind, ServeOptions

Clock = Callable[[], int]


def clock_of(options: ServeOptions, relay: Relay) -> Clock:
    """The clock that `options` ask for; a real or scaled one starts at tick 0 now."""
    match options.clock:
        case ClockKind.REAL:
            return _running(1.0)
        case ClockKind.SCALED:
            return _running(options.scale)
        case ClockKind.DRIVEN:
            barrier = relay.barrier
            assert barrier is not None
            return lambda: barrier.tick


def _running(ticks_per_second: float) -> Clock:
    start = trio.current_time()

    def now() -> int:
        return int((trio.current_time() - start) * ticks_per_second)

    return now
