"""The uniform test population: every pick is a keyed random user, for which reach has a closed formula.

With d contacts each and everybody sharing to all with chance p, the share s of users reached by a large cascade solves
1 - s = exp(-p d s).
"""

from __future__ import annotations

import numpy as np

from chatsim.compilation import compiled
from chatsim.errors import ConfigurationError
from chatsim.population.sizes import check_size
from chatsim.population.values import Ids, Population
from chatsim.randomness.philox import UNIFORM, choose_wide, draw, key_words

CONTACTS_MAX = (1 << 24) - 1
"""A draw's index has 24 bits."""


def uniform(users: int, contacts_per_user: int, *, seed: int) -> Population:
    """Contact i of user u is the user that the draw (UNIFORM, u, i) chooses; ties have a direction.

    A pick that falls on the picker is a note to oneself; repeats stay.

    Raises:
        ConfigurationError: numbers out of range.
    """
    check_size(users)
    if not 0 <= contacts_per_user <= CONTACTS_MAX:
        raise ConfigurationError(
            f"{contacts_per_user:,} contacts per user cannot be drawn; it takes 0 to {CONTACTS_MAX:,}."
        )
    contacts, to_oneself = compiled(_picks)(users, contacts_per_user, *key_words(seed))
    return Population(
        users=users,
        contact_offsets=np.arange(users + 1, dtype=np.int64) * contacts_per_user,
        contacts=contacts,
        group_offsets=np.zeros(users + 1, dtype=np.int64),
        groups=np.zeros(0, dtype=np.int32),
        member_offsets=np.zeros(1, dtype=np.int64),
        members=np.zeros(0, dtype=np.int32),
        seed=seed,
        description=f"{users:,} people (uniform)",
        notes=(f"{to_oneself:,} picks fell on the picker: notes to oneself.",)
        if to_oneself
        else (),
    )


def _picks(users: int, contacts_per_user: int, key_low: int, key_high: int) -> tuple[Ids, int]:
    """Everybody's picks, and how many fell on the picker."""
    picks = np.empty(users * contacts_per_user, dtype=np.int32)
    to_oneself = 0
    for user in range(users):
        for index in range(contacts_per_user):
            _, high, low, _ = draw(key_low, key_high, user, 0, UNIFORM, index, 0)
            pick = choose_wide(high, low, users)
            picks[user * contacts_per_user + index] = pick
            if pick == user:
                to_oneself += 1
    return picks, to_oneself
