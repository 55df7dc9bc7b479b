"""Kernels: what people do in one window, law by law: `chatsim_clients.picking`, `each` and `rounds` over arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import (
    PASTE_SECONDS,
    after_night,
    chance_left,
    content_of_round,
    offers_any,
    pick_chats,
    take,
)
from chatsim.engine.constants import Constants
from chatsim.engine.people import (
    People,
    contacts_of_place,
    groups_of_place,
    prefetch_chats,
    prefetch_rows,
)
from chatsim.engine.prefetching import AHEAD
from chatsim.engine.rows import (
    ACTING,
    ACTIONS,
    CONTACTS_TAKEN,
    DENIED,
    DUE,
    EACH,
    FLAGS,
    GROUPS_TAKEN,
    HELD,
    HELD_BACK,
    LINEAGE,
    NEXT,
    NOBODY,
    ORIGINATES,
    PASTED,
    PASTING,
    PERMITTED,
    PICK,
    PLACE,
    READING,
    ROUND,
    STAGE_MASK,
    STAGE_SHIFT,
    USED,
    USER,
    WANTED,
)
from chatsim.engine.sending import (
    begin_action,
    begin_deed,
    cheats,
    note,
    offered,
    send_act,
)
from chatsim.engine.state import RUN, State
from chatsim.model import HOP_MAX, ONE_HOUR
from chatsim.policy.decision import UNLIMITED, label_of
from chatsim.randomness.philox import EACH as EACH_DRAW
from chatsim.randomness.philox import (
    PERSISTENCE,
    PERSON,
    RECOVERY,
    SUSCEPTIBILITY,
    draw,
)
from chatsim.randomness.philox import ROUND as ROUND_DRAW

Small = NDArray[np.int32]
Integers = NDArray[np.int64]
NEVER = -1
CHATS_TOTAL_REASON = 5
INDEX_BITS = 24
INDEX_MASK = (1 << INDEX_BITS) - 1


def act_window(
    c: Constants, p: People, s: State, t: int, window: int, sends: Small, filled: Integers
) -> int:
    """What the people of shard `t` do in a window, as far as `sends` has room: rows that it must have to go on, or 0.

    `filled[0]` counts the rows in use.
    """
    end = min((window + 1) * s.window, c.duration)
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


def further(s: State, t: int, slot: int, steps: int) -> int:
    """The story so many steps after `slot` in its window, or NOBODY."""
    for _ in range(steps):
        if slot != NOBODY:
            slot = int(s.stories[t, slot, NEXT])
    return slot


def take_up(c: Constants, s: State, t: int, slot: int) -> None:
    """The progress of a story becomes the running one; of who begins nothing but the lineage is known."""
    running, kept = s.running[t], s.progress[t, slot]
    if int(s.stories[t, slot, FLAGS]) & STAGE_MASK != READING << STAGE_SHIFT:
        put_by(kept, running)
        return
    for column in range(len(running)):
        running[column] = 0
    running[PERMITTED] = -1
    if c.counts_total:
        running[LINEAGE] = kept[LINEAGE]


def put_by(progress: Small, where: Small) -> None:
    """Copies one row into another."""
    for column in range(len(progress)):
        where[column] = progress[column]


def enter(story: Small, stage: int) -> None:
    """A story is in another stage from now on."""
    story[FLAGS] = int(story[FLAGS]) & ~STAGE_MASK | (stage << STAGE_SHIFT)


def schedule(c: Constants, s: State, t: int, slot: int, due: int) -> None:
    """Puts a story into the window of its next step, or frees its slot if none comes within the run."""
    story = s.stories[t, slot]
    if due == NEVER or due >= c.duration:
        story[NEXT] = s.slots[t, 0]
        s.slots[t, 0] = slot
        return
    window = due // s.window
    story[DUE] = due
    story[NEXT] = s.heads[t, window]
    s.heads[t, window] = slot
    s.waiting[t, window] += 1


def susceptibility_word(c: Constants, user: int) -> int:
    """What somebody's susceptibility is read with."""
    return draw(c.people_key_low, c.people_key_high, user, 0, SUSCEPTIBILITY, 0, 0)[0]


def share_threshold(c: Constants, susceptible: int, flags: int, tick: int) -> int:
    """The chance of passing on a copy at `tick`, after label and age; `susceptible` is the person's word, or any."""
    label = 0 if flags & ORIGINATES else label_of(c.row, flags & HOP_MAX)
    age = (tick - c.first_post) // ONE_HOUR
    return chance_left(c.share[susceptible >> 16], c.label_factors[label], c.staleness[age])


