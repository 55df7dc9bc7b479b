"""Kernels: one act, from the chats that somebody takes to the sends that the relay allows, and the books about it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.constants import Constants
from chatsim.engine.people import People, chat_of_place
from chatsim.engine.rows import (
    ACTIONS,
    CHAT,
    DEED_ACTIONS,
    DEED_TICK,
    DEPTH_SHIFT,
    EXTRA_ACTIONS,
    FLAGS,
    FORWARDED_CHATS,
    HOP,
    HOP_MADE,
    LINEAGE,
    MODIFIED,
    ORIGIN,
    ORIGINAL,
    ORIGINAL_CHATS,
    ORIGINATES,
    PASTED_CHATS,
    PLACE,
    REFUSED,
    SENDER,
    SENDER_DEPTH,
    SENDER_USER,
    SENT_LINEAGE,
    TICK,
    USED,
    WANTED,
)
from chatsim.engine.state import State
from chatsim.model import HOP_MAX, ONE_MINUTE
from chatsim.policy.decision import (
    UNLIMITED,
    chats_offered,
    decide,
    groups_offered,
    next_hop,
    originals_offered,
)

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def note(s: State, t: int, place: int, column: int, amount: int) -> None:
    """Adds to somebody's deed, and to the totals."""
    s.totals[t, column] += amount
    if s.tree:
        s.deeds[place, column] += amount


def hop_made(c: Constants, flags: int) -> int:
    """The hop that somebody's forwards claim."""
    if c.claimed >= 0 and flags & MODIFIED:
        return c.claimed
    return next_hop(flags & HOP_MAX)


def begin_deed(c: Constants, s: State, t: int, story: Small, tick: int, wanted: int) -> None:
    """From here on this person is one who wanted to pass it on."""
    place = int(story[PLACE])
    s.totals[t, WANTED] += wanted
    if s.tree:
        s.deeds[place, DEED_TICK] = tick
        s.deeds[place, WANTED] += wanted
        s.deeds[place, HOP_MADE] = hop_made(c, int(story[FLAGS]))


def begin_action(s: State, t: int, story: Small, progress: Small) -> None:
    """One more action, counted as extra after the first."""
    progress[ACTIONS] += 1
    note(s, t, int(story[PLACE]), DEED_ACTIONS, 1)
    if progress[ACTIONS] > 1:
        s.totals[t, EXTRA_ACTIONS] += 1


def cheats(flags: int) -> bool:
    """Whether somebody's app asks for everything: not for what they started themselves."""
    return flags & MODIFIED != 0 and flags & ORIGINATES == 0


def offered(c: Constants, flags: int, used: int) -> tuple[int, int]:
    """(chats, groups) that the app offers for one action."""
    hop = flags & HOP_MAX
    if not flags & ORIGINATES:
        return chats_offered(c.row, hop, used), groups_offered(c.row, hop)
    if c.capped_first:
        return originals_offered(c.row), groups_offered(c.row, 0)
    return UNLIMITED, UNLIMITED


def send_act(
    c: Constants,
    p: People,
    s: State,
    t: int,
    slot: int,
    user: int,
    contacts: int,
    chats: Integers,
    tick: int,
    original: bool,
    everywhere: bool,
    sends: Small,
    filled: Integers,
) -> tuple[int, int, int]:
    """One act to `chats` (chat numbers), without oneself and, unless `everywhere`, the chat that the copy came from.

    Returns (reason, limit, chats asked for). What is allowed is appended to `sends`, whose `filled[0]` rows are in
    use; there is room for all of it.
    """
    story, progress = s.stories[t, slot], s.running[t]
    place, origin, flags = int(story[PLACE]), int(story[ORIGIN]), int(story[FLAGS])
    depth = flags >> DEPTH_SHIFT
    hop = 0 if original else hop_made(c, flags)
    first = filled[0]
    asked = 0
    groups = 0
    for index in chats:
        chat = chat_of_place(p, place, contacts, int(index))
        if chat == place or (chat == origin and not everywhere):
            continue
        send = sends[first + asked]
        send[SENDER] = place
        send[SENDER_USER] = user
        send[CHAT] = chat
        send[TICK] = tick
        send[HOP] = hop
        send[SENDER_DEPTH] = depth
        send[ORIGINAL] = original
        asked += 1
        groups += chat < 0
    if asked == 0:
        return 0, 0, 0
    if original:
        lineage = new_lineage(s) if c.counts_total else 0
        note(s, t, place, ORIGINAL_CHATS, asked)
        if depth > 0:
            s.totals[t, PASTED_CHATS] += asked
    else:
        lineage = int(progress[LINEAGE])
        if c.clear:
            total = closed_total(s, lineage, tick) if c.counts_total else 0
            held_hop, used = flags & HOP_MAX, int(progress[USED])
            reason, limit = decide(c.row, held_hop, asked, groups, 0, 0, used, total, 0)
            if reason != 0:
                note(s, t, place, REFUSED, 1)
                return reason, limit, asked
        progress[USED] += asked
        note(s, t, place, FORWARDED_CHATS, asked)
        if c.counts_total:
            s.lineages[lineage, 2] += asked
    if c.counts_total:
        for row in range(first, first + asked):
            sends[row, SENT_LINEAGE] = lineage
    filled[0] = first + asked
    return 0, 0, asked


def new_lineage(s: State) -> int:
    """A number for what an original starts; where numbers run out, the last one, and the run is refused at its end."""
    number = min(int(s.lineage_count[0]), len(s.lineages) - 1)
    s.lineage_count[0] += 1
    s.lineages[number, 0] = 0
    s.lineages[number, 1] = 0
    s.lineages[number, 2] = 0
    return number


def closed_total(s: State, lineage: int, tick: int) -> int:
    """The chats that a lineage was forwarded to before the minute of `tick`."""
    counts = s.lineages[lineage]
    minute = tick // ONE_MINUTE
    if minute > counts[0]:
        counts[0] = minute
        counts[1] += counts[2]
        counts[2] = 0
    return int(counts[1])
