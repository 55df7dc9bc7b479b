"""A generated population, written down: the construction of `chatsim.population.communities`, walked through once.

What an implicit population would answer on demand, this one holds in memory: the same contacts in the same order with
the same multiplicity, and the same groups. A user listed twice in a group counts once. It is made in linear time by
compiled loops that put each stub's owner into its slot and read the blocks off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.population import communities as arithmetic
from chatsim.population.communities import (
    COMMUNITY,
    CONTACTS,
    GROUPS,
    LEVELS,
    Communities,
    Integers,
    Layout,
    block_slots,
    first_community,
    first_group,
    line_kind,
    rank_of,
)
from chatsim.population.permutation import permute, round_keys
from chatsim.population.rows import Rows, rows, transposed, without_repeats
from chatsim.population.values import Ids, Population
from chatsim.randomness.philox import STUBS, key_words

STANDARD = Communities()


def generate(users: int, *, seed: int, law: Communities = STANDARD) -> Population:
    """A population of `users` in communities, as `law` has it and `seed` draws it.

    Raises:
        ConfigurationError: users out of range, or more regions than communities.
    """
    layout = arithmetic.layout(users, law)
    key = key_words(seed)
    ranks = compiled(_ranks)(users, layout.rank_sides, *key)
    (contact_offsets, contacts), void = _contacts(layout, ranks, key)
    (group_offsets, groups), (member_offsets, members), doubles = _groups(layout, ranks, key)
    return Population(
        users=users,
        contact_offsets=contact_offsets,
        contacts=contacts,
        group_offsets=group_offsets,
        groups=groups,
        member_offsets=member_offsets,
        members=members,
        seed=seed,
        description=f"{users:,} people (generated)",
        notes=_notes(void, len(contacts), doubles, len(members)),
    )


def _notes(void: int, contacts: int, doubles: int, members: int) -> tuple[str, ...]:
    notes = []
    if void:
        notes.append(
            f"{void:,} of {void + contacts:,} places for contacts are void: "
            "they would have paired somebody with themselves, or nobody."
        )
    if doubles:
        notes.append(
            f"{doubles:,} of {doubles + members:,} places in groups went to somebody already there."
        )
    return tuple(notes)


def _owners(layout: Layout, ranks: Ids, key: tuple[int, int], kind: int, level: int) -> Ids:
    """The user in each slot, line after line."""
    owners: Ids = compiled(_fill_slots)(
        layout.users,
        layout.communities,
        layout.regions,
        level,
        layout.lines[level],
        kind * LEVELS + level,
        layout.prefixes[kind, :, level],
        layout.lengths[kind, level],
        layout.sides[kind, level],
        ranks,
        *key,
    )
    return owners


def _contacts(layout: Layout, ranks: Ids, key: tuple[int, int]) -> tuple[Rows, int]:
    """Everybody's contacts, and how many stubs are void."""
    users: list[Ids] = []
    contacts: list[Ids] = []
    stubs = 0
    for level in range(LEVELS):
        owners = _owners(layout, ranks, key, CONTACTS, level)
        stubs += len(owners)
        one, other = compiled(_pairs)(
            owners,
            layout.communities,
            layout.regions,
            level,
            layout.lines[level],
            layout.lengths[CONTACTS, level],
        )
        users += [one, other]
        contacts += [other, one]
    unsorted = rows(layout.users, np.concatenate(users), np.concatenate(contacts))
    # Every tie stands in both rows, so that the transpose is the same ties with each row rising.
    result = transposed(*unsorted, layout.users)
    return result, stubs - len(result[1])


