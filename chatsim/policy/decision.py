"""The decision: may this copy go to these chats? One scalar function over a row of integers.

A policy compiles to a row (`chatsim.policy.values.compile_row`); the relay reads it as a tuple, compiled code as an
int64 array. The columns are fixed and named here, with room for rules that later versions add.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from chatsim.model import HOP_MAX

UNLIMITED = 1 << 40
"""A cap that no count reaches."""

TIERS_MAX = 4
TIER_FROM = 0
"""Columns 0..3: the claimed hop from which a tier holds; an unused tier starts beyond every hop."""
TIER_CHATS = 4
TIER_GROUPS = 8
CAP_PERSON = 12
CAP_TOTAL = 13
HOP_LIMIT = 14
LABEL_FORWARDED_FROM = 15
LABEL_MANY_FROM = 16
CAP_HOUR = 17
"""Chats that a person may forward to in one hour of the clock, over all contents."""
FRICTION_FROM = 18
"""Claimed hop of the copy held from which a prompt comes; NEVER: none."""
FRICTION_ABANDON = 19
"""Threshold of giving up at it."""
FRICTION_DELAY = 20
EDUCATION_COVERAGE = 21
"""Threshold of being reached by education."""
EDUCATION_HARMFUL = 22
"""Factor on harmful contents; the next on harmless ones."""
EDUCATION_HARMLESS = 23
BREAKER_COPIES = 24
"""UNLIMITED: no circuit breaker."""
BREAKER_WINDOW = 25
BREAKER_PAUSE = 26
TAKEDOWN_COMPLAINTS = 27
"""UNLIMITED: nobody can complain."""
TAKEDOWN_REVIEW = 28
ROW_LENGTH = 32
NEVER = HOP_MAX + 1
"""A hop that no copy has: where a tier or label that does not exist would start."""

Row = Sequence[int] | NDArray[np.int64]


def tier_of(row: Row, hop: int) -> int:
    """The last tier that starts at or below the claimed hop of the copy held."""
    tier = 0
    for candidate in range(1, TIERS_MAX):
        if row[TIER_FROM + candidate] <= hop:
            tier = candidate
    return tier


def next_hop(hop: int) -> int:
    """The claimed hop of a forward of a copy held with claimed hop `hop`."""
    return min(hop + 1, HOP_MAX)


def label_of(row: Row, hop: int) -> int:
    """The label (`chatsim.model.Label`) that a copy made with claimed hop `hop` carries."""
    if hop >= row[LABEL_MANY_FROM]:
        return 2
    if hop >= row[LABEL_FORWARDED_FROM]:
        return 1
    return 0


def chats_offered(row: Row, hop: int, used_person: int) -> int:
    """How many chats an honest app lets a person pick in one action, holding a copy with claimed hop `hop`.

    `used_person` is how many chats this person has already forwarded this lineage to. Of the hour's cap the app knows
    how large it is, not what is used of it.
    """
    if next_hop(hop) > row[HOP_LIMIT]:
        return 0
    at_a_time = min(row[TIER_CHATS + tier_of(row, hop)], row[CAP_HOUR])
    return min(at_a_time, max(0, row[CAP_PERSON] - used_person))


def originals_offered(row: Row) -> int:
    """How many chats one action may have when the forward caps hold for originals too; no hop is made."""
    return min(row[TIER_CHATS], row[CAP_PERSON])


def groups_offered(row: Row, hop: int) -> int:
    """How many of the chats of one action may be groups."""
    return row[TIER_GROUPS + tier_of(row, hop)]


def decide(
    row: Row,
    hop: int,
    chats: int,
    groups: int,
    used_chats: int,
    used_groups: int,
    used_person: int,
    used_total: int,
    used_hour: int,
) -> tuple[int, int]:
    """The verdict on forwarding a copy held with claimed hop `hop` to `chats` chats, `groups` of them groups.

    `used_chats` and `used_groups` are what the same person has already used of this action's budget, `used_person` of
    the lineage's cap per person, `used_total` the lineage's closed count, `used_hour` what this person has used of the
    running hour, over all contents. Returns (reason, limit): reason 0 allows;
    otherwise limit is how many chats would have been permitted.
    """
    tier = tier_of(row, hop)
    if next_hop(hop) > row[HOP_LIMIT]:
        return 1, 0
    if used_chats + chats > row[TIER_CHATS + tier]:
        return 2, max(0, row[TIER_CHATS + tier] - used_chats)
    if used_groups + groups > row[TIER_GROUPS + tier]:
        return 3, max(0, row[TIER_GROUPS + tier] - used_groups)
    if used_person + chats > row[CAP_PERSON]:
        return 4, max(0, row[CAP_PERSON] - used_person)
    if used_total + chats > row[CAP_TOTAL]:
        return 5, max(0, row[CAP_TOTAL] - used_total)
    if used_hour + chats > row[CAP_HOUR]:
        return 9, max(0, row[CAP_HOUR] - used_hour)
    return 0, 0
