"""Parts of the people that rules can tell apart: regions, cohorts, and whom a rollout has reached.

Membership is drawn once, by the population's seed (whom a rollout reaches, by the rollout's), so that every run and
every policy meets the same people in the same places.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
from attrs import Attribute, define, field, frozen
from numpy.typing import NDArray

from chatsim.compilation import compiled
from chatsim.errors import ConfigurationError
from chatsim.model import EVERYBODY, Part
from chatsim.population.communities import COMMUNITY, exact
from chatsim.population.permutation import Domain, domain_of, permute, round_keys
from chatsim.randomness.philox import ARMS, COHORT, REGION, draw, key_words
from chatsim.randomness.tables import CERTAIN

Words = NDArray[np.int64]
Numbers = NDArray[np.uint8]
PARTS_MAX = 255
AT_ONCE = 1 << 20
"""Users whose parts are found at once, so that a billion people need no table of words."""


def _share(instance: object, attribute: Attribute[Any], value: float) -> None:
    if not 0.0 < value <= 1.0:
        message = f"{attribute.name} is {value}; it takes a share above 0, up to 1 (100 %)"
        raise ConfigurationError(message)


def _offset(instance: object, attribute: Attribute[Any], value: int) -> None:
    if not -86_400 < value < 86_400:
        message = f"{attribute.name} is {value}; it takes less than a day in seconds, east of UTC above zero"
        raise ConfigurationError(message)


@frozen
class Region:
    """People who live under one sky, and perhaps under one law."""

    name: str
    share: float = field(validator=_share)
    """Of the people."""
    utc_offset_seconds: int = field(default=0, validator=_offset)


@frozen
class Cohort:
    """People who have something in common, wherever they live."""

    name: str
    share: float = field(validator=_share)


class Unit(enum.StrEnum):
    """What a rollout reaches or leaves out as a whole."""

    USER = "user"
    COMMUNITY = "community"
    """1,024 people most of whose contacts are among them; of generated people only."""
    REGION = "region"


@frozen
class Rollout:
    """Who gets a policy while everybody else stays with the control.

    Named regions or cohorts are reached whole; without any, a share of the units, drawn by `seed`.
    """

    unit: Unit = Unit.USER
    share: float = field(default=0.5, validator=_share)
    seed: int = 1
    regions: tuple[str, ...] = ()
    cohorts: tuple[str, ...] = ()

    @property
    def named(self) -> bool:
        """Whether it says whom it reaches, rather than how many."""
        return bool(self.regions or self.cohorts)


@frozen
class Partition:
    """Everything that tells people apart."""

    regions: tuple[Region, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    rollout: Rollout | None = None

    def __attrs_post_init__(self) -> None:
        for word, named in (("regions", self.regions), ("cohorts", self.cohorts)):
            _check_shares(word, named)
        if len(self.parts) > PARTS_MAX:
            message = (
                f"regions and cohorts, with those reached by a rollout and those not, make {len(self.parts)} "
                f"parts of the people; it takes at most {PARTS_MAX}"
            )
            raise ConfigurationError(message)
        rollout = self.rollout
        if rollout is None:
            return
        for word, wanted, known in (
            ("region", rollout.regions, self.regions),
            ("cohort", rollout.cohorts, self.cohorts),
        ):
            for name in wanted:
                require_named(word, name, [each.name for each in known], "rollout")
        if not rollout.named and rollout.unit is Unit.REGION and len(self.regions) < 2:
            message = (
                "a rollout by region has no regions to choose from; it takes two regions or more"
            )
            raise ConfigurationError(message)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every combination, by number: region, then cohort, then untreated before treated."""
        places: list[tuple[str | None, int]] = [
            (each.name, each.utc_offset_seconds) for each in self.regions
        ]
        cohorts: list[str | None] = [each.name for each in self.cohorts]
        arms = (True,) if self.rollout is None else (False, True)
        return tuple(
            Part(region, cohort, treated, offset)
            for region, offset in places or [(None, 0)]
            for cohort in cohorts or [None]
            for treated in arms
        )


def require_named(word: str, name: str, known: Sequence[str], who: str) -> None:
    """Raise ConfigurationError where `who` speaks of a region or cohort that the scenario does not have."""
    if name not in known:
        takes = f"it takes one of {', '.join(known)}" if known else f"the scenario names no {word}s"
        message = f"{who} names the {word} {name!r}; {takes}"
        raise ConfigurationError(message)


def _check_shares(word: str, named: Sequence[Region | Cohort]) -> None:
    names = [each.name for each in named]
    for name in names:
        if names.count(name) > 1:
            message = f"two {word} are named {name!r}; each takes a name of its own"
            raise ConfigurationError(message)
    total = sum((exact(each.share) for each in named), Fraction(0))
    if named and total != 1:
        message = f"the shares of the {word} are {float(total):.10g} together; they take 1 (100 %)"
        raise ConfigurationError(message)


