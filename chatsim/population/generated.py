"""A generated population, written down: the construction of `chatsim.population.communities`, walked through once.

What an implicit population answers on demand, this one holds in memory: the same chats in the same order. It is made
in linear time by compiled loops that put each stub's owner into its slot and read the pairs and blocks off.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.population.communities import (
    COMMUNITY,
    CONTACTS,
    GROUPS,
    LAST,
    LEVELS,
    STANDARD,
    Communities,
)
from chatsim.population.layout import (
    Integers,
    Layout,
    block_slots,
    domain_at,
    first_community,
    first_group,
    layout,
    line_kind,
    rank_of,
)
from chatsim.population.permutation import permute, round_keys
from chatsim.population.rows import Rows, transposed, without_repeats
from chatsim.population.values import Ids, Offsets, Population
from chatsim.randomness.philox import STUBS, key_words


def generate(users: int, *, seed: int, law: Communities = STANDARD) -> Population:
    """A population of `users` in communities, as `law` has it and `seed` draws it.

    Raises:
        ConfigurationError: users out of range, more regions than communities, or too many ties.
    """
    tables = layout(users, law)
    key = key_words(seed)
    ranks = compiled(_ranks)(users, tables.rank_domains, *key)
    contact_offsets, contacts = _chats(tables, ranks, key, CONTACTS)
    group_offsets, groups = _chats(tables, ranks, key, GROUPS)
    listed = transposed(group_offsets, groups, tables.groups)
    member_offsets, members = without_repeats(*listed)
    return Population(
        users=users,
        contact_offsets=contact_offsets,
        contacts=contacts,
        group_offsets=group_offsets,
        groups=groups,
        member_offsets=member_offsets,
        members=members,
        seed=seed,
        description=description(users),
        notes=_notes(_to_oneself(contact_offsets, contacts), len(contacts), groups, members),
    )


def description(users: int) -> str:
    """What a generated population is called."""
    return f"{users:,} people (generated)"


def _notes(to_oneself: int, contacts: int, groups: Ids, members: Ids) -> tuple[str, ...]:
    notes = []
    if to_oneself:
        notes.append(
            f"{to_oneself:,} of {contacts:,} places for contacts are notes to oneself: "
            "they paired somebody with themselves, or with nobody."
        )
    doubles = len(groups) - len(members)
    if doubles:
        notes.append(
            f"{doubles:,} of {len(groups):,} places in groups went to somebody already there."
        )
    return tuple(notes)


def _to_oneself(offsets: Offsets, contacts: Ids) -> int:
    users = np.repeat(np.arange(len(offsets) - 1, dtype=np.int32), np.diff(offsets))
    return int((users == contacts).sum())


def _chats(tables: Layout, ranks: Ids, key: tuple[int, int], kind: int) -> Rows:
    """Everybody's contacts or groups, in stub order."""
    offsets = _offsets(tables, ranks, kind)
    chats = np.empty(offsets[-1], dtype=np.int32)
    begins = offsets[:-1].copy()
    for level in range(LEVELS):
        owners, chat_of = compiled(_fill_slots)(
            tables.users,
            tables.communities,
            tables.regions,
            level,
            tables.lines[level],
            kind * LEVELS + level,
            tables.prefixes[kind, :, level],
            tables.domains[kind, level],
            ranks,
            begins,
            *key,
        )
        walk = (tables.communities, tables.regions, level, tables.lines[level])
        if kind == CONTACTS:
            lengths = tables.domains[kind, level, :, 0].copy()
            compiled(_read_pairs)(owners, chat_of, *walk, lengths, chats)
        else:
            compiled(_read_blocks)(
                chat_of,
                *walk,
                tables.sizes[level],
                tables.block_slots[level],
                tables.block_groups[level],
                tables.first_groups[level],
                chats,
            )
    return offsets, chats


def _offsets(tables: Layout, ranks: Ids, kind: int) -> Offsets:
    degrees = np.diff(tables.prefixes[kind].sum(axis=1))  # [FULL or LAST, rank]
    of_users = degrees[0][ranks]
    last = (tables.communities - 1) * COMMUNITY
    of_users[last:] = degrees[LAST][ranks[last:]]
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(of_users)])


# --- kernels ------------------------------------------------------------------------------------


def _ranks(users: int, rank_domains: Integers, key_low: int, key_high: int) -> NDArray[np.int32]:
    """Every user's rank in their community."""
    result = np.empty(users, dtype=np.int32)
    full, last = domain_at(rank_domains[0]), domain_at(rank_domains[1])
    for user in range(users):
        community = user // COMMUNITY
        domain = last if users - community * COMMUNITY <= COMMUNITY else full
        result[user] = rank_of(user % COMMUNITY, domain, key_low, key_high, community)
    return result


def _fill_slots(
    users: int,
    communities: int,
    regions: int,
    level: int,
    lines: int,
    kind: int,
    prefixes: Integers,
    domains: Integers,
    ranks: NDArray[np.int32],
    begins: Integers,
    key_low: int,
    key_high: int,
) -> tuple[NDArray[np.int32], Integers]:
    """Line after line, the user in each slot and the chat that it is to them; `begins` moves on to their next chat."""
    full, last = prefixes[0], prefixes[1]
    stubs = (communities - 1) * full[-1] + last[-1]
    owners = np.empty(stubs, dtype=np.int32)
    chat_of = np.empty(stubs, dtype=np.int64)
    for line in range(lines):
        keys = round_keys(key_low, key_high, STUBS, line, kind)
        domain = domain_at(domains[line_kind(level, line, communities, regions)])
        first = first_community(level, line, communities, regions)
        begin = first * full[-1]
        end = first_community(level, line + 1, communities, regions) if level < 2 else communities
        for user in range(first * COMMUNITY, min(end * COMMUNITY, users)):
            community = user // COMMUNITY
            row = last if community == communities - 1 else full
            before = int((community - first) * full[-1])
            rank = ranks[user]
            for stub in range(before + int(row[rank]), before + int(row[rank + 1])):
                slot = begin + permute(stub, domain, keys)
                owners[slot] = user
                chat_of[slot] = begins[user]
                begins[user] += 1
    return owners, chat_of


def _read_pairs(
    owners: NDArray[np.int32],
    chat_of: Integers,
    communities: int,
    regions: int,
    level: int,
    lines: int,
    lengths: Integers,
    chats: NDArray[np.int32],
) -> None:
    """Each slot's chat becomes the other slot of its pair, or its own owner where there is none."""
    begin = 0
    for line in range(lines):
        length = lengths[line_kind(level, line, communities, regions)]
        for slot in range(length):
            other = slot ^ 1
            chats[chat_of[begin + slot]] = owners[begin + (other if other < length else slot)]
        begin += length


def _read_blocks(
    chat_of: Integers,
    communities: int,
    regions: int,
    level: int,
    lines: int,
    sizes: Integers,
    slots: Integers,
    groups: Integers,
    first_groups: Integers,
    chats: NDArray[np.int32],
) -> None:
    """Each slot's chat becomes the group of its block."""
    begin = 0
    for line in range(lines):
        column = line_kind(level, line, communities, regions)
        first = first_group(level, line, column, groups, first_groups)
        for block in range(groups[column, -1]):
            start, size = block_slots(block, slots[column], groups[column], sizes[column])
            for slot in range(begin + start, begin + start + size):
                chats[chat_of[slot]] = first + block
        begin += slots[column, -1]
