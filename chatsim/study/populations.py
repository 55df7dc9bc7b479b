"""From what a scenario says of its people to the people themselves."""

from __future__ import annotations

from typing import TypeAlias, TypeGuard
from weakref import WeakValueDictionary

import attrs

from chatsim.errors import ConfigurationError
from chatsim.policy import Policy
from chatsim.population import Implicit, generate, limit_groups, stored, uniform
from chatsim.population.communities import Communities
from chatsim.population.values import Population
from chatsim.study.scenario import Generated, GroupMax, PopulationSpec, Scenario, Stored, Uniform

People: TypeAlias = Population | Implicit
"""Stored or not: how many, what they are called, what is drawn about them."""

STORED_USERS_MAX = 5_000_000
"""Of generated people more are not stored: each takes 0.2 KB."""
NATIONAL_USERS = 10_000_000
"""Above so many generated people a study could be taken for one about a country."""


def is_implicit(spec: PopulationSpec) -> TypeGuard[Generated]:
    """Whether the people are too many to be written down: their chats are worked out when a run asks for them."""
    return isinstance(spec, Generated) and spec.users > STORED_USERS_MAX


def require_stored(spec: PopulationSpec) -> None:
    """Raise ConfigurationError for people whom only the engine can play."""
    if is_implicit(spec):
        message = (
            f"users is {spec.users:,}; memory, tcp and serve take at most {STORED_USERS_MAX:,} "
            "generated people, more take --backend engine"
        )
        raise ConfigurationError(message)


def require_group_max(scenario: Scenario) -> None:
    """Raise ConfigurationError where groups are to be limited that nobody has written down."""
    people = scenario.population
    if scenario.group_max is GroupMax.POLICY and is_implicit(people):
        message = (
            f"group_max is policy, which takes at most {STORED_USERS_MAX:,} generated people; "
            f"among {people.users:,} it takes population"
        )
        raise ConfigurationError(message)


_HELD: WeakValueDictionary[PopulationSpec, Population] = WeakValueDictionary()
"""Stored people who are in use: a study and its backend share them, because millions take gigabytes."""


def people_of(spec: PopulationSpec) -> People:
    """The people whom the engine plays: stored, or beyond that implicit. Raises ConfigurationError."""
    if is_implicit(spec):
        return Implicit(spec.users, seed=spec.seed, law=_law(spec))
    return stored_people_of(spec)


def stored_people_of(spec: PopulationSpec) -> Population:
    """The stored people of this specification who are in use, or else built. Raises ConfigurationError."""
    held = _HELD.get(spec)
    if held is None:
        held = _HELD[spec] = build_population(spec)
    return held


def hold(spec: PopulationSpec, people: Population) -> None:
    """Has `people` be those of this specification for as long as somebody uses them: here they could not be built."""
    _HELD[spec] = people


def build_population(spec: PopulationSpec) -> Population:
    """The stored population that a specification describes. Raises ConfigurationError."""
    require_stored(spec)
    match spec:
        case Generated():
            return generate(spec.users, seed=spec.seed, law=_law(spec))
        case Stored():
            return stored(spec.contacts, spec.groups, seed=spec.seed)
        case Uniform():
            return uniform(spec.users, spec.contacts_per_user, seed=spec.seed)


def users_of(spec: PopulationSpec) -> int:
    """How many stored people a specification describes; only files are read for it. Raises ConfigurationError."""
    require_stored(spec)
    return stored_people_of(spec).users if isinstance(spec, Stored) else spec.users


def description_of(spec: PopulationSpec, people: People) -> str:
    """What the people are in a few words, for the sentence above a table."""
    if isinstance(spec, Stored) or people.users <= NATIONAL_USERS:
        return people.description
    return f"{people.users:,} people (generated population; no national data in it)"


def _law(spec: Generated) -> Communities:
    return Communities(
        contacts_mean=spec.contacts_mean,
        contacts_sigma=spec.contacts_sigma,
        groups_mean=spec.groups_mean,
    )


def redrawn(spec: PopulationSpec, run: int) -> PopulationSpec:
    """The specification of run `run`'s own population; run 0 has the scenario's."""
    return attrs.evolve(spec, seed=(spec.seed + run) % (1 << 64))


def spec_of_run(scenario: Scenario, run: int) -> PopulationSpec:
    """Whose people meet in run `run`."""
    return redrawn(scenario.population, run) if scenario.redraw_population else scenario.population


def under_policy(population: Population, scenario: Scenario, policy: Policy) -> Population:
    """The population with the policy's own limit on groups, where the scenario asks for that."""
    if scenario.group_max is GroupMax.POPULATION or policy.group_members_max is None:
        return population
    return limit_groups(population, policy.group_members_max)
