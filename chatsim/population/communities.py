"""Generated communities as arithmetic: from a user to their stubs, from a stub to its line, from a block to its group.

Nothing here stores a user or a tie, and every function costs the same in a population of ten users and of a billion;
`chatsim.population.generated` walks through all of it and writes it down. The construction:

*Communities.* Community c holds the users 1024 c .. 1024 c + size - 1; only the last may be smaller than 1,024. Users
stand in it in keyed order: the rank of the user at position p is permute(p, size) under the round keys
(RANKS, community). Rank r has as many contact stubs as quantile r of `size` quantiles of the lognormal law, rounded to
the nearest (halves up), at least 1, and as many group stubs as quantile r of the exponential law, rounded likewise.

*Levels.* Let P[r] be the number of stubs of the ranks below r. Then community[r] = round(P[r] * share_community),
region[r] = round((P[r] - community[r]) * share_region / (1 - share_community)), world[r] = what is left of P[r],
where round(x) = floor(x + 1/2), exact in the decimal numbers that the shares are written as. A level's stubs are
numbered by its prefix: rank r has the stubs level[r] .. level[r + 1] - 1. (Nested, because two sums rounded separately
could give a rank a negative number of stubs.)

*Regions.* Of C communities, region r of R has the communities r * C // R .. (r + 1) * C // R - 1.

*Lines.* The stubs of one kind (0 contacts, 1 groups) and one level (0 community, 1 region, 2 world) stand in one line
per community, per region, or for the world, in the order of communities, then ranks. So stub i of rank r of
community c has the number (c - first community of the line) * (a full community's stubs of that kind and level)
+ level[r] + i. Each line is permuted under the round keys (STUBS, line number, kind * 3 + level): stub s goes to slot
permute(s, the line's length).

*Blocks.* On a contact line the slots 2 k and 2 k + 1 are a pair, contacts of each other; a pair of one user with
themselves is void, and so is the last slot of an odd line. A group line of length L is cut by size class, the largest
class first: class k has L * share_k * size_k / (the sum of share * size) slots of its own and what the larger classes
left over (exact in decimal numbers), and takes as many blocks as fit; what the smallest class leaves is void. (Leaving
all remainders to the smallest class would make 35 of 100 groups in a community groups of three where 28 are asked
for.) On the line classes lie one after another, the smallest first, and so do their blocks.

*Group numbers* run through the communities' lines in order, then the regions' lines, then the world's line, on each
line by slot.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.errors import ConfigurationError
from chatsim.population.permutation import permute, round_keys, side_of, unpermute
from chatsim.population.sizes import check_size
from chatsim.randomness import tables
from chatsim.randomness.philox import RANKS

COMMUNITY = 1024
"""Users of a full community."""
CONTACTS, GROUPS = 0, 1
"""Kinds of stubs."""
LEVELS = 3
FULL, LAST, WIDER = 0, 1, 2
"""Kinds of lines: a full community's, the last community's, and from 2 on one for each region, then the world's."""

Integers = NDArray[np.int64]


@frozen
class Communities:
    """The law of a generated population; the forms follow Corten 2025, the values have no source."""

    contacts_mean: float = 35.0
    contacts_sigma: float = 0.8
    groups_mean: float = 4.7
    share_community: float = 0.7
    """Share of a user's stubs tied within the community; what neither this nor the next takes goes anywhere."""
    share_region: float = 0.2
    group_sizes: tuple[int, ...] = (3, 5, 8, 15, 40, 150)
    group_shares: tuple[float, ...] = (0.28, 0.32, 0.25, 0.10, 0.04, 0.01)
    """Shares of groups (not of members) by size."""
    regions: int = 1

    def __attrs_post_init__(self) -> None:
        _require(
            0 < self.contacts_mean <= 1e4, "contacts_mean", self.contacts_mean, "above 0 to 10,000"
        )
        _require(0 <= self.contacts_sigma <= 3, "contacts_sigma", self.contacts_sigma, "0 to 3")
        _require(0 <= self.groups_mean <= 1e4, "groups_mean", self.groups_mean, "0 to 10,000")
        for name in ("share_community", "share_region"):
            _require(0 <= getattr(self, name) <= 1, name, getattr(self, name), "0 to 1")
        both = _exact(self.share_community) + _exact(self.share_region)
        _require(both <= 1, "share_community + share_region", float(both), "at most 1")
        _require(self.regions >= 1, "regions", self.regions, "1 or more")
        rising = all(low < high for low, high in pairwise(self.group_sizes))
        sizes_fit = len(self.group_sizes) > 0 and self.group_sizes[0] >= 2 and rising
        _require(sizes_fit, "group_sizes", self.group_sizes, "rising sizes of 2 members or more")
        _require(
            len(self.group_shares) == len(self.group_sizes)
            and all(share >= 0 for share in self.group_shares)
            and abs(sum(self.group_shares) - 1) < 1e-6,
            "group_shares",
            self.group_shares,
            "one share per size, together 1",
        )


