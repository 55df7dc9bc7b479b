"""Generated communities: the construction and its law.

Nothing in it needs a stored user or tie: `chatsim.population.layout` has its tables, `chatsim.population.places` walks
through it by arithmetic at the same cost in a population of ten users and of a billion, and
`chatsim.population.generated` writes it down. The construction:

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

*Blocks.* On a contact line the slots 2 k and 2 k + 1 are a pair, contacts of each other. A stub paired with another of
the same user, or in the last slot of an odd line, is a note to oneself: it stands for the user's own id. A group line
of length L is cut by size class, the largest class first: class k has L * share_k * size_k / (the sum of share * size)
slots of its own and what the larger classes left over (exact in decimal numbers), and takes as many blocks as fit.
(Leaving all remainders to the smallest class would make 35 of 100 groups in a community groups of three where 28 are
asked for.) On the line classes lie one after another, the smallest first, and so do their blocks; the slots that the
smallest class leaves form one last, smaller group at the line's end.

*Chats.* Every stub is one chat, in stub order: a user's contacts are those of their community stubs, then region
stubs, then world stubs, each by stub number, and so are their groups. Whoever holds two slots of a group lists it twice
and is one member of it.

*Group numbers* run through the communities' lines in order, then the regions' lines, then the world's line, on each
line by slot.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from attrs import frozen

from chatsim.errors import ConfigurationError

COMMUNITY = 1024
"""Users of a full community."""
CONTACTS, GROUPS = 0, 1
"""Kinds of stubs."""
LEVELS = 3
FULL, LAST, WIDER = 0, 1, 2
"""Kinds of lines: a full community's, the last community's, and from 2 on one for each region, then the world's."""


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
        both = exact(self.share_community) + exact(self.share_region)
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


def exact(value: float) -> Fraction:
    """The decimal number that a float is written as, so that 0.28 of 100 is 28."""
    return Fraction(str(value))


STANDARD = Communities()
