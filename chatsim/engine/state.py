"""What changes while one content's run is played, in arrays allocated once.

Memory per user is a budget. Reach only: a byte of status each, and 28 bytes for everybody who is on the way to act at
one time (32 more for who was held back and goes on). A tree adds 72 bytes per user. Arrays that may stay mostly empty
are reserved without being touched, so that only what is used costs memory.
"""

from __future__ import annotations

import contextlib
import mmap
import sys
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.people import People
from chatsim.engine.rows import DEED, FIRST, NOBODY, PROGRESS, STORY, TOTALS
from chatsim.model import ONE_HOUR, ONE_MINUTE

Integers = NDArray[np.int64]
Small = NDArray[np.int32]
RANGE_BITS_MAX = 20
"""A range of places is what one thread settles at a time: its status should stay in the cache."""
RANGE_BITS_MIN = 10
RANGES_PER_SHARD = 8
RUN = 8
"""Draws that are made at once."""
LINEAGES_MAX = 1 << 28
NOT_TAKEN = 1 << 60
"""Where no officer has taken a content down: a tick beyond every run."""
SMALL_BYTES = 1 << 24
NOT_COUNTED = 0x4000 if sys.platform == "linux" else 0
"""MAP_NORESERVE, which Python 3.11 has no name for: address space is not counted as memory before it is written."""
HUGE_PAGES = getattr(mmap, "MADV_HUGEPAGE", None)


class State(NamedTuple):
    """One content's run under way. Axis 0 of what a thread owns is the shard."""

    tree: bool
    window: int
    """Ticks of a window: divides a minute and is no longer than the lookahead, so that nothing that happens in a
    window follows from anything in the same window."""
    windows: int
    shards: int
    range_bits: int
    ranges: int
    status: NDArray[np.uint8]
    """By place: 0 never reached, 1 holds the content, 2 reached in the running window."""
    stories: Small
    """[shard, slot, `rows.STORY`]."""
    progress: Small
    """[shard, slot, `rows.PROGRESS`]: where a story stood when a window was over; unwritten for those yet to begin."""
    running: Small
    """[shard, `rows.PROGRESS`]: of whoever acts just now."""
    slots: Integers
    """[shard]: (first free slot that was used before, slots used so far)."""
    heads: Small
    """[shard, window]: the first story due in a window."""
    waiting: Small
    """[shard, window]: how many are due."""
    lineages: Integers
    """[lineage]: (minute, chats before it, chats within it)."""
    lineage_count: Integers
    hours: Small
    """[place, (hour, chats used of it)], shared by contents that meet; empty where no cap counts them."""
    by_minute: Integers
    """[(copies, complaints), minute]: sums from the start for minutes that were judged; empty where nobody judges."""
    judged: Integers
    """The last whole minute that was judged."""
    ruled: Integers
    """[(paused until, taken down from), part of the people]."""
    first: Small
    """[place, `rows.FIRST`]; empty without a tree, like the next two."""
    deeds: Small
    received: Small
    totals: Integers
    """[shard, `rows.TOTALS`]."""
    by_hour: Integers
    """[shard, hour]: copies delivered."""
    by_tick: Small
    """[shard, tick]: people reached; empty with a tree."""
    by_depth: Integers
    """[shard, depth]: people reached."""
    picks: Integers
    """[shard, chat]: room for one person's wanted chats."""
    swaps: Integers
    words: Integers
    """[shard, word]: room for two words for each chat of one person, in whole runs."""
    members: Integers
    """[shard, member]: room for one group."""
    nearest: Small
    """[shard, place within a range]: row of `candidates` of whoever was reached in this window."""
    candidates: Small
    """[shard, (places, sends), row]: whoever was reached in this window, and the send that counts."""
    coins: Integers
    """[shard, (user, delay word, share coin, susceptibility word), row]: of the candidates."""
    chains: Small
    """[shard, range]: the chunk that is being filled with copies."""


def window_of(lookahead: int, users: int) -> int:
    """Ticks of a window: the largest divisor of a minute within the lookahead; shorter where many act at once."""
    limit = ONE_MINUTE if users <= 1 << 24 else 15
    return max(
        ticks for ticks in range(1, limit + 1) if ONE_MINUTE % ticks == 0 and ticks <= lookahead
    )


