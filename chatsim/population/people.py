"""What is drawn about people once and for all: who is how susceptible, whose app cheats, who stays in a group.

Draws of the population's own seed, so that every run and every policy meets the same people.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs
import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.errors import ConfigurationError
from chatsim.population.implicit import Implicit
from chatsim.population.rows import Rows, rows
from chatsim.population.values import Ids, Population
from chatsim.randomness.philox import (
    GROUP_RANK,
    MODIFIED,
    SUSCEPTIBILITY,
    draw,
    key_words,
)
from chatsim.randomness.tables import CERTAIN, QUANTILES

Words = NDArray[np.int64]

COUNTED_AT_ONCE = 1024
"""Users whose draws are made before any is counted: a tenth of the time of one by one."""


def susceptibility_words(population: Population) -> Words:
    """Each user's quantile index into the law of susceptibility, int64[users], 0..65535."""
    return _first_words(population, SUSCEPTIBILITY) >> 16


def susceptibility_counts(population: Population | Implicit) -> Words:
    """How many users have each quantile, int64[65536]: what `share_thresholds` takes as `drawn`."""
    counts = np.zeros(QUANTILES, dtype=np.int64)
    compiled(count_susceptibilities)(0, population.users, *key_words(population.seed), counts)
    return counts


def cheats(population: Population, thresholds: Sequence[int]) -> NDArray[np.uint8]:
    """Who has which of so many cheats, uint8[users], from 1; 0: honest.

    `thresholds` rise: cheat k is that of whoever draws a word below the k-th and not below the one before.
    """
    assert all(0 <= threshold <= CERTAIN for threshold in thresholds)
    words = _first_words(population, MODIFIED)
    passed = np.searchsorted(np.array(thresholds, dtype=np.int64), words, side="right")
    return ((passed + 1) % (len(thresholds) + 1)).astype(np.uint8)


def limit_groups(population: Population, members_max: int) -> Population:
    """The population with no group above a maximum: the members of lowest keyed rank stay, ties by id.

    What is left of anybody's chats keeps its order, and a group listed twice stays listed twice.

    Raises:
        ConfigurationError: a maximum below 1.
    """
    if members_max < 1:
        raise ConfigurationError(
            f"Groups of at most {members_max:,} members cannot be kept; it takes 1 or more."
        )
    sizes = np.diff(population.member_offsets)
    if population.group_count == 0 or int(sizes.max()) <= members_max:
        return population
    groups = np.repeat(np.arange(population.group_count, dtype=np.int32), sizes)
    high, low = compiled(_group_ranks)(population.members, groups, *key_words(population.seed))
    order = np.lexsort((population.members, low, high, groups))
    place = np.arange(len(order)) - population.member_offsets[:-1][groups]
    stay = np.zeros(len(order), dtype=np.bool_)
    stay[order[place < members_max]] = True
    member_offsets, members = rows(population.group_count, groups[stay], population.members[stay])
    ended = groups[~stay].astype(np.int64) * population.users + population.members[~stay]
    group_offsets, of_users = _without(population, ended)
    shrunk, left = int((sizes > members_max).sum()), int(len(stay) - stay.sum())
    return attrs.evolve(
        population,
        group_offsets=group_offsets,
        groups=of_users,
        member_offsets=member_offsets,
        members=members,
        notes=(
            *population.notes,
            f"{shrunk:,} groups were limited to {members_max:,} members; {left:,} memberships ended.",
        ),
    )


def _without(population: Population, ended: Words) -> Rows:
    """Everybody's groups less the memberships that ended: rising numbers group * users + user."""
    of_users = np.repeat(np.arange(population.users), np.diff(population.group_offsets))
    listed = population.groups.astype(np.int64) * population.users + of_users
    found = np.minimum(np.searchsorted(ended, listed), len(ended) - 1)
    stay = ended[found] != listed
    return rows(population.users, of_users[stay].astype(np.int32), population.groups[stay])


def _first_words(population: Population, purpose: int) -> Words:
    words: Words = compiled(_words)(population.users, purpose, *key_words(population.seed))
    return words


def count_susceptibilities(
    first: int, end: int, key_low: int, key_high: int, counts: Words
) -> None:
    """Counts the quantiles of the users `first` to `end` - 1 into `counts`, which no other thread may write to."""
    words = np.empty(COUNTED_AT_ONCE, dtype=np.int64)
    for begin in range(first, end, COUNTED_AT_ONCE):
        found = min(COUNTED_AT_ONCE, end - begin)
        for index in range(found):
            word, _, _, _ = draw(key_low, key_high, begin + index, 0, SUSCEPTIBILITY, 0, 0)
            words[index] = word >> 16
        for index in range(found):
            counts[words[index]] += 1


def _words(users: int, purpose: int, key_low: int, key_high: int) -> Words:
    words = np.empty(users, dtype=np.int64)
    for user in range(users):
        words[user] = draw(key_low, key_high, user, 0, purpose, 0, 0)[0]
    return words


def _group_ranks(members: Ids, groups: Ids, key_low: int, key_high: int) -> tuple[Words, Words]:
    high = np.empty(len(members), dtype=np.int64)
    low = np.empty(len(members), dtype=np.int64)
    for index in range(len(members)):
        # int32 values would make philox mix widths; plain integers keep it 64 bits wide.
        user, group = int(members[index]), int(groups[index])
        high[index], low[index], _, _ = draw(key_low, key_high, user, group, GROUP_RANK, 0, 0)
    return high, low
