"""The settings in which the simulated people of a scenario meet."""

from __future__ import annotations

from chatsim.population.values import Population
from chatsim.study.populations import stored_people_of, under_policy
from chatsim.study.scenario import Scenario
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
    )


def scenes_of(scenario: Scenario) -> Scenes[Population, Setting]:
    """The settings of one scenario."""
    rules = rules_of(scenario)
    return Scenes(
        scenario, stored_people_of, under_policy, lambda people: Setting.of(rules, people)
    )
