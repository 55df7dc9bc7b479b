"""Kernels: whoever is reached for the first time holds the content, and may be on the way to act."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import reading_tick
from chatsim.engine.constants import Constants
from chatsim.engine.each import plan_each
from chatsim.engine.people import People, contacts_of_place, groups_of_place, user_of_place
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
    HELD,
    HOP,
    LINEAGE,
    MODIFIED,
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
from chatsim.engine.stories import NEVER, new_slot, schedule, share_threshold, susceptibility_word
from chatsim.policy.decision import label_of
from chatsim.randomness.philox import MODIFIED as MODIFIED_DRAW
from chatsim.randomness.philox import draw

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


def group_of(chat: int) -> int:
    """The group of a send, NOBODY for a contact: contacts sort first."""
    return ~chat if chat < 0 else NOBODY
