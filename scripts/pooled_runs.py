"""Many runs of one small study, as the process that smaller studies are drawn from: its means are known exactly."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import attrs
import numpy as np
from attrs import define
from numpy.typing import NDArray

from chatsim.api.players import ENGINE, player_of
from chatsim.policy.presets import resolve
from chatsim.study.backend import RunPlan
from chatsim.study.scenario import Generated, Scenario

Figures = NDArray[np.float64]


@define(eq=False, frozen=True)
class Pool:
    """What every run gave, by policy."""

    scenario: Scenario
    reach: dict[str, Figures]
    """By policy; shape (contents, runs). The same run number means the same luck."""
    single_reach: dict[str, Figures]
    """The same of as many further runs with one originator."""


def pooled(users: int, policies: Sequence[str], runs: int) -> Pool:
    """Runs of the default study among so many people, by the engine."""
    scenario = attrs.evolve(
        Scenario(), population=Generated(users=users), policies=tuple(policies), runs=runs
    )
    return Pool(
        scenario,
        _reach(scenario, scenario.originators_among(users), 0),
        _reach(scenario, 1, runs),
    )


def _reach(scenario: Scenario, originators: int, first: int) -> dict[str, Figures]:
    plans = [RunPlan(first + run, originators) for run in range(scenario.runs)]
    policies = [resolve(name) for name in scenario.policies]
    reach = {name: np.zeros((len(scenario.contents), scenario.runs)) for name in scenario.policies}
    with player_of(ENGINE, None) as player:
        jobs = player.jobs(scenario, policies, plans, tree=False)
        with contextlib.closing(player.play(jobs, None)) as played:
            for each in played:
                column = [measures.reach for measures in each.measures]
                reach[each.policy][:, each.plan.run - first] = column
    return reach
