"""Kernels: an action that has no second try, which `each` and `repeat` share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import take
from chatsim.engine.cheating import is_greedy, sends_originals
from chatsim.engine.constants import Constants, part_of
from chatsim.engine.people import People
from chatsim.engine.rows import DENIED, FLAGS, HELD_BACK, PLACE, USED
from chatsim.engine.sending import begin_action, note, offered, send_act
from chatsim.engine.state import State

Small = NDArray[np.int32]
Integers = NDArray[np.int64]


def act_at_once(
    c: Constants,
    p: People,
    s: State,
    t: int,
    slot: int,
    user: int,
    contacts: int,
    chats: Integers,
    tick: int,
    sends: Small,
    filled: Integers,
) -> None:
    """One action that has no second try: what the app does not offer is held back, what is refused is denied."""
    story, progress = s.stories[t, slot], s.running[t]
    place, flags = int(story[PLACE]), int(story[FLAGS])
    everything = is_greedy(flags)
    taken = len(chats)
    if not everything:
        offered_chats, offered_groups = offered(
            c, c.rows[part_of(c, place)], flags, int(progress[USED])
        )
        taken = take(chats, 0, contacts, offered_chats, offered_groups)
        note(s, t, place, HELD_BACK, len(chats) - taken)
        if taken == 0:
            return
    begin_action(s, t, story, progress)
    original = sends_originals(c, flags, user)
    reason, _, asked = send_act(
        c, p, s, t, slot, user, contacts, chats[:taken], tick, original, everything, sends, filled
    )
    if reason != 0:
        note(s, t, place, DENIED, asked)
