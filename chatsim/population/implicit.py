"""A generated population that is not stored: its arithmetic, in a fraction of a megabyte for any number of users."""

from __future__ import annotations

import functools

import numpy as np
from attrs import frozen

from chatsim.population.communities import (
    COMMUNITY,
    CONTACTS,
    FULL,
    GROUPS,
    LEVELS,
    STANDARD,
    Communities,
)
from chatsim.population.generated import description, generate
from chatsim.population.layout import Integers, Layout, first_community, layout
from chatsim.population.permutation import inverse_of, round_keys
from chatsim.population.places import MARKS, RUN, Arithmetic
from chatsim.population.values import Population
from chatsim.randomness.philox import STUBS, key_words


@frozen(eq=False)
class Implicit:
    """The population that `generate` would write down, answered by arithmetic (`chatsim.population.places`)."""

    users: int
    seed: int
    law: Communities = STANDARD
    names: None = None
    notes: tuple[str, ...] = ()
    utc_offset_seconds: int = 0

    @property
    def description(self) -> str:
        return description(self.users)

    @property
    def group_count(self) -> int:
        return self.arithmetic.groups

    @property
    def arithmetic(self) -> Arithmetic:
        """Raises ConfigurationError as `generate` does."""
        return arithmetic(self.users, self.seed, self.law)

    def materialised(self) -> Population:
        """The same people and chats, held in memory."""
        return generate(self.users, seed=self.seed, law=self.law)


@functools.lru_cache(maxsize=8)
def arithmetic(users: int, seed: int, law: Communities = STANDARD) -> Arithmetic:
    """The tables of the population that `generate` would write down.

    Raises:
        ConfigurationError: users out of range, more regions than communities, or too many ties.
    """
    tables = layout(users, law)
    key_low, key_high = key_words(seed)
    ranks, rank_starts = _ranks(tables.prefixes)
    line_groups = int(tables.block_groups[0, FULL, -1])
    largest = int(tables.sizes.max())
    sections = {
        "ranks": ranks,
        "stubs_at": _stubs(tables.prefixes),
        "ranks_at": rank_starts,
        "whole_at": _whole(tables.prefixes[:, FULL, :, -1]),
        "domains_at": tables.domains,
        "rank_domains_at": tables.rank_domains,
        "keys_at": _keys(tables, key_low, key_high),
        "regions_at": _region_starts(tables),
        "blocks_at": _blocks(tables),
        "first_groups_at": tables.first_groups,
    }
    starts = np.cumsum([0, *(section.size for section in sections.values())]).tolist()
    at = dict(zip(sections, starts, strict=False))
    return Arithmetic(
        users=users,
        communities=tables.communities,
        regions=tables.regions,
        key_low=key_low,
        key_high=key_high,
        groups=tables.groups,
        line_groups=line_groups,
        inverse_line_groups=_inverse(line_groups),
        classes=tables.sizes.shape[-1],
        room=-(-largest // RUN) * RUN + MARKS,
        stubs_at=at["stubs_at"],
        ranks_at=at["ranks_at"],
        whole_at=at["whole_at"],
        domains_at=at["domains_at"],
        rank_domains_at=at["rank_domains_at"],
        keys_at=at["keys_at"],
        regions_at=at["regions_at"],
        blocks_at=at["blocks_at"],
        first_groups_at=at["first_groups_at"],
        table=np.concatenate([section.ravel() for section in sections.values()]),
    )


def _stubs(prefixes: Integers) -> Integers:
    """[kind, FULL or LAST, rank, 4]: the prefixes of each rank side by side, and their sum."""
    by_rank = np.moveaxis(prefixes, 2, 3)
    return np.concatenate([by_rank, by_rank.sum(axis=3, keepdims=True)], axis=3)


def _ranks(prefixes: Integers) -> tuple[Integers, Integers]:
    """The rank of each stub of a community, four to a word, and the word where each [kind, size, level] begins."""
    words: list[Integers] = []
    starts = [0]
    for row in prefixes.reshape(-1, COMMUNITY + 1):
        ranks = np.repeat(np.arange(COMMUNITY, dtype=np.int64), np.diff(row))
        quarters = np.pad(ranks, (0, -len(ranks) % 4)).reshape(-1, 4)
        words.append((quarters << np.array([0, 16, 32, 48])).sum(axis=1))
        starts.append(starts[-1] + len(words[-1]))
    return np.concatenate(words), np.array(starts[:-1], dtype=np.int64)


def _whole(stubs: Integers) -> Integers:
    return np.array([[[int(n), _inverse(int(n))] for n in row] for row in stubs], dtype=np.int64)


def _inverse(divisor: int) -> int:
    return inverse_of(divisor) if divisor > 0 else 0


def _keys(tables: Layout, key_low: int, key_high: int) -> Integers:
    """Round keys by [kind, region], and the world's after the regions'."""
    wider = [(level, line) for level in (1, 2) for line in range(tables.lines[level])]
    keys = [
        [round_keys(key_low, key_high, STUBS, line, kind * LEVELS + level) for level, line in wider]
        for kind in (CONTACTS, GROUPS)
    ]
    return np.array(keys, dtype=np.int64)


def _region_starts(tables: Layout) -> Integers:
    communities, regions = tables.communities, tables.regions
    starts = [first_community(1, region, communities, regions) for region in range(regions)]
    return np.array(starts, dtype=np.int64)


def _blocks(tables: Layout) -> Integers:
    """[level, kind of line, class, (first slot, first block, slots of a block)]; the last row's size is void."""
    sizes = np.concatenate([tables.sizes, np.ones_like(tables.sizes[:, :, :1])], axis=2)
    return np.stack([tables.block_slots, tables.block_groups, sizes], axis=3)
