"""Kernels: what people do under `each`: every chat on its own coin and its own delay."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import after_night
from chatsim.engine.constants import Constants, part_of
from chatsim.engine.once import act_at_once
from chatsim.engine.people import People
from chatsim.engine.rows import ACTING, DUE, FLAGS, HELD, LABEL_SEEN, ORIGINATES, PLACE
from chatsim.engine.state import RUN, State
from chatsim.engine.stories import NEVER, enter, share_threshold, susceptibility_word
from chatsim.model import HOP_MAX
from chatsim.policy.decision import label_of
from chatsim.randomness.philox import EACH as EACH_DRAW
from chatsim.randomness.philox import RECOVERY, draw

Small = NDArray[np.int32]
Integers = NDArray[np.int64]
INDEX_BITS = 24
INDEX_MASK = (1 << INDEX_BITS) - 1


def draw_chats(c: Constants, user: int, chats: int, words: Integers) -> None:
    """Coin and delay word of every chat: `words[2 i]` and `words[2 i + 1]` of chat i.

    A loop of its own over whole runs of chats, because the processor then makes several draws at once.
    """
    for chat in range(-(-chats // RUN) * RUN):
        coin, which, _, _ = draw(c.key_low, c.key_high, user, c.content, EACH_DRAW, chat, c.run)
        words[2 * chat] = coin
        words[2 * chat + 1] = which


def each_tick(c: Constants, which: int, held: int, recovery: int, offset: int) -> int:
    """When a chat that its coin lets through is sent to under `each`, or NEVER."""
    delay = c.chat_delay[which >> 16]
    if c.recovers and delay >= recovery:
        return NEVER
    tick = held + max(c.lookahead, delay)
    if c.night:
        tick = after_night(tick, offset)
    return tick if tick < c.duration else NEVER


def recovery_of(c: Constants, user: int) -> int:
    """How long somebody passes things on under `each` with recovery."""
    if not c.recovers:
        return 0
    words = draw(c.key_low, c.key_high, user, c.content, RECOVERY, 0, c.run)
    return int(c.recovery[words[0] >> 16])


def plan_each(
    c: Constants, user: int, chats: int, threshold: int, held: int, offset: int, words: Integers
) -> tuple[int, int]:
    """(tick of the first chat, chats in all) of an `each` story; (NEVER, 0) where none is sent to."""
    recovery = recovery_of(c, user)
    draw_chats(c, user, chats, words)
    first = NEVER
    wanted = 0
    for chat in range(chats):
        if words[2 * chat] >= threshold:
            continue
        tick = each_tick(c, words[2 * chat + 1], held, recovery, offset)
        if tick != NEVER:
            wanted += 1
            if first == NEVER or tick < first:
                first = tick
    return first, wanted


def act_each(
    c: Constants,
    p: People,
    s: State,
    t: int,
    slot: int,
    user: int,
    contacts: int,
    groups: int,
    end: int,
    sends: Small,
    filled: Integers,
) -> int:
    """The chats of an `each` story before `end`, tick by tick; the tick of the next, or NEVER."""
    story = s.stories[t, slot]
    enter(story, ACTING)
    place, flags = int(story[PLACE]), int(story[FLAGS])
    held, due = int(story[HELD]), int(story[DUE])
    susceptible = 0 if c.alike else susceptibility_word(c, user)
    row, offset = c.rows[part_of(c, place)], c.utc_offsets[part_of(c, place)]
    label = label_held(c, row, s.running[t], flags)
    threshold = share_threshold(c, row, user, susceptible, label, flags, held)
    recovery = recovery_of(c, user)
    words, agenda = s.words[t], s.picks[t]
    draw_chats(c, user, contacts + groups, words)
    planned = 0
    following = NEVER
    for chat in range(contacts + groups):
        if words[2 * chat] >= threshold:
            continue
        tick = each_tick(c, words[2 * chat + 1], held, recovery, offset)
        if tick == NEVER or tick < due:
            continue
        if tick < end:
            agenda[planned] = (tick << INDEX_BITS) | chat
            planned += 1
        elif following == NEVER or tick < following:
            following = tick
    sort_rising(agenda[:planned])
    begin = 0
    chats = s.swaps[t]
    while begin < planned:
        tick = agenda[begin] >> INDEX_BITS
        count = 0
        while begin + count < planned and agenda[begin + count] >> INDEX_BITS == tick:
            chats[count] = agenda[begin + count] & INDEX_MASK
            count += 1
        act_at_once(c, p, s, t, slot, user, contacts, chats[:count], tick, sends, filled)
        begin += count
    return following


def label_held(c: Constants, row: Integers, progress: Small, flags: int) -> int:
    """The label of the copy that somebody holds."""
    if flags & ORIGINATES:
        return 0
    return int(progress[LABEL_SEEN]) if c.keeps_labels else label_of(row, flags & HOP_MAX)


def sort_rising(values: Integers) -> None:
    """Shell sort: needs no memory of its own, and no time where all chats fall on one tick."""
    gap = 1
    while gap < len(values) // 3:
        gap = 3 * gap + 1
    while gap > 0:
        for i in range(gap, len(values)):
            value = values[i]
            j = i
            while j >= gap and values[j - gap] > value:
                values[j] = values[j - gap]
                j -= gap
            values[j] = value
        gap //= 3