def hours_of(users: int) -> Small:
    """Nobody has used anything of an hour."""
    return reserved((users, 2))


def new_state(
    people: People,
    *,
    lookahead: int,
    duration: int,
    counts_total: bool,
    tree: bool,
    shards: int,
    window: int | None = None,
    judging_parts: int = 0,
    hours: Small | None = None,
) -> State:
    """An empty run: nobody holds anything.

    `window` is the longest that serves unless it is given; `judging_parts` counts the parts of the people for which
    minutes are judged.
    """
    users = people.users
    window = window_of(lookahead, users) if window is None else window
    windows = -(-duration // window)
    bits = min(max(users // (RANGES_PER_SHARD * shards), 1).bit_length(), RANGE_BITS_MAX)
    bits = max(bits, RANGE_BITS_MIN)
    ranges = ((users - 1) >> bits) + 1
    owned = min(users, (-(-ranges // shards)) << bits)
    kept = users if tree else 0
    depths = min(duration // lookahead + 2, users) + 1
    deeds = reserved((kept, DEED))
    minutes = -(-duration // ONE_MINUTE) if judging_parts else 0
    if tree:
        deeds[:, 0] = NOBODY
    return State(
        tree=tree,
        window=window,
        windows=windows,
        shards=shards,
        range_bits=bits,
        ranges=ranges,
        status=np.zeros(users, dtype=np.uint8),
        stories=reserved((shards, owned, STORY)),
        progress=reserved((shards, owned, PROGRESS)),
        running=np.zeros((shards, PROGRESS), dtype=np.int32),
        slots=np.array([[NOBODY, 0]] * shards, dtype=np.int64),
        heads=np.full((shards, windows), NOBODY, dtype=np.int32),
        waiting=np.zeros((shards, windows), dtype=np.int32),
        lineages=reserved((LINEAGES_MAX if counts_total else 0, 6)).view(np.int64),
        lineage_count=np.zeros(1, dtype=np.int64),
        hours=hours_of(0) if hours is None else hours,
        by_minute=np.zeros((2, minutes), dtype=np.int64),
        judged=np.zeros(1, dtype=np.int64),
        ruled=np.array([[0], [NOT_TAKEN]]).repeat(judging_parts, axis=1),
        first=reserved((kept, FIRST)),
        deeds=deeds,
        received=np.zeros(kept, dtype=np.int32),
        totals=np.zeros((shards, TOTALS), dtype=np.int64),
        by_hour=np.zeros((shards, -(-duration // ONE_HOUR)), dtype=np.int64),
        by_tick=np.zeros((shards, 0 if tree else duration), dtype=np.int32),
        by_depth=np.zeros((shards, depths), dtype=np.int64),
        picks=np.empty((shards, people.chats_max), dtype=np.int64),
        swaps=np.empty((shards, 2 * people.chats_max), dtype=np.int64),
        words=np.empty((shards, 2 * (people.chats_max + RUN)), dtype=np.int64),
        members=np.empty((shards, people.members_max), dtype=np.int64),
        nearest=np.empty((shards, 1 << bits), dtype=np.int32),
        candidates=reserved((shards, 2, (1 << bits) + RUN)),
        coins=reserved((shards, 4, 2 * ((1 << bits) + RUN))).view(np.int64),
        chains=np.full((shards, ranges), NOBODY, dtype=np.int32),
    )


def reserved(shape: tuple[int, ...]) -> Small:
    """Zeroed integers of which only what is written costs memory."""
    count = prod(shape)
    if 4 * count <= SMALL_BYTES:
        return np.zeros(shape, dtype=np.int32)
    room = mmap.mmap(-1, 4 * count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | NOT_COUNTED)
    if HUGE_PAGES is not None:
        # Quicker where the system has them, and nothing else.
        with contextlib.suppress(OSError):
            room.madvise(HUGE_PAGES)
    return np.frombuffer(room, dtype=np.int32, count=count).reshape(shape)
