"""A scenario: everything that decides what a study computes, as one frozen value.

Who the people are, what is passed on, how people behave, how long, how often, under which policies.
Files become scenarios in `chatsim.study.scenario_files`; populations are built from the
specifications elsewhere.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from attrs import Attribute, evolve, field, frozen
from attrs.validators import optional

from chatsim.behaviour.values import ROUNDS_MAX, Audience, Behaviour, Content
from chatsim.errors import ConfigurationError
from chatsim.model import ONE_DAY, Enforcement, Traceability
from chatsim.policy import Policy
from chatsim.policy.presets import preset
from chatsim.population.parts import Cohort, Partition, Region, Rollout, Unit
from chatsim.units import duration_text

USERS_MAX = 2**31 - 1
"""Users are numbered by 32-bit integers."""
SEED_MAX = 2**64 - 1
RUNS_MAX = 1_000_000
DURATION_SECONDS_MAX = 3_660 * ONE_DAY
DEFAULT_USERS = 2_000
DEFAULT_POLICIES = (
    "uncapped",
    "label-only",
    "whatsapp-2018-07",
    "whatsapp-2019-01",
    "whatsapp-2020-04",
    "whatsapp-latest",
)


def _between(low: int, high: int) -> Callable[[Any, Attribute[Any], Any], None]:
    def validate(instance: object, attribute: Attribute[Any], value: int | None) -> None:
        if value is not None and not low <= value <= high:
            message = (
                f"{attribute.name} is {value}; it takes a whole number from {low:,} to {high:,}"
            )
            raise ConfigurationError(message)

    return validate


def _above_zero(instance: object, attribute: Attribute[float], value: float) -> None:
    if not 0 < value < float("inf"):
        message = f"{attribute.name} is {value}; it takes a number above 0"
        raise ConfigurationError(message)


def _from_zero(instance: object, attribute: Attribute[float], value: float) -> None:
    if not 0 <= value < float("inf"):
        message = f"{attribute.name} is {value}; it takes a number from 0 up"
        raise ConfigurationError(message)


def _share(instance: object, attribute: Attribute[float], value: float) -> None:
    if not 0 < value < 1:
        message = (
            f"{attribute.name} is {value}; it takes a share above 0 % and below 100 %, such as 2 %"
        )
        raise ConfigurationError(message)


class GroupMax(enum.StrEnum):
    """Whose limit on a group's members acts in a run."""

    POPULATION = "population"
    """Groups as the population has them, under every policy: forwarding rules alone are compared."""
    POLICY = "policy"
    """Each policy's own `group_members_max`; members of lowest keyed rank stay."""


@frozen
class Generated:
    """Communities of 1,024 users with the same quantiles, wired by keyed permutations.

    The forms of the two laws are Corten et al. 2025; their values have no source.
    """

    users: int = field(default=DEFAULT_USERS, validator=_between(2, USERS_MAX))
    seed: int = field(default=1, validator=_between(0, SEED_MAX))
    contacts_mean: float = field(default=35.0, validator=_above_zero)
    """Contacts per user are lognormal with this mean."""
    contacts_sigma: float = field(default=0.8, validator=_from_zero)
    groups_mean: float = field(default=4.7, validator=_from_zero)
    """Groups per user are exponential with this mean."""


@frozen
class Stored:
    """People read from files: an edge list of contacts, a table of memberships, or both."""

    contacts: Path | None = None
    groups: Path | None = None
    seed: int = field(default=1, validator=_between(0, SEED_MAX))

    def __attrs_post_init__(self) -> None:
        if self.contacts is None and self.groups is None:
            message = "a stored population names no file; it takes contacts, groups, or both"
            raise ConfigurationError(message)


@frozen
class Uniform:
    """Every contact of everybody is a keyed random user: what the closed final size is about."""

    users: int = field(default=DEFAULT_USERS, validator=_between(2, USERS_MAX))
    contacts_per_user: int = field(default=10, validator=_between(1, 100_000))
    seed: int = field(default=1, validator=_between(0, SEED_MAX))


PopulationSpec = Generated | Stored | Uniform

RUMOUR = Content(name="rumour", share_probability=0.4, harmful=True)
JOKE = Content(name="family joke", share_probability=0.25, harmful=False)


