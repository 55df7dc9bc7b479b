"""Populations for which theory has an answer: a configuration model from degrees, a ring, and one group of all.

Stubs are paired by the keyed permutation (`chatsim.population.permutation`): a stub's place is its image, and places
2 i and 2 i + 1 are a tie. Whoever meets themselves has a tie less (about half of <k (k - 1)> / <k> such ties among all
people together); ties that come twice stay two.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.population.permutation import Domain, Keys, domain_of, permute, round_keys
from chatsim.population.rows import rows, transposed
from chatsim.population.values import Ids, Population
from chatsim.randomness.philox import STUBS, key_words

CONFIGURATION = 6
"""The kind of line in draws of STUBS; the lines of generated communities are of kinds 0 to 5."""


def configuration_model(degrees: NDArray[np.int64], seed: int) -> Population:
    """People with these numbers of ties, joined at random; a last stub without a partner is left out."""
    owners = np.repeat(np.arange(len(degrees), dtype=np.int32), degrees)
    key = key_words(seed)
    keys = round_keys(*key, STUBS, 0, CONFIGURATION)
    one, other = compiled(_ties)(owners, domain_of(len(owners)), keys)
    unsorted = rows(len(degrees), np.concatenate((one, other)), np.concatenate((other, one)))
    offsets, contacts = transposed(*unsorted, len(degrees))
    return _people(offsets, contacts, None, seed, "a configuration model")


def ring(users: int) -> Population:
    """Everybody knows the next one and nobody else: every cascade is a chain."""
    offsets = np.arange(users + 1, dtype=np.int64)
    contacts = ((np.arange(users) + 1) % users).astype(np.int32)
    return _people(offsets, contacts, None, 1, "a ring")


def one_group(users: int) -> Population:
    """Everybody is in one group and knows nobody else: every cascade is a star."""
    members = np.arange(users, dtype=np.int32)
    return _people(
        np.zeros(users + 1, dtype=np.int64), members[:0], members, 1, "one group of everybody"
    )


def _people(
    offsets: NDArray[np.int64], contacts: Ids, group: Ids | None, seed: int, what: str
) -> Population:
    users = len(offsets) - 1
    members = contacts[:0] if group is None else group
    in_groups = np.arange(users + 1, dtype=np.int64) * (group is not None)
    return Population(
        users=users,
        contact_offsets=offsets,
        contacts=contacts,
        group_offsets=in_groups,
        groups=np.zeros(len(members), dtype=np.int32),
        member_offsets=np.array([0] if group is None else [0, users], dtype=np.int64),
        members=members,
        seed=seed,
        description=f"{users:,} people ({what})",
    )


def _ties(owners: Ids, domain: Domain, keys: Keys) -> tuple[Ids, Ids]:
    length = len(owners)
    placed = np.empty(length, dtype=np.int32)
    for stub in range(length):
        placed[permute(stub, domain, keys)] = owners[stub]
    one = np.empty(length // 2, dtype=np.int32)
    other = np.empty(length // 2, dtype=np.int32)
    kept = 0
    for tie in range(length // 2):
        a, b = placed[2 * tie], placed[2 * tie + 1]
        if a != b:
            one[kept], other[kept] = a, b
            kept += 1
    return one[:kept].copy(), other[:kept].copy()
