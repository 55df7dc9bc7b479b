"""The tables of generated communities: how many stubs, lines, blocks and groups there are, and where each begins.

The construction is described in `chatsim.population.communities`.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from attrs import frozen
from numpy.typing import NDArray

from chatsim.errors import ConfigurationError
from chatsim.population.communities import (
    COMMUNITY,
    FULL,
    GROUPS,
    LAST,
    LEVELS,
    WIDER,
    Communities,
    exact,
)
from chatsim.population.permutation import LENGTH_MAX, Domain, domain_of, permute, round_keys
from chatsim.population.sizes import GROUPS_MAX, check_size
from chatsim.randomness import tables
from chatsim.randomness.philox import RANKS

Integers = NDArray[np.int64]


@frozen(eq=False)
class Layout:
    """The tables behind the arithmetic: a few thousand integers for a population of any size."""

    users: int
    communities: int
    regions: int
    prefixes: Integers
    """[kind, FULL or LAST, level, rank]: stubs of that kind and level of the lower ranks, int64[2, 2, 3, 1025]."""
    rank_domains: Integers
    """`Domain` of the ranks of a full and of the last community."""
    domains: Integers
    """[kind, level, kind of line]: `Domain` of a line; its length is 0 where a level has no such line."""
    sizes: Integers
    """[level, kind of line, class]: slots of a block; the last class is what the smallest size leaves over."""
    block_slots: Integers
    """[level, kind of line, class]: the first slot of a class's blocks; the last column is the line's end."""
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
        ConfigurationError: users out of range, more regions than communities, or too many ties or groups.
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
    if lengths.max() > LENGTH_MAX:
        raise ConfigurationError(
            f"communities: {users:,} users with a mean of {law.contacts_mean:,} contacts and {law.groups_mean:,} "
            f"groups need a line of {lengths.max():,} stubs; it takes at most {LENGTH_MAX:,}."
        )
    sizes, slots, groups = _blocks(law, lengths[GROUPS])
    first_groups, total = _first_groups(groups[:, :, -1], communities, law.regions)
    if total > GROUPS_MAX:
        raise ConfigurationError(
            f"communities: {users:,} users with a mean of {law.groups_mean:,} groups need {total:,} groups; "
            f"it takes at most {GROUPS_MAX:,}."
        )
    return Layout(
        users=users,
        communities=communities,
        regions=law.regions,
        prefixes=prefixes,
        rank_domains=np.array([domain_of(COMMUNITY), domain_of(last)], dtype=np.int64),
        domains=_domains(lengths),
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
    within = exact(law.share_community)
    wider = exact(law.share_region) / (1 - within) if within < 1 else Fraction(0)
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


def _domains(lengths: Integers) -> Integers:
    domains = [domain_of(int(length)) for length in lengths.ravel()]
    return np.array(domains, dtype=np.int64).reshape(*lengths.shape, len(Domain._fields))


def _blocks(law: Communities, lengths: Integers) -> tuple[Integers, Integers, Integers]:
    """By [level, kind of line, class] a block's size, and the first slot and the first block."""
    classes = len(law.group_sizes) + 1
    sizes = np.ones((*lengths.shape, classes), dtype=np.int64)
    sizes[:, :, :-1] = law.group_sizes
    counts = np.zeros_like(sizes)
    for place, length in np.ndenumerate(lengths):
        counts[place][:-1] = _class_counts(law, int(length))
        left = int(length) - int((counts[place] * sizes[place]).sum())
        if left > 0:
            sizes[place][-1], counts[place][-1] = left, 1
    zero = np.zeros((*lengths.shape, 1), dtype=np.int64)
    slots = np.concatenate([zero, np.cumsum(counts * sizes, axis=2)], axis=2)
    return sizes, slots, np.concatenate([zero, np.cumsum(counts, axis=2)], axis=2)


def _class_counts(law: Communities, length: int) -> list[int]:
    """Blocks by class of a line of `length` slots."""
    slots = [exact(p) * size for p, size in zip(law.group_shares, law.group_sizes, strict=True)]
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


def line_kind(level: int, line: int, communities: int, regions: int) -> int:
    """The column of a line in the tables."""
    if level == 0:
        return LAST if line == communities - 1 else FULL
    if level == 1:
        return WIDER + line
    return WIDER + regions


def domain_at(row: Integers) -> Domain:
    """The domain that a row of a table holds."""
    return Domain(int(row[0]), int(row[1]), int(row[2]), int(row[3]))


def rank_of(position: int, domain: Domain, key_low: int, key_high: int, community: int) -> int:
    """The rank of the user at a position of a community, whose size is the domain's length."""
    return permute(position, domain, round_keys(key_low, key_high, RANKS, community, 0))


def block_slots(block: int, slots: Integers, groups: Integers, sizes: Integers) -> tuple[int, int]:
    """The first slot of a block of a group line, and its number of slots."""
    index = 0
    while block >= groups[index + 1]:
        index += 1
    size = int(sizes[index])
    return int(slots[index]) + (block - int(groups[index])) * size, size


def first_group(
    level: int, line: int, column: int, block_groups: Integers, first_groups: Integers
) -> int:
    """The number of a line's first group, from the table and the column of its level."""
    return line * int(block_groups[FULL, -1]) if level == 0 else int(first_groups[column])
