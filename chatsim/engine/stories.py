"""Kernels: stories, the people on the way to act: the lists of who is due in a window, and how far each one is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.behaviour.rules import chance_left
from chatsim.engine.constants import Constants
from chatsim.engine.rows import (
    DUE,
    FLAGS,
    GREEDY,
    LABEL_SEEN,
    LINEAGE,
    NEXT,
    NOBODY,
    ORIGINATES,
    PERMITTED,
    READING,
    STAGE_MASK,
    STAGE_SHIFT,
)
from chatsim.engine.state import State
from chatsim.model import HOP_MAX, ONE_HOUR
from chatsim.policy.decision import EDUCATION_COVERAGE, FRICTION_ABANDON, FRICTION_FROM
from chatsim.randomness.philox import EDUCATED, FRICTION, SUSCEPTIBILITY, draw
from chatsim.randomness.tables import FACTOR_ONE

Small = NDArray[np.int32]
Integers = NDArray[np.int64]
NEVER = -1


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
    if c.keeps_labels:
        running[LABEL_SEEN] = kept[LABEL_SEEN]


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


def new_slot(s: State, t: int) -> int:
    """Room for a story: one that ended, or the next unused."""
    slot = int(s.slots[t, 0])
    if slot == NOBODY:
        slot = int(s.slots[t, 1])
        s.slots[t, 1] = slot + 1
    else:
        s.slots[t, 0] = s.stories[t, slot, NEXT]
    return slot


def susceptibility_word(c: Constants, user: int) -> int:
    """What somebody's susceptibility is read with."""
    return draw(c.people_key_low, c.people_key_high, user, 0, SUSCEPTIBILITY, 0, 0)[0]


def share_threshold(
    c: Constants, row: Integers, user: int, susceptible: int, label: int, flags: int, tick: int
) -> int:
    """The chance of passing on a copy with this label at `tick`, after all that lowers it.

    `row` is that of the person's part; `susceptible` is the person's word, or any.
    """
    taught = FACTOR_ONE
    if c.educates and not flags & ORIGINATES and row[EDUCATION_COVERAGE] > 0:
        words = draw(c.people_key_low, c.people_key_high, user, 0, EDUCATED, 0, 0)
        if words[0] < row[EDUCATION_COVERAGE]:
            taught = row[c.education]
    age = (tick - c.first_post) // ONE_HOUR
    return chance_left(c.share[susceptible >> 16], c.label_factors[label], taught, c.staleness[age])


def prompted(c: Constants, row: Integers, flags: int) -> bool:
    """Whether somebody meets a prompt before the first forward: honest people who did not start the content."""
    return (
        c.prompts and flags & (ORIGINATES | GREEDY) == 0 and flags & HOP_MAX >= row[FRICTION_FROM]
    )


def abandons(c: Constants, row: Integers, user: int, flags: int) -> bool:
    """Whether somebody gives up at a prompt."""
    if not prompted(c, row, flags):
        return False
    words = draw(c.key_low, c.key_high, user, c.content, FRICTION, 0, c.run)
    return bool(words[0] < row[FRICTION_ABANDON])