def _require(holds: bool, name: str, value: object, accepted: str) -> None:
    if not holds:
        raise ConfigurationError(f"communities: {name} is {value}; it takes {accepted}.")


def _exact(value: float) -> Fraction:
    """The decimal number that a float is written as, so that 0.28 of 100 is 28."""
    return Fraction(str(value))


@frozen(eq=False)
class Layout:
    """The tables behind the arithmetic: a few thousand integers for a population of any size."""

    users: int
    communities: int
    regions: int
    prefixes: Integers
    """[kind, FULL or LAST, level, rank]: stubs of that kind and level of the lower ranks, int64[2, 2, 3, 1025]."""
    rank_sides: Integers
    """`side_of` the size of a full and of the last community."""
    lengths: Integers
    """[kind, level, kind of line]: stubs on a line; 0 where a level has no such line."""
    sides: Integers
    """`side_of` these lengths."""
    sizes: Integers
    """Members of a block, by class."""
    block_slots: Integers
    """[level, kind of line, class]: the first slot of a class's blocks; the last column is the last block's end."""
    block_groups: Integers
    """The same in blocks; the last column counts the line's groups."""
    first_groups: Integers
    """[level, kind of line]: number of a line's first group; a community's line c adds c times a full line's groups."""
    groups: int
    """Groups in all."""

    @property
    def lines(self) -> tuple[int, int, int]:
        """Lines by level."""
        return self.communities, self.regions, 1


