"""Kernels: copies on their way, put down by ranges of places.

Whoever settles a range works within the cache then, and ranges can be settled by several threads without a word between
them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.constants import Constants
from chatsim.engine.people import People, chat_places
from chatsim.engine.rows import (
    CHAT,
    COPIES_MADE,
    FORWARDED_COPIES,
    HONEST_SHIFT,
    LABEL_MASK,
    LABEL_SHIFT,
    LABELS,
    MARKS,
    NOBODY,
    ORIGINAL,
    ORIGINAL_COPIES,
    SENDER,
    TICK,
    WRONG_LABELS,
)
from chatsim.engine.sending import note
from chatsim.engine.state import State
from chatsim.model import ONE_HOUR, ONE_MINUTE
from chatsim.population.places import members_at

Small = NDArray[np.int32]
CHUNK = 255
"""Copies of one chunk of the pool, which has a row of 512 integers: (chunk before it, copies in it, then (place, send)
for each copy)."""
CHUNK_ROW = 2 + 2 * CHUNK


def copies_at_most(p: People, sends: Small, low: int, high: int) -> int:
    """An upper bound of the copies that these sends make."""
    copies = 0
    for row in range(low, high):
        copies += chat_places(p, int(sends[row, CHAT]))
    return copies


def chunks_for(s: State, copies: int) -> int:
    """Chunks of the pool that one thread needs at most."""
    return copies // CHUNK + 1 + s.ranges


def put_down(
    c: Constants,
    p: People,
    s: State,
    t: int,
    sends: Small,
    low: int,
    high: int,
    pool: Small,
    free: int,
) -> None:
    """The copies of these sends, by ranges, into chunks of `pool` from `free` on; and the books about them."""
    for row in range(low, high):
        send = sends[row]
        chat, sender = int(send[CHAT]), int(send[SENDER])
        copies = 0
        if chat >= 0:
            free = put(s, t, pool, free, chat, row)
            copies = 1
        elif p.stored:
            group = ~chat
            for index in range(p.member_offsets[group], p.member_offsets[group + 1]):
                member = int(p.members[index])
                if member != sender:
                    free = put(s, t, pool, free, member, row)
                    copies += 1
        else:
            members = s.members[t]
            for index in range(members_at(p.arithmetic, ~chat, members)):
                member = int(members[index])
                if member != sender:
                    free = put(s, t, pool, free, member, row)
                    copies += 1
        tick, marks = int(send[TICK]), int(send[MARKS])
        label = (marks >> LABEL_SHIFT) & LABEL_MASK
        column = ORIGINAL_COPIES if marks & ORIGINAL else FORWARDED_COPIES
        note(s, t, sender, column, copies)
        s.by_hour[t, tick // ONE_HOUR] += copies
        if c.counts_minutes:
            s.by_minute[COPIES_MADE, tick // ONE_MINUTE] += copies
        s.totals[t, LABELS + label] += copies
        if label != marks >> HONEST_SHIFT:
            s.totals[t, WRONG_LABELS] += copies


def put(s: State, t: int, pool: Small, free: int, place: int, send: int) -> int:
    """One copy into the chunk of its range; returns the next free chunk."""
    part = place >> s.range_bits
    chunk = s.chains[t, part]
    if chunk == NOBODY or pool[chunk, 1] == CHUNK:
        pool[free, 0] = chunk
        pool[free, 1] = 0
        chunk = free
        s.chains[t, part] = chunk
        free += 1
    filled = pool[chunk, 1]
    pool[chunk, 2 + 2 * filled] = place
    pool[chunk, 3 + 2 * filled] = send
    pool[chunk, 1] = filled + 1
    return free
