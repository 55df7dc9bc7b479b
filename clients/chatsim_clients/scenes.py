"""The settings in which the simulated people of a scenario meet."""

from __future__ import annotations

from chatsim.population.parts import divide
from chatsim.population.values import Population
from chatsim.study.populations import stored_people_of, under_policy
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenes import Scenes
from chatsim_clients.world import Rules, Setting


def rules_of(scenario: Scenario) -> Rules:
    """What a scenario says of contents and people."""
    return Rules(
        behaviour=scenario.behaviour,
        contents=scenario.contents,
        duration=scenario.duration_seconds,
        enforcement=scenario.enforcement,
        seed=scenario.seed,
        traceability=scenario.traceability,
    )


def scenes_of(scenario: Scenario) -> Scenes[Population, Setting]:
    """The settings of one scenario."""
    rules, partition = rules_of(scenario), scenario.partition
    communities = isinstance(scenario.population, Generated)

    def setting(people: Population) -> Setting:
        parts = divide(partition, people.users, people.seed, communities=communities)
        return Setting.of(rules, people, parts)

    return Scenes(scenario, stored_people_of, under_policy, setting)
