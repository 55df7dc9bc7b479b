"""Kernels: everybody who is due in a window acts, by the law of the run."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.engine.constants import Constants
from chatsim.engine.each import act_each
from chatsim.engine.officers import judge_minutes
from chatsim.engine.people import (
    People,
    contacts_of_place,
    groups_of_place,
    prefetch_chats,
    prefetch_rows,
)
from chatsim.engine.picking import act_picked
from chatsim.engine.prefetching import AHEAD
from chatsim.engine.rounds import act_round
from chatsim.engine.rows import DUE, EACH, NEXT, NOBODY, PICK, PLACE, USER
from chatsim.engine.state import State
from chatsim.engine.stories import NEVER, further, put_by, schedule, take_up
from chatsim.model import ONE_MINUTE

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def act_window(
    c: Constants, p: People, s: State, t: int, window: int, sends: Small, filled: Integers
) -> int:
    """What the people of shard `t` do in a window, as far as `sends` has room: rows that it must have to go on, or 0.

    `filled[0]` counts the rows in use.
    """
    end = min((window + 1) * s.window, c.duration)
    if c.counts_minutes:
        judge_minutes(c, s, window * s.window // ONE_MINUTE)
    slot = int(s.heads[t, window])
    near, far = further(s, t, slot, AHEAD), further(s, t, slot, 2 * AHEAD)
    while slot != NOBODY:
        if near != NOBODY:
            prefetch_chats(p, int(s.stories[t, near, PLACE]))
            near = int(s.stories[t, near, NEXT])
        if far != NOBODY:
            prefetch_rows(p, int(s.stories[t, far, PLACE]))
            far = int(s.stories[t, far, NEXT])
        story, running = s.stories[t, slot], s.running[t]
        place, user, due = int(story[PLACE]), int(story[USER]), int(story[DUE])
        contacts, groups = contacts_of_place(p, place), groups_of_place(p, place)
        take_up(c, s, t, slot)
        while due != NEVER and due < end:
            rows = int(filled[0]) + contacts + groups
            if rows > len(sends):
                s.heads[t, window] = slot
                story[DUE] = due
                put_by(running, s.progress[t, slot])
                return rows
            if c.law == PICK:
                due = act_picked(c, p, s, t, slot, user, contacts, groups, end, sends, filled)
            elif c.law == EACH:
                due = act_each(c, p, s, t, slot, user, contacts, groups, end, sends, filled)
            else:
                due = act_round(c, p, s, t, slot, user, contacts, groups, due, sends, filled)
        after = int(story[NEXT])
        if due != NEVER:
            put_by(running, s.progress[t, slot])
        schedule(c, s, t, slot, due)
        slot = after
    s.heads[t, window] = NOBODY
    s.waiting[t, window] = 0
    return 0
