"""Kernels: one act, from the chats that somebody takes to the sends that the relay allows, and the books about it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.cheating import hop_made
from chatsim.engine.constants import Constants, part_of
from chatsim.engine.officers import refusal
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
    HONEST_SHIFT,
    HOP,
    HOP_MADE,
    HOUR,
    HOUR_USED,
    LABEL_SHIFT,
    LINEAGE,
    MARKS,
    ORIGIN,
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
    USER,
    WANTED,
)
from chatsim.engine.state import State
from chatsim.model import HOP_MAX, ONE_HOUR, ONE_MINUTE
from chatsim.policy.decision import (
    UNLIMITED,
    chats_offered,
    decide,
    groups_offered,
    label_of,
    originals_offered,
)

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def note(s: State, t: int, place: int, column: int, amount: int) -> None:
    """Adds to somebody's deed, and to the totals."""
    s.totals[t, column] += amount
    if s.tree:
        s.deeds[place, column] += amount


def begin_deed(c: Constants, s: State, t: int, story: Small, tick: int, wanted: int) -> None:
    """From here on this person is one who wanted to pass it on."""
    place = int(story[PLACE])
    s.totals[t, WANTED] += wanted
    if s.tree:
        s.deeds[place, DEED_TICK] = tick
        s.deeds[place, WANTED] += wanted
        s.deeds[place, HOP_MADE] = hop_made(c, int(story[FLAGS]), int(story[USER]))


def begin_action(s: State, t: int, story: Small, progress: Small) -> None:
    """One more action, counted as extra after the first."""
    progress[ACTIONS] += 1
    note(s, t, int(story[PLACE]), DEED_ACTIONS, 1)
    if progress[ACTIONS] > 1:
        s.totals[t, EXTRA_ACTIONS] += 1


def offered(c: Constants, row: Integers, flags: int, used: int) -> tuple[int, int]:
    """(chats, groups) that the app offers for one action; `row` is that of the person's part."""
    hop = flags & HOP_MAX
    if not flags & ORIGINATES:
        return chats_offered(row, hop, used), groups_offered(row, hop)
    if c.capped_first:
        return originals_offered(row), groups_offered(row, 0)
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
    row = c.rows[part_of(c, place)]
    hop = 0 if original else hop_made(c, flags, user)
    marks = marks_of(row, hop, depth, original)
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
        send[MARKS] = marks
        asked += 1
        groups += chat < 0
    if asked == 0:
        return 0, 0, 0
    reason, limit = judged(c, s, place, row, progress, flags, asked, groups, tick, original)
    if reason != 0:
        note(s, t, place, REFUSED, 1)
        return reason, limit, asked
    if original:
        lineage = new_lineage(s) if c.counts_total else 0
        note(s, t, place, ORIGINAL_CHATS, asked)
        if depth > 0:
            s.totals[t, PASTED_CHATS] += asked
    else:
        lineage = int(progress[LINEAGE])
        progress[USED] += asked
        note(s, t, place, FORWARDED_CHATS, asked)
        if c.counts_total:
            s.lineages[lineage, 2] += asked
        if c.counts_hours:
            s.hours[place, HOUR_USED] += asked
    if c.counts_total:
        for index in range(first, first + asked):
            sends[index, SENT_LINEAGE] = lineage
    filled[0] = first + asked
    return 0, 0, asked


def judged(
    c: Constants,
    s: State,
    place: int,
    row: Integers,
    progress: Small,
    flags: int,
    asked: int,
    groups: int,
    tick: int,
    original: bool,
) -> tuple[int, int]:
    """The relay's verdict on an act: (reason, limit), reason 0 where it is allowed or nobody judges."""
    if c.counts_minutes:
        reason, limit = refusal(c, s, place, tick)
        if reason != 0:
            return reason, limit
    if original or not c.clear:
        return 0, 0
    total = closed_total(s, int(progress[LINEAGE]), tick) if c.counts_total else 0
    hour = used_in_hour(s, place, tick) if c.counts_hours else 0
    used = int(progress[USED])
    return decide(row, flags & HOP_MAX, asked, groups, 0, 0, used, total, hour)


def marks_of(row: Integers, hop: int, depth: int, original: bool) -> int:
    """What a send says of its copies: whether they are originals, their label, and the label of their true depth."""
    honest = label_of(row, min(depth, HOP_MAX))
    return int(original) | (label_of(row, hop) << LABEL_SHIFT) | (honest << HONEST_SHIFT)


def used_in_hour(s: State, place: int, tick: int) -> int:
    """The chats that somebody has forwarded to in the hour of `tick`, over all contents."""
    used = s.hours[place]
    hour = tick // ONE_HOUR
    if used[HOUR] != hour:
        used[HOUR] = hour
        used[HOUR_USED] = 0
    return int(used[HOUR_USED])


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
