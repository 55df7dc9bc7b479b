"""Kernels: whoever is reached for the first time holds the content, and may be on the way to act."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import posting_tick, reading_tick
from chatsim.engine.cheating import HONEST, cheat_of
from chatsim.engine.constants import Constants, part_of
from chatsim.engine.each import plan_each
from chatsim.engine.people import People, contacts_of_place, groups_of_place, user_of_place
from chatsim.engine.rows import (
    CHAT,
    COIN_DELAY,
    COIN_SHARE,
    COIN_SUSCEPTIBILITY,
    COIN_USER,
    COMPLAINED,
    COMPLAINTS,
    DEPTH_SHIFT,
    DUE,
    EACH,
    FIRST_GROUP,
    FIRST_HOP,
    FIRST_LABEL,
    FIRST_PARENT,
    FIRST_TICK,
    FLAGS,
    GREEDY,
    HELD,
    HOP,
    LABEL_MASK,
    LABEL_SEEN,
    LABEL_SHIFT,
    LINEAGE,
    MARKS,
    NOBODY,
    ORIGIN,
    ORIGINATES,
    PLACE,
    REACHED,
    SENDER,
    SENDER_DEPTH,
    SENDER_USER,
    SENT_LINEAGE,
    TICK,
    USER,
)
from chatsim.engine.sending import begin_deed
from chatsim.engine.state import State
from chatsim.engine.stories import (
    NEVER,
    new_slot,
    prompted,
    schedule,
    share_threshold,
    susceptibility_word,
)
from chatsim.model import ONE_MINUTE
from chatsim.policy.decision import FRICTION_DELAY, TAKEDOWN_COMPLAINTS, UNLIMITED
from chatsim.randomness.philox import COMPLAINT, draw

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


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
    label = (int(send[MARKS]) >> LABEL_SHIFT) & LABEL_MASK
    if s.tree:
        first = s.first[place]
        first[FIRST_TICK] = tick
        first[FIRST_PARENT] = send[SENDER_USER]
        first[FIRST_GROUP] = group
        first[FIRST_HOP] = hop
        first[FIRST_LABEL] = label
    origin = int(send[CHAT]) if group >= 0 else int(send[SENDER])
    flags = hop | (depth << DEPTH_SHIFT)
    lineage = int(send[SENT_LINEAGE]) if c.counts_total else 0
    await_action(c, p, s, t, place, origin, flags, label, tick, lineage, coins, index)


def originate(c: Constants, p: People, s: State, t: int, place: int) -> None:
    """Somebody starts the content: holds it from the start and posts at the first local noon, if the run has one."""
    tick = posting_tick(c.utc_offsets[part_of(c, place)])
    if tick >= c.duration:
        return
    count_reached(s, t, place, tick, 0)
    if s.tree:
        first = s.first[place]
        first[FIRST_TICK] = tick
        first[FIRST_PARENT] = NOBODY
        first[FIRST_GROUP] = NOBODY
    coins = s.coins[t]
    coins[COIN_USER, 0] = user_of_place(p, place)
    if not c.alike:
        coins[COIN_SUSCEPTIBILITY, 0] = susceptibility_word(c, int(coins[COIN_USER, 0]))
    await_action(c, p, s, t, place, place, ORIGINATES, 0, tick, 0, coins, 0)


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
    label: int,
    tick: int,
    lineage: int,
    coins: Integers,
    index: int,
) -> None:
    """Begins a story if the person will act within the run: keyed coins say so now, so nobody else need be woken."""
    user = int(coins[COIN_USER, index])
    susceptible = 0 if c.alike else int(coins[COIN_SUSCEPTIBILITY, index])
    due, wanted = tick, 0
    row, offset = c.rows[part_of(c, place)], c.utc_offsets[part_of(c, place)]
    if c.law == EACH:
        chats = contacts_of_place(p, place) + groups_of_place(p, place)
        threshold = share_threshold(c, row, user, susceptible, label, flags, tick)
        due, wanted = plan_each(c, user, chats, threshold, tick, offset, s.words[t])
    elif not flags & ORIGINATES:
        delay = c.reading_delay[coins[COIN_DELAY, index] >> 16]
        due = reading_tick(tick, delay, c.lookahead, offset, c.night)
        if (
            due >= c.duration
            or complains(c, s, t, row, user, due)
            or coins[COIN_SHARE, index]
            >= share_threshold(c, row, user, susceptible, label, flags, due)
        ):
            due = NEVER
    if due == NEVER:
        return
    if cheat_of(c, user) != HONEST:
        flags |= GREEDY
    if prompted(c, row, flags):
        due += row[FRICTION_DELAY]
        if due >= c.duration:
            return
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
    if c.keeps_labels:
        s.progress[t, slot, LABEL_SEEN] = label
    if c.law == EACH:
        begin_deed(c, s, t, story, due, wanted)
    schedule(c, s, t, slot, due)


def complains(c: Constants, s: State, t: int, row: Integers, user: int, tick: int) -> bool:
    """Whether somebody complains at the reading at `tick`; it is counted as of that minute, which is not over yet."""
    if not c.hears or row[TAKEDOWN_COMPLAINTS] == UNLIMITED:
        return False
    words = draw(c.key_low, c.key_high, user, c.content, COMPLAINT, 0, c.run)
    if words[0] >= c.complaint_threshold:
        return False
    s.totals[t, COMPLAINTS] += 1
    if c.counts_minutes:
        s.by_minute[COMPLAINED, tick // ONE_MINUTE] += 1
    return True


def group_of(chat: int) -> int:
    """The group of a send, NOBODY for a contact: contacts sort first."""
    return ~chat if chat < 0 else NOBODY
