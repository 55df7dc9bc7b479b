"""Kernels: what becomes of first copies when the window is over.

Of the copies that reach somebody new in a window the smallest by (tick, claimed hop, sender, contact before group,
group) counts, whatever the order they are looked at in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.constants import Constants
from chatsim.engine.holding import group_of, hold_copy
from chatsim.engine.people import People, prefetch_rows, users_of_places
from chatsim.engine.prefetching import AHEAD, prefetch
from chatsim.engine.rows import (
    CHAT,
    COIN_DELAY,
    COIN_SHARE,
    COIN_SUSCEPTIBILITY,
    COIN_USER,
    EACH,
    HOP,
    NOBODY,
    SENDER_USER,
    TICK,
)
from chatsim.engine.state import RUN, State
from chatsim.engine.stories import susceptibility_word
from chatsim.randomness.philox import PERSON, draw

Small = NDArray[np.int32]


def settle(
    c: Constants, p: People, s: State, t: int, sends: Small, pool: Small, low: int, high: int
) -> None:
    """The ranges from `low` to `high`: whoever was reached for the first time holds the smallest copy from now on."""
    for part in range(low, high):
        reached = gather(s, t, sends, pool, part)
        draw_coins(c, p, s, t, reached)
        places, rows = s.candidates[t, 0], s.candidates[t, 1]
        for index in range(reached):
            if index + AHEAD < reached:
                prefetch_rows(p, int(places[index + AHEAD]))
                prefetch(sends, int(rows[index + AHEAD]))
            hold_copy(c, p, s, t, int(places[index]), sends[rows[index]], s.coins[t], index)


def draw_coins(c: Constants, p: People, s: State, t: int, count: int) -> None:
    """Who the candidates are, and what decides whether and when they act.

    In loops of their own over whole runs, because the processor then makes several draws at once.
    """
    coins = s.coins[t]
    users = coins[COIN_USER]
    users_of_places(p, s.candidates[t, 0], count, users)
    whole = -(-count // RUN) * RUN
    if c.law != EACH:
        for index in range(whole):
            delay, share, _, _ = draw(
                c.key_low, c.key_high, int(users[index]), c.content, PERSON, 0, c.run
            )
            coins[COIN_DELAY, index] = delay
            coins[COIN_SHARE, index] = share
    if not c.alike:
        for index in range(whole):
            coins[COIN_SUSCEPTIBILITY, index] = susceptibility_word(c, int(users[index]))


def gather(s: State, t: int, sends: Small, pool: Small, part: int) -> int:
    """The smallest copy of everybody who is new in this window, into `candidates`; returns how many they are."""
    base = part << s.range_bits
    nearest, places, rows = s.nearest[t], s.candidates[t, 0], s.candidates[t, 1]
    reached = 0
    for u in range(s.shards):
        chunk = s.chains[u, part]
        s.chains[u, part] = NOBODY
        while chunk != NOBODY:
            for index in range(pool[chunk, 1]):
                place, row = pool[chunk, 2 + 2 * index], pool[chunk, 3 + 2 * index]
                if s.tree:
                    s.received[place] += 1
                status = s.status[place]
                if status == 1:
                    continue
                if status == 0:
                    s.status[place] = 2
                    nearest[place - base] = reached
                    places[reached] = place
                    rows[reached] = row
                    reached += 1
                else:
                    at = nearest[place - base]
                    if before(sends[row], sends[rows[at]]):
                        rows[at] = row
            chunk = pool[chunk, 0]
    return reached


def before(one: Small, other: Small) -> bool:
    """Whether a send's copy counts rather than another's."""
    if one[TICK] != other[TICK]:
        return bool(one[TICK] < other[TICK])
    if one[HOP] != other[HOP]:
        return bool(one[HOP] < other[HOP])
    if one[SENDER_USER] != other[SENDER_USER]:
        return bool(one[SENDER_USER] < other[SENDER_USER])
    return group_of(int(one[CHAT])) < group_of(int(other[CHAT]))
