"""The `engine` backend: compiled loops over the people of a scenario, stored or implicit."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from chatsim.cascade.measures import RunMeasures
from chatsim.cascade.values import RunOutcome
from chatsim.engine import Engine
from chatsim.policy import Policy
from chatsim.population.parts import divide
from chatsim.population.values import Population
from chatsim.study.backend import Carried, RunPlan
from chatsim.study.populations import People, people_of, require_group_max, under_policy
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.scenes import Scenes


class EngineBackend:
    """Plays the runs of one scenario; several threads may share it, and with it the population.

    `threads` play within each run. Where every run has people of its own, every thread that asks keeps the last ones.
    """

    def __init__(self, scenario: Scenario, threads: int = 1) -> None:
        require_group_max(scenario)
        self._scenario = scenario
        self._threads = threads
        self._shared = self._scenes()
        self._own = threading.local()
        self._building = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._shared = self._scenes()

    @property
    def carried(self) -> Carried | None:
        return None

    def play(self, policy: Policy, plan: RunPlan) -> RunOutcome:
        """One run under `policy`."""
        engine = self._engine(policy, plan.run)
        return engine.play(
            policy, run=plan.run, originators=plan.originators, threads=self._threads
        )

    def tally(self, policy: Policy, plan: RunPlan) -> tuple[RunMeasures, ...]:
        """The run's measures, without its tree."""
        engine = self._engine(policy, plan.run)
        return engine.tally(
            policy, run=plan.run, originators=plan.originators, threads=self._threads
        )

    def _engine(self, policy: Policy, run: int) -> Engine:
        if self._scenario.redraw_population:
            if not hasattr(self._own, "scenes"):
                self._own.scenes = self._scenes()
            engine: Engine = self._own.scenes.scene(policy, run)
            return engine
        # Whoever comes first builds it; the others need it as well.
        with self._building:
            return self._shared.scene(policy, run)

    def _scenes(self) -> Scenes[People, Engine]:
        return Scenes(self._scenario, people_of, _limited, self._set_up)

    def _set_up(self, people: People) -> Engine:
        scenario = self._scenario
        return Engine.of(
            people,
            scenario.contents,
            scenario.behaviour,
            seed=scenario.seed,
            duration_seconds=scenario.duration_seconds,
            enforcement=scenario.enforcement,
            parts=divide(
                scenario.partition,
                people.users,
                people.seed,
                communities=isinstance(scenario.population, Generated),
            ),
        )


def _limited(people: People, scenario: Scenario, policy: Policy) -> People:
    # What is not stored has no groups to limit, and `require_group_max` has refused to.
    return under_policy(people, scenario, policy) if isinstance(people, Population) else people
