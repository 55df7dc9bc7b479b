"""What people do, as scalar functions of integers: when they read, whether they pass it on, to whom.

Plain Python over integers and indexable rows, so that a simulated person calls them as they are or compiled
(`chatsim.compilation`). Nothing here knows a policy: caps come in as integers.
"""

from __future__ import annotations

from collections.abc import MutableSequence, Sequence

import numpy as np
from numpy.typing import NDArray

from chatsim.model import ONE_DAY, ONE_HOUR
from chatsim.randomness.philox import PICK, choose, draw
from chatsim.randomness.tables import FACTOR_BITS

MORNING = 7 * ONE_HOUR
NOON = 12 * ONE_HOUR
PASTE_SECONDS = 15
"""Between one pasted chat and the next."""


def posting_tick(utc_offset: int) -> int:
    """The first local noon: when originators post."""
    return (NOON - utc_offset) % ONE_DAY


def after_night(tick: int, utc_offset: int) -> int:
    """`tick`, or the morning if it falls between local midnight and 07:00: the night pressed into an hour, in order."""
    seconds = (tick + utc_offset) % ONE_DAY
    if seconds < MORNING:
        return tick - seconds + MORNING + seconds // 7
    return tick


def reading_tick(received: int, delay: int, lookahead: int, utc_offset: int, night: int) -> int:
    """When a copy received at tick `received` is read."""
    tick = received + max(lookahead, delay)
    return after_night(tick, utc_offset) if night else tick


def chance_left(threshold: int, label_factor: int, education_factor: int, staleness: int) -> int:
    """The threshold of passing it on, after the label seen, what one was taught, and the content's age."""
    labelled = (threshold * label_factor) >> FACTOR_BITS
    return (((labelled * education_factor) >> FACTOR_BITS) * staleness) >> FACTOR_BITS


def next_hour(tick: int) -> int:
    """When the running hour of the clock is over."""
    return (tick // ONE_HOUR + 1) * ONE_HOUR


def tried_again(tick: int, lifted: int) -> int:
    """When somebody refused at `tick` tries again what is allowed from `lifted` on: not all in the same second."""
    return lifted + tick % ONE_HOUR


def pick_chats(
    key_low: int,
    key_high: int,
    user: int,
    content: int,
    run: int,
    contacts: int,
    groups: int,
    group_threshold: int,
    picks: NDArray[np.int64],
    swaps: NDArray[np.int64],
) -> None:
    """Fill `picks` with the chats that a person wants to forward to, in order of preference.

    They are distinct chat indices (at most contacts + groups), contacts first in the numbering; what a cap allows is a
    prefix of what was wanted. `swaps` has room for twice as many: it remembers what the partial Fisher-Yates moved, so
    that the cost is of the picks and not of all chats.
    """
    # Chats not yet picked: contacts in [contacts_picked, contacts), groups in [contacts + groups_picked, ...).
    contacts_picked = 0
    groups_picked = 0
    for i in range(len(picks)):
        coin, which, _, _ = draw(key_low, key_high, user, content, PICK, i, run)
        wants_group = coin < group_threshold and groups_picked < groups
        if wants_group or contacts_picked == contacts:
            first = contacts + groups_picked
            position = first + choose(which, groups - groups_picked)
            groups_picked += 1
        else:
            first = contacts_picked
            position = first + choose(which, contacts - contacts_picked)
            contacts_picked += 1
        picks[i] = _occupant(swaps, i, position)
        swaps[2 * i + 1] = _occupant(swaps, i, first)
        swaps[2 * i] = position


def _occupant(swaps: NDArray[np.int64], moves: int, position: int) -> int:
    """What stands at a position after so many moves, each (position, what came there)."""
    for move in range(moves - 1, -1, -1):
        if swaps[2 * move] == position:
            return int(swaps[2 * move + 1])
    return position


def content_of_round(content: int, number: int) -> int:
    """What stands for `content` in the picks of round `number`: round 0 picks what a person without rounds picks."""
    return content | (number << 16)


def take(
    chats: MutableSequence[int] | NDArray[np.int64],
    start: int,
    contacts: int,
    chats_offered: int,
    groups_offered: int,
) -> int:
    """Move what one action takes to the front of `chats[start:]`; both parts keep their order.

    Walks the wanted chats in order, skips groups beyond `groups_offered` (a chat index from `contacts` up is a group)
    and stops at `chats_offered`. Returns how many are taken.
    """
    taken = 0
    groups = 0
    for i in range(start, len(chats)):
        if taken == chats_offered:
            break
        chat = chats[i]
        if chat >= contacts:
            if groups == groups_offered:
                continue
            groups += 1
        for j in range(i, start + taken, -1):
            chats[j] = chats[j - 1]
        chats[start + taken] = chat
        taken += 1
    return taken


def offers_any(
    chats: Sequence[int] | NDArray[np.int64],
    start: int,
    contacts: int,
    chats_offered: int,
    groups_offered: int,
) -> bool:
    """Whether `take` would take anything."""
    if chats_offered == 0:
        return False
    for i in range(start, len(chats)):  # noqa: SIM110 - compiled code knows no generators
        if groups_offered > 0 or chats[i] < contacts:
            return True
    return False