@frozen
class Scenario:
    """One study.

    `policies` are names for `chatsim.policy.presets.resolve`: presets, cap-N, or paths of files.
    """

    name: str = "default"
    title: str = "A rumour and a family joke"
    population: PopulationSpec = Generated()
    contents: tuple[Content, ...] = (RUMOUR, JOKE)
    behaviour: Behaviour = Behaviour()
    originators: int | None = field(default=None, validator=_between(1, USERS_MAX))
    """Of each content; None: `originators_among` chooses."""
    duration_seconds: int = field(default=14 * ONE_DAY, validator=_between(1, DURATION_SECONDS_MAX))
    runs: int = field(default=40, validator=_between(1, RUNS_MAX))
    seed: int = field(default=1, validator=_between(0, SEED_MAX))
    enforcement: Enforcement = Enforcement.CLEAR
    traceability: Traceability = Traceability.NONE
    e2ee: bool = False
    """Whether bodies are sealed between the people's apps."""
    group_max: GroupMax = GroupMax.POPULATION
    redraw_population: bool = False
    """Whether each run has a population of its own."""
    precision: float | None = field(default=None, validator=optional(_share))
    """Half the width that the interval of the main difference is to have; it then decides how many runs there are."""
    policies: tuple[str, ...] = DEFAULT_POLICIES
    regions: tuple[Region, ...] = ()
    cohorts: tuple[Cohort, ...] = ()
    rollout: Rollout | None = None
    """Whom the policies reach; everybody else stays with the control. None: everybody."""
    sources: tuple[tuple[str, str], ...] = ()
    """Where values come from, as the scenario's author says: (dotted key of the file, source)."""

    @property
    def partition(self) -> Partition:
        """What tells people apart."""
        return Partition(self.regions, self.cohorts, self.rollout)

    def __attrs_post_init__(self) -> None:
        if not self.contents:
            message = (
                f"scenario {self.name} has no contents; it takes at least one, such as a rumour"
            )
            raise ConfigurationError(message)
        if not self.policies:
            message = (
                f"scenario {self.name} has no policies; it takes at least one, such as uncapped"
            )
            raise ConfigurationError(message)
        twice = first_repeated([content.name for content in self.contents])
        if twice is not None:
            message = (
                f"scenario {self.name} has two contents named {twice}; each takes a name of its own"
            )
            raise ConfigurationError(message)
        if self.behaviour.audience is Audience.REPEAT:
            self._check_rounds()
        self._check_partition()
        if not isinstance(self.population, Stored):
            self.originators_among(self.population.users)

    def _check_partition(self) -> None:
        rollout = self.partition.rollout
        by_community = rollout is not None and rollout.unit is Unit.COMMUNITY and not rollout.named
        if by_community and not isinstance(self.population, Generated):
            message = (
                "a rollout by community takes a generated population; others have no communities"
            )
            raise ConfigurationError(message)

    def _check_rounds(self) -> None:
        interval = self.behaviour.interval_seconds
        if self.duration_seconds > ROUNDS_MAX * interval:
            message = (
                f"a round every {duration_text(interval)} gives more than {ROUNDS_MAX:,} rounds in "
                f"{duration_text(self.duration_seconds)}; it takes a longer interval, or a shorter duration"
            )
            raise ConfigurationError(message)
        if len(self.contents) > ROUNDS_MAX:
            message = (
                f"scenario {self.name} has {len(self.contents):,} contents; "
                f"where people repeat it takes at most {ROUNDS_MAX:,}"
            )
            raise ConfigurationError(message)

    def originators_among(self, users: int) -> int:
        """How many originators each content has: as asked, or max(5, users // 2000).

        Raises ConfigurationError if more are asked for than there are people.
        """
        if self.originators is None:
            return min(users, max(5, users // 2_000))
        if self.originators > users:
            message = (
                f"originators is {self.originators:,}; "
                f"it takes at most as many as there are people, here {users:,}"
            )
            raise ConfigurationError(message)
        return self.originators


def among(spec: PopulationSpec, users: int) -> PopulationSpec:
    """The same kind of people, so many of them. Raises ConfigurationError where files say how many."""
    if isinstance(spec, Stored):
        message = f"users is {users:,}, but the people come from files, which say how many"
        raise ConfigurationError(message)
    return evolve(spec, users=users)


def first_repeated(names: Sequence[str]) -> str | None:
    """The first name that stands in the list again, or None."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None


def is_control(policy: Policy) -> bool:
    """Whether the policy changes nothing, anywhere: no cap, no label, no other rule."""
    if policy.everywhere != (policy,):
        return all(is_control(each) for each in policy.everywhere[1:]) and is_control(
            evolve(policy, regions=(), cohorts=(), untreated=None)
        )
    capped = any(tier.chats is not None or tier.groups is not None for tier in policy.tiers)
    limits = (policy.cap_person, policy.cap_total, policy.hop_limit, policy.cap_hour)
    officers = (policy.friction, policy.education, policy.breaker, policy.takedown)
    return not (capped or policy.labels) and all(each is None for each in (*limits, *officers))


UNCAPPED = preset("uncapped")


def compared(scenario: Scenario, policies: Sequence[Policy]) -> tuple[Policy, ...]:
    """The policies as a study plays them: a control first, uncapped where the first one given changes something.

    Under the scenario's rollout everybody whom it has not reached stays with the control.
    """
    if not policies or not is_control(policies[0]):
        policies = (UNCAPPED, *(each for each in policies if each.name != "uncapped"))
    control, others = policies[0], policies[1:]
    if scenario.rollout is not None:
        others = [evolve(each, untreated=control) for each in others]
    return (control, *others)