def _groups(layout: Layout, ranks: Ids, key: tuple[int, int]) -> tuple[Rows, Rows, int]:
    """Everybody's groups, every group's members, and how many slots went to somebody already in the group."""
    offsets = np.zeros(layout.groups + 1, dtype=np.int64)
    parts: list[Ids] = []
    for level in range(LEVELS):
        owners = _owners(layout, ranks, key, GROUPS, level)
        part = compiled(_blocks)(
            owners,
            offsets,
            layout.communities,
            layout.regions,
            level,
            layout.lines[level],
            layout.lengths[GROUPS, level],
            layout.sizes,
            layout.block_slots[level],
            layout.block_groups[level],
            layout.first_groups[level],
        )
        parts.append(part)
    listed = np.concatenate(parts)
    np.cumsum(offsets, out=offsets)
    groups = without_repeats(*transposed(offsets, listed, layout.users))
    return groups, transposed(*groups, layout.groups), len(listed) - len(groups[1])


# --- kernels ------------------------------------------------------------------------------------


def _ranks(users: int, rank_sides: Integers, key_low: int, key_high: int) -> NDArray[np.int32]:
    """Every user's rank in their community."""
    result = np.empty(users, dtype=np.int32)
    for user in range(users):
        community = user // COMMUNITY
        first = community * COMMUNITY
        size = min(COMMUNITY, users - first)
        side = int(rank_sides[1] if users - first <= COMMUNITY else rank_sides[0])
        result[user] = rank_of(user - first, size, side, key_low, key_high, community)
    return result


def _fill_slots(
    users: int,
    communities: int,
    regions: int,
    level: int,
    lines: int,
    kind: int,
    prefixes: Integers,
    lengths: Integers,
    sides: Integers,
    ranks: NDArray[np.int32],
    key_low: int,
    key_high: int,
) -> NDArray[np.int32]:
    full, last = prefixes[0], prefixes[1]
    owners = np.empty((communities - 1) * full[-1] + last[-1], dtype=np.int32)
    for line in range(lines):
        keys = round_keys(key_low, key_high, STUBS, line, kind)
        column = line_kind(level, line, communities, regions)
        length, side = int(lengths[column]), int(sides[column])
        first = first_community(level, line, communities, regions)
        begin = first * full[-1]
        end = first_community(level, line + 1, communities, regions) if level < 2 else communities
        for user in range(first * COMMUNITY, min(end * COMMUNITY, users)):
            community = user // COMMUNITY
            row = last if community == communities - 1 else full
            before = (community - first) * full[-1]
            rank = ranks[user]
            for stub in range(before + row[rank], before + row[rank + 1]):
                owners[begin + permute(stub, length, side, keys)] = user
    return owners


def _pairs(
    owners: NDArray[np.int32],
    communities: int,
    regions: int,
    level: int,
    lines: int,
    lengths: Integers,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The two ends of every pair of different users."""
    one = np.empty(len(owners) // 2, dtype=np.int32)
    other = np.empty(len(owners) // 2, dtype=np.int32)
    found = 0
    begin = 0
    for line in range(lines):
        length = lengths[line_kind(level, line, communities, regions)]
        for slot in range(begin, begin + length - 1, 2):
            if owners[slot] != owners[slot + 1]:
                one[found] = owners[slot]
                other[found] = owners[slot + 1]
                found += 1
        begin += length
    return one[:found].copy(), other[:found].copy()


def _blocks(
    owners: NDArray[np.int32],
    sizes_after: Integers,
    communities: int,
    regions: int,
    level: int,
    lines: int,
    lengths: Integers,
    sizes: Integers,
    slots: Integers,
    groups: Integers,
    first_groups: Integers,
) -> NDArray[np.int32]:
    """The slots of the level's groups, group after group; `sizes_after[g + 1]` becomes group g's number of slots."""
    listed = np.empty(len(owners), dtype=np.int32)
    found = 0
    begin = 0
    for line in range(lines):
        column = line_kind(level, line, communities, regions)
        first = first_group(level, line, column, groups, first_groups)
        for block in range(groups[column, -1]):
            start, size = block_slots(block, slots[column], groups[column], sizes)
            sizes_after[first + block + 1] = size
            for slot in range(begin + start, begin + start + size):
                listed[found] = owners[slot]
                found += 1
        begin += lengths[column]
    return listed[:found].copy()
