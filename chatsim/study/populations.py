"""From what a scenario says of its people to the people themselves."""

from __future__ import annotations

import attrs

from chatsim.policy import Policy
from chatsim.population import generate, limit_groups, stored, uniform
from chatsim.population.communities import Communities
from chatsim.population.values import Population
from chatsim.study.scenario import Generated, GroupMax, PopulationSpec, Scenario, Stored, Uniform


def build_population(spec: PopulationSpec) -> Population:
    """The population that a specification describes. Raises ConfigurationError."""
    match spec:
        case Generated():
            law = Communities(
                contacts_mean=spec.contacts_mean,
                contacts_sigma=spec.contacts_sigma,
                groups_mean=spec.groups_mean,
            )
            return generate(spec.users, seed=spec.seed, law=law)
        case Stored():
            return stored(spec.contacts, spec.groups, seed=spec.seed)
        case Uniform():
            return uniform(spec.users, spec.contacts_per_user, seed=spec.seed)


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