@define(eq=False, frozen=True)
class Parts:
    """Who belongs to which part."""

    parts: tuple[Part, ...] = EVERYBODY
    of_user: Numbers = field(factory=lambda: np.zeros(0, dtype=np.uint8))
    """The number of each user's part, uint8[users]; empty where there is one part only."""

    def __len__(self) -> int:
        return len(self.parts)

    @property
    def utc_offsets(self) -> tuple[int, ...]:
        """In seconds, by part."""
        return tuple(part.utc_offset_seconds for part in self.parts)

    def part_of(self, user: int) -> int:
        """The number of one user's part."""
        return int(self.of_user[user]) if len(self.of_user) else 0

    def of(self, users: NDArray[np.int64]) -> NDArray[np.int64]:
        """The numbers of many users' parts."""
        if not len(self.of_user):
            return np.zeros(len(users), dtype=np.int64)
        return self.of_user[users].astype(np.int64)


NO_PARTS = Parts()


def divide(partition: Partition, users: int, seed: int, *, communities: bool) -> Parts:
    """Everybody's part. `seed` is the population's; `communities` says whether the people are generated in those.

    In communities regions are ranges of users, so that a region is a place and most ties stay within it; elsewhere
    each user draws. Raises ConfigurationError for a rollout by communities where there are none.
    """
    parts = partition.parts
    if len(parts) == 1:
        return Parts(parts)
    rollout = partition.rollout
    if (
        rollout is not None
        and rollout.unit is Unit.COMMUNITY
        and not (communities or rollout.named)
    ):
        message = "a rollout by community takes generated people; others have no communities"
        raise ConfigurationError(message)
    regions = bounds([each.share for each in partition.regions], users if communities else CERTAIN)
    cohorts = bounds([each.share for each in partition.cohorts], CERTAIN)
    domain, treated, named = _arms(partition, users)
    keys = round_keys(*key_words(rollout.seed if rollout else 0), ARMS, 0, 0)
    unit = list(Unit).index(rollout.unit) if rollout else 0
    of_user = np.empty(users, dtype=np.uint8)
    fill = compiled(fill_parts)
    for first in range(0, users, AT_ONCE):
        fill(
            of_user[first : first + AT_ONCE], first, *key_words(seed), communities,
            regions, cohorts, rollout is not None, unit, domain, keys, treated, named,
        )  # fmt: skip
    return Parts(parts, of_user)


def bounds(shares: Sequence[float], whole: int) -> Words:
    """Where each part ends among `whole`: the sum of the shares up to it, rounded down; the last takes the rest."""
    sums, total = [], Fraction(0)
    for share in shares:
        total += exact(share)
        sums.append(int(total * whole))
    return np.array(sums or [whole], dtype=np.int64)


def _arms(partition: Partition, users: int) -> tuple[Domain, int, NDArray[np.bool_]]:
    """How many units there are, how many are reached, and which regions x cohorts are reached by name, if any are."""
    rollout = partition.rollout
    names = [(part.region, part.cohort) for part in _whole_parts(partition)]
    if rollout is None:
        return domain_of(1), 0, np.zeros(0, dtype=np.bool_)
    if rollout.named:
        reached = [
            region in rollout.regions or cohort in rollout.cohorts for region, cohort in names
        ]
        return domain_of(1), 0, np.array(reached)
    treated, units = units_reached(rollout, users, len(partition.regions))
    return domain_of(units), treated, np.zeros(0, dtype=np.bool_)


def units_reached(rollout: Rollout, users: int, regions: int) -> tuple[int, int]:
    """How many units a rollout by share reaches, and how many there are."""
    match rollout.unit:
        case Unit.USER:
            units = users
        case Unit.COMMUNITY:
            units = -(-users // COMMUNITY)
        case Unit.REGION:
            units = regions
    return int(exact(rollout.share) * units + Fraction(1, 2)), units


def _whole_parts(partition: Partition) -> list[Part]:
    """One part for each region and cohort, whatever a rollout does."""
    return [part for part in partition.parts if partition.rollout is None or part.treated]


# --- kernel -------------------------------------------------------------------------------------


def fill_parts(
    of_user: Numbers,
    first: int,
    key_low: int,
    key_high: int,
    communities: bool,
    regions: Words,
    cohorts: Words,
    arms: bool,
    unit: int,
    domain: Domain,
    keys: tuple[int, int, int, int, int, int],
    treated: int,
    named: NDArray[np.bool_],
) -> None:
    """The parts of users `first` on."""
    for index in range(len(of_user)):
        user = first + index
        region, cohort = 0, 0
        if len(regions) > 1:
            at = user
            if not communities:
                at = draw(key_low, key_high, user, 0, REGION, 0, 0)[0]
            region = which(regions, at)
        if len(cohorts) > 1:
            cohort = which(cohorts, draw(key_low, key_high, user, 0, COHORT, 0, 0)[0])
        part = region * len(cohorts) + cohort
        if arms:
            if len(named) > 0:
                reached = named[part]
            elif unit == 0:
                reached = permute(user, domain, keys) < treated
            elif unit == 1:
                reached = permute(user // COMMUNITY, domain, keys) < treated
            else:
                reached = permute(region, domain, keys) < treated
            part = 2 * part + reached
        of_user[index] = part


def which(ends: Words, at: int) -> int:
    """The first part that ends beyond `at`; the last one where none does."""
    for part in range(len(ends) - 1):
        if at < ends[part]:
            return part
    return len(ends) - 1
