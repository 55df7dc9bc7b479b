"""Kernels: what people do under `pick`; `chatsim_clients.picking` over arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import (
    PASTE_SECONDS,
    next_hour,
    offers_any,
    pick_chats,
    take,
    tried_again,
)
from chatsim.engine.cheating import is_greedy, sends_originals
from chatsim.engine.constants import Constants, part_of
from chatsim.engine.officers import CIRCUIT_BREAKER, TAKEN_DOWN
from chatsim.engine.people import People
from chatsim.engine.rows import (
    ABANDONED,
    ACTING,
    ACTIONS,
    CONTACTS_TAKEN,
    DENIED,
    DUE,
    FLAGS,
    GROUPS_TAKEN,
    HELD_BACK,
    PASTED,
    PASTING,
    PERMITTED,
    PLACE,
    READING,
    STAGE_MASK,
    STAGE_SHIFT,
    USED,
    WAITED,
)
from chatsim.engine.sending import begin_action, begin_deed, note, offered, send_act
from chatsim.engine.state import State
from chatsim.engine.stories import NEVER, abandons, enter
from chatsim.model import Reason
from chatsim.policy.decision import UNLIMITED
from chatsim.randomness.philox import PERSISTENCE, PERSON, draw

Small = NDArray[np.int32]
Integers = NDArray[np.int64]
CHATS_IN_TOTAL = int(Reason.CHATS_IN_TOTAL)
CHATS_PER_HOUR = int(Reason.CHATS_PER_HOUR)
GIVEN_UP = -2


def act_picked(
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
    """All steps of a `pick` story before `end`; the tick of the next, or NEVER."""
    story, progress = s.stories[t, slot], s.running[t]
    flags, due = int(story[FLAGS]), int(story[DUE])
    stage = (flags & STAGE_MASK) >> STAGE_SHIFT
    words = draw(c.key_low, c.key_high, user, c.content, PERSON, 0, c.run)
    wanted = min(c.audience[words[2] >> 16], contacts + groups)
    pastes = words[3] < c.paste_threshold
    rest = s.picks[t, :wanted]
    key_low, key_high = c.key_low, c.key_high
    pick_chats(
        key_low, key_high, user, c.content, c.run,
        contacts, groups, c.group_threshold, rest, s.swaps[t],
    )  # fmt: skip
    if stage == READING:
        begin_deed(c, s, t, story, due, wanted)
        if wanted == 0:
            return NEVER
        if abandons(c, c.rows[part_of(c, int(story[PLACE]))], user, flags):
            note(s, t, int(story[PLACE]), ABANDONED, wanted)
            return NEVER
        stage = ACTING
    else:
        set_aside(rest, contacts, int(progress[CONTACTS_TAKEN]), int(progress[GROUPS_TAKEN]))
    while due != NEVER and due < end:
        start = int(progress[CONTACTS_TAKEN]) + int(progress[GROUPS_TAKEN])
        if stage == PASTING:
            turn = start + int(progress[PASTED])
            progress[PASTED] += 1
            chat = rest[turn : turn + 1]
            send_act(c, p, s, t, slot, user, contacts, chat, due, True, False, sends, filled)
            due = due + PASTE_SECONDS if turn + 1 < wanted else NEVER
            continue
        following = act_once(c, p, s, t, slot, user, contacts, rest, due, sends, filled)
        left = wanted - int(progress[CONTACTS_TAKEN]) - int(progress[GROUPS_TAKEN])
        if following >= 0:
            due = following
        elif following == NEVER and left > 0 and pastes:
            stage = PASTING
            due += PASTE_SECONDS
        else:
            due = NEVER
    enter(story, stage)
    return due


def set_aside(rest: Integers, contacts: int, contacts_taken: int, groups_taken: int) -> None:
    """Moves what was taken before to the front: of contacts and of groups the first ones, whatever the actions were."""
    contacts_seen = 0
    groups_seen = 0
    for chat in rest:
        if chat < contacts:
            contacts_seen += 1
        else:
            groups_seen += 1
    to = len(rest)
    for i in range(len(rest) - 1, -1, -1):
        chat = rest[i]
        if chat < contacts:
            contacts_seen -= 1
            taken = contacts_seen < contacts_taken
        else:
            groups_seen -= 1
            taken = groups_seen < groups_taken
        if not taken:
            to -= 1
            rest[to] = chat


def act_once(
    c: Constants,
    p: People,
    s: State,
    t: int,
    slot: int,
    user: int,
    contacts: int,
    rest: Integers,
    tick: int,
    sends: Small,
    filled: Integers,
) -> int:
    """One action: all at once for a greedy app's first, what the app offers otherwise.

    The tick of the next action; NEVER where none follows, so that the rest may be pasted; or GIVEN_UP.
    """
    story, progress = s.stories[t, slot], s.running[t]
    place, flags = int(story[PLACE]), int(story[FLAGS])
    start = int(progress[CONTACTS_TAKEN]) + int(progress[GROUPS_TAKEN])
    cheat = is_greedy(flags)
    everything = cheat and progress[ACTIONS] == 0
    # The relay may refuse what the app offered; the list then stays as it was.
    as_wanted = s.swaps[t]
    if everything:
        taken = len(rest) - start
    else:
        chats, groups = offered(c, c.rows[part_of(c, place)], flags, int(progress[USED]))
        if progress[PERMITTED] >= 0:
            chats = min(chats, int(progress[PERMITTED]))
            progress[PERMITTED] = -1
        if c.refuses:
            for i in range(start, len(rest)):
                as_wanted[i] = rest[i]
        taken = take(rest, start, contacts, chats, groups)
        left = len(rest) - start - taken
        if cheat and progress[ACTIONS] == 1:
            note(s, t, place, DENIED, left)
        elif not cheat and progress[ACTIONS] == 0:
            note(s, t, place, HELD_BACK, left)
        if taken == 0:
            return NEVER
    begin_action(s, t, story, progress)
    original = sends_originals(c, flags, user)
    reason, limit, _ = send_act(
        c, p, s, t, slot, user, contacts, rest[start : start + taken], tick,
        original, everything, sends, filled,
    )  # fmt: skip
    if reason == 0:
        for chat in rest[start : start + taken]:
            if chat < contacts:
                progress[CONTACTS_TAKEN] += 1
            else:
                progress[GROUPS_TAKEN] += 1
        start += taken
        if start == len(rest) or not next_offers_any(c, story, progress, rest, start, contacts):
            return NEVER
        return tick + c.redo if persists(c, user, progress) else NEVER
    if reason == TAKEN_DOWN:
        if everything:
            note(s, t, place, DENIED, len(rest) - start)
        return GIVEN_UP
    if not everything:
        for i in range(start, len(rest)):
            rest[i] = as_wanted[i]
        if reason == CHATS_PER_HOUR:
            return waits(c, user, progress, tick, next_hour(tick))
        if reason == CIRCUIT_BREAKER:
            return waits(c, user, progress, tick, tick + limit)
    if reason == CHATS_IN_TOTAL:
        progress[PERMITTED] = min(limit, UNLIMITED >> 10)
    if next_offers_any(c, story, progress, rest, start, contacts):
        return tick + c.redo
    if cheat and progress[ACTIONS] == 1:
        note(s, t, place, DENIED, len(rest) - start)
    return NEVER


def persists(c: Constants, user: int, progress: Small) -> bool:
    """What the persistence coin of the last action says."""
    actions = int(progress[ACTIONS])
    words = draw(c.key_low, c.key_high, user, c.content, PERSISTENCE, actions, c.run)
    return words[0] < c.persistence_threshold


def waits(c: Constants, user: int, progress: Small, tick: int, lifted: int) -> int:
    """When somebody whose act was refused until `lifted` tries again, once; NEVER otherwise."""
    if progress[WAITED] or not persists(c, user, progress):
        return NEVER
    progress[WAITED] = 1
    return tried_again(tick, lifted)


def next_offers_any(
    c: Constants, story: Small, progress: Small, rest: Integers, start: int, contacts: int
) -> bool:
    """Whether the next action would take at least one of the rest."""
    row, flags = c.rows[part_of(c, int(story[PLACE]))], int(story[FLAGS])
    chats, groups = offered(c, row, flags, int(progress[USED]))
    if progress[PERMITTED] >= 0:
        chats = min(chats, int(progress[PERMITTED]))
    return offers_any(rest, start, contacts, chats, groups)
