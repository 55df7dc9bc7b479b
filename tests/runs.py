"""Runs of whole scenarios, and how large they must be for a comparison to say something."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from attrs import evolve

from chatsim.api import Silence
from chatsim.cascade.values import ContentRun, RunOutcome
from chatsim.policy.values import Policy
from chatsim.study.backend import RunPlan
from chatsim.study.conduct import Conduct, Request
from chatsim.study.engine_backend import EngineBackend
from chatsim.study.player import Player
from chatsim.study.playing import Here
from chatsim.study.populations import build_population
from chatsim.study.results_files import Study
from chatsim.study.scenario import Scenario
from chatsim_clients.memory import MemoryBackend


def assert_large_enough(runs: Sequence[ContentRun], *, capped: bool = True) -> None:
    """What keeps a comparison of runs from being one of nothing with nothing."""
    assert sum(int(run.received.sum()) for run in runs) >= 1_000
    assert max(int(run.first_copies.hop.max()) for run in runs) >= 5
    if capped:
        assert sum(int(run.deeds.held_back.sum()) for run in runs) >= 1


def played(
    scenario: Scenario,
    policy: Policy,
    runs: int,
    open_backend: Callable[[Scenario], EngineBackend | MemoryBackend] = EngineBackend,
) -> list[RunOutcome]:
    """The first runs of a scenario under a policy, by the engine unless another backend is named."""
    users = build_population(scenario.population).users
    originators = scenario.originators_among(users)
    with open_backend(scenario) as backend:
        return [backend.play(policy, RunPlan(run, originators)) for run in range(runs)]


def reach(outcomes: Sequence[RunOutcome]) -> list[int]:
    return [len(outcome.contents[0].first_copies.user) for outcome in outcomes]


def with_behaviour(scenario: Scenario, **changes: Any) -> Scenario:
    return evolve(scenario, behaviour=evolve(scenario.behaviour, **changes))


def conducted(
    scenario: Scenario,
    policies: Sequence[Policy],
    player: Player | None = None,
    *,
    search_share: bool = False,
    tree: bool | None = None,
) -> Study:
    """A whole study, by memory and in this process unless another player is given."""
    request = Request(scenario, tuple(policies), "memory", "a test", search_share, tree)
    return Conduct(request, player or Here(MemoryBackend), Silence()).study(None, None)
