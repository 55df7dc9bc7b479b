"""Walking a generated population by arithmetic: from a place to its chats, and from a group to its members.

A *place* is community * 1024 + rank: the number of a user by which pairs and groups are found without the keyed order
of users within a community; `place_of` and `user_at` translate. Every function is a plain one over integers and the
table of an `Arithmetic`, to be compiled by `chatsim.compilation`; none of them costs more in a larger population.

The construction is described in `chatsim.population.communities`, with its words.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from chatsim.population.communities import COMMUNITY, CONTACTS, FULL, GROUPS, LAST, LEVELS, WIDER
from chatsim.population.layout import Integers, rank_of
from chatsim.population.permutation import (
    Domain,
    Keys,
    backwards,
    divided,
    permute,
    round_keys,
    unpermute,
)
from chatsim.randomness.philox import RANKS, STUBS

Ids = NDArray[np.int32]

COMMUNITY_BITS = 10
MARKS = 32
"""Words of 32 bits that mark which ranks a group has had."""
RUN = 8
"""Slots that are worked off at once."""


class Arithmetic(NamedTuple):
    """All that the functions below look up: a table of integers, and where in it what begins (`*_at`).

    One table, because compiled code counts references to each array on the way in and out of every function.
    """

    users: int
    communities: int
    regions: int
    key_low: int
    key_high: int
    groups: int
    """Groups in all."""
    line_groups: int
    """Groups of a full community's line."""
    inverse_line_groups: int
    """`inverse_of` these, 0 where there are none; so below."""
    classes: int
    """Sizes of groups, the one left over included."""
    room: int
    """`group_size_max`."""
    stubs_at: int
    """[kind, FULL or LAST, rank, 4]: stubs of the lower ranks by level, and in all."""
    ranks_at: int
    """[kind, FULL or LAST, level]: where in `table` the ranks of a community's stubs begin, four to a word."""
    whole_at: int
    """[kind, level, 2]: stubs of a full community, and their `inverse_of`."""
    domains_at: int
    """[kind, level, kind of line, 4]: `Domain` of a line."""
    rank_domains_at: int
    """[FULL or LAST, 4]: `Domain` of the ranks."""
    keys_at: int
    """[kind, region, or `regions` for the world, 6]: the line's round keys."""
    regions_at: int
    """The first community of each region."""
    blocks_at: int
    """[level, kind of line, class, 3]: first slot, first block, and slots of a block; one row beyond ends the line."""
    first_groups_at: int
    """[level, kind of line]: a line's first group."""
    table: Integers


def place_of(a: Arithmetic, user: int) -> int:
    """Where a user stands."""
    community, position = user >> COMMUNITY_BITS, user & (COMMUNITY - 1)
    domain = _domain(a, a.rank_domains_at + _size_kind(a, community) * 4)
    rank = rank_of(position, domain, a.key_low, a.key_high, community)
    return (community << COMMUNITY_BITS) + rank


def user_at(a: Arithmetic, place: int) -> int:
    """Who stands at a place."""
    community, rank = place >> COMMUNITY_BITS, place & (COMMUNITY - 1)
    domain = _domain(a, a.rank_domains_at + _size_kind(a, community) * 4)
    keys = round_keys(a.key_low, a.key_high, RANKS, community, 0)
    return (community << COMMUNITY_BITS) + unpermute(rank, domain, keys)


