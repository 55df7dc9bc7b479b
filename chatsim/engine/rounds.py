"""Kernels: what people do under `repeat`: round after round, each with picks of its own."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import content_of_round, pick_chats
from chatsim.engine.constants import Constants, part_of
from chatsim.engine.once import act_at_once
from chatsim.engine.people import People
from chatsim.engine.rows import ABANDONED, ACTING, FLAGS, PLACE, ROUND, WANTED
from chatsim.engine.sending import begin_deed, note
from chatsim.engine.state import State
from chatsim.engine.stories import NEVER, abandons, enter
from chatsim.randomness.philox import ROUND as ROUND_DRAW
from chatsim.randomness.philox import draw

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def act_round(
    c: Constants,
    p: People,
    s: State,
    t: int,
    slot: int,
    user: int,
    contacts: int,
    groups: int,
    due: int,
    sends: Small,
    filled: Integers,
) -> int:
    """One round of a `repeat` story; the tick of the next, or NEVER."""
    story, progress = s.stories[t, slot], s.running[t]
    place = int(story[PLACE])
    enter(story, ACTING)
    number = int(progress[ROUND])
    words = draw(c.key_low, c.key_high, user, c.content, ROUND_DRAW, number, c.run)
    wanted = min(c.audience[words[1] >> 16], contacts + groups)
    if number == 0:
        begin_deed(c, s, t, story, due, wanted)
    else:
        note(s, t, place, WANTED, wanted)
    if wanted == 0:
        return NEVER
    if number == 0 and abandons(c, c.rows[part_of(c, place)], user, int(story[FLAGS])):
        note(s, t, place, ABANDONED, wanted)
        return NEVER
    chats = s.picks[t, :wanted]
    pick_chats(
        c.key_low, c.key_high, user, content_of_round(c.content, number), c.run,
        contacts, groups, c.group_threshold, chats, s.swaps[t],
    )  # fmt: skip
    act_at_once(c, p, s, t, slot, user, contacts, chats, due, sends, filled)
    if words[0] < c.round_recovery_threshold:
        return NEVER
    progress[ROUND] = number + 1
    return due + c.interval
