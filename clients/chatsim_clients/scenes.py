"""A scenario's settings, built when a run first needs them."""

from __future__ import annotations

from attrs import define, field

from chatsim.policy import Policy
from chatsim.population.values import Population
from chatsim.study.populations import build_population, spec_of_run, under_policy
from chatsim.study.scenario import GroupMax, PopulationSpec, Scenario
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


@define(eq=False)
class Scenes:
    """The settings of one scenario: one, or one per run and per limit on groups. Only the last population is kept."""

    scenario: Scenario
    _spec: PopulationSpec | None = None
    _population: Population | None = None
    _settings: dict[int | None, Setting] = field(factory=dict)

    def setting(self, policy: Policy, run: int) -> Setting:
        """Where run `run` plays under `policy`."""
        spec = spec_of_run(self.scenario, run)
        if spec != self._spec or self._population is None:
            self._spec, self._population = spec, build_population(spec)
            self._settings.clear()
        limited = self.scenario.group_max is GroupMax.POLICY
        members_max = policy.group_members_max if limited else None
        setting = self._settings.get(members_max)
        if setting is None:
            population = under_policy(self._population, self.scenario, policy)
            setting = Setting.of(rules_of(self.scenario), population)
            self._settings[members_max] = setting
        return setting
