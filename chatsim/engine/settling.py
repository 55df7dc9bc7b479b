"""Kernels: copies on their way to everybody, and what becomes of first ones when the window is over.

Copies are put down by ranges of places, so that whoever settles a range works within the cache, and ranges can be
settled by several threads without a word between them: of the copies that reach somebody new in a window the smallest
by (tick, claimed hop, sender, contact before group, group) counts, whatever the order they are looked at in.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import reading_tick
from chatsim.engine.acting import (
    NEVER,
    plan_each,
    schedule,
    share_threshold,
    susceptibility_word,
)
from chatsim.engine.constants import Constants
from chatsim.engine.people import (
    People,
    chat_places,
    contacts_of_place,
    groups_of_place,
    prefetch_rows,
    user_of_place,
    users_of_places,
)
from chatsim.engine.prefetching import AHEAD, prefetch
from chatsim.engine.rows import (
    CHAT,
    COIN_DELAY,
    COIN_SHARE,
    COIN_SUSCEPTIBILITY,
    COIN_USER,
    DEPTH_SHIFT,
    DUE,
    EACH,
    FIRST_GROUP,
    FIRST_HOP,
    FIRST_LABEL,
    FIRST_PARENT,
    FIRST_TICK,
    FLAGS,
    FORWARDED_COPIES,
    HELD,
    HOP,
    LABELS,
    LINEAGE,
    MODIFIED,
    NEXT,
    NOBODY,
    ORIGIN,
    ORIGINAL,
    ORIGINAL_COPIES,
    ORIGINATES,
    PLACE,
    REACHED,
    SENDER,
    SENDER_DEPTH,
    SENDER_USER,
    SENT_LINEAGE,
    TICK,
    USER,
    WRONG_LABELS,
)
from chatsim.engine.sending import begin_deed, note
from chatsim.engine.state import RUN, State
from chatsim.model import HOP_MAX, ONE_HOUR
from chatsim.policy.decision import label_of
from chatsim.population.places import members_at
from chatsim.randomness.philox import MODIFIED as MODIFIED_DRAW
from chatsim.randomness.philox import PERSON, draw

Small = NDArray[np.int32]
Integers = NDArray[np.int64]
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
        hop = int(send[HOP])
        label = label_of(c.row, hop)
        honest = label_of(c.row, min(int(send[SENDER_DEPTH]), HOP_MAX))
        column = ORIGINAL_COPIES if send[ORIGINAL] else FORWARDED_COPIES
        note(s, t, sender, column, copies)
        s.by_hour[t, int(send[TICK]) // ONE_HOUR] += copies
        s.totals[t, LABELS + label] += copies
        if label != honest:
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


def group_of(chat: int) -> int:
    """The group of a send, NOBODY for a contact: contacts sort first."""
    return ~chat if chat < 0 else NOBODY


def hold_copy(
    c: Constants,
    p: People,
    s: State,
    t: int,
    place: int,
    send: Small,
    coins: Integers,
    index: int,
) -> None:
    """Somebody holds the content from now on, by this copy; `coins[:, index]` are theirs."""
    hop, tick = int(send[HOP]), int(send[TICK])
    depth = int(send[SENDER_DEPTH]) + 1
    count_reached(s, t, place, tick, depth)
    group = group_of(int(send[CHAT]))
    if s.tree:
        first = s.first[place]
        first[FIRST_TICK] = tick
        first[FIRST_PARENT] = send[SENDER_USER]
        first[FIRST_GROUP] = group
        first[FIRST_HOP] = hop
        first[FIRST_LABEL] = label_of(c.row, hop)
    origin = int(send[CHAT]) if group >= 0 else int(send[SENDER])
    flags = hop | (depth << DEPTH_SHIFT)
    lineage = int(send[SENT_LINEAGE]) if c.counts_total else 0
    await_action(c, p, s, t, place, origin, flags, tick, lineage, coins, index)


def originate(c: Constants, p: People, s: State, t: int, place: int) -> None:
    """Somebody starts the content: holds it from the start and posts at the first noon."""
    count_reached(s, t, place, c.first_post, 0)
    if s.tree:
        first = s.first[place]
        first[FIRST_TICK] = c.first_post
        first[FIRST_PARENT] = NOBODY
        first[FIRST_GROUP] = NOBODY
    coins = s.coins[t]
    coins[COIN_USER, 0] = user_of_place(p, place)
    if not c.alike:
        coins[COIN_SUSCEPTIBILITY, 0] = susceptibility_word(c, int(coins[COIN_USER, 0]))
    await_action(c, p, s, t, place, place, ORIGINATES, c.first_post, 0, coins, 0)


def count_reached(s: State, t: int, place: int, tick: int, depth: int) -> None:
    """One more person reached."""
    s.status[place] = 1
    s.totals[t, REACHED] += 1
    s.by_depth[t, depth] += 1
    if not s.tree:
        s.by_tick[t, tick] += 1


def await_action(
    c: Constants,
    p: People,
    s: State,
    t: int,
    place: int,
    origin: int,
    flags: int,
    tick: int,
    lineage: int,
    coins: Integers,
    index: int,
) -> None:
    """Begins a story if the person will act within the run: keyed coins say so now, so nobody else need be woken."""
    user = int(coins[COIN_USER, index])
    susceptible = 0 if c.alike else int(coins[COIN_SUSCEPTIBILITY, index])
    due, wanted = tick, 0
    if c.law == EACH:
        chats = contacts_of_place(p, place) + groups_of_place(p, place)
        threshold = share_threshold(c, susceptible, flags, tick)
        due, wanted = plan_each(c, user, chats, threshold, tick, s.words[t])
    elif not flags & ORIGINATES:
        delay = c.reading_delay[coins[COIN_DELAY, index] >> 16]
        due = reading_tick(tick, delay, c.lookahead, c.utc_offset, c.night)
        if due >= c.duration or (
            coins[COIN_SHARE, index] >= share_threshold(c, susceptible, flags, due)
        ):
            due = NEVER
    if due == NEVER:
        return
    if c.modified_threshold > 0:
        words = draw(c.people_key_low, c.people_key_high, user, 0, MODIFIED_DRAW, 0, 0)
        if words[0] < c.modified_threshold:
            flags |= MODIFIED
    slot = new_slot(s, t)
    story = s.stories[t, slot]
    story[PLACE] = place
    story[ORIGIN] = origin
    story[HELD] = tick
    story[FLAGS] = flags
    story[DUE] = due
    story[USER] = user
    if c.counts_total:
        s.progress[t, slot, LINEAGE] = lineage
    if c.law == EACH:
        begin_deed(c, s, t, story, due, wanted)
    schedule(c, s, t, slot, due)


def new_slot(s: State, t: int) -> int:
    """Room for a story: one that ended, or the next unused."""
    slot = int(s.slots[t, 0])
    if slot == NOBODY:
        slot = int(s.slots[t, 1])
        s.slots[t, 1] = slot + 1
    else:
        s.slots[t, 0] = s.stories[t, slot, NEXT]
    return slot