# --- `pick` -------------------------------------------------------------------------------------


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
        goes_on = act_once(c, p, s, t, slot, user, contacts, rest, due, sends, filled)
        left = wanted - int(progress[CONTACTS_TAKEN]) - int(progress[GROUPS_TAKEN])
        if goes_on:
            due += c.redo
        elif left > 0 and pastes:
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
) -> bool:
    """One action: all at once for a modified client's first, what the app offers otherwise; whether another follows."""
    story, progress = s.stories[t, slot], s.running[t]
    place, flags = int(story[PLACE]), int(story[FLAGS])
    start = int(progress[CONTACTS_TAKEN]) + int(progress[GROUPS_TAKEN])
    cheat = cheats(flags)
    everything = cheat and progress[ACTIONS] == 0
    # Only a total cap refuses what the app offered; the list then stays as it was.
    as_wanted = s.swaps[t]
    if everything:
        taken = len(rest) - start
    else:
        chats, groups = offered(c, flags, int(progress[USED]))
        if progress[PERMITTED] >= 0:
            chats = min(chats, int(progress[PERMITTED]))
            progress[PERMITTED] = -1
        if c.counts_total:
            for i in range(start, len(rest)):
                as_wanted[i] = rest[i]
        taken = take(rest, start, contacts, chats, groups)
        left = len(rest) - start - taken
        if cheat and progress[ACTIONS] == 1:
            note(s, t, place, DENIED, left)
        elif not cheat and progress[ACTIONS] == 0:
            note(s, t, place, HELD_BACK, left)
        if taken == 0:
            return False
    begin_action(s, t, story, progress)
    original = flags & ORIGINATES != 0
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
        if start == len(rest) or not next_offers_any(c, flags, progress, rest, start, contacts):
            return False
        actions = int(progress[ACTIONS])
        words = draw(c.key_low, c.key_high, user, c.content, PERSISTENCE, actions, c.run)
        return words[0] < c.persistence_threshold
    if c.counts_total and not everything:
        for i in range(start, len(rest)):
            rest[i] = as_wanted[i]
    if reason == CHATS_TOTAL_REASON:
        progress[PERMITTED] = min(limit, UNLIMITED >> 10)
    if next_offers_any(c, flags, progress, rest, start, contacts):
        return True
    if cheat and progress[ACTIONS] == 1:
        note(s, t, place, DENIED, len(rest) - start)
    return False


def next_offers_any(
    c: Constants, flags: int, progress: Small, rest: Integers, start: int, contacts: int
) -> bool:
    """Whether the next action would take at least one of the rest."""
    chats, groups = offered(c, flags, int(progress[USED]))
    if progress[PERMITTED] >= 0:
        chats = min(chats, int(progress[PERMITTED]))
    return offers_any(rest, start, contacts, chats, groups)


# --- `each` -------------------------------------------------------------------------------------


def draw_chats(c: Constants, user: int, chats: int, words: Integers) -> None:
    """Coin and delay word of every chat: `words[2 i]` and `words[2 i + 1]` of chat i.

    A loop of its own over whole runs of chats, because the processor then makes several draws at once.
    """
    for chat in range(-(-chats // RUN) * RUN):
        coin, which, _, _ = draw(c.key_low, c.key_high, user, c.content, EACH_DRAW, chat, c.run)
        words[2 * chat] = coin
        words[2 * chat + 1] = which


def each_tick(c: Constants, which: int, held: int, recovery: int) -> int:
    """When a chat that its coin lets through is sent to under `each`, or NEVER."""
    delay = c.chat_delay[which >> 16]
    if c.recovers and delay >= recovery:
        return NEVER
    tick = held + max(c.lookahead, delay)
    if c.night:
        tick = after_night(tick, c.utc_offset)
    return tick if tick < c.duration else NEVER


def recovery_of(c: Constants, user: int) -> int:
    """How long somebody passes things on under `each` with recovery."""
    if not c.recovers:
        return 0
    words = draw(c.key_low, c.key_high, user, c.content, RECOVERY, 0, c.run)
    return int(c.recovery[words[0] >> 16])


def plan_each(
    c: Constants, user: int, chats: int, threshold: int, held: int, words: Integers
) -> tuple[int, int]:
    """(tick of the first chat, chats in all) of an `each` story; (NEVER, 0) where none is sent to."""
    recovery = recovery_of(c, user)
    draw_chats(c, user, chats, words)
    first = NEVER
    wanted = 0
    for chat in range(chats):
        if words[2 * chat] >= threshold:
            continue
        tick = each_tick(c, words[2 * chat + 1], held, recovery)
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
    flags, held, due = int(story[FLAGS]), int(story[HELD]), int(story[DUE])
    susceptible = 0 if c.alike else susceptibility_word(c, user)
    threshold = share_threshold(c, susceptible, flags, held)
    recovery = recovery_of(c, user)
    words, agenda = s.words[t], s.picks[t]
    draw_chats(c, user, contacts + groups, words)
    planned = 0
    following = NEVER
    for chat in range(contacts + groups):
        if words[2 * chat] >= threshold:
            continue
        tick = each_tick(c, words[2 * chat + 1], held, recovery)
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
    everything = cheats(flags)
    taken = len(chats)
    if not everything:
        offered_chats, offered_groups = offered(c, flags, int(progress[USED]))
        taken = take(chats, 0, contacts, offered_chats, offered_groups)
        note(s, t, place, HELD_BACK, len(chats) - taken)
        if taken == 0:
            return
    begin_action(s, t, story, progress)
    original = flags & ORIGINATES != 0
    reason, _, asked = send_act(
        c, p, s, t, slot, user, contacts, chats[:taken], tick, original, everything, sends, filled
    )
    if reason != 0:
        note(s, t, place, DENIED, asked)


# --- `repeat` -----------------------------------------------------------------------------------


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
    enter(story, ACTING)
    number = int(progress[ROUND])
    words = draw(c.key_low, c.key_high, user, c.content, ROUND_DRAW, number, c.run)
    wanted = min(c.audience[words[1] >> 16], contacts + groups)
    if number == 0:
        begin_deed(c, s, t, story, due, wanted)
    else:
        note(s, t, int(story[PLACE]), WANTED, wanted)
    if wanted == 0:
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
