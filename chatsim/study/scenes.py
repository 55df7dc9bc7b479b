"""What a scenario's runs play on, built when a run first needs it and kept for the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import define, field

from chatsim.policy import Policy
from chatsim.study.populations import spec_of_run
from chatsim.study.scenario import GroupMax, PopulationSpec, Scenario

People = TypeVar("People")
Scene = TypeVar("Scene")


@define(eq=False)
class Scenes(Generic[People, Scene]):
    """The scenes of one scenario: one, or one per run and per limit on groups. Only the last population is kept."""

    scenario: Scenario
    build: Callable[[PopulationSpec], People]
    limit: Callable[[People, Scenario, Policy], People]
    """`chatsim.study.populations.under_policy`, for these people."""
    set_up: Callable[[People], Scene]
    """From people to what a backend plays on: its tables, its index."""
    _spec: PopulationSpec | None = None
    _people: People | None = None
    _scenes: dict[int | None, Scene] = field(factory=dict)

    def scene(self, policy: Policy, run: int) -> Scene:
        """Where run `run` plays under `policy`."""
        spec = spec_of_run(self.scenario, run)
        if spec != self._spec or self._people is None:
            # The former people go first: there may be no room for both.
            self._scenes.clear()
            self._people = None
            self._spec, self._people = spec, self.build(spec)
        limited = self.scenario.group_max is GroupMax.POLICY
        members_max = policy.group_members_max if limited else None
        scene = self._scenes.get(members_max)
        if scene is None:
            people = self.limit(self._people, self.scenario, policy)
            scene = self._scenes[members_max] = self.set_up(people)
        return scene
