"""Kernels: who cheats how, and what that makes of what they send.

Framing and cutting show in traceability's slots only, which the engine has none of: those people are honest here.
"""

from __future__ import annotations

from chatsim.behaviour.values import Cheat
from chatsim.engine.constants import Constants
from chatsim.engine.rows import GREEDY, ORIGINATES
from chatsim.model import HOP_MAX
from chatsim.policy.decision import next_hop
from chatsim.randomness.philox import MODIFIED, draw

HONEST = int(Cheat.HONEST)
RELABEL = int(Cheat.RELABEL)
PASTE = int(Cheat.PASTE)
REENCODE = int(Cheat.REENCODE)


def cheat_of(c: Constants, user: int) -> int:
    """The cheat of a greedy app; HONEST for everybody else."""
    if c.cheats[REENCODE - 1] == 0:
        return HONEST
    word = draw(c.people_key_low, c.people_key_high, user, 0, MODIFIED, 0, 0)[0]
    for cheat in range(RELABEL, REENCODE + 1):
        if word < c.cheats[cheat - 1]:
            return cheat
    return HONEST


def is_greedy(flags: int) -> bool:
    """Whether somebody's app asks for everything: not for what they started themselves."""
    return flags & GREEDY != 0 and flags & ORIGINATES == 0


def sends_originals(c: Constants, flags: int, user: int) -> bool:
    """Whether what somebody sends is a text of their own, or as good as that."""
    return flags & ORIGINATES != 0 or (flags & GREEDY != 0 and cheat_of(c, user) >= PASTE)


def hop_made(c: Constants, flags: int, user: int) -> int:
    """The hop that what somebody passes on claims."""
    if flags & GREEDY:
        cheat = cheat_of(c, user)
        if cheat >= PASTE:
            return next_hop(0) if flags & ORIGINATES else 0
        if not c.clear:
            return 0 if cheat == RELABEL else HOP_MAX
    return next_hop(flags & HOP_MAX)
