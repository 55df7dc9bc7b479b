"""What a worker of a cluster keeps between errands."""

from __future__ import annotations

from typing import Any

import attrs

from chatsim.policy.presets import preset
from chatsim.study.backend import RunPlan
from chatsim.study.cluster_worker import Errand, _Kept, surroundings
from chatsim.study.playing import Job
from chatsim.study.scenario import Generated, Scenario
from chatsim.study.threads import ALONE_USERS_MIN

POLICIES = (preset("uncapped"), preset("cap-1"))
SCENARIO = Scenario(population=Generated(users=150), runs=6, originators=5)
PLANS = tuple(RunPlan(run, 5) for run in range(8))


def test_a_huge_run_has_its_worker_to_itself_and_no_other_people_beside_it() -> None:
    asked: list[tuple[int, int]] = []

    def make(scenario: Scenario, threads: int) -> Any:
        asked.append((scenario.population.users, threads))
        return object()

    kept = _Kept()
    small, huge = (
        attrs.evolve(SCENARIO, population=Generated(users=users)) for users in (50, ALONE_USERS_MIN)
    )
    for scenario in (small, SCENARIO, small, SCENARIO, huge, huge, small):
        job = Job(scenario, POLICIES, PLANS, tree=False)
        kept.backend(Errand(job, make, shared=True, threads=8, surroundings=surroundings()))
    assert asked == [(50, 1), (150, 1), (ALONE_USERS_MIN, 8), (50, 1)]
