"""Public groups as those of Melo et al. 2019: who is in which, and who can write to whom in each reading of the cap.

Users and groups per country are the paper's. How many groups a person is in, and how the sizes of groups differ, are
those of 59 groups of the Brazilian election of 2018 (Cabral et al. 2021, "FakeWhatsApp.Br"), because the paper's own
laws are not published. People and groups are matched at random, with a fixed seed: a configuration model.
"""

from __future__ import annotations

import enum

import numpy as np
from attrs import define, frozen
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from chatsim.population.from_files import joined
from chatsim.population.readers import Edges, Memberships
from chatsim.population.values import Population

Numbers = NDArray[np.int64]

GROUPS_OF_USER = (4843, 339, 102, 37, 19, 10, 7, 2, 1, 3, 1)
"""Of 5,364 people who posted: how many did so in 1, 2, 3... of the 59 groups. A lower bound: other groups exist."""
POSTERS_SHARES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
POSTERS = (3.0, 10.4, 31.25, 90.0, 162.0, 273.0, 302.6, 326.0)
"""People who posted in a group, at these shares of the groups."""
MEMBERS_MIN, MEMBERS_MAX = 2, 256
"""256 was the limit of WhatsApp's groups then."""


class Reading(enum.StrEnum):
    """What a cap of five counts."""

    PEOPLE = "people"
    """Single recipients: a person's chats are all who share a group with them."""
    GROUPS = "groups"
    """Whole groups: a person's chats are the groups that they are in."""


@frozen
class Country:
    """One of the paper's three data sets."""

    name: str
    users: int
    groups: int


COUNTRIES = {
    "brazil": Country("Brazil", 17_465, 414),
    "india": Country("India", 362_739, 5_839),
    "indonesia": Country("Indonesia", 10_388, 217),
}


@define(eq=False, frozen=True)
class Groups:
    """Who is in which group: membership i puts user[i] into group[i]. Everybody can be reached from everybody."""

    country: Country
    users: int
    """In the largest connected part; the rest is left out."""
    user: Numbers
    group: Numbers

    @property
    def groups(self) -> int:
        """How many there are."""
        return len(np.unique(self.group))

    def population(self, reading: Reading) -> Population:
        """The people, and the chats that the cap counts."""
        ids = tuple(str(user) for user in range(self.users))
        match reading:
            case Reading.GROUPS:
                groups = tuple(str(group) for group in range(int(self.group.max()) + 1))
                table = Memberships(
                    "memberships", ids, groups,
                    self.user, self.group, None,
                )  # fmt: skip
                return joined(None, table, seed=1)
            case Reading.PEOPLE:
                one, other = self._pairs()
                return joined(Edges("members of one group", ids, one, other, None), None, seed=1)

    def _pairs(self) -> tuple[Numbers, Numbers]:
        """Everybody with everybody else of each group."""
        order = np.argsort(self.group, kind="stable")
        members = np.split(
            self.user[order],
            np.flatnonzero(np.diff(self.group[order])) + 1,
        )
        of_groups = [np.triu_indices(len(each), 1) for each in members]
        one = [each[first] for each, (first, _) in zip(members, of_groups, strict=True)]
        other = [each[second] for each, (_, second) in zip(members, of_groups, strict=True)]
        return np.concatenate(one), np.concatenate(other)


def public_groups(country: Country, seed: int = 1) -> Groups:
    """The groups of a country of this size, drawn with this seed."""
    draws = np.random.default_rng(seed)
    counts = np.array(GROUPS_OF_USER, dtype=np.float64)
    chosen = draws.choice(len(counts), size=country.users, p=counts / counts.sum()) + 1
    user = np.repeat(np.arange(country.users, dtype=np.int64), chosen)
    draws.shuffle(user)
    sizes = group_sizes(country.groups, len(user))
    group = np.repeat(np.arange(country.groups, dtype=np.int64), sizes)
    pairs = np.unique(np.stack([user[: len(group)], group], axis=1), axis=0)
    return _largest_part(country, pairs[:, 0], pairs[:, 1])


def group_sizes(groups: int, memberships: int) -> Numbers:
    """Members of each group: the quantiles of `POSTERS`, scaled to so many memberships in all, 2 to 256 each."""
    shares = (np.arange(groups) + 0.5) / groups
    law = np.interp(shares, POSTERS_SHARES, POSTERS)
    sizes = np.rint(law * memberships / law.sum()).astype(np.int64)
    within: Numbers = np.clip(sizes, MEMBERS_MIN, MEMBERS_MAX)
    surplus = int(within.sum()) - memberships
    # What rounding and the smallest groups add is taken from the largest, one by one.
    for i in range(max(surplus, 0)):
        within[-1 - i % (groups // 2)] -= 1
    return within


def _largest_part(country: Country, user: Numbers, group: Numbers) -> Groups:
    total = country.users + country.groups
    ties = coo_array((np.ones(len(user)), (user, country.users + group)), shape=(total, total))
    _, part = connected_components(ties, directed=False)
    of_users = part[: country.users]
    inside = of_users == np.bincount(of_users[user]).argmax()
    numbers = np.cumsum(inside) - 1
    kept = inside[user]
    return Groups(country, int(inside.sum()), numbers[user[kept]], group[kept])
