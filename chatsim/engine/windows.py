"""Kernels: window after window, people act, copies are put down, first ones are held."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.acting import act_window
from chatsim.engine.constants import Constants
from chatsim.engine.copies import chunks_for, copies_at_most, put_down
from chatsim.engine.people import People
from chatsim.engine.settling import settle
from chatsim.engine.state import State

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def advance(
    c: Constants,
    p: People,
    s: State,
    window: int,
    until: int,
    crowd: int,
    sends: Small,
    filled: Integers,
    pool: Small,
) -> tuple[int, int, int]:
    """Plays windows from `window` on, up to `until` or one in which more than `crowd` people act.

    Kernels make no arrays, so this one also stops where `sends` or `pool` is too small, and goes on from there when
    it is called again. Returns (window, rows of sends that it takes, chunks of the pool that it takes): 0 and 0 at a
    crowd or the end.
    """
    while window < until:
        waiting = 0
        for t in range(s.shards):
            waiting += s.waiting[t, window]
        if waiting > crowd and filled[0] == 0:
            break
        if waiting > 0 or filled[0] > 0:
            for t in range(s.shards):
                rows = act_window(c, p, s, t, window, sends, filled)
                if rows > 0:
                    return window, rows, 0
            chunks = chunks_for(s, copies_at_most(p, sends, 0, filled[0]))
            if chunks > len(pool):
                return window, 0, chunks
            put_down(c, p, s, 0, sends, 0, filled[0], pool, 0)
            filled[0] = 0
            for t in range(s.shards):
                low, high = owned(s, t)
                settle(c, p, s, t, sends, pool, low, high)
        window += 1
    return window, 0, 0


def owned(s: State, t: int) -> tuple[int, int]:
    """The ranges that shard `t` owns."""
    each = (s.ranges + s.shards - 1) // s.shards
    return min(t * each, s.ranges), min((t + 1) * each, s.ranges)