def layout(users: int, law: Communities) -> Layout:
    """The tables of a population of `users` under a law.

    Raises:
        ConfigurationError: users out of range, or more regions than communities.
    """
    check_size(users)
    communities = -(-users // COMMUNITY)
    if law.regions > communities:
        raise ConfigurationError(
            f"communities: {users:,} users are {communities:,} communities of {COMMUNITY:,}; "
            f"they cannot be split into {law.regions:,} regions."
        )
    last = users - (communities - 1) * COMMUNITY
    prefixes = np.stack([_prefixes(law, COMMUNITY), _prefixes(law, last)], axis=1)
    lengths = _lengths(prefixes, communities, law.regions)
    sizes, slots, groups = _blocks(law, lengths[GROUPS])
    first_groups, total = _first_groups(groups[:, :, -1], communities, law.regions)
    return Layout(
        users=users,
        communities=communities,
        regions=law.regions,
        prefixes=prefixes,
        rank_sides=np.array([side_of(COMMUNITY), side_of(last)]),
        lengths=lengths,
        sides=np.array([[[side_of(int(x)) for x in level] for level in kind] for kind in lengths]),
        sizes=sizes,
        block_slots=slots,
        block_groups=groups,
        first_groups=first_groups,
        groups=total,
    )


def _prefixes(law: Communities, size: int) -> Integers:
    """[kind, level, rank] for a community of `size`; ranks beyond it repeat the last sum."""
    median = law.contacts_mean * float(np.exp(-(law.contacts_sigma**2) / 2))
    contacts = tables.integers(tables.lognormal(median, law.contacts_sigma, size) + 0.5)
    groups = tables.integers(tables.exponential(law.groups_mean, size) + 0.5)
    result = np.empty((2, LEVELS, COMMUNITY + 1), dtype=np.int64)
    for kind, degrees in enumerate((np.maximum(contacts, 1), groups)):
        sums = np.concatenate([[0], np.cumsum(degrees)])
        result[kind, :, : size + 1] = _levels(law, sums)
        result[kind, :, size + 1 :] = result[kind, :, size : size + 1]
    return result


def _levels(law: Communities, sums: Integers) -> Integers:
    within = _exact(law.share_community)
    wider = _exact(law.share_region) / (1 - within) if within < 1 else Fraction(0)
    community = _rounded(sums, within)
    region = _rounded(sums - community, wider)
    return np.stack([community, region, sums - community - region])


def _rounded(sums: Integers, share: Fraction) -> Integers:
    top, bottom = share.numerator, share.denominator
    return np.array([(2 * int(x) * top + bottom) // (2 * bottom) for x in sums], dtype=np.int64)


def _lengths(prefixes: Integers, communities: int, regions: int) -> Integers:
    totals = prefixes[:, :, :, -1]  # [kind, FULL or LAST, level]
    result = np.zeros((2, LEVELS, WIDER + regions + 1), dtype=np.int64)
    result[:, 0, FULL] = totals[:, FULL, 0] if communities > 1 else 0
    result[:, 0, LAST] = totals[:, LAST, 0]
    for region in range(regions):
        first = first_community(1, region, communities, regions)
        full = first_community(1, region + 1, communities, regions) - first
        if region == regions - 1:
            result[:, 1, WIDER + region] = (full - 1) * totals[:, FULL, 1] + totals[:, LAST, 1]
        else:
            result[:, 1, WIDER + region] = full * totals[:, FULL, 1]
    result[:, 2, WIDER + regions] = (communities - 1) * totals[:, FULL, 2] + totals[:, LAST, 2]
    return result


def _blocks(law: Communities, lengths: Integers) -> tuple[Integers, Integers, Integers]:
    """Sizes by class, and by [level, kind of line, class] the first slot and the first block."""
    sizes = np.array(law.group_sizes, dtype=np.int64)
    counts = np.zeros((*lengths.shape, len(sizes)), dtype=np.int64)
    for place, length in np.ndenumerate(lengths):
        counts[place] = _class_counts(law, int(length))
    zero = np.zeros((*lengths.shape, 1), dtype=np.int64)
    slots = np.concatenate([zero, np.cumsum(counts * sizes, axis=2)], axis=2)
    return sizes, slots, np.concatenate([zero, np.cumsum(counts, axis=2)], axis=2)


def _class_counts(law: Communities, length: int) -> list[int]:
    """Blocks by class of a line of `length` slots."""
    slots = [_exact(p) * size for p, size in zip(law.group_shares, law.group_sizes, strict=True)]
    counts = []
    left = Fraction(0)
    for own, size in zip(reversed(slots), reversed(law.group_sizes), strict=True):
        left += length * own / sum(slots)
        counts.append(int(left // size))
        left -= counts[-1] * size
    return counts[::-1]


def _first_groups(counts: Integers, communities: int, regions: int) -> tuple[Integers, int]:
    result = np.zeros_like(counts)
    number = int((communities - 1) * counts[0, FULL] + counts[0, LAST])
    for level, line in ((1, region) for region in range(regions)):
        result[level, WIDER + line] = number
        number += int(counts[level, WIDER + line])
    result[2, WIDER + regions] = number
    return result, number + int(counts[2, WIDER + regions])


# --- scalars, which compiled code calls ---------------------------------------------------------


def first_community(level: int, line: int, communities: int, regions: int) -> int:
    """The first community of a line."""
    if level == 0:
        return line
    if level == 1:
        return line * communities // regions
    return 0


def line_of(level: int, community: int, communities: int, regions: int) -> int:
    """The line of a level that a community's stubs stand in."""
    if level == 0:
        return community
    if level == 1:
        return ((community + 1) * regions - 1) // communities
    return 0


def line_kind(level: int, line: int, communities: int, regions: int) -> int:
    """The column of a line in the tables."""
    if level == 0:
        return LAST if line == communities - 1 else FULL
    if level == 1:
        return WIDER + line
    return WIDER + regions


def rank_of(
    position: int, size: int, side: int, key_low: int, key_high: int, community: int
) -> int:
    """The rank of the user at a position of a community of `size`."""
    return permute(position, size, side, round_keys(key_low, key_high, RANKS, community, 0))


def position_of(
    rank: int, size: int, side: int, key_low: int, key_high: int, community: int
) -> int:
    """The position of the user with a rank."""
    return unpermute(rank, size, side, round_keys(key_low, key_high, RANKS, community, 0))


def place_of(
    stub: int, first: int, communities: int, full: Integers, last: Integers
) -> tuple[int, int]:
    """The community and the rank of a stub of a line that begins with community `first`.

    `full` and `last` are the rows of `prefixes` of the line's kind and level.
    """
    community = first
    whole = int(full[-1])
    if whole > 0:
        community = min(first + stub // whole, communities - 1)
    rest = stub - (community - first) * whole
    row = last if community == communities - 1 else full
    low, high = 0, len(row) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if row[middle] <= rest:
            low = middle
        else:
            high = middle
    return community, low


def block_at(slot: int, slots: Integers, groups: Integers, sizes: Integers) -> int:
    """The block of a slot of a group line, counted on its line; -1 where the slot is void."""
    for index in range(len(sizes)):
        if slot < slots[index + 1]:
            return int(groups[index]) + (slot - int(slots[index])) // int(sizes[index])
    return -1


def block_slots(block: int, slots: Integers, groups: Integers, sizes: Integers) -> tuple[int, int]:
    """The first slot of a block of a group line, and its number of slots."""
    for index in range(len(sizes)):
        if block < groups[index + 1]:
            size = int(sizes[index])
            return int(slots[index]) + (block - int(groups[index])) * size, size
    return 0, 0


def first_group(
    level: int, line: int, column: int, block_groups: Integers, first_groups: Integers
) -> int:
    """The number of a line's first group, from the table and the column of its level."""
    return line * int(block_groups[FULL, -1]) if level == 0 else int(first_groups[column])


def line_of_group(
    group: int, communities: int, regions: int, block_groups: Integers, first_groups: Integers
) -> tuple[int, int]:
    """The level and the line of a group; takes the tables of all levels."""
    if group >= first_groups[2, WIDER + regions]:
        return 2, 0
    if group >= first_groups[1, WIDER]:
        region = regions - 1
        while group < first_groups[1, WIDER + region]:
            region -= 1
        return 1, region
    whole = int(block_groups[0, FULL, -1])
    return 0, min(group // whole, communities - 1) if whole > 0 else communities - 1