def users_at(a: Arithmetic, places: Ids, count: int, users: Integers) -> None:
    """Writes `user_at` each of the first `count` places to `users`; both have room for whole runs.

    All are treated alike, because the processor then works off several at once; the last community is mended.
    """
    domain = _domain(a, a.rank_domains_at + FULL * 4)
    for index in range(-(-count // RUN) * RUN):
        community = int(places[index]) >> COMMUNITY_BITS
        rank = int(places[index]) & (COMMUNITY - 1)
        keys = round_keys(a.key_low, a.key_high, RANKS, community, 0)
        users[index] = (community << COMMUNITY_BITS) + backwards(rank, domain, keys)
    for index in range(count):
        place = int(places[index])
        if place >> COMMUNITY_BITS == a.communities - 1:
            users[index] = user_at(a, place)


def contacts_at(a: Arithmetic, place: int) -> int:
    """How many contacts the user at a place has, notes to oneself included."""
    row = _stubs_row(a, CONTACTS, place)
    return int(a.table[row + 7] - a.table[row + 3])


def groups_at(a: Arithmetic, place: int) -> int:
    """How many groups the user at a place lists."""
    row = _stubs_row(a, GROUPS, place)
    return int(a.table[row + 7] - a.table[row + 3])


def contact_at(a: Arithmetic, place: int, index: int) -> int:
    """The place of a contact; the place itself is a note to oneself."""
    level, line, column, stub = _stub(a, CONTACTS, place, index)
    domain = _line_domain(a, CONTACTS, level, column)
    keys = _line_keys(a, CONTACTS, level, line)
    slot = permute(stub, domain, keys) ^ 1
    if slot >= domain.length:
        return place
    return _owner(a, CONTACTS, level, line, unpermute(slot, domain, keys))


def group_at(a: Arithmetic, place: int, index: int) -> int:
    """The number of a group of the user at a place."""
    level, line, column, stub = _stub(a, GROUPS, place, index)
    keys = _line_keys(a, GROUPS, level, line)
    slot = permute(stub, _line_domain(a, GROUPS, level, column), keys)
    row = _block_row(a, level, column, 0, slot)
    block = (slot - int(a.table[row])) // int(a.table[row + 2])
    return _first_group(a, level, line, column) + int(a.table[row + 1]) + block


def members_at(a: Arithmetic, group: int, out: Integers) -> int:
    """Writes the places of a group's members to `out`, each once, in no order, and returns how many they are.

    `out` has room for `group_size_max`; what lies beyond the members is scratch.
    """
    level, line, column = _line_of_group(a, group)
    block = group - _first_group(a, level, line, column)
    row = _block_row(a, level, column, 1, block)
    size = int(a.table[row + 2])
    start = int(a.table[row]) + (block - int(a.table[row + 1])) * size
    domain = _line_domain(a, GROUPS, level, column)
    keys = _line_keys(a, GROUPS, level, line)
    for index in range(-(-size // RUN) * RUN):
        out[index] = backwards(start + index, domain, keys)
    marks = a.room - MARKS
    for word in range(marks, a.room):
        out[word] = 0
    found = 0
    for index in range(size):
        stub = int(out[index])
        if stub >= domain.length:
            stub = unpermute(stub, domain, keys)
        place = _owner(a, GROUPS, level, line, stub)
        word, bit = marks + ((place >> 5) & (MARKS - 1)), 1 << (place & 31)
        if int(out[word]) & bit and _holds(out, found, place):
            continue
        out[word] |= bit
        out[found] = place
        found += 1
    return found


def group_size_max(a: Arithmetic) -> int:
    """Room that `members_at` takes: the largest group's members, and scratch."""
    return a.room


def _size_kind(a: Arithmetic, community: int) -> int:
    return LAST if community == a.communities - 1 else FULL


def _stubs_row(a: Arithmetic, kind: int, place: int) -> int:
    of_size = kind * 2 + _size_kind(a, place >> COMMUNITY_BITS)
    return a.stubs_at + (of_size * (COMMUNITY + 1) + (place & (COMMUNITY - 1))) * 4


def _stub(a: Arithmetic, kind: int, place: int, index: int) -> tuple[int, int, int, int]:
    """The level, the line, its column and the number on it of a user's stub `index`."""
    community = place >> COMMUNITY_BITS
    row = _stubs_row(a, kind, place)
    near = int(a.table[row + 4] - a.table[row])
    if index < near:
        return 0, community, _size_kind(a, community), int(a.table[row]) + index
    index -= near
    far = int(a.table[row + 5] - a.table[row + 1])
    if index < far:
        region = 0
        if a.regions > 1:
            region = ((community + 1) * a.regions - 1) // a.communities
        before = community - int(a.table[a.regions_at + region])
        stub = before * int(a.table[a.whole_at + (kind * LEVELS + 1) * 2])
        return 1, region, WIDER + region, stub + int(a.table[row + 1]) + index
    stub = community * int(a.table[a.whole_at + (kind * LEVELS + 2) * 2])
    return 2, 0, WIDER + a.regions, stub + int(a.table[row + 2]) + index - far


def _domain(a: Arithmetic, at: int) -> Domain:
    return Domain(
        int(a.table[at]), int(a.table[at + 1]), int(a.table[at + 2]), int(a.table[at + 3])
    )


def _line_domain(a: Arithmetic, kind: int, level: int, column: int) -> Domain:
    line = (kind * LEVELS + level) * (WIDER + a.regions + 1) + column
    return _domain(a, a.domains_at + line * 4)


def _line_keys(a: Arithmetic, kind: int, level: int, line: int) -> Keys:
    if level == 0:
        return round_keys(a.key_low, a.key_high, STUBS, line, kind * LEVELS)
    at = a.keys_at + (kind * (a.regions + 1) + (line if level == 1 else a.regions)) * 6
    return (
        int(a.table[at]),
        int(a.table[at + 1]),
        int(a.table[at + 2]),
        int(a.table[at + 3]),
        int(a.table[at + 4]),
        int(a.table[at + 5]),
    )


def _owner(a: Arithmetic, kind: int, level: int, line: int, stub: int) -> int:
    """The place that a stub of a line belongs to."""
    community = line
    if level > 0:
        community = int(a.table[a.regions_at + line])
        at = a.whole_at + (kind * LEVELS + level) * 2
        whole = int(a.table[at])
        before, _ = divided(stub, whole, int(a.table[at + 1]))
        before = min(before, a.communities - 1 - community)
        community += before
        stub -= before * whole
    of_size = kind * 2 + _size_kind(a, community)
    word = a.table[int(a.table[a.ranks_at + of_size * LEVELS + level]) + (stub >> 2)]
    return (community << COMMUNITY_BITS) + ((int(word) >> ((stub & 3) << 4)) & (COMMUNITY - 1))


def _block_row(a: Arithmetic, level: int, column: int, counted: int, number: int) -> int:
    """The row of the class that a slot (`counted` 0) or a block (1) of a line is in."""
    line = level * (WIDER + a.regions + 1) + column
    row = a.blocks_at + line * (a.classes + 1) * 3
    while number >= a.table[row + 3 + counted]:
        row += 3
    return row


def _first_group(a: Arithmetic, level: int, line: int, column: int) -> int:
    if level == 0:
        return line * a.line_groups
    return int(a.table[a.first_groups_at + level * (WIDER + a.regions + 1) + column])


def _line_of_group(a: Arithmetic, group: int) -> tuple[int, int, int]:
    """The level, the line and its column of a group."""
    if group >= _first_group(a, 2, 0, WIDER + a.regions):
        return 2, 0, WIDER + a.regions
    if group >= _first_group(a, 1, 0, WIDER):
        region = a.regions - 1
        while group < _first_group(a, 1, region, WIDER + region):
            region -= 1
        return 1, region, WIDER + region
    line = a.communities - 1
    if a.line_groups > 0:
        line = min(divided(group, a.line_groups, a.inverse_line_groups)[0], line)
    return 0, line, _size_kind(a, line)


def _holds(out: Integers, found: int, place: int) -> bool:
    index = 0
    while index < found and out[index] != place:
        index += 1
    return index < found
